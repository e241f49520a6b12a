//! Step four: SKUs that need a decision, and files in place of lists that the account does not offer.

use crate::state::Shell;
use selaras_app::error::AppResult;
use selaras_app::view::{CandidateView, ImportInput, ImportView, ResolveView, SkuDecisionInput, SkuQuery, SkusView};
use tauri::State;

/// One page of a queue.
#[tauri::command]
#[specta::specta]
pub async fn skus(shell: State<'_, Shell>, query: SkuQuery) -> AppResult<SkusView> {
    shell.desk()?.skus(&query).await
}

/// Items of Accurate that may be the same product; with a search, those whose code, name or barcode holds it.
#[tauri::command]
#[specta::specta]
pub async fn sku_candidates(
    shell: State<'_, Shell>,
    sku: String,
    search: Option<String>,
) -> AppResult<Vec<CandidateView>> {
    shell.desk()?.sku_candidates(&sku, search.as_deref()).await
}

/// Stores decisions.
#[tauri::command]
#[specta::specta]
pub async fn resolve_skus(shell: State<'_, Shell>, decisions: Vec<SkuDecisionInput>) -> AppResult<ResolveView> {
    shell.desk()?.resolve_skus(&decisions).await
}

/// Reads a file that the person chose.
#[tauri::command]
#[specta::specta]
pub async fn import_file(shell: State<'_, Shell>, input: ImportInput) -> AppResult<ImportView> {
    shell.desk()?.import_file(&input).await
}

/// Accepts every sure suggestion of a queue, on all its pages.
#[tauri::command]
#[specta::specta]
pub async fn accept_sure(shell: State<'_, Shell>, state: String) -> AppResult<ResolveView> {
    shell.desk()?.accept_sure(&state).await
}
