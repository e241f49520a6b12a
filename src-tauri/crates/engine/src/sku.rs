//! The state of every SKU: pure, from both snapshots and the stored decisions.
//!
//! One rule above all: a pending, empty, duplicate or conflicting SKU is held with a reason and enters no plan by default
//! (design rule 6). Only a person's decision lets it through.

use crate::matches::{self, Matches};
use selaras_domain::accurate::Item;
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::forstok::{PendingKind, PendingListing, Variant};
use selaras_domain::ids::ItemId;
use selaras_domain::plan::Reason;
use selaras_domain::sku::{
    CodeProblem, check_code, folded_name, has_duplicate_suffix, same_but_blanks, sku_key, suggest_code,
};
use selaras_domain::sku_match::SkuMatch;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where the state comes from.
pub struct SkuInput<'a> {
    /// All master variants of Forstok.
    pub variants: &'a [Variant],
    /// All pending listings of Forstok.
    pub pending: &'a [PendingListing],
    /// All items of Accurate.
    pub items: &'a [Item],
    /// Stored decisions by SKU.
    pub decisions: &'a BTreeMap<String, Decision>,
    /// Matches that were made before. Where only some variants are asked about, `variants` holds those of nearly the same SKU, too.
    pub matches: &'a Matches,
}

/// What could be done about a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// `link`, `create` or `rename`.
    pub decision: &'static str,
    /// Item code for `link` and `rename`.
    pub target: Option<String>,
    /// Whether nothing else comes near.
    pub sure: bool,
}

/// One SKU with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkuRow<'a> {
    /// The SKU as Forstok shows it.
    pub sku: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its state.
    pub state: SkuState,
    /// Why.
    pub reason: Reason,
    /// The item of Accurate that it is, when matched or linked.
    pub item: Option<&'a Item>,
    /// The code under which it would be made in Accurate.
    pub code: String,
    /// The master variant; none for a listing that has no master yet.
    pub variant: Option<&'a Variant>,
    /// The listing that waits.
    pub pending: Option<&'a PendingListing>,
    /// What could be done.
    pub proposal: Option<Proposal>,
    /// The match that was made of it before, whether it still holds or not.
    pub once: Option<&'a SkuMatch>,
}

/// Where each item of a list is, by code, name and id: made once for a list that is asked about often.
#[derive(Debug, Default)]
pub struct ItemIndex {
    by_no: HashMap<String, usize>,
    /// By [`sku_key`] of the code.
    by_key: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, usize>,
    by_id: HashMap<ItemId, usize>,
}

impl ItemIndex {
    /// Indexes a list.
    #[must_use]
    pub fn of(items: &[Item]) -> Self {
        let mut by_name = HashMap::with_capacity(items.len());
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            by_name.entry(folded_name(&item.name)).or_insert(place);
            by_key.entry(sku_key(&item.no)).or_default().push(place);
        }
        Self {
            by_key,
            by_no: items.iter().enumerate().map(|(place, item)| (item.no.clone(), place)).collect(),
            by_name,
            by_id: items.iter().enumerate().map(|(place, item)| (item.id, place)).collect(),
        }
    }

    /// Place of the item with a code.
    #[must_use]
    pub fn place_of_code(&self, no: &str) -> Option<usize> {
        self.by_no.get(no).copied()
    }
}

#[derive(Clone, Copy)]
struct Books<'a, 'i> {
    items: &'a [Item],
    index: &'i ItemIndex,
}

impl<'a> Books<'a, '_> {
    fn by_no(self, no: &str) -> Option<&'a Item> {
        self.index.by_no.get(no).and_then(|&place| self.items.get(place))
    }

    /// Items whose code is this one but for blanks and case.
    fn like(self, no: &str) -> impl Iterator<Item = &'a Item> {
        let places = self.index.by_key.get(&sku_key(no)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|&place| self.items.get(place)).collect::<Vec<_>>().into_iter()
    }

    /// The item of a code: the equal one, else the only one that differs by blanks at its ends.
    fn coded(self, no: &str) -> Coded<'a> {
        if let Some(item) = self.by_no(no) {
            return Coded::Exact(item);
        }
        let mut near = self.like(no).filter(|item| same_but_blanks(&item.no, no));
        match (near.next(), near.next()) {
            (Some(item), None) => Coded::ButBlanks(item),
            (Some(_), Some(_)) => Coded::Several,
            _ => Coded::Nothing,
        }
    }

    fn by_name(self, name: &str) -> Option<&'a Item> {
        self.index.by_name.get(&folded_name(name)).and_then(|&place| self.items.get(place))
    }

    fn by_id(self, id: ItemId) -> Option<&'a Item> {
        self.index.by_id.get(&id).and_then(|&place| self.items.get(place))
    }
}

