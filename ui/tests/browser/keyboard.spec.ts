/** The daily work without a mouse. */
import { expect, open, test } from './window';

test('a SKU queue is decided by keys alone', async ({ page }) => {
  await open(page, 'mapped', 'skus');
  const source = page.getByTestId('sku-source');
  const here = () => source.getByRole('heading').first().innerText();
  await source.waitFor();
  const first = await here();
  await page.keyboard.press('j');
  await expect.poll(here).not.toBe(first);
  await page.keyboard.press('k');
  await expect.poll(here).toBe(first);
  await page.keyboard.press('n');
  await expect(page.getByTestId('sku-last')).toContainText(first);
  await page.keyboard.press('u');
  await expect(page.getByTestId('sku-last')).toHaveCount(0);
  await expect.poll(here).toBe(first);
  await page.keyboard.press('s');
  await expect(page.getByTestId('sku-last')).toContainText(first);
});

/** Presses Tab until the focus is on it. */
async function reach(page: import('@playwright/test').Page, id: string): Promise<void> {
  for (let turn = 0; turn < 60; turn++) {
    if (await page.evaluate((id) => document.activeElement?.getAttribute('data-testid') === id, id)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${id}`);
}

test('a plan is made, read document by document, answered and sent by keys alone', async ({ page }) => {
  await open(page, 'braked', 'stock');
  await reach(page, 'plan-make');
  await page.keyboard.press('Enter');
  await page.getByTestId('plan-counts').waitFor();
  await reach(page, 'plan-table');
  await page.keyboard.press('Enter');
  await page.getByTestId('plan-document').waitFor();
  await reach(page, 'plan-next');
  const opened = page.locator('tr.is-open');
  const first = await opened.getAttribute('aria-rowindex');
  await page.keyboard.press('Enter');
  await expect(opened).not.toHaveAttribute('aria-rowindex', first ?? '');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('plan-next');
  await expect(page.getByTestId('plan-apply')).toBeDisabled();
  await reach(page, 'plan-confirm');
  await page.keyboard.press('Enter');
  await reach(page, 'plan-apply');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/run/);
});
