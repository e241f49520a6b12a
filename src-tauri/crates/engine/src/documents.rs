//! Documents of a sale as the flat fields of an operation, and back: what a plan stores, hashes, shows, sends and compares.
//!
//! A line is `line.001.item_no`, an invoice that a receipt pays `invoice.001.no`; three digits, so that text order is the document's
//! order. Lines are put in one order here (code, price, quantity), so that a document that was read compares with one that was sent.
//! What is found is reduced to what cannot differ for a harmless reason: a renamed warehouse or customer is the same by its id.

use crate::kinds::{Found, field, parsed};
use crate::ports::PortError;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::documents::{
    DocumentLine, InvoiceDocument, NewCustomer, ReceiptDiscount, ReceiptDocument, ReceiptPayment, ReturnDocument,
};
use selaras_domain::mapping::Role;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey};
use selaras_domain::run::{Difference, compare};
use selaras_domain::unread::Listed;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

/// The longest text of a line that clients keep (accurate-online-api.md §8, seen).
pub const LONGEST_NAME: usize = 230;

/// The most lines of one document whose place has three digits.
pub const MOST_LINES: usize = 999;

pub(crate) fn put(fields: &mut Fields, name: &str, value: impl Display) {
    fields.insert(name.to_owned(), value.to_string());
}

fn put_some(fields: &mut Fields, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        put(fields, name, value);
    }
}

/// Fields of the record that an operation is about: for a removal those before it, else those after it.
pub(crate) fn fields_of(operation: &Operation) -> &Fields {
    if operation.action == Action::Remove { &operation.before } else { &operation.after }
}

fn optional<T: std::str::FromStr>(operation: &Operation, name: &str) -> Result<Option<T>, PortError> {
    if fields_of(operation).contains_key(name) { parsed(operation, name).map(Some) } else { Ok(None) }
}

fn text(operation: &Operation, name: &str) -> String {
    field(fields_of(operation), name).to_owned()
}

/// The names of a group of fields below a number: `line.001.` of all that begin with `line.`.
fn places(fields: &Fields, group: &str) -> Vec<String> {
    let prefix = format!("{group}.");
    let mut places: Vec<String> = fields
        .keys()
        .filter_map(|name| name.strip_prefix(&prefix)?.split_once('.').map(|(number, _)| format!("{prefix}{number}.")))
        .collect();
    places.dedup();
    places
}

/// Where each line of a document stands among its fields: the places of the list that is given, in their order there.
pub(crate) fn line_order(lines: &[DocumentLine]) -> Vec<usize> {
    let place =
        |at: &usize| lines.get(*at).map(|line| (&line.item_no, line.unit_price, line.quantity, line.warehouse_id));
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|one, other| place(one).cmp(&place(other)));
    order
}

fn put_lines(fields: &mut Fields, lines: &[DocumentLine]) {
    put(fields, "lines", lines.len());
    for (number, line) in (1..).zip(line_order(lines).into_iter().filter_map(|at| lines.get(at))) {
        let mut put = |name: &str, value: String| fields.insert(format!("line.{number:03}.{name}"), value);
        put("item_no", line.item_no.clone());
        if let Some(item) = line.item {
            put("item_id", item.to_string());
        }
        put("quantity", line.quantity.text());
        put("unit_price", line.unit_price.text());
        put("taxed", line.taxed.to_string());
        if !line.discount.is_zero() {
            put("discount", line.discount.text());
        }
        if let Some(id) = line.warehouse_id {
            put("warehouse_id", id.to_string());
        }
        if !line.warehouse.is_empty() {
            put("warehouse_name", line.warehouse.clone());
        }
        if !line.name.is_empty() {
            put("name", line.name.clone());
        }
        if !line.note.is_empty() {
            put("note", line.note.clone());
        }
    }
}

fn lines(operation: &Operation) -> Result<Vec<DocumentLine>, PortError> {
    places(fields_of(operation), "line")
        .iter()
        .map(|place| {
            let name = |name: &str| format!("{place}{name}");
            Ok(DocumentLine {
                item_no: text(operation, &name("item_no")),
                item: optional(operation, &name("item_id"))?,
                name: text(operation, &name("name")),
                note: text(operation, &name("note")),
                quantity: Quantity(parsed(operation, &name("quantity"))?),
                unit_price: Money(parsed(operation, &name("unit_price"))?),
                discount: optional(operation, &name("discount"))?.map_or(Money::ZERO, Money),
                warehouse: text(operation, &name("warehouse_name")),
                warehouse_id: optional(operation, &name("warehouse_id"))?,
                taxed: parsed(operation, &name("taxed"))?,
            })
        })
        .collect()
}