enum Coded<'a> {
    Exact(&'a Item),
    ButBlanks(&'a Item),
    Several,
    Nothing,
}

/// What the SKUs of Forstok are to each other, and what was decided about them.
struct Shop<'a> {
    /// How many variants have a SKU.
    times: HashMap<&'a str, usize>,
    /// How many SKUs are one but for blanks at their ends.
    twins: HashMap<&'a str, usize>,
    decisions: &'a BTreeMap<String, Decision>,
    matches: &'a Matches,
}

impl<'a> Shop<'a> {
    fn of(input: &SkuInput<'a>) -> Self {
        let (mut times, mut twins): (HashMap<&str, usize>, HashMap<&str, usize>) = (HashMap::new(), HashMap::new());
        for variant in input.variants {
            *times.entry(variant.sku.as_str()).or_default() += 1;
        }
        for sku in times.keys() {
            *twins.entry(sku.trim()).or_default() += 1;
        }
        Self { times, twins, decisions: input.decisions, matches: input.matches }
    }

    fn doubled(&self, sku: &str) -> bool {
        self.times.get(sku).is_some_and(|&count| count > 1)
    }

    /// Whether another SKU is this one but for blanks at its ends.
    fn has_twin(&self, sku: &str) -> bool {
        self.twins.get(sku.trim()).is_some_and(|&count| count > 1)
    }

    /// What a person decided about a SKU: as it is written now; as it was written before blanks were kept, or when it was matched, unless
    /// another variant has that SKU now.
    fn decision(&self, sku: &str, held: Option<&SkuMatch>) -> Option<&'a Decision> {
        let earlier = std::iter::once(sku.trim()).chain(held.into_iter().flat_map(SkuMatch::skus));
        let earlier = earlier.filter(|earlier| !self.times.contains_key(earlier));
        std::iter::once(sku).chain(earlier).find_map(|sku| self.decisions.get(sku))
    }
}

/// Why an item of Accurate takes no stock, though it is the right one: it is inactive, or of a type without stock.
#[must_use]
pub fn stock_obstacle(item: &Item) -> Option<Reason> {
    if item.suspended {
        return Some(Reason::new("item_inactive").with("item_no", &item.no));
    }
    let other = item.item_type.as_deref().filter(|item_type| *item_type != "INVENTORY");
    other.map(|item_type| Reason::new("item_without_stock").with("item_no", &item.no).with("item_type", item_type))
}

/// The state of every SKU, in the order of SKU and name. A listing that waits under a master's SKU makes one row with it.
#[must_use]
pub fn classify<'a>(input: &SkuInput<'a>) -> Vec<SkuRow<'a>> {
    classify_with(input, &ItemIndex::of(input.items))
}

/// The same with the index of `input.items` at hand.
#[must_use]
pub fn classify_with<'a>(input: &SkuInput<'a>, index: &ItemIndex) -> Vec<SkuRow<'a>> {
    let books = Books { items: input.items, index };
    let shop = Shop::of(input);
    let mut waiting: HashMap<&str, &PendingListing> = HashMap::new();
    for listing in input.pending {
        waiting.entry(listing.sku.as_str()).or_insert(listing);
    }
    let mut rows: Vec<SkuRow<'a>> = input
        .variants
        .iter()
        .map(|variant| {
            let pending = waiting.get(variant.sku.as_str()).copied();
            let held = shop.matches.of_variant(variant);
            let decision = shop.decision(&variant.sku, held);
            // Once a person has said what the waiting listing is, the master SKU stands for itself again.
            let settled = decision.is_some_and(|decision| settles_listing(&decision.choice));
            let mut row = of_variant(variant, pending.filter(|_| !settled), &shop, held, books);
            row.pending = pending;
            // A decision is about a SKU; where several variants share it, nobody has said which one was meant.
            if shop.doubled(&variant.sku) || variant.sku.is_empty() {
                return row;
            }
            decided(row, decision, held, books)
        })
        .collect();
    let masters: HashSet<&str> = input.variants.iter().map(|variant| variant.sku.as_str()).collect();
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    for listing in input.pending {
        if !masters.contains(listing.sku.as_str()) && seen.insert((&listing.sku, &listing.name)) {
            rows.push(decided(of_listing(listing), input.decisions.get(&listing.sku), None, books));
        }
    }
    rows.sort_by(|a, b| (a.sku, a.name).cmp(&(b.sku, b.name)));
    rows
}

fn settles_listing(choice: &Choice) -> bool {
    matches!(choice, Choice::LinkMaster { .. } | Choice::Create)
}

