//! Opening stock, counted → Accurate, as inventory adjustments of a new company. Quantity and unit cost come from the person;
//! nothing is invented (design rule 4), and what was posted once is not posted again unless it was taken back.

use super::called::Directory;
use super::{Behind, Executor, Found, Ports, Whose, field, groups, parsed};
use crate::documents::told_by_id;
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;
use selaras_domain::accurate::{Adjustment, AdjustmentLine};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{AccountId, BranchId, DatabaseId, ItemId, WarehouseId};
use selaras_domain::mapping::CountedAsOf;
use selaras_domain::order::{business_day, day_begins};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target, json_hash};
use selaras_domain::run::Difference;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name of this kind.
pub const KIND: &str = "opening-stock";

/// Lines of one document. The service names no limit; a hundred is what it takes in one bulk call (guess, this is its only place).
const LINES: usize = 100;

/// The field that says what was counted, where something else is entered.
const COUNTED: &str = "counted";

/// One counted figure. `place` and `item` are `None` when the file's words match nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedLine {
    /// The SKU as written in the count.
    pub sku: String,
    /// The warehouse as written in the count.
    pub warehouse_text: String,
    /// Warehouse of Accurate: id and name.
    pub place: Option<(WarehouseId, String)>,
    /// Item of Accurate: id and code.
    pub item: Option<(ItemId, String)>,
    /// Why the item takes no stock.
    pub obstacle: Option<Reason>,
    /// How many were counted.
    pub quantity: Quantity,
    /// Cost of each.
    pub unit_cost: Option<Money>,
}

/// What the planner needs beside the count.
pub struct OpeningInput<'a> {
    /// The database.
    pub database: DatabaseId,
    /// The count.
    pub lines: &'a [CountedLine],
    /// On hand in Accurate by warehouse and item; none means that the item has no stock there.
    pub stock: &'a HashMap<(WarehouseId, ItemId), Quantity>,
    /// Shelves that nobody has counted and that invoices have taken below zero in the books, with the units that have their invoice and lie
    /// there still. Of a count of now it is known from it what the books lack; a shelf below zero that is not here stays as it is.
    pub oversold: &'a HashMap<(WarehouseId, ItemId), Quantity>,
    /// What was posted before, by key.
    pub posted: &'a BTreeMap<OperationKey, Fields>,
    /// Number of the stock-adjustment account.
    pub account_no: &'a str,
    /// The account.
    pub account: AccountId,
    /// Branch of the documents, where the company has several.
    pub branch: Option<BranchId>,
    /// Date of the documents.
    pub date: Date,
}

/// When what is on a shelf was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The day that the count bears.
    pub day: Date,
    /// When it was posted; nothing that left later is missing in it.
    pub at: Timestamp,
}

/// The counts that were posted, by shelf.
pub type Counts = BTreeMap<(WarehouseId, ItemId), Count>;

impl Count {
    /// The shelf and the count of what was posted as opening stock; `None` where the fields do not tell it.
    #[must_use]
    pub fn of(posted: &Fields, at: Timestamp) -> Option<((WarehouseId, ItemId), Self)> {
        let id = |name: &str| posted.get(name)?.parse().ok();
        let shelf = (WarehouseId(id("warehouse_id")?), ItemId(id("item_id")?));
        Some((shelf, Self { day: posted.get("date")?.parse().ok()?, at }))
    }

    /// The moment up to which units that left the shelf are missing in the count. A count of the day of its posting was finished by then; one
    /// that bears another day is of its end. `word`: what a person has said of counts.
    #[must_use]
    pub fn until(&self, word: Option<CountedAsOf>) -> Timestamp {
        let day =
            word.filter(|word| self.day <= word.counted && word.as_of < self.day).map_or(self.day, |word| word.as_of);
        let ends = day.tomorrow().ok().and_then(day_begins);
        if day == business_day(self.at) {
            self.at
        } else {
            ends.map_or(self.at, |end| end - Span::new().nanoseconds(1))
        }
    }

    /// Whether units that left a shelf at this moment are missing in the count already.
    #[must_use]
    pub fn misses(&self, left: Timestamp, word: Option<CountedAsOf>) -> bool {
        left <= self.until(word)
    }
}

