/** Settings, network and vault, as tabs of one another. */
import { rights } from '../../lib/rights.svelte';
import { m } from '../../paraglide/messages.js';

export type SettingsTab = 'settings' | 'network' | 'vault';

export function settingsTabs(): { value: SettingsTab; label: string }[] {
  const all = [
    { value: 'settings' as const, label: m.nav_settings(), open: rights.may('settings.get') },
    { value: 'network' as const, label: m.nav_network(), open: rights.may('network.show') },
    { value: 'vault' as const, label: m.nav_vault(), open: rights.may('vault.status') },
  ];
  return all.filter((tab) => tab.open);
}
