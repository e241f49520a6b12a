use super::super::sales_fixture::*;
use super::*;
use selaras_domain::accurate::Branch;
use selaras_domain::ids::{BranchId, CustomerId, ForstokWarehouseId, SalesInvoiceId, TaxId, WarehouseId};
use selaras_domain::mapping::InvoiceTrigger;
use selaras_domain::order::InvoiceStatus;
use selaras_domain::plan::{PlanKind, plan_hash};

/// What a plan of these orders is in this world.
struct Plans<'a> {
    orders: &'a [Order],
    shop_invoices: HashMap<OrderId, OrderInvoice>,
    documents: Vec<InvoiceDocument>,
    posted: BTreeMap<OperationKey, Fields>,
    counts: Counts,
    since: &'a str,
    integrated_at: &'a str,
    only: &'a [String],
}

impl<'a> Plans<'a> {
    fn of(orders: &'a [Order]) -> Self {
        Self {
            orders,
            shop_invoices: HashMap::new(),
            documents: Vec::new(),
            posted: BTreeMap::new(),
            counts: Counts::new(),
            since: "2024-01-01T00:00:00",
            integrated_at: "2024-01-01T00:00:00",
            only: &[],
        }
    }

    fn with<T>(&self, world: &World, use_input: impl FnOnce(&InvoicesInput<'_>) -> T) -> T {
        let (company, rows) = (world.company(), world.rows());
        let existing: Vec<SalesInvoice> = self.documents.iter().map(head).collect();
        let documents = self.documents.iter().map(|one| (one.number.clone(), one.clone())).collect();
        use_input(&InvoicesInput {
            company: &company,
            goods: &goods(&rows),
            orders: self.orders,
            shop_invoices: &self.shop_invoices,
            invoices_told: false,
            existing: &existing,
            documents: &documents,
            listed_since: jiff::civil::date(2023, 1, 1),
            posted: &self.posted,
            counts: &self.counts,
            since: wib(self.since),
            integrated_at: wib(self.integrated_at),
            only: self.only,
        })
    }

    fn plan(&self, world: &World) -> Vec<Operation> {
        self.with(world, |input| plan(input).0)
    }

    fn document(&self, world: &World) -> Result<InvoiceDocument, Reason> {
        self.with(world, |input| document(input, &self.orders[0]))
    }
}

fn reasons(operations: &[Operation]) -> Vec<(Action, &str)> {
    operations.iter().map(|operation| (operation.action, operation.reason.code.as_str())).collect()
}

fn held(world: &World, order: Order) -> Reason {
    let operations = Plans::of(&[order]).plan(world);
    assert_eq!(operations.len(), 1, "{operations:?}");
    assert_eq!(operations[0].action, Action::Blocked, "{:?}", operations[0]);
    operations[0].reason.clone()
}

#[test]
fn the_references_order_is_the_references_invoice() {
    let orders = [reference_order()];
    let document = Plans::of(&orders).document(&World::new()).unwrap();
    let line = |item_no: &str, item, quantity: i64, price: i64| DocumentLine {
        item_no: item_no.into(),
        item: Some(selaras_domain::ids::ItemId(item)),
        name: format!("Barang {item_no}"),
        note: String::new(),
        quantity: quantity.into(),
        unit_price: price.into(),
        discount: Money::ZERO,
        warehouse: "Utama".into(),
        warehouse_id: Some(WarehouseId(50)),
        taxed: false,
    };
    let expected = InvoiceDocument {
        id: None,
        number: "240115CONTOH1".into(),
        date: jiff::civil::date(2024, 1, 15),
        description: "140000001".into(),
        customer_no: "7001".into(),
        customer: Some(CustomerId(60)),
        branch: Some(BranchId(50)),
        taxable: false,
        tax_inclusive: false,
        cash_discount: Money::ZERO,
        to_address: None,
        lines: vec![line("CAP-RED", 101, 1, 100_000), line("TS-BLK-M", 100, 2, 150_000)],
        total: Some(400_000.into()),
        owing: None,
        receipts: Vec::new(),
        returned: None,
    };
    assert_eq!(document, expected);
}

#[test]
fn an_operation_reads_back_as_the_document_that_it_was_made_of() {
    let mut world = World::new();
    (world.mapping.tax_id, world.mapping.sales.recipient) = (Some(TaxId(50)), true);
    let mut order = reference_order();
    order.lines[0].note = Some("bungkus kado".into());
    order.recipient = Some("Pembeli - Jl. Contoh 1".into());
    let orders = [order];
    let plans = Plans::of(&orders);
    let (document, operations) = (plans.document(&world).unwrap(), plans.plan(&world));
    let read = documents::invoice(&operations[0]).unwrap();
    assert_eq!(read, document);
    assert_eq!((read.taxable, read.tax_inclusive, read.lines[1].taxed), (true, true, true));
    assert_eq!(read.to_address.as_deref(), Some("Pembeli - Jl. Contoh 1"));
}

#[test]
fn the_day_is_that_of_forstoks_invoice_in_wib_else_of_the_last_change() {
    let orders = [reference_order()];
    let mut plans = Plans::of(&orders);
    let world = World::new();
    // 15 January 23:30 in Jakarta is still 15 January, though it is later in no time zone of the shop's buyers.
    assert_eq!(plans.document(&world).unwrap().date, jiff::civil::date(2024, 1, 15));
    let made =
        OrderInvoice { created_at: Some("2024-01-15T17:00:00Z".parse().unwrap()), ..shop_invoice(&orders[0], [0; 5]) };
    plans.shop_invoices.insert(orders[0].id, made);
    assert_eq!(plans.document(&world).unwrap().date, jiff::civil::date(2024, 1, 16));
}

#[test]
fn each_obstacle_holds_an_order_with_its_reason() {
    let world = World::new();
    let with = |change: fn(&mut World)| {
        let mut world = World::new();
        change(&mut world);
        held(&world, reference_order())
    };
    let order = |lines| order(1, "N1", lines);
    let cases = [
        (held(&world, order(vec![line("", 1, 10)])), "order_sku_empty"),
        (held(&world, order(vec![line("UNKNOWN", 1, 10)])), "order_sku_not_in_accurate"),
        (held(&world, Order { store: StoreId(9), ..reference_order() }), "store_not_mapped"),
        (
            held(&world, Order { warehouse: Some(ForstokWarehouseId(196)), ..reference_order() }),
            "order_warehouse_not_mapped",
        ),
        (held(&world, Order { warehouse: None, ..reference_order() }), "order_warehouse_not_told"),
        (held(&world, Order { total: 1.into(), ..reference_order() }), "order_total_differs"),
        (
            held(&world, Order { status: OrderStatus::Other("Aneh".into()), ..reference_order() }),
            "order_status_unknown",
        ),
        (with(|world| world.items[0].suspended = true), "order_item_inactive"),
        (with(|world| world.variants[0].name = "Lain".into()), "order_sku_open"),
        (with(|world| world.warehouses[0].suspended = true), "order_warehouse_inactive"),
        (with(|world| world.customers[0].suspended = true), "customer_inactive"),
        (with(|world| world.customers.clear()), "customer_gone"),
        (
            with(|world| world.branches.push(Branch { id: BranchId(51), ..world.branches[0].clone() })),
            "branch_not_mapped",
        ),
        (with(|world| world.start_date = Some(jiff::civil::date(2024, 1, 16))), "date_before_start"),
        (with(|world| world.mapping.sales.closed_until = Some(jiff::civil::date(2024, 1, 15))), "period_closed"),
    ];
    for (reason, code) in cases {
        assert_eq!(reason.code, code);
    }
}

#[test]
fn a_held_order_shows_its_number_and_what_is_at_stake() {
    let operations = Plans::of(&[order(1, "N1", vec![line("", 1, 10)])]).plan(&World::new());
    let after = &operations[0].after;
    assert_eq!(
        (after["number"].as_str(), after["total"].as_str(), after["store_name"].as_str()),
        ("N1", "10", "Toko-Contoh-1")
    );
}

#[test]
fn only_orders_that_have_come_to_the_trigger_are_invoiced() {
    let at = |id, status: &str| Order {
        status: OrderStatus::from(status.to_owned()),
        ..order(id, &format!("N{id}"), vec![line("MUG", 1, 10)])
    };
    let orders = [
        at(1, "Pending payment"),
        at(2, "Open"),
        at(3, "Printed"),
        at(4, "Ready to ship"),
        at(5, "Shipped"),
        at(6, "Delivered"),
        at(7, "Completed"),
        at(8, "Cancelled"),
        at(9, "Returned"),
    ];
    let mut world = World::new();
    let triggers = [
        (InvoiceTrigger::Open, 2),
        (InvoiceTrigger::NotShipped, 3),
        (InvoiceTrigger::ReadyToShip, 4),
        (InvoiceTrigger::Shipped, 5),
        (InvoiceTrigger::Delivered, 6),
    ];
    for (trigger, first) in triggers {
        world.mapping.invoice_trigger = trigger;
        let created: Vec<String> = Plans::of(&orders)
            .plan(&world)
            .into_iter()
            .filter(|operation| operation.action == Action::Create)
            .map(|operation| operation.key.0)
            .collect();
        let expected: Vec<String> = (first..=7).map(|id| format!("invoice:{id}")).collect();
        assert_eq!(created, expected, "{trigger:?}");
    }
    let left = Plans::of(&orders).with(&world, |input| plan(input).1);
    assert_eq!(left, LeftOut { before_start: 0, not_ready: 5 });
}

#[test]
fn orders_before_the_day_are_left_out_and_counted() {
    let early = Order { ordered_at: wib("2023-12-31T23:59:59"), ..reference_order() };
    let orders = [early, order(2, "N2", vec![line("MUG", 1, 10)])];
    let (operations, left) = Plans::of(&orders).with(&World::new(), plan);
    assert_eq!(reasons(&operations), [(Action::Create, "order_ready")]);
    assert_eq!(left, LeftOut { before_start: 1, not_ready: 0 });
}

#[test]
fn a_plan_can_be_limited_to_orders_by_number_or_id() {
    let orders =
        [reference_order(), order(2, "N2", vec![line("MUG", 1, 10)]), order(3, "N3", vec![line("MUG", 1, 10)])];
    let only = ["SO-3".to_owned(), " 240115CONTOH1 ".to_owned()];
    let keys: Vec<String> = Plans { only: &only, ..Plans::of(&orders) }
        .plan(&World::new())
        .into_iter()
        .map(|operation| operation.key.0)
        .collect();
    assert_eq!(keys, ["invoice:3", "invoice:140000001"]);
}

#[test]
fn a_customer_that_is_not_there_is_made_first_and_once() {
    let mut world = World::new();
    world.mapping.stores[0].customer_id = None;
    world.customers.clear();
    let orders = [reference_order(), order(2, "N2", vec![line("MUG", 1, 10)])];
    let operations = Plans::of(&orders).plan(&world);
    assert_eq!(
        reasons(&operations),
        [(Action::Create, "customer_missing"), (Action::Create, "order_ready"), (Action::Create, "order_ready")]
    );
    assert_eq!(operations[0].key, customer_key(STORE, "7001"));
    let customer = documents::customer(&operations[0]).unwrap();
    assert_eq!(
        (customer.no.as_str(), customer.name.as_str(), customer.branch),
        ("7001", "Toko-Contoh-1", Some(BranchId(50)))
    );
    assert_eq!(operations[1].after["customer_no"], "7001");
    assert!(Invoices::default().phase(&operations[0]) < Invoices::default().phase(&operations[1]));
}

#[test]
fn nothing_is_made_for_an_order_that_is_held() {
    let mut world = World::new();
    world.mapping.stores[0].customer_id = None;
    world.customers.clear();
    let orders = [order(1, "N1", vec![line("", 1, 10)])];
    assert_eq!(reasons(&Plans::of(&orders).plan(&world)), [(Action::Blocked, "order_sku_empty")]);
}

/// The order's invoice as it is read from Accurate.
fn there(orders: &[Order], world: &World) -> InvoiceDocument {
    let document = Plans::of(orders).document(world).unwrap();
    InvoiceDocument { id: Some(SalesInvoiceId(900)), ..document }
}

#[test]
fn a_number_that_exists_is_adopted_when_it_says_the_same() {
    let (world, orders) = (World::new(), [reference_order()]);
    let mut document = there(&orders, &world);
    document.lines.reverse();
    document.lines[0].note = "ditambah orang".into();
    document.customer_no = "nomor baru".into();
    document.lines[0].warehouse = "Gudang berganti nama".into();
    let plans = Plans { documents: vec![document], ..Plans::of(&orders) };
    let operations = plans.plan(&world);
    assert_eq!(reasons(&operations), [(Action::Same, "already_in_accurate")]);
}

#[test]
fn a_number_that_exists_with_other_content_is_a_conflict_and_never_a_success() {
    let (world, orders) = (World::new(), [reference_order()]);
    type Change = (fn(&mut InvoiceDocument), &'static str);
    let changes: [Change; 5] = [
        (|document| document.total = Some(1.into()), "total"),
        (|document| document.date = jiff::civil::date(2024, 1, 14), "date"),
        (|document| document.customer = Some(CustomerId(61)), "customer_id"),
        (|document| document.lines[0].quantity = 5.into(), "line.001.quantity"),
        (|document| document.lines.truncate(1), "lines"),
    ];
    for (change, name) in changes {
        let mut document = there(&orders, &world);
        change(&mut document);
        let mut plans = Plans { documents: vec![document], ..Plans::of(&orders) };
        let day = there(&orders, &world).date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let told = OrderInvoice { created_at: Some(day), ..shop_invoice(&orders[0], [0; 5]) };
        plans.shop_invoices.insert(orders[0].id, told);
        let operations = plans.plan(&world);
        assert_eq!(reasons(&operations), [(Action::Blocked, "number_taken")], "{name}");
        assert_eq!(operations[0].reason.params["field"], name);
        assert_eq!(operations[0].reason.params["number"], "240115CONTOH1");
    }
}

#[test]
fn an_invoice_of_the_older_era_is_found_by_its_description() {
    let (world, orders) = (World::new(), [reference_order()]);
    let document = InvoiceDocument { number: "SI.2023.03.00009".into(), ..there(&orders, &world) };
    let plans = Plans { documents: vec![document], ..Plans::of(&orders) };
    assert_eq!(reasons(&plans.plan(&world)), [(Action::Same, "already_in_accurate")]);
}

#[test]
fn back_filling_posts_only_the_gap_and_asks_where_it_is_not_sure() {
    let world = World::new();
    let twin = |id: i64| order(id, &format!("N{id}"), vec![line("MUG", 1, 10)]);
    let orders = [reference_order(), twin(2), twin(3)];
    // Somebody has entered one of two equal orders by hand, under a number of Accurate's own.
    let by_hand = InvoiceDocument {
        number: "SI.2024.01.00003".into(),
        description: "penjualan".into(),
        date: jiff::civil::date(2024, 1, 17),
        ..there(&orders[1..], &world)
    };
    let plans = Plans {
        documents: vec![there(&orders[..1], &world), by_hand.clone()],
        integrated_at: "2024-02-01T00:00:00",
        ..Plans::of(&orders)
    };
    let expected = [
        (Action::Blocked, "maybe_in_accurate"),
        (Action::Blocked, "maybe_in_accurate"),
        (Action::Same, "already_in_accurate"),
    ];
    assert_eq!(reasons(&plans.plan(&world)), expected);
    // After the integration nobody else enters orders, and a total that is the same is no sign.
    let after = Plans { documents: vec![by_hand.clone()], ..Plans::of(&orders[1..]) };
    assert_eq!(reasons(&after.plan(&world)), [(Action::Create, "order_ready"); 2]);
    // Far from the order's day it is another sale.
    let far = InvoiceDocument { date: jiff::civil::date(2024, 1, 24), ..by_hand };
    let plans = Plans { documents: vec![far], integrated_at: "2024-02-01T00:00:00", ..Plans::of(&orders[1..]) };
    assert_eq!(reasons(&plans.plan(&world)), [(Action::Create, "order_ready"); 2]);
}

#[test]
fn a_persons_decision_is_followed() {
    let mut world = World::new();
    let orders = [
        order(1, "N1", vec![line("MUG", 1, 10)]),
        order(2, "N2", vec![line("MUG", 1, 10)]),
        order(3, "N3", vec![line("MUG", 1, 10)]),
    ];
    let by_hand = InvoiceDocument { number: "SI.1".into(), description: String::new(), ..there(&orders, &world) };
    world.decide("invoice:1", RowChoice::Entered { number: "SI.1".into() });
    world.decide("invoice:2", RowChoice::Send);
    world.decide("invoice:3", RowChoice::Never);
    let plans = Plans { documents: vec![by_hand], integrated_at: "2024-02-01T00:00:00", ..Plans::of(&orders) };
    let expected =
        [(Action::Same, "entered_by_person"), (Action::Create, "order_ready"), (Action::Blocked, "skipped_by_person")];
    assert_eq!(reasons(&plans.plan(&world)), expected);
}

/// What a plan says of an order whose invoice was posted as the reference's, after this happened to it; `there`: as Accurate has it now.
fn after_posting(order: Order, there: Option<InvoiceDocument>) -> Operation {
    let (world, first, orders) = (World::new(), [reference_order()], [order]);
    let posted = Plans::of(&first).plan(&world).remove(0);
    let plans = Plans {
        documents: there.into_iter().collect(),
        posted: BTreeMap::from([(posted.key, posted.after.clone())]),
        since: "2024-02-01T00:00:00",
        ..Plans::of(&orders)
    };
    plans.plan(&world).remove(0)
}

/// The reference's invoice as Accurate has it.
fn as_posted() -> InvoiceDocument {
    there(&[reference_order()], &World::new())
}

#[test]
fn what_was_posted_is_not_posted_again_whatever_the_order_says_now() {
    let later = Order {
        status: OrderStatus::Completed,
        updated_at: wib("2024-03-01T00:00:00"),
        number: "LAIN".into(),
        ..reference_order()
    };
    let operation = after_posting(later, Some(as_posted()));
    assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Same, "posted_before"));
    let cancelled = Order { status: OrderStatus::Cancelled, ..reference_order() };
    let operation = after_posting(cancelled, Some(as_posted()));
    assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Same, "posted_before"));
}

