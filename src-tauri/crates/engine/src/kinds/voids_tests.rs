use super::super::sales_fixture::*;
use super::*;
use crate::documents::{invoice_fields, receipt_fields};
use crate::kinds::removal::Removal;
use crate::kinds::{Executor, receipts};
use selaras_domain::documents::ReceiptPayment;
use selaras_domain::ids::{SalesInvoiceId, SalesReceiptId};

/// Accurate and the journal after an order was invoiced, and maybe paid.
struct Posted {
    world: World,
    orders: Vec<Order>,
    document: InvoiceDocument,
    receipt: Option<ReceiptDocument>,
    second: Option<ReceiptDocument>,
    invoices: BTreeMap<OperationKey, Fields>,
    receipts: BTreeMap<OperationKey, Fields>,
}

impl Posted {
    /// A cancelled order whose invoice Selaras has posted.
    fn invoice() -> Self {
        let world = World::new();
        let orders = vec![Order { status: OrderStatus::Cancelled, ..reference_order() }];
        let document = world.invoice(&orders[0]);
        let posted = BTreeMap::from([(invoices::key(orders[0].id), invoice_fields(&document))]);
        let document = InvoiceDocument { id: Some(SalesInvoiceId(900)), ..document };
        Self { world, orders, document, receipt: None, second: None, invoices: posted, receipts: BTreeMap::new() }
    }

    /// The same with a receipt that Selaras has posted.
    fn paid() -> Self {
        let mut posted = Self::invoice();
        let payment = ReceiptPayment {
            invoice_no: posted.document.number.clone(),
            invoice: None,
            amount: 400_000.into(),
            discounts: Vec::new(),
        };
        let receipt = ReceiptDocument {
            id: Some(SalesReceiptId(300)),
            number: "SLP-1".into(),
            date: jiff::civil::date(2024, 1, 20),
            description: String::new(),
            customer_no: "7001".into(),
            customer: posted.document.customer,
            bank_no: "110102".into(),
            bank: None,
            branch: None,
            received: 400_000.into(),
            payments: vec![payment],
        };
        let key = OperationKey(format!("{}SLP-1", receipts::KEY_PREFIX));
        posted.receipts.insert(key, receipt_fields(&receipt));
        posted.document.receipts.push("SLP-1".into());
        posted.receipt = Some(receipt);
        posted
    }

    fn plan(&self) -> Vec<Operation> {
        plan(&VoidsInput {
            company: &self.world.company(),
            orders: &self.orders,
            shop_invoices: &HashMap::new(),
            existing: &[head(&self.document)],
            documents: &HashMap::from([(self.document.number.clone(), self.document.clone())]),
            receipts: &self
                .receipt
                .iter()
                .chain(&self.second)
                .map(|receipt| (receipt.number.clone(), receipt.clone()))
                .collect(),
            posted_invoices: &self.invoices,
            posted_receipts: &self.receipts,
            linked: &BTreeMap::new(),
            only: &[],
        })
    }

    fn reasons(&self) -> Vec<(Action, String, String)> {
        let told = |operation: Operation| (operation.action, operation.key.0, operation.reason.code);
        self.plan().into_iter().map(told).collect()
    }

    fn held(&self, code: &str) {
        let operations = self.plan();
        assert!(!operations.is_empty());
        for operation in operations {
            assert_eq!((operation.action, operation.reason.code.as_str()), (Action::Blocked, code));
        }
    }
}

fn removed(key: &str, code: &str) -> (Action, String, String) {
    (Action::Remove, key.to_owned(), code.to_owned())
}

#[test]
fn the_invoice_of_a_cancelled_order_is_removed() {
    let posted = Posted::invoice();
    assert_eq!(posted.reasons(), [removed("void-invoice:140000001", "void_cancelled")]);
    let operation = posted.plan().remove(0);
    assert_eq!((operation.before["invoice_id"].as_str(), operation.before["total"].as_str()), ("900", "400000"));
    assert_eq!(operation.after, Fields::new());
    assert_eq!(total(&[operation]), 400_000.into());
}

#[test]
fn the_receipt_goes_before_the_invoice() {
    let mut posted = Posted::paid();
    posted.world.decide("void-invoice:140000001", RowChoice::Send);
    let expected = [removed("void-receipt:SLP-1", "void_receipt"), removed("void-invoice:140000001", "void_cancelled")];
    assert_eq!(posted.reasons(), expected);
    let operations = posted.plan();
    assert!(Removal.phase(&operations[0]) < Removal.phase(&operations[1]));
}

