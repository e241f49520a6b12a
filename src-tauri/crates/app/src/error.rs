//! The one error that leaves the steps: a closed code with parameters. The window maps the code to text and action, the CLI to
//! text and exit code. Details for a developer go to the log, never to the screen; nothing in here is personal or secret.

use selaras_domain::plan::Reason;
use selaras_engine::ports::{PortError, StorageFault};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use std::fmt;

/// Every way in which a step ends without its answer. A variant exists only where somebody acts on it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// An argument or a field is wrong (`field`, `detail`).
    InvalidInput,
    /// An imported file cannot be read (`file`, `place`, `detail`).
    FileMalformed,
    /// There is no such plan, run, SKU, … (`what`, `id`).
    NotFound,
    /// Forstok or Accurate is not connected yet (`side`).
    NotConnected,
    /// No database is chosen yet.
    NoDatabase,
    /// The database cannot be chosen (`alias`, `reason`).
    DatabaseUnusable,
    /// The mapping lacks something that this step needs (`missing`).
    MappingIncomplete,
    /// The mapping points to something that cannot be used (`path`, `detail`).
    MappingInvalid,
    /// Forstok does not accept e-mail and key.
    WrongForstokKey,
    /// Accurate does not accept client ID and secret.
    WrongClient,
    /// Accurate does not accept the API token or its signature (`detail`).
    WrongApiToken,
    /// This computer's clock is more than ten minutes off.
    ClockSkew,
    /// The person chose *Tolak*.
    ConsentDenied,
    /// Nobody answered in the browser in time.
    SignInTimedOut,
    /// The answer in the browser was not the one that was asked for.
    SignInMismatch,
    /// The person stopped it.
    Cancelled,
    /// The port of the redirect URI is taken (`port`).
    PortTaken,
    /// The sign-in has ended (`side`).
    SignInNeeded,
    /// A permission is missing (`scope`).
    ScopeMissing,
    /// No connection (`side`).
    Offline,
    /// The service asks to slow down for longer than we waited (`side`).
    Busy,
    /// The service refused (`side`, `reason`, `message`).
    Refused,
    /// No usable answer (`side`).
    NoAnswer,
    /// The account offers no such call, and no file was imported instead (`side`, `what`).
    NotOffered,
    /// The session belongs to another database; nothing was sent (`expected`, `found`).
    WrongDatabase,
    /// The plan was made for another database than the chosen one (`expected`, `found`).
    PlanOfOtherDatabase,
    /// The plan was made for another Forstok account than the one that is signed in (`expected`, `found`).
    PlanOfOtherShop,
    /// The stored plan is not the one that was made (`plan`).
    PlanAltered,
    /// The plan is too old: another run of its kind came after it, or its figures have aged (`made_at`).
    PlanStale,
    /// The plan meets brakes that nobody has passed; nothing was written (`plan`, `kind`, `brakes`, each by its name, `…_limit`).
    Brake,
    /// This run cannot be taken back (`run`, `reason`).
    UndoNotPossible,
    /// What a person decided about a row would change nothing (`reason`, `cause`, `target`, `key`).
    DecisionNotPossible,
    /// Another run holds this company.
    CompanyBusy,
    /// Another program has the data folder open.
    DataInUse,
    /// A file cannot take the place of the data file (`file`, `why`: `missing`, `foreign`, `damaged`, `newer`).
    BackupRefused,
    /// The disk is full.
    StorageFull,
    /// The data folder cannot be written to (`path`).
    StorageReadOnly,
    /// The local file is damaged (`path`).
    StorageDamaged,
    /// The local file was written by a newer version (`found`, `known`).
    StorageNewer,
    /// Any other fault of the local store.
    Storage,
    /// The OS has no key store, or it is locked (`detail`).
    SecretsUnavailable,
    /// The vault's passphrase is missing or wrong.
    PassphraseNeeded,
    /// A fault of this program.
    Internal,
}

impl ErrorCode {
    /// Whether the local store has failed: nothing can go on.
    #[must_use]
    pub fn is_of_store(self) -> bool {
        matches!(
            self,
            Self::StorageFull | Self::StorageReadOnly | Self::StorageDamaged | Self::StorageNewer | Self::Storage
        )
    }
}

/// An error with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AppError {
    /// Closed code.
    pub code: ErrorCode,
    /// Values for its sentence.
    pub params: BTreeMap<String, String>,
}

/// What every step answers.
pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// An error without parameters.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self { code, params: BTreeMap::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with where it is, where that is known.
    fn lying_at(self, path: impl fmt::Display) -> Self {
        let path = path.to_string();
        if path.is_empty() { self } else { self.with("path", path) }
    }

    /// A wrong argument.
    #[must_use]
    pub fn input(field: &str, detail: impl fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidInput).with("field", field).with("detail", detail)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.code, self.params)
    }
}

impl std::error::Error for AppError {}

