//! Items, Forstok → Accurate. Makes what Accurate lacks, matches what it has, and writes no stock (design rule 4).

use super::{Executor, Found, Ports, Whose, chunks, field, is_cut};
use crate::ports::{PortError, RowOutcome};
use crate::sku::SkuRow;
use async_trait::async_trait;
use rust_decimal::Decimal;
use selaras_domain::accurate::{FullItem, Item, NewItem};
use selaras_domain::amount::Money;
use selaras_domain::decision::SkuState;
use selaras_domain::ids::{DatabaseId, TaxId};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::Difference;
use std::collections::{HashMap, HashSet};

/// Name of this kind.
pub const KIND: &str = "items";

/// Rows of one `bulk-save.do` (accurate-online-api.md §0.7, doc).
const BULK: usize = 100;

/// What new items get that Forstok does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDefaults {
    /// Unit of every new item.
    pub unit: String,
    /// Category of an item whose own is not in Accurate.
    pub category: String,
    /// Names of the categories that Accurate has.
    pub categories: Vec<String>,
    /// Tax of the company, when one is mapped.
    pub tax: Option<TaxId>,
}

/// Plans items from the state of every SKU. `items` are all items of Accurate (for barcodes that are taken).
#[must_use]
pub fn plan(database: DatabaseId, rows: &[SkuRow<'_>], items: &[Item], defaults: &ItemDefaults) -> Vec<Operation> {
    let mut barcodes: HashMap<&str, &str> = items
        .iter()
        .filter_map(|item| Some((item.upc.as_deref()?, item.no.as_str())))
        .filter(|(upc, _)| !upc.is_empty())
        .collect();
    let mut codes: HashSet<&str> = HashSet::new();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *times.entry(row.sku).or_default() += 1;
    }
    let mut operations = Vec::with_capacity(rows.len());
    for row in rows {
        let held = |reason: Reason| (Action::Blocked, Fields::new(), reason);
        let (action, before, reason) = match row.state {
            SkuState::Matched => (Action::Same, row.item.map(known_fields).unwrap_or_default(), row.reason.clone()),
            SkuState::Ready if !codes.insert(&row.code) => held(Reason::new("sku_doubled")),
            SkuState::Ready => {
                match row.variant.and_then(|variant| variant.barcode.as_deref()).filter(|code| !code.is_empty()) {
                    Some(barcode) => match barcodes.insert(barcode, &row.code) {
                        Some(taken) => {
                            held(Reason::new("barcode_taken").with("barcode", barcode).with("item_no", taken))
                        }
                        None => (Action::Create, Fields::new(), row.reason.clone()),
                    },
                    None => (Action::Create, Fields::new(), row.reason.clone()),
                }
            }
            _ => held(row.reason.clone()),
        };
        let after = if action == Action::Same { before.clone() } else { wanted_fields(row, defaults) };
        operations.push(Operation {
            key: key(row, &times),
            action,
            target: Target { side: Side::Accurate, database, record: row.sku.to_owned() },
            before,
            after,
            reason,
            group: String::new(),
        });
    }
    operations
}

/// Σ of the selling prices of what would be made: a figure to recognise a plan by, not money that moves.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    operations
        .iter()
        .filter(|operation| operation.action == Action::Create)
        .filter_map(|operation| field(&operation.after, "unit_price").parse::<Decimal>().ok())
        .map(Money)
        .sum()
}

/// The key of a SKU, whatever is done about it, so that its trouble and its cure have one name. Where several rows share a SKU
/// each carries its own id too.
fn key(row: &SkuRow<'_>, times: &HashMap<&str, usize>) -> OperationKey {
    if !row.sku.is_empty() && times.get(row.sku) == Some(&1) {
        return OperationKey(format!("item:{}", row.sku));
    }
    let own =
        match (row.variant.and_then(|variant| variant.id), row.pending.and_then(|listing| listing.listing_variant)) {
            (Some(variant), _) => variant.to_string(),
            (None, Some(listing)) => format!("listing-{listing}"),
            (None, None) => row.name.to_owned(),
        };
    OperationKey(format!("item:{}:{own}", row.sku))
}

