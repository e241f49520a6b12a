//! What people do beside a client, what a service changes in silence, and lists that say less than is there.

use std::time::{Duration, Instant};

use reqwest::Method;
use selaras_sandbox::{Event, Pair, System};
use serde_json::{Value, json};

use crate::common::{Shop, send, try_send, unlimited};

/// Long enough for a busy machine; a hang ends here.
const PATIENCE: Duration = Duration::from_secs(60);

async fn with(schedule: &str) -> Shop {
    let shop = Shop::open(unlimited()).await;
    shop.sandbox.set_faults(schedule.parse().unwrap());
    shop
}

fn item(no: &str, name: &str) -> Value {
    json!({ "no": no, "name": name, "itemType": "INVENTORY" })
}

async fn nos(shop: &Shop, page: usize, size: usize) -> (Vec<String>, u64) {
    let path = format!("item/list.do?fields=no&sp.page={page}&sp.pageSize={size}");
    let answer = shop.get(&path).await.json();
    let rows = answer["d"].as_array().unwrap().iter().map(|row| row["no"].as_str().unwrap().to_owned());
    (rows.collect(), answer["sp"]["rowCount"].as_u64().unwrap())
}

#[tokio::test]
async fn an_invoice_is_typed_by_a_person_as_the_first_write_arrives() {
    let fields = r#"{"no":"P-1","name":"Kaos, hitam (M)","itemType":"INVENTORY"}"#;
    let shop = with(&format!("accurate:*save.do:1=type(item|{fields}),accurate:*save.do:2=erase(item|P-1)")).await;
    assert_eq!(shop.get("item/list.do").await.status, 200);
    assert!(!shop.first().items.contains_key("P-1"));
    let taken = shop.post("item/bulk-save.do", json!({ "data": [item("P-1", "Lain")] })).await.json();
    assert_eq!(taken["d"][0]["d"][0], "Sudah ada data lain dengan Kode Barang \"P-1\"");
    assert_eq!(shop.first().items["P-1"], "Kaos, hitam (M)");
    assert_eq!(shop.post("item/save.do", item("P-1", "Lain")).await.json()["s"], true);
    assert_eq!(shop.sandbox.state().failed_events, Vec::<String>::new());
}

