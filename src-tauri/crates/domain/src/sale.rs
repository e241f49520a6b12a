//! What an order is in the books: goods at a price, each discount once, and a total that is the order's own to the last rupiah.
//!
//! An order that does not add up is no sale: it is held, with the difference shown (issue of the vendor: its integration posts it all the
//! same, and the receipt fails later). Nothing is rounded away: what a bundle costs is shared among its parts by the largest remainder.

use crate::amount::{Money, Quantity};
use crate::buyers_total::{BuyersTotal, Unread};
use crate::order::{Order, OrderLine};
use crate::plan::Reason;
use rust_decimal::Decimal;

/// The largest amount that Accurate takes (accurate-online-api.md §6, doc: 999 billion).
const LARGEST: i64 = 999_999_999_999;

/// The most units of one line. No order of a shop comes near; a figure above it was read wrongly, and would only break sums.
const MOST_UNITS: i64 = 1_000_000;

/// How prices and tax stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxMode {
    /// The company has no tax.
    None,
    /// Prices hold the tax.
    Inclusive,
    /// The tax comes on top.
    Exclusive,
}

/// Goods of one SKU at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLine {
    /// SKU in Forstok; never one of a bundle, whose parts stand in its place.
    pub sku: String,
    /// Product and variant, as the order names them.
    pub name: String,
    /// The notes on its units, each once.
    pub note: String,
    /// How many.
    pub quantity: Quantity,
    /// Price of one.
    pub unit_price: Money,
    /// Whether they lie in the marketplace's own warehouse, so that none of the shop's shelves moves.
    pub fulfilled_by_channel: bool,
}

/// An order as a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its lines in the order of SKU and price.
    pub lines: Vec<SaleLine>,
    /// Σ of the lines.
    pub goods: Money,
    /// What is taken off the whole: discounts and vouchers that the shop itself bears and that no receipt takes off again.
    pub discount: Money,
    /// Tax that comes on top; zero where prices hold it.
    pub tax: Money,
    /// By how much the order's own sums are off by rounding. It is carried by one unit of the dearest line where it is the total that is off,
    /// so that the document comes to what the order says.
    pub rounding: Money,
}

impl Sale {
    /// What the invoice comes to.
    #[must_use]
    pub fn total(&self) -> Money {
        self.goods - self.discount + self.tax
    }
}

