//! The whole job on the sandbox, from connecting to the proof, with the answers that a careful owner would give.

use crate::desk::{Browser, Desk, DeskConfig, GivenCredentials, OnProgress, Patience, SecretsMode, ServiceUrls};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{
    AccurateAppInput, CheckState, DemoStepView, DemoView, ImportInput, ImportList, PlanOptions, ProofView, SandboxView,
    SkuDecisionInput, SkuQuery, SyncView,
};
use base64::Engine;
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use selaras_domain::amount::Quantity;
use selaras_domain::forstok::{Variant, Warehouse};
use selaras_domain::ids::ForstokWarehouseId;
use selaras_domain::order::{Order, business_day, day_begins};
use selaras_engine::ports::SystemClock;
use selaras_sandbox::{Connection, Sandbox, SandboxOptions};
use selaras_store::FORSTOK_SCOPE;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The base URLs of a sandbox; nothing else tells a client that it is one.
#[must_use]
pub fn urls(connection: &Connection) -> ServiceUrls {
    ServiceUrls {
        accurate: connection.accurate_url.clone(),
        forstok_auth: connection.forstok_auth_url.clone(),
        forstok_api: connection.forstok_api_url.clone(),
    }
}

/// The made-up credentials of a sandbox, as the connect screen fills them in.
#[must_use]
pub fn credentials(connection: &Connection) -> SandboxView {
    SandboxView {
        forstok_email: connection.forstok_email.clone(),
        forstok_secret_key: connection.forstok_secret_key.clone(),
        client_id: connection.client_id.clone(),
        client_secret: connection.client_secret.clone(),
        redirect_uri: connection.redirect_uri.clone(),
        owner_email: connection.owner_email.clone(),
    }
}

/// A new folder for one demo: the books of a sandbox die with it, so a journal of an earlier one would be wrong about them.
#[must_use]
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("demo").join(uuid::Uuid::now_v7().to_string())
}

/// How a desk on a sandbox is opened.
#[must_use]
pub fn desk_config(data_dir: PathBuf, connection: &Connection) -> DeskConfig {
    DeskConfig {
        data_dir,
        company: "demo".into(),
        urls: urls(connection),
        secrets: SecretsMode::Memory,
        given: GivenCredentials::default(),
        clock: Arc::new(SystemClock),
        patience: Patience::of_second(connection.accurate_second),
    }
}

/// A port that is free now.
fn free_port() -> AppResult<u16> {
    let busy = |error| AppError::new(ErrorCode::Internal).with("detail", error);
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(busy)?;
    Ok(listener.local_addr().map_err(busy)?.port())
}

/// Presses *Beri Akses* and comes back, as a browser would.
struct OwnersBrowser {
    sandbox: Arc<Sandbox>,
}

impl Browser for OwnersBrowser {
    fn open(&self, url: &str) -> Result<(), String> {
        let (sandbox, url) = (self.sandbox.clone(), url.to_owned());
        tokio::spawn(async move {
            match sandbox.grant(&url).await {
                Ok(redirect) => {
                    if let Err(error) = reqwest::get(&redirect).await {
                        tracing::warn!(error.kind = ?error.without_url(), "the redirect was not taken");
                    }
                }
                Err(error) => tracing::warn!(%error, "the consent page did not answer"),
            }
        });
        Ok(())
    }
}

struct Demo<'a> {
    desk: Desk,
    sandbox: Arc<Sandbox>,
    redirect_uri: String,
    on_step: &'a (dyn Fn(&str) + Send + Sync),
    on_progress: OnProgress<'a>,
    steps: Vec<DemoStepView>,
    certificates: Vec<ProofView>,
}

