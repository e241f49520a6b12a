//! Stock, Accurate → Forstok: all mapped warehouses, absolute figures, only what changed.

use super::{Executor, Found, Ports, chunks, field, parsed};
use crate::ports::{PortError, RowOutcome};
use crate::shelf::{OrderPlace, Shelf, Sold, Standing, shelf};
use crate::sku::{SkuRow, stock_obstacle};
use async_trait::async_trait;
use jiff::Timestamp;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::QuantityLine;
use selaras_domain::ids::{DatabaseId, ForstokWarehouseId, ItemId, WarehouseId};
use selaras_domain::order::Order;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "stock";

/// A mapped pair of warehouses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehousePair {
    /// In Forstok.
    pub forstok: ForstokWarehouseId,
    /// Its name there, for display.
    pub forstok_name: String,
    /// In Accurate.
    pub accurate: WarehouseId,
}

/// What the planner needs.
pub struct StockInput<'a> {
    /// The database that the figures come from.
    pub database: DatabaseId,
    /// The state of every SKU.
    pub rows: &'a [SkuRow<'a>],
    /// The mapped pairs.
    pub pairs: &'a [WarehousePair],
    /// On hand in Accurate; an item without a row has no stock in that warehouse (accurate-online-api.md §8: `availableStock` is 0
    /// for an item that is not in the warehouse, seen).
    pub stock: &'a HashMap<(WarehouseId, ItemId), Quantity>,
    /// Whether Forstok's own figures can be read; otherwise what was sent last stands for them.
    pub readable: bool,
    /// What was sent last, by key.
    pub sent: &'a BTreeMap<OperationKey, Fields>,
    /// Where stock was counted in Accurate.
    pub counted: &'a Counted,
    /// What was sold; `None` where orders or invoices cannot be read.
    pub sold: Option<&'a Sold<'a>>,
    /// Whether it should be known what was sold: then no figure rises without it.
    pub sells: bool,
    /// The number of an order that may have left and does not tell which goods: then no figure rises, either.
    pub unknown_goods: Option<&'a str>,
}

/// Where stock was ever counted in Accurate, as far as Selaras can know.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// When opening stock that was posted counted its place, by its key.
    pub opening_posted: BTreeMap<OperationKey, Timestamp>,
    /// Codes of the items that Selaras itself has made in this database: they were born without stock.
    pub made: BTreeSet<String>,
    /// Where an item was ever seen with stock: there its zero means sold out.
    pub stocked: BTreeSet<(WarehouseId, ItemId)>,
    /// Whether the books are new: then no item has stock that nobody has counted.
    pub new_books: bool,
}

impl Counted {
    /// Whether an item has never been counted there: then its zero, or what invoices have made of it, is no figure, and sending it would
    /// empty the shop. In books that were kept before Selaras a zero may be one of selling out.
    #[must_use]
    pub fn never(&self, warehouse: WarehouseId, item: &Item) -> bool {
        (self.new_books || self.made.contains(&item.no))
            && !self.stocked.contains(&(warehouse, item.id))
            && self.at(warehouse, item.id).is_none()
    }

    /// When Selaras has entered a count of an item there.
    #[must_use]
    pub fn at(&self, warehouse: WarehouseId, item: ItemId) -> Option<Timestamp> {
        self.opening_posted.get(&super::opening_stock::key(warehouse, item)).copied()
    }
}

/// The key of a SKU's figure in a warehouse.
#[must_use]
pub fn key(warehouse: ForstokWarehouseId, sku: &str) -> OperationKey {
    OperationKey(format!("stock:{warehouse}:{sku}"))
}

/// Plans the figures of every matched SKU in every mapped warehouse. SKUs that are not matched are left out here: they are held
/// in the SKU queues and in the item plan, with their reason.
#[must_use]
pub fn plan(input: &StockInput<'_>) -> Vec<Operation> {
    let mut owners: HashMap<ItemId, usize> = HashMap::new();
    for item in input.rows.iter().filter_map(|row| row.item.filter(|_| matched(row))) {
        *owners.entry(item.id).or_default() += 1;
    }
    let mut operations = Vec::new();
    for pair in input.pairs {
        for row in input.rows.iter().filter(|row| matched(row)) {
            let Some(item) = row.item else { continue };
            let shared = owners.get(&item.id).is_some_and(|&count| count > 1);
            operations.push(operation(input, pair, row, item, shared));
        }
    }
    operations
}

