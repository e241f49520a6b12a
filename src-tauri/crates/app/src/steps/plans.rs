//! Plan, apply, prove, and the three in one.
//!
//! A plan is stored and hashed before anybody can apply it; apply executes exactly that; the proof is a certificate in the chain.

use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::lock::CompanyLock;
use crate::rate::Rated;
use crate::snapshots::Directory;
use crate::steps::import::COUNT_PART;
use crate::view::{
    DifferenceView, Id, OperationQuery, OperationView, OperationsView, PlanOptions, PlanView, ProofView, ReasonView,
    RunView, SyncView,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use selaras_domain::accurate::Warehouse;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{BranchId, DatabaseId, ItemId, WarehouseId};
use selaras_domain::mapping::Mapping;
use selaras_domain::plan::{
    Action, Operation, OperationKey, PlanCounts, PlanHead, PlanId, PlanKind, Reason, plan_hash,
};
use selaras_domain::run::{Certificate, OperationState, RunHead, RunId, RunState};
use selaras_engine::kinds::{Executor, Ports, executor, items, listings, opening_stock, stock};
use selaras_engine::ports::{Journal, JournalEntry};
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::sku::{SkuRow, classify, stock_obstacle};
use selaras_engine::{apply, prove};
use selaras_forstok::import::CountRow;
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

/// A plan as a planner leaves it.
struct Draft {
    operations: Vec<Operation>,
    total: Option<Money>,
    notes: Vec<Reason>,
    read_at: jiff::Timestamp,
}

fn small(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

fn kind_executor(kind: &PlanKind) -> AppResult<Box<dyn Executor>> {
    executor(kind).ok_or_else(|| AppError::input("kind", kind))
}

/// The business day of a document: the date in Jakarta (the services speak WIB; accurate-online-api.md §5, guess).
fn business_date(at: jiff::Timestamp) -> Date {
    let zone = TimeZone::get("Asia/Jakarta").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(7)));
    at.to_zoned(zone).date()
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
        let limit = if query.limit == 0 { usize::MAX >> 1 } else { query.limit as usize };
        let after = query.after.map(u64::from);
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
        let next = (rows.len() == limit).then(|| rows.last().map(|row| small(row.sequence))).flatten();
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
        Ok(OperationsView { operations, next, total: small(total) })
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

    // ---- drafts, one for each kind ----

    pub(crate) fn mapping_now(&self, database: DatabaseId) -> AppResult<Mapping> {
        Ok(self.books().current_mapping(database)?.map(|version| version.mapping).unwrap_or_default())
    }

    async fn draft_items(&self, database: DatabaseId, progress: &dyn ProgressSink) -> AppResult<Draft> {
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let defaults = items::ItemDefaults {
            // Accurate's own default unit and category come first in its lists; a tenant whose lists cannot be read has these two
            // in every recording (accurate-online-api.md §8, guess).
            unit: catalogue.units.first().cloned().unwrap_or_else(|| "PCS".into()),
            category: catalogue.categories.first().cloned().unwrap_or_else(|| "Umum".into()),
            categories: catalogue.categories.clone(),
            tax: self.mapping_now(database)?.tax_id,
        };
        let rows = classify(&super::skus::input(&catalogue, &decisions));
        let operations = items::plan(database, &rows, &catalogue.items, &defaults);
        let total = items::total(&operations);
        let mut notes = vec![Reason::new("no_stock_written")];
        if !catalogue.pending_readable {
            notes.push(Reason::new("pending_not_readable"));
        }
        if PlanCounts::of(&operations).writes() == 0 {
            notes.push(self.exports_note()?);
        }
        Ok(Draft { operations, total: Some(total), notes, read_at: catalogue.read_at })
    }

    /// That each channel's export must be on for the marketplaces to get the figures, with the stores where it is off.
    fn exports_note(&self) -> AppResult<Reason> {
        let stores = self.kept::<selaras_domain::forstok::Store>(selaras_store::FORSTOK_SCOPE, "stores")?;
        let stores = stores.map(|read| read.rows).unwrap_or_default();
        let off: Vec<&str> = stores
            .iter()
            .filter(|store| store.active && store.export_on == Some(false))
            .map(|store| store.name.as_str())
            .collect();
        Ok(Reason::new(EXPORTS).with("count", off.len()).with("off", off.join(", ")))
    }

    /// The mapped warehouses of Accurate as they are called now: writes refer to them by name.
    async fn mapped_warehouses(&self, mapping: &Mapping) -> AppResult<Vec<Warehouse>> {
        if mapping.warehouses.is_empty() {
            return Err(AppError::new(ErrorCode::MappingIncomplete).with("missing", "warehouses"));
        }
        let all = self.open_books().await?.warehouses().await?;
        mapping
            .warehouses
            .iter()
            .map(|pair| {
                let path = || format!("warehouses.{}", pair.forstok_id);
                let found = all.iter().find(|warehouse| warehouse.id == pair.accurate_id);
                let warehouse = found.ok_or_else(|| {
                    AppError::new(ErrorCode::MappingInvalid).with("path", path()).with("detail", "gone")
                })?;
                if warehouse.suspended {
                    return Err(AppError::new(ErrorCode::MappingInvalid)
                        .with("path", path())
                        .with("detail", "suspended"));
                }
                Ok(warehouse.clone())
            })
            .collect()
    }

    async fn draft_opening_stock(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let mapping = self.mapping_now(database)?;
        let directory = self.directory(true).await?;
        let account = mapping
            .roles
            .stock_adjustment
            .ok_or_else(|| AppError::new(ErrorCode::MappingIncomplete).with("missing", "roles.stock_adjustment"))?;
        let account = directory.accounts.iter().find(|known| known.id == account).ok_or_else(|| {
            AppError::new(ErrorCode::MappingInvalid).with("path", "roles.stock_adjustment").with("detail", "gone")
        })?;
        let warehouses = self.mapped_warehouses(&mapping).await?;
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions));
        let figures = self.read_stock(&warehouses, progress).await?;
        let lines = match options.source.as_deref() {
            Some("file") => {
                let count = self.kept(database, COUNT_PART)?;
                let count = count.ok_or_else(|| AppError::input("source", "no_count_imported"))?;
                counted_in_file(&count.rows, &rows, &mapping, &warehouses, &directory.shop_warehouses, options)?
            }
            Some("forstok") => counted_in_forstok(&rows, &mapping, &warehouses, options)?,
            _ => return Err(AppError::input("source", "choose_file_or_forstok")),
        };
        let branch = opening_branch(&directory, &mapping)?;
        let date = match options.date.as_deref() {
            Some(text) => text.parse().map_err(|_| AppError::input("date", text))?,
            None => business_date(self.now()),
        };
        let kind = PlanKind::named(opening_stock::KIND);
        let operations = opening_stock::plan(&opening_stock::OpeningInput {
            database,
            lines: &lines,
            stock: &figures,
            posted: &self.books().last_posted(database, &kind)?,
            account_no: &account.no,
            branch,
            date,
        });
        let total = opening_stock::total(&operations);
        let notes = vec![Reason::new("date_of_documents").with("date", date)];
        Ok(Draft { operations, total: Some(total), notes, read_at: catalogue.read_at })
    }

    async fn draft_stock(&self, database: DatabaseId, progress: &dyn ProgressSink) -> AppResult<Draft> {
        let mapping = self.mapping_now(database)?;
        let warehouses = self.mapped_warehouses(&mapping).await?;
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions));
        let figures = self.read_stock(&warehouses, progress).await?;
        let directory = self.directory(false).await?;
        let pairs: Vec<stock::WarehousePair> = mapping
            .warehouses
            .iter()
            .map(|pair| stock::WarehousePair {
                forstok: pair.forstok_id,
                forstok_name: directory
                    .shop_warehouses
                    .iter()
                    .find(|warehouse| warehouse.id == pair.forstok_id)
                    .map_or_else(|| pair.forstok_id.to_string(), |warehouse| warehouse.name.clone()),
                accurate: pair.accurate_id,
            })
            .collect();
        let company = self.company()?;
        let opening = self.books().posted_keys(database, &PlanKind::named(opening_stock::KIND))?;
        let made = self.books().last_posted(database, &PlanKind::named(items::KIND))?;
        let made = made.into_values().filter_map(|fields| fields.get("no").cloned()).collect();
        let readable = company.forstok_capabilities.is_some_and(|offers| offers.quantities);
        let kind = PlanKind::named(stock::KIND);
        let operations = stock::plan(&stock::StockInput {
            database,
            rows: &rows,
            pairs: &pairs,
            stock: &figures,
            readable,
            sent: &self.books().last_posted(database, &kind)?,
            opening_posted: &opening,
            made: &made,
            stocked: &self.stocked(database, &figures)?,
            new_books: company.existing_user == Some(false),
        });
        let mut notes = stock_notes(&operations, mapping.invoice_trigger);
        let left_out = rows.iter().filter(|row| row.variant.is_some() && row.state.needs_person()).count();
        if left_out > 0 {
            notes.push(Reason::new("skus_left_out").with("count", left_out));
        }
        Ok(Draft { operations, total: None, notes, read_at: catalogue.read_at })
    }

    /// Where items were seen with stock, now or ever before.
    fn stocked(
        &self,
        database: DatabaseId,
        figures: &HashMap<(WarehouseId, ItemId), Quantity>,
    ) -> AppResult<BTreeSet<(WarehouseId, ItemId)>> {
        let before = self.kept::<(WarehouseId, ItemId)>(database, "stocked")?.map(|read| read.rows).unwrap_or_default();
        let mut stocked: BTreeSet<_> = before.iter().copied().collect();
        stocked.extend(figures.iter().filter(|(_, figure)| !figure.is_zero()).map(|(place, _)| *place));
        if stocked.len() > before.len() {
            let rows: Vec<_> = stocked.iter().copied().collect();
            self.books().put_snapshot(database, "stocked", self.now(), &rows)?;
        }
        Ok(stocked)
    }

    async fn draft_listings(&self, database: DatabaseId) -> AppResult<Draft> {
        let catalogue = self.read_catalogue(&selaras_engine::progress::Silent).await?;
        let offered = self.company()?.forstok_capabilities.is_some_and(|offers| offers.pending_listings);
        let decisions = self.books().decisions(database)?;
        let operations = listings::plan(database, &catalogue.pending, &catalogue.variants, &decisions, offered);
        Ok(Draft { operations, total: None, notes: Vec::new(), read_at: catalogue.read_at })
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

/// The branch of opening-stock documents. A company with one needs none; with several it is the one that all stores share, else the
/// company's default.
fn opening_branch(directory: &Directory, mapping: &Mapping) -> AppResult<Option<BranchId>> {
    let live: Vec<_> = directory.branches.iter().filter(|branch| !branch.suspended).collect();
    if live.len() < 2 {
        return Ok(None);
    }
    let used: BTreeSet<BranchId> = mapping.stores.iter().filter_map(|store| store.branch_id).collect();
    let shared = used.first().copied().filter(|_| used.len() == 1);
    let branch = shared.or_else(|| live.iter().find(|branch| branch.default).map(|branch| branch.id));
    branch.map(Some).ok_or_else(|| AppError::new(ErrorCode::MappingIncomplete).with("missing", "stores.branch_id"))
}

/// Note that each channel's export must be on.
const EXPORTS: &str = "channel_exports";

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

fn asked_cost(options: &PlanOptions, sku: &str) -> AppResult<Option<Money>> {
    let Some(text) = options.unit_costs.get(sku) else { return Ok(None) };
    text.parse().map(|cost| Some(Money(cost))).map_err(|_| AppError::input("unit_cost", text).with("sku", sku))
}

fn obstacle_of(row: &SkuRow<'_>) -> Option<Reason> {
    row.item.and_then(stock_obstacle)
}

fn item_of(row: &SkuRow<'_>) -> Option<(ItemId, String)> {
    let matched = row.state == selaras_domain::decision::SkuState::Matched;
    row.item.filter(|_| matched).map(|item| (item.id, item.no.clone()))
}

/// A count from a file, with its words for warehouses and SKUs turned into ids.
fn counted_in_file(
    count: &[CountRow],
    rows: &[SkuRow<'_>],
    mapping: &Mapping,
    warehouses: &[Warehouse],
    shop_warehouses: &[selaras_domain::forstok::Warehouse],
    options: &PlanOptions,
) -> AppResult<Vec<opening_stock::CountedLine>> {
    let mut places: HashMap<String, Option<(WarehouseId, String)>> = HashMap::new();
    let mut name = |word: String, place: &(WarehouseId, String)| {
        let word = selaras_domain::sku::folded_name(&word);
        // A word that means two warehouses means none.
        places
            .entry(word)
            .and_modify(|known| {
                if known.as_ref() != Some(place) {
                    *known = None
                }
            })
            .or_insert_with(|| Some(place.clone()));
    };
    for (pair, warehouse) in mapping.warehouses.iter().zip(warehouses) {
        let place = (warehouse.id, warehouse.name.clone());
        name(warehouse.name.clone(), &place);
        name(pair.forstok_id.to_string(), &place);
        name(warehouse.id.to_string(), &place);
        if let Some(shop) = shop_warehouses.iter().find(|shop| shop.id == pair.forstok_id) {
            name(shop.name.clone(), &place);
        }
    }
    let only = match warehouses {
        [one] => Some((one.id, one.name.clone())),
        _ => None,
    };
    let by_sku: HashMap<&str, &SkuRow<'_>> = rows.iter().map(|row| (row.sku, row)).collect();
    let by_code: HashMap<&str, &SkuRow<'_>> =
        rows.iter().filter_map(|row| row.item.map(|item| (item.no.as_str(), row))).collect();
    count
        .iter()
        .map(|line| {
            let word = line.warehouse.clone().unwrap_or_default();
            let place = if word.trim().is_empty() {
                only.clone()
            } else {
                places.get(&selaras_domain::sku::folded_name(&word)).cloned().flatten()
            };
            let row = by_sku.get(line.sku.as_str()).or_else(|| by_code.get(line.sku.as_str()));
            Ok(opening_stock::CountedLine {
                sku: line.sku.clone(),
                warehouse_text: word,
                place,
                item: row.and_then(|row| item_of(row)),
                obstacle: row.and_then(|row| obstacle_of(row)),
                quantity: line.quantity,
                unit_cost: asked_cost(options, &line.sku)?.or(line.unit_cost),
            })
        })
        .collect()
}

/// Forstok's on-hand as the count: only by a person's explicit choice. The cost is the one that the shop keeps there, when the
/// person says so, or the one that was asked for; never the price.
fn counted_in_forstok(
    rows: &[SkuRow<'_>],
    mapping: &Mapping,
    warehouses: &[Warehouse],
    options: &PlanOptions,
) -> AppResult<Vec<opening_stock::CountedLine>> {
    let mut lines = Vec::new();
    for row in rows {
        let (Some(variant), Some(item)) = (row.variant, item_of(row)) else { continue };
        for (pair, warehouse) in mapping.warehouses.iter().zip(warehouses) {
            let Some(stock) = variant.stock.iter().find(|stock| stock.warehouse == pair.forstok_id) else { continue };
            let kept = variant.cost_price.filter(|_| options.forstok_cost);
            lines.push(opening_stock::CountedLine {
                sku: row.sku.to_owned(),
                warehouse_text: warehouse.name.clone(),
                place: Some((warehouse.id, warehouse.name.clone())),
                item: Some(item.clone()),
                obstacle: obstacle_of(row),
                quantity: stock.on_hand,
                unit_cost: asked_cost(options, row.sku)?.or(kept),
            });
        }
    }
    Ok(lines)
}

/// What a person should know about a stock plan before it is sent.
fn stock_notes(operations: &[Operation], trigger: selaras_domain::mapping::InvoiceTrigger) -> Vec<Reason> {
    let mut notes = Vec::new();
    let negative = operations.iter().filter(|operation| operation.reason.code == "negative_as_zero").count();
    if negative > 0 {
        notes.push(Reason::new("negatives_as_zero").with("count", negative));
    }
    let figure = |fields: &selaras_domain::plan::Fields| -> rust_decimal::Decimal {
        fields.get("on_hand").and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let (mut before, mut after, mut emptied) = (rust_decimal::Decimal::ZERO, rust_decimal::Decimal::ZERO, 0_u32);
    for operation in operations.iter().filter(|operation| operation.action.writes()) {
        let (was, will) = (figure(&operation.before), figure(&operation.after));
        before += was;
        after += will;
        emptied += u32::from(!was.is_zero() && will.is_zero());
    }
    notes.push(Reason::new("stock_moves").with("before", before).with("after", after));
    if emptied > 0 {
        notes.push(Reason::new("stock_emptied").with("count", emptied));
    }
    if trigger != selaras_domain::mapping::InvoiceTrigger::ReadyToShip {
        notes.push(Reason::new("invoice_trigger_drifts"));
    }
    notes
}
