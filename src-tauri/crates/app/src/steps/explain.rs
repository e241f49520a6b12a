//! Explain a number: why both sides show what they show for one SKU; and the orders that wait for one.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::sales;
use crate::snapshots::Read;
use crate::view::{
    ExplainOrderView, ExplainPartView, ExplainPlaceView, ExplainView, Id, LastSentView, ReasonView, SkuWaitingView,
};
use jiff::Timestamp;
use selaras_domain::accurate::{SalesInvoice, StockRow};
use selaras_domain::amount::Quantity;
use selaras_domain::decision::SkuState;
use selaras_domain::forstok::{PendingListing, Variant};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::mapping::WarehouseMapping;
use selaras_domain::order::Order;
use selaras_domain::plan::{Fields, PlanKind, Reason};
use selaras_engine::explain::{Agreed, Part, PartKind, Place, Sales, explain};
use selaras_engine::kinds::{stock, undo, undo_stock};
use selaras_engine::orders::{Invoiced, waiting};
use selaras_engine::ports::PortError;
use selaras_engine::sku::{SkuInput, classify};
use selaras_store::{FORSTOK_SCOPE, LastPosted};
use std::collections::{BTreeMap, HashMap};

/// Orders shown behind one part.
const ORDERS_SHOWN: usize = 20;

/// What is known of the SKU, with the time of each reading.
struct Known {
    variant: Option<Variant>,
    forstok_read_at: Option<Timestamp>,
    /// On hand in Accurate; `None` where it was never read.
    stock: Option<HashMap<WarehouseId, Quantity>>,
    accurate_read_at: Option<Timestamp>,
    sales: Option<(Timestamp, Vec<Order>, Vec<SalesInvoice>)>,
}

/// What is known from earlier runs and plans about a place.
#[derive(Default)]
struct Past {
    /// What Selaras wrote last, by a stock run or an undo of one.
    written: Option<(LastPosted, Quantity)>,
    /// What both sides showed last.
    agreed: Option<Agreed>,
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
        let decisions = self.books().decisions(database)?;
        let variants: Vec<Variant> = catalogue.variants.iter().filter(|variant| variant.sku == sku).cloned().collect();
        let pending: Vec<PendingListing> =
            catalogue.pending.iter().filter(|listing| listing.sku == sku).cloned().collect();
        let decided = decisions.get_key_value(sku).map(|(sku, decision)| (sku.clone(), decision.clone()));
        let decided = decided.into_iter().collect();
        let input = SkuInput { variants: &variants, pending: &pending, items: &catalogue.items, decisions: &decided };
        let rows = classify(&input);
        let row = rows.first().ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", sku))?;
        let item = row.item.filter(|_| row.state == SkuState::Matched);
        let known = self.known(database, sku, item.map(|item| item.id), row.variant, refresh).await?;
        let mapping = self.mapping_now(database)?;
        let readable = self.company()?.forstok_capabilities.is_none_or(|offers| offers.quantities);
        let invoiced = known.sales.as_ref().map(|(_, _, invoices)| Invoiced::of(invoices)).unwrap_or_default();
        let names: HashMap<WarehouseId, &str> =
            directory.warehouses.iter().map(|warehouse| (warehouse.id, warehouse.name.as_str())).collect();
        let places = mapping
            .warehouses
            .iter()
            .map(|pair| {
                let found = directory.shop_warehouses.iter().find(|warehouse| warehouse.id == pair.forstok_id);
                let warehouse = found.map_or_else(|| pair.forstok_id.to_string(), |warehouse| warehouse.name.clone());
                let accurate_warehouse = names.get(&pair.accurate_id).copied().unwrap_or_default().to_owned();
                let place = PlaceOf { sku, pair: *pair, known: &known, readable, matched: item.is_some() };
                let past = self.past(database, sku, pair)?;
                Ok(place.view(warehouse, accurate_warehouse, &past, &invoiced, &row.reason))
            })
            .collect::<AppResult<Vec<_>>>()?;
        Ok(ExplainView {
            sku: sku.to_owned(),
            name: row.name.to_owned(),
            item_no: item.map(|item| item.no.clone()),
            reason: item.is_none().then(|| ReasonView::from(&row.reason)),
            accurate_read_at: known.accurate_read_at.map(|at| at.to_string()),
            forstok_read_at: known.forstok_read_at.map(|at| at.to_string()),
            orders_read_at: known.sales.as_ref().map(|(at, _, _)| at.to_string()),
            places,
        })
    }

    /// What was read last, or what both sides say now.
    async fn known(
        &self,
        database: DatabaseId,
        sku: &str,
        item: Option<ItemId>,
        variant: Option<&Variant>,
        refresh: bool,
    ) -> AppResult<Known> {
        if !refresh {
            let stock: Option<Read<StockRow>> = self.kept(database, "stock")?;
            return Ok(Known {
                variant: variant.cloned(),
                forstok_read_at: self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?,
                accurate_read_at: stock.as_ref().map(|read| read.at),
                stock: stock.map(|read| {
                    let of_item = read.rows.into_iter().filter(|row| Some(row.item) == item);
                    of_item.map(|row| (row.warehouse, row.quantity)).collect()
                }),
                sales: self.kept_sales()?,
            });
        }
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let (has_orders, now) = (self.has_orders()?, self.now());
        let (variants, stock, sold) = tokio::try_join!(
            async {
                match shop.variants_of(sku).await {
                    Err(PortError::NotOffered { .. }) => Ok(None),
                    answer => answer.map(Some),
                }
            },
            async {
                match item {
                    Some(item) => books.item_stock(item).await.map(Some),
                    None => Ok(None),
                }
            },
            sales::read(shop.as_ref(), books.as_ref(), has_orders, now),
        )?;
        self.keep_sales(database, &sold)?;
        let read_at = self.now();
        let kept_at = self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?;
        Ok(Known {
            forstok_read_at: variants.as_ref().map_or(kept_at, |_| Some(read_at)),
            variant: match variants {
                Some(found) => found.into_iter().next(),
                None => variant.cloned(),
            },
            accurate_read_at: stock.as_ref().map(|_| read_at),
            stock: stock.map(|rows| rows.into_iter().map(|row| (row.warehouse, row.quantity)).collect()),
            sales: sold.orders.zip(sold.invoices).map(|(orders, invoices)| (read_at, orders, invoices)),
        })
    }

    fn past(&self, database: DatabaseId, sku: &str, pair: &WarehouseMapping) -> AppResult<Past> {
        let (key, kind) = (stock::key(pair.forstok_id, sku), PlanKind::named(stock::KIND));
        let on_hand = |after: &Fields| Some(Quantity(after.get("on_hand")?.parse().ok()?));
        let figure = |last: LastPosted| on_hand(&last.after).map(|quantity| (last, quantity));
        let sent = self.books().last_posted_under(database, &kind, &key)?.and_then(figure);
        let undo = PlanKind::named(undo_stock::KIND);
        let undone = self.books().last_posted_under(database, &undo, &undo::key(&key))?.and_then(figure);
        let found = self.books().last_agreed_under(database, &kind, &key)?;
        let found = found.and_then(|(after, at)| on_hand(&after).map(|quantity| Agreed { quantity, at }));
        let sent_then = sent.as_ref().map(|(last, quantity)| Agreed { quantity: *quantity, at: last.at });
        let agreed = [found, sent_then].into_iter().flatten().max_by_key(|agreed| agreed.at);
        let undone_at = undone.as_ref().map(|(last, _)| last.at);
        Ok(Past {
            written: [sent, undone].into_iter().flatten().max_by_key(|(last, _)| last.at),
            // After an undo Forstok has an older figure again: nothing that both sides had in common.
            agreed: agreed.filter(|agreed| undone_at.is_none_or(|at| at < agreed.at)),
        })
    }
}

