//! Order ↔ invoice ↔ receipt ↔ payout: where chains are broken, why and by how much, and what brings the clearing accounts to nothing.

use super::money_reading::{MoneyReading, first_of};
use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::view::{
    ClearingStepView, ClearingView, Id, PageQuery, PageView, ReasonView, ReconciliationCauseView, ReconciliationQuery,
    ReconciliationRowView, ReconciliationStoreView, ReconciliationView, small,
};
use selaras_domain::amount::Money;
use selaras_domain::ids::{AccountId, StoreId};
use selaras_engine::clearing::{Clearing, clearing};
use selaras_engine::reconcile::{Cause, Row, reconcile};
use std::collections::BTreeMap;

impl Desk {
    /// Reconciles everything that was read; with `refresh` it reads both sides first.
    ///
    /// # Errors
    /// When the query is wrong, or a side cannot be read.
    pub async fn reconciliation(&self, query: &ReconciliationQuery) -> AppResult<ReconciliationView> {
        let month = query.month.as_deref().map(first_of).transpose()?;
        let wanted = query.cause.as_deref().map(cause_named).transpose()?;
        let reading = self.money(query.refresh, month).await?;
        let input = reading.input();
        let all = reconcile(&input);
        let clearing = clearing(&input, &all);
        let rows = all.iter().filter(|row| query.store.is_none_or(|store| row.store == Some(StoreId(store.0))));
        let rows: Vec<&Row<'_>> =
            rows.filter(|row| month.is_none_or(|first| row.day.first_of_month() == first)).collect();
        let search = query.search.as_deref().unwrap_or_default().trim().to_lowercase();
        let mut listed: Vec<&Row<'_>> = rows
            .iter()
            .copied()
            .filter(|row| wanted.is_none_or(|cause| row.cause == cause))
            .filter(|row| row.number.to_lowercase().contains(&search))
            .collect();
        sort(&mut listed, &query.page)?;
        let (page, rows_of_page) = page_of(&listed, &query.page)?;
        let of_store = |clearing: &&Clearing| {
            query.store.is_none_or(|store| clearing.stores.iter().any(|known| known.0 == store.0))
        };
        Ok(ReconciliationView {
            read_at: reading.sales.read_at.to_string(),
            causes: causes(&rows),
            stores: stores(&reading, &rows),
            clearing: clearing.iter().filter(of_store).map(|one| clearing_view(&reading, one)).collect(),
            notes: reading.notes().iter().map(ReasonView::from).collect(),
            rows: rows_of_page.iter().map(|row| row_view(&reading, row)).collect(),
            page,
        })
    }
}

fn cause_named(name: &str) -> AppResult<Cause> {
    Cause::ALL.into_iter().find(|cause| cause.name() == name).ok_or_else(|| AppError::input("cause", name))
}