/// Runs the whole job on a sandbox inside this process; its data go to a new folder below `data_dir`.
///
/// # Errors
/// The first step that ends without its answer.
pub async fn run(
    data_dir: &Path,
    items: usize,
    orders: usize,
    on_step: &(dyn Fn(&str) + Send + Sync),
    on_progress: OnProgress<'_>,
) -> AppResult<DemoView> {
    let redirect_uri = format!("http://localhost:{}/callback", free_port()?);
    let options =
        SandboxOptions { items, orders, redirect_uris: vec![redirect_uri.clone()], ..SandboxOptions::default() };
    let started = Sandbox::start(options).await;
    let sandbox = Arc::new(started.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?);
    let folder = folder(data_dir);
    let desk = Desk::open(desk_config(folder.clone(), sandbox.connection()))?;
    let mut demo =
        Demo { desk, sandbox, redirect_uri, on_step, on_progress, steps: Vec::new(), certificates: Vec::new() };
    let first = demo.set_up().await?;
    demo.sell().await?;
    demo.switch_database(first).await?;
    // Paths are told below the data folder that the caller knows.
    for proof in &mut demo.certificates {
        let below = folder.strip_prefix(data_dir).unwrap_or(&folder);
        proof.certificate = below.join(&proof.certificate).display().to_string();
    }
    Ok(DemoView { steps: demo.steps, certificates: demo.certificates })
}

/// The same set-up on a desk and a sandbox that the caller keeps, from connecting to proven stock: where an accountant's week begins.
/// `redirect_uri` is one of the sandbox's own. Answers the database.
///
/// # Errors
/// The first step that ends without its answer.
pub async fn set_up(desk: Desk, sandbox: Arc<Sandbox>, redirect_uri: String) -> AppResult<i64> {
    let (steps, certificates) = (Vec::new(), Vec::new());
    Demo { desk, sandbox, redirect_uri, on_step: &|_| {}, on_progress: &|_| {}, steps, certificates }.set_up().await
}

