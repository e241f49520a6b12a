//! Orders become invoices and payouts receipts against the sandbox, through their whole life, and money closes to the rupiah.

use crate::shared::{back_fill, mapped, open};
use rust_decimal::Decimal;
use selaras_app::view::{CauseView, OperationView, PlanOptions, RowChoiceInput};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

fn totals(operations: &[OperationView], action: &str, field: &str) -> BTreeMap<String, Decimal> {
    let of_action = operations.iter().filter(|operation| operation.action == action);
    of_action
        .filter(|operation| operation.after.contains_key(field))
        .map(|operation| (operation.after["number"].clone(), operation.after[field].parse().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_says_what_is_ready_until_it_was_sent() {
    let shop = open().await;
    let home = shop.desk.home().await.unwrap();
    assert_eq!((home.invoices, home.receipts), (None, None), "nothing was planned");

    let plan = shop.desk.plan("invoices", &back_fill(), &|_| {}).await.unwrap();
    let ready = totals(&shop.operations(&plan.plan).await, "create", "total");
    let home = shop.desk.home().await.unwrap().invoices.unwrap();
    assert_eq!((home.documents as usize, Some(&home.amount)), (ready.len(), plan.total.as_ref()));
    assert!(home.stores > 1 && home.read_at == plan.read_at, "{home:?}");

    shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    let home = shop.desk.home().await.unwrap().invoices.unwrap();
    assert_eq!((home.documents, home.amount.as_str(), home.stores), (0, "0", 0));

    // A plan of one order says nothing of the others.
    let one = PlanOptions { orders: vec![ready.keys().next().unwrap().clone()], ..back_fill() };
    shop.desk.plan("receipts", &one, &|_| {}).await.unwrap();
    assert_eq!(shop.desk.home().await.unwrap().receipts, None);
    let paid = shop.desk.plan("receipts", &back_fill(), &|_| {}).await.unwrap();
    let home = shop.desk.home().await.unwrap().receipts.unwrap();
    assert_eq!((home.documents, Some(&home.amount)), (paid.counts.create, paid.total.as_ref()));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_become_invoices_and_payouts_receipts_and_both_can_be_taken_back() {
    let shop = open().await;
    let (before, stock) = (shop.books(), shop.books().stock);

    // Without a chosen day nothing that was sold before the connection is touched.
    let none = shop.sync("invoices", &PlanOptions::default()).await;
    assert_eq!((none.plan.counts.create, none.run.posted), (0, 0));

    let invoiced = shop.sync("invoices", &back_fill()).await;
    let operations = shop.operations(&invoiced.plan.plan).await;
    let made = totals(&operations, "create", "total");
    assert!(made.len() > 10, "{} invoices", made.len());
    let books = shop.books();
    let there: BTreeMap<String, Decimal> = books
        .invoices
        .iter()
        .filter(|(number, _)| !before.invoices.contains_key(*number))
        .map(|(number, total)| (number.clone(), *total))
        .collect();
    assert_eq!(there, made, "what Accurate makes of the documents is what was planned, to the rupiah");
    let sum: Decimal = made.values().sum();
    assert_eq!(invoiced.plan.total.as_deref(), Some(sum.normalize().to_string().as_str()));
    assert!(books.stock != stock, "an invoice takes stock");
    shop.assert_balanced();

    // Every order that was held has a reason, and none of its documents is there.
    let held: Vec<&OperationView> = operations.iter().filter(|operation| operation.action == "blocked").collect();
    assert!(held.iter().any(|operation| operation.reason.code == "order_sku_empty"), "{held:?}");
    assert!(held.iter().all(|operation| !books.invoices.contains_key(&operation.target)));

    // A second time nothing is written.
    let again = shop.sync("invoices", &back_fill()).await;
    assert_eq!((again.plan.counts.create, again.run.posted), (0, 0));
    assert_eq!(shop.books().writes, books.writes);

    let paid = shop.sync("receipts", &back_fill()).await;
    let operations = shop.operations(&paid.plan.plan).await;
    let received = totals(&operations, "create", "received");
    assert!(!received.is_empty());
    assert_eq!(shop.books().receipts.len(), before.receipts.len() + received.len());
    for operation in operations.iter().filter(|operation| operation.action == "create") {
        let numbers = operation.after.iter().filter(|(name, _)| name.starts_with("invoice.") && name.ends_with(".no"));
        for (_, number) in numbers {
            assert_eq!(shop.books().owing[number], Decimal::ZERO, "{number} is paid");
        }
    }
    shop.assert_balanced();
    let again = shop.sync("receipts", &back_fill()).await;
    assert_eq!((again.plan.counts.create, again.run.posted), (0, 0));

    // Paid invoices stay as long as their receipts are there; then everything is as it was.
    let early = shop.desk.plan_undo(&invoiced.run.run, &|_| {}).await.unwrap();
    assert!(early.blocked.contains_key("undo_has_receipt"), "{:?}", early.blocked);
    for run in [&paid.run.run, &invoiced.run.run] {
        let undo = shop.desk.plan_undo(run, &|_| {}).await.unwrap();
        assert_eq!(undo.counts.blocked, 0, "{:?}", undo.blocked);
        let run = shop.desk.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!((run.failed, run.unknown, run.held), (0, 0, 0));
        assert_eq!(shop.desk.prove(&run.run, &|_| {}).await.unwrap().differences, []);
    }
    let after = shop.books();
    assert_eq!(
        (&after.invoices, &after.receipts, &after.customers),
        (&before.invoices, &before.receipts, &before.customers)
    );
    assert_eq!(after.ledger, before.ledger);
    let some = |stock: &BTreeMap<(String, String), Decimal>| -> BTreeMap<(String, String), Decimal> {
        stock
            .iter()
            .filter(|(_, quantity)| !quantity.is_zero())
            .map(|(place, quantity)| (place.clone(), *quantity))
            .collect()
    };
    assert_eq!(some(&after.stock), some(&stock));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_listed_by_cause_and_tried_again_cause_by_cause() {
    let shop = open().await;
    let causes = || async {
        let inbox = shop.desk.inbox().await.unwrap();
        let one = |cause: CauseView| (cause.code, (cause.kinds.join(","), cause.count));
        inbox.causes.into_iter().map(one).collect::<BTreeMap<_, _>>()
    };
    shop.sync("receipts", &back_fill()).await;
    let waiting = causes().await["payout_waits_for_invoice"].clone();
    assert!(waiting.0 == "receipts" && waiting.1 > 3, "{waiting:?}");
    shop.sync("invoices", &back_fill()).await;
    let before = causes().await;
    assert_eq!(before["payout_waits_for_invoice"], waiting);
    let of_invoices = |causes: &BTreeMap<String, (String, u32)>| -> BTreeMap<String, (String, u32)> {
        causes.clone().into_iter().filter(|(_, (kinds, _))| kinds == "invoices").collect()
    };
    assert!(of_invoices(&before).len() > 1, "{before:?}");

    let retry = |cause: &'static str| {
        let desk = &shop.desk;
        async move { desk.inbox_retry(Some(cause), &[], CancellationToken::new(), &|_| {}).await }
    };
    let retried = retry("payout_waits_for_invoice").await.unwrap();
    let kinds: Vec<&str> = retried.syncs.iter().map(|sync| sync.run.kind.as_str()).collect();
    assert_eq!(kinds, ["receipts"], "what failed for another cause is left alone");
    assert!(retried.syncs[0].run.posted > 0);
    let after = causes().await;
    let still = after.get("payout_waits_for_invoice").map_or(0, |(_, count)| *count);
    assert!(still < waiting.1, "{after:?}");
    assert_eq!(of_invoices(&after), of_invoices(&before));
    let unknown = retry("tidak_ada").await.unwrap_err();
    assert_eq!(unknown.code, selaras_app::error::ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_after_the_connection_is_invoiced_when_it_is_ready_and_voided_when_it_is_cancelled() {
    let shop = open().await;
    let since = back_fill();
    let first = shop.sync("invoices", &since).await;
    // An order gets ready, is invoiced, and is cancelled.
    let operations = shop.operations(&first.plan.plan).await;
    let ready = operations
        .iter()
        .find(|operation| {
            operation.action == "create"
                && shop
                    .sandbox
                    .state()
                    .forstok
                    .orders
                    .get(&operation.key.trim_start_matches("invoice:").parse().unwrap_or(0))
                    .is_some_and(|status| status == "Ready to ship")
        })
        .unwrap();
    let order: i64 = ready.after["order_id"].parse().unwrap();
    let before = shop.books();
    shop.sandbox.advance_order(order, "Cancelled").unwrap();
    let voided = shop.sync("voids", &since).await;
    assert_eq!((voided.plan.counts.remove, voided.run.posted), (1, 1));
    let after = shop.books();
    assert!(before.invoices.contains_key(&ready.target) && !after.invoices.contains_key(&ready.target));
    assert_eq!(after.invoices.len(), before.invoices.len() - 1);
    shop.assert_balanced();
    let again = shop.sync("voids", &since).await;
    assert_eq!(again.plan.counts.remove, 0);
    // The cancelled order is not invoiced again.
    assert_eq!(shop.sync("invoices", &since).await.plan.counts.create, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_a_person_has_entered_is_found_and_linked_and_its_payout_booked_on_it() {
    let shop = open().await;
    let since = back_fill();
    let plan = shop.desk.plan("invoices", &since, &|_| {}).await.unwrap();
    let operations = shop.operations(&plan.plan).await;
    let one = operations
        .iter()
        .find(|operation| {
            let status = shop
                .sandbox
                .state()
                .forstok
                .orders
                .get(&operation.after.get("order_id").and_then(|id| id.parse().ok()).unwrap_or(0))
                .cloned();
            operation.action == "create" && status.as_deref() == Some("Completed") && operation.after["lines"] == "1"
        })
        .unwrap();
    let by_hand = serde_json::json!({
        "customerNo": one.after["customer_no"],
        "transDate": jiff::civil::Date::strptime("%Y-%m-%d", &one.after["date"]).unwrap().strftime("%d/%m/%Y").to_string(),
        "cashDiscount": one.after["cash_discount"],
        "detailItem": [{
            "itemNo": one.after["line.001.item_no"],
            "quantity": one.after["line.001.quantity"],
            "unitPrice": one.after["line.001.unit_price"],
            "warehouseName": one.after["line.001.warehouse_name"],
        }],
    });
    if !shop.books().customers.contains_key(&one.after["customer_no"]) {
        let customer = serde_json::json!({ "name": one.after["store_name"], "customerNo": one.after["customer_no"] });
        shop.sandbox.type_into_accurate(shop.database, "customer", customer).unwrap();
        // That it is the store's is suggested, by its number and name, and a person says so.
        mapped(&shop).await;
    }
    let known: Vec<String> = shop.books().invoices.into_keys().collect();
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", by_hand).unwrap();
    let number = shop.books().invoices.into_keys().find(|number| !known.contains(number)).unwrap();

    let first = shop.sync("invoices", &since).await;
    let held = shop.operations(&first.plan.plan).await.into_iter().find(|operation| operation.key == one.key).unwrap();
    assert_eq!((held.action.as_str(), held.reason.code.as_str()), ("blocked", "maybe_in_accurate"));
    assert_eq!(held.reason.params["number"], number);
    let choice = RowChoiceInput {
        keys: vec![one.key.clone()],
        choice: "entered".into(),
        number: Some("tidak ada".into()),
        reason: "dicatat sebelum Selaras".into(),
    };
    assert!(shop.desk.decide_rows(&choice, "Rina").await.is_err());
    let inbox =
        shop.desk.decide_rows(&RowChoiceInput { number: Some(number.clone()), ..choice }, "Rina").await.unwrap();
    assert!(inbox.causes.iter().all(|cause| cause.code != "maybe_in_accurate"));
    let again = shop.sync("invoices", &since).await;
    let same = shop.operations(&again.plan.plan).await.into_iter().find(|operation| operation.key == one.key).unwrap();
    assert_eq!((same.action.as_str(), same.reason.code.as_str()), ("same", "entered_by_person"));
}
