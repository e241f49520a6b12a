//! The home after set-up: the age of each number, how far the sides agree, how the exceptions move.

use super::Id;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What the home shows beside runs and inbox. From what was read last; reads nothing itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HomeView {
    /// SKUs against items; `None` before the first reading.
    pub items: Option<ItemsFigureView>,
    /// Figures of all mapped warehouses together; `None` before the first reading.
    pub stock: Option<StockFigureView>,
    /// One line for each mapped warehouse.
    pub agreement: Vec<AgreementView>,
    /// Open exceptions at the end of each of the last 14 days, oldest first; days before the first run are left out.
    pub trend: Vec<TrendDayView>,
    /// Orders of Forstok that wait for a SKU decision; `None` when orders cannot be read.
    pub waiting: Option<WaitingOrdersView>,
    /// Invoices that the newest plan found ready and that were not sent since; `None` before the first plan of all orders.
    pub invoices: Option<ReadyFigureView>,
    /// The same of receipts.
    pub receipts: Option<ReadyFigureView>,
}

/// SKUs against items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ItemsFigureView {
    /// SKUs that have their item.
    pub same: u32,
    /// SKUs that can be sent as they are.
    pub ready: u32,
    /// SKUs that need a decision.
    pub open: u32,
    /// When the older side was read.
    pub read_at: String,
}

/// Stock figures of matched SKUs in mapped warehouses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StockFigureView {
    /// Places (SKU and warehouse) where both sides say the same.
    pub same: u32,
    /// Places where they do not.
    pub differing: u32,
    /// When the older side was read.
    pub read_at: String,
}

/// Stock agreement of one mapped warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgreementView {
    /// Forstok's warehouse.
    pub warehouse_id: Id,
    /// Its name.
    pub warehouse: String,
    /// Matched SKUs in it.
    pub rows: u32,
    /// Those that differ, and the difference is explained by orders that are not invoiced yet or by figures that wait for the next
    /// stock run.
    pub explained: u32,
    /// Those that differ for no known reason.
    pub unexplained: u32,
}

/// A day of the trend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrendDayView {
    /// `yyyy-MM-dd`, Jakarta.
    pub day: String,
    /// Open exceptions at its end (today: now).
    pub open: u32,
}

/// Documents of sales that can be sent as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReadyFigureView {
    /// How many.
    pub documents: u32,
    /// Σ in rupiah as decimal text.
    pub amount: String,
    /// Stores that they are of.
    pub stores: u32,
    /// When both sides were read.
    pub read_at: String,
}

/// Orders that wait for a SKU decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WaitingOrdersView {
    /// How many.
    pub orders: u32,
    /// Σ of their totals as decimal text.
    pub amount: String,
    /// When they were read.
    pub read_at: String,
}
