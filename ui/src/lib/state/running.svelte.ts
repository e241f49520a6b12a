/** The run that goes on now. It belongs to the window, not to a screen: one may walk about while it sends. */
import type { AppError, PlanView, ProgressView, ProofView, RunView } from '../backend/types';
import { now } from '../i18n/format';
import { failureOf, type Session } from './session.svelte';

/** As many measurements as the plot of the rate shows. */
const POINTS = 60;
/** Milliseconds after which a run that was not denied is taken to go on. */
const SILENCE = 300;

export class Running {
  plan = $state<PlanView | null>(null);
  private pass: string[] = [];
  phase = $state<'idle' | 'sending' | 'proving' | 'done'>('idle');
  progress = $state<ProgressView | null>(null);
  points = $state<number[]>([]);
  private times = $state<string[]>([]);
  run = $state<RunView | null>(null);
  proof = $state<ProofView | null>(null);
  error = $state<AppError | null>(null);
  pausing = $state(false);
  startedAt = $state<string | null>(null);

  constructor(private readonly session: Session) {}

  get busy(): boolean {
    return this.phase === 'sending' || this.phase === 'proving';
  }

  /** When the oldest of the points was measured. */
  get since(): string | null {
    return this.times[0] ?? null;
  }

  /** How much is done, of one; `null` while it is not known. */
  get share(): number | null {
    const { done, total } = this.progress ?? {};
    return done === undefined || !total ? null : Math.min(1, done / total);
  }

  /** Takes up the run that went on while the window was closed. Nothing happens where there is none. */
  async attach(): Promise<void> {
    const taking: Promise<void>[] = [];
    const take = () => taking[0] ?? (taking[0] = this.take());
    try {
      const watching = this.session.backend.watchRun((progress) => {
        take().catch(() => undefined);
        this.receive(progress);
      });
      // Where none goes on, the answer comes at once; a run may be silent for longer than a person looks at an empty band.
      const silent = setTimeout(() => take().catch(() => undefined), SILENCE);
      const run = await watching.finally(() => clearTimeout(silent));
      if (run === null) {
        // None goes on; the answer was only late.
        if (taking.length > 0) this.phase = 'idle';
        return;
      }
      await take();
      this.run = run;
      this.proof = (await this.session.backend.run(run.run)).proof;
      if (run.state === 'finished' && this.proof === null) await this.prove(run.run);
    } catch (cause) {
      this.error = failureOf(cause);
    }
    if (taking.length > 0) await this.end();
  }

  /** The head of the run that goes on: its plan says what it sends. */
  private async take(): Promise<void> {
    this.begin();
    const { runs } = await this.session.backend.runs();
    const run = runs.find((run) => run.state === 'running');
    if (!run) return;
    this.run = run;
    this.startedAt = run.started_at;
    this.plan = await this.session.backend.planHead(run.plan);
  }

  /** Sends exactly this plan, past the brakes that the person has passed for it, then reads everything back. */
  async send(plan: PlanView, pass: string[]): Promise<void> {
    this.plan = plan;
    this.pass = pass;
    await this.apply(plan.plan, pass);
  }

  /** The same once more, where it did not begin. */
  async again(): Promise<void> {
    if (this.plan) await this.apply(this.plan.plan, this.pass);
  }

  /** Continues a run that was paused or cut off: the journal knows what was sent already. */
  async resume(run: RunView): Promise<void> {
    if (this.plan?.plan !== run.plan) this.plan = null;
    await this.apply(run.plan, []);
  }

  private async apply(plan: string, pass: string[]): Promise<void> {
    if (this.busy) return;
    this.begin();
    try {
      this.run = await this.session.backend.apply(plan, pass, (progress) => this.receive(progress));
      if (this.run.state === 'finished') await this.prove(this.run.run);
    } catch (cause) {
      this.error = failureOf(cause);
    } finally {
      await this.end();
    }
  }

  /** It is done when the window knows what comes next: a step that was read before the run would lead back to where it began. */
  private async end(): Promise<void> {
    this.pausing = false;
    try {
      await this.session.reread();
    } finally {
      this.phase = 'done';
    }
    await this.session.count();
  }

  async pause(): Promise<void> {
    this.pausing = true;
    await this.session.backend.pauseRun();
  }

  private begin(): void {
    this.phase = 'sending';
    this.progress = null;
    this.points = [];
    this.times = [];
    this.run = null;
    this.proof = null;
    this.error = null;
    this.pausing = false;
    this.startedAt = now();
  }

  private async prove(run: string): Promise<void> {
    this.phase = 'proving';
    this.proof = await this.session.backend.prove(run, (progress) => (this.progress = progress));
  }

  private receive(progress: ProgressView): void {
    this.progress = progress;
    if (progress.phase === 'proving') this.phase = 'proving';
    if (progress.rate === null) return;
    this.points = [...this.points.slice(1 - POINTS), progress.rate];
    this.times = [...this.times.slice(1 - POINTS), now()];
  }
}
