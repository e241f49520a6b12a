/** One sentence of the catalogue by a key that is only known at run time. */
import { m } from '../paraglide/messages.js';

type Sentence = (params: Record<string, string>) => string;

/** A message by its key, or nothing. Missing values become empty text, never `undefined`. */
export function sentence(key: string, params: Record<string, string> = {}): string | null {
  const message = (m as unknown as Record<string, Sentence | undefined>)[key];
  if (!message) return null;
  return message(new Proxy(params, { get: (values, name) => values[name as string] ?? '' }));
}
