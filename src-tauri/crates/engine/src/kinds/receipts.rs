//! Payouts of marketplaces → sales receipts of Accurate (forstok-accounting-flow.md §6.3): what arrived in the bank, with what the
//! marketplace kept and added as discounts on the accounts of the six roles. The equation that Accurate demands is checked before
//! anything is sent; a payout whose invoice is not there waits for it.

use super::{Executor, Found, Ports, chunks};
use crate::documents::{self, found_by_number, receipt_fields, role_field};
use crate::orders::Invoiced;
use crate::ports::{PortError, RowOutcome};
use crate::sales::{Company, name_of};
use async_trait::async_trait;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReceiptDiscount, ReceiptDocument, ReceiptPayment};
use selaras_domain::ids::{OrderId, StoreId};
use selaras_domain::mapping::Role;
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, Payment, business_day};
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target, sha256_hex};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "receipts";

/// What the key of a receipt begins with; its number follows.
pub(crate) const KEY_PREFIX: &str = "receipt:";

/// What the planner needs.
pub struct ReceiptsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// What was paid out.
    pub payments: &'a [Payment],
    /// The orders that were read.
    pub orders: &'a [Order],
    /// The sales invoices in Accurate, as their list shows them.
    pub existing: &'a [SalesInvoice],
    /// Those of them that are paid out, with what is owed on each where that was told, by number.
    pub documents: &'a HashMap<String, InvoiceDocument>,
    /// Receipts in Accurate that already pay one of these invoices, by invoice number: numbers of the receipts.
    pub paid_by: &'a HashMap<String, Vec<String>>,
    /// Receipts in Accurate, by number.
    pub receipts: &'a HashMap<String, ReceiptDocument>,
    /// What was posted and not taken back, by key.
    pub posted: &'a BTreeMap<OperationKey, Fields>,
    /// Invoices that a person has linked to orders, by order.
    pub linked: &'a BTreeMap<OrderId, String>,
    /// Only payouts of these orders, by number or id; empty: all.
    pub only: &'a [String],
}

/// One receipt's share of a payout: the invoices of one store. A receipt is of one customer.
struct Part<'a> {
    payment: &'a Payment,
    store: Option<StoreId>,
    invoices: Vec<(&'a OrderInvoice, Option<&'a Order>)>,
}

impl Part<'_> {
    /// What the document is called: made from what was paid, so that the same payout is always found again. Forstok's reference is not
    /// known to be unique or short (forstok-api.md §7.3), so it goes into the description.
    fn number(&self) -> String {
        let mut ids: Vec<String> = self.invoices.iter().map(|(invoice, _)| invoice.id.to_string()).collect();
        ids.sort_unstable();
        let total: Money = self.invoices.iter().map(|(invoice, _)| invoice.total).sum();
        let content = format!("{}|{}|{}|{}", self.payment.reference, self.payment.paid_at, total, ids.join(","));
        format!("SLP-{}", sha256_hex(content.as_bytes()).get(..12).unwrap_or_default().to_uppercase())
    }

    fn key(&self) -> OperationKey {
        OperationKey(format!("{KEY_PREFIX}{}", self.number()))
    }

    fn record(&self) -> String {
        let reference = self.payment.reference.trim();
        if reference.is_empty() { self.number() } else { reference.to_owned() }
    }

    fn total(&self) -> Money {
        self.invoices.iter().map(|(invoice, _)| invoice.total).sum()
    }
}

/// A receipt with what each role takes or adds in each of its invoices, for people.
struct Planned {
    document: ReceiptDocument,
    kept: Vec<Kept>,
}

/// What each role takes or adds in one invoice.
struct Kept {
    invoice_no: String,
    amounts: Vec<(Role, Money)>,
    order: OrderId,
}

