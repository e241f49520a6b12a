//! A shadow run: what Selaras would have posted, against what another integration has posted in Accurate. Reads only.

use super::money_reading::MoneyReading;
use super::sales_drafts::start_of;
use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::snapshots::Catalogue;
use crate::view::{Id, ReasonView, ShadowCountView, ShadowDifferenceView, ShadowRowView, ShadowView, small};
use jiff::civil::Date;
use selaras_domain::amount::Money;
use selaras_domain::documents::{DocumentQuery, InvoiceDocument};
use selaras_domain::ids::{DatabaseId, OrderId};
use selaras_domain::order::{Order, OrderStatus, business_day};
use selaras_domain::plan::{PlanKind, Reason};
use selaras_engine::kinds::{invoices, receipts, voids};
use selaras_engine::orders::Invoiced;
use selaras_engine::ports::PortError;
use selaras_engine::progress::Silent;
use selaras_engine::reconcile::reconcile;
use selaras_engine::sales::{Goods, name_of};
use selaras_engine::shadow::{Agreement, Expected, ShadowDifference, ShadowInput, ShadowRow, shadow, shadow_receipts};
use selaras_engine::sku::classify;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Desk {
    /// Compares the orders placed since a day (WIB); without one those since orders become invoices. Reads both sides anew.
    ///
    /// # Errors
    /// When the day is none, or a side cannot be read.
    pub async fn shadow(&self, since: Option<&str>) -> AppResult<ShadowView> {
        let since = since.map(|text| text.parse::<Date>().map_err(|_| AppError::input("since", text))).transpose()?;
        let database = self.database()?;
        let catalogue = self.read_catalogue(&Silent).await?;
        let reading = self.money(true, since).await?;
        let from = since.map_or(Ok(reading.sales.since), start_of)?;
        let orders: Vec<&Order> = reading.sales.orders.iter().filter(|order| order.ordered_at >= from).collect();
        let wanted = self.expected_invoices(database, &reading, &catalogue, &orders)?;
        let expected: Vec<Expected<'_>> =
            orders.iter().zip(wanted).map(|(order, invoice)| Expected { order, invoice }).collect();
        let documents = self.invoices_to_compare(&reading, &orders).await?;
        let posted = self.books().posted_keys(database, &PlanKind::named(invoices::KIND))?;
        let own: BTreeSet<OrderId> =
            posted.iter().filter_map(|key| key.0.strip_prefix("invoice:")?.parse().ok()).collect();
        let rows = shadow(&ShadowInput {
            expected: &expected,
            invoices: &reading.sales.existing,
            documents: &documents,
            own: &own,
            since: business_day(from),
        });
        let compared: BTreeSet<OrderId> = orders.iter().map(|order| order.id).collect();
        let received = self.books().last_posted(database, &PlanKind::named(receipts::KIND))?;
        let paid = shadow_receipts(&reconcile(&reading.input()), &compared, &receipts::orders_of(received.values()));
        let told = |row: &&ShadowRow<'_>| !matches!(row.agreement, Agreement::Equal | Agreement::Held);
        let counts =
            |rows: &[ShadowRow<'_>]| Agreement::ALL.into_iter().map(|agreement| count(rows, agreement)).collect();
        Ok(ShadowView {
            read_at: reading.sales.read_at.to_string(),
            since: business_day(from).to_string(),
            counts: counts(&rows),
            receipts: counts(&paid),
            rows: rows.iter().chain(&paid).filter(told).map(row_view).collect(),
            notes: reading.notes().iter().map(ReasonView::from).collect(),
        })
    }

    /// What each of these orders would become, in their order: the planner's own documents, or its reasons. What is not due yet is held
    /// for that.
    pub(super) fn expected_invoices(
        &self,
        database: DatabaseId,
        reading: &MoneyReading,
        catalogue: &Catalogue,
        orders: &[&Order],
    ) -> AppResult<Vec<Result<InvoiceDocument, Reason>>> {
        let decided = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(catalogue, &decided, &matches));
        let decisions = self.row_decisions(database, invoices::KIND)?;
        let company = reading.sales.company(database, &decisions);
        let (documents, posted) = (HashMap::new(), BTreeMap::new());
        let input = invoices::InvoicesInput {
            company: &company,
            goods: &Goods::of(&rows),
            orders: &reading.sales.orders,
            shop_invoices: &reading.sales.shop_invoices,
            invoices_told: self.offers()?.invoices,
            existing: &reading.sales.existing,
            documents: &documents,
            listed_since: reading.sales.listed_since(),
            posted: &posted,
            counts: &self.counts(database)?,
            since: reading.sales.since,
            integrated_at: reading.sales.integrated_at,
            only: &[],
        };
        let trigger = reading.sales.mapping.invoice_trigger.rank();
        let mut times: HashMap<String, usize> = HashMap::new();
        for order in orders {
            *times.entry(name_of(order)).or_default() += 1;
        }
        let invoiced = Invoiced::of(orders.iter().copied(), &reading.sales.existing, &reading.sales.linked);
        let of = |order: &&Order| match order.status.rank() {
            Some(rank) if rank < trigger => Err(Reason::new("shadow_not_ready").with("status", order.status.words())),
            None if matches!(order.status, OrderStatus::Other(_)) => {
                Err(Reason::new("order_status_unknown").with("status", order.status.words()))
            }
            None => Err(Reason::new("order_ended").with("status", order.status.words())),
            Some(_) if voids::void(order, &reading.sales.shop_invoices) => Err(Reason::new("order_invoice_voided")),
            Some(_) if times.get(&name_of(order)).is_some_and(|&count| count > 1) => {
                Err(Reason::new("order_number_doubled").with("number", name_of(order)))
            }
            // What another integration has posted is compared, whether this program would have waited with it or not.
            Some(_) if invoiced.has(order) => invoices::document(&input, order),
            Some(_) => invoices::due(&input, order),
        };
        Ok(orders.iter().map(of).collect())
    }

    /// The invoices of these orders with their lines. Where details may not be read, their heads are compared alone.
    async fn invoices_to_compare(
        &self,
        reading: &MoneyReading,
        orders: &[&Order],
    ) -> AppResult<HashMap<String, InvoiceDocument>> {
        let invoiced = Invoiced::of(orders.iter().copied(), &reading.sales.existing, &reading.sales.linked);
        let heads: Vec<_> = orders.iter().filter_map(|order| invoiced.find(order)).collect();
        if heads.is_empty() {
            return Ok(HashMap::new());
        }
        let days: Option<Vec<Date>> = heads.iter().map(|head| head.date).collect();
        let dated = days.and_then(|days| days.iter().min().copied().zip(days.iter().max().copied()));
        let query = DocumentQuery { numbers: heads.iter().map(|head| head.number.clone()).collect(), dated };
        match self.open_books().await?.invoices_of(&query).await {
            Err(PortError::Forbidden { .. } | PortError::NotOffered { .. }) => Ok(HashMap::new()),
            read => Ok(read?.into_iter().map(|document| (document.number.clone(), document)).collect()),
        }
    }
}

