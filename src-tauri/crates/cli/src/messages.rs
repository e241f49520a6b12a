//! Every sentence that a person reads, in Indonesian and English: embedded tables of code → text with `{parameters}`.
//!
//! Owns language and the writing of figures. Decides nothing: which code is said is another module's business.

use selaras_app::error::{AppError, ErrorCode};
use selaras_app::view::ReasonView;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Indonesian and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    #[default]
    Id,
    En,
}

/// One language's table.
#[derive(Debug, Default, Deserialize)]
pub struct Messages {
    errors: BTreeMap<String, ErrorText>,
    reasons: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
    help: BTreeMap<String, HelpText>,
    arguments: BTreeMap<String, String>,
    #[serde(skip)]
    language: Language,
}

/// What is said about an error: what happened, what it means for the person's data, what to do.
#[derive(Debug, Default, Deserialize)]
struct ErrorText {
    cause: String,
    meaning: String,
    action: String,
}

/// A command's line in `--help`, and its example.
#[derive(Debug, Default, Deserialize)]
pub struct HelpText {
    /// What it does.
    pub about: String,
    /// A line that works.
    pub example: String,
}

/// A table that cannot be read is empty, and codes show in place of sentences; a test keeps that from being released.
fn table(language: Language, json: &str) -> Messages {
    Messages { language, ..serde_json::from_str(json).unwrap_or_default() }
}

static INDONESIAN: LazyLock<Messages> = LazyLock::new(|| table(Language::Id, include_str!("../messages/id.json")));
static ENGLISH: LazyLock<Messages> = LazyLock::new(|| table(Language::En, include_str!("../messages/en.json")));

