//! The seeded data: realistic, troubled, and the same for the same seed.

use std::collections::BTreeSet;

use selaras_sandbox::{Fees, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::common::{Shop, unlimited};

async fn variants(shop: &Shop) -> Vec<Value> {
    let rows = shop.forstok_get("v2/variants.json?per_page=200").await.json();
    rows["data"]["variants"].as_array().unwrap().clone()
}

async fn rows(shop: &Shop, name: &str) -> Vec<Value> {
    shop.forstok_get(&format!("v2/{name}.json?per_page=200")).await.json()["data"][name].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_data_and_another_seed_another() {
    let state = |seed: u64| async move {
        let options = SandboxOptions { seed, existing_books: true, ..SandboxOptions::default() };
        Sandbox::start(options).await.unwrap().state()
    };
    let (first, again, other) = (state(1).await, state(1).await, state(2).await);
    assert_eq!(first, again);
    assert_ne!(first.forstok.on_hand, other.forstok.on_hand);
}

#[tokio::test]
async fn every_trouble_occurs_in_forstoks_codes() {
    let shop = Shop::open(unlimited()).await;
    let rows = variants(&shop).await;
    let skus: Vec<&str> = rows.iter().map(|row| row["sku"].as_str().unwrap()).collect();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "#*()-._/".contains(character);
    let has = |test: &dyn Fn(&str) -> bool| skus.iter().any(|sku| test(sku));
    assert_eq!(skus.len(), 120);
    assert!(has(&str::is_empty));
    assert!(has(&|sku| sku.len() > 30));
    assert!(has(&|sku| !sku.chars().all(allowed)));
    assert!(has(&|sku| sku.ends_with("0000")));
    assert!(has(&|sku| sku.ends_with("abc)")));
    let filled: Vec<&&str> = skus.iter().filter(|sku| !sku.is_empty()).collect();
    assert_eq!(filled.iter().collect::<BTreeSet<_>>().len(), filled.len());
    assert!(rows.iter().any(|row| row["cost_price"].is_null()) && rows.iter().any(|row| row["barcode"].is_null()));
    let on_hand = |row: &Value| {
        row["quantities"].as_array().unwrap().iter().map(|row| row["on_hand"].as_i64().unwrap()).sum::<i64>()
    };
    assert!(rows.iter().any(|row| on_hand(row) == 0));
    let reserved =
        |row: &Value| row["quantities"].as_array().unwrap().iter().any(|row| row["reserved_orders"].as_i64() > Some(0));
    assert!(rows.iter().any(reserved));
}

#[tokio::test]
async fn a_new_company_has_a_handful_of_conflicting_items_and_no_stock() {
    let shop = Shop::open(unlimited()).await;
    let books = shop.first();
    let variants = variants(&shop).await;
    let name_of = |sku: &str| variants.iter().find(|row| row["sku"] == sku).map(|row| row["name"].as_str().unwrap());
    assert!(books.items.len() <= 6 && books.stock.is_empty() && books.writes == 0);
    assert!(
        books.items.iter().any(|(no, name)| name_of(no).is_some_and(|other| other != name)),
        "same SKU, other name"
    );
    assert!(
        books
            .items
            .iter()
            .any(|(no, name)| name_of(no).is_none() && variants.iter().any(|row| row["name"] == name.as_str())),
        "same name, other SKU"
    );
}

#[tokio::test]
async fn existing_books_hold_most_items_with_stock_some_of_it_negative() {
    let shop = Shop::open(SandboxOptions { existing_books: true, ..unlimited() }).await;
    let books = shop.first();
    let skus: BTreeSet<String> =
        variants(&shop).await.iter().map(|row| row["sku"].as_str().unwrap().to_owned()).collect();
    let known = books.items.keys().filter(|no| skus.contains(*no)).count();
    assert!((60..=84).contains(&known), "{known}");
    assert!(books.stock.values().any(|quantity| quantity.is_sign_negative()));
    assert_eq!((books.opening_balance_rows, books.writes), (0, 0));
}

#[tokio::test]
async fn stores_cover_the_channels_and_accounts_follow_the_stores() {
    let shop = Shop::open(SandboxOptions { stores: 14, ..unlimited() }).await;
    let stores = rows(&shop, "stores").await;
    let channels: BTreeSet<i64> = stores.iter().map(|row| row["channel_id"].as_i64().unwrap()).collect();
    assert_eq!((stores.len(), channels.len()), (14, 14));
    assert_eq!(stores.iter().filter(|row| row["sync_item"] == false).count(), 1);
    let accounts = shop
        .get("glaccount/list.do?keywords=Saldo&fields=name,accountType&sp.pageSize=100&filter.accountType=CASH_BANK")
        .await
        .json();
    assert_eq!(accounts["sp"]["rowCount"], 13);
}

#[tokio::test]
async fn orders_have_one_line_per_unit_and_their_invoices_add_up() {
    let shop = Shop::open(unlimited()).await;
    let orders = rows(&shop, "orders").await;
    let statuses: BTreeSet<&str> = orders.iter().map(|order| order["status"].as_str().unwrap()).collect();
    assert!(orders.len() == 40 && statuses.len() >= 9, "{statuses:?}");
    let lines: Vec<&Value> = orders.iter().flat_map(|order| order["item_lines"].as_array().unwrap()).collect();
    assert!(lines.iter().all(|line| line.get("quantity").is_none()));
    assert!(lines.iter().any(|line| line["sku"] == "") && lines.iter().any(|line| line["bundle_info"] != json!([])));
    assert!(orders.iter().any(|order| order["cashless"] == false));
    let invoices = rows(&shop, "invoices").await;
    for invoice in &invoices {
        let number = |name: &str| invoice[name].as_i64().unwrap();
        let order = orders.iter().find(|order| order["id"] == invoice["order"]["id"]).unwrap();
        let cashless = order["cashless"].as_bool().unwrap();
        let shipping = if cashless { 0 } else { number("shipping_price") };
        let fees = ["voucher_seller", "cashless_shipping_difference", "fulfillment_fee", "service_fee"];
        let kept: i64 = fees.iter().map(|name| number(name)).sum();
        assert_eq!(number("total"), number("subtotal") + shipping + number("platform_rebate") - kept);
        let of_order = |name: &str| order[name].as_i64().unwrap();
        assert_eq!(number("subtotal"), of_order("subtotal") - of_order("discount_amount"));
    }
    let payments = rows(&shop, "payments").await;
    assert!(!payments.is_empty() && payments.len() < invoices.len());
    assert!(payments.iter().all(|paid| paid["amount_receive"] == paid["invoices"][0]["total"]));
}

#[tokio::test]
async fn what_the_shop_bears_is_off_the_sub_total_and_the_shipping_difference_off_every_total() {
    let shop = Shop::open(unlimited()).await;
    let line = |voucher: i64, platform: i64| json!({ "id": 1, "sku": "KOPI-1", "price": 50_000, "voucher_amount": voucher, "voucher_platform": platform });
    for (cashless, total) in [(true, 94_500 - 4_000), (false, 94_500 + 10_000 - 4_000)] {
        let order = shop.sandbox.place_order(json!({
            "item_lines": [line(5_000, 2_000), line(0, 0)], "subtotal": 100_000, "discount_amount": 2_500,
            "shipping_price": 10_000, "cashless": cashless,
        }));
        let fees = Fees { cashless_shipping_difference: 3_000, service_fee: 1_000, ..Fees::default() };
        shop.sandbox.pay_out(&[(order, fees)]).unwrap();
        let invoices = rows(&shop, "invoices").await;
        let invoice = invoices.iter().find(|invoice| invoice["order"]["id"] == order).unwrap();
        assert_eq!((&invoice["subtotal"], &invoice["total"]), (&json!(94_500), &json!(total)), "{cashless}");
    }
}

#[tokio::test]
async fn ten_thousand_items_are_served_and_saved() {
    let shop = Shop::open(SandboxOptions { items: 10_000, existing_books: true, ..unlimited() }).await;
    let page = shop.get("item/list.do?fields=id,no,name&sp.pageSize=1000&sp.page=5").await.json();
    assert_eq!(page["d"].as_array().unwrap().len(), 1000);
    let rows: Vec<Value> =
        (0..100).map(|n| json!({ "no": format!("N-{n}"), "name": "x", "itemType": "INVENTORY" })).collect();
    assert_eq!(shop.post("item/bulk-save.do", json!({ "data": rows })).await.json()["s"], true);
}

#[tokio::test]
async fn some_orders_wait_for_skus_that_are_in_trouble_and_some_can_be_handed_over() {
    let sandbox = Sandbox::start(unlimited()).await.unwrap();
    let shop = Shop::open(unlimited()).await;
    let orders = rows(&shop, "orders").await;
    let allowed = |character: char| character.is_ascii_alphanumeric() || "#*()-._/".contains(character);
    let troubled = |line: &Value| {
        let sku = line["sku"].as_str().unwrap();
        sku.is_empty() || sku.len() > 30 || !sku.chars().all(allowed) || sku.ends_with("0000") || sku.ends_with("abc)")
    };
    let waiting = orders.iter().filter(|order| order["item_lines"].as_array().unwrap().iter().any(troubled)).count();
    assert!((4..=12).contains(&waiting), "{waiting}");
    let ready =
        |sandbox: &Sandbox| sandbox.state().forstok.orders.values().filter(|status| *status == "Ready to ship").count();
    let (before, on_hand) = (ready(&sandbox), sandbox.state().forstok.on_hand);
    assert_eq!(sandbox.sell(2), 2);
    assert_eq!(ready(&sandbox), before + 2);
    assert_ne!(sandbox.state().forstok.on_hand, on_hand);
    let left = sandbox.sell(1000);
    assert!(left > 0);
    assert_eq!(sandbox.sell(1), 0);
}

#[tokio::test]
async fn no_order_invoice_or_payment_lies_ahead_of_now() {
    let shop = Shop::open(SandboxOptions { orders: 200, ..unlimited() }).await;
    let now = jiff::Timestamp::now();
    let moments = |rows: Vec<Value>, names: &'static [&'static str]| {
        let of_row = move |row: Value| names.iter().map(move |name| row[*name].as_str().unwrap().to_owned());
        rows.into_iter().flat_map(of_row).collect::<Vec<String>>()
    };
    let mut all = moments(rows(&shop, "orders").await, &["ordered_at", "updated_at"]);
    all.extend(moments(rows(&shop, "invoices").await, &["created_at"]));
    all.extend(moments(rows(&shop, "payments").await, &["paid_at"]));
    assert!(all.len() > 500);
    assert!(all.iter().all(|moment| moment.parse::<jiff::Timestamp>().unwrap() <= now), "{all:?}");
}
