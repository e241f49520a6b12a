//! Explaining numbers, and the live example of the mapping, against a shop that goes on selling.

use crate::shared::{Shop, adjusted_by_hand, connected, mapped};
use rust_decimal::Decimal;
use selaras_app::demo;
use selaras_app::desk::Desk;
use selaras_app::error::ErrorCode;
use selaras_app::view::{ExplainPlaceView, ExplainView, PayoutExampleView, PlanOptions, SkuQuery};
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// A connected desk with its warehouses and accounts mapped as suggested.
async fn open(options: SandboxOptions) -> Shop {
    let shop = connected(options).await;
    mapped(&shop).await;
    shop
}

impl Shop {
    /// Items, a count taken from Forstok, and a first stock run: both sides agree.
    async fn agree(&self) {
        self.sync("items", &PlanOptions::default()).await;
        let everything = self.desk.skus(&SkuQuery::default()).await.unwrap();
        let costs = everything.skus.iter().map(|sku| (sku.sku.clone(), "1000".to_owned())).collect();
        let counted = PlanOptions { source: Some("forstok".into()), unit_costs: costs, ..PlanOptions::default() };
        self.sync("opening-stock", &counted).await;
        self.sync("stock", &PlanOptions::default()).await;
    }

    async fn explain(&self, sku: &str) -> ExplainView {
        let view = self.desk.explain(sku, true).await.unwrap();
        for place in &view.places {
            assert_sums(place);
        }
        view
    }
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn assert_sums(place: &ExplainPlaceView) {
    let side = |counts: fn(&selaras_app::view::ExplainPartView) -> bool| -> Decimal {
        place.parts.iter().filter(|part| counts(part)).map(|part| number(&part.quantity)).sum()
    };
    let figure = |figure: &Option<String>| figure.as_deref().map(number).unwrap_or_default();
    assert_eq!(side(|part| part.in_accurate), figure(&place.accurate), "{place:?}");
    assert_eq!(side(|part| part.in_forstok), figure(&place.forstok), "{place:?}");
}

/// Codes and units of the parts of a warehouse.
fn parts(view: &ExplainView, warehouse: i64) -> BTreeMap<String, String> {
    let place = view.places.iter().find(|place| place.warehouse_id.0 == warehouse).unwrap();
    place.parts.iter().map(|part| (part.code.clone(), part.quantity.clone())).collect()
}

/// SKU, warehouse and units of what is sold in Forstok and not invoiced in Accurate, over all SKUs, with the orders' numbers.
async fn sold(shop: &Shop) -> Vec<(String, i64, String, Vec<String>)> {
    let all = shop.desk.skus(&SkuQuery { state: Some("matched".into()), ..SkuQuery::default() }).await.unwrap();
    let mut sold = Vec::new();
    for sku in &all.skus {
        for place in &shop.explain(&sku.sku).await.places {
            for part in place.parts.iter().filter(|part| part.code == "sold_not_invoiced") {
                let numbers = part.orders.iter().map(|order| order.number.clone()).collect();
                sold.push((sku.sku.clone(), place.warehouse_id.0, part.quantity.clone(), numbers));
            }
        }
    }
    sold
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_is_counted_in_accurate_until_its_invoice_is_there() {
    let shop = open(SandboxOptions { items: 24, orders: 24, ..SandboxOptions::default() }).await;
    shop.agree().await;
    assert_eq!(sold(&shop).await, []);
    assert!(shop.sandbox.sell(3) > 0);
    let sold_now = sold(&shop).await;
    let (sku, warehouse, units, numbers) = sold_now.first().unwrap().clone();
    let before = shop.explain(&sku).await;
    let place = before.places.iter().find(|place| place.warehouse_id.0 == warehouse).unwrap();
    assert!(place.whole);
    // Beside the two parts stands what had left before the count: neither side counts it.
    let counted = place.parts.iter().filter(|part| part.code != "already_in_figure").count();
    assert_eq!(counted, 2, "{place:?}");
    assert_eq!(number(place.accurate.as_ref().unwrap()) - number(place.forstok.as_ref().unwrap()), number(&units));
    assert!(before.orders_read_at.is_some());
    // Each of its orders gets its invoice in Accurate, which takes the units there too.
    let line = serde_json::json!({
        "itemNo": before.item_no, "unitPrice": 1000, "quantity": units, "warehouseName": place.accurate_warehouse,
    });
    let entered = |module: &str, fields| shop.sandbox.type_into_accurate(shop.database, module, fields).unwrap();
    entered("customer", serde_json::json!({ "name": "Toko", "customerNo": "TOKO" }));
    for (number, lines) in numbers.iter().zip([Some(line)].into_iter().chain(std::iter::repeat(None))) {
        let other = serde_json::json!({ "itemNo": "JASA-KIRIM", "unitPrice": 1, "quantity": 1 });
        let lines = [lines.unwrap_or(other)];
        entered("sales-invoice", serde_json::json!({ "customerNo": "TOKO", "number": number, "detailItem": lines }));
    }
    let after = shop.explain(&sku).await;
    let place = after.places.iter().find(|place| place.warehouse_id.0 == warehouse).unwrap();
    let counted = place.parts.iter().filter(|part| part.code != "already_in_figure").count();
    assert_eq!((place.accurate.clone(), counted), (place.forstok.clone(), 1), "{place:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_accurate_waits_for_the_next_stock_run() {
    let shop = open(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    shop.agree().await;
    let all = shop.desk.skus(&SkuQuery { state: Some("matched".into()), ..SkuQuery::default() }).await.unwrap();
    let sku = &all.skus.first().unwrap().sku;
    let before = shop.explain(sku).await;
    let place = before.places.first().unwrap();
    adjusted_by_hand(&shop, (before.item_no.as_ref().unwrap(), &place.accurate_warehouse), 7, "ADJUSTMENT_IN");
    let changed = parts(&shop.explain(sku).await, place.warehouse_id.0);
    let both = place.accurate.clone().unwrap();
    let expected = [("both_sides", both.as_str()), ("changed_in_accurate", "7")];
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(code, units)| ((*code).to_owned(), (*units).to_owned())).collect();
    assert_eq!(changed, expected);
    // What was read last is as it was: nothing is asked without `refresh`.
    let kept = shop.desk.explain(sku, false).await.unwrap();
    assert_eq!(parts(&kept, place.warehouse_id.0).keys().collect::<Vec<_>>(), ["both_sides"]);
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(parts(&shop.explain(sku).await, place.warehouse_id.0).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_that_is_not_there_is_said_to_be_so_and_one_without_item_says_why() {
    let shop = open(SandboxOptions { items: 24, orders: 10, ..SandboxOptions::default() }).await;
    let error = shop.desk.explain("NO-SUCH-SKU", false).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    let all = shop.desk.skus(&SkuQuery { state: Some("ready".into()), ..SkuQuery::default() }).await.unwrap();
    let mut seen = 0;
    for sku in &all.skus {
        let view = shop.explain(&sku.sku).await;
        assert_eq!((view.item_no.as_ref(), view.reason.unwrap().code.as_str()), (None, "not_in_accurate"));
        for place in &view.places {
            let told: Vec<_> = place.parts.iter().map(|part| (part.code.as_str(), part.reason.code.as_str())).collect();
            let counts = place.forstok.as_deref().is_some_and(|units| units != "0");
            let expected: &[(&str, &str)] = if counts { &[("not_matched", "not_in_accurate")] } else { &[] };
            assert_eq!((place.accurate.as_ref(), place.whole, told.as_slice()), (None, true, expected));
            seen += usize::from(counts);
        }
    }
    assert!(seen > 0, "no SKU has stock");
}

/// Units of the shop's places that differ, over all warehouses: how many have a cause, and how many have none.
async fn differing(shop: &Shop) -> (u32, u32) {
    let home = shop.desk.home().await.unwrap();
    home.agreement.iter().fold((0, 0), |(named, open), line| (named + line.explained, open + line.unexplained))
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_nobody_has_counted_yet_differ_for_that_reason_and_for_no_other() {
    let shop = open(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    shop.sync("items", &PlanOptions::default()).await;
    // A plan reads both sides anew.
    shop.desk.plan("stock", &PlanOptions::default(), &|_| {}).await.unwrap();
    let mut uncounted = 0;
    let all = shop.desk.skus(&SkuQuery { state: Some("matched".into()), ..SkuQuery::default() }).await.unwrap();
    for sku in &all.skus {
        for place in shop.explain(&sku.sku).await.places {
            let forstok = place.forstok.clone().unwrap_or_else(|| "0".to_owned());
            let told: Vec<_> = place.parts.iter().map(|part| (part.code.as_str(), part.quantity.as_str())).collect();
            let mut expected = vec![("both_sides", "0")];
            if forstok != "0" {
                expected.push(("opening_stock_open", &forstok));
                uncounted += 1;
            }
            assert_eq!((place.accurate.as_deref(), place.whole, told), (Some("0"), true, expected));
        }
    }
    assert_eq!(differing(&shop).await, (uncounted, 0));
    assert!(uncounted > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_of_stock_is_told_as_an_undo_and_not_as_a_change_of_the_shop() {
    let shop = open(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    shop.agree().await;
    let all = shop.desk.skus(&SkuQuery { state: Some("matched".into()), ..SkuQuery::default() }).await.unwrap();
    let sku = &all.skus.first().unwrap().sku;
    let place = shop.explain(sku).await.places.first().unwrap().clone();
    let warehouse = place.warehouse_id.0;
    let (before, more) = (place.accurate.clone().unwrap(), Decimal::from(7));
    adjusted_by_hand(&shop, (sku, &place.accurate_warehouse), 7, "ADJUSTMENT_IN");
    shop.sync("stock", &PlanOptions::default()).await;
    let sent = (number(&before) + more).to_string();
    assert_eq!(parts(&shop.explain(sku).await, warehouse), BTreeMap::from([("both_sides".to_owned(), sent.clone())]));
    let run = shop.desk.runs().await.unwrap().runs.first().unwrap().run.clone();
    let plan = shop.desk.plan_undo(&run, &|_| {}).await.unwrap();
    shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    let undone = BTreeMap::from([("both_sides".to_owned(), sent.clone()), ("undone".to_owned(), "-7".to_owned())]);
    let view = shop.explain(sku).await;
    assert_eq!(parts(&view, warehouse), undone);
    let place = view.places.iter().find(|place| place.warehouse_id.0 == warehouse).unwrap();
    assert_eq!((place.whole, place.forstok.as_deref()), (true, Some(before.as_str())));
    assert_eq!(differing(&shop).await, (1, 0));
    // The row of the undo names its warehouse, as that of the run does.
    let undo = shop.desk.runs().await.unwrap().runs.first().unwrap().run.clone();
    for run in [run, undo] {
        let rows = shop.desk.run(&run).await.unwrap().rows;
        let told: Vec<_> = rows.iter().map(|row| (row.target.as_str(), row.warehouse.as_deref())).collect();
        assert_eq!(told, [(sku.as_str(), Some(place.warehouse.as_str()))]);
    }
    // Sent again, both sides agree again.
    shop.sync("stock", &PlanOptions::default()).await;
    assert_eq!(parts(&shop.explain(sku).await, warehouse), BTreeMap::from([("both_sides".to_owned(), sent)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_orders_is_explained_without_them() {
    let options =
        SandboxOptions { items: 12, orders: 10, forstok_assumed_endpoints: false, ..SandboxOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(options.hurried()).await.unwrap();
    let desk = Desk::open(demo::desk_config(folder.path().to_owned(), sandbox.connection())).unwrap();
    let given = demo::credentials(sandbox.connection());
    desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await.unwrap();
    let (token, secret) = (&sandbox.connection().api_token, &sandbox.connection().signature_secret);
    desk.connect_accurate_api_token(token.clone().into(), secret.clone().into()).await.unwrap();
    desk.use_database(sandbox.connection().databases[0].id).await.unwrap();
    assert_eq!(desk.mapping(true).await.unwrap().example, None);
    assert_eq!(desk.mapping_example(7001, 0).await.unwrap(), None);
}

fn balanced(example: &PayoutExampleView) -> bool {
    let sum = |of: fn(&selaras_app::view::PayoutExampleLineView) -> &String| -> Decimal {
        example.lines.iter().filter_map(|line| of(line).parse::<Decimal>().ok()).sum()
    };
    sum(|line| &line.debit) == sum(|line| &line.credit)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_mapping_is_an_order_that_was_paid_out() {
    let shop = open(SandboxOptions { items: 24, orders: 60, ..SandboxOptions::default() }).await;
    let mapping = shop.desk.mapping(false).await.unwrap();
    let example = mapping.example.unwrap();
    assert_eq!(example.order.as_ref().unwrap().status, "Completed");
    assert!(balanced(&example), "{example:?}");
    let store = example.store_id.0;
    let mut numbers = Vec::new();
    let mut skip = 0;
    while let Some(next) = shop.desk.mapping_example(store, skip).await.unwrap() {
        assert!(balanced(&next) && next.store_id.0 == store, "{next:?}");
        numbers.push(next.order.unwrap().number);
        skip += 1;
    }
    assert_eq!(numbers.first(), example.order.map(|order| order.number).as_ref());
    let once: std::collections::BTreeSet<_> = numbers.iter().collect();
    assert_eq!(once.len(), numbers.len());
    let payments = shop.sandbox.state().forstok.payments;
    assert!(payments >= 10 && numbers.len() < payments, "{payments} {numbers:?}");
    assert_eq!(shop.desk.mapping_example(1, 0).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_of_the_mapping_can_be_looked_at() {
    let shop = open(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    let first = shop.desk.mapping(false).await.unwrap().mapping;
    let mut second = first.clone();
    second.roles.insert("service_fee".into(), None);
    assert_eq!(shop.desk.save_mapping(&second, "saved").await.unwrap().version, Some(2));
    assert_eq!(shop.desk.mapping_version(1).unwrap(), first);
    assert_eq!(shop.desk.mapping_version(2).unwrap(), second);
    assert_eq!(shop.desk.mapping_version(3).unwrap_err().code, ErrorCode::NotFound);
}

/// The list of orders is a guess: an answer that cannot be understood must not hold back items and stock.
#[tokio::test(flavor = "multi_thread")]
async fn orders_that_cannot_be_understood_hold_nothing_back() {
    let shop = open(SandboxOptions { items: 30, ..SandboxOptions::default() }).await;
    shop.sandbox.set_faults("forstok:orders.json=truncated_json".parse().unwrap());
    let skus = shop.desk.skus(&SkuQuery { refresh: true, ..SkuQuery::default() }).await.unwrap();
    assert!(skus.page.total >= 30, "{}", skus.page.total);
    assert!(skus.skus.iter().all(|sku| sku.waiting.is_none()));
    let sku = &skus.skus.iter().find(|sku| sku.state == "ready").unwrap().sku;
    assert_eq!(shop.desk.explain(sku, false).await.unwrap().orders_read_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_offered_and_refused_for_once_stay_as_they_were_read() {
    let shop = open(SandboxOptions { items: 30, orders: 60, ..SandboxOptions::default() }).await;
    let everything = SkuQuery { refresh: true, ..SkuQuery::default() };
    let skus = shop.desk.skus(&everything).await.unwrap();
    let sku = skus.skus.iter().find(|sku| sku.state == "ready").unwrap().sku.clone();
    let read_at = async || shop.desk.explain(&sku, false).await.unwrap().orders_read_at;
    let (first, example) = (read_at().await, shop.desk.mapping(false).await.unwrap().example.unwrap());
    assert!(first.is_some() && example.order.is_some());

    for list in ["orders", "payments"] {
        shop.sandbox.set_faults(format!("forstok:{list}.json=html_404").parse().unwrap());
        let made_up = shop.desk.mapping(true).await.unwrap().example.unwrap();
        assert_eq!(made_up.order, None, "{list} cannot be read");
        assert_eq!(shop.desk.mapping(false).await.unwrap().example.as_ref(), Some(&example), "none was forgotten");
    }
    shop.sandbox.set_faults("forstok:orders.json=html_404".parse().unwrap());
    let refused = [shop.desk.skus(&everything).await.unwrap_err(), shop.desk.explain(&sku, true).await.unwrap_err()];
    for error in refused {
        assert_eq!((error.code, error.params["what"].as_str()), (ErrorCode::NotOffered, "orders"));
    }
    assert_eq!(read_at().await, first);

    // What is refused for good is found by the check, and holds nothing back any more.
    shop.desk.check().await.unwrap();
    assert_eq!(read_at().await, None);
    shop.desk.skus(&everything).await.unwrap();
}
