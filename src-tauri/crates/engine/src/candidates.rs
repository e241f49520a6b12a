//! The items of Accurate that come nearest to a SKU, among many: marks of each item, made once for a list, say the most that it could
//! score, and only what could be among the best is weighed. The answer is that of weighing all. Pure.

use crate::matching::{AHEAD, CLEAR, Candidate, Evidence, FLOOR, Sureness, code_similarity, percent};
use rust_decimal::prelude::ToPrimitive;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Money;
use selaras_domain::forstok::Variant;
use selaras_domain::sku::folded_name;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What one edit may take away at most: swapping two neighbours breaks three pairs of letters.
const PAIRS_AN_EDIT: u32 = 3;
/// Far more than the rounding of a price as a float.
const PRICE_SLACK: f64 = 1e-6;

/// The letters and the pairs of letters of a text, as bits: a bit that the other text lacks is a letter or a pair that it lacks. The
/// second of a kind has a bit of its own. Two may share a bit, which only makes texts look nearer than they are.
#[derive(Debug, Clone, Copy)]
struct Marks {
    length: u32,
    /// Letters without spaces, and their length in bytes.
    packed: u32,
    bytes: u32,
    letters: u128,
    pairs: u128,
}

impl Marks {
    fn of(folded: &str) -> Self {
        let letters: Vec<u64> = folded.chars().map(u64::from).collect();
        let packed: Vec<char> = folded.chars().filter(|letter| !letter.is_whitespace()).collect();
        let pairs =
            packed.iter().zip(packed.iter().skip(1)).map(|(left, right)| u64::from(*left) << 32 | u64::from(*right));
        Self {
            length: count(letters.len()),
            packed: count(packed.len()),
            bytes: count(packed.iter().map(|letter| letter.len_utf8()).sum()),
            pairs: bits(pairs.collect()),
            letters: bits(letters),
        }
    }

    /// The edit distance is at least this.
    fn least_edits(&self, other: &Self) -> u32 {
        let letters = lacking(self.letters, other.letters).max(lacking(other.letters, self.letters));
        let pairs = lacking(self.pairs, other.pairs).max(lacking(other.pairs, self.pairs));
        letters.max(pairs.div_ceil(PAIRS_AN_EDIT)).max(self.length.abs_diff(other.length))
    }

    /// The similarity by order is at most this.
    fn most_by_order(&self, other: &Self) -> f64 {
        match self.length.max(other.length) {
            0 => 1.0,
            length => 1.0 - f64::from(self.least_edits(other)) / f64::from(length),
        }
    }

    /// The similarity by shared pairs of letters is at most this.
    fn most_by_pairs(&self, other: &Self) -> f64 {
        let (mine, theirs) = (lacking(self.pairs, other.pairs), lacking(other.pairs, self.pairs));
        if mine == 0 && theirs == 0 {
            return 1.0;
        }
        if self.bytes < 2 || other.bytes < 2 {
            return 0.0;
        }
        let left = |marks: &Self, lacking: u32| marks.packed.saturating_sub(1).saturating_sub(lacking);
        let shared = left(self, mine).min(left(other, theirs));
        f64::from(2 * shared) / f64::from(self.bytes + other.bytes - 2)
    }
}

fn count(length: usize) -> u32 {
    // A text of a thousand million letters is none that is compared.
    u32::try_from(length).unwrap_or(u32::MAX).min(1 << 30)
}

