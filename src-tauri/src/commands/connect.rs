//! Step one: both services.

use crate::state::Shell;
use secrecy::SecretString;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{AccurateAppInput, AccurateView, AppView, ForstokView, SignInEvent};
use std::sync::PoisonError;
use tauri::State;
use tauri::ipc::Channel;

/// Connects the shop's Forstok.
#[tauri::command]
#[specta::specta]
pub async fn connect_forstok(shell: State<'_, Shell>, email: String, secret_key: String) -> AppResult<ForstokView> {
    shell.desk()?.connect_forstok(&email, SecretString::from(secret_key)).await
}

/// Signs in at Accurate in the system's browser; answers when the browser came back, the person stopped, or time ran out.
#[tauri::command]
#[specta::specta]
pub async fn connect_accurate(
    shell: State<'_, Shell>,
    input: AccurateAppInput,
    on_event: Channel<SignInEvent>,
) -> AppResult<AccurateView> {
    let desk = shell.desk()?;
    // A sign-in that was left behind by a reloaded page holds the port: the new one takes its place.
    let begun = shell.sign_in.begin_anew().await?;
    let tell = |event: SignInEvent| {
        let SignInEvent::Waiting { authorize_url, .. } = &event;
        shell.sign_in_address.lock().unwrap_or_else(PoisonError::into_inner).replace(authorize_url.clone());
        let _ = on_event.send(event);
    };
    let connected = desk.connect_accurate(input, shell.browser.as_ref(), begun.token.clone(), &tell).await;
    shell.sign_in_address.lock().unwrap_or_else(PoisonError::into_inner).take();
    connected
}

/// Opens the address of the sign-in under way once more.
#[tauri::command]
#[specta::specta]
pub async fn open_sign_in_again(shell: State<'_, Shell>) -> AppResult<()> {
    shell.desk()?;
    let address = shell.sign_in_address.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let none = || AppError::new(ErrorCode::NotFound).with("what", "sign_in").with("id", "");
    super::files::open(&shell, &address.ok_or_else(none)?)
}

/// Stops the sign-in under way.
#[tauri::command]
#[specta::specta]
pub async fn cancel_sign_in(shell: State<'_, Shell>) -> AppResult<()> {
    shell.sign_in.stop();
    Ok(())
}

/// Connects Accurate by an API token.
#[tauri::command]
#[specta::specta]
pub async fn connect_accurate_api_token(
    shell: State<'_, Shell>,
    token: String,
    signature_secret: String,
) -> AppResult<AccurateView> {
    let desk = shell.desk()?;
    desk.connect_accurate_api_token(SecretString::from(token), SecretString::from(signature_secret)).await
}

/// Forgets the sign-in and keeps history and mapping.
#[tauri::command]
#[specta::specta]
pub async fn disconnect_accurate(shell: State<'_, Shell>) -> AppResult<AppView> {
    shell.desk()?.disconnect_accurate().await?;
    shell.view().await
}
