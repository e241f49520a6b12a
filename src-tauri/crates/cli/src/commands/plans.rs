//! `plan`, `apply`, `prove`, `sync`: from what would be done to the proof that it was.

use super::{Call, files};
use crate::arguments::{Kind, Plan};
use crate::exit::Exit;
use selaras_app::desk::Desk;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{OperationQuery, PlanOptions, PlanView, ProofView, RunView};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// The answer of `sync`. A run that is paused has no proof yet.
#[derive(Serialize)]
struct SyncAnswer {
    plan: PlanView,
    run: RunView,
    proof: Option<ProofView>,
}

/// Makes or shows a plan.
///
/// # Errors
/// What the desk answers.
pub async fn plan(call: &Call<'_>, plan: Plan) -> AppResult<Exit> {
    match plan {
        Plan::Show { id } => show(call, &id).await,
        Plan::Kind(kind) => {
            let desk = call.desk()?;
            let plan = make(call, &desk, &kind).await?;
            call.output.answer(&plan, || {
                let next = match writes(&plan) {
                    0 => call.messages.word("plan_nothing").to_owned(),
                    _ => call.messages.say("plan_next", &[("plan", &plan.plan)]),
                };
                format!("{}\n{next}", planned(call, &plan))
            })?;
            Ok(Exit::Done)
        }
    }
}

async fn show(call: &Call<'_>, id: &str) -> AppResult<Exit> {
    let view = call.desk()?.operations(id, &OperationQuery::default()).await?;
    let messages = call.messages;
    call.output.answer(&view, || {
        let rows = view.operations.iter().map(|operation| {
            vec![
                messages.code("action", &operation.action).to_owned(),
                operation.target.clone(),
                changed(&operation.before, &operation.after),
                changed(&operation.after, &operation.before),
                messages.reason(&operation.reason),
            ]
        });
        let table = call.output.table(&["h.action", "h.target", "h.before", "h.after", "h.reason"], rows);
        format!("{table}\n{}", messages.say("operations_total", &[("total", &messages.count(view.total))]))
    })?;
    Ok(Exit::Done)
}

