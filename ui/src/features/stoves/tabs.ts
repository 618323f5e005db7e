/** The pages about stoves, as tabs of one another. */
import { rights } from '../../lib/rights.svelte';
import { m } from '../../paraglide/messages.js';

export type StoveTab = 'stoves' | 'readings' | 'forwarding' | 'phones' | 'stove-keys';

export function stoveTabs(): { value: StoveTab; label: string }[] {
  const all = [
    { value: 'stoves' as const, label: m.nav_stoves(), open: rights.may('stoves.list') },
    { value: 'readings' as const, label: m.nav_readings(), open: rights.may('readings.list') },
    { value: 'forwarding' as const, label: m.nav_forwarding(), open: rights.may('forward.list') },
    { value: 'phones' as const, label: m.nav_phones(), open: rights.may('stove_accounts.list') },
    { value: 'stove-keys' as const, label: m.nav_stove_keys(), open: rights.may('stove_keys.list') },
  ];
  return all.filter((tab) => tab.open);
}
