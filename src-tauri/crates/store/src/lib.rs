//! The local store: one SQLite file with companies, mappings, decisions, snapshots, plans, runs, their journal, certificates and
//! the inbox.
//!
//! Each table's file under `tables` owns its schema, its writer and its reader. Never in here: a token, a key, a secret of any kind
//! (design rule 8), and no business rule but those that keep history true: a posted operation is never marked as being sent again,
//! a certificate is added only at the end of its chain, nothing leaves the inbox by itself.

pub mod backup;
mod codec;
pub mod durable;
mod error;
mod in_use;
mod open;
mod paging;
mod store;
mod tables;

pub use error::StoreError;
pub use open::{FILE_NAME, schema_version};
pub use paging::{Page, Paged};
pub use store::{CompanyStore, Store};
pub use tables::audit::ChainProblem;
pub use tables::certificate::StoredCertificate;
pub use tables::company::{AccurateMode, Company, CompanyId};
pub use tables::database::DatabaseProfile;
pub use tables::import::FileSource;
pub use tables::inbox::{InboxCause, InboxEntry, InboxSort, InboxState, NewInboxEntry};
pub use tables::journal::{LastPosted, OnItsWay};
pub use tables::mapping::{Labels, MappingVersion};
pub use tables::plan::{OperationSort, StoredPlan};
pub use tables::run::Aftermath;
pub use tables::run_row::RunRowSort;
pub use tables::setting::RESTORED_AT;
pub use tables::sku::{NewSku, SkuCounts, SkuSort, StoredSku, Waiting};
pub use tables::snapshot::{FORSTOK_SCOPE, Snapshot};
pub use tables::undo::{Standing, Undoing};
