/**
 * What the window asks of the engine, and what it gets: the app's views (snake case, decimals and rupiah as text, times in RFC 3339,
 * reasons as closed codes). `tauri.ts` and `fake.ts` serve it; nothing else in the window knows which one it talks to.
 */

/** A reason: closed code with parameters. */
export interface ReasonView {
  /** Closed code. */
  code: string;
  /** Values for its sentence. */
  params: Record<string, string>;
}

/** Progress of a long step; through a channel to the window, as JSON lines on stderr in the CLI. */
export interface ProgressView {
  /** `reading_items`, `reading_stock`, `sending`, `settling`, `proving`, … */
  phase: string;
  /** How many are done. */
  done: number;
  /** Out of how many. */
  total: number | null;
  /** Rows a second over the last seconds. */
  rate: number | null;
  /** Seconds left at that rate. */
  seconds_left: number | null;
}

/** Everything that the frame of the window needs. */
export interface AppView {
  /** Version of the program. */
  version: string;
  /** Where data lives on this computer. */
  data_dir: string;
  /** Whether this window works on the sandbox inside the program. */
  sandbox: boolean;
  /** The company that is open. */
  company: CompanyView;
  /** Names of all companies on this computer. */
  companies: string[];
  /** Stored choices of the window: `language` (`id`, `en`), `theme` (`system`, `light`, `dark`, `contrast`), `redirect_uri`. */
  settings: Record<string, string>;
  /** A run that was cut off (the program was killed, the computer lost power) and can be continued. */
  unfinished_run: RunView | null;
}

/** One company. */
export interface CompanyView {
  /** Its name (`default` for the first). */
  name: string;
  /** The answer to "Sudah memakai Accurate?"; `None` while it is open. */
  existing_user: boolean | null;
  /** The connection to Forstok. */
  forstok: ForstokView | null;
  /** The sign-in at Accurate. */
  accurate: AccurateView | null;
  /** The chosen database. */
  database: DatabaseView | null;
  /** The rail, in its order. */
  steps: StepView[];
}

/** A step of the rail. */
export interface StepView {
  /** Which. */
  id: StepId;
  /** How it stands. */
  state: StepState;
  /** How many things need a person in it. */
  count: number;
  /** Why it is blocked, or what it waits for. */
  reason: ReasonView | null;
}

/** The steps. */
export type StepId =
  | 'connect'
  | 'database'
  | 'accounts'
  | 'warehouses'
  | 'skus'
  | 'items'
  | 'opening_stock'
  | 'stock'
  | 'items_again'
  | 'orders';

/** How a step stands. */
export type StepState = 'done' | 'current' | 'need' | 'blocked' | 'waiting' | 'later';

/** The connection to Forstok. */
export interface ForstokView {
  /** Always true in an answer of `connect`. */
  connected: boolean;
  /** The seller's e-mail. */
  email: string;
  /** What the account lets the program read. */
  capabilities: CapabilitiesView;
  /** Parts that come from an imported file instead, with the time of the import. */
  imported: Record<string, string>;
}

/** What a Forstok account offers to a program. */
export interface CapabilitiesView {
  variants: boolean;
  quantities: boolean;
  warehouses: boolean;
  stores: boolean;
  pending_listings: boolean;
  orders: boolean;
  invoices: boolean;
  payments: boolean;
}

/** The sign-in at Accurate. */
export interface AccurateView {
  /** Always true in an answer of `connect`. */
  connected: boolean;
  /** Who signed in. */
  email: string | null;
  /** `oauth` or `api_token`. */
  mode: string;
  /** Granted scopes. */
  scopes: string[];
  /** Scopes that the job needs and that were not granted. */
  missing_scopes: string[];
  /** What each missing scope blocks: scope → step words (`items`, `opening_stock`, …). */
  missing_blocks: Record<string, string[]>;
}

/** What happens while the person signs in in the system browser. */
export type SignInEvent = { event: 'waiting'; authorize_url: string; seconds: number; browser_opened: boolean };

/** What the person types to sign in at Accurate by OAuth. The secret goes straight to the key store. */
export interface AccurateAppInput {
  /** Client ID of the person's own app in Accurate's developer area. */
  client_id: string;
  /** Its client secret. */
  client_secret: string;
  /** The callback URL registered for it; `None`: the default one. */
  redirect_uri: string | null;
}

