//! Numbered places at which a test kills the program, as a power cut would: nothing is cleaned up, nothing is flushed.
//!
//! They stand where something has just become durable, or is about to: round each commit of the local store, before and after a file takes
//! its place, and when the answer of a write has come. A build with debug assertions heeds `SELARAS_KILL_AT` (the place by its number, counted from the start of the process) and writes the
//! name of each place that it passes to the file `SELARAS_KILL_LOG`. A release has neither: [`passed`] is empty there.

/// The program passes a place.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn passed(_place: &'static str) {}

/// The program passes a place; it ends here, when this is the one that was asked for.
#[cfg(debug_assertions)]
#[track_caller]
pub fn passed(place: &'static str) {
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Wanted {
        at: Option<u64>,
        log: Option<std::path::PathBuf>,
    }
    static WANTED: OnceLock<Wanted> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let wanted = WANTED.get_or_init(|| Wanted {
        at: std::env::var("SELARAS_KILL_AT").ok().and_then(|text| text.parse().ok()),
        log: std::env::var_os("SELARAS_KILL_LOG").map(Into::into),
    });
    let at = std::panic::Location::caller();
    let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(path) = &wanted.log {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        // A test that cannot write down its places finds none, and says so itself.
        drop(file.and_then(|mut file| writeln!(file, "{number} {place} ({}:{})", at.file(), at.line())));
    }
    if wanted.at == Some(number) {
        std::process::abort();
    }
}
