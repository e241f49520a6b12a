//! The list of reason codes is whole, and the window has the same one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Words in quotes right after `call(`, tests left out.
fn words_after(text: &str, call: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.match_indices(call)
        .filter_map(|(at, _)| {
            let rest = text[at + call.len()..].trim_start();
            let word = rest.strip_prefix('"')?.split('"').next()?;
            Some(word.to_owned())
        })
        .collect()
}

#[test]
fn every_reason_in_the_sources_is_listed() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for name in ["domain", "engine", "app", "accurate", "forstok"] {
        sources(&crates.join(name).join("src"), &mut files);
    }
    let listed: BTreeSet<&str> = selaras_app::reasons::codes().into_iter().collect();
    let mut missing = BTreeSet::new();
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words_after(&text, "Reason::new(") {
            seen += 1;
            if !listed.contains(word.as_str()) {
                missing.insert(format!("{word} ({})", file.file_name().unwrap().to_string_lossy()));
            }
        }
    }
    assert!(seen > 60, "the sources were not read");
    assert!(missing.is_empty(), "not in reasons.rs: {missing:?}");
}

/// The window's tests demand a text in both languages for each code of this file. `SELARAS_WRITE=1` writes it anew.
#[test]
fn the_window_knows_the_same_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/lib/errors/reason-codes.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&selaras_app::reasons::codes()).unwrap());
    if std::env::var_os("SELARAS_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "run the test with SELARAS_WRITE=1 and add the texts");
}
