//! What was sold lately: orders of Forstok, the sales invoices of Accurate that belong to them, and what was paid out. Read where an
//! account lets them be read; kept with their time like every other reading.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::relisting::{Ask, NoQuestion, asked, settled};
use crate::snapshots::Read;
use crate::steps::import;
use jiff::{SignedDuration, Timestamp};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::forstok::Capabilities;
use selaras_domain::ids::{DatabaseId, OrderId};
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, Payment, business_day};
use selaras_domain::unread::{Listed, UnreadRow};
use selaras_engine::orders::{Invoiced, open_orders};
use selaras_engine::ports::{Books, PortError, Shop};
use selaras_store::FORSTOK_SCOPE;
use std::collections::{HashMap, HashSet};

/// Orders that changed within this time are read. A marketplace pays out within days and takes returns within weeks; an order that has
/// not moved for a month moves no figure any more. Forstok itself looks back no further when a channel is connected
/// (forstok-accounting-flow.md §3, doc).
pub(crate) const ORDERS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Sales invoices dated within this time are read. Longer than [`ORDERS`], as an order that changed yesterday may have been invoiced long
/// ago.
pub(crate) const INVOICES: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Snapshot parts.
pub(crate) const ORDERS_PART: &str = "orders";
pub(crate) const INVOICES_PART: &str = "sales_invoices";
const PAYOUTS_PART: &str = "payouts";
const UNREAD_PART: &str = "unread_sales";

/// What was sold, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sales {
    /// `None`: this account does not offer them.
    pub(crate) orders: Option<Vec<Order>>,
    /// `None`: the permission was not given, or the list is not offered.
    pub(crate) invoices: Option<Vec<SalesInvoice>>,
    /// Rows of both that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
    /// What their lists do not tell any more.
    pub(crate) carried: Carried,
}

/// How many orders and how many invoices are as they were last known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) orders: usize,
    pub(crate) invoices: usize,
}

/// Orders and invoices, both read, with the older time.
pub(crate) type Sold = (Timestamp, Vec<Order>, Vec<SalesInvoice>);

