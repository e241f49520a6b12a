//! Selaras at work in the shop: what it has read and remembers, what it plans from that, and what becomes of the plan on both sides.
//!
//! Nothing is judged here. [`Desk::plan_stock`] is the one place that hands the world to the planner of stock.

use super::world::{Figures, Parcel, Place, SKUS, STORES, WAREHOUSES, World, item_id, places, typed};
use crate::stand_in::DATABASE;
use jiff::Timestamp;
use selaras_domain::accurate::{Customer, Item, SalesInvoice, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::documents::{DocumentLine, InvoiceDocument};
use selaras_domain::forstok::{Variant, VariantStock};
use selaras_domain::ids::{AccountId, CustomerId, ItemId, OrderId, SalesInvoiceId, StoreId, VariantId, WarehouseId};
use selaras_domain::mapping::{InvoiceTrigger, Mapping, StoreMapping, WarehouseMapping};
use selaras_domain::order::{Order, business_day};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey};
use selaras_domain::sku_match::SkuMatch;
use selaras_engine::documents;
use selaras_engine::kinds::{invoices, opening_stock, returns, stock, voids};
use selaras_engine::matches::{Matches, seen};
use selaras_engine::orders::Invoiced;
use selaras_engine::sales::{Company, Goods};
use selaras_engine::shelf::{Decided, Departure, InvoicedHere, Known, OrderPlace, Sold};
use selaras_engine::sku::{SkuInput, SkuRow, classify};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    Invoices,
    Voids,
    Returns,
    Stock,
}

type Posted = BTreeMap<OperationKey, Fields>;

/// What Selaras keeps of a company.
pub struct Desk {
    mapping: Mapping,
    /// Since when it keeps the books.
    since: Timestamp,
    decisions: BTreeMap<OperationKey, RowDecision>,
    invoices: Posted,
    returns: Posted,
    sent: Posted,
    opening: Posted,
    /// When opening stock was counted, by its key.
    counted_at: BTreeMap<OperationKey, Timestamp>,
    counts: opening_stock::Counts,
    stocked: BTreeSet<(WarehouseId, ItemId)>,
    /// What was once matched.
    matches: Matches,
    /// When each order was seen to have left, and which were seen waiting at the last reading.
    departures: HashMap<OrderId, Departure>,
    waiting: HashMap<OrderId, Timestamp>,
    /// What plans have found of orders that nobody can know of.
    found: Vec<(OrderPlace, bool)>,
    /// Items that it has made itself, without stock.
    made: BTreeSet<String>,
}

/// Both services as they are read at one moment.
struct Read {
    orders: Vec<Order>,
    items: Vec<Item>,
    variants: Vec<Variant>,
    stock: HashMap<(WarehouseId, ItemId), Quantity>,
    documents: HashMap<String, InvoiceDocument>,
    heads: Vec<SalesInvoice>,
    customers: Vec<Customer>,
    warehouses: Vec<Warehouse>,
}

impl Desk {
    pub fn new(world: &World) -> Self {
        let mut mapping = Mapping {
            warehouses: WAREHOUSES
                .map(|(forstok_id, accurate_id)| WarehouseMapping { forstok_id, accurate_id })
                .to_vec(),
            stores: (0..STORES)
                .map(|store| StoreMapping {
                    customer_id: Some(CustomerId(900 + store)),
                    ..StoreMapping::of(StoreId(7001 + store))
                })
                .collect(),
            ..Mapping::default()
        };
        mapping.invoice_trigger = InvoiceTrigger::ReadyToShip;
        let made = world.uncounted.keys().map(|place| SKUS[place.sku].to_owned()).collect();
        let (decisions, invoices, returns) = Default::default();
        let (sent, opening, stocked, counted_at, counts) = Default::default();
        let (departures, waiting, found) = Default::default();
        let mut desk = Self {
            mapping,
            since: world.now,
            decisions,
            invoices,
            returns,
            sent,
            opening,
            counted_at,
            counts,
            stocked,
            matches: Matches::default(),
            departures,
            waiting,
            found,
            made,
        };
        // Both sides are read when they are connected.
        desk.read(world);
        desk
    }

