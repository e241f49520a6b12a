//! Undo of voids: enters the invoices and receipts that a run has removed anew, as they were. What Accurate counts by itself (their ids) is
//! new; numbers, days, lines and amounts are the old ones. A number that somebody has used since is theirs.

use super::invoices::{Invoices, ROWS, adopt};
use super::receipts::{self, Receipts};
use super::removal::unmarked;
use super::undo::{self, Verdict, Written, operation};
use super::{Executor, Found, Ports, Whose, chunks, field, voids};
use crate::documents::{self, invoice_fields, receipt_fields};
use crate::ports::{PortError, RowOutcome};
use crate::sales::Company;
use async_trait::async_trait;
use jiff::civil::Date;
use selaras_domain::accurate::Customer;
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side};
use selaras_domain::run::Difference;
use std::collections::{BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "undo-voids";

/// What the planner needs.
pub struct UndoVoidsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// What the run has removed.
    pub removed: &'a [Written],
    /// The sales invoices in Accurate of the numbers that [`numbers`] tells, by number.
    pub invoices: &'a HashMap<String, InvoiceDocument>,
    /// Receipts likewise.
    pub receipts: &'a HashMap<String, ReceiptDocument>,
}

/// The numbers of documents that a plan is about: each is looked for in Accurate before it is made.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Of invoices: those that were removed, and those that removed receipts paid.
    pub invoices: BTreeSet<String>,
    /// Of receipts that were removed.
    pub receipts: BTreeSet<String>,
}

/// The numbers of what a run has removed.
#[must_use]
pub fn numbers(removed: &[Written]) -> Numbers {
    let mut numbers = Numbers::default();
    for row in removed {
        let fields = &row.operation.before;
        let number = field(fields, "number").to_owned();
        if of_receipt(&row.operation.key) {
            numbers.receipts.insert(number);
            numbers.invoices.extend(paid(fields).map(str::to_owned));
        } else {
            numbers.invoices.insert(number);
        }
    }
    numbers
}

/// Whether an operation is about a receipt: one of voids, or the one that takes it back.
#[must_use]
pub fn of_receipt(key: &OperationKey) -> bool {
    let removal = OperationKey(key.0.strip_prefix(undo::KEY_PREFIX).unwrap_or(&key.0).to_owned());
    voids::takes_back(&removal).is_some_and(|(kind, _)| kind == receipts::KIND)
}

/// The invoices that a receipt pays, by number.
fn paid(receipt: &Fields) -> impl Iterator<Item = &str> {
    let numbers = receipt.iter().filter(|(name, _)| name.starts_with("invoice.") && name.ends_with(".no"));
    numbers.map(|(_, number)| number.as_str())
}

/// Plans the return of every document that the run removed.
#[must_use]
pub fn plan(input: &UndoVoidsInput<'_>) -> Vec<Operation> {
    let mut operations: Vec<Operation> =
        input.removed.iter().map(|row| operation(row, Side::Accurate, || verdict(input, row))).collect();
    // The invoices that are there when the receipts are sent; another one under the number of one of ours is none of them.
    let mut there: BTreeSet<String> = input.invoices.keys().cloned().collect();
    for invoice in operations.iter().filter(|operation| !of_receipt(&operation.key)) {
        let number = field(&invoice.after, "number");
        match invoice.action {
            Action::Create => there.insert(number.to_owned()),
            Action::Blocked => there.remove(number),
            _ => continue,
        };
    }
    let receipts = operations.iter_mut().filter(|operation| of_receipt(&operation.key));
    for receipt in receipts.filter(|receipt| receipt.action == Action::Create) {
        let missing = paid(&receipt.after).find(|number| !there.contains(*number));
        if let Some(reason) = missing.map(|number| Reason::new("payout_waits_for_invoice").with("order", number)) {
            (receipt.action, receipt.reason) = (Action::Blocked, reason);
        }
    }
    operations
}

