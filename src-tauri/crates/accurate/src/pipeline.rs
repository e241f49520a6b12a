//! One way to the service for each request: limiter → headers → deadline → redirect rule → response. What an answer means is decided in
//! [`crate::wire`]; what is done about a lost session or token, in [`crate::connection`].

use crate::limiter::Limiter;
use crate::outcome::CallError;
use crate::wire::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a request may take from leaving until its whole answer is read (accurate-online-api.md §10: clients use 30 s).
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// The same for a bulk write: a hundred records can outlast a client's usual time-out while they still land (§4, §10).
pub(crate) const BULK_DEADLINE: Duration = Duration::from_secs(120);
/// How long a connection may take: an answer is not waited for yet, so this ends as [`CallError::Offline`].
const CONNECT: Duration = Duration::from_secs(5);
/// Idle connections are let go early: a write on one that the server has just closed would end as unknown.
const IDLE: Duration = Duration::from_secs(10);
/// A database moves once; more hops are a loop.
const HOPS: usize = 3;
/// Far above any page of 1,000 rows; a body that grows beyond it is cut off.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// The body of a request.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// None.
    Empty,
    /// JSON text.
    Json(String),
    /// A form, already encoded.
    Form(String),
}

/// One request, ready to leave.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) deadline: Duration,
}

/// A response and, when the service has moved, where it is now.
pub(crate) struct Delivered {
    pub(crate) response: Response,
    pub(crate) moved_to: Option<Url>,
}

/// The line to the service.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    http: reqwest::Client,
    limiter: Arc<Limiter>,
    base: Url,
}

impl Pipeline {
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub(crate) fn new(base: Url, limiter: Arc<Limiter>) -> Result<Self, CallError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("Selaras/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&base) {
            // A proxy of the system cannot reach this machine's own loopback.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| CallError::unusable(format!("http client: {error}")))?;
        Ok(Self { http, limiter, base })
    }

