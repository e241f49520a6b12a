//! The order status machine as far as sellers drive it (forstok-api.md §6.4, §6.5, §14 item 4), and the invoice it leads to
//! (forstok-accounting-flow.md §6.1, trigger Ready to ship).

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::quantities::id_of;
use super::shop::{PROFILE_ID, Shop, shelf_units_of, units_of};
use super::{Forstok, envelope, webhooks};
use crate::{clock, lock};

/// Which status an order can reach from which others: Pending payment → (Pending Courier) → Open → Not Shipped → Ready to ship → Shipped →
/// Delivered → Completed, cancelled before it is shipped, failed or returned after.
const STEPS: &[(&str, &[&str])] = &[
    ("Pending Courier", &["Pending payment"]),
    ("Open", &["Pending payment", "Pending Courier"]),
    ("Not Shipped", &["Open"]),
    ("Ready to ship", &["Open", "Not Shipped"]),
    ("Shipped", &["Ready to ship"]),
    ("Delivered", &["Shipped"]),
    ("Completed", &["Delivered", "Shipped"]),
    ("Cancelled", &["Pending payment", "Pending Courier", "Open", "Not Shipped", "Ready to ship"]),
    ("Failed Delivery", &["Shipped"]),
    ("Returned", &["Shipped", "Delivered", "Completed", "Failed Delivery"]),
];

/// Packed: Open becomes Not Shipped.
pub(crate) fn confirm(forstok: &Arc<Forstok>, id: Option<&Value>) -> Response {
    respond(advance(forstok, id.and_then(id_of), "Not Shipped"))
}

/// Ready to ship: the units leave on hand, the courier's number arrives, the invoice is made.
pub(crate) fn fulfil(forstok: &Arc<Forstok>, id: Option<&Value>) -> Response {
    respond(advance(forstok, id.and_then(id_of), "Ready to ship"))
}

/// Why an order cannot take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderStepError {
    /// There is no such order.
    #[error("there is no such order")]
    Unknown,
    /// The order's status does not lead there.
    #[error("the order's status does not allow this step")]
    NotAllowed,
}

fn respond(outcome: Result<(), OrderStepError>) -> Response {
    match outcome {
        Ok(()) => envelope::done(),
        Err(OrderStepError::Unknown) => envelope::error(StatusCode::NOT_FOUND, "Order not found"),
        Err(OrderStepError::NotAllowed) => {
            envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "Order status does not allow this action")
        }
    }
}

/// Moves an order to a status, with everything that follows from it, and tells the webhooks.
pub(crate) fn advance(forstok: &Forstok, id: Option<i64>, status: &str) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let mut order = id.and_then(|id| shop.orders.get(&id)).cloned().ok_or(OrderStepError::Unknown)?;
    let from = order["status"].as_str().unwrap_or_default().to_owned();
    let known = STEPS.iter().find(|(to, _)| *to == status).is_some_and(|(_, sources)| sources.contains(&from.as_str()));
    if !known {
        return Err(OrderStepError::NotAllowed);
    }
    order["updated_at"] = json!(clock::iso_millis(clock::in_wib(Timestamp::now()).datetime()));
    order["status"] = json!(status);
    match status {
        "Ready to ship" => make_ready(&mut shop, &mut order),
        "Completed" => pay_out(&mut shop, &order, forstok.settings.auto_paid),
        "Cancelled" => cancel(&mut shop, &order, &from),
        _ => {}
    }
    webhooks::send(&shop, "orders/update", &order, forstok.settings.webhook_copies);
    if let Some(id) = id {
        shop.orders.insert(id, order);
    }
    Ok(())
}

fn make_ready(shop: &mut Shop, order: &mut Value) {
    order["shipping_courier"]["awb"] = json!(format!("JX{:010}", order["id"].as_i64().unwrap_or(0)));
    move_units(shop, order, -1);
    if units_of(order).iter().any(|(sku, _)| sku.is_empty()) {
        // An empty SKU blocks the invoice (§7.2).
        return;
    }
    let number = shop.invoices.keys().next_back().map_or(500_001, |number| number + 1);
    let created = order["updated_at"].as_str().unwrap_or_default().to_owned();
    shop.invoices.insert(number, invoice(number, order, &Fees::default(), &created));
}

