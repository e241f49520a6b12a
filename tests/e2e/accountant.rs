//! A week of an accountant: the set-up is done, and both sides have moved on since. Stock is sent again, with a brake, a pause and an
//! undo; a renamed warehouse is noticed; a number is explained; what needs a person is decided; what was sold is invoiced and received.

use crate::owner::{book_payouts, look_and_send};
use crate::window::{Opening, Window, own_desk};
use anyhow::{Context, Result, ensure};
use selaras_app::demo;
use selaras_sandbox::{FaultSchedule, Fees, Sandbox, SandboxOptions};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Places whose stock changes in the week: more than one update of Forstok takes, so that a pause finds some unsent.
const CHANGED: usize = 110;

/// A port beside the window's own, registered in the sandbox.
const REDIRECT: &str = "http://localhost:47114/callback";

/// Both services as the week goes on, and what the set-up left.
pub struct Week {
    sandbox: Arc<Sandbox>,
    database: i64,
    /// A mapped warehouse of Accurate, by id and name.
    warehouse: (i64, String),
}

impl Week {
    /// Everything is set up and proven; the program is closed.
    pub async fn begin(data: &Path) -> Result<Self> {
        let sandbox =
            Arc::new(Sandbox::start(SandboxOptions { items: 120, ..SandboxOptions::default() }.hurried()).await?);
        let desk = own_desk(data, sandbox.connection())?;
        let database = demo::set_up(desk.clone(), sandbox.clone(), REDIRECT.into()).await?;
        let mapping = desk.mapping(false).await?;
        let id = mapping.mapping.warehouses.first().context("no warehouse is mapped")?.accurate_id;
        let name = mapping.warehouses.into_iter().find(|warehouse| warehouse.id == id).context("it is gone")?.name;
        Ok(Self { sandbox, database, warehouse: (id.0, name) })
    }

    /// Somebody counts so many places in Accurate and finds more on the shelves.
    fn recount(&self, rows: usize) -> Result<()> {
        let state = self.sandbox.state();
        let books = state.databases.get(&self.database).context("the database is gone")?;
        let lines: Vec<_> = books
            .stock
            .iter()
            .filter(|(_, figure)| figure.is_sign_positive() && !figure.is_zero())
            .take(rows)
            .map(|((item, place), _)| {
                json!({
                    "itemNo": item, "warehouseName": place, "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": 3,
                    "unitCost": 1000,
                })
            })
            .collect();
        ensure!(lines.len() == rows, "the books have only {} figures", lines.len());
        let today = jiff::Zoned::now().in_tz("Asia/Jakarta")?.strftime("%d/%m/%Y").to_string();
        let fields = json!({ "transDate": today, "branchId": 50, "detailItem": lines });
        Ok(self.sandbox.type_into_accurate(self.database, "item-adjustment", fields)?)
    }

    /// Three orders of two units each are ready to ship.
    fn sell(&self) -> Result<Vec<i64>> {
        let state = self.sandbox.state();
        let books = state.databases.get(&self.database).context("the database is gone")?;
        let enough = |sku: &String| books.stock.iter().any(|((item, _), figure)| item == sku && *figure >= 10.into());
        let mut skus: Vec<&String> = state
            .forstok
            .on_hand
            .iter()
            .filter(|((sku, _), on_hand)| **on_hand >= 4 && enough(sku))
            .map(|((sku, _), _)| sku)
            .collect();
        skus.dedup();
        ensure!(skus.len() >= 3, "only {} SKUs are left to sell", skus.len());
        let placed = skus.into_iter().take(3).map(|sku| {
            let unit = json!({ "id": 1, "sku": sku, "name": "Barang contoh", "price": 50_000, "sale_price": 50_000, "total_price": 50_000 });
            let lines = [unit.clone(), unit];
            self.sandbox.place_order(json!({ "item_lines": lines, "subtotal": 100_000, "total_price": 100_000 }))
        });
        Ok(placed.collect())
    }

    /// Somebody gives the mapped warehouse another name.
    fn rename_warehouse(&self) -> Result<()> {
        let fields = json!({ "id": self.warehouse.0, "name": format!("{} Baru", self.warehouse.1) });
        Ok(self.sandbox.type_into_accurate(self.database, "warehouse", fields)?)
    }

    /// Forstok takes its time over each update of stock.
    fn slow_forstok(&self) -> Result<()> {
        self.sandbox.set_faults("forstok:quantities=slow(6000)".parse()?);
        Ok(())
    }
}

/// Opens the window on what the set-up left.
pub async fn open(week: &Week, data: &Path) -> Result<Window> {
    Window::open(Opening::on("accountant", data, week.sandbox.connection())).await
}

/// Tells it.
pub async fn tell(window: &Window, week: &Week) -> Result<()> {
    send_stock_with_brake_and_pause(window, week).await?;
    take_it_back(window).await?;
    look_into_the_past(window).await?;
    explain_a_number(window).await?;
    notice_a_renamed_warehouse(window, week).await?;
    decide_what_needs_a_person(window).await?;
    invoice_and_receive(window, week).await?;
    read_in_large_letters(window).await
}

