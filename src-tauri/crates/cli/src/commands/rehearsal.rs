//! `demo` and `sandbox`: the job without real accounts.

use super::{Call, plans};
use crate::arguments::{SandboxArguments, Size};
use crate::exit::Exit;
use crate::signals::stop_signal;
use selaras_app::demo;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_sandbox::{FaultSchedule, Sandbox, SandboxOptions};
use std::time::Duration;

/// The whole job on a sandbox inside this process.
///
/// # Errors
/// What the first step answers that cannot be done.
pub async fn demo(call: &Call<'_>, size: Size) -> AppResult<Exit> {
    let messages = call.messages;
    let progress = call.progress();
    let on_step = |step: &str| {
        progress.end();
        call.output.note(&messages.say("demo_step", &[("step", messages.code("step", step))]));
    };
    let view = demo::run(&call.data_dir, size.items, size.orders, &on_step, &|report| progress.report(report)).await;
    progress.end();
    let view = view?;
    call.output.answer(&view, || {
        let rows = view.steps.iter().map(|step| {
            let counts: Vec<String> =
                step.counts.iter().map(|(name, count)| format!("{name} {}", messages.count(*count))).collect();
            vec![
                messages.code("step", &step.id).to_owned(),
                messages.code("state", &step.state).to_owned(),
                counts.join(" · "),
            ]
        });
        let mut text = call.output.table(&["h.step", "h.state", "h.counts"], rows);
        for certificate in &view.certificates {
            text = format!("{text}\n{}", plans::proved(call, certificate));
        }
        text
    })?;
    if view.steps.iter().any(|step| step.state == "failed") {
        return Ok(Exit::Failed);
    }
    Ok(view.certificates.iter().map(Exit::of_proof).max().unwrap_or(Exit::Done))
}

/// Serves both simulators until it is stopped. The first line is for programs, whoever reads.
///
/// # Errors
/// `invalid_input` for a schedule that cannot be read; `port_taken` when no port is free.
pub async fn sandbox(call: &Call<'_>, arguments: &SandboxArguments) -> AppResult<Exit> {
    let faults: FaultSchedule = arguments.faults.parse().map_err(|error| AppError::input("--faults", error))?;
    let options = SandboxOptions {
        items: arguments.size.items,
        orders: arguments.size.orders,
        seed: arguments.seed,
        latency: Duration::from_millis(arguments.latency),
        existing_books: arguments.existing_books,
        redirect_uris: arguments.redirect_uri.clone(),
        faults,
        ..SandboxOptions::default()
    }
    .odd(arguments.odd);
    let sandbox =
        Sandbox::start(options).await.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
    call.output.json_line(&sandbox.connection())?;
    call.output.note(call.messages.word("sandbox_serving"));
    stop_signal().await;
    sandbox.shutdown().await;
    Ok(Exit::Done)
}
