//! Undo of items: deletes in Accurate what a run has made there, as long as nobody has changed or used it.

use super::undo::{Verdict, Written, changed, operation};
use super::{Executor, Found, Ports, chunks, items, parsed};
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::{ItemId, WarehouseId};
use selaras_domain::plan::{Action, Fields, Operation, Reason, Side};
use selaras_domain::run::RunId;
use std::collections::{BTreeMap, HashMap};

/// Name of this kind.
pub const KIND: &str = "undo-items";

/// What the planner needs.
pub struct UndoItemsInput<'a> {
    /// What the run has made.
    pub made: &'a [Written],
    /// All items of Accurate now.
    pub items: &'a [Item],
    /// On hand in Accurate, every warehouse.
    pub stock: &'a HashMap<(WarehouseId, ItemId), Quantity>,
    /// Items whose opening stock a run has posted and none has taken back, with that run.
    pub opening: &'a BTreeMap<ItemId, RunId>,
    /// SKUs whose figure a stock run has sent to Forstok since, and none has taken back, with that run.
    pub sent: &'a BTreeMap<String, RunId>,
}

/// Plans the removal of every item that the run made, in the run's order.
#[must_use]
pub fn plan(input: &UndoItemsInput<'_>) -> Vec<Operation> {
    let by_id: HashMap<ItemId, &Item> = input.items.iter().map(|item| (item.id, item)).collect();
    let by_no: HashMap<&str, &Item> = input.items.iter().map(|item| (item.no.as_str(), item)).collect();
    let mut stocked: HashMap<ItemId, Quantity> = HashMap::new();
    for ((_, item), quantity) in input.stock.iter().filter(|(_, quantity)| !quantity.is_zero()) {
        // Not a sum: two warehouses may cancel each other out, and still both hold the item.
        stocked.entry(*item).and_modify(|most| *most = (*most).max(*quantity)).or_insert(*quantity);
    }
    input
        .made
        .iter()
        .map(|row| {
            // By id; a row whose answer named none is found by its code, and told by all its fields.
            let no = row.operation.after.get("no").map_or("", String::as_str);
            let item = match row.record {
                Some(id) => by_id.get(&ItemId(id)),
                None => by_no.get(no),
            };
            operation(row, Side::Accurate, || {
                item.map_or_else(Verdict::gone, |item| verdict(input, row, item, stocked.get(&item.id)))
            })
        })
        .collect()
}

fn verdict(input: &UndoItemsInput<'_>, row: &Written, item: &Item, stock: Option<&Quantity>) -> Verdict {
    let mut before = fields(item);
    if let Some(category) = row.operation.after.get("category") {
        before.insert("category".into(), category.clone());
    }
    let sku = &row.operation.target.record;
    let held = if item.suspended {
        Some(Reason::new("undo_item_inactive").with("item_no", &item.no))
    } else if let Some(changed) = changed(row, &before) {
        Some(changed)
    } else if let Some(run) = input.sent.get(sku) {
        Some(Reason::new("undo_stock_first").with("run", run))
    } else if let Some(run) = input.opening.get(&item.id) {
        Some(Reason::new("undo_opening_first").with("run", run))
    } else {
        stock.map(|quantity| Reason::new("undo_has_stock").with("quantity", quantity.text()))
    };
    match held {
        Some(reason) => Verdict::blocked(before, reason),
        None => {
            Verdict { action: Action::Remove, before, after: Fields::new(), reason: Reason::new("undo_made_by_run") }
        }
    }
}

/// An item as it is deleted: what its making compares, and its id.
fn fields(item: &Item) -> Fields {
    let mut fields = items::known_fields(item);
    items::put(&mut fields, "item_id", Some(item.id));
    fields
}

/// Deletes items one by one, by id, and reads them back by id.
pub struct UndoItems;

#[async_trait]
impl Executor for UndoItems {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        chunks(operations, 1)
    }

    fn parallel(&self) -> usize {
        8
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn guarded(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        true
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for operation in batch {
            outcomes.push(ports.books.delete_item(parsed(operation, "item_id")?).await?);
        }
        Ok(outcomes)
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let ids =
            operations.iter().map(|operation| parsed(operation, "item_id")).collect::<Result<Vec<ItemId>, _>>()?;
        let items = ports.books.items_by_id(&ids).await?;
        let by_id: HashMap<ItemId, &Item> = items.iter().map(|item| (item.id, item)).collect();
        Ok(ids
            .iter()
            .map(|id| match by_id.get(id) {
                Some(item) => Found::Record { id: Some(id.0), fields: fields(item) },
                None if items.unread.iter().any(|row| row.id == Some(id.0)) => Found::NotReadable,
                None => Found::Missing,
            })
            .collect())
    }
}
