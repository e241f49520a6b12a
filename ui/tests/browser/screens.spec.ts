/** Each screen and state: WCAG 2.2 AA by axe, nothing too wide, nothing on the console, and what a screen reader is told, as a golden. */
import { STATES } from './states';
import { CONTRAST, expect, LARGE, look, LOOKS, open, settle, test } from './window';

/** Never the same twice: the goldens hold the words around it. */
const MOVING = ['run-live', 'home-running', 'connect-waiting'];

for (const { name, fake, screen, act, more, of = 'main' } of STATES)
  test(name, async ({ page }) => {
    await open(page, fake, screen);
    await act?.(page);
    await settle(page);
    if (!MOVING.includes(name))
      for (const [index, part] of (await page.locator(of).all()).entries())
        await expect.soft(part).toMatchAriaSnapshot({ name: `${name}${index > 0 ? `-${index}` : ''}.aria.yml` });
    await look(page, name, more ? [...LOOKS, CONTRAST, LARGE] : LOOKS);
  });
