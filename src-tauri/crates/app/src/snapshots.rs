//! Reads both sides and keeps what they said, with the time. Plans and screens work on what is kept, never on half an answer.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::relisting::{Ask, Asked, Settled, asked, settled};
use crate::sales;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use selaras_domain::accurate::{Account, Branch, Customer, Item, StockRow, Tax, Warehouse};
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::{self, PendingListing, Variant};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::plan::{PlanKind, Reason};
use selaras_domain::unread::{Listed, UnreadRow};
use selaras_engine::kinds::opening_stock;
use selaras_engine::ports::PortError;
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::unread::NotListed;
use selaras_store::FORSTOK_SCOPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A list as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read<T> {
    pub(crate) at: Timestamp,
    pub(crate) rows: Vec<T>,
}

/// What items and SKUs are planned from.
pub(crate) struct Catalogue {
    pub(crate) read_at: Timestamp,
    pub(crate) variants: Vec<Variant>,
    pub(crate) pending: Vec<PendingListing>,
    /// Whether pending listings can be read at all.
    pub(crate) pending_readable: bool,
    pub(crate) items: Vec<Item>,
    pub(crate) units: Vec<String>,
    pub(crate) categories: Vec<String>,
    /// Rows of these lists that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
    /// Lists that say less than they said, with how many rows are as they were last known.
    pub(crate) less: Vec<Reason>,
}

/// What the mapping is made from.
pub(crate) struct Directory {
    pub(crate) read_at: Timestamp,
    pub(crate) accounts: Vec<Account>,
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) stores: Vec<forstok::Store>,
    pub(crate) shop_warehouses: Vec<forstok::Warehouse>,
    /// Rows of these lists that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
}

/// Items whose figures are asked for one by one in one reading: a minute at the pace of the service. The others are held until the next one.
const STOCK_ASKED: usize = 400;

/// How many of them at once; the client's limiter holds the speed.
const STOCK_AT_ONCE: usize = 8;

/// On hand by warehouse and item.
pub(crate) type Figures = HashMap<(WarehouseId, ItemId), Quantity>;

/// What the lists of stock said.
pub(crate) struct StockReading {
    /// On hand. A place whose figure is not known has the one that was known last, and is among `unlisted`.
    pub(crate) figures: Figures,
    /// Rows that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
    /// Places that are known to hold stock, and of which nothing was said.
    pub(crate) unlisted: NotListed,
}

/// A list that this account does not offer is an empty one, and is said to be so.
fn offered<T>(answer: Result<Listed<T>, PortError>) -> Result<(Listed<T>, bool), PortError> {
    match answer {
        Ok(rows) => Ok((rows, true)),
        Err(PortError::NotOffered { .. }) => Ok((Listed::default(), false)),
        Err(error) => Err(error),
    }
}

/// A list of Accurate whose permission was not given is an empty one; the permission is named in the readiness check.
fn permitted<T>(answer: Result<Listed<T>, PortError>) -> Result<Listed<T>, PortError> {
    match answer {
        Err(PortError::Forbidden { .. } | PortError::NotOffered { .. }) => Ok(Listed::default()),
        other => other,
    }
}

impl Desk {
    fn keep<T: Serialize>(&self, scope: DatabaseId, part: &str, rows: &[T]) -> AppResult<()> {
        Ok(self.books().put_snapshot(scope, part, self.now(), rows)?)
    }

    /// A list as it was read last; `None` before the first time.
    pub(crate) fn kept<T: DeserializeOwned>(&self, scope: DatabaseId, part: &str) -> AppResult<Option<Read<T>>> {
        let snapshot = self.books().snapshot(scope, part)?;
        Ok(snapshot.map(|snapshot| Read { at: snapshot.read_at, rows: snapshot.rows }))
    }

    /// Reads the goods of both sides, and what was sold of them lately.
    pub(crate) async fn read_catalogue(&self, progress: &dyn ProgressSink) -> AppResult<Catalogue> {
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let database = books.database();
        let (has_orders, offers) = (self.has_orders()?, self.offers()?);
        let recipients = self.mapping_now(database)?.sales.recipient;
        let sold = async {
            let now = self.now();
            let sold = sales::read(shop.as_ref(), books.as_ref(), has_orders, offers, recipients, now).await?;
            self.all_sold(database, sold, now - sales::ORDERS).await
        };
        let (catalogue, sold) = tokio::try_join!(self.read_goods(progress), sold)?;
        self.keep_sales(database, &sold)?;
        Ok(catalogue)
    }

