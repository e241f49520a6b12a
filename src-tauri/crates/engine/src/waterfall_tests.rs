//! Waterfalls of the reference's own figures, and their sums for any order.

use super::*;
use crate::kinds::sales_fixture::{World, line, order, payment, reference_order, shop_invoice};
use proptest::prelude::*;
use rust_decimal::Decimal;
use selaras_domain::amount::Quantity;
use selaras_domain::documents::ReceiptDiscount;
use selaras_domain::order::OrderLine;

fn input<'a>(world: &'a World, order: &'a Order) -> WaterfallInput<'a> {
    WaterfallInput {
        order,
        tax: TaxMode::None,
        subtotal: None,
        payout: None,
        roles: &world.mapping.roles,
        bank: Some(AccountId(70)),
        accounts: &world.accounts,
        invoice: None,
        receipts: &[],
        taken_back: Money::ZERO,
    }
}

/// Name, amount and place in the books of each bar.
fn told(bars: &[Bar]) -> Vec<(&'static str, String, &'static str)> {
    bars.iter().map(|bar| (bar.kind.name(), bar.amount.text(), bar.booked.name())).collect()
}

fn owned(bars: &[(&'static str, &str, &'static str)]) -> Vec<(&'static str, String, &'static str)> {
    bars.iter().map(|(name, amount, booked)| (*name, (*amount).to_owned(), *booked)).collect()
}

/// Each step moves the figure by its amount, each level is the figure.
fn assert_sums(bars: &[Bar]) {
    let mut running = None;
    for bar in bars {
        let before = running.unwrap_or(bar.amount);
        let after = if bar.kind.level() { before } else { before + bar.amount };
        assert_eq!(bar.running, after, "{bars:?}");
        if bar.kind.level() {
            assert_eq!(bar.amount, bar.running, "{bars:?}");
        }
        running = Some(after);
    }
}

