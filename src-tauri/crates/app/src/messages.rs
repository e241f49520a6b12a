//! Sentences in Indonesian and English that are said outside the window's screens: reasons, and what is written into files and
//! notifications. The CLI says the same reasons in its tables.
//!
//! Owns these texts and the writing of figures. Decides nothing: which code is said is another module's business.

use crate::view::ReasonView;
use selaras_domain::plan::BECAUSE;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Indonesian and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Bahasa Indonesia.
    #[default]
    Id,
    /// English.
    En,
}

impl Language {
    /// Of a setting; Indonesian unless it names the other one.
    #[must_use]
    pub fn of(setting: Option<&str>) -> Self {
        if setting == Some("en") { Self::En } else { Self::Id }
    }

    /// Its code in BCP 47.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
}

/// One language's sentences.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    reasons: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
    #[serde(skip)]
    language: Language,
}

/// A table that cannot be read is empty, and codes show in place of sentences; a test keeps that from being released.
fn table(language: Language, json: &str) -> Sentences {
    Sentences { language, ..serde_json::from_str(json).unwrap_or_default() }
}

static INDONESIAN: LazyLock<Sentences> = LazyLock::new(|| table(Language::Id, include_str!("../messages/id.json")));
static ENGLISH: LazyLock<Sentences> = LazyLock::new(|| table(Language::En, include_str!("../messages/en.json")));

