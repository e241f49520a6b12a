//! Accounts, warehouses, branches, customers, taxes, categories, units: what mapping and preview need of them (accurate-online-api.md
//! §6.2, §6.3, §6.7).

use super::currency::{Told, foreign, told};
use super::list::{Listing, all};
use crate::connection::Connection;
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{flag, integer, optional_flag, optional_integer, optional_text, text};
use rust_decimal::Decimal;
use selaras_domain::accurate::{Account, AccountType, Branch, Customer, Tax, Warehouse};
use selaras_domain::amount::Money;
use selaras_domain::ids::{AccountId, BranchId, CustomerId, TaxId, WarehouseId};
use selaras_domain::unread::{ListName, Listed};
use selaras_domain::wire::optional_decimal;
use serde::{Deserialize, Deserializer};
use std::collections::HashSet;

fn listing<'a>(name: ListName, path: &'a str, scope: &'a str, fields: &'a str) -> Listing<'a> {
    Listing { name, path, scope, fields, filters: Vec::new() }
}

/// An account type; null and anything new is [`AccountType::Unknown`].
fn account_type<'de, D: Deserializer<'de>>(input: D) -> Result<AccountType, D::Error> {
    let name = text(input)?;
    Ok(serde_json::from_value(serde_json::Value::String(name)).unwrap_or(AccountType::Unknown))
}

#[derive(Deserialize)]
struct AccountRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "optional_text")]
    no: Option<String>,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default = "unknown_type", rename = "accountType", deserialize_with = "account_type")]
    account_type: AccountType,
    #[serde(default, rename = "parentNode", deserialize_with = "optional_flag")]
    parent: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    suspended: bool,
    #[serde(default, deserialize_with = "optional_decimal")]
    balance: Option<Decimal>,
    #[serde(default, deserialize_with = "told")]
    currency: Told,
    #[serde(default, rename = "currencyId", deserialize_with = "optional_integer")]
    currency_id: Option<i64>,
    #[serde(default, rename = "currencyCode", alias = "currencyName", deserialize_with = "optional_text")]
    currency_code: Option<String>,
}

fn unknown_type() -> AccountType {
    AccountType::Unknown
}

pub(crate) async fn accounts(connection: &Connection, session: &DataSession) -> Result<Listed<Account>, CallError> {
    let fields = "id,no,name,accountType,parentNode,suspended,balance,currency,currencyId";
    let every = listing(ListName::Accounts, "glaccount/list.do", "glaccount_view", fields);
    let rows: Listed<AccountRow> = all(connection, session, &every).await?;
    // Columns that detail answers have may be missing in lists (§5); then the list of leaves tells the parents.
    let leaves = if !rows.is_empty() && rows.iter().all(|row| row.parent.is_none()) {
        let filters = vec![("leafOnly", "true"), ("filter.leafOnly", "true")];
        let leaves: Listed<AccountRow> = all(connection, session, &Listing { filters, ..every }).await?;
        let unread = leaves.unread.iter().filter_map(|row| row.id);
        Some(leaves.rows.iter().map(|row| row.id).chain(unread).collect::<HashSet<i64>>())
    } else {
        None
    };
    let told = |row: &AccountRow| row.currency.clone().or(row.currency_id, row.currency_code.clone());
    let foreign = foreign(&rows.rows.iter().map(told).collect::<Vec<_>>());
    let unread = rows.unread;
    let rows = rows
        .rows
        .into_iter()
        .zip(foreign)
        .filter_map(|(row, foreign)| {
            let parent = row.parent.unwrap_or_else(|| leaves.as_ref().is_some_and(|leaves| !leaves.contains(&row.id)));
            Some(Account {
                id: AccountId(row.id),
                // The root of the chart has no number and is no account (§6.3).
                no: row.no?,
                name: row.name,
                account_type: row.account_type,
                parent,
                suspended: row.suspended,
                balance: row.balance.map(Money),
                foreign,
            })
        })
        .collect();
    Ok(Listed { rows, unread })
}

#[derive(Deserialize)]
struct MasterRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(
        default,
        alias = "defaultWarehouse",
        alias = "defaultBranch",
        alias = "defaultCategory",
        deserialize_with = "flag"
    )]
    default: bool,
    #[serde(default, rename = "scrapWarehouse", deserialize_with = "flag")]
    scrap: bool,
    #[serde(default, deserialize_with = "flag")]
    suspended: bool,
}

