//! The Accurate databases: the shop's own company, and others that can or cannot be chosen.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;

use super::catalogue::{Good, Trouble, goods};
use super::{Plan, SeedError, chart, shop};
use crate::accurate::accounts::{ACCOUNT_TYPES, Account};
use crate::accurate::company::{Company, FIRST_ID, Profile};
use crate::accurate::masters::{Master, MasterKind};
use crate::accurate::seed_row;
use crate::accurate::wire::{Json, Record, record};
use crate::clock;

/// Accurate's warehouses: alike, not identical, to Forstok's.
const WAREHOUSES: [&str; 3] = ["GUDANG UTAMA", "Gudang Bandung", "Toko Offline"];

/// First day of every company's books.
const COMPANY_START: Date = jiff::civil::date(2023, 1, 1);

/// All databases of the account; the first is the shop's own.
pub(crate) fn companies(plan: &Plan) -> Result<Vec<Company>, SeedError> {
    let goods = goods(plan);
    let mut own =
        company(plan, 96_400, "PT Nusantara Goods", |profile| profile.several_branches = plan.several_branches);
    few_items(&mut own, &goods)?;
    if plan.odd_parties {
        odd_parties(&mut own, plan)?;
    }
    if plan.existing_books {
        existing_items(&mut own, &goods, plan)?;
        existing_stock(&mut own, &goods, plan)?;
    }
    own.opening_rows = 0;
    own.writes = 0;
    Ok(vec![
        own,
        company(plan, 96_517, "CV Nusantara Grosir", |profile| profile.several_branches = true),
        company(plan, 97_120, "Nusantara Goods (Uji Coba)", |profile| profile.trial = true),
        company(plan, 88_031, "Nusantara Lama", |profile| {
            profile.trial = true;
            profile.expired = true;
            profile.license_end = plan.today.saturating_sub(90.days());
            profile.accessible_until = plan.today.saturating_sub(85.days());
        }),
        company(plan, 90_255, "PT Mitra Titip Jual", |profile| profile.admin = false),
    ])
}

/// A company as it is after set-up: masters, accounts, one customer for walk-in sales; no items.
fn company(plan: &Plan, id: i64, alias: &str, change: impl FnOnce(&mut Profile)) -> Company {
    let mut profile = Profile {
        id,
        alias: alias.into(),
        trial: false,
        expired: false,
        admin: true,
        several_branches: false,
        start: COMPANY_START,
        closed_until: None,
        license_end: plan.today.saturating_add(240.days()),
        accessible_until: plan.today.saturating_add(245.days()),
    };
    change(&mut profile);
    let several = profile.several_branches;
    let mut company = Company::new(profile);
    masters(&mut company, several);
    accounts(&mut company, plan);
    company
}

fn masters(company: &mut Company, several_branches: bool) {
    let mut add = |kind: MasterKind, name: &str, default: bool, fields: Record| {
        let table = company.masters.entry(kind).or_default();
        table.add(|id| Master { id, name: name.into(), default, suspended: false, opt_lock: 0, fields });
    };
    for (index, name) in ["PCS", "KG", "BOX", "LUSIN"].iter().enumerate() {
        add(MasterKind::Unit, name, index == 0, Record::default());
    }
    for (index, name) in ["Umum", "Kaos", "Kopi", "Rempah", "Batik", "Tas & Dompet", "Camilan"].iter().enumerate() {
        add(MasterKind::ItemCategory, name, index == 0, Record::default());
    }
    for (index, name) in ["Umum", "Marketplace"].iter().enumerate() {
        add(MasterKind::CustomerCategory, name, index == 0, Record::default());
    }
    add(MasterKind::Branch, "Kantor Pusat", true, Record::default());
    if several_branches {
        add(MasterKind::Branch, "Cabang Bandung", false, record! { "city" => "Bandung" });
    }
    for (index, name) in WAREHOUSES.iter().enumerate() {
        add(MasterKind::Warehouse, name, index == 0, Record::default());
    }
    add(MasterKind::Warehouse, "Gudang Rusak", false, record! { "scrapWarehouse" => true });
    let tax = record! {
        "taxCode" => "PPN",
        "taxType" => "PPN",
        "taxInfo" => "PPN 11%",
        "description" => "Pajak Pertambahan Nilai",
        "rate" => Decimal::from(11),
    };
    add(MasterKind::Tax, "Pajak Pertambahan Nilai", true, tax);
    add(MasterKind::Currency, "Indonesian Rupiah", true, record! { "code" => "IDR", "symbol" => "Rp" });
    let term = record! {
        "netDays" => 0, "discDays" => 0, "discPC" => Decimal::ZERO, "cashOnDelivery" => true, "installmentTerm" => false,
        "manualTerm" => false, "memo" => Json::Null,
    };
    add(MasterKind::PaymentTerm, "C.O.D", true, term);
}

fn accounts(company: &mut Company, plan: &Plan) {
    let account = |id, no: Option<String>, name: &str, kind, parent, level| Account {
        id,
        no,
        name: name.into(),
        kind,
        parent,
        level,
        parent_node: false,
        suspended: false,
        memo: None,
        currency: FIRST_ID,
        opt_lock: 0,
    };
    company.accounts.add(|id| Account { parent_node: true, ..account(id, None, "Root", None, None, 0) });
    let balances =
        shop::stores(plan).into_iter().filter(|store| store.channel_id != 21).zip(chart::FIRST_STORE_ACCOUNT..);
    let balances: Vec<(String, String)> = balances
        .map(|(store, no)| (no.to_string(), format!("Saldo {}", store.name.replace("Nusantara ", ""))))
        .collect();
    let standard = chart::ACCOUNTS.iter().map(|(no, name, kind, parent)| (*no, *name, *kind, *parent));
    let rows = standard.chain(balances.iter().map(|(no, name)| (no.as_str(), name.as_str(), "CASH_BANK", "1101")));
    for (no, name, kind, parent) in rows {
        let above = company.account_by_no(parent).map_or((FIRST_ID, 0), |above| (above.id, above.level));
        let kind = ACCOUNT_TYPES.iter().find(|(known, ..)| *known == kind).map(|(known, ..)| *known);
        company.accounts.add(|id| Account {
            suspended: chart::SUSPENDED.contains(&no),
            ..account(id, Some(no.to_owned()), name, kind, Some(above.0), above.1 + 1)
        });
        if let Some(above) = company.accounts.get_mut(above.0).filter(|above| above.no.is_some()) {
            above.parent_node = true;
        }
    }
}

