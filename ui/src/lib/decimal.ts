/** Arithmetic on decimals in text, exact: money and quantities are never a float, not even for a sum that is only shown. */
import type { DecimalText } from './i18n/format';

const SHAPE = /^([-+]?)(\d+)(?:\.(\d+))?$/;

/** The digits as a whole number, and how many of them stand behind the point. */
function parsed(text: DecimalText): { digits: bigint; places: number } {
  const parts = SHAPE.exec(text.trim());
  if (!parts) return { digits: 0n, places: 0 };
  const behind = parts[3] ?? '';
  const digits = BigInt(`${parts[2] ?? '0'}${behind}`);
  return { digits: parts[1] === '-' ? -digits : digits, places: behind.length };
}

function text(digits: bigint, places: number): DecimalText {
  const sign = digits < 0n ? '-' : '';
  const all = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  const behind = all.slice(all.length - places).replace(/0+$/, '');
  const whole = places === 0 ? all : all.slice(0, all.length - places);
  return `${sign}${whole}${places > 0 && behind ? `.${behind}` : ''}`;
}

/** The sum; `0` of nothing. Text that is no number counts as nothing. */
export function sum(values: DecimalText[]): DecimalText {
  const parts = values.map(parsed);
  const places = Math.max(0, ...parts.map((part) => part.places));
  return text(
    parts.reduce((total, part) => total + part.digits * 10n ** BigInt(places - part.places), 0n),
    places,
  );
}

/** One times the other, exact to the last place. */
export function product(one: DecimalText, other: DecimalText): DecimalText {
  const [a, b] = [parsed(one), parsed(other)];
  return text(a.digits * b.digits, a.places + b.places);
}

export function negative(value: DecimalText): DecimalText {
  const { digits, places } = parsed(value);
  return text(-digits, places);
}

export function sign(value: DecimalText): -1 | 0 | 1 {
  const { digits } = parsed(value);
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

/** Whether two texts are the same number: `9` and `9.00` are. */
export function equal(a: DecimalText, b: DecimalText): boolean {
  return sign(sum([a, negative(b)])) === 0;
}

/** For drawing only, where a pixel is coarser than any rounding. */
export function drawn(value: DecimalText): number {
  return Number(value) || 0;
}
