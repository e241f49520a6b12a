//! Which item of Accurate may be the same product, and which record may stand for which: with evidence, in three zones, and no
//! suggestion when unsure. The nearest items among many are found in [`crate::candidates`]. Pure.

use rust_decimal::prelude::ToPrimitive;
use selaras_domain::accurate::Item;
use selaras_domain::amount::Money;
use selaras_domain::forstok::Variant;
use selaras_domain::sku::folded_name;

/// How sure a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Clear, and nothing else comes near.
    Sure,
    /// Near; a person looks.
    Look,
}

/// Agreement in per cent, or nothing where one side says nothing.
pub type Agreement = Option<u8>;

/// The evidence that two records are one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Of the codes: edit distance.
    pub code: Agreement,
    /// Of the barcodes: equal or not.
    pub barcode: Agreement,
    /// Of the names: shared pairs of letters, and order.
    pub name: Agreement,
    /// Of the prices: the smaller over the larger.
    pub price: Agreement,
}

/// Weight of each piece of evidence. A barcode is made to tell products apart; a price says little.
const WEIGHTS: [u32; 4] = [30, 35, 30, 5];
/// Under this total nothing is suggested: two short names of one category easily reach 50.
pub(crate) const FLOOR: u32 = 62;
/// From this total on, and [`AHEAD`] of the next, a suggestion is sure.
pub(crate) const CLEAR: u32 = 88;
/// How far the best has to be ahead of the second to be sure.
pub(crate) const AHEAD: u32 = 8;

pub(crate) fn percent(similarity: f64) -> u8 {
    (similarity.clamp(0.0, 1.0) * 100.0).round().to_u8().unwrap_or(0)
}

fn both<'a>(left: Option<&'a str>, right: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    match (left.map(str::trim), right.map(str::trim)) {
        (Some(left), Some(right)) if !left.is_empty() && !right.is_empty() => Some((left, right)),
        _ => None,
    }
}

/// Similarity of two names as shown: the better of letter pairs and of prefix-weighted order.
#[must_use]
pub fn name_similarity(left: &str, right: &str) -> f64 {
    let (left, right) = (folded_name(left), folded_name(right));
    strsim::sorensen_dice(&left, &right).max(strsim::normalized_damerau_levenshtein(&left, &right))
}

/// Agreement of the codes.
pub(crate) fn code_similarity(variant: &Variant, item: &Item) -> Agreement {
    both(Some(&variant.sku), Some(&item.no))
        .map(|(sku, no)| percent(strsim::normalized_damerau_levenshtein(&sku.to_lowercase(), &no.to_lowercase())))
}

impl Evidence {
    /// Weighs a variant against an item.
    #[must_use]
    pub fn of(variant: &Variant, item: &Item) -> Self {
        let code = code_similarity(variant, item);
        let barcode = both(variant.barcode.as_deref(), item.upc.as_deref())
            .map(|(left, right)| if left == right { 100 } else { 0 });
        let name =
            both(Some(&variant.name), Some(&item.name)).map(|(left, right)| percent(name_similarity(left, right)));
        let price = match (variant.price, item.unit_price) {
            (Some(left), Some(right)) => price_agreement(left, right),
            _ => None,
        };
        Self { code, barcode, name, price }
    }

    /// The weighted total in per cent over the evidence that there is; nothing unless two pieces agree by more than half.
    #[must_use]
    pub fn total(&self) -> Option<u32> {
        let pieces = [self.code, self.barcode, self.name, self.price];
        if pieces.iter().filter(|piece| piece.is_some_and(|percent| percent > 50)).count() < 2 {
            return None;
        }
        let (mut sum, mut weight) = (0, 0);
        for (piece, share) in pieces.into_iter().zip(WEIGHTS) {
            if let Some(percent) = piece {
                sum += u32::from(percent) * share;
                weight += share;
            }
        }
        (weight > 0).then(|| sum / weight)
    }
}

fn price_agreement(left: Money, right: Money) -> Agreement {
    if !left.is_positive() || !right.is_positive() {
        return None;
    }
    let (small, large) = if left < right { (left, right) } else { (right, left) };
    (small.0 / large.0).to_f64().map(percent)
}

/// An item that may be the same product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The item.
    pub item: &'a Item,
    /// The evidence.
    pub evidence: Evidence,
    /// The zone.
    pub sureness: Sureness,
}

