//! What the steps answer: one shape for the window (IPC) and for `selaras-cli --json`.
//!
//! Plain values: counts, ids as numbers, decimals and rupiah as text, times as RFC 3339 text, reasons as code and parameters.
//! No sentence for people lives here; the window's are in `ui/messages`, the CLI's in its own message files.

use selaras_domain::mapping::Mapping;
use selaras_domain::plan::{Fields, PlanCounts, Reason};
use selaras_domain::run::RunCounts;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Any id of either service; a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Id(#[specta(type = specta_typescript::Number)] pub i64);

/// A reason: closed code with parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
pub struct ReasonView {
    /// Closed code.
    pub code: String,
    /// Values for its sentence.
    pub params: BTreeMap<String, String>,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code.clone(), params: reason.params.clone() }
    }
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        Self { code: reason.code, params: reason.params }
    }
}

/// Progress of a long step; through a channel to the window, as JSON lines on stderr in the CLI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProgressView {
    /// `reading_items`, `reading_stock`, `sending`, `settling`, `proving`, …
    pub phase: String,
    /// How many are done.
    pub done: u32,
    /// Out of how many.
    pub total: Option<u32>,
    /// Rows a second over the last seconds.
    pub rate: Option<f64>,
    /// Seconds left at that rate.
    pub seconds_left: Option<f64>,
}

// ---- the whole ----

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
    /// Stored choices of the window: `language` (`id`, `en`), `theme` (`system`, `light`, `dark`, `contrast`), `redirect_uri`.
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
    /// Not in this version of the program.
    Later,
}

// ---- connecting ----

/// The connection to Forstok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ForstokView {
    /// Always true in an answer of `connect`.
    pub connected: bool,
    /// The seller's e-mail.
    pub email: String,
    /// What the account lets the program read.
    pub capabilities: CapabilitiesView,
    /// Parts that come from an imported file instead, with the time of the import.
    pub imported: BTreeMap<String, String>,
}

/// What a Forstok account offers to a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct CapabilitiesView {
    pub variants: bool,
    pub quantities: bool,
    pub warehouses: bool,
    pub stores: bool,
    pub pending_listings: bool,
    pub orders: bool,
    pub invoices: bool,
    pub payments: bool,
}

/// The sign-in at Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccurateView {
    /// Always true in an answer of `connect`.
    pub connected: bool,
    /// Who signed in.
    pub email: Option<String>,
    /// `oauth` or `api_token`.
    pub mode: String,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Scopes that the job needs and that were not granted.
    pub missing_scopes: Vec<String>,
    /// What each missing scope blocks: scope → step words (`items`, `opening_stock`, …).
    pub missing_blocks: BTreeMap<String, Vec<String>>,
}

/// What happens while the person signs in in the system browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SignInEvent {
    /// The listener is armed.
    Waiting {
        /// The address to open; shown so that it can be copied. Carries no secret.
        authorize_url: String,
        /// Seconds until it gives up.
        seconds: u32,
        /// Whether the system browser could be opened.
        browser_opened: bool,
    },
}

/// What the person types to sign in at Accurate by OAuth. The secret goes straight to the key store.
#[derive(Clone, Deserialize, Type)]
pub struct AccurateAppInput {
    /// Client ID of the person's own app in Accurate's developer area.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// The callback URL registered for it; `None`: the default one.
    pub redirect_uri: Option<String>,
}

/// One database of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabaseChoiceView {
    /// Its id.
    pub id: Id,
    /// The company's name.
    pub alias: String,
    /// Whether it can be chosen.
    pub usable: bool,
    /// `expired`, `not_owner`: why not; `trial`: chosen with care; `None`: nothing to say.
    pub reason: Option<String>,
    /// Last day of its licence, `dd/MM/yyyy`.
    pub licence_end: Option<String>,
    /// Whether it is the chosen one.
    pub chosen: bool,
    /// Whether it was used before on this computer: its mapping is kept.
    pub used_before: bool,
}

/// The answer of `databases`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabasesView {
    /// All of the account.
    pub databases: Vec<DatabaseChoiceView>,
}

