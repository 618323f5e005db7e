import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { overwriteGetLocale } from '../../paraglide/runtime.js';
import { lineLook, lineStatuses, lineTrouble, isTrouble, signalLevel, smsStates, stateLook } from './looks';
import { candidateWords, leftOutWords, reasonCodes, reasonWords, routeCodes } from './words';

const NOW = Date.UTC(2026, 10, 23, 3, 14, 32);
const inBoth = (act: (language: 'id' | 'en') => void) => {
  for (const language of ['id', 'en'] as const) {
    overwriteGetLocale(() => language);
    act(language);
  }
};
afterEach(() => overwriteGetLocale(() => 'id'));

/** The words in backticks of one field's comment in the generated contract. */
function codesOf(file: string, field: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../bindings', file), 'utf8');
  const end = text.indexOf(`\n${field}:`);
  const comment = text.slice(text.lastIndexOf('/**', end), end);
  return Array.from(comment.matchAll(/`([a-z_]+)`/g), (match) => match[1]!);
}

describe('reasons', () => {
  it('every code of the contract has words in both languages, each its own', () => {
    const codes = codesOf('SmsReason.ts', 'code');
    expect(codes.length).toBeGreaterThan(30);
    expect([...reasonCodes].sort()).toEqual([...codes].sort());
    inBoth((language) => {
      const words = codes.map((code) => reasonWords({ code, text: 'TEXT', until_ms: null }, NOW, language));
      expect(words).not.toContain('TEXT');
      expect(new Set(words).size).toBe(codes.length);
    });
  });

  it('the same for what the rules say of a line', () => {
    const codes = codesOf('RouteCandidate.ts', 'code');
    expect(routeCodes).toEqual(expect.arrayContaining(codes));
    inBoth((language) => {
      for (const code of [...codes, ...reasonCodes]) expect(candidateWords({ code, text: 'TEXT', until_ms: null }, NOW, language), code).not.toBe('TEXT');
    });
  });

  it('a wait is told as a clock below an hour, as a time beyond it, and not at all when it is over', () => {
    const gap = (until_ms: number) => reasonWords({ code: 'gap', text: '', until_ms }, NOW, 'id');
    expect(gap(NOW + 4_000)).toBe('Jeda antar-SMS, 0:04 lagi');
    expect(gap(NOW + 2 * 3_600_000)).toBe('Jeda antar-SMS, sampai 12:14:32');
    expect(gap(NOW - 1)).toBe('Jeda antar-SMS');
  });

  it('an unknown code is the station\'s own sentence, and no code is none', () => {
    expect(reasonWords({ code: 'moon', text: 'The moon is full.', until_ms: null }, NOW, 'id')).toBe('The moon is full.');
    expect(reasonWords({ code: '', text: '', until_ms: null }, NOW, 'id')).toBe('');
  });

  it('a number that was left out', () => {
    expect(leftOutWords({ place: 0, shown: '', why: 'twice' })).toBe('sudah ada di daftar');
    expect(leftOutWords({ place: 0, shown: 'abc', why: '`abc` is no number' })).toBe('`abc` is no number');
  });
});

describe('states', () => {
  it('each has a word of its own in both languages', () => {
    inBoth(() => {
      expect(new Set(smsStates.map((state) => stateLook(state).word)).size).toBe(12);
      expect(new Set(lineStatuses.map((status) => lineLook(status).word)).size).toBe(14);
    });
  });

  it('what is red or wants an act says what to do', () => {
    for (const status of lineStatuses) {
      if (lineLook(status).mood === 'bad') expect(lineTrouble(status), status).not.toBeNull();
      if (lineTrouble(status)) expect(isTrouble(status), status).toBe(true);
    }
  });

  it('bars grow with the signal', () => {
    expect([null, -113, -100, -91, -79, -67, -51].map(signalLevel)).toEqual([0, 0, 1, 2, 3, 4, 5]);
  });
});
