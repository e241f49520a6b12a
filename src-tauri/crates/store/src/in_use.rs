//! Who uses a data folder: every open store holds a shared lock on it, and whoever puts another file into its place holds it alone. The
//! operating system frees the lock when its holder dies.

use crate::error::StoreError;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another program holds is asked for again.
const AGAIN: Duration = Duration::from_millis(25);

/// A data folder that is in use, until this is dropped.
#[derive(Debug)]
pub struct InUse {
    _file: File,
}

impl InUse {
    /// Beside others.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when somebody holds it alone for longer than `patience`; a folder that cannot be written.
    pub fn shared(data_folder: &Path, patience: Duration) -> Result<Self, StoreError> {
        Self::taken(data_folder, patience, File::try_lock_shared)
    }

    /// Alone.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another holds it for longer than `patience`; a folder that cannot be written.
    pub fn alone(data_folder: &Path, patience: Duration) -> Result<Self, StoreError> {
        Self::taken(data_folder, patience, File::try_lock)
    }

    fn taken(
        data_folder: &Path,
        patience: Duration,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, StoreError> {
        let folder = data_folder.join("locks");
        std::fs::create_dir_all(&folder).map_err(|error| StoreError::from_io(&error, &folder))?;
        let path = folder.join("data.lock");
        let open = File::options().create(true).truncate(false).write(true).open(&path);
        let file = open.map_err(|error| StoreError::from_io(&error, &path))?;
        let until = Instant::now() + patience;
        loop {
            match lock(&file) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(AGAIN),
                Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
                Err(TryLockError::Error(error)) => return Err(StoreError::from_io(&error, &path)),
            }
        }
    }
}
