//! `cargo xtask bench`: measurements, always beside the bound that they are measured against.

use super::{cargo, setup};
use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Items into Accurate at the speed limit.
    Items {
        /// Passed on.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Invoices and receipts into Accurate at the speed limit.
    Invoices {
        /// Passed on.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// What years of work take: memory, time, the data file, and how long a write holds it.
    Growth {
        /// Passed on.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The window's long tables, with 100,000 SKUs; fails when a search is over its bound.
    Ui {
        /// Passed on.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Measures; the answer is the bench's own.
///
/// # Errors
/// When it cannot be built or started.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    setup::system(&setup::BUILD)?;
    let (bench, passed_on) = match &arguments.bench {
        Bench::Items { arguments } => ("items", arguments),
        Bench::Invoices { arguments } => ("invoices", arguments),
        Bench::Growth { arguments } => ("growth", arguments),
        Bench::Ui { arguments } => ("ui", arguments),
    };
    let status =
        cargo().args(["bench", "--package", "selaras-app", "--bench", bench, "--"]).args(passed_on).status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
