/** The sentence of a closed reason code. An unknown code says so, with what the service answered. */
import type { ReasonView } from '../backend/types';
import { count, day } from '../i18n/format';
import { m } from '../paraglide/messages.js';

type Sentence = (params: Record<string, string>) => string;

/** A message by its key, or nothing. Missing values become empty text, never `undefined`. */
export function sentence(key: string, params: Record<string, string> = {}): string | null {
  const message = (m as unknown as Record<string, Sentence | undefined>)[key];
  if (!message) return null;
  return message(new Proxy(params, { get: (values, name) => values[name as string] ?? '' }));
}

/** Plain numbers and days in a reason's values, as the window writes them; codes and barcodes are no numbers. */
const NUMBERS = ['count', 'before', 'after', 'quantity', 'on_hand', 'rows'];

function spoken(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (name === 'date') return [name, day(value)];
      return [name, NUMBERS.includes(name) && /^-?\d+(\.\d+)?$/.test(value) ? count(value) : value];
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
