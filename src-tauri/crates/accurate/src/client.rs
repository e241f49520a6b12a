//! The outer face: a sign-in ([`AccurateClient`]), and one open database ([`AccurateBooks`]) as the engine's [`Books`].

use crate::connection::{Auth, Connection, Patience};
use crate::endpoints::{account, adjustments, customers, documents, invoices, items, masters, receipts, returns};
use crate::limiter::Limiter;
use crate::pipeline::Pipeline;
use crate::session::DataSession;
use crate::token::{MemoryTokenStore, OAuthClient, TokenPair, TokenStore, Tokens};
use async_trait::async_trait;
use jiff::civil::Date;
use secrecy::{ExposeSecret, SecretString};
use selaras_domain::accurate::{
    Account, Adjustment, Branch, Customer, Database, FullItem, Item, NewItem, SalesInvoice, StockRow, Tax, Warehouse,
};
use selaras_domain::documents::{DocumentQuery, InvoiceDocument, NewCustomer, ReceiptDocument, ReturnDocument};
use selaras_domain::ids::{
    AdjustmentId, CustomerId, DatabaseId, ItemId, SalesInvoiceId, SalesReceiptId, SalesReturnId,
};
use selaras_domain::unread::Listed;
use selaras_engine::ports::{Books, BooksAccount, Clock, PortError, RowOutcome, SystemClock};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// The account host of the real service; the only place where it is named.
pub const ACCOUNT_HOST: &str = "https://account.accurate.id/";

/// How to sign in.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Tokens of a finished sign-in (see [`crate::oauth`]).
    OAuth {
        /// The shop's own app.
        client: OAuthClient,
        /// The pair as it was last stored.
        tokens: TokenPair,
    },
    /// A token that is bound to one database (accurate-online-api.md §1.6).
    ApiToken {
        /// The token, `aat.…`.
        token: SecretString,
        /// The app's signature secret.
        signature_secret: SecretString,
    },
}

/// Puts a client together; only the base URL and the credentials have no default.
pub struct AccurateClientBuilder {
    base_url: Url,
    credentials: Credentials,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    patience: Patience,
    ledgers: Option<PathBuf>,
}

impl fmt::Debug for AccurateClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccurateClientBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl AccurateClientBuilder {
    /// Where rotated pairs are kept; without one they live as long as the process, and the next start needs a new sign-in.
    #[must_use]
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Other waits than the usual ones.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// A folder in which processes that use one sign-in share its rate.
    #[must_use]
    pub fn rate_ledgers(mut self, folder: PathBuf) -> Self {
        self.ledgers = Some(folder);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn build(self) -> Result<AccurateClient, PortError> {
        let Self { base_url, credentials, store, clock, patience, ledgers } = self;
        // One live grant for each app and account (accurate-online-api.md §1.3): the app stands for the token through its rotations.
        let identity = match &credentials {
            Credentials::OAuth { client, .. } => client.client_id.as_str(),
            Credentials::ApiToken { token, .. } => token.expose_secret(),
        };
        let limiter = Limiter::shared(&format!("{base_url} {identity}"), patience.rate_second, ledgers.as_deref());
        let pipeline = Pipeline::new(base_url, limiter)?;
        let auth = match credentials {
            Credentials::OAuth { client, tokens } => {
                Auth::OAuth(Arc::new(Tokens::new(client, tokens, pipeline.clone(), store, Arc::clone(&clock))))
            }
            Credentials::ApiToken { token, signature_secret } => Auth::ApiToken { token, signature_secret },
        };
        Ok(AccurateClient {
            connection: Arc::new(Connection {
                pipeline,
                auth,
                clock,
                patience,
                opening: tokio::sync::Mutex::default(),
            }),
        })
    }
}

/// A sign-in at Accurate Online. Cheap to clone; clones share tokens, rate and connections.
#[derive(Debug, Clone)]
pub struct AccurateClient {
    connection: Arc<Connection>,
}

impl AccurateClient {
    /// A client of the service at `base_url` ([`ACCOUNT_HOST`], or a simulator's account host).
    #[must_use]
    pub fn builder(base_url: Url, credentials: Credentials) -> AccurateClientBuilder {
        AccurateClientBuilder {
            base_url,
            credentials,
            store: Arc::new(MemoryTokenStore::default()),
            clock: Arc::new(SystemClock),
            patience: Patience::default(),
            ledgers: None,
        }
    }

