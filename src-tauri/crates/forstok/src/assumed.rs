//! Endpoints that are not public: every path, field and envelope here is a guess of forstok-api.md §10, in the style of the proven
//! ones. When the real documentation comes, this file changes and no other.

use crate::orders::{optional_moment, wib};
use crate::pipeline::{Call, Class};
use crate::wire::{optional_code, optional_flag, optional_id, optional_text};
use jiff::Timestamp;
use reqwest::Method;
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{PendingKind, PendingListing, Store, Variant, VariantStock, Warehouse};
use selaras_domain::ids::{ForstokWarehouseId, ListingId, ListingVariantId, StoreId, VariantId};
use selaras_domain::order::{OrderReturn, ReturnedLine};
use selaras_domain::unread::ListName;
use selaras_domain::wire::{Misread, optional_decimal, read_row};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A list that is read page by page: its path and the name of its rows in the answer.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub path: &'static str,
    pub rows: &'static str,
    pub name: ListName,
}

/// Every guessed path (§10 items 1 to 6). `{id}` stands for a record's id.
pub const PATHS: Paths = Paths {
    variants: List { path: "/api/v2/variants.json", rows: "variants", name: ListName::Variants },
    warehouses: List { path: "/api/v2/warehouses.json", rows: "warehouses", name: ListName::ShopWarehouses },
    stores: List { path: "/api/v2/stores.json", rows: "stores", name: ListName::Stores },
    pending: List { path: "/api/v2/listings/pending.json", rows: "listings", name: ListName::Pending },
    orders: List { path: "/api/v2/orders.json", rows: "orders", name: ListName::Orders },
    invoices: List { path: "/api/v2/invoices.json", rows: "invoices", name: ListName::ShopInvoices },
    payments: List { path: "/api/v2/payments.json", rows: "payments", name: ListName::Payments },
    confirm_listing: "/api/v2/listings/{id}/confirm.json",
    link_listing_variant: "/api/v2/listing_variants/{id}/link.json",
    delete_listing: "/api/v2/listings/{id}.json",
    import_store: "/api/v2/stores/{id}/import.json",
};

/// The shape of [`PATHS`].
#[derive(Debug, Clone, Copy)]
pub struct Paths {
    pub variants: List,
    pub warehouses: List,
    pub stores: List,
    pub pending: List,
    pub orders: List,
    pub invoices: List,
    pub payments: List,
    pub confirm_listing: &'static str,
    pub link_listing_variant: &'static str,
    pub delete_listing: &'static str,
    pub import_store: &'static str,
}

