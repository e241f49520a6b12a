//! How fast requests may leave.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// Most writes in any [`WRITE_WINDOW`]. Advice of the help centre for stock updates, not a limit that was seen to be enforced
/// (forstok-api.md §4, doc). The first 50 may leave at once.
const WRITES: usize = 50;

/// A minute, and a second for the way of a request: the other side counts arrivals, we count departures.
const WRITE_WINDOW: Duration = Duration::from_secs(61);

/// Writes and reads under way at the same time. Not known to be limited; chosen to be gentle.
const WRITES_IN_FLIGHT: usize = 4;
const READS_IN_FLIGHT: usize = 8;

/// Keeps the pace of one account.
#[derive(Debug)]
pub struct Pace {
    left: Mutex<VecDeque<Instant>>,
    writes: Semaphore,
    reads: Semaphore,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            left: Mutex::new(VecDeque::with_capacity(WRITES)),
            writes: Semaphore::new(WRITES_IN_FLIGHT),
            reads: Semaphore::new(READS_IN_FLIGHT),
        }
    }

    /// Waits until a read may leave; the permit is held until its answer is there.
    pub async fn read(&self) -> Option<SemaphorePermit<'_>> {
        self.reads.acquire().await.ok()
    }

    /// Waits until a write may leave.
    pub async fn write(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.writes.acquire().await.ok();
        // Held while waiting, so that writes leave in the order in which they came.
        let mut left = self.left.lock().await;
        if left.len() >= WRITES
            && let Some(oldest) = left.pop_front()
        {
            sleep_until(oldest + WRITE_WINDOW).await;
        }
        left.push_back(Instant::now());
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn never_more_than_fifty_writes_leave_in_any_minute() {
        let pace = Pace::new();
        let start = Instant::now();
        let mut departures = Vec::new();
        for number in 0..170_u64 {
            drop(pace.write().await);
            departures.push(start.elapsed());
            tokio::time::sleep(Duration::from_millis(number % 7 * 100)).await;
        }
        assert!(departures[49] < Duration::from_secs(20), "the first fifty wait for nothing");
        for (index, first) in departures.iter().enumerate() {
            let in_minute = departures[index..].iter().filter(|one| **one - *first < Duration::from_secs(60)).count();
            assert!(in_minute <= 50, "{in_minute} in the minute after {first:?}");
        }
        assert!(departures[169] < Duration::from_secs(3 * 61 + 20), "the pace is used in full");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_four_writes_are_under_way() {
        let pace = Arc::new(Pace::new());
        let under_way: Vec<_> = futures::future::join_all((0..4).map(|_| pace.write())).await;
        let fifth = tokio::time::timeout(Duration::from_secs(300), pace.write()).await;
        assert!(fifth.is_err());
        drop(under_way);
        assert!(tokio::time::timeout(Duration::from_secs(1), pace.write()).await.is_ok());
    }
}
