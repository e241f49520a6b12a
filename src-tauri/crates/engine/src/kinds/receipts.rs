//! Payouts of marketplaces → sales receipts of Accurate (forstok-accounting-flow.md §6.3): what arrived in the bank, with what the
//! marketplace kept and added as discounts on the accounts of the six roles. The equation that Accurate demands is checked before
//! anything is sent; a payout whose invoice is not there waits for it.
//!
//! Each invoice of a payout stands for itself: those that are sound become the receipt of their store, one that is not is a row of its own
//! and holds back no other. What a marketplace takes back for an earlier order is a row of its own, too ([`refunds`]).

use super::called::{Directory, as_now};
use super::{Executor, Found, Ports, Whose, chunks};
use crate::documents::{self, found_by_number, receipt_fields, role_field};
use crate::orders::Invoiced;
use crate::ports::{PortError, RowOutcome};
use crate::sales::Company;
use async_trait::async_trait;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument, ReceiptPayment};
use selaras_domain::ids::{InvoiceId, OrderId, StoreId};
use selaras_domain::mapping::Role;
use selaras_domain::order::{Order, OrderInvoice, Payment, business_day};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target, sha256_hex};
use selaras_domain::run::Difference;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[path = "receipt_refunds.rs"]
mod refunds;
#[path = "receipt_shares.rs"]
mod shares;
use shares::{Share, Shares};

/// Name of this kind.
pub const KIND: &str = "receipts";

/// What the key of a receipt begins with; its number follows.
pub(crate) const KEY_PREFIX: &str = "receipt:";

/// How many receipts of the same plan go before one, as they settle parts of the same invoice; without it none does.
const AFTER: &str = "after_parts";

/// What the planner needs.
pub struct ReceiptsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// What was paid out.
    pub payments: &'a [Payment],
    /// The orders that were read.
    pub orders: &'a [Order],
    /// Forstok's own invoices by order: what is still to come of one that is paid in parts.
    pub shop_invoices: &'a HashMap<OrderId, OrderInvoice>,
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
    /// Rows that wait in the inbox: one that another row has taken up leaves it.
    pub open: &'a BTreeSet<OperationKey>,
    /// Invoices that a person has linked to orders, by order.
    pub linked: &'a BTreeMap<OrderId, String>,
    /// Only payouts of these orders, by number or id; empty: all.
    pub only: &'a [String],
}

/// One invoice of a payout.
#[derive(Clone, Copy)]
struct Line<'a> {
    payment: &'a Payment,
    invoice: &'a OrderInvoice,
    order: Option<&'a Order>,
    /// How many lines of its payout before it are of the same invoice and amount.
    before: usize,
}

impl<'a> Line<'a> {
    /// The lines of a payout, as it has them.
    fn all(payment: &'a Payment, orders: &HashMap<OrderId, &'a Order>) -> Vec<Self> {
        let mut seen: HashMap<(InvoiceId, Money), usize> = HashMap::new();
        let mut line = |invoice: &'a OrderInvoice| {
            let times = seen.entry((invoice.id, invoice.total)).or_default();
            let before = std::mem::replace(times, *times + 1);
            Self { payment, invoice, order: orders.get(&invoice.order).copied(), before }
        };
        payment.invoices.iter().map(&mut line).collect()
    }

    /// The key of its own row.
    fn key(&self) -> OperationKey {
        key(&number(self.payment, std::slice::from_ref(self)))
    }

    /// What tells it from the other lines of its payout.
    fn mark(&self) -> String {
        match self.before {
            0 => self.invoice.id.to_string(),
            times => format!("{}*{times}", self.invoice.id),
        }
    }

    /// Whether it takes back what was paid out before. An order of which the fees are more than its goods pays out less than nothing,
    /// too: then its own lines say so.
    fn takes_back(&self) -> bool {
        self.invoice.total.is_negative() && !shares::closes_itself(self)
    }
}

/// One receipt's share of a payout: the invoices of one store. A receipt is of one customer.
struct Part<'a> {
    payment: &'a Payment,
    store: Option<StoreId>,
    lines: Vec<Line<'a>>,
}

