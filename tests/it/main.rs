//! The house held together: the direction of dependencies, and the engine under every fault of a service.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod faults;
mod plans;
mod proof;
mod random_orders;
mod random_weeks;
mod sale_books;
mod sales;
mod stand_in;
mod undo;
