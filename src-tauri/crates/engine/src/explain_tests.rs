//! Figures taken apart: the cases of a shop's day, and the sums for any input.

use super::*;
use crate::orders::Invoiced;
use crate::orders::tests::{at, invoice, order};
use crate::shelf::{self, Known};
use proptest::prelude::*;
use selaras_domain::accurate::SalesInvoice;
use std::collections::BTreeMap;

const WAREHOUSE: ForstokWarehouseId = ForstokWarehouseId(195);

fn quantity(text: &str) -> Quantity {
    Quantity(text.parse().unwrap())
}

/// A place of a shop whose books Selaras keeps since second 100.
struct Case<'c> {
    accurate: Quantity,
    forstok: Quantity,
    agreed: Option<Agreed>,
    undone: Option<Undone>,
    uncounted: bool,
    orders: Option<&'c [Order]>,
    invoices: &'c [SalesInvoice],
}

impl Case<'_> {
    /// What is looked at in its parts.
    fn seen<T>(&self, look: impl FnOnce(&Place<'_>, &[Part<'_>]) -> T) -> T {
        let orders = self.orders.unwrap_or_default();
        let invoiced = Invoiced::of(orders, self.invoices, &BTreeMap::new());
        let known = Known { integrated_at: Some(at(100)), ..Known::default() };
        let sold = Sold::of(orders, &invoiced, &known, None);
        let (sku, warehouse) = ("KOPI", WAREHOUSE);
        let of = shelf::Place { warehouse, sku, books: self.accurate, forstok: Some(self.forstok), counted_at: None };
        let shelf = shelf::shelf(&sold, &of);
        let place = Place {
            sku,
            warehouse,
            shelf: &shelf,
            forstok: self.forstok,
            agreed: self.agreed,
            undone: self.undone,
            uncounted: self.uncounted,
            sold: self.orders.map(|_| &sold),
        };
        look(&place, &explain(&place))
    }
}

fn case<'c>(accurate: &str, forstok: &str) -> Case<'c> {
    let (accurate, forstok) = (quantity(accurate), quantity(forstok));
    Case { accurate, forstok, agreed: None, undone: None, uncounted: false, orders: None, invoices: &[] }
}

/// Name, units and sides of each part, and the orders behind it.
type Told = Vec<(&'static str, String, &'static str, Vec<i64>)>;

fn taken_apart(
    accurate: &str,
    forstok: &str,
    agreed: Option<&str>,
    orders: Option<&[Order]>,
    invoices: &[SalesInvoice],
) -> Told {
    let agreed = agreed.map(|agreed| Agreed { quantity: quantity(agreed), at: at(100) });
    told(&Case { agreed, orders, invoices, ..case(accurate, forstok) })
}

fn told(case: &Case<'_>) -> Told {
    let side = |part: &Part<'_>| match (part.in_accurate, part.in_forstok) {
        (true, true) => "both",
        (true, false) => "accurate",
        (false, true) => "forstok",
        (false, false) => "none",
    };
    let one = |part: &Part<'_>| {
        let orders = part.orders.iter().map(|(order, _)| order.id.0).collect();
        (part.kind.name(), part.quantity.text(), side(part), orders)
    };
    case.seen(|_, parts| parts.iter().map(one).collect())
}

#[test]
fn two_sides_that_agree_have_one_part() {
    let expected = [("both_sides", "9".to_owned(), "both", Vec::new())];
    assert_eq!(taken_apart("9", "9", Some("9"), Some(&[]), &[]), expected);
    assert_eq!(taken_apart("9", "9", None, Some(&[]), &[]), expected);
    assert_eq!(taken_apart("0", "0", None, None, &[]), [("both_sides", "0".to_owned(), "both", Vec::new())]);
}