impl Order {
    /// The order as a sale. `subtotal` is the sub total of Forstok's own invoice, where it is told: what is paid out is made of it
    /// (forstok-accounting-flow.md §6.1, doc), so the sale comes to it or is held.
    ///
    /// # Errors
    /// The reason why the order is held: it has no lines, an amount that cannot be, or sums that do not add up, with the difference.
    pub fn sale(&self, tax: TaxMode, subtotal: Option<Money>) -> Result<Sale, Reason> {
        self.within_bounds()?;
        let goods: Money = self.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        let off = self.subtotal - goods;
        if !off.is_rounding() {
            return Err(Reason::new("order_lines_differ")
                .with("goods", goods)
                .with("subtotal", self.subtotal)
                .with("difference", off));
        }
        let discount = self.own_discount(goods, tax, subtotal)?;
        let mut lines = grouped(self.lines.iter().map(parts).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
        let rest = self.total - BuyersTotal::of(self, tax, subtotal).total(goods);
        let carried = if rest.is_rounding() && carry(&mut lines, rest) { rest } else { Money::ZERO };
        let tax = if tax == TaxMode::Exclusive { self.tax } else { Money::ZERO };
        let rounding = if carried.is_zero() { off } else { carried };
        Ok(Sale { lines, goods: goods + carried, discount, tax, rounding })
    }

    fn within_bounds(&self) -> Result<(), Reason> {
        if self.lines.is_empty() {
            return Err(Reason::new("order_empty"));
        }
        let own = [
            self.subtotal,
            self.shipping_price,
            self.discount,
            self.voucher_seller,
            self.tax,
            self.total,
            self.insurance,
            self.shipping_discount,
        ];
        let of_lines = self.lines.iter().flat_map(|line| {
            let parts = line.components.iter().map(|part| part.unit_price);
            [line.unit_price, line.voucher, line.voucher_platform].into_iter().chain(parts)
        });
        let wrong = own.into_iter().chain(of_lines).find(|amount| amount.is_negative() || *amount > LARGEST.into());
        if let Some(amount) = wrong {
            return Err(Reason::new("order_amount_impossible").with("amount", amount));
        }
        let units = self
            .lines
            .iter()
            .flat_map(|line| std::iter::once(line.quantity).chain(line.components.iter().map(|part| part.quantity)));
        match units.into_iter().find(|units| !units.is_positive() || *units > MOST_UNITS.into()) {
            Some(units) => Err(Reason::new("order_quantity_impossible").with("quantity", units)),
            None => Ok(()),
        }
    }

    /// What the shop itself takes off the goods.
    ///
    /// What the buyer pays tells which of the discounts are in it: those that are not were in the prices already, or are nobody's. Of
    /// what is in it, a voucher of the platform is no cost of the shop, and a voucher of the seller is taken off with the receipt
    /// (forstok-accounting-flow.md §6.1, §6.3, doc), so neither is taken off here: each discount counts once.
    fn own_discount(&self, goods: Money, tax: TaxMode, subtotal: Option<Money>) -> Result<Money, Reason> {
        match BuyersTotal::read(self, tax, subtotal) {
            Ok((_, own)) if own > goods => Err(Reason::new("order_amount_impossible").with("amount", goods - own)),
            Ok((_, own)) => Ok(own),
            Err(Unread::Unclear { one, other }) => {
                Err(Reason::new("order_discount_unclear").with("discount", one).with("alternative", other))
            }
            Err(Unread::Told { own, subtotal }) => {
                let due = goods - own;
                Err(Reason::new("order_subtotal_differs")
                    .with("due", due)
                    .with("subtotal", subtotal)
                    .with("difference", subtotal - due))
            }
            // It may be the tax that makes the difference: then the mapping says otherwise than the order.
            Err(Unread::Differs)
                if self.tax.is_positive()
                    && tax != TaxMode::Exclusive
                    && BuyersTotal::read(self, TaxMode::Exclusive, subtotal) != Err(Unread::Differs) =>
            {
                Err(Reason::new("order_tax_on_top").with("tax", self.tax))
            }
            Err(Unread::Differs) => {
                let due = BuyersTotal::documented(self, tax).total(goods);
                Err(Reason::new("order_total_differs")
                    .with("due", due)
                    .with("total", self.total)
                    .with("difference", self.total - due))
            }
        }
    }
}

/// A line as it is sold: itself, or a bundle's parts in its place.
fn parts(line: &OrderLine) -> Result<Vec<SaleLine>, Reason> {
    let note = line.note.clone().unwrap_or_default();
    let fulfilled_by_channel = line.fulfilled_by_channel;
    if line.components.is_empty() {
        let name = [line.name.trim(), line.variant_name.trim()].join(" ").trim().to_owned();
        let (sku, quantity, unit_price) = (line.sku.clone(), line.quantity, line.unit_price);
        return Ok(vec![SaleLine { sku, name, note, quantity, unit_price, fulfilled_by_channel }]);
    }
    let weights: Vec<Decimal> = line.components.iter().map(|part| part.quantity.at(part.unit_price).0).collect();
    let shares = line.quantity.at(line.unit_price).apportion(&weights);
    let mut sold = Vec::new();
    for (part, share) in line.components.iter().zip(shares) {
        let units = part.quantity.times(line.quantity);
        let of_part = |(quantity, unit_price): (Quantity, Money)| SaleLine {
            sku: part.sku.clone(),
            name: part.name.trim().to_owned(),
            note: note.clone(),
            quantity,
            unit_price,
            fulfilled_by_channel,
        };
        let priced = spread(share, units).ok_or_else(|| {
            Reason::new("bundle_not_divisible").with("sku", &part.sku).with("quantity", units).with("amount", share)
        })?;
        sold.extend(priced.into_iter().map(of_part));
    }
    Ok(sold)
}

/// An amount as units at a price: all at one price where it divides, else some at a price one rupiah (or one of the amount's last
/// decimal places) above the others. `None` where units are in pieces and it does not divide.
fn spread(amount: Money, units: Quantity) -> Option<Vec<(Quantity, Money)>> {
    if !units.0.fract().is_zero() {
        let price = (amount.0 / units.0).round_dp(6);
        return (price * units.0 == amount.0).then(|| vec![(units, Money(price.normalize()))]);
    }
    let unit = Decimal::new(1, amount.0.normalize().scale());
    let whole = (amount.0 / unit / units.0).floor();
    let more = amount.0 / unit - whole * units.0;
    let priced = [(units.0 - more, whole * unit), (more, (whole + Decimal::ONE) * unit)];
    Some(
        priced
            .into_iter()
            .filter(|(count, _)| !count.is_zero())
            .map(|(count, price)| (Quantity(count.normalize()), Money(price.normalize())))
            .collect(),
    )
}

/// Puts what rounding leaves over on one unit of the dearest line; whether there is such a unit.
fn carry(lines: &mut Vec<SaleLine>, rest: Money) -> bool {
    if rest.is_zero() {
        return true;
    }
    let whole = |line: &&mut SaleLine| line.quantity.0 >= Decimal::ONE && (line.unit_price + rest).is_positive();
    let Some(dearest) = lines.iter_mut().filter(whole).max_by_key(|line| line.unit_price) else { return false };
    let one = SaleLine { quantity: Quantity::from(1), unit_price: dearest.unit_price + rest, ..dearest.clone() };
    dearest.quantity = dearest.quantity - one.quantity;
    lines.retain(|line| !line.quantity.is_zero());
    lines.push(one);
    lines.sort_by(|one, other| (&one.sku, one.unit_price).cmp(&(&other.sku, other.unit_price)));
    true
}

/// Lines of one SKU, price and shelf are one, however the order has spread them (defect of the vendor: the first price for all units).
fn grouped(lines: impl Iterator<Item = SaleLine>) -> Vec<SaleLine> {
    fn place(line: &SaleLine) -> (&str, Money, bool) {
        (&line.sku, line.unit_price, line.fulfilled_by_channel)
    }
    let mut grouped: Vec<SaleLine> = Vec::new();
    for line in lines {
        match grouped.iter_mut().find(|known| place(known) == place(&line)) {
            Some(known) => {
                known.quantity = known.quantity + line.quantity;
                let new = !line.note.is_empty() && !known.note.split("; ").any(|note| note == line.note);
                if new {
                    known.note =
                        if known.note.is_empty() { line.note } else { format!("{}; {}", known.note, line.note) };
                }
            }
            None => grouped.push(line),
        }
    }
    grouped.sort_by(|one, other| place(one).cmp(&place(other)));
    grouped
}

#[cfg(test)]
#[path = "sale_tests.rs"]
mod tests;
