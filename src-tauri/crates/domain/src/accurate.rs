//! What Accurate Online says now: the records that a snapshot holds, with the fields that plans and screens need.

use crate::amount::{Money, Quantity};
use crate::ids::{
    AccountId, AdjustmentId, BranchId, CustomerId, DatabaseId, ItemId, SalesInvoiceId, TaxId, WarehouseId,
};
use serde::{Deserialize, Serialize};

/// A company database as `db-list.do` shows it (accurate-online-api.md §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its id.
    pub id: DatabaseId,
    /// The company's name.
    pub alias: String,
    /// A trial company.
    pub trial: bool,
    /// Its licence has ended: it cannot be opened.
    pub expired: bool,
    /// Whether the signed-in user is its owner or administrator; `None` when the answer does not say.
    pub admin: Option<bool>,
    /// Last day of the licence as the service prints it, `dd/MM/yyyy`.
    pub licence_end: Option<String>,
}

/// The sixteen account types (accurate-online-api.md §6.3, doc).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the service's own")]
pub enum AccountType {
    CashBank,
    AccountReceivable,
    Inventory,
    OtherCurrentAsset,
    FixedAsset,
    AccumulatedDepreciation,
    OtherAsset,
    AccountPayable,
    OtherCurrentLiability,
    LongTermLiability,
    Equity,
    Revenue,
    Cogs,
    Expense,
    OtherIncome,
    OtherExpense,
    /// A type that this program does not know yet.
    #[serde(other)]
    Unknown,
}

/// A general-ledger account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its number, as the accountant knows it (`110.104`).
    pub no: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub account_type: AccountType,
    /// Whether it has accounts below it; such an account cannot be posted to.
    pub parent: bool,
    /// Whether it is inactive.
    pub suspended: bool,
    /// Its balance, when the service says it.
    pub balance: Option<Money>,
    /// The currency that it is kept in, where that is told and is not the rupiah: no document of a shop can be posted to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
}

impl Account {
    /// Whether a document can be posted to it.
    #[must_use]
    pub fn postable(&self) -> bool {
        !self.parent && !self.suspended
    }
}

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warehouse {
    /// Its id.
    pub id: WarehouseId,
    /// Its name; writes refer to it by name, so it is read anew before each run.
    pub name: String,
    /// Whether it is the default warehouse.
    pub default: bool,
    /// Whether it holds scrap.
    pub scrap: bool,
    /// Whether it is inactive.
    pub suspended: bool,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// Whether it is the default branch.
    pub default: bool,
    /// Whether it is inactive.
    pub suspended: bool,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Its number.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Whether it is inactive.
    pub suspended: bool,
    /// The currency of its documents, where that is told and is not the rupiah: what a shop sells is in rupiah.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
}

/// A tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Its id.
    pub id: TaxId,
    /// Its code or description, as shown.
    pub name: String,
    /// Its type (`PPN`, `PPH23`, …).
    pub tax_type: String,
}

/// An item. Fields that the answer did not carry are `None`, so that a proof never compares what was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its code; equal to the SKU in Forstok by rule.
    pub no: String,
    /// Its name.
    pub name: String,
    /// `INVENTORY`, `SERVICE`, …
    pub item_type: Option<String>,
    /// Barcode; an empty text when the answer says that there is none.
    pub upc: Option<String>,
    /// Default selling price.
    pub unit_price: Option<Money>,
    /// Whether it is inactive.
    pub suspended: bool,
}

/// An item with what only a proof compares of it. Fields that the answer did not carry are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullItem {
    /// The item.
    pub item: Item,
    /// Name of its first unit.
    pub unit: Option<String>,
    /// Name of its category.
    pub category: Option<String>,
    /// Default purchase price.
    pub vendor_price: Option<Money>,
    /// Its tax.
    pub tax: Option<TaxId>,
}

impl From<Item> for FullItem {
    fn from(item: Item) -> Self {
        Self { item, unit: None, category: None, vendor_price: None, tax: None }
    }
}

/// The figure of one item in one warehouse (`list-stock.do`, on hand; accurate-online-api.md §8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRow {
    /// Which warehouse.
    pub warehouse: WarehouseId,
    /// Which item.
    pub item: ItemId,
    /// The item's code at the time of reading.
    pub no: String,
    /// On hand in unit 1; may be below zero.
    pub quantity: Quantity,
}

/// A sales invoice as its list shows it: enough to know which order it is of (forstok-accounting-flow.md §6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesInvoice {
    /// Its id.
    pub id: SalesInvoiceId,
    /// Its number; for an order of a channel, the order's number there.
    pub number: String,
    /// Its date; `None` where the answer carries none that can be read.
    pub date: Option<jiff::civil::Date>,
    /// Its description ("Keterangan"); for an order of a channel, the order's id in Forstok.
    pub description: Option<String>,
    /// Its customer; `None` where the answer does not say it.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// What it comes to; `None` where the answer does not say it.
    #[serde(default)]
    pub total: Option<Money>,
}

/// An item to be created. Carries no stock: item sync writes none (design rule 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewItem {
    /// Item code.
    pub no: String,
    /// Name.
    pub name: String,
    /// Name of its unit.
    pub unit: String,
    /// Name of its category.
    pub category: String,
    /// Default selling price.
    pub unit_price: Option<Money>,
    /// Default purchase price, from the cost price that the shop itself keeps in Forstok.
    pub vendor_price: Option<Money>,
    /// Barcode.
    pub upc: Option<String>,
    /// Tax, when the company's mapping has one.
    pub tax: Option<TaxId>,
}

/// One line of an inventory adjustment that brings stock in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentLine {
    /// Item code.
    pub item_no: String,
    /// The item; `None` where the answer does not say it, and on a write.
    #[serde(default)]
    pub item: Option<ItemId>,
    /// How many come in; above zero.
    pub quantity: Quantity,
    /// Cost of each; asked for, never derived from a price.
    pub unit_cost: Money,
    /// Name of the warehouse (writes refer to warehouses by name).
    pub warehouse: String,
    /// The warehouse; `None` where the answer does not say it, and on a write.
    #[serde(default)]
    pub warehouse_id: Option<WarehouseId>,
}

/// An inventory adjustment ("Penyesuaian Persediaan") with its own number, so that it can be found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Its id; `None` before it is written, or when the answer does not say it.
    pub id: Option<AdjustmentId>,
    /// Document number; the key of the write.
    pub number: String,
    /// Date of the document.
    pub date: jiff::civil::Date,
    /// Text on the document.
    pub description: String,
    /// Number of the stock-adjustment account.
    pub account_no: String,
    /// The account; `None` where the answer does not say it, and on a write.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Branch, where the company has several.
    pub branch: Option<BranchId>,
    /// Its lines.
    pub lines: Vec<AdjustmentLine>,
}
