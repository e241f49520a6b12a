//! What documents name by number or by name, as it is called now.
//!
//! The service takes the number of a customer or an account and the name of a warehouse; a plan knows their ids. Between plan and apply
//! somebody may have given one of them another, or given its old one to another record: so each is looked up by its id before it is sent,
//! once a run. Where two records have swapped, the document still goes to the one that was planned.

use super::Ports;
use crate::ports::{PortError, RowOutcome};
use selaras_domain::documents::{DocumentLine, InvoiceDocument, ReceiptDocument, ReturnDocument};
use selaras_domain::ids::{AccountId, CustomerId, WarehouseId};
use selaras_domain::plan::Reason;
use std::collections::HashMap;
use std::hash::Hash;
use tokio::sync::OnceCell;

/// Records by id, with what the service calls each.
struct Called<I>(HashMap<I, String>);

impl<I: Copy + Eq + Hash> Called<I> {
    /// Sets the word that stands for a record to that of now. A record that is not there any more keeps its word, which the service then
    /// does not know, unless another record is called so by now: that is not the one that was planned.
    fn set(&self, id: Option<I>, word: &mut String, gone: &str) -> Result<(), Reason> {
        let Some(id) = id else { return Ok(()) };
        if let Some(now) = self.0.get(&id) {
            word.clone_from(now);
            return Ok(());
        }
        match self.0.values().any(|other| other == word) {
            true => Err(Reason::new(gone).with("value", &*word)),
            false => Ok(()),
        }
    }
}

/// The lists of one run, each read when it is first needed.
#[derive(Default)]
pub(crate) struct Directory {
    customers: OnceCell<Called<CustomerId>>,
    accounts: OnceCell<Called<AccountId>>,
    warehouses: OnceCell<Called<WarehouseId>>,
}

impl Directory {
    async fn customers(&self, ports: &Ports) -> Result<&Called<CustomerId>, PortError> {
        let read = || async {
            let customers = ports.books.customers().await?;
            Ok(Called(customers.into_iter().map(|customer| (customer.id, customer.no)).collect()))
        };
        self.customers.get_or_try_init(read).await
    }

    async fn accounts(&self, ports: &Ports) -> Result<&Called<AccountId>, PortError> {
        let read = || async {
            let accounts = ports.books.accounts().await?;
            Ok(Called(accounts.into_iter().map(|account| (account.id, account.no)).collect()))
        };
        self.accounts.get_or_try_init(read).await
    }

    async fn warehouses(&self, ports: &Ports) -> Result<&Called<WarehouseId>, PortError> {
        let read = || async {
            let warehouses = ports.books.warehouses().await?;
            Ok(Called(warehouses.into_iter().map(|warehouse| (warehouse.id, warehouse.name)).collect()))
        };
        self.warehouses.get_or_try_init(read).await
    }
}

impl Directory {
    /// The number of an account now; inside, the reason why nothing must be sent to it.
    pub(crate) async fn account_no(
        &self,
        ports: &Ports,
        id: Option<AccountId>,
        planned: &str,
    ) -> Result<Result<String, Reason>, PortError> {
        let mut word = planned.to_owned();
        let set = match id {
            Some(_) => self.accounts(ports).await?.set(id, &mut word, "account_not_found"),
            None => Ok(()),
        };
        Ok(set.map(|()| word))
    }

    /// The name of a warehouse now, likewise.
    pub(crate) async fn warehouse_name(
        &self,
        ports: &Ports,
        id: Option<WarehouseId>,
        planned: &str,
    ) -> Result<Result<String, Reason>, PortError> {
        let mut word = planned.to_owned();
        let set = match id {
            Some(_) => self.warehouses(ports).await?.set(id, &mut word, "warehouse_not_found"),
            None => Ok(()),
        };
        Ok(set.map(|()| word))
    }
}

/// A document that names other records.
#[async_trait::async_trait]
pub(crate) trait Naming: Send + Sized {
    /// Names them as they are called now; inside, the reason why the document must not be sent.
    async fn name_as_now(&mut self, directory: &Directory, ports: &Ports) -> Result<Result<(), Reason>, PortError>;
}

