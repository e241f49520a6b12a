import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import type { Backend } from '../src/lib/backend';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { BackendError, NO_OPTIONS, type ReasonView } from '../src/lib/backend/types';
import { route } from '../src/lib/state/route.svelte';
import { theme } from '../src/lib/state/theme.svelte';
import { violations } from './accessible';
import { late } from './late';

const quick = () => createFake({ delay: 0, tick: 0 });

/** Opens the window on an engine in memory. */
async function open(backend: Backend = quick()) {
  route.clear();
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  const press = async (id: string) => user.click((await screen.findAllByTestId(id))[0] as HTMLElement);
  return { user, press, backend };
}

const title = () => screen.getByTestId('screen-title').textContent;

/** An engine that is connected, mapped and decided, up to the first plan. */
async function prepared(existing = true): Promise<Backend> {
  const backend = quick();
  await backend.setExistingUser(existing);
  await backend.connectForstok('ratna@sinarrempah.example', 'kunci');
  await backend.connectAccurate({ client_id: 'a', client_secret: 'b', redirect_uri: null }, () => undefined);
  await backend.useDatabase(1048213);
  const view = await backend.mapping(false);
  const roles: Record<string, number | null> = {};
  for (const slot of view.slots)
    if (slot.path.startsWith('roles.')) roles[slot.path.slice(6)] = slot.suggestions[0]?.id ?? 85;
  await backend.saveMapping({
    warehouses: [195, 196, 197].map((forstok_id, index) => ({ forstok_id, accurate_id: 50 + index })),
    channel_warehouses: [],
    stores: [11, 12, 13, 14].map((id, index) => ({
      forstok_store_id: id,
      customer_id: null,
      customer_no: null,
      bank_account_id: 71 + index,
      branch_id: null,
    })),
    roles,
    tax_id: null,
    invoice_trigger: 'ready_to_ship',
    sales: null,
  });
  return backend;
}

