//! Runs: the execution of a plan. A plan has at most one run; going on after a kill is the same run.

use crate::codec::{from_json, from_word, optional_json, signed, to_json, to_time, to_word};
use crate::error::StoreError;
use crate::store::{CompanyStore, Store};
use crate::tables::inbox::NewInboxEntry;
use crate::tables::{journal, plan};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanId, PlanKind, Reason};
use selaras_domain::run::{RunCounts, RunHead, RunId, RunState};
use selaras_engine::apply::RunEnd;
use std::collections::BTreeSet;

pub const SCHEMA: &str = "
CREATE TABLE run (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    company INTEGER NOT NULL REFERENCES company (id),
    plan INTEGER NOT NULL UNIQUE REFERENCES plan (row),
    state TEXT NOT NULL,
    pause TEXT,
    counts TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE INDEX run_company ON run (company, row);
";

/// Whether every row of the journal is there: a long one is written in pieces, none of which holds the file for long.
pub const BEGUN: &str = "ALTER TABLE run ADD COLUMN begun INTEGER NOT NULL DEFAULT 1";

const COLUMNS: &str = "
SELECT run.id, plan.id, plan.kind, plan.database, run.state, run.pause, run.counts, run.started_at, run.finished_at,
       (SELECT hash FROM certificate WHERE certificate.run = run.row ORDER BY certificate.row DESC LIMIT 1),
       run.revision > coalesce(run.proven, -1)
           AND EXISTS (SELECT 1 FROM journal WHERE journal.run = run.row AND journal.state = 'posted'),
       coalesce((SELECT body ->> '$.checked' = 0
                     AND body ->> '$.counts.posted' > coalesce(body ->> '$.overtaken', 0)
                 FROM certificate WHERE certificate.run = run.row ORDER BY certificate.row DESC LIMIT 1), 0)
FROM run JOIN plan ON plan.row = run.plan";

impl CompanyStore {
    /// Begins the run of a plan under this id, with a journal row for every operation that writes or is blocked. When the plan
    /// has a run already, that one is answered, and nothing is written but what a cut has left out of its journal.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be written.
    pub fn begin_run(&self, plan: &PlanId, id: &RunId) -> Result<RunHead, StoreError> {
        let now = self.store.now();
        let plan_row = self.store.read(|connection| plan::plan_row(connection, self.company.0, plan))?;
        self.store.write(|transaction| {
            transaction.execute(
                "INSERT INTO run (id, company, plan, state, counts, started_at, begun) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
                 ON CONFLICT (plan) DO NOTHING",
                params![
                    id.0,
                    self.company.0,
                    plan_row,
                    to_word("state", &RunState::Running)?,
                    to_json("counts", &RunCounts::default())?,
                    now.to_string()
                ],
            )
            .map_err(StoreError::from)
        })?;
        while !self.begin_more(plan_row)? {}
        self.run_of_plan(plan)?.ok_or_else(|| missing(id))
    }

    /// Writes the next piece of the journal of a plan's run, where one was cut off too; answers whether all of it is there.
    fn begin_more(&self, plan: i64) -> Result<bool, StoreError> {
        self.store.write(|transaction| {
            let (run, counts, begun): (i64, String, bool) =
                transaction.query_row("SELECT row, counts, begun FROM run WHERE plan = ?1", [plan], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            if begun {
                return Ok(true);
            }
            let mut counts: RunCounts = from_json("counts", &counts)?;
            let whole = journal::begin(transaction, run, plan, &mut counts)?;
            transaction.execute(
                "UPDATE run SET counts = ?2, begun = ?3 WHERE row = ?1",
                params![run, to_json("counts", &counts)?, whole],
            )?;
            Ok(whole)
        })
    }

    /// A run.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run(&self, id: &RunId) -> Result<Option<RunHead>, StoreError> {
        self.store
            .read(|connection| find(connection, "run.company = ?1 AND run.id = ?2", params![self.company.0, id.0]))
    }

    /// The run of a plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run_of_plan(&self, plan: &PlanId) -> Result<Option<RunHead>, StoreError> {
        self.store
            .read(|connection| find(connection, "run.company = ?1 AND plan.id = ?2", params![self.company.0, plan.0]))
    }

    /// The newest runs, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunHead>, StoreError> {
        self.store.read(|connection| {
            list(
                connection,
                "run.company = ?1 ORDER BY run.row DESC LIMIT ?2",
                params![self.company.0, signed(limit as u64)?],
            )
        })
    }

    /// The runs of a database that have begun and not finished, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unfinished_runs(&self, database: DatabaseId) -> Result<Vec<RunHead>, StoreError> {
        self.store.read(|connection| {
            list(
                connection,
                "run.company = ?1 AND plan.database = ?2 AND run.state <> 'finished' ORDER BY run.row",
                params![self.company.0, database.0],
            )
        })
    }

    /// The runs of a database that hold rows of which the end is not known, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn undecided_runs(&self, database: DatabaseId) -> Result<Vec<RunHead>, StoreError> {
        self.store.read(|connection| {
            list(
                connection,
                "run.company = ?1 AND plan.database = ?2
                 AND run.row IN (SELECT run FROM journal WHERE state IN ('sending', 'unknown')) ORDER BY run.row",
                params![self.company.0, database.0],
            )
        })
    }

    /// The runs of a database that began after a plan was made, or after its run, the oldest first. Told by the order of rows: a clock may
    /// be set back.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn runs_since(&self, plan: &PlanId) -> Result<Vec<RunHead>, StoreError> {
        self.store.read(|connection| {
            let row = plan::plan_row(connection, self.company.0, plan)?;
            list(
                connection,
                "run.company = ?1 AND plan.database = (SELECT database FROM plan WHERE row = ?2)
                 AND run.row > (SELECT coalesce(max(of_plan.row), plan.after_run) FROM plan
                                LEFT JOIN run AS of_plan ON of_plan.plan = plan.row WHERE plan.row = ?2)
                 ORDER BY run.row",
                [self.company.0, row],
            )
        })
    }

    /// The runs of a database, or of all, that have posted rows of which no certificate knows, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unproven_runs(&self, database: Option<DatabaseId>) -> Result<Vec<RunHead>, StoreError> {
        self.store.read(|connection| {
            list(
                connection,
                "run.company = ?1 AND (?2 IS NULL OR plan.database = ?2) AND run.revision > coalesce(run.proven, -1)
                 AND EXISTS (SELECT 1 FROM journal WHERE journal.run = run.row AND journal.state = 'posted')
                 ORDER BY run.row",
                params![self.company.0, database.map(|database| database.0)],
            )
        })
    }
}

