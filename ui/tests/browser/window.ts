/** The window in a browser: opened in a made-up world at a fixed moment, watched for errors, looked at in every look and size. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test as base, type Page } from '@playwright/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Sunday, 22 November 2026, 14.32 in Jakarta. Timers go on; only the date stands. */
const NOW = new Date('2026-11-22T07:32:00Z');
const FOLDER = '../target/screens/fake';

/** What may not be said behind a person's back: page errors, and errors and refusals of the policy on the console. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

/** Opens a screen in the world that `fake` names (`scenario.ts`); an address with `&` adds to it. */
export async function open(page: Page, fake: string, screen: string): Promise<void> {
  await page.clock.setFixedTime(NOW);
  await page.addInitScript(() => {
    localStorage.setItem('selaras.theme', 'light');
    localStorage.setItem('selaras.locale', 'id');
  });
  await page.goto(`/?fake=${fake}#/${screen}`);
  await page.getByTestId('screen-title').first().waitFor();
  await settle(page);
}

/** Frames in a row without a change of what is drawn: a fraction of a second, and as long as it takes on a busy machine. */
const STILL = 8;
/** A run that goes on never stands still. */
const MOST_FRAMES = 90;

/** Waits until what is drawn stands still. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    ([still, most]) =>
      new Promise<void>((resolve) => {
        let unchanged = 0;
        let frames = 0;
        const watch = new MutationObserver(() => (unchanged = 0));
        watch.observe(document.body, { subtree: true, childList: true, characterData: true });
        const frame = () => {
          if (++unchanged > still || ++frames > most) {
            watch.disconnect();
            resolve();
          } else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [STILL, MOST_FRAMES] as const,
  );
}

export interface Look {
  theme: 'light' | 'dark' | 'contrast';
  width: number;
  height: number;
  /** Size of text in per cent. */
  text?: number;
}

export const LOOKS: Look[] = [
  { theme: 'light', width: 1280, height: 800 },
  { theme: 'dark', width: 1280, height: 800 },
  { theme: 'light', width: 1024, height: 700 },
  { theme: 'dark', width: 1024, height: 700 },
];
export const CONTRAST: Look = { theme: 'contrast', width: 1280, height: 800 };
export const LARGE: Look = { theme: 'light', width: 1280, height: 800, text: 200 };

async function wear(page: Page, { theme, width, height, text = 100 }: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(
    ([theme, text]) => {
      document.documentElement.dataset['theme'] = theme;
      document.documentElement.dataset['text'] = text;
    },
    [theme, String(text)] as const,
  );
  await settle(page);
}

const nameOf = ({ theme, width, text }: Look) => `${width}-${theme}${text ? `-${text}` : ''}`;

/** WCAG 2.2 A and AA. What depends on neither colour nor size is looked at once. */
async function violations(page: Page, whole: boolean): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (whole) => {
    const axe = (window as unknown as { axe: typeof import('axe-core') }).axe;
    const only = whole
      ? { type: 'tag' as const, values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
      : { type: 'rule' as const, values: ['color-contrast', 'target-size', 'scrollable-region-focusable'] };
    const found = await axe.run(document, { runOnly: only, resultTypes: ['violations'] });
    return found.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 140)} ${node.any[0]?.message ?? ''}`),
    );
  }, whole);
}

/** Nothing scrolls sideways but a table in its own box. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((node) => {
        if (node === document.documentElement) return node.scrollWidth > node.clientWidth;
        if (!/auto|scroll/.test(getComputedStyle(node).overflowX) || node.matches('.tablebox')) return false;
        return node.scrollWidth > node.clientWidth;
      })
      .map((node) => `<${node.localName} class="${node.getAttribute('class') ?? ''}"> is wider than its place`),
  );
}

/** Looks at the screen as it stands in each look: rules, width, and a picture for people. */
export async function look(page: Page, name: string, looks: readonly Look[] = LOOKS): Promise<void> {
  for (const [turn, one] of looks.entries()) {
    await wear(page, one);
    const where = `${name}-${nameOf(one)}`;
    await page.screenshot({ path: `${FOLDER}/${where}.png` });
    expect.soft(await tooWide(page), where).toEqual([]);
    expect.soft(await violations(page, turn === 0), where).toEqual([]);
  }
  await wear(page, looks[0] as Look);
}

/** Rows that are in the document. */
export function rowsDrawn(page: Page): Promise<number> {
  return page.locator('main tbody tr:not(.gap):not(.opened)').count();
}
