/** Pictures that a person hands over: chosen, dropped or pasted. What is wrong with one is told beside the camera. */
import type { Taken } from '../../../bindings/Taken';
import type { Backend } from '../../../lib/backend';
import { Submit } from '../../../lib/submit.svelte';
import { toasts } from '../../../lib/toasts.svelte';
import { m } from '../../../paraglide/messages.js';
import { base64Of, imageFault, megabytes } from './images';

export class FromImage {
  problem = $state('');
  noCode = $state(false);
  readonly submit = new Submit();
  #backend: Backend;
  #told: (taken: Taken) => void;

  constructor(backend: Backend, told: (taken: Taken) => void) {
    this.#backend = backend;
    this.#told = told;
  }

  async take(file: File | null | undefined, note: string): Promise<void> {
    if (!file) return;
    [this.problem, this.noCode] = ['', false];
    const fault = imageFault(file);
    if (fault !== null) {
      this.problem = fault === 'kind' ? m.scan_image_kind() : fault === 'large' ? m.scan_image_large({ size: megabytes(file.size) }) : m.scan_image_unreadable();
      return;
    }
    let image = '';
    try {
      image = await base64Of(file);
    } catch {
      this.problem = m.scan_image_unreadable();
      return;
    }
    await this.submit.run(async () => {
      const { codes } = await this.#backend.call('readings.take_image', { image, camera: false, note, position: null });
      if (codes.length > 1) toasts.done(m.scan_many_codes({ count: codes.length }));
      this.noCode = codes.length === 0;
      // The first code is shown last, so that it stays on the card.
      for (const taken of [...codes].reverse()) this.#told(taken);
    });
  }
}