pub(super) fn put(fields: &mut Fields, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.to_string());
    }
}

pub(super) fn known_fields(item: &Item) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "no", Some(&item.no));
    put(&mut fields, "name", Some(&item.name));
    put(&mut fields, "item_type", item.item_type.as_ref());
    put(&mut fields, "unit_price", item.unit_price.map(Money::text));
    put(&mut fields, "upc", item.upc.as_ref());
    fields
}

/// An item with everything that its making sends.
fn full_fields(full: &FullItem) -> Fields {
    let mut fields = known_fields(&full.item);
    put(&mut fields, "unit", full.unit.as_ref());
    put(&mut fields, "category", full.category.as_ref());
    put(&mut fields, "vendor_price", full.vendor_price.map(Money::text));
    put(&mut fields, "tax_id", full.tax);
    fields
}

fn wanted_fields(row: &SkuRow<'_>, defaults: &ItemDefaults) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "no", Some(&row.code));
    put(&mut fields, "name", Some(row.name.split_whitespace().collect::<Vec<_>>().join(" ")));
    put(&mut fields, "item_type", Some("INVENTORY"));
    put(&mut fields, "unit", Some(&defaults.unit));
    let own = row.variant.and_then(|variant| variant.category.as_ref());
    let category = own.filter(|own| defaults.categories.contains(own)).unwrap_or(&defaults.category);
    put(&mut fields, "category", Some(category));
    put(&mut fields, "tax_id", defaults.tax);
    if let Some(variant) = row.variant {
        put(&mut fields, "unit_price", variant.price.map(Money::text));
        put(&mut fields, "vendor_price", variant.cost_price.filter(|cost| cost.is_positive()).map(Money::text));
        put(&mut fields, "upc", variant.barcode.as_ref().filter(|code| !code.is_empty()));
    }
    fields
}

fn new_item(operation: &Operation) -> NewItem {
    let text = |name: &str| operation.after.get(name).cloned();
    let money = |name: &str| operation.after.get(name).and_then(|text| text.parse().ok()).map(Money);
    NewItem {
        no: text("no").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
        unit: text("unit").unwrap_or_default(),
        category: text("category").unwrap_or_default(),
        unit_price: money("unit_price"),
        vendor_price: money("vendor_price"),
        upc: text("upc"),
        tax: text("tax_id").and_then(|id| id.parse().ok()),
    }
}

/// Sends items by bulk-save and reads them back by code.
pub struct Items;

#[async_trait]
impl Executor for Items {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, BULK)
    }

    fn parallel(&self) -> usize {
        8
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn writes_books(&self) -> bool {
        true
    }

    fn tells(&self, whose: Whose, difference: &Difference) -> bool {
        match whose {
            Whose::Sent => !matches!(difference.field.as_str(), "name" | "upc"),
            Whose::Refused => !(difference.field == "name" && is_cut(difference)),
        }
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let items: Vec<NewItem> = batch.iter().map(|operation| new_item(operation)).collect();
        ports.books.save_items(&items).await
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let numbers: Vec<String> =
            operations.iter().map(|operation| field(&operation.after, "no").to_owned()).collect();
        let items = ports.books.items_in_full(&numbers).await?;
        let by_no: HashMap<&str, &FullItem> = items.iter().map(|full| (full.item.no.as_str(), full)).collect();
        Ok(operations
            .iter()
            .zip(&numbers)
            .map(|(operation, no)| match by_no.get(no.as_str()) {
                Some(full) => {
                    let mut fields = full_fields(full);
                    // What was sent empty was not sent: the service has put its own default there.
                    fields.retain(|name, _| operation.after.get(name).is_none_or(|sent| !sent.is_empty()));
                    Found::Record { id: Some(full.item.id.0), fields }
                }
                None => Found::absent(&items, no),
            })
            .collect())
    }

    fn promised(&self, operation: &Operation) -> Fields {
        let mut sent = operation.after.clone();
        sent.retain(|_, value| !value.is_empty());
        sent
    }
}
