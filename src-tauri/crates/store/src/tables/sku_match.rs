//! Which item of Accurate each variant of Forstok was matched with, for each database. The newest row of a variant is in force; older ones
//! stay as history.

use crate::codec::{from_json, to_json};
use crate::error::StoreError;
use crate::store::CompanyStore;
use rusqlite::params;
use selaras_domain::ids::DatabaseId;
use selaras_domain::sku_match::SkuMatch;

pub const SCHEMA: &str = "
CREATE TABLE sku_match (
    id INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    -- the variant's id, else its SKU
    key TEXT NOT NULL,
    -- NULL: given up
    body TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sku_match_key ON sku_match (company, database, key, id);
";

impl CompanyStore {
    /// Puts matches in force and gives others up, each of them by itself.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_matches(&self, database: DatabaseId, made: &[SkuMatch], given_up: &[String]) -> Result<(), StoreError> {
        if made.is_empty() && given_up.is_empty() {
            return Ok(());
        }
        let now = self.store.now().to_string();
        let made = made.iter().map(|one| (one.key(), Some(one)));
        let rows: Vec<_> = made.chain(given_up.iter().map(|key| (key.clone(), None))).collect();
        self.store.write_in_pieces(&rows, |transaction, rows| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO sku_match (company, database, key, body, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (key, one) in rows {
                let body = one.map(|one| to_json("match", one)).transpose()?;
                insert.execute(params![self.company.0, database.0, key, body, now])?;
            }
            Ok(())
        })
    }

    /// The matches in force, those made first before the others.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn matches(&self, database: DatabaseId) -> Result<Vec<SkuMatch>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM sku_match WHERE body IS NOT NULL AND id IN
                 (SELECT max(id) FROM sku_match WHERE company = ?1 AND database = ?2 GROUP BY key) ORDER BY id",
            )?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut matches = Vec::new();
            while let Some(row) = rows.next()? {
                matches.push(from_json("match", &row.get::<_, String>(0)?)?);
            }
            Ok(matches)
        })
    }

    /// Changes with every match of a database, and only with them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn match_mark(&self, database: DatabaseId) -> Result<i64, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT coalesce(max(id), 0) FROM sku_match WHERE company = ?1 AND database = ?2")?;
            Ok(statement.query_row([self.company.0, database.0], |row| row.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;
    use selaras_domain::ids::{ItemId, VariantId};
    use selaras_domain::sku_match::MatchedBy;

    #[test]
    fn a_match_is_kept_by_the_variants_id_and_the_newest_is_in_force() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        let one = |variant: Option<i64>, sku: &str, item: i64| SkuMatch {
            variant: variant.map(VariantId),
            sku: sku.into(),
            earlier_skus: Vec::new(),
            name: "Kopi".into(),
            item: ItemId(item),
            item_no: sku.into(),
            item_name: "Kopi".into(),
            how: MatchedBy::CodeAndName,
            since: Timestamp::UNIX_EPOCH,
        };
        let (here, there) = (DatabaseId(1), DatabaseId(2));
        company.save_matches(here, &[one(Some(7), "A", 1), one(None, "B", 2)], &[]).unwrap();
        let mark = company.match_mark(here).unwrap();
        // The same variant under another SKU, and with another item.
        company.save_matches(here, &[one(Some(7), "A2", 3)], &[]).unwrap();
        assert_eq!(company.matches(here).unwrap(), [one(None, "B", 2), one(Some(7), "A2", 3)]);
        assert!(company.match_mark(here).unwrap() > mark);
        assert_eq!((company.matches(there).unwrap(), company.match_mark(there).unwrap()), (Vec::new(), 0));
        company.save_matches(here, &[], &["sku:B".into()]).unwrap();
        assert_eq!(company.matches(here).unwrap(), [one(Some(7), "A2", 3)]);
    }
}