impl Messages {
    /// The table of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Id => &INDONESIAN,
            Language::En => &ENGLISH,
        }
    }

    /// A sentence or word; its key where there is none.
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.get(key).map_or(key, String::as_str)
    }

    /// The word for a code out of a family (`state`, `action`, …); the code itself where there is none.
    pub fn code<'a>(&'a self, family: &str, code: &'a str) -> &'a str {
        self.words.get(&format!("{family}.{code}")).map_or(code, String::as_str)
    }

    /// A sentence with its parameters.
    pub fn say(&self, key: &str, params: &[(&str, &str)]) -> String {
        fill(self.word(key), |name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    /// A reason; for an unknown code the code, with the service's own words where it has any.
    pub fn reason(&self, reason: &ReasonView) -> String {
        match self.reasons.get(&reason.code) {
            Some(text) => fill(text, |name| reason.params.get(name).map(|value| self.value(name, value))),
            None => match reason.params.get("message").or_else(|| reason.params.get("detail")) {
                Some(message) => format!("{} ({message})", reason.code),
                None => reason.code.clone(),
            },
        }
    }

    /// A reason code as the heading of many rows: its text up to the first parameter, which each row has otherwise.
    pub fn reason_code(&self, code: &str) -> String {
        let text = self.reasons.get(code).map_or(code, String::as_str);
        match text.split('{').next().map(|head| head.trim_end_matches([' ', '(', ':', ';', ','])) {
            Some(head) if !head.is_empty() => head.to_owned(),
            _ => self.reason(&ReasonView { code: code.to_owned(), params: BTreeMap::new() }),
        }
    }

    /// What happened, what it means, what to do.
    pub fn error(&self, error: &AppError) -> [String; 3] {
        let fallback = ErrorText::default();
        let text = self.errors.get(&name_of(error.code)).unwrap_or(&fallback);
        [&text.cause, &text.meaning, &text.action].map(|line| ended(fill(line, |name| self.parameter(error, name))))
    }

    /// A parameter of an error. `why` is not one itself: it is the sentence of its reason, or the place and what was seen there.
    fn parameter(&self, error: &AppError, name: &str) -> Option<String> {
        let given = |name: &str| error.params.get(name).map(|value| self.value(name, value));
        if name != "why" {
            return given(name);
        }
        let reason = error.params.get("reason").filter(|code| self.reasons.contains_key(*code));
        match reason {
            Some(code) => Some(self.reason(&ReasonView { code: code.clone(), params: error.params.clone() })),
            None => Some(format!("{}: {}", given("place")?, given("detail")?)),
        }
    }

    /// The line of `--help` of a command, by its path (`mapping set`).
    pub fn help(&self, path: &str) -> Option<&HelpText> {
        self.help.get(path)
    }

    /// The line of `--help` of an argument.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// A whole number with its thousands apart.
    pub fn count(&self, number: impl Into<u64>) -> String {
        self.thousands(&number.into().to_string())
    }

    /// Decimal text of rupiah as people write it.
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
    fn value(&self, name: &str, value: &str) -> String {
        match (name, value) {
            ("side", "accurate") => "Accurate".to_owned(),
            ("side", "forstok") => "Forstok".to_owned(),
            ("reason" | "detail", word) => self.code(name, word).to_owned(),
            _ => value.to_owned(),
        }
    }
}

/// The name of a code as it stands in JSON.
pub fn name_of(code: ErrorCode) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A sentence that ends in somebody else's words may lack its full stop.
fn ended(mut sentence: String) -> String {
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// Puts parameters in; one that is missing becomes a dash, so that no brace ever reaches a person.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
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

    /// All codes, out of what serde says when it meets an unknown one, so that a new variant cannot be forgotten here.
    fn all_codes() -> Vec<ErrorCode> {
        let said = serde_json::from_str::<ErrorCode>("\"?\"").unwrap_err().to_string();
        let (_, expected) = said.split_once("expected").unwrap();
        let codes: Vec<ErrorCode> =
            expected.split('`').skip(1).step_by(2).map(|name| serde_json::from_value(name.into()).unwrap()).collect();
        assert!(codes.len() > 30, "{said}");
        codes
    }

    fn tables() -> [(&'static str, &'static Messages); 2] {
        [("id", Messages::of(Language::Id)), ("en", Messages::of(Language::En))]
    }

    #[test]
    fn every_error_has_cause_meaning_and_action_in_both_languages() {
        for (language, messages) in tables() {
            for code in all_codes() {
                let [cause, meaning, action] = messages.error(&AppError::new(code));
                for text in [cause, meaning, action] {
                    assert!(text.len() > 3, "{language}: {code:?} lacks a text");
                    assert!(!text.contains(['{', '}']), "{language}: {code:?}: {text}");
                }
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_keys_and_parameters() {
        let [(_, id), (_, en)] = tables();
        let parameters = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            names.sort();
            names
        };
        for (one, other) in [(&id.words, &en.words), (&id.reasons, &en.reasons), (&id.arguments, &en.arguments)] {
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (key, text) in one {
                assert_eq!(parameters(text), parameters(&other[key]), "{key}");
            }
        }
        assert_eq!(id.help.keys().collect::<Vec<_>>(), en.help.keys().collect::<Vec<_>>());
        assert!(id.words.len() > 50 && id.reasons.len() > 40, "the tables were read");
    }

    #[test]
    fn figures_are_written_as_people_write_them() {
        let [(_, id), (_, en)] = tables();
        assert_eq!(id.count(1_234_567_u32), "1.234.567");
        assert_eq!(en.count(999_u32), "999");
        assert_eq!(id.rupiah("1250000.500"), "Rp1.250.000,5");
        assert_eq!(en.rupiah("-1000.00"), "-Rp1,000");
        assert_eq!(id.rupiah("0"), "Rp0");
    }

    #[test]
    fn unknown_reason_shows_the_services_own_words() {
        let [(_, id), _] = tables();
        let reason =
            ReasonView { code: "brand_new".into(), params: BTreeMap::from([("message".into(), "Sudah ada".into())]) };
        assert_eq!(id.reason(&reason), "brand_new (Sudah ada)");
        let known = ReasonView { code: "offline".into(), params: BTreeMap::from([("side".into(), "accurate".into())]) };
        assert_eq!(id.reason(&known), "Accurate tidak dapat dihubungi");
    }

    #[test]
    fn every_reason_has_a_sentence_in_both_languages() {
        for (language, messages) in tables() {
            for code in selaras_app::reasons::codes() {
                let text = messages.reasons.get(code).unwrap_or_else(|| panic!("{language}: {code} has no sentence"));
                assert!(!text.is_empty(), "{language}: {code}");
            }
        }
    }

    #[test]
    fn heading_of_a_reason_has_no_empty_places() {
        let [(_, id), _] = tables();
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
