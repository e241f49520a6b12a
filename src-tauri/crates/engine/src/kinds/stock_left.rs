//! What was in plans of stock and is not any more: SKUs that were matched and no longer are, and variants that Forstok no longer has. Their
//! figures there stay as they were sent last, so they are held, with the reason, and never left out in silence.

use super::field;
use super::stock::{WarehousePair, key};
use crate::sku::SkuRow;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Quantity;
use selaras_domain::decision::SkuState;
use selaras_domain::ids::{DatabaseId, ItemId, VariantId, WarehouseId};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::sku_match::SkuMatch;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is looked at.
pub struct LeftInput<'a> {
    /// The database.
    pub database: DatabaseId,
    /// The state of every SKU.
    pub rows: &'a [SkuRow<'a>],
    /// The mapped pairs.
    pub pairs: &'a [WarehousePair],
    /// Every match that was made.
    pub matches: &'a [SkuMatch],
    /// All items of Accurate.
    pub items: &'a [Item],
    /// On hand in Accurate.
    pub stock: &'a HashMap<(WarehouseId, ItemId), Quantity>,
    /// What was sent last, by key.
    pub sent: &'a BTreeMap<OperationKey, Fields>,
}

/// Reason of a row whose variant Forstok no longer has.
pub const VARIANT_GONE: &str = "variant_gone";

/// The rows that are held: one for each warehouse in which the SKU has, or was sent, a figure. What a person has said to leave out is left
/// out.
#[must_use]
pub fn held(input: &LeftInput<'_>) -> Vec<Operation> {
    let mut operations = Vec::new();
    let mut taken: HashSet<OperationKey> = HashSet::new();
    for pair in input.pairs {
        let left = |row: &&SkuRow<'_>| {
            row.once.is_some() && !matches!(row.state, SkuState::Matched | SkuState::Held) && !row.sku.is_empty()
        };
        for row in input.rows.iter().filter(left) {
            let shown = row.variant.into_iter().flat_map(|variant| &variant.stock);
            let shown = shown.filter(|stock| stock.warehouse == pair.forstok).map(|stock| stock.on_hand).next();
            let sent = input.sent.get(&key(pair.forstok, row.sku));
            if (shown.is_some() || sent.is_some()) && taken.insert(key(pair.forstok, row.sku)) {
                operations.push(operation(input, pair, row.sku, shown, sent, row.reason.clone()));
            }
        }
    }
    let variants: HashSet<VariantId> =
        input.rows.iter().filter_map(|row| row.variant.and_then(|variant| variant.id)).collect();
    let skus: HashSet<&str> = input.rows.iter().map(|row| row.sku).collect();
    let items: HashSet<ItemId> = input.items.iter().map(|item| item.id).collect();
    // Where its SKU is another variant's now, Forstok's figure is that one's.
    let gone = |one: &&SkuMatch| {
        one.variant.is_none_or(|id| !variants.contains(&id))
            && !skus.contains(one.sku.as_str())
            && items.contains(&one.item)
    };
    for one in input.matches.iter().filter(gone) {
        for pair in input.pairs {
            let sent = input.sent.get(&key(pair.forstok, &one.sku));
            let there = input.stock.get(&(pair.accurate, one.item)).is_some_and(|quantity| !quantity.is_zero());
            if (there || sent.is_some()) && taken.insert(key(pair.forstok, &one.sku)) {
                let reason = Reason::new(VARIANT_GONE).with("sku", &one.sku).with("name", &one.name);
                let reason = reason.with("item_no", &one.item_no);
                operations.push(operation(input, pair, &one.sku, None, sent, reason));
            }
        }
    }
    operations
}

fn operation(
    input: &LeftInput<'_>,
    pair: &WarehousePair,
    sku: &str,
    shown: Option<Quantity>,
    sent: Option<&Fields>,
    reason: Reason,
) -> Operation {
    let figure = shown.map(Quantity::text).or_else(|| sent.map(|fields| field(fields, "on_hand").to_owned()));
    Operation {
        key: key(pair.forstok, sku),
        action: Action::Blocked,
        target: Target { side: Side::Forstok, database: input.database, record: sku.to_owned() },
        before: figure.map(|figure| ("on_hand".to_owned(), figure)).into_iter().collect(),
        after: Fields::from([
            ("sku".into(), sku.to_owned()),
            ("warehouse_id".into(), pair.forstok.to_string()),
            ("warehouse_name".into(), pair.forstok_name.clone()),
        ]),
        reason,
        group: String::new(),
    }
}

/// The SKUs under which a row's figures may have been sent before: without the blanks at its ends, which were once cut off, and those that
/// it had then; never one that a row has now.
pub fn earlier_skus<'a>(row: &'a SkuRow<'_>, taken: &'a HashSet<&str>) -> impl Iterator<Item = &'a str> {
    let own = std::iter::once(row.sku.trim()).chain(row.once.into_iter().flat_map(SkuMatch::skus));
    own.filter(|sku| !taken.contains(sku))
}

/// What was sent last, to be found under the SKUs of now.
#[must_use]
pub fn under_skus_of_now(
    mut sent: BTreeMap<OperationKey, Fields>,
    rows: &[SkuRow<'_>],
    pairs: &[WarehousePair],
) -> BTreeMap<OperationKey, Fields> {
    let taken: HashSet<&str> = rows.iter().map(|row| row.sku).collect();
    for row in rows {
        let earlier: Vec<&str> = earlier_skus(row, &taken).collect();
        if earlier.is_empty() {
            continue;
        }
        for pair in pairs {
            let now = key(pair.forstok, row.sku);
            if sent.contains_key(&now) {
                continue;
            }
            let known = earlier.iter().find_map(|sku| sent.get(&key(pair.forstok, sku)).cloned());
            sent.extend(known.map(|known| (now, known)));
        }
    }
    sent
}

#[cfg(test)]
#[path = "stock_left_tests.rs"]
mod tests;
