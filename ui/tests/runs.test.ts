import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { NO_OPTIONS, type Backend, type ProgressView, type RunSheetView, type RunView } from '../src/lib/backend/types';
import { route, type Screen } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

const fake = (search = '?fake=home', tick = 0) => createFake({ delay: 0, tick, scenario: scenarioOf(search) });

async function open(backend: Backend, to: Screen, id?: string) {
  route.clear();
  route.go(to, id);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return user;
}

/** The sheet of a run as the fake answers it, with some of it replaced. */
function withSheet(change: (sheet: RunSheetView) => Partial<RunSheetView>): Backend {
  const backend = fake();
  return {
    ...backend,
    run: async (id) => {
      const sheet = await backend.run(id);
      return { ...sheet, ...change(sheet) };
    },
  };
}

const words = (id: string) => screen.getByTestId(id).textContent?.replace(/\s+/g, ' ').trim();
const figure = (id: string) => Number(words(id)?.replaceAll('.', ''));

describe('the history of runs', () => {
  it('lists each run with the sum that holds and its certificate, and says that the chain is whole', async () => {
    const backend = fake();
    const { runs } = await backend.runs();
    await open(backend, 'runs');
    const rows = await screen.findAllByTestId('runs-table-row');
    expect(rows).toHaveLength(runs.length);
    for (const run of runs) expect(run.posted + run.held + run.failed + run.unknown).toBe(run.in);
    expect(rows[0]).toHaveTextContent('0007');
    await waitFor(() => expect(words('runs-chain')).toMatch(/^Rantai sertifikat utuh: 7 diperiksa/));
    expect(await violations()).toEqual([]);
  });

  it('is narrowed by kind, by state and by what is typed', async () => {
    const user = await open(fake(), 'runs');
    await screen.findAllByTestId('runs-table-row');
    const rows = (length: number) =>
      waitFor(() => expect(screen.getAllByTestId('runs-table-row')).toHaveLength(length));
    await user.selectOptions(screen.getByTestId('runs-kind'), 'items');
    await rows(1);
    await user.selectOptions(screen.getByTestId('runs-kind'), '');
    await rows(7);
    await user.click(screen.getByTestId('runs-tab-sent'));
    await rows(1);
    await user.click(screen.getByTestId('runs-tab-all'));
    await user.type(screen.getByTestId('runs-search'), '0002');
    await rows(1);
    await user.type(screen.getByTestId('runs-search'), 'x');
    expect(await screen.findByTestId('runs-none-found')).toBeVisible();
  });

  it('says loudly when the chain is broken, and teaches when there is nothing', async () => {
    const backend = fake();
    await open({ ...backend, runs: async () => ({ ...(await backend.runs()), chain_whole: false }) }, 'runs');
    expect(await screen.findByTestId('runs-chain-broken')).toBeVisible();
    expect(screen.queryByTestId('runs-chain')).toBeNull();
  });

  it('says what the verification found, and names the run that is not proven', async () => {
    const backend = fake();
    const runs = async () => {
      const view = await backend.runs();
      return { ...view, runs: view.runs.map((run, at) => ({ ...run, unproven: at === 0 })) };
    };
    const problem = { code: 'journal_changed', run: 'r1', detail: 'ab12' };
    const verify = async () => ({ ...(await backend.verify()), chain_whole: false, problems: [problem] });
    await open({ ...backend, runs, verify }, 'runs');
    const found = await screen.findByTestId('runs-chain-problems');
    expect(found).toHaveTextContent('Jurnal diubah');
    expect(found).toHaveTextContent('ab12');
    expect(await screen.findAllByTestId('runs-unproven')).toHaveLength(1);
    expect(screen.queryByTestId('runs-chain')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('calls a proof that compared nothing no proof', async () => {
    const backend = withSheet((sheet) => ({
      run: { ...sheet.run, unproven: true },
      proof: sheet.proof && {
        ...sheet.proof,
        checked: 0,
        not_readable: sheet.run.posted,
        proven: false,
        notes: [{ code: 'proof_compared_nothing', params: { count: '9' } }],
      },
    }));
    await open(backend, 'run', 'r1');
    expect(await screen.findByTestId('receipt-limit')).toHaveTextContent('belum bukti');
    expect(screen.getByTestId('receipt')).not.toHaveAttribute('data-status', 'proven');
    expect(await violations()).toEqual([]);
  });

  it('teaches when nothing was sent yet', async () => {
    await open({ ...fake(), runs: () => Promise.resolve({ runs: [], chain_whole: true }) }, 'runs');
    expect(await screen.findByTestId('runs-none')).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});

describe('the receipt', () => {
  it('holds its sum, its proof, its certificate and the chain', async () => {
    await open(fake(), 'run', 'r1');
    await screen.findByTestId('receipt');
    expect(figure('receipt-posted') + figure('receipt-held') + figure('receipt-failed')).toBe(figure('receipt-in'));
    expect(words('receipt-checked')).toBe(`${words('receipt-posted')} dari ${words('receipt-posted')}`);
    expect(words('receipt-settled')).toBe('Jawaban hilang 2 kali, dicari dulu, tidak dikirim lagi 0 kembar');
    expect(words('receipt-no')).toBe('No. 0001');
    expect(screen.getByTestId('receipt').dataset['status']).toBe('proven');
    expect(await violations()).toEqual([]);
  });

  it('names the certificate before it', async () => {
    await open(fake(), 'run', 'r2');
    await screen.findByTestId('receipt');
    expect(screen.getByText(/menyambung dari 0001, [0-9a-f]{4} … [0-9a-f]{4}/)).toBeVisible();
  });

  it('calls a sum in rupiah the same only when every row was read back as it was sent', async () => {
    await open(
      withSheet(() => ({ total: '290103400' })),
      'run',
      'r1',
    );
    await screen.findByTestId('receipt-sum');
    expect(words('receipt-sum')).toBe('Jumlah rupiah sama di kedua sisi selisih Rp 0');
    expect(screen.getByText('Rp 290.103.400')).toBeVisible();
  });

  it('does not when something reads otherwise, and shows what', async () => {
    await open(
      withSheet((sheet) => ({
        total: '290103400',
        proof: sheet.proof && {
          ...sheet.proof,
          differences: [{ key: 'item:A', field: 'name', expected: 'A', found: 'B' }],
        },
      })),
      'run',
      'r1',
    );
    await screen.findByTestId('receipt-sum');
    expect(words('receipt-sum')).toBe('Jumlah rupiah belum pasti sama');
    expect(screen.getByTestId('receipt').dataset['status']).toBe('need');
    expect(words('receipt-settled')).not.toContain('0 kembar');
    expect(within(screen.getByTestId('differences')).getByText('B')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('saves the certificate and says where', async () => {
    const user = await open(fake(), 'run', 'r1');
    await user.click(await screen.findByTestId('receipt-save'));
    await waitFor(() => expect(words('receipt-saved')).toMatch(/^Tersimpan: .+/));
  });

  it('spells out how far it can be taken back, and leads to the plan that does it', async () => {
    const user = await open(fake(), 'run', 'r1');
    await screen.findByTestId('receipt-undo');
    expect(words('receipt-undo-scope')).toContain(`${words('receipt-posted')} baris bisa dibatalkan.`);
    await user.click(screen.getByTestId('receipt-undo'));
    await waitFor(() => expect(route.current?.screen).toBe('plan'));
    expect(route.current?.id).not.toBeNull();
  });

  it('offers no undo of what was taken back, nor of an undo', async () => {
    await open(
      withSheet((sheet) => ({ run: { ...sheet.run, undone_by: 'r9' } })),
      'run',
      'r1',
    );
    expect((await screen.findByTestId('receipt-undone')).getAttribute('href')).toBe('#/run/r9');
    expect(screen.queryByTestId('receipt-undo')).toBeNull();
  });

  it('leads from an undo to the run that it took back', async () => {
    await open(
      withSheet((sheet) => ({ run: { ...sheet.run, undoes: 'r1' } })),
      'run',
      'r2',
    );
    expect((await screen.findByTestId('receipt-undoes')).getAttribute('href')).toBe('#/run/r1');
  });

  it('says that it is not proven before it was read back, and reads it back', async () => {
    const user = await open(
      withSheet((sheet) => ({ proof: null, run: { ...sheet.run, certificate: null, certificate_no: null } })),
      'run',
      'r1',
    );
    await user.click(await screen.findByTestId('receipt-prove'));
    expect(screen.getByTestId('receipt').dataset['status']).toBe('sent');
  });

  it('shows its rows page by page, narrowed by state and by SKU', async () => {
    const user = await open(fake(), 'run', 'r5');
    await screen.findAllByTestId('run-rows-row');
    await user.click(screen.getByTestId('run-tab-failed'));
    await waitFor(() => expect(screen.getAllByTestId('run-rows-row')).toHaveLength(1));
    await user.type(screen.getByTestId('run-search'), 'tidakada');
    await screen.findByText('Tidak ada baris');
  });

  it('draws few rows of very many', async () => {
    await open(fake('?fake=huge'), 'run', 'r1');
    await screen.findAllByTestId('run-rows-row');
    const grid = screen.getByTestId('run-rows');
    expect(Number(grid.getAttribute('aria-rowcount'))).toBeGreaterThan(10_000);
    expect(grid.querySelectorAll('tbody tr').length).toBeLessThanOrEqual(62);
  });
});

describe('a run under way', () => {
  /** A backend whose run stands still until the test lets it go on. */
  async function standing() {
    const backend = fake();
    const plan = await backend.plan('stock', NO_OPTIONS, () => undefined);
    let tell: (progress: ProgressView) => void = () => undefined;
    let end: (run: RunView) => void = () => undefined;
    const pauseRun = vi.fn(() => Promise.resolve());
    const held: Backend = {
      ...backend,
      pauseRun,
      apply: (_plan, _pass, onProgress) => {
        tell = onProgress;
        return new Promise((resolve) => (end = resolve));
      },
    };
    return {
      held,
      plan,
      backend,
      pauseRun,
      tell: (progress: ProgressView) => tell(progress),
      end: (run: RunView) => end(run),
    };
  }
  const progress: ProgressView = {
    phase: 'sending',
    done: 960,
    total: 1480,
    rate: 16,
    seconds_left: 33,
    counts: { posted: 935, held: 3, failed: 2, unknown: 20 },
  };

  it('shows what is sent, what is being looked up, what needs a person and what is left, and pauses by Space', async () => {
    const world = await standing();
    const user = await open(world.held, 'plan', world.plan.plan);
    for (const box of screen.queryAllByTestId('plan-confirm')) await user.click(box);
    await user.click(await screen.findByTestId('plan-apply'));
    for (const again of screen.queryAllByTestId('plan-apply-sure')) await user.click(again);
    await screen.findByTestId('run-live');
    world.tell(progress);
    await waitFor(() => expect(words('run-posted')).toBe('935'));
    const facts = screen.getByTestId('run-live').querySelectorAll('dd');
    expect([...facts].map((fact) => fact.textContent)).toEqual(['935', '20', '5', '520']);
    expect(screen.getByTestId('run-live')).toHaveTextContent('33 detik lagi');
    expect(screen.getByTestId('screen-title').parentElement?.textContent).toContain('Jendela ini boleh ditutup.');
    expect(document.querySelector('[role="dialog"], [role="alertdialog"]')).toBeNull();
    expect(await violations()).toEqual([]);
    (document.activeElement as HTMLElement | null)?.blur();
    await user.keyboard(' ');
    await waitFor(() => expect(world.pauseRun).toHaveBeenCalledTimes(1));
  });

  it('goes on after a pause from where it stopped', async () => {
    // The program was ended and opened again: the run without a name is the one that waits.
    const user = await open(fake('?fake=paused'), 'run');
    await screen.findByTestId('run-resume');
    expect(figure('receipt-posted') + figure('receipt-held') + figure('receipt-failed') + figure('receipt-left')).toBe(
      figure('receipt-in'),
    );
    await user.click(screen.getByTestId('run-resume'));
    await waitFor(() => expect(screen.getByTestId('receipt').dataset['status']).toBe('proven'));
  });
});
