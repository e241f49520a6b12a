import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import en from '../messages/en.json';
import id from '../messages/id.json';
import sprite from '../src/assets/icons.svg?raw';
import { errorCodes } from '../src/lib/backend/types';
import { iconNames } from '../src/lib/components/icons';
import { catalogue, explain } from '../src/lib/errors/catalogue';
import { reasonText, sentence } from '../src/lib/errors/reasons';
import { locale, locales } from '../src/lib/i18n/locale.svelte';
import { m } from '../src/lib/paraglide/messages.js';

const root = join(import.meta.dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'paraglide' ? [] : sources(path);
    return /\.(svelte|ts)$/.test(entry.name) ? [path] : [];
  });
}

afterEach(() => locale.set('id'));

describe('messages', () => {
  it('are compiled: a known key speaks both languages', () => {
    expect(m.status_proven()).toBe('Terbukti');
    locale.set('en');
    expect(m.status_proven()).toBe('Proven');
  });
  it('have the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
  });
  it('are there for every key that the sources name', () => {
    const named = sources(join(root, 'src')).flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\bm\.([a-z]\w*)/g)].map((hit) => hit[1] ?? ''),
    );
    expect(named.filter((key) => !(key in id) && key !== 'ts')).toEqual([]);
    expect(named.length).toBeGreaterThan(300);
  });
  it('never promise success: what is sent but not read back is not "berhasil"', () => {
    expect(Object.values({ ...id, ...en }).filter((text) => /berhasil|success/i.test(JSON.stringify(text)))).toEqual(
      [],
    );
  });
  it('count one and many in English', () => {
    locale.set('en');
    const parts = { count: '1', name: 'PT ABC' };
    expect([m.items_send({ ...parts, n: 1 }), m.items_send({ ...parts, count: '2', n: 2 })]).toEqual([
      'Send 1 item to PT ABC',
      'Send 2 items to PT ABC',
    ]);
  });
});

describe('the error catalogue', () => {
  it.each(errorCodes)('%s has a severity, and cause, meaning and action in both languages', (code) => {
    expect(catalogue[code]).toBeDefined();
    for (const tag of locales) {
      locale.set(tag);
      const told = explain({ code, params: { side: 'accurate', message: 'pesan' } });
      expect(
        [told.cause, told.meaning, told.action].every((text) => text.length > 2 && !text.includes('undefined')),
      ).toBe(true);
    }
  });
});

describe('reasons', () => {
  const list = join(root, 'src/lib/errors/reason-codes.json');
  it('have a sentence in both languages for every code of the engine', () => {
    const codes = JSON.parse(readFileSync(list, 'utf8')) as string[];
    const missing = codes.filter((code) => !(`reason_${code}` in id) || !(`reason_${code}` in en));
    expect(missing).toEqual([]);
  });
  it('leave out what is not known instead of writing "undefined"', () => {
    expect(reasonText({ code: 'barcode_taken', params: { barcode: '123' } })).toBe('Barcode 123 sudah dipakai .');
    expect(sentence('reason_nobody_knows')).toBeNull();
  });
  it('write amounts as rupiah', () => {
    const returned = { number: 'N1', returned: '50000', ours: '0' };
    expect(reasonText({ code: 'return_entered_already', params: returned })).toContain('Rp 50.000 di Accurate, Rp 0');
    const unclear = { discount: '15000', alternative: '5000' };
    expect(reasonText({ code: 'order_discount_unclear', params: unclear })).toContain('Rp 15.000 atau Rp 5.000');
  });
  it('say so when a code is new, with the words of the service', () => {
    expect(reasonText({ code: 'brand_new', params: { message: 'Stok kurang' } })).toBe(
      'Alasan lain (brand_new). Stok kurang',
    );
  });
});

describe('icons', () => {
  it('are all in the sprite', () => {
    expect(iconNames.filter((name) => !sprite.includes(`id="i-${name}"`))).toEqual([]);
  });
});

describe('the sources', () => {
  it('speak to Tauri through one file only', () => {
    const speaking = sources(join(root, 'src')).filter((path) =>
      /from '@tauri-apps\//.test(readFileSync(path, 'utf8')),
    );
    expect(speaking.map((path) => path.slice(root.length + 1))).toEqual(['src/lib/backend/tauri.ts']);
  });
  it('hold no inline style, which the policy of the window would drop', () => {
    expect(sources(join(root, 'src')).filter((path) => /\sstyle=["'{]/.test(readFileSync(path, 'utf8')))).toEqual([]);
  });
});
