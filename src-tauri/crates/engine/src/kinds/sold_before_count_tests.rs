//! Goods that were counted after they had been sold.

use super::*;
use crate::kinds::opening_stock::Count;
use jiff::civil::date;
use selaras_domain::ids::ItemId;
use selaras_domain::mapping::{CountedAsOf, InvoiceTrigger};

const MUG: (WarehouseId, ItemId) = (WarehouseId(50), ItemId(102));

/// Opening stock of this day, posted at this moment, as the journal has it.
fn counted(day: &str, at: &str) -> Counts {
    let fields = Fields::from([
        ("warehouse_id".to_owned(), "50".to_owned()),
        ("item_id".to_owned(), "102".to_owned()),
        ("date".to_owned(), day.to_owned()),
        ("quantity".to_owned(), "20".to_owned()),
    ]);
    Count::of(&fields, wib(at)).into_iter().collect()
}

/// An order of two mugs and a cap that left when Forstok made its invoice.
fn left(id: i64, at: &str) -> (Order, OrderInvoice) {
    let lines = vec![line("MUG", 2, 50_000), line("CAP-RED", 1, 10)];
    let order = Order { ordered_at: wib(at), updated_at: wib(at), ..order(id, &format!("N{id}"), lines) };
    let invoice =
        OrderInvoice { created_at: Some(wib(at)), status: InvoiceStatus::Unpaid, ..shop_invoice(&order, [0; 5]) };
    (order, invoice)
}

fn planned(world: &World, counts: Counts, sold: &[(Order, OrderInvoice)]) -> Vec<Operation> {
    let orders: Vec<Order> = sold.iter().map(|(order, _)| order.clone()).collect();
    let shop_invoices = sold.iter().map(|(order, invoice)| (order.id, invoice.clone())).collect();
    Plans { counts, shop_invoices, ..Plans::of(&orders) }.plan(world)
}

#[test]
fn what_was_sold_before_its_count_does_not_leave_the_books_a_second_time() {
    assert_eq!(counted("2024-12-01", "2024-12-01T10:00:00").keys().collect::<Vec<_>>(), [&MUG]);
    let sold = [left(1, "2024-11-02T09:00:00"), left(2, "2024-11-30T23:00:00"), left(3, "2024-12-02T00:10:00")];
    let operations = planned(&World::new(), counted("2024-12-01", "2024-12-01T10:00:00"), &sold);
    let expected = [
        (Action::Blocked, "sold_before_count"),
        (Action::Blocked, "sold_before_count"),
        (Action::Create, "order_ready"),
    ];
    assert_eq!(reasons(&operations), expected);
    let reason = Reason::new("sold_before_count")
        .with("counted", "2024-12-01")
        .with("date", "2024-11-02")
        .with("item_no", "MUG")
        .with("warehouse", "Utama");
    assert_eq!(operations[0].reason, reason);
    assert_eq!(operations[0].after["total"], "100010", "what is at stake is shown");
}

#[test]
fn a_count_of_today_misses_what_left_before_it_was_posted_and_nothing_that_leaves_later() {
    let sold = [left(1, "2024-12-01T09:59:00"), left(2, "2024-12-01T10:01:00")];
    let of = |day: &str| {
        let operations = planned(&World::new(), counted(day, "2024-12-01T10:00:00"), &sold);
        operations.iter().map(|operation| operation.action).collect::<Vec<_>>()
    };
    assert_eq!(of("2024-12-01"), [Action::Blocked, Action::Create]);
    assert_eq!(of("2024-11-30"), [Action::Create, Action::Create], "the shelf as it was the evening before");
    assert_eq!(of("2024-12-02"), [Action::Blocked, Action::Blocked]);
}

#[test]
fn a_person_says_once_for_all_of_them_which_day_the_count_is_of() {
    let sold = [left(1, "2024-10-31T09:00:00"), left(2, "2024-11-02T09:00:00"), left(3, "2024-11-30T09:00:00")];
    let mut world = World::new();
    let word = CountedAsOf { counted: date(2024, 12, 1), as_of: date(2024, 10, 31) };
    world.mapping.sales.count = Some(word);
    let counts = || counted("2024-12-01", "2024-12-01T10:00:00");
    let operations = planned(&world, counts(), &sold);
    let expected = [
        (Action::Blocked, "sold_before_count"),
        (Action::Create, "order_ready_as_of"),
        (Action::Create, "order_ready_as_of"),
    ];
    assert_eq!(reasons(&operations), expected);
    let reason = Reason::new("order_ready_as_of").with("counted", "2024-12-01").with("as_of", "2024-10-31");
    assert_eq!(operations[1].reason, reason);
    // Another count, later, is not what the word was given about.
    world.mapping.sales.count = Some(CountedAsOf { counted: date(2024, 11, 30), ..word });
    assert_eq!(reasons(&planned(&world, counts(), &sold)), [(Action::Blocked, "sold_before_count"); 3]);
    // Nor does it make a count later than it is.
    world.mapping.sales.count = Some(CountedAsOf { as_of: date(2024, 12, 24), counted: date(2024, 12, 24) });
    let after = [left(4, "2024-12-02T09:00:00")];
    assert_eq!(reasons(&planned(&world, counts(), &after)), [(Action::Create, "order_ready")]);
}

#[test]
fn what_still_lies_on_the_shelf_was_counted_and_what_left_unseen_may_have_been_missing() {
    let counts = || counted("2024-12-01", "2024-12-01T10:00:00");
    let mut world = World::new();
    world.mapping.invoice_trigger = InvoiceTrigger::Open;
    let (order, invoice) = left(1, "2024-11-02T09:00:00");
    let waiting = (Order { status: OrderStatus::Open, ..order.clone() }, invoice.clone());
    assert_eq!(reasons(&planned(&world, counts(), &[waiting])), [(Action::Create, "order_ready")]);
    // Invoiced when it is delivered: it had left long before.
    world.mapping.invoice_trigger = InvoiceTrigger::Delivered;
    let delivered = Order { status: OrderStatus::Delivered, updated_at: wib("2024-12-03T09:00:00"), ..order };
    let late = OrderInvoice { created_at: Some(wib("2024-12-03T09:00:00")), ..invoice };
    assert_eq!(
        reasons(&planned(&world, counts(), &[(delivered.clone(), late)])),
        [(Action::Blocked, "sold_before_count")]
    );
    // Forstok tells no invoice: only the day of the order is sure.
    let orders = [delivered];
    let plans = Plans { counts: counts(), ..Plans::of(&orders) };
    assert_eq!(reasons(&plans.plan(&World::new())), [(Action::Blocked, "sold_before_count")]);
}

#[test]
fn another_shelf_or_another_item_was_not_counted_by_it() {
    let counts = || counted("2024-12-01", "2024-12-01T10:00:00");
    let (order, invoice) = left(1, "2024-11-02T09:00:00");
    let cap = (
        Order { lines: order.lines[1..].to_vec(), subtotal: 10.into(), total: 10.into(), ..order.clone() },
        invoice.clone(),
    );
    assert_eq!(reasons(&planned(&World::new(), counts(), &[cap])), [(Action::Create, "order_ready")]);
    let mut world = World::new();
    let pair =
        selaras_domain::mapping::WarehouseMapping { forstok_id: ForstokWarehouseId(196), accurate_id: WarehouseId(51) };
    world.mapping.warehouses.push(pair);
    let other = (Order { warehouse: Some(ForstokWarehouseId(196)), ..order }, invoice);
    assert_eq!(reasons(&planned(&world, counts(), &[other])), [(Action::Create, "order_ready")]);
}
