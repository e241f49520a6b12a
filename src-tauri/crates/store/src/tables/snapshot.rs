//! What a side said when it was last read, part by part. Only the newest reading is kept.

use crate::codec::{from_json, packed, to_json, to_time, unpacked};
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use selaras_domain::ids::DatabaseId;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub const SCHEMA: &str = "
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    scope INTEGER NOT NULL,
    part TEXT NOT NULL,
    read_at TEXT NOT NULL,
    UNIQUE (company, scope, part)
) STRICT;
CREATE TABLE snapshot_row (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (snapshot, sequence)
) STRICT, WITHOUT ROWID;
";

/// A reading's rows in chunks, deflated: of many alike rows little is left, and writing them takes the lock for a moment only. A reading of
/// an older file has its rows one by one until it is read anew.
pub const PACKED: &str = "
CREATE TABLE snapshot_chunk (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    -- a JSON array, deflated
    body BLOB NOT NULL,
    PRIMARY KEY (snapshot, place)
) STRICT, WITHOUT ROWID;
";

/// Rows of a chunk: what is unpacked at once stays small.
const CHUNK: usize = 2_048;

/// The scope of what Forstok says: it belongs to no database.
pub const FORSTOK_SCOPE: DatabaseId = DatabaseId(0);

/// A reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// When it was read.
    pub read_at: Timestamp,
    /// What was read, in the order in which it came.
    pub rows: Vec<T>,
}

impl CompanyStore {
    /// Replaces the reading of one part; the earlier one stays until the new one is whole.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_snapshot<T: Serialize>(
        &self,
        scope: DatabaseId,
        part: &str,
        read_at: Timestamp,
        rows: &[T],
    ) -> Result<(), StoreError> {
        // Packed before the write lock is taken.
        let chunks = rows.chunks(CHUNK).map(|rows| packed(to_json("snapshot", rows)?.as_bytes()));
        let chunks = chunks.collect::<Result<Vec<_>, _>>()?;
        self.store.write(|transaction| {
            let place = params![self.company.0, scope.0, part];
            transaction.execute("DELETE FROM snapshot WHERE company = ?1 AND scope = ?2 AND part = ?3", place)?;
            let snapshot: i64 = transaction.query_row(
                "INSERT INTO snapshot (company, scope, part, read_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
                params![self.company.0, scope.0, part, read_at.to_string()],
                |row| row.get(0),
            )?;
            let mut insert =
                transaction.prepare_cached("INSERT INTO snapshot_chunk (snapshot, place, body) VALUES (?1, ?2, ?3)")?;
            for (place, chunk) in (0_i64..).zip(&chunks) {
                insert.execute(params![snapshot, place, chunk])?;
            }
            Ok(())
        })
    }

    /// The newest reading of a part.
    ///
    /// # Errors
    /// When the store cannot be read, or a row is not a `T`.
    pub fn snapshot<T: DeserializeOwned>(
        &self,
        scope: DatabaseId,
        part: &str,
    ) -> Result<Option<Snapshot<T>>, StoreError> {
        self.store.read(|connection| {
            let head = connection
                .prepare_cached("SELECT id, read_at FROM snapshot WHERE company = ?1 AND scope = ?2 AND part = ?3")?
                .query_row(params![self.company.0, scope.0, part], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            let Some((snapshot, read_at)) = head else { return Ok(None) };
            let mut statement =
                connection.prepare_cached("SELECT body FROM snapshot_row WHERE snapshot = ?1 ORDER BY sequence")?;
            let mut found = statement.query([snapshot])?;
            let mut rows: Vec<T> = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(from_json("snapshot", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
            }
            let mut statement =
                connection.prepare_cached("SELECT body FROM snapshot_chunk WHERE snapshot = ?1 ORDER BY place")?;
            let mut found = statement.query([snapshot])?;
            while let Some(chunk) = found.next()? {
                let text = unpacked(chunk.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
                rows.append(&mut from_json::<Vec<T>>("snapshot", &text)?);
            }
            Ok(Some(Snapshot { read_at: to_time(&read_at)?, rows }))
        })
    }

    /// When a part was last read, without its rows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn snapshot_read_at(&self, scope: DatabaseId, part: &str) -> Result<Option<Timestamp>, StoreError> {
        self.store.read(|connection| {
            connection
                .prepare_cached("SELECT read_at FROM snapshot WHERE company = ?1 AND scope = ?2 AND part = ?3")?
                .query_row(params![self.company.0, scope.0, part], |row| row.get::<_, String>(0))
                .optional()?
                .map(|text| to_time(&text))
                .transpose()
        })
    }

    /// Forgets a part, as after a disconnect.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn drop_snapshot(&self, scope: DatabaseId, part: &str) -> Result<(), StoreError> {
        self.store.write(|transaction| {
            let place = params![self.company.0, scope.0, part];
            transaction.execute("DELETE FROM snapshot WHERE company = ?1 AND scope = ?2 AND part = ?3", place)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_new_reading_takes_the_place_of_the_earlier_one() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        let later: Timestamp = "2026-02-01T03:04:05.123456789Z".parse().unwrap();
        company.put_snapshot(FORSTOK_SCOPE, "variants", Timestamp::UNIX_EPOCH, &["b", "a", "c"]).unwrap();
        company.put_snapshot(FORSTOK_SCOPE, "variants", later, &["z", "y"]).unwrap();
        let read = company.snapshot::<String>(FORSTOK_SCOPE, "variants").unwrap();
        assert_eq!(read, Some(Snapshot { read_at: later, rows: vec!["z".into(), "y".into()] }));
        assert_eq!(company.snapshot::<String>(DatabaseId(1), "variants").unwrap(), None);
        assert_eq!(company.snapshot_read_at(FORSTOK_SCOPE, "variants").unwrap(), Some(later));
        company.drop_snapshot(FORSTOK_SCOPE, "variants").unwrap();
        let left: i64 = store
            .read(|connection| Ok(connection.query_row("SELECT count(*) FROM snapshot_chunk", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn a_reading_that_fails_half_way_leaves_the_earlier_one() {
        struct Bad(bool);
        impl Serialize for Bad {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if self.0 { Err(serde::ser::Error::custom("bad")) } else { serializer.serialize_str("new") }
            }
        }
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        company.put_snapshot(FORSTOK_SCOPE, "stores", Timestamp::UNIX_EPOCH, &["old"]).unwrap();
        company.put_snapshot(FORSTOK_SCOPE, "stores", Timestamp::UNIX_EPOCH, &[Bad(false), Bad(true)]).unwrap_err();
        let read = company.snapshot::<String>(FORSTOK_SCOPE, "stores").unwrap().unwrap();
        assert_eq!(read.rows, ["old"]);
    }
}
