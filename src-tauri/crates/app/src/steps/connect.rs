//! Connecting Forstok and Accurate, and disconnecting Accurate.

use crate::desk::{Browser, Desk};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::loopback::LoopbackListener;
use crate::view::{AccurateAppInput, AccurateView, CapabilitiesView, ForstokView, SignInEvent};
use crate::wiring::{base_url, secret};
use async_trait::async_trait;
use secrecy::SecretString;
use selaras_accurate::oauth::{
    self, BrowserError, DEFAULT_REDIRECT, DEFAULT_TIME_OUT, ListenerError, SignIn, SignInError, SystemRandomness,
};
use selaras_accurate::{Credentials, OAuthClient, TokenStore, missing_scopes};
use selaras_domain::forstok::Capabilities;
use selaras_engine::ports::{BooksAccount, Shop};
use selaras_store::AccurateMode;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;
use url::Url;

impl From<Capabilities> for CapabilitiesView {
    fn from(offers: Capabilities) -> Self {
        let Capabilities { variants, quantities, warehouses, stores, pending_listings, orders, invoices, payments } =
            offers;
        Self { variants, quantities, warehouses, stores, pending_listings, orders, invoices, payments }
    }
}

/// Opens the system's browser and tells the screen, whether that worked or not: the address can be copied.
struct AnnouncedBrowser<'a> {
    browser: &'a dyn Browser,
    on_event: &'a (dyn Fn(SignInEvent) + Send + Sync),
}

#[async_trait]
impl oauth::Browser for AnnouncedBrowser<'_> {
    async fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let browser_opened = self.browser.open(url.as_str()).is_ok();
        let seconds = u32::try_from(DEFAULT_TIME_OUT.as_secs()).unwrap_or(u32::MAX);
        (self.on_event)(SignInEvent::Waiting { authorize_url: url.to_string(), seconds, browser_opened });
        Ok(())
    }
}

fn sign_in_error(error: SignInError, redirect: &Url) -> AppError {
    match error {
        SignInError::Denied => AppError::new(ErrorCode::ConsentDenied),
        SignInError::TimedOut => AppError::new(ErrorCode::SignInTimedOut),
        SignInError::Cancelled => AppError::new(ErrorCode::Cancelled),
        SignInError::WrongClient => AppError::new(ErrorCode::WrongClient),
        SignInError::CodeRefused => AppError::new(ErrorCode::SignInMismatch).with("redirect", redirect),
        SignInError::Refused { error } => AppError::new(ErrorCode::SignInMismatch).with("reason", error),
        SignInError::Listener(ListenerError::PortTaken { port }) => {
            AppError::new(ErrorCode::PortTaken).with("port", port)
        }
        SignInError::Listener(ListenerError::NotLoopback(address)) => {
            AppError::input("redirect_uri", "not_loopback").with("address", address)
        }
        SignInError::Listener(ListenerError::System(detail)) => {
            AppError::new(ErrorCode::Internal).with("detail", detail)
        }
        SignInError::Browser(error) => AppError::new(ErrorCode::Internal).with("detail", error),
        SignInError::Offline => AppError::new(ErrorCode::Offline).with("side", "accurate"),
        SignInError::NoAnswer(detail) => {
            AppError::new(ErrorCode::NoAnswer).with("side", "accurate").with("detail", detail)
        }
    }
}

