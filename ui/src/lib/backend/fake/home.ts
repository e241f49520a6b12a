/** What the made-up home shows, from what the company has and sent. */
import type { HomeView } from '../types';
import { forstokWarehouses } from './shop';
import { inbox } from './inbox';
import { ago, clone, now, type World } from './world';

/** Open exceptions of the last two weeks before today. */
const TREND = [96, 91, 94, 82, 77, 80, 71, 66, 58, 61, 49, 44, 38];

export function home(world: World): HomeView {
  const nothing = { items: null, stock: null, agreement: [], trend: [], waiting: null, invoices: null, receipts: null };
  if (world.scenario.is('empty') || world.database === null) return nothing;
  const finished = world.scenario.stage === 'home';
  if (!finished && world.runs.length === 0) return nothing;
  const huge = world.scenario.is('huge');
  const size = world.shop.length;
  const open = world.undecided();
  const ready = huge
    ? 11_000
    : world.every().filter((row) => row.state === 'ready' && !world.inAccurate.has(row.sku)).length;
  const scale = huge ? 300 : 1;
  const agreement = forstokWarehouses.map((warehouse, index) => ({
    warehouse_id: warehouse.id,
    warehouse: warehouse.name,
    rows: size - ready - open,
    explained: [3, 0, 1][index] === undefined ? 0 : ([3, 0, 1][index] as number) * scale,
    unexplained: ([1, 0, 2][index] as number) * scale,
  }));
  const differing = agreement.reduce((sum, row) => sum + row.explained + row.unexplained, 0);
  const total = inbox(world).causes.reduce((sum, cause) => sum + cause.count, 0);
  const day = (back: number) => ago(back * 24 * 60).slice(0, 10);
  return clone({
    items: { same: size - ready - open, ready, open, read_at: finished ? ago(12) : now() },
    stock: {
      same: agreement.reduce((sum, row) => sum + row.rows, 0) - differing,
      differing,
      read_at: finished ? ago(4) : now(),
    },
    agreement,
    trend: finished
      ? [
          ...TREND.map((count, index) => ({ day: day(TREND.length - index), open: count * (huge ? 60 : 1) })),
          { day: day(0), open: total },
        ]
      : [{ day: day(0), open: total }],
    waiting: finished ? { orders: 22, amount: '3370300', read_at: ago(1) } : null,
    invoices: finished ? { documents: 38, amount: '9884000', stores: 4, read_at: ago(1) } : null,
    receipts: finished ? { documents: 21, amount: '6120400', stores: 3, read_at: ago(8 * 60) } : null,
  });
}
