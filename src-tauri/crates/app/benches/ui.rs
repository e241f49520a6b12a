//! `cargo xtask bench ui`: how long the window waits for its long tables: 100,000 SKUs, a plan of 300,000 figures, a run of 100,000 rows
//! and 20,000 open rows of the inbox, in one data file; and for the home over them, with the figures of both sides. Median and worst of
//! many, beside the bound; fails when the median of a search, or of what is looked for among all, is over it.

use selaras_app::desk::{Desk, DeskConfig, SecretsMode};
use selaras_app::environment::Environment;
use selaras_app::error::AppResult;
use selaras_app::view::{InboxQuery, OperationQuery, PageQuery, PageView, RunRowQuery, SkuDecisionInput, SkuQuery};
use selaras_domain::accurate::{Database, Item, StockRow};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{Variant, VariantStock};
use selaras_domain::ids::{DatabaseId, ForstokWarehouseId, ItemId, VariantId, WarehouseId};
use selaras_domain::mapping::{Mapping, WarehouseMapping};
use selaras_domain::plan::{
    Action, Fields, Operation, OperationKey, PlanCounts, PlanHead, PlanId, PlanKind, Reason, Side, Target, plan_hash,
};
use selaras_domain::run::{OperationState, RunId};
use selaras_engine::ports::Journal;
use selaras_store::{AccurateMode, CompanyStore, FORSTOK_SCOPE, NewInboxEntry, Store};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const SKUS: usize = 100_000;
const WAREHOUSES: usize = 3;
const OPEN_ROWS: usize = 20_000;
/// What a page of the window asks for.
const PAGE: u32 = 100;
/// A search answers within this.
const BOUND: Duration = Duration::from_millis(50);
const HERE: DatabaseId = DatabaseId(1);
/// Under which part the figures of Accurate are kept.
const STOCK: &str = "stock";

const KINDS: [&str; 12] = [
    "Kaos Polos",
    "Kemeja Flanel",
    "Celana Chino",
    "Jaket Parasut",
    "Topi Baseball",
    "Tas Selempang",
    "Kopi Gayo",
    "Teh Melati",
    "Sabun Batang",
    "Sandal Jepit",
    "Dompet Kulit",
    "Botol Minum",
];
const COLOURS: [&str; 8] = ["Merah", "Biru Navy", "Hitam", "Putih", "Hijau Army", "Kuning", "Abu Tua", "Cokelat"];

/// Picks from a list, the same at every run; neighbours differ.
fn pick<'a>(list: &[&'a str], number: usize, step: usize) -> &'a str {
    list.get((number.wrapping_mul(2_654_435_761) >> step) % list.len()).copied().unwrap_or_default()
}

fn name(number: usize) -> String {
    let (kind, colour) = (pick(&KINDS, number, 5), pick(&COLOURS, number, 9));
    format!("{kind} {colour} seri {}", (number * 7919) % SKUS)
}

fn sku(number: usize) -> String {
    let letters: String = name(number).split(' ').filter_map(|word| word.chars().next()).take(3).collect();
    format!("{letters}-{number:06}")
}

fn number_as_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn variant(number: usize) -> Variant {
    let figure = |place: usize| VariantStock {
        warehouse: ForstokWarehouseId(number_as_i64(place)),
        on_hand: Quantity::from(number_as_i64((number * 31 + place) % 400)),
        reserved: Quantity::ZERO,
    };
    Variant {
        id: Some(VariantId(number_as_i64(number))),
        sku: sku(number),
        name: name(number),
        category: Some(pick(&KINDS, number, 5).to_owned()),
        price: Some(Money::from(number_as_i64(10_000 + number * 500 % 900_000))),
        cost_price: None,
        barcode: Some(format!("899{number:010}")),
        stock: (1..=WAREHOUSES).map(figure).collect(),
    }
}

/// Most are in Accurate as they are in the shop; some are new, and some are there under another name or another code.
fn item(number: usize) -> Option<Item> {
    let (mut no, mut name) = (sku(number), name(number));
    match number % 100 {
        0 | 1 => return None,
        2 => name.push_str(" (lama)"),
        3 => no.push_str("-LAMA"),
        _ => {}
    }
    Some(Item {
        id: ItemId(number_as_i64(number)),
        no,
        name,
        item_type: Some("INVENTORY".into()),
        upc: None,
        unit_price: Some(Money::from(10_000)),
        suspended: false,
    })
}

