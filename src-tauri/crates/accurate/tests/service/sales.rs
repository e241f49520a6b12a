//! Documents of sales: customers, invoices, receipts, returns.

use super::*;
use selaras_domain::documents::{
    DocumentLine, DocumentQuery, InvoiceDocument, NewCustomer, ReceiptDiscount, ReceiptDocument, ReceiptPayment,
    ReturnDocument,
};
use selaras_domain::ids::{
    AccountId, BranchId, CustomerId, ItemId, SalesInvoiceId, SalesReceiptId, SalesReturnId, WarehouseId,
};
use serde_json::{Value, json as value};

fn line(item_no: &str, quantity: i64, price: i64) -> DocumentLine {
    DocumentLine {
        item_no: item_no.into(),
        item: None,
        name: format!("Barang {item_no}"),
        note: String::new(),
        quantity: quantity.into(),
        unit_price: price.into(),
        discount: Money::ZERO,
        warehouse: "Utama".into(),
        warehouse_id: None,
        taxed: true,
    }
}

/// The reference's invoice of order 240115CONTOH1.
fn invoice(number: &str) -> InvoiceDocument {
    InvoiceDocument {
        id: None,
        number: number.into(),
        date: jiff::civil::date(2024, 1, 15),
        description: "140000001".into(),
        customer_no: "7001".into(),
        customer: None,
        branch: Some(BranchId(50)),
        taxable: true,
        tax_inclusive: true,
        cash_discount: Money::ZERO,
        to_address: Some("Pembeli Contoh - Jl. Contoh No. 1".into()),
        lines: vec![line("TS-BLK-M", 2, 150_000), line("CAP-RED", 1, 100_000)],
        total: None,
        owing: None,
        receipts: Vec::new(),
        returned: None,
    }
}

/// What the vendor's own integration sends, as the samples of the reference have it.
fn sample(name: &str) -> Value {
    let path = format!("{}/../../../tests/samples/forstok/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap()["body"].take()
}

async fn sent(service: &Service, at: &str) -> Value {
    let body = service.requests_of(at).await.pop().unwrap().body;
    serde_json::from_slice::<Value>(&body).unwrap()["data"][0].take()
}

fn query(numbers: &[&str]) -> DocumentQuery {
    DocumentQuery { numbers: numbers.iter().map(|&number| number.to_owned()).collect(), dated: None }
}

#[tokio::test]
async fn an_invoice_is_sent_as_the_vendor_sends_it() {
    let service = Service::start().await;
    let saved = r#"{"s":true,"d":[{"s":true,"d":["ok"],"r":{"id":2250,"number":"240115CONTOH1"}}]}"#;
    service.on_data("sales-invoice/bulk-save.do", json(200, saved), 1).await;
    let outcomes = service.books().await.save_invoices(&[invoice("240115CONTOH1")]).await.unwrap();
    assert_eq!(outcomes, [RowOutcome::Posted { record: Some(2250) }]);
    let mut expected = sample("accurate-sales-invoice-save");
    // Numbers of customers and orders are texts with us, and the names of goods are this test's own.
    (expected["customerNo"], expected["description"]) = (value!("7001"), value!("140000001"));
    for (at, name) in ["Barang TS-BLK-M", "Barang CAP-RED"].iter().enumerate() {
        expected["detailItem"][at]["detailName"] = value!(name);
    }
    assert_eq!(sent(&service, "sales-invoice/bulk-save.do").await, expected);
}

#[tokio::test]
async fn each_invoice_of_a_call_has_its_own_outcome_however_the_answers_come() {
    let service = Service::start().await;
    let answer = r#"{"s":false,"d":[{"s":true,"d":["ok"],"r":{"id":3,"number":"C"}},
        {"s":false,"d":["Sudah ada data lain dengan No Faktur \"B\""]},{"s":true,"d":["ok"],"r":{"id":1,"number":"A"}}]}"#;
    service.on_data("sales-invoice/bulk-save.do", json(200, answer), 1).await;
    let rows = ["A", "B", "C"].map(invoice);
    let outcomes = service.books().await.save_invoices(&rows).await.unwrap();
    let duplicate = Reason::new("duplicate_number").with("value", "B");
    let expected = [
        RowOutcome::Posted { record: Some(1) },
        RowOutcome::Rejected { reason: duplicate },
        RowOutcome::Posted { record: Some(3) },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(service.books().await.save_invoices(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_document_that_was_processed_twice_or_is_closed_is_refused_and_not_taken_as_done() {
    let service = Service::start().await;
    let answer = r#"{"s":false,"d":[
        {"s":false,"d":["Pesanan A terdeteksi terproses dua kali. Mohon cek transaksi yang memproses pesanan tersebut"]},
        {"s":false,"d":["Pesanan B sudah ditutup, tidak dapat diproses lagi"]}]}"#;
    service.on_data("sales-invoice/bulk-save.do", json(200, answer), 1).await;
    let outcomes = service.books().await.save_invoices(&["A", "B"].map(invoice)).await.unwrap();
    let refused = ["processed_twice", "order_closed"].map(|code| RowOutcome::Rejected { reason: Reason::new(code) });
    assert_eq!(outcomes, refused);
}

#[tokio::test]
async fn a_closed_period_is_told_as_such() {
    let service = Service::start().await;
    let answer = r#"{"s":false,"d":[{"s":false,"d":["Periode Januari 2024 sudah ditutup"]}]}"#;
    service.on_data("sales-invoice/bulk-save.do", json(200, answer), 1).await;
    let outcomes = service.books().await.save_invoices(&[invoice("A")]).await.unwrap();
    let reason = Reason::new("period_closed").with("period", "Januari 2024");
    assert_eq!(outcomes, [RowOutcome::Rejected { reason }]);
}

const ROW: &str = r#"{"id":2246,"number":"A","transDate":"1/11/2025","description":140000001,"customer":{"id":60,"customerNo":"7001"},
    "branchId":50,"taxable":true,"inclusiveTax":true,"cashDiscount":2400.000000,"toAddress":null,"totalAmount":97600.000000,
    "detailItem":[{"item":{"id":100,"no":"CAP-RED"},"detailName":"Topi","detailNotes":null,"quantity":1.000000,"unitPrice":100000.000000,
    "itemCashDiscount":0,"warehouse":{"id":50,"name":"Utama"},"useTax1":true}]}"#;