    pub fn trigger(&mut self, trigger: InvoiceTrigger) {
        self.mapping.invoice_trigger = trigger;
    }

    /// A person decides about an order without an invoice: it is never sent, or was typed by hand under another number.
    pub fn decide(&mut self, world: &mut World, which: usize, by_hand: bool) -> Result<(), String> {
        let Some(parcel) = world.parcels.get(which) else { return Ok(()) };
        let settled = parcel.typed || parcel.never || world.invoices_of(parcel) > 0;
        let ended = parcel.order.status.rank().is_none() || !parcel.back.is_empty();
        if settled || ended || parcel.held || !parcel.counted_after.is_empty() {
            return Ok(());
        }
        let order = parcel.order.clone();
        let key = invoices::key(order.id);
        let choice = if by_hand { RowChoice::Entered { number: typed(&order) } } else { RowChoice::Never };
        let said =
            RowDecision { key: key.clone(), choice, reason: "kata orang".into(), by: "Ratna".into(), at: world.now };
        self.decisions.insert(key, said);
        if by_hand {
            world.enter(&self.typed_invoice(world, &world.parcels[which]))?;
        }
        world.parcels[which].typed = by_hand;
        world.parcels[which].never = !by_hand;
        Ok(())
    }

    fn typed_invoice(&self, world: &World, parcel: &Parcel) -> InvoiceDocument {
        let order = &parcel.order;
        let line = |(place, units): (&Place, &i64)| {
            let warehouse = WAREHOUSES[place.warehouse].1;
            DocumentLine {
                item_no: SKUS[place.sku].into(),
                item: None,
                name: SKUS[place.sku].into(),
                note: String::new(),
                quantity: (*units).into(),
                unit_price: Money::from(1_000),
                discount: Money::ZERO,
                warehouse: warehouse.to_string(),
                warehouse_id: Some(warehouse),
                taxed: false,
            }
        };
        InvoiceDocument {
            id: None,
            number: typed(order),
            date: business_day(world.now),
            description: "diketik tangan".into(),
            customer_no: "C-9".into(),
            customer: None,
            branch: None,
            taxable: false,
            tax_inclusive: false,
            cash_discount: Money::ZERO,
            to_address: None,
            lines: parcel.own.iter().map(line).collect(),
            total: Some(order.total),
            owing: None,
            receipts: Vec::new(),
            returned: Some(Money::ZERO),
        }
    }

    /// Syncs, and lets the world judge.
    pub fn sync(&mut self, world: &mut World, what: Sync) -> Result<(), String> {
        let read = self.read(world);
        match what {
            Sync::Stock => {
                let before = world.shown.clone();
                let operations = self.plan_stock(&read);
                let held = self.send_stock(world, operations);
                world.judge_shelves(&before, &held)
            }
            Sync::Invoices => {
                for operation in self.plan_invoices(&read) {
                    if operation.action == Action::Create {
                        let parcel =
                            world.parcels.iter().find(|parcel| invoices::key(parcel.order.id) == operation.key);
                        let order = &parcel.ok_or(format!("nobody ordered {}", operation.key))?.order;
                        if order.status.rank().is_none_or(|rank| rank < self.mapping.invoice_trigger.rank()) {
                            return Err(format!("order {} is {:?}, and invoiced", order.number, order.status));
                        }
                        world.enter(&documents::invoice(&operation).map_err(|error| format!("{error:?}"))?)?;
                        self.invoices.insert(operation.key, operation.after);
                    }
                }
                world.judge_books()
            }
            Sync::Voids => {
                for operation in self.plan_voids(&read) {
                    if operation.action == Action::Remove {
                        world.remove(&operation.before["number"])?;
                        let (_, posted) = voids::takes_back(&operation.key).ok_or("removes nothing of a sale")?;
                        self.invoices.remove(&posted);
                    }
                }
                world.judge_books()
            }
            Sync::Returns => {
                for warehouse in 0..WAREHOUSES.len() {
                    let read = self.read(world);
                    for operation in self.plan_returns(world, &read, warehouse) {
                        if operation.action == Action::Create {
                            world.take_back(&documents::returned(&operation).map_err(|error| format!("{error:?}"))?)?;
                            self.returns.insert(operation.key, operation.after);
                        }
                    }
                }
                world.judge_books()
            }
        }
    }

