import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { BackendError, type Backend, type HomeView } from '../src/lib/backend/types';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { equal, negative, sign, sum } from '../src/lib/decimal';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

const fake = (search: string) => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });

async function open(backend: Backend) {
  route.clear();
  route.go('home');
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return user;
}

/** The home as the fake answers it, with some of it replaced. */
function withHome(backend: Backend, change: (view: HomeView) => Partial<HomeView>): Backend {
  return {
    ...backend,
    async home() {
      const view = await backend.home();
      return { ...view, ...change(view) };
    },
  };
}

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const text = (id: string) => screen.getByTestId(id).textContent?.replace(/\s+/g, ' ').trim();

describe('the home', () => {
  it('says in one line what needs a person, what it is worth, and how the last run ended', async () => {
    const backend = fake('?fake=home');
    const { causes } = await backend.inbox();
    const rows = causes.reduce((total, cause) => total + cause.count, 0);
    await open(backend);
    await screen.findByTestId('home-card-stock');
    const lead = screen.getByTestId('screen-title').parentElement?.textContent ?? '';
    expect(lead).toContain(`${rows} hal perlu Anda dari ${causes.length} sebab, Rp `);
    expect(lead).toMatch(/Proses terakhir .*(terbukti|masih dicek)/);
    expect(screen.getAllByTestId('home-cause')).toHaveLength(causes.length);
    expect(await violations()).toEqual([]);
  });

  it('has one button for each sync and no more than one primary button', async () => {
    const user = await open(fake('?fake=home'));
    expect((await screen.findByTestId('home-items')).textContent?.trim()).toBe('Sinkron barang…');
    expect(document.querySelectorAll('main .btn--primary')).toHaveLength(1);
    await user.click(screen.getByTestId('home-stock'));
    await waitFor(() => expect(route.current?.screen).toBe('stock'));
  });

  it('turns a figure amber when it is old, and says why that matters', async () => {
    const backend = withHome(fake('?fake=home'), ({ items, stock }) => ({
      items: items && { ...items, read_at: ago(3) },
      stock: stock && { ...stock, read_at: ago(3) },
    }));
    await open(backend);
    await screen.findByTestId('home-card-stock');
    expect(text('home-card-stock')).toContain('Lebih dari sejam: penjualan sudah mengubahnya.');
    expect(screen.getByTestId('home-card-stock').querySelector('.age--old')).not.toBeNull();
    expect(text('home-card-items')).not.toContain('Lebih dari sehari');
    expect(screen.getByTestId('home-card-items').querySelector('.age--old')).toBeNull();
  });

  it('never rounds a share up to all', async () => {
    const backend = withHome(fake('?fake=home'), () => ({
      stock: { same: 299_999, differing: 1, read_at: ago(0) },
    }));
    await open(backend);
    await screen.findByTestId('home-card-stock');
    expect(text('home-card-stock')).toContain('99,9 % sama, 1 beda');
  });

  it('offers invoices and receipts, and says which orders wait for a SKU', async () => {
    const user = await open(fake('?fake=home'));
    await screen.findByTestId('home-card-orders');
    expect(text('home-card-orders')).toContain('38 siap difakturkan');
    expect(text('home-card-orders')).toContain('Rp 9.884.000, 4 toko');
    expect(text('home-card-orders')).toContain('22 menunggu SKU: Rp 3.370.300');
    expect(text('home-card-receipts')).toContain('21 dana cair');
    expect(text('home-card-receipts')).toContain('Rp 6.120.400, 3 toko');
    expect(screen.getByTestId('home-orders').getAttribute('href')).toBe('#/skus');
    await user.click(screen.getByTestId('home-receipts'));
    await waitFor(() => expect(route.current).toEqual({ screen: 'orders', id: 'receipts' }));
  });

  it('teaches where nothing was read and nothing was sent', async () => {
    const backend = withHome(fake('?fake=home'), () => ({
      items: null,
      stock: null,
      waiting: null,
      invoices: null,
      receipts: null,
      agreement: [],
      trend: [],
    }));
    await open({
      ...backend,
      runs: () => Promise.resolve({ runs: [], chain_whole: true }),
      inbox: () => Promise.resolve({ causes: [] }),
    });
    await screen.findByTestId('home-agree-none');
    expect(text('home-card-items')).toContain('Belum dibaca');
    expect(text('home-card-orders')).toContain('Belum dibaca');
    expect(text('home-card-receipts')).toContain('Rencana penerimaan membaca dana cair');
    expect(screen.getByTestId('home-trend-none')).toBeVisible();
    expect(screen.getByTestId('home-calm')).toBeVisible();
    expect(screen.getByTestId('screen-title').parentElement?.textContent).toContain('Belum ada proses.');
    expect(await violations()).toEqual([]);
  });

  it('keeps readiness folded until it is asked for', async () => {
    const backend = fake('?fake=home');
    const user = await open(backend);
    await waitFor(() => expect(text('home-readiness')).toBe('Kesiapan: siap'));
    expect(screen.getByTestId('home-readiness')).toHaveAttribute('aria-expanded', 'false');
    await user.click(screen.getByTestId('home-readiness'));
    expect(screen.getByTestId('readiness')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('says on the badge where something is blocked, and leaves the figures in sight', async () => {
    const backend = fake('?fake=home');
    await open({
      ...backend,
      check: () =>
        Promise.resolve({
          ready: false,
          checks: [
            { id: 'scopes', state: 'blocked', count: 1, detail: { code: 'scopes_missing', params: { count: '1' } } },
          ],
        }),
    });
    await waitFor(() => expect(text('home-readiness')).toBe('Kesiapan: 1 belum'));
    expect(screen.getByTestId('home-readiness')).toHaveAttribute('aria-expanded', 'false');
    expect(await screen.findByTestId('home-stock')).toBeVisible();
  });

  it('says how it was refused, and reads again', async () => {
    const backend = fake('?fake=home');
    let refused = true;
    const user = await open({
      ...backend,
      runs: () => (refused ? Promise.reject(new BackendError({ code: 'storage_full', params: {} })) : backend.runs()),
    });
    await screen.findByTestId('error-storage-full');
    expect(screen.queryByTestId('home-card-stock')).toBeNull();
    refused = false;
    await user.click(screen.getByTestId('error-retry'));
    expect(await screen.findByTestId('home-card-stock')).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});

describe('decimals in text', () => {
  it('are added exactly, beyond what a float holds', () => {
    expect(sum(['0.1', '0.2'])).toBe('0.3');
    expect(sum(['9007199254740993', '0.01', '-1'])).toBe('9007199254740992.01');
    expect(sum([])).toBe('0');
    expect(sum(['12.500', '-12.5'])).toBe('0');
    expect([negative('3.20'), sign('-0.00'), sign('-0.01')]).toEqual(['-3.2', 0, -1]);
    expect([equal('9', '9.00'), equal('9', '9.01')]).toEqual([true, false]);
  });
});
