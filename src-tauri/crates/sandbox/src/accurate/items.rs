//! Items, module `item`: rules of writing (accurate-online-api.md §6.1, §8). How an item is shown is in `item_view`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::accounts::Purpose;
use super::company::{self, Company, Movement, Source};
use super::envelope::{Answer, Outcome, Refusal};
use super::item_view::{self, render};
use super::listing::{self, Key, Listed};
use super::masters::MasterKind;
use super::params::Params;
use super::wire::{Record, plain, record};
use crate::clock;

pub(crate) const LABEL: &str = "Barang & Jasa";

/// Longest item number (§8).
const NO_LIMIT: usize = 30;
/// Characters allowed in an item number (forstok-accounting-flow.md §2, row 11).
const NO_CHARACTERS: &str = "a-z A-Z 0-9 # * ( ) - . _ /";

/// Kinds of item and the names shown for them.
pub(crate) const ITEM_TYPES: &[(&str, &str)] = &[
    ("INVENTORY", "Persediaan"),
    ("NON_INVENTORY", "Non Persediaan"),
    ("SERVICE", "Jasa"),
    ("GROUP", "Grup"),
    ("PRODUCTION_COST", "Biaya Produksi"),
];

/// Free fields an item keeps as sent.
const TEXTS: &[&str] = &[
    "notes",
    "defaultDiscount",
    "preferedVendorName",
    "charField1",
    "charField2",
    "charField3",
    "charField4",
    "charField5",
    "charField6",
    "charField7",
    "charField8",
    "charField9",
    "charField10",
];
const NUMBERS: &[&str] = &[
    "weight",
    "dimDepth",
    "dimWidth",
    "dimHeight",
    "minimumQuantity",
    "minimumQuantityReorder",
    "percentTaxable",
    "ratio2",
    "ratio3",
    "ratio4",
    "ratio5",
    "unit2Price",
    "unit3Price",
    "unit4Price",
    "unit5Price",
];

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) no: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) category: i64,
    pub(crate) unit: i64,
    pub(crate) unit_price: Decimal,
    pub(crate) vendor_price: Decimal,
    pub(crate) upc: Option<String>,
    pub(crate) tax: Option<i64>,
    pub(crate) suspended: bool,
    pub(crate) opt_lock: i64,
    pub(crate) last_update: Timestamp,
    pub(crate) texts: BTreeMap<&'static str, String>,
    pub(crate) numbers: BTreeMap<&'static str, Decimal>,
}

impl Listed for Item {
    const FILTERS: &'static [&'static str] =
        &["id", "no", "name", "itemType", "itemCategoryId", "lastUpdate", "suspended"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "no" => Some(Key::text(&self.no)),
            "name" => Some(Key::text(&self.name)),
            "itemType" => Some(Key::text(self.kind)),
            "itemCategoryId" => Some(Key::Number(self.category.into())),
            "unitPrice" => Some(Key::Number(self.unit_price)),
            "upcNo" => Some(Key::text(self.upc.as_deref().unwrap_or_default())),
            "suspended" => Some(Key::Flag(self.suspended)),
            "lastUpdate" => Some(Key::Moment(clock::in_wib(self.last_update).datetime())),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.no, &self.name, self.upc.as_deref().unwrap_or_default()]
    }
}

