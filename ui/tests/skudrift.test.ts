import { configure, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import type { Backend, SkuDecisionInput } from '../src/lib/backend/types';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

const renamed = {
  code: 'matched_renamed',
  params: { name: 'Lada Hitam', item_name: 'Merica Hitam', item_no: 'LADA-1' },
};

it('shows that a matched product is called otherwise now, and takes the word of a person for it', async () => {
  const fake = createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=mapped') });
  let sku: string | null = null;
  const sent: SkuDecisionInput[] = [];
  const backend: Backend = Object.assign(Object.create(fake) as Backend, {
    async skus(query: Parameters<Backend['skus']>[0]) {
      const answer = await fake.skus(query);
      sku ??= answer.skus.find((row) => row.state === 'matched' && !row.decision)?.sku ?? null;
      const skus = answer.skus.map((row) => (row.sku === sku && !sent.length ? { ...row, reason: renamed } : row));
      return { ...answer, skus };
    },
    async resolveSkus(inputs: SkuDecisionInput[]) {
      sent.push(...inputs);
      return { resolved: inputs.length, resolved_in_forstok: 0, to_do_in_forstok: [] };
    },
  });
  route.clear();
  route.go('skus', 'all');
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  const chip = await screen.findByTestId('sku-table-drift');
  expect(chip.textContent).toContain('Kini bernama lain');
  expect(chip.getAttribute('title')).toBe(
    'Tetap terpasang menurut nomor datanya. Namanya kini “Lada Hitam” di Forstok dan “Merica Hitam” di Accurate.',
  );
  expect(await violations()).toEqual([]);
  await user.click(screen.getByTestId('sku-table-keep'));
  await waitFor(() => expect(screen.queryByTestId('sku-table-drift')).toBeNull());
  expect(sent).toEqual([{ sku, decision: 'link', target: 'LADA-1' }]);
});
