//! What a person decided about a SKU, and the state a SKU is in. Decisions are stored and used by every later plan.

use crate::ids::ItemId;
use serde::{Deserialize, Serialize};

/// The state of a SKU, in the words of the CLI contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkuState {
    /// Not in Accurate yet, and nothing stands in the way of making it.
    Ready,
    /// The same item is in Accurate.
    Matched,
    /// A listing with this SKU waits in Forstok, and no master SKU is equal.
    PendingNotMatched,
    /// A listing with this SKU waits in Forstok for its link to be confirmed.
    PendingMatched,
    /// The marketplace has no SKU.
    Empty,
    /// Two products share the SKU.
    Duplicate,
    /// Accurate has an item of the same name under another code.
    NameConflict,
    /// Accurate has the same code under another name.
    SkuConflict,
    /// Accurate would refuse the code.
    InvalidCode,
    /// A person said: skip.
    Held,
}

impl SkuState {
    /// Every state, in the order in which queues are shown.
    pub const ALL: [Self; 10] = [
        Self::PendingNotMatched,
        Self::PendingMatched,
        Self::Empty,
        Self::Duplicate,
        Self::NameConflict,
        Self::SkuConflict,
        Self::InvalidCode,
        Self::Held,
        Self::Ready,
        Self::Matched,
    ];

    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Matched => "matched",
            Self::PendingNotMatched => "pending_not_matched",
            Self::PendingMatched => "pending_matched",
            Self::Empty => "empty",
            Self::Duplicate => "duplicate",
            Self::NameConflict => "name_conflict",
            Self::SkuConflict => "sku_conflict",
            Self::InvalidCode => "invalid_code",
            Self::Held => "held",
        }
    }

    /// Whether it needs a person before it may enter a plan.
    #[must_use]
    pub fn needs_person(self) -> bool {
        !matches!(self, Self::Ready | Self::Matched | Self::Held)
    }
}

impl std::str::FromStr for SkuState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|state| state.name()).collect();
            format!("{text:?} is no state of a SKU; it is one of {}", names.join(", "))
        })
    }
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Choice {
    /// It is the same product as this item of Accurate.
    Link {
        /// The item.
        item: ItemId,
        /// Its code when it was chosen, for display.
        item_no: String,
    },
    /// The listing that waits is the same product as this master SKU of Forstok.
    LinkMaster {
        /// The master SKU.
        master: String,
    },
    /// Make it in Accurate under its own SKU.
    Create,
    /// Make it in Accurate under this code.
    Rename {
        /// The code; checked by [`crate::sku::check_code`].
        code: String,
    },
    /// Leave it out.
    Skip,
}

impl Choice {
    /// Code of what it points to: an item, a master SKU, a new code.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Link { item_no, .. } => Some(item_no),
            Self::LinkMaster { master } => Some(master),
            Self::Rename { code } => Some(code),
            Self::Create | Self::Skip => None,
        }
    }

    /// Its word in the contract.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Link { .. } | Self::LinkMaster { .. } => "link",
            Self::Create => "create",
            Self::Rename { .. } => "rename",
            Self::Skip => "skip",
        }
    }
}

/// A stored decision. Belongs to one company and one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// What was decided.
    #[serde(flatten)]
    pub choice: Choice,
    /// When.
    pub at: jiff::Timestamp,
}

/// What a person decided about one row of a plan of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum RowChoice {
    /// It is in Accurate already, under this number.
    Entered {
        /// Number of the document there.
        number: String,
    },
    /// Send it, though something in Accurate looks like it.
    Send,
    /// Never send it.
    Never,
}

/// A stored decision about a row. Belongs to one company, one database and one kind of plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDecision {
    /// Key of the row.
    pub key: crate::plan::OperationKey,
    /// What was decided.
    #[serde(flatten)]
    pub choice: RowChoice,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: jiff::Timestamp,
}
