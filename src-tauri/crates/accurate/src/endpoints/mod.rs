//! The calls that Selaras makes, one module for each kind of record: their paths, fields and forms (accurate-online-api.md §2, §6). Turns
//! wire forms into the domain's words; decides nothing else.

pub(crate) mod account;
pub(crate) mod adjustments;
pub(crate) mod bulk;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod masters;
