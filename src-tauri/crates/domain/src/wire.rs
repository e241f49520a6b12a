//! Decimals as the two services print them: JSON numbers with six places, sometimes text, sometimes null; and rows of lists, with the
//! place named where one cannot be read.
//!
//! They never pass through `f64`: the number's own text is taken from the answer. Works only when an answer is decoded
//! straight from its text (not through `serde_json::Value`).

use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Decimal places of a figure. Both services print six (accurate-online-api.md §9, forstok-api.md §7, seen); what is finer comes of a
/// program that reckons in binary fractions (`0.30000000000000004`, `4e-17`) and is no part of the figure.
pub const PLACES: u32 = 6;

/// The size that no figure reaches: a thousand times the largest amount of a document that Accurate takes (accurate-online-api.md §6, doc:
/// 999 billion), as a balance sums up many. With it no sum over any list leaves what a decimal can hold (7.9e28).
const BEYOND: i64 = 1_000_000_000_000_000;

/// Longest text that is shown of what could not be read.
const SHOWN: usize = 60;

/// Reads one JSON scalar as a decimal; `null`, an empty text and a dash mean nothing (`None`). Ids and counters; a figure is read by
/// [`figure`].
///
/// # Errors
/// When the scalar is no number.
pub fn parse_scalar(raw: &str) -> Result<Option<Decimal>, String> {
    let text = raw.trim().trim_matches('"').trim();
    if text.is_empty() || text == "null" || text == "-" {
        return Ok(None);
    }
    text.parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(text))
        .map(Some)
        .map_err(|_| format!("{text:?} is not a number"))
}

/// Reads an amount or a quantity: as [`parse_scalar`], to the sixth place.
///
/// # Errors
/// When it is no number, can be read in two ways (the text `"50.000"`, which is fifty here and fifty thousand in Indonesian words), or is
/// beyond any figure. Nothing of the kind is guessed.
pub fn figure(raw: &str) -> Result<Option<Decimal>, String> {
    let text = raw.trim();
    if text.starts_with('"') && is_grouped(text.trim_matches('"').trim()) {
        return Err(format!("{text} can be read in two ways"));
    }
    let read = match parse_scalar(text) {
        Ok(None) => return Ok(None),
        Ok(Some(number)) => number,
        // Only its size is asked for: what a decimal cannot hold is nothing at all, or beyond everything.
        Err(unread) => match text.trim_matches('"').trim().parse::<f64>() {
            Ok(size) if size.abs() < 1e-6 => Decimal::ZERO,
            Ok(size) if size.is_finite() => return Err(format!("{text} is beyond any figure")),
            _ => return Err(unread),
        },
    };
    if !within_bounds(read) {
        return Err(format!("{text} is beyond any figure"));
    }
    if read.scale() <= PLACES {
        return Ok(Some(read));
    }
    Ok(Some(read.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero).normalize()))
}

/// Whether a number is a figure, and none that no shop and no books ever held.
#[must_use]
pub fn within_bounds(number: Decimal) -> bool {
    number.abs() < Decimal::from(BEYOND)
}

/// Whether a text may be whole thousands with points between them, as Indonesian writes them, and a figure with three decimals, too.
fn is_grouped(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '+']);
    let Some((head, tail)) = text.split_once('.') else { return false };
    let digits = |part: &str| part.chars().all(|one| one.is_ascii_digit());
    (1..=3).contains(&head.len()) && digits(head) && !head.starts_with('0') && tail.len() == 3 && digits(tail)
}

/// `#[serde(deserialize_with = "optional_decimal")]`
///
/// # Errors
/// As [`figure`].
pub fn optional_decimal<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Decimal>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    figure(raw.get()).map_err(D::Error::custom)
}

/// `#[serde(deserialize_with = "decimal_or_zero")]`: for figures where nothing and zero mean the same.
///
/// # Errors
/// As [`optional_decimal`].
pub fn decimal_or_zero<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
    optional_decimal(input).map(Option::unwrap_or_default)
}

/// Why a row cannot be read: where in it, and what stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misread {
    /// The field, from the row's top: `item_lines[2].price`; empty for the row itself.
    pub place: String,
    /// What stands there, cut short; empty where there is nothing.
    pub found: String,
}

impl Misread {
    /// A field that is not there.
    #[must_use]
    pub fn missing(place: &str) -> Self {
        Self { place: place.to_owned(), found: String::new() }
    }

    /// A field of a row, with what stands there.
    #[must_use]
    pub fn at(place: &str, row: &RawValue) -> Self {
        Self { place: place.to_owned(), found: shown(text_at(row.get(), place)) }
    }

    /// The same seen from the record that the row is a part of.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.place = match (self.place.is_empty(), self.place.starts_with('[')) {
            (true, _) => outer.to_owned(),
            (false, true) => format!("{outer}{}", self.place),
            (false, false) => format!("{outer}.{}", self.place),
        };
        self
    }
}

