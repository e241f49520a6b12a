//! Payouts that are not one transfer for one order: an invoice paid in two parts, and money that is taken back with a later transfer.
//! How Forstok tells either is not known (guess): as invoices inside a payment whose totals are what was paid, or taken.

use serde_json::{Value, json};

use crate::forstok::orders::taken_back;

/// The first payout becomes two, and of the second a half is taken back with the third.
pub(crate) fn make_odd(payments: &mut Vec<Value>) {
    let [first, earlier, later, ..] = payments.as_mut_slice() else { return };
    let back = earlier["invoices"][0]["total"].as_i64().unwrap_or(0) / 2;
    let received = later["amount_receive"].as_i64().unwrap_or(0);
    if let Some(invoices) = later["invoices"].as_array_mut() {
        invoices.push(taken_back(&earlier["invoices"][0], back));
    }
    later["amount_receive"] = json!(received - back);
    later["paid_at"] = earlier["paid_at"].as_str().max(later["paid_at"].as_str()).into();
    let total = first["invoices"][0]["total"].as_i64().unwrap_or(0);
    let mut rest = first.clone();
    for (payment, part) in [(first, total * 6 / 10), (&mut rest, total - total * 6 / 10)] {
        payment["invoices"][0]["total"] = json!(part);
        payment["amount_receive"] = json!(part);
    }
    rest["reference"] = json!(format!("{}-2", rest["reference"].as_str().unwrap_or_default()));
    payments.push(rest);
}
