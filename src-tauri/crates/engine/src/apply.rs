//! Apply: executes exactly a stored plan, through the journal.
//!
//! Every operation is in the journal before it is sent; its outcome is written when the answer comes. An answer that never came is
//! *unknown* and is settled by looking the key up on the other side before anything is sent again. Continuing after a kill is the
//! same call: it settles what was cut off, and sends the rest.

use crate::kinds::{Executor, Found, Ports};
use crate::ports::{DUPLICATE, Journal, JournalEntry, LookedUp, PortError, RowOutcome};
use crate::progress::{Progress, ProgressSink};
use futures::StreamExt;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason};
use selaras_domain::run::{Difference, OperationState, RunCounts, RunId, RunState, compare};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often what did not arrive is sent again, after it was looked up and is not there.
const ROUNDS: u32 = 3;

/// How long to wait before looking up an answer that was lost: the other side may still be at work on it.
const SETTLE_AFTER: Duration = Duration::from_millis(500);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// Finished or paused.
    pub state: RunState,
    /// Why it is paused.
    pub pause: Option<Reason>,
    /// The sums.
    pub counts: RunCounts,
}

struct Applying<'a> {
    run: &'a RunId,
    ports: &'a Ports,
    executor: &'a dyn Executor,
    journal: &'a dyn Journal,
    progress: &'a dyn ProgressSink,
    cancel: &'a CancellationToken,
    entries: Vec<JournalEntry>,
    place: BTreeMap<OperationKey, usize>,
}

/// Executes or continues a run.
///
/// # Errors
/// Only when the journal itself fails; every fault of a service becomes a state.
pub async fn apply(
    run: &RunId,
    ports: &Ports,
    executor: &dyn Executor,
    journal: &dyn Journal,
    progress: &dyn ProgressSink,
    cancel: &CancellationToken,
) -> Result<RunEnd, PortError> {
    let entries = journal.entries(run)?;
    let place = entries.iter().enumerate().map(|(at, entry)| (entry.operation.key.clone(), at)).collect();
    let mut applying = Applying { run, ports, executor, journal, progress, cancel, entries, place };
    let stop = match applying.execute().await {
        Ok(()) => None,
        Err(PortError::Storage(detail)) => return Err(PortError::Storage(detail)),
        Err(error) => Some(error.reason()),
    };
    let (state, pause) = match stop {
        Some(reason) => (RunState::Paused, Some(reason)),
        None if cancel.is_cancelled() && applying.open_phase().is_some() => {
            (RunState::Paused, Some(Reason::new("paused_by_person")))
        }
        None => (RunState::Finished, None),
    };
    let counts = counts(&applying.entries);
    journal.progress(run, state, pause.as_ref(), counts)?;
    Ok(RunEnd { state, pause, counts })
}

/// Ends a run that was cut off and will not be continued, because a newer plan takes its place: what was under way is looked up,
/// what was not sent is held as superseded.
///
/// # Errors
/// When the other side cannot be read, or the journal fails; the run then stays as it is.
pub async fn close(
    run: &RunId,
    ports: &Ports,
    executor: &dyn Executor,
    journal: &dyn Journal,
) -> Result<RunEnd, PortError> {
    let entries = journal.entries(run)?;
    let place = entries.iter().enumerate().map(|(at, entry)| (entry.operation.key.clone(), at)).collect();
    let cancel = CancellationToken::new();
    let mut applying =
        Applying { run, ports, executor, journal, progress: &crate::progress::Silent, cancel: &cancel, entries, place };
    applying.same_database()?;
    applying.settle(|entry| undecided(&entry.state)).await?;
    let superseded = applying
        .keys(|state| matches!(state, OperationState::Waiting))
        .into_iter()
        .map(|key| (key, OperationState::Held { reason: Reason::new("superseded") }))
        .collect();
    applying.settled(superseded)?;
    let counts = counts(&applying.entries);
    journal.progress(run, RunState::Finished, None, counts)?;
    Ok(RunEnd { state: RunState::Finished, pause: None, counts })
}

/// The sums of journal rows; what waits counts as held until it is sent.
#[must_use]
pub fn counts(entries: &[JournalEntry]) -> RunCounts {
    let mut counts = RunCounts { input: entries.len() as u64, ..RunCounts::default() };
    for entry in entries {
        *place_of(&mut counts, &entry.state) += 1;
    }
    counts
}

