use super::*;
use crate::ids::{InvoiceId, OrderId, StoreId};
use crate::order::{BundleComponent, InvoiceStatus, OrderInvoice, OrderStatus};
use jiff::Timestamp;

fn line(sku: &str, quantity: i64, price: i64) -> OrderLine {
    OrderLine {
        sku: sku.into(),
        name: sku.into(),
        variant_name: String::new(),
        quantity: quantity.into(),
        unit_price: price.into(),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    }
}

fn bundle(sku: &str, quantity: i64, price: i64, parts: &[(&str, i64, i64)]) -> OrderLine {
    let components = parts.iter().map(|(sku, quantity, price)| BundleComponent {
        sku: (*sku).into(),
        name: (*sku).into(),
        unit_price: (*price).into(),
        quantity: (*quantity).into(),
    });
    OrderLine { components: components.collect(), ..line(sku, quantity, price) }
}

fn order(lines: Vec<OrderLine>) -> Order {
    let subtotal = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    Order {
        id: OrderId(1),
        number: "N1".into(),
        store: StoreId(7001),
        store_name: "Toko".into(),
        channel: "Shopee".into(),
        channel_id: 12,
        status: OrderStatus::ReadyToShip,
        ordered_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        warehouse: None,
        lines,
        subtotal,
        shipping_price: Money::ZERO,
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::ZERO,
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: subtotal,
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: None,
        returns: Vec::new(),
    }
}

fn sold(order: &Order) -> Vec<(String, String, String)> {
    let sale = order.sale(TaxMode::None, None).unwrap();
    let goods: Money = sale.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    assert_eq!(goods, sale.goods);
    sale.lines.into_iter().map(|line| (line.sku, line.quantity.text(), line.unit_price.text())).collect()
}

fn rows(rows: &[(&str, i64, i64)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(sku, count, price)| ((*sku).to_owned(), count.to_string(), price.to_string())).collect()
}

#[test]
fn two_prices_of_one_sku_stay_two_lines() {
    let order = order(vec![line("A", 1, 100), line("B", 1, 5), line("A", 2, 90), line("A", 3, 100)]);
    assert_eq!(sold(&order), rows(&[("A", 2, 90), ("A", 4, 100), ("B", 1, 5)]));
}

#[test]
fn a_bundle_is_its_parts_and_costs_what_the_bundle_costs() {
    let reference = order(vec![bundle("BDL-HEMAT", 1, 90_000, &[("TS-BLK-M", 1, 50_000), ("CAP-RED", 2, 25_000)])]);
    assert_eq!(sold(&reference), rows(&[("CAP-RED", 2, 22_500), ("TS-BLK-M", 1, 45_000)]));
}

#[test]
fn what_a_bundle_leaves_over_is_found_again_in_single_rupiah() {
    let order = order(vec![bundle("P", 1, 100, &[("A", 3, 10), ("B", 4, 10)])]);
    // 100 by 30 : 40 is 43 + 57; 43 on three units is 14 + 14 + 15, 57 on four is 14 + 14 + 14 + 15.
    assert_eq!(sold(&order), rows(&[("A", 2, 14), ("A", 1, 15), ("B", 3, 14), ("B", 1, 15)]));
}

#[test]
fn parts_of_a_bundle_join_the_same_goods_sold_by_themselves() {
    let order = order(vec![line("A", 1, 50), bundle("P", 2, 100, &[("A", 1, 10), ("B", 1, 10)])]);
    assert_eq!(sold(&order), rows(&[("A", 3, 50), ("B", 2, 50)]));
}

#[test]
fn a_bundle_without_prices_of_its_parts_is_shared_evenly() {
    let order = order(vec![bundle("P", 1, 100, &[("A", 1, 0), ("B", 1, 0)])]);
    assert_eq!(sold(&order), rows(&[("A", 1, 50), ("B", 1, 50)]));
}

#[test]
fn notes_of_joined_lines_are_kept_once() {
    let noted = |note: &str| OrderLine { note: Some(note.into()), ..line("A", 1, 10) };
    let order = order(vec![noted("merah"), noted("biru"), noted("merah"), line("A", 1, 10)]);
    assert_eq!(order.sale(TaxMode::None, None).unwrap().lines[0].note, "merah; biru");
}

