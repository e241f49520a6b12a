//! Endpoints that documents or working code show (forstok-api.md §6): requests as they were seen. Of their answers only the success
//! marker of the stock call is known.

use crate::pipeline::{Call, Class};
use reqwest::Method;
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::QuantityLine;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Lines of one stock call: what the vendor's own integration sends (§6.3, seen). More is not known to work.
pub const QUANTITY_LINES: usize = 20;

/// Sets absolute on-hand figures (§6.3).
pub fn quantities(lines: &[&QuantityLine]) -> serde_json::Result<Call> {
    #[derive(Serialize)]
    struct Body<'a> {
        variants: Vec<Line<'a>>,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        sku: &'a str,
        warehouse_id: i64,
        #[serde(serialize_with = "number")]
        quantity: Decimal,
    }
    let line = |line: &&'_ QuantityLine| (line.warehouse.0, line.quantity.0);
    let variants = lines.iter().map(|one| {
        let (warehouse_id, quantity) = line(one);
        Line { sku: &one.sku, warehouse_id, quantity }
    });
    Ok(Call {
        class: Class::AbsoluteWrite,
        method: Method::PATCH,
        path: "/api/v2/variants/quantities.json".to_owned(),
        query: Vec::new(),
        body: Some(serde_json::to_string(&Body { variants: variants.collect() })?),
    })
}

/// A master product to be created (§6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MasterItem {
    /// Its name.
    pub name: String,
    /// Its brand.
    pub brand_name: String,
    /// Its category.
    pub category_name: String,
    /// Pictures.
    pub image_urls: Vec<String>,
    /// Its variants.
    pub variants: Vec<MasterVariant>,
}

/// A variant of a master product to be created. Weight and dimensions are whole numbers (§6.1, seen).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MasterVariant {
    /// Its name.
    pub name: String,
    /// Options by name (`size` → `M`).
    pub options: Vec<BTreeMap<String, String>>,
    /// Its SKU; called so in this call only.
    pub sku_code: String,
    /// Barcode.
    pub barcode: String,
    /// Description.
    pub description: String,
    /// Selling price.
    #[serde(serialize_with = "money")]
    pub price: Money,
    /// Cost price.
    #[serde(serialize_with = "money")]
    pub cost_price: Money,
    /// Final on-hand figure.
    #[serde(serialize_with = "pieces")]
    pub quantity: Quantity,
    /// Grams.
    pub weight: u32,
    /// Centimetres.
    pub width: u32,
    /// Centimetres.
    pub height: u32,
    /// Centimetres.
    pub length: u32,
}

/// Creates master products.
pub fn create_items(items: &[MasterItem]) -> serde_json::Result<Call> {
    let body = serde_json::to_string(&BTreeMap::from([("items", items)]))?;
    let path = "/api/v1/items/create".to_owned();
    Ok(Call { class: Class::Write, method: Method::POST, path, query: Vec::new(), body: Some(body) })
}

/// What changes of a variant (§6.2); what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VariantChange {
    /// The variant.
    pub sku: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Selling price.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_money")]
    pub price: Option<Money>,
    /// Barcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Cost price.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_money")]
    pub cost_price: Option<Money>,
}

/// Changes a variant. Absolute figures, so it may be sent again.
pub fn update_variant(change: &VariantChange) -> serde_json::Result<Call> {
    let body = serde_json::to_string(change)?;
    let path = "/api/v1/variants.json".to_owned();
    Ok(Call { class: Class::AbsoluteWrite, method: Method::PATCH, path, query: Vec::new(), body: Some(body) })
}

/// A decimal as a plain JSON number, digit by digit.
fn number<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let raw = RawValue::from_string(value.normalize().to_string()).map_err(serde::ser::Error::custom)?;
    raw.serialize(serializer)
}

fn money<S: Serializer>(value: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    number(&value.0, serializer)
}

fn pieces<S: Serializer>(value: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
    number(&value.0, serializer)
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn optional_money<S: Serializer>(value: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => money(value, serializer),
        None => serializer.serialize_none(),
    }
}
