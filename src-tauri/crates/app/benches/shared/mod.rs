//! What the benchmarks of syncs share: a connected desk on a sandbox whose calls take their time, a stopwatch on the steps of a sync, and
//! the bound that the service's own limit sets.

mod connected;

pub use connected::connected;

use selaras_app::desk::Desk;
use selaras_app::view::PlanOptions;
use selaras_sandbox::Sandbox;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What a call takes when `SELARAS_BENCH_LATENCY_MS` says nothing else.
const LATENCY_MS: u64 = 200;
const ROWS_A_CALL: f64 = 100.0;
const CALLS_A_SECOND: f64 = 8.0;
const IN_FLIGHT: f64 = 8.0;

/// A number from the environment, or this one.
pub fn asked(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// How long each call of the sandbox takes.
pub fn latency() -> Duration {
    Duration::from_millis(
        asked("SELARAS_BENCH_LATENCY_MS", 0).try_into().ok().filter(|ms| *ms > 0).unwrap_or(LATENCY_MS),
    )
}

/// Calls to Accurate's data hosts so far, all of which the limit counts.
fn calls_so_far(sandbox: &Sandbox) -> usize {
    let calls = sandbox.state().calls;
    calls
        .iter()
        .filter(|(name, _)| name.starts_with("accurate:") && name.ends_with(".do"))
        .map(|(_, count)| count)
        .sum()
}

/// Plans, applies and proves, as a sync does; prints how long each took and what of it the limit alone costs: the bound of the calls
/// that post, and that of all calls, those that read included.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub async fn timed(desk: &Desk, sandbox: &Sandbox, kind: &str, options: &PlanOptions) -> Result<(), Box<dyn Error>> {
    let before = calls_so_far(sandbox);
    let start = Instant::now();
    let plan = desk.plan(kind, options, &|_| {}).await?;
    let planned = start.elapsed().as_secs_f64();
    let run = desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await?;
    let applied = start.elapsed().as_secs_f64();
    let proof = desk.prove(&run.run, &|_| {}).await?;
    let whole = start.elapsed().as_secs_f64();

    let rows = f64::from(plan.counts.create);
    let calls = (rows / ROWS_A_CALL).ceil();
    let least = |calls: f64| (calls / CALLS_A_SECOND).max(calls / IN_FLIGHT * latency().as_secs_f64());
    let bound = least(calls);
    let all = f64::from(u32::try_from(calls_so_far(sandbox) - before)?);
    println!("{kind}: {rows} new rows, {calls} bulk-save calls, {} ms a call", latency().as_millis());
    println!(
        "posted {}, held {}, failed {}, differences {}",
        run.posted,
        run.held,
        run.failed,
        proof.differences.len()
    );
    println!("bound of these calls ({CALLS_A_SECOND} a second, {IN_FLIGHT} in flight): {bound:.2} s");
    println!("  {planned:>6.2} s  reading both sides and planning");
    println!("  {:>6.2} s  applying = {:.3} × bound", applied - planned, (applied - planned) / bound);
    println!("  {:>6.2} s  proving", whole - applied);
    println!("  {whole:>6.2} s  the whole sync = {:.3} × bound", whole / bound);
    println!(
        "{all} calls to Accurate in all, bound {:.2} s: the whole sync = {:.3} × that",
        least(all),
        whole / least(all)
    );
    println!(
        "lists are asked for in pages of up to 10,000 rows, of whole documents 2,000; what the real service caps them at is not known"
    );
    Ok(())
}
