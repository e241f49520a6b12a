//! Sales invoices and receipts (accurate-online-api.md §6.8, §6.9; forstok-accounting-flow.md §6).

use serde_json::{Value, json};

use crate::common::{Shop, unlimited};

async fn with_stock() -> Shop {
    let shop = Shop::open(unlimited()).await;
    shop.post("item/save.do", json!({ "no": "J-1", "name": "Kaos", "itemType": "INVENTORY" })).await;
    shop.post("customer/save.do", json!({ "customerNo": "7001", "name": "Nusantara Shopee" })).await;
    let line = json!({ "itemNo": "J-1", "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": 10, "unitCost": 6000, "warehouseName": "GUDANG UTAMA" });
    shop.post("item-adjustment/save.do", json!({ "transDate": "01/03/2026", "detailItem": [line] })).await;
    shop
}

fn invoice(number: &str) -> Value {
    json!({
        "customerNo": "7001", "number": number, "transDate": "02/03/2026",
        "detailItem": [
            { "itemNo": "J-1", "unitPrice": 20000, "quantity": 2, "itemDiscPercent": "10", "warehouseName": "GUDANG UTAMA" },
            { "itemNo": "J-1", "unitPrice": 15000, "itemCashDiscount": 1000, "warehouseName": "GUDANG UTAMA" },
        ],
        "cashDiscount": 5000,
    })
}

#[tokio::test]
async fn an_invoice_adds_up_lowers_stock_and_books_its_cost() {
    let shop = with_stock().await;
    let saved = shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    assert_eq!(saved.messages(), ["Faktur Penjualan \"SHP-1\" berhasil disimpan"]);
    // 2 × 20 000 − 10 % + 15 000 − 1 000 = 50 000, less 5 000
    for part in [
        "\"subTotal\":50000.000000",
        "\"totalAmount\":45000.000000",
        "\"primeOwing\":45000.000000",
        "\"statusName\":\"Belum Lunas\"",
    ] {
        assert!(saved.text.contains(part), "{part}");
    }
    let state = shop.first();
    assert_eq!(state.stock[&("J-1".to_owned(), "GUDANG UTAMA".to_owned())].to_string(), "7");
    let balance = |no: &str| state.ledger[no].normalize().to_string();
    assert_eq!(
        [balance("110301"), balance("410101"), balance("510101"), balance("110401")],
        ["45000", "-45000", "18000", "42000"]
    );
}

#[tokio::test]
async fn tax_is_added_or_contained() {
    let shop = with_stock().await;
    let taxed = |number: &str, inclusive: bool| {
        let line = json!({ "itemNo": "J-1", "unitPrice": 111_000, "useTax1": true, "warehouseName": "GUDANG UTAMA" });
        json!({ "customerNo": "7001", "number": number, "taxable": true, "inclusiveTax": inclusive, "tax1Name": "Pajak Pertambahan Nilai", "detailItem": [line] })
    };
    let inside = shop.post("sales-invoice/save.do", taxed("T-1", true)).await.text;
    assert!(
        inside.contains("\"totalAmount\":111000.000000") && inside.contains("\"dppAmount\":100000.000000"),
        "{inside}"
    );
    let on_top = shop.post("sales-invoice/save.do", taxed("T-2", false)).await.text;
    assert!(on_top.contains("\"totalAmount\":123210.000000"), "{on_top}");
}