/// Plans the receipts, the oldest payout first.
#[must_use]
pub fn plan(input: &ReceiptsInput<'_>) -> Vec<Operation> {
    let by_id: HashMap<OrderId, &Order> = input.orders.iter().map(|order| (order.id, order)).collect();
    let invoiced = Invoiced::of(input.orders, input.existing, input.linked);
    let mut payments: Vec<&Payment> = input.payments.iter().collect();
    payments.sort_by(|one, other| (one.paid_at, &one.reference).cmp(&(other.paid_at, &other.reference)));
    let mut paid_before: BTreeSet<OrderId> = BTreeSet::new();
    let mut operations = Vec::new();
    for payment in payments {
        let whole = whole(payment, &by_id);
        for part in parts(payment, &by_id) {
            if !asked(input, &part) {
                continue;
            }
            // An order that an earlier payout has paid: paid twice, or told twice.
            let twice = part.invoices.iter().find(|(invoice, _)| !paid_before.insert(invoice.order));
            let twice = twice.map(|(invoice, order)| {
                let number = order.map_or_else(|| invoice.order.to_string(), name_of);
                Reason::new("payout_twice").with("order", number)
            });
            operations.push(operation(input, &invoiced, &part, whole.clone().and(twice.map_or(Ok(()), Err))));
        }
    }
    operations
}

/// Whether a payout is the sum of its invoices, and all of their orders are known: one that is not may be of any store, and a receipt that
/// was posted without it could not take it in later.
fn whole(payment: &Payment, orders: &HashMap<OrderId, &Order>) -> Result<(), Reason> {
    let sum: Money = payment.invoices.iter().map(|invoice| invoice.total).sum();
    if payment.invoices.is_empty() {
        return Err(Reason::new("payout_empty"));
    }
    if let Some(unknown) = payment.invoices.iter().find(|invoice| !orders.contains_key(&invoice.order)) {
        return Err(Reason::new("payout_order_unknown").with("order", unknown.order));
    }
    if (payment.received - sum).is_rounding() {
        return Ok(());
    }
    Err(Reason::new("payout_differs")
        .with("received", payment.received)
        .with("sum", sum)
        .with("difference", payment.received - sum))
}

/// The invoices of a payout by store, in the order in which they appear.
fn parts<'a>(payment: &'a Payment, orders: &HashMap<OrderId, &'a Order>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for invoice in &payment.invoices {
        let order = orders.get(&invoice.order).copied();
        let store = order.map(|order| order.store);
        match parts.iter_mut().find(|part| part.store == store) {
            Some(part) => part.invoices.push((invoice, order)),
            None => parts.push(Part { payment, store, invoices: vec![(invoice, order)] }),
        }
    }
    if parts.is_empty() {
        parts.push(Part { payment, store: None, invoices: Vec::new() });
    }
    parts
}

fn asked(input: &ReceiptsInput<'_>, part: &Part<'_>) -> bool {
    let is = |only: &String, invoice: &OrderInvoice, order: Option<&Order>| {
        let only = only.trim();
        only == invoice.order.to_string()
            || only == format!("SO-{}", invoice.order)
            || order.is_some_and(|order| order.number.trim() == only)
    };
    input.only.is_empty()
        || part.invoices.iter().any(|(invoice, order)| input.only.iter().any(|only| is(only, invoice, *order)))
}

fn operation(
    input: &ReceiptsInput<'_>,
    invoiced: &Invoiced<'_>,
    part: &Part<'_>,
    sound: Result<(), Reason>,
) -> Operation {
    let key = part.key();
    let mut before = Fields::new();
    let planned = sound.and_then(|()| document(input, invoiced, part));
    let mut after = match &planned {
        Ok(planned) => shown(planned),
        Err(_) => Fields::from([
            ("number".to_owned(), part.number()),
            ("received".to_owned(), part.total().text()),
            ("invoices".to_owned(), part.invoices.len().to_string()),
        ]),
    };
    // What is at stake, whatever kind of document it is.
    after.insert("total".to_owned(), part.total().text());
    after.insert("reference".to_owned(), part.payment.reference.clone());
    if let Some((_, Some(order))) = part.invoices.first() {
        super::invoices::describe(input.company, order, &mut after);
        after.remove("order_id");
    }
    let (action, reason) = if let Some(posted) = input.posted.get(&key) {
        before.clone_from(posted);
        (Action::Same, Reason::new("posted_before"))
    } else {
        match (input.company.settled(&key), &planned) {
            (Some(settled), _) => settled,
            (None, Err(reason)) => (Action::Blocked, reason.clone()),
            (None, Ok(planned)) => match input.receipts.get(&planned.document.number) {
                Some(found) => {
                    before = receipt_fields(found);
                    let wanted = receipt_fields(&planned.document);
                    super::invoices::adopt(&key, &wanted, before.clone(), &found.number)
                }
                None => (Action::Create, Reason::new("payout_ready")),
            },
        }
    };
    Operation {
        key,
        action,
        target: Target { side: Side::Accurate, database: input.company.database, record: part.record() },
        before,
        after,
        reason,
        group: String::new(),
    }
}

