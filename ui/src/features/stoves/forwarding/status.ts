/** How forwarding stands: read by the frame, shown by the sidebar and the pages. */
import type { ForwardState } from '../../../bindings/ForwardState';
import { Resource } from '../../../lib/resource.svelte';
import { backend } from '../../../lib/station.svelte';
import { m } from '../../../paraglide/messages.js';
import { forwardLook, type Look } from '../looks';

export const forwardStatus = new Resource(() => backend.call('forward.status', {}));

/** No server is set: what is queued waits for nothing, it stays. */
export const staysHere = (): boolean => forwardStatus.value?.phase === 'off';

/** A state on the way to the server as it is now: nothing is on a way that leads nowhere. */
export const wayLook = (state: ForwardState | null): Look =>
  state === 'queued' && staysHere() ? { glyph: 'minus', mood: 'muted', word: m.fstate_here() } : forwardLook(state);
