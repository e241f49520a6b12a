//! Where the money of sales stands: one order taken apart, all of them reconciled, another integration compared, a month closed.
//!
//! Money is decimal text. Days are `yyyy-MM-dd` in WIB.

use super::{Id, PageQuery, PageView, ReasonView, SavedView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// One order with its waterfall, its documents and what Selaras has done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OrderSheetView {
    /// The order's id in Forstok.
    pub order_id: Id,
    /// Its number on the channel.
    pub number: String,
    /// Its store.
    pub store_id: Id,
    /// The store's name.
    pub store: String,
    /// Its channel.
    pub channel: String,
    /// Its status in Forstok's words.
    pub status: String,
    /// When it was placed.
    pub ordered_at: String,
    /// When the lists that it is told from were read.
    pub read_at: String,
    /// From what the buyer paid to the payout.
    pub bars: Vec<WaterfallBarView>,
    /// Whether nothing in it is unexplained.
    pub whole: bool,
    /// Whether the marketplace has paid it out; otherwise its fees are only what the order tells.
    pub paid_out: bool,
    /// Its invoice and receipts in Accurate, and the returns that Selaras has posted there.
    pub documents: Vec<OrderDocumentView>,
    /// Why its invoice would be held; `None` where it would not.
    pub held: Option<ReasonView>,
    /// Where its chain is broken, as the reconciliation has it.
    pub cause: String,
    /// The cause with its figures.
    pub reason: ReasonView,
    /// What Selaras has posted of it, and what waits for a person.
    pub journal: Vec<OrderJournalView>,
}

/// One bar of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WaterfallBarView {
    /// `buyer_paid`, `insurance`, `courier_shipping`, `buyer_shipping`, `tax_seen`, `discount_seen`, `voucher_seen`, `platform_voucher`,
    /// `seller_voucher_seen`, `goods`, `discount`, `voucher`, `tax`, `invoice`, `returned`, the six roles,
    /// `taken_back`, `payout`, `unexplained`.
    pub code: String,
    /// Whether it says what the figure has come to; every other bar moves it by its amount.
    pub level: bool,
    /// By how much; of a level the figure itself.
    pub amount: String,
    /// The figure after it.
    pub running: String,
    /// Number and name of the account that the mapping gives it.
    pub account: Option<String>,
    /// `outside`, `expected`, `invoice`, `receipt`, `return`, `differs`.
    pub booked: String,
}

/// A document of an order in Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OrderDocumentView {
    /// `invoice`, `receipt`, `return`.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: String,
    /// What it is worth; of a receipt what arrived for this order.
    pub amount: String,
    /// Its id in Accurate.
    pub record: Option<Id>,
    /// Whether Selaras posted it.
    pub by_selaras: bool,
}

/// What Selaras did with an order, or waits with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OrderJournalView {
    /// Kind of plan.
    pub kind: String,
    /// Key of the row.
    pub key: String,
    /// `posted`, `unknown`, `open` (in the inbox).
    pub state: String,
    /// The run.
    pub run: String,
    /// Why it waits.
    pub reason: Option<ReasonView>,
}

/// Which rows of the reconciliation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconciliationQuery {
    /// Only this store.
    pub store: Option<Id>,
    /// Only this month, `yyyy-MM`.
    pub month: Option<String>,
    /// Only rows of this cause.
    pub cause: Option<String>,
    /// Only rows whose number holds this.
    pub search: Option<String>,
    /// Read both sides anew first.
    pub refresh: bool,
    /// Which page; sorts by `day`, `number`, `amount`. Without a sort what has to be put right first comes first.
    pub page: PageQuery,
}

