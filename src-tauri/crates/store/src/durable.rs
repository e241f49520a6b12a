//! Files of the program that are whole, or as they were before: written beside, made durable, and only then put in their place. What a
//! power cut leaves is the old file or the new one, and at most something beside it that nobody reads.

use selaras_engine::killpoint;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a file lies until it takes its place.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Writes a file whole.
///
/// # Errors
/// What the system says; the file is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes, OpenOptions::new().create(true).truncate(true).write(true))?;
    place(path)
}

/// Writes what is to take a file's place [`beside`] it, durable when this returns. `options` tell who may read it.
pub fn prepare(path: &Path, bytes: &[u8], options: &OpenOptions) -> io::Result<()> {
    let mut file = options.open(beside(path))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    killpoint::passed("a file is beside its place");
    Ok(())
}

/// Puts what was prepared in its place.
pub fn place(path: &Path) -> io::Result<()> {
    rename(&beside(path), path)
}

/// Moves a file, so that a power cut finds it at one place or the other.
///
/// # Errors
/// What the system says.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    killpoint::passed("a file is in its place");
    if from.parent() != to.parent() {
        settle_folder(from)?;
    }
    settle_folder(to)
}

/// Makes a file that somebody else has written durable, with its name.
pub fn settle(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()?;
    settle_folder(path)
}

/// A name is durable when its folder is; on Windows it is with the file.
fn settle_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = (path, File::open::<&Path>);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_whole_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certificate.json");
        write(&path, b"first").unwrap();
        // Something that no file can be written over lies in the way.
        fs::create_dir(beside(&path)).unwrap();
        assert!(write(&path, b"second").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        fs::remove_dir(beside(&path)).unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert!(!beside(&path).exists());
    }
}
