//! The handle on the file, and the same handle narrowed to one company.

use crate::backup;
use crate::error::StoreError;
use crate::in_use::InUse;
use crate::open;
use crate::tables::company::CompanyId;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use selaras_engine::killpoint;
use selaras_engine::ports::{Clock, SystemClock};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rows of one transaction: on a slow disk, and beside other work, well below what another program waits. Rows of a plan lie far apart in six
/// indexes, so that a thousand of them took up to 0.9 s on a busy disk, and five hundred 0.13 s (`cargo xtask bench growth`).
pub const ROWS_A_WRITE: usize = 500;

/// The store. Cheap to clone; every call is one transaction that is durable when it returns.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    /// Where it lies; `None` in memory.
    file: Option<Arc<Path>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long a write has held the lock at most, in microseconds.
    longest: Arc<AtomicU64>,
    /// Keeps others from putting another file into the place of the open one. Dropped after the connection.
    _in_use: Option<Arc<InUse>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file below a data folder, making or upgrading it where needed.
    ///
    /// # Errors
    /// A damaged, foreign or newer file; a folder that cannot be written; no room.
    pub fn open(data_folder: &Path) -> Result<Self, StoreError> {
        Self::open_with_clock(data_folder, Arc::new(SystemClock))
    }

    /// The same with a clock of the caller's, for the times that the journal writes.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with_clock(data_folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_folder).map_err(|error| StoreError::from_io(&error, data_folder))?;
        let file = data_folder.join(open::FILE_NAME);
        if backup::staged(data_folder)?.is_some() {
            let _alone = InUse::alone(data_folder, open::BUSY_TIMEOUT)?;
            backup::finish(data_folder)?;
        } else if let Ok(_alone) = InUse::alone(data_folder, Duration::ZERO) {
            open::clear_halves(&file);
        }
        let in_use = InUse::shared(data_folder, open::BUSY_TIMEOUT)?;
        let connection = open::open_file(&file, open::BUSY_TIMEOUT, clock.now())?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            file: Some(file.into()),
            clock,
            longest: Arc::default(),
            _in_use: Some(Arc::new(in_use)),
        })
    }

    #[cfg(test)]
    pub(crate) fn memory() -> Self {
        let connection = open::open_memory().unwrap();
        Self {
            connection: Arc::new(Mutex::new(connection)),
            file: None,
            clock: Arc::new(SystemClock),
            longest: Arc::default(),
            _in_use: None,
        }
    }

    /// The part of the store that belongs to one company.
    #[must_use]
    pub fn company_scope(&self, company: CompanyId) -> CompanyStore {
        CompanyStore { store: self.clone(), company }
    }

    /// How long one write has held the lock at most, since the store was opened or this was asked last: what another program waits for.
    #[must_use]
    pub fn longest_write(&self) -> Duration {
        Duration::from_micros(self.longest.swap(0, Ordering::Relaxed))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn read<T>(&self, reading: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.placed(reading(&self.locked()))
    }

    /// The same for what takes long, over a connection of its own: nobody waits for it, and all that it reads is of one moment.
    pub(crate) fn read_aside<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(file) = &self.file else { return self.read(reading) };
        let read = || {
            let connection = open::beside(file)?;
            let _moment = connection.unchecked_transaction()?;
            reading(&connection)
        };
        self.placed(read())
    }

    /// One transaction that takes the write lock at its start, so that what it reads stays true until it commits.
    #[track_caller]
    pub(crate) fn write<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.placed(self.written(writing))
    }

    #[track_caller]
    fn written<T>(&self, writing: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.locked();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let since = Instant::now();
        let answer = writing(&transaction)?;
        killpoint::passed("before a commit");
        transaction.commit()?;
        killpoint::passed("after a commit");
        let micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.longest.fetch_max(micros, Ordering::Relaxed);
        Ok(answer)
    }

    /// The same for many rows, where each is right by itself: a transaction for every [`ROWS_A_WRITE`] of them, and one where there are none.
    #[track_caller]
    pub(crate) fn write_in_pieces<T>(
        &self,
        rows: &[T],
        mut writing: impl FnMut(&Transaction<'_>, &[T]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (first, others) = rows.split_at(rows.len().min(ROWS_A_WRITE));
        self.write(|transaction| writing(transaction, first))?;
        for piece in others.chunks(ROWS_A_WRITE) {
            self.write(|transaction| writing(transaction, piece))?;
        }
        Ok(())
    }

    /// A fault of the file says where it lies.
    fn placed<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        answer.map_err(|error| match &self.file {
            Some(file) => error.lying_at(file),
            None => error,
        })
    }

    /// A panic inside a transaction has rolled it back on its way out, so the connection is fit for use.
    fn locked(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store as one company sees it. Nothing that is asked through it can reach another company.
#[derive(Debug, Clone)]
pub struct CompanyStore {
    pub(crate) store: Store,
    pub(crate) company: CompanyId,
}

impl CompanyStore {
    /// Whose it is.
    #[must_use]
    pub fn company_id(&self) -> CompanyId {
        self.company
    }

    /// The whole store; it is also the [`selaras_engine::ports::Journal`].
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{operation, saved};
    use selaras_domain::plan::{Action, Operation};
    use selaras_domain::run::{OperationState, RunId};
    use selaras_engine::ports::{Journal, PortError, StorageFault};

    /// More than the file has room for where it may not grow.
    const ROWS: usize = 400;

    /// A run that has begun, with its rows.
    fn begun(folder: &Path) -> (CompanyStore, RunId, Vec<Operation>) {
        let store = Store::open(folder).unwrap();
        let company = store.company_scope(store.company("default").unwrap().id);
        let operations: Vec<Operation> = (0..ROWS).map(|number| operation(number, Action::Create)).collect();
        let plan = saved(&company, "p", &operations);
        let run = company.begin_run(&plan, &RunId("run".into())).unwrap().id;
        (company, run, operations)
    }

    fn fault(answer: Result<(), PortError>) -> StorageFault {
        match answer {
            Err(PortError::Storage { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    fn pragma(company: &CompanyStore, words: &str) {
        company.store().read(|connection| Ok(connection.execute_batch(words)?)).unwrap();
    }

    #[test]
    fn a_disk_that_is_full_in_the_middle_of_a_run_says_so_and_the_run_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let (company, run, operations) = begun(folder.path());
        let journal: &dyn Journal = company.store();
        pragma(&company, "PRAGMA max_page_count = 1");
        let all: Vec<&Operation> = operations.iter().collect();
        assert_eq!(fault(journal.sending(&run, &all)), StorageFault::Full);
        assert_eq!(company.waiting_keys(&run).unwrap().len(), ROWS, "what could not be noted is not sent");
        pragma(&company, "PRAGMA max_page_count = 4294967294");
        journal.sending(&run, &all).unwrap();
    }

    #[test]
    fn a_file_that_may_not_be_written_in_the_middle_of_a_run_says_so_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let (company, run, operations) = begun(folder.path());
        let journal: &dyn Journal = company.store();
        pragma(&company, "PRAGMA query_only = 1");
        let path = folder.path().join(open::FILE_NAME).display().to_string();
        assert_eq!(fault(journal.sending(&run, &[&operations[0]])), StorageFault::ReadOnly { path });
        pragma(&company, "PRAGMA query_only = 0");
        let posted = OperationState::Posted { record: Some(1) };
        journal.sending(&run, &[&operations[0]]).unwrap();
        journal.settled(&run, &[(operations[0].key.clone(), posted)]).unwrap();
    }

    #[test]
    fn a_page_that_is_damaged_in_the_middle_of_a_run_says_so_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let (company, run, _) = begun(folder.path());
        pragma(&company, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory");
        let file = folder.path().join(open::FILE_NAME);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[8 * 4096..].fill(0xA5);
        std::fs::write(&file, bytes).unwrap();
        let path = file.display().to_string();
        let read = company.store().entries(&run).map(|_| ());
        assert_eq!(fault(read), StorageFault::Damaged { path });
    }
}
