/**
 * Numbers, money and times as the window writes them.
 *
 * Numbers keep the Indonesian marks in both languages: the same figure must look the same in the books and here, whoever reads it.
 * Decimals come as text and never pass through a float; `Intl` formats the text exactly.
 */
import { locale } from './locale.svelte';

const MINUS = '−';

const grouped = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 6 });
const rupiahWhole = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 2 });
const percentage = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 });
const oneDecimal = new Intl.NumberFormat('id-ID', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A decimal as the bindings carry it: text such as `"1234567.50"`. */
export type DecimalText = string;

function exact(text: DecimalText): Intl.StringNumericLiteral {
  return text.trim() as Intl.StringNumericLiteral;
}

function withMinus(text: string): string {
  return text.replace(/^-/, MINUS);
}

/** `1.234.567` from a whole number or a decimal in text. */
export function count(value: number | DecimalText): string {
  return withMinus(typeof value === 'number' ? grouped.format(value) : grouped.format(exact(value)));
}

/** `Rp 1.234.567`; a deduction as `−Rp 17.700`. */
export function rupiah(value: DecimalText): string {
  const text = rupiahWhole.format(exact(value));
  return text.startsWith('-') ? `${MINUS}Rp ${text.slice(1)}` : `Rp ${text}`;
}

/** The amount without `Rp`, for a column that says it. */
export function amount(value: DecimalText): string {
  return withMinus(rupiahWhole.format(exact(value)));
}

/** `4,5 %` from a share of one (0.045). */
export function percent(share: number): string {
  return `${withMinus(percentage.format(share * 100))} %`;
}

/** A rate such as `7,8`. */
export function rate(value: number): string {
  return withMinus(oneDecimal.format(value));
}

function tag(): string {
  return locale.current === 'id' ? 'id-ID' : 'en-GB';
}

/** `22 Nov 2026` */
export function date(at: string): string {
  return new Intl.DateTimeFormat(tag(), { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(at));
}

/** `22 Nov 2026` from a day without a time, `2026-11-22`; it is the same day in every time zone. Other text stays as it is. */
export function day(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? date(`${text}T12:00:00`) : text;
}

/** `9 Nov`, from a day without a time: for an axis and for "than on". */
export function dayMonth(text: string): string {
  return new Intl.DateTimeFormat(tag(), { day: 'numeric', month: 'short' }).format(new Date(`${text}T12:00:00`));
}

/** `November 2026`, from `2026-11`. */
export function monthYear(text: string): string {
  return new Intl.DateTimeFormat(tag(), { month: 'long', year: 'numeric' }).format(new Date(`${text}-15T12:00:00`));
}

/** `Minggu, 22 Nov 2026` */
export function longDate(at: string): string {
  const day = new Intl.DateTimeFormat(tag(), { weekday: 'long' }).format(new Date(at));
  return `${day}, ${date(at)}`;
}

/** `14.32` */
export function time(at: string): string {
  const parts = new Intl.DateTimeFormat('id-ID', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return parts.format(new Date(at)).replace(':', '.');
}

/** `14.32.06` */
export function moment(at: string): string {
  return `${time(at)}.${String(new Date(at).getSeconds()).padStart(2, '0')}`;
}

/** `22 Nov 2026, 14.32` */
export function dateTime(at: string): string {
  return `${date(at)}, ${time(at)}`;
}

/** `4 menit`, `8 jam`, `2 hari`: the length of a span in its largest unit. */
export function span(seconds: number): string {
  const units: [Intl.NumberFormatOptions['unit'], number][] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ];
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ['second', 1];
  const whole = Math.max(0, Math.round(seconds / size));
  return new Intl.NumberFormat(tag(), { style: 'unit', unit, unitDisplay: 'long' }).format(whole);
}

/** `4.12`: minutes and seconds of a countdown. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}.${String(whole % 60).padStart(2, '0')}`;
}

/** The first letters of a company's or store's name, for its mark: `PT Sinar Rempah` is `SR`. */
export function monogram(name: string): string {
  const words = name
    .split(/\s+/)
    .filter((word) => !/^(pt|cv|ud|toko|tb|fa|pd)\.?$/i.test(word) && /\p{L}|\p{N}/u.test(word));
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => word[0]) : [(words[0] ?? name).slice(0, 2)];
  return letters.join('').toUpperCase();
}

/** A fingerprint in groups of four, shortened: `9c41 e07b 3f2a 52d8`. */
export function fingerprint(hash: string, groups = 4): string {
  return (hash.slice(0, groups * 4).match(/.{1,4}/g) ?? []).join(' ');
}

/** This moment, as the bindings write one. */
export function now(): string {
  return new Date().toISOString();
}