#[test]
fn an_order_that_is_worth_something_else_by_now_is_shown_until_its_invoice_is_too() {
    let mut half = reference_order();
    half.lines.truncate(1);
    let goods: Money = half.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    (half.subtotal, half.total, half.discount) = (goods, goods, Money::ZERO);
    let operation = after_posting(half.clone(), Some(as_posted()));
    let reason = Reason::new("order_changed")
        .with("number", "240115CONTOH1")
        .with("field", "goods")
        .with("expected", "")
        .with("found", "1 × CAP-RED @ 100000")
        .with("due", goods)
        .with("total", "400000")
        .with("difference", Money::from(400_000) - goods);
    assert_eq!((operation.action, operation.reason), (Action::Blocked, reason));
    let right = there(std::slice::from_ref(&half), &World::new());
    assert_eq!(after_posting(half.clone(), Some(right)).reason.code, "posted_before", "a person has put it right");
    let only_the_total = InvoiceDocument { total: Some(goods), ..as_posted() };
    assert_eq!(
        after_posting(half.clone(), Some(only_the_total)).reason.code,
        "order_changed",
        "its lines are as they were"
    );
    let back =
        selaras_domain::order::OrderReturn { id: "R1".into(), at: wib("2024-01-22T08:00:00"), lines: Vec::new() };
    let returned = Order { returns: vec![back], ..half };
    assert_eq!(after_posting(returned, Some(as_posted())).reason.code, "posted_before", "a return says so");
}

