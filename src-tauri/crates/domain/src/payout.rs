//! What a marketplace pays out for an order, in the one vocabulary that Forstok has for all channels (forstok-accounting-flow.md §6.1,
//! "cost structure", doc): total = sub total + shipping fee (not cashless) + platform rebate − voucher seller − shipping difference
//! (cashless) − platform fulfilment fee − service fee.

use crate::amount::Money;
use crate::mapping::Role;
use crate::order::{Order, OrderInvoice};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The lines of one order's payout, all as they are printed: a fee is above zero and takes away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CostStructure {
    /// Goods.
    pub subtotal: Money,
    /// Shipping that the buyer pays; nothing where the marketplace pays the courier itself.
    pub shipping_fee: Money,
    /// What the platform adds.
    pub platform_rebate: Money,
    /// Voucher that the seller pays for.
    pub voucher_seller: Money,
    /// Difference of shipping cost, mostly of orders whose courier the marketplace pays itself.
    pub shipping_difference: Money,
    /// The platform's fulfilment fee.
    pub fulfillment_fee: Money,
    /// Commission, admin, programme and service fees.
    pub service_fee: Money,
    /// What is paid out.
    pub total: Money,
}

impl CostStructure {
    /// The structure of an invoice of Forstok; `subtotal` stands in where the invoice does not say its own.
    ///
    /// Shipping is income only when the marketplace does not pay the courier itself (§6.3, seen); a difference of shipping is kept
    /// whenever it is told. Where the total holds only with the shipping read the other way, as in a settlement that hands shipping on,
    /// the total is right: it is the money (guess).
    #[must_use]
    pub fn of(invoice: &OrderInvoice, cashless: bool, subtotal: Money) -> Self {
        let kept = Self {
            subtotal: invoice.subtotal.unwrap_or(subtotal),
            shipping_fee: Money::ZERO,
            platform_rebate: invoice.platform_rebate,
            voucher_seller: invoice.voucher_seller,
            shipping_difference: invoice.shipping_difference,
            fulfillment_fee: invoice.fulfillment_fee,
            service_fee: invoice.service_fee,
            total: invoice.total,
        };
        let handed_on = Self { shipping_fee: invoice.shipping_price, ..kept };
        let (documented, other) = if cashless { (kept, handed_on) } else { (handed_on, kept) };
        let other_way = !documented.difference().is_rounding() && other.difference().is_rounding();
        if other_way { other.rounded() } else { documented.rounded() }
    }

    /// The same with what rounding leaves over on its largest fee, so that its equation holds to the last decimal place; the total is the
    /// money that came.
    #[must_use]
    fn rounded(mut self) -> Self {
        let off = self.difference();
        if off.is_zero() || !off.is_rounding() {
            return self;
        }
        let fees =
            [&mut self.voucher_seller, &mut self.shipping_difference, &mut self.fulfillment_fee, &mut self.service_fee];
        // Of equal ones the service fee.
        if let Some(largest) = fees.into_iter().max_by_key(|fee| **fee) {
            *largest = *largest - off;
        }
        self
    }

    /// The six lines between sub total and total, each with its role and with its sign as a receipt discount: what is kept above zero,
    /// what is added below (§6.3, seen). Lines of nothing are among them.
    #[must_use]
    pub fn discounts(&self) -> [(Role, Money); 6] {
        let added = |amount: Money| Money::ZERO - amount;
        [
            (Role::ShippingFee, added(self.shipping_fee)),
            (Role::PlatformRebate, added(self.platform_rebate)),
            (Role::VoucherSeller, self.voucher_seller),
            (Role::ShippingDifference, self.shipping_difference),
            (Role::PlatformFulfillmentFee, self.fulfillment_fee),
            (Role::ServiceFee, self.service_fee),
        ]
    }

    /// Σ of the discounts: what the sub total is more than the total.
    #[must_use]
    pub fn discount(&self) -> Money {
        self.discounts().into_iter().map(|(_, amount)| amount).sum()
    }

    /// What the total is more than its lines make; zero where Forstok's own equation holds.
    #[must_use]
    pub fn difference(&self) -> Money {
        self.total - (self.subtotal - self.discount())
    }
}

