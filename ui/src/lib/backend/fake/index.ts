/**
 * The whole story in memory: connect, choose, map, decide, plan, apply, prove, undo. For component tests and for the browser, so it
 * keeps the rules that the screens lean on (a step waits for the one before it, a second plan of the same kind is empty). Which made-up
 * world it plays is [`Scenario`]'s.
 */
import type { Backend, CheckView, MappingInput } from '../types';
import { Backups } from './backups';
import { headOf, hold } from './brakes';
import { explain } from './explain';
import { home } from './home';
import { importFile } from './imports';
import { decide, dismiss, inbox, inboxRows, keysOf } from './inbox';
import { example, mappingView } from './mapping';
import { monthEnd, orderSheet, reconciliation, shadow } from './money';
import { makePlan, makeUndo, operations, planOf } from './plans';
import { history, prove, runOf, runRows, Sending, sheet } from './runs';
import { Scenario, type Stage } from './scenario';
import { databases } from './shop';
import { acceptSure, candidates, resolve, skus } from './skus';
import { clone, fail, World } from './world';

export { Scenario, scenarioOf } from './scenario';

export interface FakeOptions {
  /** Milliseconds that an answer takes; 0 in tests. */
  delay?: number;
  /** Milliseconds of a send step. */
  tick?: number;
  scenario?: Scenario;
}

const DOWNLOADS = '~/Unduhan';
/** The company beside the one whose set-up is finished: connected, and without a database. */
const SECOND = 'Toko Melati';

