use super::*;
use rstest::rstest;
use selaras_engine::ports::SystemClock;
use std::collections::BTreeMap;
use std::sync::Mutex;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Browser and listener of one person, with the order of events.
#[derive(Default)]
struct Person {
    events: Mutex<Vec<&'static str>>,
    page: Mutex<Option<Url>>,
    declines: bool,
    never_comes_back: bool,
}

#[async_trait]
impl Browser for Person {
    async fn open(&self, url: &Url) -> Result<(), BrowserError> {
        self.events.lock().unwrap().push("browser opened");
        *self.page.lock().unwrap() = Some(url.clone());
        Ok(())
    }
}

#[async_trait]
impl RedirectListener for Person {
    async fn arm(&self, _: &Url, _: ExpectedState) -> Result<Box<dyn ArmedRedirect>, ListenerError> {
        self.events.lock().unwrap().push("listener armed");
        Ok(Box::new(Armed { declines: self.declines, never_comes_back: self.never_comes_back }))
    }
}

struct Armed {
    declines: bool,
    never_comes_back: bool,
}

#[async_trait]
impl ArmedRedirect for Armed {
    async fn redirect(self: Box<Self>) -> Result<Redirect, ListenerError> {
        if self.never_comes_back {
            std::future::pending::<()>().await;
        }
        Ok(if self.declines {
            Redirect::Denied { error: "access_denied".into() }
        } else {
            Redirect::Code("canary-code".into())
        })
    }
}

async fn sign_in_as(person: &Person, base: &str) -> Result<TokenPair, SignInError> {
    let parts = SignIn {
        base_url: base.parse().unwrap(),
        client: OAuthClient { client_id: "app".into(), client_secret: "canary-secret".into() },
        redirect: DEFAULT_REDIRECT.parse().unwrap(),
        // Short only where nobody comes back: a busy machine may take longer than that over the others.
        time_out: if person.never_comes_back { Duration::from_millis(200) } else { DEFAULT_TIME_OUT },
        browser: person,
        listener: person,
        clock: &SystemClock,
        randomness: &SystemRandomness,
    };
    sign_in(parts, std::future::pending()).await
}

#[tokio::test]
async fn the_listener_is_armed_before_the_browser_opens_and_the_code_is_exchanged() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/oauth/token"))
        .and(header("authorization", "Basic YXBwOmNhbmFyeS1zZWNyZXQ="))
        .and(body_string_contains("grant_type=authorization_code&code=canary-code"))
        .and(body_string_contains("redirect_uri=http%3A%2F%2Flocalhost%3A47113%2Fcallback"))
        .respond_with(ResponseTemplate::new(200).set_body_string(
            r#"{"access_token":"a","token_type":"bearer","refresh_token":"r","expires_in":"1295999","scope":"item_view item_save"}"#,
        ))
        .mount(&server)
        .await;
    let person = Person::default();
    let pair = sign_in_as(&person, &server.uri()).await.unwrap();
    assert_eq!(*person.events.lock().unwrap(), ["listener armed", "browser opened"]);
    assert_eq!(pair.scope, ["item_view", "item_save"]);
    assert_eq!(pair.expires_at.duration_since(pair.issued_at).as_secs(), 1_295_999);
    // The verifier that was sent is the one whose hash the page was given.
    let page = person.page.lock().unwrap().clone().unwrap();
    let asked: BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    let request = &server.received_requests().await.unwrap()[0];
    let sent: BTreeMap<_, _> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!(asked["code_challenge"], URL_SAFE_NO_PAD.encode(Sha256::digest(&sent["code_verifier"])));
    assert_eq!(asked["state"].len(), 43);
}

#[rstest]
#[case(Person { declines: true, ..Person::default() }, SignInError::Denied)]
#[case(Person { never_comes_back: true, ..Person::default() }, SignInError::TimedOut)]
#[tokio::test]
async fn a_sign_in_that_is_declined_or_abandoned_ends(#[case] person: Person, #[case] expected: SignInError) {
    assert_eq!(sign_in_as(&person, "http://127.0.0.1:9").await.unwrap_err(), expected);
}

#[rstest]
#[case(401, "<html><title>Halaman tidak boleh diakses</title></html>", SignInError::WrongClient)]
#[case(401, r#"{"error":"invalid_client"}"#, SignInError::WrongClient)]
#[case(
    400,
    r#"{"error":"invalid_grant","error_description":"Invalid authorization code: canary-code"}"#,
    SignInError::CodeRefused
)]
#[case(400, "<o><error>invalid_grant</error></o>", SignInError::CodeRefused)]
#[case(502, "bad gateway", SignInError::NoAnswer("no usable answer: token endpoint: http 502, 11 bytes".into()))]
#[case(200, "{}", SignInError::NoAnswer("no usable answer: token endpoint: http 200, 2 bytes".into()))]
#[tokio::test]
async fn a_refused_exchange_is_named_without_secrets(
    #[case] status: u16,
    #[case] body: &str,
    #[case] expected: SignInError,
) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(status).set_body_string(body)).mount(&server).await;
    let error = sign_in_as(&Person::default(), &server.uri()).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"));
    assert!(SignInError::CODES.contains(&error.code()));
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_person_can_cancel() {
    let person = Person { never_comes_back: true, ..Person::default() };
    let parts = SignIn {
        base_url: "http://127.0.0.1:9".parse().unwrap(),
        client: OAuthClient { client_id: "app".into(), client_secret: "secret".into() },
        redirect: DEFAULT_REDIRECT.parse().unwrap(),
        time_out: DEFAULT_TIME_OUT,
        browser: &person,
        listener: &person,
        clock: &SystemClock,
        randomness: &SystemRandomness,
    };
    assert_eq!(sign_in(parts, std::future::ready(())).await.unwrap_err(), SignInError::Cancelled);
}

#[test]
fn the_page_asks_for_every_scope_with_spaces() {
    let base = "https://account.accurate.id".parse().unwrap();
    let url = authorize_url(&base, "app", &DEFAULT_REDIRECT.parse().unwrap(), "s", "c");
    assert!(url.as_str().starts_with("https://account.accurate.id/oauth/authorize?client_id=app&response_type=code"));
    assert!(url.as_str().contains("scope=item_view%20item_save%20item_category_view"));
    assert!(url.as_str().ends_with("&state=s&code_challenge=c&code_challenge_method=S256"));
}

#[test]
fn a_state_is_compared_whole() {
    let state = ExpectedState::new("abc".into());
    assert_eq!([state.is("abc"), state.is("ab"), state.is("abcd"), state.is("")], [true, false, false, false]);
    assert!(!format!("{state:?}").contains("abc"));
}
