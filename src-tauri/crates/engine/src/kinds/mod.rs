//! The kinds of plan. A kind is a planner (pure) and an executor; a new one adds its file and its line in [`executor`], and
//! changes nothing else.

use crate::ports::{Books, JournalEntry, PortError, RowOutcome, Shop};
use async_trait::async_trait;
use selaras_domain::amount::Money;
use selaras_domain::plan::{Action, Fields, Operation, PlanKind};
use selaras_domain::run::Difference;
use selaras_domain::unread::Listed;
use std::collections::HashMap;
use std::sync::Arc;

mod called;
mod changed_orders;
pub mod customers;
pub mod invoices;
pub mod items;
pub mod listings;
pub mod opening_stock;
pub mod receipts;
pub mod removal;
pub mod returns;
#[cfg(test)]
pub(crate) mod sales_fixture;
mod sold_before_count;
pub mod stock;
pub mod stock_left;
pub mod undo;
pub mod undo_items;
pub mod undo_opening_stock;
pub mod undo_sales;
pub mod undo_stock;
pub mod undo_voids;
pub mod voids;

/// Both sides, as an executor sees them.
#[derive(Clone)]
pub struct Ports {
    /// The books; every write to them goes to one database.
    pub books: Arc<dyn Books>,
    /// The shop.
    pub shop: Arc<dyn Shop>,
}

/// What reading a key back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The record, with the fields that the answer carried.
    Record {
        /// Its id, when the answer says it.
        id: Option<i64>,
        /// Its fields.
        fields: Fields,
    },
    /// There is no record with this key.
    Missing,
    /// The service offers no way to read it, or what it answers cannot be read.
    NotReadable,
}

impl Found {
    /// What is said of a key that no row of a list bears: there is no record, unless a row that could not be read names it.
    pub(crate) fn absent<T>(list: &Listed<T>, name: &str) -> Self {
        if list.unread_says(name) { Self::NotReadable } else { Self::Missing }
    }
}

/// Why a record that bears our key is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// We have sent it and its answer is lost: what a service makes of a text does not make it somebody else's.
    Sent,
    /// We were refused because the key is taken, and have never sent it before.
    Refused,
}

/// What stands behind a record, and changes with it: the shelf that a document fills.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behind {
    /// What was promised of it.
    pub promised: Fields,
    /// What is there now; a field that cannot be told is not in it.
    pub found: Fields,
}

/// Sends the operations of one kind and reads them back.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Splits operations into calls, in their order.
    fn batches<'a>(&self, ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>>;

    /// How many calls may be under way at once; the clients' limiters hold the speed.
    fn parallel(&self) -> usize;

    /// When an operation is sent: those of a later phase rest on those before it, and are sent when all of them have their end.
    fn phase(&self, _operation: &Operation) -> u8 {
        0
    }

    /// Whether sending twice leaves the same as sending once (absolute figures). Only then is a record that reads otherwise
    /// after a lost answer sent again instead of being called a conflict.
    fn repeatable(&self) -> bool;

    /// Whether a key is posted at most once, unless it was taken back (opening stock): what another run has posted is held.
    fn once(&self) -> bool {
        false
    }

    /// Whether everything is read once more before it is sent, phase by phase, and sent only where it still is as the plan saw it (an undo).
    /// What has changed meanwhile is somebody's work, and fails with what was found.
    fn guarded(&self) -> bool {
        false
    }

    /// Whether a field of an operation is sent, and not only shown beside what is.
    fn sends(&self, _field: &str) -> bool {
        true
    }

    /// Whether a difference tells that a record with our key is somebody else's. What does not is named by the proof as a difference, as it
    /// is where the answer came.
    fn tells(&self, _whose: Whose, _difference: &Difference) -> bool {
        true
    }

    /// The operations of a run as a proof reads them back: what became known of them when they were posted stands beside what was sent.
    fn as_posted(&self, entries: Vec<&JournalEntry>) -> Vec<Operation> {
        entries.into_iter().map(|entry| entry.operation.clone()).collect()
    }

    /// Whether it writes to the books, so that the session is verified first.
    fn writes_books(&self) -> bool;

    /// Sends one batch; outcomes in the order of its operations.
    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError>;

    /// Reads the records of these operations back; answers in their order.
    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError>;

    /// What the record is to say when it is read back: every field that was sent, and none that is only shown to people.
    fn promised(&self, operation: &Operation) -> Fields {
        operation.after.clone()
    }

    /// Reads what stands behind the records of these operations, for the proof alone: whether a record is ours is never judged by it. Answers
    /// in their order; empty where nothing stands behind them.
    async fn read_behind(&self, _ports: &Ports, _operations: &[&Operation]) -> Result<Vec<Behind>, PortError> {
        Ok(Vec::new())
    }
}