impl Desk {
    /// Connects Forstok: checks e-mail and key, and probes what the account offers.
    ///
    /// # Errors
    /// [`ErrorCode::WrongForstokKey`] when they are not accepted; then nothing is stored. [`ErrorCode::CompanyBusy`] during a run.
    pub async fn connect_forstok(&self, email: &str, secret_key: SecretString) -> AppResult<ForstokView> {
        use secrecy::ExposeSecret;
        let email = email.trim();
        if email.is_empty() || !email.contains('@') {
            return Err(AppError::input("email", "not_an_email"));
        }
        if secret_key.expose_secret().trim().is_empty() {
            return Err(AppError::input("secret_key", "empty"));
        }
        let _no_run_under_way = self.lock()?;
        let key: SecretString = secret_key.expose_secret().trim().to_owned().into();
        let shop = self.forstok_client(email, key.clone())?;
        let offers = shop.capabilities().await?;
        if self.company()?.forstok_email.is_some_and(|before| before != email) {
            self.drop_imports()?;
        }
        self.keep_secret(secret::FORSTOK_KEY, &key)?;
        self.change_company(|company| {
            company.forstok_email = Some(email.to_owned());
            company.forstok_capabilities = Some(offers);
        })?;
        self.keep_shop(shop).await;
        self.forstok_view()?.ok_or_else(|| AppError::new(ErrorCode::Internal))
    }

    pub(crate) fn forstok_view(&self) -> AppResult<Option<ForstokView>> {
        let company = self.company()?;
        let Some(email) = company.forstok_email else { return Ok(None) };
        let imported =
            self.books().file_parts()?.into_iter().map(|(part, source)| (part, source.read_at.to_string())).collect();
        let capabilities = company.forstok_capabilities.unwrap_or_default().into();
        Ok(Some(ForstokView { connected: true, email, capabilities, imported }))
    }

    /// The redirect URI that is used when none is given.
    ///
    /// # Errors
    /// When the local store fails.
    pub fn redirect_uri(&self) -> AppResult<String> {
        Ok(self.inner.store.setting("redirect_uri")?.unwrap_or_else(|| DEFAULT_REDIRECT.to_owned()))
    }

    /// Signs in at Accurate in the system browser.
    ///
    /// # Errors
    /// Each way in which a sign-in ends without tokens has its code; nothing is stored then. [`ErrorCode::CompanyBusy`] during a run.
    pub async fn connect_accurate(
        &self,
        input: AccurateAppInput,
        browser: &dyn Browser,
        cancel: CancellationToken,
        on_event: &(dyn Fn(SignInEvent) + Send + Sync),
    ) -> AppResult<AccurateView> {
        let typed = !input.client_id.trim().is_empty() && !input.client_secret.trim().is_empty();
        let client = if typed {
            OAuthClient {
                client_id: input.client_id.trim().to_owned(),
                client_secret: input.client_secret.trim().to_owned().into(),
            }
        } else {
            let missing = if input.client_id.trim().is_empty() { "client_id" } else { "client_secret" };
            self.oauth_client()?.ok_or_else(|| AppError::input(missing, "empty"))?
        };
        let redirect = match input.redirect_uri.as_deref().map(str::trim).filter(|uri| !uri.is_empty()) {
            Some(uri) => uri.to_owned(),
            None => self.redirect_uri()?,
        };
        let redirect = Url::parse(&redirect).map_err(|_| AppError::input("redirect_uri", "not_an_address"))?;
        if redirect.port().is_none() {
            return Err(AppError::input("redirect_uri", "not_loopback"));
        }
        let _no_run_under_way = self.lock()?;
        let announced = AnnouncedBrowser { browser, on_event };
        let parts = SignIn {
            base_url: base_url(&self.inner.config.urls.accurate, "SELARAS_ACCURATE_URL")?,
            client: client.clone(),
            redirect: redirect.clone(),
            time_out: DEFAULT_TIME_OUT,
            browser: &announced,
            listener: &LoopbackListener::default(),
            clock: self.inner.config.clock.as_ref(),
            randomness: &SystemRandomness,
        };
        let pair =
            oauth::sign_in(parts, cancel.cancelled_owned()).await.map_err(|error| sign_in_error(error, &redirect))?;
        let store = self.stored_tokens();
        let unstored = |error| AppError::new(ErrorCode::SecretsUnavailable).with("detail", error);
        store.save(&pair).await.map_err(unstored)?;
        self.keep_secret(secret::CLIENT_ID, &client.client_id.clone().into())?;
        self.keep_secret(secret::CLIENT_SECRET, &client.client_secret)?;
        let email = pair.email.clone();
        self.drop_accurate().await;
        let account = self.accurate_client(Credentials::OAuth { client, tokens: pair.clone() })?;
        let scopes = match account.account().scopes().await {
            Ok(scopes) => scopes,
            // The token answer names the granted scopes too (accurate-online-api.md §1.3).
            Err(_) => pair.scope.clone(),
        };
        self.change_company(|company| {
            company.accurate_mode = Some(AccurateMode::OAuth);
            company.accurate_email = email;
            company.granted_scopes = scopes;
        })?;
        self.accurate_view()?.ok_or_else(|| AppError::new(ErrorCode::Internal))
    }

