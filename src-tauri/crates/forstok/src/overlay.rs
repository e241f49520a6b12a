//! A shop whose missing lists come from files.

use async_trait::async_trait;
use jiff::Timestamp;
use selaras_domain::forstok::{Capabilities, PendingAction, PendingListing, QuantityLine, Store, Variant, Warehouse};
use selaras_domain::ids::{ListingId, ListingVariantId};
use selaras_domain::order::{Order, OrderInvoice, Payment};
use selaras_domain::unread::Listed;
use selaras_engine::ports::{PortError, RowOutcome, Shop};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Answers a list from imported rows where there are any, and asks the shop for everything else. Its capabilities stay those of the
/// account: what comes from a file is no capability.
pub struct OverlayShop {
    /// The account.
    pub inner: Arc<dyn Shop>,
    /// Imported master items.
    pub variants: Option<Vec<Variant>>,
    /// Imported pending listings.
    pub pending: Option<Vec<PendingListing>>,
    /// Imported orders.
    pub orders: Option<Vec<Order>>,
    /// Imported payments.
    pub payments: Option<Vec<Payment>>,
}

impl std::fmt::Debug for OverlayShop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OverlayShop")
            .field("variants", &self.variants.as_ref().map(Vec::len))
            .field("pending", &self.pending.as_ref().map(Vec::len))
            .field("orders", &self.orders.as_ref().map(Vec::len))
            .field("payments", &self.payments.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// The stores that orders name, in the order of their ids.
fn stores_of(orders: &[Order]) -> Vec<Store> {
    let store = |order: &Order| Store {
        id: order.store,
        name: order.store_name.clone(),
        channel: order.channel.clone(),
        channel_id: order.channel_id,
        active: true,
        export_on: None,
    };
    let stores: BTreeMap<_, _> = orders.iter().map(|order| (order.store, store(order))).collect();
    stores.into_values().collect()
}

/// The warehouses that orders name, in the order of their ids; a file says no more of them.
fn warehouses_of(orders: &[Order]) -> Vec<Warehouse> {
    let ids: BTreeSet<_> = orders.iter().filter_map(|order| order.warehouse).collect();
    ids.into_iter().map(|id| Warehouse { id, name: id.to_string(), active: true, default: false }).collect()
}

#[async_trait]
impl Shop for OverlayShop {
    async fn capabilities(&self) -> Result<Capabilities, PortError> {
        self.inner.capabilities().await
    }

    async fn variants(&self) -> Result<Listed<Variant>, PortError> {
        match &self.variants {
            Some(imported) => Ok(imported.clone().into()),
            None => self.inner.variants().await,
        }
    }

    async fn live_variants(&self) -> Result<Listed<Variant>, PortError> {
        self.inner.variants().await
    }

    async fn variants_of(&self, sku: &str) -> Result<Listed<Variant>, PortError> {
        match &self.variants {
            Some(imported) => Ok(imported.iter().filter(|variant| variant.sku == sku).cloned().collect()),
            None => self.inner.variants_of(sku).await,
        }
    }

    async fn orders(&self, since: Timestamp) -> Result<Listed<Order>, PortError> {
        match &self.orders {
            // A file may say nothing of changes; then an order is as old as it was placed.
            Some(imported) => Ok(imported.iter().filter(|order| order.updated_at >= since).cloned().collect()),
            None => self.inner.orders(since).await,
        }
    }

    async fn invoices(&self, since: Timestamp) -> Result<Listed<OrderInvoice>, PortError> {
        self.inner.invoices(since).await
    }

    async fn payments(&self, since: Timestamp) -> Result<Listed<Payment>, PortError> {
        match &self.payments {
            Some(imported) => Ok(imported.iter().filter(|payment| payment.paid_at >= since).cloned().collect()),
            None => self.inner.payments(since).await,
        }
    }

    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        match (self.inner.warehouses().await, &self.orders) {
            (Err(PortError::NotOffered { .. }), Some(imported)) => Ok(warehouses_of(imported).into()),
            (told, _) => told,
        }
    }

    async fn stores(&self) -> Result<Listed<Store>, PortError> {
        match (self.inner.stores().await, &self.orders) {
            (Err(PortError::NotOffered { .. }), Some(imported)) => Ok(stores_of(imported).into()),
            (told, _) => told,
        }
    }

    async fn pending_listings(&self) -> Result<Listed<PendingListing>, PortError> {
        match &self.pending {
            Some(imported) => Ok(imported.clone().into()),
            None => self.inner.pending_listings().await,
        }
    }

    async fn set_quantities(&self, lines: &[QuantityLine]) -> Result<Vec<RowOutcome>, PortError> {
        self.inner.set_quantities(lines).await
    }

    fn quantity_batch(&self) -> usize {
        self.inner.quantity_batch()
    }

    async fn resolve_listing(
        &self,
        listing: Option<ListingId>,
        listing_variant: Option<ListingVariantId>,
        action: PendingAction,
    ) -> Result<RowOutcome, PortError> {
        self.inner.resolve_listing(listing, listing_variant, action).await
    }
}