fn place_of<'a>(counts: &'a mut RunCounts, state: &OperationState) -> &'a mut u64 {
    match state {
        OperationState::Posted { .. } => &mut counts.posted,
        OperationState::Failed { .. } => &mut counts.failed,
        OperationState::Sending | OperationState::Unknown { .. } => &mut counts.unknown,
        OperationState::Waiting | OperationState::Held { .. } => &mut counts.held,
    }
}

impl Applying<'_> {
    async fn execute(&mut self) -> Result<(), PortError> {
        if self.open_phase().is_none() {
            return Ok(());
        }
        self.same_database()?;
        if self.executor.writes_books() {
            self.ports.books.verify_session().await?;
        }
        self.settle(|entry| undecided(&entry.state)).await?;
        // Each phase has its own rounds: what waited for the one before has not been sent at all.
        let mut round = 0;
        while round < ROUNDS {
            if self.keys(|state| matches!(state, OperationState::Waiting)).is_empty() || self.cancel.is_cancelled() {
                break;
            }
            let phase = self.open_phase();
            self.send_all().await?;
            if self.keys(undecided).is_empty() {
                break;
            }
            tokio::time::sleep(SETTLE_AFTER * 2_u32.pow(round)).await;
            self.settle(|entry| undecided(&entry.state)).await?;
            round = if self.open_phase() == phase { round + 1 } else { 0 };
        }
        if self.cancel.is_cancelled() {
            return Ok(());
        }
        // Sent three times, looked up three times, and still not there: the other side does not take it.
        let given_up = self
            .keys(|state| matches!(state, OperationState::Waiting))
            .into_iter()
            .map(|key| (key, OperationState::Failed { reason: Reason::new("not_taken") }))
            .collect();
        self.settled(given_up)
    }

    /// The sums of what has an end, as a person watches them grow: a row that waits is no row that needs somebody.
    fn ended(&self) -> RunCounts {
        let mut sums = counts(&self.entries);
        sums.held -= self.entries.iter().filter(|entry| matches!(entry.state, OperationState::Waiting)).count() as u64;
        sums
    }

    /// The first phase that has rows without an end; `None` when all have theirs.
    fn open_phase(&self) -> Option<u8> {
        let rows = self.entries.iter().filter(|entry| open(&entry.state));
        rows.map(|entry| self.executor.phase(&entry.operation)).min()
    }

    /// Wrong database, no write (design rule 3).
    fn same_database(&self) -> Result<(), PortError> {
        let found = self.ports.books.database();
        match self.entries.iter().find(|entry| entry.operation.target.database != found) {
            Some(entry) => Err(PortError::WrongDatabase { expected: entry.operation.target.database, found }),
            None => Ok(()),
        }
    }

    fn keys(&self, wanted: impl Fn(&OperationState) -> bool) -> Vec<OperationKey> {
        self.entries.iter().filter(|entry| wanted(&entry.state)).map(|entry| entry.operation.key.clone()).collect()
    }

    fn settled(&mut self, outcomes: Vec<(OperationKey, OperationState)>) -> Result<(), PortError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        self.journal.settled(self.run, &outcomes)?;
        for (key, state) in outcomes {
            if let Some(entry) = self.place.get(&key).and_then(|&at| self.entries.get_mut(at)) {
                entry.state = state;
            }
        }
        Ok(())
    }

    /// Sends everything that waits, several calls at once.
    async fn send_all(&mut self) -> Result<(), PortError> {
        let operations: Vec<Operation> = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.state, OperationState::Waiting))
            .map(|entry| entry.operation.clone())
            .collect();
        let mut phases: BTreeMap<u8, Vec<&Operation>> = BTreeMap::new();
        for operation in &operations {
            phases.entry(self.executor.phase(operation)).or_default().push(operation);
        }
        let executor = self.executor;
        for (phase, mut waiting) in phases {
            if executor.guarded() {
                // Only now: what rested on these records has gone with the phases before.
                let of_phase = |entry: &JournalEntry| executor.phase(&entry.operation) == phase;
                self.settle(|entry| matches!(entry.state, OperationState::Waiting) && of_phase(entry)).await?;
                waiting.retain(|operation| matches!(self.state(operation), Some(OperationState::Waiting)));
            }
            self.send_phase(&waiting).await?;
            // What comes after rests on this phase: as long as one of its answers is missing, it waits for the next round.
            if waiting.iter().any(|operation| self.state(operation).is_some_and(open)) {
                break;
            }
        }
        Ok(())
    }

    fn state(&self, operation: &Operation) -> Option<&OperationState> {
        let entry = self.place.get(&operation.key).and_then(|&at| self.entries.get(at));
        entry.map(|entry| &entry.state)
    }

    /// Sends what of one phase waits.
    async fn send_phase(&mut self, waiting: &[&Operation]) -> Result<(), PortError> {
        let total = self.entries.len();
        let ended = total - self.keys(|state| matches!(state, OperationState::Waiting)).len();
        self.report("sending", ended, total, self.ended());
        let done = Mutex::new((ended, self.ended()));
        let batches = self.executor.batches(self.ports, waiting);
        let stop = CancellationToken::new();
        // Collected first: a closure that lives across the wait would make this future unfit to move between threads.
        let calls: Vec<_> = batches.into_iter().map(|batch| self.send_batch(batch, &stop, &done, total)).collect();
        let results: Vec<_> = futures::stream::iter(calls).buffer_unordered(self.executor.parallel()).collect().await;
        let mut first_stop = None;
        for result in results {
            match result {
                Ok(outcomes) => {
                    for (key, state) in outcomes {
                        if let Some(entry) = self.place.get(&key).and_then(|&at| self.entries.get_mut(at)) {
                            entry.state = state;
                        }
                    }
                }
                Err(error) => first_stop = first_stop.or(Some(error)),
            }
        }
        first_stop.map_or(Ok(()), Err)
    }

    /// Sends one batch and writes its outcomes to the journal. An error stops the run; the batch's rows then wait again.
    async fn send_batch(
        &self,
        batch: Vec<&Operation>,
        stop: &CancellationToken,
        done: &Mutex<(usize, RunCounts)>,
        total: usize,
    ) -> Result<Vec<(OperationKey, OperationState)>, PortError> {
        if self.cancel.is_cancelled() || stop.is_cancelled() {
            return Ok(Vec::new());
        }
        self.journal.sending(self.run, &batch)?;
        let keys = batch.iter().map(|operation| operation.key.clone());
        let (outcomes, error): (Vec<(OperationKey, OperationState)>, _) =
            match self.executor.send(self.ports, &batch).await {
                Ok(rows) => {
                    let missing = RowOutcome::Unknown { reason: Reason::new("no_row_in_answer") };
                    let rows = rows.into_iter().chain(std::iter::repeat(missing));
                    (keys.zip(rows).map(|(key, row)| (key, state_of(row))).collect(), None)
                }
                Err(error) if error.may_have_arrived() => {
                    let reason = error.reason();
                    (keys.map(|key| (key, OperationState::Unknown { reason: reason.clone() })).collect(), None)
                }
                Err(error) => {
                    stop.cancel();
                    (keys.map(|key| (key, OperationState::Waiting)).collect(), Some(error))
                }
            };
        self.journal.settled(self.run, &outcomes)?;
        if let Ok(mut done) = done.lock() {
            let (count, sums) = &mut *done;
            *count += outcomes.len();
            for (_, state) in outcomes.iter().filter(|(_, state)| !matches!(state, OperationState::Waiting)) {
                *place_of(sums, state) += 1;
            }
            self.report("sending", *count, total, *sums);
        }
        error.map_or(Ok(outcomes), Err)
    }

    /// Looks up these rows. One whose end is not known: there and equal: posted; there and different: a conflict (or
    /// sent again, where sending again is harmless); not there: it waits to be sent.
    async fn settle(&mut self, wanted: impl Fn(&JournalEntry) -> bool) -> Result<(), PortError> {
        let rows: Vec<(Operation, Row)> = self
            .entries
            .iter()
            .filter(|entry| wanted(entry))
            .map(|entry| (entry.operation.clone(), Row::of(&entry.state)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.report("settling", 0, rows.len(), self.ended());
        let asked: Vec<&Operation> = rows.iter().map(|(operation, _)| operation).collect();
        let found = self.executor.read_back(self.ports, &asked).await?;
        let outcomes: Vec<(OperationKey, OperationState)> = rows
            .iter()
            .zip(found)
            .map(|((operation, row), found)| (operation.key.clone(), self.settled_state(operation, *row, found)))
            .collect();
        for (why, row) in [(LookedUp::AnswerLost, Row::Lost), (LookedUp::Adopted, Row::Refused)] {
            let keys: Vec<OperationKey> = rows
                .iter()
                .zip(&outcomes)
                .filter(|((_, known), (_, state))| *known == row && !undecided(state))
                .map(|(_, (key, _))| key.clone())
                .collect();
            if !keys.is_empty() {
                self.journal.looked_up(self.run, &keys, why)?;
            }
        }
        self.settled(outcomes)
    }

    fn settled_state(&self, operation: &Operation, row: Row, found: Found) -> OperationState {
        let guarded = self.executor.guarded();
        let differs = |from: &Fields, read: &Fields| compare(&operation.key, from, read).into_iter().next();
        match found {
            // What was to be removed is not there: done, whoever did it.
            Found::Missing if operation.action == Action::Remove => OperationState::Posted { record: None },
            Found::Record { fields, .. } if operation.action == Action::Remove => {
                differs(&operation.before, &fields).map_or(OperationState::Waiting, changed_meanwhile)
            }
            Found::Record { id, fields } => match differs(&operation.after, &fields) {
                None => OperationState::Posted { record: id },
                Some(_) if self.executor.repeatable() => OperationState::Waiting,
                // As it was when it was planned: nothing has arrived.
                Some(_) if guarded => {
                    differs(&operation.before, &fields).map_or(OperationState::Waiting, changed_meanwhile)
                }
                Some(difference) => OperationState::Failed {
                    reason: Reason::new("conflict")
                        .with("field", difference.field)
                        .with("expected", difference.expected)
                        .with("found", difference.found.unwrap_or_default()),
                },
            },
            // The service says that the key is taken, and yet it cannot be found: nothing to adopt, and no use in sending again.
            Found::Missing if row == Row::Refused => OperationState::Failed { reason: Reason::new(DUPLICATE) },
            Found::Missing if guarded => changed_meanwhile(Difference {
                key: operation.key.clone(),
                field: "record".into(),
                expected: "present".into(),
                found: None,
            }),
            Found::Missing => OperationState::Waiting,
            Found::NotReadable if self.executor.repeatable() => OperationState::Waiting,
            Found::NotReadable if row == Row::Unsent => OperationState::Held { reason: Reason::new("not_readable") },
            Found::NotReadable => OperationState::Unknown { reason: Reason::new("not_readable") },
        }
    }

    fn report(&self, phase: &str, done: usize, total: usize, counts: RunCounts) {
        self.progress.report(Progress {
            phase: phase.to_owned(),
            done: done as u64,
            total: Some(total as u64),
            counts: Some(counts),
        });
    }
}

/// What is known of a row that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// It was never sent.
    Unsent,
    /// It was sent, and its answer is lost.
    Lost,
    /// It was refused because its key is taken.
    Refused,
}

