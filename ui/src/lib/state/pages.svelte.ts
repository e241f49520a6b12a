/**
 * A long list that is read in blocks as it comes in sight: the true total at once, the rows of a place when somebody looks there.
 * The block after one that is here is asked for by its cursor, any other by its position. An answer to a question that nobody asks
 * any more is dropped.
 */
import type { AppError, PageQuery, PageView } from '../backend/types';
import type { Order } from '../components/table';
import { failureOf } from './session.svelte';

/** Rows of one request. */
const SIZE = 100;
/** Blocks that are kept; of more, those farthest from what is in sight go. */
const KEEP = 40;
/** Rows of one request where all of them are wanted. */
const ALL = 1000;

export interface Page<Row> {
  rows: Row[];
  page: PageView;
  /** What else the answer says, for who shows it; called once, and never when the answer is dropped. */
  taken?: () => void;
}

/** Asks for one page of the query as it stands now; what it filters by is the screen's own. */
export type ReadPage<Row> = (page: PageQuery) => Promise<Page<Row>>;

interface Block<Row> {
  rows: Row[];
  next: string | null;
}

export class Pages<Row> {
  /** Rows of the query, read or not. */
  total = $state(0);
  order = $state.raw<Order | null>(null);
  /** Whether the first answer has come. */
  ready = $state(false);
  busy = $state(false);
  error = $state<AppError | null>(null);
  /** Number of the query: a table goes back to its top when it changes. */
  turn = $state(0);

  #blocks = $state.raw<Readonly<Record<number, Block<Row>>>>({});
  /** What is in sight, from and up to. */
  #sight = { from: 0, to: 1 };
  /** The blocks answer the query before this one: they stay in sight until the first answer of this one. */
  #old = false;
  /** Number of the reading: an answer of another one is dropped. */
  #reading = 0;
  readonly #read: ReadPage<Row>;

  constructor(read: ReadPage<Row>, order: Order | null = null) {
    this.#read = read;
    this.order = order;
  }

  /** The row at a position; nothing while it is not read. */
  row(index: number): Row | undefined {
    return this.#blocks[Math.floor(index / SIZE)]?.rows[index % SIZE];
  }

  /** Position of a row among those that are here; -1 when it is not. */
  find(wanted: (row: Row) => boolean): number {
    for (const [block, { rows }] of Object.entries(this.#blocks)) {
      const at = rows.findIndex(wanted);
      if (at >= 0) return Number(block) * SIZE + at;
    }
    return -1;
  }

  /** Says what is in sight, from and up to; what is missing there is read. */
  want(from: number, to: number): void {
    this.#sight = { from, to: Math.max(to, from + 1) };
    if (!this.error && !this.busy) void this.#fill();
  }

  sort(order: Order | null): void {
    this.order = order;
    this.restart();
  }

  /** Another query: a filter or a search was changed. Begins at the top. */
  restart(): void {
    this.turn++;
    this.#sight = { from: 0, to: this.#sight.to - this.#sight.from };
    this.reload();
  }

  /** The same query once more, because its rows may have changed, or were refused. Stays where it is. */
  reload(): void {
    this.#reading++;
    this.#old = true;
    this.busy = false;
    this.error = null;
    void this.#fill();
  }

  /** Every row of the query, for something that is done to all of them. */
  async all(): Promise<Row[]> {
    const rows: Row[] = [];
    let after: string | null = null;
    do {
      const answer: Page<Row> = await this.#read({ ...this.#sorted(), after, at: null, limit: ALL });
      rows.push(...answer.rows);
      after = answer.page.next;
    } while (after !== null);
    return rows;
  }

  async #fill(): Promise<void> {
    const reading = this.#reading;
    for (let block = this.#missing(); block !== null; block = this.#missing()) {
      this.busy = true;
      try {
        const answer = await this.#read(this.#ask(block));
        if (reading !== this.#reading) return;
        this.#take(block, answer);
        answer.taken?.();
      } catch (cause) {
        if (reading !== this.#reading) return;
        this.error = failureOf(cause);
        break;
      }
    }
    this.busy = false;
  }

  /** The first block in sight that is not here. */
  #missing(): number | null {
    const first = Math.floor(this.#sight.from / SIZE);
    if (this.#old || !this.ready) return first;
    const last = Math.floor((Math.min(this.#sight.to, this.total) - 1) / SIZE);
    for (let block = first; block <= last; block++) if (!this.#blocks[block]) return block;
    return null;
  }

  #sorted(): Pick<PageQuery, 'sort' | 'down'> {
    return { sort: this.order?.by ?? null, down: this.order?.down ?? false };
  }

  #ask(block: number): PageQuery {
    const page: PageQuery = { ...this.#sorted(), after: null, at: null, limit: SIZE };
    if (block === 0) return page;
    const next = this.#old ? null : this.#blocks[block - 1]?.next;
    return next ? { ...page, after: next } : { ...page, at: block * SIZE };
  }

  #take(block: number, answer: Page<Row>): void {
    // Another total means that rows came or went: what was read before does not stand at its place any more.
    const keep = !this.#old && answer.page.total === this.total;
    const blocks = { ...(keep ? this.#blocks : {}), [block]: { rows: answer.rows, next: answer.page.next } };
    const here = Math.floor((this.#sight.from + this.#sight.to) / 2 / SIZE);
    const near = Object.entries(blocks).sort(([a], [b]) => Math.abs(Number(a) - here) - Math.abs(Number(b) - here));
    this.#blocks = Object.fromEntries(near.slice(0, KEEP));
    this.#old = false;
    this.total = answer.page.total;
    this.ready = true;
  }
}