    /// Reads variants, pending listings, items, units and categories, both sides at once.
    pub(crate) async fn read_goods(&self, progress: &dyn ProgressSink) -> AppResult<Catalogue> {
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let database = books.database();
        report(progress, "reading_catalogue", 0, None);
        let (variants, pending, items, units, categories) = tokio::try_join!(
            shop.variants(),
            async { offered(shop.pending_listings().await) },
            books.items(),
            books.units(),
            books.item_categories(),
        )?;
        let (variants, items) = tokio::try_join!(self.all_variants(variants), self.all_items(database, items))?;
        let mut less = Vec::new();
        if variants.carried > 0 {
            less.push(Reason::new("variants_say_less").with("count", variants.carried));
        }
        if items.carried > 0 {
            less.push(Reason::new("items_say_less").with("count", items.carried));
        }
        let (mut variants, pending, mut items) = (variants.list, pending, items.list);
        let mut unread = std::mem::take(&mut variants.unread);
        unread.append(&mut items.unread);
        unread.extend(pending.0.unread.iter().cloned());
        let (variants, items, pending) = (variants.rows, items.rows, (pending.0.rows, pending.1));
        self.keep(FORSTOK_SCOPE, "variants", &variants)?;
        self.keep(FORSTOK_SCOPE, "pending", &pending.0)?;
        self.keep(FORSTOK_SCOPE, "pending_readable", &[pending.1])?;
        self.keep(database, "items", &items)?;
        self.keep(database, "units", &units)?;
        self.keep(database, "categories", &categories)?;
        report(progress, "reading_catalogue", variants.len() + items.len(), Some(variants.len() + items.len()));
        let catalogue = Catalogue {
            read_at: self.now(),
            variants,
            pending: pending.0,
            pending_readable: pending.1,
            items,
            units,
            categories,
            unread,
            less,
        };
        self.keep_matches(database, &catalogue)?;
        Ok(catalogue)
    }

    /// The master variants, none lost that was there and is not gone: what is not told would be dropped from every plan in silence.
    async fn all_variants(&self, now: Listed<Variant>) -> AppResult<Settled<Variant>> {
        let shop = self.shop().await?;
        // A file says what it says: the next one is another count.
        if !self.offers()?.variants {
            return Ok(Settled { list: now, carried: 0 });
        }
        let before = self.kept::<Variant>(FORSTOK_SCOPE, "variants")?.map(|read| read.rows).unwrap_or_default();
        let unread: BTreeSet<i64> = now.unread.iter().filter_map(|row| row.id).collect();
        let mut before = before;
        before.retain(|one| one.id.is_some_and(|id| !unread.contains(&id.0)));
        let ask = |one: Variant| {
            let shop = shop.clone();
            async move {
                let of_sku = shop.variants_of(&one.sku).await;
                let unreadable = of_sku.as_ref().is_ok_and(|found| found.unread_says(&one.sku));
                let answer = of_sku.map(|found| found.rows.into_iter().find(|found| found.id == one.id));
                if unreadable { Ok(Asked::NotTold) } else { asked(answer) }
            }
        };
        Ok(settled(before, now, |one| one.id, || shop.variants(), Ask::SameList(ask)).await?)
    }

    /// The items, none lost that was there and is not gone: one that is not told would be made a second time.
    async fn all_items(&self, database: DatabaseId, now: Listed<Item>) -> AppResult<Settled<Item>> {
        let books = self.open_books().await?;
        let mut before = self.kept::<Item>(database, "items")?.map(|read| read.rows).unwrap_or_default();
        let unread: BTreeSet<i64> = now.unread.iter().filter_map(|row| row.id).collect();
        before.retain(|item| !unread.contains(&item.id.0));
        let ask = |item: Item| {
            let books = books.clone();
            async move {
                let found = books.items_by_id(&[item.id]).await;
                let unreadable = found.as_ref().is_ok_and(|found| !found.unread.is_empty());
                if unreadable { Ok(Asked::NotTold) } else { asked(found.map(|found| found.rows.into_iter().next())) }
            }
        };
        Ok(settled(before, now, |item| item.id, || books.items(), Ask::Apart(ask)).await?)
    }