    /// The sign-in without a database.
    #[must_use]
    pub fn account(&self) -> AccurateAccount {
        AccurateAccount { connection: Arc::clone(&self.connection) }
    }

    /// Opens a database.
    ///
    /// # Errors
    /// `Rejected` with the reason [`crate::catalogue::DATABASE_EXPIRED`] when its licence has ended; `WrongDatabase` when an API token is
    /// for another one.
    pub async fn open(&self, database: DatabaseId) -> Result<AccurateBooks, PortError> {
        let session = DataSession::open(&self.connection, database).await?;
        Ok(AccurateBooks { connection: Arc::clone(&self.connection), session: Arc::new(session) })
    }

    /// The pair in use now; `None` in API-token mode.
    #[must_use]
    pub fn tokens(&self) -> Option<TokenPair> {
        match &self.connection.auth {
            Auth::OAuth(tokens) => Some(tokens.pair()),
            Auth::ApiToken { .. } => None,
        }
    }
}

/// The sign-in, before a database is chosen.
#[derive(Debug, Clone)]
pub struct AccurateAccount {
    connection: Arc<Connection>,
}

#[async_trait]
impl BooksAccount for AccurateAccount {
    async fn databases(&self) -> Result<Vec<Database>, PortError> {
        Ok(account::databases(&self.connection).await?)
    }

    async fn scopes(&self) -> Result<Vec<String>, PortError> {
        Ok(account::scopes(&self.connection).await?)
    }
}

impl AccurateAccount {
    /// E-mail of the user of an API token, when the answer says it; fails when the token or its signature is not accepted.
    ///
    /// # Errors
    /// As any call of the account host.
    pub async fn api_token_user(&self) -> Result<Option<String>, PortError> {
        Ok(account::api_token(&self.connection).await?.1)
    }
}

/// One open database. Cheap to clone; clones share the session.
#[derive(Debug, Clone)]
pub struct AccurateBooks {
    connection: Arc<Connection>,
    session: Arc<DataSession>,
}

impl AccurateBooks {
    /// Host of the database's data, as the service names it now.
    #[must_use]
    pub fn host(&self) -> String {
        self.session.opened().host.to_string()
    }
}

#[async_trait]
impl Books for AccurateBooks {
    fn database(&self) -> DatabaseId {
        self.session.database()
    }

    async fn verify_session(&self) -> Result<(), PortError> {
        Ok(self.session.verify(&self.connection).await?)
    }

    async fn items(&self) -> Result<Listed<Item>, PortError> {
        Ok(items::every_item(&self.connection, &self.session).await?)
    }

    async fn items_by_no(&self, numbers: &[String]) -> Result<Listed<Item>, PortError> {
        Ok(items::items_by_no(&self.connection, &self.session, numbers).await?)
    }

    async fn items_in_full(&self, numbers: &[String]) -> Result<Listed<FullItem>, PortError> {
        Ok(items::items_in_full(&self.connection, &self.session, numbers).await?)
    }

    async fn accounts(&self) -> Result<Listed<Account>, PortError> {
        Ok(masters::accounts(&self.connection, &self.session).await?)
    }

    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        Ok(masters::warehouses(&self.connection, &self.session).await?)
    }

    async fn branches(&self) -> Result<Listed<Branch>, PortError> {
        Ok(masters::branches(&self.connection, &self.session).await?)
    }

    async fn customers(&self) -> Result<Listed<Customer>, PortError> {
        Ok(masters::customers(&self.connection, &self.session).await?)
    }

    async fn taxes(&self) -> Result<Listed<Tax>, PortError> {
        Ok(masters::taxes(&self.connection, &self.session).await?)
    }

    async fn item_categories(&self) -> Result<Vec<String>, PortError> {
        Ok(masters::item_categories(&self.connection, &self.session).await?)
    }

    async fn units(&self) -> Result<Vec<String>, PortError> {
        Ok(masters::units(&self.connection, &self.session).await?)
    }

    async fn stock(&self, warehouse: &Warehouse) -> Result<Listed<StockRow>, PortError> {
        Ok(items::stock(&self.connection, &self.session, warehouse).await?)
    }

    async fn item_stock(&self, item: ItemId) -> Result<Vec<StockRow>, PortError> {
        Ok(items::stock_of(&self.connection, &self.session, item).await?)
    }