#[test]
fn a_discount_that_the_buyer_sees_is_taken_off_once() {
    let plain = order(vec![line("A", 1, 100_000)]);
    let discounted = Order { discount: 10_000.into(), total: 90_000.into(), ..plain.clone() };
    let sale = discounted.sale(TaxMode::None, None).unwrap();
    assert_eq!((sale.discount, sale.total()), (10_000.into(), 90_000.into()));
    // The reference's web-store sample: 2,400 is told, and the buyer pays 100,000 + 1,200 all the same.
    let told =
        Order { discount: 2_400.into(), shipping_price: 1_200.into(), cashless: false, total: 101_200.into(), ..plain };
    assert_eq!(told.sale(TaxMode::None, None).unwrap().total(), 100_000.into());
}

#[test]
fn a_platforms_voucher_is_no_discount_of_the_shop() {
    let mut order = order(vec![line("A", 2, 50_000)]);
    order.lines[0].voucher = 15_000.into();
    order.lines[0].voucher_platform = 10_000.into();
    order.total = 85_000.into();
    assert_eq!(order.sale(TaxMode::None, None).unwrap().discount, 5_000.into());
}

#[test]
fn a_sellers_voucher_is_left_to_the_receipt_even_where_the_discount_holds_it() {
    let plain = order(vec![line("A", 1, 400_000)]);
    // The reference's sample: the buyer's total does not show it.
    let apart = Order { voucher_seller: 20_000.into(), ..plain.clone() };
    assert_eq!(apart.sale(TaxMode::None, None).unwrap().total(), 400_000.into());
    let seen = Order { voucher_seller: 20_000.into(), total: 380_000.into(), ..plain.clone() };
    assert_eq!(seen.sale(TaxMode::None, None).unwrap().total(), 400_000.into());
    let held = Order { discount: 20_000.into(), ..seen };
    assert_eq!(held.sale(TaxMode::None, None).unwrap().discount, Money::ZERO);
    let both = Order { discount: 25_000.into(), voucher_seller: 20_000.into(), total: 375_000.into(), ..plain };
    assert_eq!(both.sale(TaxMode::None, Some(395_000.into())).unwrap().discount, 5_000.into());
    assert_eq!(both.sale(TaxMode::None, Some(375_000.into())).unwrap().discount, 25_000.into());
    assert_eq!(both.sale(TaxMode::None, None).unwrap().discount, 25_000.into());
}

#[test]
fn an_order_that_does_not_add_up_is_held_with_the_difference() {
    let plain = order(vec![line("A", 1, 100_000)]);
    let total = Order { total: 99_500.into(), ..plain.clone() };
    let expected =
        Reason::new("order_total_differs").with("due", "100000").with("total", "99500").with("difference", "-500");
    assert_eq!(total.sale(TaxMode::None, None), Err(expected));
    let half = Order { subtotal: 50_000.into(), total: 50_000.into(), ..plain };
    let expected = Reason::new("order_lines_differ")
        .with("goods", "100000")
        .with("subtotal", "50000")
        .with("difference", "-50000");
    assert_eq!(half.sale(TaxMode::None, None), Err(expected));
}

#[test]
fn tax_on_top_belongs_to_the_total_only_where_prices_are_without_it() {
    let taxed = Order { tax: 11_000.into(), total: 111_000.into(), ..order(vec![line("A", 1, 100_000)]) };
    assert_eq!(taxed.sale(TaxMode::Exclusive, None).unwrap().total(), 111_000.into());
    let reason = Reason::new("order_tax_on_top").with("tax", "11000");
    assert_eq!(taxed.sale(TaxMode::Inclusive, None), Err(reason.clone()));
    assert_eq!(taxed.sale(TaxMode::None, None), Err(reason));
    let inside = Order { total: 100_000.into(), ..taxed };
    assert_eq!(inside.sale(TaxMode::Inclusive, None).unwrap().total(), 100_000.into());
}

