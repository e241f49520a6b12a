//! `cargo xtask bench growth`: what years of work take, each figure beside its bound. Fails when one is over it.
//!
//! - A plan of 1,500 orders with 109,000 invoices in the history: peak memory of the whole process (the made-up services run in it, too)
//!   and time, reading over the network of this computer included.
//! - A sync of 300,000 figures that changes nothing: by how much the data file grows.
//! - The longest write of all of it: how long another program would wait for the file.

#[path = "shared/connected.rs"]
mod connected;

use selaras_app::view::{PlanOptions, SkuQuery};
use selaras_domain::accurate::StockRow;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::plan::{
    Action, Fields, Operation, OperationKey, PlanCounts, PlanHead, PlanId, PlanKind, Reason, Side, Target, plan_hash,
};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_engine::ports::Journal;
use selaras_sandbox::{Sandbox, SandboxOptions};
use selaras_store::{CompanyStore, FILE_NAME, Store};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const ORDERS: usize = 1_500;
const HISTORY: usize = 109_000;
const FIGURES: usize = 300_000;
/// Invoices of one run of the history: a month.
const A_RUN: usize = 5_000;

/// The word by which this program is asked, as a process of its own, to fill the history: what that takes is not the plan's.
const REMEMBER: &str = "remember";
const HISTORY_WRITE: &str = "longest write of that history: plans of 5,000, rows settled by 1,000";

const PEAK: f64 = 150.0;
const PLANNING: f64 = 3.0;
const GROWTH: f64 = 5.0;
const WRITE: f64 = 500.0;

