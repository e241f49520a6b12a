//! What has changed since a plan was made: each row that is still to be written beside the same row of a plan that is made now.

use crate::kinds::Executor;
use crate::kinds::invoices::Alike;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::ids::CustomerId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Reason code of a row of which a field would be another one now.
const CHANGED_SINCE: &str = "changed_since";

/// Of one that would not be written now, because of the reason that it carries.
const HELD_SINCE: &str = "held_since";

/// Of one that is not planned any more.
const GONE_SINCE: &str = "gone_since";

/// Why these rows are not to be sent, by key: `now` is what would be done now. What would be done in the same way is left out.
#[must_use]
pub fn changed<'a>(
    executor: &dyn Executor,
    planned: impl IntoIterator<Item = &'a Operation>,
    now: &[Operation],
) -> Vec<(OperationKey, Reason)> {
    let now: HashMap<&OperationKey, &Operation> = now.iter().map(|operation| (&operation.key, operation)).collect();
    let changed = planned.into_iter().filter_map(|planned| {
        let reason = change(executor, planned, now.get(&planned.key).copied())?;
        Some((planned.key.clone(), reason))
    });
    changed.collect()
}

fn change(executor: &dyn Executor, planned: &Operation, now: Option<&Operation>) -> Option<Reason> {
    let Some(now) = now else { return Some(Reason::new(GONE_SINCE)) };
    let sent = |operation: &Operation| match operation.action {
        Action::Remove => operation.before.clone(),
        _ => operation.after.clone(),
    };
    let (was, is) = (sent(planned), sent(now));
    // A line more or less is a change, too.
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let other = names
        .into_iter()
        .find(|name| was.get(*name) != is.get(*name) && executor.sends(name) && !known_by_id(name, &was, &is));
    let text = |fields: &Fields, name: &str| fields.get(name).map_or("–", String::as_str).to_owned();
    let of = |name: &String| {
        Reason::new(CHANGED_SINCE).with("field", name).with("planned", text(&was, name)).with("now", text(&is, name))
    };
    other.map(of).or_else(|| (!now.action.writes()).then(|| Reason::new(HELD_SINCE).because(&now.reason)))
}

/// Whether a field is only what a record is called whose id stands beside it and is the same: a new name is no change. An item is sent by its
/// code, and is not one of those.
fn known_by_id(name: &str, was: &Fields, is: &Fields) -> bool {
    let stem = name.strip_suffix("_name").or_else(|| name.strip_suffix("_no"));
    let id = stem.filter(|stem| !stem.ends_with("item")).map(|stem| format!("{stem}_id"));
    id.is_some_and(|id| was.contains_key(&id) && was.get(&id) == is.get(&id))
}

/// Which planned invoices a person seems to have entered since, under a number of their own: for the same customer, of the same total, near
/// the day. `entered` is what is in the books since the plan was made; what bears a number of the plan is the plan's.
#[must_use]
pub fn entered_by_hand<'a>(
    planned: &[&Operation],
    own: &[Operation],
    entered: impl IntoIterator<Item = &'a SalesInvoice>,
) -> Vec<(OperationKey, Reason)> {
    let own: HashSet<&str> =
        own.iter().filter_map(|operation| operation.after.get("number")).map(String::as_str).collect();
    let alike = Alike::of(entered, &own);
    let found = planned.iter().filter_map(|operation| {
        let field = |name: &str| operation.after.get(name);
        let (customer, total) = (field("customer_id")?.parse().ok()?, field("total")?.parse().ok()?);
        let invoice = alike.find(CustomerId(customer), Money(total), field("date")?.parse().ok()?)?;
        let number = field("number").map(String::as_str).unwrap_or_default();
        let reason = Reason::new(CHANGED_SINCE).with("field", "number").with("planned", number);
        Some((operation.key.clone(), reason.with("now", &invoice.number)))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{invoices::Invoices, stock::Stock};
    use selaras_domain::ids::DatabaseId;
    use selaras_domain::plan::{Side, Target};

    fn row(action: Action, fields: &[(&str, &str)]) -> Operation {
        Operation {
            key: OperationKey("key".into()),
            action,
            target: Target { side: Side::Accurate, database: DatabaseId(1), record: String::new() },
            before: Fields::new(),
            after: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            reason: Reason::new("order_cancelled"),
            group: String::new(),
        }
    }

    fn said(executor: &dyn Executor, planned: &Operation, now: &[Operation]) -> Option<String> {
        let changed = changed(executor, [planned], now).pop()?.1;
        let param = |name: &str| changed.params.get(name).map(|value| format!(" {value}")).unwrap_or_default();
        Some(format!("{}{}{}{}{}", changed.code, param("field"), param("planned"), param("now"), param("because")))
    }

    #[test]
    fn a_row_is_sent_only_as_it_would_be_planned_now() {
        let planned = row(Action::Change, &[("on_hand", "165"), ("accurate", "170")]);
        let also = row(Action::Create, &[("on_hand", "165"), ("accurate", "171")]);
        assert_eq!(said(&Stock, &planned, &[also]), None, "what is only shown beside the figure is not sent");
        let other = row(Action::Change, &[("on_hand", "0")]);
        assert_eq!(said(&Stock, &planned, &[other]).unwrap(), "changed_since on_hand 165 0");
        assert_eq!(said(&Stock, &planned, &[]).unwrap(), "gone_since");
        let held = row(Action::Blocked, &[("on_hand", "165")]);
        assert_eq!(said(&Stock, &planned, &[held]).unwrap(), "held_since order_cancelled");
    }

    #[test]
    fn a_line_more_or_less_is_a_change_also_where_it_costs_nothing() {
        let with = |more: &[(&str, &str)]| row(Action::Create, &[&[("total", "50")], more].concat());
        let gift = [("line.002.item_no", "GIFT")];
        let invoices = Invoices::default();
        assert_eq!(said(&invoices, &with(&gift), &[with(&[])]).unwrap(), "changed_since line.002.item_no GIFT –");
        assert_eq!(said(&invoices, &with(&[]), &[with(&gift)]).unwrap(), "changed_since line.002.item_no – GIFT");
    }

    #[test]
    fn a_new_name_of_what_is_known_by_id_is_no_change_and_another_item_code_is() {
        let named = |customer: &str, item: &str| {
            row(
                Action::Create,
                &[
                    ("customer_no", customer),
                    ("customer_id", "5"),
                    ("line.001.item_no", item),
                    ("line.001.item_id", "7"),
                ],
            )
        };
        let invoices = Invoices::default();
        assert_eq!(said(&invoices, &named("A", "X"), &[named("B", "X")]), None);
        assert_eq!(
            said(&invoices, &named("A", "X"), &[named("A", "Y")]).unwrap(),
            "changed_since line.001.item_no X Y"
        );
    }
}
