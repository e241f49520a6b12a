//! `explain --order`, `reconcile`, `month-end`, `shadow`: where the money of sales stands.

use super::Call;
use crate::exit::Exit;
use selaras_app::error::AppResult;
use selaras_app::view::{
    ClearingView, Id, OrderSheetView, PageQuery, ReconciliationQuery, ReconciliationView, ShadowCountView,
    ShadowDifferenceView, ShadowRowView, StoreTotalsView,
};
use std::path::Path;

/// Rows that a person reads in a terminal; a program gets all of them.
const ROWS_SHOWN: usize = 40;

/// Takes one order's money apart.
///
/// # Errors
/// What the desk answers.
pub async fn order(call: &Call<'_>, order: &str, refresh: bool) -> AppResult<Exit> {
    let view = call.desk()?.order_sheet(order, refresh).await?;
    call.output.answer(&view, || told(call, &view))?;
    Ok(Exit::Done)
}

fn told(call: &Call<'_>, view: &OrderSheetView) -> String {
    let messages = call.messages;
    let bar = |code: &str| match messages.code("bar", code) {
        unnamed if unnamed == code => messages.code("role", code).to_owned(),
        named => named.to_owned(),
    };
    let bars = view.bars.iter().map(|one| {
        let (amount, running) = (messages.rupiah(&one.amount), messages.rupiah(&one.running));
        vec![
            bar(&one.code),
            if one.level { String::new() } else { amount },
            running,
            one.account.clone().unwrap_or_default(),
            messages.code("booked", &one.booked).to_owned(),
        ]
    });
    let mut lines = vec![
        format!("{} (SO-{}) · {} · {} · {}", view.number, view.order_id.0, view.store, view.channel, view.status),
        call.output.table(&["h.bar", "h.amount", "h.running", "h.account", "h.booked"], bars),
    ];
    if !view.paid_out {
        lines.push(messages.word("order_not_paid_out").to_owned());
    }
    if !view.documents.is_empty() {
        let documents = view.documents.iter().map(|one| {
            let by = if one.by_selaras { "yes" } else { "no" };
            vec![
                messages.code("document", &one.kind).to_owned(),
                one.number.clone(),
                one.date.clone(),
                messages.rupiah(&one.amount),
                messages.word(by).to_owned(),
            ]
        });
        lines.push(call.output.table(&["h.document", "h.number", "h.day", "h.amount", "h.by_selaras"], documents));
    }
    lines.push(format!("{}: {}", messages.code("cause", &view.cause), messages.reason(&view.reason)));
    if let Some(held) = &view.held {
        lines.push(messages.say("order_held", &[("reason", &messages.reason(held))]));
    }
    let journal = view.journal.iter().map(|one| {
        let reason = one.reason.as_ref().map(|reason| messages.reason(reason)).unwrap_or_default();
        vec![
            messages.code("kind", &one.kind).to_owned(),
            messages.code("state", &one.state).to_owned(),
            one.run.clone(),
            reason,
        ]
    });
    if !view.journal.is_empty() {
        lines.push(call.output.table(&["h.kind", "h.state", "h.run", "h.reason"], journal));
    }
    lines.join("\n")
}

/// Reconciles everything, one store or one month.
///
/// # Errors
/// What the desk answers.
pub async fn reconcile(
    call: &Call<'_>,
    store: Option<i64>,
    month: Option<String>,
    cause: Option<String>,
) -> AppResult<Exit> {
    let query = ReconciliationQuery {
        store: store.map(Id),
        month,
        cause,
        search: None,
        refresh: true,
        page: PageQuery::default(),
    };
    let view = call.desk()?.reconciliation(&query).await?;
    call.output.answer(&view, || reconciled(call, &view, query.cause.is_some()))?;
    Ok(Exit::Done)
}

/// `whole`: the rows of one cause were asked for, whatever it is; otherwise those that need somebody are enough.
fn reconciled(call: &Call<'_>, view: &ReconciliationView, whole: bool) -> String {
    let messages = call.messages;
    let causes = view.causes.iter().map(|cause| {
        vec![
            messages.code("cause", &cause.cause).to_owned(),
            messages.count(cause.count),
            messages.rupiah(&cause.amount),
            messages.rupiah(&cause.paid_out),
            messages.rupiah(&cause.received),
        ]
    });
    let mut lines = vec![call.output.table(&["h.cause", "h.count", "h.amount", "h.paid_out", "h.received"], causes)];
    let open = |cause: &str| view.causes.iter().any(|known| known.cause == cause && known.open);
    let rows: Vec<_> = view.rows.iter().filter(|row| whole || open(&row.cause)).collect();
    let shown = rows.iter().take(ROWS_SHOWN).map(|row| {
        let cause = messages.code("cause", &row.cause).to_owned();
        vec![row.number.clone(), row.store.clone(), row.day.clone(), cause, messages.reason(&row.reason)]
    });
    if !rows.is_empty() {
        lines.push(call.output.table(&["h.number", "h.store", "h.day", "h.cause", "h.reason"], shown));
    }
    if rows.len() > ROWS_SHOWN {
        lines.push(messages.say("rows_more", &[("count", &messages.count((rows.len() - ROWS_SHOWN) as u64))]));
    }
    lines.extend(view.clearing.iter().map(|one| clearing(call, one)));
    lines.extend(view.notes.iter().map(|note| messages.reason(note)));
    lines.join("\n")
}

