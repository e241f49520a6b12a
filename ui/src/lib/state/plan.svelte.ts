/** One plan in front of a person: its head, the operations in sight, and the brakes. */
import type { OperationView, PlanKind, PlanOptions, PlanView, ProgressView } from '../backend/types';
import type { Names } from '../operation';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

export type Filter = 'create' | 'change' | 'same' | 'blocked';

const PAGE = 200;
export const NO_OPTIONS: PlanOptions = { source: null, forstok_cost: false, unit_costs: {}, date: null };

/** Above so many changes a person confirms the number. Kept on this computer. */
const BRAKE_KEY = 'selaras.brake.changes';
const BRAKE_DEFAULT = 200;
/** Stock that rises by more than this in sum is asked about, too. */
const RISE = 0.2;

export class Planning {
  head = $state<PlanView | null>(null);
  rows = $state<OperationView[]>([]);
  total = $state(0);
  filter = $state<Filter | null>(null);
  search = $state('');
  openKey = $state<string | null>(null);
  progress = $state<ProgressView | null>(null);
  /** What Accurate calls the tax, account and branch that operations name by id; known once a document was opened. */
  names = $state<Names | null>(null);
  confirmed = $state(false);
  brake = $state(Number(localStorage.getItem(BRAKE_KEY)) || BRAKE_DEFAULT);
  readonly planning = new Task();
  readonly reading = new Task();
  private next: number | null = null;
  private asked = 0;

  constructor(
    private readonly session: Session,
    readonly kind: PlanKind,
  ) {}

  get writes(): number {
    const counts = this.head?.counts;
    return counts ? counts.create + counts.change + counts.remove : 0;
  }

  /** By which share the stock that is sent rises in sum; 0 where it falls. For a threshold only, so a float will do. */
  get rise(): number {
    const moves = this.head?.notes.find((note) => note.code === 'stock_moves')?.params;
    const before = Number(moves?.['before'] ?? 0);
    const after = Number(moves?.['after'] ?? 0);
    if (after <= before) return 0;
    return before === 0 ? 1 : after / before - 1;
  }

  /** Whether the stock moves in a way that is seldom meant: it rises much, or something falls to nothing. */
  get uneasy(): boolean {
    return this.rise > RISE || (this.head?.notes.some((note) => note.code === 'stock_emptied') ?? false);
  }

  /** What asks for a second look: many changes, or much more stock. */
  get braked(): boolean {
    return this.writes > this.brake || this.rise > RISE;
  }

  setBrake(value: number): void {
    if (!Number.isInteger(value) || value < 1) return;
    this.brake = value;
    this.confirmed = false;
    localStorage.setItem(BRAKE_KEY, String(value));
  }

  async make(options: PlanOptions = NO_OPTIONS): Promise<boolean> {
    this.progress = null;
    const head = await this.planning.run(() =>
      this.session.backend.plan(this.kind, options, (progress) => (this.progress = progress)),
    );
    if (!head) return false;
    this.head = head;
    this.confirmed = false;
    this.openKey = null;
    // What will be sent comes first; what is the same is one press away.
    this.filter = head.counts.create > 0 ? 'create' : head.counts.change > 0 ? 'change' : null;
    await this.page();
    await this.session.refresh();
    return true;
  }

  async show(filter: Filter | null): Promise<void> {
    this.filter = this.filter === filter ? null : filter;
    await this.page();
  }

  /** The first page of what is asked for; an older answer that comes late is thrown away. */
  async page(): Promise<void> {
    const turn = ++this.asked;
    const head = this.head;
    if (!head) return;
    const answer = await this.reading.run(() =>
      this.session.backend.planOperations(head.plan, {
        action: this.filter,
        search: this.search || null,
        after: null,
        limit: PAGE,
      }),
    );
    if (!answer || turn !== this.asked) return;
    this.rows = answer.operations;
    this.total = answer.total;
    this.next = answer.next;
  }

  async more(): Promise<void> {
    const head = this.head;
    if (!head || this.next === null || this.reading.busy) return;
    const turn = this.asked;
    const from = this.next;
    const answer = await this.reading.run(() =>
      this.session.backend.planOperations(head.plan, {
        action: this.filter,
        search: this.search || null,
        after: from,
        limit: PAGE,
      }),
    );
    if (!answer || turn !== this.asked) return;
    this.rows = [...this.rows, ...answer.operations];
    this.next = answer.next;
  }

  toggle(key: string): void {
    this.openKey = this.openKey === key ? null : key;
    if (this.openKey !== null) void this.name();
  }

  /** Without names the document shows the ids, so a refusal needs no words here. */
  private async name(): Promise<void> {
    if (this.names !== null || this.kind === 'stock') return;
    try {
      this.names = await this.session.backend.mapping(false);
    } catch {
      this.names = null;
    }
  }
}
