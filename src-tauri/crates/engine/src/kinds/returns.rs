//! Goods that came back → sales returns of Accurate, full or partial (accurate-online-api.md §6.10), into the warehouse that a person has
//! chosen. The prices are those of the invoice as it stands in Accurate; nothing comes back that was not sold.

use super::called::{Directory, as_now};
use super::{Executor, Found, Ports, Whose, chunks, invoices, voids};
use crate::documents::{self, found_by_number, return_fields};
use crate::orders::Invoiced;
use crate::ports::{PortError, RowOutcome};
use crate::sales::{Company, Goods, name_of};
use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::RowChoice;
use selaras_domain::documents::{DocumentLine, InvoiceDocument, ReturnDocument};
use selaras_domain::ids::{OrderId, WarehouseId};
use selaras_domain::order::{Order, OrderStatus, ReturnedLine, business_day};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target, sha256_hex};
use selaras_domain::run::Difference;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "returns";

/// Id of a return that is of everything that is left of an order.
const REST: &str = "rest";

/// What the planner needs.
pub struct ReturnsInput<'a> {
    /// The company.
    pub company: &'a Company<'a>,
    /// Which item each SKU is.
    pub goods: &'a Goods<'a>,
    /// The orders that were read.
    pub orders: &'a [Order],
    /// The sales invoices in Accurate, as their list shows them.
    pub existing: &'a [SalesInvoice],
    /// Those of orders of which something came back, whole, with what of them is returned, by number.
    pub documents: &'a HashMap<String, InvoiceDocument>,
    /// Invoices that were posted and not taken back, by key.
    pub posted_invoices: &'a BTreeMap<OperationKey, Fields>,
    /// Returns in Accurate that may be ours, by number.
    pub returns: &'a HashMap<String, ReturnDocument>,
    /// What was posted and not taken back, by key.
    pub posted: &'a BTreeMap<OperationKey, Fields>,
    /// Invoices that a person has linked to orders, by order.
    pub linked: &'a BTreeMap<OrderId, String>,
    /// The warehouse that was chosen for this plan; else the mapping's.
    pub warehouse: Option<WarehouseId>,
    /// Only these orders, by number or id; empty: all.
    pub only: &'a [String],
}

/// The key of a return.
#[must_use]
pub fn key(order: OrderId, id: &str) -> OperationKey {
    OperationKey(format!("return:{order}:{id}"))
}

/// The order that a return's key names.
#[must_use]
pub fn order_of(key: &OperationKey) -> Option<OrderId> {
    key.0.strip_prefix("return:")?.split(':').next()?.parse().ok()
}

/// What the document is called: made from the order and the return, so that the same return is always found again.
#[must_use]
pub fn number(order: OrderId, id: &str) -> String {
    format!("SLT-{}", sha256_hex(format!("{order}|{id}").as_bytes()).get(..12).unwrap_or_default().to_uppercase())
}

/// Whether something of an order came back, or is on its way. An order that could not be handed over comes back whole
/// (forstok-accounting-flow.md §8, guess).
#[must_use]
pub fn came_back(order: &Order) -> bool {
    !order.returns.is_empty() || matches!(order.status, OrderStatus::Returned | OrderStatus::FailedDelivery)
}

/// The invoices in Accurate of orders of which something came back: each is read whole before a plan is made, as only so is it told what of
/// it is returned (accurate-online-api.md §6.8, seen).
#[must_use]
pub fn to_read<'a>(
    orders: &[Order],
    existing: &'a [SalesInvoice],
    linked: &BTreeMap<OrderId, String>,
) -> Vec<(OrderId, &'a SalesInvoice)> {
    let invoiced = Invoiced::of(orders, existing, linked);
    let back = orders.iter().filter(|order| came_back(order));
    back.filter_map(|order| Some((order.id, invoiced.find(order)?))).collect()
}

/// Whether everything that came back of an order is booked: by these keys, each return that is told, or all of it at once.
#[must_use]
pub fn booked(order: &Order, posted: &BTreeSet<OperationKey>) -> bool {
    let all = posted.contains(&key(order.id, REST));
    all || (!order.returns.is_empty() && order.returns.iter().all(|back| posted.contains(&key(order.id, &back.id))))
}

