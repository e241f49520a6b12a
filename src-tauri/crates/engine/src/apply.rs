//! Apply: executes exactly a stored plan, through the journal.
//!
//! Every operation is in the journal before it is sent; its outcome is written when the answer comes. An answer that never came is
//! *unknown* and is settled by looking the key up on the other side before anything is sent again. Continuing after a kill is the
//! same call: it settles what was cut off, and sends the rest. A row that was on its way is absent only when its time is up
//! ([`crate::arrival`]): until then it stays undecided, and so does its run.

use crate::arrival::{self, STILL_CHECKED};
use crate::killpoint;
use crate::kinds::undo_opening_stock::document_held;
use crate::kinds::{Executor, Found, Ports, Whose};
use crate::ports::{DUPLICATE, Journal, JournalEntry, LookedUp, PortError, RowOutcome};
use crate::progress::{Progress, ProgressSink};
use futures::StreamExt;
use jiff::Timestamp;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason};
use selaras_domain::run::{Difference, OperationState, RunCounts, RunHead, RunId, RunState, compare};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a row is sent, each time after it was looked up and is not there, before it is said that the other side does not take it.
const SENDINGS: u32 = 3;

/// How often an answer that was lost is looked up before the run is left as it is, to be looked up later.
const LOOKS: u32 = 3;

/// How long to wait before looking up an answer that was lost: the other side may still be at work on it.
const SETTLE_AFTER: Duration = Duration::from_millis(500);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// Finished or paused; paused, too, as long as it is not known what became of a row.
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
    let mut applying = Applying::of(run, ports, executor, journal, progress, cancel)?;
    let stop = match applying.execute().await {
        Ok(()) => None,
        Err(error @ PortError::Storage { .. }) => return Err(error),
        Err(error) => Some(error.reason()),
    };
    let by_person = cancel.is_cancelled() && applying.keys(open).len() > applying.unreadable();
    applying.ended_as(stop.or_else(|| by_person.then(|| Reason::new("paused_by_person"))))
}

/// Ends a run that was cut off and will not be continued, because a newer plan takes its place: what was under way is looked up,
/// what was not sent is held as superseded. As long as a row may still arrive the run stays open, and is closed again later.
///
/// # Errors
/// When the other side cannot be read, or the journal fails; the run then stays as it is.
pub async fn close(
    run: &RunId,
    ports: &Ports,
    executor: &dyn Executor,
    journal: &dyn Journal,
) -> Result<RunEnd, PortError> {
    let cancel = CancellationToken::new();
    let mut applying = Applying::looked_up(run, ports, executor, journal, &cancel).await?;
    let superseded = applying
        .keys(|state| matches!(state, OperationState::Waiting))
        .into_iter()
        .map(|key| (key, OperationState::Held { reason: Reason::new("superseded") }))
        .collect();
    applying.settled(superseded)?;
    applying.ended_as(None)
}

