//! Order ↔ invoice ↔ receipt ↔ payout: what belongs together, and where a chain is broken, why and by how much.
//!
//! Pure. Every order, every payout, every share of a receipt and every movement of a marketplace's wallet is in exactly one row, and every
//! row has exactly one cause, so that Σ payouts = Σ matched + Σ by cause. A row that breaks in several places has the cause that has to be
//! put right first.

use crate::orders::Invoiced;
use crate::payouts::{Payout, Told, payouts};
use crate::sales::name_of;
use crate::settlements::Numbers;
use jiff::Timestamp;
use jiff::civil::Date;
use selaras_domain::accurate::{Account, SalesInvoice};
use selaras_domain::amount::Money;
use selaras_domain::documents::{ReceiptDocument, ReceiptPayment};
use selaras_domain::forstok::Store;
use selaras_domain::ids::{AccountId, OrderId, StoreId};
use selaras_domain::mapping::Mapping;
use selaras_domain::order::{Order, OrderInvoice, Payment, business_day};
use selaras_domain::plan::Reason;
use selaras_domain::settlement::{SettlementKind, SettlementRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is compared.
pub struct ReconcileInput<'a> {
    /// The orders that were read.
    pub orders: &'a [Order],
    /// The sales invoices in Accurate, as their list shows them.
    pub invoices: &'a [SalesInvoice],
    /// The receipts in Accurate; `None`: they cannot be read.
    pub receipts: Option<&'a [ReceiptDocument]>,
    /// The payments that Forstok knows; `None`: it does not tell them.
    pub payments: Option<&'a [Payment]>,
    /// Rows of settlement files, with the number of their channel.
    pub settlements: &'a [(i64, SettlementRow)],
    /// Which record stands for which.
    pub mapping: &'a Mapping,
    /// Accounts of Accurate.
    pub accounts: &'a [Account],
    /// Stores of Forstok.
    pub stores: &'a [Store],
    /// Forstok's own invoices by order: their sub total ([`Order::sale`]), and whether they are void.
    pub shop_invoices: &'a HashMap<OrderId, OrderInvoice>,
    /// Invoices that a person has linked to orders, by order.
    pub linked: &'a BTreeMap<OrderId, String>,
    /// Orders whose return is in Accurate.
    pub returned: &'a BTreeSet<OrderId>,
    /// Orders placed before this moment become no invoices.
    pub since: Timestamp,
    /// The day on which ages end.
    pub today: Date,
}

/// Why a row is where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A payout, or a receipt, was told twice for one order.
    PaidTwice,
    /// The order was cancelled, and its invoice still stands.
    CancelledNotVoided,
    /// Something came back, and no return is booked.
    ReturnedNotBooked,
    /// No invoice, though it is due.
    NotInvoiced,
    /// The invoice does not come to what the order does.
    InvoiceDiffers,
    /// The marketplace's settlement says another amount than Forstok.
    ToldDifferently,
    /// Paid out, and no receipt.
    PayoutNotReceived,
    /// A receipt, and no payout.
    ReceiptWithoutPayout,
    /// The receipt is of another amount than the payout.
    AmountDiffers,
    /// The amount is right; what was kept stands on other accounts than mapped.
    FeesDiffer,
    /// The amount is right; it is on another account than the store's.
    ReceivedElsewhere,
    /// The marketplace took back what it had paid out, and no receipt can say so.
    Refunded,
    /// A payout of an order that nobody knows.
    OrderUnknown,
    /// A transfer is not the sum of its invoices.
    PaymentDiffers,
    /// The wallet was moved by something else than an order.
    OtherMovement,
    /// Invoiced, and not paid out yet.
    NotPaidOut,
    /// Money that left the wallet for the bank.
    Withdrawal,
    /// Not due yet, or from before the start.
    NotDue,
    /// Ended before there was an invoice.
    Ended,
    /// One of the two sides cannot be read.
    NotCompared,
    /// A receipt of another sale than a store's.
    Outside,
    /// Everything agrees.
    Matched,
}