/// The numbers that the returns of these orders have.
#[must_use]
pub fn numbers(orders: &[Order]) -> Vec<String> {
    orders
        .iter()
        .filter(|order| came_back(order))
        .flat_map(|order| {
            let own = order.returns.iter().map(|back| number(order.id, &back.id));
            own.chain(std::iter::once(number(order.id, REST)))
        })
        .collect()
}

/// One return of an order: some lines of it, or all that is left.
struct Back<'a> {
    id: &'a str,
    at: Timestamp,
    lines: Option<&'a [ReturnedLine]>,
}

/// What is left of an invoice's lines, as returns are taken off it one after the other.
struct Left {
    lines: Vec<(DocumentLine, Quantity)>,
    discount: Money,
    tax: Money,
}

/// Plans the returns, the oldest order first. An order that was not invoiced has nothing to be returned.
#[must_use]
pub fn plan(input: &ReturnsInput<'_>) -> Vec<Operation> {
    let invoiced = Invoiced::of(input.orders, input.existing, input.linked);
    let mut orders: Vec<&Order> =
        input.orders.iter().filter(|order| came_back(order) && voids::asked(input.only, order)).collect();
    orders.sort_by_key(|order| (order.ordered_at, order.id));
    let mut operations = Vec::new();
    for order in orders {
        let Some(found) = invoiced.find(order) else {
            // A part that came back of an order whose invoice is still to come waits for it; all of it is no sale at all.
            if order.status.rank().is_some() {
                let reason = Reason::new("return_waits_for_invoice").with("order", name_of(order));
                operations.extend(order.returns.iter().map(|back| held(input, order, &back.id, reason.clone())));
            }
            continue;
        };
        operations.extend(of_order(input, order, found));
    }
    operations
}

fn of_order(input: &ReturnsInput<'_>, order: &Order, found: &SalesInvoice) -> Vec<Operation> {
    let Some(invoice) = input.documents.get(&found.number) else {
        let reason = Reason::new("invoice_not_read").with("number", &found.number);
        let ids: Vec<&str> = order.returns.iter().map(|back| back.id.as_str()).collect();
        let ids = if ids.is_empty() { vec![REST] } else { ids };
        return ids.into_iter().map(|id| held(input, order, id, reason.clone())).collect();
    };
    let mut backs: Vec<Back<'_>> =
        order.returns.iter().map(|back| Back { id: &back.id, at: back.at, lines: Some(&back.lines) }).collect();
    backs.sort_by_key(|back| (back.at, back.id));
    let rest = || Back { id: REST, at: order.updated_at, lines: None };
    let whole = matches!(order.status, OrderStatus::Returned | OrderStatus::FailedDelivery);
    let rest_booked =
        input.posted.contains_key(&key(order.id, REST)) || input.returns.contains_key(&number(order.id, REST));
    let mut left = Left::of(invoice);
    let mut operations = Vec::new();
    if rest_booked && !backs.is_empty() {
        // All of it was booked by the status, before Forstok told it piece by piece.
        let reason = Reason::new("return_in_whole").with("number", number(order.id, REST));
        let told = backs.drain(..).map(|back| back.id);
        let same = |id| operation(input, order, id, (Action::Same, reason.clone()), Fields::new(), Fields::new());
        operations.extend(told.map(same));
    }
    let told = !order.returns.is_empty();
    // Returns that are told say what came back; a status alone says that all did.
    if rest_booked || (whole && backs.is_empty()) {
        backs.push(rest());
    }
    let returning = Returning { input, order, invoice };
    operations.extend(backs.into_iter().map(|back| returning.one(&back, &mut left)));
    if whole && told && !rest_booked && left.lines.iter().any(|(_, units)| units.is_positive()) {
        operations.push(returning.the_rest(&rest(), &mut left));
    }
    if order.status == OrderStatus::FailedDelivery {
        operations.iter_mut().for_each(|operation| await_parcel(input, order, operation));
    }
    operations
}

