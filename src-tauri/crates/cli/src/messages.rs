//! Every sentence that a person reads in the terminal, in Indonesian and English: embedded tables of code → text with `{parameters}`.
//! Reasons are those of `selaras_app::messages`.
//!
//! Owns the choice of language. Decides nothing: which code is said is another module's business.

use selaras_app::error::{AppError, ErrorCode};
use selaras_app::messages::{Sentences, fill};
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
        match self.words.get(&format!("{family}.{code}")) {
            Some(word) => word,
            None => self.sentences().code(family, code),
        }
    }

    /// A sentence with its parameters.
    pub fn say(&self, key: &str, params: &[(&str, &str)]) -> String {
        fill(self.word(key), |name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    /// A reason; for an unknown code the code, with the service's own words where it has any.
    pub fn reason(&self, reason: &ReasonView) -> String {
        self.sentences().reason(reason)
    }

    /// A reason code as the heading of many rows.
    pub fn reason_code(&self, code: &str) -> String {
        self.sentences().reason_code(code)
    }

    /// What the CLI says in the same words as the window's files.
    fn sentences(&self) -> &'static Sentences {
        Sentences::of(match self.language {
            Language::Id => selaras_app::messages::Language::Id,
            Language::En => selaras_app::messages::Language::En,
        })
    }

    /// What happened, what it means, what to do.
    pub fn error(&self, error: &AppError) -> [String; 3] {
        let fallback = ErrorText::default();
        let text = self.errors.get(&name_of(error.code)).unwrap_or(&fallback);
        [&text.cause, &text.meaning, &text.action].map(|line| ended(fill(line, |name| self.parameter(error, name))))
    }

    /// The brakes that an error names, each by its sentence.
    fn brakes_met(&self, error: &AppError) -> String {
        let given = |name: &str| error.params.get(name).cloned().unwrap_or_default();
        let names = given("brakes");
        let sentence = |name: &str| {
            let mut params = error.params.clone();
            params.extend(["count", "percent"].map(|how| (how.to_owned(), given(name))));
            params.insert("limit".to_owned(), given(&format!("{name}_limit")));
            self.reason(&ReasonView { code: format!("brake_{name}"), params })
        };
        names.split(',').filter(|name| !name.is_empty()).map(sentence).collect::<Vec<_>>().join("; ")
    }

    /// A parameter of an error. `why` and `met` are not one themselves: the sentence of its reason, or the place and what was seen there; the
    /// sentences of its brakes.
    fn parameter(&self, error: &AppError, name: &str) -> Option<String> {
        let given = |name: &str| error.params.get(name).map(|value| self.sentences().value(name, value));
        if name == "met" {
            return Some(self.brakes_met(error));
        }
        if name != "why" {
            return given(name);
        }
        if let Some(why) = error.params.get("why") {
            return Some(self.code("backup", why).to_owned());
        }
        let reason = error.params.get("reason").filter(|code| self.sentences().knows(code));
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
        self.sentences().count(number)
    }

    /// Decimal text of rupiah as people write it.
    pub fn rupiah(&self, decimal: &str) -> String {
        self.sentences().rupiah(decimal)
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
    fn the_closed_words_of_an_error_are_said_in_words_of_people() {
        for (language, messages) in tables() {
            for (code, name, words) in [
                (ErrorCode::BackupRefused, "why", &["missing", "foreign", "damaged", "newer"][..]),
                (
                    ErrorCode::MappingInvalid,
                    "detail",
                    &["gone", "suspended", "wrong_type", "warehouse_twice", "not_before"],
                ),
                (ErrorCode::InvalidInput, "detail", &["no_count_imported", "already_there", "cannot_be_written"]),
            ] {
                for word in words {
                    let about = ["file", "path", "field"].into_iter();
                    let error = about.fold(AppError::new(code).with(name, word), |error, about| error.with(about, "x"));
                    let [cause, ..] = messages.error(&error);
                    let raw = cause.contains(&format!("({word})")) || cause.contains(&format!(": {word}"));
                    assert!(!raw && !cause.contains('–'), "{language}: {cause}");
                }
            }
        }
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
        for (one, other) in [(&id.words, &en.words), (&id.arguments, &en.arguments)] {
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (key, text) in one {
                assert_eq!(parameters(text), parameters(&other[key]), "{key}");
            }
        }
        assert_eq!(id.help.keys().collect::<Vec<_>>(), en.help.keys().collect::<Vec<_>>());
        assert!(id.words.len() > 50, "the tables were read");
    }
}
