//! Sales invoices as their list shows them (accurate-online-api.md §6.8): number, day and description, so that an order of a channel can
//! be told to have its invoice.

use super::list::{Listing, all};
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{integer, optional_text, text};
use jiff::civil::Date;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::ids::SalesInvoiceId;
use serde::Deserialize;

#[derive(Deserialize)]
struct InvoiceRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    number: String,
    #[serde(default, rename = "transDate", deserialize_with = "text")]
    date: String,
    #[serde(default, deserialize_with = "optional_text")]
    description: Option<String>,
}

/// The invoices dated on this day or later. The filter is the service's; a service that ignores it (§5) answers more, not less.
pub(crate) async fn since(
    connection: &Connection,
    session: &DataSession,
    day: Date,
) -> Result<Vec<SalesInvoice>, CallError> {
    let day = day.strftime("%d/%m/%Y").to_string();
    let filters = vec![("filter.transDate.op", "GREATER_EQUAL_THAN"), ("filter.transDate.val", day.as_str())];
    let listing = Listing {
        path: "sales-invoice/list.do",
        scope: "sales_invoice_view",
        fields: "id,number,transDate,description",
        filters,
    };
    let rows: Vec<InvoiceRow> = all(connection, session, &listing).await?;
    Ok(rows
        .into_iter()
        .map(|row| SalesInvoice {
            id: SalesInvoiceId(row.id),
            number: row.number,
            // Both `01/11/2025` and `1/11/2025` were seen (§5).
            date: Date::strptime("%d/%m/%Y", &row.date).ok(),
            description: row.description,
        })
        .collect())
}
