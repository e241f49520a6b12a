//! History.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{RunDetailView, RunsView};
use tauri::State;

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn runs(shell: State<'_, Shell>) -> AppResult<RunsView> {
    shell.desk()?.runs().await
}

/// One run with its rows and its newest proof.
#[tauri::command]
#[specta::specta]
pub async fn run(shell: State<'_, Shell>, run: String) -> AppResult<RunDetailView> {
    shell.desk()?.run(&run).await
}
