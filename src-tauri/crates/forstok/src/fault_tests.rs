//! One test for each thing that can go wrong on the wire, against a mock server.

use crate::auth::Credentials;
use crate::codes;
use crate::proven::{MasterItem, MasterVariant, VariantChange};
use crate::shop::{ForstokShop, ForstokUrls};
use secrecy::SecretString;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{Capabilities, PendingAction, PendingKind, QuantityLine};
use selaras_domain::ids::{ForstokWarehouseId, ListingId, ListingVariantId, StoreId, VariantId};
use selaras_domain::order::InvoiceStatus;
use selaras_domain::plan::Reason;
use selaras_engine::ports::{PortError, RowOutcome, Shop};
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SECRET: &str = "canary-0123456789abcdef";
const VARIANTS: &str = "/api/v2/variants.json";
const QUANTITIES: &str = "/api/v2/variants/quantities.json";

fn shop_at(auth: &str, api: &str) -> ForstokShop {
    let credentials = Credentials { email: "toko+1@contoh.id".into(), secret_key: SecretString::from(SECRET) };
    let urls = ForstokUrls { auth: auth.to_owned(), api: format!("{api}/") };
    ForstokShop::with_first_delay(&urls, credentials, Duration::from_millis(5)).unwrap()
}

/// A service that hands out one token.
async fn service() -> (MockServer, ForstokShop) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v2/auth"))
        .and(query_param("id", "toko+1@contoh.id"))
        .and(query_param("secret_key", SECRET))
        .and(query_param("type", "seller"))
        .and(header("content-type", "application/json"))
        .respond_with(ok(&json!({ "token": "first" })))
        .with_priority(10)
        .mount(&server)
        .await;
    let shop = shop_at(&server.uri(), &server.uri());
    (server, shop)
}

fn ok(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "status": "OK", "data": data }))
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!DOCTYPE html><h1>Oops</h1>", "text/html")
}

async fn answer(server: &MockServer, verb: &str, at: &str, response: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(response).mount(server).await;
}

/// The first `times` calls get this answer.
async fn first(server: &MockServer, verb: &str, at: &str, times: u64, response: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(at)).respond_with(response);
    mock.up_to_n_times(times).with_priority(1).mount(server).await;
}

async fn calls(server: &MockServer, at: &str) -> usize {
    let received = server.received_requests().await.unwrap();
    received.iter().filter(|request| request.url.path() == at).count()
}

fn variant_rows(ids: std::ops::Range<i64>) -> Vec<Value> {
    ids.map(|id| json!({ "id": id, "sku": format!("SKU-{id}"), "name": "Kopi" })).collect()
}

fn line(sku: &str, warehouse: i64, quantity: i64) -> QuantityLine {
    QuantityLine { sku: sku.into(), warehouse: ForstokWarehouseId(warehouse), quantity: Quantity::from(quantity) }
}

const POSTED: RowOutcome = RowOutcome::Posted { record: None };

fn rejected(code: &str, message: &str) -> RowOutcome {
    RowOutcome::Rejected { reason: Reason::new(code).with("message", message) }
}

#[tokio::test]
async fn every_request_carries_the_token_and_who_asks() {
    let (server, shop) = service().await;
    Mock::given(method("GET"))
        .and(path(VARIANTS))
        .and(header("authorization", "Bearer first"))
        .and(query_param("user_id", "toko+1@contoh.id"))
        .and(query_param("auth_type", "jwt"))
        .respond_with(ok(&json!({ "variants": variant_rows(0..2), "total": 2 })))
        .mount(&server)
        .await;
    assert_eq!(shop.variants().await.unwrap().len(), 2);
    assert_eq!(shop.variants().await.unwrap().len(), 2);
    assert_eq!(calls(&server, "/api/v2/auth").await, 1, "the token is kept");
}

