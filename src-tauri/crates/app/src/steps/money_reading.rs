//! Everything that says where the money of sales stands, read from both sides at once and kept together: lists that were read at different
//! times would show differences that are none.

use super::sales_drafts::{SalesReading, or_none, start_of};
use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::sales;
use jiff::Timestamp;
use jiff::civil::Date;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::documents::ReceiptDocument;
use selaras_domain::ids::{DatabaseId, OrderId};
use selaras_domain::order::{Order, OrderInvoice, Payment, business_day};
use selaras_domain::plan::{OperationKey, PlanKind, Reason};
use selaras_domain::settlement::SettlementRow;
use selaras_domain::unread::Listed;
use selaras_engine::kinds::{receipts, returns};
use selaras_engine::payouts;
use selaras_engine::ports::PortError;
use selaras_engine::reconcile::ReconcileInput;
use selaras_engine::settlements::{Release, releases};
use selaras_store::FORSTOK_SCOPE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Snapshot parts; apart from those that explain stock, which look back less far.
const ORDERS: &str = "money_orders";
const SHOP_INVOICES: &str = "money_shop_invoices";
const PAYMENTS: &str = "money_payments";
const INVOICES: &str = "money_invoices";
const RECEIPTS: &str = "money_receipts";
/// One row, written last: the reading is whole.
const TOLD: &str = "money_told";

/// What the lists themselves cannot say.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Told {
    /// Whether Forstok tells payments.
    payments: bool,
    /// Whether receipts can be read.
    receipts: bool,
    /// Orders whose return is in Accurate, by this program or by somebody else.
    returned: BTreeSet<OrderId>,
}

/// Both sides' words about money.
pub(super) struct MoneyReading {
    pub(super) sales: SalesReading,
    pub(super) receipts: Option<Vec<ReceiptDocument>>,
    pub(super) payments: Option<Vec<Payment>>,
    pub(super) settlements: Vec<(i64, SettlementRow)>,
    pub(super) returned: BTreeSet<OrderId>,
}

impl MoneyReading {
    /// What is reconciled.
    pub(super) fn input(&self) -> ReconcileInput<'_> {
        ReconcileInput {
            orders: &self.sales.orders,
            invoices: &self.sales.existing,
            receipts: self.receipts.as_deref(),
            payments: self.payments.as_deref(),
            settlements: &self.settlements,
            mapping: &self.sales.mapping,
            accounts: &self.sales.directory.accounts,
            stores: &self.sales.directory.stores,
            shop_invoices: &self.sales.shop_invoices,
            linked: &self.sales.linked,
            returned: &self.returned,
            since: self.sales.since,
            today: business_day(self.sales.read_at),
        }
    }

    /// Under which keys an order's payouts are planned as receipts, whichever source tells of them.
    pub(super) fn receipt_keys(&self, order: &Order) -> BTreeSet<OperationKey> {
        let orders = &self.sales.orders;
        let mut keys = receipts::keys_of(order, self.payments.as_deref().unwrap_or_default(), orders);
        let releases = releases(&self.settlements, orders);
        let settled: Vec<Payment> = releases.iter().filter_map(Release::payment).collect();
        keys.extend(receipts::keys_of(order, &settled, orders));
        keys
    }

    /// What could not be read.
    pub(super) fn notes(&self) -> Vec<Reason> {
        let mut notes = Vec::new();
        if self.payments.is_none() {
            let code = if self.settlements.is_empty() { "recon_payouts_not_told" } else { "payouts_from_settlements" };
            notes.push(Reason::new(code));
        }
        if self.receipts.is_none() {
            notes.push(Reason::new("recon_receipts_not_read"));
        }
        notes
    }
}

/// The first day of a month.
///
/// # Errors
/// [`crate::error::ErrorCode::InvalidInput`] for what is no `yyyy-MM`.
pub(super) fn first_of(month: &str) -> AppResult<Date> {
    let right = month.len() == 7;
    let first = right.then(|| format!("{month}-01").parse::<Date>().ok()).flatten();
    first.ok_or_else(|| AppError::input("month", month))
}

