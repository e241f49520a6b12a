/** What stands round every screen: rail, band, search, keys, tour, a service that is away, a run that goes on. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BackendError, type AppView, type Backend, type ProgressView, type RunView } from '../src/lib/backend';
import { NO_OPTIONS } from '../src/lib/backend/types';
import { createFake } from '../src/lib/backend/fake';
import { scenarioOf } from '../src/lib/backend/fake/scenario';
import { locale } from '../src/lib/i18n/locale.svelte';
import { Planning } from '../src/lib/state/plan.svelte';
import { fitting } from '../src/lib/state/palette.svelte';
import { route, type Screen } from '../src/lib/state/route.svelte';
import { Session } from '../src/lib/state/session.svelte';
import { theme } from '../src/lib/state/theme.svelte';
import { tour } from '../src/lib/state/tour.svelte';
import Frame from '../src/screens/Frame.svelte';
import { violations } from './accessible';

const fake = (address = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(address) });

async function open(backend: Backend, at?: Screen) {
  if (at) route.go(at);
  else route.clear();
  const session = await Session.open(backend);
  render(Frame, { session });
  await tick();
  return session;
}
const links = () =>
  within(screen.getByTestId('rail'))
    .getAllByRole('link')
    .map((link) => link.dataset['testid']);

beforeEach(() => {
  locale.set('id');
  theme.setTextSize('100');
  tour.show();
});

describe('Rail', () => {
  it('is the set-up until stock was sent, each step with its state in words', async () => {
    await open(fake('?fake=fresh'));
    expect(screen.getByRole('heading', { name: 'Penyiapan' })).toBeInTheDocument();
    expect(screen.getByTestId('step-accounts')).toHaveAccessibleName(/terhalang/);
    expect(screen.queryByTestId('nav-explain')).toBeNull();
  });
  it('is the home afterwards: its first screen, every sync with its age, and what needs a person', async () => {
    const session = await open(fake());
    expect(screen.getByTestId('screen-title').textContent).toMatch(/\d{4}/);
    expect(links()).toEqual(
      [
        'home',
        'inbox',
        'runs',
        'items',
        'stock',
        'orders',
        'accounts',
        'warehouses',
        'skus',
        'explain',
        'settings',
      ].map((id) => `nav-${id}`),
    );
    expect(screen.getByTestId('nav-home')).toHaveAttribute('aria-current', 'page');
    expect(screen.getByTestId('nav-stock')).toHaveTextContent(/lalu$/);
    expect(within(screen.getByTestId('nav-inbox')).getByText(String(session.inbox))).toBeInTheDocument();
  });
});

describe('Search', () => {
  it('opens with Ctrl K, passes axe, finds a screen and goes there', async () => {
    const user = userEvent.setup();
    await open(fake());
    await user.keyboard('{Control>}k{/Control}');
    const input = await screen.findByTestId('palette-input');
    expect(await violations(screen.getByTestId('palette'))).toEqual([]);
    await user.type(input, 'perlu');
    expect(screen.getAllByRole('option').map((one) => one.textContent?.trim())).toEqual(['Perlu Anda']);
    await user.click(screen.getByTestId('palette-screen-inbox'));
    expect(route.current?.screen).toBe('inbox');
  });
  it('finds a SKU in the engine and explains it', async () => {
    const user = userEvent.setup();
    const backend = fake();
    const skus = vi.spyOn(backend, 'skus');
    await open(backend, 'settings');
    await user.click(screen.getByTestId('band-search'));
    await user.type(await screen.findByTestId('palette-input'), 'kopi-gayo');
    const found = await screen.findByTestId('palette-sku-KOPI-GAYO-250');
    expect(skus.mock.calls.map(([query]) => [query.search, query.page.limit])).toEqual([['kopi-gayo', 8]]);
    await user.click(found);
    expect(route.current).toEqual({ screen: 'explain', id: 'KOPI-GAYO-250' });
  });
  it('says when nothing matches', async () => {
    const user = userEvent.setup();
    await open(fake(), 'settings');
    await user.click(screen.getByTestId('band-search'));
    await user.type(await screen.findByTestId('palette-input'), 'zzzz');
    expect(await screen.findByText('Tidak ada yang cocok dengan “zzzz”.')).toBeInTheDocument();
  });
  it('wants every word in the title or beside it', () => {
    const list = ['Sinkron stok…', 'Stok'].map((title) => ({
      id: title,
      icon: 'box' as const,
      title,
      go: () => undefined,
    }));
    expect(fitting(list, 'stok sin').map((one) => one.title)).toEqual(['Sinkron stok…']);
  });
});

describe('Keys', () => {
  it('are shown by ? for the screen in sight, not while a person types', async () => {
    const user = userEvent.setup();
    await open(fake(), 'settings');
    await user.type(screen.getByTestId('settings-redirect'), '?');
    expect(screen.queryByTestId('keys')).toBeNull();
    (document.activeElement as HTMLElement).blur();
    await user.keyboard('?');
    expect(await screen.findByTestId('keys')).toHaveTextContent('Di semua layar');
    expect(screen.queryByText('Di tabel')).toBeNull();
    expect(await violations(screen.getByTestId('keys'))).toEqual([]);
  });
});

describe('Sample data', () => {
  it('is marked on every screen, with a hint, a next stop and one way out', async () => {
    const user = userEvent.setup();
    const backend = fake('?fake=fresh');
    await backend.startSandbox(true);
    const session = await open(backend, 'connect');
    expect(screen.getByTestId('sample')).toHaveTextContent('tidak ada yang nyata, tidak ada yang terkirim');
    expect(screen.getByTestId('tour')).toHaveTextContent(/^2 dari \d+/);
    expect(screen.getByTestId('tour-next')).toHaveAttribute('href', '#/database');
    expect(await violations(screen.getByTestId('sample'))).toEqual([]);
    await user.click(screen.getByTestId('tour-hide'));
    expect(screen.queryByTestId('tour')).toBeNull();
    await user.click(screen.getByTestId('tour-show'));
    expect(screen.getByTestId('tour')).toBeInTheDocument();
    await user.click(screen.getByTestId('sandbox-leave'));
    await vi.waitFor(() => expect(screen.queryByTestId('sample')).toBeNull());
    expect(session.view.sandbox).toBe(false);
  });
  it('has a hint for each stop of the tour', async () => {
    const backend = fake('?fake=fresh');
    await backend.startSandbox(false);
    await open(backend, 'welcome');
    const stops: string[] = [];
    for (let next = screen.queryByTestId('tour-next'); next; next = screen.queryByTestId('tour-next')) {
      stops.push(next.getAttribute('href') ?? '');
      route.go((next.getAttribute('href') ?? '').slice(2) as Screen);
      await tick();
      expect(screen.getByTestId('tour')).toBeInTheDocument();
    }
    expect(stops).toHaveLength(15);
    expect(stops).toContain('#/orders');
  });
});

describe('A service that is away', () => {
  it('is said once under the band, and a second try reads the screen anew', async () => {
    const user = userEvent.setup();
    const backend = fake();
    const runs = vi
      .spyOn(backend, 'runs')
      .mockRejectedValueOnce(new BackendError({ code: 'offline', params: { side: 'accurate' } }));
    await open(backend, 'runs');
    expect(await screen.findByTestId('offline')).toHaveTextContent('Tidak ada sambungan ke Accurate.');
    await user.click(screen.getByTestId('offline-retry'));
    await vi.waitFor(() => expect(screen.queryByTestId('error-offline')).toBeNull());
    expect(screen.queryByTestId('offline')).toBeNull();
    await vi.waitFor(() => expect(runs.mock.calls.length).toBeGreaterThan(1));
  });
});

describe('What the engine says of the company', () => {
  it('is taken in the order in which it was asked', async () => {
    const session = await Session.open(fake());
    const { view } = session;
    const named = (place: string): AppView => ({ ...view, data_dir: place });
    let first: (view: AppView) => void = () => undefined;
    const early = session.learn(new Promise((done) => (first = done)));
    await session.learn(Promise.resolve(named('later')));
    expect(session.view.data_dir).toBe('later');
    first(named('earlier'));
    await early;
    expect(session.view.data_dir).toBe('later');
  });
});

describe('A run that goes on', () => {
  it('is taken up when the window opens, and shown in the band until it ends', async () => {
    const backend = fake();
    const head = (await backend.runs()).runs[0] as RunView;
    let tell: (progress: ProgressView) => void = () => undefined;
    let end: (run: RunView) => void = () => undefined;
    vi.spyOn(backend, 'runs').mockResolvedValue({ runs: [{ ...head, state: 'running' }], chain_whole: true });
    vi.spyOn(backend, 'watchRun').mockImplementation((onProgress) => {
      tell = onProgress;
      return new Promise((done) => (end = done));
    });
    const session = await open(backend, 'settings');
    await vi.waitFor(() => expect(backend.watchRun).toHaveBeenCalled());
    tell({ phase: 'sending', done: 42, total: 100, rate: 7, seconds_left: 8, counts: null });
    expect(await screen.findByTestId('band-running')).toHaveTextContent('42 %');
    expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '42');
    expect(session.running.since).not.toBeNull();
    end(head);
    await vi.waitFor(() => expect(screen.queryByTestId('band-running')).toBeNull());
    expect(session.running.run).toEqual(head);
  });

  it('is let go of when the engine says late that there is none, and does not stand in the way of another', async () => {
    const backend = fake();
    let none: () => void = () => undefined;
    vi.spyOn(backend, 'watchRun').mockImplementation(() => new Promise((done) => (none = () => done(null))));
    const session = await open(backend, 'settings');
    await vi.waitFor(() => expect(session.running.busy).toBe(true));
    none();
    await vi.waitFor(() => expect(session.running.busy).toBe(false));
    expect(session.running.error).toBeNull();
  });

  it('is not let go of when a person began it before the engine has said that none went on', async () => {
    const backend = fake();
    let none: () => void = () => undefined;
    vi.spyOn(backend, 'watchRun').mockImplementation(() => new Promise((done) => (none = () => done(null))));
    const plan = await backend.plan('stock', NO_OPTIONS, () => undefined);
    vi.spyOn(backend, 'apply').mockImplementation(() => new Promise(() => undefined));
    const session = await open(backend, 'settings');
    void session.running.send(plan, []);
    none();
    await new Promise((done) => setTimeout(done, 50));
    expect(session.running.phase).toBe('sending');
  });
});

describe('Settings', () => {
  it('keep the size of text and the brakes with the engine', async () => {
    const user = userEvent.setup();
    const session = await open(fake(), 'settings');
    await user.click(screen.getByTestId('settings-text-200'));
    expect(document.documentElement.dataset['text']).toBe('200');
    await user.clear(screen.getByTestId('settings-brake-changes'));
    await user.type(screen.getByTestId('settings-brake-changes'), '50');
    await user.click(screen.getByTestId('settings-brake-save'));
    await vi.waitFor(() => expect(session.view.settings['brake_rise']).toBe('20'));
    expect(session.view.settings['brake_changes']).toBe('50');
    expect(session.view.settings['brake_fall']).toBe('20');
    expect(new Planning(session, 'stock').brakes.changes.value).toBe(50);
    expect(session.view.settings['text_size']).toBe('200');
    expect(await violations(document.querySelector('main') as Element)).toEqual([]);
  });
  it('refuse a brake that is no number', async () => {
    const user = userEvent.setup();
    await open(fake(), 'settings');
    await user.clear(screen.getByTestId('settings-brake-rise'));
    await user.type(screen.getByTestId('settings-brake-rise'), '0');
    expect(screen.getByTestId('settings-brake-rise')).toHaveAccessibleDescription(
      'Tulis bilangan bulat dari 1 sampai 1.000.',
    );
    expect(screen.getByTestId('settings-brake-save')).toBeDisabled();
  });
});
