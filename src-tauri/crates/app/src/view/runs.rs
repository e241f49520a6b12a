//! Runs, their rows and proofs.

use super::{Id, PageQuery, PageView, PlanView, ReasonView, small};
use selaras_domain::run::RunCounts;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

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
    /// Its number in the company's chain, from 1.
    pub certificate_no: Option<u32>,
    /// Whether it has posted rows that no certificate knows of, or of which its certificate compared nothing.
    pub unproven: bool,
    /// The brakes that a person passed by name before it began, each with how much it was and its limit.
    pub passed: Vec<ReasonView>,
    /// The run that it took back.
    pub undoes: Option<String>,
    /// The newest run that took it back.
    pub undone_by: Option<String>,
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
            certificate_no: None,
            unproven: run.unproven || run.compared_nothing,
            passed: Vec::new(),
            undoes: None,
            undone_by: None,
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
    /// Its warehouse, for a figure of stock.
    pub warehouse: Option<String>,
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

/// The answer of `verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VerifyView {
    /// Whether everything is as the certificates say.
    pub chain_whole: bool,
    /// How many certificates the chain has.
    pub certificates: u32,
    /// Runs with posted rows that no certificate knows of: proven by themselves before anything else is written.
    pub unproven: Vec<String>,
    /// What is not as the certificates say.
    pub problems: Vec<ChainProblemView>,
}

/// One thing that is not as a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChainProblemView {
    /// `certificate_changed`, `certificate_missing`, `certificates_none`, `certificate_file_missing`, `certificate_file_changed`,
    /// `certificate_file_unknown`, `chain_head_missing`, `chain_cut`, `journal_changed`, `plan_changed`.
    pub code: String,
    /// The run, where it is about one.
    pub run: Option<String>,
    /// What exactly: a hash, a file, a key.
    pub detail: String,
}

/// The answer of `prove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProofView {
    /// The run.
    pub run: String,
    /// How many were read back.
    pub checked: u32,
    /// How many cannot be read back, or say nothing that can be compared.
    pub not_readable: u32,
    /// How many a later run has written again, so that they are proven there.
    pub overtaken: u32,
    /// Rows whose end was not known by then; when it is, the run is proven again.
    pub unknown: u32,
    /// Fields that were sent and that no answer carried, each with how often.
    pub unread_fields: BTreeMap<String, u32>,
    /// Whether it is a proof at all: one that compared nothing is none.
    pub proven: bool,
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

/// A run as its page in the window shows it; the rows come by [`RunRowsView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunSheetView {
    /// The run.
    pub run: RunView,
    /// Σ rupiah of what was posted, as decimal text; `None` where no money moves.
    pub total: Option<String>,
    /// How many rows the plan found to be the same already, and did not send.
    pub same: u32,
    /// Answers that were lost and settled by looking them up.
    pub settled: u32,
    /// Its newest proof.
    pub proof: Option<ProofView>,
    /// Number of its newest certificate in the company's chain, from 1.
    pub certificate_no: Option<u32>,
    /// Hash of the certificate before it; empty for the first.
    pub previous: Option<String>,
    /// What it changed, most first.
    pub changes: Vec<RunChangeView>,
    /// Whether and how far it can be taken back.
    pub undo: UndoScopeView,
}

/// What a run changed in one warehouse (stock, opening stock) or one category (items).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunChangeView {
    /// Name of the warehouse or category; empty: without one.
    pub label: String,
    /// Posted rows.
    pub rows: u32,
    /// Σ units before, as decimal text; `None` for items.
    pub before: Option<String>,
    /// Σ units after, as decimal text; `None` for items.
    pub after: Option<String>,
    /// Σ rupiah as decimal text; `None` where no money moves.
    pub amount: Option<String>,
}

/// How far a run can be taken back, from the journal alone; the undo plan reads both sides and says it exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UndoScopeView {
    /// Posted rows that an undo would take back, if nothing on the other side holds them.
    pub rows: u32,
    /// Why there is no undo at all: `undo_nothing_posted`, `undo_done`, `undo_not_offered`, `undo_of_undo`, …
    pub impossible: Option<ReasonView>,
    /// What stays as it is, and what may hold rows back.
    pub scope: Vec<ReasonView>,
}

/// Which rows of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunRowQuery {
    /// Only this state.
    pub state: Option<String>,
    /// Only those whose record holds this.
    pub search: Option<String>,
    /// Which page; sorts by `target`, `state`. Without a sort it is the plan's own order.
    pub page: PageQuery,
}

/// Rows of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunRowsView {
    /// This page.
    pub rows: Vec<RunRowView>,
    /// How many in each state, over the whole run.
    pub counts: BTreeMap<String, u32>,
    /// Where this page lies.
    pub page: PageView,
}
