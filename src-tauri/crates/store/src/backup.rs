//! Copies of the data file, and the way back to one.
//!
//! A copy is checked before it bears its name, and again before it takes the place of what is there. What was there is kept aside. Nothing
//! here deletes the data file, a copy that a person has made, or one that was kept aside.
//!
//! A restore is two steps: the checked copy is laid beside the data file under a name that says so, and only then is the data file moved
//! away and the copy moved into its place. A restore that was cut short between them is finished at the next opening, so that a power cut
//! never leaves a folder without a data file.

use crate::durable;
use crate::error::StoreError;
use crate::in_use::InUse;
use crate::open::{self, FILE_NAME};
use crate::tables::setting;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::backup::{Backup as Copying, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Folder of the copies below the data folder.
pub const FOLDER: &str = "backups";

/// How many of those that are made by themselves are kept, of each occasion.
pub const KEPT: usize = 14;

/// How long a restore waits for another program that is just starting or ending.
const PATIENCE: Duration = Duration::from_secs(2);

const ENDING: &str = ".sqlite3";
/// Between its two steps a restore is a file of this ending beside the data file.
const STAGED: &str = ".restore";

/// Why a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Once a day.
    Daily,
    /// Before a newer program uses the file for the first time, and changes its schema where it has to.
    Update,
    /// A person asked for it.
    Hand,
    /// It was there before a restore; not checked, and perhaps damaged.
    Replaced,
    /// Somebody has laid it there.
    Other,
}

impl Occasion {
    /// Its name, in file names and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Update => "update",
            Self::Hand => "hand",
            Self::Replaced => "replaced",
            Self::Other => "other",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Daily, Self::Update, Self::Hand, Self::Replaced].into_iter().find(|one| one.name() == name)
    }
}

/// A copy in the folder of copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where.
    pub file: PathBuf,
    /// When it was made.
    pub at: Timestamp,
    /// Why.
    pub occasion: Occasion,
    /// How large it is.
    pub bytes: u64,
}

