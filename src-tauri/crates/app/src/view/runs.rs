//! Runs, their rows and proofs.

use super::{Id, PlanView, ReasonView, small};
use selaras_domain::run::RunCounts;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A run; `in = posted + held + failed + unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunView {
    /// Its id.
    pub run: String,
    /// Its plan.
    pub plan: String,
    /// The plan's kind.
    pub kind: String,
    /// The database.
    pub database: Id,
    /// `running`, `paused`, `finished`.
    pub state: String,
    /// Why it is paused.
    pub pause: Option<ReasonView>,
    /// Operations that were to be sent or are held.
    #[serde(rename = "in")]
    pub input: u32,
    /// Taken by the other side.
    pub posted: u32,
    /// Need a person first.
    pub held: u32,
    /// Refused.
    pub failed: u32,
    /// Not known yet.
    pub unknown: u32,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Its newest certificate.
    pub certificate: Option<String>,
}

impl From<&selaras_domain::run::RunHead> for RunView {
    fn from(run: &selaras_domain::run::RunHead) -> Self {
        let RunCounts { input, posted, held, failed, unknown } = run.counts;
        Self {
            run: run.id.to_string(),
            plan: run.plan.to_string(),
            kind: run.kind.to_string(),
            database: Id(run.database.0),
            state: run.state.name().to_owned(),
            pause: run.pause.as_ref().map(ReasonView::from),
            input: small(input),
            posted: small(posted),
            held: small(held),
            failed: small(failed),
            unknown: small(unknown),
            started_at: run.started_at.to_string(),
            finished_at: run.finished_at.map(|at| at.to_string()),
            certificate: run.certificate.clone(),
        }
    }
}

/// One row of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunRowView {
    /// Its key.
    pub key: String,
    /// What a person calls the record.
    pub target: String,
    /// `waiting`, `sending`, `posted`, `failed`, `unknown`, `held`.
    pub state: String,
    /// Why, for `failed`, `unknown` and `held`.
    pub reason: Option<ReasonView>,
}

/// The answer of `runs show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunDetailView {
    /// The run.
    pub run: RunView,
    /// Its rows.
    pub rows: Vec<RunRowView>,
    /// Its newest proof.
    pub proof: Option<ProofView>,
}

/// The answer of `runs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunView>,
    /// Whether the chain of certificates is whole.
    pub chain_whole: bool,
}

/// The answer of `prove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProofView {
    /// The run.
    pub run: String,
    /// How many were read back.
    pub checked: u32,
    /// How many cannot be read back.
    pub not_readable: u32,
    /// What reads otherwise.
    pub differences: Vec<DifferenceView>,
    /// Path of the certificate below the data folder.
    pub certificate: String,
    /// Its hash.
    pub hash: String,
    /// When.
    pub at: String,
    /// What still has to be done by a person: `channel_export_off`, …
    pub notes: Vec<ReasonView>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// The operation's key.
    pub key: String,
    /// The field, or `record`.
    pub field: String,
    /// What was sent.
    pub expected: String,
    /// What was read.
    pub found: Option<String>,
}

/// The answer of `sync`: plan, run and proof in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SyncView {
    /// The plan.
    pub plan: PlanView,
    /// The run.
    pub run: RunView,
    /// The proof.
    pub proof: ProofView,
}
