//! How an item is shown by `item/detail.do` (accurate-online-api.md §6.1 "detail keys worth modelling", sample `item-detail`).

use rust_decimal::Decimal;

use super::accounts::{self, Purpose};
use super::company::{Company, FIRST_ID};
use super::items::{ITEM_TYPES, Item};
use super::masters::{self, MasterKind};
use super::wire::{Json, Record, plain, record};
use crate::clock;

/// Name of an item's first unit.
pub(crate) fn unit_name(company: &Company, item: &Item) -> String {
    company.master(MasterKind::Unit, item.unit).map_or_else(|| "PCS".to_owned(), |unit| unit.name.clone())
}

/// A small master as an embedded object, `null` when there is none.
pub(crate) fn embedded(company: &Company, kind: MasterKind, id: Option<i64>) -> Json {
    id.and_then(|id| company.master(kind, id)).map(|master| masters::render(kind, master)).into()
}

/// The object embedded in document lines.
pub(crate) fn brief(company: &Company, id: i64) -> Json {
    let Some(item) = company.items.get(id) else { return Json::Null };
    record! {
        "id" => item.id,
        "no" => &item.no,
        "name" => &item.name,
        "itemType" => item.kind,
        "unit1" => embedded(company, MasterKind::Unit, Some(item.unit)),
        "unitPrice" => item.unit_price,
    }
    .into()
}

/// The whole object.
pub(crate) fn render(company: &Company, item: &Item) -> Record {
    let balance = company.balance(item.id);
    let unit = unit_name(company, item);
    let mut shown = record! {
        "id" => item.id,
        "no" => &item.no,
        "name" => &item.name,
        "shortName" => &item.name,
        "itemType" => item.kind,
        "itemTypeName" => ITEM_TYPES.iter().find(|(kind, _)| *kind == item.kind).map(|(_, name)| *name),
        "oldItemType" => item.kind,
        "suspended" => item.suspended,
        "optLock" => item.opt_lock,
        "upcNo" => item.upc.clone(),
        "lastUpdate" => clock::slashed_time(item.last_update),
        "unitPrice" => item.unit_price,
        "vendorPrice" => item.vendor_price,
        "cost" => Decimal::ZERO,
        "balance" => balance,
        "balanceInUnit" => format!("[ {} {unit} ]", plain(balance)),
        "balanceUnitCost" => company.average_cost(item.id),
        "balanceTotalCost" => company.stock_value(item.id),
        "availableToSell" => balance,
        "availableToSellInAllUnit" => format!("{} {unit}", plain(balance)),
        "onSales" => Decimal::ZERO,
    };
    units(company, item, balance, &unit, &mut shown);
    references(company, item, &mut shown);
    switches(&mut shown);
    free_fields(item, &mut shown);
    lists(company, item, &unit, &mut shown);
    shown
}

fn units(company: &Company, item: &Item, balance: Decimal, unit: &str, shown: &mut Record) {
    shown.set("unit1", embedded(company, MasterKind::Unit, Some(item.unit)));
    shown.set("unit1Id", item.unit);
    shown.set("unit1Name", unit);
    shown.set("unit1NameWarehouse", format!("Kts dalam {unit}"));
    shown.set("totalUnit1Quantity", balance);
    for number in 2..=5 {
        shown.set(format!("unit{number}"), Json::Null);
        shown.set(format!("unit{number}Id"), Json::Null);
        shown.set(format!("unit{number}Name"), "");
        for name in [format!("unit{number}Price"), format!("ratio{number}")] {
            let value = item.numbers.get(name.as_str()).copied().unwrap_or_default();
            shown.set(name, value);
        }
        shown.set(format!("totalUnit{number}Quantity"), Decimal::ZERO);
    }
    shown.set("hasMultiUnit", false);
    shown.set("vendorUnitId", item.unit);
    shown.set("ratioVendorUnit", Decimal::ONE);
}

