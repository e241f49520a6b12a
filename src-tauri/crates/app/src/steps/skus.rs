//! The SKU queues: what stands in the way of each SKU, what could be done, and what a person decided.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::snapshots::Catalogue;
use crate::steps::drafts::start_of_day;
use crate::steps::long::long_page;
use crate::steps::sku_table::{KnownCatalogue, stored_view};
use crate::view::{
    CandidateView, EvidenceView, Id, PageView, PlanOptions, ResolveView, SkuDecisionInput, SkuQuery, SkuView, SkusView,
    Zone, small,
};
use selaras_domain::accurate::Item;
use selaras_domain::amount::Money;
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::forstok::Variant;
use selaras_domain::ids::ItemId;
use selaras_domain::sku::check_code;
use selaras_engine::brakes::Brake;
use selaras_engine::kinds::listings;
use selaras_engine::matches::Matches;
use selaras_engine::matching::{Candidate, Evidence, Sureness};
use selaras_engine::progress::Silent;
use selaras_engine::sku::{SkuInput, code_reason};
use selaras_store::{Page, SkuCounts, SkuSort};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use tokio_util::sync::CancellationToken;

/// How many candidates are shown for one SKU.
const CANDIDATES: usize = 5;
/// How many items a search among candidates answers.
const SEARCHED: usize = 20;

