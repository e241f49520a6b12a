/** Made-up plans: their operations with the fields of the engine's own, to the letter, and their heads. */
import {
  NO_OPTIONS,
  type OperationView,
  type PlanCountsView,
  type PlanOptions,
  type PlanView,
  type ReasonView,
  type SaleKind,
} from '../types';
import { movesOf } from './brakes';
import { TAKEN_BARCODE, type Product } from './products';
import { forstokWarehouses } from './shop';
import { isSale } from '../../sales';
import { draftOf } from './salesplans';
import { listed, Table, type Rows } from './table';
import { ago, clone, fail, now, type StoredPlan, type StoredRun, type World } from './world';

type Operation = Omit<OperationView, 'reason'> & { reason: ReasonView };
const because = (code: string, params: Record<string, string> = {}): ReasonView => ({ code, params });

/** The fields of a document sort as what a person reads first in them. */
const figure = (fields: Record<string, string>) => {
  const value = fields['on_hand'] ?? fields['quantity'] ?? fields['unit_price'] ?? fields['total'];
  return value === undefined ? (fields['name'] ?? '') : Number(value);
};

function table(rows: Rows<OperationView>): Table<OperationView> {
  return new Table(rows, {
    sorts: {
      target: (row) => row.target,
      name: (row) => row.after['name'] ?? row.after['warehouse_name'] ?? '',
      before: (row) => figure(row.before),
      after: (row) => figure(row.after),
    },
    text: (row) => `${row.target} ${row.after['name'] ?? ''} ${row.after['warehouse_name'] ?? ''}`,
  });
}

function item(world: World, row: Product): Operation {
  const known = { no: row.sku, name: row.name, item_type: 'INVENTORY', unit_price: row.price, upc: row.barcode };
  const after = {
    ...known,
    unit: 'PCS',
    category: row.name.startsWith('Kopi') ? 'Kopi' : 'Rempah',
    vendor_price: row.cost,
    ...(world.mapping.tax_id === null ? {} : { tax_id: String(world.mapping.tax_id) }),
  };
  const base = { key: `item:${row.sku || row.name}`, target: row.sku || row.name, group: null };
  const blocked = (reason: ReasonView): Operation => ({ ...base, action: 'blocked', before: {}, after, reason });
  if (row.decision?.decision === 'skip') return blocked(because('skipped_by_person'));
  if (world.open(row)) return blocked(row.reason);
  const code = row.decision?.target ?? row.sku;
  if (row.sku.startsWith(TAKEN_BARCODE))
    return blocked(because('barcode_taken', { barcode: row.barcode, item_no: 'LADA-001' }));
  const huge = world.scenario.is('huge');
  if (world.inAccurate.has(code) || row.decision?.decision === 'link' || (huge && row.state === 'matched')) {
    if (row.was !== null && !world.changed.has(base.key))
      return { ...base, action: 'change', before: { ...known, name: row.was }, after, reason: because('name_differs') };
    return { ...base, action: 'same', before: known, after, reason: because('same_code_and_name') };
  }
  return { ...base, action: 'create', before: {}, after: { ...after, no: code }, reason: because('not_in_accurate') };
}

function figureOf(world: World, row: Product, place: number): Operation {
  const warehouse = forstokWarehouses[place] as (typeof forstokWarehouses)[number];
  const key = `stock:${warehouse.id}:${row.sku}`;
  const share = (units: number) => Math.max(0, Math.round(units / (place + 1)));
  const held = share(row.on_hand);
  const sent = world.stockSent.has(key);
  const real = world.scenario.is('braked') && !sent ? held * 4 + 3 : share(row.accurate_on_hand);
  const same = held === real || sent;
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
    reason: because(same ? 'same_stock' : 'stock_differs'),
    group: null,
  };
}

function stock(world: World): Rows<OperationView> {
  const places = forstokWarehouses.length;
  if (world.scenario.is('huge'))
    return {
      length: world.shop.length * places,
      at: (index) => figureOf(world, world.shop.at(Math.floor(index / places)), index % places),
    };
  return listed(
    world
      .every()
      .filter((row) => world.inAccurate.has(row.decision?.target ?? row.sku))
      .flatMap((row) => forstokWarehouses.map((_, place) => figureOf(world, row, place))),
  );
}

