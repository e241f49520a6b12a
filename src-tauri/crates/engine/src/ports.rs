//! What the engine needs from the outside: the books, the shop, the journal. Each trait is as narrow as its users.
//!
//! Reads repeat by themselves behind these traits; writes never do. A write's error says whether it may have arrived. A list comes with the
//! rows that could not be read: one bad row stops none of the others, and is never taken for one that is not there.

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use selaras_domain::accurate::{
    Account, Adjustment, Branch, Customer, Database, FullItem, Item, NewItem, SalesInvoice, StockRow, Tax, Warehouse,
};
use selaras_domain::documents::{DocumentQuery, InvoiceDocument, NewCustomer, ReceiptDocument, ReturnDocument};
use selaras_domain::forstok::{self, Capabilities, PendingAction, PendingListing, QuantityLine, Variant};
use selaras_domain::ids::{
    AdjustmentId, CustomerId, DatabaseId, ItemId, ListingId, ListingVariantId, SalesInvoiceId, SalesReceiptId,
    SalesReturnId,
};
use selaras_domain::order::{Order, OrderInvoice, Payment};
use selaras_domain::plan::{Operation, OperationKey, Reason};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_domain::unread::{Listed, UnreadRow};

/// Why a call to a service, or to the store, did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The service refused the whole call, with a reason out of its catalogue; a refused row is a [`RowOutcome`].
    #[error("{side} refused: {} {}", reason.code, message)]
    Rejected {
        /// `accurate` or `forstok`.
        side: &'static str,
        /// Classified reason.
        reason: Reason,
        /// The service's own words.
        message: String,
    },
    /// No connection could be made, or the time for making one ran out: nothing was sent.
    #[error("{side} cannot be reached")]
    Offline {
        /// Which service.
        side: &'static str,
    },
    /// The sign-in has ended; a person has to sign in again.
    #[error("the sign-in at {side} has ended")]
    SignInNeeded {
        /// Which service.
        side: &'static str,
    },
    /// A permission is missing.
    #[error("the permission {scope} is missing")]
    Forbidden {
        /// Name of the scope.
        scope: String,
    },
    /// The session belongs to another database than the operation names: nothing was sent.
    #[error("the session belongs to database {found}, not {expected}")]
    WrongDatabase {
        /// What the operation names.
        expected: DatabaseId,
        /// What the session is for.
        found: DatabaseId,
    },
    /// The service asks to slow down and did not take the request.
    #[error("{side} asks to slow down")]
    Busy {
        /// Which service.
        side: &'static str,
    },
    /// The answer never came, or cannot be read: a write may have arrived.
    #[error("no usable answer from {side}: {detail}")]
    Unknown {
        /// Which service.
        side: &'static str,
        /// What was seen, without body or secrets.
        detail: String,
    },
    /// A single record that was asked for is there and cannot be read. Nothing was written.
    #[error("{side} answers a record of {} that cannot be read: {}", row.list.name(), row.place)]
    Unreadable {
        /// Which service.
        side: &'static str,
        /// What can be told of it.
        row: Box<UnreadRow>,
    },
    /// This account or database offers no such call.
    #[error("{side} does not offer {what}")]
    NotOffered {
        /// Which service.
        side: &'static str,
        /// Which list or action.
        what: String,
    },
    /// The local store failed.
    #[error("local storage: {detail}")]
    Storage {
        /// What a person can do about it.
        fault: StorageFault,
        /// What was seen.
        detail: String,
    },
}

/// Which fault of the local store it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageFault {
    /// No room is left.
    Full,
    /// It may not be written.
    ReadOnly {
        /// Where; empty where that is not known.
        path: String,
    },
    /// Another program holds it.
    Held,
    /// It is damaged.
    Damaged {
        /// Where; empty where that is not known.
        path: String,
    },
    /// Any other.
    Other,
}

impl PortError {
    /// A fault of the local store of which no more is known.
    #[must_use]
    pub fn storage(detail: impl ToString) -> Self {
        Self::Storage { fault: StorageFault::Other, detail: detail.to_string() }
    }