impl Cause {
    /// Every cause, what has to be put right first.
    pub const ALL: [Self; 22] = [
        Self::PaidTwice,
        Self::CancelledNotVoided,
        Self::ReturnedNotBooked,
        Self::NotInvoiced,
        Self::InvoiceDiffers,
        Self::ToldDifferently,
        Self::PayoutNotReceived,
        Self::ReceiptWithoutPayout,
        Self::AmountDiffers,
        Self::FeesDiffer,
        Self::ReceivedElsewhere,
        Self::Refunded,
        Self::OrderUnknown,
        Self::PaymentDiffers,
        Self::OtherMovement,
        Self::NotPaidOut,
        Self::Withdrawal,
        Self::NotDue,
        Self::Ended,
        Self::NotCompared,
        Self::Outside,
        Self::Matched,
    ];

    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaidTwice => "paid_twice",
            Self::CancelledNotVoided => "cancelled_not_voided",
            Self::ReturnedNotBooked => "returned_not_booked",
            Self::NotInvoiced => "not_invoiced",
            Self::InvoiceDiffers => "invoice_differs",
            Self::ToldDifferently => "told_differently",
            Self::PayoutNotReceived => "payout_not_received",
            Self::ReceiptWithoutPayout => "receipt_without_payout",
            Self::AmountDiffers => "amount_differs",
            Self::FeesDiffer => "fees_differ",
            Self::ReceivedElsewhere => "received_elsewhere",
            Self::Refunded => "refunded",
            Self::OrderUnknown => "order_unknown",
            Self::PaymentDiffers => "payment_differs",
            Self::OtherMovement => "other_movement",
            Self::NotPaidOut => "not_paid_out",
            Self::Withdrawal => "withdrawal",
            Self::NotDue => "not_due",
            Self::Ended => "ended",
            Self::NotCompared => "not_compared",
            Self::Outside => "outside",
            Self::Matched => "matched",
        }
    }

    /// Whether something is to be put right. An order that is not paid out yet only waits.
    #[must_use]
    pub fn open(self) -> bool {
        self < Self::NotPaidOut
    }
}

/// A receipt's share in one invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share<'a> {
    /// The receipt.
    pub receipt: &'a ReceiptDocument,
    /// The invoice of it; `None`: what the receipt is more than its invoices.
    pub payment: Option<&'a ReceiptPayment>,
}

impl Share<'_> {
    /// What arrived by it.
    #[must_use]
    pub fn received(&self) -> Money {
        match self.payment {
            Some(payment) => payment.received(),
            None => self.receipt.received - self.receipt.payments.iter().map(ReceiptPayment::received).sum(),
        }
    }
}

/// One chain.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Where it is broken.
    pub cause: Cause,
    /// What people call it: the order's number, the invoice's, a reference.
    pub number: String,
    /// The order.
    pub order: Option<&'a Order>,
    /// Its store, where that can be told.
    pub store: Option<StoreId>,
    /// The account that its payouts come to, where that can be told.
    pub account: Option<AccountId>,
    /// Its invoice.
    pub invoice: Option<&'a SalesInvoice>,
    /// What was paid out.
    pub payouts: Vec<Payout<'a>>,
    /// What was received.
    pub shares: Vec<Share<'a>>,
    /// The movement of a wallet that it is.
    pub movement: Option<&'a SettlementRow>,
    /// By how much it is broken; of a row that is not, what it is about.
    pub amount: Money,
    /// The cause with its figures.
    pub reason: Reason,
    /// The day that it belongs to: the invoice's, else the order's, else the money's.
    pub day: Date,
}

impl Row<'_> {
    /// Σ of its payouts.
    #[must_use]
    pub fn paid_out(&self) -> Money {
        self.payouts.iter().map(Payout::total).sum()
    }

    /// Σ of what the marketplace took back of it; below zero, or nothing.
    #[must_use]
    pub fn taken_back(&self) -> Money {
        self.payouts.iter().map(Payout::total).filter(|total| total.is_negative()).sum()
    }

    /// Σ of what was received for it.
    #[must_use]
    pub fn received(&self) -> Money {
        self.shares.iter().map(Share::received).sum()
    }
}

/// What a row is put together by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Order(OrderId),
    /// The number of an invoice or an order that was not read.
    Number(String),
    /// Of nothing else.
    Alone(usize),
}

#[derive(Default)]
struct Group<'a> {
    order: Option<&'a Order>,
    invoice: Option<&'a SalesInvoice>,
    forstok: Vec<Told<'a>>,
    settlement: Vec<Told<'a>>,
    channel: Option<i64>,
    shares: Vec<Share<'a>>,
    movement: Option<&'a SettlementRow>,
    rest: bool,
}