/// A clearing account from what came to nothing.
fn clearing(call: &Call<'_>, view: &ClearingView) -> String {
    let messages = call.messages;
    let figures = [
        ("opening", Some(&view.opening)),
        ("received", Some(&view.received)),
        ("other", Some(&view.other)),
        ("withdrawn", Some(&view.withdrawn)),
        ("expected", Some(&view.expected)),
        ("balance", view.balance.as_ref()),
    ];
    let figures = figures.into_iter().filter_map(|(code, amount)| {
        let name = messages.code("clearing", code).to_owned();
        Some(vec![name, messages.rupiah(amount?)])
    });
    let steps = view.steps.iter().map(|step| {
        let what = match messages.code("clearing", &step.code) {
            unnamed if unnamed == step.code => messages.code("cause", &step.code),
            named => named,
        };
        vec![format!("→ {what}"), messages.rupiah(&step.amount)]
    });
    let zero = vec![messages.code("clearing", "zero").to_owned(), messages.rupiah("0")];
    let table = call.output.table(&["h.account", "h.amount"], figures.chain(steps).chain(std::iter::once(zero)));
    format!("\n{} · {}\n{table}", view.account, view.stores.join(", "))
}

/// Closes a month.
///
/// # Errors
/// What the desk answers.
pub async fn month_end(call: &Call<'_>, month: &str, folder: &Path) -> AppResult<Exit> {
    let view = call.desk()?.month_end(month, folder).await?;
    call.output.answer(&view, || {
        let messages = call.messages;
        let last = view.totals.len().saturating_sub(1);
        let row = |(place, store): (usize, &StoreTotalsView)| {
            let name = match (place == last, store.store_id) {
                (true, _) => messages.word("h.total").to_owned(),
                (false, None) => messages.word("none").to_owned(),
                (false, Some(_)) => store.store.clone(),
            };
            vec![
                name,
                messages.count(store.orders),
                messages.rupiah(&store.posted_total),
                messages.rupiah(&store.found_total),
                messages.rupiah(&store.received),
                messages.rupiah(&store.paid_out),
                messages.rupiah(&store.difference),
            ]
        };
        let headings = [
            "h.store",
            "h.orders",
            "h.posted_invoices",
            "h.found_invoices",
            "h.received",
            "h.paid_out",
            "h.difference",
        ];
        let totals = call.output.table(&headings, view.totals.iter().enumerate().map(row));
        let open = messages.say(
            "month_open",
            &[("unposted", &messages.count(view.unposted)), ("exceptions", &messages.count(view.exceptions))],
        );
        let files = messages.say("month_files", &[("sheets", &view.workbook.path), ("page", &view.page.path)]);
        let mut lines = vec![totals, open, files];
        lines.extend(view.notes.iter().map(|note| messages.reason(note)));
        if !view.chain.whole {
            lines.push(messages.word("chain_broken").to_owned());
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

/// Compares with what another integration posted.
///
/// # Errors
/// What the desk answers.
pub async fn shadow(call: &Call<'_>, since: Option<&str>) -> AppResult<Exit> {
    let view = call.desk()?.shadow(since).await?;
    call.output.answer(&view, || {
        let messages = call.messages;
        let of = |document: &'static str, counts: &[ShadowCountView]| -> Vec<_> {
            counts.iter().cloned().map(|one| (document, one)).collect()
        };
        let counts =
            of("invoice", &view.counts).into_iter().chain(of("receipt", &view.receipts)).map(|(document, one)| {
                vec![
                    format!("{} · {}", messages.code("document", document), messages.code("agreement", &one.agreement)),
                    messages.count(one.count),
                    messages.rupiah(&one.expected),
                    messages.rupiah(&one.found),
                    messages.rupiah(&one.amount),
                ]
            });
        let headings = ["h.agreement", "h.count", "h.by_selaras", "h.by_another", "h.difference"];
        let mut lines =
            vec![messages.say("shadow_since", &[("date", &view.since)]), call.output.table(&headings, counts)];
        if !view.rows.is_empty() {
            let rows = view.rows.iter().take(ROWS_SHOWN).map(|row| shadow_row(call, row));
            lines.push(call.output.table(&["h.number", "h.agreement", "h.difference", "h.reason"], rows));
        }
        if view.rows.len() > ROWS_SHOWN {
            let more = messages.count((view.rows.len() - ROWS_SHOWN) as u64);
            lines.push(messages.say("rows_more", &[("count", &more)]));
        }
        lines.extend(view.notes.iter().map(|note| messages.reason(note)));
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

fn shadow_row(call: &Call<'_>, row: &ShadowRowView) -> Vec<String> {
    let messages = call.messages;
    let field = |one: &ShadowDifferenceView| {
        let name = one.item_no.clone().unwrap_or_else(|| messages.code("field", &one.field).to_owned());
        format!("{name}: {} → {}", one.expected, one.found)
    };
    let told = match &row.reason {
        Some(reason) => messages.reason(reason),
        None => row.differences.iter().map(field).collect::<Vec<_>>().join("\n"),
    };
    let looks = if row.by_looks { messages.word("shadow_by_looks") } else { "" };
    let told = [looks, told.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    let (document, agreement) = (messages.code("document", &row.document), messages.code("agreement", &row.agreement));
    let agreement = format!("{document} · {agreement}");
    vec![row.number.clone(), agreement, messages.rupiah(&row.amount), told]
}
