use super::*;
use crate::sku::{SkuInput, classify};
use selaras_domain::decision::{Choice, Decision};
use std::collections::BTreeMap;

fn variant(id: Option<i64>, sku: &str, name: &str) -> Variant {
    Variant {
        id: id.map(VariantId),
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

fn held(variant: Option<i64>, sku: &str, item: i64, no: &str, how: MatchedBy) -> SkuMatch {
    SkuMatch {
        variant: variant.map(VariantId),
        sku: sku.into(),
        earlier_skus: vec![],
        name: "Kopi Gayo".into(),
        item: ItemId(item),
        item_no: no.into(),
        item_name: "Kopi Gayo".into(),
        how,
        since: Timestamp::UNIX_EPOCH,
    }
}

/// SKU, state, reason and item of each row.
type Told = (String, SkuState, String, Option<i64>);

fn told_with(variants: &[Variant], items: &[Item], matches: Vec<SkuMatch>, choices: &[(&str, Choice)]) -> Vec<Told> {
    let at = Timestamp::UNIX_EPOCH;
    let decision = |(sku, choice): &(&str, Choice)| {
        ((*sku).to_owned(), Decision { sku: (*sku).to_owned(), choice: choice.clone(), at })
    };
    let decisions: BTreeMap<String, Decision> = choices.iter().map(decision).collect();
    let matches = Matches::of(matches);
    classify(&SkuInput { variants, pending: &[], items, decisions: &decisions, matches: &matches })
        .into_iter()
        .map(|row| (row.sku.to_owned(), row.state, row.reason.code, row.item.map(|item| item.id.0)))
        .collect()
}

fn told(variants: &[Variant], items: &[Item], matches: Vec<SkuMatch>) -> Vec<Told> {
    told_with(variants, items, matches, &[])
}

fn one(sku: &str, state: SkuState, code: &str, item: Option<i64>) -> Vec<Told> {
    vec![(sku.to_owned(), state, code.to_owned(), item)]
}

use SkuState::{Duplicate, Held, InvalidCode, Matched, NameConflict, Ready, SkuConflict};

#[test]
fn a_match_holds_by_its_ids_whatever_either_side_is_called_later() {
    let matched = || vec![held(Some(1), "KOPI", 9, "KOPI", MatchedBy::CodeAndName)];
    for (variant, item, code) in [
        (variant(Some(1), "KOPI", "Kopi Gayo"), item(9, "KOPI", "KOPI  gayo"), "same_code_and_name"),
        (variant(Some(1), "KOPI", "Kopi Gayo"), item(9, "KOPI", "Kopi Toraja"), "matched_renamed"),
        (variant(Some(1), "KOPI", "Kopi Toraja"), item(9, "KOPI", "Kopi Gayo"), "matched_renamed"),
        // Both sides have taken the new name: nothing is left to look at.
        (variant(Some(1), "KOPI", "Kopi Toraja"), item(9, "KOPI", "Kopi Toraja"), "same_code_and_name"),
        (variant(Some(1), "KOPI", "Kopi Gayo"), item(9, "KP-01", "Kopi Gayo"), "matched_recoded"),
        (variant(Some(1), "KP-01", "Kopi Gayo"), item(9, "KOPI", "Kopi Gayo"), "matched_recoded"),
        (variant(Some(1), "KP & 01", "Lain"), item(9, "K", "Lagi"), "matched_recoded"),
        // Without ids of the service the SKU stands for the variant.
        (variant(None, "KOPI", "Kopi Toraja"), item(9, "KOPI", "Kopi Gayo"), "matched_renamed"),
    ] {
        let found = told(std::slice::from_ref(&variant), std::slice::from_ref(&item), matched());
        assert_eq!(found, one(&variant.sku, Matched, code, Some(9)), "{variant:?} {item:?}");
    }
}

#[test]
fn what_has_another_id_is_not_the_same_however_it_is_called() {
    let matched = || vec![held(Some(1), "KOPI", 9, "KOPI", MatchedBy::CodeAndName)];
    // Another variant under the old SKU: the rule decides.
    let other = [variant(Some(2), "KOPI", "Kopi Toraja")];
    let books = [item(9, "KOPI", "Kopi Gayo")];
    assert_eq!(told(&other, &books, matched()), one("KOPI", SkuConflict, "same_code_other_name", None));
    // Another item under the old code: the rule decides, and it is said.
    let own = [variant(Some(1), "KOPI", "Kopi Gayo")];
    assert_eq!(told(&own, &[item(10, "KOPI", "Kopi Gayo")], matched()), one("KOPI", Matched, "matched_anew", Some(10)));
    let renamed = told(&own, &[item(10, "KOPI", "Kopi Lain")], matched());
    assert_eq!(renamed, one("KOPI", SkuConflict, "same_code_other_name", None));
    // No item at all: it is not made again by itself.
    assert_eq!(told(&own, &[], matched()), one("KOPI", NameConflict, "matched_item_gone", None));
    let again = told_with(&own, &[], matched(), &[("KOPI", Choice::Create)]);
    assert_eq!(again, one("KOPI", Ready, "decided_by_person", None));
}

#[test]
fn a_persons_decision_goes_before_the_match() {
    let variants = [variant(Some(1), "KOPI", "Kopi Gayo")];
    let items = [item(9, "KOPI", "Kopi Toraja"), item(10, "TEH", "Teh")];
    let matched = || vec![held(Some(1), "KOPI", 9, "KOPI", MatchedBy::CodeAndName)];
    let with = |choice| told_with(&variants, &items, matched(), &[("KOPI", choice)]);
    assert_eq!(with(Choice::Skip), one("KOPI", Held, "skipped_by_person", Some(9)));
    let link = Choice::Link { item: ItemId(10), item_no: "TEH".into() };
    assert_eq!(with(link), one("KOPI", Matched, "linked_by_person", Some(10)));
    assert_eq!(with(Choice::Rename { code: "K-2".into() })[0].1, Ready);
    // What came of the decision is no obstacle to it.
    let made = vec![held(Some(1), "KOPI", 9, "KOPI", MatchedBy::Decision)];
    let found = told_with(&variants, &items, made, &[("KOPI", Choice::Create)]);
    assert_eq!(found, one("KOPI", Matched, "matched_renamed", Some(9)));
    // It goes with the variant to its new SKU, unless another variant has the old one now.
    let moved = [variant(Some(1), "KOPI-BARU", "Kopi Gayo")];
    assert_eq!(told_with(&moved, &items, matched(), &[("KOPI", Choice::Skip)])[0].1, Held);
    let taken = [moved[0].clone(), variant(Some(2), "KOPI", "Lain")];
    let found = told_with(&taken, &items, matched(), &[("KOPI", Choice::Skip)]);
    assert_eq!(found.iter().map(|row| row.1).collect::<Vec<_>>(), [Held, Matched]);
}

#[test]
fn what_a_person_linked_drifts_only_by_what_has_changed_since() {
    let link = [("A", Choice::Link { item: ItemId(9), item_no: "B".into() })];
    let linked = || {
        let kept = held(Some(1), "A", 9, "B", MatchedBy::Link);
        vec![SkuMatch { item_name: "Kopi Lama".into(), ..kept }]
    };
    let with = |name: &str, no: &str, item_name: &str| {
        let found = told_with(&[variant(Some(1), "A", name)], &[item(9, no, item_name)], linked(), &link);
        (found[0].1, found[0].2.clone())
    };
    assert_eq!(with("Kopi Gayo", "B", "Kopi Lama"), (Matched, "linked_by_person".into()));
    assert_eq!(with("Kopi Gayo", "B", "Kopi Lain"), (Matched, "matched_renamed".into()));
    assert_eq!(with("Kopi Lain", "B", "Kopi Lama"), (Matched, "matched_renamed".into()));
    assert_eq!(with("Kopi Gayo", "C", "Kopi Lama"), (Matched, "matched_recoded".into()));
}

#[test]
fn a_reading_keeps_new_matches_and_leaves_those_that_hold() {
    let now = Timestamp::from_second(5).unwrap();
    let seen_of = |variants: &[Variant], items: &[Item], kept: Vec<SkuMatch>| {
        let (decisions, matches) = (BTreeMap::new(), Matches::of(kept));
        let rows = classify(&SkuInput { variants, pending: &[], items, decisions: &decisions, matches: &matches });
        seen(&rows, &matches, now)
    };
    let variants = [variant(Some(1), "KOPI", "Kopi Gayo"), variant(Some(2), "TEH", "Teh")];
    let items = [item(9, "KOPI", "Kopi Gayo")];
    let made = SkuMatch { since: now, ..held(Some(1), "KOPI", 9, "KOPI", MatchedBy::CodeAndName) };
    let first = seen_of(&variants, &items, vec![]);
    assert_eq!(first, Seen { made: vec![made.clone()], given_up: vec![] });
    // Under new names it is still the match that was made, so that the drift stays to be seen.
    let renamed = [item(9, "KOPI", "Kopi Toraja")];
    assert_eq!(seen_of(&variants, &renamed, vec![made.clone()]), Seen::default());
    // Another record is a new match, and says so.
    let anew = seen_of(&variants, &[item(10, "KOPI", "Kopi Gayo")], vec![made.clone()]);
    assert_eq!(anew.made, [SkuMatch { item: ItemId(10), how: MatchedBy::Anew, ..made.clone() }]);
    // Once the service tells an id, the match is the variant's and no longer the SKU's.
    let nameless = held(None, "KOPI", 9, "KOPI", MatchedBy::CodeAndName);
    let known = seen_of(&variants, &items, vec![nameless.clone()]);
    let expected = SkuMatch { variant: Some(VariantId(1)), ..nameless };
    assert_eq!(known, Seen { made: vec![expected], given_up: vec!["sku:KOPI".into()] });
}

#[test]
fn a_blank_at_an_end_of_a_code_is_no_other_code_and_is_said() {
    for (sku, no, code) in [
        ("KOPI ", "KOPI", "same_code_but_blanks"),
        (" KOPI", "KOPI", "same_code_but_blanks"),
        ("KOPI\u{a0}", "KOPI", "same_code_but_blanks"),
        ("KOPI\t", "KOPI", "same_code_but_blanks"),
        ("KOPI", "KOPI ", "same_code_but_blanks"),
        ("KOPI ", "KOPI ", "same_code_and_name"),
    ] {
        let variants = [variant(Some(1), sku, "Kopi Gayo")];
        let found = told(&variants, &[item(9, no, "Kopi Gayo")], vec![]);
        assert_eq!(found, one(sku, Matched, code, Some(9)), "{sku:?} {no:?}");
    }
    // A new item gets the code that Accurate takes.
    let variants = [variant(Some(1), "KOPI ", "Kopi Gayo")];
    let (decisions, matches) = (BTreeMap::new(), Matches::none());
    let rows = classify(&SkuInput { variants: &variants, pending: &[], items: &[], decisions: &decisions, matches });
    assert_eq!((rows[0].state, rows[0].sku, rows[0].code.as_str()), (Ready, "KOPI ", "KOPI"));
    // A blank within is a letter, and so is one that nobody sees.
    assert_eq!(told(&[variant(Some(1), "KO PI", "a")], &[item(9, "KOPI", "a")], vec![])[0].1, InvalidCode);
    assert_eq!(told(&[variant(Some(1), "KOPI\u{200b}", "a")], &[item(9, "KOPI", "a")], vec![])[0].1, InvalidCode);
}

#[test]
fn two_skus_that_differ_only_by_a_blank_are_two() {
    let both = [variant(Some(1), "KOPI", "Kopi Gayo"), variant(Some(2), "KOPI ", "Kopi Gayo")];
    let codes = |items: &[Item], variants: &[Variant]| -> Vec<(SkuState, String, Option<i64>)> {
        told(variants, items, vec![]).into_iter().map(|row| (row.1, row.2, row.3)).collect()
    };
    let (clean, blank) = (item(9, "KOPI", "Kopi Gayo"), item(10, "KOPI ", "Kopi Gayo"));
    let matched = |id| (Matched, "same_code_and_name".to_owned(), Some(id));
    let twin = || (Duplicate, "sku_blank_twin".to_owned(), None);
    assert_eq!(codes(&[clean.clone(), blank.clone()], &both), [matched(9), matched(10)]);
    assert_eq!(codes(std::slice::from_ref(&clean), &both), [matched(9), twin()]);
    assert_eq!(codes(std::slice::from_ref(&blank), &both), [twin(), matched(10)]);
    assert_eq!(codes(&[], &both), [(Ready, "not_in_accurate".into(), None), twin()]);
    // Neither is equal: none can be told.
    let tab = [variant(Some(3), "KOPI\t", "Kopi Gayo")];
    assert_eq!(codes(&[clean, blank], &tab), [(SkuConflict, "code_blank_twin".into(), None)]);
}

#[test]
fn a_code_in_another_case_is_held_for_a_person() {
    let variants = [variant(Some(1), "KOPI", "Kopi Gayo")];
    let same = told(&variants, &[item(9, "kopi", "Kopi Gayo")], vec![]);
    assert_eq!(same, one("KOPI", NameConflict, "same_name_other_code", None));
    let other = told(&variants, &[item(9, "kopi", "Teh")], vec![]);
    assert_eq!(other, one("KOPI", SkuConflict, "same_code_other_case", None));
}
