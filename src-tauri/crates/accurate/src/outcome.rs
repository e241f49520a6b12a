//! How a call can end. [`CallError`] is rich, for this crate; [`PortError`] is what leaves it, made in one place.
//!
//! An error holds neither bodies nor secrets: the service's own OAuth texts echo token values (accurate-online-api.md §1.4), so
//! they are dropped where they are read.

use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::Reason;
use selaras_domain::unread::UnreadRow;
use selaras_engine::ports::PortError;
use std::time::Duration;

/// The name of this side in errors and reasons.
pub const SIDE: &str = "accurate";

/// A refusal in the service's words, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason out of the catalogue.
    pub reason: Reason,
    /// Every message of the answer.
    pub messages: Vec<String>,
}

impl Refusal {
    /// The messages as one text.
    #[must_use]
    pub fn message(&self) -> String {
        self.messages.join("; ")
    }
}

/// Why a call did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The service refused; nothing was written.
    #[error("refused: {} {}", .0.reason.code, .0.message())]
    Rejected(Refusal),
    /// Over the rate; the request was not taken (accurate-online-api.md §4).
    #[error("over the rate limit")]
    Retry {
        /// How long the service asks to wait.
        after: Option<Duration>,
    },
    /// HTTP 401 with `Data Session Key tidak tepat`; the request was not taken.
    #[error("the database session has ended")]
    SessionLost,
    /// HTTP 401 for the access token; the request was not taken. A refresh may help.
    #[error("the access token was refused")]
    TokenRefused,
    /// No refresh helps; a person has to sign in again.
    #[error("the sign-in has ended")]
    TokenLost,
    /// The token endpoint does not know the client id, or its secret is wrong.
    #[error("the client id or client secret is wrong")]
    WrongClient,
    /// A scope was not granted (HTTP 403).
    #[error("the scope {scope} was not granted")]
    Forbidden {
        /// Name of the scope.
        scope: String,
    },
    /// There is no such path (HTTP 404).
    #[error("there is no {what}")]
    NotOffered {
        /// The path.
        what: String,
    },
    /// An answer points to a host that does not belong to the service; nothing was sent there.
    #[error("the host {host} does not belong to the service")]
    ForeignHost {
        /// The host.
        host: String,
    },
    /// The session belongs to another database; nothing was sent.
    #[error("the session belongs to database {found}, not {expected}")]
    WrongDatabase {
        /// The database of the run.
        expected: DatabaseId,
        /// The database of the session.
        found: DatabaseId,
    },
    /// The server broke down on the request (`Upsss…`, `java.lang.RuntimeException`). Whether it wrote something is not said.
    #[error("server fault {reference}")]
    ServerFault {
        /// The reference code that the vendor's support asks for; empty when there is none.
        reference: String,
    },
    /// No connection was made: nothing was sent.
    #[error("cannot be reached")]
    Offline,
    /// The answer did not come, or cannot be read: a write may have arrived.
    #[error("no usable answer: {detail}")]
    Unknown {
        /// What was seen, without body.
        detail: String,
    },
    /// A record that was asked for is there and cannot be read.
    #[error("a record of {} that cannot be read: {}", .0.list.name(), .0.place)]
    Unreadable(Box<UnreadRow>),
    /// The token store failed.
    #[error("token store: {0}")]
    Storage(String),
}

impl CallError {
    /// An answer that cannot be used.
    pub(crate) fn unusable(detail: impl Into<String>) -> Self {
        Self::Unknown { detail: detail.into() }
    }
}

/// How a server fault of a call that wrote nothing is called.
pub const SERVER_FAULT: &str = "server_fault";

impl From<CallError> for PortError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rejected(refusal) => {
                Self::Rejected { side: SIDE, message: refusal.message(), reason: refusal.reason }
            }
            CallError::Retry { .. } => Self::Busy { side: SIDE },
            // A session that cannot be renewed is no refusal of a row: the run stops and can go on later.
            CallError::SessionLost | CallError::TokenRefused | CallError::TokenLost | CallError::WrongClient => {
                Self::SignInNeeded { side: SIDE }
            }
            CallError::Forbidden { scope } => Self::Forbidden { scope },
            CallError::NotOffered { what } => Self::NotOffered { side: SIDE, what },
            CallError::ForeignHost { host } => Self::NotOffered { side: SIDE, what: format!("the host {host}") },
            CallError::WrongDatabase { expected, found } => Self::WrongDatabase { expected, found },
            CallError::ServerFault { reference } => Self::Rejected {
                side: SIDE,
                reason: Reason::new(SERVER_FAULT).with("reference", &reference),
                message: reference,
            },
            CallError::Offline => Self::Offline { side: SIDE },
            CallError::Unknown { detail } => Self::Unknown { side: SIDE, detail },
            CallError::Unreadable(row) => Self::Unreadable { side: SIDE, row },
            CallError::Storage(detail) => Self::storage(detail),
        }
    }
}
