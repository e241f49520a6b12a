use super::super::sales_fixture::*;
use super::*;
use crate::documents::invoice_fields;
use selaras_domain::ids::SalesInvoiceId;
use selaras_domain::order::OrderReturn;

/// Accurate and the journal after an order was invoiced; goods of it come back into warehouse 51.
struct Invoiced {
    world: World,
    orders: Vec<Order>,
    document: InvoiceDocument,
    invoices: BTreeMap<OperationKey, Fields>,
    posted: BTreeMap<OperationKey, Fields>,
    there: HashMap<String, ReturnDocument>,
    linked: BTreeMap<OrderId, String>,
    invoiced: bool,
}

impl Invoiced {
    fn of(order: Order) -> Self {
        let mut world = World::new();
        let document = world.invoice(&order);
        let invoices = BTreeMap::from([(invoices::key(order.id), invoice_fields(&document))]);
        let document = InvoiceDocument { id: Some(SalesInvoiceId(900)), ..document };
        world.mapping.sales.return_warehouse_id = Some(WarehouseId(51));
        let (posted, there, orders) = (BTreeMap::new(), HashMap::new(), vec![order]);
        let linked = BTreeMap::new();
        Self { world, orders, document, invoices, posted, there, linked, invoiced: true }
    }

    fn plan(&self) -> Vec<Operation> {
        let rows = self.world.rows();
        let existing: Vec<SalesInvoice> = self.invoiced.then(|| head(&self.document)).into_iter().collect();
        plan(&ReturnsInput {
            company: &self.world.company(),
            goods: &goods(&rows),
            orders: &self.orders,
            existing: &existing,
            documents: &HashMap::from([(self.document.number.clone(), self.document.clone())]),
            posted_invoices: &self.invoices,
            returns: &self.there,
            posted: &self.posted,
            linked: &self.linked,
            warehouse: None,
            only: &[],
        })
    }

    fn documents(&self) -> Vec<ReturnDocument> {
        self.plan()
            .iter()
            .map(|operation| {
                assert_eq!(operation.action, Action::Create, "{operation:?}");
                documents::returned(operation).unwrap()
            })
            .collect()
    }

    fn held(&self) -> Reason {
        let operations = self.plan();
        assert_eq!(operations[0].action, Action::Blocked, "{operations:?}");
        operations[0].reason.clone()
    }
}

fn back(id: &str, lines: &[(&str, i64)]) -> OrderReturn {
    let lines = lines.iter().map(|(sku, count)| ReturnedLine { sku: (*sku).into(), quantity: (*count).into() });
    OrderReturn { id: id.into(), at: wib("2024-01-22T08:00:00"), lines: lines.collect() }
}

fn lines(document: &ReturnDocument) -> Vec<(&str, String, String)> {
    document.lines.iter().map(|line| (line.item_no.as_str(), line.quantity.text(), line.unit_price.text())).collect()
}

#[test]
fn an_order_that_came_back_is_returned_whole_into_the_chosen_warehouse() {
    let order = Order { status: OrderStatus::Returned, updated_at: wib("2024-01-25T01:00:00"), ..reference_order() };
    let document = Invoiced::of(order).documents().remove(0);
    let whole = [("CAP-RED", "1".to_owned(), "100000".to_owned()), ("TS-BLK-M", "2".to_owned(), "150000".to_owned())];
    assert_eq!(lines(&document), whole);
    assert_eq!((document.total, document.date), (Some(400_000.into()), jiff::civil::date(2024, 1, 25)));
    assert_eq!(
        (document.invoice_no.as_str(), document.number),
        ("240115CONTOH1", number(OrderId(140_000_001), "rest"))
    );
    let warehouses: Vec<_> = document.lines.iter().map(|line| (line.warehouse.as_str(), line.warehouse_id)).collect();
    assert_eq!(warehouses, [("Retur", Some(WarehouseId(51))); 2]);
}

#[test]
fn part_of_an_order_is_returned_at_the_prices_of_its_invoice() {
    let order = Order { returns: vec![back("R1", &[("TS-BLK-M", 1)])], ..reference_order() };
    let document = Invoiced::of(order).documents().remove(0);
    assert_eq!(lines(&document), [("TS-BLK-M", "1".to_owned(), "150000".to_owned())]);
    assert_eq!(document.total, Some(150_000.into()));
}

