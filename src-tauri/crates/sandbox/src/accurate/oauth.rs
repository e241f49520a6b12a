//! OAuth2: consent, codes, tokens and their rotation (accurate-online-api.md §1.2–1.4).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use url::Url;

use super::envelope::{self, oauth_error};
use super::wire::{Json, Record, record};
use super::{Accurate, Books, Code, Grant, Person, Settings, consent};
use crate::call::Call;
use crate::lock;

/// 15 days less one second (§1.3).
const EXPIRES_IN: i64 = 1_295_999;

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization").split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// No token at all; the wording is the framework's default. [guess]
pub(crate) fn unauthorized(call: &Call) -> Response {
    let fields =
        [("error", "unauthorized"), ("error_description", "Full authentication is required to access this resource")];
    oauth_error(StatusCode::UNAUTHORIZED, call.header("accept"), "UnauthorizedException", &fields)
}

/// A token that is wrong, rotated away or expired.
pub(crate) fn invalid_token(call: &Call, token: &str) -> Response {
    let description = format!("Invalid access token: {token}");
    let fields = [("error", "invalid_token"), ("error_description", description.as_str())];
    oauth_error(StatusCode::UNAUTHORIZED, call.header("accept"), "InvalidTokenException", &fields)
}

/// A scope that was not granted.
pub(crate) fn insufficient_scope(call: &Call, scope: &str) -> Response {
    let fields = [
        ("error", "insufficient_scope"),
        ("error_description", "Insufficient scope for this resource"),
        ("scope", scope),
    ];
    oauth_error(StatusCode::FORBIDDEN, call.header("accept"), "InsufficientScopeException", &fields)
}

/// What an authorise URL or the consent form carries.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) response_type: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Form only: `owner` or `staff`.
    account: String,
    /// Form only: `allow` or `deny`.
    decision: String,
}

