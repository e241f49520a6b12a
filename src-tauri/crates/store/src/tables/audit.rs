//! Verifies what certificates vouch for: the chain itself, and the journals and plans that its certificates bind.
//!
//! Reads only, row by row: a long journal is never held at once, and nobody waits while all of them are read. Files beside the store are the
//! caller's.

use crate::codec::{from_json, optional_json, signed, to_json, unsigned};
use crate::error::StoreError;
use crate::store::CompanyStore;
use crate::tables::plan::operations_of;
use crate::tables::run::run_row;
use rusqlite::{Connection, OptionalExtension};
use selaras_domain::plan::{Operation, OperationKey, PlanHead, RowHash, plan_hash};
use selaras_domain::run::{Binding, Certificate, RunCounts, RunId};
use std::collections::HashSet;

/// One thing that is not as a certificate says, or as the chain wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainProblem {
    /// `certificate_changed`, `certificate_missing`, `certificates_none`, `journal_changed`, `plan_changed`.
    pub code: &'static str,
    /// The run that it is about, where that is known.
    pub run: Option<RunId>,
    /// What exactly: a hash, a key.
    pub detail: String,
}

impl ChainProblem {
    /// A problem of one run.
    #[must_use]
    pub fn of(code: &'static str, run: &RunId, detail: impl ToString) -> Self {
        Self { code, run: Some(run.clone()), detail: detail.to_string() }
    }
}

/// A run with what its row says of its proof.
struct Vouched {
    row: i64,
    id: RunId,
    plan: i64,
    revision: u64,
    proven: Option<i64>,
    hash: Option<String>,
    posted: bool,
    /// The sums that it has ended with.
    counts: Option<RunCounts>,
}

impl CompanyStore {
    /// What a certificate of this run binds now, and the keys of what the plan says otherwise by now than it was sent.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn bound(&self, run: &RunId) -> Result<(Binding, Vec<OperationKey>), StoreError> {
        self.store.read_aside(|connection| {
            let row = run_row(connection, run)?;
            let (plan, revision): (i64, i64) = connection.query_row(
                "SELECT plan, revision FROM run WHERE row = ?1 AND company = ?2",
                [row, self.company.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let binding = Binding {
                operations: operations_hash(connection, plan)?,
                journal: journal_hash(connection, row)?.0,
                revision: unsigned(revision)?,
            };
            Ok((binding, sent_otherwise(connection, row)?))
        })
    }

    /// What is wrong with the chain by itself: certificates that were changed, taken out, or put in another order, and runs whose
    /// certificate is gone. Reads no journal and no plan.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn chain_problems(&self) -> Result<Vec<ChainProblem>, StoreError> {
        self.store.read(|connection| {
            let _moment = connection.unchecked_transaction()?;
            Ok(chain(connection, self.company.0)?.0)
        })
    }

    /// The same with all that the certificates bind: journals and plans, each hash made anew.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit(&self) -> Result<Vec<ChainProblem>, StoreError> {
        self.store.read_aside(|connection| {
            let (mut problems, runs) = chain(connection, self.company.0)?;
            for run in &runs {
                let newest = newest_of(connection, run.row)?;
                of_run(connection, run, newest.as_ref(), &mut problems)?;
            }
            Ok(problems)
        })
    }

    /// The files of certificates below the data folder, of every company.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn certificate_paths(&self) -> Result<HashSet<String>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT path FROM certificate")?;
            let paths = statement.query_map([], |row| row.get(0))?;
            Ok(paths.collect::<Result<_, _>>()?)
        })
    }
}

fn chain(connection: &Connection, company: i64) -> Result<(Vec<ChainProblem>, Vec<Vouched>), StoreError> {
    let mut problems = Vec::new();
    let mut known: HashSet<(i64, String)> = HashSet::new();
    let mut statement = connection.prepare_cached(
        "SELECT certificate.body, certificate.hash, certificate.previous, certificate.run, run.id
         FROM certificate JOIN run ON run.row = certificate.run WHERE certificate.company = ?1 ORDER BY certificate.row",
    )?;
    let mut rows = statement.query([company])?;
    let mut before = String::new();
    while let Some(row) = rows.next()? {
        let (body, hash, previous): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let run = RunId(row.get(4)?);
        match from_json::<Certificate>("certificate", &body) {
            Ok(certificate)
                if certificate.hash() == hash && certificate.previous == previous && certificate.run == run => {}
            _ => problems.push(ChainProblem::of("certificate_changed", &run, &hash)),
        }
        if previous != before {
            problems.push(ChainProblem::of("certificate_missing", &run, &previous));
        }
        before.clone_from(&hash);
        known.insert((row.get(3)?, hash));
    }
    let runs = vouched(connection, company)?;
    for run in &runs {
        match &run.hash {
            Some(hash) if !known.contains(&(run.row, hash.clone())) => {
                problems.push(ChainProblem::of("certificate_missing", &run.id, hash));
            }
            None if known.iter().any(|(of, _)| *of == run.row) => {
                problems.push(ChainProblem::of("journal_changed", &run.id, "vouched"));
            }
            _ => {}
        }
    }
    if known.is_empty() && runs.iter().any(|run| run.posted) {
        problems.push(ChainProblem { code: "certificates_none", run: None, detail: String::new() });
    }
    Ok((problems, runs))
}

