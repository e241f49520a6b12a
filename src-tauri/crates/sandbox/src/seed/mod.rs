//! The data both services start with: one Indonesian shop, the same for the same seed, size and day.

mod books;
mod catalogue;
mod chart;
mod orders;
mod payouts;
mod shop;

use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

pub(crate) use books::companies;
pub(crate) use shop::shop;

use crate::SandboxOptions;

/// Seed data that the services' own rules refuse: a fault of this crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error("seed data was refused: {0}")]
pub struct SeedError(pub String);

/// What the seeds are made from.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) items: usize,
    pub(crate) orders: usize,
    pub(crate) stores: usize,
    pub(crate) odd_orders: bool,
    pub(crate) seed: u64,
    pub(crate) existing_books: bool,
    pub(crate) several_branches: bool,
    pub(crate) odd_parties: bool,
    pub(crate) odd_spelling: bool,
    pub(crate) odd_payouts: bool,
    pub(crate) today: Date,
}

impl Plan {
    pub(crate) fn of(options: &SandboxOptions, today: Date) -> Self {
        Self {
            items: options.items,
            orders: options.orders,
            stores: options.stores,
            odd_orders: options.odd_orders,
            seed: options.seed,
            existing_books: options.existing_books,
            several_branches: options.several_branches,
            odd_parties: options.odd_parties,
            odd_spelling: options.odd_spelling,
            odd_payouts: options.odd_payouts,
            today,
        }
    }

    /// A source of chance for one part of the data, so that one part does not disturb another.
    fn dice(&self, part: u64) -> Dice {
        Dice(StdRng::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(part)))
    }

    /// How often a small trouble occurs: one in a hundred, at least once.
    fn few(&self) -> usize {
        (self.items / 100).max(1)
    }
}

/// Chance that repeats itself.
struct Dice(StdRng);

impl Dice {
    fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    fn percent(&mut self, chance: i64) -> bool {
        self.between(1, 100) <= chance
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        if choices.is_empty() { None } else { choices.get(self.0.random_range(0..choices.len())) }
    }
}