/// What the end of a run makes of the inbox and of what was decided about its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// Rows that need a person.
    pub problems: Vec<NewInboxEntry>,
    /// Rows that need nobody any more.
    pub solved: Vec<OperationKey>,
    /// Rows whose decision was about this run, and is used up.
    pub used_up: Vec<OperationKey>,
}

impl CompanyStore {
    /// Ends or pauses a run together with what it leaves to people, all or nothing: no kill leaves a run that has ended and an inbox that
    /// does not know of it. What is to be proven is known with each row that was posted ([`RunHead::unproven`]).
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be written.
    pub fn end_run(&self, run: &RunHead, end: &RunEnd, aftermath: &Aftermath) -> Result<(), StoreError> {
        self.store.write(|transaction| {
            progress(transaction, &run.id, end.state, end.pause.as_ref(), end.counts, &self.store.now().to_string())?;
            self.take_back(transaction, run.database, &run.kind, &aftermath.used_up)?;
            self.take_out(transaction, run.database, &run.kind, &aftermath.solved)?;
            self.put_in(transaction, run.database, &aftermath.problems)
        })
    }

    /// What runs after this one have posted, by kind and key.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn posted_after(&self, run: &RunId) -> Result<BTreeSet<(PlanKind, OperationKey)>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT plan.kind, journal.key FROM run AS own JOIN plan AS its ON its.row = own.plan
                 JOIN run ON run.company = own.company AND run.row > own.row
                 JOIN plan ON plan.row = run.plan AND plan.database = its.database
                 JOIN journal ON journal.run = run.row AND journal.state = 'posted'
                 WHERE own.company = ?1 AND own.row = ?2",
            )?;
            let rows = statement.query_map(params![self.company.0, run_row(connection, run)?], |row| {
                Ok((PlanKind(row.get(0)?), OperationKey(row.get(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Store {
    pub(crate) fn record_progress(
        &self,
        run: &RunId,
        state: RunState,
        pause: Option<&Reason>,
        counts: RunCounts,
    ) -> Result<(), StoreError> {
        let now = self.now().to_string();
        self.write(|transaction| progress(transaction, run, state, pause, counts, &now))
    }
}

fn progress(
    transaction: &Transaction<'_>,
    run: &RunId,
    state: RunState,
    pause: Option<&Reason>,
    counts: RunCounts,
    now: &str,
) -> Result<(), StoreError> {
    let pause = pause.map(|reason| to_json("reason", reason)).transpose()?;
    let changed = transaction.execute(
        "UPDATE run SET state = ?2, pause = ?3, counts = ?4,
                finished_at = CASE WHEN ?2 = 'finished' THEN coalesce(finished_at, ?5) END
         WHERE id = ?1",
        params![run.0, state.name(), pause, to_json("counts", &counts)?, now],
    )?;
    if changed == 1 { Ok(()) } else { Err(missing(run)) }
}

pub fn missing(run: &RunId) -> StoreError {
    StoreError::NotFound { what: format!("run {run}") }
}

/// The row of a run, which journal and certificates refer to.
pub fn run_row(connection: &Connection, run: &RunId) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT row FROM run WHERE id = ?1")?
        .query_row([&run.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| missing(run))
}

fn find(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Option<RunHead>, StoreError> {
    Ok(list(connection, condition, values)?.into_iter().next())
}

fn list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<RunHead>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE {condition}"))?;
    let mut rows = statement.query(values)?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(read(row)?);
    }
    Ok(runs)
}

fn read(row: &Row<'_>) -> Result<RunHead, StoreError> {
    Ok(RunHead {
        id: RunId(row.get(0)?),
        plan: PlanId(row.get(1)?),
        kind: PlanKind(row.get(2)?),
        database: DatabaseId(row.get(3)?),
        state: from_word("run", &row.get::<_, String>(4)?)?,
        pause: optional_json("reason", row.get(5)?)?,
        counts: from_json("counts", &row.get::<_, String>(6)?)?,
        started_at: to_time(&row.get::<_, String>(7)?)?,
        finished_at: row.get::<_, Option<String>>(8)?.map(|text| to_time(&text)).transpose()?,
        certificate: row.get(9)?,
        unproven: row.get(10)?,
        compared_nothing: row.get(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use selaras_domain::plan::Action;
    use selaras_engine::ports::Journal;

    #[test]
    fn a_plan_has_one_run() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create), operation(2, Action::Blocked)]);
        let first = company.begin_run(&plan, &RunId("r1".into())).unwrap();
        assert_eq!(first.counts, RunCounts { input: 2, held: 1, ..RunCounts::default() });
        let again = company.begin_run(&plan, &RunId("r2".into())).unwrap();
        assert_eq!(again, first);
        assert_eq!(company.run_of_plan(&plan).unwrap(), Some(first.clone()));
        assert_eq!(company.runs(10).unwrap(), [first]);
        assert_eq!(company.run(&RunId("r2".into())).unwrap(), None);
    }

    #[test]
    fn a_long_run_is_begun_in_pieces_and_one_that_was_cut_off_is_begun_to_its_end() {
        let company = company();
        let action = |number| match number % 3 {
            0 => Action::Blocked,
            1 => Action::Same,
            _ => Action::Create,
        };
        let rows = plan::ROWS_A_WRITE * 2 + 500;
        let operations: Vec<_> = (0..rows).map(|number| operation(number, action(number))).collect();
        let plan = saved(&company, "p", &operations);
        let id = RunId("r".into());
        let begun = company.begin_run(&plan, &id).unwrap();
        let journal = company.journal_of(&id).unwrap();
        let writes: Vec<_> = operations.iter().filter(|one| one.action != Action::Same).collect();
        assert_eq!(journal.iter().map(|entry| &entry.operation).collect::<Vec<_>>(), writes);
        assert_eq!((begun.counts.input, begun.counts.held), (journal.len() as u64, rows.div_ceil(3) as u64));

        // As after a cut between two pieces.
        let counts = r#"{"in":2,"held":1,"posted":0,"failed":0,"unknown":0}"#;
        let cut = format!("UPDATE run SET begun = 0, counts = '{counts}'; DELETE FROM journal WHERE position > 2");
        company.store().write(|transaction| Ok(transaction.execute_batch(&cut)?)).unwrap();
        assert_eq!(company.journal_of(&id).unwrap().len(), 2);
        assert_eq!(company.begin_run(&plan, &RunId("another".into())).unwrap(), begun);
        assert_eq!(company.journal_of(&id).unwrap(), journal);
    }

    #[test]
    fn what_began_after_a_plan_was_made_is_told_by_the_order_of_rows() {
        let company = company();
        let operations = [operation(1, Action::Create)];
        let begun = |plan: &PlanId| company.begin_run(plan, &RunId(format!("run of {plan}"))).unwrap();
        let [first, second] = ["a", "b"].map(|id| saved(&company, id, &operations));
        let newer = |plan: &PlanId| company.runs_since(plan).unwrap();
        assert_eq!(newer(&first), []);
        let run = begun(&second);
        assert_eq!((newer(&first), newer(&second)), (vec![run.clone()], vec![]));
        let third = saved(&company, "c", &operations);
        assert_eq!(newer(&third), [], "it was made when that run had begun");
        let late = begun(&first);
        assert_eq!((newer(&first), newer(&second)), (vec![], vec![late]));
    }

    #[test]
    fn a_run_is_unfinished_until_it_is_finished() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create)]);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap();
        let journal: &dyn Journal = company.store();
        let reason = Reason::new("offline").with("side", "accurate");
        journal.progress(&run.id, RunState::Paused, Some(&reason), run.counts).unwrap();
        let paused = company.unfinished_runs(DatabaseId(1)).unwrap();
        assert_eq!(paused.iter().map(|one| one.pause.clone()).collect::<Vec<_>>(), [Some(reason)]);
        assert_eq!(company.unfinished_runs(DatabaseId(2)).unwrap(), []);
        let counts = RunCounts { input: 1, posted: 1, ..RunCounts::default() };
        journal.progress(&run.id, RunState::Finished, None, counts).unwrap();
        assert_eq!(company.unfinished_runs(DatabaseId(1)).unwrap(), []);
        let finished = company.run(&run.id).unwrap().unwrap();
        assert!(finished.finished_at.is_some() && finished.pause.is_none() && finished.counts == counts);
        assert!(journal.progress(&RunId("no".into()), RunState::Finished, None, counts).is_err());
    }

    #[test]
    fn a_run_never_ends_without_what_it_leaves_to_people() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create)]);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap();
        let end = RunEnd { state: RunState::Finished, pause: None, counts: run.counts };
        let problem = NewInboxEntry {
            kind: run.kind.clone(),
            key: operation(1, Action::Create).key,
            target: "SKU-1".into(),
            warehouse: None,
            reason: Reason::new("no_answer"),
            amount: None,
            run: run.id.clone(),
        };
        let aftermath = Aftermath { problems: vec![problem], ..Aftermath::default() };
        // The last row cannot be written: a full disk, or a kill.
        let refuse = "CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT raise(ABORT, 'full'); END";
        company.store().write(|transaction| Ok(transaction.execute_batch(refuse)?)).unwrap();
        assert!(company.end_run(&run, &end, &aftermath).is_err());
        assert_eq!(company.run(&run.id).unwrap().unwrap().state, RunState::Running);
        company.store().write(|transaction| Ok(transaction.execute_batch("DROP TRIGGER full")?)).unwrap();
        company.end_run(&run, &end, &aftermath).unwrap();
        assert_eq!(company.run(&run.id).unwrap().unwrap().state, RunState::Finished);
        assert_eq!(company.open_inbox(run.database).unwrap().len(), 1);
    }
}
