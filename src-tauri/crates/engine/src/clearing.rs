//! The clearing account of a store: the cash & bank account that its receipts come to, against the marketplace's wallet that it stands for.
//!
//! Pure. What is received adds to it, what is withdrawn takes away; it is at nothing when all that was paid out is received and all that was
//! received is withdrawn. What brings it there is listed, and the list ends at nothing exactly, whatever the input.

use crate::reconcile::{Cause, ReconcileInput, Row, bank_of, reconcile};
use jiff::civil::Date;
use selaras_domain::amount::Money;
use selaras_domain::ids::{AccountId, StoreId};
use selaras_domain::order::business_day;
use std::collections::BTreeMap;

/// One clearing account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// The account.
    pub account: AccountId,
    /// The stores whose payouts come to it.
    pub stores: Vec<StoreId>,
    /// What moved it before the first day, as far as it was read; nothing without a first day.
    pub opening: Money,
    /// What moved it since.
    pub moved: Moved,
    /// Opening + received + other − withdrawn: what the account should say.
    pub expected: Money,
    /// What Accurate says, where it was read: for a last day that is past, what was read less what moved the account after it.
    pub balance: Option<Money>,
    /// What moved it after the last day and is taken out of the balance that was read.
    pub after: Moved,
    /// What brings it to nothing, from the balance, or from what is expected where that is not read.
    pub steps: Vec<ClearingStep>,
}

/// What moved an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Σ of the receipts on it.
    pub received: Money,
    /// Σ of what was withdrawn from the wallets; above zero.
    pub withdrawn: Money,
    /// Σ of the wallets' other movements.
    pub other: Money,
}

impl Moved {
    /// By how much it moved the account.
    #[must_use]
    pub fn sum(&self) -> Money {
        self.received + self.other - self.withdrawn
    }
}

/// One step towards nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearingStep {
    /// What it is.
    pub kind: StepKind,
    /// By how much it moves the balance.
    pub amount: Money,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// What Accurate has on the account beside receipts and withdrawals that are known: an opening balance, a transfer that is not entered
    /// yet, something else.
    NotTold,
    /// What rows of this cause will move when they are put right.
    Cause(Cause),
    /// What is still in the wallet, to be withdrawn.
    InWallet,
}

impl StepKind {
    /// Its name in the views.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotTold => "not_told",
            Self::Cause(cause) => cause.name(),
            Self::InWallet => "in_wallet",
        }
    }
}

/// The clearing accounts of all mapped stores as they stand now, by account.
#[must_use]
pub fn clearing(input: &ReconcileInput<'_>, rows: &[Row<'_>]) -> Vec<Clearing> {
    accounts(input, rows, &BTreeMap::new(), &moved(input, rows, |_| true), &BTreeMap::new())
}

/// The clearing accounts as they stood at the end of a span of days: what is dated after it is left out, and what is dated before it is the
/// opening. `rows`: everything that was reconciled.
#[must_use]
pub fn clearing_of(input: &ReconcileInput<'_>, rows: &[Row<'_>], first: Date, last: Date) -> Vec<Clearing> {
    let receipts: Option<Vec<_>> =
        input.receipts.map(|receipts| receipts.iter().filter(|one| one.date <= last).cloned().collect());
    let payments: Option<Vec<_>> = input
        .payments
        .map(|payments| payments.iter().filter(|one| business_day(one.paid_at) <= last).cloned().collect());
    let settlements: Vec<_> = input.settlements.iter().filter(|(_, row)| row.date <= last).cloned().collect();
    let then = ReconcileInput {
        receipts: receipts.as_deref(),
        payments: payments.as_deref(),
        settlements: &settlements,
        today: input.today.min(last),
        ..*input
    };
    let rows_then = reconcile(&then);
    let before = moved(&then, &rows_then, |day| day < first);
    let within = moved(&then, &rows_then, |day| day >= first);
    // The balance is of today: what bears a later date has not moved it yet.
    let after = moved(input, rows, |day| day > last && day <= input.today);
    accounts(&then, &rows_then, &before, &within, &after)
}

