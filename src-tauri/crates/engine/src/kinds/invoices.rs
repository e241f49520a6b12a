//! Orders of Forstok → sales invoices of Accurate (forstok-accounting-flow.md §6.2): one invoice an order, whose total is the order's to
//! the rupiah, or the reason why there is none. The store's customer is made first, where it is not there, as a row of its own.

use super::called::{Directory, as_now};
use super::opening_stock::Counts;
use super::sold_before_count::{Counted, before_count};
use super::{Executor, Found, Ports, Whose, changed_orders, chunks, field, is_cut};
use crate::documents::{self, found_by_number, invoice_fields, line_name};
use crate::orders::Invoiced;
use crate::parties::{MadeCustomers, Party, customer_key, tell_customer};
use crate::ports::{JournalEntry, PortError, RowOutcome};
use crate::sales::{Company, Goods, name_of, only_warehouse};
use async_trait::async_trait;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::documents::{DocumentLine, DocumentQuery, InvoiceDocument};
use selaras_domain::ids::{CustomerId, OrderId, StoreId};
use selaras_domain::order::{Order, OrderInvoice, OrderStatus, business_day};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{Difference, OperationState};
use selaras_domain::sale::{Sale, TaxMode};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use super::changed_orders::as_booked;

/// Name of this kind.
pub const KIND: &str = "invoices";

/// Rows of one call (accurate-online-api.md §0 fact 7, doc).
pub(crate) const ROWS: usize = 100;

/// How far the day of an invoice may lie from the order's for it to be taken for the order's by customer and total alone.
const LOOKS_LIKE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the planner needs.
pub struct InvoicesInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// Which item each SKU is.
    pub goods: &'a Goods<'a>,
    /// The orders that were read.
    pub orders: &'a [Order],
    /// Forstok's own invoices by order: their day, and their sub total.
    pub shop_invoices: &'a HashMap<OrderId, OrderInvoice>,
    /// Whether Forstok tells its invoices: then one that is not told, or not how much it is of, is no reason to guess.
    pub invoices_told: bool,
    /// The sales invoices in Accurate, as their list shows them.
    pub existing: &'a [SalesInvoice],
    /// Those of them that [`to_compare`] names, with their lines, by number.
    pub documents: &'a HashMap<String, InvoiceDocument>,
    /// The first day that the list of them reaches back to.
    pub listed_since: Date,
    /// What was posted and not taken back, by key.
    pub posted: &'a BTreeMap<OperationKey, Fields>,
    /// When the shelves were counted.
    pub counts: &'a Counts,
    /// Orders placed before this moment are left out.
    pub since: Timestamp,
    /// When the database was first used here: what is older may have been entered by somebody else.
    pub integrated_at: Timestamp,
    /// Only these orders, by number or id; empty: all.
    pub only: &'a [String],
}

impl InvoicesInput<'_> {
    /// The sub total of Forstok's own invoice of an order, where it tells one.
    pub(super) fn told_subtotal(&self, order: &Order) -> Option<Money> {
        self.shop_invoices.get(&order.id)?.subtotal_of(order)
    }
}

/// What a plan leaves out, by count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Placed before the day from which orders become invoices.
    pub before_start: u64,
    /// Not yet at the status at which the invoice is made.
    pub not_ready: u64,
}

/// The key of an order's invoice.
#[must_use]
pub fn key(order: OrderId) -> OperationKey {
    OperationKey(format!("invoice:{order}"))
}

/// Whether a key is that of a customer.
#[must_use]
pub fn of_customer(key: &OperationKey) -> bool {
    key.0.starts_with("customer:")
}

/// Whether an operation makes a customer.
#[must_use]
pub fn is_customer(operation: &Operation) -> bool {
    of_customer(&operation.key)
}

/// The invoices that people have named for orders, by order.
#[must_use]
pub fn linked(decisions: &BTreeMap<OperationKey, RowDecision>) -> BTreeMap<OrderId, String> {
    let named = decisions.values().filter_map(|decision| {
        let RowChoice::Entered { number } = &decision.choice else { return None };
        Some((decision.key.0.strip_prefix("invoice:")?.parse().ok()?, number.clone()))
    });
    named.collect()
}

