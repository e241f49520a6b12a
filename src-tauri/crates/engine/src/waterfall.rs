//! One order's money as a waterfall: from what the buyer paid, over the goods and the invoice, to what the marketplace paid out.
//!
//! Pure. Whatever the input, the bars add up exactly: each step moves the running figure by its amount, each level says what it has come
//! to, and what nothing explains is a bar of its own. What a level says comes from the nearest source: the document in Accurate where it
//! is there, else the order and the payout.
//!
//! Discounts stand on both sides of the goods: above them what made the buyer pay less, by whoever pays for it; below them what the shop
//! itself bears (forstok-accounting-flow.md §6.1, §6.2).

use selaras_domain::accurate::Account;
use selaras_domain::amount::Money;
use selaras_domain::buyers_total::BuyersTotal;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument, ReceiptPayment};
use selaras_domain::ids::AccountId;
use selaras_domain::mapping::{Role, Roles};
use selaras_domain::order::Order;
use selaras_domain::payout::CostStructure;
use selaras_domain::sale::TaxMode;

/// What is known of an order's money.
#[derive(Debug, Clone, Copy)]
pub struct WaterfallInput<'a> {
    /// The order.
    pub order: &'a Order,
    /// How prices and tax stand to each other.
    pub tax: TaxMode,
    /// Sub total of Forstok's own invoice, where it is told ([`Order::sale`]).
    pub subtotal: Option<Money>,
    /// What was paid out; `None`: not yet, and the fees are those that the order itself tells.
    pub payout: Option<CostStructure>,
    /// The accounts of the roles.
    pub roles: &'a Roles,
    /// The store's cash & bank account.
    pub bank: Option<AccountId>,
    /// All accounts, as a receipt may name one only by its number.
    pub accounts: &'a [Account],
    /// The invoice in Accurate.
    pub invoice: Option<&'a InvoiceDocument>,
    /// The receipts in Accurate: several, where it was paid in parts.
    pub receipts: &'a [&'a ReceiptDocument],
    /// What the marketplace took back of `payout` afterwards; below zero, or nothing. It is in no receipt.
    pub taken_back: Money,
}

/// What a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarKind {
    /// Level: what the buyer paid.
    BuyerPaid,
    /// The buyer's insurance, which is the marketplace's or its courier's.
    Insurance,
    /// Shipping that the marketplace hands to the courier itself.
    CourierShipping,
    /// Shipping that comes to the shop, and comes back below as a fee of its own.
    BuyerShipping,
    /// Tax on top of the prices, which comes back below.
    TaxSeen,
    /// What the order's discount let the buyer pay less.
    DiscountSeen,
    /// What vouchers of the shop let the buyer pay less.
    VoucherSeen,
    /// What vouchers of the platform let the buyer pay less; the platform makes up for it.
    PlatformVoucher,
    /// What the seller's voucher let the buyer pay less.
    SellerVoucherSeen,
    /// Level: units at their prices.
    Goods,
    /// The order's discount, which the shop bears.
    Discount,
    /// Vouchers that the shop bears.
    Voucher,
    /// Tax on top of the prices.
    Tax,
    /// Level: the sales invoice.
    Invoice,
    /// What came back of the invoice.
    Returned,
    /// A line between invoice and payout.
    Fee(Role),
    /// What the marketplace took back.
    TakenBack,
    /// Level: what was paid out, or will be as far as the order tells.
    Payout,
    /// What nothing explains.
    Unexplained,
}

impl BarKind {
    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BuyerPaid => "buyer_paid",
            Self::Insurance => "insurance",
            Self::CourierShipping => "courier_shipping",
            Self::BuyerShipping => "buyer_shipping",
            Self::TaxSeen => "tax_seen",
            Self::DiscountSeen => "discount_seen",
            Self::VoucherSeen => "voucher_seen",
            Self::PlatformVoucher => "platform_voucher",
            Self::SellerVoucherSeen => "seller_voucher_seen",
            Self::Goods => "goods",
            Self::Discount => "discount",
            Self::Voucher => "voucher",
            Self::Tax => "tax",
            Self::Invoice => "invoice",
            Self::Returned => "returned",
            Self::Fee(role) => role.name(),
            Self::TakenBack => "taken_back",
            Self::Payout => "payout",
            Self::Unexplained => "unexplained",
        }
    }

    /// Whether it says what the figure has come to; every other bar moves it.
    #[must_use]
    pub fn level(self) -> bool {
        matches!(self, Self::BuyerPaid | Self::Goods | Self::Invoice | Self::Payout)
    }
}

