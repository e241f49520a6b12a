//! A shop as it is: boxes on shelves, orders that take some away, parcels that come back, and what the two services say of it.
//!
//! It is the judge, and asks nobody: it knows each box, and never a planner. Forstok takes boxes off its on hand when an order is ready to
//! ship (forstok-accounting-flow.md §9.3, doc), the books when an invoice is entered; a person who puts something on a shelf, counts it or
//! sells it over the counter enters the same into the books.

use jiff::{SignedDuration, Timestamp};
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReturnDocument};
use selaras_domain::ids::{ForstokWarehouseId, ItemId, OrderId, SalesInvoiceId, SalesReturnId, StoreId, WarehouseId};
use selaras_domain::order::{BundleComponent, Order, OrderLine, OrderReturn, OrderStatus, ReturnedLine};
use std::collections::BTreeMap;

pub const SKUS: [&str; 3] = ["KOPI", "TEH", "GULA"];
/// How many stores sell.
pub const STORES: i64 = 3;
/// Each warehouse, in Forstok and in Accurate.
pub const WAREHOUSES: [(ForstokWarehouseId, WarehouseId); 2] =
    [(ForstokWarehouseId(195), WarehouseId(50)), (ForstokWarehouseId(196), WarehouseId(51))];
/// The warehouse that nobody has counted at first, with the SKU, where a life begins so.
pub const UNCOUNTED: [Place; 2] = [Place { sku: 2, warehouse: 0 }, Place { sku: 2, warehouse: 1 }];
/// Boxes on each shelf at first.
const AT_FIRST: i64 = 20;

/// A SKU in a warehouse, by their places in [`SKUS`] and [`WAREHOUSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub sku: usize,
    pub warehouse: usize,
}

pub fn places() -> impl Iterator<Item = Place> {
    (0..WAREHOUSES.len()).flat_map(|warehouse| (0..SKUS.len()).map(move |sku| Place { sku, warehouse }))
}

pub fn item_id(sku: usize) -> ItemId {
    ItemId(100 + i64::try_from(sku).unwrap())
}

/// How a line of an order is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handing {
    /// By the shop, as it is.
    Plain,
    /// By the shop, as a bundle of two.
    Bundle,
    /// By the marketplace, from its own warehouse.
    Marketplace,
}

/// A line of an order.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub sku: usize,
    pub units: i64,
    pub handing: Handing,
}

impl Line {
    /// Boxes that the shop hands out for it.
    fn boxes(self) -> i64 {
        match self.handing {
            Handing::Plain => self.units,
            Handing::Bundle => 2 * self.units,
            Handing::Marketplace => 0,
        }
    }
}

/// Boxes or units by place.
pub type Figures = BTreeMap<Place, i64>;

fn at(figures: &Figures, place: Place) -> i64 {
    figures.get(&place).copied().unwrap_or_default()
}

fn add(figures: &mut Figures, place: Place, units: i64) {
    *figures.entry(place).or_default() += units;
}

/// An order, and where its boxes are.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// As Forstok shows it.
    pub order: Order,
    /// What the shop itself hands out for it.
    pub own: Figures,
    /// When its boxes left their shelves.
    pub left: Option<Timestamp>,
    /// Boxes that are on their shelves again.
    pub back: Figures,
    /// Boxes that have come back and that nobody has told Forstok of yet.
    pub not_put_away: Figures,
    /// Boxes that were out without an invoice when their places were counted: the count knows nothing of them.
    pub counted_after: Figures,
    /// A person has typed its invoice under another number, and has said so.
    pub typed: bool,
    /// A person has said that it is never sent.
    pub never: bool,
    /// Whether anything about it stands in the way of its invoice: its total does not add up, or the marketplace handed goods out.
    pub held: bool,
}

impl Parcel {
    fn gone(&self, place: Place) -> i64 {
        if self.left.is_some() { at(&self.own, place) - at(&self.back, place) } else { 0 }
    }