function openingStock(world: World, options: PlanOptions): Rows<OperationView> {
  const { source } = options;
  if (source === 'file' && world.counted === 0) fail('not_found', { what: 'stock_count', id: '' });
  return listed(
    world.every().flatMap((row, index): OperationView[] => {
      if (!world.inAccurate.has(row.sku) || row.on_hand <= 0) return [];
      const cost = options.forstok_cost
        ? row.cost
        : (options.unit_costs[row.sku] ?? (source === 'file' ? row.cost : null));
      const key = `opening:50:${index}`;
      const done = world.opening.has(key);
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
          reason: because(done ? 'posted_before' : cost === null ? 'unit_cost_missing' : 'counted'),
          group: 'IA-2026-0001',
        },
      ];
    }),
  );
}

/** A document that was deleted, as it is entered anew: without what only its removal names. */
function restored({ document, ...fields }: Record<string, string>): Record<string, string> {
  delete fields[`${document}_id`];
  return fields;
}

/** What takes a voids' row back: its document is entered anew, unless its number has been used since. */
function restoring(row: OperationView, held: boolean): OperationView {
  const taken = because('number_taken', { number: row.target, field: 'total', expected: '0', found: '1' });
  return {
    ...row,
    key: `undo:${row.key}`,
    action: held ? 'blocked' : 'create',
    before: {},
    after: restored(row.before),
    reason: held ? taken : because('undo_removed_by_run'),
  };
}

/** What takes a run back: records that something in Accurate holds stay, each with what holds it. */
function undoing(run: StoredRun): Rows<OperationView> {
  const back = run.head.kind === 'stock' ? 'change' : 'remove';
  const rows: OperationView[] = [];
  for (let index = 0; index < run.rows.length; index++) {
    const row = run.rows.at(index);
    if (index >= run.writes || run.endings.has(index)) continue;
    const held = run.head.kind !== 'stock' && index % 33 === 7;
    if (run.head.kind === 'voids') {
      rows.push(restoring(row, held));
      continue;
    }
    const put = back === 'change';
    const document = row.key.split(':')[0] ?? '';
    const sale = isSale(run.head.kind);
    rows.push({
      ...row,
      key: `undo:${row.key}`,
      action: held ? 'blocked' : back,
      before: sale ? { ...row.after, document, [`${document}_id`]: String(880_000 + index) } : row.after,
      after: put ? { ...row.after, on_hand: row.before['on_hand'] ?? '0' } : {},
      reason: held
        ? sale
          ? because(run.head.kind === 'invoices' ? 'undo_has_receipt' : 'undo_not_readable', {
              receipt: `SLP-${index}F0A`,
            })
          : because('undo_has_stock', { quantity: String((index % 9) + 1) })
        : because(put ? 'undo_back_to_before' : 'undo_made_by_run'),
    });
  }
  return listed(rows);
}

/** Figures of a head that need every operation looked at. */
function sums(operations: Rows<OperationView>) {
  const counts: PlanCountsView = { create: 0, change: 0, same: 0, remove: 0, blocked: 0 };
  const blocked: Record<string, number> = {};
  let [before, after, emptied, total] = [0, 0, 0, 0];
  for (let index = 0; index < operations.length; index++) {
    const row = operations.at(index);
    counts[row.action as keyof PlanCountsView]++;
    if (row.action === 'blocked') blocked[row.reason.code] = (blocked[row.reason.code] ?? 0) + 1;
    if (row.action === 'create' || row.action === 'remove') {
      const of = row.action === 'remove' ? row.before : row.after;
      total += Number(row.key.includes('void-receipt') ? 0 : (of['total'] ?? 0));
    }
    if (row.action !== 'change') continue;
    before += Number(row.before['on_hand'] ?? 0);
    after += Number(row.after['on_hand'] ?? 0);
    if (row.before['on_hand'] !== '0' && row.after['on_hand'] === '0') emptied++;
  }
  return { counts, blocked, before, after, emptied, total };
}