/// The copies of a data folder, the newest first.
///
/// # Errors
/// When the folder cannot be read; one that is not there has none.
pub fn backups(data_folder: &Path) -> Result<Vec<Backup>, StoreError> {
    let folder = data_folder.join(FOLDER);
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries.map_err(|error| StoreError::from_io(&error, &folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(|error| StoreError::from_io(&error, &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(ENDING) else { continue };
        let metadata = entry.metadata().map_err(|error| StoreError::from_io(&error, &entry.path()))?;
        if !metadata.is_file() {
            continue;
        }
        let written = || metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_default();
        let (at, occasion) = named(stem).unwrap_or_else(|| (written(), Occasion::Other));
        found.push(Backup { file: entry.path(), at, occasion, bytes: metadata.len() });
    }
    found.sort_by(|one, other| (other.at, &other.file).cmp(&(one.at, &one.file)));
    Ok(found)
}

/// Copies the data file into the folder of copies, for a person.
///
/// # Errors
/// As [`back_up_to`].
pub fn back_up(data_folder: &Path, occasion: Occasion, now: Timestamp) -> Result<Backup, StoreError> {
    let source = opened(data_folder)?;
    copy_of(&source, data_folder, occasion, now)
}

/// Copies the data file to a place of a person's choice, where nothing may be yet. The copy is whole, whoever writes meanwhile.
///
/// # Errors
/// [`StoreError::Refused`] when something is there; [`StoreError::Corrupt`] when the data file is damaged; when there is none, or no room.
pub fn back_up_to(data_folder: &Path, file: &Path) -> Result<u64, StoreError> {
    if std::fs::symlink_metadata(file).is_ok() {
        return Err(StoreError::Refused(format!("{} is there already", file.display())));
    }
    copied(&opened(data_folder)?, file)
}

/// The copy of today, unless it is there; older ones beyond [`KEPT`] are let go.
///
/// # Errors
/// As [`back_up_to`].
pub fn daily(data_folder: &Path, now: Timestamp) -> Result<Option<Backup>, StoreError> {
    let today = |at: Timestamp| at.to_zoned(TimeZone::UTC).date() == now.to_zoned(TimeZone::UTC).date();
    if backups(data_folder)?.iter().any(|one| one.occasion == Occasion::Daily && today(one.at)) {
        return Ok(None);
    }
    back_up(data_folder, Occasion::Daily, now).map(Some)
}

/// Copies an open data file into the folder of copies.
pub fn copy_of(
    source: &Connection,
    data_folder: &Path,
    occasion: Occasion,
    now: Timestamp,
) -> Result<Backup, StoreError> {
    let folder = data_folder.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::from_io(&error, &folder))?;
    let file = free_name(&folder, occasion, now);
    let bytes = copied(source, &file)?;
    if matches!(occasion, Occasion::Daily | Occasion::Update) {
        let of_occasion = backups(data_folder)?.into_iter().filter(|one| one.occasion == occasion && one.file != file);
        for old in of_occasion.skip(KEPT - 1) {
            // One more than wanted is no fault.
            let _kept = std::fs::remove_file(old.file);
        }
    }
    Ok(Backup { file, at: now, occasion, bytes })
}

/// Puts a copy into the place of the data file, when it is one of ours, whole and not newer than this program. What was there is kept
/// aside, damaged or not; the answer says where.
///
/// # Errors
/// [`StoreError::InUse`] when a program has the data folder open; [`StoreError::NotFound`], [`StoreError::Foreign`],
/// [`StoreError::Corrupt`] and [`StoreError::Newer`] are of the copy, and then nothing has changed; no room, or no right to write.
pub fn restore(data_folder: &Path, file: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !file.is_file() {
        return Err(StoreError::NotFound { what: file.display().to_string() });
    }
    std::fs::create_dir_all(data_folder).map_err(|error| StoreError::from_io(&error, data_folder))?;
    let _alone = InUse::alone(data_folder, PATIENCE)?;
    // What an earlier restore has not finished is what is there.
    finish(data_folder)?;
    // Its name is that under which what is there will be kept: one that nothing is kept under yet.
    let kept = free_name(&data_folder.join(FOLDER), Occasion::Replaced, now);
    let staged = data_folder.join(kept.with_extension(STAGED.trim_start_matches('.')).file_name().unwrap_or_default());
    let part = part_of(&staged);
    let laid = (|| {
        bytes_of(file, &part)?;
        // A copy of a file that was open then has its last transactions beside it.
        let beside = beside(file, "-wal");
        if beside.is_file() {
            bytes_of(&beside, &self::beside(&part, "-wal"))?;
        }
        let copy =
            Connection::open_with_flags(&part, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        has_all(&copy)?;
        setting::put(&copy, setting::RESTORED_AT, &now.to_string())?;
        made_whole(copy)?;
        durable::settle(&part).map_err(|error| StoreError::from_io(&error, &part))?;
        moved(&part, &staged)
    })();
    laid.inspect_err(|_| forget(&part)).map_err(|error| error.lying_at(file))?;
    finish(data_folder)
}

/// Finishes a restore that was cut short. Whoever calls holds the folder alone.
pub fn finish(data_folder: &Path) -> Result<Option<PathBuf>, StoreError> {
    let Some(staged) = staged(data_folder)? else { return Ok(None) };
    let folder = data_folder.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::from_io(&error, &folder))?;
    let kept = folder.join(staged.file_stem().unwrap_or_default()).with_extension(ENDING.trim_start_matches('.'));
    let data = data_folder.join(FILE_NAME);
    // The data file last: as long as it is there, what belongs to it can still be moved after it.
    for ending in ["-wal", "-shm", "-journal", ""] {
        let there = beside(&data, ending);
        if std::fs::symlink_metadata(&there).is_ok() {
            moved(&there, &beside(&kept, ending))?;
        }
    }
    moved(&staged, &data)?;
    Ok(std::fs::symlink_metadata(&kept).is_ok().then_some(kept))
}

/// The copy that a restore has laid beside the data file.
pub fn staged(data_folder: &Path) -> Result<Option<PathBuf>, StoreError> {
    let entries = std::fs::read_dir(data_folder).map_err(|error| StoreError::from_io(&error, data_folder))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(names.filter(|path| path.to_string_lossy().ends_with(STAGED)).max())
}

/// The data file as it is, neither made nor changed.
fn opened(data_folder: &Path) -> Result<Connection, StoreError> {
    let file = data_folder.join(FILE_NAME);
    if !file.is_file() {
        return Err(StoreError::NotFound { what: file.display().to_string() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&file, flags)?;
    connection.busy_timeout(open::BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Copies what is open to a file, which bears its name only when it is whole and on the disk.
fn copied(source: &Connection, file: &Path) -> Result<u64, StoreError> {
    let part = part_of(file);
    let made = (|| {
        let mut copy = Connection::open(&part).map_err(|error| StoreError::from(error).lying_at(file))?;
        let copying = Copying::new(source, &mut copy)?;
        // All pages in one step are of one moment.
        match copying.step(-1)? {
            StepResult::Done => {}
            _ => return Err(StoreError::Locked),
        }
        drop(copying);
        made_whole(copy)?;
        durable::settle(&part).map_err(|error| StoreError::from_io(&error, &part))?;
        moved(&part, file)
    })();
    made.inspect_err(|_| forget(&part))?;
    Ok(std::fs::metadata(file).map_err(|error| StoreError::from_io(&error, file))?.len())
}

/// Checks a copy, and makes it one file that needs nothing beside it.
fn made_whole(copy: Connection) -> Result<(), StoreError> {
    open::recognise(&copy)?;
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt { path: PathBuf::new(), detail: verdict });
    }
    Ok(copy.close().map_err(|(_, error)| error)?)
}

/// Whether a copy has all that may take the place of what is there: every table and column of its version, and what each row belongs to.
fn has_all(copy: &Connection) -> Result<(), StoreError> {
    open::recognise(copy)?;
    open::complete(copy)?;
    let torn: Option<String> = copy.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional()?;
    match torn {
        Some(table) => {
            Err(StoreError::Corrupt { path: PathBuf::new(), detail: format!("rows of {table} belong to nothing") })
        }
        None => Ok(()),
    }
}

fn bytes_of(file: &Path, to: &Path) -> Result<(), StoreError> {
    let copied = File::open(file).and_then(|mut from| {
        let mut part = File::create(to)?;
        std::io::copy(&mut from, &mut part)
    });
    copied.map(|_| ()).map_err(|error| StoreError::from_io(&error, to))
}

/// Moves a file, so that a power cut finds it at one place or the other.
fn moved(from: &Path, to: &Path) -> Result<(), StoreError> {
    durable::rename(from, to).map_err(|error| StoreError::from_io(&error, to))
}

fn forget(part: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        // What cannot be removed is no copy: it does not bear the name of one.
        let _left = std::fs::remove_file(beside(part, ending));
    }
}

/// The file of this ending beside another.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn part_of(file: &Path) -> PathBuf {
    beside(file, &format!(".{}.part", std::process::id()))
}

fn name_of(occasion: Occasion, at: Timestamp) -> String {
    format!("selaras-{}-{}", at.strftime("%Y%m%dT%H%M%SZ"), occasion.name())
}

/// A name that no copy has yet.
fn free_name(folder: &Path, occasion: Occasion, now: Timestamp) -> PathBuf {
    let name = name_of(occasion, now);
    let numbered = (2_u32..).map(|number| folder.join(format!("{name}-{number}{ENDING}")));
    std::iter::once(folder.join(format!("{name}{ENDING}")))
        .chain(numbered)
        .find(|file| std::fs::symlink_metadata(file).is_err())
        .unwrap_or_default()
}

fn named(stem: &str) -> Option<(Timestamp, Occasion)> {
    let mut parts = stem.strip_prefix("selaras-")?.split('-');
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", parts.next()?).ok()?;
    Some((at.to_zoned(TimeZone::UTC).ok()?.timestamp(), Occasion::named(parts.next()?)?))
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