pub(crate) async fn warehouses(connection: &Connection, session: &DataSession) -> Result<Listed<Warehouse>, CallError> {
    let fields = "id,name,defaultWarehouse,scrapWarehouse,suspended";
    let rows: Listed<MasterRow> =
        all(connection, session, &listing(ListName::Warehouses, "warehouse/list.do", "warehouse_view", fields)).await?;
    Ok(rows.map(|row| Warehouse {
        id: WarehouseId(row.id),
        name: row.name,
        default: row.default,
        scrap: row.scrap,
        suspended: row.suspended,
    }))
}

pub(crate) async fn branches(connection: &Connection, session: &DataSession) -> Result<Listed<Branch>, CallError> {
    let fields = "id,name,defaultBranch,suspended";
    let rows: Listed<MasterRow> =
        all(connection, session, &listing(ListName::Branches, "branch/list.do", "branch_view", fields)).await?;
    Ok(rows.map(|row| Branch { id: BranchId(row.id), name: row.name, default: row.default, suspended: row.suspended }))
}

#[derive(Deserialize)]
struct CustomerRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, rename = "customerNo", alias = "no", deserialize_with = "text")]
    no: String,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "flag")]
    suspended: bool,
    #[serde(default, deserialize_with = "told")]
    currency: Told,
    #[serde(default, rename = "currencyId", deserialize_with = "optional_integer")]
    currency_id: Option<i64>,
    #[serde(default, rename = "currencyCode", alias = "currencyName", deserialize_with = "optional_text")]
    currency_code: Option<String>,
}

pub(crate) async fn customers(connection: &Connection, session: &DataSession) -> Result<Listed<Customer>, CallError> {
    let fields = "id,customerNo,name,suspended,currency,currencyId";
    let every = listing(ListName::Customers, "customer/list.do", "customer_view", fields);
    let Listed { rows, unread }: Listed<CustomerRow> = all(connection, session, &every).await?;
    let told = |row: &CustomerRow| row.currency.clone().or(row.currency_id, row.currency_code.clone());
    let foreign = foreign(&rows.iter().map(told).collect::<Vec<_>>());
    let rows = rows
        .into_iter()
        .zip(foreign)
        .map(|(row, foreign)| Customer {
            id: CustomerId(row.id),
            no: row.no,
            name: row.name,
            suspended: row.suspended,
            foreign,
        })
        .collect();
    Ok(Listed { rows, unread })
}

#[derive(Deserialize)]
struct TaxRow {
    #[serde(deserialize_with = "integer")]
    id: i64,
    #[serde(default, rename = "taxCode", deserialize_with = "optional_text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    description: Option<String>,
    #[serde(default, rename = "taxType", deserialize_with = "text")]
    tax_type: String,
}

pub(crate) async fn taxes(connection: &Connection, session: &DataSession) -> Result<Listed<Tax>, CallError> {
    let every = listing(ListName::Taxes, "tax/list.do", "tax_view", "id,taxCode,description,taxType");
    let rows: Listed<TaxRow> = all(connection, session, &every).await?;
    Ok(rows.map(|row| Tax {
        id: TaxId(row.id),
        name: row.description.or(row.code).unwrap_or_default(),
        tax_type: row.tax_type,
    }))
}

/// Names of a list that is only a convenience: the one marked as default first, then the oldest. A list that may not, or cannot, be
/// read is empty.
async fn names(
    connection: &Connection,
    session: &DataSession,
    listing: &Listing<'_>,
) -> Result<Vec<String>, CallError> {
    let mut rows: Vec<MasterRow> = match all(connection, session, listing).await {
        Err(CallError::Forbidden { .. } | CallError::NotOffered { .. }) => return Ok(Vec::new()),
        rows => rows?.rows,
    };
    // A name that cannot be read is one less to choose from.
    rows.retain(|row| !row.suspended && !row.name.is_empty());
    rows.sort_by_key(|row| (!row.default, row.id));
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(crate) async fn item_categories(connection: &Connection, session: &DataSession) -> Result<Vec<String>, CallError> {
    let every =
        listing(ListName::Items, "item-category/list.do", "item_category_view", "id,name,defaultCategory,suspended");
    names(connection, session, &every).await
}

pub(crate) async fn units(connection: &Connection, session: &DataSession) -> Result<Vec<String>, CallError> {
    names(connection, session, &listing(ListName::Items, "unit/list.do", "unit_view", "id,name,suspended")).await
}
