//! Faults and limits over real HTTP.

use std::time::{Duration, Instant};

use reqwest::Method;
use selaras_sandbox::{Allowance, Load, SandboxOptions};
use serde_json::json;

use crate::common::{Shop, send, try_send, unlimited};

/// Long enough for a busy machine; a hang ends here.
const PATIENCE: Duration = Duration::from_secs(60);

const RATE_LIMIT: &str = "Jumlah request API melebihi toleransi yang diperbolehkan. Batas maksimum yang diperbolehkan yaitu 8 proses paralel per Token dan 8 request/detik.";

async fn with(schedule: &str) -> Shop {
    let shop = Shop::open(unlimited()).await;
    shop.sandbox.set_faults(schedule.parse().unwrap());
    shop
}

fn item() -> serde_json::Value {
    json!({ "no": "F-1", "name": "Barang", "itemType": "INVENTORY" })
}

#[tokio::test]
async fn ninth_call_within_the_window_is_refused_with_the_configured_status_and_the_recorded_text() {
    for status in [200, 400, 429] {
        // The window of a minute: a busy machine may take more than a second over nine calls.
        let minute = Allowance { window: Duration::from_secs(60), ..SandboxOptions::default().accurate_allowance };
        let options =
            SandboxOptions { rate_limit_status: status, accurate_allowance: minute, ..SandboxOptions::default() };
        let shop = Shop::open(options).await;
        let mut refused = Vec::new();
        for _ in 0..9 {
            let answer = shop.get("unit/list.do").await;
            if answer.json()["s"] == false {
                refused.push((answer.status, answer.messages()));
            }
        }
        assert_eq!(refused, [(status, vec![RATE_LIMIT.to_owned()])]);
        assert_eq!(shop.sandbox.state().accurate_load, Load { max_in_window: 9, max_in_flight: 1, refused: 1 });
    }
}

