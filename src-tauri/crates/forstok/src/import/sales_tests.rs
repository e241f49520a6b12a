//! Files of orders.

use super::super::{suggest_columns, table};
use super::*;

fn stores() -> Vec<Store> {
    let store = |id, name: &str| Store {
        id: StoreId(id),
        name: name.into(),
        channel: "Shopee".into(),
        channel_id: 12,
        active: true,
        export_on: None,
    };
    vec![store(7001, "Toko-Contoh-1"), store(7002, "Toko-Contoh-2")]
}

fn orders(text: &str) -> Result<Vec<Order>, ImportError> {
    let table = table(text.as_bytes(), "orders.csv").unwrap();
    read_orders(&table, &suggest_columns(ListKind::Orders, &table.headers), &stores(), &warehouses())
}

fn warehouses() -> Vec<Warehouse> {
    let warehouse =
        |id, name: &str| Warehouse { id: ForstokWarehouseId(id), name: name.into(), active: true, default: false };
    vec![warehouse(195, "Gudang-Utama"), warehouse(196, "Gudang-Bandung")]
}

const ORDERS: &str = "Order ID,Order Number,Status,Order Date,Store,SKU,Qty,Price,Shipping Price,Total\n";

#[test]
fn an_order_is_read_over_its_rows() {
    let read = orders(&format!(
        "{ORDERS}SO-140000001,240115CONTOH1,Ready to ship,2024-01-15 09:53,toko-contoh-1,TS-BLK-M,2,150000,12000,412000\n\
         SO-140000001,,,,,CAP-RED,1,100000,,412000\n\
         ,,,,,,1,12000,,\n\
         140000002,240115CONTOH2,Cancelled,2024-01-16,Toko-Contoh-2,CAP-RED,1,100000,,\n"
    ))
    .unwrap();
    let [first, second] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!(
        (first.id, first.number.as_str(), &first.status),
        (OrderId(140_000_001), "240115CONTOH1", &OrderStatus::ReadyToShip)
    );
    assert_eq!((first.store, first.channel_id, first.cashless), (StoreId(7001), 12, true));
    assert_eq!(first.ordered_at.to_string(), "2024-01-15T02:53:00Z");
    let lines: Vec<_> = first.lines.iter().map(|line| (line.sku.as_str(), line.quantity, line.unit_price)).collect();
    let expected = [("TS-BLK-M", 2, 150_000), ("CAP-RED", 1, 100_000), ("", 1, 12_000)];
    assert_eq!(lines, expected.map(|(sku, units, price)| (sku, Quantity::from(units), Money::from(price))));
    assert_eq!((first.subtotal, first.shipping_price, first.total), (412_000.into(), 12_000.into(), 412_000.into()));
    // A file that says no total says what the lines make.
    assert_eq!((second.status.clone(), second.total), (OrderStatus::Cancelled, Money::from(100_000)));
}

#[rstest::rstest]
#[case(
    "1,A,Open,2024-01-15,Toko-Contoh-1,S,1,10,,10\n1,B,Open,,,S,1,10,,\n",
    "row 3, column \"Order Number\" says something else than row 2"
)]
#[case(
    "1,A,Open,2024-01-15,Toko-Contoh-9,S,1,10,,10\n",
    "row 2: the store \"Toko-Contoh-9\" is not in Forstok, or not the only one of that name"
)]
#[case(
    "1,A,Open,2024-01-15,,S,1,10,,10\n",
    "row 2: the store \"\" is not in Forstok, or not the only one of that name"
)]
#[case(
    ",A,Open,2024-01-15,Toko-Contoh-1,S,1,10,,10\n",
    "row 2: column \"Order ID\" does not tell Forstok's id of the order, as SO-123 does"
)]
#[case(
    "1,A,Open,2024-01-15,Toko-Contoh-1,S,1,10,,10\n,B,,,,S,1,10,,10\n",
    "row 3: column \"Order ID\" does not tell Forstok's id of the order, as SO-123 does"
)]
#[case("1,A,Open,2024-01-15,Toko-Contoh-1,S,-1,10,,10\n", "row 2, column \"Qty\": -1 is below zero")]
#[case("1,A,Open,2024-01-15,Toko-Contoh-1,S,1000001,10,,10\n", "row 2, column \"Qty\": \"1000001\" is not a number")]
#[case(
    "1,A,Open,2024-01-15,Toko-Contoh-1,S,1,12.500,,10\n",
    "row 2, column \"Price\": \"12.500\" can mean 12500 or 12.5"
)]
#[case("1,A,,2024-01-15,Toko-Contoh-1,S,1,10,,10\n", "row 2, column \"Status\" is empty")]
#[case("1,A,Open,besok,Toko-Contoh-1,S,1,10,,10\n", "row 2, column \"Order Date\": \"besok\" is not a date")]
#[case("1,A,Open,2024-01-15,Toko-Contoh-1,S,1,,,10\n", "row 2, column \"Price\" is empty")]
#[case("SO-x,A,Open,2024-01-15,Toko-Contoh-1,S,1,10,,10\n", "row 2, column \"Order ID\": \"SO-x\" is not a number")]
// An amount whose sums would not hold in a decimal.
#[case(
    "1,A,Open,2024-01-15,Toko-Contoh-1,S,9,79228162514264337593543950335,,10\n",
    "row 2, column \"Price\": \"79228162514264337593543950335\" is not a number"
)]
fn what_cannot_be_read_is_named(#[case] rows: &str, #[case] said: &str) {
    assert_eq!(orders(&format!("{ORDERS}{rows}")).unwrap_err().to_string(), said);
}

