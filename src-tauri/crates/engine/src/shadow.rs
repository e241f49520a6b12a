//! A shadow run: what this program would have posted, against what another integration has posted in Accurate. Reads only, decides nothing.
//!
//! Pure. Σ found − Σ expected = Σ of the rows' rupiah, whatever the input. Invoices are compared field by field; receipts as the
//! reconciliation compares a payout with what was received for it.

use crate::orders::{Invoiced, says_an_order};
use crate::reconcile::{Cause, Row};
use crate::sales::name_of;
use jiff::civil::Date;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::ids::{CustomerId, OrderId};
use selaras_domain::order::Order;
use selaras_domain::plan::Reason;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How far the day of an invoice may lie from the expected one for it to be taken for the order's by customer and total alone.
const NEAR_DAYS: i32 = 7;

/// What an order would have become.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// The order.
    pub order: &'a Order,
    /// Its invoice, or the reason why there would be none.
    pub invoice: Result<InvoiceDocument, Reason>,
}

/// What is compared.
pub struct ShadowInput<'a> {
    /// What the orders would have become.
    pub expected: &'a [Expected<'a>],
    /// The sales invoices in Accurate, as their list shows them.
    pub invoices: &'a [SalesInvoice],
    /// Those of them that were read with their lines, by number.
    pub documents: &'a HashMap<String, InvoiceDocument>,
    /// Orders that this program has invoiced itself; they say nothing of another integration.
    pub own: &'a BTreeSet<OrderId>,
    /// Invoices dated before this day are of orders that were not read.
    pub since: Date,
}

/// What is compared of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// Its sales invoice.
    Invoice,
    /// The sales receipt of its payout.
    Receipt,
}

impl Document {
    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
        }
    }
}

/// How the two agree on one document of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// Posted otherwise.
    Differs,
    /// Not posted, though it would have been.
    Missing,
    /// Posted, though it would have been held, or of an order that was not read.
    Extra,
    /// Posted just so.
    Equal,
    /// Neither posts it.
    Held,
}

impl Agreement {
    /// Each of them, what is worth a look first.
    pub const ALL: [Self; 5] = [Self::Differs, Self::Missing, Self::Extra, Self::Equal, Self::Held];

    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Equal => "equal",
            Self::Held => "held",
        }
    }
}

/// One field that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDifference {
    /// Which; of a line `line`, with the item code in [`ShadowDifference::item_no`].
    pub field: &'static str,
    /// Item code of a line.
    pub item_no: Option<String>,
    /// What this program would have posted.
    pub expected: String,
    /// What was posted.
    pub found: String,
    /// By how much it moves the invoice, where it is money: found less expected.
    pub amount: Option<Money>,
}

/// One document of an order, or one invoice of an order that was not read.
#[derive(Debug, Clone)]
pub struct ShadowRow<'a> {
    /// Which document.
    pub document: Document,
    /// How the two agree.
    pub agreement: Agreement,
    /// The order's number; without an order the invoice's.
    pub number: String,
    /// The order.
    pub order: Option<&'a Order>,
    /// The number of what was posted; of several receipts all of them.
    pub posted: Option<String>,
    /// Whether it was found by customer and total alone.
    pub by_looks: bool,
    /// What is otherwise.
    pub differences: Vec<ShadowDifference>,
    /// Why it would be held, or is extra.
    pub reason: Option<Reason>,
    /// What this program would have posted.
    pub expected: Money,
    /// What was posted.
    pub found: Money,
}

impl ShadowRow<'_> {
    /// Found less expected.
    #[must_use]
    pub fn amount(&self) -> Money {
        self.found - self.expected
    }
}

/// Every code that a row's reason may carry beside those of the planner.
pub const CODES: [&str; 2] = ["shadow_order_not_read", "shadow_not_ready"];

/// Compares, in the order of what is worth a look first and of the orders' numbers.
#[must_use]
pub fn shadow<'a>(input: &ShadowInput<'a>) -> Vec<ShadowRow<'a>> {
    let orders = input.expected.iter().map(|one| one.order);
    let invoiced = Invoiced::of(orders.clone(), input.invoices, &BTreeMap::new());
    let mut taken: HashSet<&str> =
        orders.filter_map(|order| invoiced.find(order)).map(|invoice| invoice.number.as_str()).collect();
    let mut alike = Alike::of(input.invoices, &taken);
    let mut rows = Vec::with_capacity(input.expected.len());
    for one in input.expected.iter().filter(|one| !input.own.contains(&one.order.id)) {
        let marked = invoiced.find(one.order);
        let looks = match (&one.invoice, marked) {
            (Ok(wanted), None) => alike.take(wanted),
            _ => None,
        };
        taken.extend(looks.map(|invoice| invoice.number.as_str()));
        rows.push(compared(input, one, marked.or(looks), looks.is_some()));
    }
    rows.extend(not_read(input, &taken));
    rows.sort_by(|one, other| (one.agreement, &one.number).cmp(&(other.agreement, &other.number)));
    rows
}

