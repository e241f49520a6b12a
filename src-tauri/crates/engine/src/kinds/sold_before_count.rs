//! Orders whose units had left a shelf before it was counted: the count misses them already, and an invoice would take them out of the
//! books a second time. Such an order is held, unless a person has said, once for all of them, which day the count is of.

use super::invoices::InvoicesInput;
use jiff::Timestamp;
use jiff::civil::Date;
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::mapping::InvoiceTrigger;
use selaras_domain::order::Order;
use selaras_domain::plan::Reason;

/// A count that misses units of an order.
pub(super) struct Counted {
    /// The day that it bears.
    pub(super) day: Date,
    pub(super) item: String,
    pub(super) warehouse: String,
    /// The day that a person has said it is of, and by which it does not miss them.
    pub(super) word: Option<Date>,
}

impl Counted {
    /// Why an order waits: what the count misses of it already.
    pub(super) fn reason(self, wanted: &InvoiceDocument) -> Reason {
        let reason = Reason::new("sold_before_count").with("counted", self.day).with("date", wanted.date);
        reason.with("item_no", self.item).with("warehouse", self.warehouse)
    }
}

/// Whether units of an order had left before their shelf was counted: an invoice would take them out of the books a second time.
pub(super) fn before_count(input: &InvoicesInput<'_>, order: &Order, wanted: &InvoiceDocument) -> Option<Counted> {
    let left = left_at(input, order)?;
    let word = input.company.mapping.sales.count;
    let mut passed = None;
    for line in &wanted.lines {
        let Some(count) = line.warehouse_id.zip(line.item).and_then(|shelf| input.counts.get(&shelf)) else { continue };
        if !count.misses(left, None) {
            continue;
        }
        let held = count.misses(left, word);
        let counted = Counted {
            day: count.day,
            item: line.item_no.clone(),
            warehouse: line.warehouse.clone(),
            word: word.map(|word| word.as_of).filter(|_| !held),
        };
        if held {
            return Some(counted);
        }
        passed = passed.or(Some(counted));
    }
    passed
}

/// When the units of an order left the shelf, as early as it can have been; `None`: they are still on it. Forstok makes its own invoice
/// when they leave, or before; where it does not tell one, or makes it later, only the day of the order is sure (§6.1, doc).
fn left_at(input: &InvoicesInput<'_>, order: &Order) -> Option<Timestamp> {
    if !order.status.has_left() {
        return None;
    }
    let made = input.shop_invoices.get(&order.id).and_then(|invoice| invoice.created_at);
    let in_time = input.company.mapping.invoice_trigger.rank() <= InvoiceTrigger::ReadyToShip.rank();
    Some(made.filter(|_| in_time).unwrap_or(order.ordered_at))
}
