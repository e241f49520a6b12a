//! The customer of a store, made with its first invoice and looked up by its number. Not a kind by itself: invoices bring it along.

use super::{Found, Ports, field};
use crate::ports::PortError;
use selaras_domain::accurate::Customer;
use selaras_domain::plan::{Fields, Operation, OperationKey};
use std::collections::HashMap;

/// A customer as it is compared. A customer whose number is the store's id is the store's, whatever a person has called it since.
pub(super) fn fields(customer: &Customer) -> Fields {
    Fields::from([("customer_no".to_owned(), customer.no.clone()), ("customer_id".to_owned(), customer.id.to_string())])
}

/// What each of these operations finds.
pub(super) async fn found<'a>(
    ports: &Ports,
    operations: &[&'a Operation],
) -> Result<Vec<(&'a OperationKey, Found)>, PortError> {
    let customers = ports.books.customers().await?;
    let by_no: HashMap<&str, &Customer> = customers.iter().map(|customer| (customer.no.as_str(), customer)).collect();
    Ok(operations
        .iter()
        .map(|operation| {
            let no = field(crate::documents::fields_of(operation), "customer_no");
            let found = by_no.get(no).map_or_else(
                || Found::absent(&customers, no),
                |customer| Found::Record { id: Some(customer.id.0), fields: fields(customer) },
            );
            (&operation.key, found)
        })
        .collect())
}