    /// Somebody counts a shelf and has it entered as opening stock; where Accurate has a figure already, a person puts it right there.
    pub fn count(&mut self, world: &mut World, place: Place) -> Result<(), String> {
        if world.is_counted(place) {
            return Ok(());
        }
        let read = self.read(world);
        let (_, warehouse) = WAREHOUSES[place.warehouse];
        let line = opening_stock::CountedLine {
            sku: SKUS[place.sku].into(),
            warehouse_text: warehouse.to_string(),
            place: Some((warehouse, warehouse.to_string())),
            item: Some((item_id(place.sku), SKUS[place.sku].into())),
            obstacle: None,
            quantity: world.boxes(place).into(),
            unit_cost: Some(Money::from(1_000)),
        };
        let oversold = self.oversold(&read, place);
        let operations = opening_stock::plan(&opening_stock::OpeningInput {
            database: DATABASE,
            lines: &[line],
            stock: &read.stock,
            oversold: &oversold,
            posted: &self.opening,
            account_no: "3",
            account: AccountId(3),
            branch: None,
            date: business_day(world.now),
        });
        let made = operations.into_iter().find(|operation| operation.action == Action::Create);
        let entered = made.as_ref().map(|made| made.after["quantity"].parse().unwrap());
        world.counted(place, entered)?;
        if let Some(made) = made {
            self.counted_at.insert(made.key.clone(), world.now);
            self.counts.extend(opening_stock::Count::of(&made.after, world.now));
            self.opening.insert(made.key, made.after);
        }
        world.judge_books()
    }

    /// What has its invoice and lies still on a shelf whose books are below zero without a count.
    fn oversold(&self, read: &Read, place: Place) -> HashMap<(WarehouseId, ItemId), Quantity> {
        let shelf = (WAREHOUSES[place.warehouse].1, item_id(place.sku));
        let invoiced = Invoiced::of(&read.orders, &read.heads, &self.linked());
        let known = self.known();
        let here = InvoicedHere::of(&read.orders, &invoiced, &known, None);
        let below = read.stock.get(&shelf).is_some_and(|books| books.is_negative());
        let early = here.in_place(WAREHOUSES[place.warehouse].0, SKUS[place.sku]);
        early.filter(|_| below && !self.stocked.contains(&shelf)).map(|early| (shelf, early)).into_iter().collect()
    }

    /// What is remembered of orders.
    fn known(&self) -> Known {
        let decided = self.decisions.values().filter_map(|said| {
            let order = said.key.0.strip_prefix("invoice:")?.parse().ok()?;
            Some((order, if said.choice == RowChoice::Never { Decided::Never } else { Decided::Entered }))
        });
        Known {
            by_file: false,
            booked: HashMap::new(),
            integrated_at: Some(self.since),
            departures: self.departures.clone(),
            decided: decided.collect(),
            found: self.found.iter().cloned().collect(),
        }
    }

    /// Reads both sides, and remembers what is to be remembered of it.
    fn read(&mut self, world: &World) -> Read {
        let item = |sku: usize| Item {
            id: item_id(sku),
            no: SKUS[sku].into(),
            name: world.item_names[sku].clone(),
            item_type: None,
            upc: None,
            unit_price: None,
            suspended: false,
        };
        let variant = |sku: usize| Variant {
            id: Some(VariantId(10 + i64::try_from(sku).unwrap())),
            sku: SKUS[sku].into(),
            name: world.product_names[sku].clone(),
            category: None,
            price: None,
            cost_price: None,
            barcode: None,
            stock: places().filter(|place| place.sku == sku).map(|place| on_hand(&world.shown, place)).collect(),
        };
        let figure = |(place, units): (&Place, &i64)| {
            ((WAREHOUSES[place.warehouse].1, item_id(place.sku)), Quantity::from(*units))
        };
        let stock: HashMap<_, _> = world.books.iter().map(figure).collect();
        self.stocked.extend(stock.iter().filter(|(_, units)| units.is_positive()).map(|(place, _)| *place));
        self.remember_departures(world);
        let whole = |invoice: &InvoiceDocument| {
            let backs = world.returns.iter().filter(|back| back.invoice_no == invoice.number);
            InvoiceDocument { returned: Some(backs.filter_map(|back| back.total).sum()), ..invoice.clone() }
        };
        let documents: Vec<InvoiceDocument> = world.invoices.iter().map(whole).collect();
        let read = Read {
            orders: world.parcels.iter().map(|parcel| parcel.order.clone()).collect(),
            items: (0..SKUS.len()).map(item).collect(),
            variants: (0..SKUS.len()).map(variant).collect(),
            stock,
            heads: documents.iter().map(head).collect(),
            documents: documents.into_iter().map(|one| (one.number.clone(), one)).collect(),
            customers: (0..STORES).map(customer).collect(),
            warehouses: WAREHOUSES.map(|(_, id)| warehouse(id)).to_vec(),
        };
        self.remember_matches(&read, world.now);
        read
    }