/// The chosen database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabaseView {
    /// Its id.
    pub id: Id,
    /// The company's name.
    pub alias: String,
    /// Its data host.
    pub host: String,
    /// A trial company.
    pub trial: bool,
    /// Index of its colour in the band, 0 to 6; the same for as long as the company exists on this computer.
    pub band: u8,
}

/// The answer of `use-database`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UseDatabaseView {
    /// The chosen one.
    pub database: DatabaseView,
}

// ---- readiness ----

/// The answer of `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckView {
    /// Whether nothing is blocked.
    pub ready: bool,
    /// One line for each thing: `channels`, `pending_actions`, `owner`, `scopes`, `branches`, `names_and_codes`, `mapping`, `exports`.
    pub checks: Vec<CheckLineView>,
}

/// One line of readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CheckLineView {
    /// Which.
    pub id: String,
    /// How it stands.
    pub state: CheckState,
    /// How many things it found.
    pub count: u32,
    /// What it found, as code and parameters.
    pub detail: ReasonView,
}

/// How a line of readiness stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Nothing to do.
    Ok,
    /// Can go on; somebody should look.
    Attention,
    /// Has to be done first.
    Blocked,
}

// ---- mapping ----

/// The mapping of one database in the shape of the CLI contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct MappingInput {
    #[serde(default)]
    pub warehouses: Vec<WarehouseMappingInput>,
    #[serde(default)]
    pub stores: Vec<StoreMappingInput>,
    /// Role → account id.
    #[serde(default)]
    pub roles: BTreeMap<String, Option<Id>>,
    #[serde(default)]
    pub tax_id: Option<Id>,
    /// `open`, `not_shipped`, `ready_to_ship`, `shipped`, `delivered`.
    pub invoice_trigger: Option<String>,
}

/// One warehouse pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct WarehouseMappingInput {
    pub forstok_id: Id,
    pub accurate_id: Id,
}

/// One store's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct StoreMappingInput {
    pub forstok_store_id: Id,
    #[serde(default)]
    pub customer_id: Option<Id>,
    #[serde(default)]
    pub bank_account_id: Option<Id>,
    #[serde(default)]
    pub branch_id: Option<Id>,
}

/// The mapping screen: what is saved, what may be chosen, what is suggested, what has drifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingView {
    /// What is saved; empty before the first save.
    pub mapping: MappingInput,
    /// Number of the saved version, from 1; `None` before the first.
    pub version: Option<u32>,
    /// When it was saved.
    pub saved_at: Option<String>,
    /// All versions, newest first.
    pub versions: Vec<MappingVersionView>,
    /// Every place that can be filled, in the order in which it is shown.
    pub slots: Vec<SlotView>,
    /// Accounts of Accurate, all of them; a slot says which types it takes.
    pub accounts: Vec<AccountView>,
    /// Warehouses of Accurate.
    pub warehouses: Vec<RecordView>,
    /// Branches of Accurate.
    pub branches: Vec<RecordView>,
    /// Customers of Accurate.
    pub customers: Vec<RecordView>,
    /// Taxes of Accurate.
    pub taxes: Vec<RecordView>,
    /// What was renamed, deactivated or removed on the other side since the save.
    pub drift: Vec<DriftView>,
    /// One payout as it would be booked, for the live example; `None` while no store is known.
    pub example: Option<PayoutExampleView>,
    /// When the lists were read.
    pub read_at: String,
}

/// A saved version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingVersionView {
    /// From 1.
    pub version: u32,
    /// When.
    pub saved_at: String,
    /// `saved`, `imported`, `archived`.
    pub source: String,
}

/// A place of the mapping that takes one record of Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SlotView {
    /// Its path in the mapping: `stores.11.bank_account_id`, `roles.service_fee`, `warehouses.195`, `tax_id`.
    pub path: String,
    /// Group on the screen.
    pub group: SlotGroup,
    /// What stands on the left: the store's or warehouse's name, or the role's code.
    pub label: String,
    /// The store's channel, for a store's slots.
    pub channel: Option<String>,
    /// Account types that may be chosen, for an account slot.
    pub account_types: Vec<String>,
    /// Whether the job needs it.
    pub required: bool,
    /// What is saved.
    pub chosen: Option<Id>,
    /// What is suggested, best first; empty when nothing is near enough.
    pub suggestions: Vec<SuggestionView>,
}

