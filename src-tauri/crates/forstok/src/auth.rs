//! The token of a seller (forstok-api.md §3): fetched once, kept until shortly before its end, renewed by one caller at a time.

use crate::pipeline::{Class, Failure, Transport};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a token is used whose end is not known (forstok-api.md §3.2, guess).
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(600);

/// What a seller signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The e-mail that the account is registered with.
    pub email: String,
    /// The key that Forstok hands out on request.
    pub secret_key: SecretString,
}

#[derive(Debug, Clone)]
struct Token {
    text: SecretString,
    /// From when on it is no longer used.
    stale_from: Instant,
}

/// The token of one account.
#[derive(Debug)]
pub struct Tokens {
    url: String,
    credentials: Credentials,
    current: Mutex<Current>,
}

/// What the last fetching came to.
#[derive(Debug, Default)]
struct Current {
    token: Option<Token>,
    /// When no token was to be had, and why.
    failed: Option<(Instant, Failure)>,
}

impl Tokens {
    pub fn new(auth_url: &str, credentials: Credentials) -> Self {
        let url = format!("{}/api/v2/auth", auth_url.trim_end_matches('/'));
        Self { url, credentials, current: Mutex::default() }
    }

    pub fn email(&self) -> &str {
        &self.credentials.email
    }

    /// A token that is good for now. Whoever comes while another is fetching waits for that one's token, or for its failure. `refused` is a token
    /// that the service did not take any more: it is never answered again.
    pub async fn get(&self, transport: &Transport, refused: Option<&SecretString>) -> Result<SecretString, Failure> {
        let asked = Instant::now();
        let mut current = self.current.lock().await;
        if let Some((at, failure)) = &current.failed
            && *at >= asked
        {
            return Err(failure.clone());
        }
        if let Some(token) = current.token.as_ref()
            && Instant::now() < token.stale_from
            && refused.is_none_or(|refused| refused.expose_secret() != token.text.expose_secret())
        {
            return Ok(token.text.clone());
        }
        *current = Current::default();
        match self.fetch(transport).await {
            Ok(token) => Ok(current.token.insert(token).text.clone()),
            Err(failure) => {
                current.failed = Some((Instant::now(), failure.clone()));
                Err(failure)
            }
        }
    }

    async fn fetch(&self, transport: &Transport) -> Result<Token, Failure> {
        let query = [
            ("id", self.credentials.email.as_str()),
            ("secret_key", self.credentials.secret_key.expose_secret()),
            ("type", "seller"),
        ];
        // Asking for a token changes nothing, so it may be repeated; but a refusal is taken at its word.
        let request = |client: &reqwest::Client| client.post(&self.url).query(&query).body("{}");
        let refused = |message: Option<String>| Failure::WrongKey {
            message: self.without_secret(&message.unwrap_or_else(|| "no reason given".to_owned())),
        };
        let envelope = match transport.repeat(Class::AbsoluteWrite, request).await {
            Ok(envelope) => envelope,
            Err(Failure::Unauthorized { message } | Failure::Absent { message: message @ Some(_) }) => {
                return Err(refused(message));
            }
            Err(Failure::Refused { message, .. }) => return Err(refused(Some(message))),
            Err(other) => return Err(other),
        };
        let text = envelope.text("token").ok_or_else(|| refused(envelope.message()))?;
        let lifetime = lifetime(envelope.text("exp_at").as_deref(), &text, Timestamp::now());
        let stale_from = Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 2));
        Ok(Token { text: SecretString::from(text), stale_from })
    }

    /// A service might repeat what it was sent.
    fn without_secret(&self, message: &str) -> String {
        match self.credentials.secret_key.expose_secret() {
            "" => message.to_owned(),
            secret => message.replace(secret, "…"),
        }
    }
}

/// How long a token lives from now: by `exp_at`, else by the token's own claim, else [`UNKNOWN_LIFETIME`]. An end that has passed
/// says that the clocks disagree, and counts as not known; a 401 then tells.
fn lifetime(exp_at: Option<&str>, token: &str, now: Timestamp) -> Duration {
    let ahead = |end: Timestamp| Duration::try_from(end.duration_since(now)).ok().filter(|ahead| !ahead.is_zero());
    exp_at
        .and_then(instant_of)
        .and_then(ahead)
        .or_else(|| claimed_end(token).and_then(ahead))
        .unwrap_or(UNKNOWN_LIFETIME)
}

/// Unix seconds, unix milliseconds, or ISO 8601; without a zone it is western Indonesian time, as elsewhere in the API.
fn instant_of(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        // 10^11 seconds are in the year 5138, 10^11 milliseconds in 1973.
        return if number.abs() < 100_000_000_000 {
            Timestamp::from_second(number).ok()
        } else {
            Timestamp::from_millisecond(number).ok()
        };
    }
    text.parse().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::offset(7).to_timestamp(local).ok()
    })
}

/// The `exp` claim of a JWT. Read for its time only; nothing is believed because of it.
fn claimed_end(token: &str) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: i64,
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    Timestamp::from_second(serde_json::from_slice::<Claims>(&payload).ok()?.exp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Some("1800000100"), 100)]
    #[case(Some("1800000100000"), 100)]
    #[case(Some("2027-01-15T15:01:40.000+07:00"), 100)]
    #[case(Some("2027-01-15 15:01:40"), 100)]
    #[case(Some("soon"), 600)]
    #[case(Some("1700000000"), 600)]
    #[case(None, 600)]
    fn the_end_of_a_token_is_read_in_every_form(#[case] exp_at: Option<&str>, #[case] seconds: u64) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(lifetime(exp_at, "no.jwt.here", now), Duration::from_secs(seconds));
    }

    #[test]
    fn the_claim_of_the_token_counts_where_the_answer_is_silent() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let token = format!("head.{}.signature", URL_SAFE_NO_PAD.encode(r#"{"exp":1800000042}"#));
        assert_eq!(lifetime(None, &token, now), Duration::from_secs(42));
        assert_eq!(lifetime(Some("1800000007"), &token, now), Duration::from_secs(7));
    }
}
