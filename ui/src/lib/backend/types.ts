/**
 * What the window asks of the engine, and what it gets. The views are the engine's own (snake case, decimals and rupiah as text, times
 * in RFC 3339, reasons as closed codes), generated from Rust; what the window adds is the interface that `tauri.ts` and `fake.ts`
 * serve. Nothing else in the window knows which one it talks to.
 */
import type * as bindings from './bindings';

export type * from './bindings';

/** Rust sends every field; the question marks of the bindings are for what a file may leave out. */
type Whole<T> = T extends (infer E)[] ? Whole<E>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;

export type MappingInput = Whole<bindings.MappingInput>;
export type StoreMappingInput = Whole<bindings.StoreMappingInput>;
export type MappingView = Whole<bindings.MappingView>;
export type PlanOptions = Whole<bindings.PlanOptions>;
export type SalesInput = Whole<bindings.SalesInput>;
export type ImportInput = Whole<bindings.ImportInput>;
export type SkuDecisionInput = Whole<bindings.SkuDecisionInput>;

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
  'plan_of_other_shop',
  'plan_altered',
  'plan_stale',
  'brake',
  'undo_not_possible',
  'decision_not_possible',
  'company_busy',
  'data_in_use',
  'backup_refused',
  'storage_full',
  'storage_read_only',
  'storage_damaged',
  'storage_newer',
  'storage',
  'secrets_unavailable',
  'passphrase_needed',
  'internal',
] as const satisfies readonly bindings.ErrorCode[];

/** A refusal of the engine. */
export type AppError = bindings.AppError;

/** What every refused call throws. */
export class BackendError extends Error {
  constructor(readonly failure: AppError) {
    super(failure.code);
  }
}

/** Documents of a sale: what a shop sells, what it is paid, what was cancelled and what came back. */
export type SaleKind = 'invoices' | 'receipts' | 'voids' | 'returns';
/** The kinds of plan that a person begins; an undo is one of its own (`undo-items`, `undo-voids`, …). */
export type PlanKind = 'items' | 'opening-stock' | 'stock' | SaleKind;
/** A page of one of the services that is opened in the system's browser. */
export type Place = 'accurate' | 'forstok';
/** A plan of everything, as the mapping says. */
export const NO_OPTIONS: PlanOptions = {
  source: null,
  forstok_cost: false,
  unit_costs: {},
  date: null,
  since: null,
  orders: [],
  warehouse: null,
};
export type OnProgress = (progress: bindings.ProgressView) => void;

/** The engine, as the window sees it. Every refusal is a `BackendError`. */
export interface Backend {
  appView(): Promise<bindings.AppView>;
  setExistingUser(existing: boolean): Promise<bindings.AppView>;
  setSetting(key: string, value: string): Promise<bindings.AppView>;
  /** Opens another company of this computer, or a new one of that name; the next start opens it, too. */
  openCompany(name: string): Promise<bindings.AppView>;
  /** The copies of the person's data; answered also where the data cannot be opened. */
  backups(): Promise<bindings.BackupsView>;
  backUp(): Promise<bindings.BackupView>;
  /** Puts a copy into the place of the data; what was there is kept. */
  restore(name: string): Promise<bindings.RestoreView>;
  /** Shows the folder of the copies. */
  openBackups(): Promise<void>;
  /** Opens a service in the system's browser. */
  openPlace(place: Place): Promise<void>;

  /** What connects to the sandbox; `null` when this window works on real services. */
  sandboxConnection(): Promise<bindings.SandboxView | null>;
  /** Starts the sandbox inside the program and opens a demo company. */
  startSandbox(existingBooks: boolean): Promise<bindings.AppView>;
  /** Closes the sandbox and goes back to the person's own data. */
  leaveSandbox(): Promise<bindings.AppView>;

  connectForstok(email: string, secretKey: string): Promise<bindings.ForstokView>;
  /** Arms the listener, opens the system browser, and settles when its answer came, was denied, timed out or was cancelled. */
  connectAccurate(
    input: bindings.AccurateAppInput,
    onEvent: (event: bindings.SignInEvent) => void,
  ): Promise<bindings.AccurateView>;
  cancelSignIn(): Promise<void>;
  /** Opens the address of the sign-in under way once more. */
  openSignInAgain(): Promise<void>;
  connectAccurateApiToken(token: string, signatureSecret: string): Promise<bindings.AccurateView>;
  disconnectAccurate(): Promise<bindings.AppView>;

  databases(): Promise<bindings.DatabasesView>;
  useDatabase(id: number): Promise<bindings.AppView>;
  check(): Promise<bindings.CheckView>;

