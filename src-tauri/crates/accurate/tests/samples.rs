//! Every recorded answer is read as what it is. The recordings are data: a new file needs a line here, or the test fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use selaras_accurate::catalogue::classify_message;
use selaras_accurate::oauth::{
    ArmedRedirect, Browser, BrowserError, ExpectedState, ListenerError, Redirect, RedirectListener, SignIn,
    SignInError, SystemRandomness, sign_in,
};
use selaras_accurate::{AccurateClient, Credentials, OAuthClient, Patience, TokenPair};
use selaras_domain::accurate::{Adjustment, NewItem, Warehouse};
use selaras_domain::ids::{DatabaseId, WarehouseId};
use selaras_engine::ports::{Books, BooksAccount, PortError, SystemClock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

struct Sample {
    status: u16,
    content_type: String,
    body: String,
}

fn samples() -> BTreeMap<String, Sample> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/samples/accurate");
    let mut samples = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"))
        else {
            continue;
        };
        let sample: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let body = match &sample["body"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let status = sample["http"]["status"].as_u64().unwrap_or(200);
        let content_type = sample["http"]["contentType"].as_str().unwrap_or("application/json").to_owned();
        samples.insert(name.to_owned(), Sample { status: status.try_into().unwrap(), content_type, body });
    }
    samples
}

