//! `cargo xtask test`: every check and test, the quick ones first. This is what CI runs.
//!
//! Rust is compiled twice, once to be checked and once to run, and no more: every cargo call names the whole workspace, because another
//! selection would mean other features and another build of everything.

use super::display::Hidden;
use super::step::{Step, clock, say};
use super::{cargo, dist, root, setup, trust};
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::process::Command;
use std::time::Instant;

/// How many tests run at once, by Rust's own variable.
const THREADS: &str = "RUST_TEST_THREADS";

/// Which parts.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this part; all of them when not given.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
}

/// Parts, in their order: what fails fast comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rust formatting.
    Fmt,
    /// The UI's formatting and lint.
    UiLint,
    /// The UI's types.
    UiTypes,
    /// The UI's tests.
    UiTests,
    /// The UI as the window loads it.
    UiBuild,
    /// Every screen and state in a browser.
    UiScreens,
    /// Clippy, warnings denied.
    Clippy,
    /// The generated TypeScript is that of the Rust commands.
    Bindings,
    /// Rust unit, integration and IPC tests.
    Rust,
    /// A short round of kills of the real program.
    Trust,
    /// The whole stories of an owner, an accountant and a shop of everything odd in the real window.
    E2e,
}

/// Runs them.
///
/// # Errors
/// At the first that fails.
pub fn run(arguments: &Arguments) -> Result<()> {
    let parts: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(|part| arguments.only.is_empty() || arguments.only.contains(part))
        .collect();
    let began = Instant::now();
    for (index, part) in parts.iter().enumerate() {
        say(&format!("── {}/{} · {}", index + 1, parts.len(), clock(began.elapsed())));
        part.run()?;
    }
    say(&format!("── all {} parts passed in {}", parts.len(), clock(began.elapsed())));
    Ok(())
}

impl Part {
    fn run(self) -> Result<()> {
        match self {
            Self::Fmt => Step::new("cargo fmt --check").run(cargo().args(["fmt", "--all", "--check"])),
            Self::UiLint => ui("UI lint", "lint"),
            Self::UiTypes => ui("UI types", "check"),
            Self::UiTests => ui("UI tests", "test"),
            Self::UiBuild => built_ui(),
            Self::UiScreens => {
                if !cfg!(target_os = "linux") {
                    say("the screens are driven on Linux only: skipped");
                    return Ok(());
                }
                setup::system(&setup::SCREEN_TEST)?;
                // What the browser shows is the UI as it is now.
                built_ui()?;
                ui("the screens in a browser", "test:browser")
            }
            Self::Clippy => {
                setup::system(&setup::BUILD)?;
                let mut clippy = cargo();
                clippy.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
                Step::new("clippy").run(&mut clippy)
            }
            Self::Bindings => {
                setup::system(&setup::BUILD)?;
                Step::new("bindings are current").run(&mut bindings())
            }
            Self::Rust => {
                setup::system(&setup::BUILD)?;
                let mut tests = cargo();
                tests.args(["test", "--workspace", "--locked"]);
                // Most of a test's time is waiting for a service: more of them at once than there are processors.
                if std::env::var_os(THREADS).is_none() {
                    let processors = std::thread::available_parallelism().map_or(1, usize::from);
                    tests.env(THREADS, (processors * 3).to_string());
                }
                Step::new("Rust tests").run(&mut tests)
            }
            Self::Trust => trust::short(),
            Self::E2e => window_stories(None),
        }
    }
}

fn ui(name: &str, script: &str) -> Result<()> {
    setup::ui_packages()?;
    Step::new(name).run(setup::npm().args(["run", "--silent", script]))
}

/// The UI as the window loads it, built from what it is now; built once by all parts that need it, as another date of its files would
/// build the program again.
fn built_ui() -> Result<()> {
    if dist::is_current(&root().join("ui")) { Ok(()) } else { ui("UI build", "build") }
}

/// The test that compares the generated TypeScript, or writes it when it is told to.
pub fn bindings() -> Command {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--test", "ipc", "bindings"]);
    command
}

/// Tells the stories in the real window; with a language only the owner's, in that language, for the guide.
///
/// # Errors
/// When something cannot be installed, or a story ends early.
pub fn window_stories(guide: Option<&str>) -> Result<()> {
    if !cfg!(target_os = "linux") {
        say("the window is driven on Linux only: skipped");
        return Ok(());
    }
    setup::system(&setup::BUILD)?;
    setup::system(&setup::WINDOW_TEST)?;
    let driver = setup::tauri_driver()?;
    // What the window shows is the UI as it is now.
    built_ui()?;
    let native = setup::native_driver().context("WebKitWebDriver is not where its package puts it")?;
    let screen = Hidden::start()?;
    let mut story = cargo();
    story
        .args(["test", "--workspace", "--locked", "--test", "e2e", "--", "--nocapture"])
        .env("SELARAS_E2E", "1")
        .env("SELARAS_TAURI_DRIVER", driver)
        .env("SELARAS_NATIVE_DRIVER", native)
        .env("DISPLAY", &screen.name)
        // A screen in memory has no graphics card, and no browser may open beside the window.
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("BROWSER", "/bin/true");
    if let Some(language) = guide {
        story.env("SELARAS_E2E_GUIDE", language);
    }
    Step::new("the stories in the real window").run(&mut story)
}