impl<'a> Part<'a> {
    /// What its receipt is called, whichever of its invoices are sound by now: one that follows later has a receipt of its own.
    fn number(&self) -> String {
        number(self.payment, &self.lines)
    }

    fn total(&self) -> Money {
        self.lines.iter().map(|line| line.invoice.total).sum()
    }

    fn alone(line: Line<'a>) -> Self {
        Self { payment: line.payment, store: line.order.map(|order| order.store), lines: vec![line] }
    }
}

/// What a document is called: made from what was paid, so that the same payout is always found again. Forstok's reference is not known
/// to be unique or short (forstok-api.md §7.3), so it goes into the description.
fn number(payment: &Payment, lines: &[Line<'_>]) -> String {
    let mut ids: Vec<String> = lines.iter().map(Line::mark).collect();
    ids.sort_unstable();
    let total: Money = lines.iter().map(|line| line.invoice.total).sum();
    let content = format!("{}|{}|{}|{}", payment.reference, payment.paid_at, total, ids.join(","));
    format!("SLP-{}", sha256_hex(content.as_bytes()).get(..12).unwrap_or_default().to_uppercase())
}

/// The key of the receipt of this number.
#[must_use]
pub fn key(number: &str) -> OperationKey {
    OperationKey(format!("{KEY_PREFIX}{number}"))
}

/// A receipt with what each role takes or adds in each of its invoices, for people.
struct Planned {
    document: ReceiptDocument,
    kept: Vec<Kept>,
    /// How many receipts of this plan settle a part of one of its invoices before it.
    after: usize,
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
    let invoiced = Invoiced::of(input.orders, input.existing, input.linked);
    let by_id: HashMap<OrderId, &Order> = input.orders.iter().map(|order| (order.id, order)).collect();
    let payments = in_order(input.payments);
    let parts: Vec<(&Payment, Vec<Part<'_>>)> =
        payments.into_iter().map(|payment| (payment, parts(payment, &by_id))).collect();
    let lines = parts.iter().flat_map(|(_, parts)| parts).flat_map(|part| {
        let number = part.number();
        part.lines.iter().map(move |line| (*line, number.clone()))
    });
    let shares = Shares::of(input, &invoiced, lines);
    let mut operations = Vec::new();
    for (payment, parts) in &parts {
        let whole = whole(payment);
        for part in parts.iter().filter(|part| asked(input, part)) {
            match (&whole, input.posted.get(&key(&part.number()))) {
                (Ok(()), _) => operations.extend(of_part(input, &shares, part)),
                (Err(_), Some(posted)) => operations.push(same(input, part, posted)),
                (Err(reason), None) => operations.push(held(input, part, reason.clone())),
            }
        }
        for line in refunds::lines(payment, &by_id).filter(|line| asked(input, &Part::alone(*line))) {
            let reason = whole.clone().map_or_else(|reason| reason, |()| refunds::reason(input, &shares, &line));
            operations.push(held(input, &Part::alone(line), reason));
        }
    }
    let taken_up = taken_up(input, &parts, &operations);
    operations.extend(taken_up);
    operations
}

/// The payouts, the oldest first; one that is told twice with the same reference, moment and invoices is one.
fn in_order(payments: &[Payment]) -> Vec<&Payment> {
    let mut payments: Vec<&Payment> = payments.iter().collect();
    payments.sort_by(|one, other| (one.paid_at, &one.reference).cmp(&(other.paid_at, &other.reference)));
    let mut seen = HashSet::new();
    payments.retain(|payment| {
        let invoices: Vec<_> = payment.invoices.iter().map(|invoice| (invoice.id, invoice.total)).collect();
        seen.insert((&payment.reference, payment.paid_at, payment.received, invoices))
    });
    payments
}

/// Whether a payout is the sum of its invoices: of one that is not nobody knows which of them is wrong.
fn whole(payment: &Payment) -> Result<(), Reason> {
    let sum: Money = payment.invoices.iter().map(|invoice| invoice.total).sum();
    if payment.invoices.is_empty() {
        return Err(Reason::new("payout_empty"));
    }
    if (payment.received - sum).is_rounding() {
        return Ok(());
    }
    Err(Reason::new("payout_differs")
        .with("received", payment.received)
        .with("sum", sum)
        .with("difference", payment.received - sum))
}

/// The invoices of a payout by store, in the order in which they appear; what it takes back is in none of them. An order that was not read
/// may be of any store, and stands alone.
fn parts<'a>(payment: &'a Payment, orders: &HashMap<OrderId, &'a Order>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for line in Line::all(payment, orders).into_iter().filter(|line| !line.takes_back()) {
        let store = line.order.map(|order| order.store);
        match parts.iter_mut().find(|part| store.is_some() && part.store == store) {
            Some(part) => part.lines.push(line),
            None => parts.push(Part { payment, store, lines: vec![line] }),
        }
    }
    if payment.invoices.is_empty() {
        parts.push(Part { payment, store: None, lines: Vec::new() });
    }
    parts
}

