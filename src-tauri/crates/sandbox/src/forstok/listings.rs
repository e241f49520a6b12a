//! Pending listings and what resolves them (forstok-api.md §9, §10 item 6). The endpoints are guessed; what the actions do is
//! documented.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::gate::Query;
use super::quantities::id_of;
use super::shop::{Kind, Listing, ListingVariant, Shop, Variant};
use super::{Forstok, assumed, envelope};
use crate::lock;

/// Counts of pending variants per kind.
pub(crate) fn counts(shop: &Shop) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> = Kind::ALL.into_iter().map(|kind| (kind.name(), 0)).collect();
    for variant in shop.listings.values().flat_map(|listing| &listing.variants) {
        *counts.entry(variant.kind.name()).or_default() += 1;
    }
    counts
}

/// `GET listings/pending.json?kind&store_id&page`
pub(crate) fn pending(forstok: &Forstok, query: &Query) -> Response {
    let shop = lock(&forstok.shop);
    let kind = query.text("kind");
    let store = query.number("store_id");
    let rows = shop
        .listings
        .values()
        .filter(|listing| store.is_none_or(|store| store == listing.store_id))
        .filter(|listing| {
            kind.as_ref().is_none_or(|kind| listing.variants.iter().any(|variant| variant.kind.name() == kind))
        })
        .map(show);
    let (rows, paging) = assumed::page(rows.collect(), query);
    let mut data = json!({ "counts": counts(&shop), "listings": rows });
    assumed::add(&mut data, paging);
    envelope::ok(&data)
}

fn show(listing: &Listing) -> Value {
    let variant = |variant: &ListingVariant| {
        json!({
            "listing_variant_id": variant.id,
            "kind": variant.kind.name(),
            "sku": variant.sku,
            "original_sku": variant.original_sku,
            "suggested_variant_id": variant.suggested,
        })
    };
    json!({
        "listing_id": listing.id,
        "store_id": listing.store_id,
        "channel_id": listing.channel_id,
        "name": listing.name,
        "variants": listing.variants.iter().map(variant).collect::<Vec<_>>(),
    })
}

fn not_found() -> Response {
    envelope::error(StatusCode::NOT_FOUND, "Listing not found")
}

/// `POST listings/{id}/confirm.json`, `{action: link | create_master | replace}`
pub(crate) fn confirm(forstok: &Forstok, id: i64, body: &Value) -> Response {
    let mut shop = lock(&forstok.shop);
    let Some(listing) = shop.listings.get(&id).cloned() else { return not_found() };
    let wanted = match body["action"].as_str() {
        Some("link") => Kind::Matched,
        Some("create_master") => Kind::NotMatched,
        Some("replace") => Kind::Duplicate,
        _ => return envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "action must be link, create_master or replace"),
    };
    if !listing.variants.iter().any(|variant| variant.kind == wanted) {
        return envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "The listing has no variant this action applies to");
    }
    for variant in listing.variants.iter().filter(|variant| variant.kind == wanted) {
        match wanted {
            Kind::NotMatched => make_master(&mut shop, &listing, variant),
            // The product got a new item id: the made-up code goes, the original one stays linked.
            Kind::Duplicate => shop.drop_variant(&variant.sku),
            Kind::Matched | Kind::Empty => {}
        }
    }
    resolve(&mut shop, id, |variant| variant.kind == wanted);
    envelope::done()
}

/// The first confirmed listing becomes the master data (§9.2); it has no stock yet.
fn make_master(shop: &mut Shop, listing: &Listing, variant: &ListingVariant) {
    let id = shop.next_variant_id();
    let product_id = shop.variants.values().map(|variant| variant.product_id).max().unwrap_or(3_300_000) + 1;
    shop.add_variant(Variant {
        id,
        product_id,
        sku: variant.sku.clone(),
        name: listing.name.clone(),
        category: "Umum".into(),
        price: 0,
        cost_price: None,
        barcode: None,
        quantities: BTreeMap::new(),
    });
}

/// Removes resolved variants; a listing without pending variants is no longer pending.
fn resolve(shop: &mut Shop, listing: i64, resolved: impl Fn(&ListingVariant) -> bool) {
    if let Some(entry) = shop.listings.get_mut(&listing) {
        entry.variants.retain(|variant| !resolved(variant));
        if entry.variants.is_empty() {
            shop.listings.remove(&listing);
        }
    }
}

/// `POST listing_variants/{id}/link.json`, `{variant_id}`: links one variant by hand.
pub(crate) fn link(forstok: &Forstok, id: i64, body: &Value) -> Response {
    let mut shop = lock(&forstok.shop);
    let Some(target) = id_of(&body["variant_id"]).filter(|target| shop.variants.contains_key(target)) else {
        return envelope::error(StatusCode::UNPROCESSABLE_ENTITY, "variant_id is unknown");
    };
    let found = shop.listings.values().find_map(|listing| {
        let variant = listing.variants.iter().find(|variant| variant.id == id)?;
        Some((listing.id, variant.clone()))
    });
    let Some((listing, variant)) = found else { return not_found() };
    let made_up = matches!(variant.kind, Kind::Empty | Kind::Duplicate);
    if made_up && shop.by_sku.get(&variant.sku) != Some(&target) {
        shop.drop_variant(&variant.sku);
    }
    resolve(&mut shop, listing, |variant| variant.id == id);
    envelope::done()
}

/// `DELETE listings/{id}.json`: the whole product goes, all its variants with it (§9.2).
pub(crate) fn delete(forstok: &Forstok, id: i64) -> Response {
    let mut shop = lock(&forstok.shop);
    let Some(listing) = shop.listings.remove(&id) else { return not_found() };
    for variant in listing.variants.iter().filter(|variant| matches!(variant.kind, Kind::Empty | Kind::Duplicate)) {
        shop.drop_variant(&variant.sku);
    }
    shop.deleted.push(listing);
    envelope::done()
}

/// `POST stores/{id}/import.json`: deleted products come back, with the SKU the seller has put right in the seller centre.
pub(crate) fn import(forstok: &Forstok, store: i64) -> Response {
    let mut shop = lock(&forstok.shop);
    if !shop.stores.iter().any(|known| known.id == store) {
        return envelope::error(StatusCode::NOT_FOUND, "Store not found");
    }
    let (back, kept): (Vec<Listing>, Vec<Listing>) =
        std::mem::take(&mut shop.deleted).into_iter().partition(|listing| listing.store_id == store);
    shop.deleted = kept;
    for mut listing in back {
        for variant in &mut listing.variants {
            if variant.kind == Kind::Empty {
                variant.sku = format!("PRODUK-{}", variant.id);
            } else if variant.kind == Kind::Duplicate {
                variant.sku = format!("{}-B", variant.original_sku);
            }
            variant.original_sku.clone_from(&variant.sku);
            variant.suggested = shop.by_sku.get(&variant.sku).copied();
            variant.kind = if variant.suggested.is_some() { Kind::Matched } else { Kind::NotMatched };
        }
        shop.listings.insert(listing.id, listing);
    }
    envelope::done()
}
