//! Stored plans and their operations. A plan is never changed: what was previewed is what is applied.

use crate::codec::{from_json, signed, to_json, unsigned};
use crate::error::StoreError;
use crate::paging::{Page, Paged, Walk, figure, folded, wanted};
use crate::store::{CompanyStore, ROWS_A_WRITE};
use crate::tables::{same_row, shown};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use rust_decimal::Decimal;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanHead, PlanId, PlanKind};
use selaras_engine::kinds::undo;
use std::collections::{BTreeMap, HashSet};

pub const SCHEMA: &str = "
CREATE TABLE plan (
    row INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    database INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    head TEXT NOT NULL,
    note TEXT NOT NULL,
    -- order in which plans were last made
    turn INTEGER NOT NULL,
    UNIQUE (company, id)
) STRICT;
CREATE INDEX plan_newest ON plan (company, database, kind, turn);
CREATE TABLE plan_operation (
    plan INTEGER NOT NULL REFERENCES plan (row),
    sequence INTEGER NOT NULL,
    key TEXT NOT NULL,
    action TEXT NOT NULL,
    -- what a search looks through, in lower case
    words TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (plan, sequence),
    UNIQUE (plan, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_operation_action ON plan_operation (plan, action, sequence);
";

/// The columns that operations are sorted by (text folded, figures in ten-thousandths: [`figure`]), an index for each order, and a
/// narrow copy of what a search looks through. Rows of an older file get theirs from their bodies.
pub const SORTED: &str = "
ALTER TABLE plan_operation ADD COLUMN record TEXT NOT NULL DEFAULT '';
ALTER TABLE plan_operation ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE plan_operation ADD COLUMN was INTEGER NOT NULL DEFAULT -9223372036854775808;
ALTER TABLE plan_operation ADD COLUMN will INTEGER NOT NULL DEFAULT -9223372036854775808;
ALTER TABLE plan_operation ADD COLUMN code TEXT NOT NULL DEFAULT '';
UPDATE plan_operation SET
    record = lower(trim(body ->> '$.target.record')),
    name = lower(trim(coalesce(body ->> '$.after.name', body ->> '$.before.name', ''))),
    was = coalesce(CAST(round(10000 * coalesce(body ->> '$.before.on_hand', body ->> '$.before.quantity',
        body ->> '$.before.unit_price')) AS INTEGER), was),
    will = coalesce(CAST(round(10000 * coalesce(body ->> '$.after.on_hand', body ->> '$.after.quantity',
        body ->> '$.after.unit_price')) AS INTEGER), will),
    code = body ->> '$.reason.code';
CREATE INDEX plan_operation_record ON plan_operation (plan, record, sequence, action);
CREATE INDEX plan_operation_name ON plan_operation (plan, name, sequence, action);
CREATE INDEX plan_operation_was ON plan_operation (plan, was, sequence, action);
CREATE INDEX plan_operation_will ON plan_operation (plan, will, sequence, action);
CREATE INDEX plan_operation_words ON plan_operation (plan, sequence, action, words, was, will, record, name);
CREATE INDEX plan_operation_blocked ON plan_operation (plan, code) WHERE action = 'blocked';
";

/// A search looks at what a person sees of an operation, its record and its name, and reads them from the index that it walks: the
/// copy in one text is gone, and with it most of what a search had to read.
pub const SEARCHED: &str = "
DROP INDEX plan_operation_words;
DROP INDEX plan_operation_action;
DROP INDEX plan_operation_record;
DROP INDEX plan_operation_name;
ALTER TABLE plan_operation DROP COLUMN words;
CREATE INDEX plan_operation_sequence ON plan_operation (plan, sequence, action, record, name, was, will);
CREATE INDEX plan_operation_action ON plan_operation (plan, action, sequence, record, name, was, will);
CREATE INDEX plan_operation_record ON plan_operation (plan, record, sequence, action, name);
CREATE INDEX plan_operation_name ON plan_operation (plan, name, sequence, action, record);
";

/// The newest run when a plan was made: what began later has overtaken it. Of a plan from before that was kept nothing is known, and every
/// run counts as later.
pub const AFTER_RUN: &str = "ALTER TABLE plan ADD COLUMN after_run INTEGER NOT NULL DEFAULT 0;";

/// That an operation's record or name holds `:search`.
pub const HOLDS: &str = "(instr(plan_operation.record, :search) > 0 OR instr(plan_operation.name, :search) > 0)";

/// The figure that an operation of each kind is about: of stock, of opening stock, of items.
const FIGURES: [&str; 3] = ["on_hand", "quantity", "unit_price"];

/// The order of operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OperationSort {
    /// The plan's own.
    #[default]
    Plan,
    /// By what a person calls the record.
    Record,
    /// By the record's name.
    Name,
    /// By the figure as it was read.
    Before,
    /// By the figure as it will be.
    After,
}

/// A plan with what was said beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPlan {
    /// The plan without its operations.
    pub head: PlanHead,
    /// Warnings and reminders, in the shape of whoever stored them.
    pub note: serde_json::Value,
    /// Whether its rows without a change were let go; those that write or are held stay.
    pub condensed: bool,
}

