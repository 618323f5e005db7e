/** The console's pages, in the order of the sidebar, with the letter that follows G. */
import type { Component } from 'svelte';
import CreditCard from '@lucide/svelte/icons/credit-card';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import MailX from '@lucide/svelte/icons/mail-x';
import Settings from '@lucide/svelte/icons/settings';
import Store from '@lucide/svelte/icons/store';
import Users from '@lucide/svelte/icons/users';
import { m } from '../../paraglide/messages.js';

export interface PageEntry {
  name: string;
  title: () => string;
  icon: Component;
  letter: string;
}

export const pageGroups: { title: () => string; pages: PageEntry[] }[] = [
  {
    title: m.nav_cards,
    pages: [
      { name: 'payments', title: m.nav_payments, icon: CreditCard, letter: 'P' },
      { name: 'customers', title: m.nav_customers, icon: Users, letter: 'C' },
      { name: 'tills', title: m.nav_tills, icon: Store, letter: 'T' },
      { name: 'rejected', title: m.nav_rejected, icon: MailX, letter: 'R' },
    ],
  },
  {
    title: m.nav_station,
    pages: [
      { name: 'health', title: m.nav_health, icon: HeartPulse, letter: 'H' },
      { name: 'settings', title: m.nav_settings, icon: Settings, letter: 'S' },
    ],
  },
];

export const pages = pageGroups.flatMap((group) => group.pages);