/// Groups of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the screen")]
pub enum SlotGroup {
    CashBank,
    Customer,
    Branch,
    OtherIncome,
    OtherExpense,
    StockAdjustment,
    Tax,
    Warehouse,
}

/// A suggestion with its reason. For money none is ever taken in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SuggestionView {
    /// The record.
    pub id: Id,
    /// Why: `same_name`, `similar_name`, `used_last_time`, `only_one`, `default`.
    pub reason: String,
    /// How sure.
    pub zone: Zone,
}

/// The three zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Clear, and nothing else comes near.
    Sure,
    /// Near; a person looks.
    Look,
    /// Nothing to suggest.
    None,
}

/// An account in a picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountView {
    /// Its id.
    pub id: Id,
    /// Its number.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Accurate's own word: `CASH_BANK`, `OTHER_INCOME`, …
    pub account_type: String,
    /// Balance as decimal text.
    pub balance: Option<String>,
    /// Why it cannot be chosen: `suspended`, `parent`.
    pub off: Option<String>,
}

/// Any other record in a picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordView {
    /// Its id.
    pub id: Id,
    /// Its number, where it has one.
    pub no: Option<String>,
    /// Its name.
    pub name: String,
    /// Why it cannot be chosen: `suspended`, `scrap`.
    pub off: Option<String>,
}

/// Something that the saved mapping points to has changed on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DriftView {
    /// Path of the slot.
    pub path: String,
    /// `renamed`, `suspended`, `gone`.
    pub change: String,
    /// What it was called when it was saved.
    pub was: String,
    /// What it is called now.
    pub now: Option<String>,
}

/// A payout of a made-up but typical order, as debit and credit lines whose accounts come from the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PayoutExampleView {
    /// Store of the order.
    pub store_id: Id,
    /// Its lines; debits and credits are equal.
    pub lines: Vec<PayoutExampleLineView>,
}

/// One line of the example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PayoutExampleLineView {
    /// Path of the slot whose account it uses; `None` for the receivable.
    pub slot: Option<String>,
    /// Rupiah as decimal text, empty on the other side.
    pub debit: String,
    /// Rupiah as decimal text, empty on the other side.
    pub credit: String,
}

/// The answer of `mapping suggest`: the contract's shape, filled with what is suggested, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingSuggestView {
    /// Saved choices, and suggestions where nothing is saved.
    #[serde(flatten)]
    pub mapping: MappingInput,
    /// Path → the suggestion that was filled in.
    pub reasons: BTreeMap<String, SuggestionView>,
    /// Required paths that stay empty.
    pub open: Vec<String>,
}

// ---- SKUs ----

/// One SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuView {
    /// The SKU as Forstok shows it; may be empty.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its state: `ready matched pending_not_matched pending_matched empty duplicate name_conflict sku_conflict invalid_code held`.
    pub state: String,
    /// Why.
    pub reason: ReasonView,
    /// What could be done: `link`, `create`, `rename`, `skip`, with a target.
    pub suggestion: Option<SkuSuggestionView>,
    /// What was decided.
    pub decision: Option<SkuDecisionView>,
    /// Store of a pending listing.
    pub store: Option<String>,
    /// Whether Forstok's API can resolve it; otherwise `place` names where in Forstok.
    pub resolvable: bool,
    /// The place in Forstok, as a code: `forstok_listing_not_linked`, `forstok_listing_delete_reimport`, …
    pub place: Option<ReasonView>,
}

/// A suggested decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuSuggestionView {
    /// `link`, `create`, `rename`.
    pub decision: String,
    /// Item code for `link` and `rename`.
    pub target: Option<String>,
    /// How sure.
    pub zone: Zone,
}