/** One database of the account. */
export interface DatabaseChoiceView {
  /** Its id. */
  id: number;
  /** The company's name. */
  alias: string;
  /** Whether it can be chosen. */
  usable: boolean;
  /** `expired`, `not_owner`: why not; `trial`: chosen with care; `None`: nothing to say. */
  reason: string | null;
  /** Last day of its licence, `dd/MM/yyyy`. */
  licence_end: string | null;
  /** Whether it is the chosen one. */
  chosen: boolean;
  /** Whether it was used before on this computer: its mapping is kept. */
  used_before: boolean;
}

/** The answer of `databases`. */
export interface DatabasesView {
  /** All of the account. */
  databases: DatabaseChoiceView[];
}

/** The chosen database. */
export interface DatabaseView {
  /** Its id. */
  id: number;
  /** The company's name. */
  alias: string;
  /** Its data host. */
  host: string;
  /** A trial company. */
  trial: boolean;
  /** Index of its colour in the band, 0 to 6; the same for as long as the company exists on this computer. */
  band: number;
}

/** The answer of `check`. */
export interface CheckView {
  /** Whether nothing is blocked. */
  ready: boolean;
  /** One line for each thing: `channels`, `pending_actions`, `owner`, `scopes`, `branches`, `names_and_codes`, `mapping`, `exports`. */
  checks: CheckLineView[];
}

/** One line of readiness. */
export interface CheckLineView {
  /** Which. */
  id: string;
  /** How it stands. */
  state: CheckState;
  /** How many things it found. */
  count: number;
  /** What it found, as code and parameters. */
  detail: ReasonView;
}

/** How a line of readiness stands. */
export type CheckState = 'ok' | 'attention' | 'blocked';

/** The mapping of one database in the shape of the CLI contract. */
export interface MappingInput {
  warehouses: WarehouseMappingInput[];
  stores: StoreMappingInput[];
  /** Role → account id. */
  roles: Record<string, number | null>;
  tax_id: number | null;
  /** `open`, `not_shipped`, `ready_to_ship`, `shipped`, `delivered`. */
  invoice_trigger: string | null;
}

/** One warehouse pair. */
export interface WarehouseMappingInput {
  forstok_id: number;
  accurate_id: number;
}

/** One store's records. */
export interface StoreMappingInput {
  forstok_store_id: number;
  customer_id: number | null;
  bank_account_id: number | null;
  branch_id: number | null;
}

/** The mapping screen: what is saved, what may be chosen, what is suggested, what has drifted. */
export interface MappingView {
  /** What is saved; empty before the first save. */
  mapping: MappingInput;
  /** Number of the saved version, from 1; `None` before the first. */
  version: number | null;
  /** When it was saved. */
  saved_at: string | null;
  /** All versions, newest first. */
  versions: MappingVersionView[];
  /** Every place that can be filled, in the order in which it is shown. */
  slots: SlotView[];
  /** Accounts of Accurate, all of them; a slot says which types it takes. */
  accounts: AccountView[];
  /** Warehouses of Accurate. */
  warehouses: RecordView[];
  /** Branches of Accurate. */
  branches: RecordView[];
  /** Customers of Accurate. */
  customers: RecordView[];
  /** Taxes of Accurate. */
  taxes: RecordView[];
  /** What was renamed, deactivated or removed on the other side since the save. */
  drift: DriftView[];
  /** One payout as it would be booked, for the live example; `None` while no store is known. */
  example: PayoutExampleView | null;
  /** When the lists were read. */
  read_at: string;
}

/** A saved version. */
export interface MappingVersionView {
  /** From 1. */
  version: number;
  /** When. */
  saved_at: string;
  /** `saved`, `imported`, `archived`. */
  source: string;
}

