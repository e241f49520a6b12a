//! A closed month as sheets (.xlsx) and as a page to print: no script, nothing from elsewhere, readable without the program.

use crate::error::{AppError, AppResult, ErrorCode};
use crate::messages::Sentences;
use crate::view::{ChainView, ClearingView, Id, ReasonView, ReconciliationRowView, StoreTotalsView};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use selaras_domain::run::RunCounts;
use std::io::{self, Write};

const STYLE: &str = "@page{size:landscape;margin:14mm}body{font:14px/1.45 'Plus Jakarta Sans',system-ui,sans-serif;color:#1a2230;\
max-width:72rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
p{margin:.25rem 0}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;\
border-bottom:1px solid #d5dbe3}th{font-weight:600}.figure{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
tr.sum td,tr.sum th{font-weight:600;border-top:2px solid #1a2230}thead{display:table-header-group}tr{break-inside:avoid}\
code{font:12px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}footer{margin-top:2rem;color:#556070;font-size:.9rem}";

/// Figures of more digits than a sheet can hold are written as text.
const DIGITS: usize = 15;

/// What stands in both files.
pub(crate) struct MonthSheet<'a> {
    /// `yyyy-MM`.
    pub(crate) month: &'a str,
    /// The company in Accurate.
    pub(crate) company: &'a str,
    pub(crate) database: Id,
    pub(crate) read_at: Timestamp,
    pub(crate) zone: TimeZone,
    /// What could not be read, and which balances were carried back.
    pub(crate) notes: &'a [ReasonView],
    /// Store by store; the last is the sum.
    pub(crate) totals: &'a [StoreTotalsView],
    pub(crate) unposted: &'a [ReconciliationRowView],
    pub(crate) exceptions: &'a [ExceptionLine],
    pub(crate) clearing: &'a [ClearingView],
    pub(crate) runs: &'a [RunLine],
    pub(crate) chain: &'a ChainView,
}

/// Something that is open.
pub(crate) struct ExceptionLine {
    /// Kind of plan, for a row of the inbox; `None`: a broken chain.
    pub(crate) kind: Option<String>,
    pub(crate) record: String,
    pub(crate) store: String,
    pub(crate) day: String,
    pub(crate) amount: Option<String>,
    pub(crate) reason: ReasonView,
}

/// A run of the month.
pub(crate) struct RunLine {
    /// Number of its newest certificate.
    pub(crate) number: Option<u32>,
    pub(crate) started_at: Timestamp,
    pub(crate) kind: String,
    pub(crate) counts: RunCounts,
    pub(crate) certificate: Option<String>,
    pub(crate) run: String,
}

/// A cell of a table.
enum Cell {
    Text(String),
    /// Rupiah as decimal text.
    Money(String),
    Count(u64),
    /// A hash or an id.
    Code(String),
    Empty,
}

/// A table of the pack: the same in both files.
struct Table {
    /// Key of its title; the sheet's name, too.
    title: &'static str,
    /// Its headings, in words.
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Whether the last row is the sum of the others.
    summed: bool,
}

fn money(amount: &str) -> Cell {
    Cell::Money(amount.to_owned())
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

fn tables(sheet: &MonthSheet<'_>, sentences: &Sentences) -> [Table; 5] {
    let words =
        |keys: &[&'static str]| -> Vec<String> { keys.iter().map(|key| sentences.word(key).to_owned()).collect() };
    let time = |at: Timestamp| at.to_zoned(sheet.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    [
        totals_table(sheet, sentences),
        Table {
            title: "month.unposted",
            headings: words(&["month.number", "month.store", "month.day", "month.amount", "month.reason"]),
            rows: sheet
                .unposted
                .iter()
                .map(|row| {
                    let reason = sentences.reason(&row.reason);
                    vec![text(&row.number), text(&row.store), text(&row.day), money(&row.amount), Cell::Text(reason)]
                })
                .collect(),
            summed: false,
        },
        Table {
            title: "month.exceptions",
            headings: words(&[
                "month.source",
                "month.record",
                "month.store",
                "month.day",
                "month.amount",
                "month.reason",
            ]),
            rows: sheet
                .exceptions
                .iter()
                .map(|line| {
                    let source = match &line.kind {
                        Some(kind) => sentences.code("kind", kind),
                        None => sentences.word("month.reconciliation"),
                    };
                    vec![
                        text(source),
                        text(&line.record),
                        text(&line.store),
                        text(&line.day),
                        line.amount.as_deref().map_or(Cell::Empty, money),
                        Cell::Text(sentences.reason(&line.reason)),
                    ]
                })
                .collect(),
            summed: false,
        },
        clearing_table(sheet, sentences),
        Table {
            title: "month.runs",
            headings: words(&[
                "month.certificate_no",
                "month.started_at",
                "month.kind",
                "month.posted",
                "month.held",
                "month.failed",
                "month.unknown",
                "month.certificate",
                "month.run",
            ]),
            rows: sheet
                .runs
                .iter()
                .map(|run| {
                    vec![
                        run.number.map_or(Cell::Empty, |number| Cell::Count(number.into())),
                        Cell::Text(time(run.started_at)),
                        text(sentences.code("kind", &run.kind)),
                        Cell::Count(run.counts.posted),
                        Cell::Count(run.counts.held),
                        Cell::Count(run.counts.failed),
                        Cell::Count(run.counts.unknown),
                        run.certificate.clone().map_or(Cell::Empty, Cell::Code),
                        Cell::Code(run.run.clone()),
                    ]
                })
                .collect(),
            summed: false,
        },
    ]
}

/// Control totals: a column for each role that took anything.
fn totals_table(sheet: &MonthSheet<'_>, sentences: &Sentences) -> Table {
    let mut roles: Vec<&str> = Vec::new();
    for fee in sheet.totals.iter().flat_map(|store| &store.fees) {
        if !roles.contains(&fee.role.as_str()) {
            roles.push(&fee.role);
        }
    }
    let before = [
        "month.store",
        "month.orders",
        "month.ordered",
        "month.posted_invoices",
        "month.posted_total",
        "month.found_invoices",
        "month.found_total",
        "month.received",
    ];
    let word = |key: &&'static str| sentences.word(key).to_owned();
    let mut headings: Vec<String> = before.iter().map(word).collect();
    headings.extend(roles.iter().map(|role| sentences.code("role", role).to_owned()));
    headings.extend(["month.paid_out", "month.difference"].iter().map(word));
    let last = sheet.totals.len().saturating_sub(1);
    let row = |(place, store): (usize, &StoreTotalsView)| {
        let name = match (place == last, store.store_id) {
            (true, _) => sentences.word("month.sum"),
            (false, None) => sentences.word("month.no_store"),
            (false, Some(_)) => &store.store,
        };
        let mut cells = vec![
            text(name),
            Cell::Count(store.orders.into()),
            money(&store.ordered),
            Cell::Count(store.posted.into()),
            money(&store.posted_total),
            Cell::Count(store.found.into()),
            money(&store.found_total),
            money(&store.received),
        ];
        cells.extend(roles.iter().map(|role| {
            let fee = store.fees.iter().find(|fee| fee.role == *role);
            fee.map_or(Cell::Money("0".to_owned()), |fee| money(&fee.amount))
        }));
        cells.extend([money(&store.paid_out), money(&store.difference)]);
        cells
    };
    let rows = sheet.totals.iter().enumerate().map(row).collect();
    Table { title: "month.totals", headings, rows, summed: true }
}

/// One line for each figure, so that an account reads from top to bottom: what came, what went, what brings it to nothing.
fn clearing_table(sheet: &MonthSheet<'_>, sentences: &Sentences) -> Table {
    let mut rows = Vec::new();
    for account in sheet.clearing {
        let mut line = |what: &str, amount: &str| {
            rows.push(vec![text(&account.account), text(&account.stores.join(", ")), text(what), money(amount)]);
        };
        let figures = [
            ("clearing.opening", &account.opening),
            ("clearing.received", &account.received),
            ("clearing.other", &account.other),
            ("clearing.withdrawn", &account.withdrawn),
            ("clearing.expected", &account.expected),
        ];
        for (key, amount) in figures {
            line(sentences.word(key), amount);
        }
        if let Some(balance) = &account.balance {
            line(sentences.word("clearing.balance"), balance);
        }
        for step in &account.steps {
            let what = match step.code.as_str() {
                code @ ("not_told" | "in_wallet") => sentences.code("clearing", code),
                cause => sentences.code("cause", cause),
            };
            line(&sentences.say("clearing.step", &[("what", what)]), &step.amount);
        }
        line(sentences.word("clearing.zero"), "0");
    }
    let headings = ["month.account", "month.stores", "month.figure", "month.amount"];
    let headings = headings.iter().map(|key| sentences.word(key).to_owned()).collect();
    Table { title: "month.clearing", headings, rows, summed: false }
}

fn broken(error: XlsxError) -> AppError {
    match error {
        XlsxError::IoError(error) if error.kind() == io::ErrorKind::StorageFull => {
            AppError::new(ErrorCode::StorageFull)
        }
        other => AppError::new(ErrorCode::Internal).with("detail", other),
    }
}

/// Writes the sheets.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn workbook(sheet: &MonthSheet<'_>, sentences: &Sentences, to: impl Write + Send) -> AppResult<()> {
    let mut workbook = Workbook::new();
    for table in tables(sheet, sentences) {
        // Row by row: a month of exceptions takes little memory.
        let page = workbook.add_worksheet_with_constant_memory().map_err(broken)?;
        page.set_name(sentences.word(table.title)).map_err(broken)?;
        fill(page, &table).map_err(broken)?;
    }
    let page = workbook.add_worksheet_with_constant_memory().map_err(broken)?;
    page.set_name(sentences.word("month.facts")).map_err(broken)?;
    for (row, (title, content)) in (0_u32..).zip(facts(sheet, sentences)) {
        page.write_string(row, 0, title).map_err(broken)?;
        page.write_string(row, 1, content).map_err(broken)?;
    }
    workbook.save_to_writer(to).map_err(broken)
}

fn fill(page: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let (rupiah, sum) = (Format::new().set_num_format("#,##0.##"), bold.clone().set_num_format("#,##0.##"));
    page.set_freeze_panes(1, 1)?;
    for (column, title) in (0_u16..).zip(&table.headings) {
        let width = u16::try_from(title.chars().count()).unwrap_or(40).clamp(14, 40);
        page.set_column_width(column, f64::from(width))?;
        page.write_string_with_format(0, column, title, &bold)?;
    }
    let last = table.rows.len();
    for ((row, cells), place) in (1_u32..).zip(&table.rows).zip(1..) {
        let of_sum = table.summed && place == last;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) | Cell::Code(text) if of_sum => {
                    page.write_string_with_format(row, column, text, &bold)?;
                }
                Cell::Text(text) | Cell::Code(text) => {
                    page.write_string(row, column, text)?;
                }
                Cell::Money(amount) => {
                    let number = amount.parse::<Decimal>().ok().filter(|_| amount.len() <= DIGITS);
                    match number.and_then(|number| number.to_f64()) {
                        Some(number) => {
                            page.write_number_with_format(row, column, number, if of_sum { &sum } else { &rupiah })?;
                        }
                        None => {
                            page.write_string(row, column, amount)?;
                        }
                    }
                }
                Cell::Count(count) => {
                    page.write_number_with_format(
                        row,
                        column,
                        count.to_f64().unwrap_or_default(),
                        if of_sum { &sum } else { &rupiah },
                    )?;
                }
            }
        }
    }
    Ok(())
}

