//! What is remembered of orders for the shelves that they leave: when each was seen to have left, which of them have no invoice yet, and what
//! was found of those that nobody can know of. Outlives every reading: the service lists only what changed lately, and an order that was
//! held for two months is still not in the books.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::sales::{ORDERS_PART, Sold as Read};
use jiff::Timestamp;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::decision::RowChoice;
use selaras_domain::ids::{DatabaseId, ForstokWarehouseId, OrderId};
use selaras_domain::order::{Order, OrderStatus};
use selaras_domain::unread::UnreadRow;
use selaras_engine::kinds::invoices;
use selaras_engine::orders::Invoiced;
use selaras_engine::sales::name_of;
use selaras_engine::shelf::{Decided, Departure, InvoicedHere, Known, OrderPlace, Sold, without_goods};
use selaras_engine::unread;
use selaras_store::FORSTOK_SCOPE;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Snapshot parts.
const DEPARTED_PART: &str = "departed_orders";
const FOUND_PART: &str = "shelf_found";

/// An order that has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Departed {
    id: OrderId,
    departure: Departure,
    /// The order as it was read last, as long as it has no invoice that is known of.
    order: Option<Order>,
}

/// What shelves are told from: what was sold, and what is remembered of it.
pub(crate) struct Shelves {
    orders: Vec<Order>,
    invoices: Vec<SalesInvoice>,
    linked: BTreeMap<OrderId, String>,
    known: Known,
}

impl Shelves {
    /// Which of them have their invoice.
    pub(crate) fn invoiced(&self) -> Invoiced<'_> {
        Invoiced::of(&self.orders, &self.invoices, &self.linked)
    }

    /// An order that may have left and names none of its goods, by its number.
    pub(crate) fn without_goods(&self, invoiced: &Invoiced<'_>) -> Option<String> {
        without_goods(&self.orders, invoiced, &self.known).map(name_of)
    }

    /// The orders by place.
    pub(crate) fn sold<'a>(&'a self, invoiced: &'a Invoiced<'a>, only: Option<ForstokWarehouseId>) -> Sold<'a> {
        Sold::of(&self.orders, invoiced, &self.known, only)
    }

    /// What has its invoice and lies on its shelf still.
    pub(crate) fn invoiced_here<'a>(
        &'a self,
        invoiced: &Invoiced<'_>,
        only: Option<ForstokWarehouseId>,
    ) -> InvoicedHere<'a> {
        InvoicedHere::of(&self.orders, invoiced, &self.known, only)
    }
}

/// Adds the goods of orders that cannot be read. One that does not say its id is the order of its number, where one is known: it takes that
/// one's place, as no order is on a shelf twice.
fn add_gone(orders: &mut Vec<Order>, unread: &[UnreadRow], departed: &[Departed], now: Timestamp) {
    let remembered = departed.iter().filter_map(|one| one.order.as_ref());
    let by_number: HashMap<&str, OrderId> =
        remembered.chain(orders.iter()).map(|order| (order.number.trim(), order.id)).collect();
    let known = |order: Order, row: &UnreadRow| {
        let id = by_number.get(order.number.trim()).filter(|_| row.id.is_none()).copied();
        Order { id: id.unwrap_or(order.id), ..order }
    };
    let gone: Vec<Order> = unread.iter().filter_map(|row| Some(known(unread::gone(row, now)?, row))).collect();
    let taken: HashSet<OrderId> = gone.iter().map(|order| order.id).collect();
    orders.retain(|order| !taken.contains(&order.id));
    orders.extend(gone);
}

impl Desk {
    /// What shelves are told from, by what was read last; `None` where orders or invoices cannot be read.
    pub(crate) fn shelves(&self, database: DatabaseId) -> AppResult<Option<Shelves>> {
        self.kept_sales()?.map(|sales| self.shelves_of(database, sales)).transpose()
    }

    /// The same by these orders and invoices.
    pub(crate) fn shelves_of(&self, database: DatabaseId, (_, orders, invoices): Read) -> AppResult<Shelves> {
        let departed = self.kept::<Departed>(FORSTOK_SCOPE, DEPARTED_PART)?.map(|read| read.rows).unwrap_or_default();
        let decisions = self.row_decisions(database, invoices::KIND)?;
        let decided = decisions.values().filter_map(|decision| {
            let order = decision.key.0.strip_prefix("invoice:")?.parse().ok()?;
            match decision.choice {
                RowChoice::Entered { .. } => Some((order, Decided::Entered)),
                RowChoice::Never => Some((order, Decided::Never)),
                RowChoice::Send => None,
            }
        });
        let found = self.kept::<(OrderPlace, bool)>(database, FOUND_PART)?.map(|read| read.rows).unwrap_or_default();
        let mut known = Known {
            booked: HashMap::new(),
            integrated_at: Some(self.integrated_at(database)?),
            by_file: self.company()?.forstok_capabilities.is_some_and(|offers| !offers.orders),
            departures: departed.iter().map(|one| (one.id, one.departure)).collect(),
            decided: decided.collect(),
            found: found.into_iter().collect(),
        };
        let mut orders = orders;
        add_gone(&mut orders, &self.kept_unread(database)?, &departed, self.now());
        let read: HashSet<OrderId> = orders.iter().map(|order| order.id).collect();
        orders.extend(departed.into_iter().filter(|one| !read.contains(&one.id)).filter_map(|one| one.order));
        let posted = self.posted_invoices(database, &orders)?;
        let as_booked = |order: &Order| invoices::as_booked(order, posted.get(&invoices::key(order.id))?);
        let mut booked: Vec<Order> = orders.iter().filter_map(as_booked).collect();
        self.spell_orders(&mut booked)?;
        known.booked = booked.into_iter().map(|order| (order.id, order)).collect();
        self.spell_orders(&mut orders)?;
        Ok(Shelves { orders, invoices, linked: invoices::linked(&decisions), known })
    }

