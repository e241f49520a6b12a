/** The inbox: its causes, the rows of the open one, and what a person does with them. Progress and receipt stay in place. */
import type { CauseView, InboxRowView, InboxView, ProgressView, RunsView, SyncView } from '../backend/types';
import { fixOf, type Fix } from '../causes';
import { sum } from '../decimal';
import { Pages } from './pages.svelte';
import { Selection } from './selection.svelte';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

const checking = (cause: CauseView) => fixOf(cause.code).at === 'check';

export class Inbox {
  view = $state.raw<InboxView | null>(null);
  chosen = $state<string | null>(null);
  search = $state('');
  progress = $state.raw<ProgressView | null>(null);
  /** What came of the last retry, for as long as the person wants to see it. */
  receipt = $state.raw<SyncView[] | null>(null);
  /** When a run last looked at everything. */
  checkedAt = $state<string | null>(null);
  readonly reading = new Task();
  readonly acting = new Task();
  readonly rows: Pages<InboxRowView>;
  readonly selection = new Selection();

  constructor(private readonly session: Session) {
    this.rows = new Pages<InboxRowView>(async (page) =>
      session.backend.inboxRows({ cause: this.cause?.code ?? '', search: this.search.trim() || null, page }),
    );
  }

  get causes(): CauseView[] {
    return (this.view?.causes ?? []).filter((cause) => !checking(cause));
  }

  /** Causes that nobody acts on: the other side is being asked. */
  get checking(): CauseView[] {
    return (this.view?.causes ?? []).filter(checking);
  }

  get cause(): CauseView | null {
    const all = this.view?.causes ?? [];
    return all.find((cause) => cause.code === this.chosen) ?? this.causes[0] ?? this.checking[0] ?? null;
  }

  get fix(): Fix {
    return fixOf(this.cause?.code ?? '');
  }

  /** The one kind of plan that the cause's rows come from; a decision is about documents of one kind. */
  get kind(): string | null {
    const kinds = this.cause?.kinds ?? [];
    return kinds.length === 1 ? (kinds[0] ?? null) : null;
  }

  /** Whether its rows may stand in Accurate under a number of their own. */
  get enterable(): boolean {
    return this.cause?.choices.includes('entered') ?? false;
  }

  /** Whether a person may send them past what holds them. */
  get passable(): boolean {
    return this.cause?.choices.includes('send') ?? false;
  }

  get count(): number {
    return (this.view?.causes ?? []).reduce((total, cause) => total + cause.count, 0);
  }

  /** Σ rupiah at stake; nothing where no money moves. */
  get money(): string | null {
    const amounts = (this.view?.causes ?? []).flatMap((cause) => (cause.amount === null ? [] : [cause.amount]));
    return amounts.length === 0 ? null : sum(amounts);
  }

  /** How many rows are chosen, of those in the table. */
  get picked(): number {
    return this.selection.count(this.rows.total);
  }

  async load(): Promise<void> {
    const view = await this.reading.run(() => this.session.backend.inbox());
    if (!view) return;
    this.take(view);
    if (view.causes.length === 0) await this.checked();
  }

  private async checked(): Promise<void> {
    const answer = await this.reading.run<RunsView>(() => this.session.backend.runs());
    this.checkedAt = answer?.runs.find((run) => run.finished_at !== null)?.finished_at ?? null;
  }

  private take(view: InboxView): void {
    const before = this.cause?.code;
    this.view = view;
    this.selection.clear();
    if (this.cause && this.cause.code !== before) this.search = '';
    if (this.cause) this.rows.restart();
  }

  open(code: string): void {
    this.chosen = code;
    this.search = '';
    this.selection.clear();
    this.acting.error = null;
    this.rows.restart();
  }

  find(text: string): void {
    this.search = text;
    this.selection.clear();
    this.rows.restart();
  }

  /** The keys of the chosen rows, read where they were not in sight yet. */
  async keys(): Promise<string[]> {
    const all = await this.rows.all();
    return this.selection.of(all.map((row) => row.key));
  }

  /** The only chosen row, for what is done to one. */
  async single(): Promise<InboxRowView | null> {
    if (this.picked !== 1) return null;
    const all = await this.rows.all();
    return all.find((row) => this.selection.has(row.key)) ?? null;
  }

  /** Plans again and sends: the whole cause, or only the chosen rows. */
  async retry(only: 'cause' | 'chosen', before?: () => Promise<boolean>): Promise<void> {
    const code = this.cause?.code;
    if (code === undefined) return;
    this.progress = null;
    this.receipt = null;
    const answer = await this.acting.run(async () => {
      if (before && !(await before())) return null;
      const keys = only === 'chosen' ? await this.keys() : [];
      return this.session.backend.inboxRetry(code, keys, (progress) => (this.progress = progress));
    });
    this.progress = null;
    if (!answer) return;
    this.receipt = answer.syncs;
    await this.load();
    await this.session.refresh();
  }

  async dismiss(reason: string): Promise<boolean> {
    const view = await this.acting.run(async () => this.session.backend.inboxDismiss(await this.keys(), reason));
    if (!view) return false;
    this.take(view);
    if (view.causes.length === 0) await this.checked();
    await this.session.refresh();
    return true;
  }

  /** Keeps what a person says about the chosen rows; those that are to be sent all the same are sent at once. */
  async decide(choice: 'entered' | 'send', number: string | null, reason: string): Promise<boolean> {
    const view = await this.acting.run(async () =>
      this.session.backend.decideRows({ keys: await this.keys(), choice, number, reason }),
    );
    if (!view) return false;
    if (choice === 'send') await this.retry('chosen');
    else {
      this.take(view);
      if (view.causes.length === 0) await this.checked();
      await this.session.refresh();
    }
    return true;
  }
}
