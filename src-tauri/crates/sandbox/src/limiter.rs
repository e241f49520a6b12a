//! Rate limits, as the services enforce them, and the measurements a test asks for afterwards.
//!
//! accurate-online-api.md §4: 8 requests per second and 8 in parallel, per token. forstok-api.md §4: about 50 stock writes a
//! minute. The limiter refuses; it never delays.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lock;

/// How much one credential may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls within `window`.
    pub calls: usize,
    /// Length of the sliding window.
    pub window: Duration,
    /// Calls in flight at once.
    pub parallel: usize,
}

#[derive(Debug, Default)]
struct Meter {
    /// Arrival of every admitted call still inside the window.
    arrivals: VecDeque<Instant>,
    in_flight: usize,
    max_in_window: usize,
    max_in_flight: usize,
    refused: usize,
}

/// Peak load seen by one limiter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Most calls admitted or refused within any one window.
    pub max_in_window: usize,
    /// Most calls in flight at one time.
    pub max_in_flight: usize,
    /// Calls refused for being too many.
    pub refused: usize,
}

/// A sliding-window limiter for one credential.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    allowance: Allowance,
    meter: Arc<Mutex<Meter>>,
}

/// Keeps a call counted as in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Mutex<Meter>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.0).in_flight -= 1;
    }
}

/// The limiter's verdict on one call.
#[derive(Debug)]
pub(crate) enum Admission {
    /// The call may pass and is in flight until the guard is dropped.
    Admitted(InFlight),
    /// Refused; the window frees a place after this time.
    Refused(Duration),
}

impl Limiter {
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self { allowance, meter: Arc::default() }
    }

    /// Counts a call that arrives at `now` and says whether it may pass. A refused call still counts as load seen, but takes
    /// no place in the window, so that a client that waits long enough recovers.
    pub(crate) fn admit(&self, now: Instant) -> Admission {
        let mut meter = lock(&self.meter);
        while meter.arrivals.front().is_some_and(|first| now.duration_since(*first) >= self.allowance.window) {
            meter.arrivals.pop_front();
        }
        meter.max_in_flight = meter.max_in_flight.max(meter.in_flight + 1);
        meter.max_in_window = meter.max_in_window.max(meter.arrivals.len() + 1);
        if meter.arrivals.len() >= self.allowance.calls || meter.in_flight >= self.allowance.parallel {
            meter.refused += 1;
            let wait = meter
                .arrivals
                .front()
                .map_or(Duration::ZERO, |first| self.allowance.window.saturating_sub(now.duration_since(*first)));
            return Admission::Refused(wait);
        }
        meter.arrivals.push_back(now);
        meter.in_flight += 1;
        Admission::Admitted(InFlight(Arc::clone(&self.meter)))
    }

    pub(crate) fn load(&self) -> Load {
        let meter = lock(&self.meter);
        Load { max_in_window: meter.max_in_window, max_in_flight: meter.max_in_flight, refused: meter.refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: Allowance = Allowance { calls: 8, window: Duration::from_secs(1), parallel: 8 };

    fn admitted(limiter: &Limiter, now: Instant) -> bool {
        matches!(limiter.admit(now), Admission::Admitted(_))
    }

    #[test]
    fn ninth_call_within_a_second_is_refused_and_the_next_second_is_free() {
        let limiter = Limiter::new(EIGHT);
        let start = Instant::now();
        let verdicts: Vec<bool> = (0..9).map(|n| admitted(&limiter, start + Duration::from_millis(n * 100))).collect();
        assert_eq!(verdicts, [vec![true; 8], vec![false]].concat());
        assert!(admitted(&limiter, start + Duration::from_millis(1000)));
        assert_eq!(limiter.load(), Load { max_in_window: 9, max_in_flight: 1, refused: 1 });
    }

    #[test]
    fn ninth_call_in_flight_is_refused_even_when_the_window_is_wide() {
        let limiter = Limiter::new(Allowance { calls: 100, ..EIGHT });
        let start = Instant::now();
        let held: Vec<Admission> = (0..8).map(|_| limiter.admit(start)).collect();
        assert!(!admitted(&limiter, start));
        drop(held);
        assert!(admitted(&limiter, start));
    }
}
