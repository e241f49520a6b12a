//! The rows of a run as a long table: the journal beside the plan's operations, sorted, filtered and searched.

use crate::codec::unsigned;
use crate::error::StoreError;
use crate::paging::{Page, Paged, Walk, wanted};
use crate::store::CompanyStore;
use crate::tables::journal::entry;
use crate::tables::plan::HOLDS;
use crate::tables::run::missing;
use rusqlite::{Connection, OptionalExtension, params};
use selaras_domain::run::RunId;
use selaras_engine::ports::JournalEntry;
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE INDEX journal_state ON journal (run, state, position);
";

/// The order of a run's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunRowSort {
    /// The plan's own.
    #[default]
    Plan,
    /// By what a person calls the record.
    Record,
    /// By the name of the state.
    State,
}

const BY_POSITION: &str = "plan_operation.plan = :plan AND plan_operation.sequence = journal.position";
const BY_SEQUENCE: &str = "journal.run = :run AND journal.position = plan_operation.sequence";

impl CompanyStore {
    /// How many rows of a run are in each state, by the state's name.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn run_states(&self, run: &RunId) -> Result<BTreeMap<String, u64>, StoreError> {
        self.store.read(|connection| states(connection, self.rows_of(connection, run)?.0))
    }

    /// A page of a run's rows, those in one state or all, those whose record or name holds a text or all.
    ///
    /// # Errors
    /// When there is no such run, the cursor is not of this order, or the store cannot be read.
    pub fn run_rows(
        &self,
        run: &RunId,
        state: Option<&str>,
        search: Option<&str>,
        page: &Page<RunRowSort>,
    ) -> Result<Paged<JournalEntry>, StoreError> {
        self.store.read(|connection| {
            let (row, plan) = self.rows_of(connection, run)?;
            let search = wanted(search);
            // The side that has fewer rows leads: the journal where a state is asked for that few rows are in, else the plan. The
            // other one is looked at only where the order or a condition is about it.
            let few = |state: &str| -> Result<bool, StoreError> {
                let states = states(connection, row)?;
                Ok(states.get(state).copied().unwrap_or_default() * 4 < states.values().sum())
            };
            let journal_leads = match (state, &search, page.sort) {
                (_, None, RunRowSort::Plan | RunRowSort::State) => true,
                (None, _, _) => false,
                (Some(state), _, _) => few(state)?,
            };
            let by_state = state.is_some() || page.sort == RunRowSort::State;
            let mut condition = String::new();
            let (from, own) = if journal_leads {
                condition.push_str("journal.run = :run");
                let index = if by_state { " INDEXED BY journal_state" } else { "" };
                let joined = search.is_some() || page.sort == RunRowSort::Record;
                let words = " CROSS JOIN plan_operation INDEXED BY plan_operation_sequence ON ";
                let join = if joined { format!("{words}{BY_POSITION}") } else { String::new() };
                (format!("journal{index}{join}"), "journal.position")
            } else {
                // All but what is the same on both sides has a row in the journal: `journal::begin`.
                condition.push_str("plan_operation.plan = :plan AND plan_operation.action <> 'same'");
                let by_record = page.sort == RunRowSort::Record;
                let index = if by_record { "plan_operation_record" } else { "plan_operation_sequence" };
                // The narrow index answers a state; which one it is stands in the row.
                let states = if state.is_some() { " INDEXED BY journal_state" } else { "" };
                let join = if by_state { format!(" CROSS JOIN journal{states} ON {BY_SEQUENCE}") } else { String::new() };
                (format!("plan_operation INDEXED BY {index}{join}"), "plan_operation.sequence")
            };
            if search.is_some() {
                condition = format!("{condition} AND {HOLDS}");
            }
            condition.push_str(if state.is_some() { " AND journal.state = :state" } else { "" });
            let keys: &[&str] = match page.sort {
                RunRowSort::Plan => &[own],
                RunRowSort::Record => &["plan_operation.record", own],
                RunRowSort::State => &["journal.state", own],
            };
            let count = match (state, &search) {
                (None, None) => "SELECT count(*) FROM journal WHERE run = :run".to_owned(),
                (Some(_), None) => "SELECT count(*) FROM journal WHERE run = :run AND state = :state".to_owned(),
                _ => format!("SELECT count(*) FROM {from} WHERE {condition}"),
            };
            let walk = Walk {
                from: &from,
                condition: &condition,
                values: &[(":run", &row), (":plan", &plan), (":state", &state), (":search", &search)],
                keys,
                fetch: "SELECT journal.position, plan_operation.body, journal.outcome, journal.sent_at, journal.sendings
                        FROM journal
                        JOIN plan_operation ON plan_operation.plan = :plan AND plan_operation.sequence = journal.position
                        WHERE journal.run = :run AND journal.position = :row",
                count: &count,
            };
            walk.page(connection, page, |found| entry(run, found))
        })
    }

    fn rows_of(&self, connection: &Connection, run: &RunId) -> Result<(i64, i64), StoreError> {
        connection
            .prepare_cached("SELECT row, plan FROM run WHERE company = ?1 AND id = ?2 AND whole")?
            .query_row(params![self.company.0, run.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or_else(|| missing(run))
    }
}

fn states(connection: &Connection, run: i64) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT state, count(*) FROM journal WHERE run = ?1 GROUP BY state")?;
    let mut rows = statement.query([run])?;
    let mut counts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        counts.insert(row.get(0)?, unsigned(row.get(1)?)?);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use selaras_domain::plan::{Action, Operation, Reason};
    use selaras_domain::run::OperationState;
    use selaras_engine::ports::Journal;

    fn settled(company: &CompanyStore, run: &RunId, operations: &[&Operation], state: &OperationState) {
        let journal: &dyn Journal = company.store();
        journal.sending(run, operations).unwrap();
        let outcomes: Vec<_> = operations.iter().map(|one| (one.key.clone(), state.clone())).collect();
        journal.settled(run, &outcomes).unwrap();
    }

    #[test]
    fn a_run_of_another_company_is_not_seen() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create)]);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap().id;
        let other = company.store().company_scope(company.store().company("other").unwrap().id);
        let rows = other.run_rows(&run, None, None, &Page::all(RunRowSort::Plan));
        assert!(matches!(rows, Err(StoreError::NotFound { .. })));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn pages_hold_every_row_once_in_order(
            seeds in proptest::collection::vec((0_u8..5, 0_u8..3), 0..30),
            limit in 1_u32..9,
            wanted_state in proptest::option::of(proptest::sample::select(vec!["posted", "failed", "waiting", "held"])),
            searched in proptest::bool::ANY,
            down in proptest::bool::ANY,
            place in 0_usize..3,
        ) {
            use RunRowSort::{Plan, Record, State};
            let sort = [Plan, Record, State][place];
            let company = company();
            let operations: Vec<Operation> = seeds
                .iter()
                .enumerate()
                .map(|(number, (fate, name))| {
                    let action = match fate { 0 => Action::Same, 1 => Action::Blocked, _ => Action::Create };
                    let mut one = operation(number, action);
                    one.target.record = format!("Rak {name}");
                    one
                })
                .collect();
            let plan = saved(&company, "p", &operations);
            let run = company.begin_run(&plan, &RunId("r".into())).unwrap().id;
            for (fate, state) in [
                (2, OperationState::Posted { record: None }),
                (3, OperationState::Failed { reason: Reason::new("refused") }),
            ] {
                let these: Vec<&Operation> =
                    operations.iter().zip(&seeds).filter(|(_, seed)| seed.0 == fate).map(|(one, _)| one).collect();
                settled(&company, &run, &these, &state);
            }
            let search = searched.then_some("RAK 1");
            let seen = crate::paging::tests::walked(sort, down, limit, |page| {
                company.run_rows(&run, wanted_state, search, page).unwrap()
            });
            let all = company.journal_of(&run).unwrap();
            let mut counts = BTreeMap::new();
            for entry in &all {
                *counts.entry(entry.state.name().to_owned()).or_insert(0_u64) += 1;
            }
            proptest::prop_assert_eq!(company.run_states(&run).unwrap(), counts);
            let mut expected: Vec<JournalEntry> = all
                .into_iter()
                .filter(|entry| wanted_state.is_none_or(|state| entry.state.name() == state))
                .filter(|entry| !searched || entry.operation.target.record == "Rak 1")
                .collect();
            expected.sort_by(|a, b| {
                let order = match sort {
                    Plan => std::cmp::Ordering::Equal,
                    Record => a.operation.target.record.cmp(&b.operation.target.record),
                    State => a.state.name().cmp(b.state.name()),
                };
                order.then(a.position.cmp(&b.position))
            });
            if down {
                expected.reverse();
            }
            proptest::prop_assert_eq!(seen, expected);
        }
    }
}
