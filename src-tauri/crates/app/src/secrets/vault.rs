//! Secrets in one encrypted file of the data folder, for a server without a key store.
//!
//! Owns the file: age format, its key derived from a passphrase, replaced as a whole. Several processes may share it: writers take
//! turns through a lock file, readers see another process's change by the file's bytes. Must not keep the passphrase anywhere.

use super::{Entries, SecretError, SecretStore, VAULT_FILE, to_json};
use crate::files::durable;
use age::DecryptError;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// scrypt with N = 2^17: about a third of a second and 128 MiB for each guess at the passphrase. Fixed, because a figure measured on
/// a fast computer would make the same vault crawl on a slow one.
const WORK_FACTOR: u8 = 17;

#[cfg(not(debug_assertions))]
fn work_factor() -> u8 {
    WORK_FACTOR
}

/// The same; another where a test of the whole program, which opens a vault at each start, says so. No release listens to it.
#[cfg(debug_assertions)]
fn work_factor() -> u8 {
    std::env::var("SELARAS_TEST_WORK_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(WORK_FACTOR)
}

/// The vault, opened by its passphrase.
pub(super) struct Vault {
    path: PathBuf,
    recipient: age::scrypt::Recipient,
    identity: age::scrypt::Identity,
    known: Mutex<Known>,
}

/// What was read last. Two versions of the file never have the same bytes (each has a salt of its own), so the bytes tell whether
/// the entries still hold; that is exact where a time of change is not, and the file is small.
#[derive(Default)]
struct Known {
    sealed: Option<Vec<u8>>,
    entries: Entries,
}

impl Vault {
    /// Opens the vault of a data folder; the first secret that is kept makes its file.
    ///
    /// # Errors
    /// [`SecretError::WrongPassphrase`] and [`SecretError::Damaged`] when it is there and does not open.
    pub(super) fn open(data_dir: &Path, passphrase: &SecretString) -> Result<Self, SecretError> {
        Self::with_work_factor(data_dir, passphrase, work_factor())
    }

    fn with_work_factor(data_dir: &Path, passphrase: &SecretString, factor: u8) -> Result<Self, SecretError> {
        if passphrase.expose_secret().is_empty() {
            return Err(SecretError::PassphraseMissing);
        }
        fs::create_dir_all(data_dir).map_err(SecretError::file(data_dir))?;
        let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(factor);
        let mut identity = age::scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(WORK_FACTOR);
        let vault = Self { path: data_dir.join(VAULT_FILE), recipient, identity, known: Mutex::new(Known::default()) };
        vault.look(|_| ())?;
        Ok(vault)
    }

    /// Looks at the entries as the file has them now. The file is only ever replaced as a whole, so a reader needs no lock.
    fn look<T>(&self, look: impl FnOnce(&Entries) -> T) -> Result<T, SecretError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut known)?;
        Ok(look(&known.entries))
    }

    /// Changes the entries and replaces the file. The lock ends with its handle, also when the process is killed.
    fn change(&self, change: impl FnOnce(&mut Entries) -> bool) -> Result<(), SecretError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = self.lock_file()?;
        lock.lock().map_err(SecretError::file(&self.path))?;
        self.refresh(&mut known)?;
        let mut entries = known.entries.clone();
        if change(&mut entries) {
            let sealed = self.write(&entries)?;
            *known = Known { sealed: Some(sealed), entries };
        }
        Ok(())
    }

    fn lock_file(&self) -> Result<File, SecretError> {
        let path = self.path.with_extension("lock");
        private(OpenOptions::new().create(true).truncate(false).write(true).read(true))
            .open(&path)
            .map_err(SecretError::file(&path))
    }

    /// Reads the file when it is another one than the one known.
    fn refresh(&self, known: &mut Known) -> Result<(), SecretError> {
        let sealed = match fs::read(&self.path) {
            Ok(sealed) => Some(sealed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(SecretError::file(&self.path)(error)),
        };
        if sealed != known.sealed {
            let entries = sealed.as_deref().map_or_else(|| Ok(Entries::default()), |sealed| self.read(sealed))?;
            *known = Known { sealed, entries };
        }
        Ok(())
    }

    fn read(&self, sealed: &[u8]) -> Result<Entries, SecretError> {
        let damaged = |detail: String| SecretError::Damaged { path: self.path.clone(), detail };
        let refused = |error: DecryptError| match error {
            // What the wrong passphrase and a changed header look like is the same; the first is by far the likelier.
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => SecretError::WrongPassphrase,
            other => damaged(other.to_string()),
        };
        let mut reader = age::Decryptor::new_buffered(sealed)
            .and_then(|decryptor| decryptor.decrypt(std::iter::once(&self.identity as &dyn age::Identity)))
            .map_err(refused)?;
        // Never longer than what it was sealed in, so the buffer does not grow and leave a copy behind.
        let mut json = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut json).map_err(|error| damaged(error.to_string()))?;
        serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
    }

    /// Writes a new file, makes it durable, and only then puts it in the old one's place. Needs the lock.
    fn write(&self, entries: &Entries) -> Result<Vec<u8>, SecretError> {
        let failed = || SecretError::file(&self.path);
        let json = to_json(entries).map_err(|error| failed()(error.into()))?;
        let sealed = age::encrypt(&self.recipient, &json).map_err(|error| failed()(io::Error::other(error)))?;
        let mut options = OpenOptions::new();
        durable::prepare(&self.path, &sealed, private(options.create(true).truncate(true).write(true)))
            .and_then(|()| durable::place(&self.path))
            .map_err(failed())?;
        Ok(sealed)
    }
}

