//! How much of its invoice each payout settles, and with which discounts.
//!
//! An invoice is paid at once or in parts; what was kept is told once, or again with each part, and is booked once. A payout that is less
//! than what is owed is a part only where something says so: later payouts that bring the rest to the rupiah, Forstok's own invoice with
//! what is still to come, or a person. Else nobody knows whether it is a part or a fee is missing, and it is held. What somebody else has
//! entered counts: only the rest is settled, and only by a payout that fits.

use super::{KEY_PREFIX, Line, ReceiptsInput, differs, key};
use crate::documents::role_field;
use crate::orders::Invoiced;
use crate::sales::name_of;
use selaras_domain::amount::Money;
use selaras_domain::decision::RowChoice;
use selaras_domain::documents::{InvoiceDocument, ReceiptDiscount, ReceiptPayment};
use selaras_domain::ids::OrderId;
use selaras_domain::mapping::Role;
use selaras_domain::order::{InvoiceStatus, Order};
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::{Fields, OperationKey, Reason};
use std::collections::{BTreeMap, HashMap};

/// What one payout settles of one invoice.
pub(super) struct Share {
    /// As the receipt has it.
    pub(super) payment: ReceiptPayment,
    /// What each role keeps or adds.
    pub(super) amounts: Vec<(Role, Money)>,
    /// How many payouts before it settle parts of the invoice in the same plan.
    pub(super) earlier: usize,
}

/// What was paid out for an order and is, or will be, in a receipt.
#[derive(Default)]
pub(super) struct Paid {
    /// Σ of what arrived.
    pub(super) received: Money,
    /// The receipts, the oldest first.
    pub(super) receipts: Vec<String>,
}

/// The shares of all payouts, by the key of each line.
pub(super) struct Shares {
    by_line: HashMap<OperationKey, Result<Share, Reason>>,
    paid: HashMap<OrderId, Paid>,
}

impl Shares {
    /// The shares of these lines, the oldest payout first; beside each the number of its part's receipt.
    pub(super) fn of<'a>(
        input: &ReceiptsInput<'_>,
        invoiced: &Invoiced<'_>,
        lines: impl Iterator<Item = (Line<'a>, String)>,
    ) -> Self {
        let mut by_order: BTreeMap<OrderId, (&Order, Vec<Told<'a>>)> = BTreeMap::new();
        for (line, of_part) in lines {
            let Some(order) = line.order else { continue };
            let own = line.key();
            by_order.entry(order.id).or_insert((order, Vec::new())).1.push(Told { line, own, of_part });
        }
        let mut shares = Self { by_line: HashMap::new(), paid: HashMap::new() };
        for (id, (order, told)) in by_order {
            let mut of_order = OfOrder { input, order, told: &told, paid: Paid::default() };
            let found = of_order.shares(invoiced);
            shares.by_line.extend(told.iter().map(|told| told.own.clone()).zip(found));
            shares.paid.insert(id, of_order.paid);
        }
        shares
    }

    /// What a line settles.
    pub(super) fn share(&self, line: &Line<'_>) -> Result<&Share, Reason> {
        match self.by_line.get(&line.key()) {
            Some(share) => share.as_ref().map_err(Clone::clone),
            None => Err(Reason::new("payout_order_unknown").with("order", line.invoice.order)),
        }
    }

    /// What was paid out for an order so far.
    pub(super) fn paid(&self, order: OrderId) -> Option<&Paid> {
        self.paid.get(&order).filter(|paid| !paid.receipts.is_empty())
    }
}

/// Whether a payout of less than nothing is the order's own: its sub total, which it tells, less what was kept. One that tells a fee alone of
/// an order that was worth something takes that back.
pub(super) fn closes_itself(line: &Line<'_>) -> bool {
    let cashless = line.order.is_none_or(|order| order.cashless);
    let worth = line.order.map(|order| order.subtotal);
    let Some(subtotal) = line.invoice.subtotal.or(worth) else { return false };
    let own = subtotal.is_positive() || (subtotal.is_zero() && worth == Some(subtotal));
    own && CostStructure::of(line.invoice, cashless, subtotal).difference().is_zero()
}

/// One payout of an order.
struct Told<'a> {
    line: Line<'a>,
    own: OperationKey,
    of_part: String,
}