fn asked(input: &ReceiptsInput<'_>, part: &Part<'_>) -> bool {
    let is = |only: &String, line: &Line<'_>| {
        let only = only.trim();
        only == line.invoice.order.to_string()
            || only == format!("SO-{}", line.invoice.order)
            || line.order.is_some_and(|order| order.number.trim() == only)
    };
    input.only.is_empty() || part.lines.iter().any(|line| input.only.iter().any(|only| is(only, line)))
}

/// The rows of one part: its receipt, and each of its invoices that is not in it.
fn of_part(input: &ReceiptsInput<'_>, shares: &Shares, part: &Part<'_>) -> Vec<Operation> {
    let own = key(&part.number());
    if let Some(posted) = input.posted.get(&own) {
        let members = orders_of(std::iter::once(posted));
        let later = part.lines.iter().filter(|line| !members.is_empty() && !members.contains(&line.invoice.order));
        let mut rows = vec![same(input, part, posted)];
        rows.extend(later.map(|line| alone(input, shares, *line)));
        return rows;
    }
    if let Some((action, reason)) = input.company.settled(&own) {
        return vec![row(input, part, action, reason, Fields::new(), None)];
    }
    if part.lines.len() == 1 {
        return part.lines.iter().map(|line| alone(input, shares, *line)).collect();
    }
    if let Err(reason) = ready(input, part) {
        return vec![held(input, part, reason)];
    }
    let settled = |line: &Line<'_>| {
        let key = line.key();
        input.posted.contains_key(&key) || input.company.settled(&key).is_some()
    };
    let (sound, others): (Vec<Line<'_>>, Vec<Line<'_>>) =
        part.lines.iter().partition(|line| !settled(line) && shares.share(line).is_ok());
    let mut rows = Vec::new();
    if !sound.is_empty() {
        let sound = Part { payment: part.payment, store: part.store, lines: sound };
        rows.push(receipt(input, shares, &sound, &part.number()));
    }
    rows.extend(others.into_iter().map(|line| alone(input, shares, line)));
    rows
}

/// The row of one invoice that is in no receipt with others.
fn alone(input: &ReceiptsInput<'_>, shares: &Shares, line: Line<'_>) -> Operation {
    let part = Part::alone(line);
    let number = part.number();
    let key = key(&number);
    if let Some(posted) = input.posted.get(&key) {
        return same(input, &part, posted);
    }
    if let Some((action, reason)) = input.company.settled(&key) {
        return row(input, &part, action, reason, Fields::new(), None);
    }
    receipt(input, shares, &part, &number)
}

/// A receipt, or why it cannot be made.
fn receipt(input: &ReceiptsInput<'_>, shares: &Shares, part: &Part<'_>, number: &str) -> Operation {
    let planned = match document(input, shares, part, number) {
        Ok(planned) => planned,
        Err(reason) => return held(input, part, reason),
    };
    let mut before = Fields::new();
    let (action, reason) = match input.receipts.get(&planned.document.number) {
        Some(found) => {
            before = receipt_fields(found);
            let wanted = receipt_fields(&planned.document);
            super::invoices::adopt(&key(number), &wanted, before.clone(), &found.number)
        }
        None => (Action::Create, Reason::new("payout_ready")),
    };
    row(input, part, action, reason, before, Some(&planned))
}

