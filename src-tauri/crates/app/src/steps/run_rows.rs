//! The rows of a run, page by page.

use super::long::long_page;
use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::view::{PageView, ReasonView, RunRowQuery, RunRowView, RunRowsView, small};
use selaras_domain::plan::Operation;
use selaras_domain::run::{OperationState, RunId};
use selaras_engine::ports::JournalEntry;
use selaras_store::RunRowSort;

/// The states of a row, as the journal names them.
const STATES: [&str; 6] = ["waiting", "sending", "posted", "failed", "unknown", "held"];

/// The warehouse of an operation on a figure of stock; of one that removes a record, the warehouse that it was read in.
pub(crate) fn warehouse(operation: &Operation) -> Option<String> {
    operation.after.get("warehouse_name").or_else(|| operation.before.get("warehouse_name")).cloned()
}

/// A row of the journal as its view.
pub(crate) fn run_row_view(entry: JournalEntry) -> RunRowView {
    let operation = entry.operation;
    let warehouse = warehouse(&operation);
    RunRowView {
        key: operation.key.to_string(),
        target: operation.target.record,
        warehouse,
        state: entry.state.name().to_owned(),
        reason: match entry.state {
            OperationState::Failed { reason }
            | OperationState::Unknown { reason }
            | OperationState::Held { reason } => Some(ReasonView::from(reason)),
            OperationState::Waiting | OperationState::Sending | OperationState::Posted { .. } => None,
        },
    }
}

impl Desk {
    /// A page of a run's rows, with how many are in each state over the whole run.
    ///
    /// # Errors
    /// When there is no such run, state or order.
    pub async fn run_rows(&self, run: &str, query: &RunRowQuery) -> AppResult<RunRowsView> {
        let run = self.run_head(&RunId(run.to_owned()))?.id;
        if let Some(state) = query.state.as_deref().filter(|state| !STATES.contains(state)) {
            return Err(AppError::input("state", state));
        }
        let page = long_page(&query.page, |name| match name {
            "target" => Some(RunRowSort::Record),
            "state" => Some(RunRowSort::State),
            _ => None,
        })?;
        let found = self.books().run_rows(&run, query.state.as_deref(), query.search.as_deref(), &page)?;
        let counts = self.books().run_states(&run)?;
        Ok(RunRowsView {
            page: PageView::from(&found),
            rows: found.rows.into_iter().map(run_row_view).collect(),
            counts: counts.into_iter().map(|(state, count)| (state, small(count))).collect(),
        })
    }
}