fn sort(rows: &mut [&Row<'_>], page: &PageQuery) -> AppResult<()> {
    match page.sort.as_deref() {
        None => {
            rows.sort_by(|one, other| (one.cause, one.day, &one.number).cmp(&(other.cause, other.day, &other.number)))
        }
        Some("day") => rows.sort_by(|one, other| (one.day, &one.number).cmp(&(other.day, &other.number))),
        Some("number") => rows.sort_by(|one, other| one.number.cmp(&other.number)),
        Some("amount") => {
            rows.sort_by(|one, other| (one.amount, &one.number).cmp(&(other.amount, &other.number)));
        }
        Some(other) => return Err(AppError::input("sort", other)),
    }
    if page.down {
        rows.reverse();
    }
    Ok(())
}

/// A page by position: the rows are worked out anew for every answer, so a cursor can be nothing else.
fn page_of<'r, 'a>(rows: &'r [&'a Row<'a>], query: &PageQuery) -> AppResult<(PageView, &'r [&'a Row<'a>])> {
    let at = match (&query.after, query.at) {
        (Some(after), _) => after.parse::<usize>().map_err(|_| AppError::input("after", after))?,
        (None, at) => usize::try_from(at.unwrap_or_default()).unwrap_or(usize::MAX),
    };
    let at = at.min(rows.len());
    let limit = if query.limit == 0 { rows.len() } else { usize::try_from(query.limit).unwrap_or(usize::MAX) };
    let end = at.saturating_add(limit).min(rows.len());
    let next = (end < rows.len()).then(|| end.to_string());
    let count = |number: usize| small(number as u64);
    let listed = rows.get(at..end).unwrap_or_default();
    Ok((PageView { at: count(at), total: count(rows.len()), next }, listed))
}

fn causes(rows: &[&Row<'_>]) -> Vec<ReconciliationCauseView> {
    let of = |cause: Cause| {
        let rows = || rows.iter().filter(move |row| row.cause == cause);
        ReconciliationCauseView {
            cause: cause.name().to_owned(),
            open: cause.open(),
            count: small(rows().count() as u64),
            amount: rows().map(|row| row.amount).sum::<Money>().text(),
            paid_out: rows().map(|row| row.paid_out()).sum::<Money>().text(),
            received: rows().map(|row| row.received()).sum::<Money>().text(),
        }
    };
    Cause::ALL.into_iter().map(of).filter(|cause| cause.count > 0).collect()
}

/// A store's name as it is now, else as one of its orders had it.
pub(super) fn store_name(reading: &MoneyReading, store: Option<StoreId>) -> String {
    let Some(store) = store else { return String::new() };
    let known = reading.sales.directory.stores.iter().find(|known| known.id == store).map(|known| known.name.clone());
    let of_order = || {
        let order = reading.sales.orders.iter().find(|order| order.store == store)?;
        Some(order.store_name.clone())
    };
    known.or_else(of_order).unwrap_or_else(|| store.to_string())
}

fn stores(reading: &MoneyReading, rows: &[&Row<'_>]) -> Vec<ReconciliationStoreView> {
    let mut stores: BTreeMap<Option<StoreId>, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        stores.entry(row.store).or_default().push(row);
    }
    let view = |(store, rows): (Option<StoreId>, Vec<&Row<'_>>)| ReconciliationStoreView {
        store_id: store.map(|store| Id(store.0)),
        store: store_name(reading, store),
        orders: small(rows.iter().filter(|row| row.order.is_some()).count() as u64),
        invoiced: rows.iter().filter_map(|row| row.invoice?.total).sum::<Money>().text(),
        paid_out: rows.iter().map(|row| row.paid_out()).sum::<Money>().text(),
        received: rows.iter().map(|row| row.received()).sum::<Money>().text(),
        open: small(rows.iter().filter(|row| row.cause.open()).count() as u64),
    };
    stores.into_iter().map(view).collect()
}

/// Number and name of an account; its id where it is not there any more.
pub(super) fn account_name(reading: &MoneyReading, account: AccountId) -> String {
    let known = reading.sales.directory.accounts.iter().find(|known| known.id == account);
    known.map_or_else(|| account.to_string(), |known| format!("{} {}", known.no, known.name))
}

pub(super) fn clearing_view(reading: &MoneyReading, clearing: &Clearing) -> ClearingView {
    let step = |step: &selaras_engine::clearing::ClearingStep| ClearingStepView {
        code: step.kind.name().to_owned(),
        amount: step.amount.text(),
    };
    ClearingView {
        account_id: Id(clearing.account.0),
        account: account_name(reading, clearing.account),
        stores: clearing.stores.iter().map(|store| store_name(reading, Some(*store))).collect(),
        opening: clearing.opening.text(),
        received: clearing.moved.received.text(),
        withdrawn: clearing.moved.withdrawn.text(),
        other: clearing.moved.other.text(),
        expected: clearing.expected.text(),
        balance: clearing.balance.map(Money::text),
        steps: clearing.steps.iter().map(step).collect(),
    }
}

pub(super) fn row_view(reading: &MoneyReading, row: &Row<'_>) -> ReconciliationRowView {
    ReconciliationRowView {
        number: row.number.clone(),
        order_id: row.order.map(|order| Id(order.id.0)),
        store: store_name(reading, row.store),
        cause: row.cause.name().to_owned(),
        reason: ReasonView::from(&row.reason),
        day: row.day.to_string(),
        amount: row.amount.text(),
        invoice: row.invoice.map(|invoice| invoice.number.clone()),
        receipts: row.shares.iter().map(|share| share.receipt.number.clone()).collect(),
        paid_out: row.paid_out().text(),
        received: row.received().text(),
    }
}
