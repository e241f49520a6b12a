//! Takes one SKU's figures in one pair of warehouses apart: what both sides count, and what only one of them does, and why.
//!
//! Pure. The parts that count in a side add up to that side's figure exactly, whatever the input.
//!
//! Where the two sides part (forstok-accounting-flow.md §5.2, §9.3): a stock run sets Forstok's on hand to Accurate's figure, or finds them
//! equal; after it Forstok falls when an order is *ready to ship*, Accurate when the order's invoice is posted. So the last figure that
//! both showed is where they come from, and everything since is a change of one side, of the other, an undo, or a sale that has gone
//! through both. Where nobody has counted in Accurate, its nothing is no figure, and that is the cause.

use crate::orders::Invoiced;
use jiff::Timestamp;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::ForstokWarehouseId;
use selaras_domain::order::Order;
use selaras_domain::plan::Reason;

/// What is known of a place.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The SKU as Forstok has it.
    pub sku: &'a str,
    /// The warehouse in Forstok.
    pub warehouse: ForstokWarehouseId,
    /// On hand in Accurate; may be below zero.
    pub accurate: Quantity,
    /// On hand in Forstok, reserved units included; nothing where it has no row.
    pub forstok: Quantity,
    /// What both sides showed last.
    pub agreed: Option<Agreed>,
    /// What an undo has done to Forstok's figure since then.
    pub undone: Option<Undone>,
    /// Whether nobody has ever counted it in Accurate: then a zero there is no figure.
    pub uncounted: bool,
    /// Orders and invoices, where both can be read.
    pub sales: Option<Sales<'a>>,
}

/// The last figure that both sides showed: Selaras sent it, or found them equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The figure.
    pub quantity: Quantity,
    /// When.
    pub at: Timestamp,
}

/// What an undo has done to a figure of Forstok.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// How many units it has put there; negative where it took them away.
    pub quantity: Quantity,
    /// When.
    pub at: Timestamp,
}

/// What was sold.
#[derive(Debug, Clone, Copy)]
pub struct Sales<'a> {
    /// The orders that may matter.
    pub orders: &'a [Order],
    /// Which of them have their invoice.
    pub invoiced: &'a Invoiced<'a>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// What both sides count.
    BothSides,
    /// Left Forstok's on hand with an order that has no invoice in Accurate yet.
    SoldNotInvoiced,
    /// Changed in Accurate since both sides agreed.
    ChangedInAccurate,
    /// Changed in Forstok since both sides agreed, by something else than an order that is known.
    ChangedInForstok,
    /// Put back in Forstok by an undo of what both sides agreed on.
    Undone,
    /// Accurate's figure is below zero; it is sent as nothing.
    BelowZero,
    /// Only Forstok counts it, as the opening stock was never recorded in Accurate.
    OpeningStockOpen,
    /// Only Forstok counts it, as the SKU has no item in Accurate, for a reason that is known.
    NotMatched,
    /// Only one side counts it, and nothing says why.
    Unexplained,
}

impl PartKind {
    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BothSides => "both_sides",
            Self::SoldNotInvoiced => "sold_not_invoiced",
            Self::ChangedInAccurate => "changed_in_accurate",
            Self::ChangedInForstok => "changed_in_forstok",
            Self::Undone => "undone",
            Self::BelowZero => "below_zero",
            Self::OpeningStockOpen => "opening_stock_open",
            Self::NotMatched => "not_matched",
            Self::Unexplained => "unexplained",
        }
    }
}

/// One part of the figures; negative where it takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it is.
    pub kind: PartKind,
    /// How many units.
    pub quantity: Quantity,
    /// Whether Accurate's figure counts it.
    pub in_accurate: bool,
    /// Whether Forstok's figure counts it.
    pub in_forstok: bool,
    /// Why, and what makes it go away.
    pub reason: Reason,
    /// The orders behind it with their units, the newest first.
    pub orders: Vec<(&'a Order, Quantity)>,
}

