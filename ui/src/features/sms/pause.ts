/** Stops all sending, or lets it go on. */
import type { CallError } from '../../lib/backend';
import { errorSentence } from '../../lib/errors';
import { backend } from '../../lib/station.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { m } from '../../paraglide/messages.js';
import { smsCounts } from './counts';

export async function pauseSending(paused: boolean): Promise<void> {
  try {
    smsCounts.take(await backend.call('sms.pause', { paused }));
    toasts.done(paused ? m.queue_paused_done() : m.queue_resumed_done());
  } catch (error) {
    toasts.done(errorSentence(error as CallError));
  }
}
