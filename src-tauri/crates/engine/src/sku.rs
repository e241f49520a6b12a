//! The state of every SKU: pure, from both snapshots and the stored decisions.
//!
//! One rule above all: a pending, empty, duplicate or conflicting SKU is held with a reason and enters no plan by default
//! (design rule 6). Only a person's decision lets it through.

use selaras_domain::accurate::Item;
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::forstok::{PendingKind, PendingListing, Variant};
use selaras_domain::ids::ItemId;
use selaras_domain::plan::Reason;
use selaras_domain::sku::{CodeProblem, check_code, folded_name, has_duplicate_suffix, suggest_code};
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
}

/// Where each item of a list is, by code, name and id: made once for a list that is asked about often.
#[derive(Debug, Default)]
pub struct ItemIndex {
    by_no: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_id: HashMap<ItemId, usize>,
}

impl ItemIndex {
    /// Indexes a list.
    #[must_use]
    pub fn of(items: &[Item]) -> Self {
        let mut by_name = HashMap::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            by_name.entry(folded_name(&item.name)).or_insert(place);
        }
        Self {
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

    fn by_name(self, name: &str) -> Option<&'a Item> {
        self.index.by_name.get(&folded_name(name)).and_then(|&place| self.items.get(place))
    }

    fn by_id(self, id: ItemId) -> Option<&'a Item> {
        self.index.by_id.get(&id).and_then(|&place| self.items.get(place))
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
    let mut times: HashMap<&str, usize> = HashMap::new();
    for variant in input.variants {
        *times.entry(variant.sku.as_str()).or_default() += 1;
    }
    let mut waiting: HashMap<&str, &PendingListing> = HashMap::new();
    for listing in input.pending {
        waiting.entry(listing.sku.as_str()).or_insert(listing);
    }
    let mut rows: Vec<SkuRow<'a>> = input
        .variants
        .iter()
        .map(|variant| {
            let doubled = times.get(variant.sku.as_str()).is_some_and(|&count| count > 1);
            let pending = waiting.get(variant.sku.as_str()).copied();
            // Once a person has said what the waiting listing is, the master SKU stands for itself again.
            let settled = input.decisions.get(&variant.sku).is_some_and(|decision| settles_listing(&decision.choice));
            let mut row = of_variant(variant, pending.filter(|_| !settled), doubled, books);
            row.pending = pending;
            // A decision is about a SKU; where several variants share it, nobody has said which one was meant.
            if doubled || variant.sku.is_empty() {
                return row;
            }
            decided(row, input.decisions, books)
        })
        .collect();
    let masters: HashSet<&str> = input.variants.iter().map(|variant| variant.sku.as_str()).collect();
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    for listing in input.pending {
        if !masters.contains(listing.sku.as_str()) && seen.insert((&listing.sku, &listing.name)) {
            rows.push(decided(of_listing(listing), input.decisions, books));
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
    doubled: bool,
    books: Books<'a, '_>,
) -> SkuRow<'a> {
    let row = |state, reason, item, proposal| SkuRow {
        sku: &variant.sku,
        name: &variant.name,
        state,
        reason,
        item,
        code: variant.sku.clone(),
        variant: Some(variant),
        pending,
        proposal,
    };
    if variant.sku.trim().is_empty() {
        return row(SkuState::Empty, Reason::new("sku_empty"), None, None);
    }
    if let Some(listing) = pending {
        let (state, reason, proposal) = pending_state(listing);
        return row(state, reason, books.by_no(&variant.sku), proposal);
    }
    if doubled {
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
    if let Err(problem) = check_code(&variant.sku) {
        let proposal = suggest_code(&variant.sku).map(|code| {
            let free = books.by_no(&code).is_none();
            Proposal { decision: "rename", target: Some(code), sure: free }
        });
        return row(SkuState::InvalidCode, code_reason(&problem), None, proposal);
    }
    if let Some(item) = books.by_no(&variant.sku) {
        if folded_name(&item.name) == folded_name(&variant.name) {
            return row(SkuState::Matched, Reason::new("same_code_and_name"), Some(item), None);
        }
        let reason = Reason::new("same_code_other_name").with("item_name", &item.name).with("item_no", &item.no);
        let proposal = Proposal { decision: "link", target: Some(item.no.clone()), sure: false };
        return row(SkuState::SkuConflict, reason, None, Some(proposal));
    }
    if let Some(item) = books.by_name(&variant.name) {
        let reason = Reason::new("same_name_other_code").with("item_no", &item.no);
        let proposal = Proposal { decision: "link", target: Some(item.no.clone()), sure: false };
        return row(SkuState::NameConflict, reason, None, Some(proposal));
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

/// Applies the stored decision, as far as it is still possible; one that is not shows why instead of vanishing.
fn decided<'a>(mut row: SkuRow<'a>, decisions: &BTreeMap<String, Decision>, books: Books<'a, '_>) -> SkuRow<'a> {
    let Some(decision) = decisions.get(row.sku) else { return row };
    match &decision.choice {
        Choice::Skip => {
            row.state = SkuState::Held;
            row.reason = Reason::new("skipped_by_person");
        }
        Choice::Link { item, item_no } => match books.by_id(*item) {
            Some(item) if row.variant.is_some() => matched(&mut row, item, "linked_by_person"),
            Some(_) => {}
            None => {
                row.state = SkuState::NameConflict;
                row.reason = Reason::new("link_gone").with("item_no", item_no);
            }
        },
        Choice::LinkMaster { .. } => {}
        Choice::Rename { code } => make(&mut row, code.clone(), books),
        Choice::Create => {
            let code = row.sku.to_owned();
            make(&mut row, code, books);
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
        } else if code != row.sku {
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
mod tests {
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
        classify(&SkuInput { variants, pending, items, decisions: &decisions })
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
        assert_eq!(
            states(&variants, &[], &[item(9, "A-B", "aneh")], &choices),
            [("A&B".to_owned(), SkuState::Matched)]
        );
    }

    #[test]
    fn create_cannot_make_a_second_item_of_the_same_code() {
        let variants = [variant(1, "KOPI", "Kopi Gayo")];
        let found = states(&variants, &[], &[item(3, "KOPI", "Kopi Toraja")], &[("KOPI", Choice::Create)]);
        assert_eq!(found, [("KOPI".to_owned(), SkuState::SkuConflict)]);
    }
}
