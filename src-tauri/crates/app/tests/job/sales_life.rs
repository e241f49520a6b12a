//! What becomes of an order after it was invoiced, against the sandbox: paid out with others, in part or wholly returned, void, in a closed
//! period, told by a file.

use crate::shared::{Shop, back_fill, open, place, stocked, thirty_days_ago};
use base64::Engine;
use rust_decimal::Decimal;
use selaras_app::view::{
    Id, ImportInput, ImportList, ImportView, InboxView, OperationView, OrderJournalView, PageQuery, PlanOptions,
    ReconciliationQuery, RowChoiceInput,
};
use selaras_sandbox::{Fees, SandboxOptions};
use serde_json::json;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

fn only(orders: &[i64]) -> PlanOptions {
    PlanOptions { orders: orders.iter().map(ToString::to_string).collect(), ..PlanOptions::default() }
}

fn of_order(operations: &[OperationView], order: i64) -> &OperationView {
    let order = order.to_string();
    operations.iter().find(|operation| operation.after.get("order_id") == Some(&order)).unwrap()
}

/// Quantity in Accurate over all its warehouses.
fn in_books(shop: &Shop, sku: &str) -> Decimal {
    shop.books().stock.iter().filter(|((no, _), _)| no == sku).map(|(_, quantity)| *quantity).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payout_over_the_three_worked_figures_is_one_receipt_with_each_its_own_amount() {
    let shop = open().await;
    let sku = stocked(&shop);
    let own_courier = |shipping: i64, units: i64, price: i64| json!({ "cashless": false, "shipping_price": shipping, "total_price": units * price + shipping });
    let first = place(&shop, &sku, 1, 40_000, &own_courier(100, 1, 40_000));
    let second = place(&shop, &sku, 1, 30_000, &own_courier(10, 1, 30_000));
    let third = place(&shop, &sku, 4, 100_000, &json!({ "shipping_price": 12_000, "voucher_seller": 20_000 }));
    let orders = [first, second, third];
    let made = shop.sync("invoices", &only(&orders)).await;
    assert_eq!((made.plan.counts.create, made.run.posted), (4, 4), "a customer and three invoices");
    let fees = [[200, 300, 400, 500, 600], [20, 30, 40, 50, 60], [5_000, 20_000, 3_000, 0, 26_000]];
    let fees =
        fees.map(|[platform_rebate, voucher_seller, cashless_shipping_difference, fulfillment_fee, service_fee]| {
            Fees { platform_rebate, voucher_seller, cashless_shipping_difference, fulfillment_fee, service_fee }
        });
    shop.sandbox.pay_out(&orders.into_iter().zip(fees).collect::<Vec<_>>()).unwrap();
    let paid = shop.sync("receipts", &only(&orders)).await;
    assert_eq!((paid.plan.counts.create, paid.run.posted), (1, 1));
    let operations = shop.operations(&paid.plan.plan).await;
    let receipt = operations.iter().find(|operation| operation.action == "create").unwrap();
    assert_eq!(receipt.after["received"], (38_500 + 29_850 + 356_000).to_string());
    let figure = |number: usize, name: &str| -> Decimal {
        receipt.after[&format!("invoice.{number:03}.{name}")].parse().unwrap()
    };
    let parts: BTreeMap<String, Decimal> = (1..=3)
        .map(|number| {
            let invoice = receipt.after[&format!("invoice.{number:03}.no")].clone();
            (invoice, figure(number, "amount") - figure(number, "kept"))
        })
        .collect();
    let worked = orders.iter().zip([38_500, 29_850, 356_000]);
    let worked = worked.map(|(order, amount)| (format!("L{order}"), Decimal::from(amount)));
    assert_eq!(parts, worked.collect());
    let owing: Decimal = orders.iter().map(|order| shop.books().owing[&format!("L{order}")]).sum();
    assert_eq!(owing, Decimal::ZERO);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discounted_order_of_a_web_store_is_paid_to_the_rupiah() {
    let shop = open().await;
    let sku = stocked(&shop);
    let line = |id: i64, voucher: i64, platform: i64| {
        json!({
            "id": id, "sku": sku, "name": "Barang contoh", "price": 50_000, "sale_price": 50_000, "total_price": 50_000,
            "voucher_amount": voucher, "voucher_platform": platform,
        })
    };
    // The buyer pays 100,000 of goods less 2,500 and a voucher of 5,000, of which the platform bears 2,000, and 10,000 of shipping.
    let more = json!({
        "item_lines": [line(1, 5_000, 2_000), line(2, 0, 0)], "discount_amount": 2_500, "cashless": false,
        "shipping_price": 10_000, "total_price": 102_500,
    });
    let order = place(&shop, &sku, 2, 50_000, &more);
    shop.sync("invoices", &only(&[order])).await;
    let number = format!("L{order}");
    assert_eq!(shop.books().invoices[&number], Decimal::from(94_500));
    let fees = Fees { service_fee: 1_500, ..Fees::default() };
    shop.sandbox.pay_out(&[(order, fees)]).unwrap();
    let paid = shop.sync("receipts", &only(&[order])).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("103000")), "{:?}", paid.plan.blocked);
    assert_eq!(shop.books().owing[&number], Decimal::ZERO);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_waits_for_one_invoice_is_booked_for_its_other_order_and_shows_on_the_sheet_of_the_one_that_waits()
 {
    let shop = open().await;
    let sku = stocked(&shop);
    let [first, second] = [0, 1].map(|_| place(&shop, &sku, 1, 40_000, &json!({})));
    shop.sync("invoices", &only(&[first])).await;
    let fees = Fees { service_fee: 1_000, ..Fees::default() };
    shop.sandbox.pay_out(&[(first, fees), (second, fees)]).unwrap();
    let waiting = shop.sync("receipts", &only(&[first])).await;
    assert_eq!((waiting.plan.counts.create, waiting.plan.counts.blocked), (1, 1));
    let journal = async |order: i64| {
        let sheet = shop.desk.order_sheet(&order.to_string(), true).await.unwrap();
        let row = |one: &OrderJournalView| (one.kind.clone(), one.state.clone());
        (sheet.journal.iter().map(row).collect::<Vec<_>>(), sheet.journal)
    };
    let states = |states: [(&str, &str); 2]| states.map(|(kind, state)| (kind.to_owned(), state.to_owned())).to_vec();
    let posted = states([("invoices", "posted"), ("receipts", "posted")]);
    assert_eq!(journal(first).await.0, posted);
    let (_, rows) = journal(second).await;
    let open: Vec<_> = rows.iter().filter(|one| one.state == "open").collect();
    assert_eq!((rows.len(), open.len()), (1, 1), "the other order's receipt is not its own: {rows:?}");
    let reason = open[0].reason.as_ref().unwrap();
    assert_eq!((open[0].kind.as_str(), reason.code.as_str()), ("receipts", "payout_waits_for_invoice"));
    assert_eq!(reason.params["order"], format!("L{second}"));

    shop.sync("invoices", &only(&[second])).await;
    shop.sync("receipts", &only(&[first])).await;
    for order in [first, second] {
        assert_eq!(journal(order).await.0, posted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_come_back_in_part_and_whole_as_sales_returns_and_can_be_taken_back() {
    let shop = open().await;
    let sku = stocked(&shop);
    let part = place(&shop, &sku, 3, 50_000, &json!({}));
    let whole = place(&shop, &sku, 1, 20_000, &json!({}));
    let orders = [part, whole];
    shop.sync("invoices", &only(&orders)).await;
    let (before, there) = (shop.books(), in_books(&shop, &sku));
    assert_eq!(shop.sync("returns", &only(&orders)).await.plan.counts.create, 0);

    shop.sandbox.return_units(part, &[(sku.as_str(), 1)]).unwrap();
    shop.sandbox.advance_order(whole, "Shipped").unwrap();
    shop.sandbox.advance_order(whole, "Failed Delivery").unwrap();
    // The parcel is with the courier: nothing of it is back, and no shelf may offer it.
    let chosen = shop.desk.mapping(false).await.unwrap().mapping.warehouses[0].accurate_id;
    let into = PlanOptions { warehouse: Some(chosen.0.to_string()), ..only(&[whole]) };
    let away = shop.sync("returns", &into).await;
    assert_eq!((away.plan.blocked.get("parcel_not_back"), away.run.posted), (Some(&1), 0), "{:?}", away.plan.blocked);
    shop.sandbox.advance_order(whole, "Returned").unwrap();
    let unsaid = shop.desk.plan("returns", &only(&orders), &|_| {}).await.unwrap();
    assert_eq!(unsaid.blocked.get("return_warehouse_not_chosen"), Some(&2), "{:?}", unsaid.blocked);
    let into = PlanOptions { warehouse: Some(chosen.0.to_string()), ..only(&orders) };
    let returned = shop.sync("returns", &into).await;
    assert_eq!((returned.plan.counts.create, returned.run.posted), (2, 2), "{:?}", returned.plan);
    assert_eq!(returned.plan.total.as_deref(), Some("70000"));
    assert_eq!(shop.books().returns.len(), before.returns.len() + 2);
    assert_eq!(in_books(&shop, &sku), there + Decimal::TWO);
    let operations = shop.operations(&returned.plan.plan).await;
    assert_eq!(of_order(&operations, part).after["line.001.quantity"], "1");
    let sheet = shop.desk.order_sheet(&part.to_string(), true).await.unwrap();
    let documents: Vec<_> = sheet.documents.iter().map(|one| (one.kind.as_str(), one.amount.as_str())).collect();
    assert_eq!(documents, [("invoice", "150000"), ("return", "50000")]);
    shop.assert_balanced();
    assert_eq!(shop.sync("returns", &into).await.plan.counts.create, 0, "once");

    // Another unit of the same order is another return.
    shop.sandbox.return_units(part, &[(sku.as_str(), 1)]).unwrap();
    let again = shop.sync("returns", &into).await;
    assert_eq!((again.plan.counts.create, again.run.posted), (1, 1));
    // More than was sold cannot come back.
    shop.sandbox.return_units(part, &[(sku.as_str(), 5)]).unwrap();
    let too_many = shop.desk.plan("returns", &into, &|_| {}).await.unwrap();
    assert_eq!((too_many.counts.create, too_many.counts.blocked), (0, 1), "{:?}", too_many.blocked);

    for run in [&again.run.run, &returned.run.run] {
        let undo = shop.desk.plan_undo(run, &|_| {}).await.unwrap();
        assert_eq!(undo.counts.blocked, 0, "{:?}", undo.blocked);
        let run = shop.desk.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!((run.failed, run.unknown, run.held), (0, 0, 0));
    }
    assert_eq!((shop.books().returns, shop.books().ledger), (before.returns, before.ledger));
    assert_eq!(in_books(&shop, &sku), there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_after_a_return_settles_what_is_left_and_closes_the_invoice() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 3, 50_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    shop.sandbox.return_units(order, &[(sku.as_str(), 1)]).unwrap();
    let chosen = shop.desk.mapping(false).await.unwrap().mapping.warehouses[0].accurate_id;
    let into = PlanOptions { warehouse: Some(chosen.0.to_string()), ..only(&[order]) };
    assert_eq!(shop.sync("returns", &into).await.run.posted, 1);
    shop.sandbox.pay_out(&[(order, Fees { service_fee: 3_000, ..Fees::default() })]).unwrap();
    let paid = shop.sync("receipts", &only(&[order])).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("97000")), "{:?}", paid.plan.blocked);
    assert_eq!((paid.run.posted, shop.books().owing[&format!("L{order}")]), (1, Decimal::ZERO));
    shop.assert_balanced();
    // Booked, it stays booked.
    let again = shop.desk.plan("receipts", &only(&[order]), &|_| {}).await.unwrap();
    assert_eq!((again.counts.create, again.counts.same), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_forstok_voids_is_taken_out_and_one_that_a_person_changed_is_shown_first() {
    let shop = open().await;
    let sku = stocked(&shop);
    let orders = [place(&shop, &sku, 1, 50_000, &json!({})), place(&shop, &sku, 1, 60_000, &json!({}))];
    let made = shop.sync("invoices", &only(&orders)).await;
    for order in orders {
        shop.sandbox.void_invoice(order).unwrap();
    }
    // Somebody has put the price of the second right by hand.
    let number = format!("L{}", orders[1]);
    let operations = shop.operations(&made.plan.plan).await;
    let posted = &of_order(&operations, orders[1]).after;
    let changed = json!({
        "number": number, "description": posted["description"], "customerNo": posted["customer_no"],
        "detailItem": [{
            "itemNo": sku, "quantity": 1, "unitPrice": 59_000, "warehouseName": posted["line.001.warehouse_name"],
        }],
    });
    shop.sandbox.delete_in_accurate(shop.database, "sales-invoice", &number).unwrap();
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", changed).unwrap();
    let voided = shop.sync("voids", &only(&orders)).await;
    assert_eq!((voided.plan.counts.remove, voided.plan.counts.blocked), (1, 1), "{:?}", voided.plan);
    let books = shop.books();
    assert!(!books.invoices.contains_key(&format!("L{}", orders[0])));
    assert!(books.invoices.contains_key(&number), "what a person changed stays until a person has seen it");
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_was_paid_after_the_plan_to_void_it_stays() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 50_000, &json!({}));
    let made = shop.sync("invoices", &only(&[order])).await;
    let posted = of_order(&shop.operations(&made.plan.plan).await, order).after.clone();
    shop.sandbox.void_invoice(order).unwrap();
    let plan = shop.desk.plan("voids", &only(&[order]), &|_| {}).await.unwrap();
    assert_eq!(plan.counts.remove, 1);
    let number = format!("L{order}");
    let receipt = json!({
        "number": "BKM.1", "customerNo": posted["customer_no"], "bankNo": "110102", "chequeAmount": 50_000,
        "transDate": jiff::Timestamp::now().strftime("%d/%m/%Y").to_string(),
        "detailInvoice": [{ "invoiceNo": number, "paymentAmount": 50_000 }],
    });
    shop.sandbox.type_into_accurate(shop.database, "sales-receipt", receipt).unwrap();
    let run = shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((run.posted, run.held), (0, 1), "{run:?}");
    assert!(shop.books().invoices.contains_key(&number));
    let inbox = shop.desk.inbox().await.unwrap();
    assert!(inbox.causes.iter().any(|cause| cause.code == "changed_since"), "{:?}", inbox.causes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_was_voided_is_posted_no_more_and_is_made_again_when_forstok_has_one_again() {
    let shop = open().await;
    let sku = stocked(&shop);
    let [order, other] = [50_000, 60_000].map(|price| place(&shop, &sku, 1, price, &json!({})));
    let number = format!("L{order}");
    shop.sync("invoices", &only(&[other])).await;
    let posted = async || -> u32 {
        let folder = tempfile::tempdir().unwrap();
        let month = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).strftime("%Y-%m");
        shop.desk.month_end(&month.to_string(), folder.path()).await.unwrap().totals.last().unwrap().posted
    };
    let before = posted().await;
    let made = shop.sync("invoices", &only(&[order])).await;
    assert_eq!((made.run.posted, posted().await), (1, before + 1));

    shop.sandbox.void_invoice(order).unwrap();
    assert_eq!(shop.sync("voids", &only(&[order])).await.plan.counts.remove, 1);
    assert_eq!(posted().await, before, "what was voided is not counted as posted");
    let undo = shop.desk.run_sheet(&made.run.run).await.unwrap().undo;
    assert_eq!((undo.rows, undo.impossible.unwrap().code.as_str()), (0, "undo_done"));
    let undo = shop.desk.plan_undo(&made.run.run, &|_| {}).await.unwrap();
    assert_eq!((undo.counts.remove, undo.counts.same, undo.counts.blocked), (0, 1, 0), "{undo:?}");

    // As long as it is void in Forstok, it is not invoiced anew.
    let left = shop.sync("invoices", &only(&[order])).await;
    assert_eq!((left.plan.counts.create, left.plan.counts.same), (0, 1), "{:?}", left.plan);
    assert_eq!(of_order(&shop.operations(&left.plan.plan).await, order).reason.code, "order_invoice_voided");
    assert!(!shop.books().invoices.contains_key(&number));

    // The payout brings the invoice back to life.
    shop.sandbox.pay_out(&[(order, Fees::default())]).unwrap();
    let again = shop.sync("invoices", &only(&[order])).await;
    assert_eq!((again.plan.counts.create, again.run.posted), (1, 1), "{:?}", again.plan);
    assert_eq!((shop.books().invoices[&number], posted().await), (Decimal::from(50_000), before + 1));
    assert_eq!(shop.sync("invoices", &only(&[order])).await.plan.counts.create, 0, "once");
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_run_expects_no_invoice_of_an_order_whose_invoice_is_void() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 50_000, &json!({}));
    let number = format!("L{order}");
    let told = async || {
        let view = shop.desk.shadow(None).await.unwrap();
        let row = view.rows.into_iter().find(|row| row.number == number);
        row.map(|row| (row.agreement, row.reason.map(|reason| reason.code)))
    };
    assert_eq!(told().await, Some(("missing".to_owned(), None)));
    shop.sandbox.void_invoice(order).unwrap();
    assert_eq!(told().await, None, "nothing is missing");
    let sheet = shop.desk.order_sheet(&number, true).await.unwrap();
    assert_eq!(sheet.held.unwrap().code, "order_invoice_voided");
    // One that another integration has left there is one too many.
    let (no, name) = ("C.1", "Toko");
    shop.sandbox.type_into_accurate(shop.database, "customer", json!({ "name": name, "customerNo": no })).unwrap();
    let line = json!({ "itemNo": sku, "quantity": 1, "unitPrice": 50_000 });
    let left = json!({ "number": number, "description": order.to_string(), "customerNo": no, "detailItem": [line] });
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", left).unwrap();
    assert_eq!(told().await, Some(("extra".to_owned(), Some("order_invoice_voided".to_owned()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_void_has_deleted_comes_back_as_it_was_and_can_be_voided_again() {
    let shop = open().await;
    let sku = stocked(&shop);
    let [paid, unpaid] = [50_000, 60_000].map(|price| place(&shop, &sku, 1, price, &json!({})));
    let orders = [paid, unpaid];
    let invoiced = shop.sync("invoices", &only(&orders)).await;
    shop.sandbox.pay_out(&[(paid, Fees { service_fee: 1_500, ..Fees::default() })]).unwrap();
    let received = shop.sync("receipts", &only(&[paid])).await;
    assert_eq!((invoiced.run.posted, received.run.posted), (3, 1), "a customer, two invoices, a receipt");
    let (before, there) = (shop.books(), in_books(&shop, &sku));
    let as_before = || {
        let books = shop.books();
        assert_eq!((&books.invoices, &books.receipts), (&before.invoices, &before.receipts));
        assert_eq!((&books.owing, &books.ledger), (&before.owing, &before.ledger));
        assert_eq!(in_books(&shop, &sku), there);
    };

    shop.sandbox.advance_order(paid, "Cancelled").unwrap();
    shop.sandbox.void_invoice(unpaid).unwrap();
    // The money of the first has come: a person says that it is to go all the same.
    assert_eq!(shop.sync("voids", &only(&[paid])).await.plan.counts.remove, 0);
    let send = async || {
        let (keys, reason) = (vec![format!("void-invoice:{paid}")], "uangnya dikembalikan".to_owned());
        let choice = RowChoiceInput { keys, choice: "send".into(), number: None, reason };
        shop.desk.decide_rows(&choice, "Rina").await.unwrap();
    };
    send().await;
    let voided = shop.sync("voids", &only(&orders)).await;
    assert_eq!((voided.run.posted, voided.plan.total.as_deref()), (3, Some("110000")));
    assert_eq!(shop.books().invoices.len(), before.invoices.len() - 2);
    let undone = async |run: &str| {
        let plan = shop.desk.plan_undo(run, &|_| {}).await.unwrap();
        let run = shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!((run.failed, run.unknown, run.held), (0, 0, 0), "{:?}", plan.blocked);
        let proof = shop.desk.prove(&run.run, &|_| {}).await.unwrap();
        (plan, run, proof)
    };

    let sheet = shop.desk.run_sheet(&voided.run.run).await.unwrap();
    assert_eq!((sheet.total.as_deref(), sheet.undo.rows, sheet.undo.impossible), (Some("110000"), 3, None));
    assert_eq!(sheet.undo.scope[0].code, "undo_voids_scope");
    let (plan, run, proof) = undone(&voided.run.run).await;
    assert_eq!((plan.kind.as_str(), plan.counts.create, plan.total.as_deref()), ("undo-voids", 3, Some("110000")));
    assert_eq!((run.posted, proof.checked, proof.differences.len()), (3, 3, 0), "{:?}", proof.differences);
    as_before();
    shop.assert_balanced();

    // Once more it has nothing to do, and nor has an undo of the runs whose records are gone.
    let (plan, run, _) = undone(&voided.run.run).await;
    assert_eq!((plan.counts.create, plan.counts.same, run.posted), (0, 3, 0));
    let again = shop.desk.run_sheet(&voided.run.run).await.unwrap();
    assert_eq!(again.undo.impossible.unwrap().code, "undo_done");
    for (sync, rows) in [(&invoiced, 1), (&received, 0)] {
        assert_eq!(shop.desk.run_sheet(&sync.run.run).await.unwrap().undo.rows, rows, "only the customer is left");
    }
    as_before();

    // What is back stands: it is not made a second time, shows on the order's sheet, and goes again as long as its order is void.
    for kind in ["invoices", "receipts"] {
        let plan = shop.desk.plan(kind, &only(&orders), &|_| {}).await.unwrap();
        let operations = shop.operations(&plan.plan).await;
        assert_eq!(plan.counts.create, 0, "{kind}");
        assert!(operations.iter().all(|one| one.reason.code == "posted_before"), "{operations:?}");
    }
    let sheet = shop.desk.order_sheet(&paid.to_string(), true).await.unwrap();
    let journal: Vec<_> = sheet.journal.iter().map(|one| (one.kind.as_str(), one.state.as_str())).collect();
    assert_eq!(journal, [("invoices", "posted"), ("receipts", "posted")]);
    assert!(sheet.documents.iter().all(|one| one.by_selaras) && sheet.documents.len() == 2, "{:?}", sheet.documents);
    assert_eq!(shop.sync("voids", &only(&[paid])).await.plan.counts.remove, 0, "asked about anew");
    send().await;
    let second = shop.sync("voids", &only(&orders)).await;
    assert_eq!((second.plan.counts.remove, second.plan.counts.blocked, second.run.posted), (3, 0, 3));
    assert_eq!(shop.books().invoices.len(), before.invoices.len() - 2);
    assert_eq!(
        shop.desk.plan_undo(&voided.run.run, &|_| {}).await.unwrap().counts.create,
        0,
        "that is the newer run's"
    );
    undone(&second.run.run).await;
    as_before();
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_dated_into_a_closed_period() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 50_000, &json!({}));
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date();
    shop.sandbox.close_books(shop.database, today).unwrap();
    let run = shop.desk.sync("invoices", &only(&[order]), CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((run.run.posted, run.run.failed, run.run.unknown), (1, 1, 0), "only the customer: {run:?}");
    assert!(!shop.books().invoices.contains_key(&format!("L{order}")));
    let inbox = shop.desk.inbox().await.unwrap();
    assert!(inbox.causes.iter().any(|cause| cause.code == "period_closed"), "{:?}", inbox.causes);
    // A closed month that is known is not even tried.
    let mut mapping = shop.desk.mapping(false).await.unwrap().mapping;
    mapping.sales.as_mut().unwrap().closed_until = Some(today.to_string());
    shop.desk.save_mapping(&mapping, "saved").await.unwrap();
    let plan = shop.desk.plan("invoices", &only(&[order]), &|_| {}).await.unwrap();
    assert_eq!((plan.counts.create, plan.counts.blocked), (0, 1), "{:?}", plan.blocked);
}

async fn import(shop: &Shop, list: ImportList, name: &str, text: &str) -> ImportView {
    let input = ImportInput {
        list,
        file_name: name.to_owned(),
        content: base64::engine::general_purpose::STANDARD.encode(text),
        columns: BTreeMap::new(),
        channel: (list == ImportList::Settlement).then_some(Id(12)),
    };
    let view = shop.desk.import_file(&input).await.unwrap();
    assert_eq!(view.missing, [""; 0], "{name}");
    view
}

#[tokio::test(flavor = "multi_thread")]
async fn settlements_are_imported_twice_and_counted_once_and_close_the_clearing_account() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 40_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date();
    let head = "No Pesanan;Tanggal;Tipe;Subtotal;Biaya Layanan;Total\n";
    let released = format!("L{order};{day};Pesanan;40.000;-1.500;38.500\n");
    let withdrawn = format!(";{day};Penarikan Dana;;;-38.500\n");
    assert_eq!(import(&shop, ImportList::Settlement, "a.csv", &format!("{head}{released}")).await.rows, 1);
    assert_eq!(import(&shop, ImportList::Settlement, "b.csv", &format!("{head}{released}{withdrawn}")).await.rows, 2);

    let settled = PlanOptions { source: Some("settlement".into()), ..only(&[order]) };
    let paid = shop.sync("receipts", &settled).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("38500")));
    assert_eq!(shop.books().owing[&format!("L{order}")], Decimal::ZERO);
    shop.assert_balanced();
    let query = ReconciliationQuery {
        refresh: true,
        search: Some(format!("L{order}")),
        page: PageQuery::default(),
        ..ReconciliationQuery::default()
    };
    let view = shop.desk.reconciliation(&query).await.unwrap();
    assert_eq!(view.rows.len(), 1, "{:?}", view.rows);
    assert_eq!((view.rows[0].cause.as_str(), view.rows[0].paid_out.as_str()), ("matched", "38500"));
    let withdrawn: Decimal =
        view.causes.iter().filter(|cause| cause.cause == "withdrawal").map(|cause| Decimal::from(cause.count)).sum();
    assert_eq!(withdrawn, Decimal::ONE, "{:?}", view.causes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_in_several_rows_is_one_receipt_and_a_number_of_no_order_waits_in_the_inbox() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 100_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date();
    let text = format!(
        "No Pesanan;Tanggal;Tipe;Subtotal;Biaya Layanan;Total\nL{order};{day};Pesanan;100.000;;100.000\n\
         L{order};{day};Potongan biaya;0;-3.000;-3.000\nLATER;{day};Pesanan;40.000;;40.000\n"
    );
    import(&shop, ImportList::Settlement, "a.csv", &text).await;
    let settled = PlanOptions { source: Some("settlement".into()), ..back_fill() };
    let paid = shop.sync("receipts", &settled).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("97000")), "{:?}", paid.plan.blocked);
    assert_eq!(shop.books().owing[&format!("L{order}")], Decimal::ZERO);
    let waiting = |inbox: InboxView| {
        let cause = inbox.causes.into_iter().find(|cause| cause.code == "payout_order_unknown");
        cause.map(|cause| (cause.count, cause.amount.unwrap_or_default()))
    };
    assert_eq!(waiting(shop.desk.inbox().await.unwrap()), Some((1, "40000".to_owned())));

    let late = place(&shop, &sku, 1, 40_000, &json!({ "local_name": "LATER" }));
    shop.sync("invoices", &only(&[late])).await;
    let paid = shop.sync("receipts", &settled).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("40000")), "{:?}", paid.plan.blocked);
    assert_eq!(waiting(shop.desk.inbox().await.unwrap()), None);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_orders_lives_on_its_files() {
    // What the API would tell is asked of a shop that has it; another that has not gets it as files.
    let options =
        SandboxOptions { items: 12, orders: 0, forstok_assumed_endpoints: false, ..SandboxOptions::default() };
    let shop = open_by_files(options).await;
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date();
    let refused = shop.desk.plan("receipts", &back_fill(), &|_| {}).await.unwrap_err();
    assert_eq!(refused.code, selaras_app::error::ErrorCode::NotOffered);
    let payments =
        format!("Reference;Paid At;Order ID;Subtotal;Service Fee;Total\nTRF-1;{day};SO-900001;80.000;3.000;77.000\n");
    import(&shop, ImportList::Payments, "payments.csv", &payments).await;
    let made = shop.sync("invoices", &back_fill()).await;
    assert!(made.run.posted >= 1 && made.plan.counts.blocked == 0, "{:?} {:?}", made.plan.counts, made.plan.blocked);
    assert_eq!(shop.books().invoices["FILE-1"], Decimal::from(80_000));
    let paid = shop.sync("receipts", &back_fill()).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("77000")));
    assert_eq!(shop.books().owing["FILE-1"], Decimal::ZERO);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_offered_and_refused_for_once_stops_the_plan_and_is_no_empty_list() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 40_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    shop.sandbox.void_invoice(order).unwrap();
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date();
    let settlement =
        format!("No Pesanan;Tanggal;Tipe;Subtotal;Biaya Layanan;Total\nL{order};{day};Pesanan;40.000;-1.500;38.500\n");
    import(&shop, ImportList::Settlement, "a.csv", &settlement).await;
    let money = ReconciliationQuery { refresh: true, ..ReconciliationQuery::default() };

    for (list, kinds) in [("invoices", &["invoices", "receipts", "returns", "voids"][..]), ("payments", &["receipts"])]
    {
        shop.sandbox.set_faults(format!("forstok:{list}.json=html_404").parse().unwrap());
        let refused = |error: selaras_app::error::AppError| {
            assert_eq!((error.code, error.params["what"].as_str()), (selaras_app::error::ErrorCode::NotOffered, list));
        };
        for kind in kinds {
            refused(shop.desk.plan(kind, &only(&[order]), &|_| {}).await.unwrap_err());
        }
        refused(shop.desk.reconciliation(&money).await.unwrap_err());
    }
    shop.sandbox.set_faults(selaras_sandbox::FaultSchedule::default());
    assert_eq!(shop.sync("voids", &only(&[order])).await.plan.counts.remove, 1);
}

/// A shop whose account tells nothing: its goods and its orders come from files.
async fn open_by_files(options: SandboxOptions) -> Shop {
    let shop = crate::shared::connected(options).await;
    let goods = "SKU,Nama Produk,Harga Jual\nKOPI-1,Kopi Gayo,40000\n";
    import(&shop, ImportList::MasterItems, "produk.csv", goods).await;
    let day = thirty_days_ago();
    let orders = format!(
        "Order ID,Order Number,Status,Order Date,Store ID,Store,Channel,Warehouse ID,SKU,Qty,Price,Total\n\
         SO-900001,FILE-1,Ready to ship,{day},7001,Toko-Contoh-1,Shopee,195,KOPI-1,2,40000,80000\n"
    );
    import(&shop, ImportList::Orders, "orders.csv", &orders).await;
    crate::shared::mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    shop
}
