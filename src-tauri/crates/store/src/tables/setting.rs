//! Settings of the program, for all companies: language, theme, port of the redirect. No secrets.

use crate::codec::to_time;
use crate::error::StoreError;
use crate::store::Store;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Since when the file is a copy that was put back: what was under way before is told by nobody.
pub const RESTORED_AT: &str = "restored_at";

/// Sets one in a file that is open.
pub fn put(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name, value],
    )?;
    Ok(())
}

impl Store {
    /// When the file was put back from a copy; `None` where it never was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.setting(RESTORED_AT)?.map(|at| to_time(&at)).transpose()
    }

    /// One setting.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?)
        })
    }

    /// All of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT name, value FROM setting")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Sets one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|transaction| put(transaction, name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_remembered_across_openings() {
        let folder = tempfile::tempdir().unwrap();
        Store::open(folder.path()).unwrap().set_setting("language", "id").unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.set_setting("language", "en").unwrap();
        assert_eq!(store.setting("language").unwrap().as_deref(), Some("en"));
        assert_eq!(store.setting("theme").unwrap(), None);
        assert_eq!(store.settings().unwrap(), BTreeMap::from([("language".to_owned(), "en".to_owned())]));
    }
}
