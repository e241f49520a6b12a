import { configure, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { BackendError, type Backend, type SkuDecisionInput, type SkuView } from '../src/lib/backend/types';
import { otherLetters, sharedWords, words } from '../src/lib/evidence';
import { route } from '../src/lib/state/route.svelte';
import { Session } from '../src/lib/state/session.svelte';
import { QueueRows } from '../src/lib/state/skurows.svelte';
import { Workbench } from '../src/lib/state/skus.svelte';
import { violations } from './accessible';

// A window of a hundred thousand rows on a busy computer answers later than a second.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });
const fake = (search = '?fake=mapped') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });

/** Opens the bench at an address of it. */
async function open(backend: Backend, id?: string) {
  route.clear();
  route.go('skus', id);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return user;
}
const source = () => screen.getByTestId('sku-source').querySelector('h3')?.textContent;
const refused = () => new BackendError({ code: 'offline', params: { side: 'accurate' } });

describe('evidence in words', () => {
  it('names the letters that differ, and only counts them where they are many', () => {
    expect(otherLetters('KOPI-GAYO-250', 'KOPI-GAYO-250GR')).toEqual({ count: 2, letters: 'GR' });
    expect(otherLetters('KOPI-GAYO-250', 'KOPI-GAYO-BBK-250')).toEqual({ count: 4, letters: 'BBK-' });
    expect(otherLetters('SAMA', 'SAMA')).toEqual({ count: 0, letters: '' });
    expect(words({ kind: 'code', percent: 10, forstok: 'VANILI-POLONG-25', accurate: 'VNL-25' })).toEqual({
      text: 'beda 10 huruf',
      mark: null,
      tone: null,
    });
  });
  it('takes a measure written otherwise as the same word', () => {
    expect(sharedWords('Kopi Arabika Gayo 250 g, Biji', 'Kopi Arabika Gayo 250gr Biji')).toEqual({ found: 6, all: 6 });
    expect(sharedWords('Kopi Gayo Bubuk', 'Kopi Gayo Biji')).toEqual({ found: 2, all: 3 });
  });
  it('says by how much a price differs, which barcode stands there, and which side says nothing', () => {
    expect(words({ kind: 'price', percent: 72, forstok: '89000', accurate: '85000' })).toEqual({
      text: '85.000,',
      mark: 'beda 4,5 %',
      tone: 'need',
    });
    expect(words({ kind: 'barcode', percent: 0, forstok: '8997213400128', accurate: '8997213400135' })).toEqual({
      text: 'lain:',
      mark: '…400135',
      tone: 'bad',
    });
    expect(words({ kind: 'price', percent: null, forstok: '89000', accurate: null }).text).toBe('kosong di Accurate');
  });
});

describe('rows of a queue', () => {
  const row = (sku: string) => ({ sku }) as SkuView;
  it('close up behind a row that leaves and make room for one that comes back', () => {
    const rows = new QueueRows();
    rows.take(0, [row('A'), row('B'), row('C')], 100_000);
    rows.remove(1);
    expect([rows.row(0)?.sku, rows.row(1)?.sku, rows.row(2)?.sku, rows.total]).toEqual(['A', 'C', undefined, 99_999]);
    rows.insert(1, row('B'));
    expect([rows.row(1)?.sku, rows.row(2)?.sku, rows.total, rows.missing(0, 10)]).toEqual(['B', 'C', 100_000, 3]);
  });
});

