//! The history of runs with their certificates, and the sheet of one run.

use super::proving::proof_view;
use super::run_rows::run_row_view;
use super::tally::Tally;
use crate::desk::Desk;
use crate::error::AppResult;
use crate::view::{ReasonView, RunDetailView, RunSheetView, RunView, RunsView, small};
use selaras_domain::amount::Money;
use selaras_domain::run::{OperationState, RunCounts, RunHead, RunId, RunState};
use selaras_store::Undoing;
use std::collections::{BTreeMap, BTreeSet};

/// How many runs the history answers.
const RUNS: usize = 500;

impl Desk {
    /// All runs of the company, newest first, and whether the chain of their certificates is whole.
    ///
    /// # Errors
    /// When the local store fails.
    pub async fn runs(&self) -> AppResult<RunsView> {
        let links = self.books().undoing_runs()?;
        let numbers = self.books().certificate_numbers()?;
        let runs = self.books().runs(RUNS)?;
        let runs =
            runs.iter().map(|run| self.linked_view(run, &links, numbers.get(&run.id))).collect::<AppResult<_>>()?;
        Ok(RunsView { runs, chain_whole: self.chain_whole()? })
    }

    /// One run with its rows and its newest proof.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn run(&self, run: &str) -> AppResult<RunDetailView> {
        let head = self.run_head(&RunId(run.to_owned()))?;
        let rows = self.books().journal_of(&head.id)?.into_iter().map(run_row_view).collect();
        let proof = self.books().newest_certificate(&head.id)?;
        let proof = proof.map(|(_, stored)| proof_view(&stored.certificate, stored.path, stored.hash, Vec::new()));
        Ok(RunDetailView { run: self.run_view(&head)?, rows, proof })
    }

    /// A run as its page in the window shows it: its sums, its proof, what it changed, and how far it can be taken back.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn run_sheet(&self, run: &str) -> AppResult<RunSheetView> {
        let head = self.run_head(&RunId(run.to_owned()))?;
        let (plan, _) = self.stored_plan(&head.plan.0)?;
        let mut tally = Tally::of(&head.kind);
        self.books().visit_posted(&head.id, |row| tally.take(row))?;
        let (total, changes) = tally.sums();
        let newest = self.books().newest_certificate(&head.id)?;
        Ok(RunSheetView {
            run: self.run_view(&head)?,
            total: total.map(Money::text),
            same: small(plan.counts.same),
            settled: small(self.books().lost_answers(&head.id)?),
            certificate_no: newest.as_ref().map(|(number, _)| small(*number)),
            previous: newest.as_ref().map(|(_, stored)| stored.certificate.previous.clone()),
            proof: newest.map(|(_, stored)| proof_view(&stored.certificate, stored.path, stored.hash, Vec::new())),
            changes,
            undo: self.undo_scope(&head)?,
        })
    }

    /// A run as it stands now: one that was cut off has its sums in the journal only.
    pub(crate) fn run_view(&self, run: &RunHead) -> AppResult<RunView> {
        let number = self.books().newest_certificate(&run.id)?.map(|(number, _)| number);
        self.linked_view(run, &self.books().undoing_runs()?, number.as_ref())
    }

    fn linked_view(&self, run: &RunHead, links: &[Undoing], number: Option<&u64>) -> AppResult<RunView> {
        let mut now = run.clone();
        if run.state != RunState::Finished {
            now.counts = counted(&self.books().run_states(&run.id)?);
        }
        let undoes = links.iter().find(|link| link.run == run.id).map(|link| link.undoes.to_string());
        let undone_by = links.iter().rev().find(|link| link.undoes == run.id && link.took);
        Ok(RunView {
            certificate_no: number.copied().map(small),
            passed: self.books().passed_brakes(&run.plan)?.into_iter().map(ReasonView::from).collect(),
            undoes,
            undone_by: undone_by.map(|link| link.run.to_string()),
            ..RunView::from(&now)
        })
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

/// The sums of a journal, from how many of its rows are in each state.
fn counted(states: &BTreeMap<String, u64>) -> RunCounts {
    let of = |names: [&str; 2]| names.iter().filter_map(|name| states.get(*name)).sum();
    let (held, unknown) = (of(["waiting", "held"]), of(["sending", "unknown"]));
    let (posted, failed) = (of(["posted", ""]), of(["failed", ""]));
    RunCounts { input: posted + held + failed + unknown, posted, held, failed, unknown }
}
