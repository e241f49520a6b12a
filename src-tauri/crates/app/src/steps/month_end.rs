//! The month-end pack: control totals by store, what is not posted, what is open, the clearing accounts, and the chain of certificates,
//! as sheets and as a page to print.

use super::files::discard;
use super::money_reading::{MoneyReading, first_of};
use super::reconciliation::{account_name, clearing_view, row_view, store_name};
use crate::desk::Desk;
use crate::error::{AppResult, from_io};
use crate::files::durable::settle;
use crate::files::fresh;
use crate::files::month_end::{self, ExceptionLine, MonthSheet, RunLine};
use crate::messages::Sentences;
use crate::view::{ChainView, Id, MonthEndView, ReasonView, RoleTotalView, SavedView, StoreTotalsView, small};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use selaras_domain::accurate::Account;
use selaras_domain::amount::Money;
use selaras_domain::ids::{AccountId, DatabaseId, StoreId};
use selaras_domain::mapping::{Mapping, Role};
use selaras_domain::order::business_day;
use selaras_domain::payout::CostStructure;
use selaras_domain::plan::{Fields, OperationKey, PlanKind, Reason};
use selaras_engine::clearing::{Clearing, Moved, clearing_of};
use selaras_engine::kinds::invoices;
use selaras_engine::reconcile::{Cause, Row, reconcile};
use selaras_engine::waterfall::on_account;
use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::Path;

/// More runs than a company makes in all its years.
const RUNS: usize = 1_000_000;

impl Desk {
    /// Closes a month (`yyyy-MM`, WIB): reads both sides anew, and writes its sheets and its page into a folder, under names of their
    /// own. Nothing is written to either side.
    ///
    /// # Errors
    /// When the month is none, a side cannot be read, or the folder cannot be written.
    pub async fn month_end(&self, month: &str, folder: &Path) -> AppResult<MonthEndView> {
        let first = first_of(month)?;
        let last = first.last_of_month();
        let database = self.database()?;
        let reading = self.money(true, Some(first)).await?;
        let input = reading.input();
        let all = reconcile(&input);
        let clearing = clearing_of(&input, &all, first, last);
        let carried = clearing.iter().filter_map(|one| carried_back(&reading, one, last));
        let notes: Vec<ReasonView> = reading.notes().into_iter().chain(carried).map(ReasonView::from).collect();
        let clearing: Vec<_> = clearing.iter().map(|one| clearing_view(&reading, one)).collect();
        let of_month =
            |_: &OperationKey, fields: &Fields| dated(fields).is_some_and(|day| day.first_of_month() == first);
        let posted = self.books().last_posted_where(database, &PlanKind::named(invoices::KIND), of_month)?;
        let totals = totals(&reading, &all, posted.values(), first);
        // What was due by the end of the month and is still open is open at its end.
        let by_then = || all.iter().filter(move |row| row.day <= last);
        let unposted: Vec<_> =
            by_then().filter(|row| row.cause == Cause::NotInvoiced).map(|row| row_view(&reading, row)).collect();
        let exceptions = self.exceptions(database, by_then().map(|row| row_view(&reading, row)), last)?;
        let (chain, runs) = (self.chain()?, self.runs_of(database, first)?);
        let sheet = MonthSheet {
            month,
            company: &self.profile(database)?.alias,
            database: Id(database.0),
            read_at: reading.sales.read_at,
            zone: TimeZone::system(),
            notes: &notes,
            totals: &totals,
            unposted: &unposted,
            exceptions: &exceptions,
            clearing: &clearing,
            runs: &runs,
            chain: &chain,
        };
        let (workbook, page) = self.save_month(&sheet, folder)?;
        Ok(MonthEndView {
            month: month.to_owned(),
            read_at: reading.sales.read_at.to_string(),
            workbook,
            page,
            unposted: small(unposted.len() as u64),
            exceptions: small(exceptions.len() as u64),
            totals,
            clearing,
            notes,
            chain,
        })
    }

