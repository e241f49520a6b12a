//! `cargo xtask trust`: the real program, killed at every numbered place and at random moments, on services that commit before, after and
//! late. The judge is the sandbox's own ledger, which knows nothing of the program, and the program's own word that each row it posted
//! stands under a certificate that verifies.
//!
//! A *path* is a kind of plan and its undo, in turn, in a world of its own ([`world`], [`path`]); a *trial* is a kill at one place, or moment,
//! with what the service does with the call that is under way, or another harm: a fault of a call, the program started twice, a full disk, a
//! wrong clock ([`trial`]). What is to come out is measured once without any.

mod path;
mod report;
mod trial;
mod world;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use futures::StreamExt;
use path::Path;
use report::{Report, say};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use trial::{Seeds, Trial};

/// What is tried.
#[derive(Parser, Clone, Debug)]
struct Arguments {
    /// The program, built with debug assertions.
    #[arg(long)]
    program: PathBuf,
    /// How many kills.
    #[arg(long, default_value_t = 200)]
    kills: u64,
    /// How many other trials, after the kills.
    #[arg(long, default_value_t = 0)]
    others: u64,
    /// The first number of both: a range of them is repeated, or added to others, by where it begins.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What the trials are drawn from; the same seed and number give the same trial.
    #[arg(long, default_value_t = 20_261_201)]
    seed: u64,
    /// Worlds at a time.
    #[arg(long, default_value_t = 8)]
    worlds: usize,
    /// Ends in order after so many seconds, and says how many trials were left.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only paths of this kind.
    #[arg(long)]
    only: Option<String>,
    /// Keeps the table there, with the sums of what stood in it before.
    #[arg(long)]
    table: Option<PathBuf>,
    /// What the table says was tried.
    #[arg(long, default_value = "")]
    commit: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let until = arguments.seconds.map(|seconds| began + Duration::from_secs(seconds));
    let paths: Vec<&'static Path> =
        path::PATHS.iter().filter(|path| arguments.only.as_deref().is_none_or(|only| path.kind == only)).collect();
    ensure!(!paths.is_empty(), "there is no such kind");
    let (seed, from) = (arguments.seed, arguments.from);
    say(&format!("seed {seed}, from number {from}: {} kills, {} other trials", arguments.kills, arguments.others));

    let report = Arc::new(Mutex::new(Report::new(arguments.seed, arguments.from)));
    // Each path has so many of the kills, one after the other, in worlds of its own.
    let seeds = Seeds(arguments.seed);
    let lanes = arguments.worlds.max(1).div_ceil(paths.len()).max(1) as u64;
    let mut works = Vec::new();
    for (place, path) in (0_u64..).zip(&paths) {
        for lane in 0..lanes {
            let (step, first) = (paths.len() as u64 * lanes, place * lanes + lane);
            let own = |count: u64, sort: Sort| {
                (first..count)
                    .step_by(usize::try_from(step).unwrap_or(usize::MAX))
                    .map(move |number| (sort, from + number))
            };
            let trials: Vec<(Sort, u64)> =
                own(arguments.kills, Sort::Kill).chain(own(arguments.others, Sort::Other)).collect();
            if !trials.is_empty() {
                works.push(lane_of(path, trials, seeds, arguments.clone(), until, report.clone()));
            }
        }
    }
    let watching = tokio::spawn(tell(report.clone(), arguments.kills + arguments.others, began));
    let ended: Vec<Result<()>> = futures::stream::iter(works).buffer_unordered(arguments.worlds.max(1)).collect().await;
    watching.abort();
    let _stopped = watching.await;
    let mut report = Arc::into_inner(report).context("a world is still alive")?.into_inner();
    report.took = began.elapsed();
    say(&report.told());
    if let Some(table) = &arguments.table {
        report.keep(table, &arguments.commit)?;
    }
    for end in ended {
        end?;
    }
    ensure!(report.failures.is_empty(), "{} of {} trials were not survived", report.failures.len(), report.tried());
    Ok(())
}

/// Says every minute how far it is.
async fn tell(report: Arc<Mutex<Report>>, all: u64, began: Instant) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    minutes.tick().await;
    loop {
        minutes.tick().await;
        let report = report.lock().await;
        let (tried, failed) = (report.tried(), report.failures.len());
        say(&format!("… {tried} of {all} after {} s, {failed} not survived", began.elapsed().as_secs()));
    }
}

/// Which of the two sequences a number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Kill,
    Other,
}

impl Sort {
    /// The words that repeat one of them.
    fn words(self) -> &'static str {
        match self {
            Self::Kill => "--kills 1",
            Self::Other => "--kills 0 --others 1",
        }
    }
}

/// One world, and its trials one after the other. A failure ends the world: what comes after would be judged by what it has left.
async fn lane_of(
    path: &'static Path,
    trials: Vec<(Sort, u64)>,
    seeds: Seeds,
    arguments: Arguments,
    until: Option<Instant>,
    report: Arc<Mutex<Report>>,
) -> Result<()> {
    let mut trials = trials.into_iter().peekable();
    while trials.peek().is_some() {
        let mut world = path::Measured::begin(path, &arguments.program).await.with_context(|| path.kind.to_owned())?;
        for (sort, number) in trials.by_ref() {
            if until.is_some_and(|until| Instant::now() >= until) {
                report.lock().await.left += 1;
                continue;
            }
            let trial = match sort {
                Sort::Kill => Trial::kill(seeds, number, world.courses()),
                Sort::Other => Trial::other(seeds, number, world.courses()),
            };
            let result = world.survive(&trial).await;
            let mut report = report.lock().await;
            match result {
                Ok(()) => report.survived(path.kind, &trial),
                Err(error) => {
                    let told = format!(
                        "number {number} ({} of {}): {error:#}\n   again: cargo xtask trust --seed {} --from {number} {} --only {}",
                        trial.told(world.courses()),
                        path.kind,
                        arguments.seed,
                        sort.words(),
                        path.kind
                    );
                    say(&told);
                    report.failed(path.kind, &trial, told);
                    break;
                }
            }
        }
    }
    Ok(())
}
