//! What was sold lately: orders of Forstok, the sales invoices of Accurate that belong to them, and what was paid out. Read where an
//! account lets them be read; kept with their time like every other reading.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::snapshots::Read;
use crate::steps::drafts::business_date;
use jiff::{SignedDuration, Timestamp};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::ids::DatabaseId;
use selaras_domain::order::{Order, OrderInvoice, Payment};
use selaras_engine::orders::{Invoiced, open_orders};
use selaras_engine::ports::{Books, PortError, Shop};
use selaras_store::FORSTOK_SCOPE;

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

/// What was sold, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sales {
    /// `None`: this account does not offer them.
    pub(crate) orders: Option<Vec<Order>>,
    /// `None`: the permission was not given, or the list is not offered.
    pub(crate) invoices: Option<Vec<SalesInvoice>>,
}

/// Orders and invoices, both read, with the older time.
pub(crate) type Sold = (Timestamp, Vec<Order>, Vec<SalesInvoice>);

/// What the service does not offer is not an error, but nothing that could be kept. Nor is an answer that cannot be understood: the list
/// is a guess (forstok-api.md §10), it only explains, and items and stock must not wait for it.
fn offered<T>(answer: Result<Vec<T>, PortError>) -> Result<Option<Vec<T>>, PortError> {
    match answer {
        Ok(rows) => Ok(Some(rows)),
        Err(PortError::NotOffered { .. } | PortError::Forbidden { .. }) => Ok(None),
        Err(error @ (PortError::Unknown { .. } | PortError::Rejected { .. })) => {
            tracing::warn!(%error, "what was sold cannot be read");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads orders and sales invoices, both at once. Without orders no invoice is asked for: nothing would be compared with it.
pub(crate) async fn read(
    shop: &dyn Shop,
    books: &dyn Books,
    has_orders: bool,
    now: Timestamp,
) -> Result<Sales, PortError> {
    if !has_orders {
        return Ok(Sales { orders: None, invoices: None });
    }
    let (orders, invoices) = tokio::try_join!(async { offered(shop.orders(now - ORDERS).await) }, async {
        offered(books.invoice_numbers(business_date(now - INVOICES)).await)
    },)?;
    Ok(Sales { orders, invoices })
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
    let by_id: std::collections::HashMap<_, _> = orders.iter().map(|order| (order.id, order)).collect();
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
    /// Whether orders are worth asking for. An account that was never probed is asked.
    pub(crate) fn has_orders(&self) -> AppResult<bool> {
        Ok(self.company()?.forstok_capabilities.is_none_or(|offers| offers.orders))
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
        self.keep_or_drop(FORSTOK_SCOPE, ORDERS_PART, sales.orders.as_deref())?;
        self.keep_or_drop(database, INVOICES_PART, sales.invoices.as_deref())
    }

    /// Orders and invoices as they were read last, with the older time; `None` where one of them cannot be read.
    pub(crate) fn kept_sales(&self) -> AppResult<Option<Sold>> {
        let orders: Option<Read<Order>> = self.kept(FORSTOK_SCOPE, ORDERS_PART)?;
        let invoices: Option<Read<SalesInvoice>> = self.kept(self.database()?, INVOICES_PART)?;
        Ok(orders.zip(invoices).map(|(orders, invoices)| (orders.at.min(invoices.at), orders.rows, invoices.rows)))
    }

    /// The orders that are not cancelled and have no invoice in Accurate, as they were read last; `None` where that cannot be known.
    pub(crate) fn open_orders(&self) -> AppResult<Option<Read<Order>>> {
        let sales = self.kept_sales()?;
        Ok(sales.map(|(at, orders, invoices)| Read { at, rows: open_orders(orders, &Invoiced::of(&invoices)) }))
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
            let (orders, payments) = tokio::try_join!(async { offered(shop.orders(since).await) }, async {
                offered(shop.payments(since).await)
            },)?;
            payouts(payments.unwrap_or_default(), &orders.unwrap_or_default())
        } else {
            Vec::new()
        };
        self.books().put_snapshot(FORSTOK_SCOPE, PAYOUTS_PART, self.now(), &read)?;
        Ok(read)
    }
}
