/**
 * What the made-up company is at this moment: who is connected, what is mapped and decided, what was sent. The other files of this
 * folder read and change it; it knows the rail, and nothing of plans and screens.
 */
import {
  BackendError,
  type AppView,
  type DatabaseView,
  type ErrorCode,
  type MappingInput,
  type MappingView,
  type OperationView,
  type PlanView,
  type ProofView,
  type ReasonView,
  type RunView,
  type SkuDecisionView,
  type StepId,
  type StepState,
  type StepView,
} from '../types';
import type { Moves } from './brakes';
import { slots } from './mapping';
import { manyProducts, OPEN_STATES, placeOf, products, type Product } from './products';
import type { Scenario } from './scenario';
import { capabilities, databases, scopes } from './shop';
import { listed, Table, type Rows } from './table';

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
export const now = () => new Date().toISOString();
export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export function fail(code: ErrorCode, params: Record<string, string> = {}): never {
  throw new BackendError({ code, params });
}

export interface StoredPlan {
  head: PlanView;
  moves: Moves;
  /** Whether stock goes to its places for the first time. */
  first: boolean;
  operations: Table<OperationView>;
}

/** A run; its rows are those operations of its plan that are not the same already, those to send first. */
export interface StoredRun {
  head: RunView;
  plan: StoredPlan;
  /** How many rows there are to send, and why some of them ended otherwise than posted. */
  writes: number;
  endings: Map<number, { state: string; reason: ReasonView }>;
  rows: Rows<OperationView>;
  proof: ProofView | null;
  settled: number;
}

export class World {
  existing: boolean | null = null;
  sandbox = false;
  forstok: AppView['company']['forstok'] = null;
  accurate: AppView['company']['accurate'] = null;
  database: DatabaseView | null = null;
  mapping: MappingInput = {
    warehouses: [],
    channel_warehouses: [],
    stores: [],
    roles: {},
    tax_id: null,
    invoice_trigger: 'ready_to_ship',
    sales: null,
  };
  readonly versions: MappingView['versions'] = [];
  /** The mapping of each version, by its number. */
  readonly kept = new Map<number, MappingInput>();
  readonly decisions = new Map<string, SkuDecisionView>();
  readonly inAccurate: Set<string>;
  readonly changed = new Set<string>();
  readonly stockSent = new Set<string>();
  readonly opening = new Set<string>();
  /** Documents of sales that were posted and not taken back, by the key of their operation; and those that were removed. */
  readonly entered = new Set<string>();
  /** How many orders were placed so far, and of how many of them the money has come in. */
  readonly sales = { placed: 180, paid: 100 };
  readonly plans = new Map<string, StoredPlan>();
  /** Newest first. */
  readonly runs: StoredRun[] = [];
  /** Keys that a person took out of the inbox, or that a new run settled. */
  readonly dismissed = new Set<string>();
  counted = 0;
  againSettled = false;
  readonly shop: Rows<Product>;
  readonly skus: Table<Product>;

  constructor(
    readonly scenario: Scenario,
    /** Of the company, and of the computer: what all its companies share. */
    readonly name = 'default',
    readonly companies: string[] = [name],
    readonly settings: Record<string, string> = {
      redirect_uri: 'http://localhost:47113/callback',
      brake_rise: '20',
      brake_fall: '20',
      brake_changes: '200',
    },
  ) {
    this.shop = scenario.is('empty') ? listed([]) : scenario.is('huge') ? manyProducts(100_000) : products();
    const decided = (row: Product): Product => ({ ...row, decision: this.decisions.get(row.sku) ?? null });
    const rows: Rows<Product> = { length: this.shop.length, at: (index) => decided(this.shop.at(index)) };
    this.skus = new Table(rows, {
      sorts: {
        sku: (row) => row.sku,
        name: (row) => row.name,
        price: (row) => Number(row.price),
        stock: (row) => row.on_hand,
        waiting: (row) => row.waiting?.orders ?? 0,
      },
      text: (row) => `${row.sku} ${row.name}`,
    });
    this.inAccurate = new Set(
      scenario.is('huge')
        ? []
        : this.every()
            .filter((row) => row.state === 'matched')
            .map((row) => row.sku),
    );
    this.begin();
  }