/// A stored decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuDecisionView {
    /// `link`, `create`, `rename`, `skip`.
    pub decision: String,
    /// Item code for `link` and `rename`.
    pub target: Option<String>,
    /// When.
    pub at: String,
}

/// The answer of `skus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkusView {
    /// The rows of this page (the CLI answers all).
    pub skus: Vec<SkuView>,
    /// How many in each state.
    pub counts: BTreeMap<String, u32>,
    /// How many rows the query has in all.
    pub total: u32,
    /// Position of the first row of this page.
    pub offset: u32,
    /// When Forstok was read.
    pub read_at: String,
}

/// Which SKUs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuQuery {
    /// Only this state.
    pub state: Option<String>,
    /// Only those whose SKU or name holds this.
    pub search: Option<String>,
    /// From this position.
    pub offset: u32,
    /// At most so many; 0 for all.
    pub limit: u32,
    /// Read both sides again first.
    pub refresh: bool,
}

/// An item of Accurate that may be the same product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CandidateView {
    /// Its id.
    pub id: Id,
    /// Its code.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Its price as decimal text.
    pub price: Option<String>,
    /// How sure.
    pub zone: Zone,
    /// The evidence, in the order `code`, `barcode`, `name`, `price`.
    pub evidence: Vec<EvidenceView>,
}

/// One bar of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceView {
    /// `code`, `barcode`, `name`, `price`.
    pub kind: String,
    /// Agreement in per cent; `None` when one side says nothing.
    pub percent: Option<u8>,
    /// Forstok's value.
    pub forstok: Option<String>,
    /// Accurate's value.
    pub accurate: Option<String>,
}

/// One decision in a file or from the workbench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkuDecisionInput {
    /// The SKU as Forstok shows it.
    pub sku: String,
    /// `link`, `create`, `rename`, `skip`; `undo` takes the stored one back.
    pub decision: String,
    /// Item code of Accurate for `link`, new code for `rename`.
    #[serde(default)]
    pub target: Option<String>,
}

/// The answer of `skus resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ResolveView {
    /// How many decisions were stored.
    pub resolved: u32,
    /// How many pending listings were resolved in Forstok itself.
    pub resolved_in_forstok: u32,
    /// Those that only a person can resolve in Forstok, with the place.
    pub to_do_in_forstok: Vec<SkuView>,
}

// ---- plans ----

/// A plan's head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanView {
    /// Its id.
    pub plan: String,
    /// `items`, `opening-stock`, `stock`.
    pub kind: String,
    /// Hash of its operations.
    pub hash: String,
    /// How many of each action.
    pub counts: PlanCountsView,
    /// Σ rupiah as decimal text; `None` where no money moves.
    pub total: Option<String>,
    /// The database it is for.
    pub database: Id,
    /// When it was made.
    pub made_at: String,
    /// When the older side was read.
    pub read_at: String,
    /// How many calls it takes.
    pub calls: u32,
    /// Seconds it takes at the speed limit.
    #[specta(type = specta_typescript::Number)]
    pub seconds: f64,
    /// What a person should know: `negative_as_zero`, `channel_export_off`, `stock_rises`, …
    pub notes: Vec<ReasonView>,
    /// Blocked operations by reason.
    pub blocked: BTreeMap<String, u32>,
}

/// How many of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "one for each action")]
pub struct PlanCountsView {
    pub create: u32,
    pub change: u32,
    pub same: u32,
    pub remove: u32,
    pub blocked: u32,
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl From<PlanCounts> for PlanCountsView {
    fn from(counts: PlanCounts) -> Self {
        Self {
            create: small(counts.create),
            change: small(counts.change),
            same: small(counts.same),
            remove: small(counts.remove),
            blocked: small(counts.blocked),
        }
    }
}

/// What a plan is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanOptions {
    /// Opening stock: `file` (an imported count) or `forstok` (its on-hand, after an explicit choice).
    pub source: Option<String>,
    /// Opening stock from Forstok: take the cost price that the shop keeps there as unit cost.
    #[serde(default)]
    pub forstok_cost: bool,
    /// Opening stock: unit cost by SKU, asked of the person, as decimal text.
    #[serde(default)]
    pub unit_costs: BTreeMap<String, String>,
    /// Date of the documents, `yyyy-MM-dd`; today in Jakarta when it is not given.
    pub date: Option<String>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationView {
    /// Its key.
    pub key: String,
    /// `create`, `change`, `same`, `remove`, `blocked`.
    pub action: String,
    /// What a person calls the record.
    pub target: String,
    /// As it was read.
    pub before: Fields,
    /// As it will be.
    pub after: Fields,
    /// Why.
    pub reason: ReasonView,
    /// The document it is part of.
    pub group: Option<String>,
}

/// Operations of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationsView {
    /// This page (the CLI answers all).
    pub operations: Vec<OperationView>,
    /// Position to go on from; `None` at the end.
    pub next: Option<u32>,
    /// How many the query has in all.
    pub total: u32,
}

