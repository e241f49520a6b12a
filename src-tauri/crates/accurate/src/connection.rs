//! One call from beginning to end: authorise, send, and do what its end asks for. The only place that sends something twice.
//!
//! What is sent again, and why that is safe: a read, always; a write only after an answer that says that it was not taken (rate limit,
//! lost session, lost token). A write whose answer did not come is never sent again here.

use crate::api_token;
use crate::outcome::CallError;
use crate::pipeline::{Body, DEADLINE, Pipeline, Request, query};
use crate::session::{DataSession, Opened};
use crate::token::Tokens;
use crate::wire::{Answer, Class, classify};
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use selaras_engine::ports::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long to wait before a call is tried again. The defaults are for a person who watches; tests use shorter ones.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Wait after the first unusable answer to a read; doubles each time.
    pub read_delay: Duration,
    /// How often a read is tried again after an unusable answer.
    pub read_repeats: usize,
    /// How often a read is tried again when no connection can be made: few, as each attempt may itself take 5 s.
    pub offline_repeats: usize,
    /// Wait after a refusal for the rate, if the service does not say how long; grows by half each time. A little over a second, as
    /// in a second the whole window of the service is new.
    pub rate_delay: Duration,
    /// How often a call is sent again after a refusal for the rate.
    pub rate_repeats: usize,
    /// No new attempt of a read begins after this long.
    pub total: Duration,
    /// In what time the service takes its eight requests: a second, and less only where a service of a test says so.
    pub rate_second: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            read_delay: Duration::from_millis(250),
            read_repeats: 4,
            offline_repeats: 2,
            rate_delay: Duration::from_millis(1050),
            rate_repeats: 8,
            total: Duration::from_secs(60),
            rate_second: Duration::from_secs(1),
        }
    }
}

/// The longest wait that a `Retry-After` can ask for; beyond it the run pauses instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Patience {
    /// The usual waits, at a service whose second is another one.
    #[must_use]
    pub fn of_second(second: Duration) -> Self {
        Self { rate_second: second, rate_delay: second + Duration::from_millis(50), ..Self::default() }
    }

    /// The waits between the attempts of a read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Duration> {
        Self::delays(self.read_delay, 2.0, self.read_repeats)
    }

    fn delays(first: Duration, factor: f32, times: usize) -> impl Iterator<Item = Duration> {
        ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(Duration::from_secs(5).max(first))
            .with_factor(factor)
            .with_max_times(times)
            .build()
    }
}

/// One call, before it is authorised.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(crate) class: Class,
    pub(crate) method: Method,
    /// `api/db-list.do` on the account host, `item/list.do` on the data host.
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(&'a str, &'a str)>,
    pub(crate) body: Body,
    /// The scope that it needs; empty when none.
    pub(crate) scope: &'a str,
    pub(crate) deadline: Duration,
}

impl<'a> Call<'a> {
    pub(crate) fn read(path: &'a str, scope: &'a str, query: Vec<(&'a str, &'a str)>) -> Self {
        let (class, method, body) = (Class::Read, Method::GET, Body::Empty);
        Self { class, method, path, query, body, scope, deadline: DEADLINE }
    }

    pub(crate) fn write(path: &'a str, scope: &'a str, json: String) -> Self {
        let (class, method, body) = (Class::Write, Method::POST, Body::Json(json));
        Self { class, method, path, query: Vec::new(), body, scope, deadline: DEADLINE }
    }

    /// A deletion: the key is in the query (accurate-online-api.md §6, "conventions").
    pub(crate) fn delete(path: &'a str, scope: &'a str, query: Vec<(&'a str, &'a str)>) -> Self {
        let (class, method, body) = (Class::Write, Method::DELETE, Body::Empty);
        Self { class, method, path, query, body, scope, deadline: DEADLINE }
    }

    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// How calls are authorised.
#[derive(Debug)]
pub(crate) enum Auth {
    OAuth(Arc<Tokens>),
    ApiToken { token: SecretString, signature_secret: SecretString },
}

/// A sign-in, ready to call.
pub(crate) struct Connection {
    pub(crate) pipeline: Pipeline,
    pub(crate) auth: Auth,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) patience: Patience,
    /// Databases are opened one after the other.
    pub(crate) opening: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("pipeline", &self.pipeline).field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// What one attempt was authorised with, so that exactly that is renewed.
#[derive(Default)]
struct Used {
    access: Option<SecretString>,
    opened: Option<Arc<Opened>>,
}

impl Connection {
    /// A call to the account host.
    pub(crate) async fn account(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        self.call(call, None).await
    }

