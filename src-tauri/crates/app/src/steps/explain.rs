//! Explain a number: why both sides show what they show for one SKU; and the orders that wait for one.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::sales;
use crate::shelves::Shelves;
use crate::view::{
    ExplainOrderView, ExplainPartView, ExplainPlaceView, ExplainView, Id, LastSentView, ReasonView, SkuWaitingView,
};
use jiff::Timestamp;
use selaras_domain::accurate::{Item, StockRow};
use selaras_domain::amount::Quantity;
use selaras_domain::decision::SkuState;
use selaras_domain::forstok::{PendingListing, Variant};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::mapping::WarehouseMapping;
use selaras_domain::plan::{Fields, OperationKey, PlanKind, Reason};
use selaras_domain::sku::{Spelling, same_but_blanks};
use selaras_domain::sku_match::SkuMatch;
use selaras_engine::explain::{Agreed, Part, PartKind, Place, Undone, explain, only_in_forstok};
use selaras_engine::kinds::stock::Counted;
use selaras_engine::kinds::stock_left::earlier_skus;
use selaras_engine::kinds::{stock, undo, undo_stock};
use selaras_engine::matches::spelling;
use selaras_engine::orders::waiting;
use selaras_engine::ports::PortError;
use selaras_engine::sales::only_warehouse;
use selaras_engine::shelf::{self, Shelf, Sold};
use selaras_engine::sku::{SkuInput, classify};
use selaras_store::{FORSTOK_SCOPE, LastPosted};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Orders shown behind one part.
const ORDERS_SHOWN: usize = 20;

/// What Forstok says of the SKU, and what was sold, with the time of each reading.
struct Known {
    variants: Vec<Variant>,
    forstok_read_at: Option<Timestamp>,
    sales: Option<sales::Sold>,
}

/// What is known from earlier runs and plans about a place.
#[derive(Default)]
struct Past {
    /// What Selaras wrote last, by a stock run or an undo of one.
    written: Option<(LastPosted, Quantity)>,
    /// What both sides showed last.
    agreed: Option<Agreed>,
    /// What an undo has done since.
    undone: Option<Undone>,
}

