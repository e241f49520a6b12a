//! Every SKU of a database with its state, as a long table: made from what both sides said and what people decided, sorted, filtered
//! and searched here. It holds nothing that cannot be made again.

use crate::codec::{to_time, unsigned};
use crate::error::StoreError;
use crate::paging::{Page, Paged, Walk, figure, folded, wanted};
use crate::store::{CompanyStore, ROWS_A_WRITE};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use rust_decimal::Decimal;
use selaras_domain::decision::SkuState;
use selaras_domain::ids::DatabaseId;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering as AtomicOrdering};

/// Text is folded for sorts and searches, figures are in ten-thousandths ([`figure`]): both for order only, the body has what is
/// shown. `queue` is minus the count of orders that wait, so that the queue's own order goes one way through its index. Each index
/// holds all that a filter and a search look at, so that only the rows of the page are read.
pub const SCHEMA: &str = "
CREATE TABLE sku_table (
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    -- what it was made from, in the words of whoever made it
    source TEXT NOT NULL,
    read_at TEXT NOT NULL,
    PRIMARY KEY (company, database)
) STRICT, WITHOUT ROWID;
CREATE TABLE sku_count (
    company INTEGER NOT NULL,
    database INTEGER NOT NULL,
    state TEXT NOT NULL,
    rows INTEGER NOT NULL,
    sure INTEGER NOT NULL,
    PRIMARY KEY (company, database, state)
) STRICT, WITHOUT ROWID;
CREATE TABLE sku (
    row INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    -- among those of one SKU and name
    nth INTEGER NOT NULL,
    state TEXT NOT NULL,
    sure INTEGER NOT NULL,
    words TEXT NOT NULL,
    title TEXT NOT NULL,
    price INTEGER NOT NULL,
    stock INTEGER NOT NULL,
    queue INTEGER NOT NULL,
    amount TEXT,
    oldest TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sku_key ON sku (company, database, sku, name, nth);
CREATE INDEX sku_state ON sku (company, database, state, sure);
CREATE INDEX sku_queue ON sku (company, database, queue, words, row, state);
CREATE INDEX sku_words ON sku (company, database, words, row, state);
CREATE INDEX sku_title ON sku (company, database, title, words, row, state);
CREATE INDEX sku_price ON sku (company, database, price, words, row, state);
CREATE INDEX sku_stock ON sku (company, database, stock, words, row, state);
";

/// Orders that wait for a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub orders: u32,
    /// Σ of their totals as decimal text.
    pub amount: String,
    /// When the oldest was placed.
    pub oldest: String,
}

/// A SKU as it goes into the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSku {
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: SkuState,
    /// Whether its suggestion may be accepted unseen.
    pub sure: bool,
    /// Barcode, which a search looks at too.
    pub barcode: Option<String>,
    /// Selling price.
    pub price: Option<Decimal>,
    /// On hand.
    pub stock: Option<Decimal>,
    /// Orders that wait for it.
    pub waiting: Option<Waiting>,
    /// All that is shown of it but the orders, in the shape of whoever stored it.
    pub body: String,
}

/// A SKU as it comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSku {
    /// [`NewSku::body`].
    pub body: String,
    /// Orders that wait for it.
    pub waiting: Option<Waiting>,
}

/// How many SKUs a state has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SkuCounts {
    /// All of them.
    pub rows: u64,
    /// Those whose suggestion may be accepted unseen.
    pub sure: u64,
}

/// The order of SKUs. What is equal follows the SKU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SkuSort {
    /// What most orders wait for comes first.
    #[default]
    Queue,
    /// By SKU.
    Sku,
    /// By name.
    Name,
    /// By selling price.
    Price,
    /// By what is on hand.
    Stock,
}

const COLUMNS: &str = "SELECT body, -queue, amount, oldest FROM sku";

/// Columns of a row that may change, in the order of [`Written::values`].
struct Written<'a> {
    new: &'a NewSku,
    words: String,
}

