//! One company, open: every step of the job is a method of [`Desk`], written in `steps/`. The window's commands and the CLI's are
//! thin calls of these.

use crate::backups::Missed;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::files::chain;
use crate::secrets::{self, SecretStore};
use crate::steps::{KnownCatalogue, KnownMoves, LAST_COMPANY, brakes_named, check_name};
use crate::view::ProgressView;
use crate::wiring::Clients;
use jiff::Timestamp;
use secrecy::SecretString;
pub use selaras_accurate::Patience;
use selaras_domain::ids::DatabaseId;
use selaras_engine::brakes::Brake;
use selaras_engine::ports::Clock;
use selaras_store::{Company, CompanyStore, DatabaseProfile, FILE_NAME, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Where the services are (cli.md "Environment").
#[derive(Debug, Clone)]
pub struct ServiceUrls {
    /// Account host of Accurate.
    pub accurate: String,
    /// Token host of Forstok.
    pub forstok_auth: String,
    /// API host of Forstok.
    pub forstok_api: String,
}

impl Default for ServiceUrls {
    fn default() -> Self {
        Self {
            accurate: "https://account.accurate.id".into(),
            forstok_auth: "https://integration.forstok.com".into(),
            forstok_api: "https://accounts.forstok.com".into(),
        }
    }
}

/// Where secrets live (cli.md: `SELARAS_SECRETS`).
#[derive(Clone)]
pub enum SecretsMode {
    /// The operating system's key store.
    Os,
    /// An encrypted vault in the data folder, opened by a passphrase.
    File(SecretString),
    /// Only in this process.
    Memory,
}

/// How to open a desk.
#[derive(Clone)]
pub struct DeskConfig {
    /// Folder of SQLite, logs and certificates; made when absent.
    pub data_dir: PathBuf,
    /// Name of the company.
    pub company: String,
    /// Base URLs.
    pub urls: ServiceUrls,
    /// Where secrets live.
    pub secrets: SecretsMode,
    /// Credentials given from outside (the environment), used where the vault has none.
    pub given: GivenCredentials,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How long Accurate's client waits.
    pub patience: Patience,
}

/// Credentials from the environment; never from arguments.
#[derive(Clone, Default)]
pub struct GivenCredentials {
    /// `SELARAS_ACCURATE_CLIENT_ID`.
    pub accurate_client_id: Option<String>,
    /// `SELARAS_ACCURATE_CLIENT_SECRET`.
    pub accurate_client_secret: Option<SecretString>,
    /// `SELARAS_FORSTOK_SECRET_KEY`.
    pub forstok_secret_key: Option<SecretString>,
    /// `SELARAS_ACCURATE_API_TOKEN`.
    pub accurate_api_token: Option<SecretString>,
    /// `SELARAS_ACCURATE_SIGNATURE_SECRET`.
    pub accurate_signature_secret: Option<SecretString>,
}

/// Opens an address in the system's browser. The shell and the CLI bring their own.
pub trait Browser: Send + Sync {
    /// Opens it.
    ///
    /// # Errors
    /// When there is no browser; the address is then shown to be copied.
    fn open(&self, url: &str) -> Result<(), String>;
}

/// Takes progress of a long step; must not block.
pub type OnProgress<'a> = &'a (dyn Fn(ProgressView) + Send + Sync);

/// One company, open. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
    /// The brakes that what is done by this handle passes.
    passed: BTreeSet<Brake>,
}

pub(crate) struct Inner {
    pub(crate) config: DeskConfig,
    pub(crate) store: Store,
    pub(crate) books: CompanyStore,
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) clients: Clients,
    /// The catalogue at hand, as long as it is the one that was read last.
    pub(crate) catalogue: Mutex<Option<Arc<KnownCatalogue>>>,
    /// What the plan that was looked at last moves.
    pub(crate) moves: Mutex<Option<KnownMoves>>,
    /// Held while the table of SKUs is made anew.
    pub(crate) sku_table: Mutex<()>,
    pub(crate) backup_missed: Missed,
}

impl Desk {
    /// Opens the data folder and the company in it; both are made when they are not there.
    ///
    /// # Errors
    /// When the folder cannot be used, its file is damaged or newer, the secrets cannot be opened, or a new company cannot have this name.
    pub fn open(config: DeskConfig) -> AppResult<Self> {
        let store = open_store(&config)?;
        Self::in_store(store, config)
    }

