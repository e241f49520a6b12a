/** Whether the services can be reached: what the last call that went out came to. */
import { BackendError, goesOut, type Backend } from '../backend/types';

export class Outside {
  /** The side that could not be reached: `forstok`, `accurate`; `null` while nothing is amiss. */
  offline = $state<string | null>(null);

  /** The same engine, looked on: an `offline` of any call is noted, and an answer from outside ends it. */
  watch(backend: Backend): Backend {
    return new Proxy(backend, {
      get: (engine, name: string) => {
        const call: unknown = Reflect.get(engine, name);
        if (typeof call !== 'function') return call;
        return (...args: unknown[]) => this.look(name, Reflect.apply(call, engine, args) as Promise<unknown>);
      },
    });
  }

  private async look(name: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      const value = await answer;
      if (goesOut(name)) this.offline = null;
      return value;
    } catch (cause) {
      if (cause instanceof BackendError && cause.failure.code === 'offline')
        this.offline = cause.failure.params['side'] ?? '';
      throw cause;
    }
  }
}
