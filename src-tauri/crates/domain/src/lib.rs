//! The words of the house: ids, SKUs, money, quantities, the records of both services, the mapping, decisions, plans and runs.
//!
//! Pure: no I/O, no async, no clock. Every other crate speaks in these types.

pub mod accurate;
pub mod amount;
pub mod decision;
pub mod forstok;
pub mod ids;
pub mod mapping;
pub mod order;
pub mod plan;
pub mod run;
pub mod sku;
pub mod wire;