/// Where a bar stands in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// Nowhere: it is not the shop's money.
    Outside,
    /// Nowhere yet.
    Expected,
    /// In the invoice.
    Invoice,
    /// In the receipt.
    Receipt,
    /// In a sales return.
    Return,
    /// Its document is there and says otherwise.
    Differs,
}

impl Booked {
    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Expected => "expected",
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::Return => "return",
            Self::Differs => "differs",
        }
    }
}

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// What it is.
    pub kind: BarKind,
    /// By how much it moves the running figure; of a level the figure itself.
    pub amount: Money,
    /// The figure after it.
    pub running: Money,
    /// The account that the mapping gives it.
    pub account: Option<AccountId>,
    /// Where it stands in the books.
    pub booked: Booked,
}

/// The bars in the order in which they are drawn; steps of nothing are left out.
#[must_use]
pub fn waterfall(input: &WaterfallInput<'_>) -> Vec<Bar> {
    let mut bars = Bars::default();
    let order = input.order;
    let goods: Money = order.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    let seen = BuyersTotal::of(order, input.tax, input.subtotal);
    bars.level(BarKind::BuyerPaid, order.total, None, Booked::Outside);
    bars.step(BarKind::Insurance, less(seen.insurance), Booked::Outside);
    let shipping = if order.cashless { BarKind::CourierShipping } else { BarKind::BuyerShipping };
    bars.step(shipping, less(seen.shipping), Booked::Outside);
    bars.step(BarKind::TaxSeen, less(seen.tax), Booked::Outside);
    bars.step(BarKind::DiscountSeen, seen.discount, Booked::Outside);
    bars.step(BarKind::VoucherSeen, seen.voucher, Booked::Outside);
    bars.step(BarKind::PlatformVoucher, seen.platform, Booked::Outside);
    bars.step(BarKind::SellerVoucherSeen, seen.seller, Booked::Outside);
    invoice_bars(&mut bars, input, goods, &seen);
    payout_bars(&mut bars, input);
    bars.0
}

fn less(amount: Money) -> Money {
    Money::ZERO - amount
}

/// From the goods to the invoice.
fn invoice_bars(bars: &mut Bars, input: &WaterfallInput<'_>, goods: Money, seen: &BuyersTotal) {
    let of = |says: Option<bool>| match says {
        None => Booked::Expected,
        Some(true) => Booked::Invoice,
        Some(false) => Booked::Differs,
    };
    let document = input.invoice;
    let lines = document.map(|document| -> Money {
        document.lines.iter().map(|line| line.quantity.at(line.unit_price) - line.discount).sum()
    });
    bars.level(BarKind::Goods, goods, None, of(lines.map(|lines| lines == goods)));
    // Where the order is held there is no sale; then the discounts are what the order says they are.
    let own = match input.order.sale(input.tax, input.subtotal) {
        Ok(sale) => sale.discount,
        Err(_) => seen.discount + seen.voucher,
    };
    let voucher = seen.voucher.min(own);
    let discounted = of(document.map(|document| document.cash_discount == own));
    bars.step(BarKind::Discount, less(own - voucher), discounted);
    bars.step(BarKind::Voucher, less(voucher), discounted);
    let total = document.and_then(|document| document.total);
    bars.step(BarKind::Tax, seen.tax, of(document.map(|document| document.taxable && !document.tax_inclusive)));
    let right = total.map(|total| total == bars.running());
    bars.level(BarKind::Invoice, total.unwrap_or_else(|| bars.running()), None, of(right));
    if let Some(returned) = document.and_then(|document| document.returned) {
        bars.step(BarKind::Returned, less(returned), Booked::Return);
    }
}

