//! What the process was started with (cli.md "Environment"). Read once, through a function, so that a test can hold it still.

use secrecy::SecretString;
use selaras_app::desk::{DeskConfig, GivenCredentials, SecretsMode, ServiceUrls};
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_engine::ports::SystemClock;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Base URLs.
    pub urls: ServiceUrls,
    /// Where secrets live.
    pub secrets: SecretsMode,
    /// Credentials given from outside.
    pub given: GivenCredentials,
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
        let secret = |name: &str| text(name).map(SecretString::from);
        let number = |name: &str, default: usize| match text(name) {
            Some(value) => value.parse().map_err(|_| AppError::input(name, "not a number")),
            None => Ok(default),
        };
        let urls = ServiceUrls::default();
        let named = text("SELARAS_DATA_DIR").map(PathBuf::from);
        let size = ShopSize {
            items: number("SELARAS_SANDBOX_ITEMS", DEMO_ITEMS)?,
            orders: number("SELARAS_SANDBOX_ORDERS", DEMO_ORDERS)?,
        };
        Ok(Self {
            own_folder: named.is_none(),
            data_dir: match named {
                Some(folder) => folder,
                None => user_folder()?,
            },
            urls: ServiceUrls {
                accurate: text("SELARAS_ACCURATE_URL").unwrap_or(urls.accurate),
                forstok_auth: text("SELARAS_FORSTOK_AUTH_URL").unwrap_or(urls.forstok_auth),
                forstok_api: text("SELARAS_FORSTOK_API_URL").unwrap_or(urls.forstok_api),
            },
            secrets: match text("SELARAS_SECRETS").as_deref() {
                None | Some("os") => SecretsMode::Os,
                Some("memory") => SecretsMode::Memory,
                Some("file") => SecretsMode::File(
                    secret("SELARAS_PASSPHRASE").ok_or_else(|| AppError::new(ErrorCode::PassphraseNeeded))?,
                ),
                Some(_) => return Err(AppError::input("SELARAS_SECRETS", "os, file or memory")),
            },
            given: GivenCredentials {
                accurate_client_id: text("SELARAS_ACCURATE_CLIENT_ID"),
                accurate_client_secret: secret("SELARAS_ACCURATE_CLIENT_SECRET"),
                forstok_secret_key: secret("SELARAS_FORSTOK_SECRET_KEY"),
                accurate_api_token: secret("SELARAS_ACCURATE_API_TOKEN"),
                accurate_signature_secret: secret("SELARAS_ACCURATE_SIGNATURE_SECRET"),
            },
            sandbox: text("SELARAS_SANDBOX").filter(|value| value != "0").map(|_| size),
        })
    }

    /// How the desk of the real company is opened.
    #[must_use]
    pub fn desk(&self) -> DeskConfig {
        DeskConfig {
            data_dir: self.data_dir.clone(),
            company: "default".to_owned(),
            urls: self.urls.clone(),
            secrets: self.secrets.clone(),
            given: self.given.clone(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// Where programs keep their data on this system.
fn user_folder() -> AppResult<PathBuf> {
    directories::ProjectDirs::from("id", "Selaras", "Selaras")
        .map(|folders| folders.data_dir().to_owned())
        .ok_or_else(|| AppError::new(ErrorCode::StorageReadOnly).with("path", "SELARAS_DATA_DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::path::Path;

    fn with(variables: &'static [(&str, &str)]) -> AppResult<Environment> {
        Environment::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_real_services_are_meant_unless_others_are_named() {
        let environment =
            with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_ACCURATE_URL", "http://127.0.0.1:1")]).unwrap();
        assert_eq!(environment.data_dir, Path::new("/data"));
        assert_eq!(environment.urls.accurate, "http://127.0.0.1:1");
        assert_eq!(environment.urls.forstok_auth, "https://integration.forstok.com");
        assert_eq!(environment.urls.forstok_api, "https://accounts.forstok.com");
        assert!(matches!(environment.secrets, SecretsMode::Os));
        assert_eq!(environment.sandbox, None);
    }

    #[test]
    fn an_encrypted_vault_needs_its_passphrase() {
        let error = with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SECRETS", "file")]).err().unwrap();
        assert_eq!(error, AppError::new(ErrorCode::PassphraseNeeded));
        let opened =
            with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SECRETS", "file"), ("SELARAS_PASSPHRASE", "buka")]);
        assert!(matches!(opened.unwrap().secrets, SecretsMode::File(word) if word.expose_secret() == "buka"));
    }

    #[test]
    fn an_unknown_place_for_secrets_is_refused_and_never_becomes_a_plain_file() {
        let error = with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SECRETS", "plain")]).err().unwrap();
        assert_eq!(error, AppError::input("SELARAS_SECRETS", "os, file or memory"));
    }

    #[test]
    fn the_demo_shop_has_the_size_that_was_asked_for() {
        let environment =
            with(&[("SELARAS_DATA_DIR", "/data"), ("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "40")]).unwrap();
        assert_eq!(environment.sandbox, Some(ShopSize { items: 40, orders: DEMO_ORDERS }));
    }
}