pub(crate) fn zone(sureness: Sureness) -> Zone {
    match sureness {
        Sureness::Sure => Zone::Sure,
        Sureness::Look => Zone::Look,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn state_named(name: &str) -> AppResult<SkuState> {
    SkuState::from_str(name).map_err(|detail| AppError::input("state", detail))
}

impl Desk {
    /// The queues with their counts, and the rows of one page. All rows at once (a limit of 0) come by SKU and name.
    ///
    /// # Errors
    /// When a side cannot be read, or there is no such state or order.
    pub async fn skus(&self, query: &SkuQuery) -> AppResult<SkusView> {
        let state = query.state.as_deref().map(state_named).transpose()?;
        let page = long_page(&query.page, |name| match name {
            "sku" => Some(SkuSort::Sku),
            "name" => Some(SkuSort::Name),
            "price" => Some(SkuSort::Price),
            "stock" => Some(SkuSort::Stock),
            "waiting" => Some(SkuSort::Queue),
            _ => None,
        })?;
        // The queue's own order begins with what most orders wait for: the largest first.
        let down = page.down != (query.page.sort.as_deref() == Some("waiting"));
        let page = Page { down, ..page };
        let database = self.database()?;
        let read_at = match self.fresh_sku_table(database)?.filter(|_| !query.refresh) {
            Some(read_at) => read_at,
            None => {
                self.catalogue_at_hand(query.refresh).await?;
                let fresh = self.fresh_sku_table(database)?;
                fresh.ok_or_else(|| AppError::new(ErrorCode::Internal).with("detail", "no catalogue"))?
            }
        };
        let found = self.books().skus_page(database, state, query.search.as_deref(), &page)?;
        let known = self.books().sku_counts(database)?;
        let of = |count: fn(&SkuCounts) -> u64| -> BTreeMap<String, u32> {
            let states = SkuState::ALL.into_iter();
            states.map(|state| (state.name().to_owned(), known.get(&state).map_or(0, |k| small(count(k))))).collect()
        };
        let (counts, sure) = (of(|counts| counts.rows), of(|counts| counts.sure));
        let page = PageView::from(&found);
        let mut skus = found.rows.into_iter().map(stored_view).collect::<AppResult<Vec<_>>>()?;
        if query.page.limit == 0 && query.page.sort.is_none() {
            skus.sort_by(|a, b| (&a.sku, &a.name).cmp(&(&b.sku, &b.name)));
        }
        let decided_today = small(self.books().decided_since(database, start_of_day(self.now()))?);
        Ok(SkusView { skus, counts, sure, decided_today, page, read_at: read_at.to_string() })
    }

    /// Items of Accurate that may be the same product as a SKU, with their evidence; with a search, those whose code, name or barcode
    /// holds the text, near or not, by code.
    ///
    /// # Errors
    /// When there is no such SKU and nothing is searched for.
    pub async fn sku_candidates(&self, sku: &str, search: Option<&str>) -> AppResult<Vec<CandidateView>> {
        let known = self.catalogue_at_hand(false).await?;
        let sku = known.spelled(sku);
        let sku = sku.as_str();
        let wanted = search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        let listed = known.pending(sku).next().map(|listing| nameless(&listing.sku, &listing.name));
        let variant = known.variants(sku).next().cloned().or(listed);
        let variant = variant.or_else(|| wanted.is_some().then(|| nameless(sku, "")));
        let variant = variant.ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", sku))?;
        let found = match wanted {
            None => known.candidates(&variant, CANDIDATES),
            Some(wanted) => searched(&variant, &known.catalogue.items, &wanted),
        };
        Ok(found.into_iter().map(|candidate| candidate_view(&variant, &candidate)).collect())
    }

    /// Stores decisions, and resolves pending listings in Forstok where its API allows it; the rest is answered with its place.
    ///
    /// # Errors
    /// When a decision is not possible; then none is stored.
    pub async fn resolve_skus(&self, inputs: &[SkuDecisionInput]) -> AppResult<ResolveView> {
        let database = self.database()?;
        let known = self.catalogue_at_hand(false).await?;
        let spelled = |input: &SkuDecisionInput| SkuDecisionInput { sku: known.spelled(&input.sku), ..input.clone() };
        let inputs: Vec<SkuDecisionInput> = inputs.iter().map(spelled).collect();
        let (stored, undone): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| input.decision != "undo");
        let decisions =
            stored.iter().map(|input| self.decision(input, &known)).collect::<AppResult<Vec<Decision>>>()?;
        let undone: Vec<&str> = undone.into_iter().map(|input| input.sku.as_str()).collect();
        let mut decided = self.decide(database, &known, &decisions, &undone)?;
        let mut resolved_in_forstok = 0;
        if touches_listing(&decisions, &known) {
            let silent = |_| {};
            // Each of them was decided by its name just now.
            let named = self.passing([Brake::Changes]);
            let sync = named.sync(listings::KIND, &PlanOptions::default(), CancellationToken::new(), &silent).await?;
            resolved_in_forstok = sync.run.posted;
            if resolved_in_forstok > 0 {
                self.read_catalogue(&Silent).await?;
            }
            self.fresh_sku_table(database)?;
            let mut now = Vec::new();
            for decision in &decisions {
                for row in self.books().rows_of_sku(database, &decision.sku)? {
                    now.push(stored_view(row)?);
                }
            }
            decided = now;
        }
        let waits = |view: &SkuView| view.place.is_some() && known.pending(&view.sku).next().is_some();
        let to_do_in_forstok = decided
            .into_iter()
            .filter(|view| waits(view) && view.state != SkuState::Held.name() && !undone.contains(&view.sku.as_str()))
            .collect();
        Ok(ResolveView { resolved: count(inputs.len()), resolved_in_forstok, to_do_in_forstok })
    }

    /// Accepts every sure suggestion of a queue, on all its pages. What is not possible any more, and new codes that two SKUs would
    /// share, stay for a person.
    ///
    /// # Errors
    /// When there is no such state; as [`Desk::resolve_skus`].
    pub async fn accept_sure(&self, state: &str) -> AppResult<ResolveView> {
        let state = state_named(state)?;
        let database = self.database()?;
        let known = self.catalogue_at_hand(false).await?;
        self.fresh_sku_table(database)?;
        let mut inputs = Vec::new();
        let mut codes: HashMap<String, usize> = HashMap::new();
        for row in self.books().sure_skus(database, state)? {
            let view = stored_view(row)?;
            let Some(suggestion) = view.suggestion else { continue };
            if let Some(code) = suggestion.target.clone().filter(|_| suggestion.decision == "rename") {
                *codes.entry(code).or_default() += 1;
            }
            inputs.push(SkuDecisionInput { sku: view.sku, decision: suggestion.decision, target: suggestion.target });
        }
        inputs.retain(|input| {
            let shared = input.target.as_ref().and_then(|code| codes.get(code)).is_some_and(|&times| times > 1);
            !shared && self.decision(input, &known).is_ok()
        });
        self.resolve_skus(&inputs).await
    }

    /// Reads one decision and checks that it is possible now.
    fn decision(&self, input: &SkuDecisionInput, known: &KnownCatalogue) -> AppResult<Decision> {
        if known.variants(&input.sku).next().is_none() && known.pending(&input.sku).next().is_none() {
            return Err(AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", &input.sku));
        }
        let target = input.target.as_deref().filter(|target| !target.trim().is_empty());
        let wrong = |detail: &str| AppError::input("target", detail).with("sku", &input.sku);
        let choice = match input.decision.as_str() {
            "skip" => Choice::Skip,
            "create" => Choice::Create,
            "link" => link(input, target, known).ok_or_else(|| wrong("no_such_item"))?,
            "rename" => {
                let code = target.ok_or_else(|| wrong("code_missing"))?.trim();
                check_code(code).map_err(|problem| wrong(&code_reason(&problem).code))?;
                if known.item(code).is_some() {
                    return Err(wrong("code_taken"));
                }
                Choice::Rename { code: code.to_owned() }
            }
            other => return Err(AppError::input("decision", other).with("sku", &input.sku)),
        };
        Ok(Decision { sku: input.sku.clone(), choice, at: self.now() })
    }
}

/// The target of a link: for a listing that waits, a master SKU of Forstok; else an item of Accurate by code or id.
fn link(input: &SkuDecisionInput, target: Option<&str>, known: &KnownCatalogue) -> Option<Choice> {
    let target = target.unwrap_or(&input.sku);
    if known.pending(&input.sku).next().is_some() && known.variants(target).next().is_some() {
        return Some(Choice::LinkMaster { master: target.to_owned() });
    }
    let by_id =
        || target.trim().parse().ok().and_then(|id| known.catalogue.items.iter().find(|item| item.id == ItemId(id)));
    // Equal first: a code may have a blank at its end, and a person may have typed one.
    let item = known.item(target).or_else(|| known.item(target.trim())).or_else(by_id);
    item.map(|item| Choice::Link { item: item.id, item_no: item.no.clone() })
}

/// A variant of which only SKU and name are known.
fn nameless(sku: &str, name: &str) -> Variant {
    Variant {
        id: None,
        sku: sku.to_owned(),
        name: name.to_owned(),
        category: None,
        price: None,
        cost_price: None,
        barcode: None,
        stock: Vec::new(),
    }
}

/// Items that hold a text, folded, in code, name or barcode.
fn searched<'a>(variant: &Variant, items: &'a [Item], wanted: &str) -> Vec<Candidate<'a>> {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let mut found: Vec<&Item> = items
        .iter()
        .filter(|item| !item.suspended)
        .filter(|item| holds(&item.no) || holds(&item.name) || item.upc.as_deref().is_some_and(holds))
        .collect();
    found.sort_by(|a, b| a.no.cmp(&b.no));
    let look = |item| Candidate { item, evidence: Evidence::of(variant, item), sureness: Sureness::Look };
    found.into_iter().take(SEARCHED).map(look).collect()
}

