//! [`ForstokShop`]: the shop over HTTP.

use crate::SIDE;
use crate::assumed::{self, List, PATHS, StoreRow, VariantRow, WarehouseRow};
use crate::auth::{Credentials, Tokens};
use crate::codes;
use crate::orders;
use crate::pipeline::{Call, Failure, Pipeline, Transport};
use crate::proven::{self, MasterItem, VariantChange};
use crate::wire::{Envelope, LineError};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use selaras_domain::forstok::{Capabilities, PendingAction, PendingListing, QuantityLine, Store, Variant, Warehouse};
use selaras_domain::ids::{ListingId, ListingVariantId, OrderId, StoreId};
use selaras_domain::order::{Order, OrderInvoice, Payment};
use selaras_domain::plan::Reason;
use selaras_domain::sku::same_but_blanks;
use selaras_domain::unread::{ListName, Listed, UnreadRow};
use selaras_domain::wire::{Misread, read_row};
use selaras_engine::ports::{PortError, RowOutcome, Shop};
use serde_json::value::RawValue;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// Rows that are asked for in one page; what comes back is honoured. Few large pages are quicker than many small ones.
const PER_PAGE: usize = 2000;

/// What is asked for where [`PER_PAGE`] is refused; the size in the sample (forstok-api.md §10, guess).
const SMALL_PAGE: usize = 50;

/// Pages of one list under way at the same time; the pace allows no more anyway.
const PAGES_IN_FLIGHT: usize = 8;

/// More pages than this are no list but a service that answers the same for ever.
const MOST_PAGES: usize = 20_000;

/// How often a list is read once more whose rows moved while it was read.
const READINGS: usize = 3;

/// How often a stock call is cut down and sent again before its lines count as not known.
const STOCK_ROUNDS: usize = 8;

/// Delay before a request is repeated the first time; it doubles from there.
const FIRST_DELAY: Duration = Duration::from_millis(500);

/// Where Forstok answers. The two hosts of forstok-api.md §2; both are replaced to reach another service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForstokUrls {
    /// Of the token request.
    pub auth: String,
    /// Of everything else.
    pub api: String,
}

impl Default for ForstokUrls {
    fn default() -> Self {
        Self { auth: "https://integration.forstok.com".to_owned(), api: "https://accounts.forstok.com".to_owned() }
    }
}

/// The rows of a list so far. A list that changes while it is read tells a row on two of its pages: it is one row, and the newest counts.
/// What one page tells twice are two.
#[derive(Default)]
struct Gathered {
    rows: Vec<Box<RawValue>>,
    /// Where a row is and when it changed, by what it is known by and which of those on its page it is.
    known: HashMap<(String, usize), (usize, Option<Timestamp>)>,
}

impl Gathered {
    fn take(&mut self, page: Vec<Box<RawValue>>) {
        let mut times: HashMap<String, usize> = HashMap::new();
        for row in page {
            let (known_by, updated_at) = assumed::identity(&row);
            let nth = times.entry(known_by.clone()).or_default();
            match self.known.entry((known_by, *nth)) {
                Entry::Vacant(entry) => {
                    entry.insert((self.rows.len(), updated_at));
                    self.rows.push(row);
                }
                // Of those that say nothing of their changes, the later page was read later.
                Entry::Occupied(mut entry) if updated_at >= entry.get().1 => {
                    self.rows[entry.get().0] = row;
                    entry.get_mut().1 = updated_at;
                }
                Entry::Occupied(_) => {}
            }
            *nth += 1;
        }
    }
}

/// One seller's Forstok.
#[derive(Debug)]
pub struct ForstokShop {
    pipeline: Pipeline,
}

impl ForstokShop {
    /// A client for one account. Nothing is sent yet.
    ///
    /// # Errors
    /// When this machine cannot make secure connections at all.
    pub fn new(urls: &ForstokUrls, credentials: Credentials) -> Result<Self, PortError> {
        Self::with_first_delay(urls, credentials, FIRST_DELAY)
    }

    pub(crate) fn with_first_delay(
        urls: &ForstokUrls,
        credentials: Credentials,
        first_delay: Duration,
    ) -> Result<Self, PortError> {
        let transport = Transport::new([&urls.auth, &urls.api], first_delay)?;
        Ok(Self { pipeline: Pipeline::new(transport, Tokens::new(&urls.auth, credentials), &urls.api) })
    }

