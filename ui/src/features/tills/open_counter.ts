/** Opens a till's counter: a window of the browser, or the desktop's own counter window. */
import { inDesktop } from '../../lib/connect';

export function openCounter(tillId: number): void {
  if (inDesktop) void showInDesktop(tillId);
  else window.open(`/counter?till=${tillId}`, `gerai-counter-${tillId}`);
}

/** The desktop's own command: it is about a window, nothing of the station. */
async function showInDesktop(tillId: number): Promise<void> {
  const { invoke } = await import('@tauri-apps/api/core');
  await invoke('rpc', { name: 'window.open_counter', args: { till_id: tillId } });
}
