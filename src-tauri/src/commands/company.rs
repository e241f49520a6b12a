//! Several companies on this computer.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::AppView;
use tauri::State;

/// Opens another company of this computer, or a new one of that name; the window comes back to it at its next start.
#[tauri::command]
#[specta::specta]
pub async fn open_company(shell: State<'_, Shell>, name: String) -> AppResult<AppView> {
    shell.open_company(&name).await?;
    shell.view().await
}