/// A parcel that could not be handed over is with the courier until it is back: booked before, its units would be offered again. The service
/// may never say that it is, so a person can.
fn await_parcel(input: &ReturnsInput<'_>, order: &Order, operation: &mut Operation) {
    let whole = operation.key == key(order.id, REST);
    if whole && operation.action == Action::Create && input.company.decision(&operation.key) != Some(&RowChoice::Send) {
        operation.action = Action::Blocked;
        operation.reason = Reason::new("parcel_not_back").with("order", name_of(order));
    }
}

/// A return without a document; what a person has decided about it goes before what holds it.
fn held(input: &ReturnsInput<'_>, order: &Order, id: &str, reason: Reason) -> Operation {
    let verdict = input.company.settled(&key(order.id, id)).unwrap_or((Action::Blocked, reason));
    operation(input, order, id, verdict, Fields::new(), Fields::new())
}

/// An order with goods that came back, and its invoice.
struct Returning<'a> {
    input: &'a ReturnsInput<'a>,
    order: &'a Order,
    invoice: &'a InvoiceDocument,
}

impl Returning<'_> {
    /// What becomes of one return.
    fn one(&self, back: &Back<'_>, left: &mut Left) -> Operation {
        let Self { input, order, .. } = *self;
        let key = key(order.id, back.id);
        let wanted = self.document(back, left);
        let after = wanted.as_ref().map(return_fields).unwrap_or_default();
        let mut before = Fields::new();
        let verdict = if let Some(posted) = input.posted.get(&key) {
            before.clone_from(posted);
            (Action::Same, Reason::new("posted_before"))
        } else {
            match (input.company.settled(&key), &wanted) {
                (Some(settled), _) => settled,
                (None, Err(reason)) => (Action::Blocked, reason.clone()),
                (None, Ok(wanted)) => match input.returns.get(&wanted.number) {
                    Some(there) => {
                        before = return_fields(there);
                        invoices::adopt(&key, &after, before.clone(), &there.number)
                    }
                    None => match self.entered_already() {
                        Some(reason) if input.company.decision(&key) != Some(&RowChoice::Send) => {
                            (Action::Blocked, reason)
                        }
                        _ => (Action::Create, Reason::new("return_ready")),
                    },
                },
            }
        };
        operation(input, order, back.id, verdict, before, after)
    }

    /// What a status calls returned and no return tells: a person says whether it came back.
    fn the_rest(&self, back: &Back<'_>, left: &mut Left) -> Operation {
        let units: Quantity = left.lines.iter().map(|(_, units)| *units).sum();
        let mut operation = self.one(back, left);
        if operation.action == Action::Create && self.input.company.decision(&operation.key).is_none() {
            operation.action = Action::Blocked;
            operation.reason =
                Reason::new("return_rest_not_told").with("order", name_of(self.order)).with("quantity", units);
        }
        operation
    }

    /// More of an invoice is returned than by documents of this program: somebody has entered a return by hand, as the vendor asks for
    /// it (forstok-accounting-flow.md §6.4), and this may be it.
    fn entered_already(&self) -> Option<Reason> {
        let Self { input, order, invoice } = *self;
        let returned = invoice.returned.filter(|returned| returned.is_positive())?;
        let ids = order.returns.iter().map(|back| back.id.as_str()).chain(std::iter::once(REST));
        let ours: Money = ids
            .filter_map(|id| {
                let posted = input.posted.get(&key(order.id, id)).map(|fields| fields.get("total").cloned());
                let there = || input.returns.get(&number(order.id, id))?.total;
                posted.map_or_else(there, |total| total?.parse().ok().map(Money))
            })
            .sum();
        (returned > ours).then(|| {
            Reason::new("return_entered_already")
                .with("number", &invoice.number)
                .with("returned", returned)
                .with("ours", ours)
        })
    }

    /// The document of one return.
    fn document(&self, back: &Back<'_>, left: &mut Left) -> Result<ReturnDocument, Reason> {
        let Self { input, order, invoice } = *self;
        // What is taken off is off even where the return is held, so that one return is never counted for another.
        let lines = match back.lines {
            None => left.take_all(),
            Some(lines) => {
                let mut taken = Vec::new();
                for (sku, units) in lines.iter().flat_map(|line| units_of(order, line)) {
                    let item = input.goods.item(&sku, &sku)?;
                    let more = || Reason::new("return_more_than_sold").with("sku", &sku).with("quantity", units);
                    taken.extend(left.take(&item.no, units).ok_or_else(more)?);
                }
                taken
            }
        };
        if lines.is_empty() {
            return Err(Reason::new("return_empty"));
        }
        let goods: Money = lines.iter().map(value).sum();
        let (discount, tax) = left.take_share(goods, left.goods());
        input.company.customer_of(order, invoice)?;
        if let Some(posted) = input.posted_invoices.get(&invoices::key(order.id))
            && let Some(changed) =
                voids::changed(input.company.made, &invoice.number, posted, documents::invoice_fields(invoice))
        {
            return Err(changed);
        }
        let date = business_day(back.at);
        input.company.open_on(date)?;
        // What was handed out by the marketplace's own warehouse comes back there.
        let theirs = input.company.mapping.channel_warehouse(order.store);
        let chosen = input.warehouse.or(input.company.mapping.sales.return_warehouse_id);
        let put_back = |line: DocumentLine| {
            let into = line.warehouse_id.filter(|sold_from| Some(*sold_from) == theirs).or(chosen);
            let into = into.ok_or_else(|| Reason::new("return_warehouse_not_chosen"))?;
            let warehouse = input.company.warehouse_of(into, || into.to_string())?;
            Ok(DocumentLine { warehouse: warehouse.name.clone(), warehouse_id: Some(warehouse.id), ..line })
        };
        let lines = lines.into_iter().map(put_back).collect::<Result<Vec<_>, Reason>>()?;
        Ok(ReturnDocument {
            id: None,
            number: number(order.id, back.id),
            date,
            description: format!("{} {}", name_of(order), order.id),
            customer_no: invoice.customer_no.clone(),
            customer: invoice.customer,
            invoice_no: invoice.number.clone(),
            branch: invoice.branch,
            taxable: invoice.taxable,
            tax_inclusive: invoice.tax_inclusive,
            lines: joined(lines.into_iter()),
            cash_discount: discount,
            total: Some(goods - discount + tax),
        })
    }
}

