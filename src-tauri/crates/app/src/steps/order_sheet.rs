//! One order taken apart: its waterfall, its documents in Accurate, where its chain is broken, and what Selaras has done with it.

use super::money_reading::MoneyReading;
use super::reconciliation::{account_name, store_name};
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{Id, OrderDocumentView, OrderJournalView, OrderSheetView, ReasonView, WaterfallBarView};
use selaras_domain::amount::Money;
use selaras_domain::documents::{InvoiceDocument, ReceiptDocument};
use selaras_domain::ids::{DatabaseId, OrderId};
use selaras_domain::order::Order;
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::{Fields, OperationKey, PlanKind};
use selaras_engine::kinds::{invoices, receipts, returns, voids};
use selaras_engine::payouts::together;
use selaras_engine::reconcile::{Row, clearing_account, reconcile};
use selaras_engine::waterfall::{Bar, BarKind, WaterfallInput, waterfall};
use selaras_store::InboxState;
use std::collections::BTreeSet;

/// The kinds of plan that an order's documents come from.
const KINDS: [&str; 4] = [invoices::KIND, receipts::KIND, returns::KIND, voids::KIND];

impl Desk {
    /// Takes one order apart, by its number on the channel, its id, or `SO-` and the id. Its invoice is read as it is now; the lists are
    /// those that were read last, or with `refresh` new ones.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] for an order that was not read; when a side cannot be read.
    pub async fn order_sheet(&self, order: &str, refresh: bool) -> AppResult<OrderSheetView> {
        let database = self.database()?;
        let wanted = order.trim();
        let mut reading = self.money(refresh, None).await?;
        if !refresh && find(&reading, wanted).is_none() {
            reading = self.money(true, None).await?;
        }
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "order").with("id", wanted);
        let order = find(&reading, wanted).ok_or_else(missing)?;
        let rows = reconcile(&reading.input());
        let of_order = |row: &&Row<'_>| row.order.is_some_and(|one| one.id == order.id);
        let row = rows.iter().find(of_order).ok_or_else(missing)?;
        let invoice = match row.invoice {
            Some(head) => self.whole_invoices(vec![head.id]).await?.remove(&head.id),
            None => None,
        };
        let mut receipts: Vec<&ReceiptDocument> = row.shares.iter().map(|share| share.receipt).collect();
        receipts.dedup_by(|one, other| one.number == other.number);
        let catalogue = self.catalogue(false).await?;
        let held = self.expected_invoices(database, &reading, &catalogue, &[order])?;
        let held = held.into_iter().next().and_then(Result::err);
        let journal = self.journal_of_order(database, order, row, &reading.receipt_keys(order))?;
        let bars = bars(&reading, database, order, row, invoice.as_ref(), &receipts);
        Ok(OrderSheetView {
            order_id: Id(order.id.0),
            number: row.number.clone(),
            store_id: Id(order.store.0),
            store: store_name(&reading, Some(order.store)),
            channel: order.channel.clone(),
            status: order.status.words().to_owned(),
            ordered_at: order.ordered_at.to_string(),
            read_at: reading.sales.read_at.to_string(),
            whole: bars.iter().all(|bar| bar.kind != BarKind::Unexplained),
            paid_out: !row.payouts.is_empty(),
            bars: bars.iter().map(|bar| bar_view(&reading, bar)).collect(),
            documents: self.documents_of_order(database, order.id, row, invoice.as_ref(), &journal)?,
            held: held.map(ReasonView::from),
            cause: row.cause.name().to_owned(),
            reason: ReasonView::from(&row.reason),
            journal,
        })
    }

    /// The invoice and the receipts as they were read, and the returns that this program has posted: no list tells whose order a return is.
    fn documents_of_order(
        &self,
        database: DatabaseId,
        order: OrderId,
        row: &Row<'_>,
        invoice: Option<&InvoiceDocument>,
        journal: &[OrderJournalView],
    ) -> AppResult<Vec<OrderDocumentView>> {
        let mut documents = documents(row, invoice, journal);
        let returned = self.books().standing(database, &PlanKind::named(returns::KIND))?;
        let returned = returned.iter().filter(|(key, _)| returns::order_of(key) == Some(order));
        documents.extend(returned.map(|(_, standing)| {
            let field = |name: &str| standing.after.get(name).cloned().unwrap_or_default();
            OrderDocumentView {
                kind: "return".to_owned(),
                number: field("number"),
                date: field("date"),
                amount: field("total"),
                record: None,
                by_selaras: true,
            }
        }));
        Ok(documents)
    }

    /// What stands posted of an order, what may have arrived, and what of it waits in the inbox. `payouts`: the keys of its receipts.
    fn journal_of_order(
        &self,
        database: DatabaseId,
        order: &Order,
        row: &Row<'_>,
        payouts: &BTreeSet<OperationKey>,
    ) -> AppResult<Vec<OrderJournalView>> {
        let mut journal = Vec::new();
        // A receipt that was posted names its orders: one that was held back of the same payout is none of them.
        let own = |kind: &str, key: &OperationKey, fields: Option<&Fields>| {
            let named = fields.is_some_and(|fields| !receipts::orders_of(std::iter::once(fields)).is_empty());
            (kind == receipts::KIND && !named && payouts.contains(key)) || is_of(order.id, row, kind, key, fields)
        };
        let view = |kind: &str, key: &OperationKey, state: &str, run: String, reason| OrderJournalView {
            kind: kind.to_owned(),
            key: key.to_string(),
            state: state.to_owned(),
            run,
            reason,
        };
        for kind in KINDS {
            let named = PlanKind::named(kind);
            let standing = self.books().standing(database, &named)?;
            let posted = standing.iter().filter(|(key, standing)| own(kind, key, Some(&standing.after)));
            journal.extend(posted.map(|(key, standing)| view(kind, key, "posted", standing.run.to_string(), None)));
            let unsettled: BTreeSet<OperationKey> = self.books().unsettled_keys(database, &named)?;
            let unsettled = unsettled.iter().filter(|key| own(kind, key, None));
            journal.extend(unsettled.map(|key| view(kind, key, "unknown", String::new(), None)));
        }
        let inbox = self.books().open_inbox(database)?;
        let waiting = inbox.iter().filter(|entry| entry.state == InboxState::Open);
        let waiting = waiting.filter(|entry| own(&entry.kind.0, &entry.key, None));
        journal.extend(waiting.map(|entry| {
            view(&entry.kind.0, &entry.key, "open", entry.first_run.to_string(), Some(ReasonView::from(&entry.reason)))
        }));
        Ok(journal)
    }
}