impl std::fmt::Display for Misread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.place.is_empty() { "the row" } else { &self.place };
        // Never what stands there: this text goes into logs, and a row may hold an address.
        write!(f, "{place} is unreadable")
    }
}

/// Reads a row of a list.
///
/// # Errors
/// The place of what cannot be read.
pub fn read_row<T: DeserializeOwned>(row: &RawValue) -> Result<T, Misread> {
    let mut input = serde_json::Deserializer::from_str(row.get());
    serde_path_to_error::deserialize(&mut input).map_err(|error| {
        let place = error.path().to_string();
        Misread::at(if place == "." { "" } else { &place }, row)
    })
}

/// What stands at a place, as its own text.
fn text_at(raw: &str, place: &str) -> Option<String> {
    let mut here = raw.to_owned();
    for step in place.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()) {
        let next = match step.parse::<usize>() {
            Ok(number) if here.trim_start().starts_with('[') => {
                serde_json::from_str::<Vec<Box<RawValue>>>(&here).ok()?.into_iter().nth(number)
            }
            _ => serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(&here).ok()?.remove(step),
        };
        here = next?.get().to_owned();
    }
    Some(here)
}

fn shown(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    let text = serde_json::from_str::<String>(&text).unwrap_or(text);
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "optional_decimal")]
        quantity: Option<Decimal>,
    }

    #[test]
    fn six_places_are_kept_exactly() {
        let row: Row = serde_json::from_str(r#"{"quantity": -474819.424823}"#).unwrap();
        assert_eq!(row.quantity.unwrap().to_string(), "-474819.424823");
    }

    #[test]
    fn text_null_and_dash_are_read() {
        for (json, expected) in [("\"12.5\"", Some("12.5")), ("null", None), ("\"-\"", None), ("1e3", Some("1000"))] {
            let row: Row = serde_json::from_str(&format!("{{\"quantity\":{json}}}")).unwrap();
            assert_eq!(row.quantity.map(|value| value.to_string()).as_deref(), expected);
        }
        assert!(serde_json::from_str::<Row>(r#"{"quantity": "many"}"#).is_err());
    }

    #[test]
    fn what_binary_fractions_leave_over_is_no_part_of_a_figure() {
        for (json, expected) in [
            ("4e-17", "0"),
            ("-4e-17", "0"),
            ("1e-40", "0"),
            ("0.30000000000000004", "0.3"),
            ("149999.99999999997", "150000"),
            ("-0.1000000000000000055511151231257827", "-0.1"),
            ("0.000001", "0.000001"),
            ("\"17500.000000\"", "17500.000000"),
        ] {
            assert_eq!(figure(json).unwrap().unwrap().abs().to_string(), expected.trim_start_matches('-'), "{json}");
        }
    }

    #[test]
    fn an_amount_that_is_a_guess_is_none() {
        for json in
            ["\"Rp 50.000\"", "\"50.000\"", "\"-1.250\"", "\"50,000\"", "7.9e28", "1e15", "-1e300", "{}", "[1]", "true"]
        {
            assert!(figure(json).is_err(), "{json}");
        }
        for json in ["50.000", "\"0.500\"", "\"1250.000\"", "999999999999999", "\"5.72\""] {
            assert!(figure(json).is_ok(), "{json}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_says_where_and_what_stands_there() {
        #[derive(Debug, Deserialize)]
        struct Order {
            #[serde(default)]
            #[expect(dead_code, reason = "only whether it can be read counts")]
            lines: Vec<Row>,
        }
        let raw: Box<RawValue> =
            serde_json::from_str(r#"{"lines":[{"quantity":1},{"quantity":2},{"quantity":"Rp 50.000"}]}"#).unwrap();
        let misread = read_row::<Order>(&raw).unwrap_err();
        assert_eq!(misread, Misread { place: "lines[2].quantity".into(), found: "Rp 50.000".into() });
        let raw: Box<RawValue> = serde_json::from_str(r#"{"lines":{"a":1}}"#).unwrap();
        let misread = read_row::<Order>(&raw).unwrap_err();
        assert_eq!(misread, Misread { place: "lines".into(), found: r#"{"a":1}"#.into() });
        let raw: Box<RawValue> = serde_json::from_str("7").unwrap();
        assert_eq!(read_row::<Order>(&raw).unwrap_err(), Misread { place: String::new(), found: "7".into() });
        assert_eq!(Misread::missing("price").within("item_lines[1]").place, "item_lines[1].price");
    }

    proptest::proptest! {
        #[test]
        fn no_text_of_a_figure_breaks_the_reader_and_none_comes_out_beyond_bounds(text in "-?[0-9]{1,40}(\\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?", any in ".*") {
            for text in [text, any] {
                if let Ok(Some(read)) = figure(&text) {
                    proptest::prop_assert!(read.abs() < Decimal::from(BEYOND) + Decimal::ONE && read.scale() <= PLACES);
                }
            }
        }
    }
}
