//! Work that a service has taken in and does later: its client has had its answer, or has gone away, long before.
//!
//! A client that lost an answer looks whether its document is there. One that is written only then is what makes it post twice, so a late
//! commit must come whatever becomes of the connection: the work is kept here and not in the handler of the call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::lock;

type Work = Box<dyn FnOnce() + Send>;

/// Accepted work in the order in which it came.
#[derive(Default)]
pub(crate) struct Late(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    taken: u64,
    waiting: BTreeMap<u64, Work>,
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Late").field("waiting", &self.waiting()).finish()
    }
}

impl Late {
    /// Keeps work until its time has come, or [`Self::land`] is called.
    pub(crate) fn defer(self: &Arc<Self>, after: Duration, work: impl FnOnce() + Send + 'static) {
        let number = {
            let mut queue = lock(&self.0);
            queue.taken += 1;
            let number = queue.taken;
            queue.waiting.insert(number, Box::new(work));
            number
        };
        let late = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if let Some(late) = late.upgrade() {
                let mut queue = lock(&late.0);
                if let Some(work) = queue.waiting.remove(&number) {
                    work();
                }
            }
        });
    }

    /// How much is accepted and not done.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.0).waiting.len()
    }

    /// Does all of it now, in the order in which it came. Answers how much there was.
    pub(crate) fn land(&self) -> usize {
        let mut queue = lock(&self.0);
        let waiting = std::mem::take(&mut queue.waiting);
        let count = waiting.len();
        waiting.into_values().for_each(|work| work());
        count
    }

    /// Forgets all of it: the service is gone.
    pub(crate) fn forget(&self) {
        lock(&self.0).waiting.clear();
    }
}