#[test]
fn what_is_sold_and_not_invoiced_is_counted_in_accurate_only() {
    let orders = [
        order(1, "Ready to ship", &[("KOPI", 2)], 110, 120),
        order(2, "Shipped", &[("KOPI", 1), ("TEH", 5)], 130, 140),
        order(3, "Open", &[("KOPI", 4)], 150, 150),
        order(4, "Cancelled", &[("KOPI", 4)], 150, 160),
    ];
    let expected =
        [("both_sides", "9".to_owned(), "both", vec![]), ("sold_not_invoiced", "3".to_owned(), "accurate", vec![2, 1])];
    assert_eq!(taken_apart("12", "9", Some("12"), Some(&orders), &[]), expected);
    assert_eq!(taken_apart("12", "9", None, Some(&orders), &[]), expected);
}

#[test]
fn a_sale_with_its_invoice_is_gone_from_both_sides() {
    let orders = [order(1, "Completed", &[("KOPI", 2)], 110, 190), order(2, "Ready to ship", &[("KOPI", 1)], 130, 140)];
    let expected =
        [("both_sides", "9".to_owned(), "both", vec![]), ("sold_not_invoiced", "1".to_owned(), "accurate", vec![2])];
    assert_eq!(taken_apart("10", "9", Some("12"), Some(&orders), &[invoice("N1", None)]), expected);
}

#[test]
fn a_change_of_one_side_is_told_from_a_change_of_the_other() {
    let expected = [
        ("both_sides", "12".to_owned(), "both", vec![]),
        ("changed_in_accurate", "5.5".to_owned(), "accurate", vec![]),
        ("changed_in_forstok", "-3".to_owned(), "forstok", vec![]),
    ];
    assert_eq!(taken_apart("17.5", "9", Some("12"), Some(&[]), &[]), expected);
    assert_eq!(taken_apart("17.5", "9", Some("12"), None, &[]), expected);
}

#[test]
fn an_order_from_before_counts_only_where_forstok_bears_it_out() {
    let before = [
        order(1, "Delivered", &[("KOPI", 2)], 50, 120),
        order(2, "Delivered", &[("KOPI", 3)], 60, 130),
        order(3, "Completed", &[("KOPI", 4)], 10, 90),
    ];
    let counted = |units: &str, orders: Vec<i64>| ("already_in_figure", units.to_owned(), "none", orders);
    let agreed = [("both_sides", "12".to_owned(), "both", vec![]), counted("9", vec![2, 1, 3])];
    assert_eq!(taken_apart("12", "12", Some("12"), Some(&before), &[]), agreed);
    let one = [
        ("both_sides", "9".to_owned(), "both", vec![]),
        ("sold_not_invoiced", "3".to_owned(), "accurate", vec![2]),
        counted("6", vec![1, 3]),
    ];
    assert_eq!(taken_apart("12", "9", Some("12"), Some(&before), &[]), one);
    // No order is as much as Forstok has fallen by.
    let changed = [
        ("both_sides", "12".to_owned(), "both", vec![]),
        ("changed_in_forstok", "-4".to_owned(), "forstok", vec![]),
        counted("9", vec![2, 1, 3]),
    ];
    assert_eq!(taken_apart("12", "8", Some("12"), Some(&before), &[]), changed);
}

#[test]
fn what_is_invoiced_early_is_counted_in_forstok_only() {
    let orders = [order(1, "Open", &[("KOPI", 3)], 110, 120)];
    let expected =
        [("both_sides", "7".to_owned(), "both", vec![]), ("invoiced_early", "3".to_owned(), "forstok", vec![1])];
    for agreed in [Some("10"), None] {
        assert_eq!(taken_apart("7", "10", agreed, Some(&orders), &[invoice("N1", None)]), expected);
    }
}

#[test]
fn what_was_sold_before_the_last_agreement_is_taken_off_after_it_as_well() {
    // Both sides were found to agree on 16 when the order of 4 had left already; 20 − 4 is still right, and 2 more came in.
    let orders = [order(1, "Shipped", &[("KOPI", 4)], 101, 102)];
    let agreed = Some(Agreed { quantity: quantity("16"), at: at(150) });
    let expected = [
        ("both_sides", "16".to_owned(), "both", vec![]),
        ("sold_not_invoiced", "4".to_owned(), "accurate", vec![1]),
        ("changed_in_accurate", "2".to_owned(), "accurate", vec![]),
    ];
    assert_eq!(told(&Case { agreed, orders: Some(&orders), ..case("22", "16") }), expected);
}

