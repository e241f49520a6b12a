import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet, tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { BackendError, type PageQuery } from '../src/lib/backend';
import Table from '../src/lib/components/Table.svelte';
import { Pages, type Page } from '../src/lib/state/pages.svelte';
import { Selection } from '../src/lib/state/selection.svelte';
import { violations } from './accessible';

interface Row {
  key: string;
}

const TOTAL = 100_000;
const columns = [
  { id: 'sku', head: 'SKU', sort: 'sku' },
  { id: 'name', head: 'Nama' },
];
const cells = createRawSnippet<[Row]>((row) => ({ render: () => `<td>${row().key}</td>` }));

/** Answers like the engine: the rows of a place, the total, and a cursor to go on from. */
function page(query: PageQuery, total = TOTAL): Page<Row> {
  const at = query.after === null ? (query.at ?? 0) : Number(query.after);
  const many = query.limit === 0 ? total : query.limit;
  const rows = Array.from({ length: Math.max(0, Math.min(many, total - at)) }, (_, index) => ({
    key: `SKU-${query.down ? total - 1 - at - index : at + index}`,
  }));
  return { rows, page: { at, total, next: at + rows.length < total ? String(at + rows.length) : null } };
}

function shop(total = TOTAL) {
  const read = vi.fn((query: PageQuery) => Promise.resolve(page(query, total)));
  return { read, pages: new Pages<Row>(read) };
}

const show = (pages: Pages<Row>, more: object = {}) =>
  render(Table<Row>, { pages, columns, key: (row: Row) => row.key, label: 'SKU', cells, testid: 't', ...more });
const settle = async () => {
  await new Promise((done) => setTimeout(done, 30));
  await tick();
};
const drawn = () => [...document.querySelectorAll('tbody tr[aria-rowindex]')];

describe('Table over 100,000 rows', () => {
  it('draws at most 60 rows, tells the true number, and passes axe', async () => {
    const { pages, read } = shop();
    show(pages);
    expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '-1');
    expect(drawn()[0]).toHaveTextContent('Sedang dibaca');
    await settle();
    expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', String(TOTAL + 1));
    expect(drawn().length).toBeGreaterThan(10);
    expect(drawn().length).toBeLessThanOrEqual(60);
    expect(drawn()[0]).toHaveTextContent('SKU-0');
    expect(read.mock.calls).toEqual([[{ sort: null, down: false, after: null, at: null, limit: 100 }]]);
    expect(await violations()).toEqual([]);
  });

  it('jumps to the end by its position and draws the last row', async () => {
    const { pages, read } = shop();
    show(pages);
    await settle();
    screen.getByRole('grid').focus();
    await userEvent.keyboard('{End}');
    const box = document.querySelector<HTMLElement>('.tablebox');
    if (box) {
      box.scrollTop = TOTAL * 36;
      box.dispatchEvent(new Event('scroll'));
    }
    await settle();
    expect(read.mock.calls.at(-1)).toEqual([{ sort: null, down: false, after: null, at: TOTAL - 100, limit: 100 }]);
    expect(drawn().at(-1)).toHaveTextContent(`SKU-${TOTAL - 1}`);
    expect(drawn().at(-1)).toHaveAttribute('aria-rowindex', String(TOTAL + 1));
    expect(drawn().length).toBeLessThanOrEqual(60);
    expect(screen.getByRole('grid').getAttribute('aria-activedescendant')).toBe(drawn().at(-1)?.id);
  });

  it('asks again in another order, from the top', async () => {
    const { pages, read } = shop();
    show(pages);
    await settle();
    await userEvent.click(screen.getByTestId('t-sort-sku'));
    await userEvent.click(screen.getByTestId('t-sort-sku'));
    await settle();
    expect(read.mock.calls.slice(1).map(([query]) => [query.sort, query.down, query.at])).toEqual([
      ['sku', false, null],
      ['sku', true, null],
    ]);
    expect(screen.getByRole('columnheader', { name: 'SKU' })).toHaveAttribute('aria-sort', 'descending');
    expect(drawn()[0]).toHaveTextContent(`SKU-${TOTAL - 1}`);
  });

  it('moves by keys and opens with Enter', async () => {
    const { pages } = shop();
    const onrow = vi.fn();
    show(pages, { onrow });
    await settle();
    screen.getByRole('grid').focus();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
    expect(onrow).toHaveBeenCalledExactlyOnceWith({ key: 'SKU-1' });
  });

  it('chooses rows, and all of the query at once', async () => {
    const { pages } = shop();
    const selection = new Selection();
    show(pages, { selection });
    await settle();
    await userEvent.click(screen.getByRole('checkbox', { name: 'Pilih SKU-3' }));
    expect(selection.count(TOTAL)).toBe(1);
    await userEvent.click(screen.getByRole('checkbox', { name: 'Pilih semua 100.000 baris' }));
    expect(selection.count(TOTAL)).toBe(TOTAL);
    await userEvent.click(screen.getByRole('checkbox', { name: 'Pilih SKU-4' }));
    expect(selection.count(TOTAL)).toBe(TOTAL - 1);
    expect(selection.of(['SKU-3', 'SKU-4', 'SKU-99999'])).toEqual(['SKU-3', 'SKU-99999']);
    expect(await violations()).toEqual([]);
  });

  it('says why it has no rows and reads again when asked', async () => {
    let broken = true;
    const pages = new Pages<Row>((query) =>
      broken
        ? Promise.reject(new BackendError({ code: 'offline', params: { side: 'forstok' } }))
        : Promise.resolve(page(query, 3)),
    );
    show(pages);
    await settle();
    broken = false;
    await userEvent.click(screen.getByTestId('error-retry'));
    await settle();
    expect(drawn().map((row) => row.textContent)).toEqual(['SKU-0', 'SKU-1', 'SKU-2']);
  });
});

