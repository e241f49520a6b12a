//! Forstok: token endpoint and Seller API on one port (the paths do not collide), over one shop.
//!
//! Proven endpoints (forstok-api.md §6) answer plainly; guessed ones (§10) carry `X-Sim-Unverified: 1` and can be switched off. Nothing
//! of Accurate is known here.

mod assumed;
mod auth;
mod catalogue;
mod envelope;
mod gate;
mod listings;
pub(crate) mod orders;
mod quantities;
pub(crate) mod shop;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;

use crate::fault::Faults;
use crate::journal::Journal;
use crate::late::Late;
use crate::limiter::{Allowance, Limiter, Load};
pub(crate) use listings::counts as pending_counts;
use shop::Shop;

/// Credentials of the seller and the behaviour that options can change.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) email: String,
    pub(crate) secret_key: String,
    pub(crate) latency: Duration,
    pub(crate) token_lifetime: Duration,
    pub(crate) writes: Allowance,
    pub(crate) max_batch: usize,
    /// A batch with one bad line changes nothing.
    pub(crate) all_or_nothing: bool,
    /// A completed order is paid out at once.
    pub(crate) auto_paid: bool,
    /// How often each webhook is delivered.
    pub(crate) webhook_copies: usize,
    /// Serve the guessed endpoints.
    pub(crate) assumed_endpoints: bool,
}

/// The service.
#[derive(Debug)]
pub(crate) struct Forstok {
    pub(crate) settings: Settings,
    pub(crate) shop: Mutex<Shop>,
    pub(crate) tokens: Mutex<HashMap<String, Instant>>,
    pub(crate) writes: Limiter,
    pub(crate) faults: Arc<Faults>,
    pub(crate) late: Arc<Late>,
    pub(crate) journal: Arc<Journal>,
}

impl Forstok {
    pub(crate) fn new(
        settings: Settings,
        shop: Shop,
        faults: Arc<Faults>,
        late: Arc<Late>,
        journal: Arc<Journal>,
    ) -> Self {
        let writes = Limiter::new(settings.writes);
        Self { settings, shop: Mutex::new(shop), tokens: Mutex::default(), writes, faults, late, journal }
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let page = axum::routing::get(async || crate::page::of("Forstok"));
        Router::new().route("/", page).fallback(gate::serve).with_state(Arc::clone(self))
    }

    pub(crate) fn load(&self) -> Load {
        self.writes.load()
    }
}
