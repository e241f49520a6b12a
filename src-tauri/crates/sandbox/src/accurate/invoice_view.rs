//! How a sales invoice is shown by `sales-invoice/detail.do` (sample `sales-invoice-detail`).

use rust_decimal::Decimal;

use super::accounts::{self, Purpose};
use super::company::{Company, FIRST_ID};
use super::customers;
use super::invoices::{Invoice, InvoiceLine};
use super::item_view::{brief as brief_item, embedded};
use super::masters::MasterKind;
use super::receipts::payment_name;
use super::returns;
use super::wire::{Json, Record, record};
use crate::clock;

/// The whole object.
pub(crate) fn render(company: &Company, invoice: &Invoice) -> Record {
    render_some(company, invoice, &|_| true)
}

/// The object without those of its nested records that nobody wants to see.
pub(crate) fn render_some(company: &Company, invoice: &Invoice, wanted: &dyn Fn(&str) -> bool) -> Record {
    let if_wanted = |name: &str, make: &dyn Fn() -> Json| if wanted(name) { make() } else { Json::Null };
    let paid = company.paid_on(invoice.id);
    let returned = company.returned_on(invoice.id);
    let owing = invoice.total - paid - returned;
    let open = owing > Decimal::ZERO;
    let receivable = company.preferred_account(Purpose::Receivable);
    let last = company.receipts_of(invoice.id).next_back();
    let date = clock::slashed(invoice.date);
    let mut shown = record! {
        "id" => invoice.id,
        "number" => &invoice.number,
        "transDate" => &date,
        "transDateView" => clock::spelled(invoice.date),
        "invoiceTime" => clock::in_wib(invoice.last_update).strftime("%H:%M:%S").to_string(),
        "dueDate" => &date,
        "shipDate" => invoice.header.text("shipDate").unwrap_or_else(|| date.clone()),
        "taxDate" => invoice.header.text("taxDate").unwrap_or_else(|| date.clone()),
        "status" => if open { "OUTSTANDING" } else { "PAID" },
        "statusName" => if open { "Belum Lunas" } else { "Lunas" },
        "statusOutstanding" => if open { "Belum Lunas" } else { "Lunas" },
        "outstanding" => open,
        "approvalStatus" => "APPROVED",
        "age" => 0,
        "customerId" => invoice.customer,
        "customer" => if_wanted("customer", &|| customers::brief(company, invoice.customer)),
        "branchId" => invoice.branch,
        "branchName" => company.master(MasterKind::Branch, invoice.branch).map(|branch| branch.name.clone()),
        "currencyId" => FIRST_ID,
        "currency" => record! { "id" => FIRST_ID, "code" => "IDR", "symbol" => "Rp" },
        "rate" => Decimal::ONE,
        "fiscalRate" => Decimal::ONE,
        "description" => invoice.header.text("description"),
        "poNumber" => invoice.header.text("poNumber"),
        "toAddress" => invoice.header.text("toAddress").unwrap_or_default(),
        "paymentTermId" => FIRST_ID,
        "paymentTerm" => if_wanted("paymentTerm", &|| embedded(company, MasterKind::PaymentTerm, Some(FIRST_ID))),
        "shipmentId" => Json::Null,
        "shipment" => Json::Null,
        "fobId" => Json::Null,
        "fob" => Json::Null,
        "taxable" => invoice.header.flag("taxable").ok().flatten().unwrap_or(false),
        "inclusiveTax" => invoice.inclusive_tax,
        "percentTaxable" => Decimal::ONE_HUNDRED,
        "tax1Id" => invoice.tax,
        "tax1Amount" => invoice.tax_amount,
        "taxNumber" => invoice.header.text("taxNumber"),
        "documentCode" => invoice.header.text("documentCode").unwrap_or_else(|| "DIGUNGGUNG".into()),
        "documentTransaction" => invoice.header.text("documentTransaction").unwrap_or_else(|| "CTAS_DIPERSAMAKAN".into()),
    };
    amounts(invoice, paid, owing, &mut shown);
    shown.set("primeReturn", returned);
    let lines = || -> Json {
        let lines = invoice.lines.iter().enumerate().map(|(index, line)| render_line(company, invoice, index, line));
        lines.collect::<Vec<Record>>().into()
    };
    let rest = record! {
        "arAccountId" => receivable,
        "arAccount" => if_wanted("arAccount", &|| accounts::brief(company, receivable)),
        "journalId" => invoice.id + 3000,
        "lastPaymentDate" => last.map(|receipt| clock::slashed(receipt.date)),
        "lastPaymentId" => last.map(|receipt| receipt.id),
        "printedTime" => Json::Null,
        "lastUpdate" => clock::slashed_time(invoice.last_update),
        "createdBy" => 100_002,
        "optLock" => invoice.opt_lock,
        "detailItem" => if_wanted("detailItem", &lines),
        "detailExpense" => expenses(company, invoice),
        "detailDownPayment" => Json::List(Vec::new()),
        "detailTax" => Json::List(Vec::new()),
        "returnHistory" => if_wanted("returnHistory", &|| returns::history(company, invoice.id).into()),
        "deliveryOrderHistory" => Json::List(Vec::new()),
        "receiptHistory" => if_wanted("receiptHistory", &|| receipts(company, invoice).into()),
        "charField1" => invoice.header.text("charField1").unwrap_or_default(),
        "charField10" => invoice.header.text("charField10").unwrap_or_default(),
        "numericField1" => Decimal::ZERO,
        "dateField1" => Json::Null,
    };
    shown.extend(rest);
    shown
}

