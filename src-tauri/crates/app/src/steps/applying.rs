//! Apply, and the three steps in one: executes a stored plan, or goes on with its run.
//!
//! Decides which plan may still be applied; what is sent and how is the engine's.

use super::plans::kind_executor;
use super::rechecking::Made;
use super::settling::Settling;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::lock::CompanyLock;
use crate::rate::Rated;
use crate::view::{PlanOptions, PlanView, RunView, SyncView};
use selaras_domain::plan::{Operation, OperationKey, PlanHead, PlanKind, Reason};
use selaras_domain::run::{OperationState, RunCounts, RunHead, RunId, RunState};
use selaras_engine::apply;
use selaras_engine::arrival::STILL_CHECKED;
use selaras_engine::kinds::{undo, undo_items};
use selaras_engine::ports::{Clock, Journal, JournalEntry, LookedUp, PortError};
use selaras_engine::progress::ProgressSink;
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// How long a run of absolute figures may be interrupted and still go on: a pause at the desk, not a night.
const FIGURES_LAST: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

impl Desk {
    /// Executes a stored plan, or continues its run. Applying it twice sends nothing the second time.
    ///
    /// # Errors
    /// When the plan is for another database, another run holds the company, or the local store fails. What a service refuses is no
    /// error but a state of its row; what stops the run is its pause. [`ErrorCode::Brake`] where the plan meets a brake that this desk does
    /// not pass ([`Desk::passing`]): nothing is written, and the plan stays as it is.
    pub async fn apply(
        &self,
        plan: &str,
        cancel: CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<RunView> {
        let _lock = self.lock()?;
        self.back_up_daily();
        let (head, _) = self.stored_plan(plan)?;
        let own = self.books().run_of_plan(&head.id)?;
        let progress = Rated::new(on_progress);
        let settling = Settling::GoOn { but: own.as_ref().map(|run| &run.id), anew: Some(&head.kind) };
        self.settle_locked(settling, &cancel, &progress).await?;
        let run = self.apply_locked(plan, Made::Before, &cancel, &progress).await?;
        self.run_view(&run)
    }

    pub(crate) fn lock(&self) -> AppResult<CompanyLock> {
        CompanyLock::take(self.data_dir(), self.books().company_id().0)
    }

    pub(super) async fn apply_locked(
        &self,
        plan: &str,
        made: Made,
        cancel: &CancellationToken,
        progress: &dyn ProgressSink,
    ) -> AppResult<RunHead> {
        let (head, note) = self.stored_plan(plan)?;
        let database = self.database()?;
        if head.database != database {
            return Err(AppError::new(ErrorCode::PlanOfOtherDatabase)
                .with("expected", head.database)
                .with("found", database));
        }
        let sending = kind_executor(&head.kind)?;
        let begun = self.books().run_of_plan(&head.id)?;
        if let Some(run) = begun.as_ref().filter(|run| run.state == RunState::Finished) {
            return Ok(run.clone());
        }
        let operations = self.operations_as_made(&head)?;
        self.permitted(&head.kind, &operations).await?;
        let ports = self.ports().await?;
        let waiting = match &begun {
            None => {
                self.refuse_overtaken(&head)?;
                self.same_shop(&head)?;
                self.hold_braked(&head, note.undoes.as_ref())?;
                self.close_unfinished(&head.kind, note.undoes.as_ref()).await?;
                None
            }
            Some(run) if self.overtaken(run)? => {
                self.close_run(run).await?;
                return self.run_head(&run.id);
            }
            Some(run) => {
                // A run of an older version goes on with the account that it has begun with: nothing tells another.
                if head.shop.is_some() {
                    self.same_shop(&head)?;
                }
                if sending.repeatable() {
                    self.refuse_old_figures(&head)?;
                }
                apply::look_up(run, &ports, sending.as_ref(), &Ending(self)).await?;
                Some(self.books().waiting_keys(&run.id)?)
            }
        };
        self.prove_left(begun.as_ref().map(|run| &run.id), progress).await?;
        let changed = self.changed_since(&head, &note, made, &operations, waiting.as_ref(), progress).await?;
        let posted_before = self.books().posted_keys(database, &head.kind)?;
        let run = self.books().begin_run(&head.id, &RunId(uuid::Uuid::now_v7().to_string()))?;
        if sending.once() {
            self.hold_posted(&run.id, &posted_before)?;
        }
        self.hold_undecided(&run)?;
        let waiting = self.books().waiting_keys(&run.id)?;
        let changed: Vec<_> = changed.into_iter().filter(|(key, _)| waiting.contains(key)).collect();
        self.books().store().settled(&run.id, &changed)?;
        apply::apply(&run.id, &ports, sending.as_ref(), &Ending(self), progress, cancel).await?;
        let run = self.run_head(&run.id)?;
        if head.kind.0 == undo_items::KIND && run.counts.posted > 0 {
            // The SKUs of what was deleted are ready again. The run has ended either way: a list that cannot be read now is read later.
            if let Err(error) = self.read_catalogue(progress).await {
                tracing::warn!(%error, "the catalogue was not read after an undo");
            }
        }
        Ok(run)
    }

    /// A plan that another run has overtaken was made from figures that are no more: a run of its kind, and wherever something is taken
    /// back, any run. What began later is told by the order of rows, as a clock may be set back.
    fn refuse_overtaken(&self, head: &PlanHead) -> AppResult<()> {
        let touches = |run: &RunHead| run.kind == head.kind || undo::is_undo(&run.kind) || undo::is_undo(&head.kind);
        if self.books().runs_since(&head.id)?.iter().any(touches) {
            return Err(AppError::new(ErrorCode::PlanStale).with("made_at", head.made_at));
        }
        Ok(())
    }

    /// Absolute figures are not sent late: an old run of them is not continued but planned anew.
    fn refuse_old_figures(&self, head: &PlanHead) -> AppResult<()> {
        if self.now().duration_since(head.read_at) > FIGURES_LAST {
            return Err(AppError::new(ErrorCode::PlanStale).with("made_at", head.made_at));
        }
        Ok(())
    }

    /// What another run has posted is not posted again by an older or parallel plan.
    fn hold_posted(&self, run: &RunId, posted: &BTreeSet<OperationKey>) -> AppResult<()> {
        let held: Vec<_> = self
            .books()
            .waiting_keys(run)?
            .into_iter()
            .filter(|key| posted.contains(key))
            .map(|key| (key, OperationState::Held { reason: Reason::new("posted_before") }))
            .collect();
        Ok(self.books().store().settled(run, &held)?)
    }

    pub(crate) fn run_head(&self, run: &RunId) -> AppResult<RunHead> {
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "run").with("id", run);
        self.books().run(run)?.ok_or_else(missing)
    }

