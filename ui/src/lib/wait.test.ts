import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallError } from './backend';
import { Countdown } from './countdown.svelte';
import { secondsToWait, waitText } from './wait';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('reads the wait from the station’s own words', () => {
  const refused = (help: string) => new CallError('sign_in_refused', 'too many wrong tries', help);
  expect(secondsToWait(refused('Try again in 8 seconds.'))).toBe(8);
  expect(secondsToWait(refused('Try again in 900 s.'))).toBe(900);
  expect(secondsToWait(refused('Check the name and the password.'))).toBe(0);
  expect(secondsToWait(new CallError('invalid', 'x', 'Try again in 8 seconds.'))).toBe(0);
  expect(secondsToWait(null)).toBe(0);
});

it('writes waits for people', () => {
  expect([0, 8, 59, 60, 245, 900].map(waitText)).toEqual(['0', '8', '59', '1:00', '4:05', '15:00']);
});

it('counts down to zero and stays there', () => {
  const countdown = new Countdown();
  countdown.start(3);
  const seen = [countdown.left];
  for (let second = 0; second < 5; second += 1) {
    vi.advanceTimersByTime(1_000);
    seen.push(countdown.left);
  }
  expect(seen).toEqual([3, 2, 1, 0, 0, 0]);
});

it('a machine that slept owes nothing more', () => {
  const countdown = new Countdown();
  countdown.start(900);
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(1_000);
  expect(countdown.left).toBe(0);
});

it('a new wait replaces the old one', () => {
  const countdown = new Countdown();
  countdown.start(2);
  countdown.start(10);
  vi.advanceTimersByTime(4_000);
  expect(countdown.left).toBe(6);
  countdown.stop();
  vi.advanceTimersByTime(10_000);
  expect(countdown.left).toBe(0);
});
