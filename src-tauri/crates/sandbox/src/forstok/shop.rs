//! The shop behind the Seller API: warehouses, stores, variants, orders, invoices, payments, pending listings
//! (forstok-api.md §7, §9).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// The merchant's id in every object.
pub(crate) const PROFILE_ID: i64 = 900;

/// A warehouse.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Warehouse {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) code: String,
    pub(crate) active: bool,
    pub(crate) default: bool,
}

/// A connected store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Store {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) channel: String,
    pub(crate) channel_id: i64,
    pub(crate) username: String,
    pub(crate) active: bool,
    pub(crate) sync_item: bool,
    pub(crate) last_synced_at: Option<String>,
}

/// A master variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) id: i64,
    pub(crate) product_id: i64,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) price: i64,
    pub(crate) cost_price: Option<i64>,
    pub(crate) barcode: Option<String>,
    /// On hand and reserved for promotions, per warehouse; a row exists only after an opening stock (§7.6).
    pub(crate) quantities: BTreeMap<i64, (i64, i64)>,
}

/// A marketplace product that is not yet linked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listing {
    pub(crate) id: i64,
    pub(crate) store_id: i64,
    pub(crate) channel_id: i64,
    pub(crate) name: String,
    pub(crate) variants: Vec<ListingVariant>,
}

/// One variant of a listing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListingVariant {
    pub(crate) id: i64,
    pub(crate) sku: String,
    pub(crate) original_sku: String,
    pub(crate) suggested: Option<i64>,
    pub(crate) kind: Kind,
}

/// The four kinds of pending action (§9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    NotMatched,
    Matched,
    Empty,
    Duplicate,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::NotMatched, Kind::Matched, Kind::Empty, Kind::Duplicate];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::NotMatched => "not_matched",
            Kind::Matched => "matched",
            Kind::Empty => "empty",
            Kind::Duplicate => "duplicate",
        }
    }
}

/// Everything Forstok knows of one merchant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shop {
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) stores: Vec<Store>,
    pub(crate) variants: BTreeMap<i64, Variant>,
    pub(crate) by_sku: HashMap<String, i64>,
    /// Orders as they are shown (§7.1).
    pub(crate) orders: BTreeMap<i64, Value>,
    pub(crate) invoices: BTreeMap<i64, Value>,
    pub(crate) payments: Vec<Value>,
    pub(crate) listings: BTreeMap<i64, Listing>,
    /// Deleted listings, by store, that an import brings back with the SKU the seller has put right meanwhile.
    pub(crate) deleted: Vec<Listing>,
    pub(crate) webhooks: Vec<(String, String)>,
    pub(crate) webhook_key: String,
    /// Lines of stock written by callers.
    pub(crate) stock_writes: usize,
}

impl Shop {
    pub(crate) fn add_variant(&mut self, variant: Variant) {
        if !variant.sku.is_empty() {
            self.by_sku.insert(variant.sku.clone(), variant.id);
        }
        self.variants.insert(variant.id, variant);
    }

    pub(crate) fn variant(&self, sku: &str) -> Option<&Variant> {
        self.variants.get(self.by_sku.get(sku)?)
    }

    pub(crate) fn variant_mut(&mut self, sku: &str) -> Option<&mut Variant> {
        self.variants.get_mut(self.by_sku.get(sku)?)
    }

    /// Takes a variant that only stood for a broken listing out of the catalogue.
    pub(crate) fn drop_variant(&mut self, sku: &str) {
        if let Some(id) = self.by_sku.remove(sku) {
            self.variants.remove(&id);
        }
    }

    /// Gives a variant another SKU and name, as a person at Forstok's own window would; its id stays.
    pub(crate) fn rewrite(&mut self, sku: &str, new_sku: &str, name: &str) -> bool {
        let Some(id) = self.by_sku.remove(sku) else { return false };
        self.by_sku.insert(new_sku.to_owned(), id);
        if let Some(variant) = self.variants.get_mut(&id) {
            new_sku.clone_into(&mut variant.sku);
            name.clone_into(&mut variant.name);
        }
        true
    }