/// Whether an order is no sale any more: cancelled, returned, not handed over, or its invoice is void in Forstok, which a full return leaves
/// with the status that the order had (forstok-accounting-flow.md §6.4).
fn ended(input: &InvoicesInput<'_>, order: &Order) -> bool {
    let known = !matches!(order.status, OrderStatus::Other(_));
    (known && order.status.rank().is_none()) || super::voids::void(order, input.shop_invoices)
}

/// Plans the invoices, the oldest order first, with the customers that they need before them.
#[must_use]
pub fn plan(input: &InvoicesInput<'_>) -> (Vec<Operation>, LeftOut) {
    let invoiced = Invoiced::of(input.orders, input.existing, &linked(input.company.decisions));
    let (ready, left_out) = ready(input, &invoiced);
    let mut times: HashMap<String, usize> = HashMap::new();
    for order in ready.iter().filter(|order| !ended(input, order)) {
        *times.entry(name_of(order)).or_default() += 1;
    }
    let taken: HashSet<&str> =
        input.orders.iter().filter_map(|order| invoiced.find(order)).map(|invoice| invoice.number.as_str()).collect();
    let alike = Alike::of(input.existing, &taken);
    let mut customers: BTreeMap<StoreId, Operation> = BTreeMap::new();
    let mut operations = Vec::with_capacity(ready.len());
    for order in ready {
        let doubled = times.get(&name_of(order)).is_some_and(|&count| count > 1);
        let verdict = verdict(input, &invoiced, &alike, order, doubled);
        if verdict.action == Action::Create
            && !customers.contains_key(&order.store)
            && let Some(customer) = customer_to_make(input, order, &verdict)
        {
            customers.insert(order.store, customer);
        }
        operations.push(verdict.operation(input, order));
    }
    (customers.into_values().chain(operations).collect(), left_out)
}

/// The orders that a plan is about, the oldest first, and what it leaves out.
fn ready<'a>(input: &InvoicesInput<'a>, invoiced: &Invoiced<'_>) -> (Vec<&'a Order>, LeftOut) {
    let mut left_out = LeftOut::default();
    let trigger = input.company.mapping.invoice_trigger.rank();
    let mut orders: Vec<&Order> = input.orders.iter().filter(|order| super::voids::asked(input.only, order)).collect();
    orders.sort_by_key(|order| (order.ordered_at, order.id));
    orders.retain(|order| {
        let known = input.posted.contains_key(&key(order.id)) || invoiced.has(order);
        let skipped = match order.status.rank() {
            _ if order.ordered_at < input.since && !input.posted.contains_key(&key(order.id)) => {
                &mut left_out.before_start
            }
            Some(rank) if rank < trigger && !known => &mut left_out.not_ready,
            _ => return true,
        };
        *skipped += 1;
        false
    });
    (orders, left_out)
}

/// What becomes of one order.
struct Verdict {
    action: Action,
    before: Fields,
    after: Fields,
    reason: Reason,
}

impl Verdict {
    fn operation(self, input: &InvoicesInput<'_>, order: &Order) -> Operation {
        let mut after = self.after;
        describe(input.company, order, &mut after);
        Operation {
            key: key(order.id),
            action: self.action,
            target: Target { side: Side::Accurate, database: input.company.database, record: name_of(order) },
            before: self.before,
            after,
            reason: self.reason,
            group: String::new(),
        }
    }
}

/// What people want to see beside a document: its store and channel. Never sent.
pub(crate) fn describe(company: &Company<'_>, order: &Order, fields: &mut Fields) {
    fields.insert("order_id".into(), order.id.to_string());
    fields.insert("store_id".into(), order.store.to_string());
    fields.insert("store_name".into(), company.store_name(order.store, &order.store_name));
    fields.insert("channel".into(), order.channel.clone());
}