/// Parties that a connector may mistake for those of a store: a buyer whose number is a store's id by chance, one who pays in dollars, and
/// a bank account in dollars that is called like the balance of a store.
fn odd_parties(company: &mut Company, plan: &Plan) -> Result<(), SeedError> {
    let day = clock::slashed(plan.today);
    let stores = shop::stores(plan);
    seed_row(company, "currency", json!({ "code": "USD", "name": "US Dollar", "symbol": "$" }))?;
    if let Some(store) = stores.get(1) {
        let buyer = json!({ "customerNo": store.id.to_string(), "name": "PT Sumber Makmur", "transDate": day, "branchId": FIRST_ID });
        seed_row(company, "customer", buyer)?;
    }
    let dollars = json!({
        "customerNo": "C.USD", "name": "Harbour Trading Pte Ltd", "transDate": day, "branchId": FIRST_ID, "currencyCode": "USD",
    });
    seed_row(company, "customer", dollars)?;
    let bank = json!({
        "no": "110190", "name": "Bank Valas USD", "accountType": "CASH_BANK", "parentNo": "1101", "asOf": day, "currencyCode": "USD",
    });
    seed_row(company, "glaccount", bank)
}

/// The handful of items even a new company has: enough for name and code conflicts.
fn few_items(company: &mut Company, goods: &[Good]) -> Result<(), SeedError> {
    let of = |trouble| goods.iter().filter(move |good| good.trouble == Some(trouble)).take(2);
    for (good, number) in of(Trouble::SameNameOtherSku).zip(1..) {
        seed_row(
            company,
            "item",
            json!({ "no": format!("LAMA-{number:03}"), "name": good.name, "itemType": "INVENTORY", "unitPrice": good.price }),
        )?;
    }
    for good in of(Trouble::SameSkuOtherName) {
        let name = format!("{} (stok lama)", good.family);
        seed_row(
            company,
            "item",
            json!({ "no": good.sku, "name": name, "itemType": "INVENTORY", "unitPrice": good.price }),
        )?;
    }
    seed_row(company, "item", json!({ "no": "JASA-KIRIM", "name": "Jasa Pengiriman", "itemType": "SERVICE" }))
}

/// About 60 % of the shop's goods, under the same code and name.
fn existing_items(company: &mut Company, goods: &[Good], plan: &Plan) -> Result<(), SeedError> {
    let mut dice = plan.dice(5);
    let mut conflicts = 0;
    for good in goods {
        let item = |no: &str, name: &str| {
            let mut item = json!({ "no": no, "name": name, "itemType": "INVENTORY", "unitPrice": good.price, "itemCategoryName": good.family });
            if let (Some(barcode), true) = (&good.barcode, no == good.sku) {
                item["upcNo"] = json!(barcode);
            }
            item
        };
        match good.trouble {
            None if dice.percent(60) => seed_row(company, "item", item(&good.sku, &good.name))?,
            Some(Trouble::SameNameOtherSku | Trouble::SameSkuOtherName) => {
                conflicts += 1;
                let known = company.item_by_no.contains_key(&good.sku)
                    || company.items.iter().any(|(_, item)| item.name == good.name);
                if known {
                    continue;
                }
                match good.trouble {
                    Some(Trouble::SameNameOtherSku) => {
                        seed_row(company, "item", item(&format!("LAMA-{:03}", 100 + conflicts), &good.name))?
                    }
                    _ => {
                        seed_row(company, "item", item(&good.sku, &format!("{} (stok lama {conflicts})", good.family)))?
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Stock of the existing items: one adjustment per warehouse, in parts of 100 lines; two lines leave a warehouse negative.
fn existing_stock(company: &mut Company, goods: &[Good], plan: &Plan) -> Result<(), SeedError> {
    let mut dice = plan.dice(6);
    let day = clock::slashed(plan.today.saturating_sub(30.days()));
    let known: Vec<&Good> = goods.iter().filter(|good| company.item_by_no.contains_key(&good.sku)).collect();
    for (index, warehouse) in WAREHOUSES.iter().enumerate() {
        let mut lines = Vec::new();
        for (number, good) in known.iter().enumerate() {
            if !dice.percent([95, 60, 25][index]) {
                continue;
            }
            let cost = good.cost.unwrap_or(good.price / 2);
            let negative = index == 1 && number % 47 == 5;
            let (kind, quantity) =
                if negative { ("ADJUSTMENT_OUT", 2) } else { ("ADJUSTMENT_IN", dice.between(1, [120, 40, 12][index])) };
            lines.push(json!({
                "itemNo": good.sku, "itemAdjustmentType": kind, "quantity": quantity, "unitCost": cost, "warehouseName": warehouse,
            }));
        }
        for part in lines.chunks(100) {
            seed_row(
                company,
                "item-adjustment",
                json!({ "transDate": day, "description": "Stok awal", "branchId": FIRST_ID, "detailItem": part }),
            )?;
        }
    }
    Ok(())
}
