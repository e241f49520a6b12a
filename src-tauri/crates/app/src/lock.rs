//! One run at a time for each company (design rule 10): a lock file that the operating system frees when its holder dies.

use crate::error::{AppError, AppResult, ErrorCode, from_io};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The folder of what processes share besides the store.
pub(crate) fn folder(data_dir: &Path) -> AppResult<PathBuf> {
    let folder = data_dir.join("locks");
    std::fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
    Ok(folder)
}

/// Holds the company until it is dropped.
#[derive(Debug)]
pub(crate) struct CompanyLock {
    _file: File,
}

impl CompanyLock {
    /// Takes the lock of a company.
    ///
    /// # Errors
    /// [`ErrorCode::CompanyBusy`] when another run holds it.
    pub(crate) fn take(data_dir: &Path, company_id: i64) -> AppResult<Self> {
        let path = folder(data_dir)?.join(format!("company-{company_id}.lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| from_io(&error, &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::new(ErrorCode::CompanyBusy)),
            Err(TryLockError::Error(error)) => Err(from_io(&error, &path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = CompanyLock::take(folder.path(), 1).unwrap();
        assert_eq!(CompanyLock::take(folder.path(), 1).unwrap_err().code, ErrorCode::CompanyBusy);
        assert!(CompanyLock::take(folder.path(), 2).is_ok());
        drop(first);
        assert!(CompanyLock::take(folder.path(), 1).is_ok());
    }
}