fn of_variant<'a>(
    variant: &'a Variant,
    pending: Option<&'a PendingListing>,
    shop: &Shop<'a>,
    held: Option<&'a SkuMatch>,
    books: Books<'a, '_>,
) -> SkuRow<'a> {
    let row = |state, reason, item, proposal| SkuRow {
        sku: &variant.sku,
        name: &variant.name,
        state,
        reason,
        item,
        code: variant.sku.trim().to_owned(),
        variant: Some(variant),
        pending,
        proposal,
        once: held,
    };
    if variant.sku.trim().is_empty() {
        return row(SkuState::Empty, Reason::new("sku_empty"), None, None);
    }
    if let Some(listing) = pending {
        let (state, reason, proposal) = pending_state(listing);
        return row(state, reason, books.by_no(&variant.sku), proposal);
    }
    if shop.doubled(&variant.sku) {
        return row(SkuState::Duplicate, Reason::new("sku_doubled"), None, None);
    }
    if has_duplicate_suffix(&variant.sku) {
        return row(
            SkuState::Duplicate,
            Reason::new("sku_duplicate_suffix"),
            None,
            without_suffix(&variant.sku, books),
        );
    }
    if let Some((held, item)) = held.and_then(|held| Some((held, books.by_id(held.item)?))) {
        let mut row = row(SkuState::Matched, matches::reason(held, variant, item), Some(item), None);
        row.code.clone_from(&item.no);
        return row;
    }
    let mut row = by_rule(row, variant, shop, books);
    // The item that it was matched with is gone. What has its code and name now is another record; without one nobody has said that it may
    // be made again.
    if let Some(held) = held {
        let gone =
            |code: &str| Reason::new(code).with("was_item_no", &held.item_no).with("was_item_name", &held.item_name);
        match (row.state, row.item) {
            (SkuState::Matched, Some(item)) => {
                row.reason = gone("matched_anew").with("item_no", &item.no).with("item_name", &item.name);
            }
            (SkuState::Ready, _) => {
                row.state = SkuState::NameConflict;
                row.reason = gone("matched_item_gone");
                row.proposal = Some(Proposal { decision: "create", target: None, sure: false });
            }
            _ => {}
        }
    }
    row
}

/// The state of a variant that was never matched: by code and name.
fn by_rule<'a>(
    row: impl Fn(SkuState, Reason, Option<&'a Item>, Option<Proposal>) -> SkuRow<'a>,
    variant: &'a Variant,
    shop: &Shop<'a>,
    books: Books<'a, '_>,
) -> SkuRow<'a> {
    let sku = variant.sku.as_str();
    if let Err(problem) = check_code(sku.trim()) {
        let proposal = suggest_code(sku).map(|code| {
            let free = books.by_no(&code).is_none();
            Proposal { decision: "rename", target: Some(code), sure: free }
        });
        return row(SkuState::InvalidCode, code_reason(&problem), None, proposal);
    }
    let link = |item: &Item| Some(Proposal { decision: "link", target: Some(item.no.clone()), sure: false });
    let found = books.coded(sku);
    // Two SKUs that differ by a blank are two: each may be the item of its very own code, and neither the other's.
    let own = matches!(found, Coded::Exact(_)) || (sku == sku.trim() && matches!(found, Coded::Nothing));
    if shop.has_twin(sku) && !own {
        return row(SkuState::Duplicate, Reason::new("sku_blank_twin").with("sku", sku), None, None);
    }
    match found {
        Coded::Exact(item) | Coded::ButBlanks(item) => {
            if folded_name(&item.name) == folded_name(&variant.name) {
                return row(SkuState::Matched, matches::same_code_and_name(variant, item), Some(item), None);
            }
            let reason = Reason::new("same_code_other_name").with("item_name", &item.name).with("item_no", &item.no);
            return row(SkuState::SkuConflict, reason, None, link(item));
        }
        Coded::Several => {
            return row(SkuState::SkuConflict, Reason::new("code_blank_twin").with("sku", sku), None, None);
        }
        Coded::Nothing => {}
    }
    if let Some(item) = books.by_name(&variant.name) {
        let reason = Reason::new("same_name_other_code").with("item_no", &item.no);
        return row(SkuState::NameConflict, reason, None, link(item));
    }
    // Whether Accurate takes two codes that differ by case is not known (accurate-online-api.md §8), nor whether they are one product.
    if let Some(item) = books.like(sku).next() {
        let reason = Reason::new("same_code_other_case").with("item_name", &item.name).with("item_no", &item.no);
        return row(SkuState::SkuConflict, reason, None, link(item));
    }
    row(
        SkuState::Ready,
        Reason::new("not_in_accurate"),
        None,
        Some(Proposal { decision: "create", target: None, sure: true }),
    )
}

