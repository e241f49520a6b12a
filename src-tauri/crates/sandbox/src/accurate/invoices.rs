//! Sales invoices, module `sales-invoice` (accurate-online-api.md §6.8). How an invoice is shown is in `invoice_view`.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounts::Purpose;
use super::company::{self, Company, Movement, Source};
use super::document::{self, Line};
use super::envelope::{Answer, Outcome, Refusal};
use super::invoice_view::{render, render_some};
use super::listing::{self, Key, Listed};
use super::masters::MasterKind;
use super::params::Params;
use super::wire::{Json, Record};
use crate::clock;

pub(crate) const LABEL: &str = "Faktur Penjualan";

/// Detail keys that come back empty in `list.do` (§5).
const EMPTY_IN_LIST: &[&str] = &["outstanding", "status", "customerName", "branchName"];

/// One invoice, worked out.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) date: Date,
    pub(crate) customer: i64,
    pub(crate) branch: i64,
    pub(crate) header: Params,
    pub(crate) written: Vec<Line>,
    pub(crate) lines: Vec<InvoiceLine>,
    pub(crate) expenses: Vec<Expense>,
    pub(crate) sub_total: Decimal,
    pub(crate) cash_discount: Decimal,
    pub(crate) tax: Option<i64>,
    pub(crate) tax_amount: Decimal,
    pub(crate) tax_base: Decimal,
    pub(crate) inclusive_tax: bool,
    pub(crate) total: Decimal,
    pub(crate) opt_lock: i64,
    pub(crate) last_update: Timestamp,
}

/// One line of goods.
#[derive(Clone, Debug)]
pub(crate) struct InvoiceLine {
    pub(crate) id: i64,
    pub(crate) item: i64,
    pub(crate) warehouse: i64,
    pub(crate) detail_name: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) quantity: Decimal,
    pub(crate) unit_price: Decimal,
    pub(crate) percent: String,
    pub(crate) discount: Decimal,
    pub(crate) gross: Decimal,
    pub(crate) total: Decimal,
    pub(crate) taxed: bool,
}

/// One expense line.
#[derive(Clone, Debug)]
pub(crate) struct Expense {
    pub(crate) account: i64,
    pub(crate) amount: Decimal,
    pub(crate) name: Option<String>,
}

impl Company {
    /// What has been paid on an invoice, discounts included.
    pub(crate) fn paid_on(&self, invoice: i64) -> Decimal {
        self.receipts_of(invoice)
            .flat_map(|receipt| &receipt.payments)
            .filter(|paid| paid.invoice == invoice)
            .map(|paid| paid.amount)
            .sum()
    }

    /// What is still owed on an invoice.
    pub(crate) fn owing_on(&self, invoice: &Invoice) -> Decimal {
        invoice.total - self.paid_on(invoice.id) - self.returned_on(invoice.id)
    }
}

impl Listed for Invoice {
    const FILTERS: &'static [&'static str] = &[
        "id",
        "number",
        "transDate",
        "customerId",
        "branchId",
        "lastUpdate",
        "approvalStatus",
        "reverseInvoice",
        "invoiceDp",
    ];
    const SHORT: &'static [&'static str] = &["id", "number", "transDate", "customer", "totalAmount", "statusName"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "number" => Some(Key::text(&self.number)),
            "transDate" => Some(Key::Date(self.date)),
            "customerId" => Some(Key::Number(self.customer.into())),
            "branchId" => Some(Key::Number(self.branch.into())),
            "totalAmount" => Some(Key::Number(self.total)),
            "approvalStatus" => Some(Key::text("APPROVED")),
            "reverseInvoice" | "invoiceDp" => Some(Key::Flag(false)),
            "lastUpdate" => Some(Key::Moment(clock::in_wib(self.last_update).datetime())),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.number]
    }
}

