//! `domain` ← `engine` ← `accurate`, `forstok`, `store` ← `app` ← shell and CLI; nothing below the shell knows `tauri`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().unwrap()
}

/// Names in `[dependencies]` (not those of tests) of a manifest.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest).unwrap();
    let section = text.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap_or_default();
    section
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.split(['.', '=', ' ']).next()?.trim().to_owned()))
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

fn own(krate: &str) -> BTreeSet<String> {
    let manifest = root().join("src-tauri/crates").join(krate).join("Cargo.toml");
    dependencies(&manifest).into_iter().filter(|name| name.starts_with("selaras-")).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("selaras-{name}")).collect()
}

#[test]
fn dependencies_point_one_way() {
    assert_eq!(own("domain"), names(&[]));
    assert_eq!(own("engine"), names(&["domain"]));
    assert_eq!(own("sandbox"), names(&[]));
    for adapter in ["accurate", "forstok", "store"] {
        let found = own(adapter);
        assert!(found.is_subset(&names(&["domain", "engine"])), "{adapter} knows {found:?}");
    }
}

#[test]
fn nothing_but_the_shell_knows_tauri() {
    for entry in std::fs::read_dir(root().join("src-tauri/crates")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.ends_with("xtask") {
            continue;
        }
        let known: Vec<String> =
            dependencies(&folder.join("Cargo.toml")).into_iter().filter(|name| name.contains("tauri")).collect();
        assert!(known.is_empty(), "{} knows {known:?}", folder.display());
    }
}

#[test]
fn domain_and_engine_do_no_input_or_output() {
    for krate in ["domain", "engine"] {
        let found = dependencies(&root().join("src-tauri/crates").join(krate).join("Cargo.toml"));
        for forbidden in ["reqwest", "rusqlite", "axum", "open", "keyring"] {
            assert!(!found.contains(forbidden), "{krate} knows {forbidden}");
        }
    }
}

#[test]
fn only_one_file_of_the_view_knows_the_shell() {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("paraglide") {
                    walk(&path, found);
                }
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("@tauri-apps/")) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("ui/src"), &mut found);
    found.retain(|name| name != "bindings.ts");
    assert_eq!(found, ["tauri.ts"]);
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Rows of the first table, one for each defect of the vendor: one that is lost in an edit fails the test.
const DEFECTS: usize = 27;

/// Rows of the second table, one for each thing that connectors of this kind are reported to do wrong.
const REPORTED: usize = 113;

/// The body of a function in a text that rustfmt has laid out: its last line is as far from the edge as its first.
fn body<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let at = text.find(&format!("fn {name}("))?;
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let indent: String = text[line..].chars().take_while(|letter| *letter == ' ').collect();
    let end = text[at..].find(&format!("\n{indent}}}\n"))?;
    Some(&text[at..at + end])
}

/// The rows of each table of a text, below its head and the line under that.
fn tables(text: &str) -> Vec<Vec<&str>> {
    let below = text.split("\n| Where |").skip(1);
    below.map(|table| table.lines().skip(2).take_while(|line| line.starts_with("| ")).collect()).collect()
}

#[test]
fn each_defect_has_a_test_that_exists_and_asserts() {
    let mut text = String::new();
    for folder in ["tests", "src-tauri/crates"] {
        sources(&root().join(folder), &mut text);
    }
    let defects = std::fs::read_to_string(root().join("src-tauri/docs/DEFECTS.md")).unwrap();
    let tables = tables(&defects);
    assert_eq!(tables.iter().map(Vec::len).collect::<Vec<_>>(), [DEFECTS, REPORTED], "rows of the tables");
    assert!(tables[0].iter().all(|row| row.starts_with("| §")), "each of the first names its section");
    for row in tables.concat() {
        let name = row.strip_suffix("` |").and_then(|row| row.rsplit_once("| `"));
        let (_, name) = name.unwrap_or_else(|| panic!("{row} names no test"));
        let body = body(&text, name).unwrap_or_else(|| panic!("there is no test {name}"));
        let at = text.find(body).unwrap();
        let marked =
            text[..at].rsplit("fn ").next().is_some_and(|gap| ["test]", "test("].iter().any(|mark| gap.contains(mark)));
        assert!(marked, "{name} is no test");
        assert!(body.contains("assert"), "{name} asserts nothing");
    }
}
