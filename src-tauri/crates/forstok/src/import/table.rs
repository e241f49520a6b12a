//! A file as headers and rows: .xlsx, .xls, and text with commas, semicolons or tabs. What it is, its bytes say, not its name: shops'
//! programs call web pages and text files `.xls`.

use super::ImportError;
use super::encoding::decoded;
use super::number::Style;
use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, Xlsx};
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest file that is read.
pub const MAX_BYTES: usize = 50 << 20;

/// Most rows that are read: the bound of a spreadsheet.
pub const MAX_ROWS: usize = 1_000_000;

/// Columns beyond these are not looked at.
const MAX_COLUMNS: usize = 256;

/// Titles and notes may stand above the headers, in at most so many rows.
const ROWS_ABOVE_HEADERS: usize = 20;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text; empty for nothing.
    Text(String),
    /// A number that the spreadsheet itself holds as one.
    Number(Decimal),
    /// A day, with its time, that the spreadsheet itself holds as one. It knows no zone.
    Moment(DateTime),
}

impl Cell {
    /// As text; a number in its shortest form, a moment as in ISO 8601.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::Number(number) => number.normalize().to_string(),
            Self::Moment(at) if at.time() == Time::midnight() => at.date().to_string(),
            Self::Moment(at) => at.to_string(),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// A row below the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the file, from 1, as a spreadsheet shows it.
    pub number: usize,
    /// Its cells; may be fewer than the headers.
    pub cells: Vec<Cell>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The headers, each different from the others.
    pub headers: Vec<String>,
    /// The rows that hold anything.
    pub rows: Vec<Row>,
    /// What the file itself says about the marks in its numbers: a program that separates columns by semicolons does so because
    /// the comma is its decimal mark.
    pub style: Option<Style>,
}

/// Reads a file.
///
/// # Errors
/// What is wrong with it as a whole.
pub fn table(bytes: &[u8], file_name: &str) -> Result<Table, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    tracing::debug!(file.bytes = bytes.len(), file.name = file_name, "reading a file");
    let unreadable = |detail: String| ImportError::Unreadable { detail };
    let (rows, style) = if bytes.starts_with(b"PK") {
        // The reader is fed with files of strangers: should it panic on one, that file is unreadable and nothing else.
        let rows = catch_unwind(AssertUnwindSafe(|| xlsx(bytes)));
        (rows.unwrap_or_else(|_| Err(unreadable("the spreadsheet is damaged".to_owned())))?, None)
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        let rows = catch_unwind(AssertUnwindSafe(|| xls(bytes)));
        (rows.unwrap_or_else(|_| Err(unreadable("the spreadsheet is damaged".to_owned())))?, None)
    } else {
        let text = decoded(bytes);
        if text.trim_start().starts_with('<') {
            return Err(ImportError::WebPage);
        }
        if text.contains('\0') {
            return Err(unreadable("it is neither a spreadsheet nor text".to_owned()));
        }
        separated(&text)?
    };
    with_headers(rows, style)
}

/// Splits off the headers: the first row with at least two filled cells, or the first filled row where there is no such row.
fn with_headers(rows: Vec<Row>, style: Option<Style>) -> Result<Table, ImportError> {
    let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.is_empty()).count();
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| filled(row) > 0).collect();
    let at = rows.iter().take(ROWS_ABOVE_HEADERS).position(|row| filled(row) >= 2).unwrap_or(0);
    if rows.len() < at + 2 {
        return Err(ImportError::NoTable);
    }
    let mut headers: Vec<String> = Vec::new();
    for (index, cell) in rows[at].cells.iter().enumerate() {
        let text = cell.text();
        let text = if text.is_empty() { format!("#{}", index + 1) } else { text };
        let mut header = text.clone();
        let mut count = 1;
        while headers.contains(&header) {
            count += 1;
            header = format!("{text} ({count})");
        }
        headers.push(header);
    }
    Ok(Table { headers, rows: rows.split_off(at + 1), style })
}

fn spreadsheet_error(error: &impl std::fmt::Display) -> ImportError {
    ImportError::Unreadable { detail: error.to_string() }
}

/// Cell by cell: a sheet may claim to reach to its last possible corner, and then a whole range of it fills the memory.
fn xlsx(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| spreadsheet_error(&error))?;
    for sheet in book.sheet_names() {
        let mut reader = book.worksheet_cells_reader(&sheet).map_err(|error| spreadsheet_error(&error))?;
        let mut rows: Vec<Row> = Vec::new();
        while let Some(cell) = reader.next_cell().map_err(|error| spreadsheet_error(&error))? {
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
                other => value(&Data::from(other.clone())),
            };
            place(&mut rows, row as usize + 1, column as usize, value)?;
        }
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(ImportError::NoTable)
}