fn of_listing(listing: &PendingListing) -> SkuRow<'_> {
    let (state, reason, proposal) = pending_state(listing);
    SkuRow {
        sku: &listing.sku,
        name: &listing.name,
        state,
        reason,
        item: None,
        code: listing.sku.clone(),
        variant: None,
        pending: Some(listing),
        proposal,
        once: None,
    }
}

fn pending_state(listing: &PendingListing) -> (SkuState, Reason, Option<Proposal>) {
    let link = |target: &str, sure| Some(Proposal { decision: "link", target: Some(target.to_owned()), sure });
    match listing.kind {
        PendingKind::NotMatched => (
            SkuState::PendingNotMatched,
            Reason::new("pending_not_matched"),
            Some(Proposal { decision: "create", target: None, sure: false }),
        ),
        PendingKind::Matched => (SkuState::PendingMatched, Reason::new("pending_matched"), link(&listing.sku, true)),
        PendingKind::Empty => (SkuState::Empty, Reason::new("pending_empty").with("made_up", &listing.sku), None),
        PendingKind::Duplicate => {
            let head = listing.sku.rsplit_once('(').map_or(listing.original_sku.as_str(), |(head, _)| head);
            (SkuState::Duplicate, Reason::new("pending_duplicate").with("original", head), link(head, false))
        }
    }
}

fn without_suffix(sku: &str, books: Books<'_, '_>) -> Option<Proposal> {
    let (head, _) = sku.rsplit_once('(')?;
    books.by_no(head).map(|item| Proposal { decision: "link", target: Some(item.no.clone()), sure: false })
}

/// The reason for a code that Accurate would refuse.
#[must_use]
pub fn code_reason(problem: &CodeProblem) -> Reason {
    match problem {
        CodeProblem::Empty => Reason::new("sku_empty"),
        CodeProblem::TooLong { length } => Reason::new("code_too_long").with("length", length),
        CodeProblem::Characters { characters } => Reason::new("code_characters").with("characters", characters),
    }
}

/// Applies the stored decision, as far as it is still possible; one that is not shows why instead of vanishing. It goes before a match,
/// unless that is what came of it.
fn decided<'a>(
    mut row: SkuRow<'a>,
    decision: Option<&Decision>,
    held: Option<&SkuMatch>,
    books: Books<'a, '_>,
) -> SkuRow<'a> {
    let Some(decision) = decision else { return row };
    match &decision.choice {
        Choice::Skip => {
            row.state = SkuState::Held;
            row.reason = Reason::new("skipped_by_person");
        }
        Choice::Link { item, item_no } => match (books.by_id(*item), row.variant) {
            (Some(item), Some(variant)) => {
                matched(&mut row, item, "linked_by_person");
                let held = held.filter(|held| held.item == item.id);
                row.reason = held.and_then(|held| matches::drift(held, variant, item)).unwrap_or(row.reason);
            }
            (Some(_), None) => {}
            (None, _) => {
                row.state = SkuState::NameConflict;
                row.reason = Reason::new("link_gone").with("item_no", item_no);
            }
        },
        Choice::LinkMaster { .. } => {}
        Choice::Rename { .. } | Choice::Create => {
            let code = match &decision.choice {
                Choice::Rename { code } => code.clone(),
                _ => decision.sku.trim().to_owned(),
            };
            let made =
                held.is_some_and(|held| held.item_no == code && row.item.is_some_and(|item| item.id == held.item));
            if row.state != SkuState::Matched || !made {
                make(&mut row, code, books);
            }
        }
    }
    row
}

fn matched<'a>(row: &mut SkuRow<'a>, item: &'a Item, reason: &str) {
    row.state = SkuState::Matched;
    row.reason = Reason::new(reason);
    row.item = Some(item);
    row.code.clone_from(&item.no);
    row.proposal = None;
}

fn make<'a>(row: &mut SkuRow<'a>, code: String, books: Books<'a, '_>) {
    // A listing without a master has neither price nor barcode: it becomes a master in Forstok first.
    if row.variant.is_none() {
        return;
    }
    if let Some(item) = books.by_no(&code) {
        // After the first sync the item is there under the decided code, with the name that was sent. Another name is another product.
        if folded_name(&item.name) == folded_name(row.name) {
            matched(row, item, "made_by_decision");
        } else if code != row.sku.trim() {
            row.state = SkuState::SkuConflict;
            row.reason = Reason::new("code_taken").with("item_no", &item.no).with("item_name", &item.name);
        }
        return;
    }
    match check_code(&code) {
        Ok(()) => {
            row.state = SkuState::Ready;
            row.reason = Reason::new("decided_by_person");
            row.code = code;
            row.proposal = None;
        }
        Err(problem) => row.reason = code_reason(&problem),
    }
}

#[cfg(test)]
#[path = "sku_tests.rs"]
mod tests;