fn invoice_of(order: &Order, total: i64, cash_discount: i64) -> InvoiceDocument {
    let lines = order.lines.iter().map(|line| selaras_domain::documents::DocumentLine {
        item_no: line.sku.clone(),
        item: None,
        name: line.name.clone(),
        note: String::new(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: Money::ZERO,
        warehouse: "Utama".into(),
        warehouse_id: None,
        taxed: false,
    });
    InvoiceDocument {
        id: None,
        number: order.number.clone(),
        date: jiff::civil::date(2024, 1, 15),
        description: order.id.to_string(),
        customer_no: "7001".into(),
        customer: None,
        branch: None,
        taxable: false,
        tax_inclusive: false,
        cash_discount: cash_discount.into(),
        to_address: None,
        lines: lines.collect(),
        total: Some(total.into()),
        owing: None,
        receipts: Vec::new(),
        returned: None,
    }
}

fn receipt_of(invoice: &InvoiceDocument, discounts: &[(&str, i64)]) -> ReceiptDocument {
    let discounts = discounts.iter().map(|(account, amount)| ReceiptDiscount {
        account_no: (*account).into(),
        account: None,
        amount: (*amount).into(),
    });
    let share = ReceiptPayment {
        invoice_no: invoice.number.clone(),
        invoice: None,
        amount: invoice.total.unwrap(),
        discounts: discounts.collect(),
    };
    ReceiptDocument {
        id: None,
        number: "SLP-1".into(),
        date: jiff::civil::date(2024, 1, 20),
        description: String::new(),
        customer_no: "7001".into(),
        customer: None,
        bank_no: "110102".into(),
        bank: Some(AccountId(70)),
        branch: None,
        received: share.received(),
        payments: vec![share],
    }
}

#[test]
fn an_order_that_is_not_paid_out_shows_what_is_known_and_expects_the_rest() {
    let world = World::new();
    let order = Order { total: 413_500.into(), insurance: 1_500.into(), ..reference_order() };
    let bars = waterfall(&input(&world, &order));
    assert_sums(&bars);
    let expected = [
        ("buyer_paid", "413500", "outside"),
        ("insurance", "-1500", "outside"),
        ("courier_shipping", "-12000", "outside"),
        ("goods", "400000", "expected"),
        ("invoice", "400000", "expected"),
        ("voucher_seller", "-20000", "expected"),
        ("payout", "380000", "expected"),
    ];
    assert_eq!(told(&bars), owned(&expected));
}

#[test]
fn the_reference_payout_of_356_000_is_in_the_books_line_by_line() {
    let world = World::new();
    let order = reference_order();
    let paid = payment("P1", vec![shop_invoice(&order, [5_000, 20_000, 3_000, 0, 26_000])]);
    let structure = CostStructure::of(&paid.invoices[0], true, order.subtotal);
    let invoice = invoice_of(&order, 400_000, 0);
    // The accounts of the roles as the fixture maps them: 71 shipping fee, 72 rebate, 73 voucher, 74 difference, 75 fulfilment, 76 service.
    let receipt =
        receipt_of(&invoice, &[("710072", -5_000), ("710073", 20_000), ("710074", 3_000), ("710076", 26_000)]);
    let whole = WaterfallInput {
        payout: Some(structure),
        invoice: Some(&invoice),
        receipts: &[&receipt],
        ..input(&world, &order)
    };
    let bars = waterfall(&whole);
    assert_sums(&bars);
    let expected = [
        ("buyer_paid", "400000", "outside"),
        ("goods", "400000", "invoice"),
        ("invoice", "400000", "invoice"),
        ("platform_rebate", "5000", "receipt"),
        ("voucher_seller", "-20000", "receipt"),
        ("shipping_difference", "-3000", "receipt"),
        ("service_fee", "-26000", "receipt"),
        ("payout", "356000", "receipt"),
    ];
    assert_eq!(told(&bars), owned(&expected));
    assert_eq!(bars.last().unwrap().account, Some(AccountId(70)));
    assert_eq!(bars[3].account, Some(AccountId(72)));
}

#[test]
fn a_fee_on_another_account_differs_and_the_others_stand() {
    let world = World::new();
    let order = reference_order();
    let structure = CostStructure::of(&shop_invoice(&order, [0, 20_000, 0, 0, 26_000]), true, order.subtotal);
    let invoice = invoice_of(&order, 400_000, 0);
    let receipt = receipt_of(&invoice, &[("710073", 20_000), ("710075", 26_000)]);
    let whole = WaterfallInput {
        payout: Some(structure),
        invoice: Some(&invoice),
        receipts: &[&receipt],
        ..input(&world, &order)
    };
    let booked: Vec<_> = waterfall(&whole).iter().skip(3).map(|bar| (bar.kind.name(), bar.booked)).collect();
    let expected = [("voucher_seller", Booked::Receipt), ("service_fee", Booked::Differs), ("payout", Booked::Receipt)];
    assert_eq!(booked, expected);
}

#[test]
fn discounts_stand_above_the_goods_by_payer_and_below_as_far_as_the_shop_bears_them() {
    let world = World::new();
    let voucher = OrderLine { voucher: 30_000.into(), voucher_platform: 10_000.into(), ..line("MUG", 2, 100_000) };
    let order = Order {
        discount: 5_000.into(),
        cashless: false,
        total: (200_000 - 5_000 - 30_000 + 12_000).into(),
        ..order(1, "A", vec![voucher])
    };
    let bars = waterfall(&input(&world, &order));
    assert_sums(&bars);
    let expected = [
        ("buyer_paid", "177000", "outside"),
        ("buyer_shipping", "-12000", "outside"),
        ("discount_seen", "5000", "outside"),
        ("voucher_seen", "20000", "outside"),
        ("platform_voucher", "10000", "outside"),
        ("goods", "200000", "expected"),
        ("discount", "-5000", "expected"),
        ("voucher", "-20000", "expected"),
        ("invoice", "175000", "expected"),
        ("shipping_fee", "12000", "expected"),
        ("payout", "187000", "expected"),
    ];
    assert_eq!(told(&bars), owned(&expected));
}

#[test]
fn what_nothing_explains_is_a_bar_of_its_own_where_it_arises() {
    let world = World::new();
    let order = Order { total: 407_777.into(), shipping_price: Money::ZERO, ..reference_order() };
    let invoice = InvoiceDocument { returned: Some(100_000.into()), ..invoice_of(&order, 399_000, 0) };
    let structure = CostStructure { total: 250_000.into(), service_fee: 40_000.into(), ..CostStructure::default() };
    let whole = WaterfallInput { payout: Some(structure), invoice: Some(&invoice), ..input(&world, &order) };
    let bars = waterfall(&whole);
    assert_sums(&bars);
    let expected = [
        ("buyer_paid", "407777", "outside"),
        ("unexplained", "-7777", "differs"),
        ("goods", "400000", "invoice"),
        ("unexplained", "-1000", "differs"),
        ("invoice", "399000", "differs"),
        ("returned", "-100000", "return"),
        ("service_fee", "-40000", "expected"),
        ("unexplained", "-9000", "differs"),
        ("payout", "250000", "expected"),
    ];
    assert_eq!(told(&bars), owned(&expected));
}

#[test]
fn tax_on_top_is_taken_out_above_the_goods_and_added_below() {
    let world = World::new();
    let order = Order { tax: 44_000.into(), total: 444_000.into(), voucher_seller: Money::ZERO, ..reference_order() };
    let bars = waterfall(&WaterfallInput { tax: TaxMode::Exclusive, ..input(&world, &order) });
    assert_sums(&bars);
    let expected = [
        ("buyer_paid", "444000", "outside"),
        ("tax_seen", "-44000", "outside"),
        ("goods", "400000", "expected"),
        ("tax", "44000", "expected"),
        ("invoice", "444000", "expected"),
        ("payout", "444000", "expected"),
    ];
    assert_eq!(told(&bars), owned(&expected));
}

fn money() -> impl Strategy<Value = Money> {
    prop_oneof![
        2 => Just(Money::ZERO),
        6 => (0_i64..500_000).prop_map(Money::from),
        1 => (0_i64..50_000_000).prop_map(|sen| Money(Decimal::new(sen, 2))),
    ]
}

prop_compose! {
    /// An order whose figures may or may not have to do with each other.
    fn any_order()(
        lines in prop::collection::vec((0_i64..5, money(), money(), money()), 0..5),
        [shipping, discount, seller, tax, insurance, shipping_discount, rebate] in prop::array::uniform7(money()),
        cashless in any::<bool>(),
        // How the total is made: at random, or of these parts.
        random in prop_oneof![4 => Just(None), 1 => money().prop_map(Some)],
        parts in prop::array::uniform6(any::<bool>()),
    ) -> Order {
        let lines: Vec<OrderLine> = lines.into_iter().map(|(quantity, unit_price, voucher, voucher_platform)| OrderLine {
            quantity: Quantity::from(quantity), unit_price, voucher, voucher_platform, ..line("MUG", 1, 1)
        }).collect();
        let goods: Money = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        let vouchers: Money = lines.iter().map(|line| line.voucher).sum();
        let only = |place: usize, amount: Money| if parts[place] { amount } else { Money::ZERO };
        let total = random.unwrap_or_else(|| {
            goods - only(0, discount) - only(1, vouchers) - only(2, seller) + only(3, shipping) + only(4, insurance)
                + only(5, tax)
        });
        Order {
            shipping_price: shipping, discount, voucher_seller: seller, tax, insurance, shipping_discount,
            platform_rebate: rebate, cashless, total, subtotal: goods, ..order(1, "A", lines)
        }
    }
}

prop_compose! {
    fn any_structure()(
        [subtotal, shipping_fee, platform_rebate, voucher_seller, shipping_difference, fulfillment_fee, service_fee]
            in prop::array::uniform7(money()),
        off in prop_oneof![3 => Just(Money::ZERO), 1 => money()],
    ) -> CostStructure {
        let structure = CostStructure {
            subtotal, shipping_fee, platform_rebate, voucher_seller, shipping_difference, fulfillment_fee, service_fee,
            total: Money::ZERO,
        };
        CostStructure { total: subtotal - structure.discount() + off, ..structure }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(4_000))]

    #[test]
    fn the_bars_of_any_order_add_up_and_end_at_what_was_paid_out(
        order in any_order(),
        payout in prop::option::of(any_structure()),
        total in prop::option::of(0_i64..2_000_000),
        cash_discount in 0_i64..1_000,
        returned in prop::option::of(money()),
        tax in prop_oneof![Just(TaxMode::None), Just(TaxMode::Inclusive), Just(TaxMode::Exclusive)],
        fee in prop::option::of(money()),
    ) {
        let world = World::new();
        let invoice = total.map(|total| InvoiceDocument { returned, ..invoice_of(&order, total, cash_discount) });
        let receipt = invoice.as_ref().zip(fee).map(|(invoice, fee)| {
            let mut receipt = receipt_of(invoice, &[("710076", 0)]);
            receipt.payments[0].discounts[0].amount = fee;
            receipt
        });
        let receipts: Vec<&ReceiptDocument> = receipt.iter().collect();
        let bars = waterfall(&WaterfallInput {
            tax, payout, invoice: invoice.as_ref(), receipts: &receipts, ..input(&world, &order)
        });
        assert_sums(&bars);
        prop_assert_eq!(bars.first().map(|bar| bar.amount), Some(order.total));
        let levels: Vec<BarKind> = bars.iter().map(|bar| bar.kind).filter(|kind| kind.level()).collect();
        prop_assert_eq!(levels, [BarKind::BuyerPaid, BarKind::Goods, BarKind::Invoice, BarKind::Payout]);
        let last = bars.last().map(|bar| bar.running);
        if let Some(payout) = payout {
            prop_assert_eq!(last, Some(payout.total));
        }
        let level = |kind| bars.iter().find(|bar| bar.kind == kind).map(|bar| bar.amount);
        if let Some(total) = total {
            prop_assert_eq!(level(BarKind::Invoice), Some(total.into()));
        }
        let steps: Money = bars.iter().filter(|bar| !bar.kind.level()).map(|bar| bar.amount).sum();
        prop_assert_eq!(Some(order.total + steps), last);
        // What becomes an invoice leaves nothing unexplained up to it, and comes to the invoice's own total.
        if let (Ok(sale), None) = (order.sale(tax, None), &invoice) {
            let before = bars.iter().take_while(|bar| bar.kind != BarKind::Invoice);
            prop_assert!(before.into_iter().all(|bar| bar.kind != BarKind::Unexplained), "{:?}", bars);
            prop_assert_eq!(level(BarKind::Invoice), Some(sale.total()));
        }
    }
}

