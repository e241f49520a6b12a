//! Books, a shop and a journal in memory, with faults on order. Items are unique by code, as in the real service.

use async_trait::async_trait;
use jiff::Timestamp;
use selaras_domain::accurate::{Account, Adjustment, Branch, Customer, Item, NewItem, StockRow, Tax, Warehouse};
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::{self, Capabilities, PendingAction, PendingListing, QuantityLine, Variant};
use selaras_domain::ids::{
    AdjustmentId, DatabaseId, ForstokWarehouseId, ItemId, ListingId, ListingVariantId, WarehouseId,
};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_domain::unread::Listed;
use selaras_engine::apply::RunEnd;
use selaras_engine::arrival::{ARRIVES_WITHIN, STILL_CHECKED};
use selaras_engine::ports::{Books, Clock, DUPLICATE, Journal, JournalEntry, LookedUp, PortError, RowOutcome, Shop};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};
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
    /// No answer, and it is carried out so many seconds later (items and adjustments).
    Late(u64),
}

/// Faults on order, one for each write; then everything works.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub fn of(faults: &[Fault]) -> Self {
        Self(Mutex::new(faults.iter().rev().copied().collect()))
    }

    /// After how long the next write is carried out, when it is late.
    fn late(&self) -> Option<Duration> {
        match self.0.lock().unwrap().last() {
            Some(Fault::Late(seconds)) => Some(Duration::from_secs(*seconds)),
            _ => None,
        }
    }

    /// Lets the next writes go wrong in this order.
    pub fn set(&self, faults: &[Fault]) {
        *self.0.lock().unwrap() = faults.iter().rev().copied().collect();
    }

    /// Carries out one write of some rows, with whatever goes wrong on the way there or back.
    pub async fn write<T>(&self, rows: usize, write: impl FnOnce(bool) -> Vec<T>) -> Result<Vec<T>, PortError> {
        let fault = self.0.lock().unwrap().pop().unwrap_or(Fault::None);
        tokio::time::sleep(WAY).await;
        let outcomes = match fault {
            Fault::RequestLost | Fault::Late(_) => return Err(lost()),
            Fault::Offline => return Err(PortError::Offline { side: "accurate" }),
            Fault::SignedOut => return Err(PortError::SignInNeeded { side: "accurate" }),
            Fault::RowsRefused => write(true),
            Fault::None | Fault::AnswerLost | Fault::AnswersShort => write(false),
        };
        tokio::time::sleep(WAY).await;
        match fault {
            Fault::AnswerLost => Err(lost()),
            Fault::AnswersShort if rows > 1 => Ok(outcomes.into_iter().take(rows / 2).collect()),
            _ => Ok(outcomes),
        }
    }
}

/// The warehouse of these books.
pub const WAREHOUSE: (WarehouseId, &str) = (WarehouseId(50), "Gudang");

enum Late {
    Items(Vec<NewItem>),
    Adjustment(Adjustment),
}

#[derive(Default)]
pub struct StandInBooks {
    items: Mutex<BTreeMap<i64, NewItem>>,
    adjustments: Mutex<BTreeMap<i64, Adjustment>>,
    next_id: Mutex<i64>,
    faults: Faults,
    /// What is carried out later, with the moment.
    late: Mutex<Vec<(tokio::time::Instant, Late)>>,
    name_length: Mutex<Option<usize>>,
    pub creations: Mutex<u64>,
    pub calls: Mutex<u64>,
    /// Ids of everything that was deleted, in order.
    pub deletions: Mutex<Vec<i64>>,
}

impl StandInBooks {
    /// Books whose next writes go wrong in this order; then everything works.
    pub fn with_faults(faults: &[Fault]) -> Self {
        Self { faults: Faults::of(faults), ..Self::default() }
    }

    /// Carries out what is late and due.
    fn catch_up(&self) {
        let now = tokio::time::Instant::now();
        let due: Vec<Late> =
            self.late.lock().unwrap().extract_if(.., |(at, _)| *at <= now).map(|(_, late)| late).collect();
        for late in due {
            match late {
                Late::Items(rows) => drop(self.create(&rows, false)),
                Late::Adjustment(document) => drop(self.adjust(&document)),
            }
        }
    }

    fn later(&self, write: Late) {
        if let Some(after) = self.faults.late() {
            self.late.lock().unwrap().push((tokio::time::Instant::now() + after, write));
        }
    }