    /// The catalogue as it was read last.
    pub(crate) fn kept_catalogue(&self) -> AppResult<Option<Catalogue>> {
        let database = self.database()?;
        let variants = self.kept::<Variant>(FORSTOK_SCOPE, "variants")?;
        let items = self.kept::<Item>(database, "items")?;
        let (Some(variants), Some(items)) = (variants, items) else { return Ok(None) };
        let pending = self.kept(FORSTOK_SCOPE, "pending")?;
        let readable = self.kept::<bool>(FORSTOK_SCOPE, "pending_readable")?;
        let texts = |part: &str| -> AppResult<Vec<String>> {
            Ok(self.kept(database, part)?.map(|read: Read<String>| read.rows).unwrap_or_default())
        };
        Ok(Some(Catalogue {
            read_at: variants.at.min(items.at),
            variants: variants.rows,
            pending: pending.map(|read| read.rows).unwrap_or_default(),
            pending_readable: readable.is_some_and(|read| read.rows.first() == Some(&true)),
            items: items.rows,
            units: texts("units")?,
            categories: texts("categories")?,
            unread: Vec::new(),
            less: Vec::new(),
        }))
    }

    /// The catalogue, read anew when asked for or never read before.
    pub(crate) async fn catalogue(&self, refresh: bool) -> AppResult<Catalogue> {
        if !refresh && let Some(kept) = self.kept_catalogue()? {
            return Ok(kept);
        }
        self.read_catalogue(&selaras_engine::progress::Silent).await
    }

    /// Reads everything that the mapping points to.
    pub(crate) async fn read_directory(&self) -> AppResult<Directory> {
        let (shop, books) = (self.shop().await?, self.open_books().await?);
        let database = books.database();
        let (accounts, warehouses, branches, customers, taxes, stores, shop_warehouses) = tokio::try_join!(
            async {
                let accounts = books.accounts().await;
                permitted(accounts.and_then(|list| self.as_known(database, "accounts", list, |one: &Account| one.id.0)))
            },
            async {
                let warehouses = books.warehouses().await;
                permitted(
                    warehouses.and_then(|list| self.as_known(database, "warehouses", list, |one: &Warehouse| one.id.0)),
                )
            },
            async {
                let branches = books.branches().await;
                permitted(branches.and_then(|list| self.as_known(database, "branches", list, |one: &Branch| one.id.0)))
            },
            async {
                let customers = books.customers().await;
                permitted(customers.and_then(|list| {
                    let emptied = list.is_empty();
                    let mut list = self.as_known(database, "customers", list, |one: &Customer| one.id.0)?;
                    if emptied && !list.is_empty() {
                        // It is believed of those that this program itself has taken out.
                        let taken_back = self.customers_taken_back(database);
                        let taken_back = taken_back.map_err(PortError::from)?;
                        list.rows.retain(|one| !taken_back.contains(&one.id));
                    }
                    Ok(list)
                }))
            },
            async {
                let taxes = books.taxes().await;
                permitted(taxes.and_then(|list| self.as_known(database, "taxes", list, |one: &Tax| one.id.0)))
            },
            async {
                let stores = shop.stores().await;
                offered(
                    stores
                        .and_then(|list| self.as_known(FORSTOK_SCOPE, "stores", list, |one: &forstok::Store| one.id.0)),
                )
            },
            async {
                let warehouses = shop.warehouses().await;
                let id = |one: &forstok::Warehouse| one.id.0;
                offered(warehouses.and_then(|list| self.as_known(FORSTOK_SCOPE, "warehouses", list, id)))
            },
        )?;
        let (stores, shop_warehouses) = (stores.0, shop_warehouses.0);
        self.keep(database, "accounts", &accounts)?;
        self.keep(database, "warehouses", &warehouses)?;
        self.keep(database, "branches", &branches)?;
        self.keep(database, "customers", &customers)?;
        self.keep(database, "taxes", &taxes)?;
        self.keep(FORSTOK_SCOPE, "stores", &stores)?;
        self.keep(FORSTOK_SCOPE, "warehouses", &shop_warehouses)?;
        let mut unread = Vec::new();
        Ok(Directory {
            read_at: self.now(),
            accounts: read_of(accounts, &mut unread),
            warehouses: read_of(warehouses, &mut unread),
            branches: read_of(branches, &mut unread),
            customers: read_of(customers, &mut unread),
            taxes: read_of(taxes, &mut unread),
            stores: read_of(stores, &mut unread),
            shop_warehouses: read_of(shop_warehouses, &mut unread),
            unread,
        })
    }

