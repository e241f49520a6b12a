/** The mapping as a draft: what is saved, what was changed since, and how a document would look with it. */
import type { MappingInput, MappingView, SlotGroup, SlotView, SuggestionView } from '../backend/types';
import type { PickerOption } from '../components/picker';
import { rupiah } from '../i18n/format';
import { sentence } from '../errors/reasons';
import { m } from '../paraglide/messages.js';
import type { Session } from './session.svelte';
import { Task } from './task.svelte';

/** The picker's value of a place that may stay empty, and is. */
const NOTHING = 'none';

const EMPTY_WORDS: Partial<Record<SlotGroup, () => string>> = {
  customer: m.map_new_customer,
  branch: m.map_no_branch,
  tax: m.map_no_tax,
};

export class MappingDraft {
  view = $state<MappingView | null>(null);
  /** Path → record of Accurate; `null` is an open place. */
  choices = $state<Record<string, number | null>>({});
  readonly loading = new Task();
  readonly saving = new Task();
  readonly importing = new Task();

  constructor(
    private readonly session: Session,
    private readonly part: 'accounts' | 'warehouses',
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
  }

  get slots(): SlotView[] {
    return (this.view?.slots ?? []).filter((slot) => (slot.group === 'warehouse') === (this.part === 'warehouses'));
  }

  get open(): SlotView[] {
    return this.slots.filter((slot) => slot.required && this.choices[slot.path] == null);
  }

  get changed(): boolean {
    return (this.view?.slots ?? []).some((slot) => (this.choices[slot.path] ?? null) !== slot.chosen);
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

  takeSure(): void {
    for (const [slot, suggestion] of this.sure) this.choices[slot.path] = suggestion.id;
  }

  value(slot: SlotView): string {
    const id = this.choices[slot.path];
    return id == null ? (slot.required ? '' : NOTHING) : String(id);
  }

  choose(slot: SlotView, value: string): void {
    this.choices[slot.path] = value === NOTHING || value === '' ? null : Number(value);
  }

  options(slot: SlotView): PickerOption[] {
    const view = this.view;
    if (!view) return [];
    const hint = (id: number) => {
      const suggestion = slot.suggestions.find((other) => other.id === id);
      return suggestion ? sentence(`suggest_${suggestion.reason}`) : null;
    };
    const off = (code: string | null) => (code === null ? null : (sentence(`off_${code}`) ?? code));
    const records = { customer: view.customers, branch: view.branches, tax: view.taxes, warehouse: view.warehouses };
    const list: PickerOption[] =
      slot.group in records
        ? records[slot.group as keyof typeof records].map((row) => ({
            value: String(row.id),
            code: row.no,
            name: row.name,
            hint: hint(row.id),
            off: off(row.off),
          }))
        : view.accounts
            .filter((row) => slot.account_types.includes(row.account_type))
            .map((row) => ({
              value: String(row.id),
              code: row.no,
              name: row.name,
              detail: row.balance === null ? null : rupiah(row.balance),
              hint: hint(row.id),
              off: off(row.off),
            }));
    const rank = (option: PickerOption) => slot.suggestions.findIndex((other) => String(other.id) === option.value);
    list.sort((a, b) => (rank(a) < 0 ? 99 : rank(a)) - (rank(b) < 0 ? 99 : rank(b)));
    const empty = EMPTY_WORDS[slot.group];
    return slot.required || !empty ? list : [{ value: NOTHING, name: empty() }, ...list];
  }

  /** What stands in a place now, in words; nothing for an open one. */
  chosenAccount(path: string): { code: string; name: string } | null {
    const id = this.choices[path];
    const account = this.view?.accounts.find((row) => row.id === id);
    return account ? { code: account.no, name: account.name } : null;
  }

  input(): MappingInput {
    const view = this.view;
    const input: MappingInput = {
      warehouses: [],
      stores: [],
      roles: {},
      tax_id: this.choices['tax_id'] ?? null,
      invoice_trigger: view?.mapping.invoice_trigger ?? null,
    };
    for (const slot of view?.slots ?? []) {
      const [kind, key, field] = slot.path.split('.');
      const value = this.choices[slot.path] ?? null;
      if (kind === 'roles' && key) input.roles[key] = value;
      if (kind === 'warehouses' && value !== null)
        input.warehouses.push({ forstok_id: Number(key), accurate_id: value });
      if (kind === 'stores') {
        let store = input.stores.find((row) => row.forstok_store_id === Number(key));
        if (!store) {
          store = { forstok_store_id: Number(key), customer_id: null, bank_account_id: null, branch_id: null };
          input.stores.push(store);
        }
        if (field === 'customer_id' || field === 'bank_account_id' || field === 'branch_id') store[field] = value;
      }
    }
    return input;
  }

  async save(): Promise<boolean> {
    const view = await this.saving.run(() => this.session.backend.saveMapping(this.input()));
    if (!view) return false;
    this.take(view);
    await this.session.refresh();
    return true;
  }

  async import(text: string): Promise<void> {
    const view = await this.importing.run(() => this.session.backend.importMapping(text));
    if (!view) return;
    this.take(view);
    await this.session.refresh();
  }
}
