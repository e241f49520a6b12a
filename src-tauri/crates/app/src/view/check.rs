//! Readiness.

use super::ReasonView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The answer of `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckView {
    /// Whether nothing is blocked.
    pub ready: bool,
    /// One line for each thing: `channels`, `pending_actions`, `owner`, `scopes`, `branches`, `names_and_codes`, `matches`, `mapping`, `exports`,
    /// `proof`.
    pub checks: Vec<CheckLineView>,
}

/// One line of readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckLineView {
    /// Which.
    pub id: String,
    /// How it stands.
    pub state: CheckState,
    /// How many things it found.
    pub count: u32,
    /// What it found, as code and parameters.
    pub detail: ReasonView,
}

/// How a line of readiness stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Nothing to do.
    Ok,
    /// Can go on; somebody should look.
    Attention,
    /// Has to be done first.
    Blocked,
}
