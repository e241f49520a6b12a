//! What plans of documents of sales are made from: orders, payouts and returns of Forstok, documents of Accurate, and what people decided.
//!
//! Nothing is written here but snapshots. Where the account offers no such list, the file that Forstok exports stands in for it.

use super::drafts::Draft;
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::sales::{self, INVOICES, ORDERS};
use crate::snapshots::Directory;
use crate::view::PlanOptions;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::decision::RowDecision;
use selaras_domain::documents::{DocumentQuery, InvoiceDocument, ReceiptDocument};
use selaras_domain::ids::{DatabaseId, OrderId, SalesInvoiceId};
use selaras_domain::mapping::{InvoiceTrigger, Mapping};
use selaras_domain::order::{InvoiceStatus, Order, OrderInvoice, Payment, business_day, day_begins};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind, Reason};
use selaras_domain::run::RunId;
use selaras_domain::unread::{Listed, UnreadRow};
use selaras_engine::kinds::{invoices, opening_stock, receipts, returns, voids};
use selaras_engine::matches::spelling;
use selaras_engine::orders::Invoiced;
use selaras_engine::parties::MadeCustomers;
use selaras_engine::payouts;
use selaras_engine::ports::PortError;
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::sales::{Company, Goods};
use selaras_engine::settlements;
use selaras_engine::sku::classify;
use selaras_engine::unread;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Documents that are read at once; the client's limiter holds the speed.
pub(super) const DOCUMENTS: usize = 8;

/// What plans of sales share.
pub(crate) struct SalesReading {
    pub(crate) read_at: Timestamp,
    pub(crate) mapping: Mapping,
    pub(crate) directory: Directory,
    /// Customers that this program has made for stores.
    pub(crate) made: MadeCustomers,
    pub(crate) start_date: Option<Date>,
    /// Orders placed before this become no invoices.
    pub(crate) since: Timestamp,
    /// When the database was first used here.
    pub(crate) integrated_at: Timestamp,
    pub(crate) orders: Vec<Order>,
    pub(crate) existing: Vec<SalesInvoice>,
    pub(crate) shop_invoices: HashMap<OrderId, OrderInvoice>,
    /// Invoices that people have found for orders, by order.
    pub(crate) linked: BTreeMap<OrderId, String>,
    /// Rows of all lists that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
    /// What lists do not tell any more and is as it was last known.
    pub(crate) less: Vec<Reason>,
}

impl SalesReading {
    /// The first day that the list of invoices reaches back to.
    pub(super) fn listed_since(&self) -> Date {
        business_day(self.since.min(self.read_at - INVOICES))
    }

    pub(crate) fn company<'a>(
        &'a self,
        database: DatabaseId,
        decisions: &'a BTreeMap<OperationKey, RowDecision>,
    ) -> Company<'a> {
        Company {
            database,
            mapping: &self.mapping,
            accounts: &self.directory.accounts,
            warehouses: &self.directory.warehouses,
            branches: &self.directory.branches,
            customers: &self.directory.customers,
            made: &self.made,
            stores: &self.directory.stores,
            shop_warehouses: &self.directory.shop_warehouses,
            start_date: self.start_date,
            decisions,
        }
    }
}

/// A list that this account does not offer, and nobody has imported. Where the account was found to offer it (`offered`), a refusal is a
/// fault and no empty list.
pub(super) fn or_none<T>(answer: Result<Listed<T>, PortError>, offered: bool) -> Result<Listed<T>, PortError> {
    match answer {
        Err(PortError::NotOffered { .. }) if !offered => Ok(Listed::default()),
        other => other,
    }
}

