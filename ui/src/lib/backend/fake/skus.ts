/** The made-up workbench: queues, candidates with evidence, decisions. */
import type { Backend, CandidateView, EvidenceView, ResolveView, SkuDecisionInput, SkusView } from '../types';
import { ago, clone, fail, now, type World } from './world';
import { OPEN_STATES, type Product } from './products';

type Query = Parameters<Backend['skus']>[0];

/** Decided, and no longer in the queue that it came from. */
const decided = (row: Product) => row.decision !== null && OPEN_STATES.includes(row.state);

/** How many in each state, and how many of them are sure; the pages come from the table. */
function counted(world: World): Pick<SkusView, 'counts' | 'sure'> {
  const counts: Record<string, number> = {};
  const sure: Record<string, number> = {};
  const { rows } = world.skus;
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index);
    const state = decided(row) ? 'decided' : row.state;
    counts[state] = (counts[state] ?? 0) + 1;
    if (state !== 'decided' && row.suggestion?.zone === 'sure') sure[state] = (sure[state] ?? 0) + 1;
  }
  return { counts, sure };
}

/** Counting a hundred thousand rows again for each page would be felt. */
const memo = new WeakMap<World, Pick<SkusView, 'counts' | 'sure'>>();

function counts(world: World) {
  const known = memo.get(world) ?? counted(world);
  memo.set(world, known);
  return known;
}

function changed(world: World): void {
  memo.delete(world);
  world.skus.forget();
}

export function skus(world: World, { state, search, page, refresh }: Query): SkusView {
  const keep = (row: Product) => (state === 'decided' ? decided(row) : row.state === state && !decided(row));
  const order = page.sort === null && state !== null && state !== 'ready' && state !== 'matched';
  const found = world.skus.page(
    `${state ?? ''}`,
    state === null ? null : keep,
    search,
    order ? { ...page, sort: 'waiting', down: true } : page,
  );
  return clone({
    skus: found.rows,
    ...counts(world),
    decided_today: [...world.decisions.values()].filter(({ at }) => now().startsWith(at.slice(0, 10))).length,
    page: found.page,
    read_at: refresh || world.scenario.stage !== 'home' ? now() : ago(12),
  });
}

/** How near two texts are, roughly: the share of the one's letters that the other has in the same place. */
function nearness(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  const length = Math.max(a.length, b.length, 1);
  return Math.round((100 * [...a].filter((letter, index) => letter === b[index]).length) / length);
}

function evidence(row: Product, no: string, name: string, price: string | null, barcode: string): EvidenceView[] {
  const near = price === null ? null : Math.round((100 * Math.min(+price, +row.price)) / Math.max(+price, +row.price));
  return [
    { kind: 'code', percent: nearness(row.sku, no), forstok: row.sku, accurate: no },
    { kind: 'barcode', percent: barcode === row.barcode ? 100 : 3, forstok: row.barcode, accurate: barcode },
    { kind: 'name', percent: nearness(row.name, name), forstok: row.name, accurate: name },
    { kind: 'price', percent: near, forstok: row.price, accurate: price },
  ];
}

export function candidates(world: World, sku: string, search: string | null): CandidateView[] {
  const row = world.find(sku) ?? fail('not_found', { what: 'sku', id: sku });
  if (search !== null) {
    const page = { sort: null, down: false, after: null, at: null, limit: 20 };
    return world.skus
      .page('matched', (other) => other.state === 'matched', search, page)
      .rows.map((other, index) => ({
        id: 700 + index,
        no: other.sku,
        name: other.was ?? other.name,
        price: other.price,
        zone: 'none',
        evidence: evidence(row, other.sku, other.was ?? other.name, other.price, other.barcode),
      }));
  }
  const target = row.suggestion?.decision === 'link' ? row.suggestion.target : null;
  if (target === null) return [];
  const name = row.name.replace(', ', ' ').replace(' g', 'gr');
  const powder = `${target.slice(0, 9)}-BBK`;
  const plain = `${row.name.split(',')[0]} Bubuk`;
  return [
    {
      id: 501,
      no: target,
      name,
      price: '85000',
      zone: row.suggestion?.zone ?? 'look',
      evidence: evidence(row, target, name, '85000', row.barcode),
    },
    {
      id: 502,
      no: powder,
      name: plain,
      price: null,
      zone: 'none',
      evidence: evidence(row, powder, plain, null, '8997213400135'),
    },
  ];
}

export function resolve(world: World, decisions: SkuDecisionInput[]): ResolveView {
  const left: Product[] = [];
  for (const { sku, decision, target } of decisions) {
    const row = world.find(sku) ?? fail('not_found', { what: 'sku', id: sku });
    if (decision === 'rename' && !/^[\w#*().\-/]{1,30}$/.test(target ?? ''))
      fail('invalid_input', { field: 'target', detail: 'code' });
    if (decision === 'undo') world.decisions.delete(sku);
    else world.decisions.set(sku, { decision, target: target ?? null, at: now() });
    if (decision === 'link' && target) world.inAccurate.add(target);
    if (!row.resolvable) left.push(row);
  }
  changed(world);
  return {
    resolved: decisions.length,
    resolved_in_forstok: decisions.length - left.length,
    to_do_in_forstok: clone(left),
  };
}

export function acceptSure(world: World, state: string): ResolveView {
  const all = { sort: null, down: false, after: null, at: null, limit: 0 };
  const sure = world.skus
    .page(`sure:${state}`, (row) => row.state === state && !row.decision && row.suggestion?.zone === 'sure', null, all)
    .rows.map((row) => ({
      sku: row.sku,
      decision: row.suggestion?.decision ?? 'link',
      target: row.suggestion?.target ?? null,
    }));
  return resolve(world, sure);
}