/// Compares what was paid out for these orders with what was received for them in Accurate. `own`: orders whose receipts this program has
/// posted itself. Of an order whose invoice is broken nothing is said, as its receipt would be held.
#[must_use]
pub fn shadow_receipts<'a>(
    reconciled: &[Row<'a>],
    orders: &BTreeSet<OrderId>,
    own: &BTreeSet<OrderId>,
) -> Vec<ShadowRow<'a>> {
    let compared = |row: &Row<'a>| -> Option<ShadowRow<'a>> {
        let order = row.order.filter(|order| orders.contains(&order.id) && !own.contains(&order.id))?;
        if row.payouts.is_empty() && row.shares.is_empty() {
            return None;
        }
        let agreement = match row.cause {
            Cause::Matched => Agreement::Equal,
            Cause::AmountDiffers | Cause::FeesDiffer | Cause::ReceivedElsewhere | Cause::PaidTwice => {
                Agreement::Differs
            }
            Cause::PayoutNotReceived => Agreement::Missing,
            Cause::ReceiptWithoutPayout => Agreement::Extra,
            _ => Agreement::Held,
        };
        let held = agreement == Agreement::Held;
        let numbers: Vec<&str> = row.shares.iter().map(|share| share.receipt.number.as_str()).collect();
        Some(ShadowRow {
            document: Document::Receipt,
            agreement,
            number: row.number.clone(),
            order: Some(order),
            posted: (!numbers.is_empty()).then(|| numbers.join(", ")),
            by_looks: false,
            differences: Vec::new(),
            reason: Some(row.reason.clone()),
            expected: if held { Money::ZERO } else { row.paid_out() },
            found: if held { Money::ZERO } else { row.received() },
        })
    };
    let mut rows: Vec<ShadowRow<'a>> = reconciled.iter().filter_map(compared).collect();
    rows.sort_by(|one, other| (one.agreement, &one.number).cmp(&(other.agreement, &other.number)));
    rows
}

/// Invoices that are of no order by number or description, by customer and total.
struct Alike<'a>(HashMap<(CustomerId, Money), Vec<&'a SalesInvoice>>);

impl<'a> Alike<'a> {
    fn of(invoices: &'a [SalesInvoice], taken: &HashSet<&str>) -> Self {
        let mut alike: HashMap<_, Vec<_>> = HashMap::new();
        for invoice in invoices.iter().filter(|invoice| !taken.contains(invoice.number.as_str())) {
            if let Some(key) = invoice.customer.zip(invoice.total) {
                alike.entry(key).or_default().push(invoice);
            }
        }
        Self(alike)
    }

    /// The one that is near the day; each is one order's only.
    fn take(&mut self, wanted: &InvoiceDocument) -> Option<&'a SalesInvoice> {
        let invoices = self.0.get_mut(&wanted.customer.zip(wanted.total)?)?;
        let near =
            |invoice: &&SalesInvoice| invoice.date.is_some_and(|date| days_between(date, wanted.date) <= NEAR_DAYS);
        let place = invoices.iter().position(near)?;
        Some(invoices.remove(place))
    }
}

fn days_between(one: Date, other: Date) -> i32 {
    one.since(other).map_or(i32::MAX, |span| span.get_days().abs())
}

fn compared<'a>(
    input: &ShadowInput<'a>,
    one: &Expected<'a>,
    found: Option<&'a SalesInvoice>,
    by_looks: bool,
) -> ShadowRow<'a> {
    let document = found.and_then(|invoice| input.documents.get(&invoice.number));
    let of_found = found.and_then(|invoice| document.and_then(|document| document.total).or(invoice.total));
    let found_total = of_found.unwrap_or_default();
    let row = |agreement, expected, reason: Option<&Reason>, differences| ShadowRow {
        document: Document::Invoice,
        agreement,
        number: name_of(one.order),
        order: Some(one.order),
        posted: found.map(|invoice| invoice.number.clone()),
        by_looks,
        differences,
        reason: reason.cloned(),
        expected,
        found: found_total,
    };
    match (&one.invoice, found) {
        (Ok(wanted), Some(found)) => {
            let differences = match document {
                Some(document) => of_document(wanted, document),
                None => of_head(wanted, found),
            };
            let agreement = if differences.is_empty() { Agreement::Equal } else { Agreement::Differs };
            row(agreement, wanted.total.unwrap_or_default(), None, differences)
        }
        (Ok(wanted), None) => row(Agreement::Missing, wanted.total.unwrap_or_default(), None, Vec::new()),
        (Err(reason), Some(_)) => row(Agreement::Extra, Money::ZERO, Some(reason), Vec::new()),
        (Err(reason), None) => row(Agreement::Held, Money::ZERO, Some(reason), Vec::new()),
    }
}