fn shown(planned: &Planned) -> Fields {
    let mut fields = receipt_fields(&planned.document);
    let mut kept: Vec<_> = planned.kept.iter().collect();
    kept.sort_by(|one, other| one.invoice_no.cmp(&other.invoice_no));
    for (number, Kept { amounts, order, .. }) in (1..).zip(kept) {
        fields.insert(format!("invoice.{number:03}.order_id"), order.to_string());
        for (role, amount) in amounts {
            fields.insert(role_field(number, *role), amount.text());
        }
    }
    fields
}

/// The receipt of a payout's part.
fn document(input: &ReceiptsInput<'_>, invoiced: &Invoiced<'_>, part: &Part<'_>) -> Result<Planned, Reason> {
    let company = input.company;
    let mut store = None;
    let (mut payments, mut kept) = (Vec::new(), Vec::new());
    for (invoice, order) in &part.invoices {
        let order = order.ok_or_else(|| Reason::new("payout_order_unknown").with("order", invoice.order))?;
        store = Some((company.store(order.store, &order.store_name)?, order));
        let (payment, amounts) = share(input, invoiced, &part.number(), invoice, order)?;
        kept.push(Kept { invoice_no: payment.invoice_no.clone(), amounts, order: order.id });
        payments.push(payment);
    }
    let Some((store, order)) = store else { return Err(Reason::new("payout_empty")) };
    let party = company.customer(store, &order.store_name)?;
    let bank = company.account(store.bank_account_id, "bank")?;
    let date = business_day(part.payment.paid_at);
    company.open_on(date)?;
    if payments.len() > documents::MOST_LINES {
        return Err(Reason::new("payout_too_long").with("invoices", payments.len()));
    }
    let number = part.number();
    let document = ReceiptDocument {
        id: None,
        description: format!("{} {number}", part.payment.reference.trim()).trim().to_owned(),
        number,
        date,
        customer_no: party.no,
        customer: party.id,
        bank_no: bank.no.clone(),
        bank: Some(bank.id),
        branch: company.branch(store, &order.store_name)?,
        received: part.total(),
        payments,
    };
    // Accurate's own rule (§6.3). It cannot fail here, as each invoice was checked; money is worth a second look.
    let arrives: Money = document.payments.iter().map(ReceiptPayment::received).sum();
    if arrives != document.received {
        return Err(differs(document.received, arrives));
    }
    Ok(Planned { document, kept })
}

fn differs(received: Money, arrives: Money) -> Reason {
    Reason::new("payout_equation")
        .with("received", received)
        .with("due", arrives)
        .with("difference", received - arrives)
}