    /// Creates master products. Not repeated by itself.
    ///
    /// # Errors
    /// [`PortError::Rejected`] with the service's words; [`PortError::Unknown`] when it may have arrived.
    pub async fn create_items(&self, items: &[MasterItem]) -> Result<(), PortError> {
        self.write(&encoded(proven::create_items(items))?, "items").await
    }

    /// Changes one variant.
    ///
    /// # Errors
    /// As [`ForstokShop::create_items`].
    pub async fn update_variant(&self, change: &VariantChange) -> Result<(), PortError> {
        self.write(&encoded(proven::update_variant(change))?, "variants").await
    }

    /// Deletes a listing in Forstok with all its variants, so that it can be imported anew.
    ///
    /// # Errors
    /// As [`ForstokShop::create_items`]; [`PortError::NotOffered`] where the account has no such call.
    pub async fn delete_listing(&self, listing: ListingId) -> Result<(), PortError> {
        self.write(&assumed::delete_listing(listing), "listings").await
    }

    /// Imports a store's listings anew.
    ///
    /// # Errors
    /// As [`ForstokShop::delete_listing`].
    pub async fn import_store(&self, store: StoreId) -> Result<(), PortError> {
        self.write(&assumed::import_store(store), "imports").await
    }

    async fn write(&self, call: &Call, what: &str) -> Result<(), PortError> {
        self.pipeline.send(call).await.map(|_| ()).map_err(|failure| write_error(failure, what))
    }