describe('the story in the window', () => {
  it.each([
    ['at once', quick],
    ...[1, 2, 27].map((seed) => [`late and out of order, round ${seed}`, () => late(quick(), seed)] as const),
  ] as const)(
    'goes from the first question to the proof, where the engine answers %s',
    async (_, engine) => {
      const { user, press, backend } = await open(engine());
      await press('welcome-existing');
      await press('welcome-next');
      await user.type(await screen.findByTestId('connect-forstok-email'), 'ratna@sinarrempah.example');
      await user.type(screen.getByTestId('connect-forstok-key'), 'kunci');
      await press('connect-forstok-submit');
      await user.type(await screen.findByTestId('connect-client-id'), 'id');
      await user.type(screen.getByTestId('connect-client-secret'), 'rahasia');
      await press('connect-accurate-submit');
      expect((await screen.findByTestId('connect-missing')).textContent).toContain(
        'Penyesuaian persediaan, simpan item_adjustment_save: menghalangi mencatat stok awal',
      );
      await press('connect-next');
      await press('database-choice-1048213');
      await press('database-use');
      await press('mapping-take-sure');
      for (const path of ['stores-14-bank-account-id', 'roles-shipping-difference', 'roles-service-fee'])
        await press(`map-accept-${path}`);
      await user.click(screen.getByTestId('map-roles-platform-fulfillment-fee'));
      await press('map-roles-platform-fulfillment-fee-option-85');
      await press('mapping-save');
      await waitFor(() => expect(title()).toBe('Gudang Forstok dan Accurate'));
      await press('map-accept-warehouses-195');
      await press('map-accept-warehouses-196');
      await press('map-accept-warehouses-197');
      await press('mapping-save');
      await waitFor(() => expect(title()).toBe('SKU'));
      while (screen.queryByTestId('sku-next') === null) {
        await waitFor(() =>
          expect(screen.queryByTestId('sku-source') ?? screen.queryByTestId('sku-next')).not.toBeNull(),
        );
        if (screen.queryByTestId('sku-next')) break;
        await press('sku-skip');
      }
      // What has no code is mended in Forstok, not here.
      await backend.resolveSkus([{ sku: '', decision: 'skip', target: null }]);
      await press('sku-next');
      await press('plan-make');
      expect((await screen.findByTestId('plan-apply')).textContent?.trim()).toMatch(
        /^Kirim \d+ barang ke PT Sinar Rempah Nusantara$/,
      );
      await press('plan-apply');
      const checked = await screen.findByTestId('receipt-checked');
      expect(checked.textContent).toBe(
        `${screen.getByTestId('receipt-posted').textContent} dari ${screen.getByTestId('receipt-posted').textContent}`,
      );
      expect(screen.getByTestId('receipt').dataset['status']).toBe('proven');
      await press('run-next');
      await press('plan-make');
      // A first fill is no brake.
      await press('plan-apply');
      await screen.findByTestId('receipt-checked');
      await press('run-next');
      await press('plan-make');
      expect((await screen.findByTestId('again-writes')).textContent).toBe('0');
      expect(screen.getByTestId('again-exports').textContent).toContain('Export');
    },
    60_000,
  );

  it('leads on from a run only when it knows what comes next', async () => {
    const backend = await prepared();
    const { press } = await open(backend);
    route.go('items');
    await press('plan-make');
    let know = (): void => undefined;
    const known = new Promise<void>((resolve) => (know = resolve));
    const appView = backend.appView.bind(backend);
    const proven = vi.spyOn(backend, 'prove');
    vi.spyOn(backend, 'appView').mockImplementation(() => known.then(appView));
    await press('plan-apply');
    await waitFor(() => expect(proven).toHaveBeenCalled());
    await proven.mock.results[0]?.value;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(screen.queryByTestId('run-next')).toBeNull();
    know();
    expect((await screen.findByTestId('run-next')).textContent).not.toContain('Barang');
  });

  it('asks by name before a plan that the engine brakes, and sends the name with it', async () => {
    const backend = createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=braked') });
    const sent = vi.spyOn(backend, 'apply');
    const { press, user } = await open(backend);
    route.go('stock');
    await press('plan-make');
    expect(await screen.findByTestId('plan-apply')).toBeDisabled();
    expect(screen.getByTestId('plan-ask-rise')).toBeInTheDocument();
    await user.clear(screen.getByTestId('plan-brake'));
    await user.type(screen.getByTestId('plan-brake'), '10');
    await user.tab();
    expect((await screen.findByTestId('plan-ask-changes')).textContent).toContain('di atas batas 10');
    await press('plan-confirm');
    expect(screen.getByTestId('plan-apply')).toBeEnabled();
    await press('plan-apply');
    await waitFor(() => expect(sent).toHaveBeenCalled());
    expect(sent.mock.calls[0]?.[1]).toEqual(['rise', 'changes']);
    expect((await screen.findAllByTestId('receipt-passed'))[0]?.textContent).toContain(
      'Rem dilewati: Stok yang ditawarkan naik',
    );
  });

  it('leads from a brake that a retry has met to the plan that asks', async () => {
    const backend = createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=home,braked') });
    const { plan } = await backend.plan('stock', NO_OPTIONS, () => undefined);
    vi.spyOn(backend, 'inboxRetry').mockRejectedValue(
      new BackendError({
        code: 'brake',
        params: { plan, kind: 'stock', brakes: 'rise', rise: '31', rise_limit: '20' },
      }),
    );
    const { press, user } = await open(backend);
    route.go('inbox');
    await press('inbox-retry');
    await screen.findByTestId('error-brake');
    await user.click(screen.getByTestId('error-go'));
    expect(await screen.findByTestId('plan-ask-rise')).toBeInTheDocument();
  });

  it('tells a wrong key in plain words and keeps what was typed', async () => {
    const { user, press } = await open();
    await press('welcome-next');
    await user.type(await screen.findByTestId('connect-forstok-email'), 'a@b.example');
    await user.type(screen.getByTestId('connect-forstok-key'), 'salah');
    await press('connect-forstok-submit');
    expect((await screen.findByTestId('error-wrong-forstok-key')).textContent).toBe(
      'Forstok menolak email atau kunci ini.',
    );
    expect(screen.getByTestId('connect-forstok-email')).toHaveValue('a@b.example');
  });

  it('has the opening stock among the steps of a new user only', async () => {
    await open(await prepared(false));
    expect(screen.getByTestId('step-opening-stock')).toBeInTheDocument();
    expect(screen.getByTestId('step-orders').dataset['state']).toBe('blocked');
  });

  it('offers no choice of a database that cannot be used, and says why', async () => {
    await open(await prepared());
    route.go('database');
    const off = await screen.findByTestId('database-off-962150');
    expect(off.textContent).toContain('Langganannya sudah berakhir');
    expect(screen.queryByTestId('database-choice-962150')).toBeNull();
  });

  it('pulls nobody back who has gone elsewhere while a chosen database is still read', async () => {
    const backend = await prepared();
    const { press } = await open(backend);
    route.go('database');
    await press('database-choice-1048213');
    let answer = () => {};
    const read = new Promise<void>((done) => (answer = done));
    const appView = backend.appView.bind(backend);
    const asked = vi.spyOn(backend, 'appView').mockImplementation(() => read.then(appView));
    await press('database-use');
    await waitFor(() => expect(asked).toHaveBeenCalled());
    route.go('runs');
    answer();
    await waitFor(() => expect(asked.mock.settledResults.map((one) => one.type)).toEqual(['fulfilled']));
    await new Promise((done) => setTimeout(done, 50));
    expect(route.current?.screen).toBe('runs');
  });

  it('turns every text to English at once', async () => {
    const { press } = await open();
    await press('lang-en');
    expect(title()).toBe('Do you use Accurate already?');
    expect(document.documentElement.lang).toBe('en');
    await press('lang-id');
    expect(title()).toBe('Sudah memakai Accurate?');
  });
});

