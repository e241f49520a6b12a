//! Brakes: what a plan does beyond the usual, by name, before anything of it is written. A pure rule over what a plan moves; a person
//! passes a brake by its name, for one plan (design rule 15).
//!
//! Why these figures: `docs/adr/0009-brakes.md`. *Rise* and *fall* are about what the shop offers for sale, so only stock has them;
//! *changes* is of every kind. What is made new is no change, and a first figure of a place is none either: that a shop is filled or
//! linked is no news. A first figure that empties a place is news, as nothing looks more like a list that was not read.

use crate::kinds::{stock, undo_stock};
use rust_decimal::{Decimal, RoundingStrategy};
use selaras_domain::plan::{Action, PlanCounts, PlanKind, Reason};
use serde::{Deserialize, Serialize};

/// A brake by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brake {
    /// The shop offers so many per cent more units.
    Rise,
    /// The shop offers so many per cent fewer units, or so many per cent of its places go to nothing.
    Fall,
    /// So many records that are there are changed or removed.
    Changes,
}

impl Brake {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rise, Self::Fall, Self::Changes];

    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rise => "rise",
            Self::Fall => "fall",
            Self::Changes => "changes",
        }
    }

    /// The brake of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brake| brake.name() == name)
    }

    /// The highest limit that it can be set to; the lowest is 1. Nothing falls by more than 100 %.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Rise => 1000,
            Self::Fall => 100,
            Self::Changes => 100_000,
        }
    }
}

/// From where on a brake holds: *beyond* its limit, not at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Per cent.
    pub rise: u32,
    /// Per cent.
    pub fall: u32,
    /// Records.
    pub changes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rise: 20, fall: 20, changes: 200 }
    }
}

impl Limits {
    /// The limit of a brake.
    #[must_use]
    pub fn of(&self, brake: Brake) -> u32 {
        match brake {
            Brake::Rise => self.rise,
            Brake::Fall => self.fall,
            Brake::Changes => self.changes,
        }
    }

    /// Sets the limit of a brake; `false` when it cannot be set so.
    #[must_use]
    pub fn set(&mut self, brake: Brake, limit: u32) -> bool {
        if !(1..=brake.most()).contains(&limit) {
            return false;
        }
        match brake {
            Brake::Rise => self.rise = limit,
            Brake::Fall => self.fall = limit,
            Brake::Changes => self.changes = limit,
        }
        true
    }
}

/// A figure of a stock plan, or of one that takes it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// What is done with it.
    pub action: Action,
    /// What the shop shows, in units; `None` where it shows nothing.
    pub before: Option<Decimal>,
    /// What it will show.
    pub after: Decimal,
    /// Whether no run that stands has ever sent this place a figure or found both sides to agree on it.
    pub first: bool,
}

/// What a plan moves, as far as a brake looks at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moves {
    changes: u64,
    /// Units that the shop shows, of all places that the plan knows a figure for.
    shelf: Decimal,
    /// Units more, over the places that rise; what falls elsewhere does not make up for it.
    risen: Decimal,
    fallen: Decimal,
    /// Places where the shop shows units, and how many of them go to nothing.
    places: u64,
    emptied: u64,
    /// First figures that empty their place, with their units.
    first_emptied: (u64, Decimal),
}

/// So many first figures that empty their place can be looked at one by one in the plan; more of them are a list that came empty, a warehouse
/// that is mapped to the wrong one, or books that were never counted.
const FEW: u64 = 10;

impl Moves {
    /// Of a plan that offers nothing for sale: only its number counts.
    #[must_use]
    pub fn of_records(counts: &PlanCounts) -> Self {
        Self { changes: counts.change + counts.remove, ..Self::default() }
    }

    /// Takes the next figure. Held rows are none: they stay as they are.
    pub fn take(&mut self, figure: &Figure) {
        if !matches!(figure.action, Action::Same | Action::Change) {
            return;
        }
        let before = figure.before.unwrap_or_default();
        self.shelf += before.max(Decimal::ZERO);
        self.places += u64::from(before > Decimal::ZERO);
        if figure.action == Action::Same {
            return;
        }
        let emptied = before > Decimal::ZERO && figure.after <= Decimal::ZERO;
        if figure.first {
            if emptied {
                self.first_emptied = (self.first_emptied.0 + 1, self.first_emptied.1 + before);
            }
            return;
        }
        self.emptied += u64::from(emptied);
        self.changes += 1;
        let more = figure.after - before;
        if more > Decimal::ZERO { self.risen += more } else { self.fallen -= more }
    }

