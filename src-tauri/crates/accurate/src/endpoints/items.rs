//! Items and their stock (accurate-online-api.md §6.1, §8).

use super::bulk::{self, RowKey};
use super::list::{Listing, PAGE_SIZE, all, all_in_pages_of, each, unread};
use crate::catalogue::says_gone;
use crate::connection::{Call, Connection};
use crate::outcome::CallError;
use crate::pipeline::BULK_DEADLINE;
use crate::session::DataSession;
use crate::wire::{carried_text, flag, integer, optional_integer, optional_text, rows, text};
use futures::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use selaras_domain::accurate::{FullItem, Item, NewItem, StockRow, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{ItemId, TaxId, WarehouseId};
use selaras_domain::unread::{ListName, Listed};
use selaras_domain::wire::{Misread, decimal_or_zero, optional_decimal, read_row};
use selaras_engine::ports::RowOutcome;
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

const FIELDS: &str = "id,no,name,itemType,upcNo,unitPrice,suspended";

/// The same with what only a proof compares: names of `detail.do` (§6.1).
const ALL_FIELDS: &str =
    "id,no,name,itemType,upcNo,unitPrice,suspended,unit1Name,unit1,itemCategory,vendorPrice,tax1Id,tax1";

/// More numbers than this in one look-up make a longer URL than servers like; the whole list is then read instead.
const LOOKUP: usize = 40;

#[derive(Deserialize)]
struct ItemRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    no: String,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, rename = "itemType", deserialize_with = "optional_text")]
    item_type: Option<String>,
    #[serde(default, rename = "upcNo", deserialize_with = "carried_text")]
    upc: Option<String>,
    #[serde(default, rename = "unitPrice", deserialize_with = "optional_decimal")]
    unit_price: Option<Decimal>,
    #[serde(default, deserialize_with = "flag")]
    suspended: bool,
    #[serde(default, rename = "unit1Name", deserialize_with = "optional_text")]
    unit_name: Option<String>,
    #[serde(default, rename = "unit1")]
    unit: Option<Master>,
    #[serde(default, rename = "itemCategory")]
    category: Option<Master>,
    #[serde(default, rename = "vendorPrice", deserialize_with = "optional_decimal")]
    vendor_price: Option<Decimal>,
    #[serde(default, rename = "tax1Id", deserialize_with = "optional_integer")]
    tax_id: Option<i64>,
    #[serde(default, rename = "tax1")]
    tax: Option<Master>,
}

/// A small record inside another one.
#[derive(Deserialize)]
struct Master {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
}

impl From<ItemRow> for FullItem {
    fn from(row: ItemRow) -> Self {
        Self {
            unit: row.unit_name.clone().or_else(|| row.unit.as_ref()?.name.clone()),
            category: row.category.as_ref().and_then(|category| category.name.clone()),
            vendor_price: row.vendor_price.map(Money),
            tax: row.tax_id.or_else(|| row.tax.as_ref()?.id).map(TaxId),
            item: row.into(),
        }
    }
}

impl From<ItemRow> for Item {
    fn from(row: ItemRow) -> Self {
        Self {
            id: ItemId(row.id),
            no: row.no,
            name: row.name,
            item_type: row.item_type,
            upc: row.upc,
            unit_price: row.unit_price.map(Money),
            suspended: row.suspended,
        }
    }
}

async fn matching(
    connection: &Connection,
    session: &DataSession,
    fields: &str,
    filters: Vec<(&str, &str)>,
) -> Result<Listed<FullItem>, CallError> {
    let listing = Listing { name: ListName::Items, path: "item/list.do", scope: "item_view", fields, filters };
    let rows: Listed<ItemRow> = all(connection, session, &listing).await?;
    Ok(rows.map(FullItem::from))
}

pub(crate) async fn every_item(connection: &Connection, session: &DataSession) -> Result<Listed<Item>, CallError> {
    Ok(matching(connection, session, FIELDS, Vec::new()).await?.map(|full| full.item))
}

/// The items with these numbers. What the service's filter gives is checked here, as an unknown or half-known filter is ignored in
/// silence (§0, fact 9): an item is missing only if a question about it alone, or the whole list, does not have it.
pub(crate) async fn items_by_no(
    connection: &Connection,
    session: &DataSession,
    numbers: &[String],
) -> Result<Listed<Item>, CallError> {
    Ok(by_no(connection, session, FIELDS, numbers).await?.map(|full| full.item))
}

/// The same with every field that is sent for a new item.
pub(crate) async fn items_in_full(
    connection: &Connection,
    session: &DataSession,
    numbers: &[String],
) -> Result<Listed<FullItem>, CallError> {
    by_no(connection, session, ALL_FIELDS, numbers).await
}

