//! Payouts as marketplaces make them: with what they take back, in parts, told twice, partly entered by somebody else.

use super::*;

fn sold(id: i64, price: i64) -> Order {
    order(id, &format!("N{id}"), vec![line("MUG", 1, price)])
}

/// A payout of this much for an order, as its invoice in Forstok has it.
fn paid(order: &Order, total: i64) -> OrderInvoice {
    OrderInvoice { total: total.into(), ..shop_invoice(order, [0; 5]) }
}

fn on(day: i8, reference: &str, invoices: Vec<OrderInvoice>) -> Payment {
    Payment { paid_at: wib(&format!("2024-01-{day}T00:00:00")), ..payment(reference, invoices) }
}

/// Action, reason and amount of each row.
fn told(operations: &[Operation]) -> Vec<(Action, &str, &str)> {
    operations.iter().map(|one| (one.action, one.reason.code.as_str(), one.after["total"].as_str())).collect()
}

/// What each receipt settles, with what arrives of it.
fn settled(operations: &[Operation]) -> Vec<(String, String)> {
    let receipts = operations.iter().filter(|one| one.action == Action::Create);
    let payments = receipts.flat_map(|one| documents::receipt(one).unwrap().payments);
    payments.map(|one| (one.amount.text(), one.received().text())).collect()
}

fn pair(amount: &str, received: &str) -> (String, String) {
    (amount.to_owned(), received.to_owned())
}

/// What becomes of a plan's receipts once they are posted.
fn posted(operations: &[Operation]) -> BTreeMap<OperationKey, Fields> {
    let sent = operations.iter().filter(|one| one.action == Action::Create);
    sent.map(|one| (one.key.clone(), one.after.clone())).collect()
}

const READY: (Action, &str) = (Action::Create, "payout_ready");

#[test]
fn what_a_payout_takes_back_for_an_earlier_order_is_a_refund_and_holds_back_no_other() {
    let orders = [sold(1, 190_000), sold(2, 285_000), sold(3, 95_000)];
    let earlier = on(10, "P0", vec![paid(&orders[2], 95_000)]);
    let later = on(20, "P1", vec![paid(&orders[0], 190_000), paid(&orders[1], 285_000), paid(&orders[2], -95_000)]);
    assert_eq!(later.received, 380_000.into());
    let payments = [earlier.clone(), later.clone()];
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    let expected =
        [(READY.0, READY.1, "95000"), (READY.0, READY.1, "475000"), (Action::Blocked, "payout_refund", "-95000")];
    assert_eq!(told(&operations), expected);
    assert_eq!(settled(&operations), [pair("95000", "95000"), pair("190000", "190000"), pair("285000", "285000")]);
    let reason = &operations[2].reason;
    assert_eq!((reason.params["order"].as_str(), reason.params["amount"].as_str()), ("N3", "95000"));
    assert_eq!(reason.params["receipt"], operations[0].after["number"], "the receipt that it takes back");
    assert_eq!(
        (reason.params["account"].as_str(), reason.params["date"].as_str()),
        ("110102 Akun 110102", "2024-01-20")
    );
    // The same once the earlier one is posted, and it never becomes a receipt.
    let again = Plans { posted: posted(&operations), ..Plans::of(&orders, &payments) }.plan(&World::new());
    let expected =
        [(Action::Same, "posted_before"), (Action::Same, "posted_before"), (Action::Blocked, "payout_refund")];
    assert_eq!(reasons(&again), expected);
    assert_eq!(again[2].reason, operations[2].reason);
}

