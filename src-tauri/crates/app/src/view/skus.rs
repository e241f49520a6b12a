//! The SKU queues, their candidates and decisions.

use super::{Id, PageQuery, PageView, ReasonView, Zone};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// One SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuView {
    /// The SKU as Forstok shows it; may be empty.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its state: `ready matched pending_not_matched pending_matched empty duplicate name_conflict sku_conflict invalid_code held`.
    pub state: String,
    /// Why.
    pub reason: ReasonView,
    /// What could be done: `link`, `create`, `rename`, `skip`, with a target.
    pub suggestion: Option<SkuSuggestionView>,
    /// What was decided.
    pub decision: Option<SkuDecisionView>,
    /// Store of a pending listing.
    pub store: Option<String>,
    /// Whether Forstok's API can resolve it; otherwise `place` names where in Forstok.
    pub resolvable: bool,
    /// The place in Forstok, as a code: `forstok_listing_not_linked`, `forstok_listing_delete_reimport`, …
    pub place: Option<ReasonView>,
    /// Selling price in Forstok as decimal text.
    pub price: Option<String>,
    /// Barcode in Forstok.
    pub barcode: Option<String>,
    /// Σ on hand over Forstok's warehouses as decimal text; `None` when no warehouse has a row.
    pub stock: Option<String>,
    /// In how many warehouses it has a row.
    pub warehouses: u32,
    /// Orders that cannot be invoiced before this SKU is decided; `None` when orders cannot be read or none waits.
    pub waiting: Option<SkuWaitingView>,
}

/// Orders that wait for one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuWaitingView {
    /// How many.
    pub orders: u32,
    /// Σ of their totals as decimal text.
    pub amount: String,
    /// When the oldest was placed.
    pub oldest: String,
}

/// A suggested decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuSuggestionView {
    /// `link`, `create`, `rename`.
    pub decision: String,
    /// Item code for `link` and `rename`.
    pub target: Option<String>,
    /// How sure.
    pub zone: Zone,
}

/// A stored decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuDecisionView {
    /// `link`, `create`, `rename`, `skip`.
    pub decision: String,
    /// Item code for `link` and `rename`.
    pub target: Option<String>,
    /// When.
    pub at: String,
}

/// The answer of `skus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkusView {
    /// The rows of this page (the CLI answers all).
    pub skus: Vec<SkuView>,
    /// How many in each state.
    pub counts: BTreeMap<String, u32>,
    /// How many in each state have a sure suggestion, so that they can be accepted together.
    pub sure: BTreeMap<String, u32>,
    /// How many SKUs have a decision that was made today (in Jakarta).
    pub decided_today: u32,
    /// Where this page lies.
    pub page: PageView,
    /// When Forstok was read.
    pub read_at: String,
}

/// Which SKUs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuQuery {
    /// Only this state.
    pub state: Option<String>,
    /// Only those whose SKU or name holds this.
    pub search: Option<String>,
    /// Which page; sorts by `sku`, `name`, `price`, `stock` or `waiting`. Without a sort a queue begins with what most orders wait for.
    pub page: PageQuery,
    /// Read both sides again first.
    pub refresh: bool,
}

/// An item of Accurate that may be the same product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CandidateView {
    /// Its id.
    pub id: Id,
    /// Its code.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Its price as decimal text.
    pub price: Option<String>,
    /// How sure.
    pub zone: Zone,
    /// The evidence, in the order `code`, `barcode`, `name`, `price`.
    pub evidence: Vec<EvidenceView>,
}

/// One bar of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceView {
    /// `code`, `barcode`, `name`, `price`.
    pub kind: String,
    /// Agreement in per cent; `None` when one side says nothing.
    pub percent: Option<u8>,
    /// Forstok's value.
    pub forstok: Option<String>,
    /// Accurate's value.
    pub accurate: Option<String>,
}

/// One decision in a file or from the workbench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuDecisionInput {
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// `link`, `create`, `rename`, `skip`; `undo` takes the stored one back.
    pub decision: String,
    /// Item code of Accurate for `link`, new code for `rename`.
    #[serde(default)]
    pub target: Option<String>,
}

/// The answer of `skus resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ResolveView {
    /// How many decisions were stored.
    pub resolved: u32,
    /// How many pending listings were resolved in Forstok itself.
    pub resolved_in_forstok: u32,
    /// Those that only a person can resolve in Forstok, with the place.
    pub to_do_in_forstok: Vec<SkuView>,
}
