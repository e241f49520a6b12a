//! Long tables: one page of rows that SQLite has sorted, filtered and searched.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Which page of a long table. Pages follow each other by key: `after` is the cursor that the page before it answered. A jump of the
/// scroll bar names the position of its first row instead (`at`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PageQuery {
    /// Name of the column to sort by; `None`: the table's own order.
    pub sort: Option<String>,
    /// Largest first.
    pub down: bool,
    /// Cursor of the page before this one.
    pub after: Option<String>,
    /// Position of the first row, from 0; not together with `after`.
    pub at: Option<u32>,
    /// At most so many rows; 0 for all.
    pub limit: u32,
}

/// Where a page lies in its table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PageView {
    /// Position of its first row, from 0.
    pub at: u32,
    /// How many rows the query has in all.
    pub total: u32,
    /// Cursor to go on from; `None` at the end.
    pub next: Option<String>,
}
