//! Brakes against the sandbox, whose own books and shop judge that nothing was written before a brake was passed by its name.

use crate::shared::{Shop, open_with, stocked};
use rust_decimal::Decimal;
use selaras_app::error::{AppError, ErrorCode};
use selaras_app::view::PlanOptions;
use selaras_engine::brakes::Brake;
use selaras_sandbox::SandboxOptions;
use serde_json::json;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// A shop without orders, so that its shelf is what its books say.
async fn counted() -> Shop {
    open_with(SandboxOptions { items: 40, orders: 0, ..SandboxOptions::default() }).await
}

/// Somebody counts every figure of the books anew: it becomes `to` of what it is.
fn recount(shop: &Shop, to: impl Fn(Decimal) -> Decimal) {
    let lines: Vec<_> = shop
        .books()
        .stock
        .into_iter()
        .filter_map(|((item, place), is)| {
            let moved = to(is) - is;
            let kind = if moved.is_sign_negative() { "ADJUSTMENT_OUT" } else { "ADJUSTMENT_IN" };
            (!moved.is_zero()).then(|| {
                json!({
                    "itemNo": item, "warehouseName": place, "itemAdjustmentType": kind, "quantity": moved.abs().to_string(),
                    "unitCost": 1000,
                })
            })
        })
        .collect();
    assert!(lines.len() > 10, "the books hold too little: {}", lines.len());
    let today = jiff::Zoned::now().in_tz("Asia/Jakarta").unwrap().strftime("%d/%m/%Y").to_string();
    for part in lines.chunks(100) {
        let fields = json!({ "transDate": today, "branchId": 50, "detailItem": part });
        shop.sandbox.type_into_accurate(shop.database, "item-adjustment", fields).unwrap();
    }
}

fn shelf(shop: &Shop) -> (BTreeMap<(String, i64), i64>, usize) {
    let shop = shop.sandbox.state().forstok;
    (shop.on_hand, shop.stock_writes)
}

async fn refused(shop: &Shop, kind: &str) -> AppError {
    let runs = shop.desk.runs().await.unwrap().runs.len();
    let before = (shelf(shop), shop.books().writes);
    let answer = shop.desk.sync(kind, &PlanOptions::default(), CancellationToken::new(), &|_| {}).await;
    let error = answer.unwrap_err();
    assert_eq!(error.code, ErrorCode::Brake, "{error}");
    assert_eq!((shelf(shop), shop.books().writes), before, "something was written");
    assert_eq!(shop.desk.runs().await.unwrap().runs.len(), runs, "a run was begun");
    error
}