/// Every code that a part's reason may carry, so that a test can demand a text for each; a SKU that is not matched says why in the
/// words of its own reason.
pub const CODES: [&str; 11] = [
    "explain_both_sides",
    "explain_sold_not_invoiced",
    "explain_changed_in_accurate",
    "explain_changed_in_forstok",
    "explain_changed_in_forstok_with_sales",
    "explain_undone",
    "explain_below_zero",
    "explain_opening_stock_open",
    "explain_only_accurate",
    "explain_only_forstok",
    "explain_accurate_unread",
];

/// The parts of a place, in the order in which they are drawn; a part of no units is left out, but for the first.
#[must_use]
pub fn explain<'a>(place: &Place<'a>) -> Vec<Part<'a>> {
    let below_zero = if place.accurate.is_negative() { place.accurate } else { Quantity::ZERO };
    let accurate = place.accurate - below_zero;
    let mut parts = match place.agreed {
        _ if place.uncounted && place.accurate.is_zero() && place.forstok.is_positive() => never_counted(place.forstok),
        Some(agreed) => since_agreed(place, accurate, agreed),
        None => never_agreed(place, accurate),
    };
    parts.push(Part {
        kind: PartKind::BelowZero,
        quantity: below_zero,
        in_accurate: true,
        in_forstok: false,
        reason: Reason::new("explain_below_zero").with("quantity", below_zero),
        orders: Vec::new(),
    });
    let mut first = true;
    parts.retain(|part| std::mem::take(&mut first) || !part.quantity.is_zero());
    parts
}

/// The parts of a SKU that has no figure in Accurate: all that Forstok has stands alone. Without a reason why it has no item, its stock
/// was not read yet.
#[must_use]
pub fn only_in_forstok<'a>(forstok: Quantity, not_matched: Option<&Reason>) -> Vec<Part<'a>> {
    if forstok.is_zero() {
        return Vec::new();
    }
    let (kind, reason) = match not_matched {
        Some(reason) => (PartKind::NotMatched, reason.clone()),
        None => (PartKind::Unexplained, Reason::new("explain_accurate_unread").with("quantity", forstok)),
    };
    vec![one_side(kind, forstok, false, reason)]
}

/// The orders whose units have left this place in Forstok, the newest first, with their units.
fn left<'a>(place: &Place<'a>) -> Vec<(&'a Order, Quantity)> {
    let orders = place.sales.map(|sales| sales.orders).unwrap_or_default();
    let mut left: Vec<(&Order, Quantity)> = orders
        .iter()
        .filter(|order| order.status.has_left() && order.warehouse == Some(place.warehouse))
        .map(|order| (order, order.units(place.sku)))
        .filter(|(_, units)| units.is_positive())
        .collect();
    left.sort_by_key(|(order, _)| std::cmp::Reverse((order.ordered_at, order.id)));
    left
}

fn sum(orders: &[(&Order, Quantity)]) -> Quantity {
    orders.iter().map(|(_, units)| *units).sum()
}

fn positive(quantity: Quantity) -> Quantity {
    quantity.max(Quantity::ZERO)
}

