//! The loopback listener: takes the browser's redirect at the end of a sign-in, once, and closes (trust.md, promise 21).
//!
//! Anything on this machine, and any page in the browser, can talk to it. So it listens on loopback only, takes one path, one host name
//! (no DNS rebinding), one state, requests of at most 8 KiB that come within a few seconds, and answers everything else with a short
//! refusal. The code is handed over and never logged.

use async_trait::async_trait;
use secrecy::SecretString;
use selaras_accurate::oauth::{ArmedRedirect, ExpectedState, ListenerError, Redirect, RedirectListener};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::{Host, Url};

/// The longest request head that is read.
const REQUEST_LIMIT: usize = 8 * 1024;
/// A browser sends its request at once; who takes longer is holding the door (slow loris).
const REQUEST_TIME: Duration = Duration::from_secs(5);
/// Connections at once; a browser opens a handful.
const CONNECTIONS: usize = 32;
/// More headers than any browser sends.
const HEADERS: usize = 64;

/// Listens where the redirect of the app leads to.
#[derive(Debug, Clone, Copy)]
pub struct LoopbackListener {
    request_time: Duration,
}

impl Default for LoopbackListener {
    fn default() -> Self {
        Self { request_time: REQUEST_TIME }
    }
}

#[async_trait]
impl RedirectListener for LoopbackListener {
    async fn arm(&self, redirect: &Url, state: ExpectedState) -> Result<Box<dyn ArmedRedirect>, ListenerError> {
        let not_loopback = || ListenerError::NotLoopback(redirect.host_str().unwrap_or_default().to_owned());
        let (Some(host), Some(port), "http") = (redirect.host(), redirect.port_or_known_default(), redirect.scheme())
        else {
            return Err(not_loopback());
        };
        let (v4, v6) = match host {
            Host::Domain("localhost") => {
                // A browser may take `localhost` for either address, so both are held; a machine without IPv6 has only one.
                (Some(bind(Ipv4Addr::LOCALHOST.into(), port).await?), optional(Ipv6Addr::LOCALHOST.into(), port).await?)
            }
            Host::Ipv4(address) if address.is_loopback() => (Some(bind(address.into(), port).await?), None),
            Host::Ipv6(address) if address.is_loopback() => (None, Some(bind(address.into(), port).await?)),
            _ => return Err(not_loopback()),
        };
        let expected = Expected {
            authority: format!("{host}:{port}"),
            path: redirect.path().to_owned(),
            state,
            taken: AtomicBool::new(false),
        };
        Ok(Box::new(Armed { v4, v6, expected: Arc::new(expected), request_time: self.request_time }))
    }
}

async fn bind(address: IpAddr, port: u16) -> Result<TcpListener, ListenerError> {
    TcpListener::bind((address, port)).await.map_err(|error| match error.kind() {
        // Windows refuses ports that it has reserved with "permission denied"; for the person it is the same.
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied => ListenerError::PortTaken { port },
        _ => ListenerError::System(error.to_string()),
    })
}