/// Invoices whose description is that of an order's (forstok-accounting-flow.md §6.2, seen), though no such order was read.
fn not_read<'a>(input: &ShadowInput<'a>, taken: &HashSet<&str>) -> Vec<ShadowRow<'a>> {
    input
        .invoices
        .iter()
        .filter(|invoice| !taken.contains(invoice.number.as_str()))
        .filter(|invoice| invoice.date.is_some_and(|date| date >= input.since))
        .filter(|invoice| says_an_order(invoice))
        .map(|invoice| ShadowRow {
            document: Document::Invoice,
            agreement: Agreement::Extra,
            number: invoice.number.clone(),
            order: None,
            posted: Some(invoice.number.clone()),
            by_looks: false,
            differences: Vec::new(),
            reason: Some(
                Reason::new("shadow_order_not_read").with("order", invoice.description.as_deref().unwrap_or_default()),
            ),
            expected: Money::ZERO,
            found: invoice.total.unwrap_or_default(),
        })
        .collect()
}

fn field(field: &'static str, expected: String, found: String, amount: Option<Money>) -> Option<ShadowDifference> {
    (expected != found).then_some(ShadowDifference { field, item_no: None, expected, found, amount })
}

fn of_total(wanted: &InvoiceDocument, found: Option<Money>) -> Option<ShadowDifference> {
    let (wanted, found) = (wanted.total?, found?);
    field("total", wanted.text(), found.text(), Some(found - wanted))
}

/// What the list alone can say.
fn of_head(wanted: &InvoiceDocument, found: &SalesInvoice) -> Vec<ShadowDifference> {
    let date = found.date.and_then(|date| field("date", wanted.date.to_string(), date.to_string(), None));
    let customer = wanted.customer.zip(found.customer);
    let customer =
        customer.and_then(|(wanted, found)| field("customer_id", wanted.to_string(), found.to_string(), None));
    [date, customer, of_total(wanted, found.total)].into_iter().flatten().collect()
}

/// Everything that an accountant would see: date, customer, branch, tax, discount, goods, total. Number and description are what it was
/// found by; names of goods, notes and addresses are words.
fn of_document(wanted: &InvoiceDocument, found: &InvoiceDocument) -> Vec<ShadowDifference> {
    let customer = match (wanted.customer, found.customer) {
        (Some(wanted), Some(found)) => field("customer_id", wanted.to_string(), found.to_string(), None),
        _ => field("customer_no", wanted.customer_no.clone(), found.customer_no.clone(), None),
    };
    let branch = wanted.branch.zip(found.branch);
    let discount = found.cash_discount - wanted.cash_discount;
    let plain = [
        field("date", wanted.date.to_string(), found.date.to_string(), None),
        customer,
        branch.and_then(|(wanted, found)| field("branch_id", wanted.to_string(), found.to_string(), None)),
        field("taxable", wanted.taxable.to_string(), found.taxable.to_string(), None),
        field("tax_inclusive", wanted.tax_inclusive.to_string(), found.tax_inclusive.to_string(), None)
            .filter(|_| wanted.taxable && found.taxable),
        field("cash_discount", wanted.cash_discount.text(), found.cash_discount.text(), Some(Money::ZERO - discount)),
    ];
    let mut differences: Vec<ShadowDifference> = plain.into_iter().flatten().collect();
    differences.extend(of_lines(wanted, found));
    differences.extend(of_total(wanted, found.total));
    differences
}

/// Units at a price, by item; where both say it, by warehouse too.
type Goods = BTreeMap<(Money, Option<i64>), Quantity>;

/// The items whose units, prices or warehouses are otherwise. How they are spread over lines is no difference.
fn of_lines(wanted: &InvoiceDocument, found: &InvoiceDocument) -> Vec<ShadowDifference> {
    let told = |document: &InvoiceDocument| document.lines.iter().all(|line| line.warehouse_id.is_some());
    let by_warehouse = told(wanted) && told(found);
    let goods = |document: &InvoiceDocument| {
        let mut items: BTreeMap<String, (Goods, Money)> = BTreeMap::new();
        for line in &document.lines {
            let (goods, worth) = items.entry(line.item_no.clone()).or_default();
            let warehouse = line.warehouse_id.filter(|_| by_warehouse).map(|id| id.0);
            let units = goods.entry((Money(line.unit_price.0.normalize()), warehouse)).or_default();
            *units = *units + line.quantity;
            *worth = *worth + line.quantity.at(line.unit_price) - line.discount;
        }
        items
    };
    let (wanted, found) = (goods(wanted), goods(found));
    let items: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    items
        .into_iter()
        .filter_map(|item| {
            let nothing = (Goods::new(), Money::ZERO);
            let (wanted, found) = (wanted.get(item).unwrap_or(&nothing), found.get(item).unwrap_or(&nothing));
            let amount = Some(found.1 - wanted.1);
            let words = |goods: &Goods| {
                let word = |((price, warehouse), units): (&(Money, Option<i64>), &Quantity)| match warehouse {
                    Some(warehouse) => format!("{units} × {price} @ {warehouse}"),
                    None => format!("{units} × {price}"),
                };
                goods.iter().map(word).collect::<Vec<_>>().join(" + ")
            };
            // The line's own discount is in its worth alone.
            (wanted != found).then(|| ShadowDifference {
                field: "line",
                item_no: Some(item.clone()),
                expected: words(&wanted.0),
                found: words(&found.0),
                amount,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "shadow_tests.rs"]
mod tests;
