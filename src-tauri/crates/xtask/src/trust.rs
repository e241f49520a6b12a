//! `cargo xtask trust`: the real program, killed at every numbered place, on services that commit before, after and late.
//!
//! What is tried, and by whom it is judged, is `src-tauri/crates/trust`; here it is built, with debug assertions, as a release has no such
//! places.

use super::step::{Step, clock, say};
use super::{cargo, root, setup};
use anyhow::{Context, Result};
use std::process::Command;
use std::time::Instant;

/// Kills of the short round.
const SHORT: &str = "200";

/// Other trials of the short round and of the long one: faults of calls, two programs at once, a full disk, a wrong clock.
const OTHERS: [&str; 2] = ["28", "2000"];

/// Seconds after which the short round ends in order, and says what it has left; it takes less on two quiet processors.
const SHORTEST: &str = "180";

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
    /// Passed on: `--kills N`, `--others N`, `--from N`, `--seed N`, `--seconds N`, `--only KIND`, `--worlds N`, `--table FILE`.
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
    given("--others", OTHERS[usize::from(arguments.long)]);
    given("--seconds", if arguments.long { LONGEST } else { SHORTEST });
    if arguments.long {
        given("--table", &root().join(TABLE).display().to_string());
        given("--commit", &commit());
    }
    round(&words, arguments.long)?;
    // A piece of the kills, or one kind alone, is told by itself.
    if arguments.long && arguments.arguments.is_empty() { million() } else { Ok(()) }
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

fn round(words: &[String], long: bool) -> Result<()> {
    setup::system(&setup::BUILD)?;
    // A long round is worth a build of its own, which is quicker; the short one takes what the tests have built.
    let (words_of_build, built): (&[&str], _) = match long {
        true => (&["--profile", "trust", "--package", "selaras-cli", "--package", "selaras-trust"], "target/trust"),
        false => (&["--workspace", "--bins"], "target/debug"),
    };
    Step::new("the programs").run(cargo().args(["build", "--locked"]).args(words_of_build))?;
    let built = root().join(built);
    let mut trust = Command::new(built.join("selaras-trust"));
    trust.arg("--program").arg(built.join("selaras-cli")).args(words).current_dir(root());
    Step::new("kills").run(&mut trust)
}

/// The random orders and weeks of the tests, as many as trust.md wants, kept beside the table.
fn million() -> Result<()> {
    let began = Instant::now();
    let mut tests = cargo();
    tests.args(["test", "--profile", "trust", "--locked", "--package", "selaras-engine", "--test", "it", "--"]);
    tests.args(["every_order_is_a_sale", "random_weeks"]).env("SELARAS_LONG", "1");
    Step::new("a million orders and a hundred thousand weeks").run(&mut tests)?;
    let table = root().join(TABLE);
    let kept = std::fs::read_to_string(&table)?;
    let line = format!(
        "\n1,000,000 random orders, each to the rupiah, and 100,000 random weeks, each unit on its shelf: passed in {}, commit {}.\n",
        clock(began.elapsed()),
        commit()
    );
    Ok(std::fs::write(&table, kept + &line)?)
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
