/**
 * The SKU workbench: one queue read as it comes in sight, one SKU on the bench with its candidates, and the decisions of this sitting.
 * A decision takes its row out at once and is stored behind it; one that the engine refuses puts its row back and says why.
 */
import { SvelteMap } from 'svelte/reactivity';
import type {
  AppError,
  CandidateView,
  PageQuery,
  ResolveView,
  SkuDecisionInput,
  SkuQuery,
  SkusView,
  SkuView,
} from '../backend/types';
import { Pages } from './pages.svelte';
import { failureOf, type Session } from './session.svelte';
import { QueueRows } from './skurows.svelte';
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

/** Every state of a SKU, as the table of all of them filters by it. */
export const states = [...queues, 'matched', 'ready', 'held'] as const;

export const isQueue = (text: string | null): text is Queue => (queues as readonly (string | null)[]).includes(text);

/** Rows of one request. */
const PAGE = 100;
/** How long a pause in the work is before the counts are read again. */
const PAUSE = 400;
const SEARCH: Pick<SkuQuery, 'search' | 'refresh'> = { search: null, refresh: false };

/** What may be done with a SKU, one card each. */
export type Choice =
  | { kind: 'candidate'; target: string; candidate: CandidateView }
  | { kind: 'master'; target: string }
  | { kind: 'rename'; target: string }
  | { kind: 'create' };

export interface Decided {
  row: SkuView;
  queue: Queue | null;
  index: number;
  decision: SkuDecisionInput['decision'];
  target: string | null;
  /** Taken back before the engine had answered. */
  undone: boolean;
  /** Stored, but the row stays in its queue until somebody does the rest in Forstok. */
  stays: boolean;
}

/** What only Forstok can put right: an empty SKU, or one that two products share. A decision here would change nothing. */
export const onlyInForstok = (row: SkuView) => row.sku === '' || row.reason.code === 'sku_doubled';

/** The SKU cannot be a code of Accurate as it is. */
export const needsCode = (row: SkuView) =>
  row.state === 'invalid_code' || row.state === 'duplicate' || row.state === 'empty';

/** A match that holds, though a side is called otherwise since, or the item is another record. */
export const drifted = (row: SkuView) => row.state === 'matched' && row.reason.code.startsWith('matched_');
const waitsInForstok = (row: SkuView) => row.reason.code.startsWith('pending_');

export class Workbench {
  queue = $state<Queue | null>(null);
  /** The table of all SKUs stands in place of the bench. */
  table = $state(false);
  /** A SKU that was asked for by its name, in place of the queue's. */
  asked = $state.raw<SkuView | null>(null);
  counts = $state.raw<Record<string, number>>({});
  sure = $state.raw<Record<string, number>>({});
  readAt = $state<string | null>(null);
  index = $state(0);
  candidates = $state.raw<CandidateView[] | null>(null);
  picked = $state(-1);
  /** What another item was searched for, and what was found. */
  search = $state<string | null>(null);
  found = $state.raw<CandidateView[] | null>(null);
  /** Decisions of this sitting that can be taken back, newest last. */
  history = $state.raw<Decided[]>([]);
  toDo = $state.raw<SkuView[]>([]);
  /** A decision that the engine refused; its row is back. */
  refused = $state.raw<{ entry: Decided; error: AppError } | null>(null);
  decidedToday = $state(0);
  readonly rows = new QueueRows();
  readonly reading = new Task();
  readonly accepting = new Task();
  readonly all: Pages<SkuView>;
  state = $state<string | null>(null);
  text = $state('');

  /** Rows of each queue that this sitting has passed by, because only Forstok can put them right. */
  #passed: Partial<Record<Queue, number>> = {};
  readonly #known = new SvelteMap<string, CandidateView[]>();
  #storing: Promise<void> = Promise.resolve();
  #open = 0;
  /** Decisions under way, by the queue whose row they take out. */
  readonly #waiting = new SvelteMap<Queue | null, number>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #fetching = false;
  #turn = 0;

