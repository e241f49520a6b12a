//! Books in memory that hold documents of sales as Accurate does: numbers are unique, a receipt must make what it received, nothing is
//! deleted while something rests on it. With faults on order, like the other stand-ins.

use crate::stand_in::{DATABASE, Fault, Faults, lost};
use async_trait::async_trait;
use selaras_domain::accurate::{Account, Adjustment, Branch, Customer, Item, NewItem, StockRow, Tax, Warehouse};
use selaras_domain::amount::Money;
use selaras_domain::documents::{
    DocumentQuery, InvoiceDocument, NewCustomer, ReceiptDocument, ReceiptPayment, ReturnDocument,
};
use selaras_domain::ids::{
    AdjustmentId, CustomerId, DatabaseId, ItemId, SalesInvoiceId, SalesReceiptId, SalesReturnId,
};
use selaras_domain::plan::Reason;
use selaras_domain::unread::Listed;
use selaras_engine::ports::{Books, DUPLICATE, PortError, RowOutcome};
use std::collections::BTreeMap;
use std::sync::Mutex;

type Table<T> = Mutex<BTreeMap<i64, T>>;

/// Everything that can be compared: customers, invoices, receipts and returns by number, without their ids.
pub type State = (
    BTreeMap<String, String>,
    BTreeMap<String, InvoiceDocument>,
    BTreeMap<String, ReceiptDocument>,
    BTreeMap<String, ReturnDocument>,
);

#[derive(Default)]
pub struct SaleBooks {
    customers: Table<Customer>,
    invoices: Table<InvoiceDocument>,
    receipts: Table<ReceiptDocument>,
    returns: Table<ReturnDocument>,
    next_id: Mutex<i64>,
    faults: Faults,
    /// How many documents were ever made.
    pub creations: Mutex<u64>,
}

fn refused(code: &str) -> RowOutcome {
    RowOutcome::Rejected { reason: Reason::new(code) }
}

impl SaleBooks {
    /// Books whose next writes go wrong in this order; then everything works.
    pub fn with_faults(faults: &[Fault]) -> Self {
        Self { faults: Faults::of(faults), ..Self::default() }
    }

