//! The account host: OAuth and `/api/*.do` (accurate-online-api.md §2.1–2.4).

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::company::{Company, Profile};
use super::params::Params;
use super::wire::{Json, Record, record};
use super::{Accurate, Books, Person, Session, api_token, envelope, oauth};
use crate::call::Call;
use crate::fault::{Fault, System};
use crate::listener::Wire;
use crate::{clock, lock};

/// A name that no resolver knows (RFC 2606).
const UNKNOWN_HOST: &str = "http://data.invalid";

/// Answers one request at the account host.
pub(crate) async fn serve(
    State(accurate): State<Arc<Accurate>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let due = tokio::time::Instant::now() + accurate.settings.latency;
    let call = Call::read(request, wire).await;
    let endpoint = call.path.trim_start_matches("/api/").trim_start_matches('/').to_owned();
    accurate.journal.note("accurate", &endpoint);
    let faults = accurate.faults.strike(System::Accurate, &call.path);
    if let Some(response) = call.before(&faults).await {
        return response;
    }
    let response = match call.path.as_str() {
        "/oauth/authorize" => oauth::authorize(&accurate, &call),
        "/oauth/token" => oauth::token(&accurate, &call),
        path if path.starts_with("/api/") => api(&accurate, &call, &endpoint, &faults),
        _ => envelope::refusal(StatusCode::NOT_FOUND, "URL API tidak tepat"),
    };
    tokio::time::sleep_until(due).await;
    call.after(&faults, response).await
}

fn api(accurate: &Accurate, call: &Call, endpoint: &str, faults: &[Fault]) -> Response {
    let mut books = lock(&accurate.books);
    let host = if faults.contains(&Fault::UnknownHost) { UNKNOWN_HOST } else { books.host_url() }.to_owned();
    if faults.contains(&Fault::TokenExpiry) {
        books.expire_tokens();
    }
    if faults.contains(&Fault::SessionExpiry) {
        books.sessions.clear();
    }
    for fault in faults {
        match fault {
            Fault::RateLimit(status) => {
                let status = status
                    .and_then(|status| StatusCode::from_u16(status).ok())
                    .unwrap_or(accurate.settings.rate_limit_status);
                return envelope::refusal(status, envelope::RATE_LIMIT);
            }
            Fault::Upsss => return envelope::refusal(StatusCode::OK, envelope::SERVER_FAULT),
            _ => {}
        }
    }
    let Some(token) = oauth::bearer(call) else { return oauth::unauthorized(call) };
    if token == books.api_token {
        if let Err(response) = api_token::check(&accurate.settings, call) {
            return *response;
        }
        return with_api_token(accurate, &books, endpoint, token, &host);
    }
    if token.starts_with("aat.") {
        return envelope::refusal(StatusCode::UNAUTHORIZED, "Invalid or Revoked API Token");
    }
    let Some((person, grant)) = books.grant_of(token) else { return oauth::invalid_token(call, token) };
    let scopes: Vec<String> = grant.scopes.difference(&books.unticked).cloned().collect();
    let params = Params::parse(call.query.as_deref(), call.header("content-type"), &call.body).unwrap_or_default();
    match endpoint {
        "approved-scope.do" => ok(record! { "s" => true, "d" => scopes }),
        // Shapes not recorded (§2.1). [guess]
        "auth-info.do" | "userinfo.do" => ok(record! { "s" => true, "d" => oauth::user(&accurate.settings, person) }),
        "db-list.do" => {
            let rows: Vec<Record> = books.companies.values().map(|company| row(&company.profile, person)).collect();
            ok(record! { "s" => true, "d" => rows })
        }
        "db-detail.do" => {
            with_company(&books, &params, |company| ok(record! { "s" => true, "d" => row(&company.profile, person) }))
        }
        "open-db.do" => open(&mut books, &params, person, &host),
        "db-check-session.do" => {
            let good = params
                .text("session")
                .is_some_and(|key| books.session(&key, accurate.settings.session_lifetime).is_some());
            ok(record! { "s" => true, "d" => good })
        }
        "db-refresh-session.do" => refresh(accurate, &mut books, &params, &host),
        _ => envelope::refusal(StatusCode::NOT_FOUND, "URL API tidak tepat"),
    }
}

fn ok(body: Record) -> Response {
    envelope::json(StatusCode::OK, body)
}