/// One page of a list, from 1.
pub fn page(list: List, filter: &[(&'static str, String)], page: usize, per_page: usize) -> Call {
    let mut query = vec![("page", page.to_string()), ("per_page", per_page.to_string())];
    query.extend(filter.iter().cloned());
    Call { class: Class::Read, method: Method::GET, path: list.path.to_owned(), query, body: None }
}

/// What tells a row from the others of its list. Payments have no id (§7.3): one is told by its transfer and by what it pays.
#[derive(Deserialize)]
struct IdentityRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_id")]
    listing_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    reference: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    paid_at: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    amount_receive: Option<String>,
    #[serde(default)]
    invoices: Option<Vec<InvoiceOfPayment>>,
    #[serde(default, deserialize_with = "optional_moment")]
    updated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct InvoiceOfPayment {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
}

/// By what a row of a list is known again on another page, and when it changed last, where it says that. A row that says nothing of itself
/// is known by its whole text.
pub fn identity(raw: &RawValue) -> (String, Option<Timestamp>) {
    let Ok(row) = serde_json::from_str::<IdentityRow>(raw.get()) else { return (raw.get().to_owned(), None) };
    let known_by = match (row.id.or(row.listing_id), row.paid_at) {
        (Some(id), _) => id.to_string(),
        (None, Some(paid_at)) => {
            let invoices: Vec<_> = row.invoices.into_iter().flatten().map(|invoice| invoice.id).collect();
            format!("{paid_at} {:?} {:?} {invoices:?}", row.reference, row.amount_receive)
        }
        (None, None) => raw.get().to_owned(),
    };
    (known_by, row.updated_at)
}

fn write(method: Method, path: &str, id: i64, body: Option<String>) -> Call {
    Call { class: Class::Write, method, path: path.replace("{id}", &id.to_string()), query: Vec::new(), body }
}

/// The filters of the order list for what changed since a moment (§10 item 1). The samples have WIB without milliseconds.
pub fn orders_since(since: Timestamp) -> Vec<(&'static str, String)> {
    vec![("updated_from", since.to_zoned(wib()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())]
}

/// The filter of the variant list for one SKU (§10 item 4).
pub fn of_sku(sku: &str) -> Vec<(&'static str, String)> {
    vec![("sku", sku.to_owned())]
}

/// Confirms a listing: `link`, `create_master` or `replace`.
pub fn confirm_listing(listing: ListingId, action: &str) -> Call {
    let body = serde_json::json!({ "action": action }).to_string();
    write(Method::POST, PATHS.confirm_listing, listing.0, Some(body))
}

/// Links one variant of a listing to a master variant.
pub fn link_listing_variant(variant: ListingVariantId, master: VariantId) -> Call {
    let body = serde_json::json!({ "variant_id": master }).to_string();
    write(Method::POST, PATHS.link_listing_variant, variant.0, Some(body))
}

/// Deletes a listing in Forstok, with all its variants (§9.2, doc).
pub fn delete_listing(listing: ListingId) -> Call {
    write(Method::DELETE, PATHS.delete_listing, listing.0, None)
}

/// Imports a store's listings anew.
pub fn import_store(store: StoreId) -> Call {
    write(Method::POST, PATHS.import_store, store.0, Some("{}".to_owned()))
}

/// The four kinds as the `kind` of the pending list.
pub const KINDS: [(PendingKind, &str); 4] = [
    (PendingKind::NotMatched, "not_matched"),
    (PendingKind::Matched, "matched"),
    (PendingKind::Empty, "empty"),
    (PendingKind::Duplicate, "duplicate"),
];

/// The kind of a word, whatever its case and separators.
fn kind_of(word: &str) -> Option<PendingKind> {
    let word = word.to_lowercase().replace(['-', ' '], "_");
    let word = word.strip_prefix("sku_").unwrap_or(&word);
    KINDS.into_iter().find(|(_, name)| *name == word).map(|(kind, _)| kind)
}

/// §10 item 4; `regular_price` as in §7.4.
#[derive(Debug, Deserialize)]
pub struct VariantRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_code")]
    sku: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    category_name: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    regular_price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    cost_price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_text")]
    barcode: Option<String>,
    #[serde(default)]
    quantities: Option<Vec<QuantityRow>>,
}

#[derive(Debug, Deserialize)]
struct QuantityRow {
    #[serde(default, deserialize_with = "optional_id")]
    warehouse_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_decimal")]
    on_hand: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    quantity: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    reserved_orders: Option<Decimal>,
}

impl VariantRow {
    /// Whether the row says anything about stock.
    pub fn has_quantities(&self) -> bool {
        self.quantities.is_some()
    }

    pub fn variant(self) -> Variant {
        let figure = |row: QuantityRow| {
            // A row without warehouse or figure says nothing that could be used.
            let (warehouse, on_hand) = (row.warehouse_id?, row.on_hand.or(row.quantity)?);
            Some(VariantStock {
                warehouse: ForstokWarehouseId(warehouse),
                on_hand: Quantity(on_hand),
                reserved: Quantity(row.reserved_orders.unwrap_or_default()),
            })
        };
        Variant {
            id: self.id.map(VariantId),
            sku: self.sku.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            category: self.category_name,
            price: self.price.or(self.regular_price).map(Money),
            cost_price: self.cost_price.map(Money),
            barcode: self.barcode,
            stock: self.quantities.unwrap_or_default().into_iter().filter_map(figure).collect(),
        }
    }
}

/// §10 item 2.
#[derive(Debug, Deserialize)]
pub struct WarehouseRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "optional_flag")]
    active: Option<bool>,
    #[serde(default, deserialize_with = "optional_flag")]
    default: Option<bool>,
}

impl WarehouseRow {
    /// Fails without an id: such a warehouse cannot be referred to.
    pub fn warehouse(self) -> Result<Warehouse, Misread> {
        let id = ForstokWarehouseId(self.id.ok_or_else(|| Misread::missing("id"))?);
        let name = self.name.or(self.code).unwrap_or_else(|| id.to_string());
        Ok(Warehouse { id, name, active: self.active.unwrap_or(true), default: self.default.unwrap_or(false) })
    }
}

/// §10 item 3.
#[derive(Debug, Deserialize)]
pub struct StoreRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    channel_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_flag")]
    active: Option<bool>,
    /// *Sync item* of a channel is its export to the marketplace (forstok-accounting-flow.md).
    #[serde(default, deserialize_with = "optional_flag")]
    sync_item: Option<bool>,
}

impl StoreRow {
    /// Fails without an id: such a store cannot be referred to.
    pub fn store(self) -> Result<Store, Misread> {
        let id = StoreId(self.id.ok_or_else(|| Misread::missing("id"))?);
        let channel = self.channel.unwrap_or_default();
        Ok(Store {
            id,
            name: self.name.unwrap_or_else(|| id.to_string()),
            channel_id: self.channel_id.unwrap_or_else(|| channel_number(&channel)),
            channel,
            active: self.active.unwrap_or(true),
            export_on: self.sync_item,
        })
    }
}

