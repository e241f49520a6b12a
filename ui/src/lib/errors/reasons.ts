/** The sentence of a closed reason code. An unknown code says so, with what the service answered. */
import type { ReasonView } from '../backend/types';
import { m } from '../paraglide/messages.js';

type Sentence = (params: Record<string, string>) => string;

/** A message by its key, or nothing. Missing values become empty text, never `undefined`. */
export function sentence(key: string, params: Record<string, string> = {}): string | null {
  const message = (m as unknown as Record<string, Sentence | undefined>)[key];
  if (!message) return null;
  return message(new Proxy(params, { get: (values, name) => values[name as string] ?? '' }));
}

export function reasonText(reason: ReasonView | null | undefined): string {
  if (!reason) return '';
  return (
    sentence(`reason_${reason.code}`, reason.params) ??
    m.reason_unknown({ code: reason.code, message: reason.params['message'] ?? '' })
  );
}
