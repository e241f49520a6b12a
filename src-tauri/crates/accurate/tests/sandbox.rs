//! The whole way against the simulator: sign in, open a database, write, read back; and the faults that the simulator schedules.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use async_trait::async_trait;
use secrecy::SecretString;
use selaras_accurate::oauth::{
    ArmedRedirect, Browser, BrowserError, DEFAULT_TIME_OUT, ExpectedState, ListenerError, Redirect, RedirectListener,
    SignIn, SystemRandomness, sign_in,
};
use selaras_accurate::scopes::{Scope, missing_scopes};
use selaras_accurate::{
    AccurateBooks, AccurateClient, Credentials, MemoryTokenStore, OAuthClient, Patience, TokenPair,
};
use selaras_domain::accurate::{Adjustment, AdjustmentLine, NewItem, SalesInvoice};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{CustomerId, DatabaseId};
use selaras_engine::ports::{Books, BooksAccount, Clock, PortError, RowOutcome, SystemClock};
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use url::Url;

/// Browser and listener of a person who agrees to everything.
struct Person<'a> {
    sandbox: &'a Sandbox,
    comes_back: Mutex<Option<oneshot::Sender<Url>>>,
}

#[async_trait]
impl Browser for Person<'_> {
    async fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let redirect = self.sandbox.grant(url.as_str()).await.map_err(|error| BrowserError(error.to_string()))?;
        let waiting = self.comes_back.lock().unwrap().take().unwrap();
        waiting.send(redirect.parse().unwrap()).unwrap();
        Ok(())
    }
}

#[async_trait]
impl RedirectListener for Person<'_> {
    async fn arm(&self, _: &Url, state: ExpectedState) -> Result<Box<dyn ArmedRedirect>, ListenerError> {
        let (sender, receiver) = oneshot::channel();
        *self.comes_back.lock().unwrap() = Some(sender);
        Ok(Box::new(Waiting { receiver, state }))
    }
}

struct Waiting {
    receiver: oneshot::Receiver<Url>,
    state: ExpectedState,
}

#[async_trait]
impl ArmedRedirect for Waiting {
    async fn redirect(self: Box<Self>) -> Result<Redirect, ListenerError> {
        let url = self.receiver.await.unwrap();
        let field = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned();
        assert!(self.state.is(&field("state")));
        Ok(Redirect::Code(SecretString::from(field("code"))))
    }
}

fn app(sandbox: &Sandbox) -> OAuthClient {
    let connection = sandbox.connection();
    OAuthClient { client_id: connection.client_id.clone(), client_secret: connection.client_secret.clone().into() }
}

async fn signed_in(sandbox: &Sandbox) -> TokenPair {
    let person = Person { sandbox, comes_back: Mutex::default() };
    let connection = sandbox.connection();
    let parts = SignIn {
        base_url: connection.accurate_url.parse().unwrap(),
        client: app(sandbox),
        redirect: connection.redirect_uri.parse().unwrap(),
        time_out: DEFAULT_TIME_OUT,
        browser: &person,
        listener: &person,
        clock: &SystemClock,
        randomness: &SystemRandomness,
    };
    sign_in(parts, std::future::pending()).await.unwrap()
}

async fn client(sandbox: &Sandbox) -> AccurateClient {
    let credentials = Credentials::OAuth { client: app(sandbox), tokens: signed_in(sandbox).await };
    AccurateClient::builder(sandbox.connection().accurate_url.parse().unwrap(), credentials)
        .token_store(Arc::new(MemoryTokenStore::default()))
        .patience(Patience { read_delay: Duration::from_millis(10), ..Patience::default() })
        .build()
        .unwrap()
}

async fn books(sandbox: &Sandbox) -> AccurateBooks {
    client(sandbox).await.open(DatabaseId(sandbox.connection().databases[0].id)).await.unwrap()
}

