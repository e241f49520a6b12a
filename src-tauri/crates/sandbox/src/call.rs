//! One HTTP call as both services see it, and the faults that look the same on each of them.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use serde_json::Value;

use crate::fault::Fault;
use crate::listener::Wire;

/// How many pieces a slow body comes in.
const PIECES: usize = 10;

/// Bodies above this are cut off; no client sends that much.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    wire: Wire,
}

impl Call {
    pub(crate) async fn read(request: Request, wire: Wire) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            body: to_bytes(body, BODY_LIMIT).await.unwrap_or_default(),
            wire,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Path and query, as a redirect repeats them.
    pub(crate) fn target(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    /// The faults that keep a call from doing anything: the answer in its place.
    pub(crate) async fn before(&self, faults: &[Fault]) -> Option<Response> {
        for fault in faults {
            if let Fault::Slow(time) = fault {
                tokio::time::sleep(*time).await;
            }
        }
        for fault in faults {
            match fault {
                Fault::DropBeforeCommit | Fault::LateCommit(_) => {
                    self.wire.cut();
                    return Some(Response::new(Body::empty()));
                }
                Fault::Refused(time) => {
                    self.wire.cut();
                    self.wire.unplug(*time).await;
                    return Some(Response::new(Body::empty()));
                }
                Fault::Html401 => return Some(page(StatusCode::UNAUTHORIZED, "Halaman tidak boleh diakses")),
                Fault::Html404 => return Some(page(StatusCode::NOT_FOUND, "Halaman tidak ditemukan")),
                Fault::Html502 => return Some(page(StatusCode::BAD_GATEWAY, "502 Bad Gateway")),
                Fault::TimeoutThenCommit(_) => return Some(page(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out")),
                Fault::Error500 => return Some(page(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")),
                Fault::HtmlPage => return Some(page(StatusCode::OK, "Sedang dalam pemeliharaan")),
                _ => {}
            }
        }
        None
    }

    /// The faults that spoil the answer after the work was done.
    pub(crate) async fn after(&self, faults: &[Fault], response: Response) -> Response {
        let mut response = response;
        for fault in faults {
            match fault {
                Fault::DropAfterCommit => self.wire.cut(),
                Fault::MalformedJson => *response.body_mut() = Body::from("{\"s\":true,\"d\":[{,]}"),
                Fault::TruncatedJson => {
                    let body = std::mem::replace(response.body_mut(), Body::empty());
                    let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
                    *response.body_mut() = Body::from(bytes.slice(..bytes.len() / 2));
                }
                Fault::SlowBody(time) => {
                    let body = std::mem::replace(response.body_mut(), Body::empty());
                    let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
                    *response.body_mut() = dripping(bytes, *time);
                }
                Fault::ShortList(_) | Fault::Put { .. } => {
                    let body = std::mem::replace(response.body_mut(), Body::empty());
                    let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
                    *response.body_mut() = Body::from(other_rows(fault, &bytes).unwrap_or_else(|| bytes.to_vec()));
                }
                _ => continue,
            }
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        response
    }
}

/// A body in pieces, with so much time over all of them.
fn dripping(bytes: Bytes, time: Duration) -> Body {
    let size = bytes.len().div_ceil(PIECES).max(1);
    Body::from_stream(futures::stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        let piece = left.split_to(size.min(left.len()));
        tokio::time::sleep(time / u32::try_from(PIECES).unwrap_or(1)).await;
        Some((Ok::<_, Infallible>(piece), left))
    }))
}

/// The answer with other rows in its list; `None` for an answer without one.
fn other_rows(fault: &Fault, body: &[u8]) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let rows = list_of(&mut answer)?;
    match fault {
        Fault::ShortList(most) => {
            rows.truncate(*most);
            let count = Value::from(rows.len());
            // Both services count their rows beside the list.
            for place in ["/sp/rowCount", "/data/total", "/total"] {
                if let Some(told) = answer.pointer_mut(place) {
                    *told = count.clone();
                }
            }
            if let Some(pages) = answer.pointer_mut("/sp/pageCount") {
                *pages = Value::from(count.as_u64().unwrap_or(0).min(1));
            }
        }
        Fault::Put { row, place, value } => {
            let value: Value = serde_json::from_str(value).ok()?;
            for (number, one) in rows.iter_mut().enumerate() {
                let id = one.get("id").map(Value::to_string).unwrap_or_default();
                let meant = row == "*" || *row == number.to_string() || row.strip_prefix('#') == Some(&id);
                if let Some(field) = one.pointer_mut(place).filter(|_| meant) {
                    field.clone_from(&value);
                }
            }
        }
        _ => return None,
    }
    serde_json::to_vec(&answer).ok()
}

/// The rows of an answer: `d` of Accurate; of Forstok `data`, or the list in it.
fn list_of(answer: &mut Value) -> Option<&mut Vec<Value>> {
    let holder = if answer.get("d").is_some() { answer.get_mut("d")? } else { answer.get_mut("data")? };
    match holder {
        Value::Array(rows) => Some(rows),
        Value::Object(fields) => fields.values_mut().find_map(Value::as_array_mut),
        _ => None,
    }
}

fn page(status: StatusCode, title: &str) -> Response {
    let page = maud::html! { html { head { title { (title) } } body { h1 { (title) } } } };
    let mut response = Response::new(Body::from(page.into_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=UTF-8"));
    response
}
