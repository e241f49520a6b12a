//! Orders across the status machine, with invoices and payments where the status calls for them (forstok-api.md §5.2, §7).

use jiff::ToSpan as _;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::catalogue::Good;
use super::{Dice, Plan};
use crate::clock;
use crate::forstok::orders::{Fees, invoice, payment};
use crate::forstok::shop::{PROFILE_ID, Shop, Store};

/// Statuses in the proportion they occur, the first seven in the life of an order.
const STATUSES: [&str; 12] = [
    "Completed",
    "Ready to ship",
    "Open",
    "Delivered",
    "Shipped",
    "Completed",
    "Not Shipped",
    "Completed",
    "Pending payment",
    "Cancelled",
    "Completed",
    "Returned",
];

const BUYERS: [&str; 6] = ["Siti Rahma", "Budi Santoso", "Agus Wijaya", "Dewi Lestari", "Rina Kartika", "Joko Susilo"];
const CITIES: [(&str, &str, &str); 4] = [
    ("KOTA BANDUNG", "JAWA BARAT", "JB"),
    ("KOTA SURABAYA", "JAWA TIMUR", "JI"),
    ("JAKARTA SELATAN", "DKI JAKARTA", "JK"),
    ("KOTA MAKASSAR", "SULAWESI SELATAN", "SN"),
];

/// Every so many orders hold a good whose code is in trouble: such an order waits for a decision about its SKU.
const TROUBLED_EVERY: usize = 5;

/// Adds the planned orders; the first is a bundle, the second has an empty SKU.
pub(crate) fn add(shop: &mut Shop, goods: &[Good], plan: &Plan) {
    let mut dice = plan.dice(4);
    let (clean, troubled): (Vec<&Good>, Vec<&Good>) = goods.iter().partition(|good| good.trouble.is_none());
    let stores = shop.stores.clone();
    if clean.is_empty() || stores.is_empty() {
        return;
    }
    for (number, id) in (0..plan.orders).zip(140_000_001_i64..) {
        let Some(store) = stores.get(number % stores.len()) else { continue };
        let status = STATUSES[number % STATUSES.len()];
        let days = age_of(status, &mut dice);
        // Nothing lies ahead of the day's beginning, whatever the time of day is.
        let begin = plan.today.at(0, 0, 0, 0);
        let placed = begin.saturating_sub((days * 24 * 60 + 600 - dice.between(0, 600) + 10).minutes());
        let mut lines = match number {
            0 => vec![bundle(&clean, &mut dice)],
            1 => vec![line("", "Barang Belum Terhubung", "", 30_000)],
            _ => goods_lines(&clean, &mut dice),
        };
        if number % TROUBLED_EVERY == TROUBLED_EVERY - 1
            && let Some(good) = troubled.get(number / TROUBLED_EVERY % troubled.len().max(1))
        {
            lines.push(line(&good.sku, &good.name, "", good.price));
        }
        let mut order = order(id, status, store, lines, placed, &mut dice);
        let changed = placed.saturating_add(if has_left(status) { 30.hours() } else { 9.minutes() });
        order["updated_at"] = json!(clock::iso_millis(changed.min(begin)));
        let created = clock::iso_millis(placed.saturating_add(1.days()).min(begin));
        if let Some(fees) = fees_of(status, &order, &mut dice) {
            let number = i64::try_from(shop.invoices.len()).unwrap_or(0) + 500_001;
            let mut invoice = invoice(number, &order, &fees, &created);
            if status == "Completed" && !dice.percent(20) {
                let paid_at = clock::iso_millis(placed.saturating_add(5.days()));
                shop.payments.push(payment(number, &invoice, &paid_at));
                invoice["status"] = json!("Paid");
                invoice["balance_due"] = json!(0);
            }
            shop.invoices.insert(number, invoice);
        }
        shop.orders.insert(id, order);
    }
    if plan.odd_orders {
        add_odd(shop, &clean, &stores, plan);
    }
    if plan.odd_payouts {
        super::payouts::make_odd(&mut shop.payments);
    }
}

