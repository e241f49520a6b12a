/** Made-up runs: the one that goes on, those of two weeks, their proofs, sheets and rows. */
import {
  NO_OPTIONS,
  type OperationView,
  type ProgressView,
  type ProofView,
  type ReasonView,
  type RunChangeView,
  type RunRowView,
  type RunSheetView,
  type RunView,
  type UndoScopeView,
} from '../types';
import { isSale } from '../../sales';
import { makePlan, makeUndo } from './plans';
import { listed, Table, type Rows } from './table';
import { ago, clone, fail, now, type StoredPlan, type StoredRun, type World } from './world';

type OnProgress = (progress: ProgressView) => void;
const because = (code: string, params: Record<string, string> = {}): ReasonView => ({ code, params });
const WRITES = ['create', 'change', 'remove'];

/** The rows of a plan that a run has: those to send, then those that are held. */
function rowsOf({ operations: { rows } }: StoredPlan): { rows: Rows<OperationView>; writes: number } {
  const writes: number[] = [];
  const held: number[] = [];
  for (let index = 0; index < rows.length; index++) {
    const { action } = rows.at(index);
    if (WRITES.includes(action)) writes.push(index);
    else if (action === 'blocked') held.push(index);
  }
  const order = Int32Array.from([...writes, ...held]);
  if (order.length < 5000) return { rows: listed([...order].map((index) => rows.at(index))), writes: writes.length };
  return { rows: { length: order.length, at: (index) => rows.at(order[index] as number) }, writes: writes.length };
}

function begin(world: World, plan: StoredPlan, at = now(), passed: ReasonView[] = []): StoredRun {
  const { rows, writes } = rowsOf(plan);
  const run: StoredRun = {
    head: {
      run: `r${world.runs.length + 1}`,
      plan: plan.head.plan,
      kind: plan.head.kind,
      database: plan.head.database,
      state: 'running',
      pause: null,
      in: rows.length,
      posted: 0,
      held: rows.length - writes,
      failed: 0,
      unknown: 0,
      started_at: at,
      finished_at: null,
      certificate: null,
      certificate_no: null,
      unproven: false,
      passed,
      undoes: plan.head.undoes,
      undone_by: null,
    },
    plan,
    writes,
    endings: new Map(),
    rows,
    proof: null,
    settled: 0,
  };
  world.runs.unshift(run);
  return run;
}

/** What the sending of a row changes in the made-up books. */
function take(world: World, kind: string, row: OperationView): void {
  const key = row.key.replace('undo:', '');
  if (kind === 'items') {
    world.inAccurate.add(row.after['no'] ?? row.target);
    world.changed.add(row.key);
  } else if (kind === 'stock') world.stockSent.add(row.key);
  else if (kind === 'opening-stock') world.opening.add(row.key);
  else if (kind === 'undo-items') world.inAccurate.delete(row.before['no'] ?? row.target);
  else if (kind === 'undo-stock') world.stockSent.delete(key);
  else if (kind === 'undo-opening-stock') world.opening.delete(key);
  else if (kind === 'voids') world.entered.delete(key.replace('void-', ''));
  else if (kind === 'undo-voids') world.entered.add(key.replace('void-', ''));
  else if (kind.startsWith('undo-')) world.entered.delete(key);
  else world.entered.add(row.key);
}

/** The run that goes on now, in steps that a person can watch; more than one window may follow it. */
export class Sending {
  pausing = false;
  private readonly listeners = new Set<OnProgress>();
  private under: Promise<RunView> | null = null;
  private last: ProgressView | null = null;

  constructor(
    private readonly world: World,
    private readonly wait: () => Promise<void>,
  ) {}

  get now(): Promise<RunView> | null {
    return this.under;
  }

  follow(onProgress: OnProgress): void {
    this.listeners.add(onProgress);
    if (this.last) onProgress(clone(this.last));
  }

  send(plan: StoredPlan, onProgress: OnProgress | null, passed: ReasonView[] = []): Promise<RunView> {
    if (this.under) fail('company_busy');
    if (onProgress) this.listeners.add(onProgress);
    const paused = this.world.runs.find((run) => run.head.plan === plan.head.plan && run.head.state === 'paused');
    const run = paused ?? begin(this.world, plan, now(), passed);
    const under = this.steps(run);
    this.under = under.finally(() => {
      this.under = null;
      this.last = null;
      this.listeners.clear();
    });
    return this.under;
  }

