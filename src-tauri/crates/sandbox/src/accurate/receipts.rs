//! Sales receipts, module `sales-receipt` (accurate-online-api.md §6.9). A receipt cannot be changed here, only made and deleted: no
//! client was seen changing one.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounts::{self, Purpose};
use super::company::{self, Company, Source};
use super::customers;
use super::document;
use super::envelope::{Answer, Outcome, Refusal};
use super::listing::{self, Key, Listed};
use super::params::Params;
use super::wire::{Json, Record, record};
use crate::clock;

const LABEL: &str = "Penerimaan Penjualan";

/// Ways of paying and the names shown for them.
const METHODS: &[(&str, &str)] = &[
    ("CASH_OTHER", "Tunai"),
    ("BANK_TRANSFER", "Transfer Bank"),
    ("BANK_CHEQUE", "Cek/Giro"),
    ("CREDIT_CARD", "Kartu Kredit"),
    ("DEBIT_CARD", "Kartu Debit"),
    ("E_WALLET", "Dompet Digital"),
    ("VIRTUAL_ACCOUNT", "Virtual Account"),
    ("QRIS", "QRIS"),
    ("EDC", "EDC"),
    ("PAYMENT_LINK", "Payment Link"),
    ("OTHERS", "Lainnya"),
];

/// The name shown for a way of paying.
pub(crate) fn payment_name(method: &str) -> Option<&'static str> {
    METHODS.iter().find(|(known, _)| *known == method).map(|(_, name)| *name)
}

/// One receipt.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) date: Date,
    pub(crate) method: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) last_update: Timestamp,
    customer: i64,
    branch: i64,
    bank: i64,
    cheque_amount: Decimal,
}

/// One invoice paid by a receipt.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) invoice: i64,
    /// Allocated to the invoice, discounts included.
    pub(crate) amount: Decimal,
    discounts: Vec<(i64, Decimal, Option<String>)>,
}

impl Listed for Receipt {
    const FILTERS: &'static [&'static str] =
        &["id", "number", "transDate", "customerId", "bankId", "branchId", "lastUpdate"];
    const SHORT: &'static [&'static str] = &["id", "number", "transDate", "customer", "totalPayment"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "number" => Some(Key::text(&self.number)),
            "transDate" => Some(Key::Date(self.date)),
            "customerId" => Some(Key::Number(self.customer.into())),
            "bankId" => Some(Key::Number(self.bank.into())),
            "branchId" => Some(Key::Number(self.branch.into())),
            "lastUpdate" => Some(Key::Moment(clock::in_wib(self.last_update).datetime())),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.number]
    }
}

/// Serves one action of `sales-receipt`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => listing::list(company.receipts.iter().map(|(_, row)| row), params, cap, |row| render(company, row)),
        "detail" => find(company, params).map(|row| Answer::Detail(render(company, row))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Receipt, Refusal> {
    let id = params.integer("id")?;
    let number = params.text("number");
    let id = id.or_else(|| company.numbered(LABEL, &number?));
    id.and_then(|id| company.receipts.get(id)).ok_or_else(|| Refusal::not_exact(LABEL))
}

fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    if params.has("id") {
        // Not what the real server does: this simulator keeps receipts as they were made, and says so. [guess]
        return Err(Refusal::text("Perubahan penerimaan tidak didukung"));
    }
    let receipt = build(company, params)?;
    let id = company.receipts.add(|id| Receipt { id, ..receipt });
    company.writes += 1;
    let Some(saved) = company.receipts.get(id).cloned() else { return Err(Refusal::not_exact(LABEL)) };
    company.give_number(LABEL, &saved.number, id);
    for paid in &saved.payments {
        company.pays(id, paid.invoice);
    }
    post(company, &saved);
    Ok((format!("{LABEL} \"{}\" berhasil disimpan", saved.number), render(company, &saved)))
}

fn build(company: &Company, params: &Params) -> Result<Receipt, Refusal> {
    let customer = company.customer_named(params)?;
    let bank_no = params.required("bankNo", "Nama Bank")?;
    let bank =
        company.account_by_no(&bank_no).filter(|account| account.kind == Some("CASH_BANK") && !account.parent_node);
    let bank = bank.ok_or_else(|| Refusal::not_exact("Nama Bank"))?.id;
    company.usable_account(params, "bankNo", "bankId")?;
    let date = company.document_date(params, true)?;
    let branch = company.branch(params)?;
    let cheque_amount = params.decimal("chequeAmount")?.ok_or_else(|| Refusal::must_be_filled("chequeAmount"))?;
    let method = params.text("paymentMethod").unwrap_or_else(|| "BANK_TRANSFER".into());
    let method = METHODS
        .iter()
        .find(|(known, _)| *known == method)
        .map(|(known, _)| *known)
        .ok_or_else(|| Refusal::invalid_field("paymentMethod"))?;
    let number = document::number(company, LABEL, params, None, "Nomor", &bank_no, date)?;
    let rows = params.rows("detailInvoice");
    if rows.is_empty() {
        return Err(Refusal::text("Detail dari transaksi belum diisi!"));
    }
    let mut payments: Vec<Payment> = Vec::new();
    for row in &rows {
        let payment = build_payment(company, customer, row, &payments)?;
        payments.push(payment);
    }
    let received: Decimal = payments
        .iter()
        .map(|paid| paid.amount - paid.discounts.iter().map(|(_, amount, _)| *amount).sum::<Decimal>())
        .sum();
    if received != cheque_amount {
        // forstok-accounting-flow.md §6.3: the sum of payments less discounts must be the cheque amount.
        return Err(Refusal::text("Nilai Pembayaran tidak mencukupi untuk melunasi pembayaran!"));
    }
    Ok(Receipt {
        id: 0,
        number,
        date,
        method,
        description: params.text("description"),
        payments,
        last_update: company::now(),
        customer,
        branch,
        bank,
        cheque_amount,
    })
}

