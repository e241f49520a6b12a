//! `cargo xtask bench items`: how long `sync items` takes for 10,000 new SKUs when each call takes 200 ms, beside the bound that the
//! service's own limit sets: ⌈N/100⌉ calls at 8 a second and 8 in flight. Figures, no verdict.

use selaras_app::demo::{credentials, desk_config};
use selaras_app::desk::{Browser, Desk};
use selaras_app::view::{AccurateAppInput, PlanOptions, ProgressView};
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What a call takes when `SELARAS_BENCH_LATENCY_MS` says nothing else.
const LATENCY_MS: u64 = 200;
const ROWS_A_CALL: f64 = 100.0;
const CALLS_A_SECOND: f64 = 8.0;
const IN_FLIGHT: f64 = 8.0;

struct Grant(Arc<Sandbox>);

impl Browser for Grant {
    fn open(&self, url: &str) -> Result<(), String> {
        let (sandbox, url) = (self.0.clone(), url.to_owned());
        tokio::spawn(async move {
            if let Ok(redirect) = sandbox.grant(&url).await {
                let _ = reqwest::get(&redirect).await;
            }
        });
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Some SKUs are in trouble on purpose: so many in all make 10,000 new ones, a few less.
    let items = std::env::var("SELARAS_BENCH_ITEMS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_630);
    let latency =
        std::env::var("SELARAS_BENCH_LATENCY_MS").ok().and_then(|text| text.parse().ok()).unwrap_or(LATENCY_MS);
    let latency = Duration::from_millis(latency);
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let redirect = format!("http://localhost:{port}/callback");
    let options = SandboxOptions {
        items,
        orders: 0,
        latency,
        redirect_uris: vec![redirect.clone()],
        ..SandboxOptions::default()
    };
    let sandbox = Arc::new(Sandbox::start(options).await?);
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(desk_config(folder.path().to_path_buf(), sandbox.connection()))?;
    let given = credentials(sandbox.connection());
    desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await?;
    let app = AccurateAppInput {
        client_id: given.client_id,
        client_secret: given.client_secret,
        redirect_uri: Some(redirect),
    };
    desk.connect_accurate(app, &Grant(sandbox.clone()), CancellationToken::new(), &|_| {}).await?;
    let databases = desk.databases().await?.databases;
    let first = databases.iter().find(|database| database.usable).ok_or("no usable database")?;
    desk.use_database(first.id.0).await?;

    let phases: Mutex<Vec<(String, Duration)>> = Mutex::new(Vec::new());
    let start = Instant::now();
    let on_progress = |progress: ProgressView| {
        if let Ok(mut phases) = phases.lock()
            && phases.last().is_none_or(|(phase, _)| *phase != progress.phase)
        {
            phases.push((progress.phase, start.elapsed()));
        }
    };
    let sync = desk.sync("items", &PlanOptions::default(), CancellationToken::new(), &on_progress).await?;
    let whole = start.elapsed().as_secs_f64();

    let new = f64::from(sync.plan.counts.create);
    let calls = (new / ROWS_A_CALL).ceil();
    let bound = (calls / CALLS_A_SECOND).max(calls / IN_FLIGHT * latency.as_secs_f64());
    println!("items: {new} new SKUs, {calls} bulk-save calls, {} ms a call", latency.as_millis());
    println!(
        "posted {}, held {}, failed {}, differences {}",
        sync.run.posted,
        sync.run.held,
        sync.run.failed,
        sync.proof.differences.len()
    );
    println!("bound ({CALLS_A_SECOND} a second, {IN_FLIGHT} in flight): {bound:.2} s");
    for (phase, at) in phases.into_inner()? {
        println!("  {:>6.2} s  {phase} begins", at.as_secs_f64());
    }
    println!("lists are asked for in pages of up to 10,000 rows; what the real service caps them at is not known");
    println!("whole sync (read, plan, send, prove): {whole:.2} s = {:.3} × bound", whole / bound);
    Ok(())
}