/// One figure and its bound, and whether it keeps it.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn line(what: &str, figure: f64, bound: f64, unit: &str) -> bool {
    let kept = figure <= bound;
    println!("{what:<68} {figure:>9.2} {unit:<4} bound {bound:>6.0} {unit}{}", if kept { "" } else { "  OVER" });
    kept
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, folder, company, database] = words.as_slice()
        && word == REMEMBER
    {
        let longest = remember(Path::new(folder), company, DatabaseId(database.parse()?))?;
        return Ok(if line(HISTORY_WRITE, ms(longest), WRITE, "ms") { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let mut kept = long_history().await?;
    kept &= unchanged()?;
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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

fn figure(place: usize) -> Operation {
    let (sku, warehouse) = (format!("SKU-{:06}", place / 3), place % 3);
    let on_hand = (place * 31 % 400).to_string();
    let fields = Fields::from([
        ("sku".into(), sku.clone()),
        ("name".into(), format!("Barang seri {}", place / 3 * 7919 % 100_000)),
        ("warehouse_name".into(), format!("Gudang {warehouse}")),
        ("on_hand".into(), on_hand),
    ]);
    Operation {
        key: OperationKey(format!("stock:{warehouse}:{sku}")),
        action: Action::Same,
        target: Target { side: Side::Forstok, database: DatabaseId(1), record: sku },
        before: fields.clone(),
        after: fields,
        reason: Reason::new("figures_agree"),
        group: String::new(),
    }
}

/// Megabytes of the data file with everything that lies beside it for it.
fn megabytes(folder: &Path) -> f64 {
    let size =
        |ending: &str| std::fs::metadata(folder.join(format!("{FILE_NAME}{ending}"))).map_or(0, |file| file.len());
    let bytes = u32::try_from((size("") + size("-wal")) / 1_000).unwrap_or(u32::MAX);
    f64::from(bytes) / 1_000.0
}

/// What a sync of figures writes when both sides agree: both readings, the plan, the run.
fn sync(folder: &Path, id: &str, figures: &[Operation], stock: &[StockRow]) -> Result<(f64, Duration), Box<dyn Error>> {
    let store = Store::open(folder)?;
    let books = store.company_scope(store.company("default")?.id);
    let now = jiff::Timestamp::now();
    books.put_snapshot(DatabaseId(1), "stock", now, stock)?;
    let head = head(id, "stock", DatabaseId(1), figures);
    save(&books, &head, figures)?;
    let run = books.begin_run(&head.id, &RunId(format!("run-{id}")))?;
    store.progress(&run.id, RunState::Finished, None, RunCounts::default())?;
    let longest = store.longest_write();
    drop((books, store));
    Ok((megabytes(folder), longest))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn unchanged() -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut figures: Vec<Operation> = (0..FIGURES).map(figure).collect();
    let stock: Vec<StockRow> = (0..FIGURES)
        .map(|place| StockRow {
            warehouse: WarehouseId(number(place % 3)),
            item: ItemId(number(place / 3)),
            no: format!("SKU-{:06}", place / 3),
            quantity: Quantity::from(number(place * 31 % 400)),
        })
        .collect();
    let start = Instant::now();
    let (first, mut longest) = sync(folder.path(), "first", &figures, &stock)?;
    println!(
        "{FIGURES} figures: the first sync makes the data file {first:.2} MB in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    let (second, write) = sync(folder.path(), "second", &figures, &stock)?;
    longest = longest.max(write);
    let mut kept = line("a sync of 300,000 figures without a change adds", second - first, GROWTH, "MB");
    for place in (0..FIGURES).step_by(3_000) {
        if let Some(one) = figures.get_mut(place) {
            one.after.insert("on_hand".into(), "7".into());
        }
    }
    let (third, write) = sync(folder.path(), "third", &figures, &stock)?;
    longest = longest.max(write);
    println!("one with a hundred other figures adds {:.2} MB", third - second);
    for row in &mut figures {
        row.action = Action::Change;
    }
    let (_, write) = sync(folder.path(), "fourth", &figures, &stock)?;
    kept &= line("longest write of syncs of 300,000 figures without a change", ms(longest), WRITE, "ms");
    kept &= line("longest write of a plan of 300,000 changes and of its run", ms(write), WRITE, "ms");
    Ok(kept)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// An invoice of a year ago, as a plan has kept it.
fn invoice(place: usize, database: DatabaseId) -> Operation {
    let mut after = Fields::from([
        ("number".into(), format!("24{place:010}")),
        ("date".into(), "2025-06-01".into()),
        ("description".into(), format!("9{place:08}")),
        ("customer_no".into(), "C.00012".into()),
        ("customer_id".into(), "4711".into()),
        ("taxable".into(), "false".into()),
        ("tax_inclusive".into(), "false".into()),
        ("cash_discount".into(), "0".into()),
        ("total".into(), Money::from(number(10_000 + place % 900_000)).text()),
        ("order_id".into(), format!("9{place:08}")),
        ("store_id".into(), "11".into()),
        ("store_name".into(), "Sinar Rempah Official".into()),
        ("channel".into(), "Shopee".into()),
        ("lines".into(), "3".into()),
    ]);
    for line in 1..=3 {
        for (name, value) in [
            ("item_no", format!("SKU-{:06}", place * line % 100_000)),
            ("quantity", "1".to_owned()),
            ("unit_price", "12500".to_owned()),
            ("taxed", "false".to_owned()),
            ("warehouse_id", "50".to_owned()),
            ("warehouse_name", "Gudang Utama".to_owned()),
            ("name", format!("Barang seri {place}")),
            ("sku", format!("SKU-{:06}", place * line % 100_000)),
        ] {
            after.insert(format!("line.{line:03}.{name}"), value);
        }
    }
    Operation {
        key: OperationKey(format!("invoice:9{place:08}")),
        action: Action::Create,
        target: Target { side: Side::Accurate, database, record: format!("24{place:010}") },
        before: Fields::new(),
        after,
        reason: Reason::new("order_ready"),
        group: String::new(),
    }
}

/// Years of invoices that were posted.
fn remember(folder: &Path, company: &str, database: DatabaseId) -> Result<Duration, Box<dyn Error>> {
    let store = Store::open(folder)?;
    let books = store.company_scope(store.company(company)?.id);
    for first in (0..HISTORY).step_by(A_RUN) {
        let posted: Vec<Operation> =
            (first..HISTORY.min(first + A_RUN)).map(|place| invoice(place, database)).collect();
        let head = head(&format!("history-{first}"), "invoices", database, &posted);
        save(&books, &head, &posted)?;
        let run = books.begin_run(&head.id, &RunId(format!("history-run-{first}")))?;
        for rows in posted.chunks(1_000) {
            store.sending(&run.id, &rows.iter().collect::<Vec<_>>())?;
            let state = |row: &Operation| (row.key.clone(), OperationState::Posted { record: None });
            store.settled(&run.id, &rows.iter().map(state).collect::<Vec<_>>())?;
        }
        store.progress(&run.id, RunState::Finished, None, RunCounts::default())?;
    }
    Ok(store.longest_write())
}

/// Peak of this process's memory since it was set back, in MiB; what Linux says of it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_024.0)
}

async fn long_history() -> Result<bool, Box<dyn Error>> {
    let options = SandboxOptions { items: 300, orders: 0, ..SandboxOptions::default() };
    let (desk, sandbox, folder) = connected::connected(options).await?;
    let suggested = desk.mapping_suggest().await?;
    desk.save_mapping(&suggested.mapping, "saved").await?;
    let silent: selaras_app::desk::OnProgress<'_> = &|_| {};
    desk.sync("items", &PlanOptions::default(), tokio_util::sync::CancellationToken::new(), silent).await?;
    let in_books = SkuQuery { state: Some("matched".to_owned()), refresh: true, ..SkuQuery::default() };
    let skus: Vec<String> = desk.skus(&in_books).await?.skus.into_iter().map(|sku| sku.sku).collect();
    sell(&sandbox, &skus);
    let database = DatabaseId(sandbox.connection().databases.first().ok_or("no database")?.id);
    let mut filling = std::process::Command::new(std::env::current_exe()?);
    filling.arg(REMEMBER).arg(folder.path()).args(["demo", &database.to_string()]);
    let mut kept = filling.status()?.success();
    // From here on the peak is that of the plan.
    std::fs::write("/proc/self/clear_refs", "5")
        .or_else(|error| if cfg!(target_os = "linux") { Err(error) } else { Ok(()) })?;
    let start = Instant::now();
    let plan = desk.plan("invoices", &PlanOptions::default(), silent).await?;
    let took = start.elapsed().as_secs_f64();
    if plan.counts.create < u32::try_from(ORDERS)? {
        return Err(format!("the plan has {:?} of {ORDERS} orders", plan.counts).into());
    }
    kept &= line("a plan of 1,500 orders with 109,000 invoices in the history", took, PLANNING, "s");
    if let Some(peak) = peak() {
        kept &= line("its peak of memory, the made-up services included", peak, PEAK, "MiB");
    }
    Ok(kept)
}

/// Places orders that are ready to ship, of one to three goods each.
fn sell(sandbox: &Sandbox, skus: &[String]) {
    let unit = |line: usize, sku: &String, price: usize| json!({ "id": line, "sku": sku, "name": sku, "price": price, "sale_price": price, "total_price": price });
    for number in 0..ORDERS {
        let goods = skus.iter().cycle().skip(number).take(number % 3 + 1);
        let (lines, prices): (Vec<Value>, Vec<usize>) =
            (1..).zip(goods).map(|(line, sku)| (unit(line, sku, 10_000 * line), 10_000 * line)).unzip();
        let total: usize = prices.into_iter().sum();
        sandbox.place_order(json!({ "item_lines": lines, "subtotal": total, "total_price": total }));
    }
}
