//! The simulators as a client meets them, over real HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod common;
mod events;
mod faults;
mod items;
mod oauth;
mod sales;
mod samples;
mod seeds;
mod shop;
mod stock;
