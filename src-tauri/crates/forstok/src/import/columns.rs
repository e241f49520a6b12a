//! Which column holds what: suggested by common Indonesian and English headers, decided by the person, remembered by the caller.

use super::fields::{
    COUNT, Field, MASTER, ORDERS, PAYMENTS, PENDING, SERVICE_FEE, SETTLEMENT, SHIPPING_DIFFERENCE, VOUCHER_SELLER,
};
use selaras_domain::forstok::Warehouse;
use selaras_domain::ids::ForstokWarehouseId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Field → header.
pub type ColumnMap = BTreeMap<String, String>;

/// A field `on_hand:195` is the on-hand figure in warehouse 195.
pub const ON_HAND_PREFIX: &str = "on_hand:";

/// A kind of list that a file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Master items with prices and stock.
    Master,
    /// Pending listings of one kind.
    Pending,
    /// A stock count.
    Count,
    /// Orders, a row for each line.
    Orders,
    /// Payments received, a row for each invoice.
    Payments,
    /// A marketplace's own settlement, a row for each movement of its wallet.
    Settlement,
}

impl ListKind {
    /// Its name, for what is remembered about it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Pending => "pending",
            Self::Count => "count",
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Settlement => "settlement",
        }
    }

    /// Its fields.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Master => MASTER,
            Self::Pending => PENDING,
            Self::Count => COUNT,
            Self::Orders => ORDERS,
            Self::Payments => PAYMENTS,
            Self::Settlement => SETTLEMENT,
        }
    }

    /// The fields that still need a column: the required ones, and one of those that can stand for each other.
    #[must_use]
    pub fn missing(self, map: &ColumnMap) -> Vec<&'static str> {
        let chosen = |name: &str| map.contains_key(name);
        let required = self.fields().iter().filter(|field| field.required).map(|field| field.name);
        let one_of: &[&'static str] = match self {
            Self::Payments => &["order_id", "order_number"],
            // What was paid out is the order's amount without its fees, or the other way round.
            Self::Settlement => &["total", "subtotal"],
            _ => &[],
        };
        let open = one_of.first().filter(|_| !one_of.iter().any(|name| chosen(name)));
        required.filter(|name| !chosen(name)).chain(open.copied()).collect()
    }
}

/// A header as it is compared: lower case, one space between words, no marks.
pub(super) fn folded(header: &str) -> String {
    let plain: String = header.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A column for each field whose header is known; only whole headers count, so nothing is suggested that is merely alike.
#[must_use]
pub fn suggest_columns(list: ListKind, headers: &[String]) -> ColumnMap {
    let folded: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    let mut taken = vec![false; headers.len()];
    let mut map = ColumnMap::new();
    for field in list.fields() {
        let found = field
            .headers
            .iter()
            .find_map(|known| folded.iter().enumerate().position(|(at, header)| !taken[at] && header == known));
        if let Some(at) = found {
            taken[at] = true;
            map.insert(field.name.to_owned(), headers[at].clone());
        }
    }
    if list == ListKind::Settlement {
        map.extend(further_fees(headers, &folded, &taken));
    }
    map
}

/// The other columns of fees, each as a further part of its line: a marketplace takes more fees than a payout has lines.
fn further_fees(headers: &[String], folded: &[String], taken: &[bool]) -> ColumnMap {
    let mut map = ColumnMap::new();
    for name in [SERVICE_FEE, SHIPPING_DIFFERENCE, VOUCHER_SELLER] {
        let Some(field) = SETTLEMENT.iter().find(|field| field.headers == name) else { continue };
        let others = headers.iter().zip(folded).zip(taken);
        let others = others.filter(|((_, folded), taken)| !**taken && name.contains(&folded.as_str()));
        map.extend(
            (2..).zip(others).map(|(part, ((header, _), _))| (format!("{}:{part}", field.name), header.clone())),
        );
    }
    map
}

/// A column for each warehouse whose name stands in exactly one header.
#[must_use]
pub fn suggest_warehouse_columns(headers: &[String], warehouses: &[Warehouse]) -> ColumnMap {
    let mut map = ColumnMap::new();
    for warehouse in warehouses {
        let name = folded(&warehouse.name);
        let mut named = headers.iter().filter(|header| !name.is_empty() && folded(header).contains(&name));
        if let (Some(header), None) = (named.next(), named.next()) {
            map.insert(format!("{ON_HAND_PREFIX}{}", warehouse.id), header.clone());
        }
    }
    map
}

/// The warehouses that the map names a column for.
pub fn warehouse_columns(map: &ColumnMap) -> impl Iterator<Item = (ForstokWarehouseId, &str)> {
    map.keys().filter_map(|field| Some((field.strip_prefix(ON_HAND_PREFIX)?.parse().ok()?, field.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> ColumnMap {
        pairs.iter().map(|&(field, header)| (field.to_owned(), header.to_owned())).collect()
    }

    #[test]
    fn columns_are_suggested_in_both_languages() {
        let indonesian = headers(&["No", "Kode SKU", "Nama Produk", "Harga Jual", "HPP", "Kategori", "Stok"]);
        let expected = [
            ("sku", "Kode SKU"),
            ("name", "Nama Produk"),
            ("price", "Harga Jual"),
            ("cost_price", "HPP"),
            ("category", "Kategori"),
            ("on_hand", "Stok"),
        ];
        assert_eq!(suggest_columns(ListKind::Master, &indonesian), map(&expected));
        let english = headers(&["Warehouse", "SKU", "Qty", "Unit_Cost"]);
        let expected = [("sku", "SKU"), ("quantity", "Qty"), ("warehouse", "Warehouse"), ("unit_cost", "Unit_Cost")];
        assert_eq!(suggest_columns(ListKind::Count, &english), map(&expected));
    }

    #[test]
    fn nothing_is_suggested_where_nothing_is_known() {
        assert_eq!(suggest_columns(ListKind::Master, &headers(&["Foo", "Bar"])), ColumnMap::new());
    }

    #[test]
    fn a_column_named_after_one_warehouse_is_suggested_for_it() {
        let warehouse =
            |id, name: &str| Warehouse { id: ForstokWarehouseId(id), name: name.into(), active: true, default: false };
        let headers = headers(&["SKU", "Stok Gudang Utama", "Stok Bandung", "Bandung (reserved)"]);
        let warehouses = [warehouse(195, "Gudang Utama"), warehouse(196, "Bandung")];
        let suggested = suggest_warehouse_columns(&headers, &warehouses);
        assert_eq!(suggested, map(&[("on_hand:195", "Stok Gudang Utama")]));
        let columns: Vec<_> = warehouse_columns(&suggested).collect();
        assert_eq!(columns, [(ForstokWarehouseId(195), "on_hand:195")]);
    }
}
