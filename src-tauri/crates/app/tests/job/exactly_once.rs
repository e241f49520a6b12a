//! A service that commits late, or never: each document once, its end known, and what may still arrive written by nobody else.

use crate::shared::{Shop, back_fill, connected, mapped, open};
use rust_decimal::Decimal;
use selaras_app::view::{PlanOptions, RunView, SkuQuery, SyncView};
use selaras_sandbox::{FaultSchedule, SandboxOptions};
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

/// Longer than any test takes: what is late comes when the test says so.
const LATE: &str = "late_commit(3600)";

fn faults(shop: &Shop, schedule: &str) {
    shop.sandbox.set_faults(schedule.parse::<FaultSchedule>().unwrap());
}

async fn sync(shop: &Shop, kind: &str, options: &PlanOptions) -> SyncView {
    shop.desk.sync(kind, options, CancellationToken::new(), &|_| {}).await.unwrap()
}

async fn settle(shop: &Shop) -> Vec<RunView> {
    shop.desk.settle(CancellationToken::new(), &|_| {}).await.unwrap()
}

/// A shop with items and no stock in its books, and a count of its shelves.
async fn uncounted() -> (Shop, PlanOptions) {
    let shop = connected(SandboxOptions { items: 20, orders: 0, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let skus = shop.desk.skus(&SkuQuery::default()).await.unwrap().skus;
    let unit_costs: BTreeMap<String, String> = skus.into_iter().map(|sku| (sku.sku, "1000".to_owned())).collect();
    (shop, PlanOptions { source: Some("forstok".into()), unit_costs, ..PlanOptions::default() })
}

/// What the ledger of the sandbox says that came in: one figure for each shelf.
fn shelves(shop: &Shop) -> BTreeMap<(String, String), Decimal> {
    let mut stock = shop.books().stock;
    stock.retain(|_, quantity| !quantity.is_zero());
    stock
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_stock_that_is_committed_late_is_on_the_shelf_once() {
    let (shop, counted) = uncounted().await;
    let before = (shelves(&shop), shop.books().adjustments);
    faults(&shop, &format!("accurate:item-adjustment/save.do={LATE}"));
    let first = sync(&shop, "opening-stock", &counted).await;
    let lines = first.plan.counts.create;
    assert!(lines > 5, "{:?}", first.plan.counts);
    assert_eq!((first.run.unknown, first.run.posted, first.run.failed), (lines, 0, 0));
    assert_eq!(first.run.pause.unwrap().code, "still_being_checked");
    assert!(first.run.certificate.is_some(), "what is not known is proven as such");

    // The same count with a line corrected, and of another day: it waits for the first.
    faults(&shop, "");
    let calls = shop.sandbox.state().calls_of("accurate:item-adjustment/save.do");
    let mut corrected = counted.clone();
    corrected.unit_costs.values_mut().next().unwrap().push('0');
    corrected.date = Some("2026-11-01".into());
    for again in [&counted, &corrected] {
        let held = sync(&shop, "opening-stock", again).await;
        assert_eq!((held.plan.counts.create, held.plan.blocked.get("still_being_checked")), (0, Some(&lines)));
    }
    assert_eq!(shop.sandbox.state().calls_of("accurate:item-adjustment/save.do"), calls);

    shop.sandbox.land_late_commits();
    let there = sync(&shop, "opening-stock", &counted).await;
    assert_eq!((there.plan.counts.create, there.run.posted), (0, 0));
    let settled = shop.desk.run(&first.run.run).await.unwrap().run;
    assert_eq!((settled.posted, settled.unknown, settled.state.as_str()), (lines, 0, "finished"));
    assert!(settled.certificate.is_some() && settled.certificate != first.run.certificate, "and proven");

    let planned: BTreeMap<(String, String), Decimal> = shop
        .operations(&first.plan.plan)
        .await
        .into_iter()
        .filter(|one| one.action == "create")
        .map(|one| {
            let shelf = (one.after["item_no"].clone(), one.after["warehouse_name"].clone());
            (shelf, one.after["quantity"].parse().unwrap())
        })
        .collect();
    let mut expected = before.0;
    expected.extend(planned);
    assert_eq!(shelves(&shop), expected, "each shelf holds what was counted, once");
    let documents: BTreeSet<String> = shop.books().adjustments.difference(&before.1).cloned().collect();
    let groups: BTreeSet<String> =
        shop.operations(&first.plan.plan).await.into_iter().filter_map(|one| one.group).collect();
    assert_eq!(documents, groups);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_before_a_restore_is_waited_for_by_the_copy_that_does_not_know_of_it() {
    let (shop, counted) = uncounted().await;
    let copy = shop.copy();
    faults(&shop, &format!("accurate:item-adjustment/save.do={LATE}"));
    let lost = sync(&shop, "opening-stock", &counted).await;
    assert!(lost.run.unknown > 0);
    faults(&shop, "");

    let shop = shop.restored(&copy).await;
    let calls = shop.sandbox.state().calls_of("accurate:item-adjustment/save.do");
    let mut another = counted.clone();
    another.date = Some("2026-11-01".into());
    let held = sync(&shop, "opening-stock", &another).await;
    assert_eq!((held.plan.counts.create, held.plan.blocked.get("still_being_checked")), (0, Some(&lost.run.unknown)));
    assert_eq!(shop.sandbox.state().calls_of("accurate:item-adjustment/save.do"), calls);

    // It comes, and is on the shelf once, whoever counts again.
    shop.sandbox.land_late_commits();
    let (once, documents) = (shelves(&shop), shop.books().adjustments);
    assert!(!once.is_empty());
    shop.clock.set_on(181);
    let again = sync(&shop, "opening-stock", &another).await;
    assert_eq!((again.plan.counts.create, again.run.posted), (0, 0), "{:?}", again.plan.blocked);
    assert_eq!((shelves(&shop), shop.books().adjustments), (once, documents));
    // What nobody had sent goes on.
    shop.sync("stock", &PlanOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_answered_with_504_stay_checked_until_they_appear_and_an_undo_knows_them() {
    let shop = open().await;
    let before = shop.books();
    faults(&shop, "accurate:sales-invoice/bulk-save.do=504_then_commit(3600)");
    let sent = sync(&shop, "invoices", &back_fill()).await;
    let invoices = sent.run.unknown;
    assert!(invoices > 5 && sent.run.failed == 0, "{:?}", sent.run);
    assert_eq!(sent.run.pause.unwrap().code, "still_being_checked");
    assert_eq!(shop.books().invoices, before.invoices);
    assert_eq!(settle(&shop).await, [], "nothing has come yet");
    let refused = shop.desk.plan_undo(&sent.run.run, &|_| {}).await.unwrap_err();
    assert_eq!(refused.params["reason"], "undo_unfinished");

    shop.sandbox.land_late_commits();
    faults(&shop, "");
    let settled = settle(&shop).await;
    let [run] = settled.as_slice() else { panic!("{settled:?}") };
    assert_eq!((run.run.as_str(), run.state.as_str()), (sent.run.run.as_str(), "finished"));
    assert_eq!((run.unknown, run.failed, run.posted), (0, 0, sent.run.posted + invoices));
    assert_ne!(run.certificate, sent.run.certificate, "a certificate settles what the one before left open");
    assert_eq!(shop.books().invoices.len(), before.invoices.len() + invoices as usize);
    assert!(!shop.desk.undecided().unwrap());
    let undo = shop.desk.plan_undo(&sent.run.run, &|_| {}).await.unwrap();
    assert!(undo.counts.remove >= invoices, "{:?}", undo.counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_is_sent_again_when_its_time_is_up_and_not_before() {
    let shop = connected(SandboxOptions { items: 20, orders: 0, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    let before = shop.books().items.len();
    faults(&shop, "accurate:item/bulk-save.do=drop_before_commit");
    let sent = sync(&shop, "items", &PlanOptions::default()).await;
    let items = sent.run.unknown;
    assert!(items > 5, "{:?}", sent.run);
    faults(&shop, "");
    assert_eq!(settle(&shop).await, []);
    assert_eq!(shop.books().items.len(), before);
    shop.clock.set_on(200);
    let settled = settle(&shop).await;
    assert_eq!((settled[0].posted, settled[0].unknown, settled[0].state.as_str()), (items, 0, "finished"));
    assert_eq!(shop.books().items.len(), before + items as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_that_may_still_arrive_is_not_followed_by_a_newer_one() {
    let shop = open().await;
    let changed = crate::shared::stocked(&shop);
    shop.sync("stock", &PlanOptions::default()).await;
    let shelf = |shop: &Shop| -> i64 {
        let all = shop.sandbox.state().forstok.on_hand;
        all.into_iter().filter(|((sku, _), _)| *sku == changed).map(|(_, figure)| figure).sum()
    };
    let figure = shelf(&shop);
    crate::shared::sold_by_hand(&shop, &changed, 1);
    faults(&shop, &format!("forstok:quantities={LATE}"));
    let sent = sync(&shop, "stock", &PlanOptions::default()).await;
    assert!(sent.run.unknown > 0 && sent.run.posted == 0, "{:?}", sent.run);
    faults(&shop, "");
    crate::shared::sold_by_hand(&shop, &changed, 1);
    let next = sync(&shop, "stock", &PlanOptions::default()).await;
    assert_eq!(next.plan.blocked.get("still_being_checked"), Some(&sent.run.unknown));
    shop.sandbox.land_late_commits();
    // It was sent more than once, and one of them may be on its way yet.
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shelf(&shop), figure - 1);
    shop.clock.set_on(200);
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(shelf(&shop), figure - 2, "the older figure does not come after the newer one");
}