async fn with_faults(schedule: &str) -> Sandbox {
    Sandbox::start(SandboxOptions { faults: schedule.parse().unwrap(), ..SandboxOptions::default() }).await.unwrap()
}

async fn new_items(books: &AccurateBooks, codes: &[&str]) -> Vec<NewItem> {
    let unit = books.units().await.unwrap().first().cloned().unwrap_or_default();
    let category = books.item_categories().await.unwrap().first().cloned().unwrap_or_default();
    codes
        .iter()
        .map(|no| NewItem {
            no: (*no).to_owned(),
            name: format!("Barang {no}"),
            unit: unit.clone(),
            category: category.clone(),
            unit_price: Some(Money("17500.5".parse().unwrap())),
            vendor_price: None,
            upc: None,
            tax: None,
        })
        .collect()
}

fn codes_of(outcomes: &[RowOutcome]) -> Vec<String> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            RowOutcome::Posted { record } => format!("posted {}", record.is_some()),
            RowOutcome::Rejected { reason } => reason.code.clone(),
            RowOutcome::Unknown { reason } => format!("unknown {}", reason.code),
        })
        .collect()
}

#[tokio::test]
async fn a_shop_signs_in_opens_its_books_writes_and_reads_back() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let client = client(&sandbox).await;
    let account = client.account();
    assert_eq!(missing_scopes(&account.scopes().await.unwrap()), Vec::<&selaras_accurate::scopes::Scope>::new());
    let databases = account.databases().await.unwrap();
    assert_eq!(databases.len(), sandbox.connection().databases.len());
    let expired = databases.iter().find(|database| database.expired).unwrap();
    let refused = client.open(expired.id).await.map(drop).unwrap_err();
    assert_eq!(refused.reason().code, "database_expired");

    let own = DatabaseId(sandbox.connection().databases[0].id);
    let books = client.open(own).await.unwrap();
    books.verify_session().await.unwrap();
    let warehouses = books.warehouses().await.unwrap();
    let warehouse = warehouses.iter().find(|warehouse| warehouse.default).unwrap();
    let accounts = books.accounts().await.unwrap();
    let account = accounts.iter().find(|account| account.postable()).unwrap();
    assert!(accounts.iter().any(|account| account.parent));
    assert!(!books.branches().await.unwrap().is_empty());
    let _ = books.customers().await.unwrap();
    let _ = books.taxes().await.unwrap();

    let before = books.items().await.unwrap().len();
    let new = new_items(&books, &["UJI-1", "UJI-2", "UJI-3"]).await;
    assert_eq!(codes_of(&books.save_items(&new).await.unwrap()), ["posted true"; 3]);
    assert_eq!(codes_of(&books.save_items(&new[..1]).await.unwrap()), ["duplicate_number"]);
    assert_eq!(books.items().await.unwrap().len(), before + 3);
    let wanted = ["UJI-3".to_owned(), "UJI-1".to_owned(), "UJI-9".to_owned()];
    let mut found = books.items_by_no(&wanted).await.unwrap();
    found.sort_by(|a, b| a.no.cmp(&b.no));
    assert_eq!(found.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["UJI-1", "UJI-3"]);
    assert_eq!(found[0].unit_price.map(Money::text).as_deref(), Some("17500.5"));

    let adjustment = Adjustment {
        id: None,
        number: "SLR-UJI-1".into(),
        date: jiff::Zoned::now().date(),
        description: "Stok awal".into(),
        account_no: account.no.clone(),
        account: None,
        branch: None,
        lines: vec![AdjustmentLine {
            item_no: "UJI-1".into(),
            item: None,
            quantity: Quantity("5.72".parse().unwrap()),
            unit_cost: Money(62_000.into()),
            warehouse: warehouse.name.clone(),
            warehouse_id: None,
        }],
    };
    assert_eq!(books.adjustment_by_number(&adjustment.number).await.unwrap(), None);
    assert_eq!(codes_of(&[books.save_adjustment(&adjustment).await.unwrap()]), ["posted true"]);
    assert_eq!(codes_of(&[books.save_adjustment(&adjustment).await.unwrap()]), ["duplicate_number"]);
    let read = books.adjustment_by_number(&adjustment.number).await.unwrap().unwrap();
    assert_eq!(
        (&read.number, read.date, &read.account_no),
        (&adjustment.number, adjustment.date, &adjustment.account_no)
    );
    let named = |line: &AdjustmentLine| AdjustmentLine { item: None, warehouse_id: None, ..line.clone() };
    assert_eq!(read.lines.iter().map(named).collect::<Vec<_>>(), adjustment.lines);
    assert_eq!(read.lines[0].warehouse_id, Some(warehouse.id));
    assert!(read.lines[0].item.is_some() && read.account.is_some());
    let stock = books.stock(warehouse).await.unwrap();
    let row = stock.iter().find(|row| row.no == "UJI-1").unwrap();
    assert_eq!(row.quantity.text(), "5.72");
    let other = warehouses.iter().find(|other| other.id != warehouse.id).unwrap();
    let elsewhere = books.stock(other).await.unwrap();
    assert!(elsewhere.iter().filter(|row| row.no == "UJI-1").all(|row| row.quantity.is_zero()));
    let state = sandbox.state();
    assert_eq!(state.databases[&own.0].opening_balance_rows, 0);

    // Taken back in the order in which one holds the other.
    let (document, used, unused) = (read.id.unwrap(), found[0].id, found[1].id);
    let refused = books.delete_item(used).await.unwrap();
    assert_eq!(codes_of(&[refused]), ["still_used"]);
    assert_eq!(codes_of(&[books.delete_adjustment(document).await.unwrap()]), ["posted true"]);
    assert_eq!(books.adjustment_by_id(document).await.unwrap(), None);
    assert_eq!(
        codes_of(&[books.delete_item(used).await.unwrap(), books.delete_item(unused).await.unwrap()]),
        ["posted true"; 2]
    );
    assert_eq!(books.items_by_id(&[used, unused]).await.unwrap(), []);
    assert!(matches!(books.delete_item(used).await.unwrap(), RowOutcome::Unknown { .. }));
}

