//! What a shelf holds: the cases of a shop's days, with figures worked out by hand.

use super::*;
use crate::orders::tests::{at, invoice, order};
use selaras_domain::accurate::SalesInvoice;

const WAREHOUSE: ForstokWarehouseId = ForstokWarehouseId(195);

/// The books, Forstok, and when Selaras began and the stock was counted, by seconds.
#[derive(Clone, Copy)]
struct Case {
    books: i64,
    forstok: Option<i64>,
    integrated: Option<i64>,
    counted: Option<i64>,
}

const CASE: Case = Case { books: 20, forstok: Some(17), integrated: Some(100), counted: None };

fn known(case: Case) -> Known {
    Known { integrated_at: case.integrated.map(at), ..Known::default() }
}

/// What the shelf holds, and each order's id with its standing.
fn held(case: Case, orders: &[Order], invoices: &[SalesInvoice], known: &Known) -> (String, Vec<(i64, Standing)>) {
    let invoiced = Invoiced::of(orders, invoices, &BTreeMap::new());
    let sold = Sold::of(orders, &invoiced, known, None);
    let place = Place {
        warehouse: WAREHOUSE,
        sku: "KOPI",
        books: case.books.into(),
        forstok: case.forstok.map(Quantity::from),
        counted_at: case.counted.map(at),
    };
    let shelf = shelf(&sold, &place);
    (shelf.holds().text(), shelf.lines.iter().map(|line| (line.order.id.0, line.standing)).collect())
}

fn holds(case: Case, orders: &[Order], invoices: &[SalesInvoice]) -> String {
    held(case, orders, invoices, &known(case)).0
}

fn sold(id: i64, status: &str, units: i64, placed: i64, changed: i64) -> Order {
    order(id, status, &[("KOPI", units)], placed, changed)
}

#[test]
fn what_is_sold_and_not_invoiced_is_not_offered_again() {
    let three = [sold(1, "Ready to ship", 3, 110, 120)];
    assert_eq!(holds(CASE, &three, &[]), "17");
    let four = [sold(1, "Shipped", 4, 110, 120)];
    assert_eq!(holds(Case { forstok: Some(16), ..CASE }, &four, &[]), "16");
    // Whatever Forstok shows: an earlier run has sent the books' own figure there.
    assert_eq!(holds(Case { forstok: Some(20), ..CASE }, &four, &[]), "16");
    assert_eq!(holds(Case { books: 17, ..CASE }, &three, &[invoice("N1", None)]), "17");
    assert_eq!(holds(CASE, &[sold(1, "Open", 3, 110, 120), sold(2, "Cancelled", 2, 110, 120)], &[]), "20");
}

#[test]
fn what_is_invoiced_early_is_still_on_the_shelf() {
    let orders = [sold(1, "Open", 3, 110, 120), sold(2, "Ready to ship", 2, 110, 120)];
    assert_eq!(holds(Case { books: 17, ..CASE }, &orders, &[invoice("N1", None)]), "18");
}

#[test]
fn what_left_before_the_count_is_in_the_figure_already() {
    let case = Case { counted: Some(200), ..CASE };
    let orders = [
        sold(1, "Shipped", 3, 110, 150),
        sold(2, "Shipped", 5, 210, 220),
        // Seen waiting before the count, and left after it.
        sold(3, "Shipped", 7, 120, 230),
        // Had left in a reading from before, and was delivered since.
        sold(4, "Delivered", 11, 130, 240),
    ];
    let departures = HashMap::from([
        (OrderId(3), Departure { seen_waiting: Some(at(190)), seen_left: at(235) }),
        (OrderId(4), Departure { seen_waiting: Some(at(140)), seen_left: at(160) }),
    ]);
    let known = Known { departures, ..known(case) };
    use Standing::{BeforeCount, Left};
    let expected = vec![(2, Left), (4, BeforeCount), (3, Left), (1, BeforeCount)];
    assert_eq!(held(case, &orders, &[], &known), ("8".to_owned(), expected));
}

#[test]
fn what_left_in_the_second_of_the_count_is_not_told_to_have_left_before_it() {
    // Forstok tells whole seconds: what left at 200.9 s says 200, and the count was taken at 200.4 s.
    let moment = at(200) + jiff::SignedDuration::from_millis(400);
    let [in_it, before] = [sold(1, "Shipped", 3, 110, 200), sold(2, "Shipped", 3, 110, 199)];
    let seen = |seen_left| Known {
        departures: HashMap::from([(OrderId(1), Departure { seen_waiting: Some(at(190)), seen_left: at(seen_left) })]),
        ..Known::default()
    };
    assert_eq!(seen(203).left_after(&in_it, moment), Some(true));
    assert_eq!(seen(200).left_after(&in_it, moment), Some(false), "it had been seen to have left");
    assert_eq!(Known::default().left_after(&in_it, moment), None, "nobody has seen it: the figures tell");
    assert_eq!(Known::default().left_after(&before, moment), Some(false));
}

#[test]
fn an_order_of_a_file_that_does_not_say_when_it_changed_left_before_the_count_only_where_forstok_bears_it_out() {
    let case = Case { counted: Some(200), ..CASE };
    let untold = [sold(1, "Shipped", 3, 110, 110)];
    let by_file = || Known { by_file: true, ..known(case) };
    assert_eq!(held(case, &untold, &[], &by_file()), ("17".to_owned(), vec![(1, Standing::Left)]));
    let in_it = held(Case { forstok: Some(20), ..case }, &untold, &[], &by_file());
    assert_eq!(in_it, ("20".to_owned(), vec![(1, Standing::InFigure)]));
    // A reading from before the count has seen it gone.
    let seen = Departure { seen_waiting: None, seen_left: at(150) };
    let gone = Known { departures: HashMap::from([(OrderId(1), seen)]), ..by_file() };
    // Forstok itself always says when an order changed last.
    for known in [gone, known(case)] {
        assert_eq!(held(case, &untold, &[], &known), ("20".to_owned(), vec![(1, Standing::BeforeCount)]));
    }
}

