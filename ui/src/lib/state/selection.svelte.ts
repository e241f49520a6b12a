/** Which rows of a query are chosen: some by their key, or all of them but some. The rows need not be read for that. */
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
  /** All rows of the query are chosen, but those named. */
  all = $state(false);
  readonly #named = new SvelteSet<string>();

  has(key: string): boolean {
    return this.#named.has(key) !== this.all;
  }

  toggle(key: string): void {
    if (!this.#named.delete(key)) this.#named.add(key);
  }

  /** All of the query, or none where all were chosen. */
  toggleAll(total: number): void {
    const all = this.count(total) < total;
    this.clear();
    this.all = all;
  }

  clear(): void {
    this.#named.clear();
    this.all = false;
  }

  /** How many of the query's rows are chosen. */
  count(total: number): number {
    return this.all ? total - this.#named.size : this.#named.size;
  }

  /** The chosen keys, from the keys of every row of the query. */
  of(keys: string[]): string[] {
    return keys.filter((key) => this.has(key));
  }
}
