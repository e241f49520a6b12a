//! The steps, one file each. Every method reads what it needs, calls the engine, stores what came of it and answers a view.

mod applying;
mod check;
mod companies;
mod connect;
mod counted;
mod database;
pub(crate) mod drafts;
mod explain;
mod files;
mod home;
pub(crate) mod import;
mod inbox;
mod long;
mod mapping;
mod mapping_example;
mod matched;
mod money_reading;
mod month_end;
mod order_sheet;
mod overview;
mod places;
mod plans;
mod proving;
mod reconciliation;
mod row_decisions;
mod run_rows;
mod runs;
mod sales_drafts;
mod shadow;
mod sku_table;
mod skus;
mod tally;
mod undo;

pub(crate) use companies::{LAST_COMPANY, check_name};
pub(crate) use sku_table::KnownCatalogue;
