//! Where stock was ever counted in Accurate: there a zero means sold out, elsewhere it means that nobody has counted yet.

use crate::desk::Desk;
use crate::error::AppResult;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::plan::{Operation, PlanKind};
use selaras_domain::run::{RunId, RunState};
use selaras_engine::kinds::stock::Counted;
use selaras_engine::kinds::{items, opening_stock, undo_opening_stock};
use std::collections::{BTreeSet, HashMap};

/// Places with stock.
type Places = BTreeSet<(WarehouseId, ItemId)>;

/// Where items were seen with stock, and which undos of opening stock are heeded in it.
struct Seen {
    places: Places,
    heeded: Vec<RunId>,
}

impl Desk {
    /// Where stock was counted, from what was seen up to now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn counted(&self, database: DatabaseId) -> AppResult<Counted> {
        let seen = self.kept_seen(database)?;
        self.counted_by(database, self.without_emptied(database, &seen)?.places)
    }

    /// Where stock was counted, with what these figures show. They are remembered.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn count_in(
        &self,
        database: DatabaseId,
        figures: &HashMap<(WarehouseId, ItemId), Quantity>,
    ) -> AppResult<Counted> {
        let before = self.kept_seen(database)?;
        let mut seen = self.without_emptied(database, &before)?;
        // A figure below zero is what invoices have made of nothing: nobody has counted for it.
        seen.places.extend(figures.iter().filter(|(_, figure)| figure.is_positive()).map(|(place, _)| *place));
        if seen.places != before.places {
            let rows: Vec<_> = seen.places.iter().copied().collect();
            self.books().put_snapshot(database, "stocked", self.now(), &rows)?;
        }
        if seen.heeded.len() > before.heeded.len() {
            self.books().put_snapshot(database, "stocked_emptied_by", self.now(), &seen.heeded)?;
        }
        self.counted_by(database, seen.places)
    }

    fn kept_seen(&self, database: DatabaseId) -> AppResult<Seen> {
        let places = self.kept::<(WarehouseId, ItemId)>(database, "stocked")?.map(|read| read.rows).unwrap_or_default();
        let heeded = self.kept::<RunId>(database, "stocked_emptied_by")?.map(|read| read.rows).unwrap_or_default();
        Ok(Seen { places: places.into_iter().collect(), heeded })
    }

    /// A shelf that was filled by opening stock which was taken back since was never counted: its zero is not one of selling out.
    fn without_emptied(&self, database: DatabaseId, before: &Seen) -> AppResult<Seen> {
        let mut seen = Seen { places: before.places.clone(), heeded: before.heeded.clone() };
        let undos = self.undos_of(database, undo_opening_stock::KIND)?;
        for undo in undos.into_iter().filter(|undo| !before.heeded.contains(&undo.id)) {
            self.books().visit_posted(&undo.id, |removed: Operation| {
                let id = |name: &str| removed.before.get(name).and_then(|id| id.parse().ok());
                if let Some((warehouse, item)) = id("warehouse_id").zip(id("item_id")) {
                    seen.places.remove(&(WarehouseId(warehouse), ItemId(item)));
                }
            })?;
            // One that goes on may still empty more.
            if undo.state == RunState::Finished {
                seen.heeded.push(undo.id);
            }
        }
        Ok(seen)
    }

    fn counted_by(&self, database: DatabaseId, stocked: Places) -> AppResult<Counted> {
        let word = self.mapping_now(database)?.sales.count;
        let counted = |((warehouse, item), count): ((WarehouseId, ItemId), opening_stock::Count)| {
            (opening_stock::key(warehouse, item), count.until(word))
        };
        let opening_posted = self.counts(database)?.into_iter().map(counted).collect();
        let made = self.books().last_posted(database, &PlanKind::named(items::KIND))?;
        let made = made.into_values().filter_map(|fields| fields.get("no").cloned()).collect();
        Ok(Counted { opening_posted, made, stocked, new_books: self.company()?.existing_user == Some(false) })
    }
}
