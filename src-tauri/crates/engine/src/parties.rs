//! Whose the documents of a store are: its customer in Accurate. Pure.
//!
//! A customer is found by its id once that is known: chosen in the mapping, or made by this program (the journal has its id). A number or a
//! name that is only equal is nobody's claim: it is asked about, and nothing is sent until a person has said who is meant. A new number or
//! name of a known customer is drift; documents carry the number of now.

use crate::sales::{Company, name_of};
use selaras_domain::accurate::Customer;
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::ids::{CustomerId, StoreId};
use selaras_domain::mapping::{Mapping, StoreMapping};
use selaras_domain::order::Order;
use selaras_domain::plan::{Fields, OperationKey, Reason};
use selaras_domain::sku::folded_name;
use std::collections::{BTreeMap, BTreeSet};

/// The key of a customer that is made for a store. One that a person has made under another number is another one.
#[must_use]
pub fn customer_key(store: StoreId, no: &str) -> OperationKey {
    let id = store.to_string();
    OperationKey(if no == id { format!("customer:{id}") } else { format!("customer:{id}:{no}") })
}

/// The customers that this program has made for stores and nobody has taken back, by the key that each was made under.
pub type MadeCustomers = BTreeMap<OperationKey, CustomerId>;

/// The customer of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its number now.
    pub no: String,
    /// Its name now.
    pub name: String,
    /// The customer; `None`: it is to be made.
    pub id: Option<CustomerId>,
}

/// The customers that are known to be a store's: those are not asked about for a name that two stores share.
#[must_use]
pub fn known(mapping: &Mapping, made: &MadeCustomers) -> BTreeSet<CustomerId> {
    mapping.stores.iter().filter_map(|store| store.customer_id).chain(made.values().copied()).collect()
}

/// What has to be asked before a store's customer is made: a customer that bears its number already (the vendor numbers them by the
/// store's id, forstok-accounting-flow.md §6.2, seen; a person may have used it for anybody), or its name, unless a person has chosen
/// another number and so said that it is another one. `known`: see [`known`].
#[must_use]
pub fn question(
    store: &StoreMapping,
    name: &str,
    customers: &[Customer],
    known: &BTreeSet<CustomerId>,
) -> Option<Reason> {
    let asked = |code: &str, customer: &Customer| {
        Reason::new(code).with("store", name).with("customer", &customer.name).with("number", &customer.no)
    };
    let no = store.own_customer_no();
    if let Some(numbered) = customers.iter().find(|customer| customer.no.trim().eq_ignore_ascii_case(&no)) {
        return Some(asked("customer_number_equal", numbered));
    }
    let named = |customer: &&Customer| {
        !known.contains(&customer.id) && !name.trim().is_empty() && folded_name(&customer.name) == folded_name(name)
    };
    let chosen = no != store.forstok_store_id.to_string();
    customers.iter().filter(|_| !chosen).find(named).map(|customer| asked("customer_name_equal", customer))
}

/// Tells the customer of a document that was posted together with it: it had no id yet when the document was planned.
pub fn tell_customer(fields: &mut Fields, made: &MadeCustomers) {
    if fields.contains_key("customer_id") {
        return;
    }
    let store = fields.get("store_id").and_then(|id| id.parse().ok()).map(StoreId);
    let made = store.zip(fields.get("customer_no")).and_then(|(store, no)| made.get(&customer_key(store, no)));
    if let Some(id) = made {
        fields.insert("customer_id".to_owned(), id.to_string());
    }
}

impl Company<'_> {
    /// The customer of a store: the mapped one, else the one that was made for it, else the one to be made.
    ///
    /// # Errors
    /// `customer_gone`, `customer_inactive`, `customer_currency`; `customer_number_equal` and `customer_name_equal` where a person has to
    /// say whether the one that is there is meant.
    pub fn customer(&self, store: &StoreMapping, name: &str) -> Result<Party, Reason> {
        let name = self.store_name(store.forstok_store_id, name);
        let no = store.own_customer_no();
        let known_id = store.customer_id.or_else(|| self.made.get(&customer_key(store.forstok_store_id, &no)).copied());
        if let Some(id) = known_id {
            let found = self.customers.iter().find(|customer| customer.id == id);
            return usable(found.ok_or_else(|| Reason::new("customer_gone").with("store", name))?);
        }
        match question(store, &name, self.customers, &known(self.mapping, self.made)) {
            Some(reason) => Err(reason),
            None => Ok(Party { no, name, id: None }),
        }
    }

    /// The customer of an order's store, who must be that of its invoice: what rests on the invoice is the same customer's.
    ///
    /// # Errors
    /// As [`Company::store`] and [`Company::customer`]; `number_taken` where the invoice is somebody else's.
    pub fn customer_of(&self, order: &Order, invoice: &InvoiceDocument) -> Result<Party, Reason> {
        let party = self.customer(self.store(order.store, &order.store_name)?, &order.store_name)?;
        // A row may tell only the number; whose it is now says the list of customers.
        let numbered = || self.customers.iter().find(|customer| customer.no == invoice.customer_no);
        let found = match invoice.customer {
            Some(id) => self.customers.iter().find(|customer| customer.id == id),
            None => numbered(),
        };
        let found_id = invoice.customer.or(found.map(|customer| customer.id));
        if party.id.is_some() && party.id == found_id {
            return Ok(party);
        }
        let found = found.map_or(invoice.customer_no.as_str(), |customer| customer.name.as_str());
        let reason = Reason::new("number_taken").with("number", &invoice.number).with("order", name_of(order));
        Err(reason.with("field", "customer_no").with("expected", &party.name).with("found", found))
    }
}

fn usable(customer: &Customer) -> Result<Party, Reason> {
    if customer.suspended {
        return Err(Reason::new("customer_inactive").with("customer", &customer.name));
    }
    if let Some(currency) = &customer.foreign {
        let reason = Reason::new("customer_currency").with("customer", &customer.name);
        return Err(reason.with("currency", currency));
    }
    Ok(Party { no: customer.no.clone(), name: customer.name.clone(), id: Some(customer.id) })
}

#[cfg(test)]
#[path = "parties_tests.rs"]
mod tests;
