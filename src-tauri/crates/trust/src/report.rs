//! What was tried and what came out, as a table that pieces add up to.

use crate::trial::Trial;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// One cell of the table.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    tried: u64,
    failed: u64,
}

/// The cells of one sort of trial, by row (what was done) and column (what was done to it).
type Table = BTreeMap<(String, &'static str), Cell>;

/// Everything that was tried.
#[derive(Debug, Default)]
pub struct Report {
    seed: u64,
    from: u64,
    kills: Table,
    others: Table,
    pub failures: Vec<String>,
    /// Trials that there was no time for.
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

    fn cell(&mut self, kind: &str, trial: &Trial) -> &mut Cell {
        let row = if trial.undo { format!("undo of {kind}") } else { kind.to_owned() };
        let table = if trial.is_kill() { &mut self.kills } else { &mut self.others };
        table.entry((row, trial.column())).or_default()
    }

    pub fn survived(&mut self, kind: &str, trial: &Trial) {
        self.cell(kind, trial).tried += 1;
    }

    pub fn failed(&mut self, kind: &str, trial: &Trial, told: String) {
        let cell = self.cell(kind, trial);
        cell.tried += 1;
        cell.failed += 1;
        self.failures.push(told);
    }

    pub fn tried(&self) -> u64 {
        sum(self.kills.values().chain(self.others.values())).tried
    }

    fn summary(&self) -> String {
        let (kills, others) = (sum(self.kills.values()), sum(self.others.values()));
        format!(
            "{} kills, {} not survived; {} other trials, {} not survived; {:.0} s",
            kills.tried,
            kills.failed,
            others.tried,
            others.failed,
            self.took.as_secs_f64()
        )
    }

    pub fn told(&self) -> String {
        format!("{}{}, {} left, seed {}", self.tables(), self.summary(), self.left, self.seed)
    }

    /// Kills by kind and what the service did; the others by what was done, as they are of many sorts.
    fn tables(&self) -> String {
        let columns: BTreeSet<&'static str> = self.kills.keys().map(|(_, column)| *column).collect();
        let rows: BTreeSet<&str> = self.kills.keys().map(|(row, _)| row.as_str()).collect();
        let mut told = String::new();
        if !rows.is_empty() {
            let titles = columns.iter().copied().collect::<Vec<_>>().join(" | ");
            let _ = writeln!(told, "| killed | {titles} | not survived |\n|---|{}---|", "---|".repeat(columns.len()));
        }
        for row in rows {
            let of_row = |column: &&'static str| self.kills.get(&(row.to_owned(), *column)).copied();
            let cells: Vec<Cell> = columns.iter().map(|column| of_row(column).unwrap_or_default()).collect();
            let tried: Vec<String> = cells.iter().map(|cell| cell.tried.to_string()).collect();
            let _ = writeln!(told, "| {row} | {} | {} |", tried.join(" | "), sum(&cells).failed);
        }
        let sorts: BTreeSet<&str> = self.others.keys().map(|(_, column)| *column).collect();
        if !sorts.is_empty() {
            let _ = writeln!(told, "\n| other trials | tried | not survived |\n|---|---|---|");
        }
        for sort in sorts {
            let sum = sum(self.others.iter().filter(|((_, column), _)| *column == sort).map(|(_, cell)| cell));
            let _ = writeln!(told, "| {sort} | {} | {} |", sum.tried, sum.failed);
        }
        told
    }

    /// Adds this piece to the file of pieces, so that ranges of numbers add up.
    pub fn keep(&self, path: &Path, commit: &str) -> Result<()> {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let day = jiff::Zoned::now().date();
        let piece = format!(
            "\n### {day}, commit {commit}, seed {}, from number {}\n\n{}.\n\n{}",
            self.seed,
            self.from,
            self.summary(),
            self.tables(),
        );
        std::fs::write(path, format!("{}\n{piece}", before.trim_end())).with_context(|| path.display().to_string())
    }
}

fn sum<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Cell {
    cells
        .into_iter()
        .fold(Cell::default(), |sum, cell| Cell { tried: sum.tried + cell.tried, failed: sum.failed + cell.failed })
}
