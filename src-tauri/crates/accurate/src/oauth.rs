//! The sign-in of accurate-online-api.md §1.2 as one function: arm the listener, open the browser, wait for the redirect, exchange the
//! code. Browser, listener, clock and randomness are injected.
//!
//! A deviation from RFC 8252: the token endpoint wants a client secret and the redirect is registered with its port, so the app is the
//! shop's own. PKCE is sent all the same, as it does no harm where it is ignored. No code, state or token is ever in a log or an error.

use crate::limiter::Limiter;
use crate::outcome::CallError;
use crate::pipeline::Pipeline;
use crate::scopes::scope_text;
use crate::token::{OAuthClient, TokenPair, exchange};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use selaras_engine::ports::Clock;
use sha2::{Digest, Sha256};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use url::Url;

/// The redirect that a shop registers for its app. `localhost` with a fixed port is what is known to be accepted (§1.2).
pub const DEFAULT_REDIRECT: &str = "http://localhost:47113/callback";

/// How long a person has for sign-in and consent.
pub const DEFAULT_TIME_OUT: Duration = Duration::from_secs(300);

/// Opens the person's browser.
#[async_trait]
pub trait Browser: Send + Sync {
    /// Shows the page. The URL holds the state: it is not to be logged.
    async fn open(&self, url: &Url) -> Result<(), BrowserError>;
}

/// No browser could be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the browser could not be opened: {0}")]
pub struct BrowserError(pub String);

/// The state that a redirect must bring back.
#[derive(Debug, Clone)]
pub struct ExpectedState(SecretString);

impl ExpectedState {
    /// The state with this text.
    #[must_use]
    pub fn new(state: SecretString) -> Self {
        Self(state)
    }

    /// Whether it is the one; takes as long for a wrong one as for the right one.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(state.as_bytes()).into()
    }
}

/// What a redirect with the right state says.
#[derive(Debug)]
pub enum Redirect {
    /// The person agreed.
    Code(SecretString),
    /// The person declined, or the service refused.
    Denied {
        /// `access_denied`, or another short code.
        error: String,
    },
}

/// Why there is no listener, or no redirect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenerError {
    /// Another program has the port; the redirect can be changed, here and at the app's registration.
    #[error("port {port} is taken by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The redirect is none that this machine can receive.
    #[error("the redirect address {0} does not lead to this machine")]
    NotLoopback(String),
    /// Anything else of the system.
    #[error("the listener failed: {0}")]
    System(String),
}

/// Waits for the browser to come back.
#[async_trait]
pub trait RedirectListener: Send + Sync {
    /// Listens from now on for a redirect with this state.
    async fn arm(&self, redirect: &Url, state: ExpectedState) -> Result<Box<dyn ArmedRedirect>, ListenerError>;
}

/// A listener that listens; closes when dropped.
#[async_trait]
pub trait ArmedRedirect: Send {
    /// The first redirect with the right state.
    async fn redirect(self: Box<Self>) -> Result<Redirect, ListenerError>;
}

/// Where secrets come from; held still by tests.
pub trait Randomness: Send + Sync {
    /// Fills with bytes that nobody can foretell.
    fn fill(&self, bytes: &mut [u8; 32]);
}

/// The system's randomness, by way of version-4 UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8; 32]) {
        // Each UUID has 122 random bits; hashing three of them gives 256 bits with nothing fixed in them.
        let mut hash = Sha256::new();
        for _ in 0..3 {
            hash.update(uuid::Uuid::new_v4().as_bytes());
        }
        bytes.copy_from_slice(&hash.finalize());
    }
}

/// Why a sign-in gave no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The person declined.
    #[error("the consent was declined")]
    Denied,
    /// The authorisation page refused for another reason (`invalid_scope`, …).
    #[error("the service refused the sign-in: {error}")]
    Refused {
        /// The short code.
        error: String,
    },
    /// Nobody came back in time.
    #[error("the sign-in took too long")]
    TimedOut,
    /// The person gave up.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// See [`ListenerError`].
    #[error(transparent)]
    Listener(#[from] ListenerError),
    /// See [`BrowserError`].
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// Client id or secret are wrong.
    #[error("the client id or client secret is wrong")]
    WrongClient,
    /// The code was not taken: used, too old, or the redirect is not the registered one.
    #[error("the sign-in code was not accepted")]
    CodeRefused,
    /// The token endpoint cannot be reached.
    #[error("accurate cannot be reached")]
    Offline,
    /// Anything else at the token endpoint.
    #[error("the token endpoint gave no usable answer: {0}")]
    NoAnswer(String),
}

