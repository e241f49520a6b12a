//! What a fresh machine lacks: system packages, the UI's packages, the WebDriver of the window. Each is looked at first, so that a
//! second run installs nothing.

use super::root;
use super::step::{Step, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A part of the system, as the package managers call it.
pub struct Part {
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    /// How its presence shows where it was not installed by apt.
    shows: Shows,
}

enum Shows {
    /// A program in the search path.
    Program(&'static str),
    /// A library that pkg-config knows.
    Library(&'static str),
}

/// What building the app needs.
pub const BUILD: [Part; 4] = [
    Part { apt: "build-essential", dnf: "gcc gcc-c++ make", pacman: "base-devel", shows: Shows::Program("cc") },
    Part { apt: "pkg-config", dnf: "pkgconf-pkg-config", pacman: "pkgconf", shows: Shows::Program("pkg-config") },
    Part {
        apt: "libwebkit2gtk-4.1-dev",
        dnf: "webkit2gtk4.1-devel",
        pacman: "webkit2gtk-4.1",
        shows: Shows::Library("webkit2gtk-4.1"),
    },
    Part { apt: "libdbus-1-dev", dnf: "dbus-devel", pacman: "dbus", shows: Shows::Library("dbus-1") },
];

/// What driving the real window without a screen needs.
pub const WINDOW_TEST: [Part; 2] = [
    Part { apt: "xvfb", dnf: "xorg-x11-server-Xvfb", pacman: "xorg-server-xvfb", shows: Shows::Program("Xvfb") },
    Part {
        apt: "webkit2gtk-driver",
        dnf: "webkit2gtk-driver",
        pacman: "webkit2gtk-4.1",
        shows: Shows::Program("WebKitWebDriver"),
    },
];

/// What looking at the screens in a browser needs.
pub const SCREEN_TEST: [Part; 1] =
    [Part { apt: "chromium", dnf: "chromium", pacman: "chromium", shows: Shows::Program("chromium") }];

/// The WebDriver in front of the window's own.
const TAURI_DRIVER: &str = "^2.1";

/// Whether a program can be started by its name.
pub fn has_program(name: &str) -> bool {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(&name).is_file()))
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// Installs the system's parts that are missing. Windows and macOS bring them along.
///
/// # Errors
/// Where they cannot be installed from here: the message is the command to type.
pub fn system(parts: &[Part]) -> Result<()> {
    system_of(&[parts])
}

/// The same of several lists, at once.
///
/// # Errors
/// As [`system`].
pub fn system_of(lists: &[&[Part]]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let parts = || lists.iter().flat_map(|parts| parts.iter());
    if has_program("apt-get") && has_program("dpkg-query") {
        let missing: Vec<&str> = parts().map(|part| part.apt).filter(|name| !has_package(name)).collect();
        return if missing.is_empty() { Ok(()) } else { apt(&missing) };
    }
    let missing: Vec<&Part> = parts().filter(|part| !part.is_there()).collect();
    if missing.is_empty() { Ok(()) } else { bail!("{}", what_to_type(&missing)) }
}

impl Part {
    fn is_there(&self) -> bool {
        match self.shows {
            Shows::Program(name) => has_program(name),
            Shows::Library(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
        }
    }
}

fn has_package(name: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", name])) == "installed"
}

fn apt(missing: &[&str]) -> Result<()> {
    let root = output(Command::new("id").arg("-u")).trim() == "0";
    if !root && !has_program("sudo") {
        bail!(
            "missing: {}\nas root, type: apt-get update && apt-get install {}",
            missing.join(", "),
            missing.join(" ")
        );
    }
    say(&format!("  missing: {}", missing.join(", ")));
    let apt_get = || {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        // On a new machine another program may be installing at this moment: its lock is waited for.
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=900"]);
        command
    };
    // The password is asked for here, where the person sees it; the quiet steps have no terminal.
    if !root && !Command::new("sudo").arg("-v").status().is_ok_and(|status| status.success()) {
        bail!(
            "missing: {}\ntype: sudo apt-get update && sudo apt-get install {}",
            missing.join(", "),
            missing.join(" ")
        );
    }
    let with = |words: &[&str]| {
        let mut command = apt_get();
        command.args(words);
        command
    };
    // The lock of the lists is waited for by trying again: apt itself does not.
    Step::quiet("apt update").run_again(|| with(&["update"]))?;
    Step::quiet("apt install").run_again(|| with(&[&["install", "--no-install-recommends"], missing].concat()))
}

/// The command for the package manager that is there, or all names where none is known.
fn what_to_type(missing: &[&Part]) -> String {
    let names = |name: fn(&Part) -> &'static str| missing.iter().map(|part| name(part)).collect::<Vec<_>>().join(" ");
    if has_program("dnf") {
        format!("system packages are missing; type: sudo dnf install {}", names(|part| part.dnf))
    } else if has_program("pacman") {
        format!("system packages are missing; type: sudo pacman -S --needed {}", names(|part| part.pacman))
    } else {
        format!("system packages are missing; install what Debian calls: {}", names(|part| part.apt))
    }
}

/// npm, as this system calls it, in the UI's folder.
pub fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui")).env("npm_config_update_notifier", "false").env("npm_config_fund", "false");
    command
}

/// Installs the UI's packages when its lock file is another than at the last time.
///
/// # Errors
/// Where Node is missing or too old, or a package cannot be fetched.
pub fn ui_packages() -> Result<()> {
    let version = output(Command::new("node").arg("--version"));
    let major: Option<u32> =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < 20) {
        bail!(
            "Node 20 or newer is needed ({}): https://nodejs.org",
            if major.is_some() { version.trim() } else { "none found" }
        );
    }
    let lock = fs::read(root().join("ui/package-lock.json")).context("ui/package-lock.json")?;
    let stamp = root().join("target/xtask/package-lock.json");
    if root().join("ui/node_modules").is_dir() && fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    Step::quiet("npm ci").run_again(|| {
        let mut install = npm();
        install.args(["ci", "--no-audit"]);
        install
    })?;
    fs::write(stamp, lock).context("target/xtask")
}

/// The WebDriver that starts the window, fetched and built once.
///
/// # Errors
/// When it cannot be built.
pub fn tauri_driver() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let driver = tools.join("bin").join(format!("tauri-driver{}", std::env::consts::EXE_SUFFIX));
    if !driver.is_file() {
        Step::quiet("cargo install tauri-driver").run_again(|| {
            let mut install = super::cargo();
            install.args(["install", "tauri-driver", "--locked", "--version", TAURI_DRIVER, "--root"]).arg(&tools);
            install
        })?;
    }
    Ok(driver)
}

/// Where the driver keeps the window's own driver.
pub fn native_driver() -> Option<PathBuf> {
    ["/usr/bin/WebKitWebDriver", "/usr/lib/webkit2gtk-4.1/WebKitWebDriver"]
        .into_iter()
        .map(Path::new)
        .find(|path| path.is_file())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_nobody_has_is_not_found() {
        assert!(has_program("cargo"));
        assert!(!has_program("selaras-has-no-such-program"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_part_is_named_for_the_person() {
        let part = Part { apt: "libx-dev", dnf: "libx-dev", pacman: "libx-dev", shows: Shows::Program("no-such-x") };
        assert!(!part.is_there());
        assert!(what_to_type(&[&part]).ends_with("libx-dev"));
    }
}
