//! What a buyer paid, taken apart: which of an order's discounts, vouchers, shipping and insurance are in its total.
//!
//! Channels count differently, and nothing but the total itself says how (forstok-api.md §7.1, seen). The ways are tried in the order of
//! how likely they are: first those with the shipping and insurance that the documents expect, with whatever reduction; only where none of
//! them fits, those of channels that were seen to count otherwise. So a discount never passes for shipping of the same amount.

use crate::amount::Money;
use crate::order::Order;
use crate::sale::TaxMode;

/// What of an order is in its total. Reductions are above zero and make the buyer pay less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuyersTotal {
    /// Insurance, which is the marketplace's or its courier's.
    pub insurance: Money,
    /// Shipping.
    pub shipping: Money,
    /// Tax on top of the prices.
    pub tax: Money,
    /// The order's discount, which the shop bears.
    pub discount: Money,
    /// What of the lines' vouchers the shop bears.
    pub voucher: Money,
    /// What of the lines' vouchers the platform bears.
    pub platform: Money,
    /// The seller's voucher, which the receipt takes off (forstok-accounting-flow.md §6.1, §6.3, doc).
    pub seller: Money,
}

/// Why a total cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// No way makes it.
    Differs,
    /// Two ways make it, and the shop bears more in the one than in the other.
    Unclear { one: Money, other: Money },
    /// It is clear what the shop bears by it, and Forstok's own invoice says otherwise.
    Told { own: Money, subtotal: Money },
}

impl BuyersTotal {
    /// How an order's total is read. Where no way fits, or several do, what the documents expect comes first. `subtotal` as in
    /// [`Order::sale`].
    #[must_use]
    pub fn of(order: &Order, tax: TaxMode, subtotal: Option<Money>) -> Self {
        let read = Self::read(order, tax, subtotal).map(|(seen, _)| seen);
        read.unwrap_or_else(|_| {
            Self::fitting(order, tax).first().copied().unwrap_or_else(|| Self::documented(order, tax))
        })
    }

    /// The way that fits, and what of it is taken off with the invoice.
    ///
    /// Where Forstok's own invoice tells its sub total, that is what is taken off: the payout is made of it, and no other invoice could
    /// ever be paid by it. A channel that hides a discount from the buyer's total is so no reason to invoice more.
    pub(crate) fn read(order: &Order, tax: TaxMode, subtotal: Option<Money>) -> Result<(Self, Money), Unread> {
        let goods = goods(order);
        let fitting = Self::fitting(order, tax);
        let Some(first) = fitting.first() else { return Err(Unread::Differs) };
        if let Some(subtotal) = subtotal {
            let told = Told { subtotal, tax: first.tax, returned: returned(order) };
            let agreed = fitting.iter().flat_map(|seen| seen.borne(order).map(|own| (*seen, own))).collect();
            let named = Self::named(order).into_iter().map(|own| (*first, own)).collect();
            let ways: [Vec<(Self, Money)>; 2] = [agreed, named];
            for ways in ways {
                if let Some(read) = told.read(goods, &ways)? {
                    return Ok(read);
                }
            }
        }
        let borne = |seen: &Self| without_seller_voucher(order, seen.discount + seen.voucher);
        let own = borne(first);
        match (fitting.iter().map(borne).find(|other| *other != own), subtotal) {
            (Some(other), _) => Err(Unread::Unclear { one: own, other }),
            (None, Some(subtotal)) => Err(Unread::Told { own, subtotal }),
            (None, None) => Ok((*first, own)),
        }
    }

    /// What the shop may bear of this way: all of it, or what is left when the seller's voucher is held in it, which the receipt takes
    /// off (forstok-accounting-flow.md §6.2, defect of the vendor).
    fn borne(&self, order: &Order) -> [Money; 2] {
        let own = self.discount + self.voucher;
        [own, if own < order.voucher_seller { own } else { own - order.voucher_seller }]
    }

    /// What an invoice of Forstok may take off whatever the buyer's total shows: the order's discount, its vouchers, both or neither. Of
    /// the vouchers the vendor takes off the platform's share, too (§6.2, seen), and a rebate gives it back with the payout.
    fn named(order: &Order) -> Vec<Money> {
        let ways = Self::ways(order, TaxMode::None, Money::ZERO, Money::ZERO);
        let borne = ways.iter().flat_map(|way| {
            let [all, without] = way.borne(order);
            [all, without, all + way.platform, without + way.platform]
        });
        borne.collect()
    }

    /// What the documents say of a total: all discounts and vouchers but the seller's are in it.
    pub(crate) fn documented(order: &Order, tax: TaxMode) -> Self {
        Self::way(order, tax, (order.insurance, by_documents(order)), (true, true, false))
    }

    /// The ways that make the order's total, of the likeliest shipping and insurance with which any does: to the last decimal place, and only
    /// where none does, but for rounding.
    fn fitting(order: &Order, tax: TaxMode) -> Vec<Self> {
        let exact = Self::fitting_but_for(order, tax, Money::is_zero);
        if exact.is_empty() { Self::fitting_but_for(order, tax, Money::is_rounding) } else { exact }
    }

