//! The words of the house: ids, SKUs, money, quantities, the records of both services, the mapping, decisions, plans and runs.
//!
//! Pure: no I/O, no async, no clock. Every other crate speaks in these types.

pub mod accurate;
pub mod amount;
pub mod buyers_total;
pub mod decision;
pub mod documents;
pub mod forstok;
pub mod ids;
pub mod mapping;
pub mod order;
pub mod payout;
pub mod plan;
pub mod run;
pub mod sale;
pub mod settlement;
pub mod sku;
pub mod sku_match;
pub mod unread;
pub mod wire;
