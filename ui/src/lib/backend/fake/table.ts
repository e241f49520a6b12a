/** Long tables in memory: rows that are made when somebody looks at them, in an order, with pages as the engine answers them. */
import type { PageQuery, PageView } from '../types';

export interface Rows<T> {
  readonly length: number;
  at(index: number): T;
}

export const listed = <T>(list: readonly T[]): Rows<T> => ({
  length: list.length,
  at: (index) => list[index] as T,
});

/** By what a table sorts, and in which text it searches. */
export interface Shape<T> {
  sorts: Record<string, (row: T) => string | number>;
  text: (row: T) => string;
}

/** From here on an order that was worked out is kept: a hundred thousand rows are not sorted twice. */
const LONG = 5000;

export class Table<T> {
  private readonly orders = new Map<string, Int32Array>();

  constructor(
    readonly rows: Rows<T>,
    private readonly shape: Shape<T>,
  ) {}

  /** After a change of the rows. */
  forget(): void {
    this.orders.clear();
  }

  /** One page of what `keep` keeps; `name` says what that is. */
  page(
    name: string,
    keep: ((row: T) => boolean) | null,
    search: string | null,
    { sort, down, after, at, limit }: PageQuery,
  ): { rows: T[]; page: PageView } {
    const found = this.order(name, keep, (search ?? '').trim().toLowerCase(), sort, down);
    const total = found?.length ?? this.rows.length;
    const from = Math.min(after === null ? (at ?? 0) : Number(after), total);
    const to = limit === 0 ? total : Math.min(total, from + limit);
    const rows: T[] = [];
    for (let index = from; index < to; index++) rows.push(this.rows.at(found ? (found[index] as number) : index));
    return { rows, page: { at: from, total, next: to < total ? String(to) : null } };
  }

  private order(
    name: string,
    keep: ((row: T) => boolean) | null,
    text: string,
    sort: string | null,
    down: boolean,
  ): Int32Array | null {
    const by = sort === null ? undefined : this.shape.sorts[sort];
    if (!keep && text === '' && !by) return null;
    const key = JSON.stringify([name, text, sort, down]);
    const known = this.orders.get(key);
    if (known) return known;
    const kept: number[] = [];
    const keys: (string | number)[] = [];
    for (let index = 0; index < this.rows.length; index++) {
      const row = this.rows.at(index);
      if (keep && !keep(row)) continue;
      if (text !== '' && !this.shape.text(row).toLowerCase().includes(text)) continue;
      kept.push(index);
      if (by) keys[index] = by(row);
    }
    if (by) {
      const turn = down ? -1 : 1;
      kept.sort((a, b) => {
        const [one, other] = [keys[a] as string | number, keys[b] as string | number];
        return one === other ? a - b : one < other ? -turn : turn;
      });
    }
    const order = Int32Array.from(kept);
    if (this.rows.length > LONG) this.orders.set(key, order);
    return order;
  }
}
