//! Each cause by a shop's own case, and the clearing account that they lead to.

use super::*;
use crate::clearing::{Clearing, Moved, StepKind, clearing, clearing_of};
use crate::kinds::sales_fixture::{
    OTHER_STORE, STORE, World, line, order, payment, reference_order, shop_invoice, wib,
};
use jiff::civil::date;
use selaras_domain::accurate::AccountType;
use selaras_domain::documents::ReceiptDiscount;
use selaras_domain::ids::SalesInvoiceId;
use selaras_domain::order::{InvoiceStatus, OrderReturn, OrderStatus};
use selaras_domain::payout::CostStructure;

const BANK: AccountId = AccountId(70);
const OTHER_BANK: AccountId = AccountId(80);

/// A month of a shop.
struct Month {
    world: World,
    orders: Vec<Order>,
    invoices: Vec<SalesInvoice>,
    receipts: Option<Vec<ReceiptDocument>>,
    payments: Option<Vec<Payment>>,
    settlements: Vec<(i64, SettlementRow)>,
    returned: BTreeSet<OrderId>,
    shop_invoices: HashMap<OrderId, OrderInvoice>,
    linked: BTreeMap<OrderId, String>,
}

impl Month {
    fn new() -> Self {
        let mut world = World::new();
        let (name, account_type) = ("Bank lain".to_owned(), AccountType::CashBank);
        let other = Account {
            id: OTHER_BANK,
            no: "110109".into(),
            name,
            account_type,
            parent: false,
            suspended: false,
            balance: None,
            foreign: None,
        };
        world.accounts.push(other);
        Self {
            world,
            orders: Vec::new(),
            invoices: Vec::new(),
            receipts: Some(Vec::new()),
            payments: Some(Vec::new()),
            settlements: Vec::new(),
            returned: BTreeSet::new(),
            shop_invoices: HashMap::new(),
            linked: BTreeMap::new(),
        }
    }

    /// The reference's order with its invoice, paid out by Forstok's word and received: 356,000.
    fn settled() -> Self {
        let mut month = Self::new();
        let order = reference_order();
        month.invoices.push(head(&order, 400_000));
        month.receipts.as_mut().unwrap().push(receipt("SLP-1", &[&order], &FEES, 400_000));
        month.payments = Some(vec![payment("P1", vec![shop_invoice(&order, [5_000, 20_000, 3_000, 0, 26_000])])]);
        month.orders.push(order);
        month
    }