impl Desk {
    /// Where the money stands, as it was read last; read anew when asked for or never read before. `from`: a day that it has to reach
    /// back to, where it is read.
    pub(super) async fn money(&self, refresh: bool, from: Option<Date>) -> AppResult<MoneyReading> {
        let database = self.database()?;
        if !refresh && let Some(kept) = self.kept_money(database).await? {
            return Ok(kept);
        }
        self.read_money(database, from).await
    }

    async fn kept_money(&self, database: DatabaseId) -> AppResult<Option<MoneyReading>> {
        let Some(told) = self.kept::<Told>(database, TOLD)? else { return Ok(None) };
        let Some(marks) = told.rows.into_iter().next() else { return Ok(None) };
        let orders = self.kept::<Order>(FORSTOK_SCOPE, ORDERS)?;
        let invoices = self.kept::<SalesInvoice>(database, INVOICES)?;
        let (Some(orders), Some(invoices)) = (orders, invoices) else { return Ok(None) };
        let shop_invoices = self.kept::<OrderInvoice>(FORSTOK_SCOPE, SHOP_INVOICES)?.map(|read| read.rows);
        let payments = self.kept::<Payment>(FORSTOK_SCOPE, PAYMENTS)?.map(|read| read.rows);
        let receipts = self.kept::<ReceiptDocument>(database, RECEIPTS)?.map(|read| read.rows);
        let lists = Lists {
            read_at: told.at,
            start_date: None,
            orders: orders.rows,
            invoices: invoices.rows,
            shop_invoices: shop_invoices.unwrap_or_default(),
            payments: payments.filter(|_| marks.payments),
            receipts: receipts.filter(|_| marks.receipts),
            returned: marks.returned,
        };
        Ok(Some(self.with_company(database, lists, false).await?))
    }

    async fn read_money(&self, database: DatabaseId, from: Option<Date>) -> AppResult<MoneyReading> {
        let now = self.now();
        let from = from.map(start_of).transpose()?;
        let since = (now - sales::INVOICES).min(self.orders_since(database)?).min(from.unwrap_or(now));
        let (shop, books, offers) = (self.shop().await?, self.open_books().await?, self.offers()?);
        let day = business_day(since);
        let (mut orders, invoices, shop_invoices, mut payments, receipts, start_date) = tokio::try_join!(
            async { entire(shop.orders(since).await?, "forstok") },
            async { entire(books.invoice_numbers(day).await?, "accurate") },
            async { entire(or_none(shop.invoices(since).await, offers.invoices)?, "forstok") },
            async { if_told(shop.payments(since).await, offers.payments) },
            async { if_told(books.receipts_since(day).await, false) },
            books.start_date(),
        )?;
        sales::keep_recipients(&mut orders, self.mapping_now(database)?.sales.recipient);
        payouts::as_paid(payments.as_deref_mut().unwrap_or_default());
        let returned = self.returned_orders(database, &orders, &invoices).await?;
        let store = self.books();
        // While the parts are replaced, no old mark may call them one reading.
        store.drop_snapshot(database, TOLD)?;
        store.put_snapshot(FORSTOK_SCOPE, ORDERS, now, &orders)?;
        store.put_snapshot(FORSTOK_SCOPE, SHOP_INVOICES, now, &shop_invoices)?;
        store.put_snapshot(FORSTOK_SCOPE, PAYMENTS, now, payments.as_deref().unwrap_or_default())?;
        store.put_snapshot(database, INVOICES, now, &invoices)?;
        store.put_snapshot(database, RECEIPTS, now, receipts.as_deref().unwrap_or_default())?;
        let told = Told { payments: payments.is_some(), receipts: receipts.is_some(), returned: returned.clone() };
        store.put_snapshot(database, TOLD, now, &[told])?;
        let read_at = now;
        let lists = Lists { read_at, start_date, orders, invoices, shop_invoices, payments, receipts, returned };
        self.with_company(database, lists, true).await
    }