impl CompanyStore {
    /// Stores a plan with its operations in their order. A plan that is there already stays as it is.
    ///
    /// # Errors
    /// When its id is taken by a plan with another hash, two operations share a key, or the store cannot be written.
    pub fn save_plan(
        &self,
        head: &PlanHead,
        operations: &[Operation],
        note: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut keys = HashSet::with_capacity(operations.len());
        if let Some(twice) = operations.iter().find(|operation| !keys.insert(&operation.key)) {
            return Err(StoreError::Refused(format!("plan {} has {} twice", head.id, twice.key)));
        }
        drop(keys);
        let Some(plan) = self.begun(head, note)? else { return Ok(()) };
        // What an undo has found to be gone is asked for like what it has written.
        let packs = |operation: &Operation| operation.action == Action::Same && !undo::is_undo(&head.kind);
        let chunks = same_row::chunks(operations.iter().filter(|operation| packs(operation)))?;
        let mut rows = (0_i64..).zip(operations).filter(|(_, operation)| !packs(operation)).peekable();
        while rows.peek().is_some() {
            self.store.write(|transaction| {
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO plan_operation (plan, sequence, key, action, body, record, name, was, will, code)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?;
                for (sequence, operation) in rows.by_ref().take(ROWS_A_WRITE) {
                    insert.execute(params![
                        plan,
                        sequence,
                        operation.key.0,
                        operation.action.name(),
                        to_json("operation", operation)?,
                        folded(&operation.target.record),
                        folded(name(operation)),
                        figure(figure_of(&operation.before)),
                        figure(figure_of(&operation.after)),
                        operation.reason.code,
                    ])?;
                }
                Ok(())
            })?;
        }
        self.store.write(|transaction| {
            same_row::insert(transaction, plan, &chunks)?;
            let turn = next_turn(transaction)?;
            transaction.execute("UPDATE plan SET whole = 1, turn = ?2 WHERE row = ?1", [plan, turn])?;
            Ok(())
        })?;
        self.condense(head.database, &head.kind)
    }

