//! A made-up shop with a desk of its own, for tests of what is sold.

#![allow(dead_code, reason = "each test uses a part of it")]

use rust_decimal::Decimal;
use selaras_app::desk::{Desk, DeskConfig};
use selaras_app::view::{OperationQuery, OperationView, PlanOptions, SkuQuery, SyncView};
use selaras_app::{backups, demo};
use selaras_engine::ports::Clock;
use selaras_sandbox::{Connection, DatabaseState, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;

/// The system's clock, which a test may set otherwise.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Sets it on, or back, by so many seconds.
    pub fn set_on(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

pub struct Shop {
    pub desk: Desk,
    pub clock: Arc<TestClock>,
    pub sandbox: Sandbox,
    pub database: i64,
    /// The second in which a sync has ended that may have counted or agreed, since the epoch.
    last_second: AtomicI64,
    folder: tempfile::TempDir,
}

/// A connected desk with its warehouses and accounts mapped as suggested, its items made and its stock counted.
pub async fn open() -> Shop {
    open_with(SandboxOptions { items: 40, orders: 48, ..SandboxOptions::default() }).await
}

/// The same of another shop.
pub async fn open_with(options: SandboxOptions) -> Shop {
    let shop = connected(options).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let everything = shop.desk.skus(&SkuQuery::default()).await.unwrap();
    let costs = everything.skus.iter().map(|sku| (sku.sku.clone(), "1000".to_owned())).collect();
    // Of the evening before all that it has sold: what was sold since leaves the books with its invoice.
    let counted = PlanOptions {
        source: Some("forstok".into()),
        unit_costs: costs,
        date: Some(days_ago(31)),
        ..PlanOptions::default()
    };
    shop.sync("opening-stock", &counted).await;
    shop
}

/// A desk that is signed in on both sides and has chosen its database.
pub async fn connected(options: SandboxOptions) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(options.hurried()).await.unwrap();
    let connection = sandbox.connection();
    let clock = Arc::<TestClock>::default();
    let desk = opened(folder.path(), connection, &clock);
    sign_in(&desk, connection).await;
    let database = connection.databases[0].id;
    desk.use_database(database).await.unwrap();
    desk.set_existing_user(false).await.unwrap();
    Shop { desk, clock, sandbox, database, last_second: AtomicI64::default(), folder }
}

async fn sign_in(desk: &Desk, connection: &Connection) {
    let given = demo::credentials(connection);
    desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await.unwrap();
    let (token, secret) = (connection.api_token.clone(), connection.signature_secret.clone());
    desk.connect_accurate_api_token(token.into(), secret.into()).await.unwrap();
}

fn opened(folder: &Path, connection: &Connection, clock: &Arc<TestClock>) -> Desk {
    let config = demo::desk_config(folder.to_owned(), connection);
    Desk::open(DeskConfig { clock: clock.clone(), ..config }).unwrap()
}

/// The mapping as it is suggested.
pub async fn mapped(shop: &Shop) {
    let suggested = shop.desk.mapping_suggest().await.unwrap();
    shop.desk.save_mapping(&suggested.mapping, "saved").await.unwrap();
}

/// A day on which the made-up shop had not sold yet.
pub fn thirty_days_ago() -> String {
    days_ago(30)
}

fn days_ago(days: i32) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    (today - jiff::Span::new().days(days)).to_string()
}

/// Orders of the last weeks, too: the made-up shop has sold before it was connected.
pub fn back_fill() -> PlanOptions {
    PlanOptions { since: Some(thirty_days_ago()), ..PlanOptions::default() }
}

impl Shop {
    /// A copy of the data.
    pub fn copy(&self) -> PathBuf {
        backups::make(self.folder.path(), None).unwrap().path.into()
    }