    fn fitting_but_for(order: &Order, tax: TaxMode, nothing: impl Fn(Money) -> bool) -> Vec<Self> {
        let goods = goods(order);
        let (insurance, none) = (order.insurance, Money::ZERO);
        let (documented, full) = (by_documents(order), order.shipping_price);
        let reduced = full - order.shipping_discount;
        let beside = [documented, full, reduced, none].map(|shipping| [(shipping, insurance), (shipping, none)]);
        beside
            .into_iter()
            .flatten()
            .map(|(shipping, insurance)| -> Vec<Self> {
                let ways = Self::ways(order, tax, insurance, shipping);
                ways.into_iter().filter(|seen| nothing(order.total - seen.total(goods))).collect()
            })
            .find(|ways| !ways.is_empty())
            .unwrap_or_default()
    }

    /// Every reduction with this shipping and insurance.
    fn ways(order: &Order, tax: TaxMode, insurance: Money, shipping: Money) -> [Self; 8] {
        let reductions = [
            (false, false, false),
            (true, true, false),
            (true, false, false),
            (false, true, false),
            (true, true, true),
            (true, false, true),
            (false, true, true),
            (false, false, true),
        ];
        reductions.map(|reduction| Self::way(order, tax, (insurance, shipping), reduction))
    }

    /// One way: with this insurance and shipping, and with or without the discount, the lines' vouchers and the seller's voucher.
    fn way(
        order: &Order,
        tax: TaxMode,
        (insurance, shipping): (Money, Money),
        (discount, voucher, seller): (bool, bool, bool),
    ) -> Self {
        let vouchers: Money = order.lines.iter().map(|line| line.voucher).sum();
        let platform: Money = order.lines.iter().map(|line| line.voucher_platform.min(line.voucher)).sum();
        let only = |condition: bool, amount: Money| if condition { amount } else { Money::ZERO };
        Self {
            insurance,
            shipping,
            tax: only(tax == TaxMode::Exclusive, order.tax),
            discount: only(discount, order.discount),
            voucher: only(voucher, vouchers - platform),
            platform: only(voucher, platform),
            seller: only(seller, order.voucher_seller),
        }
    }

    /// The total that it makes of goods of this worth.
    pub(crate) fn total(&self, goods: Money) -> Money {
        let reduction = self.discount + self.voucher + self.platform + self.seller;
        goods - reduction + self.shipping + self.insurance + self.tax
    }
}

fn goods(order: &Order) -> Money {
    order.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum()
}

/// What shipping adds by the documents: nothing where the marketplace pays the courier itself (forstok-api.md §7.1, seen).
fn by_documents(order: &Order) -> Money {
    if order.cashless { Money::ZERO } else { order.shipping_price }
}

/// What Forstok's own invoice says of the goods.
struct Told {
    subtotal: Money,
    /// Tax on top of them.
    tax: Money,
    /// What of them came back before it was written.
    returned: Money,
}

impl Told {
    /// The way of which the sub total takes its amount off the goods: to the last decimal place, and only where none does, but for rounding.
    /// It may hold the tax on top or not, and what came back or not: neither is documented (guess; this is its only place), so that of two
    /// amounts that it may take off none is the one.
    fn read(&self, goods: Money, ways: &[(BuyersTotal, Money)]) -> Result<Option<(BuyersTotal, Money)>, Unread> {
        let [zero, tax, returned] = [Money::ZERO, self.tax, self.returned];
        let beside = [zero, tax, zero - returned, tax - returned];
        for nothing in [Money::is_zero as fn(Money) -> bool, |off: Money| off.size() < SMALLEST] {
            let fits = |(_, own): &&(BuyersTotal, Money)| {
                beside.iter().any(|beside| nothing(self.subtotal - (goods - *own + *beside)))
            };
            let mut fitting = ways.iter().filter(fits);
            let Some(first) = fitting.next() else { continue };
            return match fitting.find(|other| other.1 != first.1) {
                Some(other) => Err(Unread::Unclear { one: first.1, other: other.1 }),
                None => Ok(Some(*first)),
            };
        }
        Ok(None)
    }
}

/// Rupiah has no smaller coin; a difference below it is rounding of the service.
const SMALLEST: Money = Money(rust_decimal::Decimal::ONE);

/// What came back of an order, at its prices.
fn returned(order: &Order) -> Money {
    let price = |sku: &str| order.lines.iter().find(|line| line.sku == sku).map(|line| line.unit_price);
    let back = order.returns.iter().flat_map(|back| &back.lines);
    back.filter_map(|line| Some(line.quantity.at(price(&line.sku)?))).sum()
}

/// A seller's voucher that is held in the discount, too, is taken out of it: the receipt takes it off (forstok-accounting-flow.md §6.2,
/// defect of the vendor). Where no sub total says whether it is, only a discount that is the voucher to the rupiah is sure to be it.
fn without_seller_voucher(order: &Order, own: Money) -> Money {
    let seller = order.voucher_seller;
    if seller.is_positive() && own == seller { Money::ZERO } else { own }
}