    /// Begins to write a plan; nothing where it is there already, which makes it the newest.
    fn begun(&self, head: &PlanHead, note: &serde_json::Value) -> Result<Option<i64>, StoreError> {
        self.store.write(|transaction| {
            let there: Option<(i64, String, bool)> = transaction
                .query_row(
                    "SELECT row, hash, whole FROM plan WHERE company = ?1 AND id = ?2",
                    params![self.company.0, head.id.0],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            match there {
                Some((row, hash, true)) if hash == head.hash => {
                    let turn = next_turn(transaction)?;
                    transaction.execute("UPDATE plan SET turn = ?2 WHERE row = ?1", [row, turn])?;
                    Ok(None)
                }
                Some(_) => Err(StoreError::Refused(format!("plan {} is stored with other operations", head.id))),
                None => Ok(Some(transaction.query_row(
                    "INSERT INTO plan (company, id, database, kind, hash, head, note, turn, whole, after_run)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, (SELECT coalesce(max(row), 0) FROM run WHERE whole)) RETURNING row",
                    params![
                        self.company.0,
                        head.id.0,
                        head.database.0,
                        head.kind.0,
                        head.hash,
                        to_json("plan", head)?,
                        to_json("note", note)?,
                    ],
                    |row| row.get(0),
                )?)),
            }
        })
    }

    /// A plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plan(&self, id: &PlanId) -> Result<Option<StoredPlan>, StoreError> {
        self.store.read(|connection| {
            let row = connection
                .prepare_cached("SELECT head, note, condensed FROM plan WHERE company = ?1 AND id = ?2 AND whole")?
                .query_row(params![self.company.0, id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            row.map(read).transpose()
        })
    }

    /// The plan of a kind that was made last for a database.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn latest_plan(&self, database: DatabaseId, kind: &PlanKind) -> Result<Option<StoredPlan>, StoreError> {
        self.store.read(|connection| {
            let row = connection
                .prepare_cached(
                    "SELECT head, note, condensed FROM plan
                     WHERE company = ?1 AND database = ?2 AND kind = ?3 AND whole ORDER BY turn DESC LIMIT 1",
                )?
                .query_row(params![self.company.0, database.0, kind.0], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            row.map(read).transpose()
        })
    }

    /// What both sides were last found to agree on under a key: the *after* of the newest plan of a kind that had nothing to do for it,
    /// with the time of its reading.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_agreed_under(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        key: &OperationKey,
    ) -> Result<Option<(Fields, Timestamp)>, StoreError> {
        self.store.read(|connection| {
            let packed = same_row::newest(connection, self.company.0, database, kind, key)?;
            let row = connection
                .prepare_cached(
                    "SELECT plan_operation.body, plan.head, plan.turn FROM plan
                     JOIN plan_operation ON plan_operation.plan = plan.row AND plan_operation.key = ?4
                     WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND plan.whole
                         AND plan_operation.action = 'same'
                     ORDER BY plan.turn DESC LIMIT 1",
                )?
                .query_row(params![self.company.0, database.0, kind.0, key.0], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
                })
                .optional()?;
            let stored =
                row.map(|(body, head, turn)| Ok::<_, StoreError>((from_json("operation", &body)?, turn, head)));
            let found: [Option<(Operation, i64, String)>; 2] = [stored.transpose()?, packed];
            let newest = found.into_iter().flatten().max_by_key(|(_, turn, _)| *turn);
            newest
                .map(|(operation, _, head)| Ok((operation.after, from_json::<PlanHead>("plan", &head)?.read_at)))
                .transpose()
        })
    }

