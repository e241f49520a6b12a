//! Cancelled orders and voided invoices of Forstok → their documents in Accurate removed (forstok-accounting-flow.md §6.4): the receipt
//! first, then the invoice. Only what Selaras has posted, and as it posted it; anything else is shown, and a person decides. So it is of an
//! order that was paid: its receipt says that money came, and only a person knows whether it went back.

use super::removal::{of_invoice, of_receipt};
use super::{invoices, receipts};
use crate::documents::differs;
use crate::orders::Invoiced;
use crate::parties::{MadeCustomers, tell_customer};
use crate::sales::{Company, name_of};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::decision::RowChoice;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument};
use selaras_domain::ids::OrderId;
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, OrderStatus};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "voids";

const INVOICE: &str = "void-invoice:";
const RECEIPT: &str = "void-receipt:";

/// What the planner needs.
pub struct VoidsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// The orders that were read.
    pub orders: &'a [Order],
    /// Forstok's own invoices by order.
    pub shop_invoices: &'a HashMap<OrderId, OrderInvoice>,
    /// The sales invoices in Accurate, as their list shows them.
    pub existing: &'a [SalesInvoice],
    /// Those of cancelled orders, whole, with their receipts and what came back, by number.
    pub documents: &'a HashMap<String, InvoiceDocument>,
    /// Their receipts, by number.
    pub receipts: &'a HashMap<String, ReceiptDocument>,
    /// Invoices that were posted and not taken back, by key.
    pub posted_invoices: &'a BTreeMap<OperationKey, Fields>,
    /// Receipts that were posted and not taken back, by key.
    pub posted_receipts: &'a BTreeMap<OperationKey, Fields>,
    /// Invoices that a person has linked to orders, by order.
    pub linked: &'a BTreeMap<OrderId, String>,
    /// Only these orders, by number or id; empty: all.
    pub only: &'a [String],
}

/// The key of the removal of an order's invoice.
#[must_use]
pub fn key(order: OrderId) -> OperationKey {
    OperationKey(format!("{INVOICE}{order}"))
}

fn receipt_key(number: &str) -> OperationKey {
    OperationKey(format!("{RECEIPT}{number}"))
}

fn posted_receipt(number: &str) -> OperationKey {
    OperationKey(format!("{}{number}", receipts::KEY_PREFIX))
}

/// What a removal of this kind takes back: the kind that posted the document, and the key that it was posted under. `None` for a key
/// that is none of this kind.
#[must_use]
pub fn takes_back(key: &OperationKey) -> Option<(&'static str, OperationKey)> {
    if let Some(order) = key.0.strip_prefix(INVOICE) {
        return Some((invoices::KIND, invoices::key(order.parse().ok()?)));
    }
    key.0.strip_prefix(RECEIPT).map(|number| (receipts::KIND, posted_receipt(number)))
}

/// Whether the documents of an order are to go: it was cancelled, or its invoice was voided in Forstok.
#[must_use]
pub fn void(order: &Order, shop_invoices: &HashMap<OrderId, OrderInvoice>) -> bool {
    order.status == OrderStatus::Cancelled
        || shop_invoices.get(&order.id).is_some_and(|invoice| invoice.status == InvoiceStatus::Voided)
}

/// The invoices in Accurate that a plan is about: each is read whole before it is made.
#[must_use]
pub fn to_read<'a>(
    orders: &[Order],
    shop_invoices: &HashMap<OrderId, OrderInvoice>,
    existing: &'a [SalesInvoice],
    linked: &BTreeMap<OrderId, String>,
) -> Vec<&'a SalesInvoice> {
    let invoiced = Invoiced::of(orders, existing, linked);
    orders.iter().filter(|order| void(order, shop_invoices)).filter_map(|order| invoiced.find(order)).collect()
}

/// Plans the removals, order by order, receipts before invoices.
#[must_use]
pub fn plan(input: &VoidsInput<'_>) -> Vec<Operation> {
    let invoiced = Invoiced::of(input.orders, input.existing, input.linked);
    let mut orders: Vec<&Order> =
        input.orders.iter().filter(|order| void(order, input.shop_invoices) && asked(input.only, order)).collect();
    orders.sort_by_key(|order| (order.ordered_at, order.id));
    orders
        .into_iter()
        .filter_map(|order| Some((order, invoiced.find(order)?)))
        .flat_map(|(order, invoice)| operations(input, order, invoice))
        .collect()
}

/// Whether an order was asked for, by number or id.
pub(super) fn asked(only: &[String], order: &Order) -> bool {
    let words = [order.id.to_string(), format!("SO-{}", order.id), order.number.trim().to_owned()];
    only.is_empty() || only.iter().any(|asked| words.iter().any(|word| word == asked.trim()))
}

fn operations(input: &VoidsInput<'_>, order: &Order, found: &SalesInvoice) -> Vec<Operation> {
    let operation = |key, record: String, action, mut before: Fields, reason| {
        invoices::describe(input.company, order, &mut before);
        let target = Target { side: Side::Accurate, database: input.company.database, record };
        Operation { key, action, target, before, after: Fields::new(), reason, group: String::new() }
    };
    let Some(document) = input.documents.get(&found.number) else {
        let unread = || Reason::new("invoice_not_read").with("number", &found.number);
        let reason = kept(input, order, &[]).unwrap_or_else(unread);
        return vec![operation(key(order.id), name_of(order), Action::Blocked, Fields::new(), reason)];
    };
    let receipts: Vec<(&str, Option<&ReceiptDocument>)> =
        document.receipts.iter().map(|number| (number.as_str(), input.receipts.get(number))).collect();
    let held = held(input, order, document, &receipts);
    let mut operations = Vec::new();
    for (number, receipt) in receipts {
        let before = receipt.map(of_receipt).unwrap_or_default();
        let (action, reason) = match &held {
            Some(reason) => (Action::Blocked, reason.clone()),
            None => (Action::Remove, Reason::new("void_receipt").with("order", name_of(order))),
        };
        operations.push(operation(receipt_key(number), number.to_owned(), action, before, reason));
    }
    let why = if order.status == OrderStatus::Cancelled { "void_cancelled" } else { "void_voided" };
    let (action, reason) = held.map_or((Action::Remove, Reason::new(why)), |reason| (Action::Blocked, reason));
    // When it goes, its receipts have gone before it; one that came since, or stayed, keeps it.
    let before = of_invoice(&InvoiceDocument { receipts: Vec::new(), ..document.clone() });
    operations.push(operation(key(order.id), name_of(order), action, before, reason));
    operations
}

