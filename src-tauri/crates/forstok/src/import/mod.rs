//! Files that a seller exports from Forstok, or a stock count: read into rows, with their columns mapped once.
//!
//! The files' columns are not documented (forstok-api.md §9.3), so headers are only suggested by common words and the person decides.
//! Nothing is guessed about figures: a number that can be read in two ways is an error that names its place.

mod column;
mod columns;
mod date;
mod encoding;
mod fields;
mod number;
mod payments;
mod rows;
mod sales;
mod settlement;
mod table;

pub use columns::{ColumnMap, ListKind, ON_HAND_PREFIX, suggest_columns, suggest_warehouse_columns};
pub use fields::Field;
pub use number::Style;
pub use payments::read_payments;
pub use rows::{CountRow, read_count, read_master, read_pending};
pub use sales::read_orders;
pub use settlement::read_settlement;
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
    /// A cell that should hold a day.
    #[error("row {row}, column \"{column}\": \"{text}\" is not a date")]
    NotADate {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// A day that shows that days lead in a column where another one shows that months do.
    #[error("row {row}, column \"{column}\": \"{text}\" has its day where row {first} has its month")]
    DatesContradict {
        /// Row of the sheet, from 1.
        row: usize,
        /// The row that it contradicts.
        first: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// A long number that a spreadsheet has rounded off, where it names a record.
    #[error("row {row}, column \"{column}\": \"{text}\" was rounded off by a spreadsheet")]
    NumberRounded {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// A cell that should say yes or no.
    #[error("row {row}, column \"{column}\": \"{text}\" is neither yes nor no")]
    NotYesOrNo {
        /// Row of the sheet, from 1.
        row: usize,
        /// Its header.
        column: String,
        /// What it holds.
        text: String,
    },
    /// Two rows of one order or payment that say different things of it.
    #[error("row {row}, column \"{column}\" says something else than row {first}")]
    Contradicts {
        /// Row of the sheet, from 1.
        row: usize,
        /// The row that it contradicts.
        first: usize,
        /// The header.
        column: String,
    },
    /// A store that Forstok does not have, or a name that several of its stores have.
    #[error("row {row}: the store \"{text}\" is not in Forstok, or not the only one of that name")]
    UnknownStore {
        /// Row of the sheet, from 1.
        row: usize,
        /// What the file calls it.
        text: String,
    },
    /// A warehouse that Forstok does not have, or a name that several of its warehouses have.
    #[error("row {row}: the warehouse \"{text}\" is not in Forstok, or not the only one of that name")]
    UnknownWarehouse {
        /// Row of the sheet, from 1.
        row: usize,
        /// What the file calls it.
        text: String,
    },
    /// A row without Forstok's own id of its order, by which everything about it is kept.
    #[error("row {row}: column \"{column}\" does not tell Forstok's id of the order, as SO-123 does")]
    NoOrderId {
        /// Row of the sheet, from 1.
        row: usize,
        /// The header of the column that could tell it.
        column: String,
    },
    /// A payment of an order that is not known, or of a number that several orders have.
    #[error("row {row}: \"{text}\" is not the number or id of exactly one known order")]
    UnknownOrder {
        /// Row of the sheet, from 1.
        row: usize,
        /// What the file calls it.
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
            Self::NotADate { row, column, text } => {
                Reason::new("file_not_a_date").with("row", row).with("column", column).with("text", text)
            }
            Self::DatesContradict { row, first, column, text } => Reason::new("file_dates_contradict")
                .with("row", row)
                .with("first", first)
                .with("column", column)
                .with("text", text),
            Self::NumberRounded { row, column, text } => {
                Reason::new("file_number_rounded").with("row", row).with("column", column).with("text", text)
            }
            Self::NotYesOrNo { row, column, text } => {
                Reason::new("file_not_yes_or_no").with("row", row).with("column", column).with("text", text)
            }
            Self::Contradicts { row, first, column } => {
                Reason::new("file_contradicts").with("row", row).with("first", first).with("column", column)
            }
            Self::UnknownStore { row, text } => Reason::new("file_unknown_store").with("row", row).with("text", text),
            Self::UnknownWarehouse { row, text } => {
                Reason::new("file_unknown_warehouse").with("row", row).with("text", text)
            }
            Self::NoOrderId { row, column } => Reason::new("file_no_order_id").with("row", row).with("column", column),
            Self::UnknownOrder { row, text } => Reason::new("file_unknown_order").with("row", row).with("text", text),
            Self::Repeated { row, first, sku } => {
                Reason::new("file_repeated").with("row", row).with("first", first).with("sku", sku)
            }
        }
    }
}

/// Every code of [`ImportError::reason`].
pub const CODES: [&str; 21] = [
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
    "file_not_a_date",
    "file_dates_contradict",
    "file_number_rounded",
    "file_not_yes_or_no",
    "file_contradicts",
    "file_unknown_store",
    "file_unknown_warehouse",
    "file_no_order_id",
    "file_unknown_order",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file whose cells are near to what each list holds, so that the readings come past their first error.
    fn file() -> impl Strategy<Value = String> {
        let cell = prop_oneof![
            "[0-9]{0,2}/[0-9]{1,2}/20[0-9]{2}",
            "-?[0-9]{1,28}([.,][0-9]{1,3})?",
            "(SO-|INV-)?[0-9]{1,20}",
            "(ya|tidak|Open|refund|Penarikan|rebate|7001|-)",
            "[a-zA-Z0-9;,.\"\\- ]{0,12}",
        ];
        let row = proptest::collection::vec(cell, 1..16).prop_map(|cells| cells.join("\t"));
        proptest::collection::vec(row, 1..10).prop_map(|rows| rows.join("\n"))
    }

    proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(512))]
        #[test]
        fn no_file_breaks_the_readings_of_sales(text in file(), offset in 0_usize..12) {
            let Ok(table) = table(text.as_bytes(), "x.csv") else { return Ok(()) };
            for list in [ListKind::Orders, ListKind::Payments, ListKind::Settlement] {
                // Any column may be chosen for any field, each field in turn for the first.
                let headers = table.headers.iter().cycle().skip(offset);
                let map = list.fields().iter().zip(headers).map(|(field, header)| (field.name.to_owned(), header.clone()));
                let map: ColumnMap = map.collect();
                let orders = read_orders(&table, &map, &[], &[]);
                let _ = (read_payments(&table, &map, orders.as_deref().unwrap_or_default()), read_settlement(&table, &map));
            }
        }
    }
}