/// The key of the opening stock of an item in a warehouse.
#[must_use]
pub fn key(warehouse: WarehouseId, item: ItemId) -> OperationKey {
    OperationKey(format!("opening:{warehouse}:{item}"))
}

/// Where a line puts its stock: two SKUs of one item share a shelf.
type Shelf<'a> = (Option<WarehouseId>, Option<ItemId>, &'a str);

fn shelf(line: &CountedLine) -> Shelf<'_> {
    let (place, item) = (line.place.as_ref().map(|place| place.0), line.item.as_ref().map(|item| item.0));
    (place, item, if item.is_some() { "" } else { &line.sku })
}

/// Plans the opening stock: one operation a counted line, grouped into documents by warehouse.
#[must_use]
pub fn plan(input: &OpeningInput<'_>) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::with_capacity(input.lines.len());
    let mut times: HashMap<Shelf<'_>, usize> = HashMap::new();
    for line in input.lines {
        *times.entry(shelf(line)).or_default() += 1;
    }
    let mut ordered: Vec<&CountedLine> = input.lines.iter().collect();
    ordered.sort_by_key(|line| {
        (line.place.as_ref().map(|place| place.0), line.sku.as_str(), line.quantity, line.unit_cost)
    });
    for (position, line) in ordered.into_iter().enumerate() {
        let doubled = times.get(&shelf(line)).is_some_and(|&count| count > 1);
        operations.push(operation(input, line, position, doubled));
    }
    number_documents(&mut operations);
    operations
}

fn operation(input: &OpeningInput<'_>, line: &CountedLine, position: usize, doubled: bool) -> Operation {
    let blocked = |reason: Reason| (Action::Blocked, reason);
    let current = line
        .place
        .as_ref()
        .zip(line.item.as_ref())
        .and_then(|(place, item)| input.stock.get(&(place.0, item.0)).copied());
    let before_this = line
        .place
        .as_ref()
        .zip(line.item.as_ref())
        .and_then(|(place, item)| input.posted.get(&key(place.0, item.0)))
        .map(|posted| posted.get(COUNTED).map_or_else(|| field(posted, "quantity"), String::as_str));
    let missing = missing(input, line);
    let (action, reason) = match (&line.place, &line.item) {
        (None, _) if line.warehouse_text.trim().is_empty() => blocked(Reason::new("warehouse_not_named")),
        (None, _) => blocked(Reason::new("warehouse_unknown").with("warehouse", &line.warehouse_text)),
        (_, None) => blocked(Reason::new("item_not_in_accurate")),
        _ if doubled => blocked(Reason::new("counted_twice")),
        _ if line.obstacle.is_some() => blocked(line.obstacle.clone().unwrap_or_else(|| Reason::new("item_inactive"))),
        _ if before_this.is_some_and(|posted| posted == line.quantity.text()) => {
            (Action::Same, Reason::new("posted_before"))
        }
        _ if before_this.is_some() => {
            blocked(Reason::new("counted_otherwise").with("posted", before_this.unwrap_or_default()))
        }
        _ if line.quantity.is_negative() => blocked(Reason::new("count_negative")),
        _ if current.is_some_and(|current| current == line.quantity)
            || (current.is_none() && line.quantity.is_zero()) =>
        {
            (Action::Same, Reason::new("same_stock"))
        }
        _ if current.is_some_and(|current| !current.is_zero()) && missing.is_none() => {
            blocked(Reason::new("has_stock_already").with("quantity", current.unwrap_or_default()))
        }
        _ if !line.unit_cost.is_some_and(Money::is_positive) => blocked(Reason::new("unit_cost_missing")),
        _ => match (missing, current) {
            (Some(entered), Some(books)) => {
                let reason = Reason::new("counted_after_invoices").with("counted", line.quantity);
                (Action::Create, reason.with("books", books).with("entered", entered))
            }
            _ => (Action::Create, Reason::new("counted")),
        },
    };
    let entered = missing.unwrap_or(line.quantity);
    let mut before = Fields::new();
    if let Some(current) = current {
        before.insert("quantity".into(), current.text());
    }
    let mut after = Fields::new();
    let mut put = |name: &str, value: String| after.insert(name.to_owned(), value);
    put("quantity", entered.text());
    if missing.is_some() {
        put(COUNTED, line.quantity.text());
    }
    put("warehouse_name", line.place.as_ref().map_or_else(|| line.warehouse_text.clone(), |place| place.1.clone()));
    put("item_no", line.item.as_ref().map_or_else(|| line.sku.clone(), |item| item.1.clone()));
    if let Some(cost) = line.unit_cost {
        put("unit_cost", cost.text());
        put("total", entered.at(cost).text());
    }
    if let Some((place, item)) = line.place.as_ref().zip(line.item.as_ref()) {
        put("warehouse_id", place.0.to_string());
        put("item_id", item.0.to_string());
    }
    if action == Action::Create {
        put("account_no", input.account_no.to_owned());
        put("account_id", input.account.to_string());
        put("date", input.date.to_string());
        if let Some(branch) = input.branch {
            put("branch_id", branch.to_string());
        }
    }
    let key = match (&line.place, &line.item) {
        (Some(place), Some(item)) if !doubled => key(place.0, item.0),
        _ => OperationKey(format!("count:{position}:{}:{}", line.warehouse_text, line.sku)),
    };
    Operation {
        key,
        action,
        target: Target { side: Side::Accurate, database: input.database, record: line.sku.clone() },
        before,
        after,
        reason,
        group: String::new(),
    }
}

