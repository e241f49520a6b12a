//! Lives that the random ones have found, each as short as it can be told. Every one begins with 20 boxes of each SKU in both warehouses,
//! and the figures are worked out by hand.

use super::desk::Sync;
use super::world::{Handing, Line, Place, World};
use super::{Desk, Event, begin, happen};
use selaras_domain::mapping::InvoiceTrigger;

/// KOPI in the first warehouse.
const HERE: Place = Place { sku: 0, warehouse: 0 };

/// These things happen an hour apart; answers what Forstok offers of KOPI in the first warehouse, what lies there, and what the
/// books say.
#[track_caller]
fn after(events: &[Event]) -> (i64, i64, i64) {
    after_in(World::new(begin(), false), events, HERE)
}

/// The same of any place of a shop.
#[track_caller]
fn after_in(mut world: World, events: &[Event], place: Place) -> (i64, i64, i64) {
    let mut desk = Desk::new(&world);
    for event in events {
        world.pass(1);
        if let Err(wrong) = happen(&mut world, &mut desk, event) {
            panic!("{event:?}: {wrong}");
        }
    }
    (world.shown[&place], world.boxes(place), world.books[&place])
}

/// An order of so many KOPI from the first warehouse.
fn placed(units: i64, adds_up: bool) -> Event {
    let lines = vec![Line { sku: 0, units, handing: Handing::Plain }];
    Event::Placed { store: 0, warehouse: (0, true), lines, adds_up }
}

/// The first order goes from *open* to *ready to ship*.
fn ready_to_ship() -> Event {
    Event::Moved { order: 0, steps: 4 }
}

#[test]
fn an_order_that_is_ready_to_ship_is_not_offered_again_before_it_is_invoiced() {
    assert_eq!(after(&[placed(3, true), ready_to_ship(), Event::Synced(Sync::Stock)]), (17, 17, 20));
}

#[test]
fn an_order_that_is_held_is_not_offered_again_at_any_sync() {
    let stock = || Event::Synced(Sync::Stock);
    let events = [placed(4, false), ready_to_ship(), stock(), Event::Synced(Sync::Invoices), stock(), stock()];
    assert_eq!(after(&events), (16, 16, 20));
}

#[test]
fn an_order_that_is_invoiced_on_delivery_is_not_offered_again_until_then() {
    let invoices = || Event::Synced(Sync::Invoices);
    let mut events = vec![Event::Triggered(InvoiceTrigger::Delivered), placed(3, true), ready_to_ship(), invoices()];
    events.push(Event::Synced(Sync::Stock));
    assert_eq!(after(&events), (17, 17, 20));
    events.extend([Event::Moved { order: 0, steps: 2 }, invoices(), Event::Synced(Sync::Stock)]);
    assert_eq!(after(&events), (17, 17, 17));
}

#[test]
fn an_order_that_is_never_sent_is_not_offered_again_where_boxes_were_broken_since_the_last_sync() {
    let never = Event::Decided { order: 0, by_hand: false };
    let broken = Event::Recounted { place: HERE, by: -1 };
    let events = [placed(1, true), never, broken, ready_to_ship(), Event::Synced(Sync::Stock)];
    assert_eq!(after(&events), (18, 18, 19));
}

#[test]
fn a_parcel_that_was_not_handed_over_is_not_offered_before_it_is_back() {
    let shipped = Event::Moved { order: 0, steps: 5 };
    let (failed, stock) = (Event::NotHandedOver { order: 0 }, || Event::Synced(Sync::Stock));
    let mut events = vec![placed(1, true), shipped, Event::Synced(Sync::Invoices), failed];
    events.extend([Event::Synced(Sync::Returns), stock()]);
    assert_eq!(after(&events), (19, 19, 19));
    events.extend([Event::CameBack { order: 0, whole: true, told: false }, Event::Synced(Sync::Returns), stock()]);
    assert_eq!(after(&events), (20, 20, 20));
}

#[test]
fn an_order_that_does_not_tell_its_warehouse_is_not_offered_again_where_boxes_were_broken_since_the_last_sync() {
    let lines = vec![Line { sku: 0, units: 1, handing: Handing::Plain }];
    let placed = Event::Placed { store: 0, warehouse: (0, false), lines, adds_up: true };
    let broken = Event::Recounted { place: HERE, by: -1 };
    let (offered, there, _) = after(&[broken, placed, ready_to_ship(), Event::Synced(Sync::Stock)]);
    assert!(offered <= there, "{offered} are offered, {there} are there");
}

#[test]
fn goods_of_the_marketplaces_own_warehouse_leave_the_books_of_the_shop_alone() {
    let lines = vec![Line { sku: 0, units: 3, handing: Handing::Marketplace }];
    let placed = Event::Placed { store: 0, warehouse: (0, true), lines, adds_up: true };
    let events = [placed, ready_to_ship(), Event::Synced(Sync::Invoices), Event::Synced(Sync::Stock)];
    assert_eq!(after(&events), (20, 20, 20));
}

#[test]
fn a_new_name_on_either_side_does_not_stop_the_stock_of_what_was_matched() {
    for renamed in [Event::RenamedInAccurate { sku: 0, to: 1 }, Event::RenamedInForstok { sku: 0, to: 1 }] {
        let sold_over_the_counter = Event::Recounted { place: HERE, by: -20 };
        let events = [Event::Synced(Sync::Stock), renamed, sold_over_the_counter, Event::Synced(Sync::Stock)];
        assert_eq!(after(&events), (0, 0, 0));
    }
}

#[test]
fn goods_that_left_before_they_were_counted_do_not_leave_the_books_a_second_time() {
    let place = Place { sku: 2, warehouse: 0 };
    let lines = vec![Line { sku: 2, units: 2, handing: Handing::Plain }];
    let placed = Event::Placed { store: 0, warehouse: (0, true), lines, adds_up: true };
    let (invoices, stock) = (Event::Synced(Sync::Invoices), Event::Synced(Sync::Stock));
    // Two of twenty have left when the shelf is counted, and the books say eighteen from then on.
    let events = [placed, ready_to_ship(), stock.clone(), Event::Counted { place }, invoices, stock];
    assert_eq!(after_in(World::new(begin(), true), &events, place), (18, 18, 18));
}
