/** Several companies on one computer: the band's menu, the settings, the search; what belongs to one is not taken to another. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BackendError } from '../src/lib/backend';
import { createFake } from '../src/lib/backend/fake';
import { scenarioOf } from '../src/lib/backend/fake/scenario';
import { nameWrong } from '../src/lib/companies';
import { locale } from '../src/lib/i18n/locale.svelte';
import { route, type Screen } from '../src/lib/state/route.svelte';
import { Session } from '../src/lib/state/session.svelte';
import Frame from '../src/screens/Frame.svelte';
import { violations } from './accessible';

const fake = (address = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(address) });

async function open(backend = fake(), at?: Screen) {
  if (at) route.go(at);
  else route.clear();
  const session = await Session.open(backend);
  render(Frame, { session });
  await tick();
  return session;
}

beforeEach(() => locale.set('id'));

describe("The band's menu", () => {
  it('names the companies, ticks the open one, passes axe and opens another by keys alone', async () => {
    const user = userEvent.setup();
    const session = await open();
    expect(screen.getByTestId('band-company')).toHaveTextContent('PT Sinar Rempah Nusantara');
    screen.getByTestId('company-menu').focus();
    await user.keyboard('{Enter}');
    const list = await screen.findByTestId('company-list');
    const names = within(list).getAllByRole('menuitemradio');
    expect(
      names.map((one) => [one.textContent?.replace(/\s+/g, ' ').trim(), one.getAttribute('aria-checked')]),
    ).toEqual([
      ['Perusahaan pertama PT Sinar Rempah Nusantara', 'true'],
      ['Toko Melati', 'false'],
    ]);
    expect(await violations(list)).toEqual([]);
    await vi.waitFor(() => expect(names[0]).toHaveFocus());
    await user.keyboard('{ArrowDown}{Enter}');
    await vi.waitFor(() => expect(session.company.name).toBe('Toko Melati'));
    await vi.waitFor(() => expect(screen.getByTestId('band-company')).toHaveTextContent('Toko Melati'));
    await vi.waitFor(() => expect(screen.queryByTestId('company-list')).toBeNull());
  });
  it('leads to the name of a new one', async () => {
    const user = userEvent.setup();
    await open();
    await user.click(screen.getByTestId('company-menu'));
    await user.click(await screen.findByTestId('company-menu-add'));
    await vi.waitFor(() => expect(screen.getByTestId('companies-name')).toHaveFocus());
  });
  it('is no menu where there is one company, and none on sample data', async () => {
    const backend = fake('?fake=fresh');
    await open(backend);
    expect(screen.queryByTestId('company-menu')).toBeNull();
    expect(screen.getByTestId('band-none')).toBeInTheDocument();
  });
  it('opens none while a run is under way', async () => {
    const user = userEvent.setup();
    const session = await open();
    session.running.phase = 'sending';
    await user.click(screen.getByTestId('company-menu'));
    const list = await screen.findByTestId('company-list');
    expect(list).toHaveTextContent('Bisa diganti setelah proses yang berjalan selesai atau dijeda.');
    expect(screen.getByTestId('company-Toko Melati')).toHaveAttribute('aria-disabled', 'true');
  });
  it('says under the band why a company is not opened, and stays', async () => {
    const user = userEvent.setup();
    const backend = fake();
    vi.spyOn(backend, 'openCompany').mockRejectedValueOnce(new BackendError({ code: 'company_busy', params: {} }));
    const session = await open(backend);
    await user.click(screen.getByTestId('company-menu'));
    await user.click(await screen.findByTestId('company-Toko Melati'));
    expect(await screen.findByTestId('error-company-busy')).toBeInTheDocument();
    expect(session.company.name).toBe('default');
  });
});

describe('Another company', () => {
  it('begins where it stands, with nothing of the one before, and that one is found again as it was', async () => {
    const backend = fake();
    const session = await open(backend, 'runs');
    await vi.waitFor(() => expect(session.figures).not.toBeNull());
    const waiting = session.inbox;
    expect(waiting).toBeGreaterThan(0);
    session.readiness = { database: 1048213, view: await backend.check() };
    const running = session.running;
    await session.openCompany('Toko Melati');
    await tick();
    expect([session.inbox, session.figures, session.readiness, route.current]).toEqual([0, null, null, null]);
    expect(session.running).not.toBe(running);
    expect(screen.getByTestId('step-database')).toHaveAttribute('aria-current', 'step');
    await session.openCompany('default');
    expect(session.inbox).toBe(waiting);
    expect(screen.getByTestId('nav-home')).toHaveAttribute('aria-current', 'page');
  });
  it('does not take the count that the one before was still asked for', async () => {
    const backend = fake();
    const session = await open(backend);
    const inbox = await backend.inbox();
    let answer: (view: typeof inbox) => void = () => undefined;
    vi.spyOn(backend, 'inbox').mockImplementationOnce(() => new Promise((done) => (answer = done)));
    const refreshing = session.refresh();
    await tick();
    await session.openCompany('Toko Melati');
    answer(inbox);
    await refreshing;
    expect(session.inbox).toBe(0);
  });
  it('is found by the search', async () => {
    const user = userEvent.setup();
    const session = await open();
    await user.click(screen.getByTestId('band-search'));
    await user.type(await screen.findByTestId('palette-input'), 'melati');
    await user.click(screen.getByTestId('palette-company-Toko Melati'));
    await vi.waitFor(() => expect(session.company.name).toBe('Toko Melati'));
  });
});

describe('The settings', () => {
  it('list the companies, mark the open one, pass axe and open another', async () => {
    const user = userEvent.setup();
    const session = await open(fake(), 'settings');
    const section = screen.getByTestId('companies');
    expect(
      within(section)
        .getAllByRole('listitem')
        .map((one) => one.textContent?.replace(/\s+/g, ' ').trim()),
    ).toEqual(['Perusahaan pertama PT Sinar Rempah Nusantara Sedang dibuka', 'Toko Melati Buka']);
    await user.click(screen.getByTestId('companies-add'));
    expect(screen.getByTestId('companies-name')).toHaveFocus();
    expect(await violations(section)).toEqual([]);
    await user.click(screen.getByTestId('companies-cancel'));
    expect(screen.getByTestId('companies-add')).toHaveFocus();
    await user.click(screen.getByRole('button', { name: 'Buka perusahaan Toko Melati' }));
    await vi.waitFor(() => expect(session.company.name).toBe('Toko Melati'));
  });
  it('add one and begin with its first step', async () => {
    const user = userEvent.setup();
    const session = await open(fake(), 'settings');
    await user.click(screen.getByTestId('companies-add'));
    expect(screen.getByTestId('companies-create')).toBeDisabled();
    await user.type(screen.getByTestId('companies-name'), 'toko melati');
    expect(screen.getByTestId('companies-name')).toHaveAccessibleDescription('Perusahaan dengan nama ini sudah ada.');
    await user.clear(screen.getByTestId('companies-name'));
    await user.type(screen.getByTestId('companies-name'), ' CV Angin Laut {Enter}');
    await vi.waitFor(() => expect(session.company.name).toBe('CV Angin Laut'));
    expect(session.view.companies).toEqual(['default', 'Toko Melati', 'CV Angin Laut']);
    expect(screen.getByTestId('band-company')).toHaveTextContent('CV Angin Laut');
    expect(screen.getByTestId('welcome-next')).toBeInTheDocument();
  });
  it('offer none on sample data', async () => {
    await open(fake('?fake=home,sandbox'), 'settings');
    expect(screen.queryByTestId('companies')).toBeNull();
    expect(screen.queryByTestId('company-menu')).toBeNull();
  });
});

describe('A name', () => {
  it('is one line that the engine takes, and not in use', () => {
    const wrong = 'Pakai 1 sampai 60 huruf, tanpa garis miring.';
    for (const name of ['', '   ', 'a/b', 'a\nb', 'a'.repeat(61)]) expect(nameWrong(name, [])).toBe(wrong);
    const taken = 'Perusahaan dengan nama ini sudah ada.';
    for (const name of ['Default', 'perusahaan pertama']) expect(nameWrong(name, ['default'])).toBe(taken);
    expect(nameWrong('a'.repeat(60), ['default'])).toBeNull();
  });
});
