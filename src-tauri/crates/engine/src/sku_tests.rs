use super::*;
use selaras_domain::ids::VariantId;

fn variant(id: i64, sku: &str, name: &str) -> Variant {
    Variant {
        id: Some(VariantId(id)),
        sku: sku.into(),
        name: name.into(),
        category: None,
        price: None,
        cost_price: None,
        barcode: None,
        stock: vec![],
    }
}

fn item(id: i64, no: &str, name: &str) -> Item {
    Item {
        id: ItemId(id),
        no: no.into(),
        name: name.into(),
        item_type: None,
        upc: None,
        unit_price: None,
        suspended: false,
    }
}

fn listing(sku: &str, kind: PendingKind) -> PendingListing {
    PendingListing {
        listing: None,
        listing_variant: None,
        store: None,
        name: format!("listing {sku}"),
        sku: sku.into(),
        original_sku: String::new(),
        kind,
        suggested: None,
    }
}

fn states(
    variants: &[Variant],
    pending: &[PendingListing],
    items: &[Item],
    choices: &[(&str, Choice)],
) -> Vec<(String, SkuState)> {
    let decisions = choices
        .iter()
        .map(|(sku, choice)| {
            let at = jiff::Timestamp::UNIX_EPOCH;
            ((*sku).to_owned(), Decision { sku: (*sku).to_owned(), choice: choice.clone(), at })
        })
        .collect();
    classify(&SkuInput { variants, pending, items, decisions: &decisions, matches: Matches::none() })
        .into_iter()
        .map(|row| (row.sku.to_owned(), row.state))
        .collect()
}

#[test]
fn every_kind_of_trouble_is_held() {
    let long = "X".repeat(31);
    let variants = [
        variant(1, "", "tanpa kode"),
        variant(2, "DBL", "a"),
        variant(3, "DBL", "b"),
        variant(4, "merah(x123abc)", "merah"),
        variant(5, &long, "panjang"),
        variant(6, "A&B", "aneh"),
        variant(7, "KOPI", "Kopi Gayo"),
        variant(8, "TEH", "Teh Hijau"),
        variant(9, "BARU", "Barang Baru"),
        variant(10, "SAMA", "Barang  sama"),
        variant(11, "TUNGGU", "Barang Tunggu"),
    ];
    let items = [item(1, "KOPI", "Kopi Toraja"), item(2, "T-01", "teh hijau"), item(3, "SAMA", "barang Sama")];
    let pending = [
        listing("TUNGGU", PendingKind::Matched),
        listing("LAIN", PendingKind::NotMatched),
        listing("kaos0000", PendingKind::Empty),
        listing("topi(a1b2c)", PendingKind::Duplicate),
    ];
    use SkuState::*;
    let mut expected: Vec<(String, SkuState)> = [
        ("", Empty),
        ("A&B", InvalidCode),
        ("BARU", Ready),
        ("DBL", Duplicate),
        ("DBL", Duplicate),
        ("KOPI", SkuConflict),
        ("LAIN", PendingNotMatched),
        ("SAMA", Matched),
        ("TEH", NameConflict),
        ("TUNGGU", PendingMatched),
        (long.as_str(), InvalidCode),
        ("kaos0000", Empty),
        ("merah(x123abc)", Duplicate),
        ("topi(a1b2c)", Duplicate),
    ]
    .map(|(sku, state)| (sku.to_owned(), state))
    .to_vec();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(states(&variants, &pending, &items, &[]), expected);
}

#[test]
fn a_decision_lets_a_held_sku_through() {
    let variants = [variant(1, "A&B", "aneh"), variant(2, "TEH", "Teh Hijau"), variant(3, "KOPI", "Kopi Gayo")];
    let items = [item(2, "T-01", "teh hijau"), item(3, "KOPI", "Kopi Toraja")];
    let choices = [
        ("A&B", Choice::Rename { code: "A-B".into() }),
        ("TEH", Choice::Link { item: ItemId(2), item_no: "T-01".into() }),
        ("KOPI", Choice::Skip),
    ];
    let found = states(&variants, &[], &items, &choices);
    let expected = [("A&B", SkuState::Ready), ("KOPI", SkuState::Held), ("TEH", SkuState::Matched)];
    assert_eq!(found, expected.map(|(sku, state)| (sku.to_owned(), state)));
}

#[test]
fn a_confirmed_listing_frees_its_master() {
    let variants = [variant(1, "TUNGGU", "Barang Tunggu")];
    let pending = [listing("TUNGGU", PendingKind::Matched)];
    let choices = [("TUNGGU", Choice::LinkMaster { master: "TUNGGU".into() })];
    assert_eq!(states(&variants, &pending, &[], &choices), [("TUNGGU".to_owned(), SkuState::Ready)]);
}

#[test]
fn a_renamed_item_is_matched_once_it_is_there() {
    let variants = [variant(1, "A&B", "aneh")];
    let choices = [("A&B", Choice::Rename { code: "A-B".into() })];
    assert_eq!(states(&variants, &[], &[item(9, "A-B", "aneh")], &choices), [("A&B".to_owned(), SkuState::Matched)]);
}

#[test]
fn create_cannot_make_a_second_item_of_the_same_code() {
    let variants = [variant(1, "KOPI", "Kopi Gayo")];
    let found = states(&variants, &[], &[item(3, "KOPI", "Kopi Toraja")], &[("KOPI", Choice::Create)]);
    assert_eq!(found, [("KOPI".to_owned(), SkuState::SkuConflict)]);
}