    /// The plans of a database, those made last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plans(&self, database: DatabaseId, limit: usize) -> Result<Vec<StoredPlan>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT head, note, condensed FROM plan WHERE company = ?1 AND database = ?2 AND whole
                 ORDER BY turn DESC LIMIT ?3",
            )?;
            let rows = statement
                .query_map(params![self.company.0, database.0, signed(limit as u64)?], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(read).collect()
        })
    }

    /// Every operation of a plan in its order.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn operations(&self, id: &PlanId) -> Result<Vec<Operation>, StoreError> {
        self.store.read(|connection| operations_of(connection, plan_row(connection, self.company.0, id)?))
    }

    /// A page of operations, those of one action or all, those whose record or name holds a text or all.
    ///
    /// # Errors
    /// When there is no such plan, the cursor is not of this order, or the store cannot be read.
    pub fn operations_page(
        &self,
        id: &PlanId,
        action: Option<Action>,
        search: Option<&str>,
        page: &Page<OperationSort>,
    ) -> Result<Paged<Operation>, StoreError> {
        self.store.read(|connection| {
            let plan = plan_row(connection, self.company.0, id)?;
            if action.is_none_or(|action| action == Action::Same) && same_row::number(connection, plan)? > 0 {
                return shown::page(connection, plan, action, search, page);
            }
            let (action, search) = (action.map(Action::name), wanted(search));
            let (index, keys): (_, &[&str]) = match page.sort {
                OperationSort::Plan if action.is_some() => ("plan_operation_action", &["sequence"]),
                OperationSort::Plan => ("plan_operation_sequence", &["sequence"]),
                OperationSort::Record => ("plan_operation_record", &["record", "sequence"]),
                OperationSort::Name => ("plan_operation_name", &["name", "sequence"]),
                OperationSort::Before => ("plan_operation_was", &["was", "sequence"]),
                OperationSort::After => ("plan_operation_will", &["will", "sequence"]),
            };
            // A search walks an index that has what it looks at: those of one action, or the order itself where it has that, too.
            let searched = if action.is_some() { "plan_operation_action" } else { "plan_operation_sequence" };
            let index = match (&search, action, page.sort) {
                (Some(_), None, OperationSort::Record | OperationSort::Name) | (None, ..) => index,
                (Some(_), ..) => searched,
            };
            let from = format!("plan_operation INDEXED BY {index}");
            let mut condition = "plan = :plan".to_owned();
            condition.push_str(if action.is_some() { " AND action = :action" } else { "" });
            if search.is_some() {
                condition = format!("{condition} AND {HOLDS}");
            }
            let count = format!("SELECT count(*) FROM plan_operation INDEXED BY {searched} WHERE {condition}");
            let walk = Walk {
                from: &from,
                condition: &condition,
                values: &[(":plan", &plan), (":action", &action), (":search", &search)],
                keys,
                fetch: "SELECT body FROM plan_operation WHERE plan = :plan AND sequence = :row",
                count: &count,
            };
            walk.page(connection, page, body)
        })
    }

    /// Keys of a plan's operations of one action, in the plan's order.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn keys_of(&self, id: &PlanId, action: Action) -> Result<Vec<OperationKey>, StoreError> {
        self.store.read(|connection| {
            let plan = plan_row(connection, self.company.0, id)?;
            let mut statement = connection
                .prepare_cached("SELECT key FROM plan_operation WHERE plan = ?1 AND action = ?2 ORDER BY sequence")?;
            let rows = statement.query_map(params![plan, action.name()], |row| Ok(OperationKey(row.get(0)?)))?;
            let mut keys: Vec<OperationKey> = rows.collect::<Result<_, _>>()?;
            if action == Action::Same {
                same_row::visit(connection, plan, 0, |_, same| {
                    keys.push(same.key);
                    Ok(true)
                })?;
            }
            Ok(keys)
        })
    }

    /// A field of the *after* of every operation of a plan that has nothing to do, by key; those without it are left out.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn agreed_in(&self, id: &PlanId, field: &str) -> Result<Vec<(OperationKey, String)>, StoreError> {
        self.store.read(|connection| {
            let plan = plan_row(connection, self.company.0, id)?;
            let mut statement = connection.prepare_cached(
                "SELECT key, json_extract(body, '$.after.' || ?2) AS value FROM plan_operation
                 WHERE plan = ?1 AND +action = 'same' AND value IS NOT NULL ORDER BY sequence",
            )?;
            let rows = statement.query_map(params![plan, field], |row| Ok((OperationKey(row.get(0)?), row.get(1)?)))?;
            let mut agreed: Vec<(OperationKey, String)> = rows.collect::<Result<_, _>>()?;
            same_row::visit(connection, plan, 0, |_, mut same| {
                agreed.extend(same.after.remove(field).map(|value| (same.key, value)));
                Ok(true)
            })?;
            Ok(agreed)
        })
    }

    /// How many operations of a plan are blocked, by reason code.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn blocked_by_reason(&self, id: &PlanId) -> Result<BTreeMap<String, u64>, StoreError> {
        self.store.read(|connection| {
            let plan = plan_row(connection, self.company.0, id)?;
            let mut statement = connection.prepare_cached(
                "SELECT code, count(*) FROM plan_operation WHERE plan = ?1 AND action = 'blocked' GROUP BY code",
            )?;
            let mut rows = statement.query([plan])?;
            let mut counts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                counts.insert(row.get(0)?, unsigned(row.get(1)?)?);
            }
            Ok(counts)
        })
    }
}

/// The order in which plans were last made is told by rows, never by a clock.
fn next_turn(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(max(turn), 0) + 1 FROM plan", [], |row| row.get(0))?)
}

