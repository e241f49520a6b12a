//! What people decided about SKUs, for each database. The newest row of a SKU is in force; older ones stay as history.

use crate::codec::{from_json, to_json};
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use selaras_domain::decision::Decision;
use selaras_domain::ids::DatabaseId;
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    sku TEXT NOT NULL,
    -- NULL: taken back
    body TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX decision_sku ON decision (company, database, sku, id);
";

impl CompanyStore {
    /// Puts decisions in force, each of them by itself.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_decisions(&self, database: DatabaseId, decisions: &[Decision]) -> Result<(), StoreError> {
        self.store.write_in_pieces(decisions, |transaction, decisions| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO decision (company, database, sku, body, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for decision in decisions {
                let body = to_json("decision", decision)?;
                insert.execute(params![self.company.0, database.0, decision.sku, body, decision.at.to_string()])?;
            }
            Ok(())
        })
    }

    /// Takes decisions back; their SKUs are undecided again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_decisions(&self, database: DatabaseId, skus: &[&str]) -> Result<(), StoreError> {
        if skus.is_empty() {
            return Ok(());
        }
        let now = self.store.now().to_string();
        self.store.write_in_pieces(skus, |transaction, skus| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO decision (company, database, sku, body, at) VALUES (?1, ?2, ?3, NULL, ?4)",
            )?;
            for sku in skus {
                insert.execute(params![self.company.0, database.0, sku, now])?;
            }
            Ok(())
        })
    }

    /// The decisions in force by SKU.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decisions(&self, database: DatabaseId) -> Result<BTreeMap<String, Decision>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM decision WHERE body IS NOT NULL AND id IN
                 (SELECT max(id) FROM decision WHERE company = ?1 AND database = ?2 GROUP BY sku)",
            )?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut decisions = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let decision: Decision = from_json("decision", &row.get::<_, String>(0)?)?;
                decisions.insert(decision.sku.clone(), decision);
            }
            Ok(decisions)
        })
    }

    /// How many SKUs have a decision in force that was made at `since` or later.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decided_since(&self, database: DatabaseId, since: Timestamp) -> Result<u64, StoreError> {
        self.store.read(|connection| {
            // Whole seconds: the fraction of a stored time has as many digits as it needs, so texts do not compare as times within one.
            let mut statement = connection.prepare_cached(
                "SELECT count(*) FROM decision WHERE company = ?1 AND database = ?2 AND substr(at, 1, 19) >= ?3
                 AND body IS NOT NULL AND id = (SELECT max(id) FROM decision AS newest
                 WHERE newest.company = ?1 AND newest.database = ?2 AND newest.sku = decision.sku)",
            )?;
            let since = since.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let count: i64 = statement.query_row(params![self.company.0, database.0, since], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or_default())
        })
    }

    /// Changes with every decision of a database, and only with them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decision_mark(&self, database: DatabaseId) -> Result<i64, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT coalesce(max(id), 0) FROM decision WHERE company = ?1 AND database = ?2")?;
            Ok(statement.query_row([self.company.0, database.0], |row| row.get(0))?)
        })
    }

    /// The decisions in force about these SKUs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decisions_about<'a>(
        &self,
        database: DatabaseId,
        skus: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Decision>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM decision WHERE company = ?1 AND database = ?2 AND sku = ?3 ORDER BY id DESC LIMIT 1",
            )?;
            let mut decisions = BTreeMap::new();
            for sku in skus {
                let newest: Option<Option<String>> =
                    statement.query_row(params![self.company.0, database.0, sku], |row| row.get(0)).optional()?;
                if let Some(body) = newest.flatten() {
                    decisions.insert(sku.to_owned(), from_json("decision", &body)?);
                }
            }
            Ok(decisions)
        })
    }

    /// Everything that was ever decided about a SKU, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn decision_history(&self, database: DatabaseId, sku: &str) -> Result<Vec<Decision>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM decision
                 WHERE company = ?1 AND database = ?2 AND sku = ?3 AND body IS NOT NULL ORDER BY id",
            )?;
            let bodies = statement
                .query_map(params![self.company.0, database.0, sku], |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            bodies.iter().map(|body| from_json("decision", body)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use selaras_domain::decision::Choice;

    #[test]
    fn the_newest_decision_is_in_force_and_older_ones_stay() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        let decide = |choice| Decision { sku: "A&B".into(), choice, at: Timestamp::UNIX_EPOCH };
        let (skip, rename) = (decide(Choice::Skip), decide(Choice::Rename { code: "A-B".into() }));
        let here = DatabaseId(1);
        company.save_decisions(here, std::slice::from_ref(&skip)).unwrap();
        company.save_decisions(here, std::slice::from_ref(&rename)).unwrap();
        assert_eq!(company.decisions(here).unwrap(), BTreeMap::from([("A&B".to_owned(), rename.clone())]));
        assert_eq!(company.decisions_about(here, ["A&B", "C"]).unwrap(), company.decisions(here).unwrap());
        assert_eq!(company.decisions(DatabaseId(2)).unwrap(), BTreeMap::new());
        assert_eq!(company.decided_since(here, Timestamp::UNIX_EPOCH).unwrap(), 1);
        assert_eq!(company.decided_since(here, Timestamp::from_second(1).unwrap()).unwrap(), 0);
        let mark = company.decision_mark(here).unwrap();
        company.remove_decisions(here, &["A&B"]).unwrap();
        assert_eq!(company.decisions(here).unwrap(), BTreeMap::new());
        assert_eq!(company.decided_since(here, Timestamp::UNIX_EPOCH).unwrap(), 0);
        assert_eq!(company.decisions_about(here, ["A&B"]).unwrap(), BTreeMap::new());
        assert!(company.decision_mark(here).unwrap() > mark);
        assert_eq!(company.decision_mark(DatabaseId(2)).unwrap(), 0);
        assert_eq!(company.decision_history(here, "A&B").unwrap(), [skip, rename]);
    }
}
