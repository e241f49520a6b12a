/** Long tables: never more than sixty rows in the document, wherever one looks. */
import { expect, open, rowsDrawn, settle, test } from './window';

const MOST = 60;

const TABLES = [
  { name: '300,000 figures of stock', screen: 'stock', begin: 'plan-make' },
  { name: '100,000 items', screen: 'items', begin: 'plan-make' },
  { name: '100,000 SKUs', screen: 'skus/all', begin: null },
  { name: '150,000 rows of a run', screen: 'run/r2', begin: null },
  { name: '5,000 rows of a cause', screen: 'inbox', begin: null },
];

for (const { name, screen, begin } of TABLES)
  test(`${name}: at most ${MOST} rows are drawn, from the first to the last`, async ({ page }) => {
    await open(page, 'huge', screen);
    if (begin) await page.getByTestId(begin).click();
    const box = page.locator('.tablebox').first();
    await box.locator('tbody tr[data-testid]').first().waitFor();
    const count = Number(await box.locator('table').getAttribute('aria-rowcount'));
    expect(count).toBeGreaterThan(1000);
    const to = async (share: number) => {
      await box.evaluate((node, share) => node.scrollTo({ top: node.scrollHeight * share }), share);
      await settle(page);
      expect(await rowsDrawn(page)).toBeLessThanOrEqual(MOST);
    };
    expect(await rowsDrawn(page)).toBeLessThanOrEqual(MOST);
    // Scrolling a little at a time, then a jump to the middle, then the end.
    for (let turn = 0; turn < 12; turn++) {
      await box.evaluate((node) => node.scrollBy({ top: node.clientHeight * 0.8 }));
      expect(await rowsDrawn(page)).toBeLessThanOrEqual(MOST);
    }
    await to(0.5);
    const rows = box.locator('tbody tr[data-testid]');
    await rows.first().waitFor();
    const middle = Number(await rows.first().getAttribute('aria-rowindex'));
    expect(middle / count).toBeGreaterThan(0.4);
    expect(middle / count).toBeLessThan(0.6);
    await to(1);
    await box.locator(`tbody tr[aria-rowindex="${count}"][data-testid]`).waitFor();
    expect(await box.locator('tbody tr.blank').count()).toBe(0);
  });
