//! Where tokens and keys rest: the operating system's key store, an encrypted vault in the data folder, or this process only.
//!
//! Owns getting, setting and removing one secret by name. Must not know what a secret is for, and never writes one anywhere in
//! plain: without a key store the person chooses between the vault and this session (trust.md #20).

mod os;
mod vault;

use crate::desk::SecretsMode;
use crate::error::{AppError, ErrorCode, from_io};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Name of the vault's file in the data folder.
pub const VAULT_FILE: &str = "vault.age";

/// Keeps secrets by name. Names are `company/what`, e.g. `default/forstok_secret_key`.
///
/// Calls block (key derivation, the key store's own prompt): call them away from async workers when that matters.
pub trait SecretStore: Send + Sync {
    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretError>;

    /// Keeps a secret; when this returns it survives a power loss, save in [`SecretsMode::Memory`].
    ///
    /// # Errors
    /// When it could not be kept; the former value then still stands.
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretError>;

    /// Forgets a secret; nothing happens when there is none.
    ///
    /// # Errors
    /// When it could not be removed.
    fn remove(&self, name: &str) -> Result<(), SecretError>;
}

/// Why a secret could not be read or kept. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no key store on this computer, or it is locked.
    #[error("the key store of this computer cannot be used: {detail}")]
    Unavailable {
        /// The system's words.
        detail: String,
    },
    /// The vault's passphrase is missing.
    #[error("the vault needs a passphrase")]
    PassphraseMissing,
    /// The vault's passphrase is another one.
    #[error("the passphrase does not open the vault")]
    WrongPassphrase,
    /// The vault is no vault, or was changed by other hands.
    #[error("the vault {} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        detail: String,
    },
    /// The vault's file cannot be read or written.
    #[error("the vault {}: {source}", path.display())]
    File {
        /// The file or its folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl SecretError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

impl From<SecretError> for AppError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Unavailable { detail } => Self::new(ErrorCode::SecretsUnavailable).with("detail", detail),
            SecretError::PassphraseMissing => Self::new(ErrorCode::PassphraseNeeded).with("reason", "missing"),
            SecretError::WrongPassphrase => Self::new(ErrorCode::PassphraseNeeded).with("reason", "wrong"),
            SecretError::Damaged { path, .. } => Self::new(ErrorCode::StorageDamaged).with("path", path.display()),
            SecretError::File { path, source } => from_io(&source, &path),
        }
    }
}

/// Opens the store that was chosen. A vault that is there is opened at once, so that a wrong passphrase shows before anything else.
///
/// # Errors
/// [`SecretError::Unavailable`] without a key store; [`SecretError::WrongPassphrase`], [`SecretError::PassphraseMissing`] and the
/// file's errors for a vault.
pub fn open(mode: &SecretsMode, data_dir: &Path) -> Result<Arc<dyn SecretStore>, SecretError> {
    Ok(match mode {
        SecretsMode::Os => Arc::new(os::KeyStore::open(data_dir)?),
        SecretsMode::File(passphrase) => Arc::new(vault::Vault::open(data_dir, passphrase)?),
        SecretsMode::Memory => Arc::new(Memory::default()),
    })
}

/// Secrets of this process only.
#[derive(Default)]
struct Memory {
    entries: Mutex<Entries>,
}

type Entries = BTreeMap<String, SecretString>;

impl SecretStore for Memory {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretError> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

/// The entries as JSON in a buffer that is wiped; sized beforehand, because a buffer that grows leaves a copy behind.
fn to_json(entries: &Entries) -> Result<secrecy::zeroize::Zeroizing<Vec<u8>>, serde_json::Error> {
    let plain: BTreeMap<&str, &str> =
        entries.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
    // `\u0000` is the longest escape: six bytes for one.
    let most = plain.iter().map(|(name, secret)| 6 * (name.len() + secret.len()) + 6).sum::<usize>() + 2;
    let mut json = secrecy::zeroize::Zeroizing::new(Vec::with_capacity(most));
    serde_json::to_writer(&mut *json, &plain)?;
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_replaces_and_forgets() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&SecretsMode::Memory, folder.path()).unwrap();
        let value = |name: &str| store.get(name).unwrap().map(|secret| secret.expose_secret().to_owned());

        assert_eq!(value("default/forstok_secret_key"), None);
        store.set("default/forstok_secret_key", &"one".into()).unwrap();
        store.set("default/forstok_secret_key", &"two".into()).unwrap();
        assert_eq!(value("default/forstok_secret_key").as_deref(), Some("two"));
        assert_eq!(value("other/forstok_secret_key"), None);
        store.remove("default/forstok_secret_key").unwrap();
        store.remove("default/forstok_secret_key").unwrap();
        assert_eq!(value("default/forstok_secret_key"), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn json_buffer_is_never_too_small() {
        let entries = Entries::from([("a\u{1}b".to_owned(), "\u{0}\"\\\u{7f}é\n".into()), ("c".to_owned(), "".into())]);
        let json = to_json(&entries).unwrap();
        let read: BTreeMap<String, String> = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["a\u{1}b"], "\u{0}\"\\\u{7f}é\n");
        let most: usize = 6 * (3 + 7) + 6 + 6 + 6 + 2;
        assert!(json.capacity() <= most, "the buffer grew to {}", json.capacity());
    }

    #[test]
    fn each_error_becomes_the_code_that_somebody_acts_on() {
        let path = PathBuf::from("vault.age");
        let file = |kind: io::ErrorKind| SecretError::File { path: path.clone(), source: kind.into() };
        let codes: Vec<ErrorCode> = [
            SecretError::Unavailable { detail: "locked".into() },
            SecretError::PassphraseMissing,
            SecretError::WrongPassphrase,
            SecretError::Damaged { path: path.clone(), detail: "x".into() },
            file(io::ErrorKind::StorageFull),
            file(io::ErrorKind::ReadOnlyFilesystem),
            file(io::ErrorKind::PermissionDenied),
            file(io::ErrorKind::TimedOut),
        ]
        .into_iter()
        .map(|error| AppError::from(error).code)
        .collect();
        assert_eq!(
            codes,
            [
                ErrorCode::SecretsUnavailable,
                ErrorCode::PassphraseNeeded,
                ErrorCode::PassphraseNeeded,
                ErrorCode::StorageDamaged,
                ErrorCode::StorageFull,
                ErrorCode::StorageReadOnly,
                ErrorCode::StorageReadOnly,
                ErrorCode::Storage,
            ]
        );
    }
}
