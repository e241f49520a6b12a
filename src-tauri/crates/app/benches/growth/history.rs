//! Years of invoices, and what reads them.

use crate::{books, connected, head, line, longest_write, ms, number, save, timed, told};
use selaras_app::view::{PlanOptions, SkuQuery};
use selaras_domain::amount::Money;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind, Reason, Side, Target};
use selaras_domain::run::{Certificate, OperationState, RunCounts, RunId, RunState};
use selaras_engine::ports::Journal;
use selaras_sandbox::{Sandbox, SandboxOptions};
use selaras_store::CompanyStore;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const ORDERS: usize = 1_500;
const HISTORY: usize = 109_000;
/// Invoices of one run of the history: a month.
const A_RUN: usize = 5_000;

/// In MiB.
const PEAK: f64 = 150.0;
/// In seconds.
const PLANNING: f64 = 3.0;
/// In seconds: a start that reads the file once.
const OPENING: f64 = 3.0;
/// In milliseconds: what a person takes for at once.
const WAIT: f64 = 500.0;

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

/// Years of invoices that were posted and proven.
fn remember(books: &CompanyStore, database: DatabaseId) -> Result<(), Box<dyn Error>> {
    let store = books.store();
    for first in (0..HISTORY).step_by(A_RUN) {
        let posted: Vec<Operation> =
            (first..HISTORY.min(first + A_RUN)).map(|place| invoice(place, database)).collect();
        let head = head(&format!("history-{first}"), "invoices", database, &posted);
        save(books, &head, &posted)?;
        let run = books.begin_run(&head.id, &RunId(format!("history-run-{first}")))?;
        for rows in posted.chunks(1_000) {
            store.sending(&run.id, &rows.iter().collect::<Vec<_>>())?;
            let state = |row: &Operation| (row.key.clone(), OperationState::Posted { record: None });
            store.settled(&run.id, &rows.iter().map(state).collect::<Vec<_>>())?;
        }
        let input = u64::try_from(posted.len())?;
        let counts = RunCounts { input, posted: input, ..RunCounts::default() };
        store.progress(&run.id, RunState::Finished, None, counts)?;
        let certificate = Certificate {
            version: 2,
            run: run.id.clone(),
            plan: head.id.clone(),
            plan_hash: head.hash.clone(),
            kind: head.kind.clone(),
            database,
            counts,
            total: None,
            checked: input,
            not_readable: 0,
            differences: Vec::new(),
            passed: Vec::new(),
            roundings: Vec::new(),
            overtaken: 0,
            unread_fields: BTreeMap::new(),
            moved: 0,
            binds: Some(books.bound(&run.id)?.0),
            at: jiff::Timestamp::now(),
            previous: books.last_certificate_hash()?,
        };
        books.add_certificate(&certificate, &format!("certificates/{first}.json"))?;
    }
    Ok(())
}

/// Peak of this process's memory since it was set back, in MiB; what Linux says of it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_024.0)
}

/// Measures.
pub async fn measured() -> Result<bool, Box<dyn Error>> {
    let options = SandboxOptions { items: 300, orders: 0, ..SandboxOptions::default() };
    let (desk, sandbox, folder) = connected::connected(options).await?;
    let suggested = desk.mapping_suggest().await?;
    desk.save_mapping(&suggested.mapping, "saved").await?;
    let silent: selaras_app::desk::OnProgress<'_> = &|_| {};
    desk.sync("items", &PlanOptions::default(), CancellationToken::new(), silent).await?;
    let in_books = SkuQuery { state: Some("matched".to_owned()), refresh: true, ..SkuQuery::default() };
    let skus: Vec<String> = desk.skus(&in_books).await?.skus.into_iter().map(|sku| sku.sku).collect();
    sell(&sandbox, &skus);
    let database = DatabaseId(sandbox.connection().databases.first().ok_or("no database")?.id);
    let (books, opening) = timed(|| books(folder.path(), "demo"))?;
    told("opening an empty history", opening, "s");
    remember(&books, database)?;
    let mut kept = longest_write("a history of 109,000 invoices: plans of 5,000, rows settled by 1,000", books.store());
    drop(books);
    let (opened, opening) = timed(|| crate::books(folder.path(), "demo"))?;
    kept &= line("opening that history", opening, OPENING, "s");
    // From here on the peak is that of the plan.
    std::fs::write("/proc/self/clear_refs", "5")
        .or_else(|error| if cfg!(target_os = "linux") { Err(error) } else { Ok(()) })?;
    if let Some(before) = peak() {
        told("memory before the plan", before, "MiB");
    }
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
    let verifying = {
        let desk = desk.clone();
        tokio::spawn(async move {
            let start = Instant::now();
            desk.verify().await.map(|verified| (verified, start.elapsed().as_secs_f64()))
        })
    };
    let mut longest = Duration::ZERO;
    while !verifying.is_finished() {
        let start = Instant::now();
        desk.runs().await?;
        longest = longest.max(start.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (verified, took) = verifying.await??;
    // The files beside the store are not part of this history.
    let of_store =
        ["certificate_changed", "certificate_missing", "certificates_none", "journal_changed", "plan_changed"];
    if verified.problems.iter().any(|problem| of_store.contains(&problem.code.as_str())) {
        return Err(format!("the history is not whole: {:?}", verified.problems.first()).into());
    }
    told("verifying it: every plan, journal and certificate", took, "s");
    kept &= line("longest wait for the list of runs meanwhile", ms(longest), WAIT, "ms");
    let kind = PlanKind::named("invoices");
    let (_, took) = timed(|| Ok(opened.last_posted_where(database, &kind, |_, fields| fields.len() > 1_000)?))?;
    told("what of all that was posted is of a month, as its end asks", took, "s");
    let (_, took) = timed(|| Ok(opened.posted_keys(database, &kind)?))?;
    told("the keys of all that was posted", took, "s");
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