/// What the books lack of a shelf that was counted after invoices had taken it below zero: with it they say what is there and has no invoice.
/// `None` for every other shelf.
fn missing(input: &OpeningInput<'_>, line: &CountedLine) -> Option<Quantity> {
    let shelf = (line.place.as_ref()?.0, line.item.as_ref()?.0);
    let (books, early) = (input.stock.get(&shelf)?, input.oversold.get(&shelf)?);
    Some(line.quantity - *books - *early).filter(|_| books.is_negative()).filter(|lack| lack.is_positive())
}

/// Gives every hundred lines of a warehouse one document. Its number says which shelves it fills, in which database, and nothing of how
/// much, at what cost or on which day: a shelf is opened once, so whoever plans the same again, after midnight or with a line corrected,
/// finds the document that is there by its number.
fn number_documents(operations: &mut [Operation]) {
    let mut by_warehouse: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, operation) in operations.iter().enumerate() {
        if operation.action == Action::Create {
            by_warehouse.entry(field(&operation.after, "warehouse_id").to_owned()).or_default().push(position);
        }
    }
    for positions in by_warehouse.into_values() {
        for lines in positions.chunks(LINES) {
            let mut shelves: Vec<(DatabaseId, &str)> = lines
                .iter()
                .filter_map(|&position| operations.get(position))
                .map(|operation| (operation.target.database, operation.key.0.as_str()))
                .collect();
            shelves.sort_unstable();
            let number = format!("SLR-{}", json_hash(&shelves).get(..12).unwrap_or_default().to_uppercase());
            for &position in lines {
                if let Some(operation) = operations.get_mut(position) {
                    operation.group.clone_from(&number);
                }
            }
        }
    }
}

/// Σ quantity × unit cost of what would be posted.
#[must_use]
pub fn total(operations: &[Operation]) -> Money {
    operations
        .iter()
        .filter(|operation| operation.action == Action::Create)
        .filter_map(|operation| field(&operation.after, "total").parse().ok())
        .map(Money)
        .sum()
}

/// Posts one adjustment a document and reads it back by its number.
#[derive(Default)]
pub struct OpeningStock {
    directory: Directory,
}

impl OpeningStock {
    fn document(batch: &[&Operation]) -> Result<Option<Adjustment>, PortError> {
        let Some(first) = batch.first() else { return Ok(None) };
        let lines = batch
            .iter()
            .map(|operation| {
                Ok(AdjustmentLine {
                    item_no: field(&operation.after, "item_no").to_owned(),
                    item: None,
                    quantity: Quantity(parsed(operation, "quantity")?),
                    unit_cost: Money(parsed(operation, "unit_cost")?),
                    warehouse: field(&operation.after, "warehouse_name").to_owned(),
                    warehouse_id: None,
                })
            })
            .collect::<Result<Vec<_>, PortError>>()?;
        Ok(Some(Adjustment {
            id: None,
            number: first.group.clone(),
            date: parsed(first, "date")?,
            description: format!("Stok awal, Selaras {}", first.group),
            account_no: field(&first.after, "account_no").to_owned(),
            account: None,
            branch: first.after.get("branch_id").and_then(|id| id.parse().ok()),
            lines,
        }))
    }

