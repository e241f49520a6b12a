//! `cargo xtask bench growth`: what years of work take, each figure beside its bound. Fails when one is over it.
//!
//! - `figures`: a sync of 300,000 figures that changes nothing, by how much the data file grows; old plans that are condensed.
//! - `lists`: what is written at once and is as long as a list: a run's rows, its inbox, the table of SKUs, matches, decisions.
//! - `history`: a plan of 1,500 orders with 109,000 invoices in the history: peak memory of the whole process (the made-up services run in
//!   it, too) and time, reading over the network of this computer included; what else reads the history.
//!
//! Of all writes the longest is told: how long another program would wait for the file. Each part is a process of its own, so that none is
//! charged with the memory of another.

#[path = "../shared/connected.rs"]
mod connected;
mod figures;
mod history;
mod lists;

use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Operation, PlanCounts, PlanHead, PlanId, PlanKind, plan_hash};
use selaras_store::{CompanyStore, Store};
use serde_json::json;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// What no write may take longer than, in milliseconds.
const WRITE: f64 = 500.0;

const PARTS: [&str; 3] = ["figures", "lists", "history"];

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let asked = std::env::args().nth(1).filter(|part| PARTS.contains(&part.as_str()));
    let kept = match asked.as_deref() {
        Some("figures") => figures::measured()?,
        Some("lists") => lists::measured()?,
        Some(_) => history::measured().await?,
        None => {
            let mut kept = true;
            for part in PARTS {
                kept &= Command::new(std::env::current_exe()?).arg(part).status()?.success();
            }
            kept
        }
    };
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One figure and its bound, and whether it keeps it.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn line(what: &str, figure: f64, bound: f64, unit: &str) -> bool {
    let kept = figure <= bound;
    println!("{what:<72} {figure:>9.2} {unit:<4} bound {bound:>6.0} {unit}{}", if kept { "" } else { "  OVER" });
    kept
}

/// A figure that has no bound.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn told(what: &str, figure: f64, unit: &str) {
    println!("{what:<72} {figure:>9.2} {unit}");
}

/// The longest write since this was asked last, beside the bound of all writes.
fn longest_write(what: &str, store: &Store) -> bool {
    line(&format!("longest write: {what}"), ms(store.longest_write()), WRITE, "ms")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Does something and answers how many seconds it took.
fn timed<T>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<(T, f64), Box<dyn Error>> {
    let start = Instant::now();
    let answer = work()?;
    Ok((answer, start.elapsed().as_secs_f64()))
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The books of a company in a data folder.
fn books(folder: &Path, company: &str) -> Result<CompanyStore, Box<dyn Error>> {
    let store = Store::open(folder)?;
    Ok(store.company_scope(store.company(company)?.id))
}

fn head(id: &str, kind: &str, database: DatabaseId, operations: &[Operation]) -> PlanHead {
    let (kind, now) = (PlanKind::named(kind), jiff::Timestamp::now());
    PlanHead {
        id: PlanId(id.to_owned()),
        hash: plan_hash(&kind, database, operations),
        kind,
        database,
        counts: PlanCounts::of(operations),
        total: None,
        made_at: now,
        read_at: now,
        shop: None,
    }
}

fn save(books: &CompanyStore, head: &PlanHead, operations: &[Operation]) -> Result<(), Box<dyn Error>> {
    let note = json!({ "notes": [], "options": { "unit_costs": {} }, "calls": 1, "undoes": null });
    Ok(books.save_plan(head, operations, &note)?)
}