/// Adds an order's units to on hand, or takes them from it.
fn move_units(shop: &mut Shop, order: &Value, sign: i64) {
    let Some(warehouse) = order["warehouse_id"].as_i64() else { return };
    for (sku, units) in shelf_units_of(order) {
        if let Some(variant) = shop.variant_mut(&sku) {
            variant.quantities.entry(warehouse).or_insert((0, 0)).0 += sign * units;
        }
    }
}

fn invoice_of(shop: &Shop, order: &Value) -> Option<i64> {
    shop.invoices.iter().find(|(_, invoice)| invoice["order"]["id"] == order["id"]).map(|(number, _)| *number)
}

/// The payout is ready once the order is completed; with Auto Paid it is recorded at once. The real service does so a day later.
fn pay_out(shop: &mut Shop, order: &Value, auto_paid: bool) {
    let Some(number) = invoice_of(shop, order) else { return };
    let Some(invoice) = shop.invoices.get_mut(&number) else { return };
    invoice["payment_received_ready"] = json!(true);
    if auto_paid {
        let paid = payment(number, invoice, order["updated_at"].as_str().unwrap_or_default());
        invoice["status"] = json!("Paid");
        invoice["balance_due"] = json!(0);
        shop.payments.push(paid);
    }
}

/// An order of a channel: these fields over those of a plain one, at the newest id.
pub(crate) fn place(forstok: &Forstok, fields: Value) -> i64 {
    let mut shop = lock(&forstok.shop);
    let id = shop.orders.keys().next_back().map_or(140_000_001, |id| id + 1);
    let now = clock::iso_millis(clock::in_wib(Timestamp::now()).datetime());
    let store = shop.stores.first().cloned();
    let warehouse = shop.warehouses.first().map(|warehouse| warehouse.id);
    let mut order = json!({
        "id": id, "status": "Ready to ship", "channel": store.as_ref().map(|store| store.channel.clone()),
        "channel_id": store.as_ref().map(|store| store.channel_id), "local_id": format!("L{id}"), "local_name": format!("L{id}"),
        "store_name": store.as_ref().map(|store| store.name.clone()), "store_id": store.as_ref().map(|store| store.id),
        "profile_id": PROFILE_ID, "ordered_at": now, "created_at": now, "updated_at": now, "item_lines": [],
        "shipping_price": 0, "disc_shipping_seller": 0, "disc_shipping_platform": 0, "subtotal": 0, "channel_rebate": 0,
        "cashless": true, "discount_amount": 0, "voucher_seller": 0, "total_price": 0, "insurance_fee": 0, "tax_price": 0,
        "warehouse_id": warehouse, "shipping_courier": {}, "returns": [],
    });
    if let (Value::Object(order), Value::Object(fields)) = (&mut order, fields) {
        order.extend(fields);
    }
    if order["status"] == "Ready to ship" {
        make_ready(&mut shop, &mut order);
    }
    shop.orders.insert(id, order);
    id
}

/// An order is changed after it was placed: these fields in place of its own. What has left its shelf goes back to it, and leaves the one
/// that the order names now. Its invoice keeps what it was made of (forstok-accounting-flow.md §6.1: amounts are copied when it is made).
pub(crate) fn edit(forstok: &Forstok, id: i64, fields: Value) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let before = shop.orders.get(&id).cloned().ok_or(OrderStepError::Unknown)?;
    let mut order = before.clone();
    if let (Value::Object(order), Value::Object(fields)) = (&mut order, fields) {
        order.extend(fields);
    }
    order["updated_at"] = json!(clock::iso_millis(clock::in_wib(Timestamp::now()).datetime()));
    let left = |order: &Value| {
        matches!(order["status"].as_str(), Some("Ready to ship" | "Shipped" | "Delivered" | "Completed"))
    };
    if left(&before) {
        move_units(&mut shop, &before, 1);
    }
    if left(&order) {
        move_units(&mut shop, &order, -1);
    }
    webhooks::send(&shop, "orders/update", &order, forstok.settings.webhook_copies);
    shop.orders.insert(id, order);
    Ok(())
}

