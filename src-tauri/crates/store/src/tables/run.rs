//! Runs: the execution of a plan. A plan has at most one run; going on after a kill is the same run.

use crate::codec::{from_json, from_word, optional_json, signed, to_json, to_time, to_word};
use crate::error::StoreError;
use crate::store::{CompanyStore, ROWS_A_WRITE, Store};
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

/// A run is begun piece by piece, and is none until all its rows are in the journal.
pub const WHOLE: &str = "ALTER TABLE run ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;";

/// A program before this one may have been cut off between a row that was settled late and the sums of its run, and then have proven it: what
/// a run says of itself is what its journal says.
pub const COUNTED: &str = "
UPDATE run SET counts = (
    SELECT json_object(
        'in', count(*),
        'posted', coalesce(sum(state = 'posted'), 0),
        'held', coalesce(sum(state IN ('held', 'waiting')), 0),
        'failed', coalesce(sum(state = 'failed'), 0),
        'unknown', coalesce(sum(state IN ('unknown', 'sending')), 0))
    FROM journal WHERE journal.run = run.row)
WHERE state = 'finished';
";

const COLUMNS: &str = "
SELECT run.id, plan.id, plan.kind, plan.database, run.state, run.pause, run.counts, run.started_at, run.finished_at,
       (SELECT hash FROM certificate WHERE certificate.run = run.row ORDER BY certificate.row DESC LIMIT 1),
       run.revision > coalesce(run.proven, -1)
           AND EXISTS (SELECT 1 FROM journal WHERE journal.run = run.row AND journal.state = 'posted'),
       coalesce((SELECT body ->> '$.checked' = 0
                     AND body ->> '$.counts.posted' > coalesce(body ->> '$.overtaken', 0)
                 FROM certificate WHERE certificate.run = run.row ORDER BY certificate.row DESC LIMIT 1), 0)
FROM run JOIN plan ON plan.row = run.plan AND run.whole";

/// A run whose journal is being written.
#[derive(Clone, Copy)]
struct Beginning {
    run: i64,
    plan: i64,
    counts: RunCounts,
}

impl Beginning {
    /// Writes the next rows; with the last of them the run is whole.
    fn goes_on(mut self, transaction: &Transaction<'_>, past: i64) -> Result<(Self, Option<i64>), StoreError> {
        let next = journal::begin(transaction, self.run, self.plan, past, &mut self.counts)?;
        if next.is_none() {
            transaction.execute(
                "UPDATE run SET counts = ?2, whole = 1 WHERE row = ?1",
                params![self.run, to_json("counts", &self.counts)?],
            )?;
        }
        Ok((self, next))
    }
}

/// What does not fit into one write, and what does.
fn ahead<T>(rows: &[T]) -> (&[T], &[T]) {
    rows.split_at(rows.len().saturating_sub(ROWS_A_WRITE))
}

/// What is left of a run of a plan that was cut off while it was begun.
fn half_of(connection: &Connection, plan: i64) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT row FROM run WHERE plan = ?1 AND NOT whole")?;
    Ok(statement.query_row([plan], |row| row.get(0)).optional()?)
}

/// Removes a piece of a half; whether there may be more of it.
fn clear(connection: &Connection, half: i64) -> Result<bool, StoreError> {
    let rows = connection.execute(
        "DELETE FROM journal WHERE run = ?1 AND position IN (SELECT position FROM journal WHERE run = ?1 LIMIT ?2)",
        params![half, signed(ROWS_A_WRITE as u64)?],
    )?;
    if rows == 0 {
        connection.execute("DELETE FROM run WHERE row = ?1", [half])?;
    }
    Ok(rows > 0)
}

/// Removes what was left of runs that were cut off while they were begun. Nobody else may be beginning one.
pub fn clear_halves(connection: &Connection) -> Result<(), StoreError> {
    let any = "SELECT row FROM run WHERE NOT whole LIMIT 1";
    while let Some(half) = connection.query_row(any, [], |row| row.get(0)).optional()? {
        while clear(connection, half)? {}
    }
    Ok(())
}

impl CompanyStore {
    /// Begins the run of a plan under this id, with a journal row for every operation that writes or is blocked. When the plan
    /// has a run already, that one is answered and nothing is written. Written in pieces: a run that was cut off while it was begun has
    /// sent nothing, is seen by nobody, and makes room for the next beginning. Nobody else may be beginning a run of the same plan.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be written.
    pub fn begin_run(&self, plan: &PlanId, id: &RunId) -> Result<RunHead, StoreError> {
        let now = self.store.now();
        // What is left of a beginning that was cut off is not gone on with: runs are told apart by the order of their rows, and this
        // one begins now.
        let half = self.store.read(|connection| {
            let plan = plan::plan_row(connection, self.company.0, plan)?;
            half_of(connection, plan)
        })?;
        if let Some(half) = half {
            while self.store.write(|transaction| clear(transaction, half))? {}
        }
        let begun = self.store.write(|transaction| {
            let plan_row = plan::plan_row(transaction, self.company.0, plan)?;
            if let Some(run) = find(transaction, "run.company = ?1 AND run.plan = ?2", [self.company.0, plan_row])? {
                return Ok(Err(run));
            }
            let run: i64 = transaction.query_row(
                "INSERT INTO run (id, company, plan, state, counts, started_at, whole) VALUES (?1, ?2, ?3, ?4, '', ?5, 0)
                 RETURNING row",
                params![id.0, self.company.0, plan_row, to_word("state", &RunState::Running)?, now.to_string()],
                |row| row.get(0),
            )?;
            Beginning { run, plan: plan_row, counts: RunCounts::default() }.goes_on(transaction, -1).map(Ok)
        })?;
        let (mut beginning, mut past) = match begun {
            Err(run) => return Ok(run),
            Ok(begun) => begun,
        };
        while let Some(last) = past {
            (beginning, past) = self.store.write(|transaction| beginning.goes_on(transaction, last))?;
        }
        self.run(id)?.ok_or_else(|| missing(id))
    }

