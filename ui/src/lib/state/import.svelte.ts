/** Bringing in one file: what it holds, its columns as they were guessed or remembered, and how many rows were read. */
import { base64 } from '../download';
import type { ImportList, ImportView } from '../backend/types';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

export class FileImport {
  list = $state<ImportList>('master_items');
  file = $state<File | null>(null);
  view = $state<ImportView | null>(null);
  columns = $state<Record<string, string>>({});
  readonly task = new Task();

  constructor(
    private readonly session: Session,
    list: ImportList,
  ) {
    this.list = list;
  }

  get rows(): number {
    return this.view?.rows ?? 0;
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
    const chosen = Object.fromEntries(Object.entries(this.columns).filter(([, heading]) => heading));
    const list = this.list;
    const answer = await this.task.run(async () =>
      this.session.backend.importFile({ list, file_name: file.name, content: await base64(file), columns: chosen }),
    );
    if (!answer) return;
    this.view = answer;
    this.columns = { ...answer.columns };
    await this.session.refresh();
  }
}
