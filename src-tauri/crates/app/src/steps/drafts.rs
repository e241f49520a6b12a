//! What each kind of plan is made from: reads both sides, hands them to the kind's planner, and says what a person should know.
//!
//! Nothing is written here but snapshots. A new kind of plan adds its draft.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::shelves::Shelves;
use crate::snapshots::{Directory, StockReading};
use crate::steps::import::COUNT_PART;
use crate::view::PlanOptions;
use selaras_domain::accurate::{SalesInvoice, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{BranchId, DatabaseId, ItemId, WarehouseId};
use selaras_domain::mapping::{InvoiceTrigger, Mapping};
use selaras_domain::order::{business_day, day_begins};
use selaras_domain::plan::{Operation, OperationKey, PlanCounts, PlanKind, Reason};
use selaras_domain::sku::Spelling;
use selaras_domain::unread::UnreadRow;
use selaras_engine::kinds::{invoices, items, listings, opening_stock, stock, stock_left};
use selaras_engine::progress::ProgressSink;
use selaras_engine::sales::only_warehouse;
use selaras_engine::sku::{SkuRow, classify, stock_obstacle};
use selaras_engine::unread;
use selaras_forstok::import::CountRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A plan as a planner leaves it.
pub(crate) struct Draft {
    pub(crate) operations: Vec<Operation>,
    pub(crate) total: Option<Money>,
    pub(crate) notes: Vec<Reason>,
    pub(crate) read_at: jiff::Timestamp,
    /// The invoices that were in the books, where invoices are planned.
    pub(crate) invoices: Vec<SalesInvoice>,
}

impl Draft {
    /// Of a kind that plans no invoices.
    pub(crate) fn of(
        operations: Vec<Operation>,
        total: Option<Money>,
        notes: Vec<Reason>,
        read_at: jiff::Timestamp,
    ) -> Self {
        Self { operations, total, notes, read_at, invoices: Vec::new() }
    }
}

/// Note that each channel's export must be on.
pub(crate) const EXPORTS: &str = "channel_exports";

/// When a business day began in Jakarta.
pub(crate) fn start_of_day(at: jiff::Timestamp) -> jiff::Timestamp {
    day_begins(business_day(at)).unwrap_or(at)
}

impl Desk {
    pub(crate) fn mapping_now(&self, database: DatabaseId) -> AppResult<Mapping> {
        Ok(self.books().current_mapping(database)?.map(|version| version.mapping).unwrap_or_default())
    }

    pub(crate) async fn draft_items(&self, database: DatabaseId, progress: &dyn ProgressSink) -> AppResult<Draft> {
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let defaults = items::ItemDefaults {
            // Accurate's own default unit and category come first in its lists; a tenant whose lists cannot be read has these two
            // in every recording (accurate-online-api.md §8, guess).
            unit: catalogue.units.first().cloned().unwrap_or_else(|| "PCS".into()),
            category: catalogue.categories.first().cloned().unwrap_or_else(|| "Umum".into()),
            categories: catalogue.categories.clone(),
            tax: self.mapping_now(database)?.tax_id,
        };
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions, &matches));
        let mut operations = items::plan(database, &rows, &catalogue.items, &defaults);
        hold(&mut operations, database, items::KIND, &catalogue.unread);
        let total = items::total(&operations);
        let mut notes = vec![Reason::new("no_stock_written")];
        notes.extend(catalogue.less.iter().cloned());
        if !catalogue.pending_readable {
            notes.push(Reason::new("pending_not_readable"));
        }
        if PlanCounts::of(&operations).writes() == 0 {
            notes.push(self.exports_note()?);
        }
        Ok(Draft::of(operations, Some(total), notes, catalogue.read_at))
    }

    /// That each channel's export must be on for the marketplaces to get the figures, with the stores where it is off.
    fn exports_note(&self) -> AppResult<Reason> {
        let stores = self.kept::<selaras_domain::forstok::Store>(selaras_store::FORSTOK_SCOPE, "stores")?;
        let stores = stores.map(|read| read.rows).unwrap_or_default();
        let off: Vec<&str> = stores
            .iter()
            .filter(|store| store.active && store.export_on == Some(false))
            .map(|store| store.name.as_str())
            .collect();
        Ok(Reason::new(EXPORTS).with("count", off.len()).with("off", off.join(", ")))
    }

    /// The mapped warehouses of Accurate as they are called now: writes refer to them by name.
    async fn mapped_warehouses(&self, mapping: &Mapping) -> AppResult<Vec<Warehouse>> {
        if mapping.warehouses.is_empty() {
            return Err(AppError::new(ErrorCode::MappingIncomplete).with("missing", "warehouses"));
        }
        let books = self.open_books().await?;
        let all = books.warehouses().await?;
        let all = self.as_known(books.database(), "warehouses", all, |one: &Warehouse| one.id.0)?;
        mapping
            .warehouses
            .iter()
            .map(|pair| {
                let path = || format!("warehouses.{}", pair.forstok_id);
                let found = all.iter().find(|warehouse| warehouse.id == pair.accurate_id);
                let warehouse = found.ok_or_else(|| {
                    AppError::new(ErrorCode::MappingInvalid).with("path", path()).with("detail", "gone")
                })?;
                if warehouse.suspended {
                    return Err(AppError::new(ErrorCode::MappingInvalid)
                        .with("path", path())
                        .with("detail", "suspended"));
                }
                Ok(warehouse.clone())
            })
            .collect()
    }

    pub(crate) async fn draft_opening_stock(
        &self,
        database: DatabaseId,
        options: &PlanOptions,
        progress: &dyn ProgressSink,
    ) -> AppResult<Draft> {
        let mapping = self.mapping_now(database)?;
        let directory = self.directory(true).await?;
        let account = mapping
            .roles
            .stock_adjustment
            .ok_or_else(|| AppError::new(ErrorCode::MappingIncomplete).with("missing", "roles.stock_adjustment"))?;
        let account = directory.accounts.iter().find(|known| known.id == account).ok_or_else(|| {
            AppError::new(ErrorCode::MappingInvalid).with("path", "roles.stock_adjustment").with("detail", "gone")
        })?;
        let warehouses = self.mapped_warehouses(&mapping).await?;
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions, &matches));
        let stock = self.read_stock(&warehouses, &BTreeSet::new(), progress).await?;
        let figures = &stock.figures;
        let lines = match options.source.as_deref() {
            Some("file") => {
                let count = self.kept(database, COUNT_PART)?;
                let count = count.ok_or_else(|| AppError::input("source", "no_count_imported"))?;
                counted_in_file(&count.rows, &rows, &mapping, &warehouses, &directory.shop_warehouses, options)?
            }
            Some("forstok") => counted_in_forstok(&rows, &mapping, &warehouses, options)?,
            _ => return Err(AppError::input("source", "choose_file_or_forstok")),
        };
        let branch = opening_branch(&directory, &mapping)?;
        let date = match options.date.as_deref() {
            Some(text) => text.parse().map_err(|_| AppError::input("date", text))?,
            None => business_day(self.now()),
        };
        let kind = PlanKind::named(opening_stock::KIND);
        let oversold = match date == business_day(self.now()) {
            true => self.oversold(database, &rows, &mapping, &directory, figures)?,
            false => HashMap::new(),
        };
        let mut operations = opening_stock::plan(&opening_stock::OpeningInput {
            database,
            lines: &lines,
            stock: figures,
            oversold: &oversold,
            posted: &self.books().last_posted(database, &kind)?,
            account_no: &account.no,
            account: account.id,
            branch,
            date,
        });
        let unread: Vec<UnreadRow> =
            catalogue.unread.iter().chain(&directory.unread).chain(&stock.unread).cloned().collect();
        hold(&mut operations, database, opening_stock::KIND, &unread);
        unread::hold_figures(&mut operations, &unknown_figures(&stock, &rows), |operation| {
            let id = |name: &str| operation.after.get(name)?.parse().ok();
            Some((WarehouseId(id("warehouse_id")?), ItemId(id("item_id")?)))
        });
        let total = opening_stock::total(&operations);
        let notes = vec![Reason::new("date_of_documents").with("date", date)];
        Ok(Draft::of(operations, Some(total), notes, catalogue.read_at))
    }

    /// The shelves that nobody has counted and whose books are below zero, with what has its invoice and lies there still.
    fn oversold(
        &self,
        database: DatabaseId,
        rows: &[SkuRow<'_>],
        mapping: &Mapping,
        directory: &Directory,
        figures: &HashMap<(WarehouseId, ItemId), Quantity>,
    ) -> AppResult<HashMap<(WarehouseId, ItemId), Quantity>> {
        let counted = self.counted(database)?;
        let shelves = self.shelves(database)?;
        let invoiced = shelves.as_ref().map(Shelves::invoiced).unwrap_or_default();
        let only = only_warehouse(&directory.shop_warehouses);
        // Where orders cannot be read, all that has its invoice is taken to have left.
        let here = shelves.as_ref().map(|shelves| shelves.invoiced_here(&invoiced, only)).unwrap_or_default();
        let mut oversold = HashMap::new();
        for row in rows.iter().filter(|row| item_of(row).is_some()) {
            let Some(item) = row.item else { continue };
            for pair in &mapping.warehouses {
                let place = (pair.accurate_id, item.id);
                let books = figures.get(&place).copied().unwrap_or_default();
                let early = here.in_place(pair.forstok_id, row.sku);
                if let Some(early) = early.filter(|_| books.is_negative() && counted.never(place.0, item)) {
                    oversold.insert(place, early);
                }
            }
        }
        Ok(oversold)
    }

    pub(crate) async fn draft_stock(&self, database: DatabaseId, progress: &dyn ProgressSink) -> AppResult<Draft> {
        let mapping = self.mapping_now(database)?;
        let warehouses = self.mapped_warehouses(&mapping).await?;
        let catalogue = self.read_catalogue(progress).await?;
        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions, &matches));
        let wanted = self.shown_in_forstok(database, &mapping, &rows)?;
        let stock = self.read_stock(&warehouses, &wanted, progress).await?;
        let figures = &stock.figures;
        let directory = self.directory(false).await?;
        let pairs: Vec<stock::WarehousePair> = mapping
            .warehouses
            .iter()
            .map(|pair| stock::WarehousePair {
                forstok: pair.forstok_id,
                forstok_name: directory
                    .shop_warehouses
                    .iter()
                    .find(|warehouse| warehouse.id == pair.forstok_id)
                    .map_or_else(|| pair.forstok_id.to_string(), |warehouse| warehouse.name.clone()),
                accurate: pair.accurate_id,
            })
            .collect();
        let company = self.company()?;
        let readable = company.forstok_capabilities.is_some_and(|offers| offers.quantities);
        let kind = PlanKind::named(stock::KIND);
        let sales = self.kept_sales()?;
        if sales.is_none() && mapping.invoice_trigger != InvoiceTrigger::ReadyToShip {
            // What left without an invoice is not known, and figures without it would offer it again.
            return Err(AppError::new(ErrorCode::NotOffered).with("side", "forstok").with("what", "orders"));
        }
        let shelves = sales.map(|sales| self.shelves_of(database, sales)).transpose()?;
        let invoiced = shelves.as_ref().map(Shelves::invoiced).unwrap_or_default();
        let only = only_warehouse(&directory.shop_warehouses);
        let sold = shelves.as_ref().map(|shelves| shelves.sold(&invoiced, only));
        let sent = stock_left::under_skus_of_now(self.books().last_posted(database, &kind)?, &rows, &pairs);
        let sales_unread = self.kept_unread(database)?;
        let untold = unread::unknown_goods(&sales_unread, &self.row_decisions(database, invoices::KIND)?);
        let without_goods = || shelves.as_ref().and_then(|shelves| shelves.without_goods(&invoiced));
        let untold = untold.map(UnreadRow::title).or_else(without_goods);
        let input = stock::StockInput {
            database,
            rows: &rows,
            pairs: &pairs,
            stock: figures,
            readable,
            sent: &sent,
            counted: &self.count_in(database, figures)?,
            sold: sold.as_ref(),
            sells: self.has_orders()?,
            unknown_goods: untold.as_deref(),
        };
        let mut operations = stock::plan(&input);
        self.remember_found(database, &stock::found(&input))?;
        operations.extend(stock_left::held(&stock_left::LeftInput {
            database,
            rows: &rows,
            pairs: &pairs,
            matches: matches.all(),
            items: &catalogue.items,
            stock: figures,
            sent: &sent,
        }));
        let unread: Vec<UnreadRow> = [&catalogue.unread, &directory.unread, &stock.unread, &sales_unread]
            .into_iter()
            .flatten()
            // The goods of an order that cannot be read are taken off their shelf, whatever else it says.
            .filter(|row| unread::gone(row, self.now()).is_none())
            .cloned()
            .collect();
        hold(&mut operations, database, stock::KIND, &unread);
        let places = places(&pairs, &rows);
        unread::hold_figures(&mut operations, &unknown_figures(&stock, &rows), |operation| {
            places.get(&operation.key).copied()
        });
        let mut notes = stock_notes(&operations, mapping.invoice_trigger);
        notes.extend(catalogue.less.iter().cloned());
        let left_out = rows.iter().filter(|row| row.variant.is_some() && row.state.needs_person()).count();
        if left_out > 0 {
            notes.push(Reason::new("skus_left_out").with("count", left_out));
        }
        Ok(Draft::of(operations, None, notes, catalogue.read_at))
    }

    /// The places of Accurate whose goods Forstok shows as there: that one of them holds nothing is no reason to believe a list that does not
    /// tell it. One that was never counted is held anyway.
    fn shown_in_forstok(
        &self,
        database: DatabaseId,
        mapping: &Mapping,
        rows: &[SkuRow<'_>],
    ) -> AppResult<BTreeSet<(WarehouseId, ItemId)>> {
        let counted = self.counted(database)?;
        let mut wanted = BTreeSet::new();
        for row in rows {
            let (Some(variant), Some((id, _)), Some(item)) = (row.variant, item_of(row), row.item) else { continue };
            for pair in &mapping.warehouses {
                let shown =
                    variant.stock.iter().any(|one| one.warehouse == pair.forstok_id && one.on_hand.is_positive());
                if shown && stock_obstacle(item).is_none() && !counted.never(pair.accurate_id, item) {
                    wanted.insert((pair.accurate_id, id));
                }
            }
        }
        Ok(wanted)
    }

    pub(crate) async fn draft_listings(&self, database: DatabaseId) -> AppResult<Draft> {
        let catalogue = self.read_catalogue(&selaras_engine::progress::Silent).await?;
        let offered = self.company()?.forstok_capabilities.is_some_and(|offers| offers.pending_listings);
        let decisions = self.books().decisions(database)?;
        let mut operations = listings::plan(database, &catalogue.pending, &catalogue.variants, &decisions, offered);
        hold(&mut operations, database, listings::KIND, &catalogue.unread);
        Ok(Draft::of(operations, None, Vec::new(), catalogue.read_at))
    }
}

