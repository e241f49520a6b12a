import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import Age from '../src/lib/components/Age.svelte';
import Band from '../src/lib/components/Band.svelte';
import Button from '../src/lib/components/Button.svelte';
import Choice from '../src/lib/components/Choice.svelte';
import Chip from '../src/lib/components/Chip.svelte';
import CopyField from '../src/lib/components/CopyField.svelte';
import DbChoice from '../src/lib/components/DbChoice.svelte';
import Empty from '../src/lib/components/Empty.svelte';
import ErrorNote from '../src/lib/components/ErrorNote.svelte';
import Evidence from '../src/lib/components/Evidence.svelte';
import Field from '../src/lib/components/Field.svelte';
import Ledger from '../src/lib/components/Ledger.svelte';
import Note from '../src/lib/components/Note.svelte';
import Offline from '../src/lib/components/Offline.svelte';
import Picker from '../src/lib/components/Picker.svelte';
import { matching, type PickerOption } from '../src/lib/components/picker';
import Plot from '../src/lib/components/Plot.svelte';
import Progress from '../src/lib/components/Progress.svelte';
import Rail from '../src/lib/components/Rail.svelte';
import Ring from '../src/lib/components/Ring.svelte';
import Status from '../src/lib/components/Status.svelte';
import Sym from '../src/lib/components/Sym.svelte';
import Table from '../src/lib/components/Table.svelte';
import Tabs from '../src/lib/components/Tabs.svelte';
import Tick from '../src/lib/components/Tick.svelte';
import { violations } from './accessible';

const text = (words: string) => createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));

const options: PickerOption[] = [
  { value: '76', code: '110.203', name: 'Bank Mandiri (lama)', off: 'nonaktif di Accurate' },
  { value: '70', code: '110.101', name: 'Kas Kecil', detail: 'Rp 3.500.000' },
  { value: '73', code: '110.104', name: 'Saldo Lazada', detail: 'Rp 2.118.000', hint: 'nama sama' },
];

describe('axe finds nothing in', () => {
  const all: [string, () => void][] = [
    ['Age', () => render(Age, { at: null })],
    [
      'Band',
      () =>
        render(Band, {
          company: { id: '1048213', name: 'PT Sinar Rempah' },
          sandbox: true,
          running: { kind: 'Stok ke Forstok', share: 0.42 },
          onsearch: () => undefined,
        }),
    ],
    ['Offline', () => render(Offline, { side: 'forstok', onretry: () => undefined })],
    ['Button', () => render(Button, { children: text('Kirim'), icon: 'sync', keys: 'Enter', testid: 'b' })],
    ['Chip', () => render(Chip, { tone: 'sure', icon: 'check', children: text('nama sama') })],
    ['Choice', () => render(Choice, { group: 'a', value: 'a', name: 'n', title: 'Sudah' })],
    ['CopyField', () => render(CopyField, { value: 'http://127.0.0.1:1/callback', label: 'Alamat' })],
    ['DbChoice', () => render(DbChoice, { id: '1', name: 'CV Rempah', detail: 'ID 1', usable: true, group: '1' })],
    [
      'DbChoice off',
      () => render(DbChoice, { id: '1', name: 'CV Rempah', detail: 'ID 1', usable: false, why: 'Berakhir', group: '' }),
    ],
    ['Empty', () => render(Empty, { icon: 'inbox', title: 'Kosong', text: 'Nanti di sini' })],
    [
      'ErrorNote',
      () => render(ErrorNote, { error: { code: 'offline', params: { side: 'forstok' } }, onretry: () => undefined }),
    ],
    ['Evidence', () => render(Evidence, { evidence: [{ kind: 'code', percent: 87, forstok: 'A', accurate: 'B' }] })],
    ['Field', () => render(Field, { value: '', label: 'Email', error: 'Belum benar' })],
    [
      'Ledger',
      () =>
        render(Ledger, {
          lines: [{ account: null, missing: 'belum dipilih', debit: '10', credit: null }],
          debit: '10',
          credit: '10',
          balanced: true,
        }),
    ],
    ['Note', () => render(Note, { tone: 'need', children: text('Lihat') })],
    [
      'Picker',
      () => render(Picker, { value: '73', options, label: 'Akun', placeholder: 'Pilih', onchange: () => undefined }),
    ],
    ['Plot', () => render(Plot, { points: [1, 7, 8], limit: 8, label: 'Kecepatan' })],
    ['Progress', () => render(Progress, { done: 1, total: 3, label: 'Kemajuan' })],
    ['Ring', () => render(Ring, { seconds: 252, total: 300 })],
    ['Status', () => render(Status, { state: 'proven' })],
    ['Sym', () => render(Sym, { kind: 'create', label: true })],
    ['Tabs', () => render(Tabs, { tabs: [{ id: 'all', label: 'Semua', count: 3 }], current: 'all', label: 'Jenis' })],
    ['Tick', () => render(Tick, { label: 'Ya' })],
    [
      'Rail',
      () =>
        render(Rail, {
          steps: [{ id: 'skus', href: '#/skus', title: 'SKU', icon: 'tag', state: 'need', current: true, count: 9 }],
          groups: [
            [{ id: 'home', href: '#/home', title: 'Beranda', icon: 'home', current: false, note: '4 menit lalu' }],
          ],
        }),
    ],
  ];
  it.each(all)('%s', async (_name, show) => {
    show();
    expect(await violations()).toEqual([]);
  });
});