#[test]
fn receipts_of_an_invoice_paid_in_parts_are_one_in_the_waterfall_and_what_was_taken_back_is_a_bar() {
    let world = World::new();
    let order = order(1, "N1", vec![line("MUG", 1, 100_000)]);
    let invoice = world.invoice(&order);
    let half = |received: i64| {
        let mut one = receipt_of(&invoice, &[]);
        (one.received, one.payments[0].amount) = (received.into(), received.into());
        one
    };
    let (first, second) = (half(60_000), half(40_000));
    let structure = CostStructure { total: 100_000.into(), subtotal: 100_000.into(), ..CostStructure::default() };
    let whole = WaterfallInput {
        payout: Some(structure),
        invoice: Some(&invoice),
        receipts: &[&first, &second],
        ..input(&world, &order)
    };
    let last = |bars: Vec<Bar>| bars.last().map(|bar| (bar.kind, bar.running, bar.booked));
    assert_eq!(last(waterfall(&whole)), Some((BarKind::Payout, 100_000.into(), Booked::Receipt)));
    let bars = waterfall(&WaterfallInput { taken_back: (-30_000).into(), ..whole });
    let back = bars.iter().find(|bar| bar.kind == BarKind::TakenBack).unwrap();
    assert_eq!((back.amount, back.running, back.booked), ((-30_000).into(), 70_000.into(), Booked::Expected));
    assert!(bars.iter().all(|bar| bar.kind != BarKind::Unexplained));
    assert_eq!(last(bars), Some((BarKind::Payout, 70_000.into(), Booked::Receipt)));
}
