import { afterEach, describe, expect, it } from 'vitest';
import {
  amount,
  count,
  countdown,
  date,
  fingerprint,
  monogram,
  percent,
  rate,
  rupiah,
  span,
  time,
} from '../src/lib/i18n/format';
import { licenceEnd } from '../src/lib/i18n/licence';
import { locale } from '../src/lib/i18n/locale.svelte';

afterEach(() => locale.set('id'));

describe('numbers as the books write them', () => {
  it('groups rupiah with points and keeps every digit of a long amount', () => {
    expect(rupiah('1234567')).toBe('Rp 1.234.567');
    expect(rupiah('12345678901234567890.25')).toBe('Rp 12.345.678.901.234.567.890,25');
  });
  it('writes a deduction with a true minus', () => {
    expect(rupiah('-17700')).toBe('−Rp 17.700');
    expect(amount('-17700')).toBe('−17.700');
  });
  it('writes zero as 0 and quantities without a trailing fraction', () => {
    expect([count(0), count('0.000000'), count('12.500000'), count(4980)]).toEqual(['0', '0', '12,5', '4.980']);
  });
  it('keeps the same figures in English, so that nobody misreads them', () => {
    locale.set('en');
    expect([rupiah('1234567'), percent(0.045), rate(7.84)]).toEqual(['Rp 1.234.567', '4,5 %', '7,8']);
  });
});

describe('times', () => {
  it('writes a date with a short month and a time with a point', () => {
    expect(date('2026-11-22T14:32:00')).toBe('22 Nov 2026');
    expect(time('2026-11-22T14:32:00')).toBe('14.32');
  });
  it('names a span in its largest unit, in the language of the window', () => {
    expect([span(33), span(240), span(8 * 3600)]).toEqual(['33 detik', '4 menit', '8 jam']);
    locale.set('en');
    expect([span(33), span(60)]).toEqual(['33 seconds', '1 minute']);
  });
  it('counts a wait down in minutes and seconds', () => {
    expect([countdown(252), countdown(5), countdown(-3)]).toEqual(['4.12', '0.05', '0.00']);
  });
  it('reads the end of a licence in the form of Accurate, and nothing else', () => {
    expect(licenceEnd('31/10/2026')).toBe('langganan sampai 31 Okt 2026');
    expect([licenceEnd('2026-10-31'), licenceEnd(null)]).toEqual([null, null]);
  });
});

describe('short marks', () => {
  it('takes the letters of a company without its legal form', () => {
    expect([monogram('PT Sinar Rempah Nusantara'), monogram('CV Rempah'), monogram('Umum')]).toEqual([
      'SR',
      'RE',
      'UM',
    ]);
  });
  it('groups a fingerprint by four', () => {
    expect(fingerprint('9c41e07b3f2a52d8aaaa')).toBe('9c41 e07b 3f2a 52d8');
  });
});
