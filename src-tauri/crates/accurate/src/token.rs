//! The token pair of an OAuth sign-in and its one refresher.
//!
//! Refresh tokens are single-use and the old access token dies at once (accurate-online-api.md §1.3), so there is one refresh at a time,
//! the rotated pair is stored before it is used, and a refresh that has begun is finished even when its caller has gone.

use crate::outcome::CallError;
use crate::pipeline::{Body, DEADLINE, Pipeline, Request};
use crate::wire::{Response, optional_integer, optional_text, text};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use selaras_engine::ports::Clock;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Life of a pair when the answer does not say it (accurate-online-api.md §1.3: 15 days).
const USUAL_LIFE: i64 = 1_295_999;
/// A pair is renewed this long before its end, but never in the first four fifths of its life.
const AHEAD: SignedDuration = SignedDuration::from_hours(72);

/// The app that a shop registered in the vendor's developer area.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// Client id, a UUID.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
}

/// What a sign-in gives.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Access token.
    pub access: SecretString,
    /// Refresh token; one project reports answers without (accurate-online-api.md §1.3), the sign-in then just ends.
    pub refresh: Option<SecretString>,
    /// Scopes that were granted.
    pub scope: Vec<String>,
    /// E-mail of the person who signed in, when the answer says it.
    pub email: Option<String>,
    /// When it was given.
    pub issued_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    access: String,
    refresh: Option<String>,
    scope: Vec<String>,
    #[serde(default)]
    email: Option<String>,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

/// A stored text that is no token pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored sign-in cannot be read")]
pub struct UnreadablePair;

impl TokenPair {
    /// The pair as one secret, for the key store.
    #[must_use]
    pub fn seal(&self) -> SecretString {
        let sealed = Sealed {
            access: self.access.expose_secret().to_owned(),
            refresh: self.refresh.as_ref().map(|token| token.expose_secret().to_owned()),
            scope: self.scope.clone(),
            email: self.email.clone(),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        };
        // Texts and times always have a JSON form.
        serde_json::to_string(&sealed).unwrap_or_default().into()
    }

    /// Reads what [`TokenPair::seal`] wrote.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn unseal(sealed: &SecretString) -> Result<Self, UnreadablePair> {
        let sealed: Sealed = serde_json::from_str(sealed.expose_secret()).map_err(|_| UnreadablePair)?;
        Ok(Self {
            access: sealed.access.into(),
            refresh: sealed.refresh.map(Into::into),
            scope: sealed.scope,
            email: sealed.email,
            issued_at: sealed.issued_at,
            expires_at: sealed.expires_at,
        })
    }

    fn is_same(&self, access: &SecretString) -> bool {
        self.access.expose_secret() == access.expose_secret()
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let life = self.expires_at.duration_since(self.issued_at);
        self.expires_at.duration_since(now) <= AHEAD.min(life / 5)
    }
}

/// Where the pair of this sign-in is kept, across restarts and processes.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The pair as it is stored now; another process may have rotated it.
    async fn load(&self) -> Result<Option<TokenPair>, TokenStoreError>;
    /// Stores a pair; when this returns, a restart finds it.
    async fn save(&self, pair: &TokenPair) -> Result<(), TokenStoreError>;
}

/// The store of tokens failed (locked key store, full disk). The text holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenStoreError(pub String);

impl From<TokenStoreError> for CallError {
    fn from(error: TokenStoreError) -> Self {
        Self::Storage(error.0)
    }
}

/// Keeps the pair in memory only: for a sign-in that shall not outlive the process.
#[derive(Debug, Default)]
pub struct MemoryTokenStore(RwLock<Option<TokenPair>>);

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self) -> Result<Option<TokenPair>, TokenStoreError> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), TokenStoreError> {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(pair.clone());
        Ok(())
    }
}

/// The pair in use.
pub(crate) struct Tokens {
    client: OAuthClient,
    pipeline: Pipeline,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    current: RwLock<TokenPair>,
    /// Held by the one refresher. Inside: a rotated pair that could not be stored, and so is not used yet.
    refresher: tokio::sync::Mutex<Option<TokenPair>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("client_id", &self.client.client_id).finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(
        client: OAuthClient,
        pair: TokenPair,
        pipeline: Pipeline,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (current, refresher) = (RwLock::new(pair), tokio::sync::Mutex::new(None));
        Self { client, pipeline, store, clock, current, refresher }
    }

