//! Secrets in the operating system's key store: Credential Manager on Windows, the keychain on macOS, Secret Service on Linux.
//!
//! Owns the names under which entries stand there. Must not fall back to anything else when there is no key store.

use super::{SecretError, SecretStore};
use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What the person reads in the key store's own window.
const SERVICE: &str = "selaras";

/// The key store, seen from one data folder.
pub(super) struct KeyStore {
    /// Tells the entries of two data folders apart: two profiles may both have a company `default`, and must not rotate each
    /// other's tokens away.
    folder: String,
}

impl KeyStore {
    /// Connects to the key store.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`] when there is none.
    pub(super) fn open(data_dir: &Path) -> Result<Self, SecretError> {
        if let Err(error) = Entry::store_status() {
            return Err(SecretError::Unavailable { detail: error.to_string() });
        }
        Ok(Self { folder: folder_tag(data_dir)? })
    }

    fn entry(&self, name: &str) -> Result<Entry, SecretError> {
        Entry::new(SERVICE, &format!("{name}@{}", self.folder)).map_err(|error| unavailable(&error))
    }
}

/// Eight hexadecimal digits that stand for a folder, however its path is written.
fn folder_tag(data_dir: &Path) -> Result<String, SecretError> {
    std::fs::create_dir_all(data_dir).map_err(SecretError::file(data_dir))?;
    let whole = data_dir.canonicalize().map_err(SecretError::file(data_dir))?;
    let hash = Sha256::digest(whole.as_os_str().as_encoded_bytes());
    Ok(hex::encode(hash.iter().copied().take(4).collect::<Vec<u8>>()))
}

/// The words of these errors name attributes and platforms, never the secret (keyring-core `error.rs`).
fn unavailable(error: &Error) -> SecretError {
    SecretError::Unavailable { detail: error.to_string() }
}

impl SecretStore for KeyStore {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                match std::str::from_utf8(&bytes) {
                    Ok(text) => Ok(Some(SecretString::from(text))),
                    Err(_) => Err(SecretError::Unavailable { detail: format!("the entry {name} is not text") }),
                }
            }
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretError> {
        // As bytes: Windows limits an entry to 2560 of them, and text would count twice there (UTF-16).
        self.entry(name)?.set_secret(secret.expose_secret().as_bytes()).map_err(|error| unavailable(&error))
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_have_entries_of_their_own_however_they_are_written() {
        let first = tempfile::tempdir().unwrap();
        let second = tempfile::tempdir().unwrap();
        let detour = first.path().join("..").join(first.path().file_name().unwrap());
        assert_eq!(folder_tag(first.path()).unwrap(), folder_tag(&detour).unwrap());
        assert_ne!(folder_tag(first.path()).unwrap(), folder_tag(second.path()).unwrap());
        assert_eq!(folder_tag(first.path()).unwrap().len(), 8);
    }

    /// A machine may or may not have a key store; either way nothing is pretended.
    #[test]
    fn key_store_works_or_says_that_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = match KeyStore::open(folder.path()) {
            Ok(store) => store,
            Err(error) => return assert!(matches!(error, SecretError::Unavailable { .. }), "{error}"),
        };
        match store.set("test/canary", &"value".into()) {
            Err(error) => assert!(matches!(error, SecretError::Unavailable { .. }), "{error}"),
            Ok(()) => {
                assert_eq!(store.get("test/canary").unwrap().unwrap().expose_secret(), "value");
                store.remove("test/canary").unwrap();
                assert!(store.get("test/canary").unwrap().is_none());
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
