//! Weeks of random life: whatever people and marketplaces do between two syncs, and in whatever order the syncs come, at no sync more is
//! offered than is on the shelf and unsold, no unit and no rupiah is counted twice, and once all is invoiced and synced both sides agree.
//!
//! The judge is the shop itself ([`world`]): boxes on shelves. The planners are asked by [`desk`] only.
//!
//! `SELARAS_LONG=1` lives 100,000 weeks; `SELARAS_SEED` repeats the lives of a run that was printed.

mod desk;
mod found;
mod world;

use desk::{Desk, Sync};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use selaras_domain::mapping::InvoiceTrigger;
use selaras_domain::order::OrderStatus;
use world::{Handing, Line, Place, SKUS, STORES, WAREHOUSES, World, places};

/// Weeks of one life.
const WEEKS: u32 = 4;
/// What happens in a life at most: about six things a day.
const EVENTS: usize = 160;

/// Weeks that are lived in all.
fn weeks() -> u32 {
    if std::env::var_os("SELARAS_LONG").is_some() { 100_000 } else { 2_000 }
}

/// What happens in a shop. Numbers of orders are taken modulo those that there are.
#[derive(Debug, Clone)]
enum Event {
    /// An order; one whose total does not add up stays held, and so does one that does not tell its warehouse.
    Placed {
        store: i64,
        warehouse: (usize, bool),
        lines: Vec<Line>,
        adds_up: bool,
    },
    /// An order goes so many steps on its way.
    Moved {
        order: usize,
        steps: u8,
    },
    Cancelled {
        order: usize,
        told: bool,
    },
    NotHandedOver {
        order: usize,
    },
    CameBack {
        order: usize,
        whole: bool,
        told: bool,
    },
    /// What came back is put away in Forstok.
    PutAway {
        order: usize,
    },
    Recounted {
        place: Place,
        by: i64,
    },
    Delivered {
        place: Place,
        units: i64,
        booked: bool,
    },
    DeliveriesBooked,
    /// Opening stock that nobody had counted is counted.
    Counted {
        place: Place,
    },
    RenamedInAccurate {
        sku: usize,
        to: usize,
    },
    RenamedInForstok {
        sku: usize,
        to: usize,
    },
    Decided {
        order: usize,
        by_hand: bool,
    },
    Triggered(InvoiceTrigger),
    Synced(Sync),
}

/// What a life may hold beside orders, syncs, deliveries and recounts.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    cancellations: bool,
    returns: bool,
    decisions: bool,
    triggers: bool,
    renames: bool,
    uncounted: bool,
    marketplace: bool,
    /// Parcels that are on their way back, and arrive later.
    not_handed_over: bool,
    /// Orders that do not tell their warehouse.
    nowhere: bool,
}

const EVERYTHING: Kinds = Kinds {
    cancellations: true,
    returns: true,
    decisions: true,
    triggers: true,
    renames: true,
    uncounted: true,
    marketplace: true,
    not_handed_over: true,
    nowhere: true,
};

