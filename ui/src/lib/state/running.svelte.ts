/** The run that goes on now. It belongs to the window, not to a screen: one may walk about while it sends. */
import type { AppError, PlanView, ProgressView, ProofView, RunView } from '../backend/types';
import { now } from '../i18n/format';
import { failureOf, type Session } from './session.svelte';

/** As many measurements as the plot of the rate shows. */
const POINTS = 60;

export class Running {
  plan = $state<PlanView | null>(null);
  phase = $state<'idle' | 'sending' | 'proving' | 'done'>('idle');
  progress = $state<ProgressView | null>(null);
  points = $state<number[]>([]);
  run = $state<RunView | null>(null);
  proof = $state<ProofView | null>(null);
  error = $state<AppError | null>(null);
  pausing = $state(false);
  startedAt = $state<string | null>(null);

  constructor(private readonly session: Session) {}

  get busy(): boolean {
    return this.phase === 'sending' || this.phase === 'proving';
  }

  /** Sends exactly this plan, then reads everything back. */
  async send(plan: PlanView): Promise<void> {
    this.plan = plan;
    await this.apply(plan.plan);
  }

  /** Continues a run that was paused or cut off: the journal knows what was sent already. */
  async resume(run: RunView): Promise<void> {
    if (this.plan?.plan !== run.plan) this.plan = null;
    await this.apply(run.plan);
  }

  private async apply(plan: string): Promise<void> {
    if (this.busy) return;
    this.begin();
    try {
      this.run = await this.session.backend.apply(plan, (progress) => this.receive(progress));
      if (this.run.state === 'finished') await this.prove(this.run.run);
    } catch (cause) {
      this.error = failureOf(cause);
    } finally {
      this.phase = 'done';
      this.pausing = false;
      await this.session.refresh();
    }
  }

  async pause(): Promise<void> {
    this.pausing = true;
    await this.session.backend.pauseRun();
  }

  private begin(): void {
    this.phase = 'sending';
    this.progress = null;
    this.points = [];
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
    if (progress.rate !== null) this.points = [...this.points.slice(1 - POINTS), progress.rate];
  }
}