    async fn invoice_numbers(&self, since: Date) -> Result<Listed<SalesInvoice>, PortError> {
        Ok(invoices::since(&self.connection, &self.session, since).await?)
    }

    async fn save_items(&self, new: &[NewItem]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(items::save_items(&self.connection, &self.session, new).await?)
    }

    async fn save_adjustment(&self, adjustment: &Adjustment) -> Result<RowOutcome, PortError> {
        Ok(adjustments::save(&self.connection, &self.session, adjustment).await?)
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> Result<Listed<Item>, PortError> {
        Ok(items::items_by_id(&self.connection, &self.session, ids).await?)
    }

    async fn adjustment_by_id(&self, id: AdjustmentId) -> Result<Option<Adjustment>, PortError> {
        Ok(adjustments::by_id(&self.connection, &self.session, id).await?)
    }

    async fn delete_item(&self, id: ItemId) -> Result<RowOutcome, PortError> {
        Ok(items::delete(&self.connection, &self.session, id).await?)
    }

    async fn delete_adjustment(&self, id: AdjustmentId) -> Result<RowOutcome, PortError> {
        Ok(adjustments::delete(&self.connection, &self.session, id).await?)
    }

    async fn adjustment_by_number(&self, number: &str) -> Result<Option<Adjustment>, PortError> {
        Ok(adjustments::by_number(&self.connection, &self.session, number).await?)
    }

    async fn start_date(&self) -> Result<Option<Date>, PortError> {
        Ok(documents::start_date(&self.connection, &self.session).await?)
    }

    async fn save_customers(&self, new: &[NewCustomer]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(customers::save(&self.connection, &self.session, new).await?)
    }

    async fn delete_customer(&self, id: CustomerId) -> Result<RowOutcome, PortError> {
        Ok(customers::delete(&self.connection, &self.session, id).await?)
    }

    async fn save_invoices(&self, new: &[InvoiceDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(invoices::save(&self.connection, &self.session, new).await?)
    }

    async fn invoices_of(&self, query: &DocumentQuery) -> Result<Listed<InvoiceDocument>, PortError> {
        Ok(documents::of(&self.connection, &self.session, query).await?)
    }

    async fn invoice_by_id(&self, id: SalesInvoiceId) -> Result<Option<InvoiceDocument>, PortError> {
        Ok(documents::by_id(&self.connection, &self.session, id.0).await?)
    }

    async fn delete_invoice(&self, id: SalesInvoiceId) -> Result<RowOutcome, PortError> {
        Ok(invoices::delete(&self.connection, &self.session, id).await?)
    }

    async fn save_receipts(&self, new: &[ReceiptDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(receipts::save(&self.connection, &self.session, new).await?)
    }

    async fn receipts_of(&self, query: &DocumentQuery) -> Result<Listed<ReceiptDocument>, PortError> {
        Ok(documents::of(&self.connection, &self.session, query).await?)
    }

    async fn receipts_since(&self, since: Date) -> Result<Listed<ReceiptDocument>, PortError> {
        Ok(documents::since(&self.connection, &self.session, since).await?)
    }

    async fn receipt_by_id(&self, id: SalesReceiptId) -> Result<Option<ReceiptDocument>, PortError> {
        Ok(documents::by_id(&self.connection, &self.session, id.0).await?)
    }

    async fn delete_receipt(&self, id: SalesReceiptId) -> Result<RowOutcome, PortError> {
        Ok(receipts::delete(&self.connection, &self.session, id).await?)
    }

    async fn save_returns(&self, new: &[ReturnDocument]) -> Result<Vec<RowOutcome>, PortError> {
        Ok(returns::save(&self.connection, &self.session, new).await?)
    }

    async fn returns_of(&self, query: &DocumentQuery) -> Result<Listed<ReturnDocument>, PortError> {
        Ok(documents::of(&self.connection, &self.session, query).await?)
    }

    async fn return_by_id(&self, id: SalesReturnId) -> Result<Option<ReturnDocument>, PortError> {
        Ok(documents::by_id(&self.connection, &self.session, id.0).await?)
    }

    async fn delete_return(&self, id: SalesReturnId) -> Result<RowOutcome, PortError> {
        Ok(returns::delete(&self.connection, &self.session, id).await?)
    }
}
