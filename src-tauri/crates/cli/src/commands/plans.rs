//! `plan`, `apply`, `prove`, `sync`: from what would be done to the proof that it was.

use super::{Call, files};
use crate::arguments::{Kind, Plan};
use crate::exit::Exit;
use selaras_app::desk::Desk;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{ImportList, OperationQuery, PlanOptions, PlanView, ProofView, RunView, SyncView};
use std::collections::BTreeMap;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Makes or shows a plan.
///
/// # Errors
/// What the desk answers.
pub async fn plan(call: &Call<'_>, plan: Plan) -> AppResult<Exit> {
    match plan {
        Plan::Show { id } => show(call, &id).await,
        Plan::Kind(kind) => {
            let desk = call.desk()?;
            let options = options(call, &desk, &kind).await?;
            let plan = make(call, &desk, &kind, &options).await?;
            call.output.answer(&plan, || format!("{}\n{}", planned(call, &plan), next(call, &plan, "plan_nothing")))?;
            Ok(Exit::Done)
        }
    }
}

/// Plans to take a run back. Nothing is taken back before the plan is applied.
///
/// # Errors
/// What the desk answers.
pub async fn undo(call: &Call<'_>, run: &str) -> AppResult<Exit> {
    let progress = call.progress();
    let plan = call.desk()?.plan_undo(run, &|report| progress.report(report)).await;
    progress.end();
    let plan = plan?;
    call.output.answer(&plan, || {
        let heading = call.messages.say("undo_scope", &[("run", run)]);
        format!("{heading}\n{}\n{}", planned(call, &plan), next(call, &plan, "undo_nothing"))
    })?;
    Ok(Exit::Done)
}

