//! Customers of stores: those that this program has made, and what a person has to be asked before one is made.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::snapshots::Directory;
use selaras_domain::accurate::Customer;
use selaras_domain::ids::{CustomerId, DatabaseId, StoreId};
use selaras_domain::mapping::{Mapping, StoreMapping};
use selaras_domain::plan::{Operation, OperationKey, PlanKind, Reason};
use selaras_domain::sku::folded_name;
use selaras_engine::kinds::{invoices, undo_sales};
use selaras_engine::parties::{MadeCustomers, customer_key, known, question};
use std::collections::{BTreeMap, BTreeSet};

/// What the keys of customers begin with.
const CUSTOMERS: &str = "customer:";

/// A customer as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MadeCustomer {
    id: Option<CustomerId>,
    pub(super) no: String,
    pub(super) name: String,
}

impl MadeCustomer {
    /// Its id. Where no answer has told it, whoever has both its number and its name is the one.
    fn id(&self, customers: &[Customer]) -> Option<CustomerId> {
        let same =
            |customer: &&Customer| customer.no == self.no && folded_name(&customer.name) == folded_name(&self.name);
        self.id.or_else(|| customers.iter().find(same).map(|customer| customer.id))
    }
}

/// The customers that were made, and what each was made as.
pub(super) struct Made {
    pub(super) customers: MadeCustomers,
    rows: BTreeMap<OperationKey, MadeCustomer>,
}

impl Made {
    /// The customer that was made for a store, as long as nobody has chosen another or another number: its id, and what it was made as.
    pub(super) fn of(&self, mapping: &Mapping, store: StoreId) -> Option<(CustomerId, &MadeCustomer)> {
        let store = mapped(mapping, store);
        if store.customer_id.is_some() {
            return None;
        }
        let key = customer_key(store.forstok_store_id, &store.own_customer_no());
        Some((*self.customers.get(&key)?, self.rows.get(&key)?))
    }

    /// What has to be asked of a store whose customer is not chosen.
    pub(super) fn question(&self, mapping: &Mapping, store: StoreId, directory: &Directory) -> Option<Reason> {
        let name = directory.stores.iter().find(|known| known.id == store).map(|known| known.name.as_str())?;
        let store = mapped(mapping, store);
        if store.customer_id.is_some() {
            return None;
        }
        match self.of(mapping, store.forstok_store_id) {
            Some((id, _)) if directory.customers.iter().any(|customer| customer.id == id) => None,
            Some(_) => Some(Reason::new("customer_gone").with("store", name)),
            None => question(&store, name, &directory.customers, &known(mapping, &self.customers)),
        }
    }
}

/// What is chosen for a store.
fn mapped(mapping: &Mapping, store: StoreId) -> StoreMapping {
    let known = mapping.stores.iter().find(|known| known.forstok_store_id == store);
    known.cloned().unwrap_or_else(|| StoreMapping::of(store))
}

impl Desk {
    /// The customers that runs have made for stores of this database.
    pub(super) fn made(&self, database: DatabaseId, customers: &[Customer]) -> AppResult<Made> {
        let kind = PlanKind::named(invoices::KIND);
        let rows: BTreeMap<OperationKey, MadeCustomer> = self
            .books()
            .made_records(database, &kind, CUSTOMERS)?
            .into_iter()
            .map(|(key, (record, mut after))| {
                let mut field = |name: &str| after.remove(name).unwrap_or_default();
                let (no, name) = (field("customer_no"), field("customer_name"));
                (key, MadeCustomer { id: record.map(CustomerId), no, name })
            })
            .collect();
        let ids = rows.iter().filter_map(|(key, row)| Some((key.clone(), row.id(customers)?)));
        Ok(Made { customers: ids.collect(), rows })
    }

    /// The customers that undoing a run of invoices has deleted.
    pub(crate) fn customers_taken_back(&self, database: DatabaseId) -> AppResult<BTreeSet<CustomerId>> {
        let mut taken_back = BTreeSet::new();
        for undo in self.undos_of(database, undo_sales::INVOICES)? {
            self.books().visit_posted(&undo.id, |removed: Operation| {
                let customer = removed.before.get("document").is_some_and(|document| document == "customer");
                let id = removed.before.get("customer_id").filter(|_| customer);
                taken_back.extend(id.and_then(|id| id.parse().ok()).map(CustomerId));
            })?;
        }
        Ok(taken_back)
    }

    /// Their ids, by the key that each was made under.
    pub(super) fn made_customers(&self, database: DatabaseId, customers: &[Customer]) -> AppResult<MadeCustomers> {
        Ok(self.made(database, customers)?.customers)
    }
}
