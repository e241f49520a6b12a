//! The client against the sandbox, which shares no code with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use secrecy::SecretString;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{Capabilities, PendingAction, PendingKind, QuantityLine, Variant};
use selaras_domain::order::OrderStatus;
use selaras_engine::ports::{PortError, RowOutcome, Shop};
use selaras_forstok::{Credentials, ForstokShop, ForstokUrls};
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::collections::BTreeMap;

async fn start(options: SandboxOptions) -> (Sandbox, ForstokShop) {
    let sandbox = Sandbox::start(options).await.unwrap();
    let connection = sandbox.connection();
    let urls = ForstokUrls { auth: connection.forstok_auth_url.clone(), api: connection.forstok_api_url.clone() };
    let credentials = Credentials {
        email: connection.forstok_email.clone(),
        secret_key: SecretString::from(connection.forstok_secret_key.clone()),
    };
    let shop = ForstokShop::new(&urls, credentials).unwrap();
    (sandbox, shop)
}

fn faults(schedule: &str) -> SandboxOptions {
    SandboxOptions { faults: schedule.parse().unwrap(), ..SandboxOptions::default() }
}

/// On hand by SKU and warehouse. SKUs that several variants share tell nothing.
fn on_hand(variants: &[Variant]) -> BTreeMap<(String, i64), Quantity> {
    let figures = variants.iter().flat_map(|variant| variant.stock.iter().map(|one| (variant.sku.clone(), one)));
    figures.map(|(sku, one)| ((sku, one.warehouse.0), one.on_hand)).collect()
}

fn seen_inside(sandbox: &Sandbox) -> BTreeMap<(String, i64), Quantity> {
    let inside = sandbox.state().forstok.on_hand;
    inside.into_iter().map(|(place, figure)| (place, Quantity::from(figure))).collect()
}