fn bits(mut values: Vec<u64>) -> u128 {
    values.sort_unstable();
    let (mut bits, mut last, mut times) = (0, None, 0_u64);
    for value in values {
        times = if last == Some(value) { times + 1 } else { 0 };
        last = Some(value);
        let mixed = (value ^ times.wrapping_mul(0xA24B_AED4_963E_E407)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits |= 1_u128 << (mixed >> 57);
    }
    bits
}

fn lacking(mine: u128, theirs: u128) -> u32 {
    (mine & !theirs).count_ones()
}

/// What is compared of a record on either side, each where it says something.
#[derive(Debug, Clone)]
struct RecordMarks {
    code: Option<Marks>,
    name: Option<Marks>,
    barcode: Option<u64>,
    price: Option<f64>,
}

impl RecordMarks {
    fn of(code: &str, name: &str, barcode: Option<&str>, price: Option<Money>) -> Self {
        let said = |text: &str| !text.trim().is_empty();
        Self {
            code: said(code).then(|| Marks::of(&code.trim().to_lowercase())),
            name: said(name).then(|| Marks::of(&folded_name(name.trim()))),
            barcode: barcode.map(str::trim).filter(|text| said(text)).map(|text| {
                let mut hasher = DefaultHasher::new();
                text.hash(&mut hasher);
                hasher.finish()
            }),
            price: price.filter(|price| price.is_positive()).and_then(|price| price.0.to_f64()),
        }
    }

    /// Evidence that is nowhere less than the true one, and there where that is.
    fn most(&self, other: &Self) -> Evidence {
        Evidence {
            code: self.code.zip(other.code).map(|(left, right)| percent(left.most_by_order(&right))),
            barcode: self.barcode.zip(other.barcode).map(|(left, right)| if left == right { 100 } else { 0 }),
            name: self
                .name
                .zip(other.name)
                .map(|(left, right)| percent(left.most_by_pairs(&right).max(left.most_by_order(&right)))),
            price: self
                .price
                .zip(other.price)
                .map(|(left, right)| percent(left.min(right) / left.max(right) + PRICE_SLACK)),
        }
    }
}

/// The marks of every item of a list.
#[derive(Debug)]
pub struct CandidateIndex {
    /// By place; nothing for what is not suggested.
    items: Vec<Option<RecordMarks>>,
}

impl CandidateIndex {
    /// Marks a list.
    #[must_use]
    pub fn of(items: &[Item]) -> Self {
        let marks = |item: &Item| RecordMarks::of(&item.no, &item.name, item.upc.as_deref(), item.unit_price);
        Self { items: items.iter().map(|item| (!item.suspended).then(|| marks(item))).collect() }
    }

    /// At most `limit` candidates for a variant among `items`, the list of this index; best first; empty when nothing is near enough.
    #[must_use]
    pub fn candidates<'a>(&self, variant: &Variant, items: &'a [Item], limit: usize) -> Vec<Candidate<'a>> {
        let wanted = RecordMarks::of(&variant.sku, &variant.name, variant.barcode.as_deref(), variant.price);
        let mut hopeful: Vec<(u32, usize, Evidence)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(place, marks)| {
                let most = wanted.most(marks.as_ref()?);
                most.total().filter(|&total| total >= FLOOR).map(|total| (total, place, most))
            })
            .collect();
        hopeful.sort_unstable_by_key(|&(total, place, _)| (Reverse(total), place));
        // Whether the best is sure depends on the second.
        let kept = limit.max(2);
        let mut best: BinaryHeap<Reverse<u32>> = BinaryHeap::with_capacity(kept + 1);
        let mut scored: Vec<(u32, usize, &Item, Evidence)> = Vec::new();
        for (total, place, most) in hopeful {
            let least = if best.len() < kept { FLOOR } else { best.peek().map_or(FLOOR, |least| least.0) };
            if total < least {
                break;
            }
            let Some(item) = items.get(place) else { continue };
            let code = code_similarity(variant, item);
            if (Evidence { code, ..most }).total().is_none_or(|total| total < least) {
                continue;
            }
            let evidence = Evidence::of(variant, item);
            if let Some(total) = evidence.total().filter(|&total| total >= least) {
                scored.push((total, place, item, evidence));
                best.push(Reverse(total));
                if best.len() > kept {
                    best.pop();
                }
            }
        }
        scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.no.cmp(&b.2.no)).then(a.1.cmp(&b.1)));
        let clear = match scored.as_slice() {
            [] => false,
            [only] => only.0 >= CLEAR,
            [best, second, ..] => best.0 >= CLEAR && best.0 >= second.0 + AHEAD,
        };
        scored
            .into_iter()
            .take(limit)
            .enumerate()
            .map(|(place, (_, _, item, evidence))| Candidate {
                item,
                evidence,
                sureness: if place == 0 && clear { Sureness::Sure } else { Sureness::Look },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use selaras_domain::ids::ItemId;

    fn item(id: i64, no: &str, name: &str, upc: Option<&str>) -> Item {
        Item {
            id: ItemId(id),
            no: no.into(),
            name: name.into(),
            item_type: None,
            upc: upc.map(str::to_owned),
            unit_price: Some(Money::from(50_000)),
            suspended: false,
        }
    }

    fn variant(sku: &str, name: &str, barcode: Option<&str>) -> Variant {
        Variant {
            id: None,
            sku: sku.into(),
            name: name.into(),
            category: None,
            price: Some(Money::from(50_000)),
            cost_price: None,
            barcode: barcode.map(str::to_owned),
            stock: vec![],
        }
    }

    fn found<'a>(variant: &Variant, items: &'a [Item]) -> Vec<(&'a str, Sureness)> {
        let candidates = CandidateIndex::of(items).candidates(variant, items, 5);
        candidates.into_iter().map(|candidate| (candidate.item.no.as_str(), candidate.sureness)).collect()
    }

    /// Weighs every item.
    fn weighed<'a>(variant: &Variant, items: &'a [Item], limit: usize) -> Vec<Candidate<'a>> {
        let mut scored: Vec<(u32, &Item, Evidence)> = items
            .iter()
            .filter(|item| !item.suspended)
            .filter_map(|item| {
                let evidence = Evidence::of(variant, item);
                evidence.total().filter(|&total| total >= FLOOR).map(|total| (total, item, evidence))
            })
            .collect();
        scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.no.cmp(&b.1.no)));
        let second = scored.get(1).map_or(0, |second| second.0 + AHEAD);
        let sure = scored.first().is_some_and(|best| best.0 >= CLEAR && best.0 >= second);
        let sureness = |place| if place == 0 && sure { Sureness::Sure } else { Sureness::Look };
        let candidate = |(place, (_, item, evidence))| Candidate { item, evidence, sureness: sureness(place) };
        scored.into_iter().take(limit).enumerate().map(candidate).collect()
    }

    #[test]
    fn the_same_product_under_a_near_code_is_sure() {
        let items = [item(1, "KOPI-GAYO-250", "Kopi Gayo 250 g", Some("899")), item(2, "TEH-1", "Teh Hijau", None)];
        let wanted = variant("KOPI-GAYO250", "Kopi Gayo 250 g", Some("899"));
        assert_eq!(found(&wanted, &items), [("KOPI-GAYO-250", Sureness::Sure)]);
    }

    #[test]
    fn nothing_is_suggested_when_nothing_is_near() {
        let items = [item(1, "MEJA-01", "Meja Lipat Kayu", None)];
        assert_eq!(found(&variant("KOPI-1", "Kopi Gayo 250 g", None), &items), []);
    }

    #[test]
    fn two_near_items_are_looked_at_and_never_sure() {
        let items = [item(1, "KOPI-250A", "Kopi Gayo 250 g", None), item(2, "KOPI-250B", "Kopi Gayo 250 g", None)];
        let expected = [("KOPI-250A", Sureness::Look), ("KOPI-250B", Sureness::Look)];
        assert_eq!(found(&variant("KOPI-250C", "Kopi Gayo 250 g", None), &items), expected);
    }

    /// Few words of few letters, so that many are near and some are equal; some are odd.
    fn name() -> impl Strategy<Value = String> {
        let words = ["kopi", "Kopí", "gayo", "ogay", "250 g", "  ", "kaos", "koas", "merah", "seri 1", "ﬁ", "ß", "İ"];
        prop_oneof![
            8 => proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..5).prop_map(|words| words.join(" ")),
            1 => "[ab ]{0,6}",
            1 => ".{0,4}",
        ]
    }

    fn record() -> impl Strategy<Value = (String, String, Option<String>, Option<i64>)> {
        let code = prop_oneof![8 => "[KT]{0,2}-[012]{1,4}", 1 => "[a-cA-C ]{0,5}", 1 => ".{0,3}"];
        (code, name(), proptest::option::of("[ 12]{0,2}"), proptest::option::of(-1_i64..40))
    }

    proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(400))]
        #[test]
        fn the_answer_is_that_of_weighing_every_item(
            (sku, name, barcode, price) in record(),
            records in proptest::collection::vec((record(), 0_u8..8), 0..40),
            limit in 0_usize..7,
        ) {
            let wanted = Variant { price: price.map(Money::from), ..variant(&sku, &name, barcode.as_deref()) };
            let items: Vec<Item> = (0..)
                .zip(&records)
                .map(|(id, ((no, name, upc, price), fate))| Item {
                    unit_price: price.map(Money::from),
                    suspended: *fate == 0,
                    ..item(id, no, name, upc.as_deref())
                })
                .collect();
            let found = CandidateIndex::of(&items).candidates(&wanted, &items, limit);
            prop_assert_eq!(found, weighed(&wanted, &items, limit));
        }

        #[test]
        fn no_item_is_nearer_than_its_marks_say((a, b) in (record(), record())) {
            let marks = |(code, name, barcode, price): &(String, String, Option<String>, Option<i64>)| {
                RecordMarks::of(code, name, barcode.as_deref(), price.map(Money::from))
            };
            let most = marks(&a).most(&marks(&b));
            let left = Variant { price: a.3.map(Money::from), ..variant(&a.0, &a.1, a.2.as_deref()) };
            let right = Item { unit_price: b.3.map(Money::from), ..item(1, &b.0, &b.1, b.2.as_deref()) };
            let true_one = Evidence::of(&left, &right);
            for (most, is) in [
                (most.code, true_one.code),
                (most.barcode, true_one.barcode),
                (most.name, true_one.name),
                (most.price, true_one.price),
            ] {
                prop_assert_eq!(most.is_some(), is.is_some());
                prop_assert!(most >= is, "{:?} < {:?}", most, is);
            }
        }
    }
}
