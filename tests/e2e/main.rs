//! Three whole stories in the real window: the program itself, its real IPC and its real web view, driven through WebDriver. The owner sets
//! everything up; the accountant works through a week; a shop of everything odd shows what is held, and why.
//!
//! They run only where `SELARAS_E2E` says that a display and the drivers are there: `cargo xtask test` sets all of it. Every screen is
//! kept as a picture in `target/screens/`, in both themes and two sizes. `SELARAS_E2E_GUIDE=id|en` tells the owner's story in one
//! language and one look, for the picture guide.

#![expect(clippy::print_stdout, reason = "a long test says where it is")]

mod accountant;
mod browser;
mod drivers;
mod odd;
mod owner;
mod window;

use anyhow::Result;
use window::Window;

/// The window's own port for the browser's answer is one, and so is the screen: one story after the other. Keeps what ended early, and why.
static ONE_AT_A_TIME: tokio::sync::Mutex<Vec<String>> = tokio::sync::Mutex::const_new(Vec::new());

fn wanted(story: &str) -> bool {
    let there = std::env::var_os("SELARAS_E2E").is_some();
    if !there {
        println!("{story}: skipped, as it needs a display and WebDriver; `cargo xtask test --only e2e` brings both");
    }
    there
}

/// Tells a story, keeps the screen where it ended early, and closes the window. What ended early is said again at the end of the next story:
/// a log may be read from its end only.
async fn told<'a>(
    name: &str,
    early: &mut Vec<String>,
    window: Window,
    story: impl AsyncFnOnce(&Window) -> Result<()>,
) -> Result<()> {
    let told = story(&window).await;
    if let Err(error) = &told {
        window.keep_failure().await;
        early.push(format!("{name} ended early: {error:#}"));
    }
    let closed = window.close().await;
    early.iter().for_each(|line| println!("{line}"));
    told.and(closed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_clicks_from_the_first_screen_to_the_proof() -> Result<()> {
    if !wanted("the owner") {
        return Ok(());
    }
    let mut early = ONE_AT_A_TIME.lock().await;
    let guide = std::env::var("SELARAS_E2E_GUIDE").ok();
    let data = tempfile::tempdir()?;
    let window = owner::open(data.path(), guide.as_deref()).await?;
    told("the owner", &mut early, window, async |window| owner::tell(window, guide.as_deref()).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accountant_works_through_a_week() -> Result<()> {
    if !wanted("the accountant") || std::env::var_os("SELARAS_E2E_GUIDE").is_some() {
        return Ok(());
    }
    let mut early = ONE_AT_A_TIME.lock().await;
    let data = tempfile::tempdir()?;
    let week = accountant::Week::begin(data.path()).await?;
    let window = accountant::open(&week, data.path()).await?;
    told("the accountant", &mut early, window, async |window| accountant::tell(window, &week).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_says_why_and_what_to_do() -> Result<()> {
    if !wanted("the odd shop") || std::env::var_os("SELARAS_E2E_GUIDE").is_some() {
        return Ok(());
    }
    let mut early = ONE_AT_A_TIME.lock().await;
    let data = tempfile::tempdir()?;
    let odd = odd::Odd::begin(data.path()).await?;
    let window = odd::open(&odd, data.path()).await?;
    told("the odd shop", &mut early, window, async |window| odd::tell(window).await).await
}
