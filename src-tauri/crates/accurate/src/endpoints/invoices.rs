//! Sales invoices (accurate-online-api.md §6.8): as their list shows them, written a hundred a call, and read again with their lines.

use super::documents::{
    self, LineBody, LineRow, Nested, Readable, carried_rows, customer, day, lines, nested, slashed,
};
use super::items::Number;
use super::list::{Listing, PAGE_SIZE, all_in_pages_of, each, unread};
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{flag, integer, optional_integer, optional_text, text};
use jiff::civil::Date;
use rust_decimal::Decimal;
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::ids::{BranchId, CustomerId, SalesInvoiceId};
use selaras_domain::unread::{ListName, Listed};
use selaras_domain::wire::{Misread, decimal_or_zero, figure, optional_decimal, read_row};
use selaras_engine::ports::RowOutcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const SCOPE: &str = "sales_invoice_view";

#[derive(Deserialize)]
struct HeadRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    number: String,
    #[serde(default, rename = "transDate", deserialize_with = "text")]
    date: String,
    #[serde(default, deserialize_with = "optional_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "nested")]
    customer: Nested,
    #[serde(default, rename = "customerId", deserialize_with = "optional_integer")]
    customer_id: Option<i64>,
    /// Read apart: an invoice whose total cannot be read is there all the same.
    #[serde(default, rename = "totalAmount")]
    total: Option<Box<RawValue>>,
}

/// The invoices dated on this day or later. The filter is the service's; a service that ignores it (§5) answers more, not less.
pub(crate) async fn since(
    connection: &Connection,
    session: &DataSession,
    day: Date,
) -> Result<Listed<SalesInvoice>, CallError> {
    let day = slashed(day);
    let filters = vec![("filter.transDate.op", "GREATER_EQUAL_THAN"), ("filter.transDate.val", day.as_str())];
    let fields = "id,number,transDate,description,customer,totalAmount";
    let name = ListName::SalesInvoices;
    let listing = Listing { name, path: "sales-invoice/list.do", scope: SCOPE, fields, filters };
    let rows = all_in_pages_of(PAGE_SIZE, connection, session, &listing).await?;
    let mut listed = each(name, &rows, read_row::<HeadRow>);
    let mut heads = Vec::with_capacity(listed.rows.len());
    for row in listed.rows {
        let total = row.total.as_deref().map_or(Ok(None), |raw| figure(raw.get()));
        if total.is_err() {
            // It counts as there, so that no second one is made; what it comes to is not known, and a person is told.
            let raw = rows.iter().zip(1..).find(|(raw, _)| documents::id_of(raw) == Some(row.id));
            listed.unread.extend(raw.map(|(raw, number)| unread(name, number, raw, Misread::at("totalAmount", raw))));
        }
        heads.push(SalesInvoice {
            id: SalesInvoiceId(row.id),
            number: row.number,
            date: documents::date(&row.date),
            description: row.description,
            customer: row.customer.id.or(row.customer_id).map(CustomerId),
            total: total.ok().flatten().map(Money),
        });
    }
    Ok(Listed { rows: heads, unread: listed.unread })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    number: &'a str,
    description: &'a str,
    customer_no: &'a str,
    detail_item: Vec<LineBody<'a>>,
    trans_date: String,
    cash_discount: Number,
    taxable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_address: Option<&'a str>,
    inclusive_tax: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<i64>,
}

/// Creates up to 100 invoices in one call.
pub(crate) async fn save(
    connection: &Connection,
    session: &DataSession,
    invoices: &[InvoiceDocument],
) -> Result<Vec<RowOutcome>, CallError> {
    let bodies: Vec<Body<'_>> = invoices
        .iter()
        .map(|invoice| Body {
            number: &invoice.number,
            description: &invoice.description,
            customer_no: &invoice.customer_no,
            detail_item: invoice.lines.iter().map(LineBody::of).collect(),
            trans_date: slashed(invoice.date),
            cash_discount: Number(invoice.cash_discount.0),
            taxable: invoice.taxable,
            to_address: invoice.to_address.as_deref(),
            inclusive_tax: invoice.tax_inclusive,
            branch_id: invoice.branch.map(|branch| branch.0),
        })
        .collect();
    let numbers: Vec<&str> = invoices.iter().map(|invoice| invoice.number.as_str()).collect();
    documents::save(connection, session, ("sales-invoice/bulk-save.do", "sales_invoice_save"), &bodies, &numbers).await
}

/// Deletes one invoice. There is no scope for it but that of saving (§1.5).
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: SalesInvoiceId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "sales-invoice/delete.do", "sales_invoice_save", id.0).await
}

/// A sales invoice on the wire.
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
    #[serde(default, deserialize_with = "flag")]
    taxable: bool,
    #[serde(default, deserialize_with = "flag")]
    inclusive_tax: bool,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    cash_discount: Decimal,
    #[serde(default, deserialize_with = "optional_text")]
    to_address: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    total_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    prime_owing: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    prime_return: Option<Decimal>,
    #[serde(default, deserialize_with = "carried_rows")]
    detail_item: Option<Vec<Box<RawValue>>>,
    #[serde(default, deserialize_with = "carried_rows")]
    receipt_history: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    #[serde(default, deserialize_with = "text")]
    history_number: String,
}

impl Readable for InvoiceDocument {
    const LIST: ListName = ListName::SalesInvoices;
    const MODULE: &'static str = "sales-invoice";
    const SCOPE: &'static str = SCOPE;
    const FIELDS: &'static str = "id,number,transDate,description,customer,branchId,taxable,inclusiveTax,cashDiscount,toAddress,totalAmount,detailItem";
    type Row = Row;

    fn whole(row: &Row) -> bool {
        row.detail_item.as_ref().is_some_and(|lines| !lines.is_empty())
    }

    fn read(row: Row) -> Result<Self, Misread> {
        let (customer_no, customer) = customer(row.customer, row.customer_id);
        let receipts: Vec<Payment> = lines("receiptHistory", row.receipt_history.unwrap_or_default())?;
        Ok(Self {
            id: row.id.map(SalesInvoiceId),
            number: row.number,
            date: day(&row.trans_date)?,
            description: row.description,
            customer_no,
            customer,
            branch: row.branch_id.map(BranchId),
            taxable: row.taxable,
            tax_inclusive: row.inclusive_tax,
            cash_discount: Money(row.cash_discount),
            to_address: row.to_address,
            lines: lines::<LineRow>("detailItem", row.detail_item.unwrap_or_default())?
                .into_iter()
                .map(Into::into)
                .collect(),
            total: row.total_amount.map(Money),
            owing: row.prime_owing.map(Money),
            receipts: receipts
                .into_iter()
                .map(|receipt| receipt.history_number)
                .filter(|one| !one.is_empty())
                .collect(),
            returned: row.prime_return.map(Money),
        })
    }
}
