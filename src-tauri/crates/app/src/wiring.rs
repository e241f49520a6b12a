//! Wires the concrete clients to the engine's ports, from the company's secrets. The only place that knows them all.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::secrets::SecretStore;
use crate::steps::import::{ORDERS_PART, PAYMENTS_PART};
use async_trait::async_trait;
use secrecy::SecretString;
use selaras_accurate::{
    AccurateBooks, AccurateClient, Credentials, OAuthClient, TokenPair, TokenStore, TokenStoreError,
};
use selaras_domain::forstok::{PendingListing, Variant};
use selaras_domain::ids::DatabaseId;
use selaras_domain::order::{Order, Payment};
use selaras_engine::ports::{Books, Shop};
use selaras_forstok::{Credentials as SellerCredentials, ForstokShop, ForstokUrls, OverlayShop};
use selaras_store::{AccurateMode, FORSTOK_SCOPE};
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// Names of the company's secrets.
pub(crate) mod secret {
    pub(crate) const FORSTOK_KEY: &str = "forstok_secret_key";
    pub(crate) const CLIENT_ID: &str = "accurate_client_id";
    pub(crate) const CLIENT_SECRET: &str = "accurate_client_secret";
    pub(crate) const TOKENS: &str = "accurate_tokens";
    pub(crate) const API_TOKEN: &str = "accurate_api_token";
    pub(crate) const SIGNATURE: &str = "accurate_signature_secret";
}

/// The live clients, made when they are first needed and kept: their limiter, token and session are shared by every step.
#[derive(Default)]
pub(crate) struct Clients {
    accurate: Mutex<Option<AccurateClient>>,
    books: Mutex<Option<AccurateBooks>>,
    shop: Mutex<Option<Arc<ForstokShop>>>,
}

/// The company's token pair in its secret store.
pub(crate) struct StoredTokens {
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) name: String,
}

#[async_trait]
impl TokenStore for StoredTokens {
    async fn load(&self) -> Result<Option<TokenPair>, TokenStoreError> {
        let sealed = self.secrets.get(&self.name).map_err(|error| TokenStoreError(error.to_string()))?;
        // A pair that does not read is as good as none: the person signs in again.
        Ok(sealed.and_then(|sealed| TokenPair::unseal(&sealed).ok()))
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), TokenStoreError> {
        self.secrets.set(&self.name, &pair.seal()).map_err(|error| TokenStoreError(error.to_string()))
    }
}

pub(crate) fn base_url(text: &str, field: &str) -> AppResult<Url> {
    let text = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    Url::parse(&text).map_err(|_| AppError::input(field, "not_an_address"))
}

impl Desk {
    pub(crate) fn secret(&self, what: &str) -> AppResult<Option<SecretString>> {
        Ok(self.inner.secrets.get(&self.secret_name(what))?)
    }

    pub(crate) fn keep_secret(&self, what: &str, value: &SecretString) -> AppResult<()> {
        Ok(self.inner.secrets.set(&self.secret_name(what), value)?)
    }

    pub(crate) fn forget_secret(&self, what: &str) -> AppResult<()> {
        Ok(self.inner.secrets.remove(&self.secret_name(what))?)
    }

    pub(crate) fn stored_tokens(&self) -> StoredTokens {
        StoredTokens { secrets: self.inner.secrets.clone(), name: self.secret_name(secret::TOKENS) }
    }

    /// The app's credentials: what was stored on connecting, else what the environment gives.
    pub(crate) fn oauth_client(&self) -> AppResult<Option<OAuthClient>> {
        use secrecy::ExposeSecret;
        let given = &self.inner.config.given;
        let id = self
            .secret(secret::CLIENT_ID)?
            .map(|id| id.expose_secret().to_owned())
            .or_else(|| given.accurate_client_id.clone());
        let client_secret = self.secret(secret::CLIENT_SECRET)?.or_else(|| given.accurate_client_secret.clone());
        Ok(id.zip(client_secret).map(|(client_id, client_secret)| OAuthClient { client_id, client_secret }))
    }

    fn api_credentials(&self) -> AppResult<Option<Credentials>> {
        let given = &self.inner.config.given;
        let token = self.secret(secret::API_TOKEN)?.or_else(|| given.accurate_api_token.clone());
        let signature = self.secret(secret::SIGNATURE)?.or_else(|| given.accurate_signature_secret.clone());
        Ok(token.zip(signature).map(|(token, signature_secret)| Credentials::ApiToken { token, signature_secret }))
    }

    pub(crate) fn accurate_client(&self, credentials: Credentials) -> AppResult<AccurateClient> {
        let url = base_url(&self.inner.config.urls.accurate, "SELARAS_ACCURATE_URL")?;
        let builder = AccurateClient::builder(url, credentials);
        let builder = builder.token_store(Arc::new(self.stored_tokens())).clock(self.inner.config.clock.clone());
        let builder = builder.patience(self.inner.config.patience);
        Ok(builder.rate_ledgers(crate::lock::folder(self.data_dir())?).build()?)
    }