/// Which operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OperationQuery {
    /// Only this action.
    pub action: Option<String>,
    /// Only those whose record holds this.
    pub search: Option<String>,
    /// After this position.
    pub after: Option<u32>,
    /// At most so many; 0 for all.
    pub limit: u32,
}

// ---- runs and proofs ----

/// A run; `in = posted + held + failed + unknown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunView {
    /// Its id.
    pub run: String,
    /// Its plan.
    pub plan: String,
    /// The plan's kind.
    pub kind: String,
    /// The database.
    pub database: Id,
    /// `running`, `paused`, `finished`.
    pub state: String,
    /// Why it is paused.
    pub pause: Option<ReasonView>,
    /// Operations that were to be sent or are held.
    #[serde(rename = "in")]
    pub input: u32,
    /// Taken by the other side.
    pub posted: u32,
    /// Need a person first.
    pub held: u32,
    /// Refused.
    pub failed: u32,
    /// Not known yet.
    pub unknown: u32,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Its newest certificate.
    pub certificate: Option<String>,
}

impl From<&selaras_domain::run::RunHead> for RunView {
    fn from(run: &selaras_domain::run::RunHead) -> Self {
        let RunCounts { input, posted, held, failed, unknown } = run.counts;
        Self {
            run: run.id.to_string(),
            plan: run.plan.to_string(),
            kind: run.kind.to_string(),
            database: Id(run.database.0),
            state: run.state.name().to_owned(),
            pause: run.pause.as_ref().map(ReasonView::from),
            input: small(input),
            posted: small(posted),
            held: small(held),
            failed: small(failed),
            unknown: small(unknown),
            started_at: run.started_at.to_string(),
            finished_at: run.finished_at.map(|at| at.to_string()),
            certificate: run.certificate.clone(),
        }
    }
}

/// One row of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunRowView {
    /// Its key.
    pub key: String,
    /// What a person calls the record.
    pub target: String,
    /// `waiting`, `sending`, `posted`, `failed`, `unknown`, `held`.
    pub state: String,
    /// Why, for `failed`, `unknown` and `held`.
    pub reason: Option<ReasonView>,
}

/// The answer of `runs show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunDetailView {
    /// The run.
    pub run: RunView,
    /// Its rows.
    pub rows: Vec<RunRowView>,
    /// Its newest proof.
    pub proof: Option<ProofView>,
}

/// The answer of `runs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunView>,
    /// Whether the chain of certificates is whole.
    pub chain_whole: bool,
}

/// The answer of `prove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProofView {
    /// The run.
    pub run: String,
    /// How many were read back.
    pub checked: u32,
    /// How many cannot be read back.
    pub not_readable: u32,
    /// What reads otherwise.
    pub differences: Vec<DifferenceView>,
    /// Path of the certificate below the data folder.
    pub certificate: String,
    /// Its hash.
    pub hash: String,
    /// When.
    pub at: String,
    /// What still has to be done by a person: `channel_export_off`, …
    pub notes: Vec<ReasonView>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// The operation's key.
    pub key: String,
    /// The field, or `record`.
    pub field: String,
    /// What was sent.
    pub expected: String,
    /// What was read.
    pub found: Option<String>,
}

