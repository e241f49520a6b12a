//! Steps five to eight: plan, look, send, prove.

use super::report;
use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{OperationQuery, OperationsView, PlanOptions, PlanView, ProgressView, ProofView, RunView};
use tauri::State;
use tauri::ipc::Channel;

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

/// Sends exactly the stored plan; answers when it is finished or paused.
#[tauri::command]
#[specta::specta]
pub async fn apply(shell: State<'_, Shell>, plan: String, on_progress: Channel<ProgressView>) -> AppResult<RunView> {
    let desk = shell.desk()?;
    let begun = shell.running.begin()?;
    desk.apply(&plan, begun.token.clone(), &report(&on_progress)).await
}

/// Pauses the run under way; `apply` then answers with it.
#[tauri::command]
#[specta::specta]
pub async fn pause_run(shell: State<'_, Shell>) -> AppResult<()> {
    shell.running.stop();
    Ok(())
}

/// Reads back what was sent.
#[tauri::command]
#[specta::specta]
pub async fn prove(shell: State<'_, Shell>, run: String, on_progress: Channel<ProgressView>) -> AppResult<ProofView> {
    shell.desk()?.prove(&run, &report(&on_progress)).await
}
