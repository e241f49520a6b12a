use super::*;
use crate::kinds::receipts::ReceiptsInput;
use crate::kinds::sales_fixture::{World, head, line, order};
use jiff::civil::date;
use selaras_domain::decision::RowChoice;
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::ids::{OrderId, SalesInvoiceId};

/// A row of an order on 20 January 2024, in the file of channel 12: sub total, service fee, total.
fn row(number: &str, reference: &str, amounts: [i64; 3]) -> (i64, SettlementRow) {
    let [subtotal, service_fee, total] = amounts.map(Money::from);
    let amounts = CostStructure { subtotal, service_fee, total, ..CostStructure::default() };
    let (kind, date) = (SettlementKind::Order, date(2024, 1, 20));
    (12, SettlementRow { row: 2, kind, order_number: number.into(), reference: reference.into(), date, amounts })
}

fn on(day: i8, (channel, row): (i64, SettlementRow)) -> (i64, SettlementRow) {
    (channel, SettlementRow { date: date(2024, 1, day), ..row })
}

fn sold(id: i64, number: &str, price: i64) -> Order {
    order(id, number, vec![line("MUG", 1, price)])
}

/// The plan of receipts of these rows, every order with its invoice, and these rows waiting in the inbox.
fn planned(world: &World, rows: &[(i64, SettlementRow)], orders: &[Order], open: &[&str]) -> Vec<Operation> {
    let mut decisions = world.decisions.clone();
    let releases = releases(rows, orders);
    carry_over(&releases, &mut decisions);
    let company = Company { decisions: &decisions, ..world.company() };
    let none = BTreeMap::new();
    let document = |order: &Order| InvoiceDocument { id: Some(SalesInvoiceId(order.id.0)), ..world.invoice(order) };
    let documents: Vec<InvoiceDocument> = orders.iter().map(document).collect();
    let existing: Vec<_> = documents.iter().map(head).collect();
    let payments: Vec<Payment> = releases.iter().filter_map(Release::payment).collect();
    let mut operations = receipts::plan(&ReceiptsInput {
        company: &company,
        payments: &payments,
        orders,
        shop_invoices: &HashMap::new(),
        existing: &existing,
        documents: &documents.into_iter().map(|one| (one.number.clone(), one)).collect(),
        paid_by: &HashMap::new(),
        receipts: &HashMap::new(),
        posted: &none,
        open: &BTreeSet::new(),
        linked: &BTreeMap::new(),
        only: &[],
    });
    operations.extend(super::rows(&RowsInput {
        company: &company,
        releases: &releases,
        since: date(2024, 1, 5),
        open: &open.iter().map(|key| OperationKey((*key).into())).collect(),
        only: &[],
    }));
    operations
}

/// Action, reason and amount of each row.
fn told(operations: &[Operation]) -> Vec<(Action, &str, &str)> {
    operations.iter().map(|one| (one.action, one.reason.code.as_str(), one.after["received"].as_str())).collect()
}

#[test]
fn rows_of_one_order_on_one_day_are_one_payout() {
    let orders = [sold(1, "A", 100_000)];
    let rows = [row("A", "Penjualan", [100_000, 0, 100_000]), row(" A ", "Potongan biaya", [0, 3_000, -3_000])];
    let operations = planned(&World::new(), &rows, &orders, &[]);
    assert_eq!(told(&operations), [(Action::Create, "payout_ready", "97000")]);
    assert_eq!(operations[0].after["invoice.001.role.service_fee"], "3000");
    assert_eq!(operations[0].target.record, "Penjualan");
    // Without a column for what was kept nobody knows its account: the sum is held with what is missing, and no gross amount is booked.
    let rows = [row("A", "Penjualan", [100_000, 0, 100_000]), row("A", "Potongan biaya", [-3_000, 0, -3_000])];
    let operations = planned(&World::new(), &rows, &orders, &[]);
    assert_eq!(told(&operations), [(Action::Blocked, "payout_equation", "97000")]);
    assert_eq!(operations[0].reason.params["difference"], "-3000");
}

#[test]
fn a_second_payout_on_another_day_is_still_one_too_many() {
    let orders = [sold(1, "A", 40_000)];
    let rows = [on(21, row("A", "TX-2", [40_000, 0, 40_000])), row("A", "TX-1", [40_000, 1_500, 38_500])];
    let operations = planned(&World::new(), &rows, &orders, &[]);
    let expected = [(Action::Create, "payout_ready", "38500"), (Action::Blocked, "payout_twice", "40000")];
    assert_eq!(told(&operations), expected);
}

