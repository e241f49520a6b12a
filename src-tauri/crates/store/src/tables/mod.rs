//! One file a table: its schema, its writer, its reader.

pub mod audit;
pub mod brake;
pub mod certificate;
pub mod company;
pub mod database;
pub mod decision;
pub mod import;
pub mod inbox;
pub mod journal;
pub mod mapping;
pub mod plan;
pub mod row_decision;
pub mod run;
pub mod run_row;
pub mod same_row;
pub mod setting;
pub mod shown;
pub mod sku;
pub mod sku_match;
pub mod snapshot;
pub mod undo;
