//! The live example of the mapping: one payout as debit and credit lines whose accounts come from the mapping.

use super::mapping::Slot;
use crate::desk::Desk;
use crate::error::AppResult;
use crate::sales::Payout;
use crate::snapshots::Directory;
use crate::view::{ExampleOrderView, Id, PayoutExampleLineView, PayoutExampleView};
use selaras_domain::amount::Money;
use selaras_domain::ids::StoreId;
use selaras_domain::payout::CostStructure;

/// A line on the debit side, or with an amount below zero on the credit side. A line of nothing is left out.
fn line(slot: Option<Slot>, amount: Money) -> Option<PayoutExampleLineView> {
    if amount.is_zero() {
        return None;
    }
    let (debit, credit) = if amount.is_negative() {
        (String::new(), (Money::ZERO - amount).text())
    } else {
        (amount.text(), String::new())
    };
    Some(PayoutExampleLineView { slot: slot.map(Slot::path), debit, credit })
}

/// The lines of a payout, debits first; those of nothing are left out.
fn lines(amounts: &CostStructure, store: StoreId) -> Vec<PayoutExampleLineView> {
    let kept = |income: bool| {
        amounts
            .discounts()
            .into_iter()
            .filter(move |(role, _)| role.income() == income)
            .map(|(role, amount)| line(Some(Slot::Role(role)), amount))
    };
    std::iter::once(line(Some(Slot::Bank(store)), amounts.total))
        .chain(kept(false))
        .chain(std::iter::once(line(None, Money::ZERO - amounts.subtotal)))
        .chain(kept(true))
        .flatten()
        .collect()
}

/// A real payout as an example; `None` when its amounts do not add up.
fn real(payout: &Payout) -> Option<PayoutExampleView> {
    let order = &payout.order;
    let amounts = CostStructure::of(&payout.invoice, order.cashless, order.subtotal);
    amounts.difference().is_zero().then(|| PayoutExampleView {
        store_id: Id(order.store.0),
        order: Some(ExampleOrderView {
            number: order.number.clone(),
            channel: order.channel.clone(),
            status: order.status.words().to_owned(),
            ordered_at: order.ordered_at.to_string(),
            total: amounts.subtotal.text(),
            payout: amounts.total.text(),
        }),
        lines: lines(&amounts, order.store),
    })
}

/// A made-up but typical payout: order 264.000, seller's voucher 8.000, shipping difference 2.500, service fee 13.200, rebate 6.000.
fn made_up(store: StoreId) -> PayoutExampleView {
    let amounts = CostStructure {
        subtotal: Money::from(264_000),
        shipping_fee: Money::ZERO,
        platform_rebate: Money::from(6_000),
        voucher_seller: Money::from(8_000),
        shipping_difference: Money::from(2_500),
        fulfillment_fee: Money::ZERO,
        service_fee: Money::from(13_200),
        total: Money::from(246_300),
    };
    PayoutExampleView { store_id: Id(store.0), order: None, lines: lines(&amounts, store) }
}

impl Desk {
    /// An example for one store: its newest order that was paid out, and with `skip` the ones before it. The newest of a store without
    /// any is made up; `None` when there is nothing more to show.
    ///
    /// # Errors
    /// When Forstok has to be asked and does not answer.
    pub async fn mapping_example(&self, store: i64, skip: u32) -> AppResult<Option<PayoutExampleView>> {
        let directory = self.directory(false).await?;
        let Some(store) = directory.stores.iter().map(|known| known.id).find(|known| known.0 == store) else {
            return Ok(None);
        };
        let payouts = self.payouts(false).await?;
        let mut examples = payouts.iter().filter(|payout| payout.order.store == store).filter_map(real);
        let found = examples.nth(usize::try_from(skip).unwrap_or(usize::MAX));
        Ok(found.or_else(|| (skip == 0).then(|| made_up(store))))
    }

