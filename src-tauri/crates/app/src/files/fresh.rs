//! A new file in a person's folder. Nothing that lies there is ever written over.

use crate::error::{AppResult, from_io};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Makes `name.ending` in the folder; where that is taken, `name (2).ending`, and so on.
pub(crate) fn file(folder: &Path, name: &str, ending: &str) -> AppResult<(File, PathBuf)> {
    std::fs::create_dir_all(folder).map_err(|error| from_io(&error, folder))?;
    let mut number = 1_u32;
    loop {
        let again = if number == 1 { String::new() } else { format!(" ({number})") };
        let path = folder.join(format!("{name}{again}.{ending}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(from_io(&error, &path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("Unduhan");
        let names: Vec<String> = (0..3)
            .map(|_| file(&below, "Selaras rencana", "xlsx").unwrap().1.file_name().unwrap().to_string_lossy().into())
            .collect();
        assert_eq!(names, ["Selaras rencana.xlsx", "Selaras rencana (2).xlsx", "Selaras rencana (3).xlsx"]);
    }
}