#[tokio::test]
async fn a_customer_that_is_not_there_is_looked_up_like_every_other_record_that_was_to_be_deleted() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let books = books(&sandbox).await;
    let gone = books.delete_customer(CustomerId(999_999)).await.unwrap();
    assert!(matches!(gone, RowOutcome::Unknown { .. }), "{gone:?}");
}

#[tokio::test]
async fn several_databases_are_opened_at_once_though_the_service_refuses_some_of_them() {
    let sandbox = with_faults("accurate:open-db.do:1-2=wrong_database,accurate:open-db.do:4=wrong_database").await;
    let client = client(&sandbox).await;
    let usable = &sandbox.connection().databases[..2];
    let opening = usable.iter().cycle().take(4).map(|database| client.open(DatabaseId(database.id)));
    let opened = futures::future::join_all(opening).await;
    assert_eq!(opened.iter().filter_map(|one| one.as_ref().err()).collect::<Vec<_>>(), Vec::<&PortError>::new());
    assert_eq!(sandbox.state().calls_of("accurate:open-db.do"), 7);
}

#[tokio::test]
async fn an_api_token_opens_its_own_database_only() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let connection = sandbox.connection();
    let credentials = Credentials::ApiToken {
        token: connection.api_token.clone().into(),
        signature_secret: connection.signature_secret.clone().into(),
    };
    let client = AccurateClient::builder(connection.accurate_url.parse().unwrap(), credentials).build().unwrap();
    let databases = client.account().databases().await.unwrap();
    assert_eq!(databases.iter().map(|database| database.id.0).collect::<Vec<_>>(), [connection.databases[0].id]);
    // The service tells an API token its user's scopes; there are more of them than Selaras asks for.
    assert_eq!(missing_scopes(&client.account().scopes().await.unwrap()), Vec::<&Scope>::new());
    let books = client.open(databases[0].id).await.unwrap();
    books.verify_session().await.unwrap();
    let new = new_items(&books, &["UJI-1"]).await;
    assert_eq!(codes_of(&books.save_items(&new).await.unwrap()), ["posted true"]);
    let other = DatabaseId(connection.databases[1].id);
    let expected = PortError::WrongDatabase { expected: other, found: databases[0].id };
    assert_eq!(client.open(other).await.map(drop).unwrap_err(), expected);
}

