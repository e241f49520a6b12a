/** Copies of the data: made and put back in the settings, and put back where the data cannot be opened. */
import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { BackendError } from '../src/lib/backend';
import { createFake } from '../src/lib/backend/fake';
import { scenarioOf } from '../src/lib/backend/fake/scenario';
import { locale } from '../src/lib/i18n/locale.svelte';
import { route, type Screen } from '../src/lib/state/route.svelte';
import { Session } from '../src/lib/state/session.svelte';
import Frame from '../src/screens/Frame.svelte';
import { violations } from './accessible';

const fake = (address = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(address) });

async function open(backend: ReturnType<typeof fake>, at: Screen) {
  route.go(at);
  const session = await Session.open(backend);
  render(Frame, { session });
  await tick();
  return session;
}

beforeEach(() => locale.set('id'));

describe('The settings', () => {
  it('make a copy and put it back after asking once more', async () => {
    const user = userEvent.setup();
    const session = await open(fake(), 'settings');
    const section = screen.getByTestId('backups');
    await vi.waitFor(() => expect(section).toHaveTextContent('Belum ada.'));
    await session.store('theme', 'light');
    await user.click(screen.getByTestId('backup-make'));
    expect(await within(section).findAllByTestId('backup-restore')).toHaveLength(1);
    await session.store('theme', 'dark');
    await user.click(screen.getByTestId('backup-restore'));
    expect(await violations(section)).toEqual([]);
    await user.click(screen.getByTestId('backup-restore-sure'));
    expect(await screen.findByTestId('backup-restored')).toHaveTextContent('-replaced-2.sqlite3');
    await vi.waitFor(() => expect(session.view.settings['theme']).toBe('light'));
    expect(within(section).getAllByRole('listitem')).toHaveLength(2);
  });
  it('offer none on sample data, which is thrown away', async () => {
    await open(fake('?fake=home,sandbox'), 'settings');
    expect(screen.queryByTestId('backups')).toBeNull();
  });
});

describe('Data that cannot be opened', () => {
  it('leave the way back to a copy open', async () => {
    const user = userEvent.setup();
    const backend = fake();
    await backend.backUp();
    const whole = backend.appView.bind(backend);
    let damaged = true;
    const restore = backend.restore.bind(backend);
    Object.assign(backend, {
      appView: () =>
        damaged
          ? Promise.reject(new BackendError({ code: 'storage_damaged', params: { path: 'selaras.sqlite3' } }))
          : whole(),
      restore: (name: string) => {
        damaged = false;
        return restore(name);
      },
    });
    render(App, { opening: Promise.resolve(backend) });
    expect(await screen.findByTestId('error-storage-damaged')).toBeInTheDocument();
    expect(screen.queryByTestId('backup-make')).toBeNull();
    await user.click(await screen.findByTestId('backup-restore'));
    await user.click(screen.getByTestId('backup-restore-sure'));
    expect(await screen.findByTestId('band-company')).toBeInTheDocument();
  });
});
