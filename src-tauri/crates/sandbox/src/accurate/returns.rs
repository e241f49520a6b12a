//! Sales returns, module `sales-return` (accurate-online-api.md §6.10). Only returns of an invoice are kept; a return cannot be changed
//! here, only made and deleted. What the real service says to a wrong one is not recorded: the refusals are guesses, and this is their
//! only place.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounts::Purpose;
use super::company::{Company, Movement, Source};
use super::customers;
use super::document;
use super::envelope::{Answer, Outcome, Refusal};
use super::invoice_view::render_line;
use super::invoices::{self, Invoice};
use super::listing::{self, Key, Listed};
use super::params::Params;
use super::wire::{Json, Record, record};
use crate::clock;

const LABEL: &str = "Retur Penjualan";

/// One return: what comes back, worked out like an invoice, and the invoice that it is of.
#[derive(Clone, Debug)]
pub(crate) struct Return {
    pub(crate) id: i64,
    pub(crate) invoice: i64,
    pub(crate) goods: Invoice,
}

impl Return {
    fn date(&self) -> Date {
        self.goods.date
    }
}

impl Company {
    /// The returns of an invoice, the oldest first.
    pub(crate) fn returns_of(&self, invoice: i64) -> impl Iterator<Item = &Return> {
        self.returns.iter().map(|(_, back)| back).filter(move |back| back.invoice == invoice)
    }

    /// What came back of an invoice.
    pub(crate) fn returned_on(&self, invoice: i64) -> Decimal {
        self.returns_of(invoice).map(|back| back.goods.total).sum()
    }

    /// How many units of an item came back of an invoice.
    pub(crate) fn returned_units(&self, invoice: i64, item: i64) -> Decimal {
        let lines = self.returns_of(invoice).flat_map(|back| &back.goods.lines);
        lines.filter(|line| line.item == item).map(|line| line.quantity).sum()
    }
}

impl Listed for Return {
    const FILTERS: &'static [&'static str] = &["id", "number", "transDate", "customerId", "branchId", "lastUpdate"];
    const SHORT: &'static [&'static str] = &["id", "number", "transDate", "customer", "totalAmount"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            _ => self.goods.key(name),
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.goods.number]
    }
}

/// Serves one action of `sales-return`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => listing::list(company.returns.iter().map(|(_, row)| row), params, cap, |row| render(company, row)),
        "detail" => find(company, params).map(|row| Answer::Detail(render(company, row))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Return, Refusal> {
    let id = params.integer("id")?;
    let number = params.text("number");
    let id = id.or_else(|| company.numbered(LABEL, &number?));
    id.and_then(|id| company.returns.get(id)).ok_or_else(|| Refusal::not_exact(LABEL))
}

fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    if params.has("id") {
        return Err(Refusal::text("Perubahan retur tidak didukung"));
    }
    let back = build(company, params)?;
    let id = company.returns.add(|id| Return { id, ..back });
    company.writes += 1;
    let Some(saved) = company.returns.get(id).cloned() else { return Err(Refusal::not_exact(LABEL)) };
    company.give_number(LABEL, &saved.goods.number, id);
    post(company, &saved);
    Ok((format!("{LABEL} \"{}\" berhasil disimpan", saved.goods.number), render(company, &saved)))
}

fn build(company: &mut Company, params: &Params) -> Result<Return, Refusal> {
    let kind = params.required("returnType", "returnType")?;
    if !["INVOICE", "INVOICE_DP", "DELIVERY", "NO_INVOICE"].contains(&kind.as_str()) {
        return Err(Refusal::invalid_field("returnType"));
    }
    if kind != "INVOICE" {
        return Err(Refusal::text("Hanya retur dari faktur yang didukung"));
    }
    params.date("taxDate")?.ok_or_else(|| Refusal::must_be_filled("taxDate"))?;
    params.required("taxNumber", "taxNumber")?;
    let no = params.required("invoiceNumber", "No Faktur #")?;
    let customer = company.customer_named(params)?;
    let invoice = company.numbered(invoices::LABEL, &no).and_then(|id| company.invoices.get(id)).cloned();
    let invoice = invoice.filter(|invoice| invoice.customer == customer);
    let invoice = invoice.ok_or_else(|| Refusal::not_found(invoices::LABEL, &no))?;
    let date = company.document_date(params, true)?;
    let number = document::number(company, LABEL, params, None, "Nomor", "SR", date)?;
    let goods = invoices::work_out(company, params, number, date, customer)?;
    for line in &goods.lines {
        let all = |lines: &[invoices::InvoiceLine]| -> Decimal {
            lines.iter().filter(|other| other.item == line.item).map(|other| other.quantity).sum()
        };
        if all(&goods.lines) + company.returned_units(invoice.id, line.item) > all(&invoice.lines) {
            let name = company.items.get(line.item).map(|item| item.name.clone()).unwrap_or_default();
            return Err(Refusal::text(format!("Kuantitas retur barang \"{name}\" melebihi kuantitas fakturnya")));
        }
    }
    Ok(Return { id: 0, invoice: invoice.id, goods })
}

