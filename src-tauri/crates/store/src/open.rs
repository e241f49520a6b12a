//! Opening the file: prepare (pragmas), inspect (is it ours, whole, and not newer), upgrade (migrations).
//!
//! A file that is damaged, foreign or newer is left as it was.

use crate::backup::{self, Occasion};
use crate::error::StoreError;
use crate::tables;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rusqlite_migration::{M, Migrations};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file below the data folder.
pub const FILE_NAME: &str = "selaras.sqlite3";

/// How long we wait for another program (window and CLI share the file). Longer than any transaction of ours takes, short enough
/// for a person.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `application_id` of our files: "SELR" as a number.
const APPLICATION_ID: i64 = 0x5345_4C52;

/// Every step of the schema in the order in which it was shipped. A shipped step is never edited and never moved; a new one goes
/// to the end. `PRAGMA user_version` counts them.
const STEPS: &[&str] = &[
    tables::company::SCHEMA,
    tables::database::SCHEMA,
    tables::mapping::SCHEMA,
    tables::decision::SCHEMA,
    tables::snapshot::SCHEMA,
    tables::import::SCHEMA,
    tables::plan::SCHEMA,
    tables::run::SCHEMA,
    tables::journal::SCHEMA,
    tables::certificate::SCHEMA,
    tables::inbox::SCHEMA,
    tables::setting::SCHEMA,
    tables::plan::SORTED,
    tables::run_row::SCHEMA,
    tables::inbox::SORTED,
    tables::sku::SCHEMA,
    tables::undo::SCHEMA,
    tables::plan::SEARCHED,
    tables::row_decision::SCHEMA,
    tables::brake::SCHEMA,
    tables::sku_match::SCHEMA,
    tables::journal::LOOKED_FOR,
    tables::plan::AFTER_RUN,
    PROGRAM_SCHEMA,
    tables::same_row::SCHEMA,
    tables::snapshot::PACKED,
    tables::certificate::BOUND,
    tables::run::WHOLE,
    tables::run::COUNTED,
];

/// The version of the program that has opened the file last.
const PROGRAM_SCHEMA: &str = "
CREATE TABLE program (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version TEXT NOT NULL
) STRICT;
";

/// Version of the schema that this program writes.
#[must_use]
pub fn schema_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Which program has opened the file last; its first start after an update is told by it.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Opens the file of a data folder. An older one is copied before it is changed: its schema, or what a newer program makes of it.
pub fn open_file(path: &Path, busy_timeout: Duration, now: Timestamp) -> Result<Connection, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| StoreError::from_io(&error, path))?;
    // SQLite would open it for reading, and lay files beside it that may not be written either.
    let read_only = |file: &Path| std::fs::metadata(file).is_ok_and(|found| found.permissions().readonly());
    if ["", "-wal", "-shm"].iter().any(|ending| read_only(&backup::beside(path, ending))) {
        return Err(StoreError::ReadOnly { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| match StoreError::from(error) {
        StoreError::CannotOpen { detail, .. } => StoreError::CannotOpen { path: path.to_owned(), detail },
        other => other,
    })?;
    connection.busy_timeout(busy_timeout)?;
    inspect(&connection).map_err(|error| error.lying_at(path))?;
    let updated = last_program(&connection)?.is_some_and(|last| last != PROGRAM);
    let found = version(&connection)?;
    if found > 0 && (updated || found < schema_version()) {
        backup::copy_of(&connection, folder, Occasion::Update, now)?;
    }
    ready(&mut connection)?;
    Ok(connection)
}

/// Another connection to a file that is open already, for reading.
pub fn beside(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Clears away what a cut has left half done, where nobody else has the file open. What cannot be cleared is left for the next start: it is
/// seen by nobody.
pub fn clear_halves(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if path.is_file()
        && let Ok(connection) = Connection::open_with_flags(path, flags)
        && matches!(version(&connection), Ok(found) if found == schema_version())
    {
        let _left = tables::run::clear_halves(&connection).and_then(|()| tables::plan::clear_halves(&connection));
    }
}

#[cfg(test)]
pub fn open_memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    ready(&mut connection)?;
    Ok(connection)
}

fn ready(connection: &mut Connection) -> Result<(), StoreError> {
    prepare(connection)?;
    upgrade(connection, STEPS)?;
    if last_program(connection)?.as_deref() != Some(PROGRAM) {
        connection.execute("INSERT OR REPLACE INTO program (one, version) VALUES (1, ?1)", [PROGRAM])?;
    }
    Ok(())
}

/// The program that has opened the file last; `None` for a file without a word about it, which is older than that word.
fn last_program(connection: &Connection) -> Result<Option<String>, StoreError> {
    if !connection.table_exists(None, "program")? {
        return Ok(None);
    }
    Ok(connection.query_row("SELECT version FROM program", [], |row| row.get(0)).optional()?)
}

/// Looks before anything is changed.
fn inspect(connection: &Connection) -> Result<(), StoreError> {
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if objects > 0 || version(connection)? != 0 {
        recognise(connection)?;
    }
    // Without the index checks of `integrity_check`: about as fast as reading the file once.
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt { path: PathBuf::new(), detail: verdict });
    }
    Ok(())
}

