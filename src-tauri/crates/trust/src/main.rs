//! `cargo xtask trust`: the real program, killed at every numbered place and at random moments, on services that commit before, after and
//! late. The judge is the sandbox's own ledger, which knows nothing of the program, and the program's own word that each row it posted
//! stands under a certificate that verifies.
//!
//! A *path* is a kind of plan and its undo, in turn, in a world of its own ([`world`], [`path`]); a *kill* is one place, or moment, and
//! what the service does with the call that is under way ([`kill`]). What is to come out is measured once without a kill.

mod kill;
mod path;
mod report;
mod world;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use futures::StreamExt;
use kill::{Kill, Seeds};
use path::Path;
use report::{Report, say};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// What is tried.
#[derive(Parser, Clone, Debug)]
struct Arguments {
    /// The program, built with debug assertions.
    #[arg(long)]
    program: PathBuf,
    /// How many kills.
    #[arg(long, default_value_t = 200)]
    kills: u64,
    /// The first kill's number: a range of them is repeated, or added to others, by where it begins.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What the kills are drawn from; the same seed and number give the same kill.
    #[arg(long, default_value_t = 20_261_201)]
    seed: u64,
    /// Worlds at a time.
    #[arg(long, default_value_t = 8)]
    worlds: usize,
    /// Ends in order after so many seconds, and says how many kills were left.
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
    say(&format!("seed {}, kills {} to {}", arguments.seed, arguments.from, arguments.from + arguments.kills));

    let report = Arc::new(Mutex::new(Report::new(arguments.seed, arguments.from)));
    // Each path has so many of the kills, one after the other, in worlds of its own.
    let seeds = Seeds::new(arguments.seed);
    let lanes = arguments.worlds.max(1).div_ceil(paths.len()).max(1) as u64;
    let mut works = Vec::new();
    for (place, path) in (0_u64..).zip(&paths) {
        for lane in 0..lanes {
            let (step, first) = (paths.len() as u64 * lanes, place * lanes + lane);
            let numbers: Vec<u64> = (first..arguments.kills).step_by(usize::try_from(step)?).collect();
            if !numbers.is_empty() {
                let numbers = numbers.into_iter().map(|number| arguments.from + number).collect();
                works.push(lane_of(path, numbers, seeds, arguments.clone(), until, report.clone()));
            }
        }
    }
    let ended: Vec<Result<()>> = futures::stream::iter(works).buffer_unordered(arguments.worlds.max(1)).collect().await;
    let mut report = Arc::into_inner(report).context("a world is still alive")?.into_inner();
    report.took = began.elapsed();
    say(&report.told());
    if let Some(table) = &arguments.table {
        report.keep(table, &arguments.commit)?;
    }
    for end in ended {
        end?;
    }
    ensure!(report.failures.is_empty(), "{} of {} kills were not survived", report.failures.len(), report.kills());
    Ok(())
}

/// One world, and its kills one after the other. A failure ends the world: what comes after would be judged by what it has left.
async fn lane_of(
    path: &'static Path,
    numbers: Vec<u64>,
    seeds: Seeds,
    arguments: Arguments,
    until: Option<Instant>,
    report: Arc<Mutex<Report>>,
) -> Result<()> {
    let mut numbers = numbers.into_iter().peekable();
    while numbers.peek().is_some() {
        let mut world = path::Measured::begin(path, &arguments.program).await.with_context(|| path.kind.to_owned())?;
        for number in numbers.by_ref() {
            if until.is_some_and(|until| Instant::now() >= until) {
                report.lock().await.left += 1;
                continue;
            }
            let kill = Kill::drawn(seeds, number, world.places());
            let result = world.survive(&kill).await;
            let mut report = report.lock().await;
            match result {
                Ok(()) => report.survived(path.kind, &kill),
                Err(error) => {
                    let told = format!(
                        "kill {number} ({} of {}): {error:#}\n   again: cargo xtask trust --seed {} --from {number} --kills 1 --only {}",
                        kill.told(world.places()),
                        path.kind,
                        arguments.seed,
                        path.kind
                    );
                    say(&told);
                    report.failed(path.kind, &kill, told);
                    break;
                }
            }
        }
    }
    Ok(())
}
