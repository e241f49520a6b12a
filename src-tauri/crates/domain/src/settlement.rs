//! What a marketplace's own settlement file says: what it released for which order, and what was withdrawn from its wallet.

use crate::amount::Money;
use crate::payout::CostStructure;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a row of a settlement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementKind {
    /// Money released for an order.
    Order,
    /// Money that left the wallet for the bank.
    Withdrawal,
    /// Anything else that moved the wallet: a correction, a refund, an advertisement.
    Other,
}

/// One row, as the columns that a person has chosen say it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SettlementRow {
    /// Row of the file, from 1.
    pub row: usize,
    /// What it is about.
    pub kind: SettlementKind,
    /// The order's number on its channel; empty for a row that is of no order.
    pub order_number: String,
    /// What the file calls it: a transaction id, a text.
    pub reference: String,
    /// The day of the money (WIB).
    pub date: Date,
    /// The cost lines. For a withdrawal or another row only `total` is set: what the wallet gained, below zero for what it lost. Where the
    /// file has no column for the order's amount, `subtotal` is what the total and the fees make.
    pub amounts: CostStructure,
}

impl SettlementRow {
    /// What the wallet gained by it; below zero for a withdrawal.
    #[must_use]
    pub fn moved(&self) -> Money {
        self.amounts.total
    }
}
