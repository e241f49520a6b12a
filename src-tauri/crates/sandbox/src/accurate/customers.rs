//! Customers, module `customer` (accurate-online-api.md §6.7).

use jiff::Timestamp;

use super::company::{self, Company, FIRST_ID};
use super::envelope::{Answer, Outcome, Refusal};
use super::item_view::embedded;
use super::listing::{self, Key, Listed};
use super::masters::MasterKind;
use super::params::Params;
use super::wire::{Json, Record, record};
use crate::clock;

const LABEL: &str = "Pelanggan";
/// Contact fields kept as sent.
const CONTACT: &[&str] =
    &["email", "mobilePhone", "workPhone", "fax", "website", "notes", "npwpNo", "billStreet", "billCity"];

/// One customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) no: String,
    pub(crate) name: String,
    pub(crate) category: i64,
    pub(crate) branch: Option<i64>,
    pub(crate) suspended: bool,
    pub(crate) currency: i64,
    pub(crate) opt_lock: i64,
    pub(crate) last_update: Timestamp,
    pub(crate) contact: Record,
}

impl Listed for Customer {
    const FILTERS: &'static [&'static str] =
        &["id", "no", "customerNo", "name", "suspended", "customerCategoryId", "branchId", "lastUpdate"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "no" | "customerNo" => Some(Key::text(&self.no)),
            "name" => Some(Key::text(&self.name)),
            "customerCategoryId" => Some(Key::Number(self.category.into())),
            "branchId" => Some(self.branch.map_or(Key::Empty, |branch| Key::Number(branch.into()))),
            "suspended" => Some(Key::Flag(self.suspended)),
            "lastUpdate" => Some(Key::Moment(clock::in_wib(self.last_update).datetime())),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.no, &self.name]
    }
}

/// The short form embedded in documents.
pub(crate) fn brief(company: &Company, id: i64) -> Json {
    company
        .customers
        .get(id)
        .map(|customer| {
            record! {
                "id" => customer.id,
                "customerNo" => &customer.no,
                "name" => &customer.name,
                "categoryId" => customer.category,
                "currencyId" => customer.currency,
                "priceCategoryId" => FIRST_ID,
                "suspended" => customer.suspended,
                "optLock" => customer.opt_lock,
            }
        })
        .into()
}

fn render(company: &Company, customer: &Customer) -> Record {
    let Json::Object(mut shown) = brief(company, customer.id) else { return Record::default() };
    shown.set("category", embedded(company, MasterKind::CustomerCategory, Some(customer.category)));
    shown.set("currency", super::masters::currency(company, customer.currency));
    shown.set("discountCategoryId", Json::Null);
    shown.set("defaultTermId", FIRST_ID);
    shown.set("branchId", customer.branch);
    shown.set("customerTaxType", "CTAS_DIPERSAMAKAN");
    shown.set("documentCode", "DIGUNGGUNG");
    let mut contact = record! { "id" => customer.id + 1000, "name" => &customer.name };
    for name in CONTACT {
        let value = customer.contact.get(name).cloned().unwrap_or(Json::Null);
        contact.set(*name, value.clone());
        shown.set(*name, value);
    }
    shown.set("contactInfo", contact);
    shown.set("billAddressId", customer.id + 2000);
    shown.set("shipAddressId", customer.id + 3000);
    shown.set("lastUpdate", clock::slashed_time(customer.last_update));
    shown
}

/// Serves one action of `customer`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => listing::list(company.customers.iter().map(|(_, row)| row), params, cap, |customer| {
            render(company, customer)
        }),
        "detail" => find(company, params).map(|customer| Answer::Detail(render(company, customer))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Customer, Refusal> {
    let id = params.integer("id")?;
    let no = params.text("customerNo");
    let found = company
        .customers
        .iter()
        .map(|(_, row)| row)
        .find(|row| Some(row.id) == id || (id.is_none() && Some(&row.no) == no.as_ref()));
    found.ok_or_else(|| Refusal::not_exact(LABEL))
}

fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    let old = match params.integer("id")? {
        Some(id) => Some(company.customers.get(id).cloned().ok_or_else(|| Refusal::not_exact(LABEL))?),
        None => None,
    };
    let name = params
        .text("name")
        .or_else(|| Some(old.as_ref()?.name.clone()))
        .ok_or_else(|| Refusal::must_be_filled("Nama"))?;
    let no = params.text("customerNo").or_else(|| Some(old.as_ref()?.no.clone())).unwrap_or_else(|| next_no(company));
    let id = old.as_ref().map(|old| old.id);
    if company.customers.iter().any(|(other, row)| row.no == no && Some(other) != id) {
        return Err(Refusal::duplicate("ID Pelanggan", &no));
    }
    params.date("transDate")?;
    let category = company.referenced(MasterKind::CustomerCategory, params, "categoryName", "categoryId")?;
    company.referenced(MasterKind::PaymentTerm, params, "termName", "defaultTermId")?;
    let currency = super::masters::currency_named(company, params, old.as_ref().map(|old| old.currency))?;
    let default = company.default_master(MasterKind::CustomerCategory).map_or(FIRST_ID, |master| master.id);
    let branch = match &old {
        Some(old) => company.referenced(MasterKind::Branch, params, "branchName", "branchId")?.or(old.branch),
        None => Some(company.branch(params)?),
    };
    let mut contact = old.as_ref().map(|old| old.contact.clone()).unwrap_or_default();
    for field in CONTACT {
        if let Some(text) = params.sent_text(field) {
            contact.set(*field, text);
        }
    }
    let customer = Customer {
        id: id.unwrap_or_default(),
        no,
        name: name.clone(),
        category: category.or_else(|| Some(old.as_ref()?.category)).unwrap_or(default),
        branch,
        suspended: params.flag("suspended")?.or_else(|| Some(old.as_ref()?.suspended)).unwrap_or(false),
        currency,
        opt_lock: old.as_ref().map_or(0, |old| old.opt_lock + 1),
        last_update: company::now(),
        contact,
    };
    let id = match id {
        Some(id) => {
            company.customers.put(id, customer);
            id
        }
        None => company.customers.add(|id| Customer { id, ..customer }),
    };
    company.writes += 1;
    let shown = company.customers.get(id).map(|customer| render(company, customer)).unwrap_or_default();
    Ok((format!("{LABEL} \"{name}\" berhasil disimpan"), shown))
}

/// `C.00009`: the number the server gives (§6.7).
fn next_no(company: &Company) -> String {
    let last = company
        .customers
        .iter()
        .filter_map(|(_, row)| row.no.strip_prefix("C.")?.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    format!("C.{:05}", last + 1)
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let customer = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    if company.invoices.iter().any(|(_, invoice)| invoice.customer == customer.id) {
        // Product behaviour; the wording is not recorded. [guess]
        return Err(Refusal::text(format!(
            "{LABEL} \"{}\" tidak dapat dihapus karena sudah memiliki transaksi",
            customer.name
        )));
    }
    company.customers.remove(customer.id);
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", customer.name)))
}
