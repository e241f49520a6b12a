/**
 * The engine behind Tauri's IPC, through the generated bindings. The only file that imports `@tauri-apps/*`; it adds nothing to what
 * the commands answer. A refusal comes as the closed `AppError`; anything else (a panic, a missing command) is `internal`.
 */
import { Channel } from '@tauri-apps/api/core';
import { commands } from './bindings';
import { BackendError, errorCodes, type AppError, type Backend } from './types';

type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: unknown };

/** Rust sends every field; the question marks of the bindings are for what the window may leave out. */
type Whole<T> = T extends (infer E)[] ? Whole<E>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;

function isAppError(cause: unknown): cause is AppError {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'code' in cause &&
    (errorCodes as readonly unknown[]).includes(cause.code)
  );
}

function refusal(cause: unknown): BackendError {
  return new BackendError(isAppError(cause) ? cause : { code: 'internal', params: { detail: String(cause) } });
}

async function call<T>(command: Promise<Answer<T>>): Promise<Whole<T>> {
  const answer = await command.catch((cause: unknown) => {
    throw refusal(cause);
  });
  if (answer.status === 'error') throw refusal(answer.error);
  return answer.data as Whole<T>;
}

/** For a command that answers nothing. */
async function done(command: Promise<Answer<null>>): Promise<void> {
  await call(command);
}

function channel<T>(receive: (message: T) => void): Channel<T> {
  const open = new Channel<T>();
  open.onmessage = receive;
  return open;
}

export const tauri: Backend = {
  appView: () => call(commands.appView()),
  setExistingUser: (existing) => call(commands.setExistingUser(existing)),
  setSetting: (key, value) => call(commands.setSetting(key, value)),
  openCompany: (name) => call(commands.openCompany(name)),
  openPlace: (place) => done(commands.openPlace(place)),
  sandboxConnection: () => call(commands.sandboxConnection()),
  startSandbox: (existingBooks) => call(commands.startSandbox(existingBooks)),
  leaveSandbox: () => call(commands.leaveSandbox()),

  connectForstok: (email, secretKey) => call(commands.connectForstok(email, secretKey)),
  connectAccurate: (input, onEvent) => call(commands.connectAccurate(input, channel(onEvent))),
  cancelSignIn: () => done(commands.cancelSignIn()),
  openSignInAgain: () => done(commands.openSignInAgain()),
  connectAccurateApiToken: (token, signatureSecret) => call(commands.connectAccurateApiToken(token, signatureSecret)),
  disconnectAccurate: () => call(commands.disconnectAccurate()),

  databases: () => call(commands.databases()),
  useDatabase: (id) => call(commands.useDatabase(id)),
  check: () => call(commands.check()),

  mapping: (refresh) => call(commands.mapping(refresh)),
  saveMapping: (mapping) => call(commands.saveMapping(mapping)),
  mappingVersion: (version) => call(commands.mappingVersion(version)),
  mappingExample: (store, skip) => call(commands.mappingExample(store, skip)),
  exportMapping: () => call(commands.exportMapping()),
  importMapping: (text) => call(commands.importMapping(text)),

  skus: (query) => call(commands.skus(query)),
  skuCandidates: (sku, search) => call(commands.skuCandidates(sku, search)),
  resolveSkus: (decisions) => call(commands.resolveSkus(decisions)),
  acceptSure: (state) => call(commands.acceptSure(state)),
  importFile: (input) => call(commands.importFile(input)),

  home: () => call(commands.home()),
  explain: (sku, refresh) => call(commands.explain(sku, refresh)),

  plan: (kind, options, onProgress) => call(commands.plan(kind, options, channel(onProgress))),
  planUndo: (run, onProgress) => call(commands.planUndo(run, channel(onProgress))),
  planHead: (plan) => call(commands.planHead(plan)),
  planOperations: (plan, query) => call(commands.planOperations(plan, query)),
  savePlan: (plan) => call(commands.savePlan(plan)),
  apply: (plan, onProgress) => call(commands.apply(plan, channel(onProgress))),
  pauseRun: () => done(commands.pauseRun()),
  watchRun: (onProgress) => call(commands.watchRun(channel(onProgress))),
  prove: (run, onProgress) => call(commands.prove(run, channel(onProgress))),

  runs: () => call(commands.runs()),
  run: (run) => call(commands.run(run)),
  runRows: (run, query) => call(commands.runRows(run, query)),
  saveCertificate: (run) => call(commands.saveCertificate(run)),

  inbox: () => call(commands.inbox()),
  inboxRows: (query) => call(commands.inboxRows(query)),
  inboxRetry: (cause, keys, onProgress) => call(commands.inboxRetry(cause, keys, channel(onProgress))),
  inboxDismiss: (keys, reason) => call(commands.inboxDismiss(keys, reason)),
  decideRows: (input) => call(commands.decideRows(input)),

  orderSheet: (order, refresh) => call(commands.orderSheet(order, refresh)),
  reconciliation: (query) => call(commands.reconciliation(query)),
  shadow: (since) => call(commands.shadow(since)),
  monthEnd: (month) => call(commands.monthEnd(month)),
};