  /** The stage that the scenario asks for. */
  private begin(): void {
    const { scenario } = this;
    if (scenario.is('sandbox')) this.sandbox = true;
    if (!scenario.reached('connected')) return;
    this.existing = !scenario.is('new');
    this.connectForstok('ratna@sinarrempahnusantara.example');
    this.connectAccurate();
    if (!scenario.reached('chosen')) return;
    this.choose(1048213);
    if (!scenario.reached('mapped')) return;
    const roles: Record<string, number> = {};
    for (const slot of slots(this))
      if (slot.path.startsWith('roles.')) roles[slot.path.slice(6)] = slot.suggestions[0]?.id ?? 85;
    this.keep(
      {
        ...this.mapping,
        warehouses: [195, 196, 197].map((forstok_id, index) => ({ forstok_id, accurate_id: 50 + index })),
        stores: [11, 12, 13, 14].map((id, index) => ({
          forstok_store_id: id,
          customer_id: id < 13 ? id + 49 : null,
          customer_no: null,
          bank_account_id: 60 + id,
          branch_id: index === 0 ? 50 : null,
        })),
        roles,
        sales: scenario.reached('home')
          ? {
              since: null,
              tax_inclusive: true,
              recipient: false,
              return_warehouse_id: 50,
              closed_until: null,
              count: null,
            }
          : null,
      },
      'saved',
      ago(60 * 24 * 20),
    );
    if (!scenario.reached('home') || scenario.is('huge')) return;
    for (const row of this.every())
      if (OPEN_STATES.includes(row.state)) {
        const { suggestion } = row;
        this.decisions.set(row.sku, {
          decision: suggestion?.decision ?? 'skip',
          target: suggestion?.target ?? null,
          at: ago(60 * 24 * 12),
        });
      }
  }

  every(): Product[] {
    return Array.from({ length: this.shop.length }, (_, index) => this.skus.rows.at(index));
  }

  find(sku: string): Product | undefined {
    const place = this.scenario.is('huge') ? placeOf(sku) : null;
    if (place !== null && place < this.shop.length) return this.skus.rows.at(place);
    return this.scenario.is('huge') ? undefined : this.every().find((row) => row.sku === sku);
  }

  connectForstok(email: string) {
    this.forstok = { connected: true, email, capabilities, imported: {} };
    return this.forstok;
  }

  connectAccurate(mode: 'oauth' | 'api_token' = 'oauth') {
    const whole = mode === 'api_token' || this.scenario.stage === 'home';
    this.accurate = {
      connected: true,
      email: mode === 'oauth' ? 'pemilik@sinarrempahnusantara.example' : null,
      mode,
      scopes: mode === 'oauth' ? scopes : [],
      missing_scopes: whole ? [] : ['item_adjustment_save', 'item_delete'],
      missing_blocks: whole ? {} : { item_adjustment_save: ['write_opening_stock'], item_delete: ['undo_items'] },
    };
    return this.accurate;
  }

  choose(id: number): void {
    const row = databases.find((other) => other.id === id) ?? fail('not_found', { what: 'database', id: String(id) });
    if (!row.usable) fail('database_unusable', { alias: row.alias, reason: row.reason ?? '' });
    this.database = {
      id,
      alias: row.alias,
      host: 'https://zeus.accurate.id',
      trial: row.reason === 'trial',
      band: databases.indexOf(row),
    };
  }

  /** Saves the mapping as a new version. */
  keep(next: MappingInput, source: string, at = now()): void {
    const doubled = next.warehouses.find(
      (pair, index) => next.warehouses.findIndex((other) => other.accurate_id === pair.accurate_id) !== index,
    );
    if (doubled) fail('mapping_invalid', { path: `warehouses.${doubled.forstok_id}`, detail: 'warehouse_twice' });
    this.mapping = clone(next);
    const version = this.versions.length + 1;
    this.kept.set(version, clone(next));
    this.versions.unshift({ version, saved_at: at, source });
  }

