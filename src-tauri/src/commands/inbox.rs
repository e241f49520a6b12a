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
    let by = person(&shell).await?;
    shell.desk()?.inbox_dismiss(&key, &reason, &by).await
}

/// Who decides: the user of this computer, as Windows and as the others name it, or else who signed in at Accurate.
async fn person(shell: &Shell) -> AppResult<String> {
    let user =
        ["USERNAME", "USER"].into_iter().filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty());
    if let Some(user) = user {
        return Ok(user);
    }
    let company = shell.view().await?.company;
    Ok(company.accurate.and_then(|accurate| accurate.email).unwrap_or(company.name))
}
