/** One thing that a person asked for: whether it goes on, and how it was refused. */
import type { AppError } from '../backend/types';
import { failureOf } from './session.svelte';

export class Task {
  busy = $state(false);
  error = $state<AppError | null>(null);

  /** Runs the work; the answer, or `null` when it was refused (the error is kept for the screen). */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    this.busy = true;
    this.error = null;
    try {
      return await work();
    } catch (cause) {
      this.error = failureOf(cause);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
