/** The open company and the engine behind it: what every screen shares. */
import { getContext, setContext } from 'svelte';
import {
  BackendError,
  type AppError,
  type AppView,
  type Backend,
  type CheckView,
  type HomeView,
  type StepId,
  type StepView,
} from '../backend/types';
import { isLocale, locale, type Locale } from '../i18n/locale.svelte';
import { route } from './route.svelte';
import { Running } from './running.svelte';
import { Outside } from './outside.svelte';
import { isTextSize, isTheme, theme } from './theme.svelte';

const KEY = Symbol('session');

/** The closed error in whatever was thrown. */
export function failureOf(cause: unknown): AppError {
  if (cause instanceof BackendError) return cause.failure;
  return { code: 'internal', params: { detail: String(cause) } };
}

export class Session {
  private known = $state<AppView>() as AppView;
  /** How many views were asked for, the number of the one that is shown, and how many counts were asked for. */
  private asked = 0;
  private shown = 0;
  private counts = 0;
  inbox = $state(0);
  /** The newest answer to "is everything ready?" and its database, so that coming back to it does not begin with nothing. */
  readiness = $state<{ database: number | null; view: CheckView } | null>(null);
  /** The figures of the home, for the ages on the rail; `null` before they were read. */
  figures = $state.raw<HomeView | null>(null);
  readonly backend: Backend;
  readonly outside = new Outside();
  running = $state.raw() as Running;

  constructor(backend: Backend, view: AppView) {
    this.backend = this.outside.watch(backend);
    this.known = view;
    this.running = new Running(this);
  }

  /** The company as the engine last told it. */
  get view(): AppView {
    return this.known;
  }

  /** Takes what the engine answers. Answers may overtake each other: one to an earlier question never replaces one to a later one. */
  async learn(answer: Promise<AppView>): Promise<AppView> {
    const turn = ++this.asked;
    const view = await answer;
    if (turn > this.shown) {
      this.shown = turn;
      this.known = view;
    }
    return view;
  }

  static async open(backend: Backend): Promise<Session> {
    const session = new Session(backend, await backend.appView());
    session.adopt();
    await session.count();
    void session.running.attach();
    return session;
  }

  /** Takes the language and the look that the engine keeps: they outlive the storage of the web view. */
  private adopt(): void {
    const { language, theme: look, text_size: text } = this.view.settings;
    if (language !== undefined && isLocale(language) && language !== locale.current) locale.set(language);
    if (isTheme(look) && look !== theme.current) theme.set(look);
    if (isTextSize(text) && text !== theme.textSize) theme.setTextSize(text);
  }

  /** Stores a choice of the window with the engine. */
  async store(key: string, value: string): Promise<void> {
    await this.learn(this.backend.setSetting(key, value));
  }

  /** Changes the language at once, and keeps it for the next start. */
  async speak(language: Locale): Promise<void> {
    locale.set(language);
    await this.store('language', language);
  }

  get company() {
    return this.view.company;
  }

  step(id: StepId): StepView | undefined {
    return this.company.steps.find((step) => step.id === id);
  }

  /** Every step is done. */
  get settled(): boolean {
    return this.company.steps.every((step) => step.state === 'done');
  }

  /** Stock was sent once: from then on the rail is the menu of the house, whatever waits in a step. */
  get house(): boolean {
    const stock = this.step('stock')?.state;
    return this.settled || stock === 'done' || stock === 'need';
  }

  /** The next step that a person can do something in. */
  get next(): StepView | undefined {
    const open = this.company.steps.filter((step) => step.state !== 'done' && step.state !== 'blocked');
    return open.find((step) => step.state === 'current') ?? open[0];
  }

  /** Closes the made-up shop and goes back to the person's own data. */
  async leaveSandbox(): Promise<void> {
    await this.enter(this.backend.leaveSandbox());
  }

  /** Opens another company of this computer, or a new one. */
  async openCompany(name: string): Promise<void> {
    await this.enter(this.backend.openCompany(name));
  }

  /** Lets go of everything that belongs to the company before, and begins where this one stands. */
  private async enter(answer: Promise<AppView>): Promise<void> {
    await this.learn(answer);
    this.readiness = null;
    this.inbox = 0;
    this.figures = null;
    this.outside.offline = null;
    this.running = new Running(this);
    route.clear();
    await this.count();
  }

  async refresh(): Promise<void> {
    await this.reread();
    await this.count();
  }

  /** Where the company stands now: its steps, and which run is unfinished. */
  async reread(): Promise<void> {
    await this.learn(this.backend.appView());
  }

  /** What waits for a person, and the figures of the home: they may take longer than the steps. */
  async count(): Promise<void> {
    const turn = ++this.counts;
    if (!this.company.database) {
      this.inbox = 0;
      this.figures = null;
      return;
    }
    const company = this.company.name;
    const here = () => turn === this.counts && company === this.company.name;
    // What stands beside the steps: a refusal is said on the screen that asks for the same, and must not keep the window shut.
    try {
      const { causes } = await this.backend.inbox();
      if (here()) this.inbox = causes.reduce((sum, cause) => sum + cause.count, 0);
      if (!here() || !this.house) return;
      const figures = await this.backend.home();
      if (here()) this.figures = figures;
    } catch (cause) {
      if (!(cause instanceof BackendError)) throw cause;
    }
  }
}

export function provideSession(session: Session): void {
  setContext(KEY, session);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}