/// Like [`bind`]; `None` where the address does not exist. A port that another program has is an error here too: that program would
/// get the code.
async fn optional(address: IpAddr, port: u16) -> Result<Option<TcpListener>, ListenerError> {
    match bind(address, port).await {
        Ok(listener) => Ok(Some(listener)),
        Err(ListenerError::System(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the one right request looks like.
struct Expected {
    authority: String,
    path: String,
    state: ExpectedState,
    taken: AtomicBool,
}

struct Armed {
    v4: Option<TcpListener>,
    v6: Option<TcpListener>,
    expected: Arc<Expected>,
    request_time: Duration,
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

#[async_trait]
impl ArmedRedirect for Armed {
    async fn redirect(self: Box<Self>) -> Result<Redirect, ListenerError> {
        let mut conversations = JoinSet::new();
        loop {
            tokio::select! {
                Some(finished) = conversations.join_next() => {
                    if let Ok(Some(redirect)) = finished {
                        return Ok(redirect);
                    }
                }
                stream = accept(self.v4.as_ref()), if conversations.len() < CONNECTIONS => {
                    self.converse(&mut conversations, stream);
                }
                stream = accept(self.v6.as_ref()), if conversations.len() < CONNECTIONS => {
                    self.converse(&mut conversations, stream);
                }
            }
        }
    }
}

impl Armed {
    fn converse(&self, conversations: &mut JoinSet<Option<Redirect>>, stream: std::io::Result<TcpStream>) {
        // A connection that broke before it was accepted is nobody's business.
        if let Ok(stream) = stream {
            conversations.spawn(converse(stream, Arc::clone(&self.expected), self.request_time));
        }
    }
}

/// One connection: reads one request, answers it, closes.
async fn converse(mut stream: TcpStream, expected: Arc<Expected>, request_time: Duration) -> Option<Redirect> {
    let verdict = match tokio::time::timeout(request_time, read_head(&mut stream)).await {
        Ok(Ok(head)) => expected.judge(&head),
        Ok(Err(refusal)) => Err(refusal),
        Err(_) => Err(Refusal::Slow),
    };
    let (answer, redirect) = match verdict {
        Ok(redirect) => (page("200 OK", matches!(redirect, Redirect::Code(_))), Some(redirect)),
        Err(refusal) => (short_answer(refusal.status()), None),
    };
    // The redirect counts even if the browser does not wait for the page.
    let sent = tokio::time::timeout(request_time, async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    });
    if !matches!(sent.await, Ok(Ok(()))) {
        tracing::debug!("the browser left before it had its page");
    }
    redirect
}

/// Why a request is not the redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Slow,
    TooLarge,
    Unreadable,
    ForeignHost,
    OtherPath,
    OtherMethod,
    WrongState,
    Second,
}

impl Refusal {
    fn status(self) -> &'static str {
        match self {
            Self::Slow => "408 Request Timeout",
            Self::TooLarge => "431 Request Header Fields Too Large",
            Self::Unreadable | Self::WrongState => "400 Bad Request",
            Self::ForeignHost => "421 Misdirected Request",
            Self::OtherPath => "404 Not Found",
            Self::OtherMethod => "405 Method Not Allowed",
            Self::Second => "410 Gone",
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Result<Vec<u8>, Refusal> {
    let mut head = Vec::with_capacity(1024);
    let mut part = [0; 1024];
    loop {
        let length = stream.read(&mut part).await.map_err(|_| Refusal::Unreadable)?;
        if length == 0 {
            return Err(Refusal::Unreadable);
        }
        head.extend_from_slice(part.get(..length).unwrap_or_default());
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            head.truncate(end + 4);
            return if head.len() > REQUEST_LIMIT { Err(Refusal::TooLarge) } else { Ok(head) };
        }
        if head.len() > REQUEST_LIMIT {
            return Err(Refusal::TooLarge);
        }
    }
}

impl Expected {
    /// Whether this is the redirect that was waited for.
    fn judge(&self, head: &[u8]) -> Result<Redirect, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let complete = request.parse(head).is_ok_and(|status| status.is_complete());
        let (true, Some(method), Some(target)) = (complete, request.method, request.path) else {
            return Err(Refusal::Unreadable);
        };
        let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Refusal::ForeignHost) };
        let named = std::str::from_utf8(host.value).unwrap_or_default();
        // Port 80 is left out by browsers.
        let authority = self.authority.strip_suffix(":80").filter(|_| !named.contains(':')).unwrap_or(&self.authority);
        if !named.eq_ignore_ascii_case(authority) {
            return Err(Refusal::ForeignHost);
        }
        // Browsers say what a request is for. Only a page that is being opened is the redirect, never a page's own fetch or image.
        let fetched = request.headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case("sec-fetch-mode") && !header.value.eq_ignore_ascii_case(b"navigate")
        });
        if method != "GET" || fetched {
            return Err(Refusal::OtherMethod);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Err(Refusal::OtherPath);
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // A field that is there twice can mean two things.
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::Unreadable);
            }
        }
        let state = fields.get("state").map(|state| self.state.is(state));
        let code = fields.remove("code").filter(|code| !code.is_empty());
        let redirect = match (state, code, fields.get("error")) {
            (Some(true), Some(code), None) => Redirect::Code(SecretString::from(code)),
            // The recorded refusal has no state (accurate-online-api.md §1.2). Without a code it can do no more than end this attempt.
            (Some(true) | None, None, Some(error)) => Redirect::Denied { error: short_code(error) },
            (Some(true), ..) => return Err(Refusal::Unreadable),
            _ => return Err(Refusal::WrongState),
        };
        if self.taken.swap(true, Ordering::SeqCst) {
            return Err(Refusal::Second);
        }
        Ok(redirect)
    }
}