fn param<'a>(error: &'a AppError, name: &str) -> Option<&'a str> {
    error.params.get(name).map(String::as_str)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rise_beyond_the_limit_is_not_sent_before_it_is_passed_by_its_own_name() {
    let shop = counted().await;
    shop.sync("stock", &PlanOptions::default()).await;
    recount(&shop, |is| is * Decimal::TWO);
    let error = refused(&shop, "stock").await;
    // All of it twice.
    assert_eq!(
        (param(&error, "brakes"), param(&error, "rise"), param(&error, "rise_limit")),
        (Some("rise"), Some("100"), Some("20"))
    );
    let plan = param(&error, "plan").unwrap().to_owned();
    let other = shop.desk.passing([Brake::Fall, Brake::Changes]);
    let still = other.apply(&plan, CancellationToken::new(), &|_| {}).await.unwrap_err();
    assert_eq!(still, error);
    let met = shop.desk.plan_head(&plan).await.unwrap().brakes;
    assert_eq!(met.iter().map(|brake| brake.name.as_str()).collect::<Vec<_>>(), ["rise"]);

    let before = shelf(&shop).0;
    let run = shop.desk.passing([Brake::Rise]).apply(&plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert!(run.posted > 10 && run.failed + run.unknown == 0, "{run:?}");
    let books: BTreeMap<(String, i64), i64> = before.into_iter().map(|(place, figure)| (place, 2 * figure)).collect();
    let risen = |place: &(String, i64)| shelf(&shop).0[place] == books[place];
    assert!(books.keys().filter(|place| risen(place)).count() > 10);
    // What was passed is told with the run and under its certificate.
    assert_eq!(run.passed.iter().map(|brake| brake.code.as_str()).collect::<Vec<_>>(), ["brake_rise"]);
    let proof = shop.desk.prove(&run.run, &|_| {}).await.unwrap();
    let file = std::fs::read_to_string(shop.desk.data_dir().join(&proof.certificate)).unwrap();
    let certificate: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(certificate["passed"], json!([{ "code": "brake_rise", "params": { "percent": "100", "limit": "20" } }]));
    assert!(shop.desk.runs().await.unwrap().chain_whole);
    // Passed once is not passed for ever.
    recount(&shop, |is| is * Decimal::TWO);
    refused(&shop, "stock").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_stock_that_fills_the_shop_is_sent_and_one_that_empties_it_is_not() {
    let shop = counted().await;
    recount(&shop, |is| is * Decimal::TWO);
    let filled = shop.sync("stock", &PlanOptions::default()).await;
    assert!(filled.plan.counts.change > 10 && filled.plan.brakes.is_empty(), "{:?}", filled.plan);

    let shop = counted().await;
    recount(&shop, |_| Decimal::ZERO);
    let error = refused(&shop, "stock").await;
    assert_eq!((param(&error, "brakes"), param(&error, "fall")), (Some("fall"), Some("100")));
    assert_eq!(param(&error, "emptied"), param(&error, "places"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_begun_past_a_brake_goes_on_without_being_asked_again() {
    let shop = counted().await;
    shop.sync("stock", &PlanOptions::default()).await;
    recount(&shop, |_| Decimal::ZERO);
    let plan = param(&refused(&shop, "stock").await, "plan").unwrap().to_owned();
    let stopped = CancellationToken::new();
    stopped.cancel();
    let paused = shop.desk.passing([Brake::Fall]).apply(&plan, stopped, &|_| {}).await.unwrap();
    assert_eq!((paused.state.as_str(), paused.posted), ("paused", 0));
    let run = shop.desk.apply(&plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((&run.run, run.state.as_str(), run.failed + run.unknown), (&paused.run, "finished", 0));
    assert!(run.posted > 10);
    assert_eq!(run.passed, paused.passed);
    assert_eq!(run.passed.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_held_by_the_number_of_what_it_removes() {
    let shop = counted().await;
    shop.desk.set_brakes(None, None, Some(5)).unwrap();
    let runs = shop.desk.runs().await.unwrap().runs;
    let opening = runs.iter().find(|run| run.kind == "opening-stock").unwrap();
    let plan = shop.desk.plan_undo(&opening.run, &|_| {}).await.unwrap();
    let before = shop.books();
    let error = shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap_err();
    let removed = plan.counts.remove.to_string();
    assert_eq!(
        (error.code, param(&error, "changes"), param(&error, "changes_limit")),
        (ErrorCode::Brake, Some(removed.as_str()), Some("5"))
    );
    assert_eq!((shop.books().writes, shop.books().adjustments), (before.writes, before.adjustments));
    let passing = shop.desk.passing_named(&["changes".to_owned()]).unwrap();
    assert_eq!(passing.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap().posted, plan.counts.remove);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_of_stock_is_held_when_it_offers_more_than_its_run_has_left() {
    let shop = counted().await;
    shop.sync("stock", &PlanOptions::default()).await;
    recount(&shop, |is| (is / Decimal::TWO).floor());
    let error = refused(&shop, "stock").await;
    assert_eq!(param(&error, "brakes"), Some("fall"));
    let passing = shop.desk.passing([Brake::Fall]);
    let fallen = passing.sync("stock", &PlanOptions::default(), CancellationToken::new(), &|_| {}).await.unwrap();
    let undo = shop.desk.plan_undo(&fallen.run.run, &|_| {}).await.unwrap();
    let before = shelf(&shop);
    let error = passing.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap_err();
    assert_eq!((error.code, param(&error, "brakes")), (ErrorCode::Brake, Some("rise")));
    // Half of it came off, so at least as much again comes back.
    assert!(param(&error, "rise").unwrap().parse::<Decimal>().unwrap() >= Decimal::ONE_HUNDRED, "{error}");
    assert_eq!(shelf(&shop), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_the_inbox_meets_the_brakes_like_any_other_run() {
    let shop = counted().await;
    shop.sync("stock", &PlanOptions::default()).await;
    // Forstok refuses one SKU, which then waits for a person.
    let sku = stocked(&shop);
    shop.sandbox.set_faults(format!("forstok:quantities=partial_bulk({sku})").parse().unwrap());
    recount(&shop, |is| is + Decimal::ONE);
    let answer = shop.desk.sync("stock", &PlanOptions::default(), CancellationToken::new(), &|_| {}).await;
    shop.sandbox.set_faults(selaras_sandbox::FaultSchedule::default());
    assert!(answer.unwrap().run.failed > 0, "a row waits in the inbox");
    recount(&shop, |is| is * Decimal::from(3));
    let before = shelf(&shop);
    let desk = shop.desk.clone();
    let retry = async |desk: &selaras_app::desk::Desk| {
        let causes = desk.inbox().await.unwrap().causes;
        let cause = causes.iter().find(|cause| cause.kinds == ["stock"]).unwrap().code.clone();
        desk.inbox_retry(Some(&cause), &[], CancellationToken::new(), &|_| {}).await
    };
    let error = retry(&desk).await.unwrap_err();
    assert_eq!((error.code, param(&error, "brakes")), (ErrorCode::Brake, Some("rise")));
    assert_eq!(shelf(&shop), before);
    retry(&desk.passing([Brake::Rise])).await.unwrap();
    assert_ne!(shelf(&shop).0, before.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brake_that_is_none_is_refused_by_its_name() {
    let shop = counted().await;
    let error = shop.desk.passing_named(&["rise".into(), "price".into()]).err().unwrap();
    assert_eq!((error.code, param(&error, "pass")), (ErrorCode::InvalidInput, None));
    assert_eq!((param(&error, "field"), param(&error, "known")), (Some("pass"), Some("rise,fall,changes")));
    let error = shop.desk.set_brakes(Some(30), Some(101), None).unwrap_err();
    assert_eq!((error.code, param(&error, "field")), (ErrorCode::InvalidInput, Some("fall")));
    assert_eq!(shop.desk.set_brakes(None, None, None).unwrap().rise, 20, "none was set");
}