/// A part that is held, with what is at stake.
fn held(input: &ReceiptsInput<'_>, part: &Part<'_>, reason: Reason) -> Operation {
    let key = key(&part.number());
    let (action, reason) = input.company.settled(&key).unwrap_or((Action::Blocked, reason));
    row(input, part, action, reason, Fields::new(), None)
}

/// A receipt that was posted.
fn same(input: &ReceiptsInput<'_>, part: &Part<'_>, posted: &Fields) -> Operation {
    let mut row = row(input, part, Action::Same, Reason::new("posted_before"), posted.clone(), None);
    row.after.clone_from(posted);
    row
}

fn row(
    input: &ReceiptsInput<'_>,
    part: &Part<'_>,
    action: Action,
    reason: Reason,
    before: Fields,
    planned: Option<&Planned>,
) -> Operation {
    let number = planned.map_or_else(|| part.number(), |planned| planned.document.number.clone());
    let mut after = match planned {
        Some(planned) => shown(planned),
        None => Fields::from([
            ("number".to_owned(), number.clone()),
            ("received".to_owned(), part.total().text()),
            ("invoices".to_owned(), part.lines.len().to_string()),
        ]),
    };
    // What is at stake, whatever kind of document it is.
    after.insert("total".to_owned(), part.total().text());
    after.insert("reference".to_owned(), part.payment.reference.clone());
    if let Some(order) = part.lines.first().and_then(|line| line.order) {
        super::invoices::describe(input.company, order, &mut after);
        after.remove("order_id");
    }
    let reference = part.payment.reference.trim();
    let record = if reference.is_empty() { number.clone() } else { reference.to_owned() };
    Operation {
        key: key(&number),
        action,
        target: Target { side: Side::Accurate, database: input.company.database, record },
        before,
        after,
        reason,
        group: String::new(),
    }
}

/// Rows of the inbox whose money another row of this plan has taken up: an invoice that was held alone and is in its store's receipt by now,
/// or the other way round. What becomes of the money is told by that row.
fn taken_up(
    input: &ReceiptsInput<'_>,
    parts: &[(&Payment, Vec<Part<'_>>)],
    operations: &[Operation],
) -> Vec<Operation> {
    if input.open.is_empty() {
        return Vec::new();
    }
    let planned: HashSet<&OperationKey> = operations.iter().map(|operation| &operation.key).collect();
    let left = |part: &Part<'_>| {
        let key = key(&part.number());
        input.open.contains(&key) && !planned.contains(&key)
    };
    let row = |part: &Part<'_>| {
        let reason = Reason::new("payout_taken_up").with("reference", part.payment.reference.trim());
        row(input, part, Action::Same, reason, Fields::new(), None)
    };
    let parts = parts.iter().flat_map(|(_, parts)| parts).filter(|part| part.lines.len() > 1 && asked(input, part));
    parts
        .flat_map(|part| {
            let whole = left(part).then(|| row(part));
            let lines = part.lines.iter().map(|line| Part::alone(*line)).filter(left);
            whole.into_iter().chain(lines.map(|line| row(&line)).collect::<Vec<_>>())
        })
        .collect()
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
    if planned.after > 0 {
        fields.insert(AFTER.to_owned(), planned.after.to_string());
    }
    fields
}

/// Whether a part's receipt can be made at all, whatever its invoices are: its store, customer, account, branch and day.
fn ready(input: &ReceiptsInput<'_>, part: &Part<'_>) -> Result<(), Reason> {
    let company = input.company;
    let Some(order) = part.lines.first().and_then(|line| line.order) else { return Ok(()) };
    let store = company.store(order.store, &order.store_name)?;
    company.customer(store, &order.store_name)?;
    company.account(store.bank_account_id, "bank")?;
    company.branch(store, &order.store_name)?;
    company.open_on(business_day(part.payment.paid_at))
}

