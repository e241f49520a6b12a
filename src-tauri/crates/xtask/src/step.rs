//! One step: a line when it begins, a sign of life while it lasts, a line with its time when it ends, and an end in any case.

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// An end in any case, and no measure of speed: the longest step, building the tests in a fresh clone on two slow cores that do other
/// things, too, takes a third of this.
const LONGEST: Duration = Duration::from_secs(3 * 60 * 60);
/// How often a step that fetches something is tried, and the pause before it is tried again.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(15);
/// After so long without a word, people think that something hangs.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
/// How often a child is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How much of a quiet step's output is shown when it fails.
const LAST_LINES: usize = 60;

/// Says something to the person at the terminal; on stderr, so that a child's stdout stays its own.
#[expect(clippy::print_stderr, reason = "talking to the terminal is what xtask is for")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// `1:05` for sixty-five seconds.
pub fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// When a step's output is shown; what is not shown at once goes to `target/xtask/NAME.log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As it comes.
    AsItComes,
    /// All of it when the step ends, as another one talks at the same time.
    AtItsEnd,
    /// Its last lines, and only when it fails.
    Failed,
}

/// A named step with a limit.
pub struct Step<'a> {
    name: &'a str,
    limit: Duration,
    shown: Shown,
}

impl<'a> Step<'a> {
    /// A step whose output is shown.
    pub fn new(name: &'a str) -> Self {
        Self::shown(name, Shown::AsItComes)
    }

    /// A step whose output is shown only when it fails.
    pub fn quiet(name: &'a str) -> Self {
        Self::shown(name, Shown::Failed)
    }

    /// A step whose output is shown then.
    pub fn shown(name: &'a str, shown: Shown) -> Self {
        Self { name, limit: LONGEST, shown }
    }

    /// Runs what may be run twice, and fails while another program holds a lock or the network is away: again, a few times.
    ///
    /// # Errors
    /// When the last try fails.
    pub fn run_again(&self, command: impl FnMut() -> Command) -> Result<()> {
        self.tries(command, PAUSE)
    }

    fn tries(&self, mut command: impl FnMut() -> Command, pause: Duration) -> Result<()> {
        for _ in 1..TRIES {
            let Err(error) = self.run(&mut command()) else { return Ok(()) };
            say(&format!("{error:#}\n… {} again in {}", self.name, clock(pause)));
            sleep(pause);
        }
        self.run(&mut command())
    }

    /// Runs it.
    ///
    /// # Errors
    /// When it cannot start, fails, or takes too long.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        say(&format!("▶ {}", self.name));
        let log = super::root().join("target/xtask").join(format!("{}.log", self.name.replace([' ', '/'], "-")));
        if self.shown != Shown::AsItComes {
            fs::create_dir_all(super::root().join("target/xtask"))?;
            let file = File::create(&log)?;
            command.stdout(file.try_clone()?).stderr(file);
        }
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        let status = self.wait(&mut child, began)?;
        let kept = || fs::read_to_string(&log).unwrap_or_default();
        if self.shown == Shown::AtItsEnd {
            say(&kept());
        }
        if !status.success() {
            if self.shown == Shown::Failed {
                say(&last_lines(&kept()));
            }
            bail!("✗ {} failed after {} ({status})", self.name, clock(began.elapsed()));
        }
        say(&format!("✓ {} {}", self.name, clock(began.elapsed())));
        Ok(())
    }

    fn wait(&self, child: &mut Child, began: Instant) -> Result<ExitStatus> {
        let mut next_word = SIGN_OF_LIFE;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            let elapsed = began.elapsed();
            if elapsed > self.limit {
                child.kill()?;
                child.wait()?;
                bail!("✗ {} was stopped: it took longer than {}", self.name, clock(self.limit));
            }
            if elapsed > next_word {
                say(&format!("… {} {}", self.name, clock(elapsed)));
                next_word += SIGN_OF_LIFE;
            }
            sleep(GLANCE);
        }
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_step_that_takes_too_long_is_stopped_and_named() {
        let step = Step { limit: Duration::from_millis(100), ..Step::new("sleeping") };
        let error = step.run(Command::new("sleep").arg("600")).unwrap_err();
        assert_eq!(error.to_string(), "✗ sleeping was stopped: it took longer than 0:00");
    }

    #[cfg(unix)]
    #[test]
    fn a_step_that_fails_is_named_with_its_status() {
        let error = Step::new("saying no").run(&mut Command::new("false")).unwrap_err();
        assert_eq!(error.to_string(), "✗ saying no failed after 0:00 (exit status: 1)");
    }

    #[cfg(unix)]
    #[test]
    fn a_step_that_another_program_holds_up_is_tried_again_and_not_for_ever() {
        let tried = |passes: u32| {
            let mut times = 0;
            let done = Step::new("waiting for a lock").tries(
                || {
                    times += 1;
                    Command::new(if times >= passes { "true" } else { "false" })
                },
                Duration::ZERO,
            );
            (done.is_ok(), times)
        };
        assert_eq!(tried(1), (true, 1));
        assert_eq!(tried(TRIES), (true, TRIES));
        assert_eq!(tried(TRIES + 1), (false, TRIES));
    }

    #[test]
    fn time_is_written_as_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(clock(Duration::from_secs(3600)), "60:00");
    }
}