    /// Whether a write that ended so may have reached the other side. Every other error stops the run in order: nothing was written,
    /// no row is to be marked failed for it, and the run can go on when its cause is gone.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// The reason as code and parameters, for a row or a screen.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Rejected { reason, .. } => reason.clone(),
            Self::Offline { side } => Reason::new("offline").with("side", side),
            Self::SignInNeeded { side } => Reason::new("sign_in_needed").with("side", side),
            Self::Forbidden { scope } => Reason::new("scope_missing").with("scope", scope),
            Self::WrongDatabase { expected, found } => {
                Reason::new("wrong_database").with("expected", expected).with("found", found)
            }
            Self::Busy { side } => Reason::new("rate_limited").with("side", side),
            Self::Unknown { side, detail } => Reason::new("no_answer").with("side", side).with("detail", detail),
            Self::Unreadable { side, row } => {
                Reason::new("no_answer").with("side", side).with("detail", format!("{} {}", row.title(), row.place))
            }
            Self::NotOffered { side, what } => Reason::new("not_offered").with("side", side).with("what", what),
            Self::Storage { detail, .. } => Reason::new("storage").with("detail", detail),
        }
    }
}

/// What became of one row of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Taken.
    Posted {
        /// The record's id, when the answer says it.
        record: Option<i64>,
    },
    /// Refused; nothing was written.
    Rejected {
        /// Classified reason; `duplicate_number` means that a record with this key exists.
        reason: Reason,
    },
    /// Not known; to be looked up.
    Unknown {
        /// What was seen.
        reason: Reason,
    },
}

/// Reason code of a refusal because a record with the same key is there already. The executor then compares instead of failing.
pub const DUPLICATE: &str = "duplicate_number";