#[test]
fn a_refund_alone_or_too_early_or_too_large_says_so() {
    let orders = [sold(1, 95_000)];
    let back = |day: i8, total: i64| on(day, "BACK", vec![paid(&orders[0], total)]);
    let first = on(10, "P0", vec![paid(&orders[0], 95_000)]);
    let of = |payments: &[Payment]| {
        let operations = Plans::of(&orders, payments).plan(&World::new());
        operations.into_iter().map(|one| (one.action, one.reason.code)).collect::<Vec<_>>()
    };
    let held = |code: &str| (Action::Blocked, code.to_owned());
    let ready = (READY.0, READY.1.to_owned());
    assert_eq!(of(&[back(20, -95_000)]), [held("payout_refund_unpaid")]);
    assert_eq!(of(&[first.clone(), back(20, -95_000)]), [ready.clone(), held("payout_refund")]);
    assert_eq!(of(&[first.clone(), back(20, -40_000)]), [ready.clone(), held("payout_refund")]);
    assert_eq!(of(&[first.clone(), back(20, -95_001)]), [ready.clone(), held("payout_refund_over")]);
    // A fee that is taken later is no payout that was told twice.
    let fee = OrderInvoice { service_fee: 3_000.into(), subtotal: Some(Money::ZERO), ..paid(&orders[0], -3_000) };
    let later = on(20, "FEE", vec![fee]);
    assert_eq!(of(&[first.clone(), later]), [ready.clone(), held("payout_refund")]);
    let stranger = OrderInvoice { order: OrderId(9), ..paid(&orders[0], -1_000) };
    assert_eq!(of(&[on(20, "BACK", vec![stranger])]), [held("payout_order_unknown")]);
}

#[test]
fn a_person_decides_about_a_refund() {
    let orders = [sold(1, 95_000)];
    let payments = [on(10, "P0", vec![paid(&orders[0], 95_000)]), on(20, "P1", vec![paid(&orders[0], -95_000)])];
    let mut world = World::new();
    let key = Plans::of(&orders, &payments).plan(&world)[1].key.0.clone();
    world.decide(&key, RowChoice::Never);
    assert_eq!(reasons(&Plans::of(&orders, &payments).plan(&world))[1], (Action::Blocked, "skipped_by_person"));
    world.decide(&key, RowChoice::Entered { number: "SR.9".into() });
    assert_eq!(reasons(&Plans::of(&orders, &payments).plan(&world))[1], (Action::Same, "entered_by_person"));
}

#[test]
fn a_refund_in_a_transfer_over_two_stores_leaves_each_store_its_receipt() {
    let orders = [sold(1, 190_000), Order { store: OTHER_STORE, ..sold(2, 285_000) }, sold(3, 95_000)];
    let first = on(10, "P0", vec![paid(&orders[2], 95_000)]);
    let all = vec![paid(&orders[0], 190_000), paid(&orders[1], 285_000), paid(&orders[2], -95_000)];
    let operations = Plans::of(&orders, &[first, on(20, "P1", all)]).plan(&World::new());
    let amounts: Vec<&str> = operations.iter().map(|one| one.after["total"].as_str()).collect();
    assert_eq!(amounts, ["95000", "190000", "285000", "-95000"]);
    assert_eq!(reasons(&operations)[3], (Action::Blocked, "payout_refund"));
}

#[test]
fn fees_above_the_goods_are_the_orders_own_payout_and_no_refund() {
    let orders = [sold(1, 1_000), sold(2, 50_000)];
    let own = shop_invoice(&orders[0], [0, 0, 0, 0, 1_500]);
    assert_eq!(own.total, Money::from(-500));
    let payments = [payment("P", vec![own, paid(&orders[1], 50_000)])];
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(told(&operations), [(READY.0, READY.1, "49500")]);
    assert_eq!(settled(&operations), [pair("1000", "-500"), pair("50000", "50000")]);
}

