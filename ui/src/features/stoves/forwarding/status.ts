/** How forwarding stands: read by the frame, shown by the sidebar and the pages. */
import { Resource } from '../../../lib/resource.svelte';
import { backend } from '../../../lib/station.svelte';

export const forwardStatus = new Resource(() => backend.call('forward.status', {}));