/// Why a record is suggested for a slot of the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlotReason {
    /// It was chosen for this slot before, in this or in an earlier database.
    UsedLastTime,
    /// Its name is the same.
    SameName,
    /// It is the only one that may be chosen.
    OnlyOne,
    /// Its name is near.
    SimilarName,
    /// It is the company's default.
    Default,
}

impl SlotReason {
    /// Its code.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UsedLastTime => "used_last_time",
            Self::SameName => "same_name",
            Self::OnlyOne => "only_one",
            Self::SimilarName => "similar_name",
            Self::Default => "default",
        }
    }
}

/// What a slot wants: words that name it, and the choice made before.
pub struct SlotWish<'a> {
    /// Names that the record may have, the best first: a store's name, its channel, a role's usual names.
    pub words: &'a [&'a str],
    /// Id chosen before, if there is one.
    pub last: Option<i64>,
    /// Name of the record chosen before in another database, if there is one.
    pub last_name: Option<&'a str>,
}

/// A record that may be chosen.
#[derive(Debug, Clone, Copy)]
pub struct SlotOption<'a> {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Whether it is the default of its kind.
    pub default: bool,
}

/// Least similarity of names for a suggestion.
const NAME_FLOOR: f64 = 0.6;

/// Suggestions for a slot, best first, at most three.
#[must_use]
pub fn suggest(wish: &SlotWish<'_>, options: &[SlotOption<'_>]) -> Vec<(i64, SlotReason, Sureness)> {
    if let Some(option) = options.iter().find(|option| wish.last == Some(option.id)) {
        return vec![(option.id, SlotReason::UsedLastTime, Sureness::Sure)];
    }
    if let Some(name) = wish.last_name {
        let same: Vec<_> = options.iter().filter(|option| folded_name(option.name) == folded_name(name)).collect();
        if let [one] = same.as_slice() {
            return vec![(one.id, SlotReason::UsedLastTime, Sureness::Look)];
        }
    }
    let mut scored: Vec<(f64, SlotReason, i64)> = Vec::new();
    for option in options {
        let best = wish.words.iter().map(|word| word_similarity(word, option.name)).fold(0.0, f64::max);
        if best >= 0.999 {
            scored.push((best, SlotReason::SameName, option.id));
        } else if best >= NAME_FLOOR {
            scored.push((best, SlotReason::SimilarName, option.id));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    if scored.is_empty() {
        return match options {
            [only] => vec![(only.id, SlotReason::OnlyOne, Sureness::Look)],
            _ => options
                .iter()
                .filter(|option| option.default)
                .take(1)
                .map(|o| (o.id, SlotReason::Default, Sureness::Look))
                .collect(),
        };
    }
    let clear = match scored.as_slice() {
        [best, second, ..] => best.1 == SlotReason::SameName && second.0 < 0.9,
        [best] => best.1 == SlotReason::SameName,
        [] => false,
    };
    scored
        .into_iter()
        .take(3)
        .enumerate()
        .map(|(place, (_, reason, id))| (id, reason, if place == 0 && clear { Sureness::Sure } else { Sureness::Look }))
        .collect()
}

/// 1 when the name is the word; high when the name holds all of its words; else letter similarity.
fn word_similarity(word: &str, name: &str) -> f64 {
    let fold = |text: &str| folded_name(&text.replace(['-', '_', '.'], " "));
    let (word, name) = (fold(word), fold(name));
    if word.is_empty() {
        return 0.0;
    }
    if word == name {
        return 1.0;
    }
    let parts: Vec<&str> = name.split(' ').collect();
    if word.split(' ').all(|part| parts.contains(&part)) {
        return 0.9;
    }
    strsim::sorensen_dice(&word, &name)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn slots_prefer_the_choice_of_last_time_then_the_name() {
        let options = [
            SlotOption { id: 1, name: "Saldo Shopee", default: false },
            SlotOption { id: 2, name: "BCA Operasional", default: true },
        ];
        let wish = |last| SlotWish { words: &["Shopee"], last, last_name: None };
        assert_eq!(suggest(&wish(Some(2)), &options), [(2, SlotReason::UsedLastTime, Sureness::Sure)]);
        assert_eq!(suggest(&wish(None), &options), [(1, SlotReason::SimilarName, Sureness::Look)]);
        let nothing = SlotWish { words: &["Lazada"], last: None, last_name: None };
        assert_eq!(suggest(&nothing, &options), [(2, SlotReason::Default, Sureness::Look)]);
    }
}