#[test]
fn an_invoice_paid_in_parts_has_a_receipt_for_each_with_its_amount() {
    let orders = [sold(1, 100_000)];
    let payments = [on(10, "P1", vec![paid(&orders[0], 60_000)]), on(20, "P2", vec![paid(&orders[0], 40_000)])];
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(told(&operations), [(READY.0, READY.1, "60000"), (READY.0, READY.1, "40000")]);
    assert_eq!(settled(&operations), [pair("60000", "60000"), pair("40000", "40000")]);
    assert!(
        Receipts::default().phase(&operations[0]) < Receipts::default().phase(&operations[1]),
        "one after the other"
    );
    // One by one comes to the same.
    let first = posted(&operations[..1]);
    let later = Plans { posted: first, ..Plans::of(&orders, &payments) }.plan(&World::new());
    assert_eq!(reasons(&later), [(Action::Same, "posted_before"), READY]);
    assert_eq!(settled(&later), [pair("40000", "40000")]);
    assert_eq!(later[1].key, operations[1].key);
}

#[test]
fn three_parts_and_two_equal_halves_are_parts_too() {
    let orders = [sold(1, 100_000)];
    for parts in [vec![30_000, 30_000, 40_000], vec![50_000, 50_000], vec![10_000, 20_000, 30_000, 40_000]] {
        let payments: Vec<Payment> = parts
            .iter()
            .zip(10..)
            .map(|(part, day)| on(day, &format!("P{day}"), vec![paid(&orders[0], *part)]))
            .collect();
        let operations = Plans::of(&orders, &payments).plan(&World::new());
        assert!(reasons(&operations).into_iter().all(|one| one == READY), "{parts:?}: {:?}", reasons(&operations));
        let amounts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(settled(&operations).into_iter().map(|(amount, _)| amount).collect::<Vec<_>>(), amounts);
    }
}

#[test]
fn what_was_kept_is_booked_once_however_often_the_parts_tell_it() {
    let orders = [sold(1, 100_000)];
    let part = |total: i64, fee: i64| OrderInvoice { service_fee: fee.into(), ..paid(&orders[0], total) };
    // Told with each part, with the first, with the last, and shared out.
    for (first, second) in [
        ((60_000, 5_000), (35_000, 5_000)),
        ((60_000, 5_000), (35_000, 0)),
        ((60_000, 0), (35_000, 5_000)),
        ((60_000, 3_000), (35_000, 2_000)),
    ] {
        let payments = [on(10, "P1", vec![part(first.0, first.1)]), on(20, "P2", vec![part(second.0, second.1)])];
        let operations = Plans::of(&orders, &payments).plan(&World::new());
        assert_eq!(reasons(&operations), [READY, READY], "{first:?} {second:?}");
        let documents: Vec<ReceiptDocument> = operations.iter().map(|one| documents::receipt(one).unwrap()).collect();
        let payments = || documents.iter().flat_map(|one| &one.payments);
        assert_eq!(payments().map(|one| one.amount).sum::<Money>(), 100_000.into());
        let kept: Money = payments().flat_map(|one| &one.discounts).map(|one| one.amount).sum();
        assert_eq!(kept, 5_000.into());
        assert_eq!(documents.iter().map(|one| one.received).collect::<Vec<_>>(), [60_000.into(), 35_000.into()]);
        // When the second comes later, the first is as it was.
        let later = Plans { posted: posted(&operations[..1]), ..Plans::of(&orders, &[]) };
        let payments = [on(10, "P1", vec![part(first.0, first.1)]), on(20, "P2", vec![part(second.0, second.1)])];
        let later = Plans { payments: &payments, ..later }.plan(&World::new());
        assert_eq!(
            (later[1].reason.code.as_str(), &later[1].after["invoice.001.amount"]),
            ("payout_ready", &operations[1].after["invoice.001.amount"])
        );
    }
}