async fn by_no(
    connection: &Connection,
    session: &DataSession,
    fields: &str,
    numbers: &[String],
) -> Result<Listed<FullItem>, CallError> {
    let wanted: BTreeSet<&str> = numbers.iter().map(String::as_str).filter(|no| !no.is_empty()).collect();
    if wanted.is_empty() {
        return Ok(Listed::default());
    }
    let (mut found, whole_list) = if wanted.len() > LOOKUP {
        (matching(connection, session, fields, Vec::new()).await?, true)
    } else {
        let found = asked_for(connection, session, fields, &wanted).await?;
        let filtered = found.iter().all(|full| wanted.contains(full.item.no.as_str()));
        (found, !filtered)
    };
    found.rows.retain(|full| wanted.contains(full.item.no.as_str()));
    found.unread.retain(|row| wanted.iter().any(|no| row.says(no)));
    if !whole_list && wanted.len() > 1 {
        let there = |no: &str| found.iter().any(|full| full.item.no == no) || found.unread_says(no);
        let missing: Vec<String> = wanted.iter().filter(|no| !there(no)).map(|no| (*no).to_owned()).collect();
        let alone: Vec<Listed<FullItem>> = stream::iter(missing)
            .map(|no| async move {
                let mut items = asked_for(connection, session, fields, &BTreeSet::from([no.as_str()])).await?;
                items.rows.retain(|full| full.item.no == no);
                items.unread.retain(|row| row.says(&no));
                Ok::<_, CallError>(items)
            })
            .buffered(8)
            .try_collect()
            .await?;
        for alone in alone {
            found.rows.extend(alone.rows);
            found.unread.extend(alone.unread);
        }
    }
    Ok(found)
}

async fn asked_for(
    connection: &Connection,
    session: &DataSession,
    fields: &str,
    numbers: &BTreeSet<&str>,
) -> Result<Listed<FullItem>, CallError> {
    let one = numbers.len() == 1;
    let values: Vec<(String, &str)> = numbers
        .iter()
        .enumerate()
        .map(|(index, no)| (if one { "filter.no.val".to_owned() } else { format!("filter.no.val[{index}]") }, *no))
        .collect();
    let mut filters = vec![("filter.no.op", "EQUAL")];
    filters.extend(values.iter().map(|(name, no)| (name.as_str(), *no)));
    match matching(connection, session, fields, filters).await {
        // A filter on something that does not exist may be an error instead of an empty list (§5).
        Err(CallError::Rejected(_)) => matching(connection, session, fields, Vec::new()).await,
        other => other,
    }
}

#[derive(Deserialize)]
struct ItemAnswer {
    #[serde(default)]
    d: Option<Box<RawValue>>,
}

/// The items with these ids. The list documents no filter by id (§6.1), so a few are asked for one by one, and many by the whole list.
pub(crate) async fn items_by_id(
    connection: &Connection,
    session: &DataSession,
    ids: &[ItemId],
) -> Result<Listed<Item>, CallError> {
    let wanted: BTreeSet<ItemId> = ids.iter().copied().collect();
    if wanted.len() > LOOKUP {
        let mut items = every_item(connection, session).await?;
        items.rows.retain(|item| wanted.contains(&item.id));
        items.unread.retain(|row| row.id.is_some_and(|id| wanted.contains(&ItemId(id))));
        return Ok(items);
    }
    let found: Vec<Listed<Item>> =
        stream::iter(wanted).map(|id| item_by_id(connection, session, id)).buffered(8).try_collect().await?;
    let (rows, unread): (Vec<_>, Vec<_>) = found.into_iter().map(|one| (one.rows, one.unread)).unzip();
    Ok(Listed { rows: rows.concat(), unread: unread.concat() })
}

async fn item_by_id(connection: &Connection, session: &DataSession, id: ItemId) -> Result<Listed<Item>, CallError> {
    let text = id.to_string();
    let call = Call::read("item/detail.do", "item_view", vec![("id", &text)]);
    let raw = match connection.data(session, &call).await {
        Ok(answer) => answer.decode::<ItemAnswer>("item/detail")?.d,
        Err(CallError::Rejected(refusal)) if says_gone(&refusal) => return Ok(Listed::default()),
        Err(error) => return Err(error),
    };
    let other = || CallError::unusable("item/detail: another record");
    let raw = raw.ok_or_else(other)?;
    match read_row::<ItemRow>(&raw) {
        Ok(row) if row.id == id.0 => Ok(vec![Item::from(row)].into()),
        Ok(_) => Err(other()),
        Err(misread) => {
            let row = unread(ListName::Items, 1, &raw, misread);
            if row.id == Some(id.0) { Ok(Listed { rows: Vec::new(), unread: vec![row] }) } else { Err(other()) }
        }
    }
}

/// Deletes one item.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: ItemId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "item/delete.do", "item_delete", id.0).await
}

#[derive(Deserialize)]
struct StockAnswerRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    no: String,
    /// Nothing is no figure: only a zero that is told is one.
    #[serde(default, deserialize_with = "optional_decimal")]
    quantity: Option<Decimal>,
}