fn verdict(
    input: &InvoicesInput<'_>,
    invoiced: &Invoiced<'_>,
    alike: &Alike<'_>,
    order: &Order,
    doubled: bool,
) -> Verdict {
    let key = key(order.id);
    let found = invoiced.find(order);
    if let Some(posted) = input.posted.get(&key) {
        return posted_before(input, order, posted, found);
    }
    let unknown_status = matches!(order.status, OrderStatus::Other(_));
    if ended(input, order) {
        // Nothing becomes an invoice any more (§6.4); one that is there is for a void or a return to see to.
        let before = found.and_then(|found| input.documents.get(&found.number)).map(invoice_fields);
        let after = Fields::from([("number".to_owned(), name_of(order))]);
        let reason = match order.status.rank() {
            None => Reason::new("order_ended").with("status", order.status.words()),
            Some(_) => Reason::new("order_invoice_voided"),
        };
        return Verdict { action: Action::Same, before: before.unwrap_or_default(), after, reason };
    }
    let planned = sale_and_document(input, order);
    // Where there is no document to show, its total is what is at stake.
    let shown = planned.as_ref().map_or_else(
        |_| Fields::from([("number".to_owned(), name_of(order)), ("total".to_owned(), order.total.text())]),
        |(sale, document)| {
            let mut fields = invoice_fields(document);
            let only = only_warehouse(input.company.shop_warehouses);
            changed_orders::keep_words(order, only, (sale, document), &mut fields);
            fields
        },
    );
    let wanted = planned.map(|(_, document)| document);
    let blocked =
        |reason: Reason| Verdict { action: Action::Blocked, before: Fields::new(), after: shown.clone(), reason };
    if let Some((action, reason)) = input.company.settled(&key) {
        let before = found.and_then(|found| input.documents.get(&found.number)).map(invoice_fields);
        return Verdict { action, before: before.unwrap_or_default(), after: shown.clone(), reason };
    }
    if let Some(found) = found {
        return known(input, order, found, wanted.as_ref(), shown.clone());
    }
    if let Some(other) = invoiced.numbered(order) {
        // It bears the number and is another order's, or a person's.
        let says = other.description.clone().unwrap_or_default();
        return blocked(conflict(order, &other.number, ("description".to_owned(), order.id.to_string(), says)));
    }
    if doubled {
        return blocked(Reason::new("order_number_doubled").with("number", name_of(order)));
    }
    if unknown_status {
        return blocked(Reason::new("order_status_unknown").with("status", order.status.words()));
    }
    let wanted = match &wanted {
        Ok(document) => document,
        Err(reason) => return blocked(reason.clone()),
    };
    if input.company.decision(&key) != Some(&RowChoice::Send)
        && order.ordered_at < input.integrated_at
        && let Some((customer, total)) = wanted.customer.zip(wanted.total)
        && let Some(alike) = alike.find(customer, total, wanted.date)
    {
        let date = alike.date.map(|date| date.to_string()).unwrap_or_default();
        return blocked(Reason::new("maybe_in_accurate").with("number", &alike.number).with("date", date));
    }
    let ready = match before_count(input, order, wanted) {
        None => ready_reason(input, order),
        Some(Counted { word: Some(as_of), day, .. }) => {
            Reason::new("order_ready_as_of").with("counted", day).with("as_of", as_of)
        }
        Some(counted) => return blocked(counted.reason(wanted)),
    };
    Verdict { action: Action::Create, before: Fields::new(), after: shown.clone(), reason: ready }
}

/// Why an order becomes an invoice; what its own sums are off by rounding is named.
fn ready_reason(input: &InvoicesInput<'_>, order: &Order) -> Reason {
    match order.sale(input.company.mapping.tax_mode(), input.told_subtotal(order)) {
        Ok(sale) if !sale.rounding.is_zero() => Reason::new("order_rounded").with("difference", sale.rounding),
        _ => Reason::new("order_ready"),
    }
}

/// An order whose invoice was posted. It is shown where the books say something else than the order by now: somebody has deleted the
/// invoice, or the order has changed.
fn posted_before(input: &InvoicesInput<'_>, order: &Order, posted: &Fields, found: Option<&SalesInvoice>) -> Verdict {
    let verdict = |action, reason| Verdict { action, before: posted.clone(), after: posted.clone(), reason };
    if let Some((action, reason)) = input.company.settled(&key(order.id)) {
        return verdict(action, reason);
    }
    if ended(input, order) {
        return verdict(Action::Same, Reason::new("posted_before"));
    }
    let listed = field(posted, "date").parse().is_ok_and(|day: Date| day >= input.listed_since);
    if found.is_none() && listed {
        return verdict(Action::Blocked, Reason::new("invoice_gone").with("number", field(posted, "number")));
    }
    match changed_orders::changed(input, order, posted, found) {
        Some(changed_orders::Changed { before, after, reason }) => {
            Verdict { action: Action::Blocked, before, after, reason }
        }
        None => verdict(Action::Same, Reason::new("posted_before")),
    }
}

fn conflict(order: &Order, number: &str, (name, expected, found): (String, String, String)) -> Reason {
    let reason = Reason::new("number_taken").with("number", number).with("order", name_of(order));
    reason.with("field", name).with("expected", expected).with("found", found)
}

