//! The one way that every request takes: pace → token → deadline → decoding → what became of it. Only reads, and writes of absolute
//! figures, are repeated by themselves.

use crate::SIDE;
use crate::auth::Tokens;
use crate::codes;
use crate::pace::Pace;
use crate::wire::Envelope;
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use selaras_domain::plan::Reason;
use selaras_engine::ports::PortError;
use std::time::Duration;

/// How long we wait for a connection, and for a whole answer. A page of some hundred variants may take its time.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(60);

/// The longest wait that a service may ask of us; beyond it the run stops and says so.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How much longer than after other faults we wait when the service asks to slow down and does not say for how long: in all more
/// than the minute that its advice speaks of.
const SLOW_DOWN: u32 = 20;

/// Largest answer that is read.
const LARGEST_ANSWER: usize = 64 << 20;

/// What a request does, which decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Changes nothing.
    Read,
    /// Sets figures to what they are to be: the same again changes nothing (forstok-api.md §4).
    AbsoluteWrite,
    /// Must not be repeated by itself.
    Write,
}

/// One request.
#[derive(Debug)]
pub struct Call {
    pub class: Class,
    pub method: Method,
    /// From the root of the API host, with the leading slash.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// Why a request did not do what it was sent for.
#[derive(Debug, Clone)]
pub enum Failure {
    /// No connection: nothing was sent.
    Offline,
    /// The token request was refused.
    WrongKey { message: String },
    /// The token was refused, a fresh one too when it comes out of the pipeline.
    Unauthorized { message: Option<String> },
    /// There is no such path or record, or this account may not use it.
    Absent { message: Option<String> },
    /// A page for people instead of an answer.
    Page { status: u16 },
    /// Refused, with the service's words.
    Refused { status: u16, message: String, envelope: Option<Envelope> },
    /// Asked to slow down.
    TooMany { after: Option<Duration> },
    /// The service is in trouble.
    Server { status: u16, after: Option<Duration> },
    /// No whole answer came; it may have arrived.
    Lost { detail: &'static str },
}

impl Failure {
    /// The failure in the words of the engine.
    pub fn into_port(self, what: &str) -> PortError {
        let unknown = |detail: String| PortError::Unknown { side: SIDE, detail };
        match self {
            Self::Offline => PortError::Offline { side: SIDE },
            Self::WrongKey { message } => {
                PortError::Rejected { side: SIDE, reason: Reason::new(codes::WRONG_KEY), message }
            }
            Self::Unauthorized { .. } => PortError::SignInNeeded { side: SIDE },
            Self::Absent { .. } => PortError::NotOffered { side: SIDE, what: what.to_owned() },
            Self::Page { status } => unknown(format!("a page for people (http {status}) for {what}")),
            Self::Refused { message, .. } => {
                PortError::Rejected { side: SIDE, reason: codes::classify(&message), message }
            }
            Self::TooMany { .. } => PortError::Busy { side: SIDE },
            Self::Server { status, .. } => unknown(format!("http {status} for {what}")),
            Self::Lost { detail } => unknown(format!("{detail} for {what}")),
        }
    }