/// From the invoice to the payout.
fn payout_bars(bars: &mut Bars, input: &WaterfallInput<'_>) {
    let structure = input.payout.unwrap_or_else(|| expected(input.order));
    let discounts = structure.discounts();
    let share = share(input);
    let share = share.as_ref();
    for (role, amount) in discounts {
        let account = input.roles.get(role);
        let booked = match share {
            None => Booked::Expected,
            Some(share) => {
                let on = |other: Role| account.is_some() && input.roles.get(other) == account;
                let due: Money = discounts.iter().filter(|(other, _)| on(*other)).map(|(_, amount)| *amount).sum();
                let found = account.map(|account| on_account(share, account, input.accounts));
                if found == Some(due) { Booked::Receipt } else { Booked::Differs }
            }
        };
        bars.push_step(BarKind::Fee(role), less(amount), account, booked);
    }
    let arrived = if input.payout.is_some() { structure.total } else { bars.running() };
    let booked = match share {
        None => Booked::Expected,
        Some(share) if share.received() == arrived => Booked::Receipt,
        Some(_) => Booked::Differs,
    };
    if !input.taken_back.is_zero() {
        bars.step(BarKind::Unexplained, arrived - bars.running(), Booked::Differs);
        bars.step(BarKind::TakenBack, input.taken_back, Booked::Expected);
    }
    bars.level(BarKind::Payout, arrived + input.taken_back, input.bank, booked);
}

/// What the order itself tells of its payout: no fee of the marketplace is known before it pays.
fn expected(order: &Order) -> CostStructure {
    CostStructure {
        shipping_fee: if order.cashless { Money::ZERO } else { order.shipping_price },
        platform_rebate: order.platform_rebate,
        voucher_seller: order.voucher_seller,
        ..CostStructure::default()
    }
}

/// What the receipts say of this order's invoice, all of them together.
fn share(input: &WaterfallInput<'_>) -> Option<ReceiptPayment> {
    let number = input.invoice.map_or(input.order.number.as_str(), |invoice| invoice.number.as_str()).trim();
    let payments = input.receipts.iter().flat_map(|receipt| &receipt.payments);
    let own = payments.filter(|payment| payment.invoice_no.trim() == number).cloned();
    own.reduce(|one, other| ReceiptPayment {
        amount: one.amount + other.amount,
        discounts: one.discounts.into_iter().chain(other.discounts).collect(),
        ..one
    })
}

/// What a receipt's share has kept on one account. A receipt names an account by id, or only by number.
#[must_use]
pub fn on_account(share: &ReceiptPayment, account: AccountId, accounts: &[Account]) -> Money {
    let number = accounts.iter().find(|known| known.id == account).map(|known| known.no.as_str());
    share
        .discounts
        .iter()
        .filter(|discount| match discount.account {
            Some(id) => id == account,
            None => number == Some(discount.account_no.as_str()),
        })
        .map(|discount| discount.amount)
        .sum()
}

#[derive(Default)]
struct Bars(Vec<Bar>);

impl Bars {
    fn running(&self) -> Money {
        self.0.last().map_or(Money::ZERO, |bar| bar.running)
    }

    fn step(&mut self, kind: BarKind, amount: Money, booked: Booked) {
        self.push_step(kind, amount, None, booked);
    }

    fn push_step(&mut self, kind: BarKind, amount: Money, account: Option<AccountId>, booked: Booked) {
        if !amount.is_zero() {
            let running = self.running() + amount;
            self.0.push(Bar { kind, amount, running, account, booked });
        }
    }

    /// A level; what it is more or less than the steps make is unexplained. The first one has nothing before it.
    fn level(&mut self, kind: BarKind, amount: Money, account: Option<AccountId>, booked: Booked) {
        if !self.0.is_empty() {
            self.step(BarKind::Unexplained, amount - self.running(), Booked::Differs);
        }
        self.0.push(Bar { kind, amount, running: amount, account, booked });
    }
}

#[cfg(test)]
#[path = "waterfall_tests.rs"]
mod tests;
