/** The brakes of the made-up company: which of them a plan meets under the limits that the settings hold, and what is refused then. */
import type { BrakeView, OperationView, PlanView, ReasonView } from '../types';
import type { Rows } from './table';
import { fail, type StoredPlan, type World } from './world';

/** What a plan moves of stock on offer; of any other plan there is nothing of it. */
export interface Moves {
  shelf: number;
  risen: number;
  fallen: number;
  places: number;
  emptied: number;
}

const NOTHING: Moves = { shelf: 0, risen: 0, fallen: 0, places: 0, emptied: 0 };

/** A place that was never sent or found the same has its first figure: only when it is emptied it counts. */
export function movesOf(kind: string, operations: Rows<OperationView>, first: boolean): Moves {
  if (kind !== 'stock') return NOTHING;
  const moves = { ...NOTHING };
  for (let index = 0; index < operations.length; index++) {
    const { action, before, after } = operations.at(index);
    if (action !== 'same' && action !== 'change') continue;
    const was = Number(before['on_hand'] ?? 0);
    const will = Number(after['on_hand'] ?? 0);
    moves.shelf += was;
    if (was > 0) moves.places++;
    if (action === 'same') continue;
    const emptied = was > 0 && will === 0;
    if (emptied) moves.emptied++;
    if (first && !emptied) continue;
    if (will > was) moves.risen += will - was;
    else moves.fallen += was - will;
  }
  return moves;
}

const because = (code: string, params: Record<string, number>): ReasonView => ({
  code,
  params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
});

/** How much of a whole, in per cent, rounded up to a tenth. */
const share = (part: number, whole: number) => Math.ceil((part * 1000) / Math.max(whole, 1)) / 10;

export function brakesOf(world: World, { head, moves, first }: StoredPlan): BrakeView[] {
  const limit = (name: string) => Number(world.settings[`brake_${name}`]);
  if (world.runs.some((run) => run.head.plan === head.plan)) return [];
  const { shelf, risen, fallen, places, emptied } = moves;
  const changes = first ? 0 : head.counts.change + head.counts.remove;
  const [rise, fall] = [share(risen, shelf), Math.max(share(fallen, shelf), share(emptied, places))];
  const met: BrakeView[] = [];
  if (rise > limit('rise'))
    met.push({ name: 'rise', reason: because('brake_rise', { percent: rise, limit: limit('rise') }) });
  if (fall > limit('fall'))
    met.push({ name: 'fall', reason: because('brake_fall', { percent: fall, limit: limit('fall'), emptied, places }) });
  if (changes > limit('changes'))
    met.push({ name: 'changes', reason: because('brake_changes', { count: changes, limit: limit('changes') }) });
  return met;
}

/** The head as it is asked for now. */
export function headOf(world: World, plan: StoredPlan): PlanView {
  return { ...plan.head, brakes: brakesOf(world, plan) };
}

/** Refuses a plan that meets a brake which is not passed; answers those that are. */
export function hold(world: World, plan: StoredPlan, pass: string[]): ReasonView[] {
  const met = brakesOf(world, plan);
  const braking = met.filter((brake) => !pass.includes(brake.name)).map((brake) => brake.name);
  if (braking.length > 0) fail('brake', { plan: plan.head.plan, kind: plan.head.kind, brakes: braking.join(',') });
  return met.map((brake) => brake.reason);
}