    /// Connects Accurate by an API token, which belongs to one user, app and database.
    ///
    /// # Errors
    /// [`ErrorCode::WrongApiToken`] or [`ErrorCode::ClockSkew`] when it is not accepted; then nothing is stored. [`ErrorCode::CompanyBusy`]
    /// during a run.
    pub async fn connect_accurate_api_token(
        &self,
        token: SecretString,
        signature_secret: SecretString,
    ) -> AppResult<AccurateView> {
        let _no_run_under_way = self.lock()?;
        let client = self.accurate_client(Credentials::ApiToken {
            token: token.clone(),
            signature_secret: signature_secret.clone(),
        })?;
        let user = client.account().api_token_user().await.map_err(|error| match AppError::from(error) {
            error if error.code == ErrorCode::SignInNeeded => AppError::new(ErrorCode::WrongApiToken),
            error => error,
        })?;
        self.keep_secret(secret::API_TOKEN, &token)?;
        self.keep_secret(secret::SIGNATURE, &signature_secret)?;
        self.drop_accurate().await;
        self.change_company(|company| {
            company.accurate_mode = Some(AccurateMode::ApiToken);
            company.accurate_email = user;
            company.granted_scopes = Vec::new();
        })?;
        self.accurate_view()?.ok_or_else(|| AppError::new(ErrorCode::Internal))
    }

    pub(crate) fn accurate_view(&self) -> AppResult<Option<AccurateView>> {
        let company = self.company()?;
        let Some(mode) = company.accurate_mode else { return Ok(None) };
        // The rights of an API token are those of its user (accurate-online-api.md §1.6): there is no list of scopes to compare.
        let missing = match mode {
            AccurateMode::OAuth => missing_scopes(&company.granted_scopes),
            AccurateMode::ApiToken => Vec::new(),
        };
        let mut missing_blocks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for scope in &missing {
            missing_blocks.entry(scope.name.to_owned()).or_default().push(scope.blocks.to_owned());
        }
        Ok(Some(AccurateView {
            connected: true,
            email: company.accurate_email,
            mode: match mode {
                AccurateMode::OAuth => "oauth".to_owned(),
                AccurateMode::ApiToken => "api_token".to_owned(),
            },
            scopes: company.granted_scopes,
            missing_scopes: missing.iter().map(|scope| scope.name.to_owned()).collect(),
            missing_blocks,
        }))
    }

    /// Forgets tokens and session. History stays, and so does the mapping of the database: it is there again when the database is
    /// chosen again.
    ///
    /// # Errors
    /// When the secret store or the local store fails; [`ErrorCode::CompanyBusy`] during a run.
    pub async fn disconnect_accurate(&self) -> AppResult<()> {
        let _no_run_under_way = self.lock()?;
        let company = self.company()?;
        if let Some(database) = company.database
            && let Some(version) = self.books().current_mapping(database)?
        {
            self.books().save_mapping(database, &version.mapping, &version.labels, "archived")?;
        }
        for what in [secret::TOKENS, secret::CLIENT_ID, secret::CLIENT_SECRET, secret::API_TOKEN, secret::SIGNATURE] {
            self.forget_secret(what)?;
        }
        self.drop_accurate().await;
        self.change_company(|company| {
            company.accurate_mode = None;
            company.accurate_email = None;
            company.granted_scopes = Vec::new();
            company.database = None;
        })
    }
}
