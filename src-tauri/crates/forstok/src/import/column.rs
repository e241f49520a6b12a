//! A column that was chosen for a field: its cells as text, numbers, ids, moments and flags, each error with its place.

use super::ImportError;
use super::columns::{ColumnMap, ListKind};
use super::date::{self, DayOrder};
use super::number::{self, Reading, Style};
use super::table::{Cell, Row, Table};
use crate::orders::wib;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use selaras_domain::amount::Money;

/// No amount of a shop comes near; one above it was read wrongly, and sums of such would not hold in a decimal.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A spreadsheet keeps so many digits of a number and writes zeros for the others.
const DIGITS_KEPT: usize = 15;

/// A column that was chosen for a field.
#[derive(Debug, Clone)]
pub(super) struct Column<'a> {
    pub(super) header: &'a str,
    at: usize,
    style: Option<Style>,
}

impl<'a> Column<'a> {
    pub(super) fn chosen(table: &'a Table, map: &'a ColumnMap, field: &str) -> Result<Option<Self>, ImportError> {
        let Some(header) = map.get(field) else { return Ok(None) };
        let at = table.headers.iter().position(|one| one == header);
        let at = at.ok_or_else(|| ImportError::NoSuchColumn { field: field.to_owned(), header: header.clone() })?;
        Ok(Some(Self { header, at, style: style_of(table, at) }))
    }

    pub(super) fn required(table: &'a Table, map: &'a ColumnMap, field: &str) -> Result<Self, ImportError> {
        Self::chosen(table, map, field)?.ok_or_else(|| ImportError::ColumnMissing { field: field.to_owned() })
    }

    pub(super) fn text(&self, row: &Row) -> Option<String> {
        let text = row.cells.get(self.at)?.text();
        (!text.is_empty() && text != "-").then_some(text)
    }

    /// A code byte for byte, blanks at its ends included: Forstok knows it by them.
    pub(super) fn code(&self, row: &Row) -> Option<String> {
        let text = self.text(row)?;
        match row.cells.get(self.at) {
            Some(Cell::Text(written)) => Some(written.clone()),
            _ => Some(text),
        }
    }

    /// Text that tells one record from all others. A spreadsheet rounds long numbers off in silence, and then they name another one.
    pub(super) fn name(&self, row: &Row) -> Result<Option<String>, ImportError> {
        let Some(text) = self.text(row) else { return Ok(None) };
        let rounded = match row.cells.get(self.at) {
            Some(Cell::Number(number)) => number.trunc().abs().to_string().len() > DIGITS_KEPT,
            _ => is_scientific(&text),
        };
        if rounded {
            return Err(ImportError::NumberRounded { row: row.number, column: self.header.to_owned(), text });
        }
        Ok(Some(text))
    }

    pub(super) fn number(&self, row: &Row) -> Result<Option<Decimal>, ImportError> {
        let text = match row.cells.get(self.at) {
            None => return Ok(None),
            Some(Cell::Number(number)) => return Ok(Some(*number)),
            Some(cell) => cell.text(),
        };
        let (row, column) = (row.number, self.header.to_owned());
        match (number::read(&text), self.style) {
            (Reading::Nothing, _) => Ok(None),
            (Reading::Sure(number, _), _) => Ok(Some(number)),
            (Reading::Unsure { dot_groups, .. }, Some(Style::DotGroups)) => Ok(Some(dot_groups)),
            (Reading::Unsure { comma_groups, .. }, Some(Style::CommaGroups)) => Ok(Some(comma_groups)),
            (Reading::Unsure { dot_groups, comma_groups }, None) => {
                let (one, other) = (dot_groups.normalize().to_string(), comma_groups.normalize().to_string());
                Err(ImportError::AmbiguousNumber { row, column, text, one, other })
            }
            (Reading::NoNumber, _) => Err(ImportError::NotANumber { row, column, text }),
        }
    }

    pub(super) fn not_below_zero(&self, row: &Row) -> Result<Option<Decimal>, ImportError> {
        match self.number(row)? {
            Some(number) if number < Decimal::ZERO => Err(ImportError::BelowZero {
                row: row.number,
                column: self.header.to_owned(),
                text: number.normalize().to_string(),
            }),
            number => Ok(number),
        }
    }

    /// A number that can be summed up over all rows of a file.
    pub(super) fn bounded(&self, row: &Row, largest: i64) -> Result<Option<Decimal>, ImportError> {
        match self.number(row)? {
            Some(number) if number.abs() > Decimal::from(largest) => Err(ImportError::NotANumber {
                row: row.number,
                column: self.header.to_owned(),
                text: number.normalize().to_string(),
            }),
            number => Ok(number),
        }
    }

    /// An amount with its own sign.
    pub(super) fn money(&self, row: &Row) -> Result<Option<Money>, ImportError> {
        Ok(self.bounded(row, LARGEST)?.map(Money))
    }

    pub(super) fn id(&self, row: &Row) -> Result<Option<i64>, ImportError> {
        let Some(text) = self.text(row) else { return Ok(None) };
        let (row, column) = (row.number, self.header.to_owned());
        text.parse().map(Some).map_err(|_| ImportError::NotANumber { row, column, text })
    }

