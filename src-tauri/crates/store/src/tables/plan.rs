//! Stored plans and their operations. A plan is never changed: what was previewed is what is applied.

use crate::codec::{from_json, signed, to_json, unsigned};
use crate::error::StoreError;
use crate::store::CompanyStore;
use rusqlite::{Connection, OptionalExtension, named_params, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Operation, PlanHead, PlanId, PlanKind};

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

/// A plan with what was said beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPlan {
    /// The plan without its operations.
    pub head: PlanHead,
    /// Warnings and reminders, in the shape of whoever stored them.
    pub note: serde_json::Value,
}

/// An operation with its place in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOperation {
    /// Its place, from 0.
    pub sequence: u64,
    /// The operation.
    pub operation: Operation,
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
        self.store.write(|transaction| {
            let turn: i64 =
                transaction.query_row("SELECT coalesce(max(turn), 0) + 1 FROM plan", [], |row| row.get(0))?;
            let there: Option<(i64, String)> = transaction
                .query_row(
                    "SELECT row, hash FROM plan WHERE company = ?1 AND id = ?2",
                    params![self.company.0, head.id.0],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if let Some((row, hash)) = there {
                if hash != head.hash {
                    return Err(StoreError::Refused(format!("plan {} is stored with other operations", head.id)));
                }
                transaction.execute("UPDATE plan SET turn = ?2 WHERE row = ?1", [row, turn])?;
                return Ok(());
            }
            let plan: i64 = transaction.query_row(
                "INSERT INTO plan (company, id, database, kind, hash, head, note, turn)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING row",
                params![
                    self.company.0,
                    head.id.0,
                    head.database.0,
                    head.kind.0,
                    head.hash,
                    to_json("plan", head)?,
                    to_json("note", note)?,
                    turn
                ],
                |row| row.get(0),
            )?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO plan_operation (plan, sequence, key, action, words, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (sequence, operation) in (0_i64..).zip(operations) {
                let (words, body) = (words(operation), to_json("operation", operation)?);
                insert.execute(params![plan, sequence, operation.key.0, operation.action.name(), words, body])?;
            }
            Ok(())
        })
    }

    /// A plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plan(&self, id: &PlanId) -> Result<Option<StoredPlan>, StoreError> {
        self.store.read(|connection| {
            let row = connection
                .prepare_cached("SELECT head, note FROM plan WHERE company = ?1 AND id = ?2")?
                .query_row(params![self.company.0, id.0], |row| Ok((row.get(0)?, row.get(1)?)))
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
                    "SELECT head, note FROM plan WHERE company = ?1 AND database = ?2 AND kind = ?3
                     ORDER BY turn DESC LIMIT 1",
                )?
                .query_row(params![self.company.0, database.0, kind.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            row.map(read).transpose()
        })
    }

    /// The plans of a database, those made last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plans(&self, database: DatabaseId, limit: usize) -> Result<Vec<StoredPlan>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT head, note FROM plan WHERE company = ?1 AND database = ?2 ORDER BY turn DESC LIMIT ?3",
            )?;
            let rows = statement
                .query_map(params![self.company.0, database.0, signed(limit as u64)?], |row| {
                    Ok((row.get(0)?, row.get(1)?))
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
        let all = self.operations_page(id, None, None, None, usize::MAX)?;
        Ok(all.into_iter().map(|placed| placed.operation).collect())
    }

    /// Operations after a place, those of one action or all, those whose key, record or name holds a text or all. The next page
    /// begins after the last sequence of this one.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn operations_page(
        &self,
        id: &PlanId,
        action: Option<Action>,
        search: Option<&str>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<PlacedOperation>, StoreError> {
        self.store.read(|connection| {
            let plan = plan_row(connection, self.company.0, id)?;
            let search = search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
            let mut statement = connection.prepare_cached(&format!(
                "SELECT sequence, body FROM plan_operation WHERE plan = :plan AND sequence > :after {} {}
                 ORDER BY sequence LIMIT :limit",
                if action.is_some() { "AND action = :action" } else { "AND :action IS NULL" },
                if search.is_some() { "AND instr(words, :search) > 0" } else { "AND :search IS NULL" },
            ))?;
            let mut rows = statement.query(named_params! {
                ":plan": plan,
                ":after": after.map_or(Ok(-1), signed)?,
                ":action": action.map(Action::name),
                ":search": search,
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            })?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                let body = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
                page.push(PlacedOperation {
                    sequence: unsigned(row.get(0)?)?,
                    operation: from_json("operation", body)?,
                });
            }
            Ok(page)
        })
    }
}

/// The row of a plan, which journal and runs refer to.
pub fn plan_row(connection: &Connection, company: i64, id: &PlanId) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT row FROM plan WHERE company = ?1 AND id = ?2")?
        .query_row(params![company, id.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound { what: format!("plan {id}") })
}

fn read((head, note): (String, String)) -> Result<StoredPlan, StoreError> {
    Ok(StoredPlan { head: from_json("plan", &head)?, note: from_json("note", &note)? })
}

fn words(operation: &Operation) -> String {
    let name = operation.after.get("name").or_else(|| operation.before.get("name"));
    let name = name.map_or("", String::as_str);
    format!("{}\n{}\n{name}\n{}", operation.key, operation.target.record, operation.reason.code).to_lowercase()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;
    use selaras_domain::plan::{Fields, OperationKey, PlanCounts, Reason, Side, Target, plan_hash};

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
        }
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
        assert_eq!(company.plan(&first.id).unwrap(), Some(StoredPlan { head: first.clone(), note }));
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
        let find = |action, search| -> Vec<u64> {
            let page = company.operations_page(&plan, action, search, None, 100).unwrap();
            page.iter().map(|placed| placed.sequence).collect()
        };
        assert_eq!(find(None, Some("KOPI 2")), [2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
        assert_eq!(find(Some(Action::Create), Some("sku-2")), [2, 20, 22, 24, 26, 28]);
        assert_eq!(find(Some(Action::Remove), None), [0_u64; 0]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(32))]
        #[test]
        fn pages_hold_every_operation_once(count in 0_usize..60, limit in 1_usize..13, odd in proptest::bool::ANY) {
            let company = company();
            let operations: Vec<_> =
                (0..count).map(|n| operation(n, if n % 3 == 0 { Action::Create } else { Action::Same })).collect();
            let plan = saved(&company, "p", &operations);
            let action = odd.then_some(Action::Create);
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = company.operations_page(&plan, action, None, after, limit).unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.sequence);
                proptest::prop_assert!(page.len() <= limit);
                seen.extend(page.into_iter().map(|placed| placed.operation));
            }
            let expected: Vec<_> =
                operations.into_iter().filter(|one| action.is_none_or(|action| one.action == action)).collect();
            proptest::prop_assert_eq!(seen, expected);
        }
    }
}
