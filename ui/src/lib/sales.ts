/**
 * Documents of a sale out of the flat fields of an operation: invoices and returns with their lines, receipts with what they settle and
 * what the marketplace kept. Sums are made here a second time, so that a person sees that they hold.
 */
import type { OperationView, ReasonView } from './backend/types';
import { equal, negative, product, sign, sum } from './decimal';
import { sentence } from './errors/sentence';
import { count } from './i18n/format';
import { m } from './paraglide/messages.js';

type Fields = Record<string, string>;
export type DocumentName = 'invoice' | 'receipt' | 'return' | 'customer';

/** The kinds of plan that move documents of a sale; an undo is of what it takes back. */
const SALES = ['invoices', 'receipts', 'voids', 'returns'];

export const isSale = (kind: string): boolean => SALES.includes(kind.replace('undo-', ''));

/** Which document an operation is about: its key says it, in an undo behind that it is one. */
export function documentOf(row: OperationView): DocumentName | null {
  const name = row.key.replace(/^(undo:)?(void-)?/, '').split(':')[0] ?? '';
  return name === 'invoice' || name === 'receipt' || name === 'return' || name === 'customer' ? name : null;
}

/** The document as it is read: as it will be, or for a removal as it stands. */
export function fieldsOf(row: OperationView): Fields {
  return row.action === 'remove' || Object.keys(row.after).length === 0 ? row.before : row.after;
}

/** What a document is, in one cell: `faktur, 3 baris`. */
export function noun(row: OperationView): string {
  const fields = fieldsOf(row);
  const n = (field: string) => ({ n: Number(fields[field] ?? 0), count: count(fields[field] ?? '0') });
  switch (documentOf(row)) {
    case 'customer':
      return m.noun_customer();
    case 'receipt':
      return m.noun_receipt(n('invoices'));
    case 'return':
      return m.noun_return(n('lines'));
    default:
      return m.noun_invoice(n('lines'));
  }
}

/** The same without its size, for what goes away: `faktur`. */
export const shortNoun = (row: OperationView): string => sentence(`noun_short_${documentOf(row) ?? ''}`) ?? '';

/** What a row is worth: a receipt what comes in, any other document its total. */
export function worth(row: OperationView): string {
  const fields = fieldsOf(row);
  return fields['received'] ?? fields['total'] ?? '';
}

export interface SaleLine {
  code: string;
  name: string;
  note: string;
  quantity: string;
  price: string;
  discount: string;
  warehouse: string;
  taxed: boolean;
  /** Quantity times price, less its own discount. */
  amount: string;
}

export interface Sale {
  lines: SaleLine[];
  /** Σ of the lines. */
  goods: string;
  discount: string;
  taxable: boolean;
  inclusive: boolean;
  /** What comes on top of goods less discount; `0` where prices hold the tax. */
  tax: string;
  total: string;
  /** Whether lines, discount and tax make the total; a tax on top is the service's own, so it cannot be made anew here. */
  whole: boolean;
}

/** The numbers below a group, in the order of the document: of `line.001.item_no` and the like, `001`. */
function places(fields: Fields, group: string): string[] {
  const found = Object.keys(fields).flatMap((name) => {
    const [first, place] = name.split('.');
    return first === group && place ? [place] : [];
  });
  return [...new Set(found)].sort();
}

export function saleOf(fields: Fields): Sale {
  const lines = places(fields, 'line').map((place): SaleLine => {
    const of = (name: string) => fields[`line.${place}.${name}`] ?? '';
    const discount = of('discount') || '0';
    return {
      code: of('item_no'),
      name: of('name'),
      note: of('note'),
      quantity: of('quantity'),
      price: of('unit_price'),
      discount,
      warehouse: of('warehouse_name'),
      taxed: of('taxed') === 'true',
      amount: sum([product(of('quantity'), of('unit_price')), negative(discount)]),
    };
  });
  const goods = sum(lines.map((line) => line.amount));
  const discount = fields['cash_discount'] ?? '0';
  const net = sum([goods, negative(discount)]);
  const total = fields['total'] ?? net;
  const taxable = fields['taxable'] === 'true';
  const inclusive = fields['tax_inclusive'] === 'true';
  const tax = taxable && !inclusive ? sum([total, negative(net)]) : '0';
  return {
    lines,
    goods,
    discount,
    taxable,
    inclusive,
    tax,
    total,
    whole: equal(sum([net, tax]), total) && sign(tax) >= 0,
  };
}

/** A line of an invoice and of its order as it is now; empty where the one or the other has none. */
export interface Beside {
  code: string;
  name: string;
  warehouse: string;
  there: { quantity: string; price: string } | null;
  now: { quantity: string; price: string } | null;
  same: boolean;
}

