//! The rate: at most eight requests in any second **and** eight in flight, for each token (accurate-online-api.md §4).
//!
//! One limiter for each token in the process, however many clients use the token. Processes that follow one another, or run side by
//! side, share the seconds through a small file, the ledger.

use crate::ledger::Ledger;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Requests in any second, and in flight.
pub(crate) const LIMIT: usize = 8;

/// The service counts arrivals, this side counts departures: two requests that leave a full second apart may arrive a little less than
/// a second apart. 25 ms cover the jitter of an ordinary line and still use 97.5 % of the rate (8 in 1.025 s).
const JITTER: Duration = Duration::from_millis(25);

/// The window of one token.
#[derive(Debug)]
pub struct Limiter {
    in_flight: Arc<Semaphore>,
    /// When the last [`LIMIT`] requests left, the oldest first. An asynchronous lock: it is held while waiting, so that requests leave
    /// in the order in which they came.
    departures: tokio::sync::Mutex<VecDeque<Instant>>,
    /// How long a request counts.
    window: Duration,
    /// What other processes send with this token.
    ledger: Option<Ledger>,
}

/// Leave to send one request; held until its answer has been read.
#[derive(Debug)]
#[must_use = "the request is in flight as long as this is held"]
pub struct Departure {
    _in_flight: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// A limiter that is shared with nobody, for a service that counts the requests of each `second`.
    #[must_use]
    pub fn new(second: Duration) -> Self {
        Self::with_ledger(second, None)
    }

    fn with_ledger(second: Duration, ledger: Option<Ledger>) -> Self {
        Self {
            window: second + JITTER,
            in_flight: Arc::new(Semaphore::new(LIMIT)),
            departures: tokio::sync::Mutex::new(VecDeque::with_capacity(LIMIT)),
            ledger,
        }
    }

    /// The limiter of a token: the same one as long as somebody holds it. `identity` names the sign-in, not the short-lived access
    /// token, as a rotated token goes on in the window of the one before. `ledgers` is the folder that processes share.
    #[must_use]
    pub fn shared(identity: &str, second: Duration, ledgers: Option<&Path>) -> Arc<Self> {
        static SHARED: LazyLock<Mutex<HashMap<[u8; 32], Weak<Limiter>>>> = LazyLock::new(Mutex::default);
        // Only a hash is kept: the identity may contain a token.
        let key: [u8; 32] = Sha256::digest(identity.as_bytes()).into();
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = shared.get(&key).and_then(Weak::upgrade) {
            return limiter;
        }
        shared.retain(|_, limiter| limiter.strong_count() > 0);
        let ledger = ledgers.map(|folder| Ledger::new(&folder.join(format!("rate-{}", hex::encode(&key[..8])))));
        let limiter = Arc::new(Self::with_ledger(second, ledger));
        shared.insert(key, Arc::downgrade(&limiter));
        limiter
    }

    /// Waits until one more request may leave.
    pub async fn depart(&self) -> Departure {
        // Fails only for a closed semaphore, and this one is never closed.
        let in_flight = Arc::clone(&self.in_flight).acquire_owned().await.ok();
        let mut departures = self.departures.lock().await;
        if departures.len() == LIMIT
            && let Some(oldest) = departures.front().copied()
        {
            tokio::time::sleep_until(oldest + self.window).await;
            departures.pop_front();
        }
        if let Some(ledger) = &self.ledger {
            ledger.depart(self.window).await;
        }
        departures.push_back(Instant::now());
        Departure { _in_flight: in_flight }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const SECOND: Duration = Duration::from_secs(1);

    /// Sends requests that take so long each; gives the times of departure and the most that were in flight.
    async fn traffic(pauses_and_durations: Vec<(u64, u64)>) -> (Vec<Instant>, usize) {
        let limiter = Arc::new(Limiter::new(SECOND));
        let in_flight = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let mut requests = Vec::new();
        for (pause, duration) in pauses_and_durations {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let (limiter, in_flight, most) = (Arc::clone(&limiter), Arc::clone(&in_flight), Arc::clone(&most));
            requests.push(tokio::spawn(async move {
                let _departure = limiter.depart().await;
                let left = Instant::now();
                most.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(duration)).await;
                in_flight.fetch_sub(1, Ordering::SeqCst);
                left
            }));
        }
        let mut times = Vec::new();
        for request in requests {
            times.push(request.await.unwrap());
        }
        times.sort();
        (times, most.load(Ordering::SeqCst))
    }

    fn virtual_clock() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_over_eight_in_any_second_nor_in_flight(
            requests in proptest::collection::vec((0u64..300, 0u64..3000), 1..80)
        ) {
            let (times, most) = virtual_clock().block_on(traffic(requests));
            for nine in times.windows(LIMIT + 1) {
                prop_assert!(nine[LIMIT] - nine[0] > Duration::from_secs(1), "nine left within {:?}", nine[LIMIT] - nine[0]);
            }
            prop_assert!(most <= LIMIT, "{most} in flight");
        }
    }

    #[test]
    fn at_least_95_percent_are_used_when_saturated() {
        let (times, _) = virtual_clock().block_on(traffic(vec![(0, 100); 801]));
        let seconds = (times[800] - times[0]).as_secs_f64();
        assert!(800.0 / seconds >= 0.95 * 8.0, "{} in a second", 800.0 / seconds);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_of_one_token_share_one_window_and_others_do_not() {
        let (first, second) = (Limiter::shared("token a", SECOND, None), Limiter::shared("token a", SECOND, None));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &Limiter::shared("token b", SECOND, None)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up_while_it_waits_takes_no_place() {
        let limiter = Limiter::new(SECOND);
        for _ in 0..LIMIT {
            drop(limiter.depart().await);
        }
        let begin = Instant::now();
        assert!(tokio::time::timeout(Duration::from_millis(10), limiter.depart()).await.is_err());
        drop(limiter.depart().await);
        assert_eq!(begin.elapsed(), SECOND + JITTER);
    }
}
