import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IdleWatch, TOUCH_EVERY_MS } from './idle';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE = 60_000;

function watched(afterMs = 15 * MINUTE) {
  const heard: string[] = [];
  return { heard, watch: new IdleWatch({ afterMs, ontouch: () => heard.push('touch'), onidle: () => heard.push('idle') }) };
}

it('locks after the silence, once', () => {
  const { heard } = watched();
  vi.advanceTimersByTime(15 * MINUTE - 1);
  expect(heard).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['idle']);
  vi.advanceTimersByTime(60 * MINUTE);
  expect(heard).toEqual(['idle']);
});

it('an act starts the silence again', () => {
  const { heard, watch } = watched();
  vi.advanceTimersByTime(14 * MINUTE);
  watch.acted();
  vi.advanceTimersByTime(14 * MINUTE);
  expect(heard).toEqual(['touch']);
  vi.advanceTimersByTime(MINUTE);
  expect(heard).toEqual(['touch', 'idle']);
});

it('passes on at most one touch in half a minute, and never swallows the last one', () => {
  const { heard, watch } = watched();
  for (let second = 0; second < 75; second += 1) {
    watch.acted();
    vi.advanceTimersByTime(1_000);
  }
  expect(heard).toEqual(['touch', 'touch']);
  // The acts since the second touch are passed on as soon as its half minute is over.
  vi.advanceTimersByTime(TOUCH_EVERY_MS);
  expect(heard).toEqual(['touch', 'touch', 'touch']);
  vi.advanceTimersByTime(TOUCH_EVERY_MS);
  expect(heard).toEqual(['touch', 'touch', 'touch']);
});

it('a machine that slept is locked by the first movement', () => {
  const { heard, watch } = watched();
  vi.setSystemTime(Date.now() + 60 * MINUTE);
  watch.acted();
  expect(heard).toEqual(['idle']);
});

it('a page that is left alone stays open while another one is used', () => {
  const { heard, watch } = watched();
  for (let minute = 0; minute < 60; minute += 5) {
    watch.actedElsewhere();
    vi.advanceTimersByTime(5 * MINUTE);
  }
  expect(heard).toEqual([]);
});

it('never locks where the station says never, and is silent when stopped', () => {
  const never = watched(0);
  vi.advanceTimersByTime(24 * 60 * MINUTE);
  expect(never.heard).toEqual([]);
  const { heard, watch } = watched();
  watch.stop();
  watch.acted();
  vi.advanceTimersByTime(60 * MINUTE);
  expect(heard).toEqual([]);
});