fn build_payment(company: &Company, customer: i64, row: &Params, before: &[Payment]) -> Result<Payment, Refusal> {
    let no = row.required("invoiceNo", "invoiceNo")?;
    let invoice = company.numbered(super::invoices::LABEL, &no).and_then(|id| company.invoices.get(id));
    let invoice = invoice.filter(|invoice| invoice.customer == customer);
    let invoice = invoice.ok_or_else(|| Refusal::not_found("Faktur Penjualan", &no))?;
    let amount = row.decimal("paymentAmount")?.ok_or_else(|| Refusal::must_be_filled("paymentAmount"))?;
    let earlier: Decimal = before.iter().filter(|paid| paid.invoice == invoice.id).map(|paid| paid.amount).sum();
    if amount + earlier > company.owing_on(invoice) {
        return Err(Refusal::text(format!("Pembayaran faktur \"{no}\" melebihi nilai piutang fakturnya")));
    }
    let discount = |line: &Params| {
        let unknown = || Refusal::text("Akun diskon tidak ditemukan atau sudah dihapus");
        let account = company.usable_account(line, "accountNo", "accountId").map_err(|refusal| {
            if refusal.0.iter().any(|text| text.contains("tidak ditemukan")) { unknown() } else { refusal }
        })?;
        Ok((account.ok_or_else(unknown)?, line.decimal("amount")?.unwrap_or_default(), line.text("discountNotes")))
    };
    let discounts = row.rows("detailDiscount").iter().map(discount).collect::<Result<_, Refusal>>()?;
    Ok(Payment { invoice: invoice.id, amount, discounts })
}

fn post(company: &mut Company, receipt: &Receipt) {
    let source = Source::Receipt(receipt.id);
    let receivable = company.preferred_account(Purpose::Receivable);
    company.post_entry(receipt.bank, receipt.date, receipt.cheque_amount, source);
    for paid in &receipt.payments {
        company.post_entry(receivable, receipt.date, -paid.amount, source);
        for (account, amount, _) in &paid.discounts {
            company.post_entry(*account, receipt.date, *amount, source);
        }
    }
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let receipt = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    document::deletable(company, LABEL, &receipt.number, receipt.date)?;
    company.unpost(Source::Receipt(receipt.id));
    company.receipts.remove(receipt.id);
    company.free_number(LABEL, &receipt.number);
    for paid in &receipt.payments {
        company.pays_no_more(receipt.id, paid.invoice);
    }
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", receipt.number)))
}

fn render(company: &Company, receipt: &Receipt) -> Record {
    let invoices: Vec<Record> = receipt.payments.iter().map(|paid| render_payment(company, receipt, paid)).collect();
    record! {
        "id" => receipt.id,
        "number" => &receipt.number,
        "transDate" => clock::slashed(receipt.date),
        "transDateView" => clock::spelled(receipt.date),
        "customerId" => receipt.customer,
        "customer" => customers::brief(company, receipt.customer),
        "branchId" => receipt.branch,
        "bankId" => receipt.bank,
        "bank" => accounts::brief(company, receipt.bank),
        "chequeAmount" => receipt.cheque_amount,
        "totalPayment" => receipt.cheque_amount,
        "paymentMethod" => receipt.method,
        "paymentMethodName" => payment_name(receipt.method),
        "description" => receipt.description.clone(),
        "rate" => Decimal::ONE,
        "useCredit" => false,
        "approvalStatus" => "APPROVED",
        "journalId" => receipt.id + 9000,
        "lastUpdate" => clock::slashed_time(receipt.last_update),
        "optLock" => 0,
        "detailInvoice" => invoices,
    }
}

fn render_payment(company: &Company, receipt: &Receipt, paid: &Payment) -> Record {
    let number = company.invoices.get(paid.invoice).map(|invoice| invoice.number.clone());
    let discounts: Vec<Record> = paid
        .discounts
        .iter()
        .map(|(account, amount, notes)| {
            record! {
                "accountId" => *account,
                "account" => accounts::brief(company, *account),
                "amount" => *amount,
                "discountNotes" => notes.clone(),
            }
        })
        .collect();
    let discount: Decimal = paid.discounts.iter().map(|(_, amount, _)| *amount).sum();
    record! {
        "salesReceiptId" => receipt.id,
        "invoiceId" => paid.invoice,
        "invoice" => record! { "id" => paid.invoice, "number" => number },
        "paymentAmount" => paid.amount,
        "invoicePayment" => paid.amount - discount,
        "discountAmount" => discount,
        "detailDiscount" => Json::from(discounts),
    }
}