impl<'a> Written<'a> {
    fn of(new: &'a NewSku) -> Self {
        let barcode = new.barcode.as_deref().unwrap_or_default();
        Self { new, words: format!("{}\n{}\n{}", folded(&new.sku), folded(&new.name), folded(barcode)) }
    }

    fn change(&self, transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
        let (waiting, new) = (self.new.waiting.as_ref(), self.new);
        let mut update = transaction.prepare_cached(
            "UPDATE sku SET state = ?2, sure = ?3, words = ?4, price = ?5, stock = ?6, queue = ?7, amount = ?8,
                            oldest = ?9, body = ?10
             WHERE row = ?1 AND (state, sure, words, price, stock, queue, amount, oldest, body)
                                IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        update.execute(params![
            row,
            new.state.name(),
            new.sure,
            self.words,
            figure(new.price),
            figure(new.stock),
            -waiting.map_or(0, |waiting| i64::from(waiting.orders)),
            waiting.map(|waiting| &waiting.amount),
            waiting.map(|waiting| &waiting.oldest),
            new.body,
        ])?;
        Ok(())
    }

    fn insert(&self, transaction: &Transaction<'_>, place: (i64, i64), nth: i64) -> Result<(), StoreError> {
        let (waiting, new) = (self.new.waiting.as_ref(), self.new);
        let mut insert = transaction.prepare_cached(
            "INSERT INTO sku (company, database, sku, name, nth, title, state, sure, words, price, stock, queue,
                              amount, oldest, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        insert.execute(params![
            place.0,
            place.1,
            new.sku,
            new.name,
            nth,
            folded(&new.name),
            new.state.name(),
            new.sure,
            self.words,
            figure(new.price),
            figure(new.stock),
            -waiting.map_or(0, |waiting| i64::from(waiting.orders)),
            waiting.map(|waiting| &waiting.amount),
            waiting.map(|waiting| &waiting.oldest),
            new.body,
        ])?;
        Ok(())
    }
}

impl CompanyStore {
    /// What the table of a database was made from, and when that was read; `None` before the first time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn sku_source(&self, database: DatabaseId) -> Result<Option<(String, Timestamp)>, StoreError> {
        self.store.read(|connection| {
            let row: Option<(String, String)> = connection
                .prepare_cached("SELECT source, read_at FROM sku_table WHERE company = ?1 AND database = ?2")?
                .query_row([self.company.0, database.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            row.map(|(source, read_at)| Ok((source, to_time(&read_at)?))).transpose()
        })
    }

    /// Makes the table anew: writes what has changed, and takes out what is gone. The rows come by SKU, then name, as text compares; each
    /// is asked for once and let go.
    ///
    /// Written in pieces. Until the last of them the table has no source of anybody's, so that one that was cut off is made anew.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another program has begun to make it meanwhile; when the store cannot be written, or a row cannot be
    /// made.
    pub fn put_skus(
        &self,
        database: DatabaseId,
        source: &str,
        read_at: Timestamp,
        rows: impl Iterator<Item = Result<NewSku, StoreError>>,
    ) -> Result<(), StoreError> {
        let place = (self.company.0, database.0);
        let there = |transaction: &Transaction<'_>| {
            let mut statement = transaction.prepare_cached(
                "SELECT row, sku, name, nth FROM sku WHERE company = ?1 AND database = ?2 ORDER BY sku, name, nth",
            )?;
            Ok(Some(keys(&mut statement, params![place.0, place.1])?))
        };
        self.put_in_pieces(place, there, rows, |transaction, source_now| {
            transaction.execute(
                "INSERT INTO sku_table (company, database, source, read_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (company, database) DO UPDATE SET source = excluded.source, read_at = excluded.read_at",
                params![place.0, place.1, source_now.unwrap_or(source), read_at.to_string()],
            )?;
            Ok(())
        })
    }

    /// The same for these SKUs only; every other row stays as it is. The rows come by SKU, then name. A table that is being made anew is left
    /// to whoever makes it.
    ///
    /// # Errors
    /// As [`CompanyStore::put_skus`].
    pub fn put_skus_of(
        &self,
        database: DatabaseId,
        source: &str,
        skus: &BTreeSet<&str>,
        rows: impl Iterator<Item = Result<NewSku, StoreError>>,
    ) -> Result<(), StoreError> {
        let place = (self.company.0, database.0);
        let there = |transaction: &Transaction<'_>| {
            if source_of(transaction, place)?.is_some_and(|source| source.starts_with(MAKING)) {
                return Ok(None);
            }
            let mut statement = transaction.prepare_cached(
                "SELECT row, sku, name, nth FROM sku WHERE company = ?1 AND database = ?2 AND sku = ?3
                 ORDER BY name, nth",
            )?;
            let mut there = Vec::new();
            for sku in skus {
                there.extend(keys(&mut statement, params![place.0, place.1, sku])?);
            }
            Ok(Some(there))
        };
        self.put_in_pieces(place, there, rows, |transaction, source_now| {
            transaction.execute(
                "UPDATE sku_table SET source = ?3 WHERE company = ?1 AND database = ?2",
                params![place.0, place.1, source_now.unwrap_or(source)],
            )?;
            Ok(())
        })
    }

    /// Puts rows in the place of those that `there` finds; nothing where it finds that they are another's. `set` notes the source, or for as
    /// long as there is more to write a word that this is being made.
    fn put_in_pieces(
        &self,
        place: (i64, i64),
        there: impl Fn(&Transaction<'_>) -> Result<Option<Vec<Key>>, StoreError>,
        rows: impl Iterator<Item = Result<NewSku, StoreError>>,
        set: impl Fn(&Transaction<'_>, Option<&str>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let making = format!("{MAKING}{} {}", std::process::id(), NUMBER.fetch_add(1, AtomicOrdering::Relaxed));
        let (mut rows, mut steps) = (Some(rows), None);
        loop {
            let whole = self.store.write(|transaction| {
                if steps.is_none() {
                    let (Some(there), Some(rows)) = (there(transaction)?, rows.take()) else { return Ok(true) };
                    steps = Some(Steps { there: there.into_iter().peekable(), rows, next: None, before: None });
                } else if source_of(transaction, place)?.is_none_or(|source| source != making) {
                    return Err(StoreError::Locked);
                }
                for step in steps.iter_mut().flatten().take(ROWS_A_WRITE) {
                    step?.taken(transaction, place)?;
                }
                let whole = steps.as_mut().is_none_or(Steps::is_done);
                set(transaction, (!whole).then_some(making.as_str()))?;
                if whole {
                    count(transaction, place)?;
                }
                Ok(whole)
            })?;
            if whole {
                return Ok(());
            }
        }
    }

    /// How many SKUs each state has; a state without any is not named.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn sku_counts(&self, database: DatabaseId) -> Result<BTreeMap<SkuState, SkuCounts>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT state, rows, sure FROM sku_count WHERE company = ?1 AND database = ?2")?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut counts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let state = SkuState::from_str(&row.get::<_, String>(0)?)
                    .map_err(|detail| StoreError::Unreadable { what: "SKU state", detail })?;
                counts.insert(state, SkuCounts { rows: unsigned(row.get(1)?)?, sure: unsigned(row.get(2)?)? });
            }
            Ok(counts)
        })
    }

    /// A page of the SKUs of a database, those in one state or all, those whose SKU, name or barcode holds a text or all.
    ///
    /// # Errors
    /// When the cursor is not of this order, or the store cannot be read.
    pub fn skus_page(
        &self,
        database: DatabaseId,
        state: Option<SkuState>,
        search: Option<&str>,
        page: &Page<SkuSort>,
    ) -> Result<Paged<StoredSku>, StoreError> {
        self.store.read(|connection| {
            let (state, search) = (state.map(SkuState::name), wanted(search));
            let (index, keys): (_, &[&str]) = match page.sort {
                SkuSort::Queue => ("sku_queue", &["queue", "words", "row"]),
                SkuSort::Sku => ("sku_words", &["words", "row"]),
                SkuSort::Name => ("sku_title", &["title", "words", "row"]),
                SkuSort::Price => ("sku_price", &["price", "words", "row"]),
                SkuSort::Stock => ("sku_stock", &["stock", "words", "row"]),
            };
            let mut condition = "company = :company AND database = :database".to_owned();
            condition.push_str(if state.is_some() { " AND state = :state" } else { "" });
            let count = if search.is_some() {
                condition.push_str(" AND instr(words, :search) > 0");
                format!("SELECT count(*) FROM sku INDEXED BY sku_words WHERE {condition}")
            } else {
                format!("SELECT coalesce(sum(rows), 0) FROM sku_count WHERE {condition}")
            };
            let walk = Walk {
                from: &format!("sku INDEXED BY {index}"),
                condition: &condition,
                values: &[
                    (":company", &self.company.0),
                    (":database", &database.0),
                    (":state", &state),
                    (":search", &search),
                ],
                keys,
                fetch: &format!("{COLUMNS} WHERE row = :row"),
                count: &count,
            };
            walk.page(connection, page, read)
        })
    }

    /// The SKUs of a state whose suggestion may be accepted unseen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn sure_skus(&self, database: DatabaseId, state: SkuState) -> Result<Vec<StoredSku>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{COLUMNS} INDEXED BY sku_state WHERE company = ?1 AND database = ?2 AND state = ?3 AND sure = 1"
            ))?;
            let mut rows = statement.query(params![self.company.0, database.0, state.name()])?;
            let mut skus = Vec::new();
            while let Some(row) = rows.next()? {
                skus.push(read(row)?);
            }
            Ok(skus)
        })
    }

    /// All rows of one SKU.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rows_of_sku(&self, database: DatabaseId, sku: &str) -> Result<Vec<StoredSku>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{COLUMNS} WHERE company = ?1 AND database = ?2 AND sku = ?3 ORDER BY name, nth"
            ))?;
            let mut rows = statement.query(params![self.company.0, database.0, sku])?;
            let mut skus = Vec::new();
            while let Some(row) = rows.next()? {
                skus.push(read(row)?);
            }
            Ok(skus)
        })
    }
}

