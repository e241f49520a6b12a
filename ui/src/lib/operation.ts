/**
 * An operation's fields in words: which of them a person reads, in which order, and how each value is written. Ids of the other side
 * are for the engine; where a name is known for one, the name stands there instead.
 */
import type { MappingView, OperationView } from './backend/types';
import { sentence } from './errors/sentence';
import { count, day, rupiah } from './i18n/format';
import { m } from './paraglide/messages.js';
import { documentOf, isSale, noun, shortNoun } from './sales';

type Fields = Record<string, string>;

/** The order of a document; a field that is not here comes after them. */
const ORDER = [
  'no',
  'number',
  'customer_no',
  'customer_name',
  'store_name',
  'channel',
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
  // What lies between the books and the shelf.
  'accurate',
  'sold_not_invoiced',
  'sold_not_invoiced_orders',
  'invoiced_early',
  'invoiced_early_orders',
  'already_in_figure',
  'already_in_figure_orders',
  'quantity',
  'unit_cost',
  'total',
  'account_no',
  'branch_id',
  'date',
];
/** Ids whose name stands beside them, or that say nothing to a person. */
const HIDDEN = [
  'item_id',
  'account_id',
  'warehouse_id',
  'customer_id',
  'store_id',
  'bank_id',
  'document',
  'invoice_id',
  'receipt_id',
  'return_id',
  'shop_warehouse_id',
  // What rests on an invoice: nothing may when it goes, and what does says so itself.
  'receipts',
  'returned',
];
const MONEY = [
  'unit_price',
  'vendor_price',
  'unit_cost',
  'total',
  'cash_discount',
  'discount',
  'received',
  'amount',
  'kept',
  'role',
];
const NUMBERS = [
  'on_hand',
  'quantity',
  'lines',
  'invoices',
  'accurate',
  'sold_not_invoiced',
  'invoiced_early',
  'already_in_figure',
];
const FLAGS = ['taxable', 'tax_inclusive', 'taxed'];

/** The figure that a kind of plan moves, an undo as well as what it takes back; for items it is the record as a whole. */
const FIGURE: Record<string, string> = { 'opening-stock': 'quantity', stock: 'on_hand' };

export function figureOf(kind: string): string | null {
  return FIGURE[kind.replace('undo-', '')] ?? null;
}

/** Names of Accurate for ids and numbers that operations carry. */
export type Names = Pick<MappingView, 'taxes' | 'accounts' | 'branches'> &
  Partial<Pick<MappingView, 'customers' | 'mapping'>>;

/** The customer of a document of sale; one that Accurate does not know yet is called as its store. */
export function customerOf(fields: Fields, names: Names | null): string {
  const no = fields['customer_no'] ?? '';
  const known = names?.customers?.some((customer) => customer.no === no) ?? false;
  return known || names === null ? written('customer_no', no, names) : `${no} ${fields['store_name'] ?? ''}`.trim();
}

export interface Line {
  field: string;
  label: string;
  value: string;
  /** What stood there, where it was read and reads otherwise. */
  was: string | null;
}

/**
 * A field of a line or of an invoice of a receipt, taken apart: `line.002.unit_price` is `unit_price` of line 2, and
 * `invoice.001.discount.810.05` is what invoice 1 books on account 810.05.
 */
function partOf(field: string): { of: 'line' | 'invoice'; place: number; name: string; rest: string } | null {
  const part = /^(line|invoice)\.(\d+)\.([a-z_]+)(?:\.(.+))?$/.exec(field);
  if (!part) return null;
  return {
    of: part[1] as 'line' | 'invoice',
    place: Number(part[2]),
    name: part[3] ?? '',
    rest: part[4] ?? '',
  };
}

/** One value as a person reads it; empty for what is not there. */
export function written(whole: string, text: string | undefined, names: Names | null = null): string {
  if (text === undefined || text === '') return '';
  const field = partOf(whole)?.name ?? whole;
  if (MONEY.includes(field)) return rupiah(text);
  if (NUMBERS.includes(field)) return count(text);
  if (field === 'date') return day(text);
  if (field === 'tax_id') return names?.taxes.find((tax) => String(tax.id) === text)?.name ?? m.field_id({ id: text });
  if (field === 'branch_id')
    return names?.branches.find((branch) => String(branch.id) === text)?.name ?? m.field_id({ id: text });
  if (field === 'account_no' || field === 'bank_no') {
    const name = names?.accounts.find((account) => account.no === text)?.name;
    return name ? `${text} ${name}` : text;
  }
  if (field === 'customer_no') {
    const name = names?.customers?.find((customer) => customer.no === text)?.name;
    return name ? `${text} ${name}` : text;
  }
  if (FLAGS.includes(field)) return text === 'true' ? m.yes() : m.no();
  return sentence(`value_${field}_${text.toLowerCase()}`) ?? text;
}

/** Whether a person can be told what this field is. */
export function isField(field: string): boolean {
  return fieldLabel(field) !== field;
}

export function fieldLabel(field: string): string {
  const part = partOf(field);
  if (!part) return sentence(`field_${field}`) ?? field;
  const n = String(part.place);
  const name =
    part.name === 'discount' && part.rest
      ? m.field_discount_on({ account: part.rest })
      : part.name === 'role'
        ? (sentence(`role_${part.rest}`) ?? part.rest)
        : (sentence(`field_${part.name}`) ?? part.name);
  return part.of === 'line' ? m.field_of_line({ n, name }) : m.field_of_invoice({ n, name });
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

/** Fields that a record there says otherwise than the one that would be sent. */
export function differing(
  row: OperationView,
  names: Names | null = null,
): { field: string; label: string; there: string; wanted: string }[] {
  return shown(row.before)
    .filter((field) => moved(row, field))
    .map((field) => ({
      field,
      label: fieldLabel(field),
      there: written(field, row.before[field], names) || m.plan_empty(),
      wanted: written(field, row.after[field], names) || m.plan_empty(),
    }));
}

/** What was there, in one cell. */
export function before(kind: string, row: OperationView): string {
  const figure = figureOf(kind);
  if (figure !== null) return written(figure, row.before[figure]) || m.plan_not_there();
  if (row.action === 'create') return m.plan_not_there();
  if (isSale(kind)) return row.action === 'remove' ? shortNoun(row) : '';
  if (row.action === 'remove') return m.plan_there();
  return shown(row.before)
    .filter((field) => moved(row, field))
    .map((field) => written(field, row.before[field]) || m.plan_empty())
    .join(', ');
}

/** That a record goes; of a cancelled order's documents also which goes first. */
function removed(kind: string, row: OperationView): string {
  if (kind !== 'voids') return m.plan_removed();
  return documentOf(row) === 'receipt' ? m.plan_removed_first() : m.plan_removed_then();
}

/** What will be there, in one cell. */
export function after(kind: string, row: OperationView): string {
  const figure = figureOf(kind);
  if (row.action === 'remove') return removed(kind, row);
  if (figure !== null) return written(figure, row.after[figure]);
  if (row.action === 'create') return isSale(kind) ? noun(row) : m.plan_new_item();
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
