import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import Agreement from '../src/lib/components/charts/Agreement.svelte';
import ChangeBars from '../src/lib/components/charts/ChangeBars.svelte';
import { evenly, roundUp } from '../src/lib/components/charts/scale';
import Trend from '../src/lib/components/charts/Trend.svelte';
import { violations } from './accessible';

const agreement = [
  { warehouse_id: 1, warehouse: 'Tangerang (utama)', rows: 4871, explained: 19, unexplained: 4 },
  { warehouse_id: 2, warehouse: 'Surabaya', rows: 2316, explained: 0, unexplained: 0 },
  { warehouse_id: 3, warehouse: 'Makassar', rows: 1204, explained: 6, unexplained: 12 },
];
const trend = Array.from({ length: 14 }, (_, index) => ({
  day: `2026-11-${String(index + 9).padStart(2, '0')}`,
  open: [92, 88, 81, 84, 70, 66, 61, 63, 71, 58, 49, 46, 57, 54][index] ?? 0,
}));
const changes = [
  { label: 'Tangerang', rows: 40, before: '1204', after: '1222.5', amount: null },
  { label: '', rows: 2, before: '10', after: '0', amount: null },
];
/** The hidden table under a caption, row by row. */
function values(caption: string): string[][] {
  const table = screen.getByRole('table', { name: caption });
  return [...table.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent ?? ''));
}
const widths = (kind: string) => [...document.querySelectorAll(`rect.${kind}`)].map((bar) => bar.getAttribute('width'));

describe('Agreement', () => {
  it('draws the differing share of each warehouse from zero, and tells the values', async () => {
    render(Agreement, { agreement, label: 'Beda stok' });
    expect(widths('bar-need')).toEqual(['4.11%', '0%', '49.83%']);
    expect(screen.getByRole('img')).toHaveAccessibleName(
      'Beda stok. 2 dari 3 gudang punya angka yang beda, 16 baris belum terjelaskan.',
    );
    expect(values('Beda stok')).toEqual([
      ['Tangerang (utama)', '4.871', '19', '4', '0,5 %'],
      ['Surabaya', '2.316', '0', '0', 'sama'],
      ['Makassar', '1.204', '6', '12', '1,5 %'],
    ]);
    expect(await violations()).toEqual([]);
  });
  it('has a sentence for a warehouse without rows', () => {
    render(Agreement, {
      agreement: [{ warehouse_id: 1, warehouse: 'Baru', rows: 0, explained: 0, unexplained: 0 }],
      label: 'Beda',
    });
    expect(values('Beda')).toEqual([['Baru', '0', '0', '0', 'sama']]);
  });
});

describe('Trend', () => {
  it('begins at zero and ends at the number of today', async () => {
    const { container } = render(Trend, { trend, label: 'Tertahan' });
    expect(container.querySelector('path.line')?.getAttribute('d')).toMatch(/^M0 8\.8L.*L560 50\.6$/);
    expect(container.querySelector('.trend__end')).toHaveTextContent('54');
    expect(values('Tertahan')).toHaveLength(14);
    expect(values('Tertahan')[0]).toEqual(['9 Nov 2026', '92']);
    expect([...container.querySelectorAll('.trend__x span')].map((mark) => mark.textContent)).toEqual([
      '9 Nov',
      '13 Nov',
      '18 Nov',
      '22 Nov',
    ]);
    expect(await violations()).toEqual([]);
  });
  it('says the number of the first day, and draws from the second day on', () => {
    const { container } = render(Trend, { trend: trend.slice(0, 1), label: 'Tertahan' });
    expect(screen.getByTestId('chart-trend')).toHaveTextContent('92 tertahan hari ini Baru satu hari tercatat.');
    expect(container.querySelector('svg')).toBeNull();
  });
});

describe('ChangeBars', () => {
  it('draws units before and after, and names what has no name', async () => {
    render(ChangeBars, { changes, label: 'Yang berubah' });
    expect(widths('bar-before')).toEqual(['98.49%', '0.82%']);
    expect(widths('bar-accent')).toEqual(['100%', '0%']);
    expect(values('Yang berubah')).toEqual([
      ['Tangerang', '40', '1.204', '1.222,5'],
      ['tanpa nama', '2', '10', '0'],
    ]);
    expect(await violations()).toEqual([]);
  });
  it('draws rows where no units move, and says how many places it leaves out', () => {
    const items = Array.from({ length: 10 }, (_, index) => ({
      label: `Kategori ${index}`,
      rows: 10 - index,
      before: null,
      after: null,
      amount: null,
    }));
    render(ChangeBars, { changes: items, label: 'Barang' });
    expect(widths('bar-accent')).toHaveLength(8);
    expect(screen.getByText('dan 2 lainnya')).toBeInTheDocument();
    expect(values('Barang')).toHaveLength(10);
  });
});

describe('scale', () => {
  it('ends an axis at a round number', () => {
    expect([0, 0.015, 1, 3, 92, 101].map(roundUp)).toEqual([1, 0.02, 1, 5, 100, 200]);
  });
  it('spreads marks evenly', () => {
    expect(evenly(14, 4)).toEqual([0, 4, 9, 13]);
    expect(evenly(1, 4)).toEqual([0]);
    expect(evenly(0, 4)).toEqual([]);
  });
});
