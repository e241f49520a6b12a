//! `list.do`: filters, sorting, paging and field selection (accurate-online-api.md §5).

use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::envelope::{Answer, Outcome, Refusal};
use super::params::{Params, parse_date};
use super::wire::{Json, Record, record};
use crate::fault::shift_by;

/// Default page size of the server.
const PAGE_SIZE: usize = 20;

/// A value rows can be filtered and sorted by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Text(String),
    Number(Decimal),
    Date(Date),
    Moment(DateTime),
    Flag(bool),
    Empty,
}

impl Key {
    pub(crate) fn text(text: &str) -> Self {
        if text.is_empty() { Key::Empty } else { Key::Text(text.to_owned()) }
    }

    /// Reads a filter value as the type of this key.
    fn like(&self, value: &str) -> Option<Key> {
        match self {
            Key::Text(_) | Key::Empty => Some(Key::Text(value.to_owned())),
            Key::Number(_) => value.parse().ok().map(Key::Number),
            Key::Date(_) => parse_date(value).map(Key::Date),
            Key::Moment(_) => DateTime::strptime("%d/%m/%Y %H:%M:%S", value)
                .ok()
                .or_else(|| Some(parse_date(value)?.at(0, 0, 0, 0)))
                .map(Key::Moment),
            Key::Flag(_) => value.parse().ok().map(Key::Flag),
        }
    }

    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Text(a), Key::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
            (Key::Number(a), Key::Number(b)) => a.cmp(b),
            (Key::Date(a), Key::Date(b)) => a.cmp(b),
            (Key::Moment(a), Key::Moment(b)) => a.cmp(b),
            (Key::Flag(a), Key::Flag(b)) => a.cmp(b),
            (Key::Empty, Key::Empty) => Ordering::Equal,
            (Key::Empty, _) => Ordering::Less,
            (_, Key::Empty) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

/// A kind of row that can be listed.
pub(crate) trait Listed {
    /// Names a filter may use.
    const FILTERS: &'static [&'static str];
    /// Fields of a row when the caller names none.
    const SHORT: &'static [&'static str] = &["id"];

    /// The value of a field for filters and sorting; `None` when it cannot be sorted by.
    fn key(&self, name: &str) -> Option<Key>;

    /// What `keywords` looks into.
    fn words(&self) -> Vec<&str>;
}

struct Filter {
    name: String,
    operator: String,
    values: Vec<String>,
}

/// Filters, sorts, cuts and renders rows. `cap` is the largest page the server gives.
pub(crate) fn list<'a, T: Listed + 'a>(
    rows: impl Iterator<Item = &'a T>,
    params: &Params,
    cap: usize,
    render: impl Fn(&T) -> Record,
) -> Outcome {
    let filters = read_filters::<T>(params);
    let keywords =
        params.text("keywords").or_else(|| params.nested("filter").text("keywords")).map(|words| words.to_lowercase());
    let mut kept = Vec::new();
    for row in rows {
        let named =
            keywords.as_ref().is_none_or(|words| row.words().iter().any(|word| word.to_lowercase().contains(words)));
        if named && passes(row, &filters)? {
            kept.push(row);
        }
    }
    sort(&mut kept, params);
    let fields = fields_of(params).unwrap_or_else(|| T::SHORT.iter().map(|&name| name.to_owned()).collect());
    page(&kept, params, cap, |row| render(row).select(&fields))
}

/// The comma list of `fields`.
fn fields_of(params: &Params) -> Option<Vec<String>> {
    let fields = params.text("fields")?;
    Some(fields.split(',').map(|field| field.trim().to_owned()).collect())
}

/// Which fields of a row a caller will see, told by their names before a dot: what is not asked for need not be worked out.
pub(crate) fn wanted(params: &Params) -> impl Fn(&str) -> bool + use<> {
    let fields = fields_of(params);
    move |name: &str| {
        let head = |field: &String| field.split('.').next() == Some(name);
        fields.as_ref().is_some_and(|fields| fields.iter().any(head))
    }
}

