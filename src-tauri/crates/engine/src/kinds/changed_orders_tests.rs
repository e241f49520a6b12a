//! Orders that change after their invoice.

use super::*;
use selaras_domain::ids::StoreId;
use selaras_domain::mapping::WarehouseMapping;
use selaras_domain::order::{OrderReturn, ReturnedLine};

/// 2 × MUG at 50,000, invoiced.
fn sold() -> Order {
    order(7, "N7", vec![line("MUG", 2, 50_000)])
}

/// What a plan says of it after it became this order in this world; `journal` is what is known of what was posted.
fn now(world: &World, order: Order, journal: impl FnOnce(&mut Fields)) -> Operation {
    let (before, after) = ([sold()], [order]);
    let posted = Plans::of(&before).plan(&World::new()).remove(0);
    let mut fields = posted.after;
    journal(&mut fields);
    let document = there(&before, &World::new());
    let plans =
        Plans { documents: vec![document], posted: BTreeMap::from([(posted.key, fields)]), ..Plans::of(&after) };
    plans.plan(world).remove(0)
}

/// A journal of before the order's own words were kept in it.
fn old(fields: &mut Fields) {
    fields.retain(|name, _| !name.ends_with(".sku") && !name.ends_with(".by_channel") && name != "shop_warehouse_id");
}

fn difference(operation: &Operation) -> (&str, &str, &str, &str) {
    let of = |name: &str| operation.reason.params.get(name).map_or("", String::as_str);
    (operation.reason.code.as_str(), of("field"), of("expected"), of("found"))
}

fn priced(lines: &[(&str, i64, i64)]) -> Order {
    order(7, "N7", lines.iter().map(|(sku, units, price)| line(sku, *units, *price)).collect())
}

#[test]
fn an_order_that_changes_after_its_invoice_is_shown_even_at_the_same_total() {
    let world = World::new();
    let cases = [
        (priced(&[("MUG", 1, 50_000), ("CAP-RED", 1, 50_000)]), "goods", "1 × CAP-RED @ 50000", "1 × MUG @ 50000"),
        (priced(&[("CAP-RED", 2, 50_000)]), "goods", "2 × CAP-RED @ 50000", "2 × MUG @ 50000"),
        (
            priced(&[("MUG", 1, 60_000), ("MUG", 1, 40_000)]),
            "goods",
            "1 × MUG @ 40000, 1 × MUG @ 60000",
            "2 × MUG @ 50000",
        ),
        (priced(&[("MUG", 4, 25_000)]), "goods", "4 × MUG @ 25000", "2 × MUG @ 50000"),
        (Order { warehouse: Some(ForstokWarehouseId(196)), ..sold() }, "warehouse_name", "Cabang", "Gudang"),
        (Order { store: OTHER_STORE, ..sold() }, "store_name", "Toko-Contoh-2", "Toko-Contoh-1"),
        (Order { discount: 10_000.into(), total: 90_000.into(), ..sold() }, "cash_discount", "10000", "0"),
    ];
    for (order, field, expected, found) in cases {
        for journal in [|_: &mut Fields| {}, old as fn(&mut Fields)] {
            let operation = now(&world, order.clone(), journal);
            assert_eq!(operation.action, Action::Blocked, "{field}");
            let of = |name: &str| operation.reason.params[name].clone();
            assert_eq!((of("due"), of("total")), (order.total.text(), "100000".to_owned()));
            assert_eq!(difference(&operation), ("order_changed", field, expected, found), "{operation:?}");
        }
    }
}

#[test]
fn the_lines_of_a_changed_order_and_of_its_invoice_are_beside_each_other() {
    let operation = now(&World::new(), priced(&[("MUG", 1, 50_000), ("CAP-RED", 1, 50_000)]), |_| {});
    let lines = |fields: &Fields| -> Vec<String> {
        let of = |place: usize, name: &str| fields.get(&format!("line.{place:03}.{name}")).cloned();
        (1..=3).filter_map(|place| Some(format!("{} × {}", of(place, "quantity")?, of(place, "item_no")?))).collect()
    };
    assert_eq!(lines(&operation.before), ["2 × MUG"]);
    assert_eq!(lines(&operation.after), ["1 × CAP-RED", "1 × MUG"]);
    // What cannot be invoiced as it is now is shown in the order's own words.
    let unknown = now(&World::new(), priced(&[("MUG", 1, 50_000), ("BARU", 1, 50_000)]), |_| {});
    assert_eq!(
        (unknown.reason.code.as_str(), lines(&unknown.after)),
        ("order_changed", vec!["1 × BARU".to_owned(), "1 × MUG".to_owned()])
    );
}