    /// The example of the mapping screen: the newest order of all stores that was paid out, else a made-up one of the first store. That
    /// payouts cannot be read just now keeps nobody from mapping.
    pub(crate) async fn example_of(&self, directory: &Directory, refresh: bool) -> Option<PayoutExampleView> {
        let payouts = self.payouts(refresh).await.unwrap_or_else(|error| {
            tracing::warn!(error.code = ?error.code, "payouts cannot be read; the example is made up");
            Vec::new()
        });
        let active: Vec<StoreId> = directory.stores.iter().filter(|store| store.active).map(|store| store.id).collect();
        let mut examples = payouts.iter().filter(|payout| active.contains(&payout.order.store)).filter_map(real);
        examples.next().or_else(|| active.first().copied().map(made_up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use selaras_domain::ids::{InvoiceId, OrderId};
    use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, OrderStatus};

    const STORE: StoreId = StoreId(7001);

    /// The payment of the reference's sample (`payment-received`), whose order is `webhook-orders-create`.
    fn sample(cashless: bool, total: i64) -> Payout {
        Payout {
            order: Order {
                id: OrderId(140_000_001),
                number: "240115CONTOH1".into(),
                store: STORE,
                store_name: "Toko-Contoh-1".into(),
                channel: "Shopee".into(),
                channel_id: 12,
                status: OrderStatus::Completed,
                ordered_at: Timestamp::UNIX_EPOCH,
                updated_at: Timestamp::UNIX_EPOCH,
                warehouse: None,
                lines: Vec::new(),
                subtotal: Money::from(400_000),
                shipping_price: Money::from(12_000),
                cashless,
                discount: Money::ZERO,
                voucher_seller: Money::from(20_000),
                platform_rebate: Money::ZERO,
                tax: Money::ZERO,
                total: Money::from(400_000),
                insurance: Money::ZERO,
                shipping_discount: Money::ZERO,
                recipient: None,
                returns: Vec::new(),
            },
            invoice: OrderInvoice {
                id: InvoiceId(500_001),
                order: OrderId(140_000_001),
                subtotal: None,
                shipping_price: Money::from(12_000),
                platform_rebate: Money::from(5_000),
                voucher_seller: Money::from(20_000),
                shipping_difference: Money::from(3_000),
                fulfillment_fee: Money::ZERO,
                service_fee: Money::from(26_000),
                total: Money::from(total),
                balance_due: Money::ZERO,
                status: InvoiceStatus::Paid,
                created_at: None,
            },
            paid_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn shown(view: &PayoutExampleView) -> Vec<(&str, &str, &str)> {
        view.lines
            .iter()
            .map(|line| (line.slot.as_deref().unwrap_or("receivable"), line.debit.as_str(), line.credit.as_str()))
            .collect()
    }

    fn sums(view: &PayoutExampleView) -> (Decimal, Decimal) {
        let sum = |of: fn(&PayoutExampleLineView) -> &String| {
            view.lines.iter().filter_map(|line| of(line).parse::<Decimal>().ok()).sum()
        };
        (sum(|line| &line.debit), sum(|line| &line.credit))
    }

    #[test]
    fn the_sample_payment_is_booked_with_equal_sides() {
        let view = real(&sample(true, 356_000)).unwrap();
        let expected = [
            ("stores.7001.bank_account_id", "356000", ""),
            ("roles.voucher_seller", "20000", ""),
            ("roles.shipping_difference", "3000", ""),
            ("roles.service_fee", "26000", ""),
            ("receivable", "", "400000"),
            ("roles.platform_rebate", "", "5000"),
        ];
        assert_eq!(shown(&view), expected);
        assert_eq!(sums(&view), (Decimal::from(405_000), Decimal::from(405_000)));
        let order = view.order.unwrap();
        assert_eq!(
            (order.number.as_str(), order.total.as_str(), order.payout.as_str()),
            ("240115CONTOH1", "400000", "356000")
        );
    }

    #[test]
    fn shipping_is_income_only_when_the_marketplace_does_not_pay_the_courier() {
        let view = real(&sample(false, 368_000)).unwrap();
        assert!(shown(&view).contains(&("roles.shipping_fee", "", "12000")));
        assert!(shown(&view).contains(&("roles.shipping_difference", "3000", "")));
        assert_eq!(sums(&view), (Decimal::from(417_000), Decimal::from(417_000)));
    }

    #[test]
    fn a_payout_whose_amounts_do_not_add_up_is_no_example() {
        assert_eq!(real(&sample(true, 356_001)), None);
    }

    #[test]
    fn the_made_up_payout_balances_and_says_that_it_is_made_up() {
        let view = made_up(STORE);
        assert_eq!(view.order, None);
        assert_eq!(sums(&view), (Decimal::from(270_000), Decimal::from(270_000)));
    }
}
