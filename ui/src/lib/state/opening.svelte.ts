/** Opening stock: where the numbers come from, and what a piece costs. Both are asked; neither is invented. */
import { NO_OPTIONS, type PlanOptions } from '../backend/types';
import { FileImport } from './import.svelte';
import type { Session } from './session.svelte';

export type Source = 'file' | 'forstok';
export type Cost = 'forstok' | 'typed';

export class OpeningStock {
  source = $state<Source | ''>('');
  cost = $state<Cost | ''>('');
  /** SKU and unit cost, one pair a line: what a person pastes from a sheet. */
  costText = $state('');
  date = $state('');
  readonly file: FileImport;

  constructor(session: Session) {
    this.file = new FileImport(session, 'stock_count');
  }

  /** The pasted lines that were understood. Decimals stay text: `12.500` is twelve thousand five hundred, `12.500,50` has cents;
   * `12500.50` can be read in two ways and is not understood. */
  get unitCosts(): Record<string, string> {
    const costs: Record<string, string> = {};
    for (const line of this.costText.split('\n')) {
      const parts = line.trim().match(/^(\S+)[\t;,\s]+(?:Rp\s*)?(\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?)$/);
      if (parts?.[1] && parts[2]) costs[parts[1]] = parts[2].replaceAll('.', '').replace(',', '.');
    }
    return costs;
  }

  get unread(): number {
    const lines = this.costText.split('\n').filter((line) => line.trim() !== '').length;
    return lines - Object.keys(this.unitCosts).length;
  }

  get ready(): boolean {
    if (this.source === 'file') return this.file.rows > 0;
    if (this.source === 'forstok')
      return this.cost === 'forstok' || (this.cost === 'typed' && Object.keys(this.unitCosts).length > 0);
    return false;
  }

  options(): PlanOptions {
    const forstok = this.source === 'forstok';
    return {
      ...NO_OPTIONS,
      source: this.source,
      forstok_cost: forstok && this.cost === 'forstok',
      unit_costs: forstok && this.cost === 'typed' ? this.unitCosts : {},
      date: this.date || null,
    };
  }
}