fn operation(
    input: &ReturnsInput<'_>,
    order: &Order,
    id: &str,
    (action, reason): (Action, Reason),
    before: Fields,
    mut after: Fields,
) -> Operation {
    invoices::describe(input.company, order, &mut after);
    Operation {
        key: key(order.id, id),
        action,
        target: Target { side: Side::Accurate, database: input.company.database, record: name_of(order) },
        before,
        after,
        reason,
        group: String::new(),
    }
}

impl Left {
    fn of(invoice: &InvoiceDocument) -> Self {
        let goods: Money = invoice.lines.iter().map(value).sum();
        let net = goods - invoice.cash_discount;
        let tax = if invoice.tax_inclusive { Money::ZERO } else { invoice.total.unwrap_or(net) - net };
        let lines = invoice.lines.iter().map(|line| (line.clone(), line.quantity)).collect();
        Self { lines, discount: invoice.cash_discount, tax }
    }

    fn goods(&self) -> Money {
        self.lines.iter().map(|(line, units)| worth(line, *units)).sum()
    }

    /// Takes units of an item off, dearest line first, and gives back the lines that they are.
    fn take(&mut self, item_no: &str, units: Quantity) -> Option<Vec<DocumentLine>> {
        let mut wanted = units;
        let mut places: Vec<usize> =
            (0..self.lines.len()).filter(|&place| self.lines[place].0.item_no == item_no).collect();
        places.sort_by_key(|&place| std::cmp::Reverse(self.lines[place].0.unit_price));
        let mut taken = Vec::new();
        for place in places {
            let (line, left) = &mut self.lines[place];
            let now = (*left).min(wanted);
            if now.is_positive() {
                *left = *left - now;
                wanted = wanted - now;
                taken.push(DocumentLine {
                    quantity: now,
                    discount: share(line.discount, now, line.quantity),
                    ..line.clone()
                });
            }
        }
        wanted.is_zero().then_some(taken)
    }