impl Desk {
    /// Reads what every plan of sales needs, both sides at once.
    pub(crate) async fn read_for_sales(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<SalesReading> {
        report(progress, "reading_sales", 0, None);
        let mapping = self.mapping_now(database)?;
        let integrated_at = self.integrated_at(database)?;
        let since = match options.since.as_deref() {
            Some(text) => Some(text.parse::<Date>().map_err(|_| AppError::input("since", text))?),
            None => mapping.sales.since,
        };
        let since = since.map_or(Ok(integrated_at), start_of)?;
        let now = self.now();
        let (orders_from, invoices_from) = (since.min(now - ORDERS), business_day(since.min(now - INVOICES)));
        let (shop, books, offers) = (self.shop().await?, self.open_books().await?, self.offers()?);
        let sold = async {
            let read = tokio::try_join!(
                shop.orders(orders_from),
                books.invoice_numbers(invoices_from),
                async { or_none(shop.invoices(orders_from).await, offers.invoices) },
                books.start_date(),
            );
            Ok::<_, AppError>(read?)
        };
        let (directory, (orders, existing, shop_invoices, start_date)) = tokio::try_join!(self.read_directory(), sold)?;
        let mut orders = orders;
        sales::keep_recipients(&mut orders, mapping.sales.recipient);
        let sold = sales::Sales {
            unread: orders.unread.into_iter().chain(existing.unread).collect(),
            orders: Some(orders.rows),
            invoices: Some(existing.rows),
            ..sales::Sales::default()
        };
        let sold = self.all_sold(database, sold, orders_from).await?;
        self.keep_sales(database, &sold)?;
        let (orders, existing) = (sold.orders.unwrap_or_default(), sold.invoices.unwrap_or_default());
        report(progress, "reading_sales", orders.len() + existing.len(), Some(orders.len() + existing.len()));
        let mut unread = sold.unread;
        unread.extend(shop_invoices.unread);
        unread.extend(directory.unread.iter().cloned());
        let shop_invoices = sales::standing_invoices(shop_invoices.rows);
        let read_at = now;
        let made = self.made_customers(database, &directory.customers)?;
        Ok(SalesReading {
            unread,
            less: less(sold.carried),
            read_at,
            mapping,
            directory,
            made,
            start_date,
            since,
            integrated_at,
            orders,
            existing,
            shop_invoices,
            linked: self.linked_invoices(database)?,
        })
    }

    /// The invoices of these numbers with their lines. The list tells their days, so that many are read as a span of days.
    pub(crate) async fn documents_of(
        &self,
        numbers: BTreeSet<String>,
        existing: &[SalesInvoice],
    ) -> AppResult<HashMap<String, InvoiceDocument>> {
        if numbers.is_empty() {
            return Ok(HashMap::new());
        }
        let days = || existing.iter().filter(|head| numbers.contains(&head.number)).filter_map(|head| head.date);
        let dated = days().min().zip(days().max());
        let query = DocumentQuery { numbers: numbers.iter().cloned().collect(), dated };
        let documents = self.open_books().await?.invoices_of(&query).await?;
        // One that cannot be read is none that could be compared: its row is held.
        let wanted = documents.rows.into_iter().filter(|document| numbers.contains(&document.number));
        Ok(wanted.map(|document| (document.number.clone(), document)).collect())
    }

    /// Invoices read whole, one by one: only so is it told what is owed, which receipts pay them and what came back.
    pub(crate) async fn whole_invoices(
        &self,
        ids: Vec<SalesInvoiceId>,
    ) -> AppResult<HashMap<SalesInvoiceId, InvoiceDocument>> {
        let books = self.open_books().await?;
        let reads = ids.into_iter().map(|id| {
            let books = books.clone();
            async move {
                match books.invoice_by_id(id).await {
                    // One that cannot be read is held by itself, as one that is not read.
                    Err(PortError::Unreadable { .. }) => Ok((id, None)),
                    read => Ok::<_, PortError>((id, read?)),
                }
            }
        });
        let read: Vec<_> = stream::iter(reads).buffer_unordered(DOCUMENTS).try_collect().await?;
        Ok(read.into_iter().filter_map(|(id, document)| Some((id, document?))).collect())
    }

    pub(crate) fn row_decisions(
        &self,
        database: DatabaseId,
        kind: &str,
    ) -> AppResult<BTreeMap<OperationKey, RowDecision>> {
        Ok(self.books().row_decisions(database, &PlanKind::named(kind))?)
    }

    /// Invoices that people have found for orders, by order.
    pub(crate) fn linked_invoices(&self, database: DatabaseId) -> AppResult<BTreeMap<OrderId, String>> {
        Ok(invoices::linked(&self.row_decisions(database, invoices::KIND)?))
    }

    /// What was posted of these orders and not taken back, by key.
    pub(crate) fn posted_invoices(
        &self,
        database: DatabaseId,
        orders: &[Order],
    ) -> AppResult<BTreeMap<OperationKey, Fields>> {
        let keys = orders.iter().map(|order| invoices::key(order.id)).collect();
        Ok(self.books().last_posted_of(database, &PlanKind::named(invoices::KIND), &keys)?)
    }

    /// What was posted and not taken back of the receipts that these payouts ask for, that are of the same orders, or that were read.
    fn posted_receipts(
        &self,
        database: DatabaseId,
        payments: &[Payment],
        orders: &[Order],
        read: &[ReceiptDocument],
    ) -> AppResult<BTreeMap<OperationKey, Fields>> {
        let mut keys = receipts::keys(payments, orders);
        keys.extend(read.iter().map(|receipt| receipts::key(&receipt.number)));
        let paid: BTreeSet<OrderId> =
            payments.iter().flat_map(|payment| &payment.invoices).map(|invoice| invoice.order).collect();
        let wanted = |key: &OperationKey, fields: &Fields| {
            keys.contains(key) || !receipts::orders_of(std::iter::once(fields)).is_disjoint(&paid)
        };
        Ok(self.books().last_posted_where(database, &PlanKind::named(receipts::KIND), wanted)?)
    }

    /// When each shelf was counted, by the opening stock that was posted and stands.
    pub(crate) fn counts(&self, database: DatabaseId) -> AppResult<opening_stock::Counts> {
        let posted = self.books().last_posted_by(database, &PlanKind::named(opening_stock::KIND))?;
        let mut began: BTreeMap<RunId, Timestamp> = BTreeMap::new();
        let mut counts = opening_stock::Counts::new();
        for (run, fields) in posted.values() {
            let at = match began.get(run) {
                Some(at) => *at,
                // The count was finished when its run began.
                None => *began.entry(run.clone()).or_insert(self.run_head(run)?.started_at),
            };
            counts.extend(opening_stock::Count::of(fields, at));
        }
        Ok(counts)
    }

    pub(crate) async fn draft_invoices(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let (catalogue, mut reading) =
            tokio::try_join!(self.read_goods(progress), self.read_for_sales(database, options, progress))?;
        let decided = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let spelling = spelling(&catalogue.variants, &matches);
        reading.orders.iter_mut().for_each(|order| order.spell(&spelling));
        let rows = classify(&super::skus::input(&catalogue, &decided, &matches));
        let posted = self.posted_invoices(database, &reading.orders)?;
        let counts = self.counts(database)?;
        let decisions = self.row_decisions(database, invoices::KIND)?;
        let company = reading.company(database, &decisions);
        let unread = HashMap::new();
        let mut input = invoices::InvoicesInput {
            company: &company,
            goods: &Goods::of(&rows),
            orders: &reading.orders,
            shop_invoices: &reading.shop_invoices,
            invoices_told: self.offers()?.invoices,
            existing: &reading.existing,
            documents: &unread,
            listed_since: reading.listed_since(),
            posted: &posted,
            counts: &counts,
            since: reading.since,
            integrated_at: reading.integrated_at,
            only: &options.orders,
        };
        let documents = self.documents_of(invoices::to_compare(&input), &reading.existing).await?;
        input.documents = &documents;
        let (mut operations, left_out) = invoices::plan(&input);
        let mut unread = reading.unread.clone();
        unread.extend(catalogue.unread.iter().cloned());
        hold(&mut operations, database, invoices::KIND, &unread, &decisions, options);
        let mut notes = vec![Reason::new("orders_since").with("date", business_day(reading.since))];
        for (code, count) in [("orders_before_start", left_out.before_start), ("orders_not_ready", left_out.not_ready)]
        {
            if count > 0 {
                notes.push(Reason::new(code).with("count", count));
            }
        }
        if reading.mapping.invoice_trigger != InvoiceTrigger::ReadyToShip {
            notes.push(Reason::new("invoice_trigger_drifts"));
        }
        let of_code = |code: &str| operations.iter().filter(|operation| operation.reason.code == code).count();
        if let (Some(word), passed @ 1..) = (reading.mapping.sales.count, of_code("order_ready_as_of")) {
            notes.push(Reason::new("orders_as_of").with("count", passed).with("as_of", word.as_of));
        }
        notes.extend(reading.less.iter().chain(&catalogue.less).cloned());
        notes.extend(store_totals(&operations, Action::Create, "total"));
        let total = invoices::total(&operations);
        Ok(Draft { operations, total: Some(total), notes, read_at: reading.read_at, invoices: reading.existing })
    }

    pub(crate) async fn draft_receipts(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let reading = self.read_for_sales(database, options, progress).await?;
        let told = self.told_payments(&reading, options).await?;
        let from_settlements = told.is_none();
        let mut unread = reading.unread.clone();
        unread.extend(told.iter().flat_map(|told| told.unread.iter().cloned()));
        let told = told.map(|told| told.rows);
        let settled = if from_settlements { self.settlement_rows(None)? } else { Vec::new() };
        if from_settlements && settled.is_empty() {
            return Err(AppError::new(ErrorCode::NotOffered).with("side", "forstok").with("what", "payments"));
        }
        let releases = settlements::releases(&settled, &reading.orders);
        let payments = told.unwrap_or_else(|| releases.iter().filter_map(settlements::Release::payment).collect());
        let numbers = receipts::to_read(&payments, &reading.orders, &reading.existing, &reading.linked);
        let mut documents = self.documents_of(numbers, &reading.existing).await?;
        let existing = self.open_books().await?.receipts_since(reading.listed_since()).await?;
        unread.extend(existing.unread.iter().cloned());
        let existing = existing.rows;
        let posted = self.posted_receipts(database, &payments, &reading.orders, &existing)?;
        let paid_by = paid_by(&existing);
        documents.extend(self.with_what_is_owed(&reading, &payments, &posted, &paid_by).await?);
        let open: BTreeSet<OperationKey> =
            self.books().open_inbox(database)?.into_iter().map(|entry| entry.key).collect();
        let mut decisions = self.row_decisions(database, receipts::KIND)?;
        settlements::carry_over(&releases, &mut decisions);
        let company = reading.company(database, &decisions);
        let mut operations = receipts::plan(&receipts::ReceiptsInput {
            company: &company,
            payments: &payments,
            orders: &reading.orders,
            shop_invoices: &reading.shop_invoices,
            existing: &reading.existing,
            documents: &documents,
            paid_by: &paid_by,
            receipts: &existing.into_iter().map(|receipt| (receipt.number.clone(), receipt)).collect(),
            posted: &posted,
            open: &open,
            linked: &reading.linked,
            only: &options.orders,
        });
        operations.extend(settlements::rows(&settlements::RowsInput {
            company: &company,
            releases: &releases,
            since: business_day(payouts_from(&reading)),
            open: &open,
            only: &options.orders,
        }));
        hold(&mut operations, database, receipts::KIND, &unread, &decisions, options);
        let mut notes = reading.less.clone();
        if from_settlements {
            notes.push(Reason::new("payouts_from_settlements"));
        }
        notes.extend(store_totals(&operations, Action::Create, "received"));
        let total = receipts::total(&operations);
        Ok(Draft::of(operations, Some(total), notes, reading.read_at))
    }

    /// The invoices, whole, of orders with a payout that is not booked, where less than their total may be owed: something came back,
    /// they are paid in parts, or a receipt of somebody else's pays them. Only an invoice that is read whole tells what is owed
    /// (accurate-online-api.md §6.8, seen).
    async fn with_what_is_owed(
        &self,
        reading: &SalesReading,
        payments: &[Payment],
        posted: &BTreeMap<OperationKey, Fields>,
        paid_by: &HashMap<String, Vec<String>>,
    ) -> AppResult<HashMap<String, InvoiceDocument>> {
        let mut payouts: BTreeMap<OrderId, usize> = BTreeMap::new();
        for invoice in payments.iter().flat_map(|payment| &payment.invoices) {
            *payouts.entry(invoice.order).or_default() += 1;
        }
        let mut booked: BTreeMap<OrderId, usize> = BTreeMap::new();
        for order in posted.values().flat_map(|fields| receipts::orders_of(std::iter::once(fields))) {
            *booked.entry(order).or_default() += 1;
        }
        let foreign = |invoice: &SalesInvoice| {
            let numbers = paid_by.get(&invoice.number).into_iter().flatten();
            numbers.into_iter().any(|number| !posted.contains_key(&receipts::key(number)))
        };
        let invoiced = Invoiced::of(&reading.orders, &reading.existing, &reading.linked);
        let open = reading.orders.iter().filter_map(|order| {
            let (told, booked) = (*payouts.get(&order.id)?, booked.get(&order.id).copied().unwrap_or_default());
            let invoice = invoiced.find(order).filter(|_| told > booked)?;
            (returns::came_back(order) || told > 1 || foreign(invoice)).then_some(invoice.id)
        });
        let whole = self.whole_invoices(open.collect()).await?;
        Ok(whole.into_values().map(|document| (document.number.clone(), document)).collect())
    }

    /// What was paid out by Forstok's own list; `None`: by the settlement files of the marketplaces.
    async fn told_payments(&self, reading: &SalesReading, options: &PlanOptions) -> AppResult<Option<Listed<Payment>>> {
        if options.source.as_deref() == Some("settlement") {
            return Ok(None);
        }
        match self.shop().await?.payments(payouts_from(reading)).await {
            Ok(mut payments) => {
                payouts::as_paid(&mut payments);
                Ok(Some(payments))
            }
            // Where payments are offered, settlements do not stand in for them: the same payouts would be booked under other numbers.
            Err(PortError::NotOffered { .. }) if !self.offers()?.payments => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn draft_voids(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let reading = self.read_for_sales(database, options, progress).await?;
        let heads = voids::to_read(&reading.orders, &reading.shop_invoices, &reading.existing, &reading.linked);
        let documents = self.whole_invoices(heads.iter().map(|head| head.id).collect()).await?;
        let documents: HashMap<String, InvoiceDocument> =
            documents.into_values().map(|document| (document.number.clone(), document)).collect();
        let numbers: Vec<String> = documents.values().flat_map(|document| document.receipts.clone()).collect();
        let receipts = if numbers.is_empty() {
            Listed::default()
        } else {
            self.open_books().await?.receipts_of(&DocumentQuery { numbers, dated: None }).await?
        };
        let mut unread = reading.unread.clone();
        unread.extend(receipts.unread.iter().cloned());
        let keys = receipts.iter().map(|receipt| receipts::key(&receipt.number)).collect();
        let posted_receipts = self.books().last_posted_of(database, &PlanKind::named(receipts::KIND), &keys)?;
        let decisions = self.row_decisions(database, voids::KIND)?;
        let company = reading.company(database, &decisions);
        let operations = voids::plan(&voids::VoidsInput {
            company: &company,
            orders: &reading.orders,
            shop_invoices: &reading.shop_invoices,
            existing: &reading.existing,
            documents: &documents,
            receipts: &receipts.into_iter().map(|receipt| (receipt.number.clone(), receipt)).collect(),
            posted_invoices: &self.posted_invoices(database, &reading.orders)?,
            posted_receipts: &posted_receipts,
            linked: &reading.linked,
            only: &options.orders,
        });
        let mut operations = operations;
        hold(&mut operations, database, voids::KIND, &unread, &decisions, options);
        let written_off = reading.shop_invoices.values().filter(|one| one.status == InvoiceStatus::WrittenOff).count();
        let mut notes = vec![Reason::new("void_order")];
        if written_off > 0 {
            notes.push(Reason::new("written_off_left").with("count", written_off));
        }
        let total = voids::total(&operations);
        Ok(Draft::of(operations, Some(total), notes, reading.read_at))
    }

    pub(crate) async fn draft_returns(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let (catalogue, mut reading) =
            tokio::try_join!(self.read_goods(progress), self.read_for_sales(database, options, progress))?;
        let decided = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let spelling = spelling(&catalogue.variants, &matches);
        reading.orders.iter_mut().for_each(|order| order.spell(&spelling));
        let rows = classify(&super::skus::input(&catalogue, &decided, &matches));
        let posted = self.books().last_posted(database, &PlanKind::named(returns::KIND))?;
        let documents = self.documents_to_return(&reading, &posted).await?;
        let numbers = returns::numbers(&reading.orders);
        let there = if numbers.is_empty() {
            Listed::default()
        } else {
            self.open_books().await?.returns_of(&DocumentQuery { numbers, dated: None }).await?
        };
        let mut unread = reading.unread.clone();
        unread.extend(there.unread.iter().cloned());
        let warehouse = match options.warehouse.as_deref() {
            Some(text) => Some(text.parse().map_err(|_| AppError::input("warehouse", text))?),
            None => None,
        };
        let decisions = self.row_decisions(database, returns::KIND)?;
        let company = reading.company(database, &decisions);
        let operations = returns::plan(&returns::ReturnsInput {
            company: &company,
            goods: &Goods::of(&rows),
            orders: &reading.orders,
            existing: &reading.existing,
            documents: &documents,
            posted_invoices: &self.posted_invoices(database, &reading.orders)?,
            returns: &there.into_iter().map(|one| (one.number.clone(), one)).collect(),
            posted: &posted,
            linked: &reading.linked,
            warehouse,
            only: &options.orders,
        });
        let mut operations = operations;
        hold(&mut operations, database, returns::KIND, &unread, &decisions, options);
        let notes = vec![Reason::new("return_stock_note")];
        let total = returns::total(&operations);
        Ok(Draft::of(operations, Some(total), notes, reading.read_at))
    }

    /// The invoices of orders of which something came back: whole where it is not all booked yet, else as a list shows them.
    async fn documents_to_return(
        &self,
        reading: &SalesReading,
        posted: &BTreeMap<OperationKey, Fields>,
    ) -> AppResult<HashMap<String, InvoiceDocument>> {
        let keys: BTreeSet<OperationKey> = posted.keys().cloned().collect();
        let booked: BTreeSet<OrderId> =
            reading.orders.iter().filter(|order| returns::booked(order, &keys)).map(|order| order.id).collect();
        let (done, open): (Vec<_>, Vec<_>) = returns::to_read(&reading.orders, &reading.existing, &reading.linked)
            .into_iter()
            .partition(|(order, _)| booked.contains(order));
        let whole = self.whole_invoices(open.into_iter().map(|(_, invoice)| invoice.id).collect()).await?;
        let numbers = done.into_iter().map(|(_, invoice)| invoice.number.clone()).collect();
        let mut documents = self.documents_of(numbers, &reading.existing).await?;
        documents.extend(whole.into_values().map(|document| (document.number.clone(), document)));
        Ok(documents)
    }
}

/// Holds what rows that could not be read may stand for, and shows each of them.
fn hold(
    operations: &mut Vec<Operation>,
    database: DatabaseId,
    kind: &str,
    unread: &[UnreadRow],
    decisions: &BTreeMap<OperationKey, RowDecision>,
    options: &PlanOptions,
) {
    let only = &options.orders;
    unread::hold(operations, &unread::Reading { kind, database, unread, decisions, only });
}

/// What lists do not tell any more, as notes of a plan.
fn less(carried: sales::Carried) -> Vec<Reason> {
    let orders = Reason::new("orders_say_less").with("count", carried.orders);
    let invoices = Reason::new("invoices_say_less").with("count", carried.invoices);
    let notes = [(orders, carried.orders), (invoices, carried.invoices)];
    notes.into_iter().filter(|(_, count)| *count > 0).map(|(note, _)| note).collect()
}

/// When a day began in Jakarta.
pub(super) fn start_of(day: Date) -> AppResult<Timestamp> {
    day_begins(day).ok_or_else(|| AppError::input("since", day))
}

/// Payouts since this moment are planned.
fn payouts_from(reading: &SalesReading) -> Timestamp {
    reading.since.min(reading.read_at - ORDERS)
}

/// The receipts that pay each invoice.
fn paid_by(receipts: &[ReceiptDocument]) -> HashMap<String, Vec<String>> {
    let mut paid_by: HashMap<String, Vec<String>> = HashMap::new();
    for receipt in receipts {
        for payment in &receipt.payments {
            paid_by.entry(payment.invoice_no.clone()).or_default().push(receipt.number.clone());
        }
    }
    paid_by
}

/// Σ of what would be sent, store by store.
fn store_totals(operations: &[Operation], action: Action, name: &str) -> Vec<Reason> {
    // Stores of one name on two channels are two.
    let mut totals: BTreeMap<(&str, &str), (u64, Money)> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.action == action) {
        let amount = operation.after.get(name).and_then(|text| text.parse().ok()).map(Money);
        let (Some(store), Some(amount)) = (operation.after.get("store_name"), amount) else { continue };
        let channel = operation.after.get("channel").map_or("", String::as_str);
        let known = totals.entry((store.as_str(), channel)).or_default();
        *known = (known.0 + 1, known.1 + amount);
    }
    let totals = totals.into_iter();
    totals
        .map(|((store, channel), (count, total))| {
            let store = if channel.is_empty() { store.to_owned() } else { format!("{store} ({channel})") };
            Reason::new("store_total").with("store", store).with("count", count).with("total", total)
        })
        .collect()
}
