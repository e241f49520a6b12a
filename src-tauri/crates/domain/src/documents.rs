//! The documents of a sale in Accurate, as they are written and as they are read back: sales invoice, sales receipt, sales return
//! (accurate-online-api.md §6.8–§6.10), and the customer that they are for (§6.7).
//!
//! One shape serves both ways. What only an answer can say is an `Option`, and `None` before the document is written; writes refer to
//! records by number or name, reads name them by id too.

use crate::amount::{Money, Quantity};
use crate::ids::{AccountId, BranchId, CustomerId, ItemId, SalesInvoiceId, SalesReceiptId, SalesReturnId, WarehouseId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A customer to be made: the store stands for its buyers (forstok-accounting-flow.md §6.2, seen).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCustomer {
    /// Its number; the key of the write.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Since when it is a customer.
    pub date: Date,
    /// Its branch, where the company has several.
    pub branch: Option<BranchId>,
}

/// A line of goods, in an invoice or in a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLine {
    /// Item code.
    pub item_no: String,
    /// The item; `None` where the answer does not say it, and on a write.
    pub item: Option<ItemId>,
    /// The text of the line; at most 230 characters are kept (accurate-online-api.md §8, seen).
    pub name: String,
    /// A note; empty for none.
    pub note: String,
    /// How many, in unit 1.
    pub quantity: Quantity,
    /// Price of one.
    pub unit_price: Money,
    /// Discount on the whole line, as it is read (§6.8, seen); never written by this program.
    pub discount: Money,
    /// Name of the warehouse; empty where the answer does not say it.
    pub warehouse: String,
    /// The warehouse; `None` where the answer does not say it.
    pub warehouse_id: Option<WarehouseId>,
    /// Whether the item's tax applies (`useTax1`).
    pub taxed: bool,
}

/// A sales invoice ("Faktur Penjualan").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceDocument {
    /// Its id; `None` before it is written, or when the answer does not say it.
    pub id: Option<SalesInvoiceId>,
    /// Its number; the key of the write.
    pub number: String,
    /// Its date.
    pub date: Date,
    /// "Keterangan"; for an order of a channel, its id in Forstok.
    pub description: String,
    /// Number of the customer.
    pub customer_no: String,
    /// The customer; `None` where the answer does not say it.
    pub customer: Option<CustomerId>,
    /// The branch; always sent where the company has several.
    pub branch: Option<BranchId>,
    /// Whether tax is worked out (`taxable`).
    pub taxable: bool,
    /// Whether prices hold the tax (`inclusiveTax`).
    pub tax_inclusive: bool,
    /// Discount on the whole document, in rupiah.
    pub cash_discount: Money,
    /// Recipient and address; `None`: not sent, not shown.
    pub to_address: Option<String>,
    /// Its lines.
    pub lines: Vec<DocumentLine>,
    /// What the service makes it come to; `None` before it is written.
    pub total: Option<Money>,
    /// What is still owed on it; `None` where the answer does not say it (it is not in lists, §6.8, seen).
    pub owing: Option<Money>,
    /// Numbers of the receipts that pay it (`receiptHistory`, seen).
    pub receipts: Vec<String>,
    /// What came back of it (`primeReturn`, seen); `None` where the answer does not say it.
    pub returned: Option<Money>,
}

/// One discount of a receipt: a fee of the marketplace, or with an amount below zero what it adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptDiscount {
    /// Number of the account.
    pub account_no: String,
    /// The account; `None` where the answer does not say it.
    pub account: Option<AccountId>,
    /// How much; below zero for rebates and shipping income (§6.9, seen).
    pub amount: Money,
}

/// One invoice that a receipt pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptPayment {
    /// Number of the invoice.
    pub invoice_no: String,
    /// The invoice; `None` where the answer does not say it.
    pub invoice: Option<SalesInvoiceId>,
    /// What of the invoice is settled, discounts included.
    pub amount: Money,
    /// What was kept or added.
    pub discounts: Vec<ReceiptDiscount>,
}

impl ReceiptPayment {
    /// What arrives of it: the amount less the discounts.
    #[must_use]
    pub fn received(&self) -> Money {
        self.amount - self.discounts.iter().map(|discount| discount.amount).sum()
    }
}

/// A sales receipt ("Penerimaan Penjualan").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptDocument {
    /// Its id; `None` before it is written, or when the answer does not say it.
    pub id: Option<SalesReceiptId>,
    /// Its number; the key of the write.
    pub number: String,
    /// Its date.
    pub date: Date,
    /// Text on it.
    pub description: String,
    /// Number of the customer.
    pub customer_no: String,
    /// The customer; `None` where the answer does not say it.
    pub customer: Option<CustomerId>,
    /// Number of the cash & bank account.
    pub bank_no: String,
    /// The account; `None` where the answer does not say it.
    pub bank: Option<AccountId>,
    /// The branch; always sent where the company has several.
    pub branch: Option<BranchId>,
    /// What was received. Accurate demands that it is Σ [`ReceiptPayment::received`] (forstok-accounting-flow.md §6.3).
    pub received: Money,
    /// The invoices that it pays.
    pub payments: Vec<ReceiptPayment>,
}

/// A sales return ("Retur Penjualan") of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnDocument {
    /// Its id; `None` before it is written, or when the answer does not say it.
    pub id: Option<SalesReturnId>,
    /// Its number; the key of the write.
    pub number: String,
    /// Its date.
    pub date: Date,
    /// Text on it.
    pub description: String,
    /// Number of the customer.
    pub customer_no: String,
    /// The customer; `None` where the answer does not say it.
    pub customer: Option<CustomerId>,
    /// Number of the invoice that the goods were sold with.
    pub invoice_no: String,
    /// The branch; always sent where the company has several.
    pub branch: Option<BranchId>,
    /// Whether tax is worked out.
    pub taxable: bool,
    /// Whether prices hold the tax.
    pub tax_inclusive: bool,
    /// Its lines; their warehouses are where the goods are put back.
    pub lines: Vec<DocumentLine>,
    /// Discount on the whole document, in rupiah: the share of the invoice's own.
    pub cash_discount: Money,
    /// What the service makes it come to; `None` before it is written.
    pub total: Option<Money>,
}

/// Which documents are read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Their numbers.
    pub numbers: Vec<String>,
    /// The days that they are dated within, first and last, where that is known: with many numbers the span is read instead of each
    /// number.
    pub dated: Option<(Date, Date)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_the_amount_less_fees_and_with_rebates() {
        let discount = |amount: i64| ReceiptDiscount { account_no: "7".into(), account: None, amount: amount.into() };
        let payment = ReceiptPayment {
            invoice_no: "A".into(),
            invoice: None,
            amount: Money::from(400_000),
            discounts: [-5_000, 20_000, 26_000, 3_000].map(discount).into(),
        };
        assert_eq!(payment.received(), Money::from(356_000));
    }
}