/// Order ↔ invoice ↔ receipt ↔ payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconciliationView {
    /// When both sides were read.
    pub read_at: String,
    /// Every cause that there is, what has to be put right first.
    pub causes: Vec<ReconciliationCauseView>,
    /// Each store with what belongs to it.
    pub stores: Vec<ReconciliationStoreView>,
    /// The clearing account of each store; always of everything that was read, not of the month alone.
    pub clearing: Vec<ClearingView>,
    /// What could not be read, or stands in for something else.
    pub notes: Vec<ReasonView>,
    /// One page of rows.
    pub rows: Vec<ReconciliationRowView>,
    /// Where the page lies.
    pub page: PageView,
}

/// The rows of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconciliationCauseView {
    /// `paid_twice`, `cancelled_not_voided`, `returned_not_booked`, `not_invoiced`, `invoice_differs`, `told_differently`,
    /// `payout_not_received`, `receipt_without_payout`, `amount_differs`, `fees_differ`, `received_elsewhere`, `refunded`,
    /// `order_unknown`, `payment_differs`, `other_movement`, `not_paid_out`, `withdrawal`, `not_due`, `ended`, `not_compared`,
    /// `outside`, `matched`.
    pub cause: String,
    /// Whether something is to be put right.
    pub open: bool,
    /// How many.
    pub count: u32,
    /// Σ by how much they are broken.
    pub amount: String,
    /// Σ of their payouts; over all causes the Σ of all payouts.
    pub paid_out: String,
    /// Σ of what was received for them.
    pub received: String,
}

/// What belongs to one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconciliationStoreView {
    /// The store; `None`: it cannot be told.
    pub store_id: Option<Id>,
    /// Its name.
    pub store: String,
    /// How many orders.
    pub orders: u32,
    /// Σ of its invoices in Accurate.
    pub invoiced: String,
    /// Σ of its payouts.
    pub paid_out: String,
    /// Σ of what was received.
    pub received: String,
    /// Rows that need to be put right.
    pub open: u32,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReconciliationRowView {
    /// The order's number, the invoice's, or the reference of the money.
    pub number: String,
    /// The order.
    pub order_id: Option<Id>,
    /// Name of its store, where it can be told.
    pub store: String,
    /// Its cause.
    pub cause: String,
    /// The cause with its figures.
    pub reason: ReasonView,
    /// The day that it belongs to.
    pub day: String,
    /// By how much it is broken; of a row that is not, what it is about.
    pub amount: String,
    /// Number of its invoice.
    pub invoice: Option<String>,
    /// Numbers of its receipts.
    pub receipts: Vec<String>,
    /// Σ of its payouts.
    pub paid_out: String,
    /// Σ of what was received for it.
    pub received: String,
}

/// A clearing account, and what brings it to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ClearingView {
    /// The account.
    pub account_id: Id,
    /// Its number and name.
    pub account: String,
    /// Names of the stores whose payouts come to it.
    pub stores: Vec<String>,
    /// What moved it before the month that is closed; nothing where all that was read is added up.
    pub opening: String,
    /// Σ of the receipts on it.
    pub received: String,
    /// Σ of what was withdrawn.
    pub withdrawn: String,
    /// Σ of the wallet's other movements.
    pub other: String,
    /// Opening + received + other − withdrawn.
    pub expected: String,
    /// What Accurate says, for a closed month carried back to its end; `None`: not read.
    pub balance: Option<String>,
    /// From the balance, or from what is expected where that is not read, to nothing.
    pub steps: Vec<ClearingStepView>,
}

/// One step towards nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ClearingStepView {
    /// `not_told`, a cause, `in_wallet`.
    pub code: String,
    /// By how much it moves the balance.
    pub amount: String,
}

/// What Selaras would have posted, against what another integration has posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShadowView {
    /// When both sides were read.
    pub read_at: String,
    /// Orders placed since this day were compared.
    pub since: String,
    /// How many invoices of orders agree and how many do not.
    pub counts: Vec<ShadowCountView>,
    /// The same of the receipts of their payouts.
    pub receipts: Vec<ShadowCountView>,
    /// Those that do not, invoices first; what is equal, and what both leave alone, is only counted.
    pub rows: Vec<ShadowRowView>,
    /// What could not be read, and so is not compared.
    pub notes: Vec<ReasonView>,
}

