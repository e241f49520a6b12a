use super::super::sales_fixture::*;
use super::*;
use selaras_domain::accurate::Account;
use selaras_domain::decision::RowChoice;
use selaras_domain::ids::{AccountId, BranchId, CustomerId, ForstokWarehouseId, SalesInvoiceId, WarehouseId};
use selaras_domain::mapping::{Mapping, Roles, Sales, WarehouseMapping};
use selaras_domain::order::InvoiceStatus;

/// What a plan of these payouts is in this world; every order but those without has its invoice in Accurate.
struct Plans<'a> {
    orders: &'a [Order],
    payments: &'a [Payment],
    without_invoice: Vec<OrderId>,
    paid_by: HashMap<String, Vec<String>>,
    owing: Option<Money>,
    returned: Option<Money>,
    customer: Option<CustomerId>,
    receipts: HashMap<String, ReceiptDocument>,
    posted: BTreeMap<OperationKey, Fields>,
    linked: BTreeMap<OrderId, String>,
    shop_invoices: HashMap<OrderId, OrderInvoice>,
    open: BTreeSet<OperationKey>,
}

impl<'a> Plans<'a> {
    fn of(orders: &'a [Order], payments: &'a [Payment]) -> Self {
        Self {
            orders,
            payments,
            without_invoice: Vec::new(),
            paid_by: HashMap::new(),
            owing: None,
            returned: None,
            customer: None,
            receipts: HashMap::new(),
            posted: BTreeMap::new(),
            linked: BTreeMap::new(),
            shop_invoices: HashMap::new(),
            open: BTreeSet::new(),
        }
    }

    /// The invoices of the orders that have one, as they were planned.
    fn invoiced(&self, world: &World) -> Vec<InvoiceDocument> {
        // The invoices were posted when the period was still open.
        let mapping = Mapping { sales: Sales::default(), ..world.mapping.clone() };
        let then = World { mapping, ..world.clone() };
        let invoiced = self.orders.iter().filter(|order| !self.without_invoice.contains(&order.id));
        invoiced
            .map(|order| InvoiceDocument {
                id: Some(SalesInvoiceId(order.id.0)),
                owing: self.owing,
                returned: self.returned,
                ..then.invoice(order)
            })
            .map(|document| InvoiceDocument { customer: self.customer.or(document.customer), ..document })
            .collect()
    }

    fn plan(&self, world: &World) -> Vec<Operation> {
        let documents = self.invoiced(world);
        let existing: Vec<SalesInvoice> = documents.iter().map(head).collect();
        plan(&ReceiptsInput {
            company: &world.company(),
            payments: self.payments,
            orders: self.orders,
            shop_invoices: &self.shop_invoices,
            existing: &existing,
            documents: &documents.into_iter().map(|one| (one.number.clone(), one)).collect(),
            paid_by: &self.paid_by,
            receipts: &self.receipts,
            posted: &self.posted,
            open: &self.open,
            linked: &self.linked,
            only: &[],
        })
    }
}

fn reasons(operations: &[Operation]) -> Vec<(Action, &str)> {
    operations.iter().map(|operation| (operation.action, operation.reason.code.as_str())).collect()
}

fn amounts(document: &ReceiptDocument) -> Vec<(&str, String)> {
    let discounts = document.payments.iter().flat_map(|payment| &payment.discounts);
    discounts.map(|discount| (discount.account_no.as_str(), discount.amount.text())).collect()
}

/// Accounts by role, as [`World`] maps them.
const SHIPPING: &str = "710071";
const REBATE: &str = "710072";
const VOUCHER: &str = "710073";
const DIFFERENCE: &str = "710074";
const FULFILMENT: &str = "710075";
const SERVICE: &str = "710076";

#[test]
fn the_references_payment_of_356_000_is_the_references_receipt() {
    let orders = [reference_order()];
    let payments = [payment("PAY-CONTOH-1", vec![shop_invoice(&orders[0], [5_000, 20_000, 3_000, 0, 26_000])])];
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(reasons(&operations), [(Action::Create, "payout_ready")]);
    let document = documents::receipt(&operations[0]).unwrap();
    assert_eq!(
        amounts(&document),
        [(REBATE, "-5000".into()), (VOUCHER, "20000".into()), (DIFFERENCE, "3000".into()), (SERVICE, "26000".into())]
    );
    assert_eq!((document.received, document.payments[0].amount), (356_000.into(), 400_000.into()));
    assert_eq!(document.payments[0].invoice_no, "240115CONTOH1");
    assert_eq!((document.date, document.customer), (jiff::civil::date(2024, 1, 20), Some(CustomerId(60))));
    assert_eq!(
        (document.bank_no.as_str(), document.bank, document.branch),
        ("110102", Some(AccountId(70)), Some(BranchId(50)))
    );
    assert_eq!(document.description, format!("PAY-CONTOH-1 {}", document.number));
    let after = &operations[0].after;
    assert_eq!(
        (after["invoice.001.role.service_fee"].as_str(), after["invoice.001.order_id"].as_str()),
        ("26000", "140000001")
    );
    assert_eq!(operations[0].target.record, "PAY-CONTOH-1");
}

