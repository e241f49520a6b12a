//! History.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{RunRowQuery, RunRowsView, RunSheetView, RunsView, VerifyView};
use tauri::State;

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn runs(shell: State<'_, Shell>) -> AppResult<RunsView> {
    shell.desk()?.runs().await
}

/// Whether the chain of certificates, and all that it binds, is as it was when it was proven.
#[tauri::command]
#[specta::specta]
pub async fn verify(shell: State<'_, Shell>) -> AppResult<VerifyView> {
    shell.desk()?.verify().await
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
