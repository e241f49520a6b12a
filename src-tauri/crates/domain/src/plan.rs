//! A plan: an ordered list of operations, each with before, after, reason and a key of its own. Same input, same plan, byte for
//! byte; it is stored and hashed, and *apply* executes exactly a stored plan.

use crate::ids::DatabaseId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Id of a stored plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a plan is about; the name of a planner and executor pair in the engine's table of kinds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanKind(pub String);

impl PlanKind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for PlanKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Finds a write again on the other side. Unique inside one database and one kind of plan, and the same in every plan that
/// would do the same thing: `item:KOPI-500`, `stock:195:KOPI-500`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationKey(pub String);

impl fmt::Display for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes a record that is not there.
    Create,
    /// Changes a record.
    Change,
    /// Nothing: both sides agree.
    Same,
    /// Removes a record.
    Remove,
    /// Nothing: a person is needed first.
    Blocked,
}

impl Action {
    /// Whether it is sent.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Change | Self::Remove)
    }

    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Same => "same",
            Self::Remove => "remove",
            Self::Blocked => "blocked",
        }
    }
}

/// The side that an operation writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The books.
    Accurate,
    /// The shop.
    Forstok,
}

/// Where an operation writes: the side, the database that the company's books are in, and the record by words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which service.
    pub side: Side,
    /// The database of the run; no write reaches another one (design rule 3).
    pub database: DatabaseId,
    /// What a person calls the record: an item code, a warehouse and SKU.
    pub record: String,
}

/// Named fields as text: decimals shortest, ids as digits. What is hashed, shown, sent and compared.
pub type Fields = BTreeMap<String, String>;

/// A reason code with its parameters; the sentence is in the message files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// Closed code, e.g. `not_in_accurate`, `name_conflict`.
    pub code: String,
    /// Values for the sentence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl Reason {
    /// A reason without parameters.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), params: BTreeMap::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with another reason inside it: its code as `because`, and each of its parameters as `because_NAME`.
    #[must_use]
    pub fn because(mut self, cause: &Self) -> Self {
        self.params.insert(BECAUSE.to_owned(), cause.code.clone());
        self.params.extend(cause.params.iter().map(|(name, value)| (format!("{BECAUSE}_{name}"), value.clone())));
        self
    }
}

/// The parameter that holds the code of a reason inside another.
pub const BECAUSE: &str = "because";

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its key.
    pub key: OperationKey,
    /// What it does.
    pub action: Action,
    /// Where.
    pub target: Target,
    /// The record as it was read; empty when there is none.
    #[serde(default)]
    pub before: Fields,
    /// The record as it will be, empty when it is removed; for `same` and `blocked` as it would be.
    #[serde(default)]
    pub after: Fields,
    /// Why.
    pub reason: Reason,
    /// Operations of one group go to the other side in one document (an adjustment's lines); empty: each by itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
}

/// Hash of a value: SHA-256 over its compact JSON, fields in the order in which they are declared, maps sorted by key.
///
/// Not by way of [`serde_json::Value`]: whether that keeps or sorts keys depends on what else is compiled into the program, and the
/// window and the CLI must agree.
#[must_use]
pub fn json_hash(value: &impl Serialize) -> String {
    // Structs of text, numbers and maps with text keys always have a JSON form.
    sha256_hex(serde_json::to_string(value).unwrap_or_default().as_bytes())
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 over text that comes in pieces: rows of a table too long to be held at once.
#[derive(Debug, Clone, Default)]
pub struct RowHash(Sha256);

impl RowHash {
    /// Takes the next piece.
    pub fn take(&mut self, text: &str) {
        self.0.update(text.as_bytes());
    }

    /// Lower-case hex over all that was taken.
    #[must_use]
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

impl Operation {
    /// Hash of what would be sent: key, target, action and after; for a removal the record as it was, as nothing comes after it.
    /// Written to the journal before the send.
    #[must_use]
    pub fn payload_hash(&self) -> String {
        let sent = if self.action == Action::Remove { &self.before } else { &self.after };
        json_hash(&(&self.key, &self.target, self.action, sent, &self.group))
    }
}

/// How many operations of each action a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one for each action")]
pub struct PlanCounts {
    pub create: u64,
    pub change: u64,
    pub same: u64,
    pub remove: u64,
    pub blocked: u64,
}

impl PlanCounts {
    /// Counts a list.
    #[must_use]
    pub fn of(operations: &[Operation]) -> Self {
        let mut counts = Self::default();
        for operation in operations {
            *match operation.action {
                Action::Create => &mut counts.create,
                Action::Change => &mut counts.change,
                Action::Same => &mut counts.same,
                Action::Remove => &mut counts.remove,
                Action::Blocked => &mut counts.blocked,
            } += 1;
        }
        counts
    }

    /// How many would be sent.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.create + self.change + self.remove
    }
}

/// A stored plan without its operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanHead {
    /// Its id.
    pub id: PlanId,
    /// Its kind.
    pub kind: PlanKind,
    /// The database that it is for.
    pub database: DatabaseId,
    /// [`plan_hash`] of its operations.
    pub hash: String,
    /// How many of each action.
    pub counts: PlanCounts,
    /// Σ rupiah of what it would write, as decimal text; `None` where it moves no money.
    pub total: Option<String>,
    /// When it was made.
    pub made_at: jiff::Timestamp,
    /// When the older of the two sides was read.
    pub read_at: jiff::Timestamp,
    /// The Forstok account that was signed in when it was made; `None` for a plan from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
}

/// Hash of the operations in their order, with kind and database.
#[must_use]
pub fn plan_hash(kind: &PlanKind, database: DatabaseId, operations: &[Operation]) -> String {
    json_hash(&(kind, database, operations))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_do_not_depend_on_what_else_is_compiled_in() {
        let operation = Operation {
            key: OperationKey("item:A".into()),
            action: Action::Create,
            target: Target { side: Side::Accurate, database: DatabaseId(7), record: "A".into() },
            before: Fields::new(),
            after: Fields::from([("no".into(), "A".into()), ("name".into(), "Barang".into())]),
            reason: Reason::new("not_in_accurate"),
            group: String::new(),
        };
        let text = r#"["item:A",{"side":"accurate","database":7,"record":"A"},"create",{"name":"Barang","no":"A"},""]"#;
        assert_eq!(operation.payload_hash(), sha256_hex(text.as_bytes()));
    }
}
