//! Payouts as marketplaces make them, against the sandbox: less what they take back, in parts, of orders that are cancelled later; and what a
//! person decides about them. The judges are the sandbox's own books.

use crate::shared::{Shop, back_fill, open, open_with, place, stocked};
use rust_decimal::Decimal;
use selaras_app::error::ErrorCode;
use selaras_app::view::{PlanOptions, ReconciliationQuery, RowChoiceInput};
use selaras_sandbox::{Fees, SandboxOptions};
use serde_json::json;
use tokio_util::sync::CancellationToken;

fn only(orders: &[i64]) -> PlanOptions {
    PlanOptions { orders: orders.iter().map(ToString::to_string).collect(), ..PlanOptions::default() }
}

fn choice(key: &str, choice: &str) -> RowChoiceInput {
    let (keys, reason) = (vec![key.to_owned()], "sudah dilihat".to_owned());
    RowChoiceInput { keys, choice: choice.into(), number: None, reason }
}

/// The open rows of documents of sales: cause and key.
async fn waiting(shop: &Shop) -> Vec<(String, String)> {
    let inbox = shop.desk.inbox_with_keys().await.unwrap();
    let of_sales = inbox.causes.into_iter().filter(|cause| !cause.choices.is_empty());
    of_sales.flat_map(|cause| cause.keys.into_iter().map(move |key| (cause.code.clone(), key))).collect()
}

fn owing(shop: &Shop, order: i64) -> Decimal {
    shop.books().owing[&format!("L{order}")]
}