    /// A run.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run(&self, id: &RunId) -> Result<Option<RunHead>, StoreError> {
        self.store
            .read(|connection| find(connection, "run.company = ?1 AND run.id = ?2", params![self.company.0, id.0]))
    }

    /// Changes with every run that begins and every change of a journal, and only with them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run_mark(&self) -> Result<(i64, i64), StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(max(row), 0), coalesce(sum(revision), 0) FROM run WHERE company = ?1 AND whole",
            )?;
            Ok(statement.query_row([self.company.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
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
                                LEFT JOIN run AS of_plan ON of_plan.plan = plan.row AND of_plan.whole
                                WHERE plan.row = ?2)
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
    /// Ends or pauses a run together with what it leaves to people: no kill leaves a run that has ended and an inbox that does not know of
    /// it. What is to be proven is known with each row that was posted ([`RunHead::unproven`]).
    ///
    /// Where it is much, the run ends with the last piece of it: what was written before is written again in the same way when the run goes
    /// on.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be written.
    pub fn end_run(&self, run: &RunHead, end: &RunEnd, aftermath: &Aftermath) -> Result<(), StoreError> {
        let (first, problems) = ahead(&aftermath.problems);
        if !first.is_empty() {
            self.record_inbox(run.database, first)?;
        }
        let (first, solved) = ahead(&aftermath.solved);
        if !first.is_empty() {
            self.resolve_inbox(run.database, &run.kind, first)?;
        }
        let (first, used_up) = ahead(&aftermath.used_up);
        if !first.is_empty() {
            self.remove_row_decisions(run.database, &run.kind, first)?;
        }
        self.store.write(|transaction| {
            progress(transaction, &run.id, end.state, end.pause.as_ref(), end.counts, &self.store.now().to_string())?;
            self.take_back(transaction, run.database, &run.kind, used_up)?;
            self.take_out(transaction, run.database, &run.kind, solved)?;
            self.put_in(transaction, run.database, problems)
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
        .prepare_cached("SELECT row FROM run WHERE id = ?1 AND whole")?
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
    use selaras_domain::run::OperationState;
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

    /// Everything that a store knows of runs, with the rows of journals.
    fn known(company: &CompanyStore) -> (Vec<RunHead>, i64) {
        let count = "SELECT count(*) FROM journal";
        let rows = company.store().read(|connection| Ok(connection.query_row(count, [], |row| row.get(0))?));
        (company.runs(10).unwrap(), rows.unwrap())
    }

    /// Makes the store refuse to write this row of a journal, as a full disk or a kill would.
    fn cut_at(company: &CompanyStore, position: usize) {
        let cut = format!(
            "CREATE TRIGGER cut BEFORE INSERT ON journal WHEN new.position = {position}
             BEGIN SELECT raise(ABORT, 'cut'); END"
        );
        company.store().write(|transaction| Ok(transaction.execute_batch(&cut)?)).unwrap();
    }

    fn goes_on(company: &CompanyStore) {
        company.store().write(|transaction| Ok(transaction.execute_batch("DROP TRIGGER cut")?)).unwrap();
    }

    #[test]
    fn a_run_that_was_cut_off_while_it_was_begun_is_none_and_is_begun_anew() {
        let company = company();
        let rows = ROWS_A_WRITE + 50;
        let many: Vec<_> = (0..rows).map(|number| operation(number, Action::Create)).collect();
        let plan = saved(&company, "p", &many);
        let earlier = saved(&company, "earlier", &many[..1]);
        cut_at(&company, rows - 1);
        let id = RunId("cut".into());
        assert!(company.begin_run(&plan, &id).is_err());
        // Its first piece is in the file, and nobody sees it.
        assert_eq!(known(&company), (vec![], i64::try_from(ROWS_A_WRITE).unwrap()));
        assert_eq!((company.run(&id).unwrap(), company.run_of_plan(&plan).unwrap()), (None, None));
        assert_eq!(company.unfinished_runs(DatabaseId(1)).unwrap(), []);
        assert_eq!(company.audit().unwrap(), []);
        assert!(company.store().sending(&id, &[&many[0]]).is_err());
        // Another run begins meanwhile: it is the older one then.
        let other = company.begin_run(&earlier, &RunId("other".into()));
        goes_on(&company);
        let other = other.unwrap();
        assert_eq!(company.runs_since(&plan).unwrap(), std::slice::from_ref(&other));
        let run = company.begin_run(&plan, &RunId("anew".into())).unwrap();
        let input = u64::try_from(rows).unwrap();
        assert_eq!(run.counts, RunCounts { input, ..RunCounts::default() });
        assert_eq!(known(&company), (vec![run.clone(), other], i64::try_from(rows).unwrap() + 1));
        assert_eq!(company.runs_since(&earlier).unwrap(), std::slice::from_ref(&run));
        assert_eq!(company.waiting_keys(&run.id).unwrap().len(), rows);
    }

    #[test]
    fn what_is_left_of_a_run_that_was_cut_off_while_it_was_begun_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let opened = || {
            let store = Store::open(folder.path()).unwrap();
            store.company_scope(store.company("default").unwrap().id)
        };
        let company = opened();
        let many: Vec<_> = (0..ROWS_A_WRITE * 2).map(|number| operation(number, Action::Create)).collect();
        let plan = saved(&company, "p", &many);
        cut_at(&company, many.len() - 1);
        assert!(company.begin_run(&plan, &RunId("cut".into())).is_err());
        goes_on(&company);
        // Another program may be beginning it: it is left alone as long as the folder is in use.
        let other = opened();
        assert_eq!(known(&other), (vec![], i64::try_from(ROWS_A_WRITE).unwrap()));
        // A plan that was made after the cut is overtaken by whatever begins now.
        let later = saved(&company, "later", &many[..1]);
        drop((company, other));
        let company = opened();
        assert_eq!(known(&company), (vec![], 0));
        let run = company.begin_run(&plan, &RunId("anew".into())).unwrap();
        assert_eq!(company.runs_since(&later).unwrap(), [run]);
    }

    #[test]
    fn a_long_run_is_begun_in_pieces_with_every_row_that_writes_or_is_held() {
        let company = company();
        let action = |number| match number % 3 {
            0 => Action::Blocked,
            1 => Action::Same,
            _ => Action::Create,
        };
        let rows = ROWS_A_WRITE * 2 + 50;
        let operations: Vec<_> = (0..rows).map(|number| operation(number, action(number))).collect();
        let plan = saved(&company, "p", &operations);
        let id = RunId("r".into());
        let begun = company.begin_run(&plan, &id).unwrap();
        let journal = company.journal_of(&id).unwrap();
        let writes: Vec<_> = operations.iter().filter(|one| one.action != Action::Same).collect();
        assert_eq!(journal.iter().map(|entry| &entry.operation).collect::<Vec<_>>(), writes);
        assert_eq!((begun.counts.input, begun.counts.held), (journal.len() as u64, rows.div_ceil(3) as u64));
    }

    #[test]
    fn a_run_of_an_older_file_says_of_itself_what_its_journal_says() {
        let company = company();
        let operations: Vec<_> = (0..3).map(|number| operation(number, Action::Create)).collect();
        let plan = saved(&company, "p", &operations);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap().id;
        let journal: &dyn Journal = company.store();
        journal.sending(&run, &[&operations[0], &operations[1]]).unwrap();
        let posted = (operations[0].key.clone(), OperationState::Posted { record: Some(1) });
        journal.settled(&run, &[posted]).unwrap();
        journal.progress(&run, RunState::Finished, None, RunCounts::default()).unwrap();
        company.store().write(|transaction| Ok(transaction.execute_batch(COUNTED)?)).unwrap();
        let counts = RunCounts { input: 3, posted: 1, held: 1, failed: 0, unknown: 1 };
        assert_eq!(company.run(&run).unwrap().unwrap().counts, counts);
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
        let problem = |number| NewInboxEntry {
            kind: run.kind.clone(),
            key: operation(number, Action::Create).key,
            target: format!("SKU-{number}"),
            warehouse: None,
            reason: Reason::new("no_answer"),
            amount: None,
            run: run.id.clone(),
        };
        let aftermath = Aftermath { problems: (1..=ROWS_A_WRITE + 1).map(problem).collect(), ..Aftermath::default() };
        // The last row cannot be written: a full disk, or a kill.
        let refuse = format!(
            "CREATE TRIGGER full BEFORE INSERT ON inbox WHEN new.target = 'SKU-{}'
             BEGIN SELECT raise(ABORT, 'full'); END",
            aftermath.problems.len()
        );
        company.store().write(|transaction| Ok(transaction.execute_batch(&refuse)?)).unwrap();
        assert!(company.end_run(&run, &end, &aftermath).is_err());
        assert_eq!(company.run(&run.id).unwrap().unwrap().state, RunState::Running);
        company.store().write(|transaction| Ok(transaction.execute_batch("DROP TRIGGER full")?)).unwrap();
        company.end_run(&run, &end, &aftermath).unwrap();
        assert_eq!(company.run(&run.id).unwrap().unwrap().state, RunState::Finished);
        assert_eq!(company.open_inbox(run.database).unwrap().len(), ROWS_A_WRITE + 1);
    }
}