#[test]
fn a_posted_invoice_that_somebody_has_deleted_is_shown() {
    let operation = after_posting(reference_order(), None);
    let reason = Reason::new("invoice_gone").with("number", "240115CONTOH1");
    assert_eq!((operation.action, operation.reason), (Action::Blocked, reason));
}

#[test]
fn an_order_whose_invoice_is_void_in_forstok_is_no_sale() {
    // A full return leaves the order's status as it was (§6.4).
    let orders = [Order { status: OrderStatus::Delivered, ..reference_order() }];
    let mut plans = Plans::of(&orders);
    let void = OrderInvoice { status: InvoiceStatus::Voided, ..shop_invoice(&orders[0], [0; 5]) };
    plans.shop_invoices.insert(orders[0].id, void);
    assert_eq!(reasons(&plans.plan(&World::new())), [(Action::Same, "order_invoice_voided")]);
}

#[test]
fn a_number_of_another_order_is_a_conflict_even_where_all_else_is_equal() {
    let world = World::new();
    let (one, other) = ([order(1, "1001", vec![line("MUG", 1, 10)])], [order(2, "1001", vec![line("MUG", 1, 10)])]);
    let plans = Plans { documents: vec![there(&one, &world)], ..Plans::of(&other) };
    let reason = plans.plan(&world).remove(0).reason;
    let shown = (reason.code.as_str(), reason.params["field"].as_str(), reason.params["found"].as_str());
    assert_eq!(shown, ("number_taken", "description", "1"));
}

