//! Plan, apply, prove, and the three in one.
//!
//! A plan is stored and hashed before anybody can apply it; apply executes exactly that; the proof is a certificate in the chain.

use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::lock::CompanyLock;
use crate::rate::Rated;
use crate::steps::drafts::EXPORTS;
use crate::view::{
    DifferenceView, Id, OperationQuery, OperationView, OperationsView, PageView, PlanOptions, PlanView, ProofView,
    ReasonView, RunView, SyncView,
};
use selaras_domain::amount::Money;
use selaras_domain::plan::{
    Action, Operation, OperationKey, PlanCounts, PlanHead, PlanId, PlanKind, Reason, plan_hash,
};
use selaras_domain::run::{Certificate, OperationState, RunHead, RunId, RunState};
use selaras_engine::kinds::{Executor, Ports, executor, items, listings, opening_stock, stock};
use selaras_engine::ports::{Journal, JournalEntry};
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::{apply, prove};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_util::sync::CancellationToken;

/// How long a run of absolute figures may be interrupted and still go on: a pause at the desk, not a night.
const FIGURES_LAST: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// How many runs are looked at for one that has overtaken a plan.
const RUNS: usize = 500;

/// What is stored beside a plan's operations: what a person should know, and what it was made from (for a retry).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct PlanNote {
    notes: Vec<Reason>,
    options: PlanOptions,
    calls: u32,
}