impl Sentences {
    /// The table of a language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Id => &INDONESIAN,
            Language::En => &ENGLISH,
        }
    }

    /// Which language it is.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// A word; its key where there is none.
    #[must_use]
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or(key, String::as_str)
    }

    /// The word for a code out of a family (`action`, `kind`, …); the code itself where there is none.
    #[must_use]
    pub fn code<'a>(&'a self, family: &str, code: &'a str) -> &'a str {
        self.words.get(&format!("{family}.{code}")).map_or(code, String::as_str)
    }

    /// A sentence with its parameters.
    #[must_use]
    pub fn say(&self, key: &str, params: &[(&str, &str)]) -> String {
        fill(self.word(key), |name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    /// Whether a reason has a sentence.
    #[must_use]
    pub fn knows(&self, code: &str) -> bool {
        self.reasons.contains_key(code)
    }

    /// A reason; for an unknown code the code, with the service's own words where it has any.
    #[must_use]
    pub fn reason(&self, reason: &ReasonView) -> String {
        match self.reasons.get(&reason.code) {
            Some(text) => fill(text, |name| match name {
                BECAUSE => reason.params.get(name).map(|code| self.reason(&inside(code, &reason.params))),
                _ => reason.params.get(name).map(|value| self.value(name, value)),
            }),
            None => match reason.params.get("message").or_else(|| reason.params.get("detail")) {
                Some(message) => format!("{} ({message})", reason.code),
                None => reason.code.clone(),
            },
        }
    }

    /// A reason code as the heading of many rows: its text up to the first parameter, which each row has otherwise.
    #[must_use]
    pub fn reason_code(&self, code: &str) -> String {
        let text = self.reasons.get(code).map_or(code, String::as_str);
        match text.split('{').next().map(|head| head.trim_end_matches([' ', '(', ':', ';', ','])) {
            Some(head) if !head.is_empty() => head.to_owned(),
            _ => self.reason(&ReasonView { code: code.to_owned(), params: BTreeMap::new() }),
        }
    }

    /// A whole number with its thousands apart.
    #[must_use]
    pub fn count(&self, number: impl Into<u64>) -> String {
        self.thousands(&number.into().to_string())
    }

    /// Decimal text of rupiah as people write it.
    #[must_use]
    pub fn rupiah(&self, decimal: &str) -> String {
        let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { self.decimal_mark() };
        format!("{sign}Rp{}{point}{fraction}", self.thousands(whole))
    }

    fn decimal_mark(&self) -> &'static str {
        match self.language {
            Language::Id => ",",
            Language::En => ".",
        }
    }

    fn thousands(&self, digits: &str) -> String {
        let mark = match self.language {
            Language::Id => '.',
            Language::En => ',',
        };
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    /// A parameter as it is shown: services by their names, closed words translated.
    #[must_use]
    pub fn value(&self, name: &str, value: &str) -> String {
        match (name, value) {
            ("side", "accurate") => "Accurate".to_owned(),
            ("side", "forstok") => "Forstok".to_owned(),
            ("reason" | "detail", word) => self.code(name, word).to_owned(),
            (name, amount) if MONEY.contains(&name) && is_number(amount) => self.rupiah(amount),
            ("role", role) => self.code("role", role).to_owned(),
            _ => value.to_owned(),
        }
    }
}

/// The reason inside another ([`Reason::because`](selaras_domain::plan::Reason::because)).
fn inside(code: &str, params: &BTreeMap<String, String>) -> ReasonView {
    let of_it = |(name, value): (&String, &String)| {
        let name = name.strip_prefix(BECAUSE)?.strip_prefix('_')?;
        Some((name.to_owned(), value.clone()))
    };
    ReasonView { code: code.to_owned(), params: params.iter().filter_map(of_it).collect() }
}

/// Parameters of reasons that are rupiah.
const MONEY: [&str; 17] = [
    "total",
    "difference",
    "received",
    "subtotal",
    "owing",
    "tax",
    "amount",
    "due",
    "goods",
    "sum",
    "balance",
    "withdrawn",
    "moved",
    "discount",
    "alternative",
    "returned",
    "ours",
];

fn is_number(text: &str) -> bool {
    text.parse::<rust_decimal::Decimal>().is_ok()
}

/// Puts parameters in; one that is missing becomes a dash, so that no brace ever reaches a person.
#[must_use]
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(&value(name).unwrap_or_else(|| "–".to_owned()));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> [&'static Sentences; 2] {
        [Sentences::of(Language::Id), Sentences::of(Language::En)]
    }

    #[test]
    fn both_languages_have_the_same_keys_and_parameters() {
        let [id, en] = tables();
        let parameters = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            names.sort();
            names
        };
        for (one, other) in [(&id.words, &en.words), (&id.reasons, &en.reasons)] {
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (key, text) in one {
                assert_eq!(parameters(text), parameters(&other[key]), "{key}");
            }
        }
        assert!(id.reasons.len() > 100, "the tables were read");
    }

    #[test]
    fn every_reason_has_a_sentence_in_both_languages() {
        for sentences in tables() {
            for code in crate::reasons::codes() {
                let text = sentences.reasons.get(code).unwrap_or_else(|| panic!("{code} has no sentence"));
                assert!(!text.is_empty(), "{:?}: {code}", sentences.language);
            }
        }
    }

    #[test]
    fn figures_are_written_as_people_write_them() {
        let [id, en] = tables();
        assert_eq!(id.count(1_234_567_u32), "1.234.567");
        assert_eq!(en.count(999_u32), "999");
        assert_eq!(id.rupiah("1250000.500"), "Rp1.250.000,5");
        assert_eq!(en.rupiah("-1000.00"), "-Rp1,000");
        assert_eq!(id.rupiah("0"), "Rp0");
    }

    #[test]
    fn unknown_reason_shows_the_services_own_words() {
        let [id, _] = tables();
        let reason =
            ReasonView { code: "brand_new".into(), params: BTreeMap::from([("message".into(), "Sudah ada".into())]) };
        assert_eq!(id.reason(&reason), "brand_new (Sudah ada)");
        let known = ReasonView { code: "offline".into(), params: BTreeMap::from([("side".into(), "accurate".into())]) };
        assert_eq!(id.reason(&known), "Accurate tidak dapat dihubungi");
    }

    #[test]
    fn amounts_of_a_reason_are_rupiah() {
        let [id, _] = tables();
        let params = [("discount", "15000"), ("alternative", "5000")].map(|(name, text)| (name.into(), text.into()));
        let reason = ReasonView { code: "order_discount_unclear".into(), params: BTreeMap::from(params) };
        assert_eq!(id.reason(&reason), "potongan toko bisa Rp15.000 atau Rp5.000");
        let params = [("number", "N1"), ("returned", "50000"), ("ours", "0")];
        let params = params.map(|(name, text)| (name.into(), text.into()));
        let reason = ReasonView { code: "return_entered_already".into(), params: BTreeMap::from(params) };
        assert!(id.reason(&reason).contains("Rp50.000 di Accurate, Rp0"));
    }

    #[test]
    fn heading_of_a_reason_has_no_empty_places() {
        let [id, _] = tables();
        assert_eq!(id.reason_code("code_too_long"), "kode lebih dari 30 karakter");
        assert_eq!(id.reason_code("offline"), "– tidak dapat dihubungi");
        assert_eq!(id.reason_code("brand_new"), "brand_new");
    }

    #[test]
    fn broken_brace_in_a_text_is_kept() {
        assert_eq!(fill("a {x} b {", |_| Some("1".into())), "a 1 b {");
        assert_eq!(fill("{y}", |_| None), "–");
    }
}
