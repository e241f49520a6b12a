//! Customers as they are made for stores (accurate-online-api.md §6.7).

use super::documents::{self, slashed};
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use selaras_domain::documents::NewCustomer;
use selaras_domain::ids::CustomerId;
use selaras_engine::ports::RowOutcome;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    name: &'a str,
    trans_date: String,
    customer_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<i64>,
}

/// Creates up to 100 customers in one call.
pub(crate) async fn save(
    connection: &Connection,
    session: &DataSession,
    customers: &[NewCustomer],
) -> Result<Vec<RowOutcome>, CallError> {
    let bodies: Vec<Body<'_>> = customers
        .iter()
        .map(|customer| Body {
            name: &customer.name,
            trans_date: slashed(customer.date),
            customer_no: &customer.no,
            branch_id: customer.branch.map(|branch| branch.0),
        })
        .collect();
    let numbers: Vec<&str> = customers.iter().map(|customer| customer.no.as_str()).collect();
    documents::save(connection, session, ("customer/bulk-save.do", "customer_save"), &bodies, &numbers).await
}

/// Deletes one customer.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: CustomerId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "customer/delete.do", "customer_delete", id.0).await
}