/// A text cut to what a line keeps.
#[must_use]
pub fn line_name(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

/// An invoice as fields. Σ is in `total`, what the service will make of it.
#[must_use]
pub fn invoice_fields(document: &InvoiceDocument) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "number", &document.number);
    put(&mut fields, "date", document.date);
    put(&mut fields, "description", document.description.trim());
    put(&mut fields, "customer_no", &document.customer_no);
    put_some(&mut fields, "customer_id", document.customer);
    put_some(&mut fields, "branch_id", document.branch);
    put(&mut fields, "taxable", document.taxable);
    put(&mut fields, "tax_inclusive", document.tax_inclusive);
    put(&mut fields, "cash_discount", document.cash_discount);
    put_some(&mut fields, "to_address", document.to_address.as_deref());
    put_some(&mut fields, "total", document.total);
    put_lines(&mut fields, &document.lines);
    fields
}

/// What a document says when it is read back: what was sent, without what stands beside it for people.
pub(crate) fn promised<D>(
    operation: &Operation,
    document: impl Fn(&Operation) -> Result<D, PortError>,
    fields: impl Fn(&D) -> Fields,
) -> Fields {
    document(operation).map_or_else(|_| operation.after.clone(), |document| fields(&document))
}

/// What stands on the other side of each operation, by the number that its document was to have. `named` tells the number of a document
/// and its id there, `fields` what it says, as an operation would send it.
pub(crate) fn found_by_number<D>(
    operations: &[&Operation],
    documents: &Listed<D>,
    named: impl Fn(&D) -> (&str, Option<i64>),
    fields: impl Fn(&D) -> Fields,
) -> Vec<Found> {
    let by_number: HashMap<&str, &D> = documents.iter().map(|document| (named(document).0, document)).collect();
    operations
        .iter()
        .map(|operation| {
            let number = field(&operation.after, "number");
            by_number.get(number).map_or_else(
                || Found::absent(documents, number),
                |document| Found::Record {
                    id: named(document).1,
                    fields: comparable(&operation.after, fields(document)),
                },
            )
        })
        .collect()
}

/// The invoice that an operation sends or removes.
///
/// # Errors
/// When a stored field cannot be read.
pub fn invoice(operation: &Operation) -> Result<InvoiceDocument, PortError> {
    Ok(InvoiceDocument {
        id: optional(operation, "invoice_id")?,
        number: text(operation, "number"),
        date: parsed(operation, "date")?,
        description: text(operation, "description"),
        customer_no: text(operation, "customer_no"),
        customer: optional(operation, "customer_id")?,
        branch: optional(operation, "branch_id")?,
        taxable: parsed(operation, "taxable")?,
        tax_inclusive: parsed(operation, "tax_inclusive")?,
        cash_discount: Money(parsed(operation, "cash_discount")?),
        to_address: fields_of(operation).get("to_address").cloned(),
        lines: lines(operation)?,
        total: optional(operation, "total")?.map(Money),
        owing: None,
        receipts: Vec::new(),
        returned: None,
    })
}

/// A receipt as fields. Discounts of one account are one; the roles that they are of are put beside them by the planner, for people.
#[must_use]
pub fn receipt_fields(document: &ReceiptDocument) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "number", &document.number);
    put(&mut fields, "date", document.date);
    put(&mut fields, "description", document.description.trim());
    put(&mut fields, "customer_no", &document.customer_no);
    put_some(&mut fields, "customer_id", document.customer);
    put(&mut fields, "bank_no", &document.bank_no);
    put_some(&mut fields, "bank_id", document.bank);
    put_some(&mut fields, "branch_id", document.branch);
    put(&mut fields, "received", document.received);
    put(&mut fields, "invoices", document.payments.len());
    let mut payments: Vec<&ReceiptPayment> = document.payments.iter().collect();
    payments.sort_by(|one, other| (&one.invoice_no, one.amount).cmp(&(&other.invoice_no, other.amount)));
    for (number, payment) in (1..).zip(payments) {
        let place = format!("invoice.{number:03}.");
        put(&mut fields, &format!("{place}no"), &payment.invoice_no);
        put(&mut fields, &format!("{place}amount"), payment.amount);
        let mut by_account: BTreeMap<&str, Money> = BTreeMap::new();
        for discount in &payment.discounts {
            let known = by_account.entry(discount.account_no.as_str()).or_default();
            *known = *known + discount.amount;
        }
        // Their sum, so that a discount on an account that was not planned is seen, too.
        put(&mut fields, &format!("{place}kept"), payment.amount - payment.received());
        for (account, amount) in by_account.into_iter().filter(|(_, amount)| !amount.is_zero()) {
            put(&mut fields, &format!("{place}discount.{account}"), amount);
            let id = payment.discounts.iter().find(|discount| discount.account_no == account);
            put_some(&mut fields, &format!("{place}account_id.{account}"), id.and_then(|discount| discount.account));
        }
    }
    fields
}

