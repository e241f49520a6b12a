//! The inbox: what needs a person. A row leaves it by success or by a named person's decision with a reason, and stays as history.

use crate::codec::{from_json, from_word, to_json, to_time, to_word};
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanKind, Reason};
use selaras_domain::run::RunId;
use serde::{Deserialize, Serialize};

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

const COLUMNS: &str =
    "SELECT kind, key, reason, amount, first_run, first_at, state, note, decided_by, decided_at FROM inbox";

impl CompanyStore {
    /// Puts entries in. One that is open already gets the newest reason and keeps its first run; one that a person dismissed for
    /// the same cause stays dismissed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn record_inbox(&self, database: DatabaseId, entries: &[NewInboxEntry]) -> Result<(), StoreError> {
        let now = self.store.now().to_string();
        self.store.write(|transaction| {
            let mut newest = transaction.prepare_cached(
                "SELECT row, state, code FROM inbox
                 WHERE company = ?1 AND database = ?2 AND kind = ?3 AND key = ?4 ORDER BY row DESC LIMIT 1",
            )?;
            for entry in entries {
                let reason = to_json("reason", &entry.reason)?;
                let there: Option<(i64, String, String)> = newest
                    .query_row(params![self.company.0, database.0, entry.kind.0, entry.key.0], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })
                    .optional()?;
                match there {
                    Some((row, state, _)) if state == "open" => {
                        transaction.execute(
                            "UPDATE inbox SET code = ?2, reason = ?3, amount = ?4 WHERE row = ?1",
                            params![row, entry.reason.code, reason, entry.amount],
                        )?;
                    }
                    Some((_, state, code)) if state == "dismissed" && code == entry.reason.code => {}
                    _ => {
                        transaction.execute(
                            "INSERT INTO inbox (company, database, kind, key, code, reason, amount, first_run, first_at, state)
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open')",
                            params![
                                self.company.0,
                                database.0,
                                entry.kind.0,
                                entry.key.0,
                                entry.reason.code,
                                reason,
                                entry.amount,
                                entry.run.0,
                                now
                            ],
                        )?;
                    }
                }
            }
            Ok(())
        })
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
        let now = self.store.now().to_string();
        let resolved = to_word("state", &InboxState::Resolved)?;
        self.store.write(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE inbox SET state = ?5, decided_at = ?6
                 WHERE company = ?1 AND database = ?2 AND kind = ?3 AND key = ?4 AND state = 'open'",
            )?;
            let mut count = 0;
            for key in keys {
                count += update.execute(params![self.company.0, database.0, kind.0, key.0, resolved, now])?;
            }
            Ok(count)
        })
    }

    /// Takes one out by a person's decision.
    ///
    /// # Errors
    /// When no reason or no name is given, when it is not open, or the store cannot be written.
    pub fn dismiss_inbox(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        key: &OperationKey,
        note: &str,
        by: &str,
    ) -> Result<(), StoreError> {
        if note.trim().is_empty() || by.trim().is_empty() {
            return Err(StoreError::Refused("leaving an entry needs a reason and a name".to_owned()));
        }
        let now = self.store.now().to_string();
        let dismissed = to_word("state", &InboxState::Dismissed)?;
        self.store.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE inbox SET state = ?5, note = ?6, decided_by = ?7, decided_at = ?8
                 WHERE company = ?1 AND database = ?2 AND kind = ?3 AND key = ?4 AND state = 'open'",
                params![self.company.0, database.0, kind.0, key.0, dismissed, note, by, now],
            )?;
            if changed == 1 { Ok(()) } else { Err(StoreError::NotFound { what: format!("open entry {key}") }) }
        })
    }
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
    })
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
        assert!(matches!(company.dismiss_inbox(HERE, &kind, &a, " ", "Sari"), Err(StoreError::Refused(_))));
        assert!(matches!(company.dismiss_inbox(HERE, &kind, &a, "tidak dijual lagi", ""), Err(StoreError::Refused(_))));
        company.dismiss_inbox(HERE, &kind, &a, "tidak dijual lagi", "Sari").unwrap();
        assert!(matches!(company.dismiss_inbox(HERE, &kind, &a, "lagi", "Sari"), Err(StoreError::NotFound { .. })));
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
}