/// The mirror of what an invoice does: goods come back at what they cost on average, the customer owes less, sales and tax fall.
fn post(company: &mut Company, back: &Return) {
    let (source, goods) = (Source::Return(back.id), &back.goods);
    let [receivable, sales, tax, inventory, cogs] =
        [Purpose::Receivable, Purpose::Sales, Purpose::SalesTax, Purpose::Inventory, Purpose::CostOfGoods]
            .map(|purpose| company.preferred_account(purpose));
    company.post_entry(receivable, goods.date, -goods.total, source);
    company.post_entry(sales, goods.date, goods.total - goods.tax_amount, source);
    company.post_entry(tax, goods.date, goods.tax_amount, source);
    for line in &goods.lines {
        if company.items.get(line.item).is_none_or(|item| item.kind != "INVENTORY") {
            continue;
        }
        let cost = (company.average_cost(line.item) * line.quantity).round_dp(6);
        company.post_stock(Movement {
            item: line.item,
            warehouse: line.warehouse,
            date: goods.date,
            quantity: line.quantity,
            cost,
            source,
        });
        company.post_entry(inventory, goods.date, cost, source);
        company.post_entry(cogs, goods.date, -cost, source);
    }
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let back = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    document::deletable(company, LABEL, &back.goods.number, back.date())?;
    company.unpost(Source::Return(back.id));
    company.returns.remove(back.id);
    company.free_number(LABEL, &back.goods.number);
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", back.goods.number)))
}

fn render(company: &Company, back: &Return) -> Record {
    let goods = &back.goods;
    let lines = goods.lines.iter().enumerate().map(|(index, line)| render_line(company, goods, index, line));
    let number = company.invoices.get(back.invoice).map(|invoice| invoice.number.clone());
    record! {
        "id" => back.id,
        "number" => &goods.number,
        "transDate" => clock::slashed(goods.date),
        "transDateView" => clock::spelled(goods.date),
        "returnType" => "INVOICE",
        "customerId" => goods.customer,
        "customer" => customers::brief(company, goods.customer),
        "branchId" => goods.branch,
        "invoiceId" => back.invoice,
        "invoice" => record! { "id" => back.invoice, "number" => number },
        "description" => goods.header.text("description"),
        "taxDate" => goods.header.text("taxDate"),
        "taxNumber" => goods.header.text("taxNumber"),
        "taxable" => goods.header.flag("taxable").ok().flatten().unwrap_or(false),
        "inclusiveTax" => goods.inclusive_tax,
        "tax1Amount" => goods.tax_amount,
        "subTotal" => goods.sub_total,
        "cashDiscount" => goods.cash_discount,
        "totalAmount" => goods.total,
        "approvalStatus" => "APPROVED",
        "lastUpdate" => clock::slashed_time(goods.last_update),
        "optLock" => 0,
        "detailItem" => Json::from(lines.collect::<Vec<Record>>()),
    }
}

/// How an invoice shows what came back of it.
pub(crate) fn history(company: &Company, invoice: i64) -> Vec<Record> {
    company
        .returns_of(invoice)
        .map(|back| {
            record! {
                "id" => back.id,
                "historyNumber" => &back.goods.number,
                "historyDate" => clock::slashed(back.goods.date),
                "historyAmount" => back.goods.total,
                "approvalStatus" => "APPROVED",
            }
        })
        .collect()
}