export function createFake({ delay = 120, tick = 90, scenario = new Scenario() }: FakeOptions = {}): Backend {
  const wait = (ms = delay) => (ms === 0 ? Promise.resolve() : new Promise<void>((resolve) => setTimeout(resolve, ms)));
  // A run that is to be watched takes its time.
  const step = () => wait(scenario.is('running') ? tick * 40 : scenario.is('paused') ? 0 : tick);
  let world = new World(scenario);
  let sending = new Sending(world, step);
  history(world, sending);
  const companies = new Map([[world.name, { world, sending }]]);
  /** A company beside the first one. */
  function add(name: string, stage: Stage) {
    const other = new World(new Scenario(stage), name, world.companies, world.settings);
    const company = { world: other, sending: new Sending(other, step) };
    world.companies.push(name);
    companies.set(name, company);
    return company;
  }
  if (scenario.stage === 'home') add(SECOND, 'connected');
  const copies = new Backups();
  let answerSignIn: ((answer: 'granted' | 'cancelled') => void) | null = null;

  const backend: Backend = {
    async appView() {
      await wait(0);
      return world.view();
    },
    async setExistingUser(value) {
      await wait();
      world.existing = value;
      return world.view();
    },
    async setSetting(key, value) {
      await wait(0);
      world.settings[key] = value;
      return world.view();
    },
    async openCompany(typed) {
      await wait();
      const name = typed.trim();
      if (world.sandbox) fail('invalid_input', { field: 'sandbox', detail: 'leave it first' });
      if (name === '' || name.length > 60 || name.includes('/'))
        fail('invalid_input', { field: 'company', detail: name });
      if (sending.now) fail('company_busy');
      ({ world, sending } = companies.get(name) ?? add(name, 'fresh'));
      return world.view();
    },
    async backups() {
      await wait(0);
      return copies.view();
    },
    async backUp() {
      await wait();
      return copies.make('hand', world.settings);
    },
    async restore(name) {
      await wait();
      if (sending.now) fail('company_busy');
      return copies.restore(name, world.settings);
    },
    async openBackups() {
      await wait(0);
    },
    async openPlace() {
      await wait(0);
    },

    async sandboxConnection() {
      await wait(0);
      if (!world.sandbox) return null;
      return {
        forstok_email: 'ratna@sinarrempah.example',
        forstok_secret_key: 'contoh-kunci-forstok',
        client_id: 'contoh-client-id',
        client_secret: 'contoh-client-secret',
        redirect_uri: world.settings['redirect_uri'] ?? '',
        owner_email: 'ratna@sinarrempah.example',
      };
    },
    async startSandbox(existingBooks) {
      await wait(delay * 3);
      world.sandbox = true;
      world.existing = existingBooks;
      return world.view();
    },
    async leaveSandbox() {
      await wait(delay * 2);
      world.sandbox = false;
      return world.view();
    },

    async connectForstok(email, secretKey) {
      await wait();
      if (secretKey.trim() === '' || secretKey.includes('salah')) fail('wrong_forstok_key');
      return clone(world.connectForstok(email));
    },
    async connectAccurate(input, onEvent) {
      await wait();
      if (input.client_secret.includes('salah')) fail('wrong_client');
      const answer = new Promise<'granted' | 'cancelled'>((resolve) => (answerSignIn = resolve));
      onEvent({
        event: 'waiting',
        authorize_url: `https://account.accurate.id/oauth/authorize?client_id=${encodeURIComponent(input.client_id)}&response_type=code`,
        seconds: 300,
        browser_opened: true,
      });
      // The browser's answer, which nobody gives here: it comes by itself, unless it is cancelled first or the secret says to wait.
      const grant = () => answerSignIn?.('granted');
      if (delay === 0) queueMicrotask(grant);
      else if (!input.client_secret.includes('tunggu')) setTimeout(grant, 4000);
      const given = await answer;
      answerSignIn = null;
      if (given === 'cancelled') fail('cancelled');
      return clone(world.connectAccurate());
    },
    async cancelSignIn() {
      answerSignIn?.('cancelled');
    },
    async openSignInAgain() {
      await wait(0);
    },
    async connectAccurateApiToken(token) {
      await wait();
      if (token.includes('salah')) fail('wrong_api_token', { detail: 'signature' });
      return clone(world.connectAccurate('api_token'));
    },
    async disconnectAccurate() {
      await wait();
      world.accurate = null;
      world.database = null;
      return world.view();
    },

    async databases() {
      await wait();
      if (!world.accurate) fail('not_connected', { side: 'accurate' });
      if (scenario.is('empty')) return { databases: [] };
      return {
        databases: clone(databases).map((row) => ({
          ...row,
          chosen: row.id === world.database?.id,
          used_before: row.id === world.database?.id,
        })),
      };
    },
    async useDatabase(id) {
      await wait();
      world.choose(id);
      return world.view();
    },
    async check(): Promise<CheckView> {
      await wait();
      const open = world.undecided();
      const owner = { email: world.accurate?.email ?? '' };
      return {
        ready: open === 0,
        checks: [
          { id: 'channels', state: 'ok', count: 4, detail: { code: 'channels_connected', params: { count: '4' } } },
          {
            id: 'pending_actions',
            state: open > 0 ? 'attention' : 'ok',
            count: open,
            detail: { code: open > 0 ? 'pending_undecided' : 'pending_none', params: { count: String(open) } },
          },
          { id: 'owner', state: 'ok', count: 1, detail: { code: 'owner_signed_in', params: owner } },
        ],
      };
    },

    async mapping() {
      await wait();
      if (!world.database) fail('no_database');
      return mappingView(world);
    },
    async saveMapping(next) {
      await wait();
      world.keep(next, 'saved');
      return mappingView(world);
    },
    async mappingVersion(version) {
      await wait(0);
      return clone(world.kept.get(version) ?? fail('not_found', { what: 'version', id: String(version) }));
    },
    async mappingExample(store, skip) {
      await wait(0);
      return scenario.is('empty') ? null : example(store, skip);
    },
    async exportMapping() {
      await wait(0);
      return JSON.stringify(world.mapping, null, 2);
    },
    async importMapping(text) {
      await wait();
      let next: MappingInput;
      try {
        next = JSON.parse(text) as MappingInput;
      } catch {
        fail('file_malformed', { file: 'mapping.json', place: '1', detail: 'json' });
      }
      world.keep(next, 'imported');
      return mappingView(world);
    },

    async skus(query) {
      await wait(0);
      return skus(world, query);
    },
    async skuCandidates(sku, search) {
      await wait(0);
      return candidates(world, sku, search);
    },
    async resolveSkus(decisions) {
      await wait(0);
      return resolve(world, decisions);
    },
    async acceptSure(state) {
      await wait(0);
      return acceptSure(world, state);
    },
    async importFile(input) {
      await wait();
      return importFile(world, input);
    },

    async home() {
      await wait(0);
      return home(world);
    },
    async explain(sku, refresh) {
      await wait();
      return explain(world, sku, refresh);
    },

    async plan(kind, options, onProgress) {
      onProgress({ phase: 'reading_items', done: 120, total: 330, rate: null, seconds_left: null, counts: null });
      await wait(delay * 2);
      const plan = makePlan(world, kind, options);
      const { head } = plan;
      if (kind === 'items' && head.counts.create + head.counts.change === 0 && world.proven('stock'))
        world.againSettled = true;
      return clone(headOf(world, plan));
    },
    async planUndo(run, onProgress) {
      onProgress({ phase: 'reading_items', done: 40, total: 400, rate: null, seconds_left: null, counts: null });
      await wait(delay * 2);
      return clone(headOf(world, makeUndo(world, runOf(world, run))));
    },
    async planHead(plan) {
      await wait(0);
      return clone(headOf(world, planOf(world, plan)));
    },
    async planOperations(plan, query) {
      await wait(0);
      return operations(world, plan, query);
    },
    async savePlan(plan) {
      await wait();
      return { path: `${DOWNLOADS}/Selaras rencana ${planOf(world, plan).head.hash.slice(0, 8)}.xlsx` };
    },
    async apply(plan, pass, onProgress) {
      const stored = planOf(world, plan);
      if (stored.head.database !== world.database?.id)
        fail('plan_of_other_database', {
          expected: String(stored.head.database),
          found: String(world.database?.id ?? ''),
        });
      return sending.send(stored, onProgress, hold(world, stored, pass));
    },
    async pauseRun() {
      sending.pausing = true;
    },
    async watchRun(onProgress) {
      if (sending.now) sending.follow(onProgress);
      return sending.now;
    },
    async prove(run, onProgress) {
      onProgress({ phase: 'proving', done: 1, total: 2, rate: null, seconds_left: null, counts: null });
      await wait(delay * 3);
      return prove(world, run);
    },

    async runs() {
      await wait(0);
      const tampered = world.scenario.is('tampered');
      const runs = world.runs.map((run, at) => ({ ...clone(run.head), unproven: tampered && at === 0 }));
      return { runs, chain_whole: true };
    },
    async verify() {
      await wait(0);
      const heads = world.runs.map((run) => run.head);
      const certificates = heads.filter((head) => head.certificate !== null).length;
      if (!world.scenario.is('tampered')) return { chain_whole: true, certificates, unproven: [], problems: [] };
      const [newest, older] = [heads[0]?.run ?? null, heads[1]?.run ?? null];
      const problems = [
        { code: 'journal_changed', run: newest, detail: 'a9f3c1d2e4b5' },
        { code: 'certificate_file_missing', run: older, detail: 'certificates/0006-stock.json' },
      ];
      return { chain_whole: false, certificates, unproven: newest === null ? [] : [newest], problems };
    },
    async run(id) {
      await wait(0);
      return sheet(world, id);
    },
    async runRows(run, { state, search, page }) {
      await wait(0);
      return runRows(world, run, state, search, page);
    },
    async saveCertificate(run) {
      await wait();
      const number = runOf(world, run).head.certificate_no ?? fail('not_found', { what: 'certificate', id: run });
      return { path: `${DOWNLOADS}/Selaras sertifikat ${String(number).padStart(4, '0')}.html` };
    },

    async inbox() {
      await wait(0);
      return inbox(world);
    },
    async inboxRows(query) {
      await wait(0);
      return inboxRows(world, query);
    },
    async inboxRetry(cause, keys, onProgress) {
      const settled = keys.length > 0 ? keys : scenario.stage === 'home' ? keysOf(world, cause) : [];
      const plan = makePlan(world, 'items');
      const run = await sending.send(plan, onProgress, hold(world, plan, []));
      for (const key of settled) world.dismissed.add(key);
      return { syncs: [{ plan: clone(plan.head), run, proof: prove(world, run.run) }] };
    },
    async inboxDismiss(keys, reason) {
      await wait();
      return dismiss(world, keys, reason);
    },
    async decideRows(input) {
      await wait();
      return decide(world, input);
    },

    async orderSheet(order, refresh) {
      await wait();
      return orderSheet(world, order, refresh);
    },
    async reconciliation(query) {
      await wait(0);
      return reconciliation(world, query);
    },
    async shadow(since) {
      await wait(delay * 3);
      return shadow(world, since);
    },
    async monthEnd(month) {
      await wait(delay * 3);
      return monthEnd(world, month, DOWNLOADS);
    },
  };
  return under(scenario, backend);
}

type Method = (...args: never[]) => Promise<unknown>;

/** What the scenario refuses or never answers is asked of it before each call. */
function under(scenario: Scenario, backend: Backend): Backend {
  const guarded = Object.entries(backend).map(([name, method]) => {
    const answer = method as Method;
    return [
      name,
      async (...args: never[]) => {
        const refusal = scenario.refusal(name, args);
        if (refusal) fail(refusal.code, refusal.params);
        if (scenario.never(name)) await new Promise(() => undefined);
        return answer(...args);
      },
    ];
  });
  return Object.fromEntries(guarded) as Backend;
}
