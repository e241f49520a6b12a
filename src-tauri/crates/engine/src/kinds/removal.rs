//! Removes documents of a sale, in the order in which Accurate lets them go: receipts and returns before their invoices, customers last
//! (forstok-accounting-flow.md §6.4, seen). Voids and undos plan what is removed; one executor does it.
//!
//! Each document is read once more before it is deleted. What somebody has changed meanwhile is theirs and stays.

use super::{Executor, Found, Ports, chunks, customers, field, parsed};
use crate::documents::{comparable, fields_of, invoice_fields, receipt_fields, return_fields};
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument, ReturnDocument};
use selaras_domain::ids::{CustomerId, SalesInvoiceId, SalesReceiptId, SalesReturnId};
use selaras_domain::plan::{Fields, Operation};
use selaras_domain::unread::Listed;

/// Calls at once; the client's limiter holds the speed.
const PARALLEL: usize = 8;

/// What is removed; the field `document` of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Receipt,
    Return,
    Invoice,
    Customer,
}

impl Document {
    const ALL: [Self; 4] = [Self::Receipt, Self::Return, Self::Invoice, Self::Customer];

    fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Return => "return",
            Self::Invoice => "invoice",
            Self::Customer => "customer",
        }
    }

    fn of(operation: &Operation) -> Result<Self, PortError> {
        let name = field(&operation.before, "document");
        Self::ALL
            .into_iter()
            .find(|document| document.name() == name)
            .ok_or_else(|| PortError::storage(format!("operation {} names no document", operation.key)))
    }
}

fn marked(document: Document, id: Option<i64>, mut fields: Fields) -> Fields {
    let name = document.name();
    fields.insert("document".to_owned(), name.to_owned());
    if let Some(id) = id {
        fields.insert(format!("{name}_id"), id.to_string());
    }
    fields
}

/// A document that was removed, as it is entered anew: without what only its removal asks for.
pub(crate) fn unmarked(removed: &Fields) -> Fields {
    let id = format!("{}_id", field(removed, "document"));
    let mut fields = removed.clone();
    fields.retain(|name, _| *name != id && !matches!(name.as_str(), "document" | "receipts" | "returned"));
    fields
}

/// An invoice as it is removed, with what rests on it: nothing may, when it goes.
pub(crate) fn of_invoice(document: &InvoiceDocument) -> Fields {
    let mut fields = invoice_fields(document);
    fields.insert("receipts".to_owned(), document.receipts.join(", "));
    fields.insert("returned".to_owned(), document.returned.unwrap_or_default().text());
    marked(Document::Invoice, document.id.map(|id| id.0), fields)
}

/// A receipt as it is removed.
pub(crate) fn of_receipt(document: &ReceiptDocument) -> Fields {
    marked(Document::Receipt, document.id.map(|id| id.0), receipt_fields(document))
}

/// A return as it is removed.
pub(crate) fn of_return(document: &ReturnDocument) -> Fields {
    marked(Document::Return, document.id.map(|id| id.0), return_fields(document))
}

/// A customer as it is removed.
pub(crate) fn of_customer(customer: &selaras_domain::accurate::Customer) -> Fields {
    marked(Document::Customer, Some(customer.id.0), customers::fields(customer))
}

/// Deletes one document a call, by id, and reads it back by id.
pub struct Removal;

#[async_trait]
impl Executor for Removal {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, 1)
    }

    fn phase(&self, operation: &Operation) -> u8 {
        match Document::of(operation) {
            Ok(Document::Invoice) => 1,
            Ok(Document::Customer) => 2,
            _ => 0,
        }
    }

    fn parallel(&self) -> usize {
        PARALLEL
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn guarded(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        true
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for operation in batch {
            outcomes.push(match Document::of(operation)? {
                Document::Receipt => ports.books.delete_receipt(parsed(operation, "receipt_id")?).await?,
                Document::Return => ports.books.delete_return(parsed(operation, "return_id")?).await?,
                Document::Invoice => ports.books.delete_invoice(parsed(operation, "invoice_id")?).await?,
                Document::Customer => ports.books.delete_customer(parsed(operation, "customer_id")?).await?,
            });
        }
        Ok(outcomes)
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let known = match operations.iter().any(|operation| matches!(Document::of(operation), Ok(Document::Customer))) {
            true => ports.books.customers().await?,
            false => Listed::default(),
        };
        // Collected first: a closure that lives across the wait would make this future unfit to move between threads.
        let reads: Vec<_> = operations.iter().map(|operation| found(ports, operation, &known)).collect();
        stream::iter(reads).buffered(PARALLEL).try_collect().await
    }
}

async fn found(
    ports: &Ports,
    operation: &Operation,
    customers: &Listed<selaras_domain::accurate::Customer>,
) -> Result<Found, PortError> {
    match record(ports, operation, customers).await {
        // One record that cannot be read says nothing of the others.
        Err(PortError::Unreadable { .. }) => Ok(Found::NotReadable),
        found => found,
    }
}

async fn record(
    ports: &Ports,
    operation: &Operation,
    customers: &Listed<selaras_domain::accurate::Customer>,
) -> Result<Found, PortError> {
    let (id, fields) = match Document::of(operation)? {
        Document::Receipt => {
            let id: SalesReceiptId = parsed(operation, "receipt_id")?;
            (id.0, ports.books.receipt_by_id(id).await?.as_ref().map(of_receipt))
        }
        Document::Return => {
            let id: SalesReturnId = parsed(operation, "return_id")?;
            (id.0, ports.books.return_by_id(id).await?.as_ref().map(of_return))
        }
        Document::Invoice => {
            let id: SalesInvoiceId = parsed(operation, "invoice_id")?;
            (id.0, ports.books.invoice_by_id(id).await?.as_ref().map(of_invoice))
        }
        Document::Customer => {
            let id: CustomerId = parsed(operation, "customer_id")?;
            (id.0, customers.iter().find(|customer| customer.id == id).map(of_customer))
        }
    };
    Ok(fields.map_or(Found::Missing, |fields| Found::Record {
        id: Some(id),
        fields: comparable(fields_of(operation), fields),
    }))
}
