/** The end of a licence, `dd/MM/yyyy` from Accurate, in words. A text of another form is not shown: a wrong date is worse than none. */
import { m } from '../paraglide/messages.js';
import { day as inWords } from './format';

export function licenceEnd(text: string | null): string | null {
  const parts = text?.match(/^(\d{2})\/(\d{2})\/(\d{4})$/);
  if (!parts) return null;
  const [, day, month, year] = parts;
  return m.database_licence({ date: inWords(`${year}-${month}-${day}`) });
}