#[test]
fn the_receipt_of_a_single_row_keeps_its_number() {
    let orders = [sold(1, "A", 40_000)];
    let operations = planned(&World::new(), &[row("A", "TX-1", [40_000, 1_500, 38_500])], &orders, &[]);
    assert_eq!(operations[0].key.0, "receipt:SLP-00557A060E5E");
}

#[test]
fn an_order_is_found_by_its_number_on_its_channel_and_a_number_of_two_is_held() {
    let other = |id: i64, channel_id: i64| Order { channel_id, ..sold(id, "A", 40_000) };
    let payout = [row("A", "TX-1", [40_000, 0, 40_000])];
    let paid = |orders: &[Order]| {
        let releases = releases(&payout, orders);
        let order = releases[0].order.clone().map(|order| order.id).map_err(|reason| reason.code);
        (order, releases[0].payment().map(|payment| payment.invoices[0].order))
    };
    assert_eq!(paid(&[other(1, 15), other(2, 12)]), (Ok(OrderId(2)), Some(OrderId(2))));
    assert_eq!(paid(&[other(1, 15)]), (Ok(OrderId(1)), Some(OrderId(1))));
    for orders in [[other(1, 12), other(2, 12)], [other(1, 15), other(2, 16)]] {
        assert_eq!(paid(&orders), (Err("order_number_doubled".to_owned()), None));
        let operations = super::rows(&RowsInput {
            company: &World::new().company(),
            releases: &releases(&payout, &orders),
            since: date(2024, 1, 5),
            open: &BTreeSet::new(),
            only: &[],
        });
        assert_eq!(told(&operations), [(Action::Blocked, "order_number_doubled", "40000")]);
    }
}

#[test]
fn a_release_of_no_order_that_was_read_is_held_with_its_amount() {
    let orders = [sold(1, "A", 40_000)];
    let rows = [
        row("B", "TX-1", [40_000, 1_500, 38_500]),
        row("B", "TX-2", [0, 500, -500]),
        on(21, row("B", "TX-3", [0, 0, -2_000])),
        on(4, row("OLD", "TX-4", [0, 0, 9_000])),
    ];
    let operations = planned(&World::new(), &rows, &orders, &[]);
    let held = (Action::Blocked, "payout_order_unknown");
    assert_eq!(told(&operations), [(held.0, held.1, "38000"), (held.0, held.1, "-2000")]);
    assert_eq!(operations[0].reason.params["order"], "B");
    assert_eq!((operations[0].target.record.as_str(), operations[0].after["total"].as_str()), ("B", "38000"));
    assert_ne!(operations[0].key, operations[1].key);
}

#[test]
fn what_a_person_decides_about_a_held_release_is_decided_about_its_receipt() {
    let orders = [sold(1, "A", 40_000)];
    let rows = [row("A", "TX-1", [40_000, 1_500, 38_500])];
    let mut world = World::new();
    let key = planned(&world, &rows, &[], &[])[0].key.clone();
    // Once its order was read it leaves the inbox, and its receipt is planned.
    let later = planned(&world, &rows, &orders, &[&key.0]);
    let ready = (Action::Create, "payout_ready", "38500");
    assert_eq!(told(&later), [ready, (Action::Same, "payout_order_read", "38500")]);
    assert_eq!((&later[1].key, told(&planned(&world, &rows, &orders, &[]))), (&key, vec![ready]));
    world.decide(&key.0, RowChoice::Never);
    assert_eq!(told(&planned(&world, &rows, &[], &[])), [(Action::Blocked, "skipped_by_person", "38500")]);
    assert_eq!(told(&planned(&world, &rows, &orders, &[])), [(Action::Blocked, "skipped_by_person", "38500")]);
    world.decide(&key.0, RowChoice::Entered { number: "SR.9".into() });
    assert_eq!(told(&planned(&world, &rows, &[], &[])), [(Action::Same, "entered_by_person", "38500")]);
    assert_eq!(told(&planned(&world, &rows, &orders, &[])), [(Action::Same, "entered_by_person", "38500")]);
}