/// The error code of a redirect, as it will be shown: a word, never a page's text.
fn short_code(error: &str) -> String {
    error.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').take(40).collect()
}

fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n{body}",
        body.len()
    )
}

fn short_answer(status: &str) -> String {
    answer(status, "text/plain", status)
}

/// What the person sees in the browser at the end.
fn page(status: &str, agreed: bool) -> String {
    let (title, indonesian, english) = if agreed {
        (
            "Selaras: berhasil masuk",
            "Anda sudah masuk ke Accurate. Tutup halaman ini dan kembali ke Selaras.",
            "You are signed in to Accurate. Close this page and go back to Selaras.",
        )
    } else {
        (
            "Selaras: izin tidak diberikan",
            "Izin tidak diberikan, jadi tidak ada yang dihubungkan. Tutup halaman ini dan kembali ke Selaras untuk mencoba lagi.",
            "Permission was not given, so nothing was connected. Close this page and go back to Selaras to try again.",
        )
    };
    let body = format!(
        "<!doctype html><html lang=\"id\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>body{{font:18px/1.6 system-ui,sans-serif;max-width:34rem;\
         margin:18vh auto;padding:0 1.5rem}}p+p{{opacity:.7}}@media(prefers-color-scheme:dark){{body{{background:#16181d;color:#eee}}}}\
         </style></head><body><h1>{title}</h1><p>{indonesian}</p><p lang=\"en\">{english}</p></body></html>"
    );
    answer(status, "text/html", &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use secrecy::ExposeSecret;
    use tokio::task::JoinHandle;

    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// Longer than a busy machine takes between two words of a request.
    const LONG: Duration = Duration::from_secs(60);

    async fn armed(port: u16) -> JoinHandle<Result<Redirect, ListenerError>> {
        armed_for(port, LONG).await
    }

    async fn armed_for(port: u16, request_time: Duration) -> JoinHandle<Result<Redirect, ListenerError>> {
        let listener = LoopbackListener { request_time };
        let redirect = format!("http://localhost:{port}/callback").parse().unwrap();
        let armed = listener.arm(&redirect, ExpectedState::new("the-state".into())).await.unwrap();
        tokio::spawn(armed.redirect())
    }

    async fn send(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // The listener may answer and close before all of a long request is written.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn get(port: u16, target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")
    }

    fn code_of(redirect: Redirect) -> String {
        match redirect {
            Redirect::Code(code) => code.expose_secret().to_owned(),
            Redirect::Denied { error } => panic!("denied: {error}"),
        }
    }

    #[tokio::test]
    async fn the_right_redirect_is_taken_and_the_listener_closes() {
        let port = free_port();
        let listening = armed(port).await;
        let answer = send(port, &get(port, "/callback?code=abc%2F1&state=the-state")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("kembali ke Selaras") && answer.contains("go back to Selaras"));
        assert!(!answer.contains("abc"));
        assert_eq!(code_of(listening.await.unwrap().unwrap()), "abc/1");
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }

    #[rstest]
    #[case::wrong_state("GET /callback?code=c&state=wrong HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "400")]
    #[case::missing_state("GET /callback?code=c HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "400")]
    #[case::two_states(
        "GET /callback?code=c&state=the-state&state=x HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n",
        "400"
    )]
    #[case::no_code("GET /callback?state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "400")]
    #[case::other_path("GET /favicon.ico?code=c&state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "404")]
    #[case::foreign_host("GET /callback?code=c&state=the-state HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n", "421")]
    #[case::foreign_port("GET /callback?code=c&state=the-state HTTP/1.1\r\nHost: localhost:1\r\n\r\n", "421")]
    #[case::no_host("GET /callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "421")]
    #[case::two_hosts(
        "GET /callback?code=c&state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\nHost: x\r\n\r\n",
        "421"
    )]
    #[case::other_method("POST /callback?code=c&state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "405")]
    #[case::a_pages_own_fetch(
        "GET /callback?code=c&state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
        "405"
    )]
    #[case::denial_with_wrong_state(
        "GET /callback?error=access_denied&state=wrong HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n",
        "400"
    )]
    #[case::no_http("hello\r\n\r\n", "400")]
    #[tokio::test]
    async fn anything_else_is_refused_and_the_listener_goes_on(#[case] request: &str, #[case] status: &str) {
        let port = free_port();
        let listening = armed(port).await;
        let answer = send(port, &request.replace("{port}", &port.to_string())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        send(port, &get(port, "/callback?code=good&state=the-state")).await;
        assert_eq!(code_of(listening.await.unwrap().unwrap()), "good");
    }

    #[tokio::test]
    async fn more_than_8_kib_are_not_read() {
        let port = free_port();
        let listening = armed(port).await;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let head = format!("GET /callback?code=c&state=the-state HTTP/1.1\r\nHost: localhost:{port}\r\nX: ");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all("x".repeat(REQUEST_LIMIT - head.len() + 1).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        listening.abort();
    }

    #[tokio::test]
    async fn who_sends_slowly_is_shown_out_and_holds_nobody_up() {
        let port = free_port();
        let listening = armed_for(port, Duration::from_millis(300)).await;
        let mut loris = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        loris.write_all(b"GET /callback?co").await.unwrap();
        let mut answer = String::new();
        loris.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let mut waiting = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        waiting.write_all(b"GET").await.unwrap();
        send(port, &get(port, "/callback?code=good&state=the-state")).await;
        assert_eq!(code_of(listening.await.unwrap().unwrap()), "good");
    }

    fn expected() -> Expected {
        Expected {
            authority: "localhost:1".into(),
            path: "/callback".into(),
            state: ExpectedState::new("the-state".into()),
            taken: AtomicBool::new(false),
        }
    }

    proptest::proptest! {
        #[test]
        fn no_request_breaks_the_listener(head in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), query in "\\PC{0,60}") {
            let _ = expected().judge(&head);
            let judged = expected().judge(get(1, &format!("/callback?{query}")).as_bytes());
            proptest::prop_assert!(!matches!(judged, Ok(Redirect::Code(_))), "a code without the state");
        }
    }

    #[test]
    fn the_state_is_good_for_one_redirect() {
        let expected = expected();
        let request = get(1, "/callback?code=c&state=the-state");
        assert!(expected.judge(request.as_bytes()).is_ok());
        assert_eq!(expected.judge(request.as_bytes()).unwrap_err(), Refusal::Second);
    }

    #[rstest]
    #[case::with_state("/callback?error=access_denied%3Cb%3E&state=the-state")]
    #[case::as_recorded("/callback?error=access_denied%3Cb%3E")]
    #[tokio::test]
    async fn a_declined_consent_comes_back_as_such(#[case] target: &str) {
        let port = free_port();
        let listening = armed(port).await;
        let answer = send(port, &get(port, target)).await;
        assert!(answer.contains("Izin tidak diberikan"), "{answer}");
        match listening.await.unwrap().unwrap() {
            Redirect::Denied { error } => assert_eq!(error, "access_deniedb"),
            Redirect::Code(_) => panic!("a code"),
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        let redirect = format!("http://localhost:{port}/callback").parse().unwrap();
        let armed = LoopbackListener::default().arm(&redirect, ExpectedState::new("s".into())).await;
        assert_eq!(armed.map(drop).unwrap_err(), ListenerError::PortTaken { port });
    }

    #[rstest]
    #[case("http://shop.example:4000/callback")]
    #[case("http://10.0.0.1:4000/callback")]
    #[case("https://localhost:4000/callback")]
    #[tokio::test]
    async fn only_loopback_is_listened_on(#[case] redirect: &str) {
        let armed = LoopbackListener::default().arm(&redirect.parse().unwrap(), ExpectedState::new("s".into())).await;
        assert!(matches!(armed.map(drop).unwrap_err(), ListenerError::NotLoopback(_)));
    }

    #[tokio::test]
    async fn a_dropped_listener_frees_its_port() {
        let port = free_port();
        let listening = armed(port).await;
        listening.abort();
        assert!(listening.await.is_err());
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
}
