//! The catalogue at hand, and the table of SKUs that is made from it: classified once for each reading, and again only where a person
//! has decided.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::sales;
use crate::snapshots::Catalogue;
use crate::view::{ReasonView, SkuDecisionView, SkuSuggestionView, SkuView, SkuWaitingView, Zone};
use jiff::Timestamp;
use rust_decimal::Decimal;
use selaras_domain::accurate::Item;
use selaras_domain::decision::{Decision, SkuState};
use selaras_domain::forstok::{PendingListing, Variant};
use selaras_domain::ids::{DatabaseId, StoreId};
use selaras_domain::plan::json_hash;
use selaras_domain::sku::{Spelling, sku_key};
use selaras_domain::sku_match::SkuMatch;
use selaras_engine::candidates::CandidateIndex;
use selaras_engine::kinds::listings;
use selaras_engine::matches::Matches;
use selaras_engine::matching::Candidate;
use selaras_engine::progress::Silent;
use selaras_engine::sku::{ItemIndex, SkuInput, SkuRow, classify_with};
use selaras_store::{FORSTOK_SCOPE, NewSku, StoreError, StoredSku, Waiting};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock, PoisonError};

/// How long another program is waited for that makes the table anew: longer than a hundred thousand SKUs take.
const OTHERS_MAKE_IT: std::time::Duration = std::time::Duration::from_secs(3);

/// Changes when the table would come out otherwise for what it says about SKUs; to be set up by one whenever [`Around::view`] does.
const SHAPE: u32 = 2;

/// A reading of both lists: where they were read, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    database: DatabaseId,
    variants: Timestamp,
    pending: Option<Timestamp>,
    items: Timestamp,
}

/// The catalogue as it was read last, kept in memory with its rows by SKU: one decision among 100,000 SKUs reads no list again.
pub(crate) struct KnownCatalogue {
    reading: Reading,
    pub(crate) catalogue: Catalogue,
    items: ItemIndex,
    /// Made when candidates are first asked for.
    near: OnceLock<CandidateIndex>,
    variants: HashMap<String, Vec<usize>>,
    /// Of variants, by the key of their SKU.
    alike: HashMap<String, Vec<usize>>,
    pending: HashMap<String, Vec<usize>>,
}

impl KnownCatalogue {
    fn of(reading: Reading, catalogue: Catalogue) -> Self {
        fn places(skus: impl Iterator<Item = String>) -> HashMap<String, Vec<usize>> {
            let mut places: HashMap<String, Vec<usize>> = HashMap::new();
            for (place, sku) in skus.enumerate() {
                places.entry(sku).or_default().push(place);
            }
            places
        }
        Self {
            items: ItemIndex::of(&catalogue.items),
            near: OnceLock::new(),
            variants: places(catalogue.variants.iter().map(|variant| variant.sku.clone())),
            alike: places(catalogue.variants.iter().map(|variant| sku_key(&variant.sku))),
            pending: places(catalogue.pending.iter().map(|listing| listing.sku.clone())),
            reading,
            catalogue,
        }
    }

