/** The pages about people, as tabs of one another. */
import { rights } from '../../lib/rights.svelte';
import { m } from '../../paraglide/messages.js';

export type PeopleTab = 'people' | 'roles' | 'recovery';

export function peopleTabs(): { value: PeopleTab; label: string }[] {
  const all = [
    { value: 'people' as const, label: m.nav_people(), open: rights.may('operators.list') },
    { value: 'roles' as const, label: m.nav_roles(), open: true },
    { value: 'recovery' as const, label: m.nav_recovery(), open: rights.may('recovery.show') },
  ];
  return all.filter((tab) => tab.open);
}
