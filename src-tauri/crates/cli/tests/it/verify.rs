//! What was proven is changed behind the program's back, in real files and rows: the command says so, and so does the window's desk.

use crate::desk::{Desk, finished, first_database, shop};
use selaras_app::demo;
use selaras_app::desk::{Desk as Window, DeskConfig};
use selaras_sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

async fn ready() -> (Sandbox, Desk) {
    let (sandbox, desk) = shop(SandboxOptions { items: 30, orders: 0, ..SandboxOptions::default() }).await;
    desk.connect(first_database(sandbox.connection())).await;
    desk.map().await;
    (sandbox, desk)
}

/// A shop whose items are made and proven, twice: a chain of two certificates.
async fn proven() -> (Sandbox, Desk, String) {
    let (sandbox, desk) = ready().await;
    let answer = desk.run("sync items --yes").await.only_json();
    let run = answer["run"]["run"].as_str().unwrap().to_owned();
    assert_eq!(answer["proof"]["proven"], true);
    desk.answer(&format!("prove {run}"), 0).await;
    (sandbox, desk, run)
}

fn certificates(data: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(data.join("certificates")).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("head-")).collect()
}

fn head(data: &Path) -> PathBuf {
    let mut names = fs::read_dir(data.join("certificates")).unwrap().map(|entry| entry.unwrap().path());
    names.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("head-")).unwrap()
}

fn rows(data: &Path, change: &str) {
    let file = rusqlite::Connection::open(data.join("selaras.sqlite3")).unwrap();
    file.execute_batch(change).unwrap();
    assert!(file.total_changes() > 0, "{change}");
}

