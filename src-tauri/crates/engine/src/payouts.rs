//! What was paid out for one order, out of what Forstok and the marketplace's own settlement file say of it.
//!
//! Both may tell of the same money; then it is one payout, told twice. Pure.

use jiff::civil::Date;
use selaras_domain::amount::Money;
use selaras_domain::order::{Order, OrderInvoice, Payment, business_day};
use selaras_domain::payout::CostStructure;
use selaras_domain::settlement::SettlementRow;

/// A payment of one invoice that brings less than the invoice's total pays a part of it, and its invoice is told as the whole one (`amount_receive`
/// and `invoices[].total`, forstok-api.md §7.3, guess): what was received is what was paid of it. Whether it may be booked as a part is for the
/// planner of receipts to say, who knows what else was paid.
pub fn as_paid(payments: &mut [Payment]) {
    for payment in payments {
        let received = payment.received;
        if let [invoice] = &mut payment.invoices[..]
            && received.is_positive()
            && received < invoice.total
            && !(invoice.total - received).is_rounding()
        {
            invoice.total = received;
        }
    }
}

/// One source's word of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The day of the money (WIB).
    pub date: Date,
    /// What the source calls it.
    pub reference: &'a str,
    /// The cost lines.
    pub amounts: CostStructure,
}

impl<'a> Told<'a> {
    /// Of an invoice in a payment that Forstok knows.
    #[must_use]
    pub fn by_forstok(payment: &'a Payment, invoice: &OrderInvoice, order: Option<&Order>) -> Self {
        let date = business_day(payment.paid_at);
        Self { date, reference: payment.reference.trim(), amounts: structure(invoice, order) }
    }

    /// Of what a transfer is more than its invoices.
    #[must_use]
    pub fn rest(payment: &'a Payment) -> Self {
        let invoices: Money = payment.invoices.iter().map(|invoice| invoice.total).sum();
        let amounts = CostStructure { total: payment.received - invoices, ..CostStructure::default() };
        Self { date: business_day(payment.paid_at), reference: payment.reference.trim(), amounts }
    }

    /// Of a row of a settlement file.
    #[must_use]
    pub fn by_marketplace(row: &'a SettlementRow) -> Self {
        Self { date: row.date, reference: row.reference.trim(), amounts: row.amounts }
    }
}

/// The cost lines of an invoice. Without its order its own sub total says how shipping is read.
fn structure(invoice: &OrderInvoice, order: Option<&Order>) -> CostStructure {
    let (cashless, subtotal) = order.map_or((true, Money::ZERO), |order| (order.cashless, order.subtotal));
    CostStructure::of(invoice, cashless, subtotal)
}

/// One payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout<'a> {
    /// What Forstok says of it.
    pub forstok: Option<Told<'a>>,
    /// What the marketplace's settlement says of it.
    pub settlement: Option<Told<'a>>,
}

impl<'a> Payout<'a> {
    /// The word that counts: the marketplace's, whose money it is, else Forstok's.
    #[must_use]
    pub fn told(&self) -> Option<&Told<'a>> {
        self.settlement.as_ref().or(self.forstok.as_ref())
    }

    /// What was paid out.
    #[must_use]
    pub fn total(&self) -> Money {
        self.told().map(|told| told.amounts.total).unwrap_or_default()
    }

    /// What the marketplace says more than Forstok does; nothing where only one of them says anything.
    #[must_use]
    pub fn difference(&self) -> Money {
        match (self.settlement, self.forstok) {
            (Some(settlement), Some(forstok)) => settlement.amounts.total - forstok.amounts.total,
            _ => Money::ZERO,
        }
    }
}

/// The payouts of one order. What both sources tell with one amount is one payout; of what is left the first of one is the first of the
/// other, as sources differ in an amount sooner than in how often they were paid. Each word is in exactly one payout.
#[must_use]
pub fn payouts<'a>(mut forstok: Vec<Told<'a>>, mut settlement: Vec<Told<'a>>) -> Vec<Payout<'a>> {
    let by_day = |one: &Told<'a>, other: &Told<'a>| {
        (one.date, one.amounts.total, one.reference).cmp(&(other.date, other.amounts.total, other.reference))
    };
    forstok.sort_by(by_day);
    settlement.sort_by(by_day);
    let mut payouts = Vec::with_capacity(forstok.len().max(settlement.len()));
    let mut otherwise = Vec::new();
    for told in settlement {
        match forstok.iter().position(|other| other.amounts.total == told.amounts.total) {
            Some(place) => payouts.push(Payout { forstok: Some(forstok.remove(place)), settlement: Some(told) }),
            None => otherwise.push(told),
        }
    }
    let mut forstok = forstok.into_iter();
    for told in otherwise {
        payouts.push(Payout { forstok: forstok.next(), settlement: Some(told) });
    }
    payouts.extend(forstok.map(|told| Payout { forstok: Some(told), settlement: None }));
    payouts
}

