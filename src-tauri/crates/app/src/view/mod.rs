//! What the steps answer: one shape for the window (IPC) and for `selaras-cli --json`.
//!
//! Plain values: counts, ids as numbers, decimals and rupiah as text, times as RFC 3339 text, reasons as code and parameters.
//! No sentence for people lives here; the window's are in `ui/messages`, the CLI's in its own message files.

mod backups;
mod check;
mod connect;
mod explain;
mod frame;
mod home;
mod imports;
mod inbox;
mod mapping;
mod money;
mod plans;
mod runs;
mod sandbox;
mod skus;
mod table;

pub use backups::*;
pub use check::*;
pub use connect::*;
pub use explain::*;
pub use frame::*;
pub use home::*;
pub use imports::*;
pub use inbox::*;
pub use mapping::*;
pub use money::*;
pub use plans::*;
pub use runs::*;
pub use sandbox::*;
pub use skus::*;
pub use table::*;

use selaras_domain::plan::Reason;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Any id of either service; a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Id(#[specta(type = specta_typescript::Number)] pub i64);

/// A reason: closed code with parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
pub struct ReasonView {
    /// Closed code.
    pub code: String,
    /// Values for its sentence.
    pub params: BTreeMap<String, String>,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code.clone(), params: reason.params.clone() }
    }
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        Self { code: reason.code, params: reason.params }
    }
}

/// Progress of a long step; through a channel to the window, as JSON lines on stderr in the CLI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProgressView {
    /// `reading_items`, `reading_stock`, `sending`, `settling`, `proving`, …
    pub phase: String,
    /// How many are done.
    pub done: u32,
    /// Out of how many.
    pub total: Option<u32>,
    /// Rows a second over the last seconds.
    pub rate: Option<f64>,
    /// Seconds left at that rate.
    pub seconds_left: Option<f64>,
    /// How the rows of a run ended so far, while it sends and settles; those that wait are in none of them.
    pub counts: Option<ProgressCountsView>,
}

/// How the rows of a run stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct ProgressCountsView {
    pub posted: u32,
    pub held: u32,
    pub failed: u32,
    pub unknown: u32,
}

impl From<selaras_domain::run::RunCounts> for ProgressCountsView {
    fn from(counts: selaras_domain::run::RunCounts) -> Self {
        Self {
            posted: small(counts.posted),
            held: small(counts.held),
            failed: small(counts.failed),
            unknown: small(counts.unknown),
        }
    }
}

pub(crate) fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
