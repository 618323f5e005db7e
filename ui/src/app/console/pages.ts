/** The console's pages, in the order of the sidebar, with the letter that follows G and the command a page lives on. */
import type { Component } from 'svelte';
import Activity from '@lucide/svelte/icons/activity';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import CircleUser from '@lucide/svelte/icons/circle-user';
import CloudUpload from '@lucide/svelte/icons/cloud-upload';
import CreditCard from '@lucide/svelte/icons/credit-card';
import FileKey from '@lucide/svelte/icons/file-key';
import Gauge from '@lucide/svelte/icons/gauge';
import Hash from '@lucide/svelte/icons/hash';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Inbox from '@lucide/svelte/icons/inbox';
import KeyRound from '@lucide/svelte/icons/key-round';
import KeySquare from '@lucide/svelte/icons/key-square';
import ListChecks from '@lucide/svelte/icons/list-checks';
import ListOrdered from '@lucide/svelte/icons/list-ordered';
import MailX from '@lucide/svelte/icons/mail-x';
import Monitor from '@lucide/svelte/icons/monitor';
import Network from '@lucide/svelte/icons/network';
import RadioTower from '@lucide/svelte/icons/radio-tower';
import RouteIcon from '@lucide/svelte/icons/route';
import ScanLine from '@lucide/svelte/icons/scan-line';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Send from '@lucide/svelte/icons/send';
import Settings from '@lucide/svelte/icons/settings';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Store from '@lucide/svelte/icons/store';
import UserCog from '@lucide/svelte/icons/user-cog';
import Users from '@lucide/svelte/icons/users';
import Vault from '@lucide/svelte/icons/vault';
import type { CommandName } from '../../lib/backend';
import { rights } from '../../lib/rights.svelte';
import { m } from '../../paraglide/messages.js';

export interface PageEntry {
  name: string;
  title: () => string;
  icon: Component;
  letter?: string;
  /** Who may not give this command does not see the page. */
  needs: CommandName;
  /** Reached from another page or a menu: it has no line in the sidebar of its own. */
  within?: string;
}

const groups: { title: () => string; pages: PageEntry[] }[] = [
  {
    title: m.nav_cards,
    pages: [
      { name: 'payments', title: m.nav_payments, icon: CreditCard, letter: 'P', needs: 'payments.list' },
      { name: 'customers', title: m.nav_customers, icon: Users, letter: 'C', needs: 'accounts.list' },
      { name: 'tills', title: m.nav_tills, icon: Store, letter: 'T', needs: 'tills.list' },
      { name: 'rejected', title: m.nav_rejected, icon: MailX, letter: 'R', needs: 'rejected.list' },
      { name: 'counter', title: m.nav_counter, icon: Monitor, letter: 'B', needs: 'counter.show' },
    ],
  },
  {
    title: m.nav_sms,
    pages: [
      { name: 'send', title: m.nav_send, icon: Send, letter: 'S', needs: 'sms.send' },
      { name: 'queue', title: m.nav_queue, icon: ListOrdered, letter: 'Q', needs: 'sms.list' },
      { name: 'inbox', title: m.nav_inbox, icon: Inbox, letter: 'I', needs: 'inbox.list' },
      { name: 'lines', title: m.nav_lines, icon: RadioTower, letter: 'L', needs: 'lines.list' },
      { name: 'routing', title: m.nav_routing, icon: RouteIcon, letter: 'E', needs: 'routing.get' },
      { name: 'ussd', title: m.nav_ussd, icon: Hash, letter: 'U', needs: 'ussd.send', within: 'lines' },
      { name: 'monitor', title: m.nav_monitor, icon: Activity, letter: 'W', needs: 'sms.list', within: 'queue' },
    ],
  },
  {
    title: m.nav_stove,
    pages: [
      { name: 'scan', title: m.nav_scan, icon: ScanLine, letter: 'D', needs: 'scan.start' },
      { name: 'stoves', title: m.nav_stoves, icon: ChartColumn, letter: 'X', needs: 'stoves.list' },
      { name: 'readings', title: m.nav_readings, icon: Gauge, letter: 'Y', needs: 'readings.list', within: 'stoves' },
      { name: 'forwarding', title: m.nav_forwarding, icon: CloudUpload, letter: 'F', needs: 'forward.list', within: 'stoves' },
      { name: 'phones', title: m.nav_phones, icon: Smartphone, needs: 'stove_accounts.list', within: 'stoves' },
      { name: 'stove-keys', title: m.nav_stove_keys, icon: KeySquare, letter: 'Z', needs: 'stove_keys.list', within: 'stoves' },
    ],
  },
  {
    title: m.nav_oversight,
    pages: [
      { name: 'people', title: m.nav_people, icon: UserCog, letter: 'O', needs: 'operators.list' },
      { name: 'roles', title: m.nav_roles, icon: ListChecks, needs: 'roles.show', within: 'people' },
      { name: 'recovery', title: m.nav_recovery, icon: FileKey, needs: 'recovery.show', within: 'people' },
      { name: 'approvals', title: m.nav_approvals, icon: ShieldCheck, letter: 'A', needs: 'approvals.list' },
      { name: 'audit', title: m.nav_audit, icon: ScrollText, letter: 'J', needs: 'audit.list' },
      { name: 'tokens', title: m.nav_tokens, icon: KeyRound, letter: 'K', needs: 'tokens.list' },
    ],
  },
  {
    title: m.nav_station,
    pages: [
      { name: 'health', title: m.nav_health, icon: HeartPulse, letter: 'H', needs: 'health.show' },
      { name: 'settings', title: m.nav_settings, icon: Settings, letter: ',', needs: 'settings.get' },
      { name: 'network', title: m.nav_network, icon: Network, letter: 'N', needs: 'network.show', within: 'settings' },
      { name: 'vault', title: m.nav_vault, icon: Vault, letter: 'V', needs: 'vault.status', within: 'settings' },
      { name: 'account', title: m.nav_account, icon: CircleUser, letter: 'M', needs: 'session.current', within: 'account' },
    ],
  },
];

const all = groups.flatMap((group) => group.pages);

/** The counter has a page of its own for those who have no page with tills to open it from. */
export function mayOpen(page: PageEntry): boolean {
  if (page.name === 'counter') return rights.may('counter.show') && !rights.may('tills.list');
  return rights.may(page.needs);
}

export const pageOf = (name: string): PageEntry | undefined => all.find((page) => page.name === name);

/** Pages that this role may open. */
export const openPages = (): PageEntry[] => all.filter(mayOpen);

/** The sidebar for this role: groups with nothing in them are left out. */
export const sidebarGroups = () =>
  groups
    .map((group) => ({ ...group, pages: group.pages.filter((page) => !page.within && mayOpen(page)) }))
    .filter((group) => group.pages.length > 0);
