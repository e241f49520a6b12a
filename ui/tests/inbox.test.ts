import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanup, configure, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import en from '../messages/en.json';
import id from '../messages/id.json';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { BackendError, type Backend, type InboxView, type SlotView } from '../src/lib/backend/types';
import { causes, fixOf, neverHolds } from '../src/lib/causes';
import { route, screens } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

// A window of a hundred thousand rows on a busy computer answers later than a second.
configure({ asyncUtilTimeout: 10_000 });
const fake = (search = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });

async function open(backend: Backend, cause?: string) {
  route.clear();
  route.go('inbox', cause);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return user;
}
/** The same inbox with another cause in it, and what the engine says may be decided about it. */
function with_(
  backend: Backend,
  code: string,
  kind: string,
  params: Record<string, string> = {},
  choices: string[] = [],
): Backend {
  const since = '2026-11-22T02:00:00Z';
  const reason = { code, params };
  backend.inbox = async (): Promise<InboxView> => ({
    causes: [{ code, count: 2, amount: '500000', keys: [], kinds: [kind], choices, reason, since }],
  });
  backend.inboxRows = async () => ({
    rows: ['A', 'B'].map((target) => ({
      key: `${kind}:${target}`,
      target,
      warehouse: null,
      kind,
      reason,
      amount: '250000',
      since,
    })),
    page: { at: 0, total: 2, next: null },
  });
  return backend;
}

describe('causes', () => {
  const codes = JSON.parse(
    readFileSync(join(import.meta.dirname, '../src/lib/errors/reason-codes.json'), 'utf8'),
  ) as string[];
  it('name every reason of the engine, or say that it never holds a row', () => {
    const known = new Set([...causes, ...neverHolds]);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });
  it('say what each of them means, in both languages', () => {
    const lacking = causes.filter((code) => !(`inbox_means_${code}` in id) || !(`inbox_means_${code}` in en));
    expect(lacking).toEqual([]);
    const texts = causes.map((code) => (id as Record<string, unknown>)[`inbox_means_${code}`] as string);
    expect(texts.filter((text) => text.length < 40)).toEqual([]);
  });
  it('are put right on a screen that there is', () => {
    const places = causes.flatMap((code) => {
      const fix = fixOf(code);
      return fix.at === 'screen' ? [fix.screen] : [];
    });
    expect(places.filter((place) => !screens.includes(place))).toEqual([]);
    for (const place of places) expect(`inbox_go_${place.replaceAll('-', '_')}` in id, place).toBe(true);
  });
});

