//! Figures of stock against the sandbox: which warehouses they go to, and what opening stock is valued at.

use crate::shared::{Shop, adjusted_by_hand, back_fill, connected, mapped, open, place};
use base64::Engine;
use rust_decimal::Decimal;
use selaras_app::view::{Id, ImportInput, ImportList, OperationView, PlanOptions, ProofView, SkuQuery};
use selaras_sandbox::SandboxOptions;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

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

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_were_sold_before_anybody_counted_them_are_held_then_counted_and_agree() {
    let shop = connected(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let shown = || shop.sandbox.state().forstok.on_hand;
    let kept = |sku: &str| -> Decimal {
        shop.books().stock.iter().filter(|((no, _), _)| no == sku).map(|(_, units)| *units).sum()
    };
    let made: BTreeSet<String> =
        shop.desk.skus(&SkuQuery::default()).await.unwrap().skus.into_iter().map(|sku| sku.sku).collect();
    let on_shelf = shown().into_iter().filter(|((_, warehouse), units)| *warehouse == 195 && *units > 5);
    let uncounted = |sku: &String| made.contains(sku) && shop.books().items.contains_key(sku) && kept(sku).is_zero();
    let sku = on_shelf.map(|((sku, _), _)| sku).find(uncounted).unwrap();
    let place_of = (sku.clone(), 195);
    let before = shown()[&place_of];

    place(&shop, &sku, 1, 40_000, &json!({}));
    assert_eq!(shown()[&place_of], before - 1);
    shop.sync("invoices", &PlanOptions::default()).await;
    let of_place = |((no, _), units): &(&(String, String), &Decimal)| *no == sku && units.is_sign_negative();
    let in_books = shop.books().stock.iter().find(of_place).unwrap().0.clone();
    assert_eq!(shop.books().stock[&in_books], Decimal::from(-1));
    let held = shop.sync("stock", &PlanOptions::default()).await;
    let row = shop.operations(&held.plan.plan).await.into_iter().find(|row| row.target == sku).unwrap();
    assert_eq!((row.action.as_str(), row.reason.code.as_str()), ("blocked", "opening_stock_open"));
    assert_eq!(shown()[&place_of], before - 1);

    // What Forstok says is taken as the count of now: the books lack one unit more than that.
    let costs = made.iter().map(|sku| (sku.clone(), "1000".to_owned())).collect();
    let counted = PlanOptions { source: Some("forstok".into()), unit_costs: costs, ..PlanOptions::default() };
    let opened = shop.sync("opening-stock", &counted).await;
    let row = shop.operations(&opened.plan.plan).await.into_iter().find(|row| row.target == sku).unwrap();
    assert_eq!(
        (row.reason.code.as_str(), row.after["quantity"].clone()),
        ("counted_after_invoices", before.to_string())
    );
    assert_eq!(shop.books().stock[&in_books], Decimal::from(before - 1));
    // What was counted is told to people; it is no field that was sent and not read.
    assert!(!opened.proof.unread_fields.contains_key("counted"), "{:?}", opened.proof.unread_fields);
    let agreed = shop.sync("stock", &PlanOptions::default()).await;
    let row = shop.operations(&agreed.plan.plan).await.into_iter().find(|row| row.target == sku).unwrap();
    assert_eq!((row.action.as_str(), shown()[&place_of]), ("same", before - 1));
    shop.assert_balanced();
}

/// A shop that agrees, and a SKU of which seven more were then counted into the books.
async fn seven_more() -> (Shop, String, (String, i64)) {
    let shop = open().await;
    shop.sync("invoices", &back_fill()).await;
    shop.sync("stock", &PlanOptions::default()).await;
    let (shown, stock) = (shop.sandbox.state().forstok.on_hand, shop.books().stock);
    let agrees = |((sku, _), units): &(&(String, String), &Decimal)| {
        let figure = shown.get(&(sku.clone(), 195)).filter(|figure| **figure >= 10);
        figure.is_some_and(|figure| Decimal::from(*figure) == **units)
    };
    let shelf = stock.iter().find(agrees).unwrap().0;
    let (sku, place) = (shelf.0.clone(), (shelf.0.clone(), 195));
    adjusted_by_hand(&shop, (&shelf.0, &shelf.1), 7, "ADJUSTMENT_IN");
    (shop, sku, place)
}

async fn proven_after(shop: &Shop, between: impl FnOnce()) -> ProofView {
    let plan = shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap();
    let run = shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert!(run.posted >= 1, "{run:?}");
    between();
    shop.desk.prove(&run.run, &|_| {}).await.unwrap()
}

fn told(proof: &ProofView, code: &str) -> bool {
    proof.notes.iter().any(|note| note.code == code)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_leaves_between_sending_and_proof_is_no_difference() {
    let (shop, sku, place_of) = seven_more().await;
    let before = shop.sandbox.state().forstok.on_hand[&place_of];
    let proof = proven_after(&shop, || {
        place(&shop, &sku, 3, 40_000, &json!({}));
    })
    .await;
    assert_eq!(shop.sandbox.state().forstok.on_hand[&place_of], before + 7 - 3);
    assert_eq!((proof.differences.clone(), proof.unread_fields.len()), (vec![], 0), "{proof:?}");
    assert!(told(&proof, "proof_shelves_moved"), "{:?}", proof.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_that_was_written_over_an_order_that_left_meanwhile_is_not_proven() {
    let (shop, sku, place_of) = seven_more().await;
    let order = place(&shop, &sku, 3, 40_000, &json!({"status": "Open"}));
    let before = shop.sandbox.state().forstok.on_hand[&place_of];
    // It becomes ready to ship while the figures are on their way: the shop takes three off and is told to put them on again.
    let schedule = format!("forstok:quantities:1=order_status({order}|Ready to ship)");
    shop.sandbox.set_faults(schedule.parse().unwrap());
    let proof = proven_after(&shop, || {}).await;
    assert_eq!(shop.sandbox.state().failed_events, [""; 0]);
    assert_eq!(shop.sandbox.state().forstok.on_hand[&place_of], before + 7, "the sandbox shows three that have left");
    let of_it: Vec<_> = proof.differences.iter().filter(|one| one.key.ends_with(&sku)).collect();
    assert_eq!(of_it.len(), 1, "{:?}", proof.differences);
    let text = |figure: i64| figure.to_string();
    assert_eq!((of_it[0].expected.clone(), of_it[0].found.clone()), (text(before + 4), Some(text(before + 7))));

    // The next sync of it takes them off again, and is proven.
    shop.sandbox.set_faults("".parse().unwrap());
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shop.sandbox.state().forstok.on_hand[&place_of], before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_stock_says_when_the_shelves_cannot_be_asked() {
    let (shop, ..) = seven_more().await;
    let off = "accurate:item/list.do=html_502,accurate:item/list-stock.do=html_502";
    let proof = proven_after(&shop, || shop.sandbox.set_faults(off.parse().unwrap())).await;
    assert!(proof.unread_fields["shelf"] >= 1 && told(&proof, "proof_fields_unread"), "{proof:?}");
}
