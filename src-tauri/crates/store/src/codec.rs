//! Values as they lie in columns: JSON for records, deflated where there are many, RFC 3339 text for times, decimal text for money.

use crate::error::StoreError;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};

pub fn to_json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what, detail: error.to_string() })
}

pub fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what, detail: error.to_string() })
}

pub fn optional_json<T: DeserializeOwned>(what: &'static str, text: Option<String>) -> Result<Option<T>, StoreError> {
    text.map(|text| from_json(what, &text)).transpose()
}

/// An enum whose JSON form is one word, as that word.
pub fn to_word<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    Ok(to_json(what, value)?.trim_matches('"').to_owned())
}

pub fn from_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| StoreError::Unreadable { what, detail: error.to_string() })
}

pub fn to_time(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { what: "time", detail: format!("{text:?}") })
}

/// Counts and sequences are never negative and far below the range of either type.
pub fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Unreadable { what: "count", detail: value.to_string() })
}

pub fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Refused(format!("{value} is too large")))
}

/// Text made small: of records that look alike a tenth is left.
pub fn packed(text: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut packing = DeflateEncoder::new(Vec::new(), Compression::fast());
    let made = packing.write_all(text).and_then(|()| packing.finish());
    made.map_err(|error| StoreError::Unreadable { what: "packed rows", detail: error.to_string() })
}

/// The text again.
pub fn unpacked(bytes: &[u8]) -> Result<String, StoreError> {
    let mut text = String::new();
    DeflateDecoder::new(bytes)
        .read_to_string(&mut text)
        .map_err(|error| StoreError::Unreadable { what: "packed rows", detail: error.to_string() })?;
    Ok(text)
}