/// On hand in one warehouse. Asked for by id and by name: the id is documented, the name is what working clients send; a name that has
/// changed meanwhile is refused by a service that looks at both, and never read as another warehouse.
pub(crate) async fn stock(
    connection: &Connection,
    session: &DataSession,
    warehouse: &Warehouse,
) -> Result<Listed<StockRow>, CallError> {
    let id = warehouse.id.to_string();
    let filters = vec![("warehouseId", id.as_str()), ("warehouseName", warehouse.name.as_str())];
    let listing =
        Listing { name: ListName::Stock, path: "item/list-stock.do", scope: "item_view", fields: "", filters };
    let rows = all_in_pages_of(PAGE_SIZE, connection, session, &listing).await?;
    let mut listed = each(ListName::Stock, &rows, |raw| {
        let row: StockAnswerRow = read_row(raw)?;
        let quantity = Quantity(row.quantity.ok_or_else(|| Misread::at("quantity", raw))?);
        Ok(StockRow { warehouse: warehouse.id, item: ItemId(row.id), no: row.no, quantity })
    });
    for row in &mut listed.unread {
        row.warehouse = Some(warehouse.id);
    }
    Ok(listed)
}

#[derive(Deserialize)]
struct ItemDetail {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    no: String,
    #[serde(default, rename = "detailWarehouseData", deserialize_with = "rows")]
    warehouses: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct WarehouseBalance {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(deserialize_with = "decimal_or_zero")]
    balance: Decimal,
}

/// On hand of one item in each warehouse, zeros included: the balances of its detail. `get-stock.do` says what is *available*, which
/// need not be what is on hand (§8).
pub(crate) async fn stock_of(
    connection: &Connection,
    session: &DataSession,
    item: ItemId,
) -> Result<Vec<StockRow>, CallError> {
    #[derive(Deserialize)]
    struct DetailAnswer {
        d: ItemDetail,
    }
    let id = item.to_string();
    let call = Call::read("item/detail.do", "item_view", vec![("id", id.as_str())]);
    let detail = connection.data(session, &call).await?.decode::<DetailAnswer>("item/detail")?.d;
    if detail.id != item.0 {
        return Err(CallError::unusable("item/detail: another item than the one that was asked for"));
    }
    detail
        .warehouses
        .iter()
        .map(|raw| {
            let row: WarehouseBalance = serde_json::from_str(raw.get())
                .map_err(|_| CallError::unusable("item/detail: a warehouse is unreadable"))?;
            let (warehouse, quantity) = (WarehouseId(row.id), Quantity(row.balance));
            Ok(StockRow { warehouse, item, no: detail.no.clone(), quantity })
        })
        .collect()
}

/// A decimal as a JSON number, with its own digits.
pub(crate) fn number<S: Serializer>(value: &Decimal, output: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(value.normalize().to_string()).map_err(S::Error::custom)?.serialize(output)
}

/// A number of a JSON body.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Number(#[serde(serialize_with = "number")] pub(crate) Decimal);

/// What is sent for a new item. There is no opening balance here, and there must not be one (design rule 4).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody<'a> {
    no: &'a str,
    name: &'a str,
    item_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    unit1_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    item_category_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_price: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upc_no: Option<&'a str>,
    /// Not in the document, which has `tax1Name`; in production use (§6, "references by code"), and an id survives a rename.
    #[serde(rename = "tax1Id", skip_serializing_if = "Option::is_none")]
    tax: Option<i64>,
}

/// Creates up to 100 items in one call.
pub(crate) async fn save_items(
    connection: &Connection,
    session: &DataSession,
    items: &[NewItem],
) -> Result<Vec<RowOutcome>, CallError> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let data: Vec<ItemBody<'_>> = items
        .iter()
        .map(|item| ItemBody {
            no: &item.no,
            name: &item.name,
            item_type: "INVENTORY",
            unit1_name: &item.unit,
            item_category_name: &item.category,
            unit_price: item.unit_price.map(|price| Number(price.0)),
            vendor_price: item.vendor_price.map(|price| Number(price.0)),
            upc_no: item.upc.as_deref(),
            tax: item.tax.map(|tax| tax.0),
        })
        .collect();
    let body = json(&BTreeMap::from([("data", data)]))?;
    let call = Call::write("item/bulk-save.do", "item_save", body).within(BULK_DEADLINE);
    let answer = connection.data(session, &call).await?;
    let keys: Vec<RowKey<'_>> =
        items.iter().map(|item| RowKey { no: &item.no, name: &item.name, upc: item.upc.as_deref() }).collect();
    Ok(bulk::settle(&keys, bulk::rows(&answer)?))
}

/// JSON text of a body.
pub(crate) fn json<T: Serialize>(body: &T) -> Result<String, CallError> {
    serde_json::to_string(body).map_err(|error| CallError::Storage(format!("a body that has no JSON form: {error}")))
}