#[test]
fn what_is_no_change_of_the_order_flags_no_order() {
    let same = |what: &str, world: &World, order: Order| {
        for journal in [|_: &mut Fields| {}, old as fn(&mut Fields)] {
            let operation = now(world, order.clone(), journal);
            assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Same, "posted_before"), "{what}");
        }
    };
    same("nothing", &World::new(), sold());
    let mut world = World::new();
    world.items[2].name = "Mug baru".into();
    world.variants[2].name = "Mug baru".into();
    world.customers[0].name = "Pelanggan baru".into();
    world.customers[0].no = "C-999".into();
    world.stores[0].name = "Toko baru".into();
    world.warehouses[0].name = "Gudang baru".into();
    same("new names", &world, Order { store_name: "Toko baru".into(), ..sold() });
    let mut renumbered = World::new();
    renumbered.items[2].no = "MUG-2".into();
    same("a new code of the item", &renumbered, sold());
    let mut mapped = World::new();
    mapped.mapping.warehouses =
        vec![WarehouseMapping { forstok_id: ForstokWarehouseId(195), accurate_id: WarehouseId(51) }];
    mapped.mapping.stores[0].customer_id = Some(CustomerId(61));
    mapped.mapping.tax_id = Some(TaxId(50));
    same("another mapping", &mapped, sold());
    let mut closed = World::new();
    closed.mapping.sales.closed_until = Some(jiff::civil::date(2024, 12, 31));
    closed.items[2].suspended = true;
    closed.mapping.stores.clear();
    same("what holds new documents", &closed, sold());
    same("a warehouse that is not told any more", &World::new(), Order { warehouse: None, ..sold() });
    let parts = [line("MUG", 1, 50_000), line("MUG", 1, 50_000)];
    same("the same in two lines", &World::new(), Order { lines: parts.into(), ..sold() });
}

#[test]
fn a_return_explains_the_units_that_came_back_and_nothing_else() {
    let back = |units: i64| OrderReturn {
        id: "R1".into(),
        at: wib("2024-01-22T08:00:00"),
        lines: vec![ReturnedLine { sku: "MUG".into(), quantity: units.into() }],
    };
    let code = |order: Order| now(&World::new(), order, |_| {}).reason.code;
    let less = |units: i64| Order { returns: vec![back(units)], ..priced(&[("MUG", 1, 50_000)]) };
    assert_eq!(code(less(1)), "posted_before");
    assert_eq!(code(Order { returns: vec![back(1)], ..sold() }), "posted_before", "Forstok keeps its lines");
    let other = Order { returns: vec![back(1)], ..priced(&[("MUG", 1, 50_000), ("CAP-RED", 1, 50_000)]) };
    assert_eq!(code(other), "order_changed", "a cap is no mug that came back");
    let moved = Order { warehouse: Some(ForstokWarehouseId(196)), ..less(1) };
    assert_eq!(code(moved), "order_changed");
}

#[test]
fn an_order_that_adds_up_no_more_after_its_invoice_is_no_success() {
    let operation = now(&World::new(), Order { total: 90_000.into(), ..sold() }, |_| {});
    assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Blocked, "order_total_differs"));
}

#[test]
fn only_invoices_of_orders_that_changed_are_read_again() {
    let world = World::new();
    let other = order(8, "N8", vec![line("CAP-RED", 1, 10)]);
    let before = [sold(), other.clone()];
    let posted: BTreeMap<OperationKey, Fields> =
        Plans::of(&before).plan(&world).into_iter().map(|one| (one.key, one.after)).collect();
    let documents = vec![there(&before[..1], &world), there(&before[1..], &world)];
    let orders = [priced(&[("MUG", 1, 100_000)]), other];
    let plans = Plans { documents, posted, ..Plans::of(&orders) };
    assert_eq!(plans.with(&world, to_compare), BTreeSet::from(["N7".to_owned()]));
}

#[test]
fn a_store_that_nobody_mapped_is_still_another_store() {
    let operation = now(&World::new(), Order { store: StoreId(1), store_name: "Lain".into(), ..sold() }, |_| {});
    assert_eq!(difference(&operation), ("order_changed", "store_name", "Lain", "Toko-Contoh-1"));
}
