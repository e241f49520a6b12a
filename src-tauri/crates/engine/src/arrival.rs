//! What may still arrive: how long a write without an answer is looked for before it is called absent, and what nobody else may write
//! as long as it is.
//!
//! A service may carry out a request long after it, or something before it, has given up the answer. So a row that was sent and is not
//! found is *undecided* until its time is up, and what it would write is held in every other plan, of whatever kind.

use crate::kinds::{invoices, undo, voids};
use crate::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use selaras_domain::plan::{Fields, Operation, OperationKey};
use std::collections::BTreeSet;

/// The longest that a client waits for the answer of a call (a bulk save of Accurate).
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(120);

/// How much longer a service may be at work on what it was sent. Nothing says so; this is a guess, and its only place.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long after its sending a row may still arrive.
pub const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_secs(ANSWER_WITHIN.as_secs() + MARGIN.as_secs());

/// Reason code of what is held, or left open, because a write of the same may still arrive.
pub const STILL_CHECKED: &str = "still_being_checked";

/// Whether a row that was sent then may still arrive. One of which it is not known when it was sent is from before that was kept: its time
/// is up.
#[must_use]
pub fn on_its_way(sent_at: Option<Timestamp>, clock: &dyn Clock) -> bool {
    sent_at.is_some_and(|sent_at| clock.now().duration_since(sent_at) < clock.arrives_within())
}

/// What an operation writes to, in words that are the same for every kind of plan that writes to it: an order's invoice for the plan that
/// posts it, the void that removes it and the undo of either; a document by its number, whatever lines of it are meant; a store's customer,
/// whatever number it is to have.
#[must_use]
pub fn touched(operation: &Operation) -> BTreeSet<String> {
    let mut key = operation.key.0.as_str();
    while let Some(undone) = key.strip_prefix(undo::KEY_PREFIX) {
        key = undone;
    }
    let posted = voids::takes_back(&OperationKey(key.to_owned())).map(|(_, key)| key.0);
    let key = posted.unwrap_or_else(|| key.to_owned());
    let kind = key.split(':').next().unwrap_or_default().to_owned();
    let numbered = |fields: &Fields| fields.get("number").map(|number| format!("{kind}:number:{number}"));
    let mut touched: BTreeSet<String> =
        [&operation.before, &operation.after].into_iter().filter_map(numbered).collect();
    if !operation.group.is_empty() {
        touched.insert(format!("{kind}:number:{}", operation.group));
    }
    let key = OperationKey(key);
    if invoices::of_customer(&key) {
        touched.extend(operation.after.get("store_id").map(|store| format!("customer:store:{store}")));
    }
    touched.insert(key.0);
    touched
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_domain::ids::{DatabaseId, OrderId};
    use selaras_domain::plan::{Action, Reason, Side, Target};

    fn operation(key: &str, number: Option<&str>, group: &str) -> Operation {
        Operation {
            key: OperationKey(key.into()),
            action: Action::Create,
            target: Target { side: Side::Accurate, database: DatabaseId(1), record: String::new() },
            before: Fields::new(),
            after: number.map(|number| ("number".to_owned(), number.to_owned())).into_iter().collect(),
            reason: Reason::new("counted"),
            group: group.into(),
        }
    }

    #[test]
    fn the_same_document_is_the_same_under_another_kind() {
        let posted = touched(&operation("invoice:7", Some("SO-7"), ""));
        assert_eq!(posted, BTreeSet::from(["invoice:7".to_owned(), "invoice:number:SO-7".to_owned()]));
        for other in ["undo:invoice:7", "void-invoice:7", "undo:void-invoice:7"] {
            assert!(!posted.is_disjoint(&touched(&operation(other, None, ""))), "{other}");
        }
        assert!(!posted.is_disjoint(&touched(&operation("invoice:8", Some("SO-7"), ""))), "a number is taken once");
        assert!(posted.is_disjoint(&touched(&operation("receipt:SO-7", Some("SO-7"), ""))));
        let line = touched(&operation("opening:1:2", None, "SLR-1"));
        assert!(!line.is_disjoint(&touched(&operation("undo:opening:1:3", None, "SLR-1"))), "a document goes whole");
    }

    #[test]
    fn a_stores_customer_is_the_same_under_another_number() {
        let customer = |no: &str, store: &str| {
            let after = [("customer_no", no), ("store_id", store)].map(|(name, value)| (name.into(), value.into()));
            Operation { after: after.into(), ..operation(&format!("customer:{store}:{no}"), None, "") }
        };
        let sent = touched(&customer("7001", "7001"));
        assert!(!sent.is_disjoint(&touched(&customer("TOKO-7001", "7001"))));
        assert!(sent.is_disjoint(&touched(&customer("7002", "7002"))));
        let invoice = |id: i64| Operation { key: invoices::key(OrderId(id)), ..customer("7001", "7001") };
        assert!(touched(&invoice(1)).is_disjoint(&touched(&invoice(2))), "its invoices are each their own");
    }

    #[test]
    fn a_clock_that_was_set_back_calls_nothing_absent() {
        struct At(&'static str);
        impl Clock for At {
            fn now(&self) -> Timestamp {
                self.0.parse().unwrap()
            }
        }
        let sent: Timestamp = "2026-12-01T10:00:00Z".parse().unwrap();
        assert!(on_its_way(Some(sent), &At("2026-12-01T08:00:00Z")));
        assert!(on_its_way(Some(sent), &At("2026-12-01T10:02:59Z")));
        assert!(!on_its_way(Some(sent), &At("2026-12-01T10:03:00Z")));
    }
}
