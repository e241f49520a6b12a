//! Every cause that a shop's own case makes, with every choice: it changes the next plan of its row, or it is refused; and it is refused only
//! where it would change nothing.

use super::*;
use crate::kinds::invoices::InvoicesInput;
use crate::kinds::receipts::ReceiptsInput;
use crate::kinds::returns::ReturnsInput;
use crate::kinds::sales_fixture::*;
use crate::kinds::voids::VoidsInput;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument, ReceiptPayment};
use selaras_domain::ids::{SalesInvoiceId, SalesReceiptId, WarehouseId};
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, OrderReturn, OrderStatus, Payment, ReturnedLine};
use selaras_domain::plan::{Action, Fields, Operation};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A shop's case, and the plan that it makes.
struct Case {
    kind: &'static str,
    orders: Vec<Order>,
    payments: Vec<Payment>,
    /// The invoices in Accurate.
    documents: Vec<InvoiceDocument>,
    /// As Selaras has posted them, where it did (`ours`).
    posted: Vec<InvoiceDocument>,
    ours: bool,
    /// Whether each of them is read whole.
    read: bool,
    receipts: Vec<ReceiptDocument>,
    world: World,
    warehouse: Option<WarehouseId>,
}

impl Case {
    fn new(kind: &'static str, orders: Vec<Order>) -> Self {
        let world = World::new();
        let sold: Vec<Order> = orders
            .iter()
            .map(|order| Order { status: OrderStatus::ReadyToShip, returns: Vec::new(), ..order.clone() })
            .collect();
        let document = |order: &Order| {
            let made =
                world.with_invoices(std::slice::from_ref(order), |input| invoices::document(input, order)).ok()?;
            Some(InvoiceDocument { id: Some(SalesInvoiceId(order.id.0)), ..made })
        };
        let documents: Vec<InvoiceDocument> = sold.iter().filter_map(document).collect();
        Self {
            kind,
            orders,
            payments: Vec::new(),
            posted: documents.clone(),
            documents,
            read: true,
            ours: true,
            receipts: Vec::new(),
            world,
            warehouse: Some(WarehouseId(51)),
        }
    }

    fn paid(orders: Vec<Order>, payments: Vec<Payment>) -> Self {
        Self { payments, ..Self::new(receipts::KIND, orders) }
    }