impl OrderInvoice {
    /// Its sub total. Where it tells none (forstok-api.md §7.3 lists none), the one that its total is made of, if only one that the order can
    /// have fits: with the discount of the whole order, or without.
    #[must_use]
    pub fn subtotal_of(&self, order: &Order) -> Option<Money> {
        let fits = |subtotal: &Money| CostStructure::of(self, order.cashless, *subtotal).difference().is_zero();
        let possible = BTreeSet::from([order.subtotal, order.subtotal - order.discount]);
        let mut fitting = possible.into_iter().filter(fits);
        self.subtotal.or_else(|| fitting.next().filter(|_| fitting.next().is_none()))
    }
}

/// Line by line.
impl std::ops::Add for CostStructure {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            subtotal: self.subtotal + other.subtotal,
            shipping_fee: self.shipping_fee + other.shipping_fee,
            platform_rebate: self.platform_rebate + other.platform_rebate,
            voucher_seller: self.voucher_seller + other.voucher_seller,
            shipping_difference: self.shipping_difference + other.shipping_difference,
            fulfillment_fee: self.fulfillment_fee + other.fulfillment_fee,
            service_fee: self.service_fee + other.service_fee,
            total: self.total + other.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{InvoiceId, OrderId};

    fn structure(amounts: [i64; 8]) -> CostStructure {
        let [subtotal, shipping, rebate, voucher, difference, fulfilment, service, total] = amounts.map(Money::from);
        CostStructure {
            subtotal,
            shipping_fee: shipping,
            platform_rebate: rebate,
            voucher_seller: voucher,
            shipping_difference: difference,
            fulfillment_fee: fulfilment,
            service_fee: service,
            total,
        }
    }

    #[test]
    fn the_worked_figure_38_500_holds() {
        let figure = structure([40_000, 100, 200, 300, 400, 500, 600, 38_500]);
        assert_eq!((figure.difference(), figure.discount()), (Money::ZERO, Money::from(1_500)));
    }

    #[test]
    fn the_worked_figure_29_850_holds() {
        let figure = structure([30_000, 10, 20, 30, 40, 50, 60, 29_850]);
        assert_eq!((figure.difference(), figure.discount()), (Money::ZERO, Money::from(150)));
    }

    #[test]
    fn the_sample_payment_of_356_000_holds() {
        let figure = structure([400_000, 0, 5_000, 20_000, 3_000, 0, 26_000, 356_000]);
        assert_eq!((figure.difference(), figure.discount()), (Money::ZERO, Money::from(44_000)));
    }

    #[test]
    fn shipping_is_read_as_the_total_says_it() {
        let invoice = |shipping: i64, total: i64| OrderInvoice {
            shipping_price: shipping.into(),
            shipping_difference: 400.into(),
            total: total.into(),
            id: InvoiceId(1),
            order: OrderId(1),
            subtotal: None,
            platform_rebate: Money::ZERO,
            voucher_seller: Money::ZERO,
            fulfillment_fee: Money::ZERO,
            service_fee: Money::ZERO,
            balance_due: Money::ZERO,
            status: crate::order::InvoiceStatus::Paid,
            created_at: None,
        };
        let fee = |invoice: &OrderInvoice, cashless| CostStructure::of(invoice, cashless, 40_000.into()).shipping_fee;
        // As documented where both or neither hold.
        assert_eq!((fee(&invoice(100, 39_700), false), fee(&invoice(100, 39_600), true)), (100.into(), Money::ZERO));
        assert_eq!((fee(&invoice(100, 5), false), fee(&invoice(100, 5), true)), (100.into(), Money::ZERO));
        // A settlement of an order whose courier the marketplace pays hands the shipping on; another one keeps it.
        assert_eq!((fee(&invoice(100, 39_700), true), fee(&invoice(100, 39_600), false)), (100.into(), Money::ZERO));
    }

    #[test]
    fn a_total_that_does_not_add_up_shows_by_how_much() {
        assert_eq!(structure([40_000, 0, 0, 0, 0, 0, 600, 39_000]).difference(), Money::from(-400));
    }
}