/// Orders of today that are ready to ship, in the first store: a discount of 2,500 that the buyer's total does not show and the invoice
/// does, three units in the marketplace's own warehouse, and one unit there beside one on the shop's shelf.
fn add_odd(shop: &mut Shop, clean: &[&Good], stores: &[Store], plan: &Plan) {
    let (Some(good), Some(store)) =
        (clean.first(), stores.iter().find(|store| store.channel_id == 12).or(stores.first()))
    else {
        return;
    };
    let mut dice = plan.dice(5);
    let placed = plan.today.at(0, 0, 0, 0);
    let of = |theirs: bool| {
        let mut line = line(&good.sku, &good.name, "", good.price);
        line["fulfill_by_channel"] = json!(theirs);
        line
    };
    let first = shop.orders.keys().next_back().map_or(140_000_001, |id| id + 1);
    for (id, shelves) in (first..).zip([&[false, false][..], &[true, true, true], &[false, true]]) {
        let lines = shelves.iter().map(|theirs| of(*theirs)).collect();
        let mut order = order(id, "Ready to ship", store, lines, placed, &mut dice);
        order["warehouse_id"] = if shelves.iter().all(|theirs| *theirs) { Value::Null } else { json!(195) };
        if id == first {
            order["discount_amount"] = json!(2_500);
        }
        let number = i64::try_from(shop.invoices.len()).unwrap_or(0) + 500_001;
        shop.invoices.insert(number, invoice(number, &order, &Fees::default(), &clock::iso_millis(placed)));
        shop.orders.insert(id, order);
    }
}

/// Whether an order of a status has left the warehouse.
fn has_left(status: &str) -> bool {
    matches!(status, "Ready to ship" | "Shipped" | "Delivered" | "Completed" | "Returned")
}

/// How many days ago an order of a status was placed.
fn age_of(status: &str, dice: &mut Dice) -> i64 {
    match status {
        "Completed" | "Returned" => dice.between(6, 20),
        "Delivered" => dice.between(4, 6),
        "Shipped" => dice.between(2, 4),
        _ => dice.between(0, 2),
    }
}

fn goods_lines(clean: &[&Good], dice: &mut Dice) -> Vec<Value> {
    let mut lines = Vec::new();
    for _ in 0..dice.between(1, 3) {
        let Some(good) = dice.pick(clean).copied() else { continue };
        // One line for each unit: there is no quantity field.
        for _ in 0..if dice.percent(25) { 2 } else { 1 } {
            lines.push(line(&good.sku, &good.name, "", good.price));
        }
    }
    lines
}

/// A bundle sold below the sum of its children.
fn bundle(clean: &[&Good], dice: &mut Dice) -> Value {
    let mut children = Vec::new();
    let mut sum = 0;
    for quantity in [1, 2] {
        let Some(good) = dice.pick(clean).copied() else { continue };
        sum += good.price * quantity;
        children.push(json!({ "sku": good.sku, "name": good.name, "item_price": good.price, "qty": quantity, "subtotal": good.price * quantity }));
    }
    let mut line = line("BDL-HEMAT", "Paket Hemat Nusantara", "", sum * 9 / 10);
    line["bundle_info"] = Value::Array(children);
    line
}

fn line(sku: &str, name: &str, variant_name: &str, price: i64) -> Value {
    json!({
        "id": 0, "local_id": "", "sku": sku, "name": name, "variant_name": variant_name, "variant_id": 0, "variant_sku": sku,
        "price": price, "sale_price": null, "total_price": price, "voucher_amount": 0, "voucher_code": null, "voucher_platform": 0,
        "voucher_seller": 0, "tax_price": 0, "fulfill_by_channel": false, "shipping_provider": null, "shipping_provider_type": null,
        "tracking_number": null, "note": null, "internal_note": null, "bundle_info": [],
    })
}