    /// The same after a copy was put back, and the program was started again.
    pub async fn restored(self, copy: &Path) -> Self {
        let Self { desk, clock, sandbox, database, last_second, folder } = self;
        drop(desk);
        backups::restore(folder.path(), copy).unwrap();
        let desk = opened(folder.path(), sandbox.connection(), &clock);
        sign_in(&desk, sandbox.connection()).await;
        Self { desk, clock, sandbox, database, last_second, folder }
    }

    pub async fn sync(&self, kind: &str, options: &PlanOptions) -> SyncView {
        let done = self.desk.sync(kind, options, CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!((done.run.failed, done.run.unknown), (0, 0), "{kind}");
        assert_eq!(done.proof.differences, [], "{kind}");
        if kind != "items" {
            self.last_second.store(jiff::Timestamp::now().as_second(), Ordering::Relaxed);
        }
        done
    }

    pub async fn operations(&self, plan: &str) -> Vec<OperationView> {
        self.desk.operations(plan, &OperationQuery::default()).await.unwrap().operations
    }

    pub fn books(&self) -> DatabaseState {
        self.sandbox.state().databases.remove(&self.database).unwrap()
    }

    pub fn assert_balanced(&self) {
        let sum: Decimal = self.books().ledger.values().sum();
        assert_eq!(sum, Decimal::ZERO, "debits are not credits");
    }
}

/// A SKU of which both sides hold enough.
pub fn stocked(shop: &Shop) -> String {
    let (books, shelf) = (shop.books(), shop.sandbox.state().forstok.on_hand);
    let enough = |sku: &str| {
        let there: Decimal = books.stock.iter().filter(|((no, _), _)| no == sku).map(|(_, quantity)| *quantity).sum();
        there >= Decimal::from(10)
    };
    let found =
        shelf.iter().find(|((sku, _), on_hand)| **on_hand >= 10 && books.items.contains_key(sku) && enough(sku));
    found.unwrap().0.0.clone()
}

/// Today as Accurate writes it.
pub fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).strftime("%d/%m/%Y").to_string()
}

/// Places an order that is ready to ship: its units, each at a price, and what else is told of it. Forstok tells whole seconds, so that it
/// comes in another second than what was counted before it.
pub fn place(shop: &Shop, sku: &str, units: i64, price: i64, more: &Value) -> i64 {
    while jiff::Timestamp::now().as_second() <= shop.last_second.load(Ordering::Relaxed) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let unit = |at: i64| {
        json!({
            "id": at, "sku": sku, "name": "Barang contoh", "price": price, "sale_price": price, "total_price": price,
            "voucher_amount": 0,
        })
    };
    let lines: Vec<_> = (1..=units).map(unit).collect();
    let mut order = json!({ "item_lines": lines, "subtotal": units * price, "total_price": units * price });
    if let (Some(order), Some(more)) = (order.as_object_mut(), more.as_object()) {
        order.extend(more.clone());
    }
    shop.sandbox.place_order(order)
}

/// Takes units of an item out of the books by hand, as for goods that were broken.
pub fn sold_by_hand(shop: &Shop, sku: &str, units: i64) {
    let stock = shop.books().stock;
    let fullest = stock.iter().filter(|((no, _), _)| no == sku).max_by_key(|(_, quantity)| **quantity).unwrap();
    let (no, warehouse) = fullest.0;
    adjusted_by_hand(shop, (no, warehouse), units, "ADJUSTMENT_OUT");
}

/// Adjusts what the books say of an item in a warehouse.
pub fn adjusted_by_hand(shop: &Shop, (sku, warehouse): (&str, &str), units: i64, direction: &str) {
    let books = shop.books();
    let fields = json!({
        "number": format!("IA-TANGAN-{}", books.stock.len() + books.adjustments.len()),
        "transDate": today(),
        "adjustmentAccountNo": "510201",
        "detailItem": [{
            "itemNo": sku, "quantity": units, "unitCost": 1000, "itemAdjustmentType": direction,
            "warehouseName": warehouse,
        }],
    });
    shop.sandbox.type_into_accurate(shop.database, "item-adjustment", fields).unwrap();
}
