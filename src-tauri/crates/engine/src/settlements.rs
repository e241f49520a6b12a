//! Rows of the marketplaces' settlement files as payouts.
//!
//! A file may tell one payout in several rows, the sale in one and what was kept of it in others, so that they are added up before anything
//! is planned. It names an order by a number, which may be of no order that was read, or of two: then nobody guesses, and the money is held.
//! Pure.

use crate::kinds::receipts;
use crate::sales::Company;
use jiff::civil::Date;
use selaras_domain::amount::Money;
use selaras_domain::decision::RowDecision;
use selaras_domain::ids::InvoiceId;
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, Payment, day_begins};
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::settlement::{SettlementKind, SettlementRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Orders by the number that a marketplace knows them by.
pub(crate) struct Numbers<'a>(HashMap<&'a str, Vec<&'a Order>>);

impl<'a> Numbers<'a> {
    pub(crate) fn of(orders: &'a [Order]) -> Self {
        let mut by_number: HashMap<&str, Vec<&Order>> = HashMap::new();
        for order in orders {
            by_number.entry(order.number.trim()).or_default().push(order);
        }
        Self(by_number)
    }

    /// All orders of a number.
    fn all(&self, number: &str) -> &[&'a Order] {
        self.0.get(number.trim()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The order of a number. A number of two orders is nobody's; what names the channel, too, may still be one order's.
    pub(crate) fn only(&self, number: &str, channel: Option<i64>) -> Option<&'a Order> {
        let orders = self.all(number);
        let mut of_channel = orders.iter().filter(|order| channel.is_none_or(|channel| order.channel_id == channel));
        match (of_channel.next(), of_channel.next(), orders) {
            (Some(order), None, _) | (None, None, [order]) => Some(order),
            _ => None,
        }
    }
}

/// What a marketplace released for one order on one day, all its rows together.
#[derive(Debug, Clone)]
pub struct Release<'a> {
    channel: i64,
    number: &'a str,
    date: Date,
    /// As the first of its rows has it.
    reference: &'a str,
    amounts: CostStructure,
    /// The order; else why it cannot be told.
    order: Result<&'a Order, Reason>,
}

/// The releases in these rows, the oldest first. The files say nothing of transfers, so that each is a payout of its own.
#[must_use]
pub fn releases<'a>(rows: &'a [(i64, SettlementRow)], orders: &'a [Order]) -> Vec<Release<'a>> {
    let numbers = Numbers::of(orders);
    let mut releases: BTreeMap<(Date, i64, &str), Release<'a>> = BTreeMap::new();
    for (channel, row) in rows.iter().filter(|(_, row)| row.kind == SettlementKind::Order) {
        let number = row.order_number.trim();
        let release = releases.entry((row.date, *channel, number)).or_insert_with(|| Release {
            channel: *channel,
            number,
            date: row.date,
            reference: &row.reference,
            amounts: CostStructure::default(),
            order: numbers.only(number, Some(*channel)).ok_or_else(|| match numbers.all(number) {
                [] => Reason::new("payout_order_unknown").with("order", number),
                _ => Reason::new("order_number_doubled").with("number", number),
            }),
        });
        release.amounts = release.amounts + row.amounts;
    }
    releases.into_values().collect()
}

impl Release<'_> {
    /// The payout that it is; nothing while its order cannot be told.
    #[must_use]
    pub fn payment(&self) -> Option<Payment> {
        let (order, amounts) = (self.order.as_ref().ok()?, self.amounts);
        let invoice = OrderInvoice {
            // A settlement knows no invoices of Forstok; there is one of each order.
            id: InvoiceId(order.id.0),
            order: order.id,
            subtotal: Some(amounts.subtotal),
            shipping_price: amounts.shipping_fee,
            platform_rebate: amounts.platform_rebate,
            voucher_seller: amounts.voucher_seller,
            shipping_difference: amounts.shipping_difference,
            fulfillment_fee: amounts.fulfillment_fee,
            service_fee: amounts.service_fee,
            total: amounts.total,
            balance_due: Money::ZERO,
            status: InvoiceStatus::Paid,
            created_at: None,
        };
        Some(Payment {
            reference: self.reference.to_owned(),
            method: "settlement".to_owned(),
            received: amounts.total,
            paid_at: day_begins(self.date)?,
            invoices: vec![invoice],
        })
    }

    /// What its row is called while its order cannot be told: a receipt's key is made of the order's id.
    fn key(&self) -> OperationKey {
        OperationKey(format!("{}settlement:{}:{}:{}", receipts::KEY_PREFIX, self.channel, self.number, self.date))
    }

    fn row(&self, company: &Company<'_>, action: Action, reason: Reason) -> Operation {
        let mut after = Fields::from([
            ("received".to_owned(), self.amounts.total.text()),
            ("total".to_owned(), self.amounts.total.text()),
            ("invoices".to_owned(), "1".to_owned()),
            ("reference".to_owned(), self.reference.to_owned()),
            ("date".to_owned(), self.date.to_string()),
        ]);
        if let Some(store) = company.stores.iter().find(|store| store.channel_id == self.channel) {
            after.insert("channel".to_owned(), store.channel.clone());
        }
        Operation {
            key: self.key(),
            action,
            target: Target { side: Side::Accurate, database: company.database, record: self.number.to_owned() },
            before: Fields::new(),
            after,
            reason,
            group: String::new(),
        }
    }
}

/// Which releases become rows of their own.
pub struct RowsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// What was released.
    pub releases: &'a [Release<'a>],
    /// The day on which the orders that were read begin: what was released before says nothing of its order.
    pub since: Date,
    /// Rows that wait in the inbox.
    pub open: &'a BTreeSet<OperationKey>,
    /// Only payouts of these orders, by number; empty: all.
    pub only: &'a [String],
}

/// The rows of releases that are no receipts: one whose order cannot be told is held with its amount, and one that waits in the inbox and
/// whose order can be told by now is settled there, as its receipt is a row of its own.
#[must_use]
pub fn rows(input: &RowsInput<'_>) -> Vec<Operation> {
    let asked =
        |release: &&Release<'_>| input.only.is_empty() || input.only.iter().any(|only| only.trim() == release.number);
    let row = |release: &Release<'_>| {
        let key = release.key();
        let (action, reason) = match (&release.order, input.company.settled(&key)) {
            (Ok(_), _) if input.open.contains(&key) => {
                (Action::Same, Reason::new("payout_order_read").with("order", release.number))
            }
            (Ok(_), _) => return None,
            (Err(_), _) if release.date < input.since => return None,
            (Err(_), Some(settled)) => settled,
            (Err(reason), None) => (Action::Blocked, reason.clone()),
        };
        Some(release.row(input.company, action, reason))
    };
    input.releases.iter().filter(asked).filter_map(row).collect()
}

/// What a person decided about a release while its order could not be told is decided about its receipt.
pub fn carry_over(releases: &[Release<'_>], decisions: &mut BTreeMap<OperationKey, RowDecision>) {
    for release in releases {
        let Some(decision) = decisions.get(&release.key()).cloned() else { continue };
        let (Ok(order), Some(payment)) = (&release.order, release.payment()) else { continue };
        for key in receipts::keys_of(order, &[payment], std::slice::from_ref(*order)) {
            let decision = RowDecision { key: key.clone(), ..decision.clone() };
            decisions.entry(key).or_insert(decision);
        }
    }
}

#[cfg(test)]
#[path = "settlements_tests.rs"]
mod tests;