#[tokio::test]
async fn an_invoice_is_refused_in_the_recorded_words() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    assert_eq!(
        shop.post("sales-invoice/save.do", invoice("SHP-1")).await.messages(),
        ["Sudah ada data lain dengan No Faktur \"SHP-1\""]
    );
    let mut fields = invoice("SHP-2");
    fields["detailItem"] = json!([]);
    assert_eq!(
        shop.post("sales-invoice/save.do", fields).await.messages(),
        ["Detail dari transaksi belum diisi!", "Diskon tidak boleh melebihi nilai sub total"]
    );
    let mut fields = invoice("SHP-2");
    fields["customerNo"] = json!("9999");
    assert_eq!(
        shop.post("sales-invoice/save.do", fields).await.messages(),
        ["Pelanggan 9999 tidak ditemukan atau sudah dihapus"]
    );
    assert_eq!(shop.get("sales-invoice/list.do?filter.customerNo=9999").await.messages(), ["Pelanggan tidak tepat"]);
    let mut fields = invoice("SHP-2");
    fields["transDate"] = json!("01/01/2001");
    assert!(
        shop.post("sales-invoice/save.do", fields).await.messages()[0]
            .starts_with("Tanggal transaksi tidak dapat lebih kecil")
    );
}

fn receipt(cheque: i64, discounts: Value) -> Value {
    json!({
        "customerNo": "7001", "bankNo": "110111", "transDate": "5/3/2026", "chequeAmount": cheque,
        "detailInvoice": [{ "invoiceNo": "SHP-1", "paymentAmount": 45000, "detailDiscount": discounts }],
    })
}

#[tokio::test]
async fn a_receipt_with_fees_and_a_rebate_settles_the_invoice() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    let fees = json!([{ "accountNo": "810105", "amount": 4000 }, { "accountNo": "710103", "amount": -1500 }]);
    let short = shop.post("sales-receipt/save.do", receipt(40_000, fees.clone())).await;
    assert_eq!(short.messages(), ["Nilai Pembayaran tidak mencukupi untuk melunasi pembayaran!"]);
    let saved = shop.post("sales-receipt/save.do", receipt(42_500, fees.clone())).await;
    assert_eq!(saved.messages(), ["Penerimaan Penjualan \"110111.2026.03.00001\" berhasil disimpan"]);
    let detail = shop.get("sales-invoice/detail.do?number=SHP-1").await.json()["d"].clone();
    assert_eq!(
        (&detail["statusName"], &detail["receiptHistory"][0]["historyNumber"]),
        (&json!("Lunas"), &json!("110111.2026.03.00001"))
    );
    let state = shop.first();
    let balance = |no: &str| state.ledger[no].normalize().to_string();
    assert_eq!([balance("110111"), balance("810105"), balance("710103")], ["42500", "4000", "-1500"]);
    assert!(!state.ledger.contains_key("110301"));
    let again = shop.post("sales-receipt/save.do", receipt(42_500, fees)).await;
    assert_eq!(again.messages(), ["Pembayaran faktur \"SHP-1\" melebihi nilai piutang fakturnya"]);
    assert_eq!(shop.delete("sales-invoice/delete.do?number=SHP-1").await.json()["s"], false);
    shop.delete("sales-receipt/delete.do?number=110111.2026.03.00001").await;
    assert_eq!(shop.delete("sales-invoice/delete.do?number=SHP-1").await.json()["s"], true);
    assert_eq!(shop.first().stock[&("J-1".to_owned(), "GUDANG UTAMA".to_owned())].normalize().to_string(), "10");
}

#[tokio::test]
async fn a_receipt_names_what_is_wrong_with_it() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    let with = |name: &str, value: Value| {
        let mut fields = receipt(45_000, json!([]));
        fields[name] = value;
        fields
    };
    for (fields, message) in [
        (with("bankNo", Value::Null), "Nama Bank harus diisi"),
        (with("bankNo", json!("410101")), "Nama Bank tidak tepat"),
        (with("paymentMethod", json!("BARTER")), "Invalid field value for field \"paymentMethod\"."),
        (with("customerNo", Value::Null), "customerNo harus diisi"),
        (receipt(45_000, json!([{ "accountNo": "1", "amount": 0 }])), "Akun diskon tidak ditemukan atau sudah dihapus"),
    ] {
        assert_eq!(shop.post("sales-receipt/save.do", fields).await.messages(), [message]);
    }
}

