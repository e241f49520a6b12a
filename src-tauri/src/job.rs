//! A long job that a person can stop: the sign-in, the run. Owns its token and who may begin one; knows nothing of what it does.

use selaras_app::error::{AppError, AppResult, ErrorCode};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// At most one job at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Job(Arc<watch::Sender<Option<CancellationToken>>>);

impl Default for Job {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Job {
    /// Begins one; it lasts until the answer is dropped.
    ///
    /// # Errors
    /// `company_busy` while another one is under way.
    pub fn begin(&self) -> AppResult<Begun> {
        let token = CancellationToken::new();
        let begun = self.0.send_if_modified(|current| {
            let free = current.is_none();
            if free {
                *current = Some(token.clone());
            }
            free
        });
        if begun { Ok(Begun { job: self.clone(), token }) } else { Err(AppError::new(ErrorCode::CompanyBusy)) }
    }

    /// Begins one after stopping the one under way.
    pub async fn begin_anew(&self) -> AppResult<Begun> {
        self.stop();
        self.ended().await;
        self.begin()
    }

    /// Asks the one under way to stop; nothing happens when there is none.
    pub fn stop(&self) {
        if let Some(token) = self.0.borrow().as_ref() {
            token.cancel();
        }
    }

    /// Whether one is under way.
    #[must_use]
    pub fn under_way(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits until none is under way.
    pub async fn ended(&self) {
        let mut changes = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail before it ends.
        let _ = changes.wait_for(Option::is_none).await;
    }
}

/// A job under way.
#[derive(Debug)]
pub struct Begun {
    job: Job,
    /// Cancelled when a person stops it.
    pub token: CancellationToken,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.job.0.send_replace(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_job_waits_for_the_first_to_end() {
        let job = Job::default();
        let first = job.begin().unwrap();
        assert_eq!(job.begin().unwrap_err(), AppError::new(ErrorCode::CompanyBusy));
        drop(first);
        assert!(!job.under_way());
        assert!(job.begin().is_ok());
    }

    #[tokio::test]
    async fn beginning_anew_stops_the_one_under_way() {
        let job = Job::default();
        let first = job.begin().unwrap();
        let stopped = first.token.clone();
        let old = tokio::spawn(async move {
            first.token.cancelled().await;
            drop(first);
        });
        let second = job.begin_anew().await.unwrap();
        old.await.unwrap();
        assert!(stopped.is_cancelled());
        assert!(!second.token.is_cancelled());
    }
}