#[test]
fn what_cannot_be_is_named_and_breaks_no_sum() {
    assert_eq!(order(Vec::new()).sale(TaxMode::None, None), Err(Reason::new("order_empty")));
    let huge = order(vec![line("A", 1, 1_000_000_000_000)]);
    let reason = Reason::new("order_amount_impossible").with("amount", "1000000000000");
    assert_eq!(huge.sale(TaxMode::None, None), Err(reason));
    let none = order(vec![line("A", 0, 10)]);
    assert_eq!(none.sale(TaxMode::None, None), Err(Reason::new("order_quantity_impossible").with("quantity", "0")));
    let pieces = OrderLine { quantity: Quantity(Decimal::new(25, 1)), ..bundle("P", 1, 100, &[("A", 1, 10)]) };
    assert_eq!(sold(&order(vec![pieces])), [("A".to_owned(), "2.5".to_owned(), "100".to_owned())]);
}

#[test]
fn a_buyer_who_pays_insurance_or_less_shipping_still_adds_up() {
    let plain = order(vec![line("A", 1, 100_000)]);
    let web = Order {
        shipping_price: 12_000.into(),
        cashless: false,
        shipping_discount: 2_000.into(),
        insurance: 500.into(),
        total: 110_500.into(),
        ..plain
    };
    assert_eq!(web.sale(TaxMode::None, None).unwrap().total(), 100_000.into());
}

#[test]
fn a_discount_of_the_same_amount_as_shipping_is_still_a_discount() {
    let plain = order(vec![line("A", 1, 100_000)]);
    let discounted = Order {
        discount: 10_000.into(),
        shipping_price: 10_000.into(),
        cashless: false,
        total: 100_000.into(),
        ..plain
    };
    assert_eq!(discounted.sale(TaxMode::None, None).unwrap().discount, 10_000.into());
    // Where the marketplace keeps the shipping the buyer's total says nothing of it, and the discount was in the price.
    let cashless = Order { cashless: true, ..discounted };
    assert_eq!(cashless.sale(TaxMode::None, None).unwrap().discount, Money::ZERO);
}

#[test]
fn two_discounts_of_one_amount_are_told_apart_by_forstoks_sub_total_or_not_at_all() {
    // The same 15,000 is the order's discount and its lines' vouchers; of the vouchers the platform bears 10,000.
    let mut order = order(vec![line("A", 2, 50_000)]);
    order.lines[0].voucher = 15_000.into();
    order.lines[0].voucher_platform = 10_000.into();
    (order.discount, order.total) = (15_000.into(), 85_000.into());
    let unclear = Reason::new("order_discount_unclear").with("discount", "15000").with("alternative", "5000");
    assert_eq!(order.sale(TaxMode::None, None), Err(unclear.clone()));
    assert_eq!(order.sale(TaxMode::None, Some(1.into())), Err(unclear), "it explains neither");
    assert_eq!(order.sale(TaxMode::None, Some(95_000.into())).unwrap().discount, 5_000.into());
    assert_eq!(order.sale(TaxMode::None, Some(85_000.into())).unwrap().discount, 15_000.into());
}

#[test]
fn more_off_than_there_is_cannot_be() {
    let plain = order(vec![line("A", 1, 10_000)]);
    let below =
        Order { discount: 12_000.into(), shipping_price: 5_000.into(), cashless: false, total: 3_000.into(), ..plain };
    let reason = Reason::new("order_amount_impossible").with("amount", "-2000");
    assert_eq!(below.sale(TaxMode::None, None), Err(reason));
}