async fn lines_as_now(
    lines: &mut [DocumentLine],
    directory: &Directory,
    ports: &Ports,
) -> Result<Result<(), Reason>, PortError> {
    if lines.iter().all(|line| line.warehouse_id.is_none()) {
        return Ok(Ok(()));
    }
    let warehouses = directory.warehouses(ports).await?;
    Ok(lines
        .iter_mut()
        .try_for_each(|line| warehouses.set(line.warehouse_id, &mut line.warehouse, "warehouse_not_found")))
}

async fn customer_as_now(
    id: Option<CustomerId>,
    no: &mut String,
    directory: &Directory,
    ports: &Ports,
) -> Result<Result<(), Reason>, PortError> {
    match id {
        None => Ok(Ok(())),
        Some(_) => Ok(directory.customers(ports).await?.set(id, no, "customer_not_found")),
    }
}

#[async_trait::async_trait]
impl Naming for InvoiceDocument {
    async fn name_as_now(&mut self, directory: &Directory, ports: &Ports) -> Result<Result<(), Reason>, PortError> {
        let named = customer_as_now(self.customer, &mut self.customer_no, directory, ports).await?;
        Ok(named.and(lines_as_now(&mut self.lines, directory, ports).await?))
    }
}

#[async_trait::async_trait]
impl Naming for ReturnDocument {
    async fn name_as_now(&mut self, directory: &Directory, ports: &Ports) -> Result<Result<(), Reason>, PortError> {
        let named = customer_as_now(self.customer, &mut self.customer_no, directory, ports).await?;
        Ok(named.and(lines_as_now(&mut self.lines, directory, ports).await?))
    }
}

#[async_trait::async_trait]
impl Naming for ReceiptDocument {
    async fn name_as_now(&mut self, directory: &Directory, ports: &Ports) -> Result<Result<(), Reason>, PortError> {
        let named = customer_as_now(self.customer, &mut self.customer_no, directory, ports).await?;
        let discounts = self.payments.iter_mut().flat_map(|payment| &mut payment.discounts);
        let mut words: Vec<_> = discounts.map(|discount| (discount.account, &mut discount.account_no)).collect();
        words.push((self.bank, &mut self.bank_no));
        if words.iter().all(|(id, _)| id.is_none()) {
            return Ok(named);
        }
        let accounts = directory.accounts(ports).await?;
        let banked = words.into_iter().try_for_each(|(id, word)| accounts.set(id, word, "account_not_found"));
        Ok(named.and(banked))
    }
}

/// Documents that are to be sent, and for each that was given whether it must not be, and why.
pub(crate) struct AsNow<D> {
    /// Those that are sent.
    pub(crate) documents: Vec<D>,
    refused: Vec<Option<Reason>>,
}

/// Names the parties, accounts and warehouses of documents as they are called now.
pub(crate) async fn as_now<D: Naming>(
    documents: Vec<D>,
    directory: &Directory,
    ports: &Ports,
) -> Result<AsNow<D>, PortError> {
    let mut now =
        AsNow { documents: Vec::with_capacity(documents.len()), refused: Vec::with_capacity(documents.len()) };
    for mut document in documents {
        let named = document.name_as_now(directory, ports).await?;
        if named.is_ok() {
            now.documents.push(document);
        }
        now.refused.push(named.err());
    }
    Ok(now)
}

impl<D> AsNow<D> {
    /// The outcomes of all that were given, in their order, by those of what was sent.
    pub(crate) fn outcomes(self, sent: Vec<RowOutcome>) -> Vec<RowOutcome> {
        let mut sent = sent.into_iter();
        let missing = || RowOutcome::Unknown { reason: Reason::new("no_row_in_answer") };
        let outcome = |refused: Option<Reason>| match refused {
            Some(reason) => RowOutcome::Rejected { reason },
            None => sent.next().unwrap_or_else(missing),
        };
        self.refused.into_iter().map(outcome).collect()
    }
}

#[cfg(test)]
#[path = "called_tests.rs"]
mod tests;
