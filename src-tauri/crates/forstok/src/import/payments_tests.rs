//! Files of payments.

use super::super::{suggest_columns, table};
use super::*;
use selaras_domain::ids::StoreId;
use selaras_domain::order::OrderStatus;

fn order(id: i64, number: &str) -> Order {
    let at: Timestamp = "2024-01-15T02:53:10Z".parse().unwrap();
    Order {
        id: OrderId(id),
        number: number.into(),
        store: StoreId(7001),
        store_name: "Toko-Contoh-1".into(),
        channel: "Shopee".into(),
        channel_id: 12,
        status: OrderStatus::Completed,
        ordered_at: at,
        updated_at: at,
        warehouse: None,
        lines: Vec::new(),
        subtotal: Money::ZERO,
        shipping_price: Money::ZERO,
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::ZERO,
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: Money::ZERO,
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: None,
        returns: Vec::new(),
    }
}

fn payments_of(text: &str, orders: &[Order]) -> Result<Vec<Payment>, ImportError> {
    let table = table(text.as_bytes(), "payments.csv").unwrap();
    read_payments(&table, &suggest_columns(ListKind::Payments, &table.headers), orders)
}

fn payments(text: &str) -> Result<Vec<Payment>, ImportError> {
    payments_of(text, &[])
}

#[test]
fn a_payment_over_several_orders_is_read_and_fees_below_zero_are_fees() {
    let read = payments(
        "Reference;Paid At;Order ID;Invoice;Subtotal;Platform Rebate;Voucher Seller;Service Fee;Total\n\
         PAY-1;2024-01-20;SO-1;INV-500001;400.000;5.000;-20.000;-29.000;356.000\n\
         ;;SO-2;;40.000;;0;-1.500;38.500\n",
    )
    .unwrap();
    let [payment] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((payment.reference.as_str(), payment.received), ("PAY-1", Money::from(394_500)));
    assert_eq!(payment.paid_at.to_string(), "2024-01-19T17:00:00Z");
    let told: Vec<_> = payment
        .invoices
        .iter()
        .map(|invoice| (invoice.id.0, invoice.order.0, invoice.voucher_seller, invoice.service_fee, invoice.total))
        .collect();
    let expected = [(500_001, 1, 20_000, 29_000, 356_000), (2, 2, 0, 1_500, 38_500)];
    assert_eq!(
        told,
        expected.map(|(id, order, voucher, fee, total)| (id, order, voucher.into(), fee.into(), total.into()))
    );
}

/// Reference, day and orders of each payment.
fn told(payments: &[Payment]) -> Vec<(&str, String, Vec<i64>, String)> {
    let orders = |payment: &Payment| payment.invoices.iter().map(|invoice| invoice.order.0).collect();
    let told = |payment: &Payment| (payment.paid_at.to_string(), orders(payment), payment.received.text());
    let told = payments.iter().map(|payment| (payment.reference.as_str(), told(payment)));
    told.map(|(reference, (at, orders, received))| (reference, at, orders, received)).collect()
}

#[test]
fn rows_of_one_reference_and_day_are_one_transfer_and_a_row_without_reference_is_one_by_itself() {
    let read = payments(
        "Reference,Date,Order ID,Total\n\
         P-1,05/03/2026 10:00,1,100\nP-1,06/03/2026,2,200\n,06/03/2026,3,300\n,06/03/2026,4,400\nP-1,05/03/2026 09:00,5,500\n",
    )
    .unwrap();
    let (first, second) = ("2026-03-05T02:00:00Z".to_owned(), "2026-03-05T17:00:00Z".to_owned());
    let expected = [
        ("P-1", first, vec![1, 5], "600".to_owned()),
        ("P-1", second.clone(), vec![2], "200".to_owned()),
        ("", second.clone(), vec![3], "300".to_owned()),
        ("", second, vec![4], "400".to_owned()),
    ];
    assert_eq!(told(&read), expected);
}

#[test]
fn an_order_is_found_by_its_number_or_by_its_id() {
    let orders = [order(11, "A-1"), order(12, "4000000000001"), order(13, "A-2"), order(14, "A-2"), order(15, "13")];
    let of = |name: &str| {
        let read = payments_of(&format!("Order Number,Date,Total\n{name},2026-03-05,100\n"), &orders);
        read.map(|read| read[0].invoices[0].order.0)
    };
    assert_eq!([of("A-1"), of("4000000000001"), of("14"), of("SO-14")], [Ok(11), Ok(12), Ok(14), Ok(14)]);
    // Nobody else has an id with the mark before it, so its order may come later.
    assert_eq!(of("SO-99"), Ok(99));
    // Two orders of one number; a number that is another's id; a number that nobody has.
    for name in ["A-2", "13", "A-9", "99"] {
        assert_eq!(of(name), Err(ImportError::UnknownOrder { row: 2, text: name.into() }), "{name}");
    }
}

#[rstest::rstest]
#[case("Date,Order ID,Total\n2026-03-05,1,\n", "row 2, column \"Total\" is empty")]
#[case("Date,Order ID,Total\n2026-03-05,,5\n", "row 2, column \"Order ID\" is empty")]
#[case("Date,Order ID,Total\n,1,5\n", "row 2, column \"Date\" is empty")]
#[case("Reference,Date,Order ID,Total\nP,2026-03-05,1,5\nQ,,2,5\n", "row 3, column \"Date\" is empty")]
#[case("Reference,Date,Order ID,Total\nP,2026-03-05,1,5\nP,2026-03-05,SO-1,5\n", "row 3 repeats row 2: SO-1")]
#[case("Date,Total\n2026-03-05,5\n", "no column is chosen for order_id")]
#[case(
    "Reference,Date,Order ID,Amount Received,Total\nP,2026-03-05,1,9,5\nP,2026-03-05,2,8,4\n",
    "row 3, column \"Amount Received\" says something else than row 2"
)]
fn what_cannot_be_read_is_named(#[case] text: &str, #[case] said: &str) {
    assert_eq!(payments(text).unwrap_err().to_string(), said);
}

#[test]
fn the_worked_figure_38_500_is_read_from_a_spreadsheet() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let headers = [
        "Order ID",
        "Sub Total",
        "Shipping Fee",
        "Platform Rebate",
        "Voucher Seller",
        "Shipping Difference",
        "Platform Fulfillment Fee",
        "Service Fee",
        "Total",
    ];
    for (column, header) in (0..).zip(headers) {
        sheet.write(0, column, header).unwrap();
    }
    for (column, number) in (0..).zip([1, 40_000, 100, 200, 300, 400, 500, 600, 38_500]) {
        sheet.write(1, column, number).unwrap();
    }
    let day = rust_xlsxwriter::Format::new().set_num_format("d mmm yyyy");
    sheet.write(0, 9, "Payment Date").unwrap();
    sheet.write_with_format(1, 9, 46_348, &day).unwrap();
    let table = table(&book.save_to_buffer().unwrap(), "payments.xlsx").unwrap();
    let read = read_payments(&table, &suggest_columns(ListKind::Payments, &table.headers), &[]).unwrap();
    assert_eq!(read[0].paid_at.to_string(), "2026-11-21T17:00:00Z");
    let invoice = &read[0].invoices[0];
    let amounts = selaras_domain::payout::CostStructure::of(invoice, false, Money::ZERO);
    assert_eq!((amounts.total, amounts.discount(), amounts.difference()), (38_500.into(), 1_500.into(), Money::ZERO));
}