    pub(crate) fn pair(&self) -> TokenPair {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, pair: TokenPair) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = pair;
    }

    /// The access token to use now, renewed ahead of its end.
    pub(crate) async fn access(self: &Arc<Self>) -> Result<SecretString, CallError> {
        let pair = self.pair();
        let now = self.clock.now();
        if pair.is_due(now)
            && let Err(error) = self.renew(&pair.access).await
        {
            if pair.expires_at <= now {
                return Err(error);
            }
            // It still has time: its end, not a failed attempt ahead of it, decides.
            tracing::warn!(%error, "the sign-in could not be renewed ahead of its end");
        }
        Ok(self.pair().access)
    }

    /// Replaces an access token that was refused, or is about to end.
    pub(crate) async fn renew(self: &Arc<Self>, refused: &SecretString) -> Result<(), CallError> {
        let (tokens, refused) = (Arc::clone(self), refused.clone());
        // A task of its own: between rotation and storing, the pair exists nowhere else.
        tokio::spawn(async move { tokens.renew_alone(&refused).await })
            .await
            .map_err(|_| CallError::unusable("the renewal of the sign-in was interrupted"))?
    }

    async fn renew_alone(&self, refused: &SecretString) -> Result<(), CallError> {
        let mut unsaved = self.refresher.lock().await;
        if let Some(pair) = unsaved.clone() {
            self.store.save(&pair).await?;
            *unsaved = None;
            self.take(pair);
        }
        if !self.pair().is_same(refused) || self.take_stored(refused).await? {
            return Ok(());
        }
        let before = self.pair();
        let refresh = before.refresh.clone().ok_or(CallError::TokenLost)?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        let mut renewed = exchange(&self.pipeline, &self.client, &form, self.clock.as_ref()).await;
        if matches!(renewed, Err(CallError::Unknown { .. })) {
            // If the first one arrived, the token is used up and the second one says so: no worse than giving up.
            renewed = exchange(&self.pipeline, &self.client, &form, self.clock.as_ref()).await;
        }
        match renewed {
            Ok(mut pair) => {
                pair.refresh = pair.refresh.or(before.refresh);
                if pair.scope.is_empty() {
                    pair.scope = before.scope;
                }
                pair.email = pair.email.or(before.email);
                if let Err(error) = self.store.save(&pair).await {
                    *unsaved = Some(pair);
                    return Err(error.into());
                }
                self.take(pair);
                tracing::info!("the sign-in was renewed");
                Ok(())
            }
            // Another process may have been faster since the store was read.
            Err(CallError::TokenLost) if self.take_stored(refused).await? => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Goes over to the stored pair if it is a newer one.
    async fn take_stored(&self, refused: &SecretString) -> Result<bool, CallError> {
        match self.store.load().await? {
            Some(stored) if !stored.is_same(refused) && stored.issued_at >= self.pair().issued_at => {
                self.take(stored);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default, deserialize_with = "text")]
    access_token: String,
    #[serde(default, deserialize_with = "optional_text")]
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    expires_in: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    scope: String,
    /// Read apart: a `user` in another form must not cost the tokens.
    #[serde(default)]
    user: Option<Box<RawValue>>,
}

/// The person who signed in (accurate-online-api.md §1.3).
#[derive(Deserialize)]
struct User {
    #[serde(default, deserialize_with = "optional_text")]
    email: Option<String>,
}

#[derive(Deserialize)]
struct TokenError {
    #[serde(default, deserialize_with = "text")]
    error: String,
}

/// One call of the token endpoint (accurate-online-api.md §1.3). `TokenLost` when the grant is not, or no longer, good.
///
/// # Errors
/// See [`CallError`]; no error holds a token, though the service's texts do.
pub(crate) async fn exchange(
    pipeline: &Pipeline,
    client: &OAuthClient,
    form: &[(&str, &str)],
    clock: &dyn Clock,
) -> Result<TokenPair, CallError> {
    let url = crate::connection::join(pipeline.base(), "oauth/token")?;
    let basic = STANDARD.encode(format!("{}:{}", client.client_id, client.client_secret.expose_secret()));
    let mut authorization = crate::api_token::header(&format!("Basic {basic}")).map_err(|_| CallError::WrongClient)?;
    authorization.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request { method: Method::POST, url, headers, body: Body::Form(body), deadline: DEADLINE };
    let issued_at = clock.now();
    let Response { status, retry_after, body } = pipeline.send(request).await?.response;
    if (200..300).contains(&status)
        && let Ok(answer) = serde_json::from_str::<TokenAnswer>(&body)
        && !answer.access_token.is_empty()
    {
        let life = SignedDuration::from_secs(answer.expires_in.unwrap_or(USUAL_LIFE).max(0));
        return Ok(TokenPair {
            access: answer.access_token.into(),
            refresh: answer.refresh_token.map(Into::into),
            scope: answer.scope.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            email: answer.user.and_then(|user| serde_json::from_str::<User>(user.get()).ok()?.email),
            issued_at,
            expires_at: issued_at.checked_add(life).unwrap_or(Timestamp::MAX),
        });
    }
    let error = serde_json::from_str::<TokenError>(&body).map(|answer| answer.error).unwrap_or_default();
    let error = if error.is_empty() { crate::wire::element(&body, "error").unwrap_or_default() } else { error };
    Err(match (status, error.as_str()) {
        (429, _) => CallError::Retry { after: retry_after },
        (_, "invalid_grant" | "invalid_token") => CallError::TokenLost,
        (401 | 403, _) | (_, "invalid_client" | "unauthorized_client") => CallError::WrongClient,
        (404, _) => CallError::NotOffered { what: "oauth/token".to_owned() },
        _ => CallError::unusable(format!("token endpoint: http {status}, {} bytes", body.len())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(life: i64) -> TokenPair {
        let issued_at = Timestamp::UNIX_EPOCH;
        let expires_at = issued_at + SignedDuration::from_secs(life);
        TokenPair {
            access: "canary-access".into(),
            refresh: Some("canary-refresh".into()),
            scope: vec!["item_view".into()],
            email: None,
            issued_at,
            expires_at,
        }
    }

    #[test]
    fn a_pair_is_renewed_in_the_last_three_days_or_the_last_fifth() {
        let hours = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        assert!(!pair(15 * 86_400).is_due(hours(11 * 24)));
        assert!(pair(15 * 86_400).is_due(hours(12 * 24)));
        let seconds = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert!(!pair(3600).is_due(seconds(2879)));
        assert!(pair(3600).is_due(seconds(2880)));
    }

    #[test]
    fn a_sealed_pair_comes_back_whole_and_prints_no_secret() {
        let pair = pair(3600);
        let back = TokenPair::unseal(&pair.seal()).unwrap();
        assert_eq!(back.seal().expose_secret(), pair.seal().expose_secret());
        assert!(!format!("{pair:?} {:?}", pair.seal()).contains("canary"));
        assert_eq!(TokenPair::unseal(&"{}".into()).unwrap_err(), UnreadablePair);
    }
}
