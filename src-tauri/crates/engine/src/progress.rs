//! What a long step tells while it goes on. No text for people in here: phases and figures.

use selaras_domain::run::RunCounts;
use serde::{Deserialize, Serialize};

/// One report of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is going on: `reading_items`, `reading_stock`, `sending`, `settling`, `proving`, …
    pub phase: String,
    /// How many are done.
    pub done: u64,
    /// Out of how many; `None` while it is not known.
    pub total: Option<u64>,
    /// How the rows of a run ended so far, while it sends and settles; those that wait are in none of them.
    pub counts: Option<RunCounts>,
}

/// Where progress goes. Must not block.
pub trait ProgressSink: Send + Sync {
    /// Takes one report.
    fn report(&self, progress: Progress);
}

impl<F: Fn(Progress) + Send + Sync> ProgressSink for F {
    fn report(&self, progress: Progress) {
        self(progress);
    }
}

/// Tells nobody.
pub struct Silent;

impl ProgressSink for Silent {
    fn report(&self, _progress: Progress) {}
}

/// Reports a phase.
pub fn report(sink: &dyn ProgressSink, phase: &str, done: usize, total: Option<usize>) {
    let total = total.map(|total| total as u64);
    sink.report(Progress { phase: phase.to_owned(), done: done as u64, total, counts: None });
}
