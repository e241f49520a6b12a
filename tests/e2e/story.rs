//! The story, step by step as the rail shows it.

use crate::browser;
use crate::window::Window;
use anyhow::{Context, Result, ensure};

/// Tells it from the first screen to the second database.
pub async fn tell(window: &Window) -> Result<()> {
    welcome(window).await?;
    connect_forstok(window).await?;
    connect_accurate(window).await?;
    Ok(())
}

async fn welcome(window: &Window) -> Result<()> {
    window.see("welcome-new").await?;
    window.picture("01-welcome").await?;
    window.click("welcome-new").await?;
    window.click("welcome-next").await
}

async fn connect_forstok(window: &Window) -> Result<()> {
    window.see("connect-sandbox").await?;
    window.value_of("connect-forstok-key").await?;
    window.picture("02-connect-forstok").await?;
    window.click("connect-forstok-submit").await
}

async fn connect_accurate(window: &Window) -> Result<()> {
    window.value_of("connect-client-secret").await?;
    window.picture("03-connect-accurate").await?;
    window.click("connect-accurate-submit").await?;
    window.see("connect-waiting").await?;
    window.picture("04-connect-waiting").await?;
    let address = window.read("connect-authorize-url").await?;
    browser::grant(&address).await.context("the person's browser")?;
    window.see("connect-accurate-done").await?;
    ensure!(
        !window.has("connect-missing").await,
        "everything was granted, and the window says that a permission is missing"
    );
    window.picture("05-connected").await?;
    window.click("connect-next").await
}