/// The six lines between sub total and total.
type Kept = [(Role, Money); 6];

fn sum(kept: &Kept) -> Money {
    kept.iter().map(|(_, amount)| *amount).sum()
}

struct OfOrder<'a> {
    input: &'a ReceiptsInput<'a>,
    order: &'a Order,
    told: &'a [Told<'a>],
    paid: Paid,
}

/// What is left of an invoice, as payouts are taken off it one after the other.
struct Open<'a> {
    document: &'a InvoiceDocument,
    /// What is to be settled of it in all: what came back is owed no more.
    total: Money,
    /// What receipts that are none of these payouts' have settled.
    by_others: Money,
    /// What is left.
    rest: Money,
    /// The lines that are booked already.
    kept: Vec<Kept>,
}

impl<'a> OfOrder<'a> {
    fn shares(&mut self, invoiced: &Invoiced<'_>) -> Vec<Result<Share, Reason>> {
        let mut open = self.open(invoiced);
        let mut shares: Vec<Result<Share, Reason>> = Vec::with_capacity(self.told.len());
        for place in 0..self.told.len() {
            let earlier = shares.iter().filter(|share| share.is_ok()).count();
            let share = match &mut open {
                Err(reason) => {
                    self.count_posted(place);
                    Err(reason.clone())
                }
                Ok(open) => self.next(open, place).map(|share| Share { earlier, ..share }),
            };
            // A payout of an amount that is told already, and that is not in a receipt, is told once more.
            let again = |(at, earlier): (usize, &Result<Share, Reason>)| {
                let equal = self.told[at].line.invoice.total == self.told[place].line.invoice.total;
                equal && earlier.is_err() && !self.booked(at)
            };
            let again = !self.booked(place) && shares.iter().enumerate().any(again);
            shares.push(if again { Err(self.twice()) } else { share });
        }
        shares
    }

    fn twice(&self) -> Reason {
        Reason::new("payout_twice").with("order", name_of(self.order))
    }

