/** Every screen in every state that it can be in, and how it gets there in the made-up world. */
import type { Page } from '@playwright/test';

export interface State {
  /** Name of the golden file and of the pictures: screen, then state. */
  name: string;
  /** Words of `scenario.ts`; may go on with `&fail=…`. */
  fake: string;
  screen: string;
  /** What a person does there first. */
  act?: (page: Page) => Promise<void>;
  /** High contrast and text at 200 % as well. */
  more?: boolean;
  /** What the golden file is of; the sheet when nothing is said. */
  of?: string;
}

const press = (id: string) => (page: Page) => page.getByTestId(id).first().click();
const see = (page: Page, id: string) => page.getByTestId(id).first().waitFor({ timeout: 30_000 });
const then =
  (...steps: ((page: Page) => Promise<void>)[]) =>
  async (page: Page) => {
    for (const step of steps) await step(page);
  };
const seen = (id: string) => (page: Page) => see(page, id);
const fill = (id: string, text: string) => (page: Page) => page.getByTestId(id).first().fill(text);

const planned = then(press('plan-make'), seen('plan-counts'));
const forstok = then(
  fill('connect-forstok-email', 'ratna@sinarrempah.example'),
  fill('connect-forstok-key', 'kunci'),
  press('connect-forstok-submit'),
);

