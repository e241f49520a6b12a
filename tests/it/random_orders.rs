//! Random orders as marketplaces make them: mixed prices of one SKU, bundles, vouchers of every payer, tax, rounding, nothing for free
//! goods, halves that were cancelled. Some do not add up, on purpose.

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{ForstokWarehouseId, InvoiceId, OrderId, StoreId};
use selaras_domain::order::{BundleComponent, InvoiceStatus, Order, OrderInvoice, OrderLine, OrderStatus};
use selaras_domain::sale::TaxMode;

pub const SKUS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// An order, and whether its own figures add up.
#[derive(Debug, Clone)]
pub struct RandomOrder {
    pub order: Order,
    pub sound: bool,
    /// What the invoice must come to, where it adds up, before any tax on top: goods less what the shop itself takes off.
    pub due: Money,
    /// How the company's prices and tax stand to each other.
    pub tax: TaxMode,
    /// Sub total of Forstok's own invoice, where it is told.
    pub told: Option<Money>,
}

impl RandomOrder {
    /// What tax adds to the invoice.
    pub fn tax_on_top(&self) -> Money {
        if self.tax == TaxMode::Exclusive { self.order.tax } else { Money::ZERO }
    }
}

fn price() -> impl Strategy<Value = Money> {
    prop_oneof![
        1 => Just(Money::ZERO),
        8 => (1_i64..2_000_000).prop_map(Money::from),
        // Prices with sen: a channel that works prices out of percents.
        1 => (1_i64..200_000_000).prop_map(|sen| Money(Decimal::new(sen, 2))),
    ]
}

fn plain() -> impl Strategy<Value = OrderLine> {
    (0..SKUS.len(), 1_i64..6, price()).prop_map(|(sku, quantity, unit_price)| OrderLine {
        sku: SKUS[sku].into(),
        name: format!("Barang {}", SKUS[sku]),
        variant_name: String::new(),
        quantity: quantity.into(),
        unit_price,
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    })
}

fn line() -> impl Strategy<Value = OrderLine> {
    let part = (0..SKUS.len(), 1_i64..5, price()).prop_map(|(sku, quantity, unit_price)| BundleComponent {
        sku: SKUS[sku].into(),
        name: format!("Barang {}", SKUS[sku]),
        unit_price,
        quantity: Quantity::from(quantity),
    });
    let parts = prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(part, 1..4)];
    (plain(), parts).prop_map(|(line, components)| OrderLine { components, ..line })
}

/// A share of an amount in whole rupiah, so that vouchers are never more than what they are on.
fn part_of(amount: Money, percent: i64) -> Money {
    Money((amount.0 * Decimal::new(percent, 2)).floor())
}

/// An order of a company without tax, whose own invoice in Forstok is not told.
pub fn order() -> impl Strategy<Value = RandomOrder> {
    order_of(Just(TaxMode::None).boxed(), Just(false).boxed())
}

/// An order of any company: with tax in its prices, on top or not at all; some with a sub total that says that the discount holds the
/// seller's voucher.
pub fn any_order() -> impl Strategy<Value = RandomOrder> {
    let tax = prop_oneof![Just(TaxMode::None), Just(TaxMode::Inclusive), Just(TaxMode::Exclusive)];
    order_of(tax.boxed(), any::<bool>().boxed())
}