/// Puts together what belongs together, in the order of day and number.
#[must_use]
pub fn reconcile<'a>(input: &ReconcileInput<'a>) -> Vec<Row<'a>> {
    let groups = grouped(input);
    let mut rows: Vec<Row<'a>> = groups.into_iter().map(|(key, group)| row(input, &key, group)).collect();
    rows.sort_by(|one, other| (one.day, &one.number).cmp(&(other.day, &other.number)));
    rows
}

fn grouped<'a>(input: &ReconcileInput<'a>) -> BTreeMap<Key, Group<'a>> {
    let invoiced = Invoiced::of(input.orders, input.invoices, input.linked);
    let by_number: HashMap<&str, &SalesInvoice> =
        input.invoices.iter().map(|invoice| (invoice.number.trim(), invoice)).collect();
    let described: HashMap<&str, &SalesInvoice> =
        input.invoices.iter().filter_map(|invoice| Some((invoice.description.as_deref()?.trim(), invoice))).collect();
    let mut groups: BTreeMap<Key, Group<'a>> = BTreeMap::new();
    let mut of_invoice: HashMap<&str, OrderId> = HashMap::new();
    for order in input.orders {
        let invoice = invoiced.find(order);
        if let Some(invoice) = invoice {
            of_invoice.insert(invoice.number.trim(), order.id);
        }
        groups.insert(Key::Order(order.id), Group { order: Some(order), invoice, ..Group::default() });
    }
    let numbers = Numbers::of(input.orders);
    let only = |number: &str, channel: Option<i64>| numbers.only(number, channel).map(|order| order.id);
    let unknown = |number: &str| Group { invoice: by_number.get(number.trim()).copied(), ..Group::default() };
    let mut alone = 0..;
    let mut next_alone = || Key::Alone(alone.next().unwrap_or_default());
    for payment in input.payments.unwrap_or_default() {
        for invoice in &payment.invoices {
            let order = groups.get(&Key::Order(invoice.order)).and_then(|group| group.order);
            let told = Told::by_forstok(payment, invoice, order);
            let key = match order {
                Some(order) => Key::Order(order.id),
                None => Key::Number(number_of(invoice.order, &described, &by_number)),
            };
            let number = if let Key::Number(number) = &key { number.clone() } else { String::new() };
            groups.entry(key).or_insert_with(|| unknown(&number)).forstok.push(told);
        }
        let rest = Told::rest(payment);
        if !rest.amounts.total.is_rounding() {
            groups.insert(next_alone(), Group { forstok: vec![rest], rest: true, ..Group::default() });
        }
    }
    for (channel, row) in input.settlements {
        if row.kind != SettlementKind::Order {
            let group = Group { movement: Some(row), channel: Some(*channel), ..Group::default() };
            groups.insert(next_alone(), group);
            continue;
        }
        let number = row.order_number.trim();
        let key = match only(number, Some(*channel)) {
            _ if number.is_empty() => next_alone(),
            Some(order) => Key::Order(order),
            None => Key::Number(number.to_owned()),
        };
        let group = groups.entry(key).or_insert_with(|| unknown(number));
        group.settlement.push(Told::by_marketplace(row));
        group.channel = Some(*channel);
    }
    for receipt in input.receipts.unwrap_or_default() {
        for payment in &receipt.payments {
            let number = payment.invoice_no.trim();
            let key = match of_invoice.get(number).copied().or_else(|| only(number, None)) {
                Some(order) => Key::Order(order),
                None => Key::Number(number.to_owned()),
            };
            let share = Share { receipt, payment: Some(payment) };
            groups.entry(key).or_insert_with(|| unknown(number)).shares.push(share);
        }
        let rest = Share { receipt, payment: None };
        if !rest.received().is_rounding() {
            groups.insert(next_alone(), Group { shares: vec![rest], ..Group::default() });
        }
    }
    groups
}

