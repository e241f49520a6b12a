//! `cargo xtask`: set-up, demo, tests and benches, one command each. Owns what has to be installed and in which order things are
//! built; owns nothing that ships.

mod bench;
mod demo;
mod display;
mod dist;
mod guide;
mod setup;
mod step;
mod test;
mod trust;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Builds, shows and tests Selaras.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build everything, and open the window on a made-up shop.
    Demo(demo::Arguments),
    /// Install what is missing and run every check and test.
    Test(test::Arguments),
    /// Write the TypeScript side of the commands from the Rust side.
    Bindings,
    /// Write the picture guide of the set-up from the real window.
    Guide,
    /// Kill the real program at every place, and judge by the services' own ledger what became of the books.
    Trust(trust::Arguments),
    /// Measure.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test(arguments) => test::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Bindings => write_bindings().map(|()| ExitCode::SUCCESS),
        Task::Guide => guide::run().map(|()| ExitCode::SUCCESS),
        Task::Trust(arguments) => trust::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        step::say(&format!("\n{error:#}"));
        ExitCode::FAILURE
    })
}

/// The project's folder, wherever the command was typed.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_owned()
}

/// The cargo that runs this, so that a chosen toolchain stays chosen.
fn cargo() -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn write_bindings() -> Result<()> {
    setup::system(&setup::BUILD)?;
    step::Step::new("bindings").run(test::bindings().env("SELARAS_WRITE_BINDINGS", "1"))
}
