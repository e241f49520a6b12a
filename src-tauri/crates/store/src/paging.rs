//! One page of a long table: SQLite filters, sorts and searches; no answer holds more than its page.
//!
//! A page follows the one before it by key: the cursor holds the sort values and the row's own key of the last row seen, so that a
//! page costs the same wherever it lies. A jump names a position instead; it is found by walking the keys of the index.

use crate::codec::{signed, to_json, unsigned};
use crate::error::StoreError;
use rusqlite::types::{ToSql, Value};
use rusqlite::{Connection, Row, Statement};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<S> {
    /// The order.
    pub sort: S,
    /// Largest first.
    pub down: bool,
    /// [`Paged::next`] of the page before.
    pub after: Option<String>,
    /// Position of the first row, from 0; a cursor goes before it.
    pub at: Option<u64>,
    /// At most so many rows; 0 for all.
    pub limit: u32,
}

impl<S> Page<S> {
    /// Everything in this order.
    #[must_use]
    pub fn all(sort: S) -> Self {
        Self { sort, down: false, after: None, at: None, limit: 0 }
    }

    /// Position of the first row of a page in an order in which a row's position is all that is known of it.
    pub(crate) fn start(&self) -> Result<u64, StoreError> {
        let Some(cursor) = self.after.as_deref() else { return Ok(self.at.unwrap_or_default()) };
        let wrong = || StoreError::Refused(format!("{cursor:?} is no cursor of this table"));
        let (at, keys): (u64, [u64; 1]) = serde_json::from_str(cursor).map_err(|_| wrong())?;
        if keys == [at] { Ok(at) } else { Err(wrong()) }
    }

    /// The cursor of the page that begins at a position of such an order.
    pub(crate) fn cursor(at: u64) -> Result<String, StoreError> {
        to_json("cursor", &(at, [at]))
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Position of the first one, from 0.
    pub at: u64,
    /// How many rows there are in all.
    pub total: u64,
    /// Cursor of the page after it; `None` at the end.
    pub next: Option<String>,
}

/// What a sort column holds where there is no figure: less than any.
pub const NO_FIGURE: i64 = i64::MIN;

/// A decimal as a sort column holds it: in ten-thousandths, cut at the range of the column. For order only; what is shown and added
/// is the decimal itself.
pub fn figure(decimal: Option<Decimal>) -> i64 {
    let Some(decimal) = decimal else { return NO_FIGURE };
    let least = if decimal.is_sign_negative() { NO_FIGURE + 1 } else { i64::MAX };
    decimal.checked_mul(Decimal::from(10_000)).and_then(|scaled| scaled.round().to_i64()).unwrap_or(least)
}

/// A text as sorts and searches compare it.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What is searched for, folded; nothing when it is blank.
pub fn wanted(search: Option<&str>) -> Option<String> {
    search.map(folded).filter(|text| !text.is_empty())
}

/// Where the rows of a table are and in which order they are walked. All of it is text of this crate; values go in by name.
pub struct Walk<'a> {
    /// Table or join, with the index that has all that `condition` and `keys` name: the walk reads nothing else.
    pub from: &'a str,
    /// Condition on the rows.
    pub condition: &'a str,
    /// Values of all three statements.
    pub values: &'a [(&'a str, &'a dyn ToSql)],
    /// Sort columns; the last one is the row's own key, which no other row has. Whole numbers and text, never NULL.
    pub keys: &'a [&'a str],
    /// Reads a row by its own key, `:row`.
    pub fetch: &'a str,
    /// Counts all rows.
    pub count: &'a str,
}

