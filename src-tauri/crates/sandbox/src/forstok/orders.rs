//! The order status machine as far as sellers drive it (forstok-api.md §6.4, §6.5, §14 item 4), and the invoice it leads to
//! (forstok-accounting-flow.md §6.1, trigger Ready to ship).

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::quantities::id_of;
use super::shop::{PROFILE_ID, Shop, units_of};
use super::{Forstok, envelope, webhooks};
use crate::{clock, lock};

/// Packed: Open becomes Not Shipped.
pub(crate) fn confirm(forstok: &Arc<Forstok>, id: Option<&Value>) -> Response {
    change(forstok, id, &["Open"], |order, _| order["status"] = json!("Not Shipped"))
}

/// Ready to ship: the units leave on hand, the courier's number arrives, the invoice is made.
pub(crate) fn fulfil(forstok: &Arc<Forstok>, id: Option<&Value>) -> Response {
    change(forstok, id, &["Open", "Not Shipped"], |order, shop| {
        order["status"] = json!("Ready to ship");
        order["shipping_courier"]["awb"] = json!(format!("JX{:010}", order["id"].as_i64().unwrap_or(0)));
        let warehouse = order["warehouse_id"].as_i64();
        for (sku, units) in units_of(order) {
            if let (Some(warehouse), Some(variant)) = (warehouse, shop.variant_mut(&sku)) {
                variant.quantities.entry(warehouse).or_insert((0, 0)).0 -= units;
            }
        }
        let number = shop.invoices.keys().next_back().map_or(500_001, |number| number + 1);
        let created = order["updated_at"].as_str().unwrap_or_default().to_owned();
        shop.invoices.insert(number, invoice(number, order, &Fees::default(), &created));
    })
}

fn change(
    forstok: &Arc<Forstok>,
    id: Option<&Value>,
    from: &[&str],
    step: impl FnOnce(&mut Value, &mut Shop),
) -> Response {
    let mut shop = lock(&forstok.shop);
    let Some(mut order) = id.and_then(id_of).and_then(|id| shop.orders.get(&id)).cloned() else {
        return envelope::error(StatusCode::NOT_FOUND, "Order not found");
    };
    if !order["status"].as_str().is_some_and(|status| from.contains(&status)) {
        return envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "Order status does not allow this action");
    }
    order["updated_at"] = json!(clock::iso_millis(clock::in_wib(Timestamp::now()).datetime()));
    step(&mut order, &mut shop);
    if let Some(id) = order["id"].as_i64() {
        shop.orders.insert(id, order.clone());
    }
    webhooks::send(&shop, "orders/update", &order);
    drop(shop);
    envelope::done()
}

/// What the marketplace keeps of an order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fees {
    pub(crate) platform_rebate: i64,
    pub(crate) voucher_seller: i64,
    pub(crate) cashless_shipping_difference: i64,
    pub(crate) fulfillment_fee: i64,
    pub(crate) service_fee: i64,
}

/// An invoice of an order. Its total follows the equation of §7.3: sub total + shipping (not cashless) + rebate − voucher − shipping
/// difference (cashless) − fulfilment fee − service fee.
pub(crate) fn invoice(number: i64, order: &Value, fees: &Fees, created_at: &str) -> Value {
    let cashless = order["cashless"].as_bool().unwrap_or(false);
    let shipping = order["shipping_price"].as_i64().unwrap_or(0);
    let subtotal = order["subtotal"].as_i64().unwrap_or(0);
    let total = subtotal + if cashless { 0 } else { shipping } + fees.platform_rebate
        - fees.voucher_seller
        - if cashless { fees.cashless_shipping_difference } else { 0 }
        - fees.fulfillment_fee
        - fees.service_fee;
    json!({
        "id": number,
        "profile_id": PROFILE_ID,
        "channel_id": order["channel_id"],
        "invoice_reference": null,
        "platform_rebate": fees.platform_rebate,
        "shipping_price": shipping,
        "voucher_seller": fees.voucher_seller,
        "cashless_shipping_difference": fees.cashless_shipping_difference,
        "fulfillment_fee": fees.fulfillment_fee,
        "service_fee": fees.service_fee,
        "total": total,
        "balance_due": total,
        "status": "Unpaid",
        "order": { "id": order["id"], "local_name": order["local_name"], "local_id": order["local_id"] },
        "number": format!("INV-{number}"),
        "created_at": created_at,
        "due_date": created_at.get(..10),
        "subtotal": subtotal,
        "payment_received_ready": order["status"] == "Completed",
    })
}
