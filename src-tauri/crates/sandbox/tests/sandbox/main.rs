//! The simulators as a client meets them, over real HTTP.

mod common;
mod oauth;
