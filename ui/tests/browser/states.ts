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
const see = (page: Page, id: string) => page.getByTestId(id).first().waitFor();
const then =
  (...steps: ((page: Page) => Promise<void>)[]) =>
  async (page: Page) => {
    for (const step of steps) await step(page);
  };
const seen = (id: string) => (page: Page) => see(page, id);
const fill = (id: string, text: string) => (page: Page) => page.getByTestId(id).first().fill(text);

const planned = then(press('plan-make'), seen('plan-counts'));
const plannedOf = (kind: string) => then(press(`plan-make-${kind}`), seen('plan-counts'));
const openedOf = (kind: string) => then(plannedOf(kind), press('plan-open'), seen('plan-document'));
/** Opens the first row that says this. */
const held = (words: string) => (page: Page) =>
  page.getByTestId('plan-table-row').filter({ hasText: words }).first().getByTestId('plan-open').click();
const cause = (code: string) => (page: Page) =>
  page.locator(`[data-testid="recon-cause"][data-code="${code}"]`).click();
const opens = (id: string, nth: number) => (page: Page) => page.getByTestId(id).nth(nth).click();
const choose = (id: string, value: string) => async (page: Page) => {
  await page.getByTestId(id).selectOption(value);
};
const channel = (id: string) => choose('files-channel', id);
/** Any file will do: the made-up engine says what is in it. */
const file = (id: string) => (page: Page) =>
  page.getByTestId(id).setInputFiles({ name: 'Pencairan.xlsx', mimeType: '', buffer: Buffer.from('x') });
