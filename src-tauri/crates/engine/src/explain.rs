//! Takes one SKU's figures in one pair of warehouses apart: what both sides count, and what only one of them does, and why.
//!
//! Pure. The parts that count in a side add up to that side's figure exactly, whatever the input.
//!
//! Where the two sides part (forstok-accounting-flow.md §5.2, §9.3): a stock run sets Forstok's on hand to Accurate's figure, or finds them
//! equal; after it Forstok falls when an order is *ready to ship*, Accurate when the order's invoice is posted. What lies between is the
//! shelf's to say ([`crate::shelf`]). So the last figure that both showed is where they come from, and everything since is a change of one
//! side, of the other, an undo, or a sale. Where nobody has counted in Accurate, its nothing is no figure, and that is the cause.

use crate::shelf::{Shelf, Sold, Standing};
use jiff::Timestamp;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::ForstokWarehouseId;
use selaras_domain::order::Order;
use selaras_domain::plan::Reason;

/// What is known of a place.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The SKU as Forstok has it.
    pub sku: &'a str,
    /// The warehouse in Forstok.
    pub warehouse: ForstokWarehouseId,
    /// What the shelf holds by what Accurate says, and the orders between.
    pub shelf: &'a Shelf<'a>,
    /// On hand in Forstok, reserved units included; nothing where it has no row.
    pub forstok: Quantity,
    /// What both sides showed last.
    pub agreed: Option<Agreed>,
    /// What an undo has done to Forstok's figure since then.
    pub undone: Option<Undone>,
    /// Whether nobody has ever counted it in Accurate: then a zero there is no figure.
    pub uncounted: bool,
    /// What was sold, where orders and invoices can both be read.
    pub sold: Option<&'a Sold<'a>>,
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

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// What both sides count.
    BothSides,
    /// Left Forstok's on hand with an order that has no invoice in Accurate yet.
    SoldNotInvoiced,
    /// Out of Accurate's figure with its invoice, and still on Forstok's shelf.
    InvoicedEarly,
    /// Has left without an invoice and is out of Accurate's figure already; neither side counts it.
    AlreadyInFigure,
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
            Self::InvoicedEarly => "invoiced_early",
            Self::AlreadyInFigure => "already_in_figure",
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
pub const CODES: [&str; 13] = [
    "explain_both_sides",
    "explain_sold_not_invoiced",
    "explain_invoiced_early",
    "explain_already_in_figure",
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
    let books = place.shelf.books;
    let no_figure = place.uncounted && !books.is_positive();
    let uncounted = no_figure && place.forstok.is_positive();
    // What is below zero is sent as nothing: of the shelf, or of the books where nobody has counted.
    let own = if uncounted { books } else { place.shelf.holds() };
    let below_zero = if own.is_negative() { own } else { Quantity::ZERO };
    let mut parts = match place.agreed {
        _ if uncounted => never_counted(place.forstok),
        Some(agreed) => since_agreed(place, below_zero, agreed),
        None => never_agreed(place, below_zero),
    };
    parts.push(Part {
        kind: PartKind::BelowZero,
        quantity: below_zero,
        in_accurate: true,
        in_forstok: false,
        reason: Reason::new("explain_below_zero").with("quantity", below_zero),
        orders: Vec::new(),
    });
    if !no_figure {
        parts.push(already_in_figure(place.shelf));
    }
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

fn positive(quantity: Quantity) -> Quantity {
    quantity.max(Quantity::ZERO)
}

/// Units that have left since both sides agreed, with or without their invoice.
///
/// The service says when an order changed last, not when it became ready to ship. One that nobody saw leave counts only as far as both
/// sides have really fallen, and so does one with an invoice, as an invoice may have been typed otherwise.
fn sold_since(place: &Place<'_>, own: Quantity, forstok: Quantity, agreed: Agreed) -> Quantity {
    let Some(sold) = place.sold else { return Quantity::ZERO };
    let left = || sold.in_place(place.warehouse, place.sku).iter().filter(|(order, _)| order.status.has_left());
    let certain = |order: &Order| !sold.invoiced(order) && sold.known().left_after(order, agreed.at) == Some(true);
    let taken_off = place.shelf.orders(Standing::taken_off);
    let is_taken_off = |order: &Order| taken_off.iter().any(|(one, _)| one.id == order.id);
    let mut units: Quantity =
        left().filter(|(order, _)| certain(order) && is_taken_off(order)).map(|(_, units)| *units).sum();
    let mut fallen_in_forstok = positive(agreed.quantity - forstok - units);
    let mut fallen_in_accurate = positive(agreed.quantity - own - units);
    for (order, more) in left().filter(|(order, _)| is_taken_off(order) || sold.invoiced(order)) {
        let possible = !certain(order) && sold.known().left_after(order, agreed.at) != Some(false);
        if possible && *more <= fallen_in_forstok && *more <= fallen_in_accurate {
            units = units + *more;
            fallen_in_forstok = fallen_in_forstok - *more;
            fallen_in_accurate = fallen_in_accurate - *more;
        }
    }
    units
}

/// Both sides showed the same figure; what has happened since is told apart.
fn since_agreed<'a>(place: &Place<'a>, below_zero: Quantity, agreed: Agreed) -> Vec<Part<'a>> {
    let undone = place.undone.map(|undone| undone.quantity).unwrap_or_default();
    let own = place.shelf.holds() - below_zero;
    // What Forstok would show without the undo.
    let forstok = place.forstok - undone;
    let expected = agreed.quantity - sold_since(place, own, forstok, agreed);
    let both = expected - place.shelf.early();
    let in_accurate = own - expected;
    let in_forstok = forstok - expected;
    let since = |code: &str, quantity: Quantity| {
        Reason::new(code).with("quantity", quantity).with("agreed", agreed.quantity).with("at", agreed.at)
    };
    let forstok_code = match place.sold {
        Some(_) => "explain_changed_in_forstok",
        None => "explain_changed_in_forstok_with_sales",
    };
    let mut taken_back = Reason::new("explain_undone").with("quantity", undone).with("agreed", agreed.quantity);
    if let Some(undone) = place.undone {
        taken_back = taken_back.with("at", undone.at);
    }
    vec![
        both_sides(both),
        sold_not_invoiced(place.shelf),
        invoiced_early(place.shelf),
        one_side(PartKind::ChangedInAccurate, in_accurate, true, since("explain_changed_in_accurate", in_accurate)),
        one_side(PartKind::ChangedInForstok, in_forstok, false, since(forstok_code, in_forstok)),
        one_side(PartKind::Undone, undone, false, taken_back),
    ]
}