struct Shifted(i64);

impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(self.0)
    }
}

#[tokio::test]
async fn a_clock_that_is_ten_minutes_off_is_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let connection = sandbox.connection();
    // Some seconds around the 600 that are allowed, as the answer takes time.
    for (shift, accepted) in [(-590, true), (590, true), (-610, false), (610, false)] {
        let credentials = Credentials::ApiToken {
            token: connection.api_token.clone().into(),
            signature_secret: connection.signature_secret.clone().into(),
        };
        let client = AccurateClient::builder(connection.accurate_url.parse().unwrap(), credentials)
            .clock(Arc::new(Shifted(shift)))
            .build()
            .unwrap();
        match client.account().databases().await {
            Ok(_) => assert!(accepted, "{shift} s"),
            Err(error) => assert_eq!((error.reason().code.as_str(), accepted), ("clock_skew", false), "{shift} s"),
        }
    }
}

#[tokio::test]
async fn faults_that_say_that_nothing_was_taken_are_settled_unseen() {
    for fault in
        ["session_expiry", "token_expiry", "rate_limit(200)", "rate_limit(400)", "rate_limit(429)", "moved", "html_401"]
    {
        let sandbox = with_faults(&format!("accurate:item/bulk-save.do:1={fault}")).await;
        let books = books(&sandbox).await;
        let new = new_items(&books, &["UJI-1"]).await;
        assert_eq!(codes_of(&books.save_items(&new).await.unwrap()), ["posted true"], "{fault}");
        assert_eq!(books.items_by_no(&["UJI-1".to_owned()]).await.unwrap().len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn faults_that_lose_the_answer_leave_one_record_at_most_and_say_so() {
    for (fault, records) in [
        ("drop_before_commit", 0),
        ("drop_after_commit", 1),
        ("html_502", 0),
        ("malformed_json", 1),
        ("truncated_json", 1),
        ("error_500", 0),
        ("html_page", 0),
        ("upsss", 0),
    ] {
        let sandbox = with_faults(&format!("accurate:item/bulk-save.do:1={fault}")).await;
        let books = books(&sandbox).await;
        let new = new_items(&books, &["UJI-1"]).await;
        let error = books.save_items(&new).await.unwrap_err();
        assert!(error.may_have_arrived(), "{fault}: {error:?}");
        assert_eq!(sandbox.state().calls_of("accurate:item/bulk-save.do"), 1, "sent once: {fault}");
        assert_eq!(books.items_by_no(&["UJI-1".to_owned()]).await.unwrap().len(), records, "{fault}");
    }
}

#[tokio::test]
async fn reads_go_on_through_every_fault() {
    for fault in [
        "drop_before_commit",
        "html_502",
        "malformed_json",
        "truncated_json",
        "error_500",
        "html_page",
        "upsss",
        "moved",
        "session_expiry",
        "token_expiry",
        "rate_limit(200)",
    ] {
        let sandbox = with_faults(&format!("accurate:warehouse/list.do:1={fault}")).await;
        assert!(!books(&sandbox).await.warehouses().await.unwrap().is_empty(), "{fault}");
    }
}

#[tokio::test]
async fn refused_rows_are_told_from_saved_ones() {
    let sandbox = with_faults("accurate:item/bulk-save.do:1=partial_bulk(UJI-2)").await;
    let books = books(&sandbox).await;
    let new = new_items(&books, &["UJI-1", "UJI-2", "UJI-3"]).await;
    let outcomes = books.save_items(&new).await.unwrap();
    assert_eq!([&outcomes[0], &outcomes[2]].map(|outcome| matches!(outcome, RowOutcome::Posted { .. })), [true; 2]);
    assert!(matches!(outcomes[1], RowOutcome::Rejected { .. }), "{outcomes:?}");
}

/// What the limit saw of a client that reads as fast as it may.
async fn saturated() -> selaras_sandbox::Load {
    let options = SandboxOptions { items: 200, existing_books: true, page_cap: 5, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let items = books(&sandbox).await.items().await.unwrap();
    assert!(items.len() > 50, "{}", items.len());
    sandbox.state().accurate_load
}

/// A machine that stands still for a moment hands on in one second what left in two: a client that keeps the limit is clean in one of a
/// few turns, one that does not is in none.
#[tokio::test]
async fn a_saturated_client_is_never_refused_for_its_rate() {
    let mut seen = Vec::new();
    for _ in 0..4 {
        let load = saturated().await;
        if load.max_in_window <= 8 && load.max_in_flight <= 8 && load.refused == 0 {
            return;
        }
        seen.push(load);
    }
    panic!("{seen:?}");
}

#[tokio::test]
async fn the_stock_of_one_item_is_what_the_lists_of_all_warehouses_say() {
    let options = SandboxOptions { existing_books: true, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let books = books(&sandbox).await;
    let mut lists = Vec::new();
    for warehouse in books.warehouses().await.unwrap() {
        lists.extend(books.stock(&warehouse).await.unwrap());
    }
    let item = lists.iter().find(|row| row.quantity.is_positive()).unwrap().item;
    let listed: BTreeMap<_, _> = lists
        .iter()
        .filter(|row| row.item == item && !row.quantity.is_zero())
        .map(|row| (row.warehouse, row.quantity))
        .collect();
    let rows = books.item_stock(item).await.unwrap();
    let alone: BTreeMap<_, _> =
        rows.iter().filter(|row| !row.quantity.is_zero()).map(|row| (row.warehouse, row.quantity)).collect();
    assert_eq!(alone, listed);
}

#[tokio::test]
async fn sales_invoices_are_listed_from_a_day_on() {
    let sandbox = Sandbox::start(SandboxOptions { existing_books: true, ..SandboxOptions::default() }).await.unwrap();
    let books = books(&sandbox).await;
    let database = books.database().0;
    let item = books.items().await.unwrap().remove(0).no;
    let typed = |module: &str, fields| sandbox.type_into_accurate(database, module, fields).unwrap();
    typed("customer", serde_json::json!({ "name": "Toko Uji", "customerNo": "7001" }));
    for (number, day) in [("240115CONTOH1", "15/01/2024"), ("240215CONTOH2", "15/02/2024")] {
        let line = serde_json::json!({ "itemNo": item, "unitPrice": 1000, "quantity": 1 });
        let fields = serde_json::json!({
            "customerNo": "7001", "number": number, "transDate": day, "description": "140000001", "detailItem": [line],
        });
        typed("sales-invoice", fields);
    }
    let since = |month| books.invoice_numbers(jiff::civil::date(2024, month, 1));
    let numbers = |invoices: selaras_domain::unread::Listed<SalesInvoice>| {
        invoices.into_iter().map(|one| one.number).collect::<Vec<_>>()
    };
    let later = since(2).await.unwrap();
    assert_eq!(later[0].date, Some(jiff::civil::date(2024, 2, 15)));
    assert_eq!(later[0].description.as_deref(), Some("140000001"));
    assert_eq!(numbers(later), ["240215CONTOH2"]);
    assert!(numbers(since(1).await.unwrap()).contains(&"240115CONTOH1".to_owned()));
}