/// Both sides showed the same figure; what has happened since is told apart.
///
/// The service says when an order changed last, not when it became ready to ship. An order that was placed after that moment has left
/// after it for certain. One that was placed before and changed since may have left before: it counts only as far as Forstok's figure has
/// really fallen.
fn since_agreed<'a>(place: &Place<'a>, accurate: Quantity, agreed: Agreed) -> Vec<Part<'a>> {
    let invoiced = |order: &Order| place.sales.is_some_and(|sales| sales.invoiced.has(order));
    let (certain, possible): (Vec<_>, Vec<_>) = left(place)
        .into_iter()
        .filter(|(order, _)| order.updated_at > agreed.at)
        .partition(|(order, _)| order.ordered_at > agreed.at);
    let mut sold: Vec<(&Order, Quantity)> = certain.iter().copied().filter(|(order, _)| !invoiced(order)).collect();
    let undone = place.undone.map(|undone| undone.quantity).unwrap_or_default();
    // What Forstok would show without the undo.
    let forstok = place.forstok - undone;
    let mut fallen_in_forstok = positive(agreed.quantity - forstok - sum(&sold));
    let mut fallen_in_accurate = positive(agreed.quantity - accurate);
    // A sale with its invoice is gone from both sides: only as much as both have fallen.
    let mut through = Quantity::ZERO;
    for (_, units) in certain.iter().chain(&possible).filter(|(order, _)| invoiced(order)) {
        if *units <= fallen_in_forstok && *units <= fallen_in_accurate {
            through = through + *units;
            fallen_in_forstok = fallen_in_forstok - *units;
            fallen_in_accurate = fallen_in_accurate - *units;
        }
    }
    for (order, units) in possible.into_iter().filter(|(order, _)| !invoiced(order)) {
        if units <= fallen_in_forstok {
            fallen_in_forstok = fallen_in_forstok - units;
            sold.push((order, units));
        }
    }
    let units_sold = sum(&sold);
    let both = agreed.quantity - through - units_sold;
    let in_accurate = accurate - agreed.quantity + through;
    let in_forstok = forstok - both;
    let since = |code: &str, quantity: Quantity| {
        Reason::new(code).with("quantity", quantity).with("agreed", agreed.quantity).with("at", agreed.at)
    };
    let forstok_code = match place.sales {
        Some(_) => "explain_changed_in_forstok",
        None => "explain_changed_in_forstok_with_sales",
    };
    let mut taken_back = Reason::new("explain_undone").with("quantity", undone).with("agreed", agreed.quantity);
    if let Some(undone) = place.undone {
        taken_back = taken_back.with("at", undone.at);
    }
    vec![
        both_sides(both),
        sold_not_invoiced(sold),
        one_side(PartKind::ChangedInAccurate, in_accurate, true, since("explain_changed_in_accurate", in_accurate)),
        one_side(PartKind::ChangedInForstok, in_forstok, false, since(forstok_code, in_forstok)),
        one_side(PartKind::Undone, undone, false, taken_back),
    ]
}

/// The two figures have no common origin: what one side has more may be sales without invoice, as far as they fit in; the rest nobody
/// can explain.
fn never_agreed<'a>(place: &Place<'a>, accurate: Quantity) -> Vec<Part<'a>> {
    let both = accurate.min(place.forstok);
    let mut more_in_accurate = positive(accurate - place.forstok);
    let more_in_forstok = positive(place.forstok - accurate);
    let mut sold = Vec::new();
    for (order, units) in left(place) {
        if units <= more_in_accurate && place.sales.is_some_and(|sales| !sales.invoiced.has(order)) {
            more_in_accurate = more_in_accurate - units;
            sold.push((order, units));
        }
    }
    let reason = |code: &str, quantity: Quantity| Reason::new(code).with("quantity", quantity);
    vec![
        both_sides(both),
        sold_not_invoiced(sold),
        one_side(PartKind::Unexplained, more_in_accurate, true, reason("explain_only_accurate", more_in_accurate)),
        one_side(PartKind::Unexplained, more_in_forstok, false, reason("explain_only_forstok", more_in_forstok)),
    ]
}

/// Accurate's zero is nobody's count.
fn never_counted<'a>(forstok: Quantity) -> Vec<Part<'a>> {
    let reason = Reason::new("explain_opening_stock_open").with("quantity", forstok);
    vec![both_sides(Quantity::ZERO), one_side(PartKind::OpeningStockOpen, forstok, false, reason)]
}

fn both_sides<'a>(quantity: Quantity) -> Part<'a> {
    Part {
        kind: PartKind::BothSides,
        quantity,
        in_accurate: true,
        in_forstok: true,
        reason: Reason::new("explain_both_sides").with("quantity", quantity),
        orders: Vec::new(),
    }
}

fn sold_not_invoiced(orders: Vec<(&Order, Quantity)>) -> Part<'_> {
    let quantity = sum(&orders);
    Part {
        kind: PartKind::SoldNotInvoiced,
        quantity,
        in_accurate: true,
        in_forstok: false,
        reason: Reason::new("explain_sold_not_invoiced").with("quantity", quantity).with("orders", orders.len()),
        orders,
    }
}

fn one_side<'a>(kind: PartKind, quantity: Quantity, in_accurate: bool, reason: Reason) -> Part<'a> {
    Part { kind, quantity, in_accurate, in_forstok: !in_accurate, reason, orders: Vec::new() }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
