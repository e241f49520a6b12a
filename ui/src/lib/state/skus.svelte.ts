/** The SKU workbench: one queue, one SKU on the bench, its candidates, and the last decision to take back. */
import type { CandidateView, SkuDecisionInput, SkusView, SkuView } from '../backend/types';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** The queues that a person works through, in their order. */
export const queues = [
  'pending_not_matched',
  'pending_matched',
  'empty',
  'duplicate',
  'name_conflict',
  'sku_conflict',
  'invalid_code',
] as const;
export type Queue = (typeof queues)[number];

const PAGE = 200;

export class Workbench {
  queue = $state<Queue | null>(null);
  page = $state<SkusView | null>(null);
  index = $state(0);
  candidates = $state<CandidateView[]>([]);
  picked = $state(0);
  last = $state<{ sku: string; decision: string; target: string | null; name: string } | null>(null);
  toDo = $state<SkuView[]>([]);
  decided = $state(0);
  readonly reading = new Task();
  readonly deciding = new Task();

  constructor(private readonly session: Session) {}

  get rows(): SkuView[] {
    return this.page?.skus ?? [];
  }

  get counts(): Record<string, number> {
    return this.page?.counts ?? {};
  }

  get undecided(): number {
    return queues.reduce((sum, queue) => sum + (this.counts[queue] ?? 0), 0);
  }

  get all(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get current(): SkuView | null {
    return this.rows[this.index] ?? null;
  }

  get candidate(): CandidateView | null {
    return this.candidates[this.picked] ?? null;
  }

  /** How many rows this queue has, read or not. */
  get total(): number {
    return this.page?.total ?? 0;
  }

  /** Rows of this queue, as far as they were read, whose suggestion is clear. */
  get sure(): SkuView[] {
    return this.rows.filter((row) => row.suggestion?.zone === 'sure');
  }

  /** Opens a queue; without one, the first that has something in it. */
  async open(queue: Queue | null, refresh = false): Promise<void> {
    await this.reading.run(async () => {
      let page = await this.read(queue, refresh);
      if (queue === null) {
        const first = queues.find((other) => (page.counts[other] ?? 0) > 0) ?? null;
        if (first !== null) page = await this.read(first, false);
        queue = first;
      }
      this.queue = queue;
      this.page = queue === null ? { ...page, skus: [], total: 0 } : page;
      await this.bench(0);
    });
  }

  private read(state: Queue | null, refresh: boolean, rows = PAGE): Promise<SkusView> {
    return this.session.backend.skus({ state, search: null, offset: 0, limit: state === null ? 1 : rows, refresh });
  }

  /** Reads the next rows of this queue behind those that are there. */
  async more(): Promise<void> {
    const page = this.page;
    const state = this.queue;
    if (!page || state === null || this.reading.busy || page.skus.length >= page.total) return;
    await this.reading.run(async () => {
      const next = await this.session.backend.skus({
        state,
        search: null,
        offset: page.skus.length,
        limit: PAGE,
        refresh: false,
      });
      if (this.page === page) this.page = { ...next, skus: [...page.skus, ...next.skus], offset: 0 };
    });
  }

  /** Puts a row on the bench. */
  async bench(index: number): Promise<void> {
    if (index >= this.rows.length) await this.more();
    this.index = Math.max(0, Math.min(index, this.rows.length - 1));
    this.picked = 0;
    this.candidates = [];
    const row = this.current;
    if (!row || row.sku === '') return;
    const found = await this.session.backend.skuCandidates(row.sku);
    if (this.current?.sku === row.sku) this.candidates = found;
  }

  /** Stores one decision and goes on to the next row of the queue. */
  async decide(decision: SkuDecisionInput['decision'], target: string | null): Promise<boolean> {
    const row = this.current;
    if (!row) return false;
    const answer = await this.deciding.run(() =>
      this.session.backend.resolveSkus([{ sku: row.sku, decision, target }]),
    );
    if (!answer) return false;
    this.last = { sku: row.sku, decision, target, name: row.name };
    this.toDo = [...answer.to_do_in_forstok, ...this.toDo];
    this.decided += answer.resolved;
    await this.again();
    return true;
  }

  /** Takes every clear suggestion among the rows that were read. */
  async acceptSure(): Promise<void> {
    const list = this.sure.map((row) => ({
      sku: row.sku,
      decision: row.suggestion?.decision ?? 'link',
      target: row.suggestion?.target ?? null,
    }));
    const answer = await this.deciding.run(() => this.session.backend.resolveSkus(list));
    if (!answer) return;
    this.decided += answer.resolved;
    this.last = null;
    await this.again();
  }

  async undo(): Promise<void> {
    const last = this.last;
    if (!last) return;
    const answer = await this.deciding.run(() =>
      this.session.backend.resolveSkus([{ sku: last.sku, decision: 'undo', target: null }]),
    );
    if (!answer) return;
    this.last = null;
    this.decided = Math.max(0, this.decided - 1);
    this.toDo = this.toDo.filter((row) => row.sku !== last.sku);
    await this.again(last.sku);
  }

  private async again(sku?: string): Promise<void> {
    const kept = this.index;
    const queue = this.queue;
    await this.reading.run(async () => {
      const page = await this.read(queue, false, Math.max(PAGE, this.rows.length));
      if (page.skus.length === 0) return this.open(null);
      this.page = page;
      const back = sku === undefined ? -1 : page.skus.findIndex((row) => row.sku === sku);
      await this.bench(back >= 0 ? back : kept);
    });
    await this.session.refresh();
  }
}
