//! `selaras-cli`: the same engine without a window, for a server, a scheduled job, a script, a test.
//!
//! Owns the command line, the streams and the exit code (cli.md); the work itself is `selaras-app`'s.

mod arguments;
mod commands;
mod exit;
mod messages;
mod output;
mod prompt;
mod signals;

use crate::exit::Exit;
use crate::messages::Messages;
use crate::output::Output;
use selaras_app::error::{AppError, ErrorCode};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let arguments = match arguments::parse(&words) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, &words).into(),
    };
    let output = Output { json: arguments.global.json, messages: Messages::of(arguments.global.lang) };
    selaras_app::log::quiet_panics();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        runtime.block_on(commands::carry_out(arguments, &output))
    }));
    let exit = match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            tracing::warn!(code = ?error.code, "the command ended with an error");
            output.error(&error);
            Exit::of_error(&error)
        }
        Err(_) => {
            output.error(&AppError::new(ErrorCode::Internal));
            Exit::Failed
        }
    };
    exit.into()
}

/// Help and version are answers; everything else is a usage error, with `--json` also as the one object.
fn usage(error: &clap::Error, words: &[OsString]) -> Exit {
    // Nothing can be said to somebody who closed the stream.
    let _closed = error.print();
    if !error.use_stderr() {
        return Exit::Done;
    }
    if words.iter().any(|word| word == "--json") {
        let text = error.to_string();
        let detail = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Output { json: true, messages: Messages::of(arguments::language_of(words)) }
            .error(&AppError::input("arguments", detail));
    }
    Exit::Usage
}