/// Removes what was left of plans that were cut off while they were written. Nobody else may be writing one.
pub fn clear_halves(connection: &Connection) -> Result<(), StoreError> {
    while let Some(plan) = connection
        .query_row("SELECT row FROM plan WHERE NOT whole LIMIT 1", [], |row| row.get::<_, i64>(0))
        .optional()?
    {
        let rows = connection.execute(
            "DELETE FROM plan_operation WHERE plan = ?1 AND sequence IN (
                 SELECT sequence FROM plan_operation WHERE plan = ?1 LIMIT ?2)",
            params![plan, i64::try_from(ROWS_A_WRITE).unwrap_or(i64::MAX)],
        )?;
        if rows == 0 {
            connection.execute("DELETE FROM plan WHERE row = ?1", [plan])?;
        }
    }
    Ok(())
}

/// The row of a plan, which journal and runs refer to.
pub fn plan_row(connection: &Connection, company: i64, id: &PlanId) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT row FROM plan WHERE company = ?1 AND id = ?2 AND whole")?
        .query_row(params![company, id.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound { what: format!("plan {id}") })
}

fn body(row: &Row<'_>) -> Result<Operation, StoreError> {
    stored_operation(row, 0)
}

/// The operation in a column.
pub fn stored_operation(row: &Row<'_>, column: usize) -> Result<Operation, StoreError> {
    from_json("operation", row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

/// Every operation of a plan in its order.
pub fn operations_of(connection: &Connection, plan: i64) -> Result<Vec<Operation>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT body, sequence FROM plan_operation WHERE plan = ?1 ORDER BY sequence")?;
    let mut rows = statement.query([plan])?;
    let mut stored = Vec::new();
    while let Some(row) = rows.next()? {
        stored.push((unsigned(row.get(1)?)?, body(row)?));
    }
    // The packed rows take the places that the stored ones leave free.
    let mut operations = Vec::with_capacity(stored.len());
    let mut stored = stored.into_iter().peekable();
    same_row::visit(connection, plan, 0, |_, same| {
        while let Some((_, operation)) = stored.next_if(|(place, _)| *place == operations.len() as u64) {
            operations.push(operation);
        }
        operations.push(same);
        Ok(true)
    })?;
    operations.extend(stored.map(|(_, operation)| operation));
    Ok(operations)
}

fn read((head, note, condensed): (String, String, bool)) -> Result<StoredPlan, StoreError> {
    Ok(StoredPlan { head: from_json("plan", &head)?, note: from_json("note", &note)?, condensed })
}

pub fn name(operation: &Operation) -> &str {
    operation.after.get("name").or_else(|| operation.before.get("name")).map_or("", String::as_str)
}

pub fn figure_of(fields: &Fields) -> Option<Decimal> {
    FIGURES.iter().find_map(|field| fields.get(*field)).and_then(|text| text.parse().ok())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::store::Store;
    use selaras_domain::plan::{PlanCounts, Reason, Side, Target, plan_hash};

    pub fn operation(number: usize, action: Action) -> Operation {
        Operation {
            key: OperationKey(format!("item:SKU-{number}")),
            action,
            target: Target { side: Side::Accurate, database: DatabaseId(1), record: format!("SKU-{number}") },
            before: Fields::new(),
            after: Fields::from([("name".to_owned(), format!("Kopi {number}"))]),
            reason: Reason::new("not_in_accurate"),
            group: String::new(),
        }
    }

    pub fn head(id: &str, operations: &[Operation]) -> PlanHead {
        let kind = PlanKind::named("items");
        PlanHead {
            id: PlanId(id.into()),
            hash: plan_hash(&kind, DatabaseId(1), operations),
            kind,
            database: DatabaseId(1),
            counts: PlanCounts::of(operations),
            total: None,
            made_at: Timestamp::UNIX_EPOCH,
            read_at: Timestamp::UNIX_EPOCH,
            shop: None,
        }
    }

    #[test]
    fn what_both_sides_agreed_on_last_is_known_by_key() {
        let company = company();
        let (here, kind) = (DatabaseId(1), PlanKind::named("items"));
        let same = operation(1, Action::Same);
        let last = |key: &OperationKey| company.last_agreed_under(here, &kind, key).unwrap();
        saved(&company, "a", &[operation(1, Action::Create), operation(2, Action::Same)]);
        assert_eq!(last(&same.key), None);
        saved(&company, "b", std::slice::from_ref(&same));
        saved(&company, "c", &[operation(1, Action::Change)]);
        assert_eq!(last(&same.key), Some((same.after.clone(), Timestamp::UNIX_EPOCH)));
        let agreed = |plan: &str, field| company.agreed_in(&PlanId(plan.into()), field).unwrap();
        assert_eq!(agreed("a", "name"), [(operation(2, Action::Same).key, "Kopi 2".to_owned())]);
        assert_eq!((agreed("a", "on_hand"), agreed("c", "name")), (vec![], vec![]));
        assert_eq!(company.last_agreed_under(DatabaseId(2), &kind, &same.key).unwrap(), None);
    }

    pub fn company() -> CompanyStore {
        let store = Store::memory();
        store.company_scope(store.company("default").unwrap().id)
    }

    pub fn saved(company: &CompanyStore, id: &str, operations: &[Operation]) -> PlanId {
        let head = head(id, operations);
        company.save_plan(&head, operations, &serde_json::json!({})).unwrap();
        head.id
    }

    #[test]
    fn a_plan_is_read_as_it_was_stored_and_never_replaced() {
        let company = company();
        let operations = [operation(2, Action::Create), operation(1, Action::Blocked)];
        let note = serde_json::json!({"warnings": ["negative_stock"]});
        let first = head("p1", &operations);
        company.save_plan(&first, &operations, &note).unwrap();
        company.save_plan(&first, &operations, &serde_json::json!(null)).unwrap();
        assert_eq!(company.plan(&first.id).unwrap(), Some(StoredPlan { head: first.clone(), note, condensed: false }));
        assert_eq!(company.operations(&first.id).unwrap(), operations);
        let other = head("p1", &operations[..1]);
        assert!(matches!(
            company.save_plan(&other, &operations[..1], &serde_json::json!(null)),
            Err(StoreError::Refused(_))
        ));
        assert_eq!(company.operations(&first.id).unwrap().len(), 2);
    }

    #[test]
    fn the_latest_plan_is_the_one_made_last() {
        let company = company();
        let operations = [operation(1, Action::Create)];
        saved(&company, "a", &operations);
        saved(&company, "b", &operations);
        saved(&company, "a", &operations);
        let latest = company.latest_plan(DatabaseId(1), &PlanKind::named("items")).unwrap().unwrap();
        assert_eq!(latest.head.id, PlanId("a".into()));
        assert_eq!(company.latest_plan(DatabaseId(2), &PlanKind::named("items")).unwrap(), None);
        assert_eq!(company.plans(DatabaseId(1), 10).unwrap().len(), 2);
    }

    #[test]
    fn a_plan_belongs_to_its_company() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create)]);
        let other = company.store().company_scope(company.store().company("other").unwrap().id);
        assert_eq!(other.plan(&plan).unwrap(), None);
        assert!(matches!(other.operations(&plan), Err(StoreError::NotFound { .. })));
    }

    #[test]
    fn operations_are_found_by_name_code_and_action() {
        let company = company();
        let operations: Vec<_> =
            (0..30).map(|n| operation(n, if n % 2 == 0 { Action::Create } else { Action::Same })).collect();
        let plan = saved(&company, "p", &operations);
        let find = |action, search| -> Vec<String> {
            let page = company.operations_page(&plan, action, search, &Page::all(OperationSort::Plan)).unwrap();
            page.rows.into_iter().map(|one| one.target.record).collect()
        };
        let records = |numbers: &[usize]| -> Vec<String> { numbers.iter().map(|n| format!("SKU-{n}")).collect() };
        assert_eq!(find(None, Some(" KOPI 2 ")), records(&[2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]));
        assert_eq!(find(Some(Action::Create), Some("sku-2")), records(&[2, 20, 22, 24, 26, 28]));
        assert_eq!(find(Some(Action::Remove), None), records(&[]));
    }

    #[test]
    fn blocked_operations_are_counted_by_reason() {
        let company = company();
        let mut operations = [1, 2, 3, 4].map(|n| operation(n, Action::Blocked));
        operations[3].action = Action::Create;
        operations[0].reason = Reason::new("empty");
        let plan = saved(&company, "p", &operations);
        let expected = BTreeMap::from([("empty".to_owned(), 1), ("not_in_accurate".to_owned(), 2)]);
        assert_eq!(company.blocked_by_reason(&plan).unwrap(), expected);
        assert_eq!(company.keys_of(&plan, Action::Create).unwrap(), [operations[3].key.clone()]);
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create), operation(2, Action::Create)]);
        let first = Page { limit: 1, ..Page::all(OperationSort::Plan) };
        let next = company.operations_page(&plan, None, None, &first).unwrap().next;
        let other = Page { after: next, ..Page::all(OperationSort::Name) };
        assert!(matches!(company.operations_page(&plan, None, None, &other), Err(StoreError::Refused(_))));
    }

    #[test]
    fn a_sync_without_a_change_stores_its_rows_once() {
        let company = company();
        let many: Vec<Operation> = (0..3_000).map(|number| operation(number, Action::Same)).collect();
        let pages = || -> i64 {
            let count = "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count";
            company.store().read(|connection| Ok(connection.query_row(count, [], |row| row.get(0))?)).unwrap()
        };
        saved(&company, "a", &many);
        let first = pages();
        saved(&company, "b", &many);
        assert!(pages() - first <= 2, "{} pages more", pages() - first);
        // One that comes in the middle and one that goes change their own chunks only.
        let mut other = many.clone();
        other.insert(1_000, operation(9_999, Action::Same));
        other.remove(2_000);
        saved(&company, "c", &other);
        assert!(pages() - first <= 20, "{} pages more", pages() - first);
        assert_eq!(company.operations(&PlanId("b".into())).unwrap(), many);
        assert_eq!(company.operations(&PlanId("c".into())).unwrap(), other);
    }

    #[test]
    fn a_plan_that_was_cut_off_while_it_was_written_is_none_and_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let company = store.company_scope(store.company("default").unwrap().id);
        let operations: Vec<Operation> = (0..10).map(|number| operation(number, Action::Create)).collect();
        let whole = saved(&company, "whole", &operations);
        let half = saved(&company, "half", &operations);
        let cut =
            "UPDATE plan SET whole = 0 WHERE id = 'half'; DELETE FROM plan_operation WHERE sequence > 4 AND plan = 2";
        store.write(|transaction| Ok(transaction.execute_batch(cut)?)).unwrap();
        assert_eq!(company.plan(&half).unwrap(), None);
        assert!(matches!(company.operations(&half), Err(StoreError::NotFound { .. })));
        let newest = company.latest_plan(DatabaseId(1), &PlanKind::named("items")).unwrap();
        assert_eq!(newest.map(|plan| plan.head.id), Some(whole.clone()));
        // Another program may be writing it: it is left alone as long as the folder is in use.
        let other = Store::open(folder.path()).unwrap();
        let rows = |store: &Store| -> i64 {
            let count = "SELECT count(*) FROM plan_operation";
            store.read(|connection| Ok(connection.query_row(count, [], |row| row.get(0))?)).unwrap()
        };
        assert_eq!(rows(&other), 15);
        drop((other, company, store));
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(rows(&store), 10);
        assert_eq!(store.company_scope(store.company("default").unwrap().id).operations(&whole).unwrap(), operations);
    }

    #[test]
    fn an_old_plan_that_nobody_applied_is_condensed_and_what_both_agreed_on_last_stays_known() {
        let company = company();
        let (here, kind) = (DatabaseId(1), PlanKind::named("items"));
        let same = |number| operation(number, Action::Same);
        // Only the first plan says that both sides agree on the last of these.
        let first: Vec<Operation> = (0..2_000)
            .map(same)
            .chain([operation(5, Action::Create)].map(|mut one| {
                one.key = OperationKey("item:other".into());
                one
            }))
            .collect();
        let lost = same(1_999);
        let applied = saved(&company, "applied", &first);
        company.begin_run(&applied, &selaras_domain::run::RunId("run".into())).unwrap();
        let mut own = first.clone();
        own[1_999].after.insert("name".into(), "Kopi terakhir".into());
        let old = saved(&company, "old", &own);
        for number in 0..=NEWER_THAN_KEPT {
            let mut later: Vec<Operation> = (0..1_999).map(same).collect();
            later[0].after.insert("name".into(), format!("Kopi {number}"));
            saved(&company, &format!("later-{number}"), &later);
        }
        let plan = company.plan(&old).unwrap().unwrap();
        assert!(plan.condensed);
        assert_eq!(plan.head.counts.same, 2_000);
        assert_eq!(company.operations(&old).unwrap(), own[2_000..]);
        assert_eq!(company.operations_page(&old, None, None, &Page::all(OperationSort::Plan)).unwrap().total, 1);
        // What was applied stays whole: its hash is that of its rows.
        let kept = company.plan(&applied).unwrap().unwrap();
        assert!(!kept.condensed);
        assert_eq!(plan_hash(&kind, here, &company.operations(&applied).unwrap()), kept.head.hash);
        let last = company.last_agreed_under(here, &kind, &lost.key).unwrap().unwrap();
        assert_eq!(last.0["name"], "Kopi terakhir");
        let first_row = company.last_agreed_under(here, &kind, &same(0).key).unwrap().unwrap();
        assert_eq!(first_row.0["name"], format!("Kopi {NEWER_THAN_KEPT}"));
    }

    const NEWER_THAN_KEPT: u32 = 30;

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(48))]
        #[test]
        fn pages_hold_every_operation_once_in_order(
            seeds in proptest::collection::vec((0_u8..3, 0_u8..4, 0_u8..4), 0..40),
            limit in 1_u32..13,
            filtered in proptest::bool::ANY,
            searched in proptest::bool::ANY,
            down in proptest::bool::ANY,
            place in 0_usize..5,
        ) {
            use OperationSort::{After, Before, Name, Plan, Record};
            let sort = [Plan, Record, Name, Before, After][place];
            let company = company();
            let operations: Vec<Operation> = seeds
                .iter()
                .enumerate()
                .map(|(number, (action, name, figure))| {
                    let mut one = operation(number, if *action == 0 { Action::Same } else { Action::Create });
                    // Few of each, so that many are equal.
                    one.target.record = format!("{}-{name}", if *name > 2 { "b" } else { "B" });
                    one.after.insert("name".into(), format!("Kopi {name}"));
                    if *figure > 0 {
                        one.before.insert("on_hand".into(), format!("{}", i16::from(*figure) * 9 - 12));
                        one.after.insert("on_hand".into(), format!("{name}.5"));
                    }
                    one
                })
                .collect();
            let plan = saved(&company, "p", &operations);
            let action = filtered.then_some(Action::Create);
            let search = searched.then_some("kopi 1");
            let seen = crate::paging::tests::walked(sort, down, limit, |page| {
                company.operations_page(&plan, action, search, page).unwrap()
            });
            let mut expected: Vec<(usize, Operation)> = operations
                .into_iter()
                .enumerate()
                .filter(|(_, one)| action.is_none_or(|action| one.action == action))
                .filter(|(_, one)| search.is_none_or(|text| name(one).to_lowercase().contains(text)))
                .collect();
            let number = |fields: &Fields| fields.get("on_hand").map(|text| text.parse::<Decimal>().unwrap());
            expected.sort_by(|(a_place, a), (b_place, b)| {
                let order = match sort {
                    Plan => std::cmp::Ordering::Equal,
                    Record => a.target.record.to_lowercase().cmp(&b.target.record.to_lowercase()),
                    Name => name(a).cmp(name(b)),
                    Before => number(&a.before).cmp(&number(&b.before)),
                    After => number(&a.after).cmp(&number(&b.after)),
                };
                order.then(a_place.cmp(b_place))
            });
            if down {
                expected.reverse();
            }
            let expected: Vec<Operation> = expected.into_iter().map(|(_, one)| one).collect();
            proptest::prop_assert_eq!(seen, expected);
        }
    }
}
