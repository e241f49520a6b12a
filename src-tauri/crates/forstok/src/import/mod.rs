//! Files that a seller exports from Forstok, or a stock count: read into rows, with their columns mapped once.
//!
//! The files' columns are not documented (forstok-api.md §9.3), so headers are only suggested by common words and the person decides.
//! Nothing is guessed about figures: a number that can be read in two ways is an error that names its place.

mod columns;
mod encoding;
mod number;
mod rows;
mod table;

pub use columns::{ColumnMap, Field, ListKind, ON_HAND_PREFIX, suggest_columns, suggest_warehouse_columns};
pub use number::Style;
pub use rows::{CountRow, read_count, read_master, read_pending};
pub use table::{Cell, MAX_BYTES, MAX_ROWS, Row, Table, table};

use selaras_domain::plan::Reason;

/// Why a file cannot be used. Each names what to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It has more bytes than [`MAX_BYTES`].
    #[error("the file is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// It has more rows than [`MAX_ROWS`].
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
    /// It cannot be opened as what it seems to be.
    #[error("the file cannot be read: {detail}")]
    Unreadable {
        /// What was seen.
        detail: String,
    },
    /// A web page under the name of a table.
    #[error("the file is a web page; open it in a spreadsheet and save it as .xlsx")]
    WebPage,
    /// There is no row of headers with rows below it.
    #[error("the file holds no table")]
    NoTable,
    /// A column that is needed was not chosen.
    #[error("no column is chosen for {field}")]
    ColumnMissing {
        /// Which field needs it.
        field: String,
    },
    /// The chosen column is not in this file.
    #[error("the file has no column \"{header}\" for {field}")]
    NoSuchColumn {
        /// Which field it is for.
        field: String,
        /// Its header.
        header: String,
    },
    /// A cell that should hold a number.
    #[error("row {row}, column \"{column}\": \"{text}\" is not a number")]
    NotANumber {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// A number that means one thing in Indonesian and another in English, in a column that gives no hint.
    #[error("row {row}, column \"{column}\": \"{text}\" can mean {one} or {other}")]
    AmbiguousNumber {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
        /// Read with the separator of thousands.
        one: String,
        /// Read with the decimal separator.
        other: String,
    },
    /// A cell that must not be empty.
    #[error("row {row}, column \"{column}\" is empty")]
    EmptyCell {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
    },
    /// A count below zero.
    #[error("row {row}, column \"{column}\": {text} is below zero")]
    BelowZero {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// The same SKU in the same warehouse twice.
    #[error("row {row} repeats row {first}: {sku}")]
    Repeated {
        /// Row of the sheet, from 1.
        row: usize,
        /// The row that it repeats.
        first: usize,
        /// Which SKU.
        sku: String,
    },
}

impl ImportError {
    /// The error as code and parameters, for the message files.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooLarge => Reason::new("file_too_large").with("mib", MAX_BYTES >> 20),
            Self::TooManyRows => Reason::new("file_too_many_rows").with("rows", MAX_ROWS),
            Self::Unreadable { detail } => Reason::new("file_unreadable").with("detail", detail),
            Self::WebPage => Reason::new("file_web_page"),
            Self::NoTable => Reason::new("file_no_table"),
            Self::ColumnMissing { field } => Reason::new("file_column_missing").with("field", field),
            Self::NoSuchColumn { field, header } => {
                Reason::new("file_no_such_column").with("field", field).with("header", header)
            }
            Self::NotANumber { row, column, text } => {
                Reason::new("file_not_a_number").with("row", row).with("column", column).with("text", text)
            }
            Self::AmbiguousNumber { row, column, text, one, other } => Reason::new("file_ambiguous_number")
                .with("row", row)
                .with("column", column)
                .with("text", text)
                .with("one", one)
                .with("other", other),
            Self::EmptyCell { row, column } => Reason::new("file_empty_cell").with("row", row).with("column", column),
            Self::BelowZero { row, column, text } => {
                Reason::new("file_below_zero").with("row", row).with("column", column).with("text", text)
            }
            Self::Repeated { row, first, sku } => {
                Reason::new("file_repeated").with("row", row).with("first", first).with("sku", sku)
            }
        }
    }
}

/// Every code of [`ImportError::reason`].
pub const CODES: [&str; 12] = [
    "file_too_large",
    "file_too_many_rows",
    "file_unreadable",
    "file_web_page",
    "file_no_table",
    "file_column_missing",
    "file_no_such_column",
    "file_not_a_number",
    "file_ambiguous_number",
    "file_empty_cell",
    "file_below_zero",
    "file_repeated",
];
