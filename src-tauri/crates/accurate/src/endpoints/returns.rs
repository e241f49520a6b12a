//! Sales returns of an invoice (accurate-online-api.md §6.10).

use super::documents::{
    self, LineBody, LineRow, Nested, Readable, carried_rows, customer, day, lines, nested, slashed,
};
use super::items::Number;
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{flag, optional_integer, optional_text, text};
use rust_decimal::Decimal;
use selaras_domain::amount::Money;
use selaras_domain::documents::ReturnDocument;
use selaras_domain::ids::{BranchId, SalesReturnId};
use selaras_domain::unread::ListName;
use selaras_domain::wire::{Misread, decimal_or_zero, optional_decimal};
use selaras_engine::ports::RowOutcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    number: &'a str,
    description: &'a str,
    customer_no: &'a str,
    return_type: &'a str,
    invoice_number: &'a str,
    detail_item: Vec<LineBody<'a>>,
    trans_date: String,
    /// Starred in the document, beside `taxNumber`. That the return's own day and number will do is a guess; a company without tax
    /// invoices has no others.
    tax_date: String,
    tax_number: &'a str,
    /// Not in the document's short list for returns; named as in a sales invoice (guess).
    cash_discount: Number,
    taxable: bool,
    inclusive_tax: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<i64>,
}

/// Creates up to 100 returns in one call.
pub(crate) async fn save(
    connection: &Connection,
    session: &DataSession,
    returns: &[ReturnDocument],
) -> Result<Vec<RowOutcome>, CallError> {
    let bodies: Vec<Body<'_>> = returns
        .iter()
        .map(|back| Body {
            number: &back.number,
            description: &back.description,
            customer_no: &back.customer_no,
            return_type: "INVOICE",
            invoice_number: &back.invoice_no,
            detail_item: back.lines.iter().map(LineBody::of).collect(),
            trans_date: slashed(back.date),
            tax_date: slashed(back.date),
            tax_number: &back.number,
            cash_discount: Number(back.cash_discount.0),
            taxable: back.taxable,
            inclusive_tax: back.tax_inclusive,
            branch_id: back.branch.map(|branch| branch.0),
        })
        .collect();
    let numbers: Vec<&str> = returns.iter().map(|back| back.number.as_str()).collect();
    documents::save(connection, session, ("sales-return/bulk-save.do", "sales_return_save"), &bodies, &numbers).await
}

/// Deletes one return.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: SalesReturnId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "sales-return/delete.do", "sales_return_delete", id.0).await
}

/// A sales return on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    number: String,
    #[serde(default, deserialize_with = "text")]
    trans_date: String,
    #[serde(default, deserialize_with = "text")]
    description: String,
    #[serde(default, deserialize_with = "nested")]
    customer: Nested,
    #[serde(default, deserialize_with = "optional_integer")]
    customer_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_integer")]
    branch_id: Option<i64>,
    #[serde(default, deserialize_with = "nested")]
    invoice: Nested,
    #[serde(default, deserialize_with = "optional_text")]
    invoice_number: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    taxable: bool,
    #[serde(default, deserialize_with = "flag")]
    inclusive_tax: bool,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    cash_discount: Decimal,
    #[serde(default, deserialize_with = "optional_decimal")]
    total_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "carried_rows")]
    detail_item: Option<Vec<Box<RawValue>>>,
}

impl Readable for ReturnDocument {
    const LIST: ListName = ListName::SalesReturns;
    const MODULE: &'static str = "sales-return";
    const SCOPE: &'static str = "sales_return_view";
    const FIELDS: &'static str = "id,number,transDate,description,customer,branchId,invoice,taxable,inclusiveTax,cashDiscount,totalAmount,detailItem";
    type Row = Row;

    fn whole(row: &Row) -> bool {
        row.detail_item.as_ref().is_some_and(|lines| !lines.is_empty())
    }

    fn read(row: Row) -> Result<Self, Misread> {
        let (customer_no, customer) = customer(row.customer, row.customer_id);
        Ok(Self {
            id: row.id.map(SalesReturnId),
            number: row.number,
            date: day(&row.trans_date)?,
            description: row.description,
            customer_no,
            customer,
            invoice_no: row.invoice.number.or(row.invoice_number).unwrap_or_default(),
            branch: row.branch_id.map(BranchId),
            taxable: row.taxable,
            tax_inclusive: row.inclusive_tax,
            lines: lines::<LineRow>("detailItem", row.detail_item.unwrap_or_default())?
                .into_iter()
                .map(Into::into)
                .collect(),
            cash_discount: Money(row.cash_discount),
            total: row.total_amount.map(Money),
        })
    }
}