/// Holds what rows that could not be read may stand for, and shows each of them.
fn hold(operations: &mut Vec<Operation>, database: DatabaseId, kind: &str, unread: &[UnreadRow]) {
    let decisions = BTreeMap::new();
    unread::hold(operations, &unread::Reading { kind, database, unread, decisions: &decisions, only: &[] });
}

/// Which warehouse and item of Accurate each figure of Forstok comes from.
fn places(pairs: &[stock::WarehousePair], rows: &[SkuRow<'_>]) -> HashMap<OperationKey, (WarehouseId, ItemId)> {
    let of_pair = |pair: &stock::WarehousePair| {
        let (forstok, accurate) = (pair.forstok, pair.accurate);
        rows.iter().filter_map(move |row| Some((stock::key(forstok, row.sku), (accurate, row.item?.id))))
    };
    pairs.iter().flat_map(of_pair).collect()
}

/// Places of which no figure is known, with the reason.
fn unknown_figures(stock: &StockReading, rows: &[SkuRow<'_>]) -> BTreeMap<(WarehouseId, ItemId), Reason> {
    let mut unknown = unread::unread_figures(&stock.unread, rows);
    unknown.extend(stock.unlisted.iter().map(|(place, last)| (*place, unread::not_listed(*last))));
    unknown
}

/// The branch of opening-stock documents. A company with one needs none; with several it is the one that all stores share, else the
/// company's default.
fn opening_branch(directory: &Directory, mapping: &Mapping) -> AppResult<Option<BranchId>> {
    let live: Vec<_> = directory.branches.iter().filter(|branch| !branch.suspended).collect();
    if live.len() < 2 {
        return Ok(None);
    }
    let used: BTreeSet<BranchId> = mapping.stores.iter().filter_map(|store| store.branch_id).collect();
    let shared = used.first().copied().filter(|_| used.len() == 1);
    let branch = shared.or_else(|| live.iter().find(|branch| branch.default).map(|branch| branch.id));
    branch.map(Some).ok_or_else(|| AppError::new(ErrorCode::MappingIncomplete).with("missing", "stores.branch_id"))
}

fn asked_cost(options: &PlanOptions, sku: &str) -> AppResult<Option<Money>> {
    let Some(text) = options.unit_costs.get(sku) else { return Ok(None) };
    text.parse().map(|cost| Some(Money(cost))).map_err(|_| AppError::input("unit_cost", text).with("sku", sku))
}

fn obstacle_of(row: &SkuRow<'_>) -> Option<Reason> {
    row.item.and_then(stock_obstacle)
}

fn item_of(row: &SkuRow<'_>) -> Option<(ItemId, String)> {
    let matched = row.state == selaras_domain::decision::SkuState::Matched;
    row.item.filter(|_| matched).map(|item| (item.id, item.no.clone()))
}

/// A count from a file, with its words for warehouses and SKUs turned into ids.
fn counted_in_file(
    count: &[CountRow],
    rows: &[SkuRow<'_>],
    mapping: &Mapping,
    warehouses: &[Warehouse],
    shop_warehouses: &[selaras_domain::forstok::Warehouse],
    options: &PlanOptions,
) -> AppResult<Vec<opening_stock::CountedLine>> {
    let mut places: HashMap<String, Option<(WarehouseId, String)>> = HashMap::new();
    let mut name = |word: String, place: &(WarehouseId, String)| {
        let word = selaras_domain::sku::folded_name(&word);
        // A word that means two warehouses means none.
        places
            .entry(word)
            .and_modify(|known| {
                if known.as_ref() != Some(place) {
                    *known = None
                }
            })
            .or_insert_with(|| Some(place.clone()));
    };
    for (pair, warehouse) in mapping.warehouses.iter().zip(warehouses) {
        let place = (warehouse.id, warehouse.name.clone());
        name(warehouse.name.clone(), &place);
        name(pair.forstok_id.to_string(), &place);
        name(warehouse.id.to_string(), &place);
        if let Some(shop) = shop_warehouses.iter().find(|shop| shop.id == pair.forstok_id) {
            name(shop.name.clone(), &place);
        }
    }
    let only = match warehouses {
        [one] => Some((one.id, one.name.clone())),
        _ => None,
    };
    let by_sku: HashMap<&str, &SkuRow<'_>> = rows.iter().map(|row| (row.sku, row)).collect();
    let by_code: HashMap<&str, &SkuRow<'_>> =
        rows.iter().filter_map(|row| row.item.map(|item| (item.no.as_str(), row))).collect();
    // Whoever counts types SKUs as they sound, without the blanks that somebody has left at their ends.
    let (skus, codes) = (Spelling::of(by_sku.keys().copied()), Spelling::of(by_code.keys().copied()));
    count
        .iter()
        .map(|line| {
            let word = line.warehouse.clone().unwrap_or_default();
            let place = if word.trim().is_empty() {
                only.clone()
            } else {
                places.get(&selaras_domain::sku::folded_name(&word)).cloned().flatten()
            };
            let (sku, code) = (skus.spelled(&line.sku), codes.spelled(&line.sku));
            let row = by_sku.get(line.sku.as_str()).or_else(|| by_code.get(line.sku.as_str()));
            let row = row.or_else(|| by_sku.get(sku)).or_else(|| by_code.get(code));
            Ok(opening_stock::CountedLine {
                sku: line.sku.clone(),
                warehouse_text: word,
                place,
                item: row.and_then(|row| item_of(row)),
                obstacle: row.and_then(|row| obstacle_of(row)),
                quantity: line.quantity,
                unit_cost: asked_cost(options, &line.sku)?.or(line.unit_cost),
            })
        })
        .collect()
}

/// Forstok's on-hand as the count: only by a person's explicit choice. The cost is the one that the shop keeps there, when the
/// person says so, or the one that was asked for; never the price.
fn counted_in_forstok(
    rows: &[SkuRow<'_>],
    mapping: &Mapping,
    warehouses: &[Warehouse],
    options: &PlanOptions,
) -> AppResult<Vec<opening_stock::CountedLine>> {
    let mut lines = Vec::new();
    for row in rows {
        let (Some(variant), Some(item)) = (row.variant, item_of(row)) else { continue };
        for (pair, warehouse) in mapping.warehouses.iter().zip(warehouses) {
            let Some(stock) = variant.stock.iter().find(|stock| stock.warehouse == pair.forstok_id) else { continue };
            let kept = variant.cost_price.filter(|_| options.forstok_cost);
            lines.push(opening_stock::CountedLine {
                sku: row.sku.to_owned(),
                warehouse_text: warehouse.name.clone(),
                place: Some((warehouse.id, warehouse.name.clone())),
                item: Some(item.clone()),
                obstacle: obstacle_of(row),
                quantity: stock.on_hand,
                unit_cost: asked_cost(options, row.sku)?.or(kept),
            });
        }
    }
    Ok(lines)
}

/// What a person should know about a stock plan before it is sent.
fn stock_notes(operations: &[Operation], trigger: InvoiceTrigger) -> Vec<Reason> {
    let mut notes = Vec::new();
    let negative = operations.iter().filter(|operation| operation.reason.code == "negative_as_zero").count();
    if negative > 0 {
        notes.push(Reason::new("negatives_as_zero").with("count", negative));
    }
    let figure = |fields: &selaras_domain::plan::Fields| -> rust_decimal::Decimal {
        fields.get("on_hand").and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let (mut before, mut after, mut emptied) = (rust_decimal::Decimal::ZERO, rust_decimal::Decimal::ZERO, 0_u32);
    for operation in operations.iter().filter(|operation| operation.action.writes()) {
        let (was, will) = (figure(&operation.before), figure(&operation.after));
        before += was;
        after += will;
        emptied += u32::from(!was.is_zero() && will.is_zero());
    }
    notes.push(Reason::new("stock_moves").with("before", before).with("after", after));
    if emptied > 0 {
        notes.push(Reason::new("stock_emptied").with("count", emptied));
    }
    if trigger != InvoiceTrigger::ReadyToShip {
        notes.push(Reason::new("invoice_trigger_drifts"));
    }
    notes
}