/// The receipt of a part's invoices.
fn document(input: &ReceiptsInput<'_>, shares: &Shares, part: &Part<'_>, number: &str) -> Result<Planned, Reason> {
    let company = input.company;
    let mut store = None;
    let (mut payments, mut kept, mut after) = (Vec::new(), Vec::new(), 0);
    for line in &part.lines {
        let order = line.order.ok_or_else(|| Reason::new("payout_order_unknown").with("order", line.invoice.order))?;
        store = Some((company.store(order.store, &order.store_name)?, order));
        let Share { payment, amounts, earlier } = shares.share(line)?;
        after = after.max(*earlier);
        kept.push(Kept { invoice_no: payment.invoice_no.clone(), amounts: amounts.clone(), order: order.id });
        payments.push(payment.clone());
    }
    let Some((store, order)) = store else { return Err(Reason::new("payout_empty")) };
    let party = company.customer(store, &order.store_name)?;
    let bank = company.account(store.bank_account_id, "bank")?;
    let date = business_day(part.payment.paid_at);
    company.open_on(date)?;
    if payments.len() > documents::MOST_LINES {
        return Err(Reason::new("payout_too_long").with("invoices", payments.len()));
    }
    let document = ReceiptDocument {
        id: None,
        description: format!("{} {number}", part.payment.reference.trim()).trim().to_owned(),
        number: number.to_owned(),
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
    Ok(Planned { document, kept, after })
}

fn differs(received: Money, due: Money) -> Reason {
    Reason::new("payout_equation").with("received", received).with("due", due).with("difference", received - due)
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

/// Every key that a plan of these payouts asks for.
#[must_use]
pub fn keys(payments: &[Payment], orders: &[Order]) -> BTreeSet<OperationKey> {
    let by_id: HashMap<OrderId, &Order> = orders.iter().map(|order| (order.id, order)).collect();
    let parts = payments.iter().flat_map(|payment| parts(payment, &by_id));
    parts.flat_map(|part| part.lines.iter().map(Line::key).chain([key(&part.number())]).collect::<Vec<_>>()).collect()
}

/// Under which keys the payouts of one order are planned, whether their receipt can be made or not. A payout over several orders of a
/// store may be one receipt, so that each of them answers its key beside its own.
#[must_use]
pub fn keys_of(order: &Order, payments: &[Payment], orders: &[Order]) -> BTreeSet<OperationKey> {
    let by_id: HashMap<OrderId, &Order> = orders.iter().map(|order| (order.id, order)).collect();
    let of_order = |line: &Line<'_>| line.invoice.order == order.id;
    let pays = |payment: &&Payment| payment.invoices.iter().any(|invoice| invoice.order == order.id);
    let mut keys = BTreeSet::new();
    for payment in payments.iter().filter(pays) {
        for part in parts(payment, &by_id).iter().filter(|part| part.lines.iter().any(of_order)) {
            keys.insert(key(&part.number()));
            keys.extend(part.lines.iter().filter(|line| of_order(line)).map(Line::key));
        }
        keys.extend(refunds::lines(payment, &by_id).filter(of_order).map(|line| line.key()));
    }
    keys
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
#[derive(Default)]
pub struct Receipts {
    directory: Directory,
}

#[async_trait]
impl Executor for Receipts {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, super::invoices::ROWS)
    }

    /// Two receipts of one invoice are two changes of it: one after the other.
    fn phase(&self, operation: &Operation) -> u8 {
        documents::fields_of(operation).get(AFTER).and_then(|after| after.parse().ok()).unwrap_or_default()
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

    fn tells(&self, _whose: Whose, difference: &Difference) -> bool {
        documents::is_essential(&difference.field)
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let receipts = batch.iter().map(|operation| documents::receipt(operation)).collect::<Result<Vec<_>, _>>()?;
        let now = as_now(receipts, &self.directory, ports).await?;
        let sent = ports.books.save_receipts(&now.documents).await?;
        Ok(now.outcomes(sent))
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let documents = ports.books.receipts_of(&super::invoices::query(operations)).await?;
        Ok(found_by_number(operations, &documents, |one| (&one.number, one.id.map(|id| id.0)), receipt_fields))
    }

    fn promised(&self, operation: &Operation) -> Fields {
        documents::promised(operation, documents::receipt, receipt_fields)
    }
}

#[cfg(test)]
#[path = "receipts_tests.rs"]
mod tests;
