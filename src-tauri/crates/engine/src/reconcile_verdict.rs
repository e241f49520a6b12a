//! The one cause of each row: the first of them that holds, in the order in which they have to be put right.

use super::{Cause, ReconcileInput, Row, bank_of};
use crate::kinds::returns::came_back;
use crate::kinds::voids::void;
use crate::payouts::together;
use crate::waterfall::on_account;
use selaras_domain::amount::Money;
use selaras_domain::ids::AccountId;
use selaras_domain::mapping::Role;
use selaras_domain::order::{Order, OrderStatus};
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::Reason;
use selaras_domain::settlement::{SettlementKind, SettlementRow};

/// Every code that a row's reason may carry, so that a test can demand a text for each.
pub const CODES: [&str; 23] = [
    "recon_paid_twice",
    "recon_cancelled_not_voided",
    "recon_returned_not_booked",
    "recon_not_invoiced",
    "recon_invoice_differs",
    "recon_told_differently",
    "recon_payout_not_received",
    "recon_receipt_without_payout",
    "recon_amount_differs",
    "recon_amount_differs_line",
    "recon_fees_differ",
    "recon_received_elsewhere",
    "recon_refunded",
    "recon_order_unknown",
    "recon_payment_differs",
    "recon_other_movement",
    "recon_not_paid_out",
    "recon_withdrawal",
    "recon_not_due",
    "recon_ended",
    "recon_not_compared",
    "recon_outside",
    "recon_matched",
];

type Verdict = (Cause, Money, Reason);

fn plain(cause: Cause, amount: Money) -> Verdict {
    (cause, amount, Reason::new(&format!("recon_{}", cause.name())))
}

/// Where a row is broken, and by how much. `rest`: it is what a transfer is more than its invoices.
pub(super) fn verdict(input: &ReconcileInput<'_>, row: &Row<'_>, rest: bool) -> Verdict {
    if let Some(movement) = row.movement {
        return moved(movement);
    }
    if rest {
        return plain(Cause::PaymentDiffers, row.paid_out());
    }
    if let Some(extra) = twice(row) {
        return plain(Cause::PaidTwice, extra);
    }
    let broken = row.order.and_then(|order| of_order(input, row, order));
    broken.unwrap_or_else(|| of_money(input, row))
}

fn moved(movement: &SettlementRow) -> Verdict {
    let cause = if movement.kind == SettlementKind::Withdrawal { Cause::Withdrawal } else { Cause::OtherMovement };
    plain(cause, movement.moved())
}

/// What was paid, or received, once more than it should: the same amount twice and more than the invoice is worth, as two halves of it may
/// be equal, or more receipts than that.
fn twice(row: &Row<'_>) -> Option<Money> {
    let mut totals: Vec<Money> = row.payouts.iter().map(super::Payout::total).filter(|one| one.is_positive()).collect();
    totals.sort_unstable();
    let again: Money = totals.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).sum();
    let worth = row.invoice.and_then(|invoice| invoice.total);
    if again.is_positive() && worth.is_none_or(|worth| totals.iter().copied().sum::<Money>() > worth) {
        return Some(again);
    }
    let total = worth?;
    let settled: Money = row.shares.iter().filter_map(|share| share.payment).map(|payment| payment.amount).sum();
    (row.shares.len() > 1 && settled > total).then(|| settled - total)
}

/// What is wrong between an order and its invoice; `None`: nothing, and the money is compared.
fn of_order(input: &ReconcileInput<'_>, row: &Row<'_>, order: &Order) -> Option<Verdict> {
    let subtotal = input.shop_invoices.get(&order.id).and_then(|invoice| invoice.subtotal_of(order));
    let sale = order.sale(input.mapping.tax_mode(), subtotal);
    let due = sale.as_ref().map_or(order.total, |sale| sale.total());
    let total = row.invoice.and_then(|invoice| invoice.total);
    let untouched = row.payouts.is_empty() && row.shares.is_empty();
    let void = void(order, input.shop_invoices);
    let ended = void || matches!(order.status, OrderStatus::Returned | OrderStatus::FailedDelivery);
    match row.invoice {
        Some(_) if void => {
            return Some(plain(Cause::CancelledNotVoided, total.unwrap_or(due)));
        }
        Some(_) if came_back(order) && !input.returned.contains(&order.id) => {
            return Some(plain(Cause::ReturnedNotBooked, total.unwrap_or(due)));
        }
        None if ended && untouched => return Some(plain(Cause::Ended, due)),
        // A receipt pays an invoice that is too old for the list.
        None if !row.shares.is_empty() => {}
        None if !untouched || due_now(input, order) => {
            let (cause, amount, reason) = plain(Cause::NotInvoiced, due);
            return Some((cause, amount, reason.with("sum", row.paid_out())));
        }
        None => return Some(plain(Cause::NotDue, due)),
        Some(_) => {}
    }
    let (Ok(_), Some(total)) = (sale, total) else { return None };
    (total != due).then(|| {
        let (cause, amount, reason) = plain(Cause::InvoiceDiffers, total - due);
        (cause, amount, reason.with("total", total).with("due", due))
    })
}

/// Whether an order's invoice should be there by now. One in a status that is not known is not left unseen.
fn due_now(input: &ReconcileInput<'_>, order: &Order) -> bool {
    let trigger = input.mapping.invoice_trigger.rank();
    order.ordered_at >= input.since && order.status.rank().is_none_or(|rank| rank >= trigger)
}