#[test]
fn an_account_that_tells_no_stores_has_those_of_its_file() {
    let text = "Order ID,Order Number,Status,Order Date,Store ID,Store,Channel,SKU,Price\n1,A,Open,2024-01-15,7009,Toko-Contoh-9,Tokopedia,S,10\n";
    let table = table(text.as_bytes(), "orders.csv").unwrap();
    let map = suggest_columns(ListKind::Orders, &table.headers);
    let read = read_orders(&table, &map, &[], &[]).unwrap();
    assert_eq!((read[0].store, read[0].store_name.as_str(), read[0].channel_id), (StoreId(7009), "Toko-Contoh-9", 15));
    let unknown = ImportError::UnknownStore { row: 2, text: "7009".into() };
    assert_eq!(read_orders(&table, &map, &stores(), &[]), Err(unknown));
}

#[test]
fn the_number_tells_the_id_where_no_column_does() {
    let headers = "Order Number,Status,Order Date,Store,SKU,Price\n";
    let read = orders(&format!("{headers}SO-7,Open,05/03/2026 09.53,7002,S,10\n,,,,T,20\n")).unwrap();
    let [order] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((order.id, order.number.as_str(), order.store), (OrderId(7), "SO-7", StoreId(7002)));
    assert_eq!((order.lines.len(), order.ordered_at.to_string()), (2, "2026-03-05T02:53:00Z".to_owned()));
    let error = orders(&format!("{headers}240115CONTOH1,Open,05/03/2026,7002,S,10\n")).unwrap_err();
    assert_eq!(error, ImportError::NoOrderId { row: 2, column: "Order Number".into() });
}

#[test]
fn rows_of_one_sku_and_price_are_one_line_and_the_rebate_is_none() {
    let read = orders(
        "Order ID;No Pesanan;Status;Tanggal;Toko;SKU;Nama Produk;Nama Variasi;Qty;Harga;Voucher;Voucher Platform;Total\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;TS;Kaos;M;1;150.000;-500;-200;450.000\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;TS;Kaos;M;2;150.000,00;-700;;450.000\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;TS;Kaos;L;1;150.000;;;450.000\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;TS;Kaos;M;1;149.000;;;450.000\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;TS;Kaos;M;0;150.000;;;450.000\n\
         1;A;Open;22/11/2026;Toko-Contoh-1;rebate;Rebate;;1;9;;;450.000\n",
    )
    .unwrap();
    let told: Vec<_> = read[0]
        .lines
        .iter()
        .map(|line| (line.variant_name.as_str(), line.quantity, line.unit_price, line.voucher, line.voucher_platform))
        .collect();
    let line = |variant, units: i64, price: i64, voucher: i64, platform: i64| {
        (variant, Quantity::from(units), Money::from(price), Money::from(voucher), Money::from(platform))
    };
    assert_eq!(told, [line("M", 3, 150_000, 1_200, 200), line("L", 1, 150_000, 0, 0), line("M", 1, 149_000, 0, 0)]);
    assert_eq!((read[0].subtotal, read[0].total), (Money::from(749_000), Money::from(450_000)));
}