#[test]
fn returns_one_after_the_other_add_up_to_the_invoice() {
    let mixed = vec![line("MUG", 2, 10_001), line("MUG", 1, 9_000), line("CAP-RED", 3, 3_333)];
    let order = Order { discount: 1_000.into(), ..order(1, "N1", mixed) };
    let order = Order {
        total: order.subtotal - Money::from(1_000),
        returns: vec![back("R1", &[("MUG", 1)]), back("R2", &[("MUG", 2), ("CAP-RED", 3)])],
        ..order
    };
    let invoiced = Invoiced::of(order);
    let documents = invoiced.documents();
    assert_eq!(lines(&documents[0]), [("MUG", "1".to_owned(), "10001".to_owned())]);
    let total: Money = documents.iter().filter_map(|document| document.total).sum();
    assert_eq!(Some(total), invoiced.document.total);
    let discount: Money = documents.iter().map(|document| document.cash_discount).sum();
    assert_eq!(discount, 1_000.into());
}

#[test]
fn a_bundle_that_came_back_is_its_parts() {
    let sold = bundle("BDL", 90_000, &[("TS-BLK-M", 1, 50_000), ("CAP-RED", 2, 25_000)]);
    let order = Order { returns: vec![back("R1", &[("BDL", 1)])], ..order(1, "N1", vec![sold]) };
    let document = Invoiced::of(order).documents().remove(0);
    assert_eq!(
        lines(&document),
        [("CAP-RED", "2".to_owned(), "22500".to_owned()), ("TS-BLK-M", "1".to_owned(), "45000".to_owned())]
    );
    assert_eq!(document.total, Some(90_000.into()));
}

#[test]
fn nothing_comes_back_that_was_not_sold() {
    let more = Order { returns: vec![back("R1", &[("TS-BLK-M", 3)])], ..reference_order() };
    assert_eq!(
        Invoiced::of(more).held(),
        Reason::new("return_more_than_sold").with("sku", "TS-BLK-M").with("quantity", "3")
    );
    let twice =
        Order { returns: vec![back("R1", &[("CAP-RED", 1)]), back("R2", &[("CAP-RED", 1)])], ..reference_order() };
    let operations = Invoiced::of(twice).plan();
    let told: Vec<_> = operations.iter().map(|one| (one.action, one.reason.code.as_str())).collect();
    assert_eq!(told, [(Action::Create, "return_ready"), (Action::Blocked, "return_more_than_sold")]);
}

#[test]
fn a_warehouse_is_chosen_and_never_assumed() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    invoiced.world.mapping.sales.return_warehouse_id = None;
    assert_eq!(invoiced.held().code, "return_warehouse_not_chosen");
    invoiced.world.mapping.sales.return_warehouse_id = Some(WarehouseId(99));
    assert_eq!(invoiced.held().code, "order_warehouse_gone");
}

#[test]
fn an_invoice_that_somebody_has_changed_is_shown_first() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::FailedDelivery, ..reference_order() });
    invoiced.document.lines[0].unit_price = 1.into();
    assert_eq!(invoiced.held().code, "document_changed");
}

#[test]
fn a_parcel_that_was_not_handed_over_is_returned_once_it_is_back_or_a_person_has_it() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::FailedDelivery, ..reference_order() });
    assert_eq!(invoiced.held(), Reason::new("parcel_not_back").with("order", "240115CONTOH1"));
    invoiced.orders[0].status = OrderStatus::Returned;
    assert_eq!(reasons(&invoiced.plan()), [(Action::Create, "return_ready")]);
}

#[test]
fn without_an_invoice_there_is_nothing_to_return_and_a_part_waits() {
    let mut whole = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    whole.invoiced = false;
    assert_eq!(whole.plan(), []);
    let mut part = Invoiced::of(Order { returns: vec![back("R1", &[("CAP-RED", 1)])], ..reference_order() });
    part.invoiced = false;
    assert_eq!(part.held().code, "return_waits_for_invoice");
}

