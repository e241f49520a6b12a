//! The shop in Forstok: stores, warehouses, stock, pending listings, orders.

use std::collections::BTreeMap;

use super::catalogue::{Good, Trouble, goods};
use super::{Plan, orders};
use crate::clock;
use crate::forstok::shop::{Kind, Listing, ListingVariant, Shop, Store, Variant, Warehouse};

/// The 14 kinds of channel the shop may sell on (forstok-api.md §5.1), most used first: name, id, store name.
pub(crate) const CHANNELS: [(&str, i64, &str); 14] = [
    ("Shopee", 12, "Nusantara Shopee"),
    ("Tokopedia", 15, "Nusantara Tokopedia"),
    ("TikTok", 10_030, "Nusantara TikTok Shop"),
    ("Lazada", 3, "Nusantara Lazada"),
    ("Blibli", 9, "Nusantara Blibli"),
    ("Zalora Indonesia", 13, "Nusantara Zalora"),
    ("shopify", 2, "nusantaragoods.id"),
    ("Manual SO", 21, "Manual SO"),
    ("WooCommerce", 19, "Nusantara Grosir"),
    ("Bukalapak", 11, "Nusantara Bukalapak"),
    ("Magento 2", 10, "Nusantara Korporat"),
    ("GrabMart", 10_017, "Nusantara GrabMart"),
    ("JD.ID", 16, "Nusantara JD"),
    ("Zilingo", 18, "Nusantara Zilingo"),
];

/// Id of the first store.
const FIRST_STORE: i64 = 7001;
/// Warehouses: id, name, code.
const WAREHOUSES: [(i64, &str, &str); 3] =
    [(195, "Gudang-Utama", "WH-001"), (196, "Gudang-Bandung", "WH-002"), (197, "Toko-Offline", "WH-003")];

/// The shop of a plan.
pub(crate) fn shop(plan: &Plan) -> Shop {
    let goods = goods(plan);
    let mut shop = Shop { webhook_key: "kunci-webhook".into(), ..Shop::default() };
    let warehouse = |(index, (id, name, code)): (usize, &(i64, &str, &str))| Warehouse {
        id: *id,
        name: (*name).into(),
        code: (*code).into(),
        active: true,
        default: index == 0,
    };
    shop.warehouses = WAREHOUSES.iter().enumerate().map(warehouse).collect();
    shop.stores = stores(plan);
    add_variants(&mut shop, &goods, plan);
    add_pending(&mut shop, &goods, plan);
    orders::add(&mut shop, &goods, plan);
    shop
}

/// The stores of a plan; the store of manual orders takes no part in item export.
pub(crate) fn stores(plan: &Plan) -> Vec<Store> {
    let synced = clock::iso_millis(plan.today.at(6, 0, 0, 0));
    let store = |((channel, channel_id, name), id): (&(&str, i64, &str), i64)| Store {
        id,
        name: (*name).into(),
        channel: (*channel).into(),
        channel_id: *channel_id,
        username: name.to_lowercase().replace(' ', "."),
        active: true,
        sync_item: *channel_id != 21,
        last_synced_at: (*channel_id != 21).then(|| synced.clone()),
    };
    CHANNELS.iter().take(plan.stores).zip(FIRST_STORE..).map(store).collect()
}

fn add_variants(shop: &mut Shop, goods: &[Good], plan: &Plan) {
    let mut dice = plan.dice(2);
    let mut clean = 0_usize;
    for (good, id) in goods.iter().zip(16_800_001..) {
        let (mut sku, mut name) = (good.sku.clone(), good.name.clone());
        if plan.odd_spelling && good.trouble.is_none() {
            (sku, name) = spelled_oddly(sku, name, clean);
            clean += 1;
        }
        let mut quantities = BTreeMap::new();
        for (index, (warehouse, ..)) in WAREHOUSES.iter().enumerate() {
            // Everything is in the first warehouse, two thirds in the second, some in the shop.
            if !dice.percent([100, 65, 30][index]) {
                continue;
            }
            let on_hand = if dice.percent(15) { 0 } else { dice.between(1, [120, 40, 12][index]) };
            let promotions = if on_hand > 10 && dice.percent(8) { dice.between(1, 5) } else { 0 };
            quantities.insert(*warehouse, (on_hand, promotions));
        }
        shop.add_variant(Variant {
            id,
            product_id: good.product,
            sku,
            name,
            category: good.family.into(),
            price: good.price,
            cost_price: good.cost,
            barcode: good.barcode.clone(),
            quantities,
        });
    }
}

/// How people and their programs write a SKU and a name: the same to the eye. Most stay as they are.
fn spelled_oddly(sku: String, name: String, number: usize) -> (String, String) {
    match number % 12 {
        0 => (format!("{sku} "), name),
        2 => (sku, name.replacen(' ', "\u{200b} ", 1)),
        3 => (format!(" {sku}"), format!("\u{feff}{name}")),
        5 => (sku, name.replacen(' ', "&nbsp;", 1)),
        6 => (sku, name.replacen(' ', "\u{3000}", 1).replacen('a', "a\u{ad}", 1)),
        8 => (format!("{sku}\u{a0}"), name),
        _ => (sku, name),
    }
}

/// Pending listings of all four kinds.
fn add_pending(shop: &mut Shop, goods: &[Good], plan: &Plan) {
    let mut dice = plan.dice(3);
    let stores = shop.stores.clone();
    let mut listing = |shop: &mut Shop, name: &str, kind: Kind, sku: &str, original: &str, suggested: Option<i64>| {
        let Some(store) = dice.pick(&stores).cloned() else { return };
        let number = i64::try_from(shop.listings.len()).unwrap_or(0) + 1;
        let variant =
            ListingVariant { id: 9_900_000 + number, sku: sku.into(), original_sku: original.into(), suggested, kind };
        let id = 8_800_000 + number;
        shop.listings.insert(
            id,
            Listing {
                id,
                store_id: store.id,
                channel_id: store.channel_id,
                name: name.into(),
                variants: vec![variant],
            },
        );
    };
    let clean: Vec<&Good> = goods.iter().filter(|good| good.trouble.is_none()).collect();
    for number in 0..plan.few() {
        if let Some(good) = clean.get(number * 3 + 1) {
            let suggested = shop.by_sku.get(&good.sku).copied();
            listing(shop, &good.name, Kind::Matched, &good.sku, &good.sku, suggested);
        }
        let sku = format!("JKT-BARU-{:02}", number + 1);
        listing(shop, &format!("Jaket Denim Edisi {}", number + 1), Kind::NotMatched, &sku, &sku, None);
    }
    for good in goods {
        match good.trouble {
            Some(Trouble::MadeUpSku) => listing(shop, &good.name, Kind::Empty, &good.sku, "", None),
            Some(Trouble::SuffixedSku) => {
                let original = good.sku.split('(').next().unwrap_or_default();
                listing(shop, &good.name, Kind::Duplicate, &good.sku, original, None);
            }
            _ => {}
        }
    }
}
