//! Undo: a plan that takes back what a finished run wrote itself. What stays is said before; what somebody has changed since, or what
//! a document in Accurate holds back, is blocked with the reason.

use super::drafts::Draft;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::rate::Rated;
use crate::view::{PlanOptions, PlanView, ReasonView, SyncView, UndoScopeView, small};
use futures::{StreamExt, TryStreamExt, stream};
use selaras_domain::accurate::Adjustment;
use selaras_domain::amount::Quantity;
use selaras_domain::documents::DocumentQuery;
use selaras_domain::ids::{
    AdjustmentId, DatabaseId, ItemId, SalesInvoiceId, SalesReceiptId, SalesReturnId, WarehouseId,
};
use selaras_domain::plan::{OperationKey, PlanKind, Reason};
use selaras_domain::run::{RunHead, RunId, RunState};
use selaras_domain::unread::Listed;
use selaras_engine::kinds::undo::{self, Written};
use selaras_engine::kinds::{
    invoices, items, opening_stock, receipts, returns, stock, undo_items, undo_opening_stock, undo_sales, undo_stock,
    undo_voids, voids,
};
use selaras_engine::ports::PortError;
use selaras_engine::progress::{ProgressSink, report};
use selaras_store::Standing;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_util::sync::CancellationToken;

/// Documents that are read at once; the client's limiter holds the speed.
const DOCUMENTS: usize = 8;

impl Desk {
    /// The runs of a database that have taken something back in this kind of undo, the oldest first.
    pub(super) fn undos_of(&self, database: DatabaseId, kind: &str) -> AppResult<Vec<RunHead>> {
        let took = self.books().undoing_runs()?.into_iter().filter(|undo| undo.took);
        let heads = took.map(|undo| self.run_head(&undo.run)).collect::<AppResult<Vec<_>>>()?;
        Ok(heads.into_iter().filter(|head| head.database == database && head.kind.0 == kind).collect())
    }

    /// Plans the undo of a run: reads both sides, stores the plan and answers its head. It is applied and proven like any other.
    ///
    /// # Errors
    /// [`ErrorCode::UndoNotPossible`] for a run that has not ended, is an undo itself, or is of a kind without one; when there is no such
    /// run, it is of another database, a permission is missing, or a side cannot be read.
    pub async fn plan_undo(&self, run: &str, on_progress: OnProgress<'_>) -> AppResult<PlanView> {
        let _lock = self.lock()?;
        self.plan_undo_locked(&RunId(run.to_owned()), on_progress).await
    }

    async fn plan_undo_locked(&self, run: &RunId, on_progress: OnProgress<'_>) -> AppResult<PlanView> {
        let progress = Rated::new(on_progress);
        let head = self.run_head(run)?;
        let database = self.database()?;
        if head.database != database {
            return Err(AppError::new(ErrorCode::PlanOfOtherDatabase)
                .with("expected", head.database)
                .with("found", database));
        }
        let (written, _) = self.stored_plan(&head.plan.0)?;
        if written.shop.is_some() {
            self.same_shop(&written)?;
        }
        let kind = match undo::kind_of(&head.kind) {
            Some(kind) if head.state == RunState::Finished => kind,
            _ => {
                let why = never(&head).unwrap_or_else(|| Reason::new("undo_not_offered"));
                return Err(AppError::new(ErrorCode::UndoNotPossible).with("run", run).with("reason", why.code));
            }
        };
        let adopted = self.books().adopted_keys(run)?;
        let taken = self.books().taken_keys(run)?;
        let rows = undo::written(self.books().journal_of(run)?, &adopted, &taken);
        self.permitted(&kind, []).await?;
        let read_at = self.now();
        let operations = match kind.0.as_str() {
            undo_items::KIND => self.undo_of_items(&head, &rows, &progress).await?,
            undo_opening_stock::KIND => self.undo_of_opening_stock(&rows, &progress).await?,
            undo_stock::KIND => self.undo_of_stock(&head, &rows).await?,
            undo_voids::KIND => self.undo_of_voids(database, &rows, &progress).await?,
            _ => self.undo_of_sales(database, &rows, &progress).await?,
        };
        let total = match kind.0.as_str() {
            undo_opening_stock::KIND => Some(undo_opening_stock::total(&operations)),
            of_sales @ (undo_sales::INVOICES | undo_sales::RECEIPTS | undo_sales::RETURNS) => {
                Some(undo_sales::total(of_sales, &operations))
            }
            undo_voids::KIND => Some(undo_voids::total(&operations)),
            _ => None,
        };
        let draft = Draft::of(operations, total, scope(&head.kind, adopted.len()), read_at);
        self.store_draft(kind, draft, &PlanOptions::default(), Some(run.clone()), &progress).await
    }

