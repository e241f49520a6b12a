//! The paths: each kind of plan and its undo, on a shop that has something to do for it.

use crate::trial::{Courses, Harm, Trial};
use crate::world::{Held, World};
use anyhow::{Context, Result, bail, ensure};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::time::Duration;

/// A kind of plan.
pub struct Path {
    /// Its name in the contract.
    pub kind: &'static str,
    /// What the calls that write end with, and those of its undo.
    calls: [&'static str; 2],
    /// Makes something to do for it; answers the words that run it.
    prepare: fn(&World) -> BoxFuture<'_, Result<Vec<String>>>,
}

/// Every kind. Listings wait for what a marketplace alone decides, and are not taken back.
pub const PATHS: &[Path] = &[
    Path { kind: "items", calls: [SAVE, DELETE], prepare: |world| Box::pin(items(world)) },
    Path { kind: "opening-stock", calls: [SAVE, DELETE], prepare: |world| Box::pin(opening_stock(world)) },
    Path { kind: "stock", calls: [QUANTITIES, QUANTITIES], prepare: |world| Box::pin(stock(world)) },
    Path { kind: "invoices", calls: [BULK, DELETE], prepare: |world| Box::pin(invoices(world)) },
    Path { kind: "receipts", calls: [BULK, DELETE], prepare: |world| Box::pin(receipts(world)) },
    Path { kind: "returns", calls: [BULK, DELETE], prepare: |world| Box::pin(returns(world)) },
    Path { kind: "voids", calls: [DELETE, BULK], prepare: |world| Box::pin(voids(world)) },
];

/// What a made-up shop does at once is beyond every brake.
const PASSED: &str = "rise,fall,changes";
const SAVE: &str = "accurate:save.do";
const BULK: &str = "accurate:bulk-save.do";
const DELETE: &str = "accurate:delete.do";
const QUANTITIES: &str = "forstok:quantities";

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|&word| word.to_owned()).collect()
}

fn since() -> String {
    (jiff::Zoned::now().date() - jiff::Span::new().days(40)).to_string()
}

async fn items(_world: &World) -> Result<Vec<String>> {
    Ok(words(&["sync", "items"]))
}

/// A count of some goods, as a file.
async fn count(world: &World) -> Result<String> {
    let skus = world.done(&["skus", "--state", "matched"]).await?;
    let skus: Vec<&str> =
        skus["skus"].as_array().context("no SKUs")?.iter().filter_map(|sku| sku["sku"].as_str()).collect();
    let plan = world.done(&["mapping", "show"]).await?;
    let mapped = &plan["warehouses"][0]["accurate_id"];
    ensure!(mapped.is_i64(), "no warehouse is mapped");
    let rows: String = skus.iter().take(9).map(|sku| format!("{sku},{mapped},7,12500\n")).collect();
    world.file("count.csv", &format!("SKU,Gudang,Jumlah,Harga Pokok\n{rows}"))
}

async fn opening_stock(world: &World) -> Result<Vec<String>> {
    world.done(&["sync", "items"]).await?;
    let file = count(world).await?;
    Ok(words(&["sync", "opening-stock", "--from", &file]))
}