impl Demo<'_> {
    async fn set_up(&mut self) -> AppResult<i64> {
        self.connect().await?;
        let first = self.choose_database(0).await?;
        self.check().await?;
        self.map().await?;
        self.resolve().await?;
        self.sync("items", "items", &PlanOptions::default()).await?;
        self.count().await?;
        let (source, date) = (Some("file".into()), Some(self.counted_on()?.to_string()));
        let counted = PlanOptions { source, date, ..PlanOptions::default() };
        self.sync("opening_stock", "opening-stock", &counted).await?;
        self.sync("stock", "stock", &PlanOptions::default()).await?;
        self.sync("items_again", "items", &PlanOptions::default()).await?;
        Ok(first)
    }

    /// Orders become invoices, payouts receipts. The made-up shop has sold before it was connected, so its orders are back-filled.
    async fn sell(&mut self) -> AppResult<()> {
        let since = PlanOptions { since: Some(self.first_day().to_string()), ..PlanOptions::default() };
        self.sync("invoices", "invoices", &since).await?;
        self.sync("receipts", "receipts", &since).await
    }

    /// The first day whose orders are back-filled.
    fn first_day(&self) -> Date {
        business_day(self.desk.now() - jiff::SignedDuration::from_hours(30 * 24))
    }

    /// The shelves were counted the evening before.
    fn counted_on(&self) -> AppResult<Date> {
        self.first_day().yesterday().map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))
    }

    fn done(&mut self, id: &str, attention: bool, counts: &[(&str, u32)]) {
        let state = if attention { "attention" } else { "done" };
        let counts: BTreeMap<String, u32> = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        self.steps.push(DemoStepView { id: id.to_owned(), state: state.to_owned(), counts });
    }

    async fn sign_in(&self) -> AppResult<u32> {
        let given = credentials(self.sandbox.connection());
        let app = AccurateAppInput {
            client_id: given.client_id,
            client_secret: given.client_secret,
            redirect_uri: Some(self.redirect_uri.clone()),
        };
        let browser = OwnersBrowser { sandbox: self.sandbox.clone() };
        let accurate = self.desk.connect_accurate(app, &browser, CancellationToken::new(), &|_| {}).await?;
        Ok(count(accurate.scopes.len()))
    }

    async fn connect(&mut self) -> AppResult<()> {
        (self.on_step)("connect");
        let given = credentials(self.sandbox.connection());
        let forstok = self.desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await?;
        let scopes = self.sign_in().await?;
        self.desk.set_existing_user(false).await?;
        self.done("connect", false, &[("forstok", u32::from(forstok.connected)), ("scopes", scopes)]);
        Ok(())
    }

    /// Chooses the usable database at this place of the list.
    async fn choose_database(&mut self, place: usize) -> AppResult<i64> {
        (self.on_step)("database");
        let databases = self.desk.databases().await?.databases;
        let usable: Vec<_> = databases.iter().filter(|database| database.usable).collect();
        let chosen = usable.get(place).ok_or_else(|| AppError::new(ErrorCode::NoDatabase))?.id;
        self.desk.use_database(chosen.0).await?;
        self.done("database", false, &[("databases", count(databases.len())), ("usable", count(usable.len()))]);
        Ok(chosen.0)
    }

    async fn check(&mut self) -> AppResult<()> {
        (self.on_step)("check");
        let check = self.desk.check().await?;
        let of = |state| count(check.checks.iter().filter(|line| line.state == state).count());
        let (ok, look, blocked) = (of(CheckState::Ok), of(CheckState::Attention), of(CheckState::Blocked));
        self.done(
            "check",
            false,
            &[("ready", u32::from(check.ready)), ("ok", ok), ("attention", look), ("blocked", blocked)],
        );
        Ok(())
    }

    async fn map(&mut self) -> AppResult<()> {
        (self.on_step)("mapping");
        let suggested = self.desk.mapping_suggest().await?;
        let saved = self.desk.save_mapping(&suggested.mapping, "saved").await?;
        let filled = count(saved.slots.iter().filter(|slot| slot.chosen.is_some()).count());
        let open = count(suggested.open.len());
        let warehouses = count(saved.mapping.warehouses.len());
        self.done("mapping", false, &[("filled", filled), ("open", open), ("warehouses", warehouses)]);
        Ok(())
    }

    /// Follows the suggestion where there is one, and leaves out what only the marketplace can put right.
    async fn resolve(&mut self) -> AppResult<()> {
        (self.on_step)("skus");
        let skus = self.desk.skus(&SkuQuery { refresh: true, ..SkuQuery::default() }).await?;
        let mut decisions: BTreeMap<String, SkuDecisionInput> = BTreeMap::new();
        for row in
            skus.skus.iter().filter(|row| !matches!(row.state.as_str(), "ready" | "matched") && !row.sku.is_empty())
        {
            let (decision, target) = match (&row.suggestion, row.state.as_str()) {
                (_, "empty" | "duplicate") | (None, _) => ("skip".to_owned(), None),
                (Some(suggestion), _) => (suggestion.decision.clone(), suggestion.target.clone()),
            };
            decisions.insert(row.sku.clone(), SkuDecisionInput { sku: row.sku.clone(), decision, target });
        }
        let decisions: Vec<_> = decisions.into_values().collect();
        let resolved = self.desk.resolve_skus(&decisions).await?;
        let counts = [
            ("skus", skus.page.total),
            ("resolved", resolved.resolved),
            ("resolved_in_forstok", resolved.resolved_in_forstok),
        ];
        self.done("skus", false, &counts);
        Ok(())
    }

    /// Somebody has counted the shelves and written a table: mostly what Forstok said then, which is what it says now and what has left
    /// since; here and there one more or one less.
    async fn count(&mut self) -> AppResult<()> {
        (self.on_step)("count");
        let since = day_begins(self.first_day()).unwrap_or_default();
        let sold = self.desk.shop().await?.orders(since).await?;
        let content = self.desk.made_up_count(&sold)?;
        let file = ImportInput {
            list: ImportList::StockCount,
            file_name: "hitungan.xlsx".into(),
            content: base64::engine::general_purpose::STANDARD.encode(content),
            columns: BTreeMap::new(),
            channel: None,
        };
        let read = self.desk.import_file(&file).await?;
        self.done("count", !read.missing.is_empty(), &[("rows", read.rows)]);
        Ok(())
    }

    async fn sync(&mut self, step: &str, kind: &str, options: &PlanOptions) -> AppResult<()> {
        (self.on_step)(step);
        let SyncView { plan, run, proof } =
            self.desk.sync(kind, options, CancellationToken::new(), self.on_progress).await?;
        let attention = run.failed + run.unknown > 0 || !proof.differences.is_empty();
        let counts = [
            ("create", plan.counts.create),
            ("change", plan.counts.change),
            ("same", plan.counts.same),
            ("blocked", plan.counts.blocked),
            ("in", run.input),
            ("posted", run.posted),
            ("held", run.held),
            ("failed", run.failed),
            ("unknown", run.unknown),
            ("checked", proof.checked),
            ("differences", count(proof.differences.len())),
        ];
        self.done(step, attention, &counts);
        self.certificates.push(proof);
        Ok(())
    }

    /// Disconnects, connects to another database and back: nothing of the first is lost.
    async fn switch_database(&mut self, first: i64) -> AppResult<()> {
        (self.on_step)("switch_database");
        let before = self.desk.mapping(false).await?.mapping;
        self.desk.disconnect_accurate().await?;
        self.sign_in().await?;
        let databases = self.desk.databases().await?.databases;
        let other = databases.iter().find(|database| database.usable && database.id.0 != first);
        let other = other.ok_or_else(|| AppError::new(ErrorCode::NoDatabase))?.id;
        self.desk.use_database(other.0).await?;
        let suggested = count(self.desk.mapping_suggest().await?.reasons.len());
        self.desk.use_database(first).await?;
        let kept = self.desk.mapping(true).await?.mapping == before;
        self.done("switch_database", !kept, &[("suggested", suggested), ("mapping_kept", u32::from(kept))]);
        Ok(())
    }
}

