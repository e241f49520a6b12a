//! Step two: which company of Accurate, and whether everything is ready.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{AppView, CheckView, DatabasesView, Id};
use tauri::State;

/// All databases of the account.
#[tauri::command]
#[specta::specta]
pub async fn databases(shell: State<'_, Shell>) -> AppResult<DatabasesView> {
    shell.desk()?.databases().await
}

/// Chooses one.
#[tauri::command]
#[specta::specta]
pub async fn use_database(shell: State<'_, Shell>, id: Id) -> AppResult<AppView> {
    shell.desk()?.use_database(id.0).await?;
    shell.view().await
}

/// Whether everything is ready.
#[tauri::command]
#[specta::specta]
pub async fn check(shell: State<'_, Shell>) -> AppResult<CheckView> {
    shell.desk()?.check().await
}
