//! `cargo xtask demo`: the whole thing, to be clicked through, on a made-up shop.

use super::step::{Step, say};
use super::{cargo, display, root, setup};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// How large the shop is, and whether there is a window.
#[derive(clap::Args)]
pub struct Arguments {
    /// In the terminal, without a window.
    #[arg(long)]
    headless: bool,
    /// SKUs of the made-up shop.
    #[arg(long)]
    items: Option<usize>,
    /// Orders of the made-up shop.
    #[arg(long)]
    orders: Option<usize>,
}

/// Shows it; the answer is the shown program's own.
///
/// # Errors
/// When something cannot be installed, built or started.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    setup::system(&setup::BUILD)?;
    let data = root().join("target/demo");
    let mut program = if arguments.headless || !display::is_there() {
        say(if arguments.headless {
            "without a window, as asked: the same job in the terminal (selaras-cli demo)"
        } else {
            "no display here (DISPLAY and WAYLAND_DISPLAY are empty): the same job in the terminal (selaras-cli demo)"
        });
        Step::new("build the program").run(cargo().args(["build", "--package", "selaras-cli"]))?;
        let mut program = Command::new(built("selaras-cli"));
        program.arg("--data-dir").arg(data).arg("demo");
        for (name, value) in [("--items", arguments.items), ("--orders", arguments.orders)] {
            if let Some(value) = value {
                program.arg(name).arg(value.to_string());
            }
        }
        program
    } else {
        setup::ui_packages()?;
        Step::quiet("build the UI").run(setup::npm().args(["run", "build"]))?;
        Step::new("build the app").run(cargo().args(["build", "--package", "selaras"]))?;
        let mut program = Command::new(built("selaras"));
        program.env("SELARAS_DATA_DIR", data).env("SELARAS_SANDBOX", "1");
        for (name, value) in [("SELARAS_SANDBOX_ITEMS", arguments.items), ("SELARAS_SANDBOX_ORDERS", arguments.orders)]
        {
            if let Some(value) = value {
                program.env(name, value.to_string());
            }
        }
        say("the window is open; close it to end the demo");
        program
    };
    let status = program.status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// A program that cargo has built.
fn built(name: &str) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