/// The field that says, for people, how much a role takes or adds in one invoice of a receipt.
#[must_use]
pub fn role_field(number: usize, role: Role) -> String {
    format!("invoice.{number:03}.role.{}", role.name())
}

/// The receipt that an operation sends or removes.
///
/// # Errors
/// When a stored field cannot be read.
pub fn receipt(operation: &Operation) -> Result<ReceiptDocument, PortError> {
    let fields = fields_of(operation);
    let payments = places(fields, "invoice").into_iter().map(|place| {
        let discounts = fields.keys().filter_map(|name| {
            let account = name.strip_prefix(&place)?.strip_prefix("discount.")?;
            let id = optional(operation, &format!("{place}account_id.{account}"));
            Some(parsed(operation, name).and_then(|amount| {
                Ok(ReceiptDiscount { account_no: account.to_owned(), account: id?, amount: Money(amount) })
            }))
        });
        Ok(ReceiptPayment {
            invoice_no: text(operation, &format!("{place}no")),
            invoice: None,
            amount: Money(parsed(operation, &format!("{place}amount"))?),
            discounts: discounts.collect::<Result<_, PortError>>()?,
        })
    });
    Ok(ReceiptDocument {
        id: optional(operation, "receipt_id")?,
        number: text(operation, "number"),
        date: parsed(operation, "date")?,
        description: text(operation, "description"),
        customer_no: text(operation, "customer_no"),
        customer: optional(operation, "customer_id")?,
        bank_no: text(operation, "bank_no"),
        bank: optional(operation, "bank_id")?,
        branch: optional(operation, "branch_id")?,
        received: Money(parsed(operation, "received")?),
        payments: payments.collect::<Result<_, PortError>>()?,
    })
}

/// A return as fields.
#[must_use]
pub fn return_fields(document: &ReturnDocument) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "number", &document.number);
    put(&mut fields, "date", document.date);
    put(&mut fields, "description", document.description.trim());
    put(&mut fields, "customer_no", &document.customer_no);
    put_some(&mut fields, "customer_id", document.customer);
    put(&mut fields, "invoice_no", &document.invoice_no);
    put_some(&mut fields, "branch_id", document.branch);
    put(&mut fields, "taxable", document.taxable);
    put(&mut fields, "tax_inclusive", document.tax_inclusive);
    put(&mut fields, "cash_discount", document.cash_discount);
    put_some(&mut fields, "total", document.total);
    put_lines(&mut fields, &document.lines);
    fields
}

/// The return that an operation sends or removes.
///
/// # Errors
/// When a stored field cannot be read.
pub fn returned(operation: &Operation) -> Result<ReturnDocument, PortError> {
    Ok(ReturnDocument {
        id: optional(operation, "return_id")?,
        number: text(operation, "number"),
        date: parsed(operation, "date")?,
        description: text(operation, "description"),
        customer_no: text(operation, "customer_no"),
        customer: optional(operation, "customer_id")?,
        invoice_no: text(operation, "invoice_no"),
        branch: optional(operation, "branch_id")?,
        taxable: parsed(operation, "taxable")?,
        tax_inclusive: parsed(operation, "tax_inclusive")?,
        lines: lines(operation)?,
        cash_discount: Money(parsed(operation, "cash_discount")?),
        total: optional(operation, "total")?.map(Money),
    })
}

/// The customer that an operation makes.
///
/// # Errors
/// When a stored field cannot be read.
pub fn customer(operation: &Operation) -> Result<NewCustomer, PortError> {
    Ok(NewCustomer {
        no: text(operation, "customer_no"),
        name: text(operation, "customer_name"),
        date: parsed(operation, "date")?,
        branch: optional(operation, "branch_id")?,
    })
}