/// Whether a file is one of ours, and not of a newer program.
pub fn recognise(connection: &Connection) -> Result<(), StoreError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let (found, known) = (version(connection)?, schema_version());
    if application != APPLICATION_ID || found == 0 {
        return Err(StoreError::Foreign);
    }
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(())
}

/// WAL so that a reader never waits for a writer; `FULL` so that a committed journal row survives a power loss.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // In KiB: what a search walks in a plan of 300,000 rows stays at hand for the next letter. Only what is read is ever taken.
    connection.pragma_update(None, "cache_size", -32_768)?;
    Ok(())
}

/// Whether a file has every table and column of its version.
pub fn complete(connection: &Connection) -> Result<(), StoreError> {
    let steps = usize::try_from(version(connection)?).unwrap_or(0).min(STEPS.len());
    let mut whole = Connection::open_in_memory()?;
    upgrade(&mut whole, &STEPS[..steps])?;
    let columns = |of: &Connection| -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut statement = of.prepare(
            "SELECT sqlite_master.name, column.name FROM sqlite_master JOIN pragma_table_info(sqlite_master.name) AS column
             WHERE sqlite_master.type = 'table'",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let there = columns(connection)?;
    match columns(&whole)?.into_iter().find(|column| !there.contains(column)) {
        Some((table, column)) => {
            Err(StoreError::Corrupt { path: PathBuf::new(), detail: format!("{table}.{column} is missing") })
        }
        None => Ok(()),
    }
}

fn upgrade(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let migrations = Migrations::new(steps.iter().map(|step| M::up(step)).collect());
    // All missing steps are one transaction, so an interrupted upgrade leaves the older schema whole. Another program may upgrade
    // the file at the same moment: whoever comes second sees a step fail or finds them done, and a second try settles it.
    if migrations.to_latest(connection).is_ok() {
        return Ok(());
    }
    migrations.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::from(err),
        other => StoreError::Sqlite(other.to_string()),
    })
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::params;

    fn schema(connection: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master ORDER BY type, name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn open(path: &Path) -> Result<Connection, StoreError> {
        open_file(path, Duration::from_millis(50), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_older_schema_upgraded_equals_a_fresh_one() {
        let fresh = schema(&open_memory().unwrap());
        for done in 1..STEPS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(FILE_NAME);
            let mut older = Connection::open(&path).unwrap();
            prepare(&older).unwrap();
            upgrade(&mut older, &STEPS[..done]).unwrap();
            older
                .execute(
                    "INSERT INTO company (name, body, created_at) VALUES ('kept', '{}', '2026-01-01T00:00:00Z')",
                    [],
                )
                .unwrap();
            drop(older);
            let upgraded = open(&path).unwrap();
            assert_eq!(schema(&upgraded), fresh);
            let kept: i64 = upgraded.query_row("SELECT count(*) FROM company", [], |row| row.get(0)).unwrap();
            assert_eq!(kept, 1);
        }
    }

    #[test]
    fn rows_of_an_older_file_are_sorted_and_searched_like_new_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let mut older = Connection::open(&path).unwrap();
        prepare(&older).unwrap();
        let before_sorts = STEPS.iter().position(|step| *step == tables::plan::SORTED).unwrap();
        upgrade(&mut older, &STEPS[..before_sorts]).unwrap();
        older
            .execute_batch(
                r#"INSERT INTO company (id, name, body, created_at) VALUES (1, 'default', '{}', '2026-01-01T00:00:00Z');
                   INSERT INTO plan (row, company, id, database, kind, hash, head, note, turn)
                   VALUES (1, 1, 'p', 7, 'stock', 'h', '{}', 'null', 1);
                   INSERT INTO plan_operation (plan, sequence, key, action, words, body) VALUES
                   (1, 0, 'stock:1:B', 'blocked', 'stock:1:b', '{"key":"stock:1:B","action":"blocked",
                    "target":{"side":"accurate","database":7,"record":"Gudang B"},"before":{"on_hand":"9.5"},
                    "after":{"on_hand":"2","warehouse_name":"Gudang"},"reason":{"code":"empty"}}'),
                   (1, 1, 'stock:1:A', 'create', 'stock:1:a', '{"key":"stock:1:A","action":"create",
                    "target":{"side":"accurate","database":7,"record":"gudang A"},"before":{"on_hand":"10"},
                    "after":{"name":"Kopi"},"reason":{"code":"differs"}}');
                   INSERT INTO run (row, id, company, plan, state, counts, started_at)
                   VALUES (1, 'r', 1, 1, 'finished', '{}', '2026-01-01T00:00:00Z');
                   INSERT INTO journal (run, position, key, state, outcome)
                   VALUES (1, 0, 'stock:1:B', 'held', '{}'), (1, 1, 'stock:1:A', 'posted', '{}');
                   INSERT INTO inbox (company, database, kind, key, code, reason, amount, first_run, first_at, state)
                   VALUES (1, 7, 'stock', 'stock:1:B', 'empty', '{"code":"empty"}', '12.5', 'r',
                           '2026-01-01T00:00:00Z', 'open');"#,
            )
            .unwrap();
        drop(older);
        let upgraded = open(&path).unwrap();
        let mut statement =
            upgraded.prepare("SELECT record, name, was, will, code FROM plan_operation ORDER BY was").unwrap();
        let rows: Vec<(String, String, i64, i64, String)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let none = crate::paging::NO_FIGURE;
        let expected = [
            ("gudang b".to_owned(), String::new(), 95_000, 20_000, "empty".to_owned()),
            ("gudang a".to_owned(), "kopi".to_owned(), 100_000, none, "differs".to_owned()),
        ];
        assert_eq!(rows, expected);
        let entry: (String, String, String, i64) = upgraded
            .query_row("SELECT target, warehouse, words, stake FROM inbox", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        assert_eq!(entry, ("Gudang B".into(), "Gudang".into(), "gudang b\nstock:1:b".into(), 125_000));
    }

    #[test]
    fn a_commit_survives_a_power_loss() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join(FILE_NAME)).unwrap();
        let pragma = |name: &str| -> String {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                .map(|value| format!("{value:?}"))
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), "Text(\"wal\")");
        assert_eq!(pragma("synchronous"), "Integer(2)");
        assert_eq!(pragma("foreign_keys"), "Integer(1)");
    }

    #[test]
    fn a_newer_file_is_refused_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let connection = open(&path).unwrap();
        connection.pragma_update(None, "user_version", 1_000).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let refused = open(&path);
        assert!(matches!(refused, Err(StoreError::Newer { found: 1_000, known }) if known == schema_version()));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_file_of_another_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (id INTEGER)").unwrap();
        assert!(matches!(open(&path), Err(StoreError::Foreign)));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, b"no sqlite file, but long enough to be looked at ".repeat(100)).unwrap();
        assert!(matches!(open(&path), Err(StoreError::Corrupt { .. })));
    }

    #[test]
    fn a_damaged_page_is_found_on_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let connection = open(&path).unwrap();
        for number in 0..500 {
            connection
                .execute(
                    "INSERT INTO setting (name, value) VALUES (?1, ?2)",
                    params![format!("k{number}"), "x".repeat(200)],
                )
                .unwrap();
        }
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).unwrap();
        drop(connection);
        let mut bytes = std::fs::read(&path).unwrap();
        let start = bytes.len() - 3 * 4096;
        bytes[start..].fill(0xA5);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(open(&path), Err(StoreError::Corrupt { .. })));
    }

    #[test]
    fn a_file_held_by_another_program_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let first = open(&path).unwrap();
        let second = open(&path).unwrap();
        first.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused =
            second.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", []).map_err(StoreError::from);
        assert!(matches!(refused, Err(StoreError::Locked)));
    }

    #[test]
    fn a_full_disk_says_so_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join(FILE_NAME)).unwrap();
        connection.execute("INSERT INTO setting (name, value) VALUES ('kept', 'yes')", []).unwrap();
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        let refused = connection
            .execute("INSERT INTO setting (name, value) VALUES ('big', ?1)", ["x".repeat(100_000)])
            .map_err(StoreError::from);
        assert!(matches!(refused, Err(StoreError::DiskFull)));
        let kept: String =
            connection.query_row("SELECT value FROM setting WHERE name = 'kept'", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "yes");
    }

    #[test]
    fn a_file_that_may_not_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join(FILE_NAME)).unwrap();
        connection.pragma_update(None, "query_only", true).unwrap();
        let refused =
            connection.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", []).map_err(StoreError::from);
        assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
    }

    #[test]
    fn a_folder_that_cannot_be_made_says_where() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let path = folder.path().join("file").join(FILE_NAME);
        assert!(matches!(open(&path), Err(StoreError::CannotOpen { path: named, .. }) if named == path));
    }

    #[test]
    fn an_interrupted_upgrade_leaves_the_older_schema_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let mut connection = Connection::open(&path).unwrap();
        prepare(&connection).unwrap();
        upgrade(&mut connection, &STEPS[..2]).unwrap();
        let older = schema(&connection);
        let mut broken = STEPS[..3].to_vec();
        broken.push("CREATE TABLE half (id INTEGER); NOT SQL");
        assert!(upgrade(&mut connection, &broken).is_err());
        assert_eq!((version(&connection).unwrap(), schema(&connection)), (2, older));
        drop(connection);
        assert_eq!(schema(&open(&path).unwrap()), schema(&open_memory().unwrap()));
    }
}
