//! History.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{RunRowQuery, RunRowsView, RunSheetView, RunsView};
use tauri::State;

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn runs(shell: State<'_, Shell>) -> AppResult<RunsView> {
    shell.desk()?.runs().await
}

/// One run with its newest proof, what it changed, and how far it can be taken back.
#[tauri::command]
#[specta::specta]
pub async fn run(shell: State<'_, Shell>, run: String) -> AppResult<RunSheetView> {
    shell.desk()?.run_sheet(&run).await
}

/// One page of a run's rows.
#[tauri::command]
#[specta::specta]
pub async fn run_rows(shell: State<'_, Shell>, run: String, query: RunRowQuery) -> AppResult<RunRowsView> {
    shell.desk()?.run_rows(&run, &query).await
}