/// Whether what a field says by a number or a name is said by id on both sides, so that the word may be another by now.
pub(crate) fn told_by_id(name: &str, sent: &Fields, found: &Fields) -> bool {
    let (place, word) = name.rsplit_once('.').map_or(("", name), |(place, word)| (place, word));
    let id = match word {
        "customer_no" | "customer_name" => "customer_id",
        "bank_no" => "bank_id",
        "account_no" => "account_id",
        "warehouse_name" => "warehouse_id",
        "item_no" => "item_id",
        _ => return false,
    };
    let id = if place.is_empty() { id.to_owned() } else { format!("{place}.{id}") };
    sent.contains_key(&id) && found.contains_key(&id)
}

/// What was found, as it is compared with what was sent: line beside line, and without the names of what both know by id.
#[must_use]
pub fn comparable(sent: &Fields, mut found: Fields) -> Fields {
    align_lines(sent, &mut found);
    let words: Vec<String> = found.keys().filter(|name| told_by_id(name, sent, &found)).cloned().collect();
    for word in words {
        found.remove(&word);
    }
    renumbered_accounts(sent, &mut found);
    // A discount that was sent and is not there any more is one of nothing, not one that was not read.
    for name in sent.keys().filter(|name| name.ends_with(".discount") || name.contains(".discount.")) {
        found.entry(name.clone()).or_insert_with(|| "0".to_owned());
    }
    found
}

/// Puts the lines that were found in the order of those that were sent. Lines stand in the order of their codes, and a code may be another
/// by now: who is who is told by the items' ids, where both sides know them.
fn align_lines(sent: &Fields, found: &mut Fields) {
    let lines_of = |fields: &Fields| -> Vec<Fields> {
        let line = |place: &String| {
            let own = fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(place)?, value)));
            own.map(|(name, value)| (name.to_owned(), value.clone())).collect()
        };
        places(fields, "line").iter().map(line).collect()
    };
    let (wanted, mut there) = (lines_of(sent), lines_of(found));
    let known = |lines: &[Fields]| !lines.is_empty() && lines.iter().all(|line| line.contains_key("item_id"));
    if !known(&wanted) || !known(&there) {
        return;
    }
    let mut places: Vec<Option<Fields>> = vec![None; wanted.len()];
    let alike: [&[&str]; 4] =
        [&["item_id", "quantity", "unit_price", "warehouse_id"], &["item_id", "unit_price"], &["item_id"], &[]];
    for names in alike {
        for (place, wanted) in places.iter_mut().zip(&wanted).filter(|(place, _)| place.is_none()) {
            let same = |line: &Fields| names.iter().all(|name| line.get(*name) == wanted.get(*name));
            *place = there.iter().position(same).map(|at| there.remove(at));
        }
    }
    found.retain(|name, _| !name.starts_with("line."));
    for (number, line) in (1..).zip(places.into_iter().flatten().chain(there)) {
        found.extend(line.into_iter().map(|(name, value)| (format!("line.{number:03}.{name}"), value)));
    }
}

/// A discount on an account that bears another number by now is the one that was sent: the id says so.
fn renumbered_accounts(sent: &Fields, found: &mut Fields) {
    const ID: &str = ".account_id.";
    let known: HashMap<(&str, &str), &str> = sent
        .iter()
        .filter_map(|(name, id)| name.split_once(ID).map(|(place, number)| ((place, id.as_str()), number)))
        .collect();
    let renumbered: Vec<(String, String, String)> = found
        .iter()
        .filter_map(|(name, id)| {
            let (place, number) = name.split_once(ID)?;
            let was = known.get(&(place, id.as_str())).filter(|was| **was != number)?;
            Some((place.to_owned(), number.to_owned(), (*was).to_owned()))
        })
        .collect();
    // All are taken out before one is put back: two accounts may have swapped their numbers.
    let mut moved = Vec::with_capacity(2 * renumbered.len());
    for (place, number, was) in &renumbered {
        for part in [".discount.", ID] {
            let value = found.remove(&format!("{place}{part}{number}"));
            moved.extend(value.map(|value| (format!("{place}{part}{was}"), value)));
        }
    }
    found.extend(moved);
}

/// Whether a field says what a document is: whose, of which day, of what and how much. The words beside it, and how a company keeps its
/// taxes and branches, are told when they read otherwise, and make it no other document.
#[must_use]
pub fn is_essential(field: &str) -> bool {
    let beside = ["number", "description", "to_address", "taxable", "tax_inclusive", "branch_id"];
    !beside.contains(&field) && !field.ends_with(".name") && !field.ends_with(".note") && !field.ends_with(".taxed")
}

/// The first field that a record says otherwise than what was sent, or would be.
#[must_use]
pub fn differs(key: &OperationKey, sent: &Fields, found: Fields) -> Option<Difference> {
    compare(key, sent, &comparable(sent, found)).into_iter().next()
}