/// Serves one action of `item`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => listing::list(company.items.iter().map(|(_, item)| item), params, cap, |item| render(company, item)),
        "detail" => find(company, params).map(|item| Answer::Detail(render(company, item))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        "get-stock" => get_stock(company, params),
        "get-selling-price" => get_selling_price(company, params),
        "list-stock" => list_stock(company, params, cap),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Item, Refusal> {
    let id = match params.integer("id")? {
        Some(id) => Some(id),
        None => params.text("no").and_then(|no| company.item_by_no.get(&no).copied()),
    };
    id.and_then(|id| company.items.get(id)).ok_or_else(|| Refusal::not_exact(LABEL))
}

/// Only `unitPrice` of the answer is known (§6.1), and what is said of an item that is not there (§3.3).
fn get_selling_price(company: &Company, params: &Params) -> Outcome {
    let by_upc = || company.item_by_upc.get(&params.text("upcNo")?).copied();
    let by_no = || company.item_by_no.get(&params.text("no")?).copied();
    let item = params.integer("id")?.or_else(by_no).or_else(by_upc).and_then(|id| company.items.get(id));
    let missing = || Refusal::text(format!("Missing item: no={}", params.text("no").unwrap_or_default()));
    Ok(Answer::Detail(record! { "unitPrice" => item.ok_or_else(missing)?.unit_price }))
}

fn get_stock(company: &Company, params: &Params) -> Outcome {
    let no = params.required("no", "no")?;
    let item = company.item_by_no.get(&no).copied().ok_or_else(|| Refusal::not_exact(LABEL))?;
    let stock = match warehouse_filter(company, params)? {
        Some(warehouse) => company.stock(item, warehouse),
        None => company.balance(item),
    };
    Ok(Answer::Detail(record! { "availableStock" => stock }))
}

fn list_stock(company: &Company, params: &Params, cap: usize) -> Outcome {
    if params.nested("sp").text("sort").is_some_and(|sort| sort.starts_with("quantity")) {
        // §5: sorting by quantity crashes the server.
        return Err(Refusal::text(super::envelope::SERVER_FAULT));
    }
    let warehouse = warehouse_filter(company, params)?;
    let past = params.date("asOfDate")?.map(|day| company.stock_on(day, warehouse));
    let rows: Vec<&Item> =
        company.items.iter().map(|(_, item)| item).filter(|item| item.kind == "INVENTORY" && !item.suspended).collect();
    listing::page(&rows, params, cap, |item| {
        let quantity = match (&past, warehouse) {
            (Some(past), _) => past.get(&item.id).copied().unwrap_or_default(),
            (None, Some(warehouse)) => company.stock(item.id, warehouse),
            (None, None) => company.balance(item.id),
        };
        record! {
            "id" => item.id,
            "no" => &item.no,
            "name" => &item.name,
            "upcNo" => item.upc.clone(),
            "quantity" => quantity,
            "quantityInAllUnit" => format!("{} {}", plain(quantity), item_view::unit_name(company, item)),
        }
    })
}

/// A warehouse as a filter value: a name that does not exist is `Gudang tidak tepat` (§3.3).
fn warehouse_filter(company: &Company, params: &Params) -> Result<Option<i64>, Refusal> {
    company.referenced(MasterKind::Warehouse, params, "warehouseName", "warehouseId").map_err(|refusal| {
        if refusal.0.iter().any(|text| text.starts_with("Invalid")) { refusal } else { Refusal::not_exact("Gudang") }
    })
}

/// Saves one item: with `id` it updates, without it creates (§6).
pub(crate) fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    let old = match params.integer("id")? {
        Some(id) => Some(company.items.get(id).cloned().ok_or_else(|| Refusal::not_exact(LABEL))?),
        None => None,
    };
    let item = build(company, params, old.as_ref())?;
    let openings = opening_rows(company, params, &item)?;
    if let Some(old) = &old {
        company.item_by_no.remove(&old.no);
        if let Some(upc) = &old.upc {
            company.item_by_upc.remove(upc);
        }
    }
    let (no, upc, name) = (item.no.clone(), item.upc.clone(), item.name.clone());
    let id = match old {
        Some(old) => {
            company.items.put(old.id, item);
            old.id
        }
        None => company.items.add(|id| Item { id, ..item }),
    };
    company.item_by_no.insert(no, id);
    if let Some(upc) = upc {
        company.item_by_upc.insert(upc, id);
    }
    for movement in openings {
        company.opening_rows += 1;
        let (inventory, equity) =
            (company.preferred_account(Purpose::Inventory), company.preferred_account(Purpose::Adjustment));
        let source = Source::OpeningBalance(id);
        company.post_entry(inventory, movement.date, movement.cost, source);
        company.post_entry(equity, movement.date, -movement.cost, source);
        company.post_stock(Movement { item: id, source, ..movement });
    }
    company.writes += 1;
    let shown = company.items.get(id).map(|item| render(company, item)).unwrap_or_default();
    Ok((format!("{LABEL} \"{name}\" berhasil disimpan"), shown))
}