    /// Opens the company that the window showed last in this data folder; the one of `config` where there was none.
    ///
    /// # Errors
    /// As for [`Desk::open`].
    pub fn open_last(mut config: DeskConfig) -> AppResult<Self> {
        let store = open_store(&config)?;
        if let Some(last) = store.setting(LAST_COMPANY)? {
            config.company = last;
        }
        Self::in_store(store, config)
    }

    fn in_store(store: Store, config: DeskConfig) -> AppResult<Self> {
        let secrets = secrets::open(&config.secrets, &config.data_dir)?;
        let desk = Self::on_company(store, secrets, config)?;
        desk.back_up_daily();
        Ok(desk)
    }

    /// The company that `config` names; everything that belongs to one begins anew.
    pub(crate) fn on_company(store: Store, secrets: Arc<dyn SecretStore>, config: DeskConfig) -> AppResult<Self> {
        if !store.companies()?.iter().any(|company| company.name == config.company) {
            check_name(&config.company)?;
        }
        let company = store.company(&config.company)?;
        let books = store.company_scope(company.id);
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                store,
                books,
                secrets,
                clients: Clients::default(),
                catalogue: Mutex::default(),
                moves: Mutex::default(),
                sku_table: Mutex::default(),
                backup_missed: Missed::default(),
            }),
            passed: BTreeSet::new(),
        })
    }

    /// The same desk for one step of a person who has passed these brakes by name; this one passes none.
    #[must_use]
    pub fn passing(&self, brakes: impl IntoIterator<Item = Brake>) -> Self {
        Self { inner: self.inner.clone(), passed: brakes.into_iter().collect() }
    }

    /// The same for brakes by their names.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for a name that is none.
    pub fn passing_named(&self, names: &[String]) -> AppResult<Self> {
        Ok(self.passing(brakes_named(names)?))
    }

    pub(crate) fn passes(&self, brake: Brake) -> bool {
        self.passed.contains(&brake)
    }

    /// How it was opened.
    #[must_use]
    pub fn config(&self) -> &DeskConfig {
        &self.inner.config
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.inner.config.data_dir
    }

    pub(crate) fn books(&self) -> &CompanyStore {
        &self.inner.books
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.inner.config.clock.now()
    }

    pub(crate) fn company(&self) -> AppResult<Company> {
        Ok(self.inner.store.company(&self.inner.config.company)?)
    }

    pub(crate) fn change_company(&self, change: impl FnOnce(&mut Company)) -> AppResult<()> {
        let mut company = self.company()?;
        change(&mut company);
        Ok(self.inner.store.update_company(&company)?)
    }

    /// The chosen database.
    ///
    /// # Errors
    /// [`ErrorCode::NotConnected`] without a sign-in at Accurate, [`ErrorCode::NoDatabase`] when none is chosen.
    pub(crate) fn database(&self) -> AppResult<DatabaseId> {
        let company = self.company()?;
        company.database.ok_or_else(|| match company.accurate_mode {
            None => AppError::new(ErrorCode::NotConnected).with("side", "accurate"),
            Some(_) => AppError::new(ErrorCode::NoDatabase),
        })
    }

    pub(crate) fn profile(&self, database: DatabaseId) -> AppResult<DatabaseProfile> {
        let profile = self.books().database_profile(database)?;
        profile.ok_or_else(|| AppError::new(ErrorCode::NoDatabase))
    }

    /// Since when a database is used from here, to the whole second, in which Forstok tells its moments: what was placed in that second was
    /// not placed before.
    pub(crate) fn integrated_at(&self, database: DatabaseId) -> AppResult<Timestamp> {
        let first_used = self.profile(database)?.first_used;
        Ok(Timestamp::from_second(first_used.as_second()).unwrap_or(first_used))
    }

    /// Name of a secret of this company.
    pub(crate) fn secret_name(&self, what: &str) -> String {
        format!("{}/{what}", self.inner.config.company)
    }
}

fn open_store(config: &DeskConfig) -> AppResult<Store> {
    std::fs::create_dir_all(&config.data_dir).map_err(|error| crate::error::from_io(&error, &config.data_dir))?;
    let store = Store::open_with_clock(&config.data_dir, config.clock.clone())
        .map_err(|error| AppError::from(error).with("path", config.data_dir.join(FILE_NAME).display()))?;
    chain::rewrite(&config.data_dir, &store)?;
    Ok(store)
}
