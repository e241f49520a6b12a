//! The log file below the data folder: one a day, the newest fourteen, level by `SELARAS_LOG`. What is logged carries no body, no
//! token and no address with a query; that is the duty of who logs. This module only decides where it goes.

use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Two working weeks: enough for a fault that is reported late, and small.
const DAYS_KEPT: usize = 14;

/// Starts logging; the last lines are written when the answer is dropped. `None` where the folder takes no file: the work goes on
/// without a log, and the store says what is wrong with the folder. `program` is the first part of the file's name.
#[must_use]
pub fn start(data_dir: &Path, program: &str) -> Option<WorkerGuard> {
    let folder = data_dir.join("logs");
    // The appender would complain on stderr about a folder that is not there yet.
    std::fs::create_dir_all(&folder).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(program)
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::try_from_env("SELARAS_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(writer).try_init().ok()?;
    Some(guard)
}

/// A fault of the program ends in a sentence for the person, not in a stack trace; its place goes to the log. Only the place: a
/// panic's words may quote data.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of this program");
    }));
}