/// The number of a channel by its name (§5.1, doc), for an answer that carries only the name; 0 for one that is not listed.
pub(crate) fn channel_number(name: &str) -> i64 {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    match name.as_str() {
        "shopify" => 2,
        "lazada" => 3,
        "blanja" => 5,
        "mataharimall" => 6,
        "magento1" => 7,
        "elevenia" => 8,
        "blibli" => 9,
        "magento2" => 10,
        "bukalapak" => 11,
        "shopee" => 12,
        "zalora" | "zaloraindonesia" => 13,
        "tokopedia" => 15,
        "jdid" => 16,
        "zilingo" => 18,
        "woocommerce" => 19,
        "manualso" | "salesorder" => 21,
        "grabmart" => 10_017,
        "tiktok" | "tiktokshop" => 10_030,
        "aladinmall" => 3_532,
        _ => 0,
    }
}

/// §10 item 6. A listing with its variants.
#[derive(Debug, Deserialize)]
struct ListingRow {
    #[serde(default, deserialize_with = "optional_id")]
    listing_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_id")]
    store_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default)]
    variants: Option<Vec<ListingVariantRow>>,
}

#[derive(Debug, Deserialize)]
struct ListingVariantRow {
    #[serde(default, deserialize_with = "optional_id")]
    listing_variant_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "optional_code")]
    sku: Option<String>,
    #[serde(default, deserialize_with = "optional_code")]
    original_sku: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    suggested_variant_id: Option<i64>,
}

/// The variants of one row that wait; a row without `variants` is one variant by itself. `asked` is the kind that the list was
/// asked for, in case the rows do not say it.
///
/// # Errors
/// The place of what cannot be read.
pub fn pending(raw: &RawValue, asked: PendingKind) -> Result<Vec<PendingListing>, Misread> {
    let listing: ListingRow = read_row(raw)?;
    let variants = match listing.variants {
        Some(variants) => variants,
        None => vec![read_row(raw)?],
    };
    let waiting = |row: ListingVariantRow| PendingListing {
        listing: listing.listing_id.map(ListingId),
        listing_variant: row.listing_variant_id.map(ListingVariantId),
        store: listing.store_id.map(StoreId),
        name: listing.name.clone().unwrap_or_default(),
        sku: row.sku.unwrap_or_default(),
        original_sku: row.original_sku.unwrap_or_default(),
        kind: row.kind.as_deref().and_then(kind_of).unwrap_or(asked),
        suggested: row.suggested_variant_id.map(VariantId),
    };
    Ok(variants.into_iter().map(waiting).collect())
}

/// What came back of an order. `returns` was only ever seen empty (forstok-api.md §7.1), so the shape of its elements is a guess, in the
/// words that orders and their lines have.
#[derive(Deserialize)]
struct ReturnRow {
    #[serde(default, deserialize_with = "optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "optional_moment")]
    created_at: Option<Timestamp>,
    #[serde(default)]
    item_lines: Vec<ReturnedRow>,
}

#[derive(Deserialize)]
struct ReturnedRow {
    #[serde(default, deserialize_with = "optional_code")]
    sku: Option<String>,
    /// Missing for one unit, as an order's lines have no quantity either.
    #[serde(default, deserialize_with = "optional_decimal")]
    quantity: Option<Decimal>,
}

/// The returns of an order, and the places of those that cannot be read. Such a one is left out whole: half of it would be a wrong
/// document, and the order itself is still good.
pub fn returns(raw: &RawValue) -> (Vec<OrderReturn>, Vec<Misread>) {
    if raw.get() == "null" {
        return (Vec::new(), Vec::new());
    }
    let Ok(rows) = serde_json::from_str::<Vec<Box<RawValue>>>(raw.get()) else {
        return (Vec::new(), vec![Misread::at("", raw).within("returns")]);
    };
    let (mut returns, mut unread): (Vec<OrderReturn>, _) = (Vec::new(), Vec::new());
    for (number, raw) in rows.iter().enumerate() {
        match order_return(raw) {
            Ok(read) if returns.iter().all(|known| known.id != read.id) => returns.push(read),
            Ok(_) => {}
            Err(misread) => unread.push(misread.within(&format!("returns[{number}]"))),
        }
    }
    (returns, unread)
}

fn order_return(raw: &RawValue) -> Result<OrderReturn, Misread> {
    let row: ReturnRow = read_row(raw)?;
    let mut lines: Vec<ReturnedLine> = Vec::new();
    for (number, line) in row.item_lines.into_iter().enumerate() {
        let at = |field: &str| Misread::at(&format!("item_lines[{number}].{field}"), raw);
        let quantity = Quantity(line.quantity.unwrap_or(Decimal::ONE));
        let sku = line.sku.ok_or_else(|| at("sku"))?;
        if !quantity.is_positive() {
            return Err(at("quantity"));
        }
        match lines.iter_mut().find(|known| known.sku == sku) {
            Some(known) => known.quantity = known.quantity + quantity,
            None => lines.push(ReturnedLine { sku, quantity }),
        }
    }
    if lines.is_empty() {
        return Err(Misread::at("item_lines", raw));
    }
    let id = row.id.ok_or_else(|| Misread::at("id", raw))?;
    Ok(OrderReturn { id, at: row.created_at.ok_or_else(|| Misread::at("created_at", raw))?, lines })
}
