//! A shop of everything odd, and a person who opens its inbox: each thing that is held says what it means, why, and what to do about it.
//! Both sides are read without a window before; the window shows what was held.

use crate::window::{Opening, Window, own_desk};
use anyhow::{Context, Result, ensure};
use selaras_app::demo;
use selaras_app::desk::Desk;
use selaras_app::view::{PlanOptions, SkuQuery};
use selaras_sandbox::{Sandbox, SandboxOptions};
use serde_json::json;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// What the shop is known to have held when the window opens: of orders, of parties, of goods, of lists that say less.
const HELD: [&str; 7] = [
    "order_changed",
    "order_unreadable",
    "sold_before_count",
    "customer_number_equal",
    "channel_warehouse_not_mapped",
    "goods_not_told",
    "opening_stock_open",
];

/// Both services, kept as they are while the window is open.
pub struct Odd {
    sandbox: Sandbox,
}

impl Odd {
    /// Everything is read and planned once; what is odd is held.
    pub async fn begin(data: &Path) -> Result<Self> {
        let options = SandboxOptions { items: 40, orders: 40, ..SandboxOptions::default() }.odd(true);
        let sandbox = Sandbox::start(options.hurried()).await?;
        let connection = sandbox.connection();
        let desk = own_desk(data, connection)?;
        let given = demo::credentials(connection);
        desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await?;
        let (token, secret) = (connection.api_token.clone(), connection.signature_secret.clone());
        desk.connect_accurate_api_token(token.into(), secret.into()).await?;
        let database = connection.databases.first().context("no database")?.id;
        desk.use_database(database).await?;
        desk.set_existing_user(false).await?;
        desk.save_mapping(&desk.mapping_suggest().await?.mapping, "saved").await?;
        let odd = Self { sandbox };
        odd.live(&desk).await?;
        Ok(odd)
    }

    async fn live(&self, desk: &Desk) -> Result<()> {
        sync(desk, "items", &PlanOptions::default()).await?;
        let skus = desk.skus(&SkuQuery::default()).await?.skus;
        // Two goods stay uncounted.
        let shown = self.sandbox.state().forstok.on_hand;
        let there = |sku: &str| shown.iter().any(|((known, _), units)| known == sku && *units >= 10);
        let costs: Vec<_> = skus.iter().map(|sku| sku.sku.clone()).filter(|sku| there(sku)).collect();
        let counted = PlanOptions {
            source: Some("forstok".into()),
            unit_costs: costs.iter().skip(2).map(|sku| (sku.clone(), "1000".to_owned())).collect(),
            ..PlanOptions::default()
        };
        sync(desk, "opening-stock", &counted).await?;
        sync(desk, "stock", &PlanOptions::default()).await?;
        let sku = costs.get(5).context("too few goods")?;
        let changed = self.order(sku, 2, 50_000);
        let since = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date() - jiff::Span::new().days(30);
        let back_fill = PlanOptions { since: Some(since.to_string()), ..PlanOptions::default() };
        sync(desk, "invoices", &back_fill).await?;

        let unit = json!({ "id": 1, "sku": sku, "name": "Barang contoh", "price": 100_000, "sale_price": 100_000,
            "total_price": 100_000, "voucher_amount": 0 });
        self.sandbox.edit_order(changed, json!({ "item_lines": [unit] }))?;
        let unread = self.order(sku, 1, 61_000);
        let untold = self.order(costs.get(6).context("too few goods")?, 3, 62_000);
        let gone = costs.get(7).context("too few goods")?;
        ensure!(
            self.sandbox.rewrite_in_forstok(gone, &format!("{gone}-GANTI"), "Nama yang lain sama sekali"),
            "{gone}"
        );
        let faults = format!(
            "forstok:orders=put(#{unread}/item_lines/0/price|\"Rp 50.000\"),forstok:orders=put(#{untold}/item_lines|7)"
        );
        self.sandbox.set_faults(faults.parse()?);
        sync(desk, "invoices", &back_fill).await?;
        sync(desk, "stock", &PlanOptions::default()).await?;
        sync(desk, "receipts", &back_fill).await
    }

    /// Places an order that is ready to ship.
    fn order(&self, sku: &str, units: i64, price: i64) -> i64 {
        let unit = json!({ "id": 1, "sku": sku, "name": "Barang contoh", "price": price, "sale_price": price,
            "total_price": price, "voucher_amount": 0 });
        let lines: Vec<_> = (0..units).map(|_| unit.clone()).collect();
        let total = units * price;
        self.sandbox.place_order(json!({ "item_lines": lines, "subtotal": total, "total_price": total }))
    }
}

async fn sync(desk: &Desk, kind: &str, options: &PlanOptions) -> Result<()> {
    let done = desk.sync(kind, options, CancellationToken::new(), &|_| {}).await;
    let done = done.with_context(|| format!("{kind} cannot be synced"))?;
    ensure!((done.run.failed, done.run.unknown) == (0, 0), "{kind}: {:?}", done.run);
    Ok(())
}

/// Opens the window on what was held.
pub async fn open(odd: &Odd, data: &Path) -> Result<Window> {
    Window::open(Opening::on("odd", data, odd.sandbox.connection())).await
}

/// Tells it.
pub async fn tell(window: &Window) -> Result<()> {
    window.click("nav-inbox").await?;
    window.see_any("inbox-cause").await?;
    let causes = window.codes("inbox-cause").await?;
    for held in HELD {
        ensure!(causes.iter().any(|code| code == held), "{held} is not held: {causes:?}");
    }
    for code in &causes {
        window.click_at(&format!("[data-testid=\"inbox-cause\"][data-code=\"{code}\"]")).await?;
        window.see_at(&format!("[data-testid=\"inbox-case\"][data-code=\"{code}\"]")).await?;
        let means = window.read("inbox-means").await?;
        ensure!(means.split_whitespace().count() > 5, "{code} does not say what it means: {means}");
        window.see("inbox-fix").await?;
        if HELD.contains(&code.as_str()) {
            window.picture(&format!("held-{code}")).await?;
        }
    }
    window.click("nav-home").await?;
    window.click("home-stock").await?;
    window.click("plan-make").await?;
    window.see_after_work("plan-counts").await?;
    window.see_any("plan-open").await?;
    window.picture("stock-plan").await
}