/// An order whose invoice, by number or description, is there: it is the order's if it says the same, else a conflict that is shown. What
/// cannot be compared is no success either: it is held for the order's own reason.
fn known(
    input: &InvoicesInput<'_>,
    order: &Order,
    found: &SalesInvoice,
    wanted: Result<&InvoiceDocument, &Reason>,
    shown: Fields,
) -> Verdict {
    let verdict = |action, before, reason| Verdict { action, before, after: shown.clone(), reason };
    let Some(document) = input.documents.get(&found.number) else {
        return verdict(Action::Blocked, Fields::new(), Reason::new("invoice_not_read").with("number", &found.number));
    };
    let before = invoice_fields(document);
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(reason) => return verdict(Action::Blocked, before, reason.clone()),
    };
    // A day that Forstok does not tell is none to compare with.
    let told = input.shop_invoices.get(&order.id).is_some_and(|invoice| invoice.created_at.is_some());
    let wanted = if told { wanted.clone() } else { InvoiceDocument { date: document.date, ..wanted.clone() } };
    match difference(&wanted, document) {
        None => verdict(Action::Same, before, Reason::new("already_in_accurate").with("number", &found.number)),
        Some(difference) => verdict(Action::Blocked, before, conflict(order, &found.number, difference)),
    }
}

/// The first thing that an invoice in Accurate says otherwise than the one that would be made: customer, date, lines, total. Number and
/// description are what it was found by; names of goods, notes and addresses are words.
#[must_use]
pub fn difference(wanted: &InvoiceDocument, found: &InvoiceDocument) -> Option<(String, String, String)> {
    let essential = |document: &InvoiceDocument| {
        let mut fields = invoice_fields(document);
        fields.retain(|name, _| documents::is_essential(name));
        fields
    };
    let key = OperationKey(String::new());
    let difference = documents::differs(&key, &essential(wanted), essential(found))?;
    Some((difference.field, difference.expected, difference.found.unwrap_or_default()))
}

/// A document that is there by the number that is ours: adopted if it is the same in what makes a document, else a conflict that is shown.
pub(crate) fn adopt(key: &OperationKey, wanted: &Fields, found: Fields, number: &str) -> (Action, Reason) {
    let mut essential = wanted.clone();
    essential.retain(|name, _| documents::is_essential(name));
    match documents::differs(key, &essential, found) {
        None => (Action::Same, Reason::new("already_in_accurate").with("number", number)),
        Some(difference) => (
            Action::Blocked,
            Reason::new("number_taken")
                .with("number", number)
                .with("field", difference.field)
                .with("expected", difference.expected)
                .with("found", difference.found.unwrap_or_default()),
        ),
    }
}

/// Invoices by customer and total, in the order of their list: what may be one that is wanted, though nothing in it says so.
pub(crate) struct Alike<'a>(HashMap<(CustomerId, Money), Vec<&'a SalesInvoice>>);

impl<'a> Alike<'a> {
    /// Sorts them; those whose numbers are taken are what they are.
    pub(crate) fn of(invoices: impl IntoIterator<Item = &'a SalesInvoice>, taken: &HashSet<&str>) -> Self {
        let mut alike: HashMap<_, Vec<&SalesInvoice>> = HashMap::new();
        for invoice in invoices.into_iter().filter(|invoice| !taken.contains(invoice.number.as_str())) {
            if let Some(told) = invoice.customer.zip(invoice.total) {
                alike.entry(told).or_default().push(invoice);
            }
        }
        Self(alike)
    }

    /// The first of them for this customer and total whose day is near; one that tells no day may be of any.
    pub(crate) fn find(&self, customer: CustomerId, total: Money, day: Date) -> Option<&'a SalesInvoice> {
        let near = |date: Date| {
            let days = date.since(day).map_or(i32::MAX, |span| span.get_days());
            SignedDuration::from_hours(24 * i64::from(days)).abs() <= LOOKS_LIKE
        };
        self.0.get(&(customer, total))?.iter().copied().find(|invoice| invoice.date.is_none_or(near))
    }
}