    fn adjust(&self, document: &Adjustment) -> RowOutcome {
        if self.adjustments.lock().unwrap().values().any(|known| known.number == document.number) {
            return RowOutcome::Rejected { reason: Reason::new(DUPLICATE) };
        }
        let id = self.id();
        let stored = Adjustment { id: Some(AdjustmentId(id)), ..document.clone() };
        self.adjustments.lock().unwrap().insert(id, stored);
        *self.creations.lock().unwrap() += 1;
        RowOutcome::Posted { record: Some(id) }
    }

    fn id(&self) -> i64 {
        let mut next = self.next_id.lock().unwrap();
        *next += 1;
        *next
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
        let id = self.id();
        self.items.lock().unwrap().insert(id, item);
    }

    /// Keeps so many letters of a name, and says nothing of it.
    pub fn cuts_names_to(&self, letters: usize) {
        *self.name_length.lock().unwrap() = Some(letters);
    }

    /// Somebody gives an item another name.
    pub fn rename(&self, no: &str, name: &str) {
        for item in self.items.lock().unwrap().values_mut().filter(|item| item.no == no) {
            item.name = name.into();
        }
    }

    /// Somebody corrects what a document has brought of an item.
    pub fn recount(&self, item_no: &str, quantity: i64) {
        let mut documents = self.adjustments.lock().unwrap();
        let lines = documents.values_mut().flat_map(|document| &mut document.lines);
        lines.filter(|line| line.item_no == item_no).for_each(|line| line.quantity = Quantity::from(quantity));
    }

    pub fn numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = self.items.lock().unwrap().values().map(|item| item.no.clone()).collect();
        numbers.sort();
        numbers
    }

    /// Everything that can be compared: items and documents without their ids.
    pub fn state(&self) -> (BTreeMap<String, NewItem>, BTreeMap<String, Adjustment>) {
        let items = self.items.lock().unwrap().values().map(|item| (item.no.clone(), item.clone())).collect();
        let documents = self.adjustments.lock().unwrap();
        let documents =
            documents.values().map(|one| (one.number.clone(), Adjustment { id: None, ..one.clone() })).collect();
        (items, documents)
    }

    /// On hand: what the documents brought in.
    pub fn figures(&self) -> std::collections::HashMap<(WarehouseId, ItemId), Quantity> {
        let items = self.items.lock().unwrap();
        let mut figures = std::collections::HashMap::new();
        for line in self.adjustments.lock().unwrap().values().flat_map(|document| &document.lines) {
            if let Some((id, _)) = items.iter().find(|(_, item)| item.no == line.item_no) {
                let figure: &mut Quantity = figures.entry((WAREHOUSE.0, ItemId(*id))).or_default();
                *figure = *figure + line.quantity;
            }
        }
        figures
    }

    fn create(&self, rows: &[NewItem], refuse: bool) -> Vec<RowOutcome> {
        let mut outcomes = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            outcomes.push(if self.items.lock().unwrap().values().any(|item| item.no == row.no) {
                RowOutcome::Rejected { reason: Reason::new(DUPLICATE) }
            } else if refuse && at % 2 == 1 {
                RowOutcome::Rejected { reason: Reason::new("field_required") }
            } else {
                let id = self.id();
                let name = row.name.chars().take(self.name_length.lock().unwrap().unwrap_or(usize::MAX)).collect();
                self.items.lock().unwrap().insert(id, NewItem { name, ..row.clone() });
                *self.creations.lock().unwrap() += 1;
                RowOutcome::Posted { record: Some(id) }
            });
        }
        outcomes
    }

    /// Deletes a row of a table; one that is used is refused, one that is gone is to be looked up.
    fn delete<T>(&self, table: &Mutex<BTreeMap<i64, T>>, id: i64, used: bool) -> RowOutcome {
        if used {
            return RowOutcome::Rejected { reason: Reason::new("still_used") };
        }
        if table.lock().unwrap().remove(&id).is_none() {
            return RowOutcome::Unknown { reason: Reason::new("reference_wrong") };
        }
        self.deletions.lock().unwrap().push(id);
        RowOutcome::Posted { record: Some(id) }
    }
}