    /// The id of a document, with or without the mark that Forstok's screens print before it.
    pub(super) fn document(&self, row: &Row, mark: &str) -> Result<Option<i64>, ImportError> {
        let Some(text) = self.name(row)? else { return Ok(None) };
        let id = marked_id(&text, mark).or_else(|| text.parse().ok());
        let (row, column) = (row.number, self.header.to_owned());
        id.map(Some).ok_or(ImportError::NotANumber { row, column, text })
    }

    /// Yes or no, in either language.
    pub(super) fn flag(&self, row: &Row) -> Result<Option<bool>, ImportError> {
        let Some(text) = self.text(row) else { return Ok(None) };
        match text.to_lowercase().as_str() {
            "ya" | "y" | "yes" | "true" | "benar" | "1" | "cashless" => Ok(Some(true)),
            "tidak" | "t" | "no" | "n" | "false" | "salah" | "0" | "non cashless" | "non-cashless" => Ok(Some(false)),
            _ => Err(ImportError::NotYesOrNo { row: row.number, column: self.header.to_owned(), text }),
        }
    }

    /// The error of a cell that must not be empty.
    pub(super) fn empty(&self, row: &Row) -> ImportError {
        ImportError::EmptyCell { row: row.number, column: self.header.to_owned() }
    }

    /// Whether the column writes what it takes away with a minus: it holds amounts below zero and none above. Decided by the whole
    /// column, as a single cell below zero may also be a fee that came back.
    pub(super) fn takes_away(&self, table: &Table) -> Result<bool, ImportError> {
        let mut below = false;
        for row in &table.rows {
            match self.number(row)? {
                Some(number) if number > Decimal::ZERO => return Ok(false),
                Some(number) => below |= number < Decimal::ZERO,
                None => {}
            }
        }
        Ok(below)
    }

    /// The column as one of moments.
    ///
    /// # Errors
    /// When one cell proves that its days lead and another that its months do.
    pub(super) fn moments(self, table: &Table) -> Result<Moments<'a>, ImportError> {
        let mut proved: Option<(usize, DayOrder)> = None;
        for row in &table.rows {
            let Some(Cell::Text(text)) = row.cells.get(self.at) else { continue };
            let date::Reading::Sure(_, Some(order)) = date::read(text) else { continue };
            match proved {
                Some((first, known)) if known != order => {
                    return Err(ImportError::DatesContradict {
                        row: row.number,
                        first,
                        column: self.header.to_owned(),
                        text: text.trim().to_owned(),
                    });
                }
                Some(_) => {}
                None => proved = Some((row.number, order)),
            }
        }
        // The day leads in Indonesia, and the files are of its shops; only a month that cannot be one says otherwise.
        Ok(Moments { order: proved.map_or(DayOrder::DayFirst, |(_, order)| order), column: self })
    }
}

/// A column of moments, all with the same part in front.
#[derive(Debug, Clone)]
pub(super) struct Moments<'a> {
    pub(super) column: Column<'a>,
    order: DayOrder,
}

impl Moments<'_> {
    fn civil(&self, row: &Row) -> Result<Option<DateTime>, ImportError> {
        let column = &self.column;
        let cell = row.cells.get(column.at);
        match cell {
            Some(Cell::Moment(at)) => return Ok(Some(*at)),
            Some(Cell::Number(number)) => {
                if let Some(at) = date::serial(*number) {
                    return Ok(Some(at));
                }
            }
            _ => {}
        }
        let text = cell.map(Cell::text).unwrap_or_default();
        match (date::read(&text), self.order) {
            (date::Reading::Nothing, _) => Ok(None),
            (date::Reading::Sure(at, _), _) => Ok(Some(at)),
            (date::Reading::Unsure { day_first, .. }, DayOrder::DayFirst) => Ok(Some(day_first)),
            (date::Reading::Unsure { month_first, .. }, DayOrder::MonthFirst) => Ok(Some(month_first)),
            (date::Reading::NoDate, _) => {
                Err(ImportError::NotADate { row: row.number, column: column.header.to_owned(), text })
            }
        }
    }

    /// The moment of a row; a day without time begins in Jakarta.
    pub(super) fn moment(&self, row: &Row) -> Result<Option<Timestamp>, ImportError> {
        self.civil(row)?.map(|at| self.in_jakarta(row, at)).transpose()
    }

    /// The latest moment that a row may mean: of a day without time its end in Jakarta.
    pub(super) fn latest(&self, row: &Row) -> Result<Option<Timestamp>, ImportError> {
        let Some(at) = self.civil(row)? else { return Ok(None) };
        let latest = if at.time() == Time::midnight() { at.date().at(23, 59, 59, 0) } else { at };
        self.in_jakarta(row, latest).map(Some)
    }

    fn in_jakarta(&self, row: &Row, at: DateTime) -> Result<Timestamp, ImportError> {
        let moment = at.to_zoned(wib()).map(|zoned| zoned.timestamp());
        moment.map_err(|_| ImportError::NotADate {
            row: row.number,
            column: self.column.header.to_owned(),
            text: at.to_string(),
        })
    }

    /// The day of a row, in WIB.
    pub(super) fn day(&self, row: &Row) -> Result<Option<Date>, ImportError> {
        Ok(self.civil(row)?.map(DateTime::date))
    }
}