fn build(company: &Company, params: &Params, old: Option<&Item>) -> Result<Item, Refusal> {
    let id = old.map(|old| old.id);
    let name = params
        .text("name")
        .or_else(|| Some(old?.name.clone()))
        .ok_or_else(|| Refusal::must_be_filled("Nama Barang"))?;
    let kind = match params.text("itemType") {
        Some(kind) => ITEM_TYPES
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(known, _)| *known)
            .ok_or_else(|| Refusal::invalid_field("itemType"))?,
        None => old.map(|old| old.kind).ok_or_else(|| Refusal::must_be_filled("Jenis Barang"))?,
    };
    let no = match (params.text("no"), old) {
        (Some(no), _) => checked_no(no)?,
        (None, Some(old)) => old.no.clone(),
        (None, None) => next_no(company),
    };
    if company.item_by_no.get(&no).is_some_and(|other| Some(*other) != id) {
        return Err(Refusal::duplicate("Kode Barang", &no));
    }
    let upc = match params.sent_text("upcNo") {
        Some(upc) => Some(upc).filter(|upc| !upc.is_empty()),
        None => old.and_then(|old| old.upc.clone()),
    };
    if let Some(upc) = &upc
        && company.item_by_upc.get(upc).is_some_and(|other| Some(*other) != id)
    {
        return Err(Refusal::duplicate("UPC/Barcode", upc));
    }
    let default = |kind| company.default_master(kind).map_or(company::FIRST_ID, |master| master.id);
    let unit = company.referenced(MasterKind::Unit, params, "unit1Name", "unit1Id")?;
    let category = company.referenced(MasterKind::ItemCategory, params, "itemCategoryName", "itemCategoryId")?;
    let tax = company.referenced(MasterKind::Tax, params, "tax1Name", "tax1Id")?.or_else(|| old?.tax);
    for purpose in ["inventory", "cogs", "sales", "salesRet", "salesDiscount", "goodTransit", "unBilled", "purchaseRet"]
    {
        company.usable_account(params, &format!("{purpose}GlAccountNo"), &format!("{purpose}GlAccountId"))?;
    }
    let (mut texts, mut numbers) = old.map(|old| (old.texts.clone(), old.numbers.clone())).unwrap_or_default();
    for &field in TEXTS {
        if let Some(text) = params.sent_text(field) {
            texts.insert(field, text);
        }
    }
    for &field in NUMBERS {
        if let Some(number) = params.decimal(field)? {
            numbers.insert(field, number);
        }
    }
    Ok(Item {
        id: id.unwrap_or_default(),
        no,
        name,
        kind,
        category: category.or_else(|| Some(old?.category)).unwrap_or_else(|| default(MasterKind::ItemCategory)),
        unit: unit.or_else(|| Some(old?.unit)).unwrap_or_else(|| default(MasterKind::Unit)),
        unit_price: params.decimal("unitPrice")?.or_else(|| Some(old?.unit_price)).unwrap_or_default(),
        vendor_price: params.decimal("vendorPrice")?.or_else(|| Some(old?.vendor_price)).unwrap_or_default(),
        upc,
        tax,
        suspended: params.flag("suspended")?.or_else(|| Some(old?.suspended)).unwrap_or(false),
        opt_lock: old.map_or(0, |old| old.opt_lock + 1),
        last_update: company::now(),
        texts,
        numbers,
    })
}

fn checked_no(no: String) -> Result<String, Refusal> {
    if no.chars().count() > NO_LIMIT {
        return Err(Refusal::too_long("Kode Barang", LABEL, NO_LIMIT));
    }
    let allowed = |character: char| character.is_ascii_alphanumeric() || "#*()-._/".contains(character);
    if !no.chars().all(allowed) {
        return Err(Refusal::text(format!(
            "Kode Barang \"{no}\" tidak valid. Karakter yang diperbolehkan untuk Kode Barang adalah {NO_CHARACTERS}"
        )));
    }
    Ok(no)
}

/// The server numbers items that come without a number from 100001 on (§8).
fn next_no(company: &Company) -> String {
    let last = company
        .item_by_no
        .keys()
        .filter(|no| no.len() == 6)
        .filter_map(|no| no.parse::<u32>().ok())
        .filter(|no| *no >= 100_001)
        .max();
    last.map_or(100_001, |last| last + 1).to_string()
}

/// Opening stock written along with an item (§8: quantity 0 is refused; a unit cost is required).
fn opening_rows(company: &Company, params: &Params, item: &Item) -> Result<Vec<Movement>, Refusal> {
    let row = |row: &Params| {
        let quantity = row.decimal("quantity")?.unwrap_or_default();
        if quantity <= Decimal::ZERO {
            return Err(Refusal::text("Kuantitas saldo awal harus lebih besar dari 0"));
        }
        let cost = row.decimal("unitCost")?.ok_or_else(|| Refusal::must_be_filled("Nilai Satuan"))?;
        Ok(Movement {
            item: item.id,
            warehouse: company.warehouse(row)?,
            date: row.date("asOf")?.unwrap_or(company.profile.start),
            quantity,
            cost: (quantity * cost).round_dp(6),
            source: Source::OpeningBalance(item.id),
        })
    };
    params.rows("detailOpenBalance").iter().map(row).collect()
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let item = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    if let Some(user) = company.user_of(item.id) {
        // Product behaviour; the wording is not recorded. [guess]
        return Err(Refusal::text(format!(
            "{LABEL} \"{}\" tidak dapat dihapus karena sudah digunakan pada {user}",
            item.name
        )));
    }
    company.items.remove(item.id);
    company.item_by_no.remove(&item.no);
    if let Some(upc) = &item.upc {
        company.item_by_upc.remove(upc);
    }
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", item.name)))
}
