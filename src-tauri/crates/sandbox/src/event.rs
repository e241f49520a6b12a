//! What people and marketplaces do while a client is at work: between a plan and its first write, between two pages of a list.
//!
//! An event is given to [`crate::Sandbox::happen`], or is a fault of the schedule and happens as its call arrives, before it is served.

use serde_json::Value;

use crate::accurate::{self, Accurate};
use crate::forstok::{self, Forstok};
use crate::lock;
use crate::seed::SeedError;

/// Two records that change their codes or names, each keeping its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Items of Accurate, by code.
    Items,
    /// Warehouses of Accurate, by name.
    Warehouses,
    /// Variants of Forstok, by SKU.
    Variants,
    /// Warehouses of Forstok, by name.
    StoreWarehouses,
}

/// Something that happens beside the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person saves a record in the first database: a module with its `save.do` fields.
    Type {
        /// `sales-invoice`
        module: String,
        /// What the form holds.
        fields: Value,
    },
    /// A person deletes a record of the first database by its number or code.
    Erase {
        /// `item`
        module: String,
        /// Its code, number or id.
        key: String,
    },
    /// Two records change their codes or names.
    Swap {
        /// Of what they are.
        pair: Pair,
        /// Code or name of the one.
        one: String,
        /// Code or name of the other.
        other: String,
    },
    /// An order of Forstok gets these fields in place of its own.
    Order {
        /// Its id.
        id: i64,
        /// What is other now.
        fields: Value,
    },
    /// An order of Forstok moves to a status, with everything that follows.
    OrderStatus {
        /// Its id.
        id: i64,
        /// `Cancelled`
        status: String,
    },
}

impl Event {
    /// Reads an event of a schedule, `NAME(A|B|…)`; `None` for what is none.
    pub(crate) fn read(name: &str, argument: &str) -> Option<Self> {
        let (head, rest) = argument.split_once('|')?;
        let object = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
        Some(match name {
            "type" => Self::Type { module: head.to_owned(), fields: object(rest)? },
            "erase" => Self::Erase { module: head.to_owned(), key: rest.to_owned() },
            "swap" => {
                let (one, other) = rest.split_once('|')?;
                let pair = match head {
                    "item" => Pair::Items,
                    "warehouse" => Pair::Warehouses,
                    "variant" => Pair::Variants,
                    "store_warehouse" => Pair::StoreWarehouses,
                    _ => return None,
                };
                Self::Swap { pair, one: one.to_owned(), other: other.to_owned() }
            }
            "order" => Self::Order { id: head.parse().ok()?, fields: object(rest)? },
            "order_status" => Self::OrderStatus { id: head.parse().ok()?, status: rest.to_owned() },
            _ => return None,
        })
    }

    /// Lets it happen; an error says what there is no such thing of, or how the service refused it.
    pub(crate) fn happen(&self, accurate: &Accurate, forstok: &Forstok) -> Result<(), SeedError> {
        let step = |outcome: Result<(), forstok::orders::OrderStepError>| {
            outcome.map_err(|error| SeedError(error.to_string()))
        };
        match self {
            Self::Order { id, fields } => return step(forstok::orders::edit(forstok, *id, fields.clone())),
            Self::OrderStatus { id, status } => return step(forstok::orders::advance(forstok, Some(*id), status)),
            Self::Swap { pair: Pair::Variants, one, other } => return found(lock(&forstok.shop).swap(one, other)),
            Self::Swap { pair: Pair::StoreWarehouses, one, other } => {
                return found(lock(&forstok.shop).swap_warehouses(one, other));
            }
            Self::Type { .. } | Self::Erase { .. } | Self::Swap { .. } => {}
        }
        let mut books = lock(&accurate.books);
        let shop = books.shop;
        let company = books.companies.get_mut(&shop);
        let company = company.ok_or_else(|| SeedError("there is no database".to_owned()))?;
        match self {
            Self::Type { module, fields } => accurate::seed_row(company, module, fields.clone()),
            Self::Erase { module, key } => accurate::delete_row(company, module, key),
            Self::Swap { pair: Pair::Items, one, other } => found(company.swap_items(one, other)),
            Self::Swap { one, other, .. } => found(company.swap_warehouses(one, other)),
            Self::Order { .. } | Self::OrderStatus { .. } => Ok(()),
        }
    }
}

fn found(found: bool) -> Result<(), SeedError> {
    found.then_some(()).ok_or_else(|| SeedError("one of the two is not there".to_owned()))
}
