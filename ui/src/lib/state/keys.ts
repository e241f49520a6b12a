/** The keys that a screen takes, for the list that `?` opens. A screen that takes more of them says so here. */
import { m } from '../paraglide/messages.js';
import type { Screen } from './route.svelte';

export interface Key {
  /** As they are printed on the keyboard; one that is called otherwise in another language says so. */
  keys: (string | (() => string))[];
  does: () => string;
}

export const everywhere: Key[] = [
  { keys: ['Ctrl K'], does: m.keys_search },
  { keys: ['?'], does: m.keys_this },
  { keys: ['Tab'], does: m.keys_next },
  { keys: ['Esc'], does: m.keys_close },
];

export const inTables: Key[] = [
  { keys: ['↑', '↓'], does: m.keys_rows },
  { keys: ['PgUp', 'PgDn'], does: m.keys_pages },
  { keys: ['Home', 'End'], does: m.keys_ends },
  { keys: ['Enter'], does: m.keys_open },
  { keys: [m.keys_space], does: m.keys_select },
  { keys: ['Ctrl A'], does: m.keys_select_all },
];

export const onScreen: Partial<Record<Screen, Key[]>> = {
  skus: [
    { keys: ['Enter'], does: m.keys_sku_accept },
    { keys: ['L'], does: m.keys_sku_link },
    { keys: ['N'], does: m.keys_sku_new },
    { keys: ['S'], does: m.keys_sku_skip },
    { keys: ['U'], does: m.keys_sku_undo },
    { keys: ['J', 'K'], does: m.keys_sku_move },
  ],
};

/** Screens with a long table. */
export const withTable: readonly Screen[] = [
  'skus',
  'items',
  'items-again',
  'opening-stock',
  'stock',
  'orders',
  'plan',
  'run',
  'runs',
  'inbox',
];
