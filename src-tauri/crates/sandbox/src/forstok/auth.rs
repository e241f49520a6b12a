//! `POST /api/v2/auth`: seller credentials in the query, channel credentials in a JSON body (forstok-api.md §3).

use std::time::Instant;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Forstok, envelope};
use crate::call::Call;
use crate::{clock, lock};

pub(crate) fn token(forstok: &Forstok, call: &Call) -> Response {
    if call.method != Method::POST {
        return envelope::error(StatusCode::NOT_FOUND, "Not found");
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let field = |name: &str| {
        let query = url::form_urlencoded::parse(call.query.as_deref().unwrap_or_default().as_bytes());
        let in_query = query.filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned());
        in_query.or_else(|| body.get(name)?.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let settings = &forstok.settings;
    // A seller is known by e-mail, a channel by its numeric id; this shop's key serves both.
    let known = match field("type").as_str() {
        "seller" => field("id").eq_ignore_ascii_case(&settings.email),
        "channel" => !field("id").is_empty() && field("id").bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if !known || field("secret_key") != settings.secret_key {
        return envelope::unauthorized("Invalid id or secret key");
    }
    let expiry = Timestamp::now() + settings.token_lifetime;
    let token = issue(&field("id"), expiry);
    lock(&forstok.tokens).insert(token.clone(), Instant::now() + settings.token_lifetime);
    let exp_at = clock::iso_millis(clock::in_wib(expiry).datetime());
    envelope::respond(StatusCode::OK, &json!({ "status": "OK", "data": { "token": token, "exp_at": exp_at } }))
}

/// Three Base64url parts like a JWT; the signature is random, for nobody but the server checks it.
fn issue(user: &str, expiry: Timestamp) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes());
    format!(
        "{}.{}.{signature}",
        part(json!({ "alg": "HS256", "typ": "JWT" })),
        part(json!({ "user_id": user, "exp": expiry.as_second() }))
    )
}

/// Whether a call carries a good token, the seller's e-mail and `auth_type=jwt` (§3.3).
pub(crate) fn check(forstok: &Forstok, call: &Call) -> Result<(), Box<Response>> {
    let refuse = |message: &str| Err(Box::new(envelope::unauthorized(message)));
    let token =
        call.header("authorization").split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else { return refuse("Missing token") };
    match lock(&forstok.tokens).get(token.trim()) {
        None => return refuse("Invalid token"),
        Some(expiry) if *expiry <= Instant::now() => return refuse("Token has expired"),
        Some(_) => {}
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(call.query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
    let has = |name: &str, good: &dyn Fn(&str) -> bool| query.iter().any(|(key, value)| key == name && good(value));
    if !has("user_id", &|value| value.eq_ignore_ascii_case(&forstok.settings.email)) {
        return refuse("user_id is missing or unknown");
    }
    if !has("auth_type", &|value| value == "jwt") {
        return refuse("auth_type must be jwt");
    }
    Ok(())
}
