use super::*;
use crate::store::Store;
use std::io::{Seek, SeekFrom, Write};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A data folder whose setting `a` says `value`, closed again.
fn said(folder: &Path, value: &str) {
    let store = Store::open(folder).unwrap();
    store.set_setting("a", value).unwrap();
    for number in 0..16 {
        store.set_setting(&format!("k{number}"), &"x".repeat(1_000)).unwrap();
    }
}

fn says(folder: &Path) -> Option<String> {
    Store::open(folder).unwrap().setting("a").unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let name = |one: Backup| one.file.file_name().unwrap().to_string_lossy().into_owned();
    backups(folder).unwrap().into_iter().map(name).collect()
}

/// Every file of a folder and what is in it.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn damage(file: &Path) {
    let mut file = File::options().write(true).open(file).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(length - 3 * 4096)).unwrap();
    file.write_all(&[0xA5; 3 * 4096]).unwrap();
}

#[test]
fn what_was_backed_up_comes_back_and_what_was_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "first");
    let made = back_up(folder.path(), Occasion::Hand, at("2026-12-01T03:31:47Z")).unwrap();
    assert_eq!(names(folder.path()), ["selaras-20261201T033147Z-hand.sqlite3"]);
    said(folder.path(), "second");
    let kept = restore(folder.path(), &made.file, at("2026-12-02T00:00:00Z")).unwrap().unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("first"));
    assert_eq!(
        names(folder.path()),
        ["selaras-20261202T000000Z-replaced.sqlite3", "selaras-20261201T033147Z-hand.sqlite3"]
    );
    restore(folder.path(), &kept, at("2026-12-03T00:00:00Z")).unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("second"));
}

#[test]
fn a_copy_holds_what_is_still_in_the_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.set_setting("a", "just now").unwrap();
    let file = folder.path().join("copy.sqlite3");
    back_up_to(folder.path(), &file).unwrap();
    drop(store);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(restore(other.path(), &file, Timestamp::UNIX_EPOCH).unwrap(), None);
    assert_eq!(says(other.path()).as_deref(), Some("just now"));
}

#[test]
fn a_damaged_data_file_is_brought_back_and_kept_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "whole");
    let made = back_up(folder.path(), Occasion::Hand, Timestamp::UNIX_EPOCH).unwrap();
    let data = folder.path().join(FILE_NAME);
    damage(&data);
    let damaged = std::fs::read(&data).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::Corrupt { .. })));
    assert!(matches!(back_up(folder.path(), Occasion::Hand, Timestamp::UNIX_EPOCH), Err(StoreError::Corrupt { .. })));
    assert_eq!(std::fs::read(&data).unwrap(), damaged);
    let kept = restore(folder.path(), &made.file, Timestamp::UNIX_EPOCH).unwrap().unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("whole"));
    assert_eq!(std::fs::read(kept).unwrap(), damaged);
}

#[test]
fn a_file_that_is_no_database_at_all_is_brought_back_too() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "whole");
    let made = back_up(folder.path(), Occasion::Hand, Timestamp::UNIX_EPOCH).unwrap();
    for broken in [Vec::new(), b"not a database ".repeat(500)] {
        std::fs::write(folder.path().join(FILE_NAME), broken).unwrap();
        restore(folder.path(), &made.file, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(says(folder.path()).as_deref(), Some("whole"));
    }
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    restore(folder.path(), &made.file, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("whole"));
}

#[test]
fn a_copy_that_is_damaged_foreign_newer_or_not_there_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "kept");
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        let file = elsewhere.path().join(name);
        back_up_to(folder.path(), &file).unwrap();
        file
    };
    let (damaged, newer, foreign, cut) =
        (copy("damaged"), copy("newer"), elsewhere.path().join("foreign"), copy("cut"));
    damage(&damaged);
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 1_000).unwrap();
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE other (id INTEGER)").unwrap();
    File::options().write(true).open(&cut).unwrap().set_len(3 * 4096).unwrap();
    let empty = elsewhere.path().join("empty");
    File::create(&empty).unwrap();
    let before = everything(folder.path());
    let refused = |file: &Path| restore(folder.path(), file, Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(matches!(refused(&damaged), StoreError::Corrupt { .. }));
    assert!(matches!(refused(&cut), StoreError::Corrupt { .. }));
    assert!(matches!(refused(&newer), StoreError::Newer { found: 1_000, .. }));
    assert!(matches!(refused(&foreign), StoreError::Foreign));
    assert!(matches!(refused(&empty), StoreError::Foreign));
    assert!(matches!(refused(&elsewhere.path().join("none")), StoreError::NotFound { .. }));
    assert_eq!(everything(folder.path()), before);
}