#[test]
fn what_forstoks_own_invoice_says_of_the_goods_is_never_left_aside() {
    // Worked by hand: goods, the order's discount, what the buyer pays, and Forstok's own sub total → what is invoiced.
    let of = |goods: i64, discount: i64, total: i64| Order {
        discount: discount.into(),
        total: total.into(),
        ..order(vec![line("A", 1, goods)])
    };
    let invoiced = |order: &Order, subtotal: i64| {
        order.sale(TaxMode::None, Some(subtotal.into())).map(|sale| sale.total()).map_err(|reason| reason.code)
    };
    // A channel that hides the discount from the buyer's total: 381,000 − 2,500.
    assert_eq!(invoiced(&of(381_000, 2_500, 381_000), 378_500), Ok(378_500.into()));
    // Told on both sides.
    assert_eq!(invoiced(&of(381_000, 2_500, 378_500), 378_500), Ok(378_500.into()));
    // The discount was in the prices already, on both sides.
    assert_eq!(invoiced(&of(381_000, 2_500, 381_000), 381_000), Ok(381_000.into()));
    // Somebody else bears what the buyer does not pay: the payout is made of 381,000.
    assert_eq!(invoiced(&of(381_000, 2_500, 378_500), 381_000), Ok(381_000.into()));
    // What a service rounds is the same.
    let rounded = "378499.99".parse().map(Money).unwrap();
    let sale = of(381_000, 2_500, 381_000).sale(TaxMode::None, Some(rounded)).unwrap();
    assert_eq!(sale.total(), 378_500.into());
    // A sub total that nothing of the order explains is held with both figures.
    let reason = Reason::new("order_subtotal_differs")
        .with("due", "381000")
        .with("subtotal", "300000")
        .with("difference", "-81000");
    assert_eq!(of(381_000, 2_500, 381_000).sale(TaxMode::None, Some(300_000.into())), Err(reason.clone()));
    assert_eq!(of(381_000, 0, 381_000).sale(TaxMode::None, Some(300_000.into())), Err(reason));
    assert_eq!(invoiced(&of(381_000, 0, 381_000), 0), Err("order_subtotal_differs".into()), "nothing is no sub total");
}

#[test]
fn a_sub_total_decides_about_vouchers_shipping_tax_and_what_came_back() {
    let total = |order: &Order, tax, subtotal: i64| {
        order.sale(tax, Some(subtotal.into())).map(|sale| sale.total()).map_err(|reason| reason.code)
    };
    let none = TaxMode::None;
    // 2 × 50,000 with vouchers of 15,000, of which the platform bears 10,000; the buyer pays 85,000.
    let mut vouchers = order(vec![line("A", 2, 50_000)]);
    (vouchers.lines[0].voucher, vouchers.lines[0].voucher_platform) = (15_000.into(), 10_000.into());
    vouchers.total = 85_000.into();
    assert_eq!(total(&vouchers, none, 95_000), Ok(95_000.into()), "the shop bears 5,000");
    assert_eq!(
        total(&vouchers, none, 85_000),
        Ok(85_000.into()),
        "the platform's 10,000 come with the payout, as a rebate"
    );
    assert_eq!(total(&vouchers, none, 100_000), Ok(100_000.into()));
    assert_eq!(total(&vouchers, none, 88_000), Err("order_subtotal_differs".into()));
    // A seller's voucher of 20,000 that the discount of 25,000 holds, or does not; the buyer's total shows neither.
    let held = Order { discount: 25_000.into(), voucher_seller: 20_000.into(), ..order(vec![line("A", 1, 400_000)]) };
    assert_eq!(total(&held, none, 395_000), Ok(395_000.into()));
    assert_eq!(total(&held, none, 375_000), Ok(375_000.into()));
    assert_eq!(total(&held, none, 400_000), Ok(400_000.into()));
    assert_eq!(
        total(&held, none, 380_000),
        Err("order_subtotal_differs".into()),
        "the voucher counts once, in the receipt"
    );
    // A web store's own shipping is no goods: 100,000 − 10,000 + 12,000 = 102,000.
    let web = Order {
        discount: 10_000.into(),
        shipping_price: 12_000.into(),
        cashless: false,
        total: 102_000.into(),
        ..order(vec![line("A", 1, 100_000)])
    };
    assert_eq!(total(&web, none, 90_000), Ok(90_000.into()));
    assert_eq!(total(&web, none, 102_000), Err("order_subtotal_differs".into()));
    // Tax on top, told with or without it; tax inside.
    let taxed = Order { tax: 11_000.into(), total: 111_000.into(), ..order(vec![line("A", 1, 100_000)]) };
    assert_eq!(total(&taxed, TaxMode::Exclusive, 100_000), Ok(111_000.into()));
    assert_eq!(total(&taxed, TaxMode::Exclusive, 111_000), Ok(111_000.into()));
    let inside = Order { total: 100_000.into(), ..taxed };
    assert_eq!(total(&inside, TaxMode::Inclusive, 100_000), Ok(100_000.into()));
    assert_eq!(total(&inside, TaxMode::Inclusive, 89_000), Err("order_subtotal_differs".into()));
    // One of two units came back before Forstok wrote its invoice.
    let mut back = order(vec![line("A", 2, 50_000)]);
    let lines = vec![crate::order::ReturnedLine { sku: "A".into(), quantity: 1.into() }];
    back.returns = vec![crate::order::OrderReturn { id: "R".into(), at: Timestamp::UNIX_EPOCH, lines }];
    assert_eq!(total(&back, none, 50_000), Ok(100_000.into()), "the return is a document of its own");
    assert_eq!(total(&back, none, 100_000), Ok(100_000.into()));
}

