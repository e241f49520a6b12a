//! What can go wrong in the store, by what a person can do about it.

use rusqlite::ErrorCode;
use selaras_engine::ports::{PortError, StorageFault};
use std::path::{Path, PathBuf};

/// Why the store did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room is left; nothing of the failed transaction was kept.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder may not be written.
    #[error("the data folder may not be written")]
    ReadOnly {
        /// Where; empty where that is not known.
        path: PathBuf,
    },
    /// Another program holds the file longer than we wait.
    #[error("another program holds the data file")]
    Locked,
    /// Another program has the data folder open, or is putting another file into its place.
    #[error("another program has the data folder open")]
    InUse,
    /// The file is damaged, or is no SQLite file.
    #[error("the data file is damaged: {detail}")]
    Corrupt {
        /// Where; empty where that is not known.
        path: PathBuf,
        /// What the check said.
        detail: String,
    },
    /// A newer program has written the file; this one leaves it alone.
    #[error("the data file is of a newer version ({found}) than this program knows ({known})")]
    Newer {
        /// Version of the file.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// An SQLite file, but not one of this program.
    #[error("the file is not a data file of this program")]
    Foreign,
    /// The folder or the file cannot be opened.
    #[error("the data file cannot be opened at {}: {detail}", path.display())]
    CannotOpen {
        /// Where.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// A certificate does not follow the newest one.
    #[error("the chain of certificates is broken at {hash}")]
    ChainBroken {
        /// The certificate that does not fit.
        hash: String,
    },
    /// What was named is not there.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The call would change history.
    #[error("refused: {0}")]
    Refused(String),
    /// A stored value cannot be read as what it should be.
    #[error("a stored value of {what} cannot be read: {detail}")]
    Unreadable {
        /// Of which kind.
        what: &'static str,
        /// What was seen.
        detail: String,
    },
    /// Anything else that SQLite says.
    #[error("sqlite: {0}")]
    Sqlite(String),
}

impl StoreError {
    /// A fault of the file system, with the place.
    pub(crate) fn from_io(error: &std::io::Error, path: &Path) -> Self {
        match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path: path.to_owned() }
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
                Self::DiskFull
            }
            _ => Self::CannotOpen { path: path.to_owned(), detail: error.to_string() },
        }
    }

    /// The same with where it is, where nobody has said it yet.
    pub(crate) fn lying_at(mut self, file: &Path) -> Self {
        if let Self::ReadOnly { path } | Self::Corrupt { path, .. } | Self::CannotOpen { path, .. } = &mut self
            && path.as_os_str().is_empty()
        {
            file.clone_into(path);
        }
        self
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let (detail, path) = (error.to_string(), PathBuf::new());
        // The memory that programs share beside the file has found no room to grow.
        if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::DiskFull;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Locked
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { path, detail },
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path, detail },
            _ => Self::Sqlite(detail),
        }
    }
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        let fault = match error {
            StoreError::DiskFull => StorageFault::Full,
            StoreError::ReadOnly { path } | StoreError::CannotOpen { path, .. } => {
                StorageFault::ReadOnly { path: path.display().to_string() }
            }
            StoreError::Corrupt { path, .. } => StorageFault::Damaged { path: path.display().to_string() },
            StoreError::Locked | StoreError::InUse => StorageFault::Held,
            StoreError::Foreign | StoreError::ChainBroken { .. } | StoreError::Unreadable { .. } => {
                StorageFault::Damaged { path: String::new() }
            }
            _ => StorageFault::Other,
        };
        Self::Storage { fault, detail }
    }
}