fn candidate_view(variant: &Variant, candidate: &Candidate<'_>) -> CandidateView {
    let (item, evidence) = (candidate.item, candidate.evidence);
    let money = |money: Option<Money>| money.map(Money::text);
    let line = |kind: &str, percent, forstok: Option<String>, accurate: Option<String>| EvidenceView {
        kind: kind.to_owned(),
        percent,
        forstok,
        accurate,
    };
    CandidateView {
        id: Id(item.id.0),
        no: item.no.clone(),
        name: item.name.clone(),
        price: money(item.unit_price),
        zone: zone(candidate.sureness),
        evidence: vec![
            line("code", evidence.code, Some(variant.sku.clone()), Some(item.no.clone())),
            line("barcode", evidence.barcode, variant.barcode.clone(), item.upc.clone()),
            line("name", evidence.name, Some(variant.name.clone()), Some(item.name.clone())),
            line("price", evidence.price, money(variant.price), money(item.unit_price)),
        ],
    }
}

pub(crate) fn input<'a>(
    catalogue: &'a Catalogue,
    decisions: &'a BTreeMap<String, Decision>,
    matches: &'a Matches,
) -> SkuInput<'a> {
    SkuInput { variants: &catalogue.variants, pending: &catalogue.pending, items: &catalogue.items, decisions, matches }
}

/// Whether a decision changes something in a pending listing of Forstok.
fn touches_listing(decisions: &[Decision], known: &KnownCatalogue) -> bool {
    let waits = |sku: &str| known.pending(sku).next().is_some();
    decisions.iter().any(|decision| decision.choice != Choice::Skip && waits(&decision.sku))
}
