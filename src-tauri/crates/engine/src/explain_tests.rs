//! Figures taken apart: the cases of a shop's day, and the sums for any input.

use super::*;
use crate::orders::tests::{at, invoice, order};
use proptest::prelude::*;
use selaras_domain::accurate::SalesInvoice;
use std::collections::BTreeMap;

const WAREHOUSE: ForstokWarehouseId = ForstokWarehouseId(195);

fn quantity(text: &str) -> Quantity {
    Quantity(text.parse().unwrap())
}

/// Name, units and sides of each part, and the orders behind it.
fn taken_apart(
    accurate: &str,
    forstok: &str,
    agreed: Option<&str>,
    orders: Option<&[Order]>,
    invoices: &[SalesInvoice],
) -> Vec<(&'static str, String, &'static str, Vec<i64>)> {
    let invoiced = Invoiced::of(orders.unwrap_or_default(), invoices, &BTreeMap::new());
    told(&Place {
        sku: "KOPI",
        warehouse: WAREHOUSE,
        accurate: quantity(accurate),
        forstok: quantity(forstok),
        agreed: agreed.map(|agreed| Agreed { quantity: quantity(agreed), at: at(100) }),
        undone: None,
        uncounted: false,
        sales: orders.map(|orders| Sales { orders, invoiced: &invoiced }),
    })
}

fn told(place: &Place<'_>) -> Vec<(&'static str, String, &'static str, Vec<i64>)> {
    let side = |part: &Part<'_>| match (part.in_accurate, part.in_forstok) {
        (true, true) => "both",
        (true, false) => "accurate",
        (false, true) => "forstok",
        (false, false) => "none",
    };
    explain(place)
        .iter()
        .map(|part| {
            let orders = part.orders.iter().map(|(order, _)| order.id.0).collect();
            (part.kind.name(), part.quantity.text(), side(part), orders)
        })
        .collect()
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
fn an_order_from_before_counts_only_as_far_as_forstok_has_fallen() {
    let before = [
        order(1, "Delivered", &[("KOPI", 2)], 50, 120),
        order(2, "Delivered", &[("KOPI", 3)], 60, 130),
        order(3, "Completed", &[("KOPI", 4)], 10, 90),
    ];
    let agreed = [("both_sides", "12".to_owned(), "both", vec![])];
    assert_eq!(taken_apart("12", "12", Some("12"), Some(&before), &[]), agreed);
    let one = [
        ("both_sides", "9".to_owned(), "both", vec![]),
        ("sold_not_invoiced", "3".to_owned(), "accurate", vec![2]),
        ("changed_in_forstok", "-1".to_owned(), "forstok", vec![]),
    ];
    assert_eq!(taken_apart("12", "8", Some("12"), Some(&before), &[]), one);
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
    let undone = |accurate: i64, forstok: i64, back: i64| {
        told(&Place {
            sku: "KOPI",
            warehouse: WAREHOUSE,
            accurate: Quantity::from(accurate),
            forstok: Quantity::from(forstok),
            agreed: Some(Agreed { quantity: Quantity::from(9), at: at(100) }),
            undone: Some(Undone { quantity: Quantity::from(back), at: at(110) }),
            uncounted: false,
            sales: None,
        })
    };
    let both = ("both_sides", "9".to_owned(), "both", vec![]);
    let back = ("undone", "-7".to_owned(), "forstok", vec![]);
    assert_eq!(undone(9, 2, -7), [both.clone(), back.clone()]);
    let changed = [
        both.clone(),
        ("changed_in_accurate", "1".to_owned(), "accurate", vec![]),
        ("changed_in_forstok", "3".to_owned(), "forstok", vec![]),
        back,
    ];
    assert_eq!(undone(10, 5, -7), changed);
    assert_eq!(undone(9, 12, 3), [both, ("undone", "3".to_owned(), "forstok", vec![])]);
}

#[test]
fn the_zero_of_an_item_that_nobody_has_counted_is_no_figure() {
    let uncounted = |accurate: &str, forstok: &str, agreed: Option<i64>| {
        told(&Place {
            sku: "KOPI",
            warehouse: WAREHOUSE,
            accurate: quantity(accurate),
            forstok: quantity(forstok),
            agreed: agreed.map(|agreed| Agreed { quantity: Quantity::from(agreed), at: at(100) }),
            undone: None,
            uncounted: true,
            sales: None,
        })
    };
    let nothing = ("both_sides", "0".to_owned(), "both", vec![]);
    let open = [nothing.clone(), ("opening_stock_open", "4.5".to_owned(), "forstok", vec![])];
    assert_eq!(uncounted("0", "4.5", None), open);
    assert_eq!(uncounted("0", "4.5", Some(0)), open);
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
    let orders = [order(1, "Ready to ship", &[("KOPI", 2)], 110, 120)];
    let invoiced = Invoiced::default();
    for accurate in [-3, 0, 2, 9] {
        for forstok in [-1, 0, 2, 9] {
            for agreed in [None, Some(0), Some(4)] {
                for sales in [None, Some(Sales { orders: &orders, invoiced: &invoiced })] {
                    let place = Place {
                        sku: "KOPI",
                        warehouse: WAREHOUSE,
                        accurate: Quantity::from(accurate),
                        forstok: Quantity::from(forstok),
                        agreed: agreed.map(|agreed| Agreed { quantity: Quantity::from(agreed), at: at(100) }),
                        undone: Some(Undone { quantity: Quantity::from(3), at: at(110) }),
                        uncounted: agreed.is_none(),
                        sales,
                    };
                    for part in explain(&place).into_iter().chain(only_in_forstok(place.forstok, None)) {
                        assert!(CODES.contains(&part.reason.code.as_str()), "{}", part.reason.code);
                    }
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
        let invoiced = Invoiced::of(orders.as_deref().unwrap_or_default(), &invoices, &BTreeMap::new());
        let sales = orders.as_deref().map(|orders| Sales { orders, invoiced: &invoiced });
        let agreed = agreed.map(|quantity| Agreed { quantity: positive(quantity), at: at(100) });
        let undone = undone.map(|quantity| Undone { quantity, at: at(110) });
        let place = Place { sku: "KOPI", warehouse: WAREHOUSE, accurate, forstok, agreed, undone, uncounted, sales };
        let parts = explain(&place);
        let side = |counts: fn(&Part<'_>) -> bool| parts.iter().filter(|part| counts(part)).map(|part| part.quantity).sum();
        let (in_accurate, in_forstok): (Quantity, Quantity) = (side(|part| part.in_accurate), side(|part| part.in_forstok));
        prop_assert_eq!(in_accurate, accurate);
        prop_assert_eq!(in_forstok, forstok);
        prop_assert!(parts.iter().skip(1).all(|part| !part.quantity.is_zero()));
        for part in &parts {
            prop_assert!(part.in_accurate || part.in_forstok);
            let behind: Quantity = part.orders.iter().map(|(_, units)| *units).sum();
            prop_assert!(part.orders.is_empty() || behind == part.quantity);
            prop_assert_eq!(part.kind == PartKind::SoldNotInvoiced, !part.orders.is_empty());
        }
    }
}
