/** The mapping as a draft: what is saved, what was changed since, and how a document would look with it. */
import type {
  AccountView,
  DriftView,
  MappingInput,
  MappingVersionView,
  MappingView,
  PayoutExampleView,
  RecordView,
  SlotGroup,
  SlotView,
  SuggestionView,
} from '../backend/types';
import type { PickerOption } from '../components/picker';
import { sum, equal } from '../decimal';
import { rupiah } from '../i18n/format';
import { reasonText, sentence } from '../errors/reasons';
import { m } from '../paraglide/messages.js';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** The picker's value of a place that may stay empty, and is. */
const NOTHING = 'none';

const EMPTY_WORDS: Partial<Record<SlotGroup, () => string>> = {
  customer: m.map_new_customer,
  branch: m.map_no_branch,
  tax: m.map_no_tax,
  channel_warehouse: m.map_no_channel_warehouse,
};

type Choices = Record<string, number | null>;

/** The numbers that were chosen for customers that are still to be made, by the path of their place. */
function numbersOf(mapping: MappingInput): Record<string, string> {
  return Object.fromEntries(
    mapping.stores.map((store) => [`stores.${store.forstok_store_id}.customer_id`, store.customer_no ?? '']),
  );
}

/** Another name or number of a record that is the same. */
export function sameRecord(drift: DriftView): boolean {
  return drift.change === 'renamed' || drift.change === 'renumbered';
}

/** What stands in a place, in words. */
export interface Chosen {
  code: string | null;
  name: string;
  off: string | null;
}

/** A place whose record cannot be used any more. */
export interface Broken {
  slot: SlotView;
  was: Chosen;
  why: string;
}

export interface LedgerLine {
  slot: string | null;
  account: string | null;
  code: string | null;
  missing: string;
  debit: string | null;
  credit: string | null;
}

const store = (slot: SlotView) => slot.path.startsWith('stores.') || slot.group === 'channel_warehouse';
const warehouse = (slot: SlotView) => slot.group === 'warehouse' || slot.group === 'channel_warehouse';

export class MappingDraft {
  view = $state.raw<MappingView | null>(null);
  /** Path → record of Accurate; `null` is an open place. */
  choices = $state<Choices>({});
  /** Path → number of the customer that is made where none is chosen; empty: the store's id. */
  numbers = $state<Record<string, string>>({});
  /** Places that were filled from a suggestion and that nobody has looked at one by one. */
  filled = $state.raw<readonly string[]>([]);
  /** The place that a person works on: its line of the example is the live one. */
  live = $state<string | null>(null);
  example = $state.raw<PayoutExampleView | null>(null);
  /** A saved version that is looked at, in place of the draft. */
  looking = $state.raw<{
    version: MappingVersionView;
    choices: Choices;
    numbers: Record<string, string>;
  } | null>(null);
  /** What the last import came to. */
  imported = $state<number | null>(null);
  readonly loading = new Task();
  readonly saving = new Task();
  readonly importing = new Task();
  readonly turning = new Task();
  #skip = 0;

  constructor(
    private readonly session: Session,
    private readonly part: 'accounts' | 'warehouses' | 'all',
  ) {}

  async load(refresh = false): Promise<void> {
    const view = await this.loading.run(() => this.session.backend.mapping(refresh));
    if (!view) return;
    const kept = refresh ? { ...this.choices } : null;
    this.take(view);
    // What the person chose meanwhile stays: reading again is no undo.
    if (kept) for (const slot of view.slots) if (slot.path in kept) this.choices[slot.path] = kept[slot.path] ?? null;
  }

  private take(view: MappingView): void {
    this.view = view;
    this.choices = Object.fromEntries(view.slots.map((slot) => [slot.path, slot.chosen]));
    this.numbers = numbersOf(view.mapping);
    this.filled = [];
    this.looking = null;
    this.example = view.example;
    this.#skip = 0;
  }

  get slots(): SlotView[] {
    const all = this.view?.slots ?? [];
    if (this.part === 'all') return all;
    return all.filter((slot) => warehouse(slot) === (this.part === 'warehouses'));
  }

  get open(): SlotView[] {
    return this.slots.filter((slot) => slot.required && this.choices[slot.path] == null);
  }