/// The numbers of the invoices in Accurate that are compared line by line, and therefore read before the plan is made: those that orders
/// of the plan may be, and those of orders that are not as they were posted. Looks at no document.
#[must_use]
pub fn to_compare(input: &InvoicesInput<'_>) -> BTreeSet<String> {
    let invoiced = Invoiced::of(input.orders, input.existing, &linked(input.company.decisions));
    let open = |order: &Order, found: &SalesInvoice| {
        let posted = input.posted.get(&key(order.id));
        posted.is_none_or(|posted| changed_orders::is_changed(input, order, posted, found))
    };
    let found = input.orders.iter().filter_map(|order| Some((order, invoiced.find(order)?)));
    found.filter(|(order, found)| open(order, found)).map(|(_, found)| found.number.clone()).collect()
}

/// The invoice of an order that has none, as a plan would post it.
///
/// # Errors
/// The reason why the order is held, its goods having left before they were counted among them.
pub fn due(input: &InvoicesInput<'_>, order: &Order) -> Result<InvoiceDocument, Reason> {
    let wanted = document(input, order)?;
    match before_count(input, order, &wanted).filter(|counted| counted.word.is_none()) {
        Some(counted) => Err(counted.reason(&wanted)),
        None => Ok(wanted),
    }
}

/// The invoice of an order, as it would be posted; it says nothing of whether it is there.
///
/// # Errors
/// The reason why the order is held.
pub fn document(input: &InvoicesInput<'_>, order: &Order) -> Result<InvoiceDocument, Reason> {
    sale_and_document(input, order).map(|(_, document)| document)
}

fn sale_and_document(input: &InvoicesInput<'_>, order: &Order) -> Result<(Sale, InvoiceDocument), Reason> {
    let company = input.company;
    let shop_invoice = input.shop_invoices.get(&order.id);
    let tax = company.mapping.tax_mode();
    let told = input.told_subtotal(order);
    let sale = order.sale(tax, told)?;
    if input.invoices_told && told.is_none() && order.discount.is_positive() && sale.discount.is_zero() {
        // What the buyer pays leaves the discount out; only Forstok's own invoice says whether the shop bears it all the same.
        let unclear = Reason::new("order_discount_unclear").with("discount", sale.discount);
        return Err(unclear.with("alternative", order.discount));
    }
    let items = sale.lines.iter().map(|line| input.goods.item(&line.sku, &line.name)).collect::<Result<Vec<_>, _>>()?;
    let store = company.store(order.store, &order.store_name)?;
    let party = company.customer(store, &order.store_name)?;
    let branch = company.branch(store, &order.store_name)?;
    let mut lines = Vec::with_capacity(sale.lines.len());
    for (line, item) in sale.lines.iter().zip(items) {
        // What the marketplace's own warehouse hands out touches no shelf of the shop (forstok-api.md §7.2, doc).
        let warehouse = if line.fulfilled_by_channel {
            company.channel_warehouse(order.store, &order.store_name)?
        } else {
            company.warehouse(order.warehouse)?
        };
        lines.push(DocumentLine {
            item_no: item.no.clone(),
            item: Some(item.id),
            name: line_name(if line.name.is_empty() { &item.name } else { &line.name }),
            note: line.note.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: Money::ZERO,
            warehouse: warehouse.name.clone(),
            warehouse_id: Some(warehouse.id),
            taxed: tax != TaxMode::None,
        });
    }
    if lines.len() > documents::MOST_LINES {
        return Err(Reason::new("order_too_long").with("lines", lines.len()));
    }
    // The day of Forstok's own invoice (§6.2, since 2023-08); where that is not told, the day of the order's last change.
    let made = shop_invoice.and_then(|invoice| invoice.created_at).unwrap_or(order.updated_at);
    let date = business_day(made);
    company.open_on(date)?;
    let document = InvoiceDocument {
        id: None,
        number: name_of(order),
        date,
        description: order.id.to_string(),
        customer_no: party.no,
        customer: party.id,
        branch,
        taxable: tax != TaxMode::None,
        tax_inclusive: tax == TaxMode::Inclusive,
        cash_discount: sale.discount,
        to_address: order.recipient.clone().filter(|_| company.mapping.sales.recipient),
        lines,
        total: Some(sale.total()),
        owing: None,
        receipts: Vec::new(),
        returned: None,
    };
    Ok((sale, document))
}