/// The two figures have no common origin: what one side has more than the shelf nobody can explain.
fn never_agreed<'a>(place: &Place<'a>, below_zero: Quantity) -> Vec<Part<'a>> {
    let own = place.shelf.holds() - below_zero;
    let both = own.min(place.forstok) - place.shelf.early();
    let more_in_accurate = positive(own - place.forstok);
    let more_in_forstok = positive(place.forstok - own);
    let reason = |code: &str, quantity: Quantity| Reason::new(code).with("quantity", quantity);
    vec![
        both_sides(both),
        sold_not_invoiced(place.shelf),
        invoiced_early(place.shelf),
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

fn sold_not_invoiced<'a>(shelf: &Shelf<'a>) -> Part<'a> {
    let (quantity, orders) = (shelf.left(), shelf.orders(Standing::taken_off));
    let reason = Reason::new("explain_sold_not_invoiced").with("quantity", quantity).with("orders", orders.len());
    Part { orders, ..one_side(PartKind::SoldNotInvoiced, quantity, true, reason) }
}

fn invoiced_early<'a>(shelf: &Shelf<'a>) -> Part<'a> {
    let (quantity, orders) = (shelf.early(), shelf.orders(|standing| standing == Standing::Early));
    let reason = Reason::new("explain_invoiced_early").with("quantity", quantity).with("orders", orders.len());
    Part { orders, ..one_side(PartKind::InvoicedEarly, quantity, false, reason) }
}

fn already_in_figure<'a>(shelf: &Shelf<'a>) -> Part<'a> {
    let orders = shelf.orders(Standing::in_figure);
    let quantity: Quantity = orders.iter().map(|(_, units)| *units).sum();
    let reason = Reason::new("explain_already_in_figure").with("quantity", quantity).with("orders", orders.len());
    Part { orders, in_accurate: false, ..one_side(PartKind::AlreadyInFigure, quantity, true, reason) }
}

fn one_side<'a>(kind: PartKind, quantity: Quantity, in_accurate: bool, reason: Reason) -> Part<'a> {
    Part { kind, quantity, in_accurate, in_forstok: !in_accurate, reason, orders: Vec::new() }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