  get changed(): boolean {
    const numbers = this.view ? numbersOf(this.view.mapping) : {};
    return (this.view?.slots ?? []).some(
      (slot) =>
        (this.choices[slot.path] ?? null) !== slot.chosen || this.number(slot) !== (numbers[slot.path] ?? '').trim(),
    );
  }

  /** The number that a store's own customer is to be made with; empty: the store's id. */
  number(slot: SlotView): string {
    return (this.numbers[slot.path] ?? '').trim();
  }

  /** What a person has to say of a place, as long as nothing stands there. */
  question(slot: SlotView): string | null {
    if (!slot.question || this.choices[slot.path] != null) return null;
    return reasonText(slot.question);
  }

  /** Clear suggestions that are not taken yet; one press takes them, in sight. */
  get sure(): [SlotView, SuggestionView][] {
    return this.slots.flatMap((slot) => {
      const first = slot.suggestions[0];
      return first?.zone === 'sure' && this.choices[slot.path] == null
        ? [[slot, first] as [SlotView, SuggestionView]]
        : [];
    });
  }

  get drift(): DriftView[] {
    return (this.view?.drift ?? []).filter((row) => this.slots.some((slot) => slot.path === row.path));
  }

  driftOf(slot: SlotView): DriftView | undefined {
    return this.drift.find((row) => row.path === slot.path);
  }

  /** What is saved for a place cannot be used any more. */
  lost(slot: SlotView): boolean {
    const drift = this.driftOf(slot);
    if (drift && !sameRecord(drift)) return true;
    return slot.chosen !== null && (this.record(slot, slot.chosen)?.off ?? null) !== null;
  }

  /**
   * Places to be put right: lost, or needed and empty; of one group also those that ask something, and those of the marketplace's goods
   * that are empty. They stay in the list while a person chooses.
   */
  broken(groups?: readonly SlotGroup[]): Broken[] {
    const asks = (slot: SlotView) =>
      slot.chosen === null && (slot.required || (!!groups && (!!slot.question || slot.group === 'channel_warehouse')));
    return this.slots
      .filter((slot) => !groups || groups.includes(slot.group))
      .filter((slot) => this.lost(slot) || asks(slot))
      .map((slot) => {
        const record = slot.chosen === null ? null : this.record(slot, slot.chosen);
        const drift = this.driftOf(slot);
        const was = record ?? { code: null, name: drift?.was ?? m.map_nothing(), off: null };
        const why = drift
          ? (sentence(`map_lost_${drift.change}`) ?? drift.change)
          : record?.off
            ? (sentence(`map_lost_${record.off}`) ?? record.off)
            : m.map_lost_empty();
        return { slot, was, why };
      });
  }

  /** Two warehouses of Forstok may not share one of Accurate, nor may what the marketplace holds lie on one of their shelves. */
  doubled(slot: SlotView): boolean {
    const id = this.choices[slot.path];
    if (!warehouse(slot) || id == null) return false;
    return this.slots.some(
      (other) => other.path !== slot.path && other.group === 'warehouse' && this.choices[other.path] === id,
    );
  }

  takeSure(): void {
    const taken = this.sure;
    for (const [slot, suggestion] of taken) this.choices[slot.path] = suggestion.id;
    this.filled = [...this.filled, ...taken.map(([slot]) => slot.path)];
  }

  value(slot: SlotView): string {
    const id = this.choices[slot.path];
    return id == null ? (slot.required ? '' : NOTHING) : String(id);
  }

  /** As `value`, but empty while what stands there cannot be used. */
  usable(slot: SlotView): string {
    return this.lost(slot) && this.choices[slot.path] === slot.chosen ? '' : this.value(slot);
  }

  choose(slot: SlotView, value: string): void {
    this.choices[slot.path] = value === NOTHING || value === '' ? null : Number(value);
    this.filled = this.filled.filter((path) => path !== slot.path);
    this.work(slot);
  }

  /** The person works on a place: its line is the live one, and its store's order is the example. */
  work(slot: SlotView): void {
    this.live = slot.path;
    const [kind, id] = slot.path.split('.');
    if (kind === 'stores' && this.example && this.example.store_id !== Number(id)) void this.turn(Number(id), 0);
  }