const closed = (month: string) => then(choose('month-choose', month), press('month-make'), seen('month-done'));
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

  { name: 'orders-invoices', fake: 'home', screen: 'orders', more: true },
  {
    name: 'orders-rules',
    fake: 'home',
    screen: 'orders',
    act: then(
      press('rules-edit'),
      (page) =>
        page
          .getByTestId('rules-trigger')
          .selectOption('shipped')
          .then(() => undefined),
      (page) =>
        page
          .getByTestId('rules-start')
          .selectOption('day')
          .then(() => undefined),
    ),
  },
  { name: 'orders-invoices-plan', fake: 'home', screen: 'orders/invoices', act: plannedOf('invoices'), more: true },
  { name: 'orders-invoices-document', fake: 'home', screen: 'orders/invoices', act: openedOf('invoices') },
  {
    name: 'orders-invoices-held',
    fake: 'home',
    screen: 'orders/invoices',
    act: then(plannedOf('invoices'), press('plan-count-blocked'), held('Nomor'), seen('plan-other')),
  },
  { name: 'orders-invoices-empty', fake: 'empty', screen: 'orders/invoices', act: plannedOf('invoices') },
  {
    name: 'orders-invoices-loading',
    fake: 'home,slow',
    screen: 'orders/invoices',
    act: then(press('plan-make-invoices'), seen('plan-reading')),
  },
  {
    name: 'orders-invoices-error',
    fake: 'home,error',
    screen: 'orders/invoices',
    act: then(press('plan-make-invoices'), seen('error-note')),
  },
  {
    name: 'orders-invoices-offline',
    fake: 'home,offline',
    screen: 'orders/invoices',
    act: then(press('plan-make-invoices'), seen('error-note')),
  },
  { name: 'orders-invoices-huge', fake: 'huge', screen: 'orders/invoices', act: plannedOf('invoices') },
  { name: 'orders-blocked', fake: 'mapped', screen: 'orders' },
  { name: 'orders-receipts', fake: 'home', screen: 'orders/receipts' },
  { name: 'orders-receipts-plan', fake: 'home', screen: 'orders/receipts', act: plannedOf('receipts') },
  { name: 'orders-receipts-document', fake: 'home', screen: 'orders/receipts', act: openedOf('receipts'), more: true },
  { name: 'orders-receipts-empty', fake: 'empty', screen: 'orders/receipts', act: plannedOf('receipts') },
  { name: 'orders-changes', fake: 'home', screen: 'orders/changes' },
  { name: 'orders-voids-document', fake: 'home', screen: 'orders/changes', act: openedOf('voids') },
  {
    name: 'plan-undo-voids',
    fake: 'home',
    screen: 'orders/changes',
    act: then(plannedOf('voids'), press('plan-apply'), press('receipt-undo'), seen('plan-scope')),
  },
  { name: 'orders-returns-document', fake: 'home', screen: 'orders/changes', act: openedOf('returns') },
  { name: 'run-invoices', fake: 'home', screen: 'run/r6' },

  { name: 'recon', fake: 'home', screen: 'orders/reconciliation', act: seen('recon-rows-row'), more: true },
  {
    name: 'recon-cause',
    fake: 'home',
    screen: 'orders/reconciliation',
    act: then(seen('recon-rows-row'), cause('not_invoiced'), seen('recon-do')),
  },
  {
    name: 'recon-clearing',
    fake: 'home',
    screen: 'orders/reconciliation',
    act: then(seen('recon-rows-row'), press('recon-part-clearing'), seen('clearing-account')),
  },
  {
    name: 'recon-files',
    fake: 'home',
    screen: 'orders/reconciliation',
    act: then(press('recon-part-files'), channel('12'), file('files-file-input'), seen('files-missing')),
  },
  { name: 'recon-empty', fake: 'empty', screen: 'orders/reconciliation', act: seen('recon-empty') },
  { name: 'recon-loading', fake: 'home,slow', screen: 'orders/reconciliation' },
  { name: 'recon-error', fake: 'home,error', screen: 'orders/reconciliation', act: seen('error-note') },
  {
    name: 'recon-offline',
    fake: 'home,offline',
    screen: 'orders/reconciliation',
    act: then(seen('recon-rows-row'), press('recon-refresh'), seen('error-note')),
  },
  { name: 'recon-huge', fake: 'huge', screen: 'orders/reconciliation', act: seen('recon-rows-row') },
  { name: 'order', fake: 'home', screen: 'explain/order:SO-48213017', act: seen('order-head'), more: true },
  { name: 'order-held', fake: 'home', screen: 'explain/order:SO-48213151', act: seen('order-held') },
  { name: 'order-loading', fake: 'home,slow', screen: 'explain/order:SO-48213017' },
  { name: 'order-error', fake: 'home', screen: 'explain/order:SO-1', act: seen('error-note') },
  { name: 'month', fake: 'home', screen: 'orders/month' },
  { name: 'month-done', fake: 'home', screen: 'orders/month', act: closed('2026-11'), more: true },
  { name: 'month-empty', fake: 'empty', screen: 'orders/month', act: closed('2026-11') },
  {
    name: 'month-loading',
    fake: 'home,slow',
    screen: 'orders/month',
    act: then(press('month-make'), seen('month-working')),
  },
  {
    name: 'month-error',
    fake: 'home,error',
    screen: 'orders/month',
    act: then(press('month-make'), seen('error-note')),
  },
  { name: 'shadow', fake: 'home', screen: 'orders/shadow' },
  {
    name: 'shadow-done',
    fake: 'home',
    screen: 'orders/shadow',
    act: then(press('shadow-make'), seen('shadow-rows-row'), opens('shadow-rows-row', 1), seen('shadow-row-more')),
    more: true,
  },
  {
    name: 'shadow-empty',
    fake: 'empty',
    screen: 'orders/shadow',
    act: then(press('shadow-make'), seen('shadow-nothing')),
  },
  {
    name: 'shadow-loading',
    fake: 'home,slow',
    screen: 'orders/shadow',
    act: then(press('shadow-make'), seen('shadow-working')),
  },
  {
    name: 'shadow-error',
    fake: 'home,error',
    screen: 'orders/shadow',
    act: then(press('shadow-make'), seen('error-note')),
  },

  { name: 'run', fake: 'home', screen: 'run/r2', more: true },
  { name: 'run-live', fake: 'running', screen: 'run' },
  { name: 'run-paused', fake: 'paused', screen: 'run' },
  { name: 'run-empty', fake: 'empty', screen: 'run' },
  { name: 'run-loading', fake: 'home,slow', screen: 'run/r2' },
  { name: 'run-error', fake: 'home,error', screen: 'run/r2' },
  { name: 'run-huge', fake: 'huge', screen: 'run/r2' },

  { name: 'runs', fake: 'home', screen: 'runs' },
  { name: 'runs-tampered', fake: 'home,tampered', screen: 'runs' },
  { name: 'runs-empty', fake: 'empty', screen: 'runs' },
  { name: 'runs-loading', fake: 'home,slow', screen: 'runs' },
  { name: 'runs-error', fake: 'home,error', screen: 'runs' },

  { name: 'inbox', fake: 'home', screen: 'inbox', more: true },
  {
    name: 'inbox-entered',
    fake: 'home',
    screen: 'inbox/maybe_in_accurate',
    act: then(press('inbox-rows-select'), press('inbox-already'), seen('inbox-decide')),
  },
  {
    name: 'inbox-remove',
    fake: 'home',
    screen: 'inbox/void_not_ours',
    act: then(press('inbox-send'), seen('inbox-decide')),
  },
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
