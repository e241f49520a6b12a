//! What a shelf holds: the units of one SKU in one pair of warehouses that are there and not sold. Plan, preview, explanation and home all
//! ask this one function, so that no two of them count differently.
//!
//! On hand in Accurate falls when an order's invoice is posted, in Forstok when the order becomes *ready to ship* (forstok-accounting-flow.md
//! §5.2, §9.3, doc). Between the two the books say more, or less, than the shelf:
//!
//! > shelf = books − left and not invoiced + invoiced early
//!
//! An order that has left and has no invoice is taken off, unless its units are out of the books already: it left before the stock was
//! counted, or a person has entered it otherwise. One that is never sent is taken off, too: nobody has taken its units out of the books.
//! One that came back is on the shelf again; one that could not be handed over is on its way. Where nobody can know (it was placed before
//! Selaras kept these books), Forstok's figure is the witness: as long as the books say more than Forstok does, the units are taken off. What
//! was once seen to be in the figure stays in it, so that a later delivery to the shelf does not take it off again.
//!
//! An order that does not say which of several warehouses it left is taken off each of them until it does, or has its invoice.
//!
//! Pure. No unit is offered that does not exist (design rule 15): in doubt units are taken off.

use crate::orders::Invoiced;
use jiff::Timestamp;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::{ForstokWarehouseId, OrderId};
use selaras_domain::order::{Order, OrderStatus};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// When an order was seen to have left, in readings of Forstok's list. The service says when an order changed last, not when it became
/// ready to ship (forstok-api.md §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The last reading in which it had not left; `None`: it had left when it was read first.
    pub seen_waiting: Option<Timestamp>,
    /// The first reading in which it had.
    pub seen_left: Timestamp,
}

/// What a person has decided about an order's invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The books have it under another number.
    Entered,
    /// Selaras never sends it. That the books have it in some other way is not said: then it would be entered.
    Never,
}

/// An order in a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderPlace {
    /// The order.
    pub order: OrderId,
    /// The warehouse in Forstok.
    pub warehouse: ForstokWarehouseId,
    /// The SKU.
    pub sku: String,
}

/// What is remembered of orders beside the orders themselves.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Since when Selaras keeps these books; `None`: nothing is known of any time.
    pub integrated_at: Option<Timestamp>,
    /// Whether orders come from a file: one that says no change since it was placed does not say when it left.
    pub by_file: bool,
    /// Departures, by order.
    pub departures: HashMap<OrderId, Departure>,
    /// Decisions, by order.
    pub decided: BTreeMap<OrderId, Decided>,
    /// Orders whose invoice was posted from here, as it was: one that was edited since has taken other goods than the books have lost.
    pub booked: HashMap<OrderId, Order>,
    /// What was found before of orders that nobody can know of: whether their units were taken off.
    pub found: HashMap<OrderPlace, bool>,
}

impl Known {
    /// Whether an order left after a moment; `None` where no reading can tell. Forstok tells whole seconds (seen: `.000` in each of its times),
    /// so that what changed in the second of the moment may have changed before or after it.
    #[must_use]
    pub fn left_after(&self, order: &Order, moment: Timestamp) -> Option<bool> {
        if order.ordered_at > moment {
            return Some(true);
        }
        let told = !self.by_file || order.updated_at > order.ordered_at;
        if told && order.updated_at.as_second() < moment.as_second() {
            return Some(false);
        }
        match self.departures.get(&order.id) {
            Some(seen) if seen.seen_left <= moment => Some(false),
            Some(Departure { seen_waiting: Some(_), .. }) => Some(true),
            _ => None,
        }
    }
}

/// Units of an order in a place, the newest order first.
type Units<'a> = Vec<(&'a Order, Quantity)>;

/// What was sold, by the place that it leaves.
pub struct Sold<'a> {
    places: HashMap<ForstokWarehouseId, HashMap<&'a str, Units<'a>>>,
    /// Orders that name no warehouse, where there are several.
    nowhere: HashMap<&'a str, Units<'a>>,
    only: Option<ForstokWarehouseId>,
    invoiced: &'a Invoiced<'a>,
    known: &'a Known,
}

