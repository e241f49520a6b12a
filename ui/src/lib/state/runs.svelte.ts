/** The history of runs, and one run's page: its receipt, its rows, what can be done with it afterwards. */
import type { PlanView, ProgressView, RunRowView, RunSheetView, RunsView, RunView, VerifyView } from '../backend/types';
import { dateTime } from '../i18n/format';
import { kindTitle, runStatus } from '../kinds';
import { Pages } from './pages.svelte';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

export const runStates = ['all', 'proven', 'sent', 'open', 'undone'] as const;
export type RunState = (typeof runStates)[number];

/** Where a run stands in the history's filter. */
function stateOf(run: RunView): Exclude<RunState, 'all'> {
  if (run.undone_by !== null) return 'undone';
  if (run.state !== 'finished') return 'open';
  return runStatus(run) === 'proven' ? 'proven' : 'sent';
}

/** The number as the certificate shows it: `0146`. */
export function certificateNo(no: number): string {
  return String(no).padStart(4, '0');
}

/** Seconds from the first row to the end; `null` while it is not finished. */
export function took(run: RunView): number | null {
  return run.finished_at === null ? null : (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000;
}

export class History {
  view = $state<RunsView | null>(null);
  /** What the whole verification found; it takes longer than the list. */
  verified = $state<VerifyView | null>(null);
  kind = $state('');
  state = $state<RunState>('all');
  search = $state('');
  readonly reading = new Task();
  readonly verifying = new Task();

  constructor(private readonly session: Session) {}

  async read(): Promise<void> {
    const answer = await this.reading.run(() => this.session.backend.runs());
    if (!answer) return;
    this.view = answer;
    if (answer.runs.length === 0) return;
    const verified = await this.verifying.run(() => this.session.backend.verify());
    if (verified) this.verified = verified;
  }

  /** Whether anything was found that is not as the certificates say; the quick look may know it before the whole one. */
  get broken(): boolean {
    return this.view?.chain_whole === false || this.verified?.chain_whole === false;
  }

  get kinds(): string[] {
    const kinds = (this.view?.runs ?? []).map((run) => run.kind);
    return kinds.filter((kind, index) => kinds.indexOf(kind) === index);
  }

  /** What the kind and the search leave, in any state. */
  get found(): RunView[] {
    const text = this.search.trim().toLowerCase();
    const says = (run: RunView) =>
      [
        run.run,
        run.started_at.slice(0, 10),
        dateTime(run.started_at),
        kindTitle(run.kind),
        run.certificate_no === null ? '' : certificateNo(run.certificate_no),
      ]
        .join(' ')
        .toLowerCase()
        .includes(text);
    return (this.view?.runs ?? []).filter((run) => (this.kind === '' || run.kind === this.kind) && says(run));
  }

  get rows(): RunView[] {
    return this.state === 'all' ? this.found : this.found.filter((run) => stateOf(run) === this.state);
  }

  count(state: RunState): number {
    return state === 'all' ? this.found.length : this.found.filter((run) => stateOf(run) === state).length;
  }
}

/** The states of a run's rows, in the order of their tabs. */
export const rowStates = ['posted', 'held', 'failed', 'unknown', 'sending', 'waiting'] as const;
export type RowState = (typeof rowStates)[number] | 'all';

export class RunSheet {
  sheet = $state<RunSheetView | null>(null);
  /** Where its certificate was saved. */
  saved = $state<string | null>(null);
  counts = $state<Record<string, number>>({});
  filter = $state<RowState>('all');
  search = $state('');
  undoing = $state<ProgressView | null>(null);
  readonly reading = new Task();
  readonly proving = new Task();
  readonly planning = new Task();
  readonly saving = new Task();
  readonly rows: Pages<RunRowView>;
  private run = '';

  constructor(private readonly session: Session) {
    this.rows = new Pages<RunRowView>(async (page) => {
      const answer = await this.session.backend.runRows(this.run, {
        state: this.filter === 'all' ? null : this.filter,
        search: this.search.trim() || null,
        page,
      });
      return { rows: answer.rows, page: answer.page, taken: () => (this.counts = answer.counts) };
    });
  }

  async read(run: string): Promise<void> {
    const other = this.run !== run;
    this.run = run;
    if (other) {
      this.sheet = null;
      this.saved = null;
    }
    const answer = await this.reading.run(() => this.session.backend.run(run));
    if (!answer || this.run !== run) return;
    this.sheet = answer;
    this.rows.reload();
  }

  /** Rows of the run, in whatever state. */
  get all(): number {
    return Object.values(this.counts).reduce((total, rows) => total + rows, 0);
  }

  async prove(): Promise<void> {
    const run = this.run;
    const proof = await this.proving.run(() => this.session.backend.prove(run, () => undefined));
    if (!proof) return;
    await this.read(run);
    await this.session.refresh();
  }

  async save(): Promise<void> {
    const saved = await this.saving.run(() => this.session.backend.saveCertificate(this.run));
    if (saved) this.saved = saved.path;
  }

  /** Plans the undo of this run; nothing is taken back before that plan is sent. */
  async planUndo(): Promise<PlanView | null> {
    this.undoing = null;
    return this.planning.run(() => this.session.backend.planUndo(this.run, (progress) => (this.undoing = progress)));
  }
}
