//! Where the money of sales stands: one order, all of them, another integration, a closed month.

use super::files::{downloads, show};
use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{MonthEndView, OrderSheetView, ReconciliationQuery, ReconciliationView, ShadowView};
use tauri::{AppHandle, Runtime, State};

/// One order taken apart, by its number or its id.
#[tauri::command]
#[specta::specta]
pub async fn order_sheet(shell: State<'_, Shell>, order: String, refresh: bool) -> AppResult<OrderSheetView> {
    shell.desk()?.order_sheet(&order, refresh).await
}

/// Order, invoice, receipt and payout side by side.
#[tauri::command]
#[specta::specta]
pub async fn reconciliation(shell: State<'_, Shell>, query: ReconciliationQuery) -> AppResult<ReconciliationView> {
    shell.desk()?.reconciliation(&query).await
}

/// What Selaras would have posted beside what another integration did; nothing is written.
#[tauri::command]
#[specta::specta]
pub async fn shadow(shell: State<'_, Shell>, since: Option<String>) -> AppResult<ShadowView> {
    shell.desk()?.shadow(since.as_deref()).await
}

/// Closes a month: writes its sheets and its page into the person's folder of downloads, and opens the page.
#[tauri::command]
#[specta::specta]
pub async fn month_end<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    month: String,
) -> AppResult<MonthEndView> {
    let closed = shell.desk()?.month_end(&month, &downloads(&app, &shell)).await?;
    show(&shell, &closed.page);
    Ok(closed)
}
