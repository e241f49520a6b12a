//! The steps of the main job over wired clients and store: what the window and `selaras-cli` both call.
//!
//! Owns the order of things (read, snapshot, plan, apply, prove) and the wiring; owns no rule of accounting (domain, engine), no
//! wire format (accurate, forstok) and no table (store).

pub mod backups;
pub mod demo;
pub mod desk;
pub mod environment;
pub mod error;
pub mod files;
mod lock;
pub mod log;
pub mod loopback;
pub mod messages;
mod rate;
pub mod reasons;
mod relisting;
mod sales;
pub mod secrets;
mod shelves;
mod snapshots;
mod steps;
pub mod view;
mod wiring;