    /// The variants of a SKU.
    pub(crate) fn variants<'a>(&'a self, sku: &str) -> impl Iterator<Item = &'a Variant> {
        self.variants.get(sku).into_iter().flatten().filter_map(|&place| self.catalogue.variants.get(place))
    }

    /// The variants whose SKU is this one but for blanks and case, its own among them.
    pub(crate) fn alike<'a>(&'a self, sku: &str) -> impl Iterator<Item = &'a Variant> {
        let places = self.alike.get(&sku_key(sku));
        places.into_iter().flatten().filter_map(|&place| self.catalogue.variants.get(place))
    }

    /// A SKU as the catalogue writes it, however a person has typed it.
    pub(crate) fn spelled(&self, typed: &str) -> String {
        if self.pending.contains_key(typed) {
            return typed.to_owned();
        }
        Spelling::of(self.alike(typed).map(|variant| variant.sku.as_str())).spelled(typed).to_owned()
    }

    /// The listings that wait under a SKU.
    pub(crate) fn pending<'a>(&'a self, sku: &str) -> impl Iterator<Item = &'a PendingListing> {
        self.pending.get(sku).into_iter().flatten().filter_map(|&place| self.catalogue.pending.get(place))
    }

    /// The states of a few SKUs, of what [`KnownCatalogue::around`] tells of them.
    fn few<'a>(&self, input: &SkuInput<'a>, skus: &BTreeSet<&str>) -> Vec<SkuRow<'a>> {
        let mut rows = classify_with(input, &self.items);
        rows.retain(|row| skus.contains(row.sku));
        rows
    }

    /// What a few SKUs are told from: their variants with those of nearly the same SKU and those that have one of their earlier SKUs now; and
    /// every SKU under which something may have been decided about them.
    fn around(&self, skus: &BTreeSet<&str>, matches: &Matches) -> (Vec<Variant>, BTreeSet<String>) {
        let mut asked: BTreeSet<String> = skus.iter().map(|sku| (*sku).to_owned()).collect();
        for sku in skus {
            asked.insert(sku.trim().to_owned());
            let once = self.variants(sku).filter_map(|variant| matches.of_variant(variant));
            asked.extend(once.flat_map(SkuMatch::skus).map(str::to_owned));
        }
        let alike = asked.iter().flat_map(|sku| self.alike.get(&sku_key(sku)).into_iter().flatten());
        let places: BTreeSet<usize> = alike.copied().collect();
        (places.into_iter().filter_map(|place| self.catalogue.variants.get(place)).cloned().collect(), asked)
    }

    /// The item of Accurate with a code.
    pub(crate) fn item(&self, no: &str) -> Option<&Item> {
        self.items.place_of_code(no).and_then(|place| self.catalogue.items.get(place))
    }

    /// The state of every SKU under these decisions.
    pub(crate) fn classified<'a>(
        &'a self,
        decisions: &'a BTreeMap<String, Decision>,
        matches: &'a Matches,
    ) -> Vec<SkuRow<'a>> {
        classify_with(&super::skus::input(&self.catalogue, decisions, matches), &self.items)
    }

    /// The items of Accurate that come nearest to a variant.
    pub(crate) fn candidates(&self, variant: &Variant, limit: usize) -> Vec<Candidate<'_>> {
        let items = &self.catalogue.items;
        self.near.get_or_init(|| CandidateIndex::of(items)).candidates(variant, items, limit)
    }
}

/// What a row's view needs beside the row.
pub(crate) struct Around<'a> {
    decisions: &'a BTreeMap<String, Decision>,
    stores: HashMap<StoreId, String>,
    resolvable: bool,
}

impl Around<'_> {
    /// All that is shown of a SKU but the orders that wait for it.
    pub(crate) fn view(&self, row: &SkuRow<'_>) -> SkuView {
        let empty = row.state == SkuState::Empty;
        SkuView {
            sku: row.sku.to_owned(),
            name: row.name.to_owned(),
            state: row.state.name().to_owned(),
            reason: ReasonView::from(&row.reason),
            suggestion: row.proposal.as_ref().map(|proposal| SkuSuggestionView {
                decision: proposal.decision.to_owned(),
                target: proposal.target.clone(),
                zone: if proposal.sure { Zone::Sure } else { Zone::Look },
            }),
            decision: self.decisions.get(row.sku).map(|decision| SkuDecisionView {
                decision: decision.choice.name().to_owned(),
                target: decision.choice.target().map(str::to_owned),
                at: decision.at.to_string(),
            }),
            store: row.pending.and_then(|listing| listing.store).and_then(|store| self.stores.get(&store).cloned()),
            resolvable: row.pending.is_some() && self.resolvable && !empty,
            place: row.pending.map(|listing| ReasonView::from(listings::place(listing.kind))).or_else(|| {
                (empty || row.state == SkuState::Duplicate)
                    .then(|| ReasonView { code: "place_master_sku".into(), params: BTreeMap::new() })
            }),
            price: row.variant.and_then(|variant| variant.price).map(|price| price.text()),
            barcode: row.variant.and_then(|variant| variant.barcode.clone()),
            stock: on_hand(row).map(|stock| stock.normalize().to_string()),
            warehouses: row.variant.map_or(0, |variant| u32::try_from(variant.stock.len()).unwrap_or(u32::MAX)),
            waiting: None,
        }
    }

    fn new_sku(&self, row: &SkuRow<'_>, waiting: &BTreeMap<String, SkuWaitingView>) -> Result<NewSku, StoreError> {
        let view = self.view(row);
        let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "SKU", detail: error.to_string() };
        let sure = row.proposal.as_ref().is_some_and(|proposal| proposal.sure);
        Ok(NewSku {
            sku: view.sku.clone(),
            name: view.name.clone(),
            state: row.state,
            // What is ready goes into the next plan by itself, and what is decided is decided: neither is there to be accepted.
            sure: sure && row.state.needs_person() && view.decision.is_none(),
            barcode: view.barcode.clone(),
            price: row.variant.and_then(|variant| variant.price).map(|price| price.0),
            stock: on_hand(row),
            waiting: waiting.get(row.sku).map(|waiting| Waiting {
                orders: waiting.orders,
                amount: waiting.amount.clone(),
                oldest: waiting.oldest.clone(),
            }),
            body: serde_json::to_string(&view).map_err(unreadable)?,
        })
    }
}

