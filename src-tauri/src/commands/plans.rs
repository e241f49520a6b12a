//! Steps five to eight: plan, look, send, prove.

use super::{report, report_run};
use crate::background;
use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{OperationQuery, OperationsView, PlanOptions, PlanView, ProgressView, ProofView, RunView};
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

/// Plans a kind of work; sends nothing.
#[tauri::command]
#[specta::specta]
pub async fn plan(
    shell: State<'_, Shell>,
    kind: String,
    options: PlanOptions,
    on_progress: Channel<ProgressView>,
) -> AppResult<PlanView> {
    shell.desk()?.plan(&kind, &options, &report(&on_progress)).await
}

/// Plans the way back of a run; sends nothing.
#[tauri::command]
#[specta::specta]
pub async fn plan_undo(
    shell: State<'_, Shell>,
    run: String,
    on_progress: Channel<ProgressView>,
) -> AppResult<PlanView> {
    shell.desk()?.plan_undo(&run, &report(&on_progress)).await
}

/// A stored plan's head.
#[tauri::command]
#[specta::specta]
pub async fn plan_head(shell: State<'_, Shell>, plan: String) -> AppResult<PlanView> {
    shell.desk()?.plan_head(&plan).await
}

/// One page of a plan's operations.
#[tauri::command]
#[specta::specta]
pub async fn plan_operations(
    shell: State<'_, Shell>,
    plan: String,
    query: OperationQuery,
) -> AppResult<OperationsView> {
    shell.desk()?.operations(&plan, &query).await
}

/// Sends exactly the stored plan; answers when it is finished or paused. `pass` names the brakes that the person has passed for it.
#[tauri::command]
#[specta::specta]
pub async fn apply<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    plan: String,
    pass: Vec<String>,
    on_progress: Channel<ProgressView>,
) -> AppResult<RunView> {
    let desk = shell.desk()?.passing_named(&pass)?;
    let under_way = shell.running.begin()?;
    let run = desk.apply(&plan, under_way.token(), &report_run(&under_way, &on_progress)).await;
    let proof = match &run {
        Ok(run) => background::prove_unseen(&shell, &desk, &under_way, run).await,
        Err(_) => None,
    };
    under_way.end(run.clone());
    drop(under_way);
    if let Some(proof) = &proof {
        shell.a_day_passes(&desk, &proof.run).await;
    }
    // A window that is there asks for the proof, and what came of it is told then.
    if shell.is_hidden() || !matches!(&run, Ok(run) if run.state == "finished") {
        background::tell(&app, background::outcome_of(&run, proof));
    }
    run
}

/// Pauses the run under way; `apply` then answers with it.
#[tauri::command]
#[specta::specta]
pub async fn pause_run(shell: State<'_, Shell>) -> AppResult<()> {
    shell.running.stop();
    Ok(())
}

/// Follows the run under way to its end; `None` when there is none.
#[tauri::command]
#[specta::specta]
pub async fn watch_run(shell: State<'_, Shell>, on_progress: Channel<ProgressView>) -> AppResult<Option<RunView>> {
    shell.desk()?;
    shell.running.follow(report(&on_progress)).await
}

/// Reads back what was sent.
#[tauri::command]
#[specta::specta]
pub async fn prove<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    run: String,
    on_progress: Channel<ProgressView>,
) -> AppResult<ProofView> {
    let desk = shell.desk()?;
    if let Some(proof) = shell.running.take_proof(&run) {
        return Ok(proof);
    }
    let under_way = shell.running.begin()?;
    let proof = desk.prove(&run, &report_run(&under_way, &on_progress)).await;
    drop(under_way);
    shell.a_day_passes(&desk, &run).await;
    if let Ok(sheet) = desk.run(&run).await {
        background::tell(&app, background::outcome_of(&Ok(sheet.run), proof.as_ref().ok().cloned()));
    }
    proof
}
