//! Explain a number: why Accurate and Forstok show what they show for one SKU.

use super::{Id, ReasonView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The figures of one SKU, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainView {
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// Its name there.
    pub name: String,
    /// The item of Accurate that it is; `None` while it is not matched.
    pub item_no: Option<String>,
    /// Why it is not matched; `None` where it is.
    pub reason: Option<ReasonView>,
    /// When Accurate's figures were read.
    pub accurate_read_at: Option<String>,
    /// When Forstok's figures were read.
    pub forstok_read_at: Option<String>,
    /// When orders and invoices were read; `None` when this account does not let them be read.
    pub orders_read_at: Option<String>,
    /// One for each mapped pair of warehouses.
    pub places: Vec<ExplainPlaceView>,
}

/// One SKU in one mapped pair of warehouses. Quantities are decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainPlaceView {
    /// Forstok's warehouse.
    pub warehouse_id: Id,
    /// Its name.
    pub warehouse: String,
    /// Name of Accurate's.
    pub accurate_warehouse: String,
    /// On hand in Accurate; `None`: not readable.
    pub accurate: Option<String>,
    /// On hand in Forstok, reserved ones included; what was sent last, where that is newer than the reading or nothing can be read.
    /// `None`: no row there, or not known.
    pub forstok: Option<String>,
    /// Reserved by orders that are not ready to ship.
    pub reserved: Option<String>,
    /// What Forstok offers for sale: on hand less reserved.
    pub available: Option<String>,
    /// What the figures consist of, in the order in which it is drawn. The parts that count in a side add up to that side's figure.
    pub parts: Vec<ExplainPartView>,
    /// What Selaras sent last to this place.
    pub last_sent: Option<LastSentView>,
    /// Whether nothing is left over without a cause.
    pub whole: bool,
}

/// One part of a figure; negative where it takes away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainPartView {
    /// `both_sides`, `sold_not_invoiced`, `invoiced_early`, `already_in_figure` (counted by neither side), `changed_in_accurate`,
    /// `changed_in_forstok`, `undone`, `below_zero`, `opening_stock_open`, `not_matched`, `unexplained`.
    pub code: String,
    /// How many units.
    pub quantity: String,
    /// Whether Accurate's figure counts it.
    pub in_accurate: bool,
    /// Whether Forstok's figure counts it.
    pub in_forstok: bool,
    /// Why, and what makes it go away.
    pub reason: ReasonView,
    /// The orders behind it, newest first, at most 20.
    pub orders: Vec<ExplainOrderView>,
}

/// An order behind a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainOrderView {
    /// Its number on the channel.
    pub number: String,
    /// Name of its store.
    pub store: String,
    /// Its channel.
    pub channel: String,
    /// Its status in Forstok's words.
    pub status: String,
    /// Units of the SKU in it.
    pub quantity: String,
    /// When it was placed.
    pub ordered_at: String,
}

/// The figure that was sent last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LastSentView {
    /// The figure.
    pub quantity: String,
    /// When.
    pub at: String,
    /// By which run.
    pub run: String,
}
