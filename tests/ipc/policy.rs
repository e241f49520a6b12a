//! Trust #22: what the web view may load and may ask for, held against a file that only a person changes.
//!
//! `SELARAS_WRITE_POLICY=1 cargo test --test ipc policy` writes it anew; its difference is then looked at in review.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tauri::test::MockRuntime;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The resolved policy: the configuration as the program carries it, and the access list as the build script generated it.
fn policy() -> Value {
    let context = selaras_shell::context::<MockRuntime>();
    let app = &context.config().app;
    let generated = fs::read_to_string(root().join("gen/schemas/acl-manifests.json")).unwrap();
    let generated: Value = serde_json::from_str(&generated).unwrap();
    json!({
        "csp": app.security.csp,
        "dev_csp": app.security.dev_csp,
        "freeze_prototype": app.security.freeze_prototype,
        "asset_protocol": app.security.asset_protocol,
        "with_global_tauri": app.with_global_tauri,
        "capabilities": app.security.capabilities,
        "app_permissions": generated["__app-acl__"]["permissions"],
        "windows": app.windows.iter().map(|window| json!({"label": window.label, "url": window.url})).collect::<Vec<_>>(),
    })
}

#[test]
fn the_policy_of_the_window_is_the_one_that_was_reviewed() {
    let golden: PathBuf = root().join("tests/ipc/policy.json");
    let found = serde_json::to_string_pretty(&policy()).unwrap() + "\n";
    if std::env::var_os("SELARAS_WRITE_POLICY").is_some() {
        fs::write(golden, found).unwrap();
        return;
    }
    assert_eq!(found, fs::read_to_string(golden).unwrap());
}

#[test]
fn no_remote_origin_is_named_and_nothing_inline_is_allowed() {
    let policy = policy();
    for directive in policy["csp"].as_object().unwrap().values() {
        let sources = directive.as_str().unwrap();
        assert!(!sources.contains("unsafe-"), "{sources}");
        for source in sources.split_whitespace() {
            let local = ["'none'", "'self'", "blob:", "ipc:", "http://ipc.localhost"];
            assert!(local.contains(&source), "{source} is not of this program");
        }
    }
    for capability in policy["capabilities"].as_array().unwrap() {
        assert_eq!(capability.get("remote").unwrap_or(&Value::Null), &Value::Null);
    }
}

#[test]
fn the_access_list_names_exactly_the_commands_that_are_registered() {
    let bindings = fs::read_to_string(root().join("ui/src/lib/backend/bindings.ts")).unwrap();
    let registered: BTreeSet<&str> =
        bindings.split("__TAURI_INVOKE(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let policy = policy();
    let allowed: BTreeSet<&str> = policy["app_permissions"]["steps"]["commands"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command.as_str().unwrap())
        .collect();
    assert_eq!(allowed, registered);
}
