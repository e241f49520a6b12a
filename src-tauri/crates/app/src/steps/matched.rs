//! The matches of a database: kept at each reading, given up where a person or an undo has said so.

use crate::desk::Desk;
use crate::error::AppResult;
use crate::snapshots::Catalogue;
use selaras_domain::accurate::Item;
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::ids::{DatabaseId, ItemId};
use selaras_domain::order::Order;
use selaras_domain::plan::Operation;
use selaras_domain::sku_match::{MatchedBy, SkuMatch};
use selaras_engine::kinds::undo_items;
use selaras_engine::matches::{Matches, looked_at, made_now, missing_items, seen, spelling};
use selaras_engine::sku::{SkuRow, classify};
use std::collections::{BTreeSet, HashSet};

impl Desk {
    /// The matches in force. One whose item Selaras itself has taken back by an undo is none: the SKU is as it was before it was made.
    pub(crate) fn matches(&self, database: DatabaseId, items: &[Item]) -> AppResult<Matches> {
        let mut kept = self.books().matches(database)?;
        let missing: BTreeSet<ItemId> = missing_items(&kept, items).into_iter().collect();
        if !missing.is_empty() {
            let taken_back = self.items_taken_back(database)?;
            kept.retain(|one| !(missing.contains(&one.item) && taken_back.contains(&one.item)));
        }
        Ok(Matches::of(kept))
    }

    /// The items that undos have deleted.
    fn items_taken_back(&self, database: DatabaseId) -> AppResult<HashSet<ItemId>> {
        let mut items = HashSet::new();
        for undo in self.books().undoing_runs()? {
            let head = self.run_head(&undo.run)?;
            if head.database != database || head.kind.0 != undo_items::KIND {
                continue;
            }
            self.books().visit_posted(&undo.run, |removed: Operation| {
                items.extend(removed.before.get("item_id").and_then(|id| id.parse().ok()).map(ItemId));
            })?;
        }
        Ok(items)
    }

    /// Keeps what a reading of both sides has matched for the first time.
    pub(crate) fn keep_matches(&self, database: DatabaseId, catalogue: &Catalogue) -> AppResult<()> {
        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(catalogue, &decisions, &matches));
        let seen = seen(&rows, &matches, self.now());
        Ok(self.books().save_matches(database, &seen.made, &seen.given_up)?)
    }

    /// Brings the matches of decided SKUs in line with the decisions: a link is one, and says that the person has seen the names of now; what
    /// rested on a decision that is changed or taken back is none any more.
    pub(crate) fn match_as_decided(
        &self,
        database: DatabaseId,
        rows: &[SkuRow<'_>],
        decisions: &[Decision],
    ) -> AppResult<()> {
        let mut made: Vec<SkuMatch> = Vec::new();
        let mut given_up: Vec<String> = Vec::new();
        for row in rows {
            let Some(variant) = row.variant else { continue };
            let decision = decisions.iter().find(|decision| decision.sku == row.sku);
            let link = decision.is_some_and(|decision| matches!(decision.choice, Choice::Link { .. }));
            match (row.once, row.item.filter(|_| link && row.state == SkuState::Matched)) {
                (Some(once), Some(item)) if once.item == item.id => made.push(looked_at(once, variant, item)),
                (_, Some(item)) => made.push(made_now(variant, item, MatchedBy::Link, self.now())),
                (Some(once), None) if once.how.is_decided() => given_up.push(once.key()),
                _ => {}
            }
        }
        Ok(self.books().save_matches(database, &made, &given_up)?)
    }

    /// Gives up the matches of variants that Forstok no longer has, once a named person has taken their rows out of the inbox.
    pub(crate) fn give_up_matches(&self, database: DatabaseId, skus: &BTreeSet<String>) -> AppResult<()> {
        if skus.is_empty() {
            return Ok(());
        }
        let kept = self.books().matches(database)?;
        let given_up: Vec<String> = kept.iter().filter(|one| skus.contains(&one.sku)).map(SkuMatch::key).collect();
        Ok(self.books().save_matches(database, &[], &given_up)?)
    }

    /// Writes the SKUs of orders as the catalogue does.
    pub(crate) fn spell_orders(&self, orders: &mut [Order]) -> AppResult<()> {
        let Some(known) = self.known_catalogue()? else { return Ok(()) };
        let matches = self.matches(self.database()?, &known.catalogue.items)?;
        let spelling = spelling(&known.catalogue.variants, &matches);
        orders.iter_mut().for_each(|order| order.spell(&spelling));
        Ok(())
    }
}
