use super::super::sales_fixture::*;
use super::*;
use crate::documents::invoice_fields;
use crate::kinds::invoices;
use crate::kinds::removal::Removal;
use crate::kinds::{Executor, undo};
use selaras_domain::plan::OperationKey;

struct Posted {
    world: World,
    rows: Vec<Written>,
    document: InvoiceDocument,
    existing: Vec<SalesInvoice>,
}

impl Posted {
    /// A run that has made a customer and posted an order's invoice.
    fn new() -> Self {
        let mut world = World::new();
        (world.mapping.stores[0].customer_id, world.customers) = (None, Vec::new());
        let orders = [reference_order()];
        let (operations, document) = world
            .with_invoices(&orders, |input| (invoices::plan(input).0, invoices::document(input, &orders[0]).unwrap()));
        let (no, name) = ("7001".into(), "Toko-Contoh-1".into());
        let made = Customer { id: CustomerId(77), no, name, suspended: false, foreign: None };
        world.customers.push(made);
        let document = InvoiceDocument { id: Some(SalesInvoiceId(900)), customer: Some(CustomerId(77)), ..document };
        let records = [77, 900];
        let rows = operations
            .into_iter()
            .zip(records)
            .map(|(operation, record)| Written { operation, record: Some(record), taken: false })
            .collect();
        let existing = vec![head(&document)];
        Self { world, rows, document, existing }
    }

    fn plan(&self) -> Vec<Operation> {
        plan(&UndoSalesInput {
            company: &self.world.company(),
            posted: &self.rows,
            invoices: &HashMap::from([(SalesInvoiceId(900), self.document.clone())]),
            receipts: &HashMap::new(),
            returns: &HashMap::new(),
            existing: &self.existing,
        })
    }

    fn reasons(&self) -> Vec<(Action, String)> {
        self.plan().into_iter().map(|operation| (operation.action, operation.reason.code)).collect()
    }
}

use selaras_domain::accurate::Customer;

fn told(rows: &[(Action, &str)]) -> Vec<(Action, String)> {
    rows.iter().map(|(action, code)| (*action, (*code).to_owned())).collect()
}

#[test]
fn invoices_are_taken_back_and_the_customers_made_for_them_after_them() {
    let posted = Posted::new();
    assert_eq!(posted.reasons(), told(&[(Action::Remove, "undo_made_by_run"); 2]));
    let operations = posted.plan();
    assert_eq!(operations[1].key, undo::key(&OperationKey("invoice:140000001".into())));
    assert!(Removal.phase(&operations[1]) < Removal.phase(&operations[0]));
    assert_eq!(total(INVOICES, &operations), 400_000.into());
    assert_eq!(operations[1].before["order_id"], "140000001");
}

#[test]
fn what_is_paid_returned_changed_or_gone_is_told_and_its_customer_stays() {
    let mut posted = Posted::new();
    posted.document.receipts.push("SLP-1".into());
    assert_eq!(
        posted.reasons(),
        told(&[(Action::Blocked, "undo_customer_used"), (Action::Blocked, "undo_has_receipt")])
    );
    let mut posted = Posted::new();
    posted.document.returned = Some(1.into());
    assert_eq!(posted.reasons()[1], (Action::Blocked, "undo_has_return".to_owned()));
    let mut posted = Posted::new();
    posted.document.description = "diubah".into();
    assert_eq!(posted.reasons()[1], (Action::Blocked, "undo_changed".to_owned()));
    let mut posted = Posted::new();
    posted.world.mapping.sales.closed_until = Some(jiff::civil::date(2024, 1, 15));
    assert_eq!(posted.reasons()[1], (Action::Blocked, "period_closed".to_owned()));
    let mut posted = Posted::new();
    posted.rows[1].record = Some(901);
    assert_eq!(posted.reasons()[1], (Action::Same, "undo_gone".to_owned()));
}

#[test]
fn a_customer_that_another_invoice_uses_stays() {
    let mut posted = Posted::new();
    posted.existing.push(SalesInvoice { number: "SI.1".into(), ..posted.existing[0].clone() });
    assert_eq!(
        posted.reasons(),
        told(&[(Action::Blocked, "undo_customer_used"), (Action::Remove, "undo_made_by_run")])
    );
}

#[test]
fn an_invoice_as_the_run_wrote_it_compares_by_ids() {
    let mut posted = Posted::new();
    posted.document.lines[0].warehouse = "Gudang berganti nama".into();
    assert_eq!(invoice_fields(&posted.document)["line.001.warehouse_name"], "Gudang berganti nama");
    assert_eq!(posted.reasons()[1], (Action::Remove, "undo_made_by_run".to_owned()));
}
