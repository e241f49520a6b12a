//! The frame of the window: company, rail, what stands on every screen.

use super::{AccurateView, DatabaseView, ForstokView, ReasonView, RunView};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Everything that the frame of the window needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AppView {
    /// Version of the program.
    pub version: String,
    /// Where data lives on this computer.
    pub data_dir: String,
    /// Whether this window works on the sandbox inside the program.
    pub sandbox: bool,
    /// The company that is open.
    pub company: CompanyView,
    /// Names of all companies on this computer.
    pub companies: Vec<String>,
    /// Stored choices of the window: `language` (`id`, `en`), `theme` (`system`, `light`, `dark`, `contrast`),
    /// `text_size` (per cent), `redirect_uri`; and the limits of this company's brakes: `brake_rise`, `brake_fall` (per cent),
    /// `brake_changes`.
    pub settings: BTreeMap<String, String>,
    /// A run that was cut off (the program was killed, the computer lost power) and can be continued.
    pub unfinished_run: Option<RunView>,
}

/// One company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CompanyView {
    /// Its name (`default` for the first).
    pub name: String,
    /// The answer to "Sudah memakai Accurate?"; `None` while it is open.
    pub existing_user: Option<bool>,
    /// The connection to Forstok.
    pub forstok: Option<ForstokView>,
    /// The sign-in at Accurate.
    pub accurate: Option<AccurateView>,
    /// The chosen database.
    pub database: Option<DatabaseView>,
    /// The rail, in its order.
    pub steps: Vec<StepView>,
}

/// A step of the rail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepView {
    /// Which.
    pub id: StepId,
    /// How it stands.
    pub state: StepState,
    /// How many things need a person in it.
    pub count: u32,
    /// Why it is blocked, or what it waits for.
    pub reason: Option<ReasonView>,
}

/// The steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the rail")]
pub enum StepId {
    Connect,
    Database,
    Accounts,
    Warehouses,
    Skus,
    Items,
    OpeningStock,
    Stock,
    ItemsAgain,
    Orders,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Done.
    Done,
    /// The next one to do.
    Current,
    /// Needs a person.
    Need,
    /// Something else has to be done first.
    Blocked,
    /// Can be done later.
    Waiting,
}

/// A file that was written for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SavedView {
    /// Where it lies.
    pub path: String,
}