fn read(row: &Row<'_>) -> Result<StoredSku, StoreError> {
    let waiting = match (row.get(2)?, row.get(3)?) {
        (Some(amount), Some(oldest)) => Some(Waiting { orders: row.get(1)?, amount, oldest }),
        _ => None,
    };
    Ok(StoredSku { body: row.get(0)?, waiting })
}

/// Row, SKU, name and number of what is there.
type Key = (i64, String, String, i64);

fn keys(statement: &mut rusqlite::Statement<'_>, values: impl rusqlite::Params) -> Result<Vec<Key>, StoreError> {
    let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a table of which not all is written yet has in the place of its source.
const MAKING: &str = "making ";

fn source_of(connection: &Connection, place: (i64, i64)) -> Result<Option<String>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT source FROM sku_table WHERE company = ?1 AND database = ?2")?;
    Ok(statement.query_row([place.0, place.1], |row| row.get(0)).optional()?)
}

/// One row's way to the table as it is to be.
enum Step {
    Gone(i64),
    Changed(i64, NewSku),
    Added(i64, NewSku),
}

impl Step {
    fn taken(&self, transaction: &Transaction<'_>, place: (i64, i64)) -> Result<(), StoreError> {
        match self {
            Self::Gone(row) => {
                transaction.prepare_cached("DELETE FROM sku WHERE row = ?1")?.execute([row])?;
                Ok(())
            }
            Self::Changed(row, new) => Written::of(new).change(transaction, *row),
            Self::Added(nth, new) => Written::of(new).insert(transaction, place, *nth),
        }
    }
}