/// Documents that agree in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShadowCountView {
    /// `differs`, `missing`, `extra`, `equal`, `held`.
    pub agreement: String,
    /// How many.
    pub count: u32,
    /// Σ of what Selaras would have posted.
    pub expected: String,
    /// Σ of what was posted.
    pub found: String,
    /// Found less expected.
    pub amount: String,
}

/// One document of an order that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShadowRowView {
    /// `invoice`, `receipt`.
    pub document: String,
    /// `differs`, `missing`, `extra`.
    pub agreement: String,
    /// The order's number; without an order the invoice's.
    pub number: String,
    /// The order.
    pub order_id: Option<Id>,
    /// Number of what was posted.
    pub posted: Option<String>,
    /// Whether it was found by customer and total alone.
    pub by_looks: bool,
    /// Why Selaras would have held it, or it is extra.
    pub reason: Option<ReasonView>,
    /// What is otherwise.
    pub differences: Vec<ShadowDifferenceView>,
    /// What Selaras would have posted.
    pub expected: String,
    /// What was posted.
    pub found: String,
    /// Found less expected.
    pub amount: String,
}

/// One field that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ShadowDifferenceView {
    /// `date`, `customer_id`, `customer_no`, `branch_id`, `taxable`, `tax_inclusive`, `cash_discount`, `line`, `total`.
    pub field: String,
    /// Item code of a line.
    pub item_no: Option<String>,
    /// What Selaras would have posted.
    pub expected: String,
    /// What was posted.
    pub found: String,
    /// By how much it moves the invoice, where it is money.
    pub amount: Option<String>,
}

/// A month that was closed: two files, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MonthEndView {
    /// The month, `yyyy-MM`.
    pub month: String,
    /// When both sides were read.
    pub read_at: String,
    /// The sheets (.xlsx).
    pub workbook: SavedView,
    /// The page to print (.html).
    pub page: SavedView,
    /// Control totals, store by store; the last is the sum.
    pub totals: Vec<StoreTotalsView>,
    /// Orders that should be invoiced and are not.
    pub unposted: u32,
    /// Everything else that is open.
    pub exceptions: u32,
    /// The clearing accounts at the end of the month.
    pub clearing: Vec<ClearingView>,
    /// What could not be read, and which balances were carried back.
    pub notes: Vec<ReasonView>,
    /// The chain of certificates at this moment.
    pub chain: ChainView,
}

/// The control totals of one store. Each document counts by its own day in the month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StoreTotalsView {
    /// The store; `None`: it cannot be told, or the sum of all.
    pub store_id: Option<Id>,
    /// Its name; empty for the sum.
    pub store: String,
    /// Orders placed in the month.
    pub orders: u32,
    /// Σ of what their buyers paid.
    pub ordered: String,
    /// Invoices that Selaras posted and nobody took back.
    pub posted: u32,
    /// Σ of them.
    pub posted_total: String,
    /// Invoices of its orders that are in Accurate.
    pub found: u32,
    /// Σ of them.
    pub found_total: String,
    /// Σ of what its receipts brought.
    pub received: String,
    /// Σ of what was kept and added, by role.
    pub fees: Vec<RoleTotalView>,
    /// Σ of what was paid out.
    pub paid_out: String,
    /// Received less paid out.
    pub difference: String,
}

/// What one role's account took in receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RoleTotalView {
    /// The role; of roles that share an account the first.
    pub role: String,
    /// Σ; below zero for what was added.
    pub amount: String,
}

/// The chain of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChainView {
    /// Hash of the newest; empty when there is none.
    pub hash: String,
    /// How many there are.
    pub certificates: u32,
    /// Whether every one carries the hash of the one before it.
    pub whole: bool,
}