#[test]
fn a_return_that_is_there_or_was_posted_is_not_made_again() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    let operation = invoiced.plan().remove(0);
    let document = documents::returned(&operation).unwrap();
    invoiced.there.insert(document.number.clone(), document.clone());
    let told = |operations: Vec<Operation>| (operations[0].action, operations[0].reason.code.clone());
    assert_eq!(told(invoiced.plan()), (Action::Same, "already_in_accurate".to_owned()));
    invoiced.there.insert(document.number.clone(), ReturnDocument { total: Some(1.into()), ..document });
    assert_eq!(told(invoiced.plan()), (Action::Blocked, "number_taken".to_owned()));
    invoiced.posted.insert(operation.key, operation.after);
    assert_eq!(told(invoiced.plan()), (Action::Same, "posted_before".to_owned()));
}

/// The reasons of a plan.
fn reasons(operations: &[Operation]) -> Vec<(Action, &str)> {
    operations.iter().map(|operation| (operation.action, operation.reason.code.as_str())).collect()
}

#[test]
fn what_was_returned_as_a_whole_is_not_returned_again_piece_by_piece() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    let whole = invoiced.plan().remove(0);
    invoiced.posted.insert(whole.key.clone(), whole.after.clone());
    invoiced.orders[0].returns = vec![back("R1", &[("CAP-RED", 1)])];
    let expected = [(Action::Same, "return_in_whole"), (Action::Same, "posted_before")];
    assert_eq!(reasons(&invoiced.plan()), expected);
    // The same where the journal is gone and only Accurate knows it.
    invoiced.posted.clear();
    let there = documents::returned(&whole).unwrap();
    invoiced.there.insert(there.number.clone(), there);
    let expected = [(Action::Same, "return_in_whole"), (Action::Same, "already_in_accurate")];
    assert_eq!(reasons(&invoiced.plan()), expected);
}

#[test]
fn a_return_that_a_person_has_entered_is_not_entered_again() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    invoiced.document.returned = invoiced.document.total;
    let total = invoiced.document.total.unwrap();
    let reason = Reason::new("return_entered_already").with("number", "240115CONTOH1").with("returned", total);
    assert_eq!(invoiced.held(), reason.with("ours", 0));
    // Of what is ours nothing is counted twice.
    let mut part = Invoiced::of(Order { returns: vec![back("R1", &[("CAP-RED", 1)])], ..reference_order() });
    let first = part.plan().remove(0);
    part.document.returned = first.after["total"].parse().ok().map(Money);
    part.posted.insert(first.key.clone(), first.after.clone());
    part.orders[0].returns.push(OrderReturn { at: wib("2024-01-23T08:00:00"), ..back("R2", &[("TS-BLK-M", 1)]) });
    assert_eq!(reasons(&part.plan()), [(Action::Same, "posted_before"), (Action::Create, "return_ready")]);
}

#[test]
fn a_rest_that_only_the_status_calls_returned_is_a_persons_to_decide() {
    let mut invoiced = Invoiced::of(Order {
        status: OrderStatus::Returned,
        returns: vec![back("R1", &[("CAP-RED", 1)])],
        ..reference_order()
    });
    let expected = [(Action::Create, "return_ready"), (Action::Blocked, "return_rest_not_told")];
    assert_eq!(reasons(&invoiced.plan()), expected);
    let rest = key(invoiced.orders[0].id, REST);
    invoiced.world.decide(&rest.0, RowChoice::Send);
    let documents = invoiced.documents();
    let returned: Money = documents.iter().filter_map(|document| document.total).sum();
    assert_eq!((documents.len(), Some(returned)), (2, invoiced.document.total));
}

#[test]
fn goods_of_an_invoice_of_another_customer_do_not_come_back_for_this_one() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    invoiced.document.customer = Some(selaras_domain::ids::CustomerId(61));
    assert_eq!(invoiced.held().code, "number_taken");
}

#[test]
fn an_order_whose_invoice_a_person_has_named_is_returned_from_it() {
    let mut invoiced = Invoiced::of(Order { status: OrderStatus::Returned, ..reference_order() });
    invoiced.document.number = "SI.2024.01.00003".into();
    invoiced.document.description = "diketik tangan".into();
    invoiced.invoices.clear();
    assert_eq!(invoiced.plan(), []);
    invoiced.linked.insert(invoiced.orders[0].id, "SI.2024.01.00003".into());
    assert_eq!(invoiced.documents()[0].invoice_no, "SI.2024.01.00003");
}