    /// Lets the next writes go wrong in this order.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.faults.set(faults);
    }

    fn add<T>(&self, table: &Table<T>, row: impl FnOnce(i64) -> T) -> RowOutcome {
        let mut next = self.next_id.lock().unwrap();
        *next += 1;
        table.lock().unwrap().insert(*next, row(*next));
        *self.creations.lock().unwrap() += 1;
        RowOutcome::Posted { record: Some(*next) }
    }

    fn remove<T>(&self, table: &Table<T>, id: i64, used: bool) -> Vec<RowOutcome> {
        if used {
            return vec![refused("still_used")];
        }
        vec![match table.lock().unwrap().remove(&id) {
            Some(_) => RowOutcome::Posted { record: Some(id) },
            None => RowOutcome::Unknown { reason: Reason::new("reference_wrong") },
        }]
    }

    async fn write<T>(
        &self,
        rows: &[T],
        number: fn(&T) -> &str,
        taken: impl Fn(&str) -> bool,
        create: impl Fn(&T) -> RowOutcome,
    ) -> Result<Vec<RowOutcome>, PortError> {
        let write = |refuse: bool| {
            rows.iter()
                .enumerate()
                .map(|(at, row)| match () {
                    () if taken(number(row)) => refused(DUPLICATE),
                    () if refuse && at % 2 == 1 => refused("field_required"),
                    () => create(row),
                })
                .collect()
        };
        self.faults.write(rows.len(), write).await
    }

    fn customer_id(&self, no: &str) -> Option<CustomerId> {
        self.customers.lock().unwrap().values().find(|customer| customer.no == no).map(|customer| customer.id)
    }

    fn create_invoice(&self, row: &InvoiceDocument) -> RowOutcome {
        let Some(customer) = self.customer_id(&row.customer_no) else { return refused("customer_not_found") };
        let goods: Money = row.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        self.add(&self.invoices, |id| InvoiceDocument {
            id: Some(SalesInvoiceId(id)),
            customer: Some(customer),
            // What the service makes of it, not what it was told.
            total: Some(goods - row.cash_discount),
            ..row.clone()
        })
    }

    fn paid(&self, invoice: &str) -> Money {
        let receipts = self.receipts.lock().unwrap();
        let payments = receipts.values().flat_map(|receipt| &receipt.payments);
        payments.filter(|payment| payment.invoice_no == invoice).map(|payment| payment.amount).sum()
    }

    fn create_receipt(&self, row: &ReceiptDocument) -> RowOutcome {
        let arrives: Money = row.payments.iter().map(ReceiptPayment::received).sum();
        if arrives != row.received {
            return refused("payment_too_small");
        }
        for payment in &row.payments {
            let invoices = self.invoices.lock().unwrap();
            let Some(invoice) = invoices.values().find(|invoice| invoice.number == payment.invoice_no) else {
                return refused("reference_not_found");
            };
            if Some(payment.amount + self.paid(&payment.invoice_no)) > invoice.total {
                return refused("overpaid");
            }
        }
        self.add(&self.receipts, |id| ReceiptDocument {
            id: Some(SalesReceiptId(id)),
            customer: self.customer_id(&row.customer_no),
            ..row.clone()
        })
    }

    fn create_return(&self, row: &ReturnDocument) -> RowOutcome {
        if !self.invoices.lock().unwrap().values().any(|invoice| invoice.number == row.invoice_no) {
            return refused("reference_not_found");
        }
        let goods: Money = row.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        self.add(&self.returns, |id| ReturnDocument {
            id: Some(SalesReturnId(id)),
            total: Some(goods - row.cash_discount),
            ..row.clone()
        })
    }

    /// An invoice as `detail.do` tells it: with what was paid on it and what came back.
    fn whole(&self, invoice: &InvoiceDocument) -> InvoiceDocument {
        let receipts = self.receipts.lock().unwrap();
        let pays = |receipt: &&ReceiptDocument| receipt.payments.iter().any(|one| one.invoice_no == invoice.number);
        let numbers = receipts.values().filter(pays).map(|receipt| receipt.number.clone()).collect();
        drop(receipts);
        let returned = self.returns.lock().unwrap();
        let returned = returned.values().filter(|back| back.invoice_no == invoice.number).filter_map(|back| back.total);
        InvoiceDocument {
            owing: invoice.total.map(|total| total - self.paid(&invoice.number)),
            receipts: numbers,
            returned: Some(returned.sum()),
            ..invoice.clone()
        }
    }

    pub fn state(&self) -> State {
        let customers = self.customers.lock().unwrap().values().map(|one| (one.no.clone(), one.name.clone())).collect();
        let bare = |one: &InvoiceDocument| InvoiceDocument { id: None, customer: None, ..one.clone() };
        let invoices = self.invoices.lock().unwrap().values().map(|one| (one.number.clone(), bare(one))).collect();
        let bare = |one: &ReceiptDocument| ReceiptDocument { id: None, customer: None, ..one.clone() };
        let receipts = self.receipts.lock().unwrap().values().map(|one| (one.number.clone(), bare(one))).collect();
        let bare = |one: &ReturnDocument| ReturnDocument { id: None, ..one.clone() };
        let returns = self.returns.lock().unwrap().values().map(|one| (one.number.clone(), bare(one))).collect();
        (customers, invoices, receipts, returns)
    }

    pub fn all_customers(&self) -> Vec<Customer> {
        self.customers.lock().unwrap().values().cloned().collect()
    }

    pub fn all_invoices(&self) -> Vec<InvoiceDocument> {
        let invoices: Vec<InvoiceDocument> = self.invoices.lock().unwrap().values().cloned().collect();
        invoices.iter().map(|invoice| self.whole(invoice)).collect()
    }

    pub fn all_receipts(&self) -> Vec<ReceiptDocument> {
        self.receipts.lock().unwrap().values().cloned().collect()
    }
}

fn chosen<T: Clone>(table: &Table<T>, query: &DocumentQuery, number: fn(&T) -> &str) -> Vec<T> {
    let wanted = |row: &&T| query.numbers.iter().any(|asked| asked == number(row));
    table.lock().unwrap().values().filter(wanted).cloned().collect()
}