    /// A list of records that others are mapped to. One that cannot be read now is as it was last known, as may be each that is missing where
    /// a row does not say its id; and a list that says nothing where it said something is not believed: a customer, an account or a warehouse
    /// would be called gone, or made again.
    pub(crate) fn as_known<T: DeserializeOwned>(
        &self,
        scope: DatabaseId,
        part: &str,
        mut list: Listed<T>,
        id: impl Fn(&T) -> i64,
    ) -> Result<Listed<T>, PortError> {
        let emptied = list.is_empty() && list.unread.is_empty();
        if !emptied && list.unread.is_empty() {
            return Ok(list);
        }
        let before = self.kept::<T>(scope, part)?;
        let unread: BTreeSet<i64> = list.unread.iter().filter_map(|row| row.id).collect();
        let any = emptied || list.unread.iter().any(|row| row.id.is_none());
        let listed: HashSet<i64> = list.rows.iter().map(&id).collect();
        let before = before.map(|read| read.rows).unwrap_or_default().into_iter();
        list.rows.extend(before.filter(|row| (any || unread.contains(&id(row))) && !listed.contains(&id(row))));
        Ok(list)
    }

    /// The directory as it was read last.
    pub(crate) fn kept_directory(&self) -> AppResult<Option<Directory>> {
        let database = self.database()?;
        let Some(accounts) = self.kept::<Account>(database, "accounts")? else { return Ok(None) };
        let Some(stores) = self.kept::<forstok::Store>(FORSTOK_SCOPE, "stores")? else { return Ok(None) };
        let shop_warehouses = self.kept(FORSTOK_SCOPE, "warehouses")?.map(|read| read.rows).unwrap_or_default();
        Ok(Some(Directory {
            read_at: accounts.at.min(stores.at),
            accounts: accounts.rows,
            warehouses: self.kept(database, "warehouses")?.map(|read| read.rows).unwrap_or_default(),
            branches: self.kept(database, "branches")?.map(|read| read.rows).unwrap_or_default(),
            customers: self.kept(database, "customers")?.map(|read| read.rows).unwrap_or_default(),
            taxes: self.kept(database, "taxes")?.map(|read| read.rows).unwrap_or_default(),
            stores: stores.rows,
            shop_warehouses,
            unread: Vec::new(),
        }))
    }

    /// The directory, read anew when asked for or never read before.
    pub(crate) async fn directory(&self, refresh: bool) -> AppResult<Directory> {
        if !refresh && let Some(kept) = self.kept_directory()? {
            return Ok(kept);
        }
        self.read_directory().await
    }

