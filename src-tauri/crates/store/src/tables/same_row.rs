//! The rows of a plan that have nothing to do: of a sync without a change all of them. They are packed in chunks, and a chunk that another
//! plan has, too, is stored once.
//!
//! Where a chunk ends is said by the keys in it and not by their number, so that a row that comes or goes changes its own chunk only. The
//! rows take the places of a plan that its stored rows leave free, in their order. Those of an old plan that nobody has applied are let go,
//! but for what no newer plan says of their keys.

use crate::codec::{from_json, packed, signed, to_json, unpacked, unsigned};
use crate::error::StoreError;
use crate::store::CompanyStore;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Operation, OperationKey, PlanKind, sha256_hex};
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use std::collections::HashSet;

pub const SCHEMA: &str = "
-- A plan is written piece by piece, and is none until it is whole.
ALTER TABLE plan ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
-- Whether its rows that have nothing to do were let go.
ALTER TABLE plan ADD COLUMN condensed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE same_chunk (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    -- of each row's key the first 8 bytes of its hash, in the order of the rows
    keys BLOB NOT NULL,
    -- the rows as a JSON array, deflated
    body BLOB NOT NULL
) STRICT;
CREATE TABLE plan_same (
    plan INTEGER NOT NULL REFERENCES plan (row),
    -- number of the chunk's first row among those of the plan that have nothing to do
    first INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    chunk INTEGER NOT NULL REFERENCES same_chunk (id),
    PRIMARY KEY (plan, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_same_chunk ON plan_same (chunk);
";

/// How many newer plans of its kind a plan has before it is condensed.
const NEWER: u32 = 30;

/// A chunk ends at a key whose hash is a multiple of this: on average so many rows.
const ABOUT: u64 = 256;

/// It ends here at the latest.
const MOST: usize = 2_048;

/// What a chunk and a lookup know a key by. Two keys of a company with the same one are not to be expected in the life of the program.
pub fn short(key: &OperationKey) -> u64 {
    u64::from_str_radix(sha256_hex(key.0.as_bytes()).get(..16).unwrap_or_default(), 16).unwrap_or_default()
}

/// Rows that are ready to be stored.
pub struct Chunk {
    hash: String,
    keys: Vec<u8>,
    body: Vec<u8>,
    rows: usize,
}

/// Packs rows in their order. Done before the write lock is taken.
pub fn chunks<'a>(rows: impl IntoIterator<Item = &'a Operation>) -> Result<Vec<Chunk>, StoreError> {
    let mut made = Vec::new();
    let (mut text, mut keys) = (String::from("["), Vec::new());
    let mut close = |text: &mut String, keys: &mut Vec<u8>| -> Result<(), StoreError> {
        if !keys.is_empty() {
            text.push(']');
            let rows = keys.len() / 8;
            let hash = sha256_hex(text.as_bytes());
            made.push(Chunk { hash, keys: std::mem::take(keys), body: packed(text.as_bytes())?, rows });
        }
        text.clear();
        text.push('[');
        Ok(())
    };
    for row in rows {
        if !keys.is_empty() {
            text.push(',');
        }
        text.push_str(&to_json("operation", row)?);
        let key = short(&row.key);
        keys.extend_from_slice(&key.to_be_bytes());
        if key.is_multiple_of(ABOUT) || keys.len() >= MOST * 8 {
            close(&mut text, &mut keys)?;
        }
    }
    close(&mut text, &mut keys)?;
    Ok(made)
}

/// Stores the chunks of a plan, each of them once.
pub fn insert(transaction: &Transaction<'_>, plan: i64, chunks: &[Chunk]) -> Result<(), StoreError> {
    let mut known = transaction.prepare_cached("SELECT id FROM same_chunk WHERE hash = ?1")?;
    let mut add =
        transaction.prepare_cached("INSERT INTO same_chunk (hash, keys, body) VALUES (?1, ?2, ?3) RETURNING id")?;
    let mut refer =
        transaction.prepare_cached("INSERT INTO plan_same (plan, first, rows, chunk) VALUES (?1, ?2, ?3, ?4)")?;
    let mut first = 0;
    for chunk in chunks {
        let id: i64 = match known.query_row([&chunk.hash], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => add.query_row(params![chunk.hash, chunk.keys, chunk.body], |row| row.get(0))?,
        };
        refer.execute(params![plan, signed(first)?, signed(chunk.rows as u64)?, id])?;
        first += chunk.rows as u64;
    }
    Ok(())
}

/// How many packed rows a plan has; a condensed one shows none.
pub fn number(connection: &Connection, plan: i64) -> Result<u64, StoreError> {
    let rows = connection
        .prepare_cached(
            "SELECT coalesce(sum(rows), 0) FROM plan_same WHERE plan = ?1
             AND NOT (SELECT condensed FROM plan WHERE row = ?1)",
        )?
        .query_row([plan], |row| row.get(0))?;
    unsigned(rows)
}

/// Goes through the packed rows of a plan from one of them on, in their order, chunk by chunk, as long as `visit` wants more.
pub fn visit(
    connection: &Connection,
    plan: i64,
    from: u64,
    mut visit: impl FnMut(u64, Operation) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT plan_same.first, same_chunk.body FROM plan_same JOIN same_chunk ON same_chunk.id = plan_same.chunk
         WHERE plan_same.plan = ?1 AND plan_same.first + plan_same.rows > ?2
             AND NOT (SELECT condensed FROM plan WHERE row = ?1)
         ORDER BY plan_same.first",
    )?;
    let mut found = statement.query(params![plan, signed(from)?])?;
    while let Some(chunk) = found.next()? {
        let first = unsigned(chunk.get(0)?)?;
        let text = unpacked(chunk.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
        let left = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        let mut number = first.max(from);
        let mut more = true;
        let mut failed = None;
        let mut take = |row| {
            more = visit(number, row).unwrap_or_else(|error| {
                failed = Some(error);
                false
            });
            number += 1;
            more
        };
        let past = Past { left, take: &mut take };
        past.deserialize(&mut serde_json::Deserializer::from_str(&text))
            .map_err(|error| StoreError::Unreadable { what: "operation", detail: error.to_string() })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if !more {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads the rows of a chunk past some of them, as long as more are wanted. Those that are not wanted are not made: a page that is sorted has
/// one row of each of a hundred chunks.
struct Past<'a> {
    left: usize,
    take: &'a mut dyn FnMut(Operation) -> bool,
}

impl<'de> DeserializeSeed<'de> for Past<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, rows: D) -> Result<(), D::Error> {
        rows.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Past<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("rows of a plan")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        for _ in 0..self.left {
            if rows.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        while let Some(row) = rows.next_element()? {
            if !(self.take)(row) {
                while rows.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        }
        Ok(())
    }
}

fn rows_of(body: &[u8]) -> Result<Vec<Operation>, StoreError> {
    from_json("operation", &unpacked(body)?)
}

fn keys_in(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).map(|key| key.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// The packed row that the newest plan of a kind has under a key, with that plan's turn and head.
pub fn newest(
    connection: &Connection,
    company: i64,
    database: DatabaseId,
    kind: &PlanKind,
    key: &OperationKey,
) -> Result<Option<(Operation, i64, String)>, StoreError> {
    let wanted = short(key);
    let mut plans = connection.prepare_cached(
        "SELECT row, turn, head FROM plan WHERE company = ?1 AND database = ?2 AND kind = ?3 AND whole
         ORDER BY turn DESC",
    )?;
    let mut chunks = connection.prepare_cached("SELECT chunk FROM plan_same WHERE plan = ?1")?;
    let mut keys = connection.prepare_cached("SELECT keys FROM same_chunk WHERE id = ?1")?;
    let mut body = connection.prepare_cached("SELECT body FROM same_chunk WHERE id = ?1")?;
    let mut looked = HashSet::new();
    let mut found = plans.query(params![company, database.0, kind.0])?;
    while let Some(plan) = found.next()? {
        let mut chunks = chunks.query([plan.get::<_, i64>(0)?])?;
        while let Some(chunk) = chunks.next()? {
            let chunk: i64 = chunk.get(0)?;
            if !looked.insert(chunk) {
                continue;
            }
            let keys: Vec<u8> = keys.query_row([chunk], |row| row.get(0))?;
            if keys_in(&keys).any(|one| one == wanted) {
                let rows = rows_of(&body.query_row([chunk], |row| row.get::<_, Vec<u8>>(0))?)?;
                if let Some(row) = rows.into_iter().find(|row| row.key == *key) {
                    return Ok(Some((row, plan.get(1)?, plan.get(2)?)));
                }
            }
        }
    }
    Ok(None)
}

/// The keys of packed rows, in short, of the plans of a kind for which `which` (of `plan`, with the values 4 and on) holds.
pub fn keys_where(
    connection: &Connection,
    place: (i64, DatabaseId, &PlanKind),
    which: &str,
    value: i64,
) -> Result<HashSet<u64>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT keys FROM same_chunk WHERE id IN (
             SELECT plan_same.chunk FROM plan JOIN plan_same ON plan_same.plan = plan.row
             WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND plan.whole AND {which})"
    ))?;
    let mut found = statement.query(params![place.0, place.1.0, place.2.0, value])?;
    let mut keys = HashSet::new();
    while let Some(chunk) = found.next()? {
        keys.extend(keys_in(chunk.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?));
    }
    Ok(keys)
}

impl CompanyStore {
    /// Lets go of the rows without a change of plans that nobody has applied and that [`NEWER`] plans of their kind came after. What such a
    /// plan alone says of a key stays, so that it is known what both sides agreed on last.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) fn condense(&self, database: DatabaseId, kind: &PlanKind) -> Result<(), StoreError> {
        let place = (self.company.0, database, kind);
        let old: Vec<(i64, i64)> = self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row, turn FROM plan WHERE company = ?1 AND database = ?2 AND kind = ?3 AND whole AND NOT condensed
                     AND undoes IS NULL AND NOT EXISTS (SELECT 1 FROM run WHERE run.plan = plan.row)
                     AND turn < (SELECT turn FROM plan WHERE company = ?1 AND database = ?2 AND kind = ?3 AND whole
                                 ORDER BY turn DESC LIMIT 1 OFFSET ?4)",
            )?;
            let rows = statement.query_map(params![place.0, database.0, kind.0, NEWER - 1], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        for (plan, turn) in old {
            // Found before the write lock is taken; what came meanwhile says more of the keys, and not less.
            let said_again = self.store.read(|connection| {
                let newer = keys_where(connection, place, "plan.turn > ?4", turn)?;
                let mut chunks = connection.prepare_cached(
                    "SELECT plan_same.first, plan_same.chunk, same_chunk.keys FROM plan_same
                     JOIN same_chunk ON same_chunk.id = plan_same.chunk WHERE plan_same.plan = ?1",
                )?;
                let mut said_again: Vec<(i64, i64)> = Vec::new();
                let mut found = chunks.query([plan])?;
                while let Some(chunk) = found.next()? {
                    let keys = chunk.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                    if keys_in(keys).all(|key| newer.contains(&key)) {
                        said_again.push((chunk.get(0)?, chunk.get(1)?));
                    }
                }
                Ok(said_again)
            })?;
            self.store.write(|transaction| {
                let condensed = transaction.execute(
                    "UPDATE plan SET condensed = 1
                     WHERE row = ?1 AND NOT EXISTS (SELECT 1 FROM run WHERE run.plan = plan.row)",
                    [plan],
                )?;
                if condensed == 0 {
                    // It was applied meanwhile.
                    return Ok(());
                }
                let mut gone = transaction.prepare_cached("DELETE FROM plan_same WHERE plan = ?1 AND first = ?2")?;
                let mut of_nobody = transaction.prepare_cached(
                    "DELETE FROM same_chunk WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM plan_same WHERE chunk = ?1)",
                )?;
                for (first, chunk) in &said_again {
                    gone.execute([plan, *first])?;
                    of_nobody.execute([chunk])?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