    fn save_month(&self, sheet: &MonthSheet<'_>, folder: &Path) -> AppResult<(SavedView, SavedView)> {
        let sentences = Sentences::of(self.language());
        let at = self.now().to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H.%M").to_string();
        let name = sentences.say("file.month_end", &[("month", sheet.month), ("at", &at)]);
        let saved = |path: &Path| SavedView { path: path.display().to_string() };
        let (file, workbook) = fresh::file(folder, &name, "xlsx")?;
        month_end::workbook(sheet, sentences, BufWriter::new(file))
            .inspect_err(|_| discard(&workbook))
            .map_err(|error| error.with("path", workbook.display()))?;
        let (file, page) = fresh::file(folder, &name, "html")?;
        month_end::page(sheet, sentences, BufWriter::new(file)).map_err(|error| {
            discard(&page);
            from_io(&error, &page)
        })?;
        for path in [&workbook, &page] {
            settle(path).map_err(|error| from_io(&error, path))?;
        }
        Ok((saved(&workbook), saved(&page)))
    }

    /// What is open beside orders without invoice: broken chains, and the rows of the inbox that came in by the end of the month.
    fn exceptions(
        &self,
        database: DatabaseId,
        rows: impl Iterator<Item = crate::view::ReconciliationRowView>,
        last: Date,
    ) -> AppResult<Vec<ExceptionLine>> {
        let open = |cause: &str| {
            let cause = Cause::ALL.into_iter().find(|known| known.name() == cause);
            cause.is_some_and(|cause| cause.open() && cause != Cause::NotInvoiced)
        };
        let mut exceptions: Vec<ExceptionLine> = rows
            .filter(|row| open(&row.cause))
            .map(|row| ExceptionLine {
                kind: None,
                record: row.number,
                store: row.store,
                day: row.day,
                amount: Some(row.amount),
                reason: row.reason,
            })
            .collect();
        let inbox = self.books().open_inbox(database)?;
        exceptions.extend(inbox.into_iter().filter(|entry| business_day(entry.first_at) <= last).map(|entry| {
            ExceptionLine {
                kind: Some(entry.kind.0),
                record: entry.target,
                store: entry.warehouse.unwrap_or_default(),
                day: business_day(entry.first_at).to_string(),
                amount: entry.amount,
                reason: ReasonView::from(&entry.reason),
            }
        }));
        Ok(exceptions)
    }

    fn chain(&self) -> AppResult<ChainView> {
        let certificates = self.books().certificates()?.len();
        Ok(ChainView {
            hash: self.books().last_certificate_hash()?,
            certificates: small(certificates as u64),
            whole: self.chain_whole()?,
        })
    }

    /// The runs that began in a month, the oldest first, with their certificates.
    fn runs_of(&self, database: DatabaseId, first: Date) -> AppResult<Vec<RunLine>> {
        let numbers = self.books().certificate_numbers()?;
        let runs = self.books().runs(RUNS)?;
        let of_month = runs.into_iter().rev().filter(|run| run.database == database);
        let of_month = of_month.filter(|run| business_day(run.started_at).first_of_month() == first);
        Ok(of_month
            .map(|run| RunLine {
                number: numbers.get(&run.id).map(|number| small(*number)),
                started_at: run.started_at,
                kind: run.kind.0,
                counts: run.counts,
                certificate: run.certificate,
                run: run.id.0,
            })
            .collect())
    }
}

/// How the balance at the end of a month comes out of the one that was read later; nothing where it is that one.
fn carried_back(reading: &MoneyReading, clearing: &Clearing, last: Date) -> Option<Reason> {
    let Moved { received, withdrawn, other } = clearing.after;
    let balance = clearing.balance.filter(|_| clearing.after != Moved::default())?;
    Some(
        Reason::new("clearing_carried_back")
            .with("account", account_name(reading, clearing.account))
            .with("date", last)
            .with("total", balance)
            .with("balance", balance + clearing.after.sum())
            .with("received", received)
            .with("moved", other)
            .with("withdrawn", withdrawn),
    )
}

