//! The journal: one row for each operation of a run, written before the operation is sent.
//!
//! A row that was posted never becomes anything else: nothing can be sent a second time through the journal.

use crate::codec::{from_json, signed, to_json, to_time, unsigned};
use crate::error::StoreError;
use crate::store::{CompanyStore, ROWS_A_WRITE, Store};
use crate::tables::plan::stored_operation;
use crate::tables::run::{missing, run_row};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind, Reason};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_engine::ports::{Clock, Journal, JournalEntry, LookedUp, PortError};
use std::collections::{BTreeSet, HashMap};

pub const SCHEMA: &str = "
CREATE TABLE journal (
    run INTEGER NOT NULL REFERENCES run (row),
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    payload_hash TEXT,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    record INTEGER,
    sent_at TEXT,
    settled_at TEXT,
    PRIMARY KEY (run, position),
    UNIQUE (run, key)
) STRICT, WITHOUT ROWID;
";

/// How often each row was sent: what the other side does not take is not sent for ever. And the few rows that may still arrive, found
/// without looking at all the others.
pub const LOOKED_FOR: &str = "
ALTER TABLE journal ADD COLUMN sendings INTEGER NOT NULL DEFAULT 0;
CREATE INDEX journal_undecided ON journal (run, position) WHERE state IN ('sending', 'unknown');
CREATE INDEX journal_lost ON journal (sent_at, run, position) WHERE looked_up = 'lost';
";

/// An operation that may still arrive on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnItsWay {
    /// The run that sent it.
    pub run: RunId,
    /// What was sent.
    pub operation: Operation,
}

/// What a run posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPosted {
    /// What the record was to be.
    pub after: Fields,
    /// The run.
    pub run: RunId,
    /// When the other side had taken it.
    pub at: Timestamp,
}

/// Writes rows of a new run, those past a position, and adds them to its sums; answers the position to go on from while there may be more.
pub fn begin(
    transaction: &Transaction<'_>,
    run: i64,
    plan: i64,
    past: i64,
    counts: &mut RunCounts,
) -> Result<Option<i64>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT sequence, body FROM plan_operation WHERE plan = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    )?;
    let mut insert = transaction
        .prepare_cached("INSERT INTO journal (run, position, key, state, outcome) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut rows = statement.query(params![plan, past, signed(ROWS_A_WRITE as u64)?])?;
    let (mut read, mut last) = (0, past);
    while let Some(row) = rows.next()? {
        (read, last) = (read + 1, row.get(0)?);
        let operation = stored_operation(row, 1)?;
        let state = match operation.action {
            Action::Same => continue,
            Action::Blocked => {
                counts.held += 1;
                OperationState::Held { reason: operation.reason.clone() }
            }
            Action::Create | Action::Change | Action::Remove => OperationState::Waiting,
        };
        counts.input += 1;
        insert.execute(params![run, last, operation.key.0, state.name(), to_json("state", &state)?])?;
    }
    Ok((read == ROWS_A_WRITE).then_some(last))
}

/// The row of a run whose journal is about to change; with the change it is known that its certificate does not know of it.
fn changed(transaction: &Transaction<'_>, run: &RunId) -> Result<i64, StoreError> {
    let row = run_row(transaction, run)?;
    transaction.prepare_cached("UPDATE run SET revision = revision + 1 WHERE row = ?1")?.execute([row])?;
    Ok(row)
}

