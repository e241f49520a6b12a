/** Which engine serves this window: Tauri's when it is one, otherwise the one in memory. */
import type { Backend } from './types';

declare global {
  interface Window {
    __TAURI_INTERNALS__?: unknown;
  }
}

export async function openBackend(): Promise<Backend> {
  if (window.__TAURI_INTERNALS__) return (await import('./tauri')).tauri;
  return (await import('./fake')).createFake();
}

export * from './types';