    /// Orders that came back and whose return is booked: posted by this program, or told by the invoice itself, which only an invoice
    /// that is read whole does (accurate-online-api.md §6.8, seen).
    async fn returned_orders(
        &self,
        database: DatabaseId,
        orders: &[Order],
        invoices: &[SalesInvoice],
    ) -> AppResult<BTreeSet<OrderId>> {
        let posted = self.books().posted_keys(database, &PlanKind::named(returns::KIND))?;
        let back = || orders.iter().filter(|order| returns::came_back(order));
        let mut returned: BTreeSet<OrderId> =
            back().filter(|order| returns::booked(order, &posted)).map(|order| order.id).collect();
        // Where this program has booked some of it, the invoice cannot tell whether the rest was, too.
        let ours: BTreeSet<OrderId> = posted.iter().filter_map(returns::order_of).collect();
        let open: Vec<Order> = back().filter(|order| !ours.contains(&order.id)).cloned().collect();
        let heads = returns::to_read(&open, invoices, &self.linked_invoices(database)?);
        if heads.is_empty() {
            return Ok(returned);
        }
        let whole = self.whole_invoices(heads.iter().map(|(_, invoice)| invoice.id).collect()).await?;
        returned.extend(heads.into_iter().filter_map(|(order, invoice)| {
            let came_back = whole.get(&invoice.id)?.returned?;
            came_back.is_positive().then_some(order)
        }));
        Ok(returned)
    }

    /// From when on orders become invoices.
    fn orders_since(&self, database: DatabaseId) -> AppResult<Timestamp> {
        match self.mapping_now(database)?.sales.since {
            Some(day) => start_of(day),
            None => self.integrated_at(database),
        }
    }

    async fn with_company(&self, database: DatabaseId, lists: Lists, refresh: bool) -> AppResult<MoneyReading> {
        let directory = self.directory(refresh).await?;
        Ok(MoneyReading {
            sales: SalesReading {
                read_at: lists.read_at,
                mapping: self.mapping_now(database)?,
                made: self.made_customers(database, &directory.customers)?,
                directory,
                start_date: lists.start_date,
                since: self.orders_since(database)?,
                integrated_at: self.integrated_at(database)?,
                orders: lists.orders,
                existing: lists.invoices,
                shop_invoices: sales::standing_invoices(lists.shop_invoices),
                linked: self.linked_invoices(database)?,
                unread: Vec::new(),
                less: Vec::new(),
            },
            receipts: lists.receipts,
            payments: lists.payments,
            settlements: self.settlement_rows(None)?,
            returned: lists.returned,
        })
    }
}

/// The lists of one reading.
struct Lists {
    read_at: Timestamp,
    start_date: Option<Date>,
    orders: Vec<Order>,
    invoices: Vec<SalesInvoice>,
    shop_invoices: Vec<OrderInvoice>,
    payments: Option<Vec<Payment>>,
    receipts: Option<Vec<ReceiptDocument>>,
    returned: BTreeSet<OrderId>,
}

/// The rows of a list that is whole. Sums over a list of which one row could not be read would be wrong and look proven.
fn entire<T>(list: Listed<T>, side: &'static str) -> Result<Vec<T>, PortError> {
    match list.unread.into_iter().next() {
        Some(row) => Err(PortError::Unreadable { side, row: Box::new(row) }),
        None => Ok(list.rows),
    }
}

/// A list that this account does not offer, or may not read, is not told; an empty one would call everything wrong. Where the account was
/// found to offer it (`offered`), a refusal is a fault.
fn if_told<T>(answer: Result<Listed<T>, PortError>, offered: bool) -> Result<Option<Vec<T>>, PortError> {
    match answer {
        Ok(rows) => entire(rows, "accurate").map(Some),
        Err(PortError::NotOffered { .. } | PortError::Forbidden { .. }) if !offered => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_year_and_two_digits() {
        assert_eq!(first_of("2026-11").unwrap(), jiff::civil::date(2026, 11, 1));
        for wrong in ["", "2026", "2026-13", "2026-1", "11-2026", "2026-11-05"] {
            assert!(first_of(wrong).is_err(), "{wrong}");
        }
    }
}