impl SignInError {
    /// Every code of [`SignInError::code`], so that a test can demand a text for each.
    pub const CODES: &[&str] = &[
        "sign_in_denied",
        "sign_in_refused",
        "sign_in_timed_out",
        "sign_in_cancelled",
        "port_taken",
        "redirect_not_loopback",
        "listener_failed",
        "browser_failed",
        "wrong_client",
        "sign_in_code_refused",
        "offline",
        "no_answer",
    ];

    /// Closed code for a screen.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied => "sign_in_denied",
            Self::Refused { .. } => "sign_in_refused",
            Self::TimedOut => "sign_in_timed_out",
            Self::Cancelled => "sign_in_cancelled",
            Self::Listener(ListenerError::PortTaken { .. }) => "port_taken",
            Self::Listener(ListenerError::NotLoopback(_)) => "redirect_not_loopback",
            Self::Listener(ListenerError::System(_)) => "listener_failed",
            Self::Browser(_) => "browser_failed",
            Self::WrongClient => "wrong_client",
            Self::CodeRefused => "sign_in_code_refused",
            Self::Offline => "offline",
            Self::NoAnswer(_) => "no_answer",
        }
    }
}

impl From<CallError> for SignInError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::WrongClient => Self::WrongClient,
            CallError::TokenLost => Self::CodeRefused,
            CallError::Offline => Self::Offline,
            other => Self::NoAnswer(other.to_string()),
        }
    }
}

/// What a sign-in needs.
pub struct SignIn<'a> {
    /// Account host of the service.
    pub base_url: Url,
    /// The shop's app.
    pub client: OAuthClient,
    /// The redirect that is registered for it.
    pub redirect: Url,
    /// How long to wait for the person.
    pub time_out: Duration,
    /// The browser.
    pub browser: &'a dyn Browser,
    /// The listener.
    pub listener: &'a dyn RedirectListener,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The randomness.
    pub randomness: &'a dyn Randomness,
}

/// The page to open. `state` and `challenge` (PKCE, S256) are per sign-in.
#[must_use]
pub fn authorize_url(base_url: &Url, client_id: &str, redirect: &Url, state: &str, challenge: &str) -> Url {
    let mut url = crate::connection::join(base_url, "oauth/authorize").unwrap_or_else(|_| base_url.clone());
    url.set_query(Some(&crate::pipeline::query(&[
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", redirect.as_str()),
        ("scope", &scope_text()),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ])));
    url
}

/// Signs in. Ends early when `cancelled` does; dropping it closes the listener as well.
///
/// # Errors
/// See [`SignInError`].
pub async fn sign_in(parts: SignIn<'_>, cancelled: impl Future<Output = ()> + Send) -> Result<TokenPair, SignInError> {
    let state = secret_text(parts.randomness);
    let verifier = secret_text(parts.randomness);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()));
    // Before the browser opens: a page that comes back at once must find somebody.
    let armed = parts.listener.arm(&parts.redirect, ExpectedState::new(state.clone())).await?;
    let page =
        authorize_url(&parts.base_url, &parts.client.client_id, &parts.redirect, state.expose_secret(), &challenge);
    parts.browser.open(&page).await?;
    let redirect = tokio::select! {
        () = cancelled => return Err(SignInError::Cancelled),
        () = tokio::time::sleep(parts.time_out) => return Err(SignInError::TimedOut),
        redirect = armed.redirect() => redirect?,
    };
    let code = match redirect {
        Redirect::Code(code) => code,
        Redirect::Denied { error } if error == "access_denied" => return Err(SignInError::Denied),
        Redirect::Denied { error } => return Err(SignInError::Refused { error }),
    };
    let pipeline = Pipeline::new(parts.base_url, Arc::new(Limiter::new(crate::Patience::default().rate_second)))?;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose_secret()),
        ("redirect_uri", parts.redirect.as_str()),
        ("code_verifier", verifier.expose_secret()),
    ];
    Ok(exchange(&pipeline, &parts.client, &form, parts.clock).await?)
}

/// 256 random bits as 43 characters.
fn secret_text(randomness: &dyn Randomness) -> SecretString {
    let mut bytes = [0; 32];
    randomness.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes).into()
}

#[cfg(test)]
#[path = "oauth_tests.rs"]
mod tests;
