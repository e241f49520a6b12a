//! The second way in: an API token that is bound to one user, app and database, with a signature on every call
//! (accurate-online-api.md §1.6).

use crate::outcome::CallError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The time zone of the service's dates, WIB.
pub(crate) fn wib() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// The text of `X-Api-Timestamp`: `dd/MM/yyyy HH:mm:ss` in WIB, the form of the document's test vector.
#[must_use]
pub fn timestamp_text(now: Timestamp) -> String {
    now.to_zoned(wib()).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

/// The value of `X-Api-Signature`: Base64 of HMAC-SHA256 over the exact text of the timestamp header, keyed with the secret's own
/// characters (not hex-decoded).
///
/// # Errors
/// Never: a key of any length is accepted; the error type is the library's.
pub fn signature(timestamp: &str, secret: &SecretString) -> Result<String, CallError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| CallError::unusable("the signature secret cannot be a key"))?;
    mac.update(timestamp.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// Adds the three headers of a signed call, and asks for Indonesian texts, as the catalogue reads those.
pub(crate) fn sign(
    headers: &mut HeaderMap,
    token: &SecretString,
    secret: &SecretString,
    now: Timestamp,
) -> Result<(), CallError> {
    let timestamp = timestamp_text(now);
    let signature = signature(&timestamp, secret)?;
    headers.insert("Authorization", bearer(token)?);
    headers.insert("X-Api-Timestamp", header(&timestamp)?);
    headers.insert("X-Api-Signature", header(&signature)?);
    headers.insert("X-Language-Profile", HeaderValue::from_static("ID"));
    Ok(())
}

/// The `Authorization` of a bearer token, marked so that it is never printed.
pub(crate) fn bearer(token: &SecretString) -> Result<HeaderValue, CallError> {
    let mut value = header(&format!("Bearer {}", token.expose_secret()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// # Errors
/// When the text cannot stand in a header, which a credential with a line break in it cannot: the sign-in is then of no use.
pub(crate) fn header(text: &str) -> Result<HeaderValue, CallError> {
    HeaderValue::from_str(text).map_err(|_| CallError::TokenLost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_documents_test_vector() {
        let now: Timestamp = "2023-11-02T02:01:01Z".parse().unwrap();
        let timestamp = timestamp_text(now);
        assert_eq!(timestamp, "02/11/2023 09:01:01");
        let secret = SecretString::from("31d49b3dc632614495ff8071e5be44a1");
        assert_eq!(signature(&timestamp, &secret).unwrap(), "8NxvylwwMcjGyzVXK0qbwNvFFuzHpwE9tECllVwLkbo=");
    }

    #[test]
    fn the_day_is_that_of_wib() {
        assert_eq!(timestamp_text("2024-02-28T17:00:00Z".parse().unwrap()), "29/02/2024 00:00:00");
    }
}