fn matched(row: &SkuRow<'_>) -> bool {
    row.state == selaras_domain::decision::SkuState::Matched && row.variant.is_some()
}

fn operation(input: &StockInput<'_>, pair: &WarehousePair, row: &SkuRow<'_>, item: &Item, shared: bool) -> Operation {
    let key = key(pair.forstok, row.sku);
    let read = row.variant.and_then(|variant| {
        variant.stock.iter().find(|stock| stock.warehouse == pair.forstok).map(|stock| stock.on_hand)
    });
    let sent = input.sent.get(&key).and_then(|fields| field(fields, "on_hand").parse().ok()).map(Quantity);
    let before = if input.readable { read } else { sent };
    let figure = input.stock.get(&(pair.accurate, item.id)).copied();
    let books = figure.unwrap_or_default();
    let shelf = shelf_of(input, pair, row, item);
    let own = shelf.holds();
    let wanted = if own.is_negative() { Quantity::ZERO } else { own };
    let may_hold_stock = if input.readable { read.is_some_and(Quantity::is_positive) } else { true };
    let opening_open = !books.is_positive() && may_hold_stock && input.counted.never(pair.accurate, item);
    let rises = wanted > before.unwrap_or_default();
    let (action, reason) = if shared {
        (Action::Blocked, Reason::new("item_linked_twice").with("item_no", &row.code))
    } else if let Some(obstacle) = stock_obstacle(item) {
        (Action::Blocked, obstacle)
    } else if opening_open {
        (Action::Blocked, Reason::new("opening_stock_open").with("on_hand", read.unwrap_or_default()))
    } else if !wanted.0.fract().is_zero() {
        (Action::Blocked, Reason::new("quantity_fraction").with("quantity", wanted))
    } else if before == Some(wanted) || (input.readable && before.is_none() && wanted.is_zero()) {
        (Action::Same, Reason::new("same_stock"))
    } else if rises && input.sells && input.sold.is_none() {
        (Action::Blocked, Reason::new("sold_not_read").with("accurate", books))
    } else if let Some(order) = input.unknown_goods.filter(|_| rises) {
        (Action::Blocked, Reason::new("goods_not_told").with("order", order).with("wanted", wanted))
    } else {
        let action = if before.is_some() { Action::Change } else { Action::Create };
        (action, change(&shelf, figure.is_none()))
    };
    let mut fields = Fields::new();
    if let Some(before) = before {
        fields.insert("on_hand".into(), before.text());
    }
    let mut after = Fields::from([
        ("sku".into(), row.sku.to_owned()),
        ("warehouse_id".into(), pair.forstok.to_string()),
        ("warehouse_name".into(), pair.forstok_name.clone()),
        ("on_hand".into(), wanted.text()),
    ]);
    after.extend(lines(&shelf));
    Operation {
        key,
        action,
        target: Target { side: Side::Forstok, database: input.database, record: row.sku.to_owned() },
        before: fields,
        after,
        reason,
        group: String::new(),
    }
}

/// The place's shelf; the books alone where it is not known what was sold.
fn shelf_of<'a>(input: &StockInput<'a>, pair: &WarehousePair, row: &SkuRow<'_>, item: &Item) -> Shelf<'a> {
    let place = place(input, pair, row, item);
    input.sold.map_or_else(|| Shelf::unsold(place.books), |sold| shelf(sold, &place))
}

fn place<'r>(
    input: &StockInput<'_>,
    pair: &WarehousePair,
    row: &'r SkuRow<'_>,
    item: &Item,
) -> crate::shelf::Place<'r> {
    let stock = row.variant.map(|variant| variant.stock.as_slice()).unwrap_or_default();
    let read = stock.iter().find(|stock| stock.warehouse == pair.forstok).map(|stock| stock.on_hand);
    crate::shelf::Place {
        warehouse: pair.forstok,
        sku: row.sku,
        books: input.stock.get(&(pair.accurate, item.id)).copied().unwrap_or_default(),
        forstok: input.readable.then(|| read.unwrap_or_default()),
        counted_at: input.counted.at(pair.accurate, item.id),
    }
}

/// What the plan has found of orders that nobody can know of ([`crate::shelf`]), to be remembered for the next one.
#[must_use]
pub fn found(input: &StockInput<'_>) -> Vec<(OrderPlace, bool)> {
    let Some(sold) = input.sold else { return Vec::new() };
    let mut found = Vec::new();
    for pair in input.pairs {
        for row in input.rows.iter().filter(|row| matched(row)) {
            if let Some(item) = row.item {
                let place = place(input, pair, row, item);
                found.extend(shelf(sold, &place).found(&place));
            }
        }
    }
    found
}

