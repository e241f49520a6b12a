//! Books, a shop and a journal in memory, with faults on order. Items are unique by code, as in the real service.

use async_trait::async_trait;
use selaras_domain::accurate::{Account, Adjustment, Branch, Customer, Item, NewItem, StockRow, Tax, Warehouse};
use selaras_domain::forstok::{self, Capabilities, PendingAction, PendingListing, QuantityLine, Variant};
use selaras_domain::ids::{DatabaseId, ItemId, ListingId, ListingVariantId};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_engine::ports::{Books, DUPLICATE, Journal, JournalEntry, PortError, RowOutcome, Shop};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

pub const DATABASE: DatabaseId = DatabaseId(7);
/// Virtual time that a write takes on each way.
pub const WAY: Duration = Duration::from_millis(100);

/// What goes wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It is carried out and its answer is lost.
    AnswerLost,
    /// It never arrives, and nobody knows.
    RequestLost,
    /// No connection.
    Offline,
    /// The sign-in has ended.
    SignedOut,
    /// Every second row is refused.
    RowsRefused,
    /// Fewer answers than rows.
    AnswersShort,
}

#[derive(Default)]
pub struct StandInBooks {
    items: Mutex<BTreeMap<String, NewItem>>,
    faults: Mutex<Vec<Fault>>,
    pub creations: Mutex<u64>,
    pub calls: Mutex<u64>,
}

impl StandInBooks {
    /// Books whose next writes go wrong in this order; then everything works.
    pub fn with_faults(faults: &[Fault]) -> Self {
        let books = Self::default();
        *books.faults.lock().unwrap() = faults.iter().rev().copied().collect();
        books
    }

    pub fn put(&self, no: &str, name: &str) {
        let item = NewItem {
            no: no.into(),
            name: name.into(),
            unit: "PCS".into(),
            category: "Umum".into(),
            unit_price: None,
            vendor_price: None,
            upc: None,
            tax: None,
        };
        self.items.lock().unwrap().insert(no.into(), item);
    }

    pub fn numbers(&self) -> Vec<String> {
        self.items.lock().unwrap().keys().cloned().collect()
    }

    fn create(&self, rows: &[NewItem], refuse: bool) -> Vec<RowOutcome> {
        let mut items = self.items.lock().unwrap();
        let mut outcomes = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            outcomes.push(if items.contains_key(&row.no) {
                RowOutcome::Rejected { reason: Reason::new(DUPLICATE) }
            } else if refuse && at % 2 == 1 {
                RowOutcome::Rejected { reason: Reason::new("field_required") }
            } else {
                items.insert(row.no.clone(), row.clone());
                *self.creations.lock().unwrap() += 1;
                RowOutcome::Posted { record: Some(1) }
            });
        }
        outcomes
    }
}

fn lost() -> PortError {
    PortError::Unknown { side: "accurate", detail: "connection closed".into() }
}

#[async_trait]
impl Books for StandInBooks {
    fn database(&self) -> DatabaseId {
        DATABASE
    }

