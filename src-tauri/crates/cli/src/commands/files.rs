//! Files named on the command line; `-` is standard input or output.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::files::durable;
use selaras_app::view::{Id, ImportInput, ImportList};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// No mapping, list of decisions or count comes near this; a wrong file is refused before it fills the memory.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Whether a path means standard input or output.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn bytes(path: &Path) -> AppResult<Vec<u8>> {
    let unreadable = |error: std::io::Error| AppError::input(&path.display().to_string(), error);
    let mut bytes = Vec::new();
    let read = if is_standard(path) {
        std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(AppError::input(&path.display().to_string(), "> 64 MiB"));
    }
    Ok(bytes)
}

/// Reads JSON.
///
/// # Errors
/// `invalid_input` when the file cannot be read, `file_malformed` with the place when it is not what was asked for.
pub fn json<T: DeserializeOwned>(path: &Path) -> AppResult<T> {
    let bytes = bytes(path)?;
    // Editors on Windows like to put a byte order mark in front.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| {
        AppError::new(ErrorCode::FileMalformed)
            .with("file", path.display())
            .with("place", format!("{}:{}", error.line(), error.column()))
            .with("detail", without_place(&error.to_string()))
    })
}

/// serde says the place at the end of its sentence; it is said once already.
fn without_place(sentence: &str) -> &str {
    sentence.rsplit_once(" at line ").map_or(sentence, |(words, _)| words)
}

/// Reads a file for import, with the columns that were named, if any.
///
/// # Errors
/// `invalid_input` when the file cannot be read.
pub fn import(
    list: ImportList,
    path: &Path,
    columns: BTreeMap<String, String>,
    channel: Option<i64>,
) -> AppResult<ImportInput> {
    Ok(ImportInput {
        list,
        file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        content: STANDARD.encode(bytes(path)?),
        columns,
        channel: channel.map(Id),
    })
}

/// Writes a file as a whole.
///
/// # Errors
/// `storage_full`, `storage_read_only`, or `invalid_input` for a path that takes no file.
pub fn write(path: &Path, text: &str) -> AppResult<()> {
    durable::write(path, text.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull => AppError::new(ErrorCode::StorageFull),
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            AppError::new(ErrorCode::StorageReadOnly).with("path", path.display())
        }
        _ => AppError::input(&path.display().to_string(), error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_app::view::{Id, MappingInput};

    #[test]
    fn mapping_of_the_contract_is_read_with_keys_missing_and_a_byte_order_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.json");
        std::fs::write(
            &path,
            "\u{feff}{\"warehouses\":[{\"forstok_id\":1,\"accurate_id\":50}],\"tax_id\":null,\"reasons\":{}}",
        )
        .unwrap();
        let mapping: MappingInput = json(&path).unwrap();
        assert_eq!(mapping.warehouses.len(), 1);
        assert_eq!(mapping.warehouses[0].accurate_id, Id(50));
        assert_eq!(mapping.invoice_trigger, None);
    }

    #[test]
    fn malformed_file_names_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.json");
        std::fs::write(&path, "{\n \"warehouses\": 7}").unwrap();
        let error = json::<MappingInput>(&path).unwrap_err();
        assert_eq!(error.code, ErrorCode::FileMalformed);
        assert_eq!(error.params["place"], "2:16");
        assert_eq!(error.params["detail"], "invalid type: integer `7`, expected a sequence");
        let error = json::<MappingInput>(&folder.path().join("none.json")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
    }
}
