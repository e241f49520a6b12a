//! What an answer looks like on the wire, read with every tolerance that the references ask for: `d` as text, list, object or nothing,
//! `sp` or none, numbers as text, JSON, XML, HTML or an empty body (accurate-online-api.md §1.4, §3.1, §10).
//!
//! Decides what an answer means ([`classify`]); sends nothing.

use crate::catalogue::{self, NO_SUCH_CALL, OTHER, RATE_LIMITED, SESSION_LOST, TOKEN_REFUSED};
use crate::outcome::{CallError, SERVER_FAULT};
use rust_decimal::prelude::ToPrimitive;
use selaras_domain::plan::Reason;
use selaras_domain::wire::parse_scalar;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::time::Duration;

/// Whether a call changes something on the other side. Only a read repeats by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Changes nothing.
    Read,
    /// May change something.
    Write,
}

/// What came back over the line.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<Duration>,
    /// The body as text; may be anything.
    pub body: String,
}

/// The envelope of accurate-online-api.md §3.1, its parts unread.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow, default)]
    s: Option<&'a RawValue>,
    #[serde(borrow, default)]
    d: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    scope: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

impl Envelope<'_> {
    fn success(&self) -> Option<bool> {
        self.s.and_then(|raw| flag_of(raw.get()))
    }

    /// The texts of `d`; rows of a bulk write are no texts.
    fn messages(&self) -> Vec<String> {
        let mut messages = self.d.map(texts).unwrap_or_default();
        if messages.is_empty() {
            messages = self.message.map(texts).unwrap_or_default();
        }
        messages
    }
}

/// An answer that says yes.
#[derive(Debug, Clone)]
pub struct Answer {
    body: String,
}

impl Answer {
    pub(crate) fn new(body: String) -> Self {
        Self { body }
    }

    /// Reads the whole body as `T`.
    pub(crate) fn decode<T: DeserializeOwned>(&self, what: &str) -> Result<T, CallError> {
        // serde's own text quotes values of the body, so only the place is told.
        serde_json::from_str(&self.body).map_err(|error| {
            CallError::unusable(format!("{what}: unreadable at line {} column {}", error.line(), error.column()))
        })
    }
}

