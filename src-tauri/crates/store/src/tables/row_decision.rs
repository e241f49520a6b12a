//! What people decided about single rows of plans of documents, for each database and kind. The newest row of a key is in force; older
//! ones stay as history.

use crate::codec::{from_json, to_json};
use crate::error::StoreError;
use crate::store::CompanyStore;
use rusqlite::{Transaction, params};
use selaras_domain::decision::RowDecision;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanKind};
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE row_decision (
    id INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    -- NULL: taken back
    body TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX row_decision_key ON row_decision (company, database, kind, key, id);
";

impl CompanyStore {
    /// Puts decisions in force, each of them by itself.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_row_decisions(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        decisions: &[RowDecision],
    ) -> Result<(), StoreError> {
        self.store.write_in_pieces(decisions, |transaction, decisions| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO row_decision (company, database, kind, key, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for decision in decisions {
                let body = to_json("row decision", decision)?;
                let at = decision.at.to_string();
                insert.execute(params![self.company.0, database.0, kind.0, decision.key.0, body, at])?;
            }
            Ok(())
        })
    }

    /// Takes decisions back, each of them by itself; their rows are undecided again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_row_decisions(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &[OperationKey],
    ) -> Result<(), StoreError> {
        self.store.write_in_pieces(keys, |transaction, keys| self.take_back(transaction, database, kind, keys))
    }

    /// The same within a transaction of the caller.
    pub(crate) fn take_back(
        &self,
        transaction: &Transaction<'_>,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &[OperationKey],
    ) -> Result<(), StoreError> {
        let now = self.store.now().to_string();
        let mut insert = transaction.prepare_cached(
            "INSERT INTO row_decision (company, database, kind, key, body, at) VALUES (?1, ?2, ?3, ?4, NULL, ?5)",
        )?;
        for key in keys {
            insert.execute(params![self.company.0, database.0, kind.0, key.0, now])?;
        }
        Ok(())
    }

    /// The decisions of a kind in force, by key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn row_decisions(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
    ) -> Result<BTreeMap<OperationKey, RowDecision>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM row_decision WHERE body IS NOT NULL AND id IN
                 (SELECT max(id) FROM row_decision WHERE company = ?1 AND database = ?2 AND kind = ?3 GROUP BY key)",
            )?;
            let mut rows = statement.query(params![self.company.0, database.0, kind.0])?;
            let mut decisions = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let decision: RowDecision = from_json("row decision", &row.get::<_, String>(0)?)?;
                decisions.insert(decision.key.clone(), decision);
            }
            Ok(decisions)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use selaras_domain::decision::RowChoice;

    #[test]
    fn the_newest_decision_of_a_row_is_in_force_until_it_is_taken_back() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        let (database, kind) = (DatabaseId(7), PlanKind::named("invoices"));
        let decision = |key: &str, choice| RowDecision {
            key: OperationKey(key.into()),
            choice,
            reason: "sudah ada".into(),
            by: "Rina".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let entered = decision("invoice:1", RowChoice::Entered { number: "SI.1".into() });
        company
            .save_row_decisions(database, &kind, &[decision("invoice:1", RowChoice::Never), entered.clone()])
            .unwrap();
        company.save_row_decisions(database, &kind, &[decision("invoice:2", RowChoice::Send)]).unwrap();
        company.remove_row_decisions(database, &kind, &[OperationKey("invoice:2".into())]).unwrap();
        let expected = BTreeMap::from([(entered.key.clone(), entered)]);
        assert_eq!(company.row_decisions(database, &kind).unwrap(), expected);
        assert_eq!(company.row_decisions(DatabaseId(8), &kind).unwrap(), BTreeMap::new());
        assert_eq!(company.row_decisions(database, &PlanKind::named("receipts")).unwrap(), BTreeMap::new());
    }
}