/// The file of the newest certificate.
fn newest(data: &Path) -> PathBuf {
    let file = rusqlite::Connection::open(data.join("selaras.sqlite3")).unwrap();
    let newest = "SELECT path FROM certificate ORDER BY row DESC LIMIT 1";
    data.join(file.query_row(newest, [], |row| row.get::<_, String>(0)).unwrap())
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copied(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn codes(problems: &Value) -> Vec<String> {
    problems.as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

type Tampering = (&'static str, fn(&Path), &'static [&'static str]);

const TAMPERINGS: &[Tampering] = &[
    (
        "a certificate's file is edited",
        |data| edit(&newest(data), "\"checked\":", "\"checked\": "),
        &["certificate_file_changed"],
    ),
    ("a certificate's file is deleted", |data| fs::remove_file(newest(data)).unwrap(), &["certificate_file_missing"]),
    (
        "the newest certificate is deleted, in the table and as a file",
        |data| {
            fs::remove_file(newest(data)).unwrap();
            rows(data, "DELETE FROM certificate WHERE row = (SELECT max(row) FROM certificate)");
        },
        &["certificate_missing", "chain_cut"],
    ),
    (
        "the newest certificate is deleted, and the run made to know only the one before",
        |data| {
            fs::remove_file(newest(data)).unwrap();
            rows(
                data,
                "DELETE FROM certificate WHERE row = (SELECT max(row) FROM certificate);
                 UPDATE run SET vouched = (SELECT hash FROM certificate)",
            );
        },
        &["chain_cut"],
    ),
    (
        "all certificates are deleted, with everything that tells of them",
        |data| {
            fs::remove_dir_all(data.join("certificates")).unwrap();
            rows(data, "DELETE FROM certificate; UPDATE run SET vouched = NULL, proven = NULL");
        },
        &["certificates_none"],
    ),
    ("the head is deleted", |data| fs::remove_file(head(data)).unwrap(), &["chain_head_missing"]),
    (
        "a certificate is edited in the table",
        |data| {
            rows(data, "UPDATE certificate SET body = replace(body, '\"checked\":', '\"checked\": 1') WHERE row = 1")
        },
        &["certificate_changed"],
    ),
    (
        "a journal row is changed",
        |data| rows(data, "UPDATE journal SET record = 1 WHERE state = 'posted'"),
        &["journal_changed"],
    ),
    (
        "a journal row is deleted",
        |data| rows(data, "DELETE FROM journal WHERE position = (SELECT min(position) FROM journal)"),
        &["journal_changed"],
    ),
    (
        "a plan row is changed",
        |data| {
            rows(data, "UPDATE plan_operation SET body = replace(body, 'INVENTORY', 'SERVICE')");
        },
        &["plan_changed"],
    ),
    (
        "a file that nobody knows is among the certificates",
        |data| {
            fs::copy(newest(data), data.join("certificates/x-000000000000.json")).unwrap();
        },
        &["certificate_file_unknown"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_change_what_was_proven_is_noticed_by_the_command_and_by_the_window() {
    let (sandbox, desk, _) = proven().await;
    let data = desk.folder.path().join("data");
    let whole = desk.answer("verify", 0).await;
    assert_eq!(
        whole,
        serde_json::json!({
            "chain_whole": true, "certificates": 2, "unproven": [], "problems": [],
        })
    );
    assert_eq!(certificates(&data).len(), 2);
    for (number, (what, tamper, expected)) in TAMPERINGS.iter().enumerate() {
        let copy = desk.folder.path().join(format!("copy-{number}"));
        copied(&data, &copy);
        tamper(&copy);
        let folder = copy.to_str().unwrap();
        let said = desk.run(&format!("--data-dir {folder} verify")).await;
        assert_eq!(said.code, 1, "{what}: {} {}", said.stdout, said.stderr);
        let said = said.only_json();
        assert_eq!(said["chain_whole"], false, "{what}");
        for code in *expected {
            assert!(codes(&said["problems"]).iter().any(|found| found == code), "{what}: {said}");
        }
        let config = DeskConfig { company: "default".into(), ..demo::desk_config(copy, sandbox.connection()) };
        let window = Window::open(config).unwrap();
        let seen = serde_json::to_value(window.verify().await.unwrap()).unwrap();
        assert_eq!(seen, said, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificates_file_verifies_to_the_letter_or_not_at_all() {
    let (_sandbox, desk, run) = proven().await;
    let data = desk.folder.path().join("data");
    let own = newest(&data);
    desk.answer(&format!("verify {}", own.display()), 0).await;
    let copy = desk.folder.path().join("kept.json");
    fs::copy(&own, &copy).unwrap();
    edit(&copy, "\"not_readable\": 0", "\"not_readable\": 1");
    let said = desk.answer(&format!("verify {}", copy.display()), 1).await;
    assert_eq!(
        (codes(&said["problems"]), &said["problems"][0]["run"]),
        (vec!["file_not_in_chain".into()], &run.into())
    );
    // A field that no certificate has changes no hash, and is noticed all the same.
    fs::copy(&own, &copy).unwrap();
    edit(&copy, "\"version\": 2", "\"version\": 2, \"note\": \"x\"");
    desk.answer(&format!("verify {}", copy.display()), 1).await;
    let none = desk.file("none.json", "{}");
    assert_eq!(desk.run(&format!("verify {}", none.display())).await.error(), "file_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn posted_rows_of_which_no_certificate_knows_are_shown_and_proven_before_anything_else_is_written() {
    let (_sandbox, desk) = ready().await;
    let plan = desk.answer("plan items", 0).await["plan"].as_str().unwrap().to_owned();
    // Ended and not proven: what a kill behind the last row leaves.
    let run = desk.run(&format!("apply {plan} --yes")).await.only_json()["run"].as_str().unwrap().to_owned();
    let shown = desk.answer("runs", 0).await;
    assert_eq!((&shown["runs"][0]["unproven"], &shown["chain_whole"]), (&true.into(), &false.into()));
    let said = desk.answer("verify", 1).await;
    assert_eq!(
        (codes(&said["problems"]), &said["unproven"]),
        (vec!["certificates_none".into()], &serde_json::json!([run]))
    );
    let check = desk.run("check").await.only_json();
    let line = check["checks"].as_array().unwrap().iter().find(|line| line["id"] == "proof").unwrap();
    assert_eq!(line["state"], "attention");
    // A plan is made without a proof; what writes proves first.
    desk.answer("plan items", 0).await;
    assert_eq!(desk.answer("runs", 0).await["runs"][0]["unproven"], true);
    desk.run("sync items --yes").await;
    let shown = desk.answer("runs", 0).await;
    let first = shown["runs"].as_array().unwrap().iter().find(|one| one["run"] == run.as_str()).unwrap();
    assert_eq!((&first["unproven"], &first["certificate_no"]), (&false.into(), &1.into()));
    assert_eq!(desk.answer("verify", 0).await["unproven"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_whose_writing_was_cut_off_is_whole_and_is_finished_by_the_next_proof() {
    let (_sandbox, desk, run) = proven().await;
    let data = desk.folder.path().join("data");
    // Killed when the store had the certificate: its file lies beside its place, and the end of the chain is not told yet.
    let own = newest(&data);
    let waiting = own.with_extension("json.new");
    fs::rename(&own, &waiting).unwrap();
    let file = rusqlite::Connection::open(data.join("selaras.sqlite3")).unwrap();
    let first: String = file.query_row("SELECT hash FROM certificate WHERE row = 1", [], |row| row.get(0)).unwrap();
    fs::write(head(&data), format!("{{\"certificates\":1,\"hash\":\"{first}\"}}")).unwrap();
    desk.answer("verify", 0).await;
    // Killed before the store had it: what lies there is of no certificate.
    let lost = own.with_file_name(format!("{run}-000000000000.json.new"));
    fs::write(&lost, "{").unwrap();
    desk.answer("verify", 0).await;
    desk.answer(&format!("prove {run}"), 0).await;
    assert_eq!((own.exists(), waiting.exists(), lost.exists()), (true, false, false));
    assert_eq!(desk.answer("verify", 0).await["certificates"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_put_back_is_whole_and_what_was_proven_after_it_is_kept_beside() {
    let (_sandbox, desk, run) = proven().await;
    let data = desk.folder.path().join("data");
    let copy = desk.folder.path().join("copy.sqlite3");
    desk.answer(&format!("backup {}", copy.display()), 0).await;
    let before = certificates(&data).len();
    desk.answer(&format!("prove {run}"), 0).await;
    assert_eq!(certificates(&data).len(), before + 1);

    desk.answer(&format!("restore {}", copy.display()), 0).await;
    let said = desk.answer("verify", 0).await;
    assert_eq!((&said["chain_whole"], codes(&said["problems"])), (&Value::from(true), Vec::<String>::new()));
    assert_eq!(certificates(&data).len(), before);
    let kept = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> =
        kept.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("certificates-")).collect();
    assert_eq!((kept.len(), fs::read_dir(&kept[0]).unwrap().count()), (1, before + 2), "with its head");
    // The chain goes on from there.
    desk.answer(&format!("prove {run}"), 0).await;
    assert_eq!(desk.answer("verify", 0).await["chain_whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_cut_before_the_certificates_is_finished_at_the_next_start() {
    let (_sandbox, desk, run) = proven().await;
    let data = desk.folder.path().join("data");
    let copy = desk.folder.path().join("copy.sqlite3");
    desk.answer(&format!("backup {}", copy.display()), 0).await;
    let before = certificates(&data).len();
    desk.answer(&format!("prove {run}"), 0).await;
    // Everywhere that something has just become durable.
    let log = desk.folder.path().join("places");
    let other = desk.folder.path().join("other");
    copied(&data, &other);
    let restore = || ["restore".to_owned(), copy.display().to_string(), "--yes".into(), "--json".into()];
    let mut counted = desk.command(restore());
    counted.env("SELARAS_DATA_DIR", &other).env("SELARAS_KILL_LOG", &log);
    finished(counted.spawn().unwrap()).await.ends(0);
    let places = fs::read_to_string(&log).unwrap().lines().count();
    assert!(places > 3, "{places}");
    for place in 1..=places {
        let cut = desk.folder.path().join(format!("cut-{place}"));
        copied(&data, &cut);
        let mut killed = desk.command(restore());
        killed.env("SELARAS_DATA_DIR", &cut).env("SELARAS_KILL_AT", place.to_string());
        assert_ne!(finished(killed.spawn().unwrap()).await.code, 0);
        let verify = || desk.command(["verify", "--json"]);
        let said = finished(verify().env("SELARAS_DATA_DIR", &cut).spawn().unwrap()).await.ends(0).only_json();
        assert_eq!(said["chain_whole"], true, "{place}: {said}");
        assert!((before..=before + 1).contains(&certificates(&cut).len()), "{place}");
    }
}
