//! What the window was started with: what the CLI reads too, and the folder and the made-up shop that the window has no arguments for.

use selaras_app::desk::DeskConfig;
use selaras_app::environment::{Environment as Services, data_dir};
use selaras_app::error::{AppError, AppResult};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

/// How large a made-up shop is, when nobody says.
const DEMO_ITEMS: usize = 1000;
const DEMO_ORDERS: usize = 200;

/// Everything that is decided before the window opens.
#[derive(Clone)]
pub struct Environment {
    /// Folder of the companies and the log.
    pub data_dir: PathBuf,
    /// Whether that is the folder of this computer's user, and not one that was named.
    pub own_folder: bool,
    /// Where files for the person go (`SELARAS_DOWNLOADS`), unless it is their folder of downloads.
    pub downloads: Option<PathBuf>,
    /// What the CLI reads too: services, secrets, credentials.
    pub services: Services,
    /// The made-up shop to start with.
    pub sandbox: Option<ShopSize>,
}

/// How large a made-up shop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopSize {
    /// SKUs.
    pub items: usize,
    /// Orders.
    pub orders: usize,
}

impl Default for ShopSize {
    fn default() -> Self {
        Self { items: DEMO_ITEMS, orders: DEMO_ORDERS }
    }
}

impl Environment {
    /// Of this process.
    ///
    /// # Errors
    /// `invalid_input` names the variable; `passphrase_needed` where the encrypted vault is asked for without its passphrase.
    pub fn of_process() -> AppResult<Self> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Of any source of variables. An empty one counts as absent.
    ///
    /// # Errors
    /// As for [`Environment::of_process`].
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> AppResult<Self> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let number = |name: &str, default: usize| match text(name) {
            Some(value) => value.parse().map_err(|_| AppError::input(name, "not a number")),
            None => Ok(default),
        };
        let named = text("SELARAS_DATA_DIR").map(PathBuf::from);
        let size = ShopSize {
            items: number("SELARAS_SANDBOX_ITEMS", DEMO_ITEMS)?,
            orders: number("SELARAS_SANDBOX_ORDERS", DEMO_ORDERS)?,
        };
        Ok(Self {
            own_folder: named.is_none(),
            data_dir: data_dir(named)?,
            downloads: text("SELARAS_DOWNLOADS").map(PathBuf::from),
            // A window has no terminal to ask at: the passphrase comes with the environment or not at all.
            services: Services::read(&variable, || None)?,
            sandbox: text("SELARAS_SANDBOX").filter(|value| value != "0").map(|_| size),
        })
    }

    /// Whether there is one window only for the data folder, so that a second start shows it again. Where the system has no name for
    /// another folder, only that of this computer's user is guarded.
    #[must_use]
    pub fn one_window(&self) -> bool {
        self.own_folder || cfg!(target_os = "linux")
    }

    /// The name under which the window is found by a second start: its own for each folder that was named.
    #[must_use]
    pub fn window_name(&self, identifier: &str) -> String {
        if self.own_folder && self.sandbox.is_none() {
            return identifier.to_owned();
        }
        let mut hash = DefaultHasher::new();
        (&self.data_dir, self.sandbox.is_some()).hash(&mut hash);
        format!("{identifier}.folder{:016x}", hash.finish())
    }

    /// How the desk of the real company is opened.
    #[must_use]
    pub fn desk(&self) -> DeskConfig {
        self.services.clone().desk(&self.data_dir, "default")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn with(variables: &'static [(&str, &str)]) -> AppResult<Environment> {
        Environment::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_named_folder_is_not_the_users_own() {
        let environment = with(&[("SELARAS_DATA_DIR", "/data")]).unwrap();
        assert_eq!(environment.data_dir, Path::new("/data"));
        assert!(!environment.own_folder);
        assert_eq!(environment.sandbox, None);
    }

    #[test]
    fn the_demo_shop_has_the_size_that_was_asked_for() {
        let environment =
            with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "40")]).unwrap();
        assert_eq!(environment.sandbox, Some(ShopSize { items: 40, orders: DEMO_ORDERS }));
        let error = with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SANDBOX_ITEMS", "banyak")]).err().unwrap();
        assert_eq!(error, AppError::input("SELARAS_SANDBOX_ITEMS", "not a number"));
    }
}
