/** Words about people, used by several pages. */
import type { Role } from '../../bindings/Role';
import { m } from '../../paraglide/messages.js';

export const roles: Role[] = ['owner', 'administrator', 'operator', 'cashier', 'auditor'];

const words: Record<Role, () => string> = {
  owner: m.role_owner,
  administrator: m.role_administrator,
  operator: m.role_operator,
  cashier: m.role_cashier,
  auditor: m.role_auditor,
};

const sentences: Record<Role, () => string> = {
  owner: m.role_owner_text,
  administrator: m.role_administrator_text,
  operator: m.role_operator_text,
  cashier: m.role_cashier_text,
  auditor: m.role_auditor_text,
};

// A newer station may know roles that this page does not.
export const roleWord = (role: Role): string => (words[role] ?? (() => role))();
export const roleSentence = (role: Role): string => (sentences[role] ?? (() => ''))();

export function initials(name: string): string {
  return name.split(/\s+/).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join('');
}

const surfaces: Record<string, () => string> = {
  browser: m.surface_browser,
  console: m.surface_console,
  counter: m.surface_counter,
  local: m.surface_local,
  api: m.surface_api,
  station: m.surface_station,
};

/** Where something came from; the word itself where this page knows no better. */
export const surfaceWord = (surface: string): string => (surfaces[surface] ?? (() => surface))();
