//! Forstok: its HTTP API, and the files that it exports.
//!
//! [`ForstokShop`] is the engine's [`selaras_engine::ports::Shop`] over HTTP. What is known of the API from documents or working
//! code is in `proven`; what is inferred is in `assumed`, with its paths in one table. Where an account does not offer a list, the
//! seller exports it as a file: [`import`] reads it and [`OverlayShop`] puts its rows in the place of the answer.
//!
//! Secrets travel in the query of the token request (forstok-api.md §3.1), so no URL is ever part of an error or a log line.

mod assumed;
mod auth;
mod codes;
pub mod import;
mod orders;
mod overlay;
mod pace;
mod pipeline;
mod proven;
mod shop;
mod wire;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod sample_tests;

pub use auth::Credentials;
pub use codes::CODES;
pub use overlay::OverlayShop;
pub use proven::{MasterItem, MasterVariant, VariantChange};
pub use shop::{ForstokShop, ForstokUrls};

/// The name of this side in errors.
pub(crate) const SIDE: &str = "forstok";