/// Serves one action of `sales-invoice`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => list(company, params, cap),
        "detail" => find(company, params).map(|invoice| Answer::Detail(render(company, invoice))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn list(company: &Company, params: &Params, cap: usize) -> Outcome {
    let filter = params.nested("filter");
    let customer = match filter.text("customerNo") {
        Some(no) => {
            let found = company.customers.iter().find(|(_, customer)| customer.no == no);
            Some(found.map(|(id, _)| id).ok_or_else(|| Refusal::not_exact("Pelanggan"))?)
        }
        None => None,
    };
    let outstanding = filter.flag("outstanding")?.or(params.flag("outstandingFilter")?);
    let rows = company
        .invoices
        .iter()
        .map(|(_, invoice)| invoice)
        .filter(|invoice| customer.is_none_or(|customer| customer == invoice.customer))
        .filter(|invoice| outstanding.is_none_or(|wanted| wanted == (company.owing_on(invoice) > Decimal::ZERO)));
    let wanted = listing::wanted::<Invoice>(params);
    listing::list(rows, params, cap, |invoice| {
        let mut shown = render_some(company, invoice, &wanted);
        for name in EMPTY_IN_LIST {
            shown.set(*name, Json::Null);
        }
        shown
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Invoice, Refusal> {
    let id = params.integer("id")?;
    let number = params.text("number");
    let id = id.or_else(|| company.numbered(LABEL, &number?));
    id.and_then(|id| company.invoices.get(id)).ok_or_else(|| Refusal::not_exact(LABEL))
}

fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    let old = match params.integer("id")? {
        Some(_) => Some(find(company, params)?.clone()),
        None => None,
    };
    let invoice = build(company, params, old.as_ref())?;
    if let Some(old) = &old {
        company.unpost(Source::Invoice(old.id));
        company.free_number(LABEL, &old.number);
    }
    let id = match &old {
        Some(old) => {
            company.invoices.put(old.id, invoice);
            old.id
        }
        None => company.invoices.add(|id| Invoice { id, ..invoice }),
    };
    company.writes += 1;
    let Some(saved) = company.invoices.get(id).cloned() else { return Err(Refusal::not_exact(LABEL)) };
    company.give_number(LABEL, &saved.number, id);
    post(company, &saved);
    Ok((format!("{LABEL} \"{}\" berhasil disimpan", saved.number), render(company, &saved)))
}

fn build(company: &mut Company, params: &Params, old: Option<&Invoice>) -> Result<Invoice, Refusal> {
    let header = old.map_or_else(|| params.clone(), |old| old.header.overlaid(params));
    let customer = company.customer_named(&header)?;
    let date = company.document_date(&header, false)?;
    let branch = company.branch(&header)?;
    let own = old.map(|old| old.number.as_str());
    let number = document::number(company, LABEL, params, own, "No Faktur", "SI", date)?;
    let written = document::merge_lines(company, old.map_or(&[], |old| &old.written), &params.rows("detailItem"))?;
    let mut problems = Vec::new();
    if written.is_empty() {
        problems.push("Detail dari transaksi belum diisi!".to_owned());
    }
    let lines: Vec<InvoiceLine> =
        written.iter().map(|(id, line)| build_line(company, *id, line)).collect::<Result<_, _>>()?;
    let expenses =
        header.rows("detailExpense").iter().map(|line| build_expense(company, line)).collect::<Result<Vec<_>, _>>()?;
    let sub_total: Decimal = lines.iter().map(|line| line.total).sum();
    let cash_discount = match header.text("cashDiscPercent") {
        Some(percent) => sub_total - discounted(sub_total, &percent, "cashDiscPercent")?,
        None => header.decimal("cashDiscount")?.unwrap_or_default(),
    };
    if cash_discount > sub_total {
        problems.push("Diskon tidak boleh melebihi nilai sub total".to_owned());
    }
    if !problems.is_empty() {
        return Err(Refusal(problems));
    }
    let tax = company.referenced(MasterKind::Tax, &header, "tax1Name", "tax1Id")?;
    let mut invoice = Invoice {
        id: old.map(|old| old.id).unwrap_or_default(),
        number,
        date,
        customer,
        branch,
        written,
        lines,
        sub_total,
        cash_discount,
        tax,
        tax_amount: Decimal::ZERO,
        tax_base: Decimal::ZERO,
        inclusive_tax: header.flag("inclusiveTax")?.unwrap_or(false),
        total: sub_total - cash_discount + expenses.iter().map(|expense| expense.amount).sum::<Decimal>(),
        expenses,
        opt_lock: old.map_or(0, |old| old.opt_lock + 1),
        last_update: company::now(),
        header,
    };
    if invoice.header.flag("taxable")?.unwrap_or(false) {
        add_tax(company, &mut invoice);
    }
    Ok(invoice)
}

/// A document of goods that came back, worked out as an invoice of the same lines would be.
pub(crate) fn work_out(
    company: &mut Company,
    header: &Params,
    number: String,
    date: Date,
    customer: i64,
) -> Result<Invoice, Refusal> {
    let branch = company.branch(header)?;
    let written = document::merge_lines(company, &[], &header.rows("detailItem"))?;
    if written.is_empty() {
        return Err(Refusal::text("Detail dari transaksi belum diisi!"));
    }
    let lines: Vec<InvoiceLine> =
        written.iter().map(|(id, line)| build_line(company, *id, line)).collect::<Result<_, _>>()?;
    let sub_total: Decimal = lines.iter().map(|line| line.total).sum();
    let cash_discount = header.decimal("cashDiscount")?.unwrap_or_default();
    if cash_discount > sub_total {
        return Err(Refusal::text("Diskon tidak boleh melebihi nilai sub total"));
    }
    let mut goods = Invoice {
        id: 0,
        number,
        date,
        customer,
        branch,
        written,
        lines,
        expenses: Vec::new(),
        sub_total,
        cash_discount,
        tax: company.referenced(MasterKind::Tax, header, "tax1Name", "tax1Id")?,
        tax_amount: Decimal::ZERO,
        tax_base: Decimal::ZERO,
        inclusive_tax: header.flag("inclusiveTax")?.unwrap_or(false),
        total: sub_total - cash_discount,
        opt_lock: 0,
        last_update: company::now(),
        header: header.clone(),
    };
    if header.flag("taxable")?.unwrap_or(false) {
        add_tax(company, &mut goods);
    }
    Ok(goods)
}

fn build_line(company: &Company, id: i64, line: &Params) -> Result<InvoiceLine, Refusal> {
    let item = company.item_named(line)?;
    let unit_price = line.decimal("unitPrice")?.ok_or_else(|| Refusal::must_be_filled("unitPrice"))?;
    let quantity = line.decimal("quantity")?.unwrap_or(Decimal::ONE);
    let gross = (unit_price * quantity).round_dp(6);
    let percent = line.text("itemDiscPercent").unwrap_or_default();
    let after_percent = discounted(gross, &percent, "itemDiscPercent")?;
    // A cash discount is the line's total (§6.8).
    let discount = gross - after_percent + line.decimal("itemCashDiscount")?.unwrap_or_default();
    company.referenced(MasterKind::Unit, line, "itemUnitName", "itemUnitId")?;
    Ok(InvoiceLine {
        id,
        item,
        warehouse: company.warehouse(line)?,
        detail_name: line.text("detailName"),
        notes: line.text("detailNotes"),
        quantity,
        unit_price,
        percent,
        discount,
        gross,
        total: gross - discount,
        taxed: line.flag("useTax1")?.unwrap_or(false),
    })
}

fn build_expense(company: &Company, line: &Params) -> Result<Expense, Refusal> {
    let account =
        company.usable_account(line, "accountNo", "accountId")?.ok_or_else(|| Refusal::must_be_filled("accountNo"))?;
    Ok(Expense { account, amount: line.decimal("expenseAmount")?.unwrap_or_default(), name: line.text("expenseName") })
}

/// An amount after a chain of percentages such as `5 + 2`.
fn discounted(amount: Decimal, percents: &str, field: &str) -> Result<Decimal, Refusal> {
    let mut rest = amount;
    for percent in percents.split('+').map(str::trim).filter(|percent| !percent.is_empty()) {
        let percent: Decimal = percent.parse().map_err(|_| Refusal::invalid_field(field))?;
        rest = (rest * (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED).round_dp(6);
    }
    Ok(rest)
}

/// Works out the tax of the lines that use it; the header discount is shared among the lines by amount.
fn add_tax(company: &Company, invoice: &mut Invoice) {
    let line_tax = |line: &InvoiceLine| invoice.tax.or_else(|| company.items.get(line.item)?.tax);
    let default = company.default_master(MasterKind::Tax).map(|tax| tax.id);
    let mut base = Decimal::ZERO;
    let mut amount = Decimal::ZERO;
    let mut used = None;
    for line in invoice.lines.iter().filter(|line| line.taxed) {
        let Some(tax) = line_tax(line).or(default) else { continue };
        let rate = match company.master(MasterKind::Tax, tax).and_then(|tax| tax.fields.get("rate")) {
            Some(Json::Dec(rate)) => *rate,
            _ => continue,
        };
        used = Some(tax);
        let share = if invoice.sub_total.is_zero() {
            Decimal::ZERO
        } else {
            invoice.cash_discount * line.total / invoice.sub_total
        };
        let taxable = line.total - share;
        let net = if invoice.inclusive_tax {
            taxable * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate)
        } else {
            taxable
        };
        base += net;
        amount += net * rate / Decimal::ONE_HUNDRED;
    }
    invoice.tax = used;
    invoice.tax_base = base.round_dp(6);
    invoice.tax_amount = amount.round_dp(6);
    if !invoice.inclusive_tax {
        invoice.total += invoice.tax_amount;
    }
}

fn post(company: &mut Company, invoice: &Invoice) {
    let source = Source::Invoice(invoice.id);
    let [receivable, sales, tax, inventory, cogs] =
        [Purpose::Receivable, Purpose::Sales, Purpose::SalesTax, Purpose::Inventory, Purpose::CostOfGoods]
            .map(|purpose| company.preferred_account(purpose));
    let expenses: Decimal = invoice.expenses.iter().map(|expense| expense.amount).sum();
    company.post_entry(receivable, invoice.date, invoice.total, source);
    company.post_entry(sales, invoice.date, expenses + invoice.tax_amount - invoice.total, source);
    company.post_entry(tax, invoice.date, -invoice.tax_amount, source);
    for expense in &invoice.expenses {
        company.post_entry(expense.account, invoice.date, -expense.amount, source);
    }
    for line in &invoice.lines {
        if company.items.get(line.item).is_none_or(|item| item.kind != "INVENTORY") {
            continue;
        }
        let cost = (company.average_cost(line.item) * line.quantity).round_dp(6);
        company.post_stock(Movement {
            item: line.item,
            warehouse: line.warehouse,
            date: invoice.date,
            quantity: -line.quantity,
            cost: -cost,
            source,
        });
        company.post_entry(inventory, invoice.date, -cost, source);
        company.post_entry(cogs, invoice.date, cost, source);
    }
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let invoice = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    document::deletable(company, LABEL, &invoice.number, invoice.date)?;
    if company.receipts_of(invoice.id).next().is_some() {
        // Product behaviour; the wording is not recorded. [guess]
        return Err(Refusal::text(format!("{LABEL} \"{}\" tidak dapat dihapus karena sudah dibayar", invoice.number)));
    }
    if company.returns_of(invoice.id).next().is_some() {
        return Err(Refusal::text(format!(
            "{LABEL} \"{}\" tidak dapat dihapus karena sudah ada retur",
            invoice.number
        )));
    }
    company.unpost(Source::Invoice(invoice.id));
    company.invoices.remove(invoice.id);
    company.free_number(LABEL, &invoice.number);
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", invoice.number)))
}