  mapping(refresh: boolean): Promise<MappingView>;
  saveMapping(mapping: MappingInput): Promise<MappingView>;
  /** A saved version, to look at or to begin from. */
  mappingVersion(version: number): Promise<MappingInput>;
  /** Another example for a store: `skip` 0 is the newest order. */
  mappingExample(store: number, skip: number): Promise<bindings.PayoutExampleView | null>;
  exportMapping(): Promise<string>;
  importMapping(text: string): Promise<MappingView>;

  skus(query: bindings.SkuQuery): Promise<bindings.SkusView>;
  /** Items of Accurate that may be the same product; with a search, those whose code, name or barcode holds it, nearest first. */
  skuCandidates(sku: string, search: string | null): Promise<bindings.CandidateView[]>;
  resolveSkus(decisions: SkuDecisionInput[]): Promise<bindings.ResolveView>;
  /** Accepts every sure suggestion of a queue, on all its pages. */
  acceptSure(state: string): Promise<bindings.ResolveView>;
  importFile(input: ImportInput): Promise<bindings.ImportView>;

  home(): Promise<bindings.HomeView>;
  /** Why both sides show what they show for a SKU; `refresh` reads them again first. */
  explain(sku: string, refresh: boolean): Promise<bindings.ExplainView>;

  plan(kind: PlanKind, options: PlanOptions, onProgress: OnProgress): Promise<bindings.PlanView>;
  /** The plan that takes a run back. */
  planUndo(run: string, onProgress: OnProgress): Promise<bindings.PlanView>;
  /** A stored plan's head. */
  planHead(plan: string): Promise<bindings.PlanView>;
  planOperations(plan: string, query: bindings.OperationQuery): Promise<bindings.OperationsView>;
  /** Writes a plan's operations as .xlsx into the person's folder of downloads. */
  savePlan(plan: string): Promise<bindings.SavedView>;
  /** Sends a plan; `pass` names the brakes that the person has passed for it. */
  apply(plan: string, pass: string[], onProgress: OnProgress): Promise<bindings.RunView>;
  pauseRun(): Promise<void>;
  /** Follows the run under way, as after the window was closed and opened: settles when it ends; `null` when there is none. */
  watchRun(onProgress: OnProgress): Promise<bindings.RunView | null>;
  prove(run: string, onProgress: OnProgress): Promise<bindings.ProofView>;

  runs(): Promise<bindings.RunsView>;
  /** Whether the chain of certificates, and all that it binds, is as it was when it was proven. */
  verify(): Promise<bindings.VerifyView>;
  run(run: string): Promise<bindings.RunSheetView>;
  runRows(run: string, query: bindings.RunRowQuery): Promise<bindings.RunRowsView>;
  /** Writes a run's certificate as a printable page into the person's folder of downloads, and opens it. */
  saveCertificate(run: string): Promise<bindings.SavedView>;

  /** The causes; their rows come page by page. */
  inbox(): Promise<bindings.InboxView>;
  inboxRows(query: bindings.InboxQuery): Promise<bindings.InboxRowsView>;
  /** Plans again and sends: the rows with these keys, else all of a cause, else everything. */
  inboxRetry(cause: string | null, keys: string[], onProgress: OnProgress): Promise<bindings.RetryView>;
  inboxDismiss(keys: string[], reason: string): Promise<bindings.InboxView>;
  /** What becomes of rows of one kind of documents of sales: they are in Accurate already, or are sent all the same. */
  decideRows(input: bindings.RowChoiceInput): Promise<bindings.InboxView>;

  /** One order taken apart, by its number, its id or `SO-` and the id; `refresh` reads both sides again first. */
  orderSheet(order: string, refresh: boolean): Promise<bindings.OrderSheetView>;
  /** Order, invoice, receipt and payout side by side, with the clearing account of each store. */
  reconciliation(query: bindings.ReconciliationQuery): Promise<bindings.ReconciliationView>;
  /** What Selaras would have posted beside what is posted, since a day; writes nothing. */
  shadow(since: string | null): Promise<bindings.ShadowView>;
  /** Writes a month's sheets and its page into the person's folder of downloads, and opens the page. */
  monthEnd(month: string): Promise<bindings.MonthEndView>;
}

/** Calls that ask a service itself; of the rest, some answer from what is kept here. */
const GOES_OUT: ReadonlySet<string> = new Set<keyof Backend>([
  'connectForstok',
  'connectAccurate',
  'connectAccurateApiToken',
  'databases',
  'useDatabase',
  'check',
  'plan',
  'planUndo',
  'apply',
  'prove',
  'inboxRetry',
  'shadow',
  'monthEnd',
]);

/** Whether a call always leaves this computer. */
export const goesOut = (call: string): boolean => GOES_OUT.has(call);