/// The answer of `sync`: plan, run and proof in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SyncView {
    /// The plan.
    pub plan: PlanView,
    /// The run.
    pub run: RunView,
    /// The proof.
    pub proof: ProofView,
}

// ---- inbox ----

/// The inbox by root cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxView {
    /// Most first.
    pub causes: Vec<CauseView>,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CauseView {
    /// Reason code.
    pub code: String,
    /// How many rows.
    pub count: u32,
    /// Money at stake as decimal text; `None` where no money moves.
    pub amount: Option<String>,
    /// The rows' keys.
    pub keys: Vec<String>,
    /// The rows, for the window.
    pub rows: Vec<InboxRowView>,
}

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct InboxRowView {
    /// Its key.
    pub key: String,
    /// What a person calls the record.
    pub target: String,
    /// Kind of plan it comes from.
    pub kind: String,
    /// Why.
    pub reason: ReasonView,
    /// When it came in.
    pub since: String,
}

/// The answer of `inbox retry`: one new run for each kind that had rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RetryView {
    /// Plans, runs and proofs.
    pub syncs: Vec<SyncView>,
}

// ---- imports ----

/// Which list a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ImportList {
    /// Master items as Forstok exports them.
    MasterItems,
    /// Pending listings, SKU not matched.
    PendingNotMatched,
    /// Pending listings, SKU matched.
    PendingMatched,
    /// Pending listings, SKU empty.
    PendingEmpty,
    /// Pending listings, SKU duplicate.
    PendingDuplicate,
    /// A counted stock with unit cost.
    StockCount,
}

/// A file that the person chose.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ImportInput {
    /// What it holds.
    pub list: ImportList,
    /// Its name; the ending tells the format (.xls, .xlsx, .csv).
    pub file_name: String,
    /// Its bytes in Base64.
    pub content: String,
    /// Field → column heading; empty: what is remembered, else what is guessed from the headings.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportView {
    /// Rows that were read and stored; 0 while columns are missing.
    pub rows: u32,
    /// All headings of the file.
    pub headings: Vec<String>,
    /// Field → heading as used or guessed.
    pub columns: BTreeMap<String, String>,
    /// Fields that must be given a column first.
    pub missing: Vec<String>,
    /// Every field that this list can hold.
    pub fields: Vec<String>,
}

// ---- the sandbox ----

/// What is needed to connect to the sandbox inside the program. These are made-up credentials of a made-up shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the connect screen")]
pub struct SandboxView {
    pub forstok_email: String,
    pub forstok_secret_key: String,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub owner_email: String,
}

/// One step of the demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DemoStepView {
    /// Which.
    pub id: String,
    /// `done`, `attention`, `failed`.
    pub state: String,
    /// Its figures.
    pub counts: BTreeMap<String, u32>,
}

/// The answer of `demo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DemoView {
    /// In their order.
    pub steps: Vec<DemoStepView>,
    /// The proofs.
    pub certificates: Vec<ProofView>,
}

// ---- conversions between the mapping's two forms ----

impl From<&Mapping> for MappingInput {
    fn from(mapping: &Mapping) -> Self {
        Self {
            warehouses: mapping
                .warehouses
                .iter()
                .map(|pair| WarehouseMappingInput {
                    forstok_id: Id(pair.forstok_id.0),
                    accurate_id: Id(pair.accurate_id.0),
                })
                .collect(),
            stores: mapping
                .stores
                .iter()
                .map(|store| StoreMappingInput {
                    forstok_store_id: Id(store.forstok_store_id.0),
                    customer_id: store.customer_id.map(|id| Id(id.0)),
                    bank_account_id: store.bank_account_id.map(|id| Id(id.0)),
                    branch_id: store.branch_id.map(|id| Id(id.0)),
                })
                .collect(),
            roles: selaras_domain::mapping::Role::ALL
                .into_iter()
                .map(|role| (role.name().to_owned(), mapping.roles.get(role).map(|id| Id(id.0))))
                .collect(),
            tax_id: mapping.tax_id.map(|id| Id(id.0)),
            invoice_trigger: serde_json::to_value(mapping.invoice_trigger)
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned)),
        }
    }
}
