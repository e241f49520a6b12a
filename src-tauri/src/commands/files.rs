//! Files for the person, and pages of the services in the system's browser. The shell chooses the folder and opens; what is written is
//! the desk's business.

use crate::state::Shell;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::SavedView;
use std::path::PathBuf;
use tauri::{AppHandle, Manager, Runtime, State};
use url::Url;

/// Opens a service in the system's browser.
#[tauri::command]
#[specta::specta]
pub async fn open_place(shell: State<'_, Shell>, place: String) -> AppResult<()> {
    let address = shell.desk()?.place(&place)?;
    open(&shell, address.as_str())
}

/// Writes a plan's operations as a sheet into the person's folder of downloads.
#[tauri::command]
#[specta::specta]
pub async fn save_plan<R: Runtime>(app: AppHandle<R>, shell: State<'_, Shell>, plan: String) -> AppResult<SavedView> {
    shell.desk()?.save_plan(&plan, &downloads(&app, &shell)).await
}

/// Writes a run's certificate as a printable page into the person's folder of downloads, and opens it.
#[tauri::command]
#[specta::specta]
pub async fn save_certificate<R: Runtime>(
    app: AppHandle<R>,
    shell: State<'_, Shell>,
    run: String,
) -> AppResult<SavedView> {
    let saved = shell.desk()?.save_certificate(&run, &downloads(&app, &shell)).await?;
    show(&shell, &saved);
    Ok(saved)
}

/// Opens a page that was written. One that cannot be opened is written all the same, and its place is said.
pub(super) fn show(shell: &Shell, page: &SavedView) {
    let opened = Url::from_file_path(&page.path).map_err(|()| "not a whole path".to_owned());
    if let Err(error) = opened.and_then(|address| shell.browser.open(address.as_str())) {
        tracing::warn!(%error, "a page that was written cannot be opened");
    }
}

/// The person's folder of downloads; where the system names none, the data folder.
pub(super) fn downloads<R: Runtime>(app: &AppHandle<R>, shell: &Shell) -> PathBuf {
    shell.downloads.clone().or_else(|| app.path().download_dir().ok()).unwrap_or_else(|| shell.data_dir.clone())
}

/// Opens an address in the system's browser.
pub(super) fn open(shell: &Shell, address: &str) -> AppResult<()> {
    shell.browser.open(address).map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))
}
