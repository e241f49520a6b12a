//! Which operations a row that cannot be read may stand for.

use super::*;
use selaras_domain::wire::Misread;
use serde_json::value::RawValue;

fn unread(list: ListName, json: &str) -> UnreadRow {
    let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
    UnreadRow::of(list, 1, &raw, Misread { place: "item_lines[2].price".into(), found: "Rp 50.000".into() })
}

fn creates(key: &str, record: &str, after: &[(&str, &str)]) -> Operation {
    Operation {
        key: OperationKey(key.into()),
        action: Action::Create,
        target: Target { side: Side::Accurate, database: DatabaseId(1), record: record.into() },
        before: Fields::new(),
        after: after.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        reason: Reason::new("order_ready"),
        group: String::new(),
    }
}

/// Keys and codes of what is held, after the rows of one list could not be read.
fn held(kind: &str, mut operations: Vec<Operation>, row: &UnreadRow) -> Vec<(String, String)> {
    let decisions = BTreeMap::new();
    let unread = std::slice::from_ref(row);
    hold(&mut operations, &Reading { kind, database: DatabaseId(1), unread, decisions: &decisions, only: &[] });
    let blocked = operations.into_iter().filter(|operation| operation.action == Action::Blocked);
    blocked.map(|operation| (operation.key.0, operation.reason.code)).collect()
}

fn pair(key: &str, code: &str) -> (String, String) {
    (key.to_owned(), code.to_owned())
}

#[test]
fn an_order_that_cannot_be_read_is_a_row_of_its_own_and_the_others_go_on() {
    let row = unread(ListName::Orders, r#"{"id":7,"local_name":"INV/7","item_lines":[{"sku":"A"}]}"#);
    let good = creates("invoice:8", "INV/8", &[("number", "INV/8"), ("order_id", "8")]);
    assert_eq!(held(invoices::KIND, vec![good], &row), [pair("invoice:7", "order_unreadable")]);
    let reason = reason(&row);
    let told: Vec<_> = reason.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(told, [("found", "Rp 50.000"), ("number", "INV/7"), ("place", "item_lines[2].price")]);
    // Units of it may have left the shelf: its SKUs are not sent, others are.
    let figures = vec![creates("stock:1:A", "A", &[("sku", "A")]), creates("stock:1:B", "B", &[("sku", "B")])];
    assert_eq!(held(stock::KIND, figures, &row), [pair("stock:1:A", "order_unreadable")]);
}

#[test]
fn what_is_there_and_cannot_be_read_is_not_made_a_second_time() {
    let item = unread(ListName::Items, r#"{"id":5,"no":"A","unitPrice":"x"}"#);
    let made = vec![creates("item:A", "A", &[("no", "A")]), creates("item:B", "B", &[("no", "B")])];
    let expected = [pair("item:A", "item_unreadable"), pair("unread:items:5", "item_unreadable")];
    assert_eq!(held(items::KIND, made, &item), expected);
    let document = unread(ListName::SalesInvoices, r#"{"number":"INV/8","description":"8"}"#);
    let made = vec![creates("invoice:8", "INV/8", &[("number", "INV/8"), ("order_id", "8")])];
    let expected =
        [pair("invoice:8", "document_unreadable"), pair("unread:sales_invoices:INV/8", "document_unreadable")];
    assert_eq!(held(invoices::KIND, made, &document), expected);
    let customer = unread(ListName::Customers, r#"{"customerNo":"7001"}"#);
    let made = vec![
        creates("customer:7001", "Toko", &[("customer_no", "7001")]),
        creates("invoice:8", "INV/8", &[("customer_no", "7001"), ("order_id", "8")]),
        creates("invoice:9", "INV/9", &[("customer_no", "7001"), ("customer_id", "3"), ("order_id", "9")]),
    ];
    let codes = held(invoices::KIND, made, &customer).len();
    assert_eq!(codes, 3, "the customer, the invoice that would make it, and the row itself");
    let receipt = unread(ListName::SalesReceipts, r#"{"number":"SR/1","detailInvoice":[{"invoiceNo":"INV/8"}]}"#);
    let made = vec![creates("receipt:SLP-1", "PAY", &[("number", "SLP-1"), ("invoice.001.no", "INV/8")])];
    assert_eq!(held(receipts::KIND, made, &receipt).len(), 2);
}

#[test]
fn a_row_without_id_or_number_is_told_by_its_place() {
    let row = unread(ListName::Payments, "{}");
    assert_eq!(held(receipts::KIND, Vec::new(), &row), [pair("unread:payments:#1", "payment_unreadable")]);
    assert_eq!(row.title(), "#1");
}

#[test]
fn a_place_that_was_not_told_keeps_its_figure_and_is_held() {
    let mut figure = creates("stock:1:A", "A", &[("sku", "A"), ("on_hand", "0")]);
    figure.before.insert("on_hand".into(), "20".into());
    let mut operations = vec![figure];
    let place = (WarehouseId(50), ItemId(5));
    let unknown = BTreeMap::from([(place, not_listed(Some(Quantity::from(20))))]);
    hold_figures(&mut operations, &unknown, |_| Some(place));
    let held = &operations[0];
    assert_eq!((held.action, held.reason.code.as_str()), (Action::Blocked, "stock_not_listed"));
    assert_eq!((held.after["on_hand"].as_str(), held.reason.params["quantity"].as_str()), ("20", "20"));
}
