//! What the documents of sales share on the wire: bulk writes told by number, and reading again by number or day (accurate-online-api.md
//! §3.1, §5, §6).

use super::bulk::{self, RowKey};
use super::items::json;
use super::list::{Listing, WHOLE_RECORDS, all_in_pages_of, unread};
use crate::catalogue::says_gone;
use crate::connection::{Call, Connection};
use crate::outcome::CallError;
use crate::pipeline::BULK_DEADLINE;
use crate::session::DataSession;
use crate::wire::{Answer, optional_integer, optional_text, text};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::documents::{DocumentLine, DocumentQuery};
use selaras_domain::ids::{CustomerId, ItemId, WarehouseId};
use selaras_domain::unread::{ListName, Listed, UnreadRow};
use selaras_domain::wire::{Misread, decimal_or_zero, read_row};
use selaras_engine::ports::RowOutcome;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers asked for in one call: as many as an address of a few thousand characters holds.
const NUMBERS: usize = 50;

/// With more numbers than this, and the days known, the span of days is read instead.
const MANY: usize = 200;

/// Records read one by one at once; the limiter sets the pace.
const PARALLEL: usize = 8;

/// A date as the service writes it.
pub(super) fn slashed(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

/// A date as `dd/MM/yyyy`, with or without leading zeros (§5).
pub(super) fn date(text: &str) -> Option<Date> {
    let mut parts = text.trim().splitn(3, '/').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Creates rows in one call, told apart by their numbers.
pub(super) async fn save<B: Serialize>(
    connection: &Connection,
    session: &DataSession,
    (path, scope): (&str, &str),
    rows: &[B],
    numbers: &[&str],
) -> Result<Vec<RowOutcome>, CallError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let body = json(&BTreeMap::from([("data", rows)]))?;
    let answer = connection.data(session, &Call::write(path, scope, body).within(BULK_DEADLINE)).await?;
    let keys: Vec<RowKey<'_>> = numbers.iter().map(|number| RowKey { no: number, name: number, upc: None }).collect();
    Ok(bulk::settle(&keys, bulk::rows(&answer)?))
}

/// A kind of document: its paths, its scope, the columns that are asked for, and how a record of it is read.
pub(crate) trait Readable: Sized + Send {
    /// Its list.
    const LIST: ListName;
    /// The module's name in paths.
    const MODULE: &'static str;
    /// The scope of reading.
    const SCOPE: &'static str;
    /// The columns of a list. That `list.do` serves the nested list of lines is a guess: field names are said to be those of `detail.do`
    /// (§5, doc), and no recording shows one. A row that comes without them is read by `detail.do`.
    const FIELDS: &'static str;
    /// The record on the wire.
    type Row: DeserializeOwned + Send;

    /// Whether its lines came along.
    fn whole(row: &Self::Row) -> bool;
    /// The document, or the place of what in it cannot be read.
    fn read(row: Self::Row) -> Result<Self, Misread>;
}

/// What every record is known by, whatever else of it can be read.
#[derive(Deserialize)]
struct Known {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    number: String,
}

impl Known {
    fn of(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or(Self { id: None, number: String::new() })
    }
}

/// The id of a record, where it can be read.
pub(super) fn id_of(raw: &RawValue) -> Option<i64> {
    Known::of(raw).id
}

/// A document as it stands in an answer: read, without its lines, or unreadable.
enum Seen<D> {
    Whole(D),
    Bare(i64),
    Unread(Box<UnreadRow>),
}

fn seen<D: Readable>(row: usize, raw: &RawValue) -> Seen<D> {
    let misread = match read_row::<D::Row>(raw) {
        Ok(row) if D::whole(&row) => match D::read(row) {
            Ok(document) => return Seen::Whole(document),
            Err(misread) => misread,
        },
        Ok(_) => match Known::of(raw).id {
            Some(id) => return Seen::Bare(id),
            None => Misread::at("id", raw),
        },
        Err(misread) => misread,
    };
    Seen::Unread(Box::new(unread(D::LIST, row, raw, misread)))
}

#[derive(Deserialize)]
struct DetailAnswer<T> {
    d: Option<T>,
}

async fn detail<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    id: i64,
) -> Result<Option<Result<D, UnreadRow>>, CallError> {
    let (path, id_text) = (format!("{}/detail.do", D::MODULE), id.to_string());
    let what = format!("{}/detail", D::MODULE);
    let raw = match connection.data(session, &Call::read(&path, D::SCOPE, vec![("id", &id_text)])).await {
        Ok(answer) => answer.decode::<DetailAnswer<Box<RawValue>>>(&what)?.d,
        Err(CallError::Rejected(refusal)) if says_gone(&refusal) => return Ok(None),
        Err(error) => return Err(error),
    };
    let other = || CallError::unusable(format!("{what}: another record"));
    let raw = raw.filter(|raw| Known::of(raw).id.is_none_or(|found| found == id)).ok_or_else(other)?;
    let read = read_row::<D::Row>(&raw).and_then(D::read);
    Ok(Some(read.map_err(|misread| unread(D::LIST, 1, &raw, misread))))
}

