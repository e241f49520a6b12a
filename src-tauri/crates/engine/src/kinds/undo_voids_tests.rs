use super::super::sales_fixture::*;
use super::*;
use crate::kinds::removal::{of_invoice, of_receipt as of_receipt_document};
use crate::kinds::{executor, voids};
use jiff::civil::date;
use selaras_domain::documents::ReceiptPayment;
use selaras_domain::ids::{OrderId, SalesInvoiceId, SalesReceiptId};
use selaras_domain::plan::{PlanKind, Target};

const NUMBER: &str = "240115CONTOH1";

/// A run that has removed a receipt and its invoice, and Accurate as it is now.
struct Removed {
    world: World,
    rows: Vec<Written>,
    invoice: InvoiceDocument,
    receipt: ReceiptDocument,
    invoices: HashMap<String, InvoiceDocument>,
    receipts: HashMap<String, ReceiptDocument>,
}

fn row(key: &str, record: &str, mut before: Fields) -> Written {
    let told =
        [("order_id", "140000001"), ("store_id", "7001"), ("store_name", "Toko-Contoh-1"), ("channel", "Shopee")];
    before.extend(told.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let target = Target { side: Side::Accurate, database: DATABASE, record: record.to_owned() };
    let (action, reason) = (Action::Remove, Reason::new("void_cancelled"));
    let key = OperationKey(key.to_owned());
    let after = Fields::new();
    let operation = Operation { key, action, target, before, after, reason, group: String::new() };
    Written { operation, record: None, taken: false }
}

impl Removed {
    fn new() -> Self {
        let world = World::new();
        let invoice = world.invoice(&reference_order());
        let invoice = InvoiceDocument { id: Some(SalesInvoiceId(900)), owing: Some(0.into()), ..invoice };
        let payment = ReceiptPayment {
            invoice_no: NUMBER.into(),
            invoice: invoice.id,
            amount: 400_000.into(),
            discounts: Vec::new(),
        };
        let receipt = ReceiptDocument {
            id: Some(SalesReceiptId(300)),
            number: "SLP-1".into(),
            date: date(2024, 1, 20),
            description: "PAY-1 SLP-1".into(),
            customer_no: "7001".into(),
            customer: invoice.customer,
            bank_no: "110102".into(),
            bank: None,
            branch: None,
            received: 400_000.into(),
            payments: vec![payment],
        };
        let rows = vec![
            row("void-receipt:SLP-1", "SLP-1", of_receipt_document(&receipt)),
            row(&voids::key(OrderId(140_000_001)).0, NUMBER, of_invoice(&invoice)),
        ];
        Self { world, rows, invoice, receipt, invoices: HashMap::new(), receipts: HashMap::new() }
    }

    fn plan(&self) -> Vec<Operation> {
        plan(&UndoVoidsInput {
            company: &self.world.company(),
            removed: &self.rows,
            invoices: &self.invoices,
            receipts: &self.receipts,
        })
    }

    /// Action and reason of the receipt, and of the invoice.
    fn told(&self) -> [(Action, String); 2] {
        let told = |operation: Operation| (operation.action, operation.reason.code);
        let told: Vec<_> = self.plan().into_iter().map(told).collect();
        told.try_into().unwrap()
    }

    /// The invoice with another one of its number in the books, as this makes it.
    fn found(mut self, change: impl FnOnce(&mut InvoiceDocument)) -> Self {
        let mut found = InvoiceDocument { id: Some(SalesInvoiceId(950)), ..self.invoice.clone() };
        change(&mut found);
        self.invoices.insert(NUMBER.to_owned(), found);
        self
    }
}

fn is(action: Action, code: &str) -> (Action, String) {
    (action, code.to_owned())
}

fn back() -> (Action, String) {
    is(Action::Create, "undo_removed_by_run")
}

#[test]
fn what_was_removed_is_entered_as_it_was_and_its_invoice_first() {
    let removed = Removed::new();
    assert_eq!(removed.told(), [back(), back()]);
    let operations = removed.plan();
    let keys: Vec<&str> = operations.iter().map(|one| one.key.0.as_str()).collect();
    assert_eq!(keys, ["undo:void-receipt:SLP-1", "undo:void-invoice:140000001"]);
    let phase = |operation: &Operation| UndoVoids::default().phase(operation);
    assert!(phase(&operations[1]) < phase(&operations[0]));
    assert_eq!(total(&operations), 400_000.into());
    // What is sent is the document, without its old id and without what rested on it.
    let sent = documents::invoice(&operations[1]).unwrap();
    assert_eq!(sent, InvoiceDocument { id: None, owing: None, lines: sent.lines.clone(), ..removed.invoice.clone() });
    assert_eq!(invoice_fields(&sent), invoice_fields(&removed.invoice));
    let sent = documents::receipt(&operations[0]).unwrap();
    assert_eq!((sent.id, receipt_fields(&sent)), (None, receipt_fields(&removed.receipt)));
    for operation in &operations {
        assert_eq!(operation.before, Fields::new());
        let marks = ["document", "invoice_id", "receipt_id", "receipts", "returned"];
        assert!(marks.iter().all(|mark| !operation.after.contains_key(*mark)), "{:?}", operation.after);
        let shown = ["order_id", "store_id", "store_name", "channel", "customer_id"];
        assert!(shown.iter().all(|name| operation.after.contains_key(*name)), "{:?}", operation.after);
    }
}

#[test]
fn a_number_that_is_there_again_is_back_already_or_somebody_elses() {
    let removed = Removed::new().found(|_| ());
    assert_eq!(removed.told(), [back(), is(Action::Same, "undo_back_already")]);
    assert_eq!(total(&removed.plan()), Money::ZERO);
    let other = Removed::new().found(|invoice| invoice.lines[0].quantity = 9.into());
    let [receipt, invoice] = other.told();
    assert_eq!(invoice, is(Action::Blocked, "number_taken"));
    // That one is not what the receipt has paid.
    assert_eq!(receipt, is(Action::Blocked, "payout_waits_for_invoice"));

    let mut removed = Removed::new();
    removed
        .receipts
        .insert("SLP-1".into(), ReceiptDocument { id: Some(SalesReceiptId(350)), ..removed.receipt.clone() });
    assert_eq!(removed.told(), [is(Action::Same, "undo_back_already"), back()]);
    if let Some(receipt) = removed.receipts.get_mut("SLP-1") {
        receipt.received = 1.into();
    }
    assert_eq!(removed.told(), [is(Action::Blocked, "number_taken"), back()]);
}

#[test]
fn nothing_comes_back_into_a_closed_period_or_before_the_start() {
    let mut removed = Removed::new();
    removed.world.mapping.sales.closed_until = Some(date(2024, 1, 15));
    let waits = is(Action::Blocked, "payout_waits_for_invoice");
    assert_eq!(removed.told(), [waits.clone(), is(Action::Blocked, "period_closed")]);
    assert_eq!(removed.plan()[0].reason.params["order"], NUMBER);
    removed.world.mapping.sales.closed_until = Some(date(2024, 1, 31));
    assert_eq!(removed.told(), [is(Action::Blocked, "period_closed"), is(Action::Blocked, "period_closed")]);
    let mut removed = Removed::new();
    removed.world.start_date = Some(date(2024, 1, 16));
    assert_eq!(removed.told(), [waits, is(Action::Blocked, "date_before_start")]);
}

#[test]
fn a_receipt_needs_its_invoice_there_or_in_the_same_plan() {
    let mut removed = Removed::new();
    let invoice = removed.rows.remove(1);
    let told = |removed: &Removed| removed.plan()[0].reason.code.clone();
    assert_eq!(told(&removed), "payout_waits_for_invoice");
    removed = removed.found(|_| ());
    assert_eq!(told(&removed), "undo_removed_by_run");
    // An invoice that was taken back before and has gone since does not come back.
    removed.invoices.clear();
    removed.rows.push(Written { taken: true, ..invoice });
    let waits = is(Action::Blocked, "payout_waits_for_invoice");
    assert_eq!(removed.told(), [waits, is(Action::Same, "undo_taken_before")]);
}

#[test]
fn the_customer_must_be_there_and_is_named_by_its_number_of_now() {
    let mut removed = Removed::new();
    removed.world.customers[0].suspended = true;
    assert_eq!(removed.told()[1], is(Action::Blocked, "customer_inactive"));
    removed.world.customers.remove(0);
    let [_, invoice] = removed.plan().try_into().unwrap();
    assert_eq!(invoice.reason, Reason::new("customer_gone").with("store", "Toko-Contoh-1"));
    let mut removed = Removed::new();
    removed.world.customers[0].no = "C.77".into();
    assert!(removed.plan().iter().all(|one| one.action == Action::Create && one.after["customer_no"] == "C.77"));
}

#[test]
fn an_invoice_with_more_on_it_than_can_be_sent_is_left_to_a_person() {
    let with = |change: fn(&mut InvoiceDocument)| {
        let mut removed = Removed::new();
        change(&mut removed.invoice);
        removed.rows[1] = row("void-invoice:140000001", NUMBER, of_invoice(&removed.invoice));
        removed.told()[1].clone()
    };
    let held = is(Action::Blocked, "undo_not_as_it_was");
    assert_eq!(with(|invoice| invoice.lines[0].discount = 500.into()), held);
    assert_eq!(with(|invoice| invoice.total = Some(410_000.into())), held);
    let taxed = |invoice: &mut InvoiceDocument| {
        (invoice.taxable, invoice.total) = (true, Some(444_000.into()));
    };
    assert_eq!(with(taxed), back());
}

#[test]
fn the_numbers_to_look_for_are_those_removed_and_those_that_were_paid() {
    let removed = Removed::new();
    let own = |numbers: &[&str]| numbers.iter().map(|number| (*number).to_owned()).collect();
    assert_eq!(numbers(&removed.rows), Numbers { invoices: own(&[NUMBER]), receipts: own(&["SLP-1"]) });
    assert_eq!(numbers(&removed.rows[..1]), Numbers { invoices: own(&[NUMBER]), receipts: own(&["SLP-1"]) });
    assert_eq!(numbers(&removed.rows[1..]), Numbers { invoices: own(&[NUMBER]), receipts: own(&[]) });
}

#[test]
fn voids_have_an_undo_that_sends_nothing_twice() {
    let undo = undo::kind_of(&PlanKind::named(voids::KIND)).unwrap();
    assert_eq!(undo.0, KIND);
    let executor = executor(&undo).unwrap();
    assert!(executor.writes_books() && !executor.repeatable() && undo::kind_of(&undo).is_none());
}