/// What is to be done so that the rows are in the place of those that are there; both come in the same order.
struct Steps<I: Iterator> {
    there: Peekable<std::vec::IntoIter<Key>>,
    rows: I,
    /// The next row with its number among those of one SKU and name.
    next: Option<(NewSku, i64)>,
    before: Option<(String, String, i64)>,
}

impl<I: Iterator<Item = Result<NewSku, StoreError>>> Steps<I> {
    /// Asks for the next row, unless it is there.
    fn look(&mut self) -> Result<(), StoreError> {
        if self.next.is_none()
            && let Some(new) = self.rows.next().transpose()?
        {
            let nth = match &self.before {
                Some((sku, name, nth)) if (sku, name) == (&new.sku, &new.name) => nth + 1,
                _ => 0,
            };
            self.before = Some((new.sku.clone(), new.name.clone(), nth));
            self.next = Some((new, nth));
        }
        Ok(())
    }

    /// Whether there is nothing more to do. A row that cannot be made is told by the next step.
    fn is_done(&mut self) -> bool {
        self.look().is_ok() && self.next.is_none() && self.there.peek().is_none()
    }
}

impl<I: Iterator<Item = Result<NewSku, StoreError>>> Iterator for Steps<I> {
    type Item = Result<Step, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.look() {
            return Some(Err(error));
        }
        let order = match (self.there.peek(), &self.next) {
            (None, None) => return None,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some((_, sku, name, number)), Some((new, nth))) => (sku, name, number).cmp(&(&new.sku, &new.name, nth)),
        };
        let there = if order == Ordering::Greater { None } else { self.there.next() };
        let new = if order == Ordering::Less { None } else { self.next.take() };
        match (there, new) {
            (Some((row, ..)), Some((new, _))) => Some(Ok(Step::Changed(row, new))),
            (Some((row, ..)), None) => Some(Ok(Step::Gone(row))),
            (None, Some((new, nth))) => Some(Ok(Step::Added(nth, new))),
            (None, None) => None,
        }
    }
}

