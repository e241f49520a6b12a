/** The made-up inbox: causes of many kinds with the money at stake, and their rows. */
import type {
  CauseView,
  InboxQuery,
  InboxRowView,
  InboxRowsView,
  InboxView,
  OperationView,
  ReasonView,
  RowChoiceInput,
} from '../types';
import { makePlan } from './plans';
import { orderAt } from './sales';
import { forstokWarehouses } from './shop';
import { listed, Table, type Rows } from './table';
import { ago, clone, fail, now, type World } from './world';

interface Spec {
  code: string;
  kind: string;
  count: number;
  /** Rupiah of the first row; the others lie near it. */
  amount: number | null;
  hours: number;
  params: (row: { sku: string; barcode: string; index: number }) => Record<string, string>;
  warehouse?: number;
  /** The first order that it is about; the others follow. */
  order?: number;
}

/** Most first, as the engine answers them. */
const CAUSES: Spec[] = [
  {
    code: 'unit_cost_missing',
    kind: 'opening-stock',
    count: 31,
    amount: 264_000,
    hours: 20,
    params: () => ({}),
    warehouse: 0,
  },
  {
    code: 'opening_stock_open',
    kind: 'stock',
    count: 18,
    amount: null,
    hours: 68,
    params: () => ({}),
    warehouse: 2,
  },
  {
    code: 'pending_not_matched',
    kind: 'items',
    count: 12,
    amount: 247_000,
    hours: 40,
    params: () => ({}),
  },
  {
    code: 'barcode_taken',
    kind: 'items',
    count: 4,
    amount: 304_250,
    hours: 7,
    params: ({ barcode }) => ({ barcode, item_no: 'LADA-001' }),
  },
  {
    code: 'item_inactive',
    kind: 'stock',
    count: 3,
    amount: 228_000,
    hours: 30,
    params: ({ sku }) => ({ item_no: sku }),
    warehouse: 1,
  },
  {
    code: 'maybe_in_accurate',
    kind: 'invoices',
    count: 3,
    amount: 0,
    hours: 26,
    params: ({ index }) => ({ number: `SI.2026.11.${String(418 + index * 3).padStart(5, '0')}`, date: '2026-11-12' }),
    order: 96,
  },
  {
    code: 'void_not_ours',
    kind: 'voids',
    count: 1,
    amount: 0,
    hours: 12,
    params: () => ({ number: 'SI.2026.11.00391' }),
    order: 88,
  },
  {
    code: 'code_too_long',
    kind: 'items',
    count: 2,
    amount: 152_500,
    hours: 90,
    params: ({ index }) => ({ length: String(31 + index), max: '30' }),
  },
  {
    code: 'quantity_fraction',
    kind: 'stock',
    count: 2,
    amount: null,
    hours: 5,
    params: ({ index }) => ({ quantity: `${index + 2}.5` }),
    warehouse: 0,
  },
  {
    code: 'no_answer',
    kind: 'stock',
    count: 1,
    amount: null,
    hours: 2,
    params: () => ({ side: 'Forstok' }),
    warehouse: 0,
  },
];
/** What may be decided about the rows of a cause; the engine says it (`choices`). */
const CHOICES: Readonly<Record<string, string[]>> = {
  maybe_in_accurate: ['send', 'entered', 'never'],
  void_not_ours: ['send', 'never'],
};
/** The largest cause of the huge inbox takes what the others leave of five thousand rows. */
const MANY = 5000;

const SHAPE = {
  sorts: {
    target: (row: InboxRowView) => row.target,
    since: (row: InboxRowView) => row.since,
    amount: (row: InboxRowView) => Number(row.amount ?? 0),
  },
  text: (row: InboxRowView) => `${row.target} ${row.warehouse ?? ''}`,
};

function made(world: World, spec: Spec): Rows<InboxRowView> {
  return {
    length: spec.count,
    at: (index) => {
      const product = world.shop.at((index * 13 + spec.code.length * 7) % world.shop.length);
      const warehouse = spec.warehouse === undefined ? null : (forstokWarehouses[spec.warehouse]?.name ?? null);
      const order = spec.order === undefined ? null : orderAt(world, spec.order + index);
      const target = order?.number ?? (product.sku || product.name);
      const worth = order?.total ?? (spec.amount ?? 0) + ((index * 7919) % 180) * 500;
      return {
        key: `${spec.kind}:${spec.code}:${index}`,
        target,
        warehouse,
        kind: spec.kind,
        reason: { code: spec.code, params: spec.params({ sku: product.sku, barcode: product.barcode, index }) },
        amount: spec.amount === null ? null : String(worth),
        since: ago(spec.hours * 60 - (index % 30)),
      };
    },
  };
}