fn count(rows: &[ShadowRow<'_>], agreement: Agreement) -> ShadowCountView {
    let rows = || rows.iter().filter(move |row| row.agreement == agreement);
    ShadowCountView {
        agreement: agreement.name().to_owned(),
        count: small(rows().count() as u64),
        expected: rows().map(|row| row.expected).sum::<Money>().text(),
        found: rows().map(|row| row.found).sum::<Money>().text(),
        amount: rows().map(ShadowRow::amount).sum::<Money>().text(),
    }
}

fn row_view(row: &ShadowRow<'_>) -> ShadowRowView {
    let difference = |one: &ShadowDifference| ShadowDifferenceView {
        field: one.field.to_owned(),
        item_no: one.item_no.clone(),
        expected: one.expected.clone(),
        found: one.found.clone(),
        amount: one.amount.map(Money::text),
    };
    ShadowRowView {
        document: row.document.name().to_owned(),
        agreement: row.agreement.name().to_owned(),
        number: row.number.clone(),
        order_id: row.order.map(|order| Id(order.id.0)),
        posted: row.posted.clone(),
        by_looks: row.by_looks,
        reason: row.reason.as_ref().map(ReasonView::from),
        differences: row.differences.iter().map(difference).collect(),
        expected: row.expected.text(),
        found: row.found.text(),
        amount: row.amount().text(),
    }
}
