//! What needs a person.

use super::report;
use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{InboxView, ProgressView, RetryView};
use tauri::State;
use tauri::ipc::Channel;

/// The inbox by root cause.
#[tauri::command]
#[specta::specta]
pub async fn inbox(shell: State<'_, Shell>) -> AppResult<InboxView> {
    shell.desk()?.inbox().await
}

/// Plans, sends and proves again what waits; only one cause when it is named.
#[tauri::command]
#[specta::specta]
pub async fn inbox_retry(
    shell: State<'_, Shell>,
    cause: Option<String>,
    on_progress: Channel<ProgressView>,
) -> AppResult<RetryView> {
    let desk = shell.desk()?;
    let begun = shell.running.begin()?;
    desk.inbox_retry(cause.as_deref(), begun.token.clone(), &report(&on_progress)).await
}

/// Takes a row out for good, by the decision of whoever sits at this computer.
#[tauri::command]
#[specta::specta]
pub async fn inbox_dismiss(shell: State<'_, Shell>, key: String, reason: String) -> AppResult<InboxView> {
    shell.desk()?.inbox_dismiss(&key, &reason, &person()).await
}

/// Who is signed in at this computer, as Windows and as the others name it.
fn person() -> String {
    ["USERNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}