/// Units that came back of an order: an element of its `returns[]`. The shape is not known (forstok-api.md §7.1: only ever seen empty); this
/// one is a guess, and this is its only place here.
pub(crate) fn come_back(forstok: &Forstok, id: i64, lines: &[(&str, i64)]) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let order = shop.orders.get_mut(&id).ok_or(OrderStepError::Unknown)?;
    let now = clock::iso_millis(clock::in_wib(Timestamp::now()).datetime());
    let number = order["returns"].as_array().map_or(0, Vec::len) + 1;
    let lines: Vec<Value> = lines.iter().map(|(sku, units)| json!({ "sku": sku, "quantity": units })).collect();
    let back = json!({ "id": id * 10 + i64::try_from(number).unwrap_or(0), "created_at": now, "item_lines": lines });
    match order["returns"].as_array_mut() {
        Some(returns) => returns.push(back),
        None => order["returns"] = json!([back]),
    }
    order["updated_at"] = json!(now);
    let order = order.clone();
    webhooks::send(&shop, "orders/update", &order, forstok.settings.webhook_copies);
    Ok(())
}

/// One transfer for several orders, each with what the marketplace keeps of it; the invoice is made where there is none yet. What it takes
/// back for earlier orders is in the same transfer, an invoice below zero (guess).
pub(crate) fn pay(forstok: &Forstok, orders: &[(i64, Fees)], back: &[(i64, i64)]) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let now = clock::iso_millis(clock::in_wib(Timestamp::now()).datetime());
    let mut inner = Vec::new();
    // Once for all of them: a transfer may be for very many.
    let known: HashMap<i64, i64> = shop
        .invoices
        .iter()
        .filter_map(|(number, invoice)| Some((invoice["order"]["id"].as_i64()?, *number)))
        .collect();
    for (id, fees) in orders {
        let order = shop.orders.get(id).cloned().ok_or(OrderStepError::Unknown)?;
        let number = known.get(id).copied().unwrap_or_else(|| next_invoice(&shop));
        let mut made = invoice(number, &order, fees, &now);
        inner.push(paid_invoice(&made));
        made["status"] = json!("Paid");
        made["balance_due"] = json!(0);
        shop.invoices.insert(number, made);
    }
    for (id, amount) in back {
        let number = known.get(id).ok_or(OrderStepError::Unknown)?;
        inner.push(taken_back(&paid_invoice(&shop.invoices[number]), *amount));
    }
    let mut ids: Vec<i64> = orders.iter().map(|(id, _)| *id).collect();
    ids.extend(back.iter().map(|(id, _)| *id));
    transfer(&mut shop, &ids, inner, &now);
    Ok(())
}

/// A part of what an order is paid out; Forstok's invoice says what is still to come (guess).
pub(crate) fn pay_part(forstok: &Forstok, id: i64, amount: i64) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let now = clock::iso_millis(clock::in_wib(Timestamp::now()).datetime());
    let order = shop.orders.get(&id).cloned().ok_or(OrderStepError::Unknown)?;
    let number = invoice_of(&shop, &order).unwrap_or_else(|| next_invoice(&shop));
    let made = || invoice(number, &order, &Fees::default(), &now);
    let mut known = shop.invoices.get(&number).cloned().unwrap_or_else(made);
    let left = known["balance_due"].as_i64().unwrap_or(0) - amount;
    known["balance_due"] = json!(left);
    known["status"] = json!(if left == 0 { "Paid" } else { "Unpaid" });
    let mut part = paid_invoice(&known);
    part["total"] = json!(amount);
    shop.invoices.insert(number, known);
    transfer(&mut shop, &[id], vec![part], &now);
    Ok(())
}

fn next_invoice(shop: &Shop) -> i64 {
    shop.invoices.keys().next_back().map_or(500_001, |number| number + 1)
}

/// Puts a transfer for these invoices into the list of payments.
fn transfer(shop: &mut Shop, orders: &[i64], invoices: Vec<Value>, paid_at: &str) {
    let received: i64 = invoices.iter().filter_map(|invoice| invoice["total"].as_i64()).sum();
    let reference = format!("PAY-{}", shop.payments.len() + 700_001);
    shop.payments.push(json!({
        "profile_id": PROFILE_ID,
        "order_id": orders,
        "amount_receive": received,
        "reference": reference,
        "payment_method": "Bank Transfer",
        "balance_due": 0,
        "paid_at": paid_at,
        "invoices": invoices,
    }));
}

/// An invoice as a later transfer holds it of which something was taken back.
pub(crate) fn taken_back(paid: &Value, amount: i64) -> Value {
    let mut back = paid.clone();
    for line in ["platform_rebate", "voucher_seller", "cashless_shipping_difference", "fulfillment_fee", "service_fee"]
    {
        back[line] = json!(0);
    }
    back["total"] = json!(-amount);
    back["balance_due"] = json!(0);
    back["status"] = json!("Paid");
    back
}