export const STATES: State[] = [
  { name: 'welcome', fake: '', screen: 'welcome', more: true },
  {
    name: 'welcome-error',
    fake: 'fresh&fail=setExistingUser:storage_full',
    screen: 'welcome',
    act: then(press('welcome-next'), seen('error-note')),
  },

  { name: 'connect', fake: 'fresh', screen: 'connect', more: true },
  { name: 'connect-error', fake: 'fresh,error', screen: 'connect', act: then(forstok, seen('error-note')) },
  { name: 'connect-offline', fake: 'fresh,offline', screen: 'connect', act: then(forstok, seen('error-note')) },
  {
    name: 'connect-waiting',
    fake: 'fresh',
    screen: 'connect',
    act: then(
      forstok,
      fill('connect-client-id', 'contoh-id'),
      fill('connect-client-secret', 'tunggu'),
      press('connect-accurate-submit'),
      seen('connect-waiting'),
    ),
  },
  { name: 'connect-done', fake: 'connected', screen: 'connect' },
  { name: 'connect-sandbox', fake: 'fresh,sandbox', screen: 'connect' },

  { name: 'database', fake: 'connected', screen: 'database', more: true },
  { name: 'database-chosen', fake: 'home', screen: 'database' },
  { name: 'database-empty', fake: 'connected,empty', screen: 'database' },
  { name: 'database-loading', fake: 'connected,slow', screen: 'database' },
  { name: 'database-error', fake: 'connected,error', screen: 'database' },
  { name: 'database-offline', fake: 'connected,offline', screen: 'database' },

  { name: 'accounts', fake: 'chosen', screen: 'accounts', more: true },
  { name: 'accounts-filled', fake: 'mapped', screen: 'accounts' },
  { name: 'accounts-drift', fake: 'drift', screen: 'accounts' },
  { name: 'accounts-empty', fake: 'chosen,empty', screen: 'accounts' },
  { name: 'accounts-loading', fake: 'chosen,slow', screen: 'accounts' },
  { name: 'accounts-error', fake: 'chosen,error', screen: 'accounts' },
  { name: 'accounts-offline', fake: 'mapped&fail=mapping:offline', screen: 'accounts' },
  { name: 'accounts-huge', fake: 'huge', screen: 'accounts' },

  { name: 'warehouses', fake: 'chosen', screen: 'warehouses' },
  { name: 'warehouses-filled', fake: 'mapped', screen: 'warehouses' },
  { name: 'warehouses-loading', fake: 'chosen,slow', screen: 'warehouses' },
  { name: 'warehouses-error', fake: 'chosen,error', screen: 'warehouses' },

  { name: 'skus', fake: 'mapped', screen: 'skus', more: true },
  { name: 'skus-all', fake: 'home', screen: 'skus/all' },
  { name: 'skus-empty', fake: 'empty', screen: 'skus' },
  { name: 'skus-loading', fake: 'mapped,slow', screen: 'skus' },
  { name: 'skus-error', fake: 'mapped,error', screen: 'skus' },
  { name: 'skus-offline', fake: 'mapped&fail=skus:offline', screen: 'skus' },
  { name: 'skus-huge', fake: 'huge', screen: 'skus' },
  { name: 'skus-all-huge', fake: 'huge', screen: 'skus/all' },

  { name: 'items', fake: 'mapped', screen: 'items' },
  { name: 'items-blocked', fake: 'chosen', screen: 'items' },
  { name: 'items-plan', fake: 'home', screen: 'items', act: planned, more: true },
  {
    name: 'items-document',
    fake: 'home',
    screen: 'items',
    act: then(planned, press('plan-open'), seen('plan-document')),
  },
  { name: 'items-empty', fake: 'empty', screen: 'items', act: planned },
  { name: 'items-loading', fake: 'home,slow', screen: 'items', act: then(press('plan-make'), seen('plan-reading')) },
  { name: 'items-error', fake: 'home,error', screen: 'items', act: then(press('plan-make'), seen('error-note')) },
  { name: 'items-offline', fake: 'home,offline', screen: 'items', act: then(press('plan-make'), seen('error-note')) },
  { name: 'items-huge', fake: 'huge', screen: 'items', act: planned },
  { name: 'items-again', fake: 'home', screen: 'items-again' },

  {
    name: 'opening-stock',
    fake: 'home,new',
    screen: 'opening-stock',
    act: press('opening-source-forstok'),
    more: true,
  },
  { name: 'opening-stock-existing', fake: 'home', screen: 'opening-stock' },
  {
    name: 'opening-stock-plan',
    fake: 'home,new',
    screen: 'opening-stock',
    act: then(press('opening-source-forstok'), press('opening-cost-forstok'), planned),
  },
  {
    name: 'opening-stock-error',
    fake: 'home,new,error',
    screen: 'opening-stock',
    act: then(press('opening-source-forstok'), press('opening-cost-forstok'), press('plan-make'), seen('error-note')),
  },

  { name: 'stock-plan', fake: 'home', screen: 'stock', act: planned },
  { name: 'stock-braked', fake: 'braked', screen: 'stock', act: planned, more: true },
  { name: 'stock-huge', fake: 'huge', screen: 'stock', act: planned },
  { name: 'plan-undo', fake: 'undo', screen: 'plan/undo-1', more: true },
  { name: 'plan-loading', fake: 'undo,slow', screen: 'plan/undo-1' },
  { name: 'plan-error', fake: 'undo,error', screen: 'plan/undo-1' },

  { name: 'run', fake: 'home', screen: 'run/r2', more: true },
  { name: 'run-live', fake: 'running', screen: 'run' },
  { name: 'run-paused', fake: 'paused', screen: 'run' },
  { name: 'run-empty', fake: 'empty', screen: 'run' },
  { name: 'run-loading', fake: 'home,slow', screen: 'run/r2' },
  { name: 'run-error', fake: 'home,error', screen: 'run/r2' },
  { name: 'run-huge', fake: 'huge', screen: 'run/r2' },

  { name: 'runs', fake: 'home', screen: 'runs' },
  { name: 'runs-empty', fake: 'empty', screen: 'runs' },
  { name: 'runs-loading', fake: 'home,slow', screen: 'runs' },
  { name: 'runs-error', fake: 'home,error', screen: 'runs' },

  { name: 'inbox', fake: 'home', screen: 'inbox', more: true },
  { name: 'inbox-empty', fake: 'empty', screen: 'inbox' },
  { name: 'inbox-loading', fake: 'home,slow', screen: 'inbox' },
  { name: 'inbox-error', fake: 'home,error', screen: 'inbox' },
  { name: 'inbox-huge', fake: 'huge', screen: 'inbox' },

  { name: 'explain', fake: 'home', screen: 'explain/KOPI-GAYO-250', more: true },
  { name: 'explain-empty', fake: 'home', screen: 'explain' },
  { name: 'explain-loading', fake: 'home,slow', screen: 'explain/KOPI-GAYO-250' },
  { name: 'explain-error', fake: 'home,error', screen: 'explain/KOPI-GAYO-250' },
  { name: 'explain-offline', fake: 'home&fail=explain:offline', screen: 'explain/KOPI-GAYO-250' },
  { name: 'explain-huge', fake: 'huge', screen: 'explain/LADAH-LAM-100-000001' },

  { name: 'home', fake: 'home', screen: 'home', more: true },
  { name: 'home-empty', fake: 'empty', screen: 'home' },
  { name: 'home-loading', fake: 'home,slow', screen: 'home' },
  { name: 'home-error', fake: 'home,error', screen: 'home' },
  { name: 'home-offline', fake: 'offline', screen: 'home' },
  { name: 'home-huge', fake: 'huge', screen: 'home' },
  { name: 'home-running', fake: 'running', screen: 'home' },

  { name: 'settings', fake: 'home', screen: 'settings', more: true },

  { name: 'frame-setup', fake: 'mapped', screen: 'skus', of: '.band, .rail, .sample' },
  { name: 'frame-home', fake: 'home', screen: 'home', of: '.band, .rail, .sample' },
  { name: 'frame-sandbox', fake: 'home,sandbox', screen: 'home', of: '.band, .rail, .sample' },
];