#[test]
fn an_invoice_of_an_order_that_cannot_be_compared_is_no_success() {
    let world = World::new();
    let orders = [reference_order()];
    let documents = vec![there(&orders, &world)];
    let broken = [Order { total: 1.into(), ..reference_order() }];
    let plans = Plans { documents, ..Plans::of(&broken) };
    let operation = plans.plan(&world).remove(0);
    assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Blocked, "order_total_differs"));
    assert_eq!(operation.before["total"], "400000");
}

#[test]
fn a_day_that_forstok_does_not_tell_is_not_compared() {
    let world = World::new();
    let orders = [reference_order()];
    let other_day = InvoiceDocument { date: jiff::civil::date(2024, 1, 30), ..there(&orders, &world) };
    let mut plans = Plans { documents: vec![other_day], ..Plans::of(&orders) };
    assert_eq!(reasons(&plans.plan(&world)), [(Action::Same, "already_in_accurate")]);
    let told = OrderInvoice { created_at: Some(wib("2024-01-15T12:00:00")), ..shop_invoice(&orders[0], [0; 5]) };
    plans.shop_invoices.insert(orders[0].id, told);
    assert_eq!(reasons(&plans.plan(&world)), [(Action::Blocked, "number_taken")]);
}

#[test]
fn two_orders_of_one_number_are_both_held() {
    let orders = [order(1, "N1", vec![line("MUG", 1, 10)]), order(2, "N1", vec![line("MUG", 1, 20)])];
    assert_eq!(reasons(&Plans::of(&orders).plan(&World::new())), [(Action::Blocked, "order_number_doubled"); 2]);
    // One that is no sale any more takes no number.
    let [one, other] = orders;
    let orders = [Order { status: OrderStatus::Cancelled, ..one }, other];
    let expected = [(Action::Same, "order_ended"), (Action::Create, "order_ready")];
    assert_eq!(reasons(&Plans::of(&orders).plan(&World::new())), expected);
}

