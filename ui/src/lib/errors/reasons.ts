/** The sentence of a closed reason code. An unknown code says so, with what the service answered. */
import type { ReasonView } from '../backend/types';
import { count, day, rupiah } from '../i18n/format';
import { fieldLabel, isField, written } from '../operation';
import { m } from '../paraglide/messages.js';
import { sentence } from './sentence';

export { sentence } from './sentence';

/** Plain numbers, money and days in a reason's values, as the window writes them; codes and barcodes are no numbers. */
const NUMBERS = [
  'count',
  'before',
  'after',
  'quantity',
  'on_hand',
  'rows',
  'lines',
  'accurate',
  'units',
  'early',
  'days',
  'percent',
  'limit',
  'emptied',
  'places',
];
const MONEY = [
  'alternative',
  'amount',
  'balance',
  'difference',
  'discount',
  'due',
  'goods',
  'moved',
  'ours',
  'owing',
  'received',
  'returned',
  'subtotal',
  'sum',
  'tax',
  'total',
  'withdrawn',
];
const DAYS = ['as_of', 'counted', 'date', 'start'];
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The parameter that holds the code of a reason inside another; those of that one begin with it. */
const BECAUSE = 'because';

function inside(code: string, params: Record<string, string>): ReasonView {
  const prefix = `${BECAUSE}_`;
  const own = Object.entries(params).filter(([name]) => name.startsWith(prefix));
  return { code, params: Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value])) };
}

function spoken(params: Record<string, string>): Record<string, string> {
  const field = params['field'];
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (name === BECAUSE) return [name, reasonText(inside(value, params))];
      if (DAYS.includes(name)) return [name, day(value)];
      if (name === 'role') return [name, sentence(`role_${value}`) ?? value];
      if (field !== undefined && isField(field)) {
        if (name === 'field') return [name, fieldLabel(value)];
        if (name === 'expected' || name === 'found') return [name, written(field, value) || m.plan_empty()];
      }
      if (!NUMBER.test(value)) return [name, value];
      if (MONEY.includes(name)) return [name, rupiah(value)];
      return [name, NUMBERS.includes(name) ? count(value) : value];
    }),
  );
}

export function reasonText(reason: ReasonView | null | undefined): string {
  if (!reason) return '';
  return (
    sentence(`reason_${reason.code}`, spoken(reason.params)) ??
    m.reason_unknown({ code: reason.code, message: reason.params['message'] ?? '' })
  );
}
