/** Addresses and fingerprints as a person needs them. Pure. */
import type { NetworkCheck } from '../../bindings/NetworkCheck';

/** 64 hex digits as devices show them: pairs, eight to a row. */
export function fingerprintRows(sha256: string): string[][] {
  const pairs = (sha256.toUpperCase().match(/.{1,2}/g) ?? []).map((pair) => pair);
  return Array.from({ length: Math.ceil(pairs.length / 8) }, (_, row) => pairs.slice(row * 8, row * 8 + 8));
}

/** The addresses under which other devices reach the console: those with TLS. The others are this machine's own. */
export const lanAddresses = (console: string[]): string[] => console.filter((address) => address.startsWith('https://'));

export const ownAddresses = (console: string[]): string[] => console.filter((address) => !address.startsWith('https://'));

const isNumber = (host: string) => /^[\d.]+$/.test(host) || host.startsWith('[');

/**
 * Where a device gets the authority: over plain HTTP and by address, never by name, since a browser that has met the
 * station under its name insists on HTTPS there. IPv4 first: a person has to type it.
 */
export function installAddresses(console: string[]): string[] {
  const hosts = lanAddresses(console).flatMap((address) => {
    const url = URL.canParse(address) ? new URL(address) : null;
    return url && isNumber(url.hostname) ? [`http://${url.host}/ca`] : [];
  });
  return [...hosts.filter((host) => !host.includes('[')), ...hosts.filter((host) => host.includes('['))];
}

/** Points of the check list that somebody should have looked at before the station is opened. */
export const unmetChecks = (checks: NetworkCheck[]): NetworkCheck[] => checks.filter((check) => check.state === 'attention' || check.state === 'bad');
