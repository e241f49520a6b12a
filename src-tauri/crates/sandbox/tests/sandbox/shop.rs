//! Forstok as a client meets it (forstok-api.md §3, §6, §10, §14).

use std::time::Duration;

use reqwest::Method;
use selaras_sandbox::{Allowance, SandboxOptions};
use serde_json::{Value, json};

use crate::common::{Shop, http, send, unlimited};

async fn push(shop: &Shop, lines: Value) -> crate::common::Answer {
    send(shop.forstok(Method::PATCH, "v2/variants/quantities.json").json(&json!({ "variants": lines }))).await
}

fn any_sku(shop: &Shop) -> String {
    shop.sandbox.state().forstok.on_hand.into_keys().map(|(sku, _)| sku).find(|sku| sku.starts_with("KOP")).unwrap()
}

#[tokio::test]
async fn a_call_needs_token_user_and_auth_type_and_takes_bearer_in_any_case() {
    let shop = Shop::open(unlimited()).await;
    let url = format!("{}/api/v2/warehouses.json", shop.sandbox.connection().forstok_api_url);
    let email = shop.sandbox.connection().forstok_email.clone();
    let call = |scheme: &str, query: &[(&str, &str)]| {
        let request = http().get(&url).query(query);
        send(request.header("Authorization", format!("{scheme} {}", shop.forstok_token)))
    };
    let whole = [("user_id", email.as_str()), ("auth_type", "jwt")];
    let statuses = [
        call("bearer", &whole).await.status,
        call("Bearer", &whole).await.status,
        call("Basic", &whole).await.status,
        call("Bearer", &whole[..1]).await.status,
        call("Bearer", &whole[1..]).await.status,
    ];
    assert_eq!(statuses, [200, 200, 401, 401, 401]);
    let connection = shop.sandbox.connection();
    let wrong =
        http().post(format!("{}/api/v2/auth?id={email}&secret_key=falsch&type=seller", connection.forstok_auth_url));
    let wrong = send(wrong).await;
    assert_eq!(
        (wrong.status, wrong.json()),
        (401, json!({ "status": "Unauthorized", "data": { "message": "Invalid id or secret key" } }))
    );
}

#[tokio::test]
async fn tokens_are_short_lived_and_channels_sign_in_with_json() {
    let options = SandboxOptions { forstok_token_lifetime: Duration::from_millis(150), ..unlimited() };
    let shop = Shop::open(options).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(shop.forstok_get("v2/stores.json").await.json()["data"]["message"], "Token has expired");
    let connection = shop.sandbox.connection();
    let body = json!({ "id": "10999", "secret_key": connection.forstok_secret_key, "type": "channel" });
    let answer = send(http().post(format!("{}/api/v2/auth", connection.forstok_auth_url)).json(&body)).await.json();
    assert_eq!(answer["data"]["token"].as_str().unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn quantities_are_absolute_and_bad_lines_are_named() {
    let shop = Shop::open(unlimited()).await;
    let sku = any_sku(&shop);
    let answer = push(&shop, json!([{ "sku": sku, "warehouse_id": 196, "quantity": 7 }])).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "OK" })));
    assert!(!answer.headers.contains_key("x-sim-unverified"));
    let lines = json!([
        { "sku": sku, "warehouse_id": 195, "quantity": 0 },
        { "sku": "TIDAK-ADA", "warehouse_id": 195, "quantity": 1 },
        { "sku": sku, "warehouse_id": false, "quantity": 1 },
        { "sku": sku, "warehouse_id": 195, "quantity": -1 },
        { "sku": sku, "warehouse_id": 195, "quantity": 1.5 },
    ]);
    let answer = push(&shop, lines).await.json();
    let messages: Vec<&str> =
        answer["data"]["errors"].as_array().unwrap().iter().map(|error| error["message"].as_str().unwrap()).collect();
    assert_eq!(answer["data"]["message"], "4 of 5 variants failed");
    assert_eq!(
        messages,
        ["SKU not found", "Warehouse not found", "Quantity can not be negative", "Quantity must be an integer"]
    );
    let on_hand = shop.sandbox.state().forstok.on_hand;
    assert_eq!((on_hand[&(sku.clone(), 196)], on_hand[&(sku.clone(), 195)]), (7, 0));
    let single = shop.forstok(Method::POST, "v2/variants/quantities.json").header("X-HTTP-Method-Override", "PATCH");
    send(single.json(&json!({ "variants": [{ "sku": sku, "quantity_hand": 23 }] }))).await;
    assert_eq!(shop.sandbox.state().forstok.on_hand[&(sku, 195)], 23);
}

