//! The program as a script sees it: the real process against running simulators of both services, over the network.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod brakes;
mod desk;
mod explain;
mod imports;
mod killed;
mod money;
mod refusals;
mod secrets;
mod storage;
mod story;
mod undo;
mod verify;
