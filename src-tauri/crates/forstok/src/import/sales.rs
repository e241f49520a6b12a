//! Rows of a table as orders. A row is one line of an order; what is of the whole may stand in each of its rows or only in the first.

use super::ImportError;
use super::column::{Column, Moments, check, marked_id};
use super::columns::{ColumnMap, ListKind, folded};
use super::table::{Row, Table};
use crate::assumed::channel_number;
use crate::orders::{gathered, is_rebate};
use jiff::Timestamp;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{Store, Warehouse};
use selaras_domain::ids::{ForstokWarehouseId, OrderId, StoreId};
use selaras_domain::order::{Order, OrderLine, OrderStatus};
use std::collections::BTreeMap;

/// The most units of one line; a figure above it was read wrongly.
const MOST_UNITS: i64 = 1_000_000;

/// The rows of one order, with what is asked of them as a whole.
struct Group<'a> {
    rows: Vec<&'a Row>,
}

impl Group<'_> {
    /// What the rows say that say anything; `None` when none does.
    fn one<'c, T: PartialEq>(
        &self,
        column: Option<&Column<'c>>,
        read: impl Fn(&Column<'c>, &Row) -> Result<Option<T>, ImportError>,
    ) -> Result<Option<T>, ImportError> {
        let Some(column) = column else { return Ok(None) };
        let mut said: Option<(usize, T)> = None;
        for &row in &self.rows {
            let Some(value) = read(column, row)? else { continue };
            match &said {
                Some((first, known)) if *known != value => {
                    return Err(ImportError::Contradicts {
                        row: row.number,
                        first: *first,
                        column: column.header.to_owned(),
                    });
                }
                Some(_) => {}
                None => said = Some((row.number, value)),
            }
        }
        Ok(said.map(|(_, value)| value))
    }

    /// The latest of the moments that its rows tell: nothing of it can have been so before.
    fn latest(&self, moments: Option<&Moments<'_>>) -> Result<Option<Timestamp>, ImportError> {
        let Some(moments) = moments else { return Ok(None) };
        let told: Vec<_> = self.rows.iter().map(|row| moments.latest(row)).collect::<Result<_, _>>()?;
        Ok(told.into_iter().flatten().max())
    }

    /// The error of a column in which none of the rows says anything.
    fn silent(&self, column: &Column<'_>) -> ImportError {
        let row = self.rows.first().map_or(0, |row| row.number);
        ImportError::EmptyCell { row, column: column.header.to_owned() }
    }

    fn needed<'c, T: PartialEq>(
        &self,
        column: &Column<'c>,
        read: impl Fn(&Column<'c>, &Row) -> Result<Option<T>, ImportError>,
    ) -> Result<T, ImportError> {
        self.one(Some(column), read)?.ok_or_else(|| self.silent(column))
    }
}

/// Every column of a list by its field, and which of them write what they take away with a minus.
pub(super) struct Columns<'a> {
    columns: BTreeMap<&'static str, Column<'a>>,
    turned: Vec<&'static str>,
}

impl<'a> Columns<'a> {
    /// The chosen columns of a list; those it needs are there. `reductions` are the fields of what is taken away.
    pub(super) fn of(
        table: &'a Table,
        map: &'a ColumnMap,
        list: ListKind,
        reductions: &[&'static str],
    ) -> Result<Self, ImportError> {
        check(table, map, list)?;
        let (mut columns, mut turned) = (BTreeMap::new(), Vec::new());
        for field in list.fields() {
            let Some(column) = Column::chosen(table, map, field.name)? else { continue };
            if reductions.contains(&field.name) && column.takes_away(table)? {
                turned.push(field.name);
            }
            columns.insert(field.name, column);
        }
        Ok(Self { columns, turned })
    }

    pub(super) fn get(&self, field: &str) -> Option<&Column<'a>> {
        self.columns.get(field)
    }

    pub(super) fn needed(&self, field: &str) -> Result<&Column<'a>, ImportError> {
        self.get(field).ok_or_else(|| ImportError::ColumnMissing { field: field.to_owned() })
    }

    pub(super) fn moments(&self, table: &Table, field: &str) -> Result<Option<Moments<'a>>, ImportError> {
        self.get(field).map(|column| column.clone().moments(table)).transpose()
    }

    /// An amount of a row, above zero for what is taken away whichever sign its column gives it.
    pub(super) fn amount(&self, field: &str, row: &Row) -> Result<Option<Money>, ImportError> {
        let Some(column) = self.get(field) else { return Ok(None) };
        let turn = |amount: Money| if self.turned.contains(&field) { Money::ZERO - amount } else { amount };
        Ok(column.money(row)?.map(turn))
    }
}