describe('Pages', () => {
  it('goes on by the cursor and jumps by the position', async () => {
    const { pages, read } = shop();
    pages.want(0, 30);
    await settle();
    pages.want(90, 130);
    await settle();
    pages.want(50_020, 50_060);
    await settle();
    expect(read.mock.calls.map(([query]) => [query.after, query.at])).toEqual([
      [null, null],
      ['100', null],
      [null, 50_000],
    ]);
    expect(pages.row(50_059)).toEqual({ key: 'SKU-50059' });
    expect(pages.row(60_000)).toBeUndefined();
  });

  it('passes over what was only scrolled past', async () => {
    const { pages, read } = shop();
    pages.want(0, 30);
    await settle();
    for (let at = 1_000; at <= 90_000; at += 1_000) pages.want(at, at + 30);
    await settle();
    expect(read.mock.calls.map(([query]) => query.at)).toEqual([null, 1_000, 90_000]);
  });

  it('drops an answer to a query that is no longer asked', async () => {
    const answers: ((rows: Page<Row>) => void)[] = [];
    const taken: string[] = [];
    const pages = new Pages<Row>(() => new Promise((answer) => answers.push(answer)));
    const says = (key: string): Page<Row> => ({
      rows: [{ key }],
      page: { at: 0, total: 1, next: null },
      taken: () => taken.push(key),
    });
    pages.want(0, 30);
    pages.restart();
    answers[1]?.(says('new'));
    await settle();
    answers[0]?.(says('old'));
    await settle();
    expect(pages.row(0)).toEqual({ key: 'new' });
    expect(taken).toEqual(['new']);
  });

  it('keeps the rows in sight until the new ones are here', async () => {
    const { pages } = shop();
    pages.want(0, 30);
    await settle();
    pages.reload();
    expect(pages.row(0)).toEqual({ key: 'SKU-0' });
    expect(pages.busy).toBe(true);
    await settle();
    expect(pages.busy).toBe(false);
  });

  it('forgets what it read when rows came or went', async () => {
    let total = 250;
    const pages = new Pages<Row>((query) => Promise.resolve(page(query, total)));
    pages.want(0, 30);
    await settle();
    total = 249;
    pages.want(110, 140);
    await settle();
    expect(pages.total).toBe(249);
    expect(pages.row(0)).toBeUndefined();
    expect(pages.row(100)).toEqual({ key: 'SKU-100' });
  });

  it('reads every row where all are wanted', async () => {
    const { pages, read } = shop(2_500);
    expect((await pages.all()).length).toBe(2_500);
    expect(read).toHaveBeenCalledTimes(3);
  });
});