#[test]
fn an_order_that_ended_before_its_invoice_needs_none() {
    let cancelled = Order { status: OrderStatus::Cancelled, ..reference_order() };
    assert_eq!(reasons(&Plans::of(&[cancelled]).plan(&World::new())), [(Action::Same, "order_ended")]);
}

#[test]
fn the_recipient_goes_along_only_where_a_person_has_said_so() {
    let orders = [Order { recipient: Some("Pembeli - Jl. 1".into()), ..reference_order() }];
    let mut world = World::new();
    assert_eq!(Plans::of(&orders).document(&world).unwrap().to_address, None);
    world.mapping.sales.recipient = true;
    assert_eq!(Plans::of(&orders).document(&world).unwrap().to_address.as_deref(), Some("Pembeli - Jl. 1"));
}

#[test]
fn same_input_same_plan_byte_for_byte() {
    let orders = [reference_order(), order(2, "N2", vec![bundle("BDL", 90, &[("MUG", 1, 50), ("CAP-RED", 2, 25)])])];
    let backwards: Vec<Order> = orders.iter().rev().cloned().collect();
    let world = World::new();
    let text = |orders: &[Order]| plan_hash(&PlanKind::named(KIND), DATABASE, &Plans::of(orders).plan(&world));
    assert_eq!(text(&orders), text(&backwards));
}

#[test]
fn forstoks_sub_total_decides_about_a_voucher_that_the_discount_may_hold() {
    let order =
        Order { discount: 25_000.into(), voucher_seller: 20_000.into(), total: 375_000.into(), ..reference_order() };
    let orders = [order];
    let mut plans = Plans::of(&orders);
    let mut invoice = shop_invoice(&orders[0], [0; 5]);
    invoice.status = InvoiceStatus::Unpaid;
    invoice.subtotal = Some(395_000.into());
    plans.shop_invoices.insert(orders[0].id, invoice);
    let document = plans.document(&World::new()).unwrap();
    assert_eq!((document.cash_discount, document.total), (5_000.into(), Some(395_000.into())));
}

#[path = "changed_orders_tests.rs"]
mod changed_orders;
#[path = "channel_goods_tests.rs"]
mod channel_goods;
#[path = "sold_before_count_tests.rs"]
mod sold_before_count;