/// The document with this id, if there is one.
pub(crate) async fn by_id<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    id: i64,
) -> Result<Option<D>, CallError> {
    let read = detail::<D>(connection, session, id).await?.transpose();
    read.map_err(|row| CallError::Unreadable(Box::new(row)))
}

async fn listed<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    filters: Vec<(&str, &str)>,
) -> Result<Vec<Box<RawValue>>, CallError> {
    let path = format!("{}/list.do", D::MODULE);
    let listing = Listing { name: D::LIST, path: &path, scope: D::SCOPE, fields: D::FIELDS, filters };
    all_in_pages_of(WHOLE_RECORDS, connection, session, &listing).await
}

/// The rows of these numbers, those that exist. An unknown or half-known filter is ignored in silence (§0, fact 9): what comes may be
/// more, and what is missing is asked for alone before it counts as missing.
async fn numbered<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    numbers: &[&str],
) -> Result<Vec<Box<RawValue>>, CallError> {
    let one = numbers.len() == 1;
    let values: Vec<(String, &str)> = numbers
        .iter()
        .enumerate()
        .map(|(at, number)| {
            (if one { "filter.number.val".to_owned() } else { format!("filter.number.val[{at}]") }, *number)
        })
        .collect();
    let mut filters = vec![("filter.number.op", "EQUAL")];
    filters.extend(values.iter().map(|(name, number)| (name.as_str(), *number)));
    match listed::<D>(connection, session, filters).await {
        // A filter on something that does not exist may be an error instead of an empty list (§5).
        Err(CallError::Rejected(refusal)) if says_gone(&refusal) => Ok(Vec::new()),
        other => other,
    }
}

/// The documents with these numbers, those that exist; may hold others.
pub(crate) async fn of<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    query: &DocumentQuery,
) -> Result<Listed<D>, CallError> {
    let wanted: BTreeSet<&str> = query.numbers.iter().map(String::as_str).filter(|number| !number.is_empty()).collect();
    if wanted.is_empty() {
        return Ok(Listed::default());
    }
    let mut rows: Vec<Box<RawValue>> = match query.dated.filter(|_| wanted.len() > MANY) {
        Some(span) => dated::<D>(connection, session, span).await?,
        None => {
            let wanted: Vec<&str> = wanted.iter().copied().collect();
            // Collected first: a closure that lives across the wait would make this future unfit to move between threads.
            let calls: Vec<_> = wanted.chunks(NUMBERS).map(|part| numbered::<D>(connection, session, part)).collect();
            let parts: Vec<Vec<Box<RawValue>>> = stream::iter(calls).buffered(PARALLEL).try_collect().await?;
            parts.into_iter().flatten().collect()
        }
    };
    let asked = |row: &RawValue| wanted.contains(Known::of(row).number.as_str());
    rows.retain(|row| asked(row));
    let found: BTreeSet<String> = rows.iter().map(|row| Known::of(row).number).collect();
    if wanted.len() > 1 {
        let missing: Vec<[&str; 1]> =
            wanted.iter().filter(|number| !found.contains(**number)).map(|number| [*number]).collect();
        let calls: Vec<_> = missing.iter().map(|alone| numbered::<D>(connection, session, alone)).collect();
        let parts: Vec<Vec<Box<RawValue>>> = stream::iter(calls).buffered(PARALLEL).try_collect().await?;
        rows.extend(parts.into_iter().flatten().filter(|row| asked(row)));
    }
    whole::<D>(connection, session, rows).await
}

async fn dated<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    (first, last): (Date, Date),
) -> Result<Vec<Box<RawValue>>, CallError> {
    let (first, last) = (slashed(first), slashed(last));
    let filters = vec![
        ("filter.transDate.op", "BETWEEN"),
        ("filter.transDate.val[0]", first.as_str()),
        ("filter.transDate.val[1]", last.as_str()),
    ];
    listed::<D>(connection, session, filters).await
}

/// The documents dated on this day or later. A service that ignores the filter answers more, not less.
pub(crate) async fn since<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    day: Date,
) -> Result<Listed<D>, CallError> {
    let day = slashed(day);
    let filters = vec![("filter.transDate.op", "GREATER_EQUAL_THAN"), ("filter.transDate.val", day.as_str())];
    let rows = listed::<D>(connection, session, filters).await?;
    whole::<D>(connection, session, rows).await
}

