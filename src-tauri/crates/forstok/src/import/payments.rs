//! Rows of a table as payments received. A row is one invoice of a payment; a transfer for several orders has several rows.

use super::ImportError;
use super::column::marked_id;
use super::columns::{ColumnMap, ListKind};
use super::sales::Columns;
use super::table::{Row, Table};
use crate::orders::wib;
use jiff::Timestamp;
use jiff::civil::Date;
use selaras_domain::amount::Money;
use selaras_domain::ids::{InvoiceId, OrderId};
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, Payment};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The lines of the cost structure that take away (forstok-accounting-flow.md §6.1).
pub(super) const FEES: [&str; 4] = ["voucher_seller", "shipping_difference", "fulfillment_fee", "service_fee"];

/// A payment with the place of each of its invoices in the file.
struct Transfer {
    payment: Payment,
    /// What the rows say was received in all, where they say it, with the first that does.
    received: Option<(usize, Money)>,
    rows: BTreeMap<OrderId, usize>,
}

/// The known orders, by what a file may call them.
struct Known<'a> {
    by_number: HashMap<&'a str, Vec<OrderId>>,
    ids: BTreeSet<OrderId>,
}

impl<'a> Known<'a> {
    fn of(orders: &'a [Order]) -> Self {
        let mut by_number: HashMap<&str, Vec<OrderId>> = HashMap::new();
        for order in orders {
            let known = by_number.entry(order.number.trim()).or_default();
            if !known.contains(&order.id) {
                known.push(order.id);
            }
        }
        Self { by_number, ids: orders.iter().map(|order| order.id).collect() }
    }

    /// The one order of this number or id. An id that is surely one need not be known: the payment then waits for its order.
    fn order(&self, text: &str, is_id: bool) -> Option<OrderId> {
        let marked = marked_id(text, "SO").map(OrderId);
        let id = marked.or_else(|| text.parse().ok().map(OrderId));
        let mut found: Vec<OrderId> = self.by_number.get(text).cloned().unwrap_or_default();
        found.extend(id.filter(|id| self.ids.contains(id) && !found.contains(id)));
        match found.as_slice() {
            [] => marked.or_else(|| id.filter(|_| is_id)),
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Reads payments received: the rows of one reference and day are one transfer, and so is a row without reference. Their orders are
/// found among `orders` by number or id.
///
/// # Errors
/// The first cell that cannot be read, an order that is not known, an order twice in one transfer.
pub fn read_payments(table: &Table, map: &ColumnMap, orders: &[Order]) -> Result<Vec<Payment>, ImportError> {
    let columns = Columns::of(table, map, ListKind::Payments, &FEES)?;
    let paid_at = columns.needed("paid_at")?.clone().moments(table)?;
    let known = Known::of(orders);
    let mut transfers: Vec<Transfer> = Vec::new();
    let mut places: BTreeMap<(String, Date), usize> = BTreeMap::new();
    let mut above: Option<usize> = None;
    for row in &table.rows {
        let reference = columns.get("reference").map(|column| column.name(row)).transpose()?.flatten();
        let place = match (reference, paid_at.moment(row)?) {
            (reference, Some(at)) => {
                let named = reference.is_some();
                let reference = reference.unwrap_or_default();
                let key = (reference.clone(), wib().to_datetime(at).date());
                match places.get(&key).filter(|_| named) {
                    Some(place) => *place,
                    None => {
                        let method = columns.get("method").and_then(|column| column.text(row)).unwrap_or_default();
                        let payment =
                            Payment { reference, method, received: Money::ZERO, paid_at: at, invoices: Vec::new() };
                        transfers.push(Transfer { payment, received: None, rows: BTreeMap::new() });
                        places.insert(key, transfers.len() - 1);
                        transfers.len() - 1
                    }
                }
            }
            // Merged cells: what is of the whole stands in its first row only.
            (reference, None) => above
                .filter(|&place| reference.is_none_or(|reference| transfers[place].payment.reference == reference))
                .ok_or_else(|| paid_at.column.empty(row))?,
        };
        above = Some(place);
        transfers[place].add(row, &columns, &known, paid_at.moment(row)?)?;
    }
    Ok(transfers.into_iter().map(Transfer::whole).collect())
}

impl Transfer {
    fn add(
        &mut self,
        row: &Row,
        columns: &Columns<'_>,
        known: &Known<'_>,
        at: Option<Timestamp>,
    ) -> Result<(), ImportError> {
        if let Some(received) = columns.amount("received", row)? {
            match self.received {
                Some((first, before)) if before != received => {
                    let column = columns.get("received").map(|column| column.header.to_owned()).unwrap_or_default();
                    return Err(ImportError::Contradicts { row: row.number, first, column });
                }
                Some(_) => {}
                None => self.received = Some((row.number, received)),
            }
        }
        let invoice = invoice(row, columns, known)?;
        if let Some(&first) = self.rows.get(&invoice.order) {
            return Err(ImportError::Repeated { row: row.number, first, sku: format!("SO-{}", invoice.order) });
        }
        self.rows.insert(invoice.order, row.number);
        self.payment.paid_at = at.map_or(self.payment.paid_at, |at| at.min(self.payment.paid_at));
        self.payment.invoices.push(invoice);
        Ok(())
    }

    fn whole(self) -> Payment {
        let sum = self.payment.invoices.iter().map(|invoice| invoice.total).sum();
        Payment { received: self.received.map_or(sum, |(_, received)| received), ..self.payment }
    }
}

fn invoice(row: &Row, columns: &Columns<'_>, known: &Known<'_>) -> Result<OrderInvoice, ImportError> {
    let order = order(row, columns, known)?;
    let amount = |field: &str| Ok::<_, ImportError>(columns.amount(field, row)?.unwrap_or_default());
    let total = columns.needed("total")?;
    let of_forstok = columns.get("invoice_id").map(|column| column.document(row, "INV")).transpose()?.flatten();
    Ok(OrderInvoice {
        // Where the file does not say it, the order stands for its invoice: there is one of each.
        id: InvoiceId(of_forstok.unwrap_or(order.0)),
        order,
        subtotal: columns.amount("subtotal", row)?,
        shipping_price: amount("shipping_price")?,
        platform_rebate: amount("platform_rebate")?,
        voucher_seller: amount("voucher_seller")?,
        shipping_difference: amount("shipping_difference")?,
        fulfillment_fee: amount("fulfillment_fee")?,
        service_fee: amount("service_fee")?,
        total: columns.amount("total", row)?.ok_or_else(|| total.empty(row))?,
        balance_due: Money::ZERO,
        status: InvoiceStatus::Paid,
        created_at: None,
    })
}

/// The order of a row: by Forstok's id where a column holds it, else by the number.
fn order(row: &Row, columns: &Columns<'_>, known: &Known<'_>) -> Result<OrderId, ImportError> {
    let told =
        |field: &str| Ok::<_, ImportError>(columns.get(field).map(|column| column.name(row)).transpose()?.flatten());
    let unknown = |text: String| ImportError::UnknownOrder { row: row.number, text };
    if let Some(text) = told("order_id")? {
        return known.order(&text, true).ok_or_else(|| unknown(text));
    }
    if let Some(text) = told("order_number")? {
        return known.order(&text, false).ok_or_else(|| unknown(text));
    }
    let column = columns.get("order_id").or_else(|| columns.get("order_number"));
    Err(column.map_or(ImportError::NoTable, |column| column.empty(row)))
}

#[cfg(test)]
#[path = "payments_tests.rs"]
mod tests;
