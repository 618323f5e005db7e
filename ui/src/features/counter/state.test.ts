import { describe, expect, it } from 'vitest';
import type { CounterResult } from '../../bindings/CounterResult';
import type { CounterView } from '../../bindings/CounterView';
import type { Outcome } from '../../bindings/Outcome';
import { decide, isResult, tones, type CounterInput } from './state';
import { isQuiet, loudness, soundFor } from './sounding';

const NOW = 1_790_000_000_000;

function result(outcome: Outcome, ageMs: number, id = 7): CounterResult {
  return {
    payment_id: id, outcome, at_ms: NOW - ageMs, entry: outcome === 'ok' ? 12 : null, amount: 12_500, balance: 37_500,
    shortfall: null, limit_left: null, first_ms: null, initials: 'S.R.', late: null,
  };
}

function view(change: Partial<CounterView> = {}): CounterView {
  return {
    till_id: 1, till: 'Meja 1', place: '', now_ms: NOW, online: true, taking: true, stopped: '', price: 12_500, armed: null,
    armed_until_ms: null, max_per_tap: 500_000, result: null, history: [], images: [], language: 'id', try_out: false, on_duty: null,
    settings: {
      result_seconds: 5, both_languages: false, balance: 'show', volume: 70, mute: false, quiet_from: null, quiet_to: null,
      speech: false, history: true, image_seconds: 10,
    },
    ...change,
  };
}

function kindOf(change: Partial<CounterInput>): string {
  return decide({ view: view(), failed: false, link: 'live', nowMs: NOW, reading: null, draft: '', dismissed: null, ...change }).kind;
}

describe('what the counter shows', () => {
  it('waits for its first answer', () => expect(kindOf({ view: null, link: 'connecting' })).toBe('connecting'));
  it('is idle when nothing happens', () => expect(kindOf({})).toBe('idle'));

  it('lights a payment for its seconds by the station clock, and not longer', () => {
    expect(kindOf({ view: view({ result: result('ok', 0) }) })).toBe('success');
    expect(kindOf({ view: view({ result: result('ok', 4_999) }) })).toBe('success');
    expect(kindOf({ view: view({ result: result('ok', 5_000) }) })).toBe('idle');
  });

  it('never lights a result older than 30 s, whatever the setting says', () => {
    const settings = { ...view().settings, result_seconds: 600 };
    expect(kindOf({ view: view({ result: result('ok', 29_999), settings }) })).toBe('success');
    expect(kindOf({ view: view({ result: result('ok', 30_000), settings }) })).toBe('idle');
  });

  it('bears small differences of the clocks and refuses a result from the future', () => {
    const early = decide({ view: view({ result: result('ok', -1_500) }), failed: false, link: 'live', nowMs: NOW, reading: null, draft: '', dismissed: null });
    expect(early.kind).toBe('success');
    expect(early.leftMs).toBe(5_000);
    expect(kindOf({ view: view({ result: result('ok', -60_000) }) })).toBe('idle');
  });

  it('gives every outcome its own state, with the icon right of every refusal', () => {
    const outcomes: Outcome[] = ['low', 'frozen', 'lost', 'unknown', 'dup', 'limit', 'unarmed', 'late', 'auth', 'err'];
    for (const outcome of outcomes) {
      expect(kindOf({ view: view({ result: result(outcome, 100) }) })).toBe(outcome);
      expect(['refused', 'caution']).toContain(tones[outcome as keyof typeof tones]);
    }
    expect(tones.success).toBe('paid');
  });

  it('a failed read leaves no stale green', () => {
    expect(kindOf({ view: view({ result: result('ok', 100) }), failed: true })).toBe('unreachable');
  });

  it('a lost link or broker is offline, even over a green', () => {
    expect(kindOf({ view: view({ result: result('ok', 100) }), link: 'lost' })).toBe('offline');
    expect(kindOf({ view: view({ result: result('ok', 100), online: false }) })).toBe('offline');
  });

  it('a stopped ledger is said before a lost broker', () => {
    expect(kindOf({ view: view({ taking: false, online: false }) })).toBe('stopped');
  });
});

describe('reading', () => {
  const reading = { sinceMs: NOW, afterPayment: 7 };
  const before = view({ result: result('ok', 60_000) });

  it('does not flicker for answers within 80 ms', () => expect(kindOf({ view: before, reading, nowMs: NOW + 79 })).toBe('idle'));
  it('shows from then on', () => expect(kindOf({ view: before, reading, nowMs: NOW + 80 })).toBe('reading'));
  it('asks for another tap after two seconds', () => expect(kindOf({ view: before, reading, nowMs: NOW + 2_000 })).toBe('again'));
  it('gives up after five', () => expect(kindOf({ view: before, reading, nowMs: NOW + 5_000 })).toBe('idle'));

  it('ends with any newer payment', () => {
    const answered = view({ result: result('low', -200, 8) });
    expect(kindOf({ view: answered, reading, nowMs: NOW + 300 })).toBe('low');
  });
});

describe('amounts of the cashier', () => {
  const typed = { price: null };

  it('shows what is typed over a lit result', () => {
    expect(kindOf({ view: view({ ...typed, result: result('ok', 100) }), draft: '27500' })).toBe('typing');
  });

  it('keeps an armed amount until it runs out', () => {
    const armed = view({ ...typed, armed: 27_500, armed_until_ms: NOW + 1_000 });
    expect(kindOf({ view: armed })).toBe('armed');
    expect(kindOf({ view: armed, nowMs: NOW + 1_000 })).toBe('idle');
  });

  it('shows a refusal over the amount that still waits, unless the cashier typed over it', () => {
    const refused = view({ ...typed, armed: 27_500, armed_until_ms: NOW + 60_000, result: result('low', 100) });
    expect(kindOf({ view: refused })).toBe('low');
    expect(kindOf({ view: refused, dismissed: 7 })).toBe('armed');
  });
});

describe('sounds', () => {
  const shown = decide({ view: view({ result: result('ok', 10) }), failed: false, link: 'live', nowMs: NOW, reading: null, draft: '', dismissed: null });

  it('sounds once per payment', () => {
    expect(soundFor(shown, null)).toBe('success');
    expect(soundFor(shown, 7)).toBeNull();
  });

  it('knows results from other states', () => {
    expect(isResult('success')).toBe(true);
    expect(isResult('dup')).toBe(true);
    expect(isResult('again')).toBe(false);
    expect(isResult('offline')).toBe(false);
  });

  it('keeps quiet hours, over midnight too', () => {
    const settings = { ...view().settings, quiet_from: 22 * 60, quiet_to: 6 * 60 };
    expect(isQuiet(settings, 23 * 60)).toBe(true);
    expect(isQuiet(settings, 5 * 60 + 59)).toBe(true);
    expect(isQuiet(settings, 6 * 60)).toBe(false);
    expect(loudness(settings, 12 * 60)).toBe(0.7);
    expect(loudness(settings, 23 * 60)).toBe(0);
    expect(loudness({ ...settings, mute: true }, 12 * 60)).toBe(0);
  });
});