/// What is wrong between payout and receipt.
fn of_money(input: &ReconcileInput<'_>, row: &Row<'_>) -> Verdict {
    let (paid_out, received) = (row.paid_out(), row.received());
    let payouts_told = input.payments.is_some() || !input.settlements.is_empty();
    let known = row.order.is_some() || row.invoice.is_some();
    match (row.payouts.is_empty(), row.shares.is_empty()) {
        (true, true) => {
            let due = row.invoice.and_then(|invoice| invoice.total).unwrap_or_default();
            if !payouts_told {
                return plain(Cause::NotCompared, due);
            }
            let days = input.today.since(row.day).map_or(0, |span| span.get_days());
            let (cause, amount, reason) = plain(Cause::NotPaidOut, due);
            (cause, amount, reason.with("days", days))
        }
        (false, true) if !known => plain(Cause::OrderUnknown, paid_out),
        (false, true) if input.receipts.is_none() => plain(Cause::NotCompared, paid_out),
        (false, true) if row.payouts.iter().all(|payout| payout.total().is_negative()) => {
            plain(Cause::Refunded, paid_out)
        }
        (false, true) => plain(Cause::PayoutNotReceived, paid_out),
        (true, false) if row.order.is_none() && !on_clearing_account(input, row) => plain(Cause::Outside, received),
        (true, false) if !payouts_told => plain(Cause::NotCompared, received),
        (true, false) => plain(Cause::ReceiptWithoutPayout, received),
        (false, false) => both(input, row, paid_out, received),
    }
}

fn on_clearing_account(input: &ReconcileInput<'_>, row: &Row<'_>) -> bool {
    let mut banks = row.shares.iter().filter_map(|share| bank_of(share.receipt, input.accounts));
    banks.any(|bank| input.mapping.stores.iter().any(|store| store.bank_account_id == Some(bank)))
}

fn both(input: &ReconcileInput<'_>, row: &Row<'_>, paid_out: Money, received: Money) -> Verdict {
    let told: Money = row.payouts.iter().map(super::Payout::difference).sum();
    if row.payouts.iter().any(|payout| !payout.difference().is_rounding()) {
        let (cause, amount, reason) = plain(Cause::ToldDifferently, told);
        return (cause, amount, reason.with("sum", paid_out).with("received", received));
    }
    let lines = lines(input, row);
    if !(received - paid_out).is_rounding() {
        let difference = received - paid_out;
        let back = row.taken_back();
        if back.is_negative() && difference == Money::ZERO - back {
            let (cause, amount, reason) = plain(Cause::Refunded, back);
            return (cause, amount, reason.with("received", received));
        }
        let (cause, amount, reason) = plain(Cause::AmountDiffers, difference);
        let reason = reason.with("sum", paid_out).with("received", received);
        return match lines.first() {
            Some(line) => (cause, amount, line.told(reason, "recon_amount_differs_line")),
            None => (cause, amount, reason),
        };
    }
    if let Some(line) = lines.first() {
        let over: Money = lines.iter().map(|line| line.found - line.due).filter(|off| off.is_positive()).sum();
        let under: Money = lines.iter().map(|line| line.due - line.found).filter(|off| off.is_positive()).sum();
        let (cause, amount, reason) = plain(Cause::FeesDiffer, over.max(under));
        return (cause, amount, line.told(reason, "recon_fees_differ"));
    }
    let elsewhere =
        |share: &super::Share<'_>| row.account.is_some() && bank_of(share.receipt, input.accounts) != row.account;
    if let Some(share) = row.shares.iter().find(|share| elsewhere(share)) {
        let (cause, amount, reason) = plain(Cause::ReceivedElsewhere, received);
        return (cause, amount, reason.with("account", &share.receipt.bank_no));
    }
    plain(Cause::Matched, paid_out)
}

/// A cost line of which the receipt says something else than the payout.
struct Line {
    role: Role,
    due: Money,
    found: Money,
}

impl Line {
    fn told(&self, mut reason: Reason, code: &str) -> Reason {
        code.clone_into(&mut reason.code);
        reason.with("role", self.role.name()).with("due", self.due).with("total", self.found)
    }
}

/// The cost lines that differ. Roles that share an account are compared together; a payout that was told without its lines says nothing
/// of them.
fn lines(input: &ReconcileInput<'_>, row: &Row<'_>) -> Vec<Line> {
    let Some(told) = row.payouts.iter().map(detailed).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let Some(told) = together(&told, row.invoice.and_then(|invoice| invoice.total)) else { return Vec::new() };
    let account = |role: Role| -> Option<AccountId> { input.mapping.roles.get(role) };
    let mut seen: Vec<AccountId> = Vec::new();
    let mut lines = Vec::new();
    for (role, _) in CostStructure::default().discounts() {
        let same = |other: Role| if account(role).is_none() { other == role } else { account(other) == account(role) };
        let due: Money = told.discounts().into_iter().filter(|(other, _)| same(*other)).map(|(_, amount)| amount).sum();
        let found = match account(role) {
            Some(account) if seen.contains(&account) => continue,
            Some(account) => {
                seen.push(account);
                let payments = row.shares.iter().filter_map(|share| share.payment);
                payments.map(|payment| on_account(payment, account, input.accounts)).sum()
            }
            None => Money::ZERO,
        };
        if !(found - due).is_rounding() {
            lines.push(Line { role, due, found });
        }
    }
    lines
}

/// The word of a payout that tells its cost lines, where one does: a settlement file may have a column for the total alone.
fn detailed<'a>(payout: &super::Payout<'a>) -> Option<CostStructure> {
    let tells = |told: &crate::payouts::Told<'a>| told.amounts.discounts().iter().any(|(_, amount)| !amount.is_zero());
    let words = [payout.settlement, payout.forstok];
    let kept = words.into_iter().flatten().find(tells).map(|told| told.amounts);
    // Forstok always tells the lines; none of them above nothing means that nothing was kept.
    kept.or_else(|| payout.forstok.map(|told| told.amounts))
}