    /// All rows of a list, all pages, each once, in order.
    async fn rows(&self, list: List, filter: &[(&'static str, String)]) -> Result<Vec<Box<RawValue>>, Failure> {
        let (first, size) = match self.page(list, filter, 1, PER_PAGE).await {
            Err(Failure::Refused { status: 400 | 422, .. }) => {
                (self.page(list, filter, 1, SMALL_PAGE).await?, SMALL_PAGE)
            }
            other => (other?, PER_PAGE),
        };
        let (envelope, rows) = first;
        let per_page = rows.len();
        let mut gathered = Gathered::default();
        gathered.take(rows);
        let Some(total) = envelope.number("total") else {
            // An answer that tells nothing of further pages.
            return if per_page == 0 { Ok(Vec::new()) } else { Ok(self.one_by_one(list, filter, size).await?.0) };
        };
        if gathered.rows.len() < total && per_page > 0 {
            let pages = total.div_ceil(per_page).min(MOST_PAGES);
            let rest: Vec<_> = stream::iter(2..=pages)
                .map(|number| self.page(list, filter, number, size))
                .buffered(PAGES_IN_FLIGHT)
                .try_collect()
                .await?;
            rest.into_iter().for_each(|(_, rows)| gathered.take(rows));
        }
        let (mut rows, mut total) = (gathered.rows, total);
        for _ in 0..READINGS {
            if rows.len() >= total {
                break;
            }
            // Rows moved between pages while they were read, or pages are shorter than the first one.
            (rows, total) = self.one_by_one(list, filter, size).await?;
        }
        if rows.len() < total {
            return Err(Failure::Lost { detail: "a list that is shorter than its own total" });
        }
        Ok(rows)
    }

    /// Reads page after page until one is empty or the same as the one before; also gives how many rows the first page says that there
    /// are.
    async fn one_by_one(
        &self,
        list: List,
        filter: &[(&'static str, String)],
        size: usize,
    ) -> Result<(Vec<Box<RawValue>>, usize), Failure> {
        let mut gathered = Gathered::default();
        let mut before: Vec<Box<RawValue>> = Vec::new();
        let mut total = 0;
        for number in 1..=MOST_PAGES {
            let (envelope, rows) = match self.page(list, filter, number, size).await {
                Ok(page) => page,
                // Some services answer so behind the last page.
                Err(Failure::Absent { .. }) if number > 1 => break,
                Err(other) => return Err(other),
            };
            if number == 1 {
                total = envelope.number("total").unwrap_or_default();
            }
            if rows.is_empty() || same(&rows, &before) {
                break;
            }
            gathered.take(std::mem::replace(&mut before, rows));
        }
        gathered.take(before);
        Ok((gathered.rows, total))
    }

    async fn page(
        &self,
        list: List,
        filter: &[(&'static str, String)],
        number: usize,
        size: usize,
    ) -> Result<(Envelope, Vec<Box<RawValue>>), Failure> {
        let envelope = self.pipeline.send(&assumed::page(list, filter, number, size)).await?;
        let rows = envelope.rows(list.rows).ok_or(Failure::Lost { detail: "an answer without its list" })?;
        Ok((envelope, rows))
    }

    /// All rows of a list, each read by itself: one that cannot be read is named and stops none of the others.
    async fn list<T>(
        &self,
        list: List,
        filter: &[(&'static str, String)],
        read: impl Fn(&RawValue) -> Result<T, Misread>,
    ) -> Result<Listed<T>, PortError> {
        let rows = self.rows(list, filter).await.map_err(|failure| failure.into_port(list.rows))?;
        Ok(each(list.name, &rows, read))
    }

    /// Whether a list is there, and its first rows.
    async fn probe(&self, list: List) -> Result<Option<Vec<Box<RawValue>>>, PortError> {
        let size = if list.rows == PATHS.variants.rows { SMALL_PAGE } else { 1 };
        match self.page(list, &[], 1, size).await {
            Ok((_, rows)) => Ok(Some(rows)),
            Err(Failure::Absent { .. } | Failure::Page { .. } | Failure::Refused { .. }) => Ok(None),
            Err(Failure::Lost { detail: "an answer without its list" }) => Ok(None),
            Err(other) => Err(other.into_port(list.rows)),
        }
    }

    /// Sends one call's lines and tells what became of each. The figures are absolute: after a partial refusal the other lines
    /// are sent once more by themselves, so that it is known, not guessed, that they were taken.
    async fn send_lines(&self, lines: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError> {
        let mut outcomes: Vec<Option<RowOutcome>> = vec![None; lines.len()];
        for (outcome, line) in outcomes.iter_mut().zip(lines) {
            if line.quantity.is_negative() || !line.quantity.0.fract().is_zero() {
                let reason = Reason::new(codes::QUANTITY_REFUSED).with("message", line.quantity);
                *outcome = Some(RowOutcome::Rejected { reason });
            }
        }
        let mut size = proven::QUANTITY_LINES;
        for _ in 0..STOCK_ROUNDS {
            let open: Vec<usize> = (0..lines.len()).filter(|&index| outcomes[index].is_none()).collect();
            if open.is_empty() {
                break;
            }
            for part in open.chunks(size) {
                let sent: Vec<&QuantityLine> = part.iter().map(|&index| &lines[index]).collect();
                let call = encoded(proven::quantities(&sent))?;
                let answer = self.pipeline.send(&call).await;
                let taken = answer.is_ok();
                let (message, errors) = match answer {
                    Ok(envelope) => (String::new(), envelope.line_errors()),
                    Err(Failure::Refused { status, message, envelope }) => {
                        let errors = envelope.map(|envelope| envelope.line_errors()).unwrap_or_default();
                        if errors.is_empty() && too_many_lines(status, &message) && part.len() > 1 {
                            size = (size / 2).max(1);
                            continue;
                        }
                        (message, errors)
                    }
                    Err(Failure::Absent { message: Some(message) })
                        if codes::classify(&message).code != codes::REFUSED =>
                    {
                        (message, Vec::new())
                    }
                    // The figures are absolute: the whole batch may be sent again, whatever of it was taken.
                    Err(failure) => return Err(write_error(failure, "quantities")),
                };
                let named = |line: &QuantityLine| errors.iter().find(|error| concerns(error, line, &sent));
                let refused_whole = !taken && !sent.iter().any(|line| named(line).is_some());
                for &index in part {
                    let words = named(&lines[index]).map(|error| error.message.as_deref().unwrap_or(&message));
                    outcomes[index] = match words.or(refused_whole.then_some(message.as_str())) {
                        Some(words) => Some(RowOutcome::Rejected { reason: codes::classify(words) }),
                        None if taken => Some(RowOutcome::Posted { record: None }),
                        None => None,
                    };
                }
            }
        }
        let unsettled = || RowOutcome::Unknown { reason: Reason::new("no_answer").with("side", SIDE) };
        Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unsettled)).collect())
    }
}

#[async_trait]
impl Shop for ForstokShop {
    async fn capabilities(&self) -> Result<Capabilities, PortError> {
        let (variants, warehouses, stores, pending, orders, invoices, payments) = futures::try_join!(
            self.probe(PATHS.variants),
            self.probe(PATHS.warehouses),
            self.probe(PATHS.stores),
            self.probe(PATHS.pending),
            self.probe(PATHS.orders),
            self.probe(PATHS.invoices),
            self.probe(PATHS.payments),
        )?;
        let quantities = match &variants {
            None => false,
            // Nothing says that they would not come.
            Some(rows) if rows.is_empty() => true,
            Some(rows) => {
                rows.iter().filter_map(|raw| read_row::<VariantRow>(raw).ok()).any(|row| row.has_quantities())
            }
        };
        Ok(Capabilities {
            variants: variants.is_some(),
            quantities,
            warehouses: warehouses.is_some(),
            stores: stores.is_some(),
            pending_listings: pending.is_some(),
            orders: orders.is_some(),
            invoices: invoices.is_some(),
            payments: payments.is_some(),
        })
    }

    async fn variants(&self) -> Result<Listed<Variant>, PortError> {
        let mut variants = self.list(PATHS.variants, &[], variant).await?;
        // One id is one variant, even where a page tells it twice.
        let mut seen = BTreeSet::new();
        variants.rows.retain(|variant| variant.id.is_none_or(|id| seen.insert(id)));
        Ok(variants)
    }

    async fn variants_of(&self, sku: &str) -> Result<Listed<Variant>, PortError> {
        let mut variants = self.list(PATHS.variants, &assumed::of_sku(sku), variant).await?;
        // A service that does not know the filter answers everything.
        let mut seen = BTreeSet::new();
        variants.rows.retain(|variant| variant.sku == sku && variant.id.is_none_or(|id| seen.insert(id)));
        variants.unread.retain(|row| row.says(sku));
        Ok(variants)
    }

    async fn orders(&self, since: Timestamp) -> Result<Listed<Order>, PortError> {
        let rows = self.rows(PATHS.orders, &assumed::orders_since(since)).await;
        let rows = rows.map_err(|failure| failure.into_port(PATHS.orders.rows))?;
        let mut listed = each(ListName::Orders, &rows, |raw| orders::order(raw).map(|order| (order, raw.to_owned())));
        // One id is one order, even where a page tells it twice.
        let mut orders: BTreeMap<OrderId, Order> = BTreeMap::new();
        for (number, (order, raw)) in (1..).zip(listed.rows) {
            if order.updated_at < since {
                continue;
            }
            let unread = orders::unread_returns(&raw).into_iter();
            listed.unread.extend(unread.map(|misread| UnreadRow::of(ListName::Returns, number, &raw, misread)));
            orders.insert(order.id, order);
        }
        let mut rows: Vec<Order> = orders.into_values().collect();
        rows.sort_by_key(|order| (order.updated_at, order.id));
        Ok(Listed { rows, unread: listed.unread })
    }

    async fn invoices(&self, since: Timestamp) -> Result<Listed<OrderInvoice>, PortError> {
        let mut invoices = self.list(PATHS.invoices, &[], orders::invoice).await?;
        let mut seen = BTreeSet::new();
        invoices.rows.retain(|one| one.created_at.is_none_or(|made| made >= since) && seen.insert(one.id));
        Ok(invoices)
    }

    async fn payments(&self, since: Timestamp) -> Result<Listed<Payment>, PortError> {
        let mut payments = self.list(PATHS.payments, &[], orders::payment).await?;
        payments.rows.retain(|one| one.paid_at >= since);
        Ok(payments)
    }

    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        let read = |raw: &RawValue| read_row::<WarehouseRow>(raw)?.warehouse();
        let mut warehouses = self.list(PATHS.warehouses, &[], read).await?;
        let mut seen = BTreeSet::new();
        warehouses.rows.retain(|one| seen.insert(one.id));
        Ok(warehouses)
    }

    async fn stores(&self) -> Result<Listed<Store>, PortError> {
        let mut stores = self.list(PATHS.stores, &[], |raw| read_row::<StoreRow>(raw)?.store()).await?;
        let mut seen = BTreeSet::new();
        stores.rows.retain(|one| seen.insert(one.id));
        Ok(stores)
    }

    async fn pending_listings(&self) -> Result<Listed<PendingListing>, PortError> {
        let mut seen = BTreeSet::new();
        let mut pending = Listed::default();
        let lists = futures::future::try_join_all(assumed::KINDS.map(|(kind, name)| async move {
            let waiting = |raw: &RawValue| assumed::pending(raw, kind);
            self.list(PATHS.pending, &[("kind", name.to_owned())], waiting).await
        }));
        for waiting in lists.await? {
            // A listing comes with all its variants, and a service may not heed the filter: each variant counts once.
            pending.rows.extend(waiting.rows.into_iter().flatten().filter(|one| {
                let itself = (one.listing, one.listing_variant, one.store, one.sku.clone());
                seen.insert((itself, one.original_sku.clone(), one.kind))
            }));
            let new = |row: &UnreadRow| row.id.is_none() || pending.unread.iter().all(|known| known.id != row.id);
            let unread: Vec<UnreadRow> = waiting.unread.into_iter().filter(new).collect();
            pending.unread.extend(unread);
        }
        Ok(pending)
    }

    async fn set_quantities(&self, lines: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError> {
        let mut outcomes = Vec::with_capacity(lines.len());
        for part in lines.chunks(self.quantity_batch()) {
            outcomes.extend(self.send_lines(part).await?);
        }
        Ok(outcomes)
    }

    fn quantity_batch(&self) -> usize {
        proven::QUANTITY_LINES
    }

    async fn resolve_listing(
        &self,
        listing: Option<ListingId>,
        listing_variant: Option<ListingVariantId>,
        action: PendingAction,
    ) -> Result<RowOutcome, PortError> {
        let what = "listings";
        let call = match (action, listing, listing_variant) {
            (PendingAction::Confirm, Some(listing), _) => assumed::confirm_listing(listing, "link"),
            (PendingAction::CreateMaster, Some(listing), _) => assumed::confirm_listing(listing, "create_master"),
            (PendingAction::Replace, Some(listing), _) => assumed::confirm_listing(listing, "replace"),
            (PendingAction::LinkTo(master), _, Some(variant)) => assumed::link_listing_variant(variant, master),
            // A listing out of an exported file has no id to be called by.
            _ => return Err(PortError::NotOffered { side: SIDE, what: what.to_owned() }),
        };
        match self.write(&call, what).await {
            Ok(()) => Ok(RowOutcome::Posted { record: None }),
            Err(PortError::Rejected { reason, .. }) => Ok(RowOutcome::Rejected { reason }),
            Err(other) => Err(other),
        }
    }
}

/// An error of a write. A key that is refused in the middle of a run is no fault of the row that met it.
fn write_error(failure: Failure, what: &str) -> PortError {
    match failure {
        Failure::WrongKey { .. } => PortError::SignInNeeded { side: SIDE },
        Failure::Absent { message: Some(message) } => {
            let reason = codes::classify(&message);
            // A record that is not there, as against a path that is not there.
            if reason.code == codes::REFUSED {
                PortError::NotOffered { side: SIDE, what: what.to_owned() }
            } else {
                PortError::Rejected { side: SIDE, reason, message }
            }
        }
        other => other.into_port(what),
    }
}

fn encoded(call: serde_json::Result<Call>) -> Result<Call, PortError> {
    call.map_err(|_| PortError::Rejected {
        side: SIDE,
        reason: Reason::new(codes::REFUSED),
        message: "the request cannot be written".to_owned(),
    })
}

fn variant(raw: &RawValue) -> Result<Variant, Misread> {
    read_row::<VariantRow>(raw).map(VariantRow::variant)
}

/// Reads each row by itself.
fn each<T>(list: ListName, rows: &[Box<RawValue>], read: impl Fn(&RawValue) -> Result<T, Misread>) -> Listed<T> {
    let mut listed = Listed::default();
    for (number, raw) in (1..).zip(rows) {
        match read(raw) {
            Ok(row) => listed.rows.push(row),
            Err(misread) => {
                // Without what stands there: a row may hold an address.
                tracing::warn!(list = list.name(), row = number, place = %misread.place, "a row cannot be read");
                listed.unread.push(UnreadRow::of(list, number, raw, misread));
            }
        }
    }
    listed
}

fn same(one: &[Box<RawValue>], other: &[Box<RawValue>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.get() == other.get())
}

/// Whether an error is about a line. One that names no warehouse is about the SKU in all of them; one whose SKU is none of those that were
/// sent is about the one that differs by blanks at its ends.
fn concerns(error: &LineError, line: &QuantityLine, sent: &[&QuantityLine]) -> bool {
    let near = |sku: &str| same_but_blanks(sku, &line.sku) && sent.iter().all(|other| other.sku != sku);
    error.sku.as_deref().is_some_and(|sku| sku == line.sku || near(sku))
        && error.warehouse_id.is_none_or(|warehouse| warehouse == line.warehouse.0)
}

/// Whether a stock call was refused for its length; the bound is not known (forstok-api.md §6.3).
fn too_many_lines(status: u16, message: &str) -> bool {
    let message = message.to_lowercase();
    status == 413
        || ["at most", "too many", "maximum", "max ", "maksimal", "limit"].iter().any(|word| message.contains(word))
}