impl Request {
    fn parse(encoded: &str) -> Self {
        let mut request = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded.as_bytes()) {
            match &*name {
                "client_id" => request.client_id = value.into_owned(),
                "redirect_uri" => request.redirect_uri = value.into_owned(),
                "response_type" => request.response_type = value.into_owned(),
                "state" => request.state = Some(value.into_owned()),
                // Space separated in the URL, repeated in the form.
                "scope" => request.scopes.extend(value.split_whitespace().map(str::to_owned)),
                "account" => request.account = value.into_owned(),
                "decision" => request.decision = value.into_owned(),
                _ => {}
            }
        }
        request
    }

    /// What is wrong with it, in words for the person in front of the browser.
    fn problem(&self, settings: &Settings) -> Option<&'static str> {
        if self.client_id != settings.client_id {
            return Some("Aplikasi tidak dikenal (client_id)");
        }
        if !settings.redirect_uris.contains(&self.redirect_uri) {
            return Some("Alamat kembali (redirect_uri) tidak terdaftar untuk aplikasi ini");
        }
        (self.response_type != "code").then_some("response_type harus code")
    }

    fn redirect(&self, answer: &[(&str, &str)]) -> Response {
        let Ok(mut location) = Url::parse(&self.redirect_uri) else {
            return envelope::html(StatusCode::BAD_REQUEST, consent::problem("Alamat kembali tidak dapat dibaca"));
        };
        location.query_pairs_mut().extend_pairs(answer);
        if let Some(state) = &self.state {
            location.query_pairs_mut().append_pair("state", state);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FOUND;
        if let Ok(location) = HeaderValue::from_str(location.as_str()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// `/oauth/authorize`: GET shows the consent page, POST is its form.
pub(crate) fn authorize(accurate: &Accurate, call: &Call) -> Response {
    let encoded = if call.method == Method::POST {
        String::from_utf8_lossy(&call.body).into_owned()
    } else {
        call.query.clone().unwrap_or_default()
    };
    let request = Request::parse(&encoded);
    if let Some(problem) = request.problem(&accurate.settings) {
        return envelope::html(StatusCode::BAD_REQUEST, consent::problem(problem));
    }
    if call.method == Method::GET {
        return envelope::html(StatusCode::OK, consent::page(&request, &accurate.settings.owner_email));
    }
    if request.decision != "allow" {
        return request.redirect(&[("error", "access_denied")]);
    }
    let person = if request.account == "staff" { Person::Staff } else { Person::Owner };
    let code = random_code();
    let issued =
        Code { person, redirect_uri: request.redirect_uri.clone(), scopes: request.scopes.iter().cloned().collect() };
    lock(&accurate.books).codes.insert(code.clone(), issued);
    request.redirect(&[("code", &code)])
}

/// 20 mixed-case letters and digits (§1.2).
fn random_code() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..20).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// `/oauth/token`: both grants; parameters in the body or in the query.
pub(crate) fn token(accurate: &Accurate, call: &Call) -> Response {
    let settings = &accurate.settings;
    let expected = STANDARD.encode(format!("{}:{}", settings.client_id, settings.client_secret));
    let credentials =
        call.header("authorization").split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    if credentials.map(|(_, credentials)| credentials) != Some(expected.as_str()) {
        return envelope::html(StatusCode::UNAUTHORIZED, envelope::forbidden_page("/oauth/token"));
    }
    let form = format!("{}&{}", call.query.as_deref().unwrap_or_default(), String::from_utf8_lossy(&call.body));
    let field = |wanted: &str| {
        let value = url::form_urlencoded::parse(form.as_bytes()).filter(|(name, _)| name == wanted).last();
        value.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let mut books = lock(&accurate.books);
    match field("grant_type").as_str() {
        "authorization_code" => {
            let code = field("code");
            // A code works once, whatever comes of it.
            match books.codes.remove(&code) {
                Some(issued) if issued.redirect_uri == field("redirect_uri") => {
                    let person = issued.person;
                    issue(&mut books, accurate, person, issued.scopes)
                }
                Some(_) => invalid_grant("Redirect URI mismatch."),
                None => invalid_grant(&format!("Invalid authorization code: {code}")),
            }
        }
        "refresh_token" => {
            let refresh = field("refresh_token");
            let found = books
                .grants
                .iter()
                .find(|(_, grant)| grant.refresh == refresh)
                .map(|(person, grant)| (*person, grant.scopes.clone()));
            match found {
                Some((person, scopes)) => issue(&mut books, accurate, person, scopes),
                None => invalid_grant(&format!("Invalid refresh token: {refresh}")),
            }
        }
        other => error("unsupported_grant_type", &format!("Unsupported grant type: {other}")),
    }
}

fn invalid_grant(description: &str) -> Response {
    error("invalid_grant", description)
}

fn error(code: &str, description: &str) -> Response {
    envelope::json(StatusCode::BAD_REQUEST, record! { "error" => code, "error_description" => description })
}

/// A new pair in the place of the person's old one.
fn issue(books: &mut Books, accurate: &Accurate, person: Person, scopes: BTreeSet<String>) -> Response {
    let unique = || uuid::Uuid::new_v4().to_string();
    let grant = Grant { access: unique(), refresh: unique(), scopes };
    let granted: Vec<String> = grant.scopes.difference(&books.unticked).cloned().collect();
    let body = record! {
        "access_token" => &grant.access,
        "token_type" => "bearer",
        "refresh_token" => &grant.refresh,
        "expires_in" => EXPIRES_IN,
        "scope" => granted.join(" "),
        "user" => user(&accurate.settings, person),
    };
    books.grants.insert(person, grant);
    envelope::json(StatusCode::OK, body)
}

/// The `user` object of a token answer.
pub(crate) fn user(settings: &Settings, person: Person) -> Record {
    let (id, name, nickname, email) = match person {
        Person::Owner => (100_001, "Sari Wulandari", "Sari", settings.owner_email.as_str()),
        Person::Staff => (100_077, "Dimas Prakoso", "Dimas", consent::STAFF_EMAIL),
    };
    record! { "id" => id, "name" => name, "nickname" => nickname, "email" => email, "referrer" => Json::Null, "mobile" => Json::Null }
}
