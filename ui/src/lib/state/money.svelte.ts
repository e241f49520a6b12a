/** Where the money of sales stands: one order taken apart, all of them reconciled, a month closed, another integration compared. */
import { fromAbsolute, toCalendarDate } from '@internationalized/date';
import type {
  MonthEndView,
  OrderSheetView,
  ReconciliationCauseView,
  ReconciliationRowView,
  ReconciliationView,
  ShadowRowView,
  ShadowView,
  WaterfallBarView,
} from '../backend/types';
import { drawn, sum } from '../decimal';
import { sentence } from '../errors/sentence';
import type { OrdersPlace } from './orders';
import { Pages } from './pages.svelte';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** In an address, what is explained is an order and not a SKU. */
const ORDER = 'order:';

export const orderAddress = (order: string): string => `${ORDER}${order}`;
/** The order of an address; nothing when it is about a SKU. */
export const orderOf = (id: string | null): string | null => (id?.startsWith(ORDER) ? id.slice(ORDER.length) : null);
/** Whether a typed text may be an order: a number of its own or Forstok's, both of which hold digits. */
export const mayBeOrder = (text: string): boolean => text.trim().length >= 4 && /\d/.test(text);

export const causeWord = (cause: string): string => sentence(`money_${cause}`) ?? cause;
/** A step towards nothing is a cause, or one of two that only an account knows. */
export const stepWord = (code: string): string => sentence(`clearing_${code}`) ?? causeWord(code);
export const barWord = (code: string): string => sentence(`bar_${code}`) ?? sentence(`role_${code}`) ?? code;

/** Where a cause is put right. */
export type Way = { at: 'place'; place: OrdersPlace } | { at: 'accurate' | 'forstok' | 'files' };
const place = (name: OrdersPlace): Way => ({ at: 'place', place: name });
const WAYS: Readonly<Record<string, Way>> = {
  paid_twice: { at: 'accurate' },
  cancelled_not_voided: place('changes'),
  returned_not_booked: place('changes'),
  not_invoiced: place('invoices'),
  invoice_differs: { at: 'accurate' },
  told_differently: { at: 'forstok' },
  payout_not_received: place('receipts'),
  receipt_without_payout: { at: 'files' },
  amount_differs: { at: 'accurate' },
  fees_differ: { at: 'accurate' },
  received_elsewhere: { at: 'accurate' },
  refunded: { at: 'accurate' },
  order_unknown: { at: 'files' },
  payment_differs: { at: 'forstok' },
  other_movement: { at: 'accurate' },
};
export const wayOf = (cause: string): Way | null => WAYS[cause] ?? null;
/** Whether a cause asks for something; the others wait, or are as they should be. */
export const isOpen = (cause: string): boolean => cause in WAYS;

/** The parts of the reconciliation, each in the same place. */
export type Part = 'rows' | 'clearing' | 'files';

export class Reconciling {
  part = $state<Part>('rows');
  store = $state<number | null>(null);
  month = $state<string | null>(null);
  cause = $state<string | null>(null);
  search = $state('');
  /** The newest answer: its causes, stores and accounts are of every row, not of the page alone. */
  view = $state.raw<ReconciliationView | null>(null);
  readonly rows: Pages<ReconciliationRowView>;
  /** Both sides are read anew by the next request. */
  #fresh = false;

  constructor(session: Session) {
    this.rows = new Pages<ReconciliationRowView>(async (page) => {
      const refresh = this.#fresh;
      this.#fresh = false;
      const view = await session.backend.reconciliation({
        store: this.store,
        month: this.month,
        cause: this.cause,
        search: this.search.trim() || null,
        refresh,
        page,
      });
      return { rows: view.rows, page: view.page, taken: () => (this.view = view) };
    });
  }

  get causes(): ReconciliationCauseView[] {
    return this.view?.causes ?? [];
  }

  get open(): ReconciliationCauseView[] {
    return this.causes.filter((cause) => cause.open);
  }

  get settled(): ReconciliationCauseView[] {
    return this.causes.filter((cause) => !cause.open);
  }

