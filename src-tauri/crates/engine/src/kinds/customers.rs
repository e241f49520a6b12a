//! The customer of a store, made with its first invoice and looked up by its number, or by its id once that is known. Not a kind by
//! itself: invoices bring it along.

use super::{Found, Ports, field};
use crate::documents::{comparable, fields_of};
use crate::ports::PortError;
use selaras_domain::accurate::Customer;
use selaras_domain::plan::{Fields, Operation, OperationKey};

/// A customer as it is compared. Whoever bears the number under another name is somebody else, unless the id says that it is the store's.
pub(super) fn fields(customer: &Customer) -> Fields {
    Fields::from([
        ("customer_no".to_owned(), customer.no.clone()),
        ("customer_name".to_owned(), customer.name.clone()),
        ("customer_id".to_owned(), customer.id.to_string()),
    ])
}

/// What each of these operations finds.
pub(super) async fn found<'a>(
    ports: &Ports,
    operations: &[&'a Operation],
) -> Result<Vec<(&'a OperationKey, Found)>, PortError> {
    let customers = ports.books.customers().await?;
    Ok(operations
        .iter()
        .map(|operation| {
            let sent = fields_of(operation);
            let meant = |customer: &&Customer| match sent.get("customer_id") {
                Some(id) => customer.id.to_string() == *id,
                None => customer.no == field(sent, "customer_no"),
            };
            let found = customers.rows.iter().find(meant).map_or_else(
                || Found::absent(&customers, field(sent, "customer_no")),
                |customer| Found::Record { id: Some(customer.id.0), fields: comparable(sent, fields(customer)) },
            );
            (&operation.key, found)
        })
        .collect())
}
