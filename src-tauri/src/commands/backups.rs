//! Copies of the data file: listed, made, put back. They work where no desk can be opened, which is when they are needed.

use crate::state::Shell;
use selaras_app::backups as copies;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{BackupView, BackupsView, RestoreView};
use tauri::State;
use url::Url;

/// The copies of the person's data.
#[tauri::command]
#[specta::specta]
pub async fn backups(shell: State<'_, Shell>) -> AppResult<BackupsView> {
    match shell.own_folder().and(shell.desk()) {
        Ok(desk) => desk.backups(),
        Err(_) => copies::list(&shell.own_folder()?),
    }
}

/// Makes a copy now.
#[tauri::command]
#[specta::specta]
pub async fn back_up(shell: State<'_, Shell>) -> AppResult<BackupView> {
    let folder = shell.own_folder()?;
    let made = tokio::task::spawn_blocking(move || copies::make(&folder, None)).await;
    made.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?
}

/// Puts a copy of the list into the place of the data.
#[tauri::command]
#[specta::specta]
pub async fn restore(shell: State<'_, Shell>, name: String) -> AppResult<RestoreView> {
    shell.restore(&name).await
}

/// Shows the folder of the copies, so that one can be taken out of it or laid into it.
#[tauri::command]
#[specta::specta]
pub async fn open_backups(shell: State<'_, Shell>) -> AppResult<()> {
    let folder = copies::folder(&shell.own_folder()?)?;
    let address = Url::from_file_path(&folder).map_err(|()| AppError::input("folder", folder.display()))?;
    super::files::open(&shell, address.as_str())
}
