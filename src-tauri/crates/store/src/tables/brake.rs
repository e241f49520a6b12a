//! Brakes: the figures of a stored plan that they look at, and which of them a person has passed for it.

use crate::codec::{from_json, to_json};
use crate::error::StoreError;
use crate::paging::{NO_FIGURE, figure};
use crate::store::CompanyStore;
use crate::tables::plan::{figure_of, plan_row};
use crate::tables::same_row;
use rusqlite::{OptionalExtension, params};
use rust_decimal::Decimal;
use selaras_domain::plan::{Action, OperationKey, PlanId, Reason};
use selaras_engine::brakes::Figure;
use std::collections::HashSet;

pub const SCHEMA: &str = "
CREATE TABLE brake_pass (
    plan INTEGER PRIMARY KEY REFERENCES plan (row),
    -- which brakes, each with how much it was and its limit
    passed TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
";

impl CompanyStore {
    /// Hands over the figures of a plan of stock one by one, without their bodies: a plan has hundreds of thousands. Held ones are left
    /// out.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be read.
    pub fn visit_figures(&self, id: &PlanId, mut visit: impl FnMut(&Figure)) -> Result<(), StoreError> {
        let Some(plan) = self.plan(id)? else { return Err(StoreError::NotFound { what: format!("plan {id}") }) };
        let (database, kind) = (plan.head.database, plan.head.kind);
        let posted = if plan.head.counts.change > 0 { self.posted_keys(database, &kind)? } else { Default::default() };
        self.store.read(|connection| {
            let row = plan_row(connection, self.company.0, id)?;
            let packed = if plan.head.counts.change > 0 {
                let which = "plan.row <> ?4 AND EXISTS (SELECT 1 FROM run WHERE run.plan = plan.row AND run.whole)";
                same_row::keys_where(connection, (self.company.0, database, &kind), which, row)?
            } else {
                HashSet::new()
            };
            // What a plan has only proposed is not agreed: there has to be a run of it.
            let mut agreed = connection.prepare_cached(
                "SELECT EXISTS (
                     SELECT 1 FROM plan JOIN run ON run.plan = plan.row AND run.whole
                     JOIN plan_operation ON plan_operation.plan = plan.row AND plan_operation.key = ?4
                     WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND plan.row <> ?5
                         AND plan_operation.action = 'same')",
            )?;
            let mut statement = connection.prepare_cached(
                "SELECT action, was, will, key FROM plan_operation
                 WHERE plan = ?1 AND action IN ('same', 'change', 'create')",
            )?;
            let mut rows = statement.query([row])?;
            while let Some(found) = rows.next()? {
                let action = match found.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                    "same" => Action::Same,
                    "change" => Action::Change,
                    _ => Action::Create,
                };
                let first = action == Action::Create
                    || action == Action::Change && {
                        let key = OperationKey(found.get(3)?);
                        !posted.contains(&key)
                            && !packed.contains(&same_row::short(&key))
                            && !agreed.query_row(params![self.company.0, database.0, kind.0, key.0, row], |row| {
                                row.get::<_, bool>(0)
                            })?
                    };
                let (before, after) = (units(found.get(1)?), units(found.get(2)?).unwrap_or_default());
                visit(&Figure { action, before, after, first });
            }
            same_row::visit(connection, row, 0, |_, same| {
                let column = |fields| units(figure(figure_of(fields)));
                let (before, after) = (column(&same.before), column(&same.after).unwrap_or_default());
                visit(&Figure { action: Action::Same, before, after, first: false });
                Ok(true)
            })?;
            Ok(())
        })
    }

    /// Keeps which brakes are passed for a plan, before its run begins; what was kept before is replaced.
    ///
    /// # Errors
    /// When there is no such plan, or the store cannot be written.
    pub fn pass_brakes(&self, id: &PlanId, passed: &[Reason]) -> Result<(), StoreError> {
        let now = self.store.now();
        self.store.write(|transaction| {
            let plan = plan_row(transaction, self.company.0, id)?;
            transaction.execute(
                "INSERT INTO brake_pass (plan, passed, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (plan) DO UPDATE SET passed = excluded.passed, at = excluded.at",
                params![plan, to_json("brakes", &passed)?, now.to_string()],
            )?;
            Ok(())
        })
    }

    /// The brakes that were passed for a plan, each with how much it was and its limit.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn passed_brakes(&self, id: &PlanId) -> Result<Vec<Reason>, StoreError> {
        self.store.read(|connection| {
            let passed: Option<String> = connection
                .prepare_cached(
                    "SELECT passed FROM brake_pass JOIN plan ON plan.row = brake_pass.plan
                     WHERE plan.company = ?1 AND plan.id = ?2",
                )?
                .query_row(params![self.company.0, id.0], |row| row.get(0))
                .optional()?;
            passed.map_or_else(|| Ok(Vec::new()), |text| from_json("brakes", &text))
        })
    }
}

/// A sort column's ten-thousandths as units.
fn units(column: i64) -> Option<Decimal> {
    (column != NO_FIGURE).then(|| Decimal::new(column, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use selaras_domain::plan::{Fields, Operation};
    use selaras_domain::run::RunId;

    /// A figure of stock under the key of `number`.
    fn figure(number: usize, action: Action, before: Option<i64>, after: i64) -> Operation {
        let field = |units: i64| Fields::from([("on_hand".to_owned(), units.to_string())]);
        Operation { before: before.map(field).unwrap_or_default(), after: field(after), ..operation(number, action) }
    }

    fn figures(company: &CompanyStore, plan: &PlanId) -> Vec<(Action, Option<i64>, i64, bool)> {
        let mut all = Vec::new();
        let whole = |units: Decimal| i64::try_from(units).unwrap();
        company
            .visit_figures(plan, |one| all.push((one.action, one.before.map(whole), whole(one.after), one.first)))
            .unwrap();
        all
    }

    #[test]
    fn a_figure_is_the_first_of_its_place_until_a_run_has_sent_it_or_found_it_the_same() {
        let company = company();
        let rows = |sent: Action| {
            [
                figure(1, sent, Some(20), 40),
                figure(2, sent, Some(28), 0),
                figure(3, Action::Create, None, 5),
                figure(4, Action::Blocked, Some(9), 0),
            ]
        };
        let first = saved(&company, "p1", &rows(Action::Change));
        let expected = [(Action::Change, Some(20), 40, true), (Action::Change, Some(28), 0, true)];
        let made = (Action::Create, None, 5, true);
        assert_eq!(figures(&company, &first), [expected[0], expected[1], made]);
        // A plan that nobody has carried out agrees on nothing.
        saved(&company, "p2", &rows(Action::Same));
        assert_eq!(figures(&company, &first), [expected[0], expected[1], made]);
        let agreed = saved(&company, "p3", &[figure(2, Action::Same, Some(28), 28)]);
        company.begin_run(&agreed, &RunId("r3".into())).unwrap();
        let known = (Action::Change, Some(28), 0, false);
        assert_eq!(figures(&company, &first), [expected[0], known, made]);
    }

    #[test]
    fn what_was_passed_is_kept_with_its_plan() {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Change)]);
        assert_eq!(company.passed_brakes(&plan).unwrap(), []);
        let fall = Reason::new("brake_fall").with("percent", "31.5").with("limit", 20);
        company.pass_brakes(&plan, &[Reason::new("brake_rise")]).unwrap();
        company.pass_brakes(&plan, std::slice::from_ref(&fall)).unwrap();
        assert_eq!(company.passed_brakes(&plan).unwrap(), [fall]);
        assert!(company.pass_brakes(&PlanId("no".into()), &[]).is_err());
    }
}
