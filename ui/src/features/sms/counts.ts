/** The queue in figures: read by the frame, shown by the sidebar, the status bar and the pages. */
import { Resource } from '../../lib/resource.svelte';
import { backend } from '../../lib/station.svelte';

export const smsCounts = new Resource(() => backend.call('sms.counts', {}));