/** The same, and the items sent and proven: stock may follow. */
async function itemsSent(existing = true): Promise<Backend> {
  const backend = await prepared(existing);
  const nothing = () => undefined;
  const options = NO_OPTIONS;
  const run = await backend.apply((await backend.plan('items', options, nothing)).plan, [], nothing);
  await backend.prove(run.run, nothing);
  return backend;
}

describe('what a person sees of a plan', () => {
  it('a stock document holds figures and names, no ids and nothing "empty"', async () => {
    const backend = await itemsSent();
    const { press } = await open(backend);
    route.go('stock');
    await press('plan-make');
    await press('plan-open');
    const [row] = await screen.findAllByTestId('plan-table-row');
    expect([...(row?.querySelectorAll('td.num') ?? [])].map((cell) => cell.textContent?.trim())).toEqual([
      '7',
      '8',
      '+1',
    ]);
    const document = await screen.findByTestId('plan-document');
    expect([...document.querySelectorAll('dt')].map((label) => label.textContent)).toEqual([
      'SKU',
      'Gudang',
      'Stok',
      'Alasan',
    ]);
  });
  it('says what a brake asks by name, warns when stock falls to nothing, and forgets the answer with a new limit', async () => {
    const backend = createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=braked') });
    const plan = backend.plan.bind(backend);
    const head = backend.planHead.bind(backend);
    const notes: ReasonView[] = [
      { code: 'stock_moves', params: { before: '100', after: '121' } },
      { code: 'stock_emptied', params: { count: '2' } },
    ];
    backend.plan = async (...asked) => ({ ...(await plan(...asked)), notes });
    const { press, user } = await open(backend);
    route.go('stock');
    await press('plan-make');
    expect((await screen.findByTestId('plan-ask-rise')).textContent?.trim()).toMatch(
      /^Stok yang ditawarkan naik [\d.,]+ %, di atas batas 20 %\.$/,
    );
    expect(screen.getAllByTestId('plan-note').map((note) => note.textContent?.trim())).toEqual(['2 stok menjadi 0.']);
    await press('plan-confirm');
    expect(screen.getByTestId('plan-apply')).toBeEnabled();
    const limit = screen.getByTestId('plan-brake-rise');
    await user.clear(limit);
    await user.type(limit, '10');
    await user.tab();
    expect(screen.getByTestId('plan-apply')).toBeDisabled();
    await user.clear(limit);
    await user.type(limit, '1000');
    await user.tab();
    await waitFor(() => expect(screen.queryByTestId('plan-ask-rise')).toBeNull());
    // What is asked is the engine's to say: the window has no rule of its own.
    backend.planHead = async (asked) => ({ ...(await head(asked)), brakes: [] });
    const changes = screen.getByTestId('plan-brake');
    await user.clear(changes);
    await user.type(changes, '1');
    await user.tab();
    await waitFor(() => expect(screen.queryByTestId('plan-asks')).toBeNull());
    expect(screen.getByTestId('plan-apply')).toBeEnabled();
  });
  it('an undo says what is taken back, what stays, what is held and why, and its button names the company', async () => {
    const backend = createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=undo') });
    const { press } = await open(backend);
    route.go('plan', 'undo-1');
    expect((await screen.findByTestId('plan-apply')).textContent?.trim()).toMatch(
      /^Batalkan \d+ barang di PT Sinar Rempah Nusantara$/,
    );
    const scope = screen.getByTestId('plan-scope');
    expect(scope.textContent).toMatch(/\d+ barang yang dibuat proses itu dihapus dari Accurate\./);
    expect(await screen.findByTestId('plan-held')).toBeInTheDocument();
    expect(scope.textContent).not.toContain('Alasan lain');
    await press('plan-save');
    expect((await screen.findByTestId('plan-saved')).textContent?.trim()).toMatch(/^Tersimpan: .+\.xlsx$/);
    expect(await violations()).toEqual([]);
    await press('plan-apply');
    await screen.findByTestId('receipt');
    expect((await backend.runs()).runs.find((run) => run.run === 'r1')?.undone_by).not.toBeNull();
  });
});

