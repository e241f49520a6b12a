//! A match holds by the ids of both sides: what is called otherwise later goes on and is shown, each side gets its own code byte for byte, and
//! what leaves the plan is held. The judge is what both services hold.

use crate::shared::{Shop, adjusted_by_hand, back_fill, open, open_with, place, stocked, today};
use rust_decimal::Decimal;
use selaras_app::view::{CheckState, OperationView, PlanOptions, SkuDecisionInput, SkuQuery, SkuView};
use selaras_sandbox::SandboxOptions;
use serde_json::json;
use std::collections::BTreeMap;

/// Takes everything of an item out of Accurate, warehouse by warehouse, as a stock-taker would.
fn empty_in_accurate(shop: &Shop, no: &str) {
    for ((item, warehouse), quantity) in shop.books().stock {
        if item == no && quantity > Decimal::ZERO {
            let line = json!({
                "itemNo": no, "itemAdjustmentType": "ADJUSTMENT_OUT", "quantity": quantity.to_string(),
                "unitCost": 1, "warehouseName": warehouse,
            });
            let document = json!({ "transDate": today(), "detailItem": [line] });
            shop.sandbox.type_into_accurate(shop.database, "item-adjustment", document).unwrap();
        }
    }
}

/// What Forstok shows of a SKU, over all warehouses.
fn shown(shop: &Shop, sku: &str) -> i64 {
    let all = shop.sandbox.state().forstok.on_hand.into_iter();
    all.filter(|((known, _), _)| known == sku).map(|(_, figure)| figure).sum()
}

/// An order that names this SKU becomes an invoice.
async fn invoiced(shop: &Shop, sku: &str) {
    let before = shop.books().invoices.len();
    let order = place(shop, sku, 1, 50_000, &json!({}));
    let only = PlanOptions { orders: vec![order.to_string()], ..back_fill() };
    let sent = shop.sync("invoices", &only).await;
    assert_eq!((sent.run.held, shop.books().invoices.len()), (0, before + 1), "{sku:?}");
}

async fn sku_view(shop: &Shop, sku: &str) -> SkuView {
    let all = shop.desk.skus(&SkuQuery { refresh: true, ..SkuQuery::default() }).await.unwrap().skus;
    all.into_iter().find(|view| view.sku == sku).unwrap()
}

