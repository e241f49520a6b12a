//! `cargo xtask test`: every check and test, side by side where they can be. This is what CI runs.
//!
//! Rust is compiled twice, once to be checked and once to run, and no more: every cargo call names the whole workspace, because another
//! selection would mean other features and another build of everything.

use super::display::Hidden;
use super::step::{Shown, Step, clock, say};
use super::{cargo, dist, root, setup, trust};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many tests run at once, by Rust's own variable.
const THREADS: &str = "RUST_TEST_THREADS";

/// Which parts.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this part; all of them when not given.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
}

/// Parts.
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
    /// The generated TypeScript is that of the Rust commands; one of the Rust tests.
    Bindings,
    /// Rust unit, integration and IPC tests.
    Rust,
    /// A short round of kills of the real program.
    Trust,
    /// The whole stories of an owner, an accountant and a shop of everything odd in the real window.
    E2e,
}

/// Parts that run side by side: much of each is waiting for the other's processor to be free, or for a service. The window is built and
/// looked at last, by itself: it does not stand a busy machine well.
const LANES: [&[Part]; 2] =
    [&[Part::UiLint, Part::UiTypes, Part::UiTests, Part::UiScreens], &[Part::Fmt, Part::Clippy, Part::Rust]];

/// What comes after the lanes, one after the other.
const LAST: [Part; 2] = [Part::Trust, Part::E2e];

/// Runs them: all of them in lanes, chosen ones in their order.
///
/// # Errors
/// At the first that fails.
pub fn run(arguments: &Arguments) -> Result<()> {
    let began = Instant::now();
    let times =
        if arguments.only.is_empty() { all()? } else { in_turn(&arguments.only, &|part| part.run(Shown::AsItComes))? };
    say("");
    for (part, time) in &times {
        say(&format!("  {:<12} {:>6}", name(*part), clock(*time)));
    }
    say(&format!("── {} parts passed in {}", times.len(), clock(began.elapsed())));
    Ok(())
}

fn name(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Parts one after the other, each with its time.
fn in_turn(parts: &[Part], run: &dyn Fn(Part) -> Result<()>) -> Result<Vec<(Part, Duration)>> {
    let mut times = Vec::new();
    for part in parts {
        say(&format!("── {}", name(*part)));
        let began = Instant::now();
        run(*part)?;
        times.push((*part, began.elapsed()));
    }
    Ok(times)
}

fn all() -> Result<Vec<(Part, Duration)>> {
    if cfg!(target_os = "linux") {
        // Once, as the package manager lets nobody in beside it.
        setup::system_of(&[&setup::BUILD, &setup::SCREEN_TEST, &setup::WINDOW_TEST])?;
    }
    // The program has the UI in it, and both lanes need it.
    let mut times = in_turn(&[Part::UiBuild], &|part| part.run(Shown::AsItComes))?;
    let failed = AtomicBool::new(false);
    let lane = |parts: &[Part]| {
        in_turn(parts, &|part| {
            if failed.load(Ordering::SeqCst) {
                bail!("not run, as another part has failed");
            }
            part.run(Shown::AtItsEnd).inspect_err(|_| failed.store(true, Ordering::SeqCst))
        })
    };
    let ended = std::thread::scope(|scope| {
        let lanes = LANES.map(|parts| scope.spawn(move || lane(parts)));
        lanes.map(|lane| lane.join().unwrap_or_else(|_| bail!("a lane of the tests has panicked")))
    });
    let (passed, other): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
    if !other.is_empty() {
        let told: Vec<String> = other.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
        bail!("{}", told.join("\n"));
    }
    times.extend(passed.into_iter().flatten().flatten());
    times.extend(in_turn(&LAST, &|part| part.run(Shown::AsItComes))?);
    Ok(times)
}

impl Part {
    fn run(self, shown: Shown) -> Result<()> {
        let step = |name: &'static str| Step::shown(name, shown);
        let ui = |name: &'static str, script: &str| {
            setup::ui_packages()?;
            step(name).run(setup::npm().args(["run", "--silent", script]))
        };
        match self {
            Self::Fmt => step("cargo fmt --check").run(cargo().args(["fmt", "--all", "--check"])),
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
                ui("the screens in a browser", "test:browser")?;
                // The window's driver is built while the other lane works.
                if shown == Shown::AtItsEnd { setup::tauri_driver().map(drop) } else { Ok(()) }
            }
            Self::Clippy => {
                setup::system(&setup::BUILD)?;
                let mut clippy = cargo();
                clippy.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
                step("clippy").run(&mut clippy)
            }
            Self::Bindings => {
                setup::system(&setup::BUILD)?;
                step("bindings are current").run(&mut bindings())
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
                step("Rust tests").run(&mut tests)
            }
            Self::Trust => trust::short(),
            Self::E2e => window_stories(None),
        }
    }
}

/// The UI as the window loads it, built from what it is now; built once by all parts that need it, as another date of its files would
/// build the program again.
fn built_ui() -> Result<()> {
    if dist::is_current(&root().join("ui")) {
        return Ok(());
    }
    setup::ui_packages()?;
    Step::new("UI build").run(setup::npm().args(["run", "--silent", "build"]))
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
