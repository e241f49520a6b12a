/** The states a row or a run can show. */
export type StatusName =
  | 'waiting'
  | 'running'
  | 'checking'
  | 'sent'
  | 'proven'
  | 'ready'
  | 'held'
  | 'need'
  | 'failed'
  | 'stopped'
  | 'skipped'
  | 'undone';
