//! Settings of the program, for all companies: language, theme, port of the redirect. No secrets.

use crate::error::StoreError;
use crate::store::Store;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

impl Store {
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
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )?;
            Ok(())
        })
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
