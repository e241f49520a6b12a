//! Answers of Forstok. Only `status:"OK"` of the stock call is proven; the rest of the error envelope is guessed
//! (forstok-api.md §4, §10 item 8).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) fn respond<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_string(body).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// `{"status":"OK","data":…}`
pub(crate) fn ok<T: Serialize>(data: &T) -> Response {
    #[derive(Serialize)]
    struct Good<'a, T> {
        status: &'static str,
        data: &'a T,
    }
    respond(StatusCode::OK, &Good { status: "OK", data })
}

/// `{"status":"OK"}`: all that is known of a successful write.
pub(crate) fn done() -> Response {
    respond(StatusCode::OK, &json!({ "status": "OK" }))
}

pub(crate) fn unauthorized(message: &str) -> Response {
    respond(StatusCode::UNAUTHORIZED, &json!({ "status": "Unauthorized", "data": { "message": message } }))
}

pub(crate) fn error(status: StatusCode, message: &str) -> Response {
    respond(status, &json!({ "status": "Error", "data": { "message": message } }))
}

/// An error with one entry for each line that failed.
pub(crate) fn line_errors(status: StatusCode, message: &str, errors: &[Value]) -> Response {
    respond(status, &json!({ "status": "Error", "data": { "message": message, "errors": errors } }))
}
