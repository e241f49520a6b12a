//! Plans and their operations.

use super::{Id, PageQuery, PageView, ReasonView, small};
use selaras_domain::plan::{Fields, PlanCounts};
use selaras_engine::brakes::{Limits, Met};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// A plan's head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanView {
    /// Its id.
    pub plan: String,
    /// `items`, `opening-stock`, `stock`, `invoices`, `receipts`, `voids`, `returns`, …
    pub kind: String,
    /// Hash of its operations.
    pub hash: String,
    /// How many of each action.
    pub counts: PlanCountsView,
    /// Σ rupiah as decimal text; `None` where no money moves.
    pub total: Option<String>,
    /// The database it is for.
    pub database: Id,
    /// When it was made.
    pub made_at: String,
    /// When the older side was read.
    pub read_at: String,
    /// How many calls it takes.
    pub calls: u32,
    /// Seconds it takes at the speed limit.
    #[specta(type = specta_typescript::Number)]
    pub seconds: f64,
    /// What a person should know: `negative_as_zero`, `channel_export_off`, `stock_rises`, …
    pub notes: Vec<ReasonView>,
    /// The brakes that it meets: it is sent only when each is passed by its name.
    pub brakes: Vec<BrakeView>,
    /// The run that it takes back, for an undo.
    pub undoes: Option<String>,
    /// Blocked operations by reason.
    pub blocked: BTreeMap<String, u32>,
}

/// A brake that a plan meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BrakeView {
    /// `rise`, `fall`, `changes`: what it is passed by.
    pub name: String,
    /// How much it is and its limit.
    pub reason: ReasonView,
}

impl From<&Met> for BrakeView {
    fn from(met: &Met) -> Self {
        Self { name: met.brake.name().to_owned(), reason: met.reason().into() }
    }
}

/// The limits of a company's brakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BrakesView {
    /// Per cent more units that the shop offers.
    pub rise: u32,
    /// Per cent fewer units, or per cent of its places that go to nothing.
    pub fall: u32,
    /// Records that are changed or removed.
    pub changes: u32,
}

impl From<Limits> for BrakesView {
    fn from(Limits { rise, fall, changes }: Limits) -> Self {
        Self { rise, fall, changes }
    }
}

/// How many of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "one for each action")]
pub struct PlanCountsView {
    pub create: u32,
    pub change: u32,
    pub same: u32,
    pub remove: u32,
    pub blocked: u32,
}

impl From<PlanCounts> for PlanCountsView {
    fn from(counts: PlanCounts) -> Self {
        Self {
            create: small(counts.create),
            change: small(counts.change),
            same: small(counts.same),
            remove: small(counts.remove),
            blocked: small(counts.blocked),
        }
    }
}

/// What a plan is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanOptions {
    /// Opening stock: `file` (an imported count) or `forstok` (its on-hand, after an explicit choice). Receipts: `settlement` (the
    /// imported settlement files instead of Forstok's list of payments).
    pub source: Option<String>,
    /// Opening stock from Forstok: take the cost price that the shop keeps there as unit cost.
    #[serde(default)]
    pub forstok_cost: bool,
    /// Opening stock: unit cost by SKU, asked of the person, as decimal text.
    #[serde(default)]
    pub unit_costs: BTreeMap<String, String>,
    /// Date of the documents, `yyyy-MM-dd`; today in Jakarta when it is not given.
    pub date: Option<String>,
    /// Sales: orders placed on this day (`yyyy-MM-dd`, WIB) or later, instead of the mapping's own day.
    #[serde(default)]
    pub since: Option<String>,
    /// Sales: only these orders, by number or id; empty: all.
    #[serde(default)]
    pub orders: Vec<String>,
    /// Returns: id of the warehouse of Accurate that goods are put back into, instead of the mapping's own.
    #[serde(default)]
    pub warehouse: Option<String>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationView {
    /// Its key.
    pub key: String,
    /// `create`, `change`, `same`, `remove`, `blocked`.
    pub action: String,
    /// What a person calls the record.
    pub target: String,
    /// As it was read.
    pub before: Fields,
    /// As it will be.
    pub after: Fields,
    /// Why.
    pub reason: ReasonView,
    /// The document it is part of.
    pub group: Option<String>,
}

/// Operations of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationsView {
    /// This page (the CLI answers all).
    pub operations: Vec<OperationView>,
    /// Where this page lies.
    pub page: PageView,
}

/// Which operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationQuery {
    /// Only this action.
    pub action: Option<String>,
    /// Only those whose record or name holds this.
    pub search: Option<String>,
    /// Which page; sorts by `target`, `name`, `before`, `after`. Without a sort it is the plan's own order.
    pub page: PageQuery,
}