    /// Base URL of the account host.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request once, and again only to where a 308 points: it says that the request was not taken (accurate-online-api.md §2.5).
    ///
    /// # Errors
    /// `Offline` when nothing was sent, `Unknown` when no whole answer came, `ForeignHost` when a redirect leads away.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Delivered, CallError> {
        let mut moved_to = None;
        for _ in 0..=HOPS {
            let _departure = self.limiter.depart().await;
            let deadline = request.deadline;
            let (status, headers, body) = match tokio::time::timeout(deadline, self.transfer(&request)).await {
                Ok(transferred) => transferred?,
                Err(_) => return Err(CallError::unusable(format!("no answer within {} s", deadline.as_secs()))),
            };
            if status != StatusCode::PERMANENT_REDIRECT {
                let retry_after = headers
                    .get(RETRY_AFTER)
                    .and_then(|value| value.to_str().ok())
                    .and_then(|text| text.trim().parse().ok())
                    .map(Duration::from_secs);
                let response = Response { status: status.as_u16(), retry_after, body };
                return Ok(Delivered { response, moved_to });
            }
            let location = headers
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .ok_or_else(|| CallError::unusable("http 308 without location"))?;
            request.url = self.next_url(&request.url, location)?;
            tracing::info!(host = request.url.host_str().unwrap_or_default(), "the service has moved");
            moved_to = Some(origin(&request.url));
        }
        Err(CallError::unusable("too many redirects"))
    }

    async fn transfer(&self, request: &Request) -> Result<(StatusCode, HeaderMap, String), CallError> {
        let mut sending = self
            .http
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .header(ACCEPT, "application/json");
        sending = match &request.body {
            Body::Empty => sending,
            Body::Json(text) => sending.header(CONTENT_TYPE, "application/json; charset=UTF-8").body(text.clone()),
            Body::Form(text) => sending.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(text.clone()),
        };
        let mut response = sending.send().await.map_err(|error| transport_error(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| broken_off(status))? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(CallError::unusable("the answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, String::from_utf8_lossy(&body).into_owned()))
    }

    fn next_url(&self, from: &Url, location: &str) -> Result<Url, CallError> {
        let mut next = from.join(location).map_err(|_| CallError::unusable("http 308 with an unreadable location"))?;
        if !self.trusts(&next) {
            return Err(CallError::ForeignHost { host: next.host_str().unwrap_or_default().to_owned() });
        }
        // Some answers name only the host.
        if next.path() == "/" {
            next.set_path(from.path());
        }
        if next.query().is_none() {
            next.set_query(from.query());
        }
        Ok(next)
    }

    /// Whether credentials may be sent to this URL: the vendor's hosts over https when the base is the vendor's; the machine's own
    /// loopback when the base is there (a simulator has its data host on another port); else the base's own host and its siblings.
    /// A simulator can so never lead a request to the real service, nor the other way round.
    pub(crate) fn trusts(&self, url: &Url) -> bool {
        let (Some(host), Some(base)) = (url.host_str(), self.base.host_str()) else { return false };
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
            return false;
        }
        if is_loopback(&self.base) {
            return is_loopback(url);
        }
        if self.base.scheme() == "https" && url.scheme() != "https" {
            return false;
        }
        let siblings = base.split_once('.').map(|(_, parent)| parent).filter(|parent| parent.contains('.'));
        let is_name = matches!(self.base.host(), Some(url::Host::Domain(_)));
        host == base || (is_name && siblings.is_some_and(|parent| host.ends_with(&format!(".{parent}"))))
    }
}

fn transport_error(error: &reqwest::Error) -> CallError {
    if error.is_connect() || error.is_builder() {
        return CallError::Offline;
    }
    // reqwest's own text contains the URL, and with it sessions.
    CallError::unusable(if error.is_timeout() { "time-out" } else { "the connection broke off before an answer" })
}

fn broken_off(status: StatusCode) -> CallError {
    CallError::unusable(format!("http {}, the answer broke off", status.as_u16()))
}

/// `scheme://host:port/`.
pub(crate) fn origin(url: &Url) -> Url {
    let mut origin = url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A query string. Spaces as `%20`, names escaped (a server may refuse bare brackets), commas as they are: one note says that an
/// encoded comma in `fields` is not split (accurate-online-api.md §5).
pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    let mut serializer = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        serializer.append_pair(name, value);
    }
    // In its output a plus is always a space, and %2C always a comma.
    serializer.finish().replace('+', "%20").replace("%2C", ",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn pipeline(base: &str) -> Pipeline {
        Pipeline::new(base.parse().unwrap(), Arc::new(Limiter::new(std::time::Duration::from_secs(1)))).unwrap()
    }

    #[rstest]
    #[case("https://account.accurate.id", "https://zeus.accurate.id/", true)]
    #[case("https://account.accurate.id", "https://ajxp51.pvt1.accurate.id/x", true)]
    #[case("https://account.accurate.id", "http://zeus.accurate.id/", false)]
    #[case("https://account.accurate.id", "https://accurate.id.evil.example/", false)]
    #[case("https://account.accurate.id", "https://evilaccurate.id/", false)]
    #[case("https://account.accurate.id", "http://127.0.0.1:9/", false)]
    #[case("https://account.accurate.id", "https://user@zeus.accurate.id/", false)]
    #[case("http://127.0.0.1:4000", "http://127.0.0.1:4001/", true)]
    #[case("http://127.0.0.1:4000", "http://localhost:4001/", true)]
    #[case("http://localhost:4000", "http://[::1]:4001/", true)]
    #[case("http://127.0.0.1:4000", "https://zeus.accurate.id/", false)]
    #[case("http://simulator:4000", "http://simulator:4001/", true)]
    #[case("http://10.0.0.5:4000", "http://10.0.0.6:4001/", false)]
    #[case("http://10.0.0.5:4000", "ftp://10.0.0.5/", false)]
    fn only_hosts_of_the_same_service_are_trusted(#[case] base: &str, #[case] url: &str, #[case] expected: bool) {
        assert_eq!(pipeline(base).trusts(&url.parse().unwrap()), expected);
    }

    #[rstest]
    #[case("http://127.0.0.1:2/accurate/api/x.do?a=1", "http://127.0.0.1:2/accurate/api/x.do?a=1")]
    #[case("http://127.0.0.1:2", "http://127.0.0.1:2/accurate/api/item/list.do?fields=id,no")]
    #[case("http://127.0.0.1:2/accurate/api/x.do", "http://127.0.0.1:2/accurate/api/x.do?fields=id,no")]
    fn a_redirect_keeps_what_it_does_not_name(#[case] location: &str, #[case] expected: &str) {
        let from = "http://127.0.0.1:1/accurate/api/item/list.do?fields=id,no".parse().unwrap();
        assert_eq!(pipeline("http://127.0.0.1:1").next_url(&from, location).unwrap().as_str(), expected);
    }

    #[test]
    fn a_query_keeps_commas_and_escapes_the_rest() {
        let text = query(&[("fields", "id,no"), ("filter.no.val[0]", "KOPI 1+&ä"), ("sp.page", "1")]);
        assert_eq!(text, "fields=id,no&filter.no.val%5B0%5D=KOPI%201%2B%26%C3%A4&sp.page=1");
    }
}
