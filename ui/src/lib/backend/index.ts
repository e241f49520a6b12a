/** Which engine serves this window: Tauri's when it is one, otherwise the one in memory, in the world that the address names. */
import type { Backend } from './types';

declare global {
  interface Window {
    __TAURI_INTERNALS__?: unknown;
  }
}

export async function openBackend(): Promise<Backend> {
  if (window.__TAURI_INTERNALS__) return (await import('./tauri')).tauri;
  const { createFake, scenarioOf } = await import('./fake');
  return createFake({ scenario: scenarioOf(location.search) });
}

export * from './types';