/** A place of the mapping that takes one record of Accurate. */
export interface SlotView {
  /** Its path in the mapping: `stores.11.bank_account_id`, `roles.service_fee`, `warehouses.195`, `tax_id`. */
  path: string;
  /** Group on the screen. */
  group: SlotGroup;
  /** What stands on the left: the store's or warehouse's name, or the role's code. */
  label: string;
  /** The store's channel, for a store's slots. */
  channel: string | null;
  /** Account types that may be chosen, for an account slot. */
  account_types: string[];
  /** Whether the job needs it. */
  required: boolean;
  /** What is saved. */
  chosen: number | null;
  /** What is suggested, best first; empty when nothing is near enough. */
  suggestions: SuggestionView[];
}

/** Groups of slots. */
export type SlotGroup =
  'cash_bank' | 'customer' | 'branch' | 'other_income' | 'other_expense' | 'stock_adjustment' | 'tax' | 'warehouse';

/** A suggestion with its reason. For money none is ever taken in silence. */
export interface SuggestionView {
  /** The record. */
  id: number;
  /** Why: `same_name`, `similar_name`, `used_last_time`, `only_one`, `default`. */
  reason: string;
  /** How sure. */
  zone: Zone;
}

/** The three zones. */
export type Zone = 'sure' | 'look' | 'none';

/** An account in a picker. */
export interface AccountView {
  /** Its id. */
  id: number;
  /** Its number. */
  no: string;
  /** Its name. */
  name: string;
  /** Accurate's own word: `CASH_BANK`, `OTHER_INCOME`, … */
  account_type: string;
  /** Balance as decimal text. */
  balance: string | null;
  /** Why it cannot be chosen: `suspended`, `parent`. */
  off: string | null;
}

/** Any other record in a picker. */
export interface RecordView {
  /** Its id. */
  id: number;
  /** Its number, where it has one. */
  no: string | null;
  /** Its name. */
  name: string;
  /** Why it cannot be chosen: `suspended`, `scrap`. */
  off: string | null;
}

/** Something that the saved mapping points to has changed on the other side. */
export interface DriftView {
  /** Path of the slot. */
  path: string;
  /** `renamed`, `suspended`, `gone`. */
  change: string;
  /** What it was called when it was saved. */
  was: string;
  /** What it is called now. */
  now: string | null;
}

/** A payout of a made-up but typical order, as debit and credit lines whose accounts come from the mapping. */
export interface PayoutExampleView {
  /** Store of the order. */
  store_id: number;
  /** Its lines; debits and credits are equal. */
  lines: PayoutExampleLineView[];
}

/** One line of the example. */
export interface PayoutExampleLineView {
  /** Path of the slot whose account it uses; `None` for the receivable. */
  slot: string | null;
  /** Rupiah as decimal text, empty on the other side. */
  debit: string;
  /** Rupiah as decimal text, empty on the other side. */
  credit: string;
}

/** One SKU. */
export interface SkuView {
  /** The SKU as Forstok shows it; may be empty. */
  sku: string;
  /** Its name. */
  name: string;
  /** Its state: `ready matched pending_not_matched pending_matched empty duplicate name_conflict sku_conflict invalid_code held`. */
  state: string;
  /** Why. */
  reason: ReasonView;
  /** What could be done: `link`, `create`, `rename`, `skip`, with a target. */
  suggestion: SkuSuggestionView | null;
  /** What was decided. */
  decision: SkuDecisionView | null;
  /** Store of a pending listing. */
  store: string | null;
  /** Whether Forstok's API can resolve it; otherwise `place` names where in Forstok. */
  resolvable: boolean;
  /** The place in Forstok, as a code: `forstok_listing_not_linked`, `forstok_listing_delete_reimport`, … */
  place: ReasonView | null;
}

/** A suggested decision. */
export interface SkuSuggestionView {
  /** `link`, `create`, `rename`. */
  decision: string;
  /** Item code for `link` and `rename`. */
  target: string | null;
  /** How sure. */
  zone: Zone;
}

/** A stored decision. */
export interface SkuDecisionView {
  /** `link`, `create`, `rename`, `skip`. */
  decision: string;
  /** Item code for `link` and `rename`. */
  target: string | null;
  /** When. */
  at: string;
}

/** The answer of `skus`. */
export interface SkusView {
  /** The rows of this page (the CLI answers all). */
  skus: SkuView[];
  /** How many in each state. */
  counts: Record<string, number>;
  /** How many rows the query has in all. */
  total: number;
  /** Position of the first row of this page. */
  offset: number;
  /** When Forstok was read. */
  read_at: string;
}

