/** Rows of a queue by their place, as far as they were read; a decided row leaves its place to the next one. */
import type { SkuView } from '../backend/types';

export class QueueRows {
  /** Rows of the queue, read or not. */
  total = $state(0);
  #rows = $state.raw<Readonly<Record<number, SkuView>>>({});

  row(index: number): SkuView | undefined {
    return this.#rows[index];
  }

  clear(): void {
    this.#rows = {};
    this.total = 0;
  }

  take(at: number, rows: SkuView[], total: number): void {
    // Another total means that rows came or went behind us: what was read before does not stand at its place any more.
    const kept = total === this.total ? this.#rows : {};
    this.#rows = { ...kept, ...Object.fromEntries(rows.map((row, index) => [at + index, row])) };
    this.total = total;
  }

  /** The first place in sight that was not read. */
  missing(from: number, to: number): number | null {
    for (let at = Math.max(0, from); at < Math.min(to, this.total); at++) if (!(at in this.#rows)) return at;
    return null;
  }

  remove(index: number): void {
    this.#shift(index, -1);
  }

  insert(index: number, row: SkuView): void {
    this.#shift(index, 1);
    this.#rows = { ...this.#rows, [index]: row };
  }

  #shift(from: number, by: number): void {
    const moved: Record<number, SkuView> = {};
    for (const [place, row] of Object.entries(this.#rows)) {
      const at = Number(place);
      if (at < from) moved[at] = row;
      else if (by > 0 || at > from) moved[at + by] = row;
    }
    this.#rows = moved;
    this.total = Math.max(0, this.total + by);
  }
}
