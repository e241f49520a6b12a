//! Copies of the data file for people: made by hand, listed, and put back. Works on the data folder and needs no open desk, so that the
//! way back is open when the data file is not.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::files::chain;
use crate::view::{BackupView, BackupsView, RestoreView};
use selaras_engine::ports::{Clock, SystemClock};
use selaras_store::backup::{self, Backup, Occasion};
use selaras_store::{FILE_NAME, Store, StoreError};
use std::path::{Path, PathBuf};

/// The copies of a data folder, the newest first.
///
/// # Errors
/// When the folder of copies cannot be read.
pub fn list(data_dir: &Path) -> AppResult<BackupsView> {
    let folder = data_dir.join(backup::FOLDER);
    let backups = backup::backups(data_dir).map_err(|error| at(error, &folder))?;
    Ok(BackupsView {
        folder: folder.display().to_string(),
        backups: backups.into_iter().map(view).collect(),
        missed: None,
    })
}

/// The folder of the copies, made when it is not there.
///
/// # Errors
/// When it cannot be made.
pub fn folder(data_dir: &Path) -> AppResult<PathBuf> {
    let folder = data_dir.join(backup::FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
    Ok(folder)
}

/// Makes a copy now: in the folder of copies, or at a place of the person's choice, where nothing may be yet.
///
/// # Errors
/// When the data file is damaged or not there, the place is taken, or there is no room.
pub fn make(data_dir: &Path, file: Option<&Path>) -> AppResult<BackupView> {
    let (data, now) = (data_dir.join(FILE_NAME), SystemClock.now());
    let made = match file {
        None => backup::back_up(data_dir, Occasion::Hand, now),
        Some(file) if std::fs::symlink_metadata(file).is_ok() => {
            return Err(AppError::input("file", "already_there").with("path", file.display()));
        }
        Some(file) => match backup::back_up_to(data_dir, file) {
            Err(StoreError::CannotOpen { path, .. } | StoreError::ReadOnly { path })
                if path.parent() == file.parent() =>
            {
                return Err(AppError::input("file", "cannot_be_written").with("path", file.display()));
            }
            made => made.map(|bytes| Backup { file: file.to_owned(), at: now, occasion: Occasion::Hand, bytes }),
        },
    };
    made.map(view).map_err(|error| at(error, &data))
}

/// Puts a copy into the place of the data file, and keeps what was there.
///
/// # Errors
/// [`ErrorCode::BackupRefused`] for a file that is not one of ours, damaged or newer; [`ErrorCode::DataInUse`] while a program has the
/// data folder open. Nothing has changed then.
pub fn restore(data_dir: &Path, file: &Path) -> AppResult<RestoreView> {
    let refused =
        |reason: &str| AppError::new(ErrorCode::BackupRefused).with("file", file.display()).with("why", reason);
    let now = SystemClock.now();
    if !file.is_file() {
        return Err(refused("missing"));
    }
    chain::note_restore(data_dir, now)?;
    let restored = backup::restore(data_dir, file, now);
    if restored.is_err() && backup::staged(data_dir).is_ok_and(|staged| staged.is_none()) {
        chain::forget_restore(data_dir)?;
    }
    match restored {
        Ok(kept) => {
            chain::rewrite(data_dir, &Store::open(data_dir)?)?;
            Ok(RestoreView { file: file.display().to_string(), kept: kept.map(|kept| kept.display().to_string()) })
        }
        Err(StoreError::NotFound { .. }) => Err(refused("missing")),
        Err(StoreError::Foreign) => Err(refused("foreign")),
        Err(StoreError::Corrupt { .. }) => Err(refused("damaged")),
        Err(StoreError::Newer { .. }) => Err(refused("newer")),
        Err(error) => Err(at(error, data_dir)),
    }
}

/// A copy that the list names.
///
/// # Errors
/// [`ErrorCode::NotFound`] when the list has no such name.
pub fn named(data_dir: &Path, name: &str) -> AppResult<PathBuf> {
    let found = list(data_dir)?.backups.into_iter().find(|one| one.name == name);
    let missing = || AppError::new(ErrorCode::NotFound).with("what", "backup").with("id", name);
    Ok(found.ok_or_else(missing)?.path.into())
}

/// The error of a file that does not say itself which one it is about.
fn at(error: StoreError, path: &Path) -> AppError {
    let error = AppError::from(error);
    if error.params.contains_key("path") { error } else { error.with("path", path.display()) }
}

fn view(backup: Backup) -> BackupView {
    BackupView {
        name: backup.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        path: backup.file.display().to_string(),
        at: backup.at.to_string(),
        occasion: backup.occasion.name().to_owned(),
        kilobytes: u32::try_from(backup.bytes.div_ceil(1024)).unwrap_or(u32::MAX),
    }
}

impl Desk {
    /// The copies of this data folder, and why today's is missing where it could not be made.
    ///
    /// # Errors
    /// As [`list`].
    pub fn backups(&self) -> AppResult<BackupsView> {
        Ok(BackupsView { missed: self.inner.backup_missed.get(), ..list(self.data_dir())? })
    }

    /// Today's copy, where it is not there yet. That it cannot be made stops nothing, and is said in the settings.
    pub(crate) fn back_up_daily(&self) {
        let data = self.data_dir().join(FILE_NAME);
        let made = backup::daily(self.data_dir(), self.now()).map_err(|error| at(error, &data));
        if let Err(error) = &made {
            tracing::warn!(%error, "today's backup was not made");
        }
        self.inner.backup_missed.set(made.err());
    }
}

/// Why today's copy is missing.
#[derive(Default)]
pub(crate) struct Missed(std::sync::Mutex<Option<AppError>>);

impl Missed {
    fn get(&self) -> Option<AppError> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set(&self, error: Option<AppError>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = error;
    }
}