    /// Whether the same request may succeed a little later.
    fn passing(&self, class: Class) -> bool {
        match self {
            // The request was not taken, so that even a plain write may be sent again.
            Self::TooMany { .. } => true,
            Self::Server { .. } | Self::Lost { .. } | Self::Page { .. } => class != Class::Write,
            // HTTP says yes and the body says no: seen as a passing fault, but what a write said is taken at its word.
            Self::Refused { status: 200..300, .. } => class == Class::Read,
            _ => false,
        }
    }
}

/// Where a try ended.
enum Ended {
    /// No token was to be had, after as many tries as it is worth.
    WithoutToken(Failure),
    /// The call itself failed.
    InCall(Failure),
}

/// The HTTP client with its patience.
#[derive(Debug)]
pub struct Transport {
    client: Client,
    delays: ExponentialBuilder,
}

impl Transport {
    /// A client for these base URLs.
    pub fn new(urls: [&str; 2], first_delay: Duration) -> Result<Self, PortError> {
        let json = header::HeaderValue::from_static("application/json");
        let headers = header::HeaderMap::from_iter([(header::CONTENT_TYPE, json.clone()), (header::ACCEPT, json)]);
        let mut builder = Client::builder();
        if urls.into_iter().all(is_loopback) {
            // A proxy of the system cannot reach this machine's own loopback.
            builder = builder.no_proxy();
        }
        let client = builder
            .connect_timeout(CONNECT_DEADLINE)
            .timeout(DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()
            .map_err(|_| PortError::Offline { side: SIDE })?;
        let delays = ExponentialBuilder::new().with_min_delay(first_delay).with_max_times(3).with_jitter();
        Ok(Self { client, delays })
    }

    /// Sends a request without token or pace, up to four times.
    pub async fn repeat(&self, class: Class, request: impl Fn(&Client) -> RequestBuilder) -> Result<Envelope, Failure> {
        let mut delays = self.delays.build();
        loop {
            let failure = match self.once(request(&self.client)).await {
                Ok(envelope) => return Ok(envelope),
                Err(failure) => failure,
            };
            wait_for_another_try(class, failure, delays.next()).await?;
        }
    }

    async fn once(&self, request: RequestBuilder) -> Result<Envelope, Failure> {
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        let after = retry_after(&response);
        let text = text(response).await;
        decode(status, after, text)
    }
}

fn is_loopback(url: &str) -> bool {
    let url = url::Url::parse(url).ok();
    match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Waits before another try, or gives the failure back when there is none.
async fn wait_for_another_try(class: Class, failure: Failure, delay: Option<Duration>) -> Result<(), Failure> {
    let Some(delay) = delay.filter(|_| failure.passing(class)) else { return Err(failure) };
    let asked = match &failure {
        Failure::TooMany { after } => after.unwrap_or(delay * SLOW_DOWN),
        Failure::Server { after, .. } => after.unwrap_or(delay),
        _ => delay,
    };
    if asked > LONGEST_WAIT {
        return Err(failure);
    }
    tracing::debug!(wait_ms = asked.as_millis(), "forstok is asked again");
    tokio::time::sleep(asked).await;
    Ok(())
}

/// Everything that one account's requests share.
#[derive(Debug)]
pub struct Pipeline {
    transport: Transport,
    tokens: Tokens,
    pace: Pace,
    api_url: String,
}

impl Pipeline {
    pub fn new(transport: Transport, tokens: Tokens, api_url: &str) -> Self {
        Self { transport, tokens, pace: Pace::new(), api_url: api_url.trim_end_matches('/').to_owned() }
    }

    /// Sends a request and answers its decoded body, once it says that all is well.
    pub async fn send(&self, call: &Call) -> Result<Envelope, Failure> {
        let mut delays = self.transport.delays.build();
        loop {
            let failure = match self.with_token(call).await {
                Ok(envelope) => return Ok(envelope),
                Err(Ended::WithoutToken(failure)) => return Err(failure),
                Err(Ended::InCall(failure)) => failure,
            };
            wait_for_another_try(call.class, failure, delays.next()).await?;
        }
    }

    /// One try; when the token is refused, one more with a fresh one. A refused token means that the request was not taken.
    async fn with_token(&self, call: &Call) -> Result<Envelope, Ended> {
        let token = self.tokens.get(&self.transport, None).await.map_err(Ended::WithoutToken)?;
        let answer = match self.paced(call, &token).await {
            Err(Failure::Unauthorized { .. }) => {
                let fresh = self.tokens.get(&self.transport, Some(&token)).await.map_err(Ended::WithoutToken)?;
                self.paced(call, &fresh).await
            }
            other => other,
        };
        answer.map_err(Ended::InCall)
    }

    async fn paced(&self, call: &Call, token: &SecretString) -> Result<Envelope, Failure> {
        let _permit = match call.class {
            Class::Read => self.pace.read().await,
            Class::AbsoluteWrite | Class::Write => self.pace.write().await,
        };
        let identity = [("user_id", self.tokens.email()), ("auth_type", "jwt")];
        let mut request = self
            .transport
            .client
            .request(call.method.clone(), format!("{}{}", self.api_url, call.path))
            .bearer_auth(token.expose_secret())
            .query(&identity)
            .query(&call.query);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let started = tokio::time::Instant::now();
        let answer = self.transport.once(request).await;
        tracing::debug!(
            call.method = call.method.as_str(),
            call.path = call.path,
            call.ok = answer.is_ok(),
            duration_ms = started.elapsed().as_millis(),
            "forstok answered"
        );
        answer
    }
}

/// Errors of the client carry the URL, and with it the secret: only their kind is kept.
fn no_answer(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::Offline
    } else if error.is_timeout() {
        Failure::Lost { detail: "the time ran out" }
    } else {
        Failure::Lost { detail: "the connection broke" }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

async fn text(mut response: Response) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Failure::Lost { detail: "an answer that is too large" });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// By the HTTP status first, then by what the body says (forstok-api.md §4).
fn decode(status: StatusCode, after: Option<Duration>, text: Result<String, Failure>) -> Result<Envelope, Failure> {
    let number = status.as_u16();
    if !status.is_success() {
        let envelope = text.ok().and_then(|text| Envelope::read(&text));
        let message = envelope.as_ref().and_then(Envelope::message);
        return Err(match number {
            401 => Failure::Unauthorized { message },
            // A refusal of single lines comes with this status too (§10 item 8, guess).
            404 if envelope.as_ref().is_some_and(|envelope| !envelope.line_errors().is_empty()) => {
                Failure::Refused { status: number, message: message.unwrap_or_default(), envelope }
            }
            // 405, 410, 501: a method or path that the service does not know.
            403 | 404 | 405 | 410 | 501 => Failure::Absent { message },
            429 => Failure::TooMany { after },
            500.. => Failure::Server { status: number, after },
            _ if envelope.is_some() => {
                let message = message.unwrap_or_else(|| format!("http {number}"));
                Failure::Refused { status: number, message, envelope }
            }
            _ => Failure::Page { status: number },
        });
    }
    let text = text?;
    match Envelope::read(&text) {
        Some(envelope) if envelope.ok() => Ok(envelope),
        Some(envelope) => {
            let message = envelope.message().unwrap_or_else(|| format!("http {number}"));
            Err(Failure::Refused { status: number, message, envelope: Some(envelope) })
        }
        // Nothing is also what a write may answer.
        None if text.trim().is_empty() => Ok(Envelope::default()),
        None if text.trim_start().starts_with('<') => Err(Failure::Page { status: number }),
        None => Err(Failure::Lost { detail: "an answer that is no JSON" }),
    }
}
