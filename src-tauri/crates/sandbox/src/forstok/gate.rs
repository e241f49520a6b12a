//! The way in: faults, token, write limit, method override, then the endpoint.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::{Forstok, assumed, auth, catalogue, envelope, orders, quantities};
use crate::call::Call;
use crate::fault::{self, Fault, System};
use crate::limiter::{Admission, InFlight};
use crate::listener::Wire;
use crate::{change, lock};

pub(crate) async fn serve(
    State(forstok): State<Arc<Forstok>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let due = tokio::time::Instant::now() + forstok.settings.latency;
    let call = Call::read(request, wire).await;
    let endpoint = call.path.trim_start_matches("/api/").to_owned();
    forstok.journal.note("forstok", endpoint.split_once('/').map_or(endpoint.as_str(), |(_, resource)| resource));
    let faults = forstok.faults.strike(System::Forstok, &call.path);
    keep_back(&forstok, &call, &endpoint, &faults);
    if let Some(response) = call.before(&faults).await {
        return response;
    }
    let response = answer(&forstok, &call, &endpoint, &faults);
    tokio::time::sleep_until(due).await;
    call.after(&faults, response).await
}

/// Takes a write in that a fault does later. It has passed its token when it came.
fn keep_back(forstok: &Arc<Forstok>, call: &Call, endpoint: &str, faults: &[Fault]) {
    let Some(after) = fault::commits_after(faults) else { return };
    if method_of(call) == Method::GET {
        return;
    }
    let Ok((work, _)) = take(forstok, call, endpoint, faults) else { return };
    let forstok = Arc::clone(forstok);
    Arc::clone(&forstok.late).defer(after, move || {
        work.run(&forstok);
    });
}

fn answer(forstok: &Arc<Forstok>, call: &Call, endpoint: &str, faults: &[Fault]) -> Response {
    match take(forstok, call, endpoint, faults) {
        Ok((work, _in_flight)) => work.run(forstok),
        Err(refused) => *refused,
    }
}

/// A call that may be done.
struct Work {
    method: Method,
    endpoint: String,
    query: Query,
    body: Value,
    faults: Vec<Fault>,
}

/// Token, write limit and body: the work of a call, or what is answered in its place. The guard counts a write while its client waits.
fn take(
    forstok: &Arc<Forstok>,
    call: &Call,
    endpoint: &str,
    faults: &[Fault],
) -> Result<(Work, Option<InFlight>), Box<Response>> {
    let refuse = |response: Response| Err(Box::new(response));
    if faults.contains(&Fault::TokenExpiry) {
        lock(&forstok.tokens).clear();
    }
    match endpoint {
        "v2/auth" => return refuse(auth::token(forstok, call)),
        "v1/documents.pdf" => return refuse(label(call)),
        _ => {}
    }
    auth::check(forstok, call)?;
    let method = method_of(call);
    let in_flight = if method == Method::GET {
        None
    } else {
        if faults.iter().any(|fault| matches!(fault, Fault::RateLimit(_))) {
            return refuse(too_many(30));
        }
        match forstok.writes.admit(Instant::now()) {
            Admission::Admitted(guard) => Some(guard),
            Admission::Refused(wait) => return refuse(too_many(wait.as_secs() + 1)),
        }
    };
    if faults.contains(&Fault::StatusNotOk) {
        return refuse(envelope::error(StatusCode::OK, "Something went wrong"));
    }
    let mut body: Value = match serde_json::from_slice(&call.body) {
        Ok(body) => body,
        Err(_) if call.body.iter().all(u8::is_ascii_whitespace) => Value::Null,
        Err(_) => return refuse(envelope::error(StatusCode::BAD_REQUEST, "Malformed JSON")),
    };
    change::in_silence(&mut body, faults);
    let endpoint = endpoint.to_owned();
    Ok((Work { method, endpoint, query: Query::of(call, faults), body, faults: faults.to_vec() }, in_flight))
}

impl Work {
    fn run(&self, forstok: &Arc<Forstok>) -> Response {
        let Self { query, body, faults, .. } = self;
        match (self.method.as_str(), self.endpoint.as_str()) {
            ("PATCH", "v2/variants/quantities.json") => quantities::update(forstok, body, faults),
            ("POST", "v1/items/create" | "v1/items/create.json") => catalogue::create_items(forstok, body),
            ("PATCH", "v1/variants.json") => catalogue::update_variant(forstok, body),
            ("POST", "v1/orders/confirm.json") => orders::confirm(forstok, body.get("order_id")),
            ("POST", "v2/orders/fulfills_seller.json") => {
                let id = query.text("order_id").map(Value::String);
                orders::fulfil(forstok, id.as_ref().or_else(|| body.get("order_id")))
            }
            (method, endpoint) if forstok.settings.assumed_endpoints => {
                let mut response = assumed::serve(forstok, method, endpoint, query, body);
                response.headers_mut().insert("x-sim-unverified", HeaderValue::from_static("1"));
                response
            }
            _ => envelope::error(StatusCode::NOT_FOUND, "Not found"),
        }
    }
}

/// A POST with `X-HTTP-Method-Override: PATCH` counts as PATCH (§4).
fn method_of(call: &Call) -> Method {
    let wanted = call.header("x-http-method-override");
    if call.method == Method::POST && !wanted.is_empty() {
        return Method::from_bytes(wanted.to_ascii_uppercase().as_bytes()).unwrap_or(Method::POST);
    }
    call.method.clone()
}

fn too_many(seconds: u64) -> Response {
    let mut response = envelope::error(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The label endpoint answers with an empty PDF to whoever brings a token (§6.7).
fn label(call: &Call) -> Response {
    if !call.query.as_deref().unwrap_or_default().contains("token=") {
        return envelope::unauthorized("Missing token");
    }
    let mut response =
        Response::new(Body::from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    response
}

/// The query string of a call.
#[derive(Debug)]
pub(crate) struct Query {
    fields: Vec<(String, String)>,
    /// How many rows have gone since the first page was read; below 0, so many have come.
    pub(crate) shifted: i64,
}

impl Query {
    fn of(call: &Call, faults: &[Fault]) -> Self {
        let fields = url::form_urlencoded::parse(call.query.as_deref().unwrap_or_default().as_bytes());
        let shift =
            faults.iter().find_map(|fault| if let Fault::ShiftPages(rows) = fault { Some(*rows) } else { None });
        Self { fields: fields.into_owned().collect(), shifted: shift.unwrap_or(0) }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.fields.iter().rev().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.clone())
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }
}
