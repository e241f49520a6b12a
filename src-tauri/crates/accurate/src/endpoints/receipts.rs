//! Sales receipts (accurate-online-api.md §6.9): what arrived in the bank, with what marketplaces kept as discounts.

use super::documents::{self, Nested, Readable, carried_rows, customer, day, lines, nested, slashed};
use super::items::Number;
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{optional_integer, optional_text, text};
use rust_decimal::Decimal;
use selaras_domain::amount::Money;
use selaras_domain::documents::{ReceiptDiscount, ReceiptDocument, ReceiptPayment};
use selaras_domain::ids::{AccountId, BranchId, SalesInvoiceId, SalesReceiptId};
use selaras_domain::unread::ListName;
use selaras_domain::wire::{Misread, decimal_or_zero};
use selaras_engine::ports::RowOutcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    number: &'a str,
    description: &'a str,
    bank_no: &'a str,
    cheque_amount: Number,
    customer_no: &'a str,
    detail_invoice: Vec<PaymentBody<'a>>,
    trans_date: String,
    payment_method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentBody<'a> {
    invoice_no: &'a str,
    payment_amount: Number,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    detail_discount: Vec<DiscountBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiscountBody<'a> {
    account_no: &'a str,
    amount: Number,
}

/// Creates up to 100 receipts in one call. Discounts of nothing are left out.
pub(crate) async fn save(
    connection: &Connection,
    session: &DataSession,
    receipts: &[ReceiptDocument],
) -> Result<Vec<RowOutcome>, CallError> {
    let bodies: Vec<Body<'_>> = receipts
        .iter()
        .map(|receipt| Body {
            number: &receipt.number,
            description: &receipt.description,
            bank_no: &receipt.bank_no,
            cheque_amount: Number(receipt.received.0),
            customer_no: &receipt.customer_no,
            detail_invoice: receipt
                .payments
                .iter()
                .map(|payment| PaymentBody {
                    invoice_no: &payment.invoice_no,
                    payment_amount: Number(payment.amount.0),
                    detail_discount: payment
                        .discounts
                        .iter()
                        .filter(|discount| !discount.amount.is_zero())
                        .map(|discount| DiscountBody {
                            account_no: &discount.account_no,
                            amount: Number(discount.amount.0),
                        })
                        .collect(),
                })
                .collect(),
            trans_date: slashed(receipt.date),
            payment_method: "BANK_TRANSFER",
            branch_id: receipt.branch.map(|branch| branch.0),
        })
        .collect();
    let numbers: Vec<&str> = receipts.iter().map(|receipt| receipt.number.as_str()).collect();
    documents::save(connection, session, ("sales-receipt/bulk-save.do", "sales_receipt_save"), &bodies, &numbers).await
}

/// Deletes one receipt.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: SalesReceiptId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "sales-receipt/delete.do", "sales_receipt_delete", id.0).await
}

/// A sales receipt on the wire.
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
    #[serde(default, deserialize_with = "nested")]
    bank: Nested,
    #[serde(default, deserialize_with = "optional_integer")]
    bank_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_integer")]
    branch_id: Option<i64>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    cheque_amount: Decimal,
    #[serde(default, deserialize_with = "carried_rows")]
    detail_invoice: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentRow {
    #[serde(default, deserialize_with = "nested")]
    invoice: Nested,
    #[serde(default, deserialize_with = "optional_text")]
    invoice_no: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    invoice_id: Option<i64>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    payment_amount: Decimal,
    #[serde(default, deserialize_with = "carried_rows")]
    detail_discount: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DiscountRow {
    #[serde(default, deserialize_with = "nested")]
    account: Nested,
    #[serde(default, deserialize_with = "optional_text")]
    account_no: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    account_id: Option<i64>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    amount: Decimal,
}

fn payment(row: PaymentRow) -> Result<ReceiptPayment, Misread> {
    let discounts: Vec<DiscountRow> = lines("detailDiscount", row.detail_discount.unwrap_or_default())?;
    Ok(ReceiptPayment {
        invoice_no: row.invoice.number.or(row.invoice_no).unwrap_or_default(),
        invoice: row.invoice.id.or(row.invoice_id).map(SalesInvoiceId),
        amount: Money(row.payment_amount),
        discounts: discounts
            .into_iter()
            .map(|row| ReceiptDiscount {
                account_no: row.account.no.or(row.account_no).unwrap_or_default(),
                account: row.account.id.or(row.account_id).map(AccountId),
                amount: Money(row.amount),
            })
            .collect(),
    })
}

impl Readable for ReceiptDocument {
    const LIST: ListName = ListName::SalesReceipts;
    const MODULE: &'static str = "sales-receipt";
    const SCOPE: &'static str = "sales_receipt_view";
    const FIELDS: &'static str = "id,number,transDate,description,customer,bank,branchId,chequeAmount,detailInvoice";
    type Row = Row;

    fn whole(row: &Row) -> bool {
        row.detail_invoice.as_ref().is_some_and(|payments| !payments.is_empty())
    }

    fn read(row: Row) -> Result<Self, Misread> {
        let (customer_no, customer) = customer(row.customer, row.customer_id);
        let payments: Vec<PaymentRow> = lines("detailInvoice", row.detail_invoice.unwrap_or_default())?;
        Ok(Self {
            id: row.id.map(SalesReceiptId),
            number: row.number,
            date: day(&row.trans_date)?,
            description: row.description,
            customer_no,
            customer,
            bank_no: row.bank.no.unwrap_or_default(),
            bank: row.bank.id.or(row.bank_id).map(AccountId),
            branch: row.branch_id.map(BranchId),
            received: Money(row.cheque_amount),
            payments: payments
                .into_iter()
                .enumerate()
                .map(|(number, row)| {
                    payment(row).map_err(|misread| misread.within(&format!("detailInvoice[{number}]")))
                })
                .collect::<Result<_, _>>()?,
        })
    }
}