fn event(kinds: Kinds) -> impl Strategy<Value = Event> {
    let order = || 0_usize..60;
    let sku = || 0..SKUS.len();
    let place = || (sku(), 0..WAREHOUSES.len()).prop_map(|(sku, warehouse)| Place { sku, warehouse });
    let weight = |wanted: bool, weight: u32| if wanted { weight } else { 0 };
    let marketplace = Just(if kinds.marketplace { Handing::Marketplace } else { Handing::Plain });
    let handing = prop_oneof![16 => Just(Handing::Plain), 2 => Just(Handing::Bundle), 2 => marketplace];
    let line = (sku(), 1_i64..5, handing).prop_map(|(sku, units, handing)| Line { sku, units, handing });
    let warehouse = (0..WAREHOUSES.len(), prop::bool::weighted(if kinds.nowhere { 0.95 } else { 1.0 }));
    let placed = (0..STORES, warehouse, vec(line, 1..3), prop::bool::weighted(0.9));
    let trigger = prop_oneof![
        Just(InvoiceTrigger::Open),
        Just(InvoiceTrigger::NotShipped),
        Just(InvoiceTrigger::ReadyToShip),
        Just(InvoiceTrigger::Shipped),
        Just(InvoiceTrigger::Delivered),
    ];
    let sync = prop_oneof![
        3 => Just(Sync::Stock),
        3 => Just(Sync::Invoices),
        1 => Just(Sync::Voids),
        1 => Just(Sync::Returns),
    ];
    let told = any::<bool>;
    let branches = vec![
        (
            8,
            placed
                .prop_map(|(store, warehouse, lines, adds_up)| Event::Placed { store, warehouse, lines, adds_up })
                .boxed(),
        ),
        (12, (order(), 1_u8..5).prop_map(|(order, steps)| Event::Moved { order, steps }).boxed()),
        (12, sync.prop_map(Event::Synced).boxed()),
        (2, (place(), -3_i64..4).prop_map(|(place, by)| Event::Recounted { place, by }).boxed()),
        (
            2,
            (place(), 1_i64..10, told())
                .prop_map(|(place, units, booked)| Event::Delivered { place, units, booked })
                .boxed(),
        ),
        (1, Just(Event::DeliveriesBooked).boxed()),
        (
            weight(kinds.cancellations, 3),
            (order(), told()).prop_map(|(order, told)| Event::Cancelled { order, told }).boxed(),
        ),
        (
            weight(kinds.returns, 3),
            (order(), told(), told()).prop_map(|(order, whole, told)| Event::CameBack { order, whole, told }).boxed(),
        ),
        (weight(kinds.not_handed_over, 1), order().prop_map(|order| Event::NotHandedOver { order }).boxed()),
        (weight(kinds.returns, 2), order().prop_map(|order| Event::PutAway { order }).boxed()),
        (
            weight(kinds.decisions, 1),
            (order(), told()).prop_map(|(order, by_hand)| Event::Decided { order, by_hand }).boxed(),
        ),
        (weight(kinds.triggers, 1), trigger.prop_map(Event::Triggered).boxed()),
        (
            weight(kinds.renames, 1),
            (sku(), 0_usize..3).prop_map(|(sku, to)| Event::RenamedInAccurate { sku, to }).boxed(),
        ),
        (
            weight(kinds.renames, 1),
            (sku(), 0_usize..3).prop_map(|(sku, to)| Event::RenamedInForstok { sku, to }).boxed(),
        ),
        (weight(kinds.uncounted, 1), place().prop_map(|place| Event::Counted { place }).boxed()),
    ];
    prop::strategy::Union::new_weighted(branches.into_iter().filter(|(weight, _)| *weight > 0).collect())
}

/// A life: how many hours pass before each thing happens.
type Life = Vec<(i64, Event)>;

fn life(kinds: Kinds) -> impl Strategy<Value = Life> {
    vec((0_i64..9, event(kinds)), 1..EVENTS)
}

/// A Monday morning in Jakarta.
fn begin() -> Timestamp {
    "2026-11-02T02:00:00Z".parse().unwrap()
}

/// Lives it, and settles everything at its end. Answers what is wrong first.
fn live(life: &[(i64, Event)], kinds: Kinds) -> Result<(), String> {
    let mut world = World::new(begin(), kinds.uncounted);
    let mut desk = Desk::new(&world);
    for (number, (hours, event)) in life.iter().enumerate() {
        world.pass(hours + 1);
        happen(&mut world, &mut desk, event).map_err(|wrong| format!("{}. {event:?}: {wrong}", number + 1))?;
    }
    settle(&mut world, &mut desk).map_err(|wrong| format!("at the end: {wrong}"))
}

fn happen(world: &mut World, desk: &mut Desk, event: &Event) -> Result<(), String> {
    let orders = world.parcels.len().max(1);
    match event {
        Event::Placed { store, warehouse, lines, adds_up } => world.place_order(*store, *warehouse, lines, *adds_up),
        Event::Moved { order, steps } => (0..*steps).for_each(|_| world.step(order % orders)),
        Event::Cancelled { order, told } => world.cancel(order % orders, *told),
        Event::NotHandedOver { order } => world.fail(order % orders),
        Event::CameBack { order, whole, told } => world.come_back(order % orders, *whole, *told),
        Event::PutAway { order } if !world.parcels.is_empty() => world.put_away(order % orders),
        Event::PutAway { .. } => {}
        Event::Recounted { place, by } => world.recount(*place, *by),
        Event::Delivered { place, units, booked } => world.deliver(*place, *units, *booked),
        Event::DeliveriesBooked => world.book_deliveries(),
        Event::Counted { place } => desk.count(world, *place)?,
        Event::RenamedInAccurate { sku, to } => world.item_names[*sku] = format!("Nama {to} {sku}"),
        Event::RenamedInForstok { sku, to } => world.product_names[*sku] = format!("Nama {to} {sku}"),
        Event::Decided { order, by_hand } => desk.decide(world, order % orders, *by_hand)?,
        Event::Triggered(trigger) => desk.trigger(*trigger),
        Event::Synced(sync) => desk.sync(world, *sync)?,
    }
    Ok(())
}

