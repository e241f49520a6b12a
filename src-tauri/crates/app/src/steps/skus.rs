//! The SKU queues: what stands in the way of each SKU, what could be done, and what a person decided.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::snapshots::Catalogue;
use crate::view::{
    CandidateView, EvidenceView, Id, PageView, PlanOptions, ReasonView, ResolveView, SkuDecisionInput, SkuDecisionView,
    SkuQuery, SkuSuggestionView, SkuView, SkusView, Zone,
};
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::ids::{DatabaseId, ItemId, StoreId};
use selaras_domain::sku::check_code;
use selaras_engine::kinds::listings;
use selaras_engine::matching::{Sureness, candidates};
use selaras_engine::sku::{SkuInput, SkuRow, classify, code_reason};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use tokio_util::sync::CancellationToken;

/// How many candidates are shown for one SKU.
const CANDIDATES: usize = 5;

pub(crate) fn zone(sureness: Sureness) -> Zone {
    match sureness {
        Sureness::Sure => Zone::Sure,
        Sureness::Look => Zone::Look,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What a row's view needs beside the row.
struct Around<'a> {
    decisions: &'a BTreeMap<String, Decision>,
    stores: HashMap<StoreId, String>,
    resolvable: bool,
}

impl Around<'_> {
    fn view(&self, row: &SkuRow<'_>) -> SkuView {
        let empty = row.state == SkuState::Empty;
        SkuView {
            sku: row.sku.to_owned(),
            name: row.name.to_owned(),
            state: row.state.name().to_owned(),
            reason: ReasonView::from(&row.reason),
            suggestion: row.proposal.as_ref().map(|proposal| SkuSuggestionView {
                decision: proposal.decision.to_owned(),
                target: proposal.target.clone(),
                zone: if proposal.sure { Zone::Sure } else { Zone::Look },
            }),
            decision: self.decisions.get(row.sku).map(|decision| SkuDecisionView {
                decision: decision.choice.name().to_owned(),
                target: decision.choice.target().map(str::to_owned),
                at: decision.at.to_string(),
            }),
            store: row.pending.and_then(|listing| listing.store).and_then(|store| self.stores.get(&store).cloned()),
            resolvable: row.pending.is_some() && self.resolvable && !empty,
            place: row.pending.map(|listing| ReasonView::from(listings::place(listing.kind))).or_else(|| {
                (empty || row.state == SkuState::Duplicate)
                    .then(|| ReasonView { code: "place_master_sku".into(), params: BTreeMap::new() })
            }),
            price: row.variant.and_then(|variant| variant.price).map(|price| price.text()),
            barcode: row.variant.and_then(|variant| variant.barcode.clone()),
            stock: row.variant.filter(|variant| !variant.stock.is_empty()).map(|variant| {
                variant.stock.iter().map(|stock| stock.on_hand.0).sum::<rust_decimal::Decimal>().normalize().to_string()
            }),
            warehouses: row.variant.map_or(0, |variant| count(variant.stock.len())),
            waiting: None,
        }
    }
}

impl Desk {
    /// The queues with their counts, and the rows of one page.
    ///
    /// # Errors
    /// When a side cannot be read, or the state's name is not one.
    pub async fn skus(&self, query: &SkuQuery) -> AppResult<SkusView> {
        let state = query
            .state
            .as_deref()
            .map(SkuState::from_str)
            .transpose()
            .map_err(|detail| AppError::input("state", detail))?;
        let database = self.database()?;
        let catalogue = self.catalogue(query.refresh).await?;
        let decisions = self.books().decisions(database)?;
        let rows = classify(&input(&catalogue, &decisions));
        let mut counts: BTreeMap<String, u32> =
            SkuState::ALL.iter().map(|state| (state.name().to_owned(), 0)).collect();
        for row in &rows {
            *counts.entry(row.state.name().to_owned()).or_default() += 1;
        }
        let wanted = query.search.as_deref().map(str::to_lowercase).filter(|text| !text.is_empty());
        let found: Vec<&SkuRow<'_>> = rows
            .iter()
            .filter(|row| state.is_none_or(|state| row.state == state))
            .filter(|row| {
                wanted
                    .as_deref()
                    .is_none_or(|text| row.sku.to_lowercase().contains(text) || row.name.to_lowercase().contains(text))
            })
            .collect();
        let around = self.around(&decisions)?;
        let limit = if query.page.limit == 0 { usize::MAX } else { query.page.limit as usize };
        let skus = found
            .iter()
            .skip(query.page.at.unwrap_or_default() as usize)
            .take(limit)
            .map(|row| around.view(row))
            .collect();
        Ok(SkusView {
            skus,
            counts,
            sure: BTreeMap::new(),
            page: PageView { at: query.page.at.unwrap_or_default(), total: count(found.len()), next: None },
            read_at: catalogue.read_at.to_string(),
        })
    }