    fn plan(&self, decisions: &[(OperationKey, RowChoice)]) -> Vec<Operation> {
        let mut world = self.world.clone();
        for (key, choice) in decisions {
            world.decide(&key.0, choice.clone());
        }
        let (company, none) = (world.company(), BTreeMap::new());
        let rows = world.rows();
        let goods = goods(&rows);
        let existing: Vec<SalesInvoice> = self.documents.iter().map(head).collect();
        let read = self.documents.iter().filter(|_| self.read);
        let documents: HashMap<String, InvoiceDocument> = read.map(|one| (one.number.clone(), one.clone())).collect();
        let receipts: HashMap<String, ReceiptDocument> =
            self.receipts.iter().map(|one| (one.number.clone(), one.clone())).collect();
        let posted_invoices: BTreeMap<OperationKey, Fields> = (self.orders.iter().zip(&self.posted))
            .filter(|_| self.ours)
            .map(|(order, one)| (invoices::key(order.id), crate::documents::invoice_fields(one)))
            .collect();
        let posted_receipts: BTreeMap<OperationKey, Fields> =
            receipts.values().map(|one| (receipts::key(&one.number), crate::documents::receipt_fields(one))).collect();
        match self.kind {
            invoices::KIND => {
                let input = InvoicesInput {
                    company: &company,
                    goods: &goods,
                    orders: &self.orders,
                    shop_invoices: &HashMap::new(),
                    invoices_told: false,
                    existing: &existing,
                    documents: &documents,
                    listed_since: jiff::civil::date(2023, 1, 1),
                    posted: if self.ours { &posted_invoices } else { &none },
                    counts: &BTreeMap::new(),
                    since: wib("2024-01-01T00:00:00"),
                    integrated_at: wib("2024-02-01T00:00:00"),
                    only: &[],
                };
                invoices::plan(&input).0
            }
            receipts::KIND => {
                let mut paid_by: HashMap<String, Vec<String>> = HashMap::new();
                for (receipt, payment) in
                    self.receipts.iter().flat_map(|one| one.payments.iter().map(move |paid| (one, paid)))
                {
                    paid_by.entry(payment.invoice_no.clone()).or_default().push(receipt.number.clone());
                }
                receipts::plan(&ReceiptsInput {
                    company: &company,
                    payments: &self.payments,
                    orders: &self.orders,
                    shop_invoices: &HashMap::new(),
                    existing: &existing,
                    documents: &documents,
                    paid_by: &paid_by,
                    receipts: &receipts,
                    posted: &none,
                    open: &BTreeSet::new(),
                    linked: &BTreeMap::new(),
                    only: &[],
                })
            }
            returns::KIND => returns::plan(&ReturnsInput {
                company: &company,
                goods: &goods,
                orders: &self.orders,
                existing: &existing,
                documents: &documents,
                posted_invoices: &posted_invoices,
                returns: &HashMap::new(),
                posted: &none,
                linked: &BTreeMap::new(),
                warehouse: self.warehouse,
                only: &[],
            }),
            _ => voids::plan(&VoidsInput {
                company: &company,
                orders: &self.orders,
                shop_invoices: &HashMap::new(),
                existing: &existing,
                documents: &documents,
                receipts: &receipts,
                posted_invoices: if self.ours { &posted_invoices } else { &none },
                posted_receipts: if self.ours { &posted_receipts } else { &none },
                linked: &BTreeMap::new(),
                only: &[],
            }),
        }
    }
}

fn sold(id: i64, price: i64) -> Order {
    order(id, &format!("N{id}"), vec![line("MUG", 1, price)])
}

fn told(order: &Order, total: i64) -> OrderInvoice {
    OrderInvoice { total: total.into(), ..shop_invoice(order, [0; 5]) }
}

fn receipt(number: &str, invoices: &[(&str, i64)]) -> ReceiptDocument {
    let payment = |(invoice_no, amount): &(&str, i64)| ReceiptPayment {
        invoice_no: (*invoice_no).into(),
        invoice: None,
        amount: (*amount).into(),
        discounts: Vec::new(),
    };
    ReceiptDocument {
        id: Some(SalesReceiptId(300)),
        number: number.into(),
        date: jiff::civil::date(2024, 1, 20),
        description: String::new(),
        customer_no: "7001".into(),
        customer: None,
        bank_no: "110102".into(),
        bank: None,
        branch: None,
        received: invoices.iter().map(|(_, amount)| Money::from(*amount)).sum(),
        payments: invoices.iter().map(payment).collect(),
    }
}

fn back(order: Order, sku: &str, units: i64) -> Order {
    let lines = vec![ReturnedLine { sku: sku.into(), quantity: units.into() }];
    Order { returns: vec![OrderReturn { id: "R1".into(), at: wib("2024-01-25T10:00:00"), lines }], ..order }
}