fn stored() -> InvoiceDocument {
    InvoiceDocument {
        id: Some(SalesInvoiceId(2246)),
        date: jiff::civil::date(2025, 11, 1),
        customer: Some(CustomerId(60)),
        cash_discount: 2_400.into(),
        to_address: None,
        lines: vec![DocumentLine {
            item: Some(ItemId(100)),
            name: "Topi".into(),
            warehouse_id: Some(WarehouseId(50)),
            ..line("CAP-RED", 1, 100_000)
        }],
        total: Some(97_600.into()),
        ..invoice("A")
    }
}

#[tokio::test]
async fn invoices_are_read_again_by_number_with_their_lines() {
    let service = Service::start().await;
    Mock::given(path("/accurate/api/sales-invoice/list.do"))
        .and(query_param("filter.number.op", "EQUAL"))
        .and(query_param("filter.number.val[0]", "A"))
        .and(query_param("filter.number.val[1]", "B"))
        .respond_with(json(200, &page(ROW, 1, 1, 1)))
        .expect(1)
        .mount(&service.data)
        .await;
    // What did not come is asked for alone before it counts as missing.
    Mock::given(query_param("filter.number.val", "B"))
        .respond_with(json(200, &page("", 1, 1, 0)))
        .expect(1)
        .mount(&service.data)
        .await;
    let found = service.books().await.invoices_of(&query(&["B", "A", ""])).await.unwrap();
    assert_eq!(found, [stored()]);
    assert_eq!(service.books().await.invoices_of(&query(&[])).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_without_lines_is_completed_by_details() {
    let service = Service::start().await;
    let bare = r#"{"id":2246,"number":"A","transDate":"01/11/2025"}"#;
    service.on_data("sales-invoice/list.do", json(200, &page(bare, 1, 1, 1)), 1).await;
    let detail = format!(r#"{{"s":true,"d":{ROW}}}"#);
    Mock::given(path("/accurate/api/sales-invoice/detail.do"))
        .and(query_param("id", "2246"))
        .respond_with(json(200, &detail))
        .expect(1)
        .mount(&service.data)
        .await;
    assert_eq!(service.books().await.invoices_of(&query(&["A"])).await.unwrap(), [stored()]);
}

#[tokio::test]
async fn many_invoices_are_read_by_the_span_of_their_days() {
    let service = Service::start().await;
    Mock::given(query_param("filter.transDate.op", "BETWEEN"))
        .and(query_param("filter.transDate.val[0]", "01/11/2025"))
        .and(query_param("filter.transDate.val[1]", "30/11/2025"))
        .respond_with(json(200, &page(ROW, 1, 1, 1)))
        .expect(1)
        .mount(&service.data)
        .await;
    Mock::given(query_param("filter.number.op", "EQUAL"))
        .respond_with(json(200, &page("", 1, 1, 0)))
        .mount(&service.data)
        .await;
    let numbers = (0..250).map(|at| format!("N{at}")).chain(["A".to_owned()]).collect();
    let span = (jiff::civil::date(2025, 11, 1), jiff::civil::date(2025, 11, 30));
    let asked = DocumentQuery { numbers, dated: Some(span) };
    assert_eq!(service.books().await.invoices_of(&asked).await.unwrap(), [stored()]);
}

#[tokio::test]
async fn one_invoice_tells_what_is_owed_which_receipts_pay_it_and_what_came_back() {
    let service = Service::start().await;
    let more = r#","primeOwing":0,"primeReturn":25000.000000,"receiptHistory":[{"historyNumber":"SLP-1"},{"historyNumber":null}]}"#;
    let row = ROW.strip_suffix('}').unwrap();
    let detail = format!(r#"{{"s":true,"d":{row}{more}}}"#);
    service.on_data("sales-invoice/detail.do", json(200, &detail), 1).await;
    let found = service.books().await.invoice_by_id(SalesInvoiceId(2246)).await.unwrap().unwrap();
    let expected = InvoiceDocument {
        owing: Some(Money::ZERO),
        returned: Some(25_000.into()),
        receipts: vec!["SLP-1".into()],
        ..stored()
    };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_document_that_is_gone_is_none_and_another_record_is_no_answer() {
    let service = Service::start().await;
    let gone = json(200, r#"{"s":false,"d":["Faktur Penjualan tidak tepat"]}"#);
    service.once("sales-invoice/detail.do", gone).await;
    let books = service.books().await;
    assert_eq!(books.invoice_by_id(SalesInvoiceId(9)).await.unwrap(), None);
    let other = json(200, &format!(r#"{{"s":true,"d":{ROW}}}"#));
    service.on_data("sales-invoice/detail.do", other, 1).await;
    assert!(matches!(books.invoice_by_id(SalesInvoiceId(9)).await, Err(PortError::Unknown { .. })));
}

#[tokio::test]
async fn an_unreadable_line_spoils_the_document_and_never_shortens_it() {
    let service = Service::start().await;
    let row = ROW.replace(r#""detailItem":["#, r#""detailItem":["x","#);
    service.on_data("sales-invoice/list.do", json(200, &page(&row, 1, 1, 1)), 1).await;
    let read = service.books().await.invoices_of(&query(&["A"])).await.unwrap();
    assert_eq!(read.rows, []);
    assert_eq!((read.unread[0].title().as_str(), read.unread[0].place.as_str()), ("A", "detailItem[0]"));
    assert!(read.unread_says("A"));
}

#[tokio::test]
async fn an_invoice_that_is_paid_cannot_be_deleted_and_the_reason_is_told() {
    let service = Service::start().await;
    let refused = r#"{"s":false,"d":["Faktur Penjualan \"A\" tidak dapat dihapus karena sudah dibayar"]}"#;
    service.once("sales-invoice/delete.do", json(200, refused)).await;
    let books = service.books().await;
    let reason = Reason::new("still_used").with("holder", "sudah dibayar");
    assert_eq!(books.delete_invoice(SalesInvoiceId(2246)).await.unwrap(), RowOutcome::Rejected { reason });
    service.on_data("sales-invoice/delete.do", json(200, r#"{"s":true,"d":["ok"]}"#), 1).await;
    assert_eq!(books.delete_invoice(SalesInvoiceId(2246)).await.unwrap(), RowOutcome::Posted { record: Some(2246) });
}

/// The reference's receipt of payment PAY-CONTOH-1.
fn receipt() -> ReceiptDocument {
    let discount = |account_no: &str, amount: i64| ReceiptDiscount {
        account_no: account_no.into(),
        account: None,
        amount: amount.into(),
    };
    ReceiptDocument {
        id: None,
        number: "SLP-1".into(),
        date: jiff::civil::date(2024, 1, 20),
        description: "PAY-CONTOH-1 SLP-1".into(),
        customer_no: "7001".into(),
        customer: None,
        bank_no: "110102".into(),
        bank: None,
        branch: Some(BranchId(50)),
        received: 356_000.into(),
        payments: vec![ReceiptPayment {
            invoice_no: "240115CONTOH1".into(),
            invoice: None,
            amount: 400_000.into(),
            discounts: vec![
                discount("710002", -5_000),
                discount("720001", 20_000),
                discount("720003", 0),
                discount("720004", 26_000),
                discount("720002", 3_000),
            ],
        }],
    }
}

#[tokio::test]
async fn a_receipt_is_sent_as_the_vendor_sends_it_without_discounts_of_nothing() {
    let service = Service::start().await;
    let saved = r#"{"s":true,"d":[{"s":true,"d":["ok"],"r":{"id":300,"number":"SLP-1"}}]}"#;
    service.on_data("sales-receipt/bulk-save.do", json(200, saved), 1).await;
    let outcomes = service.books().await.save_receipts(&[receipt()]).await.unwrap();
    assert_eq!(outcomes, [RowOutcome::Posted { record: Some(300) }]);
    let mut expected = sample("accurate-sales-receipt-save");
    (expected["customerNo"], expected["transDate"]) = (value!("7001"), value!("20/01/2024"));
    (expected["number"], expected["description"]) = (value!("SLP-1"), value!("PAY-CONTOH-1 SLP-1"));
    expected["paymentMethod"] = value!("BANK_TRANSFER");
    let discounts = expected["detailInvoice"][0]["detailDiscount"].as_array_mut().unwrap();
    discounts.retain(|discount| discount["amount"] != 0);
    assert_eq!(sent(&service, "sales-receipt/bulk-save.do").await, expected);
}

const RECEIPT: &str = r#"{"id":300,"number":"SLP-1","transDate":"20/01/2024","description":"PAY-CONTOH-1 SLP-1","branchId":50,
    "customer":{"id":60,"customerNo":"7001"},"bank":{"id":70,"no":"110102"},"chequeAmount":356000.000000,"detailInvoice":[
    {"invoice":{"id":2246,"number":"240115CONTOH1"},"paymentAmount":400000.000000,"detailDiscount":[
    {"account":{"id":71,"no":"710002"},"amount":-5000.000000},{"accountNo":"720001","amount":49000}]}]}"#;

#[tokio::test]
async fn a_receipt_is_read_again_by_number_by_id_and_by_day() {
    let service = Service::start().await;
    service.on_data("sales-receipt/list.do", json(200, &page(RECEIPT, 1, 1, 1)), 2).await;
    service.on_data("sales-receipt/detail.do", json(200, &format!(r#"{{"s":true,"d":{RECEIPT}}}"#)), 1).await;
    let discount = |account_no: &str, id: Option<i64>, amount: i64| ReceiptDiscount {
        account_no: account_no.into(),
        account: id.map(AccountId),
        amount: amount.into(),
    };
    let expected = ReceiptDocument {
        id: Some(SalesReceiptId(300)),
        customer: Some(CustomerId(60)),
        bank: Some(AccountId(70)),
        payments: vec![ReceiptPayment {
            invoice: Some(SalesInvoiceId(2246)),
            discounts: vec![discount("710002", Some(71), -5_000), discount("720001", None, 49_000)],
            ..receipt().payments.remove(0)
        }],
        ..receipt()
    };
    let books = service.books().await;
    assert_eq!(books.receipts_of(&query(&["SLP-1"])).await.unwrap().rows, std::slice::from_ref(&expected));
    assert_eq!(
        books.receipts_since(jiff::civil::date(2024, 1, 1)).await.unwrap().rows,
        std::slice::from_ref(&expected)
    );
    assert_eq!(books.receipt_by_id(SalesReceiptId(300)).await.unwrap(), Some(expected));
}

#[tokio::test]
async fn a_return_names_its_invoice_and_carries_the_dates_that_are_demanded() {
    let service = Service::start().await;
    let saved = r#"{"s":true,"d":[{"s":true,"d":["ok"],"r":{"id":400,"number":"SLT-1"}}]}"#;
    service.on_data("sales-return/bulk-save.do", json(200, saved), 1).await;
    let back = ReturnDocument {
        id: None,
        number: "SLT-1".into(),
        date: jiff::civil::date(2024, 1, 22),
        description: "240115CONTOH1 140000001".into(),
        customer_no: "7001".into(),
        customer: None,
        invoice_no: "240115CONTOH1".into(),
        branch: None,
        taxable: false,
        tax_inclusive: false,
        lines: vec![line("CAP-RED", 1, 100_000)],
        cash_discount: Money::ZERO,
        total: None,
    };
    let books = service.books().await;
    let outcomes = books.save_returns(std::slice::from_ref(&back)).await.unwrap();
    assert_eq!(outcomes, [RowOutcome::Posted { record: Some(400) }]);
    let body = sent(&service, "sales-return/bulk-save.do").await;
    assert_eq!(body["returnType"], "INVOICE");
    assert_eq!(body["invoiceNumber"], "240115CONTOH1");
    assert_eq!((&body["taxDate"], &body["taxNumber"]), (&value!("22/01/2024"), &value!("SLT-1")));
    let row = r#"{"id":400,"number":"SLT-1","transDate":"22/01/2024","description":"240115CONTOH1 140000001","customer":{"customerNo":"7001"},
        "invoice":{"number":"240115CONTOH1"},"totalAmount":100000,"detailItem":[{"itemNo":"CAP-RED","detailName":"Barang CAP-RED",
        "quantity":1,"unitPrice":100000,"warehouseName":"Utama","useTax1":true}]}"#;
    service.on_data("sales-return/list.do", json(200, &page(row, 1, 1, 1)), 1).await;
    let expected = ReturnDocument { id: Some(SalesReturnId(400)), total: Some(100_000.into()), ..back };
    assert_eq!(books.returns_of(&query(&["SLT-1"])).await.unwrap(), [expected]);
}

#[tokio::test]
async fn a_customer_is_made_with_its_number_and_told_by_it() {
    let service = Service::start().await;
    let saved = r#"{"s":true,"d":[{"s":true,"d":["ok"],"r":{"id":60,"customerNo":"7001"}}]}"#;
    service.on_data("customer/bulk-save.do", json(200, saved), 1).await;
    let customer = NewCustomer {
        no: "7001".into(),
        name: "Toko-Contoh-1".into(),
        date: jiff::civil::date(2024, 1, 15),
        branch: None,
    };
    let outcomes = service.books().await.save_customers(&[customer]).await.unwrap();
    assert_eq!(outcomes, [RowOutcome::Posted { record: Some(60) }]);
    let expected = value!({"name": "Toko-Contoh-1", "transDate": "15/01/2024", "customerNo": "7001"});
    assert_eq!(sent(&service, "customer/bulk-save.do").await, expected);
}

#[tokio::test]
async fn the_first_day_of_the_books_is_known_only_where_it_is_told() {
    let service = Service::start().await;
    let books = service.books().await;
    service.once("company/detail.do", json(200, r#"{"s":true,"d":{"startDate":"01/01/2024"}}"#)).await;
    assert_eq!(books.start_date().await.unwrap(), Some(jiff::civil::date(2024, 1, 1)));
    for answer in [json(200, r#"{"s":true,"d":{}}"#), json(404, r#"{"s":false,"d":["URL API tidak tepat"]}"#)] {
        service.once("company/detail.do", answer).await;
        assert_eq!(books.start_date().await.unwrap(), None);
    }
}
