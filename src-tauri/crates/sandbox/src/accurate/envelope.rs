//! The `{s, d, r, sp}` envelope and the message catalogue (accurate-online-api.md §3.1, §3.3).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::params::Params;
use super::wire::{Json, Record, record};

/// A business failure: HTTP 200, `s:false`, Indonesian text in `d[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) Vec<String>);

impl Refusal {
    pub(crate) fn text(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    pub(crate) fn must_be_filled(label: &str) -> Self {
        Self::text(format!("{label} harus diisi"))
    }

    pub(crate) fn invalid_field(name: &str) -> Self {
        Self::text(format!("Invalid field value for field \"{name}\"."))
    }

    pub(crate) fn duplicate(label: &str, value: &str) -> Self {
        Self::text(format!("Sudah ada data lain dengan {label} \"{value}\""))
    }

    /// An unknown reference inside a save.
    pub(crate) fn not_found(entity: &str, key: &str) -> Self {
        Self::text(format!("{entity} {key} tidak ditemukan atau sudah dihapus"))
    }

    /// A `detail.do` miss or a filter value that does not exist.
    pub(crate) fn not_exact(entity: &str) -> Self {
        Self::text(format!("{entity} tidak tepat"))
    }

    /// What `delete.do` says where `detail.do` says [`Self::not_exact`]: the record with its number or code is gone (§3.3).
    pub(crate) fn of_delete(self, entity: &str, params: &Params) -> Self {
        let key = ["number", "no", "customerNo", "name", "unitName", "branchName", "id"];
        match key.iter().find_map(|name| params.text(name)) {
            Some(key) if self == Self::not_exact(entity) => Self::not_found(entity, &key),
            _ => self,
        }
    }

    pub(crate) fn too_long(label: &str, entity: &str, limit: usize) -> Self {
        Self::text(format!("Data \"{label}\" pada \"{entity}\" terlalu besar. Maksimal {limit} karakter"))
    }

    fn body(&self) -> Record {
        record! { "s" => false, "d" => self.0.clone() }
    }
}

/// A successful answer of a data-host endpoint.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// `list.do`, `list-stock.do`
    Page { rows: Vec<Json>, paging: Record },
    /// `detail.do`, `get-*.do`
    Detail(Record),
    /// `get-bs-account-amount.do`: rows without pages
    Rows(Vec<Record>),
    /// `save.do`
    Saved { message: String, record: Record },
    /// `bulk-save.do`, one entry per row in request order
    Bulk(Vec<Result<(String, Record), Refusal>>),
    /// `delete.do`
    Deleted(String),
}

/// Result of a data-host endpoint.
pub(crate) type Outcome = Result<Answer, Refusal>;

pub(crate) fn body_of(outcome: &Outcome) -> Record {
    match outcome {
        Err(refusal) => refusal.body(),
        Ok(Answer::Page { rows, paging }) => record! { "s" => true, "d" => rows.clone(), "sp" => paging.clone() },
        Ok(Answer::Rows(rows)) => record! { "s" => true, "d" => rows.clone() },
        Ok(Answer::Detail(detail)) => record! { "s" => true, "d" => detail.clone() },
        Ok(Answer::Saved { message, record }) => {
            record! { "s" => true, "d" => vec![message.clone()], "r" => record.clone() }
        }
        Ok(Answer::Bulk(rows)) => {
            let all_saved = rows.iter().all(Result::is_ok);
            let rows: Vec<Record> = rows
                .iter()
                .map(|row| match row {
                    Ok((message, saved)) => record! { "s" => true, "d" => vec![message.clone()], "r" => saved.clone() },
                    Err(refusal) => refusal.body(),
                })
                .collect();
            record! { "s" => all_saved, "d" => rows }
        }
        Ok(Answer::Deleted(message)) => record! { "s" => true, "d" => vec![message.clone()] },
    }
}

/// A JSON answer with a status.
pub(crate) fn json(status: StatusCode, body: impl Into<Json>) -> Response {
    typed(status, "application/json", body.into().to_text())
}

/// `{"s":false,"d":[message]}` with a status.
pub(crate) fn refusal(status: StatusCode, message: &str) -> Response {
    json(status, Refusal::text(message).body())
}

pub(crate) fn html(status: StatusCode, page: String) -> Response {
    typed(status, "text/html;charset=UTF-8", page)
}

pub(crate) fn typed(status: StatusCode, content_type: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An error of the OAuth layer: outside the envelope, JSON or XML by `Accept` (§1.4).
pub(crate) fn oauth_error(
    status: StatusCode,
    accept: &str,
    exception: &str,
    fields: &[(&'static str, &str)],
) -> Response {
    if accept.contains("json") {
        let mut body = Record::default();
        for (name, value) in fields {
            body.set(*name, *value);
        }
        return json(status, body);
    }
    let inner: String = fields.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escape(value))).collect();
    typed(status, "application/xml;charset=UTF-8", format!("<{exception}>{inner}</{exception}>"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text of a server fault (§3.3, "System").
pub(crate) const SERVER_FAULT: &str = "Upsss... Telah terjadi permasalahan pada saat pemrosesan aktivitas Anda. Permasalahan ini sudah kami terima secara otomatis, dan akan segera ditelusuri oleh tim terkait. Kami mohon maaf atas ketidaknyamanan yang terjadi.\n\nKode Referensi:\nersen-253-00000000000000000000000000000000";

/// The refusal of a call over the limit (§4).
pub(crate) const RATE_LIMIT: &str = "Jumlah request API melebihi toleransi yang diperbolehkan. Batas maksimum yang diperbolehkan yaitu 8 proses paralel per Token dan 8 request/detik.";

/// A page like the one a wrong client id gets (sample `oauth-bad-client`).
pub(crate) fn forbidden_page(path: &str) -> String {
    maud::html! {
        html {
            head { title { "Halaman tidak boleh diakses" } }
            body { h1 { "Halaman tidak boleh diakses" } p { (path) " tidak boleh diakses" } }
        }
    }
    .into_string()
}
