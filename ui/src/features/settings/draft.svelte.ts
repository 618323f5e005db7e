/** The settings as they are stored, and what is being changed about them here. */
import type { Settings } from '../../bindings/Settings';
import type { SettingsView } from '../../bindings/SettingsView';
import type { CallError } from '../../lib/backend';
import { fieldError } from '../../lib/errors';
import { problemSentence } from './fields';
import { carryOver, changedPaths, problemsOf, setAt, valueAt, type Path, type Value } from './form';

export class SettingsDraft {
  draft = $state<Settings | null>(null);
  /** The document that the draft was made on, and its version. */
  base = $state.raw<Settings | null>(null);
  version = $state(0);
  /** What the station said no to: its fault is shown until something is changed. */
  #refusal = $state.raw<{ error: CallError; of: string } | null>(null);

  changed = $derived(this.draft && this.base ? changedPaths(this.base, this.draft) : []);
  problems = $derived(this.draft && this.base ? problemsOf(this.base, this.draft) : new Map());

  begin(view: SettingsView): void {
    this.base = view.settings;
    this.draft = structuredClone(view.settings);
    this.version = view.version;
    this.#refusal = null;
  }

  /** Goes on with these changes on a newer document; answers with the fields that both had changed. */
  carryTo(view: SettingsView): Path[] {
    if (!this.draft || !this.base) return [];
    const { draft, both } = carryOver(this.base, $state.snapshot(this.draft), view.settings);
    this.begin(view);
    this.draft = draft;
    return both;
  }

  value(path: Path): Value {
    return this.draft ? valueAt(this.draft, path) : null;
  }

  set(path: Path, value: Value): void {
    if (this.draft) setAt(this.draft, path, value);
  }

  undo(path: Path): void {
    if (this.base) this.set(path, valueAt(this.base, path));
  }

  refused(error: CallError): void {
    this.#refusal = { error, of: JSON.stringify(this.draft) };
  }

  /** The station's last no, as long as nothing was changed after it. */
  get refusal(): CallError | null {
    return this.#refusal && this.#refusal.of === JSON.stringify(this.draft) ? this.#refusal.error : null;
  }

  wrong(path: Path): string {
    const problem = this.problems.get(path);
    return problem ? problemSentence(problem) : fieldError(this.refusal, path);
  }
}