/// Reads the rows, those that came without their lines by their details, each for itself.
async fn whole<D: Readable>(
    connection: &Connection,
    session: &DataSession,
    rows: Vec<Box<RawValue>>,
) -> Result<Listed<D>, CallError> {
    let (mut listed, mut bare) = (Listed::default(), Vec::new());
    for (row, raw) in (1..).zip(&rows) {
        match seen::<D>(row, raw) {
            Seen::Whole(document) => listed.rows.push(document),
            Seen::Bare(id) => bare.push(id),
            Seen::Unread(row) => listed.unread.push(*row),
        }
    }
    let calls: Vec<_> = bare.into_iter().map(|id| detail::<D>(connection, session, id)).collect();
    let details: Vec<_> = stream::iter(calls).buffered(PARALLEL).try_collect().await?;
    for read in details.into_iter().flatten() {
        match read {
            Ok(document) => listed.rows.push(document),
            Err(row) => listed.unread.push(row),
        }
    }
    Ok(listed)
}

/// What a nested record is called: `{id, no, name}` or, for customers, `{id, customerNo, name}`, for documents `{id, number}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Nested {
    #[serde(default, deserialize_with = "optional_integer")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) no: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) customer_no: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) number: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) name: Option<String>,
}

/// Reads a nested record; anything that is none counts as one that is not there.
pub(super) fn nested<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Nested, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

/// A line of goods as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineBody<'a> {
    item_no: &'a str,
    unit_price: super::items::Number,
    detail_name: &'a str,
    detail_notes: &'a str,
    quantity: super::items::Number,
    use_tax1: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    warehouse_name: &'a str,
}

impl<'a> LineBody<'a> {
    pub(super) fn of(line: &'a DocumentLine) -> Self {
        Self {
            item_no: &line.item_no,
            unit_price: super::items::Number(line.unit_price.0),
            detail_name: &line.name,
            detail_notes: &line.note,
            quantity: super::items::Number(line.quantity.0),
            use_tax1: line.taxed,
            warehouse_name: &line.warehouse,
        }
    }
}

/// A line of goods as it is read: nested objects where a write takes codes (§10, "read model ≠ write model").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineRow {
    #[serde(default, deserialize_with = "nested")]
    item: Nested,
    #[serde(default, deserialize_with = "optional_text")]
    item_no: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    item_id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    detail_name: String,
    #[serde(default, deserialize_with = "text")]
    detail_notes: String,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    quantity: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    unit_price: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    item_cash_discount: Decimal,
    #[serde(default, deserialize_with = "nested")]
    warehouse: Nested,
    #[serde(default, deserialize_with = "optional_text")]
    warehouse_name: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    warehouse_id: Option<i64>,
    #[serde(default, deserialize_with = "crate::wire::flag")]
    use_tax1: bool,
}

impl From<LineRow> for DocumentLine {
    fn from(row: LineRow) -> Self {
        Self {
            item_no: row.item.no.or(row.item_no).unwrap_or_default(),
            item: row.item.id.or(row.item_id).map(ItemId),
            name: row.detail_name,
            note: row.detail_notes,
            quantity: Quantity(row.quantity),
            unit_price: Money(row.unit_price),
            discount: Money(row.item_cash_discount),
            warehouse: row.warehouse.name.or(row.warehouse_name).unwrap_or_default(),
            warehouse_id: row.warehouse.id.or(row.warehouse_id).map(WarehouseId),
            taxed: row.use_tax1,
        }
    }
}

/// The customer of a document: number and id.
pub(super) fn customer(nested: Nested, id: Option<i64>) -> (String, Option<CustomerId>) {
    (nested.customer_no.or(nested.no).unwrap_or_default(), nested.id.or(id).map(CustomerId))
}

/// Lines of a record as they stand in its list of this name; one that cannot be read spoils the record, as a document is compared whole.
pub(super) fn lines<T: DeserializeOwned>(list: &str, rows: Vec<Box<RawValue>>) -> Result<Vec<T>, Misread> {
    let read = |(number, raw): (usize, Box<RawValue>)| {
        read_row(&raw).map_err(|misread| misread.within(&format!("{list}[{number}]")))
    };
    rows.into_iter().enumerate().map(read).collect()
}

/// The day of a document.
pub(super) fn day(text: &str) -> Result<Date, Misread> {
    date(text).ok_or_else(|| Misread { place: "transDate".into(), found: text.to_owned() })
}

/// The list of a record that may be absent: `None` where the answer does not carry it.
pub(super) fn carried_rows<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Vec<Box<RawValue>>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default, rename = "startDate", deserialize_with = "text")]
    start: String,
}

/// The first day that documents may bear: `startDate` of `company/detail.do` (§6.2: called by one client, its answer is not recorded; that
/// it has this field is a guess). Where nothing of the kind is said, nothing is known.
pub(crate) async fn start_date(connection: &Connection, session: &DataSession) -> Result<Option<Date>, CallError> {
    let read = |answer: &Answer| answer.decode::<DetailAnswer<Profile>>("company/detail").ok()?.d;
    match connection.data(session, &Call::read("company/detail.do", "company_data", Vec::new())).await {
        Ok(answer) => Ok(read(&answer).and_then(|profile| date(&profile.start))),
        Err(CallError::Rejected(_) | CallError::NotOffered { .. } | CallError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