    /// Reads the figures of these warehouses of Accurate, all pages. `wanted`: places that hold stock as far as the shop knows.
    ///
    /// A row is demanded for each place that is known to hold stock. Where a list lacks one, it is read again; where it still does, the item is
    /// asked for by itself; and a figure that is not told then either is held, never taken for nothing.
    pub(crate) async fn read_stock(
        &self,
        warehouses: &[Warehouse],
        wanted: &BTreeSet<(WarehouseId, ItemId)>,
        progress: &dyn ProgressSink,
    ) -> AppResult<StockReading> {
        let books = self.open_books().await?;
        let database = books.database();
        let before: BTreeMap<(WarehouseId, ItemId), StockRow> = self
            .kept::<StockRow>(database, "stock")?
            .map(|read| read.rows)
            .unwrap_or_default()
            .into_iter()
            .map(|row| ((row.warehouse, row.item), row))
            .collect();
        let mut demanded: BTreeMap<(WarehouseId, ItemId), Option<Quantity>> = BTreeMap::new();
        demanded.extend(self.opening_posted(database)?);
        demanded.extend(wanted.iter().map(|place| (*place, None)));
        demanded.extend(before.iter().map(|(place, row)| (*place, Some(row.quantity))));
        // What was told to be nothing may be left out.
        demanded.retain(|place, last| {
            last.is_none_or(|last| !last.is_zero()) && warehouses.iter().any(|one| one.id == place.0)
        });
        let (mut rows, mut unread) = (Vec::new(), Vec::new());
        for (done, warehouse) in warehouses.iter().enumerate() {
            report(progress, "reading_stock", done, Some(warehouses.len()));
            let mut list = books.stock(warehouse).await?;
            let lacks = |list: &Listed<StockRow>| {
                let there: BTreeSet<ItemId> = list.iter().map(|row| row.item).collect();
                let unread: BTreeSet<i64> = list.unread.iter().filter_map(|row| row.id).collect();
                let lacks = |item: &ItemId| !there.contains(item) && !unread.contains(&item.0);
                demanded.keys().any(|(place, item)| *place == warehouse.id && lacks(item))
            };
            if lacks(&list) {
                let first = std::mem::replace(&mut list, books.stock(warehouse).await?);
                let there: BTreeSet<ItemId> = list.iter().map(|row| row.item).collect();
                list.rows.extend(first.rows.into_iter().filter(|row| !there.contains(&row.item)));
            }
            rows.append(&mut list.rows);
            unread.append(&mut list.unread);
        }
        let told: BTreeSet<(WarehouseId, ItemId)> = rows.iter().map(|row| (row.warehouse, row.item)).collect();
        let misread: BTreeSet<(WarehouseId, i64)> =
            unread.iter().filter_map(|row| Some((row.warehouse?, row.id?))).collect();
        let mut unlisted: NotListed = demanded;
        unlisted.retain(|(warehouse, item), _| {
            !told.contains(&(*warehouse, *item)) && !misread.contains(&(*warehouse, item.0))
        });
        rows.extend(self.asked_figures(&mut unlisted).await?);
        // What is not told now is kept as it was, so that it is demanded the next time, too.
        let told: BTreeSet<(WarehouseId, ItemId)> = rows.iter().map(|row| (row.warehouse, row.item)).collect();
        let mut kept = rows.clone();
        kept.extend(before.into_iter().filter(|(place, _)| !told.contains(place)).map(|(_, row)| row));
        self.keep(database, "stock", &kept)?;
        let mut figures: Figures = rows.iter().map(|row| ((row.warehouse, row.item), row.quantity)).collect();
        figures.extend(unlisted.iter().filter_map(|(place, last)| Some((*place, (*last)?))));
        Ok(StockReading { figures, unread, unlisted })
    }

    /// Opening stock that was posted, by place: there an item holds stock until a list says otherwise.
    fn opening_posted(&self, database: DatabaseId) -> AppResult<BTreeMap<(WarehouseId, ItemId), Option<Quantity>>> {
        let posted = self.books().last_posted(database, &PlanKind::named(opening_stock::KIND))?;
        let place = |fields: &selaras_domain::plan::Fields| {
            let id = |name: &str| fields.get(name)?.parse::<i64>().ok();
            let quantity = fields.get("quantity")?.parse().ok().map(Quantity)?;
            Some(((WarehouseId(id("warehouse_id")?), ItemId(id("item_id")?)), Some(quantity)))
        };
        Ok(posted.values().filter_map(place).collect())
    }

    /// Asks for the items of these places one by one. A place that its item tells is taken out; what is left is not known.
    async fn asked_figures(&self, unlisted: &mut NotListed) -> AppResult<Vec<StockRow>> {
        let books = self.open_books().await?;
        let items: BTreeSet<ItemId> = unlisted.keys().map(|(_, item)| *item).take(STOCK_ASKED).collect();
        let asks = items.into_iter().map(|item| {
            let books = books.clone();
            async move {
                match books.item_stock(item).await {
                    // An item that cannot be read so, or is gone, tells nothing.
                    Err(
                        PortError::NotOffered { .. }
                        | PortError::Rejected { .. }
                        | PortError::Unreadable { .. }
                        | PortError::Unknown { .. },
                    ) => Ok(Vec::new()),
                    answer => answer,
                }
            }
        });
        let answers: Vec<Vec<StockRow>> = stream::iter(asks).buffered(STOCK_AT_ONCE).try_collect().await?;
        let told: Vec<StockRow> =
            answers.into_iter().flatten().filter(|row| unlisted.remove(&(row.warehouse, row.item)).is_some()).collect();
        Ok(told)
    }
}

/// The rows of a list; those that could not be read go to the others.
fn read_of<T>(list: Listed<T>, unread: &mut Vec<UnreadRow>) -> Vec<T> {
    unread.extend(list.unread);
    list.rows
}
