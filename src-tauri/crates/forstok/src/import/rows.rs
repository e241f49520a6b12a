//! Rows of a table as master items, pending listings or counts.

use super::ImportError;
use super::column::{Column, check};
use super::columns::{ColumnMap, ListKind, warehouse_columns};
use super::table::{Row, Table};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{PendingKind, PendingListing, Variant, VariantStock};
use selaras_domain::ids::{ForstokWarehouseId, ListingId, ListingVariantId, StoreId};
use std::collections::BTreeMap;

/// One counted SKU.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CountRow {
    /// Row of the file, from 1.
    pub row: usize,
    /// SKU.
    pub sku: String,
    /// Warehouse by name or id, as it stands in the file; `None` where the file has no such column.
    pub warehouse: Option<String>,
    /// How many were counted; never below zero.
    pub quantity: Quantity,
    /// Cost of each, when the file says it; never below zero.
    pub unit_cost: Option<Money>,
}

/// Reads master items. `primary` is the warehouse that a single `on_hand` column is about; without it that column is not used.
///
/// # Errors
/// The first cell that cannot be read, by row and column.
pub fn read_master(
    table: &Table,
    map: &ColumnMap,
    primary: Option<ForstokWarehouseId>,
) -> Result<Vec<Variant>, ImportError> {
    check(table, map, ListKind::Master)?;
    let (sku, name) = (Column::required(table, map, "sku")?, Column::required(table, map, "name")?);
    let [price, cost_price, barcode, category] =
        ["price", "cost_price", "barcode", "category"].map(|field| Column::chosen(table, map, field));
    let (price, cost_price, barcode, category) = (price?, cost_price?, barcode?, category?);
    let mut figures = Vec::new();
    for (warehouse, field) in warehouse_columns(map) {
        if let Some(column) = Column::chosen(table, map, field)? {
            figures.push((warehouse, column));
        }
    }
    if figures.is_empty()
        && let (Some(primary), Some(column)) = (primary, Column::chosen(table, map, "on_hand")?)
    {
        figures.push((primary, column));
    }
    let money = |column: &Option<Column<'_>>, row: &Row| -> Result<Option<Money>, ImportError> {
        Ok(column.as_ref().map(|column| column.not_below_zero(row)).transpose()?.flatten().map(Money))
    };
    let text = |column: &Option<Column<'_>>, row: &Row| column.as_ref().and_then(|column| column.text(row));
    let mut variants = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut stock = Vec::new();
        for (warehouse, column) in &figures {
            // An empty cell is a warehouse without opening stock: no row, as in the API.
            if let Some(number) = column.number(row)? {
                stock.push(VariantStock { warehouse: *warehouse, on_hand: Quantity(number), reserved: Quantity::ZERO });
            }
        }
        variants.push(Variant {
            id: None,
            sku: sku.code(row).unwrap_or_default(),
            name: name.text(row).unwrap_or_default(),
            category: text(&category, row),
            price: money(&price, row)?,
            cost_price: money(&cost_price, row)?,
            barcode: text(&barcode, row),
            stock,
        });
    }
    Ok(variants)
}

/// Reads pending listings; Forstok exports one file for each kind.
///
/// # Errors
/// The first cell that cannot be read, by row and column.
pub fn read_pending(table: &Table, map: &ColumnMap, kind: PendingKind) -> Result<Vec<PendingListing>, ImportError> {
    check(table, map, ListKind::Pending)?;
    let sku = Column::required(table, map, "sku")?;
    let [name, original_sku, store, listing, variant] =
        ["name", "original_sku", "store_id", "listing_id", "listing_variant_id"]
            .map(|field| Column::chosen(table, map, field));
    let (name, original_sku, store, listing, variant) = (name?, original_sku?, store?, listing?, variant?);
    let text = |column: &Option<Column<'_>>, row: &Row| column.as_ref().and_then(|column| column.text(row));
    let id = |column: &Option<Column<'_>>, row: &Row| -> Result<Option<i64>, ImportError> {
        Ok(column.as_ref().map(|column| column.id(row)).transpose()?.flatten())
    };
    let mut pending = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let sku = sku.code(row).unwrap_or_default();
        pending.push(PendingListing {
            listing: id(&listing, row)?.map(ListingId),
            listing_variant: id(&variant, row)?.map(ListingVariantId),
            store: id(&store, row)?.map(StoreId),
            name: text(&name, row).unwrap_or_default(),
            // Where the file has no such column, the marketplace's SKU is the one shown, but for the kind that has none.
            original_sku: match &original_sku {
                Some(column) => column.code(row).unwrap_or_default(),
                None if kind == PendingKind::Empty => String::new(),
                None => sku.clone(),
            },
            sku,
            kind,
            suggested: None,
        });
    }
    Ok(pending)
}

