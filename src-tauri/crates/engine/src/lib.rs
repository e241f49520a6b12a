//! The engine: pure planners, one executor with a journal, proof, and matching. It names no concrete client: the traits that it
//! needs are in [`ports`].

pub mod apply;
pub mod arrival;
pub mod brakes;
pub mod candidates;
pub mod choices;
pub mod clearing;
pub mod documents;
pub mod explain;
pub mod killpoint;
pub mod kinds;
pub mod matches;
pub mod matching;
pub mod orders;
pub mod parties;
pub mod payouts;
pub mod ports;
pub mod progress;
pub mod prove;
pub mod reconcile;
pub mod sales;
pub mod settlements;
pub mod shadow;
pub mod shelf;
pub mod since;
pub mod sku;
pub mod unread;
pub mod waterfall;