fn from_reason(side: &str, reason: &Reason, message: &str) -> AppError {
    let code = match reason.code.as_str() {
        "wrong_forstok_key" => ErrorCode::WrongForstokKey,
        "wrong_client" => ErrorCode::WrongClient,
        "clock_skew" => ErrorCode::ClockSkew,
        "api_signature_refused" | "api_signature_of_other_app" => ErrorCode::WrongApiToken,
        "database_expired" => {
            return AppError::new(ErrorCode::DatabaseUnusable).with("reason", "expired").with("message", message);
        }
        _ => ErrorCode::Refused,
    };
    let mut error = AppError::new(code).with("side", side).with("reason", &reason.code).with("message", message);
    error.params.extend(reason.params.clone());
    error
}

/// A fault of the file system, with the place.
pub(crate) fn from_io(error: &std::io::Error, path: &std::path::Path) -> AppError {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
            ErrorCode::StorageFull
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => ErrorCode::StorageReadOnly,
        _ => ErrorCode::Storage,
    };
    AppError::new(code).with("path", path.display()).with("detail", error.kind())
}

impl From<selaras_store::StoreError> for AppError {
    fn from(error: selaras_store::StoreError) -> Self {
        use selaras_store::StoreError as Fault;
        let code = match &error {
            Fault::DiskFull => ErrorCode::StorageFull,
            Fault::ReadOnly { .. } | Fault::CannotOpen { .. } => ErrorCode::StorageReadOnly,
            Fault::Locked => ErrorCode::CompanyBusy,
            Fault::InUse => ErrorCode::DataInUse,
            Fault::Corrupt { .. } | Fault::Foreign | Fault::ChainBroken { .. } | Fault::Unreadable { .. } => {
                ErrorCode::StorageDamaged
            }
            Fault::Newer { found, known } => {
                return Self::new(ErrorCode::StorageNewer).with("found", found).with("known", known);
            }
            Fault::NotFound { what } => return Self::new(ErrorCode::NotFound).with("what", what).with("id", ""),
            Fault::Refused(_) | Fault::Sqlite(_) => ErrorCode::Storage,
        };
        let path = match &error {
            Fault::ReadOnly { path } | Fault::CannotOpen { path, .. } | Fault::Corrupt { path, .. } => path.clone(),
            _ => std::path::PathBuf::new(),
        };
        Self::new(code).with("detail", error).lying_at(path.display())
    }
}

impl From<PortError> for AppError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Rejected { side, reason, message } => from_reason(side, &reason, &message),
            PortError::Offline { side } => Self::new(ErrorCode::Offline).with("side", side),
            PortError::SignInNeeded { side } => Self::new(ErrorCode::SignInNeeded).with("side", side),
            PortError::Forbidden { scope } => Self::new(ErrorCode::ScopeMissing).with("scope", scope),
            PortError::WrongDatabase { expected, found } => {
                Self::new(ErrorCode::WrongDatabase).with("expected", expected).with("found", found)
            }
            PortError::Busy { side } => Self::new(ErrorCode::Busy).with("side", side),
            PortError::Unreadable { side, row } => Self::from(PortError::Unknown {
                side,
                detail: format!("{} {}: {}", row.list.name(), row.title(), row.place),
            }),
            PortError::Unknown { side, detail } => {
                Self::new(ErrorCode::NoAnswer).with("side", side).with("detail", detail)
            }
            PortError::NotOffered { side, what } => {
                Self::new(ErrorCode::NotOffered).with("side", side).with("what", what)
            }
            PortError::Storage { fault, detail } => {
                let (code, path) = match fault {
                    StorageFault::Full => (ErrorCode::StorageFull, String::new()),
                    StorageFault::ReadOnly { path } => (ErrorCode::StorageReadOnly, path),
                    StorageFault::Damaged { path } => (ErrorCode::StorageDamaged, path),
                    StorageFault::Held => (ErrorCode::CompanyBusy, String::new()),
                    StorageFault::Other => (ErrorCode::Storage, String::new()),
                };
                Self::new(code).with("detail", detail).lying_at(path)
            }
        }
    }
}

/// What a step of the app answers to a part of the engine that asks for it: the local store is all that can fail there.
impl From<AppError> for PortError {
    fn from(error: AppError) -> Self {
        let path = error.params.get("path").cloned().unwrap_or_default();
        let fault = match error.code {
            ErrorCode::StorageFull => StorageFault::Full,
            ErrorCode::StorageReadOnly => StorageFault::ReadOnly { path },
            ErrorCode::StorageDamaged => StorageFault::Damaged { path },
            ErrorCode::CompanyBusy | ErrorCode::DataInUse => StorageFault::Held,
            _ => StorageFault::Other,
        };
        let detail = error.params.get("detail").cloned().unwrap_or_else(|| error.to_string());
        Self::Storage { fault, detail }
    }
}