/// A sheet of this old format has at most 65,536 rows of 256 columns, so a whole range is bounded.
fn xls(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| spreadsheet_error(&error))?;
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).map_err(|error| spreadsheet_error(&error))?;
        let first = range.start().unwrap_or_default();
        let mut rows: Vec<Row> = Vec::new();
        for (row, column, data) in range.used_cells() {
            place(&mut rows, first.0 as usize + row + 1, first.1 as usize + column, value(data))?;
        }
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(ImportError::NoTable)
}

/// Puts a cell where it belongs; cells come row by row.
fn place(rows: &mut Vec<Row>, number: usize, column: usize, cell: Cell) -> Result<(), ImportError> {
    if column >= MAX_COLUMNS {
        return Ok(());
    }
    if rows.last().is_none_or(|row| row.number != number) {
        if rows.len() >= MAX_ROWS {
            return Err(ImportError::TooManyRows);
        }
        rows.push(Row { number, cells: Vec::new() });
    }
    if let Some(row) = rows.last_mut() {
        if row.cells.len() <= column {
            row.cells.resize(column + 1, Cell::Text(String::new()));
        }
        row.cells[column] = cell;
    }
    Ok(())
}

/// A spreadsheet holds its numbers as floating point; the shortest text that means the same is what its user typed.
fn value(data: &Data) -> Cell {
    let number = |text: String| text.parse().map_or(Cell::Text(text), Cell::Number);
    match data {
        Data::Int(value) => Cell::Number(Decimal::from(*value)),
        Data::Float(value) => number(value.to_string()),
        Data::Bool(value) => Cell::Text(value.to_string()),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::Text(text.clone()),
        // A span of time is no day, though a spreadsheet writes it alike.
        Data::DateTime(value) => match Some(value).filter(|value| value.is_datetime()).and_then(moment) {
            Some(moment) => Cell::Moment(moment),
            None => number(value.as_f64().to_string()),
        },
        Data::Error(_) | Data::Empty => Cell::Text(String::new()),
    }
}

/// The book says whether it counts its days from 1900 or from 1904; only the reader knows which.
fn moment(value: &ExcelDateTime) -> Option<DateTime> {
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let small = |part: u8| i8::try_from(part).ok();
    let date = Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    Some(date.to_datetime(Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?))
}

/// Text with a separator: the one of `;`, tab and `,` that stands most often in the first lines, outside quotes.
fn separated(text: &str) -> Result<(Vec<Row>, Option<Style>), ImportError> {
    let separator = separator(text);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    // The reader gives where a record begins, line ends and empty lines before it included.
    let (mut at, mut number) = (0, 1);
    for record in reader.records() {
        let record = record.map_err(|error| spreadsheet_error(&error))?;
        let begin = record.position().map_or(at, |position| usize::try_from(position.byte()).unwrap_or(at));
        let before = text.as_bytes().get(begin..).unwrap_or_default();
        let begin = begin + before.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        number += text.get(at..begin).map_or(0, line_ends);
        at = begin;
        for (column, text) in record.iter().enumerate() {
            place(&mut rows, number, column, Cell::Text(text.to_owned()))?;
        }
    }
    Ok((rows, (separator == b';').then_some(Style::DotGroups)))
}

