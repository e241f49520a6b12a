//! The session of one open database (accurate-online-api.md §2.3, §2.4) and its renewal. A session carries the id that it was opened for
//! and is never used for another one (design rule 3).

use crate::catalogue::says_no_such_database;
use crate::connection::{Auth, Call, Connection};
use crate::outcome::CallError;
use crate::wire::{flag, integer, optional_integer, optional_text};
use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use selaras_domain::ids::DatabaseId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::{Arc, PoisonError, RwLock};
use url::Url;

/// A session and where it is good. Without a session in API-token mode: the token names its database itself.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) session: Option<SecretString>,
    pub(crate) host: Url,
}

impl Opened {
    fn is_same(&self, other: &Self) -> bool {
        self.host == other.host && self.session_text() == other.session_text()
    }

    fn session_text(&self) -> Option<&str> {
        self.session.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// The session in use for one database.
#[derive(Debug)]
pub(crate) struct DataSession {
    database: DatabaseId,
    current: RwLock<Arc<Opened>>,
    renewal: tokio::sync::Mutex<()>,
}

impl DataSession {
    /// Opens a database, or in API-token mode checks that the token is for it.
    pub(crate) async fn open(connection: &Connection, database: DatabaseId) -> Result<Self, CallError> {
        let opened = open(connection, database).await?;
        Ok(Self { database, current: RwLock::new(Arc::new(opened)), renewal: tokio::sync::Mutex::new(()) })
    }

    pub(crate) fn database(&self) -> DatabaseId {
        self.database
    }

    pub(crate) fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, opened: Opened) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened);
    }

    /// Remembers where a 308 led, unless the session has been renewed in between.
    pub(crate) fn moved(&self, from: &Opened, host: Url) {
        let current = self.opened();
        if current.is_same(from) {
            self.take(Opened { session: current.session.clone(), host });
        }
    }

    /// Replaces a session that was refused. By the documented path, refresh, when that gives another one; else by opening anew. Both
    /// name the database, so the new session is for it.
    pub(crate) fn renew<'a>(
        &'a self,
        connection: &'a Connection,
        refused: &'a Opened,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        async move {
            let _one_at_a_time = self.renewal.lock().await;
            if self.opened().session_text() != refused.session_text() {
                return Ok(());
            }
            if let Auth::ApiToken { .. } = connection.auth {
                return Err(CallError::SessionLost);
            }
            let renewed = match refresh(connection, self.database, refused).await {
                Ok(opened) if opened.session_text() != refused.session_text() => opened,
                Err(error @ (CallError::Offline | CallError::TokenLost | CallError::WrongDatabase { .. })) => {
                    return Err(error);
                }
                _ => open(connection, self.database).await?,
            };
            self.take(renewed);
            tracing::info!(database.id = self.database.0, "the database session was renewed");
            Ok(())
        }
        .boxed()
    }

    /// Makes sure that the live session is for this database. The service has no call that names the database of a session, and refresh
    /// gives a session that is alive back as it is, whatever it was opened for. So the database is opened anew, by its id: what the
    /// writes use is then known, not believed. In API-token mode the token itself says its database.
    pub(crate) async fn verify(&self, connection: &Connection) -> Result<(), CallError> {
        let _one_at_a_time = self.renewal.lock().await;
        self.take(open(connection, self.database).await?);
        Ok(())
    }
}

/// `open-db.do` has its fields at top level, `db-refresh-session.do` inside `d` (§0, fact 3).
#[derive(Deserialize, Default)]
struct SessionAnswer {
    #[serde(default, deserialize_with = "optional_text")]
    session: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    host: Option<String>,
    /// Not documented; compared when an answer has it.
    #[serde(default, rename = "databaseId", deserialize_with = "optional_integer")]
    database: Option<i64>,
    #[serde(default)]
    d: Option<Box<RawValue>>,
}