impl<'a> Sold<'a> {
    /// Sorts orders by place. One that names no warehouse is of the `only` one. Goods in the marketplace's own warehouse are on no shelf
    /// of the shop ([`Order::units`]).
    #[must_use]
    pub fn of(
        orders: &'a [Order],
        invoiced: &'a Invoiced<'a>,
        known: &'a Known,
        only: Option<ForstokWarehouseId>,
    ) -> Self {
        let mut places: HashMap<_, HashMap<&str, Units<'a>>> = HashMap::new();
        let mut nowhere: HashMap<&str, Units<'a>> = HashMap::new();
        for order in orders.iter().filter(|order| order.status != OrderStatus::Cancelled) {
            for sku in order.skus() {
                let units = order.units(sku);
                if !units.is_positive() {
                    continue;
                }
                match order.warehouse.or(only) {
                    Some(warehouse) => {
                        places.entry(warehouse).or_default().entry(sku).or_default().push((order, units))
                    }
                    None => nowhere.entry(sku).or_default().push((order, units)),
                }
            }
        }
        for units in places.values_mut().flat_map(HashMap::values_mut).chain(nowhere.values_mut()) {
            units.sort_by_key(|(order, _)| std::cmp::Reverse((order.ordered_at, order.id)));
        }
        Self { places, nowhere, only, invoiced, known }
    }

    /// What is remembered of the orders.
    #[must_use]
    pub fn known(&self) -> &'a Known {
        self.known
    }

    /// Every order that has units in a place, the newest first.
    #[must_use]
    pub fn in_place(&self, warehouse: ForstokWarehouseId, sku: &str) -> &[(&'a Order, Quantity)] {
        self.places.get(&warehouse).and_then(|places| places.get(sku)).map_or(&[], Vec::as_slice)
    }

    fn knows_shelf(&self, order: &Order) -> bool {
        order.warehouse.or(self.only).is_some()
    }

    /// Whether an order has its invoice in Accurate.
    #[must_use]
    pub fn invoiced(&self, order: &Order) -> bool {
        self.invoiced.has(order)
    }

    /// An order as its invoice was posted from here.
    fn booked(&self, order: &Order) -> Option<&'a Order> {
        self.known.booked.get(&order.id)
    }

    /// Units of an order in a place; one that names no warehouse, where there are several, may be of each.
    fn units_here(&self, order: &Order, place: &Place<'_>) -> Quantity {
        let here = order.warehouse.or(self.only).is_none_or(|warehouse| warehouse == place.warehouse);
        if here { order.units(place.sku) } else { Quantity::ZERO }
    }

    /// The orders of a SKU that do not say which warehouse they are of, the newest first.
    fn nowhere(&self, sku: &str) -> &[(&'a Order, Quantity)] {
        self.nowhere.get(sku).map_or(&[], Vec::as_slice)
    }
}

/// Units that have their invoice and lie on their shelf still, whatever becomes of their order.
#[derive(Debug, Default)]
pub struct InvoicedHere<'a> {
    places: HashMap<(ForstokWarehouseId, &'a str), Quantity>,
    open: HashSet<(Option<ForstokWarehouseId>, &'a str)>,
}

impl<'a> InvoicedHere<'a> {
    /// Counts them, as they were booked. An order that names no warehouse is of the `only` one.
    #[must_use]
    pub fn of(
        orders: &'a [Order],
        invoiced: &Invoiced<'_>,
        known: &'a Known,
        only: Option<ForstokWarehouseId>,
    ) -> Self {
        let mut here = Self::default();
        for order in orders.iter().filter(|order| invoiced.has(order)) {
            // It comes back, or nobody knows where it is.
            let open = !order.returns.is_empty()
                || matches!(order.status, OrderStatus::Returned | OrderStatus::FailedDelivery | OrderStatus::Other(_));
            let booked = known.booked.get(&order.id).unwrap_or(order);
            for sku in booked.skus() {
                match booked.warehouse.or(only) {
                    warehouse @ None => drop(here.open.insert((warehouse, sku))),
                    warehouse if open => drop(here.open.insert((warehouse, sku))),
                    Some(_) if order.status.is_out() => {}
                    Some(warehouse) => {
                        let units = here.places.entry((warehouse, sku)).or_default();
                        *units = *units + booked.units(sku);
                    }
                }
            }
        }
        here
    }

    /// The units of a place; `None` where goods that come back, or an order that tells no warehouse, leave it open.
    #[must_use]
    pub fn in_place(&self, warehouse: ForstokWarehouseId, sku: &'a str) -> Option<Quantity> {
        let open = [Some(warehouse), None].into_iter().any(|place| self.open.contains(&(place, sku)));
        (!open).then(|| self.places.get(&(warehouse, sku)).copied().unwrap_or_default())
    }
}

/// An order that may have left, has no invoice and names no goods at all: no shelf is known that it left, so that none may rise. One that a
/// person has decided about is for that person to know.
#[must_use]
pub fn without_goods<'a>(orders: &'a [Order], invoiced: &Invoiced<'_>, known: &Known) -> Option<&'a Order> {
    let untold = |order: &&Order| order.lines.is_empty() && order.status.is_out();
    orders.iter().filter(untold).find(|order| !invoiced.has(order) && !known.decided.contains_key(&order.id))
}

/// A place whose shelf is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The warehouse in Forstok.
    pub warehouse: ForstokWarehouseId,
    /// The SKU as Forstok has it.
    pub sku: &'a str,
    /// On hand in Accurate; may be below zero.
    pub books: Quantity,
    /// On hand in Forstok; `None` where it cannot be read.
    pub forstok: Option<Quantity>,
    /// When its stock was counted, as far as Selaras knows.
    pub counted_at: Option<Timestamp>,
}