#[test]
fn the_receipt_of_money_that_came_is_not_deleted_before_a_person_says_so() {
    let posted = Posted::paid();
    posted.held("void_of_paid");
    let reason = posted.plan().remove(0).reason;
    let expected = Reason::new("void_of_paid").with("order", "240115CONTOH1").with("receipt", "SLP-1");
    assert_eq!(reason, expected.with("received", "400000").with("date", "2024-01-20"));
    // The documents go together: a decision about either row is about both.
    let both = [removed("void-receipt:SLP-1", "void_receipt"), removed("void-invoice:140000001", "void_cancelled")];
    for key in ["void-receipt:SLP-1", "void-invoice:140000001"] {
        let mut posted = Posted::paid();
        posted.world.decide(key, RowChoice::Send);
        assert_eq!(posted.reasons(), both, "{key}");
        posted.world.decide(key, RowChoice::Never);
        posted.held("skipped_by_person");
    }
    // Of two who say otherwise, nothing is deleted.
    let mut posted = Posted::paid();
    posted.world.decide("void-receipt:SLP-1", RowChoice::Never);
    posted.world.decide("void-invoice:140000001", RowChoice::Send);
    posted.held("skipped_by_person");
}

#[test]
fn both_receipts_of_an_invoice_paid_in_parts_are_named() {
    let mut posted = Posted::paid();
    posted.document.receipts.push("SLP-2".into());
    posted.held("void_receipt_not_read");
    let first = posted.receipt.clone().unwrap();
    let (number, date) = ("SLP-2".to_owned(), jiff::civil::date(2024, 1, 25));
    let second = ReceiptDocument { number, date, received: 60_000.into(), ..first };
    let key = OperationKey(format!("{}SLP-2", receipts::KEY_PREFIX));
    posted.receipts.insert(key, receipt_fields(&second));
    posted.second = Some(second);
    posted.held("void_of_paid");
    let params = posted.plan().remove(0).reason.params;
    let told = ["receipt", "received", "date"].map(|name| params[name].as_str());
    assert_eq!(told, ["SLP-1, SLP-2", "460000", "2024-01-25"]);
}

#[test]
fn an_invoice_voided_in_forstok_goes_too() {
    let mut posted = Posted::invoice();
    posted.orders[0].status = OrderStatus::Completed;
    assert_eq!(posted.plan(), []);
    let invoice = OrderInvoice { status: InvoiceStatus::Voided, ..shop_invoice(&posted.orders[0], [0; 5]) };
    assert!(void(&posted.orders[0], &HashMap::from([(posted.orders[0].id, invoice)])));
}

#[test]
fn a_document_that_somebody_has_changed_is_shown_and_stays() {
    let mut posted = Posted::invoice();
    posted.document.lines[0].quantity = 9.into();
    posted.held("document_changed");
    let mut posted = Posted::paid();
    if let Some(receipt) = &mut posted.receipt {
        receipt.received = 1.into();
    }
    posted.held("document_changed");
}

#[test]
fn what_selaras_did_not_post_stays_until_a_person_says_so() {
    let mut posted = Posted::invoice();
    posted.invoices.clear();
    posted.held("void_not_ours");
    posted.world.decide("void-invoice:140000001", RowChoice::Send);
    assert_eq!(posted.reasons(), [removed("void-invoice:140000001", "void_cancelled")]);
    let mut posted = Posted::paid();
    posted.receipts.clear();
    posted.held("void_receipt_not_ours");
    posted.receipt = None;
    posted.held("void_receipt_not_read");
}

#[test]
fn a_receipt_that_pays_others_a_return_and_a_closed_period_hold_it() {
    let mut posted = Posted::paid();
    if let Some(receipt) = &mut posted.receipt {
        receipt.payments.push(ReceiptPayment { invoice_no: "N2".into(), ..receipt.payments[0].clone() });
    }
    posted.held("void_receipt_of_several");
    let mut posted = Posted::invoice();
    posted.document.returned = Some(1.into());
    posted.held("void_has_return");
    let mut posted = Posted::invoice();
    posted.world.mapping.sales.closed_until = Some(jiff::civil::date(2024, 1, 15));
    posted.held("period_closed");
}

#[test]
fn a_removal_takes_back_what_was_posted_under_the_key_of_its_document() {
    let of = |key: OperationKey| takes_back(&key).map(|(kind, key)| (kind, key.0));
    assert_eq!(of(key(OrderId(7))), Some((invoices::KIND, invoices::key(OrderId(7)).0)));
    // A receipt's number is free text.
    assert_eq!(of(receipt_key("PAY-1: 7")), Some((receipts::KIND, "receipt:PAY-1: 7".to_owned())));
    assert_eq!(of(invoices::key(OrderId(7))), None);
    assert_eq!(of(OperationKey("void-invoice:seven".into())), None);
}
