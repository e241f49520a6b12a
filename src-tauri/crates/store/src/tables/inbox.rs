//! The inbox: what needs a person. A row leaves it by success or by a named person's decision with a reason, and stays as history.

use crate::codec::{from_json, from_word, to_json, to_time, to_word, unsigned};
use crate::error::StoreError;
use crate::paging::{Page, Paged, Walk, figure, folded, wanted};
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use rust_decimal::Decimal;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanKind, Reason};
use selaras_domain::run::RunId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub const SCHEMA: &str = "
CREATE TABLE inbox (
    row INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount TEXT,
    first_run TEXT NOT NULL,
    first_at TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT,
    decided_by TEXT,
    decided_at TEXT
) STRICT;
CREATE UNIQUE INDEX inbox_open ON inbox (company, database, kind, key) WHERE state = 'open';
CREATE INDEX inbox_key ON inbox (company, database, kind, key, row);
";

/// What a person calls the record and its warehouse, the columns that open entries are sorted and searched by (text folded, money in
/// ten-thousandths: [`figure`]), and an index for each order. Rows of an older file get theirs from the run that brought them in.
pub const SORTED: &str = "
ALTER TABLE inbox ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN warehouse TEXT;
ALTER TABLE inbox ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN stake INTEGER NOT NULL DEFAULT -9223372036854775808;
UPDATE inbox SET (target, warehouse) = (
    SELECT plan_operation.body ->> '$.target.record', plan_operation.body ->> '$.after.warehouse_name'
    FROM run JOIN journal ON journal.run = run.row AND journal.key = inbox.key
    JOIN plan_operation ON plan_operation.plan = run.plan AND plan_operation.sequence = journal.position
    WHERE run.id = inbox.first_run
) WHERE EXISTS (
    SELECT 1 FROM run JOIN journal ON journal.run = run.row AND journal.key = inbox.key WHERE run.id = inbox.first_run
);
UPDATE inbox SET words = lower(target || char(10) || key),
                 stake = coalesce(CAST(round(10000 * amount) AS INTEGER), stake);
CREATE INDEX inbox_open_key ON inbox (company, database, key) WHERE state = 'open';
CREATE INDEX inbox_cause ON inbox (company, database, code, row, kind, first_at, amount) WHERE state = 'open';
CREATE INDEX inbox_words ON inbox (company, database, code, words, row) WHERE state = 'open';
CREATE INDEX inbox_stake ON inbox (company, database, code, stake, row) WHERE state = 'open';
";

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxState {
    /// A person is needed.
    Open,
    /// A person has decided to leave it, with a reason.
    Dismissed,
    /// It succeeded.
    Resolved,
}

/// What a run puts into the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInboxEntry {
    /// Kind of its plan.
    pub kind: PlanKind,
    /// Which operation.
    pub key: OperationKey,
    /// What a person calls the record.
    pub target: String,
    /// Its warehouse, for a figure of stock.
    pub warehouse: Option<String>,
    /// Why it needs a person.
    pub reason: Reason,
    /// Rupiah at stake as decimal text.
    pub amount: Option<String>,
    /// The run.
    pub run: RunId,
}

/// An entry of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// Kind of its plan.
    pub kind: PlanKind,
    /// Which operation.
    pub key: OperationKey,
    /// What a person calls the record.
    pub target: String,
    /// Its warehouse, for a figure of stock.
    pub warehouse: Option<String>,
    /// Why it needs a person, as of the newest run.
    pub reason: Reason,
    /// Rupiah at stake as decimal text.
    pub amount: Option<String>,
    /// The run that put it here.
    pub first_run: RunId,
    /// When.
    pub first_at: Timestamp,
    /// What became of it.
    pub state: InboxState,
    /// The person's reason.
    pub note: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When it left.
    pub decided_at: Option<Timestamp>,
}