impl Store {
    fn journal_entries(&self, run: &RunId) -> Result<Vec<JournalEntry>, StoreError> {
        self.read(|connection| {
            let row = run_row(connection, run)?;
            let mut statement = connection.prepare_cached(
                "SELECT journal.position, plan_operation.body, journal.outcome, journal.sent_at, journal.sendings
                 FROM run JOIN journal ON journal.run = run.row
                 JOIN plan_operation ON plan_operation.plan = run.plan AND plan_operation.sequence = journal.position
                 WHERE run.row = ?1 ORDER BY journal.position",
            )?;
            let mut rows = statement.query([row])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(entry(run, row)?);
            }
            Ok(entries)
        })
        .and_then(|entries| self.not_sent_in_the_future(run, entries))
    }

    /// A clock that was set back must not make a row wait for hours: what seems to be sent later than now was sent now at the latest.
    fn not_sent_in_the_future(
        &self,
        run: &RunId,
        mut entries: Vec<JournalEntry>,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let now = self.now();
        let undecided =
            |entry: &JournalEntry| matches!(entry.state, OperationState::Sending | OperationState::Unknown { .. });
        let later = |entry: &JournalEntry| entry.sent_at.is_some_and(|sent_at| sent_at > now);
        let mut ahead: Vec<&mut JournalEntry> =
            entries.iter_mut().filter(|entry| undecided(entry) && later(entry)).collect();
        if ahead.is_empty() {
            return Ok(entries);
        }
        self.write_in_pieces(&ahead, |transaction, ahead| {
            let row = run_row(transaction, run)?;
            let mut update =
                transaction.prepare_cached("UPDATE journal SET sent_at = ?3 WHERE run = ?1 AND position = ?2")?;
            for entry in ahead {
                update.execute(params![row, signed(entry.position)?, now.to_string()])?;
            }
            Ok(())
        })?;
        for entry in &mut ahead {
            entry.sent_at = Some(now);
        }
        Ok(entries)
    }

    fn journal_sending(&self, run: &RunId, operations: &[&Operation]) -> Result<(), StoreError> {
        let now = self.now().to_string();
        let outcome = to_json("state", &OperationState::Sending)?;
        self.write(|transaction| {
            let row = changed(transaction, run)?;
            let mut update = transaction.prepare_cached(
                "UPDATE journal SET state = 'sending', outcome = ?3, payload_hash = ?4, sent_at = ?5, settled_at = NULL,
                        sendings = sendings + 1
                 WHERE run = ?1 AND key = ?2 AND state <> 'posted'",
            )?;
            for operation in operations {
                let hash = operation.payload_hash();
                if update.execute(params![row, operation.key.0, outcome, hash, now])? != 1 {
                    let key = &operation.key;
                    return Err(StoreError::Refused(format!("{key} of run {run} is posted, or not in its journal")));
                }
            }
            Ok(())
        })
    }

    fn journal_settled(&self, run: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), StoreError> {
        let now = self.now().to_string();
        self.write_in_pieces(outcomes, |transaction, outcomes| {
            let row = changed(transaction, run)?;
            let mut update = transaction.prepare_cached(
                "UPDATE journal SET state = ?3, outcome = ?4, record = ?5, settled_at = ?6
                 WHERE run = ?1 AND key = ?2 AND (state <> 'posted' OR ?3 = 'posted')",
            )?;
            for (key, state) in outcomes {
                let record = match state {
                    OperationState::Posted { record } => *record,
                    _ => None,
                };
                if update.execute(params![row, key.0, state.name(), to_json("state", state)?, record, now])? != 1 {
                    return Err(StoreError::Refused(format!("{key} of run {run} is posted, or not in its journal")));
                }
            }
            Ok(())
        })
    }

    fn journal_not_sent(&self, run: &RunId, keys: &[OperationKey]) -> Result<(), StoreError> {
        let waiting = to_json("state", &OperationState::Waiting)?;
        self.write_in_pieces(keys, |transaction, keys| {
            let row = run_row(transaction, run)?;
            let mut update = transaction.prepare_cached(
                "UPDATE journal SET state = 'waiting', outcome = ?3, sendings = max(sendings - 1, 0)
                 WHERE run = ?1 AND key = ?2 AND state IN ('sending', 'unknown')",
            )?;
            for key in keys {
                if update.execute(params![row, key.0, waiting])? != 1 {
                    return Err(StoreError::Refused(format!("{key} of run {run} is not being sent")));
                }
            }
            Ok(())
        })
    }

    fn journal_looked_up(&self, run: &RunId, keys: &[OperationKey], why: LookedUp) -> Result<(), StoreError> {
        let word = match why {
            LookedUp::AnswerLost => "lost",
            LookedUp::Adopted => "adopted",
        };
        self.write_in_pieces(keys, |transaction, keys| {
            let row = changed(transaction, run)?;
            // A lost answer stays one: if what was sent again is refused because its key is taken, the first sending took it.
            let mut update = transaction.prepare_cached(
                "UPDATE journal SET looked_up = ?3 WHERE run = ?1 AND key = ?2 AND looked_up IS NOT 'lost'",
            )?;
            for key in keys {
                update.execute(params![row, key.0, word])?;
            }
            Ok(())
        })
    }
}

/// A row of a run: its position, its operation, its state, and when and how often it was sent.
pub fn entry(run: &RunId, row: &Row<'_>) -> Result<JournalEntry, StoreError> {
    Ok(JournalEntry {
        run: run.clone(),
        position: unsigned(row.get(0)?)?,
        operation: from_json("operation", &row.get::<_, String>(1)?)?,
        state: from_json("state", &row.get::<_, String>(2)?)?,
        sent_at: row.get::<_, Option<String>>(3)?.map(|text| to_time(&text)).transpose()?,
        sendings: row.get(4)?,
    })
}

