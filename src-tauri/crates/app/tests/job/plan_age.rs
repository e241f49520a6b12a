//! A plan has an age, and is what it says it is: what has changed since, or is not what was looked at, is not sent.

use crate::shared::{Shop, back_fill, open, place, sold_by_hand, stocked};
use selaras_app::error::{AppError, ErrorCode};
use selaras_app::view::{OperationView, PlanOptions, RunRowView, RunView};
use serde_json::json;
use tokio_util::sync::CancellationToken;

async fn apply(shop: &Shop, plan: &str) -> Result<RunView, AppError> {
    shop.desk.apply(plan, CancellationToken::new(), &|_| {}).await
}

/// What a run says of the rows that it did not send because they are no longer as planned.
async fn changed(shop: &Shop, run: &RunView) -> Vec<RunRowView> {
    let mut rows = shop.desk.run(&run.run).await.unwrap().rows;
    rows.retain(|row| row.reason.as_ref().is_some_and(|reason| reason.code.ends_with("_since")));
    rows
}

async fn writing(shop: &Shop, plan: &str) -> Vec<OperationView> {
    let mut rows = shop.operations(plan).await;
    rows.retain(|row| row.action == "create" || row.action == "change");
    rows
}

fn shelf(shop: &Shop, sku: &str) -> i64 {
    let all = shop.sandbox.state().forstok.on_hand;
    all.into_iter().filter(|((own, _), _)| own == sku).map(|(_, figure)| figure).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_plan_whose_figures_are_no_longer_so_sends_none_of_them() {
    let shop = open().await;
    let sku = stocked(&shop);
    shop.sync("stock", &PlanOptions::default()).await;
    sold_by_hand(&shop, &sku, 1);
    let plan = shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap();
    let planned = writing(&shop, &plan.plan).await;
    let [row] = planned.as_slice() else { panic!("{planned:?}") };
    let (before, wanted) = (shelf(&shop, &sku), row.after["on_hand"].parse::<i64>().unwrap());
    sold_by_hand(&shop, &sku, 2);
    let run = apply(&shop, &plan.plan).await.unwrap();
    assert_eq!((run.posted, shelf(&shop, &sku)), (0, before));
    let held = changed(&shop, &run).await.remove(0).reason.unwrap().params;
    let expected = json!({ "field": "on_hand", "planned": wanted.to_string(), "now": (wanted - 2).to_string() });
    assert_eq!(json!(held), expected);
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shelf(&shop, &sku), before - 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_or_typed_by_a_person_since_the_plan_is_not_invoiced() {
    let shop = open().await;
    let sku = stocked(&shop);
    place(&shop, &sku, 1, 11_000, &json!({}));
    shop.sync("invoices", &back_fill()).await;
    let [cancelled, typed, kept] =
        [21_000, 31_000, 41_000].map(|price| place(&shop, &sku, 1, price, &json!({})).to_string());
    let plan = shop.desk.plan("invoices", &back_fill(), &|_| {}).await.unwrap();
    let rows = writing(&shop, &plan.plan).await;
    let row = |order: &str| rows.iter().find(|row| row.key == format!("invoice:{order}")).unwrap();
    assert_eq!(rows.len(), 3, "{rows:?}");
    shop.sandbox.advance_order(cancelled.parse().unwrap(), "Cancelled").unwrap();
    // The sale of the other one is entered by hand, under a number of its own.
    let after = &row(&typed).after;
    let day: jiff::civil::Date = after["date"].parse().unwrap();
    let by_hand = json!({
        "customerNo": after["customer_no"], "transDate": day.strftime("%d/%m/%Y").to_string(),
        "detailItem": [{
            "itemNo": sku, "quantity": 1, "unitPrice": after["line.001.unit_price"],
            "warehouseName": after["line.001.warehouse_name"],
        }],
    });
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", by_hand).unwrap();
    let before = shop.books().invoices;

    let run = apply(&shop, &plan.plan).await.unwrap();
    let held: Vec<String> = changed(&shop, &run).await.into_iter().map(|row| row.key).collect();
    assert_eq!(held, [row(&cancelled).key.clone(), row(&typed).key.clone()]);
    let made: Vec<String> = shop.books().invoices.into_keys().filter(|number| !before.contains_key(number)).collect();
    assert_eq!((run.posted, made), (1, vec![row(&kept).after["number"].clone()]));
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overtaken_plan_is_refused_though_the_clock_was_set_back() {
    let shop = open().await;
    let plan = async || shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap().plan;
    let overtaken = plan().await;
    shop.clock.set_on(-500);
    let newer = plan().await;
    assert_eq!(apply(&shop, &newer).await.unwrap().state, "finished");
    let writes = shop.sandbox.state().forstok.stock_writes;
    assert_eq!(apply(&shop, &overtaken).await.unwrap_err().code, ErrorCode::PlanStale);
    assert_eq!(shop.sandbox.state().forstok.stock_writes, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_altered_in_the_stored_plan_reaches_no_shop() {
    let shop = open().await;
    let plan = shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap();
    let row = writing(&shop, &plan.plan).await.remove(0);
    let file = rusqlite::Connection::open(shop.desk.data_dir().join("selaras.sqlite3")).unwrap();
    let altered = file
        .execute(
            "UPDATE plan_operation SET body = json_set(body, '$.after.on_hand', '7777') WHERE key = ?1",
            [&row.key],
        )
        .unwrap();
    assert!(altered > 0);
    let before = shop.sandbox.state().forstok;
    assert_eq!(apply(&shop, &plan.plan).await.unwrap_err().code, ErrorCode::PlanAltered);
    assert_eq!(shop.sandbox.state().forstok, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_one_forstok_account_is_not_sent_to_another() {
    let shop = open().await;
    let plan = shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap();
    let file = rusqlite::Connection::open(shop.desk.data_dir().join("selaras.sqlite3")).unwrap();
    // Another sign-in: what the window keeps of it is the account.
    let changed = file
        .execute(
            "UPDATE company SET body = json_set(body, '$.forstok_email', 'lain@example.com') WHERE name = 'demo'",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let before = shop.sandbox.state().forstok;
    let refused = apply(&shop, &plan.plan).await.unwrap_err();
    assert_eq!((refused.code, refused.params["found"].as_str()), (ErrorCode::PlanOfOtherShop, "lain@example.com"));
    assert_eq!(shop.sandbox.state().forstok, before);
}