async fn stock(world: &World) -> Result<Vec<String>> {
    let counted = opening_stock(world).await?;
    world.done(&counted.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    Ok(words(&["sync", "stock", "--pass", PASSED]))
}

async fn invoices(world: &World) -> Result<Vec<String>> {
    world.done(&["sync", "items"]).await?;
    Ok(words(&["sync", "invoices", "--since", &since()]))
}

async fn receipts(world: &World) -> Result<Vec<String>> {
    let invoiced = invoices(world).await?;
    world.done(&invoiced.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    Ok(words(&["sync", "receipts", "--since", &since()]))
}

/// Orders of two units each that are ready to ship and have their invoices; each with its SKU.
async fn sold(world: &World) -> Result<Vec<(i64, String)>> {
    world.done(&["sync", "items"]).await?;
    let skus = world.done(&["skus", "--state", "matched"]).await?;
    let skus: Vec<String> = skus["skus"]
        .as_array()
        .context("no SKUs")?
        .iter()
        .filter_map(|sku| sku["sku"].as_str().map(str::to_owned))
        .collect();
    let shown = world.sandbox.state().forstok.on_hand;
    let there = |sku: &&String| {
        shown.iter().any(|((known, warehouse), units)| known == *sku && *warehouse == 195 && *units >= 4)
    };
    let mut orders = Vec::new();
    for sku in skus.iter().filter(there).take(4) {
        let unit = json!({ "id": 1, "sku": sku, "name": "Barang contoh", "price": 50_000, "sale_price": 50_000,
            "total_price": 50_000, "voucher_amount": 0 });
        let lines = [unit.clone(), unit];
        let order =
            world.sandbox.place_order(json!({ "item_lines": lines, "subtotal": 100_000, "total_price": 100_000 }));
        orders.push((order, sku.clone()));
    }
    ensure!(!orders.is_empty(), "nothing is left to sell");
    world.done(&["sync", "invoices"]).await?;
    Ok(orders)
}

async fn returns(world: &World) -> Result<Vec<String>> {
    for (order, sku) in sold(world).await? {
        world.sandbox.return_units(order, &[(sku.as_str(), 1)])?;
    }
    let mapping = world.done(&["mapping", "show"]).await?;
    let warehouse = mapping["warehouses"][0]["accurate_id"].to_string();
    Ok(words(&["sync", "returns", "--warehouse", &warehouse]))
}

async fn voids(world: &World) -> Result<Vec<String>> {
    for (order, _) in sold(world).await? {
        world.sandbox.advance_order(order, "Cancelled")?;
    }
    Ok(words(&["sync", "voids"]))
}

/// A path in its world, with what was measured without a kill.
pub struct Measured {
    world: World,
    path: &'static Path,
    words: Vec<String>,
    courses: Courses,
    /// What is held before the run and after its undo, and after the run.
    before: Held,
    after: Held,
    /// Whether the run stands.
    done: bool,
}

/// How often what is not settled yet is looked at again.
const TRIES: usize = 24;

/// The pause before it is.
const PAUSE: Duration = Duration::from_millis(300);

/// How many of the newest runs are taken back: a kill leaves its own and the one that went on.
const RUNS_BACK: usize = 3;

impl Measured {
    /// Runs it once and takes it back, without a kill.
    pub async fn begin(path: &'static Path, program: &std::path::Path) -> Result<Self> {
        let world = World::begin(program).await?;
        let words = (path.prepare)(&world).await.context("its shop cannot be made")?;
        let before = world.held().await?;
        let (answer, run) = world.watched(&words.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        ensure!(answer["run"]["posted"].as_u64().unwrap_or_default() > 0, "nothing was posted: {answer}");
        let after = world.held().await?;
        ensure!(after != before, "nothing has changed");
        let mut measured = Self { world, path, words, courses: Courses::default(), before, after, done: true };
        let first = measured.standing().await?.into_iter().next().context("there is no run to take back")?;
        let plan = measured.undoing(&first).await?;
        let (_, undo) = measured.world.watched(&["apply", &plan, "--pass", PASSED]).await?;
        measured.courses = Courses { run, undo };
        measured.take_back().await?;
        Ok(measured)
    }

    /// What run and undo do without any harm.
    pub fn courses(&self) -> &Courses {
        &self.courses
    }

    /// Does the harm once, goes on without it, and judges.
    pub async fn survive(&mut self, trial: &Trial) -> Result<()> {
        if trial.undo && !self.done {
            self.go_on().await.context("before the trial")?;
        } else if !trial.undo && self.done {
            self.take_back().await.context("before the trial")?;
        }
        let words = if trial.undo {
            let run = self.standing().await?.into_iter().next().context("there is no run to take back")?;
            let plan = self.undoing(&run).await?;
            ["apply", &plan, "--pass", PASSED].map(str::to_owned).to_vec()
        } else {
            self.words.clone()
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let here = if self.done { &self.after } else { &self.before };
        match &trial.harm {
            Harm::Kill { death, commit } => {
                self.world.killed(&words, *death, *commit, self.path.calls[usize::from(trial.undo)]).await?;
            }
            Harm::Fault { call, which, fault } => {
                self.world.hindered(&words, &format!("{call}:{which}={fault}")).await?
            }
            Harm::Twice => self.world.twice(&words).await?,
            Harm::Full(blocks) => self.world.without_room(&words, *blocks).await?,
            Harm::Clock(ahead) => self.world.at_another_time(&words, *ahead, here).await?,
        }
        if trial.undo {
            self.take_back().await?;
        } else {
            self.go_on().await?;
        }
        // What a kill has left unproven is proven by itself before anything else is written, and what may still arrive is looked up once its
        // time is over.
        for _ in 0..TRIES {
            self.world.done(&["sync", if self.path.kind == "voids" { "items" } else { "voids" }]).await?;
            if self.world.settled().await? {
                return self.world.proven().await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("it is never known what became of all rows")
    }

    /// Runs it until nothing is open, and looks at what is held.
    async fn go_on(&mut self) -> Result<()> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let mut last = Value::Null;
        for _ in 0..TRIES {
            let said = self.world.run(&words).await?;
            let settled = matches!(said.code, Some(0 | 3)) && said.answer["run"]["unknown"] == 0;
            self.world.faults("")?;
            let held = self.world.held().await?;
            if settled && held == self.after {
                self.done = true;
                return Ok(());
            }
            last = said.answer;
            tokio::time::sleep(PAUSE).await;
        }
        match self.world.held().await?.otherwise(&self.after) {
            Some(other) => bail!("after the run: {other}; {last}"),
            None => bail!("the run never settles: {last}"),
        }
    }

    /// Takes back what stands until nothing does, and looks at what is held.
    async fn take_back(&mut self) -> Result<()> {
        let mut last = Value::Null;
        for _ in 0..TRIES {
            self.world.faults("")?;
            if self.world.held().await? == self.before && self.standing().await?.is_empty() {
                self.done = false;
                return Ok(());
            }
            // One whose undo was cut off stands no longer, and has rows that do.
            for run in self.posted().await?.iter().take(RUNS_BACK).map(run_id) {
                let plan = self.undoing(&run).await?;
                last = self.world.run(&["apply", &plan, "--pass", PASSED]).await?.answer;
            }
            tokio::time::sleep(PAUSE).await;
        }
        match self.world.held().await?.otherwise(&self.before) {
            Some(other) => bail!("after the undo: {other}; {last}"),
            None => bail!("the undo never settles: {last}"),
        }
    }

    /// The plan that takes a run back.
    async fn undoing(&self, run: &str) -> Result<String> {
        let plan = self.world.done(&["undo", run]).await?;
        plan["plan"].as_str().map(str::to_owned).context("an undo without a plan")
    }

    /// Runs of this kind that have posted something and of which nothing was taken back, the newest first.
    async fn standing(&self) -> Result<Vec<String>> {
        let posted = self.posted().await?;
        Ok(posted.iter().filter(|run| run["undone_by"].is_null()).map(run_id).collect())
    }

    /// Runs of this kind that have posted something, the newest first.
    async fn posted(&self) -> Result<Vec<Value>> {
        let runs = self.world.done(&["runs"]).await?;
        let runs = runs["runs"].as_array().context("no runs")?;
        let wrote =
            |run: &&Value| run["kind"] == self.path.kind && run["posted"].as_u64().is_some_and(|posted| posted > 0);
        Ok(runs.iter().filter(wrote).cloned().collect())
    }
}

fn run_id(run: &Value) -> String {
    run["run"].as_str().unwrap_or_default().to_owned()
}