#[test]
fn a_figure_below_zero_is_sent_as_nothing_and_says_so() {
    let expected =
        [("both_sides", "0".to_owned(), "both", vec![]), ("below_zero", "-2".to_owned(), "accurate", vec![])];
    assert_eq!(taken_apart("-2", "0", Some("0"), Some(&[]), &[]), expected);
    assert_eq!(taken_apart("-2", "0", None, None, &[]), expected);
}

#[test]
fn figures_that_never_agreed_leave_what_nobody_can_explain() {
    let expected =
        [("both_sides", "4".to_owned(), "both", vec![]), ("unexplained", "6".to_owned(), "accurate", vec![])];
    assert_eq!(taken_apart("10", "4", None, Some(&[]), &[]), expected);
    let expected = [("both_sides", "0".to_owned(), "both", vec![]), ("unexplained", "4".to_owned(), "forstok", vec![])];
    assert_eq!(taken_apart("0", "4", None, Some(&[]), &[]), expected);
}

#[test]
fn an_undo_is_told_apart_from_what_the_shop_and_the_books_have_changed() {
    let undone = |accurate: &str, forstok: &str, back: i64| {
        told(&Case {
            agreed: Some(Agreed { quantity: Quantity::from(9), at: at(100) }),
            undone: Some(Undone { quantity: Quantity::from(back), at: at(110) }),
            ..case(accurate, forstok)
        })
    };
    let both = ("both_sides", "9".to_owned(), "both", vec![]);
    let back = ("undone", "-7".to_owned(), "forstok", vec![]);
    assert_eq!(undone("9", "2", -7), [both.clone(), back.clone()]);
    let changed = [
        both.clone(),
        ("changed_in_accurate", "1".to_owned(), "accurate", vec![]),
        ("changed_in_forstok", "3".to_owned(), "forstok", vec![]),
        back,
    ];
    assert_eq!(undone("10", "5", -7), changed);
    assert_eq!(undone("9", "12", 3), [both, ("undone", "3".to_owned(), "forstok", vec![])]);
}

#[test]
fn the_zero_of_an_item_that_nobody_has_counted_is_no_figure() {
    let uncounted = |accurate: &str, forstok: &str, agreed: Option<i64>| {
        told(&Case {
            agreed: agreed.map(|agreed| Agreed { quantity: Quantity::from(agreed), at: at(100) }),
            uncounted: true,
            ..case(accurate, forstok)
        })
    };
    let nothing = ("both_sides", "0".to_owned(), "both", vec![]);
    let open = [nothing.clone(), ("opening_stock_open", "4.5".to_owned(), "forstok", vec![])];
    assert_eq!(uncounted("0", "4.5", None), open);
    assert_eq!(uncounted("0", "4.5", Some(0)), open);
    // One invoice has made it less than nothing; nobody has counted it for that.
    let below = ("below_zero", "-1".to_owned(), "accurate", vec![]);
    assert_eq!(uncounted("-1", "4.5", None), [open[0].clone(), open[1].clone(), below]);
    assert_eq!(uncounted("0", "0", None), [nothing]);
    let counted_by_accurate =
        [("both_sides", "2".to_owned(), "both", vec![]), ("unexplained", "2.5".to_owned(), "forstok", vec![])];
    assert_eq!(uncounted("2", "4.5", None), counted_by_accurate);
}

#[test]
fn what_stands_in_forstok_alone_says_why_its_sku_has_no_item_or_that_accurate_was_not_read() {
    let refused = Reason::new("code_too_long").with("sku", "KOPI");
    let alone = |not_matched: Option<&Reason>| only_in_forstok(Quantity::from(4), not_matched);
    let part = |kind: PartKind, reason: Reason| Part {
        kind,
        quantity: Quantity::from(4),
        in_accurate: false,
        in_forstok: true,
        reason,
        orders: Vec::new(),
    };
    assert_eq!(alone(Some(&refused)), [part(PartKind::NotMatched, refused.clone())]);
    let unread = Reason::new("explain_accurate_unread").with("quantity", 4);
    assert_eq!(alone(None), [part(PartKind::Unexplained, unread)]);
    assert_eq!(only_in_forstok(Quantity::ZERO, Some(&refused)), []);
}