function notes(world: World, kind: string, found: ReturnType<typeof sums>, options: PlanOptions): ReasonView[] {
  const writes = found.counts.create + found.counts.change;
  if (kind === 'stock' || kind === 'undo-stock')
    return [
      because('stock_moves', { before: String(found.before), after: String(found.after) }),
      ...(kind === 'undo-stock' ? [because('undo_stock_scope')] : []),
      ...(found.emptied > 0 ? [because('stock_emptied', { count: String(found.emptied) })] : []),
    ];
  if (kind === 'items' && writes === 0 && (world.proven('stock') || world.scenario.stage === 'home'))
    return [because('channel_exports', { count: '1', off: 'Sinar Rempah Nusantara' })];
  if (kind === 'opening-stock') return [because('date_of_documents', { date: options.date ?? now().slice(0, 10) })];
  if (kind === 'undo-items') return [because('undo_items_scope'), because('undo_adopted_stay', { count: '27' })];
  if (kind === 'undo-opening-stock') return [because('undo_opening_scope')];
  return isSale(kind) && kind.startsWith('undo-') ? [because(`undo_${kind.slice(5)}_scope`)] : [];
}

function store(
  world: World,
  kind: string,
  operations: Rows<OperationView>,
  options: PlanOptions,
  undoes: string | null,
  id = `p${world.plans.size + 1}`,
  told: ReasonView[] = [],
): StoredPlan {
  if (!world.database) fail('no_database');
  const found = sums(operations);
  const writes = found.counts.create + found.counts.change + found.counts.remove;
  const single = kind === 'undo-items' || kind === 'voids' || (isSale(kind) && undoes !== null);
  const calls = single ? writes : Math.ceil(writes / 100);
  const head: PlanView = {
    plan: id,
    kind,
    hash: (world.plans.size + 0x7f3a).toString(16).padStart(4, '0').concat('91c2').repeat(8),
    counts: found.counts,
    total: kind.endsWith('opening-stock') || isSale(kind) ? String(found.total) : null,
    database: world.database.id,
    made_at: now(),
    read_at: ago(1),
    calls,
    seconds: calls / 8,
    notes: [...notes(world, kind, found, options), ...told],
    brakes: [],
    undoes,
    blocked: found.blocked,
  };
  const first = kind === 'stock' && !world.scenario.reached('home') && !world.proven('stock');
  const stored = { head, moves: movesOf(kind, operations, first), first, operations: table(operations) };
  world.plans.set(head.plan, stored);
  return stored;
}

const isSaleKind = (kind: string): kind is SaleKind => isSale(kind) && !kind.startsWith('undo-');

export function makePlan(world: World, kind: string, options: PlanOptions = NO_OPTIONS): StoredPlan {
  if (!world.database) fail('no_database');
  const open = world.openSlots(false) + world.openSlots(true);
  if (kind === 'items' && open > 0) fail('mapping_incomplete', { missing: String(open) });
  if (isSaleKind(kind)) {
    const draft = draftOf(world, kind, options);
    return store(world, kind, draft.rows, options, null, undefined, draft.notes);
  }
  const huge = world.scenario.is('huge');
  const operations: Rows<OperationView> =
    kind === 'stock'
      ? stock(world)
      : kind === 'opening-stock'
        ? openingStock(world, options)
        : huge
          ? { length: world.shop.length, at: (index) => item(world, world.skus.rows.at(index)) }
          : listed(world.every().map((row) => item(world, row)));
  return store(world, kind, operations, options, null);
}

export function makeUndo(world: World, run: StoredRun, id?: string): StoredPlan {
  if (run.head.undoes !== null || run.head.undone_by !== null || run.head.posted === 0)
    fail('undo_not_possible', {
      run: run.head.run,
      reason: run.head.undoes !== null ? 'undo_of_undo' : 'undo_not_offered',
    });
  return store(world, `undo-${run.head.kind}`, undoing(run), NO_OPTIONS, run.head.run, id);
}

export function planOf(world: World, id: string): StoredPlan {
  return world.plans.get(id) ?? fail('not_found', { what: 'plan', id });
}

export function operations(
  world: World,
  id: string,
  {
    action,
    search,
    page,
  }: { action: string | null; search: string | null; page: Parameters<Table<OperationView>['page']>[3] },
) {
  const found = planOf(world, id).operations.page(
    action ?? '',
    action === null ? null : (row) => row.action === action,
    search,
    page,
  );
  return { operations: clone(found.rows), page: found.page };
}
