/** Where the money of sales stands: an order's waterfall, the reconciliation, a month, a comparison, and the files that they need. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import en from '../messages/en.json';
import id from '../messages/id.json';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { BackendError, type Backend, type ImportInput, type WaterfallBarView } from '../src/lib/backend/types';
import { channels } from '../src/lib/channels';
import { equal, sum } from '../src/lib/decimal';
import { locale } from '../src/lib/i18n/locale.svelte';
import { FileImport } from '../src/lib/state/import.svelte';
import {
  drawBars,
  isOpen,
  mayBeOrder,
  monthsBefore,
  orderAddress,
  orderOf,
  todayInJakarta,
} from '../src/lib/state/money.svelte';
import { route, type Screen } from '../src/lib/state/route.svelte';
import { Session } from '../src/lib/state/session.svelte';
import { violations } from './accessible';

const fake = (search = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });
const ALL = { sort: null, down: false, after: null, at: null, limit: 0 };
const QUERY = { store: null, month: null, cause: null, search: null, refresh: false, page: ALL };

async function open(to: Screen, place: string, backend: Backend = fake()) {
  route.clear();
  route.go(to, place);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return { user, press: async (id: string) => user.click((await screen.findAllByTestId(id))[0] as HTMLElement) };
}

beforeEach(() => locale.set('id'));

const bar = (code: string, level: boolean, amount: string, running: string): WaterfallBarView => ({
  code,
  level,
  amount,
  running,
  account: null,
  booked: 'invoice',
});

describe('the words of money', () => {
  const rust = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../src-tauri/crates/app/messages/id.json'), 'utf8'),
  ) as { words: Record<string, string> };
  const codes = (group: string) =>
    Object.keys(rust.words).flatMap((key) => (key.startsWith(`${group}.`) ? [key.slice(group.length + 1)] : []));
  const lacking = (keys: string[]) => keys.filter((key) => !(key in id) || !(key in en));

  it('are there for every cause with what to do about it, every bar, booking and agreement of the engine', () => {
    expect(codes('cause').length).toBeGreaterThan(20);
    expect(lacking(codes('cause').flatMap((code) => [`money_${code}`, `money_do_${code}`]))).toEqual([]);
    for (const group of ['bar', 'booked', 'agreement'])
      expect(lacking(codes(group).map((code) => `${group}_${code}`))).toEqual([]);
  });
  it('have a place where each open cause is put right, and none for the others', async () => {
    const { causes } = await fake().reconciliation(QUERY);
    expect(causes.filter((cause) => cause.open !== isOpen(cause.cause)).map((cause) => cause.cause)).toEqual([]);
  });
});

describe('a waterfall', () => {
  it('draws a level from nothing, and any other bar from the figure before it', () => {
    const { bars, zero } = drawBars([
      bar('goods', true, '100', '100'),
      bar('service_fee', false, '-25', '75'),
      bar('platform_rebate', false, '5', '80'),
      bar('payout', true, '80', '80'),
    ]);
    expect(zero).toBe(0);
    expect(bars.map(({ x, width, down }) => [x, width, down])).toEqual([
      [0, 100, false],
      [75, 25, true],
      [75, 5, false],
      [0, 80, false],
    ]);
  });
  it('keeps nothing in sight where a payout takes more than there was', () => {
    const { bars, zero } = drawBars([bar('invoice', true, '50', '50'), bar('returned', false, '-100', '-50')]);
    expect([zero, bars[1]]).toEqual([50, { x: 0, width: 100, down: true }]);
  });
  it('draws nothing of nothing without dividing by it', () => {
    expect(drawBars([bar('goods', true, '0', '0')]).bars).toEqual([{ x: 0, width: 0, down: false }]);
    expect(drawBars([])).toEqual({ bars: [], zero: 0 });
  });
  it('adds up in every order of the story', async () => {
    const backend = fake();
    for (const order of ['SO-48213017', '48213042', 'SO-48213151']) {
      const { bars } = await backend.orderSheet(order, false);
      let running = '0';
      for (const one of bars) {
        running = one.level ? (one === bars[0] ? one.running : running) : sum([running, one.amount]);
        expect(equal(running, one.running), `${order} ${one.code}`).toBe(true);
      }
    }
  });
});

describe('months, days and addresses', () => {
  it('count months backwards over a year', () => {
    expect(monthsBefore('2026-02-22', 4)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11']);
  });
  it('take the day of the shop, not of the computer', () => {
    expect(todayInJakarta(Date.parse('2026-11-30T18:00:00Z'))).toBe('2026-12-01');
  });
  it('tell an order from a SKU', () => {
    expect(orderOf(orderAddress('INV/2026/1'))).toBe('INV/2026/1');
    expect([orderOf('KOPI-GAYO-250'), orderOf(null)]).toEqual([null, null]);
    expect([mayBeOrder('SO-48213017'), mayBeOrder('kopi gayo'), mayBeOrder('12')]).toEqual([true, false, false]);
  });
});

describe('an order', () => {
  it('is found by typing its number, and taken apart', async () => {
    const { user } = await open('explain', '');
    await user.type(screen.getByTestId('explain-search'), 'SO-48213017');
    await user.click(await screen.findByTestId('explain-option-order'));
    await waitFor(() => expect(route.current).toEqual({ screen: 'explain', id: 'order:SO-48213017' }));
    await screen.findByTestId('order-head');
    const bars = screen.getAllByTestId('waterfall-bar');
    expect(bars[0]).toHaveTextContent('Dibayar pembeli');
    expect(bars.at(-1)).toHaveTextContent('Pencairan');
    expect(bars.find((one) => one.dataset['code'] === 'service_fee')).toHaveTextContent('Dibukukan berbeda');
    expect(screen.getByTestId('order-cause')).toHaveTextContent('Jumlah berbeda');
    expect(screen.getByTestId('order-documents')).toHaveTextContent('Penerimaan');
    expect(await violations()).toEqual([]);
  });
  it('says why its invoice is held, and leads to the inbox', async () => {
    await open('explain', 'order:SO-48213151');
    expect(await screen.findByTestId('order-held')).toHaveTextContent('ditahan');
    expect(screen.getByTestId('order-not-paid')).toBeVisible();
    const link = within(screen.getByTestId('order-journal')).getByText('buka di Perlu Anda');
    expect(link.getAttribute('href')).toBe('#/inbox/order_total_differs');
  });
  it('says when there is none of that number', async () => {
    await open('explain', 'order:TIDAK-ADA-1');
    expect(await screen.findByTestId('error-not-found')).toBeVisible();
  });
});

describe('the reconciliation', () => {
  it('shows what has to be put right first, and the rows of a chosen cause with the way out', async () => {
    const { causes } = await fake().reconciliation(QUERY);
    const { user, press } = await open('orders', 'reconciliation');
    await screen.findAllByTestId('recon-rows-row');
    const shown = screen.getAllByTestId('recon-cause');
    expect(shown.map((one) => one.dataset['code'])).toEqual(causes.map((cause) => cause.cause));
    expect(await violations()).toEqual([]);
    await user.click(shown.find((one) => one.dataset['code'] === 'not_invoiced') as HTMLElement);
    expect((await screen.findByTestId('recon-go')).getAttribute('href')).toBe('#/orders/invoices');
    const count = causes.find((cause) => cause.cause === 'not_invoiced')?.count ?? 0;
    await waitFor(() => expect(screen.getByTestId('recon-rows').getAttribute('aria-rowcount')).toBe(String(count + 1)));
    await press('recon-rows-row');
    await waitFor(() => expect(route.current?.id).toMatch(/^order:SO-\d+$/));
  });
  it('is opened by the keys: Enter on a row is its order', async () => {
    const { user } = await open('orders', 'reconciliation');
    await screen.findAllByTestId('recon-rows-row');
    screen.getByTestId('recon-rows').focus();
    await user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(route.current?.screen).toBe('explain'));
  });
  it('opens a row of no order in its place', async () => {
    const { user } = await open('orders', 'reconciliation');
    await screen.findAllByTestId('recon-cause');
    await user.click(
      screen.getAllByTestId('recon-cause').find((one) => one.dataset['code'] === 'withdrawal') as HTMLElement,
    );
    await waitFor(() => expect(screen.getAllByTestId('recon-rows-row')).toHaveLength(2));
    await user.click(screen.getAllByTestId('recon-rows-row')[0] as HTMLElement);
    expect(await screen.findByTestId('recon-row-more')).toBeVisible();
    expect(route.current?.screen).toBe('orders');
  });
  it('narrows by store, month and number, and reads anew when asked', async () => {
    const backend = fake();
    const asked: string[] = [];
    const { user, press } = await open('orders', 'reconciliation', {
      ...backend,
      reconciliation: (query) => {
        asked.push([query.store, query.month, query.search, query.refresh].join());
        return backend.reconciliation(query);
      },
    });
    await screen.findAllByTestId('recon-rows-row');
    await user.selectOptions(screen.getByTestId('recon-store'), '11');
    await waitFor(() => expect(asked.at(-1)).toBe('11,,,false'));
    await user.type(screen.getByTestId('recon-search'), '2611');
    await waitFor(() => expect(asked.at(-1)).toBe('11,,2611,false'));
    await waitFor(() => expect(screen.getByTestId('recon-refresh')).toBeEnabled());
    await press('recon-refresh');
    await waitFor(() => expect(asked.at(-1)).toBe('11,,2611,true'));
  });
  it('brings each clearing account to nothing', async () => {
    const backend = fake();
    const { clearing } = await backend.reconciliation(QUERY);
    for (const one of clearing)
      expect(sum([one.balance ?? one.expected, ...one.steps.map((step) => step.amount)]), one.account).toBe('0');
    const { press } = await open('orders', 'reconciliation', backend);
    await press('recon-part-clearing');
    expect(await screen.findAllByTestId('clearing-account')).toHaveLength(clearing.length);
    expect(await violations()).toEqual([]);
  });
  it('says how it was refused, and tries again', async () => {
    const backend = fake();
    let refused = true;
    const { press } = await open('orders', 'reconciliation', {
      ...backend,
      reconciliation: (query) =>
        refused
          ? Promise.reject(new BackendError({ code: 'no_answer', params: { side: 'accurate' } }))
          : backend.reconciliation(query),
    });
    await screen.findByTestId('error-no-answer');
    refused = false;
    await press('error-retry');
    expect((await screen.findAllByTestId('recon-rows-row')).length).toBeGreaterThan(0);
  });
});

describe('files of payouts', () => {
  it('ask for the channel first, take several columns of a fee, and say what was read', async () => {
    const backend = fake();
    const sent: ImportInput[] = [];
    const { user, press } = await open('orders', 'reconciliation', {
      ...backend,
      importFile: (input) => {
        sent.push(input);
        return backend.importFile(input);
      },
    });
    await press('recon-part-files');
    expect(screen.queryByTestId('files-file')).toBeNull();
    await user.selectOptions(await screen.findByTestId('files-channel'), '12');
    await user.upload(screen.getByTestId('files-file-input'), new File(['x'], 'pencairan.xlsx'));
    await screen.findByTestId('files-missing');
    expect(await violations()).toEqual([]);
    await user.selectOptions(screen.getByTestId('files-column-total'), 'Jumlah Dana Dilepaskan (Rp)');
    await press('files-more-service-fee');
    await user.selectOptions(await screen.findByTestId('files-column-service-fee:2'), 'Biaya Layanan');
    await press('files-columns');
    await screen.findByTestId('files-done');
    expect(sent.map((input) => [input.list, input.channel])).toEqual([
      ['settlement', 12],
      ['settlement', 12],
    ]);
    expect(sent[1]?.columns['service_fee:2']).toBe('Biaya Layanan');
  });
  it('of orders and payments are asked for only where the account offers none', async () => {
    const { press } = await open('orders', 'reconciliation');
    await press('recon-part-files');
    const list = await screen.findByTestId('files-list');
    expect([...list.querySelectorAll('option')].map((option) => option.value)).toEqual(['settlement', 'payments']);
  });
  it('keep nothing of the file before when another kind is chosen', async () => {
    const session = await Session.open(fake());
    const importing = new FileImport(session, 'settlement');
    importing.restart('settlement', 12);
    await importing.take(new File(['x'], 'a.xlsx'));
    importing.more('service_fee');
    expect(importing.fields.slice(-2)).toEqual(['service_fee', 'service_fee:2']);
    importing.restart('payments');
    expect([importing.view, importing.file, importing.fields]).toEqual([null, null, []]);
    expect([importing.channel, importing.several('service_fee')]).toEqual([null, false]);
  });
  it('say nothing of a file any more when another channel was chosen while it was read', async () => {
    const backend = fake();
    let answer = (): void => undefined;
    const held = new Promise<void>((done) => (answer = done));
    const importing = new FileImport(
      await Session.open({ ...backend, importFile: (input) => held.then(() => backend.importFile(input)) }),
      'settlement',
    );
    importing.restart('settlement', 12);
    const taking = importing.take(new File(['x'], 'a.xlsx'));
    importing.restart('settlement', 13);
    answer();
    await taking;
    expect([importing.view, importing.columns, importing.channel]).toEqual([null, {}, 13]);
  });
  it('are one step away where a plan finds none offered', async () => {
    const backend = fake();
    const refused = new BackendError({ code: 'not_offered', params: { side: 'forstok', what: 'payments' } });
    const { press } = await open('orders', 'receipts', { ...backend, plan: () => Promise.reject(refused) });
    await press('plan-make-receipts');
    await press('orders-files');
    expect(await screen.findByTestId('money-files')).toBeVisible();
  });
  it('know each channel once', () => {
    expect(new Set(channels.map((one) => one.id)).size).toBe(channels.length);
  });
});

describe('the end of a month', () => {
  it('begins with the month that is over, and shows totals, what is open and the proof', async () => {
    const backend = fake();
    const made: string[] = [];
    const { user, press } = await open('orders', 'month', {
      ...backend,
      monthEnd: async (month) => {
        made.push(month);
        const params = { account: '110102 Saldo', balance: '859000', total: '265000', received: '594000' };
        const carried = { code: 'clearing_carried_back', params: { ...params, moved: '0', withdrawn: '0' } };
        return { ...(await backend.monthEnd(month)), notes: [carried] };
      },
    });
    const months = [...(await screen.findByTestId('month-choose')).querySelectorAll('option')].map((one) => one.value);
    expect(screen.getByTestId('month-choose')).toHaveValue(months[1]);
    await user.selectOptions(screen.getByTestId('month-choose'), months[0] as string);
    await press('month-make');
    await screen.findByTestId('month-done');
    expect(made).toEqual([months[0]]);
    expect(screen.getByTestId('month-workbook')).toHaveTextContent('.xlsx');
    expect(screen.getByTestId('month-page')).toHaveTextContent('.html');
    expect(screen.getByTestId('month-hash').textContent).not.toBe('');
    for (const figure of ['265.000', '859.000', '594.000'])
      expect(screen.getByTestId('month-notes')).toHaveTextContent(figure);
    expect(await violations()).toEqual([]);
    await press('month-see');
    await waitFor(() => expect(screen.getByTestId('recon-month')).toHaveValue(months[0]));
  });
  it('has the sum of its stores as the last row', async () => {
    const { totals } = await fake().monthEnd(new Date().toISOString().slice(0, 7));
    const [all, stores] = [totals.at(-1), totals.slice(0, -1)];
    for (const field of ['ordered', 'found_total', 'received', 'paid_out', 'difference'] as const)
      expect(sum(stores.map((row) => row[field])), field).toBe(all?.[field]);
  });
});

describe('the comparison', () => {
  it('says that nothing is written, before and after, and shows what differs', async () => {
    const { user, press } = await open('orders', 'shadow');
    expect(await screen.findByTestId('shadow-begin')).toHaveTextContent('Tidak ada yang ditulis');
    expect(await violations()).toEqual([]);
    await press('shadow-make');
    await screen.findAllByTestId('shadow-rows-row');
    expect(screen.getByTestId('shadow-result')).toHaveTextContent('Tidak ada yang ditulis');
    const all = screen.getAllByTestId('shadow-rows-row').length;
    await press('shadow-filter-missing');
    expect(screen.getAllByTestId('shadow-rows-row').length).toBeLessThan(all);
    await press('shadow-filter-differs');
    await user.click(screen.getAllByTestId('shadow-rows-row')[1] as HTMLElement);
    expect(await screen.findByTestId('shadow-row-more')).toHaveTextContent('Total');
    expect(await violations()).toEqual([]);
  });
  it('writes nothing: no call but its own leaves', async () => {
    const backend = fake();
    const calls: string[] = [];
    const watched = Object.fromEntries(
      Object.entries(backend).map(([name, method]) => [
        name,
        (...args: never[]) => {
          calls.push(name);
          return (method as (...all: never[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Backend;
    const { press } = await open('orders', 'shadow', watched);
    const before = calls.length;
    await press('shadow-make');
    await screen.findAllByTestId('shadow-rows-row');
    expect([...new Set(calls.slice(before))]).toEqual(['shadow']);
  });
});
