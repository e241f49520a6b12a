//! Step three: which record of Accurate stands for which of Forstok.

use crate::state::Shell;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{Id, MappingInput, MappingView, PayoutExampleView};
use tauri::State;

/// The mapping with everything that may be chosen; `refresh` reads both sides again first.
#[tauri::command]
#[specta::specta]
pub async fn mapping(shell: State<'_, Shell>, refresh: bool) -> AppResult<MappingView> {
    shell.desk()?.mapping(refresh).await
}

/// Saves it as a new version.
#[tauri::command]
#[specta::specta]
pub async fn save_mapping(shell: State<'_, Shell>, mapping: MappingInput) -> AppResult<MappingView> {
    shell.desk()?.save_mapping(&mapping, "saved").await
}

/// The saved mapping as a file's text, in the form of `selaras-cli mapping export`.
#[tauri::command]
#[specta::specta]
pub async fn export_mapping(shell: State<'_, Shell>) -> AppResult<String> {
    let saved = shell.desk()?.mapping(false).await?.mapping;
    serde_json::to_string_pretty(&saved).map_err(|error| {
        tracing::error!(%error, "the mapping has no text");
        AppError::new(ErrorCode::Internal)
    })
}

/// Saves a file's text as a new version.
#[tauri::command]
#[specta::specta]
pub async fn import_mapping(shell: State<'_, Shell>, text: String) -> AppResult<MappingView> {
    let mapping: MappingInput = serde_json::from_str(&text).map_err(|error| {
        AppError::new(ErrorCode::FileMalformed)
            .with("file", "mapping")
            .with("place", format!("{}:{}", error.line(), error.column()))
            .with("detail", error)
    })?;
    shell.desk()?.save_mapping(&mapping, "imported").await
}

/// A saved version, to look at or to begin from.
#[tauri::command]
#[specta::specta]
pub async fn mapping_version(shell: State<'_, Shell>, version: u32) -> AppResult<MappingInput> {
    shell.desk()?.mapping_version(version)
}

/// Another example for a store: `skip` 0 is the newest order.
#[tauri::command]
#[specta::specta]
pub async fn mapping_example(shell: State<'_, Shell>, store: Id, skip: u32) -> AppResult<Option<PayoutExampleView>> {
    shell.desk()?.mapping_example(store.0, skip).await
}