impl Journal for Store {
    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    fn entries(&self, run: &RunId) -> Result<Vec<JournalEntry>, PortError> {
        Ok(self.journal_entries(run)?)
    }

    fn sending(&self, run: &RunId, operations: &[&Operation]) -> Result<(), PortError> {
        Ok(self.journal_sending(run, operations)?)
    }

    fn not_sent(&self, run: &RunId, keys: &[OperationKey]) -> Result<(), PortError> {
        Ok(self.journal_not_sent(run, keys)?)
    }

    fn settled(&self, run: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), PortError> {
        Ok(self.journal_settled(run, outcomes)?)
    }

    fn looked_up(&self, run: &RunId, keys: &[OperationKey], why: LookedUp) -> Result<(), PortError> {
        Ok(self.journal_looked_up(run, keys, why)?)
    }

    fn progress(
        &self,
        run: &RunId,
        state: RunState,
        pause: Option<&Reason>,
        counts: RunCounts,
    ) -> Result<(), PortError> {
        Ok(self.record_progress(run, state, pause, counts)?)
    }
}

impl CompanyStore {
    /// The journal of one of this company's runs.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn journal_of(&self, run: &RunId) -> Result<Vec<JournalEntry>, StoreError> {
        if self.run(run)?.is_none() {
            return Err(missing(run));
        }
        self.store.journal_entries(run)
    }

    /// Keys of what a run has not sent yet.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn waiting_keys(&self, run: &RunId) -> Result<BTreeSet<OperationKey>, StoreError> {
        if self.run(run)?.is_none() {
            return Err(missing(run));
        }
        self.store.read(|connection| {
            let row = run_row(connection, run)?;
            let mut statement =
                connection.prepare_cached("SELECT key FROM journal WHERE run = ?1 AND state = 'waiting'")?;
            let keys = statement.query_map([row], |row| Ok(OperationKey(row.get(0)?)))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// Keys of everything of this kind that may have arrived, though its answer is not known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unsettled_keys(&self, database: DatabaseId, kind: &PlanKind) -> Result<BTreeSet<OperationKey>, StoreError> {
        self.keys_in(database, kind, &["sending", "unknown"])
    }

    /// Everything in a database that may still arrive: what has no end yet, and what was sent once more after an answer was lost and may
    /// come a second time, when it was sent after `since`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn on_their_way(&self, database: DatabaseId, since: Timestamp) -> Result<Vec<OnItsWay>, StoreError> {
        self.store.read(|connection| {
            let mut found = Vec::new();
            for few in [
                "journal INDEXED BY journal_undecided JOIN run ON run.row = journal.run
                     AND journal.state IN ('sending', 'unknown') AND ?3 IS NOT NULL",
                "journal INDEXED BY journal_lost JOIN run ON run.row = journal.run
                     AND journal.looked_up = 'lost' AND journal.sent_at > ?3 AND journal.sendings > 1",
            ] {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT run.id, plan_operation.body FROM {few}
                     JOIN plan ON plan.row = run.plan AND plan.company = ?1 AND plan.database = ?2
                     JOIN plan_operation ON plan_operation.plan = plan.row AND plan_operation.sequence = journal.position"
                ))?;
                let mut rows = statement.query(params![self.company.0, database.0, since.to_string()])?;
                while let Some(row) = rows.next()? {
                    let operation = from_json("operation", &row.get::<_, String>(1)?)?;
                    found.push(OnItsWay { run: RunId(row.get(0)?), operation });
                }
            }
            Ok(found)
        })
    }

    fn keys_in(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        states: &[&str],
    ) -> Result<BTreeSet<OperationKey>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT journal.key FROM plan JOIN run ON run.plan = plan.row JOIN journal ON journal.run = run.row
                 WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND journal.state = ?4",
            )?;
            let mut keys = BTreeSet::new();
            for state in states {
                let mut rows = statement.query(params![self.company.0, database.0, kind.0, state])?;
                while let Some(row) = rows.next()? {
                    keys.insert(OperationKey(row.get(0)?));
                }
            }
            Ok(keys)
        })
    }

    /// What was posted last under one key in one kind of plan, by which run and when.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_posted_under(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        key: &OperationKey,
    ) -> Result<Option<LastPosted>, StoreError> {
        self.store.read(|connection| {
            let row = connection
                .prepare_cached(
                    "SELECT plan_operation.body, run.id, coalesce(journal.settled_at, journal.sent_at, run.started_at)
                     FROM plan JOIN run ON run.plan = plan.row
                     JOIN journal ON journal.run = run.row AND journal.key = ?4
                     JOIN plan_operation ON plan_operation.plan = plan.row
                         AND plan_operation.sequence = journal.position
                     WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND journal.state = 'posted'
                     ORDER BY run.row DESC LIMIT 1",
                )?
                .query_row(params![self.company.0, database.0, kind.0, key.0], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
                })
                .optional()?;
            row.map(|(body, run, at)| {
                let operation: Operation = from_json("operation", &body)?;
                Ok(LastPosted { after: operation.after, run: RunId(run), at: to_time(&at)? })
            })
            .transpose()
        })
    }

    /// Hash of what was sent under a key in a run; `None` when it was never sent.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn sent_payload_hash(&self, run: &RunId, key: &OperationKey) -> Result<Option<String>, StoreError> {
        self.store.read(|connection| {
            let row = run_row(connection, run)?;
            let hash = connection
                .prepare_cached("SELECT payload_hash FROM journal WHERE run = ?1 AND key = ?2")?
                .query_row(params![row, key.0], |row| row.get::<_, Option<String>>(0))
                .optional()?;
            Ok(hash.flatten())
        })
    }
}