    pub fn is_open(&self) -> bool {
        self.left.is_none() && self.order.status != OrderStatus::Cancelled
    }
}

/// The shop.
pub struct World {
    pub now: Timestamp,
    /// What is there.
    boxes: Figures,
    /// On hand in Forstok.
    pub shown: Figures,
    /// On hand in the books.
    pub books: Figures,
    /// Boxes that lie there and were never entered into the books.
    pub uncounted: Figures,
    /// When opening stock was entered.
    counts: BTreeMap<Place, Timestamp>,
    /// Boxes that were delivered and are entered into the books later.
    unbooked: Figures,
    pub parcels: Vec<Parcel>,
    pub invoices: Vec<InvoiceDocument>,
    pub returns: Vec<ReturnDocument>,
    /// What the items are called in Accurate, and the products in Forstok.
    pub item_names: [String; 3],
    pub product_names: [String; 3],
}

impl World {
    pub fn new(now: Timestamp, uncounted: bool) -> Self {
        let all: Figures = places().map(|place| (place, AT_FIRST)).collect();
        let open: Figures = UNCOUNTED.into_iter().filter(|_| uncounted).map(|place| (place, AT_FIRST)).collect();
        let books = all.iter().map(|(place, boxes)| (*place, boxes - at(&open, *place))).collect();
        let names = || SKUS.map(|sku| format!("Barang {sku}"));
        Self {
            now,
            shown: all.clone(),
            boxes: all,
            books,
            uncounted: open,
            counts: BTreeMap::new(),
            unbooked: Figures::new(),
            parcels: Vec::new(),
            invoices: Vec::new(),
            returns: Vec::new(),
            item_names: names(),
            product_names: names(),
        }
    }