/// One row of `db-list.do`.
fn row(profile: &Profile, person: Person) -> Record {
    record! {
        "id" => profile.id,
        "alias" => &profile.alias,
        "trial" => profile.trial,
        "expired" => profile.expired,
        "admin" => profile.admin && person == Person::Owner,
        "demo" => false,
        "licenseEnd" => clock::slashed(profile.license_end),
        "accessibleUntil" => clock::slashed(profile.accessible_until),
        "logoUrl" => Json::Null,
        "dataAccessType" => Json::Null,
    }
}

/// Runs on the database named by `id`; an unknown one is HTTP 500 (sample `db-detail-unknown`).
fn with_company(books: &Books, params: &Params, answer: impl FnOnce(&Company) -> Response) -> Response {
    match params.integer("id") {
        Ok(id) => match id.and_then(|id| books.companies.get(&id)) {
            Some(company) => answer(company),
            None => envelope::refusal(StatusCode::INTERNAL_SERVER_ERROR, "Data Usaha tidak tepat"),
        },
        Err(refusal) => ok(envelope::body_of(&Err(refusal))),
    }
}

fn open(books: &mut Books, params: &Params, person: Person, host: &str) -> Response {
    let mut opened = None;
    let response = with_company(books, params, |company| {
        let profile = &company.profile;
        if profile.expired {
            return envelope::refusal(StatusCode::INTERNAL_SERVER_ERROR, "Masa ujicoba Data Usaha sudah berakhir");
        }
        let session = uuid::Uuid::new_v4().to_string();
        opened = Some((session.clone(), profile.id));
        ok(record! {
            "s" => true,
            "d" => vec!["Proses Berhasil Dilakukan"],
            "session" => session,
            "host" => host,
            "dataVersion" => 20_260_611_103_014_i64,
            "licenseEnd" => clock::slashed(profile.license_end),
            "admin" => profile.admin && person == Person::Owner,
            "accessibleUntil" => clock::slashed(profile.accessible_until),
            "trial" => profile.trial,
        })
    });
    if let Some((session, database)) = opened {
        books.sessions.insert(session, Session { database, opened: Instant::now() });
    }
    response
}

/// A good session comes back unchanged, a dead one is replaced (§2.4).
fn refresh(accurate: &Accurate, books: &mut Books, params: &Params, host: &str) -> Response {
    let old = params.text("session").filter(|key| books.session(key, accurate.settings.session_lifetime).is_some());
    let mut renewed = None;
    let response = with_company(books, params, |company| {
        let profile = &company.profile;
        if profile.expired {
            return envelope::refusal(StatusCode::INTERNAL_SERVER_ERROR, "Masa ujicoba Data Usaha sudah berakhir");
        }
        let session = old.unwrap_or_else(|| {
            let session = uuid::Uuid::new_v4().to_string();
            renewed = Some((session.clone(), profile.id));
            session
        });
        let d = record! {
            "session" => session,
            "host" => host,
            "licenseEnd" => clock::slashed(profile.license_end),
            "accessibleUntil" => clock::slashed(profile.accessible_until),
        };
        ok(record! { "s" => true, "d" => d })
    });
    if let Some((session, database)) = renewed {
        books.sessions.insert(session, Session { database, opened: Instant::now() });
    }
    response
}

/// What an API token may ask of the account host (§1.6).
fn with_api_token(accurate: &Accurate, books: &Books, endpoint: &str, token: &str, host: &str) -> Response {
    let company = api_token::database(token).and_then(|id| books.companies.get(&id));
    match (endpoint, company) {
        ("api-token.do", Some(company)) => {
            let profile = &company.profile;
            let license = record! { "licenseEnd" => clock::slashed(profile.license_end), "trial" => profile.trial };
            let database = record! {
                "id" => profile.id,
                "alias" => &profile.alias,
                "host" => host,
                "admin" => profile.admin,
                "license" => license,
            };
            let user =
                record! { "id" => 100_001, "email" => &accurate.settings.owner_email, "fullName" => "Sari Wulandari" };
            let d = record! {
                "database" => database,
                "application" => record! { "name" => "Selaras", "appKey" => "APP-KEY" },
                "user" => user,
                "tokenType" => "api",
            };
            ok(record! { "s" => true, "d" => d })
        }
        // Refused because the token already contains the session; the exact words are not recorded. [guess]
        ("open-db.do" | "db-list.do" | "db-refresh-session.do", _) => envelope::refusal(
            StatusCode::OK,
            "API Token sudah mengandung sesi Data Usaha, tidak perlu membuka Data Usaha",
        ),
        _ => envelope::refusal(StatusCode::NOT_FOUND, "URL API tidak tepat"),
    }
}