/// Looks up what of a run is not known, and sends nothing: a run that was cut off, or waits for a person, keeps its state and its pause.
///
/// # Errors
/// As [`close`].
pub async fn look_up(
    head: &RunHead,
    ports: &Ports,
    executor: &dyn Executor,
    journal: &dyn Journal,
) -> Result<RunCounts, PortError> {
    let cancel = CancellationToken::new();
    let applying = Applying::looked_up(&head.id, ports, executor, journal, &cancel).await?;
    let counts = counts(&applying.entries);
    journal.progress(&head.id, head.state, head.pause.as_ref(), counts)?;
    Ok(counts)
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

impl<'a> Applying<'a> {
    fn of(
        run: &'a RunId,
        ports: &'a Ports,
        executor: &'a dyn Executor,
        journal: &'a dyn Journal,
        progress: &'a dyn ProgressSink,
        cancel: &'a CancellationToken,
    ) -> Result<Self, PortError> {
        let entries = journal.entries(run)?;
        let place = entries.iter().enumerate().map(|(at, entry)| (entry.operation.key.clone(), at)).collect();
        Ok(Self { run, ports, executor, journal, progress, cancel, entries, place })
    }

    /// A run of which nothing more is sent, with what is known of its rows by now.
    async fn looked_up(
        run: &'a RunId,
        ports: &'a Ports,
        executor: &'a dyn Executor,
        journal: &'a dyn Journal,
        cancel: &'a CancellationToken,
    ) -> Result<Self, PortError> {
        let mut applying = Self::of(run, ports, executor, journal, &crate::progress::Silent, cancel)?;
        applying.same_database()?;
        applying.settle(Again::Later, |entry| undecided(&entry.state)).await?;
        Ok(applying)
    }
}

impl Applying<'_> {
    /// Records how the run has ended, or why it stops here.
    fn ended_as(&self, stop: Option<Reason>) -> Result<RunEnd, PortError> {
        let checked = self.keys(open).len() > self.unreadable();
        let pause = stop.or_else(|| checked.then(|| Reason::new(STILL_CHECKED)));
        let state = if pause.is_some() { RunState::Paused } else { RunState::Finished };
        let counts = counts(&self.entries);
        self.journal.progress(self.run, state, pause.as_ref(), counts)?;
        Ok(RunEnd { state, pause, counts })
    }

    /// How many rows nobody can look up, though their time is up: the run does not wait for them.
    fn unreadable(&self) -> usize {
        let clock = self.journal.clock();
        let never = |entry: &&JournalEntry| match &entry.state {
            OperationState::Unknown { reason } => {
                reason.code == NOT_READABLE && !arrival::on_its_way(entry.sent_at, clock)
            }
            _ => false,
        };
        self.entries.iter().filter(never).count()
    }

    async fn execute(&mut self) -> Result<(), PortError> {
        if self.open_phase().is_none() {
            return Ok(());
        }
        self.same_database()?;
        if self.executor.writes_books() {
            self.ports.books.verify_session().await?;
        }
        self.settle(Again::Now, |entry| undecided(&entry.state)).await?;
        while !self.cancel.is_cancelled() && self.can_send() {
            self.send_all().await?;
            for look in 0..LOOKS {
                if self.keys(undecided).is_empty() {
                    break;
                }
                tokio::time::sleep(SETTLE_AFTER * 2_u32.pow(look)).await;
                self.settle(Again::Now, |entry| undecided(&entry.state)).await?;
            }
        }
        Ok(())
    }

    /// Whether something waits that rests on nothing of which the end is not known.
    fn can_send(&self) -> bool {
        let phase = self.open_phase();
        let waits = |entry: &JournalEntry| matches!(entry.state, OperationState::Waiting);
        self.entries.iter().any(|entry| waits(entry) && Some(self.executor.phase(&entry.operation)) == phase)
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

    /// Sends everything that waits, phase by phase, several calls at once. What comes after a phase rests on it: as long as one of its
    /// answers is missing, that waits.
    async fn send_all(&mut self) -> Result<(), PortError> {
        while let Some(phase) = self.open_phase() {
            let executor = self.executor;
            let of_phase = |entry: &JournalEntry| {
                matches!(entry.state, OperationState::Waiting) && executor.phase(&entry.operation) == phase
            };
            if executor.guarded() {
                // Only now: what rested on these records has gone with the phases before.
                self.settle(Again::Now, of_phase).await?;
                self.hold_documents()?;
            }
            let waiting: Vec<Operation> =
                self.entries.iter().filter(|entry| of_phase(entry)).map(|entry| entry.operation.clone()).collect();
            self.send_phase(&waiting.iter().collect::<Vec<_>>()).await?;
            if self.open_phase() == Some(phase) {
                break;
            }
        }
        Ok(())
    }

    /// A document goes whole or not at all: where one of its lines is not to be taken back, none is.
    fn hold_documents(&mut self) -> Result<(), PortError> {
        let mut stays: HashMap<&str, &str> = HashMap::new();
        for Operation { group, target, .. } in self
            .entries
            .iter()
            .filter(|entry| !matches!(entry.state, OperationState::Waiting | OperationState::Posted { .. }))
            .map(|entry| &entry.operation)
            .filter(|operation| !operation.group.is_empty())
        {
            stays.entry(group).or_insert(&target.record);
        }
        let held = |entry: &JournalEntry| {
            let number = entry.operation.group.as_str();
            let reason = document_held(number, stays.get(number)?);
            Some((entry.operation.key.clone(), OperationState::Held { reason }))
        };
        let waits = |entry: &&JournalEntry| matches!(entry.state, OperationState::Waiting);
        let held = self.entries.iter().filter(waits).filter_map(held).collect();
        self.settled(held)
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
                    for (key, state, sent_at) in outcomes {
                        if let Some(entry) = self.place.get(&key).and_then(|&at| self.entries.get_mut(at)) {
                            entry.state = state;
                            entry.sent_at = Some(sent_at);
                            entry.sendings += 1;
                        }
                    }
                }
                Err(error) => first_stop = first_stop.or(Some(error)),
            }
        }
        first_stop.map_or(Ok(()), Err)
    }

    /// Sends one batch and writes its outcomes to the journal; answers them with the time at which the batch has left. An error stops the
    /// run; the batch's rows then wait again.
    async fn send_batch(
        &self,
        batch: Vec<&Operation>,
        stop: &CancellationToken,
        done: &Mutex<(usize, RunCounts)>,
        total: usize,
    ) -> Result<Vec<(OperationKey, OperationState, Timestamp)>, PortError> {
        if self.cancel.is_cancelled() || stop.is_cancelled() {
            return Ok(Vec::new());
        }
        let sent_at = self.journal.clock().now();
        self.journal.sending(self.run, &batch)?;
        let keys = batch.iter().map(|operation| operation.key.clone());
        let outcomes: Vec<(OperationKey, OperationState)> =
            match self.executor.send(self.ports, &batch).await.inspect(|_| killpoint::passed("an answer is there")) {
                Ok(rows) => {
                    let missing = RowOutcome::Unknown { reason: Reason::new("no_row_in_answer") };
                    let rows = rows.into_iter().chain(std::iter::repeat(missing));
                    keys.zip(rows).map(|(key, row)| (key, state_of(row))).collect()
                }
                Err(error) if error.may_have_arrived() => {
                    let reason = error.reason();
                    keys.map(|key| (key, OperationState::Unknown { reason: reason.clone() })).collect()
                }
                Err(error) => {
                    stop.cancel();
                    self.journal.not_sent(self.run, &keys.collect::<Vec<_>>())?;
                    return Err(error);
                }
            };
        self.journal.settled(self.run, &outcomes)?;
        if let Ok(mut done) = done.lock() {
            let (count, sums) = &mut *done;
            *count += outcomes.len();
            for (_, state) in &outcomes {
                *place_of(sums, state) += 1;
            }
            self.report("sending", *count, total, *sums);
        }
        Ok(outcomes.into_iter().map(|(key, state)| (key, state, sent_at)).collect())
    }

    /// Looks up these rows. One whose end is not known: there and ours: posted; there and another: a conflict (or sent again, where
    /// sending again is harmless); not there, when its time is up: it waits to be sent.
    async fn settle(&mut self, again: Again, wanted: impl Fn(&JournalEntry) -> bool) -> Result<(), PortError> {
        let rows: Vec<JournalEntry> = self.entries.iter().filter(|entry| wanted(entry)).cloned().collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.report("settling", 0, rows.len(), self.ended());
        let asked: Vec<&Operation> = rows.iter().map(|entry| &entry.operation).collect();
        let found = self.executor.read_back(self.ports, &asked).await?;
        let outcomes: Vec<(OperationKey, OperationState)> = rows
            .iter()
            .zip(found)
            .map(|(entry, found)| (entry.operation.key.clone(), self.settled_state(entry, again, found)))
            .collect();
        for (why, row) in [(LookedUp::AnswerLost, Row::Lost), (LookedUp::Adopted, Row::Refused)] {
            let keys: Vec<OperationKey> = rows
                .iter()
                .zip(&outcomes)
                .filter(|(entry, (_, state))| Row::of(&entry.state) == row && !undecided(state))
                .map(|(_, (key, _))| key.clone())
                .collect();
            if !keys.is_empty() {
                self.journal.looked_up(self.run, &keys, why)?;
            }
        }
        // What was cut off and has not arrived was not refused: it counts as no sending.
        let waits = |state: &OperationState| matches!(state, OperationState::Waiting);
        let cut_off: Vec<OperationKey> = rows
            .iter()
            .zip(&outcomes)
            .filter(|(entry, (_, state))| was_cut_off(&entry.state) && waits(state))
            .map(|(_, (key, _))| key.clone())
            .collect();
        if !cut_off.is_empty() {
            self.journal.not_sent(self.run, &cut_off)?;
            for key in &cut_off {
                if let Some(entry) = self.place.get(key).and_then(|&at| self.entries.get_mut(at)) {
                    entry.sendings = entry.sendings.saturating_sub(1);
                }
            }
        }
        self.settled(outcomes)
    }

    /// What a row is after it was looked up. Absent is a claim (design rule 14): what was on its way may still arrive until its time is
    /// up, whatever the other side says now, and only that it is there decides before.
    fn settled_state(&self, entry: &JournalEntry, again: Again, found: Found) -> OperationState {
        let row = Row::of(&entry.state);
        let state = self.found_state(entry, row, found);
        if row != Row::Lost || matches!(state, OperationState::Posted { .. }) {
            return state;
        }
        let waits = matches!(state, OperationState::Waiting);
        let sent_often = entry.sendings >= SENDINGS && !was_cut_off(&entry.state);
        if arrival::on_its_way(entry.sent_at, self.journal.clock()) {
            // The same figure once more does no harm, whichever of the two arrives last.
            let harmless = waits && again == Again::Now && self.executor.repeatable() && !sent_often;
            return if harmless { state } else { still_unknown(&entry.state) };
        }
        if waits && sent_often {
            return OperationState::Failed { reason: Reason::new("not_taken") };
        }
        state
    }

    fn found_state(&self, entry: &JournalEntry, row: Row, found: Found) -> OperationState {
        let operation = &entry.operation;
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
                // The same judgement as on an answer that came: what tells whose it is must be as it was sent, the rest is a difference
                // that the proof names.
                Some(_) => {
                    let ours = if row == Row::Refused && entry.sendings < 2 { Whose::Refused } else { Whose::Sent };
                    let other = compare(&operation.key, &operation.after, &fields);
                    let other = other.into_iter().find(|one| self.executor.tells(ours, one));
                    other.map_or(OperationState::Posted { record: id }, conflict)
                }
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
            Found::NotReadable if row == Row::Unsent => OperationState::Held { reason: Reason::new(NOT_READABLE) },
            Found::NotReadable => OperationState::Unknown { reason: Reason::new(NOT_READABLE) },
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

/// What nobody can look up.
const NOT_READABLE: &str = "not_readable";

/// When what has not arrived is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// In this run, which goes on.
    Now,
    /// By a later plan, or when the run is continued.
    Later,
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

/// A row stays undecided for the reason that it was, or, cut off before any answer, because it is still looked for.
fn still_unknown(state: &OperationState) -> OperationState {
    match state {
        OperationState::Unknown { .. } => state.clone(),
        _ => OperationState::Unknown { reason: Reason::new(STILL_CHECKED) },
    }
}

/// Whether this program was stopped before it knew of any answer.
fn was_cut_off(state: &OperationState) -> bool {
    match state {
        OperationState::Sending => true,
        OperationState::Unknown { reason } => reason.code == STILL_CHECKED,
        _ => false,
    }
}

/// A record with our key that is not ours.
fn conflict(difference: Difference) -> OperationState {
    OperationState::Failed {
        reason: Reason::new("conflict")
            .with("field", difference.field)
            .with("expected", difference.expected)
            .with("found", difference.found.unwrap_or_default()),
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