  private async steps(run: StoredRun): Promise<RunView> {
    const { head, rows, writes } = run;
    this.pausing = false;
    head.state = 'running';
    head.pause = null;
    const step = Math.max(1, Math.ceil(writes / 24));
    const limit = writes / Math.max(1, run.plan.head.seconds);
    while (head.posted < writes) {
      await this.wait();
      const from = head.posted;
      head.posted = Math.min(writes, from + step);
      if (!this.world.scenario.is('huge'))
        for (let index = from; index < head.posted; index++) take(this.world, head.kind, rows.at(index));
      const rate = limit * (0.9 + (head.posted % 7) / 100);
      this.last = {
        phase: 'sending',
        done: head.posted,
        total: writes,
        rate,
        seconds_left: Math.round((writes - head.posted) / rate),
        counts: { posted: head.posted, held: head.held, failed: 0, unknown: 0 },
      };
      for (const listener of this.listeners) listener(clone(this.last));
      if (this.pausing && head.posted < writes) {
        head.state = 'paused';
        head.pause = because('paused_by_person');
        return clone(head);
      }
    }
    head.state = 'finished';
    head.finished_at = now();
    const undone = this.world.runs.find((other) => other.head.run === head.undoes);
    if (undone) undone.head.undone_by = head.run;
    return clone(head);
  }
}

export function runOf(world: World, id: string): StoredRun {
  return world.runs.find((run) => run.head.run === id) ?? fail('not_found', { what: 'run', id });
}

export function prove(world: World, id: string, at = now()): ProofView {
  const run = runOf(world, id);
  const number = world.runs.length - world.runs.indexOf(run);
  run.proof = {
    run: id,
    checked: run.head.posted,
    not_readable: 0,
    overtaken: 0,
    unknown: run.head.unknown,
    unread_fields: {},
    proven: true,
    differences: [],
    certificate: `certificates/${String(number).padStart(4, '0')}-${run.head.kind}.json`,
    hash: hashOf(number),
    at,
    notes: run.head.kind === 'stock' ? [because('items_once_more')] : [],
  };
  run.head.certificate = run.proof.certificate;
  run.head.certificate_no = number;
  run.head.unproven = false;
  return clone(run.proof);
}

/** A hash that looks like one. */
function hashOf(number: number): string {
  let text = '';
  for (let part = 0, seed = number * 40503 + 7; text.length < 64; part++) {
    seed = (seed * 1_103_515_245 + 12_345 + part) % 2_147_483_648;
    text += seed.toString(16).padStart(8, '0');
  }
  return text.slice(0, 64);
}

function rowView(run: StoredRun, index: number): RunRowView {
  const row = run.rows.at(index);
  const ending = run.endings.get(index);
  const state = index >= run.writes ? 'held' : index < run.head.posted + run.endings.size ? 'posted' : 'waiting';
  return {
    key: row.key,
    target: row.target,
    warehouse: row.after['warehouse_name'] ?? row.before['warehouse_name'] ?? null,
    state: ending?.state ?? state,
    reason: ending?.reason ?? (state === 'held' ? row.reason : null),
  };
}

function table(run: StoredRun): Table<RunRowView> {
  return new Table(
    { length: run.rows.length, at: (index) => rowView(run, index) },
    { sorts: { target: (row) => row.target, state: (row) => row.state }, text: (row) => row.target },
  );
}

/** An order that was worked out stays good once the run has ended. */
const finished = new WeakMap<StoredRun, Table<RunRowView>>();

export function runRows(world: World, id: string, state: string | null, search: string | null, page: PageOf) {
  const run = runOf(world, id);
  const rows = finished.get(run) ?? table(run);
  if (run.head.state === 'finished') finished.set(run, rows);
  const found = rows.page(state ?? '', state === null ? null : (row) => row.state === state, search, page);
  const { posted, held, failed, unknown } = run.head;
  const all: Record<string, number> = {
    posted,
    held,
    failed,
    unknown,
    waiting: run.head.in - posted - held - failed - unknown,
  };
  const counts = Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
  return { rows: found.rows, counts, page: found.page };
}
type PageOf = Parameters<Table<RunRowView>['page']>[3];

function scope({ head }: StoredRun): UndoScopeView {
  if (head.undoes !== null) return { rows: 0, impossible: because('undo_of_undo'), scope: [] };
  if (head.undone_by !== null) return { rows: 0, impossible: because('undo_done'), scope: [] };
  if (head.posted === 0) return { rows: 0, impossible: because('undo_nothing_posted'), scope: [] };
  const notes: Record<string, string> = {
    items: 'undo_items_scope',
    stock: 'undo_stock_scope',
    'opening-stock': 'undo_opening_scope',
    invoices: 'undo_invoices_scope',
    receipts: 'undo_receipts_scope',
    returns: 'undo_returns_scope',
    voids: 'undo_voids_scope',
  };
  const code = notes[head.kind];
  return { rows: head.posted, impossible: null, scope: code ? [because(code)] : [] };
}

