/** One SKU's figures taken apart, and the SKUs that a typed text may mean. */
import type { ExplainPartView, ExplainPlaceView, ExplainView, SkuView } from '../backend/types';
import { equal, negative, sign, sum } from '../decimal';
import { count } from '../i18n/format';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** Suggestions below the field; typing narrows them. */
const SHOWN = 8;

/** How the figures of a place stand to each other. */
export type Standing = 'same' | 'shelf' | 'whole' | 'open' | 'no_forstok' | 'no_accurate' | 'no_row';

export class Explaining {
  view = $state<ExplainView | null>(null);
  /** What was typed, and what it found. */
  typed = $state('');
  found = $state<SkuView[]>([]);
  foundInAll = $state(0);
  readonly searching = new Task();
  readonly reading = new Task();
  private asked = 0;

  constructor(private readonly session: Session) {}

  /** SKUs whose code or name holds the text; an answer to an older text is thrown away. */
  async search(typed: string): Promise<void> {
    this.typed = typed;
    const turn = ++this.asked;
    const answer = await this.searching.run(() =>
      this.session.backend.skus({
        state: null,
        search: typed.trim() || null,
        page: { sort: 'sku', down: false, after: null, at: null, limit: SHOWN },
        refresh: false,
      }),
    );
    if (!answer || turn !== this.asked) return;
    // A listing without a SKU has no figures of its own.
    this.found = answer.skus.filter((row) => row.sku !== '');
    this.foundInAll = answer.page.total;
  }

  async explain(sku: string, refresh = false): Promise<void> {
    const answer = await this.reading.run(() => this.session.backend.explain(sku, refresh));
    if (answer) this.view = answer;
  }
}

const LEFT_THE_SHELF = ['both_sides', 'sold_not_invoiced', 'already_in_figure'];

export function standing(place: ExplainPlaceView): Standing {
  if (place.accurate === null) return place.forstok === null ? 'no_row' : 'no_accurate';
  if (place.forstok === null) return 'no_forstok';
  if (equal(place.accurate, place.forstok) && place.parts.every((part) => part.in_accurate === part.in_forstok))
    return 'same';
  if (!place.whole) return 'open';
  // Only where nothing but sales lies between the sides is the common part what stands on the shelf.
  return place.parts.every((part) => LEFT_THE_SHELF.includes(part.code)) ? 'shelf' : 'whole';
}

export type Side = 'accurate' | 'forstok';

/** The parts that a side's figure counts; those of nothing are left out. */
export function partsOf(place: ExplainPlaceView, side: Side): ExplainPartView[] {
  return place.parts.filter(
    (part) => (side === 'accurate' ? part.in_accurate : part.in_forstok) && sign(part.quantity) !== 0,
  );
}

/** `12 = 9 + 2 + 1`, or nothing where the parts do not add up to the figure: a sum that is not true is not shown. */
export function sumText(place: ExplainPlaceView, side: Side): string | null {
  const figure = place[side];
  const parts = partsOf(place, side).map((part) => part.quantity);
  if (figure === null || !equal(sum(parts), figure)) return null;
  const [first, ...rest] = parts;
  const tail = rest.map((part) => (sign(part) < 0 ? ` − ${count(negative(part))}` : ` + ${count(part)}`));
  return `${count(figure)} = ${count(first ?? '0')}${tail.join('')}`;
}

/** What both sides agree on. */
export function common(place: ExplainPlaceView): string {
  return sum(place.parts.filter((part) => part.in_accurate && part.in_forstok).map((part) => part.quantity));
}

/** How much has no known cause, without its sign. */
export function unexplained(place: ExplainPlaceView): string {
  const rest = sum(place.parts.filter((part) => part.code === 'unexplained').map((part) => part.quantity));
  return sign(rest) < 0 ? negative(rest) : rest;
}
