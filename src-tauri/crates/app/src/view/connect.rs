//! Connecting: both services and the databases.

use super::Id;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// The connection to Forstok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ForstokView {
    /// Always true in an answer of `connect`.
    pub connected: bool,
    /// The seller's e-mail.
    pub email: String,
    /// What the account lets the program read.
    pub capabilities: CapabilitiesView,
    /// Parts that come from an imported file instead, with the time of the import.
    pub imported: BTreeMap<String, String>,
}

/// What a Forstok account offers to a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct CapabilitiesView {
    pub variants: bool,
    pub quantities: bool,
    pub warehouses: bool,
    pub stores: bool,
    pub pending_listings: bool,
    pub orders: bool,
    pub invoices: bool,
    pub payments: bool,
}

/// The sign-in at Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccurateView {
    /// Always true in an answer of `connect`.
    pub connected: bool,
    /// Who signed in.
    pub email: Option<String>,
    /// `oauth` or `api_token`.
    pub mode: String,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Scopes that the job needs and that were not granted.
    pub missing_scopes: Vec<String>,
    /// What each missing scope blocks: scope → step words (`items`, `opening_stock`, …).
    pub missing_blocks: BTreeMap<String, Vec<String>>,
}

/// What happens while the person signs in in the system browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SignInEvent {
    /// The listener is armed.
    Waiting {
        /// The address to open; shown so that it can be copied. Carries no secret.
        authorize_url: String,
        /// Seconds until it gives up.
        seconds: u32,
        /// Whether the system browser could be opened.
        browser_opened: bool,
    },
}

/// What the person types to sign in at Accurate by OAuth. The secret goes straight to the key store.
#[derive(Clone, Deserialize, Type)]
pub struct AccurateAppInput {
    /// Client ID of the person's own app in Accurate's developer area.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// The callback URL registered for it; `None`: the default one.
    pub redirect_uri: Option<String>,
}

/// One database of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabaseChoiceView {
    /// Its id.
    pub id: Id,
    /// The company's name.
    pub alias: String,
    /// Whether it can be chosen.
    pub usable: bool,
    /// `expired`, `not_owner`: why not; `trial`: chosen with care; `None`: nothing to say.
    pub reason: Option<String>,
    /// Last day of its licence, `dd/MM/yyyy`.
    pub licence_end: Option<String>,
    /// Whether it is the chosen one.
    pub chosen: bool,
    /// Whether it was used before on this computer: its mapping is kept.
    pub used_before: bool,
}

/// The answer of `databases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabasesView {
    /// All of the account.
    pub databases: Vec<DatabaseChoiceView>,
}

/// The chosen database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabaseView {
    /// Its id.
    pub id: Id,
    /// The company's name.
    pub alias: String,
    /// Its data host.
    pub host: String,
    /// A trial company.
    pub trial: bool,
    /// Index of its colour in the band, 0 to 6; the same for as long as the company exists on this computer.
    pub band: u8,
}

/// The answer of `use-database`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UseDatabaseView {
    /// The chosen one.
    pub database: DatabaseView,
}
