//! Undo of opening stock: deletes the adjustment documents that a run has posted, each whole, as long as they are as the run wrote
//! them and nothing has left the shelf that they filled.

use super::opening_stock::shelves_behind;
use super::undo::{Verdict, Written, changed, operation};
use super::{Behind, Executor, Found, Ports, field, groups, parsed};
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use rust_decimal::Decimal;
use selaras_domain::accurate::Adjustment;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{AdjustmentId, ItemId, WarehouseId};
use selaras_domain::plan::{Action, Fields, Operation, Reason, Side};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Name of this kind.
pub const KIND: &str = "undo-opening-stock";

/// What the planner needs.
pub struct UndoOpeningInput<'a> {
    /// What the run has posted.
    pub posted: &'a [Written],
    /// Its documents as they are now, by the number that the run gave them; one that is not there is gone.
    pub documents: &'a BTreeMap<String, Adjustment>,
    /// On hand in Accurate by warehouse and item; none means that nothing is there.
    pub stock: &'a HashMap<(WarehouseId, ItemId), Quantity>,
}

/// Why a line stays: another one of its document, of the item `record`, is not to be taken back.
pub(crate) fn document_held(number: &str, record: &str) -> Reason {
    Reason::new("undo_document_held").with("number", number).with("record", record)
}

/// Plans the removal of every document that the run posted. A document is deleted whole or not at all.
#[must_use]
pub fn plan(input: &UndoOpeningInput<'_>) -> Vec<Operation> {
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for row in input.posted {
        *lines.entry(row.operation.group.as_str()).or_default() += 1;
    }
    let mut operations: Vec<Operation> =
        input.posted.iter().map(|row| operation(row, Side::Accurate, || verdict(input, row, &lines))).collect();
    let mut held: HashMap<String, String> = HashMap::new();
    for blocked in operations.iter().filter(|operation| operation.action == Action::Blocked) {
        held.entry(blocked.group.clone()).or_insert_with(|| blocked.target.record.clone());
    }
    for operation in operations.iter_mut().filter(|operation| operation.action == Action::Remove) {
        if let Some(record) = held.get(&operation.group) {
            operation.action = Action::Blocked;
            operation.reason = document_held(&operation.group, record);
        }
    }
    operations
}

fn verdict(input: &UndoOpeningInput<'_>, row: &Written, lines: &HashMap<&str, usize>) -> Verdict {
    let number = row.operation.group.as_str();
    let Some(document) = input.documents.get(number) else { return Verdict::gone() };
    let item_no = field(&row.operation.after, "item_no");
    let Some(mut before) = fields(document, item_no) else {
        return Verdict::blocked(Fields::new(), Reason::new("undo_document_changed").with("number", number));
    };
    for name in ["warehouse_id", "item_id", "total"] {
        if let Some(value) = row.operation.after.get(name) {
            before.insert(name.into(), value.clone());
        }
    }
    let shelf = field(&before, "warehouse_id").parse().ok().zip(field(&before, "item_id").parse().ok());
    let on_hand = shelf.and_then(|shelf| input.stock.get(&shelf).copied()).unwrap_or_default();
    before.insert("shelf".into(), on_hand.text());
    let brought: Quantity = Quantity(field(&before, "quantity").parse().unwrap_or_default());
    let held = if document.id.is_none() {
        Some(Reason::new("undo_not_readable"))
    } else if document.number != number || lines.get(number) != Some(&document.lines.len()) {
        Some(Reason::new("undo_document_changed").with("number", number))
    } else if let Some(changed) = changed(row, &before) {
        Some(changed)
    } else if on_hand < brought {
        Some(Reason::new("undo_stock_used").with("quantity", brought).with("on_hand", on_hand))
    } else {
        None
    };
    match held {
        Some(reason) => Verdict::blocked(before, reason),
        None => {
            Verdict { action: Action::Remove, before, after: Fields::new(), reason: Reason::new("undo_made_by_run") }
        }
    }
}

/// One line of a document as it is deleted with it; `None` when the document has no line of this item, or more than one.
fn fields(document: &Adjustment, item_no: &str) -> Option<Fields> {
    let mut own = document.lines.iter().filter(|line| line.item_no == item_no);
    let line = own.next().filter(|_| own.next().is_none())?;
    let mut fields = Fields::from([
        ("number".to_owned(), document.number.clone()),
        ("lines".to_owned(), document.lines.len().to_string()),
        ("item_no".to_owned(), line.item_no.clone()),
        ("quantity".to_owned(), line.quantity.text()),
        ("unit_cost".to_owned(), line.unit_cost.text()),
        ("warehouse_name".to_owned(), line.warehouse.clone()),
    ]);
    if let Some(id) = document.id {
        fields.insert("adjustment_id".to_owned(), id.to_string());
    }
    Some(fields)
}

/// Σ quantity × unit cost of what would be taken back.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    operations
        .iter()
        .filter(|operation| operation.action == Action::Remove)
        .filter_map(|operation| field(&operation.before, "total").parse::<Decimal>().ok())
        .map(Money)
        .sum()
}

/// Deletes one document a call, by id, and reads it back by id.
pub struct UndoOpeningStock;

#[async_trait]
impl Executor for UndoOpeningStock {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        groups(operations)
    }

    fn parallel(&self) -> usize {
        4
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
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        let outcome = ports.books.delete_adjustment(parsed(first, "adjustment_id")?).await?;
        Ok(vec![outcome; batch.len()])
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let mut documents: HashMap<AdjustmentId, Option<Adjustment>> = HashMap::new();
        let mut found = Vec::with_capacity(operations.len());
        for operation in operations {
            let id: AdjustmentId = parsed(operation, "adjustment_id")?;
            let document = match documents.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(ports.books.adjustment_by_id(id).await?),
            };
            found.push(match document {
                Some(document) => Found::Record {
                    id: Some(id.0),
                    // A document that has lost the line is not the one that was planned.
                    fields: fields(document, field(&operation.before, "item_no"))
                        .unwrap_or_else(|| Fields::from([("quantity".to_owned(), "0".to_owned())])),
                },
                None => Found::Missing,
            });
        }
        Ok(found)
    }

    /// The shelf: what was on it when the undo was planned, without what the document had brought.
    async fn read_behind(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Behind>, PortError> {
        let emptied = |operation: &&Operation| {
            let figure = |name: &str| field(&operation.before, name).parse().ok().map(Quantity);
            Some(figure("shelf")? - figure("quantity")?)
        };
        shelves_behind(ports, operations, |operation| (&operation.before, emptied(operation))).await
    }
}
