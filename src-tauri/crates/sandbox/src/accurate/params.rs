//! What a caller sent: query string, form body with indexed names, or JSON, folded into one tree
//! (accurate-online-api.md §7). Conversion failures are worded as the server words them (§3.3).

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::envelope::Refusal;
use crate::change;
use crate::fault::Fault;

/// Where a fault tells the lists about pages that shift; no name that a caller can send in a query.
const SHIFT: &str = "sp.shift";

/// Parameters of one call, or of one row or line inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// Folds query and body into one tree. The body wins over the query; a GET with a JSON body binds like any other (§7).
    pub(crate) fn parse(query: Option<&str>, content_type: &str, body: &[u8]) -> Result<Self, Refusal> {
        let mut tree = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            insert(&mut tree, &name, &value);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        if content_type.contains("json") || text.starts_with('{') {
            if !text.is_empty() {
                // The message for an unreadable body is not recorded anywhere: a guess in the style of §3.3.
                let parsed: Value = serde_json::from_str(text).map_err(|_| Refusal::text("Format JSON tidak valid"))?;
                if let Value::Object(object) = parsed {
                    tree.extend(object);
                }
            }
        } else {
            for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
                insert(&mut tree, &name, &value);
            }
        }
        Ok(Self(tree))
    }

    /// The parameters as these faults let them arrive: texts changed, later pages shifted.
    pub(crate) fn struck_by(self, faults: &[Fault]) -> Self {
        let mut tree = Value::Object(self.0);
        change::in_silence(&mut tree, faults);
        for fault in faults {
            if let Fault::ShiftPages(rows) = fault {
                tree[SHIFT] = (*rows).into();
            }
        }
        Self(if let Value::Object(fields) = tree { fields } else { Map::new() })
    }

    /// How many rows have gone since the first page was read; below 0, so many have come.
    pub(crate) fn shifted(&self) -> i64 {
        self.0.get(SHIFT).and_then(Value::as_i64).unwrap_or(0)
    }

    /// Text, trimmed; `None` when absent, null or empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.sent_text(name).filter(|text| !text.is_empty())
    }

    /// Text, trimmed, `Some("")` when the caller sent it empty on purpose.
    pub(crate) fn sent_text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A text the document marks as required; `label` is what the message calls it.
    pub(crate) fn required(&self, name: &str, label: &str) -> Result<String, Refusal> {
        self.text(name).ok_or_else(|| Refusal::must_be_filled(label))
    }

    /// A decimal number with `.` as decimal mark, at most 999 billion (§6).
    pub(crate) fn decimal(&self, name: &str) -> Result<Option<Decimal>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text
            .parse::<Decimal>()
            .or_else(|_| Decimal::from_scientific(&text))
            .map_err(|_| Refusal::invalid_field(name))?;
        if number.abs() > Decimal::from(999_000_000_000_i64) {
            return Err(Refusal::text("Nilai angka terlalu besar"));
        }
        Ok(Some(number.round_dp(6)))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.text(name).map(|text| text.parse().map_err(|_| Refusal::invalid_field(name))).transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.text(name).map(|text| text.parse().map_err(|_| Refusal::invalid_field(name))).transpose()
    }

    /// `dd/MM/yyyy`; unpadded days and months are accepted (§5).
    pub(crate) fn date(&self, name: &str) -> Result<Option<Date>, Refusal> {
        self.text(name).map(|text| parse_date(&text).ok_or_else(|| Refusal::invalid_field(name))).transpose()
    }

    /// Rows of a list, from a JSON array or from indexed names.
    pub(crate) fn rows(&self, name: &str) -> Vec<Params> {
        let row = |value: &Value| Params(value.as_object().cloned().unwrap_or_default());
        match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().map(row).collect(),
            _ => self.indexed(name).iter().map(row).collect(),
        }
    }

    /// Scalars of a list: `name[0]=a&name[1]=b`, repeated names, a JSON array, or a single value.
    pub(crate) fn scalars(&self, name: &str) -> Vec<String> {
        let own = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().filter_map(own).collect(),
            Some(single) if own(single).is_some() => own(single).into_iter().collect(),
            _ => self.indexed(name).iter().filter_map(own).collect(),
        }
    }

    /// The parameters below `name`: `filter.no.op` is `nested("filter").nested("no")`.
    pub(crate) fn nested(&self, name: &str) -> Params {
        Params(self.0.get(name).and_then(Value::as_object).cloned().unwrap_or_default())
    }

    /// These parameters with the other ones written over them.
    pub(crate) fn overlaid(&self, other: &Params) -> Params {
        let mut merged = self.0.clone();
        merged.extend(other.0.clone());
        Params(merged)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    fn indexed(&self, name: &str) -> Vec<Value> {
        let Some(Value::Object(entries)) = self.0.get(name) else { return Vec::new() };
        let mut rows: Vec<(usize, Value)> = entries
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix('#')?.parse().ok()?, value.clone())))
            .collect();
        rows.sort_by_key(|(index, _)| *index);
        rows.into_iter().map(|(_, value)| value).collect()
    }
}

