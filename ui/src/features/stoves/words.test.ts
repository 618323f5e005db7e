import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReadingRow } from '../../bindings/ReadingRow';
import { overwriteGetLocale } from '../../paraglide/runtime.js';
import { checksOf } from './checks';
import { ampsText, durationText, isStoveNumber, kwhText, parseKwh, pfText, stoveOf } from './figures';
import { flagSentence } from './flags';
import { changeStates, noticeCodes, noticeWords, warningText } from './keys/steps';
import { faultCodes, faultWords, flagRules, forwardLook, forwardStates, qualityLook, radioLevel, readingSources, readingStandings, ruleWord, signatureLook, signatures, signatureText, sourceWord, standingLook, toLookAt, verdictLook } from './looks';

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
  return Array.from(text.slice(text.lastIndexOf('/**', end), end).matchAll(/`([a-z_]+)`/g), (match) => match[1]!);
}

/** Figures of every rule, as the rules of the core name them. */
const figures: Record<string, Record<string, string>> = {
  power_factor_above_one: { centi_pf: '512' }, power_mismatch: { told_mw: '1000000', computed_mw: '36044800' }, voltage_outside: { volts: '290' }, month_above_total: { month: '22000', total: '12000' },
  time_before_2020: { t: '1262304000' }, time_in_future: { t: '1795400000', ahead_s: '301' }, clock_behind: { t: '1795400000', behind_s: '740' }, unknown_version: { version: 'V07' },
  re_encoded: { padding: 'true', standard_alphabet: 'false' }, counter_backwards: { previous: '184372', total: '12040' }, jump_too_large: { used: '90000', possible: '7040', seconds: '3600' },
  month_differs_from_total: { by_total: '1000', by_month: '1200' }, month_not_reset: { month: '33000', previous_month: '31000', used: '2000' }, conflict: { t: '1795400000', other: '9f2c' },
  time_not_increasing: { t: '1795400000', newest: '1795410000' }, gap: { seconds: '4492800', allowed_s: '3024000' }, zero_use: { seconds: '864000' },
};

describe('figures', () => {
  it('are told with the decimal sign of the language, and read with either', () => {
    expect([kwhText(184_372, 'id'), kwhText(184_372, 'en'), kwhText(null, 'id'), kwhText(0, 'id')]).toEqual(['184,372', '184.372', '–', '0,000']);
    expect([ampsText(4_820, 'id'), pfText(98, 'id'), pfText(512, 'en')]).toEqual(['4,820', '0,98', '5.12']);
    expect(['184,372', '184.372', '184', '0.5', ' 12,04 '].map(parseKwh)).toEqual([184_372, 184_372, 184_000, 500, 12_040]);
  });

  it.each(['', ' ', '-1', '1,2345', '184,37,2', '1e3', '123456', 'abc', '١٢', '1.000,5'])('%j is no counter', (typed) => expect(parseKwh(typed)).toBeNull());

  it('spans are told in their largest unit, of which there are two at least', () => {
    overwriteGetLocale(() => 'id');
    expect([1, 119, 120, 740, 7_199, 7_200, 172_799, 172_800, 4_492_800].map((seconds) => durationText(seconds, 'id'))).toEqual(['1 detik', '119 detik', '2 menit', '12 menit', '119 menit', '2 jam', '47 jam', '2 hari', '52 hari']);
  });

  it('a number keeps its eleven digits', () => {
    expect([stoveOf(17), stoveOf(20_220_300_017)]).toEqual(['00000000017', '20220300017']);
    expect(['20220300017', ' 20220300017 ', '2022030001', '202203000171', '2022030001a', ''].map(isStoveNumber)).toEqual([true, true, false, false, false, false]);
  });
});

