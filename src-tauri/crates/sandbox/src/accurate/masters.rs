//! The small masters: unit, item category, customer category, branch, warehouse, tax, currency, payment term
//! (accurate-online-api.md §6.2).

use super::company::Company;
use super::envelope::{Answer, Outcome, Refusal};
use super::listing::{self, Key, Listed};
use super::params::Params;
use super::wire::{Json, Record, record};

/// Longest unit name (§8).
const UNIT_NAME_LIMIT: usize = 7;

/// Which table of small masters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum MasterKind {
    Unit,
    ItemCategory,
    CustomerCategory,
    Branch,
    Warehouse,
    Tax,
    Currency,
    PaymentTerm,
}

impl MasterKind {
    pub(crate) const ALL: [MasterKind; 8] = [
        Self::Unit,
        Self::ItemCategory,
        Self::CustomerCategory,
        Self::Branch,
        Self::Warehouse,
        Self::Tax,
        Self::Currency,
        Self::PaymentTerm,
    ];

    /// The module in the path.
    pub(crate) fn module(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::ItemCategory => "item-category",
            Self::CustomerCategory => "customer-category",
            Self::Branch => "branch",
            Self::Warehouse => "warehouse",
            Self::Tax => "tax",
            Self::Currency => "currency",
            Self::PaymentTerm => "payment-term",
        }
    }

    /// What messages call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Unit => "Satuan Barang",
            Self::ItemCategory => "Kategori Barang",
            Self::CustomerCategory => "Kategori Pelanggan",
            Self::Branch => "Cabang",
            Self::Warehouse => "Gudang",
            Self::Tax => "Pajak",
            Self::Currency => "Mata Uang",
            Self::PaymentTerm => "Syarat Pembayaran",
        }
    }

    /// Whether the module has `bulk-save.do` (§6.2: warehouse has none).
    pub(crate) fn has_bulk(self) -> bool {
        !matches!(self, Self::Warehouse)
    }
}

/// One small master. Fields that only one kind has are in `fields`, as they are shown.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) default: bool,
    pub(crate) suspended: bool,
    pub(crate) opt_lock: i64,
    pub(crate) fields: Record,
}

impl Listed for Master {
    const FILTERS: &'static [&'static str] = &["id", "name", "suspended", "taxType"];
    const SHORT: &'static [&'static str] = &[
        "id",
        "name",
        "code",
        "symbol",
        "taxCode",
        "taxType",
        "description",
        "pic",
        "locationId",
        "defaultWarehouse",
        "scrapWarehouse",
        "defaultBranch",
        "suspended",
        "optLock",
    ];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "name" => Some(Key::text(&self.name)),
            "suspended" => Some(Key::Flag(self.suspended)),
            other => match self.fields.get(other)? {
                Json::Text(text) => Some(Key::text(text)),
                Json::Bool(flag) => Some(Key::Flag(*flag)),
                Json::Int(number) => Some(Key::Number((*number).into())),
                _ => None,
            },
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

/// The object as it is embedded in others and shown by `detail.do`.
pub(crate) fn render(kind: MasterKind, master: &Master) -> Record {
    let mut shown = record! { "id" => master.id };
    match kind {
        MasterKind::Tax => {}
        _ => shown.set("name", &master.name),
    }
    match kind {
        MasterKind::Unit => shown.set("codeUnitTax", Json::Null),
        MasterKind::ItemCategory | MasterKind::CustomerCategory => {
            shown.set("lvl", 1);
            shown.set("sub", false);
            shown.set("parentNode", false);
            shown.set("nameWithIndent", &master.name);
            shown.set("nameWithIndentStrip", &master.name);
            shown.set("defaultCategory", master.default);
            shown.set(
                "parent",
                record! { "id" => super::company::FIRST_ID, "name" => "Root", "lvl" => 0, "parent" => Json::Null },
            );
        }
        MasterKind::Branch => shown.set("defaultBranch", master.default),
        MasterKind::Warehouse => {
            for name in ["description", "pic"] {
                shown.set(name, master.fields.get(name).cloned().unwrap_or(Json::Null));
            }
            shown.set("locationId", master.id + 2);
            shown.set("defaultWarehouse", master.default);
            shown.set("scrapWarehouse", master.fields.get("scrapWarehouse").cloned().unwrap_or(Json::Bool(false)));
        }
        MasterKind::PaymentTerm => shown.set("defaultTerm", master.default),
        MasterKind::Tax | MasterKind::Currency => {}
    }
    for name in field_names(kind) {
        if shown.get(name).is_none() {
            shown.set(*name, master.fields.get(name).cloned().unwrap_or(Json::Null));
        }
    }
    shown.set("suspended", master.suspended);
    shown.set("optLock", master.opt_lock);
    shown
}

/// The currency object of a record. That accounts and customers carry it beside `currencyId` is not recorded. [guess]
pub(crate) fn currency(company: &Company, id: i64) -> Json {
    let Some(currency) = company.master(MasterKind::Currency, id) else { return Json::Null };
    let text = |name: &str| currency.fields.get(name).cloned().unwrap_or(Json::Null);
    record! { "id" => id, "code" => text("code"), "name" => &currency.name, "symbol" => text("symbol") }.into()
}

