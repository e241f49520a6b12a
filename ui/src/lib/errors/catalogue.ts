/** Every error of the engine: how bad it is, and what the person can do. The words are `error_<code>_{cause,meaning,action}`. */
import type { AppError, ErrorCode } from '../backend/types';
import type { Screen } from '../state/route.svelte';
import { m } from '../paraglide/messages.js';
import { sentence } from './reasons';

export type Severity = 'info' | 'need' | 'bad';

interface Entry {
  severity: Severity;
  /** The screen where it is put right, when it is one of ours. */
  go?: Screen;
  /** Trying the same thing again may help. */
  again?: boolean;
}

export const catalogue: Record<ErrorCode, Entry> = {
  invalid_input: { severity: 'need' },
  file_malformed: { severity: 'need' },
  not_found: { severity: 'need' },
  not_connected: { severity: 'need', go: 'connect' },
  no_database: { severity: 'need', go: 'database' },
  database_unusable: { severity: 'need', go: 'database' },
  mapping_incomplete: { severity: 'need', go: 'accounts' },
  mapping_invalid: { severity: 'need', go: 'accounts' },
  wrong_forstok_key: { severity: 'need', go: 'connect' },
  wrong_client: { severity: 'need', go: 'connect' },
  wrong_api_token: { severity: 'need', go: 'connect' },
  clock_skew: { severity: 'need', again: true },
  consent_denied: { severity: 'need', go: 'connect' },
  sign_in_timed_out: { severity: 'need', go: 'connect' },
  sign_in_mismatch: { severity: 'bad', go: 'connect' },
  cancelled: { severity: 'info' },
  port_taken: { severity: 'need', go: 'settings' },
  sign_in_needed: { severity: 'need', go: 'connect' },
  scope_missing: { severity: 'need', go: 'connect' },
  offline: { severity: 'need', again: true },
  busy: { severity: 'info', again: true },
  refused: { severity: 'bad' },
  no_answer: { severity: 'need', again: true },
  not_offered: { severity: 'need' },
  wrong_database: { severity: 'bad', go: 'database' },
  plan_of_other_database: { severity: 'bad', go: 'database' },
  plan_of_other_shop: { severity: 'bad', go: 'connect' },
  plan_altered: { severity: 'bad' },
  plan_stale: { severity: 'need' },
  brake: { severity: 'need', go: 'plan' },
  undo_not_possible: { severity: 'need' },
  decision_not_possible: { severity: 'need' },
  company_busy: { severity: 'info', again: true },
  data_in_use: { severity: 'need', again: true },
  backup_refused: { severity: 'need' },
  storage_full: { severity: 'bad', again: true },
  storage_read_only: { severity: 'bad', again: true },
  storage_damaged: { severity: 'bad' },
  storage_newer: { severity: 'bad' },
  storage: { severity: 'bad', again: true },
  secrets_unavailable: { severity: 'bad', again: true },
  passphrase_needed: { severity: 'need' },
  internal: { severity: 'bad', again: true },
};

export interface Explained extends Entry {
  cause: string;
  meaning: string;
  action: string;
}

/** An error in the words of the person. `side` is written as the service's name. */
export function explain(error: AppError): Explained {
  const entry = catalogue[error.code] ?? catalogue.internal;
  const side = error.params['side'];
  const { detail, why } = error.params;
  const params = {
    ...error.params,
    ...(detail === undefined ? {} : { detail: sentence(`detail_${detail}`) ?? sentence(`off_${detail}`) ?? detail }),
    ...(why === undefined ? {} : { why: sentence(`backup_is_${why}`) ?? why }),
    side: side === 'forstok' ? 'Forstok' : side === 'accurate' ? 'Accurate' : (side ?? ''),
  };
  const text = (part: string) => sentence(`error_${error.code}_${part}`, params) ?? '';
  const reason = error.params['reason'];
  const known = reason ? sentence(`reason_${reason}`, params) : null;
  return {
    ...entry,
    cause: text('cause') || m.error_internal_cause(),
    meaning: [text('meaning'), known].filter(Boolean).join(' '),
    action: text('action'),
  };
}