/// Open entries of one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxCause {
    /// Reason code.
    pub code: String,
    /// How many entries.
    pub count: u64,
    /// Σ rupiah at stake; `None` where no money moves.
    pub amount: Option<Decimal>,
    /// Kinds of plan that they come from.
    pub kinds: BTreeSet<PlanKind>,
    /// The reason of the newest entry.
    pub reason: Reason,
    /// When the oldest came in.
    pub since: Timestamp,
}

/// The order of a cause's entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboxSort {
    /// As they came in.
    #[default]
    Since,
    /// By what a person calls the record.
    Target,
    /// By the money at stake.
    Amount,
}

const COLUMNS: &str = "
SELECT kind, key, reason, amount, first_run, first_at, state, note, decided_by, decided_at, target, warehouse FROM inbox";

impl CompanyStore {
    /// Puts entries in, each of them by itself. One that is open already gets the newest reason and keeps its first run; one that a person dismissed for
    /// the same cause stays dismissed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn record_inbox(&self, database: DatabaseId, entries: &[NewInboxEntry]) -> Result<(), StoreError> {
        self.store.write_in_pieces(entries, |transaction, entries| self.put_in(transaction, database, entries))
    }

    /// The same within a transaction of the caller.
    pub(crate) fn put_in(
        &self,
        transaction: &Transaction<'_>,
        database: DatabaseId,
        entries: &[NewInboxEntry],
    ) -> Result<(), StoreError> {
        let now = self.store.now().to_string();
        let mut newest = transaction.prepare_cached(
            "SELECT row, state, code FROM inbox
             WHERE company = ?1 AND database = ?2 AND kind = ?3 AND key = ?4 ORDER BY row DESC LIMIT 1",
        )?;
        for entry in entries {
            let reason = to_json("reason", &entry.reason)?;
            let stake = figure(entry.amount.as_deref().and_then(|text| text.parse().ok()));
            let words = folded(&format!("{}\n{}", entry.target.trim(), entry.key));
            let there: Option<(i64, String, String)> = newest
                .query_row(params![self.company.0, database.0, entry.kind.0, entry.key.0], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            match there {
                Some((row, state, _)) if state == "open" => {
                    transaction
                        .prepare_cached(
                            "UPDATE inbox SET code = ?2, reason = ?3, amount = ?4, stake = ?5, target = ?6,
                                              warehouse = ?7, words = ?8 WHERE row = ?1",
                        )?
                        .execute(params![
                            row,
                            entry.reason.code,
                            reason,
                            entry.amount,
                            stake,
                            entry.target,
                            entry.warehouse,
                            words
                        ])?;
                }
                Some((_, state, code)) if state == "dismissed" && code == entry.reason.code => {}
                _ => {
                    transaction
                        .prepare_cached(
                            "INSERT INTO inbox (company, database, kind, key, code, reason, amount, stake, target,
                                                warehouse, words, first_run, first_at, state)
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'open')",
                        )?
                        .execute(params![
                            self.company.0,
                            database.0,
                            entry.kind.0,
                            entry.key.0,
                            entry.reason.code,
                            reason,
                            entry.amount,
                            stake,
                            entry.target,
                            entry.warehouse,
                            words,
                            entry.run.0,
                            now
                        ])?;
                }
            }
        }
        Ok(())
    }

    /// What needs a person, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_inbox(&self, database: DatabaseId) -> Result<Vec<InboxEntry>, StoreError> {
        self.inbox_where(database, "AND state = 'open'")
    }

    /// Everything that ever was in the inbox, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn inbox_history(&self, database: DatabaseId) -> Result<Vec<InboxEntry>, StoreError> {
        self.inbox_where(database, "")
    }

    /// The open entries by cause, most first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn inbox_causes(&self, database: DatabaseId) -> Result<Vec<InboxCause>, StoreError> {
        self.store.read(|connection| {
            let _moment = connection.unchecked_transaction()?;
            // One pass over the index; money is added as decimals, which SQLite has not.
            let mut statement = connection.prepare_cached(
                "SELECT code, kind, count(*), min(first_at), max(row) FROM inbox INDEXED BY inbox_cause
                 WHERE company = ?1 AND database = ?2 AND state = 'open' GROUP BY code, kind ORDER BY code, kind",
            )?;
            let mut newest = connection.prepare_cached("SELECT reason FROM inbox WHERE row = ?1")?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut causes: Vec<(i64, InboxCause)> = Vec::new();
            while let Some(row) = rows.next()? {
                let (code, kind): (String, _) = (row.get(0)?, PlanKind(row.get(1)?));
                let (count, since): (u64, _) = (unsigned(row.get(2)?)?, to_time(&row.get::<_, String>(3)?)?);
                let last: i64 = row.get(4)?;
                let reason = newest.query_row([last], |row| row.get::<_, String>(0))?;
                let reason = from_json("reason", &reason)?;
                match causes.last_mut().filter(|(_, cause)| cause.code == code) {
                    Some((newest, cause)) => {
                        cause.count += count;
                        cause.since = cause.since.min(since);
                        cause.kinds.insert(kind);
                        if last > *newest {
                            (*newest, cause.reason) = (last, reason);
                        }
                    }
                    None => {
                        let kinds = BTreeSet::from([kind]);
                        causes.push((last, InboxCause { code, count, amount: None, kinds, reason, since }));
                    }
                }
            }
            let mut causes: Vec<InboxCause> = causes.into_iter().map(|(_, cause)| cause).collect();
            let mut amounts = connection.prepare_cached(
                "SELECT amount FROM inbox INDEXED BY inbox_cause
                 WHERE company = ?1 AND database = ?2 AND code = ?3 AND state = 'open' AND amount IS NOT NULL",
            )?;
            for cause in &mut causes {
                let mut rows = amounts.query(params![self.company.0, database.0, cause.code])?;
                while let Some(row) = rows.next()? {
                    if let Ok(amount) = row.get::<_, String>(0)?.parse::<Decimal>() {
                        cause.amount = Some(cause.amount.unwrap_or_default() + amount);
                    }
                }
            }
            causes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
            Ok(causes)
        })
    }

    /// A page of the open entries of a cause, those whose record or key holds a text or all.
    ///
    /// # Errors
    /// When the cursor is not of this order, or the store cannot be read.
    pub fn inbox_rows(
        &self,
        database: DatabaseId,
        code: &str,
        search: Option<&str>,
        page: &Page<InboxSort>,
    ) -> Result<Paged<InboxEntry>, StoreError> {
        self.store.read(|connection| {
            let search = wanted(search);
            let (index, keys): (_, &[&str]) = match page.sort {
                InboxSort::Since => ("inbox_cause", &["row"]),
                InboxSort::Target => ("inbox_words", &["words", "row"]),
                InboxSort::Amount => ("inbox_stake", &["stake", "row"]),
            };
            let index = if search.is_some() { "inbox_words" } else { index };
            let from = format!("inbox INDEXED BY {index}");
            let searched = if search.is_some() { " AND instr(words, :search) > 0" } else { "" };
            let condition =
                format!("company = :company AND database = :database AND code = :code AND state = 'open'{searched}");
            let walk = Walk {
                from: &from,
                condition: &condition,
                values: &[
                    (":company", &self.company.0),
                    (":database", &database.0),
                    (":code", &code),
                    (":search", &search),
                ],
                keys,
                fetch: &format!("{COLUMNS} WHERE row = :row"),
                count: &format!("SELECT count(*) FROM {from} WHERE {condition}"),
            };
            walk.page(connection, page, read)
        })
    }

    fn inbox_where(&self, database: DatabaseId, condition: &str) -> Result<Vec<InboxEntry>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{COLUMNS} WHERE company = ?1 AND database = ?2 {condition} ORDER BY row"))?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(read(row)?);
            }
            Ok(entries)
        })
    }

    /// Takes out what has succeeded; answers how many were open.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn resolve_inbox(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &[OperationKey],
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        self.store.write_in_pieces(keys, |transaction, keys| {
            count += self.take_out(transaction, database, kind, keys)?;
            Ok(())
        })?;
        Ok(count)
    }

    /// The same within a transaction of the caller.
    pub(crate) fn take_out(
        &self,
        transaction: &Transaction<'_>,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &[OperationKey],
    ) -> Result<usize, StoreError> {
        let now = self.store.now().to_string();
        let resolved = to_word("state", &InboxState::Resolved)?;
        let mut update = transaction.prepare_cached(
            "UPDATE inbox SET state = ?5, decided_at = ?6
             WHERE company = ?1 AND database = ?2 AND kind = ?3 AND key = ?4 AND state = 'open'",
        )?;
        let mut count = 0;
        for key in keys {
            count += update.execute(params![self.company.0, database.0, kind.0, key.0, resolved, now])?;
        }
        Ok(count)
    }

    /// Takes entries out by a person's decision; none of them where one is not open.
    ///
    /// # Errors
    /// When no reason or no name is given, when one of them is not open, or the store cannot be written.
    pub fn dismiss_inbox(
        &self,
        database: DatabaseId,
        keys: &[OperationKey],
        note: &str,
        by: &str,
    ) -> Result<(), StoreError> {
        if note.trim().is_empty() || by.trim().is_empty() {
            return Err(StoreError::Refused("leaving an entry needs a reason and a name".to_owned()));
        }
        let now = self.store.now().to_string();
        let dismissed = to_word("state", &InboxState::Dismissed)?;
        // All are looked at before the first is taken out.
        self.kinds_of_inbox(database, keys)?;
        self.store.write_in_pieces(keys, |transaction, keys| {
            let mut update = transaction.prepare_cached(
                "UPDATE inbox SET state = ?4, note = ?5, decided_by = ?6, decided_at = ?7
                 WHERE row IN (SELECT row FROM inbox INDEXED BY inbox_open_key
                               WHERE company = ?1 AND database = ?2 AND key = ?3 AND state = 'open')",
            )?;
            for key in keys {
                if update.execute(params![self.company.0, database.0, key.0, dismissed, note, by, now])? == 0 {
                    return Err(not_open(key));
                }
            }
            Ok(())
        })
    }

    /// The kinds of plan that open entries with these keys come from.
    ///
    /// # Errors
    /// When one of them is not open, or the store cannot be read.
    pub fn kinds_of_inbox(
        &self,
        database: DatabaseId,
        keys: &[OperationKey],
    ) -> Result<BTreeSet<PlanKind>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind FROM inbox INDEXED BY inbox_open_key
                 WHERE company = ?1 AND database = ?2 AND key = ?3 AND state = 'open'",
            )?;
            let mut kinds = BTreeSet::new();
            for key in keys {
                let mut rows = statement.query(params![self.company.0, database.0, key.0])?;
                let mut found = false;
                while let Some(row) = rows.next()? {
                    kinds.insert(PlanKind(row.get(0)?));
                    found = true;
                }
                if !found {
                    return Err(not_open(key));
                }
            }
            Ok(kinds)
        })
    }
}