/// A person marks an order's invoice as void in Forstok (forstok-accounting-flow.md §6.4).
pub(crate) fn mark_void(forstok: &Forstok, id: i64) -> Result<(), OrderStepError> {
    let mut shop = lock(&forstok.shop);
    let order = shop.orders.get(&id).cloned().ok_or(OrderStepError::Unknown)?;
    let number = invoice_of(&shop, &order).ok_or(OrderStepError::NotAllowed)?;
    if let Some(invoice) = shop.invoices.get_mut(&number) {
        invoice["status"] = json!("Voided");
    }
    Ok(())
}

/// A cancelled order gives back what it took, and its invoice is void (forstok-accounting-flow.md §6.4).
fn cancel(shop: &mut Shop, order: &Value, from: &str) {
    if from == "Ready to ship" {
        move_units(shop, order, 1);
    }
    if let Some(invoice) = invoice_of(shop, order).and_then(|number| shop.invoices.get_mut(&number)) {
        invoice["status"] = json!("Voided");
    }
}

/// What the marketplace adds to an order and keeps of it, in rupiah.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fees {
    /// What it adds.
    pub platform_rebate: i64,
    /// The seller's voucher.
    pub voucher_seller: i64,
    /// What shipping cost more than it said.
    pub cashless_shipping_difference: i64,
    /// For its warehouse.
    pub fulfillment_fee: i64,
    /// Commission, admin, programme and service.
    pub service_fee: i64,
}

/// The sub total of an order's invoice: its goods less the order's discount and what the shop bears of the vouchers of its lines.
fn subtotal_of(order: &Value) -> i64 {
    let amount = |of: &Value, name: &str| of[name].as_i64().unwrap_or(0);
    let own = |line: &Value| (amount(line, "voucher_amount") - amount(line, "voucher_platform")).max(0);
    let vouchers: i64 = order["item_lines"].as_array().into_iter().flatten().map(own).sum();
    amount(order, "subtotal") - amount(order, "discount_amount") - vouchers
}

/// What of an order came back before it was paid out, which the buyer gets back: so much less is paid out (guess).
fn returned_of(order: &Value) -> i64 {
    let lines = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let price = |sku: &Value| {
        let line = lines(&order["item_lines"]).into_iter().find(|line| line["sku"] == *sku);
        line.and_then(|line| line["sale_price"].as_i64().or(line["price"].as_i64())).unwrap_or(0)
    };
    lines(&order["returns"])
        .iter()
        .flat_map(|back| lines(&back["item_lines"]))
        .map(|line| price(&line["sku"]) * line["quantity"].as_i64().unwrap_or(0))
        .sum()
}

/// An invoice of an order. Its total follows the equation of §7.3: sub total + shipping (not cashless) + rebate − voucher − shipping
/// difference − fulfilment fee − service fee. Of the difference only the name says "cashless": it is taken off whoever pays the courier
/// (forstok-accounting-flow.md §6.3, seen).
pub(crate) fn invoice(number: i64, order: &Value, fees: &Fees, created_at: &str) -> Value {
    let cashless = order["cashless"].as_bool().unwrap_or(false);
    let shipping = order["shipping_price"].as_i64().unwrap_or(0);
    let subtotal = subtotal_of(order) - returned_of(order);
    let total = subtotal + if cashless { 0 } else { shipping } + fees.platform_rebate
        - fees.voucher_seller
        - fees.cashless_shipping_difference
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

/// A payment received for one invoice; inside it the invoice is as it was before (sample `payment-received`).
pub(crate) fn payment(number: i64, invoice: &Value, paid_at: &str) -> Value {
    json!({
        "profile_id": PROFILE_ID,
        "order_id": [invoice["order"]["id"]],
        "amount_receive": invoice["total"],
        "reference": format!("PAY-{number}"),
        "payment_method": "Bank Transfer",
        "balance_due": 0,
        "paid_at": paid_at,
        "invoices": [paid_invoice(invoice)],
    })
}

/// An invoice as a payment holds it.
fn paid_invoice(invoice: &Value) -> Value {
    let keys = [
        "id",
        "profile_id",
        "channel_id",
        "invoice_reference",
        "platform_rebate",
        "shipping_price",
        "voucher_seller",
        "cashless_shipping_difference",
        "fulfillment_fee",
        "service_fee",
        "total",
        "balance_due",
        "status",
        "order",
    ];
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), invoice[*key].clone())).collect())
}