#[tokio::test]
async fn one_bad_line_makes_the_update_void_when_asked_to_and_too_many_lines_always() {
    let shop = Shop::open(SandboxOptions { forstok_all_or_nothing: true, forstok_max_batch: 2, ..unlimited() }).await;
    let line = json!({ "sku": any_sku(&shop), "warehouse_id": 195, "quantity": 9 });
    push(&shop, json!([line, { "sku": "TIDAK-ADA", "warehouse_id": 195, "quantity": 1 }])).await;
    assert_eq!(push(&shop, json!([line, line, line])).await.status, 422);
    assert_eq!(shop.sandbox.state().forstok.stock_writes, 0);
}

#[tokio::test]
async fn writes_above_the_limit_get_429_with_retry_after_and_reads_do_not() {
    let forstok_writes = Allowance { calls: 2, window: Duration::from_secs(60), parallel: 50 };
    let shop = Shop::open(SandboxOptions { forstok_writes, ..unlimited() }).await;
    let line = json!([{ "sku": any_sku(&shop), "warehouse_id": 195, "quantity": 9 }]);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(push(&shop, line.clone()).await);
    }
    assert_eq!(statuses.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200, 429]);
    let seconds: u64 = statuses[2].headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(shop.forstok_get("v2/stores.json").await.status, 200);
}

#[tokio::test]
async fn guessed_endpoints_are_marked_and_can_be_switched_off() {
    let shop = Shop::open(unlimited()).await;
    for path in ["orders", "warehouses", "stores", "variants", "invoices", "payments", "listings/pending"] {
        let answer = shop.forstok_get(&format!("v2/{path}.json")).await;
        assert_eq!((answer.status, answer.headers["x-sim-unverified"].to_str().unwrap()), (200, "1"), "{path}");
    }
    let shop = Shop::open(SandboxOptions { forstok_assumed_endpoints: false, ..unlimited() }).await;
    assert_eq!(shop.forstok_get("v2/variants.json").await.status, 404);
    let line = json!([{ "sku": any_sku(&shop), "warehouse_id": 195, "quantity": 9 }]);
    assert_eq!(push(&shop, line).await.json()["status"], "OK");
}