/// `SO-140000001` with the mark `SO` (forstok-api.md §7.1), `INV-500001` with `INV` (§7.3).
pub(super) fn marked_id(text: &str, mark: &str) -> Option<i64> {
    let (kind, id) = text.trim().split_once('-')?;
    let id = id.trim();
    let sound = kind.trim().eq_ignore_ascii_case(mark) && id.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| id.parse().ok())?
}

/// `5,76461E+17`: what a spreadsheet writes into a text file for a number that it has rounded off.
fn is_scientific(text: &str) -> bool {
    let Some((figures, power)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = figures.split_once(['.', ',']).unwrap_or((figures, "0"));
    power.strip_prefix('+').is_some_and(digits) && digits(whole) && digits(fraction)
}

/// The marks of a column's numbers, by those of its cells that leave no doubt; else by the file. Cells that contradict each other say
/// nothing.
fn style_of(table: &Table, at: usize) -> Option<Style> {
    let mut seen: Option<Style> = None;
    for row in &table.rows {
        let Some(Cell::Text(text)) = row.cells.get(at) else { continue };
        if let Reading::Sure(_, Some(style)) = number::read(text) {
            if seen.is_some_and(|seen| seen != style) {
                return None;
            }
            seen = Some(style);
        }
    }
    seen.or(table.style)
}

/// Whether every column that the list needs is chosen and in the file.
pub(super) fn check(table: &Table, map: &ColumnMap, list: ListKind) -> Result<(), ImportError> {
    for field in list.fields().iter().filter(|field| field.required) {
        Column::required(table, map, field.name)?;
    }
    match list.missing(map).first() {
        Some(field) => Err(ImportError::ColumnMissing { field: (*field).to_owned() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    fn days(cells: &[&str]) -> Result<Vec<String>, String> {
        let file = format!("Tanggal,x\n{}", cells.iter().map(|cell| format!("{cell},1\n")).collect::<String>());
        let table = table(file.as_bytes(), "x.csv").unwrap();
        let map = ColumnMap::from([("date".to_owned(), "Tanggal".to_owned())]);
        let column = Column::required(&table, &map, "date").unwrap();
        let column = column.moments(&table).map_err(|error| error.to_string())?;
        let day = |row| column.day(row).map(|day| day.map_or_else(String::new, |day| day.to_string()));
        table.rows.iter().map(day).collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    #[test]
    fn the_day_leads_unless_the_column_proves_otherwise() {
        assert_eq!(days(&["05/03/2026", "06/03/2026 10:11"]).unwrap(), ["2026-03-05", "2026-03-06"]);
        assert_eq!(days(&["05/03/2026", "31/03/2026"]).unwrap(), ["2026-03-05", "2026-03-31"]);
        assert_eq!(days(&["05/03/2026", "", "03/31/2026"]).unwrap(), ["2026-05-03", "", "2026-03-31"]);
    }

    #[test]
    fn a_column_whose_days_contradict_each_other_is_refused() {
        let said = days(&["05/03/2026", "31/03/2026", "03/31/2026"]).unwrap_err();
        assert_eq!(said, "row 4, column \"Tanggal\": \"03/31/2026\" has its day where row 3 has its month");
        assert_eq!(days(&["besok"]).unwrap_err(), "row 2, column \"Tanggal\": \"besok\" is not a date");
    }

    #[rstest::rstest]
    #[case("SO-140000001", Some(140_000_001))]
    #[case("so-7", Some(7))]
    #[case("SO-7A", None)]
    #[case("SO--7", None)]
    #[case("INV-7", None)]
    #[case("240115CONTOH1", None)]
    fn the_id_behind_the_mark_is_read(#[case] text: &str, #[case] id: Option<i64>) {
        assert_eq!(marked_id(text, "SO"), id);
    }

    #[test]
    fn a_number_that_a_spreadsheet_has_rounded_names_nothing() {
        let file = "Order,x\n576461413038785752,1\n\"5,76461E+17\",1\n1E5,1\n";
        let table = table(file.as_bytes(), "x.csv").unwrap();
        let map = ColumnMap::from([("order".to_owned(), "Order".to_owned())]);
        let column = Column::required(&table, &map, "order").unwrap();
        let read: Vec<_> = table.rows.iter().map(|row| column.name(row)).collect();
        let rounded = ImportError::NumberRounded { row: 3, column: "Order".into(), text: "5,76461E+17".into() };
        let exact = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(read, [exact("576461413038785752"), Err(rounded), exact("1E5")]);
        let cell = |number: &str| Row { number: 9, cells: vec![Cell::Number(number.parse().unwrap())] };
        assert!(matches!(column.name(&cell("576461413038785800")), Err(ImportError::NumberRounded { row: 9, .. })));
        assert_eq!(column.name(&cell("140000001")), exact("140000001"));
    }
}