impl Desk {
    /// How many orders wait for each SKU, from what was read last; under the empty text those with a line that has no SKU. Empty where
    /// orders or invoices cannot be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn waiting_orders(&self) -> AppResult<BTreeMap<String, SkuWaitingView>> {
        let Some(open) = self.open_orders()? else { return Ok(BTreeMap::new()) };
        let view = |(sku, waiting): (&str, selaras_engine::orders::WaitingOrders)| {
            let (amount, oldest) = (waiting.total.text(), waiting.oldest.to_string());
            (sku.to_owned(), SkuWaitingView { orders: waiting.orders, amount, oldest })
        };
        Ok(waiting(&open.rows).into_iter().map(view).collect())
    }

    /// Takes a SKU's figures apart, warehouse by warehouse. With `refresh` it first reads what this SKU needs, and nothing else where
    /// the services allow it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] for a SKU that Forstok does not have; when a side cannot be read.
    pub async fn explain(&self, sku: &str, refresh: bool) -> AppResult<ExplainView> {
        let database = self.database()?;
        let catalogue = self.catalogue(false).await?;
        let directory = self.directory(false).await?;
        let decided = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let spelling = spelling(&catalogue.variants, &matches);
        let waits = catalogue.pending.iter().any(|listing| listing.sku == sku);
        let sku = if waits { sku } else { spelling.spelled(sku) };
        let pending: Vec<PendingListing> =
            catalogue.pending.iter().filter(|listing| listing.sku == sku).cloned().collect();
        let mut known = self.kept_of(sku, &catalogue.variants)?;
        let mut items = Cow::Borrowed(catalogue.items.as_slice());
        if refresh {
            let linked = decided.get(sku).and_then(|decision| decision.choice.target());
            let numbers: BTreeSet<String> =
                [Some(sku), Some(sku.trim()), linked].into_iter().flatten().map(str::to_owned).collect();
            let numbers: Vec<String> = numbers.into_iter().collect();
            let once = known.variants.iter().find_map(|variant| matches.of_variant(variant)).map(|once| once.item);
            let mut found = self.read_of(database, sku, &numbers, &mut known, &spelling).await?;
            // Under another code by now, it is still the item that the SKU was matched with.
            let elsewhere: Vec<ItemId> =
                once.into_iter().filter(|id| !found.iter().any(|item| item.id == *id)).collect();
            if !elsewhere.is_empty() {
                found.extend(self.open_books().await?.items_by_id(&elsewhere).await?);
            }
            let all = items.to_mut();
            all.retain(|item| {
                let asked = numbers.contains(&item.no) || Some(item.id) == once;
                !asked && !found.iter().any(|one| one.id == item.id)
            });
            all.extend(found);
        }
        // Those of nearly the same SKU, and of one that it had before, say whose is whose.
        let once: Vec<&str> =
            known.variants.iter().filter_map(|variant| matches.of_variant(variant)).flat_map(SkuMatch::skus).collect();
        let near = |other: &str| other != sku && (same_but_blanks(other, sku) || once.contains(&other));
        let near = catalogue.variants.iter().filter(|variant| near(&variant.sku));
        let variants: Vec<Variant> = known.variants.iter().chain(near).cloned().collect();
        let input =
            SkuInput { variants: &variants, pending: &pending, items: &items, decisions: &decided, matches: &matches };
        let rows = classify(&input);
        let row = rows
            .iter()
            .find(|row| row.sku == sku)
            .ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", sku))?;
        let item = row.item.filter(|_| row.state == SkuState::Matched);
        let (accurate_read_at, stock) = self.stock_of(database, item.map(|item| item.id), refresh).await?;
        let readable = self.company()?.forstok_capabilities.is_none_or(|offers| offers.quantities);
        let orders_read_at = known.sales.as_ref().map(|(at, _, _)| at.to_string());
        let shelves = known.sales.take().map(|sales| self.shelves_of(database, sales)).transpose()?;
        let invoiced = shelves.as_ref().map(Shelves::invoiced).unwrap_or_default();
        let only = only_warehouse(&directory.shop_warehouses);
        let sold = shelves.as_ref().map(|shelves| shelves.sold(&invoiced, only));
        let place = PlaceOf {
            sku,
            variant: row.variant.filter(|_| readable),
            readable,
            forstok_read_at: known.forstok_read_at,
            item,
            stock: item.and(stock.as_ref()),
            counted: &self.counted(database)?,
            sold: sold.as_ref(),
            unmatched: item.is_none().then_some(&row.reason),
        };
        let taken: HashSet<&str> = rows.iter().map(|row| row.sku).collect();
        let skus: Vec<&str> = std::iter::once(sku).chain(earlier_skus(row, &taken)).collect();
        let places = self.mapping_now(database)?.warehouses.into_iter().map(|pair| {
            let shop = directory.shop_warehouses.iter().find(|warehouse| warehouse.id == pair.forstok_id);
            let books = directory.warehouses.iter().find(|warehouse| warehouse.id == pair.accurate_id);
            let name = shop.map_or_else(|| pair.forstok_id.to_string(), |warehouse| warehouse.name.clone());
            let accurate_name = books.map(|warehouse| warehouse.name.clone()).unwrap_or_default();
            Ok(place.view(pair, (name, accurate_name), &self.past_of(database, &skus, pair)?))
        });
        Ok(ExplainView {
            sku: sku.to_owned(),
            name: row.name.to_owned(),
            item_no: item.map(|item| item.no.clone()),
            reason: place.unmatched.map(ReasonView::from),
            accurate_read_at: accurate_read_at.map(|at| at.to_string()),
            forstok_read_at: known.forstok_read_at.map(|at| at.to_string()),
            orders_read_at,
            places: places.collect::<AppResult<_>>()?,
        })
    }

    /// What was read last.
    fn kept_of(&self, sku: &str, variants: &[Variant]) -> AppResult<Known> {
        Ok(Known {
            variants: variants.iter().filter(|variant| variant.sku == sku).cloned().collect(),
            forstok_read_at: self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?,
            sales: self.kept_sales()?,
        })
    }

    /// Reads the SKU's variants, the items of these numbers and what was sold, all at once; answers the items.
    async fn read_of(
        &self,
        database: DatabaseId,
        sku: &str,
        numbers: &[String],
        known: &mut Known,
        spelling: &Spelling<'_>,
    ) -> AppResult<Vec<Item>> {
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let (has_orders, offers, now) = (self.has_orders()?, self.offers()?, self.now());
        let recipients = self.mapping_now(database)?.sales.recipient;
        let (variants, items, sold) = tokio::try_join!(
            async {
                match shop.variants_of(sku).await {
                    Err(PortError::NotOffered { .. }) => Ok(None),
                    answer => answer.map(Some),
                }
            },
            books.items_by_no(numbers),
            sales::read(shop.as_ref(), books.as_ref(), has_orders, offers, recipients, now),
        )?;
        self.keep_sales(database, &sold)?;
        let read_at = self.now();
        if let Some(variants) = variants {
            // What cannot be read is not explained as if it were not there.
            if let Some(row) = variants.unread.into_iter().next() {
                return Err(PortError::Unreadable { side: "forstok", row: Box::new(row) }.into());
            }
            known.variants = variants.rows;
            known.forstok_read_at = Some(read_at);
        }
        known.sales = sold.orders.zip(sold.invoices).map(|(mut orders, invoices)| {
            orders.iter_mut().for_each(|order| order.spell(spelling));
            (read_at, orders, invoices)
        });
        Ok(items.rows)
    }

    /// On hand of the item in Accurate, warehouse by warehouse, with the time; `None` where it was never read.
    async fn stock_of(
        &self,
        database: DatabaseId,
        item: Option<ItemId>,
        refresh: bool,
    ) -> AppResult<(Option<Timestamp>, Option<HashMap<WarehouseId, Quantity>>)> {
        let (at, rows) = match item.filter(|_| refresh) {
            Some(item) => {
                let rows = self.open_books().await?.item_stock(item).await?;
                (self.now(), rows)
            }
            None => match self.kept::<StockRow>(database, "stock")? {
                Some(kept) => (kept.at, kept.rows),
                None => return Ok((None, None)),
            },
        };
        let of_item = rows.into_iter().filter(|row| Some(row.item) == item);
        Ok((Some(at), Some(of_item.map(|row| (row.warehouse, row.quantity)).collect())))
    }

    /// What was sent and agreed under the SKU, or under one that it had before.
    fn past_of(&self, database: DatabaseId, skus: &[&str], pair: WarehouseMapping) -> AppResult<Past> {
        for sku in skus {
            let past = self.past_under(database, &stock::key(pair.forstok_id, sku))?;
            if past.written.is_some() || past.agreed.is_some() {
                return Ok(past);
            }
        }
        Ok(Past::default())
    }

    fn past_under(&self, database: DatabaseId, key: &OperationKey) -> AppResult<Past> {
        let kind = PlanKind::named(stock::KIND);
        let on_hand = |after: &Fields| Some(Quantity(after.get("on_hand")?.parse().ok()?));
        let figure = |last: LastPosted| on_hand(&last.after).map(|quantity| (last, quantity));
        let sent = self.books().last_posted_under(database, &kind, key)?.and_then(figure);
        let undo = PlanKind::named(undo_stock::KIND);
        let undone = self.books().last_posted_under(database, &undo, &undo::key(key))?.and_then(figure);
        let found = self.books().last_agreed_under(database, &kind, key)?;
        let found = found.and_then(|(after, at)| on_hand(&after).map(|quantity| Agreed { quantity, at }));
        let sent_then = sent.as_ref().map(|(last, quantity)| Agreed { quantity: *quantity, at: last.at });
        let agreed = [found, sent_then].into_iter().flatten().max_by_key(|agreed| agreed.at);
        let taken_back = undone.as_ref().map(|(last, quantity)| Agreed { quantity: *quantity, at: last.at });
        Ok(Past {
            written: [sent, undone].into_iter().flatten().max_by_key(|(last, _)| last.at),
            agreed,
            undone: undone_since(agreed, sent_then, taken_back),
        })
    }
}

