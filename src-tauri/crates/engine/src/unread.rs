//! What a plan makes of rows that could not be read, and of figures that were not told: each is a row that is held, and nothing is sent that
//! it may stand for. Pure; which row stands for which operation is decided here and nowhere else.

use crate::kinds::{invoices, items, listings, opening_stock, receipts, returns, stock, voids};
use crate::sku::SkuRow;
use jiff::Timestamp;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::ids::{DatabaseId, ItemId, OrderId, StoreId, WarehouseId};
use selaras_domain::order::{Order, OrderLine, OrderStatus};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::unread::{ListName, UnreadRow};
use std::collections::{BTreeMap, HashMap};

/// What the key of a row begins with that has no operation of its own. It leaves the inbox when a later plan of everything no longer has it.
pub const KEY_PREFIX: &str = "unread:";

/// The lists whose unread rows a kind of plan shows.
fn shown_in(kind: &str) -> &'static [ListName] {
    use ListName::{
        Accounts, Branches, Customers, Items, Orders, Payments, Pending, Returns, SalesInvoices, SalesReceipts,
        SalesReturns, ShopInvoices, ShopWarehouses, Stock, Stores, Taxes, Variants, Warehouses,
    };
    match kind {
        items::KIND => &[Variants, Items, Taxes],
        listings::KIND => &[Pending],
        opening_stock::KIND => &[Variants, Items, Stock, Accounts, Warehouses, Branches],
        stock::KIND => &[Variants, Items, Stock, ShopWarehouses, Warehouses],
        invoices::KIND => {
            &[Orders, ShopInvoices, SalesInvoices, Stores, ShopWarehouses, Warehouses, Branches, Customers, Taxes]
        }
        receipts::KIND => &[Payments, SalesReceipts, Accounts],
        voids::KIND => &[SalesInvoices, SalesReceipts],
        returns::KIND => &[Returns, SalesReturns, SalesInvoices],
        _ => &[],
    }
}

/// Why a row is held: which it is, where it cannot be read, and what stands there.
#[must_use]
pub fn reason(row: &UnreadRow) -> Reason {
    let code = match row.list {
        ListName::Orders | ListName::Returns => "order_unreadable",
        ListName::Payments => "payment_unreadable",
        ListName::Variants | ListName::Pending => "product_unreadable",
        ListName::Items => "item_unreadable",
        ListName::Stock => "stock_unreadable",
        ListName::ShopInvoices | ListName::SalesInvoices | ListName::SalesReceipts | ListName::SalesReturns => {
            "document_unreadable"
        }
        ListName::Accounts
        | ListName::Branches
        | ListName::Customers
        | ListName::ShopWarehouses
        | ListName::Stores
        | ListName::Taxes
        | ListName::Warehouses => "record_unreadable",
    };
    let place = if row.place.is_empty() { format!("#{}", row.row) } else { row.place.clone() };
    let found = if row.found.is_empty() { "–" } else { &row.found };
    Reason::new(code).with("number", row.title()).with("place", place).with("found", found)
}

/// What an order that cannot be read takes off its shelf: its goods, as far as it names them. Where its status cannot be read it is taken to
/// have left. Its money is nothing: only shelves may ask it. `None` for another list, or an order that names no goods.
#[must_use]
pub fn gone(row: &UnreadRow, read_at: Timestamp) -> Option<Order> {
    if row.list != ListName::Orders || row.goods.is_empty() {
        return None;
    }
    let line = |(sku, units): (&String, &u32)| OrderLine {
        sku: sku.clone(),
        name: String::new(),
        variant_name: String::new(),
        quantity: Quantity::from(i64::from(*units)),
        unit_price: Money::ZERO,
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    };
    Some(Order {
        // One without an id is told from the others by its place.
        id: OrderId(row.id.unwrap_or_else(|| -1 - i64::try_from(row.row).unwrap_or(0))),
        number: row.title(),
        store: StoreId(0),
        store_name: String::new(),
        channel: String::new(),
        channel_id: 0,
        status: status(row),
        ordered_at: read_at,
        updated_at: read_at,
        warehouse: row.shop_warehouse,
        lines: row.goods.iter().map(line).collect(),
        subtotal: Money::ZERO,
        shipping_price: Money::ZERO,
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::ZERO,
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: Money::ZERO,
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: None,
        returns: Vec::new(),
    })
}

/// The status of an order that cannot be read; where that cannot be read either it is taken to have left.
fn status(row: &UnreadRow) -> OrderStatus {
    let known = |status: &OrderStatus| !matches!(status, OrderStatus::Other(_));
    row.status.clone().map(OrderStatus::from).filter(known).unwrap_or(OrderStatus::ReadyToShip)
}

