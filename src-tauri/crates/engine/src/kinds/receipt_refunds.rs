//! What a marketplace takes back in a payout for an order that it has paid out before: a row of its own, never a receipt.
//!
//! Accurate's receipt has no documented way to pay money back (accurate-online-api.md §6.9: an allocation to an invoice, with discounts), and
//! a payment or a journal needs permissions that this program does not ask for. So the row says what to enter, and is shown until a person
//! has done so; the payouts of the same transfer are booked without it. Received = Σ receipts + Σ taken back.

use super::shares::Shares;
use super::{Line, ReceiptsInput};
use crate::sales::name_of;
use selaras_domain::amount::Money;
use selaras_domain::ids::OrderId;
use selaras_domain::order::{Order, Payment, business_day};
use selaras_domain::plan::Reason;
use std::collections::HashMap;

/// The lines of a payout that take back.
pub(super) fn lines<'a>(
    payment: &'a Payment,
    orders: &HashMap<OrderId, &'a Order>,
) -> impl Iterator<Item = Line<'a>> + use<'a> {
    Line::all(payment, orders).into_iter().filter(Line::takes_back)
}

/// What a line takes back, of which receipt, and where it is to be entered.
pub(super) fn reason(input: &ReceiptsInput<'_>, shares: &Shares, line: &Line<'_>) -> Reason {
    let back = Money::ZERO - line.invoice.total;
    let Some(order) = line.order else {
        return Reason::new("payout_order_unknown").with("order", line.invoice.order);
    };
    let told = |code: &str| {
        let reason = Reason::new(code).with("order", name_of(order)).with("amount", back);
        reason.with("reference", line.payment.reference.trim()).with("date", business_day(line.payment.paid_at))
    };
    let Some(paid) = shares.paid(order.id) else { return told("payout_refund_unpaid") };
    let receipt = paid.receipts.join(", ");
    if back > paid.received {
        return told("payout_refund_over").with("receipt", receipt).with("received", paid.received);
    }
    let company = input.company;
    let store = company.store(order.store, &order.store_name).ok();
    let account = store.and_then(|store| company.account(store.bank_account_id, "bank").ok());
    let account = account.map_or_else(String::new, |account| format!("{} {}", account.no, account.name));
    told("payout_refund").with("receipt", receipt).with("account", account)
}