    /// The signed-in client.
    ///
    /// # Errors
    /// [`ErrorCode::NotConnected`] before the first sign-in, [`ErrorCode::SignInNeeded`] when its tokens are gone.
    pub(crate) async fn accurate(&self) -> AppResult<AccurateClient> {
        let mut live = self.inner.clients.accurate.lock().await;
        if let Some(client) = live.as_ref() {
            return Ok(client.clone());
        }
        let sign_in = || AppError::new(ErrorCode::SignInNeeded).with("side", "accurate");
        let credentials = match self.company()?.accurate_mode {
            None => return Err(AppError::new(ErrorCode::NotConnected).with("side", "accurate")),
            Some(AccurateMode::ApiToken) => self.api_credentials()?.ok_or_else(sign_in)?,
            Some(AccurateMode::OAuth) => {
                let client = self.oauth_client()?.ok_or_else(sign_in)?;
                let tokens = self.stored_tokens().load().await;
                let tokens =
                    tokens.map_err(|error| AppError::new(ErrorCode::SecretsUnavailable).with("detail", error))?;
                Credentials::OAuth { client, tokens: tokens.ok_or_else(sign_in)? }
            }
        };
        let client = self.accurate_client(credentials)?;
        *live = Some(client.clone());
        Ok(client)
    }

    /// The chosen database, open. A session for another database is never handed out.
    pub(crate) async fn open_books(&self) -> AppResult<Arc<dyn Books>> {
        let database = self.database()?;
        Ok(Arc::new(self.open_database(database).await?))
    }

    pub(crate) async fn open_database(&self, database: DatabaseId) -> AppResult<AccurateBooks> {
        let client = self.accurate().await?;
        let mut live = self.inner.clients.books.lock().await;
        if let Some(books) = live.as_ref().filter(|books| books.database() == database) {
            return Ok(books.clone());
        }
        let opened = client.open(database).await.map_err(AppError::from);
        let books = opened.map_err(|error| match (error.code, self.profile(database)) {
            (ErrorCode::DatabaseUnusable, Ok(profile)) => error.with("alias", profile.alias),
            (ErrorCode::DatabaseUnusable, Err(_)) => error.with("alias", database),
            _ => error,
        })?;
        *live = Some(books.clone());
        Ok(books)
    }

    /// Forgets the live clients of Accurate, after a sign-in or a disconnect.
    pub(crate) async fn drop_accurate(&self) {
        *self.inner.clients.accurate.lock().await = None;
        *self.inner.clients.books.lock().await = None;
    }

    pub(crate) fn forstok_client(&self, email: &str, key: SecretString) -> AppResult<ForstokShop> {
        let urls = &self.inner.config.urls;
        let urls = ForstokUrls { auth: urls.forstok_auth.clone(), api: urls.forstok_api.clone() };
        Ok(ForstokShop::new(&urls, SellerCredentials { email: email.to_owned(), secret_key: key })?)
    }

    pub(crate) async fn keep_shop(&self, shop: ForstokShop) {
        *self.inner.clients.shop.lock().await = Some(Arc::new(shop));
    }

    /// Forstok, with the lists that were imported from files in place of those that its API does not offer.
    pub(crate) async fn shop(&self) -> AppResult<Arc<dyn Shop>> {
        let company = self.company()?;
        let not_connected = || AppError::new(ErrorCode::NotConnected).with("side", "forstok");
        let email = company.forstok_email.clone().ok_or_else(not_connected)?;
        let mut live = self.inner.clients.shop.lock().await;
        let shop = match live.as_ref() {
            Some(shop) => shop.clone(),
            None => {
                let given = self.inner.config.given.forstok_secret_key.clone();
                let sign_in = || AppError::new(ErrorCode::SignInNeeded).with("side", "forstok");
                let key = self.secret(secret::FORSTOK_KEY)?.or(given).ok_or_else(sign_in)?;
                let shop = Arc::new(self.forstok_client(&email, key)?);
                *live = Some(shop.clone());
                shop
            }
        };
        let offers = company.forstok_capabilities.unwrap_or_default();
        let variants = self.imported::<Variant>("imported_variants", offers.variants)?;
        let pending = self.imported::<PendingListing>("imported_pending", offers.pending_listings)?;
        let orders = self.imported::<Order>(ORDERS_PART, offers.orders)?;
        let payments = self.imported::<Payment>(PAYMENTS_PART, offers.payments)?;
        Ok(Arc::new(OverlayShop { inner: shop, variants, pending, orders, payments }))
    }

    fn imported<T: serde::de::DeserializeOwned>(&self, part: &str, offered: bool) -> AppResult<Option<Vec<T>>> {
        if offered {
            return Ok(None);
        }
        Ok(self.kept(FORSTOK_SCOPE, part)?.map(|read| read.rows))
    }
}
