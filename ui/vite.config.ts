/// <reference types="vitest/config" />
import { readFileSync } from 'node:fs';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vite';

/** The policy of the real window, so that what it refuses is refused in a browser, too. */
const window = JSON.parse(readFileSync(new URL('../tauri.conf.json', import.meta.url), 'utf8')) as {
  app: { security: { csp: Record<string, string> } };
};
const policy = Object.entries(window.app.security.csp)
  .map(([what, from]) => `${what} ${from}`)
  .join('; ');

export default defineConfig({
  // The window loads the files from its own scheme, so every address is relative.
  base: './',
  plugins: [
    // Tests run on what `npm run messages` compiled: the plugin's watcher would keep them from ending.
    ...(process.env.VITEST
      ? []
      : [
          paraglideVitePlugin({
            project: './project.inlang',
            outdir: './src/lib/paraglide',
            strategy: ['globalVariable', 'baseLocale'],
            outputStructure: 'locale-modules',
          }),
        ]),
    svelte(),
    svelteTesting(),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['es2022', 'safari16.4', 'chrome111'],
    // Nothing as a data: address: the content security policy allows files only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  preview: {
    host: '127.0.0.1',
    port: 4173,
    strictPort: true,
    headers: { 'Content-Security-Policy': policy },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['./tests/setup.ts'],
    // An end in any case, and no measure of speed: the first run on a new, busy machine takes many times as long as the second.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
