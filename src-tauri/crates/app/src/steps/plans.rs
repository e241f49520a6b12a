//! Plans: made from what both sides say, stored and hashed before anybody can apply them, and shown.

use super::drafts::Draft;
use super::long::long_page;
use super::settling::Settling;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::rate::Rated;
use crate::view::{
    BrakeView, Id, OperationQuery, OperationView, OperationsView, PageView, PlanOptions, PlanView, ReasonView,
};
use selaras_domain::amount::Money;
use selaras_domain::ids::{DatabaseId, SalesInvoiceId};
use selaras_domain::plan::{
    Action, Operation, OperationKey, PlanCounts, PlanHead, PlanId, PlanKind, Reason, plan_hash,
};
use selaras_domain::run::RunId;
use selaras_engine::kinds::{
    Executor, Ports, executor, invoices, items, listings, opening_stock, receipts, returns, stock, undo_stock, voids,
};
use selaras_engine::progress::{ProgressSink, report};
use selaras_store::{OperationSort, StoredPlan};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// What is stored beside a plan's operations: what a person should know, and what it was made from (for a retry).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PlanNote {
    pub(crate) notes: Vec<Reason>,
    pub(super) options: PlanOptions,
    calls: u32,
    /// The newest invoice in the books when invoices were planned: what is newer has been entered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest_invoice: Option<SalesInvoiceId>,
    /// The run that an undo takes back; the store reads it from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) undoes: Option<RunId>,
}

fn small(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

pub(super) fn kind_executor(kind: &PlanKind) -> AppResult<Box<dyn Executor>> {
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
        self.settle_locked(Settling::LookUp, &CancellationToken::new(), &Rated::new(on_progress)).await?;
        self.plan_locked(kind, options, on_progress).await
    }

    pub(super) async fn plan_locked(
        &self,
        kind: &str,
        options: &PlanOptions,
        on_progress: OnProgress<'_>,
    ) -> AppResult<PlanView> {
        let progress = Rated::new(on_progress);
        let kind = PlanKind::named(kind);
        let database = self.database()?;
        self.permitted(&kind, []).await?;
        let draft = self.draft(&kind, database, options, &progress).await?;
        self.store_draft(kind, draft, options, None, &progress).await
    }

    /// What would be done now, read from both sides; nothing is stored of it but what was read.
    pub(super) async fn draft(
        &self,
        kind: &PlanKind,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let mut draft = match kind.0.as_str() {
            items::KIND => self.draft_items(database, progress).await?,
            opening_stock::KIND => self.draft_opening_stock(database, options, progress).await?,
            stock::KIND => self.draft_stock(database, progress).await?,
            listings::KIND => self.draft_listings(database).await?,
            invoices::KIND => self.draft_invoices(database, options, progress).await?,
            receipts::KIND => self.draft_receipts(database, options, progress).await?,
            voids::KIND => self.draft_voids(database, options, progress).await?,
            returns::KIND => self.draft_returns(database, options, progress).await?,
            _ => return Err(AppError::input("kind", kind)),
        };
        hold_equal_keys(&mut draft.operations);
        Ok(draft)
    }

    /// Stores a draft as a plan and answers its head.
    pub(super) async fn store_draft(
        &self,
        kind: PlanKind,
        mut draft: Draft,
        options: &PlanOptions,
        undoes: Option<RunId>,
        progress: &dyn ProgressSink,
    ) -> AppResult<PlanView> {
        let (sending, database) = (kind_executor(&kind)?, self.database()?);
        self.block_undecided(&mut draft.operations)?;
        self.permitted(&kind, &draft.operations).await?;
        report(progress, "planning", draft.operations.len(), Some(draft.operations.len()));
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
            shop: Some(self.company()?.forstok_email.unwrap_or_default()),
        };
        let newest_invoice = draft.invoices.iter().map(|invoice| invoice.id).max();
        let note = PlanNote { newest_invoice, notes: draft.notes, options: options.clone(), calls, undoes };
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
        let blocked = self.books().blocked_by_reason(&head.id)?;
        let met = self.brakes_met(&head, note.undoes.as_ref())?;
        let pace = if matches!(head.kind.0.as_str(), stock::KIND | undo_stock::KIND) { 50.0 / 60.0 } else { 8.0 };
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
            undoes: note.undoes.map(|run| run.0),
            brakes: met.iter().map(BrakeView::from).collect(),
            blocked: blocked.into_iter().map(|(code, count)| (code, small(count))).collect(),
        })
    }

    pub(crate) fn stored_plan(&self, plan: &str) -> AppResult<(PlanHead, PlanNote)> {
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "plan").with("id", plan);
        with_note(self.books().plan(&PlanId(plan.to_owned()))?.ok_or_else(missing)?)
    }

    /// The plan of this kind that was made last, with what it was made from.
    pub(super) fn last_plan(&self, kind: &PlanKind) -> AppResult<Option<(PlanHead, PlanOptions)>> {
        let stored = self.books().latest_plan(self.database()?, kind)?;
        stored.map(|stored| with_note(stored).map(|(head, note)| (head, note.options))).transpose()
    }

    /// What a plan of this kind was made from last; used when its rows are retried.
    pub(crate) fn last_options(&self, kind: &PlanKind) -> AppResult<PlanOptions> {
        Ok(self.last_plan(kind)?.map(|(_, options)| options).unwrap_or_default())
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
        let page = long_page(&query.page, |name| match name {
            "target" => Some(OperationSort::Record),
            "name" => Some(OperationSort::Name),
            "before" => Some(OperationSort::Before),
            "after" => Some(OperationSort::After),
            _ => None,
        })?;
        let found = self.books().operations_page(&head.id, action, query.search.as_deref(), &page)?;
        let page = PageView::from(&found);
        let operations = found
            .rows
            .into_iter()
            .map(|operation| OperationView {
                key: operation.key.to_string(),
                action: operation.action.name().to_owned(),
                target: operation.target.record,
                before: operation.before,
                after: operation.after,
                reason: operation.reason.into(),
                group: Some(operation.group).filter(|group| !group.is_empty()),
            })
            .collect();
        Ok(OperationsView { operations, page })
    }

    /// Both sides of the chosen database.
    pub(crate) async fn ports(&self) -> AppResult<Ports> {
        Ok(Ports { books: self.open_books().await?, shop: self.shop().await? })
    }
}

fn with_note(stored: StoredPlan) -> AppResult<(PlanHead, PlanNote)> {
    let mut note: PlanNote = serde_json::from_value(stored.note)
        .map_err(|error| AppError::new(ErrorCode::StorageDamaged).with("detail", error))?;
    if stored.condensed {
        note.notes.push(Reason::new("plan_condensed").with("count", stored.head.counts.same));
    }
    Ok((stored.head, note))
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
