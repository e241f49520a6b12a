//! Undo of invoices, receipts and returns: deletes the documents that a run has posted, as long as they are as the run wrote them and
//! nothing rests on them. The customers that a run of invoices has made go last, where nobody else uses them.

use super::invoices::is_customer;
use super::removal::{of_customer, of_invoice, of_receipt, of_return};
use super::undo::{Verdict, Written, operation};
use crate::documents::differs;
use crate::parties::{MadeCustomers, tell_customer};
use crate::sales::Company;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument, ReturnDocument};
use selaras_domain::ids::{CustomerId, SalesInvoiceId, SalesReceiptId, SalesReturnId};
use selaras_domain::plan::{Action, Fields, Operation, Reason, Side};
use std::collections::{BTreeSet, HashMap};

/// Name of the kind that takes invoices back.
pub const INVOICES: &str = "undo-invoices";
/// Name of the kind that takes receipts back.
pub const RECEIPTS: &str = "undo-receipts";
/// Name of the kind that takes returns back.
pub const RETURNS: &str = "undo-returns";

/// What the planner needs: the documents of the run as they are now, by id; one that is not there is gone.
pub struct UndoSalesInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// What the run has posted.
    pub posted: &'a [Written],
    /// Invoices, with their receipts and what came back.
    pub invoices: &'a HashMap<SalesInvoiceId, InvoiceDocument>,
    /// Receipts.
    pub receipts: &'a HashMap<SalesReceiptId, ReceiptDocument>,
    /// Returns.
    pub returns: &'a HashMap<SalesReturnId, ReturnDocument>,
    /// The sales invoices in Accurate, as their list shows them: whose customers are used.
    pub existing: &'a [SalesInvoice],
}

/// Plans the removal of every document that the run posted.
#[must_use]
pub fn plan(input: &UndoSalesInput<'_>) -> Vec<Operation> {
    let own: BTreeSet<&str> =
        input.posted.iter().filter_map(|row| row.operation.after.get("number").map(String::as_str)).collect();
    let made = made(input);
    let mut operations: Vec<Operation> =
        input.posted.iter().map(|row| operation(row, Side::Accurate, || verdict(input, &own, &made, row))).collect();
    // A customer whose invoice stays, stays. An answer may tell it by its number only, which is the one of now on both.
    let names = |operation: &Operation| {
        ["customer_id", "customer_no"].map(|name| operation.before.get(name).map(|value| (name, value.clone())))
    };
    let blocked = operations.iter().filter(|operation| operation.action == Action::Blocked);
    let used: BTreeSet<(&str, String)> = blocked.flat_map(names).flatten().collect();
    for operation in operations.iter_mut().filter(|operation| operation.action == Action::Remove) {
        let customer = operation.before.get("document").is_some_and(|document| document == "customer");
        if customer && names(operation).into_iter().flatten().any(|name| used.contains(&name)) {
            operation.action = Action::Blocked;
            operation.reason = Reason::new("undo_customer_used");
        }
    }
    operations
}

/// The customers that were made for stores, by this run too.
fn made(input: &UndoSalesInput<'_>) -> MadeCustomers {
    let customers = input.posted.iter().filter(|row| is_customer(&row.operation));
    let own = customers.filter_map(|row| Some((row.operation.key.clone(), CustomerId(row.record?))));
    input.company.made.clone().into_iter().chain(own).collect()
}

fn verdict(input: &UndoSalesInput<'_>, own: &BTreeSet<&str>, made: &MadeCustomers, row: &Written) -> Verdict {
    let Some(id) = row.record else {
        return Verdict::blocked(Fields::new(), Reason::new("undo_not_readable"));
    };
    let kind = row.operation.key.0.split(':').next().unwrap_or_default();
    if is_customer(&row.operation) {
        return customer(input, own, row, CustomerId(id));
    }
    match kind {
        "invoice" => match input.invoices.get(&SalesInvoiceId(id)) {
            None => Verdict::gone(),
            Some(document) => {
                let held = if let Some(receipt) = document.receipts.first() {
                    Some(Reason::new("undo_has_receipt").with("receipt", receipt))
                } else {
                    document.returned.filter(|back| back.is_positive()).map(|_| Reason::new("undo_has_return"))
                };
                unchanged(input, made, row, of_invoice(document), document.date, held)
            }
        },
        "receipt" => match input.receipts.get(&SalesReceiptId(id)) {
            None => Verdict::gone(),
            Some(document) => unchanged(input, made, row, of_receipt(document), document.date, None),
        },
        _ => match input.returns.get(&SalesReturnId(id)) {
            None => Verdict::gone(),
            Some(document) => unchanged(input, made, row, of_return(document), document.date, None),
        },
    }
}

/// Removes a document that is as the run wrote it, in an open period, with nothing that rests on it.
fn unchanged(
    input: &UndoSalesInput<'_>,
    made: &MadeCustomers,
    row: &Written,
    mut before: Fields,
    date: jiff::civil::Date,
    held: Option<Reason>,
) -> Verdict {
    for name in ["order_id", "store_id", "store_name", "channel", "reference"] {
        if let Some(value) = row.operation.after.get(name) {
            before.insert(name.to_owned(), value.clone());
        }
    }
    let mut sent = row.operation.after.clone();
    tell_customer(&mut sent, made);
    let changed = differs(&row.operation.key, &sent, before.clone()).map(|difference| {
        Reason::new("undo_changed")
            .with("field", difference.field)
            .with("expected", difference.expected)
            .with("found", difference.found.unwrap_or_default())
    });
    match changed.or(held).or_else(|| input.company.open_on(date).err()) {
        Some(reason) => Verdict::blocked(before, reason),
        None => {
            Verdict { action: Action::Remove, before, after: Fields::new(), reason: Reason::new("undo_made_by_run") }
        }
    }
}

fn customer(input: &UndoSalesInput<'_>, own: &BTreeSet<&str>, row: &Written, id: CustomerId) -> Verdict {
    let Some(customer) = input.company.customers.iter().find(|customer| customer.id == id) else {
        return Verdict::gone();
    };
    let mut before = of_customer(customer);
    if let Some(name) = row.operation.after.get("store_name") {
        before.insert("store_name".to_owned(), name.clone());
    }
    let used =
        input.existing.iter().any(|invoice| invoice.customer == Some(id) && !own.contains(invoice.number.as_str()));
    if used {
        return Verdict::blocked(before, Reason::new("undo_customer_used"));
    }
    Verdict { action: Action::Remove, before, after: Fields::new(), reason: Reason::new("undo_made_by_run") }
}

/// Σ of what would be taken back, in the field of its kind.
#[must_use]
pub fn total(kind: &str, operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Remove, if kind == RECEIPTS { "received" } else { "total" })
}

#[cfg(test)]
#[path = "undo_sales_tests.rs"]
mod tests;