fn amounts(invoice: &Invoice, paid: Decimal, owing: Decimal, shown: &mut Record) {
    let expense: Decimal = invoice.expenses.iter().map(|expense| expense.amount).sum();
    let sales = invoice.sub_total - invoice.cash_discount;
    shown.set("subTotal", invoice.sub_total);
    shown.set("cashDiscount", invoice.cash_discount);
    shown.set("cashDiscPercent", invoice.header.text("cashDiscPercent").unwrap_or_default());
    shown.set("totalExpense", expense);
    shown.set("totalDownPayment", Decimal::ZERO);
    shown.set("salesAmount", sales);
    shown.set("salesAmountBase", sales);
    shown.set("totalAmount", invoice.total);
    shown.set("dppAmount", invoice.tax_base);
    shown.set("primeOwing", owing);
    shown.set("primeReceipt", paid);
    shown.set("taxOwing", Decimal::ZERO);
    shown.set("invoiceDp", false);
    shown.set("inputDownPayment", Decimal::ZERO);
    shown.set("reverseInvoice", false);
    shown.set("openingBalance", false);
}

pub(crate) fn render_line(company: &Company, invoice: &Invoice, index: usize, line: &InvoiceLine) -> Record {
    let item = company.items.get(line.item);
    let unit = item.map(|item| item.unit);
    record! {
        "id" => line.id,
        "seq" => index + 1,
        "salesInvoiceId" => invoice.id,
        "itemId" => line.item,
        "item" => brief_item(company, line.item),
        "detailName" => line.detail_name.clone().or_else(|| Some(item?.name.clone())),
        "detailNotes" => line.notes.clone(),
        "quantity" => line.quantity,
        "quantityDefault" => line.quantity,
        "availableQuantity" => line.quantity,
        "deliveredQuantity" => Decimal::ZERO,
        "returnQuantity" => company.returned_units(invoice.id, line.item).min(line.quantity),
        "itemUnitId" => unit,
        "itemUnit" => embedded(company, MasterKind::Unit, unit),
        "unitRatio" => Decimal::ONE,
        "unitPrice" => line.unit_price,
        "itemDiscPercent" => &line.percent,
        "itemCashDiscount" => line.discount,
        "grossAmount" => line.gross,
        "totalPrice" => line.total,
        "salesAmount" => line.total,
        "useTax1" => line.taxed,
        "useTax2" => false,
        "useTax3" => false,
        "tax1Amount" => Decimal::ZERO,
        "warehouseId" => line.warehouse,
        "warehouse" => embedded(company, MasterKind::Warehouse, Some(line.warehouse)),
        "departmentId" => Json::Null,
        "projectId" => Json::Null,
        "salesmanList" => Json::List(Vec::new()),
        "salesOrderId" => Json::Null,
        "salesOrderDetailId" => Json::Null,
        "deliveryOrderId" => Json::Null,
        "salesQuotationId" => Json::Null,
        "detailSerialNumber" => Json::List(Vec::new()),
        "dataClassification1" => Json::Null,
        "charField1" => Json::Null,
        "numericField1" => Decimal::ZERO,
        "dateField1" => Json::Null,
        "optLock" => 0,
    }
}

fn expenses(company: &Company, invoice: &Invoice) -> Vec<Record> {
    let expense = |(index, expense): (usize, &super::invoices::Expense)| {
        record! {
            "seq" => index + 1,
            "accountId" => expense.account,
            "account" => accounts::brief(company, expense.account),
            "expenseName" => expense.name.clone(),
            "expenseAmount" => expense.amount,
        }
    };
    invoice.expenses.iter().enumerate().map(expense).collect()
}

fn receipts(company: &Company, invoice: &Invoice) -> Vec<Record> {
    let rows =
        company.receipts_of(invoice.id).flat_map(|receipt| receipt.payments.iter().map(move |paid| (receipt, paid)));
    rows.filter(|(_, paid)| paid.invoice == invoice.id)
        .enumerate()
        .map(|(index, (receipt, paid))| {
            record! {
                "id" => receipt.id,
                "index" => index,
                "historyNumber" => &receipt.number,
                "historyDate" => clock::slashed(receipt.date),
                "historyDateTime" => clock::slashed_time(receipt.last_update),
                "historyAmount" => paid.amount,
                "historyPaymentId" => receipt.method,
                "historyPaymentName" => payment_name(receipt.method),
                "historyNotes" => receipt.description.clone(),
                "historyIsPPhPayment" => false,
                "historyInstallment" => Json::Null,
                "approvalStatus" => "APPROVED",
            }
        })
        .collect()
}
