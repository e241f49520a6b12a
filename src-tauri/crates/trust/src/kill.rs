//! A kill: where the program dies, and what the service does with the call that is under way.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// What the service does with the first write of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commit {
    /// It answers as ever.
    Answered,
    /// It does nothing, and says nothing.
    NotArrived,
    /// It does it, and says nothing.
    Committed,
    /// It says nothing, and does it after the program has died and was started again.
    Late,
}

impl Commit {
    pub const ALL: [Self; 4] = [Self::Answered, Self::NotArrived, Self::Committed, Self::Late];

    /// Its word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NotArrived => "not arrived",
            Self::Committed => "committed, no answer",
            Self::Late => "committed late",
        }
    }

    /// The fault of the sandbox; `calls`: what the writes of the run end with.
    pub fn schedule(self, calls: &str) -> String {
        match self {
            Self::Answered => String::new(),
            Self::NotArrived => format!("{calls}:1=drop_before_commit"),
            Self::Committed => format!("{calls}:1=drop_after_commit"),
            Self::Late => format!("{calls}:1=late_commit({})", LATE.as_secs_f64()),
        }
    }
}

/// How much later a late commit is done: after the next start has begun.
pub const LATE: Duration = Duration::from_millis(1_500);

/// Where it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// At a numbered place.
    Place(u64),
    /// From outside, so long after it was started.
    Moment(Duration),
}

/// One kill.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    pub death: Death,
    pub commit: Commit,
    /// Whether the undo is killed, and not the run that it takes back.
    pub undo: bool,
}

/// What kills are drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Seeds(u64);

/// The places that a run without a kill has passed, by name; of the run and of its undo.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub run: Vec<String>,
    pub undo: Vec<String>,
    /// How long each took.
    pub took: [Duration; 2],
}

impl Seeds {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl Kill {
    /// The kill of a number: each place of run and undo with each commit in turn, and every eighth at a moment out of the whole run.
    pub fn drawn(seeds: Seeds, number: u64, places: &Places) -> Self {
        let mut dice = StdRng::seed_from_u64(seeds.0 ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let undo = dice.random_bool(0.5);
        let commit = Commit::ALL[dice.random_range(0..Commit::ALL.len())];
        let (passed, took) = if undo { (&places.undo, places.took[1]) } else { (&places.run, places.took[0]) };
        let death = if passed.is_empty() || dice.random_range(0..8) == 0 {
            Death::Moment(took.mul_f64(dice.random_range(0.0..1.1)))
        } else {
            Death::Place(dice.random_range(1..=passed.len() as u64))
        };
        Self { death, commit, undo }
    }

    /// The name of its place.
    pub fn place<'a>(&self, places: &'a Places) -> &'a str {
        let passed = if self.undo { &places.undo } else { &places.run };
        match self.death {
            Death::Place(number) => {
                usize::try_from(number - 1).ok().and_then(|at| passed.get(at)).map_or("?", String::as_str)
            }
            Death::Moment(_) => "a moment",
        }
    }

    /// For people.
    pub fn told(&self, places: &Places) -> String {
        let what = if self.undo { "undo" } else { "run" };
        let at = match self.death {
            Death::Place(number) => format!("place {number}, {}", self.place(places)),
            Death::Moment(after) => format!("after {} ms", after.as_millis()),
        };
        format!("{what} at {at}, {}", self.commit.name())
    }
}