/// What moved each account on days that count.
fn moved(input: &ReconcileInput<'_>, rows: &[Row<'_>], counts: impl Fn(Date) -> bool) -> BTreeMap<AccountId, Moved> {
    let mut moved: BTreeMap<AccountId, Moved> = BTreeMap::new();
    for row in rows {
        for share in row.shares.iter().filter(|share| counts(share.receipt.date)) {
            let Some(account) = bank_of(share.receipt, input.accounts) else { continue };
            let moved = moved.entry(account).or_default();
            moved.received = moved.received + share.received();
        }
        let (Some(account), Some(movement)) = (row.account, row.movement.filter(|movement| counts(movement.date)))
        else {
            continue;
        };
        let moved = moved.entry(account).or_default();
        if row.cause == Cause::Withdrawal {
            moved.withdrawn = moved.withdrawn - movement.moved();
        } else {
            moved.other = moved.other + movement.moved();
        }
    }
    moved
}

/// What the rows of each cause will move on each account when they are put right.
fn causes(input: &ReconcileInput<'_>, rows: &[Row<'_>]) -> BTreeMap<AccountId, BTreeMap<Cause, Money>> {
    let mut causes: BTreeMap<AccountId, BTreeMap<Cause, Money>> = BTreeMap::new();
    let mut add = |account: Option<AccountId>, cause: Cause, amount: Money| {
        if let Some(account) = account {
            let sum = causes.entry(account).or_default().entry(cause).or_default();
            *sum = *sum + amount;
        }
    };
    for row in rows {
        for share in &row.shares {
            add(bank_of(share.receipt, input.accounts), row.cause, Money::ZERO - share.received());
        }
        if row.movement.is_none() {
            add(row.account, row.cause, row.paid_out());
        }
    }
    causes
}

fn accounts(
    input: &ReconcileInput<'_>,
    rows: &[Row<'_>],
    before: &BTreeMap<AccountId, Moved>,
    within: &BTreeMap<AccountId, Moved>,
    after: &BTreeMap<AccountId, Moved>,
) -> Vec<Clearing> {
    let mut causes = causes(input, rows);
    let mut stores: BTreeMap<AccountId, Vec<StoreId>> = BTreeMap::new();
    for store in &input.mapping.stores {
        if let Some(account) = store.bank_account_id {
            stores.entry(account).or_default().push(store.forstok_store_id);
        }
    }
    let of = |moved: &BTreeMap<AccountId, Moved>, account| moved.get(&account).copied().unwrap_or_default();
    let account_of = |(account, stores): (AccountId, Vec<StoreId>)| {
        let read = input.accounts.iter().find(|known| known.id == account).and_then(|known| known.balance);
        let (opening, moved) = (of(before, account).sum(), of(within, account));
        let after = read.map(|_| of(after, account)).unwrap_or_default();
        let balance = read.map(|read| read - after.sum());
        let expected = opening + moved.sum();
        let steps = steps(expected, balance, causes.remove(&account).unwrap_or_default());
        Clearing { account, stores, opening, moved, expected, balance, after, steps }
    };
    stores.into_iter().map(account_of).collect()
}

fn steps(expected: Money, balance: Option<Money>, causes: BTreeMap<Cause, Money>) -> Vec<ClearingStep> {
    let not_told = balance.map_or(Money::ZERO, |balance| expected - balance);
    let of_causes: Money = causes.values().copied().sum();
    let causes = causes.into_iter().map(|(cause, amount)| (StepKind::Cause(cause), amount));
    std::iter::once((StepKind::NotTold, not_told))
        .chain(causes)
        .chain(std::iter::once((StepKind::InWallet, Money::ZERO - expected - of_causes)))
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(kind, amount)| ClearingStep { kind, amount })
        .collect()
}