#[test]
fn a_warehouse_is_found_by_id_or_by_its_only_name() {
    let headers = "Order ID,Order Number,Status,Order Date,Store,Gudang,SKU,Price\n";
    let of = |warehouse: &str| {
        let read = orders(&format!("{headers}1,A,Open,2026-03-05,toko contoh 2,{warehouse},S,10\n"));
        read.map(|orders| (orders[0].store, orders[0].warehouse))
    };
    let store = StoreId(7002);
    assert_eq!(of("gudang utama"), Ok((store, Some(ForstokWarehouseId(195)))));
    assert_eq!(of("196"), Ok((store, Some(ForstokWarehouseId(196)))));
    assert_eq!(of(""), Ok((store, None)));
    assert_eq!(of("Gudang"), Err(ImportError::UnknownWarehouse { row: 2, text: "Gudang".into() }));
}

#[test]
fn a_store_whose_name_another_has_is_told_by_its_id_only() {
    let text = "Order ID,Order Number,Status,Order Date,Store,SKU,Price\n1,A,Open,2026-03-05,Toko Contoh 1,S,10\n";
    let table = table(text.as_bytes(), "orders.csv").unwrap();
    let map = suggest_columns(ListKind::Orders, &table.headers);
    let mut stores = stores();
    stores.push(Store { id: StoreId(7003), ..stores[0].clone() });
    let unknown = ImportError::UnknownStore { row: 2, text: "Toko Contoh 1".into() };
    assert_eq!(read_orders(&table, &map, &stores, &[]), Err(unknown));
}

#[test]
fn the_latest_change_of_any_row_is_the_orders_and_without_one_it_is_as_old_as_it_was_placed() {
    let headers = "Order ID,Order Number,Status,Order Date,Updated At,Store,SKU,Price\n";
    let read = orders(&format!(
        "{headers}1,A,Open,2026-03-05,2026-03-06 10:00,7001,S,10\n1,A,Open,2026-03-05,2026-03-07 10:00,7001,T,10\n\
         2,B,Open,2026-03-05,,7001,S,10\n3,C,Open,2026-03-05,2026-03-06,7001,S,10\n"
    ))
    .unwrap();
    let updated: Vec<_> = read.iter().map(|order| order.updated_at.to_string()).collect();
    // Of a day without time the end of it: it may have left after whatever was counted on that day.
    assert_eq!(updated, ["2026-03-07T03:00:00Z", "2026-03-04T17:00:00Z", "2026-03-06T16:59:59Z"]);
}

#[test]
fn a_spreadsheet_of_orders_is_read_with_its_days_and_its_long_numbers_are_not_trusted() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let headers =
        ["Order ID", "Order Number", "Status", "Order Date", "Store", "Cashless", "SKU", "Qty", "Price", "Total"];
    for (column, header) in (0..).zip(headers) {
        sheet.write(0, column, header).unwrap();
    }
    for (column, text) in (0..).zip(["SO-1", "576461413038785752", "Ready to ship"]) {
        sheet.write(1, column, text).unwrap();
    }
    sheet.write_with_format(1, 3, 46_348.5, &day).unwrap();
    sheet.write(1, 4, 7001).unwrap();
    for (column, text) in (5..).zip(["Tidak", "TS"]) {
        sheet.write(1, column, text).unwrap();
    }
    for (column, number) in (7..).zip([2.0, 17_500.25, 35_000.5]) {
        sheet.write(1, column, number).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let table = table(&bytes, "orders.xlsx").unwrap();
    let map = suggest_columns(ListKind::Orders, &table.headers);
    let read = read_orders(&table, &map, &stores(), &[]).unwrap();
    let [order] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((order.number.as_str(), order.cashless, order.store), ("576461413038785752", false, StoreId(7001)));
    assert_eq!(order.ordered_at.to_string(), "2026-11-22T05:00:00Z");
    assert_eq!((order.subtotal, order.total), (Money("35000.5".parse().unwrap()), Money("35000.5".parse().unwrap())));
    let mut rounded = table;
    rounded.rows[0].cells[1] = super::super::Cell::Number("576461413038785800".parse().unwrap());
    let error = read_orders(&rounded, &map, &stores(), &[]).unwrap_err();
    assert!(matches!(error, ImportError::NumberRounded { row: 2, .. }), "{error}");
}