/// The cost lines of an order's payouts as one. Parts of an invoice of this worth (`due`) may each tell all that was kept; it was kept once,
/// where only so they come to the invoice.
#[must_use]
pub fn together(parts: &[CostStructure], due: Option<Money>) -> Option<CostStructure> {
    let (first, sum) = (*parts.first()?, parts.iter().copied().reduce(|one, other| one + other)?);
    let same = parts.len() > 1 && parts.iter().all(|part| part.discounts() == first.discounts());
    let once = same && due == Some(sum.total + first.discount()) && due != Some(sum.total + sum.discount());
    Some(if once { CostStructure { total: sum.total, ..first } } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn told(day: i8, total: i64) -> Told<'static> {
        let amounts = CostStructure { total: total.into(), ..CostStructure::default() };
        Told { date: date(2026, 11, day), reference: "", amounts }
    }

    fn told_by(payouts: &[Payout<'_>]) -> Vec<(Option<String>, Option<String>)> {
        let total = |told: Option<Told<'_>>| told.map(|told| told.amounts.total.text());
        payouts.iter().map(|payout| (total(payout.forstok), total(payout.settlement))).collect()
    }

    fn pair(forstok: Option<&str>, settlement: Option<&str>) -> (Option<String>, Option<String>) {
        (forstok.map(str::to_owned), settlement.map(str::to_owned))
    }

    #[test]
    fn money_that_both_sources_tell_is_one_payout() {
        let payouts = payouts(vec![told(2, 90)], vec![told(1, 90)]);
        assert_eq!(told_by(&payouts), [pair(Some("90"), Some("90"))]);
        assert_eq!((payouts[0].total(), payouts[0].difference()), (90.into(), Money::ZERO));
    }

    #[test]
    fn what_each_part_tells_was_kept_once_where_only_so_it_comes_to_the_invoice() {
        let part = |total: i64, fee: i64| CostStructure {
            total: total.into(),
            service_fee: fee.into(),
            ..CostStructure::default()
        };
        let of = |parts: &[CostStructure], due: i64| {
            let one = together(parts, Some(due.into())).unwrap();
            (one.total, one.service_fee)
        };
        let told_twice = [part(60_000, 5_000), part(35_000, 5_000)];
        assert_eq!(of(&told_twice, 100_000), (95_000.into(), 5_000.into()));
        assert_eq!(of(&told_twice, 105_000), (95_000.into(), 10_000.into()));
        assert_eq!(of(&[part(60_000, 3_000), part(35_000, 2_000)], 100_000), (95_000.into(), 5_000.into()));
        assert_eq!(together(&[], None), None);
    }

    #[test]
    fn equal_amounts_find_each_other_before_the_rest_is_paired_by_day() {
        let payouts = payouts(vec![told(1, 90), told(2, 50)], vec![told(1, 50), told(3, 95)]);
        assert_eq!(told_by(&payouts), [pair(Some("50"), Some("50")), pair(Some("90"), Some("95"))]);
        assert_eq!((payouts[1].total(), payouts[1].difference()), (95.into(), 5.into()));
    }

    #[test]
    fn what_one_source_tells_alone_is_a_payout_of_its_own() {
        assert_eq!(
            told_by(&payouts(vec![told(1, 90), told(2, 90)], vec![told(2, 90)])),
            [pair(Some("90"), Some("90")), pair(Some("90"), None)]
        );
        assert_eq!(told_by(&payouts(Vec::new(), vec![told(1, -5)])), [pair(None, Some("-5"))]);
    }

    proptest! {
        #[test]
        fn every_word_is_in_exactly_one_payout(
            forstok in prop::collection::vec((1_i8..5, -3_i64..4), 0..6),
            settlement in prop::collection::vec((1_i8..5, -3_i64..4), 0..6),
        ) {
            let all = |words: &[(i8, i64)]| -> Vec<Told<'static>> {
                words.iter().map(|(day, total)| told(*day, *total)).collect()
            };
            let sorted = |mut words: Vec<Told<'static>>| {
                words.sort_by_key(|told| (told.date, told.amounts.total));
                words
            };
            let made = payouts(all(&forstok), all(&settlement));
            prop_assert_eq!(sorted(made.iter().filter_map(|one| one.forstok).collect()), sorted(all(&forstok)));
            prop_assert_eq!(sorted(made.iter().filter_map(|one| one.settlement).collect()), sorted(all(&settlement)));
            prop_assert_eq!(made.len(), forstok.len().max(settlement.len()));
        }
    }
}
