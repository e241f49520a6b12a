//! What was tried and what came out, as a table that pieces add up to.

use crate::kill::{Commit, Death, Kill};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// One line of the table.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    kills: u64,
    failed: u64,
}

/// Everything that was tried.
#[derive(Debug, Default)]
pub struct Report {
    seed: u64,
    from: u64,
    lines: BTreeMap<(String, String, &'static str), Line>,
    pub failures: Vec<String>,
    /// Kills that there was no time for.
    pub left: u64,
    pub took: Duration,
}

/// A line for whoever watches.
#[expect(clippy::print_stdout, reason = "a program of the command line")]
pub fn say(text: &str) {
    println!("{text}");
}

impl Report {
    pub fn new(seed: u64, from: u64) -> Self {
        Self { seed, from, ..Self::default() }
    }

    fn line(&mut self, kind: &str, kill: &Kill) -> &mut Line {
        let what = if kill.undo { format!("undo of {kind}") } else { kind.to_owned() };
        let at = match kill.death {
            Death::Place(_) => "place",
            Death::Moment(_) => "moment",
        };
        self.lines.entry((what, at.to_owned(), kill.commit.name())).or_default()
    }

    pub fn survived(&mut self, kind: &str, kill: &Kill) {
        self.line(kind, kill).kills += 1;
    }

    pub fn failed(&mut self, kind: &str, kill: &Kill, told: String) {
        let line = self.line(kind, kill);
        line.kills += 1;
        line.failed += 1;
        self.failures.push(told);
    }

    pub fn kills(&self) -> u64 {
        self.lines.values().map(|line| line.kills).sum()
    }

    pub fn told(&self) -> String {
        let mut told = String::new();
        for (what, by) in self.rows() {
            let sums: Vec<String> = by.iter().map(|(commit, line)| format!("{commit} {}", line.kills)).collect();
            let failed: u64 = by.iter().map(|(_, line)| line.failed).sum();
            let _ = writeln!(told, "{what:<24} {} · failed {failed}", sums.join(" · "));
        }
        let _ = write!(
            told,
            "{} kills, {} not survived, {} left, {:.0} s, seed {}",
            self.kills(),
            self.failures.len(),
            self.left,
            self.took.as_secs_f64(),
            self.seed
        );
        told
    }

    /// Each kind with the sums of each commit, places and moments together.
    fn rows(&self) -> BTreeMap<String, Vec<(&'static str, Line)>> {
        let mut rows: BTreeMap<String, Vec<(&'static str, Line)>> = BTreeMap::new();
        for ((what, _, commit), line) in &self.lines {
            let row = rows
                .entry(what.clone())
                .or_insert_with(|| Commit::ALL.iter().map(|commit| (commit.name(), Line::default())).collect());
            if let Some((_, sum)) = row.iter_mut().find(|(name, _)| name == commit) {
                sum.kills += line.kills;
                sum.failed += line.failed;
            }
        }
        rows
    }

    /// Adds this piece to the file of pieces: one line for each, so that ranges of seeds add up.
    pub fn keep(&self, path: &Path, commit: &str) -> Result<()> {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let mut rows = String::new();
        for (what, by) in self.rows() {
            let kills: Vec<String> = by.iter().map(|(_, line)| line.kills.to_string()).collect();
            let failed: u64 = by.iter().map(|(_, line)| line.failed).sum();
            let _ = writeln!(rows, "| {what} | {} | {failed} |", kills.join(" | "));
        }
        let day = jiff::Zoned::now().date();
        let piece = format!(
            "\n### {day}, commit {commit}, seed {}, kills {} to {}\n\n{} kills in {:.0} s, {} not survived.\n\n| killed | {} | failed |\n|---|{}---|\n{rows}",
            self.seed,
            self.from,
            self.from + self.kills(),
            self.kills(),
            self.took.as_secs_f64(),
            self.failures.len(),
            Commit::ALL.map(Commit::name).join(" | "),
            "---|".repeat(Commit::ALL.len()),
        );
        std::fs::write(path, format!("{}{piece}", before.trim_end().to_owned() + "\n"))
            .with_context(|| path.display().to_string())
    }
}