/// Cuts one page and adds `sp`. A page past the end is empty.
pub(crate) fn page<T>(rows: &[T], params: &Params, cap: usize, render: impl Fn(&T) -> Record) -> Outcome {
    let paging = params.nested("sp");
    let positive = |name: &str, default: usize| -> Result<usize, Refusal> {
        let value = paging.integer(name).map_err(|_| Refusal::invalid_field(&format!("sp.{name}")))?;
        Ok(value.and_then(|value| usize::try_from(value).ok()).filter(|value| *value > 0).unwrap_or(default))
    };
    let number = positive("page", 1)?;
    let size = positive("pageSize", PAGE_SIZE)?.min(cap);
    let shift = if number > 1 { params.shifted() } else { 0 };
    let start = (number - 1).saturating_mul(size);
    let (skipped, count) = shift_by(shift, start, rows.len());
    let cut: Vec<Json> = rows.iter().skip(skipped).take(size).map(|row| render(row).into()).collect();
    Ok(Answer::Page {
        rows: cut,
        paging: record! {
            "page" => number,
            "sort" => paging.text("sort"),
            "pageSize" => size,
            "pageCount" => count.div_ceil(size),
            "rowCount" => count,
            "start" => start,
            "limit" => size,
        },
    })
}

fn read_filters<T: Listed>(params: &Params) -> Vec<Filter> {
    let filter = params.nested("filter");
    T::FILTERS
        .iter()
        .filter(|name| filter.has(name))
        .map(|&name| {
            let nested = filter.nested(name);
            match filter.text(name) {
                Some(value) => Filter { name: name.into(), operator: "EQUAL".into(), values: vec![value] },
                None => Filter {
                    name: name.into(),
                    operator: nested.text("op").unwrap_or_else(|| "EQUAL".into()),
                    values: nested.scalars("val"),
                },
            }
        })
        .collect()
}

fn passes<T: Listed>(row: &T, filters: &[Filter]) -> Result<bool, Refusal> {
    for filter in filters {
        let Some(key) = row.key(&filter.name) else { continue };
        let values: Option<Vec<Key>> = filter.values.iter().map(|value| key.like(value)).collect();
        let values = values.ok_or_else(|| Refusal::invalid_field(&format!("filter.{}", filter.name)))?;
        if !holds(&key, &filter.operator, &values) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a key satisfies an operator; an operator nobody knows does not filter (§5).
fn holds(key: &Key, operator: &str, values: &[Key]) -> bool {
    let first = |wanted: fn(Ordering) -> bool| values.first().is_none_or(|value| wanted(key.compare(value)));
    let between = || match values {
        [low, high, ..] => key.compare(low).is_ge() && key.compare(high).is_le(),
        _ => true,
    };
    match operator {
        "EQUAL" => values.is_empty() || values.iter().any(|value| key.compare(value).is_eq()),
        "NOT_EQUAL" => values.iter().all(|value| key.compare(value).is_ne()),
        "GREATER_THAN" => first(Ordering::is_gt),
        "GREATER_EQUAL_THAN" => first(Ordering::is_ge),
        "LESS_THAN" => first(Ordering::is_lt),
        "LESS_EQUAL_THAN" => first(Ordering::is_le),
        "BETWEEN" => between(),
        "NOT_BETWEEN" => values.len() < 2 || !between(),
        "EMPTY" => *key == Key::Empty,
        "NOT_EMPTY" => *key != Key::Empty,
        "CONTAIN" => match (key, values.first()) {
            (Key::Text(text), Some(Key::Text(part))) => text.to_lowercase().contains(&part.to_lowercase()),
            (Key::Empty, Some(_)) => false,
            _ => true,
        },
        _ => true,
    }
}

/// `sp.sort=field|asc;field2|desc`; a bare `sort=` does nothing.
fn sort<T: Listed>(rows: &mut [&T], params: &Params) {
    let Some(order) = params.nested("sp").text("sort") else { return };
    let order: Vec<(String, bool)> = order
        .split(';')
        .map(|part| {
            let (name, direction) = part.split_once('|').unwrap_or((part, "asc"));
            (name.trim().to_owned(), direction.trim().eq_ignore_ascii_case("desc"))
        })
        .collect();
    rows.sort_by(|a, b| {
        for (name, descending) in &order {
            if let (Some(left), Some(right)) = (a.key(name), b.key(name)) {
                let ordering = left.compare(&right);
                let ordering = if *descending { ordering.reverse() } else { ordering };
                if ordering.is_ne() {
                    return ordering;
                }
            }
        }
        Ordering::Equal
    });
}
