/** Opens a till's counter: a window of the browser, or the same window on the desktop. */
import { inDesktop } from '../../lib/connect';

export function openCounter(tillId: number): void {
  if (inDesktop) location.assign(`counter.html?till=${tillId}`);
  else window.open(`/counter?till=${tillId}`, `gerai-counter-${tillId}`);
}
