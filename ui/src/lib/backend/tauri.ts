/**
 * The engine behind Tauri's IPC. The only file that imports `@tauri-apps/*`; it adds nothing to what the commands answer.
 * A refusal comes as the closed `AppError`; anything else (a panic, a missing command) is `internal`.
 */
import { Channel, invoke } from '@tauri-apps/api/core';
import { BackendError, errorCodes, type AppError, type Backend } from './types';

function isAppError(cause: unknown): cause is AppError {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'code' in cause &&
    (errorCodes as readonly unknown[]).includes(cause.code)
  );
}

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (cause) {
    throw new BackendError(isAppError(cause) ? cause : { code: 'internal', params: { detail: String(cause) } });
  }
}

function channel<T>(receive: (message: T) => void): Channel<T> {
  const open = new Channel<T>();
  open.onmessage = receive;
  return open;
}

export const tauri: Backend = {
  appView: () => call('app_view'),
  setExistingUser: (existing) => call('set_existing_user', { existing }),
  setSetting: (key, value) => call('set_setting', { key, value }),
  sandboxConnection: () => call('sandbox_connection'),
  startSandbox: (existingBooks) => call('start_sandbox', { existingBooks }),

  connectForstok: (email, secretKey) => call('connect_forstok', { email, secretKey }),
  connectAccurate: (input, onEvent) => call('connect_accurate', { input, onEvent: channel(onEvent) }),
  cancelSignIn: () => call('cancel_sign_in'),
  connectAccurateApiToken: (token, signatureSecret) => call('connect_accurate_api_token', { token, signatureSecret }),
  disconnectAccurate: () => call('disconnect_accurate'),

  databases: () => call('databases'),
  useDatabase: (id) => call('use_database', { id }),
  check: () => call('check'),

  mapping: (refresh) => call('mapping', { refresh }),
  saveMapping: (mapping) => call('save_mapping', { mapping }),
  exportMapping: () => call('export_mapping'),
  importMapping: (text) => call('import_mapping', { text }),

  skus: (query) => call('skus', { query }),
  skuCandidates: (sku) => call('sku_candidates', { sku }),
  resolveSkus: (decisions) => call('resolve_skus', { decisions }),
  importFile: (input) => call('import_file', { input }),

  plan: (kind, options, onProgress) => call('plan', { kind, options, onProgress: channel(onProgress) }),
  planOperations: (plan, query) => call('plan_operations', { plan, query }),
  apply: (plan, onProgress) => call('apply', { plan, onProgress: channel(onProgress) }),
  pauseRun: () => call('pause_run'),
  prove: (run, onProgress) => call('prove', { run, onProgress: channel(onProgress) }),

  runs: () => call('runs'),
  run: (run) => call('run', { run }),
  inbox: () => call('inbox'),
  inboxRetry: (cause, onProgress) => call('inbox_retry', { cause, onProgress: channel(onProgress) }),
  inboxDismiss: (key, reason) => call('inbox_dismiss', { key, reason }),
};
