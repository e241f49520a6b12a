//! Lists of a service with the rows of them that could not be read. One bad row is one held row: it is named, it stands for what it stands
//! for, and the others go on (design rule 17).

use crate::ids::{ForstokWarehouseId, OrderId};
use crate::wire::Misread;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

/// Fields that tell people which row it is, the best first.
const NUMBERS: [&str; 10] =
    ["local_name", "local_id", "number", "no", "sku", "customerNo", "reference", "taxCode", "name", "description"];

/// Fields, at any depth, whose text other records go by: SKUs, codes and numbers of documents.
const NAMES: [&str; 13] = [
    "local_name",
    "local_id",
    "number",
    "no",
    "sku",
    "original_sku",
    "customerNo",
    "reference",
    "description",
    "invoiceNo",
    "invoiceNumber",
    "itemNo",
    "historyNumber",
];

/// Which list a row was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "one for each list of a service")]
pub enum ListName {
    Variants,
    Pending,
    Orders,
    Returns,
    ShopInvoices,
    Payments,
    Stores,
    ShopWarehouses,
    Items,
    Stock,
    SalesInvoices,
    SalesReceipts,
    SalesReturns,
    Accounts,
    Warehouses,
    Branches,
    Customers,
    Taxes,
}

impl ListName {
    /// Its name in reasons and keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Variants => "variants",
            Self::Pending => "pending",
            Self::Orders => "orders",
            Self::Returns => "returns",
            Self::ShopInvoices => "shop_invoices",
            Self::Payments => "payments",
            Self::Stores => "stores",
            Self::ShopWarehouses => "shop_warehouses",
            Self::Items => "items",
            Self::Stock => "stock",
            Self::SalesInvoices => "sales_invoices",
            Self::SalesReceipts => "sales_receipts",
            Self::SalesReturns => "sales_returns",
            Self::Accounts => "accounts",
            Self::Warehouses => "warehouses",
            Self::Branches => "branches",
            Self::Customers => "customers",
            Self::Taxes => "taxes",
        }
    }
}

/// A row of a list that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadRow {
    /// Which list.
    pub list: ListName,
    /// Its place in the list, from 1.
    pub row: usize,
    /// Its id, where that can be read.
    pub id: Option<i64>,
    /// What people know it by, where that can be read.
    pub number: Option<String>,
    /// What cannot be read: `item_lines[2].price`; empty for the whole row.
    pub place: String,
    /// What stands there; empty where there is nothing.
    pub found: String,
    /// Every SKU, code and number that it names.
    pub names: BTreeSet<String>,
    /// The orders of Forstok that it is about.
    pub orders: BTreeSet<OrderId>,
    /// The warehouse whose list it was in, for a figure of stock.
    #[serde(default)]
    pub warehouse: Option<crate::ids::WarehouseId>,
    /// Of an order: how many units of which SKU it names, as far as they are told one by one; what cannot be counted is one. The other figures
    /// of the row are not taken, but goods that may have left are not offered again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub goods: BTreeMap<String, u32>,
    /// Of an order: whether some of its lines tell nothing at all, so that [`UnreadRow::goods`] are not all of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goods_missing: bool,
    /// Of an order: its status, in the service's words.
    #[serde(default)]
    pub status: Option<String>,
    /// Of an order: the warehouse in Forstok that it is of.
    #[serde(default)]
    pub shop_warehouse: Option<ForstokWarehouseId>,
}

impl UnreadRow {
    /// What can be told of a row that could not be read. Nothing of it is taken as a figure.
    #[must_use]
    pub fn of(list: ListName, row: usize, raw: &RawValue, why: Misread) -> Self {
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let mut unread = Self {
            list,
            row,
            id: None,
            number: None,
            place: why.place,
            found: why.found,
            names: BTreeSet::new(),
            orders: BTreeSet::new(),
            warehouse: None,
            goods: BTreeMap::new(),
            goods_missing: false,
            status: None,
            shop_warehouse: None,
        };
        if let Value::Object(fields) = &value {
            unread.id = ["id", "listing_id"].iter().find_map(|name| id_of(fields.get(*name)?));
            unread.number = NUMBERS.iter().find_map(|name| text_of(fields.get(*name)?));
            if list == ListName::Orders {
                unread.orders.extend(unread.id.map(OrderId));
                unread.status = fields.get("status").and_then(text_of);
                unread.shop_warehouse = fields.get("warehouse_id").and_then(id_of).map(ForstokWarehouseId);
                unread.count_goods(&value);
                let lines = fields.get("item_lines").and_then(Value::as_array);
                unread.goods_missing = lines.is_none_or(|lines| lines.iter().any(|line| !line.is_object()));
            }
        }
        unread.gather(&value);
        unread
    }