/// Why a figure is another one.
fn change(shelf: &Shelf<'_>, not_in_warehouse: bool) -> Reason {
    let (left, early) = (shelf.left(), shelf.early());
    let of_books = |code: &str| Reason::new(code).with("accurate", shelf.books);
    match (left.is_positive(), early.is_positive()) {
        _ if shelf.holds().is_negative() => Reason::new("negative_as_zero").with("quantity", shelf.holds()),
        (true, true) => of_books("sold_and_invoiced_early").with("units", left).with("early", early),
        (true, false) => of_books("sold_not_invoiced").with("units", left),
        (false, true) => of_books("invoiced_early").with("units", early),
        (false, false) if not_in_warehouse => Reason::new("not_in_warehouse"),
        (false, false) => Reason::new("stock_differs"),
    }
}

/// How many orders are named in a row.
const ORDERS_NAMED: usize = 20;

/// What lies between the books and the figure, for people; nothing where they are the same. Never sent.
fn lines(shelf: &Shelf<'_>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut part = |name: &str, orders: Vec<(&Order, Quantity)>| {
        if orders.is_empty() {
            return;
        }
        let units: Quantity = orders.iter().map(|(_, units)| *units).sum();
        let named = orders
            .iter()
            .take(ORDERS_NAMED)
            .map(|(order, units)| format!("{} × {units}", crate::sales::name_of(order)));
        let more = if orders.len() > ORDERS_NAMED { ", …" } else { "" };
        fields.push((name.to_owned(), units.text()));
        fields.push((format!("{name}_orders"), format!("{}{more}", named.collect::<Vec<_>>().join(", "))));
    };
    part("sold_not_invoiced", shelf.orders(Standing::taken_off));
    part("invoiced_early", shelf.orders(|standing| standing == Standing::Early));
    part("already_in_figure", shelf.orders(Standing::in_figure));
    if !fields.is_empty() {
        fields.push(("accurate".to_owned(), shelf.books.text()));
    }
    fields
}

/// Sends absolute figures and reads the variants back.
pub struct Stock;

#[async_trait]
impl Executor for Stock {
    fn batches<'a>(&self, ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, ports.shop.quantity_batch())
    }

    fn parallel(&self) -> usize {
        4
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        false
    }

    fn sends(&self, field: &str) -> bool {
        matches!(field, "sku" | "warehouse_id" | "on_hand")
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let lines = batch
            .iter()
            .map(|operation| {
                Ok(QuantityLine {
                    sku: field(&operation.after, "sku").to_owned(),
                    warehouse: parsed(operation, "warehouse_id")?,
                    quantity: Quantity(parsed(operation, "on_hand")?),
                })
            })
            .collect::<Result<Vec<_>, PortError>>()?;
        ports.shop.set_quantities(&lines).await
    }

    /// Warehouse and SKU are what it is looked up by; the rest is told to people.
    fn promised(&self, operation: &Operation) -> Fields {
        let mut sent = operation.after.clone();
        sent.retain(|name, _| name == "on_hand");
        sent
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let variants = match ports.shop.live_variants().await {
            Ok(variants) => variants,
            Err(PortError::NotOffered { .. }) => return Ok(vec![Found::NotReadable; operations.len()]),
            Err(error) => return Err(error),
        };
        let figures: HashMap<(String, &str), Quantity> = variants
            .iter()
            .flat_map(|variant| {
                variant.stock.iter().map(|stock| ((stock.warehouse.to_string(), variant.sku.as_str()), stock.on_hand))
            })
            .collect();
        // What was just written to is there: a list without any of it, or without figures, tells nothing of it.
        if figures.is_empty() {
            return Ok(vec![Found::NotReadable; operations.len()]);
        }
        Ok(operations
            .iter()
            .map(|operation| {
                let place = field(&operation.after, "warehouse_id").to_owned();
                match figures.get(&(place, field(&operation.after, "sku"))) {
                    Some(on_hand) => {
                        Found::Record { id: None, fields: Fields::from([("on_hand".into(), on_hand.text())]) }
                    }
                    None => Found::absent(&variants, field(&operation.after, "sku")),
                }
            })
            .collect())
    }
}