fn not_open(key: &OperationKey) -> StoreError {
    StoreError::NotFound { what: format!("open entry {key}") }
}

fn read(row: &Row<'_>) -> Result<InboxEntry, StoreError> {
    Ok(InboxEntry {
        kind: PlanKind(row.get(0)?),
        key: OperationKey(row.get(1)?),
        reason: from_json("reason", &row.get::<_, String>(2)?)?,
        amount: row.get(3)?,
        first_run: RunId(row.get(4)?),
        first_at: to_time(&row.get::<_, String>(5)?)?,
        state: from_word("state", &row.get::<_, String>(6)?)?,
        note: row.get(7)?,
        decided_by: row.get(8)?,
        decided_at: row.get::<_, Option<String>>(9)?.map(|text| to_time(&text)).transpose()?,
        target: row.get(10)?,
        warehouse: row.get(11)?,
    })
}

impl CompanyStore {
    /// How many entries were open at each of these times.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_inbox_at(&self, database: DatabaseId, times: &[Timestamp]) -> Result<Vec<u64>, StoreError> {
        self.store.read(|connection| {
            let mut count = connection.prepare_cached(
                "SELECT count(*) FROM inbox
                 WHERE company = ?1 AND database = ?2 AND first_at < ?3 AND (decided_at IS NULL OR decided_at >= ?3)",
            )?;
            let open = |time: &Timestamp| {
                let count = count.query_row(params![self.company.0, database.0, time.to_string()], |row| row.get(0))?;
                crate::codec::unsigned(count)
            };
            times.iter().map(open).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::company;

    const HERE: DatabaseId = DatabaseId(1);

    fn entry(key: &str, code: &str, run: &str) -> NewInboxEntry {
        NewInboxEntry {
            kind: PlanKind::named("items"),
            key: OperationKey(key.into()),
            target: key.rsplit(':').next().unwrap_or_default().into(),
            warehouse: None,
            reason: Reason::new(code),
            amount: None,
            run: RunId(run.into()),
        }
    }

    fn open(company: &CompanyStore) -> Vec<(String, String, String)> {
        let entries = company.open_inbox(HERE).unwrap();
        entries.into_iter().map(|one| (one.key.0, one.reason.code, one.first_run.0)).collect()
    }

    #[test]
    fn an_entry_is_there_once_with_its_first_run_and_newest_reason() {
        let company = company();
        company.record_inbox(HERE, &[entry("item:A", "empty", "r1")]).unwrap();
        company.record_inbox(HERE, &[entry("item:A", "duplicate", "r2")]).unwrap();
        assert_eq!(open(&company), [("item:A".into(), "duplicate".into(), "r1".into())]);
    }

    #[test]
    fn nothing_leaves_but_by_success_or_by_a_named_persons_decision() {
        let company = company();
        let kind = PlanKind::named("items");
        company.record_inbox(HERE, &[entry("item:A", "empty", "r1"), entry("item:B", "empty", "r1")]).unwrap();
        let (a, b) = (OperationKey("item:A".into()), OperationKey("item:B".into()));
        assert!(matches!(
            company.dismiss_inbox(HERE, std::slice::from_ref(&a), " ", "Sari"),
            Err(StoreError::Refused(_))
        ));
        let one = std::slice::from_ref(&a);
        assert!(matches!(company.dismiss_inbox(HERE, one, "tidak dijual lagi", ""), Err(StoreError::Refused(_))));
        company.dismiss_inbox(HERE, one, "tidak dijual lagi", "Sari").unwrap();
        // All or none: the open one stays when another of them is not.
        let both = [b.clone(), a.clone()];
        assert!(matches!(company.dismiss_inbox(HERE, &both, "lagi", "Sari"), Err(StoreError::NotFound { .. })));
        assert!(matches!(company.kinds_of_inbox(HERE, &both), Err(StoreError::NotFound { .. })));
        assert_eq!(company.kinds_of_inbox(HERE, &both[..1]).unwrap(), BTreeSet::from([kind.clone()]));
        assert_eq!(company.resolve_inbox(HERE, &kind, &[a, b]).unwrap(), 1);
        assert_eq!(open(&company), []);
        // The same cause stays dismissed; another cause, or one that had been solved, comes back.
        company.record_inbox(HERE, &[entry("item:A", "empty", "r2"), entry("item:B", "empty", "r2")]).unwrap();
        assert_eq!(open(&company), [("item:B".into(), "empty".into(), "r2".into())]);
        company.record_inbox(HERE, &[entry("item:A", "duplicate", "r3")]).unwrap();
        assert_eq!(open(&company).len(), 2);
        let history = company.inbox_history(HERE).unwrap();
        assert_eq!(history.len(), 4);
        assert_eq!((history[0].state, history[0].decided_by.as_deref()), (InboxState::Dismissed, Some("Sari")));
    }

    #[test]
    fn causes_are_counted_with_kinds_money_and_age() {
        let company = company();
        let with = |mut entry: NewInboxEntry, kind: &str, amount: Option<&str>, value: &str| {
            entry.kind = PlanKind::named(kind);
            entry.amount = amount.map(str::to_owned);
            entry.reason = entry.reason.with("value", value);
            entry
        };
        company
            .record_inbox(
                HERE,
                &[
                    with(entry("a", "refused", "r1"), "stock", None, "1"),
                    with(entry("b", "refused", "r1"), "items", Some("0.1"), "2"),
                    with(entry("c", "empty", "r1"), "items", None, "3"),
                    with(entry("d", "refused", "r2"), "items", Some("0.2"), "4"),
                ],
            )
            .unwrap();
        let causes = company.inbox_causes(HERE).unwrap();
        let since = company.open_inbox(HERE).unwrap()[0].first_at;
        let cause = |code: &str, count, amount: Option<&str>, kinds: &[&str], value: &str| InboxCause {
            code: code.into(),
            count,
            amount: amount.map(|text| text.parse().unwrap()),
            kinds: kinds.iter().map(|kind| PlanKind::named(kind)).collect(),
            reason: Reason::new(code).with("value", value),
            since,
        };
        let expected =
            [cause("refused", 3, Some("0.3"), &["items", "stock"], "4"), cause("empty", 1, None, &["items"], "3")];
        assert_eq!(causes, expected);
        assert_eq!(company.inbox_causes(DatabaseId(2)).unwrap(), []);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(48))]
        #[test]
        fn pages_hold_every_entry_once_in_order(
            seeds in proptest::collection::vec((0_u8..3, 0_i32..3, proptest::bool::ANY), 0..30),
            limit in 1_u32..9,
            searched in proptest::bool::ANY,
            down in proptest::bool::ANY,
            place in 0_usize..3,
        ) {
            use InboxSort::{Amount, Since, Target};
            let sort = [Since, Target, Amount][place];
            let company = company();
            let entries: Vec<NewInboxEntry> = seeds
                .iter()
                .enumerate()
                .map(|(number, (name, amount, other))| {
                    let mut one = entry(&format!("k{number:03}"), if *other { "other" } else { "refused" }, "r1");
                    one.target = format!("Topi {name}");
                    one.amount = (*amount > 0).then(|| (amount * 9).to_string());
                    one
                })
                .collect();
            company.record_inbox(HERE, &entries).unwrap();
            let search = searched.then_some("TOPI 1");
            let seen = crate::paging::tests::walked(sort, down, limit, |page| {
                company.inbox_rows(HERE, "refused", search, page).unwrap()
            });
            let mut expected: Vec<InboxEntry> = company
                .open_inbox(HERE)
                .unwrap()
                .into_iter()
                .filter(|entry| entry.reason.code == "refused" && (!searched || entry.target == "Topi 1"))
                .collect();
            let number = |entry: &InboxEntry| entry.amount.as_ref().map(|text| text.parse::<Decimal>().unwrap());
            expected.sort_by(|a, b| {
                let order = match sort {
                    Since => std::cmp::Ordering::Equal,
                    Target => a.target.cmp(&b.target),
                    Amount => number(a).cmp(&number(b)),
                };
                order.then(a.key.0.cmp(&b.key.0))
            });
            if down {
                expected.reverse();
            }
            proptest::prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn what_was_open_at_a_time_is_known_afterwards() {
        let company = company();
        let kind = PlanKind::named("items");
        let before = company.store().now();
        company.record_inbox(HERE, &[entry("item:A", "empty", "r1"), entry("item:B", "empty", "r1")]).unwrap();
        let between = company.store().now();
        company.resolve_inbox(HERE, &kind, &[OperationKey("item:A".into())]).unwrap();
        let after = company.store().now();
        assert_eq!(company.open_inbox_at(HERE, &[before, between, after]).unwrap(), [0, 2, 1]);
        assert_eq!(company.open_inbox_at(DatabaseId(2), &[after]).unwrap(), [0]);
    }
}