/// One unit of the invoice SHP-1 comes back.
fn back(number: &str, units: i64) -> Value {
    json!({
        "customerNo": "7001", "number": number, "transDate": "03/03/2026", "returnType": "INVOICE", "invoiceNumber": "SHP-1",
        "taxDate": "03/03/2026", "taxNumber": number,
        "detailItem": [{ "itemNo": "J-1", "unitPrice": 20000, "quantity": units, "warehouseName": "GUDANG UTAMA" }],
    })
}

#[tokio::test]
async fn a_return_brings_goods_back_lowers_what_is_owed_and_keeps_the_ledger_balanced() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    let sold = shop.first();
    let saved = shop.post("sales-return/save.do", back("SLT-1", 1)).await;
    assert_eq!(saved.messages(), ["Retur Penjualan \"SLT-1\" berhasil disimpan"]);
    let state = shop.first();
    assert_eq!(state.stock[&("J-1".to_owned(), "GUDANG UTAMA".to_owned())].to_string(), "8");
    assert_eq!(state.owing["SHP-1"].normalize().to_string(), "25000");
    assert_eq!(state.ledger.values().sum::<rust_decimal::Decimal>(), rust_decimal::Decimal::ZERO);
    let shown = shop.get("sales-invoice/detail.do?number=SHP-1").await.text;
    assert!(shown.contains("\"primeReturn\":20000.000000") && shown.contains("\"historyNumber\":\"SLT-1\""), "{shown}");
    // The invoice is held by its return; deleted in the right order everything is as it was.
    let held = shop.delete("sales-invoice/delete.do?number=SHP-1").await.messages();
    assert_eq!(held, ["Faktur Penjualan \"SHP-1\" tidak dapat dihapus karena sudah ada retur"]);
    shop.delete("sales-return/delete.do?number=SLT-1").await;
    assert_eq!((shop.first().ledger, shop.first().stock), (sold.ledger, sold.stock));
    assert_eq!(shop.first().returns.len(), 0);
}

#[tokio::test]
async fn no_more_comes_back_than_was_sold_and_only_of_an_invoice() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    shop.post("sales-return/save.do", back("SLT-1", 2)).await;
    let more = shop.post("sales-return/save.do", back("SLT-2", 2)).await.messages();
    assert_eq!(more, ["Kuantitas retur barang \"Kaos\" melebihi kuantitas fakturnya"]);
    let mut fields = back("SLT-3", 1);
    fields["invoiceNumber"] = json!("SHP-9");
    let none = shop.post("sales-return/save.do", fields).await.messages();
    assert_eq!(none, ["Faktur Penjualan SHP-9 tidak ditemukan atau sudah dihapus"]);
    let mut fields = back("SLT-3", 1);
    fields["taxNumber"] = json!("");
    assert_eq!(shop.post("sales-return/save.do", fields).await.messages(), ["taxNumber harus diisi"]);
    assert_eq!(
        shop.post("sales-return/save.do", back("SLT-1", 1)).await.messages(),
        ["Sudah ada data lain dengan Nomor \"SLT-1\""]
    );
}

#[tokio::test]
async fn nothing_is_saved_or_deleted_in_a_closed_period() {
    let shop = with_stock().await;
    shop.post("sales-invoice/save.do", invoice("SHP-1")).await;
    let database = shop.sandbox.connection().databases[0].id;
    shop.sandbox.close_books(database, jiff::civil::date(2026, 3, 2)).unwrap();
    let refused = shop.post("sales-invoice/save.do", invoice("SHP-2")).await.messages();
    assert_eq!(refused, ["Periode 02/03/2026 sudah ditutup"]);
    let refused = shop.delete("sales-invoice/delete.do?number=SHP-1").await.messages();
    assert_eq!(refused, ["Faktur Penjualan \"SHP-1\" tidak dapat dihapus karena periode 02/03/2026 sudah ditutup"]);
    let open = shop.post("sales-return/save.do", back("SLT-1", 1)).await.messages();
    assert_eq!(open, ["Retur Penjualan \"SLT-1\" berhasil disimpan"]);
}
