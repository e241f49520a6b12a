//! A look inside for tests: what the services hold and how they were called.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::accurate::{Accurate, Company, stock_table};
use crate::forstok::Forstok;
use crate::journal::Journal;
use crate::limiter::Load;
use crate::lock;

/// Both services at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Every database, by id.
    pub databases: BTreeMap<i64, DatabaseState>,
    /// Forstok.
    pub forstok: ForstokState,
    /// Calls that a service has taken in and not yet done (`late_commit`, `504_then_commit`).
    pub late_commits: usize,
    /// Events of the schedule that could not happen, each with the reason.
    pub failed_events: Vec<String>,
    /// Calls per endpoint, `accurate:item/bulk-save.do` or `forstok:variants/quantities.json`.
    pub calls: BTreeMap<String, usize>,
    /// Peak load on Accurate's data host, over all tokens.
    pub accurate_load: Load,
    /// Peak load of writes on Forstok.
    pub forstok_load: Load,
}

/// One Accurate database.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseState {
    /// Name by item number.
    pub items: BTreeMap<String, String>,
    /// Stock by (item number, warehouse name); pairs that never moved are absent.
    pub stock: BTreeMap<(String, String), Decimal>,
    /// Numbers of inventory adjustments.
    pub adjustments: BTreeSet<String>,
    /// Totals of sales invoices by number.
    pub invoices: BTreeMap<String, Decimal>,
    /// What is still owed on sales invoices, by number.
    pub owing: BTreeMap<String, Decimal>,
    /// Numbers of sales receipts.
    pub receipts: BTreeSet<String>,
    /// Numbers of sales returns.
    pub returns: BTreeSet<String>,
    /// Names of customers by number.
    pub customers: BTreeMap<String, String>,
    /// Balances of the ledger by account number, debit positive; accounts without postings are absent.
    pub ledger: BTreeMap<String, Decimal>,
    /// Opening-stock rows written along with items since the start; a correct client writes none.
    pub opening_balance_rows: usize,
    /// Records written since the start.
    pub writes: usize,
}

/// The shop in Forstok.
#[derive(Clone, Debug, PartialEq)]
pub struct ForstokState {
    /// On hand by (SKU, warehouse id).
    pub on_hand: BTreeMap<(String, i64), i64>,
    /// Variants, broken ones included.
    pub variants: usize,
    /// Status of each order.
    pub orders: BTreeMap<i64, String>,
    /// Number of invoices.
    pub invoices: usize,
    /// Number of payments received.
    pub payments: usize,
    /// Pending listing variants by kind: `not_matched`, `matched`, `empty`, `duplicate`.
    pub pending: BTreeMap<&'static str, usize>,
    /// Stock lines written by callers.
    pub stock_writes: usize,
}

impl Inspection {
    pub(crate) fn of(accurate: &Accurate, forstok: &Forstok, journal: &Journal) -> Self {
        let ids: Vec<i64> = lock(&accurate.books).companies.keys().copied().collect();
        let databases = ids.into_iter().filter_map(|id| Some((id, accurate.look(id, DatabaseState::of)?))).collect();
        Self {
            databases,
            forstok: ForstokState::of(forstok),
            late_commits: 0,
            failed_events: Vec::new(),
            calls: journal.counts(),
            accurate_load: accurate.load(),
            forstok_load: forstok.load(),
        }
    }

    /// How often an endpoint was called.
    #[must_use]
    pub fn calls_of(&self, endpoint: &str) -> usize {
        self.calls.get(endpoint).copied().unwrap_or(0)
    }
}

impl DatabaseState {
    fn of(company: &Company) -> Self {
        let ledger = company.accounts.iter().filter_map(|(id, account)| {
            let balance = company.posted(id, None, None);
            Some((account.no.clone()?, balance)).filter(|(_, balance)| !balance.is_zero())
        });
        Self {
            items: company.items.iter().map(|(_, item)| (item.no.clone(), item.name.clone())).collect(),
            stock: stock_table(company),
            adjustments: company.adjustments.iter().map(|(_, row)| row.number.clone()).collect(),
            invoices: company.invoices.iter().map(|(_, row)| (row.number.clone(), row.total)).collect(),
            owing: company.invoices.iter().map(|(_, row)| (row.number.clone(), company.owing_on(row))).collect(),
            receipts: company.receipts.iter().map(|(_, row)| row.number.clone()).collect(),
            returns: company.returns.iter().map(|(_, row)| row.goods.number.clone()).collect(),
            customers: company.customers.iter().map(|(_, row)| (row.no.clone(), row.name.clone())).collect(),
            ledger: ledger.collect(),
            opening_balance_rows: company.opening_rows,
            writes: company.writes,
        }
    }
}

impl ForstokState {
    fn of(forstok: &Forstok) -> Self {
        let shop = lock(&forstok.shop);
        let on_hand = shop.variants.values().flat_map(|variant| {
            variant.quantities.iter().map(|(warehouse, (on_hand, _))| ((variant.sku.clone(), *warehouse), *on_hand))
        });
        Self {
            on_hand: on_hand.collect(),
            variants: shop.variants.len(),
            orders: shop
                .orders
                .iter()
                .map(|(id, order)| (*id, order["status"].as_str().unwrap_or_default().to_owned()))
                .collect(),
            invoices: shop.invoices.len(),
            payments: shop.payments.len(),
            pending: crate::forstok::pending_counts(&shop),
            stock_writes: shop.stock_writes,
        }
    }
}
