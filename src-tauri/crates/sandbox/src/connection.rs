//! What a client needs to reach the sandbox.

use serde::Serialize;
use std::time::Duration;

use crate::accurate::Accurate;
use crate::forstok::Forstok;
use crate::lock;

/// An Accurate database, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Database {
    /// `id` of `db-list.do`.
    pub id: i64,
    /// `alias` of `db-list.do`.
    pub alias: String,
}

/// Base URLs and credentials of a running sandbox. They are made up for each start and worth nothing elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Stands for `https://account.accurate.id`.
    pub accurate_url: String,
    /// Stands for `https://integration.forstok.com`.
    pub forstok_auth_url: String,
    /// Stands for `https://accounts.forstok.com`.
    pub forstok_api_url: String,
    /// OAuth client id, a UUID.
    pub client_id: String,
    /// OAuth client secret, 32 hex digits.
    pub client_secret: String,
    /// The first registered redirect URI.
    pub redirect_uri: String,
    /// All registered redirect URIs.
    pub redirect_uris: Vec<String>,
    /// An API token for the first database.
    pub api_token: String,
    /// Signature secret that belongs to the API token.
    pub signature_secret: String,
    /// The seller's e-mail, `id` of the token request.
    pub forstok_email: String,
    /// The seller's secret key.
    pub forstok_secret_key: String,
    /// E-mail of the Accurate account that owns the databases.
    pub owner_email: String,
    /// The databases: the shop's own, a second usable one, a trial, an expired one, and one the user does not own.
    pub databases: Vec<Database>,
    /// In what time Accurate takes as many calls as it allows: a second, unless the options say otherwise.
    #[serde(skip)]
    pub accurate_second: Duration,
}

impl Connection {
    pub(crate) fn of(
        accurate: &Accurate,
        forstok: &Forstok,
        account_url: &str,
        forstok_url: &str,
        databases: Vec<Database>,
    ) -> Self {
        let settings = &accurate.settings;
        Self {
            accurate_url: account_url.to_owned(),
            forstok_auth_url: forstok_url.to_owned(),
            forstok_api_url: forstok_url.to_owned(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            redirect_uri: settings.redirect_uris.first().cloned().unwrap_or_default(),
            redirect_uris: settings.redirect_uris.clone(),
            api_token: lock(&accurate.books).api_token.clone(),
            signature_secret: settings.signature_secret.clone(),
            forstok_email: forstok.settings.email.clone(),
            forstok_secret_key: forstok.settings.secret_key.clone(),
            owner_email: settings.owner_email.clone(),
            databases,
            accurate_second: settings.allowance.window,
        }
    }
}