#[test]
fn a_first_part_is_booked_when_forstok_says_that_the_rest_is_still_to_come() {
    let orders = [sold(1, 100_000)];
    let payments = [on(10, "P1", vec![paid(&orders[0], 60_000)])];
    let alone = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(reasons(&alone), [(Action::Blocked, "payout_equation")], "a part, or a fee that is missing");
    let open = OrderInvoice { balance_due: 40_000.into(), ..shop_invoice(&orders[0], [0; 5]) };
    let shop_invoices = HashMap::from([(orders[0].id, open)]);
    let operations = Plans { shop_invoices, ..Plans::of(&orders, &payments) }.plan(&World::new());
    assert_eq!(settled(&operations), [pair("60000", "60000")]);
    let open = OrderInvoice { balance_due: 39_000.into(), ..shop_invoice(&orders[0], [0; 5]) };
    let shop_invoices = HashMap::from([(orders[0].id, open)]);
    let operations = Plans { shop_invoices, ..Plans::of(&orders, &payments) }.plan(&World::new());
    assert_eq!(reasons(&operations), [(Action::Blocked, "payout_equation")], "that is not the rest");
}

#[test]
fn a_person_says_that_a_payout_is_a_part() {
    let orders = [sold(1, 100_000)];
    let payments = [on(10, "P1", vec![paid(&orders[0], 60_000)])];
    let mut world = World::new();
    let key = Plans::of(&orders, &payments).plan(&world)[0].key.0.clone();
    world.decide(&key, RowChoice::Send);
    assert_eq!(settled(&Plans::of(&orders, &payments).plan(&world)), [pair("60000", "60000")]);
    // More than is owed is no part.
    let payments = [on(10, "P1", vec![paid(&orders[0], 100_001)])];
    let key = Plans::of(&orders, &payments).plan(&world)[0].key.0.clone();
    world.decide(&key, RowChoice::Send);
    assert_eq!(reasons(&Plans::of(&orders, &payments).plan(&world)), [(Action::Blocked, "payout_equation")]);
}

#[test]
fn a_part_that_is_told_twice_is_booked_once() {
    let orders = [sold(1, 100_000)];
    let part = |day: i8, reference: &str, total: i64| on(day, reference, vec![paid(&orders[0], total)]);
    let twice = (Action::Blocked, "payout_twice");
    let plan = |payments: &[Payment]| {
        let operations = Plans::of(&orders, payments).plan(&World::new());
        operations.into_iter().map(|one| (one.action, one.reason.code)).collect::<Vec<_>>()
    };
    let codes =
        |rows: &[(Action, &str)]| rows.iter().map(|(action, code)| (*action, (*code).to_owned())).collect::<Vec<_>>();
    let payments = [part(10, "P1", 60_000), part(11, "P1-ULANG", 60_000), part(20, "P2", 40_000)];
    assert_eq!(plan(&payments), codes(&[READY, twice, READY]));
    let payments = [part(10, "P1", 60_000), part(20, "P2", 40_000), part(21, "P2-ULANG", 40_000)];
    assert_eq!(plan(&payments), codes(&[READY, READY, twice]));
    // The same words twice are one payout: one key, one row.
    let payments = [part(10, "P1", 60_000), part(10, "P1", 60_000), part(20, "P2", 40_000)];
    assert_eq!(plan(&payments), codes(&[READY, READY]));
}

#[test]
fn the_rest_of_an_invoice_that_somebody_has_partly_paid_is_booked_when_it_fits() {
    let orders = [sold(1, 100_000)];
    let part = |total: i64| [on(20, "P2", vec![paid(&orders[0], total)])];
    let plan = |payments: &[Payment], owing: i64| {
        Plans { owing: Some(owing.into()), ..Plans::of(&orders, payments) }.plan(&World::new())
    };
    assert_eq!(settled(&plan(&part(40_000), 40_000)), [pair("40000", "40000")]);
    assert_eq!(reasons(&plan(&part(100_000), 40_000)), [(Action::Blocked, "invoice_owing_differs")]);
    assert_eq!(reasons(&plan(&part(30_000), 40_000)), [(Action::Blocked, "invoice_owing_differs")]);
    assert_eq!(reasons(&plan(&part(100_000), 0)), [(Action::Blocked, "invoice_paid_already")]);
    assert_eq!(reasons(&plan(&part(100_000), 120_000)), [(Action::Blocked, "invoice_owing_differs")]);
}

