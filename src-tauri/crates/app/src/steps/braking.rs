//! Brakes: which of them a stored plan meets under this company's limits, and that nothing of it is written before a person has passed
//! them by name. The rule is the engine's.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::BrakesView;
use selaras_domain::plan::{PlanHead, PlanId, PlanKind, Reason};
use selaras_domain::run::RunId;
use selaras_engine::brakes::{self, Brake, Limits, Met, Moves};
use selaras_engine::kinds::undo_stock;
use std::sync::PoisonError;

/// The settings of the window that hold this company's limits.
pub(super) const SETTINGS: [(&str, Brake); 3] =
    [("brake_rise", Brake::Rise), ("brake_fall", Brake::Fall), ("brake_changes", Brake::Changes)];

impl Desk {
    /// Sets limits of this company, those that are given, and answers all.
    ///
    /// # Errors
    /// When a limit is out of bounds; then none is set.
    pub fn set_brakes(&self, rise: Option<u32>, fall: Option<u32>, changes: Option<u32>) -> AppResult<BrakesView> {
        let wanted = [(Brake::Rise, rise), (Brake::Fall, fall), (Brake::Changes, changes)];
        self.set_limits(wanted.into_iter().filter_map(|(brake, limit)| Some((brake, limit?))).collect())
    }

    pub(super) fn set_limits(&self, wanted: Vec<(Brake, u32)>) -> AppResult<BrakesView> {
        let mut limits = self.brake_limits()?;
        for &(brake, limit) in &wanted {
            if !limits.set(brake, limit) {
                return Err(AppError::input(brake.name(), limit).with("most", brake.most()));
            }
        }
        if !wanted.is_empty() {
            self.change_company(|company| company.brakes.extend(wanted))?;
        }
        Ok(limits.into())
    }

    /// The company's own limits; where it has none the one that older versions kept for all companies, or the usual one.
    pub(super) fn brake_limits(&self) -> AppResult<Limits> {
        let own = self.company()?.brakes;
        let mut limits = Limits::default();
        for (setting, brake) in SETTINGS {
            let limit = match own.get(&brake) {
                Some(limit) => Some(*limit),
                None => self.inner.store.setting(setting)?.and_then(|text| text.parse().ok()),
            };
            if let Some(limit) = limit {
                // What an older version took and this one does not leaves the usual limit.
                let _set = limits.set(brake, limit);
            }
        }
        Ok(limits)
    }

    /// The brakes that a plan meets. A plan whose run has begun meets none: it was asked about before.
    pub(super) fn brakes_met(&self, head: &PlanHead, undoes: Option<&RunId>) -> AppResult<Vec<Met>> {
        if head.counts.writes() == 0 || self.books().run_of_plan(&head.id)?.is_some() {
            return Ok(Vec::new());
        }
        Ok(brakes::met(&self.moves(head, undoes)?, &self.brake_limits()?))
    }

    fn moves(&self, head: &PlanHead, undoes: Option<&RunId>) -> AppResult<Moves> {
        if !brakes::offers(&head.kind) {
            return Ok(Moves::of_records(&head.counts));
        }
        // A plan is never changed; which of its figures are the first ones is told by the runs.
        let runs = self.books().run_mark()?;
        let mut known = self.inner.moves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.plan == head.id && known.runs == runs) {
            return Ok(known.moves);
        }
        let moves = self.moves_anew(head, undoes)?;
        *known = Some(KnownMoves { plan: head.id.clone(), runs, moves });
        Ok(moves)
    }

    fn moves_anew(&self, head: &PlanHead, undoes: Option<&RunId>) -> AppResult<Moves> {
        let mut moves = Moves::default();
        if head.kind != PlanKind::named(undo_stock::KIND) {
            self.books().visit_figures(&head.id, |figure| moves.take(figure))?;
            return Ok(moves);
        }
        if let Some(run) = undoes {
            let plan = self.run_head(run)?.plan;
            self.books().visit_figures(&plan, |figure| moves.take_shelf(figure))?;
        }
        self.books().visit_figures(&head.id, |figure| moves.take_back(figure))?;
        Ok(moves)
    }

    /// Refuses a plan that meets a brake which this desk does not pass; keeps with the plan what was met and is passed.
    pub(super) fn hold_braked(&self, head: &PlanHead, undoes: Option<&RunId>) -> AppResult<()> {
        let (passed, braking): (Vec<Met>, Vec<Met>) =
            self.brakes_met(head, undoes)?.into_iter().partition(|met| self.passes(met.brake));
        if !braking.is_empty() {
            return Err(refusal(head, &braking));
        }
        if !passed.is_empty() {
            let passed: Vec<Reason> = passed.iter().map(Met::reason).collect();
            self.books().pass_brakes(&head.id, &passed)?;
        }
        Ok(())
    }
}

/// What a plan moves, as long as no run has begun or gone on since.
pub(crate) struct KnownMoves {
    plan: PlanId,
    runs: (i64, i64),
    moves: Moves,
}

/// The brakes of these names, as a person passes them.
///
/// # Errors
/// [`ErrorCode::InvalidInput`] for a name that is none.
pub fn brakes_named(names: &[String]) -> AppResult<Vec<Brake>> {
    let known = Brake::ALL.map(Brake::name).join(",");
    names
        .iter()
        .map(|name| Brake::named(name).ok_or_else(|| AppError::input("pass", name).with("known", &known)))
        .collect()
}

/// `brakes` is what has to be passed by name; each name is a parameter of its own with how much it is, and its limit.
fn refusal(head: &PlanHead, braking: &[Met]) -> AppError {
    let names: Vec<&str> = braking.iter().map(|met| met.brake.name()).collect();
    let error =
        AppError::new(ErrorCode::Brake).with("plan", &head.id).with("kind", &head.kind).with("brakes", names.join(","));
    braking.iter().fold(error, |error, met| {
        let name = met.brake.name();
        let error = error.with(name, met.value).with(&format!("{name}_limit"), met.limit);
        match met.emptied {
            Some((emptied, places)) => error.with("emptied", emptied).with("places", places),
            None => error,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{DeskConfig, SecretsMode};
    use crate::environment::Environment;

    #[tokio::test]
    async fn limits_belong_to_a_company_and_those_of_older_versions_hold_until_it_sets_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let services = Environment::read(|_| None, || None).unwrap();
        let config = DeskConfig { secrets: SecretsMode::Memory, ..services.desk(folder.path(), "default") };
        let desk = Desk::open(config).unwrap();
        // What version 0.1 kept for all companies, one of them beyond today's bounds.
        desk.inner.store.set_setting("brake_rise", "35").unwrap();
        desk.inner.store.set_setting("brake_changes", "4000000").unwrap();
        let shown = async |desk: &Desk| {
            let settings = desk.app_view(false).await.unwrap().settings;
            SETTINGS.map(|(name, _)| settings[name].clone())
        };
        assert_eq!(shown(&desk).await, ["35", "20", "200"]);
        desk.set_setting("brake_rise", "50").await.unwrap();
        desk.set_setting("brake_fall", "100").await.unwrap();
        assert_eq!(shown(&desk).await, ["50", "100", "200"]);
        let other = desk.open_company("Toko Kedua").await.unwrap();
        assert_eq!(shown(&other).await, ["35", "20", "200"]);
        assert_eq!(shown(&desk).await, ["50", "100", "200"]);
        for (name, wrong) in [("brake_fall", "101"), ("brake_rise", "0"), ("brake_changes", "many")] {
            let error = desk.set_setting(name, wrong).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput, "{name} {wrong}");
        }
    }
}