/// What the pack is of, and the chain that vouches for its runs.
fn facts(sheet: &MonthSheet<'_>, sentences: &Sentences) -> Vec<(String, String)> {
    let read = sheet.read_at.to_zoned(sheet.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let word = |key: &'static str| sentences.word(key).to_owned();
    let whole = word(if sheet.chain.whole { "certificate.chain_whole" } else { "certificate.chain_broken" });
    let hash = if sheet.chain.hash.is_empty() { word("month.no_certificate") } else { sheet.chain.hash.clone() };
    let mut facts = vec![
        (word("month.month"), sheet.month.to_owned()),
        (word("month.company"), format!("{} · {}", sheet.company, sheet.database.0)),
        (word("month.read_at"), read),
        (word("month.chain_hash"), hash),
        (word("month.certificates"), sentences.count(sheet.chain.certificates)),
        (word("certificate.chain"), whole),
    ];
    facts.extend(sheet.notes.iter().map(|note| (word("month.note"), sentences.reason(note))));
    facts
}

/// Writes the page.
pub(crate) fn page(sheet: &MonthSheet<'_>, sentences: &Sentences, mut to: impl Write) -> io::Result<()> {
    to.write_all(markup(sheet, sentences).into_string().as_bytes())
}

fn markup(sheet: &MonthSheet<'_>, sentences: &Sentences) -> Markup {
    let title = sentences.say("month.title", &[("month", sheet.month)]);
    html! {
        (DOCTYPE)
        html lang=(sentences.language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                table {
                    tbody {
                        @for (title, content) in facts(sheet, sentences) {
                            tr { th scope="row" { (title) } td { (content) } }
                        }
                    }
                }
                @for table in tables(sheet, sentences) {
                    h2 { (sentences.word(table.title)) }
                    @if table.rows.is_empty() { p { (sentences.word("month.none")) } } @else { (table_markup(&table, sentences)) }
                }
                footer { p { (sentences.word("month.how")) } }
            }
        }
    }
}

fn table_markup(table: &Table, sentences: &Sentences) -> Markup {
    let last = table.rows.len();
    let figure = |cell: &Cell| matches!(cell, Cell::Money(_) | Cell::Count(_));
    let figures: Vec<bool> = table.rows.first().map(|row| row.iter().map(figure).collect()).unwrap_or_default();
    html! {
        table {
            thead { tr {
                @for (title, figure) in table.headings.iter().zip(figures) {
                    th scope="col" class=[figure.then_some("figure")] { (title) }
                }
            } }
            tbody {
                @for (place, row) in (1..).zip(&table.rows) {
                    tr class=[(table.summed && place == last).then_some("sum")] {
                        @for cell in row {
                            @match cell {
                                Cell::Text(text) => td { (text) },
                                Cell::Money(amount) => td.figure { (sentences.rupiah(amount)) },
                                Cell::Count(count) => td.figure { (sentences.count(*count)) },
                                Cell::Code(code) => td { code { (code) } },
                                Cell::Empty => td {},
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "month_end_tests.rs"]
mod tests;
