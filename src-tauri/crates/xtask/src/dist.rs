//! The UI as the window loads it: whether what lies in `ui/dist` is built from the sources as they are now.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What the UI is built from, below `ui`.
const SOURCES: [&str; 7] =
    ["src", "messages", "public", "index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"];
/// Below `ui`: written from the messages by whoever builds or tests, not by people.
const GENERATED: &str = "src/lib/paraglide";

/// Whether the UI is built, and nothing that it is built from has changed since. The page that stands in where it is not built has no
/// assets.
pub fn is_current(ui: &Path) -> bool {
    let built = ui.join("dist/assets").is_dir().then(|| changed(&ui.join("dist/index.html"))).flatten();
    let newest = SOURCES.iter().filter_map(|source| newest(&ui.join(source), &ui.join(GENERATED))).max();
    built.is_some_and(|built| newest.is_none_or(|newest| newest <= built))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// When anything in a folder changed last; that folder too, as a file may have gone.
fn newest(path: &Path, but: &Path) -> Option<SystemTime> {
    if path == but {
        return None;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| newest(&entry.path(), but)).chain(changed(path)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn write(path: &Path, at: SystemTime) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(path).unwrap();
        file.set_modified(at).unwrap();
    }

    #[test]
    fn a_ui_that_is_missing_a_stand_in_or_older_than_its_sources_is_not_current() {
        let ui = std::env::temp_dir().join(format!("selaras-dist-{}", std::process::id()));
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let to_come = SystemTime::now() + Duration::from_secs(3600);
        let page = ui.join("dist/index.html");
        write(&ui.join("src/screens/Home.svelte"), long_ago);
        assert!(!is_current(&ui), "nothing is built");
        write(&page, to_come);
        assert!(!is_current(&ui), "a page that stands in");
        write(&ui.join("dist/assets/index.js"), to_come);
        assert!(is_current(&ui));
        write(&ui.join("src/lib/paraglide/runtime.js"), to_come + Duration::from_secs(1));
        assert!(is_current(&ui), "what is generated is no source");
        write(&ui.join("src/screens/Home.svelte"), to_come + Duration::from_secs(1));
        assert!(!is_current(&ui), "a source has changed since");
        fs::remove_dir_all(ui).unwrap();
    }
}
