//! What a run changed, added up: per warehouse for stock, per category for items, per store for documents of sales. One posted row at a time, so that a run of a hundred
//! thousand rows costs no more memory than one of ten.

use crate::view::{RunChangeView, small};
use rust_decimal::Decimal;
use selaras_domain::amount::Money;
use selaras_domain::plan::PlanKind;
use selaras_engine::kinds::{
    invoices, items, opening_stock, receipts, returns, stock, undo_items, undo_opening_stock, undo_sales, undo_stock,
    undo_voids, voids,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The fields of an operation that a tally looks at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Side {
    category: Option<String>,
    warehouse_name: Option<String>,
    on_hand: Option<String>,
    quantity: Option<String>,
    unit_price: Option<String>,
    total: Option<String>,
    store_name: Option<String>,
    received: Option<String>,
}

/// A posted operation, as far as a tally looks at it.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    #[serde(default)]
    before: Side,
    #[serde(default)]
    after: Side,
}

#[derive(Debug, Default)]
struct Sum {
    rows: u64,
    before: Decimal,
    after: Decimal,
    amount: Decimal,
}

/// What the figures of a kind mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Records of a category; their selling prices are a figure to recognise a run by, no money that moves.
    Records,
    /// Units in a warehouse that come or go as documents with a value.
    Documents,
    /// Units in a warehouse.
    Units,
    /// Documents of sales of a store, with what they are worth; of a receipt what arrived.
    Sales,
    /// Invoices of a store and the receipts that paid them, which are worth the same once more: what moves is told by the invoices.
    Voids,
    /// Neither.
    Steps,
}

/// The sums of one run.
#[derive(Debug)]
pub(super) struct Tally {
    shape: Shape,
    /// Whether the run took back: what it changed is then told by what was there.
    removes: bool,
    total: Decimal,
    sums: BTreeMap<String, Sum>,
}

