//! Creating master products and changing a variant (forstok-api.md §6.1, §6.2). Requests are proven, answers are not known.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::shop::Variant;
use super::{Forstok, envelope};
use crate::lock;

/// `POST /api/v1/items/create`
pub(crate) fn create_items(forstok: &Forstok, body: &Value) -> Response {
    let mut shop = lock(&forstok.shop);
    let mut made = Vec::new();
    let mut errors = Vec::new();
    let product_base = shop.variants.values().map(|variant| variant.product_id).max().unwrap_or(3_300_000);
    for (item, product_id) in body["items"].as_array().into_iter().flatten().zip(product_base + 1..) {
        for variant in item["variants"].as_array().into_iter().flatten() {
            let sku = variant["sku_code"].as_str().unwrap_or_default().trim().to_owned();
            let problem = if sku.is_empty() {
                Some("SKU can not be empty")
            } else if shop.variant(&sku).is_some() || made.iter().any(|other: &Variant| other.sku == sku) {
                Some("SKU has already been taken")
            } else if ["weight", "width", "height", "length"]
                .iter()
                .any(|name| !variant[name].is_null() && !variant[name].is_i64())
            {
                // Known validation: weight and dimensions are integers.
                Some("Weight and dimensions must be integers")
            } else {
                None
            };
            if let Some(problem) = problem {
                errors.push(json!({ "sku": sku, "message": problem }));
                continue;
            }
            let on_hand = variant["quantity"].as_i64().unwrap_or(0);
            let warehouse = shop.default_warehouse();
            made.push(Variant {
                id: shop.next_variant_id() + i64::try_from(made.len()).unwrap_or(0),
                product_id,
                sku,
                name: variant["name"].as_str().or(item["name"].as_str()).unwrap_or_default().to_owned(),
                category: item["category_name"].as_str().unwrap_or_default().to_owned(),
                price: variant["price"].as_i64().unwrap_or(0),
                cost_price: variant["cost_price"].as_i64(),
                barcode: variant["barcode"].as_str().map(str::to_owned),
                quantities: warehouse.map(|warehouse| (warehouse, (on_hand, 0))).into_iter().collect(),
            });
        }
    }
    for variant in made {
        shop.add_variant(variant);
    }
    if errors.is_empty() {
        envelope::done()
    } else {
        envelope::line_errors(StatusCode::UNPROCESSABLE_ENTITY, "Some variants failed", &errors)
    }
}

/// `PATCH /api/v1/variants.json`, the variant addressed by its SKU.
pub(crate) fn update_variant(forstok: &Forstok, body: &Value) -> Response {
    let mut shop = lock(&forstok.shop);
    let Some(variant) = body["sku"].as_str().and_then(|sku| shop.variant_mut(sku)) else {
        return envelope::error(StatusCode::NOT_FOUND, "SKU not found");
    };
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut variant.name);
    }
    if let Some(price) = body["price"].as_i64() {
        variant.price = price;
    }
    if let Some(cost) = body["cost_price"].as_i64() {
        variant.cost_price = Some(cost);
    }
    if let Some(barcode) = body["barcode"].as_str() {
        variant.barcode = Some(barcode.to_owned());
    }
    envelope::done()
}
