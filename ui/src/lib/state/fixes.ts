/** The screen where a cause is put right; none when it is put right outside. */
import type { Screen } from './route.svelte';

const SKUS = [
  'pending_in_forstok',
  'code_',
  'name_conflict',
  'sku_conflict',
  'duplicate',
  'not_decided',
  'undecided',
  'item_not_matched',
  'pending_',
];
const WAREHOUSES = ['warehouse_'];
const ACCOUNTS = ['account_', 'mapping_', 'customer_', 'branch_', 'tax_'];

export function fixedAt(code: string): Screen | null {
  const starts = (list: string[]) => list.some((part) => code.startsWith(part));
  if (code === 'unit_cost_missing' || code === 'warehouse_not_named') return 'opening-stock';
  if (starts(WAREHOUSES)) return 'warehouses';
  if (starts(ACCOUNTS)) return 'accounts';
  if (starts(SKUS)) return 'skus';
  if (code === 'sign_in_needed' || code === 'scope_missing') return 'connect';
  return null;
}
