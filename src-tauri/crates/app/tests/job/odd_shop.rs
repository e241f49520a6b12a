//! A shop that has all at once what connectors are known to book wrongly: what is sound goes its way, and each odd thing is held by its own
//! reason or booked right.

use crate::shared::back_fill;
use selaras_app::view::PlanOptions;
use selaras_sandbox::SandboxOptions;

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_odd_orders_parties_payouts_and_spellings_is_booked_or_held_row_by_row() {
    let options = SandboxOptions { items: 40, orders: 40, ..SandboxOptions::default() }.odd(true);
    let shop = crate::shared::open_with(options).await;
    let stock = shop.sync("stock", &PlanOptions::default()).await;
    assert!(stock.run.posted + stock.plan.counts.same > 0, "{:?}", stock.plan);
    // `sync` demands that no row fails and that the proof has no difference.
    let invoices = shop.sync("invoices", &back_fill()).await;
    for held in ["customer_number_equal", "channel_warehouse_not_mapped"] {
        assert!(invoices.plan.blocked.contains_key(held), "{held}: {:?}", invoices.plan.blocked);
    }
    assert!(invoices.run.posted > 5, "{:?}", invoices.plan.blocked);
    let receipts = shop.sync("receipts", &back_fill()).await;
    assert!(receipts.run.posted > 0, "{:?}", receipts.plan.blocked);
    shop.assert_balanced();
    // Run twice, nothing is written twice.
    for kind in ["stock", "invoices", "receipts"] {
        let options = if kind == "stock" { PlanOptions::default() } else { back_fill() };
        shop.sync(kind, &options).await;
        let again = shop.sync(kind, &options).await;
        assert_eq!(again.run.posted, 0, "{kind}: {:?}", again.plan);
    }
}
