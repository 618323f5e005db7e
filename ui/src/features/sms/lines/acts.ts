/** What cards, rows and the page of a line can do about it. Each throws what the station says no with. */
import type { LineView } from '../../../bindings/LineView';
import { router } from '../../../lib/router.svelte';
import { backend } from '../../../lib/station.svelte';
import { toasts } from '../../../lib/toasts.svelte';
import { m } from '../../../paraglide/messages.js';
import { wishes } from '../wishes.svelte';

export async function wake(line: LineView): Promise<void> {
  await backend.call('lines.wake', { id: line.id });
  toasts.done(m.line_woken({ line: line.settings.name }));
}

export async function confirmSim(line: LineView): Promise<void> {
  await backend.call('lines.confirm_sim', { id: line.id });
  toasts.done(m.line_sim_confirmed({ line: line.settings.name }));
}

export async function remove(line: LineView): Promise<void> {
  await backend.call('lines.remove', { id: line.id });
  toasts.done(m.line_removed({ line: line.settings.name }));
}

export function openUssd(line: LineView): void {
  wishes.ussd = line.id;
  router.go('ussd');
}

export function testSend(line: LineView): void {
  wishes.send = { to: [], lineId: line.id };
  router.go('send');
}