/// Fields that the other side has otherwise.
fn changed(of: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> String {
    let fields: Vec<String> = of
        .iter()
        .filter(|(name, value)| other.get(*name) != Some(value))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    fields.join(", ")
}

/// Carries out a stored plan, or goes on with it.
///
/// # Errors
/// What the desk answers.
pub async fn apply(call: &Call<'_>, id: &str) -> AppResult<Exit> {
    let desk = call.desk()?;
    let plan = desk.plan_head(id).await?;
    if !agreed(call, &desk, &plan).await? {
        return Ok(declined(call));
    }
    let run = carry_out(call, &desk, &plan, call.cancel()).await?;
    call.output.answer(&run, || ran(call, &run))?;
    Ok(Exit::of_run(&run))
}

/// Reads back what a run wrote.
///
/// # Errors
/// What the desk answers.
pub async fn prove(call: &Call<'_>, run: &str) -> AppResult<Exit> {
    let proof = read_back(call, &call.desk()?, run).await?;
    call.output.answer(&proof, || proved(call, &proof))?;
    Ok(Exit::of_proof(&proof))
}

/// Plan, apply and prove in one.
///
/// # Errors
/// What the desk answers.
pub async fn sync(call: &Call<'_>, kind: &Kind) -> AppResult<Exit> {
    let cancel = call.cancel();
    let desk = call.desk()?;
    let plan = make(call, &desk, kind).await?;
    if !call.output.json {
        call.output.note(&planned(call, &plan));
    }
    if !agreed(call, &desk, &plan).await? {
        return Ok(declined(call));
    }
    if cancel.is_cancelled() {
        return Err(AppError::new(ErrorCode::Cancelled));
    }
    let run = carry_out(call, &desk, &plan, cancel).await?;
    let proof = match run.state.as_str() {
        "finished" => Some(read_back(call, &desk, &run.run).await?),
        _ => None,
    };
    let exit = proof.as_ref().map_or(Exit::Done, Exit::of_proof).max(Exit::of_run(&run));
    let answer = SyncAnswer { plan, run, proof };
    call.output.answer(&answer, || {
        let proof = answer.proof.as_ref().map(|proof| format!("\n{}", proved(call, proof))).unwrap_or_default();
        format!("{}{proof}", ran(call, &answer.run))
    })?;
    Ok(exit)
}

/// Reads both sides and plans; for opening stock only after its source was chosen in so many words.
async fn make(call: &Call<'_>, desk: &Desk, kind: &Kind) -> AppResult<PlanView> {
    let options = match kind {
        Kind::Items | Kind::Stock => PlanOptions::default(),
        Kind::OpeningStock { from: Some(file) } => {
            import_count(call, desk, file).await?;
            PlanOptions { source: Some("file".to_owned()), ..PlanOptions::default() }
        }
        Kind::OpeningStock { from: None } => {
            let chosen = call.global.yes
                || call.prompt.confirm(call.messages.word("confirm_forstok_stock")) == Some(true);
            if !chosen {
                return Err(AppError::input("--from", call.messages.word("opening_stock_choice")));
            }
            PlanOptions { source: Some("forstok".to_owned()), forstok_cost: true, ..PlanOptions::default() }
        }
    };
    let progress = call.progress();
    let plan = desk.plan(kind.name(), &options, &|report| progress.report(report)).await;
    progress.end();
    plan
}

async fn import_count(call: &Call<'_>, desk: &Desk, file: &Path) -> AppResult<()> {
    let view = desk.import_file(&files::count(file)?).await?;
    if view.missing.is_empty() {
        return Ok(());
    }
    let params = [("missing", view.missing.join(", ")), ("headings", view.headings.join(", "))];
    let detail = call.messages.say("columns_missing", &params.each_ref().map(|(name, value)| (*name, value.as_str())));
    Err(AppError::new(ErrorCode::FileMalformed).with("file", file.display()).with("place", "1").with("detail", detail))
}

/// Says once what is written where, and asks. Nobody to ask, or nothing to write: goes on.
async fn agreed(call: &Call<'_>, desk: &Desk, plan: &PlanView) -> AppResult<bool> {
    let count = writes(plan);
    if call.global.yes || count == 0 || !call.prompt.has_terminal() {
        return Ok(true);
    }
    let company = desk.app_view(false).await?.company;
    let alias = company.database.filter(|database| database.id == plan.database).map(|database| database.alias);
    let side = if plan.kind == "stock" { "Forstok" } else { "Accurate" };
    let question = call.messages.say(
        "confirm_write",
        &[
            ("count", &call.messages.count(count)),
            ("side", side),
            ("alias", alias.as_deref().unwrap_or("–")),
            ("database", &plan.database.0.to_string()),
        ],
    );
    Ok(call.prompt.confirm(&question).unwrap_or(true))
}

fn declined(call: &Call<'_>) -> Exit {
    call.output.note(call.messages.word("declined"));
    Exit::Failed
}

async fn carry_out(call: &Call<'_>, desk: &Desk, plan: &PlanView, cancel: CancellationToken) -> AppResult<RunView> {
    let progress = call.progress();
    let run = desk.apply(&plan.plan, cancel, &|report| progress.report(report)).await;
    progress.end();
    let run = run?;
    if run.state != "finished" {
        let reason = run.pause.as_ref().map(|pause| call.messages.reason(pause)).unwrap_or_default();
        call.output.note(
            &call.messages.say("run_paused", &[("run", &run.run), ("reason", &reason), ("plan", &plan.plan)]),
        );
    }
    Ok(run)
}

async fn read_back(call: &Call<'_>, desk: &Desk, run: &str) -> AppResult<ProofView> {
    let progress = call.progress();
    let proof = desk.prove(run, &|report| progress.report(report)).await;
    progress.end();
    proof
}

/// How many records a plan writes.
fn writes(plan: &PlanView) -> u32 {
    plan.counts.create + plan.counts.change + plan.counts.remove
}

fn planned(call: &Call<'_>, plan: &PlanView) -> String {
    let messages = call.messages;
    let mut text = messages.say(
        "plan_made",
        &[
            ("plan", &plan.plan),
            ("kind", messages.code("kind", &plan.kind)),
            ("database", &plan.database.0.to_string()),
            ("calls", &messages.count(plan.calls)),
            ("seconds", &format!("{:.0}", plan.seconds.ceil())),
        ],
    );
    let counts = &plan.counts;
    let figures = [
        ("create", counts.create),
        ("change", counts.change),
        ("same", counts.same),
        ("remove", counts.remove),
        ("blocked", counts.blocked),
    ];
    let rows = figures.map(|(action, count)| vec![messages.code("action", action).to_owned(), messages.count(count)]);
    text = format!("{text}\n{}", call.output.table(&["h.action", "h.count"], rows));
    if let Some(total) = &plan.total {
        text = format!("{text}\n{}", messages.say("plan_total", &[("total", &messages.rupiah(total))]));
    }
    if !plan.blocked.is_empty() {
        let rows = plan.blocked.iter().map(|(code, count)| vec![messages.reason_code(code), messages.count(*count)]);
        text = format!("{text}\n{}", call.output.table(&["h.cause", "h.count"], rows));
    }
    for note in &plan.notes {
        text = format!("{text}\n! {}", messages.reason(note));
    }
    text
}

/// A run in one sentence.
pub fn ran(call: &Call<'_>, run: &RunView) -> String {
    let figure = |count: u32| call.messages.count(count);
    let text = call.messages.say(
        "run_done",
        &[
            ("run", &run.run),
            ("in", &figure(run.input)),
            ("posted", &figure(run.posted)),
            ("held", &figure(run.held)),
            ("failed", &figure(run.failed)),
            ("unknown", &figure(run.unknown)),
        ],
    );
    match run.held + run.failed + run.unknown {
        0 => text,
        _ => format!("{text}\n{}", call.messages.word("see_inbox")),
    }
}

/// A proof, with its differences.
pub fn proved(call: &Call<'_>, proof: &ProofView) -> String {
    let messages = call.messages;
    let differences = messages.count(proof.differences.len() as u64);
    let mut text = messages.say(
        "proved",
        &[
            ("checked", &messages.count(proof.checked)),
            ("differences", &differences),
            ("certificate", &proof.certificate),
        ],
    );
    if !proof.differences.is_empty() {
        let rows = proof.differences.iter().map(|difference| {
            vec![
                difference.key.clone(),
                difference.field.clone(),
                difference.expected.clone(),
                difference.found.clone().unwrap_or_else(|| messages.word("none").to_owned()),
            ]
        });
        text = format!("{text}\n{}", call.output.table(&["h.target", "h.field", "h.expected", "h.found"], rows));
    }
    for note in &proof.notes {
        text = format!("{text}\n! {}", messages.reason(note));
    }
    text
}
