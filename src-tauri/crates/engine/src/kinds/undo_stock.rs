//! Undo of stock: sets Forstok's on hand back to what it was before a run, where the figure is still the one that the run wrote.

use super::stock::{self, Stock};
use super::undo::{Verdict, Written, operation};
use super::{Executor, Found, Ports, field};
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use selaras_domain::amount::Quantity;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side};
use selaras_domain::run::RunId;
use std::collections::{BTreeMap, HashMap};

/// Name of this kind.
pub const KIND: &str = "undo-stock";

/// What the planner needs.
pub struct UndoStockInput<'a> {
    /// What the run has sent.
    pub sent: &'a [Written],
    /// Forstok's figures now, by [`stock::key`]; `None` when this account does not let them be read.
    pub figures: Option<&'a HashMap<OperationKey, Quantity>>,
    /// Figures that a newer run has sent and none has taken back, with that run.
    pub newer: &'a BTreeMap<OperationKey, RunId>,
}

/// Plans the way back of every figure that the run sent, in the run's order.
#[must_use]
pub fn plan(input: &UndoStockInput<'_>) -> Vec<Operation> {
    input.sent.iter().map(|row| operation(row, Side::Forstok, || verdict(input, row))).collect()
}

fn quantity(fields: &Fields) -> Option<Quantity> {
    field(fields, "on_hand").parse().ok().map(Quantity)
}

fn verdict(input: &UndoStockInput<'_>, row: &Written) -> Verdict {
    let wrote = quantity(&row.operation.after).unwrap_or_default();
    let was = quantity(&row.operation.before);
    let back = was.unwrap_or_default();
    let after = || {
        let mut after = row.operation.after.clone();
        after.insert("on_hand".into(), back.text());
        after
    };
    let shown = |now: Quantity| Fields::from([("on_hand".to_owned(), now.text())]);
    let Some(figures) = input.figures else {
        return Verdict::blocked(Fields::new(), Reason::new("undo_not_readable"));
    };
    let Some(now) = figures.get(&row.operation.key).copied() else { return Verdict::gone() };
    let blocked = |reason: Reason| Verdict { after: after(), ..Verdict::blocked(shown(now), reason) };
    if let Some(run) = input.newer.get(&row.operation.key) {
        blocked(Reason::new("undo_newer_first").with("run", run))
    } else if now == back {
        let reason = Reason::new("undo_back_already");
        Verdict { action: Action::Same, before: shown(now), after: after(), reason }
    } else if back.is_negative() || !back.0.fract().is_zero() {
        blocked(Reason::new("undo_before_unusable").with("before", back))
    } else if now == wrote {
        let reason = match was {
            Some(_) => Reason::new("undo_back_to_before"),
            None => Reason::new("undo_back_to_zero"),
        };
        Verdict { action: Action::Change, before: shown(now), after: after(), reason }
    } else {
        blocked(Reason::new("undo_figure_moved").with("expected", wrote).with("found", now))
    }
}

/// Sends and reads as [`Stock`] does; a figure that somebody has moved meanwhile stays.
pub struct UndoStock;

#[async_trait]
impl Executor for UndoStock {
    fn batches<'a>(&self, ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        Stock.batches(ports, operations)
    }

    fn parallel(&self) -> usize {
        Stock.parallel()
    }

    /// Sending twice would do no harm; but a figure that is neither the old nor the new one is somebody's, and no reason to send.
    fn repeatable(&self) -> bool {
        false
    }

    fn guarded(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        false
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        Stock.send(ports, batch).await
    }

    fn promised(&self, operation: &Operation) -> Fields {
        Stock.promised(operation)
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        Stock.read_back(ports, operations).await
    }
}

/// Forstok's figures by the key that a stock plan gives them.
#[must_use]
pub fn figures(variants: &[selaras_domain::forstok::Variant]) -> HashMap<OperationKey, Quantity> {
    variants
        .iter()
        .flat_map(|variant| {
            variant.stock.iter().map(|place| (stock::key(place.warehouse, &variant.sku), place.on_hand))
        })
        .collect()
}