/// The receipt of an order of these goods that pays its courier itself, with these lines of its payout.
fn worked_figure(goods: i64, shipping: i64, lines: [i64; 5]) -> ReceiptDocument {
    let order = Order {
        shipping_price: shipping.into(),
        cashless: false,
        total: (goods + shipping).into(),
        ..order(1, "CONTOH-DOC-1", vec![line("MUG", 1, goods)])
    };
    let (payments, orders) = ([payment("P", vec![shop_invoice(&order, lines)])], [order]);
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(reasons(&operations), [(Action::Create, "payout_ready")]);
    documents::receipt(&operations[0]).unwrap()
}

#[test]
fn the_worked_figure_38_500_is_one_receipt_with_discounts_of_1_500() {
    // 40,000 + 100 + 200 − 300 − 400 − 500 − 600, as the reference's sample of a receipt has it.
    let document = worked_figure(40_000, 100, [200, 300, 400, 500, 600]);
    let kept: Money = document.payments[0].discounts.iter().map(|discount| discount.amount).sum();
    assert_eq!((document.received, document.payments[0].amount, kept), (38_500.into(), 40_000.into(), 1_500.into()));
    let expected = [(SHIPPING, "-100"), (REBATE, "-200"), (VOUCHER, "300"), (DIFFERENCE, "400")];
    let expected = [expected.as_slice(), &[(FULFILMENT, "500"), (SERVICE, "600")]].concat();
    assert_eq!(amounts(&document), expected.iter().map(|(no, sum)| (*no, (*sum).to_owned())).collect::<Vec<_>>());
}

#[test]
fn the_worked_figure_29_850_holds_to_the_rupiah() {
    let document = worked_figure(30_000, 10, [20, 30, 40, 50, 60]);
    assert_eq!((document.received, document.payments[0].received()), (29_850.into(), 29_850.into()));
    assert_eq!(document.payments[0].amount, 30_000.into());
}

#[test]
fn a_net_negative_discount_is_taken() {
    // The figure of the reference: invoice 20,000, discount −2,000, payment 22,000.
    let order = order(1, "N1", vec![line("MUG", 1, 20_000)]);
    let (payments, orders) = ([payment("P", vec![shop_invoice(&order, [2_000, 0, 0, 0, 0])])], [order]);
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    assert_eq!(operations[0].after["received"], "22000");
}

#[test]
fn each_order_of_a_payout_has_its_own_amount() {
    // The vendor takes the last order's total for all of them.
    let orders = [reference_order(), order(2, "N2", vec![line("MUG", 1, 50_000)])];
    let invoices = vec![shop_invoice(&orders[0], [0, 20_000, 0, 0, 0]), shop_invoice(&orders[1], [0, 0, 0, 0, 2_500])];
    let payments = [payment("P", invoices)];
    let document = documents::receipt(&Plans::of(&orders, &payments).plan(&World::new())[0]).unwrap();
    let paid: Vec<_> =
        document.payments.iter().map(|one| (one.invoice_no.as_str(), one.amount, one.received())).collect();
    assert_eq!(paid, [("240115CONTOH1", 400_000.into(), 380_000.into()), ("N2", 50_000.into(), 47_500.into())]);
    assert_eq!(document.received, 427_500.into());
}

#[test]
fn a_payout_over_two_stores_is_a_receipt_for_each_customer() {
    let orders = [reference_order(), Order { store: OTHER_STORE, ..order(2, "N2", vec![line("MUG", 1, 50_000)]) }];
    let payments = [payment("P", orders.iter().map(|order| shop_invoice(order, [0; 5])).collect())];
    let operations = Plans::of(&orders, &payments).plan(&World::new());
    let documents: Vec<ReceiptDocument> =
        operations.iter().map(|operation| documents::receipt(operation).unwrap()).collect();
    let shown: Vec<_> = documents.iter().map(|one| (one.customer, one.received)).collect();
    assert_eq!(shown, [(Some(CustomerId(60)), 400_000.into()), (Some(CustomerId(61)), 50_000.into())]);
    assert_ne!(documents[0].number, documents[1].number);
}