/** What is held by the plans of this story, once something was sent. */
function held(world: World): { reason: ReasonView; row: OperationView }[] {
  if (world.runs.length === 0) return [];
  const stored = makePlan(world, 'items');
  world.plans.delete(stored.head.plan);
  const { rows } = stored.operations;
  const found: { reason: ReasonView; row: OperationView }[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index);
    if (row.action === 'blocked' && row.reason.code !== 'skipped_by_person') found.push({ reason: row.reason, row });
  }
  return found;
}

/** The rows of each cause; those that were dismissed or settled are gone. */
function tables(world: World): Map<string, Table<InboxRowView>> {
  const all = new Map<string, Table<InboxRowView>>();
  if (world.scenario.is('empty') || world.database === null) return all;
  const keep = (rows: Rows<InboxRowView>): Rows<InboxRowView> => {
    if (world.dismissed.size === 0) return rows;
    const left: number[] = [];
    for (let index = 0; index < rows.length; index++) if (!world.dismissed.has(rows.at(index).key)) left.push(index);
    return { length: left.length, at: (index) => rows.at(left[index] as number) };
  };
  if (world.scenario.stage === 'home') {
    const few = CAUSES.reduce((sum, spec) => sum + spec.count, 0);
    for (const spec of CAUSES) {
      const count = world.scenario.is('huge') && spec === CAUSES[0] ? MANY - few + spec.count : spec.count;
      all.set(spec.code, new Table(keep(made(world, { ...spec, count })), SHAPE));
    }
  } else {
    const grouped = new Map<string, InboxRowView[]>();
    for (const { reason, row } of held(world))
      grouped.set(reason.code, [
        ...(grouped.get(reason.code) ?? []),
        { key: row.key, target: row.target, warehouse: null, kind: 'items', reason, amount: null, since: now() },
      ]);
    for (const [code, rows] of grouped) all.set(code, new Table(keep(listed(rows)), SHAPE));
  }
  for (const [code, { rows }] of all) if (rows.length === 0) all.delete(code);
  return all;
}

export function inbox(world: World): InboxView {
  const causes = [...tables(world)].map(([code, { rows }]): CauseView => {
    let amount = 0;
    let since = rows.at(0).since;
    for (let index = 0; index < rows.length; index++) {
      const row = rows.at(index);
      amount += Number(row.amount ?? 0);
      if (row.since < since) since = row.since;
    }
    const newest = rows.at(rows.length - 1);
    return {
      code,
      count: rows.length,
      amount: amount === 0 ? null : String(amount),
      keys: [],
      kinds: [newest.kind],
      choices: CHOICES[code] ?? [],
      reason: newest.reason,
      since,
    };
  });
  return clone({ causes: causes.sort((a, b) => b.count - a.count) });
}

export function inboxRows(world: World, { cause, search, page }: InboxQuery): InboxRowsView {
  const table = tables(world).get(cause) ?? new Table<InboxRowView>(listed([]), SHAPE);
  const oldest = page.sort === null ? { ...page, sort: 'since', down: false } : page;
  return clone(table.page(cause, null, search, oldest));
}

/** The keys of a cause, or of everything. */
export function keysOf(world: World, cause: string | null): string[] {
  return [...tables(world)]
    .filter(([code]) => cause === null || code === cause)
    .flatMap(([, { rows }]) => Array.from({ length: rows.length }, (_, index) => rows.at(index).key));
}

export function dismiss(world: World, keys: readonly string[], reason: string): InboxView {
  if (reason.trim() === '') fail('invalid_input', { field: 'reason', detail: 'empty' });
  for (const key of keys) world.dismissed.add(key);
  return inbox(world);
}

/** The number is looked up first; what is to be sent stays until it was. */
export function decide(world: World, { keys, choice, number, reason }: RowChoiceInput): InboxView {
  if (reason.trim() === '') fail('invalid_input', { field: 'reason', detail: 'empty' });
  const held = inbox(world).causes.filter((cause) => keysOf(world, cause.code).some((key) => keys.includes(key)));
  const fixed = held.find((cause) => !cause.choices.includes(choice));
  if (fixed) fail('decision_not_possible', { reason: 'decision_cannot_send', cause: fixed.code, target: '', key: '' });
  if (choice === 'entered' && !/^SI\.|^\d/.test(number ?? ''))
    fail('not_found', { what: 'document', id: number ?? '' });
  return choice === 'send' ? inbox(world) : dismiss(world, keys, reason);
}