    /// Plans, applies and proves; a run that was cut off is closed before the plan is made, so that the plan sees what it left.
    ///
    /// # Errors
    /// As [`Desk::plan`], [`Desk::apply`] and [`Desk::prove`].
    pub async fn sync(
        &self,
        kind: &str,
        options: &PlanOptions,
        cancel: CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<SyncView> {
        let _lock = self.lock()?;
        let progress = Rated::new(on_progress);
        let named = PlanKind::named(kind);
        self.settle_locked(Settling::GoOn { but: None, anew: Some(&named) }, &cancel, &progress).await?;
        self.close_unfinished(&named, None).await?;
        let plan = self.plan_locked(kind, options, on_progress).await?;
        self.carried_out(plan, &cancel, &progress).await
    }

    /// Applies a plan that was just made, and proves its run.
    pub(super) async fn carried_out(
        &self,
        plan: PlanView,
        cancel: &CancellationToken,
        progress: &dyn ProgressSink,
    ) -> AppResult<SyncView> {
        let run = self.apply_locked(&plan.plan, Made::JustNow, cancel, progress).await?;
        // What a person stopped, and what may still arrive, is proven as far as it has come.
        let shown = ["paused_by_person", STILL_CHECKED];
        if let Some(pause) = run.pause.as_ref().filter(|pause| !shown.contains(&pause.code.as_str())) {
            return Err(paused(&run, pause));
        }
        let proof = self.prove_locked(&run.id.0, progress).await?;
        let run = self.run_head(&run.id)?;
        Ok(SyncView { plan, run: self.run_view(&run)?, proof })
    }

    /// Ends the runs of a kind that were cut off, before a newer plan takes their place: what was under way is looked up, what was not
    /// sent is held. An old figure is never sent late. An undo takes the place only of another undo of the same run.
    async fn close_unfinished(&self, kind: &PlanKind, undoes: Option<&RunId>) -> AppResult<()> {
        for run in self.books().unfinished_runs(self.database()?)?.iter().filter(|run| run.kind == *kind) {
            if self.stored_plan(&run.plan.0)?.1.undoes.as_ref() != undoes || self.of_other_shop(&run.plan)? {
                continue;
            }
            self.close_run(run).await?;
        }
        Ok(())
    }
}

/// The journal of a run whose end is written together with what it leaves to people.
pub(super) struct Ending<'a>(pub(super) &'a Desk);

impl Ending<'_> {
    fn end(&self, run: &RunId, end: &apply::RunEnd) -> AppResult<()> {
        let head = self.0.run_head(run)?;
        let aftermath = self.0.aftermath(&head, end.state)?;
        Ok(self.0.books().end_run(&head, end, &aftermath)?)
    }
}

impl Journal for Ending<'_> {
    fn clock(&self) -> &dyn Clock {
        self.0.books().store().clock()
    }

    fn not_sent(&self, run: &RunId, keys: &[OperationKey]) -> Result<(), PortError> {
        self.0.books().store().not_sent(run, keys)
    }

    fn entries(&self, run: &RunId) -> Result<Vec<JournalEntry>, PortError> {
        self.0.books().store().entries(run)
    }

    fn sending(&self, run: &RunId, operations: &[&Operation]) -> Result<(), PortError> {
        self.0.books().store().sending(run, operations)
    }

    fn settled(&self, run: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), PortError> {
        self.0.books().store().settled(run, outcomes)
    }

    fn looked_up(&self, run: &RunId, keys: &[OperationKey], why: LookedUp) -> Result<(), PortError> {
        self.0.books().store().looked_up(run, keys, why)
    }

    fn progress(
        &self,
        run: &RunId,
        state: RunState,
        pause: Option<&Reason>,
        counts: RunCounts,
    ) -> Result<(), PortError> {
        let end = apply::RunEnd { state, pause: pause.cloned(), counts };
        Ok(self.end(run, &end)?)
    }
}

/// A run that stopped before its end, as the error of the step that stopped it.
pub(super) fn paused(run: &RunHead, pause: &Reason) -> AppError {
    let code = match pause.code.as_str() {
        "sign_in_needed" => ErrorCode::SignInNeeded,
        "offline" => ErrorCode::Offline,
        "scope_missing" => ErrorCode::ScopeMissing,
        "wrong_database" => ErrorCode::WrongDatabase,
        "rate_limited" => ErrorCode::Busy,
        "not_offered" => ErrorCode::NotOffered,
        "no_answer" => ErrorCode::NoAnswer,
        "clock_skew" => ErrorCode::ClockSkew,
        _ => ErrorCode::Refused,
    };
    let mut error = AppError::new(code).with("run", &run.id).with("plan", &run.plan).with("reason", &pause.code);
    error.params.extend(pause.params.clone());
    error
}
