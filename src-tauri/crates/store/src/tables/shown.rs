//! Pages of a plan with packed rows. In the plan's own order a page is unpacked where it lies. Sorted or searched, the rows are walked in a
//! table of their own beside the data file, which is made for the plan that is looked at and is gone with the program.

use crate::codec::unsigned;
use crate::error::StoreError;
use crate::paging::{Page, Paged, Walk, figure, folded, wanted};
use crate::tables::plan::{OperationSort, figure_of, name, stored_operation};
use crate::tables::same_row;
use rusqlite::{Connection, OptionalExtension, params};
use selaras_domain::plan::{Action, Operation};

const TABLE: &str = "
CREATE TEMP TABLE IF NOT EXISTS shown_plan (plan INTEGER NOT NULL);
CREATE TEMP TABLE IF NOT EXISTS shown (
    sequence INTEGER PRIMARY KEY,
    -- number among the packed rows; NULL for one that is stored
    same INTEGER,
    record TEXT NOT NULL,
    name TEXT NOT NULL,
    was INTEGER NOT NULL,
    will INTEGER NOT NULL,
    is_same INTEGER NOT NULL
);
DELETE FROM shown_plan;
DELETE FROM shown;
DROP INDEX IF EXISTS temp.shown_sequence;
DROP INDEX IF EXISTS temp.shown_record;
DROP INDEX IF EXISTS temp.shown_name;
DROP INDEX IF EXISTS temp.shown_was;
DROP INDEX IF EXISTS temp.shown_will;
";

const INDEXES: &str = "
CREATE INDEX temp.shown_sequence ON shown (sequence, is_same, record, name);
CREATE INDEX temp.shown_record ON shown (record, sequence, is_same, name);
CREATE INDEX temp.shown_name ON shown (name, sequence, is_same, record);
CREATE INDEX temp.shown_was ON shown (was, sequence, is_same, record, name);
CREATE INDEX temp.shown_will ON shown (will, sequence, is_same, record, name);
";

/// A page of all rows, or of those without a change.
pub fn page(
    connection: &Connection,
    plan: i64,
    action: Option<Action>,
    search: Option<&str>,
    page: &Page<OperationSort>,
) -> Result<Paged<Operation>, StoreError> {
    let search = wanted(search);
    if page.sort == OperationSort::Plan && search.is_none() && action.is_none() {
        return in_order(connection, plan, page);
    }
    prepare(connection, plan)?;
    let (index, keys): (_, &[&str]) = match page.sort {
        OperationSort::Plan => ("shown_sequence", &["sequence"]),
        OperationSort::Record => ("shown_record", &["record", "sequence"]),
        OperationSort::Name => ("shown_name", &["name", "sequence"]),
        OperationSort::Before => ("shown_was", &["was", "sequence"]),
        OperationSort::After => ("shown_will", &["will", "sequence"]),
    };
    let mut condition = if action.is_some() { "is_same".to_owned() } else { "1".to_owned() };
    if search.is_some() {
        condition.push_str(" AND (instr(record, :search) > 0 OR instr(name, :search) > 0)");
    }
    let (from, count) = (
        format!("temp.shown INDEXED BY {index}"),
        format!("SELECT count(*) FROM temp.shown INDEXED BY shown_sequence WHERE {condition}"),
    );
    let walk = Walk {
        from: &from,
        condition: &condition,
        values: &[(":search", &search)],
        keys,
        fetch: "SELECT sequence, same FROM temp.shown WHERE sequence = :row",
        count: &count,
    };
    walk.page(connection, page, |row| match row.get::<_, Option<i64>>(1)? {
        None => stored(connection, plan, row.get(0)?),
        Some(same) => packed(connection, plan, unsigned(same)?),
    })
}