pub fn lost() -> PortError {
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

    async fn items(&self) -> Result<Listed<Item>, PortError> {
        self.catch_up();
        let items = self.items.lock().unwrap();
        Ok(items
            .iter()
            .map(|(id, item)| Item {
                id: ItemId(*id),
                no: item.no.clone(),
                name: item.name.clone(),
                item_type: Some("INVENTORY".into()),
                upc: Some(item.upc.clone().unwrap_or_default()),
                unit_price: item.unit_price,
                suspended: false,
            })
            .collect())
    }

    async fn items_by_no(&self, numbers: &[String]) -> Result<Listed<Item>, PortError> {
        let wanted: BTreeSet<&String> = numbers.iter().collect();
        Ok(self.items().await?.into_iter().filter(|item| wanted.contains(&item.no)).collect())
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> Result<Listed<Item>, PortError> {
        let wanted: BTreeSet<&ItemId> = ids.iter().collect();
        Ok(self.items().await?.into_iter().filter(|item| wanted.contains(&item.id)).collect())
    }

    async fn save_items(&self, rows: &[NewItem]) -> Result<Vec<RowOutcome>, PortError> {
        *self.calls.lock().unwrap() += 1;
        self.catch_up();
        self.later(Late::Items(rows.to_vec()));
        self.faults.write(rows.len(), |refuse| self.create(rows, refuse)).await
    }

    async fn delete_item(&self, id: ItemId) -> Result<RowOutcome, PortError> {
        let outcomes = self.faults.write(1, |_| {
            let used = self.figures().contains_key(&(WAREHOUSE.0, id));
            vec![self.delete(&self.items, id.0, used)]
        });
        Ok(outcomes.await?.remove(0))
    }

    async fn save_adjustment(&self, document: &Adjustment) -> Result<RowOutcome, PortError> {
        self.catch_up();
        self.later(Late::Adjustment(document.clone()));
        let outcomes = self.faults.write(1, |_| vec![self.adjust(document)]);
        Ok(outcomes.await?.remove(0))
    }

    async fn adjustment_by_number(&self, number: &str) -> Result<Option<Adjustment>, PortError> {
        self.catch_up();
        Ok(self.adjustments.lock().unwrap().values().find(|document| document.number == number).cloned())
    }

    async fn adjustment_by_id(&self, id: AdjustmentId) -> Result<Option<Adjustment>, PortError> {
        Ok(self.adjustments.lock().unwrap().get(&id.0).cloned())
    }

    async fn delete_adjustment(&self, id: AdjustmentId) -> Result<RowOutcome, PortError> {
        let outcomes = self.faults.write(1, |_| vec![self.delete(&self.adjustments, id.0, false)]);
        Ok(outcomes.await?.remove(0))
    }

    async fn accounts(&self) -> Result<Listed<Account>, PortError> {
        Ok(Listed::default())
    }
    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        Ok(Listed::default())
    }
    async fn branches(&self) -> Result<Listed<Branch>, PortError> {
        Ok(Listed::default())
    }
    async fn customers(&self) -> Result<Listed<Customer>, PortError> {
        Ok(Listed::default())
    }
    async fn taxes(&self) -> Result<Listed<Tax>, PortError> {
        Ok(Listed::default())
    }
    async fn item_categories(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn units(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn stock(&self, _: &Warehouse) -> Result<Listed<StockRow>, PortError> {
        Ok(Listed::default())
    }
}

/// The warehouse of this shop.
pub const SHELF: ForstokWarehouseId = ForstokWarehouseId(195);

/// A shop with figures; one without any is not asked for them.
#[derive(Default)]
pub struct StandInShop {
    pub figures: Mutex<BTreeMap<String, Quantity>>,
    faults: Faults,
}

impl StandInShop {
    pub fn with(figures: &[(String, i64)], faults: &[Fault]) -> Self {
        let figures = figures.iter().map(|(sku, figure)| (sku.clone(), Quantity::from(*figure))).collect();
        Self { figures: Mutex::new(figures), faults: Faults::of(faults) }
    }

    pub fn state(&self) -> BTreeMap<String, Quantity> {
        self.figures.lock().unwrap().clone()
    }
}

#[async_trait]
impl Shop for StandInShop {
    async fn capabilities(&self) -> Result<Capabilities, PortError> {
        Ok(Capabilities::default())
    }
    async fn variants(&self) -> Result<Listed<Variant>, PortError> {
        let variant = |(sku, on_hand): (String, Quantity)| Variant {
            id: None,
            name: sku.clone(),
            sku,
            category: None,
            price: None,
            cost_price: None,
            barcode: None,
            stock: vec![forstok::VariantStock { warehouse: SHELF, on_hand, reserved: Quantity::ZERO }],
        };
        Ok(self.state().into_iter().map(variant).collect())
    }
    async fn warehouses(&self) -> Result<Listed<forstok::Warehouse>, PortError> {
        Ok(Listed::default())
    }
    async fn stores(&self) -> Result<Listed<forstok::Store>, PortError> {
        Ok(Listed::default())
    }
    async fn pending_listings(&self) -> Result<Listed<PendingListing>, PortError> {
        Ok(Listed::default())
    }
    async fn set_quantities(&self, lines: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError> {
        let write = |_| {
            let mut figures = self.figures.lock().unwrap();
            let set = |line: &QuantityLine| {
                figures.insert(line.sku.clone(), line.quantity);
                RowOutcome::Posted { record: None }
            };
            lines.iter().map(set).collect()
        };
        self.faults.write(lines.len(), write).await
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
    pub adopted: Mutex<BTreeSet<OperationKey>>,
    pub lost: Mutex<BTreeSet<OperationKey>>,
    begun: OnceLock<tokio::time::Instant>,
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
                sent_at: None,
                sendings: 0,
            })
            .collect();
        Self { entries: Mutex::new(entries), ..Self::default() }
    }

    fn change(&self, key: &OperationKey, state: OperationState) {
        for entry in self.entries.lock().unwrap().iter_mut().filter(|entry| entry.operation.key == *key) {
            assert!(!matches!(entry.state, OperationState::Posted { .. }), "{key} was posted and is touched again");
            entry.state = state.clone();
        }
    }
}

/// The moment of the virtual clock at which a test has begun, as a time of day.
const BEGIN: Timestamp = Timestamp::UNIX_EPOCH;

/// Follows the virtual time of the test.
impl Clock for StandInJournal {
    fn now(&self) -> Timestamp {
        let begun = self.begun.get_or_init(tokio::time::Instant::now);
        BEGIN + jiff::SignedDuration::try_from(begun.elapsed()).unwrap()
    }
}

impl Journal for StandInJournal {
    fn clock(&self) -> &dyn Clock {
        self
    }

    fn entries(&self, _: &RunId) -> Result<Vec<JournalEntry>, PortError> {
        Ok(self.entries.lock().unwrap().clone())
    }

    fn sending(&self, _: &RunId, operations: &[&Operation]) -> Result<(), PortError> {
        let now = self.now();
        for operation in operations {
            self.change(&operation.key, OperationState::Sending);
        }
        let sent = |entry: &&mut JournalEntry| operations.iter().any(|one| one.key == entry.operation.key);
        for entry in self.entries.lock().unwrap().iter_mut().filter(sent) {
            entry.sent_at = Some(now);
            entry.sendings += 1;
        }
        Ok(())
    }

    fn not_sent(&self, _: &RunId, keys: &[OperationKey]) -> Result<(), PortError> {
        for key in keys {
            self.change(key, OperationState::Waiting);
        }
        for entry in self.entries.lock().unwrap().iter_mut().filter(|entry| keys.contains(&entry.operation.key)) {
            entry.sendings -= 1;
        }
        Ok(())
    }

    fn settled(&self, _: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), PortError> {
        for (key, state) in outcomes {
            self.change(key, state.clone());
        }
        Ok(())
    }

    fn looked_up(&self, _: &RunId, keys: &[OperationKey], why: LookedUp) -> Result<(), PortError> {
        let marks = match why {
            LookedUp::AnswerLost => &self.lost,
            LookedUp::Adopted => &self.adopted,
        };
        marks.lock().unwrap().extend(keys.iter().cloned());
        Ok(())
    }

    fn progress(&self, _: &RunId, _: RunState, _: Option<&Reason>, counts: RunCounts) -> Result<(), PortError> {
        *self.counts.lock().unwrap() = counts;
        Ok(())
    }
}

/// Continues a run that waits for what may still arrive, each time when its time is up, until it has its end or stops for another reason.
pub async fn until_decided(mut execute: impl AsyncFnMut() -> RunEnd) -> RunEnd {
    loop {
        let end = execute().await;
        if end.pause.as_ref().is_none_or(|pause| pause.code != STILL_CHECKED) {
            return end;
        }
        tokio::time::sleep(Duration::try_from(ARRIVES_WITHIN).unwrap()).await;
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
