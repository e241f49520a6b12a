//! What a person may decide about a row that is held.
//!
//! A decision has an effect, or it is refused when it is made with the reason why it would have none. Every row may be left out, with a
//! person's reason. Only a document can stand in Accurate under another number. And only what holds a row out of caution can be passed; what
//! Accurate, Forstok or the figures themselves stand against has to be put right there. Pure.

use crate::kinds::{invoices, receipts, returns, voids};
use selaras_domain::amount::Money;
use selaras_domain::decision::RowChoice;
use selaras_domain::plan::{OperationKey, Reason};

/// The kinds whose rows are decided one by one.
pub const KINDS: [&str; 4] = [invoices::KIND, receipts::KIND, returns::KIND, voids::KIND];

/// Every reason for which a decision is refused.
pub const CODES: [&str; 5] =
    ["decision_other_kind", "decision_of_customer", "decision_cannot_send", "decision_over", "decision_no_document"];

/// Causes that a person may pass, by kind of plan.
const PASSED: [(&str, &[&str]); 4] = [
    (invoices::KIND, &["maybe_in_accurate"]),
    (receipts::KIND, &["payout_equation", "invoice_owing_differs"]),
    (returns::KIND, &["parcel_not_back", "return_rest_not_told", "return_entered_already"]),
    (voids::KIND, &["void_of_paid", "void_not_ours", "void_receipt_not_ours", "document_changed"]),
];

/// The names of the choices that rows of this kind and cause may have.
#[must_use]
pub fn choices(kind: &str, cause: &str) -> Vec<&'static str> {
    if !KINDS.contains(&kind) {
        return Vec::new();
    }
    let passed = PASSED.iter().any(|(known, causes)| *known == kind && causes.contains(&cause));
    let send = passed.then_some("send");
    let entered = (kind != voids::KIND).then_some("entered");
    send.into_iter().chain(entered).chain(std::iter::once("never")).collect()
}

/// Whether a choice changes what the next plan does with a row.
///
/// # Errors
/// Why it would not, with the row's own `cause`: one of [`CODES`].
pub fn possible(kind: &str, key: &OperationKey, held: &Reason, choice: &RowChoice) -> Result<(), Reason> {
    let refused = |code: &str| Err(Reason::new(code).with("cause", &held.code));
    if !KINDS.contains(&kind) {
        return refused("decision_other_kind");
    }
    if invoices::of_customer(key) {
        return refused("decision_of_customer");
    }
    let choices = choices(kind, &held.code);
    match choice {
        RowChoice::Never => Ok(()),
        RowChoice::Entered { .. } if choices.contains(&"entered") => Ok(()),
        RowChoice::Entered { .. } => refused("decision_no_document"),
        RowChoice::Send if !choices.contains(&"send") => refused("decision_cannot_send"),
        RowChoice::Send if kind == receipts::KIND && !short(held) => refused("decision_over"),
        RowChoice::Send => Ok(()),
    }
}

/// Whether a payout is less than what is owed: then it may be a part. Accurate takes no more than is owed (accurate-online-api.md §3.3, seen).
fn short(held: &Reason) -> bool {
    let figure = |name: &str| held.params.get(name).and_then(|text| text.parse().ok()).map(Money);
    let received = figure("received").filter(|received| received.is_positive());
    let due = figure("due").or_else(|| figure("owing"));
    received.zip(due).is_some_and(|(received, due)| received < due)
}

#[cfg(test)]
#[path = "choices_tests.rs"]
mod tests;