#[tokio::test]
async fn variants_are_paged_and_found_by_sku() {
    let shop = Shop::open(unlimited()).await;
    let mut skus = std::collections::BTreeSet::new();
    for page in 1..=3 {
        let data = shop.forstok_get(&format!("v2/variants.json?page={page}&per_page=50")).await.json()["data"].clone();
        assert_eq!((&data["total"], &data["per_page"]), (&json!(120), &json!(50)));
        skus.extend(data["variants"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
    }
    assert_eq!(skus.len(), 120);
    let sku = any_sku(&shop);
    let found = shop.forstok_get(&format!("v2/variants.json?sku={sku}")).await.json();
    assert_eq!((found["data"]["total"].clone(), found["data"]["variants"][0]["sku"].clone()), (json!(1), json!(sku)));
}

async fn confirm(shop: &Shop, listing: &Value, action: &str) -> crate::common::Answer {
    let path = format!("v2/listings/{}/confirm.json", listing["listing_id"]);
    shop.forstok_post(&path, json!({ "action": action })).await
}

#[tokio::test]
async fn all_four_kinds_of_pending_action_can_be_resolved() {
    let shop = Shop::open(unlimited()).await;
    let of = |kind: &'static str| {
        let shop = &shop;
        async move {
            shop.forstok_get(&format!("v2/listings/pending.json?kind={kind}")).await.json()["data"]["listings"][0]
                .clone()
        }
    };
    let start = shop.sandbox.state().forstok;
    assert!(start.pending.values().all(|count| *count > 0), "{:?}", start.pending);

    let matched = of("matched").await;
    assert_eq!(confirm(&shop, &matched, "create_master").await.status, 422);
    assert_eq!(confirm(&shop, &matched, "link").await.json(), json!({ "status": "OK" }));
    assert_eq!(confirm(&shop, &matched, "link").await.status, 404);

    let unknown = of("not_matched").await;
    confirm(&shop, &unknown, "create_master").await;
    let sku = unknown["variants"][0]["sku"].as_str().unwrap();
    assert_eq!(shop.forstok_get(&format!("v2/variants.json?sku={sku}")).await.json()["data"]["total"], 1);

    let doubled = of("duplicate").await;
    assert!(doubled["variants"][0]["sku"].as_str().unwrap().ends_with("abc)"));
    confirm(&shop, &doubled, "replace").await;

    let empty = of("empty").await;
    assert!(empty["variants"][0]["sku"].as_str().unwrap().ends_with("0000"));
    send(shop.forstok(Method::DELETE, &format!("v2/listings/{}.json", empty["listing_id"]))).await;
    assert!(shop.sandbox.state().forstok.pending.values().all(|count| *count == 0));
    let variants = shop.sandbox.state().forstok.variants;
    assert_eq!(variants, start.variants + 1 - 2);

    shop.forstok_post(&format!("v2/stores/{}/import.json", empty["store_id"]), json!({})).await;
    let back = of("not_matched").await;
    assert_eq!(back["listing_id"], empty["listing_id"]);
    let target = shop.forstok_get("v2/variants.json?per_page=1").await.json()["data"]["variants"][0]["id"].clone();
    let path = format!("v2/listing_variants/{}/link.json", back["variants"][0]["listing_variant_id"]);
    assert_eq!(shop.forstok_post(&path, json!({ "variant_id": target })).await.status, 200);
    assert!(shop.sandbox.state().forstok.pending.values().all(|count| *count == 0));
}

#[tokio::test]
async fn items_are_created_and_changed_through_the_proven_calls() {
    let shop = Shop::open(unlimited()).await;
    let variant = |sku: &str| json!({ "name": "Baru", "sku_code": sku, "price": 1000, "quantity": 4, "weight": 200, "width": 1, "height": 1, "length": 1 });
    let body = json!({ "items": [{ "name": "Baru", "category_name": "Kaos", "variants": [variant("BARU-1"), variant("BARU-2")] }] });
    assert_eq!(shop.forstok_post("v1/items/create", body.clone()).await.json(), json!({ "status": "OK" }));
    assert_eq!(shop.forstok_post("v1/items/create", body).await.status, 422);
    let change = shop
        .forstok(Method::PATCH, "v1/variants.json")
        .json(&json!({ "sku": "BARU-2", "price": 1500, "cost_price": 900 }));
    assert_eq!(send(change).await.status, 200);
    let row = shop.forstok_get("v2/variants.json?sku=BARU-2").await.json()["data"]["variants"][0].clone();
    assert_eq!(
        (&row["price"], &row["cost_price"], &row["quantities"][0]["on_hand"]),
        (&json!(1500), &json!(900), &json!(4))
    );
}

#[tokio::test]
async fn ready_to_ship_takes_the_units_from_hand_and_makes_the_invoice() {
    let shop = Shop::open(unlimited()).await;
    let orders = shop.forstok_get("v2/orders.json?status=open&per_page=200").await.json();
    let rows = orders["data"]["orders"].as_array().unwrap();
    let order = rows
        .iter()
        .find(|order| order["item_lines"][0]["sku"] != "" && order["item_lines"][0]["bundle_info"] == json!([]))
        .unwrap();
    let id = order["id"].as_i64().unwrap();
    let key = (order["item_lines"][0]["sku"].as_str().unwrap().to_owned(), order["warehouse_id"].as_i64().unwrap());
    let units = order["item_lines"].as_array().unwrap().iter().filter(|line| line["sku"] == key.0.as_str()).count();
    let before = shop.sandbox.state().forstok;
    let fulfil = format!("v2/orders/fulfills_seller.json?order_id={id}");
    assert_eq!(
        shop.forstok_post("v1/orders/confirm.json", json!({ "order_id": id })).await.json(),
        json!({ "status": "OK" })
    );
    assert_eq!(shop.sandbox.state().forstok.orders[&id], "Not Shipped");
    assert_eq!(shop.forstok_post(&fulfil, json!(null)).await.status, 200);
    assert_eq!(shop.forstok_post(&fulfil, json!(null)).await.status, 422);
    let after = shop.sandbox.state().forstok;
    assert_eq!(after.orders[&id], "Ready to ship");
    assert_eq!(after.invoices, before.invoices + 1);
    let on_hand = |state: &selaras_sandbox::ForstokState| state.on_hand.get(&key).copied().unwrap_or(0);
    assert_eq!(on_hand(&after), on_hand(&before) - i64::try_from(units).unwrap());
}

#[tokio::test]
async fn an_order_lives_through_its_statuses_and_is_paid_out_or_voided() {
    use selaras_sandbox::OrderStepError;
    let shop = Shop::open(unlimited()).await;
    let orders = shop.forstok_get("v2/orders.json?status=open&per_page=200").await.json();
    let mut open =
        orders["data"]["orders"].as_array().unwrap().iter().filter(|order| order["item_lines"][0]["sku"] != "");
    let mut next = || open.next().unwrap()["id"].as_i64().unwrap();
    let (sold, cancelled) = (next(), next());
    let before = shop.sandbox.state().forstok;
    assert_eq!(shop.sandbox.advance_order(sold, "Delivered"), Err(OrderStepError::NotAllowed));
    assert_eq!(shop.sandbox.advance_order(1, "Shipped"), Err(OrderStepError::Unknown));
    for status in ["Not Shipped", "Ready to ship", "Shipped", "Delivered", "Completed"] {
        assert_eq!(shop.sandbox.advance_order(sold, status), Ok(()), "{status}");
    }
    let middle = shop.sandbox.state().forstok;
    assert_eq!((middle.invoices, middle.payments), (before.invoices + 1, before.payments + 1));
    for status in ["Ready to ship", "Cancelled"] {
        assert_eq!(shop.sandbox.advance_order(cancelled, status), Ok(()), "{status}");
    }
    assert_eq!(shop.sandbox.advance_order(cancelled, "Shipped"), Err(OrderStepError::NotAllowed));
    assert_eq!(shop.sandbox.state().forstok.on_hand, middle.on_hand);
    let invoices = shop.forstok_get("v2/invoices.json?per_page=200").await.json();
    let status = |id: i64| {
        let rows = invoices["data"]["invoices"].as_array().unwrap();
        rows.iter().find(|row| row["order"]["id"] == id).unwrap()["status"].clone()
    };
    assert_eq!((status(sold), status(cancelled)), (json!("Paid"), json!("Voided")));
}

#[tokio::test]
async fn webhooks_carry_the_key_to_loopback() {
    use tokio::io::AsyncReadExt as _;
    let shop = Shop::open(unlimited()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    shop.forstok_post("v2/webhooks.json", json!({ "event": "orders/update", "url": url })).await;
    send(shop.forstok(Method::PUT, "v2/webhooks/key.json").json(&json!({ "key": "rahasia-toko" }))).await;
    let order = shop.forstok_get("v2/orders.json?status=Open").await.json()["data"]["orders"][0]["id"].clone();
    shop.forstok_post("v1/orders/confirm.json", json!({ "order_id": order })).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = vec![0; 2048];
    let read = stream.read(&mut head).await.unwrap();
    let text = String::from_utf8_lossy(&head[..read]).into_owned();
    assert!(text.starts_with("POST /hook") && text.contains("key: rahasia-toko"), "{text}");
}