async fn send_stock_with_brake_and_pause(window: &Window, week: &Week) -> Result<()> {
    window.see("home-stock").await?;
    window.picture("01-home").await?;
    week.recount(CHANGED)?;
    window.click("home-stock").await?;
    window.click("plan-make").await?;
    window.see_after_work("plan-counts").await?;
    window.says("plan-count-change", &CHANGED.to_string()).await?;
    window.picture("02-stock-plan").await?;

    window.type_into("plan-brake", "50").await?;
    window.press("\u{E007}").await?;
    window.see("plan-asks").await?;
    window.picture("03-brake").await?;
    window.click("plan-confirm").await?;

    week.slow_forstok()?;
    window.click("plan-apply").await?;
    window.see("run-live").await?;
    window.picture("04-running").await?;
    window.click("run-pause").await?;
    window.see_after_work("run-resume").await?;
    window.see("receipt-left").await?;
    let (sent, left) = (window.number("receipt-posted").await?, window.number("receipt-left").await?);
    ensure!(sent + left == CHANGED as u64, "{sent} were sent and {left} wait: what only waits needs no person");
    window.picture("05-paused").await?;
    week.sandbox.set_faults(FaultSchedule::default());
    window.click("run-resume").await?;
    window.see_after_work("receipt-hash").await?;
    window.picture("06-receipt").await?;
    ensure!(window.number("receipt-posted").await? == CHANGED as u64);
    ensure!(!window.has("receipt-differences").await, "something reads otherwise than it was sent");
    Ok(())
}

async fn take_it_back(window: &Window) -> Result<()> {
    window.see("receipt-undo-scope").await?;
    window.click("receipt-undo").await?;
    window.see_after_work("plan-counts").await?;
    // All of what was sent, and nothing else.
    window.says("plan-count-change", &CHANGED.to_string()).await?;
    window.picture("07-undo-plan").await?;
    if window.has("plan-confirm").await {
        window.click("plan-confirm").await?;
    }
    window.click("plan-apply").await?;
    window.see_after_work("receipt-undoes").await?;
    window.see_after_work("receipt-hash").await?;
    ensure!(window.number("receipt-posted").await? == CHANGED as u64);
    window.picture("08-undone").await
}

async fn look_into_the_past(window: &Window) -> Result<()> {
    window.click("nav-runs").await?;
    window.see_any("runs-open").await?;
    window.picture("09-runs").await?;
    window.click("nav-home").await?;
    window.see("home-stock").await?;
    window.picture("10-home-again").await
}

async fn explain_a_number(window: &Window) -> Result<()> {
    window.click("band-search").await?;
    window.see("palette-input").await?;
    window.type_into("palette-input", "BTK004").await?;
    window.see_any("palette-sku-").await?;
    window.picture("11-search").await?;
    let found = window.ids_beginning_with("palette-sku-").await?.first().cloned().context("no SKU was found")?;
    window.click(&found).await?;
    window.see_after_work("explain-sku").await?;
    window.see_any("explain-place").await?;
    window.picture("12-explain").await
}

async fn notice_a_renamed_warehouse(window: &Window, week: &Week) -> Result<()> {
    week.rename_warehouse()?;
    window.click("nav-warehouses").await?;
    window.see_any("map-row").await?;
    window.click("mapping-refresh").await?;
    window.see_after_work("map-drift").await?;
    window.picture("13-renamed-warehouse").await
}

async fn decide_what_needs_a_person(window: &Window) -> Result<()> {
    window.click("nav-inbox").await?;
    window.see_any("inbox-cause").await?;
    window.see("inbox-means").await?;
    window.picture("14-inbox").await?;
    window.click("nav-skus").await?;
    window.click("sku-queue-all").await?;
    window.see_any("sku-table-row").await?;
    window.picture("15-all-skus").await
}

async fn invoice_and_receive(window: &Window, week: &Week) -> Result<()> {
    let orders = week.sell()?;
    window.click("nav-home").await?;
    window.click("home-invoices").await?;
    window.see("rules").await?;
    window.picture("18-orders").await?;
    window.click("plan-make-invoices").await?;
    look_and_send(window, "19-invoices").await?;

    let fees = Fees { service_fee: 3_000, voucher_seller: 1_000, ..Fees::default() };
    week.sandbox.pay_out(&orders.iter().map(|order| (*order, fees)).collect::<Vec<_>>())?;
    book_payouts(window, "20-receipts").await?;
    let state = week.sandbox.state();
    let books = state.databases.get(&week.database).context("the database is gone")?;
    for order in orders {
        let owing = books.owing.get(&format!("L{order}")).context("an order has no invoice")?;
        ensure!(owing.is_zero(), "{order} still owes {owing}");
    }
    Ok(())
}

async fn read_in_large_letters(window: &Window) -> Result<()> {
    window.click("nav-settings").await?;
    window.click("settings-text-200").await?;
    window.picture("21-settings-large").await?;
    window.click("nav-home").await?;
    window.see("home-stock").await?;
    window.picture("22-home-large").await?;
    window.click("nav-settings").await?;
    window.click("settings-text-100").await
}