/** Both documents line by line: what is the same first met by code, warehouse and price, then by code alone. */
export function besideOf(there: Fields, now: Fields): Beside[] {
  const [before, after] = [saleOf(there).lines, saleOf(now).lines];
  const left = new Set(after);
  const half = ({ quantity, price }: SaleLine) => ({ quantity, price });
  const meet = (line: SaleLine, fits: (other: SaleLine) => boolean): SaleLine | undefined => {
    const found = [...left].find((other) => other.code === line.code && fits(other));
    if (found) left.delete(found);
    return found;
  };
  const met = new Map<SaleLine, SaleLine>();
  const rules: ((line: SaleLine, other: SaleLine) => boolean)[] = [
    (line, other) => line.warehouse === other.warehouse && equal(line.price, other.price),
    (line, other) => line.warehouse === other.warehouse,
    () => true,
  ];
  for (const rule of rules)
    for (const line of before) {
      const other = met.has(line) ? undefined : meet(line, (other) => rule(line, other));
      if (other) met.set(line, other);
    }
  const rows = before.map((line): Beside => {
    const other = met.get(line);
    const place =
      other && other.warehouse !== line.warehouse ? `${line.warehouse} → ${other.warehouse}` : line.warehouse;
    const same =
      other !== undefined &&
      other.warehouse === line.warehouse &&
      equal(other.quantity, line.quantity) &&
      equal(other.price, line.price);
    const { code, name } = line;
    return { code, name, warehouse: place, there: half(line), now: other ? half(other) : null, same };
  });
  const added = [...left].map((line): Beside => {
    const { code, name, warehouse } = line;
    return { code, name, warehouse, there: null, now: half(line), same: false };
  });
  return [...rows, ...added];
}

export interface Settled {
  number: string;
  order: string;
  amount: string;
  /** What each role keeps (above zero) or adds (below). */
  roles: Record<string, string>;
  /** The same by account, as it is posted. */
  accounts: Record<string, string>;
  /** What of this invoice comes in. */
  received: string;
}

export interface Payout {
  invoices: Settled[];
  /** Roles that appear, in the order in which a payout names them. */
  roles: string[];
  amount: string;
  received: string;
  /** Σ invoices less Σ costs is what came in; Accurate refuses a receipt that is not so. */
  whole: boolean;
}

const ROLES = [
  'shipping_fee',
  'platform_rebate',
  'voucher_seller',
  'shipping_difference',
  'platform_fulfillment_fee',
  'service_fee',
];

export function payoutOf(fields: Fields): Payout {
  const invoices = places(fields, 'invoice').map((place): Settled => {
    const prefix = `invoice.${place}.`;
    const below = (group: string) =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([name, value]) =>
          name.startsWith(`${prefix}${group}.`) ? [[name.slice(prefix.length + group.length + 1), value]] : [],
        ),
      );
    const [amount, accounts] = [fields[`${prefix}amount`] ?? '0', below('discount')];
    return {
      number: fields[`${prefix}no`] ?? '',
      order: fields[`${prefix}order_id`] ?? '',
      amount,
      roles: below('role'),
      accounts,
      received: sum([amount, ...Object.values(accounts).map(negative)]),
    };
  });
  const amount = sum(invoices.map((invoice) => invoice.amount));
  const received = fields['received'] ?? '0';
  return {
    invoices,
    roles: ROLES.filter((role) => invoices.some((invoice) => role in invoice.roles)),
    amount,
    received,
    whole: equal(sum(invoices.map((invoice) => invoice.received)), received),
  };
}

/** One line of costs of a whole receipt. */
export interface Cost {
  /** Empty where no role is known for the account. */
  role: string;
  account: string | null;
  /** What it keeps (above zero) or adds (below). */
  amount: string;
}

/**
 * The costs of a receipt, each with its account. The accounts are what is posted; which role is on which is what the mapping says, and
 * where the mapping has changed since the plan was made, the accounts are named by themselves.
 */
export function costsOf({ invoices, roles }: Payout, accountOf: (role: string) => string | null): Cost[] {
  const posted = new Map<string, string>();
  for (const invoice of invoices)
    for (const [account, amount] of Object.entries(invoice.accounts))
      posted.set(account, sum([posted.get(account) ?? '0', amount]));
  const byRole = roles.map((role) => ({
    role,
    account: accountOf(role),
    amount: sum(invoices.map((invoice) => invoice.roles[role] ?? '0')),
  }));
  const mapped = new Map<string, string>();
  for (const { account, amount } of byRole) mapped.set(account ?? '', sum([mapped.get(account ?? '') ?? '0', amount]));
  const same = mapped.size === posted.size && [...mapped].every(([no, amount]) => equal(posted.get(no) ?? '0', amount));
  if (same) return byRole;
  return [...posted].sort().map(([account, amount]) => ({ role: '', account, amount }));
}

/** What a plan sends for one store. */
export interface StoreTotal {
  store: string;
  count: string;
  total: string;
}

/** Σ of each store, as the notes of a plan say it; the largest first. */
export function storeTotals(notes: readonly ReasonView[]): StoreTotal[] {
  return notes
    .filter((note) => note.code === 'store_total')
    .map(({ params }) => ({
      store: params['store'] ?? '',
      count: params['count'] ?? '0',
      total: params['total'] ?? '0',
    }))
    .sort((a, b) => sign(sum([b.total, negative(a.total)])));
}

/** How many documents a plan sends beside the customers that it makes for them. */
export function documentsIn(notes: readonly ReasonView[], writes: number): { documents: number; customers: number } {
  const totals = storeTotals(notes);
  if (totals.length === 0) return { documents: writes, customers: 0 };
  const documents = totals.reduce((all, row) => all + Number(row.count), 0);
  return { documents, customers: Math.max(0, writes - documents) };
}