/// The columns of orders.
struct OrderColumns<'a> {
    all: Columns<'a>,
    ordered_at: Moments<'a>,
    updated_at: Option<Moments<'a>>,
}

/// What orders take off the price of the goods or of shipping.
const REDUCTIONS: [&str; 5] = ["voucher", "voucher_platform", "discount", "voucher_seller", "shipping_discount"];

/// Reads orders. Their store and warehouse are found by id, else by name, among those that Forstok tells; where it tells none, a store is
/// the one that the file names with its id.
///
/// # Errors
/// The first cell that cannot be read, rows of one order that contradict each other, an order without Forstok's id, a store or warehouse
/// that is not there.
pub fn read_orders(
    table: &Table,
    map: &ColumnMap,
    stores: &[Store],
    warehouses: &[Warehouse],
) -> Result<Vec<Order>, ImportError> {
    let all = Columns::of(table, map, ListKind::Orders, &REDUCTIONS)?;
    let ordered_at = all.needed("ordered_at")?.clone().moments(table)?;
    let columns = OrderColumns { ordered_at, updated_at: all.moments(table, "updated_at")?, all };
    let groups = grouped(table, &columns.all)?;
    groups.into_iter().map(|(id, group)| columns.order(id, &group, stores, warehouses)).collect()
}