/// What one store's month comes to, while it is added up.
#[derive(Default)]
struct Sums {
    orders: u64,
    ordered: Money,
    posted: u64,
    posted_total: Money,
    found: u64,
    found_total: Money,
    received: Money,
    fees: BTreeMap<Role, Money>,
    paid_out: Money,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.posted += other.posted;
        self.found += other.found;
        self.ordered = self.ordered + other.ordered;
        self.posted_total = self.posted_total + other.posted_total;
        self.found_total = self.found_total + other.found_total;
        self.received = self.received + other.received;
        self.paid_out = self.paid_out + other.paid_out;
        for (role, amount) in &other.fees {
            let sum = self.fees.entry(*role).or_default();
            *sum = *sum + *amount;
        }
    }

    fn view(self, store_id: Option<StoreId>, store: String) -> StoreTotalsView {
        let fee = |(role, amount): (Role, Money)| RoleTotalView { role: role.name().to_owned(), amount: amount.text() };
        StoreTotalsView {
            store_id: store_id.map(|store| Id(store.0)),
            store,
            orders: small(self.orders),
            ordered: self.ordered.text(),
            posted: small(self.posted),
            posted_total: self.posted_total.text(),
            found: small(self.found),
            found_total: self.found_total.text(),
            received: self.received.text(),
            fees: self.fees.into_iter().map(fee).collect(),
            paid_out: self.paid_out.text(),
            difference: (self.received - self.paid_out).text(),
        }
    }
}

/// The day of a document, by its fields.
fn dated(fields: &Fields) -> Option<Date> {
    fields.get("date")?.parse().ok()
}

/// Control totals store by store, and their sum at the end. Each document counts by its own day: an order by the day it was placed, an
/// invoice, a receipt and a payout by theirs, so that each figure is the one that its own list shows for the month.
fn totals<'f>(
    reading: &MoneyReading,
    rows: &[Row<'_>],
    posted: impl Iterator<Item = &'f Fields>,
    first: Date,
) -> Vec<StoreTotalsView> {
    let within = |day: Date| day.first_of_month() == first;
    let mut stores: BTreeMap<Option<StoreId>, Sums> = BTreeMap::new();
    let roles = accounts_of_roles(&reading.sales.mapping);
    for row in rows.iter().filter(|row| row.cause != Cause::Outside) {
        let sums = stores.entry(row.store).or_default();
        if let Some(order) = row.order.filter(|order| within(business_day(order.ordered_at))) {
            sums.orders += 1;
            sums.ordered = sums.ordered + order.total;
        }
        if let Some(invoice) = row.invoice.filter(|invoice| invoice.date.is_some_and(within)) {
            sums.found += 1;
            sums.found_total = sums.found_total + invoice.total.unwrap_or_default();
        }
        for share in row.shares.iter().filter(|share| within(share.receipt.date)) {
            sums.received = sums.received + share.received();
            add_fees(sums, share.payment, &roles, &reading.sales.directory.accounts);
        }
        let payouts = row.payouts.iter().filter(|payout| payout.told().is_some_and(|told| within(told.date)));
        sums.paid_out = sums.paid_out + payouts.map(selaras_engine::payouts::Payout::total).sum();
    }
    for fields in posted {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        // A customer that was made for a store is no invoice.
        let Some(total) = fields.get("total").and_then(|total| total.parse().ok()).map(Money) else { continue };
        if dated(fields).is_some_and(within) {
            let sums = stores.entry(field("store_id").parse().ok()).or_default();
            sums.posted += 1;
            sums.posted_total = sums.posted_total + total;
        }
    }
    let mut all = Sums::default();
    stores.values().for_each(|sums| all.add(sums));
    let mut totals: Vec<StoreTotalsView> =
        stores.into_iter().map(|(store, sums)| sums.view(store, store_name(reading, store))).collect();
    totals.push(all.view(None, String::new()));
    totals
}

/// The account of each role, each account once: roles that share one are told together under the first.
fn accounts_of_roles(mapping: &Mapping) -> Vec<(Role, AccountId)> {
    let mut accounts: Vec<(Role, AccountId)> = Vec::new();
    for (role, _) in CostStructure::default().discounts() {
        if let Some(account) = mapping.roles.get(role)
            && !accounts.iter().any(|(_, known)| *known == account)
        {
            accounts.push((role, account));
        }
    }
    accounts
}

fn add_fees(
    sums: &mut Sums,
    payment: Option<&selaras_domain::documents::ReceiptPayment>,
    roles: &[(Role, AccountId)],
    accounts: &[Account],
) {
    let Some(payment) = payment else { return };
    for (role, account) in roles {
        let amount = on_account(payment, *account, accounts);
        if !amount.is_zero() {
            let sum = sums.fees.entry(*role).or_default();
            *sum = *sum + amount;
        }
    }
}
