/** The kinds of work in words. */
import { sentence } from './errors/reasons';
import type { RunView } from './backend/types';
import type { StatusName } from './components/status';

export function kindTitle(kind: string): string {
  return sentence(`kind_${kind.replaceAll('-', '_')}`) ?? kind;
}

/** How a run stands. "Proven" needs a certificate; what was only sent is never called more than sent. */
export function runStatus(run: RunView): StatusName {
  if (run.state === 'running') return 'running';
  if (run.state === 'paused') return 'stopped';
  if (run.unknown > 0) return 'checking';
  if (run.certificate !== null && !run.unproven) return 'proven';
  return run.failed > 0 && run.posted === 0 ? 'failed' : 'sent';
}