    /// Remembers which of these orders have left, before they take the place of those that were read last. An order that has left without
    /// an invoice is remembered though the list says no more of it.
    pub(crate) fn remember_departures(
        &self,
        database: DatabaseId,
        orders: &[Order],
        unread: &[UnreadRow],
        invoices: Option<&[SalesInvoice]>,
    ) -> AppResult<()> {
        let now = self.now();
        let before = self.kept::<Departed>(FORSTOK_SCOPE, DEPARTED_PART)?.map(|read| read.rows).unwrap_or_default();
        let mut orders = orders.to_vec();
        add_gone(&mut orders, unread, &before, now);
        // One without an id of its own cannot be known again.
        orders.retain(|order| order.id.0 > 0);
        let orders = &orders[..];
        let last = self.kept::<Order>(FORSTOK_SCOPE, ORDERS_PART)?;
        let waited: HashMap<OrderId, Timestamp> = last
            .iter()
            .flat_map(|read| read.rows.iter().filter(|order| !order.status.has_left()).map(|order| (order.id, read.at)))
            .collect();
        let known: HashMap<OrderId, &Departed> = before.iter().map(|one| (one.id, one)).collect();
        let linked = self.linked_invoices(database)?;
        let open = before.iter().filter_map(|one| one.order.as_ref());
        let invoiced = invoices.map(|invoices| Invoiced::of(orders.iter().chain(open), invoices, &linked));
        let listed: HashSet<OrderId> = orders.iter().map(|order| order.id).collect();
        let posted = self.posted_orders(database, &before, &listed)?;
        let waits = |order: &Order| {
            let invoiced = invoiced.as_ref().is_some_and(|invoiced| invoiced.has(order));
            !invoiced && order.status != OrderStatus::Cancelled
        };
        let mut departed: Vec<Departed> = orders
            .iter()
            // That nobody knows its status is no news of whether it has left.
            .filter(|order| order.status.has_left() || (order.status.may_have_left() && known.contains_key(&order.id)))
            .map(|order| {
                let departure = known.get(&order.id).map_or_else(
                    || Departure { seen_waiting: waited.get(&order.id).copied(), seen_left: now },
                    |known| known.departure,
                );
                Departed { id: order.id, departure, order: waits(order).then(|| order.clone()) }
            })
            .collect();
        departed.extend(before.iter().filter(|one| !listed.contains(&one.id) && !posted.contains(&one.id)).filter_map(
            |one| {
                let order = one.order.clone().filter(|order| waits(order))?;
                Some(Departed { id: one.id, departure: one.departure, order: Some(order) })
            },
        ));
        if departed != before {
            self.books().put_snapshot(FORSTOK_SCOPE, DEPARTED_PART, now, &departed)?;
        }
        Ok(())
    }

    /// Of the orders that are only remembered, those whose invoice Selaras itself has posted: it may be older than the list of invoices
    /// reaches back.
    fn posted_orders(
        &self,
        database: DatabaseId,
        remembered: &[Departed],
        listed: &HashSet<OrderId>,
    ) -> AppResult<HashSet<OrderId>> {
        if remembered.iter().all(|one| listed.contains(&one.id)) {
            return Ok(HashSet::new());
        }
        let posted = self.books().posted_keys(database, &selaras_domain::plan::PlanKind::named(invoices::KIND))?;
        Ok(remembered.iter().map(|one| one.id).filter(|id| posted.contains(&invoices::key(*id))).collect())
    }

    /// Remembers what a plan has found of orders that nobody can know of.
    pub(crate) fn remember_found(&self, database: DatabaseId, found: &[(OrderPlace, bool)]) -> AppResult<()> {
        let before = self.kept::<(OrderPlace, bool)>(database, FOUND_PART)?.map(|read| read.rows).unwrap_or_default();
        if before != found {
            self.books().put_snapshot(database, FOUND_PART, self.now(), found)?;
        }
        Ok(())
    }
}