describe('the bench', () => {
  it('is accessible with candidates, with a search, without a code, and when all is decided', async () => {
    const user = await open(fake(), 'name_conflict');
    await screen.findAllByTestId('sku-candidate');
    expect(await violations()).toEqual([]);
    await user.keyboard('l');
    await waitFor(() => expect(screen.getByTestId('sku-search')).toHaveFocus());
    expect(await violations()).toEqual([]);
    await user.keyboard('{Escape}');
    await user.click(screen.getByTestId('sku-queue-empty'));
    expect(await screen.findByTestId('sku-only-forstok')).toBeVisible();
    expect(screen.getByTestId('sku-open-forstok')).toBeVisible();
    expect(screen.queryByTestId('sku-create')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('teaches where nothing was read, and leads on where all is decided', async () => {
    await open(fake('?fake=home'));
    await screen.findByTestId('sku-empty');
    expect(screen.getByTestId('sku-next')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('shows what was refused when it cannot be read', async () => {
    await open(fake('?fake=mapped&fail=skus:storage_damaged'));
    expect(await screen.findByTestId('error-storage-damaged')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('shows price, barcode, stock, why and the orders that wait, in plain words', async () => {
    await open(fake());
    await screen.findByTestId('sku-waiting');
    expect(screen.getByTestId('sku-waiting').textContent).toMatch(
      /\d+ pesanan menunggu\s*Rp [\d.]+, tertua \d+ \w+ 2\d{3}\./,
    );
    expect(screen.getByTestId('sku-source').textContent).toMatch(
      /Harga\s*Rp 45\.000\s*Barcode\s*8997213400000\s*Stok\s*20 di 3 gudang/,
    );
  });

  it('goes on before the engine has answered, and stores the decisions in their order', async () => {
    const backend = fake();
    const stored: SkuDecisionInput[] = [];
    const waiting: (() => void)[] = [];
    const resolve = backend.resolveSkus.bind(backend);
    backend.resolveSkus = async (decisions) => {
      await new Promise<void>((done) => waiting.push(done));
      stored.push(...decisions);
      return resolve(decisions);
    };
    const user = await open(backend);
    await screen.findByTestId('sku-accept');
    const first = source();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(source()).not.toBe(first));
    const second = source();
    await user.keyboard('s');
    await waitFor(() => expect(source()).not.toBe(second));
    expect(stored).toEqual([]);
    expect(screen.getByTestId('sku-last').textContent).toContain(`${second} dilewati`);
    waiting.shift()?.();
    await waitFor(() => expect(waiting).toHaveLength(1));
    waiting.shift()?.();
    await waitFor(() =>
      expect(stored.map((input) => `${input.sku} ${input.decision}`)).toEqual([`${first} create`, `${second} skip`]),
    );
  });

  it('puts a refused row back, says why, and counts it again', async () => {
    const backend = fake();
    backend.resolveSkus = async () => {
      throw refused();
    };
    const user = await open(backend, 'invalid_code');
    await screen.findByTestId('sku-accept');
    const first = source();
    await user.keyboard('{Enter}');
    const note = await screen.findByTestId('sku-refused');
    expect(note.textContent).toContain(`${first} kembali ke antrean`);
    expect(screen.getByTestId('sku-queue-invalid-code').textContent).toMatch(/2$/);
    expect(screen.queryByTestId('sku-last')).toBeNull();
    expect(await violations()).toEqual([]);
    await user.click(screen.getByTestId('sku-refused-see'));
    await waitFor(() => expect(source()).toBe(first));
  });

  it('takes decisions back one after the other', async () => {
    const backend = fake();
    const user = await open(backend);
    await screen.findByTestId('sku-accept');
    const first = source();
    await user.keyboard('s');
    await waitFor(() => expect(source()).not.toBe(first));
    const second = source();
    await user.keyboard('s');
    await user.keyboard('u');
    await waitFor(() => expect(source()).toBe(second));
    await user.keyboard('u');
    await waitFor(() => expect(source()).toBe(first));
    expect(screen.queryByTestId('sku-last')).toBeNull();
    const page = { sort: null, down: false, after: null, at: null, limit: 0 };
    await waitFor(async () => {
      const { skus } = await backend.skus({ state: null, search: null, page, refresh: false });
      expect(skus.filter((row) => row.decision !== null)).toEqual([]);
    });
  });

  it('takes nothing by Enter before the evidence is in sight', async () => {
    const backend = fake();
    let show: () => void = () => undefined;
    const candidates = backend.skuCandidates.bind(backend);
    backend.skuCandidates = async (sku, search) => {
      await new Promise<void>((done) => (show = done));
      return candidates(sku, search);
    };
    const user = await open(backend, 'name_conflict');
    await screen.findByTestId('sku-accept-off');
    await user.keyboard('{Enter}');
    expect(screen.queryByTestId('sku-last')).toBeNull();
    show();
    await screen.findByTestId('sku-accept');
  });

  it('links to an item that was searched for', async () => {
    const backend = fake();
    const asked: (string | null)[] = [];
    const candidates = backend.skuCandidates.bind(backend);
    backend.skuCandidates = async (sku, search) => {
      asked.push(search);
      return candidates(sku, search && 'vnl');
    };
    const user = await open(backend, 'name_conflict');
    await screen.findAllByTestId('sku-candidate');
    await user.keyboard('l');
    await user.type(await screen.findByTestId('sku-search'), 'vnl-25');
    await waitFor(() => expect(asked).toContain('vnl-25'));
  });

  it('asks once, with the number, before it takes all sure ones', async () => {
    const backend = fake('?fake=huge');
    const user = await open(backend, 'pending_matched');
    const button = await screen.findByTestId('sku-accept-sure');
    const sure = Number(/\d+/.exec(button.textContent ?? '')?.[0]);
    expect(sure).toBeGreaterThan(1);
    await user.click(button);
    expect(screen.getByTestId('sku-ask-sure').textContent).toContain(`Terima ${sure} saran yang pasti`);
    expect(await violations()).toEqual([]);
    await user.click(screen.getByTestId('sku-ask-sure-yes'));
    expect((await screen.findByTestId('sku-sure-done')).textContent).toContain(`${sure} keputusan tersimpan`);
    expect(screen.queryByTestId('sku-accept-sure')).toBeNull();
  });

  it('draws at most sixty rows of a long queue, which is as long as all of it', async () => {
    await open(fake('?fake=huge'), 'pending_not_matched');
    await screen.findAllByTestId('sku-item');
    expect(screen.getAllByTestId('sku-item').length).toBeLessThanOrEqual(60);
  });

  it('puts a SKU on the bench by its address, and says when there is none', async () => {
    await open(fake(), 'sku:VANILI-POLONG-25');
    await waitFor(() => expect(source()).toBe('VANILI-POLONG-25'));
  });
});

describe('the table of all SKUs', () => {
  it('is searched and filtered, leads to the bench or explains, and comes back', async () => {
    const user = await open(fake(), 'all');
    await screen.findAllByTestId('sku-table-row');
    expect(await violations()).toEqual([]);
    await user.type(screen.getByTestId('sku-table-search'), 'vanili');
    await waitFor(() => expect(screen.getByTestId('sku-table-count').textContent?.trim()).toBe('1 SKU'));
    await user.click(screen.getByTestId('sku-table-row'));
    await waitFor(() => expect(source()).toBe('VANILI-POLONG-25'));
    await user.click(screen.getByTestId('sku-queue-all'));
    await user.clear(await screen.findByTestId('sku-table-search'));
    await user.selectOptions(screen.getByTestId('sku-table-state'), 'matched');
    await waitFor(() => expect(screen.getAllByTestId('sku-table-row')[0]?.textContent).toContain('Sudah cocok'));
    await user.click(screen.getAllByTestId('sku-table-row')[0] as HTMLElement);
    await waitFor(() => expect(route.current?.screen).toBe('explain'));
  });

  it('teaches what to do when nothing fits', async () => {
    const user = await open(fake(), 'all');
    await user.type(await screen.findByTestId('sku-table-search'), 'tidak ada yang begini');
    await user.click(await screen.findByTestId('sku-table-clear'));
    await waitFor(() => expect(screen.getAllByTestId('sku-table-row').length).toBeGreaterThan(1));
  });
});

describe('a workbench of a hundred thousand', () => {
  it('decides without waiting for the engine, and shows the next row in the same moment', async () => {
    const backend = fake('?fake=huge');
    const session = await Session.open(backend);
    const bench = new Workbench(session);
    await bench.open('pending_not_matched');
    const before = { total: bench.total, first: bench.current?.sku };
    bench.decide('skip', null);
    expect(bench.total).toBe(before.total - 1);
    expect(bench.current?.sku).not.toBe(before.first);
    expect(bench.counts['pending_not_matched']).toBe(before.total - 1);
    await bench.settled();
  });

  it('keeps a row that was taken back, while the next queue is still being opened', async () => {
    const backend = fake();
    const bench = new Workbench(await Session.open(backend));
    await bench.open('name_conflict');
    const last = bench.total - 1;
    for (let row = 0; row < last; row++) bench.decide('skip', null);
    await bench.settled();
    const kept = bench.current?.sku;
    let answer = (): void => undefined;
    const held = new Promise<void>((done) => (answer = done));
    const skus = backend.skus.bind(backend);
    const asked = vi.spyOn(backend, 'skus').mockImplementation((query) => held.then(() => skus(query)));
    bench.decide('skip', null);
    await waitFor(() => expect(asked).toHaveBeenCalled());
    bench.undo();
    answer();
    await asked.mock.results[0]?.value;
    await bench.settled();
    expect(bench.queue).toBe('name_conflict');
    expect(bench.current?.sku).toBe(kept);
  });
});