/** Which SKUs. */
export interface SkuQuery {
  /** Only this state. */
  state: string | null;
  /** Only those whose SKU or name holds this. */
  search: string | null;
  /** From this position. */
  offset: number;
  /** At most so many; 0 for all. */
  limit: number;
  /** Read both sides again first. */
  refresh: boolean;
}

/** An item of Accurate that may be the same product. */
export interface CandidateView {
  /** Its id. */
  id: number;
  /** Its code. */
  no: string;
  /** Its name. */
  name: string;
  /** Its price as decimal text. */
  price: string | null;
  /** How sure. */
  zone: Zone;
  /** The evidence, in the order `code`, `barcode`, `name`, `price`. */
  evidence: EvidenceView[];
}

/** One bar of evidence. */
export interface EvidenceView {
  /** `code`, `barcode`, `name`, `price`. */
  kind: string;
  /** Agreement in per cent; `None` when one side says nothing. */
  percent: number | null;
  /** Forstok's value. */
  forstok: string | null;
  /** Accurate's value. */
  accurate: string | null;
}

/** One decision in a file or from the workbench. */
export interface SkuDecisionInput {
  /** The SKU as Forstok shows it. */
  sku: string;
  /** `link`, `create`, `rename`, `skip`; `undo` takes the stored one back. */
  decision: string;
  /** Item code of Accurate for `link`, new code for `rename`. */
  target: string | null;
}

/** The answer of `skus resolve`. */
export interface ResolveView {
  /** How many decisions were stored. */
  resolved: number;
  /** How many pending listings were resolved in Forstok itself. */
  resolved_in_forstok: number;
  /** Those that only a person can resolve in Forstok, with the place. */
  to_do_in_forstok: SkuView[];
}

/** A plan's head. */
export interface PlanView {
  /** Its id. */
  plan: string;
  /** `items`, `opening-stock`, `stock`. */
  kind: string;
  /** Hash of its operations. */
  hash: string;
  /** How many of each action. */
  counts: PlanCountsView;
  /** Σ rupiah as decimal text; `None` where no money moves. */
  total: string | null;
  /** The database it is for. */
  database: number;
  /** When it was made. */
  made_at: string;
  /** When the older side was read. */
  read_at: string;
  /** How many calls it takes. */
  calls: number;
  /** Seconds it takes at the speed limit. */
  seconds: number;
  /** What a person should know: `negative_as_zero`, `channel_export_off`, `stock_rises`, … */
  notes: ReasonView[];
  /** Blocked operations by reason. */
  blocked: Record<string, number>;
}

/** How many of each action. */
export interface PlanCountsView {
  create: number;
  change: number;
  same: number;
  remove: number;
  blocked: number;
}

/** What a plan is made from. */
export interface PlanOptions {
  /** Opening stock: `file` (an imported count) or `forstok` (its on-hand, after an explicit choice). */
  source: string | null;
  /** Opening stock from Forstok: take the cost price that the shop keeps there as unit cost. */
  forstok_cost: boolean;
  /** Opening stock: unit cost by SKU, asked of the person, as decimal text. */
  unit_costs: Record<string, string>;
  /** Date of the documents, `yyyy-MM-dd`; today in Jakarta when it is not given. */
  date: string | null;
}

/** One operation. */
export interface OperationView {
  /** Its key. */
  key: string;
  /** `create`, `change`, `same`, `remove`, `blocked`. */
  action: string;
  /** What a person calls the record. */
  target: string;
  /** As it was read. */
  before: Record<string, string>;
  /** As it will be. */
  after: Record<string, string>;
  /** Why. */
  reason: ReasonView;
  /** The document it is part of. */
  group: string | null;
}

/** Operations of a plan. */
export interface OperationsView {
  /** This page (the CLI answers all). */
  operations: OperationView[];
  /** Position to go on from; `None` at the end. */
  next: number | null;
  /** How many the query has in all. */
  total: number;
}