#[tokio::test]
async fn many_callers_fetch_one_token() {
    let (server, shop) = service().await;
    answer(&server, "GET", "/api/v2/stores.json", ok(&json!({ "stores": [] }))).await;
    let all = futures::future::join_all((0..20).map(|_| shop.stores())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(calls(&server, "/api/v2/auth").await, 1);
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once_and_the_request_sent_again() {
    let (server, shop) = service().await;
    first(&server, "PATCH", QUANTITIES, 1, ResponseTemplate::new(401)).await;
    answer(&server, "PATCH", QUANTITIES, ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" }))).await;
    assert_eq!(shop.set_quantities(&[line("A", 1, 2)]).await, Ok(vec![POSTED]));
    assert_eq!(calls(&server, "/api/v2/auth").await, 2);
    assert_eq!(calls(&server, QUANTITIES).await, 2);
}

#[tokio::test]
async fn a_token_that_is_always_refused_asks_for_a_sign_in() {
    let (server, shop) = service().await;
    answer(&server, "GET", VARIANTS, ResponseTemplate::new(401)).await;
    assert_eq!(shop.variants().await, Err(PortError::SignInNeeded { side: "forstok" }));
    assert_eq!(calls(&server, VARIANTS).await, 2);
}

#[rstest::rstest]
#[case(401, json!({ "status": "Unauthorized", "data": { "message": format!("bad key {SECRET}") } }), "bad key …")]
#[case(200, json!({ "status": "Error", "data": { "message": "Invalid id or secret key" } }), "Invalid id or secret key")]
#[case(404, json!({ "status": "Error", "message": "User not found" }), "User not found")]
#[case(200, json!({ "status": "OK", "data": {} }), "no reason given")]
#[tokio::test]
async fn a_wrong_key_is_named_and_asked_only_once(#[case] status: u16, #[case] body: Value, #[case] words: &str) {
    let server = MockServer::start().await;
    answer(&server, "POST", "/api/v2/auth", ResponseTemplate::new(status).set_body_json(body)).await;
    let shop = shop_at(&server.uri(), &server.uri());
    let error = shop.capabilities().await.unwrap_err();
    let expected =
        PortError::Rejected { side: "forstok", reason: Reason::new(codes::WRONG_KEY), message: words.to_owned() };
    assert_eq!(error, expected);
    assert!(!format!("{error} {error:?} {shop:?}").contains(SECRET));
    let stopped = shop.set_quantities(&[line("A", 1, 2)]).await;
    assert_eq!(stopped, Err(PortError::SignInNeeded { side: "forstok" }), "no row is at fault");
}

#[tokio::test]
async fn an_unreachable_service_is_offline_and_its_error_shows_no_secret() {
    // A port that nobody listens on: bound, then closed.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = shop_at(&format!("http://{free}"), &format!("http://{free}"));
    let error = shop.variants().await.unwrap_err();
    assert_eq!(error, PortError::Offline { side: "forstok" });
    assert!(!format!("{error:?}").contains(SECRET));
}

#[rstest::rstest]
#[case(ResponseTemplate::new(500))]
#[case(html(502))]
#[case(html(200))]
#[case(ResponseTemplate::new(429).insert_header("retry-after", "0"))]
#[case(ResponseTemplate::new(200).set_body_string("{\"status\":\"OK\",\"data\":{\"vari"))]
#[case(ResponseTemplate::new(200).set_body_json(json!({ "status": "Error", "data": { "message": "try later" } })))]
#[tokio::test]
async fn a_read_survives_a_fault_that_passes(#[case] fault: ResponseTemplate) {
    let (server, shop) = service().await;
    first(&server, "GET", VARIANTS, 2, fault).await;
    answer(&server, "GET", VARIANTS, ok(&json!({ "variants": variant_rows(0..1), "total": 1 }))).await;
    assert_eq!(shop.variants().await.unwrap().len(), 1);
    assert_eq!(calls(&server, VARIANTS).await, 3);
}

#[rstest::rstest]
#[case(ResponseTemplate::new(503), PortError::Unknown { side: "forstok", detail: "http 503 for variants".into() })]
#[case(html(200), PortError::Unknown { side: "forstok", detail: "a page for people (http 200) for variants".into() })]
#[case(ResponseTemplate::new(302), PortError::Unknown { side: "forstok", detail: "a page for people (http 302) for variants".into() })]
#[case(ResponseTemplate::new(429), PortError::Busy { side: "forstok" })]
#[case(ResponseTemplate::new(200).set_body_string("what"), PortError::Unknown { side: "forstok", detail: "an answer that is no JSON for variants".into() })]
#[tokio::test]
async fn a_fault_that_stays_ends_in_a_named_error(#[case] fault: ResponseTemplate, #[case] error: PortError) {
    let (server, shop) = service().await;
    answer(&server, "GET", VARIANTS, fault).await;
    assert_eq!(shop.variants().await, Err(error));
    assert_eq!(calls(&server, VARIANTS).await, 4);
}

#[rstest::rstest]
#[case(404)]
#[case(403)]
#[case(405)]
#[case(501)]
#[tokio::test]
async fn a_list_that_is_not_there_is_not_offered(#[case] status: u16) {
    let (server, shop) = service().await;
    answer(&server, "GET", VARIANTS, html(status)).await;
    assert_eq!(shop.variants().await, Err(PortError::NotOffered { side: "forstok", what: "variants".into() }));
    assert_eq!(calls(&server, VARIANTS).await, 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_had_is_asked_for_once_for_all_that_wait_for_it() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(500).set_delay(Duration::from_millis(50));
    answer(&server, "POST", "/api/v2/auth", slow).await;
    let shop = shop_at(&server.uri(), &server.uri());
    let reads = (0..8).map(|_| shop.variants());
    for read in futures::future::join_all(reads).await {
        assert_eq!(read, Err(PortError::Unknown { side: "forstok", detail: "http 500 for variants".into() }));
    }
    // The first try and three more: not each of them for each call, and for each repetition of a call.
    assert_eq!(calls(&server, "/api/v2/auth").await, 4);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_waited_for() {
    let (server, shop) = service().await;
    answer(&server, "GET", VARIANTS, ResponseTemplate::new(429).insert_header("retry-after", "86400")).await;
    assert_eq!(shop.variants().await, Err(PortError::Busy { side: "forstok" }));
    assert_eq!(calls(&server, VARIANTS).await, 1);
}

#[tokio::test]
async fn the_pages_that_come_are_honoured_and_keep_their_order() {
    let (server, shop) = service().await;
    for page in 1..=5_i64 {
        // Asked for 2000, the service gives 3; the slowest page is in the middle.
        let rows = variant_rows((page - 1) * 3 + 1..(page * 3).min(13) + 1);
        let delay = Duration::from_millis(if page == 2 { 80 } else { 0 });
        Mock::given(method("GET"))
            .and(path(VARIANTS))
            .and(query_param("page", page.to_string()))
            .respond_with(
                ok(&json!({ "variants": rows, "page": page, "per_page": "3", "total": "13" })).set_delay(delay),
            )
            .mount(&server)
            .await;
    }
    let ids: Vec<_> = shop.variants().await.unwrap().into_iter().filter_map(|one| one.id).collect();
    assert_eq!(ids, (1..=13).map(VariantId).collect::<Vec<_>>());
    assert_eq!(calls(&server, VARIANTS).await, 5);
}

#[tokio::test]
async fn a_list_without_a_total_is_read_until_it_ends() {
    let (server, shop) = service().await;
    for page in 1..=3_i64 {
        let rows = variant_rows((page - 1) * 2..page * 2);
        Mock::given(path(VARIANTS))
            .and(query_param("page", page.to_string()))
            .respond_with(ok(&json!({ "variants": rows })))
            .mount(&server)
            .await;
    }
    answer(&server, "GET", VARIANTS, ok(&json!({ "variants": null }))).await;
    assert_eq!(shop.variants().await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_service_that_knows_no_pages_is_read_once() {
    let (server, shop) = service().await;
    let stores = json!([{ "id": "7001", "name": "Toko", "channel": "tokopedia" }]);
    answer(&server, "GET", "/api/v2/stores.json", ok(&stores)).await;
    let stores = shop.stores().await.unwrap();
    assert_eq!(
        stores.iter().map(|one| (one.id, one.channel_id, one.export_on)).collect::<Vec<_>>(),
        [(StoreId(7001), 15, None)]
    );
}

#[tokio::test]
async fn a_list_shorter_than_its_total_is_no_list() {
    let (server, shop) = service().await;
    Mock::given(path(VARIANTS))
        .and(query_param("page", "1"))
        .respond_with(ok(&json!({ "variants": variant_rows(0..2), "total": 5 })))
        .mount(&server)
        .await;
    answer(&server, "GET", VARIANTS, ok(&json!({ "variants": [], "total": 5 }))).await;
    let detail = "a list that is shorter than its own total for variants".to_owned();
    assert_eq!(shop.variants().await, Err(PortError::Unknown { side: "forstok", detail }));
}

const ORDERS: &str = "/api/v2/orders.json";
const PAYMENTS: &str = "/api/v2/payments.json";

fn order_row(id: i64, status: &str, updated_at: &str) -> Value {
    let at = format!("2026-03-05T{updated_at}:00+07:00");
    json!({ "id": id, "store_id": 7001, "status": status, "ordered_at": "2026-03-01T08:00:00+07:00", "updated_at": at })
}

/// The pages of a list; behind the last there is nothing.
async fn pages(server: &MockServer, at: &str, name: &str, total: usize, pages: &[Vec<Value>]) {
    for (number, rows) in (1..).zip(pages) {
        Mock::given(path(at))
            .and(query_param("page", number.to_string()))
            .respond_with(ok(&json!({ name: rows, "total": total })))
            .with_priority(3)
            .mount(server)
            .await;
    }
    answer(server, "GET", at, ok(&json!({ name: [], "total": total }))).await;
}

#[tokio::test]
async fn an_order_that_moves_behind_while_pages_are_read_hides_no_other() {
    let (server, shop) = service().await;
    let [moved, two, three, four, five] =
        [("Open", "09:00"), ("Open", "09:01"), ("Open", "09:02"), ("Open", "09:03"), ("Open", "09:04")];
    let row = |id, (status, at): (&str, &str)| order_row(id, status, at);
    // Right after the first page the first order is shipped: it is told twice, and the third, which moves up, not at all.
    Mock::given(path(ORDERS))
        .and(query_param("page", "1"))
        .respond_with(ok(&json!({ "orders": [row(1, moved), row(2, two)], "total": 5 })))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&server)
        .await;
    let after =
        [vec![row(2, two), row(3, three)], vec![row(4, four), row(5, five)], vec![row(1, ("Shipped", "09:05"))]];
    pages(&server, ORDERS, "orders", 5, &after).await;
    let orders = shop.orders(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let told: Vec<_> = orders.iter().map(|order| (order.id.0, order.status.words())).collect();
    assert_eq!(told, [(2, "Open"), (3, "Open"), (4, "Open"), (5, "Open"), (1, "Shipped")]);
}

#[tokio::test]
async fn a_row_that_is_told_on_two_pages_is_as_it_changed_last() {
    let (server, shop) = service().await;
    let rows = [
        vec![order_row(1, "Shipped", "09:30"), order_row(2, "Open", "09:00")],
        vec![order_row(2, "Packed", "09:10"), order_row(1, "Open", "09:01")],
    ];
    pages(&server, ORDERS, "orders", 3, &rows).await;
    let detail = "a list that is shorter than its own total for orders".to_owned();
    let short = shop.orders(jiff::Timestamp::UNIX_EPOCH).await;
    assert_eq!(short, Err(PortError::Unknown { side: "forstok", detail }), "two orders are not three");
    // Two pages at first, then three times until an empty one.
    assert_eq!(calls(&server, ORDERS).await, 2 + 3 * 3, "it is not read for ever");

    let (server, shop) = service().await;
    let rows = [rows[0].clone(), [rows[1].clone(), vec![order_row(3, "Open", "09:02")]].concat()];
    pages(&server, ORDERS, "orders", 3, &rows).await;
    let orders = shop.orders(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let told: Vec<_> = orders.iter().map(|order| (order.id.0, order.status.words())).collect();
    assert_eq!(told, [(3, "Open"), (2, "Packed"), (1, "Shipped")]);
}

#[tokio::test]
async fn a_payment_that_is_told_on_two_pages_is_one_and_those_that_differ_are_not() {
    let (server, shop) = service().await;
    let payment = |reference: &str, at: &str, invoice: i64, status: &str| {
        let invoice = json!({ "id": invoice, "order": { "id": 9 }, "total": 38_500, "status": status });
        let at = format!("2026-03-05T{at}:00+07:00");
        json!({ "reference": reference, "amount_receive": 38_500, "paid_at": at, "invoices": [invoice] })
    };
    let rows = [
        vec![payment("A", "09:00", 1, "Paid"), payment("", "09:00", 2, "Unpaid"), payment("", "09:00", 3, "Paid")],
        // The second was told as the first page was read, and one of its words has changed since.
        vec![payment("", "09:00", 2, "Paid"), payment("A", "09:01", 1, "Paid"), payment("B", "09:00", 4, "Paid")],
        // Equal ones that stand on one page are two payments.
        vec![payment("B", "09:02", 5, "Paid"), payment("B", "09:02", 5, "Paid")],
    ];
    pages(&server, PAYMENTS, "payments", 7, &rows).await;
    let payments = shop.payments(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let told: Vec<_> = payments.iter().map(|one| (one.reference.as_str(), one.invoices[0].id.0)).collect();
    assert_eq!(told, [("A", 1), ("", 2), ("", 3), ("A", 1), ("B", 4), ("B", 5), ("B", 5)]);
    assert_eq!(payments[1].invoices[0].status, InvoiceStatus::Paid);
}

#[tokio::test]
async fn a_large_page_that_is_refused_is_asked_for_smaller() {
    let (server, shop) = service().await;
    let refusal =
        ResponseTemplate::new(422).set_body_json(json!({ "status": "Error", "data": { "message": "per_page" } }));
    Mock::given(path(VARIANTS)).and(query_param("per_page", "2000")).respond_with(refusal).mount(&server).await;
    Mock::given(path(VARIANTS))
        .and(query_param("per_page", "50"))
        .respond_with(ok(&json!({ "variants": variant_rows(0..1), "total": 1 })))
        .mount(&server)
        .await;
    assert_eq!(shop.variants().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_account_offers_is_found_by_asking() {
    let (server, shop) = service().await;
    let rows = json!({ "variants": [{ "id": 1, "sku": "A" }, { "id": 2, "sku": "B", "quantities": [] }] });
    answer(&server, "GET", VARIANTS, ok(&rows)).await;
    answer(&server, "GET", "/api/v2/warehouses.json", ok(&json!({ "warehouses": [] }))).await;
    answer(&server, "GET", "/api/v2/stores.json", html(200)).await;
    answer(&server, "GET", "/api/v2/orders.json", ok(&json!({ "something": 1 }))).await;
    answer(&server, "GET", "/api/v2/payments.json", ResponseTemplate::new(403)).await;
    let expected = Capabilities { variants: true, quantities: true, warehouses: true, ..Capabilities::default() };
    assert_eq!(shop.capabilities().await, Ok(expected));
}

#[tokio::test]
async fn a_service_in_trouble_is_not_taken_for_one_that_offers_nothing() {
    let (server, shop) = service().await;
    answer(&server, "GET", "/api/v2/invoices.json", ResponseTemplate::new(500)).await;
    let detail = "http 500 for invoices".to_owned();
    assert_eq!(shop.capabilities().await, Err(PortError::Unknown { side: "forstok", detail }));
}

#[tokio::test]
async fn stock_is_sent_as_absolute_whole_numbers_twenty_lines_a_call() {
    let (server, shop) = service().await;
    answer(&server, "PATCH", QUANTITIES, ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" }))).await;
    let lines: Vec<_> = (0..25).map(|number| line(&format!("S{number}"), 195, number)).collect();
    assert_eq!(shop.set_quantities(&lines).await, Ok(vec![POSTED; 25]));
    let received = server.received_requests().await.unwrap();
    let bodies: Vec<Value> = received
        .iter()
        .filter(|request| request.url.path() == QUANTITIES)
        .map(|request| request.body_json().unwrap())
        .collect();
    let sizes: Vec<_> = bodies.iter().map(|body| body["variants"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [20, 5]);
    assert_eq!(bodies[1]["variants"][4], json!({ "sku": "S24", "warehouse_id": 195, "quantity": 24 }));
}

#[tokio::test]
async fn a_stock_call_survives_a_fault_that_passes() {
    let (server, shop) = service().await;
    first(&server, "PATCH", QUANTITIES, 2, ResponseTemplate::new(502)).await;
    answer(&server, "PATCH", QUANTITIES, ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" }))).await;
    assert_eq!(shop.set_quantities(&[line("A", 1, 2)]).await, Ok(vec![POSTED]));
}

#[rstest::rstest]
#[case(200)]
#[case(422)]
#[case(404)]
#[tokio::test]
async fn a_refused_line_does_not_stop_the_others(#[case] status: u16) {
    let (server, shop) = service().await;
    let body = json!({ "status": "Error", "data": { "message": "1 of 3 variants failed",
        "errors": [{ "sku": "NOPE", "warehouse_id": "195", "message": "SKU not found" }] } });
    first(&server, "PATCH", QUANTITIES, 1, ResponseTemplate::new(status).set_body_json(body)).await;
    let rest = json!({ "variants": [
        { "sku": "A", "warehouse_id": 195, "quantity": 1 },
        { "sku": "NOPE", "warehouse_id": 196, "quantity": 3 },
    ] });
    Mock::given(method("PATCH"))
        .and(body_json(rest))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" })))
        .expect(1)
        .mount(&server)
        .await;
    let lines = [line("A", 195, 1), line("NOPE", 195, 2), line("NOPE", 196, 3)];
    let expected = vec![POSTED, rejected(codes::SKU_UNKNOWN, "SKU not found"), POSTED];
    assert_eq!(shop.set_quantities(&lines).await, Ok(expected));
}

#[tokio::test]
async fn a_status_that_is_not_ok_refuses_every_line() {
    let (server, shop) = service().await;
    let body = json!({ "status": "Error", "data": { "message": "Something went wrong" } });
    answer(&server, "PATCH", QUANTITIES, ResponseTemplate::new(200).set_body_json(body)).await;
    let refused = rejected(codes::REFUSED, "Something went wrong");
    assert_eq!(shop.set_quantities(&[line("A", 1, 1), line("B", 1, 1)]).await, Ok(vec![refused.clone(), refused]));
    assert_eq!(calls(&server, QUANTITIES).await, 1);
}

#[tokio::test]
async fn a_call_that_is_too_long_is_cut() {
    let (server, shop) = service().await;
    Mock::given(method("PATCH"))
        .respond_with(|request: &wiremock::Request| {
            let body: Value = request.body_json().unwrap_or_default();
            match body["variants"].as_array().map_or(0, Vec::len) {
                0..=5 => ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" })),
                _ => ResponseTemplate::new(422).set_body_json(
                    json!({ "status": "Error", "data": { "message": "At most 5 variants per request" } }),
                ),
            }
        })
        .mount(&server)
        .await;
    let lines: Vec<_> = (0..12).map(|number| line(&format!("S{number}"), 1, 1)).collect();
    assert_eq!(shop.set_quantities(&lines).await, Ok(vec![POSTED; 12]));
}

#[tokio::test]
async fn a_quantity_that_cannot_be_is_not_sent() {
    let (server, shop) = service().await;
    answer(&server, "PATCH", QUANTITIES, ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" }))).await;
    let half = QuantityLine { quantity: Quantity("0.5".parse().unwrap()), ..line("B", 1, 0) };
    let outcomes = shop.set_quantities(&[line("A", 1, -1), half, line("C", 1, 0)]).await.unwrap();
    let expected = [rejected(codes::QUANTITY_REFUSED, "-1"), rejected(codes::QUANTITY_REFUSED, "0.5"), POSTED];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn pending_listings_of_all_kinds_come_once_each() {
    let (server, shop) = service().await;
    let both = json!({ "listings": [{ "listing_id": "5", "store_id": 7, "name": "Kaos", "variants": [
        { "listing_variant_id": 51, "kind": "SKU Not Matched", "sku": "K-1", "original_sku": "K-1" },
        { "listing_variant_id": 52, "kind": "empty", "sku": "kaos0000", "original_sku": null },
    ] }] });
    answer(&server, "GET", "/api/v2/listings/pending.json", ok(&both)).await;
    let pending = shop.pending_listings().await.unwrap();
    let seen: Vec<_> = pending.iter().map(|one| (one.listing_variant, one.kind, one.original_sku.as_str())).collect();
    let expected = [
        (Some(ListingVariantId(51)), PendingKind::NotMatched, "K-1"),
        (Some(ListingVariantId(52)), PendingKind::Empty, ""),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_listing_is_resolved_once_or_not_at_all() {
    let (server, shop) = service().await;
    let confirm = "/api/v2/listings/5/confirm.json";
    let sent = json!({ "action": "create_master" });
    let mock = Mock::given(method("POST")).and(path(confirm)).and(body_json(sent));
    mock.respond_with(ResponseTemplate::new(200)).up_to_n_times(1).mount(&server).await;
    let resolve = |action| shop.resolve_listing(Some(ListingId(5)), Some(ListingVariantId(51)), action);
    assert_eq!(resolve(PendingAction::CreateMaster).await, Ok(POSTED));
    answer(&server, "POST", confirm, ResponseTemplate::new(500)).await;
    let detail = "http 500 for listings".to_owned();
    assert_eq!(resolve(PendingAction::Confirm).await, Err(PortError::Unknown { side: "forstok", detail }));
    assert_eq!(calls(&server, confirm).await, 2, "a write is not repeated");
    let link = "/api/v2/listing_variants/51/link.json";
    let gone = json!({ "status": "Error", "data": { "message": "Listing not found" } });
    answer(&server, "POST", link, ResponseTemplate::new(404).set_body_json(gone)).await;
    let outcome = resolve(PendingAction::LinkTo(VariantId(9))).await;
    assert_eq!(outcome, Ok(rejected(codes::LISTING_GONE, "Listing not found")));
    let nameless = shop.resolve_listing(None, None, PendingAction::Confirm).await;
    assert_eq!(nameless, Err(PortError::NotOffered { side: "forstok", what: "listings".into() }));
}

#[tokio::test]
async fn listings_are_deleted_and_imported_anew() {
    let (server, shop) = service().await;
    answer(&server, "DELETE", "/api/v2/listings/5.json", ResponseTemplate::new(204)).await;
    answer(&server, "POST", "/api/v2/stores/7/import.json", ok(&json!({}))).await;
    assert_eq!(shop.delete_listing(ListingId(5)).await, Ok(()));
    assert_eq!(shop.import_store(StoreId(7)).await, Ok(()));
    let gone = PortError::NotOffered { side: "forstok", what: "imports".into() };
    assert_eq!(shop.import_store(StoreId(8)).await, Err(gone));
}

#[tokio::test]
async fn items_and_variants_are_written_as_the_samples_show() {
    let (server, shop) = service().await;
    let sample = |name: &str| -> Value { serde_json::from_str(&crate::sample_tests::sample(name)).unwrap() };
    let items = sample("items-create-request.json")["body"].clone();
    let change = sample("variant-update-request.json")["body"].clone();
    let done = || ResponseTemplate::new(200).set_body_json(json!({ "status": "OK" }));
    Mock::given(path("/api/v1/items/create"))
        .and(body_json(&items))
        .respond_with(done())
        .expect(1)
        .mount(&server)
        .await;
    let expected = json!({ "sku": change["sku"], "name": change["name"], "price": change["price"],
        "barcode": change["barcode"], "cost_price": change["cost_price"] });
    let mock = Mock::given(method("PATCH")).and(path("/api/v1/variants.json")).and(body_json(expected));
    mock.respond_with(done()).expect(1).mount(&server).await;
    let item = MasterItem {
        name: "Kaos Polos".into(),
        brand_name: "Contoh".into(),
        category_name: "Kaos".into(),
        image_urls: vec!["https://img.example.test/kaos.jpg".into()],
        variants: vec![MasterVariant {
            name: "Kaos Polos Hitam M".into(),
            options: vec![[("size".to_owned(), "M".to_owned())].into()],
            sku_code: "TS-BLK-M".into(),
            barcode: "8990000000017".into(),
            description: "Kaos katun".into(),
            price: Money::from(150_000),
            cost_price: Money::from(80_000),
            quantity: Quantity::from(25),
            weight: 200,
            width: 20,
            height: 2,
            length: 25,
        }],
    };
    assert_eq!(shop.create_items(&[item]).await, Ok(()));
    let change = VariantChange {
        sku: "TS-BLK-M".into(),
        name: Some("Kaos Polos Hitam M".into()),
        price: Some(Money::from(155_000)),
        barcode: Some("8990000000017".into()),
        cost_price: Some(Money::from(82_000)),
    };
    assert_eq!(shop.update_variant(&change).await, Ok(()));
}

#[tokio::test]
async fn a_bad_row_of_a_list_is_told_by_itself_and_the_others_are_read() {
    let (server, shop) = service().await;
    let mut rows = variant_rows(0..3);
    rows[1]["price"] = json!("Rp 50.000");
    answer(&server, "GET", VARIANTS, ok(&json!({ "variants": rows, "total": 3 }))).await;
    let variants = shop.variants().await.unwrap();
    assert_eq!((variants.rows.len(), variants.unread.len()), (2, 1));
    let unread = &variants.unread[0];
    assert_eq!((unread.row, unread.place.as_str(), unread.found.as_str()), (2, "price", "Rp 50.000"));
    assert!(unread.id.is_some() && unread.number.is_some());

    let stores = json!([{ "id": 7001, "name": "Toko" }, { "name": "Tanpa id" }, { "id": "abc" }]);
    answer(&server, "GET", "/api/v2/stores.json", ok(&stores)).await;
    let stores = shop.stores().await.unwrap();
    let places: Vec<_> = stores.unread.iter().map(|row| (row.row, row.place.as_str())).collect();
    assert_eq!((stores.rows.len(), places), (1, vec![(2, "id"), (3, "id")]));

    let good = order_row(1, "Open", "09:00");
    let mut bad = order_row(2, "Open", "09:00");
    bad["status"] = Value::Null;
    answer(&server, "GET", ORDERS, ok(&json!({ "orders": [bad, good], "total": 2 }))).await;
    let orders = shop.orders(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.id.0).collect::<Vec<_>>(), [1]);
    assert_eq!((orders.unread[0].id, orders.unread[0].place.as_str()), (Some(2), "status"));
}
