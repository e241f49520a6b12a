/** The copies of the made-up data: what the settings said then comes back. */
import { now } from '../../i18n/format';
import type { BackupsView, BackupView, RestoreView } from '../types';
import { fail } from './world';

const FOLDER = '~/.local/share/selaras/backups';

export class Backups {
  private readonly kept: { view: BackupView; settings: Record<string, string> }[] = [];

  view(): BackupsView {
    return { folder: FOLDER, backups: this.kept.map((one) => ({ ...one.view })), missed: null };
  }

  make(occasion: string, settings: Record<string, string>): BackupView {
    const at = now();
    const stamp = at.replace(/[-:]|\.\d+/g, '');
    const name = `selaras-${stamp}-${occasion}${this.kept.length > 0 ? `-${this.kept.length + 1}` : ''}.sqlite3`;
    const view = { name, path: `${FOLDER}/${name}`, at, occasion, kilobytes: 1840 };
    this.kept.unshift({ view, settings: { ...settings } });
    return view;
  }

  restore(name: string, settings: Record<string, string>): RestoreView {
    const copy = this.kept.find((one) => one.view.name === name);
    if (!copy) return fail('not_found', { what: 'backup', id: name });
    const before = this.make('replaced', settings);
    Object.assign(settings, copy.settings);
    return { file: copy.view.path, kept: before.path };
  }
}
