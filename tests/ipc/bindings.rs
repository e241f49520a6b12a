//! `ui/src/lib/backend/bindings.ts` is generated: what is in the repository is what the commands are.

use std::fs;
use std::path::Path;

#[test]
fn bindings_in_the_repository_are_those_of_the_commands() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/lib/backend/bindings.ts");
    if std::env::var_os("SELARAS_WRITE_BINDINGS").is_some() {
        selaras_shell::bindings::write(&kept).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("bindings.ts");
    selaras_shell::bindings::write(&fresh).unwrap();
    let (kept, fresh) = (fs::read_to_string(kept).unwrap(), fs::read_to_string(fresh).unwrap());
    assert!(kept == fresh, "bindings.ts is not what the commands are: run `cargo xtask bindings`");
}