describe('what the engine keeps of the window', () => {
  it('language and look come from there at the start, and go there when they are changed', async () => {
    const backend = quick();
    await backend.setSetting('language', 'en');
    await backend.setSetting('theme', 'dark');
    const { press } = await open(backend);
    expect([title(), document.documentElement.dataset['theme']]).toEqual(['Do you use Accurate already?', 'dark']);
    await press('lang-id');
    await waitFor(async () => expect((await backend.appView()).settings['language']).toBe('id'));
    theme.set('system');
  });
  it('the address in use stands in the settings, and is wrong only once it was changed to something wrong', async () => {
    const backend = await prepared();
    const { user, press } = await open(backend);
    route.go('settings');
    const field = await screen.findByTestId('settings-redirect');
    expect(field).toHaveValue('http://localhost:47113/callback');
    expect(field).not.toHaveAttribute('aria-invalid');
    await user.clear(field);
    await user.type(field, 'https://contoh.example/callback');
    expect(field).toHaveAttribute('aria-invalid', 'true');
    expect(screen.getByTestId('settings-redirect-save')).toBeDisabled();
    await user.clear(field);
    await user.type(field, 'http://127.0.0.1:8765/kembali');
    expect(field).not.toHaveAttribute('aria-invalid');
    await press('settings-redirect-save');
    await waitFor(() => expect(screen.getByTestId('settings-redirect-save')).toBeDisabled());
    await waitFor(async () =>
      expect((await backend.appView()).settings['redirect_uri']).toBe('http://127.0.0.1:8765/kembali'),
    );
  });
});

describe('every screen', () => {
  const done = () => itemsSent(false);
  const screens = [
    'welcome',
    'connect',
    'database',
    'accounts',
    'warehouses',
    'skus',
    'items',
    'opening-stock',
    'stock',
    'items-again',
    'run',
    'runs',
    'inbox',
    'home',
    'settings',
  ] as const;
  it.each(screens)('%s has a name, and axe finds nothing', async (name) => {
    await open(await done());
    route.go(name);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(title()).not.toBe('');
    expect(await violations()).toEqual([]);
  });
  it('a plan with an open document and a finished run are clean too', async () => {
    const backend = await done();
    const { press } = await open(backend);
    route.go('opening-stock');
    await press('opening-source-forstok');
    await press('opening-cost-forstok');
    expect(await violations()).toEqual([]);
    await press('plan-make');
    await press('plan-open');
    await screen.findByTestId('plan-document');
    expect(await violations()).toEqual([]);
    route.go('run', 'r1');
    await screen.findByTestId('run-rows');
    expect(await violations()).toEqual([]);
  });
});