/// The books: one open database of Accurate Online.
#[async_trait]
pub trait Books: Send + Sync {
    /// The database that every call goes to.
    fn database(&self) -> DatabaseId;
    /// Checks that the live session belongs to [`Books::database`]; called before the first write of a run.
    async fn verify_session(&self) -> Result<(), PortError>;
    /// All items.
    async fn items(&self) -> Result<Listed<Item>, PortError>;
    /// The items with these codes, those that exist.
    async fn items_by_no(&self, numbers: &[String]) -> Result<Listed<Item>, PortError>;
    /// The same with all that the making of an item sends, as far as the service says it.
    async fn items_in_full(&self, numbers: &[String]) -> Result<Listed<FullItem>, PortError> {
        Ok(self.items_by_no(numbers).await?.map(FullItem::from))
    }
    /// All accounts.
    async fn accounts(&self) -> Result<Listed<Account>, PortError>;
    /// All warehouses.
    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError>;
    /// All branches that the user sees.
    async fn branches(&self) -> Result<Listed<Branch>, PortError>;
    /// All customers.
    async fn customers(&self) -> Result<Listed<Customer>, PortError>;
    /// All taxes.
    async fn taxes(&self) -> Result<Listed<Tax>, PortError>;
    /// Names of the item categories, the default one first; empty when they cannot be read.
    async fn item_categories(&self) -> Result<Vec<String>, PortError>;
    /// Names of the units, the default one first; empty when they cannot be read.
    async fn units(&self) -> Result<Vec<String>, PortError>;
    /// On hand of all items in one warehouse, all pages, as of now.
    async fn stock(&self, warehouse: &Warehouse) -> Result<Listed<StockRow>, PortError>;
    /// On hand of one item in every warehouse that says so, as of now.
    async fn item_stock(&self, _item: ItemId) -> Result<Vec<StockRow>, PortError> {
        Err(not_offered("item_stock"))
    }
    /// The sales invoices dated on this day or later, all pages. May hold older ones: a filter that a service does not know is
    /// ignored in silence.
    async fn invoice_numbers(&self, _since: Date) -> Result<Listed<SalesInvoice>, PortError> {
        Err(not_offered("sales_invoices"))
    }
    /// Creates up to 100 items in one call; outcomes in the order of the rows.
    async fn save_items(&self, items: &[NewItem]) -> Result<Vec<RowOutcome>, PortError>;
    /// Creates one inventory adjustment.
    async fn save_adjustment(&self, adjustment: &Adjustment) -> Result<RowOutcome, PortError>;
    /// The adjustment with this number, if there is one.
    async fn adjustment_by_number(&self, number: &str) -> Result<Option<Adjustment>, PortError>;
    /// The items with these ids, those that exist, whatever they are called now.
    async fn items_by_id(&self, ids: &[ItemId]) -> Result<Listed<Item>, PortError>;
    /// The adjustment with this id, if there is one, whatever its number is now.
    async fn adjustment_by_id(&self, id: AdjustmentId) -> Result<Option<Adjustment>, PortError>;
    /// Deletes one item. One that is not there any more answers as unknown, to be looked up.
    async fn delete_item(&self, id: ItemId) -> Result<RowOutcome, PortError>;
    /// Deletes one adjustment with all its lines. One that is not there any more answers as unknown, to be looked up.
    async fn delete_adjustment(&self, id: AdjustmentId) -> Result<RowOutcome, PortError>;
    /// The first day that documents may bear; `None` where the service does not say it.
    async fn start_date(&self) -> Result<Option<Date>, PortError> {
        Ok(None)
    }
    /// Creates up to 100 customers in one call; outcomes in the order of the rows.
    async fn save_customers(&self, _customers: &[NewCustomer]) -> Result<Vec<RowOutcome>, PortError> {
        Err(not_offered("customers"))
    }
    /// Deletes one customer. One that is not there any more answers as unknown, to be looked up.
    async fn delete_customer(&self, _id: CustomerId) -> Result<RowOutcome, PortError> {
        Err(not_offered("customers"))
    }
    /// Creates up to 100 sales invoices in one call; outcomes in the order of the rows.
    async fn save_invoices(&self, _invoices: &[InvoiceDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Err(not_offered("sales_invoices"))
    }
    /// The sales invoices with these numbers, those that exist, with their lines. May hold others.
    async fn invoices_of(&self, _query: &DocumentQuery) -> Result<Listed<InvoiceDocument>, PortError> {
        Err(not_offered("sales_invoices"))
    }
    /// The sales invoice with this id, if there is one, whatever its number is now; with what is owed, its receipts and its returns.
    async fn invoice_by_id(&self, _id: SalesInvoiceId) -> Result<Option<InvoiceDocument>, PortError> {
        Err(not_offered("sales_invoices"))
    }
    /// Deletes one sales invoice. One that is not there any more answers as unknown, to be looked up.
    async fn delete_invoice(&self, _id: SalesInvoiceId) -> Result<RowOutcome, PortError> {
        Err(not_offered("sales_invoices"))
    }
    /// Creates up to 100 sales receipts in one call; outcomes in the order of the rows.
    async fn save_receipts(&self, _receipts: &[ReceiptDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Err(not_offered("sales_receipts"))
    }
    /// The sales receipts with these numbers, those that exist, with the invoices that they pay. May hold others.
    async fn receipts_of(&self, _query: &DocumentQuery) -> Result<Listed<ReceiptDocument>, PortError> {
        Err(not_offered("sales_receipts"))
    }
    /// The sales receipts dated on this day or later, all pages, with the invoices that they pay.
    async fn receipts_since(&self, _since: Date) -> Result<Listed<ReceiptDocument>, PortError> {
        Err(not_offered("sales_receipts"))
    }
    /// The sales receipt with this id, if there is one, whatever its number is now.
    async fn receipt_by_id(&self, _id: SalesReceiptId) -> Result<Option<ReceiptDocument>, PortError> {
        Err(not_offered("sales_receipts"))
    }
    /// Deletes one sales receipt. One that is not there any more answers as unknown, to be looked up.
    async fn delete_receipt(&self, _id: SalesReceiptId) -> Result<RowOutcome, PortError> {
        Err(not_offered("sales_receipts"))
    }
    /// Creates up to 100 sales returns in one call; outcomes in the order of the rows.
    async fn save_returns(&self, _returns: &[ReturnDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Err(not_offered("sales_returns"))
    }
    /// The sales returns with these numbers, those that exist, with their lines. May hold others.
    async fn returns_of(&self, _query: &DocumentQuery) -> Result<Listed<ReturnDocument>, PortError> {
        Err(not_offered("sales_returns"))
    }
    /// The sales return with this id, if there is one, whatever its number is now.
    async fn return_by_id(&self, _id: SalesReturnId) -> Result<Option<ReturnDocument>, PortError> {
        Err(not_offered("sales_returns"))
    }
    /// Deletes one sales return. One that is not there any more answers as unknown, to be looked up.
    async fn delete_return(&self, _id: SalesReturnId) -> Result<RowOutcome, PortError> {
        Err(not_offered("sales_returns"))
    }
}

fn not_offered(what: &str) -> PortError {
    PortError::NotOffered { side: "accurate", what: what.to_owned() }
}

/// The sign-in at Accurate, before a database is chosen.
#[async_trait]
pub trait BooksAccount: Send + Sync {
    /// Every database of the account.
    async fn databases(&self) -> Result<Vec<Database>, PortError>;
    /// The scopes that were granted.
    async fn scopes(&self) -> Result<Vec<String>, PortError>;
}

/// The shop: one seller's Forstok, or the files that it exports.
#[async_trait]
pub trait Shop: Send + Sync {
    /// What the account offers; probed on connecting.
    async fn capabilities(&self) -> Result<Capabilities, PortError>;
    /// All master variants with their stock, all pages.
    async fn variants(&self) -> Result<Listed<Variant>, PortError>;
    /// All master variants as the service says them now, never from a file: what a proof may rest on.
    async fn live_variants(&self) -> Result<Listed<Variant>, PortError> {
        self.variants().await
    }
    /// The master variants of one SKU, as the service says them now.
    async fn variants_of(&self, sku: &str) -> Result<Listed<Variant>, PortError> {
        let mut variants = self.live_variants().await?;
        variants.rows.retain(|variant| variant.sku == sku);
        variants.unread.retain(|row| row.says(sku));
        Ok(variants)
    }
    /// The orders that changed at this moment or later, all pages, the oldest change first.
    async fn orders(&self, _since: Timestamp) -> Result<Listed<Order>, PortError> {
        Err(PortError::NotOffered { side: "forstok", what: "orders".to_owned() })
    }
    /// Forstok's own invoices, all pages; those whose day is told and lies before this moment are left out.
    async fn invoices(&self, _since: Timestamp) -> Result<Listed<OrderInvoice>, PortError> {
        Err(PortError::NotOffered { side: "forstok", what: "invoices".to_owned() })
    }
    /// The payments received at this moment or later, all pages.
    async fn payments(&self, _since: Timestamp) -> Result<Listed<Payment>, PortError> {
        Err(PortError::NotOffered { side: "forstok", what: "payments".to_owned() })
    }
    /// All warehouses.
    async fn warehouses(&self) -> Result<Listed<forstok::Warehouse>, PortError>;
    /// All connected stores.
    async fn stores(&self) -> Result<Listed<forstok::Store>, PortError>;
    /// All pending listings.
    async fn pending_listings(&self) -> Result<Listed<PendingListing>, PortError>;
    /// Sets absolute on-hand figures, up to [`Shop::quantity_batch`] lines; outcomes in the order of the lines.
    async fn set_quantities(&self, lines: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError>;
    /// How many lines one [`Shop::set_quantities`] takes.
    fn quantity_batch(&self) -> usize;
    /// Resolves one pending listing.
    async fn resolve_listing(
        &self,
        listing: Option<ListingId>,
        listing_variant: Option<ListingVariantId>,
        action: PendingAction,
    ) -> Result<RowOutcome, PortError>;
}

/// One journal row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The run that sent it.
    pub run: RunId,
    /// Its place in the plan.
    pub position: u64,
    /// The operation.
    pub operation: Operation,
    /// What became of it.
    pub state: OperationState,
    /// When it was sent last; `None` when it never was, or is not known.
    pub sent_at: Option<Timestamp>,
    /// How often it was sent.
    pub sendings: u32,
}

/// Why the end of an operation was not said by its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookedUp {
    /// The answer was lost; its key was looked up on the other side.
    AnswerLost,
    /// The other side said that the key is taken; the record there was equal and was taken for ours. Whether this run made it is
    /// not known, so no undo removes it.
    Adopted,
}

/// The journal of writes. Synchronous and durable: when a call returns, its rows survive a power loss.
pub trait Journal: Send + Sync {
    /// The clock that also says when a row was sent.
    fn clock(&self) -> &dyn Clock;
    /// All rows of a run in plan order.
    fn entries(&self, run: &RunId) -> Result<Vec<JournalEntry>, PortError>;
    /// Records, before they are sent, that these operations are being sent, with the hash of each payload.
    fn sending(&self, run: &RunId, operations: &[&Operation]) -> Result<(), PortError>;
    /// Records that what was being sent has not left, or was cut off and has not arrived: it waits as if it had not been tried.
    fn not_sent(&self, run: &RunId, keys: &[OperationKey]) -> Result<(), PortError>;
    /// Records what became of operations.
    fn settled(&self, run: &RunId, outcomes: &[(OperationKey, OperationState)]) -> Result<(), PortError>;
    /// Records that these operations were looked up; called before [`Journal::settled`] says what was found. What had lost an answer
    /// is never called adopted after: its record may be the one that was sent first.
    fn looked_up(&self, run: &RunId, keys: &[OperationKey], why: LookedUp) -> Result<(), PortError>;
    /// Records how far the run has come, with its sums.
    fn progress(
        &self,
        run: &RunId,
        state: RunState,
        pause: Option<&Reason>,
        counts: RunCounts,
    ) -> Result<(), PortError>;
}

/// The clock, held still by tests (design rule 11).
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// How long after its sending a write may still arrive. A clock that is held still by a test may be more impatient.
    fn arrives_within(&self) -> SignedDuration {
        crate::arrival::ARRIVES_WITHIN
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