#[test]
fn a_payout_before_its_invoice_waits_for_it() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0; 5])])];
    let plans = Plans { without_invoice: vec![orders[0].id], ..Plans::of(&orders, &payments) };
    assert_eq!(reasons(&plans.plan(&World::new())), [(Action::Blocked, "payout_waits_for_invoice")]);
}

#[test]
fn a_payout_of_an_invoice_that_a_person_has_named_is_booked_on_it() {
    let orders = [reference_order(), order(2, "SI.2024.01.00003", vec![line("MUG", 1, 400_000)])];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0; 5])])];
    let plans = Plans {
        without_invoice: vec![orders[0].id],
        linked: BTreeMap::from([(orders[0].id, "SI.2024.01.00003".to_owned())]),
        ..Plans::of(&orders, &payments)
    };
    let operations = plans.plan(&World::new());
    assert_eq!(operations[0].after["invoice.001.no"], "SI.2024.01.00003");
}

#[test]
fn a_role_without_account_blocks_instead_of_dropping_its_line() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [5_000, 20_000, 3_000, 0, 26_000])])];
    let mut world = World::new();
    world.mapping.roles.service_fee = None;
    let operations = Plans::of(&orders, &payments).plan(&world);
    assert_eq!(operations[0].reason, Reason::new("role_not_mapped").with("role", "service_fee"));
    // A role that nothing falls on needs no account.
    world.mapping.roles = Roles { platform_fulfillment_fee: None, ..World::new().mapping.roles };
    assert_eq!(reasons(&Plans::of(&orders, &payments).plan(&world)), [(Action::Create, "payout_ready")]);
}

#[test]
fn a_payout_whose_equation_does_not_hold_is_held_with_the_difference() {
    let orders = [reference_order()];
    let right = shop_invoice(&orders[0], [5_000, 20_000, 3_000, 0, 26_000]);
    let wrong = [
        (OrderInvoice { total: right.total + Money::from(1), ..right.clone() }, "1"),
        (OrderInvoice { service_fee: Money::ZERO, ..right.clone() }, "-26000"),
        (OrderInvoice { platform_rebate: Money::ZERO, ..right.clone() }, "5000"),
    ];
    for (invoice, difference) in wrong {
        let operations = Plans::of(&orders, &[payment("P", vec![invoice])]).plan(&World::new());
        assert_eq!(reasons(&operations), [(Action::Blocked, "payout_equation")]);
        assert_eq!(operations[0].reason.params["difference"], difference);
        assert!(!operations[0].action.writes() && documents::receipt(&operations[0]).is_err());
    }
    let operations = Plans::of(&orders, &[payment("P", vec![right])]).plan(&World::new());
    assert_eq!(reasons(&operations), [(Action::Create, "payout_ready")]);
}

#[test]
fn lines_of_nothing_are_left_out() {
    let orders = [reference_order()];
    let discounts = |costs: [i64; 5]| -> Vec<String> {
        let operations = Plans::of(&orders, &[payment("P", vec![shop_invoice(&orders[0], costs)])]).plan(&World::new());
        let roles = operations[0].after.iter().filter(|(name, _)| name.contains(".role."));
        assert!(roles.into_iter().all(|(_, amount)| amount != "0"), "{:?}", operations[0].after);
        amounts(&documents::receipt(&operations[0]).unwrap()).into_iter().map(|(no, _)| no.to_owned()).collect()
    };
    assert_eq!(discounts([0; 5]), Vec::<String>::new());
    assert_eq!(discounts([0, 0, 0, 0, 26_000]), [SERVICE]);
    assert_eq!(discounts([5_000, 0, 3_000, 0, 0]), [REBATE, DIFFERENCE]);
}

#[test]
fn a_new_name_of_a_warehouse_account_or_customer_changes_only_what_is_shown() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [5_000, 20_000, 3_000, 0, 26_000])])];
    let (before, mut after) = (World::new(), World::new());
    for name in after.warehouses.iter_mut().map(|one| &mut one.name) {
        *name = format!("{name}-BARU");
    }
    for name in after.accounts.iter_mut().map(|one| &mut one.name) {
        *name = format!("{name}-BARU");
    }
    for name in after.customers.iter_mut().map(|one| &mut one.name) {
        *name = format!("{name}-BARU");
    }
    let plans = Plans::of(&orders, &payments);
    let mut invoices = plans.invoiced(&after);
    for line in invoices.iter_mut().flat_map(|document| &mut document.lines) {
        assert_eq!(line.warehouse, "Utama-BARU", "the service is told the name of today");
        line.warehouse = "Utama".into();
    }
    assert_eq!(invoices, plans.invoiced(&before));
    assert_eq!(plans.plan(&after), plans.plan(&before));
    assert_eq!(reasons(&plans.plan(&after)), [(Action::Create, "payout_ready")]);
}

