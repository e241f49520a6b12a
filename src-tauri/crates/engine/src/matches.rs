//! The matches that were made once, and what has changed since: a match holds by the ids of both sides, a new name or code of either is
//! drift, which is shown and stops nothing. Pure.

use crate::sku::SkuRow;
use jiff::Timestamp;
use selaras_domain::accurate::Item;
use selaras_domain::decision::SkuState;
use selaras_domain::forstok::Variant;
use selaras_domain::ids::{ItemId, VariantId};
use selaras_domain::plan::Reason;
use selaras_domain::sku::{Spelling, folded_name, same_but_blanks};
use selaras_domain::sku_match::{MatchedBy, SkuMatch, match_key};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Reasons of a matched SKU that somebody should look at: a side has another name or code than when it was matched, or the item is another
/// record.
pub const DRIFT: [&str; 3] = ["matched_renamed", "matched_recoded", "matched_anew"];

/// Stored matches, to be found by variant.
#[derive(Debug, Default)]
pub struct Matches {
    list: Vec<SkuMatch>,
    by_id: HashMap<VariantId, usize>,
    by_sku: HashMap<String, usize>,
    /// Those of which the service told no id.
    without_id: HashMap<String, usize>,
}

static NONE: LazyLock<Matches> = LazyLock::new(Matches::default);

impl Matches {
    /// Of what is stored, those made first before the others.
    #[must_use]
    pub fn of(list: Vec<SkuMatch>) -> Self {
        let (mut by_id, mut by_sku, mut without_id) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (place, one) in list.iter().enumerate() {
            by_sku.insert(one.sku.clone(), place);
            match one.variant {
                Some(id) => by_id.insert(id, place).map(drop),
                None => without_id.insert(one.sku.clone(), place).map(drop),
            };
        }
        Self { list, by_id, by_sku, without_id }
    }

    /// Nothing was ever matched.
    #[must_use]
    pub fn none() -> &'static Self {
        &NONE
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[SkuMatch] {
        &self.list
    }

    /// The match of a variant: by its id; by its SKU where either side of the comparison has no id.
    #[must_use]
    pub fn of_variant(&self, variant: &Variant) -> Option<&SkuMatch> {
        let place = match variant.id {
            Some(id) => self.by_id.get(&id).or_else(|| self.without_id.get(&variant.sku)),
            None => self.by_sku.get(&variant.sku),
        };
        place.and_then(|&place| self.list.get(place))
    }
}

/// Why a variant is this item, by a match that holds: as it was made, or with what has changed since.
#[must_use]
pub fn reason(held: &SkuMatch, variant: &Variant, item: &Item) -> Reason {
    match held.how {
        MatchedBy::Anew if agree(variant, item) => told("matched_anew", held, variant, item),
        _ if agree(variant, item) => same_code_and_name(variant, item),
        how => drift(held, variant, item).unwrap_or_else(|| match how {
            MatchedBy::Decision => Reason::new("made_by_decision"),
            MatchedBy::Link => Reason::new("linked_by_person"),
            // A person has seen the new name, and has taken that decision back since.
            MatchedBy::CodeAndName | MatchedBy::Anew if same_but_blanks(&variant.sku, &item.no) => {
                told("matched_renamed", held, variant, item)
            }
            MatchedBy::CodeAndName | MatchedBy::Anew => told("matched_recoded", held, variant, item),
        }),
    }
}

/// What has changed since a match was made, or since a person looked at it; nothing where both sides have come to the same code and name.
#[must_use]
pub fn drift(held: &SkuMatch, variant: &Variant, item: &Item) -> Option<Reason> {
    if agree(variant, item) {
        return None;
    }
    if variant.sku != held.sku || item.no != held.item_no {
        return Some(told("matched_recoded", held, variant, item));
    }
    let renamed = !same_name(&variant.name, &held.name) || !same_name(&item.name, &held.item_name);
    renamed.then(|| told("matched_renamed", held, variant, item))
}

fn same_name(one: &str, other: &str) -> bool {
    folded_name(one) == folded_name(other)
}

fn agree(variant: &Variant, item: &Item) -> bool {
    same_but_blanks(&variant.sku, &item.no) && same_name(&variant.name, &item.name)
}

