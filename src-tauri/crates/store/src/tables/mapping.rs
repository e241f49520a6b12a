//! Versions of the mapping of each database. A version is never changed; saving adds one.

use crate::codec::{from_json, to_json, to_time, unsigned};
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{Row, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::mapping::Mapping;
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE mapping_version (
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    version INTEGER NOT NULL,
    mapping TEXT NOT NULL,
    labels TEXT NOT NULL,
    source TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (company, database, version)
) STRICT, WITHOUT ROWID;
";

/// What each mapped record was called when the mapping was saved, by `kind:id` (`account:70` → `110.104 Kas`). A record that is
/// called otherwise now has drifted.
pub type Labels = BTreeMap<String, String>;

/// One version of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingVersion {
    /// From 1.
    pub version: u64,
    /// The mapping.
    pub mapping: Mapping,
    /// Names at the time.
    pub labels: Labels,
    /// Where it came from: `saved`, `imported`, `suggested`.
    pub source: String,
    /// When.
    pub saved_at: Timestamp,
}

const COLUMNS: &str = "SELECT version, mapping, labels, source, saved_at FROM mapping_version";

impl CompanyStore {
    /// Adds a version; the same mapping with the same labels as the newest adds none. Answers the version that is now current.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_mapping(
        &self,
        database: DatabaseId,
        mapping: &Mapping,
        labels: &Labels,
        source: &str,
    ) -> Result<u64, StoreError> {
        if let Some(current) = self.current_mapping(database)?
            && current.mapping == *mapping
            && current.labels == *labels
        {
            return Ok(current.version);
        }
        let (mapping, labels) = (to_json("mapping", mapping)?, to_json("labels", labels)?);
        let now = self.store.now().to_string();
        self.store.write(|transaction| {
            let version: i64 = transaction.query_row(
                "INSERT INTO mapping_version (company, database, version, mapping, labels, source, saved_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(version), 0) + 1 FROM mapping_version
                                  WHERE company = ?1 AND database = ?2), ?3, ?4, ?5, ?6)
                 RETURNING version",
                params![self.company.0, database.0, mapping, labels, source, now],
                |row| row.get(0),
            )?;
            unsigned(version)
        })
    }

    /// The newest version, when there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn current_mapping(&self, database: DatabaseId) -> Result<Option<MappingVersion>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{COLUMNS} WHERE company = ?1 AND database = ?2 ORDER BY version DESC LIMIT 1"
            ))?;
            let mut rows = statement.query([self.company.0, database.0])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Every version, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn mapping_versions(&self, database: DatabaseId) -> Result<Vec<MappingVersion>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{COLUMNS} WHERE company = ?1 AND database = ?2 ORDER BY version DESC"))?;
            let mut rows = statement.query([self.company.0, database.0])?;
            let mut versions = Vec::new();
            while let Some(row) = rows.next()? {
                versions.push(read(row)?);
            }
            Ok(versions)
        })
    }
}

fn read(row: &Row<'_>) -> Result<MappingVersion, StoreError> {
    Ok(MappingVersion {
        version: unsigned(row.get(0)?)?,
        mapping: from_json("mapping", &row.get::<_, String>(1)?)?,
        labels: from_json("labels", &row.get::<_, String>(2)?)?,
        source: row.get(3)?,
        saved_at: to_time(&row.get::<_, String>(4)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use selaras_domain::ids::TaxId;

    #[test]
    fn saving_adds_a_version_only_when_something_changed() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        let (first, second) = (Mapping::default(), Mapping { tax_id: Some(TaxId(3)), ..Mapping::default() });
        let labels = Labels::from([("tax:3".into(), "PPN".into())]);
        let here = DatabaseId(1);
        assert_eq!(company.save_mapping(here, &first, &Labels::new(), "saved").unwrap(), 1);
        assert_eq!(company.save_mapping(here, &first, &Labels::new(), "saved").unwrap(), 1);
        assert_eq!(company.save_mapping(here, &second, &labels, "imported").unwrap(), 2);
        assert_eq!(company.save_mapping(DatabaseId(2), &first, &Labels::new(), "saved").unwrap(), 1);
        let current = company.current_mapping(here).unwrap().unwrap();
        assert_eq!((current.version, current.mapping, current.labels), (2, second, labels));
        let versions: Vec<_> = company.mapping_versions(here).unwrap().iter().map(|one| one.version).collect();
        assert_eq!(versions, [2, 1]);
    }
}