/// Every case with the cause that holds it.
fn cases() -> Vec<(&'static str, Case)> {
    let one = || vec![sold(1, 100_000)];
    let pays = |total: i64| vec![payment("P", vec![told(&sold(1, 100_000), total)])];
    let twice = || {
        let again = Payment { reference: "Q".into(), ..pays(100_000).remove(0) };
        pays(100_000).into_iter().chain([again]).collect::<Vec<_>>()
    };
    let voided =
        || vec![payment("P", vec![OrderInvoice { status: InvoiceStatus::Voided, ..told(&sold(1, 100_000), 100_000) }])];
    let unsummed = || vec![Payment { received: 1.into(), ..pays(100_000).remove(0) }];
    let refund = || {
        let back = Payment { reference: "B".into(), ..pays(-9_000).remove(0) };
        pays(100_000).into_iter().chain([back]).collect::<Vec<_>>()
    };
    let unread = |case: Case| Case { documents: Vec::new(), ours: false, ..case };
    let closed = |mut case: Case| {
        case.world.mapping.sales.closed_until = Some(jiff::civil::date(2024, 1, 31));
        case
    };
    let by_hand = |mut case: Case| {
        case.receipts = vec![receipt("BKM.1", &[("N1", 60_000)])];
        case
    };
    let cancelled = || vec![Order { status: OrderStatus::Cancelled, ..sold(1, 100_000) }];
    let void = || Case::new(voids::KIND, cancelled());
    let paid_void = |invoices: &[(&str, i64)]| {
        let mut case = void();
        case.receipts = vec![receipt("SLP-1", invoices)];
        case.documents[0].receipts = vec!["SLP-1".into()];
        case
    };
    let returned = |order: Order| Case::new(returns::KIND, vec![order]);
    let mut changed = void();
    changed.documents[0].lines[0].quantity = 7.into();
    let mut has_return = void();
    has_return.documents[0].returned = Some(1.into());
    let mut entered = returned(back(sold(1, 100_000), "MUG", 1));
    entered.documents[0].returned = Some(100_000.into());
    let mut alike = Case { ours: false, ..Case::new(invoices::KIND, one()) };
    (alike.documents[0].number, alike.documents[0].description) = ("SI.1".into(), String::new());
    let mut taken = Case { ours: false, ..Case::new(invoices::KIND, one()) };
    taken.documents[0].lines[0].unit_price = 1.into();
    let gone = {
        let mut case = Case::new(invoices::KIND, one());
        case.documents[0].number = "X".into();
        case.documents[0].description = "X".into();
        case
    };
    let mut more = Case::new(invoices::KIND, one());
    more.orders[0] = sold(1, 120_000);
    let rest = Order { status: OrderStatus::Returned, ..back(order(1, "N1", vec![line("MUG", 3, 50_000)]), "MUG", 1) };
    let unmapped = |mut case: Case| {
        case.world.mapping.stores.clear();
        case
    };
    let open = |orders: Vec<Order>| Case { ours: false, documents: Vec::new(), ..Case::new(invoices::KIND, orders) };
    vec![
        ("payout_equation", Case::paid(one(), pays(60_000))),
        ("payout_equation", Case::paid(one(), pays(100_001))),
        ("payout_twice", Case::paid(one(), twice())),
        ("payout_of_voided", Case::paid(one(), voided())),
        ("payout_differs", Case::paid(one(), unsummed())),
        ("payout_empty", Case::paid(one(), vec![payment("P", Vec::new())])),
        ("payout_refund", Case::paid(one(), refund())),
        ("payout_refund_unpaid", Case::paid(one(), pays(-9_000))),
        ("payout_order_unknown", Case { orders: Vec::new(), ..Case::paid(one(), pays(100_000)) }),
        ("payout_waits_for_invoice", unread(Case::paid(one(), pays(100_000)))),
        ("period_closed", closed(Case::paid(one(), pays(100_000)))),
        ("store_not_mapped", unmapped(Case::paid(one(), pays(100_000)))),
        ("invoice_owing_differs", by_hand(Case::paid(one(), pays(30_000)))),
        ("invoice_owing_differs", by_hand(Case::paid(one(), pays(50_000)))),
        ("void_of_paid", paid_void(&[("N1", 100_000)])),
        ("void_receipt_of_several", paid_void(&[("N1", 100_000), ("N2", 5)])),
        ("void_receipt_not_read", {
            let mut case = paid_void(&[("N1", 100_000)]);
            case.receipts.clear();
            case
        }),
        ("void_not_ours", Case { ours: false, ..void() }),
        ("void_has_return", has_return),
        ("invoice_not_read", Case { read: false, ..void() }),
        ("period_closed", closed(void())),
        ("return_waits_for_invoice", unread(returned(back(sold(1, 100_000), "MUG", 1)))),
        ("return_more_than_sold", returned(back(sold(1, 100_000), "MUG", 2))),
        ("return_warehouse_not_chosen", Case { warehouse: None, ..returned(back(sold(1, 100_000), "MUG", 1)) }),
        ("return_entered_already", entered),
        ("return_rest_not_told", returned(rest)),
        ("parcel_not_back", returned(Order { status: OrderStatus::FailedDelivery, ..sold(1, 100_000) })),
        ("invoice_not_read", Case { read: false, ..returned(back(sold(1, 100_000), "MUG", 1)) }),
        ("maybe_in_accurate", alike),
        ("number_taken", taken),
        ("order_changed", more),
        ("invoice_gone", gone),
        (
            "order_empty",
            open(vec![Order { lines: Vec::new(), subtotal: Money::ZERO, total: Money::ZERO, ..sold(1, 1) }]),
        ),
        ("order_status_unknown", open(vec![Order { status: OrderStatus::Other("Aneh".into()), ..sold(1, 100_000) }])),
        ("order_sku_not_in_accurate", open(vec![order(1, "N1", vec![line("TIDAK-ADA", 1, 5)])])),
        ("store_not_mapped", unmapped(open(one()))),
        ("document_changed", changed),
    ]
}

