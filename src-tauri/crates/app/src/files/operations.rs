//! A plan's operations as a sheet (.xlsx): one row each, before and after side by side. Written row by row, so that a plan of any length
//! takes little memory.

use crate::error::{AppError, AppResult, ErrorCode};
use crate::messages::Sentences;
use crate::view::OperationView;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The order of a document; a field that is not here comes after them.
const ORDER: [&str; 19] = [
    "no",
    "item_no",
    "sku",
    "name",
    "item_type",
    "category",
    "unit",
    "unit_price",
    "vendor_price",
    "upc",
    "tax_id",
    "warehouse_name",
    "on_hand",
    "quantity",
    "unit_cost",
    "total",
    "account_no",
    "branch_id",
    "date",
];

/// Ids whose name stands beside them.
const HIDDEN: [&str; 3] = ["item_id", "warehouse_id", "account_id"];

/// Fields that are numbers to a sheet.
const NUMBERS: [&str; 6] = ["unit_price", "vendor_price", "on_hand", "quantity", "unit_cost", "total"];

/// Figures of more digits than a sheet can hold are written as text.
const DIGITS: usize = 15;

/// Which fields the operations have; learned in a first pass, as a sheet that is written row by row begins with its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Every field, and whether any operation has it before.
    fields: BTreeMap<String, bool>,
}

impl Columns {
    /// Takes an operation's fields into account.
    pub(crate) fn see(&mut self, operation: &OperationView) {
        for field in operation.after.keys().filter(|field| !HIDDEN.contains(&field.as_str())) {
            self.fields.entry(field.clone()).or_default();
        }
        for (field, _) in operation.before.iter().filter(|(field, _)| !HIDDEN.contains(&field.as_str())) {
            *self.fields.entry(field.clone()).or_default() = true;
        }
    }

    /// In the order of a document.
    fn ordered(&self) -> Vec<(&str, bool)> {
        let known: BTreeSet<&str> = ORDER.into_iter().collect();
        let first = ORDER.iter().filter_map(|field| self.fields.get_key_value(*field));
        let rest = self.fields.iter().filter(|(field, _)| !known.contains(field.as_str()));
        first.chain(rest).map(|(field, before)| (field.as_str(), *before)).collect()
    }
}

/// A sheet that is being written.
pub(crate) struct OperationSheet<'a> {
    workbook: Workbook,
    columns: Vec<(&'a str, bool)>,
    sentences: &'static Sentences,
    row: u32,
}

fn broken(error: XlsxError) -> AppError {
    AppError::new(ErrorCode::Internal).with("detail", error)
}