impl Row {
    fn of(state: &OperationState) -> Self {
        match state {
            OperationState::Waiting => Self::Unsent,
            OperationState::Unknown { reason } if reason.code == DUPLICATE => Self::Refused,
            _ => Self::Lost,
        }
    }
}

/// What was to be taken back is not as the plan saw it: somebody's work, which stays.
fn changed_meanwhile(difference: Difference) -> OperationState {
    OperationState::Failed {
        reason: Reason::new("undo_changed_meanwhile")
            .with("field", difference.field)
            .with("expected", difference.expected)
            .with("found", difference.found.unwrap_or_default()),
    }
}

/// A refusal because the key is taken is not the end: the record may be ours, from an answer that was lost.
fn state_of(row: RowOutcome) -> OperationState {
    match row {
        RowOutcome::Posted { record } => OperationState::Posted { record },
        RowOutcome::Rejected { reason } if reason.code == DUPLICATE => OperationState::Unknown { reason },
        RowOutcome::Rejected { reason } => OperationState::Failed { reason },
        RowOutcome::Unknown { reason } => OperationState::Unknown { reason },
    }
}

fn undecided(state: &OperationState) -> bool {
    matches!(state, OperationState::Sending | OperationState::Unknown { .. })
}

/// A row without an end.
fn open(state: &OperationState) -> bool {
    matches!(state, OperationState::Waiting) || undecided(state)
}
