/**
 * An operation's fields in words: which of them a person reads, in which order, and how each value is written. Ids of the other side
 * are for the engine; where a name is known for one, the name stands there instead.
 */
import type { MappingView, OperationView } from './backend/types';
import { sentence } from './errors/reasons';
import { count, day, rupiah } from './i18n/format';
import { m } from './paraglide/messages.js';

type Fields = Record<string, string>;

/** The order of a document; a field that is not here comes after them. */
const ORDER = [
  'no',
  'item_no',
  'sku',
  'name',
  'item_type',
  'category',
  'unit',
  'unit_price',
  'vendor_price',
  'upc',
  'tax_id',
  'warehouse_name',
  'on_hand',
  'quantity',
  'unit_cost',
  'total',
  'account_no',
  'branch_id',
  'date',
];
/** Ids whose name stands beside them, or that say nothing to a person. */
const HIDDEN = ['item_id', 'warehouse_id'];
const MONEY = ['unit_price', 'vendor_price', 'unit_cost', 'total'];
const NUMBERS = ['on_hand', 'quantity'];

/** The figure that a kind of plan moves, an undo as well as what it takes back; for items it is the record as a whole. */
const FIGURE: Record<string, string> = { 'opening-stock': 'quantity', stock: 'on_hand' };

export function figureOf(kind: string): string | null {
  return FIGURE[kind.replace('undo-', '')] ?? null;
}

/** Names of Accurate for ids and numbers that operations carry. */
export type Names = Pick<MappingView, 'taxes' | 'accounts' | 'branches'>;

export interface Line {
  field: string;
  label: string;
  value: string;
  /** What stood there, where it was read and reads otherwise. */
  was: string | null;
}

/** One value as a person reads it; empty for what is not there. */
export function written(field: string, text: string | undefined, names: Names | null = null): string {
  if (text === undefined || text === '') return '';
  if (MONEY.includes(field)) return rupiah(text);
  if (NUMBERS.includes(field)) return count(text);
  if (field === 'date') return day(text);
  if (field === 'tax_id') return names?.taxes.find((tax) => String(tax.id) === text)?.name ?? m.field_id({ id: text });
  if (field === 'branch_id')
    return names?.branches.find((branch) => String(branch.id) === text)?.name ?? m.field_id({ id: text });
  if (field === 'account_no') {
    const name = names?.accounts.find((account) => account.no === text)?.name;
    return name ? `${text} ${name}` : text;
  }
  return sentence(`value_${field}_${text.toLowerCase()}`) ?? text;
}

export function fieldLabel(field: string): string {
  return sentence(`field_${field}`) ?? field;
}

const place = (field: string) => (ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length);
const shown = (fields: Fields) =>
  Object.keys(fields)
    .filter((field) => !HIDDEN.includes(field))
    .sort((a, b) => place(a) - place(b));
/** Read on both sides of the plan, and different as a person reads it. A field that was not read before has no "before". */
const moved = (row: OperationView, field: string) =>
  row.before[field] !== undefined &&
  row.after[field] !== undefined &&
  written(field, row.before[field]) !== written(field, row.after[field]);

/** The document as it will be, line by line. */
export function lines(row: OperationView, names: Names | null = null): Line[] {
  return shown({ ...row.before, ...row.after }).map((field) => ({
    field,
    label: fieldLabel(field),
    value: written(field, row.after[field] ?? row.before[field], names) || m.plan_empty(),
    was:
      row.action !== 'create' && moved(row, field) ? written(field, row.before[field], names) || m.plan_empty() : null,
  }));
}

/** What was there, in one cell. */
export function before(kind: string, row: OperationView): string {
  const figure = figureOf(kind);
  if (figure !== null) return written(figure, row.before[figure]) || m.plan_not_there();
  if (row.action === 'create') return m.plan_not_there();
  if (row.action === 'remove') return m.plan_there();
  return shown(row.before)
    .filter((field) => moved(row, field))
    .map((field) => written(field, row.before[field]) || m.plan_empty())
    .join(', ');
}

/** What will be there, in one cell. */
export function after(kind: string, row: OperationView): string {
  const figure = figureOf(kind);
  if (row.action === 'remove') return m.plan_removed();
  if (figure !== null) return written(figure, row.after[figure]);
  if (row.action === 'create') return m.plan_new_item();
  if (row.action === 'same') return m.sym_same();
  return shown(row.after)
    .filter((field) => moved(row, field))
    .map((field) => written(field, row.after[field]) || m.plan_empty())
    .join(', ');
}

/** By how much a stock figure moves, with its sign; empty where it does not move or is not whole. */
export function difference(row: OperationView): string {
  if (row.action === 'blocked') return '';
  const [was, will] = [row.before['on_hand'] ?? '0', row.after['on_hand'] ?? ''];
  if (![was, will].every((text) => /^-?\d+$/.test(text))) return '';
  const by = BigInt(will) - BigInt(was);
  return by === 0n ? '' : `${by > 0n ? '+' : ''}${count(String(by))}`;
}

/** The Forstok warehouse in a stock operation's key, `stock:{warehouse}:{sku}`: two rows of one SKU differ only there. */
export function warehouseOf(key: string): string | null {
  return key.match(/^stock:(\d+):/)?.[1] ?? null;
}
