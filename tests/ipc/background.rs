//! A run goes on without its window, and the person is told what came of it.

use crate::steps::{connect, map};
use crate::window::{Window, channel};
use selaras_shell::background;
use selaras_shell::notifier::Answer;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; a hang ends here.
const PATIENCE: Duration = Duration::from_secs(300);

/// So many items that a run of them lasts for seconds, as the speed limit holds it: a busy machine still finds it under way.
const LONG_RUN: &str = "1600";

/// Waits for what must come.
#[track_caller]
fn until(what: &str, come: impl Fn() -> bool) {
    let since = Instant::now();
    while !come() {
        assert!(since.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A plan of items, ready to be sent.
fn planned(window: &Window) -> Value {
    connect(window);
    map(window);
    let options = json!({ "source": null, "date": null });
    window.expect("plan", json!({ "kind": "items", "options": options, "onProgress": channel() }))["plan"].clone()
}

/// Where the certificates of a made-up shop lie.
fn certificates(window: &Window) -> PathBuf {
    let mut entries = fs::read_dir(window.data()).unwrap().map(|entry| entry.unwrap().path());
    let shop = entries.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("demo-")));
    shop.unwrap().join("certificates")
}

#[test]
fn closing_without_a_run_hides_nothing() {
    let window = Window::on_nothing_yet();
    assert!(!background::hide(window.app()));
    assert_eq!(window.expect("watch_run", json!({ "onProgress": channel() })), Value::Null);
}

#[test]
fn a_run_goes_on_while_its_window_is_closed_and_is_proven_told_and_found_again() {
    let window = Window::on_a_system_that_answers(Answer::Open, LONG_RUN);
    let plan = planned(&window);
    let sending = window.asking("apply", json!({ "plan": plan, "pass": [], "onProgress": channel() }));
    until("the run", || background::hide(window.app()));
    // As after a second start: the window comes back and attaches. It is closed once more before the end.
    background::show(window.app());
    let watching = window.asking("watch_run", json!({ "onProgress": channel() }));
    assert!(background::hide(window.app()), "the run ended too early for this test");
    let run = sending.join().unwrap().unwrap();
    assert_eq!(run["state"], "finished");
    assert_eq!(watching.join().unwrap().unwrap(), run);

    until("the notice", || !window.notices().told().is_empty());
    let told = window.notices().told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].title, "Barang: selesai dan terbukti");
    // Indonesian groups thousands by a dot.
    let count = |name: &str| match run[name].as_u64().unwrap() {
        few @ 0..1000 => few.to_string(),
        many => format!("{}.{:03}", many / 1000, many % 1000),
    };
    let sum = format!("Masuk {} = terkirim {} + ditahan {} + gagal 0.", count("in"), count("posted"), count("held"));
    assert_eq!(told[0].body, format!("{sum} Dibaca ulang {}, semuanya sama.", count("posted")));

    // The window asks for the proof when it learns of the end, and is given the one that was made: there is no second certificate.
    let proof = window.expect("prove", json!({ "run": run["run"], "onProgress": channel() }));
    assert_eq!(proof["checked"], run["posted"]);
    let files = fs::read_dir(certificates(&window)).unwrap().map(|entry| entry.unwrap().file_name());
    let head = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("head-");
    assert_eq!(files.filter(|name| !head(name)).count(), 1);
    assert_eq!(window.notices().told().len(), 1);
}

#[test]
fn a_program_that_nobody_looks_at_ends_with_its_run() {
    let window = Window::on_a_system_that_answers(Answer::Gone, LONG_RUN);
    let plan = planned(&window);
    let sending = window.asking("apply", json!({ "plan": plan, "pass": [], "onProgress": channel() }));
    until("the run", || background::hide(window.app()));
    let told = window.run_to_its_end();
    assert_eq!(sending.join().unwrap().unwrap()["state"], "finished");
    assert_eq!(told.len(), 1);
}

#[test]
fn what_ends_behind_other_windows_is_told_once_it_is_proven() {
    // The mock runtime has no focus: the window is open, and not before anybody's eyes.
    let window = Window::on_a_system_that_answers(Answer::Gone, "40");
    let plan = planned(&window);
    let run = window.expect("apply", json!({ "plan": plan, "pass": [], "onProgress": channel() }));
    assert_eq!(window.notices().told(), []);
    window.expect("prove", json!({ "run": run["run"], "onProgress": channel() }));
    until("the notice", || !window.notices().told().is_empty());
    assert_eq!(window.notices().told()[0].title, "Barang: selesai dan terbukti");
}
