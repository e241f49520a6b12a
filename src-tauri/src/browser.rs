//! The system's browser, by the `open` crate, which knows the platforms.

use selaras_app::desk::Browser;

/// The browser that this computer opens addresses with.
#[derive(Debug, Clone, Copy)]
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &str) -> Result<(), String> {
        // Detached: `open::that` waits, on some desktops, until the browser is closed.
        open::that_detached(url).map_err(|error| error.to_string())
    }
}
