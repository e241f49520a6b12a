//! The frame of the window: company, band, rail. From what is stored; nothing is read from outside.

use super::LAST_COMPANY;
use super::braking;
use super::database::database_view;
use super::mapping::{is_warehouse, open_slots};
use crate::desk::Desk;
use crate::error::{AppError, AppResult};
use crate::view::{AppView, CompanyView, ReasonView, StepId, StepState, StepView};
use jiff::Timestamp;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{PlanKind, Reason};
use selaras_domain::run::{RunHead, RunState};
use selaras_engine::kinds::{invoices, items, opening_stock, receipts, stock, undo};
use selaras_store::RESTORED_AT;

/// Settings of the window that hold for all companies; the limits of the brakes are settings, too, of the company that is open.
const SETTINGS: [&str; 4] = ["language", "theme", "text_size", "redirect_uri"];

fn step(id: StepId, state: StepState, count: usize, reason: Option<Reason>) -> StepView {
    StepView { id, state, count: u32::try_from(count).unwrap_or(u32::MAX), reason: reason.map(ReasonView::from) }
}

fn after(what: &str) -> Option<Reason> {
    Some(Reason::new(what))
}

impl Desk {
    /// Everything that the frame needs.
    ///
    /// # Errors
    /// When the local store fails.
    pub async fn app_view(&self, sandbox: bool) -> AppResult<AppView> {
        let company = self.company()?;
        let database = company.database.map(|database| self.profile(database)).transpose()?;
        let unfinished = match company.database {
            Some(database) => {
                self.books().unfinished_runs(database)?.first().map(|run| self.run_view(run)).transpose()?
            }
            None => None,
        };
        let mut settings = self.inner.store.settings()?;
        settings.insert("redirect_uri".to_owned(), self.redirect_uri()?);
        let limits = self.brake_limits()?;
        settings.extend(braking::SETTINGS.map(|(name, brake)| (name.to_owned(), limits.of(brake).to_string())));
        // No choices that a person makes in the settings: `company` says the one, a plan the other.
        settings.remove(LAST_COMPANY);
        settings.remove(RESTORED_AT);
        Ok(AppView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: self.data_dir().display().to_string(),
            sandbox,
            companies: self.inner.store.companies()?.into_iter().map(|company| company.name).collect(),
            settings,
            unfinished_run: unfinished,
            company: CompanyView {
                name: company.name.clone(),
                existing_user: company.existing_user,
                forstok: self.forstok_view()?,
                accurate: self.accurate_view()?,
                database: database.as_ref().map(database_view),
                steps: self.steps()?,
            },
        })
    }

    /// Answers "Sudah memakai Accurate?"; it decides the order of the steps.
    ///
    /// # Errors
    /// When the local store fails.
    pub async fn set_existing_user(&self, existing: bool) -> AppResult<()> {
        self.change_company(|company| company.existing_user = Some(existing))
    }

    /// Stores a choice of the window.
    ///
    /// # Errors
    /// When there is no such setting, or its value cannot be used.
    pub async fn set_setting(&self, key: &str, value: &str) -> AppResult<()> {
        if let Some((_, brake)) = braking::SETTINGS.into_iter().find(|(name, _)| *name == key) {
            let limit = value.parse().map_err(|_| AppError::input(key, value))?;
            return self.set_limits(vec![(brake, limit)]).map(drop);
        }
        let known = match key {
            "language" => matches!(value, "id" | "en"),
            "theme" => matches!(value, "system" | "light" | "dark" | "contrast"),
            "text_size" => matches!(value, "100" | "115" | "130" | "150" | "175" | "200"),
            "redirect_uri" => url::Url::parse(value).is_ok_and(|uri| {
                uri.scheme() == "http"
                    && uri.port().is_some()
                    && matches!(uri.host_str(), Some("localhost" | "127.0.0.1"))
            }),
            _ => return Err(AppError::input("setting", key).with("known", known_settings())),
        };
        if !known {
            return Err(AppError::input(key, value));
        }
        Ok(self.inner.store.set_setting(key, value)?)
    }

    /// What was done last about a kind of plan.
    fn last(&self, database: DatabaseId, kind: &str) -> AppResult<Last> {
        let kind = PlanKind::named(kind);
        let runs = self.books().runs(500)?;
        // What was taken back is not done; and a plan that found nothing to write before that is out of date.
        let links = self.books().undoing_runs()?;
        let undone = |run: &RunHead| links.iter().any(|link| link.took && link.undoes == run.id);
        let undoing = undo::kind_of(&kind);
        let undone_at = runs.iter().find(|run| run.database == database && Some(&run.kind) == undoing.as_ref());
        let undone_at = undone_at.map(|run| run.started_at);
        let run = runs.iter().find(|run| run.database == database && run.kind == kind && !undone(run)).cloned();
        let plan = self.books().latest_plan(database, &kind)?.map(|plan| plan.head);
        let plan = plan.filter(|plan| undone_at.is_none_or(|at| plan.made_at > at));
        Ok(match (run, plan) {
            (Some(run), Some(plan))
                if plan.counts.writes() == 0 && plan.made_at > run.started_at && plan.id != run.plan =>
            {
                Last::NothingToDo(plan.made_at)
            }
            (None, Some(plan)) if plan.counts.writes() == 0 => Last::NothingToDo(plan.made_at),
            (Some(run), _) => Last::Run(Box::new(run)),
            (None, _) => Last::Nothing,
        })
    }

    /// How a step stands that is done by a run: done when its last run ended and nothing in it failed or is unknown, or when a plan
    /// found nothing to write.
    fn run_step(id: StepId, last: &Last) -> StepView {
        match last {
            Last::Nothing => step(id, StepState::Waiting, 0, None),
            Last::NothingToDo(_) => step(id, StepState::Done, 0, None),
            Last::Run(run) if run.state != RunState::Finished => step(id, StepState::Need, 1, after("run_unfinished")),
            Last::Run(run) => match run.counts.failed + run.counts.unknown {
                0 if run.certificate.is_some() && !run.unproven && !run.compared_nothing => {
                    step(id, StepState::Done, 0, None)
                }
                0 => step(id, StepState::Need, 1, after("not_proven")),
                open => {
                    step(id, StepState::Need, usize::try_from(open).unwrap_or(usize::MAX), after("rows_need_person"))
                }
            },
        }
    }

    fn steps(&self) -> AppResult<Vec<StepView>> {
        let company = self.company()?;
        let connected = company.forstok_email.is_some() && company.accurate_mode.is_some();
        let mut steps =
            vec![step(StepId::Connect, if connected { StepState::Done } else { StepState::Waiting }, 0, None)];
        let Some(database) = company.database.filter(|_| connected) else {
            let blocked = |id, why: &str| step(id, StepState::Blocked, 0, after(why));
            steps.push(if connected {
                step(StepId::Database, StepState::Waiting, 0, None)
            } else {
                blocked(StepId::Database, "after_connect")
            });
            for id in [StepId::Accounts, StepId::Warehouses, StepId::Skus, StepId::Items] {
                steps.push(blocked(id, "after_database"));
            }
            if company.existing_user == Some(false) {
                steps.push(blocked(StepId::OpeningStock, "after_items"));
            }
            steps.push(blocked(StepId::Stock, "after_items"));
            steps.push(blocked(StepId::ItemsAgain, "after_stock"));
            steps.push(blocked(StepId::Orders, "after_stock"));
            mark_current(&mut steps);
            return Ok(steps);
        };
        steps.push(step(StepId::Database, StepState::Done, 0, None));
        steps.extend(self.mapping_steps(database)?);
        steps.push(self.sku_step(database)?);

        let items = self.last(database, items::KIND)?;
        steps.push(Self::run_step(StepId::Items, &items));
        let blocked = |id, why: &str| step(id, StepState::Blocked, 0, after(why));
        let (mut ready, mut before_stock) = (items.at().is_some(), "after_items");
        if company.existing_user == Some(false) {
            let opening = self.last(database, opening_stock::KIND)?;
            steps.push(match opening.at() {
                None if !ready => blocked(StepId::OpeningStock, "after_items"),
                _ => Self::run_step(StepId::OpeningStock, &opening),
            });
            (ready, before_stock) = (ready && opening.at().is_some(), "after_opening_stock");
        }
        let stock = self.last(database, stock::KIND)?;
        steps.push(match stock.at() {
            None if !ready => blocked(StepId::Stock, before_stock),
            _ => Self::run_step(StepId::Stock, &stock),
        });
        steps.push(match stock.at() {
            None => blocked(StepId::ItemsAgain, "after_stock"),
            Some(stocked) if items.at() > Some(stocked) && items.wrote_nothing() => {
                Self::run_step(StepId::ItemsAgain, &items)
            }
            Some(_) => step(StepId::ItemsAgain, StepState::Waiting, 0, None),
        });
        steps.push(self.orders_step(database, stock.at().is_some())?);
        mark_current(&mut steps);
        Ok(steps)
    }

    /// Orders become invoices when stock was sent: before that, an invoice would take from stock that nobody has counted. It is done when
    /// what was planned last of invoices and of receipts ended well.
    fn orders_step(&self, database: DatabaseId, stocked: bool) -> AppResult<StepView> {
        let last = self.last(database, invoices::KIND)?;
        if last.at().is_none() {
            return Ok(match (stocked, self.has_orders()?) {
                (false, _) => step(StepId::Orders, StepState::Blocked, 0, after("after_stock")),
                (true, false) => step(StepId::Orders, StepState::Need, 1, after("orders_not_offered")),
                (true, true) => step(StepId::Orders, StepState::Waiting, 0, None),
            });
        }
        let invoiced = Self::run_step(StepId::Orders, &last);
        let paid = Self::run_step(StepId::Orders, &self.last(database, receipts::KIND)?);
        Ok(if invoiced.state == StepState::Done && paid.state == StepState::Need { paid } else { invoiced })
    }

    fn mapping_steps(&self, database: DatabaseId) -> AppResult<[StepView; 2]> {
        let Some(directory) = self.kept_directory()? else {
            return Ok([StepId::Accounts, StepId::Warehouses].map(|id| step(id, StepState::Waiting, 0, None)));
        };
        let mapping = self.mapping_now(database)?;
        let drift = self.drift(&directory)?;
        let (warehouses, accounts): (Vec<_>, Vec<_>) =
            open_slots(&directory, &mapping).into_iter().partition(|&slot| is_warehouse(slot));
        let drifted =
            |warehouse: bool| drift.iter().filter(|drift| drift.path.starts_with("warehouses.") == warehouse).count();
        let one = |id, open: usize, drifted: usize| match (open, drifted) {
            (0, 0) => step(id, StepState::Done, 0, None),
            (open, 0) => step(id, StepState::Need, open, after("mapping_open")),
            (open, drifted) => step(id, StepState::Need, open + drifted, after("mapping_drift")),
        };
        Ok([
            one(StepId::Accounts, accounts.len(), drifted(false)),
            one(StepId::Warehouses, warehouses.len(), drifted(true)),
        ])
    }

    fn sku_step(&self, database: DatabaseId) -> AppResult<StepView> {
        if self.fresh_sku_table(database)?.is_none() {
            return Ok(step(StepId::Skus, StepState::Waiting, 0, None));
        }
        let counts = self.books().sku_counts(database)?;
        let open: u64 = counts.iter().filter(|(state, _)| state.needs_person()).map(|(_, counts)| counts.rows).sum();
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        Ok(match open {
            0 => step(StepId::Skus, StepState::Done, 0, None),
            open => step(StepId::Skus, StepState::Need, open, after("skus_open")),
        })
    }
}

fn known_settings() -> String {
    SETTINGS.into_iter().chain(braking::SETTINGS.map(|(name, _)| name)).collect::<Vec<_>>().join(", ")
}

/// What was done last about a kind of plan.
enum Last {
    Nothing,
    /// A plan that found nothing to write, newer than any run.
    NothingToDo(Timestamp),
    Run(Box<RunHead>),
}

impl Last {
    fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Nothing => None,
            Self::NothingToDo(at) => Some(*at),
            Self::Run(run) => Some(run.started_at),
        }
    }

    fn wrote_nothing(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::NothingToDo(_) => true,
            Self::Run(run) => run.counts.posted == 0,
        }
    }
}

/// The first step that waits is the one to do now.
fn mark_current(steps: &mut [StepView]) {
    if let Some(next) = steps.iter_mut().find(|step| step.state == StepState::Waiting) {
        next.state = StepState::Current;
    }
}