/// The executor of a kind; `None` for a kind that this program does not know.
#[must_use]
pub fn executor(kind: &PlanKind) -> Option<Box<dyn Executor>> {
    match kind.0.as_str() {
        items::KIND => Some(Box::new(items::Items)),
        opening_stock::KIND => Some(Box::<opening_stock::OpeningStock>::default()),
        stock::KIND => Some(Box::new(stock::Stock)),
        listings::KIND => Some(Box::new(listings::Listings)),
        invoices::KIND => Some(Box::<invoices::Invoices>::default()),
        receipts::KIND => Some(Box::<receipts::Receipts>::default()),
        returns::KIND => Some(Box::<returns::Returns>::default()),
        voids::KIND | undo_sales::INVOICES | undo_sales::RECEIPTS | undo_sales::RETURNS => {
            Some(Box::new(removal::Removal))
        }
        undo_items::KIND => Some(Box::new(undo_items::UndoItems)),
        undo_opening_stock::KIND => Some(Box::new(undo_opening_stock::UndoOpeningStock)),
        undo_stock::KIND => Some(Box::new(undo_stock::UndoStock)),
        undo_voids::KIND => Some(Box::<undo_voids::UndoVoids>::default()),
        _ => None,
    }
}

/// Chunks of at most `size`, in order.
pub(crate) fn chunks<'a>(operations: &[&'a Operation], size: usize) -> Vec<Vec<&'a Operation>> {
    operations.chunks(size.max(1)).map(<[&Operation]>::to_vec).collect()
}

/// Operations of one group together, in the order in which the groups begin; those without a group each by themselves.
pub(crate) fn groups<'a>(operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
    let mut batches: Vec<Vec<&Operation>> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    for operation in operations {
        let own = batches.len();
        let at = if operation.group.is_empty() { own } else { *place.entry(operation.group.as_str()).or_insert(own) };
        match batches.get_mut(at) {
            Some(batch) => batch.push(operation),
            None => batches.push(vec![operation]),
        }
    }
    batches
}

/// Whether a text reads as a service may have made it of ours: cut, trimmed, or in other capitals.
pub(crate) fn is_cut(difference: &Difference) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let found = difference.found.as_deref().map(folded).unwrap_or_default();
    !found.is_empty() && folded(&difference.expected).starts_with(&found)
}

/// Σ of one field over the operations of one action; from *before* for a removal.
pub(crate) fn sum_of(operations: &[Operation], action: Action, name: &str) -> Money {
    let fields = operations
        .iter()
        .filter(|operation| operation.action == action)
        .map(|operation| if action == Action::Remove { &operation.before } else { &operation.after });
    fields.filter_map(|fields| fields.get(name)?.parse().ok()).map(Money).sum()
}

/// A field's text, or empty.
pub(crate) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// A field read as what it must be. A stored plan that does not read is a fault of this program, never sent half.
pub(crate) fn parsed<T: std::str::FromStr>(operation: &Operation, name: &str) -> Result<T, PortError> {
    let fields = if operation.action == Action::Remove { &operation.before } else { &operation.after };
    field(fields, name)
        .parse()
        .map_err(|_| PortError::storage(format!("operation {} has no readable {name}", operation.key)))
}