  /** Another order of the store of the example; after the last one the first again. */
  async otherOrder(): Promise<void> {
    const of = this.example?.store_id;
    if (of === undefined) return;
    if (!(await this.turn(of, this.#skip + 1))) await this.turn(of, 0);
  }

  private async turn(of: number, skip: number): Promise<boolean> {
    const answer = await this.turning.run(() => this.session.backend.mappingExample(of, skip));
    if (!answer) return false;
    this.example = answer;
    this.#skip = skip;
    return true;
  }

  /** The example as it would be booked now; the sums are exact. */
  get ledger(): { lines: LedgerLine[]; debit: string; credit: string; balanced: boolean } | null {
    const example = this.example;
    if (!example) return null;
    const named = this.slots.find((slot) => slot.path === `stores.${example.store_id}.bank_account_id`);
    const lines = example.lines.map((line): LedgerLine => {
      const slot = this.slots.find((other) => other.path === line.slot);
      const id = slot ? this.choices[slot.path] : null;
      const record = slot && id != null ? this.record(slot, id) : null;
      const receivable = line.slot === null;
      const lost = slot !== undefined && id === slot.chosen && this.lost(slot);
      return {
        slot: line.slot,
        account: receivable ? m.map_receivable({ store: named?.label ?? '' }) : lost ? null : (record?.name ?? null),
        code: record?.code ?? null,
        missing: lost
          ? m.map_ledger_lost({ account: [record?.code, record?.name].filter(Boolean).join(' ') })
          : m.map_missing({ what: slot ? this.title(slot) : '' }),
        debit: line.debit || null,
        credit: line.credit || null,
      };
    });
    const debit = sum(lines.flatMap((line) => line.debit ?? []));
    const credit = sum(lines.flatMap((line) => line.credit ?? []));
    return { lines, debit, credit, balanced: equal(debit, credit) };
  }

  // ---- words ----

  label(slot: SlotView): string {
    return store(slot) || slot.group === 'warehouse' ? slot.label : (sentence(`role_${slot.label}`) ?? slot.label);
  }

  /** What the place is for, beside its name. */
  use(slot: SlotView): string {
    if (slot.group === 'cash_bank') return m.map_payout();
    if (slot.group === 'customer') return m.map_customer();
    if (slot.group === 'branch') return m.map_branch();
    if (slot.group === 'channel_warehouse') return m.map_channel_warehouse();
    return slot.group === 'warehouse' ? '' : m.map_all_stores();
  }

  title(slot: SlotView): string {
    return [this.label(slot), store(slot) ? this.use(slot) : ''].filter(Boolean).join(', ');
  }

  /** One line for somebody who has never mapped an account. */
  help(slot: SlotView): string {
    return sentence(`map_help_${slot.label}`) ?? sentence(`map_help_${slot.group}`) ?? '';
  }

  placeholder(slot: SlotView): string {
    return sentence(`map_pick_${slot.group}`) ?? m.map_pick();
  }

  only(slot: SlotView): string | undefined {
    return sentence(`map_only_${slot.group}`) ?? undefined;
  }

  // ---- records ----

  private list(slot: SlotView): (RecordView & Partial<Pick<AccountView, 'account_type' | 'balance'>>)[] {
    const view = this.view;
    if (!view) return [];
    const records = {
      customer: view.customers,
      branch: view.branches,
      tax: view.taxes,
      warehouse: view.warehouses,
      channel_warehouse: view.warehouses,
    };
    return slot.group in records ? records[slot.group as keyof typeof records] : view.accounts;
  }

  record(slot: SlotView, id: number): Chosen | null {
    const found = this.list(slot).find((row) => row.id === id);
    return found ? { code: found.no, name: found.name, off: found.off } : null;
  }

  options(slot: SlotView): PickerOption[] {
    const view = this.view;
    if (!view) return [];
    const suggested = (id: number) => slot.suggestions.find((other) => other.id === id);
    const hints = (id: number): Pick<PickerOption, 'hint' | 'zone'> => {
      const suggestion = suggested(id);
      return suggestion
        ? { hint: sentence(`suggest_${suggestion.reason}`) ?? suggestion.reason, zone: suggestion.zone }
        : {};
    };
    const off = (code: string | null) => (code === null ? null : (sentence(`off_${code}`) ?? code));
    const taken = (type: string | undefined) => slot.account_types.includes(type ?? '');
    const list = this.list(slot)
      .filter((row) => slot.account_types.length === 0 || taken(row.account_type))
      .map((row): PickerOption => ({
        value: String(row.id),
        code: row.no,
        name: row.name,
        detail: row.balance == null ? null : rupiah(row.balance),
        ...hints(row.id),
        off: off(row.off),
      }));
    const rank = (option: PickerOption) => slot.suggestions.findIndex((other) => String(other.id) === option.value);
    list.sort((a, b) => (rank(a) < 0 ? 99 : rank(a)) - (rank(b) < 0 ? 99 : rank(b)));
    const empty = EMPTY_WORDS[slot.group];
    return slot.required || !empty ? list : [{ value: NOTHING, name: empty() }, ...list];
  }

  // ---- versions and files ----

  async look(version: MappingVersionView): Promise<void> {
    const input = await this.turning.run(() => this.session.backend.mappingVersion(version.version));
    if (input) this.looking = { version, choices: this.choicesOf(input), numbers: numbersOf(input) };
  }

  /** The draft becomes what the looked-at version holds; nothing is saved by that. */
  begin(): void {
    if (!this.looking) return;
    this.choices = { ...this.choices, ...this.looking.choices };
    this.numbers = { ...this.numbers, ...this.looking.numbers };
    this.filled = [];
    this.looking = null;
  }

  private choicesOf(input: MappingInput): Choices {
    const at = (path: string): number | null => {
      const [kind, key, field] = path.split('.');
      if (kind === 'roles') return input.roles[key ?? ''] ?? null;
      if (kind === 'warehouses')
        return input.warehouses.find((pair) => pair.forstok_id === Number(key))?.accurate_id ?? null;
      if (kind === 'channel_warehouses')
        return input.channel_warehouses?.find((row) => row.forstok_store_id === Number(key))?.accurate_id ?? null;
      if (kind === 'stores') {
        const row = input.stores.find((other) => other.forstok_store_id === Number(key));
        return row?.[field as 'customer_id' | 'bank_account_id' | 'branch_id'] ?? null;
      }
      return input.tax_id;
    };
    return Object.fromEntries((this.view?.slots ?? []).map((slot) => [slot.path, at(slot.path)]));
  }

  input(): MappingInput {
    const view = this.view;
    const input: MappingInput = {
      warehouses: [],
      channel_warehouses: [],
      stores: [],
      roles: {},
      tax_id: this.choices['tax_id'] ?? null,
      invoice_trigger: view?.mapping.invoice_trigger ?? null,
      // Kept with the mapping, and changed beside the invoices.
      sales: view?.mapping.sales ?? null,
    };
    for (const slot of view?.slots ?? []) {
      const [kind, key, field] = slot.path.split('.');
      const value = this.choices[slot.path] ?? null;
      if (kind === 'roles' && key) input.roles[key] = value;
      if (kind === 'warehouses' && value !== null)
        input.warehouses.push({ forstok_id: Number(key), accurate_id: value });
      if (kind === 'channel_warehouses' && value !== null)
        input.channel_warehouses?.push({ forstok_store_id: Number(key), accurate_id: value });
      if (kind === 'stores') {
        let store = input.stores.find((row) => row.forstok_store_id === Number(key));
        if (!store) {
          store = {
            forstok_store_id: Number(key),
            customer_id: null,
            customer_no: null,
            bank_account_id: null,
            branch_id: null,
          };
          input.stores.push(store);
        }
        if (field === 'customer_id' || field === 'bank_account_id' || field === 'branch_id') store[field] = value;
        if (field === 'customer_id' && value === null) store.customer_no = this.number(slot) || null;
      }
    }
    return input;
  }

  async save(): Promise<boolean> {
    const view = await this.saving.run(() => this.session.backend.saveMapping(this.input()));
    if (!view) return false;
    this.imported = null;
    this.take(view);
    await this.session.refresh();
    return true;
  }

  async import(text: string): Promise<void> {
    this.imported = null;
    const view = await this.importing.run(() => this.session.backend.importMapping(text));
    if (!view) return;
    this.take(view);
    this.imported = view.version;
    await this.session.refresh();
  }
}