    fn take_all(&mut self) -> Vec<DocumentLine> {
        let lines = self.lines.iter_mut().filter(|(_, left)| left.is_positive());
        lines
            .map(|(line, left)| {
                let quantity = std::mem::take(left);
                DocumentLine { quantity, discount: share(line.discount, quantity, line.quantity), ..line.clone() }
            })
            .collect()
    }

    /// The share of the invoice's own discount and of its tax that goes back with goods of this worth; what is left stays for the next.
    fn take_share(&mut self, worth: Money, rest: Money) -> (Money, Money) {
        let weights = [worth.0, rest.0];
        let of = |amount: &mut Money| {
            let share = amount.apportion(&weights).first().copied().unwrap_or_default();
            *amount = *amount - share;
            share
        };
        (of(&mut self.discount), of(&mut self.tax))
    }
}

/// What units of a line are worth, its own discount off.
fn worth(line: &DocumentLine, units: Quantity) -> Money {
    units.at(line.unit_price) - share(line.discount, units, line.quantity)
}

fn value(line: &DocumentLine) -> Money {
    worth(line, line.quantity)
}

/// The share of an amount that some units of all have.
fn share(amount: Money, units: Quantity, all: Quantity) -> Money {
    if amount.is_zero() || units == all {
        return amount;
    }
    amount.apportion(&[units.0, all.0 - units.0]).first().copied().unwrap_or_default()
}

/// Lines of one item, price and warehouse are one.
fn joined(lines: impl Iterator<Item = DocumentLine>) -> Vec<DocumentLine> {
    let mut joined: Vec<DocumentLine> = Vec::new();
    for line in lines {
        let same = |known: &&mut DocumentLine| {
            (&known.item_no, known.unit_price, known.warehouse_id)
                == (&line.item_no, line.unit_price, line.warehouse_id)
        };
        match joined.iter_mut().find(same) {
            Some(known) => {
                known.quantity = known.quantity + line.quantity;
                known.discount = known.discount + line.discount;
            }
            None => joined.push(line),
        }
    }
    joined
}

/// What a returned line is of: itself, or the parts of the bundle that it was sold as.
pub(super) fn units_of(order: &Order, back: &ReturnedLine) -> Vec<(String, Quantity)> {
    let bundle = order.lines.iter().find(|line| line.sku == back.sku && !line.components.is_empty());
    match bundle {
        None => vec![(back.sku.clone(), back.quantity)],
        Some(line) => {
            let mut units: Vec<(String, Quantity)> = Vec::new();
            for part in &line.components {
                let count = Quantity(part.quantity.0.checked_mul(back.quantity.0).unwrap_or(Decimal::MAX));
                match units.iter_mut().find(|(sku, _)| *sku == part.sku) {
                    Some((_, known)) => *known = *known + count,
                    None => units.push((part.sku.clone(), count)),
                }
            }
            units
        }
    }
}

/// Σ of what would be returned.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    super::sum_of(operations, Action::Create, "total")
}

/// Posts returns a hundred a call and reads them back by their numbers.
#[derive(Default)]
pub struct Returns {
    directory: Directory,
}

#[async_trait]
impl Executor for Returns {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, invoices::ROWS)
    }

    /// One after the other: two returns of one invoice are two changes of it.
    fn parallel(&self) -> usize {
        1
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
        let returns = batch.iter().map(|operation| documents::returned(operation)).collect::<Result<Vec<_>, _>>()?;
        let now = as_now(returns, &self.directory, ports).await?;
        let sent = ports.books.save_returns(&now.documents).await?;
        Ok(now.outcomes(sent))
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let documents = ports.books.returns_of(&invoices::query(operations)).await?;
        Ok(found_by_number(operations, &documents, |one| (&one.number, one.id.map(|id| id.0)), return_fields))
    }

    fn promised(&self, operation: &Operation) -> Fields {
        documents::promised(operation, documents::returned, return_fields)
    }
}

#[cfg(test)]
#[path = "returns_tests.rs"]
mod tests;
