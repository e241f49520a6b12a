/** Rows of a queue by their place, as far as they were read; a decided row leaves its place to the next one. */
import type { SkuView } from '../backend/types';

export class QueueRows {
  /** Rows of the queue, read or not. */
  total = $state(0);
  #rows = $state.raw<ReadonlyMap<number, SkuView>>(new Map());

  row(index: number): SkuView | undefined {
    return this.#rows.get(index);
  }

  clear(): void {
    this.#rows = new Map();
    this.total = 0;
  }

  take(at: number, rows: SkuView[], total: number): void {
    // Another total means that rows came or went behind us: what was read before does not stand at its place any more.
    const kept = new Map(total === this.total ? this.#rows : []);
    rows.forEach((row, index) => kept.set(at + index, row));
    this.#rows = kept;
    this.total = total;
  }

  /** The first place in sight that was not read. */
  missing(from: number, to: number): number | null {
    for (let at = Math.max(0, from); at < Math.min(to, this.total); at++) if (!this.#rows.has(at)) return at;
    return null;
  }

  remove(index: number): void {
    this.#shift(index, -1);
  }

  insert(index: number, row: SkuView): void {
    this.#shift(index, 1);
    this.#rows = new Map(this.#rows).set(index, row);
  }

  #shift(from: number, by: number): void {
    const moved = new Map<number, SkuView>();
    for (const [at, row] of this.#rows) {
      if (at < from) moved.set(at, row);
      else if (by > 0 || at > from) moved.set(at + by, row);
    }
    this.#rows = moved;
    this.total = Math.max(0, this.total + by);
  }
}