/// An order that may have left and does not tell all of its goods: no shelf is known that it left, so that none may rise. One that
/// a person has decided about is for that person to know.
#[must_use]
pub fn unknown_goods<'a>(
    unread: &'a [UnreadRow],
    decisions: &BTreeMap<OperationKey, RowDecision>,
) -> Option<&'a UnreadRow> {
    let gone = |row: &&UnreadRow| {
        row.list == ListName::Orders && (row.goods.is_empty() || row.goods_missing) && status(row).is_out()
    };
    let open = |row: &&UnreadRow| !decisions.contains_key(&key(invoices::KIND, row));
    unread.iter().filter(gone).find(open)
}

/// What a plan is about, as far as unread rows are concerned.
pub struct Reading<'a> {
    /// Kind of the plan.
    pub kind: &'a str,
    /// Its database.
    pub database: DatabaseId,
    /// The rows of all lists that it was made from that could not be read.
    pub unread: &'a [UnreadRow],
    /// What people decided about rows of this kind.
    pub decisions: &'a BTreeMap<OperationKey, RowDecision>,
    /// Only these orders, by number or id; empty: all.
    pub only: &'a [String],
}

/// Holds what an unread row may stand for, and adds a held row for each of them.
pub fn hold(operations: &mut Vec<Operation>, reading: &Reading<'_>) {
    let index = Index::of(reading.unread);
    // What is called gone may be one of them, too.
    let open = |operation: &&mut Operation| operation.action.writes() || operation.reason.code == "invoice_gone";
    for operation in operations.iter_mut().filter(open) {
        if let Some(row) = index.stands_for(reading.kind, operation) {
            operation.action = Action::Blocked;
            operation.reason = reason(row);
            operation.group = String::new();
        }
    }
    let places: HashMap<OperationKey, usize> =
        operations.iter().enumerate().map(|(place, operation)| (operation.key.clone(), place)).collect();
    let shown = shown_in(reading.kind);
    let mut added: Vec<Operation> = Vec::new();
    for row in reading.unread.iter().filter(|row| shown.contains(&row.list) && asked(reading.only, row)) {
        let held = held_row(reading, row);
        match places.get(&held.key).and_then(|&place| operations.get_mut(place)) {
            // The row is there by what it says otherwise; a person's decision about it stands.
            Some(known) if known.action == Action::Same && !reading.decisions.contains_key(&known.key) => {
                (known.action, known.reason) = (Action::Blocked, held.reason);
            }
            Some(_) => {}
            None if added.iter().all(|known| known.key != held.key) => added.push(held),
            None => {}
        }
    }
    operations.extend(added);
}

fn asked(only: &[String], row: &UnreadRow) -> bool {
    let is = |only: &String| {
        let only = only.trim();
        row.says(only) || row.orders.iter().any(|order| only == order.to_string() || only == format!("SO-{order}"))
    };
    only.is_empty() || only.iter().any(is)
}

/// The order that a row is of, where it names but one.
fn only_order(row: &UnreadRow) -> Option<OrderId> {
    row.orders.first().filter(|_| row.orders.len() == 1).copied()
}

/// The key of the row that shows an unread one. An order's has the key of its invoice and a product's that of its item, so that its trouble
/// and its cure have one name.
fn key(kind: &str, row: &UnreadRow) -> OperationKey {
    let own = match (kind, row.list) {
        (invoices::KIND, ListName::Orders | ListName::ShopInvoices) => only_order(row).map(invoices::key),
        (items::KIND, ListName::Variants) => {
            row.number.as_ref().filter(|number| row.says(number)).map(|sku| OperationKey(format!("item:{sku}")))
        }
        _ => None,
    };
    own.unwrap_or_else(|| {
        let place = row.warehouse.map(|warehouse| format!("{warehouse}:")).unwrap_or_default();
        // An id is surer than a number, and a row without either has only its place.
        let name = row.id.map_or_else(|| row.title(), |id| id.to_string());
        let part = if row.list == ListName::Returns { format!(":{}", row.place) } else { String::new() };
        OperationKey(format!("{KEY_PREFIX}{}:{place}{name}{part}", row.list.name()))
    })
}

/// The row that shows an unread one.
fn held_row(reading: &Reading<'_>, row: &UnreadRow) -> Operation {
    let key = key(reading.kind, row);
    let (action, reason) = match reading.decisions.get(&key).map(|decision| &decision.choice) {
        Some(RowChoice::Never) => (Action::Blocked, Reason::new("skipped_by_person")),
        Some(RowChoice::Entered { number }) => (Action::Same, Reason::new("entered_by_person").with("number", number)),
        Some(RowChoice::Send) | None => (Action::Blocked, reason(row)),
    };
    let side = if matches!(reading.kind, stock::KIND | listings::KIND) { Side::Forstok } else { Side::Accurate };
    let mut after = Fields::new();
    if let Some(order) = only_order(row) {
        after.insert("order_id".to_owned(), order.to_string());
    }
    Operation {
        key,
        action,
        target: Target { side, database: reading.database, record: row.title() },
        before: Fields::new(),
        after,
        reason,
        group: String::new(),
    }
}

