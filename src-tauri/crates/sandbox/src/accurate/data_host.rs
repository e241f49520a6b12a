//! The data host: `/accurate/api/{module}/{action}.do`. Checks come in the order token, load, path, scope, session
//! (accurate-online-api.md §1.4, §2.4, §3.2, §4); then the module answers.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::company::Company;
use super::envelope::{self, Answer, Outcome, RATE_LIMIT, Refusal, SERVER_FAULT};
use super::masters::{self, MasterKind};
use super::params::Params;
use super::wire::{Record, record};
use super::{
    Accurate, Books, accounts, adjustments, api_token, customers, invoices, items, oauth, receipts, returns, scopes,
};
use crate::call::Call;
use crate::fault::{self, Fault, System};
use crate::limiter::{Admission, InFlight, Limiter};
use crate::listener::Wire;
use crate::{clock, lock};

/// Most rows of one `bulk-save.do` (§0, fact 7).
const BULK_LIMIT: usize = 100;

/// Answers one request at data host number `host`.
pub(crate) async fn serve(
    State((accurate, host)): State<(Arc<Accurate>, usize)>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let due = tokio::time::Instant::now() + accurate.settings.latency;
    let call = Call::read(request, wire).await;
    let endpoint = call.path.trim_start_matches("/accurate/api/").trim_start_matches('/').to_owned();
    accurate.journal.note("accurate", &endpoint);
    let faults = accurate.faults.strike(System::Accurate, &call.path);
    let guard = match admit(&accurate, &call, &faults) {
        Ok(guard) => guard,
        Err(refused) => return *refused,
    };
    keep_back(&accurate, host, &call, &endpoint, &faults);
    if let Some(response) = call.before(&faults).await {
        return response;
    }
    let response = answer(&accurate, host, &call, &endpoint, &faults);
    tokio::time::sleep_until(due).await;
    drop(guard);
    call.after(&faults, response).await
}

/// Token and load. The guard keeps the call counted as in flight.
fn admit(accurate: &Accurate, call: &Call, faults: &[Fault]) -> Result<InFlight, Box<Response>> {
    let mut books = lock(&accurate.books);
    if faults.contains(&Fault::TokenExpiry) {
        books.expire_tokens();
    }
    if faults.contains(&Fault::SessionExpiry) {
        books.sessions.clear();
    }
    let token = oauth::bearer(call).map(str::to_owned).ok_or_else(|| Box::new(oauth::unauthorized(call)))?;
    if token == books.api_token {
        api_token::check(&accurate.settings, call)?;
    } else if books.grant_of(&token).is_none() {
        return Err(Box::new(oauth::invalid_token(call, &token)));
    }
    let limiter = books.limiters.entry(token).or_insert_with(|| Limiter::new(accurate.settings.allowance)).clone();
    drop(books);
    for fault in faults {
        if let Fault::RateLimit(status) = fault {
            let status = status
                .and_then(|status| StatusCode::from_u16(status).ok())
                .unwrap_or(accurate.settings.rate_limit_status);
            return Err(Box::new(envelope::refusal(status, RATE_LIMIT)));
        }
    }
    match limiter.admit(Instant::now()) {
        Admission::Admitted(guard) => Ok(guard),
        Admission::Refused(_) => Err(Box::new(envelope::refusal(accurate.settings.rate_limit_status, RATE_LIMIT))),
    }
}

/// A call that may be done: what it asks of which database.
struct Work {
    database: i64,
    module: String,
    action: String,
    params: Params,
    /// Codes of bulk rows that a fault refuses.
    refused_codes: Vec<String>,
}

impl Work {
    fn writes(&self) -> bool {
        scopes::writes(&self.action)
    }

    fn run(&self, books: &mut Books, cap: usize) -> Response {
        let Some(company) = books.companies.get_mut(&self.database) else { return not_found() };
        company.refused_codes.clone_from(&self.refused_codes);
        match dispatch(company, &self.module, &self.action, &self.params, cap) {
            Some(outcome) => envelope::json(StatusCode::OK, envelope::body_of(&outcome)),
            None => not_found(),
        }
    }
}

fn not_found() -> Response {
    envelope::refusal(StatusCode::NOT_FOUND, "URL API tidak tepat")
}

/// Takes a write in that a fault does later. It has passed token and session when it came, so what becomes of those is all the same.
fn keep_back(accurate: &Arc<Accurate>, host: usize, call: &Call, endpoint: &str, faults: &[Fault]) {
    let Some(after) = fault::commits_after(faults) else { return };
    let taken = take(&mut lock(&accurate.books), accurate, host, call, endpoint, faults);
    let Some(work) = taken.ok().filter(Work::writes) else { return };
    let accurate = Arc::clone(accurate);
    Arc::clone(&accurate.late).defer(after, move || {
        work.run(&mut lock(&accurate.books), accurate.settings.page_cap);
    });
}

fn answer(accurate: &Accurate, host: usize, call: &Call, endpoint: &str, faults: &[Fault]) -> Response {
    let mut books = lock(&accurate.books);
    match take(&mut books, accurate, host, call, endpoint, faults) {
        Ok(work) => work.run(&mut books, accurate.settings.page_cap),
        Err(refused) => *refused,
    }
}