    fn around<'a>(&self, decisions: &'a BTreeMap<String, Decision>) -> AppResult<Around<'a>> {
        let stores = self.kept::<selaras_domain::forstok::Store>(selaras_store::FORSTOK_SCOPE, "stores")?;
        let resolvable = self.company()?.forstok_capabilities.is_some_and(|offers| offers.pending_listings);
        let stores = stores.map(|read| read.rows).unwrap_or_default();
        Ok(Around { decisions, stores: stores.into_iter().map(|store| (store.id, store.name)).collect(), resolvable })
    }

    /// Items of Accurate that may be the same product as a SKU, with their evidence.
    ///
    /// # Errors
    /// When there is no such SKU.
    pub async fn sku_candidates(&self, sku: &str) -> AppResult<Vec<CandidateView>> {
        let catalogue = self.catalogue(false).await?;
        let pending = || {
            let listing = catalogue.pending.iter().find(|listing| listing.sku == sku)?;
            Some(selaras_domain::forstok::Variant {
                id: None,
                sku: listing.sku.clone(),
                name: listing.name.clone(),
                category: None,
                price: None,
                cost_price: None,
                barcode: None,
                stock: Vec::new(),
            })
        };
        let variant = catalogue
            .variants
            .iter()
            .find(|variant| variant.sku == sku)
            .cloned()
            .or_else(pending)
            .ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", sku))?;
        let found = candidates(&variant, &catalogue.items, CANDIDATES);
        Ok(found
            .into_iter()
            .map(|candidate| {
                let (item, evidence) = (candidate.item, candidate.evidence);
                let money = |money: Option<selaras_domain::amount::Money>| money.map(|money| money.text());
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
            })
            .collect())
    }

    /// Stores decisions, and resolves pending listings in Forstok where its API allows it; the rest is answered with its place.
    ///
    /// # Errors
    /// When a decision is not possible; then none is stored.
    pub async fn resolve_skus(&self, inputs: &[SkuDecisionInput]) -> AppResult<ResolveView> {
        let database = self.database()?;
        let catalogue = self.catalogue(false).await?;
        let decisions = self.keep_decisions(database, inputs, &catalogue)?;
        let resolved_in_forstok = if touches_listing(&decisions, &catalogue) {
            let silent = |_| {};
            let sync = self.sync(listings::KIND, &PlanOptions::default(), CancellationToken::new(), &silent).await?;
            if sync.run.posted > 0 {
                self.read_catalogue(&selaras_engine::progress::Silent).await?;
            }
            sync.run.posted
        } else {
            0
        };
        let catalogue = self.catalogue(false).await?;
        let now = self.books().decisions(database)?;
        let around = self.around(&now)?;
        let decided: Vec<&str> = decisions.iter().map(|decision| decision.sku.as_str()).collect();
        let to_do_in_forstok = classify(&input(&catalogue, &now))
            .iter()
            .filter(|row| row.pending.is_some() && row.state != SkuState::Held && decided.contains(&row.sku))
            .map(|row| around.view(row))
            .collect();
        Ok(ResolveView { resolved: count(inputs.len()), resolved_in_forstok, to_do_in_forstok })
    }

    /// Stores the decisions and takes back those that are undone; none of them when one is not possible.
    fn keep_decisions(
        &self,
        database: DatabaseId,
        inputs: &[SkuDecisionInput],
        catalogue: &Catalogue,
    ) -> AppResult<Vec<Decision>> {
        let (stored, undone): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| input.decision != "undo");
        let decisions = stored.iter().map(|input| self.decision(input, catalogue)).collect::<AppResult<Vec<_>>>()?;
        self.books().save_decisions(database, &decisions)?;
        for input in undone {
            self.books().remove_decision(database, &input.sku)?;
        }
        Ok(decisions)
    }

    /// Reads one decision and checks that it is possible now.
    fn decision(&self, input: &SkuDecisionInput, catalogue: &Catalogue) -> AppResult<Decision> {
        let known = catalogue.variants.iter().any(|variant| variant.sku == input.sku)
            || catalogue.pending.iter().any(|listing| listing.sku == input.sku);
        if !known {
            return Err(AppError::new(ErrorCode::NotFound).with("what", "sku").with("id", &input.sku));
        }
        let target = input.target.as_deref().map(str::trim).filter(|target| !target.is_empty());
        let wrong = |detail: &str| AppError::input("target", detail).with("sku", &input.sku);
        let choice = match input.decision.as_str() {
            "skip" => Choice::Skip,
            "create" => Choice::Create,
            "link" => self.link(input, target, catalogue).ok_or_else(|| wrong("no_such_item"))?,
            "rename" => {
                let code = target.ok_or_else(|| wrong("code_missing"))?;
                check_code(code).map_err(|problem| wrong(&code_reason(&problem).code))?;
                if catalogue.items.iter().any(|item| item.no == code) {
                    return Err(wrong("code_taken"));
                }
                Choice::Rename { code: code.to_owned() }
            }
            other => return Err(AppError::input("decision", other).with("sku", &input.sku)),
        };
        Ok(Decision { sku: input.sku.clone(), choice, at: self.now() })
    }

    /// The target of a link: for a listing that waits, a master SKU of Forstok; else an item of Accurate by code or id.
    fn link(&self, input: &SkuDecisionInput, target: Option<&str>, catalogue: &Catalogue) -> Option<Choice> {
        let target = target.unwrap_or(&input.sku);
        let waits = catalogue.pending.iter().any(|listing| listing.sku == input.sku);
        if waits && catalogue.variants.iter().any(|variant| variant.sku == target) {
            return Some(Choice::LinkMaster { master: target.to_owned() });
        }
        let by_code = catalogue.items.iter().find(|item| item.no == target);
        let by_id = || target.parse().ok().and_then(|id| catalogue.items.iter().find(|item| item.id == ItemId(id)));
        by_code.or_else(by_id).map(|item| Choice::Link { item: item.id, item_no: item.no.clone() })
    }
}

pub(crate) fn input<'a>(catalogue: &'a Catalogue, decisions: &'a BTreeMap<String, Decision>) -> SkuInput<'a> {
    SkuInput { variants: &catalogue.variants, pending: &catalogue.pending, items: &catalogue.items, decisions }
}

/// Whether a decision changes something in a pending listing of Forstok.
fn touches_listing(decisions: &[Decision], catalogue: &Catalogue) -> bool {
    let waits = |sku: &str| catalogue.pending.iter().any(|listing| listing.sku == sku);
    decisions.iter().any(|decision| decision.choice != Choice::Skip && waits(&decision.sku))
}