    /// Takes the next figure of the plan that an undo takes back: that run has left on the shelf what an undo is measured by. The plan of
    /// an undo has only what moved then.
    pub fn take_shelf(&mut self, figure: &Figure) {
        if matches!(figure.action, Action::Same | Action::Change | Action::Create) {
            self.shelf += figure.after.max(Decimal::ZERO);
        }
    }

    /// Takes the next figure of an undo. It falls by nothing: taking back what a run has offered offers nothing that is not there, and to
    /// take it back is what was asked for.
    pub fn take_back(&mut self, figure: &Figure) {
        if figure.action != Action::Change {
            return;
        }
        self.changes += 1;
        self.risen += (figure.after - figure.before.unwrap_or_default()).max(Decimal::ZERO);
    }
}

/// Whether a kind of plan moves what the shop offers, so that its figures are looked at one by one.
#[must_use]
pub fn offers(kind: &PlanKind) -> bool {
    matches!(kind.0.as_str(), stock::KIND | undo_stock::KIND)
}

/// A brake that a plan meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Which.
    pub brake: Brake,
    /// How much it is: records, or per cent, rounded up to a tenth.
    pub value: Decimal,
    /// Its limit.
    pub limit: u32,
    /// How many places go to nothing, of how many that hold units; for a fall.
    pub emptied: Option<(u64, u64)>,
}

impl Met {
    /// Its sentence with how much it is, in `percent` or as `count`, and its `limit`; a fall with how many go to nothing.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let reason = match self.brake {
            Brake::Rise => Reason::new("brake_rise").with("percent", self.value),
            Brake::Fall => Reason::new("brake_fall").with("percent", self.value),
            Brake::Changes => Reason::new("brake_changes").with("count", self.value),
        };
        let reason = reason.with("limit", self.limit);
        match self.emptied {
            Some((emptied, places)) => reason.with("emptied", emptied).with("places", places),
            None => reason,
        }
    }
}

/// The brakes that a plan meets, in the order of [`Brake::ALL`]. A share is one of what the shop shows now, of one unit at least: from
/// nothing, ten units are 1,000 %.
#[must_use]
pub fn met(moves: &Moves, limits: &Limits) -> Vec<Met> {
    let share = |part: Decimal, whole: Decimal| {
        let share = part * Decimal::ONE_HUNDRED / whole.max(Decimal::ONE);
        share.round_dp_with_strategy(1, RoundingStrategy::AwayFromZero).normalize()
    };
    let beyond = |part: Decimal, whole: Decimal, limit: u32| {
        part * Decimal::ONE_HUNDRED > whole.max(Decimal::ONE) * Decimal::from(limit)
    };
    let (first, units) = Some(moves.first_emptied).filter(|(first, _)| *first > FEW).unwrap_or_default();
    let (all_emptied, fallen) = (moves.emptied + first, moves.fallen + units);
    let (emptied, places) = (Decimal::from(all_emptied), Decimal::from(moves.places));
    let mut met = Vec::new();
    if beyond(moves.risen, moves.shelf, limits.rise) {
        let value = share(moves.risen, moves.shelf);
        met.push(Met { brake: Brake::Rise, value, limit: limits.rise, emptied: None });
    }
    if beyond(fallen, moves.shelf, limits.fall) || beyond(emptied, places, limits.fall) {
        // Units or places, whichever is more.
        let value = share(fallen, moves.shelf).max(share(emptied, places));
        let emptied = Some((all_emptied, moves.places));
        met.push(Met { brake: Brake::Fall, value, limit: limits.fall, emptied });
    }
    if moves.changes > u64::from(limits.changes) {
        let value = Decimal::from(moves.changes);
        met.push(Met { brake: Brake::Changes, value, limit: limits.changes, emptied: None });
    }
    met
}

#[cfg(test)]
#[path = "brakes_tests.rs"]
mod tests;