/// Reads a stock count.
///
/// # Errors
/// The first cell that cannot be read, by row and column; a row without SKU or quantity; a SKU that is counted twice in one
/// warehouse.
pub fn read_count(table: &Table, map: &ColumnMap) -> Result<Vec<CountRow>, ImportError> {
    check(table, map, ListKind::Count)?;
    let (sku, quantity) = (Column::required(table, map, "sku")?, Column::required(table, map, "quantity")?);
    let warehouse = Column::chosen(table, map, "warehouse")?;
    let unit_cost = Column::chosen(table, map, "unit_cost")?;
    let mut seen: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let mut counts = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let empty = |column: &Column<'_>| ImportError::EmptyCell { row: row.number, column: column.header.to_owned() };
        let count = CountRow {
            row: row.number,
            sku: sku.code(row).ok_or_else(|| empty(&sku))?,
            warehouse: warehouse.as_ref().map(|column| column.text(row).ok_or_else(|| empty(column))).transpose()?,
            quantity: Quantity(quantity.not_below_zero(row)?.ok_or_else(|| empty(&quantity))?),
            unit_cost: match &unit_cost {
                Some(column) => column.not_below_zero(row)?.map(Money),
                None => None,
            },
        };
        if let Some(&first) = seen.get(&(count.sku.clone(), count.warehouse.clone())) {
            return Err(ImportError::Repeated { row: row.number, first, sku: count.sku });
        }
        seen.insert((count.sku.clone(), count.warehouse.clone()), row.number);
        counts.push(count);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::super::{suggest_columns, table};
    use super::*;

    fn read(text: &str, list: ListKind) -> (Table, ColumnMap) {
        let table = table(text.as_bytes(), "x.csv").unwrap();
        let map = suggest_columns(list, &table.headers);
        (table, map)
    }

    fn money(text: &str) -> Money {
        Money(text.parse().unwrap())
    }

    #[test]
    fn master_items_are_read_with_one_figure() {
        let (table, map) = read(
            "SKU;Nama Produk;Harga Jual;HPP;Kategori;Stok\nKOPI-1;Kopi Gayo;150.000;80.500,50;Kopi;12\n;Tanpa SKU;;;-;\n",
            ListKind::Master,
        );
        let primary = ForstokWarehouseId(195);
        let variants = read_master(&table, &map, Some(primary)).unwrap();
        let first = Variant {
            id: None,
            sku: "KOPI-1".into(),
            name: "Kopi Gayo".into(),
            category: Some("Kopi".into()),
            price: Some(money("150000")),
            cost_price: Some(money("80500.50")),
            barcode: None,
            stock: vec![VariantStock { warehouse: primary, on_hand: Quantity::from(12), reserved: Quantity::ZERO }],
        };
        let second = Variant {
            sku: String::new(),
            name: "Tanpa SKU".into(),
            category: None,
            price: None,
            cost_price: None,
            stock: Vec::new(),
            ..first.clone()
        };
        assert_eq!(variants, [first, second]);
        assert!(read_master(&table, &map, None).unwrap().iter().all(|variant| variant.stock.is_empty()));
    }

    #[test]
    fn master_items_are_read_with_a_figure_for_each_warehouse() {
        let (table, mut map) = read("SKU,Name,Utama,Bandung\nA,Kaos,5,-2\nB,Topi,,3\n", ListKind::Master);
        map.insert("on_hand:1".into(), "Utama".into());
        map.insert("on_hand:2".into(), "Bandung".into());
        let variants = read_master(&table, &map, None).unwrap();
        let figures: Vec<Vec<_>> = variants
            .iter()
            .map(|variant| variant.stock.iter().map(|one| (one.warehouse.0, one.on_hand.text())).collect())
            .collect();
        assert_eq!(figures, [vec![(1, "5".to_owned()), (2, "-2".to_owned())], vec![(2, "3".to_owned())]]);
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let (table, map) = read("Daftar\nSKU,Qty\nA,1\nB,abc\n", ListKind::Count);
        let error = read_count(&table, &map).unwrap_err();
        assert_eq!(error.to_string(), "row 4, column \"Qty\": \"abc\" is not a number");
        assert!(super::super::CODES.contains(&error.reason().code.as_str()));
    }

    #[test]
    fn a_number_with_two_meanings_is_read_by_its_column_or_refused() {
        let (table, map) = read("SKU,Qty,Cost\nA,1,1.500\nB,2,\"1.234,50\"\n", ListKind::Count);
        let costs: Vec<_> = read_count(&table, &map).unwrap().into_iter().map(|row| row.unit_cost).collect();
        assert_eq!(costs, [Some(money("1500")), Some(money("1234.50"))]);
        let (table, map) = read("SKU,Qty,Cost\nA,1,1.500\n", ListKind::Count);
        let error = read_count(&table, &map).unwrap_err();
        assert_eq!(error.to_string(), "row 2, column \"Cost\": \"1.500\" can mean 1500 or 1.5");
        let (table, map) = read("SKU;Qty;Cost\nA;1;1.500\n", ListKind::Count);
        assert_eq!(read_count(&table, &map).unwrap()[0].unit_cost, Some(money("1500")));
    }

    #[test]
    fn a_count_is_read_and_its_slips_are_named() {
        let (table, map) = read("Gudang,SKU,Qty,HPP\nUtama,A,3,1000\nBandung,A,0,\n", ListKind::Count);
        let count = |row, warehouse: &str, quantity, cost| CountRow {
            row,
            sku: "A".into(),
            warehouse: Some(warehouse.into()),
            quantity: Quantity::from(quantity),
            unit_cost: cost,
        };
        let expected = [count(2, "Utama", 3, Some(money("1000"))), count(3, "Bandung", 0, None)];
        assert_eq!(read_count(&table, &map).unwrap(), expected);
        for (rows, message) in [
            ("A,3\nA,4\n", "row 3 repeats row 2: A"),
            ("A,-1\n", "row 2, column \"Qty\": -1 is below zero"),
            (",1\n", "row 2, column \"SKU\" is empty"),
            ("A,\n", "row 2, column \"Qty\" is empty"),
        ] {
            let (table, map) = read(&format!("SKU,Qty\n{rows}"), ListKind::Count);
            assert_eq!(read_count(&table, &map).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn pending_listings_are_read_for_their_kind() {
        let (table, map) = read("SKU,Nama Produk,Store ID\nkaos0000,Kaos,7001\n", ListKind::Pending);
        let expected = PendingListing {
            listing: None,
            listing_variant: None,
            store: Some(StoreId(7001)),
            name: "Kaos".into(),
            sku: "kaos0000".into(),
            original_sku: String::new(),
            kind: PendingKind::Empty,
            suggested: None,
        };
        assert_eq!(read_pending(&table, &map, PendingKind::Empty).unwrap(), [expected]);
    }

    #[test]
    fn a_column_that_is_missing_is_named() {
        let (table, mut map) = read("SKU,Foo\nA,1\n", ListKind::Count);
        let missing = ImportError::ColumnMissing { field: "quantity".into() };
        assert_eq!(read_count(&table, &map), Err(missing));
        map.insert("quantity".into(), "Qty".into());
        let missing = ImportError::NoSuchColumn { field: "quantity".into(), header: "Qty".into() };
        assert_eq!(read_count(&table, &map), Err(missing));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reading(text in "([a-zA-Z0-9;,.\"\\- ]{0,20}\n){0,8}") {
            let Ok(table) = table(text.as_bytes(), "x.csv") else { return Ok(()) };
            for list in [ListKind::Master, ListKind::Pending, ListKind::Count] {
                let fields = list.fields().iter().zip(&table.headers);
                let map = fields.map(|(field, header)| (field.name.to_owned(), header.clone())).collect();
                let _ = (read_master(&table, &map, None), read_pending(&table, &map, PendingKind::Empty), read_count(&table, &map));
            }
        }
    }
}
