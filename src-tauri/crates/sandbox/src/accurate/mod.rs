//! Accurate Online: the account host (consent, tokens, databases), two data hosts, and the state behind them.
//!
//! Everything here follows accurate-online-api.md; where a fact is a guess there, the line says so. Nothing of Forstok is known here.

mod account_host;
pub(crate) mod accounts;
mod adjustments;
mod api_token;
pub(crate) mod company;
mod consent;
mod customers;
mod data_host;
mod document;
mod envelope;
mod invoice_view;
mod invoices;
mod item_view;
pub(crate) mod items;
mod listing;
pub(crate) mod masters;
mod oauth;
mod params;
mod receipts;
mod returns;
mod scopes;
pub(crate) mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use rust_decimal::Decimal;

use crate::fault::Faults;
use crate::journal::Journal;
use crate::late::Late;
use crate::limiter::{Allowance, Limiter, Load};
use crate::{lock, seed};
pub(crate) use company::Company;
pub(crate) use params::Params;

/// The registered application and the behaviour that options can change.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) signature_secret: String,
    pub(crate) owner_email: String,
    pub(crate) latency: Duration,
    pub(crate) allowance: Allowance,
    pub(crate) rate_limit_status: StatusCode,
    pub(crate) page_cap: usize,
    pub(crate) session_lifetime: Option<Duration>,
}

/// Who signs in on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Person {
    /// The account that owns the databases.
    Owner,
    /// A colleague with another e-mail: sees the databases, administers none.
    Staff,
}

/// The one live grant of a person (§1.3: a second consent replaces the first).
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) scopes: BTreeSet<String>,
}

/// A code that was not yet exchanged.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) person: Person,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
}

/// An open database.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) database: i64,
    pub(crate) opened: std::time::Instant,
}

/// Everything that changes.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) companies: BTreeMap<i64, Company>,
    pub(crate) grants: HashMap<Person, Grant>,
    /// Scopes that every sign-in goes without, whatever was asked for.
    pub(crate) unticked: BTreeSet<String>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) api_token: String,
    /// The shop's own database, which the API token is for.
    pub(crate) shop: i64,
    pub(crate) limiters: HashMap<String, Limiter>,
    /// Which of the two data hosts serves.
    pub(crate) host: usize,
    /// Base URLs of the two data hosts.
    pub(crate) hosts: [String; 2],
}

impl Books {
    /// The live data host.
    pub(crate) fn host_url(&self) -> &str {
        &self.hosts[self.host]
    }

    pub(crate) fn grant_of(&self, access: &str) -> Option<(Person, &Grant)> {
        self.grants.iter().find(|(_, grant)| grant.access == access).map(|(person, grant)| (*person, grant))
    }

    /// The database of a session that is still good.
    pub(crate) fn session(&self, key: &str, lifetime: Option<Duration>) -> Option<i64> {
        let session = self.sessions.get(key)?;
        lifetime.is_none_or(|lifetime| session.opened.elapsed() < lifetime).then_some(session.database)
    }

    pub(crate) fn expire_tokens(&mut self) {
        for grant in self.grants.values_mut() {
            grant.access = uuid::Uuid::new_v4().to_string();
        }
    }
}

/// Both hosts of Accurate Online.
#[derive(Debug)]
pub(crate) struct Accurate {
    pub(crate) settings: Settings,
    pub(crate) books: Mutex<Books>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) late: Arc<Late>,
    pub(crate) journal: Arc<Journal>,
}

impl Accurate {
    pub(crate) fn new(
        settings: Settings,
        companies: Vec<Company>,
        hosts: [String; 2],
        faults: Arc<Faults>,
        late: Arc<Late>,
        journal: Arc<Journal>,
    ) -> Self {
        let first = companies.first().map_or(0, |company| company.profile.id);
        let books = Books {
            companies: companies.into_iter().map(|company| (company.profile.id, company)).collect(),
            api_token: api_token::issue(first),
            shop: first,
            hosts,
            ..Books::default()
        };
        Self { settings, books: Mutex::new(books), faults, late, journal }
    }

    /// Routes of the account host.
    pub(crate) fn account_router(self: &Arc<Self>) -> Router {
        page_at_root().fallback(account_host::serve).with_state(Arc::clone(self))
    }

    /// Routes of one of the two data hosts.
    pub(crate) fn data_router(self: &Arc<Self>, host: usize) -> Router {
        page_at_root().fallback(data_host::serve).with_state((Arc::clone(self), host))
    }

    /// Peak load over all tokens.
    pub(crate) fn load(&self) -> Load {
        lock(&self.books).limiters.values().map(Limiter::load).fold(Load::default(), |sum, load| Load {
            max_in_window: sum.max_in_window.max(load.max_in_window),
            max_in_flight: sum.max_in_flight.max(load.max_in_flight),
            refused: sum.refused + load.refused,
        })
    }

    pub(crate) fn look<T>(&self, database: i64, look: impl FnOnce(&Company) -> T) -> Option<T> {
        lock(&self.books).companies.get(&database).map(look)
    }
}

/// What a browser is shown at the root of any host.
fn page_at_root<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", axum::routing::get(async || crate::page::of("Accurate Online")))
}

/// Stock of every item and warehouse of a company, by code and name.
pub(crate) fn stock_table(company: &Company) -> BTreeMap<(String, String), Decimal> {
    company
        .on_hand()
        .filter_map(|((item, warehouse), quantity)| {
            let no = company.items.get(item)?.no.clone();
            let name = company.master(masters::MasterKind::Warehouse, warehouse)?.name.clone();
            Some(((no, name), quantity))
        })
        .collect()
}

/// Deletes a record the way a client would.
pub(crate) fn delete_row(company: &mut Company, module: &str, key: &str) -> Result<(), seed::SeedError> {
    let text = serde_json::json!({ "no": key, "number": key, "customerNo": key }).to_string();
    let params = Params::parse(None, "application/json", text.as_bytes())
        .map_err(|refusal| seed::SeedError(refusal.0.join("; ")))?;
    match data_host::dispatch(company, module, "delete", &params, 1000) {
        Some(Ok(_)) => Ok(()),
        Some(Err(refusal)) => Err(seed::SeedError(refusal.0.join("; "))),
        None => Err(seed::SeedError(format!("{module} cannot be deleted"))),
    }
}

/// Writes a record the way a client would, for the seeds.
pub(crate) fn seed_row(company: &mut Company, module: &str, fields: serde_json::Value) -> Result<(), seed::SeedError> {
    let text = fields.to_string();
    let params = Params::parse(None, "application/json", text.as_bytes())
        .map_err(|refusal| seed::SeedError(refusal.0.join("; ")))?;
    match data_host::dispatch(company, module, "save", &params, 1000) {
        Some(Ok(_)) => Ok(()),
        Some(Err(refusal)) => Err(seed::SeedError(format!("{module}: {} in {text}", refusal.0.join("; ")))),
        None => Err(seed::SeedError(format!("{module} cannot be saved"))),
    }
}