/// Every run of a company; `posted` for those that ended and have posted rows.
fn vouched(connection: &Connection, company: i64) -> Result<Vec<Vouched>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT row, id, plan, revision, proven, vouched, state = 'finished'
             AND EXISTS (SELECT 1 FROM journal WHERE journal.run = run.row AND journal.state = 'posted'),
             CASE state WHEN 'finished' THEN counts END
         FROM run WHERE company = ?1 AND whole ORDER BY row",
    )?;
    let mut rows = statement.query([company])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(Vouched {
            row: row.get(0)?,
            id: RunId(row.get(1)?),
            plan: row.get(2)?,
            revision: unsigned(row.get(3)?)?,
            proven: row.get(4)?,
            hash: row.get(5)?,
            posted: row.get(6)?,
            counts: optional_json("counts", row.get(7)?)?,
        });
    }
    Ok(runs)
}

fn newest_of(connection: &Connection, run: i64) -> Result<Option<Certificate>, StoreError> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM certificate WHERE run = ?1 ORDER BY row DESC LIMIT 1")?
        .query_row([run], |row| row.get(0))
        .optional()?;
    // One that cannot be read is told by the chain.
    Ok(body.and_then(|body| from_json("certificate", &body).ok()))
}

fn of_run(
    connection: &Connection,
    run: &Vouched,
    newest: Option<&Certificate>,
    problems: &mut Vec<ChainProblem>,
) -> Result<(), StoreError> {
    let mut say = |code, detail: String| problems.push(ChainProblem::of(code, &run.id, detail));
    for key in sent_otherwise(connection, run.row)? {
        say("plan_changed", key.0);
    }
    if let Some(detail) = plan_otherwise(connection, run.plan, newest.map(|known| known.plan_hash.as_str()))? {
        say("plan_changed", detail);
    }
    let Some(newest) = newest else { return Ok(()) };
    let (journal, counts) = journal_hash(connection, run.row)?;
    match &newest.binds {
        Some(bound) => {
            if operations_hash(connection, run.plan)? != bound.operations {
                say("plan_changed", bound.operations.clone());
            }
            // A journal that has been written to since is to be proven again, and says so; it is never at fewer changes than were proven.
            let since = run.revision > bound.revision && run.proven == Some(signed(bound.revision)?);
            if !since && (run.revision != bound.revision || journal != bound.journal) {
                say("journal_changed", bound.journal.clone());
            }
            // What a proof has counted is what its run says of itself.
            if run.revision == bound.revision && run.counts.is_some_and(|told| told != counts) {
                say("journal_changed", "counts".to_owned());
            }
        }
        // Version 1 binds its sums.
        None if run.revision == 0 && counts != newest.counts => say("journal_changed", "counts".to_owned()),
        None => {}
    }
    Ok(())
}

/// The journal's rows in their order, each as a line of JSON; with their sums.
fn journal_hash(connection: &Connection, run: i64) -> Result<(String, RunCounts), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, key, payload_hash, state, outcome, record, sent_at, settled_at, looked_up
         FROM journal WHERE run = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([run])?;
    let (mut hash, mut counts) = (RowHash::default(), RunCounts::default());
    while let Some(row) = rows.next()? {
        let state: String = row.get(3)?;
        let text = |at: usize| row.get::<_, Option<String>>(at);
        let line = (
            row.get::<_, i64>(0)?,
            text(1)?,
            text(2)?,
            &state,
            text(4)?,
            row.get::<_, Option<i64>>(5)?,
            (text(6)?, text(7)?, text(8)?),
        );
        hash.take(&to_json("journal", &line)?);
        counts.input += 1;
        match state.as_str() {
            "posted" => counts.posted += 1,
            "failed" => counts.failed += 1,
            "sending" | "unknown" => counts.unknown += 1,
            _ => counts.held += 1,
        }
    }
    Ok((hash.finish(), counts))
}

/// The operations of a plan that write, in their order.
fn operations_hash(connection: &Connection, plan: i64) -> Result<String, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, key, action, body FROM plan_operation
         WHERE plan = ?1 AND action IN ('create', 'change', 'remove') ORDER BY sequence",
    )?;
    let mut rows = statement.query([plan])?;
    let mut hash = RowHash::default();
    while let Some(row) = rows.next()? {
        let line: (i64, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        hash.take(&to_json("operation", &line)?);
    }
    Ok(hash.finish())
}