/// Reads what an answer means. `path` and `scope` (the scope that the call needs) are for the errors.
///
/// # Errors
/// Every answer that does not say yes.
pub(crate) fn classify(response: Response, class: Class, path: &str, scope: &str) -> Result<Answer, CallError> {
    let Response { status, retry_after, body } = response;
    // Without the first test a list would pass as an envelope, field by field.
    let envelope =
        if body.trim_start().starts_with('{') { serde_json::from_str::<Envelope<'_>>(&body).ok() } else { None };
    let known = envelope.is_some();
    let success = envelope.as_ref().and_then(Envelope::success);
    let has_content = envelope.as_ref().is_some_and(|envelope| envelope.d.is_some());
    let is_bulk = envelope.as_ref().is_some_and(|envelope| envelope.d.is_some_and(has_rows));
    let messages = envelope.as_ref().map(Envelope::messages).unwrap_or_default();
    let error = envelope.as_ref().and_then(|envelope| text_of(envelope.error)).or_else(|| element(&body, "error"));
    let wanted = envelope.as_ref().and_then(|envelope| text_of(envelope.scope)).or_else(|| element(&body, "scope"));

    let says_yes = match success {
        Some(true) => true,
        // A bulk write in which a row was refused; each row says its own.
        Some(false) => is_bulk,
        None => has_content,
    };
    if (200..300).contains(&status) && error.is_none() && says_yes {
        return Ok(Answer::new(body));
    }
    // The refusals that were not taken at all come with various statuses, so they go by their text.
    let refusal = catalogue::classify(messages);
    let code = refusal.reason.code.as_str();
    if status == 429 || code == RATE_LIMITED {
        return Err(CallError::Retry { after: retry_after });
    }
    if code == SESSION_LOST {
        return Err(CallError::SessionLost);
    }
    if error.as_deref() == Some("invalid_token") || code == TOKEN_REFUSED {
        return Err(CallError::TokenRefused);
    }
    if error.as_deref() == Some("insufficient_scope") {
        return Err(CallError::Forbidden { scope: wanted.unwrap_or_else(|| scope.to_owned()) });
    }
    if code == SERVER_FAULT {
        let reference = refusal.reason.params.get("reference").cloned().unwrap_or_default();
        return Err(match class {
            Class::Read => CallError::ServerFault { reference },
            Class::Write => CallError::unusable(format!("server fault {reference}")),
        });
    }
    let classified = code != OTHER;
    let told = !refusal.messages.is_empty();
    match status {
        401 if classified => Err(CallError::Rejected(refusal)),
        401 => Err(CallError::TokenRefused),
        403 if told => Err(CallError::Rejected(refusal)),
        403 => Err(CallError::Forbidden { scope: scope.to_owned() }),
        404 if told && code != NO_SUCH_CALL => Err(CallError::Rejected(refusal)),
        404 => Err(CallError::NotOffered { what: path.to_owned() }),
        200..300 if success == Some(false) => Err(CallError::Rejected(refusal)),
        // A text that the catalogue knows is the service's own refusal (an expired database answers 500); any other 5xx may have
        // come after the work was done.
        500..600 if classified || (told && class == Class::Read) => Err(CallError::Rejected(refusal)),
        400..500 if status != 408 => Err(CallError::Rejected(match told {
            true => refusal,
            false => crate::outcome::Refusal {
                reason: Reason::new(OTHER).with(
                    "message",
                    error.map_or_else(|| format!("http {status}"), |error| format!("http {status}, {error}")),
                ),
                messages: Vec::new(),
            },
        })),
        _ => Err(CallError::unusable(format!(
            "http {status}, {}, {} bytes",
            if known { "json" } else { "no json" },
            body.len()
        ))),
    }
}

/// The text of the first element of this name in an XML body; `None` for anything else.
pub(crate) fn element(body: &str, name: &str) -> Option<String> {
    let trimmed = body.trim_start();
    // An HTML page has no `error` element of the OAuth layer, and may be large.
    if !trimmed.starts_with('<') || trimmed.len() > 8192 {
        return None;
    }
    let mut reader = quick_xml::Reader::from_str(trimmed);
    let mut inside = false;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Start(start)) => inside = start.local_name().as_ref() == name,
            Ok(quick_xml::events::Event::Text(text)) if inside => {
                return Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
            Ok(quick_xml::events::Event::End(_)) => inside = false,
            Ok(quick_xml::events::Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Whether `d` is the rows of a bulk write: a list with at least one object.
fn has_rows(d: &RawValue) -> bool {
    serde_json::from_str::<Vec<&RawValue>>(d.get())
        .is_ok_and(|rows| rows.iter().any(|row| row.get().trim_start().starts_with('{')))
}

/// The texts in a value that may be a text or a list of texts.
fn texts(raw: &RawValue) -> Vec<String> {
    if let Some(text) = text_of(Some(raw)) {
        return vec![text];
    }
    serde_json::from_str::<Vec<&RawValue>>(raw.get())
        .map(|values| values.into_iter().filter_map(|value| text_of(Some(value))).collect())
        .unwrap_or_default()
}

fn text_of(raw: Option<&RawValue>) -> Option<String> {
    raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()).filter(|text| !text.trim().is_empty())
}

fn flag_of(raw: &str) -> Option<bool> {
    match raw.trim().trim_matches('"').to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A flag as `true`, `"true"`, `1`; anything else is `false`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    optional_flag(input).map(Option::unwrap_or_default)
}

/// A flag, or `None` when it is not said.
pub(crate) fn optional_flag<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    Ok(flag_of(Box::<RawValue>::deserialize(input)?.get()))
}

/// A whole number as number or text; `None` for null, nothing, or anything else.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    Ok(integer_of(Box::<RawValue>::deserialize(input)?.get()))
}

fn integer_of(raw: &str) -> Option<i64> {
    let number = parse_scalar(raw).ok().flatten()?;
    number.is_integer().then(|| number.to_i64()).flatten()
}

/// A whole number that must be there.
pub(crate) fn integer<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    optional_integer(input)?.ok_or_else(|| D::Error::custom("no whole number"))
}

/// A text that the answer carries: `null` is the empty text, so that only an absent field is `None`.
pub(crate) fn carried_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    optional_text(input).map(|text| Some(text.unwrap_or_default()))
}

/// A text; a number is taken as its text, null and nothing as `None`.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    let json = raw.get().trim();
    if let Ok(text) = serde_json::from_str::<String>(json) {
        return Ok(Some(text).filter(|text| !text.is_empty()));
    }
    Ok(match json {
        "null" => None,
        _ if json.starts_with(['{', '[']) => None,
        number => Some(number.to_owned()),
    })
}

/// A text, empty when it is not there.
pub(crate) fn text<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    optional_text(input).map(Option::unwrap_or_default)
}

/// The texts of `d` in a row of a bulk write: a text, or a list of texts.
pub(crate) fn text_list<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Ok(texts(&Box::<RawValue>::deserialize(input)?))
}

/// A list; null or anything that is no list counts as an empty one.
pub(crate) fn rows<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Box<RawValue>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(input)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
