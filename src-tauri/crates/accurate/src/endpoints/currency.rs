//! In which currency a record is kept. No recording shows a list of accounts or customers that tells it: their details carry `currencyId`,
//! documents an object with a code (accurate-online-api.md §6.3, samples). That lists have the same fields, or a plain code, is a guess;
//! this is its only place.

use crate::wire::{optional_integer, optional_text};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a row says of its currency: an id, a code or name, both, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: Option<i64>,
    pub(crate) code: Option<String>,
}

#[derive(Default, Deserialize)]
struct Object {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, alias = "currencyCode", deserialize_with = "optional_text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    symbol: Option<String>,
}

impl Told {
    /// The same with what stands beside it in the row.
    pub(crate) fn or(self, id: Option<i64>, code: Option<String>) -> Self {
        Self { id: self.id.or(id), code: self.code.or(code) }
    }
}

/// A currency as an object or as a text; anything else tells nothing.
pub(crate) fn told<'de, D: Deserializer<'de>>(input: D) -> Result<Told, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    if let Ok(code) = serde_json::from_str::<String>(raw.get()) {
        return Ok(Told { id: None, code: Some(code).filter(|code| !code.trim().is_empty()) });
    }
    // A list would be read as an object's fields in their order.
    let object = Some(raw.get()).filter(|text| text.starts_with('{'));
    let object: Object = object.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Ok(Told { id: object.id, code: object.code.or(object.name).or(object.symbol) })
}

fn rupiah(code: &str) -> bool {
    let code = code.trim().to_uppercase();
    matches!(code.as_str(), "IDR" | "RP" | "RP.") || code.contains("RUPIAH")
}

/// For each row of one list the currency that it is kept in, where that is told and is not the rupiah. Where only ids are told, the
/// company's own currency is the one that rows with a code say, else the one of most rows, which is that of its chart.
pub(crate) fn foreign(rows: &[Told]) -> Vec<Option<String>> {
    let codes: HashMap<i64, &str> = rows.iter().filter_map(|row| row.id.zip(row.code.as_deref())).collect();
    let mut own: HashSet<i64> = codes.iter().filter(|(_, code)| rupiah(code)).map(|(id, _)| *id).collect();
    if own.is_empty() {
        let mut times: BTreeMap<i64, usize> = BTreeMap::new();
        for id in rows.iter().filter_map(|row| row.id).filter(|id| !codes.contains_key(id)) {
            *times.entry(id).or_default() += 1;
        }
        // Of two that are as many the older one: a company begins with its own currency.
        let most = times.into_iter().max_by_key(|(id, times)| (*times, std::cmp::Reverse(*id)));
        own.extend(most.map(|(id, _)| id));
    }
    let of = |row: &Told| match (&row.code, row.id) {
        (Some(code), _) => Some(code.trim().to_owned()).filter(|code| !rupiah(code)),
        (None, Some(id)) if !own.contains(&id) => {
            Some(codes.get(&id).map_or_else(|| format!("#{id}"), |code| (*code).trim().to_owned()))
        }
        (None, _) => None,
    };
    rows.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "told")]
        currency: Told,
    }

    fn read(json: &str) -> Told {
        serde_json::from_str::<Row>(json).unwrap().currency
    }

    fn of(id: Option<i64>, code: Option<&str>) -> Told {
        Told { id, code: code.map(str::to_owned) }
    }

    #[test]
    fn a_currency_is_read_in_every_form_that_it_may_have() {
        assert_eq!(read(r#"{"currency":{"id":51,"code":"USD","symbol":"$"}}"#), of(Some(51), Some("USD")));
        assert_eq!(read(r#"{"currency":{"id":51,"name":"US Dollar"}}"#), of(Some(51), Some("US Dollar")));
        assert_eq!(read(r#"{"currency":"USD"}"#), of(None, Some("USD")));
        for nothing in ["{}", r#"{"currency":null}"#, r#"{"currency":" "}"#, r#"{"currency":[1]}"#] {
            assert_eq!(read(nothing), Told::default(), "{nothing}");
        }
    }

    #[test]
    fn what_is_not_in_rupiah_is_told_and_what_tells_nothing_is_not_suspected() {
        let usd = Some("USD".to_owned());
        let told =
            [of(None, Some("IDR")), of(None, Some("USD ")), Told::default(), of(None, Some("Indonesian Rupiah"))];
        assert_eq!(foreign(&told), [None, usd.clone(), None, None]);
        // By ids: one row says which is which.
        let told = [of(Some(50), Some("Rp")), of(Some(50), None), of(Some(51), None), of(Some(51), Some("USD"))];
        assert_eq!(foreign(&told), [None, None, usd.clone(), usd]);
        // By ids alone: most accounts are in the company's own.
        let told = [of(Some(100), None), of(Some(100), None), of(Some(51), None)];
        assert_eq!(foreign(&told), [None, None, Some("#51".to_owned())]);
        assert_eq!(foreign(&[of(Some(51), None), of(Some(50), None)]), [Some("#51".to_owned()), None]);
        assert_eq!(foreign(&[of(Some(77), None)]), [None]);
    }
}
