//! What Forstok says now: the records that a snapshot holds.

use crate::amount::{Money, Quantity};
use crate::ids::{ForstokWarehouseId, ListingId, ListingVariantId, StoreId, VariantId};
use serde::{Deserialize, Serialize};

/// A master variant: what a SKU stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its id; `None` when it comes from an exported file that carries none.
    pub id: Option<VariantId>,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category's name.
    pub category: Option<String>,
    /// Regular price.
    pub price: Option<Money>,
    /// Cost price that the shop keeps in Forstok.
    pub cost_price: Option<Money>,
    /// Barcode.
    pub barcode: Option<String>,
    /// On hand in each warehouse; a warehouse without an opening stock has no row (forstok-api.md §7.6, doc).
    pub stock: Vec<VariantStock>,
}

/// The figure of one variant in one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantStock {
    /// Which warehouse.
    pub warehouse: ForstokWarehouseId,
    /// On hand, reserved ones included.
    pub on_hand: Quantity,
    /// Reserved by orders that are not ready to ship yet.
    pub reserved: Quantity,
}

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warehouse {
    /// Its id.
    pub id: ForstokWarehouseId,
    /// Its name.
    pub name: String,
    /// Whether it is in use.
    pub active: bool,
    /// Whether it is the primary one.
    pub default: bool,
}

/// A connected store (channel account).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// Its name; the user may change it.
    pub name: String,
    /// Name of its channel as shown (`Shopee`, `tokopedia`: the case varies).
    pub channel: String,
    /// Number of its channel (forstok-api.md §5.1).
    pub channel_id: i64,
    /// Whether it is connected.
    pub active: bool,
    /// Whether its export to the marketplace is on; `None` when the answer does not say.
    pub export_on: Option<bool>,
}

/// The four kinds of pending action (forstok-api.md §9.1, doc).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// The listing's SKU is not among the master SKUs.
    NotMatched,
    /// The listing's SKU equals a master SKU, but the link is not confirmed.
    Matched,
    /// The marketplace has no SKU; Forstok made one up.
    Empty,
    /// Two listings share a SKU; Forstok has added a suffix.
    Duplicate,
}

/// One variant of a listing that waits for a person in Forstok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingListing {
    /// The listing, when known.
    pub listing: Option<ListingId>,
    /// The listing's variant, when known.
    pub listing_variant: Option<ListingVariantId>,
    /// The store it is listed in, when known.
    pub store: Option<StoreId>,
    /// The listing's name.
    pub name: String,
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// The SKU as the marketplace has it; may be empty.
    pub original_sku: String,
    /// What it waits for.
    pub kind: PendingKind,
    /// The master variant that Forstok itself proposes.
    pub suggested: Option<VariantId>,
}

/// What is done with a pending listing in Forstok (forstok-api.md §10.6, guess).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingAction {
    /// Confirm the link to the master SKU that it matches.
    Confirm,
    /// Make a new master SKU of it.
    CreateMaster,
    /// Replace the listing that it doubles.
    Replace,
    /// Link it to a chosen master variant.
    LinkTo(VariantId),
}

/// The absolute on-hand figure that is sent for one SKU in one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuantityLine {
    /// SKU, Forstok's address of the variant.
    pub sku: String,
    /// Warehouse.
    pub warehouse: ForstokWarehouseId,
    /// On hand; never below zero.
    pub quantity: Quantity,
}

/// What this account lets a program read and do; found by probing (design §4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The master variants can be read.
    pub variants: bool,
    /// On-hand figures come with the variants.
    pub quantities: bool,
    /// The warehouses can be read.
    pub warehouses: bool,
    /// The stores can be read.
    pub stores: bool,
    /// Pending listings can be read and resolved.
    pub pending_listings: bool,
    /// Orders can be read.
    pub orders: bool,
    /// Invoices can be read.
    pub invoices: bool,
    /// Payments can be read.
    pub payments: bool,
}