#[test]
fn what_was_sold_before_selaras_came_is_taken_off_only_where_forstok_bears_it_out() {
    let before = [sold(1, "Completed", 1, 40, 90), sold(2, "Completed", 2, 50, 95), sold(3, "Delivered", 5, 10, 80)];
    // The newest two make the three units that the books have more; the third is in the books by somebody's hand.
    use Standing::{InFigure, Left};
    let told = held(CASE, &before, &[], &known(CASE));
    assert_eq!(told, ("17".to_owned(), vec![(2, Left), (1, Left), (3, InFigure)]));
    // An owner's books that have nothing to do with the shop's figures are the truth.
    for forstok in [0, 4, 20, 25] {
        assert_eq!(holds(Case { forstok: Some(forstok), ..CASE }, &before, &[]), "20", "{forstok}");
    }
    assert_eq!(holds(Case { forstok: None, ..CASE }, &before, &[]), "12", "without a witness all are taken off");
}

#[test]
fn what_was_found_once_holds_though_goods_come_in() {
    let before = [sold(1, "Completed", 3, 40, 90)];
    let place = OrderPlace { order: OrderId(1), warehouse: WAREHOUSE, sku: "KOPI".into() };
    let found = |taken: bool| Known { found: HashMap::from([(place.clone(), taken)]), ..known(CASE) };
    // Ten came in; the books say 30 or 27.
    assert_eq!(held(Case { books: 30, ..CASE }, &before, &[], &found(true)).0, "27");
    assert_eq!(held(Case { books: 27, ..CASE }, &before, &[], &found(false)).0, "27");
    // It was entered by hand: both sides agree, and it is in the figure from now on.
    let (figure, lines) = held(Case { books: 17, ..CASE }, &before, &[], &found(true));
    assert_eq!((figure.as_str(), lines), ("17", vec![(1, Standing::InFigure)]));
}

#[test]
fn what_came_back_is_on_the_shelf_again_and_what_was_not_handed_over_is_on_its_way() {
    assert_eq!(holds(CASE, &[sold(1, "Returned", 3, 110, 120)], &[]), "20");
    assert_eq!(holds(Case { books: 17, ..CASE }, &[sold(1, "Returned", 3, 110, 120)], &[invoice("N1", None)]), "17");
    assert_eq!(holds(CASE, &[sold(1, "Failed Delivery", 3, 110, 120)], &[]), "17");
}

#[test]
fn a_decision_about_an_order_is_heard_by_the_shelf() {
    let orders = [sold(1, "Shipped", 3, 110, 120)];
    let decided = |decided| Known { decided: BTreeMap::from([(OrderId(1), decided)]), ..known(CASE) };
    let told = |books: i64, forstok: i64, how: Decided| {
        held(Case { books, forstok: Some(forstok), ..CASE }, &orders, &[], &decided(how))
    };
    assert_eq!(told(17, 17, Decided::Entered), ("17".to_owned(), vec![(1, Standing::Entered)]));
    // The books still have the units: nobody gets them offered.
    assert_eq!(told(20, 17, Decided::Never), ("17".to_owned(), vec![(1, Standing::LeftAndNeverSent)]));
    // What the books lack otherwise, a broken box perhaps, is not this order.
    assert_eq!(told(17, 17, Decided::Never), ("14".to_owned(), vec![(1, Standing::LeftAndNeverSent)]));
}

#[test]
fn goods_of_the_marketplace_and_of_other_shelves_take_nothing_off() {
    let mut theirs = sold(1, "Shipped", 3, 110, 120);
    theirs.lines[0].fulfilled_by_channel = true;
    let other = Order { warehouse: Some(ForstokWarehouseId(196)), ..sold(2, "Shipped", 3, 110, 120) };
    assert_eq!(holds(CASE, &[theirs, other], &[]), "20");
}

#[test]
fn an_order_that_names_no_warehouse_is_of_the_only_one_or_taken_off_each() {
    let orders = [Order { warehouse: None, ..sold(1, "Shipped", 3, 110, 120) }];
    let invoiced = Invoiced::of(&orders, &[], &BTreeMap::new());
    let known = known(CASE);
    let place =
        Place { warehouse: WAREHOUSE, sku: "KOPI", books: 20.into(), forstok: Some(17.into()), counted_at: None };
    let only = Sold::of(&orders, &invoiced, &known, Some(WAREHOUSE));
    assert_eq!(shelf(&only, &place).holds(), 17.into());
    let several = Sold::of(&orders, &invoiced, &known, None);
    assert_eq!(shelf(&several, &place).holds(), 17.into());
    assert_eq!(shelf(&several, &Place { warehouse: ForstokWarehouseId(196), ..place }).holds(), 17.into());
    // With its invoice, early or not, nobody knows which shelf it is on: it is added to none.
    let invoices = [invoice("N1", None)];
    let open = [Order { status: OrderStatus::Open, ..orders[0].clone() }];
    let invoiced = Invoiced::of(&open, &invoices, &BTreeMap::new());
    assert_eq!(shelf(&Sold::of(&open, &invoiced, &known, None), &place).holds(), 20.into());
}
