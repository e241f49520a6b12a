//! Stock, Accurate → Forstok: all mapped warehouses, absolute figures, only what changed.

use super::{Executor, Found, Ports, chunks, field, parsed};
use crate::orders::Invoiced;
use crate::ports::{PortError, RowOutcome};
use crate::sku::{SkuRow, stock_obstacle};
use async_trait::async_trait;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::QuantityLine;
use selaras_domain::ids::{DatabaseId, ForstokWarehouseId, ItemId, WarehouseId};
use selaras_domain::order::{Order, OrderStatus};
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
    /// Units that are invoiced in Accurate and have not left Forstok's on hand, by warehouse and SKU ([`invoiced_early`]).
    pub early: &'a HashMap<(ForstokWarehouseId, String), Quantity>,
}

/// Units of orders that have their invoice in Accurate and are not yet ready to ship in Forstok. Accurate's stock has fallen by them,
/// Forstok's on hand falls by them later by itself: sent as they are, the figures would count them twice
/// (forstok-accounting-flow.md §5.2, "arithmetic trap"; the sum is a guess). An order that names no warehouse is of the `only` one.
#[must_use]
pub fn invoiced_early(
    orders: &[Order],
    invoiced: &Invoiced<'_>,
    only: Option<ForstokWarehouseId>,
) -> HashMap<(ForstokWarehouseId, String), Quantity> {
    let mut early: HashMap<(ForstokWarehouseId, String), Quantity> = HashMap::new();
    let open =
        |order: &&Order| !order.status.has_left() && order.status != OrderStatus::Cancelled && invoiced.has(order);
    for order in orders.iter().filter(open) {
        let Some(warehouse) = order.warehouse.or(only) else { continue };
        for sku in order.skus() {
            let units = order.units(sku);
            if units.is_positive() {
                let known = early.entry((warehouse, sku.to_owned())).or_default();
                *known = *known + units;
            }
        }
    }
    early
}

/// Where stock was ever counted in Accurate, as far as Selaras can know.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Keys of opening stock that was posted.
    pub opening_posted: BTreeSet<OperationKey>,
    /// Codes of the items that Selaras itself has made in this database: they were born without stock.
    pub made: BTreeSet<String>,
    /// Where an item was ever seen with stock: there its zero means sold out.
    pub stocked: BTreeSet<(WarehouseId, ItemId)>,
    /// Whether the books are new: then no item has stock that nobody has counted.
    pub new_books: bool,
}

impl Counted {
    /// Whether an item has never been counted there: then its zero is no figure, and sending it would empty the shop.
    #[must_use]
    pub fn never(&self, warehouse: WarehouseId, item: &Item) -> bool {
        (self.new_books || self.made.contains(&item.no))
            && !self.stocked.contains(&(warehouse, item.id))
            && !self.opening_posted.contains(&super::opening_stock::key(warehouse, item.id))
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
    let early = input.early.get(&(pair.forstok, row.sku.to_owned())).copied().unwrap_or_default();
    let own = books + early;
    let wanted = if own.is_negative() { Quantity::ZERO } else { own };
    let may_hold_stock = if input.readable { read.is_some_and(Quantity::is_positive) } else { true };
    let opening_open = books.is_zero() && may_hold_stock && input.counted.never(pair.accurate, item);
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
    } else {
        let action = if before.is_some() { Action::Change } else { Action::Create };
        let reason = if own.is_negative() {
            Reason::new("negative_as_zero").with("quantity", own)
        } else if early.is_positive() {
            Reason::new("invoiced_early").with("accurate", books).with("units", early)
        } else if figure.is_none() {
            Reason::new("not_in_warehouse")
        } else {
            Reason::new("stock_differs")
        };
        (action, reason)
    };
    let mut fields = Fields::new();
    if let Some(before) = before {
        fields.insert("on_hand".into(), before.text());
    }
    Operation {
        key,
        action,
        target: Target { side: Side::Forstok, database: input.database, record: row.sku.to_owned() },
        before: fields,
        after: Fields::from([
            ("sku".into(), row.sku.to_owned()),
            ("warehouse_id".into(), pair.forstok.to_string()),
            ("warehouse_name".into(), pair.forstok_name.clone()),
            ("on_hand".into(), wanted.text()),
        ]),
        reason,
        group: String::new(),
    }
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
        if figures.is_empty() && !variants.is_empty() {
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