/// What the service does not offer is not an error, but nothing that could be kept; where it was found to offer it (`offers`), a refusal is
/// a fault, and what was read before stays. Nor is an answer that cannot be understood an error: the list is a guess (forstok-api.md §10), it
/// only explains, and items and stock must not wait for it.
fn offered<T>(answer: Result<Listed<T>, PortError>, offers: bool) -> Result<Option<Listed<T>>, PortError> {
    match answer {
        Ok(rows) => Ok(Some(rows)),
        Err(PortError::NotOffered { .. } | PortError::Forbidden { .. }) if !offers => Ok(None),
        Err(error @ (PortError::Unknown { .. } | PortError::Rejected { .. })) => {
            tracing::warn!(%error, "what was sold cannot be read");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Drops the recipients where invoices do not carry them: what nobody needs is not kept.
pub(crate) fn keep_recipients(orders: &mut [Order], wanted: bool) {
    // A recipient that the marketplace has masked says nothing.
    for order in orders.iter_mut() {
        order.recipient = order.recipient.take().filter(|recipient| wanted && !recipient.contains('*'));
    }
}

/// Reads orders and sales invoices, both at once. Without orders no invoice is asked for: nothing would be compared with it. `offers`: what
/// the account was found to offer.
pub(crate) async fn read(
    shop: &dyn Shop,
    books: &dyn Books,
    has_orders: bool,
    offers: Capabilities,
    recipients: bool,
    now: Timestamp,
) -> Result<Sales, PortError> {
    if !has_orders {
        return Ok(Sales::default());
    }
    let (orders, invoices) =
        tokio::try_join!(async { offered(shop.orders(now - ORDERS).await, offers.orders) }, async {
            offered(books.invoice_numbers(business_day(now - INVOICES)).await, false)
        },)?;
    let mut sales = Sales::default();
    if let Some(mut orders) = orders {
        keep_recipients(&mut orders, recipients);
        sales.unread.append(&mut orders.unread);
        sales.orders = Some(orders.rows);
    }
    if let Some(mut invoices) = invoices {
        sales.unread.append(&mut invoices.unread);
        sales.invoices = Some(invoices.rows);
    }
    Ok(sales)
}

/// The invoice of Forstok that stands for each order: one that is not void, as an order is invoiced anew after its invoice was voided, and
/// of several the newest.
pub(crate) fn standing_invoices(invoices: Vec<OrderInvoice>) -> HashMap<OrderId, OrderInvoice> {
    let worth = |invoice: &OrderInvoice| (invoice.status != InvoiceStatus::Voided, invoice.created_at, invoice.id);
    let mut standing: HashMap<OrderId, OrderInvoice> = HashMap::with_capacity(invoices.len());
    for invoice in invoices {
        if standing.get(&invoice.order).is_none_or(|known| worth(known) <= worth(&invoice)) {
            standing.insert(invoice.order, invoice);
        }
    }
    standing
}

/// A payment of one order, with everything that an example needs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Payout {
    pub(crate) order: Order,
    pub(crate) invoice: OrderInvoice,
    pub(crate) paid_at: Timestamp,
}

/// The payments with their orders, the newest first. A payment of an order that was not read is left out.
fn payouts(payments: Vec<Payment>, orders: &[Order]) -> Vec<Payout> {
    let by_id: HashMap<_, _> = orders.iter().map(|order| (order.id, order)).collect();
    let mut payouts: Vec<Payout> = payments
        .into_iter()
        .flat_map(|payment| payment.invoices.into_iter().map(move |invoice| (payment.paid_at, invoice)))
        .filter_map(|(paid_at, invoice)| {
            let order = (*by_id.get(&invoice.order)?).clone();
            Some(Payout { order, invoice, paid_at })
        })
        .collect();
    payouts.sort_by_key(|payout| std::cmp::Reverse((payout.paid_at, payout.order.id)));
    payouts
}

impl Desk {
    /// What the account was found to offer; nothing, where it was never probed.
    pub(crate) fn offers(&self) -> AppResult<Capabilities> {
        Ok(self.company()?.forstok_capabilities.unwrap_or_default())
    }

    /// Whether orders are worth asking for: the account offers them, or a file stands in for them. An account that was never probed is
    /// asked.
    pub(crate) fn has_orders(&self) -> AppResult<bool> {
        let offered = self.company()?.forstok_capabilities.is_none_or(|offers| offers.orders);
        Ok(offered || self.books().snapshot_read_at(FORSTOK_SCOPE, import::ORDERS_PART)?.is_some())
    }

    fn keep_or_drop<T: serde::Serialize>(&self, scope: DatabaseId, part: &str, rows: Option<&[T]>) -> AppResult<()> {
        match rows {
            Some(rows) => self.books().put_snapshot(scope, part, self.now(), rows)?,
            None => self.books().drop_snapshot(scope, part)?,
        }
        Ok(())
    }

    /// Keeps what was read; what cannot be read any more is forgotten, so that no old list passes for the state of now.
    pub(crate) fn keep_sales(&self, database: DatabaseId, sales: &Sales) -> AppResult<()> {
        if let Some(orders) = &sales.orders {
            self.remember_departures(database, orders, &sales.unread, sales.invoices.as_deref())?;
        }
        self.books().put_snapshot(database, UNREAD_PART, self.now(), &sales.unread)?;
        self.keep_or_drop(FORSTOK_SCOPE, ORDERS_PART, sales.orders.as_deref())?;
        self.keep_or_drop(database, INVOICES_PART, sales.invoices.as_deref())
    }

    /// Rows of the lists of what was sold that could not be read, as they were read last.
    pub(crate) fn kept_unread(&self, database: DatabaseId) -> AppResult<Vec<UnreadRow>> {
        Ok(self.kept(database, UNREAD_PART)?.map(|read| read.rows).unwrap_or_default())
    }

    /// What was sold, none lost that its lists told before and that is not gone: an order that is not told would give its units back to the
    /// shelf, and an invoice that is not told would be made a second time.
    pub(crate) async fn all_sold(&self, database: DatabaseId, mut sales: Sales, since: Timestamp) -> AppResult<Sales> {
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let misread: HashSet<i64> = sales.unread.iter().filter_map(|row| row.id).collect();
        let day = business_day(since);
        if self.offers()?.orders
            && let Some(orders) = sales.orders.take()
        {
            let before: Vec<Order> = self.kept(FORSTOK_SCOPE, ORDERS_PART)?.map(|read| read.rows).unwrap_or_default();
            let expected = |order: &Order| order.updated_at >= since && !misread.contains(&order.id.0);
            let before = before.into_iter().filter(expected).collect();
            // No call asks for one order: it stays as it was, until it is too old to be listed.
            let ask: Ask<NoQuestion<Order>> = Ask::Never;
            let read = settled(before, orders.into(), |order| order.id, || shop.orders(since), ask).await?;
            sales.carried.orders = read.carried;
            sales.orders = Some(read.list.rows);
        }
        if let Some(invoices) = sales.invoices.take() {
            let before: Vec<SalesInvoice> =
                self.kept(database, INVOICES_PART)?.map(|read| read.rows).unwrap_or_default();
            let expected =
                |one: &SalesInvoice| one.date.is_some_and(|date| date >= day) && !misread.contains(&one.id.0);
            let before = before.into_iter().filter(expected).collect();
            let ask = |one: SalesInvoice| {
                let books = books.clone();
                async move { asked(books.invoice_by_id(one.id).await.map(|found| found.map(|_| one))) }
            };
            let read =
                settled(before, invoices.into(), |one| one.id, || books.invoice_numbers(day), Ask::Apart(ask)).await?;
            sales.carried.invoices = read.carried;
            sales.invoices = Some(read.list.rows);
        }
        Ok(sales)
    }

    /// Orders and invoices as they were read last, with the older time; `None` where one of them cannot be read.
    pub(crate) fn kept_sales(&self) -> AppResult<Option<Sold>> {
        let orders: Option<Read<Order>> = self.kept(FORSTOK_SCOPE, ORDERS_PART)?;
        let invoices: Option<Read<SalesInvoice>> = self.kept(self.database()?, INVOICES_PART)?;
        let Some((mut orders, invoices)) = orders.zip(invoices) else { return Ok(None) };
        self.spell_orders(&mut orders.rows)?;
        Ok(Some((orders.at.min(invoices.at), orders.rows, invoices.rows)))
    }

    /// The orders that are not cancelled and have no invoice in Accurate, as they were read last; `None` where that cannot be known.
    pub(crate) fn open_orders(&self) -> AppResult<Option<Read<Order>>> {
        let Some((at, orders, invoices)) = self.kept_sales()? else { return Ok(None) };
        let linked = self.linked_invoices(self.database()?)?;
        let invoiced = Invoiced::of(&orders, &invoices, &linked);
        Ok(Some(Read { at, rows: open_orders(orders, &invoiced) }))
    }

    /// What was paid out lately, the newest first; read when asked for or never read before. Empty where orders or payments are not
    /// offered.
    pub(crate) async fn payouts(&self, refresh: bool) -> AppResult<Vec<Payout>> {
        if !refresh && let Some(kept) = self.kept::<Payout>(FORSTOK_SCOPE, PAYOUTS_PART)? {
            return Ok(kept.rows);
        }
        let offers = self.company()?.forstok_capabilities;
        let read = if offers.is_none_or(|offers| offers.orders && offers.payments) {
            let (shop, since) = (self.shop().await?, self.now() - ORDERS);
            let told = offers.is_some();
            let (orders, payments) = tokio::try_join!(async { offered(shop.orders(since).await, told) }, async {
                offered(shop.payments(since).await, told)
            },)?;
            payouts(payments.unwrap_or_default().rows, &orders.unwrap_or_default())
        } else {
            Vec::new()
        };
        self.books().put_snapshot(FORSTOK_SCOPE, PAYOUTS_PART, self.now(), &read)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_domain::amount::Money;
    use selaras_domain::ids::InvoiceId;

    fn invoice(id: i64, status: InvoiceStatus, made: Option<&str>) -> OrderInvoice {
        OrderInvoice {
            id: InvoiceId(id),
            order: OrderId(7),
            subtotal: None,
            shipping_price: Money::ZERO,
            platform_rebate: Money::ZERO,
            voucher_seller: Money::ZERO,
            shipping_difference: Money::ZERO,
            fulfillment_fee: Money::ZERO,
            service_fee: Money::ZERO,
            total: Money::ZERO,
            balance_due: Money::ZERO,
            status,
            created_at: made.map(|day| format!("{day}T08:00:00Z").parse().unwrap()),
        }
    }

    #[test]
    fn the_newest_invoice_that_is_not_void_stands_for_its_order_however_they_are_listed() {
        use InvoiceStatus::{Paid, Unpaid, Voided};
        let (early, late) = (Some("2026-03-05"), Some("2026-03-09"));
        for (one, other, standing) in [
            (invoice(1, Unpaid, early), invoice(2, Paid, late), 2),
            // The day counts before the number, and the number where the day is not told or the same.
            (invoice(2, Unpaid, early), invoice(1, Paid, late), 1),
            (invoice(1, Unpaid, None), invoice(2, Unpaid, None), 2),
            (invoice(1, Unpaid, early), invoice(2, Unpaid, early), 2),
            (invoice(1, Voided, early), invoice(2, Unpaid, late), 2),
            (invoice(1, Unpaid, early), invoice(2, Voided, late), 1),
            (invoice(1, Voided, early), invoice(2, Voided, late), 2),
        ] {
            for listed in [[one.clone(), other.clone()], [other, one]] {
                let ids: Vec<_> = standing_invoices(listed.to_vec()).into_values().map(|one| one.id.0).collect();
                assert_eq!(ids, [standing], "{listed:?}");
            }
        }
        assert!(standing_invoices(Vec::new()).is_empty());
    }
}
