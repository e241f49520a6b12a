//! `PATCH /api/v2/variants/quantities.json`: absolute on-hand stock (forstok-api.md §6.3, §14 item 3). Success is proven; the shape of
//! failures is guessed.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::shop::Shop;
use super::{Forstok, envelope};
use crate::fault::Fault;
use crate::lock;

/// A line that can be written: SKU, warehouse, quantity.
type Line = (String, i64, i64);

pub(crate) fn update(forstok: &Forstok, body: &Value, faults: &[Fault]) -> Response {
    let Some(lines) = body["variants"].as_array().filter(|lines| !lines.is_empty()) else {
        return envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "variants is missing or empty");
    };
    if lines.len() > forstok.settings.max_batch {
        return envelope::error(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("At most {} variants per request", forstok.settings.max_batch),
        );
    }
    let mut shop = lock(&forstok.shop);
    let mut good = Vec::new();
    let mut errors = Vec::new();
    for line in lines {
        match read_line(&shop, line, faults) {
            Ok(line) => good.push(line),
            Err(message) => {
                errors.push(json!({ "sku": line["sku"], "warehouse_id": line["warehouse_id"], "message": message }))
            }
        }
    }
    if errors.is_empty() || !forstok.settings.all_or_nothing {
        for (sku, warehouse, quantity) in good {
            if let Some(variant) = shop.variant_mut(&sku) {
                variant.quantities.entry(warehouse).or_insert((0, 0)).0 = quantity;
            }
            shop.stock_writes += 1;
        }
    }
    if errors.is_empty() {
        return envelope::done();
    }
    envelope::line_errors(StatusCode::OK, &format!("{} of {} variants failed", errors.len(), lines.len()), &errors)
}

fn read_line(shop: &Shop, line: &Value, faults: &[Fault]) -> Result<Line, &'static str> {
    let sku = line["sku"].as_str().unwrap_or_default();
    if shop.variant(sku).is_none() {
        return Err("SKU not found");
    }
    if faults.iter().any(|fault| matches!(fault, Fault::PartialBulk(codes) if codes.iter().any(|code| code == sku))) {
        return Err("Update failed");
    }
    let (quantity, warehouse) = match (line.get("quantity_hand"), line.get("quantity")) {
        // The single-warehouse form names none.
        (Some(quantity), _) => (quantity, shop.default_warehouse()),
        (None, Some(quantity)) => (quantity, id_of(&line["warehouse_id"])),
        (None, None) => return Err("Quantity is missing"),
    };
    let warehouse =
        warehouse.filter(|id| shop.warehouses.iter().any(|warehouse| warehouse.id == *id && warehouse.active));
    let warehouse = warehouse.ok_or("Warehouse not found")?;
    let quantity = id_of(quantity).ok_or("Quantity must be an integer")?;
    if quantity < 0 {
        return Err("Quantity can not be negative");
    }
    Ok((sku.to_owned(), warehouse, quantity))
}

/// An integer, also when it is written as text.
pub(crate) fn id_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