/// The rows of each order, in the order of their first appearance. A row without id and without another number belongs to the one above
/// it, as a spreadsheet with merged cells has it.
fn grouped<'a>(table: &'a Table, columns: &Columns<'_>) -> Result<Vec<(OrderId, Group<'a>)>, ImportError> {
    let (id, number) = (columns.get("order_id"), columns.needed("order_number")?);
    let mut groups: Vec<(OrderId, Group<'a>)> = Vec::new();
    let mut places: BTreeMap<OrderId, usize> = BTreeMap::new();
    let mut above: Option<(usize, Option<String>)> = None;
    for row in &table.rows {
        let told = id.map(|column| column.document(row, "SO")).transpose()?.flatten();
        let name = number.name(row)?;
        let told = told.or_else(|| marked_id(name.as_deref()?, "SO"));
        let place = match (told, &above) {
            (Some(id), _) => *places.entry(OrderId(id)).or_insert_with(|| {
                groups.push((OrderId(id), Group { rows: Vec::new() }));
                groups.len() - 1
            }),
            (None, Some((place, known))) if name.is_none() || name == *known => *place,
            (None, _) => {
                let column = id.unwrap_or(number).header.to_owned();
                return Err(ImportError::NoOrderId { row: row.number, column });
            }
        };
        groups[place].1.rows.push(row);
        let known = above.filter(|(before, _)| *before == place).and_then(|(_, name)| name);
        above = Some((place, name.or(known)));
    }
    Ok(groups)
}

impl OrderColumns<'_> {
    fn order(
        &self,
        id: OrderId,
        group: &Group<'_>,
        stores: &[Store],
        warehouses: &[Warehouse],
    ) -> Result<Order, ImportError> {
        let store = self.store(group, stores)?;
        let told = |field: &str| group.one(self.all.get(field), |_, row| self.all.amount(field, row));
        let amount = |field: &str| Ok::<_, ImportError>(told(field)?.unwrap_or_default());
        let lines: Vec<_> = group.rows.iter().map(|row| self.line(row)).collect::<Result<_, _>>()?;
        let lines = gathered(lines.into_iter().flatten().collect());
        let goods = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        let subtotal = told("subtotal")?.unwrap_or(goods);
        let ordered_at = group.one(Some(&self.ordered_at.column), |_, row| self.ordered_at.moment(row))?;
        let ordered_at = ordered_at.ok_or_else(|| group.silent(&self.ordered_at.column))?;
        Ok(Order {
            id,
            number: group.needed(self.all.needed("order_number")?, Column::name)?,
            store: store.id,
            store_name: store.name,
            channel: store.channel,
            channel_id: store.channel_id,
            status: OrderStatus::from(group.needed(self.all.needed("status")?, text)?),
            ordered_at,
            updated_at: group.latest(self.updated_at.as_ref())?.unwrap_or(ordered_at),
            warehouse: self.warehouse(group, warehouses)?,
            lines,
            subtotal,
            shipping_price: amount("shipping_price")?,
            // Marketplaces are the rule, as where the API does not say it.
            cashless: group.one(self.all.get("cashless"), Column::flag)?.unwrap_or(true),
            discount: amount("discount")?,
            voucher_seller: amount("voucher_seller")?,
            platform_rebate: amount("platform_rebate")?,
            tax: amount("tax")?,
            total: told("total")?.unwrap_or(subtotal),
            insurance: amount("insurance")?,
            shipping_discount: amount("shipping_discount")?,
            // Who bought is nobody's business in a file that is kept.
            recipient: None,
            returns: Vec::new(),
        })
    }

    fn store(&self, group: &Group<'_>, stores: &[Store]) -> Result<Store, ImportError> {
        let id = group.one(self.all.get("store_id"), Column::id)?;
        let name = group.one(self.all.get("store_name"), text)?;
        let found = match (id, &name) {
            (Some(id), _) => stores.iter().find(|store| store.id.0 == id),
            (None, Some(name)) => known(stores, name, |store| (store.id.0, &store.name)),
            (None, None) => stores.first().filter(|_| stores.len() == 1),
        };
        if let Some(store) = found {
            return Ok(store.clone());
        }
        if let (Some(id), true) = (id, stores.is_empty()) {
            let channel = group.one(self.all.get("channel"), text)?.unwrap_or_default();
            let (id, channel_id) = (StoreId(id), channel_number(&channel));
            let name = name.unwrap_or_else(|| id.to_string());
            return Ok(Store { id, name, channel, channel_id, active: true, export_on: None });
        }
        let row = group.rows.first().map_or(0, |row| row.number);
        Err(ImportError::UnknownStore { row, text: id.map(|id| id.to_string()).or(name).unwrap_or_default() })
    }

    fn warehouse(
        &self,
        group: &Group<'_>,
        warehouses: &[Warehouse],
    ) -> Result<Option<ForstokWarehouseId>, ImportError> {
        if let Some(id) = group.one(self.all.get("warehouse_id"), Column::id)? {
            return Ok(Some(ForstokWarehouseId(id)));
        }
        let Some(name) = group.one(self.all.get("warehouse"), text)? else { return Ok(None) };
        let found = known(warehouses, &name, |warehouse| (warehouse.id.0, &warehouse.name));
        let row = group.rows.first().map_or(0, |row| row.number);
        found.map(|warehouse| Some(warehouse.id)).ok_or(ImportError::UnknownWarehouse { row, text: name })
    }

    /// The line of a row; `None` for one of no units and for the pseudo-line that is skipped in accounting.
    fn line(&self, row: &Row) -> Result<Option<OrderLine>, ImportError> {
        let told = |field: &str| self.all.get(field).and_then(|column| column.text(row)).unwrap_or_default();
        let code = |field: &str| self.all.get(field).and_then(|column| column.code(row)).unwrap_or_default();
        let (sku, name) = (code("sku"), told("name"));
        if is_rebate(&sku) || is_rebate(&name) {
            return Ok(None);
        }
        let price = self.all.needed("unit_price")?;
        price.not_below_zero(row)?;
        let quantity = match self.all.get("quantity") {
            Some(column) => {
                column.not_below_zero(row)?;
                Quantity(column.bounded(row, MOST_UNITS)?.ok_or_else(|| column.empty(row))?)
            }
            None => Quantity::from(1),
        };
        let unit_price = price.money(row)?.ok_or_else(|| price.empty(row))?;
        let line = OrderLine {
            sku,
            name,
            variant_name: told("variant_name"),
            quantity,
            unit_price,
            voucher: self.all.amount("voucher", row)?.unwrap_or_default(),
            voucher_platform: self.all.amount("voucher_platform", row)?.unwrap_or_default(),
            fulfilled_by_channel: false,
            note: None,
            components: Vec::new(),
        };
        Ok(Some(line).filter(|line| !line.quantity.is_zero()))
    }
}

fn text(column: &Column<'_>, row: &Row) -> Result<Option<String>, ImportError> {
    Ok(column.text(row))
}

/// The record that a text names: by its id, else by its name where no other has it. Two records of one name are told apart by their ids
/// only.
fn known<'r, T>(records: &'r [T], text: &str, identity: impl Fn(&T) -> (i64, &String)) -> Option<&'r T> {
    let by_id = text.parse().ok().and_then(|id: i64| records.iter().find(|record| identity(record).0 == id));
    by_id.or_else(|| {
        let mut named = records.iter().filter(|record| folded(identity(record).1) == folded(text));
        named.next().filter(|_| named.next().is_none())
    })
}

#[cfg(test)]
#[path = "sales_tests.rs"]
mod tests;
