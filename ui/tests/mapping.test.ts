import { configure, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import type { Backend } from '../src/lib/backend/types';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

// A window of a hundred thousand rows on a busy computer answers later than a second.
configure({ asyncUtilTimeout: 10_000 });
const fake = (search = '?fake=chosen') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });

async function open(backend: Backend, screenName: 'accounts' | 'warehouses' = 'accounts', id?: string) {
  route.clear();
  route.go(screenName, id);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findAllByTestId('map-row');
  return user;
}
const line = (path: string) =>
  screen.getAllByTestId('map-row').find((row) => row.dataset['path'] === path) as HTMLElement;

describe('the mapping of accounts', () => {
  it('shows open places first, and is accessible with a picker open', async () => {
    const user = await open(fake());
    const first = screen.getAllByTestId('map-row').slice(0, 11);
    expect(first.every((row) => !row.textContent?.includes('boleh kosong'))).toBe(true);
    await user.click(screen.getByTestId('map-stores-13-bank-account-id'));
    const inactive = await screen.findByText('nonaktif di Accurate');
    expect(inactive).toBeVisible();
    expect(screen.getByText('Akun tempat uang toko ini berada sebelum ditarik ke bank.')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('fills in only what is sure, leaves it to be looked at, and saves nothing by that', async () => {
    const backend = fake();
    let saved = 0;
    backend.saveMapping = async () => {
      saved++;
      throw new Error('not asked for');
    };
    const user = await open(backend);
    const before = await backend.mapping(false);
    const sure = before.slots.filter((slot) => slot.group !== 'warehouse' && slot.suggestions[0]?.zone === 'sure');
    await user.click(screen.getByTestId('mapping-take-sure'));
    expect(screen.getAllByText(/^diisi: /)).toHaveLength(sure.length);
    expect(within(line('stores.14.bank_account_id')).getByText(/nama mirip/)).toBeVisible();
    expect(saved).toBe(0);
    expect(await violations()).toEqual([]);
  });

  it('changes the live line of a real order with each choice, and stays balanced', async () => {
    const user = await open(fake());
    const live = screen.getByTestId('mapping-live');
    const number = screen.getByTestId('mapping-live-number').textContent;
    expect(number).toMatch(/\d{6,}/);
    expect(live.textContent).toContain('akun belum dipilih');
    await user.click(screen.getByTestId('map-accept-stores-13-bank-account-id'));
    await waitFor(() =>
      expect(screen.getByTestId('ledger-live').textContent).toMatch(/110\.104\s*Saldo Lazada\s*sedang dipilih/),
    );
    expect(live.textContent).toContain('Seimbang');
    await user.click(screen.getByTestId('mapping-live-other'));
    await waitFor(() => expect(screen.getByTestId('mapping-live-number').textContent).not.toBe(number));
  });

  it('takes the order of the store that a person works on', async () => {
    const backend = fake();
    const asked: [number, number][] = [];
    const example = backend.mappingExample.bind(backend);
    backend.mappingExample = async (store, skip) => {
      asked.push([store, skip]);
      return example(store, skip);
    };
    const user = await open(backend);
    await user.click(screen.getByTestId('map-accept-stores-11-bank-account-id'));
    await waitFor(() => expect(asked).toEqual([[11, 0]]));
  });

  it('says what changed on the other side, line by line, and leads to it', async () => {
    const user = await open(fake('?fake=drift'));
    const rows = await screen.findAllByTestId('map-drift-row');
    expect(rows.map((row) => row.querySelector('span')?.textContent)).toEqual([
      'Sinar Rempah Nusantara, dana cair: Saldo Lazada dinonaktifkan di Accurate. Dokumen yang memakainya akan ditolak.',
      'Biaya layanan: Biaya Layanan Marketplace sekarang bernama Biaya Admin Marketplace. Masih catatan yang sama; simpan lagi bila benar.',
    ]);
    expect(await violations()).toEqual([]);
    await user.click(screen.getAllByTestId('map-drift-fix')[0] as HTMLElement);
    await waitFor(() => expect(screen.getByTestId('map-stores-13-bank-account-id')).toHaveFocus());
  });

  it('asks whether the customer of the store’s number is meant, with both ways on', async () => {
    const backend = fake('?fake=asked');
    const user = await open(backend);
    const question = await screen.findByTestId('map-question-stores-13-customer-id');
    expect(question).toHaveTextContent('Nomor 13 di Accurate adalah pelanggan Umum');
    expect(await violations()).toEqual([]);
    const number = screen.getByTestId('map-number-stores-13-customer-id');
    await user.type(number, '13-B');
    await user.click(screen.getByTestId('mapping-save'));
    const saved = async () =>
      (await backend.mapping(false)).mapping.stores.find((store) => store.forstok_store_id === 13);
    await waitFor(async () => expect(await saved()).toMatchObject({ customer_id: null, customer_no: '13-B' }));
  });

  it('takes the customer of the store’s number when a person says that it is the one', async () => {
    const backend = fake('?fake=asked');
    const user = await open(backend);
    await user.click(await screen.findByTestId('map-accept-stores-13-customer-id'));
    expect(screen.queryByTestId('map-question-stores-13-customer-id')).toBeNull();
    await user.click(screen.getByTestId('mapping-save'));
    const saved = async () =>
      (await backend.mapping(false)).mapping.stores.find((store) => store.forstok_store_id === 13);
    await waitFor(async () => expect(await saved()).toMatchObject({ customer_id: 62, customer_no: null }));
  });

  it('looks at an older version without changing anything, and begins from it as a draft', async () => {
    const backend = fake('?fake=mapped');
    const view = await backend.mapping(false);
    await backend.saveMapping({
      ...view.mapping,
      stores: view.mapping.stores.map((store) =>
        store.forstok_store_id === 13 ? { ...store, bank_account_id: 71 } : store,
      ),
    });
    const now = (await backend.mapping(false)).version;
    const user = await open(backend);
    await user.click(screen.getByTestId('mapping-versions'));
    expect(await violations()).toEqual([]);
    await user.click(screen.getByTestId(`mapping-look-${(now ?? 0) - 1}`));
    await screen.findByTestId('mapping-looking');
    expect(screen.getAllByText('beda dari sekarang')).toHaveLength(1);
    await user.click(screen.getByTestId('mapping-begin'));
    expect(screen.getByTestId('mapping-save').textContent).toContain(`Simpan versi ${(now ?? 0) + 1}`);
    expect((await backend.mapping(false)).version).toBe(now);
  });

  it('explains a file that cannot be read, and says what one that can became', async () => {
    const backend = fake('?fake=mapped');
    const user = await open(backend);
    const input = screen.getByTestId('mapping-import-input');
    await user.upload(input, new File(['bukan json'], 'mapping.json', { type: 'application/json' }));
    expect(await screen.findByTestId('error-file-malformed')).toBeVisible();
    expect(await violations()).toEqual([]);
    const text = await backend.exportMapping();
    await user.upload(input, new File([text], 'mapping.json', { type: 'application/json' }));
    expect((await screen.findByTestId('mapping-imported')).textContent).toMatch(/versi \d+/);
  });

  it('opens at the place that its address names', async () => {
    await open(fake(), 'accounts', 'roles.service_fee');
    await waitFor(() => expect(screen.getByTestId('map-roles-service-fee')).toHaveFocus());
  });
});

describe('the mapping of warehouses', () => {
  it('does not let two of Forstok share one of Accurate', async () => {
    const user = await open(fake(), 'warehouses');
    expect(await violations()).toEqual([]);
    for (const place of ['195', '196']) {
      await user.click(screen.getByTestId(`map-warehouses-${place}`));
      await user.click(await screen.findByTestId(`map-warehouses-${place}-option-50`));
    }
    expect(await screen.findByTestId('mapping-doubled')).toBeVisible();
    expect(screen.getAllByText('dipakai dua kali')).toHaveLength(2);
    expect(screen.getByTestId('mapping-save')).toBeDisabled();
    expect(await violations()).toEqual([]);
  });

  it('shows what was refused when it cannot be read', async () => {
    const backend = fake('?fake=chosen&fail=mapping:sign_in_needed');
    route.clear();
    route.go('warehouses');
    render(App, { opening: Promise.resolve(backend) });
    expect(await screen.findByTestId('error-sign-in-needed')).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});
