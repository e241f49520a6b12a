//! Build hook of the app: the context (configuration, access list, the built UI) is generated here and not by the macro, because only
//! a build script tells cargo to look at `ui/dist` again; the macro would go on serving the UI of its last compilation.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// What stands in for the UI where it was not built, so that `cargo check` and `cargo test` work in a fresh clone.
const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Selaras</title>\
    <p>The UI is not built yet: run <code>cargo xtask demo</code>, or <code>npm run build</code> in <code>ui/</code>.</p>";

fn main() -> Result<(), Box<dyn Error>> {
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        if env::var("PROFILE")? == "release" {
            return Err("ui/dist is missing: run `npm ci && npm run build` in ui/ first".into());
        }
        fs::create_dir_all("ui/dist")?;
        fs::write(page, NOT_BUILT)?;
    }
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let manifest = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new().codegen(tauri_build::CodegenContext::new()).app_manifest(manifest);
    Ok(tauri_build::try_build(attributes)?)
}