/// Counts the states anew.
fn count(transaction: &Transaction<'_>, place: (i64, i64)) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM sku_count WHERE company = ?1 AND database = ?2", [place.0, place.1])?;
    transaction.execute(
        "INSERT INTO sku_count (company, database, state, rows, sure)
         SELECT ?1, ?2, state, count(*), sum(sure) FROM sku INDEXED BY sku_state
         WHERE company = ?1 AND database = ?2 GROUP BY state",
        [place.0, place.1],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const HERE: DatabaseId = DatabaseId(1);

    fn company() -> CompanyStore {
        let store = Store::memory();
        store.company_scope(store.company("default").unwrap().id)
    }

    fn sku(sku: &str, name: &str, state: SkuState) -> NewSku {
        NewSku {
            sku: sku.into(),
            name: name.into(),
            state,
            sure: false,
            barcode: None,
            price: None,
            stock: None,
            waiting: None,
            body: format!("{sku} {name}"),
        }
    }

    fn put(company: &CompanyStore, rows: &[NewSku]) {
        company.put_skus(HERE, "first", Timestamp::UNIX_EPOCH, rows.iter().cloned().map(Ok)).unwrap();
    }

    fn all(company: &CompanyStore) -> Vec<StoredSku> {
        company.skus_page(HERE, None, None, &Page::all(SkuSort::Sku)).unwrap().rows
    }

    fn bodies(company: &CompanyStore, search: &str) -> Vec<String> {
        let page = company.skus_page(HERE, None, Some(search), &Page::all(SkuSort::Sku)).unwrap();
        page.rows.into_iter().map(|row| row.body).collect()
    }

    /// What no transaction may leave behind: a damaged index, or counts that are not those of the rows.
    fn assert_whole(company: &CompanyStore) {
        company
            .store()
            .read(|connection| {
                let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
                assert_eq!(verdict, "ok");
                let counted: i64 =
                    connection.query_row("SELECT coalesce(sum(rows), 0) FROM sku_count", [], |row| row.get(0))?;
                let there: i64 = connection.query_row("SELECT count(*) FROM sku", [], |row| row.get(0))?;
                assert_eq!(counted, there);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_search_folds_case_and_looks_at_sku_name_and_barcode() {
        let company = company();
        let mut coffee = sku("KOPI-1", "Kopi ÉLITE", SkuState::Ready);
        coffee.barcode = Some("8991234".into());
        put(&company, &[coffee, sku("TEH-1", "Teh Hijau", SkuState::Ready)]);
        for found in ["kopi-1", "élite", "99123", " Kopi ", "O"] {
            assert_eq!(bodies(&company, found), ["KOPI-1 Kopi ÉLITE"], "{found}");
        }
        assert_eq!(bodies(&company, "h"), ["TEH-1 Teh Hijau"]);
        assert_eq!(bodies(&company, "%"), [""; 0]);
        assert_eq!(bodies(&company, " ").len(), 2);
    }

    #[test]
    fn only_what_has_changed_is_written() {
        let company = company();
        let doubled = [sku("A", "a", SkuState::Duplicate), sku("A", "a", SkuState::Duplicate)];
        let first =
            [doubled[0].clone(), doubled[1].clone(), sku("B", "b", SkuState::Ready), sku("C", "c", SkuState::Ready)];
        put(&company, &first);
        let changes = |rows: &[NewSku]| -> u64 {
            let changed = |company: &CompanyStore| {
                company
                    .store()
                    .read(|connection| unsigned(connection.query_row("SELECT total_changes()", [], |row| row.get(0))?))
                    .unwrap()
            };
            let before = changed(&company);
            put(&company, rows);
            // Besides: the table's own line, and the counts out and in again.
            changed(&company) - before
        };
        let still = changes(&first);
        let mut second = first.to_vec();
        second[2].body = "B other".into();
        assert_eq!(changes(&second), still + 1);
        second.remove(0);
        assert_eq!(changes(&second), still + 1);
        second.push(sku("D", "d", SkuState::Ready));
        assert_eq!(changes(&second), still + 1);
        let left: Vec<String> = all(&company).into_iter().map(|row| row.body).collect();
        assert_eq!(left, ["A a", "B other", "C c", "D d"]);
        assert_whole(&company);
    }

    #[test]
    fn a_decision_changes_only_the_rows_of_its_sku() {
        let company = company();
        let mut rows: Vec<NewSku> = ["A", "B", "C"].map(|name| sku(name, name, SkuState::SkuConflict)).to_vec();
        rows[1].sure = true;
        put(&company, &rows);
        assert_eq!(company.sure_skus(HERE, SkuState::SkuConflict).unwrap().len(), 1);
        let before = all(&company);
        let decided = NewSku { body: "decided".into(), ..sku("B", "B", SkuState::Matched) };
        company.put_skus_of(HERE, "second", &BTreeSet::from(["B"]), [Ok(decided.clone())].into_iter()).unwrap();
        let after = all(&company);
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        assert_eq!(after[1].body, "decided");
        assert_eq!(company.rows_of_sku(HERE, "B").unwrap(), [after[1].clone()]);
        assert_eq!(company.sku_source(HERE).unwrap(), Some(("second".into(), Timestamp::UNIX_EPOCH)));
        let expected = [
            (SkuState::SkuConflict, SkuCounts { rows: 2, sure: 0 }),
            (SkuState::Matched, SkuCounts { rows: 1, sure: 0 }),
        ];
        assert_eq!(company.sku_counts(HERE).unwrap(), BTreeMap::from(expected));
        company.put_skus_of(HERE, "third", &BTreeSet::from(["A", "C"]), std::iter::empty()).unwrap();
        assert_eq!(all(&company), [after[1].clone()]);
        assert_whole(&company);
    }

    #[test]
    fn a_table_that_was_cut_off_while_it_was_made_is_nobodys_and_is_made_anew() {
        let company = company();
        put(&company, &[sku("A", "a", SkuState::Ready), sku("Z", "z", SkuState::Ready)]);
        let many: Vec<NewSku> =
            (0..ROWS_A_WRITE * 2).map(|number| sku(&format!("S{number:05}"), "s", SkuState::Matched)).collect();
        let cut = many[..ROWS_A_WRITE + 1].iter().cloned().map(Ok).chain([Err(StoreError::Refused("no".into()))]);
        company.put_skus(HERE, "second", Timestamp::UNIX_EPOCH, cut).unwrap_err();
        let source = || company.sku_source(HERE).unwrap().unwrap().0;
        assert!(source().starts_with(MAKING), "{}", source());
        // Whoever has decided about a SKU meanwhile does not call it whole.
        company.put_skus_of(HERE, "third", &BTreeSet::from(["A"]), std::iter::empty()).unwrap();
        assert!(source().starts_with(MAKING), "{}", source());
        company.put_skus(HERE, "third", Timestamp::UNIX_EPOCH, many.iter().cloned().map(Ok)).unwrap();
        assert_eq!(source(), "third");
        assert_eq!(all(&company).len(), many.len());
        assert_whole(&company);
    }

    #[test]
    fn a_table_that_cannot_be_made_leaves_the_earlier_one() {
        let company = company();
        put(&company, &[sku("A", "a", SkuState::Ready)]);
        let broken = [Ok(sku("B", "b", SkuState::Ready)), Err(StoreError::Refused("no".into()))];
        company.put_skus(HERE, "other", Timestamp::UNIX_EPOCH, broken.into_iter()).unwrap_err();
        assert_eq!(all(&company).into_iter().map(|row| row.body).collect::<Vec<_>>(), ["A a"]);
        assert_eq!(company.sku_source(HERE).unwrap(), Some(("first".into(), Timestamp::UNIX_EPOCH)));
        assert_eq!(company.sku_counts(DatabaseId(2)).unwrap(), BTreeMap::new());
        assert_whole(&company);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn pages_hold_every_sku_once_in_order(
            seeds in proptest::collection::vec((0_u8..12, 0_u8..3, 0_i64..4, 0_u32..3, proptest::bool::ANY), 0..40),
            limit in 1_u32..13,
            filtered in proptest::bool::ANY,
            searched in proptest::bool::ANY,
            down in proptest::bool::ANY,
            place in 0_usize..5,
        ) {
            use SkuSort::{Name, Price, Queue, Sku, Stock};
            let sort = [Queue, Sku, Name, Price, Stock][place];
            let company = company();
            let mut rows: Vec<NewSku> = seeds
                .iter()
                .enumerate()
                .map(|(number, (code, name, price, orders, ready))| NewSku {
                    price: (*price > 0).then(|| Decimal::from(price * 6)),
                    stock: (*price != 2).then(|| Decimal::new(8 - 3 * price, 1)),
                    waiting: (*orders > 0).then(|| Waiting {
                        orders: *orders,
                        amount: "1.5".into(),
                        oldest: "1970-01-01T00:00:00Z".into(),
                    }),
                    body: number.to_string(),
                    ..sku(
                        &format!("{}{code}", if code % 2 == 0 { "a" } else { "B" }),
                        &format!("Topi {name}"),
                        if *ready { SkuState::Ready } else { SkuState::Matched },
                    )
                })
                .collect();
            rows.sort_by(|a, b| (&a.sku, &a.name).cmp(&(&b.sku, &b.name)));
            put(&company, &rows);
            let state = filtered.then_some(SkuState::Ready);
            let search = searched.then_some("TOPI 1");
            let seen = crate::paging::tests::walked(sort, down, limit, |page| {
                company.skus_page(HERE, state, search, page).unwrap()
            });
            let mut expected: Vec<NewSku> = rows
                .into_iter()
                .filter(|row| state.is_none_or(|state| row.state == state) && (!searched || row.name == "Topi 1"))
                .collect();
            let orders = |row: &NewSku| row.waiting.as_ref().map_or(0, |waiting| waiting.orders);
            expected.sort_by(|a, b| {
                let order = match sort {
                    Queue => orders(b).cmp(&orders(a)),
                    Sku => Ordering::Equal,
                    Name => a.name.cmp(&b.name),
                    Price => a.price.cmp(&b.price),
                    Stock => a.stock.cmp(&b.stock),
                };
                let by_sku = || a.sku.to_lowercase().cmp(&b.sku.to_lowercase()).then_with(|| a.name.cmp(&b.name));
                order.then_with(by_sku)
            });
            if down {
                // The order of equal rows is turned too.
                expected.reverse();
            }
            let expected: Vec<StoredSku> =
                expected.into_iter().map(|row| StoredSku { body: row.body, waiting: row.waiting }).collect();
            proptest::prop_assert_eq!(seen, expected);
            assert_whole(&company);
        }
    }
}
