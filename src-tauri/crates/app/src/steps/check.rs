//! Readiness: what should be true before the first sync, each line with its count and its reason.

use super::mapping::open_slots;
use crate::desk::Desk;
use crate::error::AppResult;
use crate::view::{CheckLineView, CheckState, CheckView, ReasonView};
use selaras_accurate::missing_scopes;
use selaras_domain::decision::SkuState;
use selaras_domain::plan::Reason;
use selaras_engine::matches;
use selaras_engine::ports::BooksAccount;
use selaras_engine::sku::classify;
use selaras_store::AccurateMode;

fn line(id: &str, state: CheckState, count: usize, detail: Reason) -> CheckLineView {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    CheckLineView { id: id.to_owned(), state, count, detail: ReasonView::from(detail) }
}

impl Desk {
    /// Reads both sides and checks readiness.
    ///
    /// # Errors
    /// When a side is not connected, no database is chosen, or a side cannot be read.
    pub async fn check(&self) -> AppResult<CheckView> {
        let directory = self.read_directory().await?;
        // What an account offers changes: Forstok opens its API account by account. Asked first, as a list that is offered no more is then
        // not missed.
        let offers = self.shop().await?.capabilities().await?;
        self.change_company(|company| company.forstok_capabilities = Some(offers))?;
        let catalogue = self.read_catalogue(&selaras_engine::progress::Silent).await?;
        let company = self.company()?;
        let database = self.database()?;
        let mut checks = Vec::new();

        let active = directory.stores.iter().filter(|store| store.active).count();
        checks.push(match active {
            _ if !offers.stores => line("channels", CheckState::Attention, 0, Reason::new("stores_not_readable")),
            0 => line("channels", CheckState::Blocked, 0, Reason::new("no_channel")),
            _ => line("channels", CheckState::Ok, active, Reason::new("channels_connected").with("count", active)),
        });

        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &catalogue.items)?;
        let rows = classify(&super::skus::input(&catalogue, &decisions, &matches));
        let waiting = catalogue.pending.len();
        let undecided = catalogue.pending.iter().filter(|listing| !decisions.contains_key(&listing.sku)).count();
        checks.push(if !catalogue.pending_readable {
            line("pending_actions", CheckState::Attention, 0, Reason::new("pending_not_readable"))
        } else if undecided > 0 {
            line(
                "pending_actions",
                CheckState::Blocked,
                undecided,
                Reason::new("pending_undecided").with("count", undecided),
            )
        } else if waiting > 0 {
            line(
                "pending_actions",
                CheckState::Attention,
                waiting,
                Reason::new("pending_decided").with("count", waiting),
            )
        } else {
            line("pending_actions", CheckState::Ok, 0, Reason::new("pending_none"))
        });

        let databases = self.accurate().await?.account().databases().await?;
        let own = databases.iter().find(|known| known.id == database);
        checks.push(match own.map(|database| database.admin) {
            Some(Some(true)) => line("owner", CheckState::Ok, 0, Reason::new("owner_signed_in")),
            Some(None) => line("owner", CheckState::Attention, 0, Reason::new("owner_not_told")),
            Some(Some(false)) | None => line("owner", CheckState::Blocked, 1, Reason::new("owner_not")),
        });

        let missing = match company.accurate_mode {
            Some(AccurateMode::ApiToken) | None => Vec::new(),
            Some(AccurateMode::OAuth) => missing_scopes(&company.granted_scopes),
        };
        let names = missing.iter().map(|scope| scope.name).collect::<Vec<_>>().join(" ");
        let scopes = Reason::new(if missing.is_empty() { "scopes_complete" } else { "scopes_missing" });
        checks.push(if missing.is_empty() {
            line("scopes", CheckState::Ok, 0, scopes)
        } else {
            let needed = missing.iter().any(|scope| scope.required);
            let state = if needed { CheckState::Blocked } else { CheckState::Attention };
            line("scopes", state, missing.len(), scopes.with("scopes", names))
        });

        let mapping = self.mapping_now(database)?;
        let branches = directory.branches.iter().filter(|branch| !branch.suspended).count();
        let without = directory
            .stores
            .iter()
            .filter(|store| store.active)
            .filter(|store| {
                !mapping.stores.iter().any(|mapped| mapped.forstok_store_id == store.id && mapped.branch_id.is_some())
            })
            .count();
        checks.push(match branches {
            0 => line("branches", CheckState::Blocked, 0, Reason::new("no_branch")),
            1 => line("branches", CheckState::Ok, 1, Reason::new("one_branch")),
            _ if without > 0 => {
                line("branches", CheckState::Blocked, without, Reason::new("branch_missing").with("count", without))
            }
            _ => line("branches", CheckState::Ok, branches, Reason::new("branches_chosen").with("count", branches)),
        });

        let disagree = rows
            .iter()
            .filter(|row| row.state.needs_person())
            .filter(|row| !matches!(row.state, SkuState::PendingMatched | SkuState::PendingNotMatched))
            .count();
        checks.push(if disagree == 0 {
            line("names_and_codes", CheckState::Ok, 0, Reason::new("names_agree"))
        } else {
            line(
                "names_and_codes",
                CheckState::Attention,
                disagree,
                Reason::new("names_disagree").with("count", disagree),
            )
        });

        // A new name or code stops nothing: the match is by id. Somebody should look all the same.
        let drifted = rows.iter().filter(|row| matches::DRIFT.contains(&row.reason.code.as_str())).count();
        checks.push(if drifted == 0 {
            line("matches", CheckState::Ok, 0, Reason::new("matches_hold"))
        } else {
            line("matches", CheckState::Attention, drifted, Reason::new("matches_drifted").with("count", drifted))
        });

        let open = open_slots(&directory, &mapping).len();
        let drift = self.drift(&directory)?;
        // A new name or number is only shown: the mapping is by id. What is gone, inactive or in another currency cannot be written to.
        let broken = drift.iter().any(|drift| !matches!(drift.change.as_str(), "renamed" | "renumbered"));
        let drift = drift.len();
        checks.push(if drift > 0 {
            let state = if broken { CheckState::Blocked } else { CheckState::Attention };
            line("mapping", state, drift, Reason::new("mapping_drift").with("count", drift))
        } else if open > 0 {
            line("mapping", CheckState::Attention, open, Reason::new("mapping_open").with("count", open))
        } else {
            line("mapping", CheckState::Ok, 0, Reason::new("mapping_complete"))
        });

        let off = directory.stores.iter().filter(|store| store.active && store.export_on == Some(false)).count();
        checks.push(if off == 0 {
            line("exports", CheckState::Ok, 0, Reason::new("exports_on"))
        } else {
            line("exports", CheckState::Attention, off, Reason::new("exports_off").with("count", off))
        });

        let verified = self.verify().await?;
        let (found, open) = (verified.problems.len(), verified.unproven.len());
        checks.push(if found > 0 {
            line("proof", CheckState::Attention, found, Reason::new("proof_broken").with("count", found))
        } else if open > 0 {
            line("proof", CheckState::Attention, open, Reason::new("proof_open").with("count", open))
        } else {
            let whole = Reason::new("proof_whole").with("count", verified.certificates);
            line("proof", CheckState::Ok, 0, whole)
        });

        let ready = checks.iter().all(|check| check.state != CheckState::Blocked);
        Ok(CheckView { ready, checks })
    }
}