/// The order that a person means.
fn find<'a>(reading: &'a MoneyReading, wanted: &str) -> Option<&'a Order> {
    let id = wanted.strip_prefix("SO-").unwrap_or(wanted).parse::<OrderId>().ok();
    let orders = &reading.sales.orders;
    let by_number = orders.iter().find(|order| order.number.trim() == wanted);
    by_number.or_else(|| orders.iter().find(|order| Some(order.id) == id))
}

/// Whether a row of a plan is about this order: by its key, by the order that its document names, or by the receipt that pays it.
fn is_of(order: OrderId, row: &Row<'_>, kind: &str, key: &OperationKey, fields: Option<&Fields>) -> bool {
    if !KINDS.contains(&kind) {
        return false;
    }
    let id = order.to_string();
    let named = |name: &String, value: &String| name.ends_with("order_id") && *value == id;
    *key == invoices::key(order)
        || *key == voids::key(order)
        || returns::order_of(key) == Some(order)
        || (kind == receipts::KIND
            && row.shares.iter().any(|share| key.0.split_once(':').is_some_and(|(_, no)| no == share.receipt.number)))
        || fields.is_some_and(|fields| fields.iter().any(|(name, value)| named(name, value)))
}

fn bars(
    reading: &MoneyReading,
    database: DatabaseId,
    order: &Order,
    row: &Row<'_>,
    invoice: Option<&InvoiceDocument>,
    receipts: &[&ReceiptDocument],
) -> Vec<Bar> {
    let decisions = std::collections::BTreeMap::new();
    let company = reading.sales.company(database, &decisions);
    let mapping = &reading.sales.mapping;
    let (payout, taken_back) = paid_out(row, invoice);
    waterfall(&WaterfallInput {
        order,
        tax: company.mapping.tax_mode(),
        subtotal: reading.sales.shop_invoices.get(&order.id).and_then(|invoice| invoice.subtotal_of(order)),
        payout,
        taken_back,
        roles: &mapping.roles,
        bank: clearing_account(mapping, order.store),
        accounts: &reading.sales.directory.accounts,
        invoice,
        receipts,
    })
}

/// The cost lines of all payouts of an order together, and what was taken back of them: nothing where a receipt has it in its sum.
fn paid_out(row: &Row<'_>, invoice: Option<&InvoiceDocument>) -> (Option<CostStructure>, Money) {
    let netted = row.received() == row.paid_out();
    let told = row.payouts.iter().filter_map(|payout| payout.told()).map(|told| told.amounts);
    let (back, paid): (Vec<CostStructure>, Vec<CostStructure>) =
        told.partition(|amounts| !netted && amounts.total.is_negative());
    let due = invoice.and_then(|invoice| invoice.total);
    let paid_out = together(&paid, due).or_else(|| (!back.is_empty()).then(CostStructure::default));
    (paid_out, back.iter().map(|amounts| amounts.total).sum())
}

fn bar_view(reading: &MoneyReading, bar: &Bar) -> WaterfallBarView {
    WaterfallBarView {
        code: bar.kind.name().to_owned(),
        level: bar.kind.level(),
        amount: bar.amount.text(),
        running: bar.running.text(),
        account: bar.account.map(|account| account_name(reading, account)),
        booked: bar.booked.name().to_owned(),
    }
}

fn documents(row: &Row<'_>, invoice: Option<&InvoiceDocument>, journal: &[OrderJournalView]) -> Vec<OrderDocumentView> {
    let posted = |key: &str| journal.iter().any(|one| one.state == "posted" && one.key == key);
    let own_invoice = row.order.is_some_and(|order| posted(&invoices::key(order.id).0));
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let of_invoice = row.invoice.map(|head| OrderDocumentView {
        kind: "invoice".to_owned(),
        number: head.number.clone(),
        date: date(head.date.or_else(|| invoice.map(|invoice| invoice.date))),
        amount: head.total.or_else(|| invoice.and_then(|invoice| invoice.total)).map(Money::text).unwrap_or_default(),
        record: Some(Id(head.id.0)),
        by_selaras: own_invoice,
    });
    let of_receipts = row.shares.iter().map(|share| OrderDocumentView {
        kind: "receipt".to_owned(),
        number: share.receipt.number.clone(),
        date: share.receipt.date.to_string(),
        amount: share.received().text(),
        record: share.receipt.id.map(|id| Id(id.0)),
        by_selaras: posted(&format!("receipt:{}", share.receipt.number)),
    });
    of_invoice.into_iter().chain(of_receipts).collect()
}