    /// The fields that a payout was posted with.
    fn posted(&self, place: usize) -> Option<&'a Fields> {
        let told = &self.told[place];
        let of_part = || self.input.posted.get(&key(&told.of_part)).filter(|fields| self.place_in(fields).is_some());
        self.input.posted.get(&told.own).or_else(of_part)
    }

    fn booked(&self, place: usize) -> bool {
        self.posted(place).is_some()
    }

    fn settled(&self, place: usize) -> bool {
        let told = &self.told[place];
        let settled = |key: &OperationKey| self.input.company.settled(key).is_some();
        settled(&told.own) || settled(&key(&told.of_part))
    }

    /// Where the fields of a receipt speak of this order.
    fn place_in(&self, fields: &Fields) -> Option<String> {
        let id = self.order.id.to_string();
        let named = fields.iter().find(|(name, value)| name.ends_with(".order_id") && **value == id);
        named.map(|(name, _)| name.trim_end_matches("order_id").to_owned())
    }

    /// The invoice and what is left of it.
    fn open(&mut self, invoiced: &Invoiced<'_>) -> Result<Open<'a>, Reason> {
        let (input, order) = (self.input, self.order);
        let linked = input.linked.get(&order.id).map(String::as_str);
        let number = linked.or_else(|| invoiced.find(order).map(|found| found.number.as_str()));
        let waits = || Reason::new("payout_waits_for_invoice").with("order", name_of(order));
        let document = input.documents.get(number.ok_or_else(waits)?).ok_or_else(waits)?;
        input.company.customer_of(order, document)?;
        let back = document.returned.unwrap_or_default();
        let total = document.total.ok_or_else(waits)? - back;
        if !total.is_positive() && back.is_positive() {
            return Err(Reason::new("payout_of_returned").with("number", &document.number).with("returned", back));
        }
        let ours = |number: &str| self.told.iter().any(|told| told.of_part == number || told.own == key(number));
        let (mut known, mut by_others, mut stranger) = (Money::ZERO, Money::ZERO, None);
        for number in input.paid_by.get(&document.number).into_iter().flatten() {
            let payments = input.receipts.get(number).into_iter().flat_map(|receipt| &receipt.payments);
            let own: Vec<_> = payments.filter(|payment| payment.invoice_no == document.number).collect();
            let amount: Money = own.iter().map(|payment| payment.amount).sum();
            known = known + amount;
            if !ours(number) {
                by_others = by_others + amount;
                self.paid.received = self.paid.received + own.iter().map(|payment| payment.received()).sum();
                self.paid.receipts.push(number.clone());
                if own.is_empty() {
                    stranger = Some(number);
                }
            }
        }
        // What was posted and is not among the receipts that were read is older than their list.
        for place in 0..self.told.len() {
            let Some(fields) = self.posted(place) else { continue };
            if !fields.get("number").is_some_and(|number| input.receipts.contains_key(number)) {
                known = known + self.amounts(fields).0;
            }
        }
        let paid_already = |receipt: &str| {
            Reason::new("invoice_paid_already").with("number", &document.number).with("receipt", receipt)
        };
        match (document.owing, stranger) {
            (None, Some(receipt)) => return Err(paid_already(receipt)),
            (None, None) => {}
            (Some(owing), _) => {
                let untold = total - owing - known;
                if untold.is_negative() {
                    let reason = Reason::new("invoice_owing_differs").with("number", &document.number);
                    return Err(reason.with("total", total).with("owing", owing));
                }
                by_others = by_others + untold;
            }
        }
        let rest = total - by_others;
        if !rest.is_positive() && by_others.is_positive() {
            let receipt = self.paid.receipts.first().cloned().unwrap_or_default();
            return Err(paid_already(&receipt));
        }
        Ok(Open { document, total, by_others, rest, kept: Vec::new() })
    }

    /// What a posted receipt has settled of this order's invoice, what arrived of it, and the lines that were kept.
    fn amounts(&self, fields: &Fields) -> (Money, Money, Kept) {
        let place = self.place_in(fields).unwrap_or_else(|| "invoice.001.".to_owned());
        let figure = |name: &str| fields.get(name).and_then(|text| text.parse().ok()).map(Money).unwrap_or_default();
        let number = place.split('.').nth(1).and_then(|number| number.parse().ok()).unwrap_or(1);
        let kept = CostStructure::default().discounts().map(|(role, _)| (role, figure(&role_field(number, role))));
        let amount = figure(&format!("{place}amount"));
        (amount, amount - figure(&format!("{place}kept")), kept)
    }

    /// Counts what a posted payout brought; tells what it has settled, and the lines that were kept.
    fn count_posted(&mut self, place: usize) -> Option<(Money, Kept)> {
        let fields = self.posted(place)?;
        let (amount, received, kept) = self.amounts(fields);
        self.paid.received = self.paid.received + received;
        self.paid.receipts.push(fields.get("number").cloned().unwrap_or_default());
        Some((amount, kept))
    }

    /// The share of the next payout; takes it off what is left.
    fn next(&mut self, open: &mut Open<'_>, place: usize) -> Result<Share, Reason> {
        let told = &self.told[place];
        let invoice = told.line.invoice;
        if let Some((amount, kept)) = self.count_posted(place) {
            open.rest = open.rest - amount;
            open.kept.push(kept);
            return Err(Reason::new("posted_before"));
        }
        if invoice.status == InvoiceStatus::Voided {
            return Err(Reason::new("payout_of_voided").with("order", name_of(self.order)));
        }
        if self.settled(place) {
            return Err(Reason::new("skipped_by_person"));
        }
        let structure = CostStructure::of(invoice, self.order.cashless, open.total);
        let lines = structure.discounts();
        let Some((amount, with_fees)) = self.fitting(open, place, &lines) else {
            return Err(self.misfit(open, place, &lines));
        };
        let (mut discounts, mut amounts) = (Vec::new(), Vec::new());
        for (role, amount) in lines.into_iter().filter(|(_, amount)| with_fees && !amount.is_zero()) {
            // A role without an account blocks; the vendor drops the line, and the equation fails (§6.3).
            let company = self.input.company;
            let account = company.account(company.mapping.roles.get(role), role.name())?;
            discounts.push(ReceiptDiscount { account_no: account.no.clone(), account: Some(account.id), amount });
            amounts.push((role, amount));
        }
        open.rest = open.rest - amount;
        if with_fees {
            open.kept.push(lines);
        }
        self.paid.received = self.paid.received + invoice.total;
        let follows = self.input.posted.contains_key(&key(&told.of_part));
        let own = told.own.0.trim_start_matches(KEY_PREFIX);
        self.paid.receipts.push(if follows { own } else { told.of_part.as_str() }.to_owned());
        let (invoice_no, id) = (open.document.number.clone(), open.document.id);
        let payment = ReceiptPayment { invoice_no, invoice: id, amount, discounts };
        Ok(Share { payment, amounts, earlier: 0 })
    }

    /// How much a payout settles, and whether with what was kept; nothing where that cannot be told.
    fn fitting(&self, open: &Open<'_>, place: usize, lines: &Kept) -> Option<(Money, bool)> {
        let paid = self.told[place].line.invoice.total;
        let (fees, again) = (sum(lines), open.again(lines));
        if paid + fees == open.rest {
            return Some((open.rest, true));
        }
        if again && paid == open.rest {
            return Some((paid, false));
        }
        let part = if again { (paid, false) } else { (paid + fees, true) };
        let short = part.0 < open.rest && part.0.is_positive();
        (short && (self.rest_is_told(open, place, lines) || self.decided(place))).then_some(part)
    }

    /// Whether what is left after a part is told: by the payouts after it, or with what Forstok says is still to come.
    fn rest_is_told(&self, open: &Open<'_>, place: usize, lines: &Kept) -> bool {
        let tail: Vec<&Told<'_>> = (place..self.told.len())
            .filter(|&at| !self.booked(at) && !self.settled(at))
            .map(|at| &self.told[at])
            .filter(|told| told.line.invoice.status != InvoiceStatus::Voided)
            .collect();
        let mut once: Vec<&Told<'_>> = Vec::new();
        for told in &tail {
            if once.iter().all(|known| known.line.invoice.total != told.line.invoice.total) {
                once.push(told);
            }
        }
        let to_come = self.input.shop_invoices.get(&self.order.id).map(|invoice| invoice.balance_due);
        let to_come = to_come.filter(|to_come| to_come.is_positive());
        let of = |told: &Told<'_>| CostStructure::of(told.line.invoice, self.order.cashless, open.total).discounts();
        let makes_up = |tail: &[&Told<'_>]| {
            let paid: Money = tail.iter().map(|told| told.line.invoice.total).sum();
            let each: Money = tail.iter().map(|told| sum(&of(told))).sum();
            let same = tail.iter().all(|told| of(told) == *lines);
            let once = if open.again(lines) { Money::ZERO } else { sum(lines) };
            [Some(paid + each), same.then_some(paid + once)].into_iter().flatten().any(|settled| {
                (tail.len() > 1 && settled == open.rest) || to_come.is_some_and(|come| settled + come == open.rest)
            })
        };
        makes_up(&tail) || makes_up(&once)
    }

    /// Whether a person has said that it is a part.
    fn decided(&self, place: usize) -> bool {
        let told = &self.told[place];
        [&told.own, &key(&told.of_part)]
            .into_iter()
            .any(|key| self.input.company.decision(key) == Some(&RowChoice::Send))
    }

    /// Why a payout settles nothing.
    fn misfit(&self, open: &Open<'_>, place: usize, lines: &Kept) -> Reason {
        let paid = self.told[place].line.invoice.total;
        let equal = |at: usize| self.told[at].line.invoice.total == paid;
        if !open.rest.is_positive() || (0..place).any(equal) {
            return self.twice();
        }
        if open.by_others.is_positive() {
            let reason = Reason::new("invoice_owing_differs").with("number", &open.document.number);
            return reason.with("total", open.total).with("owing", open.rest).with("received", paid);
        }
        let fees = if open.again(lines) { Money::ZERO } else { sum(lines) };
        differs(paid, open.rest - fees).with("order", name_of(self.order))
    }
}

impl Open<'_> {
    /// Whether these lines are booked already, and are told once more.
    fn again(&self, lines: &Kept) -> bool {
        lines.iter().any(|(_, amount)| !amount.is_zero()) && self.kept.contains(lines)
    }
}