#[tokio::test]
async fn an_order_is_changed_or_cancelled_as_a_write_to_the_other_service_arrives() {
    let shop = with("").await;
    let order = shop.sandbox.place_order(json!({ "status": "Open" }));
    let schedule = format!(
        "accurate:item/save.do:1=order({order}|{{\"total_price\":7}}),accurate:item/save.do:2=order_status({order}|Cancelled),\
         accurate:item/save.do:3=order_status(1|Cancelled)"
    );
    shop.sandbox.set_faults(schedule.parse().unwrap());
    let mut seen = Vec::new();
    for no in ["P-1", "P-2", "P-3"] {
        shop.post("item/save.do", item(no, no)).await;
        let shown = shop.forstok_get(&format!("v2/orders/{order}.json")).await.json()["data"]["order"].clone();
        seen.push((shown["total_price"].as_i64().unwrap(), shown["status"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, [(7, "Open".to_owned()), (7, "Cancelled".to_owned()), (7, "Cancelled".to_owned())]);
    // An event that could not happen is told, so that no test is green without it.
    let failed = shop.sandbox.state().failed_events;
    assert!(failed.len() == 1 && failed[0].contains("there is no such order"), "{failed:?}");
}

#[tokio::test]
async fn two_items_two_variants_and_two_warehouses_change_their_names_and_keep_their_ids() {
    let shop = with("accurate:item/list.do:1=swap(item|P-1|P-2)").await;
    let mut ids = Vec::new();
    for no in ["P-1", "P-2"] {
        ids.push(shop.post("item/save.do", item(no, no)).await.json()["r"]["id"].clone());
    }
    shop.get("item/list.do").await;
    for (no, id, name) in [("P-1", &ids[1], "P-2"), ("P-2", &ids[0], "P-1")] {
        let shown = shop.get(&format!("item/detail.do?no={no}")).await.json()["d"].clone();
        assert_eq!((&shown["id"], shown["name"].as_str().unwrap()), (id, name));
    }
    let names = |answer: Value| -> Vec<(String, i64)> {
        let rows = answer.as_array().unwrap().iter();
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row["id"].as_i64().unwrap())).collect()
    };
    let books = names(shop.get("warehouse/list.do").await.json()["d"].clone());
    let store = names(shop.forstok_get("v2/warehouses.json").await.json()["data"]["warehouses"].clone());
    let swap = |pair, one: &str, other: &str| Event::Swap { pair, one: one.to_owned(), other: other.to_owned() };
    shop.sandbox.happen(&swap(Pair::Warehouses, &books[0].0, &books[1].0)).unwrap();
    shop.sandbox.happen(&swap(Pair::StoreWarehouses, &store[0].0, &store[1].0)).unwrap();
    let now = names(shop.get("warehouse/list.do").await.json()["d"].clone());
    assert_eq!(now[..2], [(books[1].0.clone(), books[0].1), (books[0].0.clone(), books[1].1)]);
    let now = names(shop.forstok_get("v2/warehouses.json").await.json()["data"]["warehouses"].clone());
    assert_eq!(now[..2], [(store[1].0.clone(), store[0].1), (store[0].0.clone(), store[1].1)]);
    let variants = shop.forstok_get("v2/variants.json?per_page=2000").await.json()["data"]["variants"].clone();
    let with_sku: Vec<&Value> = variants.as_array().unwrap().iter().filter(|row| row["sku"] != "").take(2).collect();
    let sku = |at: usize| with_sku[at]["sku"].as_str().unwrap();
    shop.sandbox.happen(&swap(Pair::Variants, sku(0), sku(1))).unwrap();
    let shown = shop.forstok_get(&format!("v2/variants.json?sku={}", sku(0))).await.json();
    assert_eq!(shown["data"]["variants"][0]["id"], with_sku[1]["id"]);
    assert!(shop.sandbox.happen(&swap(Pair::Items, "P-1", "none")).is_err());
}

#[tokio::test]
async fn texts_and_figures_are_stored_otherwise_and_the_answer_says_that_all_is_well() {
    let shop = with(
        "accurate:*save.do:1=cut_text(name|4),accurate:*save.do:2=cut_text(name|trim),accurate:*save.do:3=cut_text(name|fold),\
         accurate:*save.do:4=cut_text(unitPrice|round),forstok:variants=cut_text(name|3)",
    )
    .await;
    let price = |no: &str| json!({ "no": no, "name": no, "itemType": "INVENTORY", "unitPrice": 1999.6 });
    for (no, sent, stored) in
        [("P-1", "Kaos hitam", "Kaos"), ("P-2", "Kaos   hitam", "Kaos hitam"), ("P-3", "Kaos", "KAOS")]
    {
        // One of them in bulk: the rows of a bulk are cut like single ones.
        let bulk = no == "P-1";
        let answer = match bulk {
            true => shop.post("item/bulk-save.do", json!({ "data": [item(no, sent)] })).await,
            false => shop.post("item/save.do", item(no, sent)).await,
        };
        assert_eq!(answer.json()["s"], true);
        assert_eq!(shop.first().items[no], stored);
    }
    let saved = shop.post("item/save.do", price("P-4")).await.json();
    assert_eq!(saved["r"]["unitPrice"], 2000.0);
    let sku = shop.sandbox.state().forstok.on_hand.keys().find(|(sku, _)| !sku.is_empty()).unwrap().0.clone();
    let renamed = json!({ "sku": sku, "name": "Kaos" });
    let answer = send(shop.forstok(Method::PATCH, "v1/variants.json").json(&renamed)).await;
    assert_eq!(answer.json()["status"], "OK");
    let shown = shop.forstok_get(&format!("v2/variants.json?sku={sku}")).await.json();
    assert_eq!(shown["data"]["variants"][0]["name"], "Kao");
}

#[tokio::test]
async fn pages_shift_while_they_are_read_and_rows_come_twice_or_never() {
    let shop = with("").await;
    for number in 0..5 {
        shop.post("item/save.do", item(&format!("P-{number}"), "Kaos")).await;
    }
    let (whole, count) = nos(&shop, 1, 100).await;
    for (shift, second) in [(0, whole[2..4].to_vec()), (1, whole[3..5].to_vec()), (-1, whole[1..3].to_vec())] {
        shop.sandbox.set_faults(format!("accurate:item/list.do=shift_pages({shift})").parse().unwrap());
        assert_eq!(nos(&shop, 1, 2).await, (whole[..2].to_vec(), count));
        assert_eq!(nos(&shop, 2, 2).await, (second, count.saturating_add_signed(-shift)));
    }
    shop.sandbox.set_faults("forstok:variants=shift_pages(2)".parse().unwrap());
    let mut seen = Vec::new();
    for page in [1, 2] {
        let answer = shop.forstok_get(&format!("v2/variants.json?per_page=3&page={page}")).await.json();
        seen.push((answer["data"]["variants"][0]["id"].clone(), answer["data"]["total"].as_u64().unwrap()));
    }
    let whole = shop.forstok_get("v2/variants.json?per_page=2000").await.json();
    let ids = |at: usize| whole["data"]["variants"][at]["id"].clone();
    assert_eq!(seen, [(ids(0), seen[0].1), (ids(5), seen[0].1 - 2)]);
}

#[tokio::test]
async fn an_empty_list_is_a_success_without_rows_or_pages() {
    let shop = with("accurate:unit/list.do=empty-list,forstok:stores=empty-list").await;
    let answer = shop.get("unit/list.do").await.json();
    assert_eq!((&answer["s"], &answer["d"]), (&json!(true), &json!([])));
    assert_eq!((&answer["sp"]["rowCount"], &answer["sp"]["pageCount"]), (&json!(0), &json!(0)));
    assert_eq!(shop.forstok_get("v2/stores.json").await.json(), json!({ "status": "OK", "data": { "stores": [] } }));
}

#[tokio::test]
async fn the_body_of_an_answer_can_come_in_pieces_over_a_time() {
    let shop = with("accurate:unit/list.do:2=slow_body(300)").await;
    let quick = shop.get("unit/list.do").await.text;
    let start = Instant::now();
    let mut answer = shop.data(Method::GET, "unit/list.do").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let mut body = Vec::new();
    let mut pieces = 0;
    while let Some(piece) = answer.chunk().await.unwrap() {
        body.extend_from_slice(&piece);
        pieces += 1;
    }
    assert!(pieces > 1 && start.elapsed() >= Duration::from_millis(300), "{pieces} in {:?}", start.elapsed());
    assert_eq!(String::from_utf8(body).unwrap(), quick);
}

#[tokio::test]
async fn a_service_off_the_network_refuses_connections_and_comes_back_with_all_it_holds() {
    let shop = with("accurate:item/save.do:1=refused(600000)").await;
    shop.post("item/bulk-save.do", json!({ "data": [item("P-1", "Kaos")] })).await;
    assert!(try_send(shop.data(Method::POST, "item/save.do").json(&item("P-2", "Kaos"))).await.is_err());
    let refused = try_send(shop.data(Method::GET, "unit/list.do")).await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    // Only the data host is away.
    assert_eq!(send(shop.account(Method::GET, "/api/db-list.do")).await.status, 200);
    shop.sandbox.plug(System::Accurate);
    let deadline = Instant::now() + PATIENCE;
    while try_send(shop.data(Method::GET, "unit/list.do")).await.is_err() {
        assert!(Instant::now() < deadline, "it does not come back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(shop.first().items.contains_key("P-1") && !shop.first().items.contains_key("P-2"));

    shop.sandbox.unplug(System::Forstok).await;
    assert!(try_send(shop.forstok(Method::GET, "v2/stores.json")).await.is_err());
    shop.sandbox.plug(System::Forstok);
    while try_send(shop.forstok(Method::GET, "v2/stores.json")).await.is_err() {
        assert!(Instant::now() < deadline, "it does not come back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_data_host_can_be_named_that_has_no_address() {
    let shop = with("accurate:open-db.do=unknown_host").await;
    let id = shop.sandbox.connection().databases[0].id;
    let opened = send(shop.account(Method::GET, &format!("/api/open-db.do?id={id}"))).await.json();
    assert_eq!(opened["host"], "http://data.invalid");
}
