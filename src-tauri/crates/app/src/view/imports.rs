//! Files that stand in for a list.

use super::Id;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Which list a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ImportList {
    /// Master items as Forstok exports them.
    MasterItems,
    /// Pending listings, SKU not matched.
    PendingNotMatched,
    /// Pending listings, SKU matched.
    PendingMatched,
    /// Pending listings, SKU empty.
    PendingEmpty,
    /// Pending listings, SKU duplicate.
    PendingDuplicate,
    /// A counted stock with unit cost.
    StockCount,
    /// Orders as Forstok exports them, a row for each line.
    Orders,
    /// Payments received as Forstok exports them, a row for each invoice.
    Payments,
    /// A marketplace's own settlement.
    Settlement,
}

/// A file that the person chose.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ImportInput {
    /// What it holds.
    pub list: ImportList,
    /// Its name; the ending tells the format (.xls, .xlsx, .csv).
    pub file_name: String,
    /// Its bytes in Base64.
    pub content: String,
    /// Field → column heading; empty: what is remembered, else what is guessed from the headings.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Of a settlement: the number of its channel (forstok-api.md §5.1), whose columns are remembered on their own.
    #[serde(default)]
    pub channel: Option<Id>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportView {
    /// Rows that were read and stored; 0 while columns are missing.
    pub rows: u32,
    /// All headings of the file.
    pub headings: Vec<String>,
    /// Field → heading as used or guessed.
    pub columns: BTreeMap<String, String>,
    /// Fields that must be given a column first.
    pub missing: Vec<String>,
    /// Every field that this list can hold.
    pub fields: Vec<String>,
}