#[test]
fn nothing_is_put_into_the_place_of_a_file_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "kept");
    let made = back_up(folder.path(), Occasion::Hand, Timestamp::UNIX_EPOCH).unwrap();
    let open = Store::open(folder.path()).unwrap();
    assert!(matches!(restore(folder.path(), &made.file, Timestamp::UNIX_EPOCH), Err(StoreError::InUse)));
    drop(open);
    restore(folder.path(), &made.file, Timestamp::UNIX_EPOCH).unwrap();
}

#[test]
fn a_restore_that_was_cut_short_is_finished_at_the_next_opening() {
    // After each of the moves of a restore: none, the log, the log and the data file.
    for gone in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        said(folder.path(), "first");
        let staged = folder.path().join("selaras-20261201T000000Z-replaced.restore");
        let first = folder.path().join("first");
        back_up_to(folder.path(), &first).unwrap();
        said(folder.path(), "second");
        std::fs::rename(first, &staged).unwrap();
        let (data, kept) = (folder.path().join(FILE_NAME), folder.path().join(FOLDER));
        let kept_as = kept.join("selaras-20261201T000000Z-replaced.sqlite3");
        std::fs::write(beside(&data, "-wal"), b"what a power cut has left").unwrap();
        std::fs::create_dir_all(&kept).unwrap();
        for ending in ["-wal", ""].into_iter().take(gone) {
            std::fs::rename(beside(&data, ending), beside(&kept_as, ending)).unwrap();
        }
        assert_eq!(says(folder.path()).as_deref(), Some("first"), "after {gone} moves");
        assert_eq!(names(folder.path()), ["selaras-20261201T000000Z-replaced.sqlite3"]);
        assert_eq!(std::fs::read(beside(&kept_as, "-wal")).unwrap(), b"what a power cut has left");
    }
}

#[test]
fn half_a_log_after_a_power_cut_gives_all_that_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for number in 0..200 {
        store.set_setting("a", &number.to_string()).unwrap();
    }
    let after = tempfile::tempdir().unwrap();
    let (data, wal) = (folder.path().join(FILE_NAME), beside(&folder.path().join(FILE_NAME), "-wal"));
    let log = std::fs::read(&wal).unwrap();
    let mut last = None;
    for length in [0, 31, log.len() / 3, log.len() / 2 + 1, log.len() - 1, log.len()] {
        std::fs::copy(&data, after.path().join(FILE_NAME)).unwrap();
        std::fs::write(beside(&after.path().join(FILE_NAME), "-wal"), &log[..length]).unwrap();
        let now = says(after.path()).map(|text| text.parse::<u32>().unwrap());
        assert!(now >= last, "{length} bytes of the log give {now:?} after {last:?}");
        last = now;
    }
    assert_eq!(last, Some(199));
    // A copy of the three files as they lay there is brought back as well.
    let copy = after.path().join("copy");
    std::fs::copy(&data, &copy).unwrap();
    std::fs::write(beside(&copy, "-wal"), &log[..log.len() - 1]).unwrap();
    let other = tempfile::tempdir().unwrap();
    restore(other.path(), &copy, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(says(other.path()).as_deref(), Some("198"));
}