/// Every so many rows of the made-up count differ from Forstok.
const MISCOUNT_EVERY: usize = 12;

impl Desk {
    /// A counted stock of the made-up shop, as .xlsx: SKU, warehouse, quantity, unit cost where the shop keeps one.
    fn made_up_count(&self, sold: &[Order]) -> AppResult<Vec<u8>> {
        let variants = self.kept::<Variant>(FORSTOK_SCOPE, "variants")?.map(|read| read.rows).unwrap_or_default();
        let warehouses = self.kept::<Warehouse>(FORSTOK_SCOPE, "warehouses")?.map(|read| read.rows).unwrap_or_default();
        let faulty = |error| AppError::new(ErrorCode::Internal).with("detail", error);
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_row(0, 0, ["SKU", "Gudang", "Jumlah", "Harga pokok"]).map_err(faulty)?;
        let mut left: BTreeMap<(ForstokWarehouseId, &str), Quantity> = BTreeMap::new();
        for order in sold.iter().filter(|order| order.status.has_left() && order.status.rank().is_some()) {
            let Some(warehouse) = order.warehouse else { continue };
            for sku in order.skus() {
                let known = left.entry((warehouse, sku)).or_default();
                *known = *known + order.units(sku);
            }
        }
        let mut times: BTreeMap<&str, u32> = BTreeMap::new();
        for variant in &variants {
            *times.entry(&variant.sku).or_default() += 1;
        }
        let lines = variants
            .iter()
            .filter(|variant| !variant.sku.is_empty() && times.get(variant.sku.as_str()) == Some(&1))
            .flat_map(|variant| variant.stock.iter().map(move |stock| (variant, stock)));
        for (row, (variant, stock)) in (1_u32..).zip(lines) {
            let name = warehouses.iter().find(|warehouse| warehouse.id == stock.warehouse);
            let name = name.map_or_else(|| stock.warehouse.to_string(), |warehouse| warehouse.name.clone());
            let since = left.get(&(stock.warehouse, variant.sku.as_str())).copied();
            let there = stock.on_hand + since.unwrap_or_default();
            let off = usize::try_from(row).is_ok_and(|row| row % MISCOUNT_EVERY == 0) && stock.on_hand.is_positive();
            let counted = if off { there + Quantity::from(if row % 24 == 0 { -1 } else { 1 }) } else { there };
            sheet.write(row, 0, &variant.sku).map_err(faulty)?;
            sheet.write(row, 1, name).map_err(faulty)?;
            sheet.write(row, 2, counted.0.to_f64().unwrap_or_default()).map_err(faulty)?;
            if let Some(cost) = variant.cost_price.and_then(|cost| cost.0.to_f64()) {
                sheet.write(row, 3, cost).map_err(faulty)?;
            }
        }
        workbook.save_to_buffer().map_err(faulty)
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