/// Path, scope, session and parameters: the work of a call, or what is answered in its place.
fn take(
    books: &mut Books,
    accurate: &Accurate,
    host: usize,
    call: &Call,
    endpoint: &str,
    faults: &[Fault],
) -> Result<Work, Box<Response>> {
    if faults.contains(&Fault::Moved) && books.host == host {
        books.host = 1 - host;
    }
    if books.host != host {
        return Err(Box::new(moved(&format!("{}{}", books.host_url(), call.target()))));
    }
    let no_such = || Box::new(not_found());
    let (module, action) = endpoint.strip_suffix(".do").and_then(|path| path.split_once('/')).ok_or_else(no_such)?;
    let scope = scopes::required(module, action).ok_or_else(no_such)?;
    if !call.path.starts_with("/accurate/api/") || (scopes::writes(action) && call.method == Method::GET) {
        return Err(no_such());
    }
    let database = database_of(books, accurate, call, &scope)?;
    if faults.contains(&Fault::Upsss) {
        return Err(Box::new(envelope::refusal(StatusCode::OK, SERVER_FAULT)));
    }
    let params = Params::parse(call.query.as_deref(), call.header("content-type"), &call.body)
        .map_err(|refusal| Box::new(envelope::json(StatusCode::OK, envelope::body_of(&Err(refusal)))))?;
    let params = params.struck_by(faults);
    let refused_codes = faults
        .iter()
        .find_map(|fault| if let Fault::PartialBulk(codes) = fault { Some(codes.clone()) } else { None })
        .unwrap_or_default();
    Ok(Work { database, module: module.to_owned(), action: action.to_owned(), params, refused_codes })
}

/// Scope, then session: the database a call works on.
fn database_of(books: &Books, accurate: &Accurate, call: &Call, scope: &str) -> Result<i64, Box<Response>> {
    let token = oauth::bearer(call).unwrap_or_default();
    if books.unticked.contains(scope) {
        return Err(Box::new(oauth::insufficient_scope(call, scope)));
    }
    if token == books.api_token {
        return Ok(api_token::database(token).unwrap_or_default());
    }
    let Some((_, grant)) = books.grant_of(token) else { return Err(Box::new(oauth::invalid_token(call, token))) };
    if !grant.scopes.contains(scope) {
        return Err(Box::new(oauth::insufficient_scope(call, scope)));
    }
    books
        .session(call.header("x-session-id"), accurate.settings.session_lifetime)
        .ok_or_else(|| Box::new(envelope::refusal(StatusCode::UNAUTHORIZED, "Data Session Key tidak tepat")))
}

/// HTTP 308 to where the database lives now (§2.5).
fn moved(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Hands a call to its module; `None` when the module has no such action.
pub(crate) fn dispatch(
    company: &mut Company,
    module: &str,
    action: &str,
    params: &Params,
    cap: usize,
) -> Option<Outcome> {
    if let Some(kind) = MasterKind::ALL.into_iter().find(|kind| kind.module() == module) {
        return masters::serve(company, kind, action, params, cap);
    }
    match module {
        "item" => items::serve(company, action, params, cap),
        "glaccount" => accounts::serve(company, action, params, cap),
        "customer" => customers::serve(company, action, params, cap),
        "item-adjustment" => adjustments::serve(company, action, params, cap),
        "sales-invoice" => invoices::serve(company, action, params, cap),
        "sales-receipt" => receipts::serve(company, action, params, cap),
        "sales-return" => returns::serve(company, action, params, cap),
        "company" if action == "detail" => Some(Ok(Answer::Detail(profile(company)))),
        _ => None,
    }
}

/// `company/detail.do`: called by a client, answer not recorded (§6.2). [guess]
fn profile(company: &Company) -> Record {
    record! {
        "id" => company.profile.id,
        "name" => &company.profile.alias,
        "startDate" => clock::slashed(company.profile.start),
        "currency" => record! { "id" => super::company::FIRST_ID, "code" => "IDR", "name" => "Indonesian Rupiah", "symbol" => "Rp" },
    }
}

/// `bulk-save.do`: rows succeed or fail one by one.
pub(crate) fn bulk(
    company: &mut Company,
    params: &Params,
    save: impl Fn(&mut Company, &Params) -> Result<(String, Record), Refusal>,
) -> Outcome {
    let rows = params.rows("data");
    if rows.is_empty() {
        return Err(Refusal::must_be_filled("data"));
    }
    if rows.len() > BULK_LIMIT {
        // The text for more than 100 rows is not known (§12). [guess]
        return Err(Refusal::text(format!("Jumlah data melebihi batas. Maksimal {BULK_LIMIT} data")));
    }
    let saved = rows
        .iter()
        .map(|row| {
            let code = ["no", "number", "customerNo", "name"].iter().find_map(|name| row.text(name));
            if code.is_some_and(|code| company.refused_codes.contains(&code)) {
                return Err(Refusal::text("Data tidak ditemukan atau sudah dihapus"));
            }
            save(company, row)
        })
        .collect();
    Ok(Answer::Bulk(saved))
}
