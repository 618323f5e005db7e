/** The check list, doors and refusals in the screen's language; what this page does not know stays as the station says it. */
import type { Language } from '../../bindings/Language';
import type { NetworkCheck } from '../../bindings/NetworkCheck';
import type { NetworkView } from '../../bindings/NetworkView';
import { digits } from '../../lib/money';
import { m } from '../../paraglide/messages.js';

const titles: Record<string, () => string> = {
  owner: m.network_check_owner,
  second_factor: m.network_check_second_factor,
  default_passwords: m.network_check_default_passwords,
  reader_logins: m.network_check_reader_logins,
  reader_encryption: m.network_check_reader_encryption,
  certificate: m.network_check_certificate,
  public_address: m.network_check_public_address,
  firewall: m.network_check_firewall,
};

export const checkTitle = (check: NetworkCheck): string => titles[check.code]?.() ?? check.code;

const DAY_MS = 86_400_000;

/** How a point stands. Figures come from the view where it has them. */
export function checkSentence(check: NetworkCheck, view: NetworkView, nowMs: number, language: Language): string {
  const good = check.state === 'good';
  const days = view.certificate ? digits(Math.max(0, Math.floor((view.certificate.until_ms - nowMs) / DAY_MS)), language) : '';
  const open = view.ports.filter((port) => port.on_lan).map((port) => `${port.port} (${serviceWord(port.service)})`);
  switch (check.code) {
    case 'owner': return good ? m.network_owner_good() : m.network_owner_bad();
    case 'second_factor': return good ? m.network_second_factor_good() : m.network_second_factor_bad();
    case 'default_passwords': return good ? m.network_default_passwords_good() : check.summary;
    case 'reader_logins': return good ? m.network_reader_logins_good() : m.network_reader_logins_bad();
    case 'reader_encryption': return good ? m.network_reader_encryption_good() : m.network_reader_encryption_bad();
    case 'certificate':
      if (view.trouble) return check.summary;
      if (check.state === 'unused') return m.network_certificate_unused();
      return view.source === 'own' ? m.network_certificate_own({ days }) : m.network_certificate_local({ days });
    case 'public_address': return good ? m.network_public_good() : m.network_public_bad();
    case 'firewall': return good ? m.network_firewall_good() : m.network_firewall_open({ ports: open.join(', ') });
    default: return check.summary;
  }
}

const steps: Record<string, () => string> = {
  owner: m.network_owner_next,
  second_factor: m.network_second_factor_next,
  reader_logins: m.network_reader_logins_next,
  reader_encryption: m.network_reader_encryption_next,
  public_address: m.network_public_next,
  firewall: m.network_firewall_next,
};

export const checkStep = (check: NetworkCheck): string => (check.next_step === '' ? '' : (steps[check.code]?.() ?? check.next_step));

/** Names and addresses that stand in the station's sentence alone; all of it where they are not found. */
export function checkDetail(check: NetworkCheck): string {
  if (check.state === 'good' || (check.code !== 'reader_logins' && check.code !== 'public_address')) return '';
  return /(?:: | as )([^:]*|[\d.,a-f: ]+)$/.exec(check.summary)?.[1] ?? check.summary;
}

const services: Record<string, () => string> = {
  console: m.network_service_console,
  mqtt: m.network_service_mqtt,
  ws: m.network_service_ws,
  mqtts: m.network_service_mqtts,
};

export const serviceWord = (service: string): string => services[service]?.() ?? service;

const reasons: Record<string, () => string> = {
  wrong_host: m.network_refused_wrong_host,
  other_site: m.network_refused_other_site,
  not_a_command: m.network_refused_not_a_command,
  too_large: m.network_refused_too_large,
  too_slow: m.network_refused_too_slow,
  framing: m.network_refused_framing,
  malformed: m.network_refused_malformed,
  too_many_connections: m.network_refused_too_many,
  handshake: m.network_refused_handshake,
  in_the_clear: m.network_refused_in_the_clear,
  too_often: m.network_refused_too_often,
};

export const reasonWord = (reason: string): string => reasons[reason]?.() ?? reason;