  get openCount(): number {
    return this.open.reduce((total, cause) => total + cause.count, 0);
  }

  get count(): number {
    return this.causes.reduce((total, cause) => total + cause.count, 0);
  }

  get paidOut(): string {
    return sum(this.causes.map((cause) => cause.paid_out));
  }

  get received(): string {
    return sum(this.causes.map((cause) => cause.received));
  }

  load(): void {
    this.rows.restart();
  }

  refresh(): void {
    this.#fresh = true;
    this.rows.reload();
  }

  choose(cause: string | null): void {
    this.cause = cause;
    this.rows.restart();
  }

  find(text: string): void {
    this.search = text;
    this.rows.restart();
  }

  /** Another store or month has causes of its own. */
  narrow(store: number | null, month: string | null): void {
    this.store = store;
    this.month = month;
    this.cause = null;
    this.rows.restart();
  }
}

export class OrderTaken {
  view = $state.raw<OrderSheetView | null>(null);
  readonly reading = new Task();

  constructor(
    private readonly session: Session,
    private readonly order: string,
  ) {}

  async load(refresh = false): Promise<void> {
    const answer = await this.reading.run(() => this.session.backend.orderSheet(this.order, refresh));
    if (answer) this.view = answer;
  }
}

/** A bar as it is drawn, in hundredths of the width. */
export interface DrawnBar {
  x: number;
  width: number;
  /** Below nothing: it takes away. */
  down: boolean;
}

/** From nothing to its figure for a level; for any other bar from the figure before it to the one after it. */
export function drawBars(bars: readonly WaterfallBarView[]): { bars: DrawnBar[]; zero: number } {
  const ends = bars.map((bar) => drawn(bar.running));
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const span = high - low || 1;
  const at = (value: number) => ((value - low) / span) * 100;
  let before = 0;
  const list = bars.map((bar, nth) => {
    const end = ends[nth] ?? 0;
    const from = bar.level ? 0 : before;
    before = end;
    return { x: at(Math.min(from, end)), width: at(Math.max(from, end)) - at(Math.min(from, end)), down: end < from };
  });
  return { bars: list, zero: at(0) };
}

/** So many months up to one of them, the newest first: `yyyy-MM`. */
export function monthsBefore(today: string, count: number): string[] {
  const [year = 0, month = 1] = today.split('-').map(Number);
  return Array.from({ length: count }, (_, back) => {
    const whole = year * 12 + (month - 1) - back;
    return `${Math.floor(whole / 12)}-${String((whole % 12) + 1).padStart(2, '0')}`;
  });
}

/** Today in the shop's time, `yyyy-MM-dd`, whatever the computer's own is. */
export function todayInJakarta(now: number): string {
  return toCalendarDate(fromAbsolute(now, 'Asia/Jakarta')).toString();
}

export class MonthClosing {
  month = $state('');
  view = $state.raw<MonthEndView | null>(null);
  readonly working = new Task();

  constructor(
    private readonly session: Session,
    readonly months: string[],
  ) {
    // The month that is over is the one that is closed.
    this.month = months[1] ?? months[0] ?? '';
  }

  async make(): Promise<void> {
    const answer = await this.working.run(() => this.session.backend.monthEnd(this.month));
    if (answer) this.view = answer;
  }
}

export type Agreement = 'all' | 'differs' | 'missing' | 'extra';

export class Shadowing {
  since = $state('');
  agreement = $state<Agreement>('all');
  view = $state.raw<ShadowView | null>(null);
  readonly working = new Task();

  constructor(private readonly session: Session) {}

  get rows(): ShadowRowView[] {
    const rows = this.view?.rows ?? [];
    return this.agreement === 'all' ? rows : rows.filter((row) => row.agreement === this.agreement);
  }

  async compare(): Promise<void> {
    const answer = await this.working.run(() => this.session.backend.shadow(this.since || null));
    if (!answer) return;
    this.view = answer;
    this.agreement = 'all';
  }
}