fn references(company: &Company, item: &Item, shown: &mut Record) {
    shown.set("itemCategoryId", item.category);
    shown.set("itemCategory", embedded(company, MasterKind::ItemCategory, Some(item.category)));
    shown.set("tax1Id", item.tax);
    shown.set("tax1", embedded(company, MasterKind::Tax, item.tax));
    shown.set("percentTaxable", item.numbers.get("percentTaxable").copied().unwrap_or(Decimal::ONE_HUNDRED));
    let accounts = [
        ("inventory", Purpose::Inventory),
        ("cogs", Purpose::CostOfGoods),
        ("sales", Purpose::Sales),
        ("salesRet", Purpose::SalesReturn),
        ("salesDiscount", Purpose::SalesDiscount),
        ("purchaseRet", Purpose::Inventory),
        ("goodTransit", Purpose::GoodsInTransit),
        ("unBilled", Purpose::Unbilled),
    ];
    for (name, purpose) in accounts {
        let account = company.preferred_account(purpose);
        shown.set(format!("{name}GlAccountId"), account);
        shown.set(format!("{name}GlAccount"), accounts::brief(company, account));
    }
}

/// Fields every item has and the simulator keeps at their resting value.
fn switches(shown: &mut Record) {
    for name in ["manageSN", "manageExpired", "controlQuantity", "useWholesalePrice", "substituted"] {
        shown.set(name, false);
    }
    for name in [
        "serialNumberType",
        "branchId",
        "itemBrand",
        "itemBrandId",
        "preferedVendor",
        "preferedVendorId",
        "variantParentId",
    ] {
        shown.set(name, Json::Null);
    }
    for name in ["variantLabel1", "variantLabel2", "variantDetail1", "variantDetail2", "variantSeq", "codeItemTax"] {
        shown.set(name, Json::Null);
    }
    for name in ["minimumSellingQuantity", "deliveryLeadTime", "defStandardCost"] {
        shown.set(name, Decimal::ZERO);
    }
    shown.set("itemBranchName", "[Semua Cabang]");
}

fn free_fields(item: &Item, shown: &mut Record) {
    for name in ["minimumQuantity", "minimumQuantityReorder", "dimDepth", "dimWidth", "dimHeight"] {
        shown.set(name, item.numbers.get(name).copied().unwrap_or_default());
    }
    shown.set("weight", item.numbers.get("weight").copied());
    for name in ["notes", "defaultDiscount"] {
        shown.set(name, item.texts.get(name).cloned());
    }
    for number in 1..=10 {
        let name = format!("charField{number}");
        let value = item.texts.get(name.as_str()).cloned();
        shown.set(name, value);
        shown.set(format!("numericField{number}"), Json::Null);
    }
    shown.set("dateField1", Json::Null);
    shown.set("dateField2", Json::Null);
}

fn lists(company: &Company, item: &Item, unit: &str, shown: &mut Record) {
    let price = record! {
        "unit" => record! { "id" => item.unit, "name" => unit },
        "price" => item.unit_price,
        "branch" => record! { "id" => FIRST_ID, "name" => "Kantor Pusat", "defaultBranch" => true, "suspended" => false },
        "currency" => record! { "id" => FIRST_ID, "code" => "IDR", "name" => "Indonesian Rupiah", "symbol" => "Rp" },
        "priceCategory" => record! {
            "id" => FIRST_ID, "name" => "Umum", "defaultCategory" => true, "description" => Json::Null, "optLock" => 0,
        },
        "effectiveDate" => clock::slashed(company.profile.start),
        "effectiveDateView" => clock::spelled(company.profile.start),
    };
    shown.set("detailSellingPrice", vec![price]);
    let warehouses: Vec<Record> = company
        .table(MasterKind::Warehouse)
        .map(|(id, warehouse)| {
            let stock = company.stock(item.id, id);
            let mut row = masters::render(MasterKind::Warehouse, warehouse);
            row.set("warehouseName", &warehouse.name);
            row.set("balance", stock);
            row.set("balanceUnit", format!("{} {unit}", plain(stock)));
            row.set("unit1Quantity", stock);
            for number in 2..=5 {
                row.set(format!("unit{number}Quantity"), Decimal::ZERO);
            }
            row
        })
        .collect();
    shown.set("detailWarehouseData", warehouses);
    for name in ["detailVariant", "detailGroup", "detailOpenBalance", "detailItemImage"] {
        shown.set(name, Json::List(Vec::new()));
    }
}
