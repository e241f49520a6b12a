//! `cargo xtask trust`: the real program, killed at every numbered place, on services that commit before, after and late.
//!
//! What is tried, and by whom it is judged, is `src-tauri/crates/trust`; here it is built, with debug assertions, as a release has no such
//! places.

use super::step::{Step, say};
use super::{cargo, root, setup};
use anyhow::{Context, Result};
use std::process::Command;

/// Kills of the short round, four for each kind of plan and its undo; each takes some seconds.
const SHORT: &str = "28";

/// Kills of the long one. Pieces of it (`--from`, `--kills`) add up.
const LONG: &str = "10000";

/// Seconds after which a long round ends in order, before its step would be ended (three hours); another piece goes on where it ended.
const LONGEST: &str = "10000";

/// Where the tables of long rounds are kept.
const TABLE: &str = "src-tauri/docs/TRUST.md";

/// What is tried.
#[derive(clap::Args)]
pub struct Arguments {
    /// Up to 10,000 kills, as many as three hours hold, and a table of them in TRUST.md.
    #[arg(long)]
    long: bool,
    /// Passed on: `--kills N`, `--from N`, `--seed N`, `--seconds N`, `--only KIND`, `--worlds N`, `--table FILE`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds everything and runs the round.
///
/// # Errors
/// When something cannot be built, or a kill is not survived.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut words = arguments.arguments.clone();
    let mut given = |name: &str, value: &str| {
        if !words.iter().any(|word| word == name) {
            words.extend([name.to_owned(), value.to_owned()]);
        }
    };
    given("--worlds", "14");
    given("--kills", if arguments.long { LONG } else { SHORT });
    if arguments.long {
        given("--seconds", LONGEST);
        given("--table", &root().join(TABLE).display().to_string());
        given("--commit", &commit());
    }
    round(&words)
}

/// The short round, as a part of the tests.
///
/// # Errors
/// As [`run`].
pub fn short() -> Result<()> {
    if !cfg!(unix) {
        say("the program is killed on Unix only: skipped");
        return Ok(());
    }
    run(&Arguments { long: false, arguments: Vec::new() })
}

fn round(words: &[String]) -> Result<()> {
    setup::system(&setup::BUILD)?;
    Step::new("the programs").run(cargo().args(["build", "--workspace", "--locked", "--bins"]))?;
    let built = root().join("target/debug");
    let mut trust = Command::new(built.join("selaras-trust"));
    trust.arg("--program").arg(built.join("selaras-cli")).args(words).current_dir(root());
    Step::new("kills").run(&mut trust)
}

/// The commit that is tried, and whether something was changed since.
fn commit() -> String {
    let git = |words: &[&str]| -> Result<String> {
        let output = Command::new("git").args(words).current_dir(root()).output().context("git")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_ok_and(|changed| !changed.is_empty());
    if changed { format!("{head} with changes") } else { head }
}
