/** The home: figures from what was read last, the causes that wait, the newest run. Reads nothing outside this computer. */
import { sum } from '../decimal';
import type { CauseView, HomeView, RunView } from '../backend/types';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

const HOUR = 3600;

/** How old a figure may be before it turns amber, in seconds. Stock moves with each order of the day; items are added by hand, seldom
 * more than once a day; an order waits for its SKU as long as nobody decides, so only how fresh the list is counts. */
export const limits = { items: 24 * HOUR, stock: HOUR, orders: HOUR, receipts: 24 * HOUR } as const;

export class Home {
  view = $state<HomeView | null>(null);
  runs = $state<RunView[]>([]);
  causes = $state<CauseView[]>([]);
  readonly reading = new Task();

  constructor(private readonly session: Session) {}

  async read(): Promise<void> {
    const { backend } = this.session;
    await this.reading.run(async () => {
      const [view, runs, inbox] = await Promise.all([backend.home(), backend.runs(), backend.inbox()]);
      this.view = view;
      this.runs = runs.runs;
      this.causes = inbox.causes;
    });
  }

  get last(): RunView | null {
    return this.runs[0] ?? null;
  }

  /** Rows that wait for a person, over all causes: what the rail's badge counts. */
  get waiting(): number {
    return this.causes.reduce((total, cause) => total + cause.count, 0);
  }

  /** Σ rupiah of what waits, as decimal text; `null` where no cause moves money. */
  get held(): string | null {
    const amounts = this.causes.flatMap((cause) => (cause.amount === null ? [] : [cause.amount]));
    return amounts.length === 0 ? null : sum(amounts);
  }

  /** By how many the open exceptions have moved since the first day of the trend. */
  get moved(): { by: number; since: string } | null {
    const trend = this.view?.trend ?? [];
    const [first, last] = [trend[0], trend.at(-1)];
    return first && last && first !== last ? { by: last.open - first.open, since: first.day } : null;
  }

  /** Share of all compared places where both sides agree, of one; `null` when nothing was compared. */
  get agreeing(): number | null {
    const stock = this.view?.stock;
    const all = stock ? stock.same + stock.differing : 0;
    return stock && all > 0 ? stock.same / all : null;
  }
}
