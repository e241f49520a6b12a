//! What answers look like, read with much tolerance: the envelope is only guessed (forstok-api.md §4), ids come as numbers or
//! text, "nothing" as `null`, `""`, `"-"` or a missing field.

use selaras_domain::wire::parse_scalar;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Box<RawValue>>;

/// An answer: `{status, data, …}`, where `data` is an object or a list, or where the answer itself is a list.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    top: Fields,
    data: Fields,
    rows: Option<Vec<Box<RawValue>>>,
}

impl Envelope {
    /// Reads the text of an answer; `None` when it is no JSON object and no JSON list.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('[') {
            return Some(Self { rows: Some(serde_json::from_str(text).ok()?), ..Self::default() });
        }
        let top: Fields = serde_json::from_str(text).ok()?;
        let mut envelope = Self::default();
        if let Some(data) = top.get("data").map(|raw| raw.get()) {
            if data.starts_with('{') {
                envelope.data = serde_json::from_str(data).ok()?;
            } else if data.starts_with('[') {
                envelope.rows = Some(serde_json::from_str(data).ok()?);
            }
        }
        envelope.top = top;
        Some(envelope)
    }

    fn field(&self, name: &str) -> Option<&RawValue> {
        self.data.get(name).or_else(|| self.top.get(name)).map(Box::as_ref)
    }

    /// Whether it says that all is well. Only the text `OK` is proven (forstok-api.md §4); an answer that says nothing is taken
    /// by the HTTP status alone.
    pub fn ok(&self) -> bool {
        match self.top.get("status").and_then(|raw| text_of(raw.get())) {
            None => true,
            Some(status) => ["ok", "success", "200", "true"].contains(&status.to_lowercase().as_str()),
        }
    }

    /// The service's own words.
    pub fn message(&self) -> Option<String> {
        ["message", "error", "errors"].iter().find_map(|name| text_of(self.field(name)?.get()))
    }

    /// A number beside the list (`total`, `per_page`).
    pub fn number(&self, name: &str) -> Option<usize> {
        let number = parse_scalar(self.field(name)?.get()).ok()??;
        usize::try_from(number).ok()
    }

    /// A text field.
    pub fn text(&self, name: &str) -> Option<String> {
        text_of(self.field(name)?.get())
    }

    /// The rows of the list of that name; `None` when the answer holds no such list.
    pub fn rows(&self, name: &str) -> Option<Vec<Box<RawValue>>> {
        match self.field(name) {
            Some(list) if list.get() == "null" => Some(Vec::new()),
            Some(list) => serde_json::from_str(list.get()).ok(),
            None => self.rows.clone(),
        }
    }

    /// What is said about single lines of a write.
    pub fn line_errors(&self) -> Vec<LineError> {
        self.field("errors").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }
}

/// A line that was refused (forstok-api.md §10 item 8, guess).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LineError {
    #[serde(default, deserialize_with = "optional_code")]
    pub sku: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    pub warehouse_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    pub message: Option<String>,
}

/// A JSON scalar as text; nothing for what means nothing.
fn text_of(raw: &str) -> Option<String> {
    let text = match raw.chars().next()? {
        '"' => serde_json::from_str::<String>(raw).ok()?,
        '{' | '[' => return None,
        _ => raw.to_owned(),
    };
    let text = text.trim();
    (!text.is_empty() && text != "-" && text != "null").then(|| text.to_owned())
}

/// `#[serde(deserialize_with = "optional_text")]`: text, or a number as text.
pub fn optional_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(Box::<RawValue>::deserialize(input)?.get()))
}

/// `#[serde(deserialize_with = "optional_code")]`: a code byte for byte, blanks at its ends included: it is sent back as it came. Nothing,
/// or nothing but blanks, is none.
pub fn optional_code<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    Ok(text_of(raw.get()).map(|text| serde_json::from_str(raw.get()).unwrap_or(text)))
}

/// `#[serde(deserialize_with = "optional_id")]`: a number, or text of one; `false` and `0` stand for nothing (forstok-api.md §4, seen).
pub fn optional_id<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    let Some(text) = text_of(raw.get()).filter(|text| text != "false") else { return Ok(None) };
    let number = parse_scalar(&text).map_err(D::Error::custom)?;
    let id = number.filter(|number| number.fract().is_zero()).and_then(|number| i64::try_from(number).ok());
    id.map(|id| Some(id).filter(|id| *id != 0)).ok_or_else(|| D::Error::custom(format!("{text:?} is no id")))
}

