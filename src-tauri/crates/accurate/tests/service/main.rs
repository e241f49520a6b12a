//! The client against a service that answers as told: each fault of trust.md, by itself. The simulator's own tests are elsewhere.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod adjustments;
mod faults;
mod hosts;
mod lists;
mod sales;
mod sign_in;

use secrecy::ExposeSecret;
use selaras_accurate::{
    AccurateBooks, AccurateClient, Credentials, MemoryTokenStore, OAuthClient, Patience, TokenPair, TokenStore,
    TokenStoreError,
};
use selaras_domain::accurate::{Adjustment, AdjustmentLine, Item, NewItem, SalesInvoice, StockRow, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{AdjustmentId, DatabaseId, ItemId, SalesInvoiceId, WarehouseId};
use selaras_domain::plan::Reason;
use selaras_engine::ports::{Books, BooksAccount, Clock, PortError, RowOutcome};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wiremock::matchers::{any, body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, Times};

const DATABASE: DatabaseId = DatabaseId(1156);

/// The service: account host and data host, as two servers.
struct Service {
    account: MockServer,
    data: MockServer,
    store: Arc<MemoryTokenStore>,
}

fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "application/json")
}

fn session_answer(session: &str, host: &str) -> String {
    format!(
        r#"{{"s":true,"d":["Proses Berhasil Dilakukan"],"session":"{session}","host":"{host}","dataVersion":20260611103014}}"#
    )
}

impl Service {
    async fn start() -> Self {
        let service =
            Self { account: MockServer::start().await, data: MockServer::start().await, store: Arc::default() };
        let body = session_answer("session-1", &service.data.uri());
        service.on_account("GET", "/api/open-db.do", json(200, &body)).await;
        service
    }

    async fn on_account(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).with_priority(9).mount(&self.account).await;
    }

    /// Answers one data call so often, before anything mounted later.
    async fn on_data(&self, at: &str, answer: ResponseTemplate, times: impl Into<Times>) {
        Mock::given(path(format!("/accurate/api/{at}"))).respond_with(answer).expect(times).mount(&self.data).await;
    }

    async fn once(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path(format!("/accurate/api/{at}")))
            .respond_with(answer)
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&self.data)
            .await;
    }

    async fn refreshes_to(&self, access: &str) {
        let body =
            format!(r#"{{"access_token":"{access}","refresh_token":"refresh-of-{access}","expires_in":1295999}}"#);
        self.on_account("POST", "/oauth/token", json(200, &body)).await;
    }

    fn client(&self) -> AccurateClient {
        client(&self.account.uri(), pair("access-1"), Arc::clone(&self.store) as Arc<dyn TokenStore>)
    }

    async fn books(&self) -> AccurateBooks {
        self.client().open(DATABASE).await.unwrap()
    }

    async fn requests_of(&self, at: &str) -> Vec<Request> {
        let wanted = format!("/accurate/api/{at}");
        let mut requests = self.data.received_requests().await.unwrap();
        requests.retain(|request| request.url.path() == wanted);
        requests
    }

    async fn account_calls(&self, at: &str) -> usize {
        self.account.received_requests().await.unwrap().iter().filter(|request| request.url.path() == at).count()
    }
}

fn pair(access: &str) -> TokenPair {
    let issued_at = jiff::Timestamp::now();
    TokenPair {
        access: access.into(),
        refresh: Some(format!("refresh-of-{access}").into()),
        scope: vec!["item_view".into()],
        email: None,
        issued_at,
        expires_at: issued_at + jiff::SignedDuration::from_hours(15 * 24),
    }
}

fn quick() -> Patience {
    let moment = Duration::from_millis(1);
    Patience { read_delay: moment, rate_delay: moment, ..Patience::default() }
}

fn client(base: &str, tokens: TokenPair, store: Arc<dyn TokenStore>) -> AccurateClient {
    let client = OAuthClient { client_id: "app".into(), client_secret: "secret".into() };
    AccurateClient::builder(base.parse().unwrap(), Credentials::OAuth { client, tokens })
        .token_store(store)
        .patience(quick())
        .build()
        .unwrap()
}

fn new_item(no: &str) -> NewItem {
    NewItem {
        no: no.into(),
        name: format!("Barang {no}"),
        unit: "PCS".into(),
        category: "Umum".into(),
        unit_price: Some(Money("17500.50".parse().unwrap())),
        vendor_price: None,
        upc: None,
        tax: None,
    }
}

const ONE_POSTED: &str = r#"{"s":true,"d":[{"s":true,"d":["ok"],"r":{"id":7,"no":"A"}}]}"#;

fn posted() -> Vec<RowOutcome> {
    vec![RowOutcome::Posted { record: Some(7) }]
}

fn page(rows: &str, number: i64, pages: i64, count: i64) -> String {
    format!(
        r#"{{"s":true,"d":[{rows}],"sp":{{"page":{number},"pageSize":100,"pageCount":{pages},"rowCount":{count}}}}}"#
    )
}