/// What is on the cash and bank accounts, by the books' own ledger.
fn received(shop: &Shop) -> Decimal {
    let ledger = shop.books().ledger;
    ledger.iter().filter(|(account, _)| account.starts_with("1101")).map(|(_, amount)| *amount).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_less_a_refund_books_its_orders_and_shows_the_refund_to_the_rupiah() {
    let shop = open().await;
    let sku = stocked(&shop);
    let [first, second, earlier] = [190_000, 285_000, 95_000].map(|price| place(&shop, &sku, 1, price, &json!({})));
    let orders = [first, second, earlier];
    shop.sync("invoices", &only(&orders)).await;
    let none = Fees::default();
    shop.sandbox.pay_out(&[(earlier, none)]).unwrap();
    let before = received(&shop);
    shop.sync("receipts", &only(&orders)).await;
    assert_eq!(received(&shop) - before, Decimal::from(95_000));
    shop.sandbox.pay_out_less(&[(first, none), (second, none)], &[(earlier, 95_000)]).unwrap();
    let paid = shop.sync("receipts", &only(&orders)).await;
    let run = &paid.run;
    assert_eq!((run.input, run.posted, run.held, run.failed, run.unknown), (2, 1, 1, 0, 0));
    assert_eq!(received(&shop) - before, Decimal::from(95_000 + 190_000 + 285_000));
    assert_eq!(orders.map(|order| owing(&shop, order)), [Decimal::ZERO; 3]);
    shop.assert_balanced();
    let rows = waiting(&shop).await;
    assert_eq!(rows.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["payout_refund"]);
    // The reconciliation says the same: 380,000 = 190,000 + 285,000 − 95,000.
    let query = ReconciliationQuery { refresh: true, ..ReconciliationQuery::default() };
    let view = shop.desk.reconciliation(&query).await.unwrap();
    let of = |cause: &str| view.causes.iter().find(|one| one.cause == cause).unwrap();
    assert_eq!((of("refunded").count, of("refunded").amount.as_str(), of("refunded").open), (1, "-95000", true));
    for clearing in &view.clearing {
        let figure = |text: &str| text.parse::<Decimal>().unwrap();
        let start = clearing.balance.as_deref().unwrap_or(&clearing.expected);
        let steps: Decimal = clearing.steps.iter().map(|step| figure(&step.amount)).sum();
        assert_eq!(figure(start) + steps, Decimal::ZERO);
    }
    let sheet = shop.desk.order_sheet(&format!("L{earlier}"), false).await.unwrap();
    assert!(sheet.whole, "{sheet:?}");
    let last: Vec<_> = sheet.bars.iter().rev().take(2).map(|bar| (bar.code.as_str(), bar.running.as_str())).collect();
    assert_eq!(last, [("payout", "0"), ("taken_back", "0")]);

    // To send it is refused with why; to leave it out has an effect.
    let key = rows[0].1.clone();
    let refused = shop.desk.decide_rows(&choice(&key, "send"), "Rina").await.unwrap_err();
    assert_eq!(
        (refused.code, refused.params["reason"].as_str()),
        (ErrorCode::DecisionNotPossible, "decision_cannot_send")
    );
    assert_eq!(refused.params["cause"], "payout_refund");
    shop.desk.decide_rows(&choice(&key, "never"), "Rina").await.unwrap();
    let again = shop.sync("receipts", &only(&orders)).await;
    assert_eq!((again.plan.counts.create, waiting(&shop).await), (0, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_paid_in_two_parts_has_two_receipts() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 100_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    let before = shop.books().receipts.len();
    shop.sandbox.pay_out_part(order, 60_000).unwrap();
    let first = shop.sync("receipts", &only(&[order])).await;
    assert_eq!((first.plan.total.as_deref(), owing(&shop, order)), (Some("60000"), Decimal::from(40_000)));
    shop.sandbox.pay_out_part(order, 40_000).unwrap();
    let second = shop.sync("receipts", &only(&[order])).await;
    assert_eq!((second.plan.total.as_deref(), owing(&shop, order)), (Some("40000"), Decimal::ZERO));
    assert_eq!(shop.books().receipts.len(), before + 2);
    assert_eq!(shop.sync("receipts", &only(&[order])).await.plan.counts.create, 0, "once");
    // Both at once come to the same.
    let other = place(&shop, &sku, 1, 100_000, &json!({}));
    shop.sync("invoices", &only(&[other])).await;
    shop.sandbox.pay_out_part(other, 60_000).unwrap();
    shop.sandbox.pay_out_part(other, 40_000).unwrap();
    let both = shop.sync("receipts", &only(&[other])).await;
    assert_eq!((both.run.posted, owing(&shop, other)), (2, Decimal::ZERO));
    shop.assert_balanced();
    let sheet = shop.desk.order_sheet(&format!("L{other}"), true).await.unwrap();
    assert_eq!((sheet.cause.as_str(), sheet.whole), ("matched", true), "{sheet:?}");
    assert_eq!(sheet.bars.last().map(|bar| (bar.running.as_str(), bar.booked.as_str())), Some(("100000", "receipt")));
    // The same where each transfer tells the whole invoice beside the part that it brings.
    let told_whole = place(&shop, &sku, 1, 100_000, &json!({}));
    shop.sync("invoices", &only(&[told_whole])).await;
    shop.sandbox.pay_out_part(told_whole, 60_000).unwrap();
    shop.sandbox.pay_out_part(told_whole, 40_000).unwrap();
    shop.sandbox.set_faults("forstok:payments=put(*/invoices/0/total|100000)".parse().unwrap());
    let parts = shop.sync("receipts", &only(&[told_whole])).await;
    assert_eq!((parts.run.posted, parts.plan.total.as_deref()), (2, Some("100000")), "{:?}", parts.plan.blocked);
    assert_eq!(owing(&shop, told_whole), Decimal::ZERO);
    shop.sandbox.set_faults("".parse().unwrap());
    // Both are taken back, and the invoice is owed whole.
    let undo = shop.desk.plan_undo(&both.run.run, &|_| {}).await.unwrap();
    let run = shop.desk.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((run.posted, run.failed, owing(&shop, other)), (2, 0, Decimal::from(100_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_that_is_cancelled_keeps_its_receipt_until_a_person_has_decided() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 50_000, &json!({}));
    let paid = async || {
        shop.sync("invoices", &only(&[order])).await;
        shop.sandbox.pay_out(&[(order, Fees::default())]).unwrap();
        shop.sync("receipts", &only(&[order])).await
    };
    let received = paid().await;
    assert_eq!(received.run.posted, 1);
    let before = shop.books();
    shop.sandbox.void_invoice(order).unwrap();
    let held = shop.sync("voids", &only(&[order])).await;
    assert_eq!((held.plan.counts.remove, held.run.held, held.run.posted), (0, 2, 0));
    assert_eq!((shop.books().receipts, shop.books().invoices), (before.receipts.clone(), before.invoices.clone()));
    let rows = waiting(&shop).await;
    assert_eq!(rows.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["void_of_paid"; 2]);
    let causes = shop.desk.inbox().await.unwrap().causes;
    let reason = causes.into_iter().find(|cause| cause.code == "void_of_paid").unwrap();
    assert_eq!(
        (reason.reason.params["received"].as_str(), reason.choices),
        ("50000", vec!["send".to_owned(), "never".to_owned()])
    );
    let receipt = rows.iter().find(|(_, key)| key.starts_with("void-receipt:")).unwrap().1.clone();
    // There is no document that could have been entered instead.
    let entered = RowChoiceInput { number: Some("BKM.1".into()), ..choice(&receipt, "entered") };
    let refused = shop.desk.decide_rows(&entered, "Rina").await.unwrap_err();
    assert_eq!(
        (refused.code, refused.params["reason"].as_str()),
        (ErrorCode::DecisionNotPossible, "decision_no_document")
    );

    shop.desk.decide_rows(&choice(&receipt, "send"), "Rina").await.unwrap();
    let voided = shop.sync("voids", &only(&[order])).await;
    assert_eq!((voided.plan.counts.remove, voided.run.posted, waiting(&shop).await), (2, 2, Vec::new()));
    assert!(!shop.books().invoices.contains_key(&format!("L{order}")));
    shop.assert_balanced();

    // The word was about that receipt: another one of the same order is asked about anew.
    shop.sandbox.pay_out(&[(order, Fees::default())]).unwrap();
    shop.sync("invoices", &only(&[order])).await;
    assert!(shop.sync("receipts", &only(&[order])).await.run.posted > 0);
    shop.sandbox.void_invoice(order).unwrap();
    let again = shop.sync("voids", &only(&[order])).await;
    assert_eq!(again.plan.counts.remove, 0, "{:?}", again.plan.blocked);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_their_mind_before_anything_is_sent_is_followed() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 1, 50_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    shop.sandbox.pay_out(&[(order, Fees::default())]).unwrap();
    shop.sync("receipts", &only(&[order])).await;
    shop.sandbox.void_invoice(order).unwrap();
    shop.sync("voids", &only(&[order])).await;
    let rows = waiting(&shop).await;
    let key = rows.iter().find(|(_, key)| key.starts_with("void-invoice:")).unwrap().1.clone();
    shop.desk.decide_rows(&choice(&key, "send"), "Rina").await.unwrap();
    assert_eq!(shop.desk.plan("voids", &only(&[order]), &|_| {}).await.unwrap().counts.remove, 2);
    shop.desk.inbox_dismiss(&[key], "uangnya memang datang", "Rina").await.unwrap();
    assert_eq!(shop.sync("voids", &only(&[order])).await.plan.counts.remove, 0);
    assert!(shop.books().invoices.contains_key(&format!("L{order}")));
    assert_eq!(waiting(&shop).await, Vec::new(), "the other row goes with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_made_up_shop_with_odd_payouts_closes_to_the_rupiah() {
    let options = SandboxOptions { items: 40, orders: 48, odd_payouts: true, ..SandboxOptions::default() };
    let shop = open_with(options).await;
    shop.sync("invoices", &back_fill()).await;
    let paid = shop.sync("receipts", &back_fill()).await;
    let run = &paid.run;
    assert_eq!(run.input, run.posted + run.held + run.failed + run.unknown);
    assert!(run.posted > 2, "{run:?}");
    let causes: Vec<String> = waiting(&shop).await.into_iter().map(|(code, _)| code).collect();
    assert!(causes.iter().any(|code| code == "payout_refund"), "{causes:?}");
    assert!(!causes.iter().any(|code| code == "payout_twice" || code == "payout_equation"), "{causes:?}");
    shop.assert_balanced();
}