    pub fn pass(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    pub fn boxes(&self, place: Place) -> i64 {
        at(&self.boxes, place)
    }

    pub fn is_counted(&self, place: Place) -> bool {
        !self.uncounted.contains_key(&place)
    }

    /// Somebody buys. A marketplace sells only what it is told is there. `told`: Forstok says which warehouse it is taken from.
    pub fn place_order(&mut self, store: i64, (warehouse, told): (usize, bool), lines: &[Line], adds_up: bool) {
        let mut own = Figures::new();
        for line in lines.iter().filter(|line| line.boxes() > 0) {
            add(&mut own, Place { sku: line.sku, warehouse }, line.boxes());
        }
        let reserved = |place| -> i64 {
            self.parcels.iter().filter(|parcel| parcel.is_open()).map(|parcel| at(&parcel.own, place)).sum()
        };
        if own.iter().any(|(place, units)| at(&self.shown, *place) - reserved(*place) < *units) {
            return;
        }
        let id = i64::try_from(self.parcels.len()).unwrap() + 1;
        let lines: Vec<OrderLine> = lines.iter().map(|line| order_line(*line)).collect();
        let subtotal: Money = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        let held = !adds_up || !told || lines.iter().any(|line| line.fulfilled_by_channel);
        let order = Order {
            id: OrderId(id),
            number: format!("N{id}"),
            store: StoreId(7001 + store),
            store_name: format!("Toko {store}"),
            channel: "Shopee".into(),
            channel_id: 12,
            status: OrderStatus::Open,
            ordered_at: self.now,
            updated_at: self.now,
            warehouse: told.then_some(WAREHOUSES[warehouse].0),
            lines,
            subtotal,
            shipping_price: Money::ZERO,
            cashless: true,
            discount: Money::ZERO,
            voucher_seller: Money::ZERO,
            platform_rebate: Money::ZERO,
            tax: Money::ZERO,
            total: if adds_up { subtotal } else { subtotal + Money::from(777_777) },
            insurance: Money::ZERO,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        };
        let (back, not_put_away) = Default::default();
        let (counted_after, typed, never) = Default::default();
        self.parcels.push(Parcel { order, own, left: None, back, not_put_away, counted_after, typed, never, held });
    }

    /// An order goes one step on its way. One whose boxes are not there is cancelled.
    pub fn step(&mut self, which: usize) {
        let Some(parcel) = self.parcels.get_mut(which) else { return };
        let next = match parcel.order.status {
            OrderStatus::Open => OrderStatus::Picked,
            OrderStatus::Picked => OrderStatus::Packed,
            OrderStatus::Packed => OrderStatus::NotShipped,
            OrderStatus::NotShipped => OrderStatus::ReadyToShip,
            OrderStatus::ReadyToShip => OrderStatus::Shipped,
            OrderStatus::Shipped => OrderStatus::Delivered,
            OrderStatus::Delivered => OrderStatus::Completed,
            _ => return,
        };
        if next == OrderStatus::ReadyToShip {
            if parcel.own.iter().any(|(place, units)| at(&self.boxes, *place) < *units) {
                return self.cancel(which, false);
            }
            parcel.left = Some(self.now);
            for (place, units) in &parcel.own {
                add(&mut self.boxes, *place, -units);
                add(&mut self.shown, *place, -units);
            }
        }
        parcel.order.status = next;
        parcel.order.updated_at = self.now;
    }

    /// The courier cannot hand a parcel over: it is on its way back, and arrives when it comes back as a whole.
    pub fn fail(&mut self, which: usize) {
        let shipped = |parcel: &&mut Parcel| parcel.order.status == OrderStatus::Shipped && !parcel.typed;
        let Some(parcel) = self.parcels.get_mut(which).filter(shipped) else { return };
        parcel.order.status = OrderStatus::FailedDelivery;
        parcel.order.updated_at = self.now;
    }

    /// Either side cancels before the parcel is with the courier; boxes that were packed go back at once. `told`: Forstok puts them on hand
    /// again by itself.
    pub fn cancel(&mut self, which: usize, told: bool) {
        let Some(parcel) = self.parcels.get_mut(which).filter(|parcel| !parcel.typed) else { return };
        let with_courier = parcel.order.status.rank().is_none_or(|rank| rank > 3);
        if with_courier {
            return;
        }
        if parcel.left.take().is_some() {
            for (place, units) in &parcel.own {
                add(&mut self.boxes, *place, *units);
                add(&mut self.shown, *place, if told { *units } else { 0 });
            }
        }
        parcel.order.status = OrderStatus::Cancelled;
        parcel.order.updated_at = self.now;
    }

    /// Some or all of a parcel comes back to the shelf that it was taken from. `told`: somebody puts it away in Forstok at once.
    pub fn come_back(&mut self, which: usize, whole: bool, told: bool) {
        let Some(parcel) = self.parcels.get_mut(which).filter(|parcel| !parcel.typed && parcel.back.is_empty()) else {
            return;
        };
        match parcel.order.status {
            OrderStatus::Shipped | OrderStatus::FailedDelivery if whole => {}
            OrderStatus::Delivered | OrderStatus::Completed => {}
            _ => return,
        }
        let units = |units: i64| if whole { units } else { (units + 1) / 2 };
        parcel.back =
            parcel.own.iter().map(|(place, own)| (*place, units(*own))).filter(|(_, back)| *back > 0).collect();
        if parcel.back.is_empty() {
            return;
        }
        for (place, back) in &parcel.back {
            add(&mut self.boxes, *place, *back);
        }
        parcel.not_put_away = parcel.back.clone();
        if whole {
            parcel.order.status = OrderStatus::Returned;
        } else {
            let line =
                |(place, back): (&Place, &i64)| ReturnedLine { sku: SKUS[place.sku].into(), quantity: (*back).into() };
            let lines = parcel.back.iter().map(line).collect();
            parcel.order.returns.push(OrderReturn { id: "1".into(), at: self.now, lines });
        }
        parcel.order.updated_at = self.now;
        if told {
            self.put_away(which);
        }
    }

    /// What came back is put on hand in Forstok by a person.
    pub fn put_away(&mut self, which: usize) {
        for (place, units) in std::mem::take(&mut self.parcels[which].not_put_away) {
            add(&mut self.shown, place, units);
        }
    }

    /// A sync sets what is on hand in Forstok. Where that is what lies there, nobody puts anything away any more.
    pub fn show(&mut self, place: Place, units: i64) {
        self.shown.insert(place, units);
        if units == self.boxes(place) {
            for parcel in &mut self.parcels {
                parcel.not_put_away.remove(&place);
            }
        }
    }

    /// Boxes are found, broken or sold over the counter, and the books are told of the difference.
    pub fn recount(&mut self, place: Place, by: i64) {
        let by = by.max(-self.boxes(place));
        if self.is_counted(place) {
            add(&mut self.boxes, place, by);
            add(&mut self.books, place, by);
        }
    }

    /// A supplier brings boxes; the books are told now or later.
    pub fn deliver(&mut self, place: Place, units: i64, booked: bool) {
        if self.is_counted(place) {
            add(&mut self.boxes, place, units);
            add(if booked { &mut self.books } else { &mut self.unbooked }, place, units);
        }
    }

    pub fn book_deliveries(&mut self) {
        for (place, units) in std::mem::take(&mut self.unbooked) {
            add(&mut self.books, place, units);
        }
    }

    /// What was counted on a shelf is in the books from here on. `entered`: so much was entered, and the books say just what was counted,
    /// whatever is under way, but for what an invoice had taken from them below zero and lies there still; `None`: a person has taken into
    /// account what has left without its invoice, and what has its invoice and lies there still.
    pub fn counted(&mut self, place: Place, entered: Option<i64>) -> Result<(), String> {
        let (before, by_figure) = (at(&self.books, place), entered.is_some());
        self.uncounted.remove(&place);
        if by_figure {
            self.counts.insert(place, self.now);
        }
        let mut figure = self.boxes(place);
        for at_parcel in 0..self.parcels.len() {
            let invoiced = self.invoices_of(&self.parcels[at_parcel]) > 0;
            let parcel = &mut self.parcels[at_parcel];
            let out = parcel.gone(place);
            if by_figure && out > 0 && !invoiced {
                parcel.counted_after.insert(place, out);
            } else if by_figure && before < 0 && invoiced {
                figure -= at(&parcel.own, place) - out;
            } else if !by_figure {
                figure += out - if invoiced { at(&parcel.own, place) } else { 0 };
            }
        }
        figure += if by_figure { 0 } else { self.parcels.iter().map(|parcel| self.booked_back(parcel, place)).sum() };
        self.books.insert(place, figure);
        match entered {
            Some(entered) if before + entered != figure => {
                Err(format!("{entered} were entered for {place:?}: {before} became {}, not {figure}", before + entered))
            }
            _ => Ok(()),
        }
    }

    /// How many invoices of an order are in the books.
    pub fn invoices_of(&self, parcel: &Parcel) -> usize {
        let own = |invoice: &&InvoiceDocument| {
            invoice.description == says(&parcel.order) || invoice.number == typed(&parcel.order)
        };
        self.invoices.iter().filter(own).count()
    }

    /// An invoice is entered: its lines leave the books.
    pub fn enter(&mut self, invoice: &InvoiceDocument) -> Result<(), String> {
        if self.invoices.iter().any(|known| known.number == invoice.number) {
            return Err(format!("invoice {} is there already", invoice.number));
        }
        let id = SalesInvoiceId(i64::try_from(self.invoices.len()).unwrap() + 1_000);
        self.move_lines(&invoice.lines, -1)?;
        self.invoices.push(InvoiceDocument { id: Some(id), ..invoice.clone() });
        Ok(())
    }

    pub fn remove(&mut self, number: &str) -> Result<(), String> {
        let found = self.invoices.iter().position(|invoice| invoice.number == number);
        let gone = self.invoices.remove(found.ok_or(format!("there is no invoice {number}"))?);
        self.move_lines(&gone.lines, 1)
    }

    pub fn take_back(&mut self, back: &ReturnDocument) -> Result<(), String> {
        if self.returns.iter().any(|known| known.number == back.number) {
            return Err(format!("return {} is there already", back.number));
        }
        let id = SalesReturnId(i64::try_from(self.returns.len()).unwrap() + 5_000);
        self.move_lines(&back.lines, 1)?;
        self.returns.push(ReturnDocument { id: Some(id), ..back.clone() });
        Ok(())
    }

    fn move_lines(&mut self, lines: &[selaras_domain::documents::DocumentLine], sign: i64) -> Result<(), String> {
        for line in lines {
            let sku = SKUS.iter().position(|sku| *sku == line.item_no).ok_or(format!("no item {}", line.item_no))?;
            let warehouse = WAREHOUSES.iter().position(|(_, id)| Some(*id) == line.warehouse_id);
            let warehouse = warehouse.ok_or(format!("no warehouse {:?}", line.warehouse_id))?;
            let units = i64::try_from(line.quantity.0).map_err(|error| error.to_string())?;
            add(&mut self.books, Place { sku, warehouse }, sign * units);
        }
        Ok(())
    }

    /// Units of an order that its documents say came back.
    fn booked_back(&self, parcel: &Parcel, place: Place) -> i64 {
        let lines =
            self.returns.iter().filter(|back| back.invoice_no == parcel.order.number).flat_map(|back| &back.lines);
        let here = lines.filter(|line| line.item_no == SKUS[place.sku]);
        let here = here.filter(|line| line.warehouse_id == Some(WAREHOUSES[place.warehouse].1));
        here.map(|line| i64::try_from(line.quantity.0).unwrap()).sum()
    }

    /// No unit and no rupiah twice: each order has one invoice at most, worth what the order is, and the books are the boxes with what is
    /// between the two, order by order.
    pub fn judge_books(&self) -> Result<(), String> {
        for parcel in &self.parcels {
            let number = &parcel.order.number;
            if self.invoices_of(parcel) > 1 {
                return Err(format!("order {number} has {} invoices", self.invoices_of(parcel)));
            }
            let mut own = self.invoices.iter().filter(|invoice| invoice.description == says(&parcel.order));
            if let Some(wrong) = own.clone().find(|invoice| invoice.total != Some(parcel.order.subtotal)) {
                return Err(format!(
                    "order {number} is worth {}, and invoiced at {:?}",
                    parcel.order.subtotal, wrong.total
                ));
            }
            if own.next().is_some() && !parcel.counted_after.is_empty() {
                return Err(format!("order {number} left before its goods were counted: they leave the books twice"));
            }
        }
        for place in places() {
            let mut expected = self.boxes(place) - at(&self.uncounted, place) - at(&self.unbooked, place);
            for parcel in &self.parcels {
                let invoiced = i64::try_from(self.invoices_of(parcel)).unwrap() * at(&parcel.own, place);
                let out = invoiced - self.booked_back(parcel, place) + at(&parcel.counted_after, place);
                expected += parcel.gone(place) - out;
            }
            let books = at(&self.books, place);
            if books != expected {
                return Err(format!("{} in the books: {books}, by the boxes and the orders: {expected}", name(place)));
            }
        }
        Ok(())
    }

    /// After a stock sync: nothing is offered that is not there, nothing is hidden that both services tell of, and a shelf that nobody has
    /// counted is left alone.
    pub fn judge_shelves(&self, before: &Figures, held: &BTreeMap<Place, String>) -> Result<(), String> {
        for place in places() {
            let (shown, boxes) = (at(&self.shown, place), self.boxes(place));
            if shown > boxes {
                return Err(format!("{}: {shown} are offered, {boxes} are there", name(place)));
            }
            if !self.is_counted(place) {
                if shown != at(before, place) {
                    return Err(format!(
                        "{} was never counted, and {} → {shown} was sent",
                        name(place),
                        at(before, place)
                    ));
                }
                continue;
            }
            let from_nowhere = |parcel: &Parcel| {
                let here = parcel.own.keys().any(|own| own.sku == place.sku);
                here && parcel.order.warehouse.is_none() && parcel.left.is_some()
            };
            if self.parcels.iter().any(from_nowhere) {
                // Which shelf it left is told by nobody: figures may be held, or lower than they could be.
                continue;
            }
            if let Some(reason) = held.get(&place) {
                return Err(format!("{} is held ({reason}), and nothing is wrong with it", name(place)));
            }
            let hidden = boxes - self.untold(place);
            if shown < hidden {
                return Err(format!(
                    "{}: {shown} are offered, {boxes} are there, of which {hidden} are told of",
                    name(place)
                ));
            }
        }
        Ok(())
    }

    /// Boxes that neither service can know to be on the shelf.
    fn untold(&self, place: Place) -> i64 {
        let of_parcel = |parcel: &Parcel| {
            let back = at(&parcel.back, place) - self.booked_back(parcel, place);
            let cancelled = parcel.order.status == OrderStatus::Cancelled && self.invoices_of(parcel) > 0;
            // It changed after the count: when it left is told by nobody.
            let doubtful = parcel.counted_after.contains_key(&place);
            back + if cancelled || doubtful { at(&parcel.own, place) } else { 0 }
        };
        at(&self.unbooked, place) + self.parcels.iter().map(of_parcel).sum::<i64>()
    }

    /// At the end, with everything invoiced and synced: each order that is a sale has its invoice, and both sides show the same boxes.
    pub fn judge_the_end(&self) -> Result<(), String> {
        for parcel in &self.parcels {
            let sold = parcel.order.status == OrderStatus::Completed;
            // Nobody is told when it left: before the count of its goods, as far as a service can know.
            let before_count = |place| self.counts.get(place).is_some_and(|at| parcel.order.ordered_at <= *at);
            let exempt = parcel.held || parcel.never || parcel.own.keys().any(before_count);
            if sold && !exempt && self.invoices_of(parcel) != 1 {
                return Err(format!("order {} was sold and has no invoice", parcel.order.number));
            }
            if parcel.order.status == OrderStatus::Cancelled && self.invoices_of(parcel) != 0 {
                return Err(format!("order {} was cancelled and has its invoice still", parcel.order.number));
            }
        }
        self.judge_books()
    }
}

/// What an invoice says of its order.
pub fn says(order: &Order) -> String {
    order.id.to_string()
}

/// The number under which a person types the invoice of an order.
pub fn typed(order: &Order) -> String {
    format!("H{}", order.id)
}

fn name(place: Place) -> String {
    format!("{} in {}", SKUS[place.sku], WAREHOUSES[place.warehouse].0)
}

fn order_line(Line { sku, units, handing }: Line) -> OrderLine {
    let price = 10_000 * (i64::try_from(sku).unwrap() + 1);
    let bundle = handing == Handing::Bundle;
    let part = BundleComponent {
        sku: SKUS[sku].into(),
        name: format!("Barang {}", SKUS[sku]),
        unit_price: price.into(),
        quantity: 2.into(),
    };
    OrderLine {
        sku: if bundle { format!("PAKET-{}", SKUS[sku]) } else { SKUS[sku].into() },
        name: format!("Barang {}", SKUS[sku]),
        variant_name: String::new(),
        quantity: units.into(),
        unit_price: Money::from(if bundle { 2 * price } else { price }),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: handing == Handing::Marketplace,
        note: None,
        components: if bundle { vec![part] } else { Vec::new() },
    }
}
