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

/**
 * For a command that tells how far it is. What it tells and what it answers come by different ways, so a message may come after the
 * answer: it is dropped, as nothing goes on any more that it could be about.
 */
async function told<M, T>(
  receive: (message: M) => void,
  command: (channel: Channel<M>) => Promise<Answer<T>>,
): Promise<Whole<T>> {
  let answered = false;
  const channel = new Channel<M>();
  channel.onmessage = (message) => {
    if (!answered) receive(message);
  };
  try {
    return await call(command(channel));
  } finally {
    answered = true;
  }
}

export const tauri: Backend = {
  appView: () => call(commands.appView()),
  setExistingUser: (existing) => call(commands.setExistingUser(existing)),
  setSetting: (key, value) => call(commands.setSetting(key, value)),
  openCompany: (name) => call(commands.openCompany(name)),
  backups: () => call(commands.backups()),
  backUp: () => call(commands.backUp()),
  restore: (name) => call(commands.restore(name)),
  openBackups: () => done(commands.openBackups()),
  openPlace: (place) => done(commands.openPlace(place)),
  sandboxConnection: () => call(commands.sandboxConnection()),
  startSandbox: (existingBooks) => call(commands.startSandbox(existingBooks)),
  leaveSandbox: () => call(commands.leaveSandbox()),

  connectForstok: (email, secretKey) => call(commands.connectForstok(email, secretKey)),
  connectAccurate: (input, onEvent) => told(onEvent, (channel) => commands.connectAccurate(input, channel)),
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

  plan: (kind, options, onProgress) => told(onProgress, (channel) => commands.plan(kind, options, channel)),
  planUndo: (run, onProgress) => told(onProgress, (channel) => commands.planUndo(run, channel)),
  planHead: (plan) => call(commands.planHead(plan)),
  planOperations: (plan, query) => call(commands.planOperations(plan, query)),
  savePlan: (plan) => call(commands.savePlan(plan)),
  apply: (plan, pass, onProgress) => told(onProgress, (channel) => commands.apply(plan, pass, channel)),
  pauseRun: () => done(commands.pauseRun()),
  watchRun: (onProgress) => told(onProgress, (channel) => commands.watchRun(channel)),
  prove: (run, onProgress) => told(onProgress, (channel) => commands.prove(run, channel)),

  runs: () => call(commands.runs()),
  verify: () => call(commands.verify()),
  run: (run) => call(commands.run(run)),
  runRows: (run, query) => call(commands.runRows(run, query)),
  saveCertificate: (run) => call(commands.saveCertificate(run)),

  inbox: () => call(commands.inbox()),
  inboxRows: (query) => call(commands.inboxRows(query)),
  inboxRetry: (cause, keys, onProgress) => told(onProgress, (channel) => commands.inboxRetry(cause, keys, channel)),
  inboxDismiss: (keys, reason) => call(commands.inboxDismiss(keys, reason)),
  decideRows: (input) => call(commands.decideRows(input)),

  orderSheet: (order, refresh) => call(commands.orderSheet(order, refresh)),
  reconciliation: (query) => call(commands.reconciliation(query)),
  shadow: (since) => call(commands.shadow(since)),
  monthEnd: (month) => call(commands.monthEnd(month)),
};