/// `#[serde(deserialize_with = "optional_flag")]`: a truth value, or the words and numbers that stand for one.
pub fn optional_flag<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    Ok(text_of(raw.get()).map(|text| {
        let text = text.to_lowercase();
        !["false", "0", "inactive", "no", "off", "n"].contains(&text.as_str())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "optional_id")]
        id: Option<i64>,
        #[serde(default, deserialize_with = "optional_text")]
        name: Option<String>,
        #[serde(default, deserialize_with = "optional_flag")]
        active: Option<bool>,
    }

    #[rstest::rstest]
    #[case(r#"{"id":195,"name":"Gudang","active":true}"#, Some(195), Some("Gudang"), Some(true))]
    #[case(r#"{"id":"195","name":7,"active":"1"}"#, Some(195), Some("7"), Some(true))]
    #[case(r#"{"id":195.0,"name":"-","active":0}"#, Some(195), None, Some(false))]
    #[case(r#"{"id":false,"name":"","active":null}"#, None, None, None)]
    #[case(r#"{"id":null,"name":null,"active":"inactive"}"#, None, None, Some(false))]
    #[case("{}", None, None, None)]
    fn fields_are_read_in_all_their_forms(
        #[case] json: &str,
        #[case] id: Option<i64>,
        #[case] name: Option<&str>,
        #[case] active: Option<bool>,
    ) {
        let expected = Row { id, name: name.map(str::to_owned), active };
        assert_eq!(serde_json::from_str::<Row>(json).unwrap(), expected);
    }

    #[rstest::rstest]
    #[case(r#"{"code":"KOPI-1 "}"#, Some("KOPI-1 "))]
    #[case(r#"{"code":" KOPI-1"}"#, Some(" KOPI-1"))]
    #[case(r#"{"code":"KOPI-1\t"}"#, Some("KOPI-1\t"))]
    #[case("{\"code\":\"\u{a0}KOPI-1\"}", Some("\u{a0}KOPI-1"))]
    #[case(r#"{"code":12}"#, Some("12"))]
    #[case(r#"{"code":"  "}"#, None)]
    #[case(r#"{"code":"-"}"#, None)]
    #[case(r#"{"code":null}"#, None)]
    fn a_code_keeps_its_blanks(#[case] json: &str, #[case] code: Option<&str>) {
        #[derive(Deserialize)]
        struct Coded {
            #[serde(default, deserialize_with = "optional_code")]
            code: Option<String>,
        }
        assert_eq!(serde_json::from_str::<Coded>(json).unwrap().code.as_deref(), code);
    }

    #[rstest::rstest]
    #[case(r#"{"status":"OK","data":{"stores":[1,2]}}"#)]
    #[case(r#"{"status":"ok","data":[1,2]}"#)]
    #[case(r#"{"stores":[1,2]}"#)]
    #[case("[1,2]")]
    #[case("\u{feff} [1, 2] ")]
    fn a_list_is_found_wherever_it_lies(#[case] text: &str) {
        let envelope = Envelope::read(text).unwrap();
        assert!(envelope.ok());
        let rows: Vec<_> = envelope.rows("stores").unwrap().iter().map(|raw| raw.get().to_owned()).collect();
        assert_eq!(rows, ["1", "2"]);
    }

    #[test]
    fn a_status_that_is_not_ok_is_no_success() {
        let envelope = Envelope::read(r#"{"status":"Error","data":{"message":"no","errors":[{"sku":12}]}}"#).unwrap();
        assert!(!envelope.ok());
        assert_eq!(envelope.message().as_deref(), Some("no"));
        let errors = vec![LineError { sku: Some("12".into()), warehouse_id: None, message: None }];
        assert_eq!(envelope.line_errors(), errors);
        assert!(Envelope::read("<html>").is_none() && Envelope::read("").is_none());
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".*", json in "[\\[\\]{}\":,a-z0-9 ]*") {
            for text in [text, json] {
                if let Some(envelope) = Envelope::read(&text) {
                    let _ = (envelope.ok(), envelope.message(), envelope.rows("a"), envelope.line_errors(), envelope.number("a"));
                }
            }
        }
    }
}
