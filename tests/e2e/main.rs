//! The whole story of an owner in the real window: the program itself, its real IPC and its real web view, driven through WebDriver.
//!
//! Runs only where `SELARAS_E2E=1` says that a display and the drivers are there: `cargo xtask test` sets all of it. Every screen is
//! kept as a picture in `target/screens/`.

#![expect(clippy::print_stdout, reason = "a long test says where it is")]

mod browser;
mod story;
mod window;

use anyhow::Result;
use window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_clicks_from_the_first_screen_to_the_proof() -> Result<()> {
    if std::env::var_os("SELARAS_E2E").is_none() {
        println!("skipped: needs a display and WebDriver; `cargo xtask test --only e2e` brings both");
        return Ok(());
    }
    let window = Window::open().await?;
    let told = story::tell(&window).await;
    if told.is_err() {
        window.keep_failure().await;
    }
    let closed = window.close().await;
    told.and(closed)
}
