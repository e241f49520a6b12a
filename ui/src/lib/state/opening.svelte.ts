/** Opening stock: where the numbers come from, and what a piece costs. Both are asked; neither is invented. */
import { base64 } from '../download';
import type { ImportView, PlanOptions } from '../backend/types';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

export type Source = 'file' | 'forstok';
export type Cost = 'forstok' | 'typed';

export class OpeningStock {
  source = $state<Source | ''>('');
  cost = $state<Cost | ''>('');
  /** SKU and unit cost, one pair a line: what a person pastes from a sheet. */
  costText = $state('');
  date = $state('');
  file = $state<File | null>(null);
  import = $state<ImportView | null>(null);
  columns = $state<Record<string, string>>({});
  readonly importing = new Task();

  constructor(private readonly session: Session) {}

  async take(file: File): Promise<void> {
    this.file = file;
    this.columns = {};
    await this.send();
  }

  /** Reads the file, with the columns as they are chosen now. */
  async send(): Promise<void> {
    const file = this.file;
    if (!file) return;
    const answer = await this.importing.run(async () =>
      this.session.backend.importFile({
        list: 'stock_count',
        file_name: file.name,
        content: await base64(file),
        columns: $state.snapshot(this.columns),
      }),
    );
    this.import = answer;
    if (answer) this.columns = { ...answer.columns };
  }

  /** The pasted lines that were understood. Decimals stay text: `12.500` is twelve thousand five hundred, `12.500,50` has cents. */
  get unitCosts(): Record<string, string> {
    const costs: Record<string, string> = {};
    for (const line of this.costText.split('\n')) {
      const parts = line.trim().match(/^(\S+)[\t;,\s]+(?:Rp\s*)?([\d.]+(?:,\d+)?)$/);
      if (parts?.[1] && parts[2]) costs[parts[1]] = parts[2].replaceAll('.', '').replace(',', '.');
    }
    return costs;
  }

  get unread(): number {
    const lines = this.costText.split('\n').filter((line) => line.trim() !== '').length;
    return lines - Object.keys(this.unitCosts).length;
  }

  get ready(): boolean {
    if (this.source === 'file') return (this.import?.rows ?? 0) > 0;
    if (this.source === 'forstok')
      return this.cost === 'forstok' || (this.cost === 'typed' && Object.keys(this.unitCosts).length > 0);
    return false;
  }

  options(): PlanOptions {
    const forstok = this.source === 'forstok';
    return {
      source: this.source,
      forstok_cost: forstok && this.cost === 'forstok',
      unit_costs: forstok && this.cost === 'typed' ? this.unitCosts : {},
      date: this.date || null,
    };
  }
}
