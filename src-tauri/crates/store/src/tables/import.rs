//! How the columns of imported files were mapped, and which parts come from files because the service does not offer them.

use crate::codec::{optional_json, to_json, to_time};
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE column_map (
    company INTEGER NOT NULL REFERENCES company (id),
    list TEXT NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (company, list)
) STRICT, WITHOUT ROWID;
CREATE TABLE file_part (
    company INTEGER NOT NULL REFERENCES company (id),
    part TEXT NOT NULL,
    file TEXT NOT NULL,
    read_at TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (company, part)
) STRICT, WITHOUT ROWID;
";

/// The file that a part came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSource {
    /// Name of the file, without its folder.
    pub file: String,
    /// When it was read.
    pub read_at: Timestamp,
    /// How many rows it had.
    pub rows: i64,
}

impl CompanyStore {
    /// The columns of a list as they were last mapped: field → header.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn column_map(&self, list: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        self.store.read(|connection| {
            let text = connection
                .prepare_cached("SELECT columns FROM column_map WHERE company = ?1 AND list = ?2")?
                .query_row(params![self.company.0, list], |row| row.get(0))
                .optional()?;
            optional_json("column map", text)
        })
    }

    /// Remembers them.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_column_map(&self, list: &str, columns: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let columns = to_json("column map", columns)?;
        self.store.write(|transaction| {
            transaction.execute(
                "INSERT INTO column_map (company, list, columns) VALUES (?1, ?2, ?3)
                 ON CONFLICT (company, list) DO UPDATE SET columns = excluded.columns",
                params![self.company.0, list, columns],
            )?;
            Ok(())
        })
    }

    /// Notes that a part comes from a file from now on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_file_part(&self, part: &str, source: &FileSource) -> Result<(), StoreError> {
        self.store.write(|transaction| {
            transaction.execute(
                "INSERT INTO file_part (company, part, file, read_at, rows) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (company, part) DO UPDATE
                 SET file = excluded.file, read_at = excluded.read_at, rows = excluded.rows",
                params![self.company.0, part, source.file, source.read_at.to_string(), source.rows],
            )?;
            Ok(())
        })
    }

    /// Notes that a part comes from the service again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn remove_file_part(&self, part: &str) -> Result<(), StoreError> {
        self.store.write(|transaction| {
            transaction
                .execute("DELETE FROM file_part WHERE company = ?1 AND part = ?2", params![self.company.0, part])?;
            Ok(())
        })
    }

    /// The parts that come from files.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn file_parts(&self) -> Result<BTreeMap<String, FileSource>, StoreError> {
        self.store.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT part, file, read_at, rows FROM file_part WHERE company = ?1")?;
            let mut rows = statement.query([self.company.0])?;
            let mut parts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let read_at = to_time(&row.get::<_, String>(2)?)?;
                parts.insert(row.get(0)?, FileSource { file: row.get(1)?, read_at, rows: row.get(3)? });
            }
            Ok(parts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn columns_and_sources_of_files_are_remembered() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        assert_eq!(company.column_map("master").unwrap(), None);
        let columns = BTreeMap::from([("sku".to_owned(), "Kode SKU".to_owned())]);
        company.save_column_map("master", &columns).unwrap();
        assert_eq!(company.column_map("master").unwrap(), Some(columns));
        let source = FileSource { file: "produk.xlsx".into(), read_at: Timestamp::UNIX_EPOCH, rows: 12 };
        company.save_file_part("variants", &source).unwrap();
        assert_eq!(company.file_parts().unwrap(), BTreeMap::from([("variants".to_owned(), source)]));
        company.remove_file_part("variants").unwrap();
        assert_eq!(company.file_parts().unwrap(), BTreeMap::new());
    }
}