/** Which operations. */
export interface OperationQuery {
  /** Only this action. */
  action: string | null;
  /** Only those whose record holds this. */
  search: string | null;
  /** After this position. */
  after: number | null;
  /** At most so many; 0 for all. */
  limit: number;
}

/** A run; `in = posted + held + failed + unknown`. */
export interface RunView {
  /** Its id. */
  run: string;
  /** Its plan. */
  plan: string;
  /** The plan's kind. */
  kind: string;
  /** The database. */
  database: number;
  /** `running`, `paused`, `finished`. */
  state: string;
  /** Why it is paused. */
  pause: ReasonView | null;
  /** Operations that were to be sent or are held. */
  in: number;
  /** Taken by the other side. */
  posted: number;
  /** Need a person first. */
  held: number;
  /** Refused. */
  failed: number;
  /** Not known yet. */
  unknown: number;
  /** When it began. */
  started_at: string;
  /** When it ended. */
  finished_at: string | null;
  /** Its newest certificate. */
  certificate: string | null;
}

/** One row of a run. */
export interface RunRowView {
  /** Its key. */
  key: string;
  /** What a person calls the record. */
  target: string;
  /** `waiting`, `sending`, `posted`, `failed`, `unknown`, `held`. */
  state: string;
  /** Why, for `failed`, `unknown` and `held`. */
  reason: ReasonView | null;
}

/** The answer of `runs show`. */
export interface RunDetailView {
  /** The run. */
  run: RunView;
  /** Its rows. */
  rows: RunRowView[];
  /** Its newest proof. */
  proof: ProofView | null;
}

/** The answer of `runs`. */
export interface RunsView {
  /** Newest first. */
  runs: RunView[];
  /** Whether the chain of certificates is whole. */
  chain_whole: boolean;
}

/** The answer of `prove`. */
export interface ProofView {
  /** The run. */
  run: string;
  /** How many were read back. */
  checked: number;
  /** How many cannot be read back. */
  not_readable: number;
  /** What reads otherwise. */
  differences: DifferenceView[];
  /** Path of the certificate below the data folder. */
  certificate: string;
  /** Its hash. */
  hash: string;
  /** When. */
  at: string;
  /** What still has to be done by a person: `channel_export_off`, … */
  notes: ReasonView[];
}

/** One difference. */
export interface DifferenceView {
  /** The operation's key. */
  key: string;
  /** The field, or `record`. */
  field: string;
  /** What was sent. */
  expected: string;
  /** What was read. */
  found: string | null;
}

/** The answer of `sync`: plan, run and proof in one. */
export interface SyncView {
  /** The plan. */
  plan: PlanView;
  /** The run. */
  run: RunView;
  /** The proof. */
  proof: ProofView;
}

/** The inbox by root cause. */
export interface InboxView {
  /** Most first. */
  causes: CauseView[];
}

/** One cause. */
export interface CauseView {
  /** Reason code. */
  code: string;
  /** How many rows. */
  count: number;
  /** Money at stake as decimal text; `None` where no money moves. */
  amount: string | null;
  /** The rows' keys. */
  keys: string[];
  /** The rows, for the window. */
  rows: InboxRowView[];
}

/** One row of the inbox. */
export interface InboxRowView {
  /** Its key. */
  key: string;
  /** What a person calls the record. */
  target: string;
  /** Kind of plan it comes from. */
  kind: string;
  /** Why. */
  reason: ReasonView;
  /** When it came in. */
  since: string;
}

/** The answer of `inbox retry`: one new run for each kind that had rows. */
export interface RetryView {
  /** Plans, runs and proofs. */
  syncs: SyncView[];
}

/** Which list a file holds. */
export type ImportList =
  'master_items' | 'pending_not_matched' | 'pending_matched' | 'pending_empty' | 'pending_duplicate' | 'stock_count';

/** A file that the person chose. */
export interface ImportInput {
  /** What it holds. */
  list: ImportList;
  /** Its name; the ending tells the format (.xls, .xlsx, .csv). */
  file_name: string;
  /** Its bytes in Base64. */
  content: string;
  /** Field → column heading; empty: what is remembered, else what is guessed from the headings. */
  columns: Record<string, string>;
}

