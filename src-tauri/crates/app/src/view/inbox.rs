//! The inbox by root cause.

use super::{ReasonView, SyncView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The inbox by root cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxView {
    /// Most first.
    pub causes: Vec<CauseView>,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CauseView {
    /// Reason code.
    pub code: String,
    /// How many rows.
    pub count: u32,
    /// Money at stake as decimal text; `None` where no money moves.
    pub amount: Option<String>,
    /// The rows' keys.
    pub keys: Vec<String>,
    /// The rows, for the window.
    pub rows: Vec<InboxRowView>,
}

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxRowView {
    /// Its key.
    pub key: String,
    /// What a person calls the record.
    pub target: String,
    /// Kind of plan it comes from.
    pub kind: String,
    /// Why.
    pub reason: ReasonView,
    /// When it came in.
    pub since: String,
}

/// The answer of `inbox retry`: one new run for each kind that had rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RetryView {
    /// Plans, runs and proofs.
    pub syncs: Vec<SyncView>,
}