/// How an order stands to a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Has left and has no invoice: taken off.
    Left,
    /// The same, though a person has decided that no invoice is sent: the books still have its units.
    LeftAndNeverSent,
    /// Has its invoice and has not left: added.
    Early,
    /// Left before the stock was counted: in the figure already.
    BeforeCount,
    /// In the figure already, by what Forstok shows.
    InFigure,
    /// A person has entered it under another number: in the figure already.
    Entered,
}

impl Standing {
    /// Whether its units are taken off what the books say.
    #[must_use]
    pub fn taken_off(self) -> bool {
        matches!(self, Self::Left | Self::LeftAndNeverSent)
    }

    /// Whether its units are out of the books though it has left without an invoice.
    #[must_use]
    pub fn in_figure(self) -> bool {
        matches!(self, Self::BeforeCount | Self::InFigure | Self::Entered)
    }
}

/// An order on a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The order.
    pub order: &'a Order,
    /// Its units here.
    pub units: Quantity,
    /// How it stands to the shelf.
    pub standing: Standing,
    /// Whether nobody can know, so that what was found is to be remembered.
    pub doubtful: bool,
}

/// A shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf<'a> {
    /// On hand in Accurate.
    pub books: Quantity,
    /// Every order that stands between the books and the shelf, or would seem to, the newest first.
    pub lines: Vec<Line<'a>>,
}

impl<'a> Shelf<'a> {
    /// A shelf of which no order is known.
    #[must_use]
    pub fn unsold(books: Quantity) -> Self {
        Self { books, lines: Vec::new() }
    }

    /// What the shelf holds; below zero where the books say less than was sold.
    #[must_use]
    pub fn holds(&self) -> Quantity {
        self.books - self.left() + self.early()
    }

    /// Σ of what has left and is still in the books.
    #[must_use]
    pub fn left(&self) -> Quantity {
        self.lines.iter().filter(|line| line.standing.taken_off()).map(|line| line.units).sum()
    }

    /// Σ of what is out of the books and has not left.
    #[must_use]
    pub fn early(&self) -> Quantity {
        self.lines.iter().filter(|line| line.standing == Standing::Early).map(|line| line.units).sum()
    }

    /// The lines that a condition holds for, with their units.
    pub fn orders(&self, wanted: impl Fn(Standing) -> bool) -> Vec<(&'a Order, Quantity)> {
        self.lines.iter().filter(|line| wanted(line.standing)).map(|line| (line.order, line.units)).collect()
    }

    /// What was found of the orders that nobody can know of, to be remembered.
    pub fn found(&self, place: &Place<'_>) -> Vec<(OrderPlace, bool)> {
        let doubtful = self.lines.iter().filter(|line| line.doubtful);
        doubtful.map(|line| (order_place(line.order, place), line.standing.taken_off())).collect()
    }
}

fn order_place(order: &Order, place: &Place<'_>) -> OrderPlace {
    OrderPlace { order: order.id, warehouse: place.warehouse, sku: place.sku.to_owned() }
}

/// How surely an order's units are still in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sureness {
    /// They are.
    Still,
    /// They are not.
    Not(Standing),
    /// They are as long as the books say more than Forstok.
    WhileMore,
    /// They are if the books say exactly so much more than Forstok.
    IfExact,
}