fn pending_counts(pending: &[selaras_domain::forstok::PendingListing]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::from([("not_matched", 0), ("matched", 0), ("empty", 0), ("duplicate", 0)]);
    for one in pending {
        let name = match one.kind {
            PendingKind::NotMatched => "not_matched",
            PendingKind::Matched => "matched",
            PendingKind::Empty => "empty",
            PendingKind::Duplicate => "duplicate",
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn everything_that_the_shop_holds_is_read() {
    let (sandbox, shop) = start(SandboxOptions { items: 700, stores: 6, ..SandboxOptions::default() }).await;
    let capabilities = Capabilities {
        variants: true,
        quantities: true,
        warehouses: true,
        stores: true,
        pending_listings: true,
        orders: true,
        invoices: true,
        payments: true,
    };
    assert_eq!(shop.capabilities().await, Ok(capabilities));
    let variants = shop.variants().await.unwrap();
    assert_eq!(variants.len(), sandbox.state().forstok.variants);
    assert_eq!(on_hand(&variants), seen_inside(&sandbox));
    assert_eq!(pending_counts(&shop.pending_listings().await.unwrap()), sandbox.state().forstok.pending);
    assert_eq!(shop.stores().await.unwrap().len(), 6);
    assert_eq!(shop.warehouses().await.unwrap().iter().filter(|warehouse| warehouse.default).count(), 1);
}

#[tokio::test]
async fn orders_invoices_and_payments_are_read_whole_and_by_their_time() {
    let (sandbox, shop) = start(SandboxOptions { orders: 120, ..SandboxOptions::default() }).await;
    let now = jiff::Timestamp::now();
    let ago = |days: i64| now - jiff::SignedDuration::from_hours(24 * days);
    let orders = shop.orders(ago(60)).await.unwrap();
    let statuses: BTreeMap<i64, String> =
        orders.iter().map(|order| (order.id.0, order.status.words().to_owned())).collect();
    assert_eq!(statuses, sandbox.state().forstok.orders);
    assert!(orders.is_sorted_by_key(|order| order.updated_at));
    for order in &orders.rows {
        let sum: Money = order.lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        assert_eq!(sum, order.subtotal, "{}", order.number);
    }
    let recent = shop.orders(ago(3)).await.unwrap();
    assert!(!recent.is_empty() && recent.len() < orders.len());
    assert!(recent.iter().all(|order| order.updated_at >= ago(3)));
    let invoices = shop.invoices(ago(60)).await.unwrap();
    assert_eq!(invoices.len(), sandbox.state().forstok.invoices);
    let payments = shop.payments(ago(60)).await.unwrap();
    assert_eq!(payments.len(), sandbox.state().forstok.payments);
    for payment in &payments.rows {
        assert_eq!(payment.invoices.iter().map(|invoice| invoice.total).sum::<Money>(), payment.received);
        let order = orders.iter().find(|order| order.id == payment.invoices[0].order).unwrap();
        assert_eq!(order.status, OrderStatus::Completed);
    }
    assert_eq!(shop.payments(now).await.map(|payments| payments.len()), Ok(0));
}

#[tokio::test]
async fn one_sku_is_read_by_itself() {
    let (_sandbox, shop) = start(SandboxOptions::default()).await;
    let all = shop.variants().await.unwrap();
    let one = all.iter().find(|variant| !variant.sku.is_empty()).unwrap();
    assert_eq!(shop.variants_of(&one.sku).await, Ok(vec![one.clone()].into()));
    assert_eq!(shop.variants_of("NO-SUCH-SKU").await, Ok(Vec::new().into()));
}

#[tokio::test]
async fn reads_survive_every_fault_that_passes() {
    let schedule = "forstok:v2/auth:1=error_500,forstok:variants.json:1=html_502,forstok:variants.json:2=html_page,\
                    forstok:variants.json:4=token_expiry,forstok:variants.json:6=truncated_json,\
                    forstok:stores.json:1=drop_before_commit,forstok:stores.json:2=status_not_ok,\
                    forstok:warehouses.json:1=html_401,forstok:warehouses.json:3=malformed_json";
    let (sandbox, shop) = start(SandboxOptions { items: 700, stores: 6, ..faults(schedule) }).await;
    assert_eq!(shop.variants().await.unwrap().len(), sandbox.state().forstok.variants);
    assert_eq!(shop.stores().await.unwrap().len(), 6);
    assert!(!shop.warehouses().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_without_the_guessed_endpoints_offers_nothing() {
    let (_sandbox, shop) =
        start(SandboxOptions { forstok_assumed_endpoints: false, ..SandboxOptions::default() }).await;
    assert_eq!(shop.capabilities().await, Ok(Capabilities::default()));
    let not_offered = |what: &str| PortError::NotOffered { side: "forstok", what: what.into() };
    assert_eq!(shop.variants().await, Err(not_offered("variants")));
    let since = jiff::Timestamp::UNIX_EPOCH;
    assert_eq!(shop.orders(since).await, Err(not_offered("orders")));
    assert_eq!(shop.invoices(since).await, Err(not_offered("invoices")));
    assert_eq!(shop.payments(since).await, Err(not_offered("payments")));
}

#[rstest::rstest]
#[case::line_by_line(false, 100)]
#[case::all_or_nothing(true, 100)]
#[case::short_calls(true, 6)]
#[tokio::test]
async fn what_is_said_to_be_posted_is_what_the_shop_holds(#[case] all_or_nothing: bool, #[case] max_batch: usize) {
    let schedule = "forstok:quantities.json:1=drop_after_commit,forstok:quantities.json:3=error_500,\
                    forstok:quantities.json:5=token_expiry";
    let options =
        SandboxOptions { forstok_all_or_nothing: all_or_nothing, forstok_max_batch: max_batch, ..faults(schedule) };
    let (sandbox, shop) = start(options).await;
    let warehouse = shop.warehouses().await.unwrap().into_iter().find(|one| one.default).unwrap().id;
    let variants = shop.variants().await.unwrap();
    let alone = |sku: &str| variants.iter().filter(|other| other.sku == sku).count() == 1;
    let skus = variants.iter().map(|variant| variant.sku.clone()).filter(|sku| !sku.is_empty() && alone(sku)).take(30);
    let line = |sku: String, number: i64| QuantityLine { sku, warehouse, quantity: Quantity::from(1000 + number) };
    let mut lines: Vec<_> = skus.zip(0..).map(|(sku, number)| line(sku, number)).collect();
    lines.insert(7, line("NO-SUCH-SKU".into(), 0));
    lines.insert(23, line("NOR-THIS-ONE".into(), 0));
    let outcomes = shop.set_quantities(&lines).await.unwrap();
    let inside = seen_inside(&sandbox);
    for (line, outcome) in lines.iter().zip(&outcomes) {
        let held = inside.get(&(line.sku.clone(), warehouse.0));
        match outcome {
            RowOutcome::Posted { .. } => assert_eq!(held, Some(&line.quantity), "{}", line.sku),
            RowOutcome::Rejected { reason } => assert_eq!((reason.code.as_str(), held), ("forstok_sku_unknown", None)),
            RowOutcome::Unknown { reason } => unreachable!("{}: {reason:?}", line.sku),
        }
    }
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, RowOutcome::Posted { .. })).count(), 30);
}

#[tokio::test]
async fn pending_listings_are_resolved() {
    let (sandbox, shop) = start(SandboxOptions::default()).await;
    let pending = shop.pending_listings().await.unwrap();
    let before = sandbox.state().forstok.pending;
    let matched = pending.iter().find(|one| one.kind == PendingKind::Matched).unwrap();
    let outcome = shop.resolve_listing(matched.listing, matched.listing_variant, PendingAction::Confirm).await;
    assert_eq!(outcome, Ok(RowOutcome::Posted { record: None }));
    assert!(sandbox.state().forstok.pending["matched"] < before["matched"]);
    let again = shop.resolve_listing(matched.listing, matched.listing_variant, PendingAction::Confirm).await;
    assert!(matches!(again, Ok(RowOutcome::Rejected { .. })), "{again:?}");
}