/// For this user's eyes only, where files have such a thing.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

impl SecretStore for Vault {
    fn get(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        self.look(|entries| entries.get(name).cloned())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), SecretError> {
        self.change(|entries| {
            let same = entries.get(name).is_some_and(|kept| kept.expose_secret() == secret.expose_secret());
            entries.insert(name.to_owned(), secret.clone());
            !same
        })
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.change(|entries| entries.remove(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const PASSPHRASE: &str = "canary-passphrase-7d1e";
    const CANARY: &str = "canary-token-9f3ab2";

    /// The same vault with a key derivation that tests do not have to wait for.
    fn quick(folder: &Path) -> Vault {
        Vault::with_work_factor(folder, &PASSPHRASE.into(), 4).unwrap()
    }

    fn value(vault: &Vault, name: &str) -> Option<String> {
        vault.get(name).unwrap().map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn no_file_of_the_folder_holds_a_secret_a_name_or_the_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let vault = quick(folder.path());
        vault.set("default/accurate_refresh_token", &CANARY.into()).unwrap();
        let mut files = 0;
        for file in fs::read_dir(folder.path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            files += 1;
            for canary in [CANARY, PASSPHRASE, "accurate_refresh_token"] {
                assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()));
            }
        }
        assert_eq!(files, 2, "the vault and its lock file");
    }

    #[test]
    fn survives_reopening() {
        let folder = tempfile::tempdir().unwrap();
        quick(folder.path()).set("default/a", &CANARY.into()).unwrap();
        quick(folder.path()).set("default/b", &"two".into()).unwrap();
        let vault = quick(folder.path());
        assert_eq!(value(&vault, "default/a").as_deref(), Some(CANARY));
        assert_eq!(value(&vault, "default/b").as_deref(), Some("two"));
        vault.remove("default/a").unwrap();
        assert_eq!(value(&quick(folder.path()), "default/a"), None);
    }

    #[test]
    fn wrong_passphrase_is_said_on_opening_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        quick(folder.path()).set("default/a", &CANARY.into()).unwrap();
        let error = Vault::with_work_factor(folder.path(), &"another".into(), 4).err().unwrap();
        assert!(matches!(error, SecretError::WrongPassphrase), "{error}");
        let error = Vault::with_work_factor(folder.path(), &"".into(), 4).err().unwrap();
        assert!(matches!(error, SecretError::PassphraseMissing), "{error}");
        assert_eq!(value(&quick(folder.path()), "default/a").as_deref(), Some(CANARY));
    }

    #[test]
    fn damaged_vault_is_said_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let vault = quick(folder.path());
        vault.set("default/a", &CANARY.into()).unwrap();
        let path = folder.path().join(VAULT_FILE);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes.truncate(last);
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(vault.get("default/a"), Err(SecretError::Damaged { .. })));
        assert!(matches!(vault.set("default/b", &"x".into()), Err(SecretError::Damaged { .. })));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn two_stores_on_one_file_see_each_others_change() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (quick(folder.path()), quick(folder.path()));
        first.set("default/token", &"one".into()).unwrap();
        assert_eq!(value(&second, "default/token").as_deref(), Some("one"));
        second.set("default/token", &"two".into()).unwrap();
        assert_eq!(value(&first, "default/token").as_deref(), Some("two"));
        first.remove("default/token").unwrap();
        assert_eq!(value(&second, "default/token"), None);
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..6 {
                let folder = folder.path();
                scope.spawn(move || {
                    let vault = quick(folder);
                    for number in 0..5 {
                        vault.set(&format!("c{writer}/n{number}"), &format!("{writer}-{number}").into()).unwrap();
                    }
                });
            }
        });
        let vault = quick(folder.path());
        let kept: Vec<String> = vault.look(|entries| entries.keys().cloned().collect()).unwrap();
        let expected: Vec<String> =
            (0..6).flat_map(|writer| (0..5).map(move |number| format!("c{writer}/n{number}"))).collect();
        assert_eq!(kept, expected);
        assert_eq!(value(&vault, "c5/n4").as_deref(), Some("5-4"));
    }

    #[test]
    fn leftover_of_a_killed_writer_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let vault = quick(folder.path());
        vault.set("default/a", &"one".into()).unwrap();
        fs::write(durable::beside(&folder.path().join(VAULT_FILE)), b"half a vau").unwrap();
        vault.set("default/b", &"two".into()).unwrap();
        let vault = quick(folder.path());
        assert_eq!(value(&vault, "default/a").as_deref(), Some("one"));
        assert_eq!(value(&vault, "default/b").as_deref(), Some("two"));
    }

    #[test]
    fn guessing_costs_and_a_second_look_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), &PASSPHRASE.into()).unwrap();
        vault.set("default/a", &CANARY.into()).unwrap();
        let begin = Instant::now();
        let vault = Vault::open(folder.path(), &PASSPHRASE.into()).unwrap();
        let opening = begin.elapsed();
        assert!(opening > Duration::from_millis(50), "one guess costs only {opening:?}");
        // A busy machine may hold up one round of looks, and not each.
        let looks = (0..20).map(|_| {
            let begin = Instant::now();
            assert_eq!(value(&vault, "default/a").as_deref(), Some(CANARY));
            begin.elapsed()
        });
        let look = looks.min().unwrap();
        assert!(look * 20 < opening, "a look costs {look:?}, opening {opening:?}");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        quick(folder.path()).set("default/a", &CANARY.into()).unwrap();
        let mode = fs::metadata(folder.path().join(VAULT_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
