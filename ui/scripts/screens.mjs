/**
 * Walks through the whole story with the engine in memory and stores a picture of every screen, in both looks and both sizes.
 *
 *   node scripts/screens.mjs [folder]        default: ../target/screens/fake
 *
 * Needs `npm run build` first and a Chromium on this computer (CHROMIUM, default /usr/bin/chromium). Downloads nothing. A page error,
 * a console error or text that runs out of the window ends it with 1.
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const folder = process.argv[2] ?? new URL('../../target/screens/fake', import.meta.url).pathname;
await mkdir(folder, { recursive: true });

/** The policy of the real window (tauri.conf.json), so that an inline style fails here too. */
const POLICY =
  "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";

const server = await preview({
  root: new URL('..', import.meta.url).pathname,
  logLevel: 'error',
  preview: { host: '127.0.0.1', port: 0, strictPort: false, headers: { 'Content-Security-Policy': POLICY } },
});
const address = server.resolvedUrls.local[0];
const profile = await mkdtemp(join(tmpdir(), 'selaras-screens-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

const problems = [];
const looks = [
  { theme: 'light', size: { width: 1280, height: 800 }, suffix: 'light' },
  { theme: 'dark', size: { width: 1280, height: 800 }, suffix: 'dark' },
  { theme: 'light', size: { width: 1024, height: 700 }, suffix: '1024-light' },
  { theme: 'dark', size: { width: 1024, height: 700 }, suffix: '1024-dark' },
];

async function story({ theme, size, suffix }, { language = 'id', books = 'existing' } = {}) {
  const page = await browser.newPage();
  await page.setViewportSize(size);
  page.on('pageerror', (error) => problems.push(`${suffix}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${suffix}: ${message.text()}`);
  });
  await page.addInitScript(
    ([theme, language]) => {
      localStorage.setItem('selaras.theme', theme);
      localStorage.setItem('selaras.locale', language);
    },
    [theme, language],
  );
  await page.goto(`${address}#/`);
  const at = (id) => page.getByTestId(id).first();
  const click = (id) => at(id).click();
  const shot = async (name) => {
    await page.waitForTimeout(250);
    // Nothing scrolls sideways: not the window, and nothing in it.
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((node) => /auto|scroll/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth)
        .concat(
          document.documentElement.scrollWidth > document.documentElement.clientWidth ? [document.documentElement] : [],
        )
        .map((node) => `<${node.localName} class="${node.className}">`),
    );
    for (const what of wide) problems.push(`${suffix}: ${name}: ${what} is wider than its place`);
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`) });
  };

  await at('welcome-next').waitFor();
  await click(`welcome-${books}`);
  await shot('01-welcome');
  await click('welcome-next');
  await at('connect-forstok-email').fill('ratna.kusumawardani@sinarrempahnusantara.example');
  await at('connect-forstok-key').fill('salah');
  await click('connect-forstok-submit');
  await at('error-note').waitFor();
  await shot('02-connect-refused');
  await at('connect-forstok-key').fill('kunci');
  await click('connect-forstok-submit');
  await at('connect-client-id').fill('contoh-id');
  await at('connect-client-secret').fill('contoh-rahasia');
  await shot('03-connect-accurate');
  await click('connect-accurate-submit');
  await at('connect-waiting').waitFor();
  await shot('04-connect-waiting');
  await at('connect-accurate-done').waitFor({ timeout: 10000 });
  await shot('05-connect-done');
  await click('connect-next');
  await click('database-choice-1048213');
  await shot('06-database');
  await click('database-use');
  await at('mapping-take-sure').waitFor();
  await shot('07-accounts-empty');
  await at('map-stores-14-bank-account-id').click();
  await page.waitForTimeout(150);
  await shot('08-accounts-picker');
  await page.keyboard.press('Escape');
  await click('mapping-take-sure');
  for (const [place, option] of [
    ['stores-14-bank-account-id', '74'],
    ['roles-shipping-difference', '84'],
    ['roles-platform-fulfillment-fee', '85'],
    ['roles-service-fee', '86'],
  ]) {
    await at(`map-${place}`).click();
    await at(`map-${place}-option-${option}`).click();
  }
  await shot('09-accounts-filled');
  await click('mapping-save');
  await at('map-warehouses-195').click();
  await at('map-warehouses-195-option-50').click();
  await click('mapping-take-sure');
  await click('map-accept-warehouses-197');
  await shot('10-warehouses');
  await click('mapping-save');
  await at('sku-accept').waitFor();
  await shot('11-skus');
  await page.keyboard.press('n');
  await page.waitForTimeout(200);
  for (let turn = 0; turn < 14 && (await at('sku-source').count()) > 0; turn++) {
    const code = (await at('sku-typed').count()) > 0;
    if (code) await page.keyboard.press('Escape');
    if (turn === 1) await shot('12-skus-next');
    await page.keyboard.press((await at('sku-accept').count()) > 0 ? 'Enter' : 's');
    await page.waitForTimeout(180);
  }
  await shot('13-skus-done');
  await click('sku-next');
  await click('plan-make');
  await at('plan-counts').waitFor();
  await click('plan-open');
  await shot('14-items-plan');
  await click('plan-apply');
  await at('run-live').waitFor();
  await page.waitForTimeout(900);
  await shot('15-run');
  await at('receipt-checked').waitFor({ timeout: 30000 });
  await shot('16-receipt');
  if (books === 'new') {
    await click('run-next');
    await click('opening-source-forstok');
    await click('opening-cost-forstok');
    await shot('17-opening');
    await click('plan-make');
    await at('plan-counts').waitFor();
    await at('plan-confirm').click();
    await shot('18-opening-plan');
    await click('plan-open');
    await shot('18-opening-document');
    await click('plan-apply');
    await at('receipt-checked').waitFor({ timeout: 30000 });
  }
  await click('run-next');
  await click('plan-make');
  await at('plan-counts').waitFor();
  await at('plan-confirm').click();
  await shot('19-stock-plan');
  await click('plan-open');
  await shot('19-stock-document');
  await click('plan-apply');
  await at('receipt-checked').waitFor({ timeout: 30000 });
  await click('run-next');
  await click('plan-make');
  await at('again-settled').waitFor();
  await shot('20-items-again');
  await click('again-home');
  await shot('21-home');
  await click('nav-runs');
  await at('runs-table').waitFor();
  await shot('22-runs');
  await click('runs-open');
  await at('run-rows').waitFor();
  await shot('23-run-detail');
  await click('nav-inbox');
  await shot('24-inbox');
  await click('nav-settings');
  await shot('25-settings');
  await page.close();
}

try {
  const only = process.env.LOOK;
  for (const look of looks)
    if (!only || only === look.suffix)
      await story(look, { books: look.suffix.startsWith('1024') ? 'new' : 'existing' });
  if (!only || only === 'contrast-en')
    await story({ theme: 'contrast', size: { width: 1280, height: 800 }, suffix: 'contrast-en' }, { language: 'en' });
} finally {
  await browser.close();
  await server.close();
  await rm(profile, { recursive: true, force: true });
}

for (const problem of new Set(problems)) console.error(problem);
console.log(`pictures in ${folder}`);
process.exit(problems.length > 0 ? 1 : 0);
