//! What the process was started with (cli.md "Environment") and where its data are. Read through a function, so that a test can
//! hold it still.

use crate::desk::{DeskConfig, GivenCredentials, Patience, SecretsMode, ServiceUrls};
use crate::error::{AppError, AppResult, ErrorCode};
use secrecy::SecretString;
use selaras_engine::ports::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything from outside that opens a desk.
#[derive(Clone)]
pub struct Environment {
    /// Base URLs.
    pub urls: ServiceUrls,
    /// Where secrets live.
    pub secrets: SecretsMode,
    /// Credentials.
    pub given: GivenCredentials,
}

impl Environment {
    /// Of this process; `ask_passphrase` is asked for a vault's passphrase that is not given.
    ///
    /// # Errors
    /// `invalid_input` names a variable with an odd value; `passphrase_needed` for a vault without a passphrase.
    pub fn of_process(ask_passphrase: impl FnOnce() -> Option<SecretString>) -> AppResult<Self> {
        Self::read(|name| std::env::var(name).ok(), ask_passphrase)
    }

    /// Of any source of variables; an empty one counts as absent.
    ///
    /// # Errors
    /// As for [`Environment::of_process`].
    pub fn read(
        variable: impl Fn(&str) -> Option<String>,
        ask_passphrase: impl FnOnce() -> Option<SecretString>,
    ) -> AppResult<Self> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let secret = |name: &str| text(name).map(SecretString::from);
        let urls = ServiceUrls::default();
        Ok(Self {
            urls: ServiceUrls {
                accurate: text("SELARAS_ACCURATE_URL").unwrap_or(urls.accurate),
                forstok_auth: text("SELARAS_FORSTOK_AUTH_URL").unwrap_or(urls.forstok_auth),
                forstok_api: text("SELARAS_FORSTOK_API_URL").unwrap_or(urls.forstok_api),
            },
            secrets: match text("SELARAS_SECRETS").as_deref() {
                None | Some("os") => SecretsMode::Os,
                Some("memory") => SecretsMode::Memory,
                Some("file") => SecretsMode::File(
                    secret("SELARAS_PASSPHRASE")
                        .or_else(ask_passphrase)
                        .ok_or_else(|| AppError::new(ErrorCode::PassphraseNeeded).with("reason", "missing"))?,
                ),
                Some(_) => return Err(AppError::input("SELARAS_SECRETS", "os | file | memory")),
            },
            given: GivenCredentials {
                accurate_client_id: text("SELARAS_ACCURATE_CLIENT_ID"),
                accurate_client_secret: secret("SELARAS_ACCURATE_CLIENT_SECRET"),
                forstok_secret_key: secret("SELARAS_FORSTOK_SECRET_KEY"),
                accurate_api_token: secret("SELARAS_ACCURATE_API_TOKEN"),
                accurate_signature_secret: secret("SELARAS_ACCURATE_SIGNATURE_SECRET"),
            },
        })
    }

    /// How the desk of a company is opened.
    #[must_use]
    pub fn desk(self, data_dir: &Path, company: &str) -> DeskConfig {
        DeskConfig {
            data_dir: data_dir.to_owned(),
            company: company.to_owned(),
            urls: self.urls,
            secrets: self.secrets,
            given: self.given,
            clock: clock(),
            patience: patience(),
        }
    }
}

/// The system's clock.
#[cfg(not(debug_assertions))]
fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The system's clock; otherwise as a test of the whole program says, which no release listens to: how long what was sent may still arrive, in
/// milliseconds, and by how many seconds the clock is ahead.
#[cfg(debug_assertions)]
fn clock() -> Arc<dyn Clock> {
    struct Told {
        arrives_within: jiff::SignedDuration,
        ahead: jiff::SignedDuration,
    }
    impl Clock for Told {
        fn now(&self) -> jiff::Timestamp {
            SystemClock.now() + self.ahead
        }
        fn arrives_within(&self) -> jiff::SignedDuration {
            self.arrives_within
        }
    }
    let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    Arc::new(Told {
        arrives_within: told("SELARAS_TEST_ARRIVES_WITHIN_MS")
            .map_or_else(|| SystemClock.arrives_within(), jiff::SignedDuration::from_millis),
        ahead: told("SELARAS_TEST_CLOCK_AHEAD_S").map_or(jiff::SignedDuration::ZERO, jiff::SignedDuration::from_secs),
    })
}

/// The usual waits.
#[cfg(not(debug_assertions))]
fn patience() -> Patience {
    Patience::default()
}

/// The usual waits; at the service of a test of the whole program, whose second is as long as the test says, in milliseconds. No release
/// listens to it.
#[cfg(debug_assertions)]
fn patience() -> Patience {
    let second = std::env::var("SELARAS_TEST_SECOND_MS").ok().and_then(|text| text.parse().ok());
    second.map_or_else(Patience::default, |second| Patience::of_second(std::time::Duration::from_millis(second)))
}

/// Where this user's data are, unless another folder is named; the window and the CLI share them.
///
/// # Errors
/// When this user has no home folder.
pub fn data_dir(named: Option<PathBuf>) -> AppResult<PathBuf> {
    match named {
        Some(folder) => Ok(folder),
        None => directories::ProjectDirs::from("id", "Selaras", "Selaras")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or_else(|| AppError::input("--data-dir", "–")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn with(variables: &[(&str, &str)], asked: Option<&str>) -> AppResult<Environment> {
        Environment::read(
            |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
            || asked.map(SecretString::from),
        )
    }

    #[test]
    fn real_services_are_meant_unless_others_are_named() {
        let environment =
            with(&[("SELARAS_FORSTOK_API_URL", "http://127.0.0.1:1"), ("SELARAS_ACCURATE_URL", "")], None).unwrap();
        assert_eq!(environment.urls.accurate, "https://account.accurate.id");
        assert_eq!(environment.urls.forstok_auth, "https://integration.forstok.com");
        assert_eq!(environment.urls.forstok_api, "http://127.0.0.1:1");
        assert!(matches!(environment.secrets, SecretsMode::Os));
        assert!(environment.given.forstok_secret_key.is_none());
    }

    #[test]
    fn vault_takes_its_passphrase_from_the_environment_or_asks() {
        let passphrase = |variables: &[(&str, &str)], asked| match with(variables, asked).map(|read| read.secrets) {
            Ok(SecretsMode::File(passphrase)) => passphrase.expose_secret().to_owned(),
            Ok(_) => panic!("another mode"),
            Err(error) => format!("{:?}", error.code),
        };
        let file = ("SELARAS_SECRETS", "file");
        assert_eq!(passphrase(&[file, ("SELARAS_PASSPHRASE", "buka")], Some("asked")), "buka");
        assert_eq!(passphrase(&[file], Some("asked")), "asked");
        assert_eq!(passphrase(&[file], None), "PassphraseNeeded");
    }

    #[test]
    fn odd_place_for_secrets_is_refused_and_never_becomes_a_plain_file() {
        let error = with(&[("SELARAS_SECRETS", "plain")], None).err().unwrap();
        assert_eq!(error, AppError::input("SELARAS_SECRETS", "os | file | memory"));
    }
}
