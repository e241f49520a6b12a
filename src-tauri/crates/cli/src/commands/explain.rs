//! `explain`: why both sides show what they show for one SKU.

use super::Call;
use crate::exit::Exit;
use selaras_app::error::AppResult;
use selaras_app::view::{ExplainPlaceView, ExplainView};

/// Takes a SKU's figures apart.
///
/// # Errors
/// What the desk answers.
pub async fn carry_out(call: &Call<'_>, sku: &str, refresh: bool) -> AppResult<Exit> {
    let view = call.desk()?.explain(sku, refresh).await?;
    call.output.answer(&view, || {
        let messages = call.messages;
        let time = |at: &Option<String>| at.clone().unwrap_or_else(|| messages.word("none").to_owned());
        let read = messages.say(
            "explain_read",
            &[
                ("accurate", &time(&view.accurate_read_at)),
                ("forstok", &time(&view.forstok_read_at)),
                ("orders", &time(&view.orders_read_at)),
            ],
        );
        let mut lines = vec![heading(call, &view)];
        lines.extend(view.places.iter().map(|one| place(call, one)));
        if view.places.is_empty() {
            lines.push(messages.word("explain_no_place").to_owned());
        }
        lines.push(read);
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

fn heading(call: &Call<'_>, view: &ExplainView) -> String {
    let item = match (&view.item_no, &view.reason) {
        (Some(no), _) => format!("= {no}"),
        (None, Some(reason)) => format!("({})", call.messages.reason(reason)),
        (None, None) => String::new(),
    };
    format!("{} · {} {item}", view.sku, view.name)
}

/// One line for each part, with its units on the side that counts them; the last line holds the figures themselves.
fn place(call: &Call<'_>, place: &ExplainPlaceView) -> String {
    let messages = call.messages;
    let counted = |counts: bool, quantity: &str| if counts { quantity.to_owned() } else { String::new() };
    let mut rows: Vec<Vec<String>> = place
        .parts
        .iter()
        .map(|part| {
            let orders = part.orders.iter().map(|order| format!("{} ({})", order.number, order.status));
            vec![
                messages.reason(&part.reason),
                counted(part.in_accurate, &part.quantity),
                counted(part.in_forstok, &part.quantity),
                orders.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let known = |figure: &Option<String>| figure.clone().unwrap_or_else(|| messages.word("none").to_owned());
    let total = messages.word("h.total").to_owned();
    rows.push(vec![total, known(&place.accurate), known(&place.forstok), String::new()]);
    let table = call.output.table(&["h.reason", "h.accurate", "h.forstok", "h.orders"], rows);
    let sent = place.last_sent.as_ref().map(|sent| {
        let said = messages.say("explain_sent", &[("quantity", &sent.quantity), ("at", &sent.at), ("run", &sent.run)]);
        format!("\n{said}")
    });
    format!("\n{} ↔ {}\n{table}{}", place.warehouse, place.accurate_warehouse, sent.unwrap_or_default())
}
