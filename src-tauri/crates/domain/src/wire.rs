//! Decimals as the two services print them: JSON numbers with six places, sometimes text, sometimes null.
//!
//! They never pass through `f64`: the number's own text is taken from the answer. Works only when an answer is decoded
//! straight from its text (not through `serde_json::Value`).

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;

/// Reads one JSON scalar as a decimal; `null`, an empty text and a dash mean nothing (`None`).
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

/// `#[serde(deserialize_with = "optional_decimal")]`
///
/// # Errors
/// When the value is no number, text of a number, or null.
pub fn optional_decimal<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Decimal>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    parse_scalar(raw.get()).map_err(D::Error::custom)
}

/// `#[serde(deserialize_with = "decimal_or_zero")]`: for figures where nothing and zero mean the same.
///
/// # Errors
/// As [`optional_decimal`].
pub fn decimal_or_zero<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
    optional_decimal(input).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
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
}