/// One invoice of a receipt: what of it is settled, and what the marketplace kept and added.
fn share(
    input: &ReceiptsInput<'_>,
    invoiced: &Invoiced<'_>,
    own_number: &str,
    invoice: &OrderInvoice,
    order: &Order,
) -> Result<(ReceiptPayment, Vec<(Role, Money)>), Reason> {
    if invoice.status == InvoiceStatus::Voided {
        return Err(Reason::new("payout_of_voided").with("order", name_of(order)));
    }
    let linked = input.linked.get(&order.id).map(String::as_str);
    let number = linked.or_else(|| invoiced.find(order).map(|found| found.number.as_str()));
    let waits = || Reason::new("payout_waits_for_invoice").with("order", name_of(order));
    let document = input.documents.get(number.ok_or_else(waits)?).ok_or_else(waits)?;
    input.company.customer_of(order, document)?;
    // What came back is owed no more.
    let back = document.returned.unwrap_or_default();
    let total = document.total.ok_or_else(waits)? - back;
    if !total.is_positive() && back.is_positive() {
        return Err(Reason::new("payout_of_returned").with("number", &document.number).with("returned", back));
    }
    let paid_by = input.paid_by.get(&document.number).map_or(&[][..], Vec::as_slice);
    if let Some(receipt) = paid_by.iter().find(|receipt| *receipt != own_number) {
        return Err(Reason::new("invoice_paid_already").with("number", &document.number).with("receipt", receipt));
    }
    if let Some(owing) = document.owing.filter(|owing| !(*owing - total).is_rounding() && paid_by.is_empty()) {
        return Err(Reason::new("invoice_owing_differs")
            .with("number", &document.number)
            .with("total", total)
            .with("owing", owing));
    }
    let structure = CostStructure::of(invoice, order.cashless, total);
    let (mut discounts, mut amounts) = (Vec::new(), Vec::new());
    for (role, amount) in structure.discounts().into_iter().filter(|(_, amount)| !amount.is_zero()) {
        // A role without an account blocks; the vendor drops the line, and the equation fails (§6.3).
        let account = input.company.account(input.company.mapping.roles.get(role), role.name())?;
        discounts.push(ReceiptDiscount { account_no: account.no.clone(), account: Some(account.id), amount });
        amounts.push((role, amount));
    }
    let (invoice_no, id) = (document.number.clone(), document.id);
    let payment = ReceiptPayment { invoice_no, invoice: id, amount: total, discounts };
    if payment.received() != invoice.total {
        return Err(differs(invoice.total, payment.received()).with("order", name_of(order)));
    }
    Ok((payment, amounts))
}

/// The orders whose invoices a plan of receipts is about: their documents are read before it is made.
#[must_use]
pub fn to_read<'a>(
    payments: &[Payment],
    orders: &'a [Order],
    existing: &'a [SalesInvoice],
    linked: &BTreeMap<OrderId, String>,
) -> BTreeSet<String> {
    let invoiced = Invoiced::of(orders, existing, linked);
    let by_id: HashMap<OrderId, &Order> = orders.iter().map(|order| (order.id, order)).collect();
    payments
        .iter()
        .flat_map(|payment| &payment.invoices)
        .filter_map(|invoice| match linked.get(&invoice.order) {
            Some(number) => Some(number.clone()),
            None => Some(invoiced.find(by_id.get(&invoice.order)?)?.number.clone()),
        })
        .collect()
}

/// Under which keys the payouts of one order are planned, whether their receipt can be made or not. A payout over several orders of a
/// store is one receipt, so that each of them answers the same key.
#[must_use]
pub fn keys_of(order: &Order, payments: &[Payment], orders: &[Order]) -> BTreeSet<OperationKey> {
    let by_id: HashMap<OrderId, &Order> = orders.iter().map(|order| (order.id, order)).collect();
    let pays = |invoices: &[OrderInvoice]| invoices.iter().any(|invoice| invoice.order == order.id);
    payments
        .iter()
        .filter(|payment| pays(&payment.invoices))
        .flat_map(|payment| parts(payment, &by_id))
        .filter(|part| part.invoices.iter().any(|(invoice, _)| invoice.order == order.id))
        .map(|part| part.key())
        .collect()
}

/// The orders that receipts are about, by their fields.
#[must_use]
pub fn orders_of<'f>(receipts: impl Iterator<Item = &'f Fields>) -> BTreeSet<OrderId> {
    let orders = receipts.flatten().filter(|(name, _)| name.starts_with("invoice.") && name.ends_with(".order_id"));
    orders.filter_map(|(_, order)| order.parse().ok()).collect()
}

/// Σ of what would be received.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Create, "received")
}

/// Posts receipts a hundred a call and reads them back by their numbers.
pub struct Receipts;

#[async_trait]
impl Executor for Receipts {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, super::invoices::ROWS)
    }

    fn parallel(&self) -> usize {
        8
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn once(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        true
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let receipts = batch.iter().map(|operation| documents::receipt(operation)).collect::<Result<Vec<_>, _>>()?;
        ports.books.save_receipts(&receipts).await
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let documents = ports.books.receipts_of(&super::invoices::query(operations)).await?;
        Ok(found_by_number(operations, &documents, |one| (&one.number, one.id.map(|id| id.0)), receipt_fields))
    }
}

#[cfg(test)]
#[path = "receipts_tests.rs"]
mod tests;
