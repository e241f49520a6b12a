//! What needs a person.

use super::report_run;
use crate::background::{self, Outcome};
use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{InboxQuery, InboxRowsView, InboxView, ProgressView, RetryView, RowChoiceInput};
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

/// The inbox by root cause.
#[tauri::command]
#[specta::specta]
pub async fn inbox(shell: State<'_, Shell>) -> AppResult<InboxView> {
    shell.desk()?.inbox().await
}

/// One page of a cause's rows.
#[tauri::command]
#[specta::specta]
pub async fn inbox_rows(shell: State<'_, Shell>, query: InboxQuery) -> AppResult<InboxRowsView> {
    shell.desk()?.inbox_rows(&query).await
}

/// Plans, sends and proves again: the rows with these keys, else all of a cause, else everything. What meets a brake is asked about on
/// its plan.
#[tauri::command]
#[specta::specta]
pub async fn inbox_retry<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    cause: Option<String>,
    keys: Vec<String>,
    on_progress: Channel<ProgressView>,
) -> AppResult<RetryView> {
    let desk = shell.desk()?;
    let under_way = shell.running.begin()?;
    let report = report_run(&under_way, &on_progress);
    let retried = desk.inbox_retry(cause.as_deref(), &keys, under_way.token(), &report).await;
    drop(report);
    if let Ok(retried) = &retried
        && let Some(last) = retried.syncs.last()
    {
        under_way.end(Ok(last.run.clone()));
    }
    drop(under_way);
    background::tell(&app, retried.as_ref().map_or(Outcome::Failed, |retried| Outcome::Retried(retried.clone())));
    retried
}

/// Takes rows out for good, by the decision of whoever sits at this computer.
#[tauri::command]
#[specta::specta]
pub async fn inbox_dismiss(shell: State<'_, Shell>, keys: Vec<String>, reason: String) -> AppResult<InboxView> {
    let by = person(&shell).await?;
    shell.desk()?.inbox_dismiss(&keys, &reason, &by).await
}

/// Says what is to become of rows: entered in Accurate by hand, or to be sent all the same.
#[tauri::command]
#[specta::specta]
pub async fn decide_rows(shell: State<'_, Shell>, input: RowChoiceInput) -> AppResult<InboxView> {
    let by = person(&shell).await?;
    shell.desk()?.decide_rows(&input, &by).await
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
