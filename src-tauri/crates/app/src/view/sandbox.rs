//! The sandbox inside the program, and the demo.

use super::ProofView;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// What is needed to connect to the sandbox inside the program. These are made-up credentials of a made-up shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the connect screen")]
pub struct SandboxView {
    pub forstok_email: String,
    pub forstok_secret_key: String,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub owner_email: String,
}

/// One step of the demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DemoStepView {
    /// Which.
    pub id: String,
    /// `done`, `attention`, `failed`.
    pub state: String,
    /// Its figures.
    pub counts: BTreeMap<String, u32>,
}

/// The answer of `demo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DemoView {
    /// In their order.
    pub steps: Vec<DemoStepView>,
    /// The proofs.
    pub certificates: Vec<ProofView>,
}