#[test]
fn stores_and_warehouses_of_one_name_are_told_apart_by_their_ids() {
    let other = Order { store: OTHER_STORE, warehouse: Some(ForstokWarehouseId(196)), ..reference_order() };
    let other = Order { id: OrderId(2), number: "A2".into(), ..other };
    let orders = [reference_order(), other];
    let payments = [payment("P", orders.iter().map(|order| shop_invoice(order, [0; 5])).collect())];
    let mut world = World::new();
    for name in world.stores.iter_mut().map(|one| &mut one.name) {
        *name = "Toko".into();
    }
    for name in world.shop_warehouses.iter_mut().map(|one| &mut one.name) {
        *name = "Gudang".into();
    }
    let second = WarehouseMapping { forstok_id: ForstokWarehouseId(196), accurate_id: WarehouseId(51) };
    world.mapping.warehouses.push(second);
    world.mapping.stores[1].bank_account_id = Some(AccountId(80));
    let bank = Account { id: AccountId(80), no: "110109".into(), ..world.accounts[0].clone() };
    world.accounts.push(bank);
    let plans = Plans::of(&orders, &payments);
    let places: Vec<_> = plans.invoiced(&world).iter().map(|one| (one.customer, one.lines[0].warehouse_id)).collect();
    let place = |customer, warehouse| (Some(CustomerId(customer)), Some(WarehouseId(warehouse)));
    assert_eq!(places, [place(60, 50), place(61, 51)]);
    let banks: Vec<_> = plans.plan(&world).iter().map(|one| documents::receipt(one).unwrap().bank).collect();
    assert_eq!(banks, [Some(AccountId(70)), Some(AccountId(80))]);
}

#[test]
fn each_obstacle_holds_a_payout_with_its_reason() {
    let orders = [reference_order()];
    let invoice = shop_invoice(&orders[0], [0, 20_000, 0, 0, 0]);
    let payments = [payment("P", vec![invoice.clone()])];
    let held = |change: fn(&mut World)| {
        let mut world = World::new();
        change(&mut world);
        let operations = Plans::of(&orders, &payments).plan(&world);
        assert_eq!(operations[0].action, Action::Blocked);
        operations[0].reason.code.clone()
    };
    assert_eq!(held(|world| world.mapping.stores[0].bank_account_id = None), "role_not_mapped");
    assert_eq!(held(|world| world.accounts[0].suspended = true), "account_inactive");
    assert_eq!(held(|world| world.accounts[3].suspended = true), "account_inactive");
    assert_eq!(held(|world| world.accounts[3].parent = true), "role_account_not_postable");
    assert_eq!(held(|world| world.accounts.truncate(1)), "role_account_gone");
    assert_eq!(held(|world| world.mapping.sales.closed_until = Some(jiff::civil::date(2024, 1, 20))), "period_closed");
    let world = World::new();
    let of = |payments: &[Payment]| Plans::of(&orders, payments).plan(&world)[0].reason.clone();
    let voided = OrderInvoice { status: InvoiceStatus::Voided, ..invoice.clone() };
    assert_eq!(of(&[payment("P", vec![voided])]).code, "payout_of_voided");
    let stranger = OrderInvoice { order: OrderId(5), ..invoice.clone() };
    assert_eq!(of(&[payment("P", vec![stranger])]).code, "payout_order_unknown");
    let short = Payment { received: 379_000.into(), ..payment("P", vec![invoice.clone()]) };
    let expected =
        Reason::new("payout_differs").with("received", "379000").with("sum", "380000").with("difference", "-1000");
    assert_eq!(of(&[short]), expected);
    let wrong = OrderInvoice { total: 379_000.into(), ..invoice };
    let expected =
        Reason::new("payout_equation").with("received", "379000").with("due", "380000").with("difference", "-1000");
    assert_eq!(of(&[payment("P", vec![wrong])]), expected.with("order", "240115CONTOH1"));
}

#[test]
fn an_invoice_that_is_paid_or_partly_paid_already_is_not_paid_again() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0; 5])])];
    let paid = Plans {
        paid_by: HashMap::from([("240115CONTOH1".to_owned(), vec!["110102.2024.01.00001".to_owned()])]),
        ..Plans::of(&orders, &payments)
    };
    assert_eq!(reasons(&paid.plan(&World::new())), [(Action::Blocked, "invoice_paid_already")]);
    let partly = Plans { owing: Some(100_000.into()), ..Plans::of(&orders, &payments) };
    assert_eq!(reasons(&partly.plan(&World::new())), [(Action::Blocked, "invoice_owing_differs")]);
}

