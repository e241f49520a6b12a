//! That a variant of Forstok is an item of Accurate: what a match once made is kept as.

use crate::ids::{ItemId, VariantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a match came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// Both sides had the same code and name.
    CodeAndName,
    /// The same again, after the item that it was matched with had gone: another record of the same code and name.
    Anew,
    /// A person had it made, under its own code or another one.
    Decision,
    /// A person linked them.
    Link,
}

impl MatchedBy {
    /// Whether it rests on a person's decision, and goes when that is taken back.
    #[must_use]
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Decision | Self::Link)
    }
}

/// A match of one variant, in one database. It holds by the ids; codes and names are those that were seen when it was made, or when a person
/// looked at them last, so that a later one is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuMatch {
    /// The variant; `None` where the service tells no id, and its SKU stands for it.
    pub variant: Option<VariantId>,
    /// Its SKU.
    pub sku: String,
    /// SKUs that it had before, as orders and files may still name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_skus: Vec<String>,
    /// Its name.
    pub name: String,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub item_no: String,
    /// Its name.
    pub item_name: String,
    /// How it came about.
    pub how: MatchedBy,
    /// When.
    pub since: Timestamp,
}

/// What a match is stored under: the variant's id, else its SKU.
#[must_use]
pub fn match_key(variant: Option<VariantId>, sku: &str) -> String {
    variant.map_or_else(|| format!("sku:{sku}"), |id| format!("id:{id}"))
}

impl SkuMatch {
    /// What it is stored under.
    #[must_use]
    pub fn key(&self) -> String {
        match_key(self.variant, &self.sku)
    }

    /// Every SKU that its variant was known by, the latest first.
    pub fn skus(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.sku.as_str()).chain(self.earlier_skus.iter().rev().map(String::as_str))
    }
}
