//! The home after set-up, and the figures of one SKU.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{ExplainView, HomeView};
use tauri::State;

/// How far both sides agree, and how the exceptions move.
#[tauri::command]
#[specta::specta]
pub async fn home(shell: State<'_, Shell>) -> AppResult<HomeView> {
    shell.desk()?.home().await
}

/// Why both sides show what they show for a SKU; `refresh` reads them again first.
#[tauri::command]
#[specta::specta]
pub async fn explain(shell: State<'_, Shell>, sku: String, refresh: bool) -> AppResult<ExplainView> {
    shell.desk()?.explain(&sku, refresh).await
}