/// The row that makes a store's customer, where it is not there.
fn customer_to_make(input: &InvoicesInput<'_>, order: &Order, verdict: &Verdict) -> Option<Operation> {
    let store = input.company.store(order.store, &order.store_name).ok()?;
    let Party { no, name, id: None } = input.company.customer(store, &order.store_name).ok()? else { return None };
    let mut after = Fields::from([
        ("customer_no".to_owned(), no.clone()),
        ("customer_name".to_owned(), name.clone()),
        ("date".to_owned(), field(&verdict.after, "date").to_owned()),
        ("store_id".to_owned(), order.store.to_string()),
        ("store_name".to_owned(), name.clone()),
    ]);
    if let Some(branch) = verdict.after.get("branch_id") {
        after.insert("branch_id".to_owned(), branch.clone());
    }
    Some(Operation {
        key: customer_key(order.store, &no),
        action: Action::Create,
        target: Target { side: Side::Accurate, database: input.company.database, record: name },
        before: Fields::new(),
        after,
        reason: Reason::new("customer_missing"),
        group: String::new(),
    })
}

/// Σ of what would be invoiced.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Create, "total")
}

/// Posts invoices a hundred a call, customers before them, and reads both back by their numbers.
#[derive(Default)]
pub struct Invoices {
    directory: Directory,
}

#[async_trait]
impl Executor for Invoices {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, ROWS)
    }

    fn phase(&self, operation: &Operation) -> u8 {
        u8::from(!is_customer(operation))
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
        if batch.iter().all(|operation| is_customer(operation)) {
            let customers =
                batch.iter().map(|operation| documents::customer(operation)).collect::<Result<Vec<_>, _>>()?;
            return ports.books.save_customers(&customers).await;
        }
        let invoices = batch.iter().map(|operation| documents::invoice(operation)).collect::<Result<Vec<_>, _>>()?;
        let now = as_now(invoices, &self.directory, ports).await?;
        let sent = ports.books.save_invoices(&now.documents).await?;
        Ok(now.outcomes(sent))
    }

    fn tells(&self, whose: Whose, difference: &Difference) -> bool {
        if difference.field == "customer_name" {
            return whose == Whose::Refused && !is_cut(difference);
        }
        documents::is_essential(&difference.field)
    }

    /// A customer that was made, and the documents that name it, are known by its id from then on, whatever number it is given.
    fn as_posted(&self, entries: Vec<&JournalEntry>) -> Vec<Operation> {
        let made: MadeCustomers = entries
            .iter()
            .filter(|entry| is_customer(&entry.operation))
            .filter_map(|entry| match entry.state {
                OperationState::Posted { record } => Some((entry.operation.key.clone(), CustomerId(record?))),
                _ => None,
            })
            .collect();
        let mut operations: Vec<Operation> = entries.into_iter().map(|entry| entry.operation.clone()).collect();
        operations.iter_mut().for_each(|operation| tell_customer(&mut operation.after, &made));
        operations
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let (customers, invoices): (Vec<&Operation>, Vec<&Operation>) =
            operations.iter().partition(|operation| is_customer(operation));
        let mut by_key: HashMap<&OperationKey, Found> = HashMap::new();
        if !customers.is_empty() {
            by_key.extend(super::customers::found(ports, &customers).await?);
        }
        if !invoices.is_empty() {
            let query = query(&invoices);
            let documents = ports.books.invoices_of(&query).await?;
            let found =
                found_by_number(&invoices, &documents, |one| (&one.number, one.id.map(|id| id.0)), invoice_fields);
            by_key.extend(invoices.iter().map(|operation| &operation.key).zip(found));
        }
        Ok(operations.iter().map(|operation| by_key.remove(&operation.key).unwrap_or(Found::Missing)).collect())
    }

    fn promised(&self, operation: &Operation) -> Fields {
        if !is_customer(operation) {
            return documents::promised(operation, documents::invoice, invoice_fields);
        }
        let mut sent = operation.after.clone();
        sent.retain(|name, _| !matches!(name.as_str(), "store_id" | "store_name"));
        sent
    }
}

/// Which documents operations are about: their numbers, and the days that they are dated within.
pub(crate) fn query(operations: &[&Operation]) -> DocumentQuery {
    let fields = || operations.iter().map(|operation| documents::fields_of(operation));
    let days: Vec<Date> = fields().filter_map(|fields| field(fields, "date").parse().ok()).collect();
    DocumentQuery {
        numbers: fields().map(|fields| field(fields, "number").to_owned()).collect(),
        dated: days.iter().min().copied().zip(days.iter().max().copied()),
    }
}

#[cfg(test)]
#[path = "invoices_tests.rs"]
mod tests;
