//! `brakes`: the limits from which on a plan has to be passed by name.

use super::Call;
use crate::arguments::Brakes;
use crate::exit::Exit;
use selaras_app::error::AppResult;

/// Sets the limits that are given, and shows all.
///
/// # Errors
/// What the desk answers.
pub async fn carry_out(call: &Call<'_>, limits: &Brakes) -> AppResult<Exit> {
    let desk = call.desk()?;
    let view = desk.set_brakes(limits.rise, limits.fall, limits.changes)?;
    call.output.answer(&view, || {
        let rows = [("rise", view.rise), ("fall", view.fall), ("changes", view.changes)];
        let rows = rows.map(|(name, limit)| {
            vec![name.to_owned(), call.messages.count(limit), call.messages.code("brake", name).to_owned()]
        });
        call.output.table(&["h.brake", "h.limit", "h.meaning"], rows)
    })?;
    Ok(Exit::Done)
}