#[async_trait]
impl Books for SaleBooks {
    fn database(&self) -> DatabaseId {
        DATABASE
    }
    async fn verify_session(&self) -> Result<(), PortError> {
        Ok(())
    }
    async fn customers(&self) -> Result<Listed<Customer>, PortError> {
        Ok(self.all_customers().into())
    }
    async fn save_customers(&self, rows: &[NewCustomer]) -> Result<Vec<RowOutcome>, PortError> {
        let create = |row: &NewCustomer| {
            self.add(&self.customers, |id| Customer {
                id: CustomerId(id),
                no: row.no.clone(),
                name: row.name.clone(),
                suspended: false,
                foreign: None,
            })
        };
        self.write(rows, |row| &row.no, |no| self.customer_id(no).is_some(), create).await
    }
    async fn delete_customer(&self, id: CustomerId) -> Result<RowOutcome, PortError> {
        let write = |_| {
            let used = self.invoices.lock().unwrap().values().any(|invoice| invoice.customer == Some(id));
            self.remove(&self.customers, id.0, used)
        };
        Ok(self.faults.write(1, write).await?.remove(0))
    }
    async fn save_invoices(&self, rows: &[InvoiceDocument]) -> Result<Vec<RowOutcome>, PortError> {
        let taken = |number: &str| self.invoices.lock().unwrap().values().any(|one| one.number == number);
        self.write(rows, |row| &row.number, taken, |row| self.create_invoice(row)).await
    }
    async fn invoices_of(&self, query: &DocumentQuery) -> Result<Listed<InvoiceDocument>, PortError> {
        Ok(chosen(&self.invoices, query, |row| &row.number).into())
    }
    async fn invoice_by_id(&self, id: SalesInvoiceId) -> Result<Option<InvoiceDocument>, PortError> {
        let found = self.invoices.lock().unwrap().get(&id.0).cloned();
        Ok(found.map(|invoice| self.whole(&invoice)))
    }
    async fn delete_invoice(&self, id: SalesInvoiceId) -> Result<RowOutcome, PortError> {
        let write = |_| {
            let found = self.invoices.lock().unwrap().get(&id.0).cloned();
            let used = found.is_some_and(|invoice| {
                let whole = self.whole(&invoice);
                !whole.receipts.is_empty() || whole.returned.is_some_and(Money::is_positive)
            });
            self.remove(&self.invoices, id.0, used)
        };
        Ok(self.faults.write(1, write).await?.remove(0))
    }
    async fn save_receipts(&self, rows: &[ReceiptDocument]) -> Result<Vec<RowOutcome>, PortError> {
        let taken = |number: &str| self.receipts.lock().unwrap().values().any(|one| one.number == number);
        self.write(rows, |row| &row.number, taken, |row| self.create_receipt(row)).await
    }
    async fn receipts_of(&self, query: &DocumentQuery) -> Result<Listed<ReceiptDocument>, PortError> {
        Ok(chosen(&self.receipts, query, |row| &row.number).into())
    }
    async fn receipt_by_id(&self, id: SalesReceiptId) -> Result<Option<ReceiptDocument>, PortError> {
        Ok(self.receipts.lock().unwrap().get(&id.0).cloned())
    }
    async fn delete_receipt(&self, id: SalesReceiptId) -> Result<RowOutcome, PortError> {
        Ok(self.faults.write(1, |_| self.remove(&self.receipts, id.0, false)).await?.remove(0))
    }
    async fn save_returns(&self, rows: &[ReturnDocument]) -> Result<Vec<RowOutcome>, PortError> {
        let taken = |number: &str| self.returns.lock().unwrap().values().any(|one| one.number == number);
        self.write(rows, |row| &row.number, taken, |row| self.create_return(row)).await
    }
    async fn returns_of(&self, query: &DocumentQuery) -> Result<Listed<ReturnDocument>, PortError> {
        Ok(chosen(&self.returns, query, |row| &row.number).into())
    }
    async fn return_by_id(&self, id: SalesReturnId) -> Result<Option<ReturnDocument>, PortError> {
        Ok(self.returns.lock().unwrap().get(&id.0).cloned())
    }
    async fn delete_return(&self, id: SalesReturnId) -> Result<RowOutcome, PortError> {
        Ok(self.faults.write(1, |_| self.remove(&self.returns, id.0, false)).await?.remove(0))
    }

    async fn items(&self) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn items_by_no(&self, _: &[String]) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn items_by_id(&self, _: &[ItemId]) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn accounts(&self) -> Result<Listed<Account>, PortError> {
        Ok(Listed::default())
    }
    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        Ok(Listed::default())
    }
    async fn branches(&self) -> Result<Listed<Branch>, PortError> {
        Ok(Listed::default())
    }
    async fn taxes(&self) -> Result<Listed<Tax>, PortError> {
        Ok(Listed::default())
    }
    async fn item_categories(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
    async fn units(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
    async fn stock(&self, _: &Warehouse) -> Result<Listed<StockRow>, PortError> {
        Ok(Listed::default())
    }
    async fn save_items(&self, _: &[NewItem]) -> Result<Vec<RowOutcome>, PortError> {
        Err(lost())
    }
    async fn save_adjustment(&self, _: &Adjustment) -> Result<RowOutcome, PortError> {
        Err(lost())
    }
    async fn adjustment_by_number(&self, _: &str) -> Result<Option<Adjustment>, PortError> {
        Ok(None)
    }
    async fn adjustment_by_id(&self, _: AdjustmentId) -> Result<Option<Adjustment>, PortError> {
        Ok(None)
    }
    async fn delete_item(&self, _: ItemId) -> Result<RowOutcome, PortError> {
        Err(lost())
    }
    async fn delete_adjustment(&self, _: AdjustmentId) -> Result<RowOutcome, PortError> {
        Err(lost())
    }
}
