//! What may still arrive: looked up again by itself, settled and proven when it is known, and meanwhile written by nobody else.

use super::applying::Ending;
use super::plans::kind_executor;
use super::rechecking::Made;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppResult, ErrorCode};
use crate::rate::Rated;
use crate::view::RunView;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Operation, PlanKind, Reason};
use selaras_domain::run::{OperationState, RunHead, RunId, RunState};
use selaras_engine::apply;
use selaras_engine::arrival::{STILL_CHECKED, touched};
use selaras_engine::ports::Journal;
use selaras_engine::progress::ProgressSink;
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// What is done with the runs that wait for what may still arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settling<'a> {
    /// They are looked up, and nothing is sent: somebody has asked for a plan.
    LookUp,
    /// They go on as far as they can.
    GoOn {
        /// The run that the caller itself goes on with.
        but: Option<&'a RunId>,
        /// The kind that the caller is about to plan anew: its runs are closed.
        anew: Option<&'a PlanKind>,
    },
}

/// What may still arrive.
enum UnderWay {
    /// In the words of [`touched`].
    Known(BTreeSet<String>),
    /// Anything: the data file was put back from a copy, which does not tell what was sent last.
    Unknown,
}

impl UnderWay {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Known(known) if known.is_empty())
    }

    /// Whether an operation writes what may still arrive.
    fn meets(&self, operation: &Operation) -> bool {
        match self {
            Self::Known(known) => !touched(operation).is_disjoint(known),
            Self::Unknown => true,
        }
    }
}

impl Desk {
    /// Whether something that was sent may still arrive.
    ///
    /// # Errors
    /// When no database is chosen, or the local store fails.
    pub fn undecided(&self) -> AppResult<bool> {
        Ok(!self.books().undecided_runs(self.database()?)?.is_empty())
    }

    /// Looks up what may still arrive, goes on with the runs that wait for it, and proves what came of them; answers those that have
    /// changed. What cannot be read now is looked up the next time.
    ///
    /// # Errors
    /// When another run holds the company, no database is chosen, or the local store fails.
    pub async fn settle(&self, cancel: CancellationToken, on_progress: OnProgress<'_>) -> AppResult<Vec<RunView>> {
        let _lock = self.lock()?;
        let settled =
            self.settle_locked(Settling::GoOn { but: None, anew: None }, &cancel, &Rated::new(on_progress)).await?;
        settled.iter().map(|run| self.run_view(run)).collect()
    }

    /// As [`Desk::settle`], by a caller that holds the company.
    pub(super) async fn settle_locked(
        &self,
        settling: Settling<'_>,
        cancel: &CancellationToken,
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<RunHead>> {
        let mut settled = Vec::new();
        for run in self.books().undecided_runs(self.database()?)? {
            if matches!(settling, Settling::GoOn { but: Some(own), .. } if *own == run.id) {
                continue;
            }
            match self.settle_run(&run, settling, cancel, progress).await {
                Ok(now) => settled.extend(now),
                Err(error) if error.code.is_of_store() => return Err(error),
                Err(error) => tracing::warn!(run.id = %run.id, %error, "what may still arrive could not be looked up"),
            }
        }
        Ok(settled)
    }

    async fn settle_run(
        &self,
        run: &RunHead,
        settling: Settling<'_>,
        cancel: &CancellationToken,
        progress: &dyn ProgressSink,
    ) -> AppResult<Option<RunHead>> {
        if self.of_other_shop(&run.plan)? {
            return Ok(None);
        }
        let anew = matches!(settling, Settling::GoOn { anew: Some(kind), .. } if *kind == run.kind);
        if anew || run.state == RunState::Finished || self.overtaken(run)? {
            self.close_run(run).await?;
        } else if settling != Settling::LookUp && self.goes_on_by_itself(run)? {
            match self.apply_locked(&run.plan.0, Made::Before, cancel, progress).await {
                Err(error) if error.code == ErrorCode::PlanStale => self.close_run(run).await?,
                applied => drop(applied?),
            }
        } else {
            // Cut off, or stopped by a person: what was not sent waits for a word.
            let reading = kind_executor(&run.kind)?;
            apply::look_up(run, &self.ports().await?, reading.as_ref(), &Ending(self)).await?;
        }
        let now = self.run_head(&run.id)?;
        if now.counts == run.counts && now.certificate.is_some() {
            return Ok(None);
        }
        self.prove_locked(&now.id.0, progress).await?;
        self.run_head(&run.id).map(Some)
    }

    /// Whether a run stopped only because something may still arrive, and its plan is the newest of its kind.
    fn goes_on_by_itself(&self, run: &RunHead) -> AppResult<bool> {
        let waits_for_it = run.pause.as_ref().is_some_and(|pause| pause.code == STILL_CHECKED);
        let newest = self.books().latest_plan(run.database, &run.kind)?;
        Ok(waits_for_it && newest.is_some_and(|newest| newest.head.id == run.plan))
    }

    /// Whether a newer run of its kind has taken a run's place.
    pub(super) fn overtaken(&self, run: &RunHead) -> AppResult<bool> {
        Ok(self.books().runs_since(&run.plan)?.iter().any(|newer| newer.kind == run.kind))
    }

    /// Ends a run whose place a newer plan takes, as far as it is known what became of it.
    pub(super) async fn close_run(&self, run: &RunHead) -> AppResult<()> {
        // What a cut has left out of its journal is held like the rest.
        self.books().begin_run(&run.plan, &run.id)?;
        let reading = kind_executor(&run.kind)?;
        apply::close(&run.id, &self.ports().await?, reading.as_ref(), &Ending(self)).await?;
        Ok(())
    }

    /// Everything that may still arrive by other runs than this one.
    fn on_their_way(&self, database: DatabaseId, but: Option<&RunId>) -> AppResult<UnderWay> {
        let within = self.inner.config.clock.arrives_within();
        let restored = self.inner.store.restored_at()?;
        if restored.is_some_and(|at| self.now().duration_since(at).abs() < within) {
            return Ok(UnderWay::Unknown);
        }
        let under_way = self.books().on_their_way(database, self.now() - within)?;
        let of_others = under_way.iter().filter(|one| but != Some(&one.run));
        Ok(UnderWay::Known(of_others.flat_map(|one| touched(&one.operation)).collect()))
    }

    /// Blocks what another run may still be writing.
    pub(super) fn block_undecided(&self, operations: &mut [Operation]) -> AppResult<()> {
        let under_way = self.on_their_way(self.database()?, None)?;
        for operation in operations.iter_mut().filter(|operation| operation.action.writes()) {
            if under_way.meets(operation) {
                (operation.action, operation.reason) = (Action::Blocked, Reason::new(STILL_CHECKED));
            }
        }
        Ok(())
    }

    /// Holds, in a run that is about to send, what another run may still be writing.
    pub(super) fn hold_undecided(&self, run: &RunHead) -> AppResult<()> {
        let under_way = self.on_their_way(run.database, Some(&run.id))?;
        if under_way.is_nothing() {
            return Ok(());
        }
        let waiting =
            self.books().journal_of(&run.id)?.into_iter().filter(|entry| entry.state == OperationState::Waiting);
        let held: Vec<_> = waiting
            .filter(|entry| under_way.meets(&entry.operation))
            .map(|entry| (entry.operation.key, OperationState::Held { reason: Reason::new(STILL_CHECKED) }))
            .collect();
        Ok(self.books().store().settled(&run.id, &held)?)
    }
}
