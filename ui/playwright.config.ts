/**
 * Every screen in a real browser, on the engine in memory: `npm run build && npm run test:browser`. Uses the Chromium of this computer
 * (CHROMIUM, default /usr/bin/chromium) and downloads nothing. The page is served with the policy of the real window.
 */
import { defineConfig } from '@playwright/test';

const PORT = 4174;

export default defineConfig({
  testDir: 'tests/browser',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  // Ends in any case, and no measures of speed: the first run on a new, busy machine takes many times as long as the second.
  timeout: 300_000,
  reporter: process.env.CI ? [['dot'], ['github']] : [['line']],
  expect: { timeout: 30_000, toMatchAriaSnapshot: { pathTemplate: '{testDir}/goldens/{arg}{ext}' } },
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    browserName: 'chromium',
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    testIdAttribute: 'data-testid',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    },
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --host 127.0.0.1 --port ${PORT} --strictPort`,
    url: `http://127.0.0.1:${PORT}/`,
    reuseExistingServer: false,
    timeout: 180_000,
  },
});