/// `data[0].detailItem[1].quantity` becomes a path; list positions are kept under the key `#«n»`.
fn insert(tree: &mut Map<String, Value>, name: &str, value: &str) {
    let mut path: Vec<String> = Vec::new();
    for part in name.split('.') {
        let mut pieces = part.split('[');
        path.push(pieces.next().unwrap_or_default().to_owned());
        path.extend(pieces.filter_map(|piece| Some(format!("#{}", piece.strip_suffix(']')?))));
    }
    place(tree, &path, value);
}

fn place(tree: &mut Map<String, Value>, path: &[String], value: &str) {
    let Some((head, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        let text = Value::String(value.to_owned());
        match tree.get_mut(head) {
            // A repeated name makes a list (§5: a repeated `.val` works too).
            Some(Value::Array(values)) => values.push(text),
            Some(old @ Value::String(_)) => *old = Value::Array(vec![old.clone(), text]),
            _ => drop(tree.insert(head.clone(), text)),
        }
        return;
    }
    let child = tree.entry(head.clone()).or_insert_with(|| Value::Object(Map::new()));
    if !child.is_object() {
        *child = Value::Object(Map::new());
    }
    if let Value::Object(inner) = child {
        place(inner, rest, value);
    }
}

/// Reads `dd/MM/yyyy`, padded or not.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_form_names_and_json_give_the_same_lines() {
        let form = Params::parse(
            None,
            "application/x-www-form-urlencoded",
            b"data[0].detailItem[0].itemNo=A&data[0].detailItem[1].itemNo=B&data[1].number=IA-2",
        );
        let json = Params::parse(
            None,
            "application/json",
            br#"{"data":[{"detailItem":[{"itemNo":"A"},{"itemNo":"B"}]},{"number":"IA-2"}]}"#,
        );
        for params in [form.unwrap(), json.unwrap()] {
            let rows = params.rows("data");
            let lines = rows[0].rows("detailItem");
            assert_eq!(
                lines.iter().map(|line| line.text("itemNo")).collect::<Vec<_>>(),
                [Some("A".into()), Some("B".into())]
            );
            assert_eq!(rows[1].text("number"), Some("IA-2".into()));
        }
    }

    #[test]
    fn a_bad_value_names_the_field_in_the_servers_words() {
        let params = Params::parse(Some("transDate=2024-01-15&rate=abc&id=x"), "", b"").unwrap();
        assert_eq!(
            params.date("transDate").unwrap_err(),
            Refusal::text("Invalid field value for field \"transDate\".")
        );
        assert_eq!(params.decimal("rate").unwrap_err(), Refusal::text("Invalid field value for field \"rate\"."));
        assert_eq!(params.integer("id").unwrap_err(), Refusal::text("Invalid field value for field \"id\"."));
    }
}
