//! The client against a service that answers as told: each fault of trust.md, by itself. The simulator's own tests are elsewhere.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use secrecy::ExposeSecret;
use selaras_accurate::{
    AccurateBooks, AccurateClient, Credentials, MemoryTokenStore, OAuthClient, Patience, TokenPair, TokenStore,
    TokenStoreError,
};
use selaras_domain::accurate::{Adjustment, AdjustmentLine, Item, NewItem, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
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

// --- lists -----------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn all_pages_of_a_list_are_read_once_and_in_order() {
    let service = Service::start().await;
    for (number, rows) in
        [(1, r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#), (2, r#"{"id":3,"no":"C"}"#), (3, r#"{"id":4,"no":"D"}"#)]
    {
        Mock::given(query_param("sp.page", number.to_string()))
            .respond_with(json(200, &page(rows, number, 3, 4)))
            .expect(1)
            .mount(&service.data)
            .await;
    }
    let items = service.books().await.items().await.unwrap();
    assert_eq!(items.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    let request = &service.requests_of("item/list.do").await[0];
    assert!(request.url.query().unwrap().starts_with("fields=id,no,name,itemType,upcNo,unitPrice,suspended&"));
    assert_eq!(request.headers["x-session-id"], "session-1");
    assert_eq!(request.headers["authorization"], "Bearer access-1");
    assert_eq!(request.headers["accept"], "application/json");
}

#[tokio::test]
async fn a_list_without_sp_is_read_until_a_page_brings_nothing_new() {
    let service = Service::start().await;
    let one = |body: &str| json(200, body);
    for (number, body) in [
        ("1", r#"{"s":true,"d":[{"id":1,"no":"A"}]}"#),
        ("2", r#"{"s":true,"d":[{"id":2,"no":"B"}]}"#),
        ("3", r#"{"s":true,"d":[]}"#),
    ] {
        Mock::given(query_param("sp.page", number)).respond_with(one(body)).expect(1).mount(&service.data).await;
    }
    assert_eq!(service.books().await.items().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_service_that_ignores_pages_is_not_read_for_ever() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, r#"{"s":true,"d":[{"id":1,"no":"A"}]}"#), 2).await;
    assert_eq!(service.books().await.items().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_list_that_changed_while_it_was_read_is_read_again() {
    let service = Service::start().await;
    service.once("item/list.do", json(200, &page(r#"{"id":1,"no":"A"}"#, 1, 1, 2))).await;
    service.on_data("item/list.do", json(200, &page(r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#, 1, 1, 2)), 1).await;
    assert_eq!(service.books().await.items().await.unwrap().len(), 2);
}

#[tokio::test]
async fn numbers_as_text_and_missing_fields_are_read() {
    let service = Service::start().await;
    let rows = r#"{"id":"141","no":100001,"name":"A","itemType":"INVENTORY","upcNo":null,"unitPrice":"17500.000000","suspended":"true"},{"id":142}"#;
    service.on_data("item/list.do", json(200, &page(rows, 1, 1, 2)), 1).await;
    let item = |id, no: &str, name: &str, item_type: Option<&str>, price: Option<&str>, suspended| Item {
        id: ItemId(id),
        no: no.into(),
        name: name.into(),
        item_type: item_type.map(Into::into),
        upc: None,
        unit_price: price.map(|price| Money(price.parse().unwrap())),
        suspended,
    };
    let expected =
        [item(141, "100001", "A", Some("INVENTORY"), Some("17500"), true), item(142, "", "", None, None, false)];
    assert_eq!(service.books().await.items().await.unwrap(), expected);
}

#[tokio::test]
async fn an_item_is_missing_only_when_a_question_about_it_alone_says_so() {
    let service = Service::start().await;
    // This service understands one value only: of several it takes the last.
    let answer = |request: &Request| {
        let asked: Vec<String> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name.starts_with("filter.no.val"))
            .map(|(_, value)| value.into_owned())
            .collect();
        match asked.last().map(String::as_str) {
            Some("A") => json(200, &page(r#"{"id":1,"no":"A"}"#, 1, 1, 1)),
            Some("B") => json(200, &page(r#"{"id":2,"no":"B"}"#, 1, 1, 1)),
            _ => json(200, &page("", 1, 0, 0)),
        }
    };
    Mock::given(path("/accurate/api/item/list.do")).respond_with(answer).mount(&service.data).await;
    let wanted = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
    let found = service.books().await.items_by_no(&wanted).await.unwrap();
    assert_eq!(found.iter().map(|item| item.id.0).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn an_ignored_filter_is_noticed() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, &page(r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#, 1, 1, 2)), 1).await;
    let found = service.books().await.items_by_no(&["B".to_owned(), "Z".to_owned()]).await.unwrap();
    assert_eq!(found.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["B"]);
}

#[tokio::test]
async fn stock_of_a_warehouse_is_asked_for_by_id_and_name_and_may_be_negative() {
    let service = Service::start().await;
    let rows = r#"{"id":1,"no":"A","quantity":-3.500000},{"id":2,"no":"B","quantity":null}"#;
    Mock::given(query_param("warehouseId", "50"))
        .and(query_param("warehouseName", "GUDANG UTAMA"))
        .respond_with(json(200, &page(rows, 1, 1, 2)))
        .mount(&service.data)
        .await;
    let warehouse =
        Warehouse { id: WarehouseId(50), name: "GUDANG UTAMA".into(), default: true, scrap: false, suspended: false };
    let stock = service.books().await.stock(&warehouse).await.unwrap();
    assert_eq!(stock.iter().map(|row| row.quantity.text()).collect::<Vec<_>>(), ["-3.5", "0"]);
}

#[tokio::test]
async fn parents_are_told_by_the_list_of_leaves_when_no_row_says_it() {
    let service = Service::start().await;
    let leaf = r#"{"id":2,"no":"1101","name":"Kas","accountType":"CASH_BANK"}"#;
    let root = r#"{"id":50,"no":null,"name":"Root"},{"id":1,"no":"11","name":"Aset","accountType":"SOMETHING_NEW"}"#;
    Mock::given(query_param("leafOnly", "true"))
        .respond_with(json(200, &page(leaf, 1, 1, 1)))
        .with_priority(1)
        .mount(&service.data)
        .await;
    service.on_data("glaccount/list.do", json(200, &page(&format!("{root},{leaf}"), 1, 1, 3)), 1).await;
    let accounts = service.books().await.accounts().await.unwrap();
    assert_eq!(
        accounts.iter().map(|account| (account.no.as_str(), account.parent)).collect::<Vec<_>>(),
        [("11", true), ("1101", false)]
    );
}

#[tokio::test]
async fn a_convenience_list_that_may_not_be_read_is_empty_and_a_needed_one_names_its_scope() {
    let service = Service::start().await;
    let xml = "<InsufficientScopeException><error>insufficient_scope</error><scope>unit_view</scope></InsufficientScopeException>";
    service.on_data("unit/list.do", ResponseTemplate::new(403).set_body_raw(xml, "application/xml"), 1).await;
    service.on_data("item-category/list.do", ResponseTemplate::new(404), 1).await;
    service.on_data("warehouse/list.do", ResponseTemplate::new(403), 1).await;
    let books = service.books().await;
    assert_eq!(books.units().await.unwrap(), Vec::<String>::new());
    assert_eq!(books.item_categories().await.unwrap(), Vec::<String>::new());
    assert_eq!(books.warehouses().await.unwrap_err(), PortError::Forbidden { scope: "warehouse_view".into() });
}

// --- faults of reads and writes --------------------------------------------------------------------------------------------------

fn faults() -> Vec<(&'static str, ResponseTemplate)> {
    vec![
        ("500", ResponseTemplate::new(500)),
        ("502", ResponseTemplate::new(502).set_body_raw("<html>bad gateway</html>", "text/html")),
        ("truncated", json(200, r#"{"s":true,"d":[{"id":1,"no":"#)),
        ("html", ResponseTemplate::new(200).set_body_raw("<html>hello</html>", "text/html")),
        ("empty", ResponseTemplate::new(200)),
        ("upsss", json(200, r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1-2"]}"#)),
    ]
}

#[tokio::test]
async fn a_read_goes_on_after_an_unusable_answer() {
    for (name, fault) in faults() {
        let service = Service::start().await;
        service.once("item/list.do", fault).await;
        service.on_data("item/list.do", json(200, &page("", 1, 0, 0)), 1).await;
        assert_eq!(service.books().await.items().await, Ok(Vec::new()), "{name}");
    }
}

#[tokio::test]
async fn a_read_gives_up_at_last() {
    let service = Service::start().await;
    service.on_data("item/list.do", ResponseTemplate::new(502), 5).await;
    let error = service.books().await.items().await.unwrap_err();
    assert_eq!(error, PortError::Unknown { side: "accurate", detail: "http 502, no json, 0 bytes".into() });
}

#[tokio::test]
async fn a_server_fault_of_a_read_is_tried_once_more_and_then_named() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1-2"]}"#), 2).await;
    let error = service.books().await.items().await.unwrap_err();
    assert_eq!(error.reason(), Reason::new("server_fault").with("reference", "ersen-1-2"));
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn a_write_without_usable_answer_is_sent_once_and_may_have_arrived() {
    for (name, fault) in faults() {
        let service = Service::start().await;
        service.on_data("item/bulk-save.do", fault, 1).await;
        let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
        assert!(error.may_have_arrived(), "{name}: {error:?}");
        assert_eq!(service.requests_of("item/bulk-save.do").await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_refused_rate_is_waited_out_for_writes_too_whatever_its_status() {
    let text = r#"{"s":false,"d":["Jumlah request API melebihi toleransi yang diperbolehkan."]}"#;
    for answer in [json(200, text), json(400, text), json(429, text), json(429, "").insert_header("Retry-After", "0")] {
        let service = Service::start().await;
        service.once("item/bulk-save.do", answer).await;
        service.on_data("item/bulk-save.do", json(200, ONE_POSTED), 1).await;
        assert_eq!(service.books().await.save_items(&[new_item("A")]).await.unwrap(), posted());
    }
}

#[tokio::test]
async fn a_rate_that_stays_refused_ends_as_busy() {
    let service = Service::start().await;
    service.on_data("item/bulk-save.do", json(429, "").insert_header("Retry-After", "3600"), 1).await;
    let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
    assert_eq!(error, PortError::Busy { side: "accurate" });
}

#[tokio::test]
async fn nothing_is_sent_when_no_connection_can_be_made() {
    let gone = format!("http://127.0.0.1:{}", {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    });
    let client = client(&gone, pair("access-1"), Arc::new(MemoryTokenStore::default()));
    assert_eq!(client.open(DATABASE).await.map(drop).unwrap_err(), PortError::Offline { side: "accurate" });
}

#[tokio::test]
async fn a_connection_that_breaks_off_after_sending_leaves_a_write_unknown() {
    let service = Service::start().await;
    let dropping = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = dropping.local_addr().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = dropping.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut begun = [0; 1024];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut begun).await;
        }
    });
    service.account.reset().await;
    let body = session_answer("session-1", &format!("http://{address}"));
    service.on_account("GET", "/api/open-db.do", json(200, &body)).await;
    let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error:?}");
    assert_eq!(taken.load(Ordering::SeqCst), 1);
}

// --- sessions and tokens ---------------------------------------------------------------------------------------------------------

const SESSION_LOST: &str = r#"{"s":false,"d":["Data Session Key tidak tepat"]}"#;
const TOKEN_LOST: &str = r#"{"error":"invalid_token","error_description":"Invalid access token: access-1"}"#;

#[tokio::test]
async fn a_lost_session_is_renewed_unseen_in_the_middle_of_a_write() {
    let service = Service::start().await;
    let renewed = format!(r#"{{"s":true,"d":{{"session":"session-2","host":"{}"}}}}"#, service.data.uri());
    service.on_account("GET", "/api/db-refresh-session.do", json(200, &renewed)).await;
    Mock::given(header("x-session-id", "session-1"))
        .respond_with(json(401, SESSION_LOST))
        .expect(1)
        .mount(&service.data)
        .await;
    Mock::given(header("x-session-id", "session-2"))
        .respond_with(json(200, ONE_POSTED))
        .expect(2)
        .mount(&service.data)
        .await;
    let books = service.books().await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
}

#[tokio::test]
async fn a_session_that_refresh_does_not_replace_is_opened_anew() {
    for refresh in [
        json(200, r#"{"s":true,"d":{"session":"session-1"}}"#),
        json(200, r#"{"s":true,"d":["Proses Berhasil Dilakukan"]}"#),
        json(500, r#"{"s":false,"d":["Data Usaha tidak tepat"]}"#),
        ResponseTemplate::new(404),
    ] {
        let service = Service::start().await;
        service.on_account("GET", "/api/db-refresh-session.do", refresh).await;
        service.once("item/list.do", json(401, SESSION_LOST)).await;
        let books = service.books().await;
        Mock::given(path("/api/open-db.do"))
            .respond_with(json(200, &session_answer("session-9", &service.data.uri())))
            .with_priority(1)
            .mount(&service.account)
            .await;
        Mock::given(header("x-session-id", "session-9"))
            .respond_with(json(200, &page("", 1, 0, 0)))
            .mount(&service.data)
            .await;
        assert_eq!(books.items().await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_refused_token_is_refreshed_stored_and_used() {
    let service = Service::start().await;
    let books = service.books().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, ONE_POSTED))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .expect(1)
        .mount(&service.data)
        .await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    let stored = service.store.load().await.unwrap().unwrap();
    assert_eq!(stored.access.expose_secret(), "access-2");
    assert_eq!(stored.refresh.unwrap().expose_secret(), "refresh-of-access-2");
    assert_eq!(stored.scope, ["item_view"]);
}

#[tokio::test]
async fn many_calls_with_a_dead_token_refresh_it_once() {
    let service = Service::start().await;
    let books = service.books().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST).set_delay(Duration::from_millis(30)))
        .mount(&service.data)
        .await;
    let reads = (0..4).map(|_| books.items());
    for read in futures::future::join_all(reads).await {
        assert_eq!(read, Ok(Vec::new()));
    }
    assert_eq!(service.account_calls("/oauth/token").await, 1);
}

#[tokio::test]
async fn a_dead_sign_in_asks_for_a_new_one() {
    let service = Service::start().await;
    let books = service.books().await;
    let body = r#"{"error":"invalid_grant","error_description":"Invalid refresh token: refresh-of-access-1"}"#;
    service.on_account("POST", "/oauth/token", json(400, body)).await;
    Mock::given(any()).respond_with(json(401, TOKEN_LOST)).expect(1).mount(&service.data).await;
    let error = books.save_items(&[new_item("A")]).await.unwrap_err();
    assert_eq!(error, PortError::SignInNeeded { side: "accurate" });
}

#[tokio::test]
async fn a_pair_that_another_process_rotated_is_taken_from_the_store() {
    let service = Service::start().await;
    let books = service.books().await;
    service.store.save(&pair("access-of-the-other")).await.unwrap();
    Mock::given(header("authorization", "Bearer access-of-the-other"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .mount(&service.data)
        .await;
    assert_eq!(books.items().await, Ok(Vec::new()));
    assert_eq!(service.account_calls("/oauth/token").await, 0);
}

/// A store that can be full.
#[derive(Default)]
struct FullStore {
    full: AtomicBool,
    saved: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl TokenStore for FullStore {
    async fn load(&self) -> Result<Option<TokenPair>, TokenStoreError> {
        Ok(None)
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), TokenStoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(TokenStoreError("disk full".into()));
        }
        self.saved.lock().unwrap().push(pair.access.expose_secret().to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn refresh_is_stored_before_first_use() {
    let service = Service::start().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .expect(1)
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .mount(&service.data)
        .await;
    let store = Arc::new(FullStore::default());
    let books = client(&service.account.uri(), pair("access-1"), Arc::clone(&store) as Arc<dyn TokenStore>)
        .open(DATABASE)
        .await
        .unwrap();
    store.full.store(true, Ordering::SeqCst);
    assert_eq!(books.items().await.unwrap_err(), PortError::Storage("disk full".into()));
    // The pair is kept until it can be stored; there is no second rotation.
    store.full.store(false, Ordering::SeqCst);
    assert_eq!(books.items().await, Ok(Vec::new()));
    assert_eq!(*store.saved.lock().unwrap(), ["access-2"]);
    assert_eq!(service.account_calls("/oauth/token").await, 1);
}

#[tokio::test]
async fn a_pair_near_its_end_is_renewed_ahead() {
    let service = Service::start().await;
    service.refreshes_to("access-2").await;
    let mut old = pair("access-1");
    old.issued_at -= jiff::SignedDuration::from_hours(14 * 24);
    old.expires_at -= jiff::SignedDuration::from_hours(14 * 24);
    let client = client(&service.account.uri(), old, Arc::clone(&service.store) as Arc<dyn TokenStore>);
    client.open(DATABASE).await.unwrap();
    assert_eq!(client.tokens().unwrap().access.expose_secret(), "access-2");
}

#[tokio::test]
async fn verifying_puts_a_session_in_place_that_was_just_opened_for_the_database() {
    let service = Service::start().await;
    let books = service.books().await;
    Mock::given(path("/api/open-db.do"))
        .and(query_param("id", "1156"))
        .respond_with(json(200, &session_answer("session-of-1156", &service.data.uri())))
        .with_priority(1)
        .mount(&service.account)
        .await;
    books.verify_session().await.unwrap();
    Mock::given(header("x-session-id", "session-of-1156"))
        .respond_with(json(200, ONE_POSTED))
        .expect(1)
        .mount(&service.data)
        .await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
}

#[tokio::test]
async fn a_session_whose_answer_names_another_database_is_refused() {
    let service = Service::start().await;
    let books = service.books().await;
    let other = r#"{"s":true,"d":["ok"],"session":"session-2","databaseId":999}"#;
    Mock::given(path("/api/open-db.do")).respond_with(json(200, other)).with_priority(1).mount(&service.account).await;
    let expected = PortError::WrongDatabase { expected: DATABASE, found: DatabaseId(999) };
    assert_eq!(books.verify_session().await.unwrap_err(), expected);
}

#[tokio::test]
async fn an_expired_database_says_so() {
    let service = Service::start().await;
    service.account.reset().await;
    let body = r#"{"s":false,"d":["Masa ujicoba Data Usaha sudah berakhir"]}"#;
    service.on_account("GET", "/api/open-db.do", json(500, body)).await;
    let error = service.client().open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error.reason().code, "database_expired");
    assert_eq!(service.account_calls("/api/open-db.do").await, 1);
}

// --- hosts -----------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_move_is_followed_with_everything_and_remembered() {
    let service = Service::start().await;
    let new = MockServer::start().await;
    let location = format!("{}/accurate/api/item/bulk-save.do", new.uri());
    let moved = ResponseTemplate::new(308).insert_header("Location", location.as_str());
    service.on_data("item/bulk-save.do", moved, 1).await;
    Mock::given(method("POST"))
        .and(header("authorization", "Bearer access-1"))
        .and(header("x-session-id", "session-1"))
        .and(body_string_contains(r#"{"data":[{"no":"A","name":"Barang A","itemType":"INVENTORY","unit1Name":"PCS","itemCategoryName":"Umum","unitPrice":17500.5}]}"#))
        .respond_with(json(200, ONE_POSTED))
        .expect(2)
        .mount(&new)
        .await;
    let books = service.books().await;
    for _ in 0..2 {
        assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    }
}

#[tokio::test]
async fn neither_a_move_nor_an_answer_leads_to_a_foreign_host() {
    let service = Service::start().await;
    let away = ResponseTemplate::new(308).insert_header("Location", "https://evil.example/accurate/api/item/list.do");
    service.on_data("item/list.do", away, 1).await;
    let foreign = PortError::NotOffered { side: "accurate", what: "the host evil.example".into() };
    assert_eq!(service.books().await.items().await.unwrap_err(), foreign);
    service.account.reset().await;
    service.on_account("GET", "/api/open-db.do", json(200, &session_answer("s", "https://evil.example"))).await;
    assert_eq!(service.client().open(DATABASE).await.map(drop).unwrap_err(), foreign);
}

// --- adjustments -----------------------------------------------------------------------------------------------------------------

fn adjustment() -> Adjustment {
    Adjustment {
        number: "SLR-1".into(),
        date: jiff::civil::date(2026, 8, 5),
        description: "Stok awal".into(),
        account_no: "3101".into(),
        branch: None,
        lines: vec![AdjustmentLine {
            item_no: "A".into(),
            quantity: Quantity("5.72".parse().unwrap()),
            unit_cost: Money(62_000.into()),
            warehouse: "GUDANG UTAMA".into(),
        }],
    }
}

#[tokio::test]
async fn an_adjustment_carries_its_number_and_exact_figures() {
    let service = Service::start().await;
    let saved = json(
        200,
        r#"{"s":true,"d":["Penyesuaian Persediaan \"SLR-1\" berhasil disimpan"],"r":{"id":9,"number":"SLR-1"}}"#,
    );
    service.on_data("item-adjustment/save.do", saved, 1).await;
    let outcome = service.books().await.save_adjustment(&adjustment()).await.unwrap();
    assert_eq!(outcome, RowOutcome::Posted { record: Some(9) });
    let sent = String::from_utf8(service.requests_of("item-adjustment/save.do").await[0].body.clone()).unwrap();
    let expected = r#"{"number":"SLR-1","transDate":"05/08/2026","description":"Stok awal","adjustmentAccountNo":"3101","detailItem":[{"itemNo":"A","itemAdjustmentType":"ADJUSTMENT_IN","quantity":5.72,"unitCost":62000,"warehouseName":"GUDANG UTAMA"}]}"#;
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_number_that_is_taken_is_a_duplicate() {
    let service = Service::start().await;
    let refused = json(200, r#"{"s":false,"d":["Sudah ada data lain dengan Nomor \"SLR-1\""]}"#);
    service.on_data("item-adjustment/save.do", refused, 1).await;
    let outcome = service.books().await.save_adjustment(&adjustment()).await.unwrap();
    assert_eq!(outcome, RowOutcome::Rejected { reason: Reason::new("duplicate_number").with("value", "SLR-1") });
}

const DETAIL: &str = r#"{"s":true,"d":{"id":9,"number":"SLR-1","transDate":"05/08/2026","description":"Stok awal","branchId":null,
    "adjustmentAccount":{"no":"3101"},"detailItem":[{"item":{"no":"A"},"itemAdjustmentType":"ADJUSTMENT_IN","quantity":5.720000,
    "unitCost":62000.000000,"warehouse":{"name":"GUDANG UTAMA"}}]}}"#;

#[tokio::test]
async fn an_adjustment_is_found_again_by_number_or_through_the_list() {
    let service = Service::start().await;
    Mock::given(query_param("number", "SLR-1")).respond_with(json(200, DETAIL)).expect(1).mount(&service.data).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), Some(adjustment()));

    // This one knows `detail.do` by id only, and ignores the filter.
    let service = Service::start().await;
    Mock::given(query_param("number", "SLR-1"))
        .respond_with(json(200, r#"{"s":false,"d":["id harus diisi"]}"#))
        .mount(&service.data)
        .await;
    Mock::given(query_param("id", "9")).respond_with(json(200, DETAIL)).expect(1).mount(&service.data).await;
    let rows = r#"{"id":8,"number":"IA.1"},{"id":9,"number":"SLR-1"}"#;
    service.on_data("item-adjustment/list.do", json(200, &page(rows, 1, 1, 2)), 1).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), Some(adjustment()));
}

#[tokio::test]
async fn an_adjustment_that_is_not_there_is_none() {
    let service = Service::start().await;
    service
        .on_data("item-adjustment/detail.do", json(200, r#"{"s":false,"d":["Penyesuaian Persediaan tidak tepat"]}"#), 1)
        .await;
    service.on_data("item-adjustment/list.do", json(200, &page("", 1, 0, 0)), 1).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), None);
}

// --- account and API token -------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn scopes_come_from_the_token_answer_where_the_call_is_missing() {
    let service = Service::start().await;
    assert_eq!(service.client().account().scopes().await.unwrap(), ["item_view"]);
    service.on_account("GET", "/api/approved-scope.do", json(200, r#"{"s":true,"d":["item_view","item_save"]}"#)).await;
    assert_eq!(service.client().account().scopes().await.unwrap(), ["item_view", "item_save"]);
}

struct Fixed(&'static str);

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        self.0.parse().unwrap()
    }
}

fn api_token_client(service: &Service) -> AccurateClient {
    let credentials = Credentials::ApiToken {
        token: "aat.canary".into(),
        signature_secret: "31d49b3dc632614495ff8071e5be44a1".into(),
    };
    AccurateClient::builder(service.account.uri().parse().unwrap(), credentials)
        .clock(Arc::new(Fixed("2023-11-02T02:01:01Z")))
        .patience(quick())
        .build()
        .unwrap()
}

async fn bound_to(service: &Service, id: i64) {
    let body = format!(
        r#"{{"s":true,"d":{{"database":{{"id":{id},"alias":"PT Contoh","host":"{}","admin":true,"license":{{"licenseEnd":"01/12/2023","trial":false}}}},"tokenType":"api"}}}}"#,
        service.data.uri()
    );
    service.on_account("GET", "/api/api-token.do", json(200, &body)).await;
}

#[tokio::test]
async fn every_call_with_an_api_token_is_signed_and_has_no_session() {
    let service = Service::start().await;
    bound_to(&service, DATABASE.0).await;
    Mock::given(header("authorization", "Bearer aat.canary"))
        .and(header("x-api-timestamp", "02/11/2023 09:01:01"))
        .and(header("x-api-signature", "8NxvylwwMcjGyzVXK0qbwNvFFuzHpwE9tECllVwLkbo="))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .expect(1)
        .mount(&service.data)
        .await;
    let client = api_token_client(&service);
    assert_eq!(client.account().databases().await.unwrap()[0].alias, "PT Contoh");
    let books = client.open(DATABASE).await.unwrap();
    books.verify_session().await.unwrap();
    assert_eq!(books.items().await, Ok(Vec::new()));
    assert!(!service.requests_of("item/list.do").await[0].headers.contains_key("x-session-id"));
    assert_eq!(service.account_calls("/api/open-db.do").await, 0);
}

#[tokio::test]
async fn an_api_token_of_another_database_opens_nothing() {
    let service = Service::start().await;
    bound_to(&service, 96_400).await;
    let expected = PortError::WrongDatabase { expected: DATABASE, found: DatabaseId(96_400) };
    assert_eq!(api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err(), expected);
}

#[tokio::test]
async fn a_wrong_clock_and_a_revoked_token_are_told_apart() {
    let service = Service::start().await;
    let skew = r#"{"s":false,"d":["Header X-Api Timestamp difference more than 600 seconds from server time"]}"#;
    for verb in ["GET", "POST"] {
        service.on_account(verb, "/api/api-token.do", json(401, skew)).await;
    }
    let error = api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error.reason(), Reason::new("clock_skew").with("seconds", "600"));
    service.account.reset().await;
    let revoked = r#"{"s":false,"d":["Invalid or Revoked API Token"]}"#;
    service.on_account("GET", "/api/api-token.do", json(401, revoked)).await;
    let error = api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error, PortError::SignInNeeded { side: "accurate" });
}
