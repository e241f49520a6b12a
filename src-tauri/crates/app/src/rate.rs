//! Turns the engine's bare progress into rows a second and time left.

use crate::desk::OnProgress;
use crate::view::ProgressView;
use selaras_engine::progress::{Progress, ProgressSink};
use std::sync::Mutex;
use std::time::Instant;

/// Passes progress on, with a rate measured since the phase began.
pub(crate) struct Rated<'a> {
    on_progress: OnProgress<'a>,
    phase: Mutex<Option<(String, Instant, u64)>>,
}

impl<'a> Rated<'a> {
    pub(crate) fn new(on_progress: OnProgress<'a>) -> Self {
        Self { on_progress, phase: Mutex::new(None) }
    }
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl ProgressSink for Rated<'_> {
    fn report(&self, progress: Progress) {
        let rate = self.phase.lock().ok().and_then(|mut phase| {
            if phase.as_ref().is_none_or(|(name, _, _)| *name != progress.phase) {
                *phase = Some((progress.phase.clone(), Instant::now(), progress.done));
            }
            let (_, since, first) = phase.as_ref()?;
            let seconds = since.elapsed().as_secs_f64();
            let rows = f64::from(small(progress.done.saturating_sub(*first)));
            (seconds > 0.2 && rows > 0.0).then(|| rows / seconds)
        });
        let left = progress.total.map(|total| f64::from(small(total.saturating_sub(progress.done))));
        (self.on_progress)(ProgressView {
            phase: progress.phase,
            done: small(progress.done),
            total: progress.total.map(small),
            rate,
            seconds_left: rate.zip(left).map(|(rate, left)| left / rate),
            counts: progress.counts.map(Into::into),
        });
    }
}