    /// What a person calls it: its number, else its id, else its place in the list.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.number, self.id) {
            (Some(number), _) => number.clone(),
            (None, Some(id)) => id.to_string(),
            (None, None) => format!("#{}", self.row),
        }
    }

    /// Whether it names one of these.
    #[must_use]
    pub fn says(&self, name: &str) -> bool {
        !name.trim().is_empty() && self.names.contains(name.trim())
    }

    /// The service sends one element for each unit, and a bundle's parts with their number (forstok-api.md §7.1, §7.2).
    fn count_goods(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.count_goods(value)),
            Value::Object(fields) => {
                let theirs = fields.get("fulfill_by_channel").is_some_and(|flag| flag == &Value::Bool(true));
                if theirs {
                    return;
                }
                if let Some(Value::String(sku)) = fields.get("sku").filter(|sku| text_of(sku).is_some()) {
                    let many = ["quantity", "qty"].iter().find_map(|name| id_of(fields.get(*name)?));
                    let units =
                        many.and_then(|many| u32::try_from(many).ok()).filter(|units| (1..=1_000).contains(units));
                    let known = self.goods.entry(sku.clone()).or_default();
                    *known = known.saturating_add(units.unwrap_or(1));
                }
                fields.values().for_each(|value| self.count_goods(value));
            }
            _ => {}
        }
    }

    fn gather(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.gather(value)),
            Value::Object(fields) => {
                self.names.extend(NAMES.iter().filter_map(|name| text_of(fields.get(*name)?)));
                self.orders.extend(order_of(fields));
                fields.values().for_each(|value| self.gather(value));
            }
            _ => {}
        }
    }
}

/// The order that an invoice of Forstok is of.
fn order_of(fields: &Map<String, Value>) -> Option<OrderId> {
    let nested = fields.get("order").and_then(|order| id_of(order.get("id")?));
    nested.or_else(|| id_of(fields.get("order_id")?)).map(OrderId)
}

fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty() && text != "-")
}

fn id_of(value: &Value) -> Option<i64> {
    text_of(value)?.parse().ok().filter(|id| *id != 0)
}

/// A list as it was read: its rows, and those that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the rows that could not be read are held, not dropped"]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The rows that could not be read.
    pub unread: Vec<UnreadRow>,
}

impl<T> Listed<T> {
    /// The same with the rows in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Listed<U> {
        Listed { rows: self.rows.into_iter().map(form).collect(), unread: self.unread }
    }

    /// Whether a row that could not be read names this.
    #[must_use]
    pub fn unread_says(&self, name: &str) -> bool {
        self.unread.iter().any(|row| row.says(name))
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unread: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, unread: Vec::new() }
    }
}

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Deref for Listed<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.rows
    }
}

impl<T> DerefMut for Listed<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.rows
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<T: PartialEq> PartialEq<Vec<T>> for Listed<T> {
    fn eq(&self, rows: &Vec<T>) -> bool {
        self.unread.is_empty() && self.rows == *rows
    }
}

impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for Listed<T> {
    fn eq(&self, rows: &[T; N]) -> bool {
        self.unread.is_empty() && self.rows == *rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(list: ListName, json: &str) -> UnreadRow {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        UnreadRow::of(list, 3, &raw, Misread::missing("status"))
    }

    #[test]
    fn an_unread_row_still_says_what_it_stands_for() {
        let order = unread(
            ListName::Orders,
            r#"{"id":"7","local_name":"INV/1","item_lines":[{"sku":"A","price":"Rp 50.000"},{"sku":" B "}]}"#,
        );
        assert_eq!((order.title().as_str(), order.id), ("INV/1", Some(7)));
        assert_eq!(order.orders, BTreeSet::from([OrderId(7)]));
        assert!(order.says("A") && order.says("B") && !order.says("C") && !order.says(""));
        let payment = unread(ListName::Payments, r#"{"invoices":[{"order":{"id":9}},{"order":{"id":"10"}}]}"#);
        assert_eq!(payment.title(), "#3");
        assert_eq!(payment.orders, BTreeSet::from([OrderId(9), OrderId(10)]));
        for odd in ["[]", "null", "7", "{}", r#"{"id":{"a":1},"sku":[1]}"#] {
            assert_eq!(unread(ListName::Items, odd).title(), "#3", "{odd}");
        }
    }
}
