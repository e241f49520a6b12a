//! The calls that Selaras makes, one module for each kind of record: their paths, fields and forms (accurate-online-api.md §2, §6). Turns
//! wire forms into the domain's words; decides nothing else.

pub(crate) mod account;
pub(crate) mod adjustments;
pub(crate) mod bulk;
pub(crate) mod currency;
pub(crate) mod customers;
pub(crate) mod documents;
pub(crate) mod invoices;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod masters;
pub(crate) mod receipts;
pub(crate) mod returns;

use crate::catalogue::says_gone;
use crate::connection::{Call, Connection};
use crate::outcome::CallError;
use crate::session::DataSession;
use selaras_engine::ports::RowOutcome;

/// Deletes one record by its id. That it is not there is no answer to whether this call, or one before it whose answer was lost, has
/// deleted it: it is looked up.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    path: &str,
    scope: &str,
    id: i64,
) -> Result<RowOutcome, CallError> {
    let id_text = id.to_string();
    match connection.data(session, &Call::delete(path, scope, vec![("id", &id_text)])).await {
        Ok(_) => Ok(RowOutcome::Posted { record: Some(id) }),
        Err(CallError::Rejected(refusal)) if says_gone(&refusal) => Ok(RowOutcome::Unknown { reason: refusal.reason }),
        Err(CallError::Rejected(refusal)) => Ok(RowOutcome::Rejected { reason: refusal.reason }),
        Err(error) => Err(error),
    }
}