#[tokio::test]
async fn calls_in_flight_are_counted_while_the_answer_is_slow() {
    let shop = with("accurate:unit/list.do:1-5=slow(600000)").await;
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(send(shop.data(Method::GET, "unit/list.do")))).collect();
    let deadline = Instant::now() + PATIENCE;
    while shop.sandbox.state().accurate_load.max_in_flight < 5 {
        assert!(Instant::now() < deadline, "{:?}", shop.sandbox.state().accurate_load);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(shop.sandbox.state().accurate_load.max_in_flight, 5);
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done_and_a_lost_request_does_not() {
    let shop = with("accurate:item/save.do:1=drop_before_commit,accurate:item/save.do:2=drop_after_commit").await;
    for done in [false, true] {
        assert!(try_send(shop.data(Method::POST, "item/save.do").json(&item())).await.is_err());
        assert_eq!(shop.first().items.contains_key("F-1"), done);
    }
    assert_eq!(shop.post("item/save.do", item()).await.messages(), ["Sudah ada data lain dengan Kode Barang \"F-1\""]);
}

/// What a write changes, looked up in the services' own books.
type Seen = fn(&Shop) -> bool;

/// One write of each kind at both services, each after the ones that it rests on, and how the books tell that it was done.
fn writes(shop: &Shop) -> Vec<(&'static str, Method, &'static str, serde_json::Value, Seen)> {
    let sku = shop.sandbox.state().forstok.on_hand.keys().find(|(sku, _)| !sku.is_empty()).unwrap().0.clone();
    let row = |no: &str| json!({ "no": no, "name": no, "itemType": "INVENTORY" });
    let day = jiff::Zoned::now().strftime("%d/%m/%Y").to_string();
    let warehouse = shop.first().stock.keys().next().map_or("Gudang Utama".to_owned(), |(_, name)| name.clone());
    let line = |cost: bool| {
        let mut line = json!({ "itemNo": "F-1", "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": 5, "warehouseName": warehouse });
        if cost {
            line["unitCost"] = json!(1000);
        }
        line
    };
    let sale = json!({ "itemNo": "F-1", "unitPrice": 2000, "quantity": 1, "warehouseName": warehouse });
    let adjustment = |number: &str| json!({ "number": number, "transDate": day, "detailItem": [line(true)] });
    let invoice =
        |number: &str| json!({ "number": number, "transDate": day, "customerNo": "F-C", "detailItem": [sale] });
    let back = json!({ "number": "SR-1", "transDate": day, "taxDate": day, "taxNumber": "SR-1", "customerNo": "F-C", "invoiceNumber": "SI-1", "returnType": "INVOICE", "detailItem": [sale] });
    let paid = json!({
        "number": "RC-1", "transDate": day, "customerNo": "F-C", "bankNo": "110101", "chequeAmount": 2000,
        "detailInvoice": [{ "invoiceNo": "SI-2", "paymentAmount": 2000 }]
    });
    let quantities = json!({ "variants": [{ "sku": sku, "warehouse_id": 195, "quantity": 3 }] });
    let product = json!({ "items": [{ "name": "Baru", "category_name": "Umum", "variants": [{ "sku_code": "F-NEW", "price": 1000 }] }] });
    vec![
        ("accurate", Method::POST, "item/save.do", row("F-1"), |shop| shop.first().items.contains_key("F-1")),
        ("accurate", Method::POST, "item/bulk-save.do", json!({ "data": [row("F-2"), row("F-3")] }), |shop| {
            shop.first().items.contains_key("F-3")
        }),
        ("accurate", Method::POST, "customer/save.do", json!({ "customerNo": "F-C", "name": "Pembeli" }), |shop| {
            shop.first().customers.contains_key("F-C")
        }),
        ("accurate", Method::POST, "item-adjustment/save.do", adjustment("IA-1"), |shop| {
            shop.first().adjustments.contains("IA-1")
        }),
        ("accurate", Method::POST, "item-adjustment/bulk-save.do", json!({ "data": [adjustment("IA-2")] }), |shop| {
            shop.first().adjustments.contains("IA-2")
        }),
        ("accurate", Method::POST, "sales-invoice/save.do", invoice("SI-1"), |shop| {
            shop.first().invoices.contains_key("SI-1")
        }),
        (
            "accurate",
            Method::POST,
            "sales-invoice/bulk-save.do",
            json!({ "data": [invoice("SI-2"), invoice("SI-3")] }),
            |shop| shop.first().invoices.contains_key("SI-3"),
        ),
        ("accurate", Method::POST, "sales-receipt/save.do", paid, |shop| shop.first().receipts.contains("RC-1")),
        ("accurate", Method::POST, "sales-return/save.do", back, |shop| shop.first().returns.contains("SR-1")),
        ("accurate", Method::DELETE, "sales-return/delete.do?number=SR-1", json!(null), |shop| {
            !shop.first().returns.contains("SR-1")
        }),
        ("accurate", Method::DELETE, "sales-receipt/delete.do?number=RC-1", json!(null), |shop| {
            !shop.first().receipts.contains("RC-1")
        }),
        ("accurate", Method::DELETE, "sales-invoice/delete.do?number=SI-3", json!(null), |shop| {
            !shop.first().invoices.contains_key("SI-3")
        }),
        ("accurate", Method::DELETE, "item-adjustment/delete.do?number=IA-2", json!(null), |shop| {
            !shop.first().adjustments.contains("IA-2")
        }),
        ("accurate", Method::DELETE, "item/delete.do?no=F-3", json!(null), |shop| {
            !shop.first().items.contains_key("F-3")
        }),
        ("forstok", Method::PATCH, "v2/variants/quantities.json", quantities, |shop| {
            shop.sandbox.state().forstok.stock_writes > 0
        }),
        ("forstok", Method::POST, "v1/items/create", product, |shop| {
            shop.sandbox.state().forstok.on_hand.keys().any(|(sku, _)| sku == "F-NEW")
        }),
    ]
}

#[tokio::test]
async fn every_kind_of_write_can_be_done_after_its_client_was_told_nothing_or_504() {
    for (fault, told) in [("late-commit(3600)", None), ("504-then-commit(3600)", Some(504))] {
        let shop = with(&format!("accurate:*={fault},forstok:*={fault}")).await;
        for (service, method, path, body, seen) in writes(&shop) {
            let request = if service == "accurate" { shop.data(method, path) } else { shop.forstok(method, path) };
            let before = seen(&shop);
            let answer = try_send(if body.is_null() { request } else { request.json(&body) }).await;
            assert_eq!(answer.ok().map(|answer| answer.status), told, "{path}");
            assert!(!before && !seen(&shop), "{path} is done at once");
            assert_eq!(shop.sandbox.state().late_commits, 1, "{path}");
            assert_eq!(shop.sandbox.land_late_commits(), 1, "{path}");
            assert!(seen(&shop), "{path} is never done");
        }
        assert!(try_send(shop.data(Method::GET, "unit/list.do")).await.ok().map(|answer| answer.status) == told);
        assert_eq!(shop.sandbox.state().late_commits, 0, "a question is no write");
    }
}

#[tokio::test]
async fn a_late_commit_comes_by_itself_and_though_its_client_hung_up_or_sent_again() {
    let shop = with(
        "accurate:item/save.do:1=slow(600000),accurate:item/save.do:1=late_commit(0.2),accurate:item/save.do:2-3=504_then_commit(3600)",
    )
    .await;
    let call = tokio::spawn(try_send(shop.data(Method::POST, "item/save.do").json(&item())));
    let deadline = Instant::now() + PATIENCE;
    while !shop.first().items.contains_key("F-1") {
        assert!(Instant::now() < deadline, "never done");
        if shop.sandbox.state().late_commits == 1 {
            call.abort();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let writes = shop.first().writes;
    let other = json!({ "no": "F-2", "name": "Barang", "itemType": "INVENTORY" });
    for _ in 0..2 {
        assert_eq!(shop.post("item/save.do", other.clone()).await.status, 504);
    }
    // The second of them finds its code taken, as it would at the service.
    assert_eq!(shop.sandbox.land_late_commits(), 2);
    assert_eq!(shop.first().writes, writes + 1);
}

#[tokio::test]
async fn a_write_without_a_session_or_a_token_is_never_done_late() {
    let mut shop = with("accurate:item/save.do=504_then_commit(3600),forstok:quantities=504_then_commit(3600)").await;
    shop.session = "none".to_owned();
    shop.forstok_token = "none".to_owned();
    assert_eq!(shop.post("item/save.do", item()).await.status, 504);
    assert_eq!(send(shop.forstok(Method::PATCH, "v2/variants/quantities.json").json(&json!({}))).await.status, 504);
    assert_eq!(shop.sandbox.state().late_commits, 0);
}

#[tokio::test]
async fn a_moved_database_answers_308_to_a_host_that_serves_from_then_on() {
    let mut shop = with("accurate:unit/list.do:1=moved").await;
    let old = shop.host.clone();
    let moved = shop.get("unit/list.do?sp.page=1").await;
    let location = moved.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(moved.status, 308);
    assert!(location.ends_with("/accurate/api/unit/list.do?sp.page=1") && !location.starts_with(&old));
    assert_eq!(shop.get("unit/list.do").await.status, 308);
    shop.open_database(shop.sandbox.connection().databases[0].id).await;
    assert_ne!(shop.host, old);
    assert_eq!(shop.get("unit/list.do").await.status, 200);
}

#[tokio::test]
async fn every_answer_that_can_go_wrong_does_as_scheduled() {
    let shop = with(
        "accurate:unit/list.do:1=upsss,accurate:unit/list.do:2=html_401,accurate:unit/list.do:3=html_502,accurate:unit/list.do:4=malformed_json,\
         accurate:unit/list.do:5=truncated_json,accurate:unit/list.do:6=rate_limit(400),accurate:unit/list.do:7=slow(150)",
    )
    .await;
    let upsss = shop.get("unit/list.do").await;
    assert!(upsss.status == 200 && upsss.messages()[0].contains("Kode Referensi:\nersen-"));
    for status in [401, 502] {
        let page = shop.get("unit/list.do").await;
        assert_eq!(page.status, status);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    for _ in 0..2 {
        let spoilt = shop.get("unit/list.do").await;
        assert!(spoilt.status == 200 && serde_json::from_str::<serde_json::Value>(&spoilt.text).is_err());
    }
    assert_eq!(shop.get("unit/list.do").await.status, 400);
    let start = Instant::now();
    assert_eq!(shop.get("unit/list.do").await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn session_and_token_expire_after_the_given_number_of_calls() {
    let mut shop = with("accurate:session-expire@2,accurate:token-expire@5").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(shop.get("unit/list.do").await.json());
    }
    assert_eq!(statuses[1]["s"], true);
    assert_eq!(statuses[2], json!({ "s": false, "d": ["Data Session Key tidak tepat"] }));
    shop.open_database(shop.sandbox.connection().databases[0].id).await;
    assert_eq!(shop.get("unit/list.do").await.status, 200);
    assert_eq!(shop.get("unit/list.do").await.json()["error"], "invalid_token");
    let refresh = shop.refresh.clone();
    let renewed = shop.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    shop.keep(&renewed.json());
    assert_eq!(shop.get("unit/list.do").await.status, 200);
}

#[tokio::test]
async fn named_bulk_rows_are_refused() {
    let shop = with("accurate:item/bulk-save.do:1=partial_bulk(F-1|F-3)").await;
    let row = |no: &str| json!({ "no": no, "name": no, "itemType": "INVENTORY" });
    let answer = shop.post("item/bulk-save.do", json!({ "data": [row("F-1"), row("F-2"), row("F-3")] })).await.json();
    let saved: Vec<bool> = answer["d"].as_array().unwrap().iter().map(|row| row["s"] == true).collect();
    assert_eq!(saved, [false, true, false]);
}

#[tokio::test]
async fn forstok_fails_in_bursts_with_pages_and_with_another_status() {
    let shop = with(
        "forstok:quantities:1-2=error_500,forstok:quantities:3=html_page,forstok:quantities:4=status_not_ok,forstok:quantities:5=rate_limit,\
         forstok:quantities:6=token_expiry",
    )
    .await;
    let sku = shop.sandbox.state().forstok.on_hand.keys().find(|(sku, _)| !sku.is_empty()).unwrap().0.clone();
    let push = || {
        send(
            shop.forstok(Method::PATCH, "v2/variants/quantities.json")
                .json(&json!({ "variants": [{ "sku": sku, "warehouse_id": 195, "quantity": 3 }] })),
        )
    };
    let mut seen = Vec::new();
    for _ in 0..6 {
        let answer = push().await;
        seen.push((answer.status, answer.headers["content-type"].to_str().unwrap().contains("html")));
    }
    assert_eq!(seen, [(500, true), (500, true), (200, true), (200, false), (429, false), (401, false)]);
    assert_eq!(shop.sandbox.state().forstok.stock_writes, 0);
}

#[tokio::test]
async fn the_servers_stop_on_shutdown_and_on_drop() {
    for by_drop in [false, true] {
        let shop = Shop::open(unlimited()).await;
        let url = shop.sandbox.connection().accurate_url.clone();
        if by_drop {
            drop(shop.sandbox);
        } else {
            shop.sandbox.shutdown().await;
        }
        let deadline = Instant::now() + PATIENCE;
        while try_send(crate::common::http().get(&url)).await.is_ok() {
            assert!(Instant::now() < deadline, "still serving");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