/// Why the documents of an order stay until a person has looked.
fn held(
    input: &VoidsInput<'_>,
    order: &Order,
    document: &InvoiceDocument,
    receipts: &[(&str, Option<&ReceiptDocument>)],
) -> Option<Reason> {
    let numbers: Vec<&str> = receipts.iter().map(|(number, _)| *number).collect();
    if let Some(kept) = kept(input, order, &numbers) {
        return Some(kept);
    }
    let decided = decisions(input, order, &numbers).any(|choice| *choice == RowChoice::Send);
    if document.id.is_none() {
        return Some(Reason::new("undo_not_readable"));
    }
    if let Err(reason) = input.company.open_on(document.date) {
        return Some(reason);
    }
    if document.returned.is_some_and(Money::is_positive) {
        return Some(Reason::new("void_has_return").with("number", &document.number));
    }
    if !decided {
        let Some(posted) = input.posted_invoices.get(&invoices::key(order.id)) else {
            return Some(Reason::new("void_not_ours").with("number", &document.number));
        };
        if let Some(changed) = changed(input.company.made, &document.number, posted, of_invoice(document)) {
            return Some(changed);
        }
    }
    let held = receipts.iter().find_map(|(number, receipt)| held_receipt(input, document, number, *receipt, decided));
    held.or_else(|| of_paid(order, receipts).filter(|_| !decided))
}

/// What people have decided about the documents of an order: they go together or not at all, so that a word about one is about all.
fn decisions<'a>(
    input: &'a VoidsInput<'_>,
    order: &Order,
    receipts: &'a [&str],
) -> impl Iterator<Item = &'a RowChoice> + use<'a> {
    let keys = std::iter::once(key(order.id)).chain(receipts.iter().map(|number| receipt_key(number)));
    keys.filter_map(|key| input.company.decision(&key))
}

/// Whether a person has said that the documents of an order stay; of two who say otherwise, the one who keeps is followed.
fn kept(input: &VoidsInput<'_>, order: &Order, receipts: &[&str]) -> Option<Reason> {
    let keeps = |choice: &RowChoice| matches!(choice, RowChoice::Never | RowChoice::Entered { .. });
    decisions(input, order, receipts).any(keeps).then(|| Reason::new("skipped_by_person"))
}

/// The receipts of an order that was paid: with them it would be said that the money never came.
fn of_paid(order: &Order, receipts: &[(&str, Option<&ReceiptDocument>)]) -> Option<Reason> {
    let paid: Vec<&ReceiptDocument> = receipts.iter().filter_map(|(_, receipt)| *receipt).collect();
    let last = paid.iter().map(|receipt| receipt.date).max()?;
    let numbers: Vec<&str> = paid.iter().map(|receipt| receipt.number.as_str()).collect();
    let received: Money = paid.iter().map(|receipt| receipt.received).sum();
    let reason = Reason::new("void_of_paid").with("order", name_of(order)).with("receipt", numbers.join(", "));
    Some(reason.with("received", received).with("date", last))
}

fn held_receipt(
    input: &VoidsInput<'_>,
    document: &InvoiceDocument,
    number: &str,
    receipt: Option<&ReceiptDocument>,
    decided: bool,
) -> Option<Reason> {
    let Some(receipt) = receipt.filter(|receipt| receipt.id.is_some()) else {
        return Some(Reason::new("void_receipt_not_read").with("receipt", number));
    };
    let others: BTreeSet<&str> = receipt
        .payments
        .iter()
        .map(|payment| payment.invoice_no.as_str())
        .filter(|invoice| *invoice != document.number)
        .collect();
    if !others.is_empty() {
        let others: Vec<&str> = others.into_iter().collect();
        let reason = Reason::new("void_receipt_of_several").with("receipt", number);
        return Some(reason.with("invoices", others.join(", ")));
    }
    if let Err(reason) = input.company.open_on(receipt.date) {
        return Some(reason);
    }
    if decided {
        return None;
    }
    match input.posted_receipts.get(&posted_receipt(number)) {
        None => Some(Reason::new("void_receipt_not_ours").with("receipt", number)),
        Some(posted) => changed(input.company.made, number, posted, of_receipt(receipt)),
    }
}

/// The first thing that a document says otherwise than Selaras posted it: somebody's work, which is shown and stays.
pub(super) fn changed(made: &MadeCustomers, number: &str, posted: &Fields, now: Fields) -> Option<Reason> {
    let mut posted = posted.clone();
    tell_customer(&mut posted, made);
    let difference = differs(&OperationKey(String::new()), &posted, now)?;
    Some(
        Reason::new("document_changed")
            .with("number", number)
            .with("field", difference.field)
            .with("expected", difference.expected)
            .with("found", difference.found.unwrap_or_default()),
    )
}

/// Σ of the invoices that would be removed.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Remove, "total")
}

#[cfg(test)]
#[path = "voids_tests.rs"]
mod tests;