impl<'a> OperationSheet<'a> {
    /// Begins one with its header.
    ///
    /// # Errors
    /// When there is no room for the rows that are not yet in a file.
    pub(crate) fn new(columns: &'a Columns, sentences: &'static Sentences) -> AppResult<Self> {
        let columns = columns.ordered();
        let mut workbook = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(broken)?;
        let mut titles = vec![sentences.word("sheet.action").to_owned(), sentences.word("sheet.record").to_owned()];
        for (field, before) in &columns {
            let field = sentences.code("field", field);
            if *before {
                titles.push(sentences.say("sheet.before", &[("field", field)]));
                titles.push(sentences.say("sheet.after", &[("field", field)]));
            } else {
                titles.push(field.to_owned());
            }
        }
        titles.push(sentences.word("sheet.reason").to_owned());
        sheet.set_freeze_panes(1, 2).map_err(broken)?;
        for (column, title) in (0_u16..).zip(&titles) {
            sheet
                .set_column_width(column, f64::from(u16::try_from(title.chars().count()).unwrap_or(40).clamp(12, 40)))
                .map_err(broken)?;
            sheet.write_string_with_format(0, column, title, &bold).map_err(broken)?;
        }
        Ok(Self { workbook, columns, sentences, row: 0 })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the sheet is full, or there is no room for it.
    pub(crate) fn add(&mut self, operation: &OperationView) -> AppResult<()> {
        self.row += 1;
        let row = self.row;
        let sheet = self.workbook.worksheet_from_index(0).map_err(broken)?;
        sheet.write_string(row, 0, self.sentences.code("action", &operation.action)).map_err(broken)?;
        sheet.write_string(row, 1, &operation.target).map_err(broken)?;
        let mut column = 2;
        for (field, before) in &self.columns {
            if *before {
                write(sheet, row, column, field, operation.before.get(*field)).map_err(broken)?;
                column += 1;
            }
            write(sheet, row, column, field, operation.after.get(*field)).map_err(broken)?;
            column += 1;
        }
        let reason = self.sentences.reason(&operation.reason);
        sheet.write_string(row, column, reason).map_err(broken)?;
        Ok(())
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(mut self, to: impl Write + Send) -> AppResult<()> {
        self.workbook.save_to_writer(to).map_err(|error| match error {
            XlsxError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                AppError::new(ErrorCode::StorageFull)
            }
            other => broken(other),
        })
    }
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, field: &str, value: Option<&String>) -> Result<(), XlsxError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(()) };
    let number = value.parse::<Decimal>().ok().filter(|_| NUMBERS.contains(&field) && value.len() <= DIGITS);
    match number.and_then(|number| number.to_f64()) {
        Some(number) => sheet.write_number(row, column, number)?,
        None => sheet.write_string(row, column, value)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;
    use crate::view::ReasonView;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    fn operation(action: &str, before: &[(&str, &str)], after: &[(&str, &str)]) -> OperationView {
        let fields =
            |list: &[(&str, &str)]| list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        OperationView {
            key: "stock:1:007".into(),
            action: action.into(),
            target: "007 · Gudang".into(),
            before: fields(before),
            after: fields(after),
            reason: ReasonView { code: "code_too_long".into(), params: Default::default() },
            group: None,
        }
    }

    #[test]
    fn a_sheet_has_before_and_after_side_by_side_and_keeps_codes_as_text() {
        let operations = [
            operation("change", &[("on_hand", "3")], &[("sku", "007"), ("warehouse_id", "1"), ("on_hand", "12.5")]),
            operation("blocked", &[], &[("sku", "008"), ("extra", "x")]),
        ];
        let mut columns = Columns::default();
        operations.iter().for_each(|one| columns.see(one));
        let mut sheet = OperationSheet::new(&columns, Sentences::of(Language::Id)).unwrap();
        for one in &operations {
            sheet.add(one).unwrap();
        }
        let mut file = Vec::new();
        sheet.save(&mut file).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
        let range = book.worksheet_range("Sheet1").unwrap();
        let text = |text: &str| Data::String(text.to_owned());
        let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let reason = text("kode lebih dari 30 karakter (–)");
        let header = ["Tindakan", "Data", "SKU", "Stok sebelum", "Stok sesudah", "extra", "Alasan"].map(text).to_vec();
        assert_eq!(rows[0], header);
        let (three, twelve) = (Data::Float(3.0), Data::Float(12.5));
        assert_eq!(rows[1][..6], [text("Ubah"), text("007 · Gudang"), text("007"), three, twelve, Data::Empty]);
        let blocked = [text("Ditahan"), text("007 · Gudang"), text("008"), Data::Empty, Data::Empty, text("x"), reason];
        assert_eq!(rows[2], blocked);
    }

    #[test]
    fn a_figure_that_a_sheet_would_round_is_written_as_text() {
        let long = operation("create", &[], &[("total", "12345678901234.56")]);
        let mut columns = Columns::default();
        columns.see(&long);
        let mut sheet = OperationSheet::new(&columns, Sentences::of(Language::En)).unwrap();
        sheet.add(&long).unwrap();
        let mut file = Vec::new();
        sheet.save(&mut file).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
        let range = book.worksheet_range("Sheet1").unwrap();
        assert_eq!(range.get_value((1, 2)), Some(&Data::String("12345678901234.56".into())));
    }
}
