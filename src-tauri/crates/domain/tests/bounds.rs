//! Whatever figures a service tells, reckoning with them neither panics nor loses a rupiah without saying so.

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::buyers_total::BuyersTotal;
use selaras_domain::ids::{InvoiceId, OrderId, StoreId};
use selaras_domain::order::{BundleComponent, InvoiceStatus, Order, OrderInvoice, OrderLine, OrderStatus};
use selaras_domain::payout::CostStructure;
use selaras_domain::sale::TaxMode;
use selaras_domain::wire::figure;

/// A figure as a service may print it; `None` where it is none.
fn told() -> impl Strategy<Value = String> {
    prop_oneof![
        (-2_000_000_i64..2_000_000).prop_map(|number| number.to_string()),
        "-?[0-9]{1,15}(\\.[0-9]{1,20})?",
        "-?[0-9](\\.[0-9]{1,9})?e-?[0-9]{1,2}",
        Just("999999999999999".to_owned()),
        Just("7.9e28".to_owned()),
        Just("4e-17".to_owned()),
    ]
}

fn read() -> impl Strategy<Value = Decimal> {
    told().prop_map(|text| figure(&text).ok().flatten().unwrap_or_default())
}

fn money() -> impl Strategy<Value = Money> {
    read().prop_map(Money)
}

fn line() -> impl Strategy<Value = OrderLine> {
    let part = (money(), read()).prop_map(|(unit_price, quantity)| BundleComponent {
        sku: "B".into(),
        name: "B".into(),
        unit_price,
        quantity: Quantity(quantity),
    });
    let parts = proptest::collection::vec(part, 0..3);
    (read(), money(), money(), money(), parts).prop_map(
        |(quantity, unit_price, voucher, voucher_platform, components)| OrderLine {
            sku: "A".into(),
            name: "A".into(),
            variant_name: String::new(),
            quantity: Quantity(quantity),
            unit_price,
            voucher,
            voucher_platform,
            fulfilled_by_channel: false,
            note: None,
            components,
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    let amounts = proptest::array::uniform8(money());
    (proptest::collection::vec(line(), 0..4), amounts, any::<bool>()).prop_map(|(lines, amounts, cashless)| {
        let [subtotal, shipping_price, discount, voucher_seller, tax, total, insurance, shipping_discount] = amounts;
        Order {
            id: OrderId(1),
            number: "1".into(),
            store: StoreId(1),
            store_name: String::new(),
            channel: String::new(),
            channel_id: 0,
            status: OrderStatus::Open,
            ordered_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            warehouse: None,
            lines,
            subtotal,
            shipping_price,
            cashless,
            discount,
            voucher_seller,
            platform_rebate: Money::ZERO,
            tax,
            total,
            insurance,
            shipping_discount,
            recipient: None,
            returns: Vec::new(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_figure_of_an_order_breaks_its_sums(mut order in order(), fits in any::<bool>(), own in proptest::option::of(money())) {
        if fits {
            // Its sums as they should be, so that all of the reckoning is gone through.
            order.subtotal = order.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
            order.total = order.subtotal - order.discount;
        }
        let _ = order.units("B");
        for tax in [TaxMode::None, TaxMode::Inclusive, TaxMode::Exclusive] {
            let _ = BuyersTotal::of(&order, tax, own);
            if let Ok(sale) = order.sale(tax, own) {
                let lines: Money = sale.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
                prop_assert_eq!(lines, sale.goods);
                prop_assert!(sale.rounding.is_rounding());
            }
        }
    }

    #[test]
    fn no_figure_of_a_payout_breaks_its_equation(amounts in proptest::array::uniform8(money()), cashless in any::<bool>()) {
        let [subtotal, shipping_price, platform_rebate, voucher_seller, shipping_difference, fulfillment_fee, service_fee, total] = amounts;
        let invoice = OrderInvoice {
            id: InvoiceId(1),
            order: OrderId(1),
            subtotal: Some(subtotal),
            shipping_price,
            platform_rebate,
            voucher_seller,
            shipping_difference,
            fulfillment_fee,
            service_fee,
            total,
            balance_due: Money::ZERO,
            status: InvoiceStatus::Paid,
            created_at: None,
        };
        let structure = CostStructure::of(&invoice, cashless, Money::ZERO);
        prop_assert_eq!(structure.subtotal - structure.discount() + structure.difference(), structure.total);
        prop_assert!(structure.difference().is_zero() || !structure.difference().is_rounding());
    }

    #[test]
    fn reckoning_stays_at_its_bounds_instead_of_breaking(one in any::<[u32; 3]>(), other in any::<[u32; 3]>(), signs in any::<[bool; 2]>(), scales in (0_u32..28, 0_u32..28)) {
        let decimal = |[low, middle, high]: [u32; 3], negative, scale| Decimal::from_parts(low, middle, high, negative, scale);
        let (one, other) = (decimal(one, signs[0], scales.0), decimal(other, signs[1], scales.1));
        let (sum, difference) = (Money(one) + Money(other), Money(one) - Money(other));
        let product = Quantity(one).at(Money(other));
        for reckoned in [sum, difference, product] {
            prop_assert!(reckoned.0 <= Decimal::MAX && reckoned.0 >= Decimal::MIN);
        }
        prop_assert!(product.is_zero() || product.is_negative() == (one.is_sign_negative() != other.is_sign_negative()));
    }
}

#[test]
fn a_hundredth_between_lines_and_total_is_carried_by_one_unit_and_named() {
    let price: Decimal = "33333.33".parse().unwrap();
    let unit = OrderLine {
        sku: "A".into(),
        name: "A".into(),
        variant_name: String::new(),
        quantity: Quantity::from(3),
        unit_price: Money(price),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    };
    let order = |subtotal: &str, total: &str| Order {
        id: OrderId(1),
        number: "1".into(),
        store: StoreId(1),
        store_name: String::new(),
        channel: String::new(),
        channel_id: 0,
        status: OrderStatus::Open,
        ordered_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        warehouse: None,
        lines: vec![unit.clone()],
        subtotal: Money(subtotal.parse().unwrap()),
        shipping_price: Money::ZERO,
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::ZERO,
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: Money(total.parse().unwrap()),
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: None,
        returns: Vec::new(),
    };
    let text = |money: Money| money.text();
    // The total is what the order says; one of three units costs a hundredth more.
    let carried = order("100000", "100000").sale(TaxMode::None, None).unwrap();
    assert_eq!((text(carried.total()), text(carried.rounding)), ("100000".into(), "0.01".into()));
    let lines: Vec<_> = carried.lines.iter().map(|line| (line.quantity.text(), text(line.unit_price))).collect();
    assert_eq!(lines, [("2".to_owned(), "33333.33".to_owned()), ("1".to_owned(), "33333.34".to_owned())]);
    // Only the sub total is off: the total is that of the lines, and the difference is named.
    let named = order("100000", "99999.99").sale(TaxMode::None, None).unwrap();
    assert_eq!((text(named.total()), text(named.rounding)), ("99999.99".into(), "0.01".into()));
    // Two hundredths are no rounding.
    assert_eq!(order("100000.01", "100000.01").sale(TaxMode::None, None).unwrap_err().code, "order_lines_differ");
}