/// What was sent, or is posted, and stands otherwise in the plan by now, or not at all.
fn sent_otherwise(connection: &Connection, run: i64) -> Result<Vec<OperationKey>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT journal.key, journal.payload_hash, plan_operation.body
         FROM run JOIN journal ON journal.run = run.row
         LEFT JOIN plan_operation ON plan_operation.plan = run.plan AND plan_operation.sequence = journal.position
         WHERE run.row = ?1 AND (journal.payload_hash IS NOT NULL OR journal.state = 'posted') ORDER BY journal.position",
    )?;
    let mut rows = statement.query([run])?;
    let mut otherwise = Vec::new();
    while let Some(row) = rows.next()? {
        let key = OperationKey(row.get(0)?);
        let (sent, body): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let operation: Option<Operation> = body.and_then(|body| from_json("operation", &body).ok());
        let same = operation
            .is_some_and(|operation| operation.key == key && sent.is_none_or(|sent| sent == operation.payload_hash()));
        if !same {
            otherwise.push(key);
        }
    }
    Ok(otherwise)
}

/// What a plan's row says otherwise than its head, its operations or a certificate. Only a plan that was never applied is condensed, so that
/// all operations of this one are there.
fn plan_otherwise(connection: &Connection, plan: i64, certified: Option<&str>) -> Result<Option<String>, StoreError> {
    let stored: Option<(String, String, i64, String, String)> = connection
        .prepare_cached("SELECT id, kind, database, hash, head FROM plan WHERE row = ?1")?
        .query_row([plan], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    let Some((id, kind, database, hash, head)) = stored else { return Ok(Some("plan".to_owned())) };
    let Ok(head) = from_json::<PlanHead>("plan", &head) else { return Ok(Some("head".to_owned())) };
    let of_head = head.id.0 == id && head.kind.0 == kind && head.database.0 == database && head.hash == hash;
    // What cannot be read is not what was made, either.
    let same = of_head
        && certified.is_none_or(|certified| certified == hash)
        && operations_of(connection, plan)
            .is_ok_and(|operations| plan_hash(&head.kind, head.database, &operations) == hash);
    Ok((!same).then_some(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use jiff::Timestamp;
    use selaras_domain::ids::DatabaseId;
    use selaras_domain::plan::{Action, PlanId, PlanKind, Reason};
    use selaras_domain::run::{OperationState, RunState};
    use selaras_engine::ports::Journal;
    use std::collections::BTreeMap;

    /// A run of one row that is posted, one whose answer is lost and one that is held, ended.
    fn ended(company: &CompanyStore) -> (RunId, PlanId) {
        let operations = [1, 2, 3, 4].map(|number| {
            operation(number, [Action::Create, Action::Create, Action::Blocked, Action::Same][number - 1])
        });
        let plan = saved(company, "p", &operations);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap().id;
        let journal: &dyn Journal = company.store();
        journal.sending(&run, &[&operations[0], &operations[1]]).unwrap();
        let unknown = OperationState::Unknown { reason: Reason::new("no_answer") };
        let states = [OperationState::Posted { record: Some(7) }, unknown];
        let outcomes: Vec<_> = operations.iter().map(|one| one.key.clone()).zip(states).collect();
        journal.settled(&run, &outcomes).unwrap();
        let counts = RunCounts { input: 3, posted: 1, held: 1, failed: 0, unknown: 1 };
        journal.progress(&run, RunState::Finished, None, counts).unwrap();
        (run, plan)
    }

    fn proven(company: &CompanyStore, run: &RunId, plan: &PlanId, version: u32) -> String {
        let (binds, altered) = company.bound(run).unwrap();
        assert_eq!(altered, []);
        let certificate = Certificate {
            version,
            run: run.clone(),
            plan: plan.clone(),
            plan_hash: company.plan(plan).unwrap().unwrap().head.hash,
            kind: PlanKind::named("items"),
            database: DatabaseId(1),
            counts: selaras_engine::apply::counts(&company.journal_of(run).unwrap()),
            total: None,
            checked: 1,
            not_readable: 0,
            differences: Vec::new(),
            passed: Vec::new(),
            roundings: Vec::new(),
            overtaken: 0,
            moved: 0,
            unread_fields: BTreeMap::new(),
            binds: Some(binds),
            at: Timestamp::UNIX_EPOCH,
            previous: company.last_certificate_hash().unwrap(),
        };
        company.add_certificate(&certificate, &format!("certificates/{}.json", certificate.hash())).unwrap()
    }

    fn codes(company: &CompanyStore) -> Vec<&'static str> {
        company.audit().unwrap().into_iter().map(|problem| problem.code).collect()
    }

    fn tampered(company: &CompanyStore, change: &str) -> Vec<&'static str> {
        let changed = company.store().write(|transaction| Ok(transaction.execute(change, [])?)).unwrap();
        assert!(changed > 0, "{change}");
        codes(company)
    }

    #[test]
    fn what_was_proven_verifies_and_every_change_of_it_is_found() {
        for (change, found) in [
            ("UPDATE journal SET state = 'held' WHERE position = 1", "journal_changed"),
            ("UPDATE journal SET record = 8 WHERE position = 0", "journal_changed"),
            ("UPDATE journal SET looked_up = 'adopted' WHERE position = 0", "journal_changed"),
            ("DELETE FROM journal WHERE position = 2", "journal_changed"),
            ("UPDATE run SET counts = replace(counts, '\"posted\":1', '\"posted\":2')", "journal_changed"),
            ("UPDATE run SET revision = 0", "journal_changed"),
            ("UPDATE run SET vouched = NULL, proven = NULL", "journal_changed"),
            ("UPDATE plan_operation SET body = replace(body, 'Kopi 1', 'Kopi 9') WHERE sequence = 0", "plan_changed"),
            ("DELETE FROM plan_same", "plan_changed"),
            ("UPDATE same_chunk SET body = substr(body, 1, 9)", "plan_changed"),
            ("UPDATE plan_operation SET key = 'item:X' WHERE sequence = 1", "plan_changed"),
            ("UPDATE plan_operation SET action = 'same' WHERE sequence = 1", "plan_changed"),
            ("DELETE FROM plan_operation WHERE sequence = 2", "plan_changed"),
            ("UPDATE plan SET hash = 'x'", "plan_changed"),
            ("UPDATE plan SET kind = 'stock'", "plan_changed"),
            ("UPDATE plan SET database = 2", "plan_changed"),
            ("UPDATE plan SET id = 'another'", "plan_changed"),
            ("UPDATE certificate SET body = replace(body, '\"checked\":1', '\"checked\":2')", "certificate_changed"),
            ("DELETE FROM certificate", "certificate_missing"),
        ] {
            let company = company();
            let (run, plan) = ended(&company);
            proven(&company, &run, &plan, 2);
            assert_eq!(codes(&company), [""; 0]);
            assert!(tampered(&company, change).contains(&found), "{change}");
        }
    }

    #[test]
    fn posted_rows_without_any_certificate_are_noticed() {
        let company = company();
        let (run, plan) = ended(&company);
        assert_eq!(codes(&company), ["certificates_none"]);
        assert!(company.run(&run).unwrap().unwrap().unproven);
        proven(&company, &run, &plan, 2);
        let all = "DELETE FROM certificate; UPDATE run SET vouched = NULL, proven = NULL";
        company.store().write(|transaction| Ok(transaction.execute_batch(all)?)).unwrap();
        assert_eq!(codes(&company), ["certificates_none"]);
    }

    #[test]
    fn a_row_that_is_settled_after_its_certificate_is_proven_by_the_next() {
        let company = company();
        let (run, plan) = ended(&company);
        let first = proven(&company, &run, &plan, 2);
        assert_eq!(company.unproven_runs(None).unwrap(), []);
        let late = (operation(2, Action::Create).key, OperationState::Posted { record: Some(8) });
        company.store().settled(&run, &[late]).unwrap();
        let unproven: Vec<_> =
            company.unproven_runs(Some(DatabaseId(1))).unwrap().into_iter().map(|run| run.id).collect();
        assert_eq!((unproven, codes(&company)), (vec![run.clone()], vec![]));
        // A cut came between the row and the run's own sums: they are those of the proof.
        let second = proven(&company, &run, &plan, 2);
        assert_ne!(first, second);
        assert_eq!(company.run(&run).unwrap().unwrap().counts.posted, 2);
        assert_eq!((company.unproven_runs(None).unwrap(), codes(&company)), (vec![], vec![]));
    }

    #[test]
    fn a_certificate_of_a_journal_that_has_changed_since_it_was_read_is_refused() {
        let company = company();
        let (run, plan) = ended(&company);
        let (binds, _) = company.bound(&run).unwrap();
        let again = (operation(1, Action::Create).key, OperationState::Posted { record: Some(9) });
        company.store().settled(&run, &[again]).unwrap();
        let mut stale = company.bound(&run).unwrap().0;
        assert_ne!(binds, stale);
        stale.revision -= 1;
        proven(&company, &run, &plan, 2);
        let mut certificate = company.certificates().unwrap().remove(0).certificate;
        (certificate.previous, certificate.binds) = (company.last_certificate_hash().unwrap(), Some(stale));
        assert!(matches!(company.add_certificate(&certificate, "x"), Err(StoreError::Refused(_))));
    }
}