/// What to type next; `nothing` where the plan writes nothing.
fn next(call: &Call<'_>, plan: &PlanView, nothing: &str) -> String {
    let brakes: Vec<&str> = plan.brakes.iter().map(|brake| brake.name.as_str()).collect();
    match writes(plan) {
        0 => call.messages.word(nothing).to_owned(),
        _ if !brakes.is_empty() => {
            call.messages.say("plan_next_braked", &[("plan", &plan.plan), ("brakes", &brakes.join(","))])
        }
        _ => call.messages.say("plan_next", &[("plan", &plan.plan)]),
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
        format!("{table}\n{}", messages.say("operations_total", &[("total", &messages.count(view.page.total))]))
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
pub async fn apply(call: &Call<'_>, id: &str, pass: &[String]) -> AppResult<Exit> {
    let desk = call.desk()?.passing_named(pass)?;
    let plan = desk.plan_head(id).await?;
    if !agreed(call, &desk, &plan, pass).await? {
        return Ok(declined(call));
    }
    let run = carry_out(call, &desk, &plan, call.cancel()).await?;
    call.output.answer(&run, || ran(call, &run))?;
    Ok(Exit::of_run(&run, desk.rows_for_person(&run.run).await?))
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

/// Plan, apply and prove in one. With somebody to ask, exactly the plan that was agreed to is carried out.
///
/// # Errors
/// What the desk answers.
pub async fn sync(call: &Call<'_>, kind: &Kind, pass: &[String]) -> AppResult<Exit> {
    let desk = call.desk()?.passing_named(pass)?;
    let options = options(call, &desk, kind).await?;
    let cancel = call.cancel();
    let answer = if call.asks() {
        let plan = make(call, &desk, kind, &options).await?;
        call.output.note(&planned(call, &plan));
        if !agreed(call, &desk, &plan, pass).await? {
            return Ok(declined(call));
        }
        let run = carry_out(call, &desk, &plan, cancel).await?;
        let proof = read_back(call, &desk, &run.run).await?;
        SyncView { plan, run, proof }
    } else {
        let progress = call.progress();
        let answer = desk.sync(kind.name(), &options, cancel, &|report| progress.report(report)).await;
        progress.end();
        let answer = answer?;
        note_pause(call, &answer.run);
        answer
    };
    call.output.answer(&answer, || {
        let texts = [planned(call, &answer.plan), ran(call, &answer.run), proved(call, &answer.proof)];
        // Who agreed has read the plan.
        texts.get(usize::from(call.asks())..).unwrap_or_default().join("\n")
    })?;
    let for_person = desk.rows_for_person(&answer.run.run).await?;
    Ok(Exit::of_proof(&answer.proof).max(Exit::of_run(&answer.run, for_person)))
}

/// What a kind is planned from; for opening stock only after its source was chosen in so many words.
async fn options(call: &Call<'_>, desk: &Desk, kind: &Kind) -> AppResult<PlanOptions> {
    match kind {
        Kind::Items | Kind::Stock => Ok(PlanOptions::default()),
        Kind::Invoices { since, order } => {
            Ok(PlanOptions { since: since.clone(), orders: order.clone(), ..PlanOptions::default() })
        }
        Kind::Receipts { from_settlements, since, order } => Ok(PlanOptions {
            source: from_settlements.then(|| "settlement".to_owned()),
            since: since.clone(),
            orders: order.clone(),
            ..PlanOptions::default()
        }),
        Kind::Voids { order } => Ok(PlanOptions { orders: order.clone(), ..PlanOptions::default() }),
        Kind::Returns { warehouse, order } => {
            Ok(PlanOptions { warehouse: warehouse.clone(), orders: order.clone(), ..PlanOptions::default() })
        }
        Kind::OpeningStock { from: Some(file) } => {
            import_count(call, desk, file).await?;
            Ok(PlanOptions { source: Some("file".to_owned()), ..PlanOptions::default() })
        }
        Kind::OpeningStock { from: None } => {
            let chosen =
                call.global.yes || call.prompt.confirm(call.messages.word("confirm_forstok_stock")) == Some(true);
            if !chosen {
                return Err(AppError::input("--from", call.messages.word("opening_stock_choice")));
            }
            Ok(PlanOptions { source: Some("forstok".to_owned()), forstok_cost: true, ..PlanOptions::default() })
        }
    }
}

async fn make(call: &Call<'_>, desk: &Desk, kind: &Kind, options: &PlanOptions) -> AppResult<PlanView> {
    let progress = call.progress();
    let plan = desk.plan(kind.name(), options, &|report| progress.report(report)).await;
    progress.end();
    plan
}

async fn import_count(call: &Call<'_>, desk: &Desk, file: &Path) -> AppResult<()> {
    let view = desk.import_file(&files::import(ImportList::StockCount, file, BTreeMap::new(), None)?).await?;
    if view.missing.is_empty() {
        return Ok(());
    }
    let params = [("missing", view.missing.join(", ")), ("headings", view.headings.join(", "))];
    let detail = call.messages.say("columns_missing", &params.each_ref().map(|(name, value)| (*name, value.as_str())));
    Err(AppError::new(ErrorCode::FileMalformed).with("file", file.display()).with("place", "1").with("detail", detail))
}

/// Says once what is written where, and asks. Nobody to ask, nothing to write, or a brake that refuses it anyway: goes on.
async fn agreed(call: &Call<'_>, desk: &Desk, plan: &PlanView, pass: &[String]) -> AppResult<bool> {
    let count = writes(plan);
    let braked = plan.brakes.iter().any(|brake| !pass.contains(&brake.name));
    if count == 0 || braked || !call.asks() {
        return Ok(true);
    }
    let company = desk.app_view(false).await?.company;
    let alias = company.database.filter(|database| database.id == plan.database).map(|database| database.alias);
    let side = if matches!(plan.kind.as_str(), "stock" | "undo-stock") { "Forstok" } else { "Accurate" };
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
    note_pause(call, &run);
    Ok(run)
}

/// A run that is paused says how to go on.
fn note_pause(call: &Call<'_>, run: &RunView) {
    if run.state != "finished" {
        let reason = run.pause.as_ref().map(|pause| call.messages.reason(pause)).unwrap_or_default();
        let params = [("run", run.run.as_str()), ("reason", &reason), ("plan", &run.plan)];
        call.output.note(&call.messages.say("run_paused", &params));
    }
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
    let brakes = plan.brakes.iter().map(|brake| &brake.reason);
    for note in plan.notes.iter().chain(brakes) {
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
    let passed = |text, reason| format!("{text}\n! {}: {}", call.messages.word("passed"), call.messages.reason(reason));
    let text = run.passed.iter().fold(text, passed);
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
    if !proof.proven {
        text = format!("{text}\n{}", messages.word("proved_nothing"));
    }
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
