//! The run under way: it belongs to the program and not to the window, so that whoever comes may follow it. Owns who follows and how
//! it ended; knows nothing of windows.

use crate::job::{Begun, Job};
use selaras_app::error::AppResult;
use selaras_app::view::{ProgressView, ProofView, RunView};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// At most one run. Cheap to clone.
#[derive(Clone, Default)]
pub struct Running {
    job: Job,
    news: Arc<watch::Sender<News>>,
    proven: Arc<Mutex<Option<ProofView>>>,
}

/// What is known of a run now.
#[derive(Clone, Default)]
struct News {
    progress: Option<ProgressView>,
    ended: Option<AppResult<RunView>>,
}

impl Running {
    /// Begins one; it lasts until the answer is dropped.
    ///
    /// # Errors
    /// `company_busy` while another one is under way.
    pub fn begin(&self) -> AppResult<RunUnderWay> {
        let begun = self.job.begin()?;
        self.news.send_replace(News::default());
        Ok(RunUnderWay { begun, news: Arc::clone(&self.news) })
    }

    /// Asks it to pause; nothing happens when there is none.
    pub fn stop(&self) {
        self.job.stop();
    }

    /// Whether one is under way.
    #[must_use]
    pub fn under_way(&self) -> bool {
        self.job.under_way()
    }

    /// Waits until none is under way.
    pub async fn ended(&self) {
        self.job.ended().await;
    }

    /// Follows the one under way to its end: its last progress is told at once. `None` when there is none, or when what is under way
    /// ends without a run of its own.
    ///
    /// # Errors
    /// As the run itself ended.
    pub async fn follow(&self, tell: impl Fn(ProgressView)) -> AppResult<Option<RunView>> {
        if !self.under_way() {
            return Ok(None);
        }
        let mut news = self.news.subscribe();
        loop {
            let now = news.borrow_and_update().clone();
            if let Some(ended) = now.ended {
                return ended.map(Some);
            }
            if let Some(progress) = now.progress {
                tell(progress);
            }
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return Ok(None) },
                () = self.job.ended() => return news.borrow().ended.clone().transpose(),
            }
        }
    }

    /// Keeps the proof that was made while no window was there to ask for it.
    pub fn keep_proof(&self, proof: ProofView) {
        *self.proven.lock().unwrap_or_else(PoisonError::into_inner) = Some(proof);
    }

    /// The kept proof of this run, once: the window asks for it when it learns that the run has ended.
    #[must_use]
    pub fn take_proof(&self, run: &str) -> Option<ProofView> {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.take_if(|proof| proof.run == run)
    }
}

/// A run under way, held by what works on it.
pub struct RunUnderWay {
    begun: Begun,
    news: Arc<watch::Sender<News>>,
}

impl RunUnderWay {
    /// Cancelled when a person pauses it.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.begun.token.clone()
    }

    /// Tells whoever follows how far it is.
    pub fn tell(&self, progress: ProgressView) {
        self.news.send_modify(|news| news.progress = Some(progress));
    }

    /// Says how it ended.
    pub fn end(&self, run: AppResult<RunView>) {
        self.news.send_modify(|news| news.ended = Some(run));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_app::error::{AppError, ErrorCode};

    fn at(done: u32) -> ProgressView {
        serde_json::from_value(serde_json::json!({
            "phase": "sending", "done": done, "total": 9, "rate": null, "seconds_left": null, "counts": null
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn who_comes_late_learns_the_last_progress_at_once_and_the_end() {
        let running = Running::default();
        assert_eq!(running.follow(|_| ()).await.unwrap(), None);
        let run = running.begin().unwrap();
        run.tell(at(1));
        run.tell(at(2));
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let follower = running.clone();
        let following =
            tokio::spawn(async move { follower.follow(|progress| tell.send(progress.done).unwrap()).await });
        assert_eq!(told.recv().await, Some(2));
        run.tell(at(3));
        assert_eq!(told.recv().await, Some(3));
        run.end(Err(AppError::new(ErrorCode::Offline)));
        drop(run);
        assert_eq!(following.await.unwrap(), Err(AppError::new(ErrorCode::Offline)));
        assert_eq!(running.follow(|_| ()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_ends_without_a_run_leaves_nobody_waiting() {
        let running = Running::default();
        let run = running.begin().unwrap();
        let follower = running.clone();
        let following = tokio::spawn(async move { follower.follow(|_| ()).await });
        tokio::task::yield_now().await;
        drop(run);
        assert_eq!(following.await.unwrap(), Ok(None));
    }
}
