//! A run executes one plan; its proof is a certificate in a hash chain.

use crate::amount::Money;
use crate::ids::DatabaseId;
use crate::plan::{Fields, OperationKey, PlanId, PlanKind, Reason, json_hash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Id of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of an operation. `Sending` is written before the request leaves, so that after a kill it reads as *unknown*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OperationState {
    /// Not sent yet.
    Waiting,
    /// The journal has it, the answer has not come.
    Sending,
    /// The other side has taken it.
    Posted {
        /// The record's id there, when the answer says it.
        record: Option<i64>,
    },
    /// The other side has refused it.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It is not known whether the other side has it; settled by looking the key up.
    Unknown {
        /// What was seen.
        reason: Reason,
    },
    /// Not sent, because a person is needed first or the run stopped before it.
    Held {
        /// Why.
        reason: Reason,
    },
}

impl OperationState {
    /// Its word for storage and the contract.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Posted { .. } => "posted",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Held { .. } => "held",
        }
    }
}

/// Conservation: `in = posted + held + failed + unknown`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct RunCounts {
    #[serde(rename = "in")]
    pub input: u64,
    pub posted: u64,
    pub held: u64,
    pub failed: u64,
    pub unknown: u64,
}

impl RunCounts {
    /// Whether nothing got lost between in and out.
    #[must_use]
    pub fn conserved(&self) -> bool {
        self.input == self.posted + self.held + self.failed + self.unknown
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Begun; after a kill it stays so until it is continued.
    Running,
    /// Stopped in order, can be continued (a sign-in is needed, the person paused it, offline).
    Paused,
    /// Every operation has its end.
    Finished,
}

impl RunState {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
        }
    }
}

/// A run as the history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// Its id.
    pub id: RunId,
    /// The plan that it executes.
    pub plan: PlanId,
    /// The plan's kind.
    pub kind: PlanKind,
    /// The database.
    pub database: DatabaseId,
    /// How far it has come.
    pub state: RunState,
    /// Why it is paused.
    pub pause: Option<Reason>,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// When it ended.
    pub finished_at: Option<jiff::Timestamp>,
    /// The sums.
    pub counts: RunCounts,
    /// Hash of its newest certificate.
    pub certificate: Option<String>,
    /// Whether it has posted rows that its newest certificate, if it has one, knows nothing of: it is to be proven.
    pub unproven: bool,
    /// Whether its newest certificate proves nothing ([`Certificate::proves`]).
    pub compared_nothing: bool,
}

/// A field that reads otherwise than it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which operation.
    pub key: OperationKey,
    /// Which field; `record` when the whole record is missing.
    pub field: String,
    /// What was promised: what was sent, or what is to be on a shelf after it.
    pub expected: String,
    /// What was read back; `None` when it is not there.
    pub found: Option<String>,
}

/// Format of the certificates that this program writes. Those of version 1 bind neither journal nor plan ([`Certificate::binds`]).
pub const CERTIFICATE_VERSION: u32 = 2;

/// What a certificate vouches for in the local store: SHA-256, each over its rows in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The plan's operations that write. Those that do not may be condensed later.
    pub operations: String,
    /// The run's journal.
    pub journal: String,
    /// How often the journal had been changed by then.
    pub revision: u64,
}

/// The proof of a run: what was read back against what was sent, chained to the proof before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Format of this file.
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// Its plan.
    pub plan: PlanId,
    /// Hash of the plan's operations.
    pub plan_hash: String,
    /// Its kind.
    pub kind: PlanKind,
    /// The database.
    pub database: DatabaseId,
    /// The sums.
    pub counts: RunCounts,
    /// Σ rupiah of what was posted, as decimal text; `None` where no money moves.
    pub total: Option<String>,
    /// How many posted operations were read back.
    pub checked: u64,
    /// How many could not be read back, because the service offers no way to read them.
    pub not_readable: u64,
    /// Everything that reads otherwise.
    pub differences: Vec<Difference>,
    /// The brakes that a person passed by name before it began, each with how much it was and its limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Reason>,
    /// Amounts that read otherwise by rounding alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roundings: Vec<Difference>,
    /// How many posted operations were not compared, as a later run has written the same record since.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overtaken: u64,
    /// Fields that were sent, and that no answer carried: how often each. Those of lines are told without the line's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unread_fields: BTreeMap<String, u64>,
    /// Shelves that were read again and hold another figure by now, which the shop shows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moved: u64,
    /// What it vouches for in the local store; `None` in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binds: Option<Binding>,
    /// When it was read back.
    pub at: jiff::Timestamp,
    /// Hash of the certificate before this one in this company; empty for the first.
    pub previous: String,
}

impl Certificate {
    /// [`json_hash`] over the whole certificate; the next one carries it.
    #[must_use]
    pub fn hash(&self) -> String {
        json_hash(self)
    }

    /// Whether it proves anything of what was posted: a reading that compared nothing is no proof.
    #[must_use]
    pub fn proves(&self) -> bool {
        self.checked > 0 || self.counts.posted == self.overtaken
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Fields that hold an amount, by the last part of their name. Quantities are no amounts: a piece is never a matter of rounding.
const AMOUNTS: [&str; 9] =
    ["total", "unit_price", "vendor_price", "unit_cost", "cash_discount", "received", "amount", "kept", "discount"];

impl Difference {
    /// Whether it is an amount that a service has rounded otherwise: named in the proof, and no reason to call the record another one.
    #[must_use]
    pub fn is_rounding(&self) -> bool {
        let last = self.field.rsplit('.').next().unwrap_or_default();
        let amount = |text: &str| text.parse().ok().map(Money);
        let is_amount = AMOUNTS.contains(&last) || self.field.contains(".discount.");
        match (amount(&self.expected), self.found.as_deref().and_then(amount)) {
            (Some(expected), Some(found)) if is_amount => (found - expected).is_rounding(),
            _ => false,
        }
    }
}

/// Compares what was read back with what was sent. Fields that the answer did not carry are not compared, and what is only rounding is told
/// by [`roundings`].
#[must_use]
pub fn compare(key: &OperationKey, sent: &Fields, found: &Fields) -> Vec<Difference> {
    let mut differences = otherwise(key, sent, found);
    differences.retain(|difference| !difference.is_rounding());
    differences
}

/// The amounts that read otherwise by rounding alone.
#[must_use]
pub fn roundings(key: &OperationKey, sent: &Fields, found: &Fields) -> Vec<Difference> {
    let mut differences = otherwise(key, sent, found);
    differences.retain(Difference::is_rounding);
    differences
}

fn otherwise(key: &OperationKey, sent: &Fields, found: &Fields) -> Vec<Difference> {
    sent.iter()
        .filter_map(|(field, expected)| {
            let read = found.get(field)?;
            (read != expected).then(|| Difference {
                key: key.clone(),
                field: field.clone(),
                expected: expected.clone(),
                found: Some(read.clone()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_version_1_keeps_its_hash() {
        let text = r#"{"version":1,"run":"r","plan":"p","plan_hash":"h","kind":"items","database":1,"counts":{"in":1,"posted":1,"held":0,"failed":0,"unknown":0},"total":null,"checked":1,"not_readable":0,"differences":[],"at":"1970-01-01T00:00:00Z","previous":""}"#;
        let certificate: Certificate = serde_json::from_str(text).unwrap();
        assert_eq!(certificate.hash(), crate::plan::sha256_hex(text.as_bytes()));
        assert_eq!((certificate.binds, certificate.overtaken), (None, 0));
    }
}