#[test]
fn every_reason_is_among_the_codes() {
    let orders = [order(1, "Ready to ship", &[("KOPI", 2)], 110, 120), order(2, "Open", &[("KOPI", 1)], 110, 120)];
    let invoices = [invoice("N2", None)];
    let check = |place: &Place<'_>, parts: &[Part<'_>]| {
        for part in parts.iter().cloned().chain(only_in_forstok(place.forstok, None)) {
            assert!(CODES.contains(&part.reason.code.as_str()), "{}", part.reason.code);
        }
    };
    for accurate in ["-3", "0", "2", "9"] {
        for forstok in ["-1", "0", "2", "9"] {
            for agreed in [None, Some(0), Some(4)] {
                for orders in [None, Some(&orders[..])] {
                    let told = Case {
                        agreed: agreed.map(|agreed| Agreed { quantity: Quantity::from(agreed), at: at(100) }),
                        undone: Some(Undone { quantity: Quantity::from(3), at: at(110) }),
                        uncounted: agreed.is_none(),
                        orders,
                        invoices: &invoices,
                        ..case(accurate, forstok)
                    };
                    told.seen(check);
                }
            }
        }
    }
}

fn figure() -> impl Strategy<Value = Quantity> {
    (-5_000_000_i64..5_000_000, 0_u32..=6).prop_map(|(units, scale)| Quantity(rust_decimal::Decimal::new(units, scale)))
}

fn any_order() -> impl Strategy<Value = Order> {
    let status = prop::sample::select(vec!["Open", "Ready to ship", "Shipped", "Completed", "Returned", "Cancelled"]);
    (0_i64..9, status, 0_i64..6, 0_i64..200, 0_i64..100, any::<bool>()).prop_map(
        |(id, status, units, placed, later, here)| {
            let mut made = order(id, status, &[("KOPI", units), ("TEH", 1)], placed, placed + later);
            made.warehouse = here.then_some(WAREHOUSE);
            made
        },
    )
}

proptest! {
    #[test]
    fn the_parts_of_a_side_add_up_to_its_figure(
        accurate in prop_oneof![figure(), Just(Quantity::ZERO)],
        forstok in figure(),
        agreed in proptest::option::of(figure()),
        undone in proptest::option::of(figure()),
        uncounted in any::<bool>(),
        orders in proptest::option::of(prop::collection::vec(any_order(), 0..8)),
        invoices in prop::collection::vec(0_i64..9, 0..4),
    ) {
        let invoices: Vec<SalesInvoice> = invoices.iter().map(|id| invoice(&format!("N{id}"), None)).collect();
        let agreed = agreed.map(|quantity| Agreed { quantity: positive(quantity), at: at(100) });
        let undone = undone.map(|quantity| Undone { quantity, at: at(110) });
        let orders = orders.as_deref();
        let case = Case { accurate, forstok, agreed, undone, uncounted, orders, invoices: &invoices };
        case.seen(|_, parts| {
            let side = |counts: fn(&Part<'_>) -> bool| -> Quantity {
                parts.iter().filter(|part| counts(part)).map(|part| part.quantity).sum()
            };
            prop_assert_eq!(side(|part| part.in_accurate), accurate);
            prop_assert_eq!(side(|part| part.in_forstok), forstok);
            prop_assert!(parts.iter().skip(1).all(|part| !part.quantity.is_zero()));
            for part in parts {
                prop_assert_eq!(part.kind == PartKind::AlreadyInFigure, !part.in_accurate && !part.in_forstok);
                let behind: Quantity = part.orders.iter().map(|(_, units)| *units).sum();
                prop_assert!(part.orders.is_empty() || behind == part.quantity);
                let of_orders = matches!(
                    part.kind,
                    PartKind::SoldNotInvoiced | PartKind::InvoicedEarly | PartKind::AlreadyInFigure
                );
                prop_assert_eq!(of_orders, !part.orders.is_empty());
            }
            Ok(())
        })?;
    }
}