async fn drifted(shop: &Shop) -> (CheckState, u32) {
    let check = shop.desk.check().await.unwrap();
    check.checks.into_iter().find(|line| line.id == "matches").map(|line| (line.state, line.count)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_after_the_match_does_not_stop_its_stock() {
    let shop = open().await;
    shop.sync("stock", &PlanOptions::default()).await;
    let sku = stocked(&shop);
    assert!(shown(&shop, &sku) >= 10);
    assert_eq!(drifted(&shop).await, (CheckState::Ok, 0));

    shop.sandbox.rewrite_in_accurate(shop.database, &sku, &sku, "Nama yang lain sama sekali").unwrap();
    empty_in_accurate(&shop, &sku);
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shown(&shop, &sku), 0, "nothing is offered that does not exist");
    let view = sku_view(&shop, &sku).await;
    assert_eq!((view.state.as_str(), view.reason.code.as_str()), ("matched", "matched_renamed"));
    assert_eq!(view.reason.params["item_name"], "Nama yang lain sama sekali");
    assert_eq!(drifted(&shop).await, (CheckState::Attention, 1));

    // An order of it is invoiced as before.
    invoiced(&shop, &sku).await;

    // A person says that it is right: it is shown no more, and still is what it was.
    let seen = SkuDecisionInput { sku: sku.clone(), decision: "link".into(), target: Some(sku.clone()) };
    shop.desk.resolve_skus(&[seen]).await.unwrap();
    assert_eq!(sku_view(&shop, &sku).await.reason.code, "linked_by_person");
    assert_eq!(drifted(&shop).await, (CheckState::Ok, 0));
    let back = SkuDecisionInput { sku: sku.clone(), decision: "undo".into(), target: None };
    shop.desk.resolve_skus(&[back]).await.unwrap();
    let view = sku_view(&shop, &sku).await;
    assert_eq!((view.state.as_str(), view.reason.code.as_str()), ("matched", "matched_renamed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_changes_on_either_side_does_not_stop_its_stock() {
    let shop = open().await;
    shop.sync("stock", &PlanOptions::default()).await;
    let sku = stocked(&shop);
    let name = shop.books().items[&sku].clone();
    shop.sandbox.rewrite_in_accurate(shop.database, &sku, "KODE-BARU", &name).unwrap();
    assert!(shop.sandbox.rewrite_in_forstok(&sku, "SKU BARU", "Produk baru"));
    empty_in_accurate(&shop, "KODE-BARU");
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!((shown(&shop, "SKU BARU"), shown(&shop, &sku)), (0, 0));
    let rows = shop.operations(&sent.plan.plan).await;
    assert!(rows.iter().all(|row| row.target != sku), "the old SKU is not asked for");
    let view = sku_view(&shop, "SKU BARU").await;
    assert_eq!((view.state.as_str(), view.reason.code.as_str()), ("matched", "matched_recoded"));
    // No second item is made of it, and an order that still names the old SKU finds its item.
    assert_eq!(shop.sync("items", &PlanOptions::default()).await.run.posted, 0);
    invoiced(&shop, &sku).await;
    let explained = shop.desk.explain("SKU BARU", true).await.unwrap();
    assert_eq!(explained.item_no.as_deref(), Some("KODE-BARU"));
    assert!(explained.places.iter().any(|place| place.last_sent.is_some()));
}

fn held<'a>(rows: &'a [OperationView], sku: &str) -> Vec<&'a str> {
    rows.iter().filter(|row| row.target == sku && row.action == "blocked").map(|row| row.reason.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_that_leaves_the_plan_is_held_and_counted() {
    let shop = open().await;
    let first = shop.sync("stock", &PlanOptions::default()).await;
    let sku = stocked(&shop);
    let rows = shop.operations(&first.plan.plan).await;
    assert_eq!(held(&rows, &sku), [""; 0]);

    // Another product takes the SKU, and the one that was matched has none of its own any more.
    assert!(shop.sandbox.rewrite_in_forstok(&sku, "A(x123abc)", "Nama"));
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    let rows = shop.operations(&sent.plan.plan).await;
    let codes = held(&rows, "A(x123abc)");
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "sku_duplicate_suffix"), "{codes:?}");
    assert_eq!(sent.run.held, first.run.held + u32::try_from(codes.len()).unwrap());

    assert!(shop.sandbox.remove_from_forstok("A(x123abc)"));
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    let rows = shop.operations(&sent.plan.plan).await;
    let codes = held(&rows, &sku);
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "variant_gone"), "{codes:?}");
    let inbox = shop.desk.inbox().await.unwrap();
    let cause = inbox.causes.iter().find(|cause| cause.code == "variant_gone").unwrap();
    assert_eq!(cause.count as usize, codes.len());
    // A named person takes it out for good.
    let keys: Vec<String> =
        rows.iter().filter(|row| row.reason.code == "variant_gone").map(|row| row.key.clone()).collect();
    shop.desk.inbox_dismiss(&keys, "dihapus di Forstok", "Rina").await.unwrap();
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(held(&shop.operations(&sent.plan.plan).await, &sku), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_was_taken_back_by_an_undo_may_be_made_again() {
    let shop = crate::shared::connected(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    crate::shared::mapped(&shop).await;
    let made = shop.sync("items", &PlanOptions::default()).await;
    shop.desk.skus(&SkuQuery { refresh: true, ..SkuQuery::default() }).await.unwrap();
    let undo = shop.desk.plan_undo(&made.run.run, &|_| {}).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    shop.desk.apply(&undo.plan, stop, &|_| {}).await.unwrap();
    let again = shop.sync("items", &PlanOptions::default()).await;
    assert_eq!(again.run.posted, made.run.posted);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_gets_its_own_code_byte_for_byte() {
    let options = SandboxOptions { items: 40, orders: 48, odd_spelling: true, ..SandboxOptions::default() };
    let shop = open_with(options).await;
    let odd = |sku: &str| sku != sku.trim();
    // Every such SKU has its item, under the code without the blank.
    let items = shop.books().items;
    let skus: Vec<String> = shop.sandbox.state().forstok.on_hand.into_keys().map(|(sku, _)| sku).collect();
    let mut skus: Vec<String> = skus.into_iter().filter(|sku| odd(sku) && items.contains_key(sku.trim())).collect();
    skus.dedup();
    assert!(skus.len() >= 3, "{skus:?}");
    // What has left without an invoice is off the shelf before and after.
    shop.sync("stock", &PlanOptions::default()).await;
    let before: BTreeMap<String, i64> = skus.iter().map(|sku| (sku.clone(), shown(&shop, sku))).collect();
    for sku in &skus {
        adjusted_by_hand(&shop, (sku.trim(), "GUDANG UTAMA"), 5, "ADJUSTMENT_IN");
    }
    let sent = shop.sync("stock", &PlanOptions::default()).await;
    assert!(sent.run.posted >= u32::try_from(skus.len()).unwrap());
    for sku in &skus {
        assert_eq!(shown(&shop, sku), before[sku] + 5, "{sku:?}");
    }
    // An order names it without the blank, in another case.
    invoiced(&shop, &skus[0].trim().to_lowercase()).await;
    // A person need not type it.
    assert_eq!(shop.desk.explain(skus[0].trim(), true).await.unwrap().sku, skus[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_only_look_alike_to_a_program_are_matched_and_not_made_again() {
    let options = SandboxOptions { items: 60, orders: 0, existing_books: true, ..SandboxOptions::default() };
    let plain = crate::shared::connected(options.clone()).await;
    let odd = crate::shared::connected(SandboxOptions { odd_spelling: true, ..options }).await;
    let matched = async |shop: &Shop| {
        let all = shop.desk.skus(&SkuQuery::default()).await.unwrap().skus;
        all.iter().filter(|view| view.state == "matched").count()
    };
    let (plain, odd) = (matched(&plain).await, matched(&odd).await);
    assert!(plain > 10);
    assert_eq!(odd, plain);
}