/// Σ on hand over Forstok's warehouses; nothing where none has a row.
fn on_hand(row: &SkuRow<'_>) -> Option<Decimal> {
    let variant = row.variant.filter(|variant| !variant.stock.is_empty())?;
    Some(variant.stock.iter().map(|stock| stock.on_hand.0).sum())
}

/// A row of the table as its view.
pub(crate) fn stored_view(row: StoredSku) -> AppResult<SkuView> {
    let mut view: SkuView = serde_json::from_str(&row.body)
        .map_err(|error| AppError::new(ErrorCode::StorageDamaged).with("detail", error))?;
    view.waiting = row.waiting.map(waiting_view);
    Ok(view)
}

fn waiting_view(waiting: Waiting) -> SkuWaitingView {
    SkuWaitingView { orders: waiting.orders, amount: waiting.amount, oldest: waiting.oldest }
}

impl Desk {
    fn reading(&self, database: DatabaseId) -> AppResult<Option<Reading>> {
        let variants = self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?;
        let items = self.books().snapshot_read_at(database, "items")?;
        let (Some(variants), Some(items)) = (variants, items) else { return Ok(None) };
        let pending = self.books().snapshot_read_at(FORSTOK_SCOPE, "pending")?;
        Ok(Some(Reading { database, variants, pending, items }))
    }