    /// The document with its account and its warehouse as they are called now.
    async fn as_now(
        &self,
        ports: &Ports,
        mut document: Adjustment,
        row: &Operation,
    ) -> Result<Result<Adjustment, Reason>, PortError> {
        let id = |name: &str| row.after.get(name).and_then(|id| id.parse().ok());
        let account = self.directory.account_no(ports, id("account_id").map(AccountId), &document.account_no).await?;
        let planned = field(&row.after, "warehouse_name");
        let warehouse = self.directory.warehouse_name(ports, id("warehouse_id").map(WarehouseId), planned).await?;
        Ok(account.and_then(|account| {
            let warehouse = warehouse?;
            document.account_no = account;
            document.lines.iter_mut().for_each(|line| line.warehouse.clone_from(&warehouse));
            Ok(document)
        }))
    }
}

#[async_trait]
impl Executor for OpeningStock {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        groups(operations)
    }

    fn parallel(&self) -> usize {
        4
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn once(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        true
    }

    /// The shelves are the number's; a document of another day that fills them with the same is the one that was sent.
    fn tells(&self, _whose: Whose, difference: &Difference) -> bool {
        difference.field != "date"
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let Some((document, first)) = Self::document(batch)?.zip(batch.first()) else { return Ok(Vec::new()) };
        // A document is of one warehouse and one account.
        let outcome = match self.as_now(ports, document, first).await? {
            Ok(document) => ports.books.save_adjustment(&document).await?,
            Err(reason) => RowOutcome::Rejected { reason },
        };
        Ok(vec![outcome; batch.len()])
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let mut documents: HashMap<&str, Option<Adjustment>> = HashMap::new();
        for operation in operations {
            if !documents.contains_key(operation.group.as_str()) {
                documents.insert(&operation.group, ports.books.adjustment_by_number(&operation.group).await?);
            }
        }
        let mut names: HashMap<&str, String> = HashMap::new();
        for operation in operations {
            let (id, planned) = (field(&operation.after, "warehouse_id"), field(&operation.after, "warehouse_name"));
            if !names.contains_key(id)
                && let Ok(now) = self.directory.warehouse_name(ports, id.parse().ok(), planned).await?
            {
                names.insert(id, now);
            }
        }
        Ok(operations
            .iter()
            .map(|operation| {
                let Some(Some(document)) = documents.get(operation.group.as_str()) else { return Found::Missing };
                let id = document.id.map(|id| id.0);
                let Some(line) = line_of(document, &operation.after) else {
                    return Found::Record { id, fields: Fields::from([("quantity".into(), "0".into())]) };
                };
                let mut fields = line_fields(document, line);
                // The warehouse of the plan under its name of now is the same.
                let planned = field(&operation.after, "warehouse_name");
                if names.get(field(&operation.after, "warehouse_id")) == Some(&line.warehouse) {
                    fields.insert("warehouse_name".into(), planned.to_owned());
                }
                fields.retain(|name, _| !told_by_id(name, &operation.after, &line_fields(document, line)));
                Found::Record { id, fields }
            })
            .collect())
    }

    fn promised(&self, operation: &Operation) -> Fields {
        let mut sent = operation.after.clone();
        sent.retain(|name, _| !matches!(name.as_str(), "total" | COUNTED));
        sent
    }

    /// The shelf: what was on it, and what the document brings.
    async fn read_behind(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Behind>, PortError> {
        let filled = |operation: &&Operation| {
            let was = operation.before.get("quantity").map_or(Ok(Decimal::ZERO), |was| was.parse());
            Some(Quantity(was.ok()?) + Quantity(field(&operation.after, "quantity").parse().ok()?))
        };
        shelves_behind(ports, operations, |operation| (&operation.after, filled(operation))).await
    }
}

/// The line of an item in a document: by the item's id where the answer says it, else by its code.
pub(super) fn line_of<'a>(document: &'a Adjustment, wanted: &Fields) -> Option<&'a AdjustmentLine> {
    let id = wanted.get("item_id").and_then(|id| id.parse().ok()).map(ItemId);
    let mut lines = document.lines.iter();
    let by_id = lines.find(|line| id.is_some() && line.item == id);
    by_id.or_else(|| document.lines.iter().find(|line| line.item_no == field(wanted, "item_no")))
}