#[test]
fn a_payout_told_twice_is_booked_once() {
    let orders = [reference_order()];
    let invoice = shop_invoice(&orders[0], [0; 5]);
    let payments = [payment("P1", vec![invoice.clone()]), payment("P2", vec![invoice])];
    let expected = [(Action::Create, "payout_ready"), (Action::Blocked, "payout_twice")];
    assert_eq!(reasons(&Plans::of(&orders, &payments).plan(&World::new())), expected);
}

#[test]
fn a_receipt_that_is_there_is_adopted_or_a_conflict() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [5_000, 20_000, 3_000, 0, 26_000])])];
    let world = World::new();
    let mut there = documents::receipt(&Plans::of(&orders, &payments).plan(&world)[0]).unwrap();
    let number = there.number.clone();
    let with = |there: &ReceiptDocument| {
        let plans = Plans {
            receipts: HashMap::from([(number.clone(), there.clone())]),
            paid_by: HashMap::from([("240115CONTOH1".to_owned(), vec![number.clone()])]),
            owing: Some(Money::ZERO),
            ..Plans::of(&orders, &payments)
        };
        plans.plan(&world)
    };
    there.payments[0].discounts.reverse();
    assert_eq!(reasons(&with(&there)), [(Action::Same, "already_in_accurate")]);
    // Two discounts that somebody has moved to other accounts: the sum is the same, the accounts are not.
    let planned = there.clone();
    let moved = &mut there.payments[0].discounts[0];
    (moved.account_no, moved.account) = ("999".into(), Some(AccountId(999)));
    assert_eq!(reasons(&with(&there)), [(Action::Blocked, "number_taken")]);
    // Accounts that were renumbered, two of them with each other, are the same by their ids.
    let mut there = planned;
    let discounts = &mut there.payments[0].discounts;
    let numbers: Vec<String> = discounts.iter().map(|discount| discount.account_no.clone()).collect();
    (discounts[0].account_no, discounts[1].account_no) = (numbers[1].clone(), numbers[0].clone());
    discounts[2].account_no = "820.99".into();
    assert_eq!(reasons(&with(&there)), [(Action::Same, "already_in_accurate")]);
}

#[test]
fn what_was_posted_is_not_posted_again() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0; 5])])];
    let world = World::new();
    let posted = Plans::of(&orders, &payments).plan(&world).remove(0);
    let plans = Plans { posted: BTreeMap::from([(posted.key, posted.after)]), ..Plans::of(&orders, &payments) };
    assert_eq!(reasons(&plans.plan(&world)), [(Action::Same, "posted_before")]);
}

#[test]
fn two_roles_on_one_account_are_one_discount() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0, 20_000, 0, 0, 26_000])])];
    let mut world = World::new();
    world.mapping.roles.service_fee = world.mapping.roles.voucher_seller;
    let operations = Plans::of(&orders, &payments).plan(&world);
    assert_eq!(amounts(&documents::receipt(&operations[0]).unwrap()), [(VOUCHER, "46000".to_owned())]);
}

#[test]
fn what_came_back_is_not_settled() {
    // Three of 50,000, one came back, and the marketplace keeps 3,000.
    let orders = [order(1, "N1", vec![line("MUG", 3, 50_000)])];
    let mut invoice = shop_invoice(&orders[0], [0, 0, 0, 0, 3_000]);
    invoice.total = 97_000.into();
    let payments = [payment("P", vec![invoice])];
    let returned = |back: i64, owing: i64| Plans {
        returned: Some(back.into()),
        owing: Some(owing.into()),
        ..Plans::of(&orders, &payments)
    };
    let document = documents::receipt(&returned(50_000, 100_000).plan(&World::new())[0]).unwrap();
    assert_eq!((document.payments[0].amount, document.received), (100_000.into(), 97_000.into()));
    let reason = returned(150_000, 0).plan(&World::new()).remove(0).reason;
    assert_eq!(reason, Reason::new("payout_of_returned").with("number", "N1").with("returned", "150000"));
}

#[test]
fn a_payout_is_not_booked_on_an_invoice_of_another_customer() {
    let orders = [reference_order()];
    let payments = [payment("P", vec![shop_invoice(&orders[0], [0; 5])])];
    let plans = Plans { customer: Some(CustomerId(61)), ..Plans::of(&orders, &payments) };
    assert_eq!(reasons(&plans.plan(&World::new())), [(Action::Blocked, "number_taken")]);
}

#[path = "payouts_tests.rs"]
mod payouts;
