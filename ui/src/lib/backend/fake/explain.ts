/** A made-up number, taken apart: the parts that count in a side add up to its figure. */
import type { ExplainOrderView, ExplainPartView, ExplainPlaceView, ExplainView } from '../types';
import { forstokWarehouses, stores, warehouses } from './shop';
import { ago, clone, fail, now, type World } from './world';

type Moves = Partial<Record<'sold' | 'reserved' | 'there' | 'here' | 'lost', number>>;

function orders(units: number): ExplainOrderView[] {
  const list: ExplainOrderView[] = [];
  for (let left = units, index = 0; left > 0; index++) {
    const quantity = Math.min(left, 1 + (index % 2));
    const store = stores[index % stores.length] as (typeof stores)[number];
    list.push({
      number: `2611${22 - (index % 4)}K8QW3NT${index}`,
      store: store.name,
      channel: store.channel,
      status: 'Ready to Ship',
      quantity: String(quantity),
      ordered_at: ago(170 + index * 95),
    });
    left -= quantity;
  }
  return list.slice(0, 20);
}

function place(world: World, index: number, both: number, moves: Moves): ExplainPlaceView {
  const warehouse = forstokWarehouses[index] as (typeof forstokWarehouses)[number];
  const [sold, there, here, lost] = [moves.sold ?? 0, moves.there ?? 0, moves.here ?? 0, moves.lost ?? 0];
  const agreed = { agreed: String(both), at: ago(3 * 24 * 60) };
  const part = (
    code: string,
    quantity: number,
    in_accurate: boolean,
    in_forstok: boolean,
    reason = `explain_${code}`,
    behind: ExplainOrderView[] = [],
  ): ExplainPartView => ({
    code,
    quantity: String(quantity),
    in_accurate,
    in_forstok,
    reason: {
      code: reason,
      params: {
        quantity: String(quantity),
        orders: String(behind.length),
        ...(code.startsWith('changed') ? agreed : {}),
      },
    },
    orders: behind,
  });
  const parts = [part('both_sides', both, true, true)];
  if (sold > 0) parts.push(part('sold_not_invoiced', sold, true, false, undefined, orders(sold)));
  if (there !== 0) parts.push(part('changed_in_accurate', there, true, false));
  if (here !== 0) parts.push(part('changed_in_forstok', here, false, true));
  if (lost !== 0) parts.push(part('unexplained', lost, true, false, 'explain_only_accurate'));
  const forstok = both + here;
  const reserved = moves.reserved ?? 0;
  return {
    warehouse_id: warehouse.id,
    warehouse: warehouse.name,
    accurate_warehouse: warehouses[index]?.name ?? '',
    accurate: String(both + sold + there + lost),
    forstok: String(forstok),
    reserved: String(reserved),
    available: String(forstok - reserved),
    parts,
    last_sent: world.runs.length === 0 ? null : { quantity: String(both), at: ago(3 * 24 * 60), run: 'r2' },
    whole: lost === 0,
  };
}

export function explain(world: World, sku: string, refresh: boolean): ExplainView {
  const row = world.find(sku) ?? fail('not_found', { what: 'sku', id: sku });
  const code = row.decision?.target ?? row.sku;
  const known = row.state === 'matched' || world.inAccurate.has(code) || row.decision?.decision === 'link';
  const share = (units: number, index: number) => Math.max(0, Math.round(units / (index + 1)));
  const places =
    row.sku === 'KOPI-GAYO-250'
      ? [
          place(world, 0, 9, { sold: 2, there: 1, here: 1, reserved: 1 }),
          place(world, 1, 4, {}),
          place(world, 2, 6, { lost: 2 }),
        ]
      : forstokWarehouses.map((_, index) => {
          const [held, real] = [share(row.on_hand, index), share(row.accurate_on_hand, index)];
          const moved = real - held;
          return place(world, index, Math.min(held, real), moved > 0 ? { sold: moved } : { here: -moved });
        });
  const age = (minutes: number) => (refresh || world.scenario.stage !== 'home' ? now() : ago(minutes));
  return clone({
    sku: row.sku,
    name: row.name,
    item_no: known ? code : null,
    reason: known ? null : row.reason,
    accurate_read_at: age(4),
    forstok_read_at: age(5),
    orders_read_at: age(6),
    places,
  });
}