fn held(case: &Case, cause: &str) -> Operation {
    let operations = case.plan(&[]);
    let found = operations.iter().find(|one| one.action == Action::Blocked && one.reason.code == cause);
    found.unwrap_or_else(|| panic!("{cause} of {}: {operations:?}", case.kind)).clone()
}

#[test]
fn each_decision_changes_the_next_plan_of_its_row_or_is_refused_with_why() {
    let choices = [RowChoice::Send, RowChoice::Never, RowChoice::Entered { number: "N1".into() }];
    let mut seen = BTreeSet::new();
    for (cause, case) in cases() {
        let row = held(&case, cause);
        for choice in &choices {
            let after = case.plan(&[(row.key.clone(), choice.clone())]);
            let after = after.iter().find(|one| one.key == row.key).unwrap();
            let changes = (after.action, &after.reason.code) != (row.action, &row.reason.code);
            match possible(case.kind, &row.key, &row.reason, choice) {
                Ok(()) => assert!(changes, "{choice:?} for {cause} of {} has no effect", case.kind),
                Err(why) => {
                    assert!(CODES.contains(&why.code.as_str()) && why.params["cause"] == cause, "{why:?}");
                    let removal = case.kind == voids::KIND && matches!(choice, RowChoice::Entered { .. });
                    assert!(
                        removal || !changes,
                        "{choice:?} for {cause} of {} is refused and has an effect",
                        case.kind
                    );
                    seen.insert(why.code);
                }
            }
        }
        assert_eq!(possible(case.kind, &row.key, &row.reason, &RowChoice::Never), Ok(()), "{cause}");
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["decision_cannot_send", "decision_no_document", "decision_over"]);
}

#[test]
fn what_may_be_passed_is_sent() {
    for (cause, case) in cases() {
        let row = held(&case, cause);
        if possible(case.kind, &row.key, &row.reason, &RowChoice::Send).is_ok() {
            let after = case.plan(&[(row.key.clone(), RowChoice::Send)]);
            let after = after.iter().find(|one| one.key == row.key).unwrap();
            assert!(after.action.writes(), "{cause} of {}: {:?}", case.kind, after.reason);
        }
    }
}

#[test]
fn rows_of_other_kinds_and_customers_are_not_decided_one_by_one() {
    let of = |kind: &str, key: &str| {
        let held = Reason::new("branch_missing");
        possible(kind, &OperationKey(key.into()), &held, &RowChoice::Never).unwrap_err().code
    };
    assert_eq!(of("items", "item:A"), "decision_other_kind");
    assert_eq!(of("stock", "stock:A:1"), "decision_other_kind");
    assert_eq!(of(invoices::KIND, "customer:7001"), "decision_of_customer");
    assert_eq!(choices("items", "barcode_taken"), [""; 0]);
}
