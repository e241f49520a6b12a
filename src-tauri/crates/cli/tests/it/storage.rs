//! The data file in trouble: the program stops with words, the way back works, and nothing is deleted by itself.

use crate::desk::{Said, adds_up, bare, finished, first_database, shop};
use selaras_sandbox::SandboxOptions;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const DATA: &str = "selaras.sqlite3";

async fn run(folder: &Path, words: &[&OsStr]) -> Said {
    let all =
        words.iter().copied().chain(["--json".as_ref(), "--yes".as_ref(), "--data-dir".as_ref(), folder.as_ref()]);
    finished(bare(all).env("SELARAS_SECRETS", "memory").spawn().unwrap()).await
}

async fn opened(folder: &Path) -> Said {
    run(folder, &["runs".as_ref()]).await
}

/// A data folder that was used, and a copy of it.
async fn used() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    opened(folder.path()).await.ends(0);
    let made = run(folder.path(), &["backup".as_ref()]).await.ends(0).only_json();
    assert_eq!(made["occasion"], "hand");
    let copy = PathBuf::from(made["path"].as_str().unwrap());
    assert_eq!(copy.parent(), Some(folder.path().join("backups").as_path()));
    (folder, copy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_data_file_is_said_and_a_copy_comes_back() {
    let (folder, copy) = used().await;
    let broken = "none ".repeat(4_000);
    std::fs::write(folder.path().join(DATA), &broken).unwrap();
    let said = opened(folder.path()).await.ends(1);
    assert_eq!(said.error(), "storage_damaged");
    assert!(said.stdout.contains("selaras-cli restore"), "{}", said.stdout);
    assert_eq!(run(folder.path(), &["backup".as_ref()]).await.ends(1).error(), "storage_damaged");
    assert_eq!(std::fs::read_to_string(folder.path().join(DATA)).unwrap(), broken);
    let restored = run(folder.path(), &["restore".as_ref(), copy.as_ref()]).await.ends(0).only_json();
    assert_eq!(std::fs::read_to_string(restored["kept"].as_str().unwrap()).unwrap(), broken);
    opened(folder.path()).await.ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_whole_copy_is_refused_with_the_reason() {
    let (folder, copy) = used().await;
    let before = std::fs::read(folder.path().join(DATA)).unwrap();
    let cut = folder.path().join("cut");
    std::fs::write(&cut, &std::fs::read(&copy).unwrap()[..9 * 1024]).unwrap();
    for (file, why) in [
        (cut.clone(), "damaged"),
        (folder.path().join("none"), "missing"),
        (std::env::current_exe().unwrap(), "damaged"),
    ] {
        let said = run(folder.path(), &["restore".as_ref(), file.as_ref()]).await.ends(1);
        let error = said.only_json()["error"].clone();
        assert_eq!((error["code"].as_str(), error["params"]["why"].as_str()), (Some("backup_refused"), Some(why)));
    }
    for (place, why) in [(cut, "already_there"), (folder.path().join("none/copy"), "cannot_be_written")] {
        let said = run(folder.path(), &["backup".as_ref(), place.as_ref()]).await.ends(2);
        let error = said.only_json()["error"].clone();
        assert_eq!((error["code"].as_str(), error["params"]["detail"].as_str()), (Some("invalid_input"), Some(why)));
    }
    assert_eq!(std::fs::read(folder.path().join(DATA)).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_put_back_while_a_program_has_the_data_open() {
    let (folder, copy) = used().await;
    let lock = std::fs::File::open(folder.path().join("locks/data.lock")).unwrap();
    lock.lock_shared().unwrap();
    let said = run(folder.path(), &["restore".as_ref(), copy.as_ref()]).await.ends(5);
    assert_eq!(said.error(), "data_in_use");
    drop(lock);
    run(folder.path(), &["restore".as_ref(), copy.as_ref()]).await.ends(0);
}

/// Where a file stands exactly at its limit, the system calls that a fault of the disk.
#[cfg(unix)]
fn assert_full(said: &Said) {
    assert!(["storage_full", "storage"].contains(&said.error().as_str()), "{}", said.stdout);
}

/// A file grows to so many blocks of 512 bytes and no further, as on a disk that is full.
#[cfg(unix)]
async fn with_room_for(blocks: u32, folder: &Path, words: &[&OsStr]) -> Said {
    let rest = ["--json".as_ref(), "--yes".as_ref(), "--data-dir".as_ref(), folder.as_os_str()];
    let mut full = bare(words.iter().copied().chain(rest));
    full.env("SELARAS_SECRETS", "memory");
    full_at(blocks, &full).await
}

/// A command of the program on such a disk.
#[cfg(unix)]
async fn full_at(blocks: u32, command: &tokio::process::Command) -> Said {
    let command = command.as_std();
    let mut shell = tokio::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(std::process::Stdio::null());
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    finished(shell.spawn().unwrap()).await
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_any_step_of_the_start_stops_in_order_and_loses_nothing() {
    let mut refused = 0;
    for blocks in [0, 1, 8, 9, 40, 120, 300, 600, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let said = with_room_for(blocks, folder.path(), &["runs".as_ref()]).await;
        if said.code != 0 {
            refused += 1;
            assert_full(&said.ends(1));
        }
        opened(folder.path()).await.ends(0);
    }
    assert!(refused > 3, "a disk that is full refuses");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_finds_no_room_is_none_and_a_restore_without_room_changes_nothing() {
    let (folder, copy) = used().await;
    let before = std::fs::read(folder.path().join(DATA)).unwrap();
    let files = || std::fs::read_dir(folder.path().join("backups")).unwrap().count();
    let copies = files();
    for words in [vec!["backup".as_ref()], vec!["restore".as_ref(), copy.as_os_str()]] {
        let said = with_room_for(16, folder.path(), &words).await.ends(1);
        assert_full(&said);
        assert_eq!((files(), std::fs::read(folder.path().join(DATA)).unwrap()), (copies, before.clone()));
    }
    let left = std::fs::read_dir(folder.path()).unwrap().filter(|one| {
        let name = one.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".part") || name.to_string_lossy().contains(".restore")
    });
    assert_eq!(left.count(), 0);
    opened(folder.path()).await.ends(0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_data_file_that_another_program_has_made_read_only_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = used().await;
    let data = folder.path().join(DATA);
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o444)).unwrap();
    let said = opened(folder.path()).await.ends(1);
    assert_eq!(said.error(), "storage_read_only");
    assert!(said.stdout.contains(DATA), "{}", said.stdout);
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o644)).unwrap();
    opened(folder.path()).await.ends(0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_in_the_middle_of_a_sync_stops_it_in_order_and_with_room_it_makes_every_item_once() {
    let (sandbox, desk) = shop(SandboxOptions { items: 300, ..SandboxOptions::default() }).await;
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    let items = || sandbox.state().databases[&database].items.len();
    let before = items();
    let (mut refused, mut in_the_middle) = (0, 0);
    for blocks in [8, 64, 128, 256, 384, 512, 640, 768, 1_024, 1_536, 2_048] {
        let said = full_at(blocks, &desk.command(["sync", "items", "--yes", "--json"])).await;
        if !matches!(said.code, 0 | 3) {
            refused += 1;
            in_the_middle += usize::from(items() > before);
            assert_full(&said.ends(1));
        }
    }
    assert!(refused > 3 && in_the_middle > 0, "{refused} were refused, {in_the_middle} of them in the middle");
    let answer = desk.run("sync items --yes").await;
    assert!(matches!(answer.code, 0 | 3), "{} {}", answer.stdout, answer.stderr);
    adds_up(&answer.only_json()["run"]);
    let state = sandbox.state();
    let books = &state.databases[&database];
    assert_eq!(books.writes, books.items.len() - before, "every item once");
    assert_eq!(desk.answer("verify", 0).await["chain_whole"], true);
}