fn decimal(text: Option<&String>) -> Decimal {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

impl Tally {
    pub(super) fn of(kind: &PlanKind) -> Self {
        let (shape, removes) = match kind.0.as_str() {
            items::KIND => (Shape::Records, false),
            undo_items::KIND => (Shape::Records, true),
            opening_stock::KIND => (Shape::Documents, false),
            undo_opening_stock::KIND => (Shape::Documents, true),
            stock::KIND | undo_stock::KIND => (Shape::Units, false),
            invoices::KIND | receipts::KIND | returns::KIND => (Shape::Sales, false),
            undo_sales::INVOICES | undo_sales::RECEIPTS | undo_sales::RETURNS => (Shape::Sales, true),
            voids::KIND => (Shape::Voids, true),
            undo_voids::KIND => (Shape::Voids, false),
            _ => (Shape::Steps, false),
        };
        Self { shape, removes, total: Decimal::ZERO, sums: BTreeMap::new() }
    }

    pub(super) fn take(&mut self, row: Posted) {
        let record = if self.removes { &row.before } else { &row.after };
        let label = match self.shape {
            Shape::Records => record.category.clone(),
            Shape::Documents | Shape::Units => record.warehouse_name.clone(),
            Shape::Sales | Shape::Voids => record.store_name.clone(),
            Shape::Steps => None,
        };
        let sum = self.sums.entry(label.unwrap_or_default()).or_default();
        sum.rows += 1;
        match self.shape {
            Shape::Records => self.total += decimal(record.unit_price.as_ref()),
            Shape::Documents => {
                let (was, moved) = (decimal(row.before.quantity.as_ref()), decimal(row.after.quantity.as_ref()));
                let amount = decimal(record.total.as_ref());
                sum.before += was;
                sum.after += if self.removes { Decimal::ZERO } else { was + moved };
                sum.amount += amount;
                self.total += amount;
            }
            Shape::Units => {
                sum.before += decimal(row.before.on_hand.as_ref());
                sum.after += decimal(row.after.on_hand.as_ref());
            }
            Shape::Sales | Shape::Voids => {
                let received = record.received.as_ref().filter(|_| self.shape == Shape::Sales);
                let amount = decimal(received.or(record.total.as_ref()));
                sum.amount += amount;
                self.total += amount;
            }
            Shape::Steps => {}
        }
    }

    /// Σ rupiah, where there is one, and what changed, most first.
    pub(super) fn sums(self) -> (Option<Money>, Vec<RunChangeView>) {
        let text = |sum: Decimal| Money(sum).text();
        let units = matches!(self.shape, Shape::Documents | Shape::Units);
        let money = matches!(self.shape, Shape::Documents | Shape::Sales | Shape::Voids);
        let mut changes: Vec<RunChangeView> = self
            .sums
            .into_iter()
            .map(|(label, sum)| RunChangeView {
                label,
                rows: small(sum.rows),
                before: units.then(|| text(sum.before)),
                after: units.then(|| text(sum.after)),
                amount: money.then(|| text(sum.amount)),
            })
            .collect();
        changes.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.label.cmp(&b.label)));
        let total = match (self.shape, self.removes) {
            (Shape::Records, removes) => (!removes).then_some(Money(self.total)),
            _ => money.then_some(Money(self.total)),
        };
        (total, changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallied(kind: &str, rows: &[&str]) -> (Option<String>, Vec<RunChangeView>) {
        let mut tally = Tally::of(&PlanKind::named(kind));
        for row in rows {
            tally.take(serde_json::from_str(row).unwrap());
        }
        let (total, changes) = tally.sums();
        (total.map(Money::text), changes)
    }

    fn change(label: &str, rows: u32, units: Option<(&str, &str)>, amount: Option<&str>) -> RunChangeView {
        let text = |text: &str| text.to_owned();
        RunChangeView {
            label: text(label),
            rows,
            before: units.map(|(before, _)| text(before)),
            after: units.map(|(_, after)| text(after)),
            amount: amount.map(text),
        }
    }

    #[test]
    fn stock_adds_up_per_warehouse_to_the_last_digit() {
        let rows = [
            r#"{"key":"a","before":{"on_hand":"0.1"},"after":{"on_hand":"0.2","warehouse_name":"Gudang"}}"#,
            r#"{"key":"b","before":{},"after":{"on_hand":"3","warehouse_name":"Toko"}}"#,
            r#"{"key":"c","before":{"on_hand":"0.2"},"after":{"on_hand":"0.1","warehouse_name":"Gudang"}}"#,
        ];
        let changes = vec![change("Gudang", 2, Some(("0.3", "0.3")), None), change("Toko", 1, Some(("0", "3")), None)];
        assert_eq!(tallied("stock", &rows), (None, changes));
    }

    #[test]
    fn opening_stock_comes_with_its_value_and_goes_with_it() {
        let posted = r#"{"before":{},"after":{"quantity":"7","total":"87500","warehouse_name":"Gudang"}}"#;
        let come = vec![change("Gudang", 1, Some(("0", "7")), Some("87500"))];
        assert_eq!(tallied("opening-stock", &[posted]), (Some("87500".into()), come));
        let removed = r#"{"before":{"quantity":"7","total":"87500","warehouse_name":"Gudang"},"after":{}}"#;
        let gone = vec![change("Gudang", 1, Some(("7", "0")), Some("87500"))];
        assert_eq!(tallied("undo-opening-stock", &[removed]), (Some("87500".into()), gone));
    }

    #[test]
    fn what_a_void_removes_is_worth_its_invoices_and_comes_back_with_them() {
        let documents = [
            r#"{"received":"38500","store_name":"Toko"}"#,
            r#"{"total":"40000","store_name":"Toko"}"#,
            r#"{"total":"30000","store_name":"Toko"}"#,
        ];
        let moved = (Some("70000".to_owned()), vec![change("Toko", 3, None, Some("70000"))]);
        for (kind, side, other) in [("voids", "before", "after"), ("undo-voids", "after", "before")] {
            let rows = documents.map(|fields| format!(r#"{{"{side}":{fields},"{other}":{{}}}}"#));
            assert_eq!(tallied(kind, &rows.each_ref().map(String::as_str)), moved, "{kind}");
        }
    }

    #[test]
    fn items_are_counted_by_category() {
        let row = |category: &str| format!(r#"{{"after":{{"category":"{category}","unit_price":"100.5"}}}}"#);
        let rows = [row("Teh"), row("Kopi"), row("Kopi")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let changes = vec![change("Kopi", 2, None, None), change("Teh", 1, None, None)];
        assert_eq!(tallied("items", &rows), (Some("301.5".into()), changes));
    }
}