#[test]
fn goods_of_the_marketplaces_warehouse_are_lines_of_their_own() {
    let theirs = OrderLine { fulfilled_by_channel: true, ..line("A", 2, 100) };
    let parts = OrderLine { fulfilled_by_channel: true, ..bundle("P", 1, 100, &[("A", 1, 10)]) };
    let sale = order(vec![line("A", 1, 100), theirs, parts]).sale(TaxMode::None, None).unwrap();
    let lines: Vec<_> = sale.lines.iter().map(|line| (line.quantity.text(), line.fulfilled_by_channel)).collect();
    assert_eq!(lines, [("1".to_owned(), false), ("3".to_owned(), true)]);
}

#[test]
fn the_sub_total_of_an_invoice_that_tells_none_is_the_one_that_makes_its_total() {
    let order = Order { discount: 2_500.into(), ..order(vec![line("A", 1, 381_000)]) };
    let told = |fee: i64, total: i64, subtotal: Option<i64>| {
        let invoice = OrderInvoice {
            id: InvoiceId(1),
            order: order.id,
            subtotal: subtotal.map(Money::from),
            shipping_price: Money::ZERO,
            shipping_difference: Money::ZERO,
            platform_rebate: Money::ZERO,
            voucher_seller: Money::ZERO,
            fulfillment_fee: Money::ZERO,
            service_fee: fee.into(),
            balance_due: Money::ZERO,
            status: InvoiceStatus::Paid,
            total: total.into(),
            created_at: None,
        };
        invoice.subtotal_of(&order)
    };
    // A discount that somebody else bears, and the fee of the marketplace is as large: the total is what is paid out.
    assert_eq!(told(2_500, 378_500, None), Some(381_000.into()));
    assert_eq!(told(0, 378_500, None), Some(378_500.into()), "the shop bears it");
    assert_eq!(told(1_000, 381_000, None), None, "neither");
    assert_eq!(told(2_500, 378_500, Some(400_000)), Some(400_000.into()), "what is told is not guessed");
}

#[test]
fn a_sub_total_that_two_discounts_may_make_is_asked_about() {
    // Goods of 10 with a tax of 1 on top and a total of 10: a discount of 1 may be the shop's, or hold the seller's voucher of 1, which the
    // receipt takes off. Forstok's own sub total of 10 is without the tax and without a discount, or with both.
    let of = |tax: i64, total: i64| Order {
        discount: 1.into(),
        voucher_seller: 1.into(),
        tax: tax.into(),
        total: total.into(),
        ..order(vec![line("A", 1, 10)])
    };
    let unclear = of(1, 10).sale(TaxMode::Exclusive, Some(10.into())).unwrap_err();
    assert_eq!(unclear.code, "order_discount_unclear");
    assert_eq!(of(2, 11).sale(TaxMode::Exclusive, Some(10.into())).unwrap().discount, Money::ZERO);
    assert_eq!(of(2, 11).sale(TaxMode::Exclusive, Some(11.into())).unwrap().discount, 1.into());
}
