//! A trial: what is done to the program, or to the services, while a plan is carried out.

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

/// What goes wrong with calls, by the sandbox's names. Those that change what the service holds, or what it says is there, have tests of
/// their own with a right value of their own.
const FAULTS: [&str; 22] = [
    "drop_before_commit",
    "drop_after_commit",
    "late_commit(0.5)",
    "504_then_commit(0.5)",
    "upsss",
    "html_401",
    "html_404",
    "html_502",
    "html_page",
    "error_500",
    "session_expiry",
    "token_expiry",
    "rate_limit",
    "slow(800)",
    "slow_body(800)",
    "malformed_json",
    "truncated_json",
    "refused(400)",
    "unknown_host",
    "moved",
    "wrong_database",
    "status_not_ok",
];

/// Seconds by which the computer's clock is wrong. The service takes ten minutes (accurate-online-api.md §1.4, doc).
const CLOCKS: [i64; 6] = [-7_200, -601, -599, 599, 601, 7_200];

/// The most that the service takes.
pub const CLOCK_LIMIT: i64 = 600;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Harm {
    /// The program is killed.
    Kill {
        /// Where.
        death: Death,
        /// What the service does meanwhile.
        commit: Commit,
    },
    /// Calls go wrong: the place of the call among those that the run makes, which of them, and how.
    Fault {
        /// `accurate:item/bulk-save.do`
        call: String,
        /// `1`, `2` or `*`
        which: &'static str,
        /// `html_502`
        fault: &'static str,
    },
    /// The program is started twice at the same time.
    Twice,
    /// No file grows beyond so many blocks of 512 bytes, as on a disk that is full.
    Full(u64),
    /// The computer's clock is ahead by so many seconds.
    Clock(i64),
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    pub harm: Harm,
    /// Whether it befalls the undo, and not the run that it takes back.
    pub undo: bool,
}

/// What trials are drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Seeds(pub u64);

/// What one of the two, run or undo, has done without any harm.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// The places that it has passed, by name.
    pub places: Vec<String>,
    /// The calls that it has made, each once.
    pub calls: Vec<String>,
    /// How long it took.
    pub took: Duration,
    /// Size of the largest file that it has written, in blocks of 512 bytes.
    pub blocks: u64,
}

/// Both.
#[derive(Debug, Clone, Default)]
pub struct Courses {
    pub run: Course,
    pub undo: Course,
}

impl Courses {
    fn of(&self, undo: bool) -> &Course {
        if undo { &self.undo } else { &self.run }
    }
}

fn dice(seeds: Seeds, number: u64) -> StdRng {
    StdRng::seed_from_u64(seeds.0 ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

impl Trial {
    /// The kill of a number: each place of run and undo with each commit, and every eighth at a moment out of the whole run.
    pub fn kill(seeds: Seeds, number: u64, courses: &Courses) -> Self {
        let mut dice = dice(seeds, number);
        let undo = dice.random_bool(0.5);
        let commit = Commit::ALL[dice.random_range(0..Commit::ALL.len())];
        let Course { places, took, .. } = courses.of(undo);
        let death = if places.is_empty() || dice.random_range(0..8) == 0 {
            Death::Moment(took.mul_f64(dice.random_range(0.0..1.1)))
        } else {
            Death::Place(dice.random_range(1..=places.len() as u64))
        };
        Self { harm: Harm::Kill { death, commit }, undo }
    }

    /// Another trial of a number: of eight, five are faults of a call, and one each the same program twice, a full disk and a wrong clock.
    pub fn other(seeds: Seeds, number: u64, courses: &Courses) -> Self {
        let mut dice = dice(Seeds(seeds.0.rotate_left(17)), number);
        let undo = dice.random_bool(0.5);
        let course = courses.of(undo);
        let harm = match dice.random_range(0..8) {
            0 => Harm::Twice,
            1 => Harm::Full(dice.random_range(0..=course.blocks + course.blocks / 8)),
            2 => Harm::Clock(CLOCKS[dice.random_range(0..CLOCKS.len())]),
            _ => Harm::Fault {
                call: course.calls.get(dice.random_range(0..course.calls.len().max(1))).cloned().unwrap_or_default(),
                which: ["1", "2", "*"][dice.random_range(0..3)],
                fault: FAULTS[dice.random_range(0..FAULTS.len())],
            },
        };
        Self { harm, undo }
    }

    /// Whether it is a kill.
    pub fn is_kill(&self) -> bool {
        matches!(self.harm, Harm::Kill { .. })
    }

    /// Its column in the table.
    pub fn column(&self) -> &'static str {
        match &self.harm {
            Harm::Kill { commit, .. } => commit.name(),
            Harm::Fault { fault, .. } => fault.split('(').next().unwrap_or(fault),
            Harm::Twice => "started twice",
            Harm::Full(_) => "disk full",
            Harm::Clock(ahead) if ahead.abs() > CLOCK_LIMIT => "clock wrong by over ten minutes",
            Harm::Clock(_) => "clock wrong by under ten minutes",
        }
    }

    /// For people.
    pub fn told(&self, courses: &Courses) -> String {
        let what = if self.undo { "undo" } else { "run" };
        let harm = match &self.harm {
            Harm::Kill { death: Death::Place(number), commit } => {
                let names = &courses.of(self.undo).places;
                let name = usize::try_from(number - 1).ok().and_then(|at| names.get(at)).map_or("?", String::as_str);
                format!("killed at place {number}, {name}, {}", commit.name())
            }
            Harm::Kill { death: Death::Moment(after), commit } => {
                format!("killed after {} ms, {}", after.as_millis(), commit.name())
            }
            Harm::Fault { call, which, fault } => format!("{call}:{which}={fault}"),
            Harm::Twice => "started twice".to_owned(),
            Harm::Full(blocks) => format!("no file over {blocks} blocks"),
            Harm::Clock(ahead) => format!("clock ahead by {ahead} s"),
        };
        format!("{what}, {harm}")
    }
}
