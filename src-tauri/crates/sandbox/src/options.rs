//! What can be chosen when a sandbox starts.

use std::time::Duration;

use axum::http::StatusCode;

use crate::fault::FaultSchedule;
use crate::limiter::Allowance;
use crate::{accurate, forstok};

/// Redirect URIs that are always registered.
const REDIRECT_URIS: [&str; 2] = ["http://localhost:47113/callback", "http://localhost:47114/callback"];

/// Size, behaviour and faults of a sandbox.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Variants in Forstok.
    pub items: usize,
    /// Orders in Forstok.
    pub orders: usize,
    /// Stores in Forstok, at most 14: one for each kind of channel, most used first.
    pub stores: usize,
    /// Beside them, orders that connectors are known to book wrongly: one whose discount only its invoice shows, one whose goods lie in the
    /// marketplace's own warehouse, and one of both warehouses.
    pub odd_orders: bool,
    /// The same seed gives the same data.
    pub seed: u64,
    /// How long a call takes, its work included; one that has more work takes longer.
    pub latency: Duration,
    /// What goes wrong.
    pub faults: FaultSchedule,
    /// Accurate already has about 60 % of the items (matched, some with trouble) and their stock; otherwise it is a new company with a
    /// handful of items and no stock.
    pub existing_books: bool,
    /// The user of the first database has two branches, so that each write must name one.
    pub several_branches: bool,
    /// Accurate knows parties that look like those of a store and are none: a customer whose number is a store's id, a customer and a bank
    /// account in another currency.
    pub odd_parties: bool,
    /// Forstok writes some goods otherwise than Accurate: a blank at the end of a SKU, letters that nobody sees, HTML and curly quotes in
    /// names. Orders name the SKUs without the blank.
    pub odd_spelling: bool,
    /// Redirect URIs registered beside ports 47113 and 47114.
    pub redirect_uris: Vec<String>,
    /// Accurate's limit per token.
    pub accurate_allowance: Allowance,
    /// HTTP status of Accurate's rate-limit refusal: 200, 400 or 429. Which one is real is not known.
    pub rate_limit_status: u16,
    /// Largest `sp.pageSize` that is honoured.
    pub page_cap: usize,
    /// How long a database session lives; `None` for as long as the sandbox.
    pub session_lifetime: Option<Duration>,
    /// How long a Forstok token lives.
    pub forstok_token_lifetime: Duration,
    /// Forstok's limit for writes.
    pub forstok_writes: Allowance,
    /// Most lines of one stock update.
    pub forstok_max_batch: usize,
    /// One bad line of a stock update makes the whole update void.
    pub forstok_all_or_nothing: bool,
    /// One order was paid out in two parts, and one transfer holds what the marketplace took back of an earlier order.
    pub odd_payouts: bool,
    /// A completed order is paid out at once ("Auto Paid"); otherwise its payment only becomes ready.
    pub forstok_auto_paid: bool,
    /// How often each webhook is delivered; more than 1 sends duplicates.
    pub forstok_webhook_copies: usize,
    /// Serve Forstok's guessed endpoints; without them a client must use file imports.
    pub forstok_assumed_endpoints: bool,
}

impl SandboxOptions {
    /// The same with limits that count by the tenth of a second and of a minute: for tests that are not about the pace, and clients that are
    /// told of it ([`Connection::accurate_second`](crate::Connection::accurate_second)).
    #[must_use]
    pub fn hurried(mut self) -> Self {
        self.accurate_allowance.window /= 10;
        self.forstok_writes.window /= 10;
        self
    }

    /// The same with everything odd in it, or nothing: orders, parties, payouts and spellings.
    #[must_use]
    pub fn odd(self, odd: bool) -> Self {
        Self { odd_orders: odd, odd_parties: odd, odd_payouts: odd, odd_spelling: odd, ..self }
    }
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            items: 120,
            orders: 40,
            stores: 14,
            odd_orders: false,
            seed: 1,
            latency: Duration::ZERO,
            faults: FaultSchedule::default(),
            existing_books: false,
            several_branches: false,
            odd_parties: false,
            odd_spelling: false,
            redirect_uris: Vec::new(),
            accurate_allowance: Allowance { calls: 8, window: Duration::from_secs(1), parallel: 8 },
            rate_limit_status: 429,
            page_cap: 10_000,
            session_lifetime: None,
            forstok_token_lifetime: Duration::from_secs(15 * 60),
            forstok_writes: Allowance { calls: 50, window: Duration::from_secs(60), parallel: 50 },
            forstok_max_batch: 100,
            forstok_all_or_nothing: false,
            odd_payouts: false,
            forstok_auto_paid: true,
            forstok_webhook_copies: 1,
            forstok_assumed_endpoints: true,
        }
    }
}

impl SandboxOptions {
    pub(crate) fn accurate_settings(&self) -> accurate::Settings {
        accurate::Settings {
            client_id: uuid::Uuid::new_v4().to_string(),
            client_secret: uuid::Uuid::new_v4().simple().to_string(),
            redirect_uris: REDIRECT_URIS
                .iter()
                .map(|&uri| uri.to_owned())
                .chain(self.redirect_uris.iter().cloned())
                .collect(),
            signature_secret: uuid::Uuid::new_v4().simple().to_string(),
            owner_email: "pemilik@nusantaragoods.example".into(),
            latency: self.latency,
            allowance: self.accurate_allowance,
            rate_limit_status: StatusCode::from_u16(self.rate_limit_status).unwrap_or(StatusCode::TOO_MANY_REQUESTS),
            page_cap: self.page_cap.max(1),
            session_lifetime: self.session_lifetime,
        }
    }

    pub(crate) fn forstok_settings(&self) -> forstok::Settings {
        forstok::Settings {
            email: "pemilik@nusantaragoods.example".into(),
            secret_key: uuid::Uuid::new_v4().simple().to_string(),
            latency: self.latency,
            token_lifetime: self.forstok_token_lifetime,
            writes: self.forstok_writes,
            max_batch: self.forstok_max_batch,
            all_or_nothing: self.forstok_all_or_nothing,
            auto_paid: self.forstok_auto_paid,
            webhook_copies: self.forstok_webhook_copies,
            assumed_endpoints: self.forstok_assumed_endpoints,
        }
    }
}