fn order(id: i64, status: &str, store: &Store, mut lines: Vec<Value>, placed: DateTime, dice: &mut Dice) -> Value {
    let local = format!("{}{:06}", placed.strftime("%y%m%d"), id % 1_000_000);
    for (line, number) in lines.iter_mut().zip(1_i64..) {
        line["id"] = json!(id * 10 + number);
        line["local_id"] = json!(format!("{local}-{number}"));
        line["variant_id"] = json!(id % 100_000 * 10 + number);
    }
    let subtotal: i64 = lines.iter().filter_map(|line| line["price"].as_i64()).sum();
    let empty_sku = lines.iter().any(|line| line["sku"] == "");
    // Web stores and manual orders carry the buyer's shipping; marketplaces pay the courier themselves.
    let cashless = !matches!(store.channel_id, 2 | 10 | 19 | 21);
    let shipping = dice.between(8, 30) * 1000;
    let discount = if cashless || dice.percent(70) { 0 } else { dice.between(1, 5) * 500 };
    let paid = status != "Pending payment";
    let gone = has_left(status);
    let buyer = dice.pick(&BUYERS).copied().unwrap_or_default();
    let (city, province, code) = dice.pick(&CITIES).copied().unwrap_or_default();
    let moment = clock::iso_millis(placed);
    let warehouse = (!empty_sku).then(|| if dice.percent(75) { 195 } else { 196 });
    let mut order = json!({
        "id": id, "status": status, "channel": store.channel, "channel_id": store.channel_id,
        "local_id": local, "local_name": if empty_sku { "" } else { &local },
        "store_name": store.name, "store_id": store.id, "profile_id": PROFILE_ID,
        "address": {
            "address_1": "Jl. Contoh No. 1", "address_2": "", "city": city, "country": "Indonesia", "name": buyer, "phone": "620000000000",
            "postal_code": "10000", "province": province, "province_code": code, "sub_district": "", "district": "CONTOH", "coordinate": null,
        },
        "customer_info": { "id": 50_000_000 + id % 1000, "name": buyer, "email": "", "customer_since": moment },
        "dropshipper_info": null,
        "ordered_at": moment, "created_at": moment, "updated_at": moment,
        "item_lines": lines,
        "payment": { "payment_method": paid.then_some("Online Payment"), "status": if paid { "Payment Verified" } else { "Not Paid" } },
        "shipping_price": shipping, "disc_shipping_seller": 0, "disc_shipping_platform": 0,
        "shipping_courier": {
            "providers": ["JNE"], "delivery_type": "PICKUP", "delivery_info": "-", "awb": gone.then(|| format!("JX{id:010}")), "document_path": "",
            "booking_code": null, "channel_docs_path": null, "logistic_destination_code": null,
        },
        "shipping_provider": cashless.then_some("Reguler (Cashless)"), "shipping_provider_type": cashless.then_some("Reguler (Cashless)"),
        "shipping_description": null, "subtotal": subtotal, "channel_rebate": 0, "cashless": cashless, "discount_amount": discount,
        "voucher_seller": 0, "total_price": subtotal - discount + if cashless { 0 } else { shipping }, "voucher_code": "", "insurance_fee": 0,
        "discount_reason": null, "tax_price": 0, "warehouse_id": warehouse, "warehouse_code": null, "cod": false, "delivery_type": null,
        "note": null, "internal_note": null, "returns": [],
    });
    if let (2, Some(fields)) = (store.channel_id, order.as_object_mut()) {
        // Orders of web stores were seen without these keys (sample `order-shopify-open`).
        for name in ["voucher_seller", "voucher_code", "delivery_type"] {
            fields.remove(name);
        }
    }
    order
}

/// What the marketplace keeps; `None` while there is no invoice (trigger: Ready to ship). An order with an empty SKU gets none.
fn fees_of(status: &str, order: &Value, dice: &mut Dice) -> Option<Fees> {
    let invoiced = matches!(status, "Ready to ship" | "Shipped" | "Delivered" | "Completed");
    let lines = order["item_lines"].as_array()?;
    if !invoiced || lines.iter().any(|line| line["sku"] == "") {
        return None;
    }
    if !order["cashless"].as_bool()? {
        return Some(Fees::default());
    }
    let subtotal = order["subtotal"].as_i64()?;
    Some(Fees {
        platform_rebate: if dice.percent(20) { 5000 } else { 0 },
        voucher_seller: if dice.percent(25) { subtotal / 20 } else { 0 },
        cashless_shipping_difference: if dice.percent(20) { dice.between(1, 6) * 500 } else { 0 },
        fulfillment_fee: if dice.percent(10) { 2500 } else { 0 },
        service_fee: subtotal * dice.between(40, 85) / 1000,
    })
}
