//! `runs`, `runs show`, `verify`.

use super::{Call, plans};
use crate::arguments::Runs;
use crate::exit::Exit;
use selaras_app::error::AppResult;
use std::path::Path;

/// Lists the runs or shows one.
///
/// # Errors
/// What the desk answers.
pub async fn carry_out(call: &Call<'_>, step: Option<Runs>) -> AppResult<Exit> {
    let desk = call.desk()?;
    let messages = call.messages;
    match step {
        None => {
            let view = desk.runs().await?;
            call.output.answer(&view, || {
                if view.runs.is_empty() {
                    return messages.word("no_runs").to_owned();
                }
                let rows = view.runs.iter().map(|run| {
                    vec![
                        run.run.clone(),
                        messages.code("kind", &run.kind).to_owned(),
                        messages.code("state", &run.state).to_owned(),
                        run.started_at.clone(),
                        messages.count(run.input),
                        messages.count(run.posted),
                        messages.count(run.held),
                        messages.count(run.failed),
                        messages.count(run.unknown),
                        match (run.posted, run.unproven) {
                            (0, _) => String::new(),
                            (_, unproven) => messages.word(if unproven { "proof.no" } else { "proof.yes" }).to_owned(),
                        },
                    ]
                });
                let headings = [
                    "h.run",
                    "h.kind",
                    "h.state",
                    "h.started",
                    "h.in",
                    "h.posted",
                    "h.held",
                    "h.failed",
                    "h.unknown",
                    "h.proof",
                ];
                let table = call.output.table(&headings, rows);
                if view.chain_whole { table } else { format!("{table}\n{}", messages.word("chain_broken")) }
            })?;
        }
        Some(Runs::Show { run }) => {
            let view = desk.run(&run).await?;
            call.output.answer(&view, || {
                let rows = view.rows.iter().map(|row| {
                    vec![
                        row.target.clone(),
                        messages.code("state", &row.state).to_owned(),
                        row.reason.as_ref().map(|reason| messages.reason(reason)).unwrap_or_default(),
                    ]
                });
                let table = call.output.table(&["h.target", "h.state", "h.reason"], rows);
                let proof = view.proof.as_ref().map(|proof| format!("\n{}", plans::proved(call, proof)));
                format!("{table}\n{}{}", plans::ran(call, &view.run), proof.unwrap_or_default())
            })?;
        }
    }
    Ok(Exit::Done)
}

/// Verifies the chain with all that it binds, and with it a certificate's file.
///
/// # Errors
/// What the desk answers.
pub async fn verify(call: &Call<'_>, file: Option<&Path>) -> AppResult<Exit> {
    let desk = call.desk()?;
    let view = match file {
        Some(file) => desk.verify_file(file).await?,
        None => desk.verify().await?,
    };
    let messages = call.messages;
    call.output.answer(&view, || {
        let mut text = match view.problems.len() {
            0 => messages.say("verified", &[("count", &messages.count(view.certificates))]),
            count => {
                let rows = view.problems.iter().map(|problem| {
                    let run = problem.run.clone().unwrap_or_default();
                    vec![messages.code("chain", &problem.code).to_owned(), run, problem.detail.clone()]
                });
                let table = call.output.table(&["h.problem", "h.run", "h.detail"], rows);
                format!("{}\n{table}", messages.say("not_verified", &[("count", &messages.count(count as u64))]))
            }
        };
        if !view.unproven.is_empty() {
            let count = messages.count(view.unproven.len() as u64);
            let params = [("count", count.as_str()), ("runs", &view.unproven.join(", "))];
            text = format!("{text}\n{}", messages.say("unproven", &params));
        }
        text
    })?;
    Ok(if view.chain_whole { Exit::Done } else { Exit::Failed })
}
