//! Creating master products and changing a variant (forstok-api.md §6.1, §6.2). Requests are proven, answers are not known.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::quantities::id_of;
use super::shop::Variant;
use super::{Forstok, envelope};
use crate::lock;

/// A whole figure, also as text or with decimals of nothing: `17500`, `"17500"`, `"17500.00"`.
fn figure(value: &Value) -> Option<i64> {
    id_of(value).or_else(|| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse::<rust_decimal::Decimal>().ok()?.trunc().try_into().ok()
    })
}

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
                .any(|name| !variant[name].is_null() && id_of(&variant[name]).is_none())
            {
                // Known validation: weight and dimensions are integers; a client sends them, and every figure, as text.
                Some("Weight and dimensions must be integers")
            } else {
                None
            };
            if let Some(problem) = problem {
                errors.push(json!({ "sku": sku, "message": problem }));
                continue;
            }
            let on_hand = figure(&variant["quantity"]).unwrap_or(0);
            let warehouse = shop.default_warehouse();
            made.push(Variant {
                id: shop.next_variant_id() + i64::try_from(made.len()).unwrap_or(0),
                product_id,
                sku,
                name: variant["name"].as_str().or(item["name"].as_str()).unwrap_or_default().to_owned(),
                category: item["category_name"].as_str().unwrap_or_default().to_owned(),
                price: figure(&variant["price"]).unwrap_or(0),
                cost_price: figure(&variant["cost_price"]),
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
    if let Some(price) = figure(&body["price"]) {
        variant.price = price;
    }
    if let Some(cost) = figure(&body["cost_price"]) {
        variant.cost_price = Some(cost);
    }
    if let Some(barcode) = body["barcode"].as_str() {
        variant.barcode = Some(barcode.to_owned());
    }
    envelope::done()
}