#[test]
fn one_unsound_invoice_is_one_held_row_and_the_others_are_booked() {
    let orders = [sold(1, 100_000), sold(2, 50_000), sold(3, 20_000)];
    let unknown = OrderInvoice { order: OrderId(9), ..paid(&orders[0], 7_000) };
    let invoices = vec![paid(&orders[0], 100_000), paid(&orders[1], 50_000), paid(&orders[2], 21_000), unknown];
    let payments = [payment("P", invoices)];
    let plans = Plans { without_invoice: vec![orders[1].id], ..Plans::of(&orders, &payments) };
    let operations = plans.plan(&World::new());
    let held = |code, total| (Action::Blocked, code, total);
    let expected = [
        (READY.0, READY.1, "100000"),
        held("payout_waits_for_invoice", "50000"),
        held("payout_equation", "21000"),
        held("payout_order_unknown", "7000"),
    ];
    assert_eq!(told(&operations), expected);
    // What waited follows in a receipt of its own, and the first stays what it is.
    let later = Plans { posted: posted(&operations), ..Plans::of(&orders, &payments) }.plan(&World::new());
    let expected = [
        (Action::Same, "posted_before", "100000"),
        (READY.0, READY.1, "50000"),
        held("payout_equation", "21000"),
        held("payout_order_unknown", "7000"),
    ];
    assert_eq!(told(&later), expected);
    assert_eq!(later[1].key, operations[1].key);
    let keys: BTreeSet<&OperationKey> = later.iter().map(|one| &one.key).collect();
    assert_eq!(keys.len(), later.len(), "a key is of one row");
}

#[test]
fn an_invoice_that_was_held_alone_leaves_the_inbox_when_its_stores_receipt_takes_it_up() {
    let orders = [sold(1, 100_000), sold(2, 50_000)];
    let payments = [payment("P", vec![paid(&orders[0], 100_000), paid(&orders[1], 50_000)])];
    let without = Plans { without_invoice: vec![orders[1].id], ..Plans::of(&orders, &payments) };
    let held = without.plan(&World::new())[1].key.clone();
    let plans = Plans { open: BTreeSet::from([held.clone()]), ..Plans::of(&orders, &payments) };
    let operations = plans.plan(&World::new());
    assert_eq!(reasons(&operations), [READY, (Action::Same, "payout_taken_up")]);
    assert_eq!((operations[0].after["total"].as_str(), &operations[1].key), ("150000", &held));
    // What a person has decided about it stays decided.
    let mut world = World::new();
    world.decide(&held.0, RowChoice::Never);
    let operations = Plans::of(&orders, &payments).plan(&world);
    assert_eq!(told(&operations), [(READY.0, READY.1, "100000"), (Action::Blocked, "skipped_by_person", "50000")]);
}

#[test]
fn equal_lines_of_one_payout_are_rows_of_their_own() {
    let orders = [sold(1, 95_000)];
    let first = on(10, "P0", vec![paid(&orders[0], 95_000)]);
    let back = on(20, "P1", vec![paid(&orders[0], -10_000), paid(&orders[0], -10_000)]);
    let operations = Plans::of(&orders, &[first, back]).plan(&World::new());
    assert_eq!(reasons(&operations), [READY, (Action::Blocked, "payout_refund"), (Action::Blocked, "payout_refund")]);
    assert_ne!(operations[1].key, operations[2].key);
    // Two halves in one transfer are one receipt with both.
    let halves = [on(20, "P", vec![paid(&orders[0], 47_500), paid(&orders[0], 47_500)])];
    let operations = Plans::of(&orders, &halves).plan(&World::new());
    assert_eq!((told(&operations), settled(&operations).len()), (vec![(READY.0, READY.1, "95000")], 2));
}
