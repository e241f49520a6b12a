//! The samples of orders, invoices and payments, and what is said of ones that cannot be read.

use super::*;
use crate::sample_tests::sample;
use selaras_domain::order::{OrderReturn, ReturnedLine};
use serde_json::{Value, json};

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap()
}

fn parsed(name: &str) -> Value {
    serde_json::from_str(&sample(name)).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(sku: &str, name: &str, variant: &str, quantity: i64, price: i64) -> OrderLine {
    OrderLine {
        sku: sku.into(),
        name: name.into(),
        variant_name: variant.into(),
        quantity: Quantity::from(quantity),
        unit_price: Money::from(price),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    }
}

fn sample_order() -> Value {
    parsed("webhook-orders-create.json")["body"]["order"].clone()
}

#[test]
fn the_order_of_the_webhook_is_read_whole() {
    let expected = Order {
        id: OrderId(140_000_001),
        number: "240115CONTOH1".into(),
        store: StoreId(7001),
        store_name: "Toko-Contoh-1".into(),
        channel: "Shopee".into(),
        channel_id: 12,
        status: OrderStatus::Open,
        ordered_at: at("2024-01-15T02:53:10Z"),
        updated_at: at("2024-01-15T02:53:19Z"),
        warehouse: Some(ForstokWarehouseId(195)),
        lines: vec![
            line("TS-BLK-M", "Kaos Polos", "Hitam M", 2, 150_000),
            line("CAP-RED", "Topi", "Merah", 1, 100_000),
        ],
        subtotal: Money::from(400_000),
        shipping_price: Money::from(12_000),
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::from(20_000),
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: Money::from(400_000),
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: Some("Pembeli Contoh - Jl. Contoh No. 1".into()),
        returns: Vec::new(),
    };
    assert_eq!(order(&raw(&sample_order())), Ok(expected));
}

#[test]
fn a_bundle_keeps_its_parts_and_an_empty_sku_stays_empty() {
    let bundle = order(&raw(&parsed("order-bundle.json"))).unwrap();
    let part = |sku: &str, name: &str, price: i64, quantity: i64| BundleComponent {
        sku: sku.into(),
        name: name.into(),
        unit_price: Money::from(price),
        quantity: Quantity::from(quantity),
    };
    let components = vec![part("TS-BLK-M", "Kaos Polos Hitam M", 50_000, 1), part("CAP-RED", "Topi Merah", 25_000, 2)];
    assert_eq!(bundle.status, OrderStatus::ReadyToShip);
    assert_eq!(bundle.lines, [OrderLine { components, ..line("BDL-HEMAT", "Paket Hemat", "", 1, 90_000) }]);
    let empty = order(&raw(&parsed("order-empty-sku.json"))).unwrap();
    assert_eq!((empty.number.as_str(), empty.warehouse), ("240115CONTOH3", None));
    assert_eq!(empty.lines, [line("", "Barang Belum Terhubung", "", 1, 30_000)]);
}

#[test]
fn a_web_stores_order_without_the_newer_fields_is_read() {
    let shopify = order(&raw(&parsed("order-shopify-open.json"))).unwrap();
    assert_eq!((shopify.status, shopify.cashless), (OrderStatus::PendingPayment, false));
    let money = [shopify.shipping_price, shopify.discount, shopify.voucher_seller, shopify.total];
    assert_eq!(money, [1200, 2400, 0, 101_200].map(Money::from));
}

#[test]
fn units_of_another_price_are_another_line_and_the_rebate_is_none() {
    let mut written = sample_order();
    written["item_lines"][1]["sale_price"] = json!("149999.5");
    written["item_lines"][0]["voucher_amount"] = json!(500);
    written["item_lines"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": 4, "name": "Rebate", "sku": "rebate", "price": 9 }));
    let lines = order(&raw(&written)).unwrap().lines;
    let first = OrderLine { voucher: Money::from(500), ..line("TS-BLK-M", "Kaos Polos", "Hitam M", 1, 150_000) };
    let second = OrderLine { unit_price: Money("149999.5".parse().unwrap()), voucher: Money::ZERO, ..first.clone() };
    assert_eq!(lines, [first, second, line("CAP-RED", "Topi", "Merah", 1, 100_000)]);
}

#[test]
fn insurance_and_what_is_taken_off_shipping_are_read_whoever_pays() {
    let mut written = sample_order();
    written["insurance_fee"] = json!(900);
    written["disc_shipping_seller"] = json!(2_000);
    written["disc_shipping_platform"] = json!("3000.5");
    let read = order(&raw(&written)).unwrap();
    assert_eq!((read.insurance, read.shipping_discount), (Money::from(900), Money("5000.5".parse().unwrap())));
    assert_eq!(read.total, Money::from(400_000));
}

#[test]
fn units_with_vouchers_of_any_payer_are_one_line_with_their_sums() {
    let mut written = sample_order();
    for (line, voucher, platform) in [(0, 500, 200), (1, 700, 0), (2, 50, 50)] {
        written["item_lines"][line]["voucher_amount"] = json!(voucher);
        written["item_lines"][line]["voucher_platform"] = json!(platform);
    }
    let with = |line: OrderLine, voucher: i64, platform: i64| OrderLine {
        voucher: Money::from(voucher),
        voucher_platform: Money::from(platform),
        ..line
    };
    let expected = [
        with(line("TS-BLK-M", "Kaos Polos", "Hitam M", 2, 150_000), 1_200, 200),
        with(line("CAP-RED", "Topi", "Merah", 1, 100_000), 50, 50),
    ];
    assert_eq!(order(&raw(&written)).unwrap().lines, expected);
}

#[rstest::rstest]
#[case(json!({ "name": "Pembeli", "address_1": "Jl. A 1", "address_2": "RT 2", "city": "KOTA" }), Some("Pembeli - Jl. A 1, RT 2"))]
#[case(json!({ "name": "Pembeli", "address_1": "-", "address_2": "" }), Some("Pembeli"))]
#[case(json!({ "name": null, "address_1": "Jl. A 1" }), Some("Jl. A 1"))]
#[case(json!({ "name": "-", "address_1": "", "address_2": null, "phone": "620000000000" }), None)]
#[case(json!({ "name": { "first": "Pembeli" } }), None)]
#[case(json!("Jl. A 1"), None)]
#[case(json!(null), None)]
fn a_recipient_is_name_and_address_or_nothing(#[case] address: Value, #[case] recipient: Option<&str>) {
    let mut written = sample_order();
    written["address"] = address;
    assert_eq!(order(&raw(&written)).unwrap().recipient.as_deref(), recipient);
    written.as_object_mut().unwrap().remove("address");
    assert_eq!(order(&raw(&written)).unwrap().recipient, None);
}

#[test]
fn what_came_back_is_read_and_what_is_of_another_shape_does_not_fail_the_order() {
    let made = "2024-01-20T10:00:00.000+07:00";
    let good = json!({ "id": 9, "created_at": made, "item_lines": [
        { "sku": "TS-BLK-M", "quantity": 1 }, { "sku": "CAP-RED" }, { "sku": "TS-BLK-M", "quantity": "1" },
    ] });
    let mut written = sample_order();
    written["returns"] = json!([
        { "id": 1, "created_at": made, "item_lines": [{ "sku": "TS-BLK-M", "quantity": 0 }] },
        { "id": 2, "created_at": made, "item_lines": [{ "quantity": 1 }] },
        { "id": 3, "created_at": made, "item_lines": [] },
        { "id": 4, "item_lines": [{ "sku": "CAP-RED" }] },
        { "created_at": made, "item_lines": [{ "sku": "CAP-RED" }] },
        { "id": 5, "created_at": "besok", "item_lines": [{ "sku": "CAP-RED" }] },
        "CAP-RED",
        good.clone(),
        good,
    ]);
    let units = |sku: &str, quantity: i64| ReturnedLine { sku: sku.into(), quantity: Quantity::from(quantity) };
    let expected = OrderReturn {
        id: "9".into(),
        at: at("2024-01-20T03:00:00Z"),
        lines: vec![units("TS-BLK-M", 2), units("CAP-RED", 1)],
    };
    assert_eq!(order(&raw(&written)).unwrap().returns, [expected]);
    for shape in [json!(null), json!({ "id": 9 }), json!("none")] {
        written["returns"] = shape;
        assert_eq!(order(&raw(&written)).unwrap().returns, []);
    }
}

#[rstest::rstest]
#[case("/id", Value::Null, ("id", "null"))]
#[case("/store_id", json!(""), ("store_id", ""))]
#[case("/status", Value::Null, ("status", "null"))]
#[case("/item_lines/1/price", Value::Null, ("item_lines[1].price", ""))]
fn an_order_that_lacks_what_it_needs_names_its_place(
    #[case] field: &str,
    #[case] value: Value,
    #[case] (place, found): (&str, &str),
) {
    let mut written = sample_order();
    for name in ["sale_price", "total_price"] {
        written["item_lines"][1][name] = Value::Null;
    }
    *written.pointer_mut(field).unwrap() = value;
    assert_eq!(order(&raw(&written)), Err(Misread { place: place.into(), found: found.into() }));
}

#[test]
fn an_order_with_a_field_of_another_kind_names_its_row() {
    for (field, value, place, found) in [
        ("/ordered_at", json!("soon"), "ordered_at", "soon"),
        ("/total_price", json!("Rp 50.000"), "total_price", "Rp 50.000"),
        ("/item_lines", json!("x"), "item_lines", "x"),
        ("/item_lines/1/bundle_info", json!({ "sku": "A" }), "item_lines[1].bundle_info", r#"{"sku":"A"}"#),
        ("/item_lines/2/sale_price", json!(7.9e28), "item_lines[2].sale_price", "7.9e+28"),
    ] {
        let mut written = sample_order();
        *written.pointer_mut(field).unwrap() = value;
        assert_eq!(order(&raw(&written)), Err(Misread { place: place.into(), found: found.into() }));
    }
}

#[test]
fn a_moment_without_zone_is_indonesian_western_time() {
    let mut written = sample_order();
    written["ordered_at"] = json!("2024-01-15 09:53:10");
    assert_eq!(order(&raw(&written)).unwrap().ordered_at, at("2024-01-15T02:53:10Z"));
}

fn sample_invoice() -> OrderInvoice {
    OrderInvoice {
        id: InvoiceId(500_001),
        order: OrderId(140_000_001),
        subtotal: None,
        shipping_price: Money::from(12_000),
        platform_rebate: Money::from(5_000),
        voucher_seller: Money::from(20_000),
        shipping_difference: Money::from(3_000),
        fulfillment_fee: Money::ZERO,
        service_fee: Money::from(26_000),
        total: Money::from(356_000),
        balance_due: Money::from(356_000),
        status: InvoiceStatus::Unpaid,
        created_at: None,
    }
}

#[test]
fn the_payment_and_the_invoice_of_the_samples_are_read() {
    let expected = Payment {
        reference: "PAY-CONTOH-1".into(),
        method: "Bank Transfer".into(),
        received: Money::from(356_000),
        paid_at: at("2024-01-19T17:00:00Z"),
        invoices: vec![sample_invoice()],
    };
    assert_eq!(payment(&raw(&parsed("payment-received.json"))), Ok(expected));
    let listed = parsed("invoices-list.guess.json")["data"]["invoices"][0].clone();
    let expected = OrderInvoice {
        subtotal: Some(Money::from(400_000)),
        created_at: Some(at("2024-01-15T05:00:00Z")),
        ..sample_invoice()
    };
    assert_eq!(invoice(&raw(&listed)), Ok(expected));
}

#[test]
fn a_payment_without_its_amount_or_order_names_its_place() {
    let mut written = parsed("payment-received.json");
    written["invoices"][0]["order"] = Value::Null;
    assert_eq!(payment(&raw(&written)), Err(Misread::missing("invoices[0].order.id")));
    written["amount_receive"] = Value::Null;
    assert_eq!(payment(&raw(&written)), Err(Misread { place: "amount_receive".into(), found: "null".into() }));
    assert_eq!(invoice(&raw(&json!({ "id": 1 }))), Err(Misread::missing("order.id")));
}