    /// A match once made holds by the ids of both sides.
    fn remember_matches(&mut self, read: &Read, now: Timestamp) {
        let none = BTreeMap::new();
        let seen = seen(&self.rows(read, &none), &self.matches, now);
        let mut kept: Vec<SkuMatch> = self.matches.all().to_vec();
        kept.retain(|one| !seen.given_up.contains(&one.key()) && seen.made.iter().all(|made| made.key() != one.key()));
        kept.extend(seen.made);
        self.matches = Matches::of(kept);
    }

    /// The service says when an order changed last, not when it left: what a reading sees is remembered.
    fn remember_departures(&mut self, world: &World) {
        let now = world.now;
        let (left, waits): (Vec<&Order>, Vec<&Order>) =
            world.parcels.iter().map(|parcel| &parcel.order).partition(|order| order.status.has_left());
        for order in left {
            let seen_waiting = self.waiting.get(&order.id).copied();
            self.departures.entry(order.id).or_insert(Departure { seen_waiting, seen_left: now });
        }
        self.waiting = waits.into_iter().map(|order| (order.id, now)).collect();
    }

    fn rows<'a>(
        &'a self,
        read: &'a Read,
        none: &'a BTreeMap<String, selaras_domain::decision::Decision>,
    ) -> Vec<SkuRow<'a>> {
        classify(&SkuInput {
            variants: &read.variants,
            pending: &[],
            items: &read.items,
            decisions: none,
            matches: &self.matches,
        })
    }

    fn linked(&self) -> BTreeMap<OrderId, String> {
        invoices::linked(&self.decisions)
    }

    /// What both services say, as the planner of stock wants it; what it finds of orders that nobody can know of is remembered.
    fn plan_stock(&mut self, read: &Read) -> Vec<Operation> {
        let none = BTreeMap::new();
        let rows = self.rows(read, &none);
        let invoiced = Invoiced::of(&read.orders, &read.heads, &self.linked());
        let known = self.known();
        let sold = Sold::of(&read.orders, &invoiced, &known, None);
        let pairs = WAREHOUSES.map(|(forstok, accurate)| stock::WarehousePair {
            forstok,
            forstok_name: forstok.to_string(),
            accurate,
        });
        let input = stock::StockInput {
            database: DATABASE,
            rows: &rows,
            pairs: &pairs,
            stock: &read.stock,
            readable: true,
            sent: &self.sent,
            counted: &stock::Counted {
                opening_posted: self.counted_at.clone(),
                made: self.made.clone(),
                stocked: self.stocked.clone(),
                new_books: false,
            },
            sold: Some(&sold),
            sells: true,
            unknown_goods: None,
        };
        let operations = stock::plan(&input);
        self.found = stock::found(&input);
        operations
    }

    /// Sends the figures of a plan; answers what it holds.
    fn send_stock(&mut self, world: &mut World, operations: Vec<Operation>) -> BTreeMap<Place, String> {
        let mut held = BTreeMap::new();
        for operation in operations {
            let sku = SKUS.iter().position(|sku| *sku == operation.after["sku"]).unwrap();
            let of = |(id, _): &(_, _)| ToString::to_string(id) == operation.after["warehouse_id"];
            let place = Place { sku, warehouse: WAREHOUSES.iter().position(of).unwrap() };
            match operation.action {
                Action::Create | Action::Change => {
                    let figure: Quantity = Quantity(operation.after["on_hand"].parse().unwrap());
                    world.show(place, i64::try_from(figure.0).unwrap());
                    self.sent.insert(operation.key, operation.after);
                }
                Action::Blocked => {
                    held.insert(place, operation.reason.code);
                }
                Action::Same | Action::Remove => {}
            }
        }
        held
    }

    fn with<T>(&self, read: &Read, plan: impl FnOnce(&Company<'_>, &Goods<'_>) -> T) -> T {
        let none = BTreeMap::new();
        let rows = self.rows(read, &none);
        let company = Company {
            database: DATABASE,
            mapping: &self.mapping,
            accounts: &[],
            warehouses: &read.warehouses,
            branches: &[],
            customers: &read.customers,
            made: &BTreeMap::new(),
            stores: &[],
            shop_warehouses: &[],
            start_date: None,
            decisions: &self.decisions,
        };
        plan(&company, &Goods::of(&rows))
    }

    fn plan_invoices(&self, read: &Read) -> Vec<Operation> {
        self.with(read, |company, goods| {
            let (operations, _) = invoices::plan(&invoices::InvoicesInput {
                company,
                goods,
                orders: &read.orders,
                shop_invoices: &HashMap::new(),
                invoices_told: false,
                existing: &read.heads,
                documents: &read.documents,
                listed_since: jiff::civil::Date::MIN,
                posted: &self.invoices,
                counts: &self.counts,
                since: self.since,
                integrated_at: self.since,
                only: &[],
            });
            operations
        })
    }

    fn plan_voids(&self, read: &Read) -> Vec<Operation> {
        self.with(read, |company, _| {
            voids::plan(&voids::VoidsInput {
                company,
                orders: &read.orders,
                shop_invoices: &HashMap::new(),
                existing: &read.heads,
                documents: &read.documents,
                receipts: &HashMap::new(),
                posted_invoices: &self.invoices,
                posted_receipts: &BTreeMap::new(),
                linked: &self.linked(),
                only: &[],
            })
        })
    }

    /// What came back to one warehouse: goods go back to the shelf that they were taken from.
    fn plan_returns(&self, world: &World, read: &Read, warehouse: usize) -> Vec<Operation> {
        let (forstok, accurate) = WAREHOUSES[warehouse];
        let here = read.orders.iter().filter(|order| order.warehouse == Some(forstok));
        let only: Vec<String> = here.map(|order| order.id.to_string()).collect();
        if only.is_empty() {
            return Vec::new();
        }
        self.with(read, |company, goods| {
            returns::plan(&returns::ReturnsInput {
                company,
                goods,
                orders: &read.orders,
                existing: &read.heads,
                documents: &read.documents,
                posted_invoices: &self.invoices,
                returns: &world.returns.iter().map(|one| (one.number.clone(), one.clone())).collect(),
                posted: &self.returns,
                linked: &self.linked(),
                warehouse: Some(accurate),
                only: &only,
            })
        })
    }
}

fn on_hand(shown: &Figures, place: Place) -> VariantStock {
    VariantStock { warehouse: WAREHOUSES[place.warehouse].0, on_hand: shown[&place].into(), reserved: Quantity::ZERO }
}

fn head(one: &InvoiceDocument) -> SalesInvoice {
    SalesInvoice {
        id: one.id.unwrap_or(SalesInvoiceId(0)),
        number: one.number.clone(),
        date: Some(one.date),
        description: Some(one.description.clone()),
        customer: one.customer,
        total: one.total,
    }
}

fn customer(store: i64) -> Customer {
    Customer {
        id: CustomerId(900 + store),
        no: format!("C-{store}"),
        name: format!("Toko {store}"),
        suspended: false,
        foreign: None,
    }
}

fn warehouse(id: WarehouseId) -> Warehouse {
    Warehouse { id, name: id.to_string(), default: false, scrap: false, suspended: false }
}