/// Unread rows by what they name: a list may be unreadable as a whole, and a plan long.
struct Index<'a> {
    names: HashMap<(ListName, &'a str), &'a UnreadRow>,
    orders: HashMap<(ListName, OrderId), &'a UnreadRow>,
}

impl<'a> Index<'a> {
    fn of(unread: &'a [UnreadRow]) -> Self {
        let names = unread.iter().flat_map(|row| row.names.iter().map(move |name| ((row.list, name.as_str()), row)));
        let orders = unread.iter().flat_map(|row| row.orders.iter().map(move |order| ((row.list, *order), row)));
        Self { names: names.collect(), orders: orders.collect() }
    }

    /// The row that could not be read and may be what an operation writes, or what it rests on.
    fn stands_for(&self, kind: &str, operation: &Operation) -> Option<&'a UnreadRow> {
        use ListName::{
            Customers, Items, Orders, Pending, SalesInvoices, SalesReceipts, SalesReturns, ShopInvoices, Variants,
        };
        let after = &operation.after;
        let named = |list: ListName, name: &str| self.names.get(&(list, name.trim())).copied();
        let says = |list: ListName, name: &str| after.get(name).and_then(|value| named(list, value));
        let record = |list: ListName| named(list, &operation.target.record);
        let of_order = |list: ListName| ids(after).find_map(|order| self.orders.get(&(list, order)).copied());
        let pays = |list: ListName| with_suffix(after, ".no").find_map(|number| named(list, number));
        match kind {
            items::KIND => {
                let goods = record(Variants).or_else(|| record(Pending)).or_else(|| record(Items));
                goods.or_else(|| says(Items, "no"))
            }
            stock::KIND => [Variants, Pending, Items, Orders].into_iter().find_map(|list| says(list, "sku")),
            opening_stock::KIND => record(Variants).or_else(|| says(Items, "item_no")),
            invoices::KIND => {
                let order = of_order(Orders).or_else(|| of_order(ShopInvoices));
                let there = order.or_else(|| says(SalesInvoices, "number")).or_else(|| says(SalesInvoices, "order_id"));
                let new_customer = !after.contains_key("customer_id");
                there.or_else(|| says(Customers, "customer_no").filter(|_| new_customer))
            }
            receipts::KIND => {
                let there = says(SalesReceipts, "number").or_else(|| pays(SalesReceipts));
                there.or_else(|| pays(SalesInvoices))
            }
            returns::KIND => says(SalesReturns, "number").or_else(|| says(SalesInvoices, "invoice_no")),
            _ => None,
        }
    }
}

fn with_suffix<'a>(fields: &'a Fields, suffix: &'static str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(name, _)| name.ends_with(suffix)).map(|(_, value)| value.as_str())
}

fn ids(fields: &Fields) -> impl Iterator<Item = OrderId> {
    with_suffix(fields, "order_id").filter_map(|id| id.parse().ok())
}

/// A figure that a warehouse's list did not tell, though the item is known to hold stock there; with the figure that was known last.
pub type NotListed = BTreeMap<(WarehouseId, ItemId), Option<Quantity>>;

/// Places whose figure cannot be read, by the rows of the list of stock that say which they are.
#[must_use]
pub fn unread_figures(unread: &[UnreadRow], rows: &[SkuRow<'_>]) -> BTreeMap<(WarehouseId, ItemId), Reason> {
    let by_code: HashMap<&str, ItemId> =
        rows.iter().filter_map(|row| row.item.map(|item| (item.no.as_str(), item.id))).collect();
    let stock = unread.iter().filter(|row| row.list == ListName::Stock);
    let places = stock.filter_map(|row| {
        let item = row.id.map(ItemId).or_else(|| row.number.as_deref().and_then(|no| by_code.get(no).copied()))?;
        Some(((row.warehouse?, item), reason(row)))
    });
    places.collect()
}

/// Why a figure that was not listed is held.
#[must_use]
pub fn not_listed(last: Option<Quantity>) -> Reason {
    Reason::new("stock_not_listed").with("quantity", last.map_or_else(|| "?".to_owned(), Quantity::text))
}

/// Holds the figures of places of which nothing is known: they are never sent as nothing. `place_of`: which warehouse and item of Accurate an
/// operation's figure is of.
pub fn hold_figures(
    operations: &mut [Operation],
    unknown: &BTreeMap<(WarehouseId, ItemId), Reason>,
    place_of: impl Fn(&Operation) -> Option<(WarehouseId, ItemId)>,
) {
    if unknown.is_empty() {
        return;
    }
    for operation in operations.iter_mut().filter(|operation| operation.action != Action::Blocked) {
        if let Some(reason) = place_of(operation).and_then(|place| unknown.get(&place)) {
            operation.action = Action::Blocked;
            operation.reason = reason.clone();
            operation.group = String::new();
            // What would be sent is not known: the figure as it was read stays.
            if let Some(before) = operation.before.get("on_hand").cloned() {
                operation.after.insert("on_hand".to_owned(), before);
            }
        }
    }
}

#[cfg(test)]
#[path = "unread_tests.rs"]
mod tests;