  constructor(private readonly session: Session) {
    this.all = new Pages<SkuView>(async (page) => {
      const answer = await this.#ask({ state: this.state, search: this.text.trim() || null, page, refresh: false });
      return { rows: answer.skus, page: answer.page };
    });
  }

  get total(): number {
    return this.rows.total;
  }

  get undecided(): number {
    return queues.reduce((sum, queue) => sum + (this.counts[queue] ?? 0), 0);
  }

  get everything(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get current(): SkuView | null {
    return this.asked ?? this.rows.row(this.index) ?? null;
  }

  get last(): Decided | null {
    return this.history.at(-1) ?? null;
  }

  /** How many of the open queue can be accepted together. */
  get sureHere(): number {
    return this.queue === null || this.asked ? 0 : (this.sure[this.queue] ?? 0);
  }

  /** The cards on the bench, in their order. */
  get choices(): Choice[] {
    const row = this.current;
    if (!row || onlyInForstok(row)) return [];
    if (this.search !== null)
      return (this.found ?? []).map((candidate) => ({ kind: 'candidate', target: candidate.no, candidate }));
    const list: Choice[] = [];
    const suggestion = row.suggestion;
    const candidates = this.candidates ?? [];
    if (suggestion?.decision === 'link' && suggestion.target && waitsInForstok(row))
      list.push({ kind: 'master', target: suggestion.target });
    for (const candidate of candidates) list.push({ kind: 'candidate', target: candidate.no, candidate });
    if (suggestion?.decision === 'link' && suggestion.target && !waitsInForstok(row))
      if (!candidates.some((candidate) => candidate.no === suggestion.target) && this.candidates)
        list.push({ kind: 'master', target: suggestion.target });
    if (suggestion?.decision === 'rename' && suggestion.target)
      list.push({ kind: 'rename', target: suggestion.target });
    list.push({ kind: 'create' });
    return list;
  }

  /** The card that Enter takes; none while the evidence is not in sight yet. */
  get choice(): Choice | null {
    if (this.candidates === null) return null;
    return this.choices[this.picked] ?? null;
  }

  /** Opens a queue; without one, the first that has something in it. */
  async open(queue: Queue | null, refresh = false): Promise<void> {
    this.refused = null;
    await this.#show(queue, refresh);
  }

  async #show(queue: Queue | null, refresh: boolean): Promise<void> {
    const turn = ++this.#turn;
    this.table = false;
    this.asked = null;
    if (refresh) this.#known.clear();
    await this.reading.run(async () => {
      // Another queue's rows do not move by what is still being stored.
      if (queue === null || refresh || this.#waiting.get(queue)) await this.#storing;
      let answer = await this.#page(queue, { at: 0, refresh });
      if (queue === null) {
        queue = this.#next(null);
        if (queue !== null) answer = await this.#page(queue, { at: 0 });
      }
      if (turn !== this.#turn) return;
      this.queue = queue;
      this.rows.clear();
      if (queue !== null) {
        this.rows.take(0, answer.skus, answer.page.total);
        this.#passed[queue] = 0;
      }
      this.put(0);
      if (refresh) await this.session.refresh();
    });
  }

  /** Puts one SKU on the bench, whichever queue it is in. */
  async openSku(sku: string): Promise<boolean> {
    const turn = ++this.#turn;
    this.table = false;
    return (
      (await this.reading.run(async () => {
        const answer = await this.#ask({ ...SEARCH, state: null, search: sku, page: this.#at(0, 50) });
        const row = answer.skus.find((other) => other.sku === sku) ?? null;
        if (turn !== this.#turn) return false;
        if (row && isQueue(row.state)) {
          const queue = row.state;
          const page = await this.#page(queue, { at: 0 });
          this.queue = queue;
          this.rows.clear();
          this.rows.take(0, page.skus, page.page.total);
          const index = page.skus.findIndex((other) => other.sku === sku);
          if (index >= 0) {
            this.asked = null;
            this.put(index);
            return true;
          }
        }
        this.asked = row;
        this.#bench();
        return row !== null;
      })) ?? false
    );
  }

  openTable(): void {
    this.#turn++;
    this.table = true;
    this.asked = null;
    this.all.restart();
  }

  filter(state: string | null): void {
    this.state = state;
    this.all.restart();
  }

  find(text: string): void {
    this.text = text;
    this.all.restart();
  }

  /** Reads what is in sight of the queue and not here yet. */
  async want(from: number, to: number): Promise<void> {
    const at = this.rows.missing(from, to);
    if (at === null || this.#fetching || this.queue === null || this.table) return;
    this.#fetching = true;
    const queue = this.queue;
    try {
      // A place in the list is the engine's own again once every decision before it is stored.
      await this.#storing;
      const start = Math.floor(at / PAGE) * PAGE;
      const answer = await this.#page(queue, { at: start });
      if (this.queue === queue) this.rows.take(start, answer.skus, answer.page.total);
    } catch (cause) {
      this.reading.error = failureOf(cause);
    } finally {
      this.#fetching = false;
    }
  }

  /** Puts a row of the queue on the bench. */
  put(index: number): void {
    this.asked = null;
    this.index = Math.max(0, Math.min(index, this.rows.total - 1));
    this.#bench();
    void this.want(this.index, this.index + PAGE / 2);
  }

  #bench(): void {
    this.search = null;
    this.found = null;
    const row = this.current;
    this.candidates = row === null || onlyInForstok(row) ? [] : (this.#known.get(row.sku) ?? null);
    this.#pick();
    if (row) void this.#look(row, 3);
  }

  /** Reads a row's candidates, and those of the next rows, so that going on shows them at once. */
  async #look(row: SkuView, ahead: number): Promise<void> {
    if (!onlyInForstok(row) && !this.#known.has(row.sku)) {
      try {
        this.#known.set(row.sku, await this.session.backend.skuCandidates(row.sku, null));
      } catch (cause) {
        if (this.current?.sku === row.sku) {
          this.candidates = [];
          this.reading.error = failureOf(cause);
        }
        return;
      }
    }
    if (this.current?.sku === row.sku && this.candidates === null) {
      this.candidates = this.#known.get(row.sku) ?? [];
      this.#pick();
    }
    const next = ahead > 0 && !this.asked ? this.rows.row(this.index + 4 - ahead) : undefined;
    if (next) await this.#look(next, ahead - 1);
  }

  /** The suggested card, else the nearest candidate that is worth a look; nothing is chosen where nothing comes near. */
  #pick(): void {
    const row = this.current;
    const suggestion = row?.suggestion;
    const fits = (choice: Choice) =>
      suggestion?.decision === 'link'
        ? choice.kind !== 'create' && choice.kind !== 'rename' && choice.target === suggestion.target
        : choice.kind === suggestion?.decision;
    const suggested = suggestion ? this.choices.findIndex(fits) : -1;
    if (suggested >= 0) this.picked = suggested;
    else if (this.choices.length === 1) this.picked = 0;
    else
      this.picked = this.choices.findIndex((choice) => choice.kind === 'candidate' && choice.candidate.zone !== 'none');
  }

  /** Looks for another item of Accurate by code, name or barcode. */
  async look(text: string): Promise<void> {
    this.search = text;
    const row = this.current;
    if (!row) return;
    if (text.trim() === '') {
      this.found = null;
      this.picked = -1;
      return;
    }
    const answer = await this.reading.run(() => this.session.backend.skuCandidates(row.sku, text.trim()));
    if (!answer || this.search !== text) return;
    this.found = answer;
    this.picked = answer.length > 0 ? 0 : -1;
  }

  closeSearch(): void {
    this.search = null;
    this.found = null;
    this.#pick();
  }

  /** Decides the row on the bench and goes on; the engine stores it behind that. */
  decide(decision: SkuDecisionInput['decision'], target: string | null): void {
    const row = this.current;
    if (!row) return;
    const queue = this.asked ? null : this.queue;
    const entry: Decided = { row, queue, index: this.index, decision, target, undone: false, stays: false };
    this.refused = null;
    this.#out(entry);
    this.history = [...this.history, entry];
    this.#bump(1);
    this.#store(entry, async () => {
      const answer = await this.session.backend.resolveSkus([{ sku: row.sku, decision, target }]);
      this.toDo = [...answer.to_do_in_forstok, ...this.toDo];
      entry.stays = queue !== null && answer.to_do_in_forstok.some((other) => other.sku === row.sku);
      if (entry.stays && queue !== null) this.#passed[queue] = (this.#passed[queue] ?? 0) + 1;
    });
  }

