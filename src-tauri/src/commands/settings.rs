//! The frame of the window: how everything stands, and the person's choices.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::AppView;
use tauri::State;

/// How everything stands.
#[tauri::command]
#[specta::specta]
pub async fn app_view(shell: State<'_, Shell>) -> AppResult<AppView> {
    shell.view().await
}

/// The answer to "Sudah memakai Accurate?".
#[tauri::command]
#[specta::specta]
pub async fn set_existing_user(shell: State<'_, Shell>, existing: bool) -> AppResult<AppView> {
    shell.set_existing_user(existing).await?;
    shell.view().await
}

/// Keeps a choice of the window.
#[tauri::command]
#[specta::specta]
pub async fn set_setting(shell: State<'_, Shell>, key: String, value: String) -> AppResult<AppView> {
    shell.desk()?.set_setting(&key, &value).await?;
    shell.view().await
}
