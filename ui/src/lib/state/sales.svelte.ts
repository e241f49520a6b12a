/** How documents of a sale are made, which is kept with the mapping; and what one plan of them is limited to. */
import { NO_OPTIONS, type MappingView, type PlanOptions } from '../backend/types';
import { sentence } from '../errors/sentence';
import { day } from '../i18n/format';
import { m } from '../paraglide/messages.js';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** The statuses at which an invoice can be made, as an order passes through them. */
export const triggers = ['open', 'not_shipped', 'ready_to_ship', 'shipped', 'delivered'] as const;
export type Trigger = (typeof triggers)[number];
/** The one at which Forstok takes the stock down, too: both sides move together. */
export const ADVISED: Trigger = 'ready_to_ship';

export interface RulesDraft {
  trigger: Trigger;
  /** `connected`, or a day of its own in `since`. */
  start: 'connected' | 'day';
  since: string;
  inclusive: boolean;
  recipient: boolean;
  /** Id of the warehouse of returns; empty while none is chosen. */
  warehouse: string;
  closed: 'open' | 'day';
  closedUntil: string;
  /** Whether the opening stock is of the day of its count, or of another one that a person has named. */
  count: 'counted' | 'day';
  asOf: string;
  counted: string;
}

export const triggerWord = (trigger: string): string => sentence(`trigger_${trigger}`) ?? trigger;

export class SalesRules {
  view = $state.raw<MappingView | null>(null);
  /** What a person changes; nothing is kept before it is saved. */
  draft = $state<RulesDraft | null>(null);
  readonly loading = new Task();
  readonly saving = new Task();

  constructor(private readonly session: Session) {}

  async load(): Promise<void> {
    this.view = (await this.loading.run(() => this.session.backend.mapping(false))) ?? this.view;
  }

  /** As it is saved, in the shape that a person changes. */
  get saved(): RulesDraft | null {
    const mapping = this.view?.mapping;
    if (!mapping) return null;
    const { sales } = mapping;
    return {
      trigger: triggers.find((one) => one === mapping.invoice_trigger) ?? ADVISED,
      start: sales?.since ? 'day' : 'connected',
      since: sales?.since ?? '',
      inclusive: sales?.tax_inclusive ?? true,
      recipient: sales?.recipient ?? false,
      warehouse: sales?.return_warehouse_id == null ? '' : String(sales.return_warehouse_id),
      closed: sales?.closed_until ? 'day' : 'open',
      closedUntil: sales?.closed_until ?? '',
      count: sales?.count ? 'day' : 'counted',
      asOf: sales?.count?.as_of ?? '',
      counted: sales?.count?.counted ?? '',
    };
  }

  /** Without a tax of the mapping no document is taxed, whatever the prices hold. */
  get taxed(): boolean {
    return this.view?.mapping.tax_id != null;
  }

  warehouseName(id: string): string | null {
    return this.view?.warehouses.find((row) => String(row.id) === id)?.name ?? null;
  }

  edit(): void {
    this.draft = this.saved;
    this.saving.error = null;
  }

  cancel(): void {
    this.draft = null;
  }

  /** A day that is asked for is there. */
  get ready(): boolean {
    const { draft } = this;
    if (!draft) return false;
    const named = draft.count === 'counted' || (draft.asOf !== '' && draft.asOf < draft.counted);
    const closed = draft.closed === 'open' || draft.closedUntil !== '';
    return named && closed && (draft.start === 'connected' || draft.since !== '');
  }

  async save(): Promise<boolean> {
    const { draft, view } = this;
    if (!draft || !view || !this.ready) return false;
    const saved = await this.saving.run(() =>
      this.session.backend.saveMapping({
        ...view.mapping,
        invoice_trigger: draft.trigger,
        sales: {
          since: draft.start === 'day' ? draft.since : null,
          tax_inclusive: draft.inclusive,
          recipient: draft.recipient,
          return_warehouse_id: draft.warehouse === '' ? null : Number(draft.warehouse),
          closed_until: draft.closed === 'day' ? draft.closedUntil : null,
          count: draft.count === 'day' ? { counted: draft.counted, as_of: draft.asOf } : null,
        },
      }),
    );
    if (!saved) return false;
    this.view = saved;
    this.draft = null;
    await this.session.refresh();
    return true;
  }

  /** Each rule in words, as the card says it. */
  get words(): { id: string; label: string; value: string; need?: boolean }[] {
    const { saved } = this;
    if (!saved) return [];
    const warehouse = this.warehouseName(saved.warehouse);
    return [
      {
        id: 'trigger',
        label: m.rules_trigger(),
        value: triggerWord(saved.trigger),
        need: saved.trigger !== ADVISED,
      },
      { id: 'since', label: m.rules_since(), value: saved.since ? day(saved.since) : m.rules_since_connected() },
      {
        id: 'tax',
        label: m.rules_tax(),
        value: !this.taxed ? m.rules_tax_none() : saved.inclusive ? m.rules_tax_inside() : m.rules_tax_on_top(),
      },
      { id: 'recipient', label: m.rules_recipient(), value: saved.recipient ? m.rules_recipient_on() : m.rules_off() },
      {
        id: 'warehouse',
        label: m.rules_warehouse(),
        value: warehouse ?? m.rules_warehouse_none(),
        need: warehouse === null,
      },
      {
        id: 'closed',
        label: m.rules_closed(),
        value: saved.closedUntil ? day(saved.closedUntil) : m.rules_closed_none(),
      },
      {
        id: 'count',
        label: m.rules_count(),
        value: saved.asOf
          ? m.rules_count_words({ as_of: day(saved.asOf), counted: day(saved.counted) })
          : m.rules_count_none(),
        need: saved.asOf !== '',
      },
    ];
  }
}

/** Where payouts are read from: Forstok's own list, or the files of the marketplaces. */
export type PayoutSource = '' | 'settlement';

/** What one plan is limited to, beside the rules. */
export class SalesScope {
  since = $state('');
  /** Order numbers as they were pasted. */
  text = $state('');
  warehouse = $state('');
  source = $state<PayoutSource>('');

  get orders(): string[] {
    const words = this.text.split(/[\s,;]+/).filter((word) => word !== '');
    return words.filter((word, at) => words.indexOf(word) === at);
  }

  get narrow(): boolean {
    return this.since !== '' || this.orders.length > 0;
  }

  clear(): void {
    this.since = '';
    this.text = '';
  }

  options(): PlanOptions {
    return {
      ...NO_OPTIONS,
      since: this.since || null,
      orders: this.orders,
      warehouse: this.warehouse || null,
      source: this.source || null,
    };
  }
}
