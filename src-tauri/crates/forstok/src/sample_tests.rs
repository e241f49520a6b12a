//! Every recorded sample goes through the client: what we read is read, what we send is what was seen.

use crate::assumed::{self, PATHS, StoreRow, VariantRow, WarehouseRow};
use crate::proven;
use crate::wire::{Envelope, LineError};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::forstok::{PendingKind, QuantityLine, Store, Variant, VariantStock, Warehouse};
use selaras_domain::ids::{ForstokWarehouseId, ListingVariantId, StoreId, VariantId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/samples/forstok")
}

pub fn sample(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn envelope(name: &str) -> Envelope {
    Envelope::read(&sample(name)).unwrap()
}

fn rows<T: DeserializeOwned>(name: &str, list: assumed::List) -> Vec<T> {
    let rows = envelope(name).rows(list.rows).unwrap();
    rows.iter().map(|raw| selaras_domain::wire::read_row(raw).unwrap()).collect()
}

/// The part of a sample that tells an exchange, as an answer.
fn part(name: &str, field: &str) -> Envelope {
    let whole: Value = serde_json::from_str(&sample(name)).unwrap();
    Envelope::read(&whole[field].to_string()).unwrap()
}

#[test]
fn every_sample_is_an_answer_that_can_be_read() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let envelope = Envelope::read(&text);
            assert!(envelope.is_some(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 30, "{count} samples");
}

#[test]
fn the_token_and_its_refusal_are_read() {
    let token = envelope("auth-response.json");
    assert!(token.ok());
    assert_eq!(token.text("token").as_deref(), Some("header.payload.signature"));
    assert_eq!(token.text("exp_at").as_deref(), Some("2024-01-15T12:00:00.000+07:00"));
    let refusal = part("auth-error.guess.json", "body");
    assert!(!refusal.ok());
    assert_eq!(refusal.message().as_deref(), Some("Invalid id or secret key"));
    assert_eq!(part("error-rate-limit.guess.json", "body").message().as_deref(), Some("Too many requests"));
}

#[test]
fn the_lists_are_read() {
    let variants: Vec<VariantRow> = rows("variants-list.guess.json", PATHS.variants);
    let variants: Vec<Variant> = variants.into_iter().map(VariantRow::variant).collect();
    let expected = Variant {
        id: Some(VariantId(16_800_001)),
        sku: "TS-BLK-M".into(),
        name: "Kaos Polos Hitam M".into(),
        category: Some("Kaos".into()),
        price: Some(Money::from(150_000)),
        cost_price: Some(Money::from(80_000)),
        barcode: Some("8990000000017".into()),
        stock: vec![VariantStock {
            warehouse: ForstokWarehouseId(195),
            on_hand: Quantity::from(25),
            reserved: Quantity::from(2),
        }],
    };
    assert_eq!(variants, [expected]);
    let warehouses: Vec<WarehouseRow> = rows("warehouses.guess.json", PATHS.warehouses);
    let warehouses: Vec<_> = warehouses.into_iter().map(|row| row.warehouse().unwrap()).collect();
    let warehouse =
        |id, name: &str, default| Warehouse { id: ForstokWarehouseId(id), name: name.into(), active: true, default };
    assert_eq!(warehouses, [warehouse(195, "Primary Warehouse", true), warehouse(196, "Gudang-Dua", false)]);
    let stores: Vec<StoreRow> = rows("stores.guess.json", PATHS.stores);
    let stores: Vec<_> = stores.into_iter().map(|row| row.store().unwrap()).collect();
    let store = |id, name: &str, channel: &str, channel_id, export| Store {
        id: StoreId(id),
        name: name.into(),
        channel: channel.into(),
        channel_id,
        active: true,
        export_on: Some(export),
    };
    let expected = [store(7001, "Toko-Contoh-1", "Shopee", 12, true), store(7009, "Manual SO", "Manual SO", 21, false)];
    assert_eq!(stores, expected);
}

#[test]
fn the_pending_listings_are_read() {
    let rows = envelope("pending-listings.guess.json").rows(PATHS.pending.rows).unwrap();
    let pending = |raw: &Box<_>| assumed::pending(raw, PendingKind::Matched).unwrap();
    let pending: Vec<_> = rows.iter().flat_map(pending).collect();
    let seen: Vec<_> =
        pending.iter().map(|one| (one.listing_variant, one.kind, one.sku.as_str(), one.suggested)).collect();
    let expected = [
        (Some(ListingVariantId(9_900_001)), PendingKind::Matched, "TS-BLK-M", Some(VariantId(16_800_001))),
        (Some(ListingVariantId(9_900_002)), PendingKind::NotMatched, "JKT-NEW-L", None),
        (Some(ListingVariantId(9_900_003)), PendingKind::Empty, "kaos0000", None),
        (Some(ListingVariantId(9_900_004)), PendingKind::Duplicate, "merah123(x123abc)", None),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn orders_and_invoices_are_seen_to_be_there() {
    assert_eq!(part("orders-list.guess.json", "response").rows(PATHS.orders.rows).map(|rows| rows.len()), Some(1));
    assert_eq!(envelope("invoices-list.guess.json").rows(PATHS.invoices.rows).map(|rows| rows.len()), Some(1));
}

#[test]
fn stock_is_sent_as_it_was_seen_and_its_answers_are_read() {
    let line = |sku: &str, quantity| QuantityLine {
        sku: sku.into(),
        warehouse: ForstokWarehouseId(195),
        quantity: Quantity::from(quantity),
    };
    let (first, second) = (line("TS-BLK-M", 23), line("CAP-RED", 0));
    let call = proven::quantities(&[&first, &second]).unwrap();
    let seen: Value = serde_json::from_str(&sample("quantities-update-request-warehouse.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(call.body.as_deref().unwrap()).unwrap(), seen["body"]);
    assert_eq!(call.method.as_str(), seen["method"]);
    assert!(seen["url"].as_str().unwrap().ends_with(&call.path));
    assert!(envelope("quantities-update-response.json").ok());
    let partial = envelope("quantities-update-response-partial.guess.json");
    let error =
        LineError { sku: Some("NOPE-1".into()), warehouse_id: Some(195), message: Some("SKU not found".into()) };
    assert!(!partial.ok());
    assert_eq!(partial.line_errors(), [error]);
}
