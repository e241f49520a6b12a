//! Ctrl-C and SIGTERM: the first one asks the work to stop where it is safe, the second one stops at once.
//!
//! Stopping at once is safe too (each write is in the journal before it is sent); it only leaves rows to be looked up later.

use tokio_util::sync::CancellationToken;

/// Waits for one signal.
pub async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where no handler can be installed the system's own ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A token that the first signal cancels; `stopping` is called then.
pub fn cancelled_by_signals(stopping: impl FnOnce() + Send + 'static) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        stop_signal().await;
        stopping();
        cancelled.cancel();
        stop_signal().await;
        std::process::exit(1);
    });
    token
}
