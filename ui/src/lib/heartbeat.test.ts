import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkState } from './backend';
import { HeartbeatWatch } from './heartbeat';
import { parseEvent } from './http';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(): { watch: HeartbeatWatch; heard: LinkState[] } {
  const heard: LinkState[] = [];
  return { watch: new HeartbeatWatch((link) => heard.push(link)), heard };
}

it('is live with the first beat and lost three seconds after the last', () => {
  const { watch, heard } = watched();
  vi.advanceTimersByTime(500);
  watch.heard();
  vi.advanceTimersByTime(2_999);
  expect(heard).toEqual(['live']);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['live', 'lost']);
});

it('says each change once', () => {
  const { watch, heard } = watched();
  for (let beat = 0; beat < 10; beat += 1) {
    watch.heard();
    vi.advanceTimersByTime(1_000);
  }
  expect(heard).toEqual(['live']);
});

it('a station that never answers is lost too', () => {
  const { heard } = watched();
  vi.advanceTimersByTime(3_000);
  expect(heard).toEqual(['lost']);
});

it('comes back with the next beat, and stops when told to', () => {
  const { watch, heard } = watched();
  vi.advanceTimersByTime(3_000);
  watch.heard();
  watch.stop();
  vi.advanceTimersByTime(60_000);
  expect(heard).toEqual(['lost', 'live']);
});

it('an event that is none does not stop the stream', () => {
  expect(parseEvent('{"kind":"till","till_id":3}')).toEqual({ kind: 'till', till_id: 3 });
  expect(parseEvent('not json')).toBeNull();
  expect(parseEvent('{"till_id":3}')).toBeNull();
});