/// A line with what its document says.
fn line_fields(document: &Adjustment, line: &AdjustmentLine) -> Fields {
    let mut fields = Fields::from([
        ("item_no".to_owned(), line.item_no.clone()),
        ("quantity".to_owned(), line.quantity.text()),
        ("unit_cost".to_owned(), line.unit_cost.text()),
        ("warehouse_name".to_owned(), line.warehouse.clone()),
        ("date".to_owned(), document.date.to_string()),
    ]);
    let mut put = |name: &str, value: Option<String>| fields.extend(value.map(|value| (name.to_owned(), value)));
    put("item_id", line.item.map(|id| id.to_string()));
    put("warehouse_id", line.warehouse_id.map(|id| id.to_string()));
    put("account_id", document.account.map(|id| id.to_string()));
    put("account_no", Some(document.account_no.clone()).filter(|no| !no.is_empty()));
    put("branch_id", document.branch.map(|id| id.to_string()));
    fields
}

/// More items of one warehouse than this are read as its whole list, which costs a call for each hundred items that it has.
const SHELVES_ALONE: usize = 40;

/// What was promised of the shelves that documents have filled or emptied, and what is on them now. `promise` tells the fields that name the
/// shelf, and what is to be on it. What left or came by another way meanwhile is a difference, which a person knows how to read.
pub(super) async fn shelves_behind<'a>(
    ports: &Ports,
    operations: &[&'a Operation],
    promise: impl Fn(&&'a Operation) -> (&'a Fields, Option<Quantity>),
) -> Result<Vec<Behind>, PortError> {
    let shelf = |fields: &Fields| {
        Some((WarehouseId(field(fields, "warehouse_id").parse().ok()?), ItemId(field(fields, "item_id").parse().ok()?)))
    };
    let shelves: Vec<_> = operations.iter().map(|operation| shelf(promise(operation).0)).collect();
    let mut wanted: BTreeMap<WarehouseId, BTreeSet<ItemId>> = BTreeMap::new();
    for (warehouse, item) in shelves.iter().flatten() {
        wanted.entry(*warehouse).or_default().insert(*item);
    }
    let mut now: HashMap<(WarehouseId, ItemId), Quantity> = HashMap::new();
    let mut alone: BTreeSet<ItemId> = BTreeSet::new();
    let many = wanted.values().any(|items| items.len() > SHELVES_ALONE);
    let warehouses = if many { ports.books.warehouses().await?.rows } else { Vec::new() };
    for (warehouse, items) in wanted {
        let known = warehouses.iter().find(|known| known.id == warehouse && items.len() > SHELVES_ALONE);
        let Some(known) = known else {
            alone.extend(items);
            continue;
        };
        let rows = ports.books.stock(known).await?;
        let listed: HashMap<ItemId, Quantity> = rows.iter().map(|row| (row.item, row.quantity)).collect();
        for item in items {
            let unread = rows.unread.iter().any(|row| row.id == Some(item.0));
            // An item that the whole list does not have is not in the warehouse (§8).
            let figure = listed.get(&item).copied().or_else(|| (!unread).then_some(Quantity::ZERO));
            now.extend(figure.map(|figure| ((warehouse, item), figure)));
        }
    }
    for item in alone {
        match ports.books.item_stock(item).await {
            Ok(rows) => now.extend(rows.into_iter().map(|row| ((row.warehouse, row.item), row.quantity))),
            // One item that cannot be asked about says nothing of the others.
            Err(PortError::NotOffered { .. } | PortError::Rejected { .. } | PortError::Unreadable { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let told = |figure: Option<Quantity>| {
        figure.map(|figure| ("shelf".to_owned(), figure.text())).into_iter().collect::<Fields>()
    };
    Ok(operations
        .iter()
        .zip(shelves)
        .map(|(operation, shelf)| Behind {
            promised: told(promise(operation).1),
            found: told(shelf.and_then(|shelf| now.get(&shelf).copied())),
        })
        .collect())
}