/// All rows in the plan's order: a row's place is its sequence.
fn in_order(connection: &Connection, plan: i64, page: &Page<OperationSort>) -> Result<Paged<Operation>, StoreError> {
    let number = |sql: &str, sequence: i64| -> Result<u64, StoreError> {
        unsigned(connection.prepare_cached(sql)?.query_row(params![plan, sequence], |row| row.get(0))?)
    };
    let before = |sequence: u64| {
        let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
        number(
            "SELECT count(*) FROM plan_operation INDEXED BY plan_operation_sequence WHERE plan = ?1 AND sequence < ?2",
            sequence,
        )
    };
    let total = before(u64::MAX)? + same_row::number(connection, plan)?;
    let at = page.start()?.min(total);
    let limit = if page.limit == 0 { total } else { u64::from(page.limit) };
    let end = at.saturating_add(limit).min(total);
    let (low, high) = if page.down { (total - end, total - at) } else { (at, end) };
    let mut rows = Vec::new();
    let mut stored = connection.prepare_cached(
        "SELECT sequence, body FROM plan_operation WHERE plan = ?1 AND sequence >= ?2 AND sequence < ?3 ORDER BY sequence",
    )?;
    let mut stored = stored.query(params![plan, crate::codec::signed(low)?, crate::codec::signed(high)?])?;
    let mut kept = Vec::new();
    while let Some(row) = stored.next()? {
        kept.push((unsigned(row.get(0)?)?, stored_operation(row, 1)?));
    }
    let mut kept = kept.into_iter().peekable();
    let take_kept = |rows: &mut Vec<Operation>,
                     kept: &mut std::iter::Peekable<std::vec::IntoIter<(u64, Operation)>>| {
        while let Some((_, row)) = kept.next_if(|(place, _)| *place == low + rows.len() as u64) {
            rows.push(row);
        }
    };
    let wanted = usize::try_from(high - low).unwrap_or(usize::MAX);
    take_kept(&mut rows, &mut kept);
    if rows.len() < wanted {
        same_row::visit(connection, plan, low - before(low)?, |_, same| {
            if rows.len() < wanted {
                rows.push(same);
                take_kept(&mut rows, &mut kept);
            }
            Ok(rows.len() < wanted)
        })?;
    }
    if page.down {
        rows.reverse();
    }
    let next = (end < total).then(|| Page::<OperationSort>::cursor(end)).transpose()?;
    Ok(Paged { rows, at, total, next })
}

/// Fills the table, unless it holds this plan. A plan is never changed, so what it holds stays right.
fn prepare(connection: &Connection, plan: i64) -> Result<(), StoreError> {
    let there = connection.table_exists(Some("temp"), "shown_plan")?;
    let shown: Option<i64> = match there {
        true => connection.query_row("SELECT plan FROM temp.shown_plan", [], |row| row.get(0)).optional()?,
        false => None,
    };
    if shown == Some(plan) {
        return Ok(());
    }
    connection.execute_batch("BEGIN")?;
    let filled = fill(connection, plan);
    connection.execute_batch(if filled.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    filled
}

fn fill(connection: &Connection, plan: i64) -> Result<(), StoreError> {
    connection.execute_batch(TABLE)?;
    connection.execute(
        "INSERT INTO temp.shown (sequence, record, name, was, will, is_same)
         SELECT sequence, record, name, was, will, action = 'same' FROM plan_operation WHERE plan = ?1 ORDER BY sequence",
        [plan],
    )?;
    let mut taken = Vec::new();
    {
        let mut statement = connection.prepare_cached("SELECT sequence FROM temp.shown ORDER BY sequence")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            taken.push(row.get::<_, i64>(0)?);
        }
    }
    let mut taken = taken.into_iter().peekable();
    let mut insert = connection.prepare_cached(
        "INSERT INTO temp.shown (sequence, same, record, name, was, will, is_same) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
    )?;
    let mut sequence = 0_i64;
    same_row::visit(connection, plan, 0, |number, same| {
        while taken.next_if_eq(&sequence).is_some() {
            sequence += 1;
        }
        insert.execute(params![
            sequence,
            crate::codec::signed(number)?,
            folded(&same.target.record),
            folded(name(&same)),
            figure(figure_of(&same.before)),
            figure(figure_of(&same.after)),
        ])?;
        sequence += 1;
        Ok(true)
    })?;
    connection.execute_batch(INDEXES)?;
    connection.execute("INSERT INTO temp.shown_plan (plan) VALUES (?1)", [plan])?;
    Ok(())
}

fn stored(connection: &Connection, plan: i64, sequence: i64) -> Result<Operation, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM plan_operation WHERE plan = ?1 AND sequence = ?2")?;
    let mut rows = statement.query([plan, sequence])?;
    let missing = || StoreError::NotFound { what: format!("row {sequence} of a plan") };
    stored_operation(rows.next()?.ok_or_else(missing)?, 0)
}

fn packed(connection: &Connection, plan: i64, number: u64) -> Result<Operation, StoreError> {
    let mut found = None;
    same_row::visit(connection, plan, number, |_, same| {
        found = Some(same);
        Ok(false)
    })?;
    found.ok_or_else(|| StoreError::NotFound { what: format!("row {number} of a plan") })
}