    async fn verify_session(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn items(&self) -> Result<Vec<Item>, PortError> {
        let items = self.items.lock().unwrap();
        Ok(items
            .values()
            .map(|item| Item {
                id: ItemId(1),
                no: item.no.clone(),
                name: item.name.clone(),
                item_type: Some("INVENTORY".into()),
                upc: Some(item.upc.clone().unwrap_or_default()),
                unit_price: item.unit_price,
                suspended: false,
            })
            .collect())
    }

    async fn items_by_no(&self, numbers: &[String]) -> Result<Vec<Item>, PortError> {
        Ok(self.items().await?.into_iter().filter(|item| numbers.contains(&item.no)).collect())
    }

    async fn save_items(&self, rows: &[NewItem]) -> Result<Vec<RowOutcome>, PortError> {
        *self.calls.lock().unwrap() += 1;
        let fault = self.faults.lock().unwrap().pop().unwrap_or(Fault::None);
        tokio::time::sleep(WAY).await;
        let outcomes = match fault {
            Fault::RequestLost => return Err(lost()),
            Fault::Offline => return Err(PortError::Offline { side: "accurate" }),
            Fault::SignedOut => return Err(PortError::SignInNeeded { side: "accurate" }),
            Fault::RowsRefused => self.create(rows, true),
            Fault::None | Fault::AnswerLost | Fault::AnswersShort => self.create(rows, false),
        };
        tokio::time::sleep(WAY).await;
        match fault {
            Fault::AnswerLost => Err(lost()),
            Fault::AnswersShort => Ok(outcomes.into_iter().take(rows.len() / 2).collect()),
            _ => Ok(outcomes),
        }
    }

    async fn accounts(&self) -> Result<Vec<Account>, PortError> {
        Ok(vec![])
    }
    async fn warehouses(&self) -> Result<Vec<Warehouse>, PortError> {
        Ok(vec![])
    }
    async fn branches(&self) -> Result<Vec<Branch>, PortError> {
        Ok(vec![])
    }
    async fn customers(&self) -> Result<Vec<Customer>, PortError> {
        Ok(vec![])
    }
    async fn taxes(&self) -> Result<Vec<Tax>, PortError> {
        Ok(vec![])
    }
    async fn item_categories(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn units(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn stock(&self, _: &Warehouse) -> Result<Vec<StockRow>, PortError> {
        Ok(vec![])
    }
    async fn save_adjustment(&self, _: &Adjustment) -> Result<RowOutcome, PortError> {
        Err(PortError::NotOffered { side: "accurate", what: "adjustments".into() })
    }
    async fn adjustment_by_number(&self, _: &str) -> Result<Option<Adjustment>, PortError> {
        Ok(None)
    }
}

/// A shop that is not asked anything here.
pub struct NoShop;

#[async_trait]
impl Shop for NoShop {
    async fn capabilities(&self) -> Result<Capabilities, PortError> {
        Ok(Capabilities::default())
    }
    async fn variants(&self) -> Result<Vec<Variant>, PortError> {
        Ok(vec![])
    }
    async fn warehouses(&self) -> Result<Vec<forstok::Warehouse>, PortError> {
        Ok(vec![])
    }
    async fn stores(&self) -> Result<Vec<forstok::Store>, PortError> {
        Ok(vec![])
    }
    async fn pending_listings(&self) -> Result<Vec<PendingListing>, PortError> {
        Ok(vec![])
    }
    async fn set_quantities(&self, _: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(vec![])
    }
    fn quantity_batch(&self) -> usize {
        20
    }
    async fn resolve_listing(
        &self,
        _: Option<ListingId>,
        _: Option<ListingVariantId>,
        _: PendingAction,
    ) -> Result<RowOutcome, PortError> {
        Ok(RowOutcome::Posted { record: None })
    }
}

/// A journal that outlives the run, as the file does.
#[derive(Default)]
pub struct StandInJournal {
    entries: Mutex<Vec<JournalEntry>>,
    pub counts: Mutex<RunCounts>,
}

impl StandInJournal {
    pub fn of(run: &RunId, operations: &[Operation]) -> Self {
        let entries = operations
            .iter()
            .zip(0..)
            .filter(|(operation, _)| operation.action != Action::Same)
            .map(|(operation, position)| JournalEntry {
                run: run.clone(),
                position,
                operation: operation.clone(),
                state: match operation.action {
                    Action::Blocked => OperationState::Held { reason: operation.reason.clone() },
                    _ => OperationState::Waiting,
                },
            })
            .collect();
        Self { entries: Mutex::new(entries), counts: Mutex::default() }
    }

    fn change(&self, key: &OperationKey, state: OperationState) {
        for entry in self.entries.lock().unwrap().iter_mut().filter(|entry| entry.operation.key == *key) {
            assert!(!matches!(entry.state, OperationState::Posted { .. }), "{key} was posted and is touched again");
            entry.state = state.clone();
        }
    }
}

impl Journal for StandInJournal {
    fn entries(&self, _: &RunId) -> Result<Vec<JournalEntry>, PortError> {
        Ok(self.entries.lock().unwrap().clone())
    }

    fn sending(&self, _: &RunId, operations: &[&Operation]) -> Result<(), PortError> {
        for operation in operations {
            self.change(&operation.key, OperationState::Sending);
        }
        Ok(())
    }

    fn settled(&self, _: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), PortError> {
        for (key, state) in outcomes {
            self.change(key, state.clone());
        }
        Ok(())
    }

    fn progress(&self, _: &RunId, _: RunState, _: Option<&Reason>, counts: RunCounts) -> Result<(), PortError> {
        *self.counts.lock().unwrap() = counts;
        Ok(())
    }
}

/// A plan that makes so many items.
pub fn making(count: usize) -> Vec<Operation> {
    (0..count)
        .map(|at| {
            let no = format!("SKU-{at:04}");
            Operation {
                key: OperationKey(format!("item:{no}")),
                action: Action::Create,
                target: Target { side: Side::Accurate, database: DATABASE, record: no.clone() },
                before: Fields::new(),
                after: Fields::from([("no".into(), no.clone()), ("name".into(), format!("Barang {no}"))]),
                reason: Reason::new("not_in_accurate"),
                group: String::new(),
            }
        })
        .collect()
}
