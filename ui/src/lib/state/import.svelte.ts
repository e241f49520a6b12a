/** Bringing in one file: what it holds, its columns as they were guessed or remembered, and how many rows were read. */
import { base64 } from '../download';
import type { ImportList, ImportView } from '../backend/types';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** Amounts of a settlement that may stand in several columns; the further ones are `service_fee:2`, `service_fee:3`, … */
const SEVERAL: readonly string[] = [
  'subtotal',
  'shipping_fee',
  'platform_rebate',
  'voucher_seller',
  'shipping_difference',
  'fulfillment_fee',
  'service_fee',
];

export class FileImport {
  list = $state<ImportList>('master_items');
  /** Of a settlement: its channel, as Forstok numbers them. */
  channel = $state<number | null>(null);
  file = $state<File | null>(null);
  view = $state<ImportView | null>(null);
  columns = $state<Record<string, string>>({});
  readonly task = new Task();
  /** Number of the reading: what an earlier one says is dropped. */
  #turn = 0;

  constructor(
    private readonly session: Session,
    list: ImportList,
  ) {
    this.list = list;
  }

  get rows(): number {
    return this.view?.rows ?? 0;
  }

  /** The fields with their further columns, each after the first one. */
  get fields(): string[] {
    const fields = this.view?.fields ?? [];
    const more = Object.keys(this.columns).filter((name) => name.includes(':'));
    return fields.flatMap((field) => [
      field,
      ...more.filter((name) => name.startsWith(`${field}:`)).sort((a, b) => placeOf(a) - placeOf(b)),
    ]);
  }

  /** Whether another column can be added to a field. */
  several(field: string): boolean {
    return this.list === 'settlement' && SEVERAL.includes(field);
  }

  /** A further column of a field, to be chosen. */
  more(field: string): void {
    const places = Object.keys(this.columns)
      .filter((name) => name.startsWith(`${field}:`))
      .map(placeOf);
    this.columns[`${field}:${Math.max(1, ...places) + 1}`] = '';
  }

  /** Another kind of file: what was read of the one before says nothing about it. */
  restart(list: ImportList, channel: number | null = null): void {
    this.#turn++;
    this.list = list;
    this.channel = channel;
    this.file = null;
    this.view = null;
    this.columns = {};
    this.task.error = null;
  }

  async take(file: File): Promise<void> {
    this.file = file;
    this.columns = {};
    await this.send();
  }

  /** Reads the file, with the columns as they are chosen now. */
  async send(): Promise<void> {
    const file = this.file;
    if (!file) return;
    const columns = Object.fromEntries(Object.entries(this.columns).filter(([, heading]) => heading));
    const { list, channel } = this;
    const turn = ++this.#turn;
    const answer = await this.task.run(async () =>
      this.session.backend.importFile({
        list,
        file_name: file.name,
        content: await base64(file),
        columns,
        channel: list === 'settlement' ? channel : null,
      }),
    );
    if (!answer) return;
    if (turn === this.#turn) {
      this.view = answer;
      this.columns = { ...answer.columns };
    }
    await this.session.refresh();
  }
}

const placeOf = (name: string): number => Number(name.split(':')[1] ?? 1);