fn verdict(input: &UndoVoidsInput<'_>, row: &Written) -> Verdict {
    let mut after = unmarked(&row.operation.before);
    let number = field(&after, "number").to_owned();
    let there = if of_receipt(&row.operation.key) {
        input.receipts.get(&number).map(receipt_fields)
    } else {
        input.invoices.get(&number).map(invoice_fields)
    };
    if let Some(before) = there {
        let (action, reason) = match adopt(&row.operation.key, &after, before.clone(), &number) {
            (Action::Same, _) => (Action::Same, Reason::new("undo_back_already")),
            taken => taken,
        };
        return Verdict { action, before, after, reason };
    }
    let (action, reason) = match can_return(input.company, row, &after) {
        Ok(customer) => {
            // A document names its customer by number; the one that is meant may have been given another.
            after.insert("customer_no".to_owned(), customer.no.clone());
            (Action::Create, Reason::new("undo_removed_by_run"))
        }
        Err(reason) => (Action::Blocked, reason),
    };
    Verdict { action, before: Fields::new(), after, reason }
}

/// The customer of a document that can be entered anew as it was: its day is open, its customer is there, and nothing is lost of it.
fn can_return<'a>(company: &Company<'a>, row: &Written, document: &Fields) -> Result<&'a Customer, Reason> {
    let unreadable = || Reason::new("undo_not_readable");
    let day: Date = field(document, "date").parse().map_err(|_| unreadable())?;
    company.open_on(day)?;
    if !of_receipt(&row.operation.key) {
        let invoice = documents::invoice(&row.operation).map_err(|_| unreadable())?;
        if !made_of_lines(&invoice) {
            return Err(Reason::new("undo_not_as_it_was").with("number", invoice.number));
        }
    }
    let own = |customer: &&Customer| match document.get("customer_id") {
        Some(id) => customer.id.to_string() == *id,
        None => customer.no == field(document, "customer_no"),
    };
    match company.customers.iter().find(own) {
        None => Err(Reason::new("customer_gone").with("store", field(document, "store_name"))),
        Some(customer) if customer.suspended => Err(Reason::new("customer_inactive").with("customer", &customer.name)),
        Some(customer) => Ok(customer),
    }
}

/// Whether an invoice is worth what its lines and its discount make. Discounts of a line and other costs, which a person has entered, are
/// not sent; tax on top is added by Accurate.
fn made_of_lines(invoice: &InvoiceDocument) -> bool {
    let goods: Money = invoice.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    let on_top = invoice.taxable && !invoice.tax_inclusive;
    invoice.lines.iter().all(|line| line.discount.is_zero())
        && (on_top || invoice.total.is_none_or(|total| total == goods - invoice.cash_discount))
}

/// Σ of the invoices that come back.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Create, "total")
}

/// Posts a hundred documents a call, invoices before the receipts that pay them, and reads both back by their numbers, as [`Invoices`] and
/// [`Receipts`] do.
#[derive(Default)]
pub struct UndoVoids {
    invoices: Invoices,
    receipts: Receipts,
}

#[async_trait]
impl Executor for UndoVoids {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, ROWS)
    }

    fn phase(&self, operation: &Operation) -> u8 {
        u8::from(of_receipt(&operation.key))
    }

    fn parallel(&self) -> usize {
        self.invoices.parallel()
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn writes_books(&self) -> bool {
        true
    }

    fn tells(&self, _whose: Whose, difference: &Difference) -> bool {
        documents::is_essential(&difference.field)
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        // A batch is of one phase.
        match batch.iter().all(|operation| of_receipt(&operation.key)) {
            true => self.receipts.send(ports, batch).await,
            false => self.invoices.send(ports, batch).await,
        }
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let (receipts, invoices): (Vec<&Operation>, Vec<&Operation>) =
            operations.iter().partition(|operation| of_receipt(&operation.key));
        let mut receipts = self.receipts.read_back(ports, &receipts).await?.into_iter();
        let mut invoices = self.invoices.read_back(ports, &invoices).await?.into_iter();
        let mut next = |operation: &&Operation| match of_receipt(&operation.key) {
            true => receipts.next(),
            false => invoices.next(),
        };
        Ok(operations.iter().map(|operation| next(operation).unwrap_or(Found::Missing)).collect())
    }

    fn promised(&self, operation: &Operation) -> Fields {
        match of_receipt(&operation.key) {
            true => self.receipts.promised(operation),
            false => self.invoices.promised(operation),
        }
    }
}

#[cfg(test)]
#[path = "undo_voids_tests.rs"]
mod tests;