function changes(run: StoredRun): RunChangeView[] {
  const parts = new Map<string, { rows: number; before: number; after: number; amount: number }>();
  for (let index = 0; index < run.writes; index++) {
    if (rowView(run, index).state !== 'posted') continue;
    const { before, after } = run.rows.at(index);
    const named = ['warehouse_name', 'category', 'store_name'].find((field) => after[field] ?? before[field]) ?? '';
    const label = after[named] ?? before[named] ?? '';
    const part = parts.get(label) ?? { rows: 0, before: 0, after: 0, amount: 0 };
    part.rows++;
    part.before += Number(before['on_hand'] ?? before['quantity'] ?? 0);
    part.after += Number(after['on_hand'] ?? after['quantity'] ?? 0);
    part.amount += Number(after['total'] ?? before['total'] ?? 0);
    parts.set(label, part);
  }
  const figures = run.head.kind.endsWith('stock');
  const money = run.head.kind.endsWith('opening-stock') || isSale(run.head.kind);
  return [...parts]
    .map(([label, part]) => ({
      label,
      rows: part.rows,
      before: figures ? String(part.before) : null,
      after: figures ? String(part.after) : null,
      amount: money ? String(part.amount) : null,
    }))
    .sort((a, b) => b.rows - a.rows);
}

export function sheet(world: World, id: string): RunSheetView {
  const run = runOf(world, id);
  const number = run.head.certificate_no;
  return clone({
    run: run.head,
    total: run.plan.head.total,
    same: run.plan.head.counts.same,
    settled: run.settled,
    proof: run.proof,
    certificate_no: number,
    previous: number === null ? null : number > 1 ? hashOf(number - 1) : '',
    changes: changes(run),
    undo: scope(run),
  });
}

const DAY = 24 * 60;

/** A run of the past; `ended` says which of its rows did not go through. */
function past(
  world: World,
  kind: string,
  minutes: number,
  ended: { state: string; reason: ReasonView }[] = [],
): StoredRun {
  const plan = makePlan(world, kind, { ...NO_OPTIONS, source: 'forstok', forstok_cost: true });
  const run = begin(world, plan, ago(minutes));
  ended.forEach((ending, index) => run.endings.set(index * 5 + 2, ending));
  const states = ended.map((ending) => ending.state);
  run.head.failed = states.filter((state) => state === 'failed').length;
  run.head.unknown = states.filter((state) => state === 'unknown').length;
  run.head.posted = run.writes - ended.length;
  run.head.state = 'finished';
  run.head.finished_at = ago(minutes - Math.ceil(run.plan.head.seconds / 60) - 1);
  run.plan.head.made_at = ago(minutes + 3);
  if (!world.scenario.is('huge'))
    for (let index = 0; index < run.writes; index++) if (!run.endings.has(index)) take(world, kind, run.rows.at(index));
  prove(world, run.head.run, ago(minutes - 3));
  return run;
}

/** Two weeks of work, and what the scenario has going on or waiting. */
export function history(world: World, sending: Sending): void {
  const { scenario } = world;
  if (!scenario.reached('home') || scenario.is('empty')) return;
  const first = past(world, 'items', 13 * DAY);
  first.settled = 2;
  if (world.existing === false) past(world, 'opening-stock', 12 * DAY);
  const lost = (code: string, params = {}) => because(code, params);
  past(world, 'stock', 12 * DAY - 40, [
    { state: 'failed', reason: lost('forstok_quantity_refused', { message: 'Quantity is reserved' }) },
  ]);
  for (const days of scenario.is('huge') ? [] : [9, 6, 3]) {
    // Trade goes on between the runs: some figures have moved again.
    let turn = 0;
    for (const key of [...world.stockSent]) if (turn++ % (days + 2) === 0) world.stockSent.delete(key);
    past(
      world,
      'stock',
      days * DAY,
      days === 3
        ? [
            { state: 'failed', reason: lost('forstok_warehouse_unknown', { message: 'Warehouse is inactive' }) },
            { state: 'unknown', reason: lost('no_answer', { side: 'Forstok' }) },
          ]
        : [],
    );
  }
  if (!scenario.is('huge')) {
    // Yesterday's sales, and what was paid out by then.
    Object.assign(world.sales, { placed: 120, paid: 60 });
    past(world, 'invoices', DAY + 40);
    past(world, 'receipts', DAY + 30);
  }
  Object.assign(world.sales, { placed: scenario.is('huge') ? 100_000 : 180, paid: scenario.is('huge') ? 9000 : 100 });
  let turn = 0;
  for (const key of [...world.stockSent]) if (turn++ % 8 === 3) world.stockSent.delete(key);
  // New goods have come in since, and some names were changed.
  const since = scenario.is('huge') ? [] : world.every().filter((_, index) => index % 4 === 1);
  for (const row of since) {
    if (row.state === 'ready') world.inAccurate.delete(row.sku);
    world.changed.delete(`item:${row.sku}`);
  }
  world.againSettled = true;
  if (scenario.is('undo')) makeUndo(world, first, 'undo-1');
  if (scenario.is('running') || scenario.is('paused')) {
    void sending.send(makePlan(world, 'stock'), null);
    if (scenario.is('paused')) sending.pausing = true;
  }
}
