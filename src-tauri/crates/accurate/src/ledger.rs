//! The last departures of a token, on disk, so that one process knows what the one before it, or beside it, has sent within the second.
//!
//! It only spares refusals: a ledger that cannot be read or written lets the request go, and the service's own refusal is repeated as
//! ever. It holds times, no identity and no secret.

use crate::limiter::LIMIT;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The departures of one token.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
}

/// Wall-clock time since the epoch: the only clock that processes share.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Ledger {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Waits until one more request may leave, and writes it down. `window`: how long a request counts.
    pub(crate) async fn depart(&self, window: Duration) {
        while let Ok(Some(wait)) = self.try_depart(now(), window) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Writes a departure down, or says how long it has to wait. The lock is held for the blink of reading and writing eight numbers.
    fn try_depart(&self, now: Duration, window: Duration) -> std::io::Result<Option<Duration>> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&self.path)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let mut departures: Vec<Duration> = text
            .split_whitespace()
            .filter_map(|micros| micros.parse().ok())
            .map(Duration::from_micros)
            // A clock that was set back would hold requests for as long as it was ahead.
            .filter(|departure| *departure <= now)
            .collect();
        if departures.len() >= LIMIT
            && let Some(free) = departures.get(departures.len() - LIMIT).map(|oldest| *oldest + window)
            && free > now
        {
            return Ok(Some(free - now));
        }
        departures.push(now);
        let kept = departures.len().saturating_sub(LIMIT);
        let lines: Vec<String> =
            departures.iter().skip(kept).map(|departure| departure.as_micros().to_string()).collect();
        file.seek(SeekFrom::Start(0))?;
        file.set_len(0)?;
        file.write_all(lines.join(" ").as_bytes())?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_millis(1025);

    fn at(millis: u64) -> Duration {
        Duration::from_secs(1_000_000) + Duration::from_millis(millis)
    }

    #[test]
    fn two_processes_share_the_second() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Ledger::new(&folder.path().join("rate")), Ledger::new(&folder.path().join("rate")));
        for request in 0..8 {
            let ledger = if request % 2 == 0 { &one } else { &other };
            assert_eq!(ledger.try_depart(at(request), WINDOW).unwrap(), None);
        }
        assert_eq!(other.try_depart(at(500), WINDOW).unwrap(), Some(Duration::from_millis(525)));
        assert_eq!(one.try_depart(at(1025), WINDOW).unwrap(), None);
        assert_eq!(other.try_depart(at(1025), WINDOW).unwrap(), Some(Duration::from_millis(1)));
    }

    #[test]
    fn a_clock_set_back_and_a_spoilt_file_hold_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(&folder.path().join("rate"));
        for request in 0..8 {
            ledger.try_depart(at(60_000 + request), WINDOW).unwrap();
        }
        assert_eq!(ledger.try_depart(at(0), WINDOW).unwrap(), None);
        std::fs::write(&ledger.path, "not numbers").unwrap();
        assert_eq!(ledger.try_depart(at(1), WINDOW).unwrap(), None);
    }

    #[tokio::test]
    async fn without_a_folder_the_request_goes() {
        Ledger::new(Path::new("/nowhere/at/all")).depart(WINDOW).await;
    }
}
