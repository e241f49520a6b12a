//! JSON as Accurate Online writes it: decimals always with six places, ids and counters as integers, nulls written out
//! (accurate-online-api.md §9, "wire detail for a simulator"). `serde_json` cannot be told the number of places, so the
//! simulator has its own small value and writer.

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_decimal::Decimal;

/// One JSON value on its way out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    /// Written with exactly six decimal places.
    Dec(Decimal),
    Text(String),
    List(Vec<Json>),
    Object(Record),
}

/// A JSON object in the order its fields were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record(Vec<(Cow<'static, str>, Json)>);

impl Record {
    /// Adds or replaces a field.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Adds all fields of another record.
    pub(crate) fn extend(&mut self, other: Record) {
        self.0.extend(other.0);
    }

    /// The value at a dotted path such as `customer.name`.
    pub(crate) fn get(&self, path: &str) -> Option<&Json> {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let value = self.0.iter().find(|(field, _)| field == head).map(|(_, value)| value)?;
        match (rest, value) {
            (None, value) => Some(value),
            (Some(rest), Json::Object(record)) => record.get(rest),
            (Some(_), _) => None,
        }
    }

    /// Only the named fields (dotted paths keep their nesting); unknown names are dropped in silence (§5).
    pub(crate) fn select(mut self, paths: &[String]) -> Record {
        let mut selected = Record::default();
        for path in paths.iter().filter(|path| !path.contains('.')) {
            if let Some(place) = self.0.iter().position(|(field, _)| field == path) {
                let (name, value) = self.0.swap_remove(place);
                selected.set(name, value);
            }
        }
        for path in paths.iter().filter(|path| path.contains('.')) {
            if let Some(value) = self.get(path) {
                selected.place(path, value.clone());
            }
        }
        selected
    }

    fn place(&mut self, path: &str, value: Json) {
        let Some((head, rest)) = path.split_once('.') else {
            return self.set(path.to_owned(), value);
        };
        if !matches!(self.get(head), Some(Json::Object(_))) {
            self.set(head.to_owned(), Record::default());
        }
        if let Some((_, Json::Object(inner))) = self.0.iter_mut().find(|(field, _)| field == head) {
            inner.place(rest, value);
        }
    }
}

impl Json {
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::with_capacity(256);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Int(value) => out.push_str(&value.to_string()),
            Json::Dec(value) => out.push_str(&six_places(*value)),
            Json::Text(value) => write_text(value, out),
            Json::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Json::Object(Record(fields)) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A number the way Accurate prints it, `17500.000000`.
pub(crate) fn six_places(value: Decimal) -> String {
    let mut rounded = value.round_dp(6);
    rounded.rescale(6);
    without_sign_of_zero(rounded).to_string()
}

/// A number for human eyes inside a text field, `5.5` or `59`.
pub(crate) fn plain(value: Decimal) -> String {
    without_sign_of_zero(value.normalize()).to_string()
}

/// A sum may leave a zero with a minus before it, which no figure of the service has.
fn without_sign_of_zero(mut value: Decimal) -> Decimal {
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    value
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            control if control < ' ' => drop(write!(out, "\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}
impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Int(value)
    }
}
impl From<i32> for Json {
    fn from(value: i32) -> Self {
        Json::Int(value.into())
    }
}
impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Json::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<Decimal> for Json {
    fn from(value: Decimal) -> Self {
        Json::Dec(value)
    }
}
impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_owned())
    }
}
impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::Text(value)
    }
}
impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Json::Text(value.clone())
    }
}
impl From<Record> for Json {
    fn from(value: Record) -> Self {
        Json::Object(value)
    }
}
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Self {
        Json::List(values.into_iter().map(Into::into).collect())
    }
}

/// `record! { "id" => 50, "name" => "PCS" }`
macro_rules! record {
    ($($name:expr => $value:expr),+ $(,)?) => {{
        let mut record = $crate::accurate::wire::Record::default();
        $(record.set($name, $value);)+
        record
    }};
}
pub(crate) use record;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_with_six_places_and_integers_without() {
        let value = record! {
            "id" => 50,
            "unitPrice" => Decimal::from(17500),
            "total" => Decimal::new(-474_819_424_823, 6),
            "notes" => Json::Null,
            "owing" => -Decimal::ZERO,
            "rest" => Decimal::new(-4, 7),
        };
        assert_eq!(
            Json::from(value).to_text(),
            r#"{"id":50,"unitPrice":17500.000000,"total":-474819.424823,"notes":null,"owing":0.000000,"rest":0.000000}"#
        );
    }

    #[test]
    fn selection_keeps_nesting_and_drops_unknown_names() {
        let value = record! { "id" => 1, "customer" => record! { "id" => 59, "name" => "Toko \"A\"" } };
        let names = ["customer.name".to_owned(), "nonsense".to_owned()];
        assert_eq!(Json::from(value.select(&names)).to_text(), r#"{"customer":{"name":"Toko \"A\""}}"#);
    }
}