    async fn undo_of_items(
        &self,
        head: &RunHead,
        made: &[Written],
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<selaras_domain::plan::Operation>> {
        report(progress, "reading_catalogue", 0, None);
        let items = self.open_books().await?.items().await?;
        let stock = self.stock_everywhere(progress).await?;
        let opening = self.standing_of(head.database, opening_stock::KIND)?;
        let opening = opening
            .into_values()
            .filter_map(|posted| Some((ItemId(posted.after.get("item_id")?.parse().ok()?), posted.run)))
            .collect();
        let sent = self
            .newer_than(head, self.standing_of(head.database, stock::KIND)?)?
            .into_values()
            .filter_map(|sent| Some((sent.after.get("sku")?.clone(), sent.run)))
            .collect();
        let input = undo_items::UndoItemsInput { made, items: &items, stock: &stock, opening: &opening, sent: &sent };
        Ok(undo_items::plan(&input))
    }

    async fn undo_of_stock(&self, head: &RunHead, sent: &[Written]) -> AppResult<Vec<selaras_domain::plan::Operation>> {
        let figures = match self.shop().await?.live_variants().await {
            Ok(variants) => Some(undo_stock::figures(&variants)).filter(|all| !all.is_empty() || variants.is_empty()),
            Err(PortError::NotOffered { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let newer = self
            .newer_than(head, self.standing_of(head.database, stock::KIND)?)?
            .into_iter()
            .map(|(key, sent)| (key, sent.run))
            .collect();
        Ok(undo_stock::plan(&undo_stock::UndoStockInput { sent, figures: figures.as_ref(), newer: &newer }))
    }

    async fn undo_of_opening_stock(
        &self,
        posted: &[Written],
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<selaras_domain::plan::Operation>> {
        // By id where the run knows it, as a person may have given the document another number.
        let wanted: BTreeMap<String, Option<i64>> =
            posted.iter().map(|row| (row.operation.group.clone(), row.record)).collect();
        let books = self.open_books().await?;
        report(progress, "reading_documents", 0, Some(wanted.len()));
        let documents: Vec<Option<(String, Adjustment)>> = stream::iter(wanted)
            .map(|(number, id)| {
                let books = books.clone();
                async move {
                    let found = match id {
                        Some(id) => books.adjustment_by_id(AdjustmentId(id)).await?,
                        None => books.adjustment_by_number(&number).await?,
                    };
                    Ok::<_, PortError>(found.map(|document| (number, document)))
                }
            })
            .buffered(DOCUMENTS)
            .try_collect()
            .await?;
        let documents: BTreeMap<String, Adjustment> = documents.into_iter().flatten().collect();
        let stock = self.stock_everywhere(progress).await?;
        let input = undo_opening_stock::UndoOpeningInput { posted, documents: &documents, stock: &stock };
        Ok(undo_opening_stock::plan(&input))
    }

    /// On hand in every warehouse of Accurate that is in use, mapped or not.
    async fn stock_everywhere(
        &self,
        progress: &dyn ProgressSink,
    ) -> AppResult<HashMap<(WarehouseId, ItemId), Quantity>> {
        let mut warehouses = self.open_books().await?.warehouses().await?;
        warehouses.retain(|warehouse| !warehouse.suspended);
        let stock = self.read_stock(&warehouses, &BTreeSet::new(), progress).await?;
        // What is not known counts as it was last known: no item that may hold stock is removed.
        Ok(stock.figures)
    }

    /// Reads every document of a run as it is now, by id.
    async fn undo_of_sales(
        &self,
        database: DatabaseId,
        posted: &[Written],
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<selaras_domain::plan::Operation>> {
        let options = PlanOptions::default();
        let reading = self.read_for_sales(database, &options, progress).await?;
        let ids = |kind: &str| -> Vec<i64> {
            let of_kind = posted.iter().filter(|row| row.operation.key.0.split(':').next() == Some(kind));
            of_kind.filter(|row| !row.taken).filter_map(|row| row.record).collect()
        };
        let books = self.open_books().await?;
        let receipts = ids("receipt").into_iter().map(|id| {
            let (books, id) = (books.clone(), SalesReceiptId(id));
            async move { Ok::<_, PortError>((id, books.receipt_by_id(id).await?)) }
        });
        let receipts: Vec<_> = stream::iter(receipts).buffer_unordered(DOCUMENTS).try_collect().await?;
        let returns = ids("return").into_iter().map(|id| {
            let (books, id) = (books.clone(), SalesReturnId(id));
            async move { Ok::<_, PortError>((id, books.return_by_id(id).await?)) }
        });
        let returns: Vec<_> = stream::iter(returns).buffer_unordered(DOCUMENTS).try_collect().await?;
        // One that cannot be read stops the undo: it must not pass for one that is gone.
        let invoices = ids("invoice").into_iter().map(|id| {
            let (books, id) = (books.clone(), SalesInvoiceId(id));
            async move { Ok::<_, PortError>((id, books.invoice_by_id(id).await?)) }
        });
        let invoices: Vec<_> = stream::iter(invoices).buffer_unordered(DOCUMENTS).try_collect().await?;
        let decisions = BTreeMap::new();
        Ok(undo_sales::plan(&undo_sales::UndoSalesInput {
            company: &reading.company(database, &decisions),
            posted,
            invoices: &invoices.into_iter().filter_map(|(id, one)| Some((id, one?))).collect(),
            receipts: &receipts.into_iter().filter_map(|(id, one)| Some((id, one?))).collect(),
            returns: &returns.into_iter().filter_map(|(id, one)| Some((id, one?))).collect(),
            existing: &reading.existing,
        }))
    }

    /// Looks for the numbers of what a run has removed: a document that is there again is not entered a second time.
    async fn undo_of_voids(
        &self,
        database: DatabaseId,
        removed: &[Written],
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<selaras_domain::plan::Operation>> {
        let reading = self.read_for_sales(database, &PlanOptions::default(), progress).await?;
        let numbers = undo_voids::numbers(removed);
        let invoices = self.documents_of(numbers.invoices, &reading.existing).await?;
        let wanted = DocumentQuery { numbers: numbers.receipts.into_iter().collect(), dated: None };
        let receipts = match wanted.numbers.is_empty() {
            true => Listed::default(),
            false => self.open_books().await?.receipts_of(&wanted).await?,
        };
        let decisions = BTreeMap::new();
        Ok(undo_voids::plan(&undo_voids::UndoVoidsInput {
            company: &reading.company(database, &decisions),
            removed,
            invoices: &invoices,
            receipts: &receipts.into_iter().map(|receipt| (receipt.number.clone(), receipt)).collect(),
        }))
    }

    fn standing_of(&self, database: DatabaseId, kind: &str) -> AppResult<BTreeMap<OperationKey, Standing>> {
        Ok(self.books().standing(database, &PlanKind::named(kind))?)
    }

    /// What runs have posted that began after this one.
    fn newer_than(
        &self,
        head: &RunHead,
        mut standing: BTreeMap<OperationKey, Standing>,
    ) -> AppResult<BTreeMap<OperationKey, Standing>> {
        let runs: BTreeSet<RunId> = standing.values().map(|posted| posted.run.clone()).collect();
        let mut newer = BTreeSet::new();
        for run in runs.into_iter().filter(|run| *run != head.id) {
            if self.run_head(&run)?.started_at >= head.started_at {
                newer.insert(run);
            }
        }
        standing.retain(|_, posted| newer.contains(&posted.run));
        Ok(standing)
    }

    /// How far a run can be taken back, from the journal alone.
    pub(crate) fn undo_scope(&self, head: &RunHead) -> AppResult<UndoScopeView> {
        let rows = if undo::kind_of(&head.kind).is_some() { self.books().rows_to_undo(&head.id)? } else { 0 };
        let adopted = self.books().adopted_keys(&head.id)?.len();
        let impossible = never(head).or_else(|| match (rows, head.counts.posted) {
            (0, 0) => Some(Reason::new("undo_nothing_posted")),
            (0, posted) if posted <= adopted as u64 => Some(Reason::new("undo_nothing_posted")),
            (0, _) => Some(Reason::new("undo_done")),
            _ => None,
        });
        let scope = if impossible.is_some() { Vec::new() } else { scope(&head.kind, adopted) };
        Ok(UndoScopeView {
            rows: if impossible.is_some() { 0 } else { small(rows) },
            impossible: impossible.map(ReasonView::from),
            scope: scope.into_iter().map(ReasonView::from).collect(),
        })
    }

    /// Plans the undo anew, applies and proves it, for each run whose undo has left rows in the inbox.
    ///
    /// # Errors
    /// As [`Desk::plan_undo`], [`Desk::apply`] and [`Desk::prove`].
    pub(crate) async fn retry_undo(
        &self,
        kind: &PlanKind,
        cancel: &CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<Vec<SyncView>> {
        let open: BTreeSet<RunId> = self
            .books()
            .open_inbox(self.database()?)?
            .into_iter()
            .filter(|entry| entry.kind == *kind)
            .map(|entry| entry.first_run)
            .collect();
        let undone: BTreeSet<RunId> = self
            .books()
            .undoing_runs()?
            .into_iter()
            .filter(|undo| open.contains(&undo.run))
            .map(|undo| undo.undoes)
            .collect();
        let _lock = self.lock()?;
        let mut syncs = Vec::new();
        for run in undone {
            let plan = self.plan_undo_locked(&run, on_progress).await?;
            syncs.push(self.carried_out(plan, cancel, &Rated::new(on_progress)).await?);
        }
        Ok(syncs)
    }
}

/// Why a run can never be taken back, or not yet.
fn never(head: &RunHead) -> Option<Reason> {
    if undo::is_undo(&head.kind) {
        Some(Reason::new("undo_of_undo"))
    } else if undo::kind_of(&head.kind).is_none() {
        Some(Reason::new("undo_not_offered"))
    } else if head.state != RunState::Finished {
        Some(Reason::new("undo_unfinished"))
    } else {
        None
    }
}

/// What an undo takes back and what stays, for a person to read before it is sent.
fn scope(kind: &PlanKind, adopted: usize) -> Vec<Reason> {
    let mut notes = vec![match kind.0.as_str() {
        items::KIND => Reason::new("undo_items_scope"),
        opening_stock::KIND => Reason::new("undo_opening_scope"),
        invoices::KIND => Reason::new("undo_invoices_scope"),
        receipts::KIND => Reason::new("undo_receipts_scope"),
        returns::KIND => Reason::new("undo_returns_scope"),
        voids::KIND => Reason::new("undo_voids_scope"),
        _ => Reason::new("undo_stock_scope"),
    }];
    if adopted > 0 {
        notes.push(Reason::new("undo_adopted_stay").with("count", adopted));
    }
    notes
}