/// The number of the invoice of an order that was not read: its description is the order's id, or its number is (as it was before 2023;
/// forstok-accounting-flow.md §6.2, seen).
fn number_of(
    order: OrderId,
    described: &HashMap<&str, &SalesInvoice>,
    numbered: &HashMap<&str, &SalesInvoice>,
) -> String {
    let (id, printed) = (order.to_string(), format!("SO-{order}"));
    let texts = [described.get(id.as_str()), described.get(printed.as_str()), numbered.get(id.as_str())];
    texts.into_iter().flatten().next().map_or(printed, |invoice| invoice.number.trim().to_owned())
}

/// The store of a group and the account that its payouts come to. The store is the order's; else the only one of its channel; else the only
/// one whose account the money is on. Stores that share an account leave the store open, and not the account.
fn place_of(input: &ReconcileInput<'_>, group: &Group<'_>) -> (Option<StoreId>, Option<AccountId>) {
    let mapped = |store: StoreId| clearing_account(input.mapping, store);
    if let Some(order) = group.order {
        return (Some(order.store), mapped(order.store));
    }
    if let Some(channel) = group.channel {
        let stores: Vec<StoreId> =
            input.stores.iter().filter(|store| store.channel_id == channel).map(|store| store.id).collect();
        let accounts: BTreeSet<Option<AccountId>> = stores.iter().map(|store| mapped(*store)).collect();
        if let (Some(account), None) = (accounts.first(), accounts.iter().nth(1)) {
            return (stores.first().copied().filter(|_| stores.len() == 1), *account);
        }
    }
    let of_bank = |bank: AccountId| {
        let stores = input.mapping.stores.iter().filter(move |store| store.bank_account_id == Some(bank));
        stores.map(|store| store.forstok_store_id).collect::<Vec<_>>()
    };
    let banks = group.shares.iter().filter_map(|share| bank_of(share.receipt, input.accounts));
    let clearing = banks.map(|bank| (bank, of_bank(bank))).find(|(_, stores)| !stores.is_empty());
    clearing.map_or((None, None), |(bank, stores)| (stores.first().copied().filter(|_| stores.len() == 1), Some(bank)))
}

/// The cash & bank account of a receipt.
#[must_use]
pub fn bank_of(receipt: &ReceiptDocument, accounts: &[Account]) -> Option<AccountId> {
    let by_number = || accounts.iter().find(|account| account.no == receipt.bank_no).map(|account| account.id);
    receipt.bank.or_else(by_number)
}

/// The account that a store's payouts come to.
#[must_use]
pub fn clearing_account(mapping: &Mapping, store: StoreId) -> Option<AccountId> {
    mapping.stores.iter().find(|mapped| mapped.forstok_store_id == store)?.bank_account_id
}

fn row<'a>(input: &ReconcileInput<'a>, key: &Key, group: Group<'a>) -> Row<'a> {
    let (store, account) = place_of(input, &group);
    let Group { order, invoice, forstok, settlement, shares, movement, rest, .. } = group;
    let payouts = payouts(forstok, settlement);
    let reference = payouts.first().and_then(Payout::told).map(|told| told.reference.to_owned());
    let number = match (key, order, movement) {
        (_, Some(order), _) => name_of(order),
        (Key::Number(number), ..) => number.clone(),
        (_, _, Some(movement)) => movement.reference.trim().to_owned(),
        _ => reference.or_else(|| shares.first().map(|share| share.receipt.number.clone())).unwrap_or_default(),
    };
    let money = || {
        let paid = payouts.first().and_then(Payout::told).map(|told| told.date);
        paid.or_else(|| shares.first().map(|share| share.receipt.date)).or_else(|| movement.map(|row| row.date))
    };
    let day = invoice.and_then(|invoice| invoice.date);
    let day = day.or_else(|| order.map(|order| business_day(order.ordered_at))).or_else(money).unwrap_or(input.today);
    let (cause, amount) = (Cause::Matched, Money::ZERO);
    let reason = Reason::new("recon_matched");
    let mut row = Row { cause, number, order, store, account, invoice, payouts, shares, movement, amount, reason, day };
    let (cause, amount, reason) = verdict(input, &row, rest);
    let (row_number, row_day) = (row.number.clone(), row.day);
    (row.cause, row.amount) = (cause, amount);
    row.reason = reason.with("number", row_number).with("amount", amount).with("date", row_day);
    row
}

#[path = "reconcile_verdict.rs"]
mod verdict;
pub use verdict::CODES;
use verdict::verdict;

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
