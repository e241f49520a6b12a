//! A screen: the one that is there, or one that nobody sees.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Whether a window can be shown here.
pub fn is_there() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// A screen in memory; it ends when this is dropped.
pub struct Hidden {
    server: Child,
    /// Its address, for `DISPLAY`.
    pub name: String,
}

impl Hidden {
    /// Starts one that is larger than the window, on the first number that is free.
    ///
    /// # Errors
    /// When Xvfb cannot start.
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb cannot be started")?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            // Xvfb writes the number when it is ready, and closes the pipe when it cannot start.
            BufReader::new(output).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            bail!("Xvfb ended before it was ready ({})", server.wait()?);
        }
        Ok(Self { server, name: format!(":{}", number.trim()) })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