/// What a shelf holds.
#[must_use]
pub fn shelf<'a>(sold: &Sold<'a>, place: &Place<'_>) -> Shelf<'a> {
    let mut lines = Vec::new();
    let mut doubtful: Vec<(usize, Sureness)> = Vec::new();
    for &(order, units) in sold.in_place(place.warehouse, place.sku).iter().chain(sold.nowhere(place.sku)) {
        let line = |units, standing| Line { order, units, standing, doubtful: false };
        if sold.invoiced.has(order) {
            lines.extend(beside_invoice(sold, order, place, units).map(|(units, standing)| line(units, standing)));
            continue;
        }
        let units = off_shelf(order, place.sku, units);
        if !units.is_positive() {
            continue;
        }
        let never = sold.known.decided.get(&order.id) == Some(&Decided::Never);
        let taken = if never { Standing::LeftAndNeverSent } else { Standing::Left };
        match sureness(sold.known, order, place) {
            Sureness::Still => lines.push(line(units, taken)),
            Sureness::Not(standing) => lines.push(line(units, standing)),
            doubt => {
                doubtful.push((lines.len(), doubt));
                lines.push(Line { doubtful: true, ..line(units, taken) });
            }
        }
    }
    let mut shelf = Shelf { books: place.books, lines };
    // Where Forstok cannot be read there is no witness, and all of them are taken off.
    if let Some(forstok) = place.forstok {
        settle(&mut shelf, &doubtful, sold.known, place, forstok);
    }
    shelf
}

/// How an order with its invoice stands to a shelf, and with how many units: the books have lost what was booked, whatever the order has become
/// since. What came back with its invoice is for a return to say; and what is on no shelf that is known is added to none.
fn beside_invoice(sold: &Sold<'_>, order: &Order, place: &Place<'_>, units: Quantity) -> Option<(Quantity, Standing)> {
    let booked = sold.booked(order).map_or(units, |booked| sold.units_here(booked, place));
    let (units, standing) = match order.status {
        OrderStatus::Returned => return None,
        _ if order.status.is_out() => (units - booked, Standing::Left),
        _ if sold.knows_shelf(order) => (booked, Standing::Early),
        _ => return None,
    };
    units.is_positive().then_some((units, standing))
}

/// Units of an order that are off their shelf. What came back is on it again, whatever becomes of the order: what it tells, or all of it where
/// it does not tell which.
fn off_shelf(order: &Order, sku: &str, units: Quantity) -> Quantity {
    match order.status {
        OrderStatus::Returned if !order.returns.is_empty() => units - order.units_back(sku),
        _ if order.status.is_out() => units,
        _ => Quantity::ZERO,
    }
}

fn sureness(known: &Known, order: &Order, place: &Place<'_>) -> Sureness {
    let decided = known.decided.get(&order.id);
    if decided == Some(&Decided::Entered) {
        return Sureness::Not(Standing::Entered);
    }
    let counted = place.counted_at.map(|at| known.left_after(order, at));
    if counted == Some(Some(false)) {
        return Sureness::Not(Standing::BeforeCount);
    }
    match counted {
        Some(Some(_)) => Sureness::Still,
        Some(None) => Sureness::WhileMore,
        None => match known.integrated_at {
            Some(since) if order.ordered_at > since => Sureness::Still,
            // Placed before: it gets no invoice from here. Who saw it leave knows that its units were in the books then.
            Some(since) if known.left_after(order, since) == Some(true) => Sureness::WhileMore,
            _ => Sureness::IfExact,
        },
    }
}

/// Lets Forstok's figure say which of the doubtful orders are in the books still.
fn settle(shelf: &mut Shelf<'_>, doubtful: &[(usize, Sureness)], known: &Known, place: &Place<'_>, forstok: Quantity) {
    let in_doubt: Quantity = doubtful.iter().map(|(at, _)| shelf.lines[*at].units).sum();
    // What the books say more than Forstok, once all that is certain is taken off.
    let mut more = shelf.holds() + in_doubt - forstok;
    let mut exact = Vec::new();
    for &(at, doubt) in doubtful {
        let line = &mut shelf.lines[at];
        let found = known.found.get(&order_place(line.order, place)).copied();
        match (found, doubt) {
            (Some(false), _) => line.standing = Standing::InFigure,
            (None, Sureness::IfExact) => exact.push(at),
            _ if more.is_positive() => more = more - line.units,
            _ => line.standing = Standing::InFigure,
        }
    }
    let mut sum = Quantity::ZERO;
    let upto = exact.iter().position(|at| {
        sum = sum + shelf.lines[*at].units;
        sum == more
    });
    for at in exact.into_iter().skip(upto.map_or(0, |last| last + 1)) {
        shelf.lines[at].standing = Standing::InFigure;
    }
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
