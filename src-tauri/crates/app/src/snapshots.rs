//! Reads both sides and keeps what they said, with the time. Plans and screens work on what is kept, never on half an answer.

use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::sales;
use jiff::Timestamp;
use selaras_domain::accurate::{Account, Branch, Customer, Item, StockRow, Tax, Warehouse};
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::{self, PendingListing, Variant};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_engine::ports::PortError;
use selaras_engine::progress::{ProgressSink, report};
use selaras_store::FORSTOK_SCOPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

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
}

/// A list that this account does not offer is an empty one, and is said to be so.
fn offered<T>(answer: Result<Vec<T>, PortError>) -> Result<(Vec<T>, bool), PortError> {
    match answer {
        Ok(rows) => Ok((rows, true)),
        Err(PortError::NotOffered { .. }) => Ok((Vec::new(), false)),
        Err(error) => Err(error),
    }
}

/// A list of Accurate whose permission was not given is an empty one; the permission is named in the readiness check.
fn permitted<T>(answer: Result<Vec<T>, PortError>) -> Result<Vec<T>, PortError> {
    match answer {
        Err(PortError::Forbidden { .. } | PortError::NotOffered { .. }) => Ok(Vec::new()),
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
            let sold = sales::read(shop.as_ref(), books.as_ref(), has_orders, offers, recipients, self.now()).await;
            Ok::<_, AppError>(sold?)
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
        };
        self.keep_matches(database, &catalogue)?;
        Ok(catalogue)
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
            async { permitted(books.accounts().await) },
            async { permitted(books.warehouses().await) },
            async { permitted(books.branches().await) },
            async { permitted(books.customers().await) },
            async { permitted(books.taxes().await) },
            async { offered(shop.stores().await) },
            async { offered(shop.warehouses().await) },
        )?;
        self.keep(database, "accounts", &accounts)?;
        self.keep(database, "warehouses", &warehouses)?;
        self.keep(database, "branches", &branches)?;
        self.keep(database, "customers", &customers)?;
        self.keep(database, "taxes", &taxes)?;
        self.keep(FORSTOK_SCOPE, "stores", &stores.0)?;
        self.keep(FORSTOK_SCOPE, "warehouses", &shop_warehouses.0)?;
        Ok(Directory {
            read_at: self.now(),
            accounts,
            warehouses,
            branches,
            customers,
            taxes,
            stores: stores.0,
            shop_warehouses: shop_warehouses.0,
        })
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
        }))
    }

    /// The directory, read anew when asked for or never read before.
    pub(crate) async fn directory(&self, refresh: bool) -> AppResult<Directory> {
        if !refresh && let Some(kept) = self.kept_directory()? {
            return Ok(kept);
        }
        self.read_directory().await
    }

    /// Reads the figures of these warehouses of Accurate, all pages.
    pub(crate) async fn read_stock(
        &self,
        warehouses: &[Warehouse],
        progress: &dyn ProgressSink,
    ) -> AppResult<HashMap<(WarehouseId, ItemId), Quantity>> {
        let books = self.open_books().await?;
        let mut figures = HashMap::new();
        let mut kept: Vec<StockRow> = Vec::new();
        for (done, warehouse) in warehouses.iter().enumerate() {
            report(progress, "reading_stock", done, Some(warehouses.len()));
            let rows = books.stock(warehouse).await?;
            figures.extend(rows.iter().map(|row| ((row.warehouse, row.item), row.quantity)));
            kept.extend(rows);
        }
        self.keep(books.database(), "stock", &kept)?;
        Ok(figures)
    }
}
