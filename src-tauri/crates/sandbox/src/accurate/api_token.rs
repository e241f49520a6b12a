//! API tokens and their signature (accurate-online-api.md §1.6).

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sha2::Sha256;

use super::Settings;
use super::envelope;
use crate::call::Call;
use crate::clock;

/// Largest difference between the header's time and the server's, in seconds.
const SKEW: i64 = 600;

/// A token for one database; its payload names application and database.
pub(crate) fn issue(database: i64) -> String {
    let payload = serde_json::json!({ "ak": "APP-KEY", "an": "Selaras", "ap": 7001, "d": database, "n": uuid::Uuid::new_v4().simple().to_string() });
    format!("aat.MTAw.{}", STANDARD.encode(payload.to_string()))
}

/// The database a token belongs to.
pub(crate) fn database(token: &str) -> Option<i64> {
    let payload = STANDARD.decode(token.rsplit('.').next()?).ok()?;
    serde_json::from_slice::<serde_json::Value>(&payload).ok()?.get("d")?.as_i64()
}

/// Checks time and signature headers of a call. The status of a refusal is not documented; 401 is a fair assumption. [guess]
pub(crate) fn check(settings: &Settings, call: &Call) -> Result<(), Box<Response>> {
    let refuse = |message: &str| Err(Box::new(envelope::refusal(StatusCode::UNAUTHORIZED, message)));
    let time = call.header("x-api-timestamp");
    if time.is_empty() {
        return refuse("Header X-Api-Timestamp is required");
    }
    let signature = call.header("x-api-signature");
    if signature.is_empty() {
        return refuse("Header X-Api-Signature is required");
    }
    let Some(moment) = parse_time(time) else {
        return refuse("Header X-Api-Timestamp invalid");
    };
    if (Timestamp::now().as_second() - moment.as_second()).abs() > SKEW {
        return refuse("Header X-Api Timestamp difference more than 600 seconds");
    }
    match sign(&settings.signature_secret, time) {
        Some((base64, hex)) if signature == base64 || signature == hex => Ok(()),
        _ => refuse("Header X-Api-Signature invalid"),
    }
}

/// The signature of a header text in Base64 and in lower-case hex.
fn sign(secret: &str, time: &str) -> Option<(String, String)> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(time.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some((STANDARD.encode(bytes), hex::encode(bytes)))
}

/// `dd/MM/yyyy HH:mm:ss` (WIB), ISO 8601 with or without offset (none = WIB), Unix seconds or milliseconds.
fn parse_time(text: &str) -> Option<Timestamp> {
    let in_wib = |time: DateTime| time.to_zoned(clock::wib()).ok().map(|zoned| zoned.timestamp());
    if let Ok(number) = text.parse::<i64>() {
        return if number.abs() > 100_000_000_000 {
            Timestamp::from_millisecond(number).ok()
        } else {
            Timestamp::from_second(number).ok()
        };
    }
    if let Ok(time) = DateTime::strptime("%d/%m/%Y %H:%M:%S", text) {
        return in_wib(time);
    }
    text.parse::<Timestamp>().ok().or_else(|| in_wib(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_of_the_documented_test_vector_is_reproduced() {
        let (base64, hex) = sign("31d49b3dc632614495ff8071e5be44a1", "02/11/2023 09:01:01").unwrap();
        assert_eq!(base64, "8NxvylwwMcjGyzVXK0qbwNvFFuzHpwE9tECllVwLkbo=");
        assert_eq!(hex, "f0dc6fca5c3031c8c6cb35572b4a9bc0dbc516ecc7a7013db440a5955c0b91ba");
    }

    #[test]
    fn every_documented_form_of_time_means_the_same_moment() {
        let moment = Timestamp::from_second(1_698_890_461).unwrap();
        let forms = [
            "02/11/2023 09:01:01",
            "2023-11-02T02:01:01Z",
            "2023-11-02T09:01:01+07:00",
            "2023-11-02T09:01:01",
            "1698890461",
            "1698890461000",
        ];
        for form in forms {
            assert_eq!(parse_time(form), Some(moment), "{form}");
        }
        assert_eq!(parse_time("kemarin"), None);
    }

    #[test]
    fn a_token_names_its_database() {
        assert_eq!(database(&issue(96400)), Some(96400));
    }
}
