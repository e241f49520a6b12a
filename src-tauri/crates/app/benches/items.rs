//! `cargo xtask bench items`: how long `sync items` takes for 10,000 new SKUs when each call takes 200 ms, beside the bound that the
//! service's own limit sets: ⌈N/100⌉ calls at 8 a second and 8 in flight. Figures, no verdict.

mod shared;

use selaras_app::view::PlanOptions;
use selaras_sandbox::SandboxOptions;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Some SKUs are in trouble on purpose: so many in all make 10,000 new ones, a few less.
    let items = shared::asked("SELARAS_BENCH_ITEMS", 10_630);
    let options = SandboxOptions { items, orders: 0, latency: shared::latency(), ..SandboxOptions::default() };
    let (desk, sandbox, _folder) = shared::connected(options).await?;
    shared::timed(&desk, &sandbox, "items", &PlanOptions::default()).await?;
    Ok(())
}