  open(row: Product): boolean {
    return OPEN_STATES.includes(row.state) && !row.decision;
  }

  /** How many SKUs ask for a decision. */
  undecided(): number {
    if (this.scenario.is('huge')) return Math.ceil((this.shop.length - 7) / 80) - this.decisions.size;
    return this.every().filter((row) => this.open(row)).length;
  }

  openSlots(warehouse: boolean): number {
    return slots(this).filter(
      (slot) => slot.required && slot.chosen === null && (slot.group === 'warehouse') === warehouse,
    ).length;
  }

  proven(kind: string): boolean {
    return this.runs.some(
      (run) =>
        run.head.kind === kind && run.proof !== null && run.proof.differences.length === 0 && !run.head.undone_by,
    );
  }

  /** Set-up was finished long ago: nothing of it waits, whatever comes in. */
  private get settled(): boolean {
    return this.scenario.stage === 'home';
  }

  steps(): StepView[] {
    const order: StepId[] = ['connect', 'database', 'accounts', 'warehouses', 'skus', 'items'];
    if (this.existing === false) order.push('opening_stock');
    order.push('stock', 'items_again', 'orders');
    const saved = this.versions.length > 0;
    const count: Partial<Record<StepId, number>> = {
      accounts: this.openSlots(false),
      warehouses: this.openSlots(true),
      skus: this.settled ? 0 : this.undecided(),
    };
    const done: Partial<Record<StepId, boolean>> = {
      connect: this.forstok !== null && this.accurate !== null,
      database: this.database !== null,
      accounts: saved && count.accounts === 0,
      warehouses: saved && count.warehouses === 0,
      skus: this.database !== null && count.skus === 0,
      items: this.settled || this.proven('items'),
      opening_stock: this.settled || this.proven('opening-stock'),
      stock: this.settled || this.proven('stock'),
      items_again: this.settled || (this.proven('items') && this.proven('stock') && this.againSettled),
      orders: this.settled || this.proven('invoices'),
    };
    const blockedBy = (id: StepId): string | null => {
      if (id === 'connect') return null;
      if (id === 'database') return done.connect ? null : 'after_connect';
      if (!done.database) return 'after_database';
      if (id === 'items' && !(done.accounts && done.warehouses)) return 'after_mapping';
      if ((id === 'opening_stock' || id === 'stock' || id === 'items_again') && !done.items) return 'after_items';
      if (id === 'stock' && this.existing === false && !done.opening_stock) return 'after_opening_stock';
      if ((id === 'items_again' || id === 'orders') && !done.stock) return 'after_stock';
      return null;
    };
    let current = true;
    const list: StepView[] = order.map((id) => {
      const why = blockedBy(id);
      const open = count[id] ?? 0;
      let state: StepState = why ? 'blocked' : done[id] ? 'done' : open > 0 ? 'need' : 'waiting';
      if (current && state !== 'done' && state !== 'blocked') {
        current = false;
        if (state === 'waiting') state = 'current';
      }
      return { id, state, count: why ? 0 : open, reason: why ? { code: why, params: {} } : null };
    });
    return list;
  }

  view(): AppView {
    return clone({
      version: '0.1.0',
      data_dir: '~/.local/share/selaras',
      sandbox: this.sandbox,
      company: {
        name: this.sandbox ? 'demo' : this.name,
        existing_user: this.existing,
        forstok: this.forstok,
        accurate: this.accurate,
        database: this.database,
        steps: this.steps(),
      },
      companies: this.sandbox ? ['demo'] : this.companies,
      settings: this.settings,
      unfinished_run: this.runs.find((run) => run.head.state === 'paused')?.head ?? null,
    });
  }
}
