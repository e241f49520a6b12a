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

/// The store. Cheap to clone; every call is one transaction that is durable when it returns.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
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
        reading(&self.locked())
    }

    /// One transaction that takes the write lock at its start, so that what it reads stays true until it commits.
    #[track_caller]
    pub(crate) fn write<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
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
