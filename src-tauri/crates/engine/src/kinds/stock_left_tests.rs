use super::super::sales_fixture::{item, variant};
use super::*;
use crate::matches::Matches;
use crate::sku::{SkuInput, classify};
use selaras_domain::accurate::Item;
use selaras_domain::decision::{Choice, Decision};
use selaras_domain::forstok::{Variant, VariantStock};
use selaras_domain::ids::ForstokWarehouseId;
use selaras_domain::sku_match::MatchedBy;

const DATABASE: DatabaseId = DatabaseId(1);

fn pairs() -> Vec<WarehousePair> {
    let pair = |id| WarehousePair {
        forstok: ForstokWarehouseId(id),
        forstok_name: format!("Gudang {id}"),
        accurate: WarehouseId(id * 10),
    };
    vec![pair(1), pair(2)]
}

fn stocked(sku: &str, id: i64, on_hand: i64) -> Variant {
    let stock =
        VariantStock { warehouse: ForstokWarehouseId(1), on_hand: Quantity::from(on_hand), reserved: Quantity::ZERO };
    Variant { stock: vec![stock], ..variant(sku, id) }
}

fn once(sku: &str, variant: i64, item: &Item) -> SkuMatch {
    SkuMatch {
        variant: Some(VariantId(variant)),
        sku: sku.into(),
        earlier_skus: vec![],
        name: sku.into(),
        item: item.id,
        item_no: item.no.clone(),
        item_name: item.name.clone(),
        how: MatchedBy::CodeAndName,
        since: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// Key, reason and figure of each held row.
fn told(
    variants: &[Variant],
    items: &[Item],
    kept: Vec<SkuMatch>,
    skipped: &[&str],
    sent: &[(&str, &str)],
) -> Vec<(String, String, String)> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let skip = |sku: &&str| ((*sku).to_owned(), Decision { sku: (*sku).to_owned(), choice: Choice::Skip, at });
    let decisions: BTreeMap<String, Decision> = skipped.iter().map(skip).collect();
    let matches = Matches::of(kept);
    let rows = classify(&SkuInput { variants, pending: &[], items, decisions: &decisions, matches: &matches });
    let sent = sent.iter().map(|(key, figure)| {
        (OperationKey((*key).to_owned()), Fields::from([("on_hand".into(), (*figure).to_owned())]))
    });
    let operations = held(&LeftInput {
        database: DATABASE,
        rows: &rows,
        pairs: &pairs(),
        matches: matches.all(),
        items,
        stock: &HashMap::new(),
        sent: &sent.collect(),
    });
    assert!(operations.iter().all(|operation| operation.action == Action::Blocked));
    let figure = |operation: &Operation| operation.before.get("on_hand").cloned().unwrap_or_default();
    operations.iter().map(|one| (one.key.0.clone(), one.reason.code.clone(), figure(one))).collect()
}

fn row(key: &str, code: &str, figure: &str) -> (String, String, String) {
    (key.into(), code.into(), figure.into())
}

#[test]
fn a_sku_that_was_matched_and_is_not_any_more_is_held_where_it_has_a_figure() {
    let (kept, other) = (item("KOPI", 9), item("TEH", 10));
    let variants = [stocked("KOPI", 1, 20), stocked("TEH", 2, 5), stocked("GULA", 3, 7)];
    let matches = || vec![once("KOPI", 1, &kept), once("TEH", 2, &other)];
    // Both items are there: nothing is left out. What was never matched waits in its queue.
    assert_eq!(told(&variants, &[kept.clone(), other.clone()], matches(), &[], &[]), []);
    let sent = [("stock:2:KOPI", "4"), ("stock:2:GULA", "3")];
    let found = told(&variants, std::slice::from_ref(&other), matches(), &[], &sent);
    let expected = [row("stock:1:KOPI", "matched_item_gone", "20"), row("stock:2:KOPI", "matched_item_gone", "4")];
    assert_eq!(found, expected);
    // A person has said so.
    assert_eq!(told(&variants, std::slice::from_ref(&other), matches(), &["KOPI"], &sent), []);
}

#[test]
fn a_variant_that_forstok_no_longer_has_is_held_where_a_figure_was_sent() {
    let kept = item("KOPI", 9);
    let sent = [("stock:1:KOPI", "20")];
    let found = told(&[stocked("TEH", 2, 5)], std::slice::from_ref(&kept), vec![once("KOPI", 1, &kept)], &[], &sent);
    assert_eq!(found, [row("stock:1:KOPI", "variant_gone", "20")]);
    // Gone on both sides: there is nothing left to be right or wrong.
    assert_eq!(told(&[stocked("TEH", 2, 5)], &[], vec![once("KOPI", 1, &kept)], &[], &sent), []);
    // The same variant under another SKU is not gone.
    assert_eq!(
        told(&[stocked("K-1", 1, 5)], std::slice::from_ref(&kept), vec![once("KOPI", 1, &kept)], &[], &sent),
        []
    );
}

#[test]
fn what_was_sent_under_an_earlier_sku_is_found_and_never_that_of_another() {
    let kept = item("KOPI", 9);
    let matches = Matches::of(vec![once("KOPI", 1, &kept)]);
    let decisions = BTreeMap::new();
    let sent =
        |key: &str, figure: &str| (OperationKey(key.to_owned()), Fields::from([("on_hand".into(), figure.to_owned())]));
    let found = |variants: &[Variant], key: &str| {
        let items = std::slice::from_ref(&kept);
        let rows = classify(&SkuInput { variants, pending: &[], items, decisions: &decisions, matches: &matches });
        let known = BTreeMap::from([sent("stock:1:KOPI", "20"), sent("stock:1:TEH", "5")]);
        let known = under_skus_of_now(known, &rows, &pairs());
        known.get(&OperationKey(key.to_owned())).map(|fields| fields["on_hand"].clone())
    };
    // Blanks at its ends were once cut off; a SKU was changed.
    assert_eq!(found(&[variant("TEH ", 2)], "stock:1:TEH "), Some("5".into()));
    assert_eq!(found(&[variant("KP-01", 1)], "stock:1:KP-01"), Some("20".into()));
    // Two SKUs that differ by a blank are two, and a SKU that another variant has now is that one's.
    assert_eq!(found(&[variant("TEH ", 2), variant("TEH", 3)], "stock:1:TEH "), None);
    assert_eq!(found(&[variant("KP-01", 1), variant("KOPI", 3)], "stock:1:KP-01"), None);
}