impl CompanyStore {
    /// What one field of this kind's operations was when it was posted last under each key, and when that was settled.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_sent(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        field: &str,
    ) -> Result<HashMap<OperationKey, (String, Timestamp)>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT journal.key, json_extract(plan_operation.body, '$.after.' || ?4), journal.settled_at
                 FROM plan JOIN run ON run.plan = plan.row JOIN journal ON journal.run = run.row
                 JOIN plan_operation ON plan_operation.plan = plan.row AND plan_operation.sequence = journal.position
                 WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND journal.state = 'posted'
                 ORDER BY run.row, journal.position",
            )?;
            let mut rows = statement.query(params![self.company.0, database.0, kind.0, field])?;
            let mut sent = HashMap::new();
            while let Some(row) = rows.next()? {
                let (value, at): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
                if let Some((value, at)) = value.zip(at) {
                    sent.insert(OperationKey(row.get(0)?), (value, to_time(&at)?));
                }
            }
            Ok(sent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use std::collections::BTreeMap;

    fn states(company: &CompanyStore, run: &RunId) -> Vec<OperationState> {
        company.journal_of(run).unwrap().into_iter().map(|entry| entry.state).collect()
    }

    fn begun(company: &CompanyStore, plan: &str, operations: &[Operation]) -> RunId {
        let plan = saved(company, plan, operations);
        company.begin_run(&plan, &RunId(format!("run of {plan}"))).unwrap().id
    }

    #[test]
    fn a_run_begins_with_a_row_for_all_but_what_is_the_same() {
        let company = company();
        let operations = [operation(1, Action::Same), operation(2, Action::Create), operation(3, Action::Blocked)];
        let run = begun(&company, "p", &operations);
        let entries = company.journal_of(&run).unwrap();
        let expected = [
            JournalEntry {
                run: run.clone(),
                position: 1,
                operation: operations[1].clone(),
                state: OperationState::Waiting,
                sent_at: None,
                sendings: 0,
            },
            JournalEntry {
                run: run.clone(),
                position: 2,
                operation: operations[2].clone(),
                state: OperationState::Held { reason: operations[2].reason.clone() },
                sent_at: None,
                sendings: 0,
            },
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn what_is_being_sent_is_known_after_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let company = store.company_scope(store.company("default").unwrap().id);
        let operations = [operation(1, Action::Create), operation(2, Action::Create)];
        let run = begun(&company, "p", &operations);
        store.sending(&run, &[&operations[0]]).unwrap();
        // A second opening while the first is never closed: what a new process sees after SIGKILL.
        let after_kill = Store::open(folder.path()).unwrap();
        let company = after_kill.company_scope(after_kill.company("default").unwrap().id);
        assert_eq!(states(&company, &run), [OperationState::Sending, OperationState::Waiting]);
        let hash = company.sent_payload_hash(&run, &operations[0].key).unwrap();
        assert_eq!(hash, Some(operations[0].payload_hash()));
        assert_eq!(company.sent_payload_hash(&run, &operations[1].key).unwrap(), None);
        let kind = PlanKind::named("items");
        let unsettled = company.unsettled_keys(DatabaseId(1), &kind).unwrap();
        assert_eq!(unsettled, BTreeSet::from([operations[0].key.clone()]));
    }

    #[test]
    fn what_was_posted_is_never_sent_again() {
        let company = company();
        let operations = [operation(1, Action::Create), operation(2, Action::Create)];
        let run = begun(&company, "p", &operations);
        let journal: &dyn Journal = company.store();
        let posted = OperationState::Posted { record: Some(7) };
        journal.sending(&run, &[&operations[0]]).unwrap();
        journal.settled(&run, &[(operations[0].key.clone(), posted.clone())]).unwrap();
        // All or none: the second operation is not marked either.
        assert!(matches!(journal.sending(&run, &[&operations[1], &operations[0]]), Err(PortError::Storage { .. })));
        let failed = OperationState::Failed { reason: Reason::new("refused") };
        assert!(journal.settled(&run, &[(operations[0].key.clone(), failed)]).is_err());
        assert_eq!(states(&company, &run), [posted, OperationState::Waiting]);
        assert!(journal.sending(&run, &[&operation(9, Action::Create)]).is_err());
    }

    #[test]
    fn what_has_not_left_is_no_sending_and_what_may_still_arrive_is_found() {
        let company = company();
        let operations = [operation(1, Action::Create), operation(2, Action::Create)];
        let run = begun(&company, "p", &operations);
        let journal: &dyn Journal = company.store();
        let sendings = || company.journal_of(&run).unwrap().iter().map(|entry| entry.sendings).collect::<Vec<_>>();
        let under_way = || -> Vec<OperationKey> {
            let found = company.on_their_way(DatabaseId(1), Timestamp::UNIX_EPOCH).unwrap();
            found.into_iter().map(|one| one.operation.key).collect()
        };
        journal.sending(&run, &[&operations[0], &operations[1]]).unwrap();
        assert_eq!((sendings(), under_way().len()), (vec![1, 1], 2));
        journal.not_sent(&run, &[operations[0].key.clone()]).unwrap();
        assert_eq!((sendings(), under_way()), (vec![0, 1], vec![operations[1].key.clone()]));
        assert_eq!(company.undecided_runs(DatabaseId(1)).unwrap().len(), 1);
        assert!(journal.not_sent(&run, &[operations[0].key.clone()]).is_err(), "it is not on its way");
        // Sent once more after a lost answer: one of the two may come later.
        journal.looked_up(&run, &[operations[1].key.clone()], LookedUp::AnswerLost).unwrap();
        journal.sending(&run, &[&operations[1]]).unwrap();
        journal.settled(&run, &[(operations[1].key.clone(), OperationState::Posted { record: None })]).unwrap();
        assert_eq!(under_way(), [operations[1].key.clone()]);
        assert_eq!(company.undecided_runs(DatabaseId(1)).unwrap(), []);
    }

    #[test]
    fn what_was_posted_last_is_known_by_key() {
        let company = company();
        let kind = PlanKind::named("items");
        let first = operation(1, Action::Create);
        let mut second = operation(1, Action::Change);
        second.after.insert("name".into(), "Kopi baru".into());
        for (plan, one) in [("a", &first), ("b", &second)] {
            let run = begun(&company, plan, std::slice::from_ref(one));
            let journal: &dyn Journal = company.store();
            journal.sending(&run, &[one]).unwrap();
            journal.settled(&run, &[(one.key.clone(), OperationState::Posted { record: None })]).unwrap();
        }
        let here = DatabaseId(1);
        assert_eq!(company.posted_keys(here, &kind).unwrap(), BTreeSet::from([first.key.clone()]));
        let last = company.last_posted_under(here, &kind, &first.key).unwrap().unwrap();
        let newest = company.runs(1).unwrap().remove(0);
        assert_eq!((&last.after, &last.run), (&second.after, &newest.id));
        assert!(last.at >= newest.started_at);
        assert_eq!(company.last_posted_under(here, &PlanKind::named("stock"), &first.key).unwrap(), None);
        assert_eq!(company.last_posted_under(DatabaseId(2), &kind, &first.key).unwrap(), None);
        assert_eq!(company.last_posted(here, &kind).unwrap(), BTreeMap::from([(first.key, second.after)]));
        assert_eq!(company.posted_keys(DatabaseId(2), &kind).unwrap(), BTreeSet::new());
        assert_eq!(company.posted_keys(here, &PlanKind::named("stock")).unwrap(), BTreeSet::new());
    }
}
