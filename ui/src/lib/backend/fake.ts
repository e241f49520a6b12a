/**
 * The whole story in memory: connect, choose, map, decide, plan, apply, prove. For component tests and for the browser, so it keeps
 * the rules that the screens lean on (a step waits for the one before it, a second plan of the same kind is empty).
 */
import {
  accounts,
  branches,
  customers,
  databases,
  forstokWarehouses,
  products,
  stores,
  taxes,
  warehouses,
} from './fake-data';
import {
  BackendError,
  type AppView,
  type Backend,
  type CandidateView,
  type CauseView,
  type CheckView,
  type DatabaseView,
  type ErrorCode,
  type MappingInput,
  type MappingView,
  type OperationView,
  type PlanKind,
  type PlanOptions,
  type PlanView,
  type ProofView,
  type RunRowView,
  type RunView,
  type SlotView,
  type StepId,
  type StepState,
  type StepView,
  type SuggestionView,
} from './types';

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function fail(code: ErrorCode, params: Record<string, string> = {}): never {
  throw new BackendError({ code, params });
}

interface StoredPlan {
  head: PlanView;
  operations: OperationView[];
}
interface StoredRun {
  head: RunView;
  rows: RunRowView[];
  proof: ProofView | null;
}

export interface FakeOptions {
  /** Milliseconds that an answer takes; 0 in tests. */
  delay?: number;
  /** Milliseconds of a send step. */
  tick?: number;
}

/** The one product that Accurate will not take, whatever a person decides here. */
const TAKEN_BARCODE = 'LADAH-MUN-50';

const CAPABILITIES = {
  variants: true,
  quantities: true,
  warehouses: true,
  stores: true,
  pending_listings: true,
  orders: true,
  invoices: false,
  payments: false,
};

