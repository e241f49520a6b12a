//! `skus`, `skus resolve`.

use super::{Call, files};
use crate::arguments::{SkuStep, Skus};
use crate::exit::Exit;
use clap::ValueEnum;
use selaras_app::error::AppResult;
use selaras_app::view::{SkuDecisionInput, SkuQuery};

/// Lists or resolves.
///
/// # Errors
/// What the desk answers, and what is wrong with a file.
pub async fn carry_out(call: &Call<'_>, skus: Skus) -> AppResult<Exit> {
    if let Some(SkuStep::Resolve { file }) = skus.step {
        let decisions: Vec<SkuDecisionInput> = files::json(&file)?;
        let view = call.desk()?.resolve_skus(&decisions).await?;
        let messages = call.messages;
        call.output.answer(&view, || {
            let figures = (messages.count(view.resolved), messages.count(view.resolved_in_forstok));
            let mut text = messages.say("resolved", &[("resolved", &figures.0), ("in_forstok", &figures.1)]);
            if !view.to_do_in_forstok.is_empty() {
                let rows = view.to_do_in_forstok.iter().map(|sku| {
                    let place = sku.place.as_ref().unwrap_or(&sku.reason);
                    vec![sku.sku.clone(), sku.name.clone(), messages.reason(place)]
                });
                let table = call.output.table(&["h.sku", "h.name", "h.place"], rows);
                text = format!("{text}\n{}\n{table}", messages.word("to_do_in_forstok"));
            }
            text
        })?;
        return Ok(Exit::Done);
    }
    let state = skus.state.and_then(|state| state.to_possible_value()).map(|value| value.get_name().to_owned());
    let query = SkuQuery { state, refresh: true, ..SkuQuery::default() };
    let view = call.desk()?.skus(&query).await?;
    let messages = call.messages;
    call.output.answer(&view, || {
        let rows = view.skus.iter().map(|sku| {
            let suggestion = sku.suggestion.as_ref().map(|suggestion| match &suggestion.target {
                Some(target) => format!("{} → {target}", suggestion.decision),
                None => suggestion.decision.clone(),
            });
            vec![
                sku.sku.clone(),
                sku.name.clone(),
                messages.code("state", &sku.state).to_owned(),
                messages.reason(&sku.reason),
                suggestion.unwrap_or_default(),
            ]
        });
        let table = call.output.table(&["h.sku", "h.name", "h.state", "h.reason", "h.suggested"], rows);
        let counts: Vec<String> = view
            .counts
            .iter()
            .map(|(state, count)| format!("{} {}", messages.code("state", state), messages.count(*count)))
            .collect();
        format!("{table}\n{}", counts.join(" · "))
    })?;
    Ok(Exit::Done)
}
