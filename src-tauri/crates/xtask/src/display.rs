//! A screen: the one that is there, or one that nobody sees.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Whether a window can be shown here.
pub fn is_there() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// How long Xvfb may take to be ready: the first time everything is read from the disk.
const READY: Duration = Duration::from_secs(120);

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
    /// When Xvfb cannot start, or is not ready in time.
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb cannot be started")?;
        let said = first_line(server.stdout.take().context("Xvfb has no output")?, READY);
        // From here on it ends in any case.
        let mut screen = Self { server, name: String::new() };
        match said {
            // Xvfb writes the number when it is ready, and closes the pipe when it cannot start.
            Some(number) if !number.trim().is_empty() => screen.name = format!(":{}", number.trim()),
            Some(_) => bail!("Xvfb ended before it was ready ({})", screen.server.wait()?),
            None => bail!("waited {} s for Xvfb to be ready", READY.as_secs()),
        }
        Ok(screen)
    }
}

/// The first line of an output, empty when it ends before; `None` when it says nothing in time.
fn first_line(output: impl Read + Send + 'static, patience: Duration) -> Option<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(output).read_line(&mut line);
        let _ = send.send(line);
    });
    receive.recv_timeout(patience).ok()
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_screen_that_never_says_that_it_is_ready_is_not_waited_for_without_an_end() {
        let said = |words: &str, patience| {
            let mut child = Command::new("sh").args(["-c", words]).stdout(Stdio::piped()).spawn().unwrap();
            let line = first_line(child.stdout.take().unwrap(), patience);
            let _ = child.kill();
            let _ = child.wait();
            line
        };
        assert_eq!(said("echo 99", Duration::from_secs(60)).as_deref(), Some("99\n"));
        assert_eq!(said("exit 1", Duration::from_secs(60)).as_deref(), Some(""));
        assert_eq!(said("exec sleep 600", Duration::from_millis(100)), None);
    }
}
