//! Killed, stopped and started twice: every record once.

use crate::desk::{Desk, adds_up, first_database, rest, shop};
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::time::{Duration, Instant};

/// How long what was sent before a kill may still arrive, in these tests.
const ARRIVES: Duration = Duration::from_secs(2);

/// Slow enough that a run can be caught in the middle: two dozen calls of a hundred items, of which eight are under way at once.
fn slow() -> SandboxOptions {
    SandboxOptions { items: 2400, latency: Duration::from_millis(250), ..SandboxOptions::default() }
}

async fn ready(options: SandboxOptions) -> (Sandbox, Desk, i64) {
    let (sandbox, mut desk) = shop(options).await;
    desk.arrives_within(ARRIVES);
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    (sandbox, desk, database)
}

/// Waits until the books have taken something new; then the run is in its middle.
async fn in_the_middle(sandbox: &Sandbox, before: usize, database: i64) -> usize {
    let begin = Instant::now();
    loop {
        let items = sandbox.state().databases[&database].items.len();
        if items > before {
            return items;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "nothing was written");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Kills it, and waits until what was on its way and has not come may be sent again: on a busy machine that is more than one call.
async fn killed_for_good(program: &mut tokio::process::Child) {
    program.kill().await.unwrap();
    tokio::time::sleep(ARRIVES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_and_run_again_makes_every_item_once() {
    let (sandbox, desk, database) = ready(slow()).await;
    let before = sandbox.state().databases[&database].items.len();
    let mut killed = desk.command(["sync", "items", "--yes", "--json"]).spawn().unwrap();
    let at_kill = in_the_middle(&sandbox, before, database).await;
    killed_for_good(&mut killed).await;

    let answer = desk.run("sync items --yes").await;
    assert!(matches!(answer.code, 0 | 3), "{} {}", answer.stdout, answer.stderr);
    let answer = answer.only_json();
    adds_up(&answer["run"]);
    assert_eq!((&answer["run"]["unknown"], &answer["run"]["failed"]), (&0.into(), &0.into()));
    assert_eq!(answer["proof"]["differences"], serde_json::json!([]));
    let state = sandbox.state();
    let books = &state.databases[&database];
    assert!(books.items.len() > at_kill, "the kill came in the middle");
    // Items are keyed by number in there; the count of records written shows that none was written twice.
    assert_eq!(books.writes, books.items.len() - before);
    assert_eq!(books.opening_balance_rows, 0);
    let plan = desk.answer("plan items", 0).await;
    assert_eq!(crate::desk::writes(&plan), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn second_process_while_one_runs_is_five() {
    let (sandbox, desk, database) = ready(slow()).await;
    let before = sandbox.state().databases[&database].items.len();
    let mut first = desk.command(["sync", "items", "--yes", "--json"]).spawn().unwrap();
    in_the_middle(&sandbox, before, database).await;
    let second = desk.run("sync items --yes").await.ends(5);
    assert_eq!(second.error(), "company_busy");
    let first = rest(&mut first).await;
    assert!(matches!(first.code, 0 | 3), "{}", first.stderr);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn stopped_by_a_signal_it_pauses_and_goes_on_by_apply() {
    let (sandbox, desk, database) = ready(slow()).await;
    let before = sandbox.state().databases[&database].items.len();
    let mut stopped = desk.command(["sync", "items", "--yes", "--json"]).spawn().unwrap();
    in_the_middle(&sandbox, before, database).await;
    let id = stopped.id().unwrap().to_string();
    crate::desk::signal("INT", &id);
    let said = rest(&mut stopped).await.ends(1);
    let answer = said.only_json();
    assert_eq!((&answer["run"]["state"], &answer["proof"]["differences"]), (&"paused".into(), &serde_json::json!([])));
    let plan = answer["plan"]["plan"].as_str().unwrap();
    assert!(said.stderr.contains(&format!("selaras-cli apply {plan}")), "{}", said.stderr);

    let run = desk.run(&format!("apply {plan} --yes")).await;
    assert!(matches!(run.code, 0 | 3), "{} {}", run.stdout, run.stderr);
    let run = run.only_json();
    assert_eq!(run["state"], "finished");
    let state = sandbox.state();
    let books = &state.databases[&database];
    assert_eq!(books.writes, books.items.len() - before);
}

/// Waits until the books hold a new invoice; then the run is in its middle.
async fn invoicing(sandbox: &Sandbox, before: usize, database: i64) {
    let begin = Instant::now();
    while sandbox.state().databases[&database].invoices.len() == before {
        assert!(begin.elapsed() < Duration::from_secs(120), "nothing was invoiced");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_invoices_it_posts_every_order_once_and_the_ledger_balances() {
    let options =
        SandboxOptions { items: 60, orders: 700, latency: Duration::from_millis(250), ..SandboxOptions::default() };
    let (sandbox, desk, database) = ready(options).await;
    desk.answer("sync items", 3).await;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let since = (today - jiff::Span::new().days(30)).to_string();
    let before = sandbox.state().databases[&database].invoices.clone();
    let words = ["sync", "invoices", "--since", &since, "--yes", "--json"];
    let mut killed = desk.command(words).spawn().unwrap();
    invoicing(&sandbox, before.len(), database).await;
    killed_for_good(&mut killed).await;

    let answer = desk.run(&format!("sync invoices --since {since} --yes")).await;
    assert!(matches!(answer.code, 0 | 3), "{} {}", answer.stdout, answer.stderr);
    let answer = answer.only_json();
    adds_up(&answer["run"]);
    assert_eq!((&answer["run"]["unknown"], &answer["proof"]["differences"]), (&0.into(), &serde_json::json!([])));
    let plan = desk.answer(&format!("plan invoices --since {since}"), 0).await;
    assert_eq!(plan["counts"]["create"], answer["run"]["failed"], "what was refused is all that is left");
    let state = sandbox.state();
    let books = &state.databases[&database];
    let made = books.invoices.len() - before.len();
    assert!(made > 150, "{made} invoices");
    // Invoices are keyed by number in there; each order's is there once, as two documents of one number cannot be.
    let sum = books.ledger.values().copied().reduce(|sum, one| sum + one).unwrap();
    assert!(sum.is_zero(), "debits are not credits");
    // Beside them stand those that were in the books before.
    assert!(plan["counts"]["same"].as_u64() >= Some(made as u64));
}
