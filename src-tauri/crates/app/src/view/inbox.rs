//! The inbox by root cause.

use super::{PageQuery, PageView, ReasonView, SyncView};
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
    /// The rows' keys; empty for the window, which reads them page by page.
    pub keys: Vec<String>,
    /// Kinds of plan that the rows come from.
    pub kinds: Vec<String>,
    /// What a person may decide about them: `entered`, `send`, `never`. Some of them may be refused for single rows, with why.
    pub choices: Vec<String>,
    /// The reason of the newest row, as an example of them all.
    pub reason: ReasonView,
    /// When the oldest row came in.
    pub since: String,
}

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxRowView {
    /// Its key.
    pub key: String,
    /// What a person calls the record.
    pub target: String,
    /// Its warehouse, for a figure of stock.
    pub warehouse: Option<String>,
    /// Kind of plan it comes from.
    pub kind: String,
    /// Why.
    pub reason: ReasonView,
    /// Money at stake as decimal text.
    pub amount: Option<String>,
    /// When it came in.
    pub since: String,
}

/// Which rows of a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxQuery {
    /// The cause's reason code.
    pub cause: String,
    /// Only those whose record holds this.
    pub search: Option<String>,
    /// Which page; sorts by `target`, `since`, `amount`. Without a sort the oldest come first.
    pub page: PageQuery,
}

/// Rows of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxRowsView {
    /// This page.
    pub rows: Vec<InboxRowView>,
    /// Where this page lies.
    pub page: PageView,
}

/// What a person decides about rows of documents of sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RowChoiceInput {
    /// The rows, all of one kind of plan.
    pub keys: Vec<String>,
    /// `entered` (it is in Accurate already), `send` (all the same), `never`.
    pub choice: String,
    /// Number of the document in Accurate, for `entered`.
    pub number: Option<String>,
    /// Why, in the person's words.
    pub reason: String,
}

/// The answer of `inbox retry`: one new run for each kind that had rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RetryView {
    /// Plans, runs and proofs.
    pub syncs: Vec<SyncView>,
}