    /// The catalogue at hand; `None` before the first reading.
    pub(crate) fn known_catalogue(&self) -> AppResult<Option<Arc<KnownCatalogue>>> {
        let Some(reading) = self.reading(self.database()?)? else { return Ok(None) };
        let mut known = self.inner.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.reading == reading) {
            return Ok(Some(known.clone()));
        }
        // The earlier one is let go before the new one is made.
        *known = None;
        let Some(catalogue) = self.kept_catalogue()? else { return Ok(None) };
        let made = Arc::new(KnownCatalogue::of(reading, catalogue));
        *known = Some(made.clone());
        Ok(Some(made))
    }

    /// The catalogue at hand, read anew when asked for or never read before.
    pub(crate) async fn catalogue_at_hand(&self, refresh: bool) -> AppResult<Arc<KnownCatalogue>> {
        if !refresh && let Some(known) = self.known_catalogue()? {
            return Ok(known);
        }
        self.read_catalogue(&Silent).await?;
        self.known_catalogue()?.ok_or_else(|| AppError::new(ErrorCode::Internal).with("detail", "no catalogue"))
    }

    pub(crate) fn around<'a>(&self, decisions: &'a BTreeMap<String, Decision>) -> AppResult<Around<'a>> {
        let stores = self.kept::<selaras_domain::forstok::Store>(FORSTOK_SCOPE, "stores")?;
        let stores = stores.map(|read| read.rows).unwrap_or_default();
        let stores = stores.into_iter().map(|store| (store.id, store.name)).collect();
        Ok(Around { decisions, stores, resolvable: self.resolvable()? })
    }

    fn resolvable(&self) -> AppResult<bool> {
        Ok(self.company()?.forstok_capabilities.is_some_and(|offers| offers.pending_listings))
    }

    /// All that the table is made from, in one line; `None` before the first reading.
    fn sku_source_now(&self, database: DatabaseId) -> AppResult<Option<String>> {
        let Some(reading) = self.reading(database)? else { return Ok(None) };
        let stores = self.kept::<selaras_domain::forstok::Store>(FORSTOK_SCOPE, "stores")?;
        let names: Vec<(StoreId, String)> =
            stores.into_iter().flat_map(|read| read.rows).map(|store| (store.id, store.name)).collect();
        let lists = (reading.variants, reading.pending, reading.items);
        let sales = (
            self.books().snapshot_read_at(FORSTOK_SCOPE, sales::ORDERS_PART)?,
            self.books().snapshot_read_at(database, sales::INVOICES_PART)?,
        );
        let decided = (self.books().decision_mark(database)?, self.books().match_mark(database)?);
        Ok(Some(json_hash(&(SHAPE, lists, sales, decided, self.resolvable()?, names))))
    }

    /// Makes the table anew when it was made from anything else than what is known now. Answers when the catalogue was read; `None`
    /// before the first time.
    pub(crate) fn fresh_sku_table(&self, database: DatabaseId) -> AppResult<Option<Timestamp>> {
        // One at a time: whoever has waited finds it made.
        let _one = self.inner.sku_table.lock().unwrap_or_else(PoisonError::into_inner);
        match self.sku_table_made(database) {
            Err(error) if error.code == ErrorCode::CompanyBusy => {
                // Another program makes it, and has it soon.
                std::thread::sleep(OTHERS_MAKE_IT);
                self.sku_table_made(database)
            }
            made => made,
        }
    }

    fn sku_table_made(&self, database: DatabaseId) -> AppResult<Option<Timestamp>> {
        let Some(source) = self.sku_source_now(database)? else { return Ok(None) };
        if let Some((_, read_at)) = self.books().sku_source(database)?.filter(|(made_from, _)| *made_from == source) {
            return Ok(Some(read_at));
        }
        let Some(known) = self.known_catalogue()? else { return Ok(None) };
        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &known.catalogue.items)?;
        let rows = known.classified(&decisions, &matches);
        let (around, waiting) = (self.around(&decisions)?, self.waiting_orders()?);
        let rows = rows.iter().map(|row| around.new_sku(row, &waiting));
        self.books().put_skus(database, &source, known.catalogue.read_at, rows)?;
        Ok(Some(known.catalogue.read_at))
    }

    /// Stores decisions and takes others back, and brings the rows of their SKUs up to date; the table's other rows stay. Answers the
    /// decided SKUs as they are now.
    pub(crate) fn decide(
        &self,
        database: DatabaseId,
        known: &KnownCatalogue,
        decisions: &[Decision],
        undone: &[&str],
    ) -> AppResult<Vec<SkuView>> {
        let fresh = self.fresh_sku_table(database)?.is_some();
        self.books().save_decisions(database, decisions)?;
        self.books().remove_decisions(database, undone)?;
        let skus: BTreeSet<&str> =
            decisions.iter().map(|decision| decision.sku.as_str()).chain(undone.iter().copied()).collect();
        let matches = self.matches(database, &known.catalogue.items)?;
        let (variants, asked) = known.around(&skus, &matches);
        let pending: Vec<PendingListing> = skus.iter().flat_map(|sku| known.pending(sku)).cloned().collect();
        let decided = self.books().decisions_about(database, asked.iter().map(String::as_str))?;
        let items = &known.catalogue.items;
        let before = SkuInput { variants: &variants, pending: &pending, items, decisions: &decided, matches: &matches };
        self.match_as_decided(database, &known.few(&before, &skus), decisions)?;
        let matches = self.matches(database, items)?;
        let rows = known.few(&SkuInput { matches: &matches, ..before }, &skus);
        let around = self.around(&decided)?;
        if let Some(source) = self.sku_source_now(database)?.filter(|_| fresh) {
            // No order has come or gone meanwhile.
            let mut waiting = BTreeMap::new();
            for sku in &skus {
                let row = self.books().rows_of_sku(database, sku)?.into_iter().next();
                waiting.extend(row.and_then(|row| row.waiting).map(|row| ((*sku).to_owned(), waiting_view(row))));
            }
            let rows = rows.iter().map(|row| around.new_sku(row, &waiting));
            self.books().put_skus_of(database, &source, &skus, rows)?;
        }
        Ok(rows.iter().map(|row| around.view(row)).collect())
    }
}
