/** Secrets as people say them; a kind that this page does not know stands by its own name. */
import type { VaultKept } from '../../bindings/VaultKept';
import type { VaultPlaceView } from '../../bindings/VaultPlaceView';
import { m } from '../../paraglide/messages.js';

interface KindWords {
  name: () => string;
  /** Who else holds it: why a rotation keeps its value. */
  kept: () => string;
}

const kinds: Record<string, KindWords> = {
  'reader-key': { name: m.vault_reader_key, kept: m.vault_reader_key_kept },
  'broker-password': { name: m.vault_broker_password, kept: m.vault_broker_password_kept },
  totp: { name: m.vault_totp, kept: m.vault_totp_kept },
  'contact-key': { name: m.vault_contact_key, kept: m.vault_contact_key_kept },
  'token-key': { name: m.vault_token_key, kept: m.vault_token_key_kept },
  'tls-ca-key': { name: m.vault_tls_ca_key, kept: m.vault_tls_ca_key_kept },
  'tls-server-key': { name: m.vault_tls_server_key, kept: m.vault_tls_server_key_kept },
};

export const kindWord = (kind: string): string => kinds[kind]?.name() ?? kind;

export const whyKept = (kept: VaultKept): string => kinds[kept.kind]?.kept() ?? kept.why;

/** `reader-key/kantin-01` as `Kunci pembaca: kantin-01`. */
export function secretWord(name: string): string {
  const [kind, ...rest] = name.split('/');
  const owner = rest.join('/');
  return owner === '' ? kindWord(kind ?? name) : `${kindWord(kind ?? name)}: ${owner}`;
}

const places: Record<VaultPlaceView, { name: () => string; text: () => string; away: () => string }> = {
  keychain: { name: m.vault_keychain, text: m.vault_keychain_text, away: m.vault_keychain_away },
  passphrase: { name: m.vault_passphrase, text: m.vault_passphrase_text, away: m.vault_passphrase_away },
  memory: { name: m.vault_memory, text: m.vault_memory_text, away: m.vault_memory_away },
};

export const placeWords = (place: VaultPlaceView) => places[place];

/** What to do about a secret that is gone, by its kind. */
export function mendStep(name: string): string {
  const kind = name.split('/')[0];
  if (kind === 'reader-key') return m.vault_mend_reader();
  if (kind === 'broker-password') return m.vault_mend_broker();
  if (kind === 'tls-ca-key' || kind === 'tls-server-key') return m.vault_mend_tls();
  if (kind === 'totp') return m.vault_mend_totp();
  return m.vault_mend_other();
}