describe('Picker', () => {
  it('finds by code or name, and puts what cannot be chosen last', () => {
    expect(matching(options, '110').map((option) => option.value)).toEqual(['70', '73', '76']);
    expect(matching(options, 'lazada saldo').map((option) => option.value)).toEqual(['73']);
  });
  it('opens, narrows and chooses by keyboard alone', async () => {
    const user = userEvent.setup();
    const onchange = vi.fn();
    render(Picker, { value: '', options, label: 'Akun', placeholder: 'Pilih', testid: 'p', onchange });
    await user.tab();
    await user.keyboard('kecil');
    const found = await screen.findAllByRole('option');
    expect(found.map((option) => option.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
      '110.101 Kas Kecil Rp 3.500.000',
    ]);
    await user.keyboard('{ArrowDown}{Enter}');
    expect(onchange).toHaveBeenCalledWith('70');
  });
  it('keeps an option that is off, with its reason, and does not take it', async () => {
    const user = userEvent.setup();
    const onchange = vi.fn();
    render(Picker, { value: '', options, label: 'Akun', placeholder: 'Pilih', testid: 'p', onchange });
    await user.click(screen.getByTestId('p'));
    const off = await screen.findByTestId('p-option-76');
    expect(off).toHaveTextContent('nonaktif di Accurate');
    await user.click(off);
    expect(onchange).not.toHaveBeenCalled();
  });
});

describe('Table', () => {
  it('draws a short list that is here already, without an order of its own', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({ key: `SKU-${index}` }));
    const cells = createRawSnippet<[{ key: string }]>((row) => ({ render: () => `<td>${row().key}</td>` }));
    const view = render(Table<{ key: string }>, {
      columns: [{ id: 'sku', head: 'SKU', sort: 'sku' }],
      rows,
      key: (row: { key: string }) => row.key,
      label: 'SKU',
      cells,
    });
    expect(await screen.findByRole('grid')).toHaveAttribute('aria-rowcount', '5001');
    const drawn = view.container.querySelectorAll('tbody tr[aria-rowindex]');
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.length).toBeLessThanOrEqual(60);
    expect(drawn[0]).toHaveAttribute('aria-rowindex', '2');
    expect(screen.getByRole('columnheader')).not.toHaveAttribute('aria-sort');
    expect(await violations()).toEqual([]);
  });
});