    /// A call to the data host of an open database.
    pub(crate) async fn data(&self, session: &DataSession, call: &Call<'_>) -> Result<Answer, CallError> {
        self.call(call, Some(session)).await
    }

    async fn call(&self, call: &Call<'_>, session: Option<&DataSession>) -> Result<Answer, CallError> {
        let Patience { read_delay, offline_repeats, rate_delay, rate_repeats, total, .. } = self.patience;
        let mut reads = self.patience.reads();
        let mut offline = Patience::delays(read_delay, 2.0, offline_repeats);
        let mut faults = Patience::delays(read_delay, 2.0, 1);
        let mut rates = Patience::delays(rate_delay, 1.5, rate_repeats);
        // Twice: the second remedy is a new session or pair, not a repaired one.
        let (mut session_remedies, mut token_remedies) = (2, 2);
        let begun = Instant::now();
        loop {
            let mut used = Used::default();
            let error = match self.attempt(call, session, &mut used).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let repeats = call.class == Class::Read && begun.elapsed() < total;
            let wait = match (&error, session) {
                (CallError::SessionLost, Some(session)) if session_remedies > 0 => {
                    let Some(opened) = used.opened else { return Err(error) };
                    session_remedies -= 1;
                    session.renew(self, &opened).await?;
                    continue;
                }
                (CallError::TokenRefused, _) => {
                    let (Auth::OAuth(tokens), Some(access)) = (&self.auth, used.access) else {
                        return Err(CallError::TokenLost);
                    };
                    if token_remedies == 0 {
                        return Err(CallError::TokenLost);
                    }
                    token_remedies -= 1;
                    tokens.renew(&access).await?;
                    continue;
                }
                (CallError::Retry { after }, _) => {
                    let asked = after.unwrap_or_default();
                    if asked > LONGEST_WAIT {
                        return Err(error);
                    }
                    rates.next().map(|wait| wait.max(asked))
                }
                (CallError::Offline, _) if repeats => offline.next(),
                (CallError::ServerFault { .. }, _) if repeats => faults.next(),
                (CallError::Unknown { .. }, _) if repeats => reads.next(),
                _ => None,
            };
            let Some(wait) = wait else { return Err(error) };
            tracing::debug!(call.path = call.path, %error, wait_ms = wait.as_millis(), "sent again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        session: Option<&DataSession>,
        used: &mut Used,
    ) -> Result<Answer, CallError> {
        let mut headers = HeaderMap::new();
        let opened = session.map(DataSession::opened);
        match &self.auth {
            Auth::OAuth(tokens) => {
                let access = tokens.access().await?;
                headers.insert("Authorization", api_token::bearer(&access)?);
                used.access = Some(access);
            }
            Auth::ApiToken { token, signature_secret } => {
                api_token::sign(&mut headers, token, signature_secret, self.clock.now())?;
            }
        }
        if let Some(session) = opened.as_ref().and_then(|opened| opened.session.as_ref()) {
            let mut value = api_token::header(session.expose_secret()).map_err(|_| CallError::SessionLost)?;
            value.set_sensitive(true);
            headers.insert("X-Session-ID", value);
        }
        let mut url = match &opened {
            Some(opened) => join(&join(&opened.host, "accurate/api/")?, call.path)?,
            None => join(self.pipeline.base(), call.path)?,
        };
        if !call.query.is_empty() {
            url.set_query(Some(&query(&call.query)));
        }
        used.opened = opened;
        let request =
            Request { method: call.method.clone(), url, headers, body: call.body.clone(), deadline: call.deadline };
        let begun = Instant::now();
        let delivered = self.pipeline.send(request).await;
        let status = delivered.as_ref().map(|delivered| delivered.response.status).unwrap_or_default();
        tracing::debug!(call.path = call.path, http.status = status, duration_ms = begun.elapsed().as_millis(), "call");
        let delivered = delivered?;
        if let (Some(session), Some(opened), Some(host)) = (session, &used.opened, delivered.moved_to) {
            session.moved(opened, host);
        }
        classify(delivered.response, call.class, call.path, call.scope)
    }
}

/// A path under a base that may have a path of its own.
pub(crate) fn join(base: &Url, path: &str) -> Result<Url, CallError> {
    let mut base = base.clone();
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    base.join(path).map_err(|_| CallError::unusable("a path that makes no url"))
}
