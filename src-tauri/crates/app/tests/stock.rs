//! Figures of stock against the sandbox: which warehouses they go to, and what opening stock is valued at.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shared;

use base64::Engine;
use selaras_app::view::{Id, ImportInput, ImportList, OperationView, PlanOptions, SkuQuery};
use selaras_sandbox::SandboxOptions;
use shared::{Shop, connected, mapped, open};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_without_mapping_has_no_row_and_gets_no_figure() {
    let shop = open().await;
    let mut mapping = shop.desk.mapping_suggest().await.unwrap().mapping;
    let left = mapping.warehouses.pop().unwrap();
    assert!(!mapping.warehouses.is_empty(), "one is still mapped");
    shop.desk.save_mapping(&mapping, "saved").await.unwrap();
    let on_hand = || -> BTreeMap<String, i64> {
        let all = shop.sandbox.state().forstok.on_hand.into_iter();
        all.filter(|((_, warehouse), _)| *warehouse == left.forstok_id.0)
            .map(|((sku, _), figure)| (sku, figure))
            .collect()
    };
    let before = on_hand();
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    let operations = shop.operations(&sent.plan.plan).await;
    // Every row names a warehouse by its id, and none the one that was left out.
    let places: BTreeSet<Id> =
        operations.iter().map(|operation| Id(operation.after["warehouse_id"].parse().unwrap())).collect();
    assert_eq!(places, mapping.warehouses.iter().map(|pair| pair.forstok_id).collect());
    assert_eq!((on_hand(), before.is_empty()), (before, false));
}

async fn opening(shop: &Shop, source: &str) -> Vec<OperationView> {
    let options = PlanOptions { source: Some(source.into()), ..PlanOptions::default() };
    let plan = shop.desk.plan("opening-stock", &options, &|_| {}).await.unwrap();
    assert_eq!((plan.counts.create, plan.total.as_deref()), (0, Some("0")));
    shop.operations(&plan.plan).await
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_stock_takes_no_cost_from_a_selling_price() {
    let shop = connected(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let skus = shop.desk.skus(&SkuQuery::default()).await.unwrap().skus;
    let held = |operations: &[OperationView]| {
        let held = operations.iter().filter(|operation| operation.reason.code == "unit_cost_missing");
        held.filter(|operation| !operation.after.contains_key("unit_cost")).count()
    };
    // Forstok knows a selling price of each of them.
    let counted = opening(&shop, "forstok").await;
    let priced = |one: &OperationView| skus.iter().any(|sku| sku.sku == one.target && sku.price.is_some());
    assert!(held(&counted) > 3 && counted.iter().all(priced), "{counted:?}");

    let sku = &counted.iter().find(|operation| operation.reason.code == "unit_cost_missing").unwrap();
    let text = format!("SKU;Gudang;Jumlah;Harga Jual\n{};{};3;40.000\n", sku.target, sku.after["warehouse_name"]);
    let file = ImportInput {
        list: ImportList::StockCount,
        file_name: "hitung.csv".into(),
        content: base64::engine::general_purpose::STANDARD.encode(text),
        columns: BTreeMap::new(),
        channel: None,
    };
    assert_eq!(shop.desk.import_file(&file).await.unwrap().missing, [""; 0]);
    let counted = opening(&shop, "file").await;
    assert_eq!((counted.len(), held(&counted)), (1, 1), "{counted:?}");
}