export function createFake({ delay = 120, tick = 90 }: FakeOptions = {}): Backend {
  let existing: boolean | null = null;
  let sandbox = false;
  let forstok: AppView['company']['forstok'] = null;
  let accurate: AppView['company']['accurate'] = null;
  let database: DatabaseView | null = null;
  const settings: Record<string, string> = { redirect_uri: 'http://localhost:47113/callback' };
  let mapping: MappingInput = { warehouses: [], stores: [], roles: {}, tax_id: null, invoice_trigger: 'ready_to_ship' };
  const versions: MappingView['versions'] = [];
  const shop = products();
  const inAccurate = new Set(shop.filter((row) => row.state === 'matched').map((row) => row.sku));
  const stockSent = new Set<string>();
  const opening = new Set<string>();
  const plans = new Map<string, StoredPlan>();
  const runs: StoredRun[] = [];
  const dismissed = new Set<string>();
  let counted = 0;
  let number = 0;
  let pausing = false;
  let answerSignIn: ((answer: 'granted' | 'cancelled') => void) | null = null;

  const wait = (ms = delay) => (ms === 0 ? Promise.resolve() : new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const now = () => new Date().toISOString();

  // ---- what stands where ----

  const OPEN_STATES = [
    'pending_not_matched',
    'pending_matched',
    'empty',
    'duplicate',
    'name_conflict',
    'sku_conflict',
    'invalid_code',
  ];
  const undecided = () => shop.filter((row) => OPEN_STATES.includes(row.state) && !row.decision);

  function slots(): SlotView[] {
    const same = (id: number, reason = 'same_name', zone: SuggestionView['zone'] = 'sure'): SuggestionView[] => [
      { id, reason, zone },
    ];
    const bank: Record<number, SuggestionView[]> = {
      11: same(71),
      12: same(72),
      13: same(73),
      14: same(74, 'similar_name', 'look'),
    };
    const customer: Record<number, SuggestionView[]> = { 11: same(60), 12: same(61) };
    const list: SlotView[] = [];
    for (const store of stores) {
      const saved = mapping.stores.find((row) => row.forstok_store_id === store.id);
      const part = { label: store.name, channel: store.channel };
      list.push({
        ...part,
        path: `stores.${store.id}.bank_account_id`,
        group: 'cash_bank',
        account_types: ['CASH_BANK'],
        required: true,
        chosen: saved?.bank_account_id ?? null,
        suggestions: bank[store.id] ?? [],
      });
      list.push({
        ...part,
        path: `stores.${store.id}.customer_id`,
        group: 'customer',
        account_types: [],
        required: false,
        chosen: saved?.customer_id ?? null,
        suggestions: customer[store.id] ?? [],
      });
      list.push({
        ...part,
        path: `stores.${store.id}.branch_id`,
        group: 'branch',
        account_types: [],
        required: false,
        chosen: saved?.branch_id ?? null,
        suggestions: same(50, 'only_one'),
      });
    }
    const role = (
      name: string,
      group: SlotView['group'],
      types: string[],
      suggestions: SuggestionView[],
    ): SlotView => ({
      path: `roles.${name}`,
      group,
      label: name,
      channel: null,
      account_types: types,
      required: true,
      chosen: mapping.roles[name] ?? null,
      suggestions,
    });
    list.push(
      role('shipping_fee', 'other_income', ['OTHER_INCOME'], same(80)),
      role('platform_rebate', 'other_income', ['OTHER_INCOME'], same(81)),
      role('voucher_seller', 'other_expense', ['OTHER_EXPENSE'], same(83)),
      role('shipping_difference', 'other_expense', ['OTHER_EXPENSE'], same(84, 'similar_name', 'look')),
      role('platform_fulfillment_fee', 'other_expense', ['OTHER_EXPENSE'], []),
      role('service_fee', 'other_expense', ['OTHER_EXPENSE'], same(86, 'similar_name', 'look')),
      role('stock_adjustment', 'stock_adjustment', ['COGS', 'OTHER_EXPENSE'], same(87)),
      {
        path: 'tax_id',
        group: 'tax',
        label: 'tax',
        channel: null,
        account_types: [],
        required: false,
        chosen: mapping.tax_id,
        suggestions: same(90, 'only_one', 'look'),
      },
    );
    const byName: Record<number, SuggestionView[]> = {
      195: same(50, 'similar_name', 'look'),
      196: same(51),
      197: same(52, 'similar_name', 'look'),
    };
    for (const warehouse of forstokWarehouses)
      list.push({
        path: `warehouses.${warehouse.id}`,
        group: 'warehouse',
        label: warehouse.name,
        channel: null,
        account_types: [],
        required: true,
        chosen: mapping.warehouses.find((pair) => pair.forstok_id === warehouse.id)?.accurate_id ?? null,
        suggestions: byName[warehouse.id] ?? [],
      });
    return list;
  }

  const openSlots = (warehouse: boolean) =>
    slots().filter((slot) => slot.required && slot.chosen === null && (slot.group === 'warehouse') === warehouse)
      .length;
  const proven = (kind: PlanKind) =>
    runs.some((run) => run.head.kind === kind && run.proof !== null && run.proof.differences.length === 0);
  const provenAgain = () =>
    runs.filter((run) => run.head.kind === 'items').length > 0 && proven('stock') && againSettled;
  let againSettled = false;

  function steps(): StepView[] {
    const order: StepId[] = ['connect', 'database', 'accounts', 'warehouses', 'skus', 'items'];
    if (existing === false) order.push('opening_stock');
    order.push('stock', 'items_again');
    const done: Partial<Record<StepId, boolean>> = {
      connect: forstok !== null && accurate !== null,
      database: database !== null,
      accounts: versions.length > 0 && openSlots(false) === 0,
      warehouses: versions.length > 0 && openSlots(true) === 0,
      skus: database !== null && undecided().length === 0,
      items: proven('items'),
      opening_stock: proven('opening-stock'),
      stock: proven('stock'),
      items_again: provenAgain(),
    };
    const count: Partial<Record<StepId, number>> = {
      accounts: openSlots(false),
      warehouses: openSlots(true),
      skus: undecided().length,
    };
    let current = true;
    const blockedBy = (id: StepId): string | null => {
      if (id === 'connect') return null;
      if (id === 'database') return done.connect ? null : 'after_connect';
      if (!done.database) return 'after_database';
      if (id === 'items' && !(done.accounts && done.warehouses)) return 'after_mapping';
      if ((id === 'opening_stock' || id === 'stock' || id === 'items_again') && !done.items) return 'after_items';
      if (id === 'stock' && existing === false && !done.opening_stock) return 'after_opening_stock';
      if (id === 'items_again' && !done.stock) return 'after_stock';
      return null;
    };
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
    list.push({ id: 'orders', state: 'later', count: 0, reason: { code: 'orders_later', params: {} } });
    return list;
  }

  const view = (): AppView =>
    clone({
      version: '0.1.0',
      data_dir: '~/.local/share/selaras',
      sandbox,
      company: {
        name: sandbox ? 'demo' : 'default',
        existing_user: existing,
        forstok,
        accurate,
        database,
        steps: steps(),
      },
      companies: sandbox ? ['default', 'demo'] : ['default'],
      settings,
      unfinished_run: runs.find((run) => run.head.state === 'paused')?.head ?? null,
    });

  // ---- mapping ----

  function mappingView(): MappingView {
    const debit = (slot: string, value: string) => ({ slot, debit: value, credit: '' });
    const credit = (slot: string | null, value: string) => ({ slot, debit: '', credit: value });
    return clone({
      mapping,
      version: versions[0]?.version ?? null,
      saved_at: versions[0]?.saved_at ?? null,
      versions,
      slots: slots(),
      accounts,
      warehouses,
      branches,
      customers,
      taxes,
      drift: [],
      example: {
        store_id: 13,
        lines: [
          debit('stores.13.bank_account_id', '246300'),
          debit('roles.voucher_seller', '8000'),
          debit('roles.shipping_difference', '2500'),
          debit('roles.service_fee', '13200'),
          credit(null, '264000'),
          credit('roles.platform_rebate', '6000'),
        ],
      },
      read_at: now(),
    });
  }

  function keep(next: MappingInput, source: string) {
    const doubled = next.warehouses.find(
      (pair, index) => next.warehouses.findIndex((other) => other.accurate_id === pair.accurate_id) !== index,
    );
    if (doubled) fail('mapping_invalid', { path: `warehouses.${doubled.forstok_id}`, detail: 'used_twice' });
    mapping = clone(next);
    versions.unshift({ version: versions.length + 1, saved_at: now(), source });
  }

  // ---- plans ----

  /** The fields of each kind are those of the engine's plans, to the letter: a test holds them. */
  function itemOperations(): OperationView[] {
    return shop.map((row): OperationView => {
      const known = { no: row.sku, name: row.name, item_type: 'INVENTORY', unit_price: row.price, upc: row.barcode };
      const after = {
        ...known,
        unit: 'PCS',
        category: 'Rempah',
        vendor_price: row.cost,
        ...(mapping.tax_id === null ? {} : { tax_id: String(mapping.tax_id) }),
      };
      const base = { key: `item:${row.sku || row.name}`, target: row.sku || row.name, group: null };
      if (row.decision?.decision === 'skip')
        return { ...base, action: 'blocked', before: {}, after, reason: { code: 'skipped_by_person', params: {} } };
      if (OPEN_STATES.includes(row.state) && !row.decision)
        return { ...base, action: 'blocked', before: {}, after, reason: row.reason };
      const code = row.decision?.target ?? row.sku;
      if (row.sku === TAKEN_BARCODE)
        return {
          ...base,
          action: 'blocked',
          before: {},
          after,
          reason: { code: 'barcode_taken', params: { barcode: row.barcode, item_no: 'LADA-001' } },
        };
      if (inAccurate.has(code) || row.decision?.decision === 'link')
        return {
          ...base,
          action: 'same',
          before: known,
          after,
          reason: { code: 'same_code_and_name', params: {} },
        };
      return {
        ...base,
        action: 'create',
        before: {},
        after: { ...after, no: code },
        reason: { code: 'not_in_accurate', params: {} },
      };
    });
  }

  function stockOperations(): OperationView[] {
    return shop
      .filter((row) => inAccurate.has(row.decision?.target ?? row.sku))
      .flatMap((row) =>
        forstokWarehouses.map((warehouse, index): OperationView => {
          const key = `stock:${warehouse.id}:${row.sku}`;
          const held = Math.max(0, Math.round(row.on_hand / (index + 1)));
          const real = Math.max(0, Math.round(row.accurate_on_hand / (index + 1)));
          const same = held === real || stockSent.has(key);
          return {
            key,
            action: same ? 'same' : 'change',
            target: row.sku,
            before: { on_hand: String(same ? real : held) },
            after: {
              sku: row.sku,
              warehouse_id: String(warehouse.id),
              warehouse_name: warehouse.name,
              on_hand: String(real),
            },
            reason: { code: same ? 'same_stock' : 'stock_differs', params: {} },
            group: null,
          };
        }),
      );
  }

  function openingOperations(options: PlanOptions): OperationView[] {
    const source = options.source;
    if (source === 'file' && counted === 0) fail('not_found', { what: 'stock_count', id: '' });
    return shop.flatMap((row, index): OperationView[] => {
      if (!inAccurate.has(row.sku) || row.on_hand <= 0) return [];
      const cost = options.forstok_cost
        ? row.cost
        : (options.unit_costs[row.sku] ?? (source === 'file' ? row.cost : null));
      const key = `opening:50:${index}`;
      const done = opening.has(key);
      const action = done ? 'same' : cost === null ? 'blocked' : 'create';
      const after: Record<string, string> = {
        item_no: row.sku,
        item_id: String(1000 + index),
        warehouse_id: '50',
        warehouse_name: 'Gudang Tangerang',
        quantity: String(row.on_hand),
      };
      if (cost !== null) Object.assign(after, { unit_cost: cost, total: String(BigInt(cost) * BigInt(row.on_hand)) });
      if (action === 'create')
        Object.assign(after, { account_no: '510.09', date: options.date ?? now().slice(0, 10), branch_id: '50' });
      return [
        {
          key,
          action,
          target: row.sku,
          before: { quantity: done ? String(row.on_hand) : '0' },
          after,
          reason: { code: done ? 'posted_before' : cost === null ? 'unit_cost_missing' : 'counted', params: {} },
          group: 'IA-2026-0001',
        },
      ];
    });
  }

  function makePlan(kind: PlanKind, options: PlanOptions): PlanView {
    if (!database) fail('no_database');
    if (kind === 'items' && openSlots(false) + openSlots(true) > 0)
      fail('mapping_incomplete', { missing: String(openSlots(false) + openSlots(true)) });
    const operations =
      kind === 'items' ? itemOperations() : kind === 'stock' ? stockOperations() : openingOperations(options);
    const counts = { create: 0, change: 0, same: 0, remove: 0, blocked: 0 };
    const blocked: Record<string, number> = {};
    for (const row of operations) {
      counts[row.action as keyof typeof counts]++;
      if (row.action === 'blocked') blocked[row.reason.code] = (blocked[row.reason.code] ?? 0) + 1;
    }
    const moved = (side: 'before' | 'after') =>
      String(
        operations
          .filter((row) => row.action === 'change')
          .reduce((sum, row) => sum + Number(row[side]['on_hand'] ?? 0), 0),
      );
    const emptied = operations.filter(
      (row) => row.action === 'change' && row.before['on_hand'] !== '0' && row.after['on_hand'] === '0',
    ).length;
    const writes = counts.create + counts.change;
    const calls = Math.ceil(writes / 100);
    const total =
      kind === 'opening-stock'
        ? operations
            .filter((row) => row.action === 'create')
            .reduce((sum, row) => sum + Number(row.after['total'] ?? 0), 0)
        : null;
    const head: PlanView = {
      plan: `p${plans.size + 1}`,
      kind,
      hash: (plans.size + 40503).toString(16).padStart(4, '0').repeat(16),
      counts,
      total: total === null ? null : String(total),
      database: database.id,
      made_at: now(),
      read_at: now(),
      calls,
      seconds: calls / 8,
      notes:
        kind === 'stock'
          ? [
              { code: 'stock_moves', params: { before: moved('before'), after: moved('after') } },
              ...(emptied > 0 ? [{ code: 'stock_emptied', params: { count: String(emptied) } }] : []),
            ]
          : kind === 'items' && writes === 0 && proven('stock')
            ? [{ code: 'channel_exports', params: { count: '1', off: 'Sinar Rempah Nusantara' } }]
            : kind === 'opening-stock'
              ? [{ code: 'date_of_documents', params: { date: options.date ?? now().slice(0, 10) } }]
              : [],
      blocked,
    };
    if (kind === 'items' && writes === 0 && proven('stock')) againSettled = true;
    plans.set(head.plan, { head, operations });
    return clone(head);
  }

  // ---- runs ----

  async function send(
    stored: StoredPlan,
    onProgress: (progress: {
      phase: string;
      done: number;
      total: number | null;
      rate: number | null;
      seconds_left: number | null;
    }) => void,
  ) {
    const writes = stored.operations.filter((row) => row.action === 'create' || row.action === 'change');
    const held = stored.operations.filter((row) => row.action === 'blocked');
    const rows: RunRowView[] = [
      ...writes.map((row): RunRowView => ({ key: row.key, target: row.target, state: 'waiting', reason: null })),
      ...held.map((row): RunRowView => ({ key: row.key, target: row.target, state: 'held', reason: row.reason })),
    ];
    const head: RunView = {
      run: `r${++number}`,
      plan: stored.head.plan,
      kind: stored.head.kind,
      database: stored.head.database,
      state: 'running',
      pause: null,
      in: rows.length,
      posted: 0,
      held: held.length,
      failed: 0,
      unknown: 0,
      started_at: now(),
      finished_at: null,
      certificate: null,
    };
    const run: StoredRun = { head, rows, proof: null };
    runs.unshift(run);
    pausing = false;
    const step = Math.max(1, Math.ceil(writes.length / 24));
    for (let done = 0; done < writes.length;) {
      await wait(tick);
      for (const row of writes.slice(done, done + step)) {
        const target = rows.find((other) => other.key === row.key);
        if (target) target.state = 'posted';
        if (head.kind === 'items') inAccurate.add(row.after['no'] ?? row.target);
        if (head.kind === 'stock') stockSent.add(row.key);
        if (head.kind === 'opening-stock') opening.add(row.key);
      }
      done = Math.min(writes.length, done + step);
      head.posted = done;
      const rate = (writes.length / stored.head.seconds) * (0.9 + (done % 7) / 100);
      onProgress({
        phase: 'sending',
        done,
        total: writes.length,
        rate,
        seconds_left: ((writes.length - done) / step) * (tick / 1000),
      });
      if (pausing && done < writes.length) {
        head.state = 'paused';
        head.pause = { code: 'paused_by_person', params: {} };
        return clone(head);
      }
    }
    head.state = 'finished';
    head.finished_at = now();
    return clone(head);
  }

  function proof(id: string): ProofView {
    const run = runs.find((other) => other.head.run === id) ?? fail('not_found', { what: 'run', id });
    run.proof = {
      run: id,
      checked: run.head.posted,
      not_readable: 0,
      differences: [],
      certificate: `certificates/${String(runs.length).padStart(4, '0')}-${run.head.kind}.json`,
      hash: `9c41e07b3f2a52d8${id.padEnd(4, '0')}`.padEnd(64, 'a'),
      at: now(),
      notes: run.head.kind === 'stock' ? [{ code: 'items_once_more', params: {} }] : [],
    };
    run.head.certificate = run.proof.certificate;
    return clone(run.proof);
  }

  function causes(): CauseView[] {
    const rows = itemOperations().filter(
      (row) => row.action === 'blocked' && !dismissed.has(row.key) && row.reason.code !== 'skipped_by_person',
    );
    const grouped = new Map<string, CauseView>();
    for (const row of rows) {
      const cause = grouped.get(row.reason.code) ?? {
        code: row.reason.code,
        count: 0,
        amount: null,
        keys: [],
        rows: [],
      };
      cause.count++;
      cause.keys.push(row.key);
      cause.rows.push({ key: row.key, target: row.target, kind: 'items', reason: row.reason, since: now() });
      grouped.set(row.reason.code, cause);
    }
    return runs.length === 0 ? [] : [...grouped.values()].sort((a, b) => b.count - a.count);
  }

  function candidates(sku: string): CandidateView[] {
    const row = shop.find((other) => other.sku === sku) ?? fail('not_found', { what: 'sku', id: sku });
    const target = row.suggestion?.decision === 'link' ? row.suggestion.target : null;
    if (target === null) return [];
    return [
      {
        id: 501,
        no: target,
        name: row.name.replace(', ', ' ').replace(' g', 'gr'),
        price: '85000',
        zone: row.suggestion?.zone ?? 'look',
        evidence: [
          { kind: 'code', percent: target === sku ? 100 : 87, forstok: sku, accurate: target },
          { kind: 'barcode', percent: 100, forstok: row.barcode, accurate: row.barcode },
          { kind: 'name', percent: 92, forstok: row.name, accurate: row.name.replace(', ', ' ') },
          { kind: 'price', percent: 72, forstok: row.price, accurate: '85000' },
        ],
      },
      {
        id: 502,
        no: `${target.slice(0, 9)}-BBK`,
        name: `${row.name.split(',')[0]} Bubuk`,
        price: null,
        zone: 'none',
        evidence: [
          { kind: 'code', percent: 61, forstok: sku, accurate: `${target.slice(0, 9)}-BBK` },
          { kind: 'barcode', percent: 3, forstok: row.barcode, accurate: '8997213400135' },
          { kind: 'name', percent: 67, forstok: row.name, accurate: `${row.name.split(',')[0]} Bubuk` },
          { kind: 'price', percent: null, forstok: row.price, accurate: null },
        ],
      },
    ];
  }

  return {
    async appView() {
      await wait(0);
      return view();
    },
    async setExistingUser(value) {
      await wait();
      existing = value;
      return view();
    },
    async setSetting(key, value) {
      await wait(0);
      settings[key] = value;
      return view();
    },
    async sandboxConnection() {
      await wait(0);
      if (!sandbox) return null;
      return {
        forstok_email: 'ratna@sinarrempah.example',
        forstok_secret_key: 'contoh-kunci-forstok',
        client_id: 'contoh-client-id',
        client_secret: 'contoh-client-secret',
        redirect_uri: settings['redirect_uri'] ?? '',
        owner_email: 'ratna@sinarrempah.example',
      };
    },
    async startSandbox(existingBooks) {
      await wait(delay * 3);
      sandbox = true;
      existing = existingBooks;
      return view();
    },

    async connectForstok(email, secretKey) {
      await wait();
      if (secretKey.trim() === '' || secretKey.includes('salah')) fail('wrong_forstok_key');
      forstok = { connected: true, email, capabilities: CAPABILITIES, imported: {} };
      return clone(forstok);
    },
    async connectAccurate(input, onEvent) {
      await wait();
      if (input.client_secret.includes('salah')) fail('wrong_client');
      const answer = new Promise<'granted' | 'cancelled'>((resolve) => (answerSignIn = resolve));
      onEvent({
        event: 'waiting',
        authorize_url: `https://account.accurate.id/oauth/authorize?client_id=${encodeURIComponent(input.client_id)}&response_type=code`,
        seconds: 300,
        browser_opened: true,
      });
      // The browser's answer, which nobody gives here: it comes by itself, unless it is cancelled first.
      if (delay > 0) setTimeout(() => answerSignIn?.('granted'), 4000);
      else queueMicrotask(() => answerSignIn?.('granted'));
      const given = await answer;
      answerSignIn = null;
      if (given === 'cancelled') fail('cancelled');
      accurate = {
        connected: true,
        email: 'pemilik@sinarrempahnusantara.example',
        mode: 'oauth',
        scopes: [
          'item_view',
          'item_save',
          'warehouse_view',
          'glaccount_view',
          'customer_view',
          'customer_save',
          'tax_view',
        ],
        missing_scopes: ['item_adjustment_save'],
        missing_blocks: { item_adjustment_save: ['opening_stock'] },
      };
      return clone(accurate);
    },
    async cancelSignIn() {
      answerSignIn?.('cancelled');
    },
    async connectAccurateApiToken(token) {
      await wait();
      if (token.includes('salah')) fail('wrong_api_token', { detail: 'signature' });
      accurate = {
        connected: true,
        email: null,
        mode: 'api_token',
        scopes: [],
        missing_scopes: [],
        missing_blocks: {},
      };
      return clone(accurate);
    },
    async disconnectAccurate() {
      await wait();
      accurate = null;
      database = null;
      return view();
    },

    async databases() {
      await wait();
      if (!accurate) fail('not_connected', { side: 'accurate' });
      return {
        databases: clone(databases).map((row) => ({
          ...row,
          chosen: row.id === database?.id,
          used_before: row.id === database?.id,
        })),
      };
    },
    async useDatabase(id) {
      await wait();
      const row = databases.find((other) => other.id === id) ?? fail('not_found', { what: 'database', id: String(id) });
      if (!row.usable) fail('database_unusable', { alias: row.alias, reason: row.reason ?? '' });
      database = {
        id,
        alias: row.alias,
        host: 'https://zeus.accurate.id',
        trial: row.reason === 'trial',
        band: databases.indexOf(row),
      };
      return view();
    },
    async check(): Promise<CheckView> {
      await wait();
      const open = undecided().length;
      return {
        ready: open === 0,
        checks: [
          { id: 'channels', state: 'ok', count: 4, detail: { code: 'channels_connected', params: { count: '4' } } },
          {
            id: 'pending_actions',
            state: open > 0 ? 'attention' : 'ok',
            count: open,
            detail: { code: open > 0 ? 'pending_undecided' : 'pending_none', params: { count: String(open) } },
          },
        ],
      };
    },

    async mapping() {
      await wait();
      if (!database) fail('no_database');
      return mappingView();
    },
    async saveMapping(next) {
      await wait();
      keep(next, 'saved');
      return mappingView();
    },
    async exportMapping() {
      await wait(0);
      return JSON.stringify(mapping, null, 2);
    },
    async importMapping(text) {
      await wait();
      let next: MappingInput;
      try {
        next = JSON.parse(text) as MappingInput;
      } catch {
        fail('file_malformed', { file: 'mapping.json', place: '1', detail: 'json' });
      }
      keep(next, 'imported');
      return mappingView();
    },

    async skus({ state, search, offset, limit }) {
      await wait(0);
      const counts: Record<string, number> = {};
      const open = shop.filter((row) => !(OPEN_STATES.includes(row.state) && row.decision));
      for (const row of open) counts[row.state] = (counts[row.state] ?? 0) + 1;
      const decided = shop.length - open.length;
      if (decided > 0) counts['decided'] = decided;
      const text = (search ?? '').toLowerCase();
      const found = open.filter(
        (row) => (state === null || row.state === state) && `${row.sku} ${row.name}`.toLowerCase().includes(text),
      );
      return {
        skus: clone(found.slice(offset, limit === 0 ? undefined : offset + limit)),
        counts,
        total: found.length,
        offset,
        read_at: now(),
      };
    },
    async skuCandidates(sku) {
      await wait(0);
      return candidates(sku);
    },
    async resolveSkus(decisions) {
      await wait(0);
      for (const { sku, decision, target } of decisions) {
        const row = shop.find((other) => other.sku === sku) ?? fail('not_found', { what: 'sku', id: sku });
        if (decision === 'rename' && !/^[\w#*().\-/]{1,30}$/.test(target ?? ''))
          fail('invalid_input', { field: 'target', detail: 'code' });
        row.decision = decision === 'undo' ? null : { decision, target: target ?? null, at: now() };
        if (decision === 'link' && target) inAccurate.add(target);
      }
      const left = shop.filter((row) => decisions.some((one) => one.sku === row.sku) && !row.resolvable);
      return {
        resolved: decisions.length,
        resolved_in_forstok: decisions.length - left.length,
        to_do_in_forstok: clone(left),
      };
    },
    async importFile({ file_name, list, columns }) {
      await wait();
      if (!/\.(xlsx?|csv)$/i.test(file_name)) fail('file_malformed', { file: file_name, place: '1', detail: 'format' });
      const fields = list === 'stock_count' ? ['sku', 'warehouse', 'quantity', 'unit_cost'] : ['sku', 'name', 'price'];
      const headings = ['Kode Barang', 'Gudang', 'Jumlah', 'Harga Pokok'];
      const used = Object.keys(columns).length
        ? columns
        : Object.fromEntries(fields.slice(0, 3).map((field, index) => [field, headings[index] ?? '']));
      const missing = fields.filter((field) => !used[field]);
      if (missing.length === 0 && list === 'stock_count') counted = 214;
      return { rows: missing.length === 0 ? 214 : 0, headings, columns: used, missing, fields };
    },

    async plan(kind, options, onProgress) {
      onProgress({ phase: 'reading_items', done: 120, total: 330, rate: null, seconds_left: null });
      await wait(delay * 2);
      return makePlan(kind, options);
    },
    async planOperations(plan, { action, search, after, limit }) {
      await wait(0);
      const stored = plans.get(plan) ?? fail('not_found', { what: 'plan', id: plan });
      const text = (search ?? '').toLowerCase();
      const found = stored.operations.filter(
        (row) =>
          (action === null || row.action === action) &&
          `${row.target} ${row.after['name'] ?? ''}`.toLowerCase().includes(text),
      );
      const from = after ?? 0;
      const rows = found.slice(from, limit === 0 ? undefined : from + limit);
      return {
        operations: clone(rows),
        next: from + rows.length < found.length ? from + rows.length : null,
        total: found.length,
      };
    },
    async apply(plan, onProgress) {
      const stored = plans.get(plan) ?? fail('not_found', { what: 'plan', id: plan });
      if (stored.head.database !== database?.id)
        fail('plan_of_other_database', { expected: String(stored.head.database), found: String(database?.id ?? '') });
      return send(stored, onProgress);
    },
    async pauseRun() {
      pausing = true;
    },
    async prove(run, onProgress) {
      onProgress({ phase: 'proving', done: 1, total: 2, rate: null, seconds_left: null });
      await wait(delay * 3);
      return proof(run);
    },

    async runs() {
      await wait(0);
      return { runs: clone(runs.map((run) => run.head)), chain_whole: true };
    },
    async run(id) {
      await wait(0);
      const run = runs.find((other) => other.head.run === id) ?? fail('not_found', { what: 'run', id });
      return clone({ run: run.head, rows: run.rows, proof: run.proof });
    },
    async inbox() {
      await wait(0);
      return { causes: clone(causes()) };
    },
    async inboxRetry(cause, onProgress) {
      const head = makePlan('items', { source: null, forstok_cost: false, unit_costs: {}, date: null });
      const stored = plans.get(head.plan) ?? fail('internal');
      const run = await send(stored, onProgress);
      return { syncs: [{ plan: head, run, proof: proof(run.run) }] };
    },
    async inboxDismiss(key, reason) {
      await wait();
      if (reason.trim() === '') fail('invalid_input', { field: 'reason', detail: 'empty' });
      dismissed.add(key);
      return { causes: clone(causes()) };
    },
  };
}