prop_compose! {
    fn order_of(tax: BoxedStrategy<TaxMode>, told: BoxedStrategy<bool>)(
        lines in proptest::collection::vec(line(), 1..7),
        vouchers in proptest::collection::vec((0_i64..40, 0_i64..101), 7),
        discount in prop_oneof![2 => Just(0_i64), 1 => 1_i64..50],
        seller in prop_oneof![2 => Just(0_i64), 1 => 1_i64..30],
        (shipping, cashless, insurance) in (0_i64..50_000, any::<bool>(), prop_oneof![3 => Just(0_i64), 1 => 1_i64..2_000]),
        // How the buyer's total is told: with or without the discounts in it; with the seller's voucher or without; held in the discount.
        (shown, voucher_shown, voucher_held) in (any::<bool>(), any::<bool>(), any::<bool>()),
        // Something that has happened: nothing, a total that is off, a half that was cancelled without its lines, one with them.
        event in prop_oneof![5 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8), 2 => Just(3_u8)],
        off in 1_i64..1_000_000_000,
        store in 0_i64..3,
        (tax, told) in (tax, told),
    ) -> RandomOrder {
        let mut lines = lines;
        let worth = |lines: &[OrderLine]| -> Money { lines.iter().map(|line| line.quantity.at(line.unit_price)).sum() };
        for (line, (percent, platform)) in lines.iter_mut().zip(vouchers) {
            line.voucher = part_of(line.quantity.at(line.unit_price), percent);
            line.voucher_platform = part_of(line.voucher, platform);
        }
        let in_vouchers = |lines: &[OrderLine]| -> Money { lines.iter().map(|line| line.voucher).sum() };
        let discount = part_of(worth(&lines) - in_vouchers(&lines), discount);
        let voucher_seller = part_of(worth(&lines) - in_vouchers(&lines) - discount, seller);
        // What was granted on all of them stays when half of the lines are cancelled.
        if event == 3 {
            lines.truncate(lines.len().div_ceil(2));
        }
        let goods = worth(&lines);
        let vouchers = in_vouchers(&lines);
        let of_platform: Money = lines.iter().map(|line| line.voucher_platform).sum();
        let held = told && shown && voucher_held;
        let listed = if held { discount + voucher_seller } else { discount };
        let reduction = if shown { listed + vouchers } else { Money::ZERO };
        let seen_voucher = if shown && voucher_shown && !held { voucher_seller } else { Money::ZERO };
        let (shipping, insurance) = (Money::from(shipping), Money::from(insurance));
        let income = if cashless { Money::ZERO } else { shipping };
        let own = if shown { discount + vouchers - of_platform } else { Money::ZERO };
        // Where nothing is told, a discount that is the voucher to the rupiah is taken for it.
        let own = if !told && own == voucher_seller { Money::ZERO } else { own };
        let taxed = if tax == TaxMode::None { Money::ZERO } else { part_of(goods, 11) };
        let on_top = if tax == TaxMode::Exclusive { taxed } else { Money::ZERO };
        let total = goods - reduction - seen_voucher + income + insurance + on_top;
        let mut order = Order {
            id: OrderId(1),
            number: "N1".into(),
            store: StoreId(7001 + store),
            store_name: format!("Toko {store}"),
            channel: "Shopee".into(),
            channel_id: 12,
            status: OrderStatus::ReadyToShip,
            ordered_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            warehouse: Some(ForstokWarehouseId(195)),
            lines,
            subtotal: goods,
            shipping_price: shipping,
            cashless,
            discount: listed,
            voucher_seller,
            platform_rebate: Money::ZERO,
            tax: taxed,
            total,
            insurance,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        };
        // Less than nothing is no price, however it came about.
        let mut sound = !total.is_negative() && own <= goods;
        match event {
            // Beyond anything that a discount or shipping could be taken for.
            1 => {
                order.total = total + goods + shipping + insurance + taxed + Money::from(off);
                sound = false;
            }
            2 if goods.is_positive() => {
                order.subtotal = Money((goods.0 / Decimal::TWO).floor());
                sound = sound && order.subtotal == goods;
            }
            _ => {}
        }
        RandomOrder { order, sound, due: goods - own, tax, told: told.then_some(goods - own) }
    }
}

/// Forstok's invoice of an order: fees in percents of its sub total, and the payout that its equation makes.
pub fn settled(order: &Order, subtotal: Money, percents: [i64; 5]) -> OrderInvoice {
    let [rebate, difference, fulfilment, service, _] = percents.map(|percent| part_of(subtotal, percent));
    let shipping = if order.cashless { Money::ZERO } else { order.shipping_price };
    let kept = order.voucher_seller + difference + fulfilment + service;
    OrderInvoice {
        id: InvoiceId(order.id.0 + 500_000),
        order: order.id,
        subtotal: Some(subtotal),
        shipping_price: order.shipping_price,
        platform_rebate: rebate,
        voucher_seller: order.voucher_seller,
        shipping_difference: difference,
        fulfillment_fee: fulfilment,
        service_fee: service,
        total: subtotal + shipping + rebate - kept,
        balance_due: Money::ZERO,
        status: InvoiceStatus::Paid,
        created_at: None,
    }
}