    /// Two variants change their SKUs; their ids stay.
    pub(crate) fn swap(&mut self, one: &str, other: &str) -> bool {
        let (Some(&first), Some(&second)) = (self.by_sku.get(one), self.by_sku.get(other)) else { return false };
        for (id, sku) in [(first, other), (second, one)] {
            self.by_sku.insert(sku.to_owned(), id);
            if let Some(variant) = self.variants.get_mut(&id) {
                sku.clone_into(&mut variant.sku);
            }
        }
        true
    }

    /// Two warehouses change their names; their ids stay.
    pub(crate) fn swap_warehouses(&mut self, one: &str, other: &str) -> bool {
        let at = |name: &str| self.warehouses.iter().position(|warehouse| warehouse.name == name);
        let (Some(first), Some(second)) = (at(one), at(other)) else { return false };
        other.clone_into(&mut self.warehouses[first].name);
        one.clone_into(&mut self.warehouses[second].name);
        true
    }

    pub(crate) fn next_variant_id(&self) -> i64 {
        self.variants.keys().next_back().map_or(16_800_001, |id| id + 1)
    }

    pub(crate) fn default_warehouse(&self) -> Option<i64> {
        self.warehouses.iter().find(|warehouse| warehouse.default).map(|warehouse| warehouse.id)
    }

    /// Units of open orders per (SKU, warehouse): reserved from entry until Ready to ship (§7.6).
    pub(crate) fn reserved(&self) -> HashMap<(String, i64), i64> {
        let mut reserved = HashMap::new();
        for order in self.orders.values() {
            let open = matches!(
                order["status"].as_str(),
                Some("Pending payment" | "Pending Courier" | "Open" | "Not Shipped")
            );
            let Some(warehouse) = order["warehouse_id"].as_i64().filter(|_| open) else { continue };
            for (sku, units) in shelf_units_of(order) {
                *reserved.entry((sku, warehouse)).or_default() += units;
            }
        }
        reserved
    }

    /// A variant as the guessed read endpoint shows it (§10 item 4).
    pub(crate) fn show_variant(&self, variant: &Variant, reserved: &HashMap<(String, i64), i64>) -> Value {
        let quantities: Vec<Value> = variant
            .quantities
            .iter()
            .map(|(&warehouse, &(on_hand, promotions))| {
                let orders = reserved.get(&(variant.sku.clone(), warehouse)).copied().unwrap_or(0);
                json!({
                    "warehouse_id": warehouse,
                    "on_hand": on_hand,
                    "reserved_orders": orders,
                    "reserved_promotions": promotions,
                    "available": on_hand - orders - promotions,
                })
            })
            .collect();
        json!({
            "id": variant.id,
            "product_id": variant.product_id,
            "sku": variant.sku,
            "name": variant.name,
            "category_name": variant.category,
            "price": variant.price,
            "cost_price": variant.cost_price,
            "barcode": variant.barcode,
            "quantities": quantities,
        })
    }
}

/// Units per SKU of an order: one line is one unit, bundles count their children (§7.2).
pub(crate) fn units_of(order: &Value) -> Vec<(String, i64)> {
    units_where(order, |_| true)
}

/// The units of an order that lie on the shop's own shelves: what the marketplace's warehouse fulfils moves none of them (§7.2).
pub(crate) fn shelf_units_of(order: &Value) -> Vec<(String, i64)> {
    units_where(order, |line| line["fulfill_by_channel"] != true)
}

fn units_where(order: &Value, counts: impl Fn(&Value) -> bool) -> Vec<(String, i64)> {
    let mut units = Vec::new();
    for line in order["item_lines"].as_array().into_iter().flatten().filter(|line| counts(line)) {
        match line["bundle_info"].as_array().filter(|children| !children.is_empty()) {
            Some(children) => {
                let child = |child: &Value| {
                    (child["sku"].as_str().unwrap_or_default().to_owned(), child["qty"].as_i64().unwrap_or(0))
                };
                units.extend(children.iter().map(child));
            }
            None => units.push((line["sku"].as_str().unwrap_or_default().to_owned(), 1)),
        }
    }
    units
}