describe('the inbox', () => {
  it('shows each cause with its count and money, the sum of all, and what is being looked up apart', async () => {
    const backend = fake();
    const view = await backend.inbox();
    await open(backend);
    await screen.findAllByTestId('inbox-rows-row');
    const checking = view.causes.filter((cause) => fixOf(cause.code).at === 'check');
    expect(checking.length).toBeGreaterThan(0);
    expect(screen.getAllByTestId('inbox-cause')).toHaveLength(view.causes.length - checking.length);
    expect(screen.getAllByTestId('inbox-checking-cause')).toHaveLength(checking.length);
    const rows = view.causes.reduce((sum, cause) => sum + cause.count, 0);
    expect(screen.getByTestId('inbox-sum').textContent).toContain(`${rows} baris`);
    expect(screen.getByTestId('inbox-means').textContent).toContain('harga pokok');
    expect(await violations()).toEqual([]);
  });

  it('is accessible while a reason is asked, and demands one', async () => {
    const backend = fake();
    const dismissed: [string[], string][] = [];
    const dismiss = backend.inboxDismiss.bind(backend);
    backend.inboxDismiss = async (keys, reason) => {
      dismissed.push([keys, reason]);
      return dismiss(keys, reason);
    };
    const user = await open(backend, 'code_too_long');
    const all = await screen.findByTestId('inbox-rows-select-all');
    await waitFor(() => expect(all).toBeEnabled());
    await user.click(all);
    expect(screen.getByTestId('inbox-picked').textContent).toBe('2 dipilih');
    await user.click(screen.getByTestId('inbox-never'));
    expect(await violations()).toEqual([]);
    await user.click(screen.getByTestId('inbox-dismiss-submit'));
    expect(screen.getByText('Tulis alasannya dulu.')).toBeVisible();
    await user.type(screen.getByTestId('inbox-reason'), 'tidak dijual lagi');
    await user.click(screen.getByTestId('inbox-dismiss-submit'));
    await waitFor(() =>
      expect(dismissed.map(([keys, reason]) => [keys.length, reason])).toEqual([[2, 'tidak dijual lagi']]),
    );
    await waitFor(() =>
      expect(screen.getAllByTestId('inbox-cause').map((cause) => cause.dataset['code'])).not.toContain('code_too_long'),
    );
  });

  it('plans all rows of a cause again, shows how it goes on, and keeps the receipt in place', async () => {
    const backend = fake();
    const asked: [string | null, string[]][] = [];
    const retry = backend.inboxRetry.bind(backend);
    backend.inboxRetry = async (cause, keys, onProgress) => {
      asked.push([cause, keys]);
      onProgress({ phase: 'sending', done: 1, total: 4, rate: null, seconds_left: null, counts: null });
      await waitFor(() => expect(screen.getByTestId('inbox-progress').textContent).toContain('1 dari 4'));
      return retry(cause, keys, onProgress);
    };
    const user = await open(backend, 'item_inactive');
    await user.click(await screen.findByTestId('inbox-retry'));
    await screen.findByTestId('inbox-receipt');
    expect(asked).toEqual([['item_inactive', []]]);
    expect(screen.getByTestId('inbox-receipt').textContent).toMatch(
      /masuk \d+ = terkirim \d+ \+ ditahan \d+ \+ gagal \d+|tidak ada lagi/i,
    );
    expect(route.current?.screen).toBe('inbox');
    expect(await violations()).toEqual([]);
  });

  it('retries only the ticked rows', async () => {
    const backend = with_(fake(), 'offline', 'stock', { side: 'Forstok' });
    const asked: [string | null, string[]][] = [];
    backend.inboxRetry = async (cause, keys) => {
      asked.push([cause, keys]);
      return { syncs: [] };
    };
    const user = await open(backend);
    await user.click((await screen.findAllByTestId('inbox-rows-select'))[1] as HTMLElement);
    await user.click(screen.getByTestId('inbox-retry-chosen'));
    await waitFor(() => expect(asked).toEqual([['offline', ['stock:B']]]));
  });

  it('finds an item that was entered before, links it and plans the row again', async () => {
    const backend = with_(fake(), 'barcode_taken', 'items', { barcode: '899', item_no: 'LADA-001' });
    const done: string[] = [];
    const evidence = [{ kind: 'code', percent: 90, forstok: 'A', accurate: 'LADA-001' }];
    backend.skuCandidates = async (_sku, search) => [
      { id: 1, no: search ?? 'LADA-001', name: 'Lada', price: null, zone: 'sure', evidence },
    ];
    backend.resolveSkus = async ([input]) => {
      done.push(`${input?.decision} ${input?.sku} ${input?.target}`);
      return { resolved: 1, resolved_in_forstok: 0, to_do_in_forstok: [] };
    };
    backend.inboxRetry = async (_cause, keys) => {
      done.push(keys.join());
      return { syncs: [] };
    };
    const user = await open(backend);
    await user.click((await screen.findAllByTestId('inbox-rows-select'))[0] as HTMLElement);
    await user.click(screen.getByTestId('inbox-already'));
    await screen.findByTestId('inbox-link-candidate');
    expect(await violations()).toEqual([]);
    await user.click(screen.getByTestId('inbox-link-submit'));
    await waitFor(() => expect(done).toEqual(['link A LADA-001', 'items:A']));
  });

  it('keeps that an invoice is in Accurate already, with its number and why', async () => {
    const backend = with_(fake(), 'maybe_in_accurate', 'invoices', { number: 'SI.1', date: '2026-11-12' }, [
      'send',
      'entered',
      'never',
    ]);
    const decided: unknown[] = [];
    backend.decideRows = async (input) => {
      decided.push(input);
      return { causes: [] };
    };
    const user = await open(backend);
    const ticks = await screen.findAllByTestId('inbox-rows-select');
    await user.click(screen.getByTestId('inbox-rows-select-all'));
    expect(screen.getByTestId('inbox-already')).toBeDisabled();
    await user.click(ticks[1] as HTMLElement);
    await user.click(screen.getByTestId('inbox-already'));
    expect(await screen.findByTestId('inbox-decide-number')).toHaveValue('SI.1');
    expect(await violations()).toEqual([]);
    await user.clear(screen.getByTestId('inbox-decide-number'));
    await user.click(screen.getByTestId('inbox-decide-submit'));
    expect(screen.getByText('Tulis nomornya dulu.')).toBeVisible();
    await user.type(screen.getByTestId('inbox-decide-number'), ' SI.1 ');
    await user.type(screen.getByTestId('inbox-decide-reason'), 'dicatat Dewi');
    await user.click(screen.getByTestId('inbox-decide-submit'));
    await waitFor(() =>
      expect(decided).toEqual([{ keys: ['invoices:A'], choice: 'entered', number: 'SI.1', reason: 'dicatat Dewi' }]),
    );
    expect(await screen.findByTestId('inbox-empty')).toBeVisible();
  });

  it('sends rows past what holds them, once the decision is kept', async () => {
    const backend = with_(fake(), 'maybe_in_accurate', 'invoices', { number: 'SI.1', date: '2026-11-12' }, [
      'send',
      'entered',
      'never',
    ]);
    const done: unknown[] = [];
    const view = await backend.inbox();
    backend.decideRows = async (input) => {
      done.push([input.choice, input.keys, input.number]);
      return view;
    };
    backend.inboxRetry = async (_cause, keys) => {
      done.push(keys);
      return { syncs: [] };
    };
    const user = await open(backend);
    await user.click(await screen.findByTestId('inbox-send'));
    await user.type(await screen.findByTestId('inbox-decide-reason'), 'pelanggan lain{Enter}');
    const keys = ['invoices:A', 'invoices:B'];
    await waitFor(() => expect(done).toEqual([['send', keys, null], keys]));
  });

  it('offers to send past a hold only where the next plan follows it', async () => {
    await open(with_(fake(), 'number_taken', 'invoices', { number: 'A' }, ['entered', 'never']));
    await screen.findAllByTestId('inbox-rows-row');
    expect(screen.queryByTestId('inbox-send')).toBeNull();
    expect(screen.getByTestId('inbox-already').textContent).toContain('Sudah ada di Accurate');
  });

  it('changes an inactive account in place, saves it and plans again', async () => {
    const backend = with_(fake('?fake=drift'), 'account_inactive', 'opening-stock', { account: '110.104' });
    const order: string[] = [];
    const save = backend.saveMapping.bind(backend);
    backend.saveMapping = async (mapping) => {
      order.push(`save ${mapping.stores.find((store) => store.forstok_store_id === 13)?.bank_account_id}`);
      return save(mapping);
    };
    backend.inboxRetry = async (cause) => {
      order.push(`retry ${cause}`);
      return { syncs: [] };
    };
    const user = await open(backend);
    await user.click(await screen.findByTestId('inbox-map-stores-13-bank-account-id'));
    await user.click(await screen.findByTestId('inbox-map-stores-13-bank-account-id-option-74'));
    await user.click(screen.getByTestId('inbox-retry'));
    await waitFor(() => expect(order).toEqual(['save 74', 'retry account_inactive']));
  });

  it('offers only the places that a cause is about, and the screen where there are none', async () => {
    const asked = (path: (slot: SlotView) => boolean) => {
      const backend = with_(fake('?fake=drift'), 'customer_number_equal', 'invoices', { number: '13', customer: 'PT' });
      const mapping = backend.mapping.bind(backend);
      backend.mapping = async (refresh) => {
        const view = await mapping(refresh);
        const question = { code: 'customer_number_equal', params: {} };
        const slots = view.slots.map((slot) => (path(slot) ? { ...slot, chosen: null, question } : slot));
        return { ...view, slots };
      };
      return backend;
    };
    await open(asked(() => false));
    // An account is lost in this mapping, and it is no way on for a customer.
    await screen.findByTestId('inbox-go');
    expect(screen.queryByTestId('inbox-map-row')).toBeNull();
    cleanup();
    await open(asked((slot) => slot.path === 'stores.13.customer_id'));
    await screen.findByTestId('inbox-map-stores-13-customer-id');
    expect(screen.getAllByTestId('inbox-map-row')).toHaveLength(1);
    expect(screen.queryByTestId('inbox-go')).toBeNull();
  });

  it('opens the queue where a SKU cause is decided', async () => {
    await open(with_(fake(), 'same_name_other_code', 'items', { item_no: 'X' }));
    expect((await screen.findByTestId('inbox-go')).getAttribute('href')).toBe('#/skus/name_conflict');
  });

  it('says when nothing waits, and when that was looked at', async () => {
    const backend = fake();
    backend.inbox = async () => ({ causes: [] });
    await open(backend);
    expect((await screen.findByTestId('inbox-empty')).textContent).toContain('Tidak ada yang menunggu Anda');
    await waitFor(() => expect(screen.getByTestId('inbox-empty').textContent).toContain('Terakhir diperiksa'));
    expect(await violations()).toEqual([]);
  });

  it('shows what was refused when it cannot be read', async () => {
    const backend = fake();
    await open(backend);
    await screen.findAllByTestId('inbox-cause');
    backend.inbox = async () => {
      throw new BackendError({ code: 'storage', params: {} });
    };
    await userEvent.click(screen.getByTestId('inbox-read'));
    expect(await screen.findByTestId('error-storage')).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});
