//! The whole job on the made-up services: what a desk does from the first sign-in to the month's end, each kind of shop in a module of its
//! own. One program, so that what one test waits for is another's time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod brakes;
mod demo;
mod exactly_once;
mod explain;
mod identity;
mod money;
mod odd_orders;
mod odd_shop;
mod parties;
mod payouts;
mod plan_age;
mod reasons;
mod sales;
mod sales_life;
mod shared;
mod sheets;
mod shelves_in_doubt;
mod skus;
mod stock;
mod unread;