/// One place of the SKU with everything that is known about it.
struct PlaceOf<'a> {
    sku: &'a str,
    pair: WarehouseMapping,
    known: &'a Known,
    readable: bool,
    matched: bool,
}

impl PlaceOf<'_> {
    fn view(
        &self,
        warehouse: String,
        accurate_warehouse: String,
        past: &Past,
        invoiced: &Invoiced<'_>,
        unmatched: &Reason,
    ) -> ExplainPlaceView {
        let row = self.known.variant.as_ref().and_then(|variant| {
            variant.stock.iter().find(|stock| stock.warehouse == self.pair.forstok_id).filter(|_| self.readable)
        });
        // What was sent after the last reading, or cannot be read back, stands for Forstok's figure.
        let written = past.written.as_ref();
        let newer = written.filter(|(last, _)| self.known.forstok_read_at.is_none_or(|at| last.at > at));
        let assumed = newer.or(written.filter(|_| !self.readable)).map(|(_, quantity)| *quantity);
        let forstok = assumed.or(row.map(|row| row.on_hand));
        // An item without a row in a warehouse has no stock there (accurate-online-api.md §8, seen).
        let accurate = self.known.stock.as_ref().filter(|_| self.matched).map(|stock| {
            stock.get(&self.pair.accurate_id).copied().unwrap_or_default()
        });
        let parts = match accurate {
            Some(accurate) => explain(&Place {
                sku: self.sku,
                warehouse: self.pair.forstok_id,
                accurate,
                forstok: forstok.unwrap_or_default(),
                agreed: past.agreed,
                sales: self.known.sales.as_ref().map(|(_, orders, _)| Sales { orders, invoiced }),
            }),
            None => only_in_forstok(forstok, self.matched, unmatched),
        };
        ExplainPlaceView {
            warehouse_id: Id(self.pair.forstok_id.0),
            warehouse,
            accurate_warehouse,
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

/// Without a figure of Accurate all of Forstok's stands alone: the SKU has no item, or the stock was never read.
fn only_in_forstok<'a>(forstok: Option<Quantity>, matched: bool, unmatched: &Reason) -> Vec<Part<'a>> {
    let figure = forstok.filter(|figure| !figure.is_zero());
    let part = figure.map(|quantity| Part {
        kind: PartKind::Unexplained,
        quantity,
        in_accurate: false,
        in_forstok: true,
        reason: if matched {
            Reason::new("explain_only_forstok_uncounted").with("quantity", quantity)
        } else {
            unmatched.clone()
        },
        orders: Vec::new(),
    });
    part.into_iter().collect()
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
