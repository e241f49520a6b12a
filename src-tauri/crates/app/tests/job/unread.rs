//! What a service says wrong, or does not say: one bad row is one held row, an empty answer is asked about, rounding is carried.

use crate::shared::{Shop, adjusted_by_hand, open, place, stocked};
use rust_decimal::Decimal;
use selaras_app::view::{PlanOptions, SyncView};
use selaras_sandbox::FaultSchedule;
use serde_json::json;
use std::collections::BTreeMap;

fn faults(shop: &Shop, schedule: &str) {
    shop.sandbox.set_faults(schedule.parse::<FaultSchedule>().unwrap());
}

fn blocked(done: &SyncView, code: &str) -> u32 {
    done.plan.blocked.get(code).copied().unwrap_or_default()
}

/// What Forstok shows, place by place.
fn shelf(shop: &Shop) -> BTreeMap<(String, i64), i64> {
    shop.sandbox.state().forstok.on_hand.into_iter().collect()
}

async fn inbox(shop: &Shop, code: &str) -> Vec<String> {
    let inbox = shop.desk.inbox_with_keys().await.unwrap();
    inbox.causes.into_iter().filter(|cause| cause.code == code).flat_map(|cause| cause.keys).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_that_cannot_be_read_is_one_held_row_and_the_others_are_posted() {
    let shop = open().await;
    let sku = stocked(&shop);
    // A price in words, no status, a date that is none, a bundle that is an object, an amount beyond any bound.
    for (number, (place_of, found)) in [
        ("item_lines/0/price", r#""Rp 50.000""#),
        ("status", "null"),
        ("ordered_at", r#""besok""#),
        ("item_lines/0/bundle_info", r#"{"sku":"A"}"#),
        ("total_price", "7.9e28"),
        ("item_lines/0/sale_price", "1e27"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = shop.books().invoices.len();
        let units = i64::try_from(number).unwrap() + 1;
        let good = place(&shop, &sku, 1, 40_000 + units, &json!({}));
        let bad = place(
            &shop,
            &sku,
            1,
            50_000 + units,
            &json!({ "item_lines": [{
            "id": 1, "sku": sku, "name": "Barang contoh", "price": 50_000 + units, "sale_price": 50_000 + units,
            "total_price": 50_000 + units, "voucher_amount": 0, "bundle_info": [],
        }] }),
        );
        faults(&shop, &format!("forstok:orders=put(#{bad}/{place_of}|{found})"));
        let done = shop.sync("invoices", &PlanOptions::default()).await;
        assert_eq!(blocked(&done, "order_unreadable"), 1, "{place_of}: {:?}", done.plan.blocked);
        assert!(shop.books().invoices.contains_key(&format!("L{good}")), "{place_of}");
        assert!(!shop.books().invoices.contains_key(&format!("L{bad}")), "{place_of}");
        assert_eq!(inbox(&shop, "order_unreadable").await, [format!("invoice:{bad}")], "{place_of}");
        let operations = shop.operations(&done.plan.plan).await;
        let held = operations.iter().find(|row| row.reason.code == "order_unreadable").unwrap();
        assert_eq!(held.target, format!("L{bad}"));
        let told = held.reason.params["place"].replace('[', "/").replace(']', "").replace('.', "/");
        assert_eq!(told, place_of);

        faults(&shop, "");
        shop.sync("invoices", &PlanOptions::default()).await;
        assert!(inbox(&shop, "order_unreadable").await.is_empty(), "{place_of}");
        assert!(shop.books().invoices.contains_key(&format!("L{bad}")), "{place_of}");
        assert_eq!(shop.books().invoices.len(), before + 2, "{place_of}");
    }
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_of_stock_sends_no_figure_to_nothing() {
    let shop = open().await;
    shop.sync("stock", &PlanOptions::default()).await;
    let before = shelf(&shop);
    let shown: i64 = before.values().sum();
    assert!(shown > 0);
    // The item itself says its figures: settled without a person.
    faults(&shop, "accurate:item/list-stock=empty_list");
    let done = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!((done.run.posted, blocked(&done, "stock_not_listed")), (0, 0), "{:?}", done.plan.blocked);
    assert_eq!(shelf(&shop), before);
    // It says nothing either: held, with what was known last, run after run.
    faults(&shop, "accurate:item/list-stock=empty_list,accurate:item/detail=html_404");
    for _ in 0..2 {
        let done = shop.sync("stock", &PlanOptions::default()).await;
        assert_eq!(done.run.posted, 0);
        assert!(blocked(&done, "stock_not_listed") > 0, "{:?}", done.plan.blocked);
        assert_eq!(shelf(&shop), before);
    }
    assert!(!inbox(&shop, "stock_not_listed").await.is_empty());
    // The list is back: the holds are gone, and a figure that did change is sent.
    faults(&shop, "");
    let done = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(blocked(&done, "stock_not_listed"), 0);
    assert!(inbox(&shop, "stock_not_listed").await.is_empty());
    assert_eq!(shelf(&shop), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_of_stock_that_cannot_be_read_is_held_and_never_nothing() {
    let shop = open().await;
    shop.sync("stock", &PlanOptions::default()).await;
    let before = shelf(&shop);
    for found in ["null", r#""banyak""#, "7.9e28"] {
        faults(&shop, &format!("accurate:item/list-stock=put(*/quantity|{found})"));
        let done = shop.sync("stock", &PlanOptions::default()).await;
        assert_eq!(done.run.posted, 0, "{found}");
        assert!(blocked(&done, "stock_unreadable") > 0, "{found}: {:?}", done.plan.blocked);
        assert_eq!(shelf(&shop), before, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_of_items_variants_invoices_or_customers_makes_nothing_a_second_time() {
    let shop = open().await;
    let sku = stocked(&shop);
    let first = place(&shop, &sku, 1, 40_000, &json!({}));
    shop.sync("invoices", &PlanOptions::default()).await;
    // The customer that it made is known from the next reading on; before that its number keeps it from being made twice.
    shop.sync("invoices", &PlanOptions::default()).await;
    let (items, invoices) = (shop.books().items.len(), shop.books().invoices.len());
    let open_rows = shop.desk.inbox_with_keys().await.unwrap().causes;

    faults(&shop, "accurate:item/list=empty_list");
    let done = shop.sync("items", &PlanOptions::default()).await;
    assert_eq!((done.plan.counts.create, shop.books().items.len()), (0, items));

    faults(&shop, "forstok:variants=empty_list");
    shop.sync("items", &PlanOptions::default()).await;
    let done = shop.sync("stock", &PlanOptions::default()).await;
    assert!(done.plan.counts.same > 0, "the figures are still planned");
    assert_eq!(shop.desk.inbox_with_keys().await.unwrap().causes.len(), open_rows.len(), "nothing is called gone");

    // While the plan reads them, and reads them again.
    faults(&shop, "accurate:sales-invoice/list:1-2=empty_list,accurate:customer/list:1=empty_list");
    let second = place(&shop, &sku, 1, 41_000, &json!({}));
    let done = shop.sync("invoices", &PlanOptions::default()).await;
    assert_eq!((done.plan.counts.create, blocked(&done, "invoice_gone")), (1, 0), "{:?}", done.plan.blocked);
    assert_eq!(shop.books().invoices.len(), invoices + 1);
    assert!(shop.books().invoices.contains_key(&format!("L{first}")));
    assert!(shop.books().invoices.contains_key(&format!("L{second}")));

    faults(&shop, "forstok:orders=empty_list");
    let done = shop.sync("invoices", &PlanOptions::default()).await;
    assert!(done.plan.notes.iter().any(|note| note.code == "orders_say_less"), "{:?}", done.plan.notes);
    assert_eq!(shop.books().invoices.len(), invoices + 1);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundredth_and_what_binary_fractions_leave_over_are_rounding_and_stop_nothing() {
    let shop = open().await;
    let sku = stocked(&shop);
    let unit = json!({ "id": 1, "sku": sku, "name": "Barang contoh", "price": 33_333.33, "sale_price": 33_333.33,
        "total_price": 33_333.33, "voucher_amount": 4e-17 });
    // Three times 33,333.33 is 99,999.99; the order says 100,000.
    let lines = json!({ "item_lines": [unit, unit, unit], "subtotal": 100_000, "total_price": 100_000.00000000001 });
    let order = place(&shop, &sku, 3, 1, &lines);
    let done = shop.sync("invoices", &PlanOptions::default()).await;
    let operations = shop.operations(&done.plan.plan).await;
    let row = operations.iter().find(|row| row.after.get("order_id") == Some(&order.to_string())).unwrap();
    assert_eq!((row.action.as_str(), row.reason.code.as_str()), ("create", "order_rounded"));
    assert_eq!(row.reason.params["difference"], "0.01");
    assert_eq!(shop.books().invoices[&format!("L{order}")], Decimal::from(100_000));
    shop.assert_balanced();
}

/// A shop whose stock agrees, and an order of three units of a SKU that has left since.
async fn three_have_left() -> (Shop, String, i64) {
    let shop = open().await;
    let sku = stocked(&shop);
    shop.sync("stock", &PlanOptions::default()).await;
    let before = shop.sandbox.state().forstok.on_hand[&(sku.clone(), 195)];
    let order = place(&shop, &sku, 3, 40_000, &json!({}));
    assert_eq!(shop.sandbox.state().forstok.on_hand[&(sku.clone(), 195)], before - 3);
    (shop, sku, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_of_an_order_that_cannot_be_read_are_not_offered_again_also_when_no_list_tells_it_any_more() {
    let (shop, sku, order) = three_have_left().await;
    let shown = || shop.sandbox.state().forstok.on_hand[&(sku.clone(), 195)];
    let before = shown() + 3;
    for fault in ["item_lines/0/price|\"Rp 50.000\"", "status|null", "ordered_at|\"kapan-kapan\""] {
        faults(&shop, &format!("forstok:orders=put(#{order}/{fault})"));
        shop.sync("stock", &PlanOptions::default()).await;
        assert_eq!(shown(), before - 3, "{fault}");
    }
    faults(&shop, "forstok:orders=empty_list");
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shown(), before - 3, "no list tells it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_names_none_of_its_goods_lets_no_figure_rise_until_it_is_decided() {
    let (shop, sku, order) = three_have_left().await;
    let shown = || shop.sandbox.state().forstok.on_hand[&(sku.clone(), 195)];
    let before = shown() + 3;
    faults(&shop, &format!("forstok:orders=put(#{order}/item_lines|7)"));
    let done = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!((shown(), blocked(&done, "goods_not_told")), (before - 3, 1), "{:?}", done.plan.blocked);
    // A person says that it is never sent, and with it that its goods are their own matter.
    shop.sync("invoices", &PlanOptions::default()).await;
    let held = inbox(&shop, "order_unreadable").await;
    assert_eq!(held, [format!("invoice:{order}")]);
    shop.desk.inbox_dismiss(&held, "barangnya kembali ke rak", "Ibu Sari").await.unwrap();
    let done = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!((shown(), blocked(&done, "goods_not_told")), (before, 0), "{:?}", done.plan.blocked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_list_that_others_are_mapped_to_stops_nothing_when_it_cannot_be_read() {
    let shop = open().await;
    shop.sync("invoices", &PlanOptions::default()).await;
    shop.sync("stock", &PlanOptions::default()).await;
    let sku = stocked(&shop);
    // Whatever is wrong with the row, the place that it is mapped to is as it was known, and the sale is booked and sent.
    for list in [
        "accurate:warehouse/list",
        "accurate:glaccount/list",
        "accurate:branch/list",
        "accurate:tax/list",
        "accurate:customer/list",
        "forstok:stores",
        "forstok:warehouses",
    ] {
        for fault in ["*/name|{}", "*/id|null", "*/id|\"?\""] {
            faults(&shop, &format!("{list}=put({fault})"));
            let order = place(&shop, &sku, 1, 40_000, &json!({}));
            adjusted_by_hand(&shop, (&sku, "GUDANG UTAMA"), 2, "ADJUSTMENT_IN");
            let before = shelf(&shop)[&(sku.clone(), 195)];
            shop.sync("invoices", &PlanOptions::default()).await;
            assert!(shop.books().invoices.contains_key(&format!("L{order}")), "{list} {fault}");
            shop.sync("stock", &PlanOptions::default()).await;
            assert_eq!(shelf(&shop)[&(sku.clone(), 195)], before + 2, "{list} {fault}");
            faults(&shop, "");
        }
    }
}