/// A service that gives one sample at one path, and opens databases. It stands for the recorded host, and its lists have one page.
async fn service(at: &str, sample: &Sample) -> MockServer {
    let server = MockServer::start().await;
    let body = sample
        .body
        .replace("https://zeus.accurate.id", &server.uri())
        .replace("\"pageCount\":71", "\"pageCount\":1")
        .replace("\"rowCount\":141", "\"rowCount\":2");
    let answer = ResponseTemplate::new(sample.status).set_body_raw(body, &sample.content_type);
    Mock::given(path(at)).respond_with(answer).mount(&server).await;
    let opened = format!(r#"{{"s":true,"d":["ok"],"session":"s","host":"{}"}}"#, server.uri());
    Mock::given(path("/api/open-db.do"))
        .respond_with(ResponseTemplate::new(200).set_body_string(opened))
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

fn client(server: &MockServer) -> AccurateClient {
    let issued_at = jiff::Timestamp::now();
    let tokens = TokenPair {
        access: "a".into(),
        refresh: None,
        scope: Vec::new(),
        email: None,
        issued_at,
        expires_at: issued_at + jiff::SignedDuration::from_hours(360),
    };
    let client = OAuthClient { client_id: "app".into(), client_secret: "secret".into() };
    let moment = Duration::from_millis(1);
    AccurateClient::builder(server.uri().parse().unwrap(), Credentials::OAuth { client, tokens })
        .patience(Patience { read_delay: moment, rate_delay: moment, ..Patience::default() })
        .build()
        .unwrap()
}

/// A recorded detail answer as a list of one row: the fields of a list are those of the detail (accurate-online-api.md §5).
fn as_list(sample: &Sample) -> Sample {
    let Sample { status, content_type, body } = sample;
    let body = match serde_json::from_str::<Value>(body) {
        Ok(mut answer) if answer["d"].is_object() => {
            answer["d"] = Value::Array(vec![answer["d"].take()]);
            answer.to_string()
        }
        _ => body.clone(),
    };
    Sample { status: *status, content_type: content_type.clone(), body }
}

/// What the client makes of a sample, as one line.
async fn reading(name: &str, sample: &Sample) -> String {
    let data = |at: &str| format!("/accurate/api/{at}");
    let shown = |result: Result<String, PortError>| result.unwrap_or_else(|error| error.reason().code);
    match name {
        "api-token" | "error-api-token-signature" => {
            let server = service("/api/api-token.do", sample).await;
            let credentials = Credentials::ApiToken { token: "aat.x".into(), signature_secret: "s".into() };
            let client = AccurateClient::builder(server.uri().parse().unwrap(), credentials).build().unwrap();
            shown(client.account().databases().await.map(|list| format!("{} {}", list[0].id, list[0].alias)))
        }
        "approved-scope" => {
            let server = service("/api/approved-scope.do", sample).await;
            shown(client(&server).account().scopes().await.map(|scopes| scopes.join(" ")))
        }
        "db-list" => {
            let server = service("/api/db-list.do", sample).await;
            shown(client(&server).account().databases().await.map(|list| format!("{list:?}")))
        }
        "open-db" | "open-db-expired" | "db-detail-unknown" => {
            let server = service("/api/open-db.do", sample).await;
            shown(client(&server).open(DatabaseId(1156)).await.map(|_| "opened".into()))
        }
        "db-refresh-session" => {
            let server = service("/api/db-refresh-session.do", sample).await;
            let lost = r#"{"s":false,"d":["Data Session Key tidak tepat"]}"#;
            Mock::given(path(data("warehouse/list.do")))
                .and(header("x-session-id", "s"))
                .respond_with(ResponseTemplate::new(401).set_body_string(lost))
                .mount(&server)
                .await;
            Mock::given(path(data("warehouse/list.do")))
                .and(header("x-session-id", "cccccccc-dddd-4eee-8fff-000000000000"))
                .respond_with(ResponseTemplate::new(200).set_body_string(r#"{"s":true,"d":[]}"#))
                .mount(&server)
                .await;
            let books = client(&server).open(DatabaseId(1156)).await.unwrap();
            shown(books.warehouses().await.map(|_| "read".into()))
        }
        "oauth-token" | "oauth-refresh" | "oauth-invalid-grant" | "oauth-bad-client" => {
            let server = service("/oauth/token", sample).await;
            match exchanged(&server).await {
                Ok(pair) => format!("{} {}", pair.scope.join(" "), pair.refresh.is_some()),
                Err(error) => error.code().to_owned(),
            }
        }
        "item-list" | "item-detail" => {
            let server = service(&data("item/list.do"), &as_list(sample)).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            shown(books.items().await.map(|items| {
                items.iter().map(|item| format!("{}={} ", item.no, item.unit_price.unwrap_or_default())).collect()
            }))
        }
        "item-list-stock" => {
            let server = service(&data("item/list-stock.do"), sample).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            let warehouse = Warehouse {
                id: WarehouseId(50),
                name: "GUDANG UTAMA".into(),
                default: true,
                scrap: false,
                suspended: false,
            };
            shown(
                books
                    .stock(&warehouse)
                    .await
                    .map(|rows| rows.iter().map(|row| format!("{}={} ", row.no, row.quantity)).collect()),
            )
        }
        "glaccount-row"
        | "error-url"
        | "error-insufficient-scope-json"
        | "error-insufficient-scope-xml"
        | "error-invalid-token-json"
        | "error-session"
        | "error-rate-limit"
        | "error-server"
        | "error-binding"
        | "error-detail-not-found" => {
            let server = service(&data("glaccount/list.do"), &as_list(sample)).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            match books.accounts().await {
                Ok(accounts) => format!("{accounts:?}"),
                Err(PortError::Forbidden { scope }) => scope,
                Err(error) => error.reason().code,
            }
        }
        "tax-list" => {
            let server = service(&data("tax/list.do"), sample).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            shown(books.taxes().await.map(|taxes| format!("{taxes:?}")))
        }
        "warehouse-list" => {
            let server = service(&data("warehouse/list.do"), sample).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            shown(books.warehouses().await.map(|warehouses| format!("{warehouses:?}")))
        }
        "item-adjustment-detail" => {
            let server = service(&data("item-adjustment/detail.do"), sample).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            shown(books.adjustment_by_number("IA.2025.12.00019").await.map(|found| match found {
                Some(Adjustment { date, account_no, lines, .. }) => format!("{date} {account_no} {lines:?}"),
                None => "none".into(),
            }))
        }
        "item-bulk-save-partial" => {
            let server = service(&data("item/bulk-save.do"), sample).await;
            let books = client(&server).open(DatabaseId(1)).await.unwrap();
            let new: Vec<NewItem> = ["BRG-1", "BRG-2"]
                .map(|no| NewItem {
                    no: no.into(),
                    name: no.into(),
                    unit: "PCS".into(),
                    category: "Umum".into(),
                    unit_price: None,
                    vendor_price: None,
                    upc: None,
                    tax: None,
                })
                .into();
            shown(books.save_items(&new).await.map(|outcomes| format!("{outcomes:?}")))
        }
        // Answers to calls that this client does not make: their messages must be known, or say that something was done.
        _ => {
            let body: Value = serde_json::from_str(&sample.body).unwrap();
            let messages = body["d"].as_array().cloned().unwrap_or_default();
            messages.iter().filter_map(Value::as_str).map(|text| classify_message(text).code + " ").collect()
        }
    }
}

struct Absent;

#[async_trait::async_trait]
impl Browser for Absent {
    async fn open(&self, _: &Url) -> Result<(), BrowserError> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl RedirectListener for Absent {
    async fn arm(&self, _: &Url, _: ExpectedState) -> Result<Box<dyn ArmedRedirect>, ListenerError> {
        Ok(Box::new(Absent))
    }
}

#[async_trait::async_trait]
impl ArmedRedirect for Absent {
    async fn redirect(self: Box<Self>) -> Result<Redirect, ListenerError> {
        Ok(Redirect::Code("2S8F64jJTOJi1vuCxG8G".into()))
    }
}

async fn exchanged(server: &MockServer) -> Result<TokenPair, SignInError> {
    let parts = SignIn {
        base_url: server.uri().parse().unwrap(),
        client: OAuthClient { client_id: "app".into(), client_secret: "secret".into() },
        redirect: selaras_accurate::oauth::DEFAULT_REDIRECT.parse().unwrap(),
        time_out: selaras_accurate::oauth::DEFAULT_TIME_OUT,
        browser: &Absent,
        listener: &Absent,
        clock: &SystemClock,
        randomness: &SystemRandomness,
    };
    sign_in(parts, std::future::pending()).await
}

#[tokio::test]
async fn every_recorded_answer_is_read_as_what_it_is() {
    let samples = samples();
    assert!(samples.len() >= 44, "{} samples", samples.len());
    let mut readings = BTreeMap::new();
    for (name, sample) in &samples {
        readings.insert(name.as_str(), reading(name, sample).await);
    }
    insta::assert_json_snapshot!("readings", readings);
}
