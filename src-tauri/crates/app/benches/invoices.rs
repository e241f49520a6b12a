//! `cargo xtask bench invoices`: how long `sync invoices` takes for 10,000 orders when each call takes 200 ms, beside the bound that the
//! service's own limit sets, and then `sync receipts` for the payouts of all of them, fifty orders in each. Figures, no verdict.

mod shared;

use selaras_app::view::{PlanOptions, SkuQuery};
use selaras_sandbox::{Fees, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use std::error::Error;

/// Goods that are sold.
const ITEMS: usize = 300;

/// Orders that one transfer pays.
const ORDERS_A_PAYOUT: usize = 50;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = SandboxOptions { items: ITEMS, orders: 0, latency: shared::latency(), ..SandboxOptions::default() };
    let (desk, sandbox, _folder) = shared::connected(options).await?;
    let suggested = desk.mapping_suggest().await?;
    desk.save_mapping(&suggested.mapping, "saved").await?;
    shared::timed(&desk, &sandbox, "items", &PlanOptions::default()).await?;
    println!();
    let in_books = SkuQuery { state: Some("matched".to_owned()), refresh: true, ..SkuQuery::default() };
    let skus: Vec<String> = desk.skus(&in_books).await?.skus.into_iter().map(|sku| sku.sku).collect();
    let orders = sell(&sandbox, &skus, shared::asked("SELARAS_BENCH_ORDERS", 10_000));
    shared::timed(&desk, &sandbox, "invoices", &PlanOptions::default()).await?;
    println!();
    for paid in orders.chunks(ORDERS_A_PAYOUT) {
        let fees = Fees { service_fee: 3_000, ..Fees::default() };
        sandbox.pay_out(&paid.iter().map(|order| (*order, fees)).collect::<Vec<_>>())?;
    }
    shared::timed(&desk, &sandbox, "receipts", &PlanOptions::default()).await?;
    Ok(())
}

/// Places so many orders that are ready to ship, of one to three goods each; answers their ids.
fn sell(sandbox: &Sandbox, skus: &[String], orders: usize) -> Vec<i64> {
    let unit = |line: usize, sku: &String, price: usize| json!({ "id": line, "sku": sku, "name": sku, "price": price, "sale_price": price, "total_price": price });
    (0..orders)
        .map(|number| {
            let goods = skus.iter().cycle().skip(number).take(number % 3 + 1);
            let prices = (1..).map(|line| 10_000 * line);
            let (lines, prices): (Vec<Value>, Vec<usize>) =
                (1..).zip(goods.zip(prices)).map(|(line, (sku, price))| (unit(line, sku, price), price)).unzip();
            let total: usize = prices.into_iter().sum();
            sandbox.place_order(json!({ "item_lines": lines, "subtotal": total, "total_price": total }))
        })
        .collect()
}