fn figure(number: usize, place: usize) -> Operation {
    let action = match (number + place) % 10 {
        0..=2 => Action::Change,
        3 => Action::Blocked,
        _ => Action::Same,
    };
    let warehouse = format!("Gudang {place}");
    let fields = |quantity: usize| {
        let (sku, on_hand) = (sku(number), quantity.to_string());
        Fields::from([
            ("sku".into(), sku),
            ("name".into(), name(number)),
            ("warehouse_name".into(), warehouse.clone()),
            ("on_hand".into(), on_hand),
        ])
    };
    Operation {
        key: OperationKey(format!("stock:{place}:{}", sku(number))),
        action,
        target: Target { side: Side::Forstok, database: HERE, record: sku(number) },
        before: fields((number * 31 + place) % 400),
        after: fields((number * 17 + place) % 400),
        reason: Reason::new(if action == Action::Blocked { "opening_stock_open" } else { "figure_differs" }),
        group: String::new(),
    }
}

fn new_item(number: usize) -> Operation {
    Operation {
        key: OperationKey(format!("item:{}", sku(number))),
        action: Action::Create,
        target: Target { side: Side::Accurate, database: HERE, record: sku(number) },
        before: Fields::new(),
        after: Fields::from([("no".into(), sku(number)), ("name".into(), name(number))]),
        reason: Reason::new("not_in_accurate"),
        group: String::new(),
    }
}

fn save(company: &CompanyStore, id: &str, kind: &str, operations: &[Operation]) -> Result<PlanId, Box<dyn Error>> {
    let kind = PlanKind::named(kind);
    let now = jiff::Timestamp::now();
    let head = PlanHead {
        id: PlanId(id.into()),
        hash: plan_hash(&kind, HERE, operations),
        kind,
        database: HERE,
        counts: PlanCounts::of(operations),
        total: None,
        made_at: now,
        read_at: now,
        shop: None,
    };
    company.save_plan(
        &head,
        operations,
        &serde_json::json!({"notes": [], "options": {"unit_costs": {}}, "calls": 1}),
    )?;
    Ok(head.id)
}

/// One figure of ten differs from Forstok's.
fn stock_row(number: usize, place: usize) -> StockRow {
    let differs = usize::from((number + place).is_multiple_of(10));
    StockRow {
        warehouse: WarehouseId(number_as_i64(place)),
        item: ItemId(number_as_i64(number)),
        no: sku(number),
        quantity: Quantity::from(number_as_i64((number * 31 + place) % 400 + differs)),
    }
}

/// Fills a data file as a year of work would, without either service. Answers how long saving the plan of figures took.
fn fill(folder: &Path) -> Result<Duration, Box<dyn Error>> {
    let store = Store::open(folder)?;
    let mut company = store.company("demo")?;
    company.forstok_email = Some("toko@example.com".into());
    company.accurate_mode = Some(AccurateMode::OAuth);
    company.database = Some(HERE);
    company.existing_user = Some(true);
    store.update_company(&company)?;
    let books = store.company_scope(company.id);
    let database =
        Database { id: HERE, alias: "PT Uji".into(), trial: false, expired: false, admin: None, licence_end: None };
    books.use_database(&database, Some("zeus.accurate.id"))?;
    let now = jiff::Timestamp::now();
    let variants: Vec<Variant> = (0..SKUS).map(variant).collect();
    books.put_snapshot(FORSTOK_SCOPE, "variants", now, &variants)?;
    let items: Vec<Item> = (0..SKUS).filter_map(item).collect();
    books.put_snapshot(HERE, "items", now, &items)?;
    let figures: Vec<Operation> =
        (0..SKUS).flat_map(|number| (1..=WAREHOUSES).map(move |place| figure(number, place))).collect();
    let start = Instant::now();
    save(&books, "figures", "stock", &figures)?;
    let saved = start.elapsed();
    drop(figures);
    let places = (0..SKUS).flat_map(|number| (1..=WAREHOUSES).map(move |place| (number, place)));
    let stock: Vec<StockRow> = places.map(|(number, place)| stock_row(number, place)).collect();
    books.put_snapshot(HERE, STOCK, now, &stock)?;
    let pair = |place| WarehouseMapping {
        forstok_id: ForstokWarehouseId(number_as_i64(place)),
        accurate_id: WarehouseId(number_as_i64(place)),
    };
    let mapping = Mapping { warehouses: (1..=WAREHOUSES).map(pair).collect(), ..Mapping::default() };
    books.save_mapping(HERE, &mapping, &BTreeMap::new(), "bench")?;
    let operations: Vec<Operation> = (0..SKUS).map(new_item).collect();
    let plan = save(&books, "items", "items", &operations)?;
    let run = books.begin_run(&plan, &RunId("run".into()))?;
    for chunk in operations.chunks(10_000) {
        store.sending(&run.id, &chunk.iter().collect::<Vec<_>>())?;
        let outcomes: Vec<_> = chunk
            .iter()
            .enumerate()
            .map(|(place, operation)| {
                let state = match place % 50 {
                    0 => OperationState::Failed { reason: Reason::new("refused") },
                    _ => OperationState::Posted { record: None },
                };
                (operation.key.clone(), state)
            })
            .collect();
        store.settled(&run.id, &outcomes)?;
    }
    let open: Vec<NewInboxEntry> = operations
        .iter()
        .take(OPEN_ROWS)
        .map(|operation| NewInboxEntry {
            kind: PlanKind::named("items"),
            key: operation.key.clone(),
            target: operation.target.record.clone(),
            warehouse: None,
            reason: Reason::new("refused"),
            amount: Some("17500".into()),
            run: run.id.clone(),
        })
        .collect();
    books.record_inbox(HERE, &open)?;
    Ok(saved)
}