  /** Leaves a row that only Forstok can put right for this sitting. */
  pass(): void {
    const row = this.current;
    if (!row || !this.queue || this.asked) return this.put(this.index + 1);
    this.#passed[this.queue] = (this.#passed[this.queue] ?? 0) + 1;
    this.rows.remove(this.index);
    this.#onward();
  }

  undo(): void {
    const entry = this.history.at(-1);
    if (!entry) return;
    // A queue that is still being opened would take the row off the bench again.
    this.#turn++;
    entry.undone = true;
    this.history = this.history.slice(0, -1);
    this.toDo = this.toDo.filter((row) => row.sku !== entry.row.sku);
    this.#bump(-1);
    this.#back(entry, true);
    this.#store({ ...entry, undone: true }, async () => {
      if (entry.stays && entry.queue !== null) this.#passed[entry.queue] = (this.#passed[entry.queue] ?? 1) - 1;
      await this.session.backend.resolveSkus([{ sku: entry.row.sku, decision: 'undo', target: null }]);
    });
    // A row of another queue is on the bench at once; its queue opens around it when the engine has it back.
    if (this.asked === entry.row)
      void this.#storing.then(() => (this.asked === entry.row ? this.openSku(entry.row.sku) : false));
  }

  /** Takes a decision back that was made before this sitting. */
  async undoStored(row: SkuView): Promise<void> {
    const answer = await this.accepting.run(() =>
      this.session.backend.resolveSkus([{ sku: row.sku, decision: 'undo', target: null }]),
    );
    if (!answer) return;
    this.#known.delete(row.sku);
    this.all.reload();
    await this.session.refresh();
  }

  /** Says that a match is right under the names and codes of now. */
  async keepMatch(row: SkuView): Promise<void> {
    const target = row.reason.params.item_no ?? null;
    const answer = await this.accepting.run(() =>
      this.session.backend.resolveSkus([{ sku: row.sku, decision: 'link', target }]),
    );
    if (!answer) return;
    this.#known.delete(row.sku);
    this.all.reload();
    await this.session.refresh();
  }

  /** Takes every sure suggestion of the open queue, on all its pages. */
  async acceptSure(): Promise<ResolveView | null> {
    const queue = this.queue;
    if (queue === null) return null;
    await this.#storing;
    const answer = await this.accepting.run(() => this.session.backend.acceptSure(queue));
    if (!answer) return null;
    this.#bump(answer.resolved);
    this.history = [];
    this.toDo = [...answer.to_do_in_forstok, ...this.toDo];
    await this.open(queue);
    if (this.total === 0) await this.open(null);
    await this.session.refresh();
    return answer;
  }

  /** Every decision of this sitting is stored or refused. */
  settled(): Promise<void> {
    return this.#storing;
  }

  #out(entry: Decided): void {
    const { row, queue } = entry;
    if (queue === null) {
      this.asked = null;
      this.put(this.index);
      return;
    }
    this.#count(queue, -1, row);
    this.rows.remove(entry.index);
    this.#onward();
  }

  #onward(): void {
    if (this.rows.total > 0) return this.put(this.index);
    this.put(0);
    const queue = this.#next(this.queue);
    if (queue !== null) void this.#show(queue, false);
  }

  /** Puts a decided row back where it was. */
  #back(entry: Decided, onBench: boolean): void {
    const { row, queue, index } = entry;
    this.#known.delete(row.sku);
    if (queue === null || queue !== this.queue || this.table) {
      if (queue !== null) this.#count(queue, 1, row);
      if (onBench) this.asked = row;
      if (onBench) this.#bench();
      return;
    }
    this.#count(queue, 1, row);
    const at = Math.min(index, this.rows.total);
    this.rows.insert(at, row);
    if (onBench) this.put(at);
    else if (at <= this.index && this.rows.total > 1) this.index++;
    else if (this.rows.total === 1) this.put(0);
  }

  #store(entry: Decided, work: () => Promise<void>): void {
    this.#open++;
    this.#waiting.set(entry.queue, (this.#waiting.get(entry.queue) ?? 0) + 1);
    clearTimeout(this.#pause);
    this.#storing = this.#storing.then(async () => {
      try {
        await work();
      } catch (cause) {
        if (entry.undone) this.reading.error = failureOf(cause);
        else {
          this.history = this.history.filter((other) => other !== entry);
          this.#bump(-1);
          this.#back(entry, false);
          this.refused = { entry, error: failureOf(cause) };
        }
      }
      this.#waiting.set(entry.queue, (this.#waiting.get(entry.queue) ?? 1) - 1);
      if (--this.#open === 0) this.#pause = setTimeout(() => void this.#again(), PAUSE);
    });
  }

  /** After a pause in the work: the engine's own counts, and the rail. */
  async #again(): Promise<void> {
    const queue = this.queue;
    try {
      const answer = await this.#ask({ ...SEARCH, state: queue, page: this.#at(0, 1) });
      const here = answer.page.total - (queue === null ? 0 : (this.#passed[queue] ?? 0));
      if (queue !== null && queue === this.queue && here !== this.rows.total && this.#open === 0)
        await this.#show(queue, false);
      await this.session.refresh();
    } catch {
      // The counts on the screen are right as far as this sitting knows; the next step reads them again.
    }
  }

  #next(after: Queue | null): Queue | null {
    const from = after === null ? 0 : queues.indexOf(after) + 1;
    const order = [...queues.slice(from), ...queues.slice(0, from)];
    return order.find((queue) => (this.counts[queue] ?? 0) - (this.#passed[queue] ?? 0) > 0) ?? null;
  }

  #count(queue: Queue, by: number, row: SkuView): void {
    this.counts = { ...this.counts, [queue]: Math.max(0, (this.counts[queue] ?? 0) + by) };
    if (row.suggestion?.zone === 'sure')
      this.sure = { ...this.sure, [queue]: Math.max(0, (this.sure[queue] ?? 0) + by) };
  }

  #at(at: number, limit: number): PageQuery {
    return { sort: null, down: false, after: null, at, limit };
  }

  #page(state: Queue | null, { at, refresh = false }: { at: number; refresh?: boolean }): Promise<SkusView> {
    return this.#ask({ state, search: null, page: this.#at(at, state === null ? 1 : PAGE), refresh });
  }

  async #ask(query: SkuQuery): Promise<SkusView> {
    const answer = await this.session.backend.skus(query);
    if (this.#open === 0) {
      this.counts = answer.counts;
      this.sure = answer.sure;
      this.decidedToday = answer.decided_today;
    }
    this.readAt = answer.read_at;
    return answer;
  }

  #bump(by: number): void {
    this.decidedToday = Math.max(0, this.decidedToday + by);
  }
}
