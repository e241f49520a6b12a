/**
 * Which made-up world the engine in memory plays. The window's address chooses it in the browser:
 *
 *   ?fake=WORD[,WORD…]   a stage, and what is the matter with it
 *   &fail=CALL:CODE,…    calls that are refused with a code, e.g. fail=plan:busy,runs:storage_damaged
 *
 * Stages (none of them: a first start): `connected` both sides are connected; `chosen` a database, too; `mapped` the mapping is saved
 * and the SKUs wait; `home` set-up is finished and has a history of two weeks.
 *
 * Matters (each begins at `home` when no stage is named): `empty` nothing was read yet, no runs, no inbox, no database to choose;
 * `huge` 100,000 SKUs, 300,000 figures of stock, 5,000 rows of the inbox; `offline` every call that reads outside is refused so;
 * `error` the calls of [`ERRORS`] are refused; `slow` nothing but the frame is ever answered; `undo` the plan `undo-1` takes an item
 * run back; `running` a stock run goes on when the window opens; `paused` a run waits to be continued; `drift` an account of the
 * mapping was renamed and one deactivated; `asked` a customer has the number of a store by chance; `braked` many changes and much more
 * stock; `new` a user who is new to Accurate; `sandbox` the made-up shop inside the program; `changed` one order changed after its invoice,
 * one was sold before its count, and one lies in the marketplace's own warehouse; `tampered` the journal of the newest run was changed
 * behind the program's back, a certificate's file is gone, and the newest run is not proven.
 */
import { errorCodes, goesOut, type AppError, type Backend, type ErrorCode } from '../types';

export const stages = ['fresh', 'connected', 'chosen', 'mapped', 'home'] as const;
export type Stage = (typeof stages)[number];

const matters = [
  'empty',
  'huge',
  'offline',
  'error',
  'slow',
  'undo',
  'running',
  'paused',
  'drift',
  'asked',
  'braked',
  'new',
  'sandbox',
  'changed',
  'tampered',
] as const;
export type Matter = (typeof matters)[number];

type Call = keyof Backend;

/** What `error` refuses, each call with a code that fits it. */
export const ERRORS: Partial<Record<Call, ErrorCode>> = {
  connectForstok: 'wrong_forstok_key',
  connectAccurate: 'consent_denied',
  databases: 'no_answer',
  check: 'scope_missing',
  mapping: 'sign_in_needed',
  saveMapping: 'mapping_invalid',
  skus: 'storage_damaged',
  home: 'storage',
  explain: 'no_answer',
  plan: 'busy',
  planHead: 'not_found',
  planUndo: 'wrong_database',
  savePlan: 'storage_full',
  runs: 'storage',
  run: 'not_found',
  inbox: 'storage_read_only',
  inboxRetry: 'busy',
  decideRows: 'not_found',
  orderSheet: 'not_found',
  reconciliation: 'no_answer',
  shadow: 'scope_missing',
  monthEnd: 'storage_full',
};

/** What the frame waits for before it draws anything. */
const FRAME: readonly Call[] = ['appView', 'setSetting', 'sandboxConnection', 'watchRun'];

/** What the sentences of any refusal may name. */
const PARAMS = {
  path: '~/.local/share/selaras',
  scope: 'item_save',
  what: 'run',
  id: 'r99',
  expected: '1048213',
  found: '1090477',
};

export class Scenario {
  private readonly answered = new Map<string, number>();

  constructor(
    readonly stage: Stage = 'fresh',
    private readonly what: ReadonlySet<Matter> = new Set(),
    private readonly failures: ReadonlyMap<string, ErrorCode> = new Map(),
  ) {}

  is(matter: Matter): boolean {
    return this.what.has(matter);
  }

  reached(stage: Stage): boolean {
    return stages.indexOf(this.stage) >= stages.indexOf(stage);
  }

  /** How this call is refused; `null`: it is answered. Counts the calls, so it is asked once for each. */
  refusal(call: string, args: readonly unknown[]): AppError | null {
    const turn = (this.answered.get(call) ?? 0) + 1;
    this.answered.set(call, turn);
    const code = this.failures.get(call) ?? (this.is('error') && !this.frame(call) ? ERRORS[call as Call] : undefined);
    const side = call === 'connectForstok' || call === 'skus' ? 'forstok' : 'accurate';
    if (code !== undefined) return { code, params: { ...PARAMS, side } };
    if (this.is('offline') && this.outside(call, args)) return { code: 'offline', params: { side } };
    return null;
  }

  /** Whether this call is never answered. */
  never(call: string): boolean {
    return this.is('slow') && !this.frame(call);
  }

  /** The first answers of inbox and home are part of the frame: the count and the ages in the rail. */
  private frame(call: string): boolean {
    return (
      (FRAME as readonly string[]).includes(call) || (['inbox', 'home'].includes(call) && this.answered.get(call) === 1)
    );
  }

  private outside(call: string, args: readonly unknown[]): boolean {
    if (goesOut(call)) return true;
    if (call === 'mapping') return args[0] === true;
    if (call === 'explain' || call === 'orderSheet') return args[1] === true;
    if (call === 'reconciliation') return (args[0] as { refresh?: boolean } | undefined)?.refresh === true;
    if (call === 'skus') return (args[0] as { refresh?: boolean } | undefined)?.refresh === true;
    return false;
  }
}

const listed = (text: string | null) => (text ?? '').split(',').filter((word) => word !== '');

/** Reads the address; a word that nobody knows is left out. */
export function scenarioOf(search: string): Scenario {
  const asked = new URLSearchParams(search);
  const words = listed(asked.get('fake'));
  const what = new Set(matters.filter((matter) => words.includes(matter)));
  const named = stages.find((stage) => words.includes(stage));
  const begins = [...what].some((matter) => matter !== 'new' && matter !== 'sandbox') ? 'home' : 'fresh';
  const failures = new Map<string, ErrorCode>();
  for (const pair of listed(asked.get('fail'))) {
    const [call = '', code = ''] = pair.split(':');
    const known = errorCodes.find((other) => other === code);
    if (known) failures.set(call, known);
  }
  return new Scenario(named ?? begins, what, failures);
}