fn line_ends(text: &str) -> usize {
    text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

fn separator(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b';', 0_usize), (b'\t', 0), (b',', 0)];
    for byte in text.lines().take(ROWS_ABOVE_HEADERS).flat_map(str::bytes) {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted && let Some((_, count)) = counts.iter_mut().find(|(separator, _)| *separator == byte) {
            *count += 1;
        }
    }
    // Among equals the earlier: a comma also stands inside numbers and names.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(table: &Table) -> Vec<(usize, Vec<String>)> {
        table.rows.iter().map(|row| (row.number, row.cells.iter().map(Cell::text).collect())).collect()
    }

    fn row(number: usize, cells: &[&str]) -> (usize, Vec<String>) {
        (number, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[rstest::rstest]
    #[case("SKU,Qty\nA-1,\"1,5\"\n")]
    #[case("SKU;Qty\r\nA-1;1,5\r\n")]
    #[case("\u{feff}SKU\tQty\nA-1\t1,5")]
    fn text_with_any_separator_is_read(#[case] text: &str) {
        let read = table(text.as_bytes(), "stok.csv").unwrap();
        assert_eq!(read.headers, ["SKU", "Qty"]);
        assert_eq!(texts(&read), [row(2, &["A-1", "1,5"])]);
    }

    #[test]
    fn titles_above_the_headers_are_left_out_and_rows_keep_their_numbers() {
        let read = table(b"Laporan Stok\n\nSKU,Qty,Qty,\nA,1,2,3\n\nB,4,5,6\n", "x.csv").unwrap();
        assert_eq!(read.headers, ["SKU", "Qty", "Qty (2)", "#4"]);
        assert_eq!(texts(&read), [row(4, &["A", "1", "2", "3"]), row(6, &["B", "4", "5", "6"])]);
    }

    #[test]
    fn a_spreadsheet_is_read_with_its_numbers() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(1, 1, "SKU").unwrap();
        sheet.write(1, 2, "Harga").unwrap();
        sheet.write(2, 1, 8_990_000_000_017.0).unwrap();
        sheet.write(2, 2, 17500.25).unwrap();
        let read = table(&book.save_to_buffer().unwrap(), "produk.xls").unwrap();
        assert_eq!(read.headers, ["#1", "SKU", "Harga"]);
        assert_eq!(texts(&read), [row(3, &["", "8990000000017", "17500.25"])]);
        assert_eq!(read.rows[0].cells[2], Cell::Number("17500.25".parse().unwrap()));
    }

    #[test]
    fn a_day_of_a_spreadsheet_is_a_moment_whatever_it_looks_like() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let (day, span) = (rust_xlsxwriter::Format::new(), rust_xlsxwriter::Format::new());
        let (day, span) = (day.set_num_format("dd mmm yyyy hh:mm"), span.set_num_format("[hh]:mm"));
        for (column, header) in (0..).zip(["Tanggal", "Hari", "Lama"]) {
            sheet.write(0, column, header).unwrap();
        }
        sheet.write_with_format(1, 0, 46_348.411_921_296_3, &day).unwrap();
        sheet.write_with_format(1, 1, 46_348, &day).unwrap();
        sheet.write_with_format(1, 2, 1.5, &span).unwrap();
        let read = table(&book.save_to_buffer().unwrap(), "x.xlsx").unwrap();
        let at = jiff::civil::datetime(2026, 11, 22, 9, 53, 10, 0);
        assert_eq!(read.rows[0].cells[0], Cell::Moment(at));
        assert_eq!(texts(&read), [row(2, &["2026-11-22T09:53:10", "2026-11-22", "1.5"])]);
    }

    #[test]
    fn a_sheet_that_claims_the_last_corner_does_not_fill_the_memory() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "SKU").unwrap();
        sheet.write(0, 1, "Qty").unwrap();
        sheet.write(1_048_575, 16_383, "x").unwrap();
        sheet.write(1_048_575, 0, "A").unwrap();
        let read = table(&book.save_to_buffer().unwrap(), "x.xlsx").unwrap();
        assert_eq!(texts(&read), [row(1_048_576, &["A"])]);
    }

    #[rstest::rstest]
    #[case(b"<html><table><tr><td>SKU</td></tr></table></html>".as_slice(), ImportError::WebPage)]
    #[case(b"".as_slice(), ImportError::NoTable)]
    #[case(b"SKU,Qty\n".as_slice(), ImportError::NoTable)]
    #[case(b"\x00\x01\x02".as_slice(), ImportError::Unreadable { detail: "it is neither a spreadsheet nor text".into() })]
    fn what_is_no_table_says_so(#[case] bytes: &[u8], #[case] error: ImportError) {
        assert_eq!(table(bytes, "x.xls"), Err(error));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        assert_eq!(table(&vec![b'a'; MAX_BYTES + 1], "x.csv"), Err(ImportError::TooLarge));
        let long = "a,b\n".repeat(MAX_ROWS + 2);
        assert_eq!(table(long.as_bytes(), "x.csv"), Err(ImportError::TooManyRows));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(200))]
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000), kind in 0_usize..3) {
            let magic: [&[u8]; 3] = [b"", b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];
            let _ = table(&[magic[kind], &bytes].concat(), "x");
        }

        #[test]
        fn a_damaged_spreadsheet_breaks_nothing(at in 0_usize..6000, byte in proptest::num::u8::ANY, cut in 0_usize..6000) {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            for row in 0..20 {
                sheet.write(row, 0, format!("SKU-{row}")).unwrap();
                sheet.write(row, 1, row).unwrap();
            }
            let mut bytes = book.save_to_buffer().unwrap();
            let length = bytes.len();
            bytes[at % length] = byte;
            let _ = table(&bytes, "x.xlsx");
            bytes.truncate(cut % length);
            let _ = table(&bytes, "x.xlsx");
        }
    }
}