/** What came of it. */
export interface ImportView {
  /** Rows that were read and stored; 0 while columns are missing. */
  rows: number;
  /** All headings of the file. */
  headings: string[];
  /** Field → heading as used or guessed. */
  columns: Record<string, string>;
  /** Fields that must be given a column first. */
  missing: string[];
  /** Every field that this list can hold. */
  fields: string[];
}

/** What is needed to connect to the sandbox inside the program. These are made-up credentials of a made-up shop. */
export interface SandboxView {
  forstok_email: string;
  forstok_secret_key: string;
  client_id: string;
  client_secret: string;
  redirect_uri: string;
  owner_email: string;
}

/** Every way in which a step ends without its answer, as a list: a test goes through it. */
export const errorCodes = [
  'invalid_input',
  'file_malformed',
  'not_found',
  'not_connected',
  'no_database',
  'database_unusable',
  'mapping_incomplete',
  'mapping_invalid',
  'wrong_forstok_key',
  'wrong_client',
  'wrong_api_token',
  'clock_skew',
  'consent_denied',
  'sign_in_timed_out',
  'sign_in_mismatch',
  'cancelled',
  'port_taken',
  'sign_in_needed',
  'scope_missing',
  'offline',
  'busy',
  'refused',
  'no_answer',
  'not_offered',
  'wrong_database',
  'plan_of_other_database',
  'plan_stale',
  'company_busy',
  'storage_full',
  'storage_read_only',
  'storage_damaged',
  'storage_newer',
  'storage',
  'secrets_unavailable',
  'passphrase_needed',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** An error with the values for its sentence. */
export interface AppError {
  code: ErrorCode;
  params: Record<string, string>;
}

/** What every refused call throws. */
export class BackendError extends Error {
  constructor(readonly failure: AppError) {
    super(failure.code);
  }
}

export type PlanKind = 'items' | 'opening-stock' | 'stock';
export type OnProgress = (progress: ProgressView) => void;

/** The engine, as the window sees it. Every refusal is a `BackendError`. */
export interface Backend {
  appView(): Promise<AppView>;
  setExistingUser(existing: boolean): Promise<AppView>;
  setSetting(key: string, value: string): Promise<AppView>;
  /** What connects to the sandbox; `null` when this window works on real services. */
  sandboxConnection(): Promise<SandboxView | null>;
  /** Starts the sandbox inside the program and opens a demo company. */
  startSandbox(existingBooks: boolean): Promise<AppView>;

  connectForstok(email: string, secretKey: string): Promise<ForstokView>;
  /** Arms the listener, opens the system browser, and settles when its answer came, was denied, timed out or was cancelled. */
  connectAccurate(input: AccurateAppInput, onEvent: (event: SignInEvent) => void): Promise<AccurateView>;
  cancelSignIn(): Promise<void>;
  connectAccurateApiToken(token: string, signatureSecret: string): Promise<AccurateView>;
  disconnectAccurate(): Promise<AppView>;

  databases(): Promise<DatabasesView>;
  useDatabase(id: number): Promise<AppView>;
  check(): Promise<CheckView>;

  mapping(refresh: boolean): Promise<MappingView>;
  saveMapping(mapping: MappingInput): Promise<MappingView>;
  exportMapping(): Promise<string>;
  importMapping(text: string): Promise<MappingView>;

  skus(query: SkuQuery): Promise<SkusView>;
  skuCandidates(sku: string): Promise<CandidateView[]>;
  resolveSkus(decisions: SkuDecisionInput[]): Promise<ResolveView>;
  importFile(input: ImportInput): Promise<ImportView>;

  plan(kind: PlanKind, options: PlanOptions, onProgress: OnProgress): Promise<PlanView>;
  planOperations(plan: string, query: OperationQuery): Promise<OperationsView>;
  apply(plan: string, onProgress: OnProgress): Promise<RunView>;
  pauseRun(): Promise<void>;
  prove(run: string, onProgress: OnProgress): Promise<ProofView>;

  runs(): Promise<RunsView>;
  run(run: string): Promise<RunDetailView>;
  inbox(): Promise<InboxView>;
  inboxRetry(cause: string | null, onProgress: OnProgress): Promise<RetryView>;
  inboxDismiss(key: string, reason: string): Promise<InboxView>;
}