/// Every order goes to its end, everything is counted, booked and put away, and all is synced until nothing is left.
fn settle(world: &mut World, desk: &mut Desk) -> Result<(), String> {
    world.pass(24);
    world.book_deliveries();
    for place in places() {
        desk.count(world, place)?;
    }
    world.pass(1);
    for order in 0..world.parcels.len() {
        (0..8).for_each(|_| world.step(order));
        if world.parcels[order].order.status == OrderStatus::FailedDelivery {
            world.come_back(order, true, true);
        }
        world.put_away(order);
    }
    desk.trigger(InvoiceTrigger::ReadyToShip);
    for sync in [Sync::Invoices, Sync::Voids, Sync::Returns, Sync::Stock] {
        world.pass(1);
        desk.sync(world, sync)?;
    }
    world.judge_the_end()?;
    let before = world.shown.clone();
    desk.sync(world, Sync::Stock)?;
    if world.shown == before { Ok(()) } else { Err(format!("stock is sent twice: {before:?} {:?}", world.shown)) }
}

/// Lives of these kinds, from a seed that can be given again; a life that goes wrong is told in as few events as it takes.
fn lives(kinds: Kinds, weeks: u32) {
    let seed: u64 = match std::env::var("SELARAS_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => rand_seed(),
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = ProptestConfig {
        cases: (weeks / WEEKS).max(1),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let told = runner.run(&life(kinds), |life| live(&life, kinds).map_err(TestCaseError::fail));
    match told {
        Ok(()) => {}
        Err(TestError::Fail(_, life)) => {
            let life = smallest(life, kinds);
            let why = live(&life, kinds).unwrap_err();
            let events: String = life.iter().map(|(hours, event)| format!("\n  {hours:>2} h  {event:?}")).collect();
            panic!("{why}\nin this life:{events}\nSELARAS_SEED={seed} repeats it");
        }
        Err(error) => panic!("{error}\nSELARAS_SEED={seed} repeats it"),
    }
}

/// The life without everything that it goes wrong without, too.
fn smallest(mut life: Life, kinds: Kinds) -> Life {
    name_orders(&mut life, kinds);
    let mut at = life.len();
    while at > 0 {
        at -= 1;
        // An order that is left out moves those behind it up.
        for moved in [0, 1] {
            let mut shorter = life.clone();
            shorter.remove(at);
            shorter.iter_mut().skip(at).filter_map(|(_, event)| order_of(event)).for_each(|order| {
                *order = order.saturating_sub(moved);
            });
            if live(&shorter, kinds).is_err() {
                life = shorter;
                at = life.len();
                break;
            }
        }
    }
    life
}

/// Lets each event name the order itself that it is about.
fn name_orders(life: &mut Life, kinds: Kinds) {
    let mut world = World::new(begin(), kinds.uncounted);
    let mut desk = Desk::new(&world);
    for (hours, event) in life {
        world.pass(*hours + 1);
        if let Some(order) = order_of(event) {
            *order %= world.parcels.len().max(1);
        }
        if happen(&mut world, &mut desk, event).is_err() {
            return;
        }
    }
}

/// The order that an event is about.
fn order_of(event: &mut Event) -> Option<&mut usize> {
    match event {
        Event::Moved { order, .. }
        | Event::Cancelled { order, .. }
        | Event::NotHandedOver { order }
        | Event::CameBack { order, .. }
        | Event::PutAway { order }
        | Event::Decided { order, .. } => Some(order),
        _ => None,
    }
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

#[test]
fn over_weeks_of_random_life_no_unit_is_offered_that_does_not_exist_and_nothing_is_counted_twice() {
    lives(EVERYTHING, weeks());
}