/// Why a variant is the item of the same code and name; a blank at an end of either code is said.
#[must_use]
pub fn same_code_and_name(variant: &Variant, item: &Item) -> Reason {
    if variant.sku == item.no {
        return Reason::new("same_code_and_name");
    }
    Reason::new("same_code_but_blanks").with("sku", &variant.sku).with("item_no", &item.no)
}

fn told(code: &str, held: &SkuMatch, variant: &Variant, item: &Item) -> Reason {
    Reason::new(code)
        .with("sku", &variant.sku)
        .with("name", &variant.name)
        .with("item_no", &item.no)
        .with("item_name", &item.name)
        .with("was_sku", &held.sku)
        .with("was_name", &held.name)
        .with("was_item_no", &held.item_no)
        .with("was_item_name", &held.item_name)
}

/// The SKUs of a catalogue, to be found by those that they had before, too.
#[must_use]
pub fn spelling<'a>(variants: &'a [Variant], matches: &'a Matches) -> Spelling<'a> {
    let mut spelling = Spelling::of(variants.iter().map(|variant| variant.sku.as_str()));
    for variant in variants {
        for earlier in matches.of_variant(variant).into_iter().flat_map(SkuMatch::skus) {
            spelling.remember(earlier, &variant.sku);
        }
    }
    spelling
}

/// A match as it is seen now.
#[must_use]
pub fn made_now(variant: &Variant, item: &Item, how: MatchedBy, since: Timestamp) -> SkuMatch {
    SkuMatch {
        variant: variant.id,
        sku: variant.sku.clone(),
        earlier_skus: Vec::new(),
        name: variant.name.clone(),
        item: item.id,
        item_no: item.no.clone(),
        item_name: item.name.clone(),
        how,
        since,
    }
}

/// A match whose new names and codes a person has looked at; how it came about stays.
#[must_use]
pub fn looked_at(held: &SkuMatch, variant: &Variant, item: &Item) -> SkuMatch {
    let mut earlier_skus = held.earlier_skus.clone();
    if held.sku != variant.sku {
        earlier_skus.retain(|earlier| *earlier != held.sku);
        earlier_skus.push(held.sku.clone());
    }
    SkuMatch { earlier_skus, ..made_now(variant, item, held.how, held.since) }
}

/// What a reading says about matches that is not kept yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// To be put in force.
    pub made: Vec<SkuMatch>,
    /// Keys of those to be given up.
    pub given_up: Vec<String>,
}

/// The matches that are new in the states of all SKUs. One that holds stays as it is, so that what has changed since stays drift.
#[must_use]
pub fn seen(rows: &[SkuRow<'_>], matches: &Matches, now: Timestamp) -> Seen {
    let mut seen = Seen::default();
    for row in rows.iter().filter(|row| row.state == SkuState::Matched) {
        let (Some(variant), Some(item)) = (row.variant, row.item) else { continue };
        let decided = match row.reason.code.as_str() {
            "linked_by_person" => Some(MatchedBy::Link),
            "made_by_decision" => Some(MatchedBy::Decision),
            _ => None,
        };
        let how = match matches.of_variant(variant) {
            Some(held) if held.item == item.id => {
                if held.variant.is_none() && variant.id.is_some() {
                    // From now on it is known by its id; under its SKU another variant may come.
                    seen.made.push(SkuMatch { variant: variant.id, ..held.clone() });
                    seen.given_up.push(match_key(None, &held.sku));
                }
                continue;
            }
            Some(_) => decided.unwrap_or(MatchedBy::Anew),
            None => decided.unwrap_or(MatchedBy::CodeAndName),
        };
        seen.made.push(made_now(variant, item, how, now));
    }
    seen
}

/// The items that matches rest on and that are not in the books.
#[must_use]
pub fn missing_items(matches: &[SkuMatch], items: &[Item]) -> Vec<ItemId> {
    let there: std::collections::HashSet<ItemId> = items.iter().map(|item| item.id).collect();
    matches.iter().map(|one| one.item).filter(|item| !there.contains(item)).collect()
}

#[cfg(test)]
#[path = "matches_tests.rs"]
mod tests;
