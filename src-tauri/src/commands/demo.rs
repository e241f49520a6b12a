//! Trying it with a made-up shop.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{AppView, SandboxView};
use tauri::State;

/// What connects to the made-up shop; `None` on real services.
#[tauri::command]
#[specta::specta]
pub async fn sandbox_connection(shell: State<'_, Shell>) -> AppResult<Option<SandboxView>> {
    // A desk that could not be opened is said here too: the window asks this first of all.
    shell.desk()?;
    Ok(shell.sandbox())
}

/// Starts the made-up shop inside the program and changes to it.
#[tauri::command]
#[specta::specta]
pub async fn start_sandbox(shell: State<'_, Shell>, existing_books: bool) -> AppResult<AppView> {
    shell.change_to_shop(existing_books).await?;
    shell.view().await
}

/// Closes the made-up shop and goes back to the person's own data.
#[tauri::command]
#[specta::specta]
pub async fn leave_sandbox(shell: State<'_, Shell>) -> AppResult<AppView> {
    shell.leave_shop().await?;
    shell.view().await
}
