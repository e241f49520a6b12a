//! The history of runs with their certificates.

use super::plans::proof_view;
use crate::desk::Desk;
use crate::error::AppResult;
use crate::view::{ReasonView, RunDetailView, RunRowView, RunView, RunsView};
use selaras_domain::run::{OperationState, RunHead, RunId, RunState};
use selaras_engine::apply::counts;
use std::collections::BTreeSet;

/// How many runs the history answers.
const RUNS: usize = 500;

impl Desk {
    /// All runs of the company, newest first, and whether the chain of their certificates is whole.
    ///
    /// # Errors
    /// When the local store fails.
    pub async fn runs(&self) -> AppResult<RunsView> {
        let runs = self.books().runs(RUNS)?.iter().map(|run| self.run_view(run)).collect::<AppResult<_>>()?;
        Ok(RunsView { runs, chain_whole: self.books().verify_chain().is_ok() })
    }

    /// One run with its rows and its newest proof.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn run(&self, run: &str) -> AppResult<RunDetailView> {
        let head = self.run_head(&RunId(run.to_owned()))?;
        let rows = self
            .books()
            .journal_of(&head.id)?
            .into_iter()
            .map(|entry| RunRowView {
                key: entry.operation.key.to_string(),
                target: entry.operation.target.record,
                warehouse: entry.operation.after.get("warehouse_name").cloned(),
                state: entry.state.name().to_owned(),
                reason: match entry.state {
                    OperationState::Failed { reason }
                    | OperationState::Unknown { reason }
                    | OperationState::Held { reason } => Some(ReasonView::from(reason)),
                    OperationState::Waiting | OperationState::Sending | OperationState::Posted { .. } => None,
                },
            })
            .collect();
        let proof = self
            .books()
            .certificates()?
            .into_iter()
            .filter(|stored| stored.certificate.run == head.id)
            .max_by_key(|stored| stored.certificate.at)
            .map(|stored| proof_view(&stored.certificate, stored.path, stored.hash, Vec::new()));
        Ok(RunDetailView { run: self.run_view(&head)?, rows, proof })
    }

    /// A run as it stands now: one that was cut off has its sums in the journal only.
    pub(crate) fn run_view(&self, run: &RunHead) -> AppResult<RunView> {
        let mut now = run.clone();
        if run.state != RunState::Finished {
            now.counts = counts(&self.books().journal_of(&run.id)?);
        }
        Ok(RunView::from(&now))
    }

    /// How many rows of a run still need a person: those in the open inbox. A row that somebody left out, or dismissed with a reason,
    /// is held, but decided.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn rows_for_person(&self, run: &str) -> AppResult<u32> {
        let head = self.run_head(&RunId(run.to_owned()))?;
        let open: BTreeSet<_> = self
            .books()
            .open_inbox(head.database)?
            .into_iter()
            .filter(|entry| entry.kind == head.kind)
            .map(|entry| entry.key)
            .collect();
        let rows = self.books().journal_of(&head.id)?;
        let waiting = rows
            .iter()
            .filter(|row| !matches!(row.state, OperationState::Posted { .. }) && open.contains(&row.operation.key));
        Ok(u32::try_from(waiting.count()).unwrap_or(u32::MAX))
    }
}