impl SessionAnswer {
    fn opened(
        self,
        connection: &Connection,
        database: DatabaseId,
        host_before: Option<&Url>,
    ) -> Result<Opened, CallError> {
        // `d` of open-db is a list of texts, which would otherwise be read field by field.
        let inner: Self = self
            .d
            .filter(|d| d.get().starts_with('{'))
            .and_then(|d| serde_json::from_str(d.get()).ok())
            .unwrap_or_default();
        if let Some(found) = self.database.or(inner.database).map(DatabaseId)
            && found != database
        {
            return Err(CallError::WrongDatabase { expected: database, found });
        }
        let session = self.session.or(inner.session).ok_or_else(|| CallError::unusable("no session in the answer"))?;
        let host = match self.host.or(inner.host) {
            Some(text) => data_host(connection, &text)?,
            None => host_before.unwrap_or(connection.pipeline.base()).clone(),
        };
        Ok(Opened { session: Some(session.into()), host })
    }
}

/// The data host out of an answer; credentials will be sent there, so it must belong to the service.
fn data_host(connection: &Connection, text: &str) -> Result<Url, CallError> {
    let text = text.trim();
    let absolute = if text.contains("://") {
        text.to_owned()
    } else {
        format!("{}://{text}", connection.pipeline.base().scheme())
    };
    let host: Url = absolute.parse().map_err(|_| CallError::unusable("an unreadable host in the answer"))?;
    if connection.pipeline.trusts(&host) {
        Ok(host)
    } else {
        Err(CallError::ForeignHost { host: host.host_str().unwrap_or_default().to_owned() })
    }
}

async fn open(connection: &Connection, database: DatabaseId) -> Result<Opened, CallError> {
    if let Auth::ApiToken { .. } = connection.auth {
        let (bound, _) = crate::endpoints::account::api_token(connection).await?;
        if bound.id != database.0 {
            return Err(CallError::WrongDatabase { expected: database, found: DatabaseId(bound.id) });
        }
        let host = match bound.host.as_deref() {
            Some(host) => data_host(connection, host)?,
            None => connection.pipeline.base().clone(),
        };
        return Ok(Opened { session: None, host });
    }
    let id = database.to_string();
    let call = Call::read("api/open-db.do", "", vec![("id", &id)]);
    // Several at once for one account, and the service says of some that there is no such database. Here they take turns; another program
    // may be opening as well, so the words are believed only when they stay.
    let _one_at_a_time = connection.opening.lock().await;
    let mut waits = connection.patience.reads();
    let answer = loop {
        match connection.account(&call).await {
            Err(CallError::Rejected(refusal)) if says_no_such_database(&refusal) => match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(CallError::Rejected(refusal)),
            },
            answer => break answer?,
        }
    };
    answer.decode::<SessionAnswer>("open-db")?.opened(connection, database, None)
}

async fn refresh(connection: &Connection, database: DatabaseId, opened: &Opened) -> Result<Opened, CallError> {
    let id = database.to_string();
    let query = vec![("id", id.as_str()), ("session", opened.session_text().unwrap_or_default())];
    let answer = connection.account(&Call::read("api/db-refresh-session.do", "", query)).await?;
    answer.decode::<SessionAnswer>("db-refresh-session")?.opened(connection, database, Some(&opened.host))
}

/// The database that an API token is bound to.
#[derive(Debug, Deserialize)]
pub(crate) struct BoundDatabase {
    #[serde(deserialize_with = "integer")]
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) alias: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) host: Option<String>,
    #[serde(default, deserialize_with = "crate::wire::optional_flag")]
    pub(crate) admin: Option<bool>,
    #[serde(default)]
    pub(crate) license: Option<Licence>,
}

/// Its licence.
#[derive(Debug, Deserialize)]
pub(crate) struct Licence {
    #[serde(default, rename = "licenseEnd", deserialize_with = "optional_text")]
    pub(crate) end: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) trial: bool,
}