impl Walk<'_> {
    /// Reads the page.
    pub fn page<S, T>(
        &self,
        connection: &Connection,
        page: &Page<S>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Paged<T>, StoreError> {
        // Page and total are of one moment, whatever another program writes meanwhile.
        let _moment = connection.unchecked_transaction()?;
        let (at, past) = match (page.after.as_deref(), page.at.unwrap_or_default()) {
            (Some(cursor), _) => {
                let (at, keys) = self.decoded(cursor)?;
                (at, Some(keys))
            }
            (None, 0) => (0, None),
            (None, at) => match self.keys_of(connection, page.down, None, 1, at - 1)?.pop() {
                Some(before) => (at, Some(before)),
                None => {
                    let total = self.total(connection)?;
                    return Ok(Paged { rows: Vec::new(), at: total, total, next: None });
                }
            },
        };
        let limit = if page.limit == 0 { u64::MAX >> 2 } else { u64::from(page.limit) };
        let mut keys = self.keys_of(connection, page.down, past.as_deref(), limit + 1, 0)?;
        let next = if keys.len() as u64 > limit {
            keys.pop();
            keys.last().map(|last| encoded(at + limit, last)).transpose()?
        } else {
            None
        };
        // A page that holds everything has counted it.
        let total = if at == 0 && next.is_none() { keys.len() as u64 } else { self.total(connection)? };
        let mut fetch = connection.prepare_cached(self.fetch)?;
        self.bind(&mut fetch)?;
        let mut rows = Vec::with_capacity(keys.len());
        for own in keys.iter().filter_map(|keys| keys.last()) {
            bind_one(&mut fetch, ":row", own)?;
            let mut found = fetch.raw_query();
            if let Some(row) = found.next()? {
                rows.push(read(row)?);
            }
        }
        Ok(Paged { rows, at, total, next })
    }

    /// The keys of rows in order, past a row or from the beginning.
    fn keys_of(
        &self,
        connection: &Connection,
        down: bool,
        past: Option<&[Value]>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let (direction, beyond) = if down { (" DESC", "<") } else { ("", ">") };
        let order: Vec<String> = self.keys.iter().map(|key| format!("{key}{direction}")).collect();
        let (keys, order) = (self.keys.join(", "), order.join(", "));
        let past_row = past.map_or_else(String::new, |values| {
            let names: Vec<String> = (0..values.len()).map(|place| format!(":key{place}")).collect();
            format!(" AND ({keys}) {beyond} ({})", names.join(", "))
        });
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {keys} FROM {} WHERE {}{past_row} ORDER BY {order} LIMIT :limit OFFSET :offset",
            self.from, self.condition
        ))?;
        self.bind(&mut statement)?;
        for (place, value) in past.unwrap_or_default().iter().enumerate() {
            bind_one(&mut statement, &format!(":key{place}"), value)?;
        }
        bind_one(&mut statement, ":limit", &signed(limit)?)?;
        bind_one(&mut statement, ":offset", &signed(offset)?)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((0..self.keys.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?);
        }
        Ok(found)
    }

    fn total(&self, connection: &Connection) -> Result<u64, StoreError> {
        let mut statement = connection.prepare_cached(self.count)?;
        self.bind(&mut statement)?;
        let mut rows = statement.raw_query();
        unsigned(rows.next()?.map_or(Ok(0), |row| row.get(0))?)
    }

    /// Binds those of the values that a statement names.
    fn bind(&self, statement: &mut Statement<'_>) -> Result<(), StoreError> {
        for (name, value) in self.values {
            if let Some(place) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(place, value)?;
            }
        }
        Ok(())
    }

    fn decoded(&self, cursor: &str) -> Result<(u64, Vec<Value>), StoreError> {
        let wrong = || StoreError::Refused(format!("{cursor:?} is no cursor of this table"));
        let (at, keys): (u64, Vec<serde_json::Value>) = serde_json::from_str(cursor).map_err(|_| wrong())?;
        if keys.len() != self.keys.len() {
            return Err(wrong());
        }
        let values = keys.into_iter().map(|key| match key {
            serde_json::Value::String(text) => Some(Value::Text(text)),
            other => other.as_i64().map(Value::Integer),
        });
        Ok((at, values.collect::<Option<_>>().ok_or_else(wrong)?))
    }
}

fn bind_one(statement: &mut Statement<'_>, name: &str, value: &dyn ToSql) -> Result<(), StoreError> {
    if let Some(place) = statement.parameter_index(name)? {
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

fn encoded(at: u64, keys: &[Value]) -> Result<String, StoreError> {
    let keys: Vec<serde_json::Value> = keys
        .iter()
        .map(|key| match key {
            Value::Integer(number) => Ok((*number).into()),
            Value::Text(text) => Ok(text.as_str().into()),
            other => Err(StoreError::Unreadable { what: "sort key", detail: format!("{other:?}") }),
        })
        .collect::<Result<_, _>>()?;
    to_json("cursor", &(at, keys))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Walks a table by cursor in pages of `limit`, and holds that jumps and totals agree with the walk.
    pub fn walked<S: Clone, T: Clone + PartialEq + std::fmt::Debug>(
        sort: S,
        down: bool,
        limit: u32,
        read: impl Fn(&Page<S>) -> Paged<T>,
    ) -> Vec<T> {
        let mut page = Page { sort, down, after: None, at: None, limit };
        let mut seen: Vec<T> = Vec::new();
        loop {
            let got = read(&page);
            assert_eq!(got.at, seen.len() as u64);
            assert!(got.rows.len() <= limit as usize);
            seen.extend(got.rows);
            match got.next {
                Some(next) => page.after = Some(next),
                None => {
                    assert_eq!(got.total, seen.len() as u64);
                    break;
                }
            }
        }
        page.after = None;
        for at in 0..=seen.len() + 1 {
            page.at = Some(at as u64);
            let got = read(&page);
            let expected: Vec<T> = seen.iter().skip(at).take(limit as usize).cloned().collect();
            assert_eq!((got.rows, got.at, got.total), (expected, at.min(seen.len()) as u64, seen.len() as u64));
        }
        seen
    }

    #[test]
    fn figures_sort_as_numbers_and_absent_ones_below_all() {
        let figure = |text: &str| figure(Some(text.parse().unwrap()));
        let mut sorted = [
            figure("9"),
            figure("10"),
            figure("-1.5"),
            super::figure(None),
            figure("100000000000000000000"),
            figure("-100000000000000000000"),
        ];
        sorted.sort_unstable();
        assert_eq!(sorted, [NO_FIGURE, NO_FIGURE + 1, -15_000, 90_000, 100_000, i64::MAX]);
    }
}
