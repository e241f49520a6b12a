//! What leaves the program: one JSON object on stdout with `--json`, tables and sentences for people without it, progress on stderr.
//!
//! Owns the two streams; nothing else in the program writes to them. Knows no command.

use crate::messages::{Messages, name_of};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{FormattedDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::ProgressView;
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Often enough for an eye, seldom enough for a log.
const BETWEEN_PROGRESS_LINES: Duration = Duration::from_millis(200);

/// The two streams.
pub struct Output {
    /// Whether a program reads.
    pub json: bool,
    /// The words for people.
    pub messages: &'static Messages,
}

impl Output {
    /// The answer of a command: the object for programs, or the text for people.
    ///
    /// # Errors
    /// When the answer cannot be written as JSON.
    pub fn answer(&self, answer: &impl Serialize, people: impl FnOnce() -> String) -> AppResult<()> {
        if self.json {
            return self.json_line(answer);
        }
        let text = people();
        if !text.is_empty() {
            to_stdout(&text);
        }
        Ok(())
    }

    /// One line of JSON on stdout, whoever reads.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json_line(&self, value: &impl Serialize) -> AppResult<()> {
        let line =
            serde_json::to_string(value).map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        to_stdout(&line);
        Ok(())
    }

    /// A sentence beside the answer, on stderr; with `--json` as a line of JSON.
    pub fn note(&self, text: &str) {
        if self.json {
            to_stderr(&json!({ "note": text }).to_string());
        } else {
            to_stderr(text);
        }
    }

    /// An error: cause, meaning, action.
    pub fn error(&self, error: &AppError) {
        let [cause, meaning, action] = self.messages.error(error);
        if self.json {
            let error = json!({ "error": {
                "code": name_of(error.code),
                "params": error.params,
                "message": format!("{cause} {meaning} {action}"),
            }});
            to_stdout(&error.to_string());
        } else {
            let word = |key| self.messages.word(key);
            to_stderr(&format!(
                "{}: {cause}\n{}: {meaning}\n{}: {action}",
                word("failed"),
                word("meaning"),
                word("action")
            ));
        }
    }

    /// A table for people; `headings` are keys of words.
    pub fn table(&self, headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(headings.iter().map(|heading| self.messages.word(heading)));
        table.add_rows(rows);
        table.to_string()
    }
}

/// Whoever closed the other end of the stream wants no more of it: that is no fault.
fn to_stdout(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _closed = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

fn to_stderr(text: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "{text}");
}

/// Progress of the step that is going on: a bar on a terminal, lines of JSON for a program, nothing otherwise.
pub struct Progress {
    json: bool,
    messages: &'static Messages,
    bar: ProgressBar,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    phase: String,
    line: Option<Instant>,
}

impl Progress {
    /// For one command.
    pub fn new(output: &Output) -> Self {
        // A bar draws itself on a terminal only.
        let target = if output.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self {
            json: output.json,
            messages: output.messages,
            bar: ProgressBar::with_draw_target(None, target),
            last: Mutex::new(Last::default()),
        }
    }

    /// Takes one report.
    pub fn report(&self, progress: ProgressView) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let new_phase = last.phase != progress.phase;
        if new_phase {
            last.phase.clone_from(&progress.phase);
        }
        if self.json {
            let due = last.line.is_none_or(|line| line.elapsed() >= BETWEEN_PROGRESS_LINES);
            if new_phase || due || progress.total == Some(progress.done) {
                last.line = Some(Instant::now());
                if let Ok(line) = serde_json::to_string(&progress) {
                    to_stderr(&line);
                }
            }
        } else {
            self.draw(&progress, new_phase);
        }
    }

    fn draw(&self, progress: &ProgressView, new_phase: bool) {
        if new_phase {
            let template = match progress.total {
                Some(_) => "{prefix} [{bar:30}] {human_pos}/{human_len} {msg}",
                None => "{prefix} {human_pos} {msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("=> "));
            }
            self.bar.set_prefix(self.messages.code("phase", &progress.phase).to_owned());
            self.bar.set_message("");
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total.into());
        }
        self.bar.set_position(progress.done.into());
        if let (Some(rate), Some(left)) = (progress.rate, progress.seconds_left) {
            let left = Duration::try_from_secs_f64(left)
                .map_or_else(|_| "–".into(), |left| FormattedDuration(left).to_string());
            self.bar
                .set_message(self.messages.say("progress_left", &[("rate", &format!("{rate:.0}")), ("left", &left)]));
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
