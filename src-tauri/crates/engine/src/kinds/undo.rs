//! What every undo shares. An undo is a plan of its own, made from what a run has written and from what both sides say now; what
//! somebody has changed since is theirs and is blocked with the reason.

use super::{invoices, items, opening_stock, receipts, returns, stock, voids};
use crate::ports::JournalEntry;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind, Reason, Side, Target};
use selaras_domain::run::{OperationState, compare};
use std::collections::BTreeSet;

/// What the name of a kind begins with that takes another one back.
pub const KIND_PREFIX: &str = "undo-";

/// What the key of an operation begins with that takes another one back.
pub const KEY_PREFIX: &str = "undo:";

/// Reason of a row that an undo leaves, as it was taken back before.
pub const TAKEN_BEFORE: &str = "undo_taken_before";

/// The kind that takes this one back; `None` where there is none.
#[must_use]
pub fn kind_of(kind: &PlanKind) -> Option<PlanKind> {
    let own =
        [items::KIND, opening_stock::KIND, stock::KIND, invoices::KIND, receipts::KIND, returns::KIND, voids::KIND];
    own.contains(&kind.0.as_str()).then(|| PlanKind(format!("{KIND_PREFIX}{kind}")))
}

/// Whether plans of this kind take a run back.
#[must_use]
pub fn is_undo(kind: &PlanKind) -> bool {
    kind.0.starts_with(KIND_PREFIX)
}

/// The key under which an operation is taken back.
#[must_use]
pub fn key(undone: &OperationKey) -> OperationKey {
    OperationKey(format!("{KEY_PREFIX}{undone}"))
}

/// One row that a run has written, in the run's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The operation.
    pub operation: Operation,
    /// Id of the record, when the answer or a look-up said it.
    pub record: Option<i64>,
    /// Whether an undo has taken it back already.
    pub taken: bool,
}

/// What a run has written itself: its posted rows without those that it only found there. `taken` holds the keys of what was taken
/// back before.
#[must_use]
pub fn written(
    entries: Vec<JournalEntry>,
    adopted: &BTreeSet<OperationKey>,
    taken: &BTreeSet<OperationKey>,
) -> Vec<Written> {
    entries
        .into_iter()
        .filter(|entry| !adopted.contains(&entry.operation.key))
        .filter_map(|entry| match entry.state {
            OperationState::Posted { record } => {
                let taken = taken.contains(&key(&entry.operation.key));
                Some(Written { operation: entry.operation, record, taken })
            }
            _ => None,
        })
        .collect()
}

/// What becomes of one row.
pub(super) struct Verdict {
    pub(super) action: Action,
    pub(super) before: Fields,
    pub(super) after: Fields,
    pub(super) reason: Reason,
}

impl Verdict {
    /// There is nothing left to take back.
    pub(super) fn gone() -> Self {
        Self { action: Action::Same, before: Fields::new(), after: Fields::new(), reason: Reason::new("undo_gone") }
    }

    /// The record stays as it is.
    pub(super) fn blocked(before: Fields, reason: Reason) -> Self {
        Self { action: Action::Blocked, before, after: Fields::new(), reason }
    }
}

/// The operation that carries out a verdict about a row. What was taken back once is not taken again, whatever is there now.
pub(super) fn operation(row: &Written, side: Side, verdict: impl FnOnce() -> Verdict) -> Operation {
    let verdict = if row.taken { Verdict { reason: Reason::new(TAKEN_BEFORE), ..Verdict::gone() } } else { verdict() };
    let Target { database, record, .. } = row.operation.target.clone();
    Operation {
        key: key(&row.operation.key),
        action: verdict.action,
        target: Target { side, database, record },
        before: verdict.before,
        after: verdict.after,
        reason: verdict.reason,
        group: row.operation.group.clone(),
    }
}

/// The first field of a record that is not as the run wrote it.
pub(super) fn changed(row: &Written, now: &Fields) -> Option<Reason> {
    let difference = compare(&row.operation.key, &row.operation.after, now).into_iter().next()?;
    Some(
        Reason::new("undo_changed")
            .with("field", difference.field)
            .with("expected", difference.expected)
            .with("found", difference.found.unwrap_or_default()),
    )
}
