/** The message that is being written. It outlives the page: who looks something up comes back to the same words. Memory only. */
import type { SmsClass } from '../../../bindings/SmsClass';
import type { SmsSend } from '../../../bindings/SmsSend';
import { requestId } from '../../../lib/request_id';
import { fromLocalInput } from '../../../lib/time';

class SendDraft {
  to = $state.raw<string[]>([]);
  /** A number that is being typed. */
  typing = $state('');
  text = $state('');
  kind = $state<SmsClass>('normal');
  lineId = $state<number | null>(null);
  later = $state(false);
  /** Day and time of the browser's field, WIB. */
  at = $state('');
  flash = $state(false);
  #sent = { of: '', id: '' };

  clear(): void {
    this.to = [];
    this.typing = this.text = this.at = '';
    this.kind = 'normal';
    this.lineId = null;
    this.later = this.flash = false;
  }

  /** The request for these numbers. The same message keeps its id, so that a retry after a lost answer sends nothing twice. */
  request(to: string[]): SmsSend {
    const message = {
      to, text: this.text, class: this.kind, line_id: this.lineId, at_ms: this.later ? fromLocalInput(this.at) : null, deadline_ms: null, flash: this.flash, priority: 0, skip_bad: true,
    };
    const of = JSON.stringify(message);
    if (this.#sent.of !== of) this.#sent = { of, id: requestId() };
    return { request_id: this.#sent.id, ...message };
  }

  /** It was taken: the same words once more would be another message. */
  done(): void {
    this.#sent = { of: '', id: '' };
  }
}

export const draft = new SendDraft();