/// The currency that a save names by its code; without one as it was, or the company's own.
pub(crate) fn currency_named(company: &Company, params: &Params, was: Option<i64>) -> Result<i64, Refusal> {
    let Some(code) = params.text("currencyCode") else { return Ok(was.unwrap_or(super::company::FIRST_ID)) };
    let bears = |currency: &Master| matches!(currency.fields.get("code"), Some(Json::Text(known)) if *known == code);
    let found = company.table(MasterKind::Currency).find(|(_, currency)| bears(currency)).map(|(id, _)| id);
    found.ok_or_else(|| Refusal::not_found(MasterKind::Currency.label(), &code))
}

/// Text fields a kind keeps as they were sent.
fn field_names(kind: MasterKind) -> &'static [&'static str] {
    match kind {
        MasterKind::Warehouse => &["description", "pic", "street", "city", "province", "country", "zipCode"],
        MasterKind::Branch => &["street", "city", "province", "country", "zipCode", "phoneNumber", "nitku"],
        MasterKind::Tax => {
            &["taxCode", "taxType", "taxInfo", "description", "rate", "salesTaxGlAccountId", "purchaseTaxGlAccountId"]
        }
        MasterKind::Currency => &["code", "symbol"],
        MasterKind::PaymentTerm => {
            &["netDays", "discDays", "discPC", "cashOnDelivery", "installmentTerm", "manualTerm", "memo"]
        }
        MasterKind::Unit | MasterKind::ItemCategory | MasterKind::CustomerCategory => &[],
    }
}

/// Serves one action of a small master; `None` when the action does not exist.
pub(crate) fn serve(
    company: &mut Company,
    kind: MasterKind,
    action: &str,
    params: &Params,
    cap: usize,
) -> Option<Outcome> {
    Some(match action {
        "list" => {
            // Its list gives the same rows for each page ("added 2026-11-30").
            let whole = (kind == MasterKind::PaymentTerm).then(|| params.on_the_first_page());
            let params = whole.as_ref().unwrap_or(params);
            listing::list(company.table(kind).map(|(_, master)| master), params, cap, |master| render(kind, master))
        }
        "detail" => find(company, kind, params).map(|master| Answer::Detail(render(kind, master))),
        "save" => save(company, kind, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" if kind.has_bulk() => {
            super::data_host::bulk(company, params, |company, row| save(company, kind, row))
        }
        "delete" => delete(company, kind, params),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, kind: MasterKind, params: &Params) -> Result<&'a Master, Refusal> {
    let by_id = params.integer("id")?.and_then(|id| company.master(kind, id));
    let name = ["name", "unitName", "branchName"].iter().find_map(|key| params.text(key));
    let found = by_id.or_else(|| company.master_by_name(kind, &name?));
    found.ok_or_else(|| Refusal::not_exact(kind.label()))
}

fn save(company: &mut Company, kind: MasterKind, params: &Params) -> Result<(String, Record), Refusal> {
    let id = params.integer("id")?;
    let old = match id {
        Some(id) => Some(company.master(kind, id).cloned().ok_or_else(|| Refusal::not_exact(kind.label()))?),
        None => None,
    };
    let name = match (kind, &old) {
        (MasterKind::Tax, Some(old)) => old.name.clone(),
        (MasterKind::Tax, None) => params.text("description").unwrap_or_else(|| "PPN".into()),
        (MasterKind::Currency, _) => params.text("name").map_or_else(|| params.required("code", "Kode"), Ok)?,
        (_, Some(old)) => params.text("name").unwrap_or_else(|| old.name.clone()),
        (_, None) => params.required("name", "Nama")?,
    };
    if kind == MasterKind::Unit && name.chars().count() > UNIT_NAME_LIMIT {
        return Err(Refusal::too_long("Nama", kind.label(), UNIT_NAME_LIMIT));
    }
    if company.master_by_name(kind, &name).is_some_and(|other| Some(other.id) != id) {
        return Err(Refusal::text(format!("Sudah ada data lain dengan Nama {name}")));
    }
    let suspended = params.flag("suspended")?;
    let mut fields = old.as_ref().map(|old| old.fields.clone()).unwrap_or_default();
    for field in field_names(kind) {
        if let Some(text) = params.sent_text(field) {
            fields.set(*field, text);
        }
    }
    if let Some(scrap) = params.flag("scrapWarehouse")? {
        fields.set("scrapWarehouse", scrap);
    }
    let table = company.masters.entry(kind).or_default();
    let id = match old {
        Some(old) => {
            let opt_lock = old.opt_lock + 1;
            table.put(
                old.id,
                Master {
                    name: name.clone(),
                    fields,
                    suspended: suspended.unwrap_or(old.suspended),
                    opt_lock,
                    ..old.clone()
                },
            );
            old.id
        }
        None => table.add(|id| Master {
            id,
            name: name.clone(),
            default: false,
            suspended: suspended.unwrap_or(false),
            opt_lock: 0,
            fields,
        }),
    };
    company.writes += 1;
    let master = company.master(kind, id).ok_or_else(|| Refusal::not_exact(kind.label()))?;
    Ok((format!("{} \"{name}\" berhasil disimpan", kind.label()), render(kind, master)))
}

fn delete(company: &mut Company, kind: MasterKind, params: &Params) -> Outcome {
    let master = find(company, kind, params).map_err(|refusal| refusal.of_delete(kind.label(), params))?.clone();
    if master.default {
        // Product behaviour; the wording is not recorded. [guess]
        return Err(Refusal::text(format!("{} \"{}\" tidak dapat dihapus", kind.label(), master.name)));
    }
    if let Some(table) = company.masters.get_mut(&kind) {
        table.remove(master.id);
    }
    company.writes += 1;
    Ok(Answer::Deleted(format!("{} \"{}\" berhasil dihapus", kind.label(), master.name)))
}
