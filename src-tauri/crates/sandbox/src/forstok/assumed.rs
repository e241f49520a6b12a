//! The guessed endpoints (forstok-api.md §10), in the style of the proven ones. Every answer from here is marked by the gate. [guess]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::gate::Query;
use super::{Forstok, envelope, listings};
use crate::fault::shift_by;
use crate::{clock, lock};

/// Rows of a page when the caller does not say.
const PER_PAGE: usize = 50;
/// Most rows of a page.
const MAX_PER_PAGE: usize = 2000;

/// Answers a guessed endpoint, or 404.
pub(crate) fn serve(forstok: &Arc<Forstok>, method: &str, endpoint: &str, query: &Query, body: &Value) -> Response {
    let not_found = || envelope::error(StatusCode::NOT_FOUND, "Not found");
    let Some(resource) = endpoint.strip_prefix("v2/").and_then(|path| path.strip_suffix(".json")) else {
        return not_found();
    };
    let parts: Vec<&str> = resource.split('/').collect();
    let id = parts.get(1).and_then(|id| id.parse::<i64>().ok());
    match (method, parts.as_slice(), id) {
        ("GET", ["orders"], _) => orders(forstok, query),
        ("GET", ["orders", _], Some(id)) => match lock(&forstok.shop).orders.get(&id) {
            Some(order) => envelope::ok(&json!({ "order": order })),
            None => envelope::error(StatusCode::NOT_FOUND, "Order not found"),
        },
        ("GET", ["warehouses"], _) => warehouses(forstok),
        ("GET", ["stores"], _) => stores(forstok),
        ("GET", ["variants"], _) => variants(forstok, query),
        ("GET", ["invoices"], _) => {
            let shop = lock(&forstok.shop);
            paged("invoices", shop.invoices.values().collect(), query)
        }
        ("GET", ["payments"], _) => {
            let shop = lock(&forstok.shop);
            paged("payments", shop.payments.iter().collect(), query)
        }
        ("GET", ["listings", "pending"], _) => listings::pending(forstok, query),
        ("POST", ["listings", _, "confirm"], Some(id)) => listings::confirm(forstok, id, body),
        ("POST", ["listing_variants", _, "link"], Some(id)) => listings::link(forstok, id, body),
        ("DELETE", ["listings", _], Some(id)) => listings::delete(forstok, id),
        ("POST", ["stores", _, "import"], Some(id)) => listings::import(forstok, id),
        ("POST", ["webhooks"], _) => match (body["event"].as_str(), body["url"].as_str()) {
            (Some(event), Some(url)) => {
                lock(&forstok.shop).webhooks.push((event.to_owned(), url.to_owned()));
                envelope::done()
            }
            _ => envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "event and url are required"),
        },
        ("PUT", ["webhooks", "key"], _) => {
            body["key"].as_str().unwrap_or_default().clone_into(&mut lock(&forstok.shop).webhook_key);
            envelope::done()
        }
        _ => not_found(),
    }
}

/// One page of rows, and `page`, `per_page`, `total`.
pub(crate) fn page<T>(rows: Vec<T>, query: &Query) -> (Vec<T>, Value) {
    let positive = |name: &str, default: usize| {
        query.number(name).and_then(|value| usize::try_from(value).ok()).filter(|value| *value > 0).unwrap_or(default)
    };
    let (page, size) = (positive("page", 1), positive("per_page", PER_PAGE).min(MAX_PER_PAGE));
    let shift = if page > 1 { query.shifted } else { 0 };
    let (skipped, total) = shift_by(shift, (page - 1).saturating_mul(size), rows.len());
    let rows = rows.into_iter().skip(skipped).take(size).collect();
    (rows, json!({ "page": page, "per_page": size, "total": total }))
}

/// Adds the fields of one object to another.
pub(crate) fn add(data: &mut Value, more: Value) {
    if let (Value::Object(data), Value::Object(more)) = (data, more) {
        data.extend(more);
    }
}

/// The page that is asked for out of all rows; only its rows are written.
fn paged(name: &str, rows: Vec<&Value>, query: &Query) -> Response {
    let (rows, paging) = page(rows, query);
    answer(name, &rows, &paging)
}

fn answer<T: Serialize>(name: &str, rows: &[T], paging: &Value) -> Response {
    #[derive(Serialize)]
    struct Listed<'a, T> {
        #[serde(flatten)]
        rows: BTreeMap<&'a str, &'a [T]>,
        #[serde(flatten)]
        paging: &'a Value,
    }
    envelope::ok(&Listed { rows: BTreeMap::from([(name, rows)]), paging })
}

fn orders(forstok: &Forstok, query: &Query) -> Response {
    // As orders are stamped, so that texts compare as moments do: ISO-8601 with milliseconds in WIB.
    let moment = |text: &str| Some(clock::iso_millis(clock::in_wib(text.parse::<Timestamp>().ok()?).datetime()));
    let (from, to) =
        (query.text("updated_from").as_deref().and_then(moment), query.text("updated_to").as_deref().and_then(moment));
    let status = query.text("status").map(|status| fold(&status));
    let store = query.number("store_id");
    let shop = lock(&forstok.shop);
    let mut rows: Vec<&Value> = shop
        .orders
        .values()
        .filter(|order| {
            status.as_ref().is_none_or(|status| *status == fold(order["status"].as_str().unwrap_or_default()))
        })
        .filter(|order| store.is_none_or(|store| order["store_id"].as_i64() == Some(store)))
        .filter(|order| {
            let updated = order["updated_at"].as_str().unwrap_or_default();
            from.as_deref().is_none_or(|from| updated >= from) && to.as_deref().is_none_or(|to| updated <= to)
        })
        .collect();
    rows.sort_by_cached_key(|&order| (order["updated_at"].as_str().unwrap_or_default(), order["id"].as_i64()));
    paged("orders", rows, query)
}

/// Statuses compare without case, underscores and dashes (§5.2).
fn fold(status: &str) -> String {
    status.to_lowercase().replace(['_', '-'], " ")
}

fn warehouses(forstok: &Forstok) -> Response {
    let shop = lock(&forstok.shop);
    let rows: Vec<Value> = shop
        .warehouses
        .iter()
        .map(|row| json!({ "id": row.id, "name": row.name, "code": row.code, "active": row.active, "default": row.default }))
        .collect();
    envelope::ok(&json!({ "warehouses": rows }))
}

fn stores(forstok: &Forstok) -> Response {
    let shop = lock(&forstok.shop);
    let rows: Vec<Value> = shop
        .stores
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "name": row.name,
                "channel": row.channel,
                "channel_id": row.channel_id,
                "username": row.username,
                "active": row.active,
                "sync_item": row.sync_item,
                "last_synced_at": row.last_synced_at,
            })
        })
        .collect();
    envelope::ok(&json!({ "stores": rows }))
}

fn variants(forstok: &Forstok, query: &Query) -> Response {
    let shop = lock(&forstok.shop);
    let reserved = shop.reserved();
    let sku = query.text("sku");
    let rows = shop.variants.values().filter(|variant| sku.as_ref().is_none_or(|sku| *sku == variant.sku)).collect();
    let (rows, paging) = page(rows, query);
    let rows: Vec<Value> = rows.into_iter().map(|variant| shop.show_variant(variant, &reserved)).collect();
    answer("variants", &rows, &paging)
}
