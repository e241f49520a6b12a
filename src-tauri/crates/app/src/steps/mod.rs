//! The steps, one file each. Every method reads what it needs, calls the engine, stores what came of it and answers a view.

mod check;
mod connect;
mod database;
mod drafts;
mod import;
mod inbox;
mod mapping;
mod overview;
mod plans;
mod runs;
mod skus;