/// A measurement against its bound.
struct Line {
    what: String,
    rows: u32,
    median: Duration,
    worst: Duration,
    bound: Option<Duration>,
    search: bool,
}

/// All of them, each of so many runs.
struct Sheet {
    runs: usize,
    lines: Vec<Line>,
}

impl Sheet {
    async fn measure<F>(
        &mut self,
        what: &str,
        bound: Option<Duration>,
        search: bool,
        mut call: F,
    ) -> AppResult<PageView>
    where
        F: AsyncFnMut() -> AppResult<PageView>,
    {
        let mut times = Vec::with_capacity(self.runs);
        let mut page = PageView::default();
        for _ in 0..self.runs {
            let start = Instant::now();
            page = call().await?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let worst = times.last().copied().unwrap_or_default();
        self.lines.push(Line { what: what.to_owned(), rows: page.total, median, worst, bound, search });
        Ok(page)
    }

    /// The pages, orders, filters and searches of one table.
    async fn table<F>(&mut self, table: &str, asks: &Asks<'_>, mut call: F) -> AppResult<()>
    where
        F: AsyncFnMut(Option<&str>, Option<&str>, PageQuery) -> AppResult<PageView>,
    {
        let first = PageQuery { limit: PAGE, ..PageQuery::default() };
        let bound = Some(BOUND);
        let line = |what: &str| format!("{table}: {what}");
        let page =
            self.measure(&line("first page"), bound, false, async || call(None, None, first.clone()).await).await?;
        let next = PageQuery { after: page.next, ..first.clone() };
        self.measure(&line("next page"), bound, false, async || call(None, None, next.clone()).await).await?;
        let middle = PageQuery { at: Some(page.total / 2), ..first.clone() };
        self.measure(&line("jump to the middle"), bound, false, async || call(None, None, middle.clone()).await)
            .await?;
        for sort in asks.sorts {
            let sorted = PageQuery { sort: Some((*sort).to_owned()), down: true, ..first.clone() };
            let what = line(&format!("by {sort}, largest first"));
            self.measure(&what, bound, false, async || call(None, None, sorted.clone()).await).await?;
            let middle = PageQuery { at: Some(page.total / 2), ..sorted };
            let what = line(&format!("by {sort}, jump to the middle"));
            self.measure(&what, bound, false, async || call(None, None, middle.clone()).await).await?;
        }
        if let Some(filter) = asks.filter {
            let what = line(&format!("only {filter}"));
            self.measure(&what, bound, false, async || call(Some(filter), None, first.clone()).await).await?;
        }
        for search in ["kaos polos hitam", "seri 4711", "k", "qx", "zzzz"] {
            let what = line(&format!("search {search:?}"));
            self.measure(&what, bound, true, async || call(None, Some(search), first.clone()).await).await?;
        }
        if let (Some(filter), Some(sort)) = (asks.filter, asks.sorts.first()) {
            let sorted = PageQuery { sort: Some((*sort).to_owned()), ..first.clone() };
            let what = line(&format!("search \"hitam\", only {filter}, by {sort}"));
            self.measure(&what, bound, true, async || call(Some(filter), Some("hitam"), sorted.clone()).await).await?;
        }
        Ok(())
    }
}

/// What a table can be asked for.
struct Asks<'a> {
    sorts: &'a [&'a str],
    filter: Option<&'a str>,
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

async fn measured(desk: &Desk, sheet: &mut Sheet) -> AppResult<()> {
    let asks = Asks { sorts: &["sku", "name", "price", "stock", "waiting"], filter: Some("name_conflict") };
    sheet
        .table("SKUs", &asks, async |state, search, page| {
            let (state, search) = (state.map(str::to_owned), search.map(str::to_owned));
            Ok(desk.skus(&SkuQuery { state, search, page, refresh: false }).await?.page)
        })
        .await?;
    let asks = Asks { sorts: &["target", "name", "before", "after"], filter: Some("blocked") };
    sheet
        .table("plan", &asks, async |action, search, page| {
            let (action, search) = (action.map(str::to_owned), search.map(str::to_owned));
            Ok(desk.operations("figures", &OperationQuery { action, search, page }).await?.page)
        })
        .await?;
    let asks = Asks { sorts: &["target", "state"], filter: Some("failed") };
    sheet
        .table("run", &asks, async |state, search, page| {
            let (state, search) = (state.map(str::to_owned), search.map(str::to_owned));
            Ok(desk.run_rows("run", &RunRowQuery { state, search, page }).await?.page)
        })
        .await?;
    sheet
        .table("inbox", &Asks { sorts: &["target", "amount"], filter: None }, async |_, search, page| {
            let search = search.map(str::to_owned);
            Ok(desk.inbox_rows(&InboxQuery { cause: "refused".into(), search, page }).await?.page)
        })
        .await?;
    let whole = |total: usize| PageView { total: u32::try_from(total).unwrap_or(u32::MAX), ..PageView::default() };
    sheet.measure("inbox: causes", Some(BOUND), false, async || Ok(whole(desk.inbox().await?.causes.len()))).await?;
    sheet
        .measure("plan: its head", Some(BOUND), false, async || {
            desk.plan_head("figures").await?;
            Ok(whole(1))
        })
        .await?;
    sheet
        .measure("frame", Some(BOUND), false, async || Ok(whole(desk.app_view(false).await?.company.steps.len())))
        .await?;
    let mut undo = false;
    sheet
        .measure("SKUs: one decision", None, false, async || {
            let decision = if undo { "undo" } else { "skip" }.to_owned();
            undo = !undo;
            desk.resolve_skus(&[SkuDecisionInput { sku: sku(2), decision, target: None }]).await?;
            Ok(whole(1))
        })
        .await?;
    let mut wanted = 0;
    sheet
        .measure("SKUs: candidates of one", Some(BOUND), true, async || {
            wanted += 100;
            Ok(whole(desk.sku_candidates(&sku(wanted), None).await?.len()))
        })
        .await?;
    sheet
        .measure("home", Some(BOUND), false, async || {
            Ok(whole(desk.home().await?.agreement.iter().map(|line| line.rows as usize).sum()))
        })
        .await?;
    Ok(())
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let runs = std::env::var("SELARAS_BENCH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    let folder = tempfile::tempdir()?;
    let start = Instant::now();
    let saved = fill(folder.path())?;
    println!(
        "{SKUS} SKUs, {} figures, a run of {SKUS} rows: filled in {:.1} s, of which saving the plan of figures {:.1} s",
        SKUS * WAREHOUSES,
        start.elapsed().as_secs_f64(),
        saved.as_secs_f64()
    );
    let services = Environment::read(|_| None, || None)?;
    let desk = Desk::open(DeskConfig { secrets: SecretsMode::Memory, ..services.desk(folder.path(), "demo") })?;
    let start = Instant::now();
    desk.skus(&SkuQuery { page: PageQuery { limit: PAGE, ..PageQuery::default() }, ..SkuQuery::default() }).await?;
    println!("SKUs classified and put into their table, once for each reading: {:.1} s", start.elapsed().as_secs_f64());

    let start = Instant::now();
    let differing = desk.home().await?.stock.map_or(0, |stock| stock.differing);
    println!(
        "figures compared for the home, once for each reading: {:.1} s, {differing} differ",
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    desk.sku_candidates(&sku(0), None).await?;
    println!("items marked for candidates, once for each reading: {:.1} s", start.elapsed().as_secs_f64());

    let mut sheet = Sheet { runs, lines: Vec::new() };
    measured(&desk, &mut sheet).await?;
    println!("\n{:<58}{:>9}{:>11}{:>11}{:>9}", "page of 100 rows, ms", "rows", "median", "worst", "bound");
    for line in &sheet.lines {
        let bound = line.bound.map_or_else(|| "–".to_owned(), |bound| format!("{:.0}", milliseconds(bound)));
        let over = if line.bound.is_some_and(|bound| line.median > bound) { "  over" } else { "" };
        let (median, worst) = (milliseconds(line.median), milliseconds(line.worst));
        println!("{:<58}{:>9}{median:>11.1}{worst:>11.1}{bound:>9}{over}", line.what, line.rows);
    }
    let slow = sheet.lines.iter().any(|line| line.search && line.bound.is_some_and(|bound| line.median > bound));
    Ok(if slow { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