/// What an undo has done to Forstok's figure since both sides agreed. It takes a figure back only where that is still the one that was
/// sent last, so what it did is the difference of the two.
pub(super) fn undone_since(agreed: Option<Agreed>, sent: Option<Agreed>, undone: Option<Agreed>) -> Option<Undone> {
    let (agreed, sent, undone) = (agreed?, sent?, undone?);
    (undone.at > agreed.at).then(|| Undone { quantity: undone.quantity - sent.quantity, at: undone.at })
}

/// What is the same for every place of the SKU.
struct PlaceOf<'a> {
    sku: &'a str,
    variant: Option<&'a Variant>,
    readable: bool,
    forstok_read_at: Option<Timestamp>,
    item: Option<&'a Item>,
    counted: &'a Counted,
    /// `None`: no item, or its stock was never read.
    stock: Option<&'a HashMap<WarehouseId, Quantity>>,
    sold: Option<&'a Sold<'a>>,
    /// Why no item stands behind it.
    unmatched: Option<&'a Reason>,
}

impl<'a> PlaceOf<'a> {
    /// What the shelf holds by Accurate's figure.
    fn shelf(&self, pair: WarehouseMapping, books: Quantity, forstok: Option<Quantity>) -> Shelf<'a> {
        let Some(sold) = self.sold else { return Shelf::unsold(books) };
        let place = shelf::Place {
            warehouse: pair.forstok_id,
            sku: self.sku,
            books,
            forstok: self.readable.then(|| forstok.unwrap_or_default()),
            counted_at: self.item.and_then(|item| self.counted.at(pair.accurate_id, item.id)),
        };
        shelf::shelf(sold, &place)
    }

    /// One place; its warehouses' names are those of Forstok and of Accurate.
    fn view(&self, pair: WarehouseMapping, names: (String, String), past: &Past) -> ExplainPlaceView {
        let row =
            self.variant.and_then(|variant| variant.stock.iter().find(|stock| stock.warehouse == pair.forstok_id));
        // What was sent after the last reading, or cannot be read back, stands for Forstok's figure.
        let written = past.written.as_ref();
        let newer = written.filter(|(last, _)| self.forstok_read_at.is_none_or(|at| last.at > at));
        let assumed = newer.or(written.filter(|_| !self.readable)).map(|(_, quantity)| *quantity);
        let forstok = assumed.or(row.map(|row| row.on_hand));
        // An item without a row in a warehouse has no stock there (accurate-online-api.md §8, seen).
        let accurate = self.stock.map(|stock| stock.get(&pair.accurate_id).copied().unwrap_or_default());
        let shelf = self.shelf(pair, accurate.unwrap_or_default(), forstok);
        let parts = match accurate {
            Some(_) => explain(&Place {
                sku: self.sku,
                warehouse: pair.forstok_id,
                shelf: &shelf,
                forstok: forstok.unwrap_or_default(),
                agreed: past.agreed,
                undone: past.undone,
                uncounted: self.item.is_some_and(|item| self.counted.never(pair.accurate_id, item)),
                sold: self.sold,
            }),
            None => only_in_forstok(forstok.unwrap_or_default(), self.unmatched),
        };
        ExplainPlaceView {
            warehouse_id: Id(pair.forstok_id.0),
            warehouse: names.0,
            accurate_warehouse: names.1,
            accurate: accurate.map(Quantity::text),
            forstok: forstok.map(Quantity::text),
            reserved: row.map(|row| row.reserved.text()),
            available: row.zip(forstok).map(|(row, on_hand)| (on_hand - row.reserved).text()),
            whole: parts.iter().all(|part| part.kind != PartKind::Unexplained),
            parts: parts.iter().map(part_view).collect(),
            last_sent: written.map(|(last, quantity)| LastSentView {
                quantity: quantity.text(),
                at: last.at.to_string(),
                run: last.run.to_string(),
            }),
        }
    }
}

fn part_view(part: &Part<'_>) -> ExplainPartView {
    ExplainPartView {
        code: part.kind.name().to_owned(),
        quantity: part.quantity.text(),
        in_accurate: part.in_accurate,
        in_forstok: part.in_forstok,
        reason: ReasonView::from(&part.reason),
        orders: part
            .orders
            .iter()
            .take(ORDERS_SHOWN)
            .map(|(order, units)| ExplainOrderView {
                number: order.number.clone(),
                store: order.store_name.clone(),
                channel: order.channel.clone(),
                status: order.status.words().to_owned(),
                quantity: units.text(),
                ordered_at: order.ordered_at.to_string(),
            })
            .collect(),
    }
}
