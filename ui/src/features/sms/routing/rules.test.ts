import { describe, expect, it } from 'vitest';
import { difference, moved, rulesFromCsv, rulesToCsv, sorted, stepsOf, tiersOf } from './rules';

const lines = [{ id: 1, name: 'Jalur 1' }, { id: 2, name: 'Kasir, depan' }, { id: 4, name: 'Jalur 4' }];
const rules = [
  { prefix: '', label: 'Luar negeri', deny: true, lines: [] },
  { prefix: '62812', label: 'Telkomsel', deny: false, lines: [[1, 2], [4]] },
  { prefix: '62', label: '', deny: false, lines: [] },
];

describe('the order of lines', () => {
  it('is the same as steps and as tiers', () => {
    const tiers = [[1, 2], [4], [3, 5]];
    expect(tiersOf(stepsOf(tiers))).toEqual(tiers);
    expect(tiersOf([{ lineId: 9, joined: true }])).toEqual([[9]]);
  });

  it('changes step by step, and the first one joins nobody', () => {
    const steps = stepsOf([[1, 2], [4]]);
    expect(moved(steps, 1, -1)).toEqual([{ lineId: 2, joined: false }, { lineId: 1, joined: false }, { lineId: 4, joined: false }]);
    expect(moved(steps, 0, -1)).toBe(steps);
    expect(moved(steps, 2, 1)).toBe(steps);
  });
});

describe('a file of rules', () => {
  it('comes back as it went out', () => {
    const file = rulesToCsv(rules, lines);
    expect(file.split('\r\n')[1]).toBe('62,,,');
    expect(rulesFromCsv(file, lines)).toEqual({ rules: sorted(rules), faults: [] });
  });

  it('is read in Indonesian, with ids, with a plus, and without a head', () => {
    expect(rulesFromCsv('Awalan;Operator;Jalur;Tolak\n+62857;Indosat;1 > 4;\n*;Lain;;ya', lines).rules).toEqual([
      { prefix: '62857', label: 'Indosat', deny: false, lines: [[1], [4]] }, { prefix: '', label: 'Lain', deny: true, lines: [] },
    ]);
    expect(rulesFromCsv('62896,Tri,,jalur 4', lines).rules[0]?.lines).toEqual([[4]]);
  });

  it('tells each fault with its row, and keeps the rest', () => {
    const { rules: good, faults } = rulesFromCsv('prefix,label,deny,lines\n62x,a,,\n62812,b,,Jalur 9\n62813,c,,Jalur 1\n62813,d,,\n,e,,', lines);
    expect(good.map((rule) => rule.prefix)).toEqual(['62813']);
    expect(faults).toEqual([
      { row: 2, kind: 'prefix', word: '62x' }, { row: 3, kind: 'line', word: 'Jalur 9' }, { row: 5, kind: 'twice', word: '62813' }, { row: 6, kind: 'columns', word: '' },
    ]);
  });

  it('what it would change is counted', () => {
    const after = [rules[0]!, { ...rules[1]!, label: 'simPATI' }, { prefix: '62857', label: '', deny: false, lines: [] }];
    expect(difference(rules, after)).toEqual({ added: 1, changed: 1, removed: 1 });
  });
});