#[test]
fn one_copy_a_day_is_made_and_the_last_fourteen_stay() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "a");
    let hand = back_up(folder.path(), Occasion::Hand, at("2026-01-01T00:00:00Z")).unwrap();
    for day in 1..=20 {
        let noon = at(&format!("2026-11-{day:02}T12:00:00Z"));
        assert!(daily(folder.path(), noon).unwrap().is_some());
        assert_eq!(daily(folder.path(), noon + jiff::SignedDuration::from_hours(11)).unwrap(), None);
    }
    let left = backups(folder.path()).unwrap();
    let days: Vec<_> = left.iter().filter(|one| one.occasion == Occasion::Daily).map(|one| one.at).collect();
    let expected: Vec<_> = (7..=20).rev().map(|day| at(&format!("2026-11-{day:02}T12:00:00Z"))).collect();
    assert_eq!(days, expected);
    assert!(left.contains(&hand));
    // A clock that was set back lets its copy stay.
    let back = daily(folder.path(), at("2026-10-01T00:00:00Z")).unwrap().unwrap();
    assert!(backups(folder.path()).unwrap().contains(&back));
}

#[test]
fn a_full_disk_leaves_no_half_copy_and_no_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "kept");
    let before = everything(folder.path());
    // `/dev/full` takes no byte, as a disk without room.
    #[cfg(target_os = "linux")]
    {
        assert!(matches!(bytes_of(&folder.path().join(FILE_NAME), Path::new("/dev/full")), Err(StoreError::DiskFull)));
        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("copy");
        std::os::unix::fs::symlink("/dev/full", part_of(&file)).unwrap();
        assert!(back_up_to(folder.path(), &file).is_err());
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
    assert_eq!(everything(folder.path()), before);
    assert_eq!(says(folder.path()).as_deref(), Some("kept"));
}

#[test]
fn a_place_that_is_taken_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "kept");
    for taken in [folder.path().join(FILE_NAME), folder.path().join("locks")] {
        assert!(matches!(back_up_to(folder.path(), &taken), Err(StoreError::Refused(_))));
    }
    assert!(matches!(
        back_up_to(&folder.path().join("empty"), &folder.path().join("x")),
        Err(StoreError::NotFound { .. })
    ));
    assert!(!folder.path().join("empty").exists());
    assert_eq!(says(folder.path()).as_deref(), Some("kept"));
}

#[test]
fn a_newer_program_copies_the_file_before_it_uses_it_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "kept");
    said(folder.path(), "kept");
    assert_eq!(names(folder.path()), [""; 0]);
    let data = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    data.execute("UPDATE program SET version = '0.0.9'", []).unwrap();
    drop(data);
    said(folder.path(), "later");
    said(folder.path(), "later");
    let [copy] = &backups(folder.path()).unwrap()[..] else { panic!("one copy is made") };
    assert_eq!(copy.occasion, Occasion::Update);
    restore(folder.path(), &copy.file, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("kept"));
}

#[test]
fn two_restores_within_a_second_keep_what_each_has_found() {
    let folder = tempfile::tempdir().unwrap();
    let now = at("2026-12-01T03:31:47Z");
    said(folder.path(), "first");
    let first = back_up(folder.path(), Occasion::Hand, now).unwrap();
    said(folder.path(), "original");
    let kept: Vec<PathBuf> = (0..2).map(|_| restore(folder.path(), &first.file, now).unwrap().unwrap()).collect();
    assert_ne!(kept[0], kept[1]);
    assert_eq!(says(folder.path()).as_deref(), Some("first"));
    restore(folder.path(), &kept[0], at("2026-12-01T03:31:48Z")).unwrap();
    assert_eq!(says(folder.path()).as_deref(), Some("original"));
}

#[test]
fn a_copy_that_lacks_a_table_a_column_or_what_its_rows_belong_to_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let now = at("2026-12-01T03:31:47Z");
    said(folder.path(), "first");
    for change in [
        "PRAGMA foreign_keys = OFF; DROP TABLE journal",
        "ALTER TABLE run RENAME COLUMN vouched TO other",
        "PRAGMA foreign_keys = OFF; INSERT INTO run (id, company, plan, state, counts, started_at) VALUES ('r', 77, 77, '', '', '')",
    ] {
        let copy = back_up(folder.path(), Occasion::Hand, now).unwrap();
        Connection::open(&copy.file).unwrap().execute_batch(change).unwrap();
        let refused = restore(folder.path(), &copy.file, now);
        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{change}: {refused:?}");
    }
    assert_eq!(says(folder.path()).as_deref(), Some("first"));
}
