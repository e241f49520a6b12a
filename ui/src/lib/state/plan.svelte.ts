/** One plan in front of a person: its head, its operations page by page, and the brakes. */
import {
  NO_OPTIONS,
  type BrakeView,
  type OperationView,
  type PlanCountsView,
  type PlanKind,
  type PlanOptions,
  type PlanView,
  type ProgressView,
  type ReasonView,
} from '../backend/types';
import type { Names } from '../operation';
import { isSale } from '../sales';
import { brakesOf, type Brake, type Brakes } from './brakes.svelte';
import { Pages } from './pages.svelte';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

export type Filter = 'create' | 'change' | 'same' | 'remove' | 'blocked';

/** Where nothing is sent of documents of a sale, what is held is what a person came for. */
function firstOf({ remove, create, change, blocked }: PlanCountsView, sale: boolean): Filter | null {
  if (remove > 0) return 'remove';
  if (create > 0) return 'create';
  if (change > 0) return 'change';
  return sale && blocked > 0 ? 'blocked' : null;
}

/** How many held rows are looked at to name their reasons. */
const HELD = 200;

export class Planning {
  head = $state<PlanView | null>(null);
  filter = $state<Filter | null>(null);
  search = $state('');
  openKey = $state<string | null>(null);
  progress = $state<ProgressView | null>(null);
  /** What Accurate calls the tax, account and branch that operations name by id; known once a document was opened. */
  names = $state<Names | null>(null);
  confirmed = $state(false);
  /** One held row's reason for each code, as an example of them all. */
  held = $state<ReasonView[]>([]);
  /** From where on a person is asked. */
  readonly brakes: Brakes;
  readonly planning = new Task();
  readonly saving = new Task();
  saved = $state<string | null>(null);
  readonly pages: Pages<OperationView>;

  constructor(
    private readonly session: Session,
    readonly first: string,
  ) {
    this.brakes = brakesOf(session);
    this.pages = new Pages<OperationView>(async (page) => {
      const plan = this.head?.plan ?? '';
      const { filter: action, search } = this;
      const answer = await session.backend.planOperations(plan, { action, search: search || null, page });
      return { rows: answer.operations, page: answer.page };
    });
  }

  /** `items`, `stock`, `opening-stock`, one of a sale, or `undo-` before one of them. */
  get kind(): string {
    return this.head?.kind ?? this.first;
  }

  get undoes(): boolean {
    return this.kind.startsWith('undo-');
  }

  /** Whether it enters anew what a run has deleted; any other undo deletes, or puts figures back. */
  get restores(): boolean {
    return this.kind === 'undo-voids';
  }

  get writes(): number {
    const counts = this.head?.counts;
    return counts ? counts.create + counts.change + counts.remove : 0;
  }

  note(code: string): ReasonView | undefined {
    return this.head?.notes.find((note) => note.code === code);
  }

  /** The brakes that the plan meets, as the engine says; a person answers each plan anew. */
  get asks(): BrakeView[] {
    return this.head?.brakes ?? [];
  }

  get braked(): boolean {
    return this.asks.length > 0;
  }

  /** What the person passes by sending now. */
  get pass(): string[] {
    return this.confirmed ? this.asks.map((brake) => brake.name) : [];
  }

  async setBrake(brake: Brake, value: number): Promise<void> {
    if (!brake.takes(value)) return;
    this.confirmed = false;
    const plan = this.head?.plan;
    try {
      await brake.keep(value);
      if (plan === undefined) return;
      const { brakes } = await this.session.backend.planHead(plan);
      if (this.head?.plan === plan) this.head.brakes = brakes;
    } catch {
      // The limit is as it was; what the plan meets under it is still asked, and the engine asks again.
    }
  }

  /** Reads both sides and compares them anew. */
  async make(options: PlanOptions = NO_OPTIONS): Promise<boolean> {
    this.progress = null;
    const receive = (progress: ProgressView) => (this.progress = progress);
    const { backend } = this.session;
    const undoes = this.head?.undoes ?? null;
    const head = await this.planning.run(() =>
      undoes === null ? backend.plan(this.first as PlanKind, options, receive) : backend.planUndo(undoes, receive),
    );
    if (!head) return false;
    await this.take(head);
    await this.session.refresh();
    return true;
  }

  /** A plan that was made before. */
  async open(plan: string): Promise<void> {
    const head = await this.planning.run(() => this.session.backend.planHead(plan));
    if (head) await this.take(head);
  }

  private async take(head: PlanView): Promise<void> {
    this.head = head;
    this.confirmed = false;
    this.openKey = null;
    this.saved = null;
    this.held = [];
    // What will be sent comes first; what is the same is one press away.
    const { counts } = head;
    this.filter = firstOf(counts, isSale(this.kind));
    this.pages.restart();
    if (this.undoes && counts.blocked > 0) await this.nameHeld(head);
  }

  private async nameHeld(head: PlanView): Promise<void> {
    const page = { sort: null, down: false, after: null, at: null, limit: HELD };
    try {
      const { operations } = await this.session.backend.planOperations(head.plan, {
        action: 'blocked',
        search: null,
        page,
      });
      const codes = Object.keys(head.blocked);
      this.held = codes.flatMap((code) => operations.find((row) => row.reason.code === code)?.reason ?? []);
    } catch {
      // The rows themselves say it, too; a refusal there has its own words.
      this.held = [];
    }
  }

  show(filter: Filter): void {
    this.filter = this.filter === filter ? null : filter;
    this.openKey = null;
    this.pages.restart();
  }

  find(search: string): void {
    this.search = search;
    this.openKey = null;
    this.pages.restart();
  }

  /** Position of the open document in the query; -1 when none is. */
  get at(): number {
    return this.openKey === null ? -1 : this.pages.find((row) => row.key === this.openKey);
  }

  /** Opens the document `by` rows further on; false while it is not read yet. */
  step(by: number): boolean {
    const to = this.at + by;
    const row = this.pages.row(to);
    if (row) this.openKey = row.key;
    else this.pages.want(to, to + 1);
    return row !== undefined;
  }

  toggle(key: string): void {
    this.openKey = this.openKey === key ? null : key;
    if (this.openKey !== null) void this.name();
  }

  async save(): Promise<void> {
    const { head } = this;
    if (!head) return;
    const saved = await this.saving.run(() => this.session.backend.savePlan(head.plan));
    this.saved = saved?.path ?? null;
  }

  /** Without names the document shows the ids, so a refusal needs no words here. */
  private async name(): Promise<void> {
    if (this.names !== null || this.kind === 'stock' || this.kind === 'undo-stock') return;
    try {
      this.names = await this.session.backend.mapping(false);
    } catch {
      this.names = null;
    }
  }
}