    fn with<T>(&self, look: impl FnOnce(&ReconcileInput<'_>) -> T) -> T {
        look(&ReconcileInput {
            orders: &self.orders,
            invoices: &self.invoices,
            receipts: self.receipts.as_deref(),
            payments: self.payments.as_deref(),
            settlements: &self.settlements,
            mapping: &self.world.mapping,
            accounts: &self.world.accounts,
            stores: &self.world.stores,
            shop_invoices: &self.shop_invoices,
            linked: &self.linked,
            returned: &self.returned,
            since: wib("2024-01-01T00:00:00"),
            today: date(2024, 2, 1),
        })
    }

    /// Cause, number and amount of each row.
    fn told(&self) -> Vec<(&'static str, String, String)> {
        self.with(|input| {
            reconcile(input).iter().map(|row| (row.cause.name(), row.number.clone(), row.amount.text())).collect()
        })
    }

    fn reasons(&self) -> Vec<Reason> {
        self.with(|input| reconcile(input).into_iter().map(|row| row.reason).collect())
    }

    fn clearing(&self) -> Vec<Clearing> {
        self.with(|input| clearing(input, &reconcile(input)))
    }

    fn clearing_of(&self, first: Date, last: Date) -> Vec<Clearing> {
        self.with(|input| clearing_of(input, &reconcile(input), first, last))
    }
}

/// The fees of the reference's payout on the fixture's accounts: rebate, voucher, difference, service.
const FEES: [(i64, i64); 4] = [(72, -5_000), (73, 20_000), (74, 3_000), (76, 26_000)];

fn head(order: &Order, total: i64) -> SalesInvoice {
    SalesInvoice {
        id: SalesInvoiceId(order.id.0),
        number: order.number.clone(),
        date: Some(date(2024, 1, 16)),
        description: Some(order.id.to_string()),
        customer: None,
        total: Some(total.into()),
    }
}

/// A receipt for the invoices of these orders, each of this amount with these fees.
fn receipt(number: &str, orders: &[&Order], fees: &[(i64, i64)], amount: i64) -> ReceiptDocument {
    let discounts: Vec<ReceiptDiscount> = fees
        .iter()
        .map(|(account, amount)| ReceiptDiscount {
            account_no: String::new(),
            account: Some(AccountId(*account)),
            amount: (*amount).into(),
        })
        .collect();
    let payments: Vec<ReceiptPayment> = orders
        .iter()
        .map(|order| ReceiptPayment {
            invoice_no: order.number.clone(),
            invoice: None,
            amount: amount.into(),
            discounts: discounts.clone(),
        })
        .collect();
    ReceiptDocument {
        id: None,
        number: number.into(),
        date: date(2024, 1, 20),
        description: String::new(),
        customer_no: "7001".into(),
        customer: None,
        bank_no: "110102".into(),
        bank: Some(BANK),
        branch: None,
        received: payments.iter().map(ReceiptPayment::received).sum(),
        payments,
    }
}

fn settlement(kind: SettlementKind, number: &str, total: i64) -> (i64, SettlementRow) {
    let amounts = CostStructure { subtotal: total.into(), total: total.into(), ..CostStructure::default() };
    let (order_number, reference) = (number.to_owned(), format!("S-{number}"));
    (12, SettlementRow { row: 1, kind, order_number, reference, date: date(2024, 1, 21), amounts })
}

fn owned(cause: &'static str, number: &str, amount: &str) -> (&'static str, String, String) {
    (cause, number.to_owned(), amount.to_owned())
}

#[test]
fn an_order_that_went_all_the_way_agrees_and_leaves_nothing_to_do_but_the_withdrawal() {
    let month = Month::settled();
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
    let clearing = month.clearing();
    let steps: Vec<_> = clearing[0].steps.iter().map(|step| (step.kind.name(), step.amount.text())).collect();
    assert_eq!((clearing[0].moved.received, steps), (356_000.into(), vec![("in_wallet", "-356000".to_owned())]));
}

#[test]
fn both_sources_of_one_payout_are_one_payout() {
    let mut month = Month::settled();
    month.settlements.push(settlement(SettlementKind::Order, "240115CONTOH1", 356_000));
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
    month.settlements[0] = settlement(SettlementKind::Order, "240115CONTOH1", 350_000);
    assert_eq!(month.told(), [owned("told_differently", "240115CONTOH1", "-6000")]);
}

#[test]
fn an_order_without_invoice_is_due_from_the_trigger_on_and_from_the_start_on() {
    for (status, placed, cause) in [
        ("Ready to ship", "2024-01-15T10:00:00", "not_invoiced"),
        ("Completed", "2024-01-15T10:00:00", "not_invoiced"),
        ("Awaiting Moon", "2024-01-15T10:00:00", "not_invoiced"),
        ("Open", "2024-01-15T10:00:00", "not_due"),
        ("Completed", "2023-12-31T23:59:59", "not_due"),
        ("Cancelled", "2024-01-15T10:00:00", "ended"),
        ("Returned", "2024-01-15T10:00:00", "ended"),
    ] {
        let mut month = Month::new();
        let status = OrderStatus::from(status.to_owned());
        month.orders = vec![Order { status: status.clone(), ordered_at: wib(placed), ..reference_order() }];
        assert_eq!(month.told(), [owned(cause, "240115CONTOH1", "400000")], "{status:?}");
    }
}

#[test]
fn a_payout_of_an_order_without_invoice_waits_for_it_even_before_the_start() {
    let mut month = Month::settled();
    month.invoices.clear();
    month.receipts = Some(Vec::new());
    month.orders[0].ordered_at = wib("2023-12-01T00:00:00");
    assert_eq!(month.told(), [owned("not_invoiced", "240115CONTOH1", "400000")]);
    assert_eq!(month.reasons()[0].params["sum"], "356000");
}

#[test]
fn an_invoice_of_another_amount_than_the_order_is_named_before_its_money() {
    let mut month = Month::settled();
    month.invoices[0].total = Some(399_000.into());
    assert_eq!(month.told(), [owned("invoice_differs", "240115CONTOH1", "-1000")]);
}

#[test]
fn an_invoice_that_is_not_paid_out_says_for_how_long() {
    let mut month = Month::settled();
    (month.payments, month.receipts) = (Some(Vec::new()), Some(Vec::new()));
    assert_eq!(month.told(), [owned("not_paid_out", "240115CONTOH1", "400000")]);
    assert_eq!(month.reasons()[0].params["days"], "16");
}

#[test]
fn a_payout_without_receipt_and_a_receipt_without_payout_are_told_apart() {
    let mut month = Month::settled();
    month.receipts = Some(Vec::new());
    assert_eq!(month.told(), [owned("payout_not_received", "240115CONTOH1", "356000")]);
    let mut month = Month::settled();
    month.payments = Some(Vec::new());
    assert_eq!(month.told(), [owned("receipt_without_payout", "240115CONTOH1", "356000")]);
    assert_eq!(month.clearing()[0].steps[0].kind, StepKind::Cause(Cause::ReceiptWithoutPayout));
}

#[test]
fn what_one_side_does_not_tell_is_not_called_wrong() {
    let mut month = Month::settled();
    month.payments = None;
    assert_eq!(month.told(), [owned("not_compared", "240115CONTOH1", "356000")]);
    let mut month = Month::settled();
    month.receipts = None;
    assert_eq!(month.told(), [owned("not_compared", "240115CONTOH1", "356000")]);
}

#[test]
fn a_receipt_of_another_amount_names_the_line_that_makes_it() {
    let mut month = Month::settled();
    let fees = [(72, -5_000), (73, 20_000), (74, 3_000), (76, 25_000)];
    month.receipts = Some(vec![receipt("SLP-1", &[&month.orders[0]], &fees, 400_000)]);
    assert_eq!(month.told(), [owned("amount_differs", "240115CONTOH1", "1000")]);
    let reason = &month.reasons()[0];
    let params = ["role", "due", "total", "sum", "received"].map(|name| reason.params[name].as_str());
    assert_eq!(reason.code, "recon_amount_differs_line");
    assert_eq!(params, ["service_fee", "26000", "25000", "356000", "357000"]);
}

#[test]
fn a_fee_on_another_account_is_found_though_the_amount_is_right() {
    let mut month = Month::settled();
    let fees = [(72, -5_000), (73, 20_000), (74, 3_000), (75, 26_000)];
    month.receipts = Some(vec![receipt("SLP-1", &[&month.orders[0]], &fees, 400_000)]);
    assert_eq!(month.told(), [owned("fees_differ", "240115CONTOH1", "26000")]);
}

#[test]
fn money_on_another_account_than_the_stores_is_moved_by_the_clearing() {
    let mut month = Month::settled();
    let receipts = month.receipts.as_mut().unwrap();
    (receipts[0].bank, receipts[0].bank_no) = (None, "110109".into());
    assert_eq!(month.told(), [owned("received_elsewhere", "240115CONTOH1", "356000")]);
    let clearing = month.clearing();
    assert_eq!(clearing[0].moved.received, Money::ZERO);
    assert_eq!(clearing[0].steps[0].kind, StepKind::Cause(Cause::ReceivedElsewhere));
    assert_eq!(clearing[0].steps[0].amount, 356_000.into());
}

#[test]
fn what_is_paid_or_received_twice_is_named_with_what_is_too_much() {
    let mut month = Month::settled();
    let again = Payment { reference: "P2".into(), ..month.payments.as_ref().unwrap()[0].clone() };
    month.payments.as_mut().unwrap().push(again);
    assert_eq!(month.told(), [owned("paid_twice", "240115CONTOH1", "356000")]);
    let mut month = Month::settled();
    let again = receipt("SLP-2", &[&month.orders[0]], &FEES, 400_000);
    month.receipts.as_mut().unwrap().push(again);
    assert_eq!(month.told(), [owned("paid_twice", "240115CONTOH1", "400000")]);
}

#[test]
fn a_payout_in_two_parts_is_no_payout_twice() {
    let mut month = Month::settled();
    month.payments = None;
    month.settlements.push(settlement(SettlementKind::Order, "240115CONTOH1", 360_000));
    month.settlements.push(settlement(SettlementKind::Order, "240115CONTOH1", -4_000));
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
}

#[test]
fn what_the_marketplace_took_back_is_named_and_the_transfer_closes_to_the_rupiah() {
    let orders = [(1, 190_000), (2, 285_000), (3, 95_000)]
        .map(|(id, price)| order(id, &format!("N{id}"), vec![line("MUG", 1, price)]));
    let told = |order: &Order, total: i64| OrderInvoice { total: total.into(), ..shop_invoice(order, [0; 5]) };
    let mut month = Month::new();
    month.invoices = orders.iter().zip([190_000, 285_000, 95_000]).map(|(order, total)| head(order, total)).collect();
    let transfer = vec![told(&orders[0], 190_000), told(&orders[1], 285_000), told(&orders[2], -95_000)];
    month.payments = Some(vec![payment("P0", vec![told(&orders[2], 95_000)]), payment("P1", transfer)]);
    assert_eq!(month.payments.as_ref().unwrap()[1].received, 380_000.into());
    let mut both = receipt("SLP-1", &[&orders[0]], &[], 190_000);
    let second = receipt("SLP-1", &[&orders[1]], &[], 285_000);
    (both.received, both.payments) = (475_000.into(), [both.payments, second.payments].concat());
    month.receipts = Some(vec![receipt("SLP-0", &[&orders[2]], &[], 95_000), both]);
    month.orders = orders.to_vec();
    let expected = [("matched", "N1", "190000"), ("matched", "N2", "285000"), ("refunded", "N3", "-95000")];
    assert_eq!(month.told(), expected.map(|(cause, number, amount)| owned(cause, number, amount)));
    // Two transfers of 95,000 and 380,000: that much is in the wallet, and the receipts less what was taken back say so.
    let clearing = month.clearing();
    assert_eq!(clearing[0].expected, (95_000 + 475_000).into());
    let steps: Vec<_> = clearing[0].steps.iter().map(|step| (step.kind.name(), step.amount.text())).collect();
    assert_eq!(steps, [("refunded", "-95000".to_owned()), ("in_wallet", "-475000".to_owned())]);
    // What a person has netted in the receipt is no difference; a refund without any payout is one.
    month.receipts.as_mut().unwrap()[0].received = Money::ZERO;
    month.receipts.as_mut().unwrap()[0].payments[0].amount = Money::ZERO;
    assert_eq!(month.told()[2].0, "matched");
    month.receipts.as_mut().unwrap().remove(0);
    month.payments.as_mut().unwrap().remove(0);
    assert_eq!(month.told()[2], owned("refunded", "N3", "-95000"));
}

#[test]
fn two_halves_of_an_invoice_are_no_payout_twice_and_their_fee_is_one() {
    let order = order(1, "N1", vec![line("MUG", 1, 100_000)]);
    let told = |fee: i64, total: i64| OrderInvoice { total: total.into(), ..shop_invoice(&order, [0, 0, 0, 0, fee]) };
    let mut month = Month::new();
    month.invoices.push(head(&order, 100_000));
    let parts = |fee: i64, one: i64, other: i64| {
        Some(vec![payment("P1", vec![told(fee, one)]), payment("P2", vec![told(fee, other)])])
    };
    month.payments = parts(0, 50_000, 50_000);
    month.receipts = Some(vec![receipt("S1", &[&order], &[], 50_000), receipt("S2", &[&order], &[], 50_000)]);
    month.orders.push(order.clone());
    assert_eq!(month.told(), [owned("matched", "N1", "100000")]);
    month.payments = parts(5_000, 60_000, 35_000);
    month.receipts =
        Some(vec![receipt("S1", &[&order], &[(76, 5_000)], 65_000), receipt("S2", &[&order], &[], 35_000)]);
    assert_eq!(month.told(), [owned("matched", "N1", "95000")]);
}

#[test]
fn goods_that_came_back_and_a_cancelled_order_are_named_until_they_are_booked() {
    let mut month = Month::settled();
    let back = OrderReturn { id: "R1".into(), at: wib("2024-01-25T10:00:00"), lines: Vec::new() };
    month.orders[0].returns.push(back);
    assert_eq!(month.told(), [owned("returned_not_booked", "240115CONTOH1", "400000")]);
    month.returned.insert(month.orders[0].id);
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
    month.orders[0].status = OrderStatus::Cancelled;
    assert_eq!(month.told(), [owned("cancelled_not_voided", "240115CONTOH1", "400000")]);
    // A full return leaves the order's status, and voids Forstok's invoice.
    month.orders[0].status = OrderStatus::Delivered;
    let voided = OrderInvoice { status: InvoiceStatus::Voided, ..shop_invoice(&month.orders[0], [0; 5]) };
    month.shop_invoices.insert(month.orders[0].id, voided);
    assert_eq!(month.told(), [owned("cancelled_not_voided", "240115CONTOH1", "400000")]);
    (month.invoices, month.receipts, month.payments) = (Vec::new(), Some(Vec::new()), Some(Vec::new()));
    assert_eq!(month.told(), [owned("ended", "240115CONTOH1", "400000")]);
}

#[test]
fn what_belongs_to_no_order_is_listed_by_what_it_is() {
    let mut month = Month::settled();
    month.settlements = vec![
        settlement(SettlementKind::Order, "NOBODY", 10_000),
        settlement(SettlementKind::Withdrawal, "W", -300_000),
        settlement(SettlementKind::Other, "ADS", -6_000),
    ];
    month.payments.as_mut().unwrap()[0].received = 356_500.into();
    let offline = order(9, "SI.2024.01.00009", vec![line("MUG", 1, 50_000)]);
    let mut shop = receipt("RV-9", &[&offline], &[], 50_000);
    (shop.bank, shop.bank_no) = (Some(OTHER_BANK), "110109".into());
    month.receipts.as_mut().unwrap().push(shop);
    let mut told = month.told();
    told.sort();
    assert_eq!(
        told,
        [
            owned("matched", "240115CONTOH1", "356000"),
            owned("order_unknown", "NOBODY", "10000"),
            owned("other_movement", "S-ADS", "-6000"),
            owned("outside", "SI.2024.01.00009", "50000"),
            owned("payment_differs", "P1", "500"),
            owned("withdrawal", "S-W", "-300000"),
        ]
    );
}

#[test]
fn a_payout_of_an_order_that_was_not_read_finds_its_receipt_by_the_invoice() {
    let mut month = Month::settled();
    month.orders.clear();
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
    month.invoices[0].description = Some("SO-140000001".into());
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
}

#[test]
fn an_invoice_that_a_person_has_linked_is_the_orders() {
    let mut month = Month::settled();
    (month.invoices[0].number, month.invoices[0].description) = ("SI.7".into(), None);
    month.receipts.as_mut().unwrap()[0].payments[0].invoice_no = "SI.7".into();
    month.linked.insert(month.orders[0].id, "SI.7".into());
    assert_eq!(month.told(), [owned("matched", "240115CONTOH1", "356000")]);
}

#[test]
fn a_number_of_two_orders_gives_its_invoice_to_the_one_that_it_names() {
    let (one, other) = (reference_order(), Order { id: OrderId(2), ..reference_order() });
    let mut month = Month { orders: vec![other, one], ..Month::settled() };
    month.payments = Some(Vec::new());
    month.receipts = Some(Vec::new());
    let causes: Vec<_> = month.told().into_iter().map(|(cause, ..)| cause).collect();
    assert_eq!(causes, ["not_invoiced", "not_paid_out"]);
}

#[test]
fn the_clearing_account_is_brought_to_nothing_by_what_is_listed() {
    let mut month = Month::settled();
    month.world.accounts.iter_mut().find(|account| account.id == BANK).unwrap().balance = Some(506_000.into());
    let late = Order { id: OrderId(2), number: "A2".into(), ..reference_order() };
    let paid = payment("P2", vec![shop_invoice(&late, [0, 20_000, 0, 0, 30_000])]);
    month.payments.as_mut().unwrap().push(paid);
    month.invoices.push(head(&late, 400_000));
    month.orders.push(late);
    let mut withdrawal = settlement(SettlementKind::Withdrawal, "W", -100_000);
    withdrawal.1.reference = "W1".into();
    month.settlements.push(withdrawal);
    let clearing = month.clearing();
    let [clearing] = clearing.as_slice() else { panic!("two stores share one account") };
    assert_eq!(clearing.stores, [STORE, OTHER_STORE]);
    let Moved { received, withdrawn, .. } = clearing.moved;
    let figures = [clearing.opening, received, withdrawn, clearing.expected].map(Money::text);
    assert_eq!(figures, ["0", "356000", "100000", "256000"]);
    let steps: Vec<_> = clearing.steps.iter().map(|step| (step.kind.name(), step.amount.text())).collect();
    let expected = [("not_told", "-250000"), ("payout_not_received", "350000"), ("in_wallet", "-606000")];
    assert_eq!(steps, expected.map(|(name, amount)| (name, amount.to_owned())));
}

#[test]
fn a_closed_month_has_neither_what_came_after_it_nor_todays_balance() {
    // Paid out and received in January, paid out then and received in February, and as much in February alone.
    let mut month = Month::settled();
    let another = |id: i64, number: &str| Order { id: OrderId(id), number: number.into(), ..reference_order() };
    let [late, next] = [another(2, "A2"), another(3, "A3")];
    let paid = |order: &Order, reference: &str| payment(reference, vec![shop_invoice(order, [0, 0, 0, 0, 0])]);
    let february = Payment { paid_at: wib("2024-02-01T00:00:00"), ..paid(&next, "P3") };
    month.payments.as_mut().unwrap().extend([paid(&late, "P2"), february]);
    let received = |number: &str, order: &Order| ReceiptDocument {
        date: date(2024, 2, 1),
        ..receipt(number, &[order], &[], 400_000)
    };
    month.receipts.as_mut().unwrap().extend([received("SLP-2", &late), received("SLP-3", &next)]);
    let moved = |kind: SettlementKind, on: Date, total: i64| {
        let (channel, row) = settlement(kind, "", total);
        (channel, SettlementRow { date: on, ..row })
    };
    month.settlements = vec![
        moved(SettlementKind::Other, date(2023, 12, 31), 9_000),
        moved(SettlementKind::Withdrawal, date(2024, 1, 31), -100_000),
        moved(SettlementKind::Withdrawal, date(2024, 2, 1), -200_000),
        moved(SettlementKind::Other, date(2024, 2, 1), -6_000),
    ];
    month.invoices.extend([head(&late, 400_000), head(&next, 400_000)]);
    month.orders.extend([late, next]);
    let bank = month.world.accounts.iter_mut().find(|account| account.id == BANK).unwrap();
    bank.balance = Some(859_000.into());

    let now = &month.clearing()[0];
    assert_eq!((now.opening, now.expected, now.balance), (Money::ZERO, 859_000.into(), Some(859_000.into())));
    assert_eq!(now.after, Moved::default());
    let closed = &month.clearing_of(date(2024, 1, 1), date(2024, 1, 31))[0];
    let figures = |one: &Clearing| {
        let Moved { received, withdrawn, other } = one.moved;
        [one.opening, received, withdrawn, other, one.expected].map(Money::text)
    };
    assert_eq!(figures(closed), ["9000", "356000", "100000", "0", "265000"]);
    let after = Moved { received: 800_000.into(), withdrawn: 200_000.into(), other: Money::from(-6_000) };
    assert_eq!((closed.balance, closed.after), (Some(265_000.into()), after));
    let steps: Vec<_> = closed.steps.iter().map(|step| (step.kind.name(), step.amount.text())).collect();
    assert_eq!(steps, [("payout_not_received", "400000".to_owned()), ("in_wallet", "-665000".to_owned())]);
    // The month that still runs begins with what the closed one ended with, and is as Accurate says it now.
    let running = &month.clearing_of(date(2024, 2, 1), date(2024, 2, 29))[0];
    assert_eq!(figures(running), ["265000", "800000", "200000", "-6000", "859000"]);
    assert_eq!((running.balance, running.after), (Some(859_000.into()), Moved::default()));
    // A balance that was not read is not made up.
    month.world.accounts.iter_mut().for_each(|account| account.balance = None);
    let unread = &month.clearing_of(date(2024, 1, 1), date(2024, 1, 31))[0];
    assert_eq!((unread.expected, unread.balance, unread.after), (265_000.into(), None, Moved::default()));
}

#[test]
fn every_cause_has_its_code_and_its_place_in_the_list() {
    for pair in Cause::ALL.windows(2) {
        assert!(pair[0] < pair[1]);
    }
    for cause in Cause::ALL {
        assert!(CODES.contains(&format!("recon_{}", cause.name()).as_str()), "{cause:?}");
    }
}

#[path = "reconcile_properties.rs"]
mod properties;