fn small(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

fn kind_executor(kind: &PlanKind) -> AppResult<Box<dyn Executor>> {
    executor(kind).ok_or_else(|| AppError::input("kind", kind))
}

impl Desk {
    /// Makes a plan, stores it and answers its head.
    ///
    /// # Errors
    /// When a side cannot be read, or something that this kind needs is missing.
    pub async fn plan(&self, kind: &str, options: &PlanOptions, on_progress: OnProgress<'_>) -> AppResult<PlanView> {
        // Nobody changes the database while it is read.
        let _lock = self.lock()?;
        self.plan_locked(kind, options, on_progress).await
    }

    async fn plan_locked(&self, kind: &str, options: &PlanOptions, on_progress: OnProgress<'_>) -> AppResult<PlanView> {
        let progress = Rated::new(on_progress);
        let kind = PlanKind::named(kind);
        let sending = kind_executor(&kind)?;
        let database = self.database()?;
        let mut draft = match kind.0.as_str() {
            items::KIND => self.draft_items(database, &progress).await?,
            opening_stock::KIND => self.draft_opening_stock(database, options, &progress).await?,
            stock::KIND => self.draft_stock(database, &progress).await?,
            listings::KIND => self.draft_listings(database).await?,
            _ => return Err(AppError::input("kind", &kind)),
        };
        hold_equal_keys(&mut draft.operations);
        report(&progress, "planning", draft.operations.len(), Some(draft.operations.len()));
        let ports = self.ports().await?;
        let writing: Vec<&Operation> = draft.operations.iter().filter(|operation| operation.action.writes()).collect();
        let calls = small(sending.batches(&ports, &writing).len());
        let head = PlanHead {
            id: PlanId(uuid::Uuid::now_v7().to_string()),
            hash: plan_hash(&kind, database, &draft.operations),
            kind,
            database,
            counts: PlanCounts::of(&draft.operations),
            total: draft.total.map(Money::text),
            made_at: self.now(),
            read_at: draft.read_at,
        };
        let note = PlanNote { notes: draft.notes, options: options.clone(), calls };
        let note =
            serde_json::to_value(&note).map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        self.books().save_plan(&head, &draft.operations, &note)?;
        self.plan_head(&head.id.0).await
    }

    /// A stored plan's head.
    ///
    /// # Errors
    /// When there is no such plan.
    pub async fn plan_head(&self, plan: &str) -> AppResult<PlanView> {
        let (head, note) = self.stored_plan(plan)?;
        let mut blocked: BTreeMap<String, u32> = BTreeMap::new();
        for row in self.books().operations_page(&head.id, Some(Action::Blocked), None, None, usize::MAX >> 1)? {
            *blocked.entry(row.operation.reason.code).or_default() += 1;
        }
        let pace = if head.kind.0 == stock::KIND { 50.0 / 60.0 } else { 8.0 };
        Ok(PlanView {
            plan: head.id.to_string(),
            kind: head.kind.to_string(),
            hash: head.hash,
            counts: head.counts.into(),
            total: head.total,
            database: Id(head.database.0),
            made_at: head.made_at.to_string(),
            read_at: head.read_at.to_string(),
            calls: note.calls,
            seconds: f64::from(note.calls) / pace,
            notes: note.notes.into_iter().map(ReasonView::from).collect(),
            undoes: None,
            blocked,
        })
    }

    fn stored_plan(&self, plan: &str) -> AppResult<(PlanHead, PlanNote)> {
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "plan").with("id", plan);
        let stored = self.books().plan(&PlanId(plan.to_owned()))?.ok_or_else(missing)?;
        let note = serde_json::from_value(stored.note)
            .map_err(|error| AppError::new(ErrorCode::StorageDamaged).with("detail", error))?;
        Ok((stored.head, note))
    }

    /// What a plan of this kind was made from last; used when its rows are retried.
    pub(crate) fn last_options(&self, kind: &PlanKind) -> AppResult<PlanOptions> {
        match self.books().latest_plan(self.database()?, kind)? {
            Some(plan) => Ok(self.stored_plan(&plan.head.id.0)?.1.options),
            None => Ok(PlanOptions::default()),
        }
    }

    /// Operations of a stored plan.
    ///
    /// # Errors
    /// When there is no such plan, or the action's name is not one.
    pub async fn operations(&self, plan: &str, query: &OperationQuery) -> AppResult<OperationsView> {
        let (head, _) = self.stored_plan(plan)?;
        let action = match query.action.as_deref() {
            None => None,
            Some(name) => Some(
                [Action::Create, Action::Change, Action::Same, Action::Remove, Action::Blocked]
                    .into_iter()
                    .find(|action| action.name() == name)
                    .ok_or_else(|| AppError::input("action", name))?,
            ),
        };
        let limit = if query.page.limit == 0 { usize::MAX >> 1 } else { query.page.limit as usize };
        let after = query.page.after.as_deref().and_then(|cursor| cursor.parse().ok());
        let rows = self.books().operations_page(&head.id, action, query.search.as_deref(), after, limit)?;
        let total = match (action, query.search.as_deref()) {
            (None, None) => head.counts.writes() + head.counts.same + head.counts.blocked,
            (Some(Action::Create), None) => head.counts.create,
            (Some(Action::Change), None) => head.counts.change,
            (Some(Action::Same), None) => head.counts.same,
            (Some(Action::Remove), None) => head.counts.remove,
            (Some(Action::Blocked), None) => head.counts.blocked,
            (_, Some(search)) => {
                self.books().operations_page(&head.id, action, Some(search), None, usize::MAX >> 1)?.len() as u64
            }
        };
        let next = (rows.len() == limit).then(|| rows.last().map(|row| row.sequence.to_string())).flatten();
        let operations = rows
            .into_iter()
            .map(|row| {
                let operation = row.operation;
                OperationView {
                    key: operation.key.to_string(),
                    action: operation.action.name().to_owned(),
                    target: operation.target.record,
                    before: operation.before,
                    after: operation.after,
                    reason: operation.reason.into(),
                    group: Some(operation.group).filter(|group| !group.is_empty()),
                }
            })
            .collect();
        let at = query.page.at.unwrap_or_default();
        Ok(OperationsView { operations, page: PageView { at, total: small(total), next } })
    }

    /// Executes a stored plan, or continues its run. Applying it twice sends nothing the second time.
    ///
    /// # Errors
    /// When the plan is for another database, another run holds the company, or the local store fails. What a service refuses is no
    /// error but a state of its row; what stops the run is its pause.
    pub async fn apply(
        &self,
        plan: &str,
        cancel: CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<RunView> {
        let _lock = self.lock()?;
        Ok(RunView::from(&self.apply_locked(plan, &cancel, &Rated::new(on_progress)).await?))
    }

    pub(crate) fn lock(&self) -> AppResult<CompanyLock> {
        CompanyLock::take(self.data_dir(), self.books().company_id().0)
    }

    async fn apply_locked(
        &self,
        plan: &str,
        cancel: &CancellationToken,
        progress: &dyn ProgressSink,
    ) -> AppResult<RunHead> {
        let (head, _) = self.stored_plan(plan)?;
        let database = self.database()?;
        if head.database != database {
            return Err(AppError::new(ErrorCode::PlanOfOtherDatabase)
                .with("expected", head.database)
                .with("found", database));
        }
        let sending = kind_executor(&head.kind)?;
        match self.books().run_of_plan(&head.id)? {
            None => {
                self.refuse_overtaken(&head)?;
                self.close_unfinished(&head.kind).await?;
            }
            Some(run) if run.state != RunState::Finished && sending.repeatable() => self.refuse_old_figures(&head)?,
            Some(_) => {}
        }
        let posted_before = self.books().posted_keys(database, &head.kind)?;
        let run = self.books().begin_run(&head.id, &RunId(uuid::Uuid::now_v7().to_string()))?;
        if sending.once() {
            self.hold_posted(&run.id, &posted_before)?;
        }
        let ports = self.ports().await?;
        apply::apply(&run.id, &ports, sending.as_ref(), self.books().store(), progress, cancel).await?;
        let run = self.run_head(&run.id)?;
        self.record_problems(&run)?;
        Ok(run)
    }

    /// A plan that another run of its kind has overtaken was made from figures that are no more.
    fn refuse_overtaken(&self, head: &PlanHead) -> AppResult<()> {
        let newer =
            |run: &RunHead| run.kind == head.kind && run.database == head.database && run.started_at > head.read_at;
        if self.books().runs(RUNS)?.iter().any(newer) {
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
            .journal_of(run)?
            .into_iter()
            .filter(|entry| entry.state == OperationState::Waiting && posted.contains(&entry.operation.key))
            .map(|entry| (entry.operation.key, OperationState::Held { reason: Reason::new("posted_before") }))
            .collect();
        Ok(self.books().store().settled(run, &held)?)
    }

    pub(crate) fn run_head(&self, run: &RunId) -> AppResult<RunHead> {
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "run").with("id", run);
        self.books().run(run)?.ok_or_else(missing)
    }

    /// Reads back what a run posted, and writes the certificate.
    ///
    /// # Errors
    /// When there is no such run, or the other side cannot be read.
    pub async fn prove(&self, run: &str, on_progress: OnProgress<'_>) -> AppResult<ProofView> {
        let _lock = self.lock()?;
        self.prove_locked(run, &Rated::new(on_progress)).await
    }

    async fn prove_locked(&self, run: &str, progress: &dyn ProgressSink) -> AppResult<ProofView> {
        let run = self.run_head(&RunId(run.to_owned()))?;
        let (plan, note) = self.stored_plan(&run.plan.0)?;
        if run.database != self.database()? {
            let found = self.database()?;
            return Err(AppError::new(ErrorCode::PlanOfOtherDatabase)
                .with("expected", run.database)
                .with("found", found));
        }
        let entries = self.books().journal_of(&run.id)?;
        report(progress, "proving", 0, Some(entries.len()));
        let reading = kind_executor(&run.kind)?;
        let proof = prove::prove(&self.ports().await?, reading.as_ref(), &entries).await?;
        report(progress, "proving", entries.len(), Some(entries.len()));
        let certificate = Certificate {
            version: 1,
            run: run.id.clone(),
            plan: run.plan.clone(),
            plan_hash: plan.hash,
            kind: run.kind.clone(),
            database: run.database,
            counts: apply::counts(&entries),
            total: posted_total(&run.kind, &entries),
            checked: proof.checked,
            not_readable: proof.not_readable,
            differences: proof.differences,
            at: self.now(),
            previous: self.books().last_certificate_hash()?,
        };
        let path = self.write_certificate(&certificate)?;
        let hash = self.books().add_certificate(&certificate, &path)?;
        let mut notes = note.notes;
        if run.kind.0 == items::KIND {
            notes.retain(|reason| reason.code == EXPORTS);
        }
        Ok(proof_view(&certificate, path, hash, notes))
    }

    fn write_certificate(&self, certificate: &Certificate) -> AppResult<String> {
        let folder = self.data_dir().join("certificates");
        std::fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
        let hash = certificate.hash();
        let name = format!("{}-{}.json", certificate.run, hash.get(..12).unwrap_or(&hash));
        let text = serde_json::to_string_pretty(certificate)
            .map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        let path = folder.join(&name);
        std::fs::write(&path, text).map_err(|error| from_io(&error, &path))?;
        Ok(format!("certificates/{name}"))
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
        self.close_unfinished(&PlanKind::named(kind)).await?;
        let plan = self.plan_locked(kind, options, on_progress).await?;
        let run = self.apply_locked(&plan.plan, &cancel, &progress).await?;
        if let Some(pause) = run.pause.as_ref().filter(|pause| pause.code != "paused_by_person") {
            return Err(paused(&run, pause));
        }
        let proof = self.prove_locked(&run.id.0, &progress).await?;
        let run = self.run_head(&run.id)?;
        Ok(SyncView { plan, run: RunView::from(&run), proof })
    }

    /// Ends the runs of a kind that were cut off, before a newer plan takes their place: what was under way is looked up, what was not
    /// sent is held. An old figure is never sent late.
    async fn close_unfinished(&self, kind: &PlanKind) -> AppResult<()> {
        for run in self.books().unfinished_runs(self.database()?)?.iter().filter(|run| run.kind == *kind) {
            let reading = kind_executor(&run.kind)?;
            apply::close(&run.id, &self.ports().await?, reading.as_ref(), self.books().store()).await?;
            self.record_problems(&self.run_head(&run.id)?)?;
        }
        Ok(())
    }

    /// Both sides of the chosen database.
    pub(crate) async fn ports(&self) -> AppResult<Ports> {
        Ok(Ports { books: self.open_books().await?, shop: self.shop().await? })
    }
}

/// A key names one write. Operations that share one are held, as nobody could tell their records apart.
fn hold_equal_keys(operations: &mut [Operation]) {
    let mut times: HashMap<OperationKey, usize> = HashMap::new();
    for operation in operations.iter() {
        *times.entry(operation.key.clone()).or_default() += 1;
    }
    times.retain(|_, count| *count > 1);
    let mut seen: HashMap<OperationKey, usize> = HashMap::new();
    for operation in operations.iter_mut().filter(|operation| times.contains_key(&operation.key)) {
        if operation.action.writes() {
            operation.action = Action::Blocked;
            operation.reason = Reason::new("sku_doubled");
        }
        let number = seen.entry(operation.key.clone()).or_default();
        *number += 1;
        if *number > 1 {
            operation.key = OperationKey(format!("{}#{number}", operation.key));
        }
    }
}

/// Σ rupiah of what a run has posted; `None` where no money moves.
fn posted_total(kind: &PlanKind, entries: &[JournalEntry]) -> Option<String> {
    let posted: Vec<Operation> = entries
        .iter()
        .filter(|entry| matches!(entry.state, OperationState::Posted { .. }))
        .map(|entry| entry.operation.clone())
        .collect();
    match kind.0.as_str() {
        items::KIND => Some(items::total(&posted).text()),
        opening_stock::KIND => Some(opening_stock::total(&posted).text()),
        _ => None,
    }
}

/// A run that stopped before its end, as the error of the step that stopped it.
fn paused(run: &RunHead, pause: &Reason) -> AppError {
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

/// A certificate as its view.
pub(crate) fn proof_view(certificate: &Certificate, path: String, hash: String, notes: Vec<Reason>) -> ProofView {
    ProofView {
        run: certificate.run.to_string(),
        checked: small(certificate.checked),
        not_readable: small(certificate.not_readable),
        differences: certificate
            .differences
            .iter()
            .map(|difference| DifferenceView {
                key: difference.key.to_string(),
                field: difference.field.clone(),
                expected: difference.expected.clone(),
                found: difference.found.clone(),
            })
            .collect(),
        certificate: path,
        hash,
        at: certificate.at.to_string(),
        notes: notes.into_iter().map(ReasonView::from).collect(),
    }
}
