/** Fields and values of the audit trail in words; what this page does not know stands as it is. */
import type { Language } from '../../bindings/Language';
import type { AuditResult } from '../../bindings/AuditResult';
import type { Role } from '../../bindings/Role';
import type { Glyph, Mood } from '../../components/StatusPill.svelte';
import { digits } from '../../lib/money';
import { dateTime } from '../../lib/time';
import { m } from '../../paraglide/messages.js';
import { roles, roleWord } from '../domain/people';

const fields: Record<string, () => string> = {
  name: m.col_name,
  role: m.people_role,
  active: m.account_active,
  contact: m.people_contact,
  state: m.col_status,
  reason: m.reason,
  amount: m.col_amount,
  balance: m.col_balance,
  nim: m.customer_nim,
  card: m.col_card,
  uid: m.col_card,
  till: m.col_till,
  price: m.price,
  totp: m.account_totp,
  pin: m.account_pin,
};

/** The last part of a path where it is known, otherwise the whole path in letters of a machine. */
export function fieldWord(path: string): string | null {
  return fields[path]?.() ?? null;
}

export function valueWord(value: unknown, field: string, language: Language): string {
  if (value === null || value === undefined || value === '') return m.audit_empty_value();
  if (typeof value === 'boolean') return value ? m.yes() : m.no();
  if (typeof value === 'number') return field.endsWith('_ms') ? dateTime(value, language) : digits(value, language);
  if (typeof value === 'string') return (roles as string[]).includes(value) && field.endsWith('role') ? roleWord(value as Role) : value;
  return JSON.stringify(value);
}

/** Who acted, in words for those who are no person. */
export function actorWord(actor: string): string {
  if (actor === 'nobody') return m.audit_nobody();
  if (actor === 'local command line') return m.surface_local();
  return actor;
}

export function resultLook(result: AuditResult): { glyph: Glyph; mood: Mood; word: string } {
  if (result === 'done') return { glyph: 'dot', mood: 'ok', word: m.audit_done() };
  return { glyph: 'cross', mood: 'bad', word: m.audit_refused() };
}
