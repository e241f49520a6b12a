//! Which column holds what: suggested by common Indonesian and English headers, decided by the person, remembered by the caller.

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
}

/// A field of a list, with the headers that it is known by, folded as by [`folded`]. The better known come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in a [`ColumnMap`].
    pub name: &'static str,
    /// Whether the list cannot be read without it.
    pub required: bool,
    headers: &'static [&'static str],
}

const fn field(name: &'static str, required: bool, headers: &'static [&'static str]) -> Field {
    Field { name, required, headers }
}

const SKU: Field = field(
    "sku",
    true,
    &[
        "sku",
        "master sku",
        "sku master",
        "kode sku",
        "sku code",
        "sku kode",
        "kode barang",
        "item code",
        "kode item",
        "kode produk",
        "product code",
        "kode",
    ],
);
const NAME: &[&str] = &[
    "name",
    "nama",
    "nama produk",
    "product name",
    "nama barang",
    "item name",
    "nama item",
    "nama varian",
    "variant name",
    "variant",
    "varian",
    "judul",
    "title",
    "listing name",
    "nama listing",
    "produk",
    "product",
    "item",
    "barang",
];

const MASTER: &[Field] = &[
    SKU,
    field("name", true, NAME),
    field(
        "price",
        false,
        &["price", "harga", "harga jual", "regular price", "selling price", "harga normal", "harga reguler"],
    ),
    field(
        "cost_price",
        false,
        &[
            "cost price",
            "cost",
            "hpp",
            "harga modal",
            "modal",
            "harga beli",
            "harga pokok",
            "purchase price",
            "buy price",
        ],
    ),
    field("barcode", false, &["barcode", "kode batang", "ean", "upc", "gtin"]),
    field("category", false, &["category", "kategori", "category name", "nama kategori", "kategori produk"]),
    field(
        "on_hand",
        false,
        &[
            "on hand",
            "on hand total",
            "stock",
            "stok",
            "qty",
            "quantity",
            "jumlah",
            "stok tersedia",
            "jumlah stok",
            "total stok",
            "qty on hand",
            "quantity on hand",
            "kuantitas",
        ],
    ),
];

const PENDING: &[Field] = &[
    SKU,
    field("name", false, NAME),
    field(
        "original_sku",
        false,
        &[
            "original sku",
            "sku asli",
            "channel sku",
            "marketplace sku",
            "sku marketplace",
            "sku channel",
            "seller sku",
            "sku awal",
        ],
    ),
    field("store_id", false, &["store id", "id toko", "account id", "id store"]),
    field("listing_id", false, &["listing id", "id listing", "item id", "id produk", "product id"]),
    field("listing_variant_id", false, &["listing variant id", "variant id", "id varian", "id variant"]),
];

const COUNT: &[Field] = &[
    SKU,
    field(
        "quantity",
        true,
        &[
            "quantity",
            "qty",
            "jumlah",
            "stok fisik",
            "hasil hitung",
            "hitung",
            "counted",
            "count",
            "stok",
            "stock",
            "kuantitas",
            "on hand",
            "qty fisik",
        ],
    ),
    field(
        "warehouse",
        false,
        &["warehouse", "gudang", "nama gudang", "warehouse name", "lokasi", "location", "warehouse id", "id gudang"],
    ),
    field(
        "unit_cost",
        false,
        &[
            "unit cost",
            "cost price",
            "hpp",
            "harga modal",
            "harga pokok",
            "biaya satuan",
            "harga beli",
            "modal",
            "cost",
            "biaya",
            "harga satuan",
        ],
    ),
];

impl ListKind {
    /// Its name, for what is remembered about it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Pending => "pending",
            Self::Count => "count",
        }
    }

    /// Its fields.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Master => MASTER,
            Self::Pending => PENDING,
            Self::Count => COUNT,
        }
    }
}

/// A header as it is compared: lower case, one space between words, no marks.
fn folded(header: &str) -> String {
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