describe('flags', () => {
  it('every rule has a name and a sentence of its own with its figures, in both languages', () => {
    expect(Object.keys(figures).sort()).toEqual([...flagRules].sort());
    inBoth((language) => {
      expect(new Set(flagRules.map(ruleWord)).size).toBe(flagRules.length);
      const sentences = flagRules.map((rule) => flagSentence({ rule, severity: 'warning', figures: figures[rule]! }, language));
      expect(new Set(sentences).size).toBe(flagRules.length);
      for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|NaN|\{/);
    });
  });

  it('figures are in the words a person uses', () => {
    overwriteGetLocale(() => 'id');
    expect(flagSentence({ rule: 'counter_backwards', severity: 'alarm', figures: figures['counter_backwards']! }, 'id')).toBe('Dari 184,372 turun ke 12,040 kWh. Apakah meternya diganti?');
    expect(flagSentence({ rule: 'power_mismatch', severity: 'warning', figures: figures['power_mismatch']! }, 'id')).toContain('1.000 W');
  });

  it('missing or impossible figures, and rules of a newer station, are told as they are', () => {
    overwriteGetLocale(() => 'id');
    expect(flagSentence({ rule: 'gap', severity: 'notice', figures: { seconds: 'x' } }, 'id')).toBe('Lama tak terbaca · seconds x');
    expect(flagSentence({ rule: 'moon_phase', severity: 'notice', figures: { phase: '3' } }, 'id')).toBe('moon phase · phase 3');
  });

  it('the worst gives the pill its colour, and notices want nobody', () => {
    overwriteGetLocale(() => 'id');
    const flags = (['notice', 'alarm', 'warning'] as const).map((severity, at) => ({ rule: flagRules[at]!, severity, figures: {} }));
    expect(qualityLook(flags)).toMatchObject({ mood: 'bad' });
    expect(qualityLook(flags).word).toMatch(/\+2$/);
    expect(qualityLook([]).mood).toBe('ok');
    expect(toLookAt(flags)).toBe(2);
    expect([verdictLook({ signature: 'demo_key', flags }).word, verdictLook({ signature: 'valid', flags: [] }).word]).toEqual(['Kunci contoh umum', 'Baik']);
  });
});

describe('verdicts and states', () => {
  it('each has a word of its own in both languages', () => {
    inBoth(() => {
      expect(new Set(signatures.map((one) => signatureLook(one).word)).size).toBe(6);
      expect(new Set(signatures.map(signatureText)).size).toBe(6);
      expect(new Set(readingStandings.map((one) => standingLook(one).word)).size).toBe(4);
      expect(new Set([null, ...forwardStates].map((one) => forwardLook(one).word)).size).toBe(6);
      expect(new Set(readingSources.map(sourceWord)).size).toBe(5);
      for (const code of faultCodes) expect(faultWords(code, 'x')).not.toBe('x');
    });
    expect(faultWords('token_of_tomorrow', 'as told')).toBe('as told');
  });

  it('only what the stove itself signed is green', () => {
    expect(signatures.filter((one) => signatureLook(one).mood === 'ok')).toEqual(['valid', 'valid_previous_key', 'valid_pending_key']);
  });

  it('every state, notice and warning of a change in the contract has words', () => {
    expect([...changeStates].sort()).toEqual(codesOf('StoveChangeView.ts', 'state').sort());
    expect([...noticeCodes].sort()).toEqual(codesOf('StoveChangeView.ts', 'notice').sort());
    inBoth(() => {
      for (const code of noticeCodes) expect(noticeWords(code)).not.toContain('_');
      for (const warning of codesOf('StoveKeyInfo.ts', 'warnings')) expect(warningText(warning).length).toBeGreaterThan(20);
    });
  });

  it('bars grow with the signal', () => expect([null, -100, -90, -80, -70, -60, -40].map(radioLevel)).toEqual([0, 0, 1, 2, 3, 4, 5]));
});

describe('the checks of a reading', () => {
  const row = (more: Partial<ReadingRow> = {}): ReadingRow => ({
    id: 1, stove: '20220300017', label: '', t_ms: 1, at_ms: 2, total: 184_372, month: 21_940, volts: null, milliamps: null, watts: null, centi_pf: null, signature: 'valid', flags: [], worst: null, standing: 'raw',
    judged_total: null, source: 'webcam', method: 'qrcode', officer: 'rina', note: '', position: null, scans: 1, forward: null, frame: false, ...more,
  });

  it('a QR code has no voltage and no power to check', () => {
    expect(checksOf(row(), 'id').map((check) => check.key)).toEqual(['counter', 'month', 'clock', 'new']);
    expect(checksOf(row({ volts: 221, watts: 1_044, centi_pf: 98 }), 'id').map((check) => check.key)).toEqual(['counter', 'month', 'voltage', 'power', 'clock', 'new']);
  });

  it('a flag stands where its check would, and none is lost', () => {
    const flags = ['clock_behind', 'moon_phase'].map((rule) => ({ rule, severity: 'warning' as const, figures: figures[rule] ?? {} }));
    const checks = checksOf(row({ flags }), 'id');
    expect(checks.map((check) => check.key)).toEqual(['counter', 'month', 'clock_behind', 'new', 'moon_phase']);
    expect(checks[2]).toMatchObject({ look: { mood: 'warn' }, sentence: 'Jam kompor 12 menit lebih lambat.' });
  });

  it('of an unknown version nothing is claimed', () => {
    const flags = [{ rule: 'unknown_version', severity: 'notice' as const, figures: { version: 'V07' } }];
    expect(checksOf(row({ t_ms: null, total: null, month: null, flags }), 'id').map((check) => check.key)).toEqual(['unknown_version']);
  });
});
