//! Client of the Accurate Online HTTP API: sign-in, sessions, rate, envelope, and the calls that Selaras makes.
//!
//! It works against any faithful copy of the service: only the base URL differs (design rule 12). It owns everything that is known about
//! the wire and decides nothing about plans; the facts are from accurate-online-api.md, and the guesses among them stay in the module
//! that they concern.

pub mod api_token;
pub mod catalogue;
mod client;
mod connection;
mod endpoints;
mod ledger;
pub mod limiter;
pub mod oauth;
pub mod outcome;
mod pipeline;
pub mod scopes;
mod session;
mod token;
mod wire;

pub use client::{ACCOUNT_HOST, AccurateAccount, AccurateBooks, AccurateClient, AccurateClientBuilder, Credentials};
pub use connection::Patience;
pub use scopes::missing_scopes;
pub use token::{MemoryTokenStore, OAuthClient, TokenPair, TokenStore, TokenStoreError, UnreadablePair};
