//! Copies of the data file.

use crate::error::AppError;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A copy of the data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupView {
    /// Its file name.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Why: `daily`, `update`, `hand`, `replaced` (it was there before a restore), `other` (somebody has laid it there).
    pub occasion: String,
    /// How large it is.
    pub kilobytes: u32,
}

/// The copies of a data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupsView {
    /// Where they lie; what is laid there can be put back, too.
    pub folder: String,
    /// The newest first.
    pub backups: Vec<BackupView>,
    /// Why today's could not be made.
    pub missed: Option<AppError>,
}

/// What a restore has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RestoreView {
    /// The copy that is the data file now.
    pub file: String,
    /// Where the data file that was there is kept; `None` when there was none.
    pub kept: Option<String>,
}
